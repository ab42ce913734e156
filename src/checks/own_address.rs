//! The address that a node gives itself, as its files tell it.

use std::collections::BTreeSet;

use super::home::{self, Banner};
use crate::nacos::ports;
use crate::sources::{Deadline, FileEntry, NodeSource};

/// The node's own main address: by the banner of its last start, else by its own Raft lines or traces.
pub async fn told(
    source: &dyn NodeSource,
    entries: &[FileEntry],
    banner: Option<Banner>,
    deadline: &Deadline,
) -> Option<String> {
    let main_port = home::main_port(source, deadline).await;
    if let Some(address) = banner.and_then(|banner| banner.main_address(main_port)) {
        return Some(address);
    }
    match raft_address(source, entries, deadline).await {
        Some(address) => Some(address),
        None => traced_host(source, entries, deadline).await.map(|host| format!("{host}:{main_port}")),
    }
}

/// The main address behind the Raft address that the node gives itself in its own Raft log.
async fn raft_address(source: &dyn NodeSource, entries: &[FileEntry], deadline: &Deadline) -> Option<String> {
    let entry = entries.iter().find(|entry| entry.path.ends_with("/alipay-jraft.log") && entry.size_bytes > 0)?;
    let (_, bytes) = home::tail(source, entry, 256 * 1024, deadline).await.ok()?;
    own_raft_address(&String::from_utf8_lossy(&bytes))
}

/// The node's own host as it writes it into every line of `config-trace.log`.
async fn traced_host(source: &dyn NodeSource, entries: &[FileEntry], deadline: &Deadline) -> Option<String> {
    let entry = entries.iter().find(|entry| entry.path.ends_with("/config-trace.log") && entry.size_bytes > 0)?;
    let (_, bytes) = home::tail(source, entry, 16 * 1024, deadline).await.ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let host = text.lines().rev().find_map(|line| line.get(23..)?.strip_prefix('|')?.split('|').next())?;
    host.parse::<std::net::IpAddr>().ok().map(|host| host.to_string())
}

fn own_raft_address(text: &str) -> Option<String> {
    text.match_indices("Node <").find_map(|(at, _)| {
        let inside = text.get(at + 6..)?.split('>').next()?;
        let (_, address) = inside.split_once('/')?;
        ports::main_of_raft(address)
    })
}

/// What a home tells of the host that it is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostHints {
    /// Hosts that the home, or a peer that it connected to, calls its own.
    pub own: BTreeSet<String>,
    /// Hosts of the members of its `cluster.conf`.
    pub members: BTreeSet<String>,
}

/// The hosts of each home: those that it alone calls its own; for the one home that names none, the one member that is nobody
/// else.
#[must_use]
pub fn hosts(homes: &[HostHints]) -> Vec<BTreeSet<String>> {
    let claims = |host: &String| homes.iter().filter(|home| home.own.contains(host)).count();
    let mut hosts: Vec<BTreeSet<String>> =
        homes.iter().map(|home| home.own.iter().filter(|host| claims(host) == 1).cloned().collect()).collect();
    let unnamed: Vec<usize> = (0..hosts.len()).filter(|home| hosts[*home].is_empty()).collect();
    if let [only] = unnamed.as_slice()
        && homes[*only].members.len() == homes.len()
    {
        let mut left = homes[*only].members.iter().filter(|member| !hosts.iter().any(|own| own.contains(*member)));
        if let (Some(left), None) = (left.next().cloned(), left.next()) {
            hosts[*only].insert(left);
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_address_stands_in_raft_lines() {
        let text = "2026-11-22 15:56:00,000 INFO Node <naming_service_metadata/10.0.0.1:7848> start vote\n";
        assert_eq!(own_raft_address(text).as_deref(), Some("10.0.0.1:8848"));
        assert_eq!(own_raft_address("Node <"), None);
    }

    fn home(own: &[&str]) -> HostHints {
        let set = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
        HostHints { own: set(own), members: set(&["10.0.0.1", "10.0.0.2", "10.0.0.3"]) }
    }

    #[test]
    fn a_home_without_a_name_is_the_member_that_is_left() {
        let found = hosts(&[home(&["10.0.0.1"]), home(&[]), home(&["10.0.0.3"])]);
        assert!(found[1].contains("10.0.0.2") && found[1].len() == 1, "{found:?}");
        let two_left = hosts(&[home(&["10.0.0.1"]), home(&[]), home(&[])]);
        assert!(two_left[1].is_empty() && two_left[2].is_empty(), "{two_left:?}");
        let by_names = hosts(&[home(&["nacos-1"]), home(&[]), home(&["nacos-3"])]);
        assert!(by_names[1].is_empty(), "any of the members may be the others: {by_names:?}");
        let more_members = hosts(&[home(&["10.0.0.1"]), home(&[])]);
        assert!(more_members[1].is_empty(), "{more_members:?}");
    }

    #[test]
    fn a_host_that_two_homes_claim_is_neither() {
        let found = hosts(&[home(&["127.0.0.1", "10.0.0.1"]), home(&["127.0.0.1"]), home(&["10.0.0.3"])]);
        assert!(found[0].len() == 1 && found[0].contains("10.0.0.1"), "{found:?}");
        assert!(found[1].contains("10.0.0.2"), "{found:?}");
    }
}
