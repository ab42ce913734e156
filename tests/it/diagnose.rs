//! `nodedown diagnose` on trimmed homes of real clusters: the cause, the nodes, health, exit code and shape of the JSON.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use nodedown::domain::cluster::Cluster;
use nodedown::domain::id::{ClusterId, NodeName};
use nodedown::domain::observed::Observed;
use nodedown::domain::time::{Clock, Timestamp};
use nodedown::domain::vocabulary::Failure;
use nodedown::rounds::{self, RoundSpec};
use nodedown::sources::build::{self, Extras};
use nodedown::sources::spec::{self, NodeArgument};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

fn homes(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/homes").join(case)
}

/// `nodedown diagnose` on the three homes of a case.
fn run(case: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    command.arg("diagnose");
    for node in ["n1", "n2", "n3"] {
        command.arg("--node").arg(format!("{node}=dir:{}", homes(case).join(node).display()));
    }
    command.args(more).env_remove("LANG").output().expect("nodedown runs")
}

/// The JSON and the exit code.
fn diagnose(case: &str, more: &[&str]) -> (Value, i32) {
    let output = run(case, &[&["--json"], more].concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let json = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (json, output.status.code().expect("an exit code"))
}

/// What it prints for people.
fn text(case: &str, more: &[&str]) -> String {
    String::from_utf8(run(case, more).stdout).expect("UTF-8")
}

fn assert_case(case: &str, code: &str, nodes: &[&str], health: &str, tolerance: u64) {
    let (json, exit) = diagnose(case, &[]);
    let top = &json["causes"][0];
    assert_eq!(top["code"], code, "{case}: {}", json["causes"]);
    assert_eq!(top["nodes"], Value::from(nodes), "{case}");
    assert_eq!(json["health"], health, "{case}");
    assert_eq!(json["failure_tolerance"], tolerance, "{case}");
    assert_eq!(exit, 2, "{case}");
}

#[test]
fn a_killed_node_is_named() {
    assert_case("2.5.1-killed", "node.killed", &["n3"], "degraded", 0);
}

/// A copy of the homes of a case in which the clock of each node ran ahead by so many seconds, as connections made at the start
/// of the window show.
fn with_clocks(case: &str, hosts: [&str; 3], ahead_s: [i64; 3]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let moved = |text: &str, ahead_s: i64| {
        let (separator, plain) = (text.get(10..11)?.to_owned(), text.replace(',', ".").replace(' ', "T"));
        let time: jiff::civil::DateTime = plain.parse().ok()?;
        let time = time.checked_add(jiff::Span::new().seconds(ahead_s)).ok()?;
        Some((time, format!("{}{separator}{}", time.strftime("%Y-%m-%d"), time.strftime("%H:%M:%S"))))
    };
    for (node, ahead) in (1..).zip(ahead_s) {
        for part in ["conf", "logs"] {
            let (from, to) =
                (homes(case).join(format!("n{node}/{part}")), folder.path().join(format!("n{node}/{part}")));
            std::fs::create_dir_all(&to).expect("folder");
            for entry in from.read_dir().expect("home").flatten() {
                let text = std::fs::read_to_string(entry.path()).expect("a text");
                let mut lines: Vec<String> = Vec::new();
                for line in text.lines().filter(|_| part == "logs") {
                    // `2026-11-22 16:00:00,000 …`, or in the log of garbage collection `[2026-11-22T16:00:00.000+0000] …`.
                    let at = usize::from(line.starts_with('['));
                    let stamp = line.get(at..at + 19).and_then(|text| moved(text, ahead));
                    lines.push(match &stamp {
                        Some((_, text)) => format!("{}{text}{}", &line[..at], &line[at + 19..]),
                        None => line.to_owned(),
                    });
                    if let Some((time, text)) = stamp.filter(|_| entry.file_name() == "nacos.log" && lines.len() == 1) {
                        let utc = time.to_zoned(jiff::tz::TimeZone::UTC).expect("a time").timestamp().as_millisecond();
                        let own = hosts[node - 1];
                        for (peer, peer_ahead) in hosts.iter().zip(ahead_s).filter(|(peer, _)| **peer != own) {
                            let id = utc + 1000 * (peer_ahead - ahead);
                            lines.push(format!(
                                "{text},000 INFO [Cluster-{peer}:8848] Success to connect a server [{peer}:8848], connectionId = {id}_{own}_40000\n"
                            ));
                        }
                    }
                }
                let text = if part == "logs" { lines.join("\n") + "\n" } else { text };
                std::fs::write(to.join(entry.file_name()), text).expect("written");
            }
        }
    }
    folder
}

#[test]
fn a_clock_that_runs_ahead_makes_no_other_cause() {
    let hosts = ["10.77.0.11", "10.77.0.12", "10.77.0.13"];
    for (ahead_s, off) in [([0, 0, 600], "n3"), ([-600, 0, 0], "n1"), ([0, 47, 0], "n2")] {
        let folder = with_clocks("2.5.1-killed", hosts, ahead_s);
        let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
        command.args(["diagnose", "--json"]);
        for node in ["n1", "n2", "n3"] {
            command.arg("--node").arg(format!("{node}=dir:{}", folder.path().join(node).display()));
        }
        let output = command.env_remove("LANG").output().expect("nodedown runs");
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let causes: Vec<(&str, &str, &str)> = json["causes"]
            .as_array()
            .expect("causes")
            .iter()
            .map(|cause| {
                let text = |name: &str| cause[name].as_str().unwrap_or_default();
                (text("code"), cause["nodes"][0].as_str().unwrap_or_default(), text("confidence"))
            })
            .collect();
        let expected = [("node.killed", "n3", "certain"), ("clock.skew", off, "certain")];
        assert_eq!(causes, expected, "{ahead_s:?}: {json:#}");
    }
}

#[test]
fn a_cleanly_stopped_node_is_named() {
    assert_case("3.0.3-clean_stop", "node.stopped_clean", &["n3"], "degraded", 0);
}

#[test]
fn a_frozen_node_is_named_by_what_its_peers_saw() {
    assert_case("2.5.1-frozen", "node.hung", &["n3"], "degraded", 0);
}

#[test]
fn a_drifted_cluster_conf_is_named() {
    assert_case("2.5.1-conf_extra", "config.cluster_conf_drift", &["n2"], "degraded", 1);
}

#[test]
fn two_killed_nodes_are_a_lost_quorum_with_both_beside_it() {
    let (json, exit) = diagnose("2.5.1-two_killed", &[]);
    let causes = json["causes"].as_array().expect("causes");
    assert_eq!(causes[0]["code"], "cluster.quorum_lost");
    let killed = causes.iter().find(|cause| cause["code"] == "node.killed").expect("the deeper cause");
    assert_eq!(killed["nodes"], Value::from(vec!["n2", "n3"]));
    assert_eq!((json["health"].as_str(), exit), (Some("down"), 2));
}

#[test]
fn a_healthy_cluster_is_healthy_and_says_what_was_not_seen() {
    let (json, exit) = diagnose("2.5.1-healthy", &[]);
    assert_eq!((json["health"].as_str(), exit), (Some("healthy"), 0));
    assert!(json["causes"].as_array().expect("causes").iter().all(|cause| cause["code"] == "none"));
    assert_eq!(json["not_seen"], serde_json::json!([]), "logs, configuration and links are in the copies");
    let not_seen = json["could_not_run"].as_array().expect("could_not_run");
    assert!(not_seen.iter().any(|item| item["check"] == "net.ports" && item["node"] == "n1"));
}

#[test]
fn the_json_has_the_fields_of_the_contract() {
    let (json, _) = diagnose("2.5.1-killed", &["--lang", "zh-CN"]);
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let mut top = keys(&json);
    top.sort();
    assert_eq!(
        top,
        [
            "at",
            "causes",
            "cluster",
            "could_not_run",
            "elapsed_ms",
            "failure_tolerance",
            "findings",
            "health",
            "not_seen",
            "trace"
        ]
    );
    json["at"].as_str().expect("a time").parse::<Timestamp>().expect("RFC 3339");
    let cause = &json["causes"][0];
    for key in ["code", "nodes", "confidence", "summary", "action", "do_not", "because", "consequences"] {
        assert!(!cause[key].is_null(), "a cause has `{key}`");
    }
    let ids: Vec<&str> =
        json["findings"].as_array().expect("findings").iter().filter_map(|finding| finding["id"].as_str()).collect();
    for because in cause["because"].as_array().expect("a list") {
        assert!(ids.contains(&because.as_str().expect("an id")), "{because} is a finding");
    }
    for finding in json["findings"].as_array().expect("findings") {
        for key in ["code", "step", "check", "outcome", "summary", "evidence"] {
            assert!(!finding[key].is_null(), "a finding has `{key}`");
        }
        assert!(finding.get("node").is_some() && finding.get("peer").is_some(), "null rather than absent");
        assert!((1..=6).contains(&finding["step"].as_u64().expect("a number")));
    }
    assert!(cause["summary"].as_str().expect("text").chars().any(|char| char as u32 > 0x4e00), "in Chinese");
    assert!(!json.to_string().contains('‹'), "every text is there");
}

#[test]
fn an_earlier_moment_does_not_know_what_came_later() {
    let (now, _) = diagnose("2.5.1-killed", &[]);
    let at: Timestamp = now["at"].as_str().expect("a time").parse().expect("RFC 3339");
    let before = at.plus_millis(-75_000).to_string();
    let (json, _) = diagnose("2.5.1-killed", &["--at", &before]);
    assert_eq!(json["at"], Value::from(before));
    assert!(json["causes"].as_array().expect("causes").iter().all(|cause| cause["code"] != "node.killed"));
}

#[test]
fn usage_errors_exit_with_1() {
    for arguments in [
        vec!["diagnose"],
        vec!["diagnose", "--node", "n1"],
        vec!["diagnose", "--node", "n1=dir:/nowhere", "--at", "soon"],
        vec!["diagnose", "--node", "n1=dir:/nowhere"],
        vec!["no-such-command"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_nodedown")).args(&arguments).output().expect("nodedown runs");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A node whose port accepts and never answers: its questions end at the deadline, the others' answers are all there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_node_ends_at_its_deadline_and_delays_nobody() {
    let hung = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = hung.local_addr().expect("its address").port();
    let holding = TaskTracker::new().spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = hung.accept().await {
            held.push(stream);
        }
    });
    let home = homes("2.5.1-healthy");
    let arguments = [
        format!("n1=dir:{}", home.join("n1").display()),
        format!("n2=dir:{}", home.join("n2").display()),
        format!("n3=api:http://127.0.0.1:{port}/nacos"),
    ];
    let nodes = spec::parse_all(&arguments)
        .expect("three nodes")
        .into_iter()
        .filter_map(|argument| match argument {
            NodeArgument::Node { spec, .. } => Some(*spec),
            NodeArgument::Recorded { .. } => None,
        })
        .collect();
    let cluster = Cluster {
        id: ClusterId(0),
        name: "test".to_owned(),
        nodes,
        node_deadline_ms: 1500,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let sources = build::sources(&cluster, &Extras::default());
    let newest: Timestamp = diagnose("2.5.1-healthy", &[]).0["at"].as_str().expect("a time").parse().expect("a time");
    let round = rounds::run(
        RoundSpec {
            cluster,
            sources,
            at: None,
            window_ms: nodedown::domain::incident::WINDOW_MS,
            clock: Arc::new(Still(newest)),
            suspect: None,
            kinds: None,
            client_logs: Default::default(),
            client_logs_unread: Default::default(),
            secret_key: [7; 32],
            cancel: CancellationToken::new(),
        },
        |_| {},
    )
    .await
    .expect("a moment");
    holding.abort();

    let name = NodeName::from("n3");
    let Some(Observed::View(view)) = round.observations.get("node.view", &name) else {
        panic!("the hung node's silence was seen: {:?}", round.observations.missing)
    };
    let liveness = view.liveness.as_ref().expect("liveness was asked");
    assert_eq!((liveness.status, liveness.failure.as_ref().map(Failure::as_str)), (None, Some("timeout")));
    for node in ["n1", "n2"] {
        for kind in ["node.stop", "logs.signatures", "config.cluster_conf", "config.properties"] {
            assert!(round.observations.get(kind, &NodeName::from(node)).is_some(), "{kind} of {node}");
        }
    }
    assert!(
        round.diagnosis.causes.iter().any(|cause| cause.code.as_str() == "node.hung" && cause.nodes == [name.clone()])
    );
}

#[test]
fn the_trace_says_what_was_asked_for_what_was_set_aside_and_why_the_health_is_what_it_is() {
    let (json, _) = diagnose("2.5.1-two_killed", &["--lang", "en"]);
    let trace = &json["trace"];
    let codes: Vec<&Value> = json["causes"].as_array().expect("causes").iter().map(|cause| &cause["code"]).collect();
    let traced: Vec<&Value> = trace["causes"].as_array().expect("traced").iter().map(|cause| &cause["code"]).collect();
    assert_eq!(traced, codes);
    let killed = &trace["causes"][1];
    assert_eq!((&killed["code"], &killed["outcome"]), (&Value::from("node.killed"), &Value::from("fail")));
    let held = |id: &str, node: &str| {
        let conditions = killed["conditions"].as_array().expect("conditions");
        let one = conditions.iter().find(|one| one["id"] == id && one["node"] == node).expect(id);
        (one["held"].as_str().expect("held").to_owned(), one["evidence"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(held("stop-lines", "n2"), ("no".to_owned(), 0));
    assert_eq!(held("kernel-killed-it", "n2"), ("not_seen".to_owned(), 0));
    let (refused, lines) = held("peers-refused", "n3");
    assert!(refused == "yes" && lines > 0, "{killed:#}");
    assert_eq!(trace["set_aside"][0]["code"], "raft.no_leader");
    assert_eq!(trace["set_aside"][0]["by"], "cluster.quorum_lost");
    assert_eq!(trace["set_aside"][0]["relation"], "without-a-majority-there-is-no-leader");
    assert!(trace["health"][0].as_str().expect("why").contains("1 of 3"), "{trace:#}");
}

#[test]
fn explain_tells_it_in_both_languages() {
    for (lang, words) in [
        (
            "en",
            [
                "✗ its logs end with lines of an orderly stop",
                "✓ its peers were refused",
                "Why it is not healthy",
                "order by kind of trouble: 20",
            ],
        ),
        ("zh-CN", ["✗ 日志结尾有正常停机的记录", "✓ 其他节点连它被拒绝", "为什么不健康", "按故障类型排序：20"]),
    ] {
        let plain = text("2.5.1-killed", &["--lang", lang]);
        let told = text("2.5.1-killed", &["--lang", lang, "--explain"]);
        for word in words {
            assert!(told.contains(word) && !plain.contains(word), "{word}: {told}");
        }
        assert!(!told.contains('‹'), "{told}");
    }
}
