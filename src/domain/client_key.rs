//! One connection of a client, and what tells one client from another. Pure.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use super::vocabulary::ClientSource;

/// Most characters of an address, an application, a module or a version.
pub(super) const MOST_CHARS: usize = 100;

/// One client connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSeen {
    /// Connection id.
    pub id: String,
    /// Address of the client.
    pub ip: String,
    /// `naming`, `config`, …
    pub module: Option<String>,
    /// Whether a client or another node holds it.
    pub source: Option<ClientSource>,
    /// Application name, where told.
    pub app: Option<String>,
    /// SDK version.
    pub version: Option<String>,
    /// When it connected.
    pub created: Option<Timestamp>,
}

impl ClientSeen {
    /// True if another node of the cluster holds it, and no client.
    #[must_use]
    pub fn is_of_a_node(&self) -> bool {
        self.source == Some(ClientSource::Cluster)
    }
}

/// What tells one client from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientKey {
    /// Address, as the node names it.
    pub ip: String,
    /// Application, where it tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// `naming`, `config`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
}

/// Whether a client of that module may register instances: one that only asks for configurations does not.
#[must_use]
pub fn may_publish(module: Option<&str>) -> bool {
    module.is_none_or(|module| module.is_empty() || module == "naming")
}

impl ClientKey {
    /// That of a connection.
    #[must_use]
    pub fn of(seen: &ClientSeen) -> Self {
        let told = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(cut);
        Self { ip: cut(&seen.ip), app: told(&seen.app), module: told(&seen.module) }
    }
}

/// No more of a text of others than is kept.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(MOST_CHARS).collect()
}
