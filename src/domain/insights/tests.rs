//! What a period comes to.

use super::*;
use crate::domain::finding::Confidence;
use crate::domain::id::{ClusterId, EventId};
use crate::domain::incident::IncidentState;
use crate::domain::pinned::PinnedAs;
use crate::domain::review::{CauseVerdict, ReviewTexts};

const PERSON: &str = "ann";

fn incident(id: i64) -> Incident {
    Incident {
        id: IncidentId(id),
        cluster: ClusterId(1),
        cluster_name: "prod".to_owned(),
        node: Some(NodeName::from("n3")),
        drill: false,
        state: IncidentState::Declared,
        opened_by: Some(PERSON.to_owned()),
        lead: Some(PERSON.to_owned()),
        opened_at: at(0),
        mitigated_at: None,
        resolved_at: None,
        recovered: None,
        reviewed_at: None,
        scope: Default::default(),
        runbook: "r@1".to_owned(),
    }
}

fn at(at_s: i64) -> Timestamp {
    Timestamp::from_millis(at_s * 1000)
}

/// Events at these seconds, of the program or a person.
fn told(kinds: Vec<(i64, bool, EventKind)>) -> Vec<Event> {
    let event = |(at_s, person, kind)| Event {
        id: EventId(1),
        incident: IncidentId(1),
        at: at(at_s),
        actor: if person { Actor::Person { name: PERSON.to_owned() } } else { Actor::Engine },
        kind,
    };
    kinds.into_iter().map(event).collect()
}

fn health(health: &str) -> EventKind {
    EventKind::DiagnosisChanged { causes: Vec::new(), health: health.to_owned(), at: None }
}

fn decided(step: Step, kind: DecisionKind) -> EventKind {
    EventKind::StepDecided { step, kind, reason: String::new(), exceptions: Vec::new() }
}

fn reviewed(verdict: Option<CauseVerdict>, was: Option<Code>) -> EventKind {
    let texts = ReviewTexts { verdict, ..ReviewTexts::default() };
    EventKind::ReviewSaved { version: 1, texts, said: Some(Code::NodeKilled), was }
}

fn pinned(code: Option<Code>) -> EventKind {
    let cause = |code| PinnedAs { code, nodes: Vec::new(), confidence: Confidence::Likely, summary: Message::new("x") };
    EventKind::CausePinned { cause: code.map(cause), words: String::new() }
}

#[test]
fn of_nothing_there_is_no_number() {
    assert_eq!(spread([]), None);
    assert_eq!(between(&[], Moment::Noticed, Moment::Closed), Between { spread: None, unknown: 0 });
    assert!(steps(&[]).iter().all(|step| step.spread.is_none()));
    assert_eq!((causes(&[]), blind(&[], &[])), (Vec::new(), Vec::new()));
}

#[test]
fn the_middle_one_counts_and_the_worst_is_named() {
    let times = |ms: &[i64]| spread((1..).map(IncidentId).zip(ms.iter().copied())).expect("some");
    let odd = times(&[90, 10, 20]);
    assert_eq!((odd.count, odd.median_ms, odd.worst_ms, odd.worst), (3, 20, 90, IncidentId(1)));
    assert_eq!(times(&[10, 20, 40, 1000]).median_ms, 30, "between the two in the middle");
    assert_eq!(times(&[7]), Spread { count: 1, median_ms: 7, worst_ms: 7, worst: IncidentId(1) });
}

#[test]
fn moments_are_what_was_said_or_measured_and_nothing_else() {
    let one = incident(1);
    let events = told(vec![
        (10, false, health("down")),
        (20, true, decided(Step::Confirm, DecisionKind::Done)),
        (30, true, decided(Step::Confirm, DecisionKind::Reopened)),
        (40, true, decided(Step::Confirm, DecisionKind::DoneWithExceptions)),
        (50, false, health("healthy")),
        (60, false, health("degraded")),
        (70, false, health("healthy")),
    ]);
    let case = Case { incident: &one, events: &events };
    assert_eq!(case.moment(Moment::Confirmed), Some(at(40)), "what was taken back does not count");
    assert_eq!(case.moment(Moment::Recovered), None, "while it is open, that may not last");
    let one = Incident { state: IncidentState::Resolved, ..one.clone() };
    let case = Case { incident: &one, events: &events };
    assert_eq!(case.moment(Moment::Recovered), Some(at(70)), "it was not healthy for good before");
    assert_eq!(case.moment(Moment::Silent), None, "the timeline does not tell");
    assert_eq!((case.moment(Moment::Mitigated), case.moment(Moment::Closed)), (None, None));
    assert_eq!(case.between_ms(Moment::Recovered, Moment::Confirmed), None, "the other way round");
    let both = between(&[case], Moment::Confirmed, Moment::Recovered);
    assert_eq!((both.spread.expect("known").median_ms, both.unknown), (30_000, 0));
    assert_eq!(between(&[case], Moment::Noticed, Moment::Closed), Between { spread: None, unknown: 1 });
}

#[test]
fn a_step_takes_from_the_decision_before_it_and_twice_if_it_was_done_twice() {
    let (one, two) = (incident(1), incident(2));
    let first = told(vec![
        (60, true, decided(Step::Confirm, DecisionKind::Done)),
        (100, true, decided(Step::Logs, DecisionKind::Done)),
        (130, true, decided(Step::Confirm, DecisionKind::Reopened)),
        (140, true, decided(Step::Confirm, DecisionKind::Done)),
    ]);
    let second = told(vec![(20, true, decided(Step::Logs, DecisionKind::Skipped))]);
    let steps = steps(&[Case { incident: &one, events: &first }, Case { incident: &two, events: &second }]);
    assert_eq!(steps.len(), Step::ALL.len());
    let told: Vec<_> =
        steps.iter().map(|time| (time.step, time.spread.map(|spread| spread.median_ms), time.skipped)).collect();
    assert_eq!(told[0], (Step::Confirm, Some(70_000), 0), "the slowest first");
    assert_eq!(told[1], (Step::Logs, Some(40_000), 1));
    assert!(told[2..].iter().all(|(_, median, _)| median.is_none()));
}

#[test]
fn the_time_before_a_skip_counts_once_the_step_is_done_after_all() {
    let one = incident(1);
    let events = told(vec![
        (10, true, decided(Step::Confirm, DecisionKind::Done)),
        (34, true, decided(Step::Logs, DecisionKind::Skipped)),
        (34, true, decided(Step::Logs, DecisionKind::Done)),
    ]);
    let took = |events: &[Event]| {
        let steps = steps(&[Case { incident: &one, events }]);
        let logs = steps.iter().find(|time| time.step == Step::Logs).expect("every step");
        (logs.spread.map(|spread| spread.median_ms), logs.skipped)
    };
    assert_eq!(took(&events), (Some(24_000), 0));
    assert_eq!(took(&events[..2]), (None, 1), "what is skipped took no time");
}

#[test]
fn times_are_the_differences_of_the_clock_times_that_the_report_shows() {
    let mut one = incident(1);
    one.opened_at = at(0).plus_millis(900);
    let mut events = told(vec![(27, true, decided(Step::Confirm, DecisionKind::Done))]);
    events[0].at = at(27).plus_millis(100);
    let case = Case { incident: &one, events: &events };
    let report = Moments::of(&one, None, &events).to_the_second();
    assert_eq!(case.between_ms(Moment::Noticed, Moment::Confirmed), Some(27_000), "and not 26 s and a bit");
    assert_eq!(case.between_ms(Moment::Noticed, Moment::Confirmed), report.since_noticed(Moment::Confirmed));
    assert_eq!(steps(&[case])[0].spread.map(|spread| spread.median_ms), Some(27_000));
}

#[test]
fn what_a_review_says_of_the_cause_counts_before_what_was_chosen_at_night() {
    let (killed, disk) = (Some(Code::NodeKilled), Some(Code::NodeDiskFull));
    let corrected = |code| Some(CauseVerdict::Corrected { code, words: "seen in the console".to_owned() });
    let night = (1, false, pinned(killed));
    let one = incident(1);
    let count = |later: Vec<(i64, bool, EventKind)>| {
        let events = told(std::iter::once(night.clone()).chain(later).collect());
        let counts = causes(&[Case { incident: &one, events: &events }]);
        let killed = counts.into_iter().find(|(code, _)| *code == killed).expect("it was said").1;
        (killed.confirmed, killed.corrected)
    };
    let as_disk = |code| BTreeMap::from([(code, 1)]);
    assert_eq!(count(vec![(9, true, reviewed(Some(CauseVerdict::Confirmed), killed))]), (1, BTreeMap::new()));
    assert_eq!(count(vec![(9, true, reviewed(corrected(disk), disk))]), (0, as_disk(disk)));
    assert_eq!(count(vec![(9, true, reviewed(corrected(None), None))]), (0, as_disk(None)), "in words");
    let chosen = (5, true, pinned(disk));
    let back = (9, true, reviewed(Some(CauseVerdict::Corrected { code: killed, words: String::new() }), killed));
    assert_eq!(count(vec![chosen.clone(), back]), (1, BTreeMap::new()), "the review says that the program was right");
    assert_eq!(count(vec![chosen, (9, true, reviewed(None, None))]), (0, as_disk(disk)), "it does not judge the cause");
}

#[test]
fn a_cause_that_a_person_corrected_is_counted_with_what_it_was() {
    let incidents = [1, 2, 3, 4, 5].map(incident);
    let (killed, disk) = (Some(Code::NodeKilled), Some(Code::NodeDiskFull));
    let histories = [
        told(vec![(1, false, pinned(killed))]),
        told(vec![(1, false, pinned(killed)), (2, true, pinned(killed))]),
        told(vec![(1, false, pinned(killed)), (2, true, pinned(disk)), (3, true, pinned(disk))]),
        told(vec![(1, false, pinned(killed)), (2, true, pinned(None))]),
        told(Vec::new()),
    ];
    let cases: Vec<Case<'_>> =
        incidents.iter().zip(&histories).map(|(incident, events)| Case { incident, events }).collect();
    let counts = causes(&cases);
    let (code, count) = &counts[0];
    assert_eq!((*code, count.incidents.len(), count.said, count.confirmed), (killed, 2, 4, 1));
    assert_eq!((count.corrections(), count.corrected.get(&disk), count.corrected.get(&None)), (2, Some(&1), Some(&1)));
    let of = |code: Option<Code>| counts.iter().find(|(known, _)| *known == code).expect("counted");
    assert_eq!((of(disk).1.incidents.len(), of(disk).1.said), (1, 0));
    assert_eq!(of(None).1.incidents, BTreeSet::from([IncidentId(4)]));
    assert_eq!(without_cause(&cases), 1);
}

#[test]
fn what_could_not_look_on_a_node_that_was_there_stands_first() {
    let one = incident(1);
    let cases = [Case { incident: &one, events: &[] }];
    let tried = |check: &str, node: Option<&str>, why: Option<&str>| Tried {
        incident: IncidentId(1),
        check: check.to_owned(),
        node: node.map(NodeName::from),
        why: why.map(Message::new),
        partly: false,
    };
    let runs = [
        tried("node.view", Some("n3"), Some("refused")),
        tried("node.view", Some("n3"), Some("refused")),
        tried("node.view", Some("n1"), None),
        tried("logs.signatures", Some("n1"), Some("no-files")),
        tried("net.ports", Some("n1"), None),
        Tried { incident: IncidentId(9), ..tried("net.ports", None, Some("of another period")) },
    ];
    let blind = blind(&runs, &cases);
    let told: Vec<_> = blind.iter().map(|one| (one.check.as_str(), one.blind, one.on_stopped, one.runs)).collect();
    assert_eq!(told, [("logs.signatures", 1, 0, 1), ("node.view", 2, 2, 3)]);
    assert_eq!(blind[1].reasons, [(Message::new("refused"), 2)]);
    let part = Tried { partly: true, ..tried("logs.signatures", Some("n1"), None) };
    let elsewhere = Tried { incident: IncidentId(9), ..part.clone() };
    assert_eq!(partly(&runs, &cases), []);
    let views = Tried { partly: true, ..tried("node.view", Some("n1"), None) };
    let told = [views, part.clone(), elsewhere, part];
    assert_eq!(partly(&told, &cases), [("logs.signatures", 2), ("node.view", 1)], "none of another period");
}
