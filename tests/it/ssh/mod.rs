//! The SSH source against real servers.

mod enroll;
mod from_node;
mod server;
mod whole;

use std::path::{Path, PathBuf};
use std::time::Duration;

use nodedown::domain::cluster::{ApiAddress, CredentialRef, FileSource, NodeSpec, SshHost, SshKey};
use nodedown::domain::id::NodeName;
use nodedown::domain::observed::PortResult;
use nodedown::domain::trust::Trust;
use nodedown::sources::files::HomeFiles;
use nodedown::sources::ssh::SshTrouble;
use nodedown::sources::{Deadline, Expect, ProbeAsk, SourceError};
use tokio_util::sync::CancellationToken;

use server::{Between, Sshd, cannot_run, fingerprint, keygen, node, node_beside, not_root};

fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(60), CancellationToken::new())
}

fn homes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/homes/2.5.1-healthy")
}

async fn trouble(source: std::sync::Arc<dyn nodedown::sources::NodeSource>) -> SshTrouble {
    match source.list("logs", &deadline()).await {
        Err(SourceError::Ssh(trouble)) => trouble,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_the_same_as_on_the_machine_itself() {
    if cannot_run("files over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let home = homes().join("n1");
    let here = HomeFiles::live(home.clone());
    let there = node(sshd.place(&home));
    assert!(there.files_live());
    let mut files = 0;
    for folder in ["conf", "logs"] {
        let listed = there.list(folder, &deadline()).await.expect("a listing");
        let plain = |entry: &nodedown::sources::FileEntry| (entry.path.clone(), entry.size_bytes);
        let local = here.list(folder, &deadline()).await.expect("a listing");
        assert_eq!(listed.iter().map(plain).collect::<Vec<_>>(), local.iter().map(plain).collect::<Vec<_>>());
        for entry in listed {
            let read = there.read_at(&entry.path, 0, 1 << 20, &deadline()).await.expect("a file");
            assert_eq!(read, std::fs::read(home.join(&entry.path)).expect("file"), "{}", entry.path);
            let middle = there.read_at(&entry.path, 100, 50, &deadline()).await.expect("a piece");
            assert_eq!(middle, here.read_at(&entry.path, 100, 50, &deadline()).await.expect("a piece"));
            files += 1;
        }
    }
    assert!(files > 10, "{files} files");
    assert!(there.disk_free("logs", &deadline()).await.expect("free space") > 0);
    let missing = there.read_at("logs/none.log", 0, 10, &deadline()).await;
    assert_eq!(missing, Err(SourceError::NotFound { path: "logs/none.log".to_owned() }));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_bytes_that_are_asked_for_travel() {
    if cannot_run("random reads over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let between = Between::start(sshd.port).await;
    let home = tempfile::tempdir().expect("home");
    std::fs::create_dir(home.path().join("logs")).expect("folder");
    let big = std::fs::File::create(home.path().join("logs/nacos.log")).expect("file");
    let text: Vec<u8> = (0..1_500_000_u32).flat_map(|n| n.to_le_bytes()).take(3_000_000).collect();
    std::os::unix::fs::FileExt::write_all_at(&big, &text, 700 << 20).expect("write");
    big.set_len(1 << 30).expect("a large file with a hole");
    let mut place = sshd.place(home.path());
    place.host.port = between.port;
    std::fs::write(sshd.known_hosts(), sshd.known_line(between.port)).expect("known hosts");
    let source = node(place);
    let read = source.read_at("logs/nacos.log", 700 << 20, text.len(), &deadline()).await.expect("the middle");
    assert!(read == text, "{} bytes came, or others", read.len());
    let before = between.passed();
    for at in [5_u64, 123_457, 2_999_990] {
        let read = source.read_at("logs/nacos.log", (700 << 20) + at, 10, &deadline()).await.expect("ten bytes");
        assert_eq!(read, &text[at as usize..at as usize + 10]);
    }
    let travelled = between.passed() - before;
    assert!(travelled < 16 * 1024, "{travelled} bytes came back for thirty");
    assert!(between.passed() < 4 << 20, "{} bytes came back in all", between.passed());
    let end = source.read_at("logs/nacos.log", (1 << 30) - 5, 100, &deadline()).await.expect("the end");
    assert_eq!(end, [0; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_out_of_the_home_and_a_pipe_are_refused() {
    if cannot_run("links over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let home = tempfile::tempdir().expect("home");
    std::fs::create_dir(home.path().join("logs")).expect("folder");
    std::fs::write(home.path().join("logs/nacos.log"), "inside\n").expect("file");
    std::os::unix::fs::symlink("/etc/passwd", home.path().join("logs/out.log")).expect("link");
    std::os::unix::fs::symlink("nacos.log", home.path().join("logs/in.log")).expect("link");
    let made = std::process::Command::new("mkfifo").arg(home.path().join("logs/pipe.log")).status();
    assert!(made.expect("mkfifo").success());
    let source = node(sshd.place(home.path()));
    for path in ["logs/out.log", "logs/pipe.log", "logs/../../etc/passwd", "data/derby", "../x"] {
        let read = source.read_at(path, 0, 10, &deadline()).await;
        assert!(matches!(read, Err(SourceError::Denied { .. })), "{path}: {read:?}");
    }
    assert_eq!(source.read_at("logs/in.log", 0, 10, &deadline()).await.expect("inside"), b"inside\n");
    let listed = source.list("logs", &deadline()).await.expect("a listing");
    let names: Vec<&str> = listed.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(names, ["logs/in.log", "logs/nacos.log", "logs/out.log"]);
    assert_eq!(listed[0].size_bytes, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_wrong_encrypted_or_missing_are_said() {
    if cannot_run("wrong keys over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let folder = sshd.folder.path();
    keygen(&folder.join("other"), "");
    let mut place = sshd.place(&homes().join("n1"));
    place.key = SshKey::File { path: folder.join("other") };
    match trouble(node(place.clone())).await {
        SshTrouble::Refused { login, tried } => {
            assert!(
                login.starts_with(&sshd.user) && tried.contains(&fingerprint(&folder.join("other.pub"))),
                "{tried}"
            );
        }
        other => panic!("{other:?}"),
    }
    place.key = SshKey::File { path: folder.join("none") };
    assert!(matches!(trouble(node(place.clone())).await, SshTrouble::KeyUnusable { .. }));

    keygen(&folder.join("locked"), "offen sesam");
    let mut keys = std::fs::read_to_string(folder.join("authorized_keys")).expect("keys");
    keys.push_str(&std::fs::read_to_string(folder.join("locked.pub")).expect("key"));
    std::fs::write(folder.join("authorized_keys"), keys).expect("keys");
    place.key = SshKey::File { path: folder.join("locked") };
    assert!(matches!(trouble(node(place.clone())).await, SshTrouble::KeyEncrypted { .. }));
    std::fs::write(folder.join("passphrase"), "falsch\n").expect("passphrase");
    place.passphrase = Some(CredentialRef::File { path: folder.join("passphrase") });
    let wrong = trouble(node(place.clone())).await;
    assert!(matches!(wrong, SshTrouble::KeyUnusable { .. }) && !wrong.to_string().contains("falsch"), "{wrong:?}");
    std::fs::write(folder.join("passphrase"), "offen sesam\n").expect("passphrase");
    assert!(node(place).list("logs", &deadline()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_changed_or_revoked_host_key_is_refused() {
    if cannot_run("host keys over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let home = homes().join("n1");
    let file = sshd.known_hosts();
    let right = sshd.known_line(sshd.port);
    keygen(&sshd.folder.path().join("imposter"), "");
    let other = std::fs::read_to_string(sshd.folder.path().join("imposter.pub")).expect("key");

    std::fs::write(&file, "").expect("known hosts");
    match trouble(node(sshd.place(&home))).await {
        SshTrouble::UnknownKey { host, offered, .. } => {
            assert_eq!((host, offered), (format!("[127.0.0.1]:{}", sshd.port), sshd.fingerprint()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(std::fs::read_to_string(&file).expect("known hosts"), "", "nothing is ever added");

    std::fs::write(&file, format!("# ours\n[127.0.0.1]:{} {other}", sshd.port)).expect("known hosts");
    match trouble(node(sshd.place(&home))).await {
        SshTrouble::ChangedKey { offered, on_record, at, .. } => {
            assert_eq!(offered, sshd.fingerprint());
            assert!(on_record.ends_with(&fingerprint(&sshd.folder.path().join("imposter.pub"))), "{on_record}");
            assert!(at.ends_with("known_hosts:2"), "{at}");
        }
        other => panic!("{other:?}"),
    }

    std::fs::write(&file, format!("{right}@revoked {right}")).expect("known hosts");
    assert!(matches!(trouble(node(sshd.place(&home))).await, SshTrouble::RevokedKey { .. }));

    std::fs::write(&file, &right).expect("known hosts");
    let hashed = std::process::Command::new("ssh-keygen").arg("-Hf").arg(&file).output().expect("ssh-keygen");
    assert!(hashed.status.success());
    assert!(std::fs::read_to_string(&file).expect("known hosts").starts_with("|1|"));
    assert!(node(sshd.place(&home)).list("logs", &deadline()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_in_the_middle_of_a_read_costs_the_deadline_and_no_more() {
    if cannot_run("a hanging server") {
        return;
    }
    let sshd = Sshd::start("");
    let between = Between::start(sshd.port).await;
    let home = tempfile::tempdir().expect("home");
    std::fs::create_dir(home.path().join("logs")).expect("folder");
    std::fs::write(home.path().join("logs/nacos.log"), vec![b'x'; 3 << 20]).expect("file");
    let mut place = sshd.place(home.path());
    place.host.port = between.port;
    std::fs::write(sshd.known_hosts(), sshd.known_line(between.port)).expect("known hosts");
    let source = node(place);
    assert_eq!(source.list("logs", &deadline()).await.expect("a listing").len(), 1);
    between.hang_after(500_000);
    let cancel = CancellationToken::new();
    let short = Deadline::after(Duration::from_secs(3), cancel);
    let read = source.read_at("logs/nacos.log", 0, 3 << 20, &short).await;
    assert!(matches!(read, Err(SourceError::Timeout { .. })), "{:?}", read.map(|bytes| bytes.len()));
    between.stopped().await;
    // The next question does not wait for that connection.
    between.heal();
    let read = source.read_at("logs/nacos.log", 0, 3 << 20, &deadline()).await;
    assert_eq!(read.expect("a new connection").len(), 3 << 20);
    // Cancelling ends a read as well.
    between.hang_after(500_000);
    let cancelled = Deadline::after(Duration::from_secs(600), CancellationToken::new());
    let (read, ()) = tokio::join!(source.read_at("logs/nacos.log", 0, 3 << 20, &cancelled), async {
        between.stopped().await;
        cancelled.cancel.cancel();
    });
    assert_eq!(read, Err(SourceError::Cancelled));
}

/// A folder that a login can be shut in: every folder above has to belong to root alone.
fn jail() -> Option<tempfile::TempDir> {
    let jail = tempfile::Builder::new().prefix("nodedown-it-").tempdir_in("/run").ok();
    match &jail {
        Some(jail) => {
            std::process::Command::new("chmod").arg("755").arg(jail.path()).status().expect("chmod");
        }
        None => crate::support::aloud("SKIPPED SFTP in a chroot: no folder below /run"),
    }
    jail
}

/// Settings that shut a login in.
fn shut_in(jail: &Path) -> String {
    format!("ChrootDirectory {}\nForceCommand internal-sftp\nAllowTcpForwarding no", jail.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_shut_in_is_read_as_far_as_it_sees() {
    if cannot_run("SFTP in a chroot") || not_root("SFTP in a chroot") {
        return;
    }
    let Some(jail) = jail() else { return };
    std::fs::create_dir_all(jail.path().join("nacos/logs")).expect("folder");
    std::fs::write(jail.path().join("nacos/logs/nacos.log"), "shut in\n").expect("file");
    let sshd = Sshd::start(&shut_in(jail.path()));
    let source = node(sshd.place(Path::new("/nacos")));
    assert_eq!(source.read_at("logs/nacos.log", 0, 100, &deadline()).await.expect("a file"), b"shut in\n");
    let process = source.process(&deadline()).await;
    assert!(process.is_err(), "no process table is seen from in there: {process:?}");
}

/// A program that carries the home in its command line, as a Nacos does; ended when this is gone.
struct Pretender(std::process::Child);

impl Pretender {
    fn start(home: &Path) -> Self {
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", "read line", "sh"])
            .arg(format!("-Dnacos.home={}", home.display()))
            .arg("--password=geheim");
        Self::spawn(command)
    }

    /// Ready when its command line can be read, which is some time after it is there.
    fn spawn(mut command: std::process::Command) -> Self {
        let child = command.stdin(std::process::Stdio::piped()).spawn().expect("sh");
        let line = format!("/proc/{}/cmdline", child.id());
        while !std::fs::read(&line).is_ok_and(|line| line.windows(11).any(|part| part == b"nacos.home=")) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Self(child)
    }

    fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", self.0.id())).status();
        assert!(sent.expect("kill").success());
    }
}

impl Drop for Pretender {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_and_the_clock_are_read_from_proc() {
    if cannot_run("processes over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let home = tempfile::tempdir().expect("home");
    let source = node(sshd.place(home.path()));
    let pretender = Pretender::start(home.path());
    let seen = source.process(&deadline()).await.expect("a look").expect("a process");
    assert_eq!(seen.pid, pretender.0.id());
    assert!(matches!(seen.state.as_str(), "S" | "R"), "{seen:?}");
    assert!(seen.resident_bytes.is_some() && seen.files.is_some(), "{seen:?}");
    assert!(!seen.command.join(" ").contains("geheim"), "{seen:?}");
    pretender.signal("STOP");
    // The signal is on its way.
    loop {
        let seen = source.process(&deadline()).await.expect("a look").expect("a process");
        if seen.state.is_stopped() {
            break;
        }
    }
    let here = HomeFiles::live(home.path().to_owned()).process(&deadline()).await.expect("a look").expect("a process");
    assert_eq!((here.pid, here.started_at), (seen.pid, seen.started_at));
    let names = ["localhost".to_owned(), "no-such-host.invalid".to_owned()];
    let resolved = source.resolve(&names, &deadline()).await.expect("an answer");
    assert!(resolved.len() == 1 && resolved[0].name == "localhost", "{resolved:?}");
    drop(pretender);
    assert_eq!(source.process(&deadline()).await.expect("a look"), None);

    let marker = home.path().join("now");
    let now = || {
        std::fs::write(&marker, "x").expect("write");
        let since = std::fs::metadata(&marker).and_then(|meta| meta.modified()).expect("time");
        let since = since.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        nodedown::domain::time::Timestamp::from_millis(since.as_millis() as i64)
    };
    let before = now();
    let clock = source.clock(&deadline()).await.expect("a clock");
    let after = now();
    let slack = clock.uncertain_ms + 100;
    assert!(
        clock.at.plus_millis(slack) >= before && clock.at.plus_millis(-slack) <= after,
        "{clock:?} {before:?} {after:?}"
    );
}

fn api_at(name: &str, port: u16) -> NodeSpec {
    let api = ApiAddress {
        published: Default::default(),
        scheme: "http".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        context_path: None,
        console_port: None,
        credential: None,
        trust: Trust::System,
    };
    NodeSpec { name: NodeName::from(name), api: Some(api), files: FileSource::None }
}

#[tokio::test(flavor = "multi_thread")]
async fn ports_are_tried_from_the_node_itself() {
    if cannot_run("probes through SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let (silent, _held) = silent_and_refusing().await;
    let port = silent.local_addr().expect("address").port();
    let source = node_beside(sshd.place(&homes().join("n1")), vec![api_at("n2", port)]);
    assert_eq!(source.peers().len(), 1);
    let ask = |port, expect| ProbeAsk { port, expect, tries: 3 };
    let open = source.probe_from("127.0.0.1", &ask(port, Expect::Tcp), &deadline()).await.expect("an answer");
    assert!(open.result == PortResult::Open && open.ok == open.tries, "{open:?}");
    let mute = source.probe_from("127.0.0.1", &ask(port, Expect::Http2), &deadline()).await.expect("an answer");
    assert_eq!(mute.result, PortResult::Silent);
    // Several at once: each gets the words that are meant for it.
    let (refused, again) = (ask(port + 1000, Expect::Tcp), ask(port + 1001, Expect::Tcp));
    let end = deadline();
    let (one, two) =
        tokio::join!(source.probe_from("127.0.0.1", &refused, &end), source.probe_from("127.0.0.1", &again, &end));
    for answer in [one, two] {
        let answer = answer.expect("an answer");
        assert_eq!((answer.result, answer.ok), (PortResult::Refused, 0), "{answer:?}");
    }
    for (host, port) in [("127.0.0.1", sshd.port), ("127.0.0.2", port)] {
        let other = source.probe_from(host, &ask(port, Expect::Tcp), &deadline()).await;
        assert!(matches!(other, Err(SourceError::Denied { .. })), "{host}:{port}: {other:?}");
    }

    let strict = Sshd::start("AllowTcpForwarding no");
    let source = node_beside(strict.place(&homes().join("n1")), vec![api_at("n2", port)]);
    let refused = source.probe_from("127.0.0.1", &ask(port, Expect::Tcp), &deadline()).await;
    assert!(matches!(refused, Err(SourceError::Ssh(SshTrouble::NoForwarding { .. }))), "{refused:?}");
    assert!(!source.list("logs", &deadline()).await.expect("files are read all the same").is_empty());
}

/// A port at which nothing is said, and the two that a node opens a thousand above: taken, so that nobody else opens them, and
/// refusing, since nothing listens there.
async fn silent_and_refusing() -> (tokio::net::TcpListener, [tokio::net::TcpSocket; 2]) {
    let held = |port: u16| {
        let socket = tokio::net::TcpSocket::new_v4().ok()?;
        socket.bind(([127, 0, 0, 1], port).into()).ok()?;
        Some(socket)
    };
    loop {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let port = silent.local_addr().expect("address").port();
        if let (Some(one), Some(two)) = (held(port + 1000), held(port + 1001)) {
            return (silent, [one, two]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_behind_another_is_reached_and_checked_itself() {
    if cannot_run("a jump host") {
        return;
    }
    let (gate, inner) = (Sshd::start(""), Sshd::start(""));
    let key = std::fs::read_to_string(inner.folder.path().join("user.pub")).expect("key");
    std::fs::write(gate.folder.path().join("authorized_keys"), &key).expect("keys");
    let jump = |port| Some(SshHost { user: gate.user.clone(), host: "127.0.0.1".to_owned(), port });
    let mut place = inner.place(&homes().join("n1"));
    place.jump = jump(gate.port);
    match trouble(node(place.clone())).await {
        SshTrouble::UnknownKey { host, offered, .. } => {
            assert_eq!((host, offered), (format!("[127.0.0.1]:{}", gate.port), gate.fingerprint()));
        }
        other => panic!("{other:?}"),
    }
    let known = [inner.known_line(inner.port), gate.known_line(gate.port)].concat();
    std::fs::write(inner.known_hosts(), known).expect("known hosts");
    let source = node(place.clone());
    assert!(!source.list("logs", &deadline()).await.expect("a listing").is_empty());

    std::fs::write(inner.known_hosts(), gate.known_line(gate.port)).expect("known hosts");
    match trouble(node(place.clone())).await {
        SshTrouble::UnknownKey { host, .. } => assert_eq!(host, format!("[127.0.0.1]:{}", inner.port)),
        other => panic!("{other:?}"),
    }

    let strict = Sshd::start("AllowTcpForwarding no");
    std::fs::write(strict.folder.path().join("authorized_keys"), &key).expect("keys");
    std::fs::write(inner.known_hosts(), strict.known_line(strict.port)).expect("known hosts");
    place.jump = jump(strict.port);
    assert!(matches!(trouble(node(place)).await, SshTrouble::NoForwarding { .. }));
}

/// Logs outside the home, by a property, by the command line of the process, and behind a link: here and over SSH the same.
#[tokio::test(flavor = "multi_thread")]
async fn logs_outside_the_home_are_found_as_on_the_machine_itself() {
    if cannot_run("logs outside the home over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let folder = tempfile::tempdir().expect("folder");
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(path, text).expect("file");
    };
    let at = |path: &str| folder.path().join(path).display().to_string();
    for (place, text) in [("file/nacos.log", "by file"), ("line/nacos.log", "by line"), ("link/nacos.log", "by link")] {
        put(place, text);
    }
    put("line/secret.log", "of somebody else");
    put("link/secret.log", "of somebody else");
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("line/naming-x.log")).expect("link");
    put("home/conf/application.properties", &format!("nacos.logs.path={}\n", at("file")));
    put("home/logs/start.out", "started\n");
    put("home/logs/nacos.log", "of last year");
    let home = folder.path().join("home");
    let both = async |expected: &str, names: &[&str]| {
        let here = HomeFiles::live(home.clone());
        let there = node(sshd.place(&home));
        for entries in [here.list("logs", &deadline()).await, there.list("logs", &deadline()).await] {
            let paths: Vec<String> = entries.expect("a listing").into_iter().map(|entry| entry.path).collect();
            assert_eq!(paths, names);
        }
        let text = there.read_at("logs/nacos.log", 0, 100, &deadline()).await.expect("a log");
        assert_eq!(String::from_utf8_lossy(&text), expected);
        assert_eq!(here.read_at("logs/nacos.log", 0, 100, &deadline()).await.expect("a log"), text);
        for path in ["logs/secret.log", "logs/naming-x.log"] {
            let (one, two) =
                (here.read_at(path, 0, 9, &deadline()).await, there.read_at(path, 0, 9, &deadline()).await);
            assert!(one.is_err() && two.is_err(), "{path}: {one:?} {two:?}");
        }
        assert!(there.disk_free("logs", &deadline()).await.expect("free space") > 0);
    };
    both("by file", &["logs/nacos.log", "logs/start.out"]).await;
    {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "read line", "sh"]);
        command.args([format!("-Dnacos.home={}", home.display()), format!("-Dnacos.logs.path={}", at("line"))]);
        let _process = Pretender::spawn(command);
        both("by line", &["logs/nacos.log", "logs/naming-x.log", "logs/start.out"]).await;
    }
    put("home/conf/application.properties", "");
    both("of last year", &["logs/nacos.log", "logs/start.out"]).await;
    std::fs::remove_dir_all(home.join("logs")).expect("folder");
    std::os::unix::fs::symlink(at("link"), home.join("logs")).expect("link");
    both("by link", &["logs/nacos.log"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kernel_log_is_read_by_constant_commands_and_only_where_switched_on() {
    if cannot_run("the kernel log over SSH") {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let asked = folder.path().join("asked");
    let script = folder.path().join("kernel");
    let oom = "2026-11-22T16:05:01+0000 n1 kernel: Out of memory: Killed process 4711 (java) total-vm:4kB";
    std::fs::write(
        &script,
        format!(
            "#!/bin/sh\necho \"$SSH_ORIGINAL_COMMAND\" >> {}\ncase \"$SSH_ORIGINAL_COMMAND\" in journalctl*) exit 1;; esac\n\
             echo '{oom}'\n",
            asked.display()
        ),
    )
    .expect("script");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let sshd = Sshd::start(&format!("ForceCommand {}", script.display()));
    let mut place = sshd.place(&homes().join("n1"));
    let off = node(place.clone()).kernel_log(&deadline()).await;
    assert!(matches!(off, Err(SourceError::NotConfigured { .. })), "{off:?}");
    assert!(!asked.exists(), "nothing was asked");
    place.kernel_log = true;
    let log = node(place).kernel_log(&deadline()).await.expect("the kernel log");
    assert_eq!(log.trim(), oom);
    let asked = std::fs::read_to_string(&asked).expect("what was asked");
    assert_eq!(asked, "journalctl -k --no-pager --utc -o short-iso -n 5000\nenv LC_ALL=C TZ=UTC dmesg -T\n");
}
