//! Where the time of each step went: machine, person, waiting.
//!
//! # What is what
//! - **machine**: at least one check of the step was running.
//! - **waiting**: checks of the step were queued and none was running; at the last step also while the cluster was watched.
//! - **person**: the rest of the time in which the step was the one being worked on: reading, working at the node, asking
//!   somebody, away. Nothing stored tells these apart.
//!
//! A step is the one being worked on from what a person did at it (checks asked for, a note, a decision) until the next such
//! act; the time after its decision belongs to the step that is gone on to. So the time of persons is counted once, and the
//! time between the last decision and the closing belongs to no step.

use crate::domain::check_run::{CheckRun, CheckRunState};
use crate::domain::event::{Event, EventKind};
use crate::domain::finding::Step;
use crate::domain::incident::DecisionKind;
use crate::domain::time::Timestamp;

/// Where the time of a step went, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTime {
    /// The step.
    pub step: Step,
    /// Checks were running.
    pub machine_ms: i64,
    /// A person was reading, working, or away.
    pub person_ms: i64,
    /// Checks were queued, or the cluster was watched.
    pub waiting_ms: i64,
}

/// For each of the steps, in their order. `end`: when the incident was closed, or now.
#[must_use]
pub fn step_times(
    steps: &[Step],
    (opened, end): (Timestamp, Timestamp),
    runs: &[CheckRun],
    events: &[Event],
) -> Vec<StepTime> {
    let worked_on = worked_on(opened, end, events);
    let watched = watched(end, events);
    let of_step = |step: Step| {
        let of_step = || runs.iter().filter(move |run| run.step == step);
        let machine = Spans::of(of_step().filter_map(|run| ran(run, end)), opened, end);
        let mut waits: Vec<(Timestamp, Timestamp)> = of_step().map(|run| queued(run, end)).collect();
        if step == Step::Monitor {
            waits.extend(&watched);
        }
        let waiting = Spans::of(waits, opened, end).without(&machine);
        let own = worked_on.iter().filter(|(of, ..)| *of == step).map(|(_, from, until)| (*from, *until));
        let person = Spans::of(own, opened, end).without(&machine).without(&waiting);
        StepTime { step, machine_ms: machine.millis(), person_ms: person.millis(), waiting_ms: waiting.millis() }
    };
    steps.iter().map(|step| of_step(*step)).collect()
}

/// Since when and until when a run ran; `None`: it has not begun.
fn ran(run: &CheckRun, end: Timestamp) -> Option<(Timestamp, Timestamp)> {
    match &run.state {
        CheckRunState::Queued => None,
        CheckRunState::Running { started_at, .. } => Some((*started_at, end)),
        CheckRunState::Ended { started_at, ended_at, .. } => Some((*started_at, *ended_at)),
    }
}

fn queued(run: &CheckRun, end: Timestamp) -> (Timestamp, Timestamp) {
    (run.queued_at, ran(run, end).map_or(end, |(started, _)| started))
}

/// Which step was being worked on, from when until when.
fn worked_on(opened: Timestamp, end: Timestamp, events: &[Event]) -> Vec<(Step, Timestamp, Timestamp)> {
    let acts = events.iter().filter_map(|event| match &event.kind {
        EventKind::ChecksStarted { step, .. } | EventKind::NoteAdded { step: Some(step), .. } => {
            Some((event.at, *step, false))
        }
        EventKind::ClientsWaived { .. } | EventKind::WaiverTakenBack { .. } => Some((event.at, Step::Clients, false)),
        EventKind::StepDecided { step, kind, .. } => Some((event.at, *step, *kind != DecisionKind::Reopened)),
        _ => None,
    });
    let mut spans = Vec::new();
    let (mut since, mut open): (Timestamp, Option<Step>) = (opened, None);
    for (at, step, decides) in acts {
        spans.push((open.unwrap_or(step), since, at));
        (since, open) = (at, (!decides).then_some(step));
    }
    spans.extend(open.map(|step| (step, since, end)));
    spans
}

/// From when until when the cluster was watched.
fn watched(end: Timestamp, events: &[Event]) -> Vec<(Timestamp, Timestamp)> {
    let mut spans = Vec::new();
    let (mut since, mut runs) = (None, false);
    for event in events {
        match event.kind {
            EventKind::MonitorStarted => (since, runs) = (since.or(Some(event.at)), true),
            EventKind::MonitorStopped => {
                runs = false;
                spans.extend(since.take().map(|since| (since, event.at)));
            }
            // What is watched after its decision is watched for no step, until that is taken back.
            EventKind::StepDecided { step: Step::Monitor, kind: DecisionKind::Reopened, .. } => {
                since = since.or(runs.then_some(event.at));
            }
            EventKind::StepDecided { step: Step::Monitor, .. } => {
                spans.extend(since.take().map(|since| (since, event.at)));
            }
            _ => {}
        }
    }
    spans.extend(since.map(|since| (since, end)));
    spans
}

/// Spans of time in milliseconds, in order, none touching another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// What any of them covers between two moments, to the second: so the parts of a time add up to what is said of all of it.
    fn of(spans: impl IntoIterator<Item = (Timestamp, Timestamp)>, first: Timestamp, last: Timestamp) -> Self {
        let second = |at: Timestamp| at.to_the_second().as_millis();
        let (first, last) = (second(first), second(last));
        let inside = |(from, until): (Timestamp, Timestamp)| (second(from).max(first), second(until).min(last));
        let mut all: Vec<(i64, i64)> = spans.into_iter().map(inside).filter(|(from, until)| from < until).collect();
        all.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (from, until) in all {
            match joined.last_mut() {
                Some(before) if from <= before.1 => before.1 = before.1.max(until),
                _ => joined.push((from, until)),
            }
        }
        Self(joined)
    }

    /// What is left without what the others cover.
    fn without(&self, others: &Self) -> Self {
        let mut left = Vec::new();
        for (from, until) in &self.0 {
            let mut from = *from;
            for (begin, end) in &others.0 {
                if begin >= until || *end <= from {
                    continue;
                }
                if *begin > from {
                    left.push((from, *begin));
                }
                from = from.max(*end);
            }
            if from < *until {
                left.push((from, *until));
            }
        }
        Self(left)
    }

    fn millis(&self) -> i64 {
        self.0.iter().map(|(from, until)| until - from).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check_run::{RunEnd, Target};
    use crate::domain::event::Actor;
    use crate::domain::id::{CheckRunId, EventId, IncidentId};

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn event(seconds: i64, kind: EventKind) -> Event {
        Event { id: EventId(seconds), incident: IncidentId(1), at: at(seconds), actor: Actor::Engine, kind }
    }

    fn started(seconds: i64, step: Step) -> Event {
        event(seconds, EventKind::ChecksStarted { step, runs: 1 })
    }

    fn decided(seconds: i64, step: Step, kind: DecisionKind) -> Event {
        event(seconds, EventKind::StepDecided { step, kind, reason: String::new(), exceptions: Vec::new() })
    }

    fn run(step: Step, queued: i64, started: i64, ended: i64) -> CheckRun {
        let state = CheckRunState::Ended { started_at: at(started), ended_at: at(ended), end: RunEnd::TimedOut };
        CheckRun {
            id: CheckRunId(1),
            incident: IncidentId(1),
            step,
            check: "net.ports".to_owned(),
            target: Target::Cluster,
            round: 1,
            queued_at: at(queued),
            state,
        }
    }

    /// Machine, person, waiting, in seconds.
    fn split(steps: &[Step], end: i64, runs: &[CheckRun], events: &[Event]) -> Vec<[i64; 3]> {
        let times = step_times(steps, (at(0), at(end)), runs, events);
        times.iter().map(|time| [time.machine_ms, time.person_ms, time.waiting_ms].map(|ms| ms / 1000)).collect()
    }

    #[test]
    fn every_second_of_a_step_is_counted_once() {
        let runs = [run(Step::Confirm, 10, 12, 20), run(Step::Confirm, 10, 15, 30), run(Step::Logs, 70, 70, 75)];
        let events = [
            started(10, Step::Confirm),
            decided(60, Step::Confirm, DecisionKind::Done),
            started(70, Step::Logs),
            decided(100, Step::Logs, DecisionKind::Skipped),
        ];
        let times = split(&[Step::Confirm, Step::Logs, Step::Config], 500, &runs, &events);
        // 0–10 a person, 10–12 in the queue, 12–30 the machine, 30–60 a person. Going on belongs to the step gone on to.
        assert_eq!(times, [[18, 40, 2], [5, 35, 0], [0, 0, 0]]);
    }

    #[test]
    fn watching_the_cluster_is_waiting() {
        let events = [
            started(10, Step::Monitor),
            event(20, EventKind::MonitorStarted),
            event(80, EventKind::MonitorStopped),
            decided(100, Step::Monitor, DecisionKind::Done),
        ];
        assert_eq!(split(&[Step::Monitor], 100, &[run(Step::Monitor, 50, 50, 60)], &events), [[10, 40, 50]]);
        assert_eq!(split(&[Step::Monitor], 90, &[], &events[..2]), [[0, 20, 70]], "it goes on until now");
        let mut events = vec![
            event(20, EventKind::MonitorStarted),
            decided(60, Step::Monitor, DecisionKind::Skipped),
            event(80, EventKind::MonitorStopped),
        ];
        assert_eq!(
            split(&[Step::Monitor], 100, &[], &events)[0][2],
            40,
            "after its decision it is no time of the step"
        );
        events.insert(2, decided(70, Step::Monitor, DecisionKind::Reopened));
        assert_eq!(split(&[Step::Monitor], 100, &[], &events)[0][2], 50, "until that is taken back");
    }

    #[test]
    fn work_on_a_step_that_was_taken_up_again_counts() {
        let events = [
            decided(10, Step::Confirm, DecisionKind::Done),
            decided(50, Step::Confirm, DecisionKind::Reopened),
            event(60, EventKind::NoteAdded { step: Some(Step::Confirm), text: "x".to_owned(), files: Vec::new() }),
        ];
        assert_eq!(split(&[Step::Confirm], 100, &[], &events), [[0, 100, 0]]);
        assert_eq!(split(&[Step::Confirm, Step::Logs], 100, &[], &events[..1]), [[0, 10, 0], [0, 0, 0]]);
    }

    #[test]
    fn what_is_under_way_counts_until_now() {
        let waits = CheckRun { state: CheckRunState::Queued, ..run(Step::Confirm, 10, 0, 0) };
        let runs = CheckRun {
            state: CheckRunState::Running { started_at: at(30), engine: "e".to_owned(), seen_at: None },
            ..waits.clone()
        };
        let events = [started(10, Step::Confirm)];
        assert_eq!(split(&[Step::Confirm], 40, std::slice::from_ref(&waits), &events), [[0, 10, 30]]);
        assert_eq!(split(&[Step::Confirm], 40, &[waits, runs], &events), [[10, 10, 20]]);
    }
}
