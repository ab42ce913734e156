//! The inventory: clusters, their nodes and how each is looked at.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::id::{ClusterId, NodeName};

/// Where a node's files are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileSource {
    /// Nowhere.
    #[default]
    None,
    /// A Nacos home on this machine; live, so process facts can be read beside it.
    Local {
        /// The home: the folder that holds `conf/` and `logs/`.
        home: PathBuf,
    },
    /// A Nacos home copied off its host (`conf/`, `logs/`): nothing in it moves.
    Copied {
        /// The folder.
        home: PathBuf,
    },
}

/// Where a secret is found; the secret itself is never stored or shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CredentialRef {
    /// An environment variable of the nodedown process.
    Env {
        /// Its name.
        name: String,
    },
    /// A file readable by the nodedown process; trailing line ends are cut.
    File {
        /// Its path.
        path: PathBuf,
    },
}

/// The HTTP side of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiAddress {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name or IP literal (IPv6 without brackets).
    pub host: String,
    /// Main port, 8848 by default; the other ports are derived from it.
    pub port: u16,
    /// Context path without trailing slash (`/nacos`, or empty). `None`: probe for it.
    pub context_path: Option<String>,
    /// 3.x console port, 8080 by default.
    pub console_port: Option<u16>,
    /// User and password (`user:password`) or server identity (`header:name:value`).
    pub credential: Option<CredentialRef>,
}

/// One node of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// Its name, unique in the cluster.
    pub name: NodeName,
    /// How its API and ports are reached; `None` for copied homes.
    pub api: Option<ApiAddress>,
    /// How its files are read.
    #[serde(default)]
    pub files: FileSource,
}

/// A cluster of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Row id; 0 for a cluster given on the command line.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// Its nodes, in the order of the inventory.
    pub nodes: Vec<NodeSpec>,
    /// One deadline per node and round, milliseconds (3000 by default).
    pub node_deadline_ms: u64,
}

impl Cluster {
    /// Deadline that a cluster has unless it says otherwise.
    pub const DEFAULT_DEADLINE_MS: u64 = 3000;

    /// The node of that name.
    #[must_use]
    pub fn node(&self, name: &NodeName) -> Option<&NodeSpec> {
        self.nodes.iter().find(|node| &node.name == name)
    }
}

/// Nodes from a pasted `cluster.conf` or from addresses that a person typed: one an entry, entries divided by line ends,
/// commas or spaces, `#` starts a comment. An entry is `host`, `host:port`, `[v6]:port` or a URL with context path.
///
/// # Errors
/// The first entry that is no address.
pub fn parse_nodes(text: &str) -> Result<Vec<NodeSpec>, AddressError> {
    todo!()
}

/// Text that is not the address of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}` is not the address of a node")]
pub struct AddressError {
    /// Line, counted from 1.
    pub line: usize,
    /// The entry.
    pub text: String,
}
