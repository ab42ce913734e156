//! What was seen of each node, and under which address the others know it: the first phase of the model.

use std::collections::{BTreeMap, BTreeSet};

use super::address::{self, Address};
use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
use crate::domain::id::NodeName;
use crate::domain::observed::{
    ClientsSeen, ClusterConfSeen, ConfWriter, DoorsSeen, HttpSeen, LogsSeen, Observations, Observed, PeerPortsSeen,
    PortRole, PortsSeen, PropertiesSeen, SampleSeen, SignatureHits, StopSeen, Value, ViewSeen,
};
use crate::domain::time::Timestamp;
use crate::domain::watched::ClientsWatchedSeen;
use crate::nacos::signatures::{Role, SignatureId, has_role};

/// Everything seen of one node.
#[derive(Clone, Debug)]
pub struct NodeModel<'a> {
    /// Its name.
    pub name: &'a NodeName,
    /// Its inventory entry.
    pub spec: &'a NodeSpec,
    /// Process, file ends, traces.
    pub stop: Option<&'a StopSeen>,
    /// Its API.
    pub view: Option<&'a ViewSeen>,
    /// Its log window.
    pub logs: Option<&'a LogsSeen>,
    /// Its `cluster.conf`.
    pub conf: Option<&'a ClusterConfSeen>,
    /// Its effective settings.
    pub properties: Option<&'a PropertiesSeen>,
    /// Its ports from here.
    pub ports: Option<&'a PortsSeen>,
    /// Its client connections.
    pub clients: Option<&'a ClientsSeen>,
    /// What the watcher counted of them over time.
    pub watched: Option<&'a ClientsWatchedSeen>,
    /// Its share of the requests through the front doors.
    pub doors: Option<&'a DoorsSeen>,
    /// Its newest sample.
    pub sample: Option<&'a SampleSeen>,
    /// The address it has in the cluster, where it could be found out.
    pub address: Option<Address>,
    /// Other addresses that mean this node (that of the inventory).
    aliases: Vec<Address>,
    /// Newest stamp over all its files, in the cluster's time (clock offset taken off).
    pub last_stamp: Option<Timestamp>,
    /// Last `Nacos started successfully`.
    pub started: Option<Timestamp>,
    /// A node before it that what was given for this one belongs to: the same folder, or a copy of it, or the same API. That
    /// part of it counts as not seen.
    pub given_for: Option<usize>,
}

/// All nodes.
#[derive(Clone, Debug)]
pub struct Addressed<'a> {
    /// The inventory.
    pub cluster: &'a Cluster,
    /// What was seen.
    pub observations: &'a Observations,
    /// The moment judged.
    pub as_of: Timestamp,
    /// Length of the window, milliseconds.
    pub window_ms: i64,
    /// In the order of the inventory.
    pub nodes: Vec<NodeModel<'a>>,
}

impl<'a> Addressed<'a> {
    pub(super) fn build(
        cluster: &'a Cluster,
        observations: &'a Observations,
        as_of: Timestamp,
        window_ms: i64,
    ) -> Self {
        let nodes = nodes(cluster, observations);
        Self { cluster, observations, as_of, window_ms, nodes }
    }

    /// The first moment of the window.
    #[must_use]
    pub fn window_begin(&self) -> Timestamp {
        self.as_of.plus_millis(-self.window_ms)
    }

    /// The index of the node of that name.
    #[must_use]
    pub fn index(&self, name: &NodeName) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// The node that an address in a log line or a Raft group means, by host and any of its ports.
    #[must_use]
    pub fn owner(&self, text: &str) -> Option<usize> {
        let (host, port) = address::split(text)?;
        let by_host: Vec<usize> =
            (0..self.nodes.len()).filter(|index| self.nodes[*index].addresses().any(|own| own.host == host)).collect();
        match (by_host.as_slice(), port) {
            ([], _) => None,
            ([one], _) => Some(*one),
            (several, Some(port)) => several.iter().copied().find(|index| {
                self.nodes[*index].addresses().any(|own| own.host == host && address::role(own.port, port).is_some())
            }),
            (_, None) => None,
        }
    }

    /// The node that is exactly this member (`host:port` of the main port).
    #[must_use]
    pub fn member(&self, text: &str) -> Option<usize> {
        let (host, port) = address::split(text)?;
        (0..self.nodes.len()).find(|index| {
            self.nodes[*index].addresses().any(|own| own.host == host && port.is_none_or(|port| port == own.port))
        })
    }

    /// The node that another reached for, by its name or as a member.
    #[must_use]
    pub fn reached(&self, peer: &PeerPortsSeen) -> Option<usize> {
        self.index(&peer.node).or_else(|| self.member(&peer.node.0))
    }

    /// The node that votes under this Raft address (`host:port` of the Raft port).
    #[must_use]
    pub fn voter(&self, text: &str) -> Option<usize> {
        let (host, port) = address::split(text)?;
        (0..self.nodes.len()).find(|index| {
            self.nodes[*index]
                .addresses()
                .any(|own| own.host == host && port.is_none_or(|port| address::port(own.port, PortRole::Raft) == port))
        })
    }

    /// Names of nodes, joined for a sentence; a dash if there are none.
    #[must_use]
    pub fn names(&self, nodes: &[usize]) -> String {
        if nodes.is_empty() {
            return "–".to_owned();
        }
        nodes.iter().map(|index| self.nodes[*index].name.0.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// How long before the moment judged `stamp` is, milliseconds.
    #[must_use]
    pub fn age_ms(&self, stamp: Timestamp) -> i64 {
        self.as_of.millis_since(stamp)
    }
}

impl NodeModel<'_> {
    /// Its address and every alias.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.address.iter().chain(self.aliases.iter())
    }

    /// Its own main port, or the default one.
    #[must_use]
    pub fn main_port(&self) -> u16 {
        self.address
            .as_ref()
            .map(|address| address.port)
            .or_else(|| self.spec.api.as_ref().map(|api| api.port))
            .unwrap_or(8848)
    }

    /// Hits of that signature.
    pub fn hits(&self, id: SignatureId) -> impl Iterator<Item = &SignatureHits> {
        self.logs.into_iter().flat_map(|logs| &logs.hits).filter(move |hits| hits.signature == id)
    }

    /// Hits of all signatures with that role.
    pub fn hits_of(&self, role: Role) -> impl Iterator<Item = &SignatureHits> {
        self.logs.into_iter().flat_map(|logs| &logs.hits).filter(move |hits| has_role(&hits.signature, role))
    }

    /// The plain value of a property.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<&str> {
        self.properties?.entries.iter().find(|entry| entry.key == key || entry.written_key == key).and_then(|entry| {
            match &entry.value {
                Value::Plain { text } => Some(text.as_str()),
                Value::Hashed { .. } | Value::Empty | Value::Unknown { .. } => None,
            }
        })
    }

    /// What writes its `cluster.conf` anew at each start: by the environment of its process, or by one that somebody handed in.
    #[must_use]
    pub fn conf_writer(&self) -> Option<&ConfWriter> {
        let own = self.properties.and_then(|seen| seen.written_from.as_ref());
        own.or_else(|| self.conf.and_then(|conf| conf.written_from.as_ref()))
    }

    /// What was taken off its stamps where they were read, milliseconds.
    #[must_use]
    pub fn aligned_ms(&self) -> i64 {
        let stop = self.stop.map(|stop| stop.aligned_ms).filter(|ahead_ms| *ahead_ms != 0);
        stop.or_else(|| self.logs.map(|logs| logs.aligned_ms)).unwrap_or(0)
    }

    /// Brings the end of its logs to the clock of its peers, where no stamp was brought to anything.
    fn align_end(&mut self) {
        let offset = self.logs.and_then(|logs| logs.clock_offset_ms).unwrap_or(0);
        self.last_stamp = self.last_stamp.map(|stamp| stamp.plus_millis(-offset));
    }

    /// True if its settings name an external database as the storage.
    fn names_a_database(&self) -> bool {
        let entries = self.properties.into_iter().flat_map(|seen| &seen.entries);
        let mut platform = entries.filter(|entry| entry.key == "spring.sql.init.platform");
        platform.any(|entry| matches!(&entry.value, Value::Plain { text } if !matches!(text.trim(), "" | "derby")))
    }

    /// True if its API answered as Nacos.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.view.is_some_and(|view| {
            let said = |http: &Option<HttpSeen>| {
                http.as_ref().is_some_and(|http| http.status == Some(200) && http.failure.is_none())
            };
            view.api.is_some()
                || !view.members.is_empty()
                || view.metrics.is_some()
                || view.ready.is_some()
                || said(&view.liveness)
        }) || self.sample.is_some_and(|sample| sample.alive)
    }

    /// True if its storage is the embedded one: configuration then lives in a Raft group.
    #[must_use]
    pub fn embedded_storage(&self) -> bool {
        // A database that the settings name wins over the flag of the start.
        if self.names_a_database() {
            return false;
        }
        if let Some(storage) = self.properties.and_then(|seen| seen.flags.get("storage")) {
            return storage == "embedded";
        }
        let groups = self.view.is_some_and(|view| view.raft.iter().any(|group| group.group == "nacos_config"));
        let banner = self.stop.is_some_and(|stop| {
            stop.traces
                .iter()
                .any(|trace| trace.signature == SignatureId::STARTED && trace.text.contains("embedded storage"))
        });
        let logged =
            self.logs.is_some_and(|logs| logs.hits.iter().any(|hits| hits.group.as_deref() == Some("nacos_config")));
        groups || banner || logged
    }
}

/// Takes away what was given for a node and is that of another one: it would be a witness for itself.
fn set_twins_aside(nodes: &mut [NodeModel<'_>]) {
    for later in 1..nodes.len() {
        let (before, rest) = nodes.split_at_mut(later);
        let node = &mut rest[0];
        for (index, other) in before.iter().enumerate() {
            if has_same_files(other, node) {
                node.given_for = Some(index);
                (node.stop, node.logs, node.conf, node.properties) = (None, None, None, None);
                (node.last_stamp, node.started) = (None, None);
            }
            if node.spec.api.is_some() && has_same_api(other, node) {
                node.given_for = Some(index);
                (node.view, node.ports, node.clients, node.doors, node.sample) = (None, None, None, None, None);
                node.watched = None;
            }
        }
    }
}

/// The same folder; or files that name the same address as their own, and of which all that was read is the same.
fn has_same_files(one: &NodeModel<'_>, other: &NodeModel<'_>) -> bool {
    if one.spec.files != FileSource::None && one.spec.files == other.spec.files {
        return true;
    }
    let own = one.stop.and_then(|stop| stop.self_address.as_ref());
    let begins = one.logs.and_then(|logs| logs.beginnings.as_ref());
    own.is_some() && begins.is_some() && one.logs == other.logs && one.stop == other.stop
}

fn has_same_api(one: &NodeModel<'_>, other: &NodeModel<'_>) -> bool {
    let [one, other] = [one, other].map(|node| node.spec.api.as_ref().map(|api| (&api.host, api.port)));
    one == other
}

/// Every node of the inventory, its stamps brought to one clock, its address found out.
fn nodes<'a>(cluster: &'a Cluster, observations: &'a Observations) -> Vec<NodeModel<'a>> {
    let mut nodes: Vec<NodeModel<'a>> = cluster.nodes.iter().map(|spec| node_model(spec, observations)).collect();
    if !nodes.iter().any(|node| node.aligned_ms() != 0) {
        nodes.iter_mut().for_each(NodeModel::align_end);
    }
    set_twins_aside(&mut nodes);
    resolve_addresses(&mut nodes);
    nodes
}

fn node_model<'a>(spec: &'a NodeSpec, observations: &'a Observations) -> NodeModel<'a> {
    macro_rules! seen {
        ($kind:literal, $variant:ident) => {
            match observations.get($kind, &spec.name) {
                Some(Observed::$variant(seen)) => Some(seen),
                _ => None,
            }
        };
    }
    let stop = seen!("node.stop", Stop);
    let logs = seen!("logs.signatures", Logs);
    let view = seen!("node.view", View);
    let stamps = [
        logs.and_then(|logs| logs.last_stamp),
        logs.and_then(|logs| logs.last_heartbeat),
        stop.and_then(|stop| stop.ends.iter().filter_map(|end| end.last_stamp).max()),
    ];
    let started = [
        stop.and_then(|stop| stop.last_started),
        stop.and_then(|stop| {
            stop.traces
                .iter()
                .filter(|trace| trace.signature == SignatureId::STARTED)
                .filter_map(|trace| trace.at)
                .max()
        }),
        // A round that came to its logs and not to its process and files tells of its start there.
        logs.and_then(|logs| {
            let lines = logs.hits.iter().filter(|hits| hits.signature == SignatureId::STARTED);
            lines.filter_map(|hits| hits.last).max()
        }),
    ];
    // The address that the other nodes use comes first: it is the one that members and log lines name.
    let as_peers = spec.api.iter().filter_map(|api| api.published.peer.as_ref()).map(|at| (&at.host, at.port));
    let aliases = as_peers
        .chain(spec.api.iter().map(|api| (&api.host, api.port)))
        .map(|(host, port)| Address { host: host.to_ascii_lowercase(), port })
        .collect();
    NodeModel {
        name: &spec.name,
        spec,
        stop,
        view,
        logs,
        conf: seen!("config.cluster_conf", ClusterConf),
        properties: seen!("config.properties", Properties),
        ports: seen!("net.ports", Ports),
        clients: seen!("clients.connections", Clients),
        watched: seen!("clients.watched", Watched),
        doors: seen!("door.requests", Doors),
        sample: seen!("monitor.sample", Sample),
        address: None,
        aliases,
        last_stamp: stamps.into_iter().flatten().max(),
        started: started.into_iter().flatten().max(),
        given_for: None,
    }
}

/// Finds out under which address each node is known to its peers: told by itself, named in its own Raft lines, set in its
/// files; at last by elimination among the members of its `cluster.conf`.
fn resolve_addresses(nodes: &mut [NodeModel<'_>]) {
    for node in nodes.iter_mut() {
        node.address = told_by_itself(node);
    }
    let members: BTreeSet<Address> = nodes
        .iter()
        .filter_map(|node| node.conf)
        .flat_map(|conf| conf.members.iter())
        .filter_map(|member| as_main(member))
        .collect();
    for node in nodes.iter_mut().filter(|node| node.address.is_none()) {
        node.address = node.aliases.iter().find(|alias| members.contains(alias)).cloned();
    }
    loop {
        let claimed: BTreeSet<Address> = nodes.iter().filter_map(|node| node.address.clone()).collect();
        let open: BTreeSet<&Address> = members.iter().filter(|one| !claimed.contains(one)).collect();
        let mut possible: Vec<(usize, Vec<Address>)> = Vec::new();
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.address.is_none()) {
            let peers = named_peers(node);
            let own: BTreeSet<Address> = match node.conf.filter(|conf| !conf.members.is_empty()) {
                Some(conf) => conf.members.iter().filter_map(|member| as_main(member)).collect(),
                None => members.clone(),
            };
            let left = own.into_iter().filter(|one| !claimed.contains(one) && !peers.contains(&one.host));
            possible.push((index, left.collect()));
        }
        let only_one_left = possible.iter().find_map(|(index, left)| match left.as_slice() {
            [only] => Some((*index, only.clone())),
            _ => None,
        });
        // Where there are as many nodes as members left, a member that only one node can be is that node.
        let only_one_can = || {
            open.iter().filter(|_| open.len() == possible.len()).find_map(|address| {
                let mut can = possible.iter().filter(|(_, left)| left.contains(address));
                can.next().filter(|_| can.next().is_none()).map(|(index, _)| (*index, (*address).clone()))
            })
        };
        match only_one_left.or_else(only_one_can) {
            Some((index, address)) => nodes[index].address = Some(address),
            None => break,
        }
    }
    for node in nodes.iter_mut().filter(|node| node.address.is_none()) {
        node.address = node.aliases.first().cloned();
    }
}

fn told_by_itself(node: &NodeModel<'_>) -> Option<Address> {
    let view = node.view.and_then(|view| view.self_address.as_deref()).and_then(as_main);
    let banner = node.stop.and_then(|stop| stop.self_address.as_deref()).and_then(|text| banner_address(node, text));
    view.or(banner).or_else(|| own_raft_address(node)).or_else(|| Some(set_address(node)?.1))
}

/// The address of a start banner. From 3.0 on it names the port of the console: the main port is then that of the member with
/// this host.
fn banner_address(node: &NodeModel<'_>, text: &str) -> Option<Address> {
    let told = as_main(text)?;
    let members: Vec<Address> =
        node.conf.into_iter().flat_map(|conf| &conf.members).filter_map(|one| as_main(one)).collect();
    if members.contains(&told) {
        return Some(told);
    }
    let same_host: Vec<&Address> = members.iter().filter(|member| member.host == told.host).collect();
    match same_host.as_slice() {
        [only] => Some((*only).clone()),
        _ => {
            let own = own_raft_address(node).filter(|own| own.host == told.host);
            own.or_else(|| Some(set_address(node)?.1)).or(Some(told))
        }
    }
}

/// `self` of its own Raft lines, most often named.
fn own_raft_address(node: &NodeModel<'_>) -> Option<Address> {
    let mut counts: BTreeMap<Address, u64> = BTreeMap::new();
    for hits in node.logs.into_iter().flat_map(|logs| &logs.hits) {
        for text in hits.samples.iter().filter_map(|sample| sample.captures.get("self")) {
            if let Some((host, Some(port))) = address::split(text) {
                *counts.entry(Address { host, port: port.saturating_add(1000) }).or_default() += hits.count;
            }
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(address, _)| address)
}

/// The address that its settings give a node, with the name of the setting.
#[must_use]
pub fn set_address(node: &NodeModel<'_>) -> Option<(&'static str, Address)> {
    let mut keys = ["nacos.server.ip", "nacos.inetutils.ip-address"].into_iter();
    let (name, host) = keys.find_map(|key| Some((key, node.property(key)?)))?;
    let port = ["server.port", "nacos.server.main.port"]
        .into_iter()
        .find_map(|key| node.property(key))
        .and_then(|port| port.parse().ok())
        .unwrap_or(8848);
    (!host.is_empty()).then(|| (name, Address { host: host.to_ascii_lowercase(), port }))
}

fn as_main(member: &str) -> Option<Address> {
    let (host, port) = address::split(member)?;
    Some(Address { host, port: port.unwrap_or(8848) })
}

/// Hosts that the node's own lines call a peer.
fn named_peers(node: &NodeModel<'_>) -> BTreeSet<String> {
    node.logs
        .into_iter()
        .flat_map(|logs| &logs.hits)
        .filter_map(|hits| hits.peer_text())
        .filter_map(address::split)
        .map(|(host, _)| host)
        .collect()
}
