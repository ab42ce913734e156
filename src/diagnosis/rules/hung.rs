//! A node whose process is there and does not answer.

use super::of_node::{
    GAVE_UP, SILENT_OR_GONE, THERE_WITHOUT_ANSWER, peers_lost_streams, peers_refused, peers_timed_out, process_gone,
    wrote_a_moment_ago,
};
use super::starting::{failed_at, found_it_taken};
use crate::diagnosis::case::{Rule, Seen, beside, certain, doubts, excludes, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Variant;
use crate::model::node_state;
use crate::model::reachability::{self, Reachability};
use crate::model::{ClusterModel, cite, memory, stop_traces};

/// Its logs ended, and its peers wait for answers in vain.
pub(super) static BY_PEERS: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[
        SILENT_OR_GONE,
        excludes("peers-refused", peers_refused),
        excludes("process-gone", process_gone),
        requires("peers-timed-out", peers_timed_out),
        doubts("wrote-a-moment-ago", wrote_a_moment_ago),
        beside("peers-lost-streams", peers_lost_streams),
    ],
    |_, _| "finding-node-hung-by-peers",
)
.likely();

/// Somebody started it again while its earlier process hangs: that one holds the ports and the data folder. A process that had
/// ended would let its peers be refused.
pub(super) static BEHIND_A_FAILED_START: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[GAVE_UP, requires("start-found-it-taken", found_it_taken), requires("holder-does-not-answer", holder_is_silent)],
    |_, _| "finding-node-hung-behind-start",
)
.likely();

/// Something that holds the ports of a start that gave up takes connections and says nothing.
pub(super) fn holder_is_silent(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let seen = &model.peers_saw[*index];
    let in_vain = failed_at(model, *index).is_some_and(|failed| seen.waited_in_vain_since(failed));
    match reachability::reach(model, *index) {
        Reachability::Accepts => Seen::Yes(stop_traces::tries_from_here(model, *index)),
        Reachability::NotTried if in_vain => Seen::Yes(seen.timeout_lines.clone()),
        _ => Seen::No.if_looked(seen.looked),
    }
}

/// Nacos opens the Raft port first when it starts, and the main port last.
pub(super) static HALF_OPEN: Rule<usize> = Rule::fail(
    Code::NodeStarting,
    &[
        THERE_WITHOUT_ANSWER,
        excludes("process-stopped", process_stopped),
        requires("main-port-still-refuses", |model, index| {
            let half = reachability::main_refuses_while_grpc_speaks(model, *index);
            if half { Seen::Yes(stop_traces::tries_from_here(model, *index)) } else { Seen::No }
        }),
    ],
    |_, _| "finding-node-half-open",
)
.warn()
.possible();

pub(super) static WAITS_FOR_DISK: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[
        THERE_WITHOUT_ANSWER,
        excludes("process-stopped", process_stopped),
        requires("threads-wait-for-disk", |model, index| {
            Seen::of(node_state::blocked_threads(model, *index).is_some()).if_looked(table_seen(model, *index))
        }),
        // One thread may just have been writing.
        certain("several-threads-wait", |model, index| {
            Seen::of(node_state::blocked_threads(model, *index).is_some_and(|(blocked, _)| blocked > 1))
        }),
        certain("accepts-without-answer", accepts_without_answer),
    ],
    |_, _| "finding-node-hung-disk",
)
.likely()
.variant(Variant::WaitsForDisk);

pub(super) static COLLECTS_GARBAGE: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[
        THERE_WITHOUT_ANSWER,
        requires("collects-garbage", |model, index| {
            let end = model.nodes[*index].last_stamp.unwrap_or(model.as_of);
            Seen::lines(memory::gc_storm(model, *index, end)).if_looked(model.nodes[*index].logs.is_some())
        }),
        certain("process-stopped", process_stopped),
        certain("accepts-without-answer", accepts_without_answer),
    ],
    |_, _| "finding-node-hung-gc",
)
.likely();

pub(super) static FROZEN: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[THERE_WITHOUT_ANSWER, requires("process-stopped", process_stopped)],
    |_, _| "finding-node-hung-process",
);

pub(super) static DOES_NOT_ANSWER: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[THERE_WITHOUT_ANSWER, certain("accepts-without-answer", accepts_without_answer)],
    |model, index| match reachability::reach(model, *index) {
        Reachability::Accepts => "finding-node-hung-ports",
        Reachability::Other => "finding-node-hung-other",
        _ => "finding-node-hung-files",
    },
)
.likely();

fn table_seen(model: &ClusterModel<'_>, index: usize) -> bool {
    model.nodes[index].stop.is_some_and(|stop| stop.process_table_seen)
}

fn process_stopped(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let process = model.nodes[*index].stop.and_then(|stop| stop.process.as_ref());
    match process.is_some_and(|process| process.state.is_frozen()) {
        true => Seen::Yes(state_line(model, *index).into_iter().collect()),
        false => Seen::No.if_looked(table_seen(model, *index)),
    }
}

/// A port on which it speaks its protocol shows that the process does not stand still as a whole.
fn accepts_without_answer(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let tried = stop_traces::tries_from_here(model, *index);
    match reachability::reach(model, *index) {
        Reachability::Accepts if !reachability::speaks_elsewhere(model, *index) => Seen::Yes(tried),
        _ => Seen::No.if_looked(!tried.is_empty()),
    }
}

/// What the process table says of it.
fn state_line(model: &ClusterModel<'_>, index: usize) -> Option<EvidenceRef> {
    let node = &model.nodes[index];
    let process = node.stop?.process.as_ref()?;
    Some(cite::said(node.name, &format!("/proc/{}/stat", process.pid), &format!("state {}", process.state)))
}

/// What the process table says of the process and of its threads.
pub(super) fn process_lines(model: &ClusterModel<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let process = node.stop.and_then(|stop| stop.process.as_ref());
    let threads = process.zip(node_state::blocked_threads(model, index)).map(|(process, (blocked, all))| {
        let path = format!("/proc/{}/task/*/stat", process.pid);
        cite::said(node.name, &path, &format!("state D: {blocked} of {all} threads"))
    });
    state_line(model, index).into_iter().chain(threads).collect()
}

#[cfg(test)]
mod tests;
