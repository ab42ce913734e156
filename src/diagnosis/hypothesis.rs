//! Findings of one code as one explanation, before anything is ranked. Pure.

use crate::domain::code::Code;
use crate::domain::finding::{Confidence, Finding, Outcome, Variant};
use crate::domain::id::NodeName;

/// A node that does not serve.
pub const STOPS: &[Code] = &[
    Code::NodeStoppedClean,
    Code::NodeKilled,
    Code::NodeOomKilled,
    Code::NodeOomJava,
    Code::NodeJvmCrash,
    Code::NodeDiskFull,
    Code::NodeHung,
    Code::NodeStuckStarting,
    Code::NodeStartFailed,
    Code::NodeFlapping,
    Code::NodeUnreachable,
];

/// All findings of one code, as one explanation.
#[derive(Clone, Debug)]
pub struct Hypothesis<'f> {
    /// What it is.
    pub code: Code,
    /// The nodes that its findings name, in the order of the findings.
    pub nodes: Vec<NodeName>,
    /// Its findings, the worst first.
    pub findings: Vec<&'f Finding>,
}

impl Hypothesis<'_> {
    /// The worst outcome among its findings.
    #[must_use]
    pub fn worst(&self) -> Outcome {
        self.findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Warn)
    }

    /// True if all findings are of one of these kinds.
    #[must_use]
    pub fn is_all(&self, variants: &[Variant]) -> bool {
        self.findings.iter().all(|finding| variants.contains(&finding.variant))
    }

    /// True of nodes whose process is gone, where nothing tells how it ended.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.code == Code::NodeUnreachable && self.findings.iter().any(|finding| finding.variant == Variant::Gone)
    }

    /// How sure it is: of nodes as sure as the least sure of them, of links and front doors as the surest finding.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        let mut all = self.findings.iter().map(|finding| finding.confidence);
        let least = is_stop(self.code) || self.code == Code::MembersGhost;
        let told = if least { all.min() } else { all.by_ref().max() };
        told.unwrap_or(Confidence::Possible)
    }
}

/// Findings of one code are one explanation. What is worth telling and is not a fault explains nothing.
#[must_use]
pub fn hypotheses(findings: &[Finding]) -> Vec<Hypothesis<'_>> {
    let mut found: Vec<Hypothesis<'_>> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.outcome >= Outcome::Warn && finding.code != Code::None) {
        let at = found.iter().position(|one| one.code == finding.code).unwrap_or_else(|| {
            found.push(Hypothesis { code: finding.code, nodes: Vec::new(), findings: Vec::new() });
            found.len() - 1
        });
        let one = &mut found[at];
        one.findings.push(finding);
        for node in finding.node.iter().chain(&finding.peer) {
            if !one.nodes.contains(node) {
                one.nodes.push(node.clone());
            }
        }
    }
    found
}

/// True if a node with that cause does not serve.
#[must_use]
pub fn is_stop(code: Code) -> bool {
    STOPS.contains(&code)
}
