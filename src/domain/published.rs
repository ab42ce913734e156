//! Where the ports of a node are reached if not beside its main port: containers publish them under other numbers.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use super::address::is_host;
use super::observed::PortRole;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HostPort {
    /// Host name or IP literal (IPv6 without brackets).
    pub host: String,
    /// Port.
    pub port: u16,
}

impl HostPort {
    /// Reads `HOST:PORT` or `[IPv6]:PORT`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.trim().rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port > 0)?;
        is_host(host).then(|| Self { host: host.to_owned(), port })
    }
}

impl Display for HostPort {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Where ports are reached from here, and the address that the other nodes use. What is not named follows from the main port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The port of clients, 9848.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<HostPort>,
    /// The port of the other nodes, 9849.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<HostPort>,
    /// The port of Raft, 7848.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raft: Option<HostPort>,
    /// The main address under which the other nodes know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<HostPort>,
}

/// What is wrong with a text: the word that is not understood. An address that is none is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}=` takes HOST:PORT; there are sdk (9848), cluster (9849), raft (7848) and peer (the address that the other nodes use)"
)]
pub struct NoPublished(pub String);

impl Published {
    /// The names of the fields, as options are written.
    pub const OPTIONS: [&'static str; 4] = ["sdk", "cluster", "raft", "peer"];

    /// True if nothing is named.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Where that port is reached from here, where it is named.
    #[must_use]
    pub const fn of(&self, role: PortRole) -> Option<&HostPort> {
        match role {
            PortRole::ClientGrpc => self.sdk.as_ref(),
            PortRole::ServerGrpc => self.cluster.as_ref(),
            PortRole::Raft => self.raft.as_ref(),
            PortRole::Main | PortRole::Console => None,
        }
    }

    /// Sets one field.
    ///
    /// # Errors
    /// No such field, or no address.
    pub fn set(&mut self, option: &str, value: &str) -> Result<(), NoPublished> {
        let wrong = || NoPublished(option.chars().filter(|c| !c.is_control()).take(40).collect());
        let slot = match option {
            "sdk" => &mut self.sdk,
            "cluster" => &mut self.cluster,
            "raft" => &mut self.raft,
            "peer" => &mut self.peer,
            _ => return Err(wrong()),
        };
        *slot = Some(HostPort::parse(value).ok_or_else(wrong)?);
        Ok(())
    }

    /// Reads `sdk=HOST:PORT, cluster=HOST:PORT, …`, as a form takes it; empty: nothing.
    ///
    /// # Errors
    /// What of it is not understood.
    pub fn parse(text: &str) -> Result<Self, NoPublished> {
        let mut found = Self::default();
        for part in super::address::parts(text) {
            let (option, value) = part.split_once('=').ok_or_else(|| NoPublished("…".to_owned()))?;
            found.set(option, value)?;
        }
        Ok(found)
    }
}

impl Display for Published {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fields = Self::OPTIONS.into_iter().zip([&self.sdk, &self.cluster, &self.raft, &self.peer]);
        let mut named = fields.filter_map(|(option, at)| Some((option, at.as_ref()?)));
        if let Some((option, at)) = named.next() {
            write!(f, "{option}={at}")?;
        }
        named.try_for_each(|(option, at)| write!(f, ", {option}={at}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again() {
        let text = "sdk=10.0.0.5:9868, cluster=[fd00::1]:9869, peer=172.18.0.2:8848";
        let published = Published::parse(text).expect("understood");
        assert_eq!(published.to_string(), text);
        assert_eq!(published.of(PortRole::ClientGrpc).map(|at| at.port), Some(9868));
        assert_eq!((published.of(PortRole::Raft), published.of(PortRole::Main)), (None, None));
        assert_eq!(Published::parse(" "), Ok(Published::default()));
        for wrong in ["sdk=9868", "sdk=a b:1", "grpc=h:1", "h:1", "sdk=h:0", "sdk=h:70000"] {
            assert!(Published::parse(wrong).is_err(), "{wrong}");
        }
    }
}
