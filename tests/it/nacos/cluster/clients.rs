//! Hosts with real clients beside a cluster: each host has an address of its own, and runs processes with the SDK that the
//! cluster's own distribution brings. Needs `javac`; says so and gives none where it is missing.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Cluster;
use crate::network::namespaces::{must, run};

/// What the processes run.
const PROGRAM: &str = include_str!("SdkClients.java");
/// Connections of one process.
pub const CONNECTIONS: usize = 3;
/// Those of them that register an instance.
const INSTANCES: usize = CONNECTIONS - 1;

/// The program with its libraries, ready to be run.
pub struct Sdk {
    class_path: String,
    folder: PathBuf,
}

/// A process with clients; killed when it is dropped.
pub struct Process {
    child: Child,
    errors: PathBuf,
    /// Name of its application and of its service.
    pub app: String,
}

impl Cluster {
    /// Unpacks the SDK of this version and compiles the program; `None`: there is no compiler, which is said.
    pub fn sdk(&self) -> Option<Sdk> {
        if !run("javac", &["-version"]).is_some_and(|output| output.status.success()) {
            crate::support::aloud("SKIPPED: no `javac` here, so there are no real clients");
            return None;
        }
        let folder = self.root.join("sdk");
        let libraries = folder.join("lib");
        fs::create_dir_all(&libraries).expect("folder");
        let jar = fs::File::open(self.home(1).join("target/nacos-server.jar")).expect("jar of the server");
        let mut jar = zip::ZipArchive::new(jar).expect("a jar");
        for index in 0..jar.len() {
            let mut entry = jar.by_index(index).expect("entry");
            let name = entry.name().expect("name").into_owned();
            let name = name.strip_prefix("BOOT-INF/lib/").filter(|name| name.ends_with(".jar"));
            if let Some(name) = name {
                let mut file = fs::File::create(libraries.join(name)).expect("library");
                io::copy(&mut entry, &mut file).expect("a library is unpacked");
            }
        }
        fs::write(folder.join("SdkClients.java"), PROGRAM).expect("program");
        // The client's own jar first: it brings what it needs in classes of the same names as the server's.
        let (libraries, at) = (libraries.display(), folder.display());
        let libraries = format!("{libraries}/nacos-client-{}.jar:{libraries}/*", self.version);
        must("javac", &["-cp", &libraries, "-d", &at.to_string(), &format!("{at}/SdkClients.java")]);
        Some(Sdk { class_path: format!("{at}:{libraries}"), folder })
    }

    /// Adds a host to the network of the cluster: its address.
    pub fn add_host(&self, nth: usize) -> String {
        let address = format!("{}.{}", self.subnet, 100 + nth);
        self.plug_in(&self.host_namespace(nth), &format!("{}w{nth}", self.prefix), &address);
        address
    }

    /// Starts a process with clients on a host, which knows all nodes; `port`: that of its first instance.
    pub fn start_clients(&self, sdk: &Sdk, host: usize, app: &str, port: u16) -> Process {
        let own = sdk.folder.join(format!("{host}-{app}"));
        fs::create_dir_all(&own).expect("folder");
        let errors = own.join("errors");
        let child = Command::new("ip")
            .args(["netns", "exec", &self.host_namespace(host), "java", "-Xmx64m", "-XX:+UseSerialGC"])
            .args(["-XX:TieredStopAtLevel=1", &format!("-Dproject.name={app}")])
            .args([format!("-Duser.home={}", own.display()), format!("-DJM.LOG.PATH={}", own.display())])
            .args(["-cp", &sdk.class_path, "SdkClients", &self.addresses().join(","), app, &port.to_string()])
            .arg(INSTANCES.to_string())
            .current_dir(&own)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&errors).expect("file"))
            .spawn()
            .expect("java");
        Process { child, errors, app: app.to_owned() }
    }

    fn host_namespace(&self, nth: usize) -> String {
        format!("{}h{nth}", self.prefix)
    }

    /// Removes the hosts that this cluster, or one before it, added.
    pub(super) fn remove_hosts(&self) {
        let names = fs::read_dir(Path::new("/var/run/netns")).into_iter().flatten().flatten();
        let hosts = names.filter_map(|entry| {
            entry.file_name().to_str()?.strip_prefix(&format!("{}h", self.prefix))?.parse::<usize>().ok()
        });
        for host in hosts.collect::<Vec<_>>() {
            run("ip", &["link", "del", &format!("{}w{host}", self.prefix)]);
            run("ip", &["netns", "del", &self.host_namespace(host)]);
        }
    }
}

impl Process {
    /// Waits until all its clients are connected and registered.
    pub fn wait(&mut self) {
        let output = self.child.stdout.take().expect("its output");
        let said = BufReader::new(output).lines().map_while(Result::ok).find(|line| line == "ready");
        let errors = || fs::read_to_string(&self.errors).unwrap_or_default();
        assert!(said.is_some(), "{} did not get ready: {}", self.app, errors());
    }

    /// Ends it at once.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
