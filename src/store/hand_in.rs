//! Table `handed_in`: pasted output and unpacked archives.

use std::path::PathBuf;

use super::{ReadStore, Result};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::time::Timestamp;

/// One thing handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedInItem {
    /// Row id.
    pub id: i64,
    /// For which node.
    pub node: NodeName,
    /// What.
    pub what: HandedInWhat,
    /// Bytes as handed in.
    pub size_bytes: u64,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedInWhat {
    /// Pasted output, redacted.
    Output {
        /// `nc`, `telnet`, `ss`, `dmesg`.
        kind: String,
        /// The text.
        text: String,
    },
    /// An unpacked archive.
    Archive {
        /// Name of the uploaded file.
        file_name: String,
        /// Folder it was unpacked into.
        home: PathBuf,
    },
}

impl ReadStore {
    /// Everything handed in for an incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn handed_in(&self, incident: IncidentId) -> Result<Vec<HandedInItem>> {
        todo!()
    }
}
