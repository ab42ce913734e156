//! The timeline: append-only events of an incident. A correction is a new event.

use serde::{Deserialize, Serialize};

use super::finding::{Coverage, Outcome, Step};
use super::id::{CheckRunId, EventId, IncidentId};
use super::incident::{DecisionKind, IncidentState};
use super::message::Message;
use super::pinned::PinnedAs;
use super::time::Timestamp;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person, by login name.
    Person {
        /// Login name.
        name: String,
    },
    /// The engine.
    Engine,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The incident was opened.
    IncidentOpened,
    /// Its state changed.
    StateChanged {
        /// Before.
        from: IncidentState,
        /// After.
        to: IncidentState,
        /// Words of the person who did it.
        note: String,
    },
    /// Checks of a step were asked for.
    ChecksStarted {
        /// The step.
        step: Step,
        /// How many runs.
        runs: u32,
    },
    /// A run ended.
    CheckFinished {
        /// The run.
        run: CheckRunId,
        /// Step.
        step: Step,
        /// Kind of check.
        check: String,
        /// Node, if it had one.
        node: Option<String>,
        /// `judged`, `could_not_run`, `timed_out`, `cancelled`, `interrupted`.
        end: String,
        /// Outcome of a judged run.
        outcome: Option<Outcome>,
        /// How much of what a judged run looks at was seen. Events of older versions do not say that parts were missing.
        #[serde(default, skip_serializing_if = "Coverage::is_all")]
        seen: Coverage,
    },
    /// The diagnosis changed.
    DiagnosisChanged {
        /// Codes of the ranked causes.
        causes: Vec<String>,
        /// Health as text.
        health: String,
    },
    /// The cause of the incident is another one from now on.
    CausePinned {
        /// The cause; `None`: it is what the words say.
        cause: Option<PinnedAs>,
        /// Why, in the words of the person who chose it; empty where the program did.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        words: String,
    },
    /// A person did something that was asked for, or took that back.
    ToDoMarked {
        /// The sentence.
        text: Message,
        /// False: taken back.
        done: bool,
    },
    /// A person decided on a step.
    StepDecided {
        /// The step.
        step: Step,
        /// What.
        kind: DecisionKind,
        /// Why.
        reason: String,
    },
    /// A note was written.
    NoteAdded {
        /// Step it was written at.
        step: Option<Step>,
        /// Text.
        text: String,
    },
    /// Files or output were handed in.
    EvidenceHandedIn {
        /// For which node.
        node: String,
        /// File name or kind of pasted output.
        what: String,
        /// Bytes.
        size_bytes: u64,
    },
    /// Somebody else leads.
    LeadChanged {
        /// Login name.
        to: String,
    },
    /// Watching the cluster started.
    MonitorStarted,
    /// Watching the cluster stopped.
    MonitorStopped,
    /// The monitor was restarted by a flap.
    MonitorReset {
        /// What flapped.
        why: Message,
    },
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Row id; grows.
    pub id: EventId,
    /// Incident.
    pub incident: IncidentId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub kind: EventKind,
}
