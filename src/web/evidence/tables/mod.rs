//! Tables over all nodes of an incident: members, properties, ports, views, clients, stops.
//!
//! [`Tables`] holds what was seen last of every node; each table is a page struct made from it by a pure function, and has
//! a template of its own below `templates/evidence/parts/`, so that the run screen can show it too:
//!
//! | struct | template | variables it uses |
//! |---|---|---|
//! | [`MembersTable`] | `evidence/parts/members.html` | `f`, `members` |
//! | [`PropertiesTable`] | `evidence/parts/properties.html` | `f`, `properties` |
//! | [`PortsTable`] | `evidence/parts/ports.html` | `f`, `ports` |
//! | [`ViewsTable`] | `evidence/parts/views.html` | `f`, `views` |
//! | [`ClientsTable`] | `evidence/parts/clients.html` | `f`, `clients` |
//! | [`WhereaboutsTable`] | `evidence/parts/whereabouts.html`, within that of clients | `f`, `who` |
//! | [`StopsTable`] | `evidence/parts/stops.html` | `f`, `stops` |
//!
//! In a template: `{% let ports = item.ports %}{% include "evidence/parts/ports.html" %}`. What a table means is decided in
//! [`crate::diagnosis`], so that pages and verdicts agree; these files only pick shapes and words.

use std::collections::BTreeSet;

use crate::domain::baseline::Baseline;
use crate::domain::client_owner::ClientOwner;
use crate::domain::cluster::Cluster;
use crate::domain::connected::ClientKey;
use crate::domain::diagnosis::Standing;
use crate::domain::id::NodeName;
use crate::domain::incident::Incident;
use crate::domain::message::Message;
use crate::domain::observed::{LogsSeen, Observations, Observed};
use crate::domain::owner_told::Telling;
use crate::domain::time::Timestamp;
use crate::domain::waiver::Waiver;
use crate::model::ClusterModel;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::state::Web;

mod clients;
mod members;
mod ports;
mod properties;
mod stops;
mod views;
mod whereabouts;

pub use clients::{ClientsTable, CountRow, from_key as clients_from_key};
pub use members::{DiffLine, FileDiff, Listed, MemberCell, MemberProblem, MemberRow, MembersTable, diff};
pub use ports::{DoorRow, PortCellView, PortLine, PortTrouble, PortsTable, port_look, role_key};
pub use properties::{DatabasesRow, PropertiesTable, PropertyCell, PropertyRow};
pub use stops::{StopRow, StopsTable, TraceRun, shown_stop, trace_runs};
pub use views::{LeaderRow, SelfRow, ViewsTable, WordCell, WordRow, member_sign, state_look};
pub use whereabouts::{ClientRow, Places, Publishes, WhereaboutsTable, sdk_said};

/// The check that reads logs.
const LOGS: &str = "logs.signatures";

/// What was seen last of every node of an incident.
pub struct Tables {
    cluster: Cluster,
    observations: Observations,
    at: Timestamp,
    window_ms: i64,
    /// How the nodes stood when the cause of the incident was named.
    cause: Option<Standing>,
    /// What is known of its clients beside what was seen.
    marks: ClientMarks,
}

/// What people said of clients, and what earlier rounds saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientMarks {
    /// Of whom nobody waits any more.
    pub waivers: Vec<Waiver>,
    /// Whose they are.
    pub owners: Vec<ClientOwner>,
    /// What they were told by itself.
    pub tellings: Vec<Telling>,
    /// Those that an earlier round saw missing.
    pub were_missing: BTreeSet<ClientKey>,
    /// The cluster while all was well, before the incident.
    pub baseline: Option<Baseline>,
}

/// A node whose part could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The node.
    pub node: NodeName,
    /// Why.
    pub reason: Message,
}

impl Tables {
    /// From the store; the moment is that of the newest diagnosis.
    ///
    /// # Errors
    /// The store's, or the cluster is gone.
    pub async fn load(web: &Web, incident: &Incident) -> Result<Self, WebError> {
        let cluster = web.read().cluster(incident.cluster).await?.ok_or(WebError::NotFound)?;
        let observations = web.read().observations(incident.id).await?;
        let newest = web.read().diagnosis(incident.id).await?;
        let at = newest.as_ref().map_or_else(|| web.now(), |diagnosis| diagnosis.at);
        let marks = ClientMarks {
            waivers: web.read().client_waivers(incident.id).await?,
            owners: web.read().client_owners(cluster.id).await?,
            tellings: web.read().owner_tellings(incident.id).await?,
            were_missing: newest
                .and_then(|newest| newest.clients)
                .map(|away| away.no_longer)
                .into_iter()
                .flatten()
                .collect(),
            baseline: web.read().baseline_before(cluster.id, incident.opened_at).await?,
        };
        let named = web.read().pinned_cause(incident.id).await?.and_then(|pinned| pinned.named);
        let cause = named.map(|named| named.diagnosis.standing);
        Ok(Self { cause, marks, ..Self::new(cluster, observations, at, incident.window_ms(at)) })
    }

    /// From what was seen.
    #[must_use]
    pub fn new(cluster: Cluster, observations: Observations, at: Timestamp, window_ms: i64) -> Self {
        Self { cluster, observations, at, window_ms, cause: None, marks: ClientMarks::default() }
    }

    /// What was seen.
    pub(in crate::web) const fn observations(&self) -> &Observations {
        &self.observations
    }

    /// Nodes of whose logs the newest read brought nothing.
    pub(super) fn without_logs(&self) -> Vec<NodeName> {
        let has_none = |node: &NodeName| self.observations.get(LOGS, node).is_none();
        self.nodes().into_iter().filter(has_none).collect()
    }

    /// Takes what an earlier read of a node's logs brought.
    pub(super) fn put_logs(&mut self, node: NodeName, seen: LogsSeen) {
        self.observations.put(LOGS, node, Observed::Logs(seen));
    }

    /// Everything side by side.
    pub(in crate::web) fn model(&self) -> ClusterModel<'_> {
        ClusterModel::build(&self.cluster, &self.observations, self.at, self.window_ms)
    }

    fn nodes(&self) -> Vec<NodeName> {
        self.cluster.nodes.iter().map(|node| node.name.clone()).collect()
    }

    /// Why parts of these kinds are missing, in the order of the inventory.
    fn unseen(&self, kinds: &[&str]) -> Vec<Unseen> {
        let mut unseen: Vec<Unseen> = Vec::new();
        for node in self.cluster.nodes.iter().map(|node| &node.name) {
            for kind in kinds {
                if let Some(missing) = self.observations.missing.get(*kind).and_then(|missing| missing.get(node)) {
                    let one = Unseen { node: node.clone(), reason: missing.reason.clone() };
                    if !unseen.contains(&one) {
                        unseen.push(one);
                    }
                }
            }
        }
        unseen
    }
}

#[cfg(test)]
mod tests;
