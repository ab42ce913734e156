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

/// True if a name is that of a member or of a database.
fn is_needed(model: &Stated<'_>, observer: usize, host: &str) -> bool {
    let node = &model.nodes[observer];
    let members = node.conf.into_iter().flat_map(|conf| &conf.members);
    let mut members = members.filter_map(|member| address::split(member));
    let databases = node.properties.into_iter().flat_map(|seen| &seen.databases);
    let mut databases = databases.flat_map(|target| jdbc::hosts(target));
    members.any(|(named, _)| named == host) || databases.any(|(named, _)| named.eq_ignore_ascii_case(host))
}

/// Names that the helper beside a node could not resolve in the window: now and then, or all the time.
#[must_use]
pub fn lookups_failed(model: &Stated<'_>) -> Vec<Unresolved> {
    let from = model.as_of.plus_millis(-model.window_ms);
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

/// A name of a member that two nodes take for different addresses.
#[derive(Clone, Debug)]
pub struct Differing {
    /// The nodes.
    pub nodes: [usize; 2],
    /// The name.
    pub host: String,
    /// What it is for each of them.
    pub addresses: [String; 2],
    /// Both answers.
    pub evidence: Vec<EvidenceRef>,
}

/// Names of members that two nodes resolve differently: of one family both have addresses, and none in common. A node may
/// take its own name for a loopback address, as some systems set it up; each name is told of once.
#[must_use]
pub fn differing(model: &Stated<'_>) -> Vec<Differing> {
    let mut answers: Vec<(usize, &NameSeen)> = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        for seen in node.conf.into_iter().flat_map(|conf| &conf.names) {
            let anothers = model.owner(&seen.name).is_some_and(|owner| owner != index);
            if anothers || !seen.addresses.iter().all(IpAddr::is_loopback) {
                answers.push((index, seen));
            }
        }
    }
    let apart = |one: &NameSeen, other: &NameSeen| {
        [true, false].into_iter().any(|v4| {
            let of = |seen: &NameSeen| seen.addresses.iter().copied().filter(|a| a.is_ipv4() == v4).collect::<Vec<_>>();
            let (one, other) = (of(one), of(other));
            !one.is_empty() && !other.is_empty() && one.iter().all(|address| !other.contains(address))
        })
    };
    let mut found: Vec<Differing> = Vec::new();
    for (at, (one, first)) in answers.iter().enumerate() {
        for (other, second) in &answers[at + 1..] {
            if first.name != second.name || !apart(first, second) || found.iter().any(|had| had.host == first.name) {
                continue;
            }
            let shown =
                |seen: &NameSeen| seen.addresses.iter().take(4).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let refs = [(*one, *first), (*other, *second)].map(|(index, seen)| {
                let source = match seen.by {
                    NameBy::Hosts => "/etc/hosts",
                    NameBy::Resolver => "DNS",
                };
                cite::said(model.nodes[index].name, source, &format!("{} {}", seen.name, shown(seen)))
            });
            found.push(Differing {
                nodes: [*one, *other],
                host: first.name.clone(),
                addresses: [shown(first), shown(second)],
                evidence: refs.into(),
            });
        }
    }
    found
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
