//! Which node reaches which on every port: complaints of the nodes, member lists and probes from here, put together.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::links::unverified;
use crate::model::node_state::NodeState;
use crate::model::tables::views;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("net.matrix", Step::Network, cx);
    let (model, cases) = (judging.model, judging.cases);
    let mut seen = false;
    for index in 0..model.nodes.len() {
        let node = &model.nodes[index];
        seen |= node.logs.is_some() || node.ports.is_some() || node.view.is_some();
        if node.ports.is_none_or(|seen| seen.ports.is_empty() && seen.peers.is_empty()) {
            let reason = Message::new("judged-ports-not-probed").with("node", node.name);
            judging.not_seen(Some(index), reason);
        }
        // A node that does not run reaches no other.
        let runs = !matches!(model.states[index], NodeState::Gone | NodeState::StartFailed { .. });
        let missing = model.nodes[index].ports.and_then(|ports| ports.peers_missing.clone());
        if let Some(reason) = missing.filter(|_| runs) {
            judging.not_seen(Some(index), reason);
        }
    }
    if !seen {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    }
    let links = cases.links(model).iter().map(|link| &link.case);
    for case in links.chain(cases.packet_loss(model)).chain(cases.names(model)) {
        judging.show(case);
    }
    for doubt in unverified::doubts(model) {
        judging.not_seen(None, doubt);
    }
    for (from, ports) in views::unmeasured_links(model) {
        let reason = Message::new("judged-links-unmeasured").with("node", model.nodes[from].name);
        judging.not_seen(Some(from), reason.with("ports", ports.join(", ")));
    }
    for pair in unverified::unverified_raft_links(model) {
        judging.not_seen(None, unverified::unverified_message(model, pair));
    }
    judging.finish(Message::new("judged-links-fine"))
}
