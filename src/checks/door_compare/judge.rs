//! Whether clients get through the front doors, and which node a door should no longer list.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::load_balancers;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("door.compare", Step::Network, cx);
    let tallies = load_balancers::tallies(judging.model);
    for verdict in load_balancers::verdicts(judging.model, &tallies) {
        let nodes: Vec<Option<usize>> =
            if verdict.nodes.is_empty() { vec![None] } else { verdict.nodes.iter().copied().map(Some).collect() };
        for node in nodes {
            let mut summary = verdict.summary.clone();
            if let Some(node) = node {
                summary = summary.with("node", judging.model.nodes[node].name);
            }
            let claim = Claim::fail(verdict.code).variant(verdict.variant).outcome(verdict.outcome);
            judging.find(claim.sure(verdict.confidence).between(node, None), summary, verdict.evidence.clone());
        }
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
