//! The moments of an incident, from the last sign of life to its end.
//!
//! # Where each comes from
//! - **silent**: the last stamped line in the node's own logs, where they had ended when they were first looked at. Not known
//!   where no log of it was read, where its log goes on, or where that line is younger than the incident.
//! - **unanswered**: the first look of the watcher that a node did not answer, as the timeline has it from what was proposed or
//!   opened by itself; of the incident's node, where it is known which that is. Not known where nothing was proposed before.
//! - **noticed**: the incident was opened here. Somebody may have seen it earlier; nothing stored says so.
//! - **confirmed**: step 1 was decided as done, with exceptions or without, and that was not taken back. A skip confirms nothing.
//! - **mitigated**: a person said that the impact was over, or it was measured when the incident was closed. Where neither is,
//!   closing fills in its own moment, which is not taken for a statement.
//! - **recovered**: the first diagnosis that says healthy after which no diagnosis says degraded or down, and no watched node
//!   flapped; or the moment since when the closing measured the cluster as stable, which is earlier where the monitor alone saw it,
//!   and later where the monitor saw trouble after that diagnosis. So it was healthy then, and may have been a little earlier.
//!   Where nothing was ever seen to be wrong there is no recovery, and where it was closed as not recovered there is none either.
//! - **closed**: the incident was resolved.
//!
//! # Why
//! All but the first are told from the incident and its timeline alone, so that report, list and insights cannot differ.

use crate::domain::closure::Measured;
use crate::domain::diagnosis::Health;
use crate::domain::event::{Event, EventKind};
use crate::domain::finding::Step;
use crate::domain::impact::was_unseen;
use crate::domain::incident::{DecisionKind, Incident, IncidentState};
use crate::domain::look::LookState;
use crate::domain::time::Timestamp;

/// A moment of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The node's logs end.
    Silent,
    /// The watcher gets no answer for the first time.
    Unanswered,
    /// The incident was opened.
    Noticed,
    /// Somebody confirmed it.
    Confirmed,
    /// Somebody said that the impact was over.
    Mitigated,
    /// The cluster was healthy again.
    Recovered,
    /// The incident was closed.
    Closed,
}

impl Moment {
    /// All, in the order in which they usually happen.
    pub const ALL: [Self; 7] = [
        Self::Silent,
        Self::Unanswered,
        Self::Noticed,
        Self::Confirmed,
        Self::Mitigated,
        Self::Recovered,
        Self::Closed,
    ];

    /// Those that an incident and its timeline tell without a look at evidence.
    pub const TOLD: [Self; 6] =
        [Self::Unanswered, Self::Noticed, Self::Confirmed, Self::Mitigated, Self::Recovered, Self::Closed];

    /// Stable name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Unanswered => "unanswered",
            Self::Noticed => "noticed",
            Self::Confirmed => "confirmed",
            Self::Mitigated => "mitigated",
            Self::Recovered => "recovered",
            Self::Closed => "closed",
        }
    }

    /// The moment of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|moment| moment.as_str() == name)
    }
}

/// When each was; `None`: it has not happened, or nothing tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moments {
    /// The node's logs end.
    pub silent: Option<Timestamp>,
    /// The watcher gets no answer for the first time.
    pub unanswered: Option<Timestamp>,
    /// The incident was opened.
    pub noticed: Timestamp,
    /// Somebody confirmed it.
    pub confirmed: Option<Timestamp>,
    /// Somebody said that the impact was over.
    pub mitigated: Option<Timestamp>,
    /// The cluster was healthy again.
    pub recovered: Option<Timestamp>,
    /// The incident was closed.
    pub closed: Option<Timestamp>,
}

/// The time between two known moments, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// What ends it; `None`: nothing yet, the incident is open.
    pub to: Option<Moment>,
}

impl Span {
    /// How long it is, milliseconds.
    #[must_use]
    pub const fn millis(&self) -> i64 {
        self.until.millis_since(self.from)
    }
}

impl Moments {
    /// From what is stored. `silent`: the last line of the node's own logs, if they had ended when they were first looked at;
    /// `events`: the timeline, oldest first; results of single checks are not needed.
    #[must_use]
    pub fn of(incident: &Incident, silent: Option<Timestamp>, events: &[Event]) -> Self {
        Self {
            silent: silent.filter(|at| *at <= incident.opened_at),
            unanswered: unanswered(incident, events),
            noticed: incident.opened_at,
            confirmed: confirmed(events),
            mitigated: incident.mitigated_at.filter(|at| Some(*at) != incident.resolved_at || was_said(events)),
            recovered: recovered(events).filter(|_| incident.recovered != Some(false)),
            closed: incident.resolved_at,
        }
    }

    /// The same in whole seconds, as a page shows them.
    #[must_use]
    pub fn to_the_second(self) -> Self {
        let second = |at: Option<Timestamp>| at.map(Timestamp::to_the_second);
        Self {
            silent: second(self.silent),
            unanswered: second(self.unanswered),
            noticed: self.noticed.to_the_second(),
            confirmed: second(self.confirmed),
            mitigated: second(self.mitigated),
            recovered: second(self.recovered),
            closed: second(self.closed),
        }
    }

    /// When that one was.
    #[must_use]
    pub const fn at(&self, moment: Moment) -> Option<Timestamp> {
        match moment {
            Moment::Silent => self.silent,
            Moment::Unanswered => self.unanswered,
            Moment::Noticed => Some(self.noticed),
            Moment::Confirmed => self.confirmed,
            Moment::Mitigated => self.mitigated,
            Moment::Recovered => self.recovered,
            Moment::Closed => self.closed,
        }
    }

    /// Milliseconds from its opening to that one.
    #[must_use]
    pub fn since_noticed(&self, moment: Moment) -> Option<i64> {
        self.at(moment).map(|at| at.millis_since(self.noticed))
    }

    /// The times between those that are known, in the order in which they happened; of an open incident up to `now`.
    #[must_use]
    pub fn spans(&self, now: Timestamp) -> Vec<Span> {
        let mut known: Vec<(Timestamp, Option<Moment>)> =
            Moment::ALL.iter().filter_map(|moment| Some((self.at(*moment)?, Some(*moment)))).collect();
        if self.closed.is_none() {
            known.push((now, None));
        }
        // Stable: of two at the same time the usual order holds.
        known.sort_by_key(|(at, _)| *at);
        known.windows(2).map(|pair| Span { from: pair[0].0, until: pair[1].0, to: pair[1].1 }).collect()
    }

    /// Milliseconds from the known moment before it to that one; `None`: it is not known, or is the first.
    #[must_use]
    pub fn since_the_one_before(&self, moment: Moment) -> Option<i64> {
        let at = self.at(moment)?;
        self.spans(at).into_iter().find(|span| span.to == Some(moment)).map(|span| span.millis())
    }
}

fn unanswered(incident: &Incident, events: &[Event]) -> Option<Timestamp> {
    let signs = events.iter().find_map(|event| match &event.kind {
        EventKind::FirstSigns { nodes, .. } => Some(nodes),
        _ => None,
    })?;
    let own = signs.iter().find(|sign| Some(&sign.node) == incident.node.as_ref()).map(|sign| sign.since);
    let first = own.or_else(|| signs.iter().map(|sign| sign.since).min());
    // What was proposed meanwhile for one that is opened again came later.
    first.filter(|at| *at <= incident.opened_at)
}

fn confirmed(events: &[Event]) -> Option<Timestamp> {
    events.iter().fold(None, |confirmed, event| match &event.kind {
        EventKind::StepDecided { step: Step::Confirm, kind, .. } => match kind {
            DecisionKind::Done | DecisionKind::DoneWithExceptions => confirmed.or(Some(event.at)),
            DecisionKind::Skipped | DecisionKind::Reopened => None,
        },
        _ => confirmed,
    })
}

/// Whether a person said when the impact was over, since the incident was opened or opened again.
fn was_said(events: &[Event]) -> bool {
    events.iter().fold(false, |said, event| match event.kind {
        EventKind::StateChanged { to: IncidentState::Mitigated, .. } | EventKind::ImpactEndCorrected { .. } => true,
        EventKind::StateChanged { to: IncidentState::Declared, .. } => false,
        _ => said,
    })
}

/// Since when the cluster was healthy to the end, as the timeline tells it; `None`: it is not, or nothing was ever wrong. What is
/// suggested while people work is [`health_back`](crate::domain::impact::health_back), which also knows the monitor's samples.
fn recovered(events: &[Event]) -> Option<Timestamp> {
    let (mut was_wrong, mut since) = (false, None);
    for event in events {
        let mut then = event.at;
        let seen = match &event.kind {
            EventKind::DiagnosisChanged { health, at, .. } => {
                then = at.unwrap_or(event.at);
                Health::from_name(health)
            }
            EventKind::StateChanged { measured: Some(measured), .. } => {
                since = measured_since(*measured, since);
                None
            }
            EventKind::MonitorReset { why } if !was_unseen(why) => {
                since = None;
                None
            }
            // That its nodes answer is not yet that it is well; that they do not is that it is not.
            EventKind::ClusterSeen { state: LookState::Degraded, .. } => Some(Health::Degraded),
            EventKind::ClusterSeen { state: LookState::Down, .. } => Some(Health::Down),
            _ => None,
        };
        match seen {
            Some(Health::Healthy) => since = since.or(Some(then)),
            Some(Health::Degraded | Health::Down) => (since, was_wrong) = (None, true),
            // It says that something was not looked at, and not that something is wrong.
            Some(Health::Unknown) | None => {}
        }
    }
    since.filter(|_| was_wrong)
}

/// Since when it was healthy, by what the closing measured of it. `since`: by the diagnoses before.
fn measured_since(measured: Measured, since: Option<Timestamp>) -> Option<Timestamp> {
    match measured {
        Measured::Stable { since: stable, watched_from, well_since } => {
            let well = well_since.unwrap_or(stable);
            // That began after the first sample: the monitor saw trouble until then, whatever a diagnosis said before.
            let saw_trouble = watched_from.is_some_and(|from| well > from);
            if saw_trouble { since.max(Some(well)) } else { Some(since.map_or(well, |since| since.min(well))) }
        }
        Measured::Healthy { at } => since.or(Some(at)),
        Measured::Unsettled { .. } | Measured::Unwell { .. } | Measured::Old { .. } | Measured::Nothing => since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Actor;
    use crate::domain::id::{ClusterId, EventId, IncidentId};
    use crate::domain::impact::UNSEEN_ALL;
    use crate::domain::message::Message;
    use crate::domain::proposal::SilentNode;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn incident(mitigated: Option<i64>, resolved: Option<i64>) -> Incident {
        Incident {
            id: IncidentId(1),
            cluster: ClusterId(1),
            cluster_name: "prod".to_owned(),
            node: None,
            drill: false,
            state: IncidentState::Declared,
            opened_by: Some("ada".to_owned()),
            lead: Some("ada".to_owned()),
            opened_at: at(100),
            mitigated_at: mitigated.map(at),
            resolved_at: resolved.map(at),
            recovered: None,
            scope: Default::default(),
            reviewed_at: None,
            runbook: "x@1".to_owned(),
        }
    }

    fn event(seconds: i64, kind: EventKind) -> Event {
        Event { id: EventId(1), incident: IncidentId(1), at: at(seconds), actor: Actor::Engine, kind }
    }

    fn saw(seconds: i64, health: Health) -> Event {
        event(seconds, EventKind::DiagnosisChanged { causes: Vec::new(), health: health.as_str().to_owned(), at: None })
    }

    fn decided(seconds: i64, kind: DecisionKind) -> Event {
        let exceptions = Vec::new();
        event(seconds, EventKind::StepDecided { step: Step::Confirm, kind, reason: String::new(), exceptions })
    }

    fn flap(seconds: i64) -> Event {
        event(seconds, EventKind::MonitorReset { why: Message::new("x") })
    }

    fn closed(seconds: i64, measured: Measured) -> Event {
        let (from, to) = (IncidentState::Mitigated, IncidentState::Resolved);
        let (note, measured) = (String::new(), Some(measured));
        event(
            seconds,
            EventKind::StateChanged { from, to, note, recovered: Some(true), measured, seen: None, over_at: None },
        )
    }

    fn of(incident: &Incident, events: &[Event]) -> Moments {
        Moments::of(incident, Some(at(40)), events)
    }

    #[test]
    fn each_moment_is_known_by_what_was_said_or_seen() {
        let events = [
            saw(110, Health::Down),
            decided(160, DecisionKind::Done),
            decided(170, DecisionKind::Done),
            saw(300, Health::Healthy),
            saw(310, Health::Unknown),
        ];
        let moments = of(&incident(Some(200), Some(400)), &events);
        let all = Moment::ALL.map(|moment| moments.at(moment).map(|at| at.as_millis() / 1000));
        assert_eq!(all, [Some(40), None, Some(100), Some(160), Some(200), Some(300), Some(400)]);
        let spans: Vec<i64> = moments.spans(at(999)).iter().map(|span| span.millis() / 1000).collect();
        assert_eq!(spans, [60, 60, 40, 100, 100]);
        assert_eq!(moments.since_noticed(Moment::Closed), Some(300_000));
        assert_eq!(moments.since_the_one_before(Moment::Mitigated), Some(40_000));
        assert_eq!(moments.since_the_one_before(Moment::Silent), None, "it is the first");
    }

    #[test]
    fn the_first_look_without_an_answer_is_that_at_the_node_of_the_incident() {
        let sign = |node: &str, seconds| SilentNode { node: node.into(), since: at(seconds) };
        let signs = |nodes: Vec<SilentNode>| event(100, EventKind::FirstSigns { state: LookState::Degraded, nodes });
        let of = |node: Option<&str>, events: &[Event]| {
            let incident = Incident { node: node.map(Into::into), ..incident(None, None) };
            Moments::of(&incident, None, events)
        };
        let both = [signs(vec![sign("n2", 60), sign("n3", 70)])];
        assert_eq!(of(Some("n3"), &both).unanswered, Some(at(70)));
        assert_eq!(of(None, &both).unanswered, Some(at(60)), "which one it is is not known");
        assert_eq!(of(Some("n1"), &both).unanswered, Some(at(60)));
        assert_eq!(of(None, &both).since_noticed(Moment::Unanswered), Some(-40_000), "the time to notice");
        assert_eq!(of(None, &[signs(vec![sign("n2", 130)])]).unanswered, None, "proposed while it was closed");
        assert_eq!(of(None, &[]).unanswered, None, "nothing was proposed");
    }

    #[test]
    fn what_nobody_said_or_saw_is_not_known() {
        // Closing filled the end of the impact in.
        let moments = of(&incident(Some(400), Some(400)), &[]);
        assert_eq!((moments.confirmed, moments.mitigated, moments.recovered), (None, None, None));
        let moments = Moments::of(&incident(None, None), Some(at(101)), &[decided(120, DecisionKind::Skipped)]);
        assert_eq!((moments.silent, moments.confirmed), (None, None), "a line younger than the incident, a skip");
        let open = [Span { from: at(100), until: at(130), to: None }];
        assert_eq!(moments.spans(at(130)), open, "an open incident lasts until now");
    }

    #[test]
    fn what_the_watcher_sees_can_undo_a_recovery_and_is_none() {
        let seen = |seconds: i64, state| {
            let (silent, back) = (Vec::new(), Vec::new());
            event(seconds, EventKind::ClusterSeen { state, since: at(seconds - 10), silent, back })
        };
        let events = [
            saw(110, Health::Down),
            saw(200, Health::Healthy),
            seen(260, LookState::Degraded),
            seen(290, LookState::Up),
        ];
        assert_eq!(of(&incident(None, None), &events[..2]).recovered, Some(at(200)));
        assert_eq!(of(&incident(None, None), &events[..3]).recovered, None);
        assert_eq!(of(&incident(None, None), &events).recovered, None, "nobody looked for what else is wrong");
    }

    #[test]
    fn what_was_said_in_the_moment_of_closing_was_said() {
        let corrected = EventKind::ImpactEndCorrected { before: None, over_at: at(400) };
        assert_eq!(of(&incident(Some(400), Some(400)), &[event(390, corrected)]).mitigated, Some(at(400)));
    }

    #[test]
    fn what_was_taken_back_confirms_nothing() {
        let (done, back) = (decided(120, DecisionKind::Done), decided(130, DecisionKind::Reopened));
        let again = decided(180, DecisionKind::DoneWithExceptions);
        let none = incident(None, None);
        assert_eq!(of(&none, &[done.clone(), back.clone()]).confirmed, None);
        assert_eq!(of(&none, &[done, back, again]).confirmed, Some(at(180)));
    }

    #[test]
    fn it_recovered_when_it_stayed_healthy() {
        let none = incident(None, None);
        let recovered = |events: &[Event]| of(&none, events).recovered;
        let (down, well) = (saw(110, Health::Down), saw(200, Health::Healthy));
        let (worse, again) = (saw(250, Health::Degraded), saw(300, Health::Healthy));
        assert_eq!(recovered(&[down.clone(), well.clone()]), Some(at(200)));
        assert_eq!(recovered(&[down.clone(), well.clone(), worse.clone()]), None);
        assert_eq!(recovered(&[down.clone(), well.clone(), worse, again.clone()]), Some(at(300)));
        assert_eq!(recovered(&[well.clone(), again.clone()]), None, "nothing was seen to be wrong");
        assert_eq!(recovered(&[down.clone(), flap(150), well.clone()]), Some(at(200)));
        assert_eq!(recovered(&[down.clone(), well.clone(), flap(220)]), None, "nobody looked after the flap");
        assert_eq!(recovered(&[down.clone(), well.clone(), flap(220), again]), Some(at(300)));
        let stable = |from, well: Option<i64>| Measured::Stable {
            since: at(230),
            watched_from: Some(at(from)),
            well_since: well.map(at),
        };
        let watched = |from| closed(400, stable(from, None));
        let unlooked = closed(400, stable(205, Some(205)));
        let gap = event(230, EventKind::MonitorReset { why: Message::new(UNSEEN_ALL) });
        assert_eq!(
            recovered(&[down.clone(), well.clone(), gap, unlooked]),
            Some(at(200)),
            "that nobody looked for a while is not trouble"
        );
        let in_between = closed(400, stable(205, Some(215)));
        assert_eq!(recovered(&[down.clone(), well.clone(), in_between]), Some(at(215)), "trouble, and then a gap");
        let stable = watched(230);
        assert_eq!(
            recovered(&[down.clone(), flap(220), stable.clone()]),
            Some(at(230)),
            "stable since then, not since the closing"
        );
        let started = event(229, EventKind::MonitorStarted);
        let quiet = [down.clone(), well.clone(), started.clone(), stable.clone()];
        assert_eq!(recovered(&quiet), Some(at(200)), "the monitor saw nothing wrong after the healthy diagnosis");
        let trouble = [down.clone(), well.clone(), started, watched(229)];
        assert_eq!(recovered(&trouble), Some(at(230)), "it did until then");
        assert_eq!(recovered(&[down.clone(), well.clone(), flap(220), stable.clone()]), Some(at(230)));
        let healthy = closed(400, Measured::Healthy { at: at(390) });
        assert_eq!(
            recovered(&[down.clone(), flap(220), healthy]),
            Some(at(390)),
            "the moment that the diagnosis speaks of"
        );
        let given_up = Incident { recovered: Some(false), ..incident(None, Some(400)) };
        assert_eq!(
            of(&given_up, &[down.clone(), well, stable]).recovered,
            None,
            "a person said that it had not recovered"
        );
        let unwell = closed(400, Measured::Unwell { health: Health::Degraded, at: at(390) });
        assert_eq!(recovered(&[down, unwell]), None);
    }

    #[test]
    fn what_happened_in_another_order_is_shown_in_that_order() {
        let moments = of(&incident(Some(150), Some(400)), &[decided(300, DecisionKind::Done)]);
        let ends: Vec<Option<Moment>> = moments.spans(at(0)).iter().map(|span| span.to).collect();
        assert_eq!(ends, [Moment::Noticed, Moment::Mitigated, Moment::Confirmed, Moment::Closed].map(Some));
    }
}
