//! What nodes say of their Raft groups and of themselves: errors, terms, readiness.

use std::collections::{BTreeMap, BTreeSet};

use super::node_state::Stated;
use super::{ClusterModel, cite, links, naming_data, reliability, youth};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::ViewSeen;
use crate::domain::vocabulary::Failure;
use crate::nacos::api;
use crate::nacos::timing;

/// So many answers are more than the moment in which a group is just being set up.
const ENOUGH_ANSWERS: u64 = 2;

/// True if an error of a Raft group says that its state machine could not apply an entry of the log. One that could not load a
/// snapshot is of the storage.
#[must_use]
pub fn stopped_at_entry(error: &str) -> bool {
    (error.contains("ESTATEMACHINE") || error.contains("stateMachine meet critical error"))
        && !error.contains("onSnapshotLoad")
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

/// A node that asks for votes, or replicates, in a Raft group that nodes it asks say they do not run.
#[derive(Clone, Debug)]
pub struct GroupNotRun {
    /// The group.
    pub group: String,
    /// Who asks.
    pub node: usize,
    /// Who answers so.
    pub peers: Vec<usize>,
    /// Lines with their answers.
    pub evidence: Vec<EvidenceRef>,
}

impl GroupNotRun {
    /// True if those who are left are no majority.
    #[must_use]
    pub const fn is_by_enough(&self, nodes: usize) -> bool {
        nodes.saturating_sub(self.peers.len()) < nodes / 2 + 1
    }
}

/// Who answers, and the lines.
type Answers = (BTreeSet<usize>, Vec<EvidenceRef>);

/// Groups that running nodes, up for a while, do not run, according to what they answered again and again up to now.
#[must_use]
pub fn groups_not_run(model: &Stated<'_>) -> Vec<GroupNotRun> {
    let mut found: BTreeMap<(usize, &str), Answers> = BTreeMap::new();
    let running = model.running();
    let horizon = model.as_of.plus_millis(-timing::ATTEMPT_CURRENT_MS);
    for error in &model.peer_errors {
        let since = links::failures::settled_since(model, error.observer, error.subject);
        let answers = error.reason_since(&Failure::Answered, since);
        let Some(group) = error.hits.group.as_deref() else { continue };
        // What it answers now: one that has no answer any more says nothing of its groups.
        let is_current = error
            .hits
            .reasons
            .get(&Failure::Answered)
            .is_some_and(|seen| seen.last >= Some(horizon) && seen.last >= error.hits.last);
        let start_unknown = reliability::half_read(model, error.subject);
        if answers < ENOUGH_ANSWERS || !is_current || start_unknown || !running.contains(&error.subject) {
            continue;
        }
        let (peers, evidence) = found.entry((error.observer, group)).or_default();
        peers.insert(error.subject);
        evidence.extend(cite::samples(model.nodes[error.observer].name, std::iter::once(error.hits), 1));
    }
    let found = found.into_iter().map(|((node, group), (peers, evidence))| GroupNotRun {
        group: group.to_owned(),
        node,
        peers: peers.into_iter().collect(),
        evidence,
    });
    found.collect()
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
        if youth::came_up_within(model, index, timing::CATCH_UP_MS) {
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

/// What running nodes answer where they cannot read through a leader: that they are not ready, or nothing in time.
#[must_use]
pub fn without_leader_reads(model: &Stated<'_>) -> Vec<EvidenceRef> {
    let of = |index: usize| {
        let node = &model.nodes[index];
        let view = node.view.filter(|view| !naming_data::waits_for_naming(view))?;
        let readiness = view.readiness.as_ref()?;
        let misses = view.ready == Some(false) || view.readiness_waits();
        misses.then(|| cite::http(node.name, readiness))
    };
    model.running().into_iter().filter_map(of).collect()
}

/// A running node that answers and says that it is not ready.
#[derive(Clone, Debug)]
pub struct NotReady {
    /// The node.
    pub node: usize,
    /// Status and first words of an answer that is none of Nacos about its readiness; `None`: it is one.
    pub other: Option<(u16, String)>,
    /// Its answers.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes that say that they are not ready, or that their database is down. What waits for naming alone is told by
/// [`not_loaded`](super::naming_data::not_loaded).
#[must_use]
pub fn not_ready(model: &Stated<'_>) -> Vec<NotReady> {
    let database_down = |view: &ViewSeen| {
        view.config_health.as_ref().is_some_and(|http| http.body.trim_start_matches('"').starts_with("DOWN"))
    };
    let of = |index: usize| {
        let node = &model.nodes[index];
        let not_ready = |view: &ViewSeen| view.ready == Some(false) && !naming_data::waits_for_naming(view);
        let view = node.view.filter(|view| not_ready(view) || database_down(view))?;
        let said = view.readiness.iter().chain(view.config_health.iter().filter(|_| database_down(view)));
        let other = view.readiness.as_ref().filter(|http| !database_down(view) && !api::names_readiness(&http.body));
        let other = other.and_then(|http| Some((http.status?, api::first_words(&http.body))));
        Some(NotReady { node: index, other, evidence: said.map(|http| cite::http(node.name, http)).collect() })
    };
    model.running().into_iter().filter_map(of).collect()
}
