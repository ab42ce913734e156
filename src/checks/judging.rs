//! What every judge needs: the picture of the cluster, findings with stable ids, one summary. Pure; may import `domain`, `diagnosis`.

use crate::checks::JudgeContext;
use crate::diagnosis::advice;
use crate::diagnosis::picture::Picture;
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Finding, Judgement, NotSeen, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// A judgement in the making.
pub struct Judging<'a> {
    /// Everything seen, side by side.
    pub picture: Picture<'a>,
    kind: &'static str,
    step: Step,
    findings: Vec<Finding>,
    not_seen: Vec<NotSeen>,
}

impl<'a> Judging<'a> {
    /// Begins a judgement of that kind.
    #[must_use]
    pub fn new(kind: &'static str, step: Step, cx: &JudgeContext<'a>) -> Self {
        let picture = Picture::new(cx.cluster, cx.board, cx.at, cx.window_ms);
        Self { picture, kind, step, findings: Vec::new(), not_seen: Vec::new() }
    }

    /// Adds a finding about up to two nodes.
    pub fn find(
        &mut self,
        code: Code,
        outcome: Outcome,
        nodes: (Option<usize>, Option<usize>),
        summary: Message,
        mut evidence: Vec<EvidenceRef>,
    ) {
        // One record can be several signatures; it is one line to look at.
        let mut seen = std::collections::BTreeSet::new();
        evidence.retain(|one| {
            let text = if one.lines.is_some() || one.offset.is_some() { String::new() } else { one.text.clone() };
            seen.insert((one.node.clone(), one.source.clone(), one.lines, one.offset, one.at, text))
        });
        let name = |index: Option<usize>| index.map(|index| self.picture.nodes[index].name.clone());
        let (node, peer) = (name(nodes.0), name(nodes.1));
        let part = |name: &Option<NodeName>| name.as_ref().map_or_else(|| "-".to_owned(), |name| name.0.clone());
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
            outcome,
            node,
            peer,
            service: None,
            summary,
            impact: advice::functions(code).to_vec(),
            evidence,
        });
    }

    /// Says that something could not be looked at.
    pub fn not_seen(&mut self, node: Option<usize>, reason: Message) {
        let node = node.map(|index| self.picture.nodes[index].name.clone());
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
        Judgement { outcome, summary, findings: self.findings, not_seen: self.not_seen }
    }
}

/// The index of the node that a node check is about.
#[must_use]
pub fn index_of(picture: &Picture<'_>, node: Option<&NodeName>) -> Option<usize> {
    picture.index(node?)
}

#[cfg(test)]
#[path = "judging_tests.rs"]
mod tests;
