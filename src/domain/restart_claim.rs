//! The restart of a node that somebody takes on: one a cluster at a time, for a while.
//!
//! # Why
//! Of three nodes two have to run. Two people who restart one each, both after the gate said yes, take the majority away. So
//! who restarts a node says so first, and everybody else is told to wait.

use serde::{Deserialize, Serialize};

use super::id::{ClusterId, IncidentId, NodeName};
use super::time::Timestamp;

/// For how long a claim holds at most, milliseconds: a node that is not back by then is a new question.
pub const HOLDS_MS: i64 = 15 * 60_000;

/// What the restart gate said when somebody took a restart on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateSaid {
    /// The node may be restarted.
    Yes,
    /// Something is to be done first.
    NotYet,
    /// It may not.
    No,
    /// The state had changed since the checks, or they were old.
    NotJudged,
}

impl GateSaid {
    /// Every answer.
    pub const ALL: [Self; 4] = [Self::Yes, Self::NotYet, Self::No, Self::NotJudged];

    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::NotYet => "not_yet",
            Self::No => "no",
            Self::NotJudged => "not_judged",
        }
    }

    /// By its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|said| said.as_str() == name)
    }
}

/// A restart that somebody took on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartClaim {
    /// The cluster.
    pub cluster: ClusterId,
    /// In which incident.
    pub incident: IncidentId,
    /// The node.
    pub node: NodeName,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// It holds no longer than this.
    pub until: Timestamp,
    /// When somebody said that it is over; `None`: nobody did.
    pub ended_at: Option<Timestamp>,
    /// What the gate said.
    pub gate: GateSaid,
    /// Why all the same, where it did not say yes.
    pub reason: String,
}
