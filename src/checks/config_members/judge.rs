//! Whether all agree on who is a member: the files with one another, each file with what the node runs with, and with Raft.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::finding::{Judgement, Outcome, Step, Variant};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::{cite, membership};
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.members", Step::Config, cx);
    for index in 0..judging.model.nodes.len() {
        if judging.model.nodes[index].conf.is_none() {
            judging.not_seen(
                Some(index),
                Message::new("judged-conf-unseen").with("node", judging.model.nodes[index].name),
            );
        }
    }
    drift(&mut judging);
    ghosts(&mut judging);
    disagreement(&mut judging);
    raft(&mut judging);
    let seen = judging.model.nodes.iter().any(|node| node.conf.is_some() || node.view.is_some());
    if !seen {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    }
    judging.finish(Message::new("judged-members-agree"))
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "–".to_owned() } else { items.join(", ") }
}

fn drift(judging: &mut Judging<'_>) {
    for odd in membership::odd_ones(judging.model) {
        let summary = Message::new("finding-config-cluster-conf-drift")
            .with("node", judging.model.nodes[odd.node].name)
            .with("more", list(&odd.more))
            .with("less", list(&odd.less));
        judging.find(Claim::fail(Code::ConfigClusterConfDrift).of(odd.node), summary, odd.evidence);
    }
}

fn ghosts(judging: &mut Judging<'_>) {
    for ghost in membership::ghosts(judging.model) {
        let (confidence, key) = match ghost.certain {
            true => (Confidence::Certain, "finding-members-ghost"),
            false => (Confidence::Likely, "finding-members-ghost-likely"),
        };
        let summary = Message::new(key).with("member", &ghost.member);
        judging.find(Claim::fail(Code::MembersGhost).sure(confidence), summary, ghost.evidence);
    }
    for node in membership::unlisted(judging.model) {
        let key = if node.votes { "finding-member-unlisted-votes" } else { "finding-member-unlisted" };
        let summary = Message::new(key).with("member", &node.member);
        judging.find(
            Claim::fail(Code::NodeUnreachable).variant(Variant::UnlistedMember).likely(),
            summary,
            node.evidence,
        );
    }
    if let Some(members) = membership::reference(judging.model) {
        let strangers: Vec<String> =
            members.iter().filter(|member| judging.model.member(member).is_none()).cloned().collect();
        if !strangers.is_empty() && judging.model.nodes.iter().all(|node| node.address.is_some()) {
            judging.not_seen(None, Message::new("judged-members-strangers").with("members", strangers.join(", ")));
        }
    }
}

fn disagreement(judging: &mut Judging<'_>) {
    for odd in membership::disagreeing(judging.model) {
        let summary = Message::new("finding-members-disagree")
            .with("node", judging.model.nodes[odd.node].name)
            .with("more", list(&odd.more))
            .with("less", list(&odd.less));
        judging.find(Claim::fail(Code::MembersDisagree).likely().of(odd.node), summary, odd.evidence);
    }
}

fn raft(judging: &mut Judging<'_>) {
    let shrunk: Vec<usize> = judging
        .model
        .running()
        .into_iter()
        .filter(|index| {
            judging.model.nodes[*index].hits(SignatureId::RAFT_NOT_IN_CONF).any(|hits| {
                hits.last.is_some_and(|last| judging.model.age_ms(last) <= timing::LINE_CURRENT_MS) && hits.count >= 2
            })
        })
        .collect();
    for index in shrunk {
        let node = &judging.model.nodes[index];
        let refs = cite::samples(node.name, node.hits(SignatureId::RAFT_NOT_IN_CONF), 3);
        let summary = Message::new("finding-raft-not-in-conf").with("node", node.name);
        judging.find(Claim::fail(Code::RaftMemberMismatch).of(index), summary, refs);
    }
    if let Some(difference) = membership::raft_difference(judging.model) {
        let (more, less) = (difference.more, difference.less);
        let (confidence, key) = match difference.by_files {
            true => (Confidence::Certain, "finding-raft-member-mismatch"),
            false => (Confidence::Likely, "finding-raft-member-mismatch-api"),
        };
        let summary = Message::new(key).with("more", list(&more)).with("less", list(&less));
        // One node that lacks its vote is the one to look at.
        let node = match less.as_slice() {
            [member] => judging.model.member(member),
            _ => None,
        };
        let refs = judging
            .model
            .running()
            .into_iter()
            .flat_map(|index| {
                let node = &judging.model.nodes[index];
                node.view.into_iter().flat_map(|view| &view.raft).map(|group| {
                    let text = format!("{}: {}", group.group, group.members.join(", "));
                    cite::said(node.name, "raftMetaData", &text)
                })
            })
            .collect();
        judging.find(Claim::fail(Code::RaftMemberMismatch).sure(confidence).between(node, None), summary, refs);
    }
}
