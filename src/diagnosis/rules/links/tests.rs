//! Whole verdicts on links: what was seen goes in, the ranked causes come out.

use crate::domain::published::Published;
use crate::model::tables::views;
use crate::world::*;

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
fn a_node_that_was_cut_off_just_now_is_no_broken_port_of_each_peer() {
    // Refused in a restart a minute ago, and passed since.
    let before = |mut hits: SignatureHits| {
        hits.times.insert(0, ago(80));
        hits.first = Some(ago(80));
        hits.count += 1;
        hits
    };
    let mut world = World::new(3);
    let grpc = |peer: String, since: i64| hits("C21", Some(peer), None, since, 20, "timeout", "Waited 3000");
    let raft = |peer: String| hits("C39", Some(peer), Some("g"), 8, 2, "timeout", "DEADLINE_EXCEEDED");
    world.logs(0, 1, vec![before(grpc(world.peer(2, 1001), 4))]);
    world.logs(1, 1, vec![raft(world.peer(2, -1000))]);
    world.logs(2, 1, vec![before(grpc(world.peer(0, 1001), 2)), raft(world.peer(0, -1000))]);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.isolated["n3"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Possible);
    // Where nothing but the Raft port fails, it is that port; where nothing comes from the node, it is a port of it.
    world.logs(0, 1, vec![raft(world.peer(2, -1000))]);
    world.logs(2, 1, vec![raft(world.peer(0, -1000))]);
    assert_eq!(world.codes(), [r#"raft.link_broken["n1", "n3", "n2"]"#]);
    world.logs(0, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 9, 3, "timeout", "Waited 3000")]);
    world.logs(1, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 9, 3, "timeout", "Waited 3000")]);
    world.logs(2, 1, Vec::new());
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
    world.logs(1, 1, vec![grpc(world.peer(2, 1001), 4)]);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#], "one attempt of the second that fails as well");
    world.logs(1, 1, Vec::new());
    assert_eq!(world.codes(), [r#"net.one_way["n1", "n3"]"#]);
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

/// Containers publish their ports under other numbers: 9848 of a node is not 1000 above the port that its API was found on.
#[test]
fn what_does_not_follow_from_a_published_port_is_not_held_for_closed() {
    let published = |fields: &str| {
        let mut world = World::new(3);
        (0..3).for_each(|index| answering(&mut world, index));
        if let Some(api) = &mut world.cluster.nodes[2].api {
            (api.host, api.port) = ("192.168.0.9".to_owned(), 38848);
            api.published = Published::parse(fields).expect("fields");
        }
        set_port(&mut world, 2, PortRole::ClientGrpc, PortResult::Refused, 2);
        set_port(&mut world, 2, PortRole::ServerGrpc, PortResult::Refused, 2);
        world.diagnose()
    };
    let limited = published("");
    assert!(limited.causes.is_empty(), "{:?}", limited.causes);
    let told = limited.findings.iter().find(|finding| finding.code == Code::VantageLimited).expect("said");
    assert_eq!(told.outcome, Outcome::Advice);
    // Where somebody said which ports these are, they are as closed as they look.
    let named = published("sdk=192.168.0.9:9868, cluster=192.168.0.9:9850");
    assert_eq!(named.causes.first().map(|cause| cause.code), Some(Code::NetGrpcBlocked));
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
    world.logs(0, 1, again.clone());
    let diagnosis = world.diagnose();
    assert_eq!(
        diagnosis.causes[0].confidence,
        Confidence::Possible,
        "they go on; of the other ports nothing is known yet"
    );
    again.extend(groups(&world, 24, 3));
    world.logs(0, 1, again);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Certain, "the others had their turn");

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
fn probes_that_ran_out_of_time_beside_late_answers_prove_nothing() {
    let mut world = World::new(3);
    (0..3).for_each(|index| answering(&mut world, index));
    set_port(&mut world, 2, PortRole::ClientGrpc, PortResult::Timeout, 2900);
    assert_eq!(world.diagnose().causes[0].confidence, Confidence::Likely);
    set_port(&mut world, 2, PortRole::ClientGrpc, PortResult::Silent, 2900);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
    assert_eq!(world.diagnose().causes[0].confidence, Confidence::Possible, "no firewall accepts a connection");
    set_port(&mut world, 2, PortRole::Main, PortResult::Open, 1800);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown);
}

/// Changes what was tried of every port of the third node.
fn every_port(world: &mut World, result: PortResult) {
    for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        set_port(world, 2, role, result, 900);
    }
    let name = world.name(2);
    world.observations.seen.get_mut("node.view").expect("views").remove(&name);
}

#[test]
fn a_node_that_works_and_cannot_be_reached_from_here_is_told_of() {
    let mut world = World::new(3);
    (0..3).for_each(|index| answering(&mut world, index));
    every_port(&mut world, PortResult::Timeout);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"net.port_blocked["n3"]"#]);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Likely);
    let (evidence, peers) = (&diagnosis.findings[0].evidence, ["9849", "7848"]);
    assert!(evidence.iter().all(|one| !peers.iter().any(|port| one.source.ends_with(port))), "peers use those");
}

#[test]
fn a_node_of_which_it_was_not_seen_whether_it_starts_has_no_blocked_port() {
    let mut world = World::new(3);
    (0..3).for_each(|index| answering(&mut world, index));
    for index in 0..2 {
        set_view(&mut world, index, |_, view| {
            view.members[2].state = "DOWN".into();
            view.members[2].fail_count = Some(7);
        });
    }
    every_port(&mut world, PortResult::Timeout);
    assert!(world.codes().iter().any(|code| code.contains("blocked")), "{:?}", world.codes());
    let name = world.name(2);
    world.observations.seen.get_mut("node.stop").expect("stops").remove(&name);
    world.observations.put_missing("node.stop", name, Missing::timed_out(Message::new("x")));
    assert!(!world.codes().iter().any(|code| code.contains("blocked")), "{:?}", world.codes());
    assert_ne!(world.diagnose().health, Health::Healthy);
}

#[test]
fn a_port_that_takes_connections_is_not_blocked_while_the_node_itself_waits() {
    let mut world = World::new(3);
    (0..3).for_each(|index| answering(&mut world, index));
    set_port(&mut world, 2, PortRole::ClientGrpc, PortResult::Silent, 2900);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#]);
    set_view(&mut world, 2, |_, view| view.readiness = Some(http("/readiness", None, 2_000)));
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.health, Health::Unknown, "nor is it an all-clear");
    set_port(&mut world, 2, PortRole::ClientGrpc, PortResult::Timeout, 2900);
    assert_eq!(world.codes(), [r#"net.grpc_blocked["n3"]"#], "a connection that nobody takes is");
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
    let seen = world.seen_ports(2);
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
        // What fails does not arrive.
        set_view(&mut world, 2, |_, view| {
            view.members[..2].iter_mut().for_each(|member| member.last_refresh = Some(ago(80)));
        });
        assert_eq!(world.codes(), [format!(r#"{expected}["n3"]"#)], "{version}");
    }
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
    // If its other answers are late too, no link is claimed to be cut: it is the node that is slow.
    set_view(&mut world, 1, |_, view| view.liveness = Some(http("/liveness", Some(200), 1700)));
    assert_eq!(world.codes(), [r#"node.overloaded["n2"]"#]);
    assert_eq!(world.diagnose().causes[0].confidence, Confidence::Possible);
    // Or this machine is.
    for index in [0, 2] {
        set_view(&mut world, index, |_, view| view.liveness = Some(http("/liveness", Some(200), 1700)));
    }
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
            .all(|cell| cell.state == views::CellState::Unknown || cell.state == views::CellState::NoError)
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
fn a_node_that_answers_late_itself_cuts_no_link_by_its_own_tries() {
    let mut world = api_only();
    for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        probes_from(&mut world, from, to, &[]);
    }
    probes_from(&mut world, 2, 0, &[(PortRole::ServerGrpc, PortResult::Timeout, 0)]);
    assert_eq!(world.codes(), [r#"net.one_way["n3", "n1"]"#]);
    set_port(&mut world, 2, PortRole::Main, PortResult::Open, 2_500);
    let told = world.diagnose();
    assert!(told.causes.is_empty(), "{:?}", told.causes);
    assert_eq!(told.health, Health::Unknown, "nor is it an all-clear");
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
        let member = world.peer(2, 0);
        let seen = world.seen_ports(1);
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
    let seen = world.seen_ports(1);
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
fn a_report_from_before_a_new_connection_says_nothing_of_the_link() {
    let connected = |ago_s: i64| ClientsSeen {
        sdk: None,
        cluster: Some(1),
        from: "loader".into(),
        connections: vec![ClientSeen {
            id: "1795696836239_10.0.0.2_49402".to_owned(),
            ip: "10.0.0.2".to_owned(),
            module: None,
            source: Some("cluster".to_owned().into()),
            app: None,
            version: None,
            created: Some(ago(ago_s)),
        }],
        history: Vec::new(),
        beats: Default::default(),
    };
    for (connected_ago, finds) in [(29, false), (90, true), (400, true)] {
        let mut world = api_only();
        for keeper in [0, 2] {
            set_view(&mut world, keeper, |world, view| view.members[1] = member(world.peer(1, 0), 73));
            let seen = Observed::Clients(connected(connected_ago));
            world.observations.put("clients.connections", world.name(keeper), seen);
        }
        assert_eq!(world.codes().iter().any(|code| code.starts_with("net.one_way")), finds, "{connected_ago}");
    }
}

#[test]
fn calls_of_raft_that_fail_now_and_then_are_no_broken_link() {
    // JRaft counts the calls that fail one after the other.
    let said = |counts: [&str; 2]| {
        let mut world = World::new(3);
        let peer = Some(world.peer(2, -1000));
        let mut failed = hits("C39", peer, Some("g"), 60, 5, "timeout", "DEADLINE_EXCEEDED");
        for (line, count) in failed.samples.iter_mut().zip(counts) {
            line.captures.insert("n".to_owned(), count.to_owned());
        }
        world.logs(0, 1, vec![failed]);
        let cause = world.diagnose().causes.into_iter().next().expect("a cause");
        (cause.code, cause.confidence)
    };
    assert_eq!(said(["1", "11"]), (Code::RaftLinkBroken, Confidence::Certain));
    assert_eq!(said(["1", "1"]), (Code::RaftLinkBroken, Confidence::Possible));
}

#[test]
fn a_port_that_was_tried_before_its_node_came_up_is_not_blocked() {
    let said = |started_s: i64| {
        let mut world = World::new(3);
        (0..3).for_each(|node| answering(&mut world, node));
        for role in [PortRole::Main, PortRole::ClientGrpc] {
            set_port(&mut world, 2, role, PortResult::Refused, 1);
        }
        let started = trace("S11", started_s, "Nacos started successfully in cluster mode.");
        world.stop(2, 1, vec![trace("START", started_s + 15, ""), started]);
        let told = world.diagnose();
        (told.health, told.causes.iter().map(|cause| cause.code).collect::<Vec<_>>())
    };
    assert_eq!(said(1), (Health::Unknown, Vec::new()));
    let (health, causes) = said(200);
    assert_eq!((health, causes[0]), (Health::Degraded, Code::NetPortBlocked), "{causes:?}");
}

/// A node reports to one other every two seconds, in turn, and waits three for each: one that is cut off from all shows it in
/// one direction first.
#[test]
fn a_link_fails_one_way_once_the_other_node_had_its_turn() {
    let fails = |since_s: i64| {
        let mut world = World::new(3);
        let lines = hits("C21", Some(world.peer(2, 1001)), None, since_s, 2, "timeout", "Waited 3000");
        world.logs(0, 1, vec![lines]);
        let cause = world.diagnose().causes.first().cloned().expect("a cause");
        (cause.code, cause.confidence)
    };
    assert_eq!(fails(10), (Code::NetOneWay, Confidence::Possible));
    assert_eq!(fails(30), (Code::NetOneWay, Confidence::Certain));
}

/// A node that is cut off from all shows it on the Raft port first: calls fail there every second, and reports every few.
#[test]
fn that_only_the_raft_port_times_out_is_not_certain_before_the_others_had_their_turn() {
    let fails = |since_s: i64, how: &str, step_s: i64| {
        let mut world = World::new(3);
        for index in [0, 1] {
            let lines = hits("C39", Some(world.peer(2, -1000)), Some("g"), since_s, step_s, how, "Fail to issue RPC");
            world.logs(index, 1, vec![lines]);
        }
        let cause = world.diagnose().causes.first().cloned().expect("a cause");
        (cause.code, cause.confidence)
    };
    assert_eq!(fails(12, "timeout", 1), (Code::RaftLinkBroken, Confidence::Possible));
    assert_eq!(fails(60, "timeout", 5), (Code::RaftLinkBroken, Confidence::Certain));
    assert_eq!(fails(12, "refused", 1), (Code::RaftLinkBroken, Confidence::Certain), "the machine is there");
}

#[test]
fn where_an_end_gets_no_processor_time_a_blocked_port_is_only_possible() {
    let told = |starved: bool| {
        let mut world = World::new(3);
        let mut of_first = world.timed_out(1, 100);
        if starved {
            of_first.push(hits("C148", None, None, 60, 30, "", "GC(24) User=0.03s Sys=0.00s Real=2.71s"));
        }
        world.logs(0, 1, of_first);
        world.logs(1, 1, world.timed_out(0, 100));
        let causes = world.diagnose().causes;
        causes.into_iter().map(|cause| (cause.code, cause.confidence)).next()
    };
    assert_eq!(told(false), Some((Code::NetPortBlocked, Confidence::Certain)));
    assert_eq!(told(true), Some((Code::NetPortBlocked, Confidence::Possible)));
}
