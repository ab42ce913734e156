//! A node whose process may open no more files: it accepts no connection, and what it has to write it cannot open.

use super::of_node::{RUNS, SILENT_OR_GONE, traces_seen};
use crate::diagnosis::case::{Rule, Seen, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::model::stop_traces::Ending;
use crate::model::{ClusterModel, log_lines};
use crate::nacos::signatures::Role;
use crate::nacos::timing;

/// How the process ended after it, the lines do not tell.
pub(super) static EXHAUSTED_AT_THE_END: Rule<usize> = Rule::fail(
    Code::NodeFilesExhausted,
    &[
        SILENT_OR_GONE,
        requires("files-exhausted-at-the-end", |model, index| {
            Seen::lines(at_the_end(model, *index)).if_looked(traces_seen(model, *index))
        }),
    ],
    |_, _| "finding-node-files-exhausted",
)
.likely();

pub(super) static EXHAUSTED_NOW: Rule<usize> = Rule::fail(
    Code::NodeFilesExhausted,
    &[
        RUNS,
        requires("files-exhausted-lines", |model, index| {
            let since = log_lines::since_lately(model, *index);
            let lines = log_lines::lines_since(model, *index, Role::FilesExhausted, since);
            Seen::lines(lines).if_looked(model.nodes[*index].logs.is_some())
        }),
    ],
    |_, _| "finding-node-files-exhausted-alive",
);

fn at_the_end(model: &ClusterModel<'_>, index: usize) -> Vec<EvidenceRef> {
    let Some(ending) = Ending::of(model, index) else { return Vec::new() };
    log_lines::lines_since(model, index, Role::FilesExhausted, ending.end.plus_millis(-timing::OOM_BEFORE_STOP_MS))
}
