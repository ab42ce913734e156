//! Who votes, who leads, and whether there is a majority.

use std::collections::{BTreeMap, BTreeSet};

use super::links::Linked;
use super::links::kinds::PatternKind;
use super::node_state::{NodeState, Stated};
use super::{ClusterModel, address, cite};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{LogFileSeen, PortRole, SignatureHits, ViewSeen};
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
    let voters = raft_members(model).or_else(|| conf_voters(model))?;
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

/// A Raft group without a leader at the moment judged.
#[derive(Clone, Debug)]
pub struct Leaderless {
    /// Group id.
    pub group: String,
    /// Nodes that say so: in their logs, else in their API.
    pub nodes: Vec<usize>,
    /// The lines of the logs; `None`: no log says so.
    pub lines: Option<Vec<EvidenceRef>>,
    /// True if one of them is that of a leader that stepped down.
    pub stepped_down: bool,
    /// True if the logs of as many nodes say so as a majority needs, or of all that run.
    pub by_enough: bool,
    /// Answers of every node that tells a leader, where they name none, or one that does not run.
    pub named: Vec<EvidenceRef>,
    /// True if an answer names a leader that runs.
    pub has_leader_named: bool,
}

impl Leaderless {
    const fn of(group: String) -> Self {
        Self {
            group,
            nodes: Vec::new(),
            lines: None,
            stepped_down: false,
            by_enough: false,
            named: Vec::new(),
            has_leader_named: false,
        }
    }

    /// Lines, then answers.
    pub fn evidence(&self) -> impl Iterator<Item = &EvidenceRef> {
        self.lines.iter().flatten().chain(&self.named)
    }
}

/// Groups without a leader, from the logs of running nodes and from what their API says.
#[must_use]
pub fn leaderless(model: &Stated<'_>) -> Vec<Leaderless> {
    let mut found = leaderless_by_logs(model);
    let needed = raft_members(model).or_else(|| conf_voters(model)).map_or(2, |voters| voters.len() / 2 + 1);
    let enough = needed.min(model.running().len().max(1));
    for one in found.values_mut() {
        one.by_enough = one.nodes.len() >= enough;
        one.has_leader_named = has_leader_named(model, &one.group);
    }
    found.retain(|_, one| one.stepped_down || one.by_enough);
    for (group, nodes, named) in led_by_nobody(model) {
        let one = found.entry(group.clone()).or_insert_with(|| Leaderless { nodes, ..Leaderless::of(group) });
        one.named = named;
    }
    found.into_values().collect()
}

/// When each group last elected a leader, according to the logs of running nodes.
fn elected(model: &Stated<'_>) -> BTreeMap<String, Timestamp> {
    let mut elected: BTreeMap<String, Timestamp> = BTreeMap::new();
    for index in model.running() {
        for hits in model.nodes[index].hits_of(Role::LeaderElected) {
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
    elected
}

/// Groups that have no leader according to the logs of running nodes, by however many.
fn leaderless_by_logs(model: &Stated<'_>) -> BTreeMap<String, Leaderless> {
    let elected = elected(model);
    let mut found: BTreeMap<String, Leaderless> = BTreeMap::new();
    for index in model.running() {
        let node = &model.nodes[index];
        if node.started.is_some_and(|started| model.age_ms(started) <= timing::NO_LEADER_CURRENT_MS) {
            continue;
        }
        for hits in node.hits_of(Role::Leaderless) {
            let Some(group) = hits.group.clone().or_else(|| captured(hits, "group")) else { continue };
            let Some(last) = hits.last else { continue };
            let since = elected.get(&group).copied();
            if since.is_some_and(|since| since >= last.plus_millis(-timing::ELECTED_BESIDE_MS)) {
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
            let entry = found.entry(group.clone()).or_insert_with(|| Leaderless::of(group));
            entry.stepped_down |= step_down;
            if !entry.nodes.contains(&index) {
                entry.nodes.push(index);
            }
            let line = hits.samples.last().map(|line| cite::line(node.name, line));
            entry.lines.get_or_insert_default().extend(line);
        }
    }
    found
}

/// True if a running node names a leader of the group that runs. One of which nothing is known tells nothing.
fn has_leader_named(model: &Stated<'_>, group: &str) -> bool {
    let leads = |leader: &str| model.voter(leader).is_some_and(|index| model.states[index].is_running());
    let views = model.running().into_iter().filter_map(|index| model.nodes[index].view);
    let mut told = views.flat_map(|view| &view.raft).filter(|told| told.group == group);
    told.any(|told| told.leader.as_deref().is_some_and(leads))
}

/// Groups whose leader, as every answering node names it, is a node that cannot lead; with those nodes and answers.
fn led_by_nobody(model: &Stated<'_>) -> Vec<(String, Vec<usize>, Vec<EvidenceRef>)> {
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
        .map(|(group, says)| {
            let answer = |(index, leader): &(usize, Option<String>)| {
                let text = format!("{group}: leader {}", leader.as_deref().unwrap_or("-"));
                cite::said(model.nodes[*index].name, "raftMetaData", &text)
            };
            let answers = says.iter().map(answer).collect();
            let nodes = says.iter().map(|(index, _)| *index).collect();
            (group, nodes, answers)
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

/// Lines of running nodes that miss the leader or the majority.
#[must_use]
pub fn majority_missed(model: &Stated<'_>) -> Vec<EvidenceRef> {
    let nodes = model.running().into_iter().map(|index| &model.nodes[index]);
    nodes.flat_map(|node| cite::samples(node.name, node.hits_of(Role::QuorumMissed), 3)).collect()
}

/// Errors of Raft groups that the API of one node tells.
#[derive(Clone, Debug)]
pub struct GroupErrors {
    /// The node.
    pub node: usize,
    /// True if they are of state machines that could not apply an entry.
    pub stopped_at_entry: bool,
    /// The answers.
    pub evidence: Vec<EvidenceRef>,
}

/// Errors of groups that running nodes tell, except that a group has no leader. Of each node, stopped state machines first.
#[must_use]
pub fn group_errors(model: &Stated<'_>) -> Vec<GroupErrors> {
    let mut found = Vec::new();
    for index in model.running() {
        let node = &model.nodes[index];
        let groups = node.view.into_iter().flat_map(|view| &view.raft);
        let errors = groups.filter_map(|group| Some((group, group.error.as_deref()?))).filter(|(_, error)| {
            // An empty one is none.
            !error.is_empty() && !error.to_lowercase().contains("leader")
        });
        let answers =
            errors.map(|(group, error)| cite::said(node.name, "raftMetaData", &format!("{}: {error}", group.group)));
        let (stopped, broken): (Vec<EvidenceRef>, Vec<EvidenceRef>) =
            answers.partition(|error| stopped_at_entry(&error.text));
        for (stopped_at_entry, evidence) in [(true, stopped), (false, broken)] {
            if !evidence.is_empty() {
                found.push(GroupErrors { node: index, stopped_at_entry, evidence });
            }
        }
    }
    found
}

/// A running node that follows an older term than others.
#[derive(Clone, Debug)]
pub struct StaleTerm {
    /// The node.
    pub node: usize,
    /// What it tells.
    pub evidence: Vec<EvidenceRef>,
}

/// Running nodes, up for a while, that are more than one term behind in a group that has a leader.
#[must_use]
pub fn stale_terms(model: &ClusterModel<'_>) -> Vec<StaleTerm> {
    let leaderless: BTreeSet<&str> = model.leaderless.iter().map(|group| group.group.as_str()).collect();
    let mut says: BTreeMap<&str, BTreeMap<usize, (&str, i64)>> = BTreeMap::new();
    for index in model.running() {
        let node = &model.nodes[index];
        if node.started.is_some_and(|started| model.age_ms(started) < timing::CATCH_UP_MS) {
            continue;
        }
        for group in node.view.into_iter().flat_map(|view| &view.raft) {
            if let (Some(leader), Some(term)) = (&group.leader, group.term) {
                says.entry(&group.group).or_default().insert(index, (leader, term));
            }
        }
    }
    let mut stale: BTreeMap<usize, Vec<EvidenceRef>> = BTreeMap::new();
    for (group, nodes) in says.iter().filter(|(group, _)| !leaderless.contains(*group)) {
        let newest = nodes.values().map(|(_, term)| *term).max().unwrap_or(0);
        for (index, (leader, term)) in nodes.iter().filter(|(_, (_, term))| *term + 1 < newest) {
            let text = format!("{group}: leader {leader}, term {term} (newest {newest})");
            stale.entry(*index).or_default().push(cite::said(model.nodes[*index].name, "raftMetaData", &text));
        }
    }
    stale.into_iter().map(|(node, evidence)| StaleTerm { node, evidence }).collect()
}

/// A running node that answers and says that it is not ready.
#[derive(Clone, Debug)]
pub struct NotReady {
    /// The node.
    pub node: usize,
    /// Its answers.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes that say that they are not ready, or that their database is down.
#[must_use]
pub fn not_ready(model: &Stated<'_>) -> Vec<NotReady> {
    let database_down = |view: &ViewSeen| {
        view.config_health.as_ref().is_some_and(|http| http.body.trim_start_matches('"').starts_with("DOWN"))
    };
    let of = |index: usize| {
        let node = &model.nodes[index];
        let view = node.view.filter(|view| view.ready == Some(false) || database_down(view))?;
        let said = view.readiness.iter().chain(view.config_health.iter().filter(|_| database_down(view)));
        Some(NotReady { node: index, evidence: said.map(|http| cite::http(node.name, http)).collect() })
    };
    model.running().into_iter().filter_map(of).collect()
}
