//! The only wake-up of the program: a commit says what it touched.

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::domain::id::IncidentId;

/// What a commit touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// An incident or anything of it.
    Incident(IncidentId),
    /// Clusters.
    Inventory,
    /// Users.
    Users,
    /// More than the listener could keep up with: look at everything.
    Missed,
}

/// Where commits are told. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Changes {
    sender: broadcast::Sender<Change>,
}

impl Changes {
    pub(super) fn new() -> Self {
        Self { sender: broadcast::channel(256).0 }
    }

    pub(super) fn publish(&self, change: Change) {
        // Nobody listening is fine.
        let _ = self.sender.send(change);
    }

    /// Everything committed from now on.
    #[must_use]
    pub fn subscribe(&self) -> ChangeStream {
        ChangeStream { receiver: self.sender.subscribe() }
    }
}

/// A listener.
#[derive(Debug)]
pub struct ChangeStream {
    receiver: broadcast::Receiver<Change>,
}

impl ChangeStream {
    /// The next change; never ends while the store is open. Safe to drop in the middle.
    pub async fn next(&mut self) -> Change {
        loop {
            match self.receiver.recv().await {
                Ok(change) => return change,
                Err(RecvError::Lagged(_)) => return Change::Missed,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// Waits until something of that incident changed.
    pub async fn next_of(&mut self, incident: IncidentId) {
        loop {
            match self.next().await {
                Change::Incident(id) if id != incident => {}
                Change::Inventory | Change::Users => {}
                Change::Incident(_) | Change::Missed => return,
            }
        }
    }
}
