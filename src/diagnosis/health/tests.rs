//! Whole verdicts on health: what was seen goes in, the ranked causes come out.

use crate::diagnosis::{Evidence, diagnose};
use crate::world::*;

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
fn the_api_alone_shows_health_only_where_the_rest_may_stay_unseen() {
    let mut world = api_only();
    world.cluster.accept_unseen.clear();
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert_eq!((diagnosis.health, diagnosis.failure_tolerance), (Health::Unknown, Some(1)));
    assert_eq!(diagnosis.not_seen, EvidencePart::ALL);
    assert!(!diagnosis.could_not_run.is_empty(), "logs and files were not seen");
    for part in EvidencePart::ALL {
        world.cluster.accept_unseen = EvidencePart::ALL.into_iter().filter(|other| *other != part).collect();
        let diagnosis = world.diagnose();
        assert_eq!(diagnosis.health, Health::Unknown, "{part:?}");
        let decided: Vec<&str> = diagnosis.trace.health.iter().map(|why| why.key.as_str()).collect();
        assert_eq!(decided, [format!("health-unseen-{}", part.as_str())]);
    }
    world.cluster.accept_unseen = EvidencePart::ALL.to_vec();
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.not_seen.len()), (Health::Healthy, 3), "accepted and told all the same");

    // A group that another node leads: nothing shows that its followers reach it.
    let mut world = api_only();
    world.cluster.accept_unseen = vec![EvidencePart::Logs, EvidencePart::Config];
    for index in 0..3 {
        set_view(&mut world, index, |world, view| view.raft[1] = raft_group(world, "naming_service_metadata", 2));
    }
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty());
    assert_eq!(diagnosis.health, Health::Unknown);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-raft-link-unseen"));
    world.cluster.accept_unseen = EvidencePart::ALL.to_vec();
    assert_eq!(world.diagnose().health, Health::Healthy, "whoever leads which group");
}

#[test]
fn a_look_that_reads_no_files_on_purpose_misses_nothing_of_them() {
    let mut world = api_only();
    world.cluster.accept_unseen.clear();
    for node in &mut world.cluster.nodes[..2] {
        node.files = FileSource::Local { home: "/home/nacos".into() };
    }
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.not_seen.len()), (Health::Unknown, 3), "the third has no files to read");
    world.cluster.nodes[2].files = FileSource::Local { home: "/home/nacos".into() };
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.not_seen.len()), (Health::Healthy, 0));
}

#[test]
fn links_that_were_tried_from_the_nodes_are_seen_without_logs() {
    let mut world = api_only();
    world.cluster.accept_unseen = vec![EvidencePart::Logs, EvidencePart::Config];
    assert_eq!(world.diagnose().health, Health::Unknown);
    for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        probes_from(&mut world, from, to, &[]);
    }
    assert_eq!(world.diagnose().health, Health::Healthy);
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
fn a_node_that_came_up_a_moment_ago_is_no_broken_link() {
    // As on a real 2.5.1: its peers call it DOWN until their next report, and its own list has no report of theirs yet.
    let young = |own_s: i64| {
        let mut world = api_only();
        let (restarted, own) = (world.peer(2, 0), ago(own_s));
        for index in 0..2 {
            let restarted = restarted.clone();
            set_view(&mut world, index, |_, view| {
                for member in view.members.iter_mut().filter(|member| member.address == restarted) {
                    (member.state, member.fail_count, member.last_refresh) = ("DOWN".into(), Some(52), Some(ago(80)));
                }
            });
        }
        set_view(&mut world, 2, |_, view| {
            for member in &mut view.members {
                member.last_refresh = (member.address == restarted).then_some(own);
            }
        });
        world.diagnose()
    };
    let diagnosis = young(4);
    assert_eq!((diagnosis.health, diagnosis.causes.len()), (Health::Unknown, 0), "{:?}", diagnosis.causes);
    let why: Vec<&str> = diagnosis.trace.health.iter().map(|why| why.key.as_str()).collect();
    assert!(why.contains(&"health-node-came-up"), "{why:?}");
    // They have reported since, and were asked for their lists before that.
    let mut world = api_only();
    let restarted = world.peer(2, 0);
    set_view(&mut world, 0, |_, view| {
        let member = view.members.iter_mut().find(|member| member.address == restarted).expect("the member");
        (member.state, member.fail_count) = ("DOWN".into(), Some(9));
    });
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.causes.len()), (Health::Unknown, 0), "{:?}", diagnosis.causes);
    // A minute later they would have reported, if anything passed.
    let diagnosis = young(90);
    assert_eq!(diagnosis.health, Health::Degraded);
    assert!(
        diagnosis.causes.iter().any(|cause| cause.nodes.iter().any(|node| node.0 == "n3")),
        "{:?}",
        diagnosis.causes
    );
}

#[test]
fn a_leader_that_has_only_just_gone_leaves_an_election_and_no_outage() {
    let gone = |reported_s: i64| {
        let mut world = api_only();
        let leader = world.peer(0, 0);
        let name = world.name(0);
        world.observations.seen.get_mut("node.view").expect("views").remove(&name);
        for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
            set_port(&mut world, 0, role, PortResult::Refused, 1);
        }
        for index in 1..3 {
            let leader = leader.clone();
            set_view(&mut world, index, |_, view| {
                let member = view.members.iter_mut().find(|member| member.address == leader).expect("the leader");
                member.last_refresh = Some(ago(reported_s));
            });
        }
        let diagnosis = world.diagnose();
        assert_eq!(diagnosis.causes[0].code, Code::NodeUnreachable, "{:?}", diagnosis.causes);
        diagnosis.health
    };
    assert_eq!(gone(3), Health::Degraded);
    // The followers say as well that they cannot read, until there is another one.
    let mut unready = api_only();
    let leader = unready.peer(0, 0);
    let name = unready.name(0);
    unready.observations.seen.get_mut("node.view").expect("views").remove(&name);
    for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        set_port(&mut unready, 0, role, PortResult::Refused, 1);
    }
    let said = |world: &mut World, reported_s: i64| {
        for index in 1..3 {
            let leader = leader.clone();
            set_view(world, index, |_, view| {
                view.ready = Some(false);
                let mut answer = http("/readiness", Some(500), 4);
                answer.body = "config not in readiness".to_owned();
                view.readiness = Some(answer);
                let member = view.members.iter_mut().find(|member| member.address == leader).expect("the leader");
                member.last_refresh = Some(ago(reported_s));
            });
        }
        let diagnosis = world.diagnose();
        assert_eq!(diagnosis.causes[0].code, Code::NodeUnreachable, "{:?}", diagnosis.causes);
        (diagnosis.health, diagnosis.causes.len())
    };
    assert_eq!(said(&mut unready, 3), (Health::Degraded, 1));
    assert_eq!(said(&mut unready, 60).0, Health::Down);
    assert_eq!(gone(60), Health::Down, "nobody was elected since");
}
