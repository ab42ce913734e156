//! How each silent node stopped, from its own traces, its process and what its peers saw.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::checks::logs_compare::judge::claim;
use crate::diagnosis::picture::life::Life;
use crate::diagnosis::picture::{evidence, links, raft, stop};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::nacos::signatures::Role;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("stop.cause", Step::Confirm, cx);
    for index in 0..judging.picture.nodes.len() {
        let name = judging.picture.nodes[index].name.clone();
        match judging.picture.lives[index] {
            Life::Unseen => judging.not_seen(Some(index), Message::new("judged-node-unseen").with("node", &name)),
            Life::CopyEndsEarly => {
                judging.not_seen(Some(index), Message::new("judged-copy-ends-early").with("node", &name));
            }
            _ => {}
        }
        if let Some(flapping) = stop::flapping(judging.picture, index) {
            judging.find_stop(flapping);
        }
        if let Some(stop) = stop::stop_of(judging.picture, index) {
            judging.find_stop(stop);
        }
    }
    let verdicts = links::verdicts(judging.picture);
    let explained = |index: &usize| verdicts.iter().any(|verdict| verdict.nodes.contains(index));
    for (missed, by) in links::missed_at_the_end(judging.picture).into_iter().filter(|(one, _)| !explained(one)) {
        let reason = links::missed_message(judging.picture, missed, &by);
        judging.not_seen(Some(missed), reason);
    }
    for verdict in verdicts.into_iter().filter(|one| one.code == Code::NodeIsolated) {
        let Some(index) = verdict.nodes.first().copied() else { continue };
        let key = if verdict.burst { "finding-link-burst-node" } else { "finding-node-isolated" };
        let name = judging.picture.nodes[index].name;
        let summary = Message::new(key).with("node", name).with("ports", &verdict.ports);
        judging.find(claim(&verdict).of(index), summary, verdict.evidence);
    }
    let copied = judging.picture.nodes.iter().all(|node| {
        node.stop.is_some_and(|stop| !stop.files_live && !stop.process_table_seen)
            && node.view.is_none()
            && node.ports.is_none()
    });
    if copied && !judging.picture.nodes.is_empty() {
        let end = stop::stamp(judging.picture, 0, judging.picture.at);
        judging.not_seen(None, Message::new("judged-copies-end").with("at", end));
    }
    quorum(&mut judging);
    let down = judging.found();
    let names = judging.picture.names(&judging.picture.running());
    judging.finish(Message::new(if down { "judged-some-run" } else { "judged-all-run" }).with("nodes", names))
}

fn quorum(judging: &mut Judging<'_>) {
    let Some(quorum) = raft::quorum(judging.picture) else {
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
            judging
                .picture
                .voter(voter)
                .map_or_else(|| voter.clone(), |index| judging.picture.nodes[index].name.0.clone())
        })
        .collect();
    let evidence: Vec<EvidenceRef> = judging
        .picture
        .running()
        .into_iter()
        .flat_map(|index| {
            let node = &judging.picture.nodes[index];
            evidence::samples(node.name, node.hits_of(Role::QuorumMissed), 3)
        })
        .collect();
    let summary = Message::new("finding-cluster-quorum-lost")
        .with("live", quorum.live())
        .with("voters", quorum.voters.len())
        .with("needed", quorum.needed())
        .with("dead", dead.join(", "));
    let confidence = quorum.confidence(judging.picture, &evidence);
    judging.find(Claim::fail(Code::ClusterQuorumLost).sure(confidence), summary, evidence);
}
