//! The cause of an incident, where a person knows better than the program.

use super::incidents::{check_text, load};
use super::{Caller, CommandError, Commands, Result, once};
use crate::domain::code::Code;
use crate::domain::event::EventKind;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::meanwhile;
use crate::domain::pinned::{PinnedAs, can_be_pinned};
use crate::store::WriteTx;
use crate::store::pinned_causes::{CausePlace, NewPin};

/// What a person says the cause is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChosenCause {
    /// One that a diagnosis of the incident named.
    Named {
        /// Its code.
        code: Code,
        /// Its nodes.
        nodes: Vec<NodeName>,
    },
    /// Another one: the words say which.
    InWords,
}

/// Says what the cause of an incident is; no diagnosis changes it afterwards. Allowed until the record is signed.
/// `seen`: what the form had seen, see [`meanwhile`].
///
/// # Errors
/// `NotFound(Incident)`; `Domain(RecordSigned | CauseChosenMeanwhile)`; `Invalid` for `cause` (no diagnosis named it) and
/// `words`.
pub async fn choose(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    chosen: &ChosenCause,
    words: &str,
    seen: Option<i64>,
) -> Result<()> {
    let words = &*check_text(commands, "words", words)?;
    if words.is_empty() && *chosen == ChosenCause::InWords {
        return Err(CommandError::invalid("words", "invalid-text-empty"));
    }
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    load(&mut tx, incident).await?.require_unsigned()?;
    match tx.pinned_cause(incident).await {
        Ok(pinned) => meanwhile::require_cause(seen, pinned.as_ref())?,
        // What is damaged keeps nobody from saying what the cause is.
        Err(error) if error.is_damage() => {}
        Err(error) => return Err(error.into()),
    }
    let (named, cause) = match chosen {
        ChosenCause::Named { code, nodes } => {
            let found = surest(&mut tx, incident, *code, nodes).await?;
            let (at, cause) = found.ok_or_else(|| CommandError::invalid("cause", "invalid-cause"))?;
            (Some(at), Some(cause))
        }
        ChosenCause::InWords => (None, None),
    };
    tx.pin_cause(incident, NewPin { named, chosen_by: Some(&caller.name), words }).await?;
    tx.append(incident, &caller.actor(), &EventKind::CausePinned { cause, words: words.to_owned() }).await?;
    if !words.is_empty() {
        tx.add_search_text(incident, &commands.findable(words)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// The diagnosis that was surest of a cause, the newest of several.
async fn surest(
    tx: &mut WriteTx,
    incident: IncidentId,
    code: Code,
    nodes: &[NodeName],
) -> Result<Option<(CausePlace, PinnedAs)>> {
    let mut found: Option<(CausePlace, PinnedAs)> = None;
    for (position, diagnosis) in tx.diagnosis_history(incident).await?.into_iter().rev() {
        for (place, cause) in diagnosis.causes.iter().enumerate() {
            let is_it = cause.code == code && cause.nodes == nodes && can_be_pinned(cause);
            let is_surer = found.as_ref().is_none_or(|(_, known)| cause.confidence > known.confidence);
            if is_it && is_surer {
                found = Some((CausePlace { position, place }, PinnedAs::from(cause)));
            }
        }
    }
    Ok(found)
}
