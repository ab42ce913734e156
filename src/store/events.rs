//! Table `events`: the timeline. Append-only (triggers refuse anything else), each line hashed over the one before.

use super::{ReadStore, Result};
use crate::domain::event::Event;
use crate::domain::id::{EventId, IncidentId};

impl ReadStore {
    /// The whole timeline, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn timeline(&self, incident: IncidentId) -> Result<Vec<Event>> {
        todo!()
    }

    /// What came after an event, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn timeline_after(&self, incident: IncidentId, after: EventId) -> Result<Vec<Event>> {
        todo!()
    }

    /// Checks the hash chain; the first event that does not fit, if any.
    ///
    /// # Errors
    /// The store's.
    pub async fn first_broken_event(&self, incident: IncidentId) -> Result<Option<EventId>> {
        todo!()
    }
}
