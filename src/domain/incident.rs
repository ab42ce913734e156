//! An incident: declared, mitigated, resolved, reviewed; or a drill. Its rules are pure transitions.

use serde::{Deserialize, Serialize};

use super::check_run::{CheckRun, CheckRunState};
use super::exception::NotedException;
use super::finding::Step;
use super::id::{ClusterId, IncidentId, NodeName};
use super::message::Message;
use super::severity::Scope;
use super::time::Timestamp;
use super::waiver::Awaited;

/// Length of the window of logs that is looked at unless somebody asks for another, milliseconds.
pub const WINDOW_MS: i64 = 30 * 60 * 1000;

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

    /// Whether the step that asks for clients may be decided so while these are missing. `in_words`: a person gives a reason in
    /// words; `said`: how many that person says are missing.
    ///
    /// # Errors
    /// Clients are missing, and the decision does not name that: only one with a reason and their number does.
    pub fn allow(self, awaited: &Awaited, in_words: bool, said: Option<u32>) -> Result<(), DomainError> {
        let names_them = self.needs_reason() && in_words && said == Some(awaited.count);
        if awaited.count == 0 || self == Self::Reopened || names_them {
            return Ok(());
        }
        Err(DomainError::ClientsMissing { count: awaited.count, named: awaited.named.clone() })
    }

    /// Whether the step is done, with or without exceptions.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::DoneWithExceptions)
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
    /// What it was done with all the same, where that was noted with one press.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<NotedException>,
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
    /// Login name of the person who opened it; `None`: the program did.
    pub opened_by: Option<String>,
    /// Login name of the person who leads it now; `None`: nobody has taken it yet.
    pub lead: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When users stopped hurting.
    pub mitigated_at: Option<Timestamp>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// Whether the cluster had recovered when it was closed; `None`: it is open, or was closed before that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
    /// When it was reviewed.
    pub reviewed_at: Option<Timestamp>,
    /// How bad it is and what it affects, as people said.
    #[serde(flatten)]
    pub scope: Scope,
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

/// What the rules must know of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunMark {
    /// Its step.
    pub step: Step,
    /// `None`: queued or running; `Some(true)`: it looked; `Some(false)`: it was cancelled or interrupted.
    pub ended: Option<bool>,
}

impl From<&CheckRun> for RunMark {
    fn from(run: &CheckRun) -> Self {
        let ended = match &run.state {
            CheckRunState::Queued | CheckRunState::Running { .. } => None,
            CheckRunState::Ended { end, .. } => Some(end.looked()),
        };
        Self { step: run.step, ended }
    }
}

/// What the rules must know of a step: what was run and what was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepProgress {
    /// A check of its newest round is queued or running.
    pub running: bool,
    /// Somebody asked for checks.
    pub asked: bool,
    /// A check of it looked, whatever it found; or the step has no checks.
    pub looked: bool,
    /// The last decision.
    pub decision: Option<DecisionKind>,
}

impl StepProgress {
    /// From the runs and decisions of an incident; `has_checks`: the runbook names checks for the step.
    #[must_use]
    pub fn of(step: Step, has_checks: bool, runs: &[RunMark], decisions: &[StepDecision]) -> Self {
        let runs = || runs.iter().filter(|run| run.step == step);
        Self {
            running: runs().any(|run| run.ended.is_none()),
            asked: runs().next().is_some(),
            looked: !has_checks || runs().any(|run| run.ended == Some(true)),
            decision: decisions.iter().rev().find(|decision| decision.step == step).map(|decision| decision.kind),
        }
    }

    /// The state that the rail shows. A decision stands until somebody takes it back; a rerun does not undo it.
    #[must_use]
    pub const fn state(self) -> StepState {
        match self.decision {
            Some(DecisionKind::Done) => StepState::Done,
            Some(DecisionKind::DoneWithExceptions) => StepState::DoneWithExceptions,
            Some(DecisionKind::Skipped) => StepState::Skipped,
            Some(DecisionKind::Reopened) | None if self.running => StepState::Running,
            Some(DecisionKind::Reopened) => StepState::NeedsYou,
            None if self.asked => StepState::NeedsYou,
            None => StepState::NotStarted,
        }
    }
}

/// The step to go on to once that one is decided, with its state: the next open one after it, else the first open one before
/// it. `None`: all are decided. `states`: of all steps, in order.
#[must_use]
pub fn next_open(states: &[(Step, StepState)], decided: Step) -> Option<(Step, StepState)> {
    let after = states.iter().position(|(step, _)| *step > decided).map_or(&[][..], |at| &states[at..]);
    first_open(after).or_else(|| first_open(states))
}

/// The first step that is open, with its state. `None`: all are decided. `states`: in order.
#[must_use]
pub fn first_open(states: &[(Step, StepState)]) -> Option<(Step, StepState)> {
    states.iter().find(|(_, state)| !state.is_decided()).copied()
}

impl StepState {
    /// True once a person has decided.
    #[must_use]
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Done | Self::DoneWithExceptions | Self::Skipped)
    }
}

/// The rules. Each gives the state before the change, for the event.
impl Incident {
    /// Length of the window of logs that its checks, its diagnosis and its pages look at: from half an hour before it was
    /// opened to `at`, at most 12 hours, milliseconds.
    #[must_use]
    pub fn window_ms(&self, at: Timestamp) -> i64 {
        const LONGEST_MS: i64 = 12 * 3600 * 1000;
        (at.millis_since(self.opened_at).max(0) + WINDOW_MS).min(LONGEST_MS)
    }

    /// Whether it is about that cluster and node: the same one, or one of the two is not known. A drill is no outage.
    #[must_use]
    pub fn is_about(&self, cluster: ClusterId, node: Option<&NodeName>, drill: bool) -> bool {
        let same_node = match (self.node.as_ref(), node) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => true,
        };
        self.cluster == cluster && self.drill == drill && same_node
    }

    /// Whether that person leads it.
    #[must_use]
    pub fn is_led_by(&self, name: &str) -> bool {
        self.lead.as_deref() == Some(name)
    }

    /// Somebody takes the lead of an incident that nobody leads.
    ///
    /// # Errors
    /// It is closed, or somebody leads it.
    pub fn take(&mut self, by: &str) -> Result<(), DomainError> {
        self.require_open()?;
        if let Some(lead) = &self.lead {
            return Err(DomainError::LedAlready(lead.clone()));
        }
        self.lead = Some(by.to_owned());
        Ok(())
    }

    /// Work goes on: checks, decisions, hand-over.
    ///
    /// # Errors
    /// It is resolved or reviewed.
    pub const fn require_open(&self) -> Result<(), DomainError> {
        if self.state.is_open() { Ok(()) } else { Err(DomainError::IncidentClosed) }
    }

    /// Notes may be added until the record is signed.
    ///
    /// # Errors
    /// It is signed.
    pub const fn require_unsigned(&self) -> Result<(), DomainError> {
        match self.state {
            IncidentState::Reviewed => Err(DomainError::RecordSigned),
            IncidentState::Declared | IncidentState::Mitigated | IncidentState::Resolved => Ok(()),
        }
    }

    /// Whether that decision may be taken on a step. `reason`: in words; `noted`: in codes.
    ///
    /// # Errors
    /// It is closed, the reason is missing, or the checks speak against it.
    pub fn decide(
        &self,
        progress: StepProgress,
        kind: DecisionKind,
        reason: &str,
        noted: &[NotedException],
    ) -> Result<(), DomainError> {
        self.require_open()?;
        if kind.needs_reason() && reason.trim().is_empty() && noted.is_empty() {
            return Err(DomainError::ReasonMissing);
        }
        match kind {
            DecisionKind::Done | DecisionKind::DoneWithExceptions if progress.running => {
                Err(DomainError::ChecksRunning)
            }
            DecisionKind::Done if !progress.looked => Err(DomainError::ChecksNotRun),
            DecisionKind::Reopened if !progress.state().is_decided() => Err(DomainError::NoChange),
            DecisionKind::Done | DecisionKind::DoneWithExceptions | DecisionKind::Skipped | DecisionKind::Reopened => {
                Ok(())
            }
        }
    }

    /// It is closed. `over_at`: since when users no longer hurt, where nobody said so before. One that is closed without
    /// recovery may have steps that nobody decided on.
    ///
    /// # Errors
    /// A step is undecided or checks are running.
    pub fn close(
        &mut self,
        steps: &[(Step, StepProgress)],
        recovered: bool,
        over_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<IncidentState, DomainError> {
        self.require_open()?;
        let undecided = steps.iter().find(|(_, progress)| !progress.state().is_decided());
        if let Some((step, _)) = undecided.filter(|_| recovered) {
            return Err(DomainError::StepUndecided(*step));
        }
        if steps.iter().any(|(_, progress)| progress.running) {
            return Err(DomainError::ChecksRunning);
        }
        self.mitigated_at = self.mitigated_at.or(over_at);
        self.recovered = Some(recovered);
        self.resolved_at = Some(now);
        Ok(std::mem::replace(&mut self.state, IncidentState::Resolved))
    }

    /// It was not over.
    ///
    /// # Errors
    /// It is not resolved, or no reason is given.
    pub fn reopen(&mut self, reason: &str) -> Result<IncidentState, DomainError> {
        if self.state != IncidentState::Resolved {
            return Err(DomainError::NotResolved);
        }
        if reason.trim().is_empty() {
            return Err(DomainError::ReasonMissing);
        }
        self.mitigated_at = None;
        self.resolved_at = None;
        self.recovered = None;
        Ok(std::mem::replace(&mut self.state, IncidentState::Declared))
    }

    /// The review may be written: after the end, and before the signature.
    ///
    /// # Errors
    /// It is not resolved, or it is signed.
    pub const fn require_in_review(&self) -> Result<(), DomainError> {
        match self.state {
            IncidentState::Resolved => Ok(()),
            IncidentState::Reviewed => Err(DomainError::RecordSigned),
            IncidentState::Declared | IncidentState::Mitigated => Err(DomainError::NotResolved),
        }
    }

    /// A lead signs the record. The person who led the incident may do so with a reason.
    ///
    /// # Errors
    /// It is not resolved, is signed already, or that reason is missing.
    pub fn sign(&mut self, signer: &str, reason: &str, now: Timestamp) -> Result<IncidentState, DomainError> {
        match self.state {
            IncidentState::Resolved if self.is_led_by(signer) && reason.trim().is_empty() => {
                Err(DomainError::ReasonMissing)
            }
            IncidentState::Resolved => {
                self.reviewed_at = Some(now);
                Ok(std::mem::replace(&mut self.state, IncidentState::Reviewed))
            }
            IncidentState::Reviewed => Err(DomainError::RecordSigned),
            IncidentState::Declared | IncidentState::Mitigated => Err(DomainError::NotResolved),
        }
    }

    /// The review of a signed record is open again.
    ///
    /// # Errors
    /// It is not signed, or no reason is given.
    pub fn reopen_review(&mut self, reason: &str) -> Result<(), DomainError> {
        if self.state != IncidentState::Reviewed {
            return Err(DomainError::NotSigned);
        }
        if reason.trim().is_empty() {
            return Err(DomainError::ReasonMissing);
        }
        self.reviewed_at = None;
        self.state = IncidentState::Resolved;
        Ok(())
    }
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
    /// The record is signed: nothing is added to it before its review is opened again.
    #[error("the record is signed")]
    RecordSigned,
    /// Only the review of a signed record can be opened again.
    #[error("the record is not signed")]
    NotSigned,
    /// Checks of this step are still running.
    #[error("checks of this step are still running")]
    ChecksRunning,
    /// Done needs that the checks of the step were run; otherwise it is done with exceptions, or skipped.
    #[error("no check of this step was run")]
    ChecksNotRun,
    /// Only a resolved incident can be worked on again or reviewed; this one is not, or is reviewed already.
    #[error("the incident is already in that state")]
    NoChange,
    /// Somebody decided on the step after the form was made.
    #[error("{by} decided on this step meanwhile")]
    DecidedMeanwhile {
        /// Login name.
        by: String,
        /// When.
        at: Timestamp,
        /// What was decided.
        kind: DecisionKind,
    },
    /// Somebody said what the cause is after the form was made.
    #[error("{by} chose a cause meanwhile")]
    CauseChosenMeanwhile {
        /// Login name.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody said how bad it is, or what it affects, after the form was made.
    #[error("{by} changed severity or services meanwhile")]
    ScopeChangedMeanwhile {
        /// Login name.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// The incident is closed already.
    #[error("{by} closed the incident")]
    ClosedMeanwhile {
        /// Login name.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// The record is signed already.
    #[error("{by} signed the record")]
    SignedMeanwhile {
        /// Login name.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// An incident speaks of the cluster.
    #[error("this cluster has incidents")]
    ClusterInUse,
    /// There is nothing left to cancel.
    #[error("the check has ended already")]
    AlreadyEnded,
    /// An incident is open for the same cluster and node.
    #[error("{} is open for this cluster and node", .0.label())]
    OpenAlready(IncidentId),
    /// Somebody restarts a node of the cluster.
    #[error("{by} restarts {node}")]
    RestartTaken {
        /// Login name.
        by: String,
        /// The node.
        node: NodeName,
        /// The claim holds no longer than this.
        until: Timestamp,
    },
    /// Somebody else took the lead before.
    #[error("{0} leads it already")]
    LedAlready(String),
    /// It is not proposed any more: it was dismissed, or is over.
    #[error("it is not proposed any more")]
    ProposalEnded,
    /// The lead of the incident was not offered to, or by, the person who asks.
    #[error("there is no such offer")]
    NotOffered,
    /// Clients are missing, and nobody waived them.
    #[error("{count} clients are missing")]
    ClientsMissing {
        /// How many.
        count: u32,
        /// The first of them.
        named: Vec<String>,
    },
    /// What a decision on a step rests on is not taken back under it.
    #[error("step {} is decided", .0.number())]
    StepDecided(Step),
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
        let meanwhile = |key: &str, by: &String, at: &Timestamp| {
            Message::new(key).with("name", by).with("at", at.stamp(&jiff::tz::TimeZone::UTC))
        };
        Message::new(match self {
            Self::IncidentClosed => "rule-incident-closed",
            Self::ReasonMissing => "rule-reason-missing",
            Self::StepUndecided(step) => return Message::new("rule-step-undecided").with("step", step.number()),
            Self::NotResolved => "rule-not-resolved",
            Self::RecordSigned => "rule-record-signed",
            Self::NotSigned => "rule-not-signed",
            Self::ChecksRunning => "rule-checks-running",
            Self::ChecksNotRun => "rule-checks-not-run",
            Self::NoChange => "rule-no-change",
            Self::ClusterInUse => "rule-cluster-in-use",
            Self::AlreadyEnded => "rule-already-ended",
            Self::OpenAlready(open) => return Message::new("rule-open-already").with("incident", open.label()),
            Self::RestartTaken { by, node, until } => {
                let taken = Message::new("rule-restart-taken").with("name", by).with("node", node);
                return taken.with("until", until.stamp(&jiff::tz::TimeZone::UTC));
            }
            Self::DecidedMeanwhile { by, at, kind } => {
                let key = match kind {
                    DecisionKind::Done => "rule-decided-done",
                    DecisionKind::DoneWithExceptions => "rule-decided-exceptions",
                    DecisionKind::Skipped => "rule-decided-skipped",
                    DecisionKind::Reopened => "rule-decided-reopened",
                };
                return meanwhile(key, by, at);
            }
            Self::CauseChosenMeanwhile { by, at } => return meanwhile("rule-cause-chosen", by, at),
            Self::ScopeChangedMeanwhile { by, at } => return meanwhile("rule-scope-changed", by, at),
            Self::ClosedMeanwhile { by, at } => return meanwhile("rule-closed-by", by, at),
            Self::SignedMeanwhile { by, at } => return meanwhile("rule-signed-by", by, at),
            Self::LedAlready(lead) => return Message::new("rule-led-already").with("name", lead),
            Self::ProposalEnded => "rule-proposal-ended",
            Self::NotOffered => "rule-not-offered",
            Self::ClientsMissing { count, named } => {
                let missing = Message::new("rule-clients-missing").with("n", count).with("who", named.join(", "));
                return missing.with("more", u32::try_from(named.len()).map_or(0, |named| count.saturating_sub(named)));
            }
            Self::StepDecided(step) => return Message::new("rule-step-decided").with("step", step.number()),
            Self::NameTaken => "rule-name-taken",
            Self::LastAdmin => "rule-last-admin",
        })
    }
}

#[cfg(test)]
mod tests;
