//! Front doors: what went through each, put beside what the nodes answered when asked past it.
//!
//! # Why
//! A proxy seldom says which node it asked. Where a header of it does, that counts. Else a failure is put down to a node
//! only where that node is dead, and how surely depends on what else was seen: how large a share failed, and whether the
//! answers name all the others. A node that is frozen lets its connections be accepted, so that requests to it end as those
//! to a door that hangs: nothing is certain then.

use std::collections::{BTreeMap, BTreeSet};

use super::node_state::NodeState;
use super::{ClusterModel, address, cite};
use crate::domain::evidence::EvidenceRef;
use crate::domain::message::Message;
use crate::domain::observed::{DoorRequest, DoorSeen, PortResult, PortRole, PortSeen};
use crate::domain::vocabulary::Failure;
use crate::nacos::timing;

/// How many times longer than every answer past the door.
const SLOW_TIMES: u64 = 5;

/// What went through one front door, over all nodes' shares.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    /// Its URL.
    pub door: &'a str,
    /// Every request.
    pub tries: Vec<&'a DoorRequest>,
    /// Answered as the nodes themselves answer.
    pub served: usize,
    /// Not answered, or by the door itself: 502, 503, 504.
    pub failed: usize,
    /// Answered otherwise.
    pub other: usize,
    /// Answered, but far slower than any node past the door.
    pub slow: usize,
    /// How the failures ended (`502`, `timeout`), and how often.
    pub failures: BTreeMap<String, usize>,
    /// Which nodes answered, by index, as far as answers name them.
    pub backends: BTreeMap<usize, usize>,
    /// Which nodes the door says it asked in vain before another one answered, by index.
    pub passed_over: BTreeMap<usize, usize>,
    /// Which nodes the door says it asked where it failed, by index.
    pub failed_at: BTreeMap<usize, usize>,
    /// Headers in which the door says so, and how the request ended.
    pub said: BTreeMap<String, usize>,
    /// What its gRPC port said.
    pub grpc: Vec<&'a PortSeen>,
}

/// What went through one front door while nodes answered past it.
#[derive(Clone, Debug)]
pub struct Through {
    /// Its URL.
    pub door: String,
    /// Requests.
    pub all: usize,
    /// Answered as the nodes themselves answer.
    pub served: usize,
    /// Not answered, or by the door itself: 502, 503, 504.
    pub failed: usize,
    /// Answered otherwise.
    pub other: usize,
    /// Answered, but far slower than any node past the door.
    pub slow: usize,
    /// How the failures ended, in one line: `502 ×5, timeout ×1`.
    pub endings: String,
    /// True if every failure is a wait in vain, of the door or of what it asked.
    pub only_waited: bool,
    /// True if every failure is an answer that did not come; 503 is what a door says that wants no more requests.
    pub only_unanswered: bool,
    /// Not answered by anybody, the door included.
    pub unanswered: usize,
    /// Refused because of missing permission: 401, 403.
    pub refused: usize,
    /// Nodes that answered, as far as answers name them.
    pub backends: Vec<usize>,
    /// Nodes that the door says it asked in vain before another one answered.
    pub passed_over: Vec<usize>,
    /// Nodes that the door says it asked where it failed, if it says so of every failure; else none.
    pub failed_at: Vec<usize>,
    /// A header in which the door says whom it asked.
    pub header: Option<String>,
    /// Nodes that answered past the doors.
    pub alive: Vec<usize>,
    /// Nodes that did not, and do not run.
    pub dead: Vec<usize>,
    /// Those of them whose process is there.
    pub frozen: Vec<usize>,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
}

/// What the gRPC port of one front door said.
#[derive(Clone, Debug)]
pub struct GrpcThrough {
    /// Its URL.
    pub door: String,
    /// HTTP requests that got through it.
    pub served: usize,
    /// True if a node answers gRPC past the doors.
    pub nodes_speak: bool,
    /// True if no connection was answered in HTTP/2.
    pub is_blocked: bool,
    /// True if HTTP/1 is spoken there.
    pub speaks_http1: bool,
    /// The port.
    pub port: u16,
    /// How the attempt ended.
    pub result: PortResult,
    /// Connections answered in HTTP/2.
    pub ok: u32,
    /// Connections tried.
    pub tries: u32,
    /// Nodes that did not answer past the doors and do not run.
    pub dead: Vec<usize>,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
}

/// A node on whose gRPC port HTTP/1 is spoken.
#[derive(Clone, Debug)]
pub struct InPlaceOfGrpc {
    /// The node.
    pub node: usize,
    /// The port.
    pub port: u16,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
}

/// Every front door that was asked, in the order of the inventory.
#[must_use]
pub fn tallies<'a>(model: &ClusterModel<'a>) -> Vec<Tally<'a>> {
    let usual = usual_statuses(model);
    let slowest = straight(model).filter(|tried| tried.status.is_some()).map(|tried| tried.elapsed_ms).max();
    let mut tallies: Vec<Tally<'a>> = Vec::new();
    for seen in doors(model) {
        let index = tallies.iter().position(|tally| tally.door == seen.door).unwrap_or_else(|| {
            tallies.push(Tally::of(&seen.door));
            tallies.len() - 1
        });
        let tally = &mut tallies[index];
        tally.grpc.extend(&seen.grpc);
        for tried in &seen.tries {
            tally.add(model, tried, &usual, slowest);
        }
    }
    tallies
}

impl<'a> Tally<'a> {
    const fn of(door: &'a str) -> Self {
        Self {
            door,
            tries: Vec::new(),
            served: 0,
            failed: 0,
            other: 0,
            slow: 0,
            failures: BTreeMap::new(),
            backends: BTreeMap::new(),
            passed_over: BTreeMap::new(),
            failed_at: BTreeMap::new(),
            said: BTreeMap::new(),
            grpc: Vec::new(),
        }
    }

    fn add(&mut self, model: &ClusterModel<'a>, tried: &'a DoorRequest, usual: &BTreeSet<u16>, slowest: Option<u64>) {
        self.tries.push(tried);
        let named = tried.backend.as_deref().and_then(|address| model.member(address));
        let asked = upstream_hop(model, tried);
        if let Some(header) = asked.header {
            *self.said.entry(format!("{header} ({})", ending(tried))).or_default() += 1;
        }
        for before in &asked.before {
            *self.passed_over.entry(*before).or_default() += 1;
        }
        let backend = named.or(asked.last);
        match tried.status {
            Some(status) if usual.contains(&status) || named.is_some() => {
                self.served += 1;
                let limit = slowest.unwrap_or(0).saturating_mul(SLOW_TIMES).max(timing::DOOR_SLOW_MS);
                self.slow += usize::from(slowest.is_some() && tried.elapsed_ms > limit);
                if let Some(backend) = backend {
                    *self.backends.entry(backend).or_default() += 1;
                }
            }
            Some(502..=504) | None => {
                self.failed += 1;
                if let Some(node) = asked.last {
                    *self.failed_at.entry(node).or_default() += 1;
                }
                *self.failures.entry(ending(tried)).or_default() += 1;
            }
            Some(_) => {
                self.other += 1;
                *self.failures.entry(ending(tried)).or_default() += 1;
            }
        }
    }

    /// How the failures ended, in one line: `502 ×5, timeout ×1`.
    #[must_use]
    pub fn endings(&self) -> String {
        self.failures.iter().map(|(how, times)| format!("{how} ×{times}")).collect::<Vec<_>>().join(", ")
    }

    /// True if every failure is a wait in vain, of the door or of what it asked.
    fn only_waited(&self) -> bool {
        self.failures.keys().all(|how| matches!(how.as_str(), "silent" | "timeout" | "504"))
    }

    /// True if every request was refused because credentials were missing that the nodes do not ask for.
    fn wants_credentials(&self) -> bool {
        let challenged = |tried: &&DoorRequest| tried.headers.iter().any(|(name, _)| name == "www-authenticate");
        let wants = |tried: &&DoorRequest| match tried.status {
            Some(401) => true,
            Some(403) => challenged(tried),
            _ => false,
        };
        self.served == 0 && !self.tries.is_empty() && self.tries.iter().all(wants)
    }

    /// True if every failure is an answer that did not come.
    fn only_unanswered(&self) -> bool {
        self.failures.keys().all(|how| how.parse::<u16>().is_err() || matches!(how.as_str(), "502" | "504"))
    }

    /// Requests that were refused, maybe before they got to a node: a door may let only some paths pass.
    fn refused(&self) -> usize {
        self.tries.iter().filter(|tried| matches!(tried.status, Some(401 | 403))).count()
    }

    /// True if its gRPC port answers in HTTP/1.
    fn grpc_speaks_http1(&self) -> Option<&'a PortSeen> {
        self.grpc.iter().copied().find(|port| speaks_http1(port))
    }
}

/// Whom a door says it asked for one request.
#[derive(Default)]
struct UpstreamHop {
    /// The node whose answer, or failure, this is.
    last: Option<usize>,
    /// Those before, which did not answer.
    before: Vec<usize>,
    /// The header that says so.
    header: Option<String>,
}

/// Reads the first header that holds the address of a node. A proxy that asked several lists them in their order.
fn upstream_hop(model: &ClusterModel<'_>, tried: &DoorRequest) -> UpstreamHop {
    for (name, value) in &tried.headers {
        let words = value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '"' | '(' | ')'));
        // A word that is not an address, such as the `1.1` of `Via`, is left out; an unknown address stays, as `None`.
        let asked: Vec<Option<usize>> = words
            .filter(|word| !word.is_empty())
            .map(|word| (node_at(model, word), word))
            .filter(|(node, word)| node.is_some() || word.parse::<std::net::SocketAddr>().is_ok())
            .map(|(node, _)| node)
            .collect();
        if let Some((last, before)) = asked.split_last()
            && asked.iter().any(Option::is_some)
        {
            let before = before.iter().flatten().copied().collect();
            return UpstreamHop { last: *last, before, header: Some(format!("{name}: {value}")) };
        }
    }
    UpstreamHop::default()
}

/// The node at an address; a host alone names one only if no other node has it.
fn node_at(model: &ClusterModel<'_>, word: &str) -> Option<usize> {
    let (host, port) = address::split(word)?;
    if port.is_some() {
        return model.member(word);
    }
    let has = |index: &usize| model.nodes[*index].addresses().any(|own| own.host == host);
    let mut nodes = (0..model.nodes.len()).filter(has);
    let node = nodes.next()?;
    nodes.next().is_none().then_some(node)
}

/// True if HTTP/1 is spoken where gRPC should be.
#[must_use]
pub fn speaks_http1(port: &PortSeen) -> bool {
    port.result == PortResult::WrongProtocol && port.detail.as_deref().is_some_and(|detail| detail.contains("HTTP/1"))
}

/// How one request ended: its status, or why there was none.
#[must_use]
pub fn ending(tried: &DoorRequest) -> String {
    match (tried.status, &tried.failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => failure.to_string(),
        (None, None) => Failure::Timeout.to_string(),
    }
}

/// Every node's share.
fn doors<'a>(model: &ClusterModel<'a>) -> impl Iterator<Item = &'a DoorSeen> {
    model.nodes.iter().filter_map(|node| node.doors).flat_map(|seen| &seen.doors)
}

/// Every request past the doors.
fn straight<'a>(model: &ClusterModel<'a>) -> impl Iterator<Item = &'a DoorRequest> {
    model.nodes.iter().filter_map(|node| node.doors).flat_map(|seen| &seen.direct)
}

/// What the nodes themselves answer; an error of a node is an answer too where a door passes it on.
fn usual_statuses(model: &ClusterModel<'_>) -> BTreeSet<u16> {
    straight(model).filter_map(|tried| tried.status).filter(|status| *status < 500).collect()
}

/// Nodes that answered past the doors, by index.
fn answering(model: &ClusterModel<'_>) -> Vec<usize> {
    let answers = |tried: &DoorRequest| tried.status.is_some_and(|status| status < 500);
    let seen = |index: &usize| model.nodes[*index].doors.is_some_and(|seen| seen.direct.iter().any(answers));
    (0..model.nodes.len()).filter(seen).collect()
}

/// Nodes that did not answer past the doors and do not run, by index.
fn dead(model: &ClusterModel<'_>) -> Vec<usize> {
    let silent = |index: &usize| {
        let seen = model.nodes[*index].doors.filter(|seen| !seen.direct.is_empty());
        seen.is_some_and(|seen| seen.direct.iter().all(|tried| tried.status.is_none()))
            && !model.states[*index].is_running()
            && !model.states[*index].is_unknown()
    };
    (0..model.nodes.len()).filter(silent).collect()
}

/// What went through each front door that was asked, where nodes answer past it: else a door has nowhere to send to.
#[must_use]
pub fn through(model: &ClusterModel<'_>, tally: &Tally<'_>) -> Option<Through> {
    let (alive, dead) = (answering(model), dead(model));
    if alive.is_empty() || tally.tries.is_empty() {
        return None;
    }
    let all_told = tally.failed > 0 && tally.failed_at.values().sum::<usize>() == tally.failed;
    let failed_at = if all_told { tally.failed_at.keys().copied().collect() } else { Vec::new() };
    Some(Through {
        door: tally.door.to_owned(),
        all: tally.tries.len(),
        served: tally.served,
        failed: tally.failed,
        other: tally.other,
        slow: tally.slow,
        endings: tally.endings(),
        only_waited: tally.only_waited(),
        only_unanswered: tally.only_unanswered(),
        unanswered: tally.tries.iter().filter(|tried| tried.status.is_none()).count(),
        refused: tally.refused(),
        backends: tally.backends.keys().copied().collect(),
        passed_over: tally.passed_over.keys().copied().collect(),
        failed_at,
        header: tally.said.keys().next().cloned(),
        frozen: dead.iter().copied().filter(|index| model.states[*index] == NodeState::Hung).collect(),
        alive,
        dead,
        evidence: door_evidence(tally),
    })
}

/// What the gRPC port of a front door said; `None`: it was not tried.
#[must_use]
pub fn grpc_through(model: &ClusterModel<'_>, tally: &Tally<'_>) -> Option<GrpcThrough> {
    let first = tally.grpc.first().copied()?;
    let http1 = tally.grpc_speaks_http1();
    let is_blocked = tally.grpc.iter().all(|port| port.ok == 0);
    let shown = http1.filter(|_| is_blocked).unwrap_or(first);
    let ok: u32 = tally.grpc.iter().map(|port| u32::from(port.ok)).sum();
    let tries: u32 = tally.grpc.iter().map(|port| u32::from(port.tries)).sum();
    let text = if is_blocked {
        let how = shown.detail.as_deref().unwrap_or(shown.result.as_str());
        format!("{} {}: {how}", tally.door, shown.port)
    } else {
        format!("{} {}: {ok} of {tries} connections answered in HTTP/2", tally.door, shown.port)
    };
    let mut straight = model.nodes.iter().filter_map(|node| node.ports).flat_map(|seen| &seen.ports);
    Some(GrpcThrough {
        door: tally.door.to_owned(),
        served: tally.served,
        nodes_speak: straight.any(|port| port.role == PortRole::ClientGrpc && port.result == PortResult::Open),
        is_blocked,
        speaks_http1: http1.is_some(),
        port: shown.port,
        result: shown.result,
        ok,
        tries,
        dead: dead(model),
        evidence: vec![seen_at_door(text)],
    })
}

/// A front door that answers under a node's own address gives itself away where it speaks HTTP on the port of gRPC.
#[must_use]
pub fn in_place_of_grpc(model: &ClusterModel<'_>) -> Vec<InPlaceOfGrpc> {
    let of = |index: usize| {
        let node = &model.nodes[index];
        let seen = node.ports?;
        let grpc = |port: &&PortSeen| matches!(port.role, PortRole::ClientGrpc | PortRole::ServerGrpc);
        let port = seen.ports.iter().filter(grpc).find(|port| speaks_http1(port))?;
        let evidence = vec![cite::port(node.name, &seen.host, port)];
        Some(InPlaceOfGrpc { node: index, port: port.port, evidence })
    };
    model.running().into_iter().filter_map(of).collect()
}

fn door_evidence(tally: &Tally<'_>) -> Vec<EvidenceRef> {
    let endings: Vec<String> =
        tally.tries.iter().map(|tried| format!("{} {} ms", ending(tried), tried.elapsed_ms)).collect();
    let said: Vec<String> = tally.said.iter().map(|(header, times)| format!("{header} ×{times}")).collect();
    let mut refs = vec![seen_at_door(format!("{}: {}", tally.door, endings.join(", ")))];
    if !said.is_empty() {
        refs.push(seen_at_door(said.join(", ")));
    }
    refs
}

fn seen_at_door(text: String) -> EvidenceRef {
    let text = text.chars().take(400).collect();
    EvidenceRef { node: None, source: "door".to_owned(), lines: None, offset: None, at: None, text }
}

/// What could not be compared, with the reason.
#[must_use]
pub fn not_compared(model: &ClusterModel<'_>, tallies: &[Tally<'_>]) -> Vec<Message> {
    let mut reasons: Vec<Message> = Vec::new();
    for door in &model.cluster.doors {
        let url = door.to_string();
        match tallies.iter().find(|tally| tally.door == url) {
            Some(tally) if !tally.tries.is_empty() => {
                if tally.served == 0 && answering(model).is_empty() {
                    reasons.push(Message::new("judged-door-nothing-to-compare").with("door", &url));
                } else if tally.wants_credentials() {
                    let reason = Message::new("judged-door-credentials").with("door", &url);
                    let nodes: Vec<String> = usual_statuses(model).iter().map(u16::to_string).collect();
                    reasons.push(reason.with("how", tally.endings()).with("straight", nodes.join(", ")));
                } else if tally.served == 0 && tally.refused() == tally.tries.len() {
                    reasons.push(Message::new("judged-door-refuses").with("door", &url));
                }
            }
            _ => {
                let said = doors(model).filter(|seen| seen.door == url).find_map(|seen| seen.missing.clone());
                let nodes = model.observations.missing.get("door.requests");
                let missing = nodes.and_then(|nodes| nodes.values().next()).map(|missing| missing.reason.clone());
                let unasked = || Message::new("judged-door-unasked").with("door", &url);
                reasons.push(said.or(missing).unwrap_or_else(unasked));
            }
        }
    }
    reasons
}
