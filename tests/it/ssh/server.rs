//! Real SSH servers for the tests: Debian's `sshd` on a port of its own, with keys and settings of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nodedown::domain::cluster::{Cluster, FileSource, NodeSpec, SshHost, SshKey, SshLocation};
use nodedown::domain::id::{ClusterId, NodeName};
use nodedown::sources::NodeSource;
use nodedown::sources::build::{Extras, sources};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// An SSH server; ended when this is gone.
pub struct Sshd {
    child: Child,
    pub address: String,
    pub port: u16,
    pub user: String,
    pub folder: TempDir,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says that a test is skipped where the machine has no SSH server; true then.
pub fn cannot_run(test: &str) -> bool {
    let there = Path::new("/usr/sbin/sshd").exists() && Command::new("ssh-keygen").arg("-?").output().is_ok();
    if !there {
        crate::support::aloud(&format!("SKIPPED {test}: this machine has no sshd and ssh-keygen (openssh-server)"));
    }
    !there
}

/// The same for what needs root.
pub fn not_root(test: &str) -> bool {
    let root = user() == "root";
    if !root {
        crate::support::aloud(&format!("SKIPPED {test}: needs root"));
    }
    !root
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Sshd {
    /// Starts one with further settings.
    pub fn start(settings: &str) -> Self {
        Self::start_at("127.0.0.1", None, settings)
    }

    /// Starts one that listens on an address, in a network namespace.
    pub fn start_at(address: &str, namespace: Option<&str>, settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        keygen(&folder.path().join("host"), "");
        keygen(&folder.path().join("user"), "");
        std::fs::copy(folder.path().join("user.pub"), folder.path().join("authorized_keys")).expect("copy");
        // The port may be taken between asking for it and using it.
        for _ in 0..20 {
            let port = free_port();
            let listen = format!("Port {port}\nListenAddress {address}");
            if let Some(child) = spawn(folder.path(), namespace, &format!("{settings}\n{listen}")) {
                let sshd = Self { child, address: address.to_owned(), port, user: user(), folder };
                std::fs::write(sshd.known_hosts(), sshd.known_line(port)).expect("known hosts");
                return sshd;
            }
        }
        panic!("no sshd would start");
    }

    pub fn known_hosts(&self) -> PathBuf {
        self.folder.path().join("known_hosts")
    }

    /// The line of its key under another port.
    pub fn known_line(&self, port: u16) -> String {
        let key = std::fs::read_to_string(self.folder.path().join("host.pub")).expect("host key");
        format!("[{}]:{port} {key}", self.address)
    }

    /// `SHA256:…` of its key, as `ssh-keygen` says.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.folder.path().join("host.pub"))
    }

    /// A place on it, with the right key and known hosts.
    pub fn place(&self, home: &Path) -> SshLocation {
        SshLocation {
            host: SshHost { user: self.user.clone(), host: self.address.clone(), port: self.port },
            home: home.display().to_string(),
            jump: None,
            key: SshKey::File { path: self.folder.path().join("user") },
            passphrase: None,
            known_hosts: Some(self.known_hosts()),
            kernel_log: false,
        }
    }
}

/// A node that is read there.
pub fn node(place: SshLocation) -> Arc<dyn NodeSource> {
    node_beside(place, Vec::new())
}

/// The same with other nodes in the inventory.
pub fn node_beside(place: SshLocation, others: Vec<NodeSpec>) -> Arc<dyn NodeSource> {
    let spec = NodeSpec { name: NodeName::from("n1"), api: None, files: FileSource::Ssh(place) };
    let nodes = std::iter::once(spec).chain(others).collect();
    let cluster = Cluster {
        id: ClusterId(0),
        name: "c".to_owned(),
        nodes,
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let mut nodes = sources(&cluster, &Extras::default()).nodes;
    nodes.remove(0)
}

pub fn keygen(file: &Path, passphrase: &str) {
    let done = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-C", "", "-N", passphrase, "-f"])
        .arg(file)
        .output()
        .expect("ssh-keygen");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

pub fn fingerprint(public: &Path) -> String {
    let output = Command::new("ssh-keygen").arg("-lf").arg(public).output().expect("ssh-keygen");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().nth(1).expect("fingerprint").to_owned()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("port").local_addr().expect("address").port()
}

fn spawn(folder: &Path, namespace: Option<&str>, settings: &str) -> Option<Child> {
    // Without it sshd ends at once; it is on the machine wherever sshd was ever started.
    let _ = std::fs::create_dir_all("/run/sshd");
    let at = folder.display();
    // Of a setting that is there twice the first one counts, of this one the last.
    let startups = if settings.contains("MaxStartups") { "" } else { "MaxStartups 100\n" };
    let config = format!(
        "{settings}\nHostKey {at}/host\nAuthorizedKeysFile {at}/authorized_keys\nPidFile none\n\
         UsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\n\
         PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n{startups}"
    );
    let file = folder.join("sshd_config");
    std::fs::write(&file, config).expect("config");
    let mut command = Command::new(if namespace.is_some() { "ip" } else { "/usr/sbin/sshd" });
    if let Some(namespace) = namespace {
        command.args(["netns", "exec", namespace, "/usr/sbin/sshd"]);
    }
    let mut child = command
        .args(["-D", "-e", "-f"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sshd");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr"));
    let mut said = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            let _ = child.wait();
            crate::support::aloud(&format!("sshd did not start: {said}"));
            return None;
        }
        if line.contains("Server listening on") {
            break;
        }
        said.push_str(&line);
    }
    // It must go on being able to write.
    std::thread::spawn(move || {
        let _ = lines.read_to_end(&mut Vec::new());
    });
    Some(child)
}

/// Something between nodedown and a server: counts the bytes that come back and can stop passing them on.
pub struct Between {
    pub port: u16,
    passed: Arc<AtomicU64>,
    most: Arc<AtomicU64>,
    stopped: Arc<Notify>,
    cuts: tokio::sync::watch::Sender<u32>,
}

impl Between {
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let port = listener.local_addr().expect("address").port();
        let between = Self {
            port,
            passed: Arc::default(),
            most: Arc::new(AtomicU64::new(u64::MAX)),
            stopped: Arc::default(),
            cuts: tokio::sync::watch::Sender::default(),
        };
        let (passed, most, stopped) =
            (Arc::clone(&between.passed), Arc::clone(&between.most), Arc::clone(&between.stopped));
        let cuts = between.cuts.clone();
        let tasks = tokio_util::task::TaskTracker::new();
        tasks.clone().spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else { continue };
                let (mut near_read, mut near_write) = near.into_split();
                let (mut far_read, mut far_write) = far.into_split();
                tasks.spawn(async move {
                    let _ = tokio::io::copy(&mut near_read, &mut far_write).await;
                });
                let (passed, most, stopped) = (Arc::clone(&passed), Arc::clone(&most), Arc::clone(&stopped));
                let mut cut = cuts.subscribe();
                tasks.spawn(async move {
                    let mut buffer = vec![0; 16 * 1024];
                    loop {
                        let read = tokio::select! {
                            read = far_read.read(&mut buffer) => read,
                            _ = cut.changed() => break,
                        };
                        let Ok(read @ 1..) = read else { break };
                        if passed.fetch_add(read as u64, Ordering::SeqCst) > most.load(Ordering::SeqCst) {
                            stopped.notify_one();
                            std::future::pending::<()>().await;
                        }
                        if near_write.write_all(&buffer[..read]).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        between
    }

    /// Bytes that came back so far.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    /// Passes on so many bytes more, then nothing: connections stay open and silent.
    pub fn hang_after(&self, bytes: u64) {
        self.most.store(self.passed() + bytes, Ordering::SeqCst);
    }

    /// Ends every connection of now, also one that is just passing something on.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// New connections pass everything on again.
    pub fn heal(&self) {
        self.most.store(u64::MAX, Ordering::SeqCst);
    }

    /// Waits until something was held back.
    pub async fn stopped(&self) {
        self.stopped.notified().await;
    }
}
