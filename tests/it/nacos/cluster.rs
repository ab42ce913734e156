//! A real Nacos cluster on this machine: every node in its own network namespace with its own address, the way three
//! hosts would be. Needs root, Java, iproute2, iptables and `NACOS_DIST`; says so and skips where one is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A running cluster; everything it started ends with it.
pub struct Cluster {
    version: &'static str,
    subnet: &'static str,
    prefix: &'static str,
    root: PathBuf,
    size: usize,
    _folder: tempfile::TempDir,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Cluster {
    /// Starts `size` nodes and waits until each sees all of them up. `None`: skipped, and why is printed.
    pub async fn start(version: &'static str, size: usize) -> Option<Self> {
        let Some(dist) = std::env::var_os("NACOS_DIST").map(PathBuf::from) else {
            eprintln!("SKIPPED: NACOS_DIST is not set, so nothing was tried on a real Nacos {version}");
            return None;
        };
        let dist = dist.join(format!("nacos-{version}"));
        if !dist.join("target/nacos-server.jar").is_file() {
            eprintln!("SKIPPED: no nacos-{version} below NACOS_DIST");
            return None;
        }
        for tool in [["ip", "-V"], ["iptables", "-V"], ["curl", "-V"], ["java", "-version"]] {
            if !run(tool[0], &tool[1..]).is_some_and(|output| output.status.success()) {
                eprintln!("SKIPPED: `{}` does not run here, so nothing was tried on a real Nacos {version}", tool[0]);
                return None;
            }
        }
        if !run("ip", &["netns", "add", "ndtprobe"]).is_some_and(|output| output.status.success()) {
            eprintln!("SKIPPED: no network namespaces here (root is needed)");
            return None;
        }
        must("ip", &["netns", "del", "ndtprobe"]);
        let turn = crate::ONE_AT_A_TIME.lock().await;
        let folder = tempfile::tempdir().expect("folder for the cluster");
        let (prefix, subnet) = if version.starts_with('3') { ("ndt3", "10.79.3") } else { ("ndt2", "10.79.2") };
        let cluster =
            Self { version, subnet, prefix, root: folder.path().to_owned(), size, _folder: folder, _turn: turn };
        cluster.remove_network();
        cluster.lay_out(&dist);
        cluster.make_network();
        for node in cluster.nodes() {
            cluster.start_node(node);
        }
        cluster.settle();
        Some(cluster)
    }

    /// Node numbers, from 1.
    pub fn nodes(&self) -> std::ops::RangeInclusive<usize> {
        1..=self.size
    }

    /// Address of a node.
    pub fn address(&self, node: usize) -> String {
        format!("{}.1{node}", self.subnet)
    }

    /// Home of a node.
    pub fn home(&self, node: usize) -> PathBuf {
        self.root.join(format!("n{node}"))
    }

    /// `--node` argument that gives files and API of a node.
    pub fn source(&self, node: usize) -> String {
        format!(
            "n{node}=local:{},api=http://{}:8848/nacos,cred=file:{}",
            self.home(node).display(),
            self.address(node),
            self.credential().display()
        )
    }

    /// `kill -<signal>` to the node's process, by its id.
    pub fn signal(&self, node: usize, signal: &str) {
        for pid in self.pids(node) {
            must("kill", &[&format!("-{signal}"), &pid.to_string()]);
        }
        if matches!(signal, "KILL" | "TERM") {
            let until = Instant::now() + Duration::from_secs(40);
            while !self.pids(node).is_empty() {
                assert!(Instant::now() < until, "n{node} did not end after SIG{signal}");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }

    /// Starts a node that does not run.
    pub fn start_node(&self, node: usize) {
        let java_home = java_home();
        let mut start = Command::new("ip");
        start
            .args(["netns", "exec", &self.namespace(node), "bash", "bin/startup.sh", "-p", "embedded"])
            .current_dir(self.home(node))
            .env("JAVA_HOME", java_home)
            .env("CUSTOM_NACOS_MEMORY", "-Xms256m -Xmx384m")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        assert!(start.status().expect("startup.sh").success(), "startup.sh of n{node}");
    }

    /// Drops TCP from one node (`None`: from anybody) to a port of another.
    pub fn drop_packets(&self, from: Option<usize>, to: usize, port: u16) {
        self.filter(from, to, port, &["DROP"]);
    }

    /// Answers it with a reset.
    pub fn reject(&self, from: Option<usize>, to: usize, port: u16) {
        self.filter(from, to, port, &["REJECT", "--reject-with", "tcp-reset"]);
    }

    /// Removes every filter.
    pub fn unfilter(&self) {
        for node in self.nodes() {
            must("ip", &["netns", "exec", &self.namespace(node), "iptables", "-F"]);
        }
    }

    /// Waits until every node is ready and sees all nodes up; starts a node again that hangs while starting.
    pub fn settle(&self) {
        for _ in 0..5 {
            if self.wait_for(Duration::from_secs(75), |node| self.sees_all_up(node)) {
                return;
            }
            // A node with embedded storage sometimes hangs in "Nacos is starting..." when several start at once: one
            // after the other, then.
            for node in self.nodes().filter(|node| !self.is_ready(*node)).collect::<Vec<_>>() {
                self.signal(node, "KILL");
                self.start_node(node);
                let until = Instant::now() + Duration::from_secs(60);
                while !self.is_ready(node) && Instant::now() < until {
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
        }
        let last: String = self.nodes().map(|node| self.last_words(node)).collect();
        panic!("the Nacos {} cluster did not become ready\n{last}", self.version);
    }

    /// Whether a node runs, and the end of what it logged.
    fn last_words(&self, node: usize) -> String {
        let log = fs::read(self.home(node).join("logs/nacos.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with("\tat ")).collect();
        let end = lines[lines.len().saturating_sub(25)..].join("\n");
        format!("n{node}: processes {:?}, nacos.log ends with\n{end}\n", self.pids(node))
    }

    fn wait_for(&self, at_most: Duration, fine: impl Fn(usize) -> bool) -> bool {
        let until = Instant::now() + at_most;
        while Instant::now() < until {
            if self.nodes().all(&fine) {
                return true;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        false
    }

    fn sees_all_up(&self, node: usize) -> bool {
        let path = if self.is_3() { "v3/admin/core/cluster/node/list" } else { "v1/core/cluster/nodes" };
        self.ask(node, path).matches("\"state\":\"UP\"").count() == self.size
    }

    fn is_ready(&self, node: usize) -> bool {
        let path = if self.is_3() { "v3/admin/core/state/readiness" } else { "v1/console/health/readiness" };
        let said = self.ask(node, path);
        said == "OK" || said.contains("\"data\":\"ok\"")
    }

    fn ask(&self, node: usize, path: &str) -> String {
        let url = format!("http://{}:8848/nacos/{path}", self.address(node));
        let output = run("curl", &["-s", "-m", "3", "-H", "labIdentity: labValue", &url]);
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    }

    fn is_3(&self) -> bool {
        self.version.starts_with('3')
    }

    fn filter(&self, from: Option<usize>, to: usize, port: u16, target: &[&str]) {
        let port = port.to_string();
        let source = from.map(|from| self.address(from));
        let namespace = self.namespace(to);
        let mut args = vec!["netns", "exec", &namespace, "iptables", "-A", "INPUT"];
        if let Some(source) = &source {
            args.extend(["-s", source.as_str()]);
        }
        args.extend(["-p", "tcp", "--dport", &port, "-j"]);
        args.extend(target);
        must("ip", &args);
    }

    fn lay_out(&self, dist: &Path) {
        fs::write(self.credential(), "header:labIdentity:labValue\n").expect("credential");
        let members: String = self.nodes().map(|node| format!("{}:8848\n", self.address(node))).collect();
        for node in self.nodes() {
            let home = self.home(node);
            fs::create_dir_all(home.join("target")).expect("home");
            for part in ["bin", "conf"] {
                must("cp", &["-r", &dist.join(part).to_string_lossy(), &home.to_string_lossy()]);
            }
            let jar = home.join("target/nacos-server.jar");
            if fs::hard_link(dist.join("target/nacos-server.jar"), &jar).is_err() {
                fs::copy(dist.join("target/nacos-server.jar"), &jar).expect("jar");
            }
            fs::write(home.join("conf/cluster.conf"), &members).expect("cluster.conf");
            let path = home.join("conf/application.properties");
            let shipped = fs::read_to_string(&path).expect("application.properties");
            fs::write(&path, configured(&shipped)).expect("application.properties");
        }
    }

    fn make_network(&self) {
        let bridge = format!("{}br", self.prefix);
        must("ip", &["link", "add", &bridge, "type", "bridge"]);
        must("ip", &["addr", "add", &format!("{}.1/24", self.subnet), "dev", &bridge]);
        must("ip", &["link", "set", &bridge, "up"]);
        for node in self.nodes() {
            let (namespace, outside) = (self.namespace(node), format!("{}v{node}", self.prefix));
            must("ip", &["netns", "add", &namespace]);
            must("ip", &["link", "add", &outside, "type", "veth", "peer", "name", "eth0", "netns", &namespace]);
            must("ip", &["link", "set", &outside, "master", &bridge, "up"]);
            must("ip", &["-n", &namespace, "addr", "add", &format!("{}/24", self.address(node)), "dev", "eth0"]);
            must("ip", &["-n", &namespace, "link", "set", "eth0", "up"]);
            must("ip", &["-n", &namespace, "link", "set", "lo", "up"]);
            must("ip", &["-n", &namespace, "route", "add", "default", "via", &format!("{}.1", self.subnet)]);
        }
    }

    /// Removes what this cluster, or one before it that was ended hard, left.
    fn remove_network(&self) {
        for node in self.nodes() {
            run("ip", &["link", "del", &format!("{}v{node}", self.prefix)]);
            run("ip", &["netns", "del", &self.namespace(node)]);
        }
        run("ip", &["link", "del", &format!("{}br", self.prefix)]);
    }

    fn pids(&self, node: usize) -> Vec<u32> {
        let mark = format!("-Dnacos.home={}", self.home(node).display());
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            .filter(|pid| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                line.split(|byte| *byte == 0).any(|argument| argument == mark.as_bytes())
            })
            .collect()
    }

    fn namespace(&self, node: usize) -> String {
        format!("{}n{node}", self.prefix)
    }

    fn credential(&self) -> PathBuf {
        self.root.join("credential")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in self.nodes() {
            for pid in self.pids(node) {
                run("kill", &["-CONT", &pid.to_string()]);
                run("kill", &["-KILL", &pid.to_string()]);
            }
        }
        self.remove_network();
    }
}

/// The shipped properties with what a node refuses to start without, and metrics switched on.
fn configured(shipped: &str) -> String {
    let fills = [
        (
            "nacos.core.auth.plugin.nacos.token.secret.key=",
            "bm9kZWRvd24tdGVzdC1vbmx5LXNlY3JldC0wMTIzNDU2Nzg5LTAxMjM0NTY3ODk=",
        ),
        ("nacos.core.auth.server.identity.key=", "labIdentity"),
        ("nacos.core.auth.server.identity.value=", "labValue"),
    ];
    shipped
        .lines()
        .map(|line| match fills.iter().find(|(key, _)| line == *key) {
            Some((key, value)) => format!("{key}{value}\n"),
            None => format!(
                "{}\n",
                line.strip_prefix('#')
                    .filter(|rest| rest.starts_with("management.endpoints.web.exposure.include=prometheus"))
                    .unwrap_or(line)
            ),
        })
        // The migration of 3.x looks for data of an older version as it starts, and with embedded storage it can do so
        // before there is a Raft leader, or a row mapper; the node gives up then. There is nothing to migrate here.
        .chain(["\nnacos.config.namespace.compatible.mode=false\n".to_owned()])
        .collect()
}

fn java_home() -> PathBuf {
    let java = run("sh", &["-c", "readlink -f \"$(command -v java)\""]).expect("java");
    let path = PathBuf::from(String::from_utf8_lossy(&java.stdout).trim());
    path.parent().and_then(Path::parent).expect("java home").to_owned()
}

fn run(program: &str, args: &[&str]) -> Option<Output> {
    Command::new(program).args(args).stdin(Stdio::null()).output().ok()
}

fn must(program: &str, args: &[&str]) {
    let output = run(program, args).unwrap_or_else(|| panic!("{program} does not run"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}
