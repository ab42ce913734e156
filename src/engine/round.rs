//! What the runs of one round share: the incident, its sources, the moment judged, and one deadline a node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::{Engine, EngineError};
use crate::domain::check_run::CheckRun;
use crate::domain::cluster::Cluster;
use crate::domain::evidence::Vantage;
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::observed::Observations;
use crate::domain::time::Timestamp;
use crate::rounds::{self, Judge, Moment, MomentError};
use crate::sources::{Deadline, NodeSource, Sources};
use crate::store::StoreError;
use crate::store::hand_in::{HandedInItem, HandedInWhat};

/// Names a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RoundKey {
    pub incident: IncidentId,
    pub step: Step,
    pub round: i64,
}

impl RoundKey {
    pub(super) const fn of(run: &CheckRun) -> Self {
        Self { incident: run.incident, step: run.step, round: run.round }
    }
}

/// The shared part of a round.
pub(super) struct Round {
    pub incident: Incident,
    pub cluster: Cluster,
    pub sources: Sources,
    handed_in: Vec<HandedInItem>,
    deadlines: Mutex<HashMap<NodeName, Deadline>>,
    moment: OnceCell<Result<Moment, MomentError>>,
}

impl Round {
    /// Reads the incident as it is now and makes its sources.
    pub(super) async fn load(engine: &Engine, incident: IncidentId) -> Result<Self, EngineError> {
        let read = engine.0.commands.read();
        let gone = |table| StoreError::Corrupt { table, column: "id", row: incident.to_string() };
        let incident = read.incident(incident).await?.ok_or_else(|| gone("incidents"))?;
        let cluster = read.cluster(incident.cluster).await?.ok_or_else(|| gone("clusters"))?;
        let handed_in = read.handed_in(incident.id).await?;
        let sources = engine.0.factory.sources(&cluster, &handed_in);
        let (deadlines, moment) = (Mutex::default(), OnceCell::new());
        Ok(Self { incident, cluster, sources, handed_in, deadlines, moment })
    }

    /// The source of a node. `None`: the node left the inventory after the run was asked for.
    pub(super) fn source(&self, node: &NodeName) -> Option<Arc<dyn NodeSource>> {
        self.sources.nodes.iter().find(|source| &source.spec().name == node).cloned()
    }

    /// The one deadline of a node: it starts when the first run of the round gets to that node.
    pub(super) fn deadline(&self, source: &dyn NodeSource, cancel: &tokio_util::sync::CancellationToken) -> Deadline {
        let mut deadlines = self.deadlines.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = deadlines
            .entry(source.spec().name.clone())
            .or_insert_with(|| rounds::node_deadline(&self.cluster, source, cancel));
        // Each run is cancelled by itself.
        Deadline { at: shared.at, cancel: cancel.clone() }
    }

    /// The moment judged, found once a round.
    pub(super) async fn moment(&self, engine: &Engine) -> Result<Moment, MomentError> {
        let resolve = async {
            let deadlines: Vec<Deadline> = self
                .sources
                .nodes
                .iter()
                .map(|source| rounds::node_deadline(&self.cluster, source.as_ref(), &engine.0.hard))
                .collect();
            rounds::resolve_moment(None, &self.sources, &deadlines, engine.0.commands.clock().now()).await
        };
        self.moment.get_or_init(|| resolve).await.clone()
    }

    /// What was seen of the incident, side by side, to be judged.
    pub(super) fn judge<'a>(&'a self, observations: &'a Observations, at: Timestamp) -> Judge<'a> {
        Judge::new(&self.cluster, observations, at, self.incident.window_ms(at), self.incident.node.as_ref())
    }

    /// From where a kind of check saw a node.
    pub(super) fn vantage(&self, source: &dyn NodeSource, kind: &str) -> Vantage {
        let files = source.files_vantage();
        if matches!(files, Vantage::Recording { .. }) {
            return files;
        }
        if rounds::tells_of_now_only(kind) {
            return Vantage::Here;
        }
        let node = &source.spec().name;
        let archive = self
            .handed_in
            .iter()
            .rev()
            .find(|item| &item.node == node && matches!(item.what, HandedInWhat::Archive { .. }));
        match (archive, &files) {
            (Some(item), Vantage::CopiedHome { .. }) => Vantage::HandedIn { by: item.by.clone() },
            _ => files,
        }
    }
}
