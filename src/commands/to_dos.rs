//! What people did of what an incident asks for.

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, once};
use crate::diagnosis::asked::ways_back;
use crate::domain::capture::KeptEvidence;
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::IncidentId;
use crate::domain::incident::DomainError;
use crate::domain::to_do::{DoneByKeeping, SAVE_EVIDENCE, ToDoId, asked, done_by_keeping};
use crate::store::{StoreError, WriteTx, hand_in};

/// Marks a to-do as done, or takes that back. Allowed until the record is signed.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(RecordSigned | NoChange)`; `Invalid` for `to_do`: nothing asks for it, and nobody did it.
pub async fn mark(commands: &Commands, caller: &Caller, incident: IncidentId, id: &ToDoId, done: bool) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    load(&mut tx, incident).await?.require_unsigned()?;
    let (pinned, newest) = (tx.pinned_cause(incident).await?, tx.diagnosis(incident).await?);
    let marks = tx.to_do_marks(incident).await?;
    let marked = marks.iter().find(|mark| mark.id == *id);
    let asked = asked(pinned.as_ref(), newest.as_ref()).into_iter().cloned().chain(ways_back(&marks));
    let asked = asked.into_iter().find(|text| ToDoId::of(text) == *id);
    // What was done stays in the record, and can be taken back, when nothing asks for it any more.
    let text = asked.or_else(|| marked.map(|mark| mark.text.clone()));
    let text = text.ok_or_else(|| CommandError::invalid("to_do", "invalid-to-do"))?;
    if marked.is_some_and(|mark| mark.done) == done {
        return Err(DomainError::NoChange.into());
    }
    tx.mark_to_do(incident, &text, done, &caller.name, None).await?;
    tx.append(incident, &caller.actor(), &EventKind::ToDoMarked { text, done, kept: None, lacking: Vec::new() })
        .await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks what is done by evidence that was kept, and says that it was that: the person who kept it ticked nothing. Nothing in an
/// incident that is signed.
///
/// # Errors
/// The store's.
pub(super) async fn mark_kept(tx: &mut WriteTx, incident: IncidentId) -> Result<()> {
    let loaded = load(tx, incident).await?;
    if loaded.require_unsigned().is_err() {
        return Ok(());
    }
    let (pinned, newest) = (tx.pinned_cause(incident).await?, tx.diagnosis(incident).await?);
    let mut asked = asked(pinned.as_ref(), newest.as_ref());
    asked.retain(|text| text.key == SAVE_EVIDENCE);
    if asked.is_empty() {
        return Ok(());
    }
    let (marks, kept) = (tx.to_do_marks(incident).await?, kept(tx, incident).await?);
    for DoneByKeeping { text, last, lacking } in done_by_keeping(&asked, &marks, &kept) {
        tx.mark_to_do(incident, &text, true, &last.by, Some(last.how)).await?;
        let actor = Actor::Person { name: last.by.clone() };
        let kind = EventKind::ToDoMarked { text, done: true, kept: Some(last.how), lacking };
        tx.append(incident, &actor, &kind).await?;
    }
    Ok(())
}

/// The evidence that was kept of the nodes of an incident: by captures and by uploads.
pub(super) async fn kept(tx: &mut WriteTx, incident: IncidentId) -> std::result::Result<Vec<KeptEvidence>, StoreError> {
    let (captures, captured) = (tx.captures(incident).await?, tx.captured_files(incident).await?);
    Ok(hand_in::kept(&captures, &captured, &tx.handed_in(incident).await?))
}
