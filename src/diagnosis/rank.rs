//! Findings to ranked hypotheses: what explains what, and what comes first. Pure.
//!
//! Findings of one code are one [`Hypothesis`]. One that another explains ([`super::relations`]) is set aside; what is left
//! are the causes. Failures come before warnings, then what lies deeper ([`super::causes`]), then the node that the operator
//! suspects. Every step is written down in a [`Trace`].

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::causes;
use super::picture::Picture;
use super::relations::{self, Edge, Scene};
use crate::domain::code::Code;
use crate::domain::diagnosis::{Confidence, Rank, SetAside, Trace};
use crate::domain::finding::{Finding, Outcome, Variant};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

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
        let least = relations::is_stop(self.code) || self.code == Code::MembersGhost;
        let told = if least { all.min() } else { all.by_ref().max() };
        told.unwrap_or(Confidence::Possible)
    }
}

/// One hypothesis that stands by itself, with what it explains.
#[derive(Clone, Debug)]
pub struct Ranked<'f> {
    /// The hypothesis.
    pub hypothesis: Hypothesis<'f>,
    /// Codes that it explains, straight or through what it explains.
    pub follows: BTreeSet<Code>,
    /// What decided its place.
    pub rank: Rank,
}

/// Ranks: causes, best first, and how that came about.
#[must_use]
pub fn rank<'f>(
    picture: &Picture<'_>,
    findings: &'f [Finding],
    suspect: Option<&NodeName>,
) -> (Vec<Ranked<'f>>, Trace) {
    let hypotheses = hypotheses(findings);
    let scene = Scene { picture, all: &hypotheses };
    let reasons: Vec<Option<(usize, &'static Edge)>> = hypotheses
        .iter()
        .map(|other| {
            let edges = hypotheses.iter().enumerate();
            edges.filter_map(|(at, reason)| Some((at, relations::explains(&scene, reason, other)?))).next()
        })
        .collect();
    let mut follows: Vec<BTreeSet<Code>> = vec![BTreeSet::new(); hypotheses.len()];
    let mut set_aside = Vec::new();
    for (at, reason) in reasons.iter().enumerate() {
        let Some((by, edge)) = reason else { continue };
        follows[root(&reasons, *by)].insert(hypotheses[at].code);
        set_aside.push(SetAside {
            code: hypotheses[at].code,
            nodes: hypotheses[at].nodes.clone(),
            by: hypotheses[*by].code,
            by_nodes: hypotheses[*by].nodes.clone(),
            relation: edge.id.to_owned(),
        });
    }
    let mut ranked: Vec<Ranked<'f>> = hypotheses
        .into_iter()
        .zip(follows)
        .zip(&reasons)
        .filter(|(_, reason)| reason.is_none())
        .map(|((hypothesis, follows), _)| Ranked { rank: place(&hypothesis, &follows, suspect), hypothesis, follows })
        .collect();
    ranked.sort_by(|one, two| {
        let key = |one: &Ranked<'_>| (Reverse(one.rank.outcome), one.rank.priority, !one.rank.suspected);
        key(one).cmp(&key(two)).then_with(|| one.hypothesis.nodes.cmp(&two.hypothesis.nodes))
    });
    let ranks = ranked.iter().map(|one| one.rank.clone()).collect();
    (ranked, Trace { ranks, set_aside, health: Vec::new() })
}

/// Findings of one code are one explanation. What is worth telling and is no fault explains nothing.
fn hypotheses(findings: &[Finding]) -> Vec<Hypothesis<'_>> {
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

/// What stands at the end of the reasons from there on. The table of relations has no cycle; a test holds that.
fn root(reasons: &[Option<(usize, &'static Edge)>], from: usize) -> usize {
    let mut at = from;
    for _ in 0..reasons.len() {
        match reasons[at] {
            Some((next, _)) => at = next,
            None => break,
        }
    }
    at
}

fn place(hypothesis: &Hypothesis<'_>, follows: &BTreeSet<Code>, suspect: Option<&NodeName>) -> Rank {
    let (priority, raised) = match hypothesis.code {
        // A majority lives and cannot elect: fixing the link gives the leader back at once, whatever else is down.
        Code::RaftLinkBroken if follows.contains(&Code::RaftNoLeader) => {
            (causes::priority(Code::NodeFlapping) + 2, Some(Message::new("rank-link-that-costs-the-leader")))
        }
        Code::NodeUnreachable if hypothesis.is_gone() => {
            (causes::priority(Code::NodeKilled), Some(Message::new("rank-node-known-to-be-gone")))
        }
        code => (causes::priority(code), None),
    };
    let suspected = suspect.is_some_and(|suspect| hypothesis.nodes.contains(suspect));
    Rank { outcome: hypothesis.worst(), priority, raised, suspected }
}
