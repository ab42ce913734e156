//! One sample of one node: alive, ready, its members up, its Raft groups led.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::vocabulary::MemberState;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("monitor.sample", Step::Monitor, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let name = judging.model.nodes[index].name.clone();
    let Some(sample) = judging.model.nodes[index].sample else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    if !sample.alive {
        return judging.finish_with(Outcome::Fail, Message::new("judged-sample-silent").with("node", name));
    }
    let down: Vec<&str> = sample
        .members
        .iter()
        .filter(|(_, state)| **state != MemberState::Up)
        .map(|(member, _)| member.as_str())
        .collect();
    if !down.is_empty() {
        let message = Message::new("judged-sample-members").with("node", name).with("members", down.join(", "));
        return judging.finish_with(Outcome::Warn, message);
    }
    if sample.ready == Some(false) {
        return judging.finish_with(Outcome::Warn, Message::new("judged-view-not-ready").with("node", name));
    }
    judging.finish(Message::new("judged-sample-fine").with("node", name))
}
