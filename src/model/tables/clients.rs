//! Client connections before and after, and who must be told. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::EvidenceRef;
use crate::domain::id::NodeName;
use crate::domain::observed::ClientSeen;
use crate::domain::time::Timestamp;
use crate::model::{ClusterModel, cite};
use crate::nacos::timing;

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
    let moment = silent.plus_millis(-timing::COUNTED_BEFORE_MS);
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

/// The connections of running nodes at the moment judged.
#[derive(Clone, Debug)]
pub struct Spread {
    /// SDK connections by node; those that do not tell theirs are left out.
    pub counts: Vec<(usize, i64)>,
    /// Running nodes that do not tell theirs.
    pub uncounted: Vec<usize>,
    /// All that are counted.
    pub total: i64,
    /// Connections before the outage, where there is one and they are known.
    pub before: Option<Before>,
    /// The counts, to be shown.
    pub evidence: Vec<EvidenceRef>,
}

impl Spread {
    /// The node with the most connections, and how many it has.
    #[must_use]
    pub fn fullest(&self) -> Option<(usize, i64)> {
        self.counts.iter().copied().max_by_key(|(_, count)| *count)
    }

    /// Nodes that are counted, at least one.
    #[must_use]
    pub fn nodes(&self) -> i64 {
        i64::try_from(self.counts.len()).unwrap_or(1).max(1)
    }
}

/// How the connections are spread over running nodes.
#[must_use]
pub fn spread(model: &ClusterModel<'_>) -> Spread {
    let running = model.running();
    let count = |index: &usize| sdk_now(model, *index).map(|count| (*index, count));
    let counts: Vec<(usize, i64)> = running.iter().filter_map(count).collect();
    let uncounted = running.into_iter().filter(|index| counts.iter().all(|(node, _)| node != index)).collect();
    let line =
        |(index, count): &(usize, i64)| cite::said(model.nodes[*index].name, "connections", &format!("sdk {count}"));
    Spread {
        uncounted,
        total: counts.iter().map(|(_, count)| count).sum(),
        before: before_outage(model),
        evidence: counts.iter().map(line).collect(),
        counts,
    }
}

/// An application all of whose clients are connected to one node.
#[derive(Clone, Debug)]
pub struct OnOneNode {
    /// The node.
    pub node: usize,
    /// The name that its clients tell.
    pub app: String,
    /// Hosts it runs on.
    pub hosts: usize,
    /// True if every other running node took in clients before the newest of these connected: it could have been chosen.
    pub others_took_in: bool,
    /// The same, to be shown.
    pub evidence: Vec<EvidenceRef>,
}

/// Applications all of whose clients are connected to one of several nodes; none where a running node does not list its
/// clients. Only clients that tell the name of their application are looked at.
#[must_use]
pub fn on_one_node(model: &ClusterModel<'_>) -> Vec<OnOneNode> {
    let running = model.running();
    let listed = running.iter().all(|index| {
        model.nodes[*index].clients.is_some_and(|clients| clients.sdk == Some(0) || !clients.connections.is_empty())
    });
    if running.len() < 2 || !listed {
        return Vec::new();
    }
    let mut apps: BTreeMap<&str, Vec<(usize, &ClientSeen)>> = BTreeMap::new();
    for index in &running {
        let clients = model.nodes[*index].clients.into_iter().flat_map(|clients| &clients.connections);
        for client in clients.filter(|client| !client.is_of_a_node()) {
            apps.entry(client.app.as_deref().unwrap_or_default()).or_default().push((*index, client));
        }
    }
    let mut found = Vec::new();
    for (app, clients) in apps.iter().filter(|(app, _)| !app.is_empty()) {
        let hosts = clients.iter().map(|(_, client)| client.ip.as_str()).collect::<BTreeSet<_>>().len();
        let Some((node, _)) = clients.first().copied() else { continue };
        if clients.iter().any(|(other, _)| *other != node) {
            continue;
        }
        let newest = clients.iter().filter_map(|(_, client)| client.created).max();
        let others_took_in = running.iter().filter(|other| **other != node).all(|other| {
            let seen = model.nodes[*other].clients;
            let oldest = seen.into_iter().flat_map(|seen| &seen.connections).filter_map(|client| client.created).min();
            oldest.zip(newest).is_some_and(|(oldest, newest)| oldest < newest)
        });
        let text = format!("{app}: {hosts} hosts, on this node only");
        let evidence = vec![cite::said(model.nodes[node].name, "connections", &text)];
        found.push(OnOneNode { node, app: (*app).to_owned(), hosts, others_took_in, evidence });
    }
    found
}
