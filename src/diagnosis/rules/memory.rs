//! A node that ended because memory ran out: that of the machine, or its heap.

use super::of_node::{DOES_NOT_SERVE, SILENT_OR_GONE, traces_seen};
use crate::diagnosis::case::{Rule, Seen, certain, likely, requires};
use crate::domain::code::Code;
use crate::model::{memory, stop_traces};

pub(super) static KILLED_BY_KERNEL: Rule<usize> = Rule::fail(
    Code::NodeOomKilled,
    &[
        SILENT_OR_GONE,
        requires("kernel-killed-it", |model, index| {
            let looked = model.nodes[*index].stop.is_some_and(|stop| stop.kernel_read);
            Seen::lines(stop_traces::kernel_kills(model, *index).lines).if_looked(looked)
        }),
        likely("kernel-line-at-the-end", |model, index| Seen::of(stop_traces::kernel_kills(model, *index).dated)),
        certain("kernel-line-of-this-process", |model, index| Seen::of(stop_traces::kernel_kills(model, *index).sure)),
    ],
    |model, index| match stop_traces::kernel_kills(model, *index) {
        word if word.sure => "finding-node-oom-killed",
        word if word.dated => "finding-node-oom-killed-other-id",
        _ => "finding-node-oom-killed-undated",
    },
)
.possible();

pub(super) static EXHAUSTED_AT_THE_END: Rule<usize> = Rule::fail(
    Code::NodeOomJava,
    &[
        DOES_NOT_SERVE,
        requires("java-out-of-memory", |model, index| {
            Seen::lines(memory::heap_at_the_end(model, *index)).if_looked(traces_seen(model, *index))
        }),
        certain("out-of-memory-has-a-time", |model, index| {
            Seen::of(memory::heap_at_the_end(model, *index).iter().any(|line| line.at.is_some()))
        }),
    ],
    |_, _| "finding-node-oom-java",
)
.likely();
