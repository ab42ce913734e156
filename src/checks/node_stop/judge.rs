//! What a node's own process and files say of it. Killed or frozen is for its peers to tell: see `stop.cause`.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::diagnosis::rules::{starting, stopped};
use crate::domain::cluster::FileSource;
use crate::domain::code::Code;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::UnusedText;
use crate::model::node_state::NodeState;
use crate::model::stop_traces;

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
    let state = judging.model.states[index];
    // Of this machine it is read wherever it can be; of another one because a person wants it.
    let wanted = matches!(judging.model.nodes[index].spec.files, FileSource::Ssh(_)) || !state.is_running();
    if let Some(reason) = seen.kernel_missing.clone().filter(|_| wanted) {
        judging.not_seen(Some(index), Message::new("judged-kernel-not-seen"));
        judging.not_seen(Some(index), reason);
    }
    for unused in &seen.unused_texts {
        judging.not_seen(Some(index), said_unused(unused));
    }
    let name = judging.model.nodes[index].name.0.clone();
    let fine = match state {
        NodeState::CopyEndsEarly => Message::new("judged-copy-ends-early").with("node", &name),
        _ => Message::new("judged-node-runs").with("node", &name),
    };
    judging.show_of(index, judging.cases.second_starts(judging.model));
    let Some(stop) = judging.cases.why_down(judging.model, index) else {
        return judging.finish(fine);
    };
    let for_peers_to_tell = matches!(stop.code, Code::NodeKilled | Code::NodeUnreachable)
        || (stop.code == Code::NodeHung && state == NodeState::Silent)
        // Whether what holds the ports still serves, hangs or is another program.
        || starting::found_it_taken(judging.model, &index).is_yes();
    if !for_peers_to_tell {
        judging.show(stop);
        return judging.finish(fine);
    }
    let since = stopped::since(judging.model, index);
    let since = since.map_or_else(String::new, |since| stop_traces::stamp(judging.model, index, since));
    let silent = Message::new("judged-node-silent").with("node", &name).with("since", since);
    judging.finish_with(Outcome::Fail, silent)
}

/// That nothing of a text was used, which somebody took the trouble to hand in.
fn said_unused(text: &UnusedText) -> Message {
    let message = match &text.file {
        Some(file) => Message::new("judged-text-unused").with("file", file),
        None => Message::new("judged-pasted-unused"),
    };
    message.with("n", text.lines).with("line", &text.first)
}
