//! Where each client was before an outage, and where it is now. Pure.
//!
//! # Why
//! The watcher tells who was connected where; the round itself asks who is now. Both lists are of one node each, and a client
//! may be on any. So it is missing only where every node is known not to hold it: one that nobody could ask may hold it, and
//! then it is not known where it is. In the same way it is new only where every node is known not to have held it before.
//! A node that was seen to be gone holds nobody. Ports that refuse from here are what a firewall gives as well: such a node
//! holds nobody if all its running peers call it down. One that hangs, starts or cannot be reached may hold somebody.
//! A client that sends heartbeats is listed by every node, so it is there where any of them lists it; it is missing only where
//! all that may hold somebody were read and none does.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::beating::{self, Beating, BeatsSeen};
use crate::domain::connected::{ClientKey, ClientList, ConnectedSeen};
use crate::domain::evidence::EvidenceRef;
use crate::domain::publishing::{Instance, Published, ServiceNow};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{ClientsFrom, MemberState};
use crate::domain::waiver::{ClientAway, ClientsAway, MOST_AWAY};
use crate::domain::watched::{ClientsWatchedSeen, Watched};
use crate::model::node_state::{self, NodeState};
use crate::model::tables::baseline::SERVICES_OF_AN_ANSWER;
use crate::model::{ClusterModel, cite};
use crate::nacos::api;

/// Most clients that are named in a sentence.
const IN_A_SENTENCE: usize = 3;
/// Most of them that are shown as evidence.
const IN_EVIDENCE: usize = 10;
/// Most characters of an address or an application in a sentence.
const NAME_CHARS: usize = 40;

/// How a client stands; what is to be done something about comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whereabout {
    /// It was there before, and no node holds it now.
    Missing,
    /// It has fewer connections than before.
    InPart,
    /// It was there before, and nobody could ask a node that may hold it; or it is there now, and nobody looked before.
    NotKnown,
    /// It is there, on another node.
    Moved,
    /// It is there, on a node that was silent meanwhile.
    Back,
    /// It was not there before.
    New,
    /// It is where it was.
    Stayed,
}

impl Whereabout {
    /// True if it, or a part of it, is known to be away.
    #[must_use]
    pub const fn is_away(self) -> bool {
        matches!(self, Self::Missing | Self::InPart)
    }
}

/// One client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientStands {
    /// Which.
    pub key: ClientKey,
    /// How it stands.
    pub state: Whereabout,
    /// Its connections before, by node.
    pub before: Vec<(usize, u32)>,
    /// Its connections now, by node.
    pub now: Vec<(usize, u32)>,
    /// Versions of its SDK before.
    pub versions_before: BTreeSet<String>,
    /// Versions of its SDK now.
    pub versions_now: BTreeSet<String>,
    /// The last look of the watcher that saw it, and on which node; `None`: it saw it never.
    pub last: Option<(usize, Timestamp)>,
    /// Of one that is away: what it published, or what of that it does not publish now. `None`: that is not known.
    pub publishes: Option<Published>,
}

impl ClientStands {
    /// Connections before.
    #[must_use]
    pub fn had(&self) -> u32 {
        sum(&self.before)
    }

    /// Connections now.
    #[must_use]
    pub fn has(&self) -> u32 {
        sum(&self.now)
    }
}

fn sum(places: &[(usize, u32)]) -> u32 {
    places.iter().fold(0, |sum, (_, connections)| sum.saturating_add(*connections))
}

/// All clients, before and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// "Before" is this moment.
    pub at: Timestamp,
    /// They: first those of which something is to be done, by application and address.
    pub clients: Vec<ClientStands>,
    /// Nodes of which nobody knows who was connected then.
    pub unseen_before: Vec<usize>,
    /// Nodes of which more were connected then than were kept.
    pub cut_before: Vec<usize>,
    /// Nodes of which nobody knows who is connected now.
    pub unseen_now: Vec<usize>,
    /// Nodes that were asked which clients send heartbeats, and did not tell.
    pub beats_untold: Vec<usize>,
}

/// Who is connected to a node now.
enum Now {
    /// These.
    Listed(ClientList),
    /// Nobody.
    Nobody,
    /// Not known.
    Unseen,
}

impl Now {
    /// `counted`: its connections, as far as anything counts them.
    fn of(model: &ClusterModel<'_>, index: usize, counted: Option<i64>) -> Self {
        let seen = model.nodes[index].clients;
        match seen.filter(|seen| seen.from == ClientsFrom::Loader) {
            Some(seen) => Self::Listed(ClientList::all(&seen.connections)),
            None if is_empty(model, index, counted) => Self::Nobody,
            None => Self::Unseen,
        }
    }
}

/// Which clients send heartbeats now.
struct Beats {
    /// They, each at one node.
    at: BTreeMap<usize, Vec<Beating>>,
    /// Of every node that may hold any it is known.
    are_known: bool,
    /// Nodes that were asked and did not tell.
    untold: Vec<usize>,
}

impl Beats {
    /// `may_hold`: nodes that are not known to hold nobody.
    fn of(model: &ClusterModel<'_>, may_hold: &[usize]) -> Self {
        let seen = |index: usize| model.nodes[index].clients.map(|seen| &seen.beats);
        let lists: BTreeMap<usize, &BTreeSet<Beating>> =
            (0..model.nodes.len()).filter_map(|index| Some((index, seen(index)?.listed()?))).collect();
        let untold = (0..model.nodes.len()).filter(|index| seen(*index) == Some(&BeatsSeen::Untold)).collect();
        let view = lists.keys().find_map(|index| model.nodes[*index].view);
        let up = |state: &MemberState| matches!(state, MemberState::Up | MemberState::Suspicious);
        let servers: BTreeSet<&str> = view
            .into_iter()
            .flat_map(|view| &view.members)
            .filter(|member| up(&member.state))
            .map(|member| member.address.as_str())
            .collect();
        let responsible = |one: &Beating| model.member(api::responsible_for(&one.tag(), &servers)?);
        Self {
            are_known: may_hold.iter().all(|index| lists.contains_key(index)),
            at: beating::attribute(&lists, responsible),
            untold,
        }
    }
}

/// Whether a node that lists no clients is known to hold none.
fn is_empty(model: &ClusterModel<'_>, index: usize, counted: Option<i64>) -> bool {
    match model.states[index] {
        NodeState::Gone => node_state::seen_gone(model, index) || is_down_to_all(model, index),
        NodeState::StartFailed { .. } => true,
        state if state.is_running() => counted == Some(0),
        _ => false,
    }
}

/// Whether every node that runs calls a node down, at least one.
fn is_down_to_all(model: &ClusterModel<'_>, index: usize) -> bool {
    let running = model.running();
    let says = |observer: &usize| {
        let members = model.nodes[*observer].view.into_iter().flat_map(|view| &view.members);
        members.filter(|member| model.member(&member.address) == Some(index)).any(|one| one.state == MemberState::Down)
    };
    !running.is_empty() && running.iter().all(says)
}

/// What is put together of one client.
#[derive(Default)]
struct Gathered {
    before: Vec<(usize, u32)>,
    now: Vec<(usize, u32)>,
    versions_before: BTreeSet<String>,
    versions_now: BTreeSet<String>,
}

/// Where every client is that was there at a moment, or is now; `None`: the watcher looked for no clients by name. `counted`: the
/// connections of each node now, as far as anything counts them.
#[must_use]
pub fn whereabouts(model: &ClusterModel<'_>, at: Timestamp, counted: &[Option<i64>]) -> Option<Whereabouts> {
    let seen: Vec<Option<&ConnectedSeen>> =
        model.nodes.iter().map(|node| node.watched.and_then(|watched| watched.connected.as_ref())).collect();
    if seen.iter().all(Option::is_none) {
        return None;
    }
    let (mut unseen_before, mut cut_before, mut unseen_now) = (Vec::new(), Vec::new(), Vec::new());
    let mut gathered: BTreeMap<ClientKey, Gathered> = BTreeMap::new();
    let mut may_hold = Vec::new();
    for (index, seen) in seen.iter().enumerate() {
        match seen.and_then(|seen| Some((seen.named_at(at)?, seen.at(at)?))) {
            Some((time, there)) => {
                if time.left_out > 0 {
                    cut_before.push(index);
                }
                for (key, there) in there {
                    let one = gathered.entry(key.clone()).or_default();
                    one.before.push((index, there.client.connections));
                    one.versions_before.extend(there.client.versions.iter().cloned());
                }
            }
            None => unseen_before.push(index),
        }
        match Now::of(model, index, counted.get(index).copied().flatten()) {
            Now::Listed(list) => {
                may_hold.push(index);
                for (key, client) in list.clients {
                    let one = gathered.entry(key).or_default();
                    one.now.push((index, client.connections));
                    one.versions_now.extend(client.versions);
                }
            }
            Now::Nobody => {}
            Now::Unseen => {
                may_hold.push(index);
                unseen_now.push(index);
            }
        }
    }
    let beats = Beats::of(model, &may_hold);
    for (index, one) in beats.at.iter().flat_map(|(index, all)| all.iter().map(|one| (*index, one))) {
        gathered.entry(one.key()).or_default().now.push((index, 1));
    }
    for (_, one) in gathered.iter_mut().filter(|(key, _)| key.beat_port().is_some()) {
        // One that went over to another node between two looks was never at both.
        one.before.truncate(1);
    }
    let beats_before = gathered.iter().any(|(key, one)| key.beat_port().is_some() && !one.before.is_empty());
    let last = last_seen(&seen);
    let silent: Vec<bool> = model.nodes.iter().map(|node| was_silent(node.watched, at)).collect();
    let before_known = unseen_before.is_empty() && cut_before.is_empty();
    // Who beat before was listed by a node that told; whether all who did were is not known where nobody told.
    let of = |key: &ClientKey| match key.beat_port() {
        Some(_) => (before_known && beats_before, unseen_now.is_empty() && beats.are_known),
        None => (before_known, unseen_now.is_empty()),
    };
    let stands = |(key, one): (ClientKey, Gathered)| ClientStands {
        state: state(&one, of(&key), &silent),
        last: last.get(&key).copied(),
        publishes: publishes(&seen, &key, &one, at),
        before: one.before,
        now: one.now,
        versions_before: one.versions_before,
        versions_now: one.versions_now,
        key,
    };
    let beats_untold = beats.untold.clone();
    let mut clients: Vec<ClientStands> = gathered.into_iter().map(stands).collect();
    clients.sort_by(|a, b| (a.state, &a.key.app, &a.key).cmp(&(b.state, &b.key.app, &b.key)));
    Some(Whereabouts { at, clients, unseen_before, cut_before, unseen_now, beats_untold })
}

/// What a client published that has fewer connections than before: of one that has none, all of it; of another, what it does
/// not publish any more. `None`: it has them all, or a list that tells it was not read.
fn publishes(seen: &[Option<&ConnectedSeen>], key: &ClientKey, one: &Gathered, at: Timestamp) -> Option<Published> {
    let (had, has) = (sum(&one.before), sum(&one.now));
    if has >= had {
        return None;
    }
    if key.beat_port().is_some() {
        // Whichever node was responsible when it was read.
        let read = |seen: &&ConnectedSeen| seen.published_at_or_after(key, at).cloned();
        return seen.iter().flatten().find_map(read);
    }
    let mut before = Published::default();
    for (node, _) in &one.before {
        let seen = seen[*node]?;
        // Of one that went on, a later list may lack what is looked for.
        let of_node = if has == 0 { seen.published_at_or_after(key, at) } else { seen.published_at(key, at) };
        before.extend(of_node?);
    }
    if has == 0 {
        return Some(before);
    }
    let mut now = Published::default();
    for (node, _) in &one.now {
        now.extend(seen[*node]?.published_at(key, Timestamp::from_millis(i64::MAX))?);
    }
    Some(before.without(&now)).filter(|away| !away.instances.is_empty())
}

/// Services by the lists of running nodes that were answered; the fullest of them counts: where lists differ, nobody is said to
/// be without an instance that one of them has. `false`: there may be more than are listed.
fn services_now(model: &ClusterModel<'_>) -> (BTreeMap<String, ServiceNow>, bool) {
    let mut services: BTreeMap<String, ServiceNow> = BTreeMap::new();
    let running = model.running().into_iter();
    let lists = running.filter_map(|index| Some(&model.nodes[index].view?.services)).filter(|list| !list.is_empty());
    let mut complete = false;
    for list in lists {
        complete |= list.len() < SERVICES_OF_AN_ANSWER;
        for (name, (healthy, all)) in list {
            let now = services.entry(name.clone()).or_insert(ServiceNow { healthy: 0, all: 0 });
            *now = ServiceNow { healthy: now.healthy.max(*healthy), all: now.all.max(*all) };
        }
    }
    (services, complete)
}

/// The last look of the watcher that saw each client.
fn last_seen(seen: &[Option<&ConnectedSeen>]) -> BTreeMap<ClientKey, (usize, Timestamp)> {
    let mut last: BTreeMap<ClientKey, (usize, Timestamp)> = BTreeMap::new();
    for (index, seen) in seen.iter().enumerate() {
        for span in seen.iter().flat_map(|seen| &seen.clients) {
            let newest = last.entry(span.key.clone()).or_insert((index, span.until));
            if newest.1 < span.until {
                *newest = (index, span.until);
            }
        }
    }
    last
}

/// Whether a node was silent since a moment, as far as the watcher saw.
fn was_silent(watched: Option<&ClientsWatchedSeen>, at: Timestamp) -> bool {
    watched.is_some_and(|seen| seen.spans.iter().any(|span| span.seen == Watched::Silent && span.until > at))
}

/// `known`: whether every node is known of before, and now.
fn state(one: &Gathered, (known_before, known_now): (bool, bool), silent: &[bool]) -> Whereabout {
    let (had, has) = (sum(&one.before), sum(&one.now));
    match (had, has) {
        (0, _) if known_before => Whereabout::New,
        (0, _) => Whereabout::NotKnown,
        _ if has < had && !known_now => Whereabout::NotKnown,
        (_, 0) => Whereabout::Missing,
        _ if has < had => Whereabout::InPart,
        _ if one.now.iter().any(|(node, _)| one.before.iter().all(|(before, _)| before != node)) => Whereabout::Moved,
        _ if one.before.iter().any(|(node, _)| silent[*node]) => Whereabout::Back,
        _ => Whereabout::Stayed,
    }
}

/// Clients that are away, as a sentence names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Away {
    /// The first of them: address, application, connections now and before: `10.0.4.7 order 0/2`.
    pub named: String,
    /// How many they are: addresses and applications, whatever their modules.
    pub count: usize,
    /// How many more than are named.
    pub more: usize,
    /// Clients that are there and were not before.
    pub new: usize,
    /// Those that are away, to be shown: where they were last.
    pub evidence: Vec<EvidenceRef>,
}

impl Whereabouts {
    /// True if of no node anybody knows who was connected then.
    #[must_use]
    pub fn nobody_looked(&self, nodes: usize) -> bool {
        self.unseen_before.len() == nodes
    }

    /// Those that are away, one by one, as far as so many are kept.
    #[must_use]
    pub fn kept(&self, model: &ClusterModel<'_>) -> ClientsAway {
        let of = |state| self.clients.iter().filter(move |client| client.state == state);
        let away = |client: &ClientStands| ClientAway {
            key: client.key.clone(),
            has: client.has(),
            had: client.had(),
            last: client.last.map(|(node, at)| (model.nodes[node].name.clone(), at)),
            publishes: client.publishes.clone(),
        };
        let listed = |state| of(state).take(MOST_AWAY).map(away).collect::<Vec<_>>();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        ClientsAway {
            since: self.at,
            missing: listed(Whereabout::Missing),
            in_part: listed(Whereabout::InPart),
            not_known: number(of(Whereabout::NotKnown).filter(|client| client.had() > 0).count()),
            left_out: number(of(Whereabout::Missing).count().saturating_sub(MOST_AWAY)),
            has_gaps: !self.unseen_before.is_empty() || !self.cut_before.is_empty(),
            no_longer: Vec::new(),
            back: Vec::new(),
            unheard: Vec::new(),
            here: self.clients.iter().filter(|client| client.has() > 0).map(|client| client.key.clone()).collect(),
            services: self.services(model),
        }
    }

    /// The services that those publish that are away, as running nodes list them now. One that no list has, though one of them
    /// is complete, has no instance; where none is, nothing is known of it.
    #[must_use]
    pub fn services(&self, model: &ClusterModel<'_>) -> BTreeMap<String, ServiceNow> {
        let (now, complete) = services_now(model);
        let away = self.clients.iter().filter(|client| client.state.is_away());
        let named = away.flat_map(|client| client.publishes.iter().flat_map(|published| &published.instances));
        let names: BTreeSet<String> = named.filter_map(Instance::listed_as).collect();
        let nowhere = complete.then_some(ServiceNow { healthy: 0, all: 0 });
        let known = names.into_iter().filter_map(|name| {
            let now = now.get(&name).copied().or(nowhere)?;
            Some((name, now))
        });
        known.collect()
    }

    /// Those that are away.
    #[must_use]
    pub fn away(&self, model: &ClusterModel<'_>) -> Away {
        let mut by_name: BTreeMap<(Option<&str>, &str), (u32, u32)> = BTreeMap::new();
        for client in self.clients.iter().filter(|client| client.state.is_away()) {
            let (has, had) = by_name.entry((client.key.app.as_deref(), &client.key.ip)).or_default();
            (*has, *had) = (has.saturating_add(client.has()), had.saturating_add(client.had()));
        }
        let short = |text: &str| text.chars().take(NAME_CHARS).collect::<String>();
        let name = |((app, ip), (has, had)): (&(Option<&str>, &str), &(u32, u32))| match app {
            Some(app) => format!("{} {} {has}/{had}", short(ip), short(app)),
            None => format!("{} {has}/{had}", short(ip)),
        };
        let named: Vec<String> = by_name.iter().take(IN_A_SENTENCE).map(name).collect();
        let shown =
            self.clients.iter().filter(|client| client.state.is_away()).take(IN_EVIDENCE).filter_map(|client| {
                let (node, at) = client.last?;
                let ClientKey { ip, app, module } = &client.key;
                let words = [Some(ip), app.as_ref(), module.as_ref()];
                let text = words.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
                Some(cite::watched(model.nodes[node].name, at, &format!("{text} {}/{}", client.has(), client.had())))
            });
        Away {
            more: by_name.len() - named.len(),
            count: by_name.len(),
            named: named.join(", "),
            new: self.clients.iter().filter(|client| client.state == Whereabout::New).count(),
            evidence: shown.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
