//! Who votes, who leads, and whether there is a majority.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::Asked;
use super::node_state::NodeState;
use super::{ClusterModel, address, cite, links, peer_errors, start_stop};
use crate::domain::diagnosis::Confidence;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Condition;
use crate::domain::observed::{LogFileSeen, PortRole, SignatureHits};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{CutReason, MemberState};
use crate::nacos::signatures::{Role, SignatureId};
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
    /// True if the voters come from Raft itself, not from `cluster.conf`.
    pub from_raft: bool,
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

    /// How sure it is that the majority is lost: as sure as the voters that it takes. One that only fell silent in copied
    /// logs may just as well run on. `said` are lines in which nodes say so themselves.
    #[must_use]
    pub fn confidence(&self, model: &ClusterModel<'_>, said: &[EvidenceRef]) -> Confidence {
        let doubtful = |owner: Option<usize>| {
            owner.is_some_and(|index| {
                model.states[index] == NodeState::Silent
                    && start_stop::stop_of(model, index).is_some_and(|stop| stop.confidence == Confidence::Possible)
            })
        };
        let dead = self.voters.iter().zip(&self.owners).filter(|((_, vote), _)| *vote == Vote::Dead);
        let sure = dead.filter(|(_, owner)| !doubtful(**owner)).count();
        match said {
            _ if sure + self.needed() > self.voters.len() => Confidence::Certain,
            [] => Confidence::Possible,
            _ => Confidence::Likely,
        }
    }

    /// Live voters minus the votes needed, at least 0.
    #[must_use]
    pub fn tolerance(&self) -> u32 {
        u32::try_from(self.live().saturating_sub(self.needed())).unwrap_or(0)
    }
}

/// The electorate: from Raft where seen, else from `cluster.conf`; `None` if neither was seen.
#[must_use]
pub fn quorum(model: &ClusterModel<'_>) -> Option<Quorum> {
    let (voters, from_raft) = match raft_members(model) {
        Some(voters) => (voters, true),
        None => (conf_voters(model)?, false),
    };
    let isolated: Vec<usize> = links::verdicts(model)
        .into_iter()
        .filter(|verdict| verdict.code == crate::domain::code::Code::NodeIsolated && !verdict.transient)
        .flat_map(|verdict| verdict.nodes)
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
                    NodeState::Unseen => stranger(model, &voter),
                    _ => Vote::Dead,
                },
                None => stranger(model, &voter),
            };
            (voter, vote)
        })
        .collect();
    Some(Quorum { voters, owners, from_raft })
}

/// Nodes whose address could not be found out, if they are just as many as the voters that belong to nobody: which of them
/// is which does not matter for counting.
fn nameless(model: &ClusterModel<'_>, voters: &[String]) -> Vec<usize> {
    let nodes: Vec<usize> = (0..model.nodes.len()).filter(|index| model.nodes[*index].address.is_none()).collect();
    let orphans = voters.iter().filter(|voter| model.voter(voter).is_none()).count();
    if nodes.len() == orphans { nodes } else { Vec::new() }
}

/// A voter that is not a node of the inventory, or of which nothing was seen: as the running nodes see it.
fn stranger(model: &ClusterModel<'_>, voter: &str) -> Vote {
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
pub fn unreached(model: &ClusterModel<'_>, host: &str) -> Vec<(usize, EvidenceRef)> {
    let horizon = model.as_of.plus_millis(-timing::LINE_CURRENT_MS);
    let mut found = Vec::new();
    for index in model.running() {
        let node = &model.nodes[index];
        let hit = node
            .hits_of(Role::PeerMissed)
            .filter(|hits| hits.last.is_some_and(|last| last >= horizon))
            .find(|hits| peer_errors::peer_text(hits).and_then(address::split).is_some_and(|(peer, _)| peer == host));
        if let Some(line) = hit.and_then(|hits| hits.samples.last()) {
            found.push((index, cite::line(node.name, line)));
        }
    }
    found
}

/// The voters that most groups of running nodes name: told by their API, else by the newest `conf=` or Raft event in the logs.
#[must_use]
pub fn raft_members(model: &ClusterModel<'_>) -> Option<Vec<String>> {
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
fn logged_confs(model: &ClusterModel<'_>) -> BTreeMap<String, Vec<String>> {
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
fn conf_voters(model: &ClusterModel<'_>) -> Option<Vec<String>> {
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

/// A Raft group without a leader at the moment judged.
#[derive(Clone, Debug)]
pub struct Leaderless {
    /// Group id.
    pub group: String,
    /// Nodes that say so.
    pub nodes: Vec<usize>,
    /// Lines and answers.
    pub evidence: Vec<EvidenceRef>,
    /// What was asked for on the way there.
    pub conditions: Vec<Condition>,
}

/// Groups without a leader, from the logs of running nodes and from what their API says.
#[must_use]
pub fn leaderless(model: &ClusterModel<'_>) -> Vec<Leaderless> {
    let running = model.running();
    let mut elected: BTreeMap<String, Timestamp> = BTreeMap::new();
    for index in &running {
        for hits in model.nodes[*index].hits_of(Role::LeaderElected) {
            for line in &hits.samples {
                let nobody = line.captures.get("leader").is_some_and(|leader| leader == "null" || leader.is_empty());
                let (Some(group), Some(at)) = (line.captures.get("group").or(hits.group.as_ref()), line.at) else {
                    continue;
                };
                if !nobody {
                    let newest = elected.entry(group.clone()).or_insert(at);
                    *newest = (*newest).max(at);
                }
            }
        }
    }
    let mut found: BTreeMap<String, Leaderless> = BTreeMap::new();
    let mut stepped_down: BTreeSet<String> = BTreeSet::new();
    for index in running {
        let node = &model.nodes[index];
        if node.started.is_some_and(|started| model.age_ms(started) <= timing::NO_LEADER_CURRENT_MS) {
            continue;
        }
        for hits in node.hits_of(Role::Leaderless) {
            let Some(group) = hits.group.clone().or_else(|| captured(hits, "group")) else { continue };
            let Some(last) = hits.last else { continue };
            let since = elected.get(&group).copied();
            if since.is_some_and(|since| since >= last.plus_millis(-1_000)) {
                continue;
            }
            let later: Vec<Timestamp> =
                hits.times.iter().copied().filter(|time| since.is_none_or(|since| *time > since)).collect();
            let lasts = later.first().is_some_and(|first| last.millis_since(*first) >= timing::NO_LEADER_LASTS_MS);
            let goes_on = later.len() >= 2 && lasts && model.age_ms(last) <= timing::NO_LEADER_CURRENT_MS;
            let step_down = hits.signature == SignatureId::RAFT_QUORUM_LOST;
            if !(step_down || goes_on) {
                continue;
            }
            if step_down {
                stepped_down.insert(group.clone());
            }
            let entry = found.entry(group.clone()).or_insert_with(|| Leaderless {
                group,
                nodes: Vec::new(),
                evidence: Vec::new(),
                conditions: Vec::new(),
            });
            if !entry.nodes.contains(&index) {
                entry.nodes.push(index);
            }
            entry.evidence.extend(hits.samples.last().map(|line| cite::line(node.name, line)));
        }
    }
    let needed = raft_members(model).or_else(|| conf_voters(model)).map_or(2, |voters| voters.len() / 2 + 1);
    let alive = model.running().len().max(1);
    found.retain(|group, one| stepped_down.contains(group) || one.nodes.len() >= needed.min(alive));
    let led_by_nobody = led_by_nobody(model);
    for (group, one) in &mut found {
        let named = led_by_nobody.iter().find(|view| &view.group == group);
        // A leader of which nothing is known is no word for either.
        let leads = |leader: &str| model.voter(leader).is_some_and(|index| model.states[index].is_running());
        let seen = model.running().iter().any(|index| {
            model.nodes[*index].view.is_some_and(|view| {
                view.raft.iter().any(|told| &told.group == group && told.leader.as_deref().is_some_and(leads))
            })
        });
        let mut asked = Asked::default();
        asked.shows("no-leader-lines", &one.evidence);
        asked.ask("no-leader-by-enough", one.nodes.len() >= needed.min(alive), &[]);
        let told = named.map_or(&[] as &[EvidenceRef], |view| &view.evidence);
        asked.if_seen("no-leader-named", seen, named.is_some(), told);
        one.conditions = asked.conditions();
    }
    for view in led_by_nobody {
        match found.get_mut(&view.group) {
            Some(known) => known.evidence.extend(view.evidence),
            None => {
                let mut asked = Asked::default();
                asked.shows("no-leader-named", &view.evidence);
                found.insert(view.group.clone(), Leaderless { conditions: asked.conditions(), ..view });
            }
        }
    }
    found.into_values().collect()
}

/// Groups whose leader, as every answering node names it, is a node that cannot lead.
fn led_by_nobody(model: &ClusterModel<'_>) -> Vec<Leaderless> {
    let mut named: BTreeMap<String, Vec<(usize, Option<String>)>> = BTreeMap::new();
    for index in model.running() {
        let Some(view) = model.nodes[index].view else { continue };
        for group in &view.raft {
            named.entry(group.group.clone()).or_default().push((index, group.leader.clone()));
        }
    }
    named
        .into_iter()
        .filter(|(_, says)| {
            says.iter().all(|(_, leader)| match leader.as_deref().filter(|leader| !leader.is_empty()) {
                None => true,
                Some(leader) => model
                    .voter(leader)
                    .is_some_and(|index| !model.states[index].is_running() && !model.states[index].is_unknown()),
            })
        })
        .map(|(group, says)| Leaderless {
            evidence: says
                .iter()
                .map(|(index, leader)| {
                    let text = format!("{group}: leader {}", leader.as_deref().unwrap_or("-"));
                    cite::said(model.nodes[*index].name, "raftMetaData", &text)
                })
                .collect(),
            nodes: says.iter().map(|(index, _)| *index).collect(),
            conditions: Vec::new(),
            group,
        })
        .collect()
}

fn captured(hits: &SignatureHits, name: &str) -> Option<String> {
    hits.samples.iter().find_map(|line| line.captures.get(name)).cloned()
}

/// True if an error of a Raft group says that its state machine could not apply an entry of the log. One that could not load a
/// snapshot is of the storage.
#[must_use]
pub fn stopped_at_entry(error: &str) -> bool {
    (error.contains("ESTATEMACHINE") || error.contains("stateMachine meet critical error"))
        && !error.contains("onSnapshotLoad")
}
