//! Which node cannot reach which, on which port: complaints in the logs, member lists, probes; then what they mean together.

use std::collections::BTreeMap;

use super::conditions::Asked;
use super::{ClusterModel, address, cite, peer_errors, probes, reachability, reliability};
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Condition;
use crate::domain::message::Message;
use crate::domain::observed::{
    MemberSeen, NameBy, NameSeen, PeerPortsSeen, PortResult, PortRole, PortSeen, SignatureHits, ViewSeen,
};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{Failure, MemberState};
use crate::model::tables::settings;
use crate::nacos::ports;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// That many reports must have failed in a row before a member that is called UP is doubted.
const FAILS_IN_A_ROW: u32 = 5;
/// The Raft group that holds configuration where storage is embedded.
const CONFIG_GROUP: &str = "nacos_config";
/// That many attempts must have failed.
const ENOUGH: u64 = 2;

/// Attempts of one node to reach one port of another that fail at the moment judged.
#[derive(Clone, Debug)]
pub struct LinkFailure {
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
    /// True if all that is known are time-outs within a moment, or while one of the two fell behind with its own beat: a node
    /// that stands still for some seconds, collecting garbage or short of processor time, gives the same.
    pub transient: bool,
    /// True if the subject accepted every connection and did not answer on it: the port passes.
    pub accepted: bool,
    /// Lines and answers that say so.
    pub evidence: Vec<EvidenceRef>,
}

/// What a set of failures means.
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
    /// What was asked for on the way there.
    pub conditions: Vec<Condition>,
    /// True if it was seen in logs or member lists of the nodes, not only by probes from here.
    pub by_nodes: bool,
    /// True if it rests on time-outs only that a node which stood still gives as well, see [`LinkFailure::transient`].
    pub transient: bool,
}

/// Nodes that seem to run, that nobody saw answer, and that another fails to reach, or does not call UP, in its last lines:
/// they may have gone within the last moments. With the nodes that say so.
#[must_use]
pub fn missed_at_the_end(model: &ClusterModel<'_>) -> BTreeMap<usize, Vec<usize>> {
    let mut missed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for error in &model.peer_errors {
        let end = model.nodes[error.observer].last_stamp.unwrap_or(model.as_of);
        let lately = (error.attempt || error.hits.signature == SignatureId::PEER_UNHEALTHY_TICK)
            && error.hits.last.is_some_and(|at| at >= end.plus_millis(-timing::MISSED_LATELY_MS));
        let unseen = model.states[error.subject].is_running()
            && reachability::reach(model, error.subject) != reachability::Reachability::Answers;
        if lately && unseen {
            missed.entry(error.subject).or_default().push(error.observer);
        }
    }
    for by in missed.values_mut() {
        by.sort_unstable();
        by.dedup();
    }
    missed
}

/// That a node is missed by these in their last lines, in words.
#[must_use]
pub fn missed_message(model: &ClusterModel<'_>, missed: usize, by: &[usize]) -> Message {
    let name = model.nodes[missed].name;
    Message::new("judged-missed-at-end").with("node", name).with("peers", model.names(by))
}

/// That nothing vouches for the Raft traffic of a pair, in words.
#[must_use]
pub fn unverified_message(model: &ClusterModel<'_>, (one, two): (usize, usize)) -> Message {
    Message::new("judged-raft-link-unseen").with("nodes", model.names(&[one, two]))
}

/// Failed attempts between nodes that both run, going on at the moment judged and not explained by a start.
#[must_use]
pub fn failures(model: &ClusterModel<'_>) -> Vec<LinkFailure> {
    let running = model.running();
    let stalls: Vec<Vec<Stall>> = model.nodes.iter().map(|node| stalls(node, model.as_of)).collect();
    let mut found: BTreeMap<(usize, usize, PortRole), (LinkFailure, Moments)> = BTreeMap::new();
    for error in model.peer_errors.iter().filter(|error| error.attempt) {
        let (observer, subject) = (error.observer, error.subject);
        let Some(role) = error.role else { continue };
        if !running.contains(&observer) || !running.contains(&subject) || !log_is_complete(model, error) {
            continue;
        }
        let since = settled_since(model, observer, subject);
        // A name that does not resolve says nothing of the link.
        let count = error.count_since(since).saturating_sub(error.reason_since(&Failure::Dns, since));
        if count == 0 || !peer_alive_afterwards(model, error, since) {
            continue;
        }
        let (failure, moments) = found.entry((observer, subject, role)).or_insert_with(|| {
            let failure = LinkFailure {
                observer,
                subject,
                role,
                count: 0,
                first: None,
                last: None,
                transient: false,
                accepted: false,
                evidence: Vec::new(),
            };
            (failure, Moments::default())
        });
        moments.add(error.hits, since, &stalls[observer], &stalls[subject]);
        failure.count += count;
        failure.first = [failure.first, error.hits.first].into_iter().flatten().min();
        failure.last = failure.last.max(error.hits.last);
        failure.evidence.extend(cite::samples(model.nodes[observer].name, std::iter::once(error.hits), 1));
    }
    let horizon = model.as_of.plus_millis(-timing::ATTEMPT_CURRENT_MS);
    let mut failures: Vec<LinkFailure> = found
        .into_values()
        .map(|(failure, moments)| LinkFailure {
            transient: moments.is_transient(),
            accepted: moments.was_accepted(),
            ..failure
        })
        .filter(|failure| failure.count >= ENOUGH && failure.last.is_some_and(|last| last >= horizon))
        .filter(|failure| {
            failure.last >= passed_later(model, failure).map(|at| at.plus_millis(-timing::ATTEMPT_AGAIN_MS))
        })
        .collect();
    failures.extend(failures_of_views(model, &running));
    failures.extend(failures_of_probes(model, &running));
    failures
}

/// From when to when a node stood still.
type Stall = (Timestamp, Timestamp);

/// When a node fell behind with the line that it writes every three seconds (C103), from a little before to a little after.
fn stalls(node: &super::NodeModel<'_>, at: Timestamp) -> Vec<Stall> {
    let Some(logs) = node.logs else { return Vec::new() };
    let now = logs.last_heartbeat.filter(|beat| at.millis_since(*beat) > timing::BEHIND_MS).map(|beat| (beat, at));
    let wide = |(from, to): Stall| {
        (from.plus_millis(-timing::AROUND_STANDSTILL_MS), to.plus_millis(timing::AROUND_STANDSTILL_MS))
    };
    logs.stalls.iter().copied().chain(now).map(wide).collect()
}

/// When the attempts of one failure failed.
#[derive(Default)]
struct Moments {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    waited: bool,
    other_than_waited: bool,
    read: bool,
    other_than_read: bool,
    beside_stalls: bool,
}

impl Moments {
    fn add(&mut self, hits: &SignatureHits, since: Timestamp, here: &[Stall], there: &[Stall]) {
        let counted = hits.times.iter().copied().filter(|time| *time >= since);
        for time in counted.chain(hits.last) {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
            self.beside_stalls |= !here.iter().chain(there).any(|(from, to)| (*from..=*to).contains(&time));
        }
        // A line without a reason goes with the one that has it.
        for reason in hits.reasons.keys() {
            let waited = reason.is_timeout();
            self.waited |= waited;
            self.other_than_waited |= !waited;
            self.read |= *reason == Failure::ReadTimeout;
            self.other_than_read |= *reason != Failure::ReadTimeout;
        }
    }

    const fn was_accepted(&self) -> bool {
        self.read && !self.other_than_read
    }

    fn is_transient(&self) -> bool {
        let within =
            self.first.zip(self.last).is_some_and(|(first, last)| last.millis_since(first) <= timing::TRANSIENT_MS);
        (within || !self.beside_stalls) && self.waited && !self.other_than_waited
    }
}

/// When that port was last seen to pass: probed from anywhere, or the observer calls the node UP and its reports arrive. Lines
/// that end well before are history; the observations of one round may lie minutes apart.
fn passed_later(model: &ClusterModel<'_>, failure: &LinkFailure) -> Option<Timestamp> {
    let subject = &model.nodes[failure.subject];
    let probed = subject
        .ports
        .filter(|seen| seen.ports.iter().any(|port| port.role == failure.role && port.result == PortResult::Open))
        .and_then(|seen| seen.at);
    // The observer's own try weighs as much: one answer is enough to know that the port passes.
    let from_there = model.nodes[failure.observer].ports.and_then(|seen| {
        let of_subject = |peer: &&PeerPortsSeen| model.reached(peer) == Some(failure.subject);
        let mut tried = seen.peers.iter().filter(of_subject).flat_map(|peer| &peer.ports);
        let passed = tried.find(|port| port.role == failure.role && port.ok > 0)?;
        // Where every try passes there is nothing left that the next line could be waiting for.
        let whole = if passed.ok == passed.tries { timing::ATTEMPT_AGAIN_MS } else { 0 };
        seen.at.map(|at| at.plus_millis(whole))
    });
    let says_up = |view: &&ViewSeen| {
        view.members.iter().any(|member| {
            model.member(&member.address) == Some(failure.subject)
                && member.state == MemberState::Up
                && member.fail_count == Some(0)
        })
    };
    let listed = model.nodes[failure.observer]
        .view
        .filter(|view| failure.role == ports::report_role(view.version.as_deref()) && says_up(view))
        .and_then(|view| view.at);
    probed.max(listed).max(from_there)
}

/// True if the log that complains was read to its end and the complaint stands near it: in a log that was read in part the
/// errors of a start lack the lines that say how they ended, and without the node's other files its start is not known.
fn log_is_complete(model: &ClusterModel<'_>, error: &peer_errors::PeerError<'_>) -> bool {
    let Some(logs) = model.nodes[error.observer].logs else { return false };
    let subject = &model.nodes[error.subject];
    let start_unknown = subject.started.is_none() && reliability::half_read(model, error.subject);
    let near = error.hits.last.is_some_and(|last| last >= logs.to.plus_millis(-timing::ATTEMPT_CURRENT_MS));
    near && !start_unknown && !reliability::half_read(model, error.observer)
}

/// True if the node complained about is known to live on after the complaints began: it answers, or its own files go on.
/// Without that a link and a node that has just died look the same.
fn peer_alive_afterwards(model: &ClusterModel<'_>, error: &peer_errors::PeerError<'_>, since: Timestamp) -> bool {
    if reachability::reach(model, error.subject) == reachability::Reachability::Answers {
        return true;
    }
    let began = error.hits.times.iter().copied().filter(|time| *time >= since).min().or(error.hits.first);
    let last = model.nodes[error.subject].last_stamp;
    began.zip(last).is_some_and(|(began, last)| last > began.plus_millis(timing::CLOCKS_MS))
}

/// Why a pair or a node that looks well may not be well: a complaint whose far side cannot be told from a dead node yet, or
/// a probe that ran out of time while others were answered late. Nothing is claimed of it, and no all-clear is given.
#[must_use]
pub fn doubts(model: &ClusterModel<'_>) -> Vec<Message> {
    let running = model.running();
    let horizon = model.as_of.plus_millis(-timing::ATTEMPT_CURRENT_MS);
    let name = |index: usize| model.nodes[index].name;
    let mut found: Vec<Message> = Vec::new();
    let mut add = |message: Message| {
        if !found.contains(&message) {
            found.push(message);
        }
    };
    for error in model.peer_errors.iter().filter(|error| error.attempt && error.role.is_some()) {
        let (observer, subject) = (error.observer, error.subject);
        let since = settled_since(model, observer, subject);
        let current = running.contains(&observer)
            && running.contains(&subject)
            && error.hits.last.is_some_and(|last| last >= horizon)
            && error.count_since(since) >= ENOUGH;
        if current && !peer_alive_afterwards(model, error, since) {
            add(Message::new("judged-link-or-node").with("node", name(observer)).with("peer", name(subject)));
        }
    }
    for node in running {
        for port in model.nodes[node].ports.into_iter().flat_map(|seen| &seen.ports) {
            if reliability::doubtful(model, node, port.result) {
                add(Message::new("judged-probe-late").with("node", name(node)).with("port", port.port));
            }
        }
        for peer in model.nodes[node].ports.into_iter().flat_map(|seen| &seen.peers) {
            let subject = model.reached(peer);
            let Some(subject) = subject.filter(|subject| model.states[*subject].is_running()) else { continue };
            for port in peer.ports.iter().filter(|port| port.ok == 0 && port.role != PortRole::ClientGrpc) {
                if reliability::doubtful(model, subject, port.result) {
                    add(Message::new("judged-probe-late").with("node", name(subject)).with("port", port.port));
                }
            }
        }
        let unread = model.nodes[node].view.and_then(|view| view.readiness.as_ref());
        if unread.is_some_and(|http| http.failure == Some(Failure::Timeout)) {
            add(Message::new("judged-readiness-late").with("node", name(node)));
        }
        if reliability::half_read(model, node) {
            add(Message::new("judged-half-read").with("node", name(node)));
        }
    }
    found
}

/// From when on lines about that pair count: both were up and settled.
fn settled_since(model: &ClusterModel<'_>, observer: usize, subject: usize) -> Timestamp {
    let settled = [observer, subject]
        .into_iter()
        .filter_map(|index| model.nodes[index].started)
        .max()
        .map_or(model.as_of.plus_millis(-timing::ATTEMPTS_OVER_MS), |started| {
            started.plus_millis(timing::START_SETTLES_MS)
        });
    settled.max(model.as_of.plus_millis(-timing::ATTEMPTS_OVER_MS))
}

/// True if a node's own list is known and has no such member: it has nobody to report to there.
fn leaves_out(model: &ClusterModel<'_>, node: usize, member: usize) -> bool {
    model.nodes[node].view.is_some_and(|view| {
        !view.members.is_empty() && !view.members.iter().any(|one| model.member(&one.address) == Some(member))
    })
}

/// What member lists tell of links: a live node called DOWN, reports to it that fail in a row, or its own reports that no
/// longer arrive, though the list still says UP.
fn failures_of_views(model: &ClusterModel<'_>, running: &[usize]) -> Vec<LinkFailure> {
    let mut found: Vec<LinkFailure> = Vec::new();
    let overdue_ms = timing::REPORT_OVERDUE_MS
        .max(timing::REPORT_OVERDUE_PER_NODE_MS * i64::try_from(model.nodes.len()).unwrap_or(1));
    let settled = |index: usize| {
        model.nodes[index].started.is_none_or(|started| model.age_ms(started) >= 3 * timing::START_SETTLES_MS)
    };
    for asked in running.iter().copied() {
        let Some(view) = model.nodes[asked].view else { continue };
        let name = model.nodes[asked].name;
        let mut add = |observer: usize, subject: usize, reporter: Option<&str>, text: String| {
            found.push(LinkFailure {
                observer,
                subject,
                role: ports::report_role(reporter),
                count: ENOUGH,
                first: None,
                last: None,
                transient: false,
                accepted: false,
                evidence: vec![cite::said(name, "member list", &text)],
            });
        };
        for member in &view.members {
            let Some(other) = model.member(&member.address).filter(|other| *other != asked) else { continue };
            if !running.contains(&other) || !settled(other) || !settled(asked) {
                continue;
            }
            let fails = member.fail_count.unwrap_or(0);
            if member.state == MemberState::Down || fails >= FAILS_IN_A_ROW {
                add(
                    asked,
                    other,
                    view.version.as_deref(),
                    format!("{} {}, {fails} failed reports", member.address, member.state),
                );
            }
            let age = report_age_ms(model, view, member).filter(|_| !leaves_out(model, other, asked));
            if let Some(age) = age.filter(|age| *age >= overdue_ms && member.state == MemberState::Up) {
                add(
                    other,
                    asked,
                    member.version.as_deref(),
                    format!("{} {}, last report {} s ago", member.address, member.state, age / 1000),
                );
            }
        }
    }
    found
}

/// How old the last report of a member was when the list was asked for, by the clock of the node that keeps the list. The
/// moment judged is later than that, and says nothing of reports that came meanwhile.
#[must_use]
pub fn report_age_ms(model: &ClusterModel<'_>, view: &ViewSeen, member: &MemberSeen) -> Option<i64> {
    let asked = view.at.unwrap_or(model.as_of).plus_millis(view.clock_offset_ms?);
    Some(asked.millis_since(member.last_refresh?))
}

/// Ports that a node itself does not reach, tried from there.
fn failures_of_probes(model: &ClusterModel<'_>, running: &[usize]) -> Vec<LinkFailure> {
    let mut found = Vec::new();
    for observer in running.iter().copied() {
        let name = model.nodes[observer].name;
        for peer in model.nodes[observer].ports.iter().flat_map(|seen| &seen.peers) {
            let subject = model.reached(peer).filter(|subject| *subject != observer);
            let Some(subject) = subject.filter(|subject| running.contains(subject)) else { continue };
            if !probes::own_address(model, observer, subject, &peer.host) {
                continue;
            }
            // Only clients use 9848: a firewall that keeps it shut between the nodes does no harm.
            for port in peer.ports.iter().filter(|port| port.ok == 0 && port.role != PortRole::ClientGrpc) {
                // A port that answers wrongly, or not at all after the connect, is reached.
                let cut = matches!(
                    port.result,
                    PortResult::Timeout | PortResult::Unreachable | PortResult::Refused | PortResult::Reset
                );
                // What is shut for everybody is no matter of this link.
                let shut = probes::probe(model, subject, port.role).is_some_and(|here| here == PortResult::Refused);
                if !cut
                    || (shut && port.result == PortResult::Refused)
                    || reliability::doubtful(model, subject, port.result)
                {
                    continue;
                }
                let target = format!("tcp {}:{}", peer.host, port.port);
                let text = format!("{} from {name}: {} of {} tries", port.result.as_str(), port.ok, port.tries);
                found.push(LinkFailure {
                    observer,
                    subject,
                    role: port.role,
                    count: ENOUGH,
                    first: None,
                    last: model.nodes[observer].ports.and_then(|seen| seen.at).or(Some(model.as_of)),
                    transient: false,
                    accepted: false,
                    evidence: vec![cite::said(name, &target, &text)],
                });
            }
        }
    }
    found
}

/// What the failures between live nodes mean, together with the ports as seen from here.
#[must_use]
pub fn verdicts(model: &ClusterModel<'_>) -> Vec<LinkVerdict> {
    let failures = failures(model);
    let running = model.running();
    let mut verdicts = Vec::new();
    let mut explained: Vec<(usize, usize)> = Vec::new();

    for node in isolated(model, &running, &failures) {
        let about: Vec<&LinkFailure> =
            failures.iter().filter(|failure| failure.observer == node || failure.subject == node).collect();
        explained.extend(about.iter().map(|failure| (failure.observer, failure.subject)));
        verdicts.push(verdict(model, Code::NodeIsolated, vec![node], &about, Confidence::Certain));
    }
    for (node, about) in answers_nobody(model, &running, &failures, &explained) {
        explained.extend(about.iter().map(|failure| (failure.observer, failure.subject)));
        verdicts.push(verdict(model, Code::NodeHung, vec![node], &about, Confidence::Likely));
    }
    let rest: Vec<&LinkFailure> =
        failures.iter().filter(|one| !explained.contains(&(one.observer, one.subject))).collect();
    verdicts.extend(blocked_servers(model, &running, &rest));
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
    let rest: Vec<&LinkFailure> =
        rest.into_iter().filter(|one| !covered.contains(&(one.observer, one.subject, one.role))).collect();
    verdicts.extend(pairs(model, &rest));
    verdicts.extend(cut_from_leader(model, &running, &verdicts));
    merge_probes(model, &running, &mut verdicts);
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.conditions.is_empty()) {
        verdict.conditions = asked_of(model, &failures, verdict);
    }
    verdicts
}

/// What was asked for before a link was named, over all failures between its nodes.
fn asked_of(model: &ClusterModel<'_>, failures: &[LinkFailure], verdict: &LinkVerdict) -> Vec<Condition> {
    let about: Vec<&LinkFailure> = failures
        .iter()
        .filter(|one| match verdict.nodes.as_slice() {
            [node] => one.observer == *node || one.subject == *node,
            nodes => nodes.contains(&one.observer) && nodes.contains(&one.subject),
        })
        .filter(|one| verdict.code == Code::RaftLinkBroken || one.role != PortRole::Raft)
        .collect();
    let mut asked = Asked::default();
    asked.ask("link-both-run", true, &[]);
    if !about.is_empty() {
        asked.shows("link-attempts-fail", &verdict.evidence);
        asked.ask("link-more-than-a-pause", !verdict.transient, &[]);
        if about.iter().all(|one| one.accepted) {
            asked.ask("link-accepted", true, &[]);
        }
    }
    if let ([one, two], false) = (verdict.nodes.as_slice(), about.is_empty()) {
        let fails = |from: usize| about.iter().any(|failure| failure.observer == from);
        // Only what was read to its end is a word for the way back.
        let silent = if fails(*one) { *two } else { *one };
        let seen = tells(model, silent) && !reliability::half_read(model, silent);
        asked.if_seen("link-other-way-fails", seen, fails(*one) && fails(*two), &[]);
    }
    let tried: Vec<&PortSeen> = about
        .iter()
        .filter_map(|one| {
            let port = probes::port(model, one.subject, one.role);
            port.filter(|port| !reliability::doubtful(model, one.subject, port.result))
        })
        .collect();
    let fails = verdict.nodes.len() == 1 && !verdict.by_nodes || tried.iter().any(|port| probes::is_closed(port));
    asked.if_seen("link-fails-from-here", !tried.is_empty(), fails, &[]);
    asked.conditions()
}

/// True if a node says itself whom it reaches: by its logs, or by its member list.
fn tells(model: &ClusterModel<'_>, node: usize) -> bool {
    let node = &model.nodes[node];
    node.logs.is_some() || node.view.is_some_and(|view| !view.members.is_empty())
}

/// Live nodes that no other live node reaches and that reach none, while the others reach one another.
fn isolated(model: &ClusterModel<'_>, running: &[usize], failures: &[LinkFailure]) -> Vec<usize> {
    let others_of = |node: usize| running.iter().copied().filter(move |other| *other != node).collect::<Vec<_>>();
    let between = |from: usize, to: usize| failures.iter().any(|one| one.observer == from && one.subject == to);
    // Raft alone is a matter of its port: a node that is cut off does not get its reports through either.
    let more_than_raft = |one: usize, other: usize| {
        failures.iter().any(|failure| {
            failure.role != PortRole::Raft
                && ((failure.observer, failure.subject) == (one, other)
                    || (failure.observer, failure.subject) == (other, one))
        })
    };
    let seen = |node: usize| tells(model, node);
    running
        .iter()
        .copied()
        .filter(|node| {
            let others = others_of(*node);
            others.len() >= 2
                && (seen(*node) || !reliability::half_read(model, *node))
                && others.iter().all(|other| between(*other, *node) && (between(*node, *other) || !seen(*node)))
                && others.iter().all(|other| more_than_raft(*node, *other))
                && others.iter().any(|one| others.iter().any(|two| one != two && !more_than_raft(*one, *two)))
        })
        .collect()
}

/// Live nodes that accept the connections of all others and answer on none: hung, or overloaded. That the path was cut after
/// the connect is possible too, but not for all of them at once.
fn answers_nobody<'t>(
    model: &ClusterModel<'_>,
    running: &[usize],
    failures: &'t [LinkFailure],
    explained: &[(usize, usize)],
) -> Vec<(usize, Vec<&'t LinkFailure>)> {
    let mut found = Vec::new();
    for subject in running.iter().copied() {
        let about: Vec<&LinkFailure> = failures.iter().filter(|one| one.subject == subject).collect();
        let mut others = running.iter().filter(|other| **other != subject && model.nodes[**other].logs.is_some());
        let by_all = others.clone().count() >= 2 && others.all(|other| about.iter().any(|one| one.observer == *other));
        let known = about.iter().any(|one| explained.contains(&(one.observer, one.subject)));
        if by_all && !known && about.iter().all(|one| one.accepted) {
            found.push((subject, about));
        }
    }
    found
}

/// Nodes whose server port nobody passes.
fn blocked_servers(model: &ClusterModel<'_>, running: &[usize], failures: &[&LinkFailure]) -> Vec<LinkVerdict> {
    let mut found = Vec::new();
    for subject in running.iter().copied() {
        let meant = |role: PortRole| failures.iter().any(|one| one.subject == subject && one.role == role);
        // Up to 2.2.0 nodes report over the main port, and 1.x has no other for it.
        let role = if !meant(PortRole::ServerGrpc)
            && ports::report_role(version(model, subject).as_deref()) == PortRole::Main
        {
            PortRole::Main
        } else {
            PortRole::ServerGrpc
        };
        let about: Vec<&LinkFailure> =
            failures.iter().copied().filter(|one| one.subject == subject && one.role == role).collect();
        let observers: Vec<usize> = running
            .iter()
            .copied()
            .filter(|other| {
                *other != subject && (model.nodes[*other].logs.is_some() || model.nodes[*other].view.is_some())
            })
            .collect();
        let all = !observers.is_empty() && observers.iter().all(|other| about.iter().any(|one| one.observer == *other));
        let here = probes::probe(model, subject, role).is_some_and(|result| result != PortResult::Open);
        let other_ports = failures.iter().any(|one| one.subject == subject && one.role != role);
        if !all || !(observers.len() >= 2 || here) {
            continue;
        }
        if !other_ports {
            // What passes from here may still be blocked between the nodes, but a passed check makes it less than certain.
            let passes_here = probes::probe(model, subject, role) == Some(PortResult::Open);
            let confidence = if passes_here { Confidence::Likely } else { Confidence::Certain };
            let code = if role == PortRole::ServerGrpc { Code::NetGrpcBlocked } else { Code::NetPortBlocked };
            found.push(verdict(model, code, vec![subject], &about, confidence));
        } else if !failures.iter().any(|one| one.observer == subject) {
            let every: Vec<&LinkFailure> = failures.iter().copied().filter(|one| one.subject == subject).collect();
            found.push(verdict(model, Code::NetPortBlocked, vec![subject], &every, Confidence::Likely));
        }
    }
    found
}

/// The version of a node, else that of any other: nodes of one cluster are of one generation.
fn version(model: &ClusterModel<'_>, node: usize) -> Option<String> {
    let mut versions = settings::versions(model);
    versions.remove(&node).or_else(|| versions.into_values().next())
}

/// Failures between single pairs.
fn pairs(model: &ClusterModel<'_>, failures: &[&LinkFailure]) -> Vec<LinkVerdict> {
    let mut groups: BTreeMap<(usize, usize), Vec<&LinkFailure>> = BTreeMap::new();
    for failure in failures {
        let key = (failure.observer.min(failure.subject), failure.observer.max(failure.subject));
        groups.entry(key).or_default().push(failure);
    }
    groups
        .into_iter()
        .map(|((low, high), about)| {
            let raft_only = about.iter().all(|one| one.role == PortRole::Raft);
            let one_direction = about.iter().filter(|one| one.role != PortRole::Raft).all(|one| one.observer == low)
                || about.iter().filter(|one| one.role != PortRole::Raft).all(|one| one.observer == high);
            if raft_only {
                return verdict(model, Code::RaftLinkBroken, vec![low, high], &about, Confidence::Certain);
            }
            if one_direction {
                // An answer that does not come on a connection that was accepted is not a port that does not pass.
                if about.iter().all(|one| one.accepted) {
                    let (from, to) = (about[0].observer, about[0].subject);
                    return verdict(model, Code::NetOneWay, vec![from, to], &about, Confidence::Possible);
                }
                let from = about.iter().find(|one| one.role != PortRole::Raft).map_or(low, |one| one.observer);
                let to = if from == low { high } else { low };
                // A port that does not pass from here either is blocked; that the way back is open only shows that the node
                // lives. And silence of logs that were not read to the end is no word for the way back.
                let blocked = about.iter().any(|one| {
                    one.subject == to
                        && probes::probe(model, to, one.role).is_some_and(|result| {
                            !probes::is_reachable(result) && !reliability::doubtful(model, to, result)
                        })
                });
                if blocked {
                    let about: Vec<&LinkFailure> = about.into_iter().filter(|one| one.role != PortRole::Raft).collect();
                    let grpc = about.iter().all(|one| one.role == PortRole::ServerGrpc);
                    let code = if grpc { Code::NetGrpcBlocked } else { Code::NetPortBlocked };
                    return verdict(model, code, vec![to], &about, Confidence::Certain);
                }
                if reliability::half_read(model, to) {
                    let code = Code::NetPortBlocked;
                    return verdict(model, code, vec![low, high], &about, Confidence::Possible);
                }
                return verdict(model, Code::NetOneWay, vec![from, to], &about, Confidence::Certain);
            }
            let grpc_only = about.iter().all(|one| one.role == PortRole::ServerGrpc);
            let code = if grpc_only { Code::NetGrpcBlocked } else { Code::NetPortBlocked };
            verdict(model, code, vec![low, high], &about, Confidence::Certain)
        })
        .collect()
}

/// Live nodes that serve everything but what needs the leader of the configuration group: their readiness, a read through
/// that leader, is silent or says no, while the leader and most others are ready. It is the one thing that the API shows of
/// a cut Raft port: member lists and Raft metadata go on saying that all is well.
fn cut_from_leader(model: &ClusterModel<'_>, running: &[usize], known: &[LinkVerdict]) -> Vec<LinkVerdict> {
    let Some(leader) = config_leader(model).filter(|leader| running.contains(leader)) else { return Vec::new() };
    let ready = |index: usize| model.nodes[index].view.is_some_and(|view| view.ready == Some(true));
    let settled = |index: usize| {
        model.nodes[index].started.is_none_or(|started| model.age_ms(started) >= 3 * timing::START_SETTLES_MS)
    };
    let readies = running.iter().filter(|index| ready(**index)).count();
    if !ready(leader) || readies * 2 <= model.nodes.len() || reliability::slow_here(model) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for index in running.iter().copied().filter(|index| *index != leader) {
        let Some(view) = model.nodes[index].view.filter(|_| settled(index)) else { continue };
        let silent = view.readiness.as_ref().is_some_and(|http| http.failure == Some(Failure::Timeout));
        let refuses = view.ready == Some(false);
        let others_answer =
            view.liveness.as_ref().is_some_and(|http| http.status == Some(200)) && !view.members.is_empty();
        let explained = known.iter().any(|one| one.nodes.contains(&index));
        if explained || !(silent || refuses) || !others_answer || reliability::late(model, index) {
            continue;
        }
        let name = model.nodes[index].name;
        let mut refs: Vec<EvidenceRef> =
            [&view.readiness, &view.liveness].into_iter().flatten().map(|http| cite::http(name, http)).collect();
        let text = format!("{CONFIG_GROUP}: leader {}", model.nodes[leader].name);
        let mut asked = Asked::default();
        asked.ask("leader-is-ready", true, &[cite::said(name, "raftMetaData", &text)]);
        asked.shows("readiness-without-answer", refs.get(..1).unwrap_or_default());
        asked.shows("all-else-answers", refs.get(1..).unwrap_or_default());
        refs.push(cite::said(name, "raftMetaData", &text));
        found.push(LinkVerdict {
            code: Code::RaftLinkBroken,
            nodes: vec![index.min(leader), index.max(leader)],
            ports: address::port(model.nodes[leader].main_port(), PortRole::Raft).to_string(),
            confidence: Confidence::Likely,
            evidence: refs,
            conditions: asked.conditions(),
            by_nodes: false,
            transient: false,
        });
    }
    found
}

/// The leader of the configuration group, if all nodes that answer name the same one.
fn config_leader(model: &ClusterModel<'_>) -> Option<usize> {
    let mut named = model.running().into_iter().filter_map(|index| {
        let group = model.nodes[index].view?.raft.iter().find(|group| group.group == CONFIG_GROUP)?;
        group.leader.as_deref()
    });
    let first = named.next()?;
    named.all(|other| other == first).then_some(first).and_then(|leader| model.voter(leader))
}

/// True if the API and the ports of a node of which no logs were seen show all that they can: it says ready, it lists every
/// node UP by fresh reports, it has the leaders and terms that all others have, every port answers in its protocol.
#[must_use]
pub fn shown_by_api(model: &ClusterModel<'_>, index: usize) -> bool {
    let node = &model.nodes[index];
    let (Some(view), Some(probed)) = (node.view, node.ports) else { return false };
    let fresh = |member: &MemberSeen| {
        let asked = view.at.unwrap_or(model.as_of).plus_millis(view.clock_offset_ms.unwrap_or(0));
        member.last_refresh.is_some_and(|last| asked.millis_since(last) < timing::REPORT_OVERDUE_MS)
    };
    let listed = |peer: usize| {
        view.members.iter().any(|member| {
            model.member(&member.address) == Some(peer)
                && member.state == MemberState::Up
                && (peer == index || (member.fail_count.unwrap_or(0) == 0 && fresh(member)))
        })
    };
    let all_listed = view.members.len() == model.nodes.len() && (0..model.nodes.len()).all(listed);
    let leaders = |view: &ViewSeen| -> BTreeMap<String, (Option<String>, Option<i64>)> {
        view.raft.iter().map(|group| (group.group.clone(), (group.leader.clone(), group.term))).collect()
    };
    let own = leaders(view);
    let led = !own.is_empty()
        && own.values().all(|(leader, _)| {
            let leader = leader.as_deref().and_then(|leader| model.voter(leader));
            leader.is_some_and(|leader| model.states[leader].is_running())
        })
        && view.raft.iter().all(|group| group.error.as_deref().is_none_or(str::is_empty));
    let agreed = model.nodes.iter().all(|other| other.view.is_some_and(|view| leaders(view) == own));
    let open = ports::roles(view.version.as_deref())
        .iter()
        .filter(|role| **role != PortRole::Console)
        .all(|role| probed.ports.iter().any(|port| port.role == *role && port.result == PortResult::Open));
    view.ready == Some(true) && all_listed && led && agreed && open
}

/// Packets that get lost on the way to or from some nodes.
#[derive(Clone, Debug)]
pub struct Loss {
    /// Nodes that all of it touches.
    pub nodes: Vec<usize>,
    /// Tries without an answer, on ports that answered others.
    pub lost: u32,
    /// Tries on those ports.
    pub tries: u32,
    /// How many ports, as seen from somewhere, answered some tries and not others.
    pub mixed: usize,
    /// Some of them.
    pub evidence: Vec<EvidenceRef>,
}

/// Ports that answer some of a few tries within one second and leave others without an answer, several of them: packets are
/// lost. A process that pauses is another thing: its kernel goes on to take connections, so that most tries would end
/// `Silent`, not `Timeout`.
#[must_use]
pub fn lossy(model: &ClusterModel<'_>) -> Option<Loss> {
    const PROBES: usize = 3;
    const WITHOUT_CONNECT: usize = 2;
    if reliability::slow_here(model) {
        return None;
    }
    let mut mixed: Vec<(Option<usize>, usize, &str, &crate::domain::observed::PortSeen)> = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let Some(seen) = node.ports.filter(|_| model.states[index].is_running()) else { continue };
        mixed.extend(seen.ports.iter().map(|port| (None, index, seen.host.as_str(), port)));
        for peer in &seen.peers {
            let subject = model.reached(peer);
            let Some(subject) = subject.filter(|subject| model.states[*subject].is_running()) else { continue };
            mixed.extend(peer.ports.iter().map(|port| (Some(index), subject, peer.host.as_str(), port)));
        }
    }
    mixed.retain(|(_, _, _, port)| {
        port.ok > 0 && port.ok < port.tries && matches!(port.result, PortResult::Open | PortResult::Timeout)
    });
    let unconnected = mixed.iter().filter(|(_, _, _, port)| port.result == PortResult::Timeout).count();
    if mixed.len() < PROBES || unconnected < WITHOUT_CONNECT {
        return None;
    }
    let touches = |node: usize| mixed.iter().all(|(from, to, _, _)| *from == Some(node) || *to == node);
    let common: Vec<usize> = (0..model.nodes.len()).filter(|node| touches(*node)).collect();
    let nodes = if common.is_empty() {
        let mut every: Vec<usize> =
            mixed.iter().flat_map(|(from, to, _, _)| from.iter().copied().chain([*to])).collect();
        every.sort_unstable();
        every.dedup();
        every
    } else {
        common
    };
    let evidence = mixed.iter().take(8).map(|(from, to, host, port)| {
        let name = model.nodes[from.unwrap_or(*to)].name;
        let text = format!("{}: {} of {} tries", port.result.as_str(), port.ok, port.tries);
        cite::said(name, &format!("tcp {host}:{}", port.port), &text)
    });
    Some(Loss {
        lost: mixed.iter().map(|(_, _, _, port)| u32::from(port.tries - port.ok)).sum(),
        tries: mixed.iter().map(|(_, _, _, port)| u32::from(port.tries)).sum(),
        mixed: mixed.len(),
        evidence: evidence.collect(),
        nodes,
    })
}

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

/// Names of members that running nodes fail to resolve at the moment judged, several times and not only once. An address in
/// digits is not a name, and nobody has to resolve it.
#[must_use]
pub fn unresolved(model: &ClusterModel<'_>) -> Vec<Unresolved> {
    let horizon = model.as_of.plus_millis(-timing::ATTEMPT_CURRENT_MS);
    let mut found: BTreeMap<(usize, String), Unresolved> = BTreeMap::new();
    for observer in model.running() {
        let node = &model.nodes[observer];
        for hits in node.logs.into_iter().flat_map(|logs| &logs.hits) {
            let by_reason = hits.reasons.get(&Failure::Dns).filter(|_| peer_errors::is_attempt(hits));
            let (count, last) = match by_reason {
                Some(seen) => (seen.count, seen.last),
                None if hits.signature == SignatureId::GRPC_RESOLVE_FAIL => (hits.count, hits.last),
                None => continue,
            };
            let captured = hits.samples.last().and_then(|line| line.captures.get("host")).map(String::as_str);
            let Some((host, _)) = peer_errors::peer_text(hits).or(captured).and_then(address::split) else { continue };
            if count < ENOUGH || last.is_none_or(|last| last < horizon) || host.parse::<std::net::IpAddr>().is_ok() {
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
pub fn differing(model: &ClusterModel<'_>) -> Vec<Differing> {
    let mut answers: Vec<(usize, &NameSeen)> = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        for seen in node.conf.into_iter().flat_map(|conf| &conf.names) {
            let anothers = model.owner(&seen.name).is_some_and(|owner| owner != index);
            if anothers || !seen.addresses.iter().all(std::net::IpAddr::is_loopback) {
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

/// Pairs whose Raft traffic nothing that was seen vouches for; each is a leader and a node that follows it. Logs of either
/// side would tell of a cut. Without logs only one kind of traffic shows in the API: readiness with embedded storage is a
/// read that a follower passes on to the leader of the configuration group. Member lists and Raft metadata do not count:
/// they say UP and name the old leader for ever while 7848 is cut. A pair of followers exchanges nothing until the leader
/// goes; neither logs nor API would show that it is cut, so it is not asked for here.
#[must_use]
pub fn unverified_raft_links(model: &ClusterModel<'_>) -> Vec<(usize, usize)> {
    let running = model.running();
    let config = config_leader(model);
    let logs = |index: usize| model.nodes[index].logs.is_some_and(|logs| !logs.files.is_empty());
    let ready = |index: usize| model.nodes[index].view.is_some_and(|view| view.ready == Some(true));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for follower in running.iter().copied() {
        let Some(view) = model.nodes[follower].view else { continue };
        for group in &view.raft {
            let Some(leader) = group.leader.as_deref().and_then(|leader| model.voter(leader)) else { continue };
            let pair = (follower.min(leader), follower.max(leader));
            let vouched =
                logs(follower) || logs(leader) || (config == Some(leader) && ready(follower) && ready(leader));
            if leader != follower && !vouched && !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// Ports of live nodes that do not pass from here. A server or Raft port that the peers use without complaint is none of our
/// business: firewalls often open it to the cluster alone.
fn merge_probes(model: &ClusterModel<'_>, running: &[usize], verdicts: &mut Vec<LinkVerdict>) {
    for node in running.iter().copied() {
        let Some(seen) = model.nodes[node].ports else { continue };
        let listens_on = ports::roles(version(model, node).as_deref());
        let closed: Vec<_> = seen
            .ports
            .iter()
            .filter(|port| port.role != PortRole::Console && listens_on.contains(&port.role))
            .filter(|port| probes::is_closed(port) && !reliability::doubtful(model, node, port.result))
            .collect();
        let open = seen.ports.iter().any(|port| port.result == PortResult::Open);
        if closed.is_empty() || !open {
            continue;
        }
        let vouched = |role: PortRole| {
            matches!(role, PortRole::ServerGrpc | PortRole::Raft)
                && running.iter().any(|other| *other != node && model.nodes[*other].logs.is_some())
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
        let name = model.nodes[node].name;
        let evidence: Vec<EvidenceRef> = counted.iter().map(|port| cite::port(name, &seen.host, port)).collect();
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
                conditions: Vec::new(),
                evidence,
                by_nodes: false,
                transient: false,
            }),
        }
    }
}

fn merge_ports(one: &str, two: &str) -> String {
    let mut all: Vec<u16> = one.split(", ").chain(two.split(", ")).filter_map(|port| port.parse().ok()).collect();
    all.sort_unstable();
    all.dedup();
    all.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn verdict(
    model: &ClusterModel<'_>,
    code: Code,
    nodes: Vec<usize>,
    failures: &[&LinkFailure],
    confidence: Confidence,
) -> LinkVerdict {
    let transient = !failures.is_empty() && failures.iter().all(|one| one.transient);
    let mut ports: Vec<u16> =
        failures.iter().map(|one| address::port(model.nodes[one.subject].main_port(), one.role)).collect();
    ports.sort_unstable();
    ports.dedup();
    LinkVerdict {
        code,
        nodes,
        ports: ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        confidence: if transient { Confidence::Possible } else { confidence },
        evidence: failures.iter().flat_map(|one| one.evidence.iter().cloned()).take(12).collect(),
        conditions: Vec::new(),
        by_nodes: true,
        transient,
    }
}
