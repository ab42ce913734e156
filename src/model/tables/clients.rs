//! Client connections before and after, and who must be told. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::NodeName;
use crate::domain::observed::ClientSeen;
use crate::domain::time::Timestamp;
use crate::model::ClusterModel;

/// Connections just before the outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// The moment.
    pub at: Timestamp,
    /// SDK connections over all nodes.
    pub total: i64,
}

/// SDK connections of a node at the moment judged.
#[must_use]
pub fn sdk_now(model: &ClusterModel<'_>, index: usize) -> Option<i64> {
    let node = &model.nodes[index];
    let counted = node.clients.and_then(|clients| clients.sdk);
    counted.or_else(|| node.logs.and_then(|logs| logs.connection_history.last().map(|(_, sdk, _)| *sdk)))
}

/// SDK connections over all nodes just before the first node fell silent; `None` if none did or nothing tells.
#[must_use]
pub fn before_outage(model: &ClusterModel<'_>) -> Option<Before> {
    let silent = (0..model.nodes.len())
        .filter(|index| !model.states[*index].is_running())
        .filter_map(|index| model.nodes[index].last_stamp)
        .min()?;
    let moment = silent.plus_millis(-2_000);
    let mut total = 0;
    for index in 0..model.nodes.len() {
        let (_, sdk) = history(model, index).filter(|(at, _)| *at <= moment).last()?;
        total += sdk;
    }
    Some(Before { at: silent, total })
}

/// SDK connections of a node over time, from its logs.
pub fn history<'p>(model: &'p ClusterModel<'_>, index: usize) -> impl Iterator<Item = (Timestamp, i64)> + 'p {
    let node = &model.nodes[index];
    let logged = node.logs.map(|logs| &logs.connection_history).filter(|history| !history.is_empty());
    let other = node.clients.map(|clients| &clients.history);
    logged.or(other).into_iter().flatten().map(|(at, sdk, _)| (*at, *sdk))
}

/// A client address and where it is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPlace {
    /// Its address.
    pub ip: String,
    /// Applications named by its connections.
    pub apps: Vec<String>,
    /// SDK versions.
    pub versions: Vec<String>,
    /// Nodes it is connected to.
    pub nodes: Vec<NodeName>,
    /// Connections.
    pub connections: usize,
}

/// Every client address, those on one node only first: whom to tell or restart if that node goes.
#[must_use]
pub fn places(model: &ClusterModel<'_>) -> Vec<ClientPlace> {
    let mut by_ip: BTreeMap<&str, Vec<(&NodeName, &ClientSeen)>> = BTreeMap::new();
    for node in &model.nodes {
        for client in node.clients.into_iter().flat_map(|clients| &clients.connections) {
            if !client.is_of_a_node() {
                by_ip.entry(&client.ip).or_default().push((node.name, client));
            }
        }
    }
    let mut places: Vec<ClientPlace> = by_ip
        .into_iter()
        .map(|(ip, seen)| {
            let set = |pick: &dyn Fn(&ClientSeen) -> Option<String>| {
                seen.iter().filter_map(|(_, client)| pick(client)).collect::<BTreeSet<_>>().into_iter().collect()
            };
            let nodes: BTreeSet<&NodeName> = seen.iter().map(|(node, _)| *node).collect();
            ClientPlace {
                ip: ip.to_owned(),
                apps: set(&|client| client.app.clone().filter(|app| !app.is_empty() && app != "unknown")),
                versions: set(&|client| client.version.clone()),
                nodes: nodes.into_iter().cloned().collect(),
                connections: seen.len(),
            }
        })
        .collect();
    places.sort_by_key(|place| (place.nodes.len(), place.ip.clone()));
    places
}
