//! What a node's own log window says of it: broken storage, database, memory, disk, and errors that nothing explains.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::reliability;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("logs.signatures", Step::Logs, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(logs) = judging.model.nodes[index].logs else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let name = judging.model.nodes[index].name.clone();
    for (path, why) in &logs.unreadable {
        let reason = Message::new("judged-log-unreadable").with("path", path).with("why", why);
        judging.not_seen(Some(index), reason);
    }
    for (file, why) in logs.files.iter().filter_map(|file| Some((file, file.cut.as_ref()?))) {
        let reason = Message::new("judged-log-cut").with("path", &file.path).with("why", why);
        judging.not_seen(Some(index), reason);
    }
    for file in
        reliability::not_understood(judging.model, index).into_iter().map(|file| file.path.clone()).collect::<Vec<_>>()
    {
        judging.not_seen(Some(index), Message::new("judged-log-not-understood").with("path", file));
    }
    if let Some(reason) = reliability::without_stamps(judging.model, index) {
        judging.not_seen(Some(index), reason);
    }
    if logs.files.is_empty() {
        judging.not_seen(Some(index), Message::new("judged-no-logs").with("node", &name));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-no-logs").with("node", &name));
    }
    let (alive, lines) = (judging.cases.alive(judging.model), judging.cases.logs(judging.model));
    judging.show_of(index, alive.iter().chain(lines));
    let hits: u64 = logs.hits.iter().map(|hits| hits.count).sum();
    let fine = Message::new("judged-logs-read").with("node", &name).with("files", logs.files.len()).with("hits", hits);
    judging.finish(fine)
}
