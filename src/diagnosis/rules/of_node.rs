//! What several rules ask of a node.

use crate::diagnosis::case::{Condition, Seen, about};
use crate::model::ClusterModel;
use crate::model::node_state::NodeState;
use crate::model::stop_traces;
use crate::nacos::timing;

pub(super) const RUNS: Condition<usize> = about("it-runs", it_runs);

/// It runs, or a start of it has not ended.
pub(super) const RUNS_OR_STARTS: Condition<usize> = about("runs-or-starts", |model, index| {
    let state = model.states[*index];
    Seen::of(state.is_running() || matches!(state, NodeState::Starting { .. }))
});

/// Its logs ended, or its process is gone.
pub(super) const SILENT_OR_GONE: Condition<usize> = about("silent-or-gone", |model, index| {
    Seen::of(matches!(model.states[*index], NodeState::Silent | NodeState::Gone))
});

/// The same, or its process is there and does not answer.
pub(super) const DOES_NOT_SERVE: Condition<usize> = about("does-not-serve", |model, index| {
    Seen::of(matches!(model.states[*index], NodeState::Silent | NodeState::Gone | NodeState::Hung))
});

/// Its process is there and does not answer.
pub(super) const THERE_WITHOUT_ANSWER: Condition<usize> =
    about("there-without-answer", |model, index| Seen::of(model.states[*index] == NodeState::Hung));

/// Its last start failed.
pub(super) const GAVE_UP: Condition<usize> = about("start-gave-up", start_gave_up);

/// True if the node's process and the ends of its files were looked at.
pub(super) fn traces_seen(model: &ClusterModel<'_>, index: usize) -> bool {
    model.nodes[index].stop.is_some() && model.nodes[index].last_stamp.is_some()
}

pub(super) fn process_gone(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let node = &model.nodes[*index];
    let looked = node.stop.is_some_and(|stop| stop.process_table_seen) || node.ports.is_some();
    match model.states[*index] {
        NodeState::Gone => Seen::Yes(stop_traces::tries_from_here(model, *index)),
        _ => Seen::No.if_looked(looked),
    }
}

pub(super) fn peers_refused(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let seen = &model.peers_saw[*index];
    if seen.were_refused() { Seen::Yes(seen.refused_lines.clone()) } else { Seen::No.if_looked(seen.looked) }
}

pub(super) fn peers_timed_out(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let seen = &model.peers_saw[*index];
    if seen.timeouts > 0 { Seen::Yes(seen.timeout_lines.clone()) } else { Seen::No.if_looked(seen.looked) }
}

pub(super) fn peers_lost_streams(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let seen = &model.peers_saw[*index];
    Seen::lines(seen.streams.clone()).if_looked(seen.looked)
}

/// Within one beat of the heartbeat a node may still write on.
pub(super) fn wrote_a_moment_ago(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let gone = model.states[*index] == NodeState::Gone;
    let last = model.nodes[*index].last_stamp;
    Seen::of(!gone && last.is_some_and(|last| model.age_ms(last) <= timing::HEARTBEAT_OVERDUE_MS))
}

pub(super) fn start_gave_up(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::of(matches!(model.states[*index], NodeState::StartFailed { .. }))
}

pub(super) fn it_runs(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::of(model.states[*index].is_running())
}
