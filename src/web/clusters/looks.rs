//! Quick looks at clusters outside of incidents: the overview, the start page and the test button.
//!
//! # Why
//! A page never waits for a node. [`Looks::latest`] is what was seen last, with its time; [`Looks::refresh`] asks for a new
//! look in the background, and listeners of [`Looks::subscribe`] fetch the page again when it is there.

use tokio::sync::watch;

use crate::domain::cluster::{Cluster, FoundMember};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;

/// Looks at clusters; the real one runs a round of reading checks.
pub trait Looks: Send + Sync {
    /// What was seen last of that cluster, if anything since the program started.
    fn latest(&self, cluster: ClusterId) -> Option<ClusterLook>;

    /// Looks again in the background unless a look is under way; true if one is under way now.
    fn refresh(&self, cluster: &Cluster) -> bool;

    /// True while a look is under way.
    fn is_looking(&self, cluster: ClusterId) -> bool;

    /// Changes whenever a look ended.
    fn subscribe(&self) -> watch::Receiver<u64>;
}

/// One look at a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterLook {
    /// When.
    pub at: Timestamp,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
    /// Per node, in the order of the inventory.
    pub nodes: Vec<NodeLook>,
    /// What it means.
    pub diagnosis: Diagnosis,
    /// The newest look before it that counted the clients, where this one did not.
    pub counted: Option<Diagnosis>,
    /// Members that nodes name and the inventory lacks.
    pub found: Vec<FoundMember>,
}

impl ClusterLook {
    /// With what an earlier look counted, where this one counted nothing.
    #[must_use]
    pub fn after(mut self, before: Option<Self>) -> Self {
        let counts = |diagnosis: &Diagnosis| diagnosis.standing.clients().is_some();
        if !counts(&self.diagnosis) {
            self.counted = before
                .and_then(|before| if counts(&before.diagnosis) { Some(before.diagnosis) } else { before.counted });
        }
        self
    }
}

/// One node in a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLook {
    /// Which.
    pub name: NodeName,
    /// Whether it could be reached.
    pub reach: Reach,
    /// One sentence about it.
    pub says: Message,
    /// Nacos version, where told.
    pub version: Option<String>,
    /// Milliseconds of its slowest answer.
    pub elapsed_ms: u64,
}

/// Whether a node answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its API answers.
    Answers,
    /// Something is wrong: it is refused, silent or times out.
    Silent,
    /// It could not be looked at (no address, no name).
    NotSeen,
}
