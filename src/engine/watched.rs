//! What the watcher counted of clients around an incident, and whom it saw, read from its looks for the evidence
//! `clients.watched`.
//!
//! # Why
//! What is compared must be counted in the same way. A node that tells its connections is counted by them, as
//! `clients.connections` does; where that is denied, by its metrics, which ask for no credential.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Engine, EngineError};
use crate::domain::cluster::Cluster;
use crate::domain::connected::ConnectedSeen;
use crate::domain::id::NodeName;
use crate::domain::incident::Incident;
use crate::domain::look::Grain;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::ClientsFrom;
use crate::domain::watched::{ClientsWatchedSeen, Watched, WatchedLook};
use crate::store::looks::ClientsLook;

/// What lies further back than this before an incident was opened is of another story, milliseconds.
const BEFORE_MS: i64 = 6 * 3_600_000;
/// Single looks are read so far back, what is kept of minutes further, milliseconds.
const SINGLE_MS: i64 = 24 * 3_600_000;
/// However long an incident stays open, milliseconds.
const LONGEST_MS: i64 = 7 * 24 * 3_600_000;
/// Connections are counted at every second look; one of them may fail.
const HOLDS_LOOKS: u32 = 4;

/// What was counted of each node of the cluster, from some hours before the incident was opened to `at`.
pub(super) async fn clients(
    engine: &Engine,
    cluster: &Cluster,
    incident: &Incident,
    at: Timestamp,
) -> Result<BTreeMap<NodeName, ClientsWatchedSeen>, EngineError> {
    let (from, read) = (begin(incident.opened_at, at), engine.0.commands.read());
    let end = at.plus_millis(1);
    let single = read.clients_looks(cluster.id, Grain::Look, from.max(at.plus_millis(-SINGLE_MS)), end).await?;
    // Single looks are kept for less long than minutes.
    let until = single.first().map_or(end, |look| Grain::Minute.begin(look.at));
    let minutes =
        if from < until { read.clients_looks(cluster.id, Grain::Minute, from, until).await? } else { Vec::new() };
    let connected = read.clients_seen(cluster.id, from).await?;
    let published = read.clients_published(cluster.id, from).await?;
    let single_ms = holds_ms(engine);
    let minute_ms = single_ms.max(Grain::Minute.ms() * 5 / 2);
    let looks: Vec<(&ClientsLook, i64)> =
        minutes.iter().map(|look| (look, minute_ms)).chain(single.iter().map(|look| (look, single_ms))).collect();
    let of = |name: &NodeName| {
        let told = |(look, _): &(&ClientsLook, i64)| look.nodes.get(name).is_some_and(|node| node.sdk.is_some());
        let by = if looks.iter().any(told) { ClientsFrom::Loader } else { ClientsFrom::Metrics };
        let looks: Vec<WatchedLook> =
            looks.iter().filter_map(|(look, holds_ms)| seen(look, *holds_ms, name, &by)).collect();
        let (times, clients) = connected.get(name).cloned().unwrap_or_default();
        let published = published.get(name).cloned().unwrap_or_default();
        let connected = ConnectedSeen::of((from, at), single_ms, times, clients).with_published(at, published);
        ClientsWatchedSeen { connected: Some(connected), ..ClientsWatchedSeen::of((from, at), by, &looks) }
    };
    Ok(cluster.nodes.iter().map(|node| (node.name.clone(), of(&node.name))).collect())
}

/// For how long what a look said of clients speaks if no other look follows, milliseconds.
pub(super) fn holds_ms(engine: &Engine) -> i64 {
    let every = engine.0.watch_every.max(engine.0.factory.sample_every()) * HOLDS_LOOKS;
    millis(every.max(Duration::from_secs(20)))
}

fn begin(opened_at: Timestamp, at: Timestamp) -> Timestamp {
    opened_at.min(at).plus_millis(-BEFORE_MS).max(at.plus_millis(-LONGEST_MS))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// What a look says of a node; `None`: the node could not be asked then.
fn seen(look: &ClientsLook, holds_ms: i64, node: &NodeName, by: &ClientsFrom) -> Option<WatchedLook> {
    let clients = look.nodes.get(node)?;
    let counted = if *by == ClientsFrom::Loader { clients.sdk } else { clients.responsible };
    let seen = match counted {
        _ if !clients.alive => Watched::Silent,
        Some(sdk) => Watched::Counted { sdk },
        None => Watched::Untold,
    };
    Some(WatchedLook { at: look.at, holds_ms, seen })
}
