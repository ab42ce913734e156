//! What somebody else did after a form was made: who sends the form later is told, and overwrites nothing unseen.
//!
//! # Why
//! Two people work on one incident at night. A form carries a number of what it had seen; where something newer is there, the
//! command is refused with who did it and when. `None`: the caller does not say what it saw, and nothing is compared; `0`:
//! there was nothing yet.

use super::event::{Actor, Event, EventKind};
use super::finding::Step;
use super::incident::{DomainError, StepDecision};
use super::pinned::PinnedCause;

/// The number of what a form saw that decides on a step: how many decisions were taken on it.
#[must_use]
pub fn decisions_seen(step: Step, decisions: &[StepDecision]) -> i64 {
    decisions.iter().filter(|decision| decision.step == step).map(|_| 1).sum()
}

/// Nobody decided on the step since.
///
/// # Errors
/// Somebody did.
pub fn require_decisions(seen: Option<i64>, step: Step, decisions: &[StepDecision]) -> Result<(), DomainError> {
    let newest = decisions.iter().rev().find(|decision| decision.step == step);
    match newest.filter(|_| seen.is_some_and(|seen| seen != decisions_seen(step, decisions))) {
        Some(StepDecision { by, at, kind, .. }) => {
            Err(DomainError::DecidedMeanwhile { by: by.clone(), at: *at, kind: *kind })
        }
        None => Ok(()),
    }
}

/// The number of what a form saw that says the cause: the moment at which a person chose it. What the program names meanwhile
/// keeps nobody from saying it.
#[must_use]
pub fn cause_seen(pinned: Option<&PinnedCause>) -> i64 {
    pinned.filter(|pinned| pinned.chosen_by.is_some()).map_or(0, |pinned| pinned.at.as_millis())
}

/// Nobody chose a cause since.
///
/// # Errors
/// Somebody did.
pub fn require_cause(seen: Option<i64>, pinned: Option<&PinnedCause>) -> Result<(), DomainError> {
    let chosen = pinned.and_then(|pinned| Some((pinned.chosen_by.as_ref()?, pinned.at)));
    match chosen.filter(|_| seen.is_some_and(|seen| seen != cause_seen(pinned))) {
        Some((by, at)) => Err(DomainError::CauseChosenMeanwhile { by: by.clone(), at }),
        None => Ok(()),
    }
}

/// The number of what a form saw that says how bad it is and what it affects: the entry of the timeline that said it.
#[must_use]
pub fn scope_seen(events: &[Event]) -> i64 {
    newest_scope(events).map_or(0, |event| event.id.0)
}

/// Nobody said how bad it is and what it affects since.
///
/// # Errors
/// Somebody did.
pub fn require_scope(seen: Option<i64>, events: &[Event]) -> Result<(), DomainError> {
    match newest_scope(events).filter(|newest| seen.is_some_and(|seen| seen != newest.id.0)) {
        Some(Event { actor: Actor::Person { name }, at, .. }) => {
            Err(DomainError::ScopeChangedMeanwhile { by: name.clone(), at: *at })
        }
        Some(_) | None => Ok(()),
    }
}

fn newest_scope(events: &[Event]) -> Option<&Event> {
    events.iter().rev().find(|event| matches!(event.kind, EventKind::ScopeChanged { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{EventId, IncidentId};
    use crate::domain::incident::DecisionKind;
    use crate::domain::severity::Scope;
    use crate::domain::time::Timestamp;

    const AT: Timestamp = Timestamp::from_millis(5_000);

    fn decided(step: Step, kind: DecisionKind) -> StepDecision {
        StepDecision { step, kind, reason: String::new(), exceptions: Vec::new(), by: "ann".to_owned(), at: AT }
    }

    #[test]
    fn a_decision_that_the_form_did_not_see_is_named_with_who_took_it() {
        let taken = [decided(Step::Logs, DecisionKind::Done), decided(Step::Config, DecisionKind::Skipped)];
        let ann = DomainError::DecidedMeanwhile { by: "ann".to_owned(), at: AT, kind: DecisionKind::Done };
        assert_eq!(require_decisions(Some(0), Step::Logs, &taken), Err(ann.clone()));
        assert_eq!(require_decisions(Some(1), Step::Logs, &taken), Ok(()));
        assert_eq!(require_decisions(Some(0), Step::Network, &taken), Ok(()), "another step");
        assert_eq!(require_decisions(None, Step::Logs, &taken), Ok(()), "who does not say what was seen is not asked");
        let again =
            [taken.to_vec(), vec![decided(Step::Logs, DecisionKind::Reopened)], vec![taken[0].clone()]].concat();
        assert_eq!(require_decisions(Some(1), Step::Logs, &again), Err(ann), "opened again and decided again");
        assert_eq!(decisions_seen(Step::Logs, &again), 3);
    }

    #[test]
    fn a_cause_of_a_person_is_seen_and_one_of_the_program_is_not_asked_for() {
        let mut pinned = PinnedCause { at: AT, chosen_by: None, words: "a power cut".to_owned(), named: None };
        assert_eq!((cause_seen(None), cause_seen(Some(&pinned))), (0, 0));
        assert_eq!(require_cause(Some(0), Some(&pinned)), Ok(()));
        pinned.chosen_by = Some("ann".to_owned());
        let ann = DomainError::CauseChosenMeanwhile { by: "ann".to_owned(), at: AT };
        assert_eq!(require_cause(Some(0), Some(&pinned)), Err(ann));
        assert_eq!(require_cause(Some(cause_seen(Some(&pinned))), Some(&pinned)), Ok(()));
        assert_eq!(require_cause(None, Some(&pinned)), Ok(()));
    }

    #[test]
    fn a_severity_that_the_form_did_not_see_is_named() {
        let event = |id, kind| Event {
            id: EventId(id),
            incident: IncidentId(1),
            at: AT,
            actor: Actor::Person { name: "lea".to_owned() },
            kind,
        };
        let said = EventKind::ScopeChanged { scope: Scope::default() };
        let events = [event(1, EventKind::IncidentOpened), event(2, said), event(3, EventKind::IncidentOpened)];
        let lea = DomainError::ScopeChangedMeanwhile { by: "lea".to_owned(), at: AT };
        assert_eq!((require_scope(Some(0), &events), scope_seen(&events)), (Err(lea), 2));
        assert_eq!(require_scope(Some(2), &events), Ok(()));
        assert_eq!((require_scope(Some(0), &events[..1]), require_scope(None, &events)), (Ok(()), Ok(())));
    }
}
