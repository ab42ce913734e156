//! Whether clients get through the front doors, and which node a door should no longer list.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::load_balancers;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("door.compare", Step::Network, cx);
    let tallies = load_balancers::tallies(judging.model);
    for case in judging.cases.load_balancers(judging.model) {
        judging.show(case);
    }
    for reason in load_balancers::not_compared(judging.model, &tallies) {
        judging.not_seen(None, reason);
    }
    if cx.model.cluster.doors.is_empty() {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-door-none"));
    }
    if tallies.iter().all(|tally| tally.tries.is_empty()) {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-door-not-asked"));
    }
    let through: usize = tallies.iter().map(|tally| tally.served).sum();
    let all: usize = tallies.iter().map(|tally| tally.tries.len()).sum();
    judging.finish(Message::new("judged-door-fine").with("served", through).with("all", all))
}
