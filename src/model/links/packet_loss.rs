//! Packets that get lost between the nodes and on the way to them.

use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{PortResult, PortSeen};
use crate::model::cite;
use crate::model::node_state::Stated;

/// Packets that get lost on the way to or from some nodes.
#[derive(Clone, Debug)]
pub struct Loss {
    /// Nodes that all of it touches.
    pub nodes: Vec<usize>,
    /// Tries without an answer, on ports that answered others.
    pub lost: u32,
    /// Tries on those ports.
    pub tries: u32,
    /// How many ports, as seen from somewhere, answered some tries and not others.
    pub mixed: usize,
    /// Some of them.
    pub evidence: Vec<EvidenceRef>,
}

impl Loss {
    /// Whether it is on so many ports that one pause of this machine or of theirs does not give it.
    #[must_use]
    pub const fn is_on_many(&self) -> bool {
        self.mixed >= 3
    }
}

/// Ports that answer some of a few tries within one second and leave others without an answer, several of them: packets are
/// lost. A process that pauses is another thing: its kernel goes on to take connections, so that tries would end `Silent`, not
/// `Timeout`; so on two ports at least there was a try that nobody took.
#[must_use]
pub fn lossy(model: &Stated<'_>) -> Option<Loss> {
    const WITHOUT_CONNECT: usize = 2;
    let mut mixed: Vec<(Option<usize>, usize, &str, &PortSeen)> = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let Some(seen) = node.ports.filter(|_| model.states[index].is_running()) else { continue };
        mixed.extend(seen.ports.iter().map(|port| (None, index, seen.host.as_str(), port)));
        for peer in &seen.peers {
            let subject = model.reached(peer);
            let Some(subject) = subject.filter(|subject| model.states[*subject].is_running()) else { continue };
            mixed.extend(peer.ports.iter().map(|port| (Some(index), subject, peer.host.as_str(), port)));
        }
    }
    // What was taken and not answered may be lost on the way as well, where other tries were not even taken.
    mixed.retain(|(_, _, _, port)| {
        let is_loss = matches!(port.result, PortResult::Open | PortResult::Timeout) || port.untaken > 0;
        port.ok > 0 && port.ok < port.tries && is_loss
    });
    let untaken = |port: &PortSeen| port.result == PortResult::Timeout || port.untaken > 0;
    if mixed.iter().filter(|(_, _, _, port)| untaken(port)).count() < WITHOUT_CONNECT {
        return None;
    }
    let touches = |node: usize| mixed.iter().all(|(from, to, _, _)| *from == Some(node) || *to == node);
    let common: Vec<usize> = (0..model.nodes.len()).filter(|node| touches(*node)).collect();
    let nodes = if common.is_empty() {
        let mut every: Vec<usize> =
            mixed.iter().flat_map(|(from, to, _, _)| from.iter().copied().chain([*to])).collect();
        every.sort_unstable();
        every.dedup();
        every
    } else {
        common
    };
    let evidence = mixed.iter().take(8).map(|(from, to, host, port)| {
        let name = model.nodes[from.unwrap_or(*to)].name;
        let text = format!("{}: {} of {} tries", port.result.as_str(), port.ok, port.tries);
        cite::said(name, &format!("tcp {host}:{}", port.port), &text)
    });
    Some(Loss {
        lost: mixed.iter().map(|(_, _, _, port)| u32::from(port.tries - port.ok)).sum(),
        tries: mixed.iter().map(|(_, _, _, port)| u32::from(port.tries)).sum(),
        mixed: mixed.len(),
        evidence: evidence.collect(),
        nodes,
    })
}
