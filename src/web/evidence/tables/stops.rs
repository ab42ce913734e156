//! How the process and the files of each node end.

use super::views::state_look;
use super::{Tables, Unseen};
use crate::domain::id::NodeName;
use crate::domain::observed::{StopSeen, StopTrace};
use crate::web::plumbing::components::Look;
use crate::web::plumbing::plain::{plain, short};

/// How one node's process and files end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopRow {
    /// The node.
    pub node: NodeName,
    /// What it is doing.
    pub look: Look,
    /// What was seen of its process and files.
    pub seen: Option<StopSeen>,
}

/// Traces of one kind that follow one another in a file.
#[derive(Clone, Copy, Debug)]
pub struct TraceRun<'a> {
    /// The first.
    pub first: &'a StopTrace,
    /// The last; the same one where there is no other.
    pub last: &'a StopTrace,
    /// How many.
    pub count: usize,
}

/// Traces with those of one kind put together: a node that starts says so once a second.
#[must_use]
pub fn trace_runs(traces: &[StopTrace]) -> Vec<TraceRun<'_>> {
    let alike = |a: &StopTrace, b: &StopTrace| a.signature == b.signature && a.path == b.path;
    traces
        .chunk_by(alike)
        .filter_map(|run| Some(TraceRun { first: run.first()?, last: run.last()?, count: run.len() }))
        .collect()
}

/// Ends of logs and traces of stops, per node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopsTable {
    /// Per node, those that do not run first.
    pub rows: Vec<StopRow>,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Tables {
    /// Process, ends of logs and traces.
    #[must_use]
    pub fn stops(&self) -> StopsTable {
        let model = self.model();
        let mut rows: Vec<(bool, StopRow)> = model
            .nodes
            .iter()
            .zip(&model.states)
            .map(|(node, state)| {
                let seen = node.stop.map(shown_stop);
                (state.is_running(), StopRow { node: node.name.clone(), look: state_look(*state), seen })
            })
            .collect();
        rows.sort_by_key(|(running, _)| *running);
        StopsTable { rows: rows.into_iter().map(|(_, row)| row).collect(), unseen: self.unseen(&["node.stop"]) }
    }
}

/// The same with every text fit to be shown.
#[must_use]
pub fn shown_stop(seen: &StopSeen) -> StopSeen {
    let mut shown = seen.clone();
    for end in &mut shown.ends {
        end.path = short(&end.path);
        end.last_line = plain(&end.last_line);
    }
    for trace in &mut shown.traces {
        trace.path = short(&trace.path);
        trace.text = plain(&trace.text);
    }
    for unused in &mut shown.unused_texts {
        unused.first = plain(&unused.first);
        unused.file = unused.file.as_deref().map(short);
    }
    for file in &mut shown.crash_files {
        *file = short(file);
    }
    if let Some(process) = &mut shown.process {
        process.state = short(process.state.as_str()).into();
        for word in &mut process.command {
            *word = short(word);
        }
    }
    shown
}
