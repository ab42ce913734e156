//! Runs what was asked for: claims queued runs, lets them gather and be judged, records how they ended, diagnoses.
//!
//! May import `domain`, `commands`, `checks`, `diagnosis`, `rounds`, `sources`, `store::{ReadStore, Changes}`; never `web`.
//! The engine learns of work from the database alone: a commit wakes it, a poll every second is the fallback.
//!
//! # Laws
//! - A run is claimed, and that is committed, before anything of it runs. No transaction is open while it runs.
//! - All runs of a round on one node share one deadline; a slow node has its own lane and delays nobody.
//! - A round is judged once, when the last of its runs has looked; a run that could not look ends before. The diagnosis
//!   rests on the same model, unless something else was recorded of the incident meanwhile.
//! - What cannot be saved waits ([`patience`]): a disk that takes nothing never ends the engine.
//! - Every cluster is watched ([`watch`]) beside all that, whether an incident is open or not; while all is well it is written
//!   down now and then what there is ([`baseline`]).
//! - The evidence of a node is copied ([`captures`]) beside the rounds, under a deadline of its own, and each piece is kept at once.
//! - A terminal run is never edited. A running run of a dead engine becomes `Interrupted` at the next start.
//!
//! Tests step the same code by [`Engine::run_pending`] instead of [`Engine::run`].

mod baseline;
mod beating;
mod captures;
mod client_logs;
mod judged;
mod monitor;
mod patience;
mod round;
mod verdict;
mod watch;
mod watched;
mod worker;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::checks::{self, Scope};
use crate::commands::{self, CommandError, Commands};
use crate::domain::check_run::{CheckRun, CheckRunState, RunEnd, Target};
use crate::domain::cluster::{Cluster, SshLocation};
use crate::domain::id::{CaptureId, CheckRunId, ClusterId, IncidentId, NodeName};
use crate::domain::message::Message;
use crate::domain::on_silence::OnSilence;
use crate::sources::redact::Redactor;
use crate::sources::{Deadline, SourceError, Sources};
use crate::store::StoreError;
use crate::store::hand_in::HandedInItem;
use monitor::Unsaved;
use patience::Patience;
use round::{Round, RoundKey};

/// How often the database is looked at when nothing wakes the engine.
const POLL: Duration = Duration::from_secs(1);
/// Between two samples of an incident that is watched.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// Gathers on one node at once.
const PER_NODE: usize = 8;
/// Gathers in all at once.
const IN_ALL: usize = 64;

/// Makes the sources of a cluster: live ones, or a replay.
pub trait SourceFactory: Send + Sync {
    /// One source a node, in the order of the inventory. `handed_in`: what people gave for the incident, oldest first.
    fn sources(&self, cluster: &Cluster, handed_in: &[HandedInItem]) -> Sources;

    /// The end of the own log of a client on another host.
    fn client_log<'a>(
        &'a self,
        _place: &'a SshLocation,
        _deadline: &'a Deadline,
    ) -> BoxFuture<'a, Result<String, SourceError>> {
        Box::pin(std::future::ready(Err(SourceError::NotRecorded)))
    }

    /// What its sources know of secrets; shared with all of them.
    fn redactor(&self) -> Redactor {
        Redactor::default()
    }

    /// Time between two samples of a watched cluster; a replay that runs faster samples more often.
    fn sample_every(&self) -> Duration {
        SAMPLE_EVERY
    }
}

/// Why the engine stopped by itself; the program ends.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A command that must not fail.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A task died.
    #[error("a task of the engine died: {0}")]
    TaskDied(String),
}

impl EngineError {
    /// Whether the same may work later.
    fn passes(&self) -> bool {
        matches!(self, Self::Store(error) | Self::Command(CommandError::Store(error)) if error.passes())
    }
}

/// The background half of the program. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    /// One id per start of the process.
    id: String,
    commands: Commands,
    factory: Arc<dyn SourceFactory>,
    tracker: TaskTracker,
    /// No more claims.
    stop: CancellationToken,
    /// Everything under way ends now.
    hard: CancellationToken,
    /// Something ended: look for what waited for it.
    wake: Notify,
    in_all: Semaphore,
    state: Mutex<State>,
    patience: Patience,
    /// Between two looks at a cluster of which no incident is watched.
    watch_every: Duration,
    /// After so many looks in a row an incident is proposed.
    propose_after: u32,
    /// What is done then in clusters of which nobody said it.
    on_silence: OnSilence,
    /// Before a baseline is taken all has to be well for so long, milliseconds.
    baseline_after_ms: i64,
    diagnosing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    rounds: HashMap<RoundKey, Arc<Round>>,
    lanes: HashMap<(ClusterId, NodeName), Arc<Semaphore>>,
    running: HashMap<CheckRunId, Running>,
    /// Captures that run.
    copying: HashMap<CaptureId, Running>,
    /// Incidents whose newest evidence could not be diagnosed yet.
    undiagnosed: BTreeSet<IncidentId>,
    /// Samples that could not be saved yet, oldest first.
    samples: VecDeque<Unsaved>,
    /// What the watcher remembers.
    watch: watch::Memory,
    /// What is remembered of clusters that are well.
    baselines: baseline::Memory,
    /// What a dead engine left running could not be marked yet.
    unrecovered: bool,
    died: Option<String>,
}

struct Running {
    cancel: CancellationToken,
    cancelled_by: Option<String>,
}

/// How clusters are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchRules {
    /// Between two looks at a cluster of which no incident is watched.
    pub watch_every: Duration,
    /// Looks in a row after which an incident is proposed, or opened.
    pub propose_after: u32,
    /// Which of both, in clusters of which nobody said it.
    pub on_silence: OnSilence,
    /// How long all has to be well before it is written down what a cluster is like, minutes.
    pub baseline_after_minutes: u32,
}

impl Engine {
    /// An engine over these commands. `id` names this start of the process.
    #[must_use]
    pub fn new(
        id: String,
        commands: Commands,
        factory: Arc<dyn SourceFactory>,
        tracker: TaskTracker,
        rules: WatchRules,
    ) -> Self {
        let WatchRules { watch_every, propose_after, on_silence, baseline_after_minutes } = rules;
        let inner = Inner {
            id,
            commands,
            factory,
            tracker,
            stop: CancellationToken::new(),
            hard: CancellationToken::new(),
            wake: Notify::new(),
            in_all: Semaphore::new(IN_ALL),
            state: Mutex::default(),
            patience: Patience::default(),
            watch_every,
            propose_after,
            on_silence,
            baseline_after_ms: i64::from(baseline_after_minutes) * 60_000,
            diagnosing: tokio::sync::Mutex::default(),
        };
        Self(Arc::new(inner))
    }

    /// Marks what a dead engine left running, and has diagnosed again what it may have missed, once the engine runs. What
    /// cannot be marked now, because nothing can be saved, is marked once it can. Whatever is wrong with what was stored,
    /// the program starts.
    pub async fn recover(&self) {
        match commands::check_runs::interrupt_others(&self.0.commands, &self.0.id).await {
            Ok(0) => {}
            Ok(interrupted) => tracing::warn!(runs = interrupted, "runs were interrupted when the program stopped"),
            Err(error) => {
                tracing::error!(error = %error, "runs of a program that has stopped could not be marked");
                self.state().unrecovered = matches!(error, CommandError::Store(error) if error.passes());
            }
        }
        captures::recover(self).await;
        match self.0.commands.read().undiagnosed_incidents().await {
            Ok(incidents) => self.state().undiagnosed.extend(incidents),
            Err(error) => tracing::error!(error = %error, "what has to be diagnosed anew could not be found out"),
        }
    }

    /// Diagnoses an incident, later if it cannot be now.
    async fn diagnose(&self, incident: IncidentId, round: Option<&Round>) {
        if let Err(error) = verdict::diagnose(self, incident, round).await {
            tracing::error!(incident.id = incident.0, error = %error, "could not diagnose an incident");
            if error.passes() {
                self.state().undiagnosed.insert(incident);
            }
        }
    }

    /// What had to wait for the disk.
    async fn catch_up(&self) {
        if self.0.commands.health().trouble().is_some() {
            return;
        }
        if std::mem::take(&mut self.state().unrecovered) {
            self.recover().await;
        }
        let undiagnosed = std::mem::take(&mut self.state().undiagnosed);
        for incident in undiagnosed {
            self.diagnose(incident, None).await;
        }
    }

    /// Works until [`Self::stop`], then ends what is under way: first by its deadline, after `grace` by force.
    ///
    /// # Errors
    /// Something that must not fail failed: the program ends.
    pub async fn run(&self, grace: Duration) -> Result<(), EngineError> {
        let mut changes = self.0.commands.changes().subscribe();
        let watch = self.0.tracker.spawn(watch::run(self.clone()));
        let mut said = String::new();
        let ended = loop {
            match self.step().await {
                Ok(()) => said.clear(),
                Err(error @ EngineError::TaskDied(_)) => break Err(error),
                // What was asked for stays queued: the pages are of use also while the database is not.
                Err(error) => {
                    let error = error.to_string();
                    if said != error {
                        tracing::error!(error, "queued checks have to wait");
                        said = error;
                    }
                }
            }
            tokio::select! {
                () = self.0.stop.cancelled() => break Ok(()),
                _ = changes.next() => {}
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        };
        self.stop();
        self.open_rounds().await;
        let drained = async {
            while self.is_busy() {
                self.0.wake.notified().await;
            }
        };
        if tokio::time::timeout(grace, drained).await.is_err() {
            self.0.hard.cancel();
            let recorded = async {
                while self.is_busy() {
                    self.0.wake.notified().await;
                }
            };
            // What cannot be recorded now is marked at the next start.
            let _ = tokio::time::timeout(Duration::from_secs(2), recorded).await;
        }
        self.0.hard.cancel();
        watch.await.map_err(|error| EngineError::TaskDied(error.to_string()))?;
        ended
    }

    /// Claims nothing more; [`Self::run`] returns once what is under way has ended.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    /// Ends everything under way at once.
    pub fn stop_now(&self) {
        self.0.stop.cancel();
        self.0.hard.cancel();
    }

    /// Steps until nothing is queued or running. For tests: the same code as in the program.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_pending(&self) -> Result<(), EngineError> {
        loop {
            self.step().await?;
            let read = self.0.commands.read();
            if !self.is_busy()
                && read.unfinished_runs().await?.is_empty()
                && read.unfinished_captures().await?.is_empty()
            {
                return Ok(());
            }
            self.0.wake.notified().await;
        }
    }

    /// Takes one look at every cluster, and waits for baselines that it leads to. For tests: the same code as in the program.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_around(&self) -> Result<(), EngineError> {
        watch::look_around(self, true).await?;
        baseline::settle(self).await;
        Ok(())
    }

    /// One look at the database: cancels what people want cancelled, claims what can run, and starts it.
    async fn step(&self) -> Result<(), EngineError> {
        if let Some(died) = self.state().died.clone() {
            return Err(EngineError::TaskDied(died));
        }
        self.catch_up().await;
        captures::step(self).await?;
        let unfinished = self.0.commands.read().unfinished_runs().await?;
        self.cancel_wanted(&unfinished);
        self.open_rounds().await;
        self.forget_rounds(&unfinished);
        if self.0.stop.is_cancelled() {
            return Ok(());
        }
        let mut ready = claimable(unfinished.iter().map(|(run, _)| run));
        // What a round needs is read before anything is claimed: nothing may fail between a claim and its start.
        for (run, _) in unfinished.iter().filter(|(run, _)| ready.contains(&run.id)).collect::<Vec<_>>() {
            match self.prepare(run, &unfinished).await {
                Ok(()) => {}
                Err(error) if error.passes() => return Err(error),
                // One damaged record holds up nothing but itself.
                Err(error) => {
                    tracing::error!(check.run = run.id.0, error = %error, "a check run cannot start");
                    ready.retain(|id| *id != run.id);
                    let reason = Message::new("run-store-unreadable").with("error", error);
                    let (end, now) = (RunEnd::CouldNotRun { reason }, self.0.commands.clock().now());
                    commands::check_runs::record(&self.0.commands, run.id, None, end, now).await?;
                }
            }
        }
        if ready.is_empty() {
            return Ok(());
        }
        for run in commands::check_runs::claim(&self.0.commands, &self.0.id, &ready).await? {
            let round = self.state().rounds.get(&RoundKey::of(&run)).cloned();
            match round {
                Some(round) => self.start(run, round),
                None => return Err(EngineError::TaskDied(format!("round {} was forgotten", RoundKey::of(&run)))),
            }
        }
        Ok(())
    }

    /// Whether anything is under way.
    fn is_busy(&self) -> bool {
        let state = self.state();
        !state.running.is_empty() || !state.copying.is_empty()
    }

    fn cancel_wanted(&self, unfinished: &[(CheckRun, Option<String>)]) {
        let mut state = self.state();
        for (run, by) in unfinished {
            if let (Some(by), Some(running)) = (by, state.running.get_mut(&run.id)) {
                running.cancelled_by = Some(by.clone());
                running.cancel.cancel();
            }
        }
    }

    fn forget_rounds(&self, unfinished: &[(CheckRun, Option<String>)]) {
        let alive: HashSet<RoundKey> = unfinished.iter().map(|(run, _)| RoundKey::of(run)).collect();
        let mut state = self.state();
        let busy = !state.running.is_empty();
        state.rounds.retain(|key, _| busy || alive.contains(key));
    }

    /// Lets every round be judged whose runs have all looked.
    async fn open_rounds(&self) {
        // Before the runs are read: of a round that begins meanwhile they would be missing.
        let waiting: Vec<(RoundKey, Arc<Round>)> = {
            let state = self.state();
            let closed = state.rounds.iter().filter(|(_, round)| !round.is_all_seen());
            closed.map(|(key, round)| (*key, Arc::clone(round))).collect()
        };
        if waiting.is_empty() {
            return;
        }
        match self.0.commands.read().unfinished_runs().await {
            Ok(unfinished) => {
                for (key, round) in waiting {
                    round.open_if_all_seen(key, &unfinished, self.0.stop.is_cancelled());
                }
            }
            // The next look at the database tries again.
            Err(error) => tracing::error!(error = %error, "what still looks could not be read"),
        }
    }

    /// Something of a run was recorded: what other rounds of its incident were judged on is not the newest any more.
    fn outdate_others(&self, run: &CheckRun) {
        let key = RoundKey::of(run);
        for (other, round) in &self.state().rounds {
            if other.incident == key.incident && *other != key {
                round.outdate();
            }
        }
    }

    async fn prepare(&self, run: &CheckRun, unfinished: &[(CheckRun, Option<String>)]) -> Result<(), EngineError> {
        let key = RoundKey::of(run);
        if !self.state().rounds.contains_key(&key) {
            let of_round = |run: &&CheckRun| RoundKey::of(run) == key && run.target == Target::Cluster;
            let over_cluster = unfinished.iter().map(|(run, _)| run).filter(of_round).map(|run| run.check.clone());
            let round = Arc::new(Round::load(self, run.incident, over_cluster.collect()).await?);
            self.state().rounds.entry(key).or_insert(round);
        }
        Ok(())
    }

    fn start(&self, run: CheckRun, round: Arc<Round>) {
        let cancel = self.0.hard.child_token();
        self.state().running.insert(run.id, Running { cancel: cancel.clone(), cancelled_by: None });
        self.0.tracker.spawn(worker::work(self.clone(), run, round, cancel));
    }

    fn lane(&self, cluster: ClusterId, node: &NodeName) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(PER_NODE));
        self.state().lanes.entry((cluster, node.clone())).or_insert_with(new).clone()
    }

    fn ended(&self, run: CheckRunId) {
        self.state().running.remove(&run);
        self.0.wake.notify_one();
    }

    fn died(&self, why: String) {
        self.state().died.get_or_insert(why);
        self.0.wake.notify_one();
    }

    fn cancelled_by(&self, run: CheckRunId) -> Option<String> {
        self.state().running.get(&run).and_then(|running| running.cancelled_by.clone())
    }

    /// Nothing that could panic is done under the lock, so a poisoned one holds whole data.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Queued runs that can start: those on nodes at once, those over the cluster when what they need has ended.
fn claimable<'a>(unfinished: impl Iterator<Item = &'a CheckRun> + Clone) -> Vec<CheckRunId> {
    let needed_by = |run: &CheckRun| checks::find(&run.check).map_or(&[] as &[&str], checks::Check::needs);
    unfinished
        .clone()
        .filter(|run| run.state == CheckRunState::Queued)
        .filter(|run| match run.target {
            Target::Node { .. } => true,
            Target::Cluster => !unfinished.clone().any(|other| {
                RoundKey::of(other) == RoundKey::of(run)
                    && other.target != Target::Cluster
                    && needed_by(run).contains(&other.check.as_str())
            }),
        })
        .map(|run| run.id)
        .collect()
}

/// Kinds as `commands` must know them.
#[must_use]
pub fn kinds() -> Vec<commands::CheckKind> {
    checks::REGISTRY
        .iter()
        .map(|check| commands::CheckKind {
            kind: check.kind().to_owned(),
            over_cluster: check.scope() == Scope::Cluster,
        })
        .collect()
}

/// `incident/step/round`, for messages.
impl std::fmt::Display for RoundKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let IncidentId(id) = self.incident;
        write!(f, "{id}/{}/{}", self.step.number(), self.round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Step;
    use crate::domain::time::Timestamp;

    fn run(id: i64, check: &str, node: Option<&str>, round: i64, state: CheckRunState) -> CheckRun {
        CheckRun {
            id: CheckRunId(id),
            incident: IncidentId(1),
            step: Step::Network,
            check: check.to_owned(),
            target: node.map_or(Target::Cluster, |node| Target::Node { node: node.into() }),
            round,
            queued_at: Timestamp::from_millis(0),
            state,
        }
    }

    #[test]
    fn runs_over_the_cluster_wait_for_what_they_need_of_their_round() {
        let running =
            CheckRunState::Running { started_at: Timestamp::from_millis(0), engine: "e".to_owned(), seen_at: None };
        let queued = CheckRunState::Queued;
        let needs = checks::find("net.matrix").expect("kind").needs();
        assert!(needs.contains(&"net.ports"), "{needs:?}");
        let ids = |runs: &[CheckRun]| claimable(runs.iter()).into_iter().map(|id| id.0).collect::<Vec<_>>();
        let cluster = run(3, "net.matrix", None, 1, queued.clone());
        let waiting = [
            run(1, "net.ports", Some("n1"), 1, running.clone()),
            run(2, "net.ports", Some("n2"), 1, queued),
            cluster.clone(),
        ];
        assert_eq!(ids(&waiting), [2]);
        assert_eq!(ids(&[run(1, "net.ports", Some("n1"), 2, running), cluster.clone()]), [3], "another round");
        assert_eq!(ids(&[cluster]), [3]);
    }
}
