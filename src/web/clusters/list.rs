//! Lists of nodes before anything is saved: what is understood of a pasted one, line by line, and members that nodes of the
//! cluster name and the inventory lacks.
//!
//! # Why
//! What a node says of its members is anybody's text: it is read as strictly as what people paste, it is offered, and a person
//! adds it.

use sha2::{Digest as _, Sha256};

use crate::domain::cluster::{ApiAddress, Cluster, EntryIs, FoundMember, NodeSpec, ReadEntry, read_nodes};
use crate::domain::id::NodeName;
use crate::web::clusters::address;
use crate::web::clusters::looks::ClusterLook;
use crate::web::paths;
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::page::Frame;

/// Most members that are offered.
const MOST_OFFERS: usize = 20;

/// What is understood of a pasted list.
pub struct Preview {
    /// Entry by entry, in the order of the text.
    pub entries: Vec<ReadEntry>,
    hash: String,
}

impl Preview {
    /// Of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        // A browser sends other line ends than it was given.
        let plain = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        Self { hash: hex::encode(Sha256::digest(plain.trim())), ..Self::new(read_nodes(text)) }
    }

    /// Of entries that were read.
    #[must_use]
    pub const fn new(entries: Vec<ReadEntry>) -> Self {
        Self { entries, hash: String::new() }
    }

    /// Names the text: what was changed since has another one.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether there is anything to show.
    #[must_use]
    pub const fn has_lines(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The nodes, in the order of the text.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeSpec> {
        let node = |entry: &ReadEntry| match &entry.is {
            EntryIs::Node(node) => Some((**node).clone()),
            _ => None,
        };
        self.entries.iter().filter_map(node).collect()
    }

    /// Whether nothing is wrong with it.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.has_lines() && !self.entries.iter().any(|entry| matches!(entry.is, EntryIs::Wrong(_)))
    }

    /// The first thing that is wrong with it, in words.
    #[must_use]
    pub fn problem(&self, f: &Frame) -> Option<String> {
        let wrong = self.entries.iter().find_map(|entry| match entry.is {
            EntryIs::Wrong(why) => Some((entry, why)),
            _ => None,
        });
        if let Some((entry, why)) = wrong {
            let said = f.t2("web-form-bad-address", "line", entry.line, "text", shown(&entry.text));
            return Some(format!("{said} {}", f.msg(why.message())));
        }
        let names_any = self.entries.iter().any(|entry| !matches!(entry.is, EntryIs::Comment));
        (!names_any).then(|| f.t("web-form-no-addresses"))
    }
}

/// Shape and colour of an entry.
#[must_use]
pub const fn tone(entry: &ReadEntry) -> Tone {
    match entry.is {
        EntryIs::Node(_) => Tone::Ok,
        EntryIs::Again(_) | EntryIs::Comment => Tone::Skipped,
        EntryIs::Wrong(_) => Tone::Fail,
    }
}

/// What an entry is taken for, in words, and what of it is not used.
#[must_use]
pub fn said(f: &Frame, entry: &ReadEntry) -> String {
    let said = taken_for(f, entry);
    match entry.read_over() {
        Some(rest) => f.t2("cluster-entry-read-over", "said", said, "rest", shown(rest)),
        None => said,
    }
}

fn taken_for(f: &Frame, entry: &ReadEntry) -> String {
    match &entry.is {
        EntryIs::Node(node) => f.t2("cluster-entry-node", "name", &node.name, "address", address(node)),
        EntryIs::Again(name) => f.t1("cluster-entry-again", "name", name),
        EntryIs::Comment => f.t("cluster-entry-comment"),
        EntryIs::Wrong(why) => f.msg(why.message()),
    }
}

/// Text of an entry as pages show it: not without end.
#[must_use]
pub fn shown(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

/// A member that nodes name and the inventory lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// `host:port`.
    pub address: String,
    /// The nodes that name it, joined.
    pub told_by: String,
    /// Nodes of the inventory that it may be under another name, joined; empty: it is none of them, so it can be added.
    pub may_be: String,
    /// The form of the cluster with a row for it.
    pub path: String,
}

/// Members of the newest look that can be read as the address of a node and that the inventory, as it is now, lacks.
#[must_use]
pub fn offers(cluster: &Cluster, look: &ClusterLook) -> Vec<Offer> {
    let is_there = |node: &NodeSpec| {
        let same = |api: &ApiAddress| {
            cluster.nodes.iter().filter_map(|known| known.api.as_ref()).any(|known| {
                let peer = known.published.peer.as_ref();
                let is = |host: &str, port: u16| host.eq_ignore_ascii_case(&api.host) && port == api.port;
                is(&known.host, known.port) || peer.is_some_and(|at| is(&at.host, at.port))
            })
        };
        cluster.node(&node.name).is_some() || node.api.as_ref().is_some_and(same)
    };
    let offer = |found: &FoundMember| {
        let node = match read_nodes(&found.address).pop()?.is {
            EntryIs::Node(node) if !is_there(&node) => node,
            _ => return None,
        };
        let (told_by, may_be) = (NodeName::joined(&found.told_by), NodeName::joined(&found.may_be));
        let address = address(&node);
        Some(Offer { path: paths::cluster_edit_with(cluster.id, &address), address, told_by, may_be })
    };
    look.found.iter().filter_map(offer).take(MOST_OFFERS).collect()
}
