//! One round of checks over the sources of a cluster, without a store: what the engine, `diagnose` and `record` share.
//!
//! Every node runs in its own task under one [`Deadline`], the kinds of a node side by side; then everything is judged
//! and diagnosed. A node that hangs delays nobody: its tasks are cut off at its deadline and what was
//! not seen says so. May import `domain`, `checks`, `model`, `diagnosis`, `sources`.

mod moment;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use moment::{AtSpec, Moment, MomentError, resolve as resolve_moment};

use crate::checks::{self, Check, CheckContext, GatherError, JudgeContext, REGISTRY, Scope, door_requests};
use crate::diagnosis::rules::Cases;
use crate::diagnosis::{self, Evidence};
use crate::domain::check_run::RunEnd;
use crate::domain::client_log::ClientLogSeen;
use crate::domain::cluster::{Cluster, FileSource, FoundMember};
use crate::domain::diagnosis::{Diagnosis, Health, Trace};
use crate::domain::finding::{Coverage, Finding, NotSeen};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{Missing, Observations, Observed};
use crate::domain::reported::ReportedCase;
use crate::domain::time::{Clock, Timestamp};
use crate::model::{ClusterModel, copies, membership};
use crate::sources::{Deadline, NodeSource, Sources};

/// Deadline of a node of which only a copied home is read: nothing hangs there, and old logs are large.
pub const COPIED_DEADLINE: Duration = Duration::from_secs(60);

/// What is left after a node's deadline for the answers that come in at the last moment.
const GRACE: Duration = Duration::from_millis(300);

/// A live question tells of now only; one about a moment further back than this is not asked.
const LIVE_TOLERANCE_MS: i64 = 60_000;

/// Kinds that ask the running node, so that they tell of now and of no other moment.
const PRESENT_KINDS: [&str; 5] =
    ["node.view", "net.ports", door_requests::KIND, "clients.connections", "monitor.sample"];

/// Kinds that read much of a node's logs.
const SCANNING_KINDS: [&str; 2] = ["node.stop", "logs.signatures"];

/// What to run.
pub struct RoundSpec {
    /// The inventory.
    pub cluster: Cluster,
    /// Its sources, in the same order.
    pub sources: Sources,
    /// The moment judged; `None`: now for live sources, the newest stamp over all nodes for copies.
    pub at: Option<AtSpec>,
    /// Length of the window that ends there.
    pub window_ms: i64,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The node the operator thinks has stopped.
    pub suspect: Option<NodeName>,
    /// Kinds to run; `None`: all but the monitor's, which needs more than one sample, and those that need a watcher.
    pub kinds: Option<BTreeSet<String>>,
    /// What the own logs of clients say that were handed in with it, by the client.
    pub client_logs: BTreeMap<String, ClientLogSeen>,
    /// Why the log of a client could not be read on its host, by the client.
    pub client_logs_unread: BTreeMap<String, Message>,
    /// Key under which secrets of configurations are hashed for comparison.
    pub secret_key: [u8; 32],
    /// Cancels the round.
    pub cancel: CancellationToken,
}

/// What happened while a round ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The moment that is judged is known.
    Moment {
        /// It.
        at: Timestamp,
        /// How many gathers will run.
        gathers: usize,
    },
    /// One gather ended.
    Gathered {
        /// Kind of the check.
        kind: &'static str,
        /// The node.
        node: NodeName,
        /// True if something was seen.
        seen: bool,
    },
}

/// One run of a round: kind of the check, the node it looked at (`None` for a cluster check), how it ended.
pub type RoundRun = (&'static str, Option<NodeName>, RunEnd);

/// What a round gave.
#[derive(Clone, Debug)]
pub struct Round {
    /// The moment judged.
    pub at: Timestamp,
    /// Everything seen.
    pub observations: Observations,
    /// Every run, in the order of the registry and of the inventory.
    pub runs: Vec<RoundRun>,
    /// What it all means.
    pub diagnosis: Diagnosis,
    /// Members that nodes name and the inventory lacks.
    pub found: Vec<FoundMember>,
    /// Milliseconds it took.
    pub elapsed_ms: u64,
}

impl Round {
    /// How much the run that found it saw of what it looks at.
    #[must_use]
    pub fn seen_by(&self, finding: &Finding) -> Coverage {
        let found = |end: &RunEnd| match end {
            RunEnd::Judged { judgement } if judgement.findings.iter().any(|one| one.id == finding.id) => {
                Some(judgement.seen)
            }
            _ => None,
        };
        self.runs
            .iter()
            .filter(|(kind, ..)| *kind == finding.check)
            .find_map(|(.., end)| found(end))
            .unwrap_or_default()
    }
}

/// How one gather ended: the check, the node, what was seen.
pub type Gathered = (&'static dyn Check, NodeName, Result<Observed, GatherError>);

/// Runs one round.
///
/// # Errors
/// [`MomentError`] if the moment to judge cannot be told.
pub async fn run(spec: RoundSpec, progress: impl Fn(Progress) + Send + Sync) -> Result<Round, MomentError> {
    let started = Instant::now();
    let now = spec.clock.now();
    let deadlines: Vec<Deadline> =
        spec.sources.nodes.iter().map(|source| node_deadline(&spec.cluster, source.as_ref(), &spec.cancel)).collect();
    let moment = moment::resolve(spec.at, &spec.sources, &deadlines, now).await?;
    let at = moment.at;

    let wanted = |check: &&&'static dyn Check| match &spec.kinds {
        Some(kinds) => kinds.contains(check.kind()),
        None => check.step() != crate::domain::finding::Step::Monitor && !check.needs_watcher(),
    };
    let node_checks: Vec<&'static dyn Check> =
        REGISTRY.iter().filter(wanted).copied().filter(|check| check.scope() == Scope::Node).collect();
    progress(Progress::Moment { at, gathers: node_checks.len() * spec.sources.nodes.len() });

    let past = moment.is_past(now);
    let tracker = TaskTracker::new();
    let mut nodes = FuturesUnordered::new();
    for (source, deadline) in spec.sources.nodes.iter().zip(&deadlines) {
        for check in &node_checks {
            let context = CheckContext {
                source: source.clone(),
                deadline: deadline.clone(),
                at,
                window_ms: spec.window_ms,
                open_end: moment.is_now,
                zone_hint_s: moment.zone_hint_s,
                ahead_ms: moment.ahead_ms.get(&source.spec().name).copied().unwrap_or(0),
                watched: None,
                secret_key: spec.secret_key,
            };
            nodes.push(gather(&tracker, *check, context, past));
        }
    }
    let mut observations = Observations {
        client_logs: spec.client_logs,
        client_logs_unread: spec.client_logs_unread,
        ..Observations::default()
    };
    let mut ends: Vec<Gathered> = Vec::new();
    while let Some((check, node, result)) = nodes.next().await {
        progress(Progress::Gathered { kind: check.kind(), node: node.clone(), seen: result.is_ok() });
        ends.push((check, node, result));
    }
    drop(nodes);
    tracker.close();
    for (check, node, result) in &ends {
        match result {
            Ok(observed) => observations.put(check.kind(), node.clone(), observed.clone()),
            Err(error) => observations.put_missing(check.kind(), node.clone(), missing(error)),
        }
    }

    let judged = |at: Timestamp| {
        let judge = Judge::new(&spec.cluster, &observations, at, spec.window_ms, spec.suspect.as_ref());
        let mut runs: Vec<RoundRun> = Vec::new();
        for check in REGISTRY.iter().filter(wanted).copied() {
            match check.scope() {
                Scope::Node => runs.extend(spec.sources.nodes.iter().filter_map(|source| {
                    let name = &source.spec().name;
                    let (_, _, result) =
                        ends.iter().find(|(ended, node, _)| ended.kind() == check.kind() && node == name)?;
                    Some((check.kind(), Some(name.clone()), end_of(check, name, result, &judge)))
                })),
                Scope::Cluster => {
                    runs.push((check.kind(), None, judge.judge(check, None)));
                }
            }
        }
        let (diagnosis, found) = (judge.diagnose(&runs), judge.found());
        (runs, diagnosis, found)
    };
    let (mut at, mut copies_ended) = (at, moment.copies_ended());
    let (mut runs, mut diagnosis, mut found) = judged(at);
    // An end that last lines tell of, and that nothing shows at that very moment, shows in the silence after it.
    if let Some(asked) = moment.copies_ended_before
        && diagnosis.causes.is_empty()
        && copies::tell_of_an_end(&observations, at)
    {
        (at, copies_ended) = (asked, None);
        (runs, diagnosis, found) = judged(at);
    }
    if let Some(note) = copies_ended.as_ref().filter(|_| diagnosis.health == Health::Healthy) {
        diagnosis.health = Health::Unknown;
        diagnosis.trace.health = vec![note.clone()];
    }
    let of_moment = |note: &Message| NotSeen { check: "moment".to_owned(), node: None, reason: note.clone() };
    diagnosis.could_not_run.splice(0..0, moment.notes.iter().chain(&copies_ended).map(of_moment));
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Round { at, observations, runs, diagnosis, found, elapsed_ms })
}

/// Judges a reported case again, as this version does.
#[must_use]
pub fn judge_case(case: ReportedCase) -> Round {
    let started = Instant::now();
    let judge = Judge::new(&case.cluster, &case.observations, case.at, case.window_ms, case.suspect.as_ref());
    let runs = judge.judge_all(&case.observations, &case.kinds);
    let diagnosis = judge.diagnose(&runs);
    let found = judge.found();
    drop(judge);
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Round { at: case.at, observations: case.observations, runs, diagnosis, found, elapsed_ms }
}

/// What was seen, put side by side once, and judged by every check and by the diagnosis.
///
/// # Why
/// Whatever hostile evidence does to a rule, the others are heard, and what was not judged says so: nothing here panics.
pub struct Judge<'a> {
    cluster: &'a Cluster,
    at: Timestamp,
    model: Option<ClusterModel<'a>>,
    cases: Cases,
    suspect: Option<&'a NodeName>,
}

impl<'a> Judge<'a> {
    /// Puts everything side by side; `window_ms`: length of the window that ends at the moment judged.
    #[must_use]
    pub fn new(
        cluster: &'a Cluster,
        observations: &'a Observations,
        at: Timestamp,
        window_ms: i64,
        suspect: Option<&'a NodeName>,
    ) -> Self {
        let model = calmly("the model", || ClusterModel::build(cluster, observations, at, window_ms));
        Self { cluster, at, model, cases: Cases::default(), suspect }
    }

    /// Members that nodes name and the inventory lacks.
    #[must_use]
    pub fn found(&self) -> Vec<FoundMember> {
        let found = |model| calmly("found members", || membership::found_members(model));
        self.model.as_ref().and_then(found).unwrap_or_default()
    }

    /// How the run of a check ends that saw what it was to see.
    #[must_use]
    pub fn judge(&self, check: &dyn Check, node: Option<&NodeName>) -> RunEnd {
        let judgement = self.model.as_ref().and_then(|model| {
            let cx = JudgeContext { model, cases: &self.cases, suspect: self.suspect };
            calmly(check.kind(), || check.judge(node, &cx))
        });
        match judgement {
            Some(judgement) => RunEnd::Judged { judgement },
            None => RunEnd::CouldNotRun { reason: Message::new("run-judge-failed") },
        }
    }

    /// How the runs of these kinds end on what was seen.
    #[must_use]
    pub fn judge_all(&self, observations: &Observations, kinds: &BTreeSet<String>) -> Vec<RoundRun> {
        let mut runs: Vec<RoundRun> = Vec::new();
        for check in REGISTRY.iter().copied().filter(|check| kinds.contains(check.kind())) {
            if check.scope() == Scope::Cluster {
                runs.push((check.kind(), None, self.judge(check, None)));
                continue;
            }
            for node in &self.cluster.nodes {
                let end = if observations.get(check.kind(), &node.name).is_some() {
                    self.judge(check, Some(&node.name))
                } else {
                    let missing = observations.missing.get(check.kind()).and_then(|nodes| nodes.get(&node.name));
                    let reason =
                        missing.map_or_else(|| Message::new("run-no-evidence"), |missing| missing.reason.clone());
                    RunEnd::CouldNotRun { reason }
                };
                runs.push((check.kind(), Some(node.name.clone()), end));
            }
        }
        runs
    }

    /// What all these runs mean together.
    #[must_use]
    pub fn diagnose(&self, runs: &[RoundRun]) -> Diagnosis {
        let diagnosis = self.model.as_ref().and_then(|model| {
            calmly("the diagnosis", || {
                let (findings, not_seen) = found(runs);
                diagnosis::diagnose(Evidence { model, findings, not_seen, suspect: self.suspect })
            })
        });
        diagnosis.unwrap_or_else(|| {
            let (findings, not_seen) = found(runs);
            let reason = Message::new("run-judge-failed");
            let failed = NotSeen { check: "diagnosis".to_owned(), node: None, reason };
            Diagnosis {
                at: self.at,
                cluster: self.cluster.name.clone(),
                health: Health::Unknown,
                failure_tolerance: None,
                causes: Vec::new(),
                findings,
                could_not_run: not_seen.into_iter().chain([failed]).collect(),
                not_seen: Vec::new(),
                surer: Vec::new(),
                standing: Default::default(),
                clients: None,
                counted: None,
                unread: Vec::new(),
                trace: Trace::default(),
            }
        })
    }
}

/// What it gives; `None` if it panicked, which is told in the log.
fn calmly<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    if done.is_err() {
        tracing::error!(what, "a judge panicked on what was seen");
    }
    done.ok()
}

/// Everything that was found, and everything that was not seen, each once.
fn found(runs: &[RoundRun]) -> (Vec<Finding>, Vec<NotSeen>) {
    let mut findings = Vec::new();
    let mut not_seen: Vec<NotSeen> = Vec::new();
    for (kind, node, end) in runs {
        match end {
            RunEnd::Judged { judgement } => {
                findings.extend(judgement.findings.iter().cloned());
                not_seen.extend(judgement.not_seen.iter().cloned());
            }
            other => {
                not_seen.push(NotSeen { check: (*kind).to_owned(), node: node.clone(), reason: end_reason(other) });
            }
        }
    }
    (findings, not_seen)
}

/// The deadline of one node in one round: the cluster's for anything live, a long one for a copied home.
#[must_use]
pub fn node_deadline(cluster: &Cluster, source: &dyn NodeSource, cancel: &CancellationToken) -> Deadline {
    let spec = source.spec();
    let copied = spec.api.is_none() && matches!(spec.files, FileSource::Copied { .. });
    let after = if copied { COPIED_DEADLINE } else { Duration::from_millis(cluster.node_deadline_ms) };
    Deadline::after(after, cancel.clone())
}

/// One gather in a task of its own, cut off shortly after the deadline even if it does not look at it. `past`: the moment
/// is not now, so that what only tells of now is not asked.
pub fn gather(
    tracker: &TaskTracker,
    check: &'static dyn Check,
    context: CheckContext,
    past: bool,
) -> impl Future<Output = Gathered> + use<> {
    let name = context.source.spec().name.clone();
    let cut_at = context.deadline.at + GRACE;
    let cancel = context.deadline.cancel.clone();
    let present = match check.kind() {
        door_requests::KIND => !context.source.doors().is_empty(),
        kind => context.source.spec().api.is_some() && PRESENT_KINDS.contains(&kind),
    };
    let refused = past && present;
    let work = async move {
        if refused {
            return Err(GatherError::CouldNotRun(Message::new("checks-tells-of-now-only")));
        }
        AssertUnwindSafe(check.gather(&context)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(check = check.kind(), "a gather panicked");
            Err(GatherError::CouldNotRun(Message::new("checks-internal-error")))
        })
    };
    // Scanning logs takes the processor: on a thread of its own it cannot make a port look silent.
    let task = if SCANNING_KINDS.contains(&check.kind()) {
        let runtime = tokio::runtime::Handle::current();
        tracker.spawn_blocking(move || runtime.block_on(work))
    } else {
        tracker.spawn(work)
    };
    let abort = task.abort_handle();
    async move {
        let result = tokio::select! {
            joined = task => joined.unwrap_or(Err(GatherError::Cancelled)),
            () = tokio::time::sleep_until(cut_at) => {
                abort.abort();
                Err(GatherError::TimedOut)
            }
            () = cancel.cancelled() => {
                abort.abort();
                Err(GatherError::Cancelled)
            }
        };
        (check, name, result)
    }
}

fn end_of(check: &dyn Check, node: &NodeName, result: &Result<Observed, GatherError>, judge: &Judge<'_>) -> RunEnd {
    match result {
        Ok(_) => judge.judge(check, Some(node)),
        Err(GatherError::CouldNotRun(reason)) => RunEnd::CouldNotRun { reason: reason.clone() },
        Err(GatherError::TimedOut) => RunEnd::TimedOut,
        Err(GatherError::Cancelled) => RunEnd::Cancelled { by: String::new() },
    }
}

/// Why a run that was not judged was not.
#[must_use]
pub fn end_reason(end: &RunEnd) -> Message {
    match end {
        RunEnd::CouldNotRun { reason } => reason.clone(),
        RunEnd::TimedOut => Message::new("checks-timed-out"),
        RunEnd::Cancelled { .. } => Message::new("source-cancelled"),
        RunEnd::Interrupted => Message::new("checks-interrupted"),
        RunEnd::Judged { .. } => Message::new("checks-not-judged"),
    }
}

fn missing(error: &GatherError) -> Missing {
    match error {
        GatherError::CouldNotRun(reason) => reason.clone().into(),
        GatherError::TimedOut => Missing::timed_out(Message::new("checks-timed-out")),
        GatherError::Cancelled => Message::new("source-cancelled").into(),
    }
}

/// Whether a kind only tells of now.
#[must_use]
pub fn tells_of_now_only(kind: &str) -> bool {
    PRESENT_KINDS.contains(&kind) && checks::find(kind).is_some()
}

/// A key for [`RoundSpec::secret_key`] where the nodes of one round are compared with each other and with nothing else.
#[must_use]
pub fn key_of_one_round() -> [u8; 32] {
    let mut key = [0; 32];
    if let Err(error) = getrandom::fill(&mut key) {
        tracing::error!(error = %error, "the operating system gave no random bytes");
    }
    key
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::domain::finding::{Judgement, Step};
    use crate::domain::id::ClusterId;
    use crate::domain::incident::WINDOW_MS;

    /// A rule that evidence breaks.
    struct Broken;

    #[async_trait]
    impl Check for Broken {
        fn kind(&self) -> &'static str {
            "net.matrix"
        }

        fn step(&self) -> Step {
            Step::Network
        }

        fn scope(&self) -> Scope {
            Scope::Cluster
        }

        async fn gather(&self, _: &CheckContext) -> Result<Observed, GatherError> {
            Err(GatherError::Cancelled)
        }

        fn judge(&self, _: Option<&NodeName>, _: &JudgeContext<'_>) -> Judgement {
            panic!("evidence that no rule expects")
        }
    }

    #[test]
    fn a_rule_that_breaks_says_that_nothing_was_judged_and_the_others_are_heard() {
        let nodes = Vec::new();
        let cluster = Cluster {
            id: ClusterId(0),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 1,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let observations = Observations::default();
        let judge = Judge::new(&cluster, &observations, Timestamp::from_millis(0), WINDOW_MS, None);
        let failed = RunEnd::CouldNotRun { reason: Message::new("run-judge-failed") };
        assert_eq!(judge.judge(&Broken, None), failed);
        let Some(other) = checks::find("view.matrix") else { panic!("a check of that kind") };
        assert!(matches!(judge.judge(other, None), RunEnd::Judged { .. }));

        let diagnosis = judge.diagnose(&[("net.matrix", None, failed)]);
        assert_eq!(diagnosis.health, Health::Unknown);
        assert!(diagnosis.could_not_run.iter().any(|unseen| unseen.check == "net.matrix"));
        let nothing = Judge { model: None, ..judge };
        let diagnosis = nothing.diagnose(&[]);
        assert_eq!(diagnosis.health, Health::Unknown);
        assert_eq!(diagnosis.could_not_run[0].reason.key, "run-judge-failed");
    }
}
