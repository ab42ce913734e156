//! Whether what was seen of a node was seen in time: on a starved machine a probe that ran out of time says more about the
//! prober than about the node. A cause never rests on such evidence; where it would, the claim is lowered to "not known".

use super::nodes::Addressed;
use crate::domain::message::Message;
use crate::domain::observed::{LogFileSeen, LogsSeen, MissingWhy, PortResult, ViewSeen};
use crate::domain::vocabulary::{CutReason, Failure};
use crate::nacos::log_line::log_name;
use crate::nacos::timing;

/// True if the node answered late or in part: a probe of the same round that ran out of time then proves nothing.
#[must_use]
pub fn late(model: &Addressed<'_>, index: usize) -> bool {
    answers(model, index).iter().any(|late| *late)
}

/// True if most of what answered in this round answered late, or there was no time to try a port as often as it should be:
/// this machine or its network is the slow one.
#[must_use]
pub fn slow_here(model: &Addressed<'_>) -> bool {
    if (0..model.nodes.len()).any(|index| tried_too_little(model, index)) {
        return true;
    }
    let answers: Vec<bool> = (0..model.nodes.len()).flat_map(|index| answers(model, index)).collect();
    let late = answers.iter().filter(|late| **late).count();
    late > 0 && late * 2 >= answers.len()
}

/// True if this machine did not come round to all the tries of a port: one of a packet that is lost, or of a port that does
/// not answer, is begun in time all the same, so the tries it did make were late as well.
fn tried_too_little(model: &Addressed<'_>, index: usize) -> bool {
    let seen = model.nodes[index].ports.filter(|seen| seen.from == "here");
    seen.is_some_and(|seen| {
        let ports = seen.ports.iter().chain(seen.peers.iter().flat_map(|peer| &peer.ports));
        ports.filter(|port| port.result != PortResult::Dns).any(|port| port.tries < timing::PORT_TRIES)
    })
}

/// For every answer of the node whether it was late.
fn answers(model: &Addressed<'_>, index: usize) -> Vec<bool> {
    let node = &model.nodes[index];
    let ports = node.ports.into_iter().flat_map(|seen| &seen.ports).filter_map(|port| match port.result {
        PortResult::Open => Some(port.elapsed_ms >= timing::LATE_ANSWER_MS),
        PortResult::Silent | PortResult::Timeout if port.ok > 0 => Some(true),
        _ => None,
    });
    let liveness = node.view.and_then(|view| view.liveness.as_ref());
    let http = liveness.and_then(|http| match http.status {
        Some(_) => Some(http.elapsed_ms >= timing::LATE_ANSWER_MS),
        // What waits for nothing did not come in time, and something else did.
        None => (http.failure == Some(Failure::Timeout) && node.answers()).then_some(true),
    });
    ports.chain(http).collect()
}

/// True if a port result may only mean that there was no time here: for the probe, or to see that the node starts.
#[must_use]
pub fn doubtful(model: &Addressed<'_>, index: usize, result: PortResult) -> bool {
    let out_of_time = matches!(result, PortResult::Silent | PortResult::Timeout);
    // A node that starts refuses what it has not opened yet, and whether it starts was not found out in time.
    let may_start = stop_unread(model, index) || came_up_since(model, index);
    // A port that takes a connection and then says nothing may be as slow as the node's own readiness check: nothing on the way
    // to it blocks it.
    let hangs_itself = result == PortResult::Silent && model.nodes[index].view.is_some_and(ViewSeen::readiness_waits);
    result == PortResult::Refused && may_start
        || out_of_time && (late(model, index) || slow_here(model))
        || hangs_itself
}

/// True if the node came up when its ports had been tried, or as they were.
fn came_up_since(model: &Addressed<'_>, index: usize) -> bool {
    let node = &model.nodes[index];
    let tried = node.ports.map(|seen| seen.at.unwrap_or(model.as_of));
    node.started.zip(tried).is_some_and(|(started, tried)| started.plus_millis(timing::ROUND_MS) >= tried)
}

/// Logs that Nacos ships with a level in every record.
const LEVELLED: [&str; 8] = [
    "nacos.log",
    "nacos-cluster.log",
    "naming-server.log",
    "config-server.log",
    "remote.log",
    "protocol-raft.log",
    "protocol-distro.log",
    "alipay-jraft.log",
];

/// Files of which every stamp could be read and nothing else: their layout is not known, so what they say is not either.
#[must_use]
pub fn not_understood<'p>(model: &'p Addressed<'_>, index: usize) -> Vec<&'p LogFileSeen> {
    const ENOUGH: u64 = 3;
    let files = model.nodes[index].logs.into_iter().flat_map(|logs| &logs.files);
    files
        .filter(|file| file.records >= ENOUGH && file.unlevelled == file.records)
        .filter(|file| LEVELLED.contains(&log_name(&file.path)))
        .collect()
}

/// That logs of the node were read and no stamp in any of them was understood, in words: nothing in them has a time, so
/// nothing of it was judged.
#[must_use]
pub fn without_stamps(model: &Addressed<'_>, index: usize) -> Option<Message> {
    let node = &model.nodes[index];
    let logs = node.logs?;
    let line = logs.unstamped.as_ref()?;
    let told = Message::new("judged-no-stamps").with("node", node.name).with("files", logs.files.len());
    Some(told.with("line", line))
}

/// True if the node's logs could be read, but not to the end of the window before the time was up.
#[must_use]
pub fn half_read(model: &Addressed<'_>, index: usize) -> bool {
    let logs = model.nodes[index].logs;
    logs.is_some_and(was_cut) || timed_out(model, index, "logs.signatures") || stop_unread(model, index)
}

/// True if the time was up before all of these logs were read.
fn was_cut(logs: &LogsSeen) -> bool {
    logs.files.iter().any(|file| file.cut.as_ref().is_some_and(CutReason::is_out_of_time))
        || logs.unreadable.iter().any(|(_, why)| why.is_out_of_time())
}

/// True if the time was up before the newest line of the node was found: there may be younger ones than those that were read.
#[must_use]
pub fn end_unread(model: &Addressed<'_>, index: usize) -> bool {
    let node = &model.nodes[index];
    node.stop.is_none() && node.logs.map_or_else(|| timed_out(model, index, "logs.signatures"), was_cut)
}

/// True if there was no time to look at the node's process and at the traces of its starts and stops.
#[must_use]
pub fn stop_unread(model: &Addressed<'_>, index: usize) -> bool {
    timed_out(model, index, "node.stop")
}

/// True if what a check of that kind looks for was not found in the node's time.
fn timed_out(model: &Addressed<'_>, index: usize, kind: &str) -> bool {
    let missing = model.observations.missing.get(kind).and_then(|nodes| nodes.get(model.nodes[index].name));
    missing.is_some_and(|missing| missing.why == MissingWhy::TimedOut)
}
