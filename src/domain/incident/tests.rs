//! The rules of an incident, case by case.

use super::super::check_run::{RunEnd, Target};
use super::super::exception;
use super::super::finding::{Coverage, Judgement, Outcome};
use super::super::id::CheckRunId;
use super::super::impact::NotThen;
use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000);

fn incident(state: IncidentState) -> Incident {
    Incident {
        id: IncidentId(1),
        cluster: ClusterId(1),
        cluster_name: "prod".to_owned(),
        node: None,
        drill: false,
        state,
        opened_by: Some("ann".to_owned()),
        lead: Some("ann".to_owned()),
        opened_at: Timestamp::from_millis(0),
        mitigated_at: None,
        resolved_at: None,
        recovered: None,
        reviewed_at: None,
        scope: Scope::default(),
        runbook: "nacos-node-down@1".to_owned(),
    }
}

fn run(step: Step, state: CheckRunState) -> CheckRun {
    CheckRun {
        id: CheckRunId(1),
        incident: IncidentId(1),
        step,
        check: "net.ports".to_owned(),
        target: Target::Cluster,
        round: 1,
        queued_at: NOW,
        state,
    }
}

fn ended(step: Step, end: RunEnd) -> CheckRun {
    run(step, CheckRunState::Ended { started_at: NOW, ended_at: NOW, end })
}

fn judged() -> RunEnd {
    RunEnd::Judged {
        judgement: Judgement {
            outcome: Outcome::Fail,
            summary: Message::new("x"),
            findings: Vec::new(),
            seen: Coverage::All,
            not_seen: Vec::new(),
        },
    }
}

fn progress(step: Step, has_checks: bool, runs: &[CheckRun], decisions: &[StepDecision]) -> StepProgress {
    let marks: Vec<_> = runs.iter().map(RunMark::from).collect();
    StepProgress::of(step, has_checks, &marks, decisions)
}

fn decided(step: Step, kind: DecisionKind) -> StepDecision {
    StepDecision { step, kind, reason: String::new(), exceptions: Vec::new(), by: "ann".to_owned(), at: NOW }
}

fn done() -> StepProgress {
    StepProgress { decision: Some(DecisionKind::Done), looked: true, asked: true, running: false }
}

#[test]
fn a_step_goes_from_not_started_over_running_to_a_decision_and_back() {
    let step = Step::Logs;
    let state = |runs: &[CheckRun], decisions: &[StepDecision]| progress(step, true, runs, decisions).state();
    assert_eq!(state(&[], &[]), StepState::NotStarted);
    assert_eq!(state(&[ended(Step::Config, judged())], &[]), StepState::NotStarted);
    assert_eq!(state(&[ended(step, judged()), run(step, CheckRunState::Queued)], &[]), StepState::Running);
    assert_eq!(state(&[ended(step, judged())], &[]), StepState::NeedsYou);
    let done = decided(step, DecisionKind::Done);
    assert_eq!(state(&[run(step, CheckRunState::Queued)], std::slice::from_ref(&done)), StepState::Done);
    assert_eq!(state(&[], &[done, decided(step, DecisionKind::Reopened)]), StepState::NeedsYou);
}

#[test]
fn done_needs_that_a_check_has_looked_and_exceptions_need_a_reason() {
    let incident = incident(IncidentState::Declared);
    let decide =
        |runs: &[CheckRun], kind, reason| incident.decide(progress(Step::Logs, true, runs, &[]), kind, reason, &[]);
    assert_eq!(decide(&[], DecisionKind::Done, ""), Err(DomainError::ChecksNotRun));
    for end in [RunEnd::Interrupted, RunEnd::Cancelled { by: "ann".to_owned() }] {
        assert_eq!(decide(&[ended(Step::Logs, end)], DecisionKind::Done, ""), Err(DomainError::ChecksNotRun));
    }
    assert_eq!(decide(&[ended(Step::Logs, RunEnd::TimedOut)], DecisionKind::Done, ""), Ok(()));
    assert_eq!(decide(&[], DecisionKind::Skipped, " "), Err(DomainError::ReasonMissing));
    assert_eq!(decide(&[], DecisionKind::Skipped, "no access"), Ok(()));
    assert_eq!(decide(&[], DecisionKind::DoneWithExceptions, ""), Err(DomainError::ReasonMissing));
    assert_eq!(decide(&[], DecisionKind::Reopened, ""), Err(DomainError::NoChange));
    let noted = exception::noted(&[ended(Step::Logs, judged())]);
    let looked = progress(Step::Logs, true, &[ended(Step::Logs, judged())], &[]);
    assert_eq!(incident.decide(looked, DecisionKind::DoneWithExceptions, "", &noted), Ok(()), "codes are a reason");
    let running = [run(Step::Logs, CheckRunState::Queued)];
    assert_eq!(decide(&running, DecisionKind::Done, ""), Err(DomainError::ChecksRunning));
    assert_eq!(decide(&running, DecisionKind::Skipped, "no access"), Ok(()));
    assert!(progress(Step::Logs, false, &[], &[]).looked, "a step without checks can be done");
}

#[test]
fn resolving_names_the_first_undecided_step_and_waits_for_checks() {
    let mut incident = incident(IncidentState::Declared);
    let mut steps: Vec<_> = Step::ALL.into_iter().map(|step| (step, done())).collect();
    steps[2].1.decision = None;
    assert_eq!(incident.close(&steps, true, Some(NOW), NOW), Err(DomainError::StepUndecided(Step::Config)));
    let mut given_up = incident.clone();
    assert_eq!(
        given_up.close(&steps, false, None, NOW),
        Ok(IncidentState::Declared),
        "without recovery they may stay open"
    );
    assert_eq!((given_up.recovered, given_up.mitigated_at), (Some(false), None));
    steps[2].1 = StepProgress { running: true, ..done() };
    assert_eq!(incident.close(&steps, true, Some(NOW), NOW), Err(DomainError::ChecksRunning));
    steps[2].1 = done();
    assert_eq!(incident.close(&steps, true, Some(NOW), NOW), Ok(IncidentState::Declared));
    assert_eq!((incident.mitigated_at, incident.resolved_at), (Some(NOW), Some(NOW)));
    assert_eq!(incident.close(&steps, true, Some(NOW), NOW), Err(DomainError::IncidentClosed));
}

#[test]
fn states_go_forward_and_only_a_resolved_incident_goes_back() {
    let mut incident = incident(IncidentState::Declared);
    assert_eq!(incident.sign("lea", "", NOW), Err(DomainError::NotResolved));
    assert_eq!(incident.require_in_review(), Err(DomainError::NotResolved));
    assert_eq!(incident.reopen_review("late news"), Err(DomainError::NotSigned));
    assert_eq!(incident.reopen("flapped"), Err(DomainError::NotResolved));
    let early = Timestamp::from_millis(900);
    assert_eq!(incident.end_impact(NOW), Ok(IncidentState::Declared));
    assert_eq!(incident.end_impact(NOW), Err(DomainError::NoChange));
    assert_eq!(incident.end_impact(early), Ok(IncidentState::Mitigated), "a correction");
    assert_eq!((incident.state, incident.mitigated_at), (IncidentState::Mitigated, Some(early)));
    assert_eq!(incident.check_impact_end(NOW.plus_millis(1), NOW), Err(NotThen::InFuture));
    assert_eq!(incident.check_impact_end(Timestamp::from_millis(-1), NOW), Err(NotThen::BeforeOpening));
    assert_eq!(incident.check_impact_end(incident.opened_at, NOW), Ok(()));
    assert_eq!(incident.close(&[(Step::Logs, done())], true, Some(NOW), NOW), Ok(IncidentState::Mitigated));
    assert_eq!(incident.decide(done(), DecisionKind::Reopened, "", &[]), Err(DomainError::IncidentClosed));
    assert_eq!(incident.require_unsigned(), Ok(()));
    assert_eq!(incident.reopen(""), Err(DomainError::ReasonMissing));
    assert_eq!(incident.reopen("flapped"), Ok(IncidentState::Resolved));
    assert_eq!((incident.resolved_at, incident.recovered), (None, None));
    assert_eq!(incident.close(&[(Step::Logs, done())], true, Some(NOW), NOW), Ok(IncidentState::Declared));
    assert_eq!(incident.require_in_review(), Ok(()));
    let lead = incident.lead.clone().expect("somebody leads it");
    assert_eq!(incident.sign(&lead, " ", NOW), Err(DomainError::ReasonMissing), "one's own incident");
    assert_eq!(incident.sign("lea", "", NOW), Ok(IncidentState::Resolved));
    assert_eq!(incident.sign("lea", "", NOW), Err(DomainError::RecordSigned));
    assert_eq!(incident.require_unsigned(), Err(DomainError::RecordSigned));
    assert_eq!(incident.require_in_review(), Err(DomainError::RecordSigned));
    assert_eq!(incident.reopen_review(""), Err(DomainError::ReasonMissing));
    assert_eq!(incident.reopen_review("late news"), Ok(()));
    assert_eq!((incident.state, incident.reviewed_at), (IncidentState::Resolved, None));
    assert_eq!(incident.sign(&lead, "nobody else is on duty", NOW), Ok(IncidentState::Resolved));
}

#[test]
fn a_decided_step_leads_to_the_next_open_one_and_then_to_what_was_left_out() {
    let states = |open: &[Step]| -> Vec<(Step, StepState)> {
        let state = |step| if open.contains(&step) { StepState::NeedsYou } else { StepState::Done };
        Step::ALL.into_iter().map(|step| (step, state(step))).collect()
    };
    let next = |open: &[Step], decided| next_open(&states(open), decided).map(|(step, _)| step);
    assert_eq!(next(&[Step::Logs, Step::Clients, Step::Monitor], Step::Config), Some(Step::Clients));
    assert_eq!(next(&[Step::Logs], Step::Monitor), Some(Step::Logs), "one before it is open");
    assert_eq!(next(&[], Step::Config), None);
    assert_eq!(
        next_open(&[(Step::Logs, StepState::NotStarted)], Step::Confirm),
        Some((Step::Logs, StepState::NotStarted))
    );
}

#[test]
fn clients_that_are_missing_hold_the_step_unless_a_reason_names_them() {
    use crate::domain::waiver::Awaited;

    let four = Awaited { count: 4, named: vec!["10.0.4.7 order".to_owned()] };
    for (kind, in_words, said, allowed) in [
        (DecisionKind::Done, false, None, false),
        (DecisionKind::Done, true, Some(4), false),
        (DecisionKind::DoneWithExceptions, false, None, false),
        (DecisionKind::DoneWithExceptions, false, Some(4), false),
        (DecisionKind::DoneWithExceptions, true, None, false),
        (DecisionKind::DoneWithExceptions, true, Some(3), false),
        (DecisionKind::DoneWithExceptions, true, Some(4), true),
        (DecisionKind::Skipped, true, None, false),
        (DecisionKind::Skipped, true, Some(4), true),
        (DecisionKind::Reopened, true, None, true),
    ] {
        assert_eq!(kind.allow(&four, in_words, said).is_ok(), allowed, "{kind:?} {in_words} {said:?}");
        assert!(kind.allow(&Awaited::default(), in_words, said).is_ok(), "nobody is missing");
    }
    let message = DecisionKind::Done.allow(&four, false, None).expect_err("refused").message();
    assert_eq!([&message.args["n"], &message.args["who"], &message.args["more"]], ["4", "10.0.4.7 order", "3"]);
}

#[test]
fn the_first_step_that_is_open_is_the_one_to_decide() {
    let steps =
        [(Step::Confirm, StepState::Done), (Step::Logs, StepState::Skipped), (Step::Config, StepState::NotStarted)];
    assert_eq!(first_open(&steps), Some((Step::Config, StepState::NotStarted)));
    assert_eq!(first_open(&steps[..2]), None);
}
