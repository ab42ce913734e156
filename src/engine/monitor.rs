//! Samples of incidents whose monitor runs, saved a moment at a time: the watcher takes them.

use std::collections::BTreeMap;

use super::{Engine, EngineError};
use crate::commands;
use crate::commands::monitor::Settling;
use crate::domain::cluster::Cluster;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::impact::was_unseen;
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;
use crate::model::stability;

/// Samples that wait to be saved, with what they mean for the monitor.
pub(super) struct Unsaved {
    incident: IncidentId,
    samples: Vec<(NodeName, SampleSeen)>,
    settling: Settling,
    bytes: usize,
}

/// Saves one sample of every node of the cluster of an incident that is watched.
pub(super) async fn save(
    engine: &Engine,
    incident: IncidentId,
    cluster: &Cluster,
    samples: Vec<(NodeName, SampleSeen)>,
    at: Timestamp,
) -> Result<(), EngineError> {
    let mut series = engine.0.commands.read().observations(incident).await?.samples;
    for (node, sample) in engine.unsaved_samples(incident) {
        series.entry(node).or_default().push(sample);
    }
    // Of the moment of the sample before: that nobody looked since then is what this one may tell.
    let newest = series.values().filter_map(|all| all.last().map(|sample| sample.at)).max().unwrap_or(at);
    let before = stability::stability(&whole(cluster, &series), newest, 0);
    for (node, sample) in &samples {
        series.entry(node.clone()).or_default().push(sample.clone());
    }
    let after = stability::stability(&whole(cluster, &series), at, 0);
    let flapped = match (&before.stable_since, &after.last_flap) {
        // Where every look comes that late, nothing was stable, and nothing new is to be told each time.
        (Some(since), Some((when, why))) if *when == at && (!was_unseen(why) || *since < newest) => Some(why.clone()),
        _ => None,
    };
    let unsettled = after.stable_since.is_none() || after.stable_since == Some(at);
    let troubled = after.well_since.is_none() || after.well_since == Some(at);
    let settling = Settling { unsettled, troubled, flapped };
    let bytes = samples.iter().map(|(_, sample)| serde_json::to_string(sample).map_or(0, |text| text.len())).sum();
    let unsaved = Unsaved { incident, samples, settling, bytes };
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
pub(super) async fn catch_up(engine: &Engine) {
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
    let Unsaved { incident, samples, settling, .. } = unsaved;
    let (commands, samples, settling) = (&engine.0.commands, samples.clone(), settling.clone());
    Ok(commands::monitor::save_samples(commands, *incident, samples, settling).await?)
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
fn whole(cluster: &Cluster, series: &BTreeMap<NodeName, Vec<SampleSeen>>) -> Vec<(NodeName, Vec<SampleSeen>)> {
    let nodes = cluster.nodes.iter().map(|node| &node.name);
    nodes.map(|name| (name.clone(), series.get(name).cloned().unwrap_or_default())).collect()
}
