//! What a node's own `cluster.conf` says: lines that Nacos cannot take, and lines that only look wrong.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging, index_of};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::vocabulary::ConfProblemKind;
use crate::model::membership;

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
    for problem in &conf.problems {
        let outcome = if membership::fatal(problem) { Outcome::Fail } else { Outcome::Advice };
        let key = match problem.kind {
            ConfProblemKind::Malformed => "finding-conf-malformed",
            ConfProblemKind::Merged => "finding-conf-merged",
            _ => "finding-conf-odd",
        };
        let summary =
            Message::new(key).with("node", &name).with("line", problem.line).with("text", problem.text.trim());
        let evidence = EvidenceRef {
            node: Some(name.clone()),
            source: "conf/cluster.conf".to_owned(),
            lines: (problem.line > 0).then_some((problem.line, problem.line)),
            offset: None,
            at: None,
            text: problem.text.clone(),
        };
        judging.find(Claim::fail(Code::ConfigClusterConfMalformed).outcome(outcome).of(index), summary, vec![evidence]);
    }
    let fine = Message::new("judged-conf-fine").with("node", &name).with("count", conf.members.len());
    judging.finish(fine)
}
