//! What a node's own `cluster.conf` says: lines that Nacos cannot take, and lines that only look wrong.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.cluster_conf", Step::Config, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(conf) = judging.model.nodes[index].conf else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let name = judging.model.nodes[index].name.clone();
    if !conf.present {
        let absent = Message::new("judged-conf-absent").with("node", &name);
        return judging.finish_with(Outcome::NotApplicable, absent);
    }
    judging.show_of(index, judging.cases.member_files(judging.model));
    let fine = Message::new("judged-conf-fine").with("node", &name).with("count", conf.members.len());
    judging.finish(fine)
}
