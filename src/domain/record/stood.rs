//! What a person had before them at each decision: the cause and the state as the screen said them, and the checks that had
//! ended. Told by the timeline alone: what stands before a decision was there, what stands after it was not.
//!
//! # Why
//! A lead who asks "why was that decided?" must not be answered with what was known an hour later. Looks at the cluster that
//! an open page took by itself are not kept, so the state beside the cause may have been newer than the one told here.

use std::collections::BTreeMap;

use crate::domain::event::{Actor, Event, EventKind};
use crate::domain::finding::Step;

/// A decision, and what stood when it was taken; all are events of the timeline.
pub struct Stood<'a> {
    /// The decision.
    pub decision: &'a Event,
    /// The cause that was pinned; `None`: none was.
    pub cause: Option<&'a Event>,
    /// The last round that said something new of the state; `None`: none had ended.
    pub state: Option<&'a Event>,
    /// The newest result of each check on each node: of the step that was decided, of all steps for other decisions.
    pub checks: Vec<&'a Event>,
}

/// Every decision that a person took: on a step, on the state of the incident, on its impact, on its cause. Oldest first.
#[must_use]
pub fn stood(events: &[Event]) -> Vec<Stood<'_>> {
    let mut all = Vec::new();
    let (mut cause, mut state) = (None, None);
    let mut checks: BTreeMap<(Step, &str, Option<&str>), &Event> = BTreeMap::new();
    for event in events {
        if let Some(step) = decided(event) {
            let of_step = checks.iter().filter(|((of, ..), _)| step.is_none_or(|step| *of == step));
            all.push(Stood { decision: event, cause, state, checks: of_step.map(|(_, event)| *event).collect() });
        }
        match &event.kind {
            EventKind::CausePinned { .. } => cause = Some(event),
            EventKind::DiagnosisChanged { .. } => state = Some(event),
            EventKind::CheckFinished { step, check, node, .. } => {
                checks.insert((*step, check, node.as_deref()), event);
            }
            _ => {}
        }
    }
    all
}

/// Whether a person decided something: `Some(None)` where it is not on a step.
fn decided(event: &Event) -> Option<Option<Step>> {
    match (&event.kind, &event.actor) {
        (EventKind::StepDecided { step, .. }, _) => Some(Some(*step)),
        (EventKind::ClientsWaived { .. } | EventKind::WaiverTakenBack { .. }, _) => Some(Some(Step::Clients)),
        (
            EventKind::StateChanged { .. } | EventKind::CausePinned { .. } | EventKind::ImpactEndCorrected { .. },
            Actor::Person { .. },
        ) => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{Coverage, Outcome};
    use crate::domain::id::{CheckRunId, EventId, IncidentId};
    use crate::domain::incident::DecisionKind;
    use crate::domain::time::Timestamp;

    fn event(id: i64, person: bool, kind: EventKind) -> Event {
        let actor = if person { Actor::Person { name: "ada".to_owned() } } else { Actor::Engine };
        // All at the same moment: the order of the timeline counts, not the clock.
        Event { id: EventId(id), incident: IncidentId(1), at: Timestamp::from_millis(0), actor, kind }
    }

    fn finished(id: i64, step: Step, outcome: Outcome) -> Event {
        let kind = EventKind::CheckFinished {
            run: CheckRunId(id),
            step,
            check: "net.ports".to_owned(),
            node: Some("n1".to_owned()),
            end: "judged".to_owned(),
            outcome: Some(outcome),
            seen: Coverage::All,
        };
        event(id, false, kind)
    }

    #[test]
    fn a_decision_rests_on_what_stood_before_it() {
        let pinned = |id, person| event(id, person, EventKind::CausePinned { cause: None, words: "w".to_owned() });
        let decided = |id, step| {
            event(
                id,
                true,
                EventKind::StepDecided {
                    step,
                    kind: DecisionKind::Done,
                    reason: String::new(),
                    exceptions: Vec::new(),
                },
            )
        };
        let state = |id| {
            event(id, false, EventKind::DiagnosisChanged { causes: Vec::new(), health: "down".to_owned(), at: None })
        };
        let events = [
            finished(1, Step::Confirm, Outcome::Fail),
            decided(2, Step::Confirm),
            state(3),
            pinned(4, false),
            finished(5, Step::Confirm, Outcome::Pass),
            finished(6, Step::Logs, Outcome::Warn),
            decided(7, Step::Confirm),
            pinned(8, true),
            decided(9, Step::Config),
        ];
        let id = |event: &&Event| event.id.0;
        let all: Vec<_> = stood(&events)
            .iter()
            .map(|one| {
                let checks: Vec<i64> = one.checks.iter().map(id).collect();
                (one.decision.id.0, one.cause.as_ref().map(id), one.state.as_ref().map(id), checks)
            })
            .collect();
        let expected = [
            (2, None, None, vec![1]),
            (7, Some(4), Some(3), vec![5]),
            (8, Some(4), Some(3), vec![5, 6]),
            (9, Some(8), Some(3), vec![]),
        ];
        assert_eq!(all, expected);
    }
}
