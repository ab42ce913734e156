//! Hypotheses to causes: what explains what, and what comes first. Pure.
//!
//! One hypothesis that another explains ([`super::relations`]) is set aside; what is left are the causes, those that are alike
//! shown as one. Failures come before warnings, then what lies deeper ([`super::causes`]), then the node that the operator
//! suspects. A cause that is only possible comes after one that certainly explains why something is down. Every step is written
//! down in a [`Trace`].

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::causes;
use super::hypothesis::{Hypothesis, add_names, hypotheses, is_stop};
use super::relations::{self, Edge, Scene};
use crate::domain::code::Code;
use crate::domain::diagnosis::{Confidence, Rank, SetAside, Trace};
use crate::domain::finding::Finding;
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::ClusterModel;

/// Hypotheses that stand by themselves and are alike, with what they explain.
#[derive(Clone, Debug)]
pub struct Ranked<'f> {
    /// The hypotheses, shown as one.
    pub hypothesis: Hypothesis<'f>,
    /// Codes that they explain, straight or through what they explain.
    pub follows: BTreeSet<Code>,
    /// The findings of those.
    pub following: Vec<&'f Finding>,
    /// What decided their place.
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
    let mut follows: Vec<Vec<usize>> = vec![Vec::new(); hypotheses.len()];
    let mut set_aside: Vec<SetAside> = Vec::new();
    for (at, reason) in reasons.iter().enumerate() {
        let Some((by, edge)) = reason else { continue };
        follows[root(&reasons, *by)].push(at);
        put_aside(&mut set_aside, &hypotheses[at], &hypotheses[*by], edge);
    }
    let mut ranked: Vec<Ranked<'f>> = Vec::new();
    for (at, hypothesis) in hypotheses.iter().enumerate().filter(|(at, _)| reasons[*at].is_none()) {
        let following = follows[at].iter().map(|other| &hypotheses[*other]);
        let codes: BTreeSet<Code> = following.clone().map(|other| other.code).collect();
        let following = following.flat_map(|other| other.findings.iter().copied()).collect();
        let rank = place(hypothesis, &codes, suspect);
        let one = Ranked { rank, hypothesis: hypothesis.clone(), follows: codes, following };
        match ranked.iter_mut().find(|known| known.hypothesis.is_like(hypothesis)) {
            Some(known) => known.merge(one),
            None => ranked.push(one),
        }
    }
    ranked.sort_by(|one, two| {
        let key = |one: &Ranked<'_>| {
            (Reverse(one.rank.outcome), one.rank.priority, !one.rank.suspected, Reverse(one.hypothesis.confidence()))
        };
        key(one).cmp(&key(two)).then_with(|| one.hypothesis.nodes.cmp(&two.hypothesis.nodes))
    });
    put_doubtful_below(model, &mut ranked);
    let ranks = ranked.iter().map(|one| one.rank.clone()).collect();
    (ranked, Trace { ranks, set_aside, health: Vec::new() })
}

/// Moves each cause that is only possible below the last cause that certainly explains why something is down. Many people read
/// the first cause only, and that must not be a guess.
fn put_doubtful_below(model: &ClusterModel<'_>, ranked: &mut Vec<Ranked<'_>>) {
    let explains = |one: &Ranked<'_>| {
        let is_down = |node: &NodeName| model.index(node).is_some_and(|index| !model.states[index].is_running());
        let loses = |code: Code| matches!(code, Code::ClusterQuorumLost | Code::RaftNoLeader);
        let code = one.hypothesis.code;
        one.hypothesis.confidence() == Confidence::Certain
            && (loses(code)
                || is_stop(code) && one.hypothesis.nodes.iter().any(is_down)
                || one.follows.iter().any(|code| is_stop(*code) || loses(*code)))
    };
    let mut at = ranked.len();
    while at > 0 {
        at -= 1;
        let outcome = ranked[at].rank.outcome;
        let below = ranked.iter().rposition(|one| one.rank.outcome == outcome && explains(one));
        let Some(below) = below.filter(|below| *below > at) else { continue };
        if ranked[at].hypothesis.confidence() == Confidence::Possible {
            let mut doubtful = ranked.remove(at);
            doubtful.rank.raised = Some(Message::new("rank-below-what-is-certain"));
            ranked.insert(below, doubtful);
        }
    }
}

impl Ranked<'_> {
    fn merge(&mut self, other: Self) {
        self.hypothesis.merge(other.hypothesis);
        self.follows.extend(other.follows);
        self.following.extend(other.following);
        self.rank.suspected |= other.rank.suspected;
        if other.rank.priority < self.rank.priority {
            self.rank = Rank { suspected: self.rank.suspected, ..other.rank };
        }
    }
}

/// Writes down that one explains another; what is set aside for the same reason is told in one entry.
fn put_aside(told: &mut Vec<SetAside>, aside: &Hypothesis<'_>, by: &Hypothesis<'_>, edge: &Edge) {
    let same = |one: &&mut SetAside| one.code == aside.code && one.by == by.code && one.relation == edge.id;
    match told.iter_mut().find(same) {
        Some(known) => {
            add_names(&mut known.nodes, &aside.nodes);
            add_names(&mut known.by_nodes, &by.nodes);
        }
        None => told.push(SetAside {
            code: aside.code,
            nodes: aside.nodes.clone(),
            by: by.code,
            by_nodes: by.nodes.clone(),
            relation: edge.id.to_owned(),
        }),
    }
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

#[cfg(test)]
mod tests;
