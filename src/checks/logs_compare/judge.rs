//! What the logs of all nodes say together: groups without a leader, links that do not pass, rejected identities.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

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
    for case in judging.cases.leaderless(judging.model) {
        judging.show(case);
    }
    for link in judging.cases.links(judging.model).iter().filter(|link| link.by_nodes) {
        judging.show(&link.case);
    }
    for case in judging.cases.rejected(judging.model) {
        judging.show(case);
    }
    judging.finish(Message::new("judged-logs-agree"))
}
