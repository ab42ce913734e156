//! Whether all agree on who is a member: the files with one another, each file with what the node runs with, and with Raft.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::diagnosis::picture::{evidence, members};
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::finding::{Judgement, Outcome, Step, Variant};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::nacos::signatures::SignatureId;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.members", Step::Config, cx);
    for index in 0..judging.picture.nodes.len() {
        if judging.picture.nodes[index].conf.is_none() {
            judging.not_seen(
                Some(index),
                Message::new("judged-conf-unseen").with("node", judging.picture.nodes[index].name),
            );
        }
    }
    drift(&mut judging);
    ghosts(&mut judging);
    disagreement(&mut judging);
    raft(&mut judging);
    let seen = judging.picture.nodes.iter().any(|node| node.conf.is_some() || node.view.is_some());
    if !seen {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    }
    judging.finish(Message::new("judged-members-agree"))
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "–".to_owned() } else { items.join(", ") }
}

fn drift(judging: &mut Judging<'_>) {
    for odd in members::odd_ones(judging.picture) {
        let summary = Message::new("finding-config-cluster-conf-drift")
            .with("node", judging.picture.nodes[odd.node].name)
            .with("more", list(&odd.more))
            .with("less", list(&odd.less));
        judging.find(Claim::fail(Code::ConfigClusterConfDrift).of(odd.node), summary, odd.evidence);
    }
}

fn ghosts(judging: &mut Judging<'_>) {
    for ghost in members::ghosts(judging.picture) {
        let (confidence, key) = match ghost.certain {
            true => (Confidence::Certain, "finding-members-ghost"),
            false => (Confidence::Likely, "finding-members-ghost-likely"),
        };
        let summary = Message::new(key).with("member", &ghost.member);
        judging.find(Claim::fail(Code::MembersGhost).sure(confidence), summary, ghost.evidence);
    }
    for node in members::unlisted(judging.picture) {
        let key = if node.votes { "finding-member-unlisted-votes" } else { "finding-member-unlisted" };
        let summary = Message::new(key).with("member", &node.member);
        judging.find(
            Claim::fail(Code::NodeUnreachable).variant(Variant::UnlistedMember).likely(),
            summary,
            node.evidence,
        );
    }
    if let Some(members) = members::reference(judging.picture) {
        let strangers: Vec<String> =
            members.iter().filter(|member| judging.picture.member(member).is_none()).cloned().collect();
        if !strangers.is_empty() && judging.picture.nodes.iter().all(|node| node.address.is_some()) {
            judging.not_seen(None, Message::new("judged-members-strangers").with("members", strangers.join(", ")));
        }
    }
}

fn disagreement(judging: &mut Judging<'_>) {
    for odd in members::disagreeing(judging.picture) {
        let summary = Message::new("finding-members-disagree")
            .with("node", judging.picture.nodes[odd.node].name)
            .with("more", list(&odd.more))
            .with("less", list(&odd.less));
        judging.find(Claim::fail(Code::MembersDisagree).likely().of(odd.node), summary, odd.evidence);
    }
}

fn raft(judging: &mut Judging<'_>) {
    let shrunk: Vec<usize> = judging
        .picture
        .running()
        .into_iter()
        .filter(|index| {
            judging.picture.nodes[*index]
                .hits(SignatureId::RAFT_NOT_IN_CONF)
                .any(|hits| hits.last.is_some_and(|last| judging.picture.age_ms(last) <= 60_000) && hits.count >= 2)
        })
        .collect();
    for index in shrunk {
        let node = &judging.picture.nodes[index];
        let refs = evidence::samples(node.name, node.hits(SignatureId::RAFT_NOT_IN_CONF), 3);
        let summary = Message::new("finding-raft-not-in-conf").with("node", node.name);
        judging.find(Claim::fail(Code::RaftMemberMismatch).of(index), summary, refs);
    }
    if let Some(difference) = members::raft_difference(judging.picture) {
        let (more, less) = (difference.more, difference.less);
        let (confidence, key) = match difference.by_files {
            true => (Confidence::Certain, "finding-raft-member-mismatch"),
            false => (Confidence::Likely, "finding-raft-member-mismatch-api"),
        };
        let summary = Message::new(key).with("more", list(&more)).with("less", list(&less));
        // One node that lacks its vote is the one to look at.
        let node = match less.as_slice() {
            [member] => judging.picture.member(member),
            _ => None,
        };
        let refs = judging
            .picture
            .running()
            .into_iter()
            .flat_map(|index| {
                let node = &judging.picture.nodes[index];
                node.view.into_iter().flat_map(|view| &view.raft).map(|group| {
                    let text = format!("{}: {}", group.group, group.members.join(", "));
                    evidence::said(node.name, "raftMetaData", &text)
                })
            })
            .collect();
        judging.find(Claim::fail(Code::RaftMemberMismatch).sure(confidence).between(node, None), summary, refs);
    }
}
