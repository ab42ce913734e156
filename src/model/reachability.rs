//! How far each node lets itself be reached from here: its API, its ports, and what speaks there in its place.

use super::nodes::Addressed;
use super::reliability;
use crate::domain::observed::{PortResult, PortRole};
use crate::domain::vocabulary::{Failure, MemberState};

/// How far a node lets itself be reached from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// Not tried.
    NotTried,
    /// It answered as Nacos.
    Answers,
    /// It takes connections and says nothing.
    Accepts,
    /// Something answers there that is not a working Nacos.
    Other,
    /// Another program answers HTTP on the main port, and every other port of Nacos refuses.
    Foreign,
    /// Refused.
    Refused,
    /// No answer to the connect, no route, or no such name.
    Nothing,
}

/// How far the node lets itself be reached from here.
#[must_use]
pub fn reach(model: &Addressed<'_>, index: usize) -> Reachability {
    let node = &model.nodes[index];
    if node.answers() {
        return Reachability::Answers;
    }
    let main = node.ports.and_then(|ports| ports.ports.iter().find(|port| port.role == PortRole::Main));
    let accepted_elsewhere = node.ports.is_some_and(|ports| {
        ports
            .ports
            .iter()
            .any(|port| port.role != PortRole::Main && matches!(port.result, PortResult::Open | PortResult::Silent))
    });
    // On a starved machine nothing answers in time: what did not, was not tried.
    let starved = reliability::slow_here(model);
    match main.map(|port| port.result) {
        Some(PortResult::Silent | PortResult::Timeout) if starved => Reachability::NotTried,
        Some(PortResult::Open) if starved && failure(model, index) == Some(&Failure::Timeout) => Reachability::NotTried,
        Some(PortResult::Silent) => Reachability::Accepts,
        Some(PortResult::Open) if failure(model, index) == Some(&Failure::Timeout) => Reachability::Accepts,
        Some(PortResult::Open) if foreign(model, index) => Reachability::Foreign,
        // Something speaks there; what it says was not asked, did not come in our time or cannot be trusted to be the node's.
        Some(PortResult::Open | PortResult::WrongProtocol) if node.view.is_none() => Reachability::NotTried,
        Some(PortResult::Open | PortResult::WrongProtocol | PortResult::Reset) => Reachability::Other,
        Some(PortResult::Refused) if accepted_elsewhere => Reachability::Other,
        Some(PortResult::Refused) => Reachability::Refused,
        Some(PortResult::Timeout | PortResult::Unreachable | PortResult::Dns) => Reachability::Nothing,
        None => match failure(model, index) {
            Some(Failure::Refused) if accepted_elsewhere => Reachability::Other,
            Some(Failure::Refused) => Reachability::Refused,
            Some(Failure::Timeout) if starved => Reachability::NotTried,
            Some(Failure::Timeout | Failure::Unreachable | Failure::Dns) => Reachability::Nothing,
            // Something else may have answered in its place.
            Some(Failure::Untrusted | Failure::Denied | Failure::Protocol) => Reachability::NotTried,
            Some(_) => Reachability::Other,
            None => Reachability::NotTried,
        },
    }
}

/// True if the main port refuses while gRPC is served: Nacos opens the Raft port first when it starts, and the main port last.
#[must_use]
pub fn main_refuses_while_grpc_speaks(model: &Addressed<'_>, index: usize) -> bool {
    let main = model.nodes[index].ports.into_iter().flat_map(|seen| &seen.ports);
    let main = main.filter(|port| port.role == PortRole::Main).map(|port| port.result).next();
    let refuses = match main {
        Some(result) => result == PortResult::Refused,
        None => failure(model, index) == Some(&Failure::Refused),
    };
    refuses && (speaks_elsewhere(model, index) || raft_accepts(model, index))
}

/// True if the Raft port takes connections, which it does before anything answers there.
fn raft_accepts(model: &Addressed<'_>, index: usize) -> bool {
    let ports = model.nodes[index].ports.into_iter().flat_map(|seen| &seen.ports);
    ports.filter(|port| port.role == PortRole::Raft).any(|port| port.result == PortResult::Silent)
}

/// True if a gRPC port of the node, which the one of Raft is as well, speaks its protocol.
#[must_use]
pub fn speaks_elsewhere(model: &Addressed<'_>, index: usize) -> bool {
    let ports = model.nodes[index].ports.into_iter().flat_map(|seen| &seen.ports);
    ports
        .filter(|port| matches!(port.role, PortRole::ClientGrpc | PortRole::ServerGrpc | PortRole::Raft))
        .any(|port| port.result == PortResult::Open)
}

/// True if something answered HTTP that Nacos would not say, and the ports that only Nacos has refuse. Where nothing of what it
/// said can be trusted, a proxy or a wrong path may be to blame: then another node has to have lost it as well.
fn foreign(model: &Addressed<'_>, index: usize) -> bool {
    let node = &model.nodes[index];
    let answered = match node.view {
        Some(view) => view.liveness.iter().chain(&view.failed).any(|http| http.status.is_some()),
        None => is_down_for_another(model, index),
    };
    let mut others =
        node.ports.into_iter().flat_map(|seen| &seen.ports).filter(|port| port.role != PortRole::Main).peekable();
    answered && others.peek().is_some() && others.all(|port| port.result == PortResult::Refused)
}

/// True if another node says that it is DOWN.
fn is_down_for_another(model: &Addressed<'_>, index: usize) -> bool {
    let others = model.nodes.iter().enumerate().filter(|(other, _)| *other != index);
    let members = others.flat_map(|(_, node)| node.view.into_iter().flat_map(|view| &view.members));
    let mut of_it = members.filter(|member| model.member(&member.address) == Some(index));
    of_it.any(|member| member.state == MemberState::Down)
}

fn failure<'p>(model: &'p Addressed<'_>, index: usize) -> Option<&'p Failure> {
    let view = model.nodes[index].view?;
    view.liveness
        .as_ref()
        .and_then(|http| http.failure.as_ref())
        .or_else(|| view.failed.iter().find_map(|http| http.failure.as_ref()))
}
