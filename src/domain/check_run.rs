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
