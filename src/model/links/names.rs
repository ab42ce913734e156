//! Names of members that do not resolve, or not to the same address everywhere.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::failures::ENOUGH;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{NameBy, NameSeen, PortResult};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::Failure;
use crate::model::node_state::{NodeState, Stated};
use crate::model::{address, cite, peer_errors};
use crate::nacos::properties::jdbc;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// A name that a node cannot resolve.
#[derive(Clone, Debug)]
pub struct Unresolved {
    /// The node whose log says so.
    pub observer: usize,
    /// The name.
    pub host: String,
    /// Lines.
    pub evidence: Vec<EvidenceRef>,
}

/// Names of members that nodes fail to resolve at the moment judged, more than once, while they run or in a start that does
/// not end, and those that a start named which failed; of such starts the host of a database as well. An IP address is not a
/// name.
#[must_use]
pub fn unresolved(model: &Stated<'_>) -> Vec<Unresolved> {
    let mut found: BTreeMap<(usize, String), Unresolved> = BTreeMap::new();
    for observer in 0..model.nodes.len() {
        let node = &model.nodes[observer];
        let Some((enough, horizon)) = asked_of(model, observer) else { continue };
        for hits in node.logs.into_iter().flat_map(|logs| &logs.hits) {
            let by_reason = hits.reasons.get(&Failure::Dns).filter(|_| peer_errors::is_attempt(hits));
            let named = [SignatureId::GRPC_RESOLVE_FAIL, SignatureId::UNKNOWN_HOST];
            let (count, last) = match by_reason {
                Some(seen) => (seen.count, seen.last),
                None if named.iter().any(|id| hits.signature == *id) => (hits.count, hits.last),
                None => continue,
            };
            let captured = hits.samples.last().and_then(|line| line.captures.get("host")).map(String::as_str);
            let Some((host, _)) = hits.peer_text().or(captured).and_then(address::split) else { continue };
            if count < enough || last.is_none_or(|last| last < horizon) || host.parse::<IpAddr>().is_ok() {
                continue;
            }
            if hits.signature == SignatureId::UNKNOWN_HOST && !is_needed(model, observer, &host) {
                continue;
            }
            if model.states[observer].is_running() && is_no_member(model, observer, &host) {
                continue;
            }
            let entry = found.entry((observer, host.clone())).or_insert_with(|| Unresolved {
                observer,
                host,
                evidence: Vec::new(),
            });
            entry.evidence.extend(cite::samples(node.name, std::iter::once(hits), 1));
        }
    }
    found.into_values().collect()
}

/// How many lines of a node count, and from when on. `None`: it does nothing that needs a name.
fn asked_of(model: &Stated<'_>, observer: usize) -> Option<(u64, Timestamp)> {
    let current = model.as_of.plus_millis(-timing::ATTEMPT_CURRENT_MS);
    match model.states[observer] {
        state if state.is_running() => Some((ENOUGH, current)),
        // Names of pods come up with their pods.
        NodeState::Starting { since } if model.age_ms(since) >= timing::START_SETTLES_MS => Some((ENOUGH, current)),
        NodeState::StartFailed { at } => Some((1, at.plus_millis(-timing::LAST_ERRORS_MS))),
        _ => None,
    }
}

/// True if neither the `cluster.conf` of a node nor its API has a member of that name any more. A node takes over a changed
/// `cluster.conf` by itself, so it does not ask for that name again. False where no `cluster.conf` with members was seen.
fn is_no_member(model: &Stated<'_>, observer: usize, host: &str) -> bool {
    let node = &model.nodes[observer];
    let Some(conf) = node.conf.filter(|conf| conf.present && !conf.members.is_empty()) else { return false };
    let listed = node.view.into_iter().flat_map(|view| &view.members).map(|member| &member.address);
    !has_name(conf.members.iter().chain(listed), host)
}

/// True if one of these members is of that name.
fn has_name<'m>(members: impl IntoIterator<Item = &'m String>, host: &str) -> bool {
    members.into_iter().filter_map(|member| address::split(member)).any(|(named, _)| named == host)
}

/// True if a name is that of a member or of a database.
fn is_needed(model: &Stated<'_>, observer: usize, host: &str) -> bool {
    let node = &model.nodes[observer];
    let members = node.conf.into_iter().flat_map(|conf| &conf.members);
    let databases = node.properties.into_iter().flat_map(|seen| &seen.databases);
    let mut databases = databases.flat_map(|target| jdbc::hosts(target));
    has_name(members, host) || databases.any(|(named, _)| named.eq_ignore_ascii_case(host))
}

/// Names that the helper beside a node could not resolve in the window: now and then, or all the time.
#[must_use]
pub fn lookups_failed(model: &Stated<'_>) -> Vec<Unresolved> {
    let from = model.window_begin();
    let mut found: BTreeMap<(usize, String), Unresolved> = BTreeMap::new();
    for observer in 0..model.nodes.len() {
        let node = &model.nodes[observer];
        for line in node.hits(SignatureId::LOOKUP_FAILED).flat_map(|hits| &hits.samples) {
            let Some(host) = line.captures.get("host").filter(|_| line.at.is_some_and(|at| at >= from)) else {
                continue;
            };
            let new = || Unresolved { observer, host: host.clone(), evidence: Vec::new() };
            found.entry((observer, host.clone())).or_insert_with(new).evidence.push(cite::line(node.name, line));
        }
    }
    found.into_values().collect()
}

/// A name of a member that nodes take for different addresses.
#[derive(Clone, Debug)]
pub struct Differing {
    /// A node that takes it for another address than the rest, or than the address of who has the name; where neither tells,
    /// the first of two.
    pub node: usize,
    /// One that takes it for another.
    pub other: usize,
    /// Whether it is known that `node` is the one that is wrong.
    pub is_wrong: bool,
    /// The name.
    pub host: String,
    /// What it is for each of the two.
    pub addresses: [String; 2],
    /// Both answers.
    pub evidence: Vec<EvidenceRef>,
}

/// What a name is for a node.
type Answer<'a> = (usize, &'a NameSeen);

/// Names of members that nodes resolve differently: of one family both have addresses, and none in common. A node may take its
/// own name for a loopback address, as some systems set it up. Where it is known who is wrong, each such node is told of, else
/// each name once.
#[must_use]
pub fn differing(model: &Stated<'_>) -> Vec<Differing> {
    let mut by_name: BTreeMap<&str, Vec<Answer<'_>>> = BTreeMap::new();
    for (index, node) in model.nodes.iter().enumerate() {
        for seen in node.conf.into_iter().flat_map(|conf| &conf.names) {
            let anothers = model.owner(&seen.name).is_some_and(|owner| owner != index);
            if anothers || !seen.addresses.iter().all(IpAddr::is_loopback) {
                by_name.entry(&seen.name).or_default().push((index, seen));
            }
        }
    }
    let told = by_name.into_iter().flat_map(|(host, answers)| {
        let pair = |one: Answer<'_>, other: Answer<'_>, is_wrong: bool| Differing {
            node: one.0,
            other: other.0,
            is_wrong,
            host: host.to_owned(),
            addresses: [shown(one.1), shown(other.1)],
            evidence: [one, other].map(|answer| cite_answer(model, answer)).into(),
        };
        match right_one(model, host, &answers) {
            Some(right) => {
                let wrong = answers.iter().filter(|answer| are_apart(answer.1, right.1));
                wrong.map(|answer| pair(*answer, right, true)).collect()
            }
            None => Vec::from_iter(two_apart(&answers).map(|(one, other)| pair(one, other, false))),
        }
    });
    told.collect()
}

/// The first two answers that have nothing in common.
fn two_apart<'a>(answers: &[Answer<'a>]) -> Option<(Answer<'a>, Answer<'a>)> {
    let mut pairs =
        answers.iter().enumerate().flat_map(|(at, one)| answers[at + 1..].iter().map(move |other| (one, other)));
    pairs.find(|(one, other)| are_apart(one.1, other.1)).map(|(one, other)| (*one, *other))
}

/// An answer that is right: it has the address at which the node of that name is asked, or more than half of all agree with
/// it. `None`: that cannot be told.
fn right_one<'a>(model: &Stated<'_>, host: &str, answers: &[Answer<'a>]) -> Option<Answer<'a>> {
    let known: Vec<IpAddr> = model.owner(host).map_or_else(Vec::new, |owner| {
        let addresses = model.nodes[owner].addresses().filter_map(|own| own.host.parse::<IpAddr>().ok());
        addresses.filter(|address| !address.is_loopback()).collect()
    });
    let has_known = |answer: &&Answer<'_>| answer.1.addresses.iter().any(|address| known.contains(address));
    let agreed = |answer: &&Answer<'_>| {
        let with = answers.iter().filter(|other| !are_apart(answer.1, other.1)).count();
        with > 1 && with * 2 > answers.len()
    };
    answers.iter().find(has_known).or_else(|| answers.iter().find(agreed)).copied()
}

/// True if of one family both have addresses, and none in common.
fn are_apart(one: &NameSeen, other: &NameSeen) -> bool {
    [true, false].into_iter().any(|v4| {
        let of = |seen: &NameSeen| seen.addresses.iter().copied().filter(|a| a.is_ipv4() == v4).collect::<Vec<_>>();
        let (one, other) = (of(one), of(other));
        !one.is_empty() && !other.is_empty() && one.iter().all(|address| !other.contains(address))
    })
}

fn shown(seen: &NameSeen) -> String {
    seen.addresses.iter().take(4).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn cite_answer(model: &Stated<'_>, (index, seen): Answer<'_>) -> EvidenceRef {
    let source = match seen.by {
        NameBy::Hosts => "/etc/hosts",
        NameBy::Resolver => "DNS",
    };
    cite::said(model.nodes[index].name, source, &format!("{} {}", seen.name, shown(seen)))
}

/// A name of a node that does not resolve from here.
#[derive(Clone, Debug)]
pub struct UnresolvedHere {
    /// The node.
    pub node: usize,
    /// Its name, as it was tried.
    pub host: String,
    /// One of the tries.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes of which every port was tried in vain because their name does not resolve here.
#[must_use]
pub fn unresolved_here(model: &Stated<'_>) -> Vec<UnresolvedHere> {
    let mut found = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let Some(seen) = node.ports.filter(|seen| !seen.ports.is_empty()) else { continue };
        if seen.ports.iter().all(|port| port.result == PortResult::Dns) {
            let evidence = seen.ports.iter().take(1).map(|port| cite::port(node.name, &seen.host, port)).collect();
            found.push(UnresolvedHere { node: index, host: seen.host.clone(), evidence });
        }
    }
    found
}
