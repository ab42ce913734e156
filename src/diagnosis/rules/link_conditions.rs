//! What the rules of links ask for, each once.

use crate::diagnosis::case::{Condition, Seen, about};
use crate::domain::observed::{PortResult, PortRole, PortSeen};
use crate::domain::vocabulary::Failure;
use crate::model::links::failures::{LinkFailure, going_on_since, is_just_now, newest_run, tells};
use crate::model::links::kinds::{LinkPattern, PatternKind, PortKind};
use crate::model::peer_errors::PeerError;
use crate::model::{ClusterModel, cite, probes, reliability};
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// The key of the sentence about time-outs that a node which paused gives as well.
pub(super) fn for_a_moment(_: &ClusterModel<'_>, pattern: &LinkPattern) -> &'static str {
    if pattern.nodes.len() > 1 { "finding-link-burst" } else { "finding-link-burst-node" }
}

pub(super) const BOTH_RUN: Condition<LinkPattern> = about("link-both-run", |model, pattern: &LinkPattern| {
    Seen::of(pattern.nodes.iter().all(|index| model.states[*index].is_running()))
});

pub(super) const ATTEMPTS_FAIL: Condition<LinkPattern> =
    about(
        "link-attempts-fail",
        |_, pattern: &LinkPattern| {
            if pattern.by_nodes { Seen::Yes(pattern.evidence.clone()) } else { Seen::No }
        },
    );

pub(super) fn isolated(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(matches!(pattern.kind, PatternKind::Isolated | PatternKind::IsolatedSoFar))
}

pub(super) fn isolated_so_far(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind == PatternKind::IsolatedSoFar)
}

pub(super) fn answers_nobody(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind == PatternKind::AnswersNobody)
}

pub(super) fn one_direction_only(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind == PatternKind::OneDirection)
}

/// A port that one node cannot reach and that was tried from here as well: the try from here decides.
pub(super) fn one_node_cannot_reach_it(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(matches!(pattern.kind, PatternKind::ClosedFromHereToo(_)))
}

pub(super) fn server_port_shut_for_all(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(matches!(pattern.kind, PatternKind::ServerPortShut(_)))
}

pub(super) fn all_ports_shut_for_all(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind == PatternKind::AllPortsShut)
}

pub(super) fn way_back_not_read(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind == PatternKind::WayBackNotRead)
}

pub(super) fn only_seen_from_here(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    match pattern.kind {
        PatternKind::ProbesOnly(_) => Seen::Yes(pattern.evidence.clone()),
        _ => Seen::No,
    }
}

pub(super) fn published_elsewhere(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    match pattern.kind {
        PatternKind::PublishedElsewhere => Seen::Yes(pattern.evidence.clone()),
        _ => Seen::No,
    }
}

pub(super) fn raft_port_only(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind.ports() == Some(PortKind::Raft))
}

pub(super) fn waits_in_its_start(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind == PatternKind::RaftAtStart)
}

pub(super) fn grpc_port_only(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.kind.ports() == Some(PortKind::Grpc))
}

pub(super) fn more_than_a_pause(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(!pattern.transient)
}

pub(super) fn accepted(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    Seen::of(pattern.accepted)
}

/// Whether a node of it got hardly any processor time while attempts failed: then answers come too late as well, and nothing is
/// blocked. A port that fails from here too is.
pub(super) fn end_without_processor(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    if matches!(fails_from_here(model, pattern), Seen::Yes(_)) {
        return Seen::No;
    }
    let since = model.as_of.plus_millis(-timing::STUMBLES_OVER_MS);
    let of_node = |index: &usize| {
        let node = &model.nodes[*index];
        let hits = node.hits(SignatureId::GC_WITHOUT_PROCESSOR).filter(move |hits| hits.last >= Some(since));
        hits.filter_map(|hits| hits.samples.last()).map(|line| cite::line(node.name, line))
    };
    Seen::lines(pattern.nodes.iter().flat_map(of_node).collect())
}

/// Of a pair. Only logs that were read to their end, or a member list, show that the other direction works.
pub(super) fn other_way_fails(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    let [one, two] = pattern.nodes.as_slice() else { return Seen::NotSeen };
    let fails = |from: &usize| pattern.observers.contains(from);
    if fails(one) && fails(two) {
        return Seen::of(true);
    }
    let silent = if fails(one) { *two } else { *one };
    Seen::No.if_looked(tells(model, silent) && !reliability::half_read(model, silent))
}

/// Of one direction, as logs show it: whether it began to fail so short a time ago that the other node need not have reported
/// this way since. A node that is cut off from all gives the same for some seconds.
pub(super) fn way_back_had_no_turn(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    let [from, to] = pattern.nodes.as_slice() else { return Seen::No };
    let passes = |port: &PortSeen| port.ok > 0;
    let tried = [PortRole::ServerGrpc, PortRole::Main, PortRole::Raft];
    if tried.into_iter().any(|role| probes::probe_from(model, *to, *from, role).is_some_and(passes)) {
        return Seen::No;
    }
    let of_link = model.peer_errors.iter().filter(|one| one.attempt && (one.observer, one.subject) == (*from, *to));
    Seen::of(began_just_now(model, of_link))
}

/// Of a Raft port on which attempts time out, as logs alone show it: whether that began so short a time ago that no report over
/// another port need have failed since. A node that is cut off from all gives the same for some seconds.
pub(super) fn other_ports_had_no_turn(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    let is_in = |index: usize| pattern.nodes.contains(&index);
    let of_pattern = || model.peer_errors.iter().filter(|one| one.attempt && is_in(one.observer) && is_in(one.subject));
    // A machine that refuses is reached, and a list or an attempt of ours shows what passes.
    let horizon = model.as_of.plus_millis(-timing::ATTEMPTS_OVER_MS);
    let refuses = of_pattern().any(|one| one.reason_since(&Failure::Refused, going_on_since(one, horizon)) > 0);
    let is_asked = pattern.nodes.iter().any(|index| model.nodes[*index].view.is_some());
    let passes = |port: &PortSeen| port.ok > 0;
    let reached =
        pattern.nodes.iter().flat_map(|from| pattern.nodes.iter().map(move |to| (*from, *to))).any(|(from, to)| {
            let tried = [PortRole::ServerGrpc, PortRole::Main];
            tried.into_iter().any(|role| probes::probe_from(model, to, from, role).is_some_and(passes))
        });
    Seen::of(!refuses && !is_asked && !reached && began_just_now(model, of_pattern()))
}

/// Whether these attempts began to fail so short a time ago that not every node need have reported to every other since.
fn began_just_now<'m>(model: &ClusterModel<'_>, attempts: impl Iterator<Item = &'m PeerError<'m>>) -> bool {
    let times = attempts.flat_map(|one| one.hits.times.iter().copied());
    newest_run(times).is_some_and(|began| is_just_now(model, began))
}

/// Failed attempts between the nodes of a pattern, also those that it does not rest on. Those on the Raft port count only
/// where the pattern is about that port.
fn between<'m>(model: &'m ClusterModel<'_>, pattern: &LinkPattern) -> impl Iterator<Item = &'m LinkFailure> {
    let of_raft = pattern.kind.ports() == Some(PortKind::Raft);
    model
        .links
        .failures
        .iter()
        .filter(move |one| match pattern.nodes.as_slice() {
            [node] => one.observer == *node || one.subject == *node,
            nodes => nodes.contains(&one.observer) && nodes.contains(&one.subject),
        })
        .filter(move |one| of_raft || one.role != PortRole::Raft)
}

pub(super) fn fails_from_here(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    // The model gives these two kinds only where the port cannot be reached from here.
    if matches!(pattern.kind, PatternKind::ProbesOnly(_) | PatternKind::ClosedFromHereToo(_)) {
        return Seen::of(true);
    }
    let tried: Vec<&PortSeen> = between(model, pattern)
        .filter_map(|one| {
            let port = probes::port(model, one.subject, one.role);
            port.filter(|port| !reliability::doubtful(model, one.subject, port.result))
        })
        .collect();
    Seen::of(tried.iter().any(|port| probes::is_closed(port))).if_looked(!tried.is_empty())
}

/// Of a node: whether every port that does not answer accepted the connection from here. A firewall accepts none: the node may
/// only have no time, or its disk.
pub(super) fn accepted_from_here(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    let [node] = pattern.nodes.as_slice() else { return Seen::No };
    let ports = model.nodes[*node].ports.into_iter().flat_map(|seen| &seen.ports);
    let mut closed = ports.filter(|port| port.role != PortRole::Console && probes::is_closed(port)).peekable();
    Seen::of(closed.peek().is_some() && closed.all(|port| port.result == PortResult::Silent))
}

/// Of a node: whether the port on which the others report to it can be reached from here.
pub(super) fn passes_from_here(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    let role = match pattern.kind {
        PatternKind::ServerPortShut(PortKind::Grpc) => PortRole::ServerGrpc,
        PatternKind::ServerPortShut(_) => PortRole::Main,
        _ => return Seen::NotSeen,
    };
    let probe = pattern.nodes.first().and_then(|node| probes::probe(model, *node, role));
    Seen::of(probe == Some(PortResult::Open)).if_looked(probe.is_some())
}

pub(super) fn leader_is_ready(_: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    match pattern.kind {
        PatternKind::CutFromLeader { .. } => Seen::Yes(pattern.evidence.last().cloned().into_iter().collect()),
        _ => Seen::No,
    }
}

pub(super) fn readiness_without_answer(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    let PatternKind::CutFromLeader { follower, .. } = pattern.kind else { return Seen::No };
    let node = &model.nodes[follower];
    let readiness = node.view.and_then(|view| view.readiness.as_ref());
    Seen::Yes(readiness.map(|http| cite::http(node.name, http)).into_iter().collect())
}

pub(super) fn all_else_answers(model: &ClusterModel<'_>, pattern: &LinkPattern) -> Seen {
    let PatternKind::CutFromLeader { follower, .. } = pattern.kind else { return Seen::No };
    let node = &model.nodes[follower];
    let liveness = node.view.and_then(|view| view.liveness.as_ref());
    Seen::Yes(liveness.map(|http| cite::http(node.name, http)).into_iter().collect())
}
