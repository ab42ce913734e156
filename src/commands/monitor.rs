//! Watching a cluster after the repair (step 6): on, off, and the samples.

use super::{Caller, Commands, Result};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::observed::SampleSeen;

/// Starts the monitor of an incident; the stable time counts from now.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`.
pub async fn start(commands: &Commands, caller: &Caller, incident: IncidentId) -> Result<()> {
    todo!()
}

/// Stops it; no-op if it does not run.
///
/// # Errors
/// `NotFound(Incident)`.
pub async fn stop(commands: &Commands, caller: &Caller, incident: IncidentId) -> Result<()> {
    todo!()
}

/// For the engine: saves one sample of every node, and the event if something flapped.
///
/// # Errors
/// The store's.
pub async fn save_samples(
    commands: &Commands,
    incident: IncidentId,
    samples: Vec<(NodeName, SampleSeen)>,
    flapped: Option<String>,
) -> Result<()> {
    todo!()
}
