//! Which node reaches which on every port: complaints of the nodes, member lists and probes from here, put together.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::checks::logs_compare::judge::link;
use crate::domain::code::Code;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::PortResult;
use crate::model::node_state::NodeState;
use crate::model::{cite, links};

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("net.matrix", Step::Network, cx);
    let mut seen = false;
    for index in 0..judging.model.nodes.len() {
        let node = &judging.model.nodes[index];
        seen |= node.logs.is_some() || node.ports.is_some() || node.view.is_some();
        if node.ports.is_none_or(|seen| seen.ports.is_empty() && seen.peers.is_empty()) {
            let reason = Message::new("judged-ports-not-probed").with("node", node.name);
            judging.not_seen(Some(index), reason);
        }
        // What does not run reaches nobody.
        let runs = !matches!(judging.model.states[index], NodeState::Gone | NodeState::StartFailed { .. });
        let missing = judging.model.nodes[index].ports.and_then(|ports| ports.peers_missing.clone());
        if let Some(reason) = missing.filter(|_| runs) {
            judging.not_seen(Some(index), reason);
        }
    }
    if !seen {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    }
    for verdict in links::verdicts(judging.model) {
        link(&mut judging, verdict);
    }
    if let Some(loss) = links::lossy(judging.model) {
        let nodes = judging.model.names(&loss.nodes);
        let summary = Message::new("finding-net-lossy")
            .with("nodes", nodes)
            .with("lost", loss.lost)
            .with("tries", loss.tries)
            .with("ports", loss.mixed);
        for index in loss.nodes {
            judging.find(Claim::warn(Code::NetLossy).likely().of(index), summary.clone(), loss.evidence.clone());
        }
    }
    names(&mut judging);
    for doubt in links::doubts(judging.model) {
        judging.not_seen(None, doubt);
    }
    for pair in links::unverified_raft_links(judging.model) {
        let reason = links::unverified_message(judging.model, pair);
        judging.not_seen(None, reason);
    }
    judging.finish(Message::new("judged-links-fine"))
}

/// Names that do not resolve: on a node, as its log says, or here.
fn names(judging: &mut Judging<'_>) {
    for unresolved in links::unresolved(judging.model) {
        let node = judging.model.nodes[unresolved.observer].name;
        let summary = Message::new("finding-net-dns").with("node", node).with("member", &unresolved.host);
        judging.find(Claim::fail(Code::NetDns).of(unresolved.observer), summary, unresolved.evidence);
    }
    for differing in links::differing(judging.model) {
        let [one, other] = differing.nodes;
        let [first, second] = &differing.addresses;
        let summary = Message::new("finding-net-dns-differs")
            .with("node", judging.model.nodes[one].name)
            .with("other", judging.model.nodes[other].name)
            .with("member", &differing.host)
            .with("first", first)
            .with("second", second);
        judging.find(Claim::warn(Code::NetDns).between(Some(one), Some(other)), summary, differing.evidence);
    }
    for index in 0..judging.model.nodes.len() {
        let node = &judging.model.nodes[index];
        let Some(seen) = node.ports.filter(|seen| !seen.ports.is_empty()) else { continue };
        if seen.ports.iter().all(|port| port.result == PortResult::Dns) {
            let refs = seen.ports.iter().take(1).map(|port| cite::port(node.name, &seen.host, port)).collect();
            let summary = Message::new("finding-net-dns-here").with("node", node.name).with("member", &seen.host);
            judging.find(Claim::warn(Code::NetDns).of(index), summary, refs);
        }
    }
}
