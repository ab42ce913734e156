//! The diagnosis of an incident: everything its newest evidence says, judged together.
//!
//! # Why
//! The stored judgements of older rounds stay as they were. The diagnosis does not add them up: a node that was down in
//! step 1 and answers in step 4 must not stay "killed", so every kind that was run is judged again on the newest observations.
//! A round and the diagnosis it leads to share one model, so that a check and the diagnosis never say two things of one
//! evidence.

use std::sync::Arc;

use super::judged::Judged;
use super::round::Round;
use super::{Engine, EngineError};
use crate::commands;
use crate::domain::id::IncidentId;

/// What a round means, judged once for all its runs when the last of them has looked.
///
/// # Errors
/// The store's; the next run that asks tries again.
pub(super) async fn judged(engine: &Engine, round: &Round) -> Result<Arc<Judged>, EngineError> {
    tokio::join!(round.all_seen(), round.client_logs(engine));
    round.judged.get_or_try_init(|| async { judge(engine, round).await.map(Arc::new) }).await.cloned()
}

/// Diagnoses an incident after a round, or anew where `round` is not the newest that is known of it.
pub(super) async fn diagnose(engine: &Engine, incident: IncidentId, round: Option<&Round>) -> Result<(), EngineError> {
    // Two rounds that end together must not save an older diagnosis over a newer one.
    let _one = engine.0.diagnosing.lock().await;
    if let Some(judged) = round.and_then(Round::newest) {
        commands::diagnoses::save(&engine.0.commands, incident, &judged.diagnosis).await?;
        return Ok(());
    }
    let judged = judge(engine, &Round::load(engine, incident, Vec::new()).await?).await?;
    commands::diagnoses::save(&engine.0.commands, incident, &judged.diagnosis).await?;
    Ok(())
}

/// Judges what the runs of a round saw, among the newest evidence of the other steps.
async fn judge(engine: &Engine, round: &Round) -> Result<Judged, EngineError> {
    let at = match round.moment(engine).await {
        Ok(moment) => moment.at,
        Err(_) => engine.0.commands.clock().now(),
    };
    round.begin_judging();
    let (read, incident) = (engine.0.commands.read(), round.incident.id);
    let mut observations = read.observations(incident).await?;
    let mut kinds = read.kinds_that_looked(incident).await?;
    kinds.extend(round.put_into(&mut observations));
    let judge = round.judge(&observations, at);
    let runs = judge.judge_all(&observations, &kinds);
    let diagnosis = judge.diagnose(&runs);
    Ok(Judged { runs, diagnosis })
}
