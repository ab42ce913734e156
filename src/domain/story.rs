//! The story of an incident: its timeline with one scene a round of checks, and the stretches in which nothing was noted.
//!
//! # Why
//! A round of a cluster of three writes some thirty entries, and a lead asks what it came to. Entries of a round are told by
//! their step: no step has two rounds at once.

use std::collections::BTreeMap;

use super::event::{Actor, Event, EventKind};
use super::finding::{Coverage, Outcome, Step};
use super::id::EventId;
use super::time::Timestamp;

/// A stretch without an entry that is longer than this is shown, milliseconds.
pub const SILENCE_MS: i64 = 5 * 60 * 1000;

/// One line of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene<'a> {
    /// An entry that stands for itself.
    Entry(&'a Event),
    /// A round of checks.
    Round(Round<'a>),
}

impl Scene<'_> {
    /// The entry that it begins with.
    #[must_use]
    pub const fn id(&self) -> EventId {
        match self {
            Self::Entry(event) | Self::Round(Round { started: event, .. }) => event.id,
        }
    }
}

/// What a round of checks came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round<'a> {
    /// The entry that tells of its start.
    pub started: &'a Event,
    /// Its step.
    pub step: Step,
    /// Which round of this step, from 1.
    pub number: u32,
    /// Runs that were asked for.
    pub asked: u32,
    /// When the run that ended last did; `None`: none has.
    pub ended_at: Option<Timestamp>,
    /// How they ended.
    pub tally: Tally,
    /// The diagnosis that stood when its last run so far had ended, or that came of it; `None`: there was none yet.
    pub says: Option<Says<'a>>,
}

impl Round<'_> {
    /// Whether runs are still to end.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        self.tally.ended() < self.asked
    }
}

/// How the runs of a round ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Judged.
    pub judged: u32,
    /// Judged from parts only; counted in `judged` as well.
    pub partly: u32,
    /// Could not look, or took too long.
    pub unseen: u32,
    /// Cancelled by a person, or interrupted by an end of the program.
    pub stopped: u32,
    /// The worst outcome of those that were judged.
    pub worst: Option<Outcome>,
}

impl Tally {
    /// All that ended.
    #[must_use]
    pub const fn ended(self) -> u32 {
        self.judged + self.unseen + self.stopped
    }

    fn count(&mut self, end: &str, outcome: Option<Outcome>, seen: Coverage) {
        match end {
            "judged" => {
                self.judged += 1;
                self.partly += u32::from(seen == Coverage::Partly);
                self.worst = self.worst.max(outcome);
            }
            "could_not_run" | "timed_out" => self.unseen += 1,
            _ => self.stopped += 1,
        }
    }
}

/// What a diagnosis said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Says<'a> {
    /// Health as text.
    pub health: &'a str,
    /// Codes of the causes.
    pub causes: &'a [String],
    /// Another one than before the round.
    pub is_new: bool,
}

/// The timeline as a story, oldest first.
#[must_use]
pub fn story(events: &[Event]) -> Vec<Scene<'_>> {
    let mut teller = Teller::default();
    for event in events {
        teller.hear(event);
    }
    teller.scenes
}

#[derive(Default)]
struct Teller<'a> {
    scenes: Vec<Scene<'a>>,
    /// Where the newest round of each step stands.
    rounds: BTreeMap<Step, (usize, u32)>,
    /// The round whose run ended last, until a diagnosis tells what that changed.
    ended: Option<usize>,
    said: Option<Says<'a>>,
}

impl<'a> Teller<'a> {
    fn hear(&mut self, event: &'a Event) {
        match &event.kind {
            EventKind::ChecksStarted { step, runs } => {
                let number = self.rounds.get(step).map_or(1, |(_, number)| number + 1);
                self.rounds.insert(*step, (self.scenes.len(), number));
                let (step, asked, tally) = (*step, *runs, Tally::default());
                let round = Round { started: event, step, number, asked, ended_at: None, tally, says: None };
                self.scenes.push(Scene::Round(round));
            }
            EventKind::CheckFinished { step, end, outcome, seen, .. } => {
                let place = self.rounds.get(step).map(|(place, _)| *place);
                let said = self.said;
                match self.round(place) {
                    Some(round) => {
                        round.tally.count(end, *outcome, *seen);
                        round.ended_at = Some(event.at);
                        let is_new = round.says.is_some_and(|says| says.is_new);
                        round.says = said.map(|said| Says { is_new, ..said });
                        self.ended = place;
                    }
                    None => self.scenes.push(Scene::Entry(event)),
                }
            }
            EventKind::DiagnosisChanged { causes, health, .. } if event.actor == Actor::Engine => {
                let says = Says { health, causes, is_new: true };
                self.said = Some(says);
                let ended = self.ended.take();
                match self.round(ended) {
                    Some(round) => round.says = Some(says),
                    None => self.scenes.push(Scene::Entry(event)),
                }
            }
            _ => self.scenes.push(Scene::Entry(event)),
        }
    }

    fn round(&mut self, place: Option<usize>) -> Option<&mut Round<'a>> {
        match self.scenes.get_mut(place?) {
            Some(Scene::Round(round)) => Some(round),
            _ => None,
        }
    }
}

/// A stretch without an entry while the incident was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The entry that ended it; `None`: it lasts.
    pub before: Option<EventId>,
    /// How long, milliseconds.
    pub lasted_ms: i64,
    /// The program was stopped and started again in it: that much is known, since when it did not run is not.
    pub restarted: bool,
}

/// The stretches without an entry that are longer than [`SILENCE_MS`], oldest first. What nobody worked on is none.
#[must_use]
pub fn silences(events: &[Event], now: Timestamp) -> Vec<Silence> {
    let (mut silences, mut open, mut before) = (Vec::new(), false, None::<Timestamp>);
    for event in events {
        let lasted_ms = before.map_or(0, |before| event.at.millis_since(before));
        if open && lasted_ms > SILENCE_MS {
            let restarted = matches!(&event.kind, EventKind::CheckFinished { end, .. } if end == "interrupted");
            silences.push(Silence { before: Some(event.id), lasted_ms, restarted });
        }
        before = Some(event.at);
        match &event.kind {
            EventKind::IncidentOpened => open = true,
            EventKind::StateChanged { to, .. } => open = to.is_open(),
            _ => {}
        }
    }
    let lasted_ms = before.map_or(0, |before| now.millis_since(before));
    if open && lasted_ms > SILENCE_MS {
        silences.push(Silence { before: None, lasted_ms, restarted: false });
    }
    silences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{CheckRunId, IncidentId};
    use crate::domain::incident::IncidentState;

    /// Entries of the engine, so many seconds after the start.
    fn told(kinds: Vec<(i64, EventKind)>) -> Vec<Event> {
        let event = |(id, (at_s, kind)): (i64, (i64, EventKind))| Event {
            id: EventId(id),
            incident: IncidentId(1),
            at: Timestamp::from_millis(at_s * 1000),
            actor: Actor::Engine,
            kind,
        };
        (1..).zip(kinds).map(event).collect()
    }

    fn finished(step: Step, end: &str, outcome: Option<Outcome>, seen: Coverage) -> EventKind {
        EventKind::CheckFinished {
            run: CheckRunId(1),
            step,
            check: "net.ports".to_owned(),
            node: None,
            end: end.to_owned(),
            outcome,
            seen,
        }
    }

    fn diagnosis(cause: &str) -> EventKind {
        EventKind::DiagnosisChanged { causes: vec![cause.to_owned()], health: "degraded".to_owned(), at: None }
    }

    fn pass(step: Step) -> EventKind {
        finished(step, "judged", Some(Outcome::Pass), Coverage::default())
    }

    #[test]
    fn a_round_is_one_scene_with_what_it_came_to() {
        let started = |step, runs| EventKind::ChecksStarted { step, runs };
        let events = told(vec![
            (0, EventKind::IncidentOpened),
            (1, started(Step::Confirm, 4)),
            (2, started(Step::Logs, 1)),
            (3, finished(Step::Confirm, "judged", Some(Outcome::Fail), Coverage::Partly)),
            (4, finished(Step::Logs, "judged", Some(Outcome::Warn), Coverage::default())),
            (5, finished(Step::Confirm, "timed_out", None, Coverage::default())),
            (6, finished(Step::Confirm, "could_not_run", None, Coverage::default())),
            (7, finished(Step::Confirm, "cancelled", None, Coverage::default())),
            (8, diagnosis("node.killed")),
            (9, EventKind::MonitorStarted),
            (10, diagnosis("none")),
            (11, started(Step::Confirm, 2)),
            (12, pass(Step::Confirm)),
        ]);
        let scenes = story(&events);
        let ids: Vec<i64> = scenes.iter().map(|scene| scene.id().0).collect();
        assert_eq!(ids, [1, 2, 3, 10, 11, 12], "the diagnosis that no round ended with stands for itself");
        let rounds: Vec<&Round<'_>> = scenes
            .iter()
            .filter_map(|scene| match scene {
                Scene::Round(round) => Some(round),
                Scene::Entry(_) => None,
            })
            .collect();
        let tally = Tally { judged: 1, partly: 1, unseen: 2, stopped: 1, worst: Some(Outcome::Fail) };
        assert_eq!((rounds[0].tally, rounds[0].number, rounds[0].is_under_way()), (tally, 1, false));
        assert_eq!(rounds[0].ended_at, Some(Timestamp::from_millis(7000)));
        let says = rounds[0].says.expect("said");
        assert_eq!((says.causes, says.is_new), (&["node.killed".to_owned()][..], true));
        assert_eq!(rounds[1].says, None, "nothing was known when it ended, and another one ended last");
        let again = rounds[2].says.expect("said");
        assert_eq!((again.causes, again.is_new), (&["none".to_owned()][..], false), "what was said before it stands");
        assert_eq!((rounds[2].number, rounds[2].is_under_way()), (2, true));
    }

    #[test]
    fn silence_is_told_while_it_is_open_and_until_now() {
        let state = |from, to| EventKind::StateChanged {
            from,
            to,
            note: String::new(),
            recovered: None,
            measured: None,
            seen: None,
            over_at: None,
        };
        let interrupted = finished(Step::Confirm, "interrupted", None, Coverage::default());
        let events = told(vec![
            (0, EventKind::IncidentOpened),
            (300, EventKind::MonitorStarted),
            (601, interrupted),
            (700, state(IncidentState::Declared, IncidentState::Resolved)),
            (9000, state(IncidentState::Resolved, IncidentState::Declared)),
        ]);
        let at = |at_s: i64| Timestamp::from_millis(at_s * 1000);
        let restart = Silence { before: Some(EventId(3)), lasted_ms: 301_000, restarted: true };
        assert_eq!(
            silences(&events, at(9300)),
            [restart],
            "five minutes are no silence, and a closed incident is silent"
        );
        let lasts = Silence { before: None, lasted_ms: 301_000, restarted: false };
        assert_eq!(silences(&events, at(9301)), [restart, lasts]);
        assert_eq!(silences(&events[..4], at(99_000)), [restart]);
        assert_eq!(silences(&[], at(99_000)), []);
    }
}
