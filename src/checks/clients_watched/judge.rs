//! What the watcher counted of a node, in one line. What it means is for `clients.spread` to say, over all nodes.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::stop_traces::stamp;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new(super::KIND, Step::Clients, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let model = judging.model;
    let about = |key: &str| Message::new(key).with("node", model.nodes[index].name);
    let Some(seen) = model.nodes[index].watched else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let Some(since) = seen.watched_since() else {
        // Of a node without an API nobody expects it.
        if model.nodes[index].spec.api.is_some() {
            judging.not_seen(Some(index), about("judged-watched-never"));
        }
        return judging.finish_with(Outcome::NotApplicable, about("judged-watched-never"));
    };
    let (Some((_, first)), Some((last, newest))) = (seen.counts().next(), seen.counts().next_back()) else {
        return judging.finish_with(Outcome::NotApplicable, about("judged-watched-untold"));
    };
    let (first, newest) = (first.to_string(), newest.to_string());
    let silent = seen.silent_since().map(|since| stamp(model, index, since));
    let message = match silent {
        Some(silent) => about("judged-watched-silent").with("silent", silent),
        None => about("judged-watched").with("at", stamp(model, index, last.until)),
    };
    judging.finish(message.with("since", stamp(model, index, since)).with("first", first).with("last", newest))
}
