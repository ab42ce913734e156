//! Whole verdicts on voters and majorities: what was seen goes in, the ranked causes come out.

use crate::world::*;

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
fn voters_follow_a_member_list_that_was_just_written() {
    let codes = |written_s: i64| {
        let mut world = World::new(3);
        let mut conf = hits("C34", None, Some("naming_persistent_service"), 600, 1000, "", "two of three vote");
        conf.samples[0].captures.insert("conf".to_owned(), [world.peer(0, -1000), world.peer(1, -1000)].join(","));
        world.logs(0, 1, vec![conf]);
        world.seen_logs(0).files[0].path = "logs/alipay-jraft.log".to_owned();
        let files = world.observations.seen.get_mut("config.cluster_conf").expect("files");
        for seen in files.values_mut() {
            let Observed::ClusterConf(conf) = seen else { panic!("no member list") };
            conf.modified = Some(ago(written_s));
        }
        world.codes()
    };
    assert!(codes(2).is_empty(), "{:?}", codes(2));
    assert_eq!(codes(40), [r#"raft.member_mismatch["n3"]"#]);
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
fn survivors_that_do_not_reach_each_other_elect_nobody() {
    let mut world = third_killed();
    for (from, to) in [(0, 1), (1, 0)] {
        answering(&mut world, from);
        set_view(&mut world, from, |world, view| {
            view.liveness = Some(http("/liveness", Some(200), 20));
            view.readiness = Some(http("/readiness", Some(200), 40));
            view.members[2].state = "DOWN".into();
            view.raft = vec![raft_group(world, "nacos_config", 0)];
        });
        probes_from(&mut world, from, to, &[]);
    }
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    for (from, to) in [(0, 1), (1, 0)] {
        probes_from(&mut world, from, to, &[(PortRole::Raft, PortResult::Timeout, 0)]);
    }
    let link = r#"raft.link_broken["n1", "n2"]"#;
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#, link], "a leader keeps the connections that it has");
    set_view(&mut world, 1, |_, view| view.readiness = Some(http("/readiness", None, 2_000)));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), ["cluster.quorum_lost[]", r#"node.killed["n3"]"#, link]);
    assert_eq!((diagnosis.health, diagnosis.causes[0].confidence), (Health::Down, Confidence::Likely));
    assert_eq!(diagnosis.causes[0].summary.key, "cause-cluster-quorum-cut");
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
fn a_peer_that_does_not_run_the_group_has_answered() {
    let text =
        "PreVote to error: Status[ENOENT<1012>: Peer id not found: 10.0.0.1:7848, group: naming_persistent_service].";
    for peers in [&[0, 1][..], &[0][..]] {
        let mut world = World::new(3);
        for node in [0, 1] {
            world.logs(node, 1, Vec::new());
        }
        let group = Some("naming_persistent_service");
        let answers =
            peers.iter().map(|peer| hits("C31", Some(world.peer(*peer, -1000)), group, 120, 6, "answered", text));
        let answers = answers.collect();
        world.logs(2, 1, answers);
        let causes = world.diagnose().causes;
        let said: Vec<_> = causes.iter().map(|cause| (cause.code.as_str(), cause.summary.key.as_str())).collect();
        assert_eq!(said, [("raft.member_mismatch", "cause-raft-group-not-run")], "{peers:?}");
        assert_eq!(names(&causes[0].nodes), ["n3"]);
    }
}

#[test]
fn a_peer_that_no_longer_answers_says_nothing_of_its_groups() {
    let text =
        "Fail to issue RPC to 10.0.0.3:7848, consecutiveErrorTimes=11, error=Status[ENOENT<1012>: Peer id not found]";
    let mut world = World::new(3);
    let peer = Some(world.peer(2, -1000));
    let mut answers = hits("C39", peer, Some("naming_persistent_service"), 120, 6, "answered", text);
    let seen = answers.reasons.remove(&Failure::Answered).expect("answers");
    let earlier = ReasonSeen { count: seen.count / 2, first: seen.first, last: Some(ago(20)) };
    let later = ReasonSeen { count: seen.count / 2, first: Some(ago(18)), last: seen.last };
    answers.reasons = BTreeMap::from([(Failure::Answered, earlier), (Failure::Timeout, later)]);
    world.logs(0, 1, vec![answers]);
    assert!(world.diagnose().causes.iter().all(|cause| cause.code != Code::RaftMemberMismatch), "{:?}", world.codes());
}

#[test]
fn what_a_process_that_ended_said_of_a_group_is_no_word_about_it_now() {
    let said = |began_s: i64| {
        let mut world = World::new(3);
        let text = "steps down when alive nodes don't satisfy quorum, term=5, deadNodes=";
        world.logs(2, 1, vec![hits("C36", None, Some("nacos_config"), 400, 1000, "", text)]);
        let started = trace("S11", began_s - 20, "Nacos started successfully in cluster mode.");
        world.stop(2, 1, vec![trace("START", began_s, ""), started]);
        world.codes()
    };
    assert_eq!(said(900), ["raft.no_leader[]"]);
    // It was started anew, with an external database: the group of the embedded one is no more.
    assert_eq!(said(300), Vec::<String>::new());
}

#[test]
fn the_page_of_a_proxy_tells_nothing_of_raft() {
    let mut world = api_only();
    let answer = |world: &mut World, body: &str| {
        set_view(world, 1, |_, view| {
            let mut answer = http("/nacos/v1/console/health/readiness", Some(500), 4);
            answer.body = body.to_owned();
            (view.ready, view.readiness) = (Some(false), Some(answer));
        });
    };
    answer(&mut world, "config not in readiness");
    assert!(!world.codes().iter().any(|code| code.starts_with("logs.errors")), "{:?}", world.codes());
    assert!(world.codes().iter().any(|code| code.starts_with("raft.")), "{:?}", world.codes());
    answer(&mut world, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>");
    assert_eq!(world.codes(), [r#"logs.errors["n2"]"#]);
    let told = world.diagnose();
    let finding = told.findings.iter().find(|one| one.code == Code::LogsErrors).expect("a finding");
    assert_eq!(
        (finding.summary.args["status"].as_str(), finding.summary.args["text"].as_str()),
        ("500", "502 Bad Gateway nginx")
    );
    assert_eq!(told.causes[0].summary.key, "cause-node-answers-error");
    assert_eq!(told.health, Health::Degraded);
}
