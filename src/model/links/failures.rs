//! Attempts of nodes to reach each other that fail at the moment judged, according to logs, member lists and probes.

use std::collections::BTreeMap;

use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{LogLine, MemberSeen, PeerPortsSeen, PortResult, PortRole, SignatureHits, ViewSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{Failure, MemberState};
use crate::model::node_state::{NodeState, Stated};
use crate::model::peer_errors::PeerError;
use crate::model::reachability::Reachability;
use crate::model::{NodeModel, cite, probes, reachability, reliability, youth};
use crate::nacos::ports;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// That many reports must have failed in a row before a member that is called UP is doubted.
const FAILS_IN_A_ROW: u32 = 5;
/// That many attempts must have failed.
pub(super) const ENOUGH: u64 = 2;

/// Attempts of one node to reach one port of another that fail at the moment judged.
#[derive(Clone, Debug)]
pub struct LinkFailure {
    /// The node whose attempts fail.
    pub observer: usize,
    /// The node that it does not reach.
    pub subject: usize,
    /// On which port.
    pub role: PortRole,
    /// Failed attempts counted.
    pub count: u64,
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

/// Nodes that run, without those that may only be starting.
pub(super) fn running_for_sure(model: &Stated<'_>) -> Vec<usize> {
    model.running().into_iter().filter(|index| !may_be_starting(model, *index)).collect()
}

/// True if nothing answers at the node from here, and there was no time to see whether it is starting: its young lines may be those
/// of a start, and the attempts of its peers fail in one as well.
fn may_be_starting(model: &Stated<'_>, index: usize) -> bool {
    let reach = reachability::reach(model, index);
    let is_tried = !matches!(reach, Reachability::Answers | Reachability::NotTried);
    is_tried && reliability::stop_unread(model, index)
}

/// Failed attempts between nodes that both run, going on at the moment judged and not explained by a start.
pub(super) fn failures(model: &Stated<'_>) -> Vec<LinkFailure> {
    let running = running_for_sure(model);
    let stalls: Vec<Vec<Stall>> = model.nodes.iter().map(|node| stalls(node, model.as_of)).collect();
    let mut found: BTreeMap<(usize, usize, PortRole), (LinkFailure, Moments)> = BTreeMap::new();
    for error in model.peer_errors.iter().filter(|error| error.attempt) {
        let (observer, subject) = (error.observer, error.subject);
        let Some(role) = error.role else { continue };
        if !running.contains(&observer) || !running.contains(&subject) || !log_is_complete(model, error) {
            continue;
        }
        let since = going_on_since(error, settled_since(model, observer, subject));
        let count = of_the_link(error, since);
        if count == 0 || !peer_alive_afterwards(model, error, since) {
            continue;
        }
        let (failure, moments) = found.entry((observer, subject, role)).or_insert_with(|| {
            let failure = LinkFailure {
                observer,
                subject,
                role,
                count: 0,
                last: None,
                transient: false,
                accepted: false,
                evidence: Vec::new(),
            };
            (failure, Moments::default())
        });
        moments.add(error.hits, since, &stalls[observer], &stalls[subject]);
        failure.count += count;
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

/// Failed attempts on the Raft port between nodes that are there, of which one at least hangs in its start. The port is open
/// before a start waits for a leader: once both have been there for a while, nothing of the start explains the failure.
pub(super) fn failures_of_starts(model: &Stated<'_>) -> Vec<LinkFailure> {
    let horizon = model.as_of.plus_millis(-timing::ATTEMPT_CURRENT_MS);
    let long_ago = model.window_begin();
    let there_since = |index: usize| match model.states[index] {
        NodeState::Starting { since } => Some(since),
        state if state.is_running() => Some(model.nodes[index].started.unwrap_or(long_ago)),
        _ => None,
    };
    let starts = |index: usize| matches!(model.states[index], NodeState::Starting { .. });
    let raft = || model.peer_errors.iter().filter(|error| error.attempt && error.role == Some(PortRole::Raft));
    // Before a start has set up its Raft groups, its port is closed whatever lies between: what it tries itself shows that.
    let is_up_to_raft = |index: usize, since| {
        !starts(index) || raft().any(|error| error.observer == index && error.count_since(since) > 0)
    };
    let mut found = Vec::new();
    for error in raft() {
        let (observer, subject) = (error.observer, error.subject);
        let Some(both) = there_since(observer).zip(there_since(subject)).map(|(one, two)| one.max(two)) else {
            continue;
        };
        let since = both.plus_millis(timing::START_STUCK_MS).max(since_ever(model));
        let count = error.count_since(since).saturating_sub(error.reason_since(&Failure::Dns, since));
        let is_current = error.count_since(horizon) > 0;
        if !(starts(observer) || starts(subject))
            || count < ENOUGH
            || !is_current
            || !is_up_to_raft(observer, since)
            || !is_up_to_raft(subject, since)
            || !peer_alive_afterwards(model, error, since)
        {
            continue;
        }
        found.push(LinkFailure {
            observer,
            subject,
            role: PortRole::Raft,
            count,
            last: error.hits.last,
            transient: false,
            accepted: false,
            evidence: cite::samples(model.nodes[observer].name, std::iter::once(error.hits), 1),
        });
    }
    found
}

/// From when on failed attempts count.
fn since_ever(model: &Stated<'_>) -> Timestamp {
    model.as_of.plus_millis(-timing::ATTEMPTS_OVER_MS)
}

/// From when to when a node stood still.
type Stall = (Timestamp, Timestamp);

/// When a node fell behind with the line that it writes every three seconds (C103), from a little before to a little after.
fn stalls(node: &NodeModel<'_>, at: Timestamp) -> Vec<Stall> {
    let Some(logs) = node.logs else { return Vec::new() };
    let now = logs.last_heartbeat.filter(|beat| at.millis_since(*beat) > timing::BEHIND_MS).map(|beat| (beat, at));
    let wide = |(from, to): Stall| {
        (from.plus_millis(-timing::AROUND_STANDSTILL_MS), to.plus_millis(timing::AROUND_STANDSTILL_MS))
    };
    let late = logs.hits.iter().chain(&logs.unknown).flat_map(|hits| &hits.samples).filter_map(woke_late);
    logs.stalls.iter().copied().chain(now).chain(late).map(wide).collect()
}

/// `Waited 3000 milliseconds (plus 7103 milliseconds, … delay)`: who waited had no time to see that the wait was over. What an
/// attempt says that failed then, it says of this node and not of the link.
fn woke_late(line: &LogLine) -> Option<Stall> {
    let at = line.at?;
    let root = line.captures.get("root").or_else(|| line.captures.get("exception"));
    let said = std::iter::once(&line.text)
        .chain(root)
        .find_map(|text| text.split_once(" milliseconds (plus ").map(|(_, rest)| rest))?;
    let (number, unit) = said.split_once(' ')?;
    let late_ms = number.parse::<i64>().ok().filter(|_| unit.starts_with("milliseconds"))?;
    (late_ms >= timing::WOKE_LATE_MS).then(|| (at.plus_millis(-late_ms), at))
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
    /// Some of the calls of Raft between those that failed got an answer.
    answered_between: bool,
    /// They failed one after the other.
    in_a_row: bool,
}

impl Moments {
    fn add(&mut self, hits: &SignatureHits, since: Timestamp, here: &[Stall], there: &[Stall]) {
        let counted = hits.times.iter().copied().filter(|time| *time >= since);
        for time in counted.chain(hits.last) {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
            self.beside_stalls |= !here.iter().chain(there).any(|(from, to)| (*from..=*to).contains(&time));
        }
        match calls_in_a_row(hits, since) {
            Some(true) => self.in_a_row = true,
            Some(false) => self.answered_between = true,
            None => {}
        }
        // A line without a reason goes with the one that has it.
        for (reason, _) in hits.reasons.iter().filter(|(_, seen)| seen.last >= Some(since)) {
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
        let some_pass = self.answered_between && !self.in_a_row;
        (within || some_pass || !self.beside_stalls) && self.waited && !self.other_than_waited
    }
}

/// Whether calls of Raft to one peer in one group failed one after the other since then; JRaft counts them and begins anew with
/// every answer. `None`: the lines do not tell.
fn calls_in_a_row(hits: &SignatureHits, since: Timestamp) -> Option<bool> {
    if hits.signature != SignatureId::RAFT_REPL_RPC_FAIL {
        return None;
    }
    let newest = hits.samples.iter().max_by_key(|line| line.at)?;
    let count: u64 = newest.captures.get("n")?.parse().ok()?;
    // Counted anew, though calls had failed before.
    let failed_before = hits.times.iter().any(|time| *time >= since && Some(*time) < newest.at);
    (count > 1 || failed_before).then_some(count > 1)
}

/// When that port was last seen to pass: probed from anywhere, or the observer calls the node UP and its reports arrive. Lines
/// that end well before are history; the observations of one round may lie minutes apart.
fn passed_later(model: &Stated<'_>, failure: &LinkFailure) -> Option<Timestamp> {
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
fn log_is_complete(model: &Stated<'_>, error: &PeerError<'_>) -> bool {
    let Some(logs) = model.nodes[error.observer].logs else { return false };
    let subject = &model.nodes[error.subject];
    let start_unknown = subject.started.is_none() && reliability::half_read(model, error.subject);
    let near = error.hits.last.is_some_and(|last| last >= logs.to.plus_millis(-timing::ATTEMPT_CURRENT_MS));
    near && !start_unknown && !reliability::half_read(model, error.observer)
}

/// True if the node complained about is known to live on after the complaints began: it answers, or its own files go on.
/// Without that a link and a node that has just died look the same.
pub(super) fn peer_alive_afterwards(model: &Stated<'_>, error: &PeerError<'_>, since: Timestamp) -> bool {
    if reachability::reach(model, error.subject) == Reachability::Answers {
        return true;
    }
    let times = error.hits.times.iter().copied().filter(|time| *time >= since);
    let began = newest_run(times).or(error.hits.first);
    let last = model.nodes[error.subject].last_stamp;
    began.zip(last).is_some_and(|(began, last)| last > began.plus_millis(timing::CLOCKS_MS))
}

/// Failed attempts since then that say something of the link: a name that does not resolve does not.
fn of_the_link(error: &PeerError<'_>, since: Timestamp) -> u64 {
    error.count_since(since).saturating_sub(error.reason_since(&Failure::Dns, since))
}

/// When the newest of these attempts began to fail: of two that lie further apart than attempts ever do, the link passed in
/// between. `None`: there are none.
#[must_use]
pub fn newest_run(times: impl Iterator<Item = Timestamp>) -> Option<Timestamp> {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    let gap = times.windows(2).rev().find(|two| two[1].millis_since(two[0]) > timing::ATTEMPT_CURRENT_MS);
    gap.map(|two| two[1]).or(times.first().copied())
}

/// When attempts that fail now began to, not before `since`.
#[must_use]
pub fn going_on_since(error: &PeerError<'_>, since: Timestamp) -> Timestamp {
    newest_run(error.hits.times.iter().copied().filter(|time| *time >= since)).unwrap_or(since)
}

/// True if it began so short a time ago that not every node need have reported to every other since.
#[must_use]
pub fn is_just_now(model: &Stated<'_>, began: Timestamp) -> bool {
    let turn_ms = timing::REPORT_OVERDUE_PER_NODE_MS * i64::try_from(model.nodes.len()).unwrap_or(1);
    model.age_ms(began) < turn_ms
}

/// An attempt of one node to reach another that failed just now, as its log says; there may have been time for one only.
pub(super) struct Attempt {
    pub observer: usize,
    pub subject: usize,
    pub role: PortRole,
    /// When such attempts began to fail.
    pub began: Timestamp,
    /// The line.
    pub line: Vec<EvidenceRef>,
}

/// All of them between nodes that run.
pub(super) fn attempts(model: &Stated<'_>, running: &[usize]) -> Vec<Attempt> {
    let current = model.as_of.plus_millis(-timing::ATTEMPT_CURRENT_MS);
    let of = |error: &PeerError<'_>| {
        let role = error.role.filter(|_| error.attempt && error.hits.last >= Some(current))?;
        let (observer, subject) = (error.observer, error.subject);
        let since = going_on_since(error, settled_since(model, observer, subject));
        let counts = running.contains(&observer) && running.contains(&subject) && of_the_link(error, since) > 0;
        let began = error.hits.times.iter().copied().filter(|time| *time >= since).min().or(error.hits.last)?;
        let line = || cite::samples(model.nodes[observer].name, std::iter::once(error.hits), 1);
        (counts && log_is_complete(model, error)).then(|| Attempt { observer, subject, role, began, line: line() })
    };
    model.peer_errors.iter().filter_map(of).collect()
}

/// From when on lines about that pair count: both were up and settled.
pub(in crate::model) fn settled_since(model: &Stated<'_>, observer: usize, subject: usize) -> Timestamp {
    let settled = [observer, subject]
        .into_iter()
        .filter_map(|index| model.nodes[index].started)
        .max()
        .map_or(model.as_of.plus_millis(-timing::ATTEMPTS_OVER_MS), |started| {
            started.plus_millis(timing::START_SETTLES_MS)
        });
    settled.max(model.as_of.plus_millis(-timing::ATTEMPTS_OVER_MS))
}

/// True unless a node came up so short a time ago that what others and it say of each other may be left from before.
pub(super) fn settled(model: &Stated<'_>, node: usize) -> bool {
    !youth::came_up_within(model, node, 3 * timing::START_SETTLES_MS)
}

/// True if a node's own list is known and has no such member: it does not report to that member.
fn leaves_out(model: &Stated<'_>, node: usize, member: usize) -> bool {
    model.nodes[node].view.is_some_and(|view| {
        !view.members.is_empty() && !view.members.iter().any(|one| model.member(&one.address) == Some(member))
    })
}

/// What member lists tell of links: a live node called DOWN, reports to it that fail in a row, or its own reports that no
/// longer arrive, though the list still says UP.
fn failures_of_views(model: &Stated<'_>, running: &[usize]) -> Vec<LinkFailure> {
    let mut found: Vec<LinkFailure> = Vec::new();
    let overdue_ms = timing::REPORT_OVERDUE_MS
        .max(timing::REPORT_OVERDUE_PER_NODE_MS * i64::try_from(model.nodes.len()).unwrap_or(1));
    for asked in running.iter().copied() {
        let Some(view) = model.nodes[asked].view else { continue };
        let name = model.nodes[asked].name;
        let mut add = |observer: usize, subject: usize, reporter: Option<&str>, text: String| {
            found.push(LinkFailure {
                observer,
                subject,
                role: ports::report_role(reporter),
                count: ENOUGH,
                last: None,
                transient: false,
                accepted: false,
                evidence: vec![cite::said(name, "member list", &text)],
            });
        };
        for member in &view.members {
            let Some(other) = model.member(&member.address).filter(|other| *other != asked) else { continue };
            if !running.contains(&other) || !settled(model, other) || !settled(model, asked) {
                continue;
            }
            let fails = member.fail_count.unwrap_or(0);
            if (member.state == MemberState::Down || fails >= FAILS_IN_A_ROW)
                && !youth::heard_lately(model, other, asked)
            {
                add(
                    asked,
                    other,
                    view.version.as_deref(),
                    format!("{} {}, {fails} failed reports", member.address, member.state),
                );
            }
            let counts = !leaves_out(model, other, asked) && !came_back(model, asked, other, view, member);
            let age = youth::report_age_ms(model, view, member).filter(|_| counts);
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

/// True if the member has connected anew since its last report, and so short a time ago that its next one need not be here: it
/// was started again, and what it reported before says nothing of the way that its connection takes now.
fn came_back(model: &Stated<'_>, keeper: usize, reporter: usize, view: &ViewSeen, member: &MemberSeen) -> bool {
    let connections = model.nodes[keeper].clients.into_iter().flat_map(|clients| &clients.connections);
    let of_reporter = connections.filter(|one| one.is_of_a_node() && model.owner(&one.ip) == Some(reporter));
    let Some(connected) = of_reporter.filter_map(|one| one.created).max() else { return false };
    let recently =
        youth::asked_at(model, view).is_some_and(|asked| asked.millis_since(connected) < timing::CATCH_UP_MS);
    member.last_refresh < Some(connected) && recently
}

/// Ports that a node itself does not reach, tried from there.
fn failures_of_probes(model: &Stated<'_>, running: &[usize]) -> Vec<LinkFailure> {
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
                // A port that is closed for all is not a fault of this link.
                let shut = probes::probe(model, subject, port.role).is_some_and(|here| here == PortResult::Refused);
                if !cut
                    || (shut && port.result == PortResult::Refused)
                    || reliability::doubtful(model, subject, port.result)
                    // A node that answers late itself may have had no time for its own tries.
                    || reliability::doubtful(model, observer, port.result)
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

/// True if a node says itself whom it reaches: by its logs, or by its member list.
#[must_use]
pub fn tells(model: &Stated<'_>, node: usize) -> bool {
    let node = &model.nodes[node];
    node.logs.is_some() || node.view.is_some_and(|view| !view.members.is_empty())
}
