//! What every judge needs: the model of the cluster, findings with stable ids, one summary. Pure; may import `domain`,
//! `model`, `diagnosis`.

use std::collections::BTreeSet;

use crate::checks::JudgeContext;
use crate::diagnosis::case::Case;
use crate::diagnosis::causes;
use crate::diagnosis::rules::Cases;
use crate::domain::finding::{Coverage, Finding, Judgement, NotSeen, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::ClusterModel;

/// A judgement in the making.
pub struct Judging<'a> {
    /// Everything seen, side by side.
    pub model: &'a ClusterModel<'a>,
    /// What the rules make of it.
    pub cases: &'a Cases,
    kind: &'static str,
    step: Step,
    findings: Vec<Finding>,
    not_seen: Vec<NotSeen>,
}

impl<'a> Judging<'a> {
    /// Begins a judgement of that kind.
    #[must_use]
    pub const fn new(kind: &'static str, step: Step, cx: &JudgeContext<'a>) -> Self {
        Self { model: cx.model, cases: cx.cases, kind, step, findings: Vec::new(), not_seen: Vec::new() }
    }

    /// Adds what a rule found.
    pub fn show(&mut self, case: &Case) {
        // One record can be several signatures; it is one line to look at.
        let mut seen = BTreeSet::new();
        let mut evidence = case.evidence.clone();
        evidence.retain(|one| {
            let text = if one.lines.is_some() || one.offset.is_some() { String::new() } else { one.text.clone() };
            seen.insert((one.node.clone(), one.source.clone(), one.lines, one.offset, one.at, text))
        });
        let name = |index: Option<usize>| index.map(|index| self.model.nodes[index].name.clone());
        let (node, peer) = (name(case.node), name(case.peer));
        let part = |name: &Option<NodeName>| name.as_ref().map_or_else(|| "-".to_owned(), |name| name.0.clone());
        let code = case.code;
        let mut id = format!("{}:{}:{}:{code}", self.kind, part(&node), part(&peer));
        let same = self.findings.iter().filter(|one| one.id == id || one.id.starts_with(&format!("{id}#"))).count();
        if same > 0 {
            id = format!("{id}#{}", same + 1);
        }
        self.findings.push(Finding {
            id,
            code,
            step: self.step,
            check: self.kind.to_owned(),
            outcome: case.outcome,
            confidence: case.confidence,
            variant: case.variant,
            node,
            peer,
            service: None,
            summary: case.summary.clone(),
            impact: causes::spec(code).functions.to_vec(),
            evidence,
            conditions: case.conditions.clone(),
        });
    }

    /// Adds the cases about one node.
    pub fn show_of<'c>(&mut self, index: usize, cases: impl IntoIterator<Item = &'c Case>) {
        for case in cases.into_iter().filter(|case| case.node == Some(index)) {
            self.show(case);
        }
    }

    /// Says that something could not be looked at.
    pub fn not_seen(&mut self, node: Option<usize>, reason: Message) {
        let node = node.map(|index| self.model.nodes[index].name.clone());
        self.not_seen.push(NotSeen { check: self.kind.to_owned(), node, reason });
    }

    /// True if something was found.
    #[must_use]
    pub fn found(&self) -> bool {
        !self.findings.is_empty()
    }

    /// The judgement: the worst finding speaks for it, else `fine`.
    #[must_use]
    pub fn finish(self, fine: Message) -> Judgement {
        self.finish_with(Outcome::Pass, fine)
    }

    /// The judgement: the worst finding speaks for it, else `message` with `outcome`.
    #[must_use]
    pub fn finish_with(self, outcome: Outcome, message: Message) -> Judgement {
        let worst = self.findings.iter().max_by_key(|finding| finding.outcome);
        let (outcome, summary) = match worst {
            Some(finding) if finding.outcome >= outcome => (finding.outcome, finding.summary.clone()),
            _ => (outcome, message),
        };
        let seen = Coverage::without(&self.not_seen);
        Judgement { outcome, summary, findings: self.findings, seen, not_seen: self.not_seen }
    }
}

/// The index of the node that a node check is about.
#[must_use]
pub fn index_of(model: &ClusterModel<'_>, node: Option<&NodeName>) -> Option<usize> {
    model.index(node?)
}
