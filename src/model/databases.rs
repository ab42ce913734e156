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
    for (index, node) in model.nodes.iter().enumerate() {
        let reached = node.properties.filter(|_| !node.embedded_storage()).into_iter().flat_map(|seen| &seen.reached);
        for one in reached {
            targets.entry(&one.target).or_default().push((index, one));
        }
    }
    targets.into_iter().map(|(target, tried)| database(model, target, &tried)).collect()
}

fn database(model: &Addressed<'_>, target: &str, tried: &[(usize, &DatabaseReached)]) -> Database {
    let of = |open: Option<bool>| -> Vec<usize> {
        let nodes = tried.iter().filter(|(_, one)| one.result.map(|result| result == PortResult::Open) == open);
        nodes.map(|(index, _)| *index).collect()
    };
    let line = |(index, one): &(usize, &DatabaseReached)| {
        let text = format!("connect {target}: {} ({} of {})", one.result?.as_str(), one.tries.1, one.tries.0);
        Some(cite::said(model.nodes[*index].name, "probe from the node", &text))
    };
    Database {
        target: target.to_owned(),
        open: of(Some(true)),
        shut: of(Some(false)),
        untried: of(None),
        why_untried: tried.iter().find_map(|(_, one)| one.detail.clone()),
        evidence: tried.iter().filter_map(line).collect(),
    }
}
