//! Copies of files of any size, through the source of a home on this machine.

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
use crate::domain::id::ClusterId;
use crate::sources::Deadline;
use crate::sources::build::{Extras, sources};

const SMALL: Limits = Limits { file_bytes: 3000, conf_bytes: 200, all_bytes: 6000, logs: 2 };

fn context(home: &Path, cancel: &CancellationToken) -> CheckContext {
    let node = NodeSpec { name: "n1".into(), api: None, files: FileSource::Copied { home: home.to_owned() } };
    let cluster = Cluster {
        id: ClusterId(1),
        name: "c".to_owned(),
        nodes: vec![node],
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    CheckContext {
        source: sources(&cluster, &Extras::default()).nodes.remove(0),
        deadline: Deadline::after(Duration::from_secs(600), cancel.clone()),
        at: "2026-11-22T10:00:00Z".parse().expect("a time"),
        window_ms: timing::CAPTURED_MS,
        open_end: false,
        zone_hint_s: None,
        ahead_ms: 0,
        watched: None,
        secret_key: [0; 32],
    }
}

/// Everything that is told.
async fn told(home: &Path, limits: Limits) -> (Vec<Copied>, Vec<NotCopied>, Result<(), Stopped>) {
    let cx = context(home, &CancellationToken::new());
    let (tell, mut told) = mpsc::channel(1);
    let (mut copied, mut missing) = (Vec::new(), Vec::new());
    // The channel ends with the one who tells.
    let telling = async move { gather(&cx, limits, &tell).await };
    let hearing = async {
        while let Some(one) = told.recv().await {
            match one {
                Told::Copied(one) => copied.push(one),
                Told::Missing(one) => missing.push(one),
                Told::Reads(_) | Told::Note(_) => {}
            }
        }
    };
    let (ended, ()) = tokio::join!(telling, hearing);
    (copied, missing, ended)
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for part in ["conf", "logs"] {
        std::fs::create_dir(folder.path().join(part)).expect("folder");
    }
    folder
}

#[tokio::test]
async fn of_an_output_that_is_too_large_the_beginning_and_the_end_are_kept_without_a_torn_secret() {
    let home = folder();
    let mut text = String::from("java -server the banner\n");
    for line in 0..400 {
        text.push_str(&format!("a line {line:03}\n"));
    }
    // The key block begins before what is kept and ends in it.
    text.push_str("-----BEGIN PRIVATE KEY-----\n");
    for _ in 0..60 {
        text.push_str("MIIEgeheimgeheimgeheimgeheimgeheim\n");
    }
    text.push_str("-----END PRIVATE KEY-----\nthe last words\n");
    std::fs::write(home.path().join("logs/start.out"), &text).expect("file");
    let (copied, missing, ended) = told(home.path(), SMALL).await;
    assert_eq!(ended, Ok(()));
    let out = copied.iter().find(|one| one.part == CapturedPart::Stdout).expect("it is kept");
    assert!(
        out.text.starts_with("java -server the banner\n") && out.text.ends_with("the last words\n"),
        "{}",
        out.text
    );
    assert!(out.text.contains("\n[…]\n") && !out.text.contains("geheim"), "{}", out.text);
    assert!(out.text.len() < SMALL.file_bytes + 100 && !out.text.contains("a line 399"), "{}", out.text.len());
    assert_eq!(out.notes.iter().map(|note| note.key.as_str()).collect::<Vec<_>>(), ["capture-left-out"]);
    assert_eq!(out.source_bytes, Some(text.len() as u64));
    assert!(missing.iter().any(|one| one.name == "kernel.log"), "a copy has none: {missing:?}");
}

#[tokio::test]
async fn what_is_over_a_cap_is_named_and_never_kept_in_silence() {
    let home = folder();
    let write = |path: &str, text: &str| std::fs::write(home.path().join(path), text).expect("file");
    write("conf/application.properties", &"# a comment\n".repeat(60));
    write("conf/cluster.conf", "10.0.0.1\n");
    write("conf/server.jks", "x");
    write("conf/binary.conf", "a\0b");
    write("conf/mysql-schema.sql", "CREATE TABLE x;");
    let line = "2026-11-22 09:59:00,000 INFO ";
    for log in ["nacos.log", "a.log", "b.log"] {
        write(&format!("logs/{log}"), &format!("{line}{}\n\n", "x".repeat(2500)));
    }
    write("logs/start.out", &"y\n".repeat(1000));
    let (copied, missing, ended) = told(home.path(), SMALL).await;
    assert_eq!(ended, Ok(()));
    let names: Vec<&str> = copied.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["conf/cluster.conf", "logs/start.out", "logs/nacos.log"], "what a start takes comes first");
    let why = |name: &str| missing.iter().find(|one| one.name == name).map(|one| one.reason.key.as_str());
    assert_eq!(why("conf/application.properties"), Some("source-too-large"));
    assert_eq!((why("conf/server.jks"), why("conf/binary.conf")), (Some("capture-not-text"), Some("capture-not-text")));
    assert_eq!(why("conf/mysql-schema.sql"), None, "it comes with Nacos");
    assert_eq!((why("logs/a.log"), why("logs/")), (Some("capture-over-all"), Some("capture-too-many")));
}

#[tokio::test]
async fn it_ends_when_it_is_cancelled_or_its_time_is_over() {
    let home = folder();
    std::fs::write(home.path().join("conf/cluster.conf"), "10.0.0.1\n").expect("file");
    let (tell, _told) = mpsc::channel(100);
    let cancel = CancellationToken::new();
    let mut cx = context(home.path(), &cancel);
    cx.deadline.at = tokio::time::Instant::now();
    assert_eq!(gather(&cx, SMALL, &tell).await, Err(Stopped::TimedOut));
    cancel.cancel();
    assert_eq!(gather(&cx, SMALL, &tell).await, Err(Stopped::Cancelled));
    let (tell, told) = mpsc::channel(1);
    drop(told);
    assert_eq!(gather(&context(home.path(), &CancellationToken::new()), SMALL, &tell).await, Err(Stopped::Cancelled));
}

#[test]
fn the_window_ends_with_the_last_line_of_a_node_that_fell_silent() {
    let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
    assert_eq!(window_start(at(100), Some(at(40))), at(25));
    assert_eq!(window_start(at(100), Some(at(101))), at(85), "a clock that runs ahead moves nothing out of it");
    assert_eq!(window_start(at(100), None), at(85));
}

#[test]
fn the_last_lines_of_a_text_are_whole() {
    assert_eq!(last_lines("one\ntwo\nthree\n", 100), "one\ntwo\nthree\n");
    assert_eq!(last_lines("one\ntwo\nthree\n", 8), "three\n");
    assert_eq!(last_lines("ééé", 3), "é");
}
