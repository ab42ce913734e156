//! What one node's share of the requests says by itself: little. They are compared over all nodes.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let judging = Judging::new(super::KIND, Step::Network, cx);
    let seen = index_of(judging.model, node).and_then(|index| judging.model.nodes[index].doors);
    let Some(seen) = seen.filter(|seen| !seen.doors.is_empty()) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-door-none"));
    };
    let tries = seen.doors.iter().flat_map(|door| &door.tries);
    let (mut all, mut answered) = (0, 0);
    for tried in tries {
        all += 1;
        answered += usize::from(tried.status.is_some_and(|status| status < 500));
    }
    let straight = seen.direct.iter().filter(|tried| tried.status.is_some()).count();
    let summary = Message::new("judged-door-requests")
        .with("answered", answered)
        .with("all", all)
        .with("straight", straight)
        .with("direct", seen.direct.len());
    if all == 0 {
        return judging.finish_with(Outcome::NotApplicable, summary);
    }
    judging.finish_with(Outcome::Pass, summary)
}
