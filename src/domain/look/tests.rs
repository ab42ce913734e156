//! How looks are judged and folded.

use super::*;
use crate::domain::observed::{GaugesSeen, RaftGroupSeen};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn sample(alive: bool, leader: Option<&str>) -> SampleSeen {
    let group = RaftGroupSeen {
        group: "naming_persistent_service_v2".to_owned(),
        leader: leader.map(str::to_owned),
        term: Some(3),
        members: Vec::new(),
        error: None,
    };
    let raft = if alive { vec![group] } else { Vec::new() };
    SampleSeen { alive, ready: Some(alive), raft, elapsed_ms: 9, ..SampleSeen::silent(at(0)) }
}

fn nodes(samples: impl IntoIterator<Item = SampleSeen>) -> Vec<(NodeName, SampleSeen)> {
    (1..).zip(samples).map(|(number, sample)| (NodeName(format!("n{number}")), sample)).collect()
}

fn fine() -> SampleSeen {
    sample(true, Some("10.0.0.1:7848"))
}

#[test]
fn a_cluster_is_up_where_every_node_that_was_asked_is_fine() {
    let of = |samples: &[SampleSeen]| LookState::of(&nodes(samples.to_vec()), 3);
    assert_eq!(of(&[fine(), fine(), fine()]), Some(LookState::Up));
    assert_eq!(of(&[fine(), fine()]), Some(LookState::Up), "the third has no address: its peers name it");
    assert_eq!(of(&[]), None, "nobody was asked");
    let mut not_ready = fine();
    not_ready.ready = Some(false);
    let mut misses_one = fine();
    misses_one.members.insert("10.0.0.3:8848".to_owned(), "SUSPICIOUS".into());
    let mut errs = fine();
    errs.raft[0].error = Some("wrote nothing".to_owned());
    for wrong in
        [sample(false, None), not_ready, misses_one, errs, sample(true, None), sample(true, Some("10.0.0.2:7848"))]
    {
        assert_eq!(of(&[fine(), fine(), wrong.clone()]), Some(LookState::Degraded), "{wrong:?}");
    }
}

#[test]
fn a_leader_that_all_others_name_need_not_name_itself() {
    let of = |own: &str, others: [Option<&str>; 2]| {
        let quiet = SampleSeen { address: Some(own.to_owned()), ..sample(true, None) };
        LookState::of(&nodes([quiet].into_iter().chain(others.map(|other| sample(true, other)))), 3)
    };
    let first = Some("10.0.0.1:7848");
    assert_eq!(of("10.0.0.1:8848", [first, first]), Some(LookState::Up));
    assert_eq!(of("10.0.0.2:8848", [first, first]), Some(LookState::Degraded), "a follower that never heard of it");
    assert_eq!(of("10.0.0.1:8848", [first, Some("10.0.0.3:7848")]), Some(LookState::Degraded), "they do not agree");
    assert_eq!(of("10.0.0.1:8848", [first, None]), Some(LookState::Degraded), "one more names none");
    assert_eq!(of("10.0.0.1:8848", [None, None]), Some(LookState::Degraded), "nobody names any");
}

#[test]
fn without_a_majority_it_is_down() {
    let silent = || sample(false, None);
    let of = |samples: &[SampleSeen], voters: usize| LookState::of(&nodes(samples.to_vec()), voters);
    assert_eq!(of(&[fine(), silent(), silent()], 3), Some(LookState::Down));
    assert_eq!(of(&[silent(), silent(), silent()], 3), Some(LookState::Down));
    assert_eq!(of(&[fine(), fine(), silent(), silent()], 4), Some(LookState::Down), "two of four elect nobody");
    assert_eq!(of(&[silent()], 3), Some(LookState::Down), "all that could be asked are silent");
    assert_eq!(of(&[silent()], 1), Some(LookState::Down));
    assert_eq!(of(&[fine(), silent()], 5), Some(LookState::Degraded), "three that nobody asked may serve");
}

#[test]
fn a_fold_keeps_the_worst_and_the_means() {
    let look = |second: i64, third: SampleSeen| {
        let mut first = fine();
        first.sdk_connections = Some(second);
        first.metrics.cpu = Some(0.25);
        first.elapsed_ms = u64::try_from(second).expect("small");
        let requests = u64::try_from(second).ok();
        let gauges = GaugesSeen { requests, read_at: Some(at(second)), ..GaugesSeen::default() };
        first.gauges = Some(Box::new(gauges)).filter(|_| second < 11);
        let nodes = nodes([first, fine(), third]);
        Look { at: at(second), state: LookState::of(&nodes, 3).expect("asked"), looks: 1, nodes }
    };
    let looks = [look(0, fine()), look(5, sample(false, None)), look(11, fine())];
    let kept = Look::fold(Grain::Minute.begin(at(11)), &looks).expect("a fold");
    assert_eq!((kept.at, kept.state, kept.looks), (at(0), LookState::Degraded, 3));
    assert!(!kept.nodes[2].1.alive, "it was silent for one look");
    let first = &kept.nodes[0].1;
    assert_eq!((first.sdk_connections, first.metrics.cpu, first.elapsed_ms), (Some(5), Some(0.25), 11));
    let gauges = first.gauges.as_deref().expect("gauges");
    assert_eq!((gauges.requests, gauges.read_at), (Some(5), Some(at(5))), "the newest, and when it was read");
    assert_eq!(kept.nodes[1].1.sdk_connections, None, "what nobody counted has no mean");
    let hour = Look::fold(at(0), &[kept.clone(), Look { state: LookState::Up, ..kept }]).expect("a fold");
    assert_eq!((hour.state, hour.looks), (LookState::Degraded, 6));
    assert_eq!(Look::fold(at(0), &[]), None);
}

#[test]
fn periods_begin_at_full_minutes_and_hours() {
    assert_eq!(Grain::Minute.begin(at(3661)), at(3660));
    assert_eq!(Grain::Hour.begin(at(3661)), at(3600));
    assert_eq!(Grain::Look.begin(at(3661)), at(3661));
    assert_eq!(Grain::Minute.begin(at(-1)), at(-60));
}
