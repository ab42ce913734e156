//! What a node's API says of itself. Liveness is a constant and readiness a database query: neither makes a node healthy.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("node.view", Step::Confirm, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let asked = &judging.model.nodes[index];
    let name = asked.name.clone();
    let Some(view) = asked.view else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    if !asked.answers() {
        let why = view
            .liveness
            .as_ref()
            .and_then(|http| http.failure.clone())
            .or_else(|| view.failed.iter().find_map(|http| http.failure.clone()))
            .map_or_else(|| "?".to_owned(), String::from);
        return judging
            .finish_with(Outcome::Fail, Message::new("judged-view-silent").with("node", name).with("why", why));
    }
    if view.members.is_empty() {
        judging.not_seen(Some(index), Message::new("judged-view-no-members").with("node", &name));
    }
    let ready = view.ready;
    judging.show_of(index, judging.cases.gauges(judging.model));
    let key = match ready {
        Some(true) => "judged-view-ready",
        Some(false) => "judged-view-not-ready",
        None => "judged-view-alive",
    };
    let outcome = if ready == Some(false) { Outcome::Warn } else { Outcome::Pass };
    judging.finish_with(outcome, Message::new(key).with("node", name))
}
