//! Healthy, degraded, down or unknown (product.md section 5), and why. Pure.
//!
//! Healthy takes a witness for every node and every voter: what was not seen may be what is wrong.

use crate::domain::cluster::{EvidencePart, FileSource};
use crate::domain::code::Code;
use crate::domain::diagnosis::Health;
use crate::domain::finding::{Finding, NotSeen, Outcome};
use crate::domain::message::Message;
use crate::model::links::unverified;
use crate::model::node_state::{self, NodeState};
use crate::model::quorum::{Quorum, Vote};
use crate::model::reachability::Reachability;
use crate::model::tables::settings;
use crate::model::{ClusterModel, NodeModel, reachability, reliability, youth};
use crate::nacos::timing;

/// Parts of the evidence that were not looked at, each with the nodes it is missing of.
pub(super) type Unseen = Vec<(EvidencePart, Vec<usize>)>;

/// The health, and the sentences that say what decided it.
pub(super) fn judge(
    model: &ClusterModel<'_>,
    findings: &[Finding],
    not_seen: &[NotSeen],
    unseen: &Unseen,
    quorum: Option<&Quorum>,
) -> (Health, Vec<Message>) {
    let down = why_down(model, findings, quorum);
    if !down.is_empty() {
        return (Health::Down, down);
    }
    let worst = findings.iter().map(|finding| finding.outcome).max().filter(|worst| *worst >= Outcome::Warn);
    if let Some(worst) = worst {
        let faults = findings.iter().filter(|finding| finding.outcome >= Outcome::Warn);
        let mut codes: Vec<&str> = faults.map(|finding| finding.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        let key = if worst == Outcome::Fail { "health-failures-seen" } else { "health-warnings-seen" };
        return (Health::Degraded, vec![Message::new(key).with("codes", codes.join(", "))]);
    }
    let accepted = |part: EvidencePart| model.cluster.accept_unseen.contains(&part);
    let (left, open): (Vec<_>, Vec<_>) = unseen.iter().partition(|(part, _)| accepted(*part));
    let told = |(part, nodes): &(EvidencePart, Vec<usize>)| {
        Message::new(format!("health-unseen-{}", part.as_str())).with("nodes", model.names(nodes))
    };
    let mut unknown = why_unknown(model, not_seen, quorum, accepted(EvidencePart::Links));
    unknown.extend(open.into_iter().map(told));
    if !unknown.is_empty() {
        return (Health::Unknown, unknown);
    }
    let key = if left.is_empty() { "health-all-seen" } else { "health-rest-seen" };
    let seen = Message::new(key).with("nodes", model.names(&model.running()));
    (Health::Healthy, std::iter::once(seen).chain(left.into_iter().map(told)).collect())
}

/// What was not looked at. A look that reads no files of a node on purpose, as one that only watches, misses nothing of it.
pub(super) fn unseen(model: &ClusterModel<'_>, not_seen: &[NotSeen]) -> Unseen {
    let wanted = |index: &usize| {
        let node = &model.nodes[*index];
        matches!(node.spec.files, FileSource::None) || missed_logs(model, not_seen, *index) || node.logs.is_some()
    };
    let without = |part: EvidencePart| {
        let has = |index: &usize| {
            let node = &model.nodes[*index];
            match part {
                EvidencePart::Logs => has_logs(node),
                EvidencePart::Links => has_logs(node) || node.ports.is_some_and(|seen| !seen.peers.is_empty()),
                EvidencePart::Config => node.conf.is_some() && !settings::are_missing(model, *index),
            }
        };
        let nodes: Vec<usize> = (0..model.nodes.len()).filter(wanted).filter(|index| !has(index)).collect();
        (part, nodes)
    };
    EvidencePart::ALL.into_iter().map(without).filter(|(_, nodes)| !nodes.is_empty()).collect()
}

fn has_logs(node: &NodeModel<'_>) -> bool {
    node.logs.is_some_and(|logs| !logs.files.is_empty())
}

/// True if logs of the node were to be read and were not seen.
fn missed_logs(model: &ClusterModel<'_>, not_seen: &[NotSeen], index: usize) -> bool {
    let node = &model.nodes[index];
    !matches!(node.spec.files, FileSource::None)
        && not_seen.iter().any(|one| one.check == "logs.signatures" && one.node.as_ref() == Some(node.name))
}

/// Why nothing is decided or served any more.
fn why_down(model: &ClusterModel<'_>, findings: &[Finding], quorum: Option<&Quorum>) -> Vec<Message> {
    let failed = |code: Code| findings.iter().any(|finding| finding.code == code && finding.outcome == Outcome::Fail);
    let some_seen = model.states.iter().any(|state| !state.is_unknown());
    let all_seen = model.states.iter().all(|state| !state.is_unknown());
    let lost = quorum.filter(|quorum| some_seen && quorum.lost());
    let mut why = Vec::new();
    // Voters that nobody looked at may well serve.
    let others = quorum.is_some_and(|quorum| quorum.unknown() > 0);
    if some_seen && all_seen && !others && model.running().is_empty() {
        why.push(Message::new("health-none-serves"));
    }
    if let Some(quorum) = lost {
        let message = Message::new("health-majority-lost").with("live", quorum.live());
        why.push(message.with("voters", quorum.voters.len()).with("needed", quorum.needed()));
    } else if failed(Code::ClusterQuorumLost) {
        why.push(Message::new("health-majority-lost-said"));
    }
    if failed(Code::RaftNoLeader) {
        why.push(Message::new("health-no-leader"));
    }
    why
}

/// What would have to be seen before the cluster may be called healthy, and was not.
fn why_unknown(
    model: &ClusterModel<'_>,
    not_seen: &[NotSeen],
    quorum: Option<&Quorum>,
    links_accepted: bool,
) -> Vec<Message> {
    let mut why: Vec<Message> = (0..model.nodes.len())
        .filter(|index| !is_watched(model, not_seen, *index))
        .map(|index| {
            let young = youth::came_up_within(model, index, timing::CATCH_UP_MS);
            let key = if young { "health-node-came-up" } else { "health-node-not-watched" };
            Message::new(key).with("node", model.nodes[index].name)
        })
        .collect();
    match quorum {
        _ if model.nodes.is_empty() => why.push(Message::new("health-no-nodes")),
        None => why.push(Message::new("health-voters-unseen")),
        Some(quorum) => {
            let unseen = quorum.voters.iter().filter(|(_, vote)| *vote != Vote::Live);
            let unseen: Vec<&str> = unseen.map(|(voter, _)| voter.as_str()).collect();
            if !unseen.is_empty() {
                why.push(Message::new("health-voter-unseen").with("voters", unseen.join(", ")));
            }
        }
    }
    why.extend(unverified::doubts(model));
    if !links_accepted {
        let links = unverified::unverified_raft_links(model).into_iter();
        why.extend(links.map(|pair| unverified::unverified_message(model, pair)));
    }
    let missed = unverified::missed_at_the_end(model);
    why.extend(missed.iter().map(|(missed, by)| unverified::missed_message(model, *missed, by)));
    why
}

/// True if what would show a problem of the node was looked at: its logs to their end, or all that its API can show.
fn is_watched(model: &ClusterModel<'_>, not_seen: &[NotSeen], index: usize) -> bool {
    let node = &model.nodes[index];
    let answers = reachability::reach(model, index) == Reachability::Answers;
    let answered = node.spec.api.is_none() || answers;
    // Where nothing else vouches for it, its logs have to go on to the very end, and its member list has to be there.
    let alone = node.spec.api.is_none() || !answers;
    let logs = has_logs(node)
        && node_state::goes_on(model, index)
        && reliability::not_understood(model, index).is_empty()
        && (!alone || goes_on_to_the_end(model, node));
    // Logs that were to be read and were not seen are no sign of health, whatever the API says.
    let missing = missed_logs(model, not_seen, index);
    let by_api = node.logs.is_none() && !missing && unverified::shown_by_api(model, index);
    model.states[index] == NodeState::Running && (logs || by_api) && answered
}

fn goes_on_to_the_end(model: &ClusterModel<'_>, node: &NodeModel<'_>) -> bool {
    let listed = node.conf.is_some_and(|conf| conf.present) || node.stop.is_some_and(|stop| stop.files_live);
    listed && node.last_stamp.is_some_and(|last| model.age_ms(last) <= timing::HEARTBEAT_SILENT_MS)
}

#[cfg(test)]
mod tests;
