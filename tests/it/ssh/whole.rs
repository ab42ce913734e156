//! What the whole program says of a node where SSH does not get through: why, and nothing about the node.

use std::path::Path;
use std::process::Command;

use nodedown::domain::cluster::{SshHost, SshKey, SshLocation};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use super::homes;
use super::server::{Between, Sshd, cannot_run, fingerprint, keygen, not_root};

/// A place as it is written on the command line.
pub fn source_of(place: &SshLocation) -> String {
    format!("ssh:{place}")
}

/// Runs `diagnose` in English on those nodes.
pub async fn diagnose(nodes: Vec<String>) -> Value {
    diagnose_with(nodes, Vec::new()).await
}

/// The same with more arguments.
async fn diagnose_with(nodes: Vec<String>, more: Vec<String>) -> Value {
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
        // A busy machine may be slow; what waits for a deadline has tests of its own.
        command.args(["diagnose", "--json", "--lang", "en", "--deadline", "20s"]);
        command.args(nodes.iter().flat_map(|node| ["--node", node])).args(&more);
        command.env_remove("SSH_AUTH_SOCK").output().expect("nodedown runs")
    };
    let output = tokio::task::spawn_blocking(run).await.expect("no panic");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// What it says to a person.
async fn said_with(nodes: Vec<String>, more: Vec<String>) -> String {
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
        command.args(["diagnose", "--lang", "en", "--deadline", "20s"]);
        command.args(nodes.iter().flat_map(|node| ["--node", node])).args(&more);
        command.env_remove("SSH_AUTH_SOCK").output().expect("nodedown runs")
    };
    let output = tokio::task::spawn_blocking(run).await.expect("no panic");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Every reason for which something was not seen.
pub fn reasons(json: &Value) -> Vec<String> {
    let all = json["could_not_run"].as_array().expect("a list");
    all.iter().map(|one| one["reason"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Codes of everything that was said, but for advice.
fn codes(json: &Value) -> Vec<&str> {
    let all = json["findings"].as_array().expect("a list").iter().chain(json["causes"].as_array().expect("a list"));
    all.filter(|one| one["outcome"] != "advice").filter_map(|one| one["code"].as_str()).collect()
}

/// Nothing may be said of the node but that it was not seen, with a reason that holds each of `words`; and where its API
/// answers, nothing at all against it.
async fn says_only_why(place: &SshLocation, words: &[&str]) {
    let json = diagnose(vec![format!("n1={}", source_of(place))]).await;
    assert_eq!(codes(&json), Vec::<&str>::new(), "{words:?}: {json}");
    assert_eq!(json["health"], "unknown", "{words:?}: {json}");
    let said = reasons(&json);
    assert!(said.iter().any(|reason| words.iter().all(|word| reason.contains(word))), "{words:?}: {said:#?}");

    let tasks = TaskTracker::new();
    let api = crate::door::node(&tasks).await;
    let json = diagnose(vec![format!("n1={},api=http://127.0.0.1:{api}/nacos", source_of(place))]).await;
    let against: Vec<&str> = codes(&json).into_iter().filter(|code| code.starts_with("node.")).collect();
    assert_eq!(against, Vec::<&str>::new(), "{words:?}: {json}");
    assert!(json["health"] != "down" && json["health"] != "healthy", "{words:?}: {json}");
    assert!(reasons(&json).iter().any(|reason| words.iter().all(|word| reason.contains(word))), "{words:?}: {json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_fails_says_why_and_nothing_of_the_node() {
    if cannot_run("whole diagnoses over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let folder = sshd.folder.path();
    let place = sshd.place(&homes().join("n1"));

    keygen(&folder.join("other"), "");
    let wrong = SshLocation { key: SshKey::File { path: folder.join("other") }, ..place.clone() };
    says_only_why(&wrong, &["took none of the keys", &fingerprint(&folder.join("other.pub"))]).await;
    keygen(&folder.join("locked"), "offen sesam");
    let locked = SshLocation { key: SshKey::File { path: folder.join("locked") }, ..place.clone() };
    says_only_why(&locked, &["locked is encrypted"]).await;

    std::fs::write(folder.join("none"), "").expect("known hosts");
    let unknown = SshLocation { known_hosts: Some(folder.join("none")), ..place.clone() };
    says_only_why(&unknown, &["not known", &sshd.fingerprint(), "nodedown ssh enroll"]).await;
    let other = std::fs::read_to_string(folder.join("other.pub")).expect("key");
    std::fs::write(folder.join("changed"), format!("[127.0.0.1]:{} {other}", sshd.port)).expect("known hosts");
    let changed = SshLocation { known_hosts: Some(folder.join("changed")), ..place.clone() };
    says_only_why(&changed, &[&sshd.fingerprint(), &fingerprint(&folder.join("other.pub"))]).await;

    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = nobody.local_addr().expect("address").port();
    drop(nobody);
    let host = SshHost { port, ..place.host.clone() };
    says_only_why(&SshLocation { host, ..place.clone() }, &["SSH to", "refused"]).await;

    let between = Between::start(sshd.port).await;
    std::fs::write(folder.join("hanging"), sshd.known_line(between.port)).expect("known hosts");
    between.hang_after(2000);
    let host = SshHost { port: between.port, ..place.host.clone() };
    says_only_why(&SshLocation { host, known_hosts: Some(folder.join("hanging")), ..place.clone() }, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_gives_less_than_is_asked_for_says_why_and_nothing_of_the_node() {
    if cannot_run("whole diagnoses of hosts with limits") {
        return;
    }
    let home = homes().join("n1");
    let none = Sshd::start("MaxSessions 0");
    says_only_why(&none.place(&home), &["MaxSessions"]).await;

    let full = Sshd::start("MaxStartups 1:100:1");
    // It greets, and waits for a login that does not come.
    let waiting = TcpStream::connect(("127.0.0.1", full.port)).await.expect("a connection");
    waiting.readable().await.expect("a greeting");
    says_only_why(&full.place(&home), &["The connection was reset", "SSH"]).await;
    drop(waiting);

    let (gate, inner) = (Sshd::start("AllowTcpForwarding no"), Sshd::start(""));
    let key = |sshd: &Sshd| std::fs::read_to_string(sshd.folder.path().join("user.pub")).expect("key");
    std::fs::write(gate.folder.path().join("authorized_keys"), [key(&gate), key(&inner)].concat()).expect("keys");
    let known = [inner.known_line(inner.port), gate.known_line(gate.port)].concat();
    std::fs::write(inner.known_hosts(), known).expect("known hosts");
    let jump = Some(SshHost { user: gate.user.clone(), host: "127.0.0.1".to_owned(), port: gate.port });
    says_only_why(&SshLocation { jump, ..inner.place(&home) }, &["AllowTcpForwarding"]).await;

    // A host that forwards nothing is read all the same; only what is missing is said.
    let json = diagnose(vec![format!("n1={}", source_of(&gate.place(&home)))]).await;
    assert!(
        json["could_not_run"].as_array().is_some_and(|all| all.iter().all(|one| one["check"] != "logs.signatures"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_none_is_not_taken_for_a_node_that_is_gone() {
    if cannot_run("homes that are none") {
        return;
    }
    let sshd = Sshd::start("");
    let folder = tempfile::tempdir().expect("folder");
    let missing = folder.path().join("nacos");
    let named = missing.display().to_string();
    says_only_why(&sshd.place(&missing), &[&named]).await;
    std::fs::create_dir_all(missing.join("logs")).expect("folder");
    says_only_why(&sshd.place(&missing), &["logs"]).await;
    // The same on this machine.
    for home in [folder.path().join("none"), missing] {
        let json = diagnose(vec![format!("n1=local:{}", home.display())]).await;
        assert_eq!((codes(&json), &json["health"]), (Vec::new(), &Value::from("unknown")), "{json}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_this_login_may_not_read_says_so() {
    if cannot_run("a home of another user") || not_root("a home of another user") {
        return;
    }
    let mut sshd = Sshd::start("");
    // The key is read by the user who logs in.
    set_mode(sshd.folder.path(), 0o755);
    sshd.user = "nobody".to_owned();
    let home = tempfile::tempdir().expect("home");
    std::fs::create_dir(home.path().join("logs")).expect("folder");
    std::fs::write(home.path().join("logs/nacos.log"), "").expect("file");
    set_mode(home.path(), 0o700);
    says_only_why(&sshd.place(home.path()), &["Permission denied"]).await;
}

fn set_mode(folder: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).expect("permissions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chroot_says_that_it_hides_processes() {
    if cannot_run("a whole diagnosis in a chroot") || not_root("a whole diagnosis in a chroot") {
        return;
    }
    let Some(jail) = super::jail() else { return };
    for folder in ["conf", "logs"] {
        std::fs::create_dir_all(jail.path().join("nacos").join(folder)).expect("folder");
    }
    std::fs::write(jail.path().join("nacos/conf/application.properties"), "").expect("file");
    let sshd = Sshd::start(&super::shut_in(jail.path()));
    says_only_why(&sshd.place(Path::new("/nacos")), &["logs/"]).await;
    // A node that writes on is one that runs, also where its process is hidden.
    let log = jail.path().join("nacos/logs/nacos.log");
    std::fs::write(&log, "").expect("file");
    let now = std::fs::metadata(&log).and_then(|meta| meta.modified()).expect("time");
    let now = now.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let now = nodedown::domain::time::Timestamp::from_millis(now as i64).to_string();
    let stamp = now.replace('T', " ").replace('.', ",").replace('Z', "");
    std::fs::write(&log, format!("{stamp} INFO HikariPool-3 - Start completed.\n\n")).expect("file");
    says_only_why(&sshd.place(Path::new("/nacos")), &["process table"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_opens_one_session_is_read_through_that_one() {
    if cannot_run("one session only") {
        return;
    }
    let sshd = Sshd::start("MaxSessions 1");
    let home = homes().join("n1");
    let mut place = sshd.place(&home);
    place.kernel_log = true;
    let source = super::node(place);
    let end = super::deadline();
    let (logs, process, clock) = tokio::join!(source.list("logs", &end), source.process(&end), source.clock(&end));
    assert!(!logs.expect("a listing").is_empty());
    assert_eq!(process.expect("a process table"), None);
    assert!(clock.is_ok(), "{clock:?}");
    let kernel = source.kernel_log(&end).await;
    let no_session = |error: &nodedown::sources::SourceError| error.to_string().contains("opens no session");
    assert!(kernel.as_ref().is_err_and(no_session), "{kernel:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_log_that_cannot_be_read_is_said_where_it_is_switched_on() {
    if cannot_run("a kernel log that is not to be had") {
        return;
    }
    // No such programs; another program in place of every command; a shell that refuses.
    for settings in ["SetEnv PATH=/none", "ForceCommand internal-sftp", "ForceCommand /bin/false"] {
        let sshd = Sshd::start(settings);
        let mut place = sshd.place(&homes().join("n1"));
        let off = super::node(place.clone()).kernel_log(&super::deadline()).await;
        assert!(matches!(off, Err(nodedown::sources::SourceError::NotConfigured { .. })), "{settings}: {off:?}");
        place.kernel_log = true;
        let refused = super::node(place.clone()).kernel_log(&super::deadline()).await;
        let trouble = |error: &nodedown::sources::SourceError| error.to_string().contains("does not run `journalctl");
        assert!(refused.as_ref().is_err_and(trouble), "{settings}: {refused:?}");
    }
    let sshd = Sshd::start("SetEnv PATH=/none");
    let mut place = sshd.place(&homes().join("n1"));
    let said = |json: &Value| reasons(json).iter().any(|reason| reason.contains("does not run journalctl"));
    assert!(!said(&diagnose(vec![format!("n1={}", source_of(&place))]).await), "nothing is missed that nobody wanted");
    place.kernel_log = true;
    let json = diagnose(vec![format!("n1={}", source_of(&place))]).await;
    assert!(said(&json), "{json}");
    assert!(!json.to_string().contains("oom_killed"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_client_is_read_on_its_host_and_says_nothing_of_a_node() {
    if cannot_run("logs of clients over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let logs = tempfile::tempdir().expect("logs");
    let lines = "2026-11-29 18:02:13,300 ERROR Server check fail, please check server 10.0.0.3 ,port 9848 is available , error ={}\n\
                 Caused by: finishConnect(..) failed: Connection refused: /10.0.0.3:9848 password=hunter2secret\n\
                 2026-11-29 18:02:14,000 ERROR [fixed-10.0.0.3_8848-public] [sub-server-error] no right\n";
    // More than is read stands before it.
    let padding = "2026-11-29 17:00:00,000 INFO nothing that matters\n".repeat(40_000);
    std::fs::write(logs.path().join("remote.log"), format!("{padding}{lines}")).expect("log");
    std::fs::write(logs.path().join("naming.log"), lines).expect("log");
    let node = || vec![format!("n1=local:{}", homes().join("n1").display())];
    let without = diagnose(node()).await;
    let of =
        |place: &SshLocation, client: &str| vec!["--client-log".to_owned(), format!("{client}={}", source_of(place))];
    for path in [logs.path().to_owned(), logs.path().join("naming.log")] {
        let more = of(&sshd.place(&path), "10.0.4.7 order");
        let json = diagnose_with(node(), more.clone()).await;
        assert_eq!((codes(&json), &json["health"]), (codes(&without), &without["health"]), "{}", path.display());
        let said = said_with(node(), more).await;
        assert!(said.contains("Log of the client 10.0.4.7 order:"), "{said}");
        assert!(said.contains("It knows one server only: 10.0.0.3:8848."), "{said}");
        assert!(!said.contains("hunter2secret"), "{said}");
    }

    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = nobody.local_addr().expect("address").port();
    drop(nobody);
    let place = sshd.place(&logs.path().join("none.log"));
    let host = SshHost { port, ..place.host.clone() };
    std::fs::write(sshd.folder.path().join("none"), "").expect("known hosts");
    let unknown = SshLocation { known_hosts: Some(sshd.folder.path().join("none")), ..place.clone() };
    for (place, word) in
        [(SshLocation { host, ..place.clone() }, "refused"), (unknown, "not known"), (place, "none.log")]
    {
        let json = diagnose_with(node(), of(&place, "order")).await;
        assert!(reasons(&json).iter().any(|reason| reason.contains(word)), "{word}: {:?}", reasons(&json));
        assert_eq!((codes(&json), &json["health"]), (codes(&without), &without["health"]), "{word}");
    }
}
