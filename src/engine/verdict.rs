//! The diagnosis of an incident: everything its newest evidence says, judged once more together.
//!
//! # Why
//! The stored judgements of older rounds stay as they were. The diagnosis does not add them up: a node that was down in
//! step 1 and answers in step 4 must not stay "killed", so every kind that was run is judged again on the newest board.

use std::collections::BTreeSet;

use super::round::Round;
use super::worker::judged;
use super::{Engine, EngineError};
use crate::checks::{JudgeContext, REGISTRY, Scope};
use crate::commands;
use crate::domain::check_run::RunEnd;
use crate::domain::id::IncidentId;
use crate::domain::message::Message;
use crate::domain::observed::Board;
use crate::rounds::{self, RoundRun};

/// Judges the newest evidence and saves the diagnosis.
pub(super) async fn diagnose(engine: &Engine, incident: IncidentId) -> Result<(), EngineError> {
    // Two rounds that end together must not save an older picture over a newer one.
    let _one = engine.0.diagnosing.lock().await;
    let round = Round::load(engine, incident).await?;
    let read = engine.0.commands.read();
    let board = read.board(incident).await?;
    let kinds = read.kinds_that_looked(incident).await?;
    let at = match round.moment(engine).await {
        Ok(moment) => moment.at,
        Err(_) => engine.0.commands.clock().now(),
    };
    let runs = judge_all(&round, &board, &kinds, at);
    let diagnosis = rounds::conclude(&round.cluster, &board, &runs, at, round.incident.node.as_ref());
    commands::diagnoses::save(&engine.0.commands, incident, &diagnosis).await?;
    Ok(())
}

fn judge_all(
    round: &Round,
    board: &Board,
    kinds: &BTreeSet<String>,
    at: crate::domain::time::Timestamp,
) -> Vec<RoundRun> {
    let cx = JudgeContext {
        cluster: &round.cluster,
        board,
        at,
        window_ms: super::window_ms(round.incident.opened_at, at),
        suspect: round.incident.node.as_ref(),
    };
    let end = |judgement: Option<_>| match judgement {
        Some(judgement) => RunEnd::Judged { judgement },
        None => RunEnd::CouldNotRun { reason: Message::new("run-judge-failed") },
    };
    let mut runs: Vec<RoundRun> = Vec::new();
    for check in REGISTRY.iter().copied().filter(|check| kinds.contains(check.kind())) {
        if check.scope() == Scope::Cluster {
            runs.push((check.kind(), None, end(judged(check, None, &cx))));
            continue;
        }
        for node in &round.cluster.nodes {
            if board.get(check.kind(), &node.name).is_some() {
                runs.push((check.kind(), Some(node.name.clone()), end(judged(check, Some(&node.name), &cx))));
            } else {
                let missing = board.missing.get(check.kind()).and_then(|nodes| nodes.get(&node.name)).cloned();
                let reason = missing.unwrap_or_else(|| Message::new("run-no-evidence"));
                runs.push((check.kind(), Some(node.name.clone()), RunEnd::CouldNotRun { reason }));
            }
        }
    }
    runs
}
