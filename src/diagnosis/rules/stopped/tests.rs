//! Whole verdicts on nodes that ended: what was seen goes in, the ranked causes come out.

use crate::domain::vocabulary::MemberState;
use crate::world::*;

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
fn that_no_log_of_a_peer_was_read_is_said_only_where_none_was() {
    let mut world = api_only();
    for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        set_port(&mut world, 2, role, PortResult::Refused, 1);
    }
    let name = world.name(2);
    world.observations.seen.get_mut("node.view").expect("views").remove(&name);
    world.silent(2, 300, Vec::new());
    let says = |world: &World| {
        let findings = world.diagnose().findings.into_iter();
        findings.filter(|one| one.code == Code::NodeKilled).map(|one| one.summary.key).collect::<Vec<_>>()
    };
    assert_eq!(says(&world), ["finding-node-killed-no-witness"]);
    world.logs(0, 1, Vec::new());
    assert_eq!(says(&world), ["finding-node-killed-no-word"], "it was read, and tells nothing of the node");
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
    let seen = world.seen_stop(2);
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
fn a_node_that_went_down_and_is_back_is_not_passed_over_in_silence() {
    let mut world = World::new(3);
    let up = |began: i64| {
        vec![trace("START", began, ""), trace("S11", began - 30, "Nacos started successfully in cluster mode.")]
    };
    world.stop(2, 1, up(1000));
    let told = |world: &World| {
        let diagnosis = world.diagnose();
        assert_eq!((diagnosis.health, diagnosis.causes.len()), (Health::Healthy, 0), "{:?}", diagnosis.causes);
        let mut findings = diagnosis.findings.into_iter().filter(|one| one.code == Code::NodeFlapping);
        findings.next().map(|one| (one.outcome, one.summary.key))
    };
    assert_eq!(told(&world), Some((Outcome::Advice, "finding-node-came-back".to_owned())));
    let mut twice = up(1200);
    twice.extend(up(500));
    world.stop(2, 1, twice);
    assert_eq!(told(&world), Some((Outcome::Advice, "finding-node-came-back-often".to_owned())));
    // Ordered, or the first of its life.
    let mut ordered = vec![trace("S06", 1010, "Nacos GrpcSdkServer Rpc server stopping")];
    ordered.extend(up(1000));
    world.stop(2, 1, ordered);
    assert_eq!(told(&world), None);
    world.stop(2, 1, up(1795));
    assert_eq!(told(&world), None);
}

#[test]
fn time_outs_before_refusals_are_a_hang_before_the_end() {
    let world = |hung_s: i64| {
        let mut world = World::new(3);
        world.silent(2, 300, Vec::new());
        let refused = ago(300 - hung_s);
        let mut seen = world.refused(2, 299);
        let since = |seen: &mut SignatureHits, from: Timestamp, to: Timestamp| {
            seen.times.retain(|time| *time >= from && *time < to);
            (seen.first, seen.last) = (seen.times.first().copied(), seen.times.last().copied());
            seen.count = seen.times.len() as u64;
            for reason in seen.reasons.values_mut() {
                *reason = ReasonSeen { count: seen.count, first: seen.first, last: seen.last };
            }
            seen.samples.retain(|line| line.at >= Some(from) && line.at < Some(to));
        };
        let mut waited = world.timed_out(2, 299);
        waited.iter_mut().for_each(|hits| since(hits, ago(300), refused));
        seen.iter_mut().for_each(|hits| since(hits, refused, ago(-1)));
        seen.extend(waited.into_iter().filter(|hits| hits.count > 0));
        world.logs(0, 1, seen.clone());
        world.logs(1, 1, seen);
        let diagnosis = world.diagnose();
        assert_eq!(diagnosis.causes[0].code, Code::NodeKilled, "{:?}", diagnosis.causes);
        diagnosis.causes[0].summary.key.clone()
    };
    assert_eq!(world(100), "cause-node-killed-after-hang");
    assert_eq!(
        world(250),
        "cause-node-killed-after-hang",
        "what they see in the end counts, not what they saw more often"
    );
    assert_eq!(world(6), "cause-node-killed");
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

/// What answers with pages of its own is a proxy before a node that works, or another program where none does.
#[test]
fn another_program_on_the_main_port_is_told_where_another_node_has_lost_it() {
    let said = |state: MemberState| {
        let mut world = api_only();
        let (n3, name) = (world.peer(2, 0), world.name(2));
        world.observations.seen.get_mut("node.view").expect("views").remove(&name);
        for role in [PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
            set_port(&mut world, 2, role, PortResult::Refused, 1);
        }
        for index in [0, 1] {
            set_view(&mut world, index, |_, view| {
                view.members.iter_mut().filter(|member| member.address == n3).for_each(|one| one.state = state.clone());
            });
        }
        world.codes()
    };
    assert_eq!(said(MemberState::Down), [r#"node.unreachable["n3"]"#]);
    let up = said(MemberState::Up);
    assert!(!up.iter().any(|code| code.starts_with("node.")), "the others reach it: {up:?}");
}

/// The process that serves goes on: no life of the node ended before such a start.
#[test]
fn a_start_that_failed_beside_the_node_is_no_restart_of_it() {
    let flaps = |starts: &[i64]| {
        let mut world = World::new(3);
        let mut traces: Vec<StopTrace> = starts.iter().map(|at| trace("START", *at, "")).collect();
        traces.push(trace("S11", 180, "Nacos started successfully in cluster mode."));
        for began in [145, 95] {
            traces.extend([trace("START", began, ""), trace("S10", began - 5, "Nacos failed to start")]);
        }
        world.stop(2, 1, traces);
        world.seen_logs(2).connection_history = vec![(ago(150), 0, 0), (ago(100), 0, 0)];
        world.diagnose().causes.iter().any(|cause| cause.code == Code::NodeFlapping)
    };
    assert!(!flaps(&[400, 200]), "twice, and two more who tried");
    assert!(flaps(&[600, 400, 200]), "nor does it hide a loop");
}

/// Somebody kills it, then its JVM crashes, then the kernel kills it: each has its own reason, and none of them is a loop.
#[test]
fn ends_of_different_reasons_are_not_one_loop() {
    let earlier = |line: StopTrace| StopTrace { of_earlier_run: true, ..line };
    let crash = |at_s: i64| earlier(trace("C100", at_s, "hs_err"));
    let killed = |at_s: i64| earlier(trace("K01", at_s, "Out of memory: Killed process 20884 (java)"));
    let flaps = |ends: Vec<StopTrace>| {
        let mut world = World::new(3);
        let mut traces: Vec<StopTrace> = [600, 400, 200].into_iter().map(|at| trace("START", at, "")).collect();
        traces.extend(ends);
        traces.push(trace("S11", 180, "Nacos started successfully in cluster mode."));
        world.stop(2, 1, traces);
        world.diagnose().causes.iter().any(|cause| cause.code == Code::NodeFlapping)
    };
    assert!(!flaps(vec![crash(450), killed(250)]));
    assert!(flaps(vec![crash(450), crash(250)]), "the first may have been a crash as well");
    assert!(flaps(vec![crash(450)]) && flaps(vec![killed(650), killed(450), killed(250)]));
}

/// Its log has no line yet of the start that is under way.
#[test]
fn a_node_that_was_stopped_by_order_since_does_not_go_down_by_itself() {
    let mut world = World::new(3);
    let mut traces: Vec<StopTrace> = [600, 400, 200].into_iter().map(|at| trace("START", at, "")).collect();
    traces.push(trace("S11", 180, "Nacos started successfully in cluster mode."));
    traces.push(trace("S06", 10, "Nacos GrpcSdkServer Rpc server stopping"));
    traces.push(trace("S08", 10, "Nacos GrpcSdkServer Rpc server stopped"));
    world.silent(2, 10, traces);
    world.logs(0, 1, world.refused(2, 9));
    assert!(world.diagnose().causes.iter().all(|cause| cause.code != Code::NodeFlapping));
}

#[test]
fn a_kernel_line_of_an_earlier_run_is_not_the_end_of_the_last() {
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 59));
    let line = trace("K01", 61, "Out of memory: Killed process 8672 (java)");
    world.silent(2, 60, vec![StopTrace { of_earlier_run: true, ..line }]);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
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
fn a_copy_that_was_taken_earlier_is_no_stop_and_no_all_clear() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
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
    // What failed a minute ago and passed since says nothing of whether it lives on now.
    let mut before = hits("C21", Some(world.peer(2, 1001)), None, 3, 1, "refused", "Connection refused");
    before.times.insert(0, ago(60));
    world.logs(0, 0, vec![before]);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-link-or-node"));
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
fn a_kernel_line_long_after_the_end_is_about_something_else() {
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 1600));
    world.silent(2, 1600, vec![trace("K01", 1598, "Out of memory: Killed process 77 (java)")]);
    assert_eq!(world.codes(), [r#"node.oom_killed["n3"]"#]);
    world.silent(2, 1600, vec![trace("K01", 60, "Out of memory: Killed process 99 (java)")]);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
}

#[test]
fn a_kernel_line_is_believed_as_far_as_it_names_the_process_and_the_day() {
    let said = |at_s: Option<i64>, unsure: bool| {
        let mut world = World::new(3);
        world.logs(0, 1, world.refused(2, 59));
        let line = trace("K01", at_s.unwrap_or(0), "Out of memory: Killed process 8672 (java)");
        world.silent(2, 60, vec![StopTrace { at: at_s.map(ago), unsure, ..line }]);
        let cause = world.diagnose().causes.first().cloned().expect("a cause");
        (cause.code, cause.confidence)
    };
    assert_eq!(said(Some(59), false), (Code::NodeOomKilled, Confidence::Certain));
    assert_eq!(said(Some(59), true), (Code::NodeOomKilled, Confidence::Likely));
    assert_eq!(said(None, true), (Code::NodeOomKilled, Confidence::Possible));
    assert_eq!(said(Some(20), true).0, Code::NodeKilled, "half a minute later it may be anybody");
    assert_eq!(said(Some(3600), false).0, Code::NodeKilled);
}

#[test]
fn a_crash_that_the_kernel_saw_is_one() {
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 59));
    world.silent(2, 60, vec![trace("H01", 59, "java[8672]: segfault at 0 ip 00007f sp 00007f error 4 in libjvm.so")]);
    assert_eq!(world.codes(), [r#"node.jvm_crash["n3"]"#]);
}

#[test]
fn a_supervisor_that_starts_what_cannot_start_is_told_with_the_reason() {
    let mut world = World::new(3);
    let failed = |at_s: i64| trace("S10", at_s, "Nacos failed to start");
    world.silent(2, 5, [200, 150, 100, 50, 6].map(failed).to_vec());
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].code, Code::NodeStartFailed);
    let told = diagnosis.findings.iter().find(|finding| finding.code == Code::NodeFlapping).expect("the loop");
    assert_eq!(told.summary.args["count"], "5");
    world.silent(2, 5, [50, 6].map(failed).to_vec());
    assert!(world.diagnose().findings.iter().all(|finding| finding.code != Code::NodeFlapping), "twice is no loop");
}

#[test]
fn what_was_given_for_two_nodes_is_seen_once() {
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(1, 59));
    world.silent(1, 60, vec![]);
    // A copy of the first one's folder, handed over as the third.
    let same = |world: &mut World, kind: &str| {
        let (first, third) = (world.name(0), world.name(2));
        let seen = world.observations.get(kind, &first).cloned().expect("seen");
        world.observations.put(kind, third, seen);
    };
    world.seen_logs(0).beginnings = Some("ab".to_owned());
    same(&mut world, "logs.signatures");
    same(&mut world, "node.stop");
    let diagnosis = world.diagnose();
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-given-twice"), "{diagnosis:#?}");
    assert_eq!(diagnosis.failure_tolerance, Some(0));
    world.seen_logs(2).beginnings = Some("cd".to_owned());
    assert!(world.diagnose().could_not_run.iter().all(|one| one.reason.key != "judged-given-twice"));
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

/// The JVM writes to its standard output once that it is out of heap, and a logger writes it with its time.
#[test]
fn an_error_without_a_time_is_as_old_as_the_same_one_that_has_a_time() {
    let undated = StopTrace { at: None, ..trace("C98", 0, "java.lang.OutOfMemoryError: Java heap space") };
    let dated = |at_s: i64| trace("C98", at_s, "ERROR Handler dispatch failed: java.lang.OutOfMemoryError");
    let ended = |traces: Vec<StopTrace>| {
        let mut world = World::new(3);
        world.logs(0, 1, world.refused(2, 59));
        world.logs(1, 1, world.refused(2, 59));
        world.silent(2, 60, traces);
        world.codes()
    };
    assert_eq!(ended(vec![dated(90_000), undated.clone()]), [r#"node.killed["n3"]"#]);
    assert_eq!(ended(vec![dated(90_000), dated(70), undated]), [r#"node.oom_java["n3"]"#]);
}

#[test]
fn what_the_database_says_of_its_disk_does_not_make_an_ordered_stop_another() {
    let text =
        "ERROR [db-error] java.sql.SQLException: Error writing file 'b.7' (OS errno 28 - No space left on device)";
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 59));
    world.silent(2, 60, clean(60));
    let mut lines = ["C92", "C140"].map(|id| hits(id, None, None, 120, 6, "", text)).to_vec();
    for hits in &mut lines {
        hits.times.retain(|time| *time <= ago(61));
        hits.last = Some(ago(66));
        hits.samples.iter_mut().for_each(|line| line.at = Some(ago(66)));
    }
    world.logs(2, 60, lines);
    assert_eq!(world.codes(), [r#"node.stopped_clean["n3"]"#]);
}

#[test]
fn a_node_that_is_missed_under_an_address_that_no_file_has_is_missed() {
    let hosts = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    world.silent(2, 300, Vec::new());
    assert!(world.codes().is_empty(), "a copy that was taken earlier: {:?}", world.codes());
    let missed = || vec![hits("C21", Some("10.0.0.3:9849".to_owned()), None, 299, 3, "refused", "Connection refused")];
    world.logs(0, 1, missed());
    world.logs(1, 1, missed());
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].nodes, [world.name(2)], "{:?}", world.codes());
    assert_eq!(diagnosis.causes[0].code, Code::NodeKilled);
    assert_eq!(diagnosis.failure_tolerance, Some(0));
}

#[test]
fn a_node_of_which_nothing_was_seen_and_that_no_peer_reaches_is_down() {
    let mut world = World::new(3);
    let members: Vec<String> = (0..3).map(|index| world.peer(index, 0)).collect();
    for index in [0, 1, 2] {
        world.conf(index, &members);
    }
    let name = world.name(2);
    for seen in world.observations.seen.values_mut() {
        seen.remove(&name);
    }
    world.conf(2, &members);
    for index in [0, 1] {
        world.stop(index, 1, Vec::new());
        world.logs(index, 1, world.refused(2, 120));
    }
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.health, Health::Degraded);
    let top = &diagnosis.causes[0];
    assert_eq!((top.code, names(&top.nodes)), (Code::NodeUnreachable, vec!["n3"]), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.findings[0].summary.key, "finding-node-gone-by-peers");
    // Time-outs do not say that it is gone.
    for index in [0, 1] {
        world.logs(index, 1, world.timed_out(2, 120));
    }
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].code, Code::NodeUnreachable);
    let told = diagnosis.findings.iter().find(|one| one.code == Code::NodeUnreachable).expect("told");
    assert_eq!(told.summary.key, "finding-node-unreachable-for-peers");
    // One peer that reaches it, or trouble that is over, is no witness.
    world.logs(1, 1, Vec::new());
    assert!(world.diagnose().causes.iter().all(|cause| cause.code != Code::NodeUnreachable));
}

#[test]
fn of_a_node_that_nothing_tells_of_the_address_may_be_wrong() {
    let mut world = api_only();
    for index in 0..3 {
        for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
            set_port(&mut world, index, role, PortResult::Refused, 1);
        }
        set_view(&mut world, index, |_, view| {
            let refused = HttpSeen { failure: Some(Failure::Refused), ..http("/liveness", None, 1) };
            *view = ViewSeen { liveness: Some(refused), ..ViewSeen::default() };
        });
    }
    let diagnosis = world.diagnose();
    let keys: Vec<&str> = diagnosis.findings.iter().map(|finding| finding.summary.key.as_str()).collect();
    assert!(keys.contains(&"finding-node-gone-or-elsewhere"), "{keys:?}");
    let top = &diagnosis.causes[0];
    assert_eq!((top.code, top.summary.key.as_str()), (Code::NodeUnreachable, "cause-node-gone-or-elsewhere"));
    // A file of any of them tells of a cluster there.
    let members: Vec<String> = (0..3).map(|index| world.peer(index, 0)).collect();
    world.conf(0, &members);
    let keys: Vec<String> = world.diagnose().causes.into_iter().map(|cause| cause.summary.key).collect();
    assert_eq!(keys, ["cause-cluster-quorum-lost", "cause-node-gone"]);
}
