//! Clients that register over HTTP and send heartbeats to stay registered: SDKs of 1.x, and programs that use the API. Pure.
//!
//! # Why
//! They hold no connection, so no list of connections names them. Nodes from 2.2 on list them among their clients as
//! `ip:port#true`, one for each address that is registered, and each node lists those of all nodes: one of them is responsible
//! for it, the others hold copies. So a client that any node lists is there, and it is counted once: at the node that is
//! responsible, else at the first that lists it ([`attribute`]). Which node that is changes when one stops; the client does
//! not notice.
//!
//! A node drops one half a minute after its last heartbeat. So one that a node lists may have died a moment ago, and one that
//! no node lists any more is gone. What was not read is neither.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::client_key::{ClientKey, MOST_CHARS};

/// Most of them that are taken from one answer.
pub const MOST_BEATING: usize = 2000;

/// One of them: the address under which its instances are registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Beating {
    /// Address.
    pub ip: String,
    /// Port.
    pub port: u16,
}

impl Beating {
    /// Reads the id by which nodes list it; `None`: it is that of a connection, of an instance that lasts, or none.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let (ip, port) = id.strip_suffix("#true")?.rsplit_once(':')?;
        let port = port.parse().ok()?;
        (!ip.is_empty() && ip.len() <= MOST_CHARS).then(|| Self { ip: ip.to_owned(), port })
    }

    /// The id by which nodes list it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}#true", self.tag())
    }

    /// What decides which node is responsible for it.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("{}:{}", self.ip, self.port)
    }

    /// What tells it from other clients.
    #[must_use]
    pub fn key(&self) -> ClientKey {
        ClientKey::beating(&self.ip, self.port)
    }
}

/// What a node said of the clients that send heartbeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeatsSeen {
    /// It was not asked.
    #[default]
    NotAsked,
    /// Its version does not list them, or it does not tell us.
    Untold,
    /// These.
    Listed(BTreeSet<Beating>),
}

impl BeatsSeen {
    /// True if nobody asked.
    #[must_use]
    pub const fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }

    /// They, where the node told.
    #[must_use]
    pub const fn listed(&self) -> Option<&BTreeSet<Beating>> {
        if let Self::Listed(all) = self { Some(all) } else { None }
    }
}

/// Every client that any node lists, at exactly one of those that list it: the one that is `responsible`, else the first.
#[must_use]
pub fn attribute<N: Ord + Clone>(
    lists: &BTreeMap<N, &BTreeSet<Beating>>,
    responsible: impl Fn(&Beating) -> Option<N>,
) -> BTreeMap<N, Vec<Beating>> {
    let mut holders: BTreeMap<&Beating, Vec<&N>> = BTreeMap::new();
    for (node, list) in lists {
        for one in *list {
            holders.entry(one).or_default().push(node);
        }
    }
    let mut all: BTreeMap<N, Vec<Beating>> = lists.keys().map(|node| (node.clone(), Vec::new())).collect();
    for (one, nodes) in holders {
        let own = responsible(one).filter(|node| nodes.contains(&node));
        let node = own.unwrap_or_else(|| nodes[0].clone());
        all.entry(node).or_default().push(one.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(port: u16) -> Beating {
        Beating { ip: "10.0.4.7".to_owned(), port }
    }

    #[test]
    fn only_what_beats_is_read() {
        assert_eq!(Beating::parse("10.0.4.7:8080#true"), Some(one(8080)));
        assert_eq!(
            Beating::parse("fd00::7:8080#true").map(|one| (one.ip, one.port)),
            Some(("fd00::7".to_owned(), 8080))
        );
        let long = format!("{}:1#true", "x".repeat(101));
        for id in
            ["10.0.4.7:8080#false", "1795363006401_10.0.4.7_50000", "10.0.4.7#true", ":1#true", "a:99999#true", &long]
        {
            assert_eq!(Beating::parse(id), None, "{id}");
        }
        assert_eq!(one(8080).id(), "10.0.4.7:8080#true");
        assert_eq!(one(8080).key().beat_port(), Some(8080));
    }

    #[test]
    fn each_is_at_one_node_that_lists_it() {
        let (first, second) = (BTreeSet::from([one(1), one(2), one(3)]), BTreeSet::from([one(1), one(2), one(4)]));
        let lists = BTreeMap::from([("n1", &first), ("n2", &second)]);
        // n2 is responsible for 1, a node that stopped for 2, and n1, which has not heard of it yet, for 4.
        let responsible = |one: &Beating| match one.port {
            1 => Some("n2"),
            2 => Some("n3"),
            4 => Some("n1"),
            _ => None,
        };
        let all = attribute(&lists, responsible);
        assert_eq!(all["n1"], [one(2), one(3)]);
        assert_eq!(all["n2"], [one(1), one(4)]);
    }
}
