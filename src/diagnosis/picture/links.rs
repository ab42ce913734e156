//! Which node cannot reach which, on which port: complaints in the logs, member lists, probes; then what they mean together.

use std::collections::BTreeMap;

use super::{Picture, address, evidence, life, strain};
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::evidence::EvidenceRef;
use crate::domain::message::Message;
use crate::domain::observed::{PortResult, PortRole, SignatureHits};
use crate::domain::time::Timestamp;

/// Lines that one failed attempt to reach a peer leaves.
const ATTEMPTS: &[&str] =
    &["C02", "C04", "C19", "C21", "C22", "C31", "C32", "C39", "C40", "C41", "C42", "C43", "C44", "C112", "C120"];
/// Lines that follow from a peer that is not reached.
const ECHOES: &[&str] = &["C01", "C20", "C24", "C52", "C53", "C65", "C66", "C70", "C71", "C72", "C73", "C95"];
/// A complaint older than this before the moment judged is history.
const CURRENT_MS: i64 = 45_000;
/// Lines are counted over this long.
const COUNT_MS: i64 = 90_000;
/// A start needs this long until its noise is over.
const SETTLE_MS: i64 = 20_000;
/// A peer that has not reported for this long does not reach the node.
const REPORT_OVERDUE_MS: i64 = 30_000;
/// That many reports must have failed in a row before a member that is called UP is doubted.
const FAILS_IN_A_ROW: u32 = 5;
/// That many attempts must have failed.
const ENOUGH: u64 = 2;
/// Clocks of two nodes, and the order in which two files are flushed, differ by this much without meaning anything.
const CLOCKS_MS: i64 = 500;

/// Lines of one node about one other.
#[derive(Clone, Debug)]
pub struct Complaint<'a> {
    /// Whose log.
    pub observer: usize,
    /// About whom.
    pub subject: usize,
    /// The port the attempt went to, where the line tells.
    pub role: Option<PortRole>,
    /// True if the lines are failed attempts themselves, not their consequences.
    pub attempt: bool,
    /// The lines.
    pub hits: &'a SignatureHits,
}

impl Complaint<'_> {
    /// Lines not older than `since`.
    #[must_use]
    pub fn count_since(&self, since: Timestamp) -> u64 {
        if self.hits.first.is_some_and(|first| first >= since) {
            return self.hits.count;
        }
        let exact = self.hits.times.iter().filter(|time| **time >= since).count() as u64;
        match exact {
            0 if self.hits.last.is_some_and(|last| last >= since) => 1,
            _ => exact,
        }
    }

    /// Lines with that reason that go on after `since`.
    #[must_use]
    pub fn reason_since(&self, reason: &str, since: Timestamp) -> u64 {
        match self.hits.reasons.get(reason) {
            Some(seen) if seen.first.is_some_and(|first| first >= since) => seen.count,
            Some(seen) if seen.last.is_some_and(|last| last >= since) => seen.count.min(self.count_since(since)).max(1),
            _ => 0,
        }
    }
}

/// Trouble of one node with one port of another, going on at the moment judged.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Who cannot reach.
    pub observer: usize,
    /// Whom.
    pub subject: usize,
    /// On which port.
    pub role: PortRole,
    /// Failed attempts counted.
    pub count: u64,
    /// First of them in the window.
    pub first: Option<Timestamp>,
    /// Last.
    pub last: Option<Timestamp>,
    /// Lines and answers that say so.
    pub evidence: Vec<EvidenceRef>,
}

/// What a set of troubles means.
#[derive(Clone, Debug)]
pub struct LinkVerdict {
    /// `net.*`, `raft.link_broken` or `node.isolated`.
    pub code: Code,
    /// Nodes to look at; for one direction: from, to.
    pub nodes: Vec<usize>,
    /// Ports that do not pass, for the sentence (`9848, 9849`).
    pub ports: String,
    /// How sure.
    pub confidence: Confidence,
    /// Lines, answers and probes.
    pub evidence: Vec<EvidenceRef>,
    /// True if it was seen in logs or member lists of the nodes, not only by probes from here.
    pub by_nodes: bool,
}

/// The peer that some hits name, if any.
#[must_use]
pub fn peer_text(hits: &SignatureHits) -> Option<&str> {
    hits.peer.as_deref().or_else(|| {
        let captures = &hits.samples.first()?.captures;
        ["peer", "client", "ip"].into_iter().find_map(|name| captures.get(name)).map(String::as_str)
    })
}

/// All complaints in all logs about nodes of the inventory.
#[must_use]
pub fn complaints<'a>(picture: &Picture<'a>) -> Vec<Complaint<'a>> {
    let mut found = Vec::new();
    for (observer, node) in picture.nodes.iter().enumerate() {
        let Some(logs) = node.logs else { continue };
        for hits in &logs.hits {
            let attempt = ATTEMPTS.contains(&hits.signature.as_str());
            if !attempt && !ECHOES.contains(&hits.signature.as_str()) {
                continue;
            }
            let Some(peer) = peer_text(hits) else { continue };
            let Some(subject) = picture.owner(peer).filter(|subject| *subject != observer) else { continue };
            let role = role_of(hits, peer, picture.nodes[subject].main_port());
            found.push(Complaint { observer, subject, role, attempt, hits });
        }
    }
    found
}

fn role_of(hits: &SignatureHits, peer: &str, main: u16) -> Option<PortRole> {
    match hits.signature.as_str() {
        "C21" => {
            let named = address::split(peer).and_then(|(_, port)| port);
            let captured =
                hits.samples.first().and_then(|sample| sample.captures.get("port")).and_then(|port| port.parse().ok());
            named.or(captured).and_then(|port| address::role(main, port)).or(Some(PortRole::ServerGrpc))
        }
        "C04" | "C19" | "C20" | "C22" | "C24" => Some(PortRole::ServerGrpc),
        "C02" | "C65" | "C66" => Some(PortRole::Main),
        "C31" | "C32" | "C39" | "C40" | "C41" | "C42" | "C43" | "C44" | "C52" | "C53" | "C112" | "C120" => {
            Some(PortRole::Raft)
        }
        _ => None,
    }
}

/// Trouble between nodes that both run, going on at the moment judged and not explained by a start.
#[must_use]
pub fn troubles(picture: &Picture<'_>) -> Vec<Trouble> {
    let running = picture.running();
    let mut found: BTreeMap<(usize, usize, PortRole), Trouble> = BTreeMap::new();
    for complaint in picture.complaints.iter().filter(|complaint| complaint.attempt) {
        let (observer, subject) = (complaint.observer, complaint.subject);
        let Some(role) = complaint.role else { continue };
        if !running.contains(&observer) || !running.contains(&subject) {
            continue;
        }
        let since = settled_since(picture, observer, subject);
        let count = complaint.count_since(since);
        if count == 0 || !far_side_goes_on(picture, complaint, since) {
            continue;
        }
        let trouble = found.entry((observer, subject, role)).or_insert_with(|| Trouble {
            observer,
            subject,
            role,
            count: 0,
            first: None,
            last: None,
            evidence: Vec::new(),
        });
        trouble.count += count;
        trouble.first = [trouble.first, complaint.hits.first].into_iter().flatten().min();
        trouble.last = trouble.last.max(complaint.hits.last);
        trouble.evidence.extend(evidence::samples(picture.nodes[observer].name, std::iter::once(complaint.hits), 1));
    }
    let horizon = picture.at.plus_millis(-CURRENT_MS);
    let mut troubles: Vec<Trouble> = found
        .into_values()
        .filter(|trouble| trouble.count >= ENOUGH && trouble.last.is_some_and(|last| last >= horizon))
        .collect();
    troubles.extend(troubles_of_views(picture, &running));
    troubles
}

/// True if the node complained about is known to live on after the complaints began: it answers, or its own files go on.
/// Without that a link and a node that has just died look the same.
fn far_side_goes_on(picture: &Picture<'_>, complaint: &Complaint<'_>, since: Timestamp) -> bool {
    if life::reach(picture, complaint.subject) == life::Reach::Answers {
        return true;
    }
    let began = complaint.hits.times.iter().copied().filter(|time| *time >= since).min().or(complaint.hits.first);
    let last = picture.nodes[complaint.subject].last_stamp;
    began.zip(last).is_some_and(|(began, last)| last > began.plus_millis(CLOCKS_MS))
}

/// Why a pair or a node that looks well may not be well: a complaint whose far side cannot be told from a dead node yet, or
/// a probe that ran out of time while others were answered late. Nothing is claimed of it, and no all-clear is given.
#[must_use]
pub fn doubts(picture: &Picture<'_>) -> Vec<Message> {
    let running = picture.running();
    let horizon = picture.at.plus_millis(-CURRENT_MS);
    let name = |index: usize| picture.nodes[index].name;
    let mut found: Vec<Message> = Vec::new();
    let mut add = |message: Message| {
        if !found.contains(&message) {
            found.push(message);
        }
    };
    for complaint in picture.complaints.iter().filter(|complaint| complaint.attempt && complaint.role.is_some()) {
        let (observer, subject) = (complaint.observer, complaint.subject);
        let since = settled_since(picture, observer, subject);
        let current = running.contains(&observer)
            && running.contains(&subject)
            && complaint.hits.last.is_some_and(|last| last >= horizon)
            && complaint.count_since(since) >= ENOUGH;
        if current && !far_side_goes_on(picture, complaint, since) {
            add(Message::new("judged-link-or-node").with("node", name(observer)).with("peer", name(subject)));
        }
    }
    for node in running {
        for port in picture.nodes[node].ports.into_iter().flat_map(|seen| &seen.ports) {
            if strain::doubtful(picture, node, port.result) {
                add(Message::new("judged-probe-late").with("node", name(node)).with("port", port.port));
            }
        }
        if strain::half_read(picture, node) {
            add(Message::new("judged-half-read").with("node", name(node)));
        }
    }
    found
}

/// From when on lines about that pair count: both were up and settled.
fn settled_since(picture: &Picture<'_>, observer: usize, subject: usize) -> Timestamp {
    let settled = [observer, subject]
        .into_iter()
        .filter_map(|index| picture.nodes[index].started)
        .max()
        .map_or(picture.at.plus_millis(-COUNT_MS), |started| started.plus_millis(SETTLE_MS));
    settled.max(picture.at.plus_millis(-COUNT_MS))
}

/// What member lists tell of links: a live node called DOWN, reports to it that fail in a row, or its own reports that no
/// longer arrive, though the list still says UP.
fn troubles_of_views(picture: &Picture<'_>, running: &[usize]) -> Vec<Trouble> {
    let mut found: Vec<Trouble> = Vec::new();
    let overdue_ms = REPORT_OVERDUE_MS.max(6_000 * i64::try_from(picture.nodes.len()).unwrap_or(1));
    let settled =
        |index: usize| picture.nodes[index].started.is_none_or(|started| picture.age_ms(started) >= 3 * SETTLE_MS);
    for asked in running.iter().copied() {
        let Some(view) = picture.nodes[asked].view else { continue };
        let name = picture.nodes[asked].name;
        let mut add = |observer: usize, subject: usize, text: String| {
            found.push(Trouble {
                observer,
                subject,
                role: PortRole::ServerGrpc,
                count: ENOUGH,
                first: None,
                last: None,
                evidence: vec![evidence::said(name, "member list", &text)],
            });
        };
        for member in &view.members {
            let Some(other) = picture.member(&member.address).filter(|other| *other != asked) else { continue };
            if !running.contains(&other) || !settled(other) || !settled(asked) {
                continue;
            }
            let fails = member.fail_count.unwrap_or(0);
            if member.state == "DOWN" || fails >= FAILS_IN_A_ROW {
                add(asked, other, format!("{} {}, {fails} failed reports", member.address, member.state));
            }
            let age = view
                .clock_offset_ms
                .and_then(|offset| member.last_refresh.map(|last| picture.at.plus_millis(offset).millis_since(last)));
            if let Some(age) = age.filter(|age| *age >= overdue_ms && member.state == "UP") {
                add(other, asked, format!("{} {}, last report {} s ago", member.address, member.state, age / 1000));
            }
        }
    }
    found
}

/// What the troubles between live nodes mean, together with the ports as seen from here.
#[must_use]
pub fn verdicts(picture: &Picture<'_>) -> Vec<LinkVerdict> {
    let troubles = troubles(picture);
    let running = picture.running();
    let mut verdicts = Vec::new();
    let mut explained: Vec<(usize, usize)> = Vec::new();

    for node in isolated(picture, &running, &troubles) {
        let about: Vec<&Trouble> =
            troubles.iter().filter(|trouble| trouble.observer == node || trouble.subject == node).collect();
        explained.extend(about.iter().map(|trouble| (trouble.observer, trouble.subject)));
        verdicts.push(verdict(picture, Code::NodeIsolated, vec![node], &about, Confidence::Certain));
    }
    let rest: Vec<&Trouble> = troubles.iter().filter(|one| !explained.contains(&(one.observer, one.subject))).collect();
    verdicts.extend(blocked_servers(picture, &running, &rest));
    let covered: Vec<(usize, usize, PortRole)> = verdicts
        .iter()
        .filter(|verdict| matches!(verdict.code, Code::NetGrpcBlocked | Code::NetPortBlocked))
        .flat_map(|verdict| verdict.nodes.iter().map(|node| (*node, verdict.code)))
        .flat_map(|(subject, code)| {
            let roles: &[PortRole] = match code {
                Code::NetPortBlocked => &[PortRole::ServerGrpc, PortRole::Raft, PortRole::Main],
                _ => &[PortRole::ServerGrpc],
            };
            running.iter().flat_map(move |observer| roles.iter().map(move |role| (*observer, subject, *role)))
        })
        .collect();
    let rest: Vec<&Trouble> =
        rest.into_iter().filter(|one| !covered.contains(&(one.observer, one.subject, one.role))).collect();
    verdicts.extend(pairs(picture, &rest));
    merge_probes(picture, &running, &mut verdicts);
    verdicts
}

/// Live nodes that no other live node reaches and that reach none, while the others reach one another.
fn isolated(picture: &Picture<'_>, running: &[usize], troubles: &[Trouble]) -> Vec<usize> {
    let others_of = |node: usize| running.iter().copied().filter(move |other| *other != node).collect::<Vec<_>>();
    let between = |from: usize, to: usize| troubles.iter().any(|one| one.observer == from && one.subject == to);
    let seen = |node: usize| {
        let node = &picture.nodes[node];
        node.logs.is_some() || node.view.is_some_and(|view| !view.members.is_empty())
    };
    running
        .iter()
        .copied()
        .filter(|node| {
            let others = others_of(*node);
            others.len() >= 2
                && !(strain::half_read(picture, *node) && !seen(*node))
                && others.iter().all(|other| between(*other, *node) && (between(*node, *other) || !seen(*node)))
                && others
                    .iter()
                    .any(|one| others.iter().any(|two| one != two && !between(*one, *two) && !between(*two, *one)))
        })
        .collect()
}

/// Nodes whose server port nobody passes.
fn blocked_servers(picture: &Picture<'_>, running: &[usize], troubles: &[&Trouble]) -> Vec<LinkVerdict> {
    let mut found = Vec::new();
    for subject in running.iter().copied() {
        let about: Vec<&Trouble> =
            troubles.iter().copied().filter(|one| one.subject == subject && one.role == PortRole::ServerGrpc).collect();
        let observers: Vec<usize> = running
            .iter()
            .copied()
            .filter(|other| {
                *other != subject && (picture.nodes[*other].logs.is_some() || picture.nodes[*other].view.is_some())
            })
            .collect();
        let all = !observers.is_empty() && observers.iter().all(|other| about.iter().any(|one| one.observer == *other));
        let here = probe(picture, subject, PortRole::ServerGrpc).is_some_and(|result| result != PortResult::Open);
        let other_ports = troubles.iter().any(|one| one.subject == subject && one.role != PortRole::ServerGrpc);
        if !all || !(observers.len() >= 2 || here) {
            continue;
        }
        if !other_ports {
            found.push(verdict(picture, Code::NetGrpcBlocked, vec![subject], &about, Confidence::Certain));
        } else if !troubles.iter().any(|one| one.observer == subject) {
            let every: Vec<&Trouble> = troubles.iter().copied().filter(|one| one.subject == subject).collect();
            found.push(verdict(picture, Code::NetPortBlocked, vec![subject], &every, Confidence::Likely));
        }
    }
    found
}

/// Trouble between single pairs.
fn pairs(picture: &Picture<'_>, troubles: &[&Trouble]) -> Vec<LinkVerdict> {
    let mut groups: BTreeMap<(usize, usize), Vec<&Trouble>> = BTreeMap::new();
    for trouble in troubles {
        let key = (trouble.observer.min(trouble.subject), trouble.observer.max(trouble.subject));
        groups.entry(key).or_default().push(trouble);
    }
    groups
        .into_iter()
        .map(|((low, high), about)| {
            let raft_only = about.iter().all(|one| one.role == PortRole::Raft);
            let one_direction = about.iter().filter(|one| one.role != PortRole::Raft).all(|one| one.observer == low)
                || about.iter().filter(|one| one.role != PortRole::Raft).all(|one| one.observer == high);
            if raft_only {
                return verdict(picture, Code::RaftLinkBroken, vec![low, high], &about, Confidence::Certain);
            }
            if one_direction {
                let from = about.iter().find(|one| one.role != PortRole::Raft).map_or(low, |one| one.observer);
                let to = if from == low { high } else { low };
                // A port that does not pass from here either is blocked; that the way back is open only shows that the node
                // lives. And silence of logs that were not read to the end is no word for the way back.
                let blocked = about.iter().any(|one| {
                    one.subject == to
                        && probe(picture, to, one.role).is_some_and(|result| {
                            !matters_not(result) && !strain::doubtful(picture, to, result)
                        })
                });
                if blocked {
                    let about: Vec<&Trouble> = about.into_iter().filter(|one| one.role != PortRole::Raft).collect();
                    let grpc = about.iter().all(|one| one.role == PortRole::ServerGrpc);
                    let code = if grpc { Code::NetGrpcBlocked } else { Code::NetPortBlocked };
                    return verdict(picture, code, vec![to], &about, Confidence::Certain);
                }
                if strain::half_read(picture, to) {
                    let code = Code::NetPortBlocked;
                    return verdict(picture, code, vec![low, high], &about, Confidence::Possible);
                }
                return verdict(picture, Code::NetOneWay, vec![from, to], &about, Confidence::Certain);
            }
            let grpc_only = about.iter().all(|one| one.role == PortRole::ServerGrpc);
            let code = if grpc_only { Code::NetGrpcBlocked } else { Code::NetPortBlocked };
            verdict(picture, code, vec![low, high], &about, Confidence::Certain)
        })
        .collect()
}

/// Ports of live nodes that do not pass from here. A server or Raft port that the peers use without complaint is none of our
/// business: firewalls often open it to the cluster alone.
fn merge_probes(picture: &Picture<'_>, running: &[usize], verdicts: &mut Vec<LinkVerdict>) {
    for node in running.iter().copied() {
        let Some(seen) = picture.nodes[node].ports else { continue };
        let closed: Vec<_> =
            seen.ports
                .iter()
                .filter(|port| port.role != PortRole::Console && !matters_not(port.result))
                .filter(|port| port.ok == 0 && !strain::doubtful(picture, node, port.result))
                .collect();
        let open = seen.ports.iter().any(|port| port.result == PortResult::Open);
        if closed.is_empty() || !open {
            continue;
        }
        let vouched = |role: PortRole| {
            matches!(role, PortRole::ServerGrpc | PortRole::Raft)
                && running.iter().any(|other| *other != node && picture.nodes[*other].logs.is_some())
                && !verdicts.iter().any(|one| {
                    one.nodes.contains(&node) && matches!(one.code, Code::NetGrpcBlocked | Code::NetPortBlocked)
                })
        };
        let counted: Vec<_> = closed.into_iter().filter(|port| !vouched(port.role)).collect();
        if counted.is_empty() {
            continue;
        }
        let roles: Vec<PortRole> = counted.iter().map(|port| port.role).collect();
        let code = if roles.iter().all(|role| matches!(role, PortRole::ClientGrpc | PortRole::ServerGrpc)) {
            Code::NetGrpcBlocked
        } else if roles == [PortRole::Raft] {
            Code::RaftLinkBroken
        } else {
            Code::NetPortBlocked
        };
        let name = picture.nodes[node].name;
        let evidence: Vec<EvidenceRef> = counted.iter().map(|port| evidence::port(name, &seen.host, port)).collect();
        let ports = counted.iter().map(|port| port.port.to_string()).collect::<Vec<_>>().join(", ");
        let same = verdicts.iter_mut().find(|one| {
            one.nodes == [node] && (one.code == code || matches!(one.code, Code::NetGrpcBlocked | Code::NodeIsolated))
        });
        match same {
            Some(verdict) => {
                verdict.evidence.extend(evidence);
                if verdict.code != Code::NodeIsolated {
                    verdict.ports = merge_ports(&verdict.ports, &ports);
                }
            }
            None => verdicts.push(LinkVerdict {
                code,
                nodes: vec![node],
                ports,
                confidence: Confidence::Likely,
                evidence,
                by_nodes: false,
            }),
        }
    }
}

fn matters_not(result: PortResult) -> bool {
    matches!(result, PortResult::Open | PortResult::WrongProtocol)
}

fn merge_ports(one: &str, two: &str) -> String {
    let mut all: Vec<u16> = one.split(", ").chain(two.split(", ")).filter_map(|port| port.parse().ok()).collect();
    all.sort_unstable();
    all.dedup();
    all.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

/// The result of probing that port of a node from here.
#[must_use]
pub fn probe(picture: &Picture<'_>, node: usize, role: PortRole) -> Option<PortResult> {
    picture.nodes[node].ports?.ports.iter().find(|port| port.role == role).map(|port| port.result)
}

fn verdict(
    picture: &Picture<'_>,
    code: Code,
    nodes: Vec<usize>,
    troubles: &[&Trouble],
    confidence: Confidence,
) -> LinkVerdict {
    let mut ports: Vec<u16> =
        troubles.iter().map(|one| address::port(picture.nodes[one.subject].main_port(), one.role)).collect();
    ports.sort_unstable();
    ports.dedup();
    LinkVerdict {
        code,
        nodes,
        ports: ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        confidence,
        evidence: troubles.iter().flat_map(|one| one.evidence.iter().cloned()).take(12).collect(),
        by_nodes: true,
    }
}
