//! Front doors: what went through each, put beside what the nodes answered when asked past it.
//!
//! # Why
//! A proxy seldom says which node it asked. A failure is put down to a node only where that node is dead, and how surely
//! depends on what else was seen: how large a share failed, and whether the answers name all the others.

use std::collections::{BTreeMap, BTreeSet};

use super::{Picture, evidence};
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Outcome;
use crate::domain::message::Message;
use crate::domain::observed::{DoorSeen, DoorTry, PortResult, PortRole, PortSeen};

/// A request through a door that took longer was probably given to a node that did not answer first.
const SLOW_MS: u64 = 800;

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
    /// The nodes it is about, by index.
    pub nodes: Vec<usize>,
    /// In words; takes `node` as well where there are nodes.
    pub summary: Message,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
}

/// Every front door that was asked, in the order of the inventory.
#[must_use]
pub fn tallies<'a>(picture: &Picture<'a>) -> Vec<Tally<'a>> {
    let usual = usual_statuses(picture);
    let slowest = straight(picture).filter(|tried| tried.status.is_some()).map(|tried| tried.elapsed_ms).max();
    let mut tallies: Vec<Tally<'a>> = Vec::new();
    for seen in doors(picture) {
        let index = tallies.iter().position(|tally| tally.door == seen.door).unwrap_or_else(|| {
            tallies.push(Tally::of(&seen.door));
            tallies.len() - 1
        });
        let tally = &mut tallies[index];
        tally.grpc.extend(&seen.grpc);
        for tried in &seen.tries {
            tally.add(picture, tried, &usual, slowest);
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
            grpc: Vec::new(),
        }
    }

    fn add(&mut self, picture: &Picture<'a>, tried: &'a DoorTry, usual: &BTreeSet<u16>, slowest: Option<u64>) {
        self.tries.push(tried);
        let backend = tried.backend.as_deref().and_then(|address| picture.member(address));
        match tried.status {
            Some(status) if usual.contains(&status) || backend.is_some() => {
                self.served += 1;
                let limit = slowest.unwrap_or(0).saturating_mul(SLOW_TIMES).max(SLOW_MS);
                self.slow += usize::from(slowest.is_some() && tried.elapsed_ms > limit);
                if let Some(backend) = backend {
                    *self.backends.entry(backend).or_default() += 1;
                }
            }
            Some(502..=504) | None => {
                self.failed += 1;
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

    /// True if something was tried on its gRPC port, and nothing came back.
    fn grpc_is_blocked(&self) -> bool {
        !self.grpc.is_empty() && self.grpc.iter().all(|port| port.ok == 0)
    }

    /// True if its gRPC port answers in HTTP/1.
    fn grpc_speaks_http1(&self) -> Option<&'a PortSeen> {
        self.grpc.iter().copied().find(|port| speaks_http1(port))
    }
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
        (None, Some(failure)) => failure.clone(),
        (None, None) => "timeout".to_owned(),
    }
}

/// Every node's share.
fn doors<'a>(picture: &Picture<'a>) -> impl Iterator<Item = &'a DoorSeen> {
    picture.nodes.iter().filter_map(|node| node.doors).flat_map(|seen| &seen.doors)
}

/// Every request past the doors.
fn straight<'a>(picture: &Picture<'a>) -> impl Iterator<Item = &'a DoorTry> {
    picture.nodes.iter().filter_map(|node| node.doors).flat_map(|seen| &seen.direct)
}

/// What the nodes themselves answer; an error of a node is an answer too where a door passes it on.
fn usual_statuses(picture: &Picture<'_>) -> BTreeSet<u16> {
    straight(picture).filter_map(|tried| tried.status).filter(|status| *status < 500).collect()
}

/// Nodes that answered past the doors, by index.
fn answering(picture: &Picture<'_>) -> Vec<usize> {
    let answers = |tried: &DoorTry| tried.status.is_some_and(|status| status < 500);
    let seen = |index: &usize| picture.nodes[*index].doors.is_some_and(|seen| seen.direct.iter().any(answers));
    (0..picture.nodes.len()).filter(seen).collect()
}

/// Nodes that did not answer past the doors and do not run, by index.
fn dead(picture: &Picture<'_>) -> Vec<usize> {
    let silent = |index: &usize| {
        let seen = picture.nodes[*index].doors.filter(|seen| !seen.direct.is_empty());
        seen.is_some_and(|seen| seen.direct.iter().all(|tried| tried.status.is_none()))
            && !picture.lives[*index].is_running()
            && !picture.lives[*index].is_unknown()
    };
    (0..picture.nodes.len()).filter(silent).collect()
}

/// What each front door does wrong.
#[must_use]
pub fn verdicts(picture: &Picture<'_>, tallies: &[Tally<'_>]) -> Vec<DoorVerdict> {
    let (alive, dead) = (answering(picture), dead(picture));
    let mut verdicts: Vec<DoorVerdict> = Vec::new();
    for tally in tallies {
        // Where no node answers, a door has nowhere to send to.
        if !alive.is_empty() && !tally.tries.is_empty() {
            verdicts.extend(requests(picture, tally, &alive, &dead));
        }
        verdicts.extend(grpc(picture, tally));
    }
    verdicts.extend(in_place_of_grpc(picture));
    verdicts
}

fn requests(picture: &Picture<'_>, tally: &Tally<'_>, alive: &[usize], dead: &[usize]) -> Option<DoorVerdict> {
    let all = tally.tries.len();
    let say = |key: &str| {
        Message::new(key)
            .with("door", tally.door)
            .with("served", tally.served)
            .with("failed", tally.failed + tally.other)
            .with("slow", tally.slow)
            .with("all", all)
            .with("how", tally.endings())
            .with("alive", picture.names(alive))
            .with("dead", picture.names(dead))
    };
    let verdict = |code, outcome, confidence, nodes: &[usize], key| {
        Some(DoorVerdict {
            code,
            outcome,
            confidence,
            nodes: nodes.to_vec(),
            summary: say(key),
            evidence: vec![door_evidence(tally)],
        })
    };
    if tally.served == 0 {
        if tally.failed == 0 {
            // Refused before it got to a node, maybe: a door may let only some paths pass.
            let refused = tally.tries.iter().all(|tried| matches!(tried.status, Some(401 | 403)));
            let outcome = Outcome::Warn;
            return if refused {
                None
            } else {
                verdict(Code::DoorNotServing, outcome, Confidence::Likely, &[], "finding-door-other-answers")
            };
        }
        let key = if tally.tries.iter().all(|tried| tried.status.is_none()) {
            "finding-door-silent"
        } else {
            "finding-door-reaches-none"
        };
        return verdict(Code::DoorNotServing, Outcome::Fail, Confidence::Likely, &[], key);
    }
    if tally.failed > 0 {
        if dead.is_empty() {
            // One lost request may be anybody's.
            let outcome = if tally.failed > 1 { Outcome::Fail } else { Outcome::Warn };
            return verdict(Code::DoorNotServing, outcome, Confidence::Likely, &[], "finding-door-partly");
        }
        let confidence = attribution(picture, tally, alive, dead);
        return verdict(Code::DoorStaleUpstream, Outcome::Fail, confidence, dead, "finding-door-stale");
    }
    if tally.other > 0 {
        return verdict(Code::DoorNotServing, Outcome::Warn, Confidence::Likely, &[], "finding-door-partly");
    }
    if tally.slow > 1 && !dead.is_empty() {
        return verdict(Code::DoorStaleUpstream, Outcome::Warn, Confidence::Possible, dead, "finding-door-slow");
    }
    None
}

/// How surely the failures are those of the dead nodes.
fn attribution(picture: &Picture<'_>, tally: &Tally<'_>, alive: &[usize], dead: &[usize]) -> Confidence {
    #[expect(clippy::cast_precision_loss, reason = "a handful of requests and nodes")]
    let (share, expected, step) = {
        let nodes = picture.nodes.len().max(1) as f64;
        (tally.failed as f64 / tally.tries.len().max(1) as f64, dead.len() as f64 / nodes, 1.0 / nodes)
    };
    let fits = tally.tries.len() >= ENOUGH && (share - expected).abs() <= step / 2.0;
    let named = alive.iter().all(|index| tally.backends.contains_key(index));
    let all_known = alive.len() + dead.len() == picture.nodes.len();
    match (fits, named && all_known && dead.len() == 1) {
        (true, true) => Confidence::Certain,
        _ if fits || dead.len() == 1 => Confidence::Likely,
        _ => Confidence::Possible,
    }
}

/// gRPC that does not get through a door while HTTP does, and while nodes answer it past the door.
fn grpc(picture: &Picture<'_>, tally: &Tally<'_>) -> Option<DoorVerdict> {
    let passes = picture.nodes.iter().filter_map(|node| node.ports).flat_map(|seen| &seen.ports);
    let straight = passes.filter(|port| port.role == PortRole::ClientGrpc).any(|port| port.result == PortResult::Open);
    if tally.served == 0 || !straight || !tally.grpc_is_blocked() {
        return None;
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
    let evidence =
        vec![EvidenceRef { node: None, source: "door".to_owned(), lines: None, offset: None, at: None, text }];
    Some(DoorVerdict {
        code: Code::DoorGrpcNotForwarded,
        outcome: Outcome::Fail,
        confidence,
        nodes: Vec::new(),
        summary,
        evidence,
    })
}

/// A front door that answers under a node's own address gives itself away where it speaks HTTP on the port of gRPC.
fn in_place_of_grpc(picture: &Picture<'_>) -> Vec<DoorVerdict> {
    let mut verdicts = Vec::new();
    for index in picture.running() {
        let node = &picture.nodes[index];
        let Some(seen) = node.ports else { continue };
        let grpc = |port: &&PortSeen| matches!(port.role, PortRole::ClientGrpc | PortRole::ServerGrpc);
        let Some(port) = seen.ports.iter().filter(grpc).find(|port| speaks_http1(port)) else { continue };
        verdicts.push(DoorVerdict {
            code: Code::DoorGrpcNotForwarded,
            outcome: Outcome::Fail,
            confidence: Confidence::Certain,
            nodes: vec![index],
            summary: Message::new("finding-door-grpc-not-forwarded").with("node", node.name).with("ports", port.port),
            evidence: vec![evidence::port(node.name, &seen.host, port)],
        });
    }
    verdicts
}

fn door_evidence(tally: &Tally<'_>) -> EvidenceRef {
    let endings: Vec<String> =
        tally.tries.iter().map(|tried| format!("{} {} ms", ending(tried), tried.elapsed_ms)).collect();
    EvidenceRef {
        node: None,
        source: "door".to_owned(),
        lines: None,
        offset: None,
        at: None,
        text: format!("{}: {}", tally.door, endings.join(", ")).chars().take(400).collect(),
    }
}

/// What could not be compared, with the reason.
#[must_use]
pub fn not_compared(picture: &Picture<'_>, tallies: &[Tally<'_>]) -> Vec<Message> {
    let mut reasons: Vec<Message> = Vec::new();
    for door in &picture.cluster.doors {
        let url = door.to_string();
        match tallies.iter().find(|tally| tally.door == url) {
            Some(tally) if !tally.tries.is_empty() => {
                if tally.served == 0 && answering(picture).is_empty() {
                    reasons.push(Message::new("judged-door-nothing-to-compare").with("door", &url));
                } else if tally.tries.iter().all(|tried| matches!(tried.status, Some(401 | 403))) && tally.served == 0 {
                    reasons.push(Message::new("judged-door-refuses").with("door", &url));
                }
            }
            _ => {
                let said = doors(picture).filter(|seen| seen.door == url).find_map(|seen| seen.missing.clone());
                let missing =
                    picture.board.missing.get("door.requests").and_then(|nodes| nodes.values().next().cloned());
                let unasked = || Message::new("judged-door-unasked").with("door", &url);
                reasons.push(said.or(missing).unwrap_or_else(unasked));
            }
        }
    }
    reasons
}
