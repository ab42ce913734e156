//! Settings of all nodes side by side: databases, secrets and identity, other keys that must be equal, JVM flags, versions.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::databases;
use crate::model::tables::settings;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.compare", Step::Config, cx);
    for index in 0..judging.model.nodes.len() {
        if judging.model.nodes[index].properties.is_none() {
            let reason = Message::new("judged-properties-unseen").with("node", judging.model.nodes[index].name);
            judging.not_seen(Some(index), reason);
        }
    }
    for case in judging.cases.config(judging.model).iter().chain(judging.cases.databases(judging.model)) {
        judging.show(case);
    }
    for database in databases::databases(judging.model) {
        if !database.untried.is_empty() {
            let nodes = judging.model.names(&database.untried);
            let reason = Message::new("judged-database-unprobed").with("target", &database.target);
            judging.not_seen(None, reason.with("nodes", nodes));
        }
        if !database.silent.is_empty() {
            let nodes = judging.model.names(&database.silent);
            let reason = Message::new("judged-database-silent").with("target", &database.target);
            judging.not_seen(None, reason.with("nodes", nodes));
        }
        let tried = !database.open.is_empty() || !database.shut.is_empty();
        if let Some(why) = database.why_untried.filter(|_| !tried) {
            judging.not_seen(None, why);
        }
    }
    let compared = judging.model.nodes.iter().filter(|node| node.properties.is_some()).count();
    if compared < 2 && !judging.found() {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing-to-compare"));
    }
    let count = settings::rows(judging.model).len();
    judging.finish(Message::new("judged-settings-agree").with("count", count))
}
