//! Hypotheses to causes: what explains what, and what comes first. Pure.
//!
//! One hypothesis that another explains ([`super::relations`]) is set aside; what is left
//! are the causes. Failures come before warnings, then what lies deeper ([`super::causes`]), then the node that the operator
//! suspects. Every step is written down in a [`Trace`].

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::causes;
use super::hypothesis::{Hypothesis, hypotheses};
use super::relations::{self, Edge, Scene};
use crate::domain::code::Code;
use crate::domain::diagnosis::{Rank, SetAside, Trace};
use crate::domain::finding::Finding;
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::ClusterModel;

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
    model: &ClusterModel<'_>,
    findings: &'f [Finding],
    suspect: Option<&NodeName>,
) -> (Vec<Ranked<'f>>, Trace) {
    let hypotheses = hypotheses(findings);
    let scene = Scene { model, all: &hypotheses };
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
