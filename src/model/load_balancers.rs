//! Front doors: what went through each, put beside what the nodes answered when asked past it.
//!
//! # Why
//! A proxy seldom says which node it asked. Where a header of it does, that counts. Else a failure is put down to a node
//! only where that node is dead, and how surely depends on what else was seen: how large a share failed, and whether the
//! answers name all the others. A node that is frozen lets its connections be accepted, so that requests to it end as those
//! to a door that hangs: nothing is certain then.

use std::collections::{BTreeMap, BTreeSet};

use super::node_state::NodeState;
use super::{ClusterModel, address, cite, reliability};
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Outcome, Variant};
use crate::domain::message::Message;
use crate::domain::observed::{DoorSeen, DoorTry, PortResult, PortRole, PortSeen};
use crate::domain::vocabulary::Failure;
use crate::nacos::timing;

/// How many times longer than every answer past the door.
const SLOW_TIMES: u64 = 5;

/// Requests after which a share says something.
const ENOUGH: usize = 8;

/// What went through one front door, over all nodes' shares.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    /// Its URL.
    pub door: &'a str,
    /// Every request.
    pub tries: Vec<&'a DoorTry>,
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

/// What a front door does wrong.
#[derive(Clone, Debug)]
pub struct DoorVerdict {
    /// What it is called.
    pub code: Code,
    /// How bad.
    pub outcome: Outcome,
    /// How sure.
    pub confidence: Confidence,
    /// Which kind of its code.
    pub variant: Variant,
    /// The nodes it is about, by index.
    pub nodes: Vec<usize>,
    /// In words; takes `node` as well where there are nodes.
    pub summary: Message,
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

    fn add(&mut self, model: &ClusterModel<'a>, tried: &'a DoorTry, usual: &BTreeSet<u16>, slowest: Option<u64>) {
        self.tries.push(tried);
        let named = tried.backend.as_deref().and_then(|address| model.member(address));
        let asked = asked(model, tried);
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

    /// True if every request ended without an answer in time, of the door or of what it asked.
    fn only_waited(&self) -> bool {
        self.failures.keys().all(|how| matches!(how.as_str(), "silent" | "timeout" | "504"))
    }

    /// True if every request was refused because credentials were missing that the nodes do not ask for.
    fn wants_credentials(&self) -> bool {
        let challenged = |tried: &&DoorTry| tried.headers.iter().any(|(name, _)| name == "www-authenticate");
        let wants = |tried: &&DoorTry| match tried.status {
            Some(401) => true,
            Some(403) => challenged(tried),
            _ => false,
        };
        self.served == 0 && !self.tries.is_empty() && self.tries.iter().all(wants)
    }

    /// True if something was tried on its gRPC port, and nothing came back.
    fn grpc_is_blocked(&self) -> bool {
        !self.grpc.is_empty() && self.grpc.iter().all(|port| port.ok == 0)
    }

    /// True if its gRPC port answers in HTTP/1.
    fn grpc_speaks_http1(&self) -> Option<&'a PortSeen> {
        self.grpc.iter().copied().find(|port| speaks_http1(port))
    }
}

/// Whom a door says it asked for one request.
#[derive(Default)]
struct Asked {
    /// The node whose answer, or failure, this is.
    last: Option<usize>,
    /// Those before, which did not answer.
    before: Vec<usize>,
    /// The header that says so.
    header: Option<String>,
}

/// Reads the first header that holds the address of a node. A proxy that asked several lists them in their order.
fn asked(model: &ClusterModel<'_>, tried: &DoorTry) -> Asked {
    for (name, value) in &tried.headers {
        let words = value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '"' | '(' | ')'));
        // A word that is not an address, such as the `1.1` of `Via`, names nobody; an address of nobody known is one.
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
            return Asked { last: *last, before, header: Some(format!("{name}: {value}")) };
        }
    }
    Asked::default()
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
pub fn ending(tried: &DoorTry) -> String {
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
fn straight<'a>(model: &ClusterModel<'a>) -> impl Iterator<Item = &'a DoorTry> {
    model.nodes.iter().filter_map(|node| node.doors).flat_map(|seen| &seen.direct)
}

/// What the nodes themselves answer; an error of a node is an answer too where a door passes it on.
fn usual_statuses(model: &ClusterModel<'_>) -> BTreeSet<u16> {
    straight(model).filter_map(|tried| tried.status).filter(|status| *status < 500).collect()
}

/// Nodes that answered past the doors, by index.
fn answering(model: &ClusterModel<'_>) -> Vec<usize> {
    let answers = |tried: &DoorTry| tried.status.is_some_and(|status| status < 500);
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

/// What each front door does wrong.
#[must_use]
pub fn verdicts(model: &ClusterModel<'_>, tallies: &[Tally<'_>]) -> Vec<DoorVerdict> {
    let (alive, dead) = (answering(model), dead(model));
    let mut verdicts: Vec<DoorVerdict> = Vec::new();
    for tally in tallies {
        // Where no node answers, a door has nowhere to send to.
        if !alive.is_empty() && !tally.tries.is_empty() {
            verdicts.extend(requests(model, tally, &alive, &dead));
        }
        verdicts.extend(grpc(model, tally, &dead));
    }
    verdicts.extend(in_place_of_grpc(model));
    verdicts
}

fn requests(model: &ClusterModel<'_>, tally: &Tally<'_>, alive: &[usize], dead: &[usize]) -> Option<DoorVerdict> {
    let all = tally.tries.len();
    let say = |key: &str| {
        Message::new(key)
            .with("door", tally.door)
            .with("served", tally.served)
            .with("failed", tally.failed + tally.other)
            .with("slow", tally.slow)
            .with("all", all)
            .with("how", tally.endings())
            .with("alive", model.names(alive))
            .with("dead", model.names(dead))
            .with("header", tally.said.keys().next().map_or("–", String::as_str))
    };
    let verdict = |(code, variant), outcome, confidence, nodes: &[usize], key| {
        Some(DoorVerdict {
            code,
            outcome,
            confidence,
            variant,
            nodes: nodes.to_vec(),
            summary: say(key),
            evidence: door_evidence(tally),
        })
    };
    // The door itself says where it failed.
    if tally.failed > 0 && tally.failed_at.values().sum::<usize>() == tally.failed {
        let (gone, others): (Vec<usize>, Vec<usize>) = tally.failed_at.keys().partition(|node| dead.contains(node));
        if others.is_empty() {
            return verdict(
                (Code::DoorStaleUpstream, Variant::Plain),
                Outcome::Fail,
                Confidence::Certain,
                &gone,
                "finding-door-named",
            );
        }
        let answering: Vec<usize> = others.into_iter().filter(|node| alive.contains(node)).collect();
        if !answering.is_empty() {
            let outcome = if tally.failed > 1 { Outcome::Fail } else { Outcome::Warn };
            return verdict(
                (Code::DoorNotServing, Variant::WayBlocked),
                outcome,
                Confidence::Likely,
                &answering,
                "finding-door-way",
            );
        }
    }
    let frozen: Vec<usize> = dead.iter().copied().filter(|index| model.states[*index] == NodeState::Hung).collect();
    if tally.served == 0 {
        if tally.failed == 0 {
            // Refused before it got to a node, maybe: a door may let only some paths pass.
            let refused = tally.tries.iter().all(|tried| matches!(tried.status, Some(401 | 403)));
            let outcome = Outcome::Warn;
            return if refused {
                None
            } else {
                verdict(
                    (Code::DoorNotServing, Variant::Plain),
                    outcome,
                    Confidence::Likely,
                    &[],
                    "finding-door-other-answers",
                )
            };
        }
        if !frozen.is_empty() && tally.only_waited() {
            let code = (Code::DoorStaleUpstream, Variant::Frozen);
            return verdict(code, Outcome::Fail, Confidence::Possible, &frozen, "finding-door-waits");
        }
        let (variant, key) = if tally.tries.iter().all(|tried| tried.status.is_none()) {
            (Variant::Plain, "finding-door-silent")
        } else if tally.other > 0 {
            (Variant::Partly, "finding-door-partly")
        } else {
            (Variant::Plain, "finding-door-reaches-none")
        };
        return verdict((Code::DoorNotServing, variant), Outcome::Fail, Confidence::Likely, &[], key);
    }
    if tally.failed > 0 {
        if dead.is_empty() {
            if let Some(confidence) = stranger(tally, alive) {
                let code = (Code::DoorStaleUpstream, Variant::UnlistedUpstream);
                return verdict(code, Outcome::Fail, confidence, &[], "finding-door-stranger");
            }
            // One lost request may be anybody's.
            let outcome = if tally.failed > 1 { Outcome::Fail } else { Outcome::Warn };
            return verdict(
                (Code::DoorNotServing, Variant::Partly),
                outcome,
                Confidence::Likely,
                &[],
                "finding-door-partly",
            );
        }
        let confidence = attribution(model, tally, alive, dead);
        if frozen.len() == dead.len() {
            let likely = if tally.only_waited() { Confidence::Likely } else { Confidence::Possible };
            let confidence = confidence.min(likely);
            return verdict(
                (Code::DoorStaleUpstream, Variant::Frozen),
                Outcome::Fail,
                confidence,
                &frozen,
                "finding-door-frozen",
            );
        }
        return verdict(
            (Code::DoorStaleUpstream, Variant::Plain),
            Outcome::Fail,
            confidence,
            dead,
            "finding-door-stale",
        );
    }
    if tally.other > 0 {
        return verdict(
            (Code::DoorNotServing, Variant::Partly),
            Outcome::Warn,
            Confidence::Likely,
            &[],
            "finding-door-partly",
        );
    }
    let passed_over: Vec<usize> = tally.passed_over.keys().copied().filter(|node| dead.contains(node)).collect();
    if !passed_over.is_empty() {
        let (code, key) = ((Code::DoorStaleUpstream, Variant::PassedOver), "finding-door-passed-over");
        return verdict(code, Outcome::Warn, Confidence::Certain, &passed_over, key);
    }
    if tally.slow > 1 && !dead.is_empty() {
        return verdict(
            (Code::DoorStaleUpstream, Variant::Plain),
            Outcome::Warn,
            Confidence::Possible,
            dead,
            "finding-door-slow",
        );
    }
    None
}

/// How sure it is that a door sends to an address that is none of the nodes, where they all answer past it and what went
/// through it failed because no answer came; `None` if it more likely is something else.
fn stranger(tally: &Tally<'_>, alive: &[usize]) -> Option<Confidence> {
    // 503 is what a door says that wants no more requests.
    let unanswered =
        tally.failures.keys().all(|how| how.parse::<u16>().is_err() || matches!(how.as_str(), "502" | "504"));
    if tally.failed < 2 || tally.other > 0 || !unanswered || tally.tries.len() < ENOUGH {
        return None;
    }
    match alive.iter().filter(|index| tally.backends.contains_key(index)).count() {
        // Nobody says who answered: a node that the door does not reach would look the same.
        0 => Some(Confidence::Possible),
        served if served == alive.len() => Some(Confidence::Likely),
        _ => None,
    }
}

/// How surely the failures are those of the dead nodes.
fn attribution(model: &ClusterModel<'_>, tally: &Tally<'_>, alive: &[usize], dead: &[usize]) -> Confidence {
    #[expect(clippy::cast_precision_loss, reason = "a handful of requests and nodes")]
    let (share, expected, step) = {
        let nodes = model.nodes.len().max(1) as f64;
        (tally.failed as f64 / tally.tries.len().max(1) as f64, dead.len() as f64 / nodes, 1.0 / nodes)
    };
    let fits = tally.tries.len() >= ENOUGH && (share - expected).abs() <= step / 2.0;
    let named = alive.iter().all(|index| tally.backends.contains_key(index));
    let all_known = alive.len() + dead.len() == model.nodes.len();
    match (fits, named && all_known && dead.len() == 1) {
        (true, true) => Confidence::Certain,
        _ if fits || dead.len() == 1 => Confidence::Likely,
        _ => Confidence::Possible,
    }
}

/// gRPC that does not get through a door while HTTP does, and while nodes answer it past the door.
fn grpc(model: &ClusterModel<'_>, tally: &Tally<'_>, dead: &[usize]) -> Option<DoorVerdict> {
    let passes = model.nodes.iter().filter_map(|node| node.ports).flat_map(|seen| &seen.ports);
    let straight = passes.filter(|port| port.role == PortRole::ClientGrpc).any(|port| port.result == PortResult::Open);
    if tally.served == 0 || !straight {
        return None;
    }
    if !tally.grpc_is_blocked() {
        return grpc_partly(model, tally, dead);
    }
    let http1 = tally.grpc_speaks_http1();
    let port = http1.or_else(|| tally.grpc.first().copied())?;
    // TLS on the port of gRPC is another way to speak it, not its absence.
    if http1.is_none() && port.result == PortResult::WrongProtocol {
        return None;
    }
    let (key, confidence) = match http1 {
        Some(_) => ("finding-door-grpc-http1", Confidence::Certain),
        None => ("finding-door-grpc-blocked", Confidence::Likely),
    };
    let summary = Message::new(key).with("door", tally.door).with("ports", port.port).with("how", port.result.as_str());
    let text = format!("{} {}: {}", tally.door, port.port, port.detail.as_deref().unwrap_or(port.result.as_str()));
    let evidence = vec![seen_at_door(text)];
    Some(DoorVerdict {
        code: Code::DoorGrpcNotForwarded,
        outcome: Outcome::Fail,
        confidence,
        variant: Variant::Plain,
        nodes: Vec::new(),
        summary,
        evidence,
    })
}

/// gRPC that gets through a door on some connections only: how many of how many, and no more than that is certain.
fn grpc_partly(model: &ClusterModel<'_>, tally: &Tally<'_>, dead: &[usize]) -> Option<DoorVerdict> {
    let ok: u32 = tally.grpc.iter().map(|port| u32::from(port.ok)).sum();
    let tries: u32 = tally.grpc.iter().map(|port| u32::from(port.tries)).sum();
    let port = tally.grpc.first()?.port;
    // A single one may be lost anywhere, and on a starved machine more of them.
    if tries.saturating_sub(ok) < 2 || reliability::slow_here(model) {
        return None;
    }
    let (code, variant, key) = if dead.is_empty() {
        (Code::DoorGrpcNotForwarded, Variant::Partly, "finding-door-grpc-partly")
    } else {
        (Code::DoorStaleUpstream, Variant::GrpcOfDead, "finding-door-grpc-dead")
    };
    let summary = Message::new(key)
        .with("door", tally.door)
        .with("ports", port)
        .with("ok", ok)
        .with("tries", tries)
        .with("dead", model.names(dead));
    let text = format!("{} {port}: {ok} of {tries} connections answered in HTTP/2", tally.door);
    Some(DoorVerdict {
        code,
        outcome: Outcome::Warn,
        confidence: Confidence::Possible,
        variant,
        nodes: dead.to_vec(),
        summary,
        evidence: vec![seen_at_door(text)],
    })
}

/// A front door that answers under a node's own address gives itself away where it speaks HTTP on the port of gRPC.
fn in_place_of_grpc(model: &ClusterModel<'_>) -> Vec<DoorVerdict> {
    let mut verdicts = Vec::new();
    for index in model.running() {
        let node = &model.nodes[index];
        let Some(seen) = node.ports else { continue };
        let grpc = |port: &&PortSeen| matches!(port.role, PortRole::ClientGrpc | PortRole::ServerGrpc);
        let Some(port) = seen.ports.iter().filter(grpc).find(|port| speaks_http1(port)) else { continue };
        verdicts.push(DoorVerdict {
            code: Code::DoorGrpcNotForwarded,
            outcome: Outcome::Fail,
            confidence: Confidence::Certain,
            variant: Variant::Plain,
            nodes: vec![index],
            summary: Message::new("finding-door-grpc-not-forwarded").with("node", node.name).with("ports", port.port),
            evidence: vec![cite::port(node.name, &seen.host, port)],
        });
    }
    verdicts
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
                } else if tally.tries.iter().all(|tried| matches!(tried.status, Some(401 | 403))) && tally.served == 0 {
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
