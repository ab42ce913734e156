//! Faults that need more than a signal or a packet filter: limits, a second start, a supervisor, another clock, a database,
//! other ways to the API. `Cluster::restore` undoes them all.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Cluster, must, run};
use crate::support::nginx::Nginx;

/// Where Debian puts the library that gives a process another clock (`libfaketime`).
const FAKE_CLOCK: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

impl Cluster {
    /// Starts a node that runs once more, and waits until the second process has ended.
    pub fn start_a_second_time(&self, node: usize) {
        let before = self.pids(node);
        self.start_node(node);
        let until = Instant::now() + Duration::from_secs(120);
        while self.pids(node).len() > before.len() {
            assert!(Instant::now() < until, "the second process of n{node} runs on: {:?}", self.pids(node));
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Lets a node stand still for four seconds of every five.
    pub fn stutter(&self, node: usize) {
        let pids: Vec<String> = self.pids(node).iter().map(u32::to_string).collect();
        let pids = pids.join(" ");
        self.keep_running(&format!("while :; do kill -STOP {pids}; sleep 4; kill -CONT {pids}; sleep 1; done"));
    }

    /// Allows a node no further open file, and knocks at its door.
    pub fn use_up_files(&self, node: usize) {
        for pid in self.pids(node) {
            must("prlimit", &["--pid", &pid.to_string(), "--nofile=64:4096"]);
        }
        for _ in 0..3 {
            let url = format!("http://{}:8848/nacos/", self.address(node));
            run("curl", &["-s", "-m", "1", "-o", "/dev/null", &url]);
        }
    }

    /// Stops a node and starts it where it may have no more than `threads`. Where this machine has no such cgroups, that is
    /// said and the node starts as ever.
    pub fn start_with_threads(&self, node: usize, threads: u32) {
        let group = self.thread_group(node);
        if fs::create_dir(&group).is_err() || !group.join("pids.max").is_file() {
            crate::support::aloud("SKIPPED: no pids cgroups (v1) here, so no node ran short of threads");
            return;
        }
        fs::write(group.join("pids.max"), threads.to_string()).expect("limit");
        self.signal(node, "TERM");
        self.start_node(node);
        for pid in self.pids(node) {
            fs::write(group.join("cgroup.procs"), pid.to_string()).expect("cgroup");
        }
    }

    /// Whether a node is held to a number of threads.
    pub fn has_thread_limit(&self, node: usize) -> bool {
        self.thread_group(node).join("pids.max").is_file()
    }

    pub(super) fn thread_group(&self, node: usize) -> PathBuf {
        PathBuf::from(format!("/sys/fs/cgroup/pids/{}", self.namespace(node)))
    }

    /// Stops a node and starts it with the data folder of another that runs.
    pub fn share_data(&self, node: usize, with: usize) {
        self.signal(node, "TERM");
        symlink(self.home(with).join("data"), self.put_data_aside(node)).expect("link");
        self.start_node(node);
    }

    /// Puts the data of a node that is down away until `restore`, and tells where they were.
    fn put_data_aside(&self, node: usize) -> PathBuf {
        let data = self.home(node).join("data");
        fs::rename(&data, self.root.join(format!("owndata{node}"))).expect("kept data");
        data
    }

    pub(super) fn give_own_data_back(&self, node: usize) {
        let kept = self.root.join(format!("owndata{node}"));
        if kept.exists() {
            let data = self.home(node).join("data");
            if data.is_symlink() {
                fs::remove_file(&data).expect("link");
            } else {
                fs::remove_dir_all(&data).expect("data");
            }
            fs::rename(kept, data).expect("own data");
        }
    }

    /// Makes the members of the cluster names, which every node resolves by a file of its own, and starts a node anew to
    /// which the name of another means an address that nobody has.
    pub fn mistake_the_name_of(&self, of: usize, at: usize) {
        self.nodes().for_each(|node| self.signal(node, "TERM"));
        let members = |nodes: std::ops::RangeInclusive<usize>| -> String {
            nodes.map(|node| format!("{}:8848\n", self.host_name(node))).collect()
        };
        let conf = |node: usize| self.home(node).join("conf/cluster.conf");
        for node in self.nodes() {
            // Raft knows its peers by their addresses: with other ones it begins anew, as `grow` does.
            self.put_data_aside(node);
            self.write_hosts(node, |member| self.address(member));
            self.set_properties(node, &format!("nacos.inetutils.ip-address={}\n", self.host_name(node)));
            fs::write(conf(node), members(if node == 1 { 1..=1 } else { self.nodes() })).expect("cluster.conf");
            self.start_node(node);
            assert!(self.up_within(node, Duration::from_secs(150)), "{}", self.last_words(node));
            if node == 1 {
                fs::write(conf(1), members(self.nodes())).expect("cluster.conf");
            }
        }
        self.settle().expect("a cluster of names");
        self.signal(at, "TERM");
        self.write_hosts(at, |member| if member == of { format!("{}.99", self.subnet) } else { self.address(member) });
        self.start_node(at);
        self.up_within(at, Duration::from_secs(90));
    }

    fn host_name(&self, node: usize) -> String {
        format!("{}.lab", self.namespace(node))
    }

    /// Writes the `/etc/hosts` that processes of a node see.
    fn write_hosts(&self, node: usize, address: impl Fn(usize) -> String) {
        let folder = self.own_files(node);
        fs::create_dir_all(&folder).expect("files of a network namespace");
        let lines: String =
            self.nodes().map(|member| format!("{} {}\n", address(member), self.host_name(member))).collect();
        fs::write(folder.join("hosts"), format!("127.0.0.1 localhost\n{lines}")).expect("hosts");
    }

    /// Where `ip netns exec` finds what a namespace has instead of the files in `/etc`.
    pub(super) fn own_files(&self, node: usize) -> PathBuf {
        PathBuf::from(format!("/etc/netns/{}", self.namespace(node)))
    }

    /// Stops a node, changes its settings, and starts it again whenever it ends, as a supervisor does.
    pub fn supervise_with(&self, node: usize, settings: &str) {
        self.signal(node, "TERM");
        self.set_properties(node, settings);
        let home = self.home(node);
        let home = home.display();
        self.keep_running(&format!(
            "cd {home}; export JAVA_HOME={} CUSTOM_NACOS_MEMORY='-Xms256m -Xmx384m'; while :; do \
             nice -n -10 ip netns exec {} bash bin/startup.sh -p embedded; sleep 2; \
             while pgrep -f '[n]acos.home={home}' > /dev/null; do sleep 1; done; done",
            super::java_home().display(),
            self.namespace(node),
        ));
    }

    /// Stops all nodes and starts them in stand-alone mode, with the same `cluster.conf` as before.
    pub fn start_stand_alone(&self) {
        self.nodes().for_each(|node| self.signal(node, "TERM"));
        for node in self.nodes() {
            self.start_node_as(node, &["-m", "standalone", "-p", "embedded"], "-Xms256m -Xmx384m");
            assert!(self.up_within(node, Duration::from_secs(120)), "n{node}: {}", self.last_words(node));
        }
    }

    /// Starts a node anew with a clock of its own and puts it `seconds` ahead while it runs. Without the library for that, or
    /// where it does not start with it, that is said.
    pub fn put_clock_ahead(&self, node: usize, seconds: u32) {
        if !Path::new(FAKE_CLOCK).is_file() {
            crate::support::aloud("SKIPPED: libfaketime is not installed, so no clock was put ahead");
            return;
        }
        let offset = self.clock_of(node);
        fs::write(&offset, "+0s\n").expect("offset");
        self.signal(node, "TERM");
        let offset_path = offset.to_string_lossy().into_owned();
        let clock = [
            ("LD_PRELOAD", FAKE_CLOCK),
            ("FAKETIME_TIMESTAMP_FILE", offset_path.as_str()),
            ("FAKETIME_CACHE_DURATION", "1"),
            // What waits goes on waiting, and the times of files are as they are: a JVM looks at thousands of them.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ];
        self.start_node_with(node, &["-p", "embedded"], "-Xms256m -Xmx384m", &clock);
        // Every look at the clock costs it something, and a JVM looks often.
        if !self.up_within(node, Duration::from_secs(240)) {
            crate::support::aloud("SKIPPED: Nacos does not start here with a clock of its own, so none was put ahead");
            fs::remove_file(&offset).expect("offset");
            return;
        }
        fs::write(&offset, format!("+{seconds}s\n")).expect("offset");
        // It writes some lines with the new time.
        std::thread::sleep(Duration::from_secs(15));
    }

    /// Whether a node has a clock of its own.
    pub fn has_own_clock(&self, node: usize) -> bool {
        self.clock_of(node).exists()
    }

    fn clock_of(&self, node: usize) -> PathBuf {
        self.root.join(format!("clock{node}"))
    }

    /// Takes a node out of all Raft groups, by the operation that Nacos has for it.
    pub fn take_from_raft(&self, node: usize) {
        let path = if self.is_3() { "v3/admin/core/ops/raft" } else { "v1/core/ops/raft" };
        let body = format!(r#"{{"command":"removePeer","value":"{}:7848"}}"#, self.address(node));
        let url = format!("http://{}:8848/nacos/{path}", self.address(1));
        let header = ["-H", "labIdentity: labValue", "-H", "Content-Type: application/json"];
        let output = run("curl", &[&["-s", "-m", "10", "-d", &body], header.as_slice(), &[url.as_str()]].concat());
        let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        assert!(said.contains("200") || said.contains("\"code\":0"), "the voter was not taken out: {said}");
    }

    /// Lets the ports of all nodes be reached from here under other numbers only, as containers publish them: 18848 for the
    /// main port and 19868 for the one of clients; 9849 and 7848 are not published.
    pub fn publish_ports(&self) {
        for node in self.nodes() {
            let here = self.here();
            for port in ["8848", "9848", "9849", "7848"] {
                let rule = ["-s", here.as_str(), "-p", "tcp", "--dport", port, "-j", "DROP"];
                self.rule(node, "mangle", &[&["PREROUTING"], rule.as_slice()].concat());
            }
            for (from, to) in [("18848", "8848"), ("19868", "9848")] {
                let rule = ["PREROUTING", "-p", "tcp", "--dport", from, "-j", "REDIRECT", "--to-ports", to];
                self.rule(node, "nat", &rule);
            }
            let address = self.address(node);
            self.ways().insert(node, format!("http://{address}:18848/nacos,sdk={address}:19868"));
        }
    }

    /// Puts an https proxy whose certificate a CA of its own has signed in front of a node: the API is asked through it.
    pub fn put_private_ca_before(&self, node: usize) {
        let at = self.root.join("tls");
        fs::create_dir_all(&at).expect("folder");
        let (at, address) = (at.display().to_string(), self.address(node));
        let openssl = |args: &[&str]| must("openssl", args);
        let key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
        let (ca, ca_key) = (format!("{at}/ca.pem"), format!("{at}/ca.key"));
        openssl(&[&["req", "-x509", "-subj", "/CN=private", "-out", &ca, "-keyout", &ca_key], key.as_slice()].concat());
        let (wanted, own_key, names) = (format!("{at}/csr"), format!("{at}/key"), format!("{at}/names"));
        openssl(&[&["req", "-subj", "/CN=node", "-out", &wanted, "-keyout", &own_key], &key[..3]].concat());
        fs::write(&names, format!("subjectAltName=IP:{address}\n")).expect("names");
        let signed = format!("{at}/cert");
        openssl(&[
            "x509",
            "-req",
            "-in",
            &wanted,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &names,
            "-out",
            &signed,
        ]);
        let namespace = format!("/var/run/netns/{}", self.namespace(node));
        let listen = "0.0.0.0:8443".parse().expect("address");
        let proxy = Nginx::start_tls_in(&namespace, listen, "127.0.0.1:8848", (&signed, &own_key));
        if proxy.is_some() {
            self.ways().insert(node, format!("https://{address}:8443/nacos,ca={ca}"));
        }
        *self.proxy.lock().expect("proxy") = proxy;
    }

    /// Starts a MySQL-compatible database with the schema of Nacos and restarts all nodes on it. False: this machine has
    /// none, which is said.
    pub fn move_to_database(&self) -> bool {
        self.start_database() && {
            // One after the other: a start needs nobody else then, and a small machine has no time for three.
            for node in self.nodes() {
                self.onto_database(node);
                assert!(self.up_within(node, Duration::from_secs(240)), "n{node}: {}", self.last_words(node));
            }
            true
        }
    }

    /// Stops a node and starts it on the database.
    pub fn onto_database(&self, node: usize) {
        self.signal(node, "TERM");
        self.set_properties(
            node,
            &format!(
                "spring.sql.init.platform=mysql\ndb.num=1\ndb.user=nacos\ndb.password=nacos\n\
                 db.url.0=jdbc:mysql://{}:3306/nacos?characterEncoding=utf8&connectTimeout=1000&socketTimeout=3000\
                 &autoReconnect=true&useUnicode=true&useSSL=false&serverTimezone=UTC\n",
                self.here()
            ),
        );
        self.start_node_as(node, &[], "-Xms256m -Xmx384m");
    }

    /// Starts the database alone.
    pub fn start_database(&self) -> bool {
        if !Path::new("/usr/sbin/mariadbd").is_file() {
            crate::support::aloud("SKIPPED: mariadb-server is not installed, so no database was tried");
            return false;
        }
        let folder = self.root.join("database");
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("folder");
        let data = format!("--datadir={}/data", folder.display());
        let installed = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--user=root", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(installed.is_ok_and(|status| status.success()), "the database is not laid out");
        let child = Command::new("/usr/sbin/mariadbd")
            .args(["--no-defaults", "--user=root", "--port=3306", "--skip-name-resolve", &data])
            .args([format!("--bind-address={}", self.here()), format!("--socket={}/socket", folder.display())])
            .args([format!("--pid-file={}/pid", folder.display())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mariadbd");
        *self.database.lock().expect("database") = Some(child);
        let until = Instant::now() + Duration::from_secs(60);
        while !self.sql_is_done("", "select 1") {
            assert!(Instant::now() < until, "the database does not start");
            std::thread::sleep(Duration::from_millis(300));
        }
        self.sql(
            "",
            "create database nacos; create user nacos@'%' identified by 'nacos'; grant all on nacos.* to nacos@'%'",
        );
        let schema = fs::read_to_string(self.home(1).join("conf/mysql-schema.sql")).expect("schema");
        self.sql("nacos", &schema);
        true
    }

    /// Whether a database runs.
    pub fn has_database(&self) -> bool {
        self.database.lock().expect("database").is_some()
    }

    /// Ends the database at once; it still counts as one that the nodes had.
    pub fn kill_database(&self) {
        if let Some(child) = self.database.lock().expect("database").as_mut() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Gives the account of the nodes another password and ends their connections.
    pub fn refuse_logins(&self) {
        self.sql("", "alter user nacos@'%' identified by 'another'; kill user nacos");
    }

    /// Takes out a column that this version of Nacos reads.
    pub fn make_schema_old(&self) {
        self.sql("nacos", "alter table config_info drop column encrypted_data_key");
    }

    /// Waits until a file of a node says these words, for four minutes at most: three starts at once take long here.
    pub fn wait_for_line(&self, node: usize, file: &str, words: &str) {
        let path = self.home(node).join(file);
        let until = Instant::now() + Duration::from_secs(240);
        while Instant::now() < until
            && !fs::read(&path).is_ok_and(|text| String::from_utf8_lossy(&text).contains(words))
        {
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn sql(&self, database: &str, statements: &str) {
        assert!(self.sql_is_done(database, statements), "the database refuses: {statements}");
    }

    fn sql_is_done(&self, database: &str, statements: &str) -> bool {
        let file = self.root.join("statements.sql");
        fs::write(&file, statements).expect("statements");
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-uroot", &format!("--socket={}/database/socket", self.root.display())]);
        if !database.is_empty() {
            command.arg(database);
        }
        command.stdin(fs::File::open(file).expect("statements")).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// A shell that runs until `restore`.
    fn keep_running(&self, script: &str) {
        let child = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh");
        self.occupants.lock().expect("occupants").push(child);
    }

    fn rule(&self, node: usize, table: &str, rule: &[&str]) {
        let namespace = self.namespace(node);
        must("ip", &[&["netns", "exec", &namespace, "iptables", "-t", table, "-A"], rule].concat());
    }
}
