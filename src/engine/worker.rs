//! One claimed run: gather under the node's deadline, wait for the round to be judged, record. Whatever happens, the run
//! ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::round::{Round, Seen};
use super::{Engine, EngineError, patience, verdict};
use crate::checks::{self, Check, CheckContext, GatherError};
use crate::commands::{self, CommandError};
use crate::domain::check_run::{CheckRun, RunEnd, Target};
use crate::domain::evidence::Evidence;
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;
use crate::rounds;
use crate::store::StoreError;

/// Works one run off. A panic ends the engine; a database that cannot be used does not.
pub(super) async fn work(engine: Engine, run: CheckRun, round: Arc<Round>, cancel: CancellationToken) {
    let id = run.id;
    if AssertUnwindSafe(see_and_record(&engine, run, &round, &cancel)).catch_unwind().await.is_err() {
        engine.died(format!("check run {id} panicked"));
    }
    engine.ended(id);
}

async fn see_and_record(engine: &Engine, run: CheckRun, round: &Round, cancel: &CancellationToken) {
    let (evidence, end) = match see(engine, &run, round, cancel).await {
        Ok(seen) => seen,
        Err(error) => {
            tracing::error!(check.run = run.id.0, error = %error, "could not judge a check run");
            (None, could_not_run(Message::new("run-store-unreadable").with("error", error)))
        }
    };
    save(engine, &run, evidence, end, round).await;
    engine.outdate_others(&run);
    engine.open_rounds().await;
    match engine.round_is_over(&run).await {
        Ok(false) => {}
        Ok(true) | Err(_) => engine.diagnose(run.incident, Some(round)).await,
    }
}

async fn see(
    engine: &Engine,
    run: &CheckRun,
    round: &Round,
    cancel: &CancellationToken,
) -> Result<(Option<Evidence>, RunEnd), EngineError> {
    Ok(match (checks::find(&run.check), &run.target) {
        (None, _) => (None, could_not_run(Message::new("run-unknown-kind").with("kind", &run.check))),
        (Some(_), Target::Cluster) => {
            engine.open_rounds().await;
            (None, judged(engine, run, round, cancel).await?)
        }
        (Some(check), Target::Node { node }) => on_node(engine, check, run, node, round, cancel).await?,
    })
}

async fn on_node(
    engine: &Engine,
    check: &'static dyn Check,
    run: &CheckRun,
    node: &NodeName,
    round: &Round,
    cancel: &CancellationToken,
) -> Result<(Option<Evidence>, RunEnd), EngineError> {
    let Some(source) = round.source(node) else {
        return Ok((None, could_not_run(Message::new("run-node-gone").with("node", node))));
    };
    let lane = engine.lane(round.cluster.id, node);
    let permits = (lane.acquire().await, engine.0.in_all.acquire().await);
    let deadline = round.deadline(source.as_ref(), cancel);
    let moment = match round.moment(engine).await {
        Ok(moment) => moment,
        Err(rounds::MomentError::Kept(error)) => return Ok((None, could_not_run(error.message()))),
        Err(_) => return Ok((None, could_not_run(Message::new("run-no-moment")))),
    };
    let now = engine.0.commands.clock().now();
    let window_ms = round.incident.window_ms(moment.at);
    let watched = if check.needs_watcher() { round.watched(engine, node, moment.at).await? } else { None };
    let context = CheckContext {
        source: source.clone(),
        deadline,
        at: moment.at,
        window_ms,
        open_end: moment.is_now,
        zone_hint_s: moment.zone_hint_s,
        ahead_ms: moment.ahead_ms.get(node).copied().unwrap_or(0),
        watched,
        secret_key: engine.0.commands.read().install_secret().await?,
    };
    let (_, _, seen) = rounds::gather(&engine.0.tracker, check, context, moment.is_past(now)).await;
    // A run that only waits for its round must not block runs that still have to gather.
    drop(permits);
    // Where this fails, the next check tries again.
    if let Err(error) = commands::secrets::remember(&engine.0.commands).await {
        tracing::warn!(error = %error, "could not keep the hashes of secrets");
    }
    let observed = match seen {
        Ok(observed) => observed,
        Err(GatherError::CouldNotRun(reason)) => return Ok((None, could_not_run(reason))),
        Err(GatherError::TimedOut) => return Ok((None, RunEnd::TimedOut)),
        Err(GatherError::Cancelled) => return Ok((None, cancelled(engine, run))),
    };
    let evidence = evidence(engine, check, &observed, node, round.vantage(source.as_ref(), &run.check))?;
    round.saw(run.id, Seen { kind: run.check.clone(), node: node.clone(), observed });
    engine.open_rounds().await;
    if !round.is_all_seen()
        && let Err(error) =
            commands::check_runs::note_seen(&engine.0.commands, run, engine.0.commands.clock().now()).await
    {
        tracing::warn!(check.run = run.id.0, error = %error, "could not note that a check waits for the others");
    }
    let end = judged(engine, run, round, cancel).await?;
    Ok((matches!(end, RunEnd::Judged { .. } | RunEnd::CouldNotRun { .. }).then_some(evidence), end))
}

/// Waits until all runs of the round have looked, then says how this one ends.
async fn judged(
    engine: &Engine,
    run: &CheckRun,
    round: &Round,
    cancel: &CancellationToken,
) -> Result<RunEnd, EngineError> {
    tokio::select! {
        judged = verdict::judged(engine, round) => Ok(judged?.end(run)),
        () = cancel.cancelled() => {
            round.forget(run.id);
            Ok(cancelled(engine, run))
        }
    }
}

fn cancelled(engine: &Engine, run: &CheckRun) -> RunEnd {
    match engine.cancelled_by(run.id) {
        Some(by) => RunEnd::Cancelled { by },
        None => RunEnd::Interrupted,
    }
}

fn evidence(
    engine: &Engine,
    check: &dyn Check,
    observed: &Observed,
    node: &NodeName,
    vantage: crate::domain::evidence::Vantage,
) -> Result<Evidence, EngineError> {
    let body =
        serde_json::to_string(observed).map_err(|error| StoreError::Driver(sqlx::Error::Encode(Box::new(error))))?;
    let clock_offset_ms = match observed {
        Observed::View(view) => view.clock_offset_ms,
        Observed::Logs(logs) => logs.clock_offset_ms,
        Observed::Stop(stop) => stop.clock_offset_ms,
        _ => None,
    };
    Ok(Evidence {
        node: Some(node.clone()),
        check: check.kind().to_owned(),
        vantage,
        captured_at: engine.0.commands.clock().now(),
        clock_offset_ms,
        sha256: hex::encode(Sha256::digest(body.as_bytes())),
        body,
    })
}

/// Saves until it is saved: a full disk may get room again. Meanwhile evidence waits in memory, as far as there is room
/// for it, and else the run ends as interrupted. Given up at a hard stop; then the next start says `Interrupted`.
async fn save(engine: &Engine, run: &CheckRun, mut evidence: Option<Evidence>, mut end: RunEnd, round: &Round) {
    let (commands, patience) = (&engine.0.commands, &engine.0.patience);
    let ended_at = commands.clock().now();
    let mut waiting: Option<usize> = None;
    loop {
        let saved = commands::check_runs::record(commands, run.id, evidence.clone(), end.clone(), ended_at).await;
        match saved {
            Ok(_) => break,
            Err(CommandError::Store(error)) if error.passes() => {
                if waiting.is_none() {
                    let bytes = evidence.as_ref().map_or(0, |evidence| evidence.body.len());
                    let fits = patience.take(bytes);
                    if !fits {
                        round.outdate();
                        (evidence, end) = (None, RunEnd::Interrupted);
                    }
                    waiting = Some(if fits { bytes } else { 0 });
                    tracing::error!(check.run = run.id.0, kept = fits, error = %error, "the result of a check has to wait");
                }
            }
            // Nothing that passes: without what was seen it may still be said to have ended.
            Err(error) if end != RunEnd::Interrupted => {
                tracing::error!(check.run = run.id.0, error = %error, "the result of a check cannot be saved");
                round.outdate();
                (evidence, end) = (None, RunEnd::Interrupted);
                continue;
            }
            Err(error) => {
                tracing::error!(check.run = run.id.0, error = %error, "the end of a check run cannot be saved");
                break;
            }
        }
        tokio::select! {
            () = patience::until_worth_a_try(commands.health()) => {}
            () = engine.0.hard.cancelled() => break,
        }
    }
    patience.give_back(waiting.unwrap_or(0));
}

fn could_not_run(reason: Message) -> RunEnd {
    RunEnd::CouldNotRun { reason }
}

impl Engine {
    async fn round_is_over(&self, run: &CheckRun) -> Result<bool, EngineError> {
        let unfinished = self.0.commands.read().unfinished_runs().await?;
        let key = super::RoundKey::of(run);
        Ok(!unfinished.iter().any(|(other, _)| super::RoundKey::of(other) == key))
    }
}
