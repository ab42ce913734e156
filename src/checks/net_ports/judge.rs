//! What a node's ports say, tried from here. A port of a stopped node is expected to refuse.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::PortResult;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("net.ports", Step::Network, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(seen) = judging.model.nodes[index].ports else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    if seen.ports.is_empty() {
        let reason = Message::new("source-not-configured-probe");
        judging.not_seen(Some(index), reason.clone());
        return judging.finish_with(Outcome::NotApplicable, reason);
    }
    let open = seen.ports.iter().filter(|port| port.result == PortResult::Open).count();
    for link in judging.cases.links(judging.model).iter().filter(|link| link.is_of_probes(index)) {
        judging.show(&link.case);
    }
    let summary = Message::new("judged-ports")
        .with("node", judging.model.nodes[index].name)
        .with("open", open)
        .with("all", seen.ports.len());
    // Ports are judged as soon as they are seen, maybe before anything else of the node is known.
    let in_order = open == seen.ports.len() || judging.model.states[index].is_running();
    let outcome = if in_order { Outcome::Pass } else { Outcome::Fail };
    judging.finish_with(outcome, summary)
}
