//! Which node reaches which on every port: complaints of the nodes, member lists and probes from here, put together.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::checks::logs_compare::judge::link;
use crate::diagnosis::picture::links;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("net.matrix", Step::Network, cx);
    let mut seen = false;
    for index in 0..judging.picture.nodes.len() {
        let node = &judging.picture.nodes[index];
        seen |= node.logs.is_some() || node.ports.is_some() || node.view.is_some();
        if node.ports.is_none() {
            let reason = Message::new("judged-ports-not-probed").with("node", node.name);
            judging.not_seen(Some(index), reason);
        }
    }
    if !seen {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    }
    for verdict in links::verdicts(&judging.picture) {
        link(&mut judging, verdict);
    }
    for doubt in links::doubts(&judging.picture) {
        judging.not_seen(None, doubt);
    }
    judging.finish(Message::new("judged-links-fine"))
}
