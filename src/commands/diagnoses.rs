//! The diagnosis of an incident, recomputed by the engine after each round.

use super::{CommandError, Commands, Result, to_dos};
use crate::domain::code::Code;
use crate::domain::diagnosis::{Confidence, Diagnosis, Health};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::message::Lang;
use crate::domain::pinned::{self, PinnedAs};
use crate::locale;
use crate::store::WriteTx;
use crate::store::pinned_causes::{CausePlace, NewPin};

/// Saves the newest diagnosis; an event tells of it when causes or health changed, and another one when what it names is
/// from now on the cause of the incident.
///
/// # Errors
/// The store's.
pub async fn save(commands: &Commands, incident: IncidentId, diagnosis: &Diagnosis) -> Result<()> {
    let found = findable(diagnosis);
    let mut tx = commands.begin().await?;
    let before = tx.diagnosis(incident).await?;
    // What is pinned rests on the diagnoses of before, in an incident that is older than pinning.
    let pinned = tx.pinned_cause(incident).await?;
    tx.save_diagnosis(incident, diagnosis).await?;
    let says_more = before.as_ref().map(said) != Some(said(diagnosis));
    // Where nothing new is said, the newest one that is kept names the same causes in the same order.
    let kept = if says_more { None } else { tx.newest_kept(incident).await? };
    let position = match kept {
        Some(position) => position,
        None => tx.keep_diagnosis(incident, diagnosis).await?,
    };
    if before.as_ref().map(essence) != Some(essence(diagnosis)) {
        let (causes, health) = essence(diagnosis);
        tx.append(incident, &Actor::Engine, &EventKind::DiagnosisChanged { causes, health }).await?;
        tx.set_search_causes(incident, &found).await?;
        // A record is found by the causes that it once had, also when the cluster is healthy again.
        if diagnosis.causes.iter().any(|cause| cause.code != Code::None) {
            tx.add_search_text(incident, &found).await?;
        }
    }
    if let Some(place) = pinned::replacement(pinned.as_ref(), diagnosis) {
        pin(&mut tx, incident, diagnosis, CausePlace { position, place }).await?;
    }
    // What it asks for may have been done before: then evidence was kept before anybody knew the cause.
    match to_dos::mark_kept(&mut tx, incident).await {
        // A diagnosis does not wait for a damaged record.
        Err(CommandError::Store(error)) if error.is_damage() => {
            tracing::error!(incident.id = incident.0, error = %error, "to-dos could not be marked");
        }
        marked => marked?,
    }
    tx.commit().await?;
    Ok(())
}

/// Pins a cause that a diagnosis names, and tells of it.
async fn pin(tx: &mut WriteTx, incident: IncidentId, diagnosis: &Diagnosis, at: CausePlace) -> Result<()> {
    tx.pin_cause(incident, NewPin { named: Some(at), chosen_by: None, words: "" }).await?;
    let cause = diagnosis.causes.get(at.place).map(PinnedAs::from);
    tx.append(incident, &Actor::Engine, &EventKind::CausePinned { cause, words: String::new() }).await?;
    Ok(())
}

/// What makes two diagnoses different to a reader of the timeline.
fn essence(diagnosis: &Diagnosis) -> (Vec<String>, String) {
    // Several causes of one code, of nodes of which not the same is known, are no news when they become one.
    let mut causes: Vec<String> = Vec::new();
    for cause in &diagnosis.causes {
        let code = cause.code.to_string();
        if !causes.contains(&code) {
            causes.push(code);
        }
    }
    (causes, diagnosis.health.as_str().to_owned())
}

/// What a reader of the record reads of a cause.
type Named<'a> = (Code, &'a [NodeName], Confidence);

/// What makes two diagnoses different to a reader of the record.
fn said(diagnosis: &Diagnosis) -> (Health, Vec<Named<'_>>) {
    let causes = diagnosis.causes.iter().map(|cause| (cause.code, cause.nodes.as_slice(), cause.confidence)).collect();
    (diagnosis.health, causes)
}

/// Codes, nodes and sentences in both languages, for the search.
fn findable(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for cause in &diagnosis.causes {
        text.push_str(cause.code.as_str());
        for node in &cause.nodes {
            text.push(' ');
            text.push_str(&node.0);
        }
        for lang in Lang::ALL {
            text.push('\n');
            text.push_str(&locale::render(lang, &cause.summary));
        }
        text.push('\n');
    }
    text
}
