//! Check runs: asked for and cancelled by people; claimed, recorded and interrupted by the engine.

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, What, monitor, once};
use crate::domain::check_run::{CheckRun, CheckRunState, RunEnd};
use crate::domain::event::{Actor, EventKind};
use crate::domain::evidence::Evidence;
use crate::domain::finding::{Coverage, Step};
use crate::domain::id::{CheckRunId, EvidenceId, IncidentId};
use crate::domain::incident::{DomainError, Incident};
use crate::domain::time::Timestamp;
use crate::store::WriteTx;

/// Starts all checks of a step as a new round, and returns its number: one run a node for node checks, one for checks
/// over the cluster, in the order of the runbook. The step that watches the cluster also starts its monitor.
///
/// # Errors
/// `NotFound(Incident | Step)`; `Domain(IncidentClosed | ChecksRunning)`.
pub async fn start_step(commands: &Commands, caller: &Caller, incident: IncidentId, step: Step) -> Result<i64> {
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let loaded = load(&mut tx, incident).await?;
    let round = start_in(commands, &mut tx, caller, &loaded, step).await?;
    once::keep(&mut tx, caller, &round).await?;
    tx.commit().await?;
    Ok(round)
}

/// Starts them as a part of something else.
pub(super) async fn start_in(
    commands: &Commands,
    tx: &mut WriteTx,
    caller: &Caller,
    incident: &Incident,
    step: Step,
) -> Result<i64> {
    incident.require_open()?;
    let (id, about) = (incident.id, incident.cluster);
    let runbook = tx.runbook(id).await?.ok_or(CommandError::NotFound(What::Incident))?;
    let checks =
        &runbook.steps.iter().find(|known| known.step == step).ok_or(CommandError::NotFound(What::Step))?.checks;
    if !tx.unfinished_runs_of_step(id, step).await?.is_empty() {
        return Err(DomainError::ChecksRunning.into());
    }
    let cluster = tx.cluster(about).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    let round = tx.newest_round(id, step).await? + 1;
    let mut runs = 0;
    for check in checks {
        if commands.runs_over_cluster(&check.kind) {
            tx.insert_run(id, step, round, &check.kind, None).await?;
            runs += 1;
        } else {
            for node in &cluster.nodes {
                tx.insert_run(id, step, round, &check.kind, Some(&node.name)).await?;
                runs += 1;
            }
        }
    }
    tx.append(id, &caller.actor(), &EventKind::ChecksStarted { step, runs }).await?;
    if step == Step::Monitor {
        monitor::start_in(tx, caller, id).await?;
    }
    Ok(round)
}

/// Cancels one run: at once if it is queued, else the engine is told to stop it.
///
/// # Errors
/// `NotFound(CheckRun)`; `Domain(AlreadyEnded)`.
pub async fn cancel(commands: &Commands, caller: &Caller, run: CheckRunId) -> Result<()> {
    let mut tx = commands.begin().await?;
    let run = tx.run(run).await?.ok_or(CommandError::NotFound(What::CheckRun))?;
    if run.end().is_some() {
        return Err(DomainError::AlreadyEnded.into());
    }
    stop(&mut tx, caller, &run).await?;
    tx.commit().await?;
    Ok(())
}

/// Cancels everything of a step that has not ended, and says how many runs that was.
///
/// # Errors
/// `NotFound(Incident)`.
pub async fn cancel_step(commands: &Commands, caller: &Caller, incident: IncidentId, step: Step) -> Result<u32> {
    let mut tx = commands.begin().await?;
    load(&mut tx, incident).await?;
    let mut stopped = 0;
    for run in tx.unfinished_runs_of_step(incident, step).await? {
        stop(&mut tx, caller, &run).await?;
        stopped += 1;
    }
    tx.commit().await?;
    Ok(stopped)
}

/// For the engine: marks queued runs as running, in one transaction that is committed before anything runs.
/// Runs that are no longer queued are left out of the answer.
///
/// # Errors
/// The store's.
pub async fn claim(commands: &Commands, engine: &str, runs: &[CheckRunId]) -> Result<Vec<CheckRun>> {
    let mut tx = commands.begin().await?;
    let mut claimed = Vec::with_capacity(runs.len());
    for run in runs {
        claimed.extend(tx.claim_run(*run, engine).await?);
    }
    tx.commit().await?;
    Ok(claimed)
}

/// For the engine: notes that a run has seen what it looks at and waits for the others of its round.
///
/// # Errors
/// The store's.
pub async fn note_seen(commands: &Commands, run: &CheckRun, at: Timestamp) -> Result<()> {
    let mut tx = commands.begin().await?;
    tx.note_seen(run, at).await?;
    tx.commit().await?;
    Ok(())
}

/// For the engine: saves evidence, terminal state and event of a run. `None`: the run has ended meanwhile and stays as it
/// is, and the evidence is dropped; or there is no evidence.
///
/// # Errors
/// The store's.
pub async fn record(
    commands: &Commands,
    run: CheckRunId,
    evidence: Option<Evidence>,
    end: RunEnd,
    ended_at: Timestamp,
) -> Result<Option<EvidenceId>> {
    let mut tx = commands.begin().await?;
    let Some(run) = finish(&mut tx, run, &end, ended_at, &Actor::Engine).await? else { return Ok(None) };
    let evidence = match evidence {
        Some(evidence) => Some(tx.insert_evidence(&run, &evidence).await?),
        None => None,
    };
    tx.commit().await?;
    Ok(evidence)
}

/// For the engine: every running run that is not `engine`'s becomes `Interrupted`; says how many.
///
/// # Errors
/// The store's.
pub async fn interrupt_others(commands: &Commands, engine: &str) -> Result<u32> {
    let mut tx = commands.begin().await?;
    let runs = tx.running_runs_of_others(engine).await?;
    match interrupt(&mut tx, &runs).await {
        Ok(()) => tx.commit().await?,
        // One of them is damaged: then each by itself.
        Err(CommandError::Store(error)) if error.is_damage() => {
            drop(tx);
            for run in &runs {
                let mut tx = commands.begin().await?;
                match interrupt(&mut tx, std::slice::from_ref(run)).await {
                    Ok(()) => tx.commit().await?,
                    Err(error) => tracing::error!(check.run = run.0, error = %error, "a run could not be marked"),
                }
            }
        }
        Err(error) => return Err(error),
    }
    Ok(u32::try_from(runs.len()).unwrap_or(u32::MAX))
}

async fn interrupt(tx: &mut WriteTx, runs: &[CheckRunId]) -> Result<()> {
    let now = tx.now();
    for run in runs {
        finish(tx, *run, &RunEnd::Interrupted, now, &Actor::Engine).await?;
    }
    Ok(())
}

async fn stop(tx: &mut WriteTx, caller: &Caller, run: &CheckRun) -> Result<()> {
    match run.state {
        CheckRunState::Queued => {
            let (end, now) = (RunEnd::Cancelled { by: caller.name.clone() }, tx.now());
            finish(tx, run.id, &end, now, &caller.actor()).await?;
        }
        CheckRunState::Running { .. } => tx.ask_to_cancel(run, &caller.name).await?,
        CheckRunState::Ended { .. } => {}
    }
    Ok(())
}

async fn finish(
    tx: &mut WriteTx,
    run: CheckRunId,
    end: &RunEnd,
    ended_at: Timestamp,
    actor: &Actor,
) -> Result<Option<CheckRun>> {
    let Some(run) = tx.end_run(run, end, ended_at).await? else { return Ok(None) };
    let (outcome, seen) = match end {
        RunEnd::Judged { judgement } => (Some(judgement.outcome), judgement.seen),
        RunEnd::CouldNotRun { .. } | RunEnd::TimedOut | RunEnd::Cancelled { .. } | RunEnd::Interrupted => {
            (None, Coverage::default())
        }
    };
    let event = EventKind::CheckFinished {
        run: run.id,
        step: run.step,
        check: run.check.clone(),
        node: run.target.node().map(|node| node.0.clone()),
        end: end.as_str().to_owned(),
        outcome,
        seen,
    };
    tx.append(run.incident, actor, &event).await?;
    Ok(Some(run))
}
