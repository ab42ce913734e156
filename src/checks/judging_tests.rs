//! Whole verdicts on observations built by hand: what was seen goes in, the ranked causes come out.

use std::collections::BTreeMap;

use super::*;
use crate::checks::{REGISTRY, Scope};
use crate::diagnosis::{Evidence, diagnose, todos};
use crate::domain::cluster::{ApiAddress, Cluster, FileSource, FrontDoor, NodeSpec};
use crate::domain::diagnosis::{Confidence, Diagnosis, Health};
use crate::domain::id::ClusterId;
use crate::domain::incident::WINDOW_MS;
use crate::domain::observed::*;
use crate::domain::time::Timestamp;
use crate::domain::trust::Trust;
use crate::domain::vocabulary::{CutReason, Failure};
use crate::model::conditions;
use crate::model::tables::views;

const AT: i64 = 1_800_000_000_000;

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_millis(AT - seconds * 1000)
}

/// A cluster and what was seen of it, by default healthy copies whose logs go on to the end.
struct World {
    cluster: Cluster,
    observations: Observations,
    hosts: Vec<String>,
    port: u16,
}

impl World {
    fn new(nodes: usize) -> Self {
        Self::with_hosts((1..=nodes).map(|number| format!("10.0.0.{number}")).collect(), 8848)
    }

    fn with_hosts(hosts: Vec<String>, port: u16) -> Self {
        let nodes = (1..=hosts.len())
            .map(|number| NodeSpec {
                name: NodeName(format!("n{number}")),
                api: None,
                files: FileSource::Copied { home: "/copy".into() },
            })
            .collect();
        let cluster =
            Cluster { id: ClusterId(0), name: "c".to_owned(), nodes, node_deadline_ms: 3000, doors: Vec::new() };
        let mut world = Self { cluster, observations: Observations::default(), hosts, port };
        let members: Vec<String> = world.hosts.iter().map(|host| format!("{host}:{port}")).collect();
        for index in 0..world.hosts.len() {
            world.logs(index, 1, Vec::new());
            world.stop(index, 1, Vec::new());
            world.conf(index, &members);
        }
        world
    }

    /// What was seen of a node's logs, to be changed.
    fn seen_logs(&mut self, index: usize) -> &mut LogsSeen {
        let name = self.name(index);
        match self.observations.seen.get_mut("logs.signatures").and_then(|seen| seen.get_mut(&name)) {
            Some(Observed::Logs(logs)) => logs,
            _ => panic!("no logs"),
        }
    }

    fn name(&self, index: usize) -> NodeName {
        self.cluster.nodes[index].name.clone()
    }

    fn logs(&mut self, index: usize, last_s: i64, hits: Vec<SignatureHits>) {
        let logs = LogsSeen {
            from: ago(1800),
            to: ago(0),
            files: vec![LogFileSeen {
                path: "logs/nacos.log".to_owned(),
                size_bytes: 10,
                read_bytes: 10,
                first: Some(ago(1800)),
                last: Some(ago(last_s)),
                records: 3,
                unlevelled: 0,
                encoding: "utf-8".to_owned(),
                cut: None,
            }],
            unreadable: Vec::new(),
            hits,
            unknown: Vec::new(),
            last_stamp: Some(ago(last_s)),
            last_heartbeat: Some(ago(last_s)),
            connection_history: Vec::new(),
            stalls: Vec::new(),
            zone_offset_s: 28_800,
            clock_offset_ms: None,
            peer_clock_offsets: Default::default(),
            zone_derived: true,
            aligned_ms: 0,
        };
        self.observations.put("logs.signatures", self.name(index), Observed::Logs(logs));
    }

    fn stop(&mut self, index: usize, last_s: i64, traces: Vec<StopTrace>) {
        let address = format!("{}:{}", self.hosts[index], self.port);
        let stop = StopSeen {
            process_table_seen: false,
            process: None,
            files_live: false,
            ends: vec![FileEnd {
                path: "logs/nacos.log".to_owned(),
                size_bytes: 4321,
                last_stamp: Some(ago(last_s)),
                last_line: "the last line".to_owned(),
            }],
            starts: traces.iter().filter(|trace| trace.signature == "START").filter_map(|trace| trace.at).collect(),
            traces: traces.into_iter().filter(|trace| trace.signature != "START").collect(),
            crash_files: Vec::new(),
            last_started: None,
            zone_offset_s: 28_800,
            zone_derived: true,
            disk_free_bytes: None,
            clock_offset_ms: None,
            self_address: Some(address),
            kernel_missing: None,
            aligned_ms: 0,
        };
        self.observations.put("node.stop", self.name(index), Observed::Stop(stop));
    }

    fn silent(&mut self, index: usize, last_s: i64, traces: Vec<StopTrace>) {
        self.logs(index, last_s, Vec::new());
        self.stop(index, last_s, traces);
    }

    fn conf(&mut self, index: usize, members: &[String]) {
        let mut members = members.to_vec();
        members.sort();
        let conf = ClusterConfSeen {
            names: Vec::new(),
            present: true,
            lines: members.clone(),
            members,
            problems: Vec::new(),
            rejected: false,
            modified: None,
            sha256: String::new(),
        };
        self.observations.put("config.cluster_conf", self.name(index), Observed::ClusterConf(conf));
    }

    fn peer(&self, index: usize, offset: i32) -> String {
        format!("{}:{}", self.hosts[index], i32::from(self.port) + offset)
    }

    /// What a node writes of a peer that refuses since then.
    fn refused(&self, peer: usize, since_s: i64) -> Vec<SignatureHits> {
        vec![
            hits("C21", Some(self.peer(peer, 1001)), None, since_s, 3, "refused", "Caused by: Connection refused"),
            hits(
                "C39",
                Some(self.peer(peer, -1000)),
                Some("g"),
                since_s,
                5,
                "unavailable",
                "UNAVAILABLE: io exception",
            ),
            hits("C01", Some(self.peer(peer, 0)), None, since_s, 5, "", "report the metadata to the unhealthy node"),
        ]
    }

    /// What a node writes of a peer that does not answer since then.
    fn timed_out(&self, peer: usize, since_s: i64) -> Vec<SignatureHits> {
        vec![
            hits("C21", Some(self.peer(peer, 1001)), None, since_s, 3, "timeout", "TimeoutException: Waited 3000"),
            hits("C39", Some(self.peer(peer, -1000)), Some("g"), since_s, 10, "timeout", "DEADLINE_EXCEEDED"),
        ]
    }

    fn diagnose(&self) -> Diagnosis {
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&self.cluster, &self.observations, at, WINDOW_MS);
        let cx = JudgeContext { model: &model, suspect: None };
        let (mut findings, mut not_seen) = (Vec::new(), Vec::new());
        for check in REGISTRY {
            let targets: Vec<Option<NodeName>> = match check.scope() {
                Scope::Node => self
                    .observations
                    .seen
                    .get(check.kind())
                    .into_iter()
                    .flat_map(|seen| seen.keys().cloned().map(Some))
                    .collect(),
                Scope::Cluster => vec![None],
            };
            for target in targets {
                let judgement = check.judge(target.as_ref(), &cx);
                findings.extend(judgement.findings);
                not_seen.extend(judgement.not_seen);
            }
        }
        let told = diagnose(Evidence { model: &model, findings, not_seen, suspect: None });
        assert_eq!(todos::harmful(&model, &told), [], "{:?}", told.causes);
        for finding in &told.findings {
            let known = conditions::conditions_of(finding.code);
            assert!(finding.conditions.iter().all(|one| known.contains(&one.id.as_str())), "{finding:?}");
        }
        told
    }

    fn codes(&self) -> Vec<String> {
        self.diagnose().causes.iter().map(|cause| format!("{}{:?}", cause.code, names(&cause.nodes))).collect()
    }
}

fn names(nodes: &[NodeName]) -> Vec<&str> {
    nodes.iter().map(|node| node.0.as_str()).collect()
}

fn trace(signature: &str, at_s: i64, text: &str) -> StopTrace {
    StopTrace {
        signature: signature.to_owned(),
        path: "logs/nacos.log".to_owned(),
        line: Some(7),
        offset: Some(70),
        at: Some(ago(at_s)),
        text: text.to_owned(),
    }
}

/// Hits every `every_s` seconds from `since_s` ago until now.
fn hits(
    signature: &str,
    peer: Option<String>,
    group: Option<&str>,
    since_s: i64,
    every_s: i64,
    reason: &str,
    text: &str,
) -> SignatureHits {
    let times: Vec<Timestamp> = (0..=since_s / every_s).map(|step| ago(since_s - step * every_s)).collect();
    let line = |at: Timestamp| LogLine {
        path: "logs/nacos.log".to_owned(),
        line: Some(1),
        offset: 0,
        at: Some(at),
        text: text.to_owned(),
        captures: BTreeMap::new(),
    };
    let (first, last) = (times.first().copied(), times.last().copied());
    let count = times.len() as u64;
    let mut reasons = BTreeMap::new();
    if !reason.is_empty() {
        reasons.insert(reason.into(), ReasonSeen { count, first, last });
    }
    SignatureHits {
        signature: signature.to_owned(),
        level: "ERROR".to_owned(),
        peer,
        group: group.map(str::to_owned),
        count,
        first,
        last,
        samples: first.into_iter().chain(last).map(line).collect(),
        times,
        reasons,
    }
}

const CLEAN: [(&str, &str); 3] =
    [("S01", "[WatchFileCenter] start close"), ("S06", "stopping"), ("S07", "shutdown jraft server")];

fn clean(at_s: i64) -> Vec<StopTrace> {
    CLEAN.iter().map(|(signature, text)| trace(signature, at_s, text)).collect()
}

#[test]
fn a_quiet_cluster_is_healthy_and_tolerates_one() {
    let diagnosis = World::new(3).diagnose();
    assert_eq!(diagnosis.health, Health::Healthy);
    assert_eq!(diagnosis.failure_tolerance, Some(1));
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert!(!diagnosis.could_not_run.is_empty(), "copies show no API and no ports");
}

#[test]
fn nothing_seen_is_unknown_never_healthy() {
    let mut world = World::new(3);
    world.observations = Observations::default();
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.health, Health::Unknown);
    assert_eq!(diagnosis.failure_tolerance, None);
    assert!(!diagnosis.could_not_run.is_empty());
}

#[test]
fn one_node_without_any_evidence_is_no_all_clear() {
    let mut world = World::new(3);
    for kind in ["logs.signatures", "node.stop", "config.cluster_conf"] {
        world.observations.seen.get_mut(kind).expect("kind").remove(&NodeName("n3".to_owned()));
    }
    assert_eq!(world.diagnose().health, Health::Unknown);
}

#[test]
fn refused_peers_and_a_bare_end_are_a_kill() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Certain);
    assert_eq!(diagnosis.health, Health::Degraded);
    assert_eq!(diagnosis.failure_tolerance, Some(0));
    assert_eq!(diagnosis.causes[0].action[0].key, "action-front-door");
    assert!(diagnosis.causes[0].do_not.iter().any(|text| text.key == "donot-restart-survivors"));
    assert!(diagnosis.findings.iter().all(|finding| !finding.evidence.is_empty()));
}

#[test]
fn timed_out_peers_and_a_bare_end_are_a_likely_hang() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    world.logs(0, 1, world.timed_out(2, 56));
    world.logs(1, 1, world.timed_out(2, 56));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Likely);
}

#[test]
fn a_heartbeat_that_is_overdue_and_missed_by_all_is_a_stop_at_once() {
    let mut world = World::new(3);
    world.silent(2, 7, Vec::new());
    world.logs(0, 0, world.refused(2, 6));
    world.logs(1, 0, world.refused(2, 6));
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
}

#[test]
fn stop_lines_are_a_clean_stop_unless_the_disk_was_full() {
    let mut world = World::new(3);
    world.silent(2, 60, clean(60));
    world.logs(0, 1, world.refused(2, 59));
    assert_eq!(world.codes(), [r#"node.stopped_clean["n3"]"#]);
    let mut traces = vec![trace("C110", 62, "Local Disk Full,Exit")];
    traces.extend(clean(60));
    world.silent(2, 60, traces);
    assert_eq!(world.codes(), [r#"node.disk_full["n3"]"#]);
}

#[test]
fn a_failed_start_wins_over_its_stop_lines_and_names_its_reason() {
    let mut world = World::new(3);
    let mut traces =
        vec![trace("START", 100, ""), trace("S10", 70, "Startup errors : \nCaused by: Port 8848 was already in use.")];
    traces.extend(clean(69));
    world.silent(2, 69, traces);
    world.logs(0, 1, world.refused(2, 200));
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    let mut traces = vec![
        trace("START", 100, ""),
        trace("S10", 70, "Startup errors : \nCaused by: CommunicationsException: Communications link failure"),
    ];
    traces.extend(clean(69));
    world.silent(2, 69, traces);
    assert_eq!(world.codes(), [r#"db.unreachable["n3"]"#]);
    let mut traces =
        vec![trace("START", 100, ""), trace("S10", 70, "Startup errors : \nFail to init RocksDBLogStorage, path=x")];
    traces.extend(clean(69));
    world.silent(2, 69, traces);
    assert_eq!(world.codes(), [r#"raft.storage_corrupt["n3"]"#]);
}

#[test]
fn memory_and_crash_name_themselves() {
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 59));
    world.silent(2, 60, vec![trace("C98", 65, "java.lang.OutOfMemoryError: Java heap space")]);
    assert_eq!(world.codes(), [r#"node.oom_java["n3"]"#]);
    world.silent(2, 60, vec![trace("K01", 60, "Out of memory: Killed process 77 (java)")]);
    assert_eq!(world.codes(), [r#"node.oom_killed["n3"]"#]);
    world.silent(2, 60, vec![trace("C100", 60, "# A fatal error has been detected by the Java Runtime Environment:")]);
    assert_eq!(world.codes(), [r#"node.jvm_crash["n3"]"#]);
}

#[test]
fn a_start_without_an_end_is_stuck_only_after_a_while() {
    let mut world = World::new(3);
    world.stop(2, 1, vec![trace("START", 120, "")]);
    world.logs(0, 1, world.refused(2, 100));
    assert_eq!(world.codes(), [r#"node.stuck_starting["n3"]"#]);
    world.stop(2, 1, vec![trace("START", 20, "")]);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Possible);
    assert_eq!(diagnosis.health, Health::Degraded);
}

#[test]
fn a_node_that_came_back_is_no_problem_any_more() {
    let mut world = World::new(3);
    let mut old = world.refused(2, 300);
    for hits in &mut old {
        let until = ago(100);
        hits.times.retain(|time| *time <= until);
        hits.last = Some(until);
        hits.count = hits.times.len() as u64;
    }
    world.logs(0, 1, old.clone());
    world.logs(1, 1, old);
    world.stop(2, 1, vec![trace("START", 130, ""), trace("S11", 100, "Nacos started successfully in cluster mode.")]);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Healthy);
}

#[test]
fn three_restarts_that_nobody_ordered_are_flapping() {
    let mut world = World::new(3);
    let mut traces: Vec<StopTrace> = [400, 300, 200, 90].into_iter().map(|at| trace("START", at, "")).collect();
    traces.push(trace("S11", 60, "Nacos started successfully in cluster mode."));
    world.stop(2, 1, traces);
    assert_eq!(world.codes(), [r#"node.flapping["n3"]"#]);
    // Up for a while: a fault of now comes before it, and without one it is still told.
    let mut traces: Vec<StopTrace> = [600, 400, 200].into_iter().map(|at| trace("START", at, "")).collect();
    traces.push(trace("S11", 180, "Nacos started successfully in cluster mode."));
    world.stop(2, 1, traces);
    assert_eq!(world.codes(), [r#"node.flapping["n3"]"#]);
    let healthy = world.observations.clone();
    world.logs(1, 1, world.refused(0, 59));
    world.silent(0, 60, vec![trace("K01", 60, "Out of memory: Killed process 77 (java)")]);
    assert_eq!(world.codes(), [r#"node.oom_killed["n1"]"#, r#"node.flapping["n3"]"#]);
    world.observations = healthy;
    // Frozen after all that: what holds it now is the thing to fix.
    let mut traces: Vec<StopTrace> = [400, 300, 200, 90].into_iter().map(|at| trace("START", at, "")).collect();
    traces.push(trace("S11", 60, "Nacos started successfully in cluster mode."));
    world.stop(2, 30, traces);
    world.logs(2, 30, Vec::new());
    let name = world.name(2);
    let Some(Observed::Stop(seen)) = world.observations.seen.get_mut("node.stop").and_then(|seen| seen.get_mut(&name))
    else {
        panic!("no stop")
    };
    seen.process = Some(ProcessSeen {
        pid: 77,
        state: "T (stopped)".into(),
        started_at: None,
        command: Vec::new(),
        resident_bytes: None,
        files: None,
        blocked: None,
    });
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#]);
    // Stopped in an orderly way and started again: somebody is at work on it.
    let mut traces: Vec<StopTrace> = [400, 300, 200].into_iter().map(|at| trace("START", at, "")).collect();
    traces.push(trace("S06", 120, "Nacos GrpcSdkServer Rpc server stopping"));
    traces.push(trace("START", 90, ""));
    traces.push(trace("S11", 60, "Nacos started successfully in cluster mode."));
    world.stop(2, 1, traces);
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
    // Up for longer than between any two starts: that is over.
    let mut traces: Vec<StopTrace> = [700, 600, 500, 390].into_iter().map(|at| trace("START", at, "")).collect();
    traces.push(trace("S11", 360, "Nacos started successfully in cluster mode."));
    world.stop(2, 1, traces);
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
    // One that stayed up for long between two of them did not go down again and again.
    let mut traces: Vec<StopTrace> = [870, 200, 90].into_iter().map(|at| trace("START", at, "")).collect();
    traces.push(trace("S11", 60, "Nacos started successfully in cluster mode."));
    world.stop(2, 1, traces);
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
}

#[test]
fn a_process_that_has_only_just_begun_starts_whatever_its_old_logs_say() {
    let mut world = World::new(3);
    let up = vec![trace("S11", 400, "Nacos started successfully in cluster mode.")];
    world.stop(2, 12, up);
    world.logs(2, 12, Vec::new());
    world.logs(0, 1, world.refused(2, 12));
    world.logs(1, 1, world.refused(2, 12));
    let name = world.name(2);
    let began = |world: &mut World, ago_s: i64| {
        let seen = world.observations.seen.get_mut("node.stop").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::Stop(seen)) = seen else { panic!("no stop") };
        (seen.files_live, seen.process_table_seen) = (true, true);
        seen.process = Some(ProcessSeen {
            pid: 77,
            state: "S".into(),
            started_at: Some(ago(ago_s)),
            command: Vec::new(),
            resident_bytes: None,
            files: None,
            blocked: Some((0, 30)),
        });
    };
    began(&mut world, 4);
    assert_eq!(world.codes(), [r#"node.stuck_starting["n3"]"#]);
    assert_eq!(world.diagnose().causes[0].confidence, Confidence::Possible, "it may well come up");
    began(&mut world, 500);
    assert!(!world.codes().iter().any(|code| code.starts_with("node.stuck_starting")), "{:?}", world.codes());
}

#[test]
fn a_raft_log_that_was_not_read_to_its_end_tells_no_voters() {
    let mut world = World::new(3);
    let mut conf = hits("C34", None, Some("naming_persistent_service"), 600, 1000, "", "the first node was alone");
    conf.samples[0].captures.insert("conf".to_owned(), world.peer(0, -1000));
    world.logs(0, 1, vec![conf]);
    let logs = |world: &mut World, change: fn(&mut LogsSeen)| {
        let seen = world.seen_logs(0);
        seen.files[0].path = "logs/alipay-jraft.log".to_owned();
        change(seen);
    };
    logs(&mut world, |_| {});
    assert_eq!(world.codes(), ["raft.member_mismatch[]"]);
    logs(&mut world, |seen| seen.files[0].cut = Some("over_cap".into()));
    assert_eq!(world.codes(), ["raft.member_mismatch[]"], "what is missing is older");
    logs(&mut world, |seen| seen.files[0].cut = Some("deadline".into()));
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
    logs(&mut world, |seen| {
        seen.files[0].cut = None;
        seen.unreadable.push(("logs/protocol-raft.log".to_owned(), "timeout".into()));
    });
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
}

#[test]
fn ordered_restarts_and_a_first_start_are_not_flapping() {
    let mut world = World::new(3);
    let traces = vec![
        trace("START", 400, ""),
        trace("S06", 310, "Nacos GrpcSdkServer Rpc server stopping"),
        trace("START", 300, ""),
        trace("START", 200, ""),
        trace("S11", 160, "Nacos started successfully in cluster mode."),
    ];
    world.stop(2, 1, traces);
    assert!(world.diagnose().causes.iter().all(|cause| cause.code != Code::NodeFlapping));
}

#[test]
fn two_of_three_gone_is_a_lost_quorum_with_both_beside_it() {
    let mut world = World::new(3);
    world.silent(1, 60, Vec::new());
    world.silent(2, 60, Vec::new());
    let mut both = world.refused(1, 59);
    both.extend(world.refused(2, 59));
    world.logs(0, 1, both);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), ["cluster.quorum_lost[]", r#"node.killed["n2", "n3"]"#]);
    assert_eq!(diagnosis.health, Health::Down);
    assert_eq!(diagnosis.failure_tolerance, Some(0));
}

#[test]
fn one_of_two_gone_keeps_the_node_on_top() {
    let mut world = World::new(2);
    world.silent(1, 60, Vec::new());
    world.logs(0, 1, world.refused(1, 59));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.killed["n2"]"#]);
    assert!(diagnosis.causes[0].consequences.contains(&Code::ClusterQuorumLost));
    assert_eq!(diagnosis.health, Health::Down);
}

#[test]
fn five_nodes_with_names_and_other_ports() {
    let hosts = (1..=5).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 18_848);
    world.silent(3, 60, Vec::new());
    for observer in [0, 1, 2, 4] {
        world.logs(observer, 1, world.refused(3, 59));
    }
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.killed["n4"]"#]);
    assert_eq!(diagnosis.failure_tolerance, Some(1));
}

#[test]
fn a_living_node_that_nobody_reaches_is_isolated() {
    let mut world = World::new(3);
    world.logs(0, 1, world.timed_out(2, 60));
    world.logs(1, 1, world.timed_out(2, 60));
    let mut all = world.timed_out(0, 60);
    all.extend(world.timed_out(1, 60));
    world.logs(2, 1, all);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.isolated["n3"]"#]);
    assert_eq!(diagnosis.failure_tolerance, Some(0));
}

#[test]
fn links_are_told_apart() {
    let mut world = World::new(3);
    world.logs(0, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "timeout", "Waited 3000")]);
    assert_eq!(world.codes(), [r#"net.one_way["n1", "n3"]"#]);
    world.logs(1, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "refused", "Connection refused")]);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
    let mut world = World::new(3);
    world.logs(0, 1, vec![hits("C39", Some(world.peer(1, -1000)), Some("g"), 60, 10, "timeout", "DEADLINE_EXCEEDED")]);
    world.logs(1, 1, vec![hits("C31", Some(world.peer(0, -1000)), Some("g"), 60, 5, "timeout", "DEADLINE_EXCEEDED")]);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"raft.link_broken["n1", "n2"]"#]);
    assert_eq!(diagnosis.health, Health::Degraded);
}

#[test]
fn member_lists_that_say_up_are_outvoted_by_failed_reports() {
    let mut world = World::new(3);
    for index in 0..3 {
        world.cluster.nodes[index].api = Some(api(&format!("10.0.0.{}", index + 1)));
        let members = (0..3)
            .map(|peer| MemberSeen {
                address: world.peer(peer, 0),
                state: "UP".into(),
                version: Some("2.5.1".to_owned()),
                raft_port: None,
                last_refresh: None,
                fail_count: Some(if peer == 2 && index != 2 { 18 } else { 0 }),
                raft: Vec::new(),
            })
            .collect();
        let own = world.peer(index, 0);
        world.observations.put("node.view", world.name(index), Observed::View(view(own, members)));
    }
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
}

fn api(host: &str) -> ApiAddress {
    ApiAddress {
        scheme: "http".to_owned(),
        host: host.to_owned(),
        port: 8848,
        context_path: None,
        console_port: None,
        credential: None,
        trust: Trust::System,
    }
}

fn view(own: String, members: Vec<MemberSeen>) -> ViewSeen {
    ViewSeen {
        version: Some("2.5.1".to_owned()),
        context_path: Some("/nacos".to_owned()),
        api: Some("v1".to_owned()),
        self_address: Some(own),
        liveness: None,
        readiness: None,
        ready: Some(true),
        metrics: None,
        members,
        raft: Vec::new(),
        state: BTreeMap::new(),
        switches: BTreeMap::new(),
        services: BTreeMap::new(),
        failed: Vec::new(),
        gauges: None,
        at: Some(ago(0)),
        clock_offset_ms: Some(0),
        config_health: None,
    }
}

#[test]
fn ports_that_accept_while_http_is_silent_are_a_certain_hang() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    world.cluster.nodes[2].api = Some(api("10.0.0.3"));
    let port = |port: u16, role: PortRole| PortSeen {
        port,
        role,
        result: PortResult::Silent,
        tries: 2,
        ok: 0,
        elapsed_ms: 1000,
        detail: None,
    };
    let ports = vec![port(8848, PortRole::Main), port(9848, PortRole::ClientGrpc), port(9849, PortRole::ServerGrpc)];
    let seen = PortsSeen {
        from: "here".to_owned(),
        host: "10.0.0.3".to_owned(),
        ports,
        at: None,
        peers: Vec::new(),
        peers_missing: None,
    };
    world.observations.put("net.ports", world.name(2), Observed::Ports(seen));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Certain);
}

#[test]
fn a_kill_and_a_drift_stand_side_by_side() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    let mut members: Vec<String> = (0..3).map(|index| world.peer(index, 0)).collect();
    members.push("10.0.0.9:8848".to_owned());
    world.conf(1, &members);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#, r#"config.cluster_conf_drift["n2"]"#]);
}

#[test]
fn a_bad_line_explains_its_own_drift() {
    let mut world = World::new(3);
    let Some(Observed::ClusterConf(conf)) = world
        .observations
        .seen
        .get_mut("config.cluster_conf")
        .and_then(|seen| seen.get_mut(&NodeName("n2".to_owned())))
    else {
        panic!("there is a cluster.conf")
    };
    conf.members.pop();
    conf.rejected = true;
    conf.problems.push(ConfProblem {
        line: 3,
        text: "10.0.0.9:8848?raft_port=1".to_owned(),
        kind: "malformed".into(),
        message: Message::new("x"),
    });
    assert_eq!(world.codes(), [r#"config.cluster_conf_malformed["n2"]"#]);
}

#[test]
fn a_copy_that_was_taken_earlier_is_no_stop_and_no_all_clear() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
}

#[test]
fn the_restart_gate_says_no_while_one_is_down() {
    let mut world = World::new(3);
    let at = Timestamp::from_millis(AT);
    let gate = |world: &World| {
        let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
        views::restart_gate(&model, &NodeName("n1".to_owned()))
    };
    assert!(gate(&world).allowed);
    world.silent(2, 60, Vec::new());
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    let no = gate(&world);
    assert!(!no.allowed);
    assert!(no.reasons.iter().any(|reason| reason.key == "gate-quorum-would-be-lost"));
}

/// A node with an address that answers over HTTP and on every port.
fn answering(world: &mut World, index: usize) {
    let host = world.hosts[index].clone();
    world.cluster.nodes[index].api = Some(api(&host));
    let roles =
        [(8848, PortRole::Main), (9848, PortRole::ClientGrpc), (9849, PortRole::ServerGrpc), (7848, PortRole::Raft)];
    let ports = roles.map(|(port, role)| port_seen(port, role, PortResult::Open, 3)).to_vec();
    world.observations.put(
        "net.ports",
        world.name(index),
        Observed::Ports(PortsSeen {
            from: "here".to_owned(),
            host,
            ports,
            at: Some(ago(0)),
            peers: Vec::new(),
            peers_missing: None,
        }),
    );
    let members = (0..world.hosts.len()).map(|peer| member(world.peer(peer, 0), 1)).collect();
    let own = world.peer(index, 0);
    world.observations.put("node.view", world.name(index), Observed::View(view(own, members)));
}

fn port_seen(port: u16, role: PortRole, result: PortResult, elapsed_ms: u64) -> PortSeen {
    PortSeen {
        port,
        role,
        result,
        tries: 3,
        ok: if result == PortResult::Open { 3 } else { 0 },
        elapsed_ms,
        detail: None,
    }
}

fn member(address: String, reported_s: i64) -> MemberSeen {
    MemberSeen {
        address,
        state: "UP".into(),
        version: Some("2.5.1".to_owned()),
        raft_port: Some(7848),
        last_refresh: Some(ago(reported_s)),
        fail_count: Some(0),
        raft: Vec::new(),
    }
}

fn set_port(world: &mut World, index: usize, role: PortRole, result: PortResult, elapsed_ms: u64) {
    let name = world.name(index);
    let seen = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name));
    let Some(Observed::Ports(seen)) = seen else { panic!("no ports of {name}") };
    for port in seen.ports.iter_mut().filter(|port| port.role == role) {
        *port = port_seen(port.port, role, result, elapsed_ms);
    }
}

#[test]
fn a_text_never_has_an_empty_list_of_nodes() {
    let mut world = World::new(3);
    world.silent(1, 60, Vec::new());
    world.silent(2, 60, Vec::new());
    let mut both = world.refused(1, 59);
    both.extend(world.refused(2, 59));
    world.logs(0, 1, both);
    for cause in world.diagnose().causes {
        let texts = cause.impact.iter().chain(&cause.action).chain(&cause.do_not).chain([&cause.summary]);
        for text in texts {
            assert!(text.args.values().all(|value| !value.is_empty()), "{}: {:?}", cause.code, text);
        }
    }
}

#[test]
fn a_port_that_is_closed_from_here_too_is_blocked_and_not_one_way() {
    let mut world = World::new(3);
    (0..3).for_each(|index| answering(&mut world, index));
    world.logs(0, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "refused", "Connection refused")]);
    assert_eq!(world.codes(), [r#"net.one_way["n1", "n3"]"#]);
    set_port(&mut world, 2, PortRole::ClientGrpc, PortResult::Reset, 2);
    set_port(&mut world, 2, PortRole::ServerGrpc, PortResult::Reset, 2);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
}

#[test]
fn in_copies_a_node_that_writes_nothing_since_is_silent_and_no_link() {
    let mut world = World::new(3);
    world.silent(2, 3, Vec::new());
    world.logs(0, 0, vec![hits("C21", Some(world.peer(2, 1001)), None, 2, 1, "refused", "Connection refused")]);
    world.logs(1, 0, vec![hits("C21", Some(world.peer(2, 1001)), None, 2, 1, "refused", "Connection refused")]);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Possible);
    // Only one of two misses it: nothing is claimed, and nothing is called healthy.
    world.logs(1, 0, Vec::new());
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-link-or-node"));
}

#[test]
fn attempts_that_began_while_the_node_still_wrote_say_nothing_of_its_silence() {
    let mut world = World::new(3);
    world.silent(2, 3, Vec::new());
    let waited = |world: &World, ended_s: i64| {
        vec![hits("C39", Some(world.peer(2, -1000)), Some("g"), ended_s, 4, "timeout", "DEADLINE_EXCEEDED after 2.5 s")]
    };
    for observer in 0..2 {
        // All of them within the moment in which the node wrote its last line.
        let mut one = waited(&world, 3);
        one[0].last = Some(ago(2));
        one[0].times = vec![ago(3), ago(2)];
        world.logs(observer, 0, one);
    }
    assert_eq!(world.codes(), Vec::<String>::new());
    world.silent(2, 6, Vec::new());
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#], "half a minute later they would count");
}

#[test]
fn one_moment_of_time_outs_is_no_cut_port_yet() {
    let mut world = World::new(3);
    let groups = |world: &World, last_s: i64, step_s: i64| {
        let to = |group: &str| {
            hits(
                "C39",
                Some(world.peer(1, -1000)),
                Some(group),
                last_s,
                step_s,
                "timeout",
                "DEADLINE_EXCEEDED after 2.5 s",
            )
        };
        let mut both = vec![to("a"), to("b")];
        for one in &mut both {
            one.times.truncate(1);
            one.last = one.first;
        }
        both
    };
    let once = groups(&world, 12, 3);
    world.logs(0, 1, once.clone());
    let diagnosis = world.diagnose();
    let [cause] = diagnosis.causes.as_slice() else { panic!("{:?}", diagnosis.causes) };
    assert_eq!((cause.code, cause.confidence), (Code::RaftLinkBroken, Confidence::Possible));
    assert_eq!(cause.summary.key, "cause-link-burst");
    assert!(diagnosis.findings.iter().all(|one| one.outcome < Outcome::Fail), "{:?}", diagnosis.findings);

    let mut again = once;
    again.extend(groups(&world, 4, 3));
    world.logs(0, 1, again);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Certain, "they go on");

    // The node that is complained about fell behind with its own beat around both.
    let Some(Observed::Logs(logs)) = world.observations.get("logs.signatures", &world.name(1)) else {
        panic!("no logs")
    };
    let mut logs = logs.clone();
    logs.stalls = vec![(ago(17), ago(11)), (ago(8), ago(3))];
    let name = world.name(1);
    world.observations.put("logs.signatures", name, Observed::Logs(logs));
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Possible, "{:?}", diagnosis.causes);
}

#[test]
fn logs_that_end_in_a_start_tell_neither_killed_nor_hung() {
    let mut world = World::new(3);
    world.silent(2, 60, vec![trace("START", 66, "")]);
    world.logs(0, 1, world.refused(2, 300));
    world.logs(1, 1, world.refused(2, 300));
    let diagnosis = world.diagnose();
    let top = &diagnosis.causes[0];
    assert_eq!((top.code, top.confidence), (Code::NodeStuckStarting, Confidence::Possible), "{:?}", diagnosis.causes);
    assert_eq!(top.summary.key, "cause-node-start-broke-off");
    // Once it was up, the same refusals are those of a killed node.
    let started = vec![trace("START", 90, ""), trace("S11", 80, "Nacos started successfully in cluster mode.")];
    world.silent(2, 60, started);
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
}

#[test]
fn a_majority_is_no_more_surely_lost_than_the_nodes_that_it_takes() {
    let mut world = World::new(3);
    world.silent(1, 1700, Vec::new());
    world.silent(2, 1700, Vec::new());
    let both_silent = world.diagnose();
    let lost = &both_silent.causes[0];
    assert_eq!((lost.code, lost.confidence), (Code::ClusterQuorumLost, Confidence::Possible));
    let mut both = world.refused(1, 1699);
    both.extend(world.refused(2, 1699));
    world.logs(0, 1, both);
    let refused = world.diagnose();
    assert_eq!((refused.causes[0].code, refused.causes[0].confidence), (Code::ClusterQuorumLost, Confidence::Certain));
}

#[test]
fn stamps_that_were_brought_to_one_clock_are_not_corrected_again() {
    let mut world = World::new(3);
    for index in 0..3 {
        let ahead_ms = if index == 2 { 600_000 } else { 0 };
        let name = world.name(index);
        let Some(Observed::Logs(logs)) = world.observations.get("logs.signatures", &name) else { panic!("no logs") };
        let mut logs = logs.clone();
        logs.last_stamp = logs.last_stamp.map(|stamp| stamp.plus_millis(ahead_ms));
        logs.last_heartbeat = logs.last_stamp;
        logs.clock_offset_ms = Some(ahead_ms);
        world.observations.put("logs.signatures", name, Observed::Logs(logs.aligned(ahead_ms)));
    }
    assert_eq!(world.codes(), [r#"clock.skew["n3"]"#], "and it is not called dead");
}

#[test]
fn probes_that_ran_out_of_time_beside_late_answers_prove_nothing() {
    let mut world = World::new(3);
    (0..3).for_each(|index| answering(&mut world, index));
    set_port(&mut world, 2, PortRole::ClientGrpc, PortResult::Silent, 2900);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
    set_port(&mut world, 2, PortRole::Main, PortResult::Open, 1800);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
}

#[test]
fn a_dead_voter_outside_the_inventory_is_a_node_and_no_ghost() {
    let mut world = World::new(2);
    let all: Vec<String> = ["10.0.0.1:8848", "10.0.0.2:8848", "10.0.0.3:8848"].map(str::to_owned).to_vec();
    for index in 0..2 {
        world.conf(index, &all);
        world.logs(
            index,
            1,
            vec![hits("C21", Some("10.0.0.3:9849".to_owned()), None, 60, 3, "refused", "Connection refused")],
        );
    }
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.unreachable["10.0.0.3:8848"]"#]);
    assert_eq!(diagnosis.failure_tolerance, Some(0));
    for index in 0..2 {
        let gone = vec![hits("C21", Some("10.0.0.3:9849".to_owned()), None, 60, 3, "no_route", "No route to host")];
        world.logs(index, 1, gone);
    }
    assert_eq!(world.codes(), [r#"members.ghost["10.0.0.3:8848"]"#]);
}

/// A cluster of three of which only API and ports are seen; every group is led by the first node, storage is embedded.
fn api_only() -> World {
    let mut world = World::new(3);
    world.observations = Observations::default();
    for index in 0..3 {
        answering(&mut world, index);
        world.cluster.nodes[index].files = FileSource::None;
        let groups = [("nacos_config", 0), ("naming_service_metadata", 0)];
        set_view(&mut world, index, |world, view| {
            view.liveness = Some(http("/liveness", Some(200), 20));
            view.readiness = Some(http("/readiness", Some(200), 40));
            view.raft = groups.map(|(group, leader)| raft_group(world, group, leader)).to_vec();
        });
    }
    world
}

fn raft_group(world: &World, group: &str, leader: usize) -> RaftGroupSeen {
    RaftGroupSeen {
        group: group.to_owned(),
        leader: Some(world.peer(leader, -1000)),
        term: Some(3),
        members: (0..3).map(|peer| world.peer(peer, -1000)).collect(),
        error: None,
    }
}

fn http(path: &str, status: Option<u16>, elapsed_ms: u64) -> HttpSeen {
    let failure = status.is_none().then_some(Failure::Timeout);
    HttpSeen { path: path.to_owned(), status, body: String::new(), failure, elapsed_ms }
}

fn set_view(world: &mut World, index: usize, change: impl FnOnce(&World, &mut ViewSeen)) {
    let name = world.name(index);
    let Some(Observed::View(mut view)) = world.observations.get("node.view", &name).cloned() else { panic!("no view") };
    change(world, &mut view);
    world.observations.put("node.view", name, Observed::View(view));
}

#[test]
fn the_api_alone_can_show_health_where_it_vouches_for_every_raft_link() {
    let world = api_only();
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!((diagnosis.health, diagnosis.failure_tolerance), (Health::Healthy, Some(1)));
    assert!(!diagnosis.could_not_run.is_empty(), "logs and files were not seen");

    // A group that another node leads: nothing shows that its followers reach it.
    let mut world = api_only();
    for index in 0..3 {
        set_view(&mut world, index, |world, view| view.raft[1] = raft_group(world, "naming_service_metadata", 2));
    }
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty());
    assert_eq!(diagnosis.health, Health::Unknown);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-raft-link-unseen"));
}

/// Makes all nodes nodes of that version, with the ports that it has.
fn of_version(world: &mut World, version: &str) {
    for index in 0..world.hosts.len() {
        set_view(world, index, |_, view| {
            view.version = Some(version.to_owned());
            view.members.iter_mut().for_each(|member| member.version = Some(version.to_owned()));
        });
        let listens_on = crate::nacos::ports::roles(Some(version));
        let name = world.name(index);
        let seen = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::Ports(seen)) = seen else { panic!("no ports of {name}") };
        seen.ports.retain(|port| listens_on.contains(&port.role));
    }
}

#[test]
fn a_version_without_grpc_is_healthy_on_its_two_ports_and_never_blocked_there() {
    let mut world = api_only();
    of_version(&mut world, "1.4.7");
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Healthy);

    // Its own version was asked too late, and the ports that it never had refuse: its peers tell what it is.
    let mut world = api_only();
    of_version(&mut world, "1.4.7");
    set_view(&mut world, 2, |_, view| view.version = None);
    let name = world.name(2);
    let seen = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name));
    let Some(Observed::Ports(seen)) = seen else { panic!("no ports of {name}") };
    for (port, role) in [(9848, PortRole::ClientGrpc), (9849, PortRole::ServerGrpc)] {
        seen.ports.push(port_seen(port, role, PortResult::Refused, 1));
    }
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());

    // Its Raft port still counts.
    set_port(&mut world, 2, PortRole::Raft, PortResult::Refused, 1);
    assert_eq!(world.codes(), [r#"raft.link_broken["n3"]"#]);
}

#[test]
fn reports_that_fail_are_a_matter_of_the_port_they_travel_over() {
    for (version, expected) in [
        ("1.4.7", "net.port_blocked"),
        ("2.0.4", "net.port_blocked"),
        ("2.2.3", "net.grpc_blocked"),
        ("2.5.1", "net.grpc_blocked"),
    ] {
        let mut world = api_only();
        of_version(&mut world, version);
        for index in 0..2 {
            set_view(&mut world, index, |_, view| {
                view.members[2].state = "DOWN".into();
                view.members[2].fail_count = Some(20);
            });
        }
        assert_eq!(world.codes(), [format!(r#"{expected}["n3"]"#)], "{version}");
    }
}

#[test]
fn what_the_api_does_not_show_is_no_all_clear() {
    let changes: [fn(&mut ViewSeen); 5] = [
        |view| view.raft.clear(),
        |view| view.raft[0].term = Some(4),
        |view| view.members[0].last_refresh = None,
        |view| view.ready = None,
        |view| view.members.truncate(2),
    ];
    for change in changes {
        let mut world = api_only();
        set_view(&mut world, 1, |_, view| change(view));
        assert_ne!(world.diagnose().health, Health::Healthy);
    }
    let mut world = api_only();
    world.observations.seen.remove("net.ports");
    assert_eq!(world.diagnose().health, Health::Unknown);
}

#[test]
fn a_follower_whose_readiness_is_silent_is_cut_from_the_leader() {
    let mut world = api_only();
    set_view(&mut world, 1, |_, view| {
        view.ready = None;
        view.readiness = Some(http("/readiness", None, 3000));
    });
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"raft.link_broken["n1", "n2"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Likely);
    assert_eq!(diagnosis.health, Health::Degraded);
    // If its other answers are late too, the node or this machine is slow: nothing is claimed.
    set_view(&mut world, 1, |_, view| view.liveness = Some(http("/liveness", Some(200), 1700)));
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty());
    assert_eq!(diagnosis.health, Health::Unknown);
}

#[test]
fn complaints_that_ended_before_the_port_was_seen_to_pass_are_history() {
    let mut world = World::new(3);
    (0..3).for_each(|index| answering(&mut world, index));
    let mut lines = hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "refused", "Connection refused");
    lines.times.retain(|time| *time <= ago(30));
    (lines.last, lines.count) = (Some(ago(30)), lines.times.len() as u64);
    world.logs(0, 30, vec![lines.clone()]);
    world.logs(1, 30, vec![lines.clone()]);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    // The same lines with no later word: they stand.
    for index in 0..3 {
        let name = world.name(index);
        world.observations.seen.get_mut("net.ports").expect("ports").remove(&name);
        set_view(&mut world, index, |_, view| view.at = Some(ago(30)));
    }
    assert!(!world.diagnose().causes.is_empty());
}

fn unknown(since_s: i64, times: usize, level: &str, text: &str) -> SignatureHits {
    let mut seen = hits("U:0badcafe", None, None, since_s, (since_s / times as i64).max(1), "", text);
    seen.level = level.to_owned();
    seen
}

fn set_unknown(world: &mut World, index: usize, unknown: Vec<SignatureHits>) {
    let name = world.name(index);
    let Some(Observed::Logs(mut logs)) = world.observations.get("logs.signatures", &name).cloned() else {
        panic!("no logs")
    };
    logs.unknown = unknown;
    world.observations.put("logs.signatures", name, Observed::Logs(logs));
}

#[test]
fn an_unknown_shape_is_told_and_is_no_fault() {
    let mut world = World::new(3);
    set_unknown(&mut world, 1, vec![unknown(600, 2, "WARN", "2026-11-22 16:00:00,000 WARN The frobnicator wobbles")]);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.health, Health::Healthy);
    let told = diagnosis.findings.iter().find(|one| one.code == Code::LogsErrors).expect("a finding");
    assert_eq!((told.outcome, told.summary.key.as_str()), (Outcome::Advice, "finding-logs-strange"));
    set_unknown(&mut world, 1, vec![unknown(600, 2, "WARN", "WARN Recommended use 'nacos.remote.x' property instead")]);
    assert!(world.diagnose().findings.is_empty(), "noise of healthy clusters");
}

#[test]
fn the_first_error_before_a_silence_is_shown() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    let mut first = unknown(70, 1, "ERROR", "2026-11-22 16:00:00,000 ERROR GC overhead makes me slow");
    first.samples.truncate(1);
    set_unknown(&mut world, 2, vec![first, unknown(400, 1, "ERROR", "ERROR long ago")]);
    world.logs(0, 1, world.refused(2, 59));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    let told = diagnosis.findings.iter().find(|one| one.summary.key == "finding-logs-last-words").expect("last words");
    assert!(told.evidence[0].text.contains("GC overhead"), "{:?}", told.evidence);
    assert_eq!(told.summary.args["seconds"], "10");
}

#[test]
fn a_start_without_a_leader_names_the_others() {
    let mut world = World::new(3);
    let text = "Nacos Server did not start because dumpservice bean construction failure :\nerrCode: 500, errMsg: \
                ConsistencyException: The Raft Group [nacos_config] did not find the Leader node";
    let traces = vec![trace("START", 100, ""), trace("C131", 71, text), trace("S10", 70, "Startup errors : ")];
    world.silent(2, 69, traces);
    world.logs(0, 1, world.refused(2, 200));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    assert_eq!(diagnosis.causes[0].summary.key, "cause-node-start-no-leader");
    assert!(diagnosis.causes[0].action.iter().any(|text| text.key == "action-quorum-then-start"));
}

#[test]
fn what_a_node_measures_of_itself_shows_a_full_disk_and_a_storm() {
    let mut world = api_only();
    assert_eq!(world.diagnose().health, Health::Healthy);
    let name = world.name(1);
    let gauge = |world: &mut World, gauges: GaugesSeen| {
        let seen = world.observations.seen.get_mut("node.view").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::View(view)) = seen else { panic!("no view") };
        view.gauges = Some(gauges);
    };
    let disk = |bytes: u64| GaugesSeen {
        disk_free_bytes: Some(bytes),
        disk_path: Some("/home/nacos/.".to_owned()),
        ..GaugesSeen::default()
    };
    gauge(&mut world, disk(5 << 30));
    assert_eq!(world.diagnose().health, Health::Healthy);
    gauge(&mut world, disk(4096));
    assert_eq!(world.codes(), [r#"node.disk_full["n2"]"#]);
    let storm = |overhead: f64, full: f64| GaugesSeen {
        gc_overhead: Some(overhead),
        heap_after_gc: Some(full),
        ..GaugesSeen::default()
    };
    gauge(&mut world, storm(0.7, 0.97));
    assert_eq!(world.codes(), [r#"node.hung["n2"]"#]);
    // Much work for the collector that frees enough, and a full heap that costs nothing, are none.
    for (overhead, full) in [(0.7, 0.4), (0.1, 0.99)] {
        gauge(&mut world, storm(overhead, full));
        assert_eq!(world.diagnose().health, Health::Healthy);
    }
}

#[test]
fn copies_whose_last_lines_miss_a_node_are_no_all_clear() {
    let mut world = World::new(3);
    assert_eq!(world.diagnose().health, Health::Healthy);
    let missed = |world: &World, ago_s: i64| {
        vec![hits("C01", Some(world.peer(2, 0)), None, ago_s, 100, "", "report the metadata to the unhealthy node")]
    };
    world.logs(0, 1, missed(&world, 3));
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.causes.len()), (Health::Unknown, 0), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-missed-at-end"));
    world.logs(0, 1, missed(&world, 60));
    assert_eq!(world.diagnose().health, Health::Healthy, "it is over");
    // What answers is there, whatever was written a moment ago.
    world.logs(0, 1, missed(&world, 3));
    (0..3).for_each(|index| answering(&mut world, index));
    assert_eq!(world.diagnose().health, Health::Healthy);
}

#[test]
fn a_node_whose_threads_wait_for_the_disk_hangs_though_it_answers() {
    let mut world = World::new(3);
    world.stop(2, 40, Vec::new());
    world.logs(2, 40, Vec::new());
    answering(&mut world, 2);
    let name = world.name(2);
    let set = |world: &mut World, blocked: Option<(u64, u64)>| {
        let seen = world.observations.seen.get_mut("node.stop").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::Stop(seen)) = seen else { panic!("no stop") };
        seen.files_live = true;
        seen.process = Some(ProcessSeen {
            pid: 77,
            state: "S".into(),
            started_at: None,
            command: Vec::new(),
            resident_bytes: None,
            files: None,
            blocked,
        });
    };
    set(&mut world, Some((3, 210)));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#]);
    let cause = &diagnosis.causes[0];
    assert_eq!((cause.summary.key.as_str(), cause.confidence), ("cause-node-hung-disk", Confidence::Certain));
    assert!(cause.action.iter().any(|text| text.key == "action-storage"));
    set(&mut world, Some((1, 210)));
    assert_eq!(world.diagnose().causes[0].confidence, Confidence::Likely, "one may just have been writing");
    // Logs that stop by themselves, and threads that write while the logs go on, are none.
    set(&mut world, Some((0, 210)));
    assert!(!world.codes().iter().any(|code| code.starts_with("node.hung")));
    world.stop(2, 1, Vec::new());
    world.logs(2, 1, Vec::new());
    set(&mut world, Some((3, 210)));
    assert_eq!(world.diagnose().health, Health::Healthy);
}

#[test]
fn full_collections_without_end_are_a_storm() {
    let mut world = World::new(3);
    let line =
        "[2026-11-22T16:51:33.191+0000][gc] GC(1255) Pause Full (G1 Compaction Pause) 1998M->1997M(2048M) 4217.212ms";
    world.logs(2, 1, vec![hits("C106", None, None, 55, 5, "", line)]);
    let diagnosis = world.diagnose();
    let found = diagnosis.findings.iter().find(|one| one.code == Code::NodeHung).expect("a storm");
    assert_eq!((found.outcome, found.summary.key.as_str()), (Outcome::Warn, "finding-node-gc-storm"));
    // The same node, silent with open ports.
    world.silent(2, 60, Vec::new());
    world.logs(2, 60, vec![hits("C106", None, None, 115, 5, "", line)]);
    answering(&mut world, 2);
    let name = world.name(2);
    world.observations.seen.get_mut("node.view").expect("views").remove(&name);
    for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        set_port(&mut world, 2, role, PortResult::Silent, 1000);
    }
    let diagnosis = world.diagnose();
    let found = diagnosis.findings.iter().find(|one| one.summary.key == "finding-node-hung-gc");
    assert!(found.is_some(), "{:?}", diagnosis.causes);
    // One or two are no storm.
    let mut world = World::new(3);
    world.logs(2, 1, vec![hits("C106", None, None, 50, 25, "", line)]);
    assert_eq!(world.diagnose().health, Health::Healthy);
}

#[test]
fn a_kernel_line_long_after_the_end_is_about_something_else() {
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 1600));
    world.silent(2, 1600, vec![trace("K01", 1598, "Out of memory: Killed process 77 (java)")]);
    assert_eq!(world.codes(), [r#"node.oom_killed["n3"]"#]);
    world.silent(2, 1600, vec![trace("K01", 60, "Out of memory: Killed process 99 (java)")]);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
}

#[test]
fn a_start_that_fails_for_its_settings_says_so() {
    for (text, code, key) in [
        (
            "Caused by: java.lang.IllegalArgumentException: the length of secret key must great than or equal 32 bytes",
            Code::NodeStartFailed,
            "finding-node-start-failed-config",
        ),
        (
            "Caused by: IllegalArgumentException: Could not resolve placeholder 'db.num' in value",
            Code::NodeStartFailed,
            "finding-node-start-failed-config",
        ),
        (
            "Caused by: java.io.IOException: Failed to bind to address 0.0.0.0/0.0.0.0:9848",
            Code::NodeStartFailed,
            "finding-node-start-failed-port",
        ),
        ("Caused by: java.lang.OutOfMemoryError: Java heap space", Code::NodeOomJava, "finding-node-oom-java-start"),
    ] {
        let mut world = World::new(3);
        world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, &format!("Startup errors : \n{text}"))]);
        let diagnosis = world.diagnose();
        let found = diagnosis.findings.iter().find(|one| one.code == code).expect("a failed start");
        assert_eq!(found.summary.key, key);
    }
}

#[test]
fn a_torn_raft_file_that_names_an_absurd_length_is_no_small_heap() {
    let mut world = World::new(3);
    let error = "java.lang.OutOfMemoryError: Java heap space";
    let text = format!("{error}\n\tat com.alipay.sofa.jraft.storage.io.ProtoBufFile.load(ProtoBufFile.java:75)");
    world.silent(
        2,
        69,
        vec![
            trace("START", 100, ""),
            trace("C98", 71, error),
            trace("C132", 70, &text),
            trace("S10", 70, "Startup errors : "),
        ],
    );
    let diagnosis = world.diagnose();
    assert!(!diagnosis.causes.iter().any(|cause| cause.code == Code::NodeOomJava), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.causes[0].code, Code::RaftStorageCorrupt);
}

#[test]
fn a_disk_without_room_explains_a_silent_end_and_a_roomy_one_does_not() {
    let said = |free: u64| {
        let mut world = World::new(3);
        world.logs(0, 1, world.refused(2, 59));
        world.silent(2, 60, vec![]);
        let name = world.name(2);
        let Some(Observed::Stop(stop)) = world.observations.get("node.stop", &name).cloned() else { panic!("a stop") };
        world.observations.put("node.stop", name, Observed::Stop(StopSeen { disk_free_bytes: Some(free), ..stop }));
        let cause = world.diagnose().causes.first().cloned().expect("a cause");
        (cause.code, cause.confidence)
    };
    assert_eq!(said(4096), (Code::NodeDiskFull, Confidence::Likely));
    assert_ne!(said(4096 << 20).0, Code::NodeDiskFull);
}

#[test]
fn java_that_refuses_is_a_failed_start_and_a_node_that_writes_on_is_none() {
    let refused = || {
        let mut refused = trace("C133", 0, "Error: Unable to access jarfile /opt/nacos/target/nacos-server.jar");
        refused.at = None;
        refused.path = "logs/start.out".to_owned();
        refused
    };
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 59));
    let mut traces = clean(70);
    traces.push(refused());
    world.silent(2, 69, traces);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].code, Code::NodeStartFailed);
    assert!(diagnosis.findings.iter().any(|one| one.summary.key == "finding-node-start-failed-jvm"));
    let mut world = World::new(3);
    world.stop(2, 1, vec![refused()]);
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
}

#[test]
fn a_start_with_a_full_heap_is_short_of_memory() {
    let said = |text: &str| {
        let mut world = World::new(3);
        world.stop(2, 1, vec![trace("START", 60, "")]);
        world.logs(2, 1, vec![hits("C106", None, None, 50, 5, "", text)]);
        world.logs(0, 1, world.refused(2, 40));
        world.diagnose().causes.first().map(|cause| (cause.code, cause.confidence))
    };
    let full = "[2026-11-23T03:07:54.783+0000][gc] GC(636) Pause Full (G1 Compaction Pause) 38M->37M(40M) 99.200ms";
    assert_eq!(said(full), Some((Code::NodeOomJava, Confidence::Likely)));
    assert_eq!(said(&full.replace("37M(40M)", "12M(40M)")).map(|said| said.0), Some(Code::NodeStuckStarting));
    assert_eq!(
        said(&full.replace("G1 Compaction Pause", "System.gc()")).map(|said| said.0),
        Some(Code::NodeStuckStarting)
    );
}

#[test]
fn a_node_whose_end_was_not_read_is_not_called_killed() {
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 59));
    world.silent(2, 60, vec![]);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    let name = world.name(2);
    world.observations.seen.get_mut("node.stop").expect("stops").remove(&name);
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.causes[0].code, diagnosis.causes[0].confidence), (Code::NodeUnreachable, Confidence::Likely));
}

#[test]
fn ports_that_speak_are_no_hang_where_the_api_was_not_asked_in_time() {
    let mut world = api_only();
    let name = world.name(2);
    world.observations.seen.get_mut("node.view").expect("views").remove(&name);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
}

#[test]
fn a_node_that_does_not_list_a_member_owes_it_no_report() {
    let overdue = |leaves_out: bool| {
        let mut world = api_only();
        let (n2, n3) = (world.peer(1, 0), world.peer(2, 0));
        let late = ago(90);
        set_view(&mut world, 2, |_, view| {
            view.members.iter_mut().filter(|member| member.address == n2).for_each(|one| one.last_refresh = Some(late));
        });
        if leaves_out {
            set_view(&mut world, 1, |_, view| view.members.retain(|member| member.address != n3));
        }
        world.codes()
    };
    assert!(overdue(false).iter().any(|code| code.starts_with("net.")), "{:?}", overdue(false));
    let codes = overdue(true);
    assert!(codes.iter().any(|code| code.starts_with("members.disagree")), "{codes:?}");
    assert!(!codes.iter().any(|code| code.starts_with("net.")), "{codes:?}");
}

#[test]
fn a_database_that_all_miss_is_the_reason_of_the_lost_majority() {
    let mut world = World::new(3);
    let failed = || {
        let text = "Startup errors : \nCaused by: com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure";
        vec![trace("START", 100, ""), trace("S10", 70, text)]
    };
    (0..3).for_each(|index| world.silent(index, 69, failed()));
    assert_eq!(world.codes(), [r#"db.unreachable["n1", "n2", "n3"]"#]);
    // One of them was stopped: there are two things to fix.
    world.silent(1, 69, clean(69));
    assert_eq!(world.codes()[0], "cluster.quorum_lost[]", "{:?}", world.codes());
}

#[test]
fn a_standalone_node_among_others_is_told() {
    let mut world = api_only();
    set_view(&mut world, 1, |_, view| {
        view.state.insert("startup_mode".to_owned(), "standalone".to_owned());
    });
    assert!(world.codes().contains(&r#"config.flags_drift["n2"]"#.to_owned()));
}

#[test]
fn a_name_that_does_not_resolve_is_no_broken_link() {
    let hosts = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    let text = "java.net.UnknownHostException: nacos-3.nacos";
    world.logs(0, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "dns", text)]);
    assert_eq!(world.codes(), [r#"net.dns["n1"]"#]);
    let mut world = World::new(3);
    world.logs(0, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "timeout", "Waited 3000")]);
    assert_eq!(world.codes(), [r#"net.one_way["n1", "n3"]"#], "addresses in digits need no name server");
}

#[test]
fn http_in_place_of_grpc_is_a_proxy() {
    let mut world = api_only();
    set_port(&mut world, 1, PortRole::ClientGrpc, PortResult::WrongProtocol, 3);
    assert!(world.diagnose().causes.is_empty(), "some other protocol, TLS for example, is not a fault");
    let name = world.name(1);
    let Some(Observed::Ports(seen)) = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name))
    else {
        panic!("no ports")
    };
    seen.ports[1].detail = Some("answered HTTP/1".to_owned());
    assert_eq!(world.codes(), [r#"door.grpc_not_forwarded["n2"]"#]);
}

#[test]
fn a_log_that_was_not_read_to_its_end_is_no_word_about_a_link() {
    let mut world = World::new(3);
    let lines = vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "refused", "Connection refused")];
    world.logs(0, 1, lines.clone());
    world.logs(1, 1, lines);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
    // The second is what older versions stored.
    for cut in [CutReason::Deadline, CutReason::from("no answer within 0 ms")] {
        for index in 0..2 {
            let name = world.name(index);
            let logs = world.observations.get("logs.signatures", &name).cloned();
            let Some(Observed::Logs(mut logs)) = logs else { panic!("logs") };
            logs.files[0].cut = Some(cut.clone());
            world.observations.put("logs.signatures", name, Observed::Logs(logs));
        }
        let diagnosis = world.diagnose();
        assert!(diagnosis.causes.is_empty(), "{cut}: {:?}", diagnosis.causes);
        assert_eq!(diagnosis.health, Health::Unknown, "{cut}");
    }
    let at = Timestamp::from_millis(AT);
    let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
    let complained = views::port_matrix(&model).into_iter().flat_map(|row| row.cells);
    assert!(
        complained
            .into_iter()
            .all(|cell| cell.state == views::CellState::Unknown || cell.state == views::CellState::NoComplaint)
    );
}

#[test]
fn two_broken_raft_links_are_no_isolation() {
    let raft = |world: &World, of: usize| {
        let port = world.peer(of, -1000);
        vec![hits("C39", Some(port), Some("g"), 60, 5, "timeout", "DEADLINE_EXCEEDED")]
    };
    let mut world = World::new(3);
    let about_middle = raft(&world, 1);
    let both = [raft(&world, 0), raft(&world, 2)].concat();
    world.logs(0, 1, about_middle.clone());
    world.logs(1, 1, both);
    world.logs(2, 1, about_middle);
    assert_eq!(world.codes(), [r#"raft.link_broken["n1", "n2", "n3"]"#]);
}

#[test]
fn how_a_node_ended_is_left_open_where_no_file_of_it_was_seen() {
    let mut world = api_only();
    for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        set_port(&mut world, 2, role, PortResult::Refused, 1);
    }
    set_view(&mut world, 2, |_, view| {
        let refused = HttpSeen { failure: Some(Failure::Refused), ..http("/liveness", None, 1) };
        *view = ViewSeen { liveness: Some(refused), ..ViewSeen::default() };
    });
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.unreachable["n3"]"#]);
    assert_eq!(diagnosis.causes[0].summary.key, "cause-node-gone");
    assert_eq!(diagnosis.causes[0].action[0].key, "action-front-door");
    assert_eq!(diagnosis.health, Health::Degraded);
}

/// Lets a node probe another one from its own network: all ports pass but those named.
fn probes_from(world: &mut World, from: usize, to: usize, wrong: &[(PortRole, PortResult, u8)]) {
    let roles =
        [(8848, PortRole::Main), (9848, PortRole::ClientGrpc), (9849, PortRole::ServerGrpc), (7848, PortRole::Raft)];
    let ports = roles
        .map(|(port, role)| match wrong.iter().find(|(cut, ..)| *cut == role) {
            Some((_, result, ok)) => PortSeen { ok: *ok, tries: 6, ..port_seen(port, role, *result, 1_300) },
            None => port_seen(port, role, PortResult::Open, 2),
        })
        .to_vec();
    let (name, node, host) = (world.name(from), world.name(to), world.hosts[to].clone());
    let seen = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name));
    let Some(Observed::Ports(seen)) = seen else { panic!("no ports of {name}") };
    seen.peers.retain(|peer| peer.node != node);
    seen.peers.push(PeerPortsSeen { node, host, ports });
}

#[test]
fn a_raft_port_that_is_cut_between_two_followers_shows_in_probes_from_there() {
    let mut world = api_only();
    assert_eq!(world.diagnose().health, Health::Healthy);
    for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        probes_from(&mut world, from, to, &[]);
    }
    assert_eq!(world.diagnose().health, Health::Healthy);
    probes_from(&mut world, 1, 2, &[(PortRole::Raft, PortResult::Timeout, 0)]);
    assert_eq!(world.codes(), [r#"raft.link_broken["n2", "n3"]"#]);
    assert_eq!(world.diagnose().health, Health::Degraded);
    probes_from(&mut world, 1, 2, &[(PortRole::Raft, PortResult::Timeout, 2)]);
    assert!(world.diagnose().causes.is_empty(), "a link that loses packets is not cut");
    probes_from(&mut world, 1, 2, &[(PortRole::ClientGrpc, PortResult::Timeout, 0)]);
    assert!(world.diagnose().causes.is_empty(), "no node uses the clients' port of another");
    probes_from(&mut world, 1, 2, &[(PortRole::ServerGrpc, PortResult::Timeout, 0)]);
    assert_eq!(world.codes(), [r#"net.one_way["n2", "n3"]"#]);
}

#[test]
fn nodes_without_an_address_tell_of_their_links_by_the_members_of_their_lists() {
    let mut world = World::new(3);
    for index in 0..3 {
        let ports = PortsSeen {
            from: "here".to_owned(),
            host: String::new(),
            ports: Vec::new(),
            at: Some(ago(0)),
            peers: Vec::new(),
            peers_missing: None,
        };
        world.observations.put("net.ports", world.name(index), Observed::Ports(ports));
    }
    assert_eq!(world.diagnose().health, Health::Healthy);
    let tried = |world: &mut World, wrong: &[(PortRole, PortResult, u8)]| {
        probes_from(world, 1, 2, wrong);
        let (name, member) = (world.name(1), world.peer(2, 0));
        let seen = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::Ports(seen)) = seen else { panic!("no ports") };
        seen.peers.drain(..seen.peers.len() - 1);
        seen.peers[0].node = NodeName(member);
    };
    tried(&mut world, &[]);
    assert_eq!(world.diagnose().health, Health::Healthy);
    tried(&mut world, &[(PortRole::Raft, PortResult::Timeout, 0)]);
    assert_eq!(world.codes(), [r#"raft.link_broken["n2", "n3"]"#]);
    let diagnosis = world.diagnose();
    let untried = |one: &NotSeen| one.check == "net.ports" && one.reason.key == "source-not-configured-probe";
    assert!(diagnosis.could_not_run.iter().any(untried), "from here nothing was tried");
}

#[test]
fn an_address_that_the_nodes_do_not_use_says_nothing_of_their_links() {
    let mut world = api_only();
    probes_from(&mut world, 1, 2, &[(PortRole::Raft, PortResult::Timeout, 0)]);
    let name = world.name(1);
    let Some(Observed::Ports(seen)) = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name))
    else {
        panic!("no ports")
    };
    seen.peers[0].host = "192.168.7.7".to_owned();
    assert!(world.diagnose().causes.is_empty(), "a port published by a container");
}

#[test]
fn a_starved_prober_cuts_no_link_and_gives_no_all_clear() {
    let mut world = api_only();
    probes_from(&mut world, 1, 2, &[(PortRole::Raft, PortResult::Timeout, 0)]);
    set_port(&mut world, 2, PortRole::Main, PortResult::Open, 1_200);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
}

#[test]
fn a_node_whose_grpc_speaks_while_its_main_port_is_silent_lives() {
    let mut world = api_only();
    set_port(&mut world, 2, PortRole::Main, PortResult::Timeout, 3000);
    set_view(&mut world, 2, |_, view| {
        *view = ViewSeen { failed: vec![http("/nodes", None, 3000)], ..ViewSeen::default() }
    });
    assert_eq!(world.codes(), [r#"net.port_blocked["n3"]"#]);
}

#[test]
fn ports_that_answer_now_and_then_are_loss_and_not_shut() {
    let mixed = |world: &mut World, role: PortRole, result: PortResult, ok: u8| {
        set_port(world, 2, role, result, 900);
        let name = world.name(2);
        let Some(Observed::Ports(seen)) =
            world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name))
        else {
            panic!("no ports")
        };
        for port in seen.ports.iter_mut().filter(|port| port.role == role) {
            (port.ok, port.tries) = (ok, 3);
        }
    };
    let mut world = api_only();
    mixed(&mut world, PortRole::ClientGrpc, PortResult::Timeout, 1);
    mixed(&mut world, PortRole::ServerGrpc, PortResult::Timeout, 1);
    mixed(&mut world, PortRole::Raft, PortResult::Open, 2);
    assert_eq!(world.codes(), [r#"net.lossy["n3"]"#]);
    // A process that pauses still has its connections taken.
    let mut world = api_only();
    for role in [PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        mixed(&mut world, role, PortResult::Open, 2);
    }
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
}

#[test]
fn a_name_that_two_nodes_take_for_different_hosts_is_named_with_both_answers() {
    let hosts = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    let mut says = |index: usize, name: &str, addresses: &[&str]| {
        let node = world.name(index);
        let seen = world.observations.seen.get_mut("config.cluster_conf").and_then(|seen| seen.get_mut(&node));
        let Some(Observed::ClusterConf(conf)) = seen else { panic!("there is a cluster.conf") };
        conf.names.retain(|seen| seen.name != name);
        let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
        conf.names.push(NameSeen { name: name.to_owned(), addresses, by: NameBy::Hosts });
        world.diagnose()
    };
    says(0, "nacos-3.nacos", &["10.0.0.3", "fd00::3"]);
    says(2, "nacos-3.nacos", &["127.0.1.1"]);
    let fine = says(1, "nacos-3.nacos", &["10.0.0.13", "10.0.0.3"]);
    assert!(fine.causes.is_empty(), "one address in common, and its own name may be loopback: {:?}", fine.causes);
    let wrong = says(1, "nacos-3.nacos", &["10.0.0.13"]);
    let codes: Vec<Code> = wrong.causes.iter().map(|cause| cause.code).collect();
    assert_eq!(codes, [Code::NetDns]);
    let loopback = says(1, "nacos-3.nacos", &["127.0.0.1"]);
    assert_eq!(loopback.causes.len(), 1, "the name of another node is not a loopback address: {:?}", loopback.causes);
}

fn through(status: Option<u16>, elapsed_ms: u64, backend: Option<String>) -> DoorTry {
    let failure = status.is_none().then_some(Failure::Timeout);
    DoorTry { status, failure, backend, headers: Vec::new(), elapsed_ms }
}

const DOOR: &str = "http://vip:8848";

/// A world with a front door: what each node's share of the requests saw, and whether the node answers past the door.
fn with_door(world: &mut World, alive: [bool; 3], tries: impl Fn(usize, &World) -> Vec<DoorTry>) {
    world.cluster.doors = vec![FrontDoor::parse(DOOR).expect("a door")];
    for (index, alive) in alive.into_iter().enumerate() {
        let direct = if alive { through(Some(200), 5, Some(world.peer(index, 0))) } else { through(None, 900, None) };
        let grpc = PortSeen {
            port: 9848,
            role: PortRole::ClientGrpc,
            result: PortResult::Open,
            tries: 3,
            ok: 3,
            elapsed_ms: 2,
            detail: None,
        };
        let door = DoorSeen { door: DOOR.to_owned(), tries: tries(index, world), grpc: Some(grpc), missing: None };
        let seen = DoorsSeen { direct: vec![direct; 2], doors: vec![door], at: None };
        world.observations.put("door.requests", world.name(index), Observed::Doors(seen));
    }
}

/// A world of which the third node was killed.
fn third_killed() -> World {
    let mut world = World::new(3);
    world.silent(2, 300, Vec::new());
    let lines = world.refused(2, 299);
    world.logs(0, 1, lines.clone());
    world.logs(1, 1, lines);
    world
}

#[test]
fn a_healthy_door_changes_nothing() {
    let mut world = api_only();
    let before = world.diagnose();
    with_door(&mut world, [true; 3], |index, world| vec![through(Some(200), 6, Some(world.peer(index, 0))); 5]);
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.causes.len()), (before.health, 0), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().all(|one| one.check != "door.compare"), "{:?}", diagnosis.could_not_run);
}

#[test]
fn a_door_that_was_not_asked_is_said_so() {
    let mut world = api_only();
    world.cluster.doors = vec![FrontDoor::parse(DOOR).expect("a door")];
    let diagnosis = world.diagnose();
    assert!(diagnosis.could_not_run.iter().any(|one| one.check == "door.compare"), "{:?}", diagnosis.could_not_run);
}

#[test]
fn a_door_that_still_lists_a_dead_node_stands_beside_the_stop() {
    let mut world = third_killed();
    let before = world.codes();
    with_door(&mut world, [true, true, false], |_, world| {
        vec![
            through(Some(200), 6, Some(world.peer(0, 0))),
            through(Some(502), 1, None),
            through(Some(200), 6, Some(world.peer(1, 0))),
        ]
    });
    let diagnosis = world.diagnose();
    let (first, door) = (&diagnosis.causes[0], &diagnosis.causes[1]);
    assert_eq!(format!("{}{:?}", first.code, names(&first.nodes)), before[0], "the node is the deeper one");
    assert_eq!((door.code, names(&door.nodes)), (Code::DoorStaleUpstream, vec!["n3"]));
    assert_eq!(door.confidence, Confidence::Certain, "a third fails, and the answers name the other two");
    assert_eq!(diagnosis.causes.len(), 2);

    // Nobody names a backend, and fewer fail than a round robin would: passive marking, maybe.
    with_door(&mut world, [true, true, false], |index, _| {
        let mut tries = vec![through(Some(200), 6, None); 4];
        tries.push(through(if index == 0 { None } else { Some(200) }, 900, None));
        tries
    });
    let diagnosis = world.diagnose();
    assert_eq!(
        (diagnosis.causes[1].code, diagnosis.causes[1].confidence),
        (Code::DoorStaleUpstream, Confidence::Likely)
    );

    // The door asks the next one where the first is dead: slow answers are all that is seen.
    with_door(&mut world, [true, true, false], |_, _| {
        vec![through(Some(200), 6, None), through(Some(200), 1900, None), through(Some(200), 6, None)]
    });
    let diagnosis = world.diagnose();
    let door = &diagnosis.causes[1];
    assert_eq!((door.code, door.confidence), (Code::DoorStaleUpstream, Confidence::Possible));
    assert_eq!(door.summary.key, "cause-door-slow");
}

#[test]
fn a_door_that_reaches_no_node_is_not_put_down_to_a_node() {
    for (tried, key) in [
        (through(Some(502), 3, None), "finding-door-reaches-none"),
        (through(None, 900, None), "finding-door-silent"),
        (through(Some(404), 3, None), "finding-door-other-answers"),
    ] {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |_, _| vec![tried.clone(); 5]);
        let diagnosis = world.diagnose();
        assert_eq!(
            diagnosis.causes.iter().map(|cause| cause.code).collect::<Vec<_>>(),
            [Code::DoorNotServing],
            "{key}"
        );
        assert_eq!(diagnosis.findings[0].summary.key, key);
        assert!(diagnosis.causes[0].nodes.is_empty());
    }
    // Some paths are closed at the door: nothing can be said.
    let mut world = api_only();
    with_door(&mut world, [true; 3], |_, _| vec![through(Some(403), 3, None); 5]);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-door-refuses"));
    // A part fails though every node answers: an address that is not a node.
    with_door(&mut world, [true; 3], |_, _| vec![through(Some(502), 3, None), through(Some(200), 3, None)]);
    let diagnosis = world.diagnose();
    assert_eq!(
        (diagnosis.causes[0].code, diagnosis.causes[0].summary.key.as_str()),
        (Code::DoorNotServing, "cause-door-partly")
    );
    // Enough of them to tell: who was reached is not said, is all of them, or is not all of them.
    let some_fail = |status: u16, named: usize| {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |index, world| {
            let served = through(Some(200), 3, (index < named).then(|| world.peer(index, 0)));
            vec![through(Some(status), 900, None), served.clone(), served.clone(), served]
        });
        let cause = world.diagnose().causes.remove(0);
        (cause.code, cause.confidence, cause.summary.key)
    };
    for (status, named, expected) in [
        (504, 0, (Code::DoorStaleUpstream, Confidence::Possible, "cause-door-stranger")),
        (502, 3, (Code::DoorStaleUpstream, Confidence::Likely, "cause-door-stranger")),
        (504, 2, (Code::DoorNotServing, Confidence::Likely, "cause-door-partly")),
        (503, 3, (Code::DoorNotServing, Confidence::Likely, "cause-door-partly")),
    ] {
        let (code, confidence, key) = some_fail(status, named);
        assert_eq!((code, confidence, key.as_str()), expected, "{status} {named}");
    }
    // Whatever the nodes never say themselves comes from something else behind the door, or from the door.
    for status in [500, 404, 403, 429] {
        with_door(&mut world, [true; 3], |_, _| vec![through(Some(status), 3, None), through(Some(200), 3, None)]);
        let codes: Vec<Code> = world.diagnose().causes.iter().map(|cause| cause.code).collect();
        assert_eq!(codes, [Code::DoorNotServing], "{status} beside 200");
    }
}

/// The same request with a header in which the door says whom it asked.
fn told(tried: DoorTry, asked: &[String]) -> DoorTry {
    DoorTry { headers: vec![("x-upstream-addr".to_owned(), asked.join(", "))], ..tried }
}

#[test]
fn a_door_that_says_whom_it_asked_is_believed_where_it_names_a_node() {
    let found = |world: &World| {
        let diagnosis = world.diagnose();
        let of_doors = diagnosis.findings.iter().find(|one| one.code.as_str().starts_with("door."));
        of_doors.map(|one| (one.code, one.node.clone().map(|node| node.0), one.summary.key.clone()))
    };
    let third = |code, key: &str| Some((code, Some("n3".to_owned()), key.to_owned()));
    // One failure of many, which a share would not tell.
    let mut world = third_killed();
    with_door(&mut world, [true, true, false], |index, world| {
        let mut tries = vec![told(through(Some(200), 6, None), &[world.peer(0, 0)]); 8];
        tries.extend((index == 0).then(|| told(through(Some(502), 1, None), &[world.peer(2, 0)])));
        tries
    });
    assert_eq!(found(&world), third(Code::DoorStaleUpstream, "finding-door-named"));
    let door = &world.diagnose().causes[1];
    assert_eq!((door.code, door.confidence), (Code::DoorStaleUpstream, Confidence::Certain));
    // It asked the dead one first, and then another.
    with_door(&mut world, [true, true, false], |_, world| {
        vec![told(through(Some(200), 6, None), &[world.peer(2, 0), world.peer(1, 0)]); 3]
    });
    assert_eq!(found(&world), third(Code::DoorStaleUpstream, "finding-door-passed-over"));
    assert_eq!(world.diagnose().causes[1].summary.key, "cause-door-passed-over");

    // A node that answers past the door, and not through it: the way between them.
    let mut world = api_only();
    with_door(&mut world, [true; 3], |_, world| {
        vec![
            told(through(Some(200), 6, None), &[world.peer(0, 0)]),
            told(through(Some(504), 1, None), &[world.peer(2, 0)]),
        ]
    });
    assert_eq!(found(&world), third(Code::DoorNotServing, "finding-door-way"));
    assert_eq!(world.diagnose().causes[0].summary.key, "cause-door-way");
    // An address of nobody known names nobody.
    with_door(&mut world, [true; 3], |_, _| {
        vec![through(Some(200), 6, None), told(through(Some(502), 1, None), &["10.9.9.9:8848".to_owned()])]
    });
    assert_eq!(found(&world), Some((Code::DoorNotServing, None, "finding-door-partly".to_owned())));
}

#[test]
fn a_door_that_wants_credentials_says_nothing_of_the_nodes() {
    let mut world = api_only();
    with_door(&mut world, [true; 3], |_, _| vec![through(Some(401), 3, None); 5]);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-door-credentials"));
}

#[test]
fn grpc_on_some_connections_through_a_door_is_counted() {
    for (lost, expected) in [(1, None), (2, Some(Confidence::Possible))] {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |index, world| vec![through(Some(200), 6, Some(world.peer(index, 0))); 5]);
        let name = world.name(0);
        let Some(Observed::Doors(mut seen)) = world.observations.get("door.requests", &name).cloned() else { panic!() };
        seen.doors[0].grpc.as_mut().expect("grpc").ok -= lost;
        world.observations.put("door.requests", name, Observed::Doors(seen));
        let diagnosis = world.diagnose();
        let said = diagnosis.causes.first().map(|cause| cause.confidence);
        assert_eq!(said, expected, "{:?}", diagnosis.causes);
        if let Some(cause) = diagnosis.causes.first() {
            assert_eq!(
                (cause.code, cause.summary.key.as_str()),
                (Code::DoorGrpcNotForwarded, "cause-door-grpc-partly")
            );
            assert_eq!((cause.summary.args["ok"].as_str(), cause.summary.args["tries"].as_str()), ("7", "9"));
        }
    }
}

#[test]
fn grpc_that_the_door_does_not_pass_is_named_where_nodes_answer_it() {
    for (result, detail, confidence) in [
        (PortResult::WrongProtocol, Some("answered HTTP/1"), Confidence::Certain),
        (PortResult::Refused, None, Confidence::Likely),
    ] {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |index, world| vec![through(Some(200), 6, Some(world.peer(index, 0))); 5]);
        for index in 0..3 {
            let name = world.name(index);
            let Some(Observed::Doors(mut seen)) = world.observations.get("door.requests", &name).cloned() else {
                panic!()
            };
            let grpc = seen.doors[0].grpc.as_mut().expect("grpc");
            (grpc.result, grpc.ok, grpc.detail) = (result, 0, detail.map(str::to_owned));
            world.observations.put("door.requests", name, Observed::Doors(seen));
        }
        let diagnosis = world.diagnose();
        let causes: Vec<_> = diagnosis.causes.iter().map(|cause| (cause.code, cause.confidence)).collect();
        assert_eq!(causes, [(Code::DoorGrpcNotForwarded, confidence)]);
    }
}

#[test]
fn logs_that_were_to_be_read_and_were_not_are_no_all_clear() {
    let mut world = api_only();
    for node in &mut world.cluster.nodes {
        node.files = FileSource::Local { home: "/home/nacos".into() };
    }
    // A quick look reads no logs at all.
    assert_eq!(world.diagnose().health, Health::Healthy);
    let missing = NotSeen {
        check: "logs.signatures".to_owned(),
        node: Some(world.name(1)),
        reason: Message::new("judged-not-gathered"),
    };
    let model = ClusterModel::build(&world.cluster, &world.observations, Timestamp::from_millis(AT), WINDOW_MS);
    let evidence = Evidence { model: &model, findings: Vec::new(), not_seen: vec![missing], suspect: None };
    assert_eq!(diagnose(evidence).health, Health::Unknown);
}

#[test]
fn a_known_error_that_no_rule_uses_does_not_vanish() {
    let mut world = World::new(3);
    world.logs(1, 1, vec![hits("C92", None, None, 118, 10, "", "ERROR [db-error] something")]);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"logs.errors["n2"]"#]);
    assert_eq!((diagnosis.health, diagnosis.causes[0].confidence), (Health::Degraded, Confidence::Likely));
    world.logs(1, 1, vec![hits("C92", None, None, 118, 60, "", "ERROR [db-error] something")]);
    assert!(world.codes().is_empty(), "now and then is not now");
}

#[test]
fn what_was_read_and_not_understood_is_no_all_clear() {
    let mut world = World::new(3);
    assert_eq!(world.diagnose().health, Health::Healthy);
    let logs = world.seen_logs(1);
    logs.files[0].unlevelled = logs.files[0].records;
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.health, Health::Unknown);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-log-not-understood"));
    assert!(diagnosis.trace.health.iter().any(|why| why.key == "health-node-not-watched"));
}

#[test]
fn a_state_machine_that_stops_while_its_node_starts_is_told() {
    let text =
        "ERROR Encountered an error=Status[ESTATEMACHINE<10002>: StateMachine meet critical error] on StateMachine X";
    let mut world = World::new(3);
    world.logs(2, 1, vec![hits("C46", None, None, 62, 100, "", text)]);
    world.stop(2, 1, vec![trace("START", 65, ""), trace("S11", 60, "Nacos started successfully")]);
    assert_eq!(world.codes(), [r#"raft.state_machine_stopped["n3"]"#]);
    let says = |text: &str| {
        let mut world = World::new(3);
        world.logs(2, 1, vec![hits("C57", None, None, 20, 100, "", text)]);
        world.codes()
    };
    assert_eq!(
        says("ERROR processor : X, stateMachine meet critical error: java.lang.SecurityException."),
        [r#"raft.state_machine_stopped["n3"]"#]
    );
    assert_eq!(says("ERROR ESTATEMACHINE StateMachine onSnapshotLoad failed"), [r#"raft.storage_corrupt["n3"]"#]);
    // One that an earlier process wrote.
    world.logs(2, 1, vec![hits("C46", None, None, 70, 100, "", text)]);
    assert!(world.codes().is_empty());
}

#[test]
fn a_second_start_that_fails_beside_the_node_is_not_its_end() {
    let mut world = World::new(3);
    let traces = || vec![trace("START", 245, ""), trace("S10", 240, "Nacos failed to start")];
    let beats = |world: &mut World, since_s: i64| world.seen_logs(2).connection_history = vec![(ago(since_s), 0, 0)];
    world.stop(2, 1, traces());
    beats(&mut world, 250);
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, world.codes()), (Health::Healthy, Vec::new()));
    assert!(diagnosis.findings.iter().any(|one| one.code == Code::NodeSecondStart && one.outcome == Outcome::Advice));
    // The node itself is killed later: the failed start does not hide that.
    world.silent(2, 60, traces());
    beats(&mut world, 250);
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    // A beat that stops for the start is that of the process before it, and then of the one that failed and lingers.
    world.silent(2, 60, traces());
    beats(&mut world, 250);
    world.seen_logs(2).stalls = vec![(ago(250), ago(238))];
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    // Without a beat before it, another process was never seen; without one after it, it is the start that failed.
    world.silent(2, 60, traces());
    beats(&mut world, 230);
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    world.silent(2, 239, traces());
    beats(&mut world, 250);
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
}

#[test]
fn answers_that_do_not_come_on_accepted_connections_are_a_node_that_hangs() {
    let mut world = World::new(3);
    let waits = |world: &World| {
        vec![hits("C02", Some(world.peer(0, 0)), None, 50, 5, "read_timeout", "timeout on connection http-outgoing-1")]
    };
    world.logs(1, 1, waits(&world));
    world.logs(2, 1, waits(&world));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.hung["n1"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Likely);
    // Only one that waits: the path may be cut after the connect, and nothing is certain.
    world.logs(2, 1, Vec::new());
    assert_eq!(world.codes(), [r#"net.one_way["n2", "n1"]"#]);
    assert_eq!(world.diagnose().causes[0].confidence, Confidence::Possible);
}

#[test]
fn an_error_without_a_time_is_not_the_reason_of_an_ordered_stop() {
    let mut world = World::new(3);
    let undated = || StopTrace { at: None, ..trace("C98", 0, "java.lang.OutOfMemoryError: Java heap space") };
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    let mut traces = clean(60);
    traces.push(undated());
    world.silent(2, 60, traces);
    assert_eq!(world.codes(), [r#"node.stopped_clean["n3"]"#]);
    world.silent(2, 60, vec![undated()]);
    assert_eq!(world.codes(), [r#"node.oom_java["n3"]"#]);
    assert_eq!(world.diagnose().causes[0].confidence, Confidence::Likely);
}

#[test]
fn no_data_is_moved_away_where_every_node_has_a_dead_group() {
    let text =
        "ERROR Encountered an error=Status[ESTATEMACHINE<10002>: StateMachine meet critical error] on StateMachine X";
    let mut world = World::new(3);
    let told = |world: &World| {
        let diagnosis = world.diagnose();
        let action = diagnosis.causes[0].action.iter().map(|one| (one.key.clone(), one.args["nodes"].clone()));
        action.filter(|(key, _)| key.starts_with("action-raft-storage")).collect::<Vec<_>>()
    };
    world.logs(2, 1, vec![hits("C46", None, None, 20, 100, "", text)]);
    assert_eq!(told(&world), [("action-raft-storage".to_owned(), "n3".to_owned())]);
    for node in 0..2 {
        world.logs(node, 1, vec![hits("C46", None, None, 20, 100, "", text)]);
    }
    assert_eq!(told(&world), [("action-raft-storage-later".to_owned(), "n1, n2, n3".to_owned())]);
}
