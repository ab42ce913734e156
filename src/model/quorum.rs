//! Who votes, and whether there is a majority.

use std::collections::{BTreeMap, BTreeSet};

use super::links::Linked;
use super::links::kinds::PatternKind;
use super::node_state::{NodeState, Stated};
use super::{address, cite};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{LogFileSeen, PortRole};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{CutReason, MemberState};
use crate::nacos::signatures::Role;
use crate::nacos::timing;

/// How a voter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// It can vote.
    Live,
    /// It cannot.
    Dead,
    /// Not known.
    Unknown,
}

/// The electorate and what is left of it.
#[derive(Clone, Debug)]
pub struct Quorum {
    /// Every voter (`host:raft_port`) and how it stands.
    pub voters: Vec<(String, Vote)>,
    /// Which node each of them is, where that is known.
    pub owners: Vec<Option<usize>>,
}

impl Quorum {
    /// Votes needed.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    /// Voters that can vote.
    #[must_use]
    pub fn live(&self) -> usize {
        self.voters.iter().filter(|(_, vote)| *vote == Vote::Live).count()
    }

    /// Voters of which nothing is known.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.voters.iter().filter(|(_, vote)| *vote == Vote::Unknown).count()
    }

    /// True if there can be no majority, whatever the unknown ones do.
    #[must_use]
    pub fn lost(&self) -> bool {
        self.live() + self.unknown() < self.needed()
    }

    /// True if the majority is lost even without the dead voters that are nodes of these.
    #[must_use]
    pub fn lost_without(&self, doubtful: &[usize]) -> bool {
        let dead = self.voters.iter().zip(&self.owners).filter(|((_, vote), _)| *vote == Vote::Dead);
        let sure = dead.filter(|(_, owner)| owner.is_none_or(|owner| !doubtful.contains(&owner))).count();
        sure + self.needed() > self.voters.len()
    }

    /// Live voters minus the votes needed, at least 0.
    #[must_use]
    pub fn tolerance(&self) -> u32 {
        u32::try_from(self.live().saturating_sub(self.needed())).unwrap_or(0)
    }
}

/// The electorate: from Raft where seen, else from `cluster.conf`; `None` if neither was seen.
#[must_use]
pub fn quorum(model: &Linked<'_>) -> Option<Quorum> {
    let voters = voters(model)?;
    let isolated: Vec<usize> = model
        .links
        .patterns
        .iter()
        .filter(|pattern| pattern.kind == PatternKind::Isolated && !pattern.transient)
        .flat_map(|pattern| pattern.nodes.iter().copied())
        .collect();
    let mut nameless = nameless(model, &voters).into_iter();
    let owners: Vec<Option<usize>> =
        voters.iter().map(|voter| model.voter(voter).or_else(|| nameless.next())).collect();
    let voters = voters
        .into_iter()
        .zip(&owners)
        .map(|(voter, owner)| {
            let vote = match *owner {
                Some(index) if isolated.contains(&index) => Vote::Dead,
                Some(index) => match model.states[index] {
                    NodeState::Running | NodeState::CopyEndsEarly => Vote::Live,
                    NodeState::Unseen => unknown_voter(model, &voter),
                    _ => Vote::Dead,
                },
                None => unknown_voter(model, &voter),
            };
            (voter, vote)
        })
        .collect();
    Some(Quorum { voters, owners })
}

/// The voters (`host:raft_port`): from Raft where seen, else from `cluster.conf`.
#[must_use]
pub fn voters(model: &Stated<'_>) -> Option<Vec<String>> {
    raft_members(model).or_else(|| conf_voters(model))
}

/// Nodes whose address could not be found out, if they are just as many as the voters that are no known node: which is
/// which does not matter for counting.
fn nameless(model: &Stated<'_>, voters: &[String]) -> Vec<usize> {
    let nodes: Vec<usize> = (0..model.nodes.len()).filter(|index| model.nodes[*index].address.is_none()).collect();
    let orphans = voters.iter().filter(|voter| model.voter(voter).is_none()).count();
    if nodes.len() == orphans { nodes } else { Vec::new() }
}

/// A voter that is not a node of the inventory, or of which nothing was seen: as the running nodes see it.
fn unknown_voter(model: &Stated<'_>, voter: &str) -> Vote {
    let Some((host, port)) = address::split(voter) else { return Vote::Unknown };
    let main = port.map_or(8848, |port| port.saturating_add(1000));
    let mut states: BTreeSet<&MemberState> = BTreeSet::new();
    for index in model.running() {
        for member in model.nodes[index].view.into_iter().flat_map(|view| &view.members) {
            if address::split(&member.address)
                .is_some_and(|(own, port)| own == host && port.is_none_or(|port| port == main))
            {
                states.insert(&member.state);
            }
        }
    }
    if states.contains(&MemberState::Up) {
        return Vote::Live;
    }
    if !states.is_empty() {
        return Vote::Dead;
    }
    if unreached(model, &host).is_empty() { Vote::Unknown } else { Vote::Dead }
}

/// Running nodes whose logs say, at the moment judged, that they do not reach this host.
#[must_use]
pub fn unreached(model: &Stated<'_>, host: &str) -> Vec<(usize, EvidenceRef)> {
    let horizon = model.as_of.plus_millis(-timing::LINE_CURRENT_MS);
    let mut found = Vec::new();
    for index in model.running() {
        let node = &model.nodes[index];
        let hit = node
            .hits_of(Role::PeerMissed)
            .filter(|hits| hits.last.is_some_and(|last| last >= horizon))
            .find(|hits| hits.peer_text().and_then(address::split).is_some_and(|(peer, _)| peer == host));
        if let Some(line) = hit.and_then(|hits| hits.samples.last()) {
            found.push((index, cite::line(node.name, line)));
        }
    }
    found
}

/// The voters that most groups of running nodes name: told by their API, else by the newest `conf=` or Raft event in the logs.
#[must_use]
pub fn raft_members(model: &Stated<'_>) -> Option<Vec<String>> {
    let mut votes: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for node in &model.nodes {
        for group in node.view.into_iter().flat_map(|view| &view.raft).filter(|group| !group.members.is_empty()) {
            *votes.entry(sorted(group.members.iter().map(String::as_str))).or_default() += 1;
        }
    }
    if votes.is_empty() {
        for (_, conf) in logged_confs(model) {
            *votes.entry(conf).or_default() += 1;
        }
    }
    votes.into_iter().max_by_key(|(members, count)| (*count, members.len())).map(|(members, _)| members)
}

/// True if the Raft logs of a node were read to the end of the window: what else they say last may long be over.
fn read_to_the_end(node: &super::NodeModel<'_>) -> bool {
    let raft = |path: &str| ["alipay-jraft.log", "protocol-raft.log"].iter().any(|log| path.ends_with(log));
    // What these leave out comes before what was read.
    let older_part_only = |cut: &CutReason| matches!(cut, CutReason::OverCap | CutReason::RecordingStart);
    node.logs.is_some_and(|logs| {
        let whole = |file: &LogFileSeen| file.cut.as_ref().is_none_or(older_part_only);
        logs.files.iter().filter(|file| raft(&file.path)).all(whole)
            && !logs.unreadable.iter().any(|(path, _)| raft(path))
    })
}

/// Newest Raft configuration per group over all logs.
fn logged_confs(model: &Stated<'_>) -> BTreeMap<String, Vec<String>> {
    let mut newest: BTreeMap<String, (Option<Timestamp>, Vec<String>)> = BTreeMap::new();
    for node in model.nodes.iter().filter(|node| read_to_the_end(node)) {
        for hits in node.hits_of(Role::NamesVoters) {
            for line in &hits.samples {
                let members = ["conf", "to", "peers"].into_iter().find_map(|name| line.captures.get(name));
                let Some(members) = members else { continue };
                let members = sorted(members.split(',').map(str::trim).filter(|member| !member.is_empty()));
                if members.is_empty() || members.iter().any(|member| address::split(member).is_none()) {
                    continue;
                }
                let group = line.captures.get("group").or(hits.group.as_ref()).cloned().unwrap_or_default();
                let entry = newest.entry(group).or_insert_with(|| (line.at, members.clone()));
                if line.at > entry.0 {
                    *entry = (line.at, members);
                }
            }
        }
    }
    newest.into_iter().map(|(group, (_, members))| (group, members)).collect()
}

/// The `cluster.conf` that most nodes have, as voters.
fn conf_voters(model: &Stated<'_>) -> Option<Vec<String>> {
    let mut votes: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for conf in model.nodes.iter().filter_map(|node| node.conf).filter(|conf| !conf.members.is_empty()) {
        let voters: Vec<String> = conf
            .members
            .iter()
            .filter_map(|member| address::split(member))
            .map(|(host, port)| format!("{host}:{}", address::port(port.unwrap_or(8848), PortRole::Raft)))
            .collect();
        *votes.entry(sorted(voters.iter().map(String::as_str))).or_default() += 1;
    }
    votes.into_iter().max_by_key(|(members, count)| (*count, members.len())).map(|(members, _)| members)
}

fn sorted<'t>(items: impl Iterator<Item = &'t str>) -> Vec<String> {
    let set: BTreeSet<String> = items.map(str::to_owned).collect();
    set.into_iter().collect()
}
