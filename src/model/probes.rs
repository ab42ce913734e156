//! Ports of the nodes as they were tried, from here and from each other.

use super::address;
use super::nodes::Addressed;
use crate::domain::observed::{PortResult, PortRole, PortSeen};

/// That port of a node as it was tried from here.
#[must_use]
pub fn port<'a>(model: &Addressed<'a>, node: usize, role: PortRole) -> Option<&'a PortSeen> {
    model.nodes[node].ports?.ports.iter().find(|port| port.role == role)
}

/// How the tries of that port from here ended, by their majority.
#[must_use]
pub fn probe(model: &Addressed<'_>, node: usize, role: PortRole) -> Option<PortResult> {
    port(model, node, role).map(|port| port.result)
}

/// That port of a node as another node reaches it, where it was tried from there.
#[must_use]
pub fn probe_from<'a>(model: &Addressed<'a>, from: usize, to: usize, role: PortRole) -> Option<&'a PortSeen> {
    let peers = model.nodes[from].ports?.peers.iter();
    peers.filter(|peer| model.reached(peer) == Some(to)).flat_map(|peer| &peer.ports).find(|port| port.role == role)
}

/// False if the node is known to use another address for the other than the one that was tried, as where the inventory names
/// ports that a container publishes: whether that one passes says nothing of their traffic.
pub(super) fn own_address(model: &Addressed<'_>, observer: usize, subject: usize, tried: &str) -> bool {
    let digits = |host: &str| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok();
    let Some(tried) = digits(tried) else { return true };
    let listed = model.nodes[observer].view.into_iter().flat_map(|view| &view.members);
    let mut used = listed
        .filter(|member| model.member(&member.address) == Some(subject))
        .filter_map(|member| digits(&address::split(&member.address)?.0))
        .peekable();
    used.peek().is_none() || used.any(|used| used == tried)
}

/// True if no try got through.
#[must_use]
pub const fn is_closed(port: &PortSeen) -> bool {
    port.ok == 0 && !is_reachable(port.result)
}

/// True if the connection was accepted: whatever is wrong then, it is not the network.
pub(super) const fn is_reachable(result: PortResult) -> bool {
    matches!(result, PortResult::Open | PortResult::WrongProtocol)
}

/// True if the node calls itself by another address than the inventory does, and nobody said where that port of it is: the
/// number that follows from the main port of the inventory may be anybody's.
#[must_use]
pub fn is_published_elsewhere(model: &Addressed<'_>, node: usize, role: PortRole) -> bool {
    let node = &model.nodes[node];
    let (Some(api), Some(own)) = (&node.spec.api, &node.address) else { return false };
    let digits = |host: &str| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok();
    let other_host = digits(&api.host).zip(digits(&own.host)).is_some_and(|(one, other)| one != other);
    role != PortRole::Main && api.published.of(role).is_none() && (other_host || api.port != own.port)
}
