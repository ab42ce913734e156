//! A real Nacos cluster on this machine: every node in its own network namespace with its own address, the way three
//! hosts would be. Needs root, Java, iproute2, iptables and `NACOS_DIST`; says so and skips where one is missing.

pub mod clients;
mod staging;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::network::namespaces::{must, run};

use crate::support::nginx::{DoorKind, GrpcDoor, Nginx};

/// A running cluster; everything it started ends with it.
pub struct Cluster {
    version: &'static str,
    subnet: &'static str,
    prefix: &'static str,
    root: PathBuf,
    size: usize,
    occupants: std::sync::Mutex<Vec<std::process::Child>>,
    door: std::sync::Mutex<Option<Nginx>>,
    proxy: std::sync::Mutex<Option<Nginx>>,
    database: std::sync::Mutex<Option<std::process::Child>>,
    /// Nodes whose API is not asked at its own address, and where it is asked then: `URL[,option…]`.
    ways: std::sync::Mutex<BTreeMap<usize, String>>,
    sshds: Vec<std::process::Child>,
    _folder: tempfile::TempDir,
    _turn: tokio::sync::MutexGuard<'static, ()>,
    /// Another run of the tests on this machine would take the same names and addresses.
    _alone: fs::File,
}

impl Cluster {
    /// Starts `size` nodes and waits until each sees all of them up. `None`: skipped, and why is printed.
    pub async fn start(version: &'static str, size: usize) -> Option<Self> {
        let Some(dist) = std::env::var_os("NACOS_DIST").map(PathBuf::from) else {
            crate::support::aloud(&format!(
                "SKIPPED: NACOS_DIST is not set, so nothing was tried on a real Nacos {version}"
            ));
            return None;
        };
        let dist = dist.join(format!("nacos-{version}"));
        if !dist.join("target/nacos-server.jar").is_file() {
            crate::support::aloud(&format!("SKIPPED: no nacos-{version} below NACOS_DIST"));
            return None;
        }
        for tool in [["ip", "-V"], ["iptables", "-V"], ["curl", "-V"], ["java", "-version"]] {
            if !run(tool[0], &tool[1..]).is_some_and(|output| output.status.success()) {
                crate::support::aloud(&format!(
                    "SKIPPED: `{}` does not run here, so nothing was tried on a real Nacos {version}",
                    tool[0]
                ));
                return None;
            }
        }
        if !run("ip", &["netns", "add", "ndtprobe"]).is_some_and(|output| output.status.success()) {
            crate::support::aloud("SKIPPED: no network namespaces here (root is needed)");
            return None;
        }
        must("ip", &["netns", "del", "ndtprobe"]);
        let turn = crate::ONE_AT_A_TIME.lock().await;
        let alone = fs::File::create(std::env::temp_dir().join("nodedown-nacos-tests.lock")).expect("lock");
        if alone.try_lock().is_err() {
            crate::support::aloud("waiting for the cluster of another run of these tests to end");
            alone.lock().expect("lock");
        }
        let folder = tempfile::tempdir().expect("folder for the cluster");
        let (prefix, subnet) = if version.starts_with('3') { ("ndt3", "10.79.3") } else { ("ndt2", "10.79.2") };
        let root = folder.path().to_owned();
        let occupants = std::sync::Mutex::default();
        let cluster = Self {
            version,
            subnet,
            prefix,
            root,
            size,
            occupants,
            door: std::sync::Mutex::default(),
            proxy: std::sync::Mutex::default(),
            database: std::sync::Mutex::default(),
            ways: std::sync::Mutex::default(),
            sshds: Vec::new(),
            _folder: folder,
            _turn: turn,
            _alone: alone,
        };
        cluster.remove_network();
        cluster.lay_out(&dist);
        cluster.make_network();
        if let Err(last) = cluster.grow() {
            crate::support::aloud(&format!(
                "SKIPPED: Nacos {version} itself does not start here, so nothing was tried on it\n{last}"
            ));
            return None;
        }
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
            "n{node}=local:{},api={},cred=file:{}",
            self.home(node).display(),
            self.api(node),
            self.credential().display()
        )
    }

    /// `--node` argument that gives the API of a node and nothing else.
    pub fn api_source(&self, node: usize) -> String {
        format!("n{node}=api:{},cred=file:{}", self.api(node), self.credential().display())
    }

    /// Where the API of a node is asked, with the options that go with it.
    fn api(&self, node: usize) -> String {
        let own = || format!("http://{}:8848/nacos", self.address(node));
        self.ways().get(&node).cloned().unwrap_or_else(own)
    }

    fn ways(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, String>> {
        self.ways.lock().expect("ways")
    }

    /// `--node` argument that gives files over SSH, and the API.
    pub fn ssh_source(&self, node: usize) -> String {
        let root = self.root.display();
        format!(
            "n{node}=ssh:root@{}:{},api={},cred=file:{},key=file:{root}/ssh/user,known_hosts={root}/ssh/known,kernel=on",
            self.address(node),
            self.home(node).display(),
            self.api(node),
            self.credential().display()
        )
    }

    /// `--node` argument that gives files over SSH, and no address of the API.
    pub fn ssh_source_alone(&self, node: usize) -> String {
        let root = self.root.display();
        format!(
            "n{node}=ssh:root@{}:{},key=file:{root}/ssh/user,known_hosts={root}/ssh/known,kernel=on",
            self.address(node),
            self.home(node).display()
        )
    }

    /// Starts an SSH server beside every node; false where this machine has none.
    pub fn open_ssh(&mut self) -> bool {
        if !Path::new("/usr/sbin/sshd").is_file() {
            return false;
        }
        let folder = self.root.join("ssh");
        fs::create_dir_all(&folder).expect("folder");
        fs::create_dir_all("/run/sshd").expect("folder of sshd");
        let at = folder.display();
        for key in ["host", "user"] {
            must("ssh-keygen", &["-q", "-t", "ed25519", "-C", "", "-N", "", "-f", &format!("{at}/{key}")]);
        }
        fs::copy(folder.join("user.pub"), folder.join("authorized_keys")).expect("authorized key");
        let config = format!(
            "HostKey {at}/host\nAuthorizedKeysFile {at}/authorized_keys\nPermitRootLogin prohibit-password\n\
             StrictModes no\nUsePAM no\nPidFile none\nAllowTcpForwarding yes\nSubsystem sftp internal-sftp\n\
             MaxStartups 100\n"
        );
        fs::write(folder.join("config"), config).expect("settings of sshd");
        let key = fs::read_to_string(folder.join("host.pub")).expect("host key");
        let known: String = self.nodes().map(|node| format!("{} {key}", self.address(node))).collect();
        fs::write(folder.join("known"), known).expect("known hosts");
        for node in self.nodes() {
            // Not `ip netns exec`, which would hide what is mounted later. As much ahead as the node is.
            let network = format!("--net=/var/run/netns/{}", self.namespace(node));
            let child = Command::new("nice")
                .args(["-n", "-10", "nsenter", &network, "/usr/sbin/sshd", "-D", "-f"])
                .arg(folder.join("config"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("sshd");
            self.sshds.push(child);
            let until = Instant::now() + Duration::from_secs(20);
            while std::net::TcpStream::connect((self.address(node).as_str(), 22)).is_err() {
                assert!(Instant::now() < until, "no sshd beside n{node}");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        true
    }

    /// Whether the nodes can be asked over SSH.
    pub fn has_ssh(&self) -> bool {
        !self.sshds.is_empty()
    }

    /// `kill -<signal>` to the node's process, by its id.
    pub fn signal(&self, node: usize, signal: &str) {
        for pid in self.pids(node) {
            // It may have ended by itself meanwhile.
            run("kill", &[&format!("-{signal}"), &pid.to_string()]);
        }
        if matches!(signal, "KILL" | "TERM" | "SEGV") {
            let until = Instant::now() + Duration::from_secs(40);
            while !self.pids(node).is_empty() {
                assert!(Instant::now() < until, "n{node} did not end after SIG{signal}");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }

    /// Connections of a node with this host that are open, or that the node has not closed though this host has.
    pub fn connections_from_here(&self, node: usize) -> Vec<String> {
        let (namespace, here) = (self.namespace(node), self.here());
        let args =
            ["netns", "exec", &namespace, "ss", "-Htn", "state", "established", "state", "close-wait", "dst", &here];
        let output = run("ip", &args).filter(|output| output.status.success()).expect("ss runs");
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// Starts a node that does not run.
    pub fn start_node(&self, node: usize) {
        self.start_node_as(node, &["-p", "embedded"], "-Xms256m -Xmx384m");
    }

    /// The same, with other arguments for `startup.sh` and another heap.
    pub fn start_node_as(&self, node: usize, args: &[&str], memory: &str) {
        self.start_node_with(node, args, memory, &[]);
    }

    /// The same with further variables.
    pub fn start_node_with(&self, node: usize, args: &[&str], memory: &str, variables: &[(&str, &str)]) {
        // Ahead of whatever else the machine does: a node that is only starved looks like one that hangs.
        let mut start = Command::new("nice");
        start
            .args(["-n", "-10", "ip", "netns", "exec", &self.namespace(node), "bash", "bin/startup.sh"])
            .args(args)
            .current_dir(self.home(node))
            .env("JAVA_HOME", java_home())
            .env("CUSTOM_NACOS_MEMORY", memory)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        assert!(start.status().expect("startup.sh").success(), "startup.sh of n{node}");
        // The script is done before its child has become the JVM.
        let until = Instant::now() + Duration::from_secs(20);
        while self.pids(node).is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Starts an nginx in front of these nodes (`host:port`), on the bridge's own address and the nodes' main port: its list
    /// keeps a node that dies. It stays until `restore`; where this machine has no nginx, or not what `grpc` needs, that is
    /// said and there is none.
    pub fn start_door(&self, nodes: &[String], grpc: GrpcDoor) {
        let listen = format!("{}.1:8848", self.subnet).parse().expect("the address of the bridge");
        *self.door.lock().expect("door") = Nginx::start(listen, nodes, DoorKind::Stale, grpc);
    }

    /// Takes the front door away.
    pub fn end_door(&self) {
        drop(self.door.lock().expect("door").take());
    }

    /// URL of the front door, where there is one now.
    pub fn door(&self) -> Option<String> {
        self.door.lock().expect("door").as_ref().map(|door| format!("{}/nacos", door.url()))
    }

    /// Puts an HTTP proxy into the way to a port of a node, where the node itself does not see it: nginx in the node's network,
    /// and what comes for the port is sent there. It stays until `restore`.
    pub fn put_http_proxy_before(&self, node: usize, port: u16) {
        let namespace = format!("/var/run/netns/{}", self.namespace(node));
        let (listen, behind) = (format!("0.0.0.0:{}", port + 200), format!("127.0.0.1:{port}"));
        let proxy = Nginx::start_in(&namespace, listen.parse().expect("address"), &behind);
        if proxy.is_some() {
            let (from, to) = (port.to_string(), (port + 200).to_string());
            let rule = ["PREROUTING", "-i", "eth0", "-p", "tcp", "--dport", &from, "-j", "REDIRECT", "--to-ports", &to];
            let namespace = self.namespace(node);
            must("ip", &[&["netns", "exec", &namespace, "iptables", "-t", "nat", "-A"], rule.as_slice()].concat());
        }
        *self.proxy.lock().expect("proxy") = proxy;
    }

    /// Whether there is such a proxy now.
    pub fn has_proxy(&self) -> bool {
        self.proxy.lock().expect("proxy").is_some()
    }

    /// The address from which the nodes are asked here.
    pub fn here(&self) -> String {
        format!("{}.1", self.subnet)
    }

    /// Main addresses of all nodes.
    pub fn addresses(&self) -> Vec<String> {
        self.nodes().map(|node| format!("{}:8848", self.address(node))).collect()
    }

    /// Lets a node run short of memory until the kernel kills it: it is started in a memory cgroup that is then limited to
    /// little more than it uses, and something beside it wants more. Where this machine has no such cgroups or keeps its
    /// kernel log to itself, that is said and the node runs on.
    pub fn starve(&self, node: usize) {
        let group = self.memory_group(node);
        let usable = fs::create_dir(&group).is_ok()
            && group.join("memory.limit_in_bytes").is_file()
            && fs::File::open("/dev/kmsg").is_ok();
        if !usable {
            crate::support::aloud("SKIPPED: no memory cgroups (v1) or no kernel log here, so nothing was starved");
            return;
        }
        self.signal(node, "TERM");
        self.start_node(node);
        for pid in self.pids(node) {
            // What it takes from now on counts.
            fs::write(group.join("cgroup.procs"), pid.to_string()).expect("cgroup");
        }
        assert!(self.up_within(node, Duration::from_secs(120)), "n{node} does not start in a cgroup");
        let used = fs::read_to_string(group.join("memory.usage_in_bytes")).expect("usage");
        let limit = used.trim().parse::<u64>().expect("bytes") + (16 << 20);
        fs::write(group.join("memory.limit_in_bytes"), limit.to_string()).expect("limit");
        // What it caches is given back first; memory that is in use is not.
        let hungry =
            format!("echo $$ > {}/cgroup.procs; head -c 2000m /dev/zero | tail -c 2000m > /dev/null", group.display());
        run("sh", &["-c", &hungry]);
        let until = Instant::now() + Duration::from_secs(20);
        while !self.pids(node).is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
        }
        if !self.pids(node).is_empty() {
            crate::support::aloud("SKIPPED: the kernel did not kill a node that ran out of its memory");
        }
    }

    /// Whether a node has no process.
    pub fn is_gone(&self, node: usize) -> bool {
        self.pids(node).is_empty()
    }

    fn memory_group(&self, node: usize) -> PathBuf {
        PathBuf::from(format!("/sys/fs/cgroup/memory/{}", self.namespace(node)))
    }

    /// Lets another program listen on a port of a node, until `restore`.
    pub fn occupy(&self, node: usize, port: u16) {
        let mut command = Command::new("ip");
        let data = self.root.join(format!("occupant{node}"));
        let child = command
            .args(["netns", "exec", &self.namespace(node), env!("CARGO_BIN_EXE_nodedown"), "serve"])
            .args(["--listen", &format!("0.0.0.0:{port}"), "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a program that listens");
        self.occupants.lock().expect("occupants").push(child);
        let until = Instant::now() + Duration::from_secs(20);
        let address = format!("{}:{port}", self.address(node));
        while std::net::TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < until, "nobody listens on {address}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Adds a rule to the packet filter of a node.
    pub fn filter_rule(&self, node: usize, rule: &[&str]) {
        let namespace = self.namespace(node);
        let args: Vec<&str> =
            ["netns", "exec", &namespace, "iptables", "-A"].into_iter().chain(rule.iter().copied()).collect();
        must("ip", &args);
    }

    /// Appends a line to the cluster.conf of a node.
    pub fn append_member(&self, node: usize, line: &str) {
        let path = self.home(node).join("conf/cluster.conf");
        let before = fs::read_to_string(&path).expect("cluster.conf");
        fs::write(&path, format!("{}\n{line}\n", before.trim_end())).expect("cluster.conf");
    }

    /// Takes a member out of the cluster.conf of a node.
    pub fn remove_member(&self, node: usize, member: usize) {
        let path = self.home(node).join("conf/cluster.conf");
        let before = fs::read_to_string(&path).expect("cluster.conf");
        let gone = self.address(member);
        let kept: String =
            before.lines().filter(|line| !line.contains(&gone)).map(|line| format!("{line}\n")).collect();
        fs::write(&path, kept).expect("cluster.conf");
    }

    /// Leaves out the end of the first line of the cluster.conf of a node, as a write that was cut short does.
    pub fn tear_conf(&self, node: usize) {
        let path = self.home(node).join("conf/cluster.conf");
        let before = fs::read_to_string(&path).expect("cluster.conf");
        let (_, rest) = before.split_once('\n').expect("two lines");
        fs::write(&path, format!("{}:88{rest}", self.address(1))).expect("cluster.conf");
    }

    /// Puts data and logs of a node on a small file system of their own, starts it there, and fills it up.
    pub fn fill_disk(&self, node: usize) {
        let data = self.move_to(node, &["-t", "tmpfs", "-o", "size=512m", "tmpfs"]);
        // It writes until there is no room: dd then ends with an error, as it should.
        run("dd", &["if=/dev/zero", &format!("of={}/ballast", data.display()), "bs=64k"]);
    }

    /// Puts data and logs of a node on a file system of their own, starts it there, and freezes it: what writes waits in
    /// the kernel until `restore`. Where this machine cannot do that, it is printed and nothing happens.
    pub fn freeze_disk(&self, node: usize) {
        let image = self.root.join("disk.img");
        fs::File::create(&image).and_then(|file| file.set_len(8 << 30)).expect("image");
        let path = image.to_string_lossy().into_owned();
        if !run("mkfs.ext4", &["-q", "-F", &path]).is_some_and(|output| output.status.success()) {
            crate::support::aloud("SKIPPED: `mkfs.ext4` does not run here, so no disk was frozen");
            return;
        }
        self.move_to(node, &["-o", "loop", &path]);
        must("fsfreeze", &["-f", &self.home(node).join("data").to_string_lossy()]);
    }

    /// True if data and logs of a node lie on a file system of their own.
    pub fn has_own_disk(&self, node: usize) -> bool {
        self.root.join(format!("data{node}")).exists()
    }

    /// Moves data and logs of a node to what these arguments of `mount` name, one volume for both, as one host has: the data
    /// below it, the logs bound into it. Starts the node there.
    fn move_to(&self, node: usize, mount: &[&str]) -> PathBuf {
        self.signal(node, "TERM");
        for part in ["data", "logs"] {
            let (place, kept) = (self.home(node).join(part), self.root.join(format!("{part}{node}")));
            fs::rename(&place, &kept).expect("kept folder");
            fs::create_dir(&place).expect("folder");
        }
        let (data, logs) = (self.home(node).join("data"), self.home(node).join("logs"));
        let at = data.to_string_lossy().into_owned();
        must("mount", &[mount, &[at.as_str()]].concat());
        must("cp", &["-a", &format!("{}/.", self.root.join(format!("data{node}")).display()), &at]);
        fs::create_dir(data.join("logs")).expect("logs");
        must("mount", &["--bind", &data.join("logs").to_string_lossy(), &logs.to_string_lossy()]);
        self.start_node(node);
        assert!(
            self.up_within(node, Duration::from_secs(120)),
            "n{node} does not start on a disk of its own: {}",
            self.last_words(node)
        );
        data
    }

    fn thaw_disk(&self, node: usize) {
        // Frozen only by `freeze_disk`.
        run("fsfreeze", &["-u", &self.home(node).join("data").to_string_lossy()]);
    }

    /// Lets a node write snapshots of its Raft groups, stops it, and overwrites what they hold; the Raft data is put back by
    /// `restore`. The node is down afterwards.
    pub fn spoil_snapshots(&self, node: usize) {
        self.signal(node, "TERM");
        self.keep_raft(node);
        self.set_properties(node, "nacos.core.protocol.raft.data.snapshot_interval_secs=10\n");
        self.start_node(node);
        assert!(self.up_within(node, Duration::from_secs(120)), "n{node} does not start");
        let raft = self.home(node).join("data/protocol/raft");
        let held = || -> Vec<PathBuf> {
            let of = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
            of(&raft)
                .flat_map(|group| of(&group.join("snapshot")).collect::<Vec<_>>())
                .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snapshot_")))
                .flat_map(|snapshot| of(&snapshot).collect::<Vec<_>>())
                .filter(|path| path.is_file())
                .collect()
        };
        let until = Instant::now() + Duration::from_secs(90);
        while held().is_empty() {
            assert!(Instant::now() < until, "n{node} wrote no snapshot");
            std::thread::sleep(Duration::from_secs(1));
        }
        std::thread::sleep(Duration::from_secs(5));
        self.signal(node, "TERM");
        for path in held() {
            let length = fs::metadata(&path).expect("snapshot").len();
            fs::write(&path, vec![0x5a; usize::try_from(length).expect("small")]).expect("snapshot");
        }
    }

    /// Overwrites the Raft meta of a node; the Raft data is put back by `restore`.
    pub fn spoil_raft_meta(&self, node: usize) {
        let raft = self.keep_raft(node);
        let meta = raft.join("nacos_config/meta-data/raft_meta");
        let bytes = fs::read(&meta).expect("raft_meta");
        fs::write(&meta, vec![0x5a; bytes.len()]).expect("raft_meta");
    }

    fn keep_raft(&self, node: usize) -> PathBuf {
        let raft = self.home(node).join("data/protocol/raft");
        let kept = self.root.join(format!("raft{node}"));
        must("cp", &["-a", &raft.to_string_lossy(), &kept.to_string_lossy()]);
        raft
    }

    /// Appends settings to the application.properties of a node, until `restore`.
    pub fn set_properties(&self, node: usize, lines: &str) {
        let path = self.home(node).join("conf/application.properties");
        let before = fs::read_to_string(&path).expect("application.properties");
        let kept = self.root.join(format!("properties{node}"));
        if !kept.exists() {
            fs::write(kept, &before).expect("kept properties");
        }
        fs::write(&path, format!("{before}\n{lines}")).expect("application.properties");
    }

    /// Overwrites a part of the manifest of a Raft log; the Raft data is put back by `restore`.
    pub fn spoil_raft_log(&self, node: usize) {
        let raft = self.keep_raft(node);
        let log = raft.join("nacos_config/log");
        let mut spoiled = 0;
        for entry in fs::read_dir(&log).expect("Raft log").flatten() {
            if entry.file_name().to_string_lossy().starts_with("MANIFEST-") {
                let mut bytes = fs::read(entry.path()).expect("manifest");
                bytes.iter_mut().skip(10).take(60).for_each(|byte| *byte ^= 0x5a);
                fs::write(entry.path(), bytes).expect("manifest");
                spoiled += 1;
            }
        }
        assert!(spoiled > 0, "no manifest in {}", log.display());
    }

    /// Undoes every fault and waits until all is well; `spoiled` nodes are started anew.
    ///
    /// # Errors
    /// Nacos does not come back by itself: what each node logged last.
    pub fn restore(&self, spoiled: &[usize]) -> Result<(), String> {
        self.unfilter();
        self.end_door();
        drop(self.proxy.lock().expect("proxy").take());
        self.ways().clear();
        for mut child in self.occupants.lock().expect("occupants").drain(..) {
            drop(child.kill());
            drop(child.wait());
        }
        for node in self.nodes() {
            self.signal(node, "CONT");
            self.thaw_disk(node);
            if spoiled.contains(&node) {
                self.end(node);
            }
            self.give_disk_back(node);
            self.give_own_data_back(node);
            drop(fs::remove_dir_all(self.own_files(node)));
            drop(fs::remove_dir(self.memory_group(node)));
            drop(fs::remove_dir(self.thread_group(node)));
            let (properties, raft) =
                (self.root.join(format!("properties{node}")), self.root.join(format!("raft{node}")));
            if properties.exists() {
                fs::rename(properties, self.home(node).join("conf/application.properties")).expect("properties");
            }
            if raft.exists() {
                let place = self.home(node).join("data/protocol/raft");
                fs::remove_dir_all(&place).expect("spoiled Raft data");
                fs::rename(raft, place).expect("Raft data");
            }
            let path = self.home(node).join("conf/cluster.conf");
            let set = |text: &str| -> std::collections::BTreeSet<String> {
                text.lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty() && !line.starts_with('#'))
                    .map(str::to_owned)
                    .collect()
            };
            if set(&fs::read_to_string(&path).unwrap_or_default()) != set(&self.members()) {
                fs::write(&path, self.members()).expect("cluster.conf");
            }
        }
        // No node is on it any more.
        self.kill_database();
        drop(self.database.lock().expect("database").take());
        self.settle()
    }

    /// Ends a node in an orderly way where it still can: one that is killed again and again counts as flapping.
    fn end(&self, node: usize) {
        for pid in self.pids(node) {
            run("kill", &["-TERM", &pid.to_string()]);
        }
        let until = Instant::now() + Duration::from_secs(20);
        while !self.pids(node).is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(200));
        }
        self.signal(node, "KILL");
    }

    fn give_disk_back(&self, node: usize) {
        if !self.has_own_disk(node) {
            return;
        }
        for part in ["logs", "data"] {
            let (place, kept) = (self.home(node).join(part), self.root.join(format!("{part}{node}")));
            must("umount", &[&place.to_string_lossy()]);
            fs::remove_dir(&place).expect("empty folder");
            fs::rename(kept, place).expect("kept folder");
        }
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
            for table in ["filter", "nat", "mangle"] {
                must("ip", &["netns", "exec", &self.namespace(node), "iptables", "-t", table, "-F"]);
            }
        }
    }

    /// Brings the cluster up node by node, the way one grows a cluster: the first is a cluster of one and leads its Raft
    /// groups at once, every further one finds a leader that takes it in.
    ///
    /// All at once does not work reliably with embedded storage, least of all on a busy machine. A 3.x node that finds no
    /// leader within its four tries gives up ("namespace migrate pre check failed"); with more tries, or without that
    /// migration, it reads from a leader that is not through its own start yet, and gives up or waits for ever.
    fn grow(&self) -> Result<(), String> {
        let every = self.members();
        for node in self.nodes() {
            let members = if node == 1 { format!("{}:8848\n", self.address(1)) } else { every.clone() };
            fs::write(self.home(node).join("conf/cluster.conf"), members).expect("cluster.conf");
            let mut tries = 0;
            self.start_node(node);
            while !self.up_within(node, Duration::from_secs(150)) {
                tries += 1;
                if tries == 3 {
                    return Err(self.last_words(node));
                }
                // What a start that was cut short leaves of its database would stop the next one.
                self.signal(node, "KILL");
                for part in ["data", "logs"] {
                    drop(fs::remove_dir_all(self.home(node).join(part)));
                }
                self.start_node(node);
            }
            if node == 1 {
                fs::write(self.home(1).join("conf/cluster.conf"), &every).expect("cluster.conf");
            }
        }
        self.settle()
    }

    /// Waits until a node is ready; false: its process ended, or the time is over.
    pub fn up_within(&self, node: usize, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        while Instant::now() < until && !self.pids(node).is_empty() {
            if self.is_ready(node) {
                return true;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        false
    }

    /// Waits until every node is ready and sees all nodes up; starts a node again that ended or hangs while starting.
    ///
    /// # Errors
    /// Nacos does not come back by itself: what each node logged last.
    pub fn settle(&self) -> Result<(), String> {
        for _ in 0..3 {
            if self.wait_for(Duration::from_secs(120), |node| {
                // A node of 3.x that found no leader has ended: it is started again at once.
                if self.pids(node).is_empty() {
                    self.start_node(node);
                }
                self.sees_all_up(node) && self.is_ready(node)
            }) {
                return Ok(());
            }
            for node in self.nodes().filter(|node| !self.is_ready(*node)).collect::<Vec<_>>() {
                self.signal(node, "KILL");
                self.start_node(node);
                self.up_within(node, Duration::from_secs(120));
            }
        }
        Err(self.nodes().map(|node| self.last_words(node)).collect())
    }

    /// What belongs into every cluster.conf.
    pub fn members(&self) -> String {
        self.nodes().map(|node| format!("{}:8848\n", self.address(node))).collect()
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
            if self.nodes().filter(|node| fine(*node)).count() == self.size {
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
            let namespace = self.namespace(node);
            self.plug_in(&namespace, &format!("{}v{node}", self.prefix), &self.address(node));
            must("ip", &["-n", &namespace, "route", "add", "default", "via", &format!("{}.1", self.subnet)]);
        }
    }

    /// Makes a network namespace with that address, on the bridge by a cable with that end outside.
    fn plug_in(&self, namespace: &str, outside: &str, address: &str) {
        must("ip", &["netns", "add", namespace]);
        must("ip", &["link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace]);
        must("ip", &["link", "set", outside, "master", &format!("{}br", self.prefix), "up"]);
        must("ip", &["-n", namespace, "addr", "add", &format!("{address}/24"), "dev", "eth0"]);
        must("ip", &["-n", namespace, "link", "set", "eth0", "up"]);
        must("ip", &["-n", namespace, "link", "set", "lo", "up"]);
    }

    /// Removes what this cluster, or one before it that was ended hard, left.
    fn remove_network(&self) {
        for node in self.nodes() {
            // Empty by now, or never there.
            drop(fs::remove_dir(self.memory_group(node)));
            drop(fs::remove_dir(self.thread_group(node)));
            drop(fs::remove_dir_all(self.own_files(node)));
            run("ip", &["link", "del", &format!("{}v{node}", self.prefix)]);
            run("ip", &["netns", "del", &self.namespace(node)]);
        }
        self.remove_hosts();
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

    /// File with what the API of 3.x asks for.
    pub fn credential(&self) -> PathBuf {
        self.root.join("credential")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for mut child in self.occupants.get_mut().into_iter().flat_map(std::mem::take) {
            drop(child.kill());
            drop(child.wait());
        }
        for child in &mut self.sshds {
            drop(child.kill());
            drop(child.wait());
        }
        self.kill_database();
        for node in self.nodes() {
            self.thaw_disk(node);
            for pid in self.pids(node) {
                run("kill", &["-CONT", &pid.to_string()]);
                run("kill", &["-KILL", &pid.to_string()]);
            }
            for part in ["logs", "data"] {
                // Mounted only while its disk is full or frozen.
                run("umount", &["-l", &self.home(node).join(part).to_string_lossy()]);
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
        .collect()
}

fn java_home() -> PathBuf {
    let java = run("sh", &["-c", "readlink -f \"$(command -v java)\""]).expect("java");
    let path = PathBuf::from(String::from_utf8_lossy(&java.stdout).trim());
    path.parent().and_then(Path::parent).expect("java home").to_owned()
}
