//! A node that ended, or does not start, for a reason that others tell: systemd, Kubernetes, the kernel, its machine.

use super::of_node::{DOES_NOT_SERVE, SILENT_OR_GONE};
use crate::diagnosis::case::{Condition, Rule, Seen, about, certain, likely, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::model::node_state::NodeState;
use crate::model::told_of_end::{self, Words};
use crate::model::{ClusterModel, stop_traces};
use crate::nacos::pasted::Told;

/// It ended, or nothing of it is reached.
const DOWN: Condition<usize> = about("silent-gone-or-unreached", |model, index| {
    Seen::of(matches!(model.states[*index], NodeState::Silent | NodeState::Gone | NodeState::Unreachable))
});

/// The files go on no more where their volume takes no writes; whose volume it is the kernel does not say.
pub(super) static DISK_FAILS: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        DOES_NOT_SERVE,
        requires("kernel-tells-of-its-disk", |model, index| Seen::lines(disk_words(model, *index).lines)),
        likely("volume-takes-no-writes", |model, index| {
            let words = told_of_end::of_end(model, *index, Told::ReadOnly);
            if words.dated { Seen::lines(words.lines) } else { Seen::No }
        }),
    ],
    |model, index| match told_of_end::of_end(model, *index, Told::ReadOnly) {
        words if words.lines.is_empty() => "finding-node-disk-errors",
        _ => "finding-node-disk-errors-read-only",
    },
)
.possible()
.variant(Variant::DiskFails);

/// In a text about the machine; the node's own lines have a rule of their own.
pub(super) static NO_SPACE: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        SILENT_OR_GONE,
        requires("text-tells-of-a-full-disk", |model, index| {
            Seen::lines(told_of_end::of_end(model, *index, Told::NoSpace).lines)
        }),
        likely("it-is-of-its-end", |model, index| Seen::of(told_of_end::of_end(model, *index, Told::NoSpace).dated)),
    ],
    |_, _| "finding-node-disk-full-told",
)
.possible();

pub(super) static EVICTED_FOR_DISK: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        DOWN,
        requires("evicted-for-disk", |model, index| words(model, *index, Told::EvictedForDisk)),
        certain("told-with-its-date", |model, index| is_sure(model, *index, Told::EvictedForDisk)),
    ],
    |_, _| "finding-node-evicted-disk",
)
.likely()
.variant(Variant::Evicted);

pub(super) static EVICTED_FOR_MEMORY: Rule<usize> = Rule::fail(
    Code::NodeOomKilled,
    &[
        DOWN,
        requires("evicted-for-memory", |model, index| words(model, *index, Told::EvictedForMemory)),
        certain("told-with-its-date", |model, index| is_sure(model, *index, Told::EvictedForMemory)),
    ],
    |_, _| "finding-node-evicted-memory",
)
.likely()
.variant(Variant::Evicted);

pub(super) static EVICTED: Rule<usize> = Rule::fail(
    Code::NodeKilled,
    &[DOWN, requires("evicted", |model, index| words(model, *index, Told::Evicted))],
    |_, _| "finding-node-evicted",
)
.likely()
.variant(Variant::Evicted);

/// Why it did not answer is another question; a start that is slow looks the same.
pub(super) static PROBE: Rule<usize> = Rule::fail(
    Code::NodeKilled,
    &[DOWN, requires("ended-by-a-probe", |model, index| words(model, *index, Told::Probe))],
    |_, _| "finding-node-probe",
)
.likely()
.variant(Variant::Probe);

pub(super) static HOST_WENT_DOWN: Rule<usize> = Rule::fail(
    Code::NodeKilled,
    &[
        DOWN,
        requires("host-restarted", |model, index| {
            let mut lines = told_of_end::of_end(model, *index, Told::HostDown).lines;
            lines.extend(told_of_end::host_came_up(model, *index).lines);
            Seen::lines(lines)
        }),
        certain("told-with-its-date", |model, index| {
            let down = told_of_end::of_end(model, *index, Told::HostDown);
            Seen::of(down.sure || told_of_end::host_came_up(model, *index).sure)
        }),
    ],
    |model, index| match told_of_end::of_end(model, *index, Told::HostDown) {
        words if words.lines.is_empty() => "finding-node-host-came-up",
        _ => "finding-node-host-went-down",
    },
)
.likely()
.variant(Variant::HostWentDown);

/// It does not get as far as Java.
pub(super) static NOT_STARTED: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[
        DOWN,
        requires("was-not-started", |model, index| Seen::lines(told_of_end::not_started(model, *index).lines)),
        certain("told-with-its-date", |model, index| Seen::of(told_of_end::not_started(model, *index).sure)),
    ],
    |_, _| "finding-node-not-started",
)
.likely()
.variant(Variant::NotStarted);

pub(super) static GIVEN_UP: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[DOWN, requires("its-start-was-given-up", |model, index| Seen::lines(told_of_end::given_up(model, *index).lines))],
    |_, _| "finding-node-start-given-up",
)
.likely()
.variant(Variant::NotStarted);

/// Without its own lines of a stop: its exit code alone says that it was one.
pub(super) static ENDED_BY_ORDER: Rule<usize> = Rule::fail(
    Code::NodeStoppedClean,
    &[SILENT_OR_GONE, requires("exit-code-of-sigterm", |model, index| words(model, *index, Told::Order))],
    |_, _| "finding-node-stopped-exit-code",
)
.likely();

pub(super) static HOST_SILENT: Rule<usize> = Rule::fail(
    Code::NodeUnreachable,
    &[DOWN, requires("host-not-ready", |model, index| words(model, *index, Told::HostSilent))],
    |_, _| "finding-node-host-silent",
)
.likely()
.variant(Variant::HostSilent);

/// A process that ended by itself was not killed.
pub(super) fn ended_by_itself(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let stop_lines = !stop_traces::clean_stop(model, *index).0.is_empty();
    let lines = told_of_end::of_end(model, *index, Told::Exit).lines;
    // Of these verdicts one is that of a signal.
    let by_itself = |line: &crate::domain::evidence::EvidenceRef| {
        !line.text.contains("'signal'") && !line.text.contains("'timeout'") && !line.text.contains("code=killed")
    };
    if stop_lines { Seen::No } else { Seen::lines(lines.into_iter().filter(by_itself).collect()) }
}

/// What the sentence of a rule quotes.
pub(super) fn quoted(model: &ClusterModel<'_>, index: usize, sentence: &str) -> String {
    let of_end = |what: Told| told_of_end::of_end(model, index, what);
    let words = match sentence {
        "finding-node-disk-errors" | "finding-node-disk-errors-read-only" => disk_words(model, index),
        "finding-node-disk-full-told" => of_end(Told::NoSpace),
        "finding-node-evicted-disk" => of_end(Told::EvictedForDisk),
        "finding-node-evicted-memory" => of_end(Told::EvictedForMemory),
        "finding-node-evicted" => of_end(Told::Evicted),
        "finding-node-probe" => of_end(Told::Probe),
        "finding-node-host-went-down" => of_end(Told::HostDown),
        "finding-node-host-came-up" => told_of_end::host_came_up(model, index),
        "finding-node-not-started" => told_of_end::not_started(model, index),
        "finding-node-start-given-up" => told_of_end::given_up(model, index),
        "finding-node-stopped-exit-code" => of_end(Told::Order),
        "finding-node-host-silent" => of_end(Told::HostSilent),
        _ => return String::new(),
    };
    told_of_end::quoted(&words)
}

/// What stands first is what takes no writes, then what fails.
fn disk_words(model: &ClusterModel<'_>, index: usize) -> Words {
    let read_only = told_of_end::of_end(model, index, Told::ReadOnly);
    if read_only.lines.is_empty() { told_of_end::of_end(model, index, Told::DiskError) } else { read_only }
}

fn words(model: &ClusterModel<'_>, index: usize, what: Told) -> Seen {
    Seen::lines(told_of_end::of_end(model, index, what).lines)
}

fn is_sure(model: &ClusterModel<'_>, index: usize, what: Told) -> Seen {
    Seen::of(told_of_end::of_end(model, index, what).sure)
}

#[cfg(test)]
mod tests;
