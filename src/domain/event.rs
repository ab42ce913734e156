//! The timeline: append-only events of an incident. A correction is a new event.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::attachment::Attached;
use super::capture::KeptBy;
use super::client_set::ClientSet;
use super::closure::Measured;
use super::code::Code;
use super::exception::NotedException;
use super::finding::{Coverage, Outcome, Step};
use super::follow_up::{FollowUpState, Owner};
use super::hand_over::OfferEnd;
use super::id::{CheckRunId, EventId, FollowUpId, IncidentId, NodeName, WaiverId};
use super::incident::{DecisionKind, IncidentState};
use super::look::LookState;
use super::message::Message;
use super::owner_told::OwnerSays;
use super::pinned::PinnedAs;
use super::proposal::SilentNode;
use super::restart_claim::GateSaid;
use super::review::ReviewTexts;
use super::severity::Scope;
use super::start_followed::Follow;
use super::state::StateSeen;
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
        /// Of one that is closed: whether the cluster had recovered. Older events do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recovered: Option<bool>,
        /// Of one that is closed: what was measured of the recovery.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measured: Option<Measured>,
        /// Of one that is closed: how the cluster stood by the newest measurement. Older events do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<StateSeen>,
        /// Since when users no longer hurt, where this says so. In older events that is their own moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over_at: Option<Timestamp>,
    },
    /// Users no longer hurt since another moment than was said.
    ImpactEndCorrected {
        /// What was said before; `None`: nothing was.
        before: Option<Timestamp>,
        /// Since when.
        over_at: Timestamp,
    },
    /// How bad it is, or what it affects, is said, or is another than was said.
    ScopeChanged {
        /// What holds from now on.
        scope: Scope,
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
        /// The moment that it speaks of, a little before it was saved; events of older versions do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
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
        /// That person did not tick it: evidence that they kept does it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<KeptBy>,
        /// What is not among that evidence, by the names that a capture gives its files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lacking: Vec<String>,
    },
    /// A person decided on a step.
    StepDecided {
        /// The step.
        step: Step,
        /// What.
        kind: DecisionKind,
        /// Why.
        reason: String,
        /// What it was done with all the same, where that was noted with one press.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exceptions: Vec<NotedException>,
    },
    /// A note was written.
    NoteAdded {
        /// Step it was written at.
        step: Option<Step>,
        /// Text; may be empty where there are files.
        text: String,
        /// What was attached.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attached>,
    },
    /// A note was corrected; it stays as it was.
    NoteCorrected {
        /// The entry that counted until now: the note, or its newest correction.
        note: EventId,
        /// What counts from now on.
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
    /// The own log of a client was handed in.
    ClientLogHandedIn {
        /// Whose it is, in the words of who handed it in.
        client: String,
        /// Bytes.
        size_bytes: u64,
    },
    /// The evidence of a node was asked to be copied.
    CaptureStarted {
        /// The node.
        node: String,
    },
    /// That ended.
    CaptureEnded {
        /// The node.
        node: String,
        /// `copied`, `could_not_run`, `timed_out`, `not_saved`, `cancelled`, `interrupted`.
        end: String,
        /// How many files and other things are kept.
        files: u32,
        /// Their bytes.
        size_bytes: u64,
        /// How many things could not be copied.
        missing: u32,
    },
    /// A version of the review was saved.
    ReviewSaved {
        /// Which, from 1.
        version: i64,
        /// What it says.
        texts: ReviewTexts,
        /// Code that the program had named; `None`: it named none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Code>,
        /// Code of what it was; `None`: not judged, or in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Code>,
    },
    /// Something is to be done after the incident.
    FollowUpAdded {
        /// Which.
        follow_up: FollowUpId,
        /// What.
        what: String,
        /// By whom.
        owner: Owner,
        /// Until which day.
        due: Date,
    },
    /// Something that was to be done was done, dropped, or is open again.
    FollowUpMarked {
        /// Which.
        follow_up: FollowUpId,
        /// What.
        what: String,
        /// What became of it.
        state: FollowUpState,
        /// Why it was dropped; empty otherwise.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The record was signed.
    RecordSigned {
        /// Hex SHA-256 of what was signed.
        sha256: String,
        /// Why the person who led the incident signed; empty where another one did.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The review of a signed record is open again.
    ReviewReopened {
        /// Why.
        reason: String,
    },
    /// Somebody else leads.
    LeadChanged {
        /// Login name.
        to: String,
        /// Who offered it; `None`: it was given at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offered_by: Option<String>,
    },
    /// The lead was offered.
    LeadOffered {
        /// Login name.
        to: String,
        /// Words of the person who offers.
        note: String,
    },
    /// An offer of the lead ended without a change.
    LeadOfferEnded {
        /// Login name of the person who it was offered to.
        to: String,
        /// How.
        how: OfferEnd,
    },
    /// The watcher sees the cluster stand otherwise than the entry of this kind before it says, or says so for the first time.
    ClusterSeen {
        /// How it stands.
        state: LookState,
        /// Since when, by the first look that says so.
        since: Timestamp,
        /// Nodes that do not answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        silent: Vec<String>,
        /// Nodes that answer again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        back: Vec<String>,
    },
    /// Somebody restarts a node, and everybody else waits.
    RestartTaken {
        /// The node.
        node: NodeName,
        /// It holds no longer than this.
        until: Timestamp,
        /// What the restart gate said.
        gate: GateSaid,
        /// Why all the same, where it did not say yes.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The restart that somebody took on is over, or is not done.
    RestartEnded {
        /// The node.
        node: NodeName,
    },
    /// The start of a node whose restart somebody took on, as far as it was seen then: it came, a row is stuck, or it is over.
    RestartFollowed {
        /// The node.
        node: NodeName,
        /// How it stands.
        follow: Box<Follow>,
    },
    /// Nobody waits for some of the clients that are away any more.
    ClientsWaived {
        /// Which waiver.
        waiver: WaiverId,
        /// Who.
        what: ClientSet,
        /// Why.
        reason: String,
        /// How many of those that were away then are meant.
        clients: u32,
    },
    /// They are waited for again.
    WaiverTakenBack {
        /// Which waiver.
        waiver: WaiverId,
        /// Who.
        what: ClientSet,
    },
    /// The owner of missing clients was told by itself, or could not be.
    OwnerTold {
        /// Whose clients they are, in words.
        owner: String,
        /// Name of the channel.
        channel: String,
        /// What was to be said.
        says: OwnerSays,
        /// How many clients it names.
        clients: u32,
        /// What the other side answered, where it did not take it: then nobody was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// What the watcher had proposed the incident for before it was opened: its first signs.
    FirstSigns {
        /// How the cluster stood, by the looks since then.
        state: LookState,
        /// Nodes that did not answer.
        nodes: Vec<SilentNode>,
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

/// What the hash chain of a timeline says. It has no key: it finds what was changed, removed or put in between, unless somebody
/// computed everything after it anew. What is missing at its end shows only beside a head that was noted elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Entries.
    pub entries: usize,
    /// The last entry and its hash, hex; `None`: there is no entry.
    pub head: Option<(EventId, String)>,
    /// The first entry that does not fit the one before it.
    pub broken: Option<EventId>,
}
