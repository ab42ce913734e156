//! The cause as a review corrected it: then that is the cause of the incident, on every page and in every file, and what was said at
//! the time stands beside it.

use crate::domain::code::Code;
use crate::domain::event::{Actor, Event, EventKind};
use crate::domain::review::{CauseVerdict, Review};
use crate::domain::time::Timestamp;

/// What a reviewer says that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected<'e> {
    /// Its code; `None`: the words say it.
    pub code: Option<Code>,
    /// What it was, or more about it; may be empty where there is a code.
    pub words: &'e str,
    /// Login name of the reviewer.
    pub by: &'e str,
    /// When the review was saved.
    pub at: Timestamp,
}

/// What that version of a review says that it was; `None`: it corrects nothing.
#[must_use]
pub fn corrected_by(review: &Review) -> Option<Corrected<'_>> {
    of(review.texts.verdict.as_ref(), &review.by, review.at)
}

/// What the newest version of the review says that it was; `None`: nobody wrote one, or it corrects nothing. `events`: the timeline,
/// oldest first.
#[must_use]
pub fn corrected(events: &[Event]) -> Option<Corrected<'_>> {
    let newest = events.iter().rev().find_map(|event| match (&event.kind, &event.actor) {
        (EventKind::ReviewSaved { texts, .. }, Actor::Person { name }) => Some((texts, name, event.at)),
        _ => None,
    });
    let (texts, by, at) = newest?;
    of(texts.verdict.as_ref(), by, at)
}

fn of<'a>(verdict: Option<&'a CauseVerdict>, by: &'a str, at: Timestamp) -> Option<Corrected<'a>> {
    match verdict? {
        CauseVerdict::Corrected { code, words } => Some(Corrected { code: *code, words, by, at }),
        CauseVerdict::Confirmed | CauseVerdict::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{EventId, IncidentId};
    use crate::domain::review::ReviewTexts;

    fn saved(version: i64, verdict: Option<CauseVerdict>) -> Event {
        let texts = ReviewTexts { verdict, ..ReviewTexts::default() };
        Event {
            id: EventId(version),
            incident: IncidentId(1),
            at: Timestamp::from_millis(version),
            actor: Actor::Person { name: "lea".to_owned() },
            kind: EventKind::ReviewSaved { version, texts, said: None, was: None },
        }
    }

    #[test]
    fn the_newest_version_of_the_review_counts() {
        let full = CauseVerdict::Corrected { code: Some(Code::NodeDiskFull), words: "the log disk".to_owned() };
        let events = [saved(1, None), saved(2, Some(full.clone()))];
        let was = corrected(&events).expect("corrected");
        assert_eq!((was.code, was.words, was.by), (Some(Code::NodeDiskFull), "the log disk", "lea"));
        for verdict in [None, Some(CauseVerdict::Confirmed), Some(CauseVerdict::Unknown)] {
            assert_eq!(corrected(&[saved(1, Some(full.clone())), saved(2, verdict)]), None);
        }
        assert_eq!(corrected(&[]), None);
    }
}
