//! Table `check_runs`.

use super::{ReadStore, Result};
use crate::domain::check_run::CheckRun;
use crate::domain::finding::Step;
use crate::domain::id::{CheckRunId, IncidentId};

impl ReadStore {
    /// Every run of the incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn runs(&self, incident: IncidentId) -> Result<Vec<CheckRun>> {
        todo!()
    }

    /// The newest round of a step, in the order of the runbook; empty if it never started.
    ///
    /// # Errors
    /// The store's.
    pub async fn runs_of_step(&self, incident: IncidentId, step: Step) -> Result<Vec<CheckRun>> {
        todo!()
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn run(&self, id: CheckRunId) -> Result<Option<CheckRun>> {
        todo!()
    }

    /// For the engine: every run that has not ended, oldest first, and whether its cancellation was asked for.
    ///
    /// # Errors
    /// The store's.
    pub async fn unfinished_runs(&self) -> Result<Vec<(CheckRun, Option<String>)>> {
        todo!()
    }
}
