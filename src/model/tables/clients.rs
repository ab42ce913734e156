//! Client connections before and after, and who must be told. Pure.
//!
//! # Why
//! What a node had is told by its own logs, every three seconds, and else by the watcher, every ten. A node that does not
//! write holds no clients any more. One that does not answer the watcher may hold some, and one that nobody looked at too:
//! of those it is not known how many, and they are never taken for none.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::EvidenceRef;
use crate::domain::id::NodeName;
use crate::domain::observed::ClientSeen;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::ClientsFrom;
use crate::domain::waiver::ClientsAway;
use crate::domain::watched::{ClientsWatchedSeen, Watched};
use crate::model::node_state::{self, NodeState};
use crate::model::tables::whereabouts::{self, Away, Whereabouts};
use crate::model::{ClusterModel, cite};
use crate::nacos::timing;

/// Connections just before the outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// The moment.
    pub at: Timestamp,
    /// SDK connections over all nodes.
    pub total: i64,
    /// The same of each node, in their order.
    pub counts: Vec<i64>,
}

impl Before {
    /// The moment of which the connections are.
    #[must_use]
    pub fn counted_at(&self) -> Timestamp {
        counted_before(self.at)
    }
}

/// SDK connections of a node at the moment judged. A node that does not run tells of those it had while it did: they are none
/// where it was seen to be gone, and not known where it only does not answer or its ports refuse.
#[must_use]
pub fn sdk_now(model: &ClusterModel<'_>, index: usize) -> Option<i64> {
    let node = &model.nodes[index];
    let asked = node.clients.filter(|clients| clients.from != ClientsFrom::Log).and_then(|clients| clients.sdk);
    let logged = || match model.states[index] {
        NodeState::Gone => node_state::seen_gone(model, index).then_some(0),
        NodeState::StartFailed { .. } | NodeState::Starting { .. } => Some(0),
        state if state.is_running() => {
            let newest = logged(model, index).last().map(|(_, sdk, _)| *sdk);
            newest.or_else(|| node.clients.and_then(|clients| clients.sdk))
        }
        _ => None,
    };
    asked.or_else(logged)
}

/// SDK connections over all nodes just before the first node fell silent; `None` if none did or nothing tells.
#[must_use]
pub fn before_outage(model: &ClusterModel<'_>) -> Option<Before> {
    let at = outage(model)?;
    let counted = |index| Counts::of(model, index).at(counted_before(at));
    let counts = (0..model.nodes.len()).map(counted).collect::<Option<Vec<i64>>>()?;
    Some(Before { at, total: counts.iter().sum(), counts })
}

/// The moment of which the connections before an outage are.
fn counted_before(outage: Timestamp) -> Timestamp {
    outage.plus_millis(-timing::COUNTED_BEFORE_MS)
}

/// When the first of the nodes fell silent that do not run; where all run, the first that was silent meanwhile.
fn outage(model: &ClusterModel<'_>) -> Option<Timestamp> {
    let down = (0..model.nodes.len()).filter(|index| !model.states[*index].is_running());
    down.filter_map(|index| fell_silent(model, index)).min().or_else(|| silent_meanwhile(model))
}

/// When a node that does not run fell silent.
fn fell_silent(model: &ClusterModel<'_>, index: usize) -> Option<Timestamp> {
    // Where nobody but the watcher counted, it is its silence that the counts lie before.
    let silent = || watched(model, index)?.silent_since();
    stopped_counting(model, index).or_else(silent).or(model.nodes[index].last_stamp)
}

/// When the first node fell silent that runs again, by the watcher or by its own counts and start: since the window of the
/// incident begins, or the last time before.
fn silent_meanwhile(model: &ClusterModel<'_>) -> Option<Timestamp> {
    if model.running().len() < model.nodes.len() {
        return None;
    }
    let seen = (0..model.nodes.len()).filter_map(|index| watched(model, index));
    let restarts = (0..model.nodes.len()).flat_map(|index| stopped_and_started(model, index));
    let silences: BTreeSet<Timestamp> =
        seen.flat_map(ClientsWatchedSeen::silences).map(|span| span.from).chain(restarts).collect();
    let begin = model.window_begin();
    silences.range(begin..).next().or_else(|| silences.last()).copied()
}

/// When a node fell silent that was started later and counts again.
fn stopped_and_started(model: &ClusterModel<'_>, index: usize) -> Vec<Timestamp> {
    let node = &model.nodes[index];
    let starts: Vec<Timestamp> =
        node.stop.into_iter().flat_map(|stop| &stop.starts).copied().chain(node.started).collect();
    let was_started = |(counted, again): &(Timestamp, Timestamp)| starts.iter().any(|at| at > counted && at <= again);
    let gaps = gaps(logged(model, index)).filter(was_started);
    gaps.map(|(counted, _)| counted.plus_millis(timing::COUNTED_BEFORE_MS)).collect()
}

/// Times in which a node wrote no counts, each with the last count before and the first after it.
fn gaps(counts: &[(Timestamp, i64, i64)]) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let pairs = counts.windows(2).map(|pair| (pair[0].0, pair[1].0));
    pairs.filter(|(counted, again)| again.millis_since(*counted) > timing::HEARTBEAT_SILENT_MS)
}

/// A node of which nobody counted the clients before an outage, or before the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnseenBefore {
    /// The node.
    pub node: usize,
    /// Before that moment: of the outage, or of the first look.
    pub before: Timestamp,
}

/// Nodes of which nobody counted the clients in time, though the watcher was asked for them: so nothing can be said to be
/// missing.
#[must_use]
pub fn unseen_before(model: &ClusterModel<'_>) -> Vec<UnseenBefore> {
    let outage = outage(model);
    let begin = model.window_begin();
    let unseen = |node: usize| {
        let seen = model.nodes[node].watched.filter(|_| logged(model, node).is_empty())?;
        let before = match outage {
            Some(at) => Counts::of(model, node).at(counted_before(at)).is_none().then_some(at)?,
            None => seen.watched_since().filter(|since| since.millis_since(begin) > timing::HEARTBEAT_SILENT_MS)?,
        };
        Some(UnseenBefore { node, before })
    };
    (0..model.nodes.len()).filter_map(unseen).collect()
}

/// What tells how many connections a node had at a moment.
enum Counts<'p> {
    /// Its logs, oldest first.
    Logged(&'p [(Timestamp, i64, i64)]),
    /// The watcher.
    Watched(&'p ClientsWatchedSeen),
}

impl<'p> Counts<'p> {
    fn of(model: &ClusterModel<'p>, index: usize) -> Self {
        watched(model, index).map_or_else(|| Self::Logged(logged(model, index)), Self::Watched)
    }

    /// How many at that moment. A node that has stopped writing holds none; one that has not begun, that did not answer or that
    /// nobody looked at is not known.
    fn at(&self, at: Timestamp) -> Option<i64> {
        match self {
            Self::Logged(counts) => {
                let (counted, sdk, _) = *counts[..counts.partition_point(|(time, ..)| *time <= at)].last()?;
                Some(if at.millis_since(counted) <= timing::HEARTBEAT_SILENT_MS { sdk } else { 0 })
            }
            Self::Watched(seen) => match seen.at(at)?.seen {
                Watched::Counted { sdk } => Some(sdk),
                Watched::Silent | Watched::Untold | Watched::NotLooked => None,
            },
        }
    }

    /// Times in which it wrote no counts, and did so again later: meanwhile the clients of a node that died stand on two nodes,
    /// and then on one.
    fn gaps(&self) -> Vec<(Timestamp, Timestamp)> {
        match self {
            Self::Logged(counts) => gaps(counts).collect(),
            Self::Watched(_) => Vec::new(),
        }
    }

    /// Moments at which something was told: of what stayed the same, the first and the last. The watcher knows of more than the
    /// window, which begins at `begin`; what happened before it is another story.
    fn moments(&self, begin: Timestamp) -> Vec<Timestamp> {
        match self {
            Self::Logged(counts) => counts.iter().map(|(at, ..)| *at).collect(),
            Self::Watched(seen) => {
                let spans = seen.spans.iter().filter(|span| span.until >= begin);
                spans.flat_map(|span| [span.from.max(begin), span.until]).collect()
            }
        }
    }

    /// What was counted at that moment, to be shown, where it was the watcher.
    fn shown(&self, node: &NodeName, at: Timestamp) -> Option<EvidenceRef> {
        let Self::Watched(seen) = self else { return None };
        let span = seen.at(at)?;
        let Watched::Counted { sdk } = span.seen else { return None };
        Some(cite::watched(node, span.until.min(at), &format!("sdk {sdk}")))
    }
}

/// What the watcher counted of a node, where its logs tell nothing, and in the way in which it is counted now.
fn watched<'p>(model: &ClusterModel<'p>, index: usize) -> Option<&'p ClientsWatchedSeen> {
    let now = model.nodes[index].clients.map(|clients| &clients.from).filter(|from| **from != ClientsFrom::Log);
    let same = |seen: &&ClientsWatchedSeen| now.is_none_or(|from| *from == seen.counted_by);
    model.nodes[index].watched.filter(|_| logged(model, index).is_empty()).filter(same)
}

/// When a node that writes on, as in a start that fails, had stopped to serve: it no longer counted its clients.
fn stopped_counting(model: &ClusterModel<'_>, index: usize) -> Option<Timestamp> {
    let (counted, ..) = *logged(model, index).last()?;
    let last = model.nodes[index].last_stamp?;
    (last.millis_since(counted) > timing::HEARTBEAT_SILENT_MS).then(|| counted.plus_millis(timing::COUNTED_BEFORE_MS))
}

/// Connections that went away within a short time and have not come back, over all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fall {
    /// The last moment with all of them.
    pub at: Timestamp,
    /// SDK connections over all nodes until then.
    pub before: i64,
    /// The most at any time since.
    pub after: i64,
    /// How long it took, in seconds.
    pub seconds: i64,
    /// The node that lost the most.
    pub node: usize,
    /// How many it had.
    pub had: i64,
    /// How many it lost.
    pub lost: i64,
}

/// The greatest fall in the window, from the counts of every node; `None` where one has none, or where the number of
/// connections only rose.
#[must_use]
pub fn fall(model: &ClusterModel<'_>) -> Option<Fall> {
    let histories: Vec<Counts<'_>> = (0..model.nodes.len()).map(|index| Counts::of(model, index)).collect();
    let begin = model.window_begin();
    let moments: BTreeSet<Timestamp> = histories.iter().flat_map(|history| history.moments(begin)).collect();
    let gaps: Vec<(Timestamp, Timestamp)> = histories.iter().flat_map(Counts::gaps).collect();
    let totals: Vec<(Timestamp, i64)> = moments
        .into_iter()
        .filter(|at| gaps.iter().all(|(counted, again)| at <= counted || at >= again))
        .filter_map(|at| {
            let counts = histories.iter().map(|history| history.at(at)).collect::<Option<Vec<i64>>>()?;
            Some((at, counts.iter().sum()))
        })
        .collect();
    // The most from each moment on.
    let mut most_from: Vec<i64> = totals.iter().map(|(_, total)| *total).collect();
    for index in (1..most_from.len()).rev() {
        most_from[index - 1] = most_from[index - 1].max(most_from[index]);
    }
    let fell = |index: usize| {
        let (at, _) = totals[index];
        let held = totals[..=index].iter().rev().take_while(|(time, _)| at.millis_since(*time) <= timing::HELD_MS);
        let before = held.map(|(_, total)| *total).min()?;
        let settled = totals.partition_point(|(time, _)| time.millis_since(at) < timing::FALL_MS);
        Some((before, *most_from.get(settled.max(index + 1)).or(most_from.last())?))
    };
    let falls = (0..totals.len()).filter_map(|index| Some((index, fell(index)?)));
    let (index, (before, after)) = falls.max_by_key(|(_, (before, after))| before - after)?;
    let (at, _) = totals[index];
    let (until, _) = totals[index..].iter().find(|(_, total)| *total <= after)?;
    let lost = |of: &Counts<'_>| of.at(at).unwrap_or(0) - of.at(*until).unwrap_or(0);
    let node = (0..histories.len()).max_by_key(|index| lost(&histories[*index]))?;
    let (had, lost) = (histories[node].at(at).unwrap_or(0), lost(&histories[node]));
    (after < before).then(|| Fall { at, before, after, seconds: until.millis_since(at) / 1000, node, had, lost })
}

/// Connections of a node over time, from its logs: (time, sdk, cluster), oldest first.
#[must_use]
pub fn logged<'p>(model: &ClusterModel<'p>, index: usize) -> &'p [(Timestamp, i64, i64)] {
    let node = &model.nodes[index];
    let logged = node.logs.map(|logs| &logs.connection_history).filter(|history| !history.is_empty());
    logged.or(node.clients.map(|clients| &clients.history)).map_or(&[], Vec::as_slice)
}

/// A client address and where it is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPlace {
    /// Its address.
    pub ip: String,
    /// Applications named by its connections.
    pub apps: Vec<String>,
    /// SDK versions.
    pub versions: Vec<String>,
    /// Nodes it is connected to.
    pub nodes: Vec<NodeName>,
    /// Connections.
    pub connections: usize,
}

/// Every client address, those on one node only first: whom to tell or restart if that node goes.
#[must_use]
pub fn places(model: &ClusterModel<'_>) -> Vec<ClientPlace> {
    let mut by_ip: BTreeMap<&str, Vec<(&NodeName, &ClientSeen)>> = BTreeMap::new();
    for node in &model.nodes {
        for client in node.clients.into_iter().flat_map(|clients| &clients.connections) {
            if !client.is_of_a_node() {
                by_ip.entry(&client.ip).or_default().push((node.name, client));
            }
        }
    }
    let mut places: Vec<ClientPlace> = by_ip
        .into_iter()
        .map(|(ip, seen)| {
            let set = |pick: &dyn Fn(&ClientSeen) -> Option<String>| {
                seen.iter().filter_map(|(_, client)| pick(client)).collect::<BTreeSet<_>>().into_iter().collect()
            };
            let nodes: BTreeSet<&NodeName> = seen.iter().map(|(node, _)| *node).collect();
            ClientPlace {
                ip: ip.to_owned(),
                apps: set(&|client| client.app.clone().filter(|app| !app.is_empty() && app != "unknown")),
                versions: set(&|client| client.version.clone()),
                nodes: nodes.into_iter().cloned().collect(),
                connections: seen.len(),
            }
        })
        .collect();
    places.sort_by_key(|place| (place.nodes.len(), place.ip.clone()));
    places
}

/// The connections of running nodes at the moment judged.
#[derive(Clone, Debug)]
pub struct Spread {
    /// SDK connections by node; those that do not tell theirs are left out.
    pub counts: Vec<(usize, i64)>,
    /// Running nodes that do not tell theirs.
    pub uncounted: Vec<usize>,
    /// All that are counted.
    pub total: i64,
    /// Connections before the outage, where there is one and they are known.
    pub before: Option<Before>,
    /// Where there is none: connections that went away all the same.
    pub fall: Option<Fall>,
    /// The moment before which clients are looked for by name: that of the outage, or of the fall.
    pub named_since: Option<Timestamp>,
    /// Who of those that were there then is away.
    pub away: Away,
    /// The counts, to be shown.
    pub evidence: Vec<EvidenceRef>,
    /// Those before the outage or the fall, as far as the watcher counted them.
    pub watched: Vec<EvidenceRef>,
}

impl Spread {
    /// The node with the most connections, and how many it has.
    #[must_use]
    pub fn fullest(&self) -> Option<(usize, i64)> {
        self.counts.iter().copied().max_by_key(|(_, count)| *count)
    }

    /// Nodes that are counted, at least one.
    #[must_use]
    pub fn nodes(&self) -> i64 {
        i64::try_from(self.counts.len()).unwrap_or(1).max(1)
    }

    /// Nodes that have next to none of the connections, and how many they have: less than a tenth of their share. None where
    /// most are such nodes: then it is the fullest that stands out.
    #[must_use]
    pub fn empty(&self) -> Vec<Empty> {
        let (total, nodes) = (self.total, self.nodes());
        let Some(fullest) = self.fullest() else { return Vec::new() };
        let empty: Vec<Empty> = self
            .counts
            .iter()
            .zip(&self.evidence)
            .filter(|((_, count), _)| count * nodes * 10 < total)
            .map(|((node, count), shown)| Empty {
                node: *node,
                count: *count,
                total,
                nodes,
                fullest,
                evidence: vec![shown.clone()],
            })
            .collect();
        if empty.len() * 2 <= self.counts.len() { empty } else { Vec::new() }
    }
}

/// A node that has next to none of the connections.
#[derive(Clone, Debug)]
pub struct Empty {
    /// The node.
    pub node: usize,
    /// How many it has.
    pub count: i64,
    /// How many all have.
    pub total: i64,
    /// Nodes that are counted.
    pub nodes: i64,
    /// The node that has the most, and how many.
    pub fullest: (usize, i64),
    /// Its count, to be shown.
    pub evidence: Vec<EvidenceRef>,
}

/// How the connections are spread over running nodes.
#[must_use]
pub fn spread(model: &ClusterModel<'_>) -> Spread {
    let running = model.running();
    let count = |index: &usize| sdk_now(model, *index).map(|count| (*index, count));
    let counts: Vec<(usize, i64)> = running.iter().filter_map(count).collect();
    let uncounted = running.into_iter().filter(|index| counts.iter().all(|(node, _)| node != index)).collect();
    let line =
        |(index, count): &(usize, i64)| cite::said(model.nodes[*index].name, "connections", &format!("sdk {count}"));
    let all_run = counts.len() == model.nodes.len();
    let (before, fall) = (before_outage(model), if all_run { fall(model) } else { None });
    let moment = before.as_ref().map(Before::counted_at).or(fall.as_ref().map(|fall| fall.at));
    let then = |at| (0..model.nodes.len()).filter_map(move |index| shown_at(model, index, at));
    let named_since = since(model, fall.as_ref());
    let whereabouts = named_since.and_then(|at| whereabouts(model, at));
    Spread {
        uncounted,
        away: whereabouts.as_ref().map(|all| all.away(model)).unwrap_or_default(),
        named_since,
        total: counts.iter().map(|(_, count)| count).sum(),
        watched: moment.into_iter().flat_map(then).collect(),
        before,
        fall,
        evidence: counts.iter().map(line).collect(),
        counts,
    }
}

/// The moment before which clients are looked for by name: that of an outage, or where every node runs on, of a fall.
#[must_use]
pub fn named_since(model: &ClusterModel<'_>) -> Option<Timestamp> {
    let all_run =
        (0..model.nodes.len()).all(|index| model.states[index].is_running() && sdk_now(model, index).is_some());
    since(model, if all_run { fall(model) } else { None }.as_ref())
}

/// Where every client is that was there at a moment, or is now.
#[must_use]
pub fn whereabouts(model: &ClusterModel<'_>, at: Timestamp) -> Option<Whereabouts> {
    let counted: Vec<Option<i64>> = (0..model.nodes.len()).map(|index| sdk_now(model, index)).collect();
    whereabouts::whereabouts(model, at, &counted)
}

/// Who of those that were there before is away; `None`: there is no moment to compare with, or nobody looked before it.
#[must_use]
pub fn away(model: &ClusterModel<'_>) -> Option<ClientsAway> {
    let all = whereabouts(model, named_since(model)?)?;
    (!all.nobody_looked(model.nodes.len())).then(|| all.kept(model))
}

fn since(model: &ClusterModel<'_>, fall: Option<&Fall>) -> Option<Timestamp> {
    outage(model).map(counted_before).or(fall.map(|fall| fall.at))
}

/// What the watcher counted of a node at a moment, to be shown.
fn shown_at(model: &ClusterModel<'_>, index: usize, at: Timestamp) -> Option<EvidenceRef> {
    Counts::of(model, index).shown(model.nodes[index].name, at)
}

/// An application all of whose clients are connected to one node.
#[derive(Clone, Debug)]
pub struct OnOneNode {
    /// The node.
    pub node: usize,
    /// The name that its clients tell.
    pub app: String,
    /// Hosts it runs on.
    pub hosts: usize,
    /// True if every other running node took in clients before the newest of these connected: it could have been chosen.
    pub others_took_in: bool,
    /// The same, to be shown.
    pub evidence: Vec<EvidenceRef>,
}

/// Applications all of whose clients are connected to one of several nodes; none where a running node does not list its
/// clients. Only clients that tell the name of their application are looked at.
#[must_use]
pub fn on_one_node(model: &ClusterModel<'_>) -> Vec<OnOneNode> {
    let running = model.running();
    let listed = running.iter().all(|index| {
        model.nodes[*index].clients.is_some_and(|clients| clients.sdk == Some(0) || !clients.connections.is_empty())
    });
    if running.len() < 2 || !listed {
        return Vec::new();
    }
    let mut apps: BTreeMap<&str, Vec<(usize, &ClientSeen)>> = BTreeMap::new();
    for index in &running {
        let clients = model.nodes[*index].clients.into_iter().flat_map(|clients| &clients.connections);
        for client in clients.filter(|client| !client.is_of_a_node()) {
            apps.entry(client.app.as_deref().unwrap_or_default()).or_default().push((*index, client));
        }
    }
    let mut found = Vec::new();
    for (app, clients) in apps.iter().filter(|(app, _)| !app.is_empty()) {
        let hosts = clients.iter().map(|(_, client)| client.ip.as_str()).collect::<BTreeSet<_>>().len();
        let Some((node, _)) = clients.first().copied() else { continue };
        if clients.iter().any(|(other, _)| *other != node) {
            continue;
        }
        let newest = clients.iter().filter_map(|(_, client)| client.created).max();
        let others_took_in = running.iter().filter(|other| **other != node).all(|other| {
            let seen = model.nodes[*other].clients;
            let oldest = seen.into_iter().flat_map(|seen| &seen.connections).filter_map(|client| client.created).min();
            oldest.zip(newest).is_some_and(|(oldest, newest)| oldest < newest)
        });
        let text = format!("{app}: {hosts} hosts, on this node only");
        let evidence = vec![cite::said(model.nodes[node].name, "connections", &text)];
        found.push(OnOneNode { node, app: (*app).to_owned(), hosts, others_took_in, evidence });
    }
    found
}
