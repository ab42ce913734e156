//! What failed attempts can look like together. Which code that is, the rules say.

use super::failures::LinkFailure;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::PortRole;
use crate::model::address;
use crate::model::node_state::Stated;

/// What a set of failed attempts looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// No other node reaches a node and it reaches none, while the others reach each other.
    Isolated,
    /// Attempts of a node and attempts to it began to fail just now, between it and every other, while the others reach each
    /// other. Not every report has had its turn, so that some of these links were seen to fail in one direction or on one port.
    IsolatedSoFar,
    /// A node accepts the connections of all others and answers on none.
    AnswersNobody,
    /// No other node reaches the port on which the others report to a node; no other port of it fails.
    ServerPortShut(PortKind),
    /// The same, and other ports of the node fail as well, while it reaches the others itself.
    AllPortsShut,
    /// Between two nodes only the Raft port fails.
    RaftOnly,
    /// The Raft port fails between two nodes of which one at least waits in its start for a leader.
    RaftAtStart,
    /// Attempts of one node to reach another fail; nothing shows that the other direction fails.
    OneDirection,
    /// Attempts of one node to reach another fail, and the port cannot be reached from here either.
    ClosedFromHereToo(PortKind),
    /// Attempts of one node to reach another fail, and the logs of the other were not read to their end.
    WayBackNotRead,
    /// Attempts of two nodes to reach each other fail.
    BothDirections(PortKind),
    /// A node is not ready, although the leader of the configuration group is, through which it reads.
    CutFromLeader {
        /// The node.
        follower: usize,
        /// The leader.
        leader: usize,
    },
    /// Ports of a node cannot be reached from here; the other nodes do not show that they fail.
    ProbesOnly(PortKind),
    /// The same of a node that the others know by another address than the inventory: nothing says that these are its ports.
    PublishedElsewhere,
}

/// Which ports fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// gRPC ports and no others.
    Grpc,
    /// The Raft port and no other.
    Raft,
    /// Others, or several kinds.
    Other,
}

impl PortKind {
    /// The kind of ports that were tried from here.
    pub(super) fn of(roles: &[PortRole]) -> Self {
        match roles {
            [PortRole::Raft] => Self::Raft,
            roles if roles.iter().all(|role| matches!(role, PortRole::ClientGrpc | PortRole::ServerGrpc)) => Self::Grpc,
            _ => Self::Other,
        }
    }
}

impl PatternKind {
    /// Which ports fail, where the pattern is about ports and not about a node or a direction.
    #[must_use]
    pub const fn ports(self) -> Option<PortKind> {
        match self {
            Self::Isolated
            | Self::IsolatedSoFar
            | Self::AnswersNobody
            | Self::OneDirection
            | Self::PublishedElsewhere => None,
            Self::RaftOnly | Self::RaftAtStart | Self::CutFromLeader { .. } => Some(PortKind::Raft),
            Self::AllPortsShut | Self::WayBackNotRead => Some(PortKind::Other),
            Self::ServerPortShut(ports)
            | Self::ClosedFromHereToo(ports)
            | Self::BothDirections(ports)
            | Self::ProbesOnly(ports) => Some(ports),
        }
    }

    /// True if it is about ports other than the Raft port alone.
    pub(super) const fn shuts_more_than_raft(self) -> bool {
        matches!(self.ports(), Some(PortKind::Grpc | PortKind::Other))
    }
}

/// Failed attempts that belong together.
#[derive(Clone, Debug)]
pub struct LinkPattern {
    /// What they look like.
    pub kind: PatternKind,
    /// Nodes to look at; for one direction: from, to.
    pub nodes: Vec<usize>,
    /// Ports that do not pass, for the sentence (`9848, 9849`).
    pub ports: String,
    /// Lines, answers and probes.
    pub evidence: Vec<EvidenceRef>,
    /// True if it was seen in logs or member lists of the nodes, not only by probes from here.
    pub by_nodes: bool,
    /// True if it rests on time-outs only that a node which stood still gives as well, see [`LinkFailure::transient`].
    pub transient: bool,
    /// True if every connection was accepted and nothing answered on it, see [`LinkFailure::accepted`].
    pub accepted: bool,
    /// Nodes whose own attempts fail, those on the Raft port left out unless no others fail.
    pub observers: Vec<usize>,
}

impl LinkPattern {
    /// The pattern that these failures make.
    pub(super) fn of(model: &Stated<'_>, kind: PatternKind, nodes: Vec<usize>, failures: &[&LinkFailure]) -> Self {
        let mut ports: Vec<u16> =
            failures.iter().map(|one| address::port(model.nodes[one.subject].main_port(), one.role)).collect();
        ports.sort_unstable();
        ports.dedup();
        let raft_only = failures.iter().all(|one| one.role == PortRole::Raft);
        let counted = failures.iter().filter(|one| raft_only || one.role != PortRole::Raft);
        let mut observers: Vec<usize> = counted.map(|one| one.observer).collect();
        observers.sort_unstable();
        observers.dedup();
        Self {
            kind,
            nodes,
            ports: ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
            evidence: failures.iter().flat_map(|one| one.evidence.iter().cloned()).take(12).collect(),
            by_nodes: true,
            transient: !failures.is_empty() && failures.iter().all(|one| one.transient),
            accepted: !failures.is_empty() && failures.iter().all(|one| one.accepted),
            observers,
        }
    }

    /// One that shows in answers and probes from here only.
    pub(super) const fn seen_from_here(
        kind: PatternKind,
        nodes: Vec<usize>,
        ports: String,
        evidence: Vec<EvidenceRef>,
    ) -> Self {
        let observers = Vec::new();
        Self { kind, nodes, ports, evidence, by_nodes: false, transient: false, accepted: false, observers }
    }

    /// Takes in ports of the node that do not pass from here either.
    pub(super) fn add_probes(&mut self, ports: &str, evidence: Vec<EvidenceRef>) {
        self.evidence.extend(evidence);
        if self.kind != PatternKind::Isolated {
            self.ports = merge_ports(&self.ports, ports);
        }
    }
}

fn merge_ports(one: &str, two: &str) -> String {
    let mut all: Vec<u16> = one.split(", ").chain(two.split(", ")).filter_map(|port| port.parse().ok()).collect();
    all.sort_unstable();
    all.dedup();
    all.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}
