//! Whether all clients are back, and how they are spread over the nodes.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::stop_traces::stamp;
use crate::model::tables::clients;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("clients.spread", Step::Clients, cx);
    let spread = clients::spread(judging.model);
    for index in &spread.uncounted {
        let reason = Message::new("judged-clients-unseen").with("node", judging.model.nodes[*index].name);
        judging.not_seen(Some(*index), reason);
    }
    for unseen in clients::unseen_before(judging.model) {
        let at = stamp(judging.model, unseen.node, unseen.before);
        let node = judging.model.nodes[unseen.node].name;
        let reason = Message::new("judged-clients-before-unseen").with("node", node).with("at", at);
        judging.not_seen(Some(unseen.node), reason);
    }
    let cases = judging.cases.clients(judging.model);
    if spread.counts.is_empty() && cases.is_empty() {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-clients-none-seen"));
    }
    for case in cases {
        judging.show(case);
    }
    let fine = Message::new("judged-clients-spread").with("total", spread.total).with("nodes", spread.counts.len());
    judging.finish(fine)
}
