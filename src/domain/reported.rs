//! A case that somebody reports as judged wrongly: what was seen, the moment, what was said, what was true. One file, from
//! which `diagnose` judges again.
//!
//! # Why
//! What is judged is what the checks saw, and that is kept, without secrets. The inventory goes along as far as the rules ask
//! for it; how nodedown gets to the nodes (credentials, hosts of SSH, folders, certificates) does not.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, FileSource, NodeSpec};
use super::code::Code;
use super::id::NodeName;
use super::observed::{Observations, Observed};
use super::pinned::PinnedAs;
use super::time::Timestamp;

/// What the file says it is.
pub const FORMAT: &str = "nodedown-case-1";

/// What was true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Code of the cause; `None`: the words say it.
    pub code: Option<Code>,
    /// In words.
    pub words: String,
}

/// What a case lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Lacking {
    /// The program named no cause, or its version did not keep when: the evidence is the newest of the incident.
    Moment,
    /// The node is no longer in the inventory: what was seen of it is left out.
    Node {
        /// Which.
        node: NodeName,
    },
    /// What a check saw cannot be read any more.
    Evidence {
        /// Kind of the check.
        check: String,
        /// Node.
        node: NodeName,
    },
}

/// A case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportedCase {
    /// [`FORMAT`].
    pub format: String,
    /// Version of the program that wrote the file.
    pub program: String,
    /// Label of the incident.
    pub incident: String,
    /// When the file was written.
    pub made_at: Timestamp,
    /// The moment that is judged.
    pub at: Timestamp,
    /// Length of the window of logs that ends there, milliseconds.
    pub window_ms: i64,
    /// Zone of the nodes, seconds east of UTC; `None`: their files do not tell.
    pub zone_offset_s: Option<i32>,
    /// The node that the operator thought had stopped.
    pub suspect: Option<NodeName>,
    /// What the program said the cause is; `None`: nothing.
    pub said: Option<PinnedAs>,
    /// What was true.
    pub was: Truth,
    /// What could not be taken along.
    pub lacking: Vec<Lacking>,
    /// The inventory, without how the nodes are got at.
    pub cluster: Cluster,
    /// Kinds of checks that looked.
    pub kinds: BTreeSet<String>,
    /// What they saw.
    pub observations: Observations,
}

/// Why a file is no case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// It is something else, or broken.
    #[error("this is not a case, or it is broken: {0}")]
    Broken(String),
    /// It is of a later version.
    #[error("this case has format `{0}`, this version reads `{FORMAT}`")]
    Version(String),
}

impl ReportedCase {
    /// From the text of a file.
    ///
    /// # Errors
    /// It is no case, or one of a later version.
    pub fn read(text: &str) -> Result<Self, CaseError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let broken = |error: serde_json::Error| CaseError::Broken(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(broken)?;
        if head.format != FORMAT {
            return Err(CaseError::Version(head.format.chars().take(40).collect()));
        }
        serde_json::from_str(text).map_err(broken)
    }
}

/// The inventory as far as rules ask for it.
#[derive(Clone, Debug)]
struct Places(Vec<FileSource>);

impl Places {
    /// A folder that tells which nodes have the same one, and nothing of where it is.
    fn anonymous(&mut self, files: &FileSource) -> FileSource {
        let known = self.0.iter().position(|known| known == files).unwrap_or_else(|| {
            self.0.push(files.clone());
            self.0.len() - 1
        });
        let home = PathBuf::from(format!("/home-{}", known + 1));
        match files {
            FileSource::None => FileSource::None,
            FileSource::Copied { .. } => FileSource::Copied { home },
            // Read where the node writes: that is what the rules ask for.
            FileSource::Local { .. } | FileSource::Ssh(_) => FileSource::Local { home },
        }
    }
}

/// The inventory without credentials, certificates, hosts of SSH and folders.
#[must_use]
pub fn without_access(cluster: &Cluster) -> Cluster {
    let mut places = Places(Vec::new());
    let mut doors = cluster.doors.clone();
    for door in &mut doors {
        door.trust = Default::default();
    }
    let nodes = cluster.nodes.iter().map(|node| {
        let api = node.api.clone().map(|api| super::cluster::ApiAddress {
            credential: None,
            trust: Default::default(),
            ..api
        });
        NodeSpec { name: node.name.clone(), api, files: places.anonymous(&node.files) }
    });
    Cluster { nodes: nodes.collect(), doors, ..cluster.clone() }
}

/// The zone of the nodes as their files tell it, seconds east of UTC.
#[must_use]
pub fn zone_of(observations: &Observations) -> Option<i32> {
    observations.seen.values().flat_map(|nodes| nodes.values()).find_map(|observed| match observed {
        Observed::Logs(logs) if logs.zone_derived => Some(logs.zone_offset_s),
        _ => None,
    })
}
