//! What is to be done after an incident, and what became of it. No part of the signed record: it goes on after the signature.

use jiff::civil::Date;

use super::incidents::{check_text, load};
use super::{Caller, CommandError, Commands, Result, What, once};
use crate::domain::event::EventKind;
use crate::domain::follow_up::{FollowUpState, MAX_OWNER_CHARS, MAX_WHAT_CHARS, Owner};
use crate::domain::id::{FollowUpId, IncidentId};
use crate::domain::incident::DomainError;

/// A new follow-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFollowUp {
    /// What is to be done.
    pub what: String,
    /// By whom.
    pub owner: Owner,
    /// Until which day.
    pub due: Date,
}

/// Adds a follow-up, in any state of the incident.
///
/// # Errors
/// `NotFound(Incident)`; `Invalid` for `what`, `owner` (no such user) and `owner_words`.
pub async fn add(commands: &Commands, caller: &Caller, incident: IncidentId, new: &NewFollowUp) -> Result<FollowUpId> {
    let what = &*check_text(commands, "what", &new.what)?;
    if what.is_empty() || what.chars().count() > MAX_WHAT_CHARS {
        return Err(CommandError::invalid("what", "invalid-follow-up-what"));
    }
    let name = new.owner.name.trim();
    if name.is_empty() || name.chars().count() > MAX_OWNER_CHARS {
        return Err(CommandError::invalid("owner", "invalid-follow-up-owner"));
    }
    let owner = Owner { name: name.to_owned(), has_account: new.owner.has_account };
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    load(&mut tx, incident).await?;
    if owner.has_account && !tx.user_by_name(name).await?.is_some_and(|user| user.active) {
        return Err(CommandError::invalid("owner", "invalid-follow-up-nobody"));
    }
    let id = tx.add_follow_up(incident, what, &owner, new.due, &caller.name).await?;
    let event = EventKind::FollowUpAdded { follow_up: id, what: what.to_owned(), owner, due: new.due };
    tx.append(incident, &caller.actor(), &event).await?;
    tx.add_search_text(incident, &commands.findable(what)).await?;
    once::keep(&mut tx, caller, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Says what became of a follow-up, or takes that back.
///
/// # Errors
/// `NotFound(Incident | FollowUp)`; `Domain(NoChange)`; `Invalid` for `reason`: it is dropped without one.
pub async fn mark(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    id: FollowUpId,
    state: FollowUpState,
    reason: &str,
) -> Result<()> {
    let reason = if state == FollowUpState::Dropped { &*check_text(commands, "reason", reason)? } else { "" };
    if state == FollowUpState::Dropped && reason.is_empty() {
        return Err(CommandError::invalid("reason", "rule-reason-missing"));
    }
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    load(&mut tx, incident).await?;
    let follow_up = tx.follow_up(incident, id).await?.ok_or(CommandError::NotFound(What::FollowUp))?;
    if follow_up.state() == state {
        return Err(DomainError::NoChange.into());
    }
    tx.mark_follow_up(&follow_up, state, reason, &caller.name).await?;
    let event = EventKind::FollowUpMarked { follow_up: id, what: follow_up.what, state, reason: reason.to_owned() };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}
