//! Table `evidence`.

use super::{ReadStore, Result};
use crate::domain::evidence::Evidence;
use crate::domain::id::{CheckRunId, EvidenceId, IncidentId};
use crate::domain::observed::Board;

/// One line of the evidence list: everything but the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceItem {
    /// Row id.
    pub id: EvidenceId,
    /// The run that gathered it.
    pub run: CheckRunId,
    /// The evidence; its `body` is empty here.
    pub evidence: Evidence,
    /// Length of the body.
    pub size_bytes: u64,
}

impl ReadStore {
    /// By id, with its incident.
    ///
    /// # Errors
    /// The store's.
    pub async fn evidence(&self, id: EvidenceId) -> Result<Option<(IncidentId, Evidence)>> {
        todo!()
    }

    /// What a run gathered.
    ///
    /// # Errors
    /// The store's.
    pub async fn evidence_of_run(&self, run: CheckRunId) -> Result<Option<(EvidenceId, Evidence)>> {
        todo!()
    }

    /// Everything gathered in an incident, oldest first, without bodies.
    ///
    /// # Errors
    /// The store's.
    pub async fn evidence_list(&self, incident: IncidentId) -> Result<Vec<EvidenceItem>> {
        todo!()
    }

    /// Per kind and node what the newest ended run saw, or why it saw nothing (an old observation never hides a new
    /// failure to look), and the monitor's samples since it was started.
    ///
    /// # Errors
    /// The store's.
    pub async fn board(&self, incident: IncidentId) -> Result<Board> {
        todo!()
    }
}
