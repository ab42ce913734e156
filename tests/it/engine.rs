//! Check runs from being asked for to the diagnosis, with the engine stepped by hand.

use nodedown::commands::{self, Caller, CommandError};
use nodedown::domain::check_run::{CheckRun, CheckRunState, RunEnd};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::id::IncidentId;
use nodedown::domain::incident::{DomainError, StepState};
use nodedown::domain::observed::Observed;

use crate::support::world::Behaviour;
use crate::support::{TestApp, run_app};

#[test]
fn a_round_gathers_judges_records_and_diagnoses() {
    run_app(async |app| {
        let incident = app.incident().await;
        app.check_step(incident, Step::Confirm).await;

        let runs = app.read().runs_of_step(incident, Step::Confirm).await.expect("runs");
        assert_eq!(runs.len(), 4 * 3 + 1, "four node checks on three nodes and one over the cluster");
        assert!(runs.iter().all(|run| run.end().is_some_and(RunEnd::looked)), "{runs:#?}");
        let observations = app.read().observations(incident).await.expect("observations");
        assert!(
            matches!(observations.get("node.stop", &"n3".into()), Some(Observed::Stop(stop)) if stop.process.is_none())
        );
        let judged = |end: &RunEnd| matches!(end, RunEnd::Judged { .. });
        for run in runs.iter().filter(|run| run.target.node().is_some() && run.end().is_some_and(judged)) {
            let (_, evidence) = app.read().evidence_of_run(run.id).await.expect("evidence").expect("some");
            assert_eq!(evidence.node.as_ref(), run.target.node());
        }

        let diagnosis = app.read().diagnosis(incident).await.expect("diagnosis").expect("some");
        let first = diagnosis.causes.first().expect("a cause");
        assert!(first.nodes.contains(&"n3".into()), "{first:?}");
        let steps = app.read().step_states(incident).await.expect("steps");
        assert_eq!(steps[0], (Step::Confirm, StepState::NeedsYou));
        let timeline = app.read().timeline(incident).await.expect("timeline");
        assert!(timeline.iter().any(|event| matches!(event.kind, EventKind::DiagnosisChanged { .. })));
        assert_eq!(app.read().first_broken_event(incident).await.expect("chain"), None);
    });
}

#[test]
fn every_step_of_the_runbook_runs_to_its_end() {
    run_app(async |app| {
        let incident = app.incident().await;
        for step in Step::ALL {
            app.check_step(incident, step).await;
            let runs = app.read().runs_of_step(incident, step).await.expect("runs");
            assert!(!runs.is_empty() && runs.iter().all(|run| run.end().is_some()), "{step:?}");
        }
    });
}

#[test]
fn a_hung_node_ends_at_its_deadline_and_holds_up_only_its_own_runs() {
    run_app(async |app| {
        app.world.set("n2", Behaviour::Hung);
        let incident = app.incident().await;
        let started = std::time::Instant::now();
        app.check_step(incident, Step::Network).await;
        let took = started.elapsed();
        let runs = app.read().runs_of_step(incident, Step::Network).await.expect("runs");
        assert!(runs.iter().all(|run| run.end().is_some()));
        let of =
            |node: &str| runs.iter().filter(|run| run.target.node() == Some(&node.into())).cloned().collect::<Vec<_>>();
        assert!(of("n1").iter().all(|run| matches!(run.end(), Some(RunEnd::Judged { .. }))));
        // One deadline for all of them: one after the other they would take a second each, whatever else the machine does.
        let in_turn = u128::try_from(of("n2").len()).expect("few") * 1000;
        assert!(in_turn >= 3000, "enough runs to tell the two apart: {in_turn}");
        assert!(took.as_millis() < in_turn, "one deadline for all runs on the node: {took:?}");
    });
}

#[test]
fn a_round_is_judged_once_and_says_meanwhile_who_has_looked() {
    run_app(async |app| {
        app.world.set("n2", Behaviour::Hung);
        let incident = app.incident().await;
        let meanwhile = async {
            let runs = once_waiting(app, incident, |run| run.target.node() == Some(&"n1".into())).await;
            let looks = |run: &CheckRun| !waits(run) && run.end().is_none();
            assert!(runs.iter().any(looks), "what all wait for: {runs:#?}");
            assert!(!runs.iter().any(|run| matches!(run.end(), Some(RunEnd::Judged { .. }))), "{runs:#?}");
        };
        tokio::join!(app.check_step(incident, Step::Confirm), meanwhile);

        let diagnosis = app.read().diagnosis(incident).await.expect("diagnosis").expect("some");
        let mut found = 0;
        for run in app.read().runs(incident).await.expect("runs") {
            if let Some(RunEnd::Judged { judgement }) = run.end() {
                found += judgement.findings.len();
                for finding in &judgement.findings {
                    assert!(diagnosis.findings.contains(finding), "{finding:#?} is not in {:#?}", diagnosis.findings);
                }
            }
        }
        assert!(found > 0, "n3 has stopped");
    });
}

#[test]
fn who_waits_for_others_can_be_cancelled_and_is_not_in_the_diagnosis() {
    run_app(async |app| {
        app.world.set("n2", Behaviour::Hung);
        let incident = app.incident().await;
        let cancel = async {
            let of_n3 = |run: &CheckRun| run.target.node() == Some(&"n3".into());
            let runs = once_waiting(app, incident, |run| of_n3(run) && run.check == "node.stop").await;
            let waiting: Vec<_> = runs.iter().filter(|run| of_n3(run) && waits(run)).map(|run| run.id).collect();
            for run in &waiting {
                commands::check_runs::cancel(app.commands(), &Caller::new("ann"), *run).await.expect("cancelled");
            }
            waiting
        };
        let pending = async {
            commands::check_runs::start_step(app.commands(), &Caller::new("ann"), incident, Step::Confirm)
                .await
                .expect("started");
            let engine = app.app.engine.run(std::time::Duration::from_secs(5));
            tokio::select! {
                ended = engine => panic!("the engine ended: {ended:?}"),
                () = ended(app, incident) => {}
            }
        };
        let (cancelled, ()) = tokio::join!(cancel, pending);
        let runs = app.read().runs(incident).await.expect("runs");
        for run in runs.iter().filter(|run| cancelled.contains(&run.id)) {
            assert!(matches!(run.end(), Some(RunEnd::Cancelled { by }) if by == "ann"), "{run:#?}");
            assert!(app.read().evidence_of_run(run.id).await.expect("evidence").is_none());
        }
        let diagnosis = app.read().diagnosis(incident).await.expect("diagnosis").expect("some");
        let about_n3 = diagnosis.findings.iter().filter(|finding| finding.check == "node.stop");
        assert_eq!(
            about_n3.filter(|finding| finding.node == Some("n3".into())).count(),
            0,
            "{:#?}",
            diagnosis.findings
        );
    });
}

/// True if the run has looked and waits for the others of its round.
const fn waits(run: &CheckRun) -> bool {
    matches!(run.state, CheckRunState::Running { seen_at: Some(_), .. })
}

/// All runs of the incident, as soon as one of these waits for the others of its round.
async fn once_waiting(app: &TestApp, incident: IncidentId, which: impl Fn(&CheckRun) -> bool) -> Vec<CheckRun> {
    loop {
        let runs = app.read().runs(incident).await.expect("runs");
        if runs.iter().any(|run| waits(run) && which(run)) {
            return runs;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Waits until no run of the incident is queued or running, and the diagnosis is saved.
async fn ended(app: &TestApp, incident: IncidentId) {
    loop {
        let runs = app.read().runs(incident).await.expect("runs");
        if !runs.is_empty()
            && runs.iter().all(|run| run.end().is_some())
            && app.read().diagnosis(incident).await.expect("diagnosis").is_some()
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[test]
fn a_rerun_is_a_new_round_and_a_recovered_node_changes_the_diagnosis() {
    run_app(async |app| {
        let incident = app.incident().await;
        app.check_step(incident, Step::Confirm).await;
        let first = app.read().diagnosis(incident).await.expect("diagnosis").expect("some");
        app.world.set("n3", Behaviour::Up);
        app.clock.advance_s(60);
        app.check_step(incident, Step::Confirm).await;
        let second = app.read().diagnosis(incident).await.expect("diagnosis").expect("some");
        let rounds: Vec<i64> = app.read().runs(incident).await.expect("runs").iter().map(|run| run.round).collect();
        assert_eq!((rounds.iter().min(), rounds.iter().max()), (Some(&1), Some(&2)));
        assert!(first.causes.iter().any(|cause| cause.nodes.contains(&"n3".into())));
        assert!(!second.causes.iter().any(|cause| cause.code.as_str() == "node.killed"), "{:?}", second.causes);
    });
}

#[test]
fn checks_are_started_once_a_form_and_not_while_some_are_running() {
    run_app(async |app| {
        let incident = app.incident().await;
        let form = Caller::new("ann").with_nonce("form 1");
        let start = |caller: Caller| async move {
            commands::check_runs::start_step(app.commands(), &caller, incident, Step::Logs).await
        };
        assert_eq!(start(form.clone()).await.expect("first click"), 1);
        assert_eq!(start(form).await.expect("second click"), 1);
        let again = start(Caller::new("ann")).await;
        assert!(matches!(again, Err(CommandError::Domain(DomainError::ChecksRunning))), "{again:?}");
        app.run_pending_checks().await;
        assert_eq!(app.read().runs(incident).await.expect("runs").len(), 4 * 3 + 2);
    });
}

#[test]
fn queued_runs_are_cancelled_at_once_and_ended_ones_never() {
    run_app(async |app| {
        let incident = app.incident().await;
        let ann = Caller::new("ann");
        commands::check_runs::start_step(app.commands(), &ann, incident, Step::Logs).await.expect("started");
        let run = app.read().runs(incident).await.expect("runs").remove(0);
        commands::check_runs::cancel(app.commands(), &ann, run.id).await.expect("cancelled");
        let again = commands::check_runs::cancel(app.commands(), &ann, run.id).await;
        assert!(matches!(again, Err(CommandError::Domain(DomainError::AlreadyEnded))));
        commands::check_runs::cancel_step(app.commands(), &ann, incident, Step::Logs).await.expect("cancelled");
        app.run_pending_checks().await;
        let runs = app.read().runs(incident).await.expect("runs");
        assert!(runs.iter().all(|run| matches!(run.end(), Some(RunEnd::Cancelled { by }) if by == "ann")), "{runs:?}");
        assert_eq!(app.read().step_states(incident).await.expect("steps")[1], (Step::Logs, StepState::NeedsYou));
    });
}

#[test]
fn what_a_dead_engine_left_running_becomes_interrupted() {
    run_app(async |app| {
        let incident = app.incident().await;
        let ann = Caller::new("ann");
        commands::check_runs::start_step(app.commands(), &ann, incident, Step::Logs).await.expect("started");
        let queued: Vec<_> = app.read().runs(incident).await.expect("runs").iter().map(|run| run.id).collect();
        let claimed = commands::check_runs::claim(app.commands(), "a dead engine", &queued[..1]).await.expect("claim");
        assert!(matches!(claimed[0].state, CheckRunState::Running { .. }));

        app.app.engine.recover().await;
        let run = app.read().run(queued[0]).await.expect("run").expect("some");
        assert_eq!(run.end(), Some(&RunEnd::Interrupted));
        // A late record of the dead engine changes nothing.
        let late = RunEnd::TimedOut;
        commands::check_runs::record(app.commands(), run.id, None, late, run.queued_at).await.expect("no error");
        assert_eq!(app.read().run(run.id).await.expect("run").expect("some").end(), Some(&RunEnd::Interrupted));
        app.run_pending_checks().await;
        let events = app.read().timeline(incident).await.expect("timeline");
        let interrupted = events
            .iter()
            .filter(|event| matches!(&event.kind, EventKind::CheckFinished { end, .. } if end == "interrupted"));
        assert_eq!(interrupted.count(), 1);
    });
}

#[test]
fn the_monitor_starts_with_its_step_and_a_flap_starts_the_stable_time_anew() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let incident = app.incident().await;
        app.check_step(incident, Step::Monitor).await;
        let start = app.read().monitor(incident).await.expect("monitor").expect("runs");
        for _ in 0..3 {
            app.clock.advance_s(5);
            app.look_around().await;
        }
        let monitor = app.read().monitor(incident).await.expect("monitor").expect("runs");
        let first = monitor.stable_since;
        assert!(first <= start.started_at.plus_millis(5000), "{monitor:?}");
        app.clock.advance_s(120);
        app.look_around().await;
        let unlooked = app.read().monitor(incident).await.expect("monitor").expect("runs");
        assert_eq!(unlooked.stable_since, start.started_at.plus_millis(135_000), "nobody looked: {unlooked:?}");
        assert_eq!(unlooked.well_since, first, "and nothing was seen to be wrong: {unlooked:?}");
        app.world.set("n3", Behaviour::Stopped);
        for _ in 0..2 {
            app.clock.advance_s(5);
            app.look_around().await;
        }
        let monitor = app.read().monitor(incident).await.expect("monitor").expect("runs");
        assert_eq!(monitor.stable_since, start.started_at.plus_millis(145_000), "{monitor:?}");
        assert_eq!(monitor.well_since, monitor.stable_since, "{monitor:?}");
        let samples = app.read().samples(incident, start.started_at).await.expect("samples");
        assert_eq!(samples.len(), 6 * 3);
        let events = app.read().timeline(incident).await.expect("timeline");
        let resets = events.iter().filter(|event| matches!(event.kind, EventKind::MonitorReset { .. })).count();
        assert_eq!(resets, 2, "the timeline hears of a gap and of a flap once each");
    });
}
