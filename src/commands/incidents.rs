//! Incidents: from declared to reviewed, and what people decide and write meanwhile.

use super::{Caller, CommandError, Commands, Result, What, once};
use crate::domain::event::EventKind;
use crate::domain::finding::Step;
use crate::domain::id::{ClusterId, EventId, IncidentId, NodeName};
use crate::domain::incident::{DecisionKind, DomainError, Incident, IncidentState};
use crate::domain::user::Role;
use crate::store::WriteTx;

/// Longest note or reason, in characters.
pub const MAX_TEXT_CHARS: usize = 20_000;

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

/// Opens an incident: freezes the runbook into it, and the caller leads it.
///
/// # Errors
/// `NotFound(Cluster)`; `NotFound(Node)`; `Invalid` for `note`.
pub async fn open(commands: &Commands, caller: &Caller, command: OpenIncident) -> Result<IncidentId> {
    open_beside(commands, caller, command, true).await
}

/// The same, unless one is open for the cluster and that node already: people who are woken at the same time work on one.
///
/// # Errors
/// `Domain(OpenAlready)`; else those of [`open`].
pub async fn open_alone(commands: &Commands, caller: &Caller, command: OpenIncident) -> Result<IncidentId> {
    open_beside(commands, caller, command, false).await
}

async fn open_beside(
    commands: &Commands,
    caller: &Caller,
    command: OpenIncident,
    beside_others: bool,
) -> Result<IncidentId> {
    let note = check_text("note", &command.note)?;
    let runbook = commands.runbooks().first().ok_or(CommandError::NotFound(What::Runbook))?;
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
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
    let id = tx.insert_incident(&cluster, command.node.as_ref(), command.drill, &caller.name, runbook).await?;
    tx.append(id, &caller.actor(), &EventKind::IncidentOpened).await?;
    if !note.is_empty() {
        append_note(commands, &mut tx, caller, id, None, note).await?;
    }
    once::keep(&mut tx, caller, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Writes a note, at a step or at the incident. Allowed until the incident is reviewed.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`; `Invalid` for `text`.
pub async fn add_note(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Option<Step>,
    text: &str,
) -> Result<EventId> {
    let text = check_text("text", text)?;
    if text.is_empty() {
        return Err(CommandError::invalid("text", "invalid-text-empty"));
    }
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    load(&mut tx, incident).await?.require_unsigned()?;
    let event = append_note(commands, &mut tx, caller, incident, step, text).await?;
    once::keep(&mut tx, caller, &event).await?;
    tx.commit().await?;
    Ok(event)
}

/// Decides on a step.
///
/// # Errors
/// `NotFound(Incident | Step)`; `Domain(IncidentClosed | ReasonMissing | ChecksRunning | ChecksNotRun | NoChange)`;
/// `Invalid` for `reason`.
pub async fn decide_step(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Step,
    kind: DecisionKind,
    reason: &str,
) -> Result<()> {
    let reason = check_text("reason", reason)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    let progress = tx.step_progress(incident).await?;
    let progress = progress.into_iter().find(|(known, _)| *known == step).ok_or(CommandError::NotFound(What::Step))?.1;
    loaded.decide(progress, kind, reason)?;
    tx.insert_decision(incident, step, kind, reason, &caller.name).await?;
    let event = EventKind::StepDecided { step, kind, reason: reason.to_owned() };
    tx.append(incident, &caller.actor(), &event).await?;
    if !reason.is_empty() {
        tx.add_search_text(incident, &commands.findable(reason)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Users no longer hurt.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed | NoChange)`; `Invalid` for `note`.
pub async fn mitigate(commands: &Commands, caller: &Caller, incident: IncidentId, note: &str) -> Result<()> {
    let note = check_text("note", note)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    let from = loaded.mitigate(tx.now())?;
    save_state(commands, tx, caller, &loaded, from, note).await
}

/// It is over. Every step must be decided and no check may run. The monitor stops.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed | StepUndecided | ChecksRunning)`; `Invalid` for `note`.
pub async fn resolve(commands: &Commands, caller: &Caller, incident: IncidentId, note: &str) -> Result<()> {
    let note = check_text("note", note)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    let steps = tx.step_progress(incident).await?;
    let from = loaded.resolve(&steps, tx.now())?;
    tx.stop_monitor(incident).await?;
    save_state(commands, tx, caller, &loaded, from, note).await
}

/// It was not over after all: a resolved incident is worked on again.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NotResolved | ReasonMissing)`; `Invalid` for `reason`.
pub async fn reopen(commands: &Commands, caller: &Caller, incident: IncidentId, reason: &str) -> Result<()> {
    let reason = check_text("reason", reason)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    let from = loaded.reopen(reason)?;
    save_state(commands, tx, caller, &loaded, from, reason).await
}

/// A lead signs the record of a resolved incident.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NotResolved | NoChange)`; `Invalid` for `note`.
pub async fn review(commands: &Commands, caller: &Caller, incident: IncidentId, note: &str) -> Result<()> {
    let note = check_text("note", note)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    let from = loaded.review(tx.now())?;
    save_state(commands, tx, caller, &loaded, from, note).await
}

/// Hands the lead over to another active user with at least the role operator.
///
/// # Errors
/// `NotFound(Incident | User)`; `Domain(IncidentClosed | NoChange)`.
pub async fn hand_over(commands: &Commands, caller: &Caller, incident: IncidentId, to: &str) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    loaded.require_open()?;
    let to = tx.user_by_name(to.trim()).await?.filter(|user| user.active && user.role >= Role::Operator);
    let to = to.ok_or(CommandError::NotFound(What::User))?;
    if loaded.lead == to.name {
        return Err(DomainError::NoChange.into());
    }
    loaded.lead = to.name.clone();
    tx.update_incident(&loaded).await?;
    tx.append(incident, &caller.actor(), &EventKind::LeadChanged { to: to.name }).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// The incident, or 404.
pub(super) async fn load(tx: &mut WriteTx, incident: IncidentId) -> Result<Incident> {
    tx.incident(incident).await?.ok_or(CommandError::NotFound(What::Incident))
}

/// Text of a person: trimmed, not endless.
pub(super) fn check_text<'a>(field: &'static str, text: &'a str) -> Result<&'a str> {
    let text = text.trim();
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(CommandError::invalid(field, "invalid-text-long"));
    }
    Ok(text)
}

async fn append_note(
    commands: &Commands,
    tx: &mut WriteTx,
    caller: &Caller,
    incident: IncidentId,
    step: Option<Step>,
    text: &str,
) -> Result<EventId> {
    tx.add_search_text(incident, &commands.findable(text)).await?;
    let event = EventKind::NoteAdded { step, text: text.to_owned() };
    Ok(tx.append(incident, &caller.actor(), &event).await?)
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
    let event = EventKind::StateChanged { from, to: incident.state, note: note.to_owned() };
    tx.append(incident.id, &caller.actor(), &event).await?;
    if !note.is_empty() {
        tx.add_search_text(incident.id, &commands.findable(note)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}
