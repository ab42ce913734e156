//! Incidents: from declared to reviewed, and what people decide and write meanwhile.

use super::{Caller, Commands, Result};
use crate::domain::finding::Step;
use crate::domain::id::{ClusterId, EventId, IncidentId, NodeName};
use crate::domain::incident::DecisionKind;

/// A new incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIncident {
    /// Its cluster.
    pub cluster: ClusterId,
    /// The node that is thought to have stopped.
    pub node: Option<NodeName>,
    /// A drill.
    pub drill: bool,
    /// First note, may be empty.
    pub note: String,
}

/// Opens an incident: freezes the runbook into it, and the caller leads it.
///
/// # Errors
/// `NotFound(Cluster)`; `NotFound(Node)`.
pub async fn open(commands: &Commands, caller: &Caller, command: OpenIncident) -> Result<IncidentId> {
    todo!()
}

/// Writes a note, at a step or at the incident. Allowed until the incident is reviewed.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`; `Invalid` for `text`.
pub async fn add_note(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Option<Step>,
    text: &str,
) -> Result<EventId> {
    todo!()
}

/// Decides on a step.
///
/// # Errors
/// `Domain(IncidentClosed | ReasonMissing | ChecksRunning | ChecksNotRun)`.
pub async fn decide_step(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Step,
    kind: DecisionKind,
    reason: &str,
) -> Result<()> {
    todo!()
}

/// Users no longer hurt.
///
/// # Errors
/// `Domain(IncidentClosed)`.
pub async fn mitigate(commands: &Commands, caller: &Caller, incident: IncidentId, note: &str) -> Result<()> {
    todo!()
}

/// It is over. Every step must be decided and no check may run.
///
/// # Errors
/// `Domain(IncidentClosed | StepUndecided | ChecksRunning)`.
pub async fn resolve(commands: &Commands, caller: &Caller, incident: IncidentId, note: &str) -> Result<()> {
    todo!()
}

/// It was not over after all: a resolved incident is worked on again.
///
/// # Errors
/// `Domain(NotResolved | ReasonMissing)`.
pub async fn reopen(commands: &Commands, caller: &Caller, incident: IncidentId, reason: &str) -> Result<()> {
    todo!()
}

/// A lead signs the record of a resolved incident.
///
/// # Errors
/// `Domain(NotResolved)`.
pub async fn review(commands: &Commands, caller: &Caller, incident: IncidentId, note: &str) -> Result<()> {
    todo!()
}

/// Hands the lead over to another active user with at least the role operator.
///
/// # Errors
/// `NotFound(User)`; `Domain(IncidentClosed)`.
pub async fn hand_over(commands: &Commands, caller: &Caller, incident: IncidentId, to: &str) -> Result<()> {
    todo!()
}
