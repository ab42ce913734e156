//! Client connections over all nodes, now and just before the outage.

use super::{Tables, Unseen, WhereaboutsTable};
use crate::domain::diagnosis::Standing;
use crate::domain::id::NodeName;
use crate::domain::vocabulary::ClientsFrom;
use crate::model::tables::clients;
use crate::web::plumbing::plain::short;

/// Connections of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountRow {
    /// The node.
    pub node: NodeName,
    /// Clients just before the outage, where there is one.
    pub before: Option<i64>,
    /// Clients.
    pub sdk: Option<i64>,
    /// Servers.
    pub cluster: Option<i64>,
    /// Key of the word for where the numbers come from.
    pub from: &'static str,
    /// Its share of all client connections, in percent.
    pub share: Option<i64>,
}

/// Client connections over all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientsTable {
    /// Per node.
    pub counts: Vec<CountRow>,
    /// All together now; `None` if a node was not seen.
    pub total: Option<i64>,
    /// Just before the outage.
    pub before: Option<clients::Before>,
    /// Where each client was then and is now; `None`: there is no moment to compare with, or the watcher named none.
    pub whereabouts: Option<Box<WhereaboutsTable>>,
    /// Client addresses that hold connections to one node only.
    pub single: Vec<clients::ClientPlace>,
    /// All client addresses.
    pub all: Vec<clients::ClientPlace>,
    /// The addresses of [`Self::single`], one a line, for the clipboard.
    pub list: String,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Tables {
    /// Client connections.
    #[must_use]
    pub fn clients(&self) -> ClientsTable {
        let model = self.model();
        let now: Vec<Option<i64>> = (0..model.nodes.len()).map(|index| clients::sdk_now(&model, index)).collect();
        let sum: i64 = now.iter().flatten().sum();
        // A round that no longer looks so far back does not change what there was before.
        let known =
            || before(self.cause.as_ref()?, &model.nodes.iter().map(|node| node.name.clone()).collect::<Vec<_>>());
        let before = clients::before_outage(&model).or_else(known);
        let since = clients::named_since(&model).or_else(|| before.as_ref().map(|before| before.counted_at()));
        let whereabouts = since.and_then(|at| clients::whereabouts(&model, at));
        let whereabouts = whereabouts.map(|all| Box::new(WhereaboutsTable::of(&model, &all, &self.marks)));
        let counts = model
            .nodes
            .iter()
            .zip(&now)
            .enumerate()
            .map(|(index, (node, sdk))| CountRow {
                node: node.name.clone(),
                before: before.as_ref().map(|before| before.counts[index]),
                sdk: *sdk,
                cluster: node
                    .clients
                    .filter(|clients| clients.from != ClientsFrom::Log || model.states[index].is_running())
                    .and_then(|clients| clients.cluster),
                from: match node.clients.map(|clients| &clients.from) {
                    Some(from) => from_key(from),
                    None if sdk.is_some() => "evidence-clients-from-log",
                    None => "evidence-listed-unseen",
                },
                share: sdk.filter(|_| sum > 0).map(|sdk| (sdk * 100 + sum / 2) / sum),
            })
            .collect();
        let all: Vec<clients::ClientPlace> = clients::places(&model).into_iter().map(shown_place).collect();
        let single: Vec<clients::ClientPlace> = all.iter().filter(|place| place.nodes.len() == 1).cloned().collect();
        let list = single.iter().map(client_line).collect::<Vec<_>>().join("\n");
        ClientsTable {
            counts,
            total: now.iter().all(Option::is_some).then_some(sum),
            before,
            whereabouts,
            single,
            all,
            list,
            unseen: self.unseen(&["clients.connections", "clients.watched"]),
        }
    }
}

/// Key of the word for where counts come from.
#[must_use]
pub const fn from_key(from: &ClientsFrom) -> &'static str {
    match from {
        ClientsFrom::Loader => "evidence-clients-from-loader",
        ClientsFrom::Metrics => "evidence-clients-from-metrics",
        ClientsFrom::Log => "evidence-clients-from-log",
        ClientsFrom::Unknown(_) => "evidence-clients-from-other",
    }
}

/// The counts just before the outage as they were known when the cause was named; `None`: not of every node, or not when.
fn before(cause: &Standing, nodes: &[NodeName]) -> Option<clients::Before> {
    let at = cause.nodes.iter().filter_map(|node| node.since).min()?;
    let of = |name: &NodeName| cause.nodes.iter().find(|node| node.node == *name)?.clients_before;
    let counts: Vec<i64> = nodes.iter().map(of).collect::<Option<_>>()?;
    Some(clients::Before { at, total: counts.iter().sum(), counts })
}

fn shown_place(place: clients::ClientPlace) -> clients::ClientPlace {
    clients::ClientPlace {
        ip: short(&place.ip),
        apps: place.apps.iter().map(|app| short(app)).collect(),
        versions: place.versions.iter().map(|version| short(version)).collect(),
        ..place
    }
}

fn client_line(place: &clients::ClientPlace) -> String {
    let node = place.nodes.first().map_or("", |node| node.0.as_str());
    if place.apps.is_empty() {
        format!("{}\t{node}", place.ip)
    } else {
        format!("{}\t{node}\t{}", place.ip, place.apps.join(","))
    }
}
