//! What a node led of the Raft groups, by what nodes said while it ran. Pure.
//!
//! # Why
//! Once a node is gone, nobody says what it led: the others name a new leader, or none. So it is told from what was seen just
//! before, and where that does not say it beyond doubt (a group of which two leaders are named, or none, or one that is no node
//! of the inventory), it is not told at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cluster::NodeSpec;
use super::id::NodeName;
use super::observed::{RaftGroupSeen, SampleSeen};
use super::published::HostPort;

/// How far back from the end of a node what was seen of its groups still counts, milliseconds.
pub const SEEN_BEFORE_MS: i64 = 10 * 60 * 1000;

/// How many Raft groups a node led.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    /// Those that it led.
    pub led: u32,
    /// All that there were.
    pub groups: u32,
}

impl Led {
    /// How many of all groups name that node as their leader; `None`: there is no group.
    #[must_use]
    pub fn of<N: PartialEq>(node: &N, leaders: &[N]) -> Option<Self> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let led = leaders.iter().filter(|leader| *leader == node).count();
        (!leaders.is_empty()).then(|| Self { led: count(led), groups: count(leaders.len()) })
    }
}

/// What a node led by what all nodes said at one moment; `None`: it did not answer then, or that does not tell.
#[must_use]
pub fn led(node: &NodeName, nodes: &[NodeSpec], said: &[(NodeName, SampleSeen)]) -> Option<Led> {
    said.iter().find(|(name, sample)| name == node && sample.alive)?;
    let mut leaders: BTreeMap<&str, &NodeName> = BTreeMap::new();
    for group in said.iter().filter(|(_, sample)| sample.alive).flat_map(|(_, sample)| &sample.raft) {
        let leader = group.leader.as_deref()?;
        let leader = &nodes.iter().find(|spec| votes_as(spec, leader))?.name;
        if *leaders.entry(group.group.as_str()).or_insert(leader) != leader {
            return None;
        }
    }
    Led::of(&node, &leaders.into_values().collect::<Vec<_>>())
}

/// Whether a node of the inventory votes under that Raft address.
fn votes_as(spec: &NodeSpec, address: &str) -> bool {
    let (Some(address), Some(api)) = (HostPort::parse(address), &spec.api) else { return false };
    let peer = api.published.peer.as_ref();
    is_raft_of(&address, &api.host, api.port)
        || peer.is_some_and(|peer| is_raft_of(&address, &peer.host, peer.port))
        || api.published.raft.as_ref() == Some(&address)
}

/// Whether a Raft address (`host:7848`) is that of the node with this main address (`host:8848`). Several nodes may share a host.
#[must_use]
pub fn is_raft_address_of(raft: &str, main: &str) -> bool {
    let (Some(raft), Some(main)) = (HostPort::parse(raft), HostPort::parse(main)) else { return false };
    is_raft_of(&raft, &main.host, main.port)
}

/// Whether a node is the leader that is named, by its own address, and so need not name it. A real 3.0.3 that had just been
/// started told neither leader nor term of one group for ten minutes, while both others named it, in the term of all its groups.
#[must_use]
pub fn is_that_leader(leader: &str, sample: &SampleSeen) -> bool {
    sample.address.as_deref().is_some_and(|own| is_raft_address_of(leader, own))
}

/// The first group on whose leader these nodes do not agree: two are named, or one in two terms where `by_term`, or a node that
/// is not the leader names none.
pub fn disputed<'s>(samples: impl Iterator<Item = &'s SampleSeen> + Clone, by_term: bool) -> Option<&'s str> {
    let mut told = samples.flat_map(|sample| sample.raft.iter().map(move |group| (sample, group)));
    let mut answers: BTreeMap<&str, BTreeSet<(&str, Option<i64>)>> = BTreeMap::new();
    for (_, group) in told.clone() {
        let answer = named(group).map(|leader| (leader, group.term.filter(|_| by_term)));
        answers.entry(&group.group).or_default().extend(answer);
    }
    let is_agreed = |sample: &SampleSeen, group: &RaftGroupSeen| {
        let answers = &answers[group.group.as_str()];
        let leader = answers.first().filter(|_| answers.len() == 1);
        leader.is_some_and(|(leader, _)| named(group).is_some() || is_that_leader(leader, sample))
    };
    told.find(|(sample, group)| !is_agreed(sample, group)).map(|(_, group)| group.group.as_str())
}

/// What a node names as the leader of a group; a name that is empty is none.
#[must_use]
pub fn named(group: &RaftGroupSeen) -> Option<&str> {
    group.leader.as_deref().filter(|leader| !leader.is_empty())
}

fn is_raft_of(raft: &HostPort, host: &str, main: u16) -> bool {
    /// Between the main port and that of Raft.
    const BELOW_MAIN: u16 = 1000;
    raft.host == host && main.checked_sub(BELOW_MAIN) == Some(raft.port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{ApiAddress, FileSource};
    use crate::domain::published::Published;
    use crate::domain::time::Timestamp;
    use crate::domain::trust::Trust;

    fn nodes() -> Vec<NodeSpec> {
        let node = |n: u8| NodeSpec {
            name: NodeName(format!("n{n}")),
            api: Some(ApiAddress {
                scheme: "http".to_owned(),
                host: format!("10.0.0.{n}"),
                port: 8848,
                context_path: None,
                console_port: None,
                credential: None,
                trust: Trust::default(),
                published: Published::default(),
            }),
            files: FileSource::default(),
        };
        (1..=3).map(node).collect()
    }

    /// What a node says: its groups and their leaders.
    fn said(name: &str, alive: bool, raft: &[(&str, Option<&str>)]) -> (NodeName, SampleSeen) {
        let group = |(group, leader): &(&str, Option<&str>)| RaftGroupSeen {
            group: (*group).to_owned(),
            leader: leader.map(str::to_owned),
            term: None,
            members: Vec::new(),
            error: None,
        };
        let raft = raft.iter().map(group).collect();
        let sample = SampleSeen { alive, raft, ..SampleSeen::silent(Timestamp::from_millis(0)) };
        (NodeName::from(name), sample)
    }

    #[test]
    fn a_node_led_the_groups_of_which_all_name_it() {
        let (one, three) = (Some("10.0.0.1:7848"), Some("10.0.0.3:7848"));
        let all = [("a", one), ("b", three), ("c", three)];
        let of = |said: &[(NodeName, SampleSeen)]| led(&NodeName::from("n3"), &nodes(), said);
        let seen = [said("n1", true, &all), said("n3", true, &all)];
        assert_eq!(of(&seen), Some(Led { led: 2, groups: 3 }));
        let none = [("a", one)];
        assert_eq!(of(&[said("n3", true, &none)]), Some(Led { led: 0, groups: 1 }), "that is known too");
    }

    #[test]
    fn nodes_of_one_host_are_told_apart_by_their_ports() {
        assert!(is_raft_address_of("10.0.0.1:7848", "10.0.0.1:8848"));
        assert!(!is_raft_address_of("10.0.0.1:7858", "10.0.0.1:8848"), "another node of that host");
        assert!(!is_raft_address_of("10.0.0.1", "10.0.0.1:8848") && !is_raft_address_of("", ""));
    }

    #[test]
    fn what_is_not_said_beyond_doubt_is_not_told() {
        let three = Some("10.0.0.3:7848");
        let of = |said: &[(NodeName, SampleSeen)]| led(&NodeName::from("n3"), &nodes(), said);
        let alone = [("a", three)];
        assert_eq!(of(&[said("n1", true, &alone), said("n3", false, &[])]), None, "it was gone already");
        assert_eq!(of(&[said("n3", true, &[])]), None, "no group was told");
        for leader in [None, Some("10.0.0.9:7848"), Some("10.0.0.3:8848")] {
            assert_eq!(of(&[said("n3", true, &[("a", leader)])]), None, "{leader:?}");
        }
        let other = [("a", Some("10.0.0.1:7848"))];
        assert_eq!(of(&[said("n1", true, &other), said("n3", true, &alone)]), None, "two are named");
    }
}
