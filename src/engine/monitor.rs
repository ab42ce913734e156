//! Samples of watched incidents every few seconds, saved a moment at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::MissedTickBehavior;

use super::round::Round;
use super::{Engine, EngineError, SAMPLE_EVERY};
use crate::checks::{self, CheckContext, GatherError};
use crate::commands;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::message::Message;
use crate::domain::observed::{MetricsSeen, Observed, SampleSeen};
use crate::domain::time::Timestamp;
use crate::model::stability;
use crate::rounds;
use crate::sources::Deadline;

/// A sample is over before the next one is due, whatever the cluster's deadline.
const LONGEST: Duration = Duration::from_millis(4500);
/// The kind of check that samples.
const KIND: &str = "monitor.sample";

/// Samples until the engine stops. A failure is said and the next sample is taken all the same.
pub(super) async fn run(engine: Engine) {
    let mut ticks = tokio::time::interval(engine.0.factory.sample_every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = engine.0.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = sample_all(&engine).await {
            tracing::error!(error = %error, "a sample could not be taken or saved");
        }
    }
}

/// Samples that wait to be saved, with what they mean for the monitor.
pub(super) struct Unsaved {
    incident: IncidentId,
    samples: Vec<(NodeName, SampleSeen)>,
    unsettled: bool,
    flapped: Option<Message>,
    bytes: usize,
}

/// One sample of every watched incident, side by side.
pub(super) async fn sample_all(engine: &Engine) -> Result<(), EngineError> {
    catch_up(engine).await;
    let watched = engine.0.commands.read().watched_incidents().await?;
    join_all(watched.into_iter().map(|incident| sample(engine, incident))).await.into_iter().collect()
}

async fn sample(engine: &Engine, incident: IncidentId) -> Result<(), EngineError> {
    let Some(check) = checks::find(KIND) else { return Ok(()) };
    let round = Round::load(engine, incident, Vec::new()).await?;
    let at = engine.0.commands.clock().now();
    let after = LONGEST.min(Duration::from_millis(round.cluster.node_deadline_ms));
    let gathers = round.sources.nodes.iter().map(|source| {
        let context = CheckContext {
            source: source.clone(),
            deadline: Deadline::after(after, engine.0.stop.child_token()),
            at,
            window_ms: i64::try_from(SAMPLE_EVERY.as_millis()).unwrap_or(5000),
            open_end: true,
            zone_hint_s: None,
            ahead_ms: 0,
            secret_key: [0; 32],
        };
        rounds::gather(&engine.0.tracker, check, context, false)
    });
    let mut samples = Vec::new();
    for (_, node, seen) in join_all(gathers).await {
        match seen {
            Ok(Observed::Sample(sample)) => samples.push((node, SampleSeen { at, ..sample })),
            Err(GatherError::TimedOut) => samples.push((node, silent(at))),
            // What cannot be watched is not a sample: the exit criterion then says that it is not complete.
            Ok(_) | Err(GatherError::CouldNotRun(_)) => {}
            Err(GatherError::Cancelled) => return Ok(()),
        }
    }
    if samples.is_empty() {
        return Ok(());
    }
    save(engine, &round, samples, at).await
}

async fn save(
    engine: &Engine,
    round: &Round,
    samples: Vec<(NodeName, SampleSeen)>,
    at: Timestamp,
) -> Result<(), EngineError> {
    let incident = round.incident.id;
    let mut series = engine.0.commands.read().observations(incident).await?.samples;
    for (node, sample) in engine.unsaved_samples(incident) {
        series.entry(node).or_default().push(sample);
    }
    let before = stability::stability(&whole(round, &series), at, 0);
    for (node, sample) in &samples {
        series.entry(node.clone()).or_default().push(sample.clone());
    }
    let after = stability::stability(&whole(round, &series), at, 0);
    let flapped = match (&before.stable_since, &after.last_flap) {
        (Some(_), Some((when, why))) if *when == at => Some(why.clone()),
        _ => None,
    };
    let unsettled = after.stable_since.is_none() || after.stable_since == Some(at);
    let bytes = samples.iter().map(|(_, sample)| serde_json::to_string(sample).map_or(0, |text| text.len())).sum();
    let unsaved = Unsaved { incident, samples, unsettled, flapped, bytes };
    // In their order: the next may count on the one before.
    if engine.state().samples.is_empty() {
        match save_now(engine, &unsaved).await {
            Err(error) if error.passes() => tracing::error!(error = %error, "samples have to wait"),
            other => return other,
        }
    }
    if engine.0.patience.take(bytes) {
        engine.state().samples.push_back(unsaved);
    } else {
        tracing::error!(incident.id = incident.0, "a sample was lost");
    }
    Ok(())
}

/// Saves what waits, as far as it can be.
async fn catch_up(engine: &Engine) {
    loop {
        let Some(first) = engine.state().samples.pop_front() else { return };
        match save_now(engine, &first).await {
            Err(error) if error.passes() => {
                engine.state().samples.push_front(first);
                return;
            }
            Err(error) => tracing::error!(error = %error, "a sample could not be saved"),
            Ok(()) => {}
        }
        engine.0.patience.give_back(first.bytes);
    }
}

async fn save_now(engine: &Engine, unsaved: &Unsaved) -> Result<(), EngineError> {
    let Unsaved { incident, samples, unsettled, flapped, .. } = unsaved;
    let (commands, samples, flapped) = (&engine.0.commands, samples.clone(), flapped.clone());
    Ok(commands::monitor::save_samples(commands, *incident, samples, *unsettled, flapped).await?)
}

impl Engine {
    /// Samples of an incident that wait to be saved.
    fn unsaved_samples(&self, incident: IncidentId) -> Vec<(NodeName, SampleSeen)> {
        let state = self.state();
        let of = state.samples.iter().filter(|unsaved| unsaved.incident == incident);
        of.flat_map(|unsaved| unsaved.samples.clone()).collect()
    }
}

/// Every node of the inventory, also those without a sample.
fn whole(round: &Round, series: &BTreeMap<NodeName, Vec<SampleSeen>>) -> Vec<(NodeName, Vec<SampleSeen>)> {
    let nodes = round.cluster.nodes.iter().map(|node| &node.name);
    nodes.map(|name| (name.clone(), series.get(name).cloned().unwrap_or_default())).collect()
}

fn silent(at: Timestamp) -> SampleSeen {
    SampleSeen {
        at,
        alive: false,
        ready: None,
        members: BTreeMap::new(),
        raft: Vec::new(),
        metrics: MetricsSeen::default(),
        sdk_connections: None,
        errors: None,
        elapsed_ms: 0,
    }
}
