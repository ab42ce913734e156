//! Waivers: of which clients that are away nobody waits any more, and why.

use super::incidents::{check_text, load};
use super::{Caller, CommandError, Commands, Result, What, once};
use crate::domain::client_set::ClientSet;
use crate::domain::event::EventKind;
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, WaiverId};
use crate::domain::incident::DomainError;
use crate::domain::waiver::Waiver;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 1000;
/// Most waivers of an incident.
const MOST: usize = 500;

/// Waives clients. `what`: an address, a range or an application, as a person typed it; it has to cover a client that the
/// newest round saw away, so that a slip of the finger waives nobody.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`; `Invalid` for `what` and `reason`.
pub async fn waive(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    what: &str,
    reason: &str,
) -> Result<WaiverId> {
    let what = ClientSet::parse(what).map_err(|error| CommandError::invalid("what", error.key()))?;
    let reason = &*check_text(commands, "reason", reason)?;
    if reason.is_empty() {
        return Err(CommandError::invalid("reason", "invalid-waiver-reason"));
    }
    if reason.chars().count() > MAX_REASON_CHARS {
        return Err(CommandError::invalid("reason", "invalid-text-long"));
    }
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    load(&mut tx, incident).await?.require_open()?;
    let waivers = tx.client_waivers(incident).await?;
    if waivers.iter().any(|one| one.holds() && one.what == what) {
        return Err(CommandError::invalid("what", "invalid-waiver-same"));
    }
    if waivers.len() >= MOST {
        return Err(CommandError::invalid("what", "invalid-waiver-many"));
    }
    let away = tx.diagnosis(incident).await?.and_then(|newest| newest.clients);
    let clients = away.map_or(0, |away| away.covered(&what));
    if clients == 0 {
        return Err(CommandError::invalid("what", "invalid-waiver-nobody"));
    }
    let waiver = tx.insert_client_waiver(incident, &what, reason, &caller.name).await?;
    let words = commands.findable(&format!("{what} {reason}")).into_owned();
    let clients = u32::try_from(clients).unwrap_or(u32::MAX);
    let event = EventKind::ClientsWaived { waiver, what, reason: reason.to_owned(), clients };
    tx.append(incident, &caller.actor(), &event).await?;
    tx.add_search_text(incident, &words).await?;
    once::keep(&mut tx, caller, &waiver).await?;
    tx.commit().await?;
    Ok(waiver)
}

/// Takes a waiver back: somebody waits for these clients again. Not while the step is decided, which may rest on it.
///
/// # Errors
/// `NotFound(Incident | Waiver)`; `Domain(IncidentClosed | NoChange | StepDecided)`.
pub async fn take_back(commands: &Commands, caller: &Caller, incident: IncidentId, waiver: WaiverId) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    load(&mut tx, incident).await?.require_open()?;
    let waivers = tx.client_waivers(incident).await?;
    let waiver: Waiver =
        waivers.into_iter().find(|one| one.id == waiver).ok_or(CommandError::NotFound(What::Waiver))?;
    if !waiver.holds() {
        return Err(DomainError::NoChange.into());
    }
    let progress = tx.step_progress(incident).await?;
    if progress.iter().any(|(step, progress)| *step == Step::Clients && progress.state().is_decided()) {
        return Err(DomainError::StepDecided(Step::Clients).into());
    }
    tx.end_client_waiver(&waiver, &caller.name).await?;
    let event = EventKind::WaiverTakenBack { waiver: waiver.id, what: waiver.what };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}
