//! What is counted of a cluster in which a node was killed.

use super::standing;
use crate::domain::diagnosis::NodeDoing;
use crate::domain::led::Led;
use crate::domain::observed::SignatureHits;
use crate::world::*;

#[test]
fn a_killed_node_is_gone_since_its_last_line_and_leads_nothing() {
    let mut world = api_only();
    let at = Timestamp::from_millis(AT);
    for index in 0..3 {
        let groups = vec![raft_group(&world, "naming", 1), raft_group(&world, "config", 0)];
        set_view(&mut world, index, |_, view| view.raft = groups);
    }
    let seen = |world: &World| standing(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS));
    let all_run = seen(&world);
    let leads: Vec<Option<u32>> = all_run.nodes.iter().map(|node| node.leads).collect();
    assert_eq!((leads, all_run.groups), (vec![Some(1), Some(1), Some(0)], Some(2)));
    assert!(all_run.leaderless.is_empty());

    let killed = seen(&third_killed());
    let doing: Vec<NodeDoing> = killed.nodes.iter().map(|node| node.doing).collect();
    assert_eq!(doing[..2], [NodeDoing::Running, NodeDoing::Running]);
    assert!(matches!(doing[2], NodeDoing::Gone | NodeDoing::Silent), "{doing:?}");
    assert!(killed.nodes[2].since.is_some_and(|since| since < at), "its last line");
    assert_eq!((killed.nodes[2].leads, killed.groups), (None, None), "nobody was asked who leads");
    assert_eq!((killed.clients(), killed.clients_before()), (None, None), "nobody counted");
}

#[test]
fn a_node_whose_newest_lines_were_not_read_in_time_has_no_last_moment_and_no_clients() {
    let at = Timestamp::from_millis(AT);
    let seen = |world: &World| standing(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS));
    let cut = |mut world: World| {
        let name = world.name(2);
        world.observations.seen.get_mut("node.stop").expect("stops").remove(&name);
        let why = Missing::timed_out(Message::new("x"));
        world.observations.put_missing("node.stop", name, why);
        world.seen_logs(2).connection_history = vec![(ago(301), 4, 0)];
        world
    };
    // Its logs were read to the end.
    let read = seen(&cut(third_killed())).nodes.remove(2);
    assert!(read.doing.is_down() && read.since == Some(ago(300)), "{read:?}");

    let mut world = cut(third_killed());
    world.seen_logs(2).files[0].cut = Some("deadline".into());
    let unread = seen(&world).nodes.remove(2);
    assert_eq!((unread.doing, unread.since, unread.clients), (NodeDoing::Unreachable, None, None), "its peers miss it");

    // Nobody misses it, as what the others wrote last was not read either: that makes no copy of it that ends early.
    for peer in [0, 1] {
        world.logs(peer, 1, Vec::new());
        world.seen_logs(peer).files[0].cut = Some("deadline".into());
    }
    let unread = seen(&world).nodes.remove(2);
    assert_eq!((unread.doing, unread.since, unread.clients), (NodeDoing::Unseen, None, None));
}

#[test]
fn ports_that_refuse_do_not_show_that_a_process_is_gone() {
    let at = Timestamp::from_millis(AT);
    let seen = |world: &World| standing(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS));
    let refuse = |world: &mut World| {
        for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
            set_port(world, 2, role, PortResult::Refused, 1);
        }
        let name = world.name(2);
        world.observations.seen.get_mut("node.view").expect("views").remove(&name);
    };
    let mut world = api_only();
    refuse(&mut world);
    let node = seen(&world).nodes.remove(2);
    assert_eq!((node.doing, node.clients), (NodeDoing::Refused, None), "a firewall that rejects looks the same");

    // Its own log, which ended, is a witness.
    world.silent(2, 300, Vec::new());
    let node = seen(&world).nodes.remove(2);
    assert_eq!((node.doing, node.clients), (NodeDoing::Gone, Some(0)));
}

/// Lines of a log that say who leads: group, address of the leader, term, seconds ago.
fn said(lines: &[(&str, String, u64, i64)]) -> Vec<SignatureHits> {
    let line = |(group, leader, term, ago_s): &(&str, String, u64, i64)| {
        let mut hits = hits("C51", None, Some(group), *ago_s, i64::MAX, "", "This Raft event changes");
        hits.samples.truncate(1);
        for line in &mut hits.samples {
            let captures = [("group", (*group).to_owned()), ("leader", leader.clone()), ("term", term.to_string())];
            line.captures = captures.map(|(name, text)| (name.to_owned(), text)).into();
        }
        hits
    };
    lines.iter().map(line).collect()
}

/// What the third node led, which was silent for five minutes, by what the first node wrote down.
fn led_by(lines: &[(&str, usize, u64, i64)], change: impl FnOnce(&mut Vec<SignatureHits>)) -> Option<Led> {
    let mut world = third_killed();
    let voter = |index: usize| format!("10.0.0.{}:7848", index + 1);
    let lines: Vec<_> = lines.iter().map(|(group, leader, term, ago)| (*group, voter(*leader), *term, *ago)).collect();
    let mut seen = said(&lines);
    change(&mut seen);
    world.logs(0, 1, world.refused(2, 299).into_iter().chain(seen).collect());
    let at = Timestamp::from_millis(AT);
    let standing = standing(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS));
    assert_eq!(standing.nodes[0].led_before, None, "it runs");
    standing.nodes[2].led_before
}

#[test]
fn logs_tell_what_a_node_led_when_it_was_seen_last() {
    let before = [("naming", 2, 3, 900), ("config", 0, 2, 900)];
    assert_eq!(led_by(&before, |_| {}), Some(Led { led: 1, groups: 2 }));
    let both = [("naming", 2, 3, 900), ("config", 0, 2, 900), ("naming", 0, 4, 290), ("config", 0, 2, 200)];
    assert_eq!(led_by(&both, |_| {}), Some(Led { led: 1, groups: 2 }), "who led afterwards does not count");
    let lost = [("naming", 2, 3, 900), ("naming", 0, 4, 600)];
    assert_eq!(led_by(&lost, |_| {}), Some(Led { led: 0, groups: 1 }), "it had lost it before");
}

#[test]
fn logs_that_leave_one_group_open_tell_of_none() {
    assert_eq!(led_by(&[], |_| {}), None);
    let one = [("naming", 2, 3, 900), ("config", 0, 5, 200)];
    assert_eq!(led_by(&one, |_| {}), None, "whose `config` was before, no line says");
    let stranger = [("naming", 2, 3, 900), ("config", 7, 2, 900)];
    assert_eq!(led_by(&stranger, |_| {}), None, "an address of no node");
    let before = [("naming", 2, 3, 900), ("config", 0, 2, 900)];
    let stepped_down =
        |seen: &mut Vec<SignatureHits>| seen.push(hits("C36", None, Some("naming"), 400, i64::MAX, "", ""));
    assert_eq!(led_by(&before, stepped_down), None, "nobody led it any more");
    let many = |seen: &mut Vec<SignatureHits>| seen[0].count = 9;
    assert_eq!(led_by(&before, many), Some(Led { led: 1, groups: 2 }), "the newest of nine is of before, and kept");
    let after = |seen: &mut Vec<SignatureHits>| {
        let newest = said(&[("naming", "10.0.0.1:7848".to_owned(), 9, 100)]).remove(0).samples;
        seen[0].samples.extend(newest);
        seen[0].count = 9;
    };
    assert_eq!(led_by(&before, after), None, "seven lines between were not kept, some may be of before");
}
