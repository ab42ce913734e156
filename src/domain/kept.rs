//! Files of archives that people handed in: what is kept of each, and what may be wrong with it later.

use serde::{Deserialize, Serialize};

use super::message::Message;
use super::time::Timestamp;

/// One file of an archive, as it came and as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// Relative to the Nacos home, `/` between parts.
    pub path: String,
    /// Bytes as kept.
    pub size_bytes: u64,
    /// Hex SHA-256 as kept.
    pub sha256: String,
    /// Hex SHA-256 as it came; the same where nothing had to be redacted.
    pub came_sha256: String,
}

/// An archive as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Bytes of the archive as it came.
    pub size_bytes: u64,
    /// Hex SHA-256 of the archive as it came.
    pub sha256: String,
    /// Its files.
    pub files: Vec<KeptFile>,
}

/// Files that were removed on purpose after the incident's review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// When.
    pub at: Timestamp,
    /// Why, as it was written then.
    pub why: String,
}

/// Why something kept cannot be used as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// The file is not there.
    Missing,
    /// Its bytes are not those that were kept.
    Differs,
    /// The files were removed after the review.
    Dropped,
}

impl Damage {
    /// Stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::Dropped => "dropped",
        }
    }

    /// The damage to one file as a text for people.
    #[must_use]
    pub fn message(self, path: &str) -> Message {
        let key = match self {
            Self::Missing => "source-kept-missing",
            Self::Differs => "source-kept-differs",
            Self::Dropped => "source-kept-dropped",
        };
        Message::new(key).with("path", path)
    }
}
