//! How the cluster stands at the moment judged: what each node is doing, and what is counted of the harm. Pure.

mod led;

use std::collections::BTreeMap;

use crate::domain::diagnosis::{NodeDoing, NodeStanding, Standing};
use crate::domain::time::Timestamp;
use crate::model::node_state::{self, NodeState};
use crate::model::tables::clients;
use crate::model::{ClusterModel, reliability};

/// What is known of every node, in the order of the inventory, and of the cluster.
#[must_use]
pub fn standing(model: &ClusterModel<'_>) -> Standing {
    let leaders = leaders(model);
    let before = clients::before_outage(model);
    let node = |index: usize| {
        let (doing, since) = doing(model, index);
        let led = leaders.values().filter(|leader| **leader == Some(index)).count();
        NodeStanding {
            node: model.nodes[index].name.clone(),
            doing,
            since,
            leads: (doing == NodeDoing::Running && !leaders.is_empty()).then(|| u32::try_from(led).unwrap_or(u32::MAX)),
            clients: clients::sdk_now(model, index),
            clients_before: before.as_ref().and_then(|before| before.counts.get(index).copied()),
            led_before: since.filter(|_| doing.is_away()).and_then(|since| led::led_before(model, index, since)),
        }
    };
    Standing {
        nodes: (0..model.nodes.len()).map(node).collect(),
        groups: (!leaders.is_empty()).then(|| u32::try_from(leaders.len()).unwrap_or(u32::MAX)),
        leaderless: model.leaderless.iter().map(|one| one.group.clone()).collect(),
    }
}

/// What a node is doing, and since when.
fn doing(model: &ClusterModel<'_>, index: usize) -> (NodeDoing, Option<Timestamp>) {
    let last = model.nodes[index].last_stamp.filter(|_| !reliability::end_unread(model, index));
    match model.states[index] {
        NodeState::Running | NodeState::CopyEndsEarly => (NodeDoing::Running, None),
        NodeState::Starting { since } => (NodeDoing::Starting, Some(since)),
        NodeState::StartFailed { at } => (NodeDoing::StartFailed, Some(at)),
        NodeState::Hung => (NodeDoing::Hung, last),
        NodeState::Silent => (NodeDoing::Silent, last),
        NodeState::Gone if node_state::seen_gone(model, index) => (NodeDoing::Gone, last),
        NodeState::Gone => (NodeDoing::Refused, last),
        NodeState::Unreachable => (NodeDoing::Unreachable, None),
        NodeState::Unseen => (NodeDoing::Unseen, None),
    }
}

/// The Raft groups that running nodes tell of, and the running node that most of them name as its leader.
fn leaders<'m>(model: &'m ClusterModel<'_>) -> BTreeMap<&'m str, Option<usize>> {
    let mut named: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
    for index in model.running() {
        for told in model.nodes[index].view.iter().flat_map(|view| &view.raft) {
            let votes = named.entry(told.group.as_str()).or_default();
            let leader = told.leader.as_deref().and_then(|leader| model.voter(leader));
            if let Some(leader) = leader.filter(|leader| model.states[*leader].is_running()) {
                *votes.entry(leader).or_default() += 1;
            }
        }
    }
    let most = |votes: BTreeMap<usize, usize>| votes.into_iter().max_by_key(|(_, count)| *count).map(|(node, _)| node);
    named.into_iter().map(|(group, votes)| (group, most(votes))).collect()
}

#[cfg(test)]
mod tests;
