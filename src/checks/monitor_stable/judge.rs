//! Whether the newest samples of all nodes agree that it is over. How long that has held is `model::stability`'s to say.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::stability;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("monitor.stable", Step::Monitor, cx);
    let samples: Vec<_> = judging
        .model
        .nodes
        .iter()
        .filter_map(|node| node.sample.map(|sample| (node.name.clone(), vec![sample.clone()])))
        .collect();
    for index in 0..judging.model.nodes.len() {
        if judging.model.nodes[index].sample.is_none() {
            judging
                .not_seen(Some(index), Message::new("judged-no-sample").with("node", judging.model.nodes[index].name));
        }
    }
    if samples.is_empty() {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-no-samples"));
    }
    let whole = samples.len() == judging.model.nodes.len();
    match stability::unstable_now(&samples) {
        Some(why) => judging.finish_with(Outcome::Warn, why),
        None if whole => judging.finish(Message::new("judged-stable-now")),
        None => judging.finish_with(Outcome::NotApplicable, Message::new("judged-stable-partly")),
    }
}
