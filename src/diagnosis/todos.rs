//! What to do, and when not to: the to-dos of all causes ([`super::todo_list`]), weighed together. Pure.
//!
//! # Why
//! A to-do is read by somebody who is tired and does it. "Start n2" for a node that runs makes a second process on one data
//! directory; "take n2 out of the front door" for the only node that serves makes an outage of a fault. Which of them is safe
//! depends on what all nodes do at the moment judged and on what other causes ask for, so they are weighed together.

use std::collections::BTreeSet;

use super::causes;
use super::rank::Ranked;
use super::todo_list::{Hazard, ToDo};
use crate::domain::code::Code;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::finding::Outcome;
use crate::domain::id::NodeName;
use crate::domain::vocabulary::ProcessState;
use crate::model::ClusterModel;
use crate::model::node_state::{self, NodeState};
use crate::model::quorum::{Quorum, Vote};
use crate::nacos::timing;

/// Causes that keep a node from coming up as long as they stand.
const KEEP_FROM_STARTING: &[Code] = &[
    Code::NetDns,
    Code::ConfigClusterConfMalformed,
    Code::ConfigDbDrift,
    Code::DbUnreachable,
    Code::DbRefuses,
    Code::NodeDiskFull,
    Code::NodeDataInUse,
];

/// All that decides whether a to-do is safe.
pub struct Weighing<'a> {
    model: &'a ClusterModel<'a>,
    /// Code and nodes of every failure among the causes.
    failures: Vec<(Code, Vec<usize>)>,
    /// Nodes that an earlier to-do takes out of the front door.
    taken: BTreeSet<usize>,
    /// Nodes that an earlier to-do stops.
    stopped: BTreeSet<usize>,
    /// Live voters, as far as they are nodes of the inventory, and how many votes are needed; `None`: not known.
    votes: Option<(Vec<Option<usize>>, usize)>,
}

/// Causes of a node that runs and whose Raft group is dead: its vote may be counted, and is worth nothing.
const DEAD_GROUPS: &[Code] = &[Code::RaftStorageCorrupt, Code::RaftStateMachineStopped];

impl<'a> Weighing<'a> {
    /// Over these causes.
    #[must_use]
    pub fn new(model: &'a ClusterModel<'a>, quorum: Option<&Quorum>, causes: &[Ranked<'_>]) -> Self {
        let failures = causes
            .iter()
            .filter(|cause| cause.rank.outcome == Outcome::Fail)
            .map(|cause| {
                let nodes = cause.hypothesis.nodes.iter().filter_map(|node| model.index(node)).collect();
                (cause.hypothesis.code, nodes)
            })
            .collect();
        Self { model, failures, taken: BTreeSet::new(), stopped: BTreeSet::new(), votes: quorum.map(live_votes) }
    }

    /// The same to-do for the nodes that it does no harm to, and what takes its place for the others; in that order, each
    /// with its nodes. To-dos that are not about single nodes have none.
    pub fn weigh(&mut self, todo: &'static ToDo, cause: Code, nodes: &[usize]) -> Vec<(&'static ToDo, Vec<usize>)> {
        if !todo.per_node {
            let harm = todo.unsafe_when.iter().any(|(hazard, _)| self.holds(*hazard, cause, None));
            return if harm { Vec::new() } else { vec![(todo, Vec::new())] };
        }
        // What names no node harms nobody, unless it starts or stops processes.
        if nodes.is_empty() {
            let moves = |hazard: Hazard| matches!(hazard, Hazard::Runs | Hazard::NotKnownDown | Hazard::DoesNotRun);
            let harm = todo.unsafe_when.iter().any(|(hazard, _)| moves(*hazard));
            return if harm { Vec::new() } else { vec![(todo, Vec::new())] };
        }
        let mut safe = Vec::new();
        let mut others: Vec<(&'static ToDo, Vec<usize>)> = Vec::new();
        for node in nodes.iter().copied() {
            match todo.unsafe_when.iter().find(|(hazard, _)| self.holds(*hazard, cause, Some(node))) {
                None => {
                    safe.push(node);
                    self.note(todo, node);
                }
                Some((_, None)) => {}
                Some((_, Some(instead))) => {
                    for (told, nodes) in self.weigh(instead, cause, &[node]) {
                        match others.iter_mut().find(|(known, _)| known.key == told.key) {
                            Some((_, known)) => known.extend(nodes),
                            None => others.push((told, nodes)),
                        }
                    }
                }
            }
        }
        let safe = (!safe.is_empty()).then_some((todo, safe));
        safe.into_iter().chain(others).collect()
    }

    /// Remembers what a to-do does to a node: those that follow are weighed with it.
    fn note(&mut self, todo: &ToDo, node: usize) {
        let about = |wanted: Hazard| todo.unsafe_when.iter().any(|(hazard, _)| *hazard == wanted);
        if about(Hazard::LastServing) {
            self.taken.insert(node);
        }
        if about(Hazard::CostsMajority) {
            self.stopped.insert(node);
        }
    }

    /// True if the others are no majority without the node, or that cannot be told.
    fn costs_majority(&self, node: usize) -> bool {
        let Some((live, needed)) = &self.votes else { return true };
        let dead_group =
            |node: usize| self.failures.iter().any(|(code, nodes)| DEAD_GROUPS.contains(code) && nodes.contains(&node));
        let others = live.iter().filter(|owner| {
            owner.is_none_or(|owner| owner != node && !self.stopped.contains(&owner) && !dead_group(owner))
        });
        others.count() < *needed
    }

    fn is_last_serving(&self, node: usize) -> bool {
        let mut others = self.model.running().into_iter().filter(|other| *other != node);
        !others.any(|other| !self.taken.contains(&other))
    }

    /// True if another cause keeps the node from starting. Of several that do, the last one says when to start.
    fn reason_stands(&self, cause: Code, node: usize) -> bool {
        let keeps = |code: Code| KEEP_FROM_STARTING.contains(&code);
        let is_own = |(code, nodes): &(Code, Vec<usize>)| *code == cause && nodes.contains(&node);
        let own = self.failures.iter().position(is_own).filter(|_| keeps(cause));
        let mut others = self.failures.iter().enumerate().filter(|(_, (code, _))| *code != cause && keeps(*code));
        others.any(|(at, (_, nodes))| nodes.contains(&node) && own.is_none_or(|own| at > own))
    }

    /// True if the to-do would do that harm.
    #[must_use]
    pub fn holds(&self, hazard: Hazard, cause: Code, node: Option<usize>) -> bool {
        let model = self.model;
        let Some(node) = node else {
            return hazard == Hazard::NobodyIsDown
                && model.states.iter().all(|state| is_there(*state) || state.is_unknown());
        };
        let state = model.states[node];
        match hazard {
            Hazard::LastServing => self.is_last_serving(node),
            Hazard::Runs => is_there(state),
            Hazard::NotKnownDown => {
                !matches!(state, NodeState::Gone | NodeState::Silent | NodeState::StartFailed { .. })
            }
            Hazard::DoesNotRun => !is_there(state),
            Hazard::CostsMajority => self.costs_majority(node),
            Hazard::StillServes => state.is_running() && (self.is_last_serving(node) || self.costs_majority(node)),
            Hazard::StartIsYoung => match state {
                NodeState::Starting { since } => model.age_ms(since) < timing::START_STUCK_MS,
                // When it began is not known where only its ports were seen.
                _ => node_state::in_start(model, node).is_none_or(|since| model.age_ms(since) < timing::START_STUCK_MS),
            },
            Hazard::StoppedBySignal => state_of(model, node).is_some_and(ProcessState::is_stopped),
            Hazard::WaitsForDisk => {
                state_of(model, node).is_some_and(ProcessState::is_blocked)
                    || node_state::blocked_threads(model, node).is_some()
            }
            Hazard::ReasonStands => self.reason_stands(cause, node),
            Hazard::NobodyIsDown => is_there(state),
        }
    }
}

/// True if a process of the node is there.
fn is_there(state: NodeState) -> bool {
    state.is_running() || matches!(state, NodeState::Hung | NodeState::Starting { .. })
}

fn state_of<'p>(model: &'p ClusterModel<'_>, node: usize) -> Option<&'p ProcessState> {
    model.nodes[node].stop?.process.as_ref().map(|process| &process.state)
}

/// The nodes of the live voters, and how many votes are needed.
fn live_votes(quorum: &Quorum) -> (Vec<Option<usize>>, usize) {
    let votes = quorum.voters.iter().zip(&quorum.owners);
    let live = votes.filter(|((_, vote), _)| *vote == Vote::Live).map(|(_, owner)| *owner).collect();
    (live, quorum.needed())
}

/// To-dos of a diagnosis that would do harm to a node, as key, reason and node: none, unless a table is wrong. For tests over
/// everything that was ever recorded; it reads what is shown, not how it came about.
#[must_use]
pub fn harmful(model: &ClusterModel<'_>, diagnosis: &Diagnosis) -> Vec<(String, Hazard, String)> {
    let mut weighing = Weighing::new(model, model.quorum.as_ref(), &[]);
    let failures =
        diagnosis.causes.iter().zip(&diagnosis.trace.ranks).filter(|(_, rank)| rank.outcome == Outcome::Fail);
    weighing.failures = failures
        .map(|(cause, _)| (cause.code, cause.nodes.iter().filter_map(|node| model.index(node)).collect()))
        .collect();
    let mut harmful = Vec::new();
    for cause in &diagnosis.causes {
        for message in &cause.action {
            let Some(todo) = find(&message.key) else { continue };
            let nodes = message.args.get("nodes").map_or("", String::as_str).split(", ");
            for node in nodes.filter_map(|name| model.index(&NodeName(name.to_owned()))) {
                for (hazard, _) in todo.unsafe_when {
                    if weighing.holds(*hazard, cause.code, Some(node)) {
                        harmful.push((message.key.clone(), *hazard, model.nodes[node].name.0.clone()));
                    }
                }
                weighing.note(todo, node);
            }
        }
    }
    harmful
}

/// The to-do of that key.
fn find(key: &str) -> Option<&'static ToDo> {
    let lists = Code::ALL.iter().map(|code| causes::spec(*code).todos);
    let mut all = lists.chain([causes::GONE, causes::BLOCKED, causes::NO_LEADER]).flatten().copied();
    all.find_map(|todo| {
        let instead = todo.unsafe_when.iter().filter_map(|(_, instead)| *instead);
        std::iter::once(todo).chain(instead).find(|todo| todo.key == key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::id::ClusterId;
    use crate::domain::observed::Observations;
    use crate::domain::time::Timestamp;

    #[test]
    fn of_several_reasons_that_stand_the_last_says_when_to_start() {
        let spec = |name: &str| NodeSpec { name: NodeName::from(name), api: None, files: FileSource::None };
        let nodes = vec![spec("n1"), spec("n2")];
        let cluster = Cluster {
            id: ClusterId(0),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let observations = Observations::default();
        let model =
            ClusterModel::build(&cluster, &observations, Timestamp::from_millis(0), crate::domain::incident::WINDOW_MS);
        let stop = |code| (code, vec![1]);
        let failures = [Code::NodeDiskFull, Code::DbUnreachable, Code::NodeStoppedClean].map(stop).to_vec();
        let weighing =
            Weighing { model: &model, failures, taken: BTreeSet::new(), stopped: BTreeSet::new(), votes: None };
        let stands = |code, node| weighing.holds(Hazard::ReasonStands, code, Some(node));
        assert!(stands(Code::NodeDiskFull, 1) && stands(Code::NodeStoppedClean, 1));
        assert!(!stands(Code::DbUnreachable, 1), "nothing that keeps it from starting comes after this one");
        assert!(!stands(Code::NodeStoppedClean, 0), "another node");
    }
}

#[cfg(test)]
mod verdict_tests;
