//! The review of a record, and the signature under it.

use super::incidents::{check_text, load, state_changed};
use super::{Caller, CommandError, Commands, Result, once};
use crate::domain::event::EventKind;
use crate::domain::id::IncidentId;
use crate::domain::incident::DomainError;
use crate::domain::review::{CauseVerdict, MAX_FACTOR_CHARS, MAX_FACTORS, ReviewTexts};
use crate::domain::signed::Signature;

/// What became of a save or of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is saved.
    Saved,
    /// Something else was saved since the page was made: nothing was overwritten.
    Overtaken,
}

/// Saves a version of the review. `seen`: the version that it was written on, 0 for none.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NotResolved | RecordSigned)`; `Invalid` for `verdict`, `words`, `factors`, `lessons`.
pub async fn save(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    seen: i64,
    texts: &ReviewTexts,
) -> Result<Written> {
    let texts = checked(commands, texts)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(Written::Saved);
    }
    load(&mut tx, incident).await?.require_in_review()?;
    let newest = tx.review(incident).await?.map_or(0, |review| review.version);
    if newest != seen {
        return Ok(Written::Overtaken);
    }
    let said = tx.cause_said(incident).await?;
    let contradicts = match &texts.verdict {
        Some(CauseVerdict::Confirmed) if !said.is_any() => Some("invalid-review-nothing-said"),
        Some(CauseVerdict::Unknown) if said.is_any() => Some("invalid-review-unknown"),
        _ => None,
    };
    if let Some(key) = contradicts {
        return Err(CommandError::invalid("verdict", key));
    }
    let version = newest + 1;
    tx.save_review(incident, version, &said, &texts, &caller.name).await?;
    for text in written(&texts) {
        tx.add_search_text(incident, &commands.findable(text)).await?;
    }
    let (program, was) = (said.program.as_ref().map(|cause| cause.code), texts.was_code(&said));
    let event = EventKind::ReviewSaved { version, texts, said: program, was };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(Written::Saved)
}

/// A signature to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sign<'a> {
    /// Hash of what the signer saw.
    pub seen: &'a str,
    /// Why the signer signs who led the incident.
    pub reason: &'a str,
    /// What the signer adds.
    pub note: &'a str,
}

/// Signs the record of a resolved incident whose review says whether the cause was right. The caller has the role for it.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NotResolved | RecordSigned | SignedMeanwhile)`; `Invalid` for `reason`, `note` and `verdict`.
pub async fn sign(commands: &Commands, caller: &Caller, incident: IncidentId, sign: Sign<'_>) -> Result<Written> {
    let reason = &*check_text(commands, "reason", sign.reason)?;
    let note = &*check_text(commands, "note", sign.note)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(Written::Saved);
    }
    let mut loaded = load(&mut tx, incident).await?;
    if loaded.require_unsigned().is_err()
        && let Some(Signature { by, at, .. }) = commands.read().signatures(incident).await?.pop()
    {
        return Err(DomainError::SignedMeanwhile { by, at }.into());
    }
    let was_lead = loaded.is_led_by(&caller.name);
    let signed = loaded.clone();
    let from = loaded.sign(&caller.name, reason, tx.now()).map_err(|error| match error {
        DomainError::ReasonMissing => CommandError::invalid("reason", "invalid-sign-reason"),
        other => other.into(),
    })?;
    if tx.review(incident).await?.is_none_or(|review| review.texts.verdict.is_none()) {
        return Err(CommandError::invalid("verdict", "invalid-sign-no-verdict"));
    }
    // Nothing is committed by others while this transaction is open, so what is read beside it is what it changes.
    let content = commands.read().signable(&signed).await?;
    if content.sha256 != sign.seen {
        return Ok(Written::Overtaken);
    }
    let reason = if was_lead { reason } else { "" };
    let sha256 = content.sha256.clone();
    let (by, at) = (caller.name.clone(), tx.now());
    let signature = Signature { by, at, was_lead, reason: reason.to_owned(), note: note.to_owned(), content };
    tx.insert_signature(incident, &signature).await?;
    tx.update_incident(&loaded).await?;
    tx.append(incident, &caller.actor(), &state_changed(from, loaded.state, note)).await?;
    let event = EventKind::RecordSigned { sha256, reason: reason.to_owned() };
    tx.append(incident, &caller.actor(), &event).await?;
    for text in [reason, note].into_iter().filter(|text| !text.is_empty()) {
        tx.add_search_text(incident, &commands.findable(text)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(Written::Saved)
}

/// Opens the review of a signed record again; the signature stays in the record.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NotSigned)`; `Invalid` for `reopen_reason`.
pub async fn reopen(commands: &Commands, caller: &Caller, incident: IncidentId, reason: &str) -> Result<()> {
    let reason = &*check_text(commands, "reopen_reason", reason)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    loaded.reopen_review(reason).map_err(|error| match error {
        DomainError::ReasonMissing => CommandError::invalid("reopen_reason", "rule-reason-missing"),
        other => other.into(),
    })?;
    tx.update_incident(&loaded).await?;
    tx.append(incident, &caller.actor(), &EventKind::ReviewReopened { reason: reason.to_owned() }).await?;
    tx.add_search_text(incident, &commands.findable(reason)).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether what a person sent is what is saved; what cannot be saved is not.
#[must_use]
pub fn is_saved(commands: &Commands, sent: &ReviewTexts, saved: &ReviewTexts) -> bool {
    checked(commands, sent).is_ok_and(|sent| sent == *saved)
}

/// Texts of people as they are kept.
fn checked(commands: &Commands, texts: &ReviewTexts) -> Result<ReviewTexts> {
    let verdict = match &texts.verdict {
        Some(CauseVerdict::Corrected { code, words }) => {
            let words = check_text(commands, "words", words)?;
            if code.is_none() && words.is_empty() {
                return Err(CommandError::invalid("words", "invalid-review-was"));
            }
            Some(CauseVerdict::Corrected { code: *code, words })
        }
        other => other.clone(),
    };
    let factors: Vec<String> =
        texts.factors.iter().map(|factor| factor.trim().to_owned()).filter(|factor| !factor.is_empty()).collect();
    if factors.len() > MAX_FACTORS || factors.iter().any(|factor| factor.chars().count() > MAX_FACTOR_CHARS) {
        return Err(CommandError::invalid("factors", "invalid-review-factors"));
    }
    let factors = factors.iter().map(|factor| commands.0.files.redact(factor)).collect();
    let lessons = check_text(commands, "lessons", &texts.lessons)?;
    Ok(ReviewTexts { verdict, factors, lessons, checklist: texts.checklist.clone() })
}

/// The words in a review, for the search.
fn written(texts: &ReviewTexts) -> impl Iterator<Item = &str> {
    let words = match &texts.verdict {
        Some(CauseVerdict::Corrected { words, .. }) => words.as_str(),
        Some(CauseVerdict::Confirmed | CauseVerdict::Unknown) | None => "",
    };
    let all = texts.factors.iter().map(String::as_str).chain([texts.lessons.as_str(), words]);
    all.filter(|text| !text.is_empty())
}
