//! Evidence: what was seen, with vantage point, time and clock offset. Immutable, redacted at capture, hashed.

use serde::{Deserialize, Serialize};

use super::id::NodeName;
use super::time::Timestamp;

/// From where something was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Vantage {
    /// The host nodedown runs on.
    Here,
    /// Files on this host.
    LocalFiles {
        /// The Nacos home.
        home: String,
    },
    /// A Nacos home copied off its host.
    CopiedHome {
        /// The folder.
        home: String,
    },
    /// Files on another host, read over SSH.
    Ssh {
        /// `user@host:port`.
        host: String,
        /// The Nacos home there.
        home: String,
    },
    /// Given by a person through the browser.
    HandedIn {
        /// Login name of the person.
        by: String,
    },
    /// Replayed from a recording.
    Recording {
        /// The file.
        file: String,
    },
}

/// Points at the very thing a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// Node whose file or answer it is.
    pub node: Option<NodeName>,
    /// What it is: a path relative to the Nacos home, `GET /nacos/v1/...`, or `tcp 10.0.0.3:9849`.
    pub source: String,
    /// First and last line in the file, counted from 1, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(u64, u64)>,
    /// Byte offset in the file, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// When it happened, where stamped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The redacted text, at most a few hundred characters.
    pub text: String,
}

/// One stored piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Node it is about.
    pub node: Option<NodeName>,
    /// Kind of the check that gathered it.
    pub check: String,
    /// From where.
    pub vantage: Vantage,
    /// When it was gathered, by nodedown's clock.
    pub captured_at: Timestamp,
    /// Node clock minus nodedown's clock in milliseconds, where known.
    pub clock_offset_ms: Option<i64>,
    /// Canonical JSON of the [`super::observed::Observed`].
    pub body: String,
    /// Hex SHA-256 of `body`.
    pub sha256: String,
}
