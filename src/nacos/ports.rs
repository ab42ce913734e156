//! Ports of a node: all are derived from the main port P by offsets that the server has hard-wired.

use crate::domain::cluster::{ApiAddress, NodeSpec};
use crate::domain::observed::PortRole;

/// P unless configured otherwise.
pub const DEFAULT_MAIN: u16 = 8848;
/// 3.x console unless configured otherwise.
pub const DEFAULT_CONSOLE: u16 = 8080;

/// The port of `role` for main port `main`; `None` if the result is not a port, or for the console, which is configured.
#[must_use]
pub fn port_of(main: u16, role: PortRole) -> Option<u16> {
    match role {
        PortRole::Main => Some(main),
        PortRole::ClientGrpc => main.checked_add(1000),
        PortRole::ServerGrpc => main.checked_add(1001),
        PortRole::Raft => main.checked_sub(1000).filter(|port| *port > 0),
        PortRole::Console => None,
    }
}

/// The roles that a node of `version` listens on (`None`: unknown, taken for 2.x). 1.x has no gRPC, 3.x adds the console.
#[must_use]
pub fn roles(version: Option<&str>) -> &'static [PortRole] {
    match major(version) {
        Some(0 | 1) => &[PortRole::Main, PortRole::Raft],
        Some(3..) => &[PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft, PortRole::Console],
        _ => &[PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft],
    }
}

/// The port over which a node of `version` reports itself to its peers: HTTP on the main port up to 2.2.0, gRPC from 2.2.1 on
/// (`None`: unknown, taken for gRPC).
#[must_use]
pub fn report_role(version: Option<&str>) -> PortRole {
    let mut numbers = version
        .unwrap_or_default()
        .trim_start_matches(['v', 'V'])
        .split(['.', '-'])
        .map_while(|part| part.parse().ok());
    let first: Option<u32> = numbers.next();
    let rest: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match first {
        Some(0 | 1) => PortRole::Main,
        Some(2) if rest < (2, 1) => PortRole::Main,
        _ => PortRole::ServerGrpc,
    }
}

/// The role of `port` on a node whose main port is `main`.
#[must_use]
pub fn role_of(main: u16, console: Option<u16>, port: u16) -> Option<PortRole> {
    [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft]
        .into_iter()
        .find(|role| port_of(main, *role) == Some(port))
        .or_else(|| (console == Some(port)).then_some(PortRole::Console))
}

/// The ports that a node may be met at, as far as the inventory tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePorts(Vec<(PortRole, u16)>);

impl NodePorts {
    /// Those of a node. Where the inventory has no address of it, they are taken to be like those of the others, or the
    /// usual ones.
    #[must_use]
    pub fn of<'a>(node: Option<&NodeSpec>, others: impl IntoIterator<Item = &'a NodeSpec>) -> Self {
        if let Some(api) = node.and_then(|node| node.api.as_ref()) {
            return Self(Self::of_address(api));
        }
        let mut known: Vec<_> =
            others.into_iter().filter_map(|other| other.api.as_ref()).flat_map(Self::of_address).collect();
        known.extend(Self::of_main(DEFAULT_MAIN));
        known.push((PortRole::Console, DEFAULT_CONSOLE));
        Self(known)
    }

    fn of_main(main: u16) -> Vec<(PortRole, u16)> {
        let derived = [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft];
        derived.into_iter().filter_map(|role| Some((role, port_of(main, role)?))).collect()
    }

    fn of_address(api: &ApiAddress) -> Vec<(PortRole, u16)> {
        let peer = api.published.peer.as_ref().map(|peer| peer.port);
        let mut known = Self::of_main(api.port);
        known.extend(peer.into_iter().flat_map(Self::of_main));
        let published = [
            (PortRole::ClientGrpc, &api.published.sdk),
            (PortRole::ServerGrpc, &api.published.cluster),
            (PortRole::Raft, &api.published.raft),
        ];
        known.extend(published.into_iter().filter_map(|(role, at)| Some((role, at.as_ref()?.port))));
        known.push((PortRole::Console, api.console_port.unwrap_or(DEFAULT_CONSOLE)));
        known
    }

    /// The role of a port; `None`: no port of the node.
    #[must_use]
    pub fn role_of(&self, port: u16) -> Option<PortRole> {
        self.0.iter().find(|(_, known)| *known == port).map(|(role, _)| *role)
    }
}

/// The main address of a Raft address: `10.0.0.1:7848` is `10.0.0.1:8848`.
#[must_use]
pub fn main_of_raft(address: &str) -> Option<String> {
    moved(address, 1000)
}

/// The Raft address of a main address.
#[must_use]
pub fn raft_of_main(address: &str) -> Option<String> {
    moved(address, -1000)
}

/// The main port behind a gRPC port: 9849 and 9848 are both 8848. A port that fits neither default is taken for the
/// server-to-server port, which is the one that servers name in their logs.
#[must_use]
pub const fn main_of_grpc(port: u16) -> Option<u16> {
    if port == DEFAULT_MAIN + 1000 { Some(DEFAULT_MAIN) } else { port.checked_sub(1001) }
}

/// First number of a version text.
#[must_use]
pub fn major(version: Option<&str>) -> Option<u32> {
    version?.trim_start_matches(['v', 'V']).split('.').next()?.parse().ok()
}

fn moved(address: &str, by: i32) -> Option<String> {
    let (host, port) = address.trim().rsplit_once(':')?;
    let port = i32::from(port.parse::<u16>().ok()?) + by;
    let port = u16::try_from(port).ok().filter(|port| *port > 0)?;
    (!host.is_empty()).then(|| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_ports_both_ways() {
        assert_eq!(port_of(8848, PortRole::ServerGrpc), Some(9849));
        assert_eq!(port_of(500, PortRole::Raft), None);
        assert_eq!(port_of(65000, PortRole::ClientGrpc), None);
        assert_eq!(role_of(8848, Some(8080), 7848), Some(PortRole::Raft));
        assert_eq!(role_of(8848, Some(8080), 8080), Some(PortRole::Console));
        assert_eq!(role_of(8848, None, 22), None);
        assert_eq!(main_of_raft("10.0.0.1:7848").as_deref(), Some("10.0.0.1:8848"));
        assert_eq!(raft_of_main("[fe80::1]:8848").as_deref(), Some("[fe80::1]:7848"));
        assert_eq!(main_of_raft("nonsense"), None);
        assert_eq!(
            (main_of_grpc(9849), main_of_grpc(9848), main_of_grpc(10_001)),
            (Some(8848), Some(8848), Some(9000))
        );
        for (version, role) in [
            ("1.4.7", PortRole::Main),
            ("2.0.4", PortRole::Main),
            ("2.2.0.1", PortRole::Main),
            ("2.2.0-BETA", PortRole::Main),
            ("2.2.1", PortRole::ServerGrpc),
            ("2.3.2", PortRole::ServerGrpc),
            ("3.2.1-2026.03.30", PortRole::ServerGrpc),
            ("unknown", PortRole::ServerGrpc),
        ] {
            assert_eq!(report_role(Some(version)), role, "{version}");
        }
        assert_eq!((roles(Some("1.4.6")).len(), roles(None).len(), roles(Some("3.0.3")).len()), (2, 4, 5));
    }
}
