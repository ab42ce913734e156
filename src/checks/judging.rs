//! What every judge needs: the model of the cluster, findings with stable ids, one summary. Pure; may import `domain`, `model`, `diagnosis`.

use crate::checks::JudgeContext;
use crate::diagnosis::causes;
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Condition, Finding, Judgement, NotSeen, Outcome, Seen, Step, Variant};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::ClusterModel;
use crate::model::start_stop::Stop;

/// What a rule claims: which code, of which nodes, how bad and how sure.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    code: Code,
    variant: Variant,
    outcome: Outcome,
    confidence: Confidence,
    node: Option<usize>,
    peer: Option<usize>,
}

impl Claim {
    /// A failure, certain until said otherwise, of no node in particular.
    #[must_use]
    pub const fn fail(code: Code) -> Self {
        Self {
            code,
            variant: Variant::Plain,
            outcome: Outcome::Fail,
            confidence: Confidence::Certain,
            node: None,
            peer: None,
        }
    }

    /// The same, not yet a failure.
    #[must_use]
    pub const fn warn(code: Code) -> Self {
        Self::fail(code).outcome(Outcome::Warn)
    }

    /// Worth telling, not a fault.
    #[must_use]
    pub const fn advice(code: Code) -> Self {
        Self::fail(code).outcome(Outcome::Advice)
    }

    /// How bad it is.
    #[must_use]
    pub const fn outcome(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// The best explanation, not the only one.
    #[must_use]
    pub const fn likely(self) -> Self {
        self.sure(Confidence::Likely)
    }

    /// How sure it is.
    #[must_use]
    pub const fn sure(self, confidence: Confidence) -> Self {
        Self { confidence, ..self }
    }

    /// Which kind of its code.
    #[must_use]
    pub const fn variant(self, variant: Variant) -> Self {
        Self { variant, ..self }
    }

    /// The node, by index, that it is about.
    #[must_use]
    pub const fn of(self, node: usize) -> Self {
        Self { node: Some(node), ..self }
    }

    /// The nodes, by index, that it is about: one and another, as far as there are two.
    #[must_use]
    pub const fn between(self, node: Option<usize>, peer: Option<usize>) -> Self {
        Self { node, peer, ..self }
    }
}

/// A judgement in the making.
pub struct Judging<'a> {
    /// Everything seen, side by side.
    pub model: &'a ClusterModel<'a>,
    kind: &'static str,
    step: Step,
    findings: Vec<Finding>,
    not_seen: Vec<NotSeen>,
}

impl<'a> Judging<'a> {
    /// Begins a judgement of that kind.
    #[must_use]
    pub const fn new(kind: &'static str, step: Step, cx: &JudgeContext<'a>) -> Self {
        Self { model: cx.model, kind, step, findings: Vec::new(), not_seen: Vec::new() }
    }

    /// Adds a finding whose rule lists no conditions: its evidence shows what it rests on.
    pub fn find(&mut self, claim: Claim, summary: Message, evidence: Vec<EvidenceRef>) {
        self.find_because(claim, summary, evidence, Vec::new());
    }

    /// Adds a finding, with what its rule asked for.
    pub fn find_because(
        &mut self,
        claim: Claim,
        summary: Message,
        mut evidence: Vec<EvidenceRef>,
        conditions: Vec<Condition>,
    ) {
        let Claim { code, variant, outcome, confidence, node, peer } = claim;
        // One record can be several signatures; it is one line to look at.
        let mut seen = std::collections::BTreeSet::new();
        evidence.retain(|one| {
            let text = if one.lines.is_some() || one.offset.is_some() { String::new() } else { one.text.clone() };
            seen.insert((one.node.clone(), one.source.clone(), one.lines, one.offset, one.at, text))
        });
        let name = |index: Option<usize>| index.map(|index| self.model.nodes[index].name.clone());
        let (node, peer) = (name(node), name(peer));
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
            confidence,
            variant,
            node,
            peer,
            service: None,
            summary,
            impact: causes::spec(code).functions.to_vec(),
            evidence,
            conditions,
        });
    }

    /// Adds why a node does not serve.
    pub fn find_stop(&mut self, stop: Stop) {
        let claim = Claim::fail(stop.code).variant(stop.variant).outcome(stop.outcome).sure(stop.confidence);
        self.find_because(claim.of(stop.node), stop.summary, stop.evidence, stop.conditions);
    }

    /// Says that something could not be looked at.
    pub fn not_seen(&mut self, node: Option<usize>, reason: Message) {
        let node = node.map(|index| self.model.nodes[index].name.clone());
        self.not_seen.push(NotSeen { check: self.kind.to_owned(), node, reason });
    }

    /// What the findings so far rest on.
    pub fn evidence(&self) -> impl Iterator<Item = &EvidenceRef> {
        self.findings.iter().flat_map(|finding| &finding.evidence)
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
        let seen = Seen::without(&self.not_seen);
        Judgement { outcome, summary, findings: self.findings, seen, not_seen: self.not_seen }
    }
}

/// The index of the node that a node check is about.
#[must_use]
pub fn index_of(model: &ClusterModel<'_>, node: Option<&NodeName>) -> Option<usize> {
    model.index(node?)
}

#[cfg(test)]
#[path = "judging_tests.rs"]
mod tests;
