//! How many clients are connected to a node. What that means is for `clients.spread` to say, over all nodes.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("clients.connections", Step::Clients, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(clients) = judging.model.nodes[index].clients else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let name = judging.model.nodes[index].name.clone();
    let Some(sdk) = clients.sdk else {
        judging.not_seen(Some(index), Message::new("judged-clients-unseen").with("node", &name));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-clients-unseen").with("node", name));
    };
    judging.finish(Message::new("judged-clients").with("node", name).with("sdk", sdk).with("from", &clients.from))
}
