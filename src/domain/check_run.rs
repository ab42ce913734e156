//! A check run: one check on one target, once.

use serde::{Deserialize, Serialize};

use super::finding::{Judgement, Step};
use super::id::{CheckRunId, IncidentId, NodeName};
use super::message::Message;
use super::time::Timestamp;

/// What a run looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// One node.
    Node {
        /// Which.
        node: NodeName,
    },
    /// The whole cluster: judges what the runs on the nodes stored.
    Cluster,
}

/// How a run ended. Only `Judged` has an outcome; the others are never green and never red.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum RunEnd {
    /// Gathered and judged.
    Judged {
        /// What it means.
        judgement: Judgement,
    },
    /// Evidence is missing.
    CouldNotRun {
        /// Why.
        reason: Message,
    },
    /// The node's deadline passed.
    TimedOut,
    /// A person cancelled it.
    Cancelled {
        /// Who.
        by: String,
    },
    /// The program stopped in the middle; nothing of it was kept.
    Interrupted,
}

impl RunEnd {
    /// Stored name: `judged`, `could_not_run`, `timed_out`, `cancelled`, `interrupted`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Judged { .. } => "judged",
            Self::CouldNotRun { .. } => "could_not_run",
            Self::TimedOut => "timed_out",
            Self::Cancelled { .. } => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// True if it looked, with or without success; false if it was stopped before it could.
    #[must_use]
    pub const fn looked(&self) -> bool {
        !matches!(self, Self::Cancelled { .. } | Self::Interrupted)
    }
}

/// State of a run. A terminal run is never edited: a rerun is a new run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CheckRunState {
    /// Waits for the engine.
    Queued,
    /// Claimed and committed before anything ran.
    Running {
        /// Since when.
        started_at: Timestamp,
        /// Which engine (one id per process start).
        engine: String,
        /// Since when it has seen what it looks at, and waits for the others of its round to be judged with them.
        seen_at: Option<Timestamp>,
    },
    /// Ended.
    Ended {
        /// Since when it ran; equal to `ended_at` for a run cancelled in the queue.
        started_at: Timestamp,
        /// When it ended.
        ended_at: Timestamp,
        /// How.
        end: RunEnd,
    },
}

impl Target {
    /// The node, if it is about one.
    #[must_use]
    pub const fn node(&self) -> Option<&NodeName> {
        match self {
            Self::Node { node } => Some(node),
            Self::Cluster => None,
        }
    }
}

impl CheckRun {
    /// How it ended, if it has.
    #[must_use]
    pub const fn end(&self) -> Option<&RunEnd> {
        match &self.state {
            CheckRunState::Ended { end, .. } => Some(end),
            CheckRunState::Queued | CheckRunState::Running { .. } => None,
        }
    }
}

/// One check on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRun {
    /// Row id.
    pub id: CheckRunId,
    /// Its incident.
    pub incident: IncidentId,
    /// Its step.
    pub step: Step,
    /// Kind of the check, a key of `checks::REGISTRY`.
    pub check: String,
    /// What it looks at.
    pub target: Target,
    /// Number of the round within the step, from 1: a rerun of the step is the next round.
    pub round: i64,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// State.
    pub state: CheckRunState,
}
