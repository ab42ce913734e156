//! Tables `monitors` and `samples`: watching a cluster after the repair.

use super::{ReadStore, Result};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;

/// The monitor of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Login name of whoever started it.
    pub started_by: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Stable since: the start, or the last flap.
    pub stable_since: Timestamp,
    /// When it was stopped; `None`: it runs.
    pub stopped_at: Option<Timestamp>,
}

impl ReadStore {
    /// The newest monitor of an incident, running or stopped.
    ///
    /// # Errors
    /// The store's.
    pub async fn monitor(&self, incident: IncidentId) -> Result<Option<Monitor>> {
        todo!()
    }

    /// Samples taken after `since`, oldest first, nodes of one moment together.
    ///
    /// # Errors
    /// The store's.
    pub async fn samples(&self, incident: IncidentId, since: Timestamp) -> Result<Vec<(NodeName, SampleSeen)>> {
        todo!()
    }

    /// For the engine: open incidents whose monitor runs.
    ///
    /// # Errors
    /// The store's.
    pub async fn watched_incidents(&self) -> Result<Vec<IncidentId>> {
        todo!()
    }
}
