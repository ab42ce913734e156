//! What the logs of all nodes say together: groups without a leader, links that do not pass, rejected identities.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::domain::code::Code;
use crate::domain::finding::{Judgement, Outcome, Step, Variant};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::{cite, links, raft};
use crate::nacos::signatures::Role;
use crate::nacos::timing;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("logs.compare", Step::Logs, cx);
    for index in 0..judging.model.nodes.len() {
        if judging.model.nodes[index].logs.is_none() {
            judging.not_seen(Some(index), Message::new("judged-no-logs").with("node", judging.model.nodes[index].name));
        }
    }
    if judging.model.nodes.iter().all(|node| node.logs.is_none()) {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-no-logs-at-all"));
    }
    for group in raft::leaderless(judging.model) {
        let nodes = judging.model.names(&group.nodes);
        let summary = Message::new("finding-raft-no-leader").with("group", &group.group).with("nodes", nodes);
        judging.find_because(Claim::fail(Code::RaftNoLeader), summary, group.evidence, group.conditions);
    }
    for verdict in links::verdicts(judging.model).into_iter().filter(|one| one.by_nodes) {
        link(&mut judging, verdict);
    }
    rejected(&mut judging);
    judging.finish(Message::new("judged-logs-agree"))
}

/// Adds the finding of one link verdict; also used by `net.matrix`.
pub fn link(judging: &mut Judging<'_>, verdict: links::LinkVerdict) {
    let name = |index: Option<&usize>| index.map_or(String::new(), |index| judging.model.nodes[*index].name.0.clone());
    let (node, peer) = (verdict.nodes.first().copied(), verdict.nodes.get(1).copied());
    let claim = claim(&verdict);
    let key = match (verdict.code, peer.is_some(), verdict.by_nodes) {
        (Code::NodeIsolated, _, _) if verdict.transient => "finding-link-burst-node",
        (_, true, _) if verdict.transient => "finding-link-burst",
        (_, false, _) if verdict.transient => "finding-link-burst-node",
        (Code::NodeIsolated, _, _) => "finding-node-isolated",
        (Code::NodeHung, _, _) => "finding-node-answers-nobody",
        (Code::RaftLinkBroken, true, true) => "finding-raft-link-broken",
        (Code::RaftLinkBroken, true, false) => "finding-raft-link-unready",
        (Code::RaftLinkBroken, false, _) => "finding-raft-link-broken-here",
        (Code::NetOneWay, _, _) => "finding-net-one-way",
        (Code::NetGrpcBlocked, true, _) => "finding-net-grpc-blocked-pair",
        (Code::NetGrpcBlocked, false, true) => "finding-net-grpc-blocked",
        (Code::NetGrpcBlocked, false, false) => "finding-net-grpc-blocked-here",
        (_, true, _) => "finding-net-port-blocked-pair",
        (_, false, _) => "finding-net-port-blocked",
    };
    let summary = Message::new(key)
        .with("node", name(verdict.nodes.first()))
        .with("peer", name(verdict.nodes.get(1)))
        .with("ports", &verdict.ports);
    judging.find_because(claim.between(node, peer), summary, verdict.evidence, verdict.conditions);
}

/// What a link verdict claims, of no node in particular.
#[must_use]
pub const fn claim(verdict: &links::LinkVerdict) -> Claim {
    let claim = Claim::fail(verdict.code).sure(verdict.confidence);
    if verdict.transient { claim.variant(Variant::Transient).outcome(Outcome::Warn) } else { claim }
}

/// A node that peers refuse for its identity: it runs and says ready, and is DOWN for them.
fn rejected(judging: &mut Judging<'_>) {
    let horizon = judging.model.as_of.plus_millis(-timing::LINE_CURRENT_MS);
    for index in judging.model.running() {
        let node = &judging.model.nodes[index];
        let refs = cite::samples(
            node.name,
            node.hits_of(Role::IdentityRejected)
                .filter(|hits| hits.last.is_some_and(|last| last >= horizon) && hits.count >= 2),
            4,
        );
        if !refs.is_empty() {
            let summary = Message::new("finding-config-auth-rejected").with("node", node.name);
            judging.find(Claim::fail(Code::ConfigAuthDrift).of(index), summary, refs);
        }
    }
}
