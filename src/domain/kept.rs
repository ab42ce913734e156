//! Files of archives that people handed in: what is kept of each, and what may be wrong with it later.

use serde::{Deserialize, Serialize};

use super::capture::is_log_or_output;
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

/// Longest name of a file that is handed in alone.
const MOST_NAME: usize = 120;

/// Where in a home a file belongs that came alone, by its name: `conf/cluster.conf`, `logs/nacos.log`. A number that a browser
/// puts behind the name of a second copy is left out. `None`: no file of a home is called so.
#[must_use]
pub fn place_of(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
    let name = match (name.rfind(" ("), name.find(").")) {
        (Some(from), Some(to)) if from < to && name[from + 2..to].bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{}{}", &name[..from], &name[to + 1..])
        }
        _ => name.to_owned(),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.len() > MOST_NAME || name.starts_with('.') || !name.chars().all(is_plain) {
        return None;
    }
    if matches!(name.as_str(), "cluster.conf" | "application.properties") {
        return Some(format!("conf/{name}"));
    }
    // What is packed is an archive, whatever its name.
    let is_packed = name.to_ascii_lowercase().ends_with(".gz");
    (is_log_or_output(&name) && !is_packed).then(|| format!("logs/{name}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_comes_alone_has_its_place_by_its_name() {
        for (name, place) in [
            ("cluster.conf", Some("conf/cluster.conf")),
            ("application.properties", Some("conf/application.properties")),
            ("start.out", Some("logs/start.out")),
            ("C:\\logs\\nacos.log", Some("logs/nacos.log")),
            ("nacos (1).log", Some("logs/nacos.log")),
            ("alipay-jraft.log.2026-11-28.0", Some("logs/alipay-jraft.log.2026-11-28.0")),
            ("nacos.log.gz", None),
            ("../../etc/passwd", None),
            ("nacos log.log", None),
            (".log", None),
            ("dmesg.txt", None),
            ("", None),
        ] {
            assert_eq!(place_of(name).as_deref(), place, "{name}");
        }
    }
}
