//! The moments of an incident, from the last sign of life to its end.
//!
//! # Where each comes from
//! - **silent**: the last stamped line in the node's own logs, where they had ended when they were first looked at. Not known
//!   where no log of it was read, where its log goes on, or where that line is younger than the incident.
//! - **noticed**: the incident was opened here. Somebody may have seen it earlier; nothing stored says so.
//! - **confirmed**: step 1 was decided as done, with exceptions or without, and that was not taken back. A skip confirms nothing.
//! - **mitigated**: a person said that the impact was over, or it was measured when the incident was closed. Where neither is,
//!   closing fills in its own moment, which is not taken for a statement.
//! - **recovered**: the first diagnosis that says healthy and after which none says degraded or down, and no watched node
//!   flapped. So it was healthy then, and may have been a little earlier. Where nothing was ever seen to be wrong there is no
//!   recovery.
//! - **closed**: the incident was resolved.

use crate::domain::diagnosis::{Diagnosis, Health};
use crate::domain::event::{Event, EventKind};
use crate::domain::finding::Step;
use crate::domain::incident::{DecisionKind, Incident, IncidentState, StepDecision};
use crate::domain::time::Timestamp;

/// A moment of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The node's logs end.
    Silent,
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
    pub const ALL: [Self; 6] =
        [Self::Silent, Self::Noticed, Self::Confirmed, Self::Mitigated, Self::Recovered, Self::Closed];

    /// Stable name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Noticed => "noticed",
            Self::Confirmed => "confirmed",
            Self::Mitigated => "mitigated",
            Self::Recovered => "recovered",
            Self::Closed => "closed",
        }
    }
}

/// When each was; `None`: it has not happened, or nothing tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moments {
    /// The node's logs end.
    pub silent: Option<Timestamp>,
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

/// What the moments are told from.
pub struct Course<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// The last line of the node's own logs, if they had ended when they were first looked at.
    pub silent: Option<Timestamp>,
    /// Every decision, oldest first.
    pub decisions: &'a [StepDecision],
    /// The timeline, oldest first.
    pub events: &'a [Event],
    /// The diagnoses that said something new, oldest first.
    pub history: &'a [Diagnosis],
    /// The newest one.
    pub last: Option<&'a Diagnosis>,
}

impl Moments {
    /// From what is stored.
    #[must_use]
    pub fn of(course: &Course<'_>) -> Self {
        let incident = course.incident;
        Self {
            silent: course.silent.filter(|at| *at <= incident.opened_at),
            noticed: incident.opened_at,
            confirmed: confirmed(course.decisions),
            mitigated: incident.mitigated_at.filter(|at| Some(*at) != incident.resolved_at || was_said(course.events)),
            recovered: recovered(course),
            closed: incident.resolved_at,
        }
    }

    /// When that one was.
    #[must_use]
    pub const fn at(&self, moment: Moment) -> Option<Timestamp> {
        match moment {
            Moment::Silent => self.silent,
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

fn confirmed(decisions: &[StepDecision]) -> Option<Timestamp> {
    let of_step = decisions.iter().filter(|decision| decision.step == Step::Confirm);
    of_step.fold(None, |confirmed, decision| match decision.kind {
        DecisionKind::Done | DecisionKind::DoneWithExceptions => confirmed.or(Some(decision.at)),
        DecisionKind::Skipped | DecisionKind::Reopened => None,
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

fn recovered(course: &Course<'_>) -> Option<Timestamp> {
    let mut was_wrong = false;
    let mut since = None;
    for diagnosis in course.history.iter().chain(course.last) {
        match diagnosis.health {
            Health::Healthy => since = since.or(Some(diagnosis.at)),
            Health::Degraded | Health::Down => (since, was_wrong) = (None, true),
            // It says that something was not looked at, and not that something is wrong.
            Health::Unknown => {}
        }
    }
    let flap = course.events.iter().rev().find(|event| matches!(event.kind, EventKind::MonitorReset { .. }));
    let last_seen = course.last.filter(|last| last.health == Health::Healthy).map(|last| last.at);
    let since = since.filter(|_| was_wrong)?;
    match flap {
        Some(flap) if flap.at > since => last_seen.filter(|seen| *seen > flap.at),
        Some(_) | None => Some(since),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Actor;
    use crate::domain::id::{ClusterId, EventId, IncidentId};
    use crate::domain::message::Message;

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
            opened_by: "ada".to_owned(),
            lead: "ada".to_owned(),
            opened_at: at(100),
            mitigated_at: mitigated.map(at),
            resolved_at: resolved.map(at),
            recovered: None,
            scope: Default::default(),
            reviewed_at: None,
            runbook: "x@1".to_owned(),
        }
    }

    fn diagnosis(seconds: i64, health: Health) -> Diagnosis {
        Diagnosis {
            at: at(seconds),
            cluster: "prod".to_owned(),
            health,
            failure_tolerance: None,
            causes: Vec::new(),
            findings: Vec::new(),
            could_not_run: Vec::new(),
            not_seen: Vec::new(),
            surer: Vec::new(),
            standing: Default::default(),
            trace: Default::default(),
        }
    }

    fn decided(seconds: i64, kind: DecisionKind) -> StepDecision {
        StepDecision {
            step: Step::Confirm,
            kind,
            reason: String::new(),
            exceptions: Vec::new(),
            by: "ada".to_owned(),
            at: at(seconds),
        }
    }

    fn flap(seconds: i64) -> Event {
        let kind = EventKind::MonitorReset { why: Message::new("x") };
        Event { id: EventId(1), incident: IncidentId(1), at: at(seconds), actor: Actor::Engine, kind }
    }

    fn of(incident: &Incident, decisions: &[StepDecision], events: &[Event], history: &[Diagnosis]) -> Moments {
        let silent = Some(at(40));
        Moments::of(&Course { incident, silent, decisions, events, history, last: history.last() })
    }

    #[test]
    fn each_moment_is_known_by_what_was_said_or_seen() {
        let decisions = [decided(160, DecisionKind::Done), decided(170, DecisionKind::Done)];
        let history = [diagnosis(110, Health::Down), diagnosis(300, Health::Healthy), diagnosis(310, Health::Unknown)];
        let moments = of(&incident(Some(200), Some(400)), &decisions, &[], &history);
        let all = Moment::ALL.map(|moment| moments.at(moment).map(|at| at.as_millis() / 1000));
        assert_eq!(all, [40, 100, 160, 200, 300, 400].map(Some));
        let spans: Vec<i64> = moments.spans(at(999)).iter().map(|span| span.millis() / 1000).collect();
        assert_eq!(spans, [60, 60, 40, 100, 100]);
        assert_eq!(moments.since_noticed(Moment::Closed), Some(300_000));
        assert_eq!(moments.since_the_one_before(Moment::Mitigated), Some(40_000));
        assert_eq!(moments.since_the_one_before(Moment::Silent), None, "it is the first");
    }

    #[test]
    fn what_nobody_said_or_saw_is_not_known() {
        // Closing filled the end of the impact in.
        let moments = of(&incident(Some(400), Some(400)), &[], &[], &[]);
        assert_eq!((moments.confirmed, moments.mitigated, moments.recovered), (None, None, None));
        let none = incident(None, None);
        let late = Course {
            incident: &none,
            silent: Some(at(101)),
            decisions: &[decided(120, DecisionKind::Skipped)],
            events: &[],
            history: &[],
            last: None,
        };
        let moments = Moments::of(&late);
        assert_eq!((moments.silent, moments.confirmed), (None, None), "a line younger than the incident, a skip");
        let open = [Span { from: at(100), until: at(130), to: None }];
        assert_eq!(moments.spans(at(130)), open, "an open incident lasts until now");
    }

    #[test]
    fn what_was_said_in_the_moment_of_closing_was_said() {
        let closed = incident(Some(400), Some(400));
        let corrected = EventKind::ImpactEndCorrected { before: None, over_at: at(400) };
        let event = Event { kind: corrected, ..flap(390) };
        assert_eq!(of(&closed, &[], &[event], &[]).mitigated, Some(at(400)));
    }

    #[test]
    fn what_was_taken_back_confirms_nothing() {
        let (done, back) = (decided(120, DecisionKind::Done), decided(130, DecisionKind::Reopened));
        let again = decided(180, DecisionKind::DoneWithExceptions);
        let none = incident(None, None);
        assert_eq!(of(&none, &[done.clone(), back.clone()], &[], &[]).confirmed, None);
        assert_eq!(of(&none, &[done, back, again], &[], &[]).confirmed, Some(at(180)));
    }

    #[test]
    fn it_recovered_when_it_stayed_healthy() {
        let none = incident(None, None);
        let recovered = |events: &[Event], history: &[Diagnosis]| of(&none, &[], events, history).recovered;
        let (down, well) = (diagnosis(110, Health::Down), diagnosis(200, Health::Healthy));
        let (worse, again) = (diagnosis(250, Health::Degraded), diagnosis(300, Health::Healthy));
        assert_eq!(recovered(&[], &[down.clone(), well.clone()]), Some(at(200)));
        assert_eq!(recovered(&[], &[down.clone(), well.clone(), worse.clone()]), None);
        assert_eq!(recovered(&[], &[down.clone(), well.clone(), worse, again.clone()]), Some(at(300)));
        assert_eq!(recovered(&[], &[well.clone(), again]), None, "nothing was seen to be wrong");
        let history = [down, well];
        assert_eq!(recovered(&[flap(150)], &history), Some(at(200)));
        assert_eq!(recovered(&[flap(220)], &history), None, "nobody looked after the flap");
    }

    #[test]
    fn what_happened_in_another_order_is_shown_in_that_order() {
        let decisions = [decided(300, DecisionKind::Done)];
        let moments = of(&incident(Some(150), Some(400)), &decisions, &[], &[]);
        let ends: Vec<Option<Moment>> = moments.spans(at(0)).iter().map(|span| span.to).collect();
        assert_eq!(ends, [Moment::Noticed, Moment::Mitigated, Moment::Confirmed, Moment::Closed].map(Some));
    }
}
