//! A node that has used up what its process may have: open files, threads, memory beside the heap. And one that stood still for
//! a while, which looks to the others as if it were gone.

use super::of_node::{DOES_NOT_SERVE, GAVE_UP, RUNS, SILENT_OR_GONE, THERE_WITHOUT_ANSWER, traces_seen};
use crate::diagnosis::case::{Case, Chain, Condition, Rule, Seen, about, certain, excludes, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::model::node_state::NodeState;
use crate::model::pauses::{self, Pause};
use crate::model::stop_traces::Ending;
use crate::model::{ClusterModel, cite, log_lines, reliability, start_reason};
use crate::nacos::signatures::{Role, has_role};
use crate::nacos::timing;

/// How the process ended after it, the lines do not tell.
pub(super) static FILES_AT_THE_END: Rule<usize> = Rule::fail(
    Code::NodeFilesExhausted,
    &[
        SILENT_OR_GONE,
        requires("files-exhausted-at-the-end", |model, index| {
            Seen::lines(at_the_end(model, *index, Role::FilesExhausted)).if_looked(traces_seen(model, *index))
        }),
    ],
    |_, _| "finding-node-files-exhausted",
)
.likely();

const FILES_RUN_SHORT: Condition<usize> =
    requires("files-exhausted-lines", |model, index| lines_now(model, *index, Role::FilesExhausted));

pub(super) static FILES_NOW: Rule<usize> =
    Rule::fail(Code::NodeFilesExhausted, &[RUNS, FILES_RUN_SHORT], |_, _| "finding-node-files-exhausted-alive");

/// Its kernel takes connections that the process has no files for: that looks like one that hangs.
pub(super) static FILES_WITHOUT_ANSWER: Rule<usize> = Rule::fail(
    Code::NodeFilesExhausted,
    &[THERE_WITHOUT_ANSWER, FILES_RUN_SHORT],
    |_, _| "finding-node-files-exhausted-alive",
);

const THREADS_NEAR_THE_END: Condition<usize> = requires("threads-exhausted-at-the-end", |model, index| {
    Seen::lines(at_the_end(model, *index, Role::ThreadsExhausted)).if_looked(traces_seen(model, *index))
});

/// A JVM that gets no more threads limps on: what needs a new one fails, what runs already goes on.
pub(super) static THREADS_AT_THE_END: Rule<usize> = Rule::fail(
    Code::NodeThreadsExhausted,
    &[DOES_NOT_SERVE, THREADS_NEAR_THE_END],
    |_, _| "finding-node-threads-exhausted",
)
.likely();

pub(super) static THREADS_AT_THE_START: Rule<usize> =
    Rule::fail(Code::NodeThreadsExhausted, &[GAVE_UP, THREADS_NEAR_THE_END], |_, _| "finding-node-threads-exhausted");

pub(super) static THREADS_NOW: Rule<usize> = Rule::fail(
    Code::NodeThreadsExhausted,
    &[RUNS, requires("threads-exhausted-lines", |model, index| lines_now(model, *index, Role::ThreadsExhausted))],
    |_, _| "finding-node-threads-exhausted-alive",
);

const NATIVE_MEMORY_NEAR_THE_END: Condition<usize> = requires("native-memory-at-the-end", |model, index| {
    Seen::lines(at_the_end(model, *index, Role::NativeMemory)).if_looked(traces_seen(model, *index))
});

/// The JVM ends itself then, and says so.
pub(super) static NATIVE_MEMORY_AT_THE_END: Rule<usize> = Rule::fail(
    Code::NodeMemoryNative,
    &[
        DOES_NOT_SERVE,
        NATIVE_MEMORY_NEAR_THE_END,
        certain("native-memory-ended-it", |model, index| {
            let lines = at_the_end(model, *index, Role::NativeMemory);
            Seen::of(lines.iter().any(|line| line.text.contains("insufficient memory")))
        }),
    ],
    |_, _| "finding-node-memory-native",
)
.likely();

pub(super) static NATIVE_MEMORY_AT_THE_START: Rule<usize> =
    Rule::fail(Code::NodeMemoryNative, &[GAVE_UP, NATIVE_MEMORY_NEAR_THE_END], |_, _| "finding-node-memory-native");

pub(super) static NATIVE_MEMORY_NOW: Rule<usize> = Rule::fail(
    Code::NodeMemoryNative,
    &[RUNS, requires("native-memory-lines", |model, index| lines_now(model, *index, Role::NativeMemory))],
    |_, _| "finding-node-memory-native-alive",
);

/// Lines of that role that are written now; that there are none is known only of logs that were read to their end.
fn lines_now(model: &ClusterModel<'_>, index: usize, role: Role) -> Seen {
    let is_read = model.nodes[index].logs.is_some() && !reliability::half_read(model, index);
    Seen::lines(now(model, index, role)).if_looked(is_read)
}

/// Lines of that role close to the node's end: in its logs, and in what is only a trace. Of a start that failed only its own
/// count.
fn at_the_end(model: &ClusterModel<'_>, index: usize, role: Role) -> Vec<EvidenceRef> {
    let Some(ending) = Ending::of(model, index) else { return Vec::new() };
    let name = model.nodes[index].name;
    let began = match model.states[index] {
        NodeState::StartFailed { at } => model.nodes[index].stop.and_then(|stop| start_reason::began(stop, at)),
        _ => None,
    };
    let of_this_start = |at: &Option<Timestamp>| at.is_none() || *at >= began;
    let mut lines: Vec<EvidenceRef> = ending
        .traces()
        .filter(|trace| has_role(&trace.signature, role) && ending.is_recent(trace, timing::OOM_BEFORE_STOP_MS))
        .filter(|trace| of_this_start(&trace.at))
        .map(|trace| cite::trace(name, trace))
        .collect();
    let since = ending.end.plus_millis(-timing::OOM_BEFORE_STOP_MS);
    let since = began.map_or(since, |began| began.max(since));
    for line in log_lines::lines_since(model, index, role, since) {
        if !lines.iter().any(|known| (&known.source, known.offset) == (&line.source, line.offset)) {
            lines.push(line);
        }
    }
    lines
}

/// Lines of that role that a running node writes now.
fn now(model: &ClusterModel<'_>, index: usize, role: Role) -> Vec<EvidenceRef> {
    log_lines::lines_since(model, index, role, log_lines::since_lately(model, index))
}

/// It answers, and not as one that has the processor to itself: it is stopped and goes on again and again, or gets too little
/// time.
pub(super) static ANSWERS_NOW_AND_THEN: Rule<usize> = Rule::fail(
    Code::NodeOverloaded,
    &[
        RUNS,
        requires("stands-still-again-and-again", stumbles),
        certain("process-stands-still-now", process_stands_still),
        certain("answers-late", answers_late),
    ],
    |_, _| "finding-node-overloaded",
)
.warn()
.likely();

pub(super) static STOPPED_AND_ANSWERED: Rule<usize> = Rule::fail(
    Code::NodeOverloaded,
    &[RUNS, requires("process-stands-still-now", process_stands_still), certain("answers-late", answers_late)],
    |_, _| "finding-node-overloaded-stopped",
)
.warn()
.likely();

pub(super) static ANSWERS_LATE: Rule<usize> = Rule::fail(
    Code::NodeOverloaded,
    &[RUNS, excludes("stands-still-again-and-again", stumbles), requires("answers-late", answers_late)],
    |_, _| "finding-node-overloaded-late",
)
.warn()
.possible();

fn stumbles(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let seen = model.nodes[*index].logs.is_some();
    Seen::of(pauses::stumbles(model, *index).is_some()).if_looked(seen)
}

fn answers_late(model: &ClusterModel<'_>, index: &usize) -> Seen {
    pauses::answers_late(model, *index).map_or(Seen::No, |(_, evidence)| Seen::Yes(evidence))
}

fn process_stands_still(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let node = &model.nodes[*index];
    let process = node.stop.and_then(|stop| stop.process.as_ref());
    let frozen = process.filter(|process| process.state.is_stopped());
    let text = |state: &str| cite::said(node.name, "/proc", &format!("state {state}"));
    frozen.map_or(Seen::No.if_looked(process.is_some()), |process| Seen::Yes(vec![text(process.state.as_str())]))
}

/// How it is told of a node that answers now and then.
pub(super) fn fill_overloaded(model: &ClusterModel<'_>, index: &usize, message: Message) -> Message {
    let (times, ms) = pauses::stumbles(model, *index).unwrap_or_default();
    let late_ms = pauses::answers_late(model, *index).map_or(0, |(ms, _)| ms);
    message
        .with("node", model.nodes[*index].name)
        .with("times", times)
        .with("seconds", ms / 1000)
        .with("minutes", timing::STUMBLES_OVER_MS / 60_000)
        .with("late", late_ms)
}

/// The standstills of all nodes.
#[must_use]
pub fn pauses_of(model: &ClusterModel<'_>) -> Vec<Case> {
    let all = (0..model.nodes.len()).filter_map(|index| pauses::longest(model, index));
    all.filter_map(|pause| PAUSED.case(model, &pause)).collect()
}

/// Nodes that stood still for a while.
pub static PAUSED: Chain<Pause> = Chain {
    rules: &[&STOOD_STILL_LATELY, &STOOD_STILL],
    fill: fill_pause,
    nodes: |_, pause| (Some(pause.node), None),
    ..Chain::PLAIN
};

fn fill_pause(model: &ClusterModel<'_>, pause: &Pause, message: Message) -> Message {
    message
        .with("node", model.nodes[pause.node].name)
        .with("seconds", pause.ms / 1000)
        .with("until", crate::model::stop_traces::stamp(model, pause.node, pause.until))
}

/// Its clients and peers may still be about to come back.
static STOOD_STILL_LATELY: Rule<Pause> = Rule::fail(
    Code::NodePaused,
    &[
        about("stood-still", |_, pause: &Pause| Seen::Yes(pause.evidence.clone())),
        requires("it-runs-again", |model, pause: &Pause| Seen::of(model.states[pause.node].is_running())),
        requires("stood-still-lately", |model, pause: &Pause| {
            Seen::of(model.age_ms(pause.until) <= timing::PAUSE_CURRENT_MS)
        }),
    ],
    |_, _| "finding-node-paused",
)
.warn();

static STOOD_STILL: Rule<Pause> = Rule::fail(
    Code::NodePaused,
    &[
        about("stood-still", |_, pause: &Pause| Seen::Yes(pause.evidence.clone())),
        excludes("it-does-not-run", |model, pause: &Pause| Seen::of(!model.states[pause.node].is_running())),
    ],
    |_, _| "finding-node-paused",
)
.advice();

#[cfg(test)]
mod tests;
