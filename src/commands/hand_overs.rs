//! The lead of an incident: taken where nobody has it; offered and accepted, or given at once where the lead is gone.

use super::incidents::{check_text, load};
use super::{Caller, CommandError, Commands, Result, once, to_dos};
use crate::diagnosis::asked::AskedNow;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::event::EventKind;
use crate::domain::finding::Step;
use crate::domain::hand_over::{Card, OfferEnd, RunningCheck};
use crate::domain::id::IncidentId;
use crate::domain::incident::{DomainError, Incident};
use crate::domain::user::{Role, User};
use crate::store::WriteTx;

/// The check that a running monitor is.
const MONITOR: &str = "monitor.stable";

/// Takes the lead of an incident that nobody leads. An offer that waits ends. Who leads it already takes nothing.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed | LedAlready)`.
pub async fn take(commands: &Commands, caller: &Caller, incident: IncidentId) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    if loaded.state.is_open() && loaded.is_led_by(&caller.name) {
        return Ok(());
    }
    loaded.take(&caller.name)?;
    tx.end_offer(incident, OfferEnd::Withdrawn, &caller.name).await?;
    tx.update_incident(&loaded).await?;
    let event = EventKind::LeadChanged { to: caller.name.clone(), offered_by: None };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Offers the lead to another active user with at least the role operator, who accepts or declines. `look`: the newest look
/// at the cluster outside of the incident, for the card.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`; `Invalid` for `to` and `note`.
pub async fn offer(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    to: &str,
    note: &str,
    look: Option<&Diagnosis>,
) -> Result<()> {
    let note = &*check_text(commands, "note", note)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    loaded.require_open()?;
    let to = next_lead(&mut tx, &loaded, to).await?;
    if to.name == caller.name {
        return Err(CommandError::invalid("to", "hand-over-yourself"));
    }
    if tx.waiting_offer(incident).await?.is_some() {
        return Err(CommandError::invalid("to", "hand-over-waits"));
    }
    let card = card(&mut tx, incident, look).await?;
    tx.insert_offer(incident, &caller.name, &to.name, note, &card).await?;
    let event = EventKind::LeadOffered { to: to.name, note: note.to_owned() };
    tx.append(incident, &caller.actor(), &event).await?;
    if !note.is_empty() {
        tx.add_search_text(incident, &commands.findable(note)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Accepts the lead, or declines it: only who it is offered to.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed | NotOffered)`.
pub async fn answer(commands: &Commands, caller: &Caller, incident: IncidentId, accepts: bool) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    loaded.require_open()?;
    let offer = tx.waiting_offer(incident).await?.filter(|offer| offer.to == caller.name);
    let offer = offer.ok_or(DomainError::NotOffered)?;
    let event = if accepts {
        tx.end_offer(incident, OfferEnd::Accepted, &caller.name).await?;
        loaded.lead = Some(caller.name.clone());
        tx.update_incident(&loaded).await?;
        EventKind::LeadChanged { to: caller.name.clone(), offered_by: Some(offer.by) }
    } else {
        tx.end_offer(incident, OfferEnd::Declined, &caller.name).await?;
        EventKind::LeadOfferEnded { to: offer.to, how: OfferEnd::Declined }
    };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an offer back: who made it, and who leads.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NotOffered)`.
pub async fn withdraw(commands: &Commands, caller: &Caller, incident: IncidentId) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    let is_theirs = |by: &str| by == caller.name || loaded.is_led_by(&caller.name);
    let offer = tx.waiting_offer(incident).await?.filter(|offer| is_theirs(&offer.by));
    let offer = offer.ok_or(DomainError::NotOffered)?;
    tx.end_offer(incident, OfferEnd::Withdrawn, &caller.name).await?;
    let event = EventKind::LeadOfferEnded { to: offer.to, how: OfferEnd::Withdrawn };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives the lead to somebody at once, who is not asked: where the lead is gone. An offer that waits ends.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`; `Invalid` for `to`.
pub async fn at_once(commands: &Commands, caller: &Caller, incident: IncidentId, to: &str) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    loaded.require_open()?;
    let to = next_lead(&mut tx, &loaded, to).await?;
    tx.end_offer(incident, OfferEnd::Withdrawn, &caller.name).await?;
    loaded.lead = Some(to.name.clone());
    tx.update_incident(&loaded).await?;
    let event = EventKind::LeadChanged { to: to.name, offered_by: None };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// The person of that name, who may lead and does not yet.
async fn next_lead(tx: &mut WriteTx, incident: &Incident, name: &str) -> Result<User> {
    let found = tx.user_by_name(name.trim()).await?.filter(|user| user.active && user.role >= Role::Operator);
    let found = found.ok_or_else(|| CommandError::invalid("to", "hand-over-unknown"))?;
    if incident.is_led_by(&found.name) {
        return Err(CommandError::invalid("to", "hand-over-leads"));
    }
    Ok(found)
}

/// The card as it stands at the time of the transaction.
async fn card(tx: &mut WriteTx, incident: IncidentId, look: Option<&Diagnosis>) -> Result<Card> {
    let steps = tx.step_progress(incident).await?;
    let mut unfinished = Vec::new();
    for (step, _) in steps.iter().filter(|(_, progress)| progress.running) {
        unfinished.extend(tx.unfinished_runs_of_step(incident, *step).await?);
    }
    let (pinned, newest) = (tx.pinned_cause(incident).await?, tx.diagnosis(incident).await?);
    let marks = tx.to_do_marks(incident).await?;
    let AskedNow { to_dos: asked, do_nots, .. } = AskedNow::new(pinned.as_ref(), newest.as_ref(), look, &marks);
    let kept = to_dos::kept(tx, incident).await?;
    let mut card = Card::new(&steps, &unfinished, asked, do_nots, &marks).with_kept(&kept);
    if tx.monitor(incident).await?.is_some_and(|monitor| monitor.stopped_at.is_none()) {
        card.in_flight.push(RunningCheck { step: Step::Monitor, check: MONITOR.to_owned(), node: None });
    }
    Ok(card)
}
