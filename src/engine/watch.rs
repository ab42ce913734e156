//! Watches every cluster, all the time: a cheap look every few seconds, kept by cluster; incidents whose monitor runs get their
//! samples from the same looks, and where nobody is on it, one is proposed or opened.
//!
//! # Laws
//! - Of a node whose restart somebody took on its process and logs are read beside the look, until its start is over.
//! - A look asks a node four requests at most ([`monitor_sample::look`]) and leaves nothing open on it. What its JVM measures is
//!   one of them once a minute, where its Prometheus endpoint is open. Who is connected is taken from the answer that counts
//!   connections, every other look: it is never asked for by itself.
//! - What a connection publishes is asked once it is new and rarely again, at most a dozen after a look that listed
//!   connections, one after another ([`published`]): after the death of a node nobody can tell. Beside the same look a node is
//!   asked once a minute which clients send heartbeats ([`super::beating`]): those hold no connection. While a monitor runs,
//!   each node is asked once a minute which services it lists; only what it listed last is kept.
//! - Of who is connected only what is news is written, and only where a node told it: one that is silent, refuses or does not
//!   list its clients leaves a gap, and never an empty list.
//! - All looks of one tick are saved in one transaction. A look that cannot be saved is lost and said once; the samples of an
//!   incident wait until they can be saved, because its record rests on them.
//! - A node that cannot be asked is not in the look, and a cluster of which no node can be asked has none: gaps are gaps.
//! - No look becomes evidence by itself: what looks counted of clients does, in a round of an incident ([`super::watched`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior};

use super::{Engine, EngineError, baseline, beating, monitor, watched};
use crate::checks::GatherError;
use crate::checks::monitor_sample::look::{self, Known, Looked};
use crate::checks::monitor_sample::{beating as beats, published, services, start};
use crate::commands;
use crate::domain::beating::Beating;
use crate::domain::cluster::Cluster;
use crate::domain::connected::{ClientKey, ClientList, ClientSeen};
use crate::domain::id::{ClusterId, IncidentId, NodeName};
use crate::domain::look::{Grain, Look, LookState, Standing};
use crate::domain::maintenance::Maintenance;
use crate::domain::observed::SampleSeen;
use crate::domain::proposal::{Seen, Signs};
use crate::domain::publishing::{Published, Reading};
use crate::domain::restart_claim::RestartClaim;
use crate::domain::service_counts::ServiceCounts;
use crate::domain::start_followed::Follow;
use crate::domain::time::Timestamp;
use crate::sources::{Deadline, NodeSource};
use crate::store::clients_seen::NamedLook;

/// A look is over before the next one is due, whatever the cluster's deadline.
const LONGEST: Duration = Duration::from_millis(4500);
/// What is left after a node's deadline for an answer that comes in at the last moment.
const GRACE: Duration = Duration::from_millis(300);
/// Nodes that are asked at once.
const AT_ONCE: usize = 64;
/// Most members, and most groups, that are taken from one node's answer: more are no answer of Nacos, and looks are kept long.
const MOST_ENTRIES: usize = 64;
/// Most characters of a name in such an answer.
const MOST_CHARS: usize = 200;

/// What the watcher remembers between looks.
#[derive(Default)]
pub(super) struct Memory {
    /// What was found out about nodes.
    known: BTreeMap<(ClusterId, NodeName), Known>,
    /// When clusters were looked at last.
    looked: BTreeMap<ClusterId, Instant>,
    /// What the newest looks have in common.
    standing: BTreeMap<ClusterId, Standing>,
    /// What they say node by node.
    signs: BTreeMap<ClusterId, Signs>,
    /// How starts that are followed stood at the look before, by incident and the moment of the claim.
    follows: BTreeMap<(IncidentId, Timestamp), Follow>,
    /// Who was connected when that was saved last, and when that was.
    connected: BTreeMap<(ClusterId, NodeName), (Timestamp, ClientList)>,
    /// When nodes are asked again which services they list.
    services_next: BTreeMap<(ClusterId, NodeName), Timestamp>,
    /// Services that were listed and are not saved yet.
    services: Vec<(ClusterId, NodeName, ServiceCounts)>,
    /// Which clients send heartbeats.
    beating: beating::Memory,
    /// What was read of what they publish, and what is due.
    reading: BTreeMap<(ClusterId, NodeName), Reading>,
    /// What they publish, as it was saved last.
    published: BTreeMap<(ClusterId, NodeName), BTreeMap<ClientKey, Published>>,
    /// The minute up to which looks were folded.
    folded: Option<Timestamp>,
    /// That looks could not be saved was said.
    said: bool,
}

impl Memory {
    /// What is remembered of clusters that left the inventory is not needed any more.
    fn forget_others(&mut self, clusters: &[Cluster]) {
        self.standing.retain(|id, _| clusters.iter().any(|cluster| cluster.id == *id));
        self.signs.retain(|id, _| clusters.iter().any(|cluster| cluster.id == *id));
        self.looked.retain(|id, _| clusters.iter().any(|cluster| cluster.id == *id));
        self.known.retain(|(id, _), _| clusters.iter().any(|cluster| cluster.id == *id));
        self.connected.retain(|(id, _), _| clusters.iter().any(|cluster| cluster.id == *id));
        self.beating.forget_others(clusters);
        self.services_next.retain(|(id, _), _| clusters.iter().any(|cluster| cluster.id == *id));
        self.reading.retain(|(id, _), _| clusters.iter().any(|cluster| cluster.id == *id));
        self.published.retain(|(id, _), _| clusters.iter().any(|cluster| cluster.id == *id));
    }
}

/// Looks until the engine stops. A failure is said, and the next look is taken.
pub(super) async fn run(engine: Engine) {
    let mut ticks = tokio::time::interval(engine.0.factory.sample_every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = engine.0.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = look_around(&engine, false).await {
            tracing::error!(error = %error, "a look could not be taken or saved");
        }
    }
}

/// One look at every cluster that is due, all side by side; `all`: whether it is due or not.
pub(super) async fn look_around(engine: &Engine, all: bool) -> Result<(), EngineError> {
    monitor::catch_up(engine).await;
    let read = engine.0.commands.read();
    let mut monitored: BTreeMap<ClusterId, Vec<IncidentId>> = BTreeMap::new();
    for incident in read.watched_incidents().await? {
        if let Some(incident) = read.incident(incident).await? {
            monitored.entry(incident.cluster).or_default().push(incident.id);
        }
    }
    let clusters = read.clusters().await?;
    let followed = commands::restart_follows::followed(read, engine.0.commands.clock().now()).await?;
    engine.state().watch.forget_others(&clusters);
    engine.state().baselines.forget_others(&clusters);
    let is_asked = |id| monitored.contains_key(&id) || followed.iter().any(|claim| claim.cluster == id);
    let due: Vec<Cluster> =
        clusters.into_iter().filter(|one| all || is_asked(one.id) || is_due(engine, one.id)).collect();
    let at = engine.0.commands.clock().now();
    let (looks, named) = looks(engine, &due, (&followed, &monitored), at).await;
    if engine.0.stop.is_cancelled() {
        return Ok(());
    }
    let kept = due.iter().zip(&looks).filter_map(|(cluster, nodes)| {
        let state = LookState::of(nodes, cluster.nodes.len())?;
        Some((cluster.id, Look { at, state, looks: 1, nodes: nodes.clone() }))
    });
    let kept: Vec<(ClusterId, Look)> = kept.collect();
    let samples = due.iter().zip(looks).flat_map(|(cluster, nodes)| {
        let incidents = monitored.get(&cluster.id).into_iter().flatten();
        incidents.map(move |incident| (*incident, cluster, nodes.clone()))
    });
    let saves = samples.filter(|(.., nodes)| !nodes.is_empty());
    let saved =
        join_all(saves.map(|(incident, cluster, nodes)| monitor::save(engine, incident, cluster, nodes, at))).await;
    keep(engine, &kept, &named, at).await;
    keep_services(engine).await;
    tell(engine, &kept).await?;
    propose(engine, &due, &kept).await?;
    follow(engine, &followed).await;
    baseline::consider(engine, &due, &kept).await?;
    saved.into_iter().collect()
}

fn is_due(engine: &Engine, cluster: ClusterId) -> bool {
    // Ticks are not exact: a look that is due within the next half tick is taken now.
    let slack = engine.0.factory.sample_every() / 2;
    let state = engine.state();
    state.watch.looked.get(&cluster).is_none_or(|last| last.elapsed() + slack >= engine.0.watch_every)
}

/// Who is connected to a node.
type Named = ((ClusterId, NodeName), ClientList);

/// What the nodes of each cluster said that could be asked, and whom they named.
async fn looks(
    engine: &Engine,
    due: &[Cluster],
    (followed, monitored): (&[RestartClaim], &BTreeMap<ClusterId, Vec<IncidentId>>),
    at: Timestamp,
) -> (Vec<Vec<(NodeName, SampleSeen)>>, Vec<Named>) {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut asked = Vec::new();
    for (place, cluster) in due.iter().enumerate() {
        engine.state().watch.looked.insert(cluster.id, Instant::now());
        let after = LONGEST.min(Duration::from_millis(cluster.node_deadline_ms));
        let sources = engine.0.factory.sources(cluster, &[]).nodes;
        for source in sources.into_iter().filter(|source| source.spec().api.is_some()) {
            let name = &source.spec().name;
            let starts = followed.iter().any(|claim| claim.cluster == cluster.id && claim.node == *name);
            let services = monitored.contains_key(&cluster.id);
            let asked_of = AskedOf { cluster: cluster.id, source, starts, services };
            let look = one(engine.clone(), Arc::clone(&turns), asked_of, after, at);
            asked.push((place, engine.0.tracker.spawn(look)));
        }
    }
    let mut seen: Vec<Vec<(NodeName, SampleSeen)>> = due.iter().map(|_| Vec::new()).collect();
    let mut listed = Vec::new();
    for (place, look) in asked {
        match look.await {
            Ok(Some((node, Looked { sample, connections, .. }))) => {
                let clients = connections.map(|list| ClientList::of(&list));
                listed.extend(clients.map(|clients| (place, node.clone(), clients)));
                seen[place].push((node, sample));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(cluster.id = due[place].id.0, error = %error, "a look panicked"),
        }
    }
    let named = with_beating(engine, due, &seen, listed, at);
    (seen, named)
}

/// Those that nodes named, with those of whom they know that they send heartbeats.
fn with_beating(
    engine: &Engine,
    due: &[Cluster],
    seen: &[Vec<(NodeName, SampleSeen)>],
    listed: Vec<(usize, NodeName, ClientList)>,
    at: Timestamp,
) -> Vec<Named> {
    let memory = &mut engine.state().watch.beating;
    let beating: Vec<_> = due.iter().zip(seen).map(|(cluster, look)| memory.at_nodes(cluster.id, look, at)).collect();
    let whole = |(place, node, clients): (usize, NodeName, ClientList)| {
        let of_node = beating[place].as_ref().map(|all| all.get(&node).map_or(&[][..], Vec::as_slice));
        ((due[place].id, node), clients.with_beating(of_node))
    };
    listed.into_iter().map(whole).collect()
}

/// Which node is looked at.
struct AskedOf {
    cluster: ClusterId,
    source: Arc<dyn NodeSource>,
    /// Somebody restarts it: its process table and logs are read as well.
    starts: bool,
    /// A monitor runs: it is asked for its services as well.
    services: bool,
}

/// One look at one node, in its turn; `None`: it could not be asked.
async fn one(
    engine: Engine,
    turns: Arc<Semaphore>,
    AskedOf { cluster, source, starts, services }: AskedOf,
    after: Duration,
    at: Timestamp,
) -> Option<(NodeName, Looked)> {
    let _turn = turns.acquire_owned().await.ok()?;
    let name = source.spec().name.clone();
    let key = (cluster, name.clone());
    let mut known = engine.state().watch.known.get(&key).copied().unwrap_or_default();
    let deadline = Deadline::after(after, engine.0.stop.child_token());
    let look = look::look(source.as_ref(), &deadline, at, &mut known);
    let mut looked = match tokio::time::timeout(after + GRACE, look).await {
        Ok(Ok(looked)) => Some(looked),
        Err(_) | Ok(Err(GatherError::TimedOut)) => Some(Looked::silent(at)),
        // What cannot be asked is not in the look: an exit criterion then says that it is not complete.
        Ok(Err(GatherError::CouldNotRun(_) | GatherError::Cancelled)) => None,
    };
    engine.state().watch.known.insert(key.clone(), known);
    if let Some(Looked { sample, .. }) = looked.as_mut().filter(|_| starts) {
        // What it does not tell in time is not told.
        let seen = start::start(source.as_ref(), !sample.alive, &deadline);
        sample.start = tokio::time::timeout(deadline.left() + GRACE, seen).await.ok();
    }
    if let Some(family) = looked.as_ref().filter(|looked| services && looked.sample.alive).and_then(|one| one.family) {
        read_services(&engine, &key, &Asking { source: source.as_ref(), family, deadline: &deadline, at }).await;
    }
    if let Some(Looked { sample, connections: Some(list), publish_lists: Some(family), .. }) = &looked {
        let asked = Asking { source: source.as_ref(), family: *family, deadline: &deadline, at };
        read_beating(&engine, &key, &asked).await;
        let beating = engine.state().watch.beating.own(&key, sample, at);
        read_published(&engine, key, &asked, (list, &beating)).await;
    }
    looked.map(|looked| (name, Looked { sample: bounded(looked.sample), ..looked }))
}

/// What is asked beside a look: which node, as its line of versions answers it, until when, and at which look.
struct Asking<'a> {
    source: &'a dyn NodeSource,
    family: published::PublishLists,
    deadline: &'a Deadline,
    at: Timestamp,
}

/// Asks which services a node lists, where that is due.
async fn read_services(engine: &Engine, key: &(ClusterId, NodeName), asking: &Asking<'_>) {
    let next = engine.state().watch.services_next.get(key).copied();
    // A clock that was set back does not put it off.
    if next.is_some_and(|next| asking.at < next && next.millis_since(asking.at) <= services::EVERY_MS) {
        return;
    }
    let deadline = published::deadline(asking.deadline);
    let listed = services::read(asking.source, asking.family, &deadline, asking.at).await;
    let watch = &mut engine.state().watch;
    watch.services_next.insert(key.clone(), asking.at.plus_millis(services::EVERY_MS));
    watch.services.extend(listed.map(|listed| (key.0, key.1.clone(), listed)));
}

/// Saves the services that nodes listed; what cannot be saved is listed anew a minute later.
async fn keep_services(engine: &Engine) {
    let listed = std::mem::take(&mut engine.state().watch.services);
    if listed.is_empty() {
        return;
    }
    if let Err(error) = commands::looks::save_services(&engine.0.commands, &listed).await {
        tracing::error!(error = %error, "the services that nodes list cannot be saved");
    }
}

/// Asks which clients send heartbeats, where that is due.
async fn read_beating(engine: &Engine, key: &(ClusterId, NodeName), asking: &Asking<'_>) {
    if !engine.state().watch.beating.is_due(key, asking.at) {
        return;
    }
    let deadline = published::deadline(asking.deadline);
    let told = beats::read(asking.source, asking.family, &deadline).await;
    engine.state().watch.beating.take(key, told, asking.at);
}

/// Asks what clients publish of which that is due: those that are connected, and those for which the node is responsible.
async fn read_published(
    engine: &Engine,
    key: (ClusterId, NodeName),
    asking: &Asking<'_>,
    (list, beating): (&[ClientSeen], &[Beating]),
) {
    let Asking { source, family, deadline, at } = *asking;
    let due = {
        let reading = &mut engine.state().watch.reading;
        let of_node = reading.entry(key.clone()).or_default();
        of_node.listed(list, beating, at);
        of_node.due(at)
    };
    let answers = if due.is_empty() { Vec::new() } else { published::read(source, family, due, deadline).await };
    let reading = &mut engine.state().watch.reading;
    let of_node = reading.entry(key).or_default();
    for (id, answered) in answers {
        of_node.answered(&id, answered, at);
    }
}

/// A node can claim what it likes, and what it claims is kept for years.
fn bounded(mut sample: SampleSeen) -> SampleSeen {
    let short = |text: &String| text.chars().count() <= MOST_CHARS;
    sample.members = std::mem::take(&mut sample.members)
        .into_iter()
        .filter(|(address, state)| short(address) && state.to_string().len() <= MOST_CHARS)
        .take(MOST_ENTRIES)
        .collect();
    sample.raft.retain(|group| short(&group.group) && group.leader.as_ref().is_none_or(short));
    sample.raft.truncate(MOST_ENTRIES);
    for group in &mut sample.raft {
        group.members.retain(short);
        group.members.truncate(MOST_ENTRIES);
        group.error = group.error.take().map(|error| error.chars().take(MOST_CHARS).collect());
    }
    sample.metrics.status = sample.metrics.status.take().filter(short);
    sample.address = sample.address.take().filter(short);
    sample
}

/// Tells open incidents how their clusters stand, where enough looks in a row say the same.
async fn tell(engine: &Engine, looks: &[(ClusterId, Look)]) -> Result<(), EngineError> {
    let mut confirmed = BTreeMap::new();
    {
        let standing = &mut engine.state().watch.standing;
        for (cluster, look) in looks {
            let newest = Standing::after(standing.get(cluster), look);
            if newest.is_told() {
                confirmed.insert(*cluster, newest.clone());
            }
            standing.insert(*cluster, newest);
        }
    }
    if confirmed.is_empty() {
        return Ok(());
    }
    for incident in engine.0.commands.read().open_incidents().await? {
        if let Some(standing) = confirmed.get(&incident.cluster) {
            let told = commands::looks::tell(&engine.0.commands, incident.id, standing).await;
            if let Err(error) = told {
                tracing::error!(incident.id = incident.id.0, error = %error, "the timeline lacks how the cluster stands");
            }
        }
    }
    Ok(())
}

/// Follows the starts of nodes whose restart somebody took on.
async fn follow(engine: &Engine, followed: &[RestartClaim]) {
    let mut known = std::mem::take(&mut engine.state().watch.follows);
    for claim in followed {
        let key = (claim.incident, claim.at);
        match commands::restart_follows::tell(&engine.0.commands, claim, known.get(&key)).await {
            Ok(follow) => _ = known.insert(key, follow),
            Err(error) => {
                tracing::error!(incident.id = claim.incident.0, error = %error, "a start could not be followed");
            }
        }
    }
    known.retain(|key, _| followed.iter().any(|claim| (claim.incident, claim.at) == *key));
    engine.state().watch.follows = known;
}

/// Proposes incidents on clusters of which enough looks in a row say that nodes are silent, and on which none is open, or opens
/// them; and ends what is proposed where enough say that all is well.
async fn propose(engine: &Engine, clusters: &[Cluster], looks: &[(ClusterId, Look)]) -> Result<(), EngineError> {
    let (enough, now) = (engine.0.propose_after, engine.0.commands.clock().now());
    let planned = engine.0.commands.read().maintenances(now).await?;
    let seen: Vec<(&Cluster, Seen)> = {
        let signs = &mut engine.state().watch.signs;
        let of = |(id, look): &(ClusterId, Look)| {
            let signs = signs.entry(*id).or_default();
            signs.take(look);
            Some((
                clusters.iter().find(|cluster| cluster.id == *id)?,
                signs.seen(enough, |node| Maintenance::of(&planned, *id, node, now).is_some()),
            ))
        };
        looks.iter().filter_map(of).collect()
    };
    if seen.is_empty() {
        return Ok(());
    }
    let read = engine.0.commands.read();
    let (incidents, open) = (read.open_incidents().await?, read.open_proposals().await?);
    for (cluster, seen) in seen {
        let worked_on = incidents.iter().any(|incident| incident.cluster == cluster.id && !incident.drill);
        let proposed = open.iter().any(|proposal| proposal.cluster == cluster.id);
        if proposed && planned.iter().any(|one| one.cluster == cluster.id && one.runs_at(now)) {
            let taken_over = commands::maintenances::take_over(&engine.0.commands, cluster.id).await;
            if let Err(error) = taken_over {
                tracing::error!(cluster.id = cluster.id.0, error = %error, "what is planned could not be noted");
            }
        }
        if if seen.silent.is_empty() { !proposed } else { worked_on } {
            continue;
        }
        if let Err(error) = commands::openings::follow(&engine.0.commands, cluster, &seen, engine.0.on_silence).await {
            tracing::error!(cluster.id = cluster.id.0, error = %error, "what looks say of a cluster could not be proposed");
        }
    }
    Ok(())
}

/// Saves the looks of a tick and whom they saw connected, and folds those of the minutes before.
async fn keep(engine: &Engine, looks: &[(ClusterId, Look)], named: &[Named], at: Timestamp) {
    let commands = &engine.0.commands;
    let minute = Grain::Minute.begin(at);
    let clients = news(engine, named, at);
    let mut failed = commands::looks::save(commands, looks, &clients).await.err().map(|error| (error, LOST));
    {
        // What could not be saved is news still.
        let connected = &mut engine.state().watch.connected;
        for (key, list) in named {
            if failed.is_some() {
                connected.remove(key);
            } else {
                connected.insert(key.clone(), (at, list.clone()));
            }
        }
    }
    for look in clients.iter().filter(|look| !look.published.is_empty()) {
        let saved = &mut engine.state().watch.published;
        let of_node = saved.entry((look.cluster, look.node.clone())).or_default();
        match &failed {
            None => of_node.extend(look.published.clone()),
            Some(_) => look.published.keys().for_each(|key| _ = of_node.remove(key)),
        }
    }
    if failed.is_none() && engine.state().watch.folded != Some(minute) {
        failed = commands::looks::fold(commands).await.err().map(|error| (error, UNFOLDED));
        if failed.is_none() {
            engine.state().watch.folded = Some(minute);
        }
    }
    let said = std::mem::replace(&mut engine.state().watch.said, failed.is_some());
    if let Some((error, what)) = failed
        && !said
    {
        tracing::error!(error = %error, "{what}");
    }
}

/// What is to be written of who is connected. What was saved before this program started is not remembered, and after a gap
/// it may be kept no more: then everything is compared with what is stored.
fn news(engine: &Engine, named: &[Named], at: Timestamp) -> Vec<NamedLook> {
    let holds_ms = watched::holds_ms(engine);
    let state = engine.state();
    let connected = &state.watch.connected;
    let published = |key: &(ClusterId, NodeName)| {
        let (now, saved) = (state.watch.reading.get(key)?.published(), state.watch.published.get(key));
        let is_news = |(key, one): &(ClientKey, Published)| saved.and_then(|saved| saved.get(key)) != Some(one);
        Some(now.into_iter().filter(is_news).collect())
    };
    let look = |(key, list): &Named| NamedLook {
        cluster: key.0,
        node: key.1.clone(),
        at,
        holds_ms,
        left_out: list.left_out,
        news: match connected.get(key) {
            Some((last, same)) if same == list && at.millis_since(*last) <= holds_ms => None,
            _ => Some(list.clone()),
        },
        published: published(key).unwrap_or_default(),
    };
    named.iter().map(look).collect()
}

const LOST: &str = "looks at clusters cannot be saved; they are lost until they can be";
const UNFOLDED: &str = "looks at clusters are kept and cannot be folded into minutes and hours";
