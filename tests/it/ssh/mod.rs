//! The SSH source against real servers.

mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use nodedown::domain::cluster::{CredentialRef, SshKey};
use nodedown::sources::files::HomeFiles;
use nodedown::sources::ssh::SshTrouble;
use nodedown::sources::{Deadline, SourceError};
use tokio_util::sync::CancellationToken;

use server::{Between, Sshd, cannot_run, fingerprint, keygen, node, not_root};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_shut_in_is_read_as_far_as_it_sees() {
    if cannot_run("SFTP in a chroot") || not_root("SFTP in a chroot") {
        return;
    }
    // Every folder above has to belong to root alone.
    let Ok(jail) = tempfile::Builder::new().prefix("nodedown-it-").tempdir_in("/run") else {
        eprintln!("SKIPPED SFTP in a chroot: no folder below /run");
        return;
    };
    std::process::Command::new("chmod").arg("755").arg(jail.path()).status().expect("chmod");
    std::fs::create_dir_all(jail.path().join("nacos/logs")).expect("folder");
    std::fs::write(jail.path().join("nacos/logs/nacos.log"), "shut in\n").expect("file");
    let sshd = Sshd::start(&format!(
        "ChrootDirectory {}\nForceCommand internal-sftp\nAllowTcpForwarding no",
        jail.path().display()
    ));
    let source = node(sshd.place(Path::new("/nacos")));
    assert_eq!(source.read_at("logs/nacos.log", 0, 100, &deadline()).await.expect("a file"), b"shut in\n");
    let process = source.process(&deadline()).await;
    assert!(process.is_err(), "no process table is seen from in there: {process:?}");
}
