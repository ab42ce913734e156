//! What was not seen to pass and not seen to fail either, and what the API shows instead of logs.

use std::collections::BTreeMap;

use super::failures::{ENOUGH, peer_alive_afterwards, settled_since};
use crate::domain::cluster::EvidencePart;
use crate::domain::message::Message;
use crate::domain::observed::{MemberSeen, PortResult, PortRole, PortSeen, ViewSeen};
use crate::domain::vocabulary::MemberState;
use crate::model::node_state::Stated;
use crate::model::{probes, reachability, reliability};
use crate::nacos::ports;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// The Raft group that holds configuration where storage is embedded.
pub const CONFIG_GROUP: &str = "nacos_config";

/// Nodes that seem to run, that nobody saw answer, and that another fails to reach, or does not call UP, in its last lines:
/// they may have gone within the last moments. With the nodes that say so.
#[must_use]
pub fn missed_at_the_end(model: &Stated<'_>) -> BTreeMap<usize, Vec<usize>> {
    let mut missed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for error in &model.peer_errors {
        let end = model.nodes[error.observer].last_stamp.unwrap_or(model.as_of);
        let lately = (error.attempt || error.hits.signature == SignatureId::PEER_UNHEALTHY_TICK)
            && error.count_since(end.plus_millis(-timing::MISSED_LATELY_MS)) > 0;
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
pub fn missed_message(model: &Stated<'_>, missed: usize, by: &[usize]) -> Message {
    let name = model.nodes[missed].name;
    Message::new("judged-missed-at-end").with("node", name).with("peers", model.names(by))
}

/// That nothing vouches for the Raft traffic of a pair, in words.
#[must_use]
pub fn unverified_message(model: &Stated<'_>, (one, two): (usize, usize)) -> Message {
    Message::new("judged-raft-link-unseen").with("nodes", model.names(&[one, two]))
}

/// Why a pair or a node that looks well may not be well: a complaint whose far side cannot be told from a dead node yet, or
/// a probe that ran out of time while others were answered late. Nothing is claimed of it, and no all-clear is given.
#[must_use]
pub fn doubts(model: &Stated<'_>) -> Vec<Message> {
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
            && error.count_since(horizon) > 0
            && error.count_since(since) >= ENOUGH;
        if current && !peer_alive_afterwards(model, error, since) {
            add(Message::new("judged-link-or-node").with("node", name(observer)).with("peer", name(subject)));
        }
    }
    for node in running {
        for port in model.nodes[node].ports.into_iter().flat_map(|seen| &seen.ports) {
            if reliability::doubtful(model, node, port.result) {
                add(Message::new(doubt_of(port)).with("node", name(node)).with("port", port.port));
            }
        }
        for peer in model.nodes[node].ports.into_iter().flat_map(|seen| &seen.peers) {
            let subject = model.reached(peer);
            let Some(subject) = subject.filter(|subject| model.states[*subject].is_running()) else { continue };
            for port in peer.ports.iter().filter(|port| port.ok == 0 && port.role != PortRole::ClientGrpc) {
                if [subject, node].into_iter().any(|end| reliability::doubtful(model, end, port.result)) {
                    add(Message::new(doubt_of(port)).with("node", name(subject)).with("port", port.port));
                }
            }
        }
        if model.nodes[node].view.is_some_and(ViewSeen::readiness_waits) {
            add(Message::new("judged-readiness-late").with("node", name(node)));
        }
        if reliability::half_read(model, node) {
            add(Message::new("judged-half-read").with("node", name(node)));
        }
    }
    found
}

/// Why what a port answered says nothing.
fn doubt_of(port: &PortSeen) -> &'static str {
    if port.result == PortResult::Refused { "judged-probe-early" } else { "judged-probe-late" }
}

/// Pairs whose Raft traffic nothing that was seen vouches for; each is a leader and a node that follows it. Logs of either
/// side would tell of a cut. Without logs only one kind of traffic shows in the API: readiness with embedded storage is a
/// read that a follower passes on to the leader of the configuration group. Member lists and Raft metadata do not count:
/// they say UP and name the old leader for ever while 7848 is cut. A pair of followers exchanges nothing until the leader
/// goes; neither logs nor API would show that it is cut, so it is not asked for here.
#[must_use]
pub fn unverified_raft_links(model: &Stated<'_>) -> Vec<(usize, usize)> {
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

/// The leader of the configuration group, if all nodes that answer name the same one.
#[must_use]
pub fn config_leader(model: &Stated<'_>) -> Option<usize> {
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
pub fn shown_by_api(model: &Stated<'_>, index: usize) -> bool {
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
    // A port that a container publishes nobody knows where is a link that was not looked at.
    let left = model.cluster.accept_unseen.contains(&EvidencePart::Links);
    let open = ports::roles(view.version.as_deref()).iter().filter(|role| **role != PortRole::Console).all(|role| {
        let open = probed.ports.iter().any(|port| port.role == *role && port.result == PortResult::Open);
        open || left && probes::is_published_elsewhere(model, index, *role)
    });
    view.ready == Some(true) && all_listed && led && agreed && open
}
