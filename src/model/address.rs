//! Addresses: which node of the inventory a log line, a member list or a Raft group speaks of.

use crate::domain::observed::PortRole;

/// `host:port` of a main port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Name or IP literal without brackets, lower case.
    pub host: String,
    /// Main port.
    pub port: u16,
}

impl Address {
    /// `host:port`, IPv6 in brackets.
    #[must_use]
    pub fn text(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Host and, where given, port of `host`, `host:port`, `[v6]:port`, `Cluster-host:port`, `http://host:port/…`.
#[must_use]
pub fn split(text: &str) -> Option<(String, Option<u16>)> {
    let text = text.trim().trim_start_matches('/');
    let text = text.strip_prefix("Cluster-").unwrap_or(text);
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split('/').next().unwrap_or_default().trim_end_matches(['.', ',']);
    if text.is_empty() {
        return None;
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, tail) = rest.split_once(']')?;
        let port = tail.strip_prefix(':').and_then(|port| port.parse().ok());
        return Some((host.to_ascii_lowercase(), port));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => {
            port.parse().ok().map(|port| (host.to_ascii_lowercase(), Some(port)))
        }
        _ => Some((text.to_ascii_lowercase(), None)),
    }
}

/// The role that `port` has on a node with that main port.
#[must_use]
pub fn role(main: u16, port: u16) -> Option<PortRole> {
    let (main, port) = (i32::from(main), i32::from(port));
    match port - main {
        0 => Some(PortRole::Main),
        1000 => Some(PortRole::ClientGrpc),
        1001 => Some(PortRole::ServerGrpc),
        -1000 => Some(PortRole::Raft),
        _ => None,
    }
}

/// The port that a role has on a node with that main port; the console has its own.
#[must_use]
pub fn port(main: u16, role: PortRole) -> u16 {
    match role {
        PortRole::Main => main,
        PortRole::ClientGrpc => main.saturating_add(1000),
        PortRole::ServerGrpc => main.saturating_add(1001),
        PortRole::Raft => main.saturating_sub(1000),
        PortRole::Console => 8080,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_every_spelling() {
        assert_eq!(split("10.0.0.2:8848"), Some(("10.0.0.2".to_owned(), Some(8848))));
        assert_eq!(split("Cluster-Nacos-2:8848"), Some(("nacos-2".to_owned(), Some(8848))));
        assert_eq!(split("[fe80::1]:7848"), Some(("fe80::1".to_owned(), Some(7848))));
        assert_eq!(split("fe80::1"), Some(("fe80::1".to_owned(), None)));
        assert_eq!(split("http://10.0.0.3:8848/nacos"), Some(("10.0.0.3".to_owned(), Some(8848))));
        assert_eq!(split("/10.0.0.3:57292"), Some(("10.0.0.3".to_owned(), Some(57292))));
        assert_eq!(split("nacos-1"), Some(("nacos-1".to_owned(), None)));
        assert_eq!(split(""), None);
    }

    #[test]
    fn roles_follow_the_offsets() {
        assert_eq!(role(8848, 9849), Some(PortRole::ServerGrpc));
        assert_eq!(role(18848, 17848), Some(PortRole::Raft));
        assert_eq!(role(8848, 1234), None);
        assert_eq!(port(8848, PortRole::ClientGrpc), 9848);
    }
}
