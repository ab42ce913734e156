//! The real cluster: faults are staged, and what `nodedown diagnose --json` says of them is held against the truth.

mod clients;
mod cluster;
mod polite;
mod restart;
mod truth;
mod verdicts;
mod watch;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use cluster::Cluster;
use serde_json::Value;

/// What the program is given to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Through {
    /// Files, processes and API of every node.
    Live,
    /// The same over SSH.
    Ssh,
    /// Files and processes over SSH, and no API address at all.
    SshAlone,
    /// The API of every node.
    ApiOnly,
    /// Copies of `conf` and `logs`.
    Copies,
    /// Copies made when all was well again, asked about the moment of the fault.
    Later,
}

impl Through {
    const ALL: &[Self] = &[Self::Live, Self::Ssh, Self::SshAlone, Self::ApiOnly, Self::Copies, Self::Later];

    /// The name in the table of what is expected.
    const fn name(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Ssh => "Ssh",
            Self::SshAlone => "SshAlone",
            Self::ApiOnly => "ApiOnly",
            Self::Copies => "Copies",
            Self::Later => "Later",
        }
    }
}

/// What one call of the program said.
struct Said {
    health: String,
    causes: Vec<(String, BTreeSet<String>)>,
    exit: i32,
    elapsed_ms: u64,
    whole: Value,
}

impl Said {
    fn top(&self) -> &str {
        self.causes.first().map_or("none", |(code, _)| code.as_str())
    }
}

#[tokio::test]
async fn faults_of_a_2_5_1_cluster_are_named() {
    faults_are_named("2.5.1").await;
}

#[tokio::test]
async fn faults_of_a_3_0_3_cluster_are_named() {
    faults_are_named("3.0.3").await;
}

async fn faults_are_named(version: &'static str) {
    let Some(cluster) = Cluster::start(version, 3).await else { return };
    // CI has little time: of 3.0.3 it stages what differs from 2.5.1, how a node starts and stops and what passes between
    // them. All of it without `NODEDOWN_TRUTH`, or with another than `short`.
    let is_short = version.starts_with('3') && std::env::var("NODEDOWN_TRUTH").is_ok_and(|wanted| wanted == "short");
    let staged = if is_short { what_differs(&cluster) } else { every_situation(&cluster) };
    if let Err(last) = staged {
        crate::support::aloud(&format!(
            "SKIPPED: Nacos {version} itself did not come back, so the situations that follow were not tried\n{last}"
        ));
    }
}

/// Stages one after the other. An error is about Nacos, which did not come back; what the program says wrong panics.
fn every_situation(cluster: &Cluster) -> Result<(), String> {
    healthy(cluster);
    by_api_alone_what_was_not_looked_at_is_told(cluster);
    one_node_gone(cluster)?;
    links_cut(cluster)?;
    two_nodes_gone(cluster);
    for node in [2, 3] {
        cluster.start_node(node);
    }
    recovered(cluster)?;
    conf_changed(cluster);
    Ok(())
}

fn what_differs(cluster: &Cluster) -> Result<(), String> {
    healthy(cluster);
    cleanly_stopped(cluster)?;
    links_cut(cluster)
}

fn healthy(cluster: &Cluster) {
    let said = until(cluster, "healthy", |said| said.health == "healthy");
    assert_eq!(said.exit, 0, "{}", said.whole);
    assert!(said.causes.iter().all(|(code, _)| code == "none"), "{}", said.whole);
    assert_eq!(said.whole["failure_tolerance"], 1, "{}", said.whole);
}

/// Some faults leave no trace in the API: by itself it is no all-clear.
fn by_api_alone_what_was_not_looked_at_is_told(cluster: &Cluster) {
    let answered = |said: &Said| matches!(said.health.as_str(), "healthy" | "unknown");
    for (accepted, open) in [("links", 2), ("logs,links", 1), ("logs,config,links", 0)] {
        let accepted = ["--accept-unseen", accepted];
        let said = until_as(cluster, "seen through the API", Through::ApiOnly, &accepted, answered);
        assert_eq!(said.whole["not_seen"], serde_json::json!(["logs", "config", "links"]), "{}", said.whole);
        let why = said.whole["trace"]["health"].as_array().expect("reasons");
        let told = why.iter().filter(|why| why.as_str().is_some_and(|why| why.contains("not looked at"))).count();
        // Terms and leaders that nodes name may differ for long after a start: that is another reason for "unknown".
        match said.health.as_str() {
            "healthy" => assert_eq!((said.exit, open, told), (0, 0, 3), "{}", said.whole),
            _ => assert_eq!((said.exit, open), (3, told), "{}", said.whole),
        }
    }
}

fn cleanly_stopped(cluster: &Cluster) -> Result<(), String> {
    cluster.signal(3, "TERM");
    named(cluster, "cleanly stopped", "node.stopped_clean", &["n3"]);
    cluster.start_node(3);
    recovered(cluster)
}

fn one_node_gone(cluster: &Cluster) -> Result<(), String> {
    cleanly_stopped(cluster)?;

    cluster.signal(3, "KILL");
    named(cluster, "killed", "node.killed", &["n3"]);
    cluster.start_node(3);
    recovered(cluster)?;

    cluster.signal(3, "STOP");
    let said = named(cluster, "frozen", "node.hung", &["n3"]);
    // Of a few calls the quickest: what else this machine does is not what is asked about.
    let more = (0..4).map(|_| diagnose(cluster, Through::Live).elapsed_ms);
    let quickest = std::iter::once(said.elapsed_ms).chain(more).find(|ms| *ms <= 3500);
    assert!(quickest.is_some(), "a frozen node held every diagnosis up, the first one for {} ms", said.elapsed_ms);
    cluster.signal(3, "CONT");
    recovered(cluster)
}

fn two_nodes_gone(cluster: &Cluster) {
    cluster.signal(2, "KILL");
    cluster.signal(3, "KILL");
    let said = named(cluster, "two of three killed", "cluster.quorum_lost", &[]);
    assert_eq!(said.health, "down", "{}", said.whole);
    assert!(said.causes.iter().any(|(code, nodes)| code == "node.killed" && nodes.contains("n2")), "{}", said.whole);
}

fn links_cut(cluster: &Cluster) -> Result<(), String> {
    cluster.drop_packets(Some(1), 2, 7848);
    cluster.drop_packets(Some(2), 1, 7848);
    named(cluster, "7848 dropped between two nodes", "raft.link_broken", &["n1", "n2"]);
    cluster.unfilter();
    recovered(cluster)?;

    cluster.reject(None, 3, 9848);
    cluster.reject(None, 3, 9849);
    named(cluster, "9848 and 9849 rejected on one node", "net.grpc_blocked", &["n3"]);
    cluster.unfilter();
    recovered(cluster)
}

/// The last of a cluster: a node that loses a member also takes it out of the Raft groups, and putting the line back into
/// the file does not bring it back.
fn conf_changed(cluster: &Cluster) {
    let path = cluster.home(2).join("conf/cluster.conf");
    let before = std::fs::read_to_string(&path).expect("cluster.conf");
    let without_one: String =
        before.lines().filter(|line| !line.contains(&cluster.address(3))).map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, without_one).expect("cluster.conf");
    named(cluster, "cluster.conf of one node changed", "config.cluster_conf_drift", &["n2"]);
}

/// Waits until the program names the cause; it may say less before, never that all is well once it has said otherwise.
fn named(cluster: &Cluster, fault: &str, code: &str, nodes: &[&str]) -> Said {
    let wanted: BTreeSet<String> = nodes.iter().map(|node| (*node).to_owned()).collect();
    let said = until(cluster, fault, |said| {
        said.causes.first().is_some_and(|(said, nodes)| said == code && (wanted.is_empty() || *nodes == wanted))
    });
    assert_eq!(said.exit, 2, "{}", said.whole);
    said
}

fn recovered(cluster: &Cluster) -> Result<(), String> {
    cluster.settle()?;
    until(cluster, "recovered", |said| said.health == "healthy");
    Ok(())
}

/// Asks every few seconds, for three minutes at most, until `enough`; prints fault, answer and time.
fn until(cluster: &Cluster, fault: &str, enough: impl Fn(&Said) -> bool) -> Said {
    until_as(cluster, fault, Through::Live, &[], enough)
}

/// The same through another source, with more arguments.
fn until_as(
    cluster: &Cluster,
    fault: &str,
    through: Through,
    arguments: &[&str],
    enough: impl Fn(&Said) -> bool,
) -> Said {
    let begun = Instant::now();
    loop {
        let said = diagnose_with(cluster, through, None, arguments);
        if enough(&said) {
            crate::support::aloud(&format!(
                "{fault}: said {} ({}) {:.0} s after the fault, in {} ms",
                said.top(),
                said.health,
                begun.elapsed().as_secs_f64(),
                said.elapsed_ms
            ));
            return said;
        }
        assert!(begun.elapsed() < Duration::from_secs(180), "{fault}: still said {:#}", said.whole);
        std::thread::sleep(Duration::from_secs(3));
    }
}

fn diagnose(cluster: &Cluster, through: Through) -> Said {
    diagnose_at(cluster, through, None)
}

/// The same of a moment; `None`: now, of copies the newest stamp in them.
fn diagnose_at(cluster: &Cluster, through: Through, at: Option<&str>) -> Said {
    diagnose_with(cluster, through, at, &[])
}

fn diagnose_with(cluster: &Cluster, through: Through, at: Option<&str>, arguments: &[&str]) -> Said {
    let copies = tempfile::tempdir().expect("folder for the copies");
    let copied = matches!(through, Through::Copies | Through::Later);
    if copied {
        truth::copy_homes(cluster, copies.path());
    }
    // On a host of its own it would not wait for what else runs here, and the nodes do not wait for it.
    let mut command = Command::new("nice");
    command.args(["-n", "-15", env!("CARGO_BIN_EXE_nodedown"), "diagnose", "--json", "--lang", "en"]).args(arguments);
    for node in cluster.nodes() {
        let source = match through {
            Through::Live => cluster.source(node),
            Through::Ssh => cluster.ssh_source(node),
            Through::SshAlone => cluster.ssh_source_alone(node),
            Through::ApiOnly => cluster.api_source(node),
            Through::Copies | Through::Later => {
                format!("n{node}=dir:{}", copies.path().join(format!("n{node}")).display())
            }
        };
        command.args(["--node", &source]);
    }
    // Copies are looked at later: a door cannot be asked about then.
    if let Some(door) = cluster.door().filter(|_| !copied) {
        command.args(["--door", &door]);
    }
    if let Some(at) = at {
        command.args(["--at", at]);
    }
    let output = command.output().expect("nodedown runs");
    let whole: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let causes = whole["causes"]
        .as_array()
        .expect("causes")
        .iter()
        .map(|cause| {
            let nodes = cause["nodes"].as_array().expect("nodes").iter().map(text).collect();
            (text(&cause["code"]), nodes)
        })
        .collect();
    Said {
        health: text(&whole["health"]),
        causes,
        exit: output.status.code().unwrap_or(-1),
        elapsed_ms: whole["elapsed_ms"].as_u64().expect("elapsed_ms"),
        whole,
    }
}
