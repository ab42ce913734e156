//! What the failures between live nodes look like together, and together with the ports as seen from here.
//!
//! What explains the most failures is looked for first, and the failures that it explains are not used again: a node
//! that is isolated, one that answers nobody, ports that nobody reaches, single pairs; then what shows only from here.

use std::collections::BTreeMap;

use super::failures::{
    Attempt, LinkFailure, attempts, failures_of_starts, is_just_now, running_for_sure, settled, tells,
};
use super::kinds::{LinkPattern, PatternKind, PortKind};
use super::unverified::{CONFIG_GROUP, config_leader};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{HttpSeen, PortResult, PortRole};
use crate::model::node_state::Stated;
use crate::model::reachability::{self, Reachability};
use crate::model::tables::settings;
use crate::model::{address, cite, naming_data, probes, reliability};
use crate::nacos::{api, ports, timing};

/// All patterns, the widest first.
pub(super) fn patterns(model: &Stated<'_>, failures: &[LinkFailure]) -> Vec<LinkPattern> {
    let running = running_for_sure(model);
    let attempts = attempts(model, &running);
    let of_node = |node: usize| -> Vec<&LinkFailure> {
        failures.iter().filter(|failure| failure.observer == node || failure.subject == node).collect()
    };
    let mut patterns = Vec::new();
    let mut explained: Vec<(usize, usize)> = Vec::new();

    for node in isolated(model, &running, failures) {
        let about = of_node(node);
        explained.extend(about.iter().map(|failure| (failure.observer, failure.subject)));
        patterns.push(LinkPattern::of(model, PatternKind::Isolated, vec![node], &about));
    }
    if let Some(node) = isolated_so_far(model, &running, failures, &attempts).filter(|_| explained.is_empty()) {
        let about = of_node(node);
        explained.extend(about.iter().map(|failure| (failure.observer, failure.subject)));
        let mut pattern = LinkPattern::of(model, PatternKind::IsolatedSoFar, vec![node], &about);
        pattern.evidence = attempts.iter().flat_map(|one| one.line.iter().cloned()).take(12).collect();
        patterns.push(pattern);
    }
    for (node, about) in answers_nobody(model, &running, failures, &explained) {
        explained.extend(about.iter().map(|failure| (failure.observer, failure.subject)));
        patterns.push(LinkPattern::of(model, PatternKind::AnswersNobody, vec![node], &about));
    }
    let rest: Vec<&LinkFailure> =
        failures.iter().filter(|one| !explained.contains(&(one.observer, one.subject))).collect();
    patterns.extend(blocked_servers(model, &running, &rest, &attempts));
    let covered = |one: &LinkFailure| {
        let ports = patterns.iter().filter(|pattern| pattern.nodes.contains(&one.subject));
        ports.filter_map(|pattern| pattern.kind.ports()).any(|ports| match ports {
            PortKind::Grpc => one.role == PortRole::ServerGrpc,
            PortKind::Raft => false,
            PortKind::Other => matches!(one.role, PortRole::ServerGrpc | PortRole::Raft | PortRole::Main),
        })
    };
    let rest: Vec<&LinkFailure> = rest.into_iter().filter(|one| !covered(one)).collect();
    let pairs = pairs(model, &rest);
    patterns.extend(pairs);
    patterns.extend(cut_from_leader(model, &running, &patterns));
    patterns.extend(at_start(model));
    merge_probes(model, &running, &mut patterns);
    patterns
}

/// Live nodes that no other live node reaches and that reach none, while the others reach one another.
fn isolated(model: &Stated<'_>, running: &[usize], failures: &[LinkFailure]) -> Vec<usize> {
    let others_of = |node: usize| running.iter().copied().filter(move |other| *other != node).collect::<Vec<_>>();
    let between = |from: usize, to: usize| failures.iter().any(|one| one.observer == from && one.subject == to);
    // Raft alone is a matter of its port: a node that is cut off does not get its reports through either.
    let more_than_raft = |one: usize, other: usize| {
        failures.iter().any(|failure| {
            failure.role != PortRole::Raft
                && ((failure.observer, failure.subject) == (one, other)
                    || (failure.observer, failure.subject) == (other, one))
        })
    };
    let seen = |node: usize| tells(model, node);
    running
        .iter()
        .copied()
        .filter(|node| {
            let others = others_of(*node);
            others.len() >= 2
                && (seen(*node) || !reliability::half_read(model, *node))
                && others.iter().all(|other| between(*other, *node) && (between(*node, *other) || !seen(*node)))
                && others.iter().all(|other| more_than_raft(*node, *other))
                && others.iter().any(|one| others.iter().any(|two| one != two && !more_than_raft(*one, *two)))
        })
        .collect()
}

/// The node that all failures of the last moments have in common, which are of both directions and of more than the Raft port.
/// Where there was time for every report, [`isolated`] decides.
fn isolated_so_far(
    model: &Stated<'_>,
    running: &[usize],
    failures: &[LinkFailure],
    attempts: &[Attempt],
) -> Option<usize> {
    let began = attempts.iter().map(|one| one.began).min().filter(|began| is_just_now(model, *began));
    // What only lists or probes show is told by them.
    let by_logs =
        |one: &LinkFailure| attempts.iter().any(|at| (at.observer, at.subject) == (one.observer, one.subject));
    if began.is_none() || failures.is_empty() || running.len() < 3 || !failures.iter().all(by_logs) {
        return None;
    }
    running.iter().copied().find(|node| {
        let mut others = running.iter().filter(|other| *other != node);
        attempts.iter().all(|one| one.observer == *node || one.subject == *node)
            && others.all(|other| attempts.iter().any(|one| one.observer == *other || one.subject == *other))
            && attempts.iter().any(|one| one.observer == *node)
            && attempts.iter().any(|one| one.subject == *node)
            && attempts.iter().any(|one| one.role != PortRole::Raft)
    })
}

/// Live nodes that accept the connections of all others and answer on none: hung, or overloaded. That the path was cut after
/// the connect is possible too, but not for all of them at once.
fn answers_nobody<'t>(
    model: &Stated<'_>,
    running: &[usize],
    failures: &'t [LinkFailure],
    explained: &[(usize, usize)],
) -> Vec<(usize, Vec<&'t LinkFailure>)> {
    let mut found = Vec::new();
    for subject in running.iter().copied() {
        let about: Vec<&LinkFailure> = failures.iter().filter(|one| one.subject == subject).collect();
        let mut others = running.iter().filter(|other| **other != subject && model.nodes[**other].logs.is_some());
        let by_all = others.clone().count() >= 2 && others.all(|other| about.iter().any(|one| one.observer == *other));
        let known = about.iter().any(|one| explained.contains(&(one.observer, one.subject)));
        if by_all && !known && about.iter().all(|one| one.accepted) {
            found.push((subject, about));
        }
    }
    found
}

/// Nodes whose server port no other node reaches: where it fails for one, an attempt each is enough of the others.
fn blocked_servers(
    model: &Stated<'_>,
    running: &[usize],
    failures: &[&LinkFailure],
    attempts: &[Attempt],
) -> Vec<LinkPattern> {
    let mut found = Vec::new();
    for subject in running.iter().copied() {
        let meant = |role: PortRole| failures.iter().any(|one| one.subject == subject && one.role == role);
        // Up to 2.2.0 nodes report over the main port, and 1.x has no other for it.
        let role = if !meant(PortRole::ServerGrpc)
            && ports::report_role(version(model, subject).as_deref()) == PortRole::Main
        {
            PortRole::Main
        } else {
            PortRole::ServerGrpc
        };
        let about: Vec<&LinkFailure> =
            failures.iter().copied().filter(|one| one.subject == subject && one.role == role).collect();
        let observers: Vec<usize> = running
            .iter()
            .copied()
            .filter(|other| {
                *other != subject && (model.nodes[*other].logs.is_some() || model.nodes[*other].view.is_some())
            })
            .collect();
        let fails = |other: &usize| {
            let tried = attempts.iter().any(|one| (one.observer, one.subject, one.role) == (*other, subject, role));
            tried || about.iter().any(|one| one.observer == *other)
        };
        let all = !about.is_empty() && observers.iter().all(fails);
        let here = probes::probe(model, subject, role).is_some_and(|result| result != PortResult::Open);
        let other_ports = failures.iter().any(|one| one.subject == subject && one.role != role);
        if !all || !(observers.len() >= 2 || here) {
            continue;
        }
        if !other_ports {
            let kind = PatternKind::ServerPortShut(server_ports(&about));
            found.push(LinkPattern::of(model, kind, vec![subject], &about));
        } else if !failures.iter().any(|one| one.observer == subject) {
            let every: Vec<&LinkFailure> = failures.iter().copied().filter(|one| one.subject == subject).collect();
            found.push(LinkPattern::of(model, PatternKind::AllPortsShut, vec![subject], &every));
        }
    }
    found
}

/// The version of a node, else that of any other: nodes of one cluster are of one generation.
fn version(model: &Stated<'_>, node: usize) -> Option<String> {
    let mut versions = settings::versions(model);
    versions.remove(&node).or_else(|| versions.into_values().next())
}

/// Which ports these are: the one for reports by gRPC, or others as well.
fn server_ports(failures: &[&LinkFailure]) -> PortKind {
    let grpc = failures.iter().all(|one| one.role == PortRole::ServerGrpc);
    if grpc { PortKind::Grpc } else { PortKind::Other }
}

/// Failures between single pairs.
fn pairs(model: &Stated<'_>, failures: &[&LinkFailure]) -> Vec<LinkPattern> {
    by_pair(failures.iter().copied()).into_iter().map(|(pair, about)| of_pair(model, pair, &about)).collect()
}

/// Two nodes, the one with the smaller index first.
type Pair = (usize, usize);

/// Failures by the two nodes that they are between, in whichever direction.
fn by_pair<'f>(failures: impl Iterator<Item = &'f LinkFailure>) -> BTreeMap<Pair, Vec<&'f LinkFailure>> {
    let mut pairs: BTreeMap<Pair, Vec<&LinkFailure>> = BTreeMap::new();
    for failure in failures {
        let pair = (failure.observer.min(failure.subject), failure.observer.max(failure.subject));
        pairs.entry(pair).or_default().push(failure);
    }
    pairs
}

/// Pairs of which one at least hangs in its start, and between which the Raft port fails.
fn at_start(model: &Stated<'_>) -> Vec<LinkPattern> {
    let failures = failures_of_starts(model);
    let of = |((low, high), about): (Pair, Vec<&LinkFailure>)| {
        LinkPattern::of(model, PatternKind::RaftAtStart, vec![low, high], &about)
    };
    by_pair(failures.iter()).into_iter().map(of).collect()
}

/// What the failures of one pair look like.
fn of_pair(model: &Stated<'_>, (low, high): (usize, usize), about: &[&LinkFailure]) -> LinkPattern {
    let counted: Vec<&LinkFailure> = about.iter().copied().filter(|one| one.role != PortRole::Raft).collect();
    let Some(from) = counted.first().map(|one| one.observer) else {
        return LinkPattern::of(model, PatternKind::RaftOnly, vec![low, high], about);
    };
    if counted.iter().any(|one| one.observer != from) {
        return LinkPattern::of(model, PatternKind::BothDirections(server_ports(about)), vec![low, high], about);
    }
    // A connection that was accepted and not answered does not show that the port is blocked.
    if about.iter().all(|one| one.accepted) {
        let (from, to) = (about[0].observer, about[0].subject);
        return LinkPattern::of(model, PatternKind::OneDirection, vec![from, to], about);
    }
    let to = if from == low { high } else { low };
    // A port that cannot be reached from here either is blocked; that the other direction works only shows that the node is
    // alive. Logs that were not read to the end do not show whether it works.
    let closed_here = |one: &&LinkFailure| {
        let probe = probes::probe(model, to, one.role).filter(|result| !reliability::doubtful(model, to, *result));
        one.subject == to && probe.is_some_and(|result| !probes::is_reachable(result))
    };
    if about.iter().any(closed_here) {
        let kind = PatternKind::ClosedFromHereToo(server_ports(&counted));
        return LinkPattern::of(model, kind, vec![to], &counted);
    }
    if reliability::half_read(model, to) {
        return LinkPattern::of(model, PatternKind::WayBackNotRead, vec![low, high], about);
    }
    LinkPattern::of(model, PatternKind::OneDirection, vec![from, to], about)
}

/// Live nodes that serve everything but what needs the leader of the configuration group: their readiness, a read through
/// that leader, is silent or says no, while the leader and most others are ready. It is the one thing that the API shows of
/// a cut Raft port: member lists and Raft metadata go on saying that all is well.
fn cut_from_leader(model: &Stated<'_>, running: &[usize], known: &[LinkPattern]) -> Vec<LinkPattern> {
    let Some(leader) = config_leader(model).filter(|leader| running.contains(leader)) else { return Vec::new() };
    let ready = |index: usize| model.nodes[index].view.is_some_and(|view| view.ready == Some(true));
    let readies = running.iter().filter(|index| ready(**index)).count();
    if !ready(leader) || readies * 2 <= model.nodes.len() || reliability::slow_here(model) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for index in running.iter().copied().filter(|index| *index != leader) {
        let Some(view) = model.nodes[index].view.filter(|_| settled(model, index)) else { continue };
        // One that there was no time to wait for tells nothing.
        let waited = |http: &HttpSeen| http.elapsed_ms >= timing::ATTEMPT_WAITS_MS.unsigned_abs();
        let silent = view.readiness_waits() && view.readiness.as_ref().is_some_and(waited);
        let of_nacos = |http: &HttpSeen| api::names_readiness(&http.body);
        let refuses = view.ready == Some(false)
            && !naming_data::waits_for_naming(view)
            && view.readiness.as_ref().is_none_or(of_nacos);
        let others_answer =
            view.liveness.as_ref().is_some_and(|http| http.status == Some(200)) && !view.members.is_empty();
        let explained = known.iter().any(|one| one.nodes.contains(&index));
        if explained || !(silent || refuses) || !others_answer || reliability::late(model, index) {
            continue;
        }
        let name = model.nodes[index].name;
        let mut refs: Vec<EvidenceRef> =
            [&view.readiness, &view.liveness].into_iter().flatten().map(|http| cite::http(name, http)).collect();
        let text = format!("{CONFIG_GROUP}: leader {}", model.nodes[leader].name);
        refs.push(cite::said(name, "raftMetaData", &text));
        let port = address::port(model.nodes[leader].main_port(), PortRole::Raft).to_string();
        let kind = PatternKind::CutFromLeader { follower: index, leader };
        found.push(LinkPattern::seen_from_here(kind, vec![index.min(leader), index.max(leader)], port, refs));
    }
    found
}

/// Ports of live nodes that do not pass from here. A server or Raft port that the peers use without complaint is left
/// out: firewalls often open it to the cluster alone.
fn merge_probes(model: &Stated<'_>, running: &[usize], patterns: &mut Vec<LinkPattern>) {
    for node in running.iter().copied() {
        let Some(seen) = model.nodes[node].ports else { continue };
        let listens_on = ports::roles(version(model, node).as_deref());
        let closed: Vec<_> = seen
            .ports
            .iter()
            .filter(|port| port.role != PortRole::Console && listens_on.contains(&port.role))
            .filter(|port| probes::is_closed(port) && !reliability::doubtful(model, node, port.result))
            .collect();
        let open = seen.ports.iter().any(|port| port.result == PortResult::Open);
        // Where none answers, that the node runs was seen in its files, which go on: then it is the way from here that is shut.
        let shut_from_here = reachability::reach(model, node) == Reachability::Nothing;
        if closed.is_empty() || !(open || shut_from_here) {
            continue;
        }
        let vouched = |role: PortRole| {
            matches!(role, PortRole::ServerGrpc | PortRole::Raft)
                && running.iter().any(|other| *other != node && model.nodes[*other].logs.is_some())
                && !patterns.iter().any(|one| one.nodes.contains(&node) && one.kind.shuts_more_than_raft())
        };
        let counted: Vec<_> = closed.into_iter().filter(|port| !vouched(port.role)).collect();
        let (elsewhere, counted): (Vec<_>, Vec<_>) =
            counted.into_iter().partition(|port| probes::is_published_elsewhere(model, node, port.role));
        if !elsewhere.is_empty() {
            let name = model.nodes[node].name;
            let evidence = elsewhere.iter().map(|port| cite::port(name, &seen.host, port)).collect();
            let ports = elsewhere.iter().map(|port| port.port.to_string()).collect::<Vec<_>>().join(", ");
            patterns.push(LinkPattern::seen_from_here(PatternKind::PublishedElsewhere, vec![node], ports, evidence));
        }
        if counted.is_empty() {
            continue;
        }
        let roles: Vec<PortRole> = counted.iter().map(|port| port.role).collect();
        let kind = PortKind::of(&roles);
        let name = model.nodes[node].name;
        let evidence: Vec<EvidenceRef> = counted.iter().map(|port| cite::port(name, &seen.host, port)).collect();
        let ports = counted.iter().map(|port| port.port.to_string()).collect::<Vec<_>>().join(", ");
        let same = patterns.iter_mut().find(|one| {
            let alike = one.kind == PatternKind::Isolated || one.kind.ports() == Some(PortKind::Grpc);
            one.nodes == [node] && (alike || one.kind.ports() == Some(kind))
        });
        match same {
            Some(pattern) => pattern.add_probes(&ports, evidence),
            None => {
                patterns.push(LinkPattern::seen_from_here(PatternKind::ProbesOnly(kind), vec![node], ports, evidence));
            }
        }
    }
}
