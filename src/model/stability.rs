//! The exit criterion of step 6: stable for N minutes, reset by any flap. Pure, over the samples of every node.

use crate::domain::id::NodeName;
use crate::domain::impact::{UNSEEN_ALL, UNSEEN_NODE, was_unseen};
use crate::domain::led::{disputed, is_that_leader, named};
use crate::domain::message::Message;
use crate::domain::observed::{RaftGroupSeen, SampleSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::MemberState;
use crate::nacos::timing;

/// A node that loses more than this share of its connections between two samples has collapsed, in percent.
const COLLAPSE_PERCENT: i64 = 50;
/// Below this many connections a loss says nothing.
const FEW_CONNECTIONS: i64 = 10;

/// How long the cluster has been stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stability {
    /// Since when; `None` if it is not stable now.
    pub stable_since: Option<Timestamp>,
    /// Since when no trouble was seen, whether somebody looked all the time or not; `None` if it is not stable now.
    pub well_since: Option<Timestamp>,
    /// Milliseconds that are still needed; 0: the criterion is met.
    pub remaining_ms: i64,
    /// The last thing that reset it: when and what.
    pub last_flap: Option<(Timestamp, Message)>,
}

/// How long all nodes have been stable at `now`, of `need_ms`. `samples`: per node, oldest first.
#[must_use]
pub fn stability(samples: &[(NodeName, Vec<SampleSeen>)], now: Timestamp, need_ms: i64) -> Stability {
    let flaps = flaps(samples);
    let first = samples.iter().filter_map(|(_, series)| series.first().map(|sample| sample.at)).max();
    let complete = !samples.is_empty() && samples.iter().all(|(_, series)| !series.is_empty());
    let trouble = flaps.iter().filter(|flap| !was_unseen(&flap.why)).map(|flap| flap.until).max();
    let until = flaps.iter().map(|flap| flap.until).max();
    // Of what happened at one moment, what was seen says more than that nobody had looked.
    let last_flap = flaps.into_iter().max_by_key(|flap| (flap.at, !was_unseen(&flap.why)));
    let recent = samples
        .iter()
        .all(|(_, series)| series.last().is_some_and(|sample| now.millis_since(sample.at) <= timing::SAMPLE_GAP_MS));
    let stable = complete && recent && unstable_now(samples).is_none();
    let since = |flap: Option<Timestamp>| flap.max(first).filter(|_| stable);
    let (stable_since, well_since) = (since(until), since(trouble));
    let last_flap = last_flap.map(|flap| (flap.at, flap.why));
    let held = stable_since.map_or(0, |since| now.millis_since(since));
    Stability { stable_since, well_since, remaining_ms: (need_ms - held).max(0), last_flap }
}

/// Why the newest samples are not stable; `None` if they are.
#[must_use]
pub fn unstable_now(samples: &[(NodeName, Vec<SampleSeen>)]) -> Option<Message> {
    let newest: Vec<(&NodeName, &SampleSeen)> =
        samples.iter().filter_map(|(name, series)| series.last().map(|sample| (name, sample))).collect();
    if let Some((name, sample)) = newest.iter().find(|(_, sample)| !sample.is_healthy()) {
        return Some(trouble(name, sample));
    }
    disputed(newest.iter().map(|(_, sample)| *sample), true)
        .map(|group| Message::new("stability-leader-disagree").with("group", group))
}

fn trouble(name: &NodeName, sample: &SampleSeen) -> Message {
    if !sample.alive {
        return Message::new("stability-node-silent").with("node", name);
    }
    if let Some((member, state)) = sample.members.iter().find(|(_, state)| **state != MemberState::Up) {
        return Message::new("stability-member").with("node", name).with("member", member).with("state", state);
    }
    if sample.ready == Some(false) {
        return Message::new("stability-not-ready").with("node", name);
    }
    Message::new("stability-raft-error").with("node", name)
}

/// Something that resets the clock.
struct Flap {
    /// When it was seen.
    at: Timestamp,
    /// The sample from which on it was not: of what changed at once, the same.
    until: Timestamp,
    why: Message,
}

impl Flap {
    fn at_once((at, why): (Timestamp, Message)) -> Self {
        Self { at, until: at, why }
    }
}

/// Everything that resets the clock: a bad sample, a leader or term that changes, connections that collapse, a gap.
fn flaps(samples: &[(NodeName, Vec<SampleSeen>)]) -> Vec<Flap> {
    let mut flaps = Vec::new();
    for (name, series) in samples {
        for (at, sample) in series.iter().enumerate().filter(|(_, sample)| !sample.is_healthy()) {
            let until = series.get(at + 1).unwrap_or(sample).at;
            flaps.push(Flap { at: sample.at, until, why: trouble(name, sample) });
        }
        for pair in series.windows(2) {
            let [before, after] = pair else { continue };
            if after.at.millis_since(before.at) > timing::SAMPLE_GAP_MS {
                flaps.push(Flap::at_once((after.at, gap(name, before.at, after.at, samples))));
            }
            flaps.extend(changed_leader(name, before, after, samples).map(Flap::at_once));
        }
        // They are not counted in every sample.
        let counted: Vec<&SampleSeen> = series.iter().filter(|sample| sample.sdk_connections.is_some()).collect();
        flaps.extend(counted.windows(2).filter_map(|pair| collapse(name, pair[0], pair[1])).map(Flap::at_once));
    }
    flaps
}

/// What a gap between two samples of a node is: where every other node has it too, nobody looked.
fn gap(name: &NodeName, from: Timestamp, to: Timestamp, all: &[(NodeName, Vec<SampleSeen>)]) -> Message {
    let middle = from.plus_millis(to.millis_since(from) / 2);
    let has_it = |series: &[SampleSeen]| {
        let next = series.partition_point(|sample| sample.at < middle);
        let around = next.checked_sub(1).and_then(|last| Some((series.get(last)?, series.get(next)?)));
        around.is_none_or(|(last, next)| next.at.millis_since(last.at) > timing::SAMPLE_GAP_MS)
    };
    if all.iter().all(|(_, series)| has_it(series)) {
        return Message::new(UNSEEN_ALL).with("seconds", to.millis_since(from) / 1000);
    }
    Message::new(UNSEEN_NODE).with("node", name)
}

fn changed_leader(
    name: &NodeName,
    before: &SampleSeen,
    after: &SampleSeen,
    samples: &[(NodeName, Vec<SampleSeen>)],
) -> Option<(Timestamp, Message)> {
    let changed = after.raft.iter().find(|group| {
        let mut was = before.raft.iter().filter(|old| old.group == group.group);
        was.any(|old| (old.term != group.term || old.leader != group.leader) && !owns_up(old, group, after, samples))
    })?;
    let message = Message::new("stability-leader-changed").with("node", name).with("group", &changed.group);
    Some((after.at, message))
}

/// Whether a leader begins to name itself, or stops, while another node names it all the time: nothing changed hands.
fn owns_up(old: &RaftGroupSeen, new: &RaftGroupSeen, own: &SampleSeen, all: &[(NodeName, Vec<SampleSeen>)]) -> bool {
    let leader = match (named(old), named(new)) {
        (None, Some(leader)) | (Some(leader), None) if is_that_leader(leader, own) => leader,
        _ => return false,
    };
    let term = old.term.or(new.term);
    let names = |series: &[SampleSeen], before: bool| {
        let mut beside = series.iter().filter(|sample| if before { sample.at < own.at } else { sample.at >= own.at });
        let sample = if before { beside.next_back() } else { beside.next() };
        let told = sample.and_then(|sample| sample.raft.iter().find(|told| told.group == new.group));
        told.is_some_and(|told| named(told) == Some(leader) && told.term == term)
    };
    all.iter().any(|(_, series)| names(series, true) && names(series, false))
}

fn collapse(name: &NodeName, before: &SampleSeen, after: &SampleSeen) -> Option<(Timestamp, Message)> {
    let (old, new) = (before.sdk_connections?, after.sdk_connections?);
    let collapsed = old >= FEW_CONNECTIONS && new * 100 < old * (100 - COLLAPSE_PERCENT);
    collapsed.then(|| {
        let message = Message::new("stability-connections").with("node", name).with("before", old).with("after", new);
        (after.at, message)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::observed::RaftGroupSeen;

    fn sample(at: i64, term: i64, state: &str) -> SampleSeen {
        SampleSeen {
            alive: true,
            ready: Some(true),
            members: BTreeMap::from([("10.0.0.1:8848".to_owned(), state.into())]),
            raft: vec![RaftGroupSeen {
                group: "g".to_owned(),
                leader: Some("10.0.0.1:7848".to_owned()),
                term: Some(term),
                members: Vec::new(),
                error: None,
            }],
            sdk_connections: Some(40),
            ..SampleSeen::silent(Timestamp::from_millis(at))
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn quiet_samples_count_from_the_first() {
        let series = vec![("n1".into(), (0..=10).map(|i| sample(i * 5_000, 1, "UP")).collect::<Vec<_>>())];
        let stability = stability(&series, at(50_000), 600_000);
        assert_eq!(stability.stable_since, Some(at(0)));
        assert_eq!(stability.remaining_ms, 550_000);
        assert_eq!(stability.last_flap, None);
    }

    #[test]
    fn what_was_seen_at_a_bad_sample_is_well_from_the_next_one_on() {
        let series = vec![("n1".into(), vec![sample(0, 1, "UP"), sample(5_000, 1, "DOWN"), sample(10_000, 1, "UP")])];
        let told = stability(&series, at(10_000), 60_000);
        assert_eq!((told.stable_since, told.well_since), (Some(at(10_000)), Some(at(10_000))));
        assert_eq!(told.last_flap.map(|(at, _)| at), Some(at(5_000)), "it was seen then");
    }

    #[test]
    fn a_new_term_resets_the_clock() {
        let series = vec![(
            "n1".into(),
            vec![sample(0, 1, "UP"), sample(5_000, 1, "UP"), sample(10_000, 2, "UP"), sample(15_000, 2, "UP")],
        )];
        let stability = stability(&series, at(15_000), 60_000);
        assert_eq!(stability.stable_since, Some(at(10_000)));
        assert_eq!(
            stability.last_flap.map(|(at, message)| (at, message.key)),
            Some((at(10_000), "stability-leader-changed".to_owned()))
        );
    }

    #[test]
    fn a_gap_of_all_nodes_is_a_time_at_which_nobody_looked() {
        let series = |times: &[i64]| times.iter().map(|ms| sample(*ms, 1, "UP")).collect::<Vec<_>>();
        let told = |other: &[i64]| {
            let all = vec![("n1".into(), series(&[0, 5_000, 130_000])), ("n2".into(), series(other))];
            let told = stability(&all, at(131_000), 1);
            assert!(told.stable_since >= Some(at(130_000)), "{told:?}");
            assert_eq!(told.well_since, Some(at(0)), "no trouble was seen");
            told.last_flap.map(|(_, message)| message.key)
        };
        assert_eq!(told(&[0, 5_100, 130_200]).as_deref(), Some("stability-gap-all"));
        assert_eq!(
            told(&[0, 60_000, 110_000, 130_000]).as_deref(),
            Some("stability-gap"),
            "n2 was looked at meanwhile"
        );
    }

    #[test]
    fn a_member_that_is_not_up_is_no_stability() {
        let series = vec![("n1".into(), vec![sample(0, 1, "UP"), sample(5_000, 1, "DOWN")])];
        let stability = stability(&series, at(5_000), 60_000);
        assert_eq!(stability.stable_since, None);
        assert_eq!(stability.remaining_ms, 60_000);
    }

    #[test]
    fn a_node_without_samples_or_with_old_ones_is_not_stable() {
        let empty = vec![("n1".into(), vec![sample(0, 1, "UP")]), ("n2".into(), Vec::new())];
        assert_eq!(stability(&empty, at(1_000), 60_000).stable_since, None);
        let old = vec![("n1".into(), vec![sample(0, 1, "UP")])];
        assert_eq!(stability(&old, at(120_000), 60_000).stable_since, None);
    }

    #[test]
    fn leaders_that_differ_are_unstable() {
        let mut other = sample(0, 1, "UP");
        other.raft[0].leader = Some("10.0.0.2:7848".to_owned());
        let series = vec![("n1".into(), vec![sample(0, 1, "UP")]), ("n2".into(), vec![other])];
        assert!(unstable_now(&series).is_some());
    }

    /// A leader that names itself from some moment on, beside a node that named it in this term before and in that one after.
    fn owning_up(terms: (i64, i64)) -> Vec<(NodeName, Vec<SampleSeen>)> {
        let own = |at, term, names: bool| {
            let mut own = SampleSeen { address: Some("10.0.0.1:8848".to_owned()), ..sample(at, term, "UP") };
            if !names {
                (own.raft[0].leader, own.raft[0].term) = (None, None);
            }
            own
        };
        let leader =
            vec![own(0, 1, false), own(5_000, 1, false), own(10_000, terms.1, true), own(15_000, terms.1, true)];
        let other = [(0, terms.0), (5_000, terms.0), (10_000, terms.1), (15_000, terms.1)];
        let other = other.map(|(at, term)| sample(at, term, "UP")).to_vec();
        vec![("n1".into(), leader), ("n2".into(), other)]
    }

    #[test]
    fn a_leader_need_not_name_itself_and_may_begin_to() {
        let all = owning_up((1, 1));
        let quiet: Vec<_> = all.iter().map(|(name, series)| (name.clone(), series[..2].to_vec())).collect();
        assert_eq!(unstable_now(&quiet), None);
        assert_eq!(stability(&all, at(15_000), 1).stable_since, Some(at(0)), "nothing changed");
        assert_eq!(stability(&owning_up((1, 2)), at(15_000), 1).stable_since, Some(at(10_000)), "it was elected again");
        let mut follower = quiet.clone();
        follower[0].1[1].address = Some("10.0.0.2:8848".to_owned());
        assert!(unstable_now(&follower).is_some(), "a follower that knows no leader");
        let mut none = quiet;
        none[1].1[1].raft[0].leader = None;
        assert!(unstable_now(&none).is_some(), "nobody names one");
        let alone = vec![owning_up((1, 1)).remove(0)];
        assert_eq!(stability(&alone, at(15_000), 1).stable_since, Some(at(10_000)), "by itself it was elected then");
    }

    #[test]
    fn connections_that_collapse_reset_the_clock() {
        let mut fewer = sample(5_000, 1, "UP");
        fewer.sdk_connections = Some(3);
        let series = vec![("n1".into(), vec![sample(0, 1, "UP"), fewer])];
        assert_eq!(stability(&series, at(5_000), 1).stable_since, Some(at(5_000)));
    }
}
