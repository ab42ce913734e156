//! What nodes count of the connections that their peers hold to them, in the line that they write every three seconds.

use super::cite;
use super::node_state::Stated;
use crate::domain::evidence::EvidenceRef;
use crate::domain::time::Timestamp;
use crate::model::tables::settings;
use crate::nacos::timing;

/// What nodes show who all count no connection of a peer, for a while and long after their start: each holds one to every
/// other. Empty where one of several nodes that run counts a connection, or does not count.
#[must_use]
pub fn nobody_is_connected(model: &Stated<'_>) -> Vec<EvidenceRef> {
    let running: Vec<usize> =
        model.running().into_iter().filter(|index| model.nodes[*index].given_for.is_none()).collect();
    let counts: Option<Vec<EvidenceRef>> = running.iter().map(|index| counts_nobody(model, *index)).collect();
    counts.filter(|counts| counts.len() > 1).unwrap_or_default()
}

/// What a running node shows that counts no connection of a peer, while another that runs counts some.
#[must_use]
pub fn is_left_out(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let from = model.as_of.plus_millis(-timing::NO_PEERS_OVER_MS);
    let counts_some = |other: usize| {
        let history = model.nodes[other].logs.into_iter().flat_map(|logs| &logs.connection_history);
        other != index && history.filter(|(at, ..)| *at >= from).any(|(_, _, peers)| *peers > 0)
    };
    let others = model.running().into_iter().any(counts_some);
    counts_nobody(model, index).filter(|_| others).into_iter().collect()
}

/// The newest count of a node that counts no peer.
fn counts_nobody(model: &Stated<'_>, index: usize) -> Option<EvidenceRef> {
    let node = &model.nodes[index];
    let from = model.as_of.plus_millis(-timing::NO_PEERS_OVER_MS);
    let began = node.stop.and_then(|stop| stop.starts.iter().copied().max());
    let settled = |at: Timestamp| at.plus_millis(timing::START_NOISE_MS) <= from;
    if ![node.started, began].into_iter().flatten().all(settled) || !settings::runs_alone(model, index).is_empty() {
        return None;
    }
    let history = &node.logs?.connection_history;
    let newest =
        history.iter().map(|(at, ..)| *at).max().filter(|at| model.age_ms(*at) <= timing::HEARTBEAT_SILENT_MS)?;
    let before = history.iter().any(|(at, ..)| *at <= from);
    let none = history.iter().filter(|(at, ..)| *at >= from).all(|(_, _, peers)| *peers == 0);
    (before && none).then(|| {
        let text = format!("{newest} clusterCount=0");
        cite::said(node.name, "plugin-control-connection.log", &text)
    })
}
