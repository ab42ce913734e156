//! How each silent node stopped, from its own traces, its process and what its peers saw.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::checks::logs_compare::judge::claim;
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::conditions::Asked;
use crate::model::node_state::NodeState;
use crate::model::{cite, links, raft, start_stop};
use crate::nacos::signatures::Role;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("stop.cause", Step::Confirm, cx);
    for index in 0..judging.model.nodes.len() {
        let name = judging.model.nodes[index].name.clone();
        match judging.model.states[index] {
            NodeState::Unseen => judging.not_seen(Some(index), Message::new("judged-node-unseen").with("node", &name)),
            NodeState::CopyEndsEarly => {
                judging.not_seen(Some(index), Message::new("judged-copy-ends-early").with("node", &name));
            }
            _ => {}
        }
        if let Some(flapping) = start_stop::flapping(judging.model, index) {
            judging.find_stop(flapping);
        }
        if let Some(stop) = start_stop::stop_of(judging.model, index) {
            judging.find_stop(stop);
        }
    }
    let verdicts = links::verdicts(judging.model);
    let explained = |index: &usize| verdicts.iter().any(|verdict| verdict.nodes.contains(index));
    for (missed, by) in links::missed_at_the_end(judging.model).into_iter().filter(|(one, _)| !explained(one)) {
        let reason = links::missed_message(judging.model, missed, &by);
        judging.not_seen(Some(missed), reason);
    }
    for verdict in verdicts.into_iter().filter(|one| one.code == Code::NodeIsolated) {
        let Some(index) = verdict.nodes.first().copied() else { continue };
        let key = if verdict.transient { "finding-link-burst-node" } else { "finding-node-isolated" };
        let name = judging.model.nodes[index].name;
        let summary = Message::new(key).with("node", name).with("ports", &verdict.ports);
        judging.find_because(claim(&verdict).of(index), summary, verdict.evidence, verdict.conditions);
    }
    let copied = judging.model.nodes.iter().all(|node| {
        node.stop.is_some_and(|stop| !stop.files_live && !stop.process_table_seen)
            && node.view.is_none()
            && node.ports.is_none()
    });
    if copied && !judging.model.nodes.is_empty() {
        let end = start_stop::stamp(judging.model, 0, judging.model.as_of);
        judging.not_seen(None, Message::new("judged-copies-end").with("at", end));
    }
    quorum(&mut judging);
    let down = judging.found();
    let names = judging.model.names(&judging.model.running());
    judging.finish(Message::new(if down { "judged-some-run" } else { "judged-all-run" }).with("nodes", names))
}

fn quorum(judging: &mut Judging<'_>) {
    let Some(quorum) = raft::quorum(judging.model) else {
        judging.not_seen(None, Message::new("judged-quorum-unseen"));
        return;
    };
    if !quorum.lost() {
        return;
    }
    let dead: Vec<String> = quorum
        .voters
        .iter()
        .filter(|(_, vote)| *vote == raft::Vote::Dead)
        .map(|(voter, _)| {
            judging.model.voter(voter).map_or_else(|| voter.clone(), |index| judging.model.nodes[index].name.0.clone())
        })
        .collect();
    let evidence: Vec<EvidenceRef> = judging
        .model
        .running()
        .into_iter()
        .flat_map(|index| {
            let node = &judging.model.nodes[index];
            cite::samples(node.name, node.hits_of(Role::QuorumMissed), 3)
        })
        .collect();
    let summary = Message::new("finding-cluster-quorum-lost")
        .with("live", quorum.live())
        .with("voters", quorum.voters.len())
        .with("needed", quorum.needed())
        .with("dead", dead.join(", "));
    let confidence = quorum.confidence(judging.model, &evidence);
    let mut asked = Asked::default();
    asked.ask("voters-known", true, &[]);
    asked.ask("voters-dead", true, &[]);
    let read = judging.model.running().into_iter().all(|index| judging.model.nodes[index].logs.is_some());
    asked.if_seen("majority-missed-lines", read, !evidence.is_empty(), &evidence);
    let claim = Claim::fail(Code::ClusterQuorumLost).sure(confidence);
    judging.find_because(claim, summary, evidence, asked.conditions());
}
