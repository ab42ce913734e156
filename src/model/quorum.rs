//! Who votes, and whether there is a majority.

use std::collections::{BTreeMap, BTreeSet};

use super::links::Linked;
use super::links::kinds::{PatternKind, PortKind};
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
    /// Pairs of them between which the Raft port was seen not to pass.
    pub cut: Vec<(usize, usize)>,
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

    /// True if some voters are dead, and those that are left would be enough, but over the links that were seen to pass none of
    /// them reaches as many as a leader needs.
    #[must_use]
    pub fn cut_off(&self) -> bool {
        let left: Vec<usize> = (0..self.voters.len()).filter(|index| self.voters[*index].1 != Vote::Dead).collect();
        left.len() < self.voters.len() && !self.lost() && !self.can_elect(&left)
    }

    /// True if the majority is lost even without the dead voters that are nodes of these.
    #[must_use]
    pub fn lost_without(&self, doubtful: &[usize]) -> bool {
        let dead = self.voters.iter().zip(&self.owners).filter(|((_, vote), _)| *vote == Vote::Dead);
        let sure = dead.filter(|(_, owner)| owner.is_none_or(|owner| !doubtful.contains(&owner))).count();
        sure + self.needed() > self.voters.len()
    }

    /// How many more voters may fail, whichever they are, so that the rest can still elect over the links that pass: at most the
    /// live voters minus the votes needed.
    #[must_use]
    pub fn tolerance(&self) -> u32 {
        let most = self.live().saturating_sub(self.needed());
        let live: Vec<usize> = (0..self.voters.len()).filter(|index| self.voters[*index].1 == Vote::Live).collect();
        // Every subset is looked at; nobody runs so many voters.
        let few = !self.cut.is_empty() && live.len() <= 16;
        let survives = |lost: usize| {
            (0..1_u32 << live.len())
                .filter(|left| left.count_ones() as usize == live.len() - lost)
                .map(|left| live.iter().zip(0..).filter(move |(_, bit)| left >> bit & 1 == 1).map(|(one, _)| *one))
                .all(|left| self.can_elect(&left.collect::<Vec<usize>>()))
        };
        let tolerance = if few { (1..=most).take_while(|lost| survives(*lost)).last().unwrap_or(0) } else { most };
        u32::try_from(tolerance).unwrap_or(0)
    }

    /// [`Self::tolerance`] while that node is down as well.
    #[must_use]
    pub fn tolerance_without(&self, node: usize) -> u32 {
        let mut without = self.clone();
        for ((_, vote), owner) in without.voters.iter_mut().zip(&self.owners) {
            if *owner == Some(node) {
                *vote = Vote::Dead;
            }
        }
        without.tolerance()
    }

    /// True if one of these voters reaches, with itself, as many as a leader needs.
    fn can_elect(&self, left: &[usize]) -> bool {
        let passes = |one: usize, other: usize| !self.cut.contains(&(one.min(other), one.max(other)));
        left.iter()
            .any(|one| left.iter().filter(|other| *other == one || passes(*one, **other)).count() >= self.needed())
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
    let cut = cut(model, &owners);
    Some(Quorum { voters, owners, cut })
}

/// Pairs of voters whose Raft port was seen not to pass, the smaller index first.
fn cut(model: &Linked<'_>, owners: &[Option<usize>]) -> Vec<(usize, usize)> {
    let failed = model.links.failures.iter().filter(|one| one.role == PortRole::Raft && !one.transient);
    let failed = failed.map(|one| (one.observer, one.subject));
    let patterns = model.links.patterns.iter().filter(|pattern| pattern.kind.ports() == Some(PortKind::Raft));
    let pairs = patterns.filter(|pattern| !pattern.transient).filter_map(|pattern| match pattern.nodes.as_slice() {
        [one, other] => Some((*one, *other)),
        _ => None,
    });
    let voter = |node: usize| owners.iter().position(|owner| *owner == Some(node));
    let of_voters = failed.chain(pairs).filter_map(|(one, other)| Some((voter(one)?, voter(other)?)));
    let set: BTreeSet<(usize, usize)> = of_voters.map(|(one, other)| (one.min(other), one.max(other))).collect();
    set.into_iter().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn quorum(live: usize, all: usize, cut: &[(usize, usize)]) -> u32 {
        let vote = |index: usize| if index < live { Vote::Live } else { Vote::Dead };
        let voters = (0..all).map(|index| (format!("10.0.0.{index}:7848"), vote(index))).collect();
        Quorum { voters, owners: (0..all).map(Some).collect(), cut: cut.to_vec() }.tolerance()
    }

    #[test]
    fn voters_that_are_left_and_do_not_hear_each_other_elect_nobody() {
        let cut_off = |votes: &[Vote], cut: &[(usize, usize)]| {
            let voters =
                votes.iter().enumerate().map(|(index, vote)| (format!("10.0.0.{index}:7848"), *vote)).collect();
            Quorum { voters, owners: (0..votes.len()).map(Some).collect(), cut: cut.to_vec() }.cut_off()
        };
        use Vote::{Dead, Live, Unknown};
        assert!(cut_off(&[Live, Live, Dead], &[(0, 1)]));
        assert!(cut_off(&[Live, Unknown, Dead], &[(0, 1)]), "whatever the unknown one does");
        assert!(
            !cut_off(&[Live, Live, Dead], &[]) && !cut_off(&[Live, Live, Dead], &[(1, 2)]),
            "the dead cut nobody off"
        );
        assert!(!cut_off(&[Live, Live, Live], &[(0, 1)]), "the third hears both");
        assert!(!cut_off(&[Live, Dead, Dead], &[]), "too few is another thing");
        assert!(!cut_off(&[Live, Live, Live, Live, Dead], &[(0, 1)]), "the third hears all");
        assert!(cut_off(&[Live, Live, Live, Dead, Dead], &[(0, 1), (0, 2)]));
    }

    #[test]
    fn a_cut_between_two_voters_costs_what_the_third_would_have_carried() {
        assert_eq!((quorum(3, 3, &[]), quorum(2, 3, &[]), quorum(5, 5, &[])), (1, 0, 2));
        assert_eq!(quorum(3, 3, &[(0, 1)]), 0, "without the third the two do not hear each other");
        assert_eq!(quorum(5, 5, &[(0, 1)]), 2, "a third that hears both can lead");
        assert_eq!(quorum(5, 5, &[(0, 1), (0, 2), (0, 3), (0, 4)]), 1, "one that is cut off is as good as gone");
        assert_eq!(quorum(2, 3, &[(0, 1)]), 0);
    }
}
