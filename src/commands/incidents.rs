//! Incidents: from declared to reviewed, and what people decide and write meanwhile.

use super::{Caller, CommandError, Commands, Result, What, once, proposals};
use crate::diagnosis::asked::AskedNow;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::event::EventKind;
use crate::domain::exception::{self, DoneBefore, NotedException};
use crate::domain::finding::Step;
use crate::domain::id::{ClusterId, EventId, IncidentId, NodeName};
use crate::domain::incident::{DecisionKind, DomainError, Incident, IncidentState};
use crate::domain::meanwhile;
use crate::domain::note::Attached;
use crate::domain::severity::{Scope, Severity};
use crate::domain::waiver::Awaited;
use crate::store::WriteTx;

/// Longest note or reason, in characters.
pub const MAX_TEXT_CHARS: usize = 20_000;

/// Most services that an incident may affect.
const MAX_NAMES: usize = 50;
/// Longest name of a service, in characters.
const MAX_NAME_CHARS: usize = 100;

/// A new incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIncident {
    /// Its cluster.
    pub cluster: ClusterId,
    /// The node that is thought to have stopped.
    pub node: Option<NodeName>,
    /// A drill.
    pub drill: bool,
    /// First note, may be empty.
    pub note: String,
}

/// Opens an incident: freezes the runbook into it, and the caller leads it, if that is a person.
///
/// # Errors
/// `NotFound(Cluster)`; `NotFound(Node)`; `Invalid` for `note`.
pub async fn open(commands: &Commands, caller: &Caller, command: OpenIncident) -> Result<IncidentId> {
    open_with(commands, caller, command, &Scope::default(), true).await
}

/// The same, unless one is open for the cluster and that node already: people who are woken at the same time work on one.
///
/// # Errors
/// `Domain(OpenAlready)`; else those of [`open`].
pub async fn open_alone(commands: &Commands, caller: &Caller, command: OpenIncident) -> Result<IncidentId> {
    open_with(commands, caller, command, &Scope::default(), false).await
}

/// The same with how bad it is and what it affects. `beside_others`: also where one is open.
///
/// # Errors
/// Those of [`open_alone`]; `Invalid` for `affected`.
pub async fn open_with(
    commands: &Commands,
    caller: &Caller,
    command: OpenIncident,
    scope: &Scope,
    beside_others: bool,
) -> Result<IncidentId> {
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let id = open_in(commands, &mut tx, caller, &command, scope, beside_others).await?;
    once::keep(&mut tx, caller, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Opens it as a part of something else.
pub(super) async fn open_in(
    commands: &Commands,
    tx: &mut WriteTx,
    caller: &Caller,
    command: &OpenIncident,
    scope: &Scope,
    beside_others: bool,
) -> Result<IncidentId> {
    let note = check_text(commands, "note", &command.note)?;
    let scope = &check_scope(commands, scope)?;
    let runbook = commands.runbooks().first().ok_or(CommandError::NotFound(What::Runbook))?;
    let cluster = tx.cluster(command.cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    if command.node.as_ref().is_some_and(|node| cluster.node(node).is_none()) {
        return Err(CommandError::NotFound(What::Node));
    }
    if !beside_others {
        let open = tx.open_incidents().await?;
        let same = open.iter().find(|open| open.is_about(command.cluster, command.node.as_ref(), command.drill));
        if let Some(open) = same {
            return Err(DomainError::OpenAlready(open.id).into());
        }
    }
    let id =
        tx.insert_incident(&cluster, command.node.as_ref(), command.drill, caller.person().as_deref(), runbook).await?;
    tx.append(id, &caller.actor(), &EventKind::IncidentOpened).await?;
    if !command.drill {
        proposals::taken_up(tx, caller, command.cluster, id).await?;
    }
    if !note.is_empty() {
        append_note(commands, tx, caller, id, None, note, Vec::new()).await?;
    }
    if !scope.is_empty() {
        save_scope(commands, tx, caller, id, scope).await?;
    }
    Ok(id)
}

/// Says how bad it is and what it affects. Allowed until the record is signed. `seen`: what the form had seen, see
/// [`meanwhile`].
///
/// # Errors
/// `NotFound(Incident)`; `Domain(RecordSigned | ScopeChangedMeanwhile | NoChange)`; `Invalid` for `affected`.
pub async fn set_scope(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    scope: &Scope,
    seen: Option<i64>,
) -> Result<()> {
    let scope = &check_scope(commands, scope)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    loaded.require_unsigned()?;
    match tx.timeline(incident).await {
        Ok(events) => meanwhile::require_scope(seen, &events)?,
        // What is damaged keeps nobody from saying it.
        Err(error) if error.is_damage() => {}
        Err(error) => return Err(error.into()),
    }
    if loaded.scope == *scope {
        return Err(DomainError::NoChange.into());
    }
    save_scope(commands, &mut tx, caller, incident, scope).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

async fn save_scope(
    commands: &Commands,
    tx: &mut WriteTx,
    caller: &Caller,
    incident: IncidentId,
    scope: &Scope,
) -> Result<()> {
    tx.set_scope(incident, scope).await?;
    tx.append(incident, &caller.actor(), &EventKind::ScopeChanged { scope: scope.clone() }).await?;
    let words = scope.severity.map_or("", Severity::as_str);
    let words = format!("{words} {}", scope.affected.join(" "));
    tx.add_search_text(incident, &commands.findable(words.trim())).await?;
    Ok(())
}

/// Names of services as they are kept: not endless, neither one nor all.
fn check_scope(commands: &Commands, scope: &Scope) -> Result<Scope> {
    let is_long = |name: &String| name.chars().count() > MAX_NAME_CHARS;
    if scope.affected.len() > MAX_NAMES || scope.affected.iter().any(is_long) {
        return Err(CommandError::invalid("affected", "scope-affected-long"));
    }
    let affected = scope.affected.iter().map(|name| commands.0.files.redact(name)).collect();
    Ok(Scope { severity: scope.severity, affected })
}

/// Decides on a step.
///
/// # Errors
/// `NotFound(Incident | Step)`; `Invalid` for `reason`;
/// `Domain(IncidentClosed | ReasonMissing | ChecksRunning | ChecksNotRun | ClientsMissing | NoChange)`.
pub async fn decide_step(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Step,
    kind: DecisionKind,
    reason: &str,
) -> Result<()> {
    decide(commands, caller, incident, step, Decided::new(kind, Reason::Words(reason))).await
}

/// Decides that a step is done with what its newest round did not show in order, which is noted in codes; done plainly, where
/// nothing of that is news.
///
/// # Errors
/// `NotFound(Incident | Step)`; `Domain(IncidentClosed | ReasonMissing | ChecksRunning | ClientsMissing)`.
pub async fn note_exceptions(commands: &Commands, caller: &Caller, incident: IncidentId, step: Step) -> Result<()> {
    decide(commands, caller, incident, step, Decided::new(DecisionKind::DoneWithExceptions, Reason::NewestRound)).await
}

/// Why a step is decided so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// In words.
    Words(&'a str),
    /// What its newest round did not show in order.
    NewestRound,
}

/// What a person says of a step.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// What.
    pub kind: DecisionKind,
    /// Why.
    pub why: Reason<'a>,
    /// The newest look at the cluster outside of the incident: what it shows as over is no open to-do.
    pub look: Option<&'a Diagnosis>,
    /// What the form had seen, see [`meanwhile`].
    pub seen: Option<i64>,
    /// How many clients that person says are missing, and decides so all the same.
    pub missing: Option<u32>,
}

impl<'a> Decided<'a> {
    /// Where nothing newer than the rounds of the incident is known, and nobody says what was seen before.
    #[must_use]
    pub const fn new(kind: DecisionKind, why: Reason<'a>) -> Self {
        Self { kind, why, look: None, seen: None, missing: None }
    }
}

async fn decide(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Step,
    decided: Decided<'_>,
) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    decide_in(commands, &mut tx, caller, &loaded, step, decided).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Decides as a part of something else. What was to be done by the end of the step, and is not, is noted as an exception.
pub(super) async fn decide_in(
    commands: &Commands,
    tx: &mut WriteTx,
    caller: &Caller,
    incident: &Incident,
    step: Step,
    decided: Decided<'_>,
) -> Result<()> {
    let id = incident.id;
    incident.require_open()?;
    let Decided { mut kind, why, look, seen, missing } = decided;
    meanwhile::require_decisions(seen, step, &tx.decisions(id).await?)?;
    let (reason, mut exceptions) = match why {
        Reason::Words(reason) => (check_text(commands, "reason", reason)?, Vec::new()),
        Reason::NewestRound => (String::new(), noted(tx, id, step).await?),
    };
    if why == Reason::NewestRound && exceptions.is_empty() {
        kind = DecisionKind::Done;
    }
    let progress = tx.step_progress(id).await?;
    let progress = progress.into_iter().find(|(known, _)| *known == step).ok_or(CommandError::NotFound(What::Step))?.1;
    incident.decide(progress, kind, &reason, &exceptions)?;
    if step == Step::Clients && kind != DecisionKind::Reopened {
        let awaited = awaited(tx, id).await?;
        kind.allow(&awaited, why != Reason::NewestRound, missing)?;
        let clients = NotedException::Clients { missing_clients: awaited.count, named: awaited.named };
        exceptions.extend((awaited.count > 0).then_some(clients));
    }
    if matches!(kind, DecisionKind::Done | DecisionKind::DoneWithExceptions) {
        exceptions.extend(not_done(tx, id, step, look).await?);
        kind = if exceptions.is_empty() { kind } else { DecisionKind::DoneWithExceptions };
    }
    tx.insert_decision(id, step, kind, &reason, &exceptions, &caller.name).await?;
    if !reason.is_empty() {
        tx.add_search_text(id, &commands.findable(&reason)).await?;
    }
    let event = EventKind::StepDecided { step, kind, reason, exceptions };
    tx.append(id, &caller.actor(), &event).await?;
    Ok(())
}

/// The clients that the newest round saw missing, those left out that nobody waits for.
async fn awaited(tx: &mut WriteTx, id: IncidentId) -> Result<Awaited> {
    let Some(away) = tx.diagnosis(id).await?.and_then(|newest| newest.clients) else { return Ok(Awaited::default()) };
    Ok(away.awaited(&tx.client_waivers(id).await?))
}

/// What the newest round of a step did not show in order, without what is expected and what a step before knew.
async fn noted(tx: &mut WriteTx, id: IncidentId, step: Step) -> Result<Vec<NotedException>> {
    let runs = tx.runs_of_step(id, step).await?;
    let mut done = Vec::new();
    for decision in tx.decisions(id).await? {
        if decision.step < step && decision.kind.is_done() {
            done.push(DoneBefore { runs: tx.runs_of_step(id, decision.step).await?, noted: decision.exceptions });
        }
    }
    let (pinned, newest) = match (tx.pinned_cause(id).await, tx.diagnosis(id).await) {
        (Ok(pinned), Ok(newest)) => (pinned, newest),
        // Where nobody knows what is down, nothing is expected.
        (Err(error), _) | (_, Err(error)) if error.is_damage() => (None, None),
        (Err(error), _) | (_, Err(error)) => return Err(error.into()),
    };
    let down = exception::known_down(step, newest.as_ref(), pinned.as_ref());
    Ok(exception::noted(exception::exceptions(step, &runs, &done, &down)))
}

/// To-dos that were to be done by the end of the step and are not, those left out that an earlier step was done without.
async fn not_done(
    tx: &mut WriteTx,
    id: IncidentId,
    step: Step,
    look: Option<&Diagnosis>,
) -> Result<Vec<NotedException>> {
    let (pinned, newest) = match (tx.pinned_cause(id).await, tx.diagnosis(id).await) {
        (Ok(pinned), Ok(newest)) => (pinned, newest),
        // What is damaged keeps nobody from deciding; the record tells of it.
        (Err(error), _) | (_, Err(error)) if error.is_damage() => return Ok(Vec::new()),
        (Err(error), _) | (_, Err(error)) => return Err(error.into()),
    };
    let marks = tx.to_do_marks(id).await?;
    let decisions = tx.decisions(id).await?.into_iter().map(|decision| (decision.step, decision)).collect();
    let asked = AskedNow::new(pinned.as_ref(), newest.as_ref(), look, &marks);
    Ok(asked.not_done(step, &marks, &decisions).cloned().map(|to_do| NotedException::ToDo { to_do }).collect())
}

/// It was not over after all: a resolved incident is worked on again. What was proposed meanwhile is taken up, for somebody is
/// on it now.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NotResolved | ReasonMissing)`; `Invalid` for `reason`.
pub async fn reopen(commands: &Commands, caller: &Caller, incident: IncidentId, reason: &str) -> Result<()> {
    let reason = &*check_text(commands, "reason", reason)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    let from = loaded.reopen(reason)?;
    if !loaded.drill {
        proposals::taken_up(&mut tx, caller, loaded.cluster, incident).await?;
    }
    save_state(commands, tx, caller, &loaded, from, reason).await
}

/// The incident, or 404.
pub(super) async fn load(tx: &mut WriteTx, incident: IncidentId) -> Result<Incident> {
    tx.incident(incident).await?.ok_or(CommandError::NotFound(What::Incident))
}

/// Text of a person as it is kept: trimmed, not endless. What people type and paste holds secrets as often as what they attach:
/// they are hidden.
pub(super) fn check_text(commands: &Commands, field: &'static str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(CommandError::invalid(field, "invalid-text-long"));
    }
    Ok(commands.0.files.redact(text))
}

/// Adds a note to the timeline; its text went through [`check_text`].
pub(super) async fn append_note(
    commands: &Commands,
    tx: &mut WriteTx,
    caller: &Caller,
    incident: IncidentId,
    step: Option<Step>,
    text: String,
    files: Vec<Attached>,
) -> Result<EventId> {
    let names: String = files.iter().map(|file| format!(" {}", file.name)).collect();
    tx.add_search_text(incident, &commands.findable(&format!("{text}{names}"))).await?;
    let event = EventKind::NoteAdded { step, text, files };
    Ok(tx.append(incident, &caller.actor(), &event).await?)
}

/// The event of a change of state that is no closure.
pub(super) fn state_changed(from: IncidentState, to: IncidentState, note: &str) -> EventKind {
    EventKind::StateChanged {
        from,
        to,
        note: note.to_owned(),
        recovered: None,
        measured: None,
        seen: None,
        over_at: None,
    }
}

async fn save_state(
    commands: &Commands,
    mut tx: WriteTx,
    caller: &Caller,
    incident: &Incident,
    from: IncidentState,
    note: &str,
) -> Result<()> {
    tx.update_incident(incident).await?;
    let event = state_changed(from, incident.state, note);
    tx.append(incident.id, &caller.actor(), &event).await?;
    if !note.is_empty() {
        tx.add_search_text(incident.id, &commands.findable(note)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}
