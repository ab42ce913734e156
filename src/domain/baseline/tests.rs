//! What counts as a change, and what cannot be told.

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn led(leader: Option<&str>, term: i64) -> Led {
    Led { leader: leader.map(str::to_owned), term: Some(term) }
}

fn node() -> NodeSeen {
    let members = ["10.0.0.1:8848", "10.0.0.2:8848"].map(|member| (member.to_owned(), MemberState::Up));
    NodeSeen {
        version: Told::Seen("2.5.1".to_owned()),
        members: Told::Seen(members.into_iter().collect()),
        raft: Told::Seen([("naming".to_owned(), led(Some("10.0.0.1:7848"), 3))].into_iter().collect()),
        settings: Told::Seen(SettingsSeen { outside: true, ..SettingsSeen::default() }),
        conf: Told::Seen(ConfSeen { members: Vec::new(), hash: "a".to_owned() }),
        start: Told::Seen(StartSeen { at: at(100), by: StartBy::Process, took_ms: Some(20_000) }),
        errors: Told::Seen(ErrorsSeen { lines: 2, window_ms: 600_000 }),
        services: Told::Seen(ServicesSeen {
            instances: [("G@@a".to_owned(), 3)].into_iter().collect(),
            complete: true,
            all: Some(1),
        }),
        clients: Told::Seen(ClientsSeen {
            connections: Some(6),
            named: Some([("order".to_owned(), 6), ("10.0.0.9".to_owned(), 1)].into_iter().collect()),
            beating: None,
        }),
    }
}

fn cluster() -> ClusterSeen {
    ClusterSeen { nodes: ["n1", "n2"].map(|name| (NodeName::from(name), node())).into_iter().collect() }
}

fn of(seen: &mut ClusterSeen, name: &str, change: impl FnOnce(&mut NodeSeen)) {
    change(seen.nodes.get_mut(&NodeName::from(name)).expect("a node"));
}

fn whats(before: &ClusterSeen, now: &ClusterSeen) -> Vec<(What, usize)> {
    compare(before, now).changes.into_iter().map(|change| (change.what, change.nodes.len())).collect()
}

#[test]
fn what_is_the_same_has_not_changed() {
    let compared = compare(&cluster(), &cluster());
    assert_eq!(compared, Compared::default());
    assert!(!cluster().is_news_after(&cluster()));
}

#[test]
fn nodes_that_tell_the_same_change_tell_it_in_one_line() {
    let mut now = cluster();
    for name in ["n1", "n2"] {
        of(&mut now, name, |node| node.version = Told::Seen("2.5.2".to_owned()));
    }
    let version = What::Version { before: "2.5.1".to_owned(), now: "2.5.2".to_owned() };
    assert_eq!(whats(&cluster(), &now), [(version, 2)]);
}

#[test]
fn what_was_not_seen_on_one_side_has_not_changed() {
    let mut now = cluster();
    let why = Message::new("source-denied");
    of(&mut now, "n2", |node| *node = NodeSeen::unseen(&why));
    for (before, after, side) in [(cluster(), now.clone(), Side::Now), (now.clone(), cluster(), Side::Before)] {
        let compared = compare(&before, &after);
        assert_eq!(compared.changes, Vec::new());
        let parts: BTreeSet<Part> = compared.not_compared.iter().map(|one| one.part).collect();
        assert_eq!(parts.len(), Part::ALL.len());
        assert!(compared.not_compared.iter().all(|one| one.side == side && one.why == why));
    }
    assert!(!now.is_news_after(&cluster()), "less is no news");
    assert!(cluster().is_news_after(&now), "more is");
    assert!(!now.covers(&cluster()) && cluster().covers(&now));
}

#[test]
fn an_election_is_a_change_even_if_the_same_node_wins() {
    let raft = |leader, term| Told::Seen([("naming".to_owned(), led(leader, term))].into_iter().collect());
    for (leader, term, is_change) in [
        (Some("10.0.0.1:7848"), 3, false),
        (Some("10.0.0.1:7848"), 4, true),
        (Some("10.0.0.2:7848"), 4, true),
        (None, 3, false),
    ] {
        let mut now = cluster();
        of(&mut now, "n1", |node| node.raft = raft(leader, term));
        let changes = whats(&cluster(), &now);
        assert_eq!(matches!(changes.as_slice(), [(What::Leader { .. }, 1)]), is_change, "{leader:?} {term}");
        assert_eq!(changes.is_empty(), !is_change);
    }
}

#[test]
fn a_start_is_another_one_and_not_the_same_one_told_again() {
    let started = |seconds, by| Told::Seen(StartSeen { at: at(seconds), by, took_ms: None });
    let with = |start: Told<StartSeen>| {
        let mut now = cluster();
        of(&mut now, "n1", |node| node.start = start);
        compare(&cluster(), &now)
    };
    assert!(with(started(101, StartBy::Process)).changes.is_empty());
    assert!(matches!(with(started(500, StartBy::Process)).changes[0].what, What::Started { .. }));
    let otherwise = with(started(500, StartBy::Log));
    assert!(otherwise.changes.is_empty());
    assert_eq!(otherwise.not_compared[0].part, Part::Start);
}

#[test]
fn clients_count_by_who_they_are_and_never_by_how_they_move() {
    let clients = |named: &[(&str, u32)]| {
        let named = named.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Told::Seen(ClientsSeen { connections: Some(999), named: Some(named), beating: None })
    };
    // All of n2 moved to n1.
    let mut now = cluster();
    of(&mut now, "n1", |node| node.clients = clients(&[("order", 12), ("10.0.0.9", 1)]));
    of(&mut now, "n2", |node| node.clients = clients(&[]));
    assert_eq!(whats(&cluster(), &now), []);

    of(&mut now, "n1", |node| node.clients = clients(&[("order", 6), ("stock", 1)]));
    let named = |name: &str| name.to_owned();
    assert_eq!(
        whats(&cluster(), &now),
        [
            (What::ClientGone { client: named("10.0.0.9"), before: 2 }, 0),
            (What::ClientNew { client: named("stock"), now: 1 }, 0),
            (What::ClientCount { client: named("order"), before: 12, now: 6 }, 0),
        ]
    );
    // One node does not say: a client that is on no other may be on it.
    of(&mut now, "n2", |node| node.clients = Told::NotSeen(Message::new("source-denied")));
    assert_eq!(whats(&cluster(), &now), [(What::ClientNew { client: named("stock"), now: 1 }, 0)]);
}

#[test]
fn clients_that_send_heartbeats_are_compared_where_any_node_lists_them() {
    let listing = |lists: [Option<&[&str]>; 2]| {
        let mut seen = cluster();
        for (name, list) in ["n1", "n2"].into_iter().zip(lists) {
            let beating = list.map(|list| list.iter().map(|tag| (*tag).to_owned()).collect());
            of(&mut seen, name, |node| {
                let Told::Seen(clients) = &mut node.clients else { unreachable!("they are seen") };
                clients.beating = beating;
            });
        }
        seen
    };
    let (gone, new) = ("10.0.4.7:8080".to_owned(), "10.0.4.9:80".to_owned());
    let before = listing([Some(&["10.0.4.7:8080", "10.0.4.8:80"]), Some(&["10.0.4.7:8080", "10.0.4.8:80"])]);
    let now = listing([Some(&["10.0.4.8:80", "10.0.4.9:80"]), None]);
    let changed = [(What::ClientGone { client: gone, before: 1 }, 0), (What::ClientNew { client: new, now: 1 }, 0)];
    assert_eq!(whats(&before, &now), changed, "one node tells of all of them");
    assert_eq!(whats(&before, &listing([None, None])), [], "nobody tells");
    assert_eq!(whats(&listing([None, None]), &now), [], "nobody told");
}

#[test]
fn services_of_a_list_that_may_be_longer_are_not_gone() {
    let services = |complete| {
        Told::Seen(ServicesSeen { instances: [("G@@b".to_owned(), 1)].into_iter().collect(), complete, all: None })
    };
    let with = |complete| {
        let mut now = cluster();
        of(&mut now, "n1", |node| node.services = services(complete));
        whats(&cluster(), &now)
    };
    let new = (What::ServiceNew { service: "G@@b".to_owned(), now: 1 }, 1);
    assert_eq!(with(false), std::slice::from_ref(&new));
    assert_eq!(with(true), [(What::ServiceGone { service: "G@@a".to_owned(), before: 3 }, 1), new]);
}

#[test]
fn a_rate_of_errors_has_to_be_another_one_by_far() {
    let errors = |lines| {
        let mut now = cluster();
        of(&mut now, "n1", |node| node.errors = Told::Seen(ErrorsSeen { lines, window_ms: 600_000 }));
        whats(&cluster(), &now)
    };
    assert_eq!(errors(5), [], "12 an hour were, 30 are");
    assert_eq!(errors(20), [(What::Errors { before: 12, now: 120 }, 1)]);
}

#[test]
fn a_run_of_looks_breaks_at_a_bad_one_and_at_a_gap() {
    let run = |looks: &[(i64, bool)]| {
        let looks: Vec<(Timestamp, bool)> = looks.iter().map(|(seconds, well)| (at(*seconds), *well)).collect();
        WellRun::of(&looks, 20_000).map(|run| (run.since, run.ms()))
    };
    assert_eq!(run(&[(0, true), (5, true), (10, true)]), Some((at(0), 10_000)));
    assert_eq!(run(&[(0, true), (5, false), (10, true)]), Some((at(10), 0)));
    assert_eq!(run(&[(0, true), (5, true), (30, true), (35, true)]), Some((at(30), 5_000)));
    assert_eq!(run(&[(0, true), (5, false)]), None);
    assert_eq!(run(&[(30, true), (5, true)]), Some((at(5), 0)), "a clock that was set back is a gap");
}

#[test]
fn a_baseline_of_after_the_first_sign_is_none() {
    let taken = |taken: i64, still: i64| Baseline {
        version: 1,
        well_since: at(0),
        taken_at: at(taken),
        still_so_at: at(still),
        seen: cluster(),
    };
    assert_eq!(taken(100, 200).last_well_before(at(300)), Some(at(200)));
    assert_eq!(taken(100, 400).last_well_before(at(300)), Some(at(100)), "what is so again tells nothing of before");
    assert_eq!(taken(300, 400).last_well_before(at(300)), None);
}
