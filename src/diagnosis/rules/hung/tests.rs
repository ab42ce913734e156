//! Whole verdicts on nodes that do not answer: what was seen goes in, the ranked causes come out.

use crate::world::*;

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
fn ports_that_accept_while_http_is_silent_are_a_certain_hang() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    world.cluster.nodes[2].api = Some(api("10.0.0.3"));
    let port = |port: u16, role: PortRole| PortSeen {
        port,
        role,
        result: PortResult::Silent,
        tries: 3,
        ok: 0,
        untaken: 0,
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
fn a_node_whose_threads_wait_for_the_disk_hangs_though_it_answers() {
    let mut world = World::new(3);
    world.stop(2, 40, Vec::new());
    world.logs(2, 40, Vec::new());
    answering(&mut world, 2);
    let set = |world: &mut World, blocked: Option<(u64, u64)>| {
        let seen = world.seen_stop(2);
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
fn ports_that_speak_are_no_hang_where_the_api_was_not_asked_in_time() {
    let mut world = api_only();
    let name = world.name(2);
    world.observations.seen.get_mut("node.view").expect("views").remove(&name);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
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
fn a_start_that_finds_its_ports_taken_by_a_silent_process_is_a_node_that_hangs() {
    let mut world = World::new(3);
    let taken = "Startup errors : \nCaused by: Port 8848 was already in use.";
    let mut traces = vec![trace("START", 130, ""), trace("S10", 120, taken)];
    traces.extend(clean(119));
    world.silent(2, 119, traces);
    for observer in 0..2 {
        world.logs(observer, 1, world.timed_out(2, 400));
    }
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#]);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Likely);
    let told =
        |code: Code| diagnosis.findings.iter().find(|one| one.code == code).map(|one| one.summary.key.to_string());
    assert_eq!(told(Code::NodeHung).as_deref(), Some("finding-node-hung-behind-start"));
    assert_eq!(told(Code::NodeSecondStart).as_deref(), Some("finding-node-second-start-hung"));
    // Peers that are refused since say that nothing of it is left: another program has that port.
    for observer in 0..2 {
        let mut lines = world.timed_out(2, 400);
        lines.extend(world.refused(2, 110));
        world.logs(observer, 1, lines);
    }
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    // And time-outs that ended before it tell of another time.
    for observer in 0..2 {
        let mut lines = world.timed_out(2, 400);
        for hits in &mut lines {
            hits.times.retain(|time| *time < ago(140));
            hits.last = hits.times.last().copied();
            for reason in hits.reasons.values_mut() {
                reason.last = hits.last;
            }
        }
        world.logs(observer, 1, lines);
    }
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
}

#[test]
fn a_supervisor_that_starts_it_onto_a_silent_process_again_and_again_is_no_flapping() {
    let mut world = World::new(3);
    let taken = "Startup errors : \nCaused by: Port 8848 was already in use.";
    let tries = [500, 400, 300, 200, 100];
    let traces = tries.iter().flat_map(|at| [trace("START", at + 9, ""), trace("S10", *at, taken)]).collect();
    world.silent(2, 99, traces);
    world.logs(0, 1, world.timed_out(2, 900));
    world.logs(1, 1, world.timed_out(2, 900));
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#]);
}
