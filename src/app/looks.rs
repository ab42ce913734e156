//! Quick looks at clusters outside of incidents, for the overview and the test button.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::cluster::{Cluster, NodeSpec};
use crate::domain::id::ClusterId;
use crate::domain::message::Message;
use crate::domain::observed::{Observations, Observed, PortResult, ViewSeen};
use crate::domain::time::{Clock, Timestamp};
use crate::engine::SourceFactory;
use crate::rounds::{self, Round, RoundSpec};
use crate::web::{ClusterLook, Looks, NodeLook, Reach};

/// What a quick look asks of clusters that answer: members and ports, and what became of a node that does not.
const QUICK_KINDS: [&str; 7] =
    ["node.view", "net.ports", "stop.cause", "net.matrix", "door.requests", "door.compare", "view.matrix"];

/// Looks by a round of reading checks in the background.
pub struct RoundLooks {
    factory: Arc<dyn SourceFactory>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    stop: CancellationToken,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    ended: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    latest: HashMap<ClusterId, ClusterLook>,
    looking: HashSet<ClusterId>,
}

impl RoundLooks {
    /// Looks with these sources; `stop` ends looks under way.
    #[must_use]
    pub fn new(
        factory: Arc<dyn SourceFactory>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), ended: watch::channel(0).0 });
        Self { factory, clock, tasks, stop, shared }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Looks for RoundLooks {
    fn latest(&self, cluster: ClusterId) -> Option<ClusterLook> {
        self.shared.state().latest.get(&cluster).cloned()
    }

    fn refresh(&self, cluster: &Cluster) -> bool {
        if self.stop.is_cancelled() {
            return false;
        }
        if !self.shared.state().looking.insert(cluster.id) {
            return true;
        }
        let has_api = cluster.nodes.iter().any(|node| node.api.is_some());
        let spec = RoundSpec {
            cluster: cluster.clone(),
            sources: self.factory.sources(cluster, &[]),
            at: None,
            window_ms: crate::domain::incident::WINDOW_MS,
            clock: self.clock.clone(),
            suspect: None,
            kinds: has_api.then(|| BTreeSet::from(QUICK_KINDS.map(str::to_owned))),
            client_logs: Default::default(),
            client_logs_unread: Default::default(),
            secret_key: rounds::key_of_one_round(),
            cancel: self.stop.child_token(),
        };
        let (shared, id, nodes) = (self.shared.clone(), cluster.id, cluster.nodes.clone());
        let clock = self.clock.clone();
        self.tasks.spawn(async move {
            let round = rounds::run(spec, |_| {}).await;
            let mut state = shared.state();
            state.looking.remove(&id);
            match round {
                Ok(round) => {
                    let before = state.latest.remove(&id);
                    state.latest.insert(id, look(&nodes, round, clock.now()).after(before));
                }
                Err(error) => tracing::info!(cluster.id = id.0, error = %error, "a look found no moment to judge"),
            }
            drop(state);
            shared.ended.send_modify(|count| *count += 1);
        });
        true
    }

    fn is_looking(&self, cluster: ClusterId) -> bool {
        self.shared.state().looking.contains(&cluster)
    }

    fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.ended.subscribe()
    }
}

/// `at` is when somebody looked; the moment judged may lie long before it where only copied files are read.
fn look(nodes: &[NodeSpec], round: Round, at: Timestamp) -> ClusterLook {
    let nodes = nodes.iter().map(|node| node_look(node, &round.observations)).collect();
    let Round { elapsed_ms, diagnosis, found, .. } = round;
    ClusterLook { at, elapsed_ms, nodes, diagnosis, counted: None, found }
}

fn node_look(node: &NodeSpec, observations: &Observations) -> NodeLook {
    let (reach, says, version, elapsed_ms) = match observations.get("node.view", &node.name) {
        Some(Observed::View(view)) => match view.liveness.as_ref().and_then(|liveness| liveness.status) {
            Some(_) => (Reach::Answers, Message::new("look-answers"), view.version.clone(), slowest(view)),
            None => (Reach::Silent, silent_because(node, observations), None, slowest(view)),
        },
        _ if node.api.is_none() => (Reach::NotSeen, Message::new("look-files-only"), None, 0),
        _ => match port_result(node, observations) {
            Some(result) if result != PortResult::Open => (Reach::Silent, silent_because(node, observations), None, 0),
            _ => (Reach::NotSeen, silent_because(node, observations), None, 0),
        },
    };
    NodeLook { name: node.name.clone(), reach, says, version, elapsed_ms }
}

fn slowest(view: &ViewSeen) -> u64 {
    [&view.liveness, &view.readiness]
        .into_iter()
        .flatten()
        .chain(&view.failed)
        .map(|asked| asked.elapsed_ms)
        .max()
        .unwrap_or(0)
}

/// How the main port answered a connect.
fn port_result(node: &NodeSpec, observations: &Observations) -> Option<PortResult> {
    match observations.get("net.ports", &node.name) {
        Some(Observed::Ports(ports)) => ports.ports.first().map(|port| port.result),
        _ => None,
    }
}

fn silent_because(node: &NodeSpec, observations: &Observations) -> Message {
    match port_result(node, observations) {
        Some(PortResult::Refused | PortResult::Reset) => Message::new("look-refused"),
        Some(PortResult::Timeout | PortResult::Unreachable) => Message::new("look-no-route"),
        Some(PortResult::Dns) => Message::new("look-dns"),
        Some(PortResult::Silent | PortResult::WrongProtocol) => Message::new("look-silent"),
        port @ (Some(PortResult::Open) | None) => observations
            .missing
            .get("node.view")
            .and_then(|nodes| nodes.get(&node.name))
            .map(|missing| missing.reason.clone())
            .unwrap_or_else(|| Message::new(if port.is_some() { "look-silent" } else { "run-no-evidence" })),
    }
}
