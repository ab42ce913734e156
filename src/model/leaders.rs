//! Raft groups without a leader.

use std::collections::BTreeMap;

use super::node_state::Stated;
use super::nodes::NodeModel;
use super::{cite, log_lines, quorum, youth};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{LogLine, SignatureHits};
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{Role, SignatureId};
use crate::nacos::timing;

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
    let enough = majority(model).min(model.running().len().max(1));
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

/// How many voters a majority is; without known voters that of three.
fn majority(model: &Stated<'_>) -> usize {
    quorum::voters(model).map_or(2, |voters| voters.len() / 2 + 1)
}

/// When each group last elected a leader, according to the logs of running nodes.
fn elected(model: &Stated<'_>) -> BTreeMap<String, Timestamp> {
    let mut elected: BTreeMap<String, Timestamp> = BTreeMap::new();
    for index in model.running() {
        for hits in model.nodes[index].hits_of(Role::LeaderElected) {
            let Some(group) = group_of(hits) else { continue };
            for at in hits.samples.iter().filter(|line| names_leader(line)).filter_map(|line| line.at) {
                let newest = elected.entry(group.to_owned()).or_insert(at);
                *newest = (*newest).max(at);
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
        let of_process = log_lines::since_process(model, index);
        for hits in node.hits_of(Role::Leaderless) {
            let named = group_of(hits).map(str::to_owned);
            let Some(group) = named.or_else(|| only_group(node)) else { continue };
            // Of a process that ended since, the groups are no more.
            let Some(last) = hits.last.filter(|last| *last >= of_process) else { continue };
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

/// The one group of the Raft that 1.x brought along, whose lines name none. Versions that no longer use it may write them all
/// the same: that it is used shows where it does not find the node itself among its peers.
fn only_group(node: &NodeModel<'_>) -> Option<String> {
    node.hits(SignatureId::SELF_NOT_A_PEER).next().map(|_| "naming".to_owned())
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
                Some(leader) => model.voter(leader).is_some_and(|index| {
                    !model.states[index].is_running()
                        && !model.states[index].is_unknown()
                        && !reported_lately(model, index)
                }),
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

/// True if a majority runs, and a leader that running nodes name does not and reported to them so short a time ago that the
/// others may be electing another.
#[must_use]
pub fn election_may_go_on(model: &Stated<'_>) -> bool {
    let running = model.running();
    let views = running.iter().filter_map(|index| model.nodes[*index].view);
    let named = views.flat_map(|view| &view.raft).filter_map(|group| group.leader.as_deref());
    let gone = |index: usize| !model.states[index].is_running() && !model.states[index].is_unknown();
    let mut leaders = named.filter_map(|leader| model.voter(leader));
    running.len() >= majority(model) && leaders.any(|index| gone(index) && reported_lately(model, index))
}

/// True if a running node had a report of that one so short a time ago that the election of another leader may be under way.
#[must_use]
pub fn reported_lately(model: &Stated<'_>, index: usize) -> bool {
    model.running().into_iter().filter_map(|other| model.nodes[other].view).any(|view| {
        let of_node = view.members.iter().filter(|member| model.member(&member.address) == Some(index));
        let mut ages = of_node.filter_map(|member| youth::report_age_ms(model, view, member));
        ages.any(|age_ms| age_ms < timing::ELECTION_MS)
    })
}

/// Lines of running nodes that miss the leader or the majority.
#[must_use]
pub fn majority_missed(model: &Stated<'_>) -> Vec<EvidenceRef> {
    let nodes = model.running().into_iter().map(|index| &model.nodes[index]);
    nodes.flat_map(|node| cite::samples(node.name, node.hits_of(Role::QuorumMissed), 3)).collect()
}

/// The group that these lines are about.
pub(super) fn group_of(hits: &SignatureHits) -> Option<&str> {
    let captured = || hits.samples.iter().find_map(|line| line.captures.get("group"));
    hits.group.as_ref().or_else(captured).map(String::as_str)
}

/// Whether a line that tells of an election names a leader: those with `leader='null'` tell of changed members only.
pub(super) fn names_leader(line: &LogLine) -> bool {
    line.captures.get("leader").is_none_or(|leader| !leader.is_empty() && leader != "null")
}
