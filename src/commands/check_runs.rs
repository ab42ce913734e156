//! Check runs: asked for and cancelled by people; claimed, recorded and interrupted by the engine.

use super::{Caller, Commands, Result};
use crate::domain::check_run::{CheckRun, RunEnd};
use crate::domain::evidence::Evidence;
use crate::domain::finding::Step;
use crate::domain::id::{CheckRunId, EvidenceId, IncidentId};
use crate::domain::time::Timestamp;

/// Starts all checks of a step as a new round, and returns its number.
///
/// # Errors
/// `NotFound(Incident | Step)`; `Domain(IncidentClosed | ChecksRunning)`.
pub async fn start_step(commands: &Commands, caller: &Caller, incident: IncidentId, step: Step) -> Result<i64> {
    todo!()
}

/// Cancels one run: at once if it is queued, else the engine is told to stop it.
///
/// # Errors
/// `NotFound(CheckRun)`; `Domain(AlreadyEnded)`.
pub async fn cancel(commands: &Commands, caller: &Caller, run: CheckRunId) -> Result<()> {
    todo!()
}

/// Cancels everything of a step that has not ended, and says how many runs that was.
///
/// # Errors
/// `NotFound(Incident)`.
pub async fn cancel_step(commands: &Commands, caller: &Caller, incident: IncidentId, step: Step) -> Result<u32> {
    todo!()
}

/// For the engine: marks queued runs as running, in one transaction that is committed before anything runs.
/// Runs that are no longer queued are left out of the answer.
///
/// # Errors
/// The store's.
pub async fn claim(commands: &Commands, engine: &str, runs: &[CheckRunId]) -> Result<Vec<CheckRun>> {
    todo!()
}

/// For the engine: saves evidence, terminal state and event of a run. A run that has ended meanwhile stays as it is.
///
/// # Errors
/// The store's.
pub async fn record(
    commands: &Commands,
    run: CheckRunId,
    evidence: Option<Evidence>,
    end: RunEnd,
    ended_at: Timestamp,
) -> Result<Option<EvidenceId>> {
    todo!()
}

/// For the engine: every running run that is not `engine`'s becomes `Interrupted`; says how many.
///
/// # Errors
/// The store's.
pub async fn interrupt_others(commands: &Commands, engine: &str) -> Result<u32> {
    todo!()
}
