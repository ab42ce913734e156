//! Table `diagnoses`: the newest diagnosis of each incident; its history is in the timeline.

use super::{ReadStore, Result};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::id::IncidentId;

impl ReadStore {
    /// The newest diagnosis.
    ///
    /// # Errors
    /// The store's.
    pub async fn diagnosis(&self, incident: IncidentId) -> Result<Option<Diagnosis>> {
        todo!()
    }
}
