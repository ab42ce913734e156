//! Which nodes reach which database.

use std::collections::BTreeMap;

use super::cite;
use super::nodes::Addressed;
use crate::domain::evidence::EvidenceRef;
use crate::domain::message::Message;
use crate::domain::observed::{DatabaseReached, PortResult};

/// One database and the nodes that use it.
#[derive(Clone, Debug)]
pub struct Database {
    /// `host:port`.
    pub target: String,
    /// Nodes from which a connection opened.
    pub open: Vec<usize>,
    /// Nodes from which none did.
    pub shut: Vec<usize>,
    /// Nodes that were not greeted in time: a server that looks up the name of who connects may take long, and goes on
    /// serving those that it knows.
    pub silent: Vec<usize>,
    /// Nodes from which none could be tried.
    pub untried: Vec<usize>,
    /// Why none could be tried, as far as that is told.
    pub why_untried: Option<Message>,
    /// How each try ended.
    pub evidence: Vec<EvidenceRef>,
}

/// Every database that nodes with external storage use.
#[must_use]
pub fn databases(model: &Addressed<'_>) -> Vec<Database> {
    let mut targets: BTreeMap<&str, Vec<(usize, &DatabaseReached)>> = BTreeMap::new();
    for index in 0..model.nodes.len() {
        for one in reached(model, index) {
            targets.entry(&one.target).or_default().push((index, one));
        }
    }
    targets.into_iter().map(|(target, tried)| database(model, target, &tried)).collect()
}

fn database(model: &Addressed<'_>, target: &str, tried: &[(usize, &DatabaseReached)]) -> Database {
    let of = |ended: fn(&DatabaseReached) -> bool| -> Vec<usize> {
        tried.iter().filter(|(_, one)| ended(one)).map(|(index, _)| *index).collect()
    };
    Database {
        target: target.to_owned(),
        open: of(|one| is_open(one) == Some(true)),
        shut: of(|one| is_open(one) == Some(false)),
        silent: of(|one| one.result == Some(PortResult::Silent)),
        untried: of(|one| one.result.is_none()),
        why_untried: tried.iter().find_map(|(_, one)| one.detail.clone()),
        evidence: tried.iter().filter_map(|(index, one)| told(model, *index, one)).collect(),
    }
}

/// Whether a connection opened; `None`: that is not known.
fn is_open(one: &DatabaseReached) -> Option<bool> {
    one.result.filter(|result| *result != PortResult::Silent).map(|result| result == PortResult::Open)
}

/// How a try ended; `None`: it could not be made.
fn told(model: &Addressed<'_>, index: usize, one: &DatabaseReached) -> Option<EvidenceRef> {
    let mut text = format!("connect {}: {} ({} of {})", one.target, one.result?.as_str(), one.tries.1, one.tries.0);
    if let Some(words) = &one.refusal {
        text = format!("{text}, {words}");
    }
    Some(cite::said(model.nodes[index].name, "probe from the node", &text))
}

/// How those tries of a node ended that are asked for.
fn those(model: &Addressed<'_>, index: usize, asked: impl Fn(&DatabaseReached) -> bool) -> Vec<EvidenceRef> {
    reached(model, index).filter(|one| asked(one)).filter_map(|one| told(model, index, one)).collect()
}

/// Connections of a node that its databases answered with an error in place of a greeting.
#[must_use]
pub fn turned_away(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    those(model, index, |one| one.refusal.is_some())
}

/// Connections of a node to its databases, where each of them opened; empty where one did not, or that is not known.
#[must_use]
pub fn all_open(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let all = reached(model, index).all(|one| is_open(one) == Some(true));
    those(model, index, |_| all)
}

fn reached<'a>(model: &Addressed<'a>, index: usize) -> impl Iterator<Item = &'a DatabaseReached> + use<'a> {
    let node = &model.nodes[index];
    node.properties.filter(|_| !node.embedded_storage()).into_iter().flat_map(|seen| &seen.reached)
}

/// Connections of a node to its databases that did not open.
#[must_use]
pub fn shut(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    those(model, index, |one| is_open(one) == Some(false))
}

/// True if a connection from the node to one of its databases does not open.
#[must_use]
pub fn is_shut(model: &Addressed<'_>, index: usize) -> bool {
    !shut(model, index).is_empty()
}

/// True if two nodes have a database in common, as far as their settings were seen.
#[must_use]
pub fn share(model: &Addressed<'_>, one: usize, other: usize) -> bool {
    let of = |index: usize| model.nodes[index].properties.into_iter().flat_map(|seen| &seen.databases);
    of(one).any(|target| of(other).any(|known| known == target))
}

/// The error that one of its databases answered a node with in place of a greeting.
#[must_use]
pub fn words(model: &Addressed<'_>, index: usize) -> String {
    reached(model, index).find_map(|one| one.refusal.clone()).unwrap_or_default()
}
