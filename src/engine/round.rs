//! What the runs of one round share: the incident, its sources, the moment judged, one deadline a node, and what they saw.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::judged::Judged;
use super::{Engine, EngineError, client_logs, watched};
use crate::checks;
use crate::domain::check_run::{CheckRun, CheckRunState, Target};
use crate::domain::cluster::Cluster;
use crate::domain::evidence::Vantage;
use crate::domain::finding::Step;
use crate::domain::id::{CheckRunId, IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::observed::{Observations, Observed};
use crate::domain::time::Timestamp;
use crate::domain::watched::ClientsWatchedSeen;
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
    watched: OnceCell<BTreeMap<NodeName, ClientsWatchedSeen>>,
    client_logs: OnceCell<()>,
    /// Kinds of its runs over the cluster.
    over_cluster: Vec<String>,
    seen: Mutex<HashMap<CheckRunId, Seen>>,
    all_seen: CancellationToken,
    /// What it means, once that was judged.
    pub judged: OnceCell<Arc<Judged>>,
    outdated: AtomicBool,
}

/// What one run of the round saw.
pub(super) struct Seen {
    pub kind: String,
    pub node: NodeName,
    pub observed: Observed,
}

impl Round {
    /// Reads the incident as it is now and makes its sources. `over_cluster`: kinds of the round's runs over the cluster.
    pub(super) async fn load(
        engine: &Engine,
        incident: IncidentId,
        over_cluster: Vec<String>,
    ) -> Result<Self, EngineError> {
        let read = engine.0.commands.read();
        let gone = |table| StoreError::Corrupt { table, column: "id", row: incident.to_string() };
        let incident = read.incident(incident).await?.ok_or_else(|| gone("incidents"))?;
        let cluster = read.cluster(incident.cluster).await?.ok_or_else(|| gone("clusters"))?;
        let handed_in = read.handed_in(incident.id).await?;
        let sources = engine.0.factory.sources(&cluster, &handed_in);
        let (deadlines, moment) = (Mutex::default(), OnceCell::new());
        Ok(Self {
            incident,
            cluster,
            sources,
            handed_in,
            deadlines,
            moment,
            watched: OnceCell::new(),
            client_logs: OnceCell::new(),
            over_cluster,
            seen: Mutex::default(),
            all_seen: CancellationToken::new(),
            judged: OnceCell::new(),
            outdated: AtomicBool::new(false),
        })
    }

    /// Keeps what a run saw until all of the round have looked.
    pub(super) fn saw(&self, run: CheckRunId, seen: Seen) {
        self.seen().insert(run, seen);
    }

    /// Given all runs that have not ended: lets the round be judged if none of its own is still looking. `stopping`: what is
    /// queued will not look any more.
    pub(super) fn open_if_all_seen(&self, key: RoundKey, unfinished: &[(CheckRun, Option<String>)], stopping: bool) {
        let seen = self.seen();
        let looks = |run: &CheckRun| {
            RoundKey::of(run) == key
                && run.target != Target::Cluster
                && !seen.contains_key(&run.id)
                && !(stopping && run.state == CheckRunState::Queued)
        };
        if !unfinished.iter().any(|(run, _)| looks(run)) {
            self.all_seen.cancel();
        }
    }

    /// True once no run of the round is still looking.
    pub(super) fn is_all_seen(&self) -> bool {
        self.all_seen.is_cancelled()
    }

    /// Waits until no run of the round is still looking.
    pub(super) async fn all_seen(&self) {
        self.all_seen.cancelled().await;
    }

    /// The judgement, if it was made and nothing else has been recorded of the incident since.
    pub(super) fn newest(&self) -> Option<Arc<Judged>> {
        self.judged.get().filter(|_| !self.outdated.load(Ordering::SeqCst)).cloned()
    }

    /// Something was recorded that the judgement does not know, or does not rest on any more.
    pub(super) fn outdate(&self) {
        self.outdated.store(true, Ordering::SeqCst);
    }

    /// Forgets what a run saw that was cancelled while it waited for the others.
    pub(super) fn forget(&self, run: CheckRunId) {
        self.seen().remove(&run);
        self.outdate();
    }

    /// Moves what its runs saw among the observations; gives the kinds of the round.
    pub(super) fn put_into(&self, observations: &mut Observations) -> Vec<String> {
        let mut kinds = self.over_cluster.clone();
        for seen in std::mem::take(&mut *self.seen()).into_values() {
            observations.put(&seen.kind, seen.node, seen.observed);
            kinds.push(seen.kind);
        }
        kinds
    }

    /// What is recorded from here on is news.
    pub(super) fn begin_judging(&self) {
        self.outdated.store(false, Ordering::SeqCst);
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<CheckRunId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// What the watcher counted of a node's clients until the moment judged, read once a round; it is nothing to wait for, so
    /// a run reads it when it gets to it.
    pub(super) async fn watched(
        &self,
        engine: &Engine,
        node: &NodeName,
        at: Timestamp,
    ) -> Result<Option<ClientsWatchedSeen>, EngineError> {
        let read = watched::clients(engine, &self.cluster, &self.incident, at);
        Ok(self.watched.get_or_try_init(|| read).await?.get(node).cloned())
    }

    /// Reads the own logs of clients that an inventory names, once a round that judges clients. What cannot be kept holds up no
    /// judgement.
    pub(super) async fn client_logs(&self, engine: &Engine) {
        if !self.over_cluster.iter().any(|kind| kind == "clients.spread") {
            return;
        }
        let read = async {
            if let Err(error) = client_logs::read(engine, &self.cluster, self.incident.id).await {
                tracing::error!(incident.id = self.incident.id.0, error = %error, "logs of clients could not be kept");
            }
        };
        self.client_logs.get_or_init(|| read).await;
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
        if rounds::tells_of_now_only(kind) || checks::find(kind).is_some_and(|check| check.needs_watcher()) {
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
