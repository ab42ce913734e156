//! What a node's own process and files say of it. Killed or frozen is for its peers to tell: see `stop.cause`.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging, index_of};
use crate::domain::cluster::FileSource;
use crate::domain::code::Code;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::node_state::{self, NodeState};
use crate::model::{cite, start_stop};
use crate::nacos::signatures::SignatureId;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("node.stop", Step::Confirm, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(seen) = judging.model.nodes[index].stop else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    if !seen.process_table_seen {
        judging.not_seen(Some(index), Message::new("judged-process-not-seen"));
    }
    let life = judging.model.states[index];
    // Of this machine it is read wherever it can be; of another one because a person wants it.
    let wanted = matches!(judging.model.nodes[index].spec.files, FileSource::Ssh(_)) || !life.is_running();
    if let Some(reason) = seen.kernel_missing.clone().filter(|_| wanted) {
        judging.not_seen(Some(index), Message::new("judged-kernel-not-seen"));
        judging.not_seen(Some(index), reason);
    }
    let name = judging.model.nodes[index].name.0.clone();
    let fine = match life {
        NodeState::CopyEndsEarly => Message::new("judged-copy-ends-early").with("node", &name),
        _ => Message::new("judged-node-runs").with("node", &name),
    };
    if let Some(at) = node_state::second_start(judging.model, index).filter(|_| life.is_running()) {
        let lines =
            seen.traces.iter().filter(|trace| trace.signature == SignatureId::START_FAILED && trace.at == Some(at));
        let lines = lines.map(|trace| cite::trace(judging.model.nodes[index].name, trace)).collect();
        let summary = Message::new("finding-node-second-start")
            .with("node", judging.model.nodes[index].name)
            .with("at", start_stop::stamp(judging.model, index, at));
        judging.find(Claim::advice(Code::NodeSecondStart).of(index), summary, lines);
    }
    let Some(stop) = start_stop::stop_of(judging.model, index) else {
        return judging.finish(fine);
    };
    let for_peers_to_tell = matches!(stop.code, Code::NodeKilled | Code::NodeUnreachable)
        || (stop.code == Code::NodeHung && life == NodeState::Silent);
    if !for_peers_to_tell {
        judging.find_stop(stop);
        return judging.finish(fine);
    }
    let since = stop.since.map_or_else(String::new, |since| start_stop::stamp(judging.model, index, since));
    let silent = Message::new("judged-node-silent").with("node", &name).with("since", since);
    judging.finish_with(Outcome::Fail, silent)
}
