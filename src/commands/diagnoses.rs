//! The diagnosis of an incident, recomputed by the engine after each round.

use super::{Commands, Result};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::id::IncidentId;

/// Saves the newest diagnosis; an event tells of it when causes or health changed.
///
/// # Errors
/// The store's.
pub async fn save(commands: &Commands, incident: IncidentId, diagnosis: &Diagnosis) -> Result<()> {
    todo!()
}
