//! Which clients send heartbeats to the nodes of watched clusters, as their nodes told last.
//!
//! # Laws
//! - A node is asked once a minute at most, and only beside a look that listed its connections.
//! - What a node told speaks until its next answer, for a while where that fails, and no longer than the node lives.
//! - Each client is at one node of a cluster, whichever of them list it.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::monitor_sample::beating::{EVERY_MS, HOLDS_MS, OFF_MS, Told, responsible};
use crate::domain::beating::{self, Beating};
use crate::domain::cluster::Cluster;
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;

/// What is remembered between looks.
#[derive(Default)]
pub(super) struct Memory(BTreeMap<(ClusterId, NodeName), OfNode>);

#[derive(Default)]
struct OfNode {
    told: Option<(Timestamp, BTreeSet<Beating>)>,
    next: Option<Timestamp>,
}

impl Memory {
    /// What is remembered of clusters that left the inventory is not needed any more.
    pub(super) fn forget_others(&mut self, clusters: &[Cluster]) {
        self.0.retain(|(id, _), _| clusters.iter().any(|cluster| cluster.id == *id));
    }

    /// Whether a node is to be asked now.
    pub(super) fn is_due(&self, key: &(ClusterId, NodeName), at: Timestamp) -> bool {
        let next = self.0.get(key).and_then(|of_node| of_node.next);
        // A clock that was set back does not put it off.
        next.is_none_or(|next| at >= next || next.millis_since(at) > OFF_MS)
    }

    /// Takes what a node said.
    pub(super) fn take(&mut self, key: &(ClusterId, NodeName), told: Told, at: Timestamp) {
        let of_node = self.0.entry(key.clone()).or_default();
        let after_ms = if matches!(told, Told::Listed(_) | Told::Nothing) { EVERY_MS } else { OFF_MS };
        of_node.next = Some(at.plus_millis(after_ms));
        if let Told::Listed(all) = told {
            of_node.told = Some((at, all));
        }
    }

    /// Those for which a node is responsible by its own word: what they publish is asked there.
    pub(super) fn own(&self, key: &(ClusterId, NodeName), sample: &SampleSeen, at: Timestamp) -> Vec<Beating> {
        let Some(own) = sample.address.as_deref() else { return Vec::new() };
        let all = self.0.get(key).and_then(|of_node| of_node.fresh(at)).into_iter().flatten();
        all.filter(|one| responsible(one, sample) == Some(own)).cloned().collect()
    }

    /// Which are at which node of a cluster, by what its nodes say in a look; `None`: none of them told of late.
    pub(super) fn at_nodes(
        &mut self,
        cluster: ClusterId,
        look: &[(NodeName, SampleSeen)],
        at: Timestamp,
    ) -> Option<BTreeMap<NodeName, Vec<Beating>>> {
        let lives = |name: &NodeName| look.iter().any(|(node, sample)| node == name && sample.alive);
        for ((_, node), of_node) in self.0.iter_mut().filter(|((id, _), _)| *id == cluster) {
            if !lives(node) {
                // It is asked at once when it is back: what it held is with others now.
                *of_node = OfNode::default();
            }
        }
        let of_cluster = self.0.iter().filter(|((id, _), _)| *id == cluster);
        let lists: BTreeMap<NodeName, &BTreeSet<Beating>> =
            of_cluster.filter_map(|((_, node), of_node)| Some((node.clone(), of_node.fresh(at)?))).collect();
        let view = look.iter().map(|(_, sample)| sample).find(|sample| sample.alive && !sample.members.is_empty());
        let responsible = |one: &Beating| {
            let address = responsible(one, view?)?;
            look.iter().find(|(_, sample)| sample.address.as_deref() == Some(address)).map(|(node, _)| node.clone())
        };
        (!lists.is_empty()).then(|| beating::attribute(&lists, responsible))
    }
}

impl OfNode {
    fn fresh(&self, at: Timestamp) -> Option<&BTreeSet<Beating>> {
        self.told.as_ref().filter(|(told, _)| at.millis_since(*told) <= HOLDS_MS).map(|(_, all)| all)
    }
}
