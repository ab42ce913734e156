//! What one node's settings say by themselves: insecure defaults (advice only), keys set twice, values that could not be seen.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.properties", Step::Config, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(seen) = judging.model.nodes[index].properties else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let name = judging.model.nodes[index].name.clone();
    let absent = Message::new("judged-properties-absent").with("node", &name);
    if !seen.present {
        judging.not_seen(Some(index), absent.clone());
    }
    if !seen.present && seen.entries.is_empty() {
        let reason = absent;
        return judging.finish_with(Outcome::NotApplicable, reason);
    }
    if !seen.unresolved.is_empty() {
        let reason = Message::new("judged-properties-unresolved").with("names", seen.unresolved.join(", "));
        judging.not_seen(Some(index), reason);
    }
    judging.show_of(index, judging.cases.settings(judging.model));
    let fine = Message::new("judged-properties-read").with("node", &name).with("count", seen.entries.len());
    judging.finish(fine)
}
