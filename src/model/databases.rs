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
    let line = |(index, one): &(usize, &DatabaseReached)| Some(told(model, *index, one, one.result?));
    Database {
        target: target.to_owned(),
        open: of(|one| is_open(one) == Some(true)),
        shut: of(|one| is_open(one) == Some(false)),
        silent: of(|one| one.result == Some(PortResult::Silent)),
        untried: of(|one| one.result.is_none()),
        why_untried: tried.iter().find_map(|(_, one)| one.detail.clone()),
        evidence: tried.iter().filter_map(line).collect(),
    }
}

/// Whether a connection opened; `None`: that is not known.
fn is_open(one: &DatabaseReached) -> Option<bool> {
    one.result.filter(|result| *result != PortResult::Silent).map(|result| result == PortResult::Open)
}

fn told(model: &Addressed<'_>, index: usize, one: &DatabaseReached, result: PortResult) -> EvidenceRef {
    let mut text = format!("connect {}: {} ({} of {})", one.target, result.as_str(), one.tries.1, one.tries.0);
    if let Some(words) = &one.refusal {
        text = format!("{text}, {words}");
    }
    cite::said(model.nodes[index].name, "probe from the node", &text)
}

/// Connections of a node that its databases answered with an error in place of a greeting.
#[must_use]
pub fn turned_away(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let refused = reached(model, index).filter(|one| one.refusal.is_some());
    refused.filter_map(|one| Some(told(model, index, one, one.result?))).collect()
}

/// Connections of a node to its databases, where each of them opened; empty where one did not, or that is not known.
#[must_use]
pub fn all_open(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let tried: Vec<&DatabaseReached> = reached(model, index).collect();
    if tried.iter().any(|one| is_open(one) != Some(true)) {
        return Vec::new();
    }
    tried.into_iter().filter_map(|one| Some(told(model, index, one, one.result?))).collect()
}

fn reached<'a>(model: &Addressed<'a>, index: usize) -> impl Iterator<Item = &'a DatabaseReached> + use<'a> {
    let node = &model.nodes[index];
    node.properties.filter(|_| !node.embedded_storage()).into_iter().flat_map(|seen| &seen.reached)
}

/// Connections of a node to its databases that did not open.
#[must_use]
pub fn shut(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let shut = reached(model, index).filter(|one| is_open(one) == Some(false));
    shut.filter_map(|one| Some(told(model, index, one, one.result?))).collect()
}

/// True if a connection from the node to one of its databases does not open.
#[must_use]
pub fn is_shut(model: &Addressed<'_>, index: usize) -> bool {
    reached(model, index).any(|one| is_open(one) == Some(false))
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
