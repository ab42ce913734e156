//! Tables `incidents`, `runbook_versions`, `step_decisions`.

use super::{ReadStore, Result};
use crate::domain::finding::Step;
use crate::domain::id::{ClusterId, IncidentId};
use crate::domain::incident::{Incident, IncidentState, StepDecision, StepState};
use crate::domain::runbook::Runbook;

/// Which incidents to list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentQuery {
    /// Words that must all stand in title, cluster, node, notes or causes; 1 and 2 character Chinese words count.
    pub text: String,
    /// Only in this state.
    pub state: Option<IncidentState>,
    /// Only of this cluster.
    pub cluster: Option<ClusterId>,
    /// Only older than this one (next page).
    pub before: Option<IncidentId>,
    /// How many at most; 0 means 50.
    pub limit: u32,
}

impl ReadStore {
    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn incident(&self, id: IncidentId) -> Result<Option<Incident>> {
        todo!()
    }

    /// Declared and mitigated ones, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_incidents(&self) -> Result<Vec<Incident>> {
        todo!()
    }

    /// List and search, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn incidents(&self, query: &IncidentQuery) -> Result<Vec<Incident>> {
        todo!()
    }

    /// The runbook as it was when the incident was opened.
    ///
    /// # Errors
    /// The store's.
    pub async fn runbook(&self, incident: IncidentId) -> Result<Option<Runbook>> {
        todo!()
    }

    /// Every decision, oldest first; the last one of a step counts.
    ///
    /// # Errors
    /// The store's.
    pub async fn decisions(&self, incident: IncidentId) -> Result<Vec<StepDecision>> {
        todo!()
    }

    /// State of every step of its runbook, in order.
    ///
    /// # Errors
    /// The store's.
    pub async fn step_states(&self, incident: IncidentId) -> Result<Vec<(Step, StepState)>> {
        todo!()
    }
}
