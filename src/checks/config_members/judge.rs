//! Whether all agree on who is a member: the files with one another, each file with what the node runs with, and with Raft.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::membership;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.members", Step::Config, cx);
    for index in 0..judging.model.nodes.len() {
        if judging.model.nodes[index].conf.is_none() {
            judging.not_seen(
                Some(index),
                Message::new("judged-conf-unseen").with("node", judging.model.nodes[index].name),
            );
        }
    }
    for case in judging.cases.members(judging.model) {
        judging.show(case);
    }
    let outside = membership::not_in_inventory(judging.model);
    if !outside.is_empty() {
        judging.not_seen(None, Message::new("judged-members-strangers").with("members", outside.join(", ")));
    }
    let seen = judging.model.nodes.iter().any(|node| node.conf.is_some() || node.view.is_some());
    if !seen {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    }
    judging.finish(Message::new("judged-members-agree"))
}
