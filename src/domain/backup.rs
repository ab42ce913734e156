//! What is known of the newest automatic backup.

use serde::{Deserialize, Serialize};

use super::message::Message;
use super::time::Timestamp;

/// How the newest automatic backup ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupNote {
    /// When it was tried.
    pub at: Timestamp,
    /// What came of it.
    pub ended: BackupEnd,
}

/// What came of an automatic backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BackupEnd {
    /// It was made.
    Made {
        /// File.
        file: String,
    },
    /// It was not, because it would have taken the last fifth of the disk.
    NoRoom {
        /// Bytes that it may need.
        needs_bytes: u64,
        /// Bytes free.
        free_bytes: u64,
    },
    /// It was not, for another reason.
    Failed {
        /// The reason.
        why: String,
    },
}

impl BackupNote {
    /// Whether there is a backup of that day.
    #[must_use]
    pub const fn is_made(&self) -> bool {
        matches!(self.ended, BackupEnd::Made { .. })
    }

    /// What came of it, for people.
    #[must_use]
    pub fn message(&self) -> Message {
        match &self.ended {
            BackupEnd::Made { file } => Message::new("backup-made").with("at", self.at).with("file", file),
            BackupEnd::NoRoom { needs_bytes, free_bytes } => Message::new("backup-no-room")
                .with("at", self.at)
                .with("needs", needs_bytes.div_ceil(1 << 20))
                .with("free", free_bytes >> 20),
            BackupEnd::Failed { why } => Message::new("backup-failed").with("at", self.at).with("why", why),
        }
    }
}
