//! `nodedown ssh enroll` against real servers: what it asks, what it writes, and what it refuses.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::server::{Sshd, cannot_run, node};
use super::{deadline, homes};

/// Runs `ssh enroll` without a terminal: exit code, output, errors.
fn enroll(known_hosts: &Path, host: &str, more: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    command.args(["ssh", "enroll", host, "--lang", "en", "--known-hosts"]).arg(known_hosts).args(more);
    told(command.stdin(Stdio::null()).output().expect("nodedown runs"))
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("known hosts")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_fingerprint_makes_a_host_known_and_the_source_takes_it() {
    if cannot_run("enrolment over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let (host, fingerprint) = (format!("127.0.0.1:{}", sshd.port), sshd.fingerprint());
    let file = sshd.folder.path().join("fresh/known_hosts");
    let (code, out, error) = enroll(&file, &host, &["--fingerprint", &fingerprint]);
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    assert!(out.contains(&fingerprint) && out.contains(&format!("{}:1", file.display())), "{out}");
    assert_eq!(read(&file).trim_end(), sshd.known_line(sshd.port).trim_end());
    let mut place = sshd.place(&homes().join("n1"));
    place.known_hosts = Some(file.clone());
    assert!(!node(place).list("logs", &deadline()).await.expect("a listing").is_empty());

    let before = read(&file);
    let named = format!("[127.0.0.1]:{}", sshd.port);
    let (code, out, _) = enroll(&file, &named, &[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("known already") && out.contains(&format!("{}:1", file.display())), "{out}");
    let (code, _, error) = enroll(&file, &host, &["--fingerprint", "SHA256:another"]);
    assert_eq!(code, 1, "a key on record is not the one given: {error}");
    assert_eq!(read(&file), before);
}

#[test]
fn nothing_is_written_without_a_person_or_with_another_fingerprint() {
    if cannot_run("refused enrolment over SSH") {
        return;
    }
    let sshd = Sshd::start("");
    let (host, fingerprint) = (format!("127.0.0.1:{}", sshd.port), sshd.fingerprint());
    let file = sshd.folder.path().join("none");
    let (code, _, error) = enroll(&file, &host, &[]);
    assert_eq!(code, 1);
    assert!(error.contains("no terminal") && error.contains(&fingerprint), "{error}");
    for wrong in [&fingerprint[..fingerprint.len() - 1], "SHA256:x"] {
        let (code, _, error) = enroll(&file, &host, &["--fingerprint", wrong]);
        assert_eq!(code, 1);
        assert!(error.contains(&fingerprint) && error.contains(wrong), "{error}");
    }
    for (host, more) in [("root@127.0.0.1", &[][..]), (host.as_str(), &["--fingerprint", "MD5:aa"])] {
        let (code, _, error) = enroll(&file, host, more);
        assert_eq!(code, 1, "{error}");
    }
    assert!(!file.exists());
}

#[test]
fn a_key_on_record_is_never_replaced() {
    if cannot_run("a changed key at enrolment") {
        return;
    }
    let (sshd, other) = (Sshd::start(""), Sshd::start(""));
    let host = format!("127.0.0.1:{}", sshd.port);
    let file = sshd.folder.path().join("changed");
    let text = format!("# mine\n{}", other.known_line(sshd.port));
    for (text, at) in [(text, 2), (format!("@revoked {}", sshd.known_line(sshd.port)), 1)] {
        std::fs::write(&file, &text).expect("known hosts");
        let (code, _, error) = enroll(&file, &host, &["--fingerprint", &sshd.fingerprint()]);
        assert_eq!(code, 1);
        assert!(error.contains(&sshd.fingerprint()), "{error}");
        assert!(error.contains(&format!("{}:{at}", file.display())), "{error}");
        assert_eq!(error.contains(&other.fingerprint()), at == 2, "{error}");
        assert_eq!(read(&file), text);
    }
}

#[test]
fn a_person_at_a_terminal_types_yes() {
    if cannot_run("enrolment at a terminal") {
        return;
    }
    if Command::new("script").arg("--version").output().is_err() {
        crate::support::aloud("SKIPPED enrolment at a terminal: this machine has no `script` (bsdutils)");
        return;
    }
    let sshd = Sshd::start("");
    let file = sshd.folder.path().join("typed");
    let command = format!(
        "'{}' ssh enroll 127.0.0.1:{} --lang zh-CN --known-hosts '{}'",
        env!("CARGO_BIN_EXE_nodedown"),
        sshd.port,
        file.display()
    );
    let typed = |answer: &str| {
        let mut child = Command::new("script")
            .args(["-q", "-e", "-c", &command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script");
        // A terminal keeps what was typed until somebody reads it.
        child.stdin.take().expect("input").write_all(answer.as_bytes()).expect("typed");
        told(child.wait_with_output().expect("script ends"))
    };
    let (code, out, _) = typed("y\n");
    assert_eq!(code, 1, "{out}");
    assert!(out.contains(&sshd.fingerprint()) && out.contains("请输入 yes"), "{out}");
    assert!(!file.exists());
    let (code, out, _) = typed("yes\n");
    assert_eq!(code, 0, "{out}");
    assert_eq!(read(&file).trim_end(), sshd.known_line(sshd.port).trim_end());
}

#[test]
fn a_host_behind_another_is_asked_through_it_once_that_is_known() {
    if cannot_run("enrolment through a jump host") {
        return;
    }
    let (gate, inner) = (Sshd::start(""), Sshd::start(""));
    let file = inner.folder.path().join("behind");
    let host = format!("127.0.0.1:{}", inner.port);
    let jump = format!("{}@127.0.0.1:{}", gate.user, gate.port);
    let key = format!("file:{}", gate.folder.path().join("user").display());
    let fingerprint = inner.fingerprint();
    let more = ["--jump", &jump, "--key", &key, "--fingerprint", &fingerprint];
    let (code, _, error) = enroll(&file, &host, &more);
    assert_eq!(code, 1);
    assert!(error.contains(&gate.fingerprint()) && error.contains("nodedown ssh enroll"), "{error}");
    std::fs::write(&file, gate.known_line(gate.port)).expect("known hosts");
    let (code, out, error) = enroll(&file, &host, &more);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains(&fingerprint), "{out}");
    let expected = [gate.known_line(gate.port), inner.known_line(inner.port)].map(|line| line.trim_end().to_owned());
    let lines: Vec<String> = read(&file).lines().map(|line| line.trim_end().to_owned()).collect();
    assert_eq!(lines, expected);
}
