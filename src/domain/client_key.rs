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
    module.is_none_or(|module| module.is_empty() || module == "naming" || module.starts_with(BEAT))
}

/// The port of a client's instances, if its module says that it sends heartbeats.
#[must_use]
pub fn beat_port(module: &str) -> Option<u16> {
    module.strip_prefix(BEAT)?.parse().ok()
}

/// How the module of a client begins that holds no connection and sends heartbeats; the port follows.
const BEAT: &str = "beat:";

impl ClientKey {
    /// That of a connection.
    #[must_use]
    pub fn of(seen: &ClientSeen) -> Self {
        let told = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(cut);
        // What a client of a connection says of itself makes it none that sends heartbeats.
        let module = told(&seen.module).map(|module| module.strip_prefix(BEAT).map_or(module.clone(), str::to_owned));
        Self { ip: cut(&seen.ip), app: told(&seen.app), module }
    }

    /// That of a client which holds no connection and sends heartbeats for the instances at this address and port.
    #[must_use]
    pub fn beating(ip: &str, port: u16) -> Self {
        Self { ip: cut(ip), app: None, module: Some(format!("{BEAT}{port}")) }
    }

    /// The port of its instances, if it sends heartbeats; `None`: it is one that holds connections.
    #[must_use]
    pub fn beat_port(&self) -> Option<u16> {
        beat_port(self.module.as_deref()?)
    }
}

/// No more of a text of others than is kept.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(MOST_CHARS).collect()
}
