//! Writes down what a cluster is like while all is well, so that an incident can say what changed since.
//!
//! # Laws
//! - It is taken when looks have said for long enough, without a break, that all is well, nobody has an incident open
//!   on the cluster, no maintenance runs and no restart holds; again when hours have passed, or when looks see other
//!   members or leaders. If all is not well any more by the time everything was read, nothing is kept.
//! - A gap between looks is a break. Of looks from before this program started, those that are kept count.
//! - It takes turns at a node with the checks of incidents, reads under the deadline of a round, and holds up no look.
//! - What a source does not tell is kept as not seen, with the reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{Engine, EngineError, watched};
use crate::checks::{self, Check, CheckContext, GatherError};
use crate::commands;
use crate::domain::baseline::{AGAIN_MS, Baseline, WellRun, compare};
use crate::domain::cluster::{Cluster, FileSource};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::look::{Look, LookState};
use crate::domain::message::Message;
use crate::domain::observed::{Missing, Observations};
use crate::domain::time::Timestamp;
use crate::model::tables::baseline as table;
use crate::rounds;
use crate::sources::{Deadline, NodeSource, Sources};

/// Logs are read so far back at most, milliseconds.
const WINDOW_MS: i64 = 30 * 60_000;

/// What is remembered between looks.
#[derive(Default)]
pub(super) struct Memory {
    /// For how long clusters are well; `None`: they are not.
    runs: BTreeMap<ClusterId, Option<WellRun>>,
    /// Of the newest that is kept of each what looks tell too, once that was read, and when the last one was tried.
    newest: BTreeMap<ClusterId, (Option<Baseline>, Option<Timestamp>)>,
    /// The tasks that read clusters; one that has ended, however it did, holds up no other.
    tasks: BTreeMap<ClusterId, JoinHandle<()>>,
}

impl Memory {
    /// What is remembered of clusters that left the inventory is not needed any more.
    pub(super) fn forget_others(&mut self, clusters: &[Cluster]) {
        self.runs.retain(|id, _| clusters.iter().any(|cluster| cluster.id == *id));
        self.newest.retain(|id, _| clusters.iter().any(|cluster| cluster.id == *id));
        self.tasks.retain(|_, task| !task.is_finished());
    }
}

/// Begins to read the clusters of which a baseline is due by these looks.
pub(super) async fn consider(
    engine: &Engine,
    clusters: &[Cluster],
    looks: &[(ClusterId, Look)],
) -> Result<(), EngineError> {
    for (id, look) in looks {
        let Some(cluster) = clusters.iter().find(|cluster| cluster.id == *id) else { continue };
        let Some(run) = run_of(engine, *id, look).await? else { continue };
        let is_read = engine.state().baselines.tasks.get(id).is_some_and(|task| !task.is_finished());
        if run.ms() < engine.0.baseline_after_ms || is_read {
            continue;
        }
        if !is_due(engine, cluster, look).await? || !is_quiet(engine, *id, look.at).await? {
            continue;
        }
        let mut state = engine.state();
        let task = engine.0.tracker.spawn(take(engine.clone(), cluster.clone(), run.since, look.at));
        state.baselines.tasks.insert(*id, task);
    }
    Ok(())
}

/// Waits for what is being read.
pub(super) async fn settle(engine: &Engine) {
    let tasks = std::mem::take(&mut engine.state().baselines.tasks);
    for task in tasks.into_values() {
        // One that died left nothing behind, and is tried again hours later.
        _ = task.await;
    }
}

/// For how long the cluster has been well with this look.
async fn run_of(engine: &Engine, id: ClusterId, look: &Look) -> Result<Option<WellRun>, EngineError> {
    let gap_ms = watched::holds_ms(engine);
    let known = engine.state().baselines.runs.get(&id).copied();
    let before = match known {
        Some(before) => before,
        None => {
            let from = look.at.plus_millis(-engine.0.baseline_after_ms - gap_ms);
            let mut looks = engine.0.commands.read().looks_well(id, from).await?;
            looks.retain(|(at, _)| *at < look.at);
            WellRun::of(&looks, gap_ms)
        }
    };
    let run = WellRun::after(before, look.at, look.state == LookState::Up, gap_ms);
    engine.state().baselines.runs.insert(id, run);
    Ok(run)
}

/// Whether it is time: there is none, hours have passed, or looks see other members or leaders than the newest has.
async fn is_due(engine: &Engine, cluster: &Cluster, look: &Look) -> Result<bool, EngineError> {
    let known = engine.state().baselines.newest.contains_key(&cluster.id);
    if !known {
        let newest = engine.0.commands.read().baseline_before(cluster.id, look.at.plus_millis(1)).await?;
        engine.state().baselines.newest.insert(cluster.id, (newest.map(cheap), None));
    }
    let state = engine.state();
    let Some((newest, tried)) = state.baselines.newest.get(&cluster.id) else { return Ok(false) };
    let last = (*tried).max(newest.as_ref().map(|newest| newest.still_so_at));
    let Some(since_ms) = last.map(|last| look.at.millis_since(last)) else { return Ok(true) };
    if !(0..AGAIN_MS).contains(&since_ms) {
        return Ok(true);
    }
    let is_other = |newest: &Baseline| !compare(&newest.seen, &table::of_look(cluster, look)).changes.is_empty();
    // What goes to and fro is not read each time.
    Ok(since_ms >= engine.0.baseline_after_ms && newest.as_ref().is_some_and(is_other))
}

/// What is remembered of one.
fn cheap(kept: Baseline) -> Baseline {
    Baseline { seen: kept.seen.cheap(), ..kept }
}

/// Whether nobody works on the cluster.
async fn is_quiet(engine: &Engine, id: ClusterId, now: Timestamp) -> Result<bool, EngineError> {
    let read = engine.0.commands.read();
    let busy = read.open_incidents().await?.iter().any(|incident| incident.cluster == id)
        || read.maintenances(now).await?.iter().any(|one| one.cluster == id && one.runs_at(now))
        || read.restart_claim(id, now).await?.is_some();
    Ok(!busy)
}

/// Reads a cluster and keeps what was seen.
async fn take(engine: Engine, cluster: Cluster, well_since: Timestamp, at: Timestamp) {
    let id = cluster.id;
    let taken = taken(&engine, &cluster, well_since, at).await;
    let mut state = engine.state();
    let (newest, tried) = state.baselines.newest.entry(id).or_default();
    *tried = Some(at);
    match taken {
        Ok(Some(kept)) => *newest = Some(cheap(kept)),
        Ok(None) => {}
        Err(error) => {
            tracing::error!(cluster.id = id.0, error = %error, "what a cluster that is well is like cannot be kept");
        }
    }
}

async fn taken(
    engine: &Engine,
    cluster: &Cluster,
    well_since: Timestamp,
    at: Timestamp,
) -> Result<Option<Baseline>, EngineError> {
    let key = engine.0.commands.read().install_secret().await?;
    let observations = read(engine, cluster, at, key).await;
    let run = engine.state().baselines.runs.get(&cluster.id).copied().flatten();
    let is_well_still = run.is_some_and(|run| run.since == well_since);
    if engine.0.stop.is_cancelled() || !is_well_still || !is_quiet(engine, cluster.id, at).await? {
        return Ok(None);
    }
    if let Err(error) = commands::secrets::remember(&engine.0.commands).await {
        tracing::warn!(error = %error, "could not keep the hashes of secrets");
    }
    let seen = table::of_nodes(cluster.nodes.iter().map(|node| &node.name), &observations, &key);
    Ok(commands::baselines::keep(&engine.0.commands, cluster.id, (well_since, at), seen).await?)
}

/// One pass over all nodes, side by side.
async fn read(engine: &Engine, cluster: &Cluster, at: Timestamp, key: [u8; 32]) -> Observations {
    let sources = engine.0.factory.sources(cluster, &[]);
    let moment = Moment::of(engine, cluster, &sources, at).await;
    let mut gathers = Vec::new();
    let mut observations = Observations::default();
    for source in &sources.nodes {
        let name = source.spec().name.clone();
        for check in checks::baseline::OF_API.iter().chain(&checks::baseline::OF_FILES) {
            match unreadable(source.as_ref(), *check) {
                Some(why) => observations.put_missing(check.kind(), name.clone(), Message::new(why)),
                None => gathers.push(gather(engine, cluster, Arc::clone(source), *check, &moment, key)),
            }
        }
    }
    for (check, node, result) in futures_util::future::join_all(gathers).await {
        match result {
            Ok(observed) => observations.put(check.kind(), node, observed),
            Err(error) => observations.put_missing(check.kind(), node, missing(error)),
        }
    }
    observations
}

/// Why it is not read at all: a copy tells of the time at which it was made.
fn unreadable(source: &dyn NodeSource, check: &dyn Check) -> Option<&'static str> {
    let of_files = checks::baseline::OF_FILES.iter().any(|one| one.kind() == check.kind());
    match source.spec().files {
        FileSource::None if of_files => Some("baseline-no-files"),
        _ if of_files && !source.files_live() => Some("baseline-copied"),
        _ if !of_files && source.spec().api.is_none() => Some("baseline-no-api"),
        _ => None,
    }
}

fn missing(error: GatherError) -> Missing {
    match error {
        GatherError::CouldNotRun(reason) => reason.into(),
        GatherError::TimedOut => Missing::timed_out(Message::new("checks-timed-out")),
        GatherError::Cancelled => Message::new("source-cancelled").into(),
    }
}

/// What the gathers of one pass share.
struct Moment {
    at: Timestamp,
    zone_hint_s: Option<i32>,
    ahead_ms: BTreeMap<NodeName, i64>,
}

impl Moment {
    async fn of(engine: &Engine, cluster: &Cluster, sources: &Sources, at: Timestamp) -> Self {
        let deadlines: Vec<Deadline> = deadlines(engine, cluster, sources);
        match rounds::resolve_moment(None, sources, &deadlines, at).await {
            Ok(moment) => Self { at: moment.at, zone_hint_s: moment.zone_hint_s, ahead_ms: moment.ahead_ms },
            Err(_) => Self { at, zone_hint_s: None, ahead_ms: BTreeMap::new() },
        }
    }
}

fn deadlines(engine: &Engine, cluster: &Cluster, sources: &Sources) -> Vec<Deadline> {
    let of =
        |source: &Arc<dyn NodeSource>| rounds::node_deadline(cluster, source.as_ref(), &engine.0.stop.child_token());
    sources.nodes.iter().map(of).collect()
}

async fn gather(
    engine: &Engine,
    cluster: &Cluster,
    source: Arc<dyn NodeSource>,
    check: &'static dyn Check,
    moment: &Moment,
    key: [u8; 32],
) -> rounds::Gathered {
    let name = source.spec().name.clone();
    let lane = engine.lane(cluster.id, &name);
    let _permits = (lane.acquire().await, engine.0.in_all.acquire().await);
    let context = CheckContext {
        deadline: rounds::node_deadline(cluster, source.as_ref(), &engine.0.stop.child_token()),
        source,
        at: moment.at,
        window_ms: engine.0.baseline_after_ms.min(WINDOW_MS),
        open_end: true,
        zone_hint_s: moment.zone_hint_s,
        ahead_ms: moment.ahead_ms.get(&name).copied().unwrap_or(0),
        watched: None,
        secret_key: key,
    };
    rounds::gather(&engine.0.tracker, check, context, false).await
}
