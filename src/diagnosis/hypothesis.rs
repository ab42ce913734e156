//! Findings of one code and node as one explanation, before anything is ranked. Pure.

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
    Code::NodeFilesExhausted,
    Code::NodeThreadsExhausted,
    Code::NodeMemoryNative,
    Code::NodeHung,
    Code::NodeStuckStarting,
    Code::NodeStarting,
    Code::NodeStartFailed,
    Code::NodeDataInUse,
    Code::NodeFlapping,
    Code::NodeUnreachable,
];

/// All findings of one code about one node, one pair or no single node, as one explanation; where it is shown, those of
/// several nodes that are alike.
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

    /// The kind of its code that all its findings are; plain if they differ.
    #[must_use]
    pub fn variant(&self) -> Variant {
        let first = self.findings.first().map_or(Variant::Plain, |finding| finding.variant);
        if self.is_all(&[first]) { first } else { Variant::Plain }
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

    /// How sure it is: as sure as the surest of its worst findings. Of a node that does not serve the least sure counts, as
    /// one finding is no witness for another; and of ghost members, which are shown as one.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        let worst = self.worst();
        let all = self.findings.iter().filter(|finding| finding.outcome == worst).map(|finding| finding.confidence);
        let least = is_stop(self.code) || self.code == Code::MembersGhost;
        let told = if least { all.min() } else { all.max() };
        told.unwrap_or(Confidence::Possible)
    }

    /// True if both may be shown as one: the same code and kind, as bad and as sure.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.code, self.variant(), self.worst(), self.confidence())
            == (other.code, other.variant(), other.worst(), other.confidence())
    }

    /// Takes in what is shown with it.
    pub fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        add_names(&mut self.nodes, &other.nodes);
    }
}

/// Adds the names that are not there yet.
pub(super) fn add_names(known: &mut Vec<NodeName>, names: &[NodeName]) {
    for name in names {
        if !known.contains(name) {
            known.push(name.clone());
        }
    }
}

/// Findings of one code about the same nodes are one explanation. What is worth telling and is not a fault explains nothing.
#[must_use]
pub fn hypotheses(findings: &[Finding]) -> Vec<Hypothesis<'_>> {
    let mut found: Vec<Hypothesis<'_>> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.outcome >= Outcome::Warn && finding.code != Code::None) {
        let nodes: Vec<NodeName> = finding.node.iter().chain(&finding.peer).cloned().collect();
        match found.iter_mut().find(|one| one.code == finding.code && one.nodes == nodes) {
            Some(one) => one.findings.push(finding),
            None => found.push(Hypothesis { code: finding.code, nodes, findings: vec![finding] }),
        }
    }
    found
}

/// True if a node with that cause does not serve.
#[must_use]
pub fn is_stop(code: Code) -> bool {
    STOPS.contains(&code)
}
