//! What came out of judging an incident's newest evidence.

use crate::domain::check_run::{CheckRun, RunEnd, Target};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::message::Message;
use crate::rounds::RoundRun;

/// What an incident's newest evidence means: every kind that was run, and all of it together.
pub(super) struct Judged {
    pub runs: Vec<RoundRun>,
    pub diagnosis: Diagnosis,
}

impl Judged {
    /// How a run ends that saw what it was to see.
    pub(super) fn end(&self, run: &CheckRun) -> RunEnd {
        let node = match &run.target {
            Target::Node { node } => Some(node),
            Target::Cluster => None,
        };
        let of_run = |(kind, of, _): &&RoundRun| *kind == run.check && of.as_ref() == node;
        self.runs
            .iter()
            .find(of_run)
            .map_or_else(|| RunEnd::CouldNotRun { reason: Message::new("run-no-evidence") }, |(.., end)| end.clone())
    }
}
