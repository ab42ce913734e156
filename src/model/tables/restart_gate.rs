//! The restart gate: whether a node may be restarted now, by what was seen of the whole cluster. Pure; `web` only renders it.
//!
//! # Why
//! A node that runs takes a vote and its copy of the data with it: everything that is left has to hold without it, over links
//! that were seen. What was not seen is waited for, and never taken for well. To start a node that is down takes nothing away.

use crate::domain::cluster::EvidencePart;
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{PortResult, PortRole};
use crate::domain::restart_claim::GateSaid;
use crate::model::node_state::NodeState;
use crate::model::tables::views::{self, CellState, Link};
use crate::model::{ClusterModel, divergence, naming_data};

/// The answer to "may I restart this node now?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartGate {
    /// The node.
    pub node: NodeName,
    /// Yes, no, or not before something else was seen or is over.
    pub said: GateSaid,
    /// Why, or what is waited for: one sentence each.
    pub reasons: Vec<Message>,
}

/// Whether a node may be restarted now. What is to be done at it before its start is no matter of this.
#[must_use]
pub fn restart_gate(model: &ClusterModel<'_>, node: &NodeName) -> RestartGate {
    let of_node = |key: &str| vec![Message::new(key).with("node", node)];
    let (said, reasons) = match model.index(node).map(|index| (index, model.states[index])) {
        None => (GateSaid::No, of_node("gate-no-such-node")),
        Some((index, state)) if state.is_running() => running(model, index),
        Some((_, NodeState::Starting { .. })) => (GateSaid::NotYet, of_node("gate-starts")),
        // Whether it runs is not known: to end it may take a vote away.
        Some((_, NodeState::Unreachable)) => (GateSaid::NotYet, of_node("gate-unreachable")),
        Some((_, NodeState::Unseen)) => (GateSaid::NotYet, of_node("gate-unseen")),
        Some((_, NodeState::Hung)) => (GateSaid::Yes, of_node("gate-yes-hung")),
        Some(_) => (GateSaid::Yes, of_node("gate-yes-not-running")),
    };
    RestartGate { node: node.clone(), said, reasons }
}

/// Of a node that runs: quorum holds without it, every group has a leader, no other node is in trouble, and what the others
/// need of each other was seen.
fn running(model: &ClusterModel<'_>, index: usize) -> (GateSaid, Vec<Message>) {
    let (mut against, mut waits) = (against(model, index), waits(model, index));
    let said = match (against.is_empty(), waits.is_empty()) {
        (false, _) => GateSaid::No,
        (true, false) => GateSaid::NotYet,
        (true, true) => GateSaid::Yes,
    };
    against.append(&mut waits);
    if said == GateSaid::Yes {
        against = why_yes(model, index);
    }
    (said, against)
}

/// What speaks against it, whatever else is seen.
fn against(model: &ClusterModel<'_>, index: usize) -> Vec<Message> {
    let name = model.nodes[index].name;
    let mut against = Vec::new();
    if let Some(quorum) = &model.quorum {
        let (live, needed) = (quorum.live(), quorum.needed());
        let without = live.saturating_sub(1);
        if quorum.lost() {
            against.push(Message::new("gate-quorum-lost").with("live", live).with("needed", needed));
        } else if without < needed {
            let lost = Message::new("gate-quorum-would-be-lost").with("node", name);
            against.push(lost.with("without", without).with("needed", needed));
        }
    }
    against.extend(model.leaderless.iter().map(|group| Message::new("gate-no-leader").with("group", &group.group)));
    let is_down = |other: &usize| {
        let state = model.states[*other];
        !state.is_running() && !matches!(state, NodeState::Starting { .. } | NodeState::Unseen)
    };
    let down = others(model, index).filter(is_down);
    against.extend(down.map(|other| Message::new("gate-other-down").with("node", model.nodes[other].name)));
    let patterns = model.links.patterns.iter().filter(|pattern| !pattern.nodes.contains(&index));
    against.extend(patterns.map(|pattern| Message::new("gate-link").with("nodes", model.names(&pattern.nodes))));
    // Of a node that knows less than the others its own restart is no loss.
    let diverged = divergence::services(model);
    let lacking = diverged.iter().flat_map(|services| &services.lacking).copied().filter(|other| *other != index);
    let lacking: Vec<usize> = lacking.collect();
    if !lacking.is_empty() {
        against.push(Message::new("gate-data-differs").with("nodes", model.names(&lacking)));
    }
    against
}

/// What is waited for: it is under way, or was not seen.
fn waits(model: &ClusterModel<'_>, index: usize) -> Vec<Message> {
    let mut waits = Vec::new();
    if model.quorum.is_none() {
        waits.push(Message::new("gate-quorum-unknown"));
    }
    for other in others(model, index) {
        let key = match model.states[other] {
            NodeState::Starting { .. } => "gate-other-starting",
            NodeState::Unseen => "gate-unseen",
            _ => continue,
        };
        waits.push(Message::new(key).with("node", model.nodes[other].name));
    }
    let loading = naming_data::not_loaded(model).into_iter().map(|one| one.node).filter(|other| *other != index);
    waits.extend(loading.map(|other| Message::new("gate-other-loads").with("node", model.nodes[other].name)));
    if accepts_links(model) {
        return waits;
    }
    let (unseen, untried) = (ends(unmeasured(model, index)), ends(untried_election(model, index)));
    if !unseen.is_empty() {
        waits.push(Message::new("gate-links-unmeasured").with("nodes", model.names(&unseen)));
    } else if !untried.is_empty() {
        let name = model.nodes[index].name;
        waits.push(Message::new("gate-election-untried").with("node", name).with("nodes", model.names(&untried)));
    }
    waits
}

/// Why it may, and what that leaves.
fn why_yes(model: &ClusterModel<'_>, index: usize) -> Vec<Message> {
    let name = model.nodes[index].name;
    let mut why = vec![Message::new("gate-yes").with("node", name)];
    // A majority that holds may have nothing to spare meanwhile.
    if let Some(quorum) = &model.quorum {
        let left = quorum.tolerance_without(index);
        why.push(Message::new("gate-tolerance").with("node", name).with("left", left));
    }
    let unseen = ends(unmeasured(model, index).chain(untried_election(model, index)));
    if !unseen.is_empty() {
        why.push(Message::new("gate-links-accepted").with("nodes", model.names(&unseen)));
    }
    why
}

fn others(model: &ClusterModel<'_>, index: usize) -> impl Iterator<Item = usize> {
    (0..model.nodes.len()).filter(move |other| *other != index)
}

/// What the nodes that stay up use of each other: Raft elects over it, Distro copies over it.
fn links_of_others(model: &ClusterModel<'_>, index: usize) -> impl Iterator<Item = Link> {
    let is_used = |link: &Link| matches!(link.cell.role, PortRole::Raft | PortRole::ServerGrpc);
    views::links(model).into_iter().filter(move |link| link.from != index && link.to != index && is_used(link))
}

/// Of these, those of which nothing tells whether they pass.
fn unmeasured(model: &ClusterModel<'_>, index: usize) -> impl Iterator<Item = Link> {
    links_of_others(model, index).filter(|link| link.cell.state == CellState::Unknown)
}

/// The nodes at their ends, in order.
fn ends(links: impl Iterator<Item = Link>) -> Vec<usize> {
    let mut ends: Vec<usize> = links.flat_map(|link| [link.from, link.to]).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// Whether the inventory says that nobody is going to look at links here.
fn accepts_links(model: &ClusterModel<'_>) -> bool {
    model.cluster.accept_unseen.contains(&EvidencePart::Links)
}

/// Those over which the others would have to elect a leader without it, and which nobody tried. Followers exchange nothing over Raft
/// before they elect: that no log complains shows nothing of that.
fn untried_election(model: &ClusterModel<'_>, index: usize) -> impl Iterator<Item = Link> {
    let is_untried =
        |link: &Link| link.cell.role == PortRole::Raft && link.cell.state != CellState::Probed(PortResult::Open);
    let leads = leads(model, index);
    links_of_others(model, index).filter(move |link| leads && is_untried(link))
}

/// Whether any node names it as the leader of a Raft group.
fn leads(model: &ClusterModel<'_>, index: usize) -> bool {
    let groups = model.nodes.iter().flat_map(|node| node.view.into_iter().flat_map(|view| &view.raft));
    groups.filter_map(|group| group.leader.as_deref()).any(|leader| model.voter(leader) == Some(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::*;

    fn gate(world: &World, node: &str) -> RestartGate {
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
        restart_gate(&model, &NodeName::from(node))
    }

    fn keys(gate: &RestartGate) -> Vec<&str> {
        gate.reasons.iter().map(|reason| reason.key.as_str()).collect()
    }

    fn third_is_gone(nodes: usize) -> World {
        let mut world = World::new(nodes);
        world.silent(2, 60, Vec::new());
        for other in (0..nodes).filter(|other| *other != 2) {
            world.logs(other, 1, world.refused(2, 59));
        }
        world
    }

    #[test]
    fn it_says_no_while_one_is_down() {
        assert_eq!(gate(&World::new(3), "n1").said, GateSaid::Yes);
        let no = gate(&third_is_gone(3), "n1");
        assert_eq!((no.said, keys(&no)), (GateSaid::No, vec!["gate-quorum-would-be-lost", "gate-other-down"]));
        let of_five = gate(&third_is_gone(5), "n1");
        assert_eq!((of_five.said, keys(&of_five)), (GateSaid::No, vec!["gate-other-down"]));
        assert_eq!(gate(&World::new(3), "n9").said, GateSaid::No);
    }

    #[test]
    fn it_says_what_may_still_fail_while_a_running_node_is_down() {
        for (nodes, left) in [(3, "0"), (5, "1")] {
            let gate = gate(&World::new(nodes), "n1");
            let said: Vec<(&str, Option<&str>)> = gate
                .reasons
                .iter()
                .map(|reason| (reason.key.as_str(), reason.args.get("left").map(String::as_str)))
                .collect();
            assert_eq!(said, [("gate-yes", None), ("gate-tolerance", Some(left))], "{nodes} nodes");
        }
        let down = gate(&third_is_gone(3), "n3");
        assert_eq!(keys(&down), ["gate-yes-not-running"], "starting it takes nothing away");
    }

    #[test]
    fn what_was_not_seen_is_waited_for_and_never_taken_for_well() {
        let mut world = World::new(3);
        world.observations = Observations::default();
        for node in ["n1", "n2", "n3"] {
            let unseen = gate(&world, node);
            assert_eq!((unseen.said, keys(&unseen)), (GateSaid::NotYet, vec!["gate-unseen"]), "{node}");
        }
        let by_answers = |accepts: &[EvidencePart]| {
            let mut world = api_only();
            world.cluster.accept_unseen = accepts.to_vec();
            world
        };
        let waits = gate(&by_answers(&[]), "n1");
        assert_eq!((waits.said, keys(&waits)), (GateSaid::NotYet, vec!["gate-links-unmeasured"]));
        assert_eq!(waits.reasons[0].args["nodes"], "n2, n3", "the links of the node that goes do not matter");
        let accepted = gate(&by_answers(&[EvidencePart::Links]), "n2");
        assert_eq!((accepted.said, keys(&accepted)[2]), (GateSaid::Yes, "gate-links-accepted"), "it is told");
        let mut measured = by_answers(&[]);
        for (from, to) in [(1, 2), (2, 1)] {
            probes_from(&mut measured, from, to, &[]);
        }
        assert_eq!(gate(&measured, "n1").said, GateSaid::Yes);
        assert_eq!(gate(&measured, "n2").said, GateSaid::NotYet, "nobody tried what n1 and n3 use");
    }

    #[test]
    fn what_is_under_way_at_another_node_is_waited_for() {
        let mut world = World::new(5);
        world.stop(2, 1, vec![trace("START", 20, "")]);
        for other in [0, 1, 3, 4] {
            world.logs(other, 1, world.refused(2, 20));
        }
        let waits = gate(&world, "n1");
        assert_eq!((waits.said, keys(&waits)), (GateSaid::NotYet, vec!["gate-other-starting"]));
        let own = gate(&world, "n3");
        assert_eq!((own.said, keys(&own)), (GateSaid::NotYet, vec!["gate-starts"]));

        let mut world = api_only();
        set_view(&mut world, 1, |_, view| {
            let says = HttpSeen { body: "Naming is not in readiness".to_owned(), ..http("/readiness", Some(503), 9) };
            (view.ready, view.readiness) = (Some(false), Some(says));
        });
        let waits = gate(&world, "n1");
        assert_eq!((waits.said, keys(&waits)), (GateSaid::NotYet, vec!["gate-other-loads"]));
        assert_eq!(gate(&world, "n2").said, GateSaid::Yes, "of the node itself it is no reason");
    }

    #[test]
    fn a_node_that_knows_less_than_the_others_keeps_them_from_being_restarted() {
        let mut world = api_only();
        for (index, healthy) in [(0, 4), (1, 4), (2, 1)] {
            set_view(&mut world, index, |_, view| {
                view.services.insert("pay".to_owned(), (healthy, healthy));
            });
        }
        let no = gate(&world, "n1");
        assert_eq!((no.said, keys(&no)), (GateSaid::No, vec!["gate-data-differs"]));
        assert_eq!(no.reasons[0].args["nodes"], "n3");
        assert_eq!(gate(&world, "n3").said, GateSaid::Yes, "its own restart is no loss");
    }

    #[test]
    fn a_leader_waits_until_somebody_tried_the_port_that_the_others_elect_over() {
        // Their logs were read and do not complain: of a port that nothing uses before an election that says nothing.
        let mut world = World::new(3);
        for index in 0..3 {
            answering(&mut world, index);
            set_view(&mut world, index, |world, view| view.raft = vec![raft_group(world, "nacos_config", 0)]);
        }
        let leader = gate(&world, "n1");
        assert_eq!((leader.said, keys(&leader)), (GateSaid::NotYet, vec!["gate-election-untried"]));
        assert_eq!(leader.reasons[0].args["nodes"], "n2, n3");
        assert_eq!(gate(&world, "n2").said, GateSaid::Yes, "without it nobody elects");
        world.cluster.accept_unseen = vec![EvidencePart::Links];
        let accepted = gate(&world, "n1");
        assert_eq!((accepted.said, keys(&accepted)[2]), (GateSaid::Yes, "gate-links-accepted"), "it is told");
        world.cluster.accept_unseen.clear();
        for (from, to) in [(1, 2), (2, 1)] {
            probes_from(&mut world, from, to, &[]);
        }
        assert_eq!(gate(&world, "n1").said, GateSaid::Yes);
    }
}
