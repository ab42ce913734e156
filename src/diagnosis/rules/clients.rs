//! Clients that are not back, and clients that sit on too few nodes.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, about, requires};
use crate::domain::code::Code;
use crate::model::ClusterModel;
use crate::model::tables::clients::{self, OnOneNode, Spread};
use crate::nacos::timing;

/// Below this many connections a node the spread says nothing.
const FEW_PER_NODE: i64 = 10;

/// That many hosts of one application do not meet on one node by chance.
const MANY_HOSTS: usize = 8;

/// Fewer connections than these may be gone for any reason.
const FEW_BEFORE: i64 = 5;

/// What is wrong with the connections of clients; nothing where no node tells of them.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let spread = clients::spread(model);
    if spread.counts.is_empty() {
        return Vec::new();
    }
    let apps = clients::on_one_node(model).into_iter().filter_map(|app| APPS.case(model, &app));
    let all = [RETURN.case(model, &spread), SPREAD.case(model, &spread)];
    all.into_iter().flatten().chain(apps).collect()
}

/// Whether those from before the outage are back.
pub static RETURN: Chain<Spread> = Chain {
    rules: &[&MANY_MISSING, &SOME_MISSING],
    fill: |_, spread, message| {
        let before = before(spread);
        message.with("before", before).with("now", spread.total).with("missing", before - spread.total)
    },
    ..Chain::PLAIN
};

static MANY_MISSING: Rule<Spread> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("outage-with-known-connections", outage),
        requires("every-running-node-counts", every_node_counts),
        requires("connections-before", connections_before),
        requires("fewer-than-before", fewer_than_before),
        requires("time-to-come-back", time_to_come_back),
        requires("many-are-missing", |_, spread| Seen::of(spread.total * 100 < before(spread) * 80)),
    ],
    |_, _| "finding-clients-missing",
)
.warn()
.likely();

static SOME_MISSING: Rule<Spread> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("outage-with-known-connections", outage),
        requires("every-running-node-counts", every_node_counts),
        requires("connections-before", connections_before),
        requires("fewer-than-before", fewer_than_before),
        requires("time-to-come-back", time_to_come_back),
    ],
    |_, _| "finding-clients-missing",
)
.advice()
.likely();

fn before(spread: &Spread) -> i64 {
    spread.before.map_or(0, |before| before.total)
}

fn outage(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.before.is_some())
}

fn every_node_counts(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.uncounted.is_empty())
}

fn connections_before(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(before(spread) >= FEW_BEFORE)
}

fn fewer_than_before(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    if spread.total * 100 < before(spread) * 95 { Seen::Yes(spread.evidence.clone()) } else { Seen::No }
}

fn time_to_come_back(model: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.before.is_some_and(|before| model.age_ms(before.at) >= timing::CLIENTS_BACK_MS))
}

/// How they are spread over the nodes.
pub static SPREAD: Chain<Spread> = Chain {
    rules: &[&SKEWED, &SKEWED_OF_FEW],
    fill: |model, spread, message| {
        let fullest = spread.fullest();
        message
            .with("node", fullest.map_or("–", |(node, _)| model.nodes[node].name.0.as_str()))
            .with("most", fullest.map_or(0, |(_, most)| most))
            .with("total", spread.total)
            .with("nodes", spread.nodes())
    },
    nodes: |_, spread| (spread.fullest().map(|(node, _)| node), None),
    ..Chain::PLAIN
};

static SKEWED: Rule<Spread> = Rule::fail(
    Code::ClientsSkewed,
    &[
        about("several-nodes-count", several_nodes_count),
        requires("far-above-its-share", far_above_its_share),
        requires("enough-connections", |_, spread| Seen::of(spread.total >= FEW_PER_NODE * spread.nodes())),
    ],
    |_, _| "finding-clients-skewed",
)
.warn();

static SKEWED_OF_FEW: Rule<Spread> = Rule::fail(
    Code::ClientsSkewed,
    &[about("several-nodes-count", several_nodes_count), requires("far-above-its-share", far_above_its_share)],
    |_, _| "finding-clients-skewed",
)
.advice();

fn several_nodes_count(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.nodes() > 1)
}

fn far_above_its_share(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    let most = spread.fullest().map_or(0, |(_, most)| most);
    let above = spread.total != 0 && most * spread.nodes() * 10 > spread.total * 13;
    if above { Seen::Yes(spread.evidence.clone()) } else { Seen::No }
}

/// Where the clients of one application are connected: chance spreads clients that know all nodes.
pub static APPS: Chain<OnOneNode> = Chain {
    rules: &[&KNOWS_ONE_NODE],
    fill: |model, app, message| {
        message.with("node", model.nodes[app.node].name).with("app", &app.app).with("hosts", app.hosts)
    },
    nodes: |_, app| (Some(app.node), None),
    ..Chain::PLAIN
};

static KNOWS_ONE_NODE: Rule<OnOneNode> = Rule::fail(
    Code::ClientsSingleServer,
    &[
        requires("all-its-clients-on-one-node", |_, app: &OnOneNode| Seen::Yes(app.evidence.clone())),
        requires("runs-on-many-hosts", |_, app| Seen::of(app.hosts >= MANY_HOSTS)),
        requires("other-nodes-took-in-clients", |_, app| Seen::of(app.others_took_in)),
    ],
    |_, _| "finding-clients-single-server",
)
.advice();

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::id::{ClusterId, NodeName};
    use crate::domain::incident::WINDOW_MS;
    use crate::domain::observed::{ClientSeen, ClientsSeen, LogsSeen, Observations, Observed};
    use crate::domain::time::Timestamp;

    const AT: i64 = 1_800_000_000_000;

    fn client(ip: u8, app: &str, created_s: i64) -> ClientSeen {
        ClientSeen {
            id: format!("{ip}_{app}"),
            ip: format!("10.1.0.{ip}"),
            module: None,
            source: Some("sdk".into()),
            app: Some(app.to_owned()),
            version: None,
            created: Some(Timestamp::from_millis(AT - created_s * 1000)),
        }
    }

    fn judged(clients: [Vec<ClientSeen>; 2]) -> Vec<String> {
        let mut observations = Observations::default();
        let mut nodes = Vec::new();
        for (index, connections) in clients.into_iter().enumerate() {
            let name = NodeName(format!("n{}", index + 1));
            let seen = ClientsSeen {
                sdk: i64::try_from(connections.len()).ok(),
                cluster: None,
                from: "loader".into(),
                connections,
                history: Vec::new(),
            };
            let at = Timestamp::from_millis(AT);
            let logs = LogsSeen {
                unstamped: None,
                beginnings: None,
                from: at,
                to: at,
                files: Vec::new(),
                unreadable: Vec::new(),
                hits: Vec::new(),
                unknown: Vec::new(),
                last_stamp: Some(at),
                last_heartbeat: Some(at),
                connection_history: Vec::new(),
                stalls: Vec::new(),
                zone_offset_s: 0,
                clock_offset_ms: None,
                peer_clock_offsets: BTreeMap::new(),
                zone_derived: true,
                aligned_ms: 0,
            };
            observations.put("clients.connections", name.clone(), Observed::Clients(seen));
            observations.put("logs.signatures", name.clone(), Observed::Logs(logs));
            nodes.push(NodeSpec { name, api: None, files: FileSource::None });
        }
        let cluster = Cluster {
            id: ClusterId(0),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
        };
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&cluster, &observations, at, WINDOW_MS);
        cases(&model)
            .into_iter()
            .filter(|one| one.code == Code::ClientsSingleServer)
            .map(|one| one.summary.args["app"].clone())
            .collect()
    }

    #[test]
    fn an_application_that_sits_on_one_node_by_no_chance_is_told() {
        let orders = || (1..=9).map(|ip| client(ip, "orders", 100)).collect::<Vec<_>>();
        assert_eq!(judged([orders(), vec![client(50, "users", 500)]]), ["orders"]);
        // The other node came up only after they had connected.
        assert!(judged([orders(), vec![client(50, "users", 20)]]).is_empty());
        assert!(judged([orders(), vec![client(50, "users", 500), client(10, "orders", 100)]]).is_empty());
        assert!(judged([orders().split_off(4), vec![client(50, "users", 500)]]).is_empty(), "too few");
    }
}
