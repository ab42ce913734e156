//! What a signature is over: the record of an incident as canonical JSON, and its hash.
//!
//! # Why
//! The text has no spaces and its keys stand in order, so that the same record gives the same bytes in every version of the
//! program; sentences, which differ by language and version, are not in it, what they rest on is: codes, what people wrote, and
//! the hashes of the evidence. The signature itself and the follow-ups, which are ticked later, are not part of it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::diagnosis::Diagnosis;
use super::event::{Event, EventKind};
use super::evidence::Evidence;
use super::id::EvidenceId;
use super::incident::{Incident, IncidentState, StepDecision};
use super::pinned::PinnedCause;
use super::review::Review;
use super::time::Timestamp;

/// The pieces of a record that are signed.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Every decision on a step, oldest first.
    pub decisions: &'a [StepDecision],
    /// Its cause.
    pub pinned: Option<&'a PinnedCause>,
    /// The diagnoses that said something new, oldest first.
    pub history: &'a [Diagnosis],
    /// The timeline, oldest first.
    pub events: &'a [Event],
    /// The evidence, oldest first; bodies are not needed.
    pub evidence: &'a [(EvidenceId, &'a Evidence)],
    /// The review.
    pub review: Option<&'a Review>,
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Canonical JSON.
    pub text: String,
    /// Hex SHA-256 of the text.
    pub sha256: String,
}

impl Content {
    /// Of the pieces of a record.
    #[must_use]
    pub fn of(parts: &Parts<'_>) -> Self {
        // The maps of this JSON library keep their keys in order.
        let text = escaped(&value(parts).to_string());
        let sha256 = hex::encode(Sha256::digest(&text));
        Self { text, sha256 }
    }
}

/// The same JSON with everything beyond ASCII that is neither letter nor digit as its escape: so nothing in the file hides or
/// turns text around when it is looked at.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' || c.is_alphanumeric() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

fn value(parts: &Parts<'_>) -> Value {
    let incident = parts.incident;
    let history = parts.history.iter().map(|diagnosis| {
        let causes = diagnosis.causes.iter();
        let causes: Vec<Value> = causes
            .map(|cause| json!({ "code": cause.code, "nodes": cause.nodes, "confidence": cause.confidence }))
            .collect();
        json!({ "at": diagnosis.at, "health": diagnosis.health, "causes": causes })
    });
    let cause = parts.pinned.map(|pinned| {
        let cause = pinned.cause();
        json!({
            "at": pinned.at, "chosen_by": pinned.chosen_by, "words": pinned.words,
            "code": cause.map(|cause| cause.code), "nodes": cause.map(|cause| &cause.nodes),
            "confidence": cause.map(|cause| cause.confidence),
        })
    });
    let evidence = parts.evidence.iter().map(|(id, evidence)| {
        json!({
            "id": id, "check": evidence.check, "node": evidence.node, "captured_at": evidence.captured_at,
            "sha256": evidence.sha256,
        })
    });
    let review = parts.review.map(|review| {
        json!({
            "version": review.version, "said": review.said, "texts": review.texts, "by": review.by, "at": review.at,
        })
    });
    json!({
        "format": "nodedown-signed-1",
        "incident": {
            "id": incident.id, "cluster": incident.cluster, "cluster_name": incident.cluster_name,
            "node": incident.node, "drill": incident.drill, "opened_by": incident.opened_by, "lead": incident.lead,
            "opened_at": incident.opened_at, "mitigated_at": incident.mitigated_at,
            "resolved_at": incident.resolved_at, "recovered": incident.recovered,
            "scope": incident.scope, "runbook": incident.runbook,
        },
        "cause": cause,
        "decisions": parts.decisions,
        "diagnoses": history.collect::<Vec<_>>(),
        "evidence": evidence.collect::<Vec<_>>(),
        "review": review,
        "timeline": parts.events.iter().filter(|event| is_signed(&event.kind)).collect::<Vec<_>>(),
    })
}

/// Signatures are not over themselves, and follow-ups go on after them.
const fn is_signed(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::FollowUpAdded { .. }
            | EventKind::FollowUpMarked { .. }
            | EventKind::RecordSigned { .. }
            | EventKind::StateChanged { to: IncidentState::Reviewed, .. }
    )
}

/// Names of the pieces that two contents do not have in common; empty: they are the same.
#[must_use]
pub fn differences(one: &str, other: &str) -> Vec<String> {
    let read = |text: &str| match serde_json::from_str(text) {
        Ok(Value::Object(pieces)) => pieces,
        _ => serde_json::Map::new(),
    };
    let (one, other) = (read(one), read(other));
    let mut names: Vec<String> = one.keys().chain(other.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| one.get(name) != other.get(name));
    names
}

/// A signature under a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Signed by the person who led the incident.
    pub was_lead: bool,
    /// Why that person signed; empty where another one did.
    pub reason: String,
    /// What the signer added.
    pub note: String,
    /// What was signed.
    pub content: Content,
}
