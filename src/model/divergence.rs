//! What nodes should hold alike and do not: instances of services, the time.

use std::collections::{BTreeMap, BTreeSet};

use super::ClusterModel;
use super::{cite, youth};
use crate::domain::evidence::EvidenceRef;
use crate::nacos::timing;

/// Services of which nodes do not know the same instances.
#[derive(Clone, Debug)]
pub struct Services {
    /// Their names.
    pub names: Vec<String>,
    /// Nodes that know the fewest instances of one of them.
    pub lacking: BTreeSet<usize>,
    /// What each node knows.
    pub evidence: Vec<EvidenceRef>,
}

/// Services of which one running node, up for a while, knows no healthy instance, or at most half as many as another.
/// `None`: there are none.
#[must_use]
pub fn services(model: &ClusterModel<'_>) -> Option<Services> {
    let settled: Vec<usize> = model
        .running()
        .into_iter()
        .filter(|index| {
            let node = &model.nodes[*index];
            node.view.is_some_and(|view| !view.services.is_empty())
                && !youth::came_up_within(model, *index, timing::CATCH_UP_MS)
        })
        .collect();
    if settled.len() < 2 {
        return None;
    }
    // How many are healthy, by service and node.
    let mut known: BTreeMap<&String, BTreeMap<usize, i64>> = BTreeMap::new();
    for index in &settled {
        for (service, (healthy, _)) in model.nodes[*index].view.into_iter().flat_map(|view| &view.services) {
            known.entry(service).or_default().insert(*index, *healthy);
        }
    }
    let mut found = Services { names: Vec::new(), lacking: BTreeSet::new(), evidence: Vec::new() };
    for (service, known) in known {
        let healthy = |index: &usize| known.get(index).copied().unwrap_or(0);
        let least = settled.iter().map(healthy).min().unwrap_or(0);
        let most = settled.iter().map(healthy).max().unwrap_or(0);
        if most > 0 && (least == 0 || least * 2 <= most) {
            found.names.push(service.clone());
            found.lacking.extend(settled.iter().copied().filter(|index| healthy(index) == least));
            for index in &settled {
                let text = format!("{service}: {} healthy", healthy(index));
                found.evidence.push(cite::said(model.nodes[*index].name, "service list", &text));
            }
        }
    }
    found.evidence.truncate(12);
    (!found.names.is_empty()).then_some(found)
}

/// A node whose clock is not that of most.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The node.
    pub node: usize,
    /// How far it runs ahead of the middle one, milliseconds.
    pub ahead_ms: i64,
    /// The same, to be shown.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes whose clock is off by more than anything allows.
#[must_use]
pub fn clocks(model: &ClusterModel<'_>) -> Vec<Clock> {
    // Where the logs of all were put on one clock, that says more than what each of them tells by itself.
    let aligned = model.nodes.iter().any(|node| node.aligned_ms() != 0);
    let offset = |index: usize| {
        let node = &model.nodes[index];
        let stop = node.stop.and_then(|stop| stop.clock_offset_ms);
        let view = || node.view.and_then(|view| view.clock_offset_ms);
        let logs = || node.logs.and_then(|logs| if aligned { Some(node.aligned_ms()) } else { logs.clock_offset_ms });
        Some((index, stop.or_else(view).or_else(logs)?))
    };
    let offsets: Vec<(usize, i64)> = (0..model.nodes.len()).filter_map(offset).collect();
    let mut sorted: Vec<i64> = offsets.iter().map(|(_, offset)| *offset).collect();
    sorted.sort_unstable();
    let Some(middle) = sorted.get(sorted.len() / 2).copied() else { return Vec::new() };
    let ahead = offsets.into_iter().map(|(node, offset)| (node, offset - middle));
    ahead
        .filter(|(_, ahead_ms)| ahead_ms.abs() > timing::CLOCK_SKEW_MS)
        .map(|(node, ahead_ms)| {
            let evidence = vec![cite::said(model.nodes[node].name, "clock", &format!("{ahead_ms} ms"))];
            Clock { node, ahead_ms, evidence }
        })
        .collect()
}
