//! An incident: declared, mitigated, resolved, reviewed; or a drill. Its rules are pure transitions.

use serde::{Deserialize, Serialize};

use super::finding::Step;
use super::id::{ClusterId, IncidentId, NodeName};
use super::message::Message;
use super::time::Timestamp;

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Being worked on.
    Declared,
    /// Users no longer hurt; work goes on.
    Mitigated,
    /// Over.
    Resolved,
    /// A lead signed the record.
    Reviewed,
}

impl IncidentState {
    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::Reviewed => "reviewed",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Declared, Self::Mitigated, Self::Resolved, Self::Reviewed]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// True while steps may be worked on.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Declared | Self::Mitigated)
    }
}

/// What a person said of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// Done.
    Done,
    /// Done, with exceptions named in the reason.
    DoneWithExceptions,
    /// Skipped, with a reason.
    Skipped,
    /// Back to work on it.
    Reopened,
}

impl DecisionKind {
    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::DoneWithExceptions => "done_with_exceptions",
            Self::Skipped => "skipped",
            Self::Reopened => "reopened",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Done, Self::DoneWithExceptions, Self::Skipped, Self::Reopened]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }

    /// Whether a reason must be given.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::DoneWithExceptions | Self::Skipped)
    }
}

/// A decision row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDecision {
    /// Its step.
    pub step: Step,
    /// What was decided.
    pub kind: DecisionKind,
    /// Why; empty where none is needed.
    pub reason: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Row id.
    pub id: IncidentId,
    /// Its cluster.
    pub cluster: ClusterId,
    /// The cluster's name when it was opened.
    pub cluster_name: String,
    /// The node that is thought to have stopped; `None`: not known yet.
    pub node: Option<NodeName>,
    /// A drill and no real outage.
    pub drill: bool,
    /// State.
    pub state: IncidentState,
    /// Login name of whoever opened it.
    pub opened_by: String,
    /// Login name of whoever leads it now.
    pub lead: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When users stopped hurting.
    pub mitigated_at: Option<Timestamp>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// When it was reviewed.
    pub reviewed_at: Option<Timestamp>,
    /// `slug@version` of the frozen runbook.
    pub runbook: String,
}

/// State of a step as the rail shows it: machine result and human decision are two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Nothing asked yet.
    NotStarted,
    /// Checks are queued or running.
    Running,
    /// Checks ended, a person has to decide.
    NeedsYou,
    /// Decided.
    Done,
    /// Decided, with exceptions.
    DoneWithExceptions,
    /// Skipped.
    Skipped,
}

/// The rule says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// The incident is resolved or reviewed.
    #[error("the incident is closed")]
    IncidentClosed,
    /// A reason is needed and was not given.
    #[error("a reason is needed")]
    ReasonMissing,
    /// Resolving needs every step decided.
    #[error("step {} is not decided yet", .0.number())]
    StepUndecided(Step),
    /// A review needs a resolved incident.
    #[error("only a resolved incident can be reviewed")]
    NotResolved,
    /// Checks of this step are still running.
    #[error("checks of this step are still running")]
    ChecksRunning,
    /// Done needs that the checks of the step were run; otherwise it is done with exceptions, or skipped.
    #[error("no check of this step was run")]
    ChecksNotRun,
    /// Only a resolved incident can be worked on again or reviewed; this one is not, or is reviewed already.
    #[error("the incident is already in that state")]
    NoChange,
    /// An incident speaks of the cluster.
    #[error("an incident speaks of this cluster")]
    ClusterInUse,
    /// There is nothing left to cancel.
    #[error("the check has ended already")]
    AlreadyEnded,
    /// A name is taken.
    #[error("the name is taken")]
    NameTaken,
    /// The last administrator cannot be removed.
    #[error("this is the last administrator")]
    LastAdmin,
}

impl DomainError {
    /// The rule, for people.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(match self {
            Self::IncidentClosed => "rule-incident-closed",
            Self::ReasonMissing => "rule-reason-missing",
            Self::StepUndecided(step) => return Message::new("rule-step-undecided").with("step", step.number()),
            Self::NotResolved => "rule-not-resolved",
            Self::ChecksRunning => "rule-checks-running",
            Self::ChecksNotRun => "rule-checks-not-run",
            Self::NoChange => "rule-no-change",
            Self::ClusterInUse => "rule-cluster-in-use",
            Self::AlreadyEnded => "rule-already-ended",
            Self::NameTaken => "rule-name-taken",
            Self::LastAdmin => "rule-last-admin",
        })
    }
}
