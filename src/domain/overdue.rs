//! What waits for a person for too long: a step that nobody decides, an offer of the lead that nobody answers, and an incident
//! that the program opened and nobody took.
//!
//! # Why
//! The first person who is told may be asleep, or alone with a problem that takes too long. So a second channel can be told
//! after a while: once for each thing that waits, and since when it does.

use super::event::{Event, EventKind};
use super::id::EventId;
use super::incident::IncidentState;
use super::time::Timestamp;

/// What waits, by the entry of the timeline since which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The entry.
    pub event: EventId,
    /// When that was.
    pub since: Timestamp,
}

impl Waits {
    const fn of(event: &Event) -> Self {
        Self { event: event.id, since: event.at }
    }

    /// Whether it has waited for so many minutes.
    #[must_use]
    pub const fn for_minutes(&self, minutes: u16, now: Timestamp) -> bool {
        now.millis_since(self.since) >= minutes as i64 * 60_000
    }
}

/// Since when the step that is next waits to be decided: since the newest decision, or since the incident was opened, or opened
/// again. `events`: the timeline, oldest first; `None`: the incident is not worked on by what they say.
#[must_use]
pub fn step_waits(events: &[Event]) -> Option<Waits> {
    let newest = events.iter().rev().find(|event| {
        matches!(
            event.kind,
            EventKind::IncidentOpened
                | EventKind::StepDecided { .. }
                | EventKind::StateChanged { to: IncidentState::Declared | IncidentState::Resolved, .. }
        )
    })?;
    let is_closed = matches!(newest.kind, EventKind::StateChanged { to: IncidentState::Resolved, .. });
    (!is_closed).then(|| Waits::of(newest))
}

/// The offer of the lead that waits for an answer, with the login name of who it was made to. `events`: as above.
#[must_use]
pub fn offer_waits(events: &[Event]) -> Option<(Waits, &str)> {
    let newest = events.iter().rev().find(|event| {
        matches!(
            event.kind,
            EventKind::LeadOffered { .. } | EventKind::LeadChanged { .. } | EventKind::LeadOfferEnded { .. }
        )
    })?;
    match &newest.kind {
        EventKind::LeadOffered { to, .. } => Some((Waits::of(newest), to)),
        _ => None,
    }
}

/// Since when an incident that nobody leads waits for somebody: since it was opened, or opened again. `events`: as above; `None`:
/// it is closed by what they say.
#[must_use]
pub fn lead_waits(events: &[Event]) -> Option<Waits> {
    let is_turn = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::IncidentOpened
                | EventKind::StateChanged { to: IncidentState::Declared | IncidentState::Resolved, .. }
        )
    };
    let newest = events.iter().rev().find(|event| is_turn(&event.kind))?;
    let is_closed = matches!(newest.kind, EventKind::StateChanged { to: IncidentState::Resolved, .. });
    (!is_closed).then(|| Waits::of(newest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Actor;
    use crate::domain::finding::Step;
    use crate::domain::id::IncidentId;
    use crate::domain::incident::DecisionKind;

    fn told(kinds: Vec<EventKind>) -> Vec<Event> {
        let event = |(nth, kind): (i64, EventKind)| Event {
            id: EventId(nth),
            incident: IncidentId(1),
            at: Timestamp::from_millis(nth * 60_000),
            actor: Actor::Engine,
            kind,
        };
        (1..).zip(kinds).map(event).collect()
    }

    fn decided(kind: DecisionKind) -> EventKind {
        EventKind::StepDecided { step: Step::Confirm, kind, reason: String::new(), exceptions: Vec::new() }
    }

    fn changed(to: IncidentState) -> EventKind {
        EventKind::StateChanged {
            from: IncidentState::Declared,
            to,
            note: String::new(),
            recovered: None,
            measured: None,
            seen: None,
            over_at: None,
        }
    }

    #[test]
    fn a_step_waits_since_what_came_before_it() {
        let since = |kinds| step_waits(&told(kinds)).map(|waits| waits.event.0);
        let note =
            || EventKind::LeadOfferEnded { to: "eve".to_owned(), how: crate::domain::hand_over::OfferEnd::Declined };
        assert_eq!(since(vec![EventKind::IncidentOpened, note()]), Some(1));
        assert_eq!(since(vec![EventKind::IncidentOpened, decided(DecisionKind::Done), note()]), Some(2));
        assert_eq!(
            since(vec![EventKind::IncidentOpened, decided(DecisionKind::Done), decided(DecisionKind::Reopened)]),
            Some(3)
        );
        let over = || changed(IncidentState::Mitigated);
        assert_eq!(since(vec![EventKind::IncidentOpened, over()]), Some(1), "that the impact is over decides nothing");
        assert_eq!(since(vec![EventKind::IncidentOpened, changed(IncidentState::Resolved)]), None);
        let again = changed(IncidentState::Declared);
        assert_eq!(since(vec![EventKind::IncidentOpened, changed(IncidentState::Resolved), again]), Some(3));
        assert_eq!(since(vec![]), None);
    }

    #[test]
    fn it_is_too_long_from_that_minute_on() {
        let waits = Waits { event: EventId(1), since: Timestamp::from_millis(0) };
        assert!(!waits.for_minutes(10, Timestamp::from_millis(599_999)));
        assert!(waits.for_minutes(10, Timestamp::from_millis(600_000)));
    }

    #[test]
    fn an_incident_that_nobody_leads_waits_since_it_was_opened_or_opened_again() {
        let since = |kinds| lead_waits(&told(kinds)).map(|waits| waits.event.0);
        assert_eq!(since(vec![]), None);
        let decided = || decided(DecisionKind::Done);
        assert_eq!(since(vec![EventKind::IncidentOpened, decided()]), Some(1), "a decision takes nothing");
        assert_eq!(since(vec![EventKind::IncidentOpened, changed(IncidentState::Mitigated)]), Some(1));
        assert_eq!(since(vec![EventKind::IncidentOpened, changed(IncidentState::Resolved)]), None);
        let again = changed(IncidentState::Declared);
        assert_eq!(since(vec![EventKind::IncidentOpened, changed(IncidentState::Resolved), again]), Some(3));
    }

    #[test]
    fn an_offer_waits_until_it_is_answered_or_made_anew() {
        let offered = |to: &str| EventKind::LeadOffered { to: to.to_owned(), note: String::new() };
        let taken = || EventKind::LeadChanged { to: "eve".to_owned(), offered_by: Some("ann".to_owned()) };
        let of = |kinds| offer_waits(&told(kinds)).map(|(waits, to)| (waits.event.0, to.to_owned()));
        assert_eq!(of(vec![EventKind::IncidentOpened]), None);
        assert_eq!(of(vec![offered("eve"), decided(DecisionKind::Done)]), Some((1, "eve".to_owned())));
        assert_eq!(of(vec![offered("eve"), taken()]), None);
        assert_eq!(of(vec![offered("eve"), taken(), offered("bob")]), Some((3, "bob".to_owned())));
    }
}
