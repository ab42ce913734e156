//! What every node says of every other: Raft leaders and terms, member states, readiness, instance counts, clocks.
//! Disagreements first.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("view.matrix", Step::Network, cx);
    let (model, cases) = (cx.model, cx.cases);
    for case in cases.clocks(model).iter().chain(cases.naming_data(model)) {
        judging.show(case);
    }
    if model.nodes.iter().all(|node| node.view.is_none()) {
        judging.not_seen(None, Message::new("judged-no-views"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-no-views"));
    }
    for (index, node) in model.nodes.iter().enumerate() {
        if node.view.is_none_or(|view| view.members.is_empty()) {
            judging.not_seen(Some(index), Message::new("judged-view-unseen").with("node", node.name));
        }
    }
    let raft = cases.leaderless(model).iter().chain(cases.raft(model));
    for case in raft.chain(cases.member_states(model)).chain(cases.data(model)) {
        judging.show(case);
    }
    judging.finish(Message::new("judged-views-agree"))
}
