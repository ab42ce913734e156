//! Member lists: what the files say, what the nodes run with, what Raft votes with; which node differs, which member does not exist.

use std::collections::{BTreeMap, BTreeSet};

use super::node_state::NodeState;
use super::tables::settings;
use super::{ClusterModel, address, cite, quorum, youth};
use crate::domain::cluster::FoundMember;
use crate::domain::evidence::EvidenceRef;
use crate::domain::id::NodeName;
use crate::domain::observed::{ConfProblem, PortRole, SignatureHits, Value};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{ConfProblemKind, Failure, MemberState};
use crate::nacos::signatures::{Role, SignatureId, has_role};
use crate::nacos::{ports, timing};

/// True if Nacos does not take the line as it was meant.
#[must_use]
pub fn fatal(problem: &ConfProblem) -> bool {
    matches!(
        problem.kind,
        ConfProblemKind::Malformed
            | ConfProblemKind::Ghost
            | ConfProblemKind::Merged
            | ConfProblemKind::Untrimmed
            | ConfProblemKind::Bom
    )
}

/// True if a node's `cluster.conf` has such a line.
#[must_use]
pub fn malformed(model: &ClusterModel<'_>, index: usize) -> bool {
    model.nodes[index].conf.is_some_and(|conf| conf.rejected || conf.problems.iter().any(fatal))
}

/// One node whose file names other members than the rest.
#[derive(Clone, Debug)]
pub struct Divergent {
    /// The node.
    pub node: usize,
    /// Members that only it names.
    pub more: Vec<String>,
    /// Members that it lacks.
    pub less: Vec<String>,
    /// Its lines and one other's.
    pub evidence: Vec<EvidenceRef>,
}

/// The member set of the files that are right: that of most nodes, or one that only adds nodes that run; among equals the one
/// that Raft votes with, that the nodes run with, or that the inventory names. `None` if no file was read or nothing tells.
#[must_use]
pub fn reference(model: &ClusterModel<'_>) -> Option<BTreeSet<String>> {
    let sets = sets(model);
    let most = sets.values().map(Vec::len).max()?;
    let running = model.running();
    let runs = |member: &&String| model.member(member).is_some_and(|index| running.contains(&index));
    let of_most = || sets.iter().filter(|(_, nodes)| nodes.len() == most).map(|(set, _)| set);
    let more_complete = |set: &&BTreeSet<String>| {
        let adds = |base: &BTreeSet<String>| set.len() > base.len() && set.is_superset(base);
        of_most().all(|base| *set == base || adds(base) && set.difference(base).all(|member| runs(&member)))
    };
    // A file that names every node is right, however many others lack the line of one.
    if let Some(set) = sets.keys().filter(more_complete).max_by_key(|set| set.len()) {
        return Some(set.clone());
    }
    let mut best: Vec<&BTreeSet<String>> =
        sets.iter().filter(|(_, nodes)| nodes.len() == most).map(|(set, _)| set).collect();
    if best.len() == 1 {
        return best.pop().cloned();
    }
    let voters = quorum::raft_members(model).map(|voters| voters.iter().filter_map(|voter| main_of(voter)).collect());
    let runtime = runtime_sets(model).into_iter().max_by_key(|(_, count)| *count).map(|(set, _)| set);
    let inventory: BTreeSet<String> =
        model.nodes.iter().filter_map(|node| node.address.as_ref()).map(address::Address::text).collect();
    [voters, runtime, Some(inventory)].into_iter().flatten().find(|set| best.contains(&set))
}

/// Member sets of well-formed files and the nodes that have them.
fn sets(model: &ClusterModel<'_>) -> BTreeMap<BTreeSet<String>, Vec<usize>> {
    let mut sets: BTreeMap<BTreeSet<String>, Vec<usize>> = BTreeMap::new();
    for (index, node) in model.nodes.iter().enumerate() {
        if let Some(conf) = node.conf.filter(|conf| conf.present && !malformed(model, index)) {
            sets.entry(conf.members.iter().cloned().collect()).or_default().push(index);
        }
    }
    sets
}

/// Member sets that the running nodes list, and how many list each.
fn runtime_sets(model: &ClusterModel<'_>) -> BTreeMap<BTreeSet<String>, usize> {
    let mut sets = BTreeMap::new();
    for index in model.running() {
        let Some(set) = runtime(model, index) else { continue };
        *sets.entry(set).or_default() += 1;
    }
    sets
}

/// The members that a node lists in its API.
#[must_use]
pub fn runtime(model: &ClusterModel<'_>, index: usize) -> Option<BTreeSet<String>> {
    let view = model.nodes[index].view.filter(|view| !view.members.is_empty())?;
    Some(view.members.iter().map(|member| member.address.clone()).collect())
}

/// Nodes whose well-formed file names other members than the reference; all of them if nothing tells who is right.
#[must_use]
pub fn divergent_files(model: &ClusterModel<'_>) -> Vec<Divergent> {
    let sets = sets(model);
    if sets.len() < 2 {
        return Vec::new();
    }
    let right = reference(model);
    let all: BTreeSet<String> = sets.keys().flatten().cloned().collect();
    let base = right
        .clone()
        .unwrap_or_else(|| all.iter().filter(|member| sets.keys().all(|set| set.contains(*member))).cloned().collect());
    let mut odd: Vec<Divergent> = sets
        .iter()
        .filter(|(set, _)| right.as_ref() != Some(*set))
        .flat_map(|(set, nodes)| nodes.iter().map(move |node| (set, *node)))
        .map(|(set, node)| Divergent {
            node,
            more: set.difference(&base).cloned().collect(),
            less: base.difference(set).cloned().collect(),
            evidence: vec![cite::said(
                model.nodes[node].name,
                "conf/cluster.conf",
                &set.iter().cloned().collect::<Vec<_>>().join("\n"),
            )],
        })
        .collect();
    odd.sort_by_key(|one| one.node);
    odd
}

/// A running node of the inventory that no node's `cluster.conf` names.
#[derive(Clone, Debug)]
pub struct NotListed {
    /// The node.
    pub node: usize,
    /// Its address.
    pub member: String,
    /// The members of the files, and what nodes write of it.
    pub evidence: Vec<EvidenceRef>,
}

/// Running nodes that no file names. Only where every line of the files means another node: a line that means none may be
/// the node under another name.
#[must_use]
pub fn not_listed(model: &ClusterModel<'_>) -> Vec<NotListed> {
    let sets = sets(model);
    let members: BTreeSet<&String> = sets.keys().flatten().collect();
    let listed: Vec<Option<usize>> = members.iter().map(|member| model.member(member)).collect();
    if members.is_empty() || listed.contains(&None) || asks_an_address_server(model) {
        return Vec::new();
    }
    let in_start = |index: usize| matches!(model.states[index], NodeState::Starting { .. });
    let is_there = |index: &usize| model.states[*index].is_running() || in_start(*index);
    (0..model.nodes.len())
        .filter(|index| model.nodes[*index].given_for.is_none() && is_there(index) && !listed.contains(&Some(*index)))
        .filter(|index| !malformed(model, *index))
        .filter_map(|index| {
            let member = model.nodes[index].address.as_ref()?.text();
            let files = sets.iter().flat_map(|(set, nodes)| nodes.iter().map(move |node| (set, *node)));
            let mut evidence: Vec<EvidenceRef> = files
                .map(|(set, node)| {
                    let lines = set.iter().cloned().collect::<Vec<_>>().join("\n");
                    cite::said(model.nodes[node].name, "conf/cluster.conf", &lines)
                })
                .collect();
            for (observer, node) in model.nodes.iter().enumerate() {
                let of_it = |hits: &&SignatureHits| hits.peer_text().and_then(|peer| model.member(peer)) == Some(index);
                let refused = node.hits(SignatureId::NOT_IN_MEMBER_LIST).filter(of_it);
                evidence.extend(cite::samples(node.name, refused, 1));
                if observer == index {
                    evidence.extend(cite::samples(node.name, node.hits(SignatureId::SELF_NOT_IN_LIST), 1));
                }
            }
            Some(NotListed { node: index, member, evidence })
        })
        .collect()
}

/// True if a node takes its members from an address server, although it has a file.
fn asks_an_address_server(model: &ClusterModel<'_>) -> bool {
    let mut entries = model.nodes.iter().filter_map(|node| node.properties).flat_map(|seen| &seen.entries);
    entries.any(|entry| {
        entry.key == "nacos.core.member.lookup.type"
            && matches!(&entry.value, Value::Plain { text } if text == "address-server")
    })
}

/// A member that no node of the inventory is and that running nodes cannot reach.
#[derive(Clone, Debug)]
pub struct UnlistedMember {
    /// `host:port`.
    pub member: String,
    /// True if Raft votes with it, so that it raises the quorum.
    pub votes: bool,
    /// True if it votes, reported once, or was connected: a machine was there.
    pub was_there: bool,
    /// True if Raft itself tells who votes.
    pub voters_known: bool,
    /// Lines and list entries.
    pub evidence: Vec<EvidenceRef>,
}

/// Members that no node of the inventory is, and that running nodes cannot reach, whether a machine was ever there or not: those of
/// the reference files, and those that running nodes list although no file names them.
fn unlisted_members(model: &ClusterModel<'_>) -> Vec<UnlistedMember> {
    if model.nodes.iter().any(|node| node.address.is_none()) {
        return Vec::new();
    }
    let mut members = reference(model).unwrap_or_default();
    members.extend(model.running().into_iter().filter_map(|index| runtime(model, index)).flatten());
    let voters = quorum::raft_members(model);
    members
        .iter()
        .filter(|member| model.member(member).is_none())
        .filter_map(|member| {
            let (host, port) = address::split(member)?;
            let raft_address = format!("{host}:{}", address::port(port.unwrap_or(8848), PortRole::Raft));
            let votes = voters.as_ref().is_some_and(|voters| voters.contains(&raft_address));
            let mut refs: Vec<EvidenceRef> =
                quorum::unreached(model, &host).into_iter().map(|(_, reference)| reference).collect();
            let mut reported = false;
            for index in model.running() {
                let members = model.nodes[index].view.into_iter().flat_map(|view| &view.members);
                for seen in members.filter(|seen| &seen.address == member) {
                    if seen.state == MemberState::Up {
                        return None;
                    }
                    reported |= seen.last_refresh.is_some() || !seen.raft.is_empty();
                    let text = format!("{} {}", seen.address, seen.state);
                    refs.push(cite::said(model.nodes[index].name, "member list", &text));
                }
            }
            let was_there = reported || was_there(model, member, votes, voters.is_none());
            let voters_known = voters.is_some();
            (!refs.is_empty()).then(|| UnlistedMember {
                member: member.clone(),
                votes,
                was_there,
                voters_known,
                evidence: refs,
            })
        })
        .collect()
}

/// True if the logs show that somebody was there in the window: a connection that was opened, lost or reset. A vote, or a
/// refused connection (where nothing tells who votes), counts unless the member was out of reach from the start of the nodes
/// that tell: who stands in every file since the first start votes as well, and nobody needs to be there for it.
fn was_there(model: &ClusterModel<'_>, member: &str, votes: bool, refused_counts: bool) -> bool {
    let Some((host, port)) = address::split(member) else { return false };
    let main = port.unwrap_or(8848);
    let shares_host = model.nodes.iter().any(|node| node.addresses().any(|own| own.host == host));
    let speaks_of = |text: &str| {
        address::split(text).is_some_and(|(peer, port)| {
            peer == host && port.map_or(!shares_host, |port| address::role(main, port).is_some())
        })
    };
    let hits = |node: usize| model.nodes[node].logs.into_iter().flat_map(|logs| &logs.hits);
    let about = |node| hits(node).filter(|hits| hits.peer_text().is_some_and(speaks_of)).collect();
    let told: Vec<Vec<&SignatureHits>> = (0..model.nodes.len()).map(about).collect();
    let lived = told
        .iter()
        .flatten()
        .any(|hits| has_role(&hits.signature, Role::PeerLived) || hits.reasons.contains_key(&Failure::Reset));
    let weak = votes
        || refused_counts
            && told.iter().flatten().any(|hits| {
                // A leader replicates to voters only.
                has_role(&hits.signature, Role::Replicates) || hits.reasons.contains_key(&Failure::Refused)
            });
    let never = || {
        let firsts: Vec<(usize, Timestamp)> = told
            .iter()
            .enumerate()
            .filter_map(|(index, hits)| Some((index, hits.iter().filter_map(|hits| hits.first).min()?)))
            .collect();
        let from_the_start = |(index, first): &(usize, Timestamp)| {
            first.millis_since(logs_begin(model, *index)) < timing::START_NOISE_MS
        };
        !firsts.is_empty() && firsts.iter().all(from_the_start)
    };
    lived || weak && !never()
}

/// When what was read of a node's logs begins, or when it started after that.
fn logs_begin(model: &ClusterModel<'_>, index: usize) -> Timestamp {
    let node = &model.nodes[index];
    let window = model.window_begin();
    let files = node.logs.into_iter().flat_map(|logs| &logs.files).filter_map(|file| file.first).min();
    let began = node.stop.and_then(|stop| stop.starts.iter().copied().max());
    [files, began, node.started].into_iter().flatten().fold(window, Timestamp::max)
}

/// Members that running nodes or files name and that no node of the inventory is, as far as can be told: where a node of the
/// inventory stands in no list, a member may be that node under another name.
#[must_use]
pub fn found_members(model: &ClusterModel<'_>) -> Vec<FoundMember> {
    let mut found: BTreeMap<String, Vec<NodeName>> = BTreeMap::new();
    let mut listed = BTreeSet::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let conf = node.conf.filter(|conf| conf.present && !malformed(model, index));
        let mut told: BTreeSet<String> = conf.into_iter().flat_map(|conf| conf.members.iter().cloned()).collect();
        told.extend(runtime(model, index).into_iter().flatten());
        for member in told {
            match model.member(&member) {
                Some(known) => _ = listed.insert(known),
                None => found.entry(member).or_default().push(node.name.clone()),
            }
        }
    }
    let in_no_list = (0..model.nodes.len()).filter(|index| !listed.contains(index));
    let may_be: Vec<NodeName> = in_no_list.map(|index| model.nodes[index].name.clone()).collect();
    let member = |(address, told_by)| FoundMember { address, told_by, may_be: may_be.clone() };
    found.into_iter().map(member).collect()
}

/// Members that no machine answers for and none ever did, as far as can be seen.
#[must_use]
pub fn ghosts(model: &ClusterModel<'_>) -> Vec<UnlistedMember> {
    unlisted_members(model).into_iter().filter(|one| !one.was_there).collect()
}

/// Members that are down and that the inventory does not name: nodes like the others, not ghosts.
#[must_use]
pub fn unlisted(model: &ClusterModel<'_>) -> Vec<UnlistedMember> {
    unlisted_members(model).into_iter().filter(|one| one.was_there).collect()
}

/// Nodes whose running member list is not what the reference files say, while their own file does.
#[must_use]
pub fn disagreeing(model: &ClusterModel<'_>) -> Vec<Divergent> {
    let odd_files: Vec<usize> = divergent_files(model).iter().map(|odd| odd.node).collect();
    let base = match reference(model) {
        Some(files) => Some(files),
        None => runtime_sets(model).into_iter().max_by_key(|(_, count)| *count).map(|(set, _)| set),
    };
    let Some(base) = base else { return Vec::new() };
    model
        .running()
        .into_iter()
        .filter(|index| !odd_files.contains(index) && !malformed(model, *index))
        .filter_map(|node| {
            let runtime = runtime(model, node)?;
            (runtime != base).then(|| Divergent {
                node,
                more: runtime.difference(&base).cloned().collect(),
                less: base.difference(&runtime).cloned().collect(),
                evidence: vec![cite::said(
                    model.nodes[node].name,
                    "member list",
                    &runtime.iter().cloned().collect::<Vec<_>>().join("\n"),
                )],
            })
        })
        .collect()
}

/// A running node that others call down.
#[derive(Clone, Debug)]
pub struct CalledDown {
    /// The node.
    pub node: usize,
    /// Those that call it down or suspicious.
    pub observers: Vec<usize>,
    /// One of them calls it down: it has failed several times in a row.
    pub is_down: bool,
    /// What every other node says of it.
    pub evidence: Vec<EvidenceRef>,
}

/// Running nodes, up for a while, that other running nodes call down.
#[must_use]
pub fn called_down(model: &ClusterModel<'_>) -> Vec<CalledDown> {
    let running = model.running();
    let settled = running.iter().copied().filter(|index| !youth::came_up_within(model, *index, timing::CATCH_UP_MS));
    let mut found = Vec::new();
    for node in settled {
        let mut observers = Vec::new();
        let mut evidence = Vec::new();
        let mut is_down = false;
        for observer in running.iter().copied().filter(|observer| *observer != node) {
            let members = model.nodes[observer].view.into_iter().flat_map(|view| &view.members);
            for member in members.filter(|member| model.member(&member.address) == Some(node)) {
                let down = matches!(member.state, MemberState::Down | MemberState::Suspicious);
                if down && !youth::is_back(model, node, observer) {
                    observers.push(observer);
                    is_down |= member.state == MemberState::Down;
                }
                let text = format!("{} {}", model.nodes[node].name, member.state);
                evidence.push(cite::said(model.nodes[observer].name, "member list", &text));
            }
        }
        if !observers.is_empty() {
            found.push(CalledDown { node, observers, is_down, evidence });
        }
    }
    found
}

/// Lines in which a node says, again and again and at the moment judged, that its own Raft group is without it.
#[must_use]
pub fn not_in_conf(model: &ClusterModel<'_>, index: usize) -> Option<Vec<EvidenceRef>> {
    let node = &model.nodes[index];
    let mut hits = node.hits(SignatureId::RAFT_NOT_IN_CONF);
    let is_current = |last| model.age_ms(last) <= timing::LINE_CURRENT_MS;
    hits.any(|hits| hits.last.is_some_and(is_current) && hits.count >= 2)
        .then(|| cite::samples(node.name, node.hits(SignatureId::RAFT_NOT_IN_CONF), 3))
}

/// Two members on one host that need the same port.
#[derive(Clone, Debug)]
pub struct PortClash {
    /// The members, `host:port`.
    pub members: (String, String),
    /// Which nodes they are.
    pub nodes: (Option<usize>, Option<usize>),
    /// The port that both need.
    pub port: u16,
    /// True if both run, so that something is different from what the file says.
    pub both_run: bool,
    /// The lines.
    pub evidence: Vec<EvidenceRef>,
}

/// Members of one host whose ports collide: each takes its main port, and those of Raft and gRPC at fixed distances from it.
#[must_use]
pub fn port_clashes(model: &ClusterModel<'_>) -> Vec<PortClash> {
    let members: Vec<(String, u16)> = reference(model)
        .into_iter()
        .flatten()
        .filter_map(|member| address::split(&member).map(|(host, port)| (host, port.unwrap_or(ports::DEFAULT_MAIN))))
        .collect();
    let versions = settings::versions(model);
    let roles = ports::roles(versions.values().next().map(String::as_str));
    let taken = |main: u16| roles.iter().filter_map(move |role| ports::port_of(main, *role));
    let runs = |index: Option<usize>| index.is_some_and(|index| model.states[index].is_running());
    let mut found = Vec::new();
    for (at, (host, main)) in members.iter().enumerate() {
        for (_, other) in members[at + 1..].iter().filter(|(other_host, other)| other_host == host && other != main) {
            let Some(port) = taken(*main).find(|port| taken(*other).any(|taken| taken == *port)) else { continue };
            let text = |main: u16| address::Address { host: host.clone(), port: main }.text();
            let members = (text(*main), text(*other));
            let nodes = (model.member(&members.0), model.member(&members.1));
            let both_run = runs(nodes.0) && runs(nodes.1);
            let line = format!("{}\n{}", members.0, members.1);
            let files = model.nodes.iter().filter(|node| node.conf.is_some_and(|conf| conf.present)).take(1);
            let evidence = files.map(|node| cite::said(node.name, "conf/cluster.conf", &line)).collect();
            found.push(PortClash { members, nodes, port, both_run, evidence });
        }
    }
    found
}

/// How voters and members differ.
#[derive(Clone, Debug)]
pub struct RaftDifference {
    /// Voters that are not members.
    pub more: Vec<String>,
    /// Members that do not vote; ghosts left out.
    pub less: Vec<String>,
    /// True if the members are those of the files; else those that the nodes list in their API.
    pub by_files: bool,
    /// The groups of running nodes with their voters.
    pub evidence: Vec<EvidenceRef>,
}

/// Voters that are not members, and members that do not vote.
#[must_use]
pub fn raft_difference(model: &ClusterModel<'_>) -> Option<RaftDifference> {
    let voters: BTreeSet<String> = quorum::raft_members(model)?.iter().filter_map(|voter| main_of(voter)).collect();
    let files = reference(model);
    let by_files = files.is_some();
    // Where no file was seen, what all nodes list: two answers of one API that contradict each other count as well.
    let members = match files {
        Some(files) => files,
        None => {
            let mut listed = runtime_sets(model).into_keys();
            listed.next().filter(|_| listed.next().is_none())?
        }
    };
    let ghosts: Vec<String> = ghosts(model).into_iter().map(|ghost| ghost.member).collect();
    let more: Vec<String> = voters.difference(&members).cloned().collect();
    let less: Vec<String> = members.difference(&voters).filter(|member| !ghosts.contains(member)).cloned().collect();
    (!more.is_empty() || !less.is_empty()).then(|| RaftDifference { more, less, by_files, evidence: groups(model) })
}

/// True if a member list was written so short a time ago that the nodes need not have taken it in, and Raft even less.
#[must_use]
pub fn changed_just_now(model: &ClusterModel<'_>) -> bool {
    let written = model.nodes.iter().filter_map(|node| node.conf?.modified);
    written.into_iter().any(|at| (-timing::CLOCKS_MS..timing::MEMBERS_TAKEN_IN_MS).contains(&model.age_ms(at)))
}

/// The groups of running nodes with their voters.
fn groups(model: &ClusterModel<'_>) -> Vec<EvidenceRef> {
    let of = |index: usize| {
        let node = &model.nodes[index];
        node.view.into_iter().flat_map(|view| &view.raft).map(|group| {
            let text = format!("{}: {}", group.group, group.members.join(", "));
            cite::said(node.name, "raftMetaData", &text)
        })
    };
    model.running().into_iter().flat_map(of).collect()
}

/// Members of the files that are not in the inventory; none where a node is not known by its address.
#[must_use]
pub fn not_in_inventory(model: &ClusterModel<'_>) -> Vec<String> {
    if model.nodes.iter().any(|node| node.address.is_none()) {
        return Vec::new();
    }
    let members = reference(model).unwrap_or_default();
    members.into_iter().filter(|member| model.member(member).is_none()).collect()
}

fn main_of(voter: &str) -> Option<String> {
    let (host, port) = address::split(voter)?;
    Some(address::Address { host, port: port?.saturating_add(1000) }.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::*;

    #[test]
    fn a_member_that_no_node_of_the_inventory_is_is_found_and_who_names_it() {
        let mut world = api_only();
        let found = |world: &World| {
            let at = Timestamp::from_millis(AT);
            found_members(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS))
        };
        assert_eq!(found(&world), [], "all members are known");
        for index in 0..2 {
            set_view(&mut world, index, |_, view| {
                let mut fourth = view.members[0].clone();
                fourth.address = "10.9.9.9:8848".to_owned();
                view.members.push(fourth);
            });
        }
        let names = |indices: [usize; 2]| indices.map(|index| world.cluster.nodes[index].name.clone()).to_vec();
        let told_by = names([0, 1]);
        let fourth = FoundMember { address: "10.9.9.9:8848".to_owned(), told_by, may_be: Vec::new() };
        assert_eq!(found(&world), [fourth]);
    }
}
