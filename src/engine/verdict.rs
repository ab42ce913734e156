//! The diagnosis of an incident: everything its newest evidence says, judged once more together.
//!
//! # Why
//! The stored judgements of older rounds stay as they were. The diagnosis does not add them up: a node that was down in
//! step 1 and answers in step 4 must not stay "killed", so every kind that was run is judged again on the newest observations.

use std::collections::BTreeSet;

use super::round::Round;
use super::{Engine, EngineError};
use crate::checks::{REGISTRY, Scope};
use crate::commands;
use crate::domain::check_run::RunEnd;
use crate::domain::cluster::Cluster;
use crate::domain::id::IncidentId;
use crate::domain::message::Message;
use crate::domain::observed::Observations;
use crate::rounds::{Judge, RoundRun};

/// Judges the newest evidence and saves the diagnosis.
pub(super) async fn diagnose(engine: &Engine, incident: IncidentId) -> Result<(), EngineError> {
    // Two rounds that end together must not save an older diagnosis over a newer one.
    let _one = engine.0.diagnosing.lock().await;
    let round = Round::load(engine, incident).await?;
    let read = engine.0.commands.read();
    let observations = read.observations(incident).await?;
    let kinds = read.kinds_that_looked(incident).await?;
    let at = match round.moment(engine).await {
        Ok(moment) => moment.at,
        Err(_) => engine.0.commands.clock().now(),
    };
    let judge = round.judge(&observations, at);
    let diagnosis = judge.diagnose(&judge_all(&judge, &round.cluster, &observations, &kinds));
    commands::diagnoses::save(&engine.0.commands, incident, &diagnosis).await?;
    Ok(())
}

fn judge_all(
    judge: &Judge<'_>,
    cluster: &Cluster,
    observations: &Observations,
    kinds: &BTreeSet<String>,
) -> Vec<RoundRun> {
    let mut runs: Vec<RoundRun> = Vec::new();
    for check in REGISTRY.iter().copied().filter(|check| kinds.contains(check.kind())) {
        if check.scope() == Scope::Cluster {
            runs.push((check.kind(), None, judge.judge(check, None)));
            continue;
        }
        for node in &cluster.nodes {
            let end = if observations.get(check.kind(), &node.name).is_some() {
                judge.judge(check, Some(&node.name))
            } else {
                let missing = observations.missing.get(check.kind()).and_then(|nodes| nodes.get(&node.name));
                let reason = missing.map_or_else(|| Message::new("run-no-evidence"), |missing| missing.reason.clone());
                RunEnd::CouldNotRun { reason }
            };
            runs.push((check.kind(), Some(node.name.clone()), end));
        }
    }
    runs
}
