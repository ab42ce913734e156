//! Memory comes back: what the program holds after a start, after many wrong log-ins, and after many rounds on three nodes.
//!
//! Bounded here; `NODEDOWN_LONG=1` makes it 1,000 log-ins and 50 rounds on larger logs, and `NODEDOWN_PROGRAM` names
//! another build, for figures that of a release. The limits are those of a release for what it holds in memory; pages of
//! the program's own file are counted only there, because a debug build is ten times as large.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nodedown::app::SystemClock;
use nodedown::domain::cluster::NodeSpec;
use nodedown::domain::time::{Clock as _, Timestamp};
use nodedown::sources::spec::{self, NodeArgument};
use nodedown::store::Store;

use crate::hostile::status_kib;
use crate::process::{Browser, Server};
use crate::support::{aloud, is_long};

/// Most after a start, KiB.
const IDLE_KIB: u64 = 20 * 1024;
/// Most of a release after that many log-ins or rounds, KiB.
const BUSY_KIB: u64 = 64 * 1024;
/// The same of a debug build, whose tasks are larger and wait longer beside the other tests: 62 to 65 MiB were measured.
const BUSY_DEBUG_KIB: u64 = 72 * 1024;

fn busy_kib() -> u64 {
    if std::env::var_os("NODEDOWN_PROGRAM").is_some() { BUSY_KIB } else { BUSY_DEBUG_KIB }
}

/// What the program holds, KiB: its file's pages included where the figures are those of a release.
fn held_kib(server: &Server) -> u64 {
    let field = if std::env::var_os("NODEDOWN_PROGRAM").is_some() { "VmRSS:" } else { "RssAnon:" };
    status_kib(server, field)
}

/// Homes of three nodes that go on logging: lines of the recorded ones, five a second over the last minutes.
fn homes(folder: &Path, minutes: i64) -> Vec<NodeSpec> {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/homes/2.5.1-killed");
    let now = SystemClock.now();
    let mut nodes = Vec::new();
    for name in ["n1", "n2", "n3"] {
        for part in ["conf", "logs"] {
            std::fs::create_dir_all(folder.join(name).join(part)).expect("folder");
            for entry in recorded.join(name).join(part).read_dir().expect("folder").flatten() {
                let text = std::fs::read_to_string(entry.path()).expect("text");
                let text = if part == "logs" { repeated(&text, now, minutes) } else { text };
                std::fs::write(folder.join(name).join(part).join(entry.file_name()), text).expect("written");
            }
        }
        nodes.push(format!("{name}=local:{}", folder.join(name).display()));
    }
    let parsed = spec::parse_all(&nodes).expect("nodes").into_iter();
    parsed.filter_map(|node| if let NodeArgument::Node { spec, .. } = node { Some(*spec) } else { None }).collect()
}

fn repeated(text: &str, now: Timestamp, minutes: i64) -> String {
    // `2026-11-22 16:00:49,050` and what follows; lines that begin otherwise belong to the one before.
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("20") && line.is_char_boundary(23)).collect();
    let mut out = String::new();
    if lines.is_empty() {
        return text.to_owned();
    }
    let every_ms = 200;
    for (number, ago) in (0..minutes * 60_000).rev().step_by(every_ms).enumerate() {
        let stamp = now.plus_millis(-ago).to_string();
        let (date, time) = stamp.split_once('T').expect("a time");
        let tail = lines[number % lines.len()].get(23..).unwrap_or_default();
        writeln!(out, "{date} {},000{tail}", time.get(..8).expect("hours to seconds")).expect("a string grows");
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_comes_back_after_log_ins_and_rounds() {
    let (log_ins, rounds, minutes) = if is_long() { (1000, 50, 20) } else { (60, 3, 5) };
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start(data.path());
    let mut ann = Browser::new(&server.base);
    ann.set_up(&server).await;
    drop(server);
    let server = Server::start(data.path());
    ann.base.clone_from(&server.base);
    assert!(ann.get("/").await.contains("</html>"));
    let idle = held_kib(&server);

    for number in 0..log_ins {
        let mut stranger = Browser::at(&server.base, [127, 0, 1, u8::try_from(number % 200 + 1).expect("a byte")]);
        let name = format!("nobody{number}");
        let answer = stranger.try_post("/login", &[("name", &name), ("password", "a guess")]).await.expect("an answer");
        assert!(answer.status().is_client_error(), "{}", answer.status());
    }
    let after_log_ins = held_kib(&server);

    let nodes = homes(&data.path().join("homes"), minutes);
    let store = Store::open(data.path()).await.expect("the database opens beside the server");
    let mut tx = store.begin(SystemClock.now()).await.expect("a write");
    let cluster = tx.insert_cluster("prod", &nodes, &[], 20_000).await.expect("written").expect("a free name");
    tx.commit().await.expect("saved");
    store.close().await;
    let fields = [("cluster", cluster.to_string()), ("kind", "outage".to_owned()), ("nonce", "i".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let incident = ann.post("/incidents", &fields).await;
    let incident = incident.trim_end_matches("/steps/1").to_owned();
    ended(&ann, &format!("{incident}/steps/1")).await;
    for round in 0..rounds {
        // The steps with the checks that read most.
        for step in [1, 2, 3] {
            let path = format!("{incident}/steps/{step}");
            let started = ann.send(&format!("{path}/check-runs"), &[("nonce", &format!("{round} {step}"))]).await;
            assert_eq!(started.status, 303, "step {step}: {}", started.body);
            ended(&ann, &path).await;
        }
    }
    let after_rounds = held_kib(&server);
    aloud(&format!(
        "memory: {idle} KiB after a start, {after_log_ins} KiB after {log_ins} log-ins, {after_rounds} KiB after {rounds} \
         rounds"
    ));
    assert!(idle <= IDLE_KIB, "{idle} KiB after a start");
    assert!(after_log_ins <= busy_kib(), "{after_log_ins} KiB after {log_ins} log-ins");
    assert!(after_rounds <= busy_kib(), "{after_rounds} KiB after {rounds} rounds");
}

/// Waits until no check of the step is under way.
async fn ended(browser: &Browser, path: &str) {
    let started = Instant::now();
    while browser.get(path).await.contains("id=\"cancel-all\"") {
        assert!(started.elapsed() < Duration::from_secs(120), "{path} goes on for too long");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
