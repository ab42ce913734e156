//! How each silent node stopped, from its own traces, its process and what its peers saw.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::domain::code::Code;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::links::unverified;
use crate::model::node_state::NodeState;
use crate::model::{reliability, stop_traces};

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("stop.cause", Step::Confirm, cx);
    for index in 0..judging.model.nodes.len() {
        let name = judging.model.nodes[index].name.clone();
        if let Some(other) = judging.model.nodes[index].given_for {
            let of = judging.model.nodes[other].name;
            let twice = Message::new("judged-given-twice").with("node", &name).with("other", of);
            judging.not_seen(Some(index), twice);
        }
        match judging.model.states[index] {
            NodeState::Unseen => {
                let unseen = Message::new("judged-node-unseen").with("node", &name);
                let read = reliability::without_stamps(judging.model, index);
                judging.not_seen(Some(index), read.unwrap_or(unseen));
            }
            NodeState::CopyEndsEarly => {
                judging.not_seen(Some(index), Message::new("judged-copy-ends-early").with("node", &name));
            }
            _ => {}
        }
    }
    for case in judging.cases.stopped(judging.model) {
        judging.show(case);
    }
    let patterns = &judging.model.links.patterns;
    let explained = |index: &usize| patterns.iter().any(|pattern| pattern.nodes.contains(index));
    for (missed, by) in unverified::missed_at_the_end(judging.model).into_iter().filter(|(one, _)| !explained(one)) {
        let reason = unverified::missed_message(judging.model, missed, &by);
        judging.not_seen(Some(missed), reason);
    }
    let links = judging.cases.links(judging.model).iter().map(|link| &link.case);
    for case in links.filter(|case| case.code == Code::NodeIsolated) {
        judging.show(case);
    }
    let copied = judging.model.nodes.iter().all(|node| {
        node.stop.is_some_and(|stop| !stop.files_live && !stop.process_table_seen)
            && node.view.is_none()
            && node.ports.is_none()
    });
    if copied && !judging.model.nodes.is_empty() {
        let end = stop_traces::stamp(judging.model, 0, judging.model.as_of);
        judging.not_seen(None, Message::new("judged-copies-end").with("at", end));
    }
    if judging.model.quorum.is_none() {
        judging.not_seen(None, Message::new("judged-quorum-unseen"));
    }
    for case in judging.cases.majority(judging.model) {
        judging.show(case);
    }
    let down = judging.found();
    let names = judging.model.names(&judging.model.running());
    judging.finish(Message::new(if down { "judged-some-run" } else { "judged-all-run" }).with("nodes", names))
}
