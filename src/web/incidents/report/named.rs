//! The causes that were named while an incident was open, as they were named then, the one that stood longest first.
//!
//! # Why
//! The newest diagnosis of a repaired cluster says "healthy"; a record must say what was wrong.

use crate::domain::diagnosis::{Cause, Diagnosis};
use crate::domain::pinned::{can_be_pinned, goes_on};
use crate::domain::time::Timestamp;

/// A cause that was named, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The diagnosis that was surest of it, the newest of several.
    pub in_diagnosis: usize,
    /// Its place among the causes there.
    pub place: usize,
    /// First named.
    pub from: Timestamp,
    /// The first diagnosis after it that did not name it any more; `None`: the newest one names it.
    pub until: Option<Timestamp>,
    /// How long it stood in all, milliseconds.
    pub stood_ms: i64,
}

/// Everything that was named in a history of diagnoses, what stood longest first. `end`: when the last one was over.
#[must_use]
pub fn named(history: &[Diagnosis], end: Timestamp) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for (index, diagnosis) in history.iter().enumerate() {
        let next = history.get(index + 1).map(|next| next.at);
        let stood_ms = next.unwrap_or(end).millis_since(diagnosis.at).max(0);
        for (place, cause) in diagnosis.causes.iter().enumerate().filter(|(_, cause)| can_be_pinned(cause)) {
            let find = |same: fn(&Cause, &Cause) -> bool| {
                all.iter().position(|one| same(&history[one.in_diagnosis].causes[one.place], cause))
            };
            // What is known of more nodes by now is the same fault.
            let before = find(|known, cause| (known.code, &known.nodes) == (cause.code, &cause.nodes))
                .or_else(|| find(|known, cause| !known.nodes.is_empty() && goes_on(known, cause)));
            let Some(before) = before.map(|at| &mut all[at]) else {
                all.push(Named { in_diagnosis: index, place, from: diagnosis.at, until: next, stood_ms });
                continue;
            };
            before.until = next;
            before.stood_ms += stood_ms;
            if cause.confidence >= history[before.in_diagnosis].causes[before.place].confidence {
                (before.in_diagnosis, before.place) = (index, place);
            }
        }
    }
    // A cause stands above its fellows of the same diagnosis; they stood as long as it did.
    all.sort_by_key(|one| (std::cmp::Reverse(one.stood_ms), one.place));
    all
}
