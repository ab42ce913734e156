//! The majority, its leader, and groups of Raft that do not work.

use super::alive;
use super::stopped::only_fell_silent;
use crate::diagnosis::case::{Case, Chain, Rule, Seen, beside, certain, excludes, likely, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::model::leaders::{self, Leaderless};
use crate::model::links::kinds::PortKind;
use crate::model::quorum::{Quorum, Vote};
use crate::model::raft_groups::{self, GroupErrors, GroupNotRun, NotReady, StaleTerm};
use crate::model::{ClusterModel, NodeModel, database_words};

/// Groups without a leader, or that nodes do not run.
#[must_use]
pub fn leaderless(model: &ClusterModel<'_>) -> Vec<Case> {
    let leaderless = model.leaderless.iter().filter_map(|group| NO_LEADER.case(model, group));
    let not_run = raft_groups::groups_not_run(model).into_iter().filter_map(|group| NOT_RUN.case(model, &group));
    leaderless.chain(not_run).collect()
}

/// A majority that is lost; `stopped`: why nodes do not serve.
#[must_use]
pub fn majority(model: &ClusterModel<'_>, stopped: &[Case]) -> Vec<Case> {
    let electorate = Electorate { doubtful: only_fell_silent(model, stopped) };
    MAJORITY.case(model, &electorate).into_iter().collect()
}

/// Nodes on which a group does not work, that follow an older term, or that say that they are not ready.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let errors = raft_groups::group_errors(model).into_iter().filter_map(|errors| GROUP_ERRORS.case(model, &errors));
    let terms = raft_groups::stale_terms(model).into_iter().filter_map(|stale| TERMS.case(model, &stale));
    let ready = raft_groups::not_ready(model).into_iter().filter_map(|one| READINESS.case(model, &one));
    errors.chain(terms).chain(ready).collect()
}

/// A group that nodes say they do not run.
pub static NOT_RUN: Chain<GroupNotRun> = Chain {
    rules: &[&GROUP_NOT_RUN],
    fill: |model, one, message| {
        let message = message.with("group", &one.group).with("node", model.nodes[one.node].name);
        message.with("peers", model.names(&one.peers)).with("count", one.peers.len())
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static GROUP_NOT_RUN: Rule<GroupNotRun> = Rule::fail(
    Code::RaftMemberMismatch,
    &[
        requires("peers-say-they-do-not-run-the-group", not_run),
        beside("without-them-no-majority", |model, one: &GroupNotRun| Seen::of(one.is_by_enough(model.nodes.len()))),
    ],
    |_, _| "finding-raft-group-not-run",
)
.variant(Variant::GroupNotRun);

fn not_run(_: &ClusterModel<'_>, one: &GroupNotRun) -> Seen {
    Seen::Yes(one.evidence.clone())
}

/// A group without a leader.
pub static NO_LEADER: Chain<Leaderless> = Chain {
    rules: &[&STEPPED_DOWN, &MISSED_BY_ENOUGH, &NAMED_BY_NOBODY],
    fill: |model, group, message| message.with("group", &group.group).with("nodes", model.names(&group.nodes)),
    evidence: |_, group, _| group.evidence().cloned().collect(),
    ..Chain::PLAIN
};

/// Its leader itself says that it lost the others: one node is enough.
static STEPPED_DOWN: Rule<Leaderless> = Rule::fail(
    Code::RaftNoLeader,
    &[
        requires("no-leader-lines", no_leader_lines),
        requires("leader-stepped-down", |_, group| Seen::of(group.stepped_down)),
        beside("no-leader-by-enough", no_leader_by_enough),
        beside("no-leader-named", no_leader_named),
    ],
    |_, _| "finding-raft-no-leader",
);

/// A single node that misses the leader may be the one that is cut off.
static MISSED_BY_ENOUGH: Rule<Leaderless> = Rule::fail(
    Code::RaftNoLeader,
    &[
        requires("no-leader-lines", no_leader_lines),
        requires("no-leader-by-enough", no_leader_by_enough),
        beside("no-leader-named", no_leader_named),
    ],
    |_, _| "finding-raft-no-leader",
);

static NAMED_BY_NOBODY: Rule<Leaderless> =
    Rule::fail(Code::RaftNoLeader, &[requires("no-leader-named", no_leader_named)], |_, _| "finding-raft-no-leader");

fn no_leader_lines(model: &ClusterModel<'_>, group: &Leaderless) -> Seen {
    group.lines.clone().map_or(Seen::No, Seen::Yes).if_looked(logs_seen(model))
}

fn no_leader_by_enough(_: &ClusterModel<'_>, group: &Leaderless) -> Seen {
    Seen::of(group.by_enough)
}

fn no_leader_named(_: &ClusterModel<'_>, group: &Leaderless) -> Seen {
    Seen::lines(group.named.clone()).if_looked(group.has_leader_named)
}

/// True if logs of every running node were read.
fn logs_seen(model: &ClusterModel<'_>) -> bool {
    model.running().into_iter().all(|index| model.nodes[index].logs.is_some())
}

/// Those who vote, as the rule about their majority sees them.
pub struct Electorate {
    /// Nodes that count as dead and may still run.
    doubtful: Vec<usize>,
}

/// Whether there can be a majority.
pub static MAJORITY: Chain<Electorate> = Chain {
    rules: &[&MAJORITY_LOST, &MAJORITY_CUT],
    fill: |model, _, message| match &model.quorum {
        Some(quorum) => message
            .with("live", quorum.live())
            .with("voters", quorum.voters.len())
            .with("needed", quorum.needed())
            .with("dead", dead(model, quorum)),
        None => message,
    },
    ..Chain::PLAIN
};

static MAJORITY_LOST: Rule<Electorate> = Rule::fail(
    Code::ClusterQuorumLost,
    &[
        requires("voters-known", |model, _| Seen::of(model.quorum.is_some())),
        requires("voters-dead", |model, _| Seen::of(model.quorum.as_ref().is_some_and(Quorum::lost))),
        certain("dead-beyond-doubt", |model, electorate: &Electorate| {
            Seen::of(model.quorum.as_ref().is_some_and(|quorum| quorum.lost_without(&electorate.doubtful)))
        }),
        likely("majority-missed-lines", |model, _| {
            Seen::lines(leaders::majority_missed(model)).if_looked(logs_seen(model))
        }),
    ],
    |_, _| "finding-cluster-quorum-lost",
)
.possible();

/// Enough of them are left, and those do not hear each other. A leader that was elected before may keep the connections that it
/// has, so it takes a node that misses one.
static MAJORITY_CUT: Rule<Electorate> = Rule::fail(
    Code::ClusterQuorumLost,
    &[
        requires("voters-known", |model, _| Seen::of(model.quorum.is_some())),
        requires("survivors-cut", |model, _| Seen::of(model.quorum.as_ref().is_some_and(Quorum::cut_off))),
        requires("survivors-miss-leader", |model, _| {
            let missed = leaders::majority_missed(model).into_iter().chain(raft_groups::without_leader_reads(model));
            Seen::lines(missed.collect()).if_looked(logs_seen(model))
        }),
    ],
    |_, _| "finding-cluster-quorum-cut",
)
.likely()
.variant(Variant::SurvivorsCut);

/// Voters that cannot vote, by the names of their nodes where those are known.
fn dead(model: &ClusterModel<'_>, quorum: &Quorum) -> String {
    let name =
        |voter: &String| model.voter(voter).map_or_else(|| voter.clone(), |index| model.nodes[index].name.0.clone());
    let dead = quorum.voters.iter().filter(|(_, vote)| *vote == Vote::Dead);
    dead.map(|(voter, _)| name(voter)).collect::<Vec<_>>().join(", ")
}

/// Errors of groups that a node tells.
pub static GROUP_ERRORS: Chain<GroupErrors> = Chain {
    rules: &[&STOPPED_AT_ENTRY, &BROKEN_GROUP],
    fill: |model, errors, message| message.with("node", model.nodes[errors.node].name),
    nodes: |_, errors| (Some(errors.node), None),
    ..Chain::PLAIN
};

static STOPPED_AT_ENTRY: Rule<GroupErrors> = Rule::fail(
    Code::RaftStateMachineStopped,
    &[requires("group-stopped-at-an-entry", |_, errors: &GroupErrors| {
        if errors.stopped_at_entry { Seen::Yes(errors.evidence.clone()) } else { Seen::No }
    })],
    |_, _| "finding-raft-state-machine-stopped",
);

/// Any other error that stops a group usually comes from its storage.
static BROKEN_GROUP: Rule<GroupErrors> = Rule::fail(
    Code::RaftStorageCorrupt,
    &[requires("group-has-an-error", |_, errors: &GroupErrors| Seen::lines(errors.evidence.clone()))],
    |_, _| "finding-raft-group-error",
)
.likely();

/// The term that a node follows.
pub static TERMS: Chain<StaleTerm> = Chain {
    rules: &[&STALE_TERM],
    fill: |model, stale, message| message.with("node", model.nodes[stale.node].name),
    nodes: |_, stale| (Some(stale.node), None),
    ..Chain::PLAIN
};

/// Its Raft does not hear the others.
static STALE_TERM: Rule<StaleTerm> = Rule::fail(
    Code::RaftLinkBroken,
    &[requires("follows-an-older-term", |_, stale: &StaleTerm| Seen::lines(stale.evidence.clone()))],
    |_, _| "finding-raft-stale-term",
)
.warn()
.likely();

/// A node that answers and is not ready: its storage does not serve.
pub static READINESS: Chain<NotReady> = Chain {
    rules: &[&ANSWERS_WITH_AN_ERROR, &ELECTION, &NO_STORAGE, &REFUSED, &NO_DATABASE],
    fill: |model, one, message| {
        let message = message.with("node", model.nodes[one.node].name);
        match &one.other {
            Some((status, words)) => message.with("status", status).with("text", words),
            None => message,
        }
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

/// The page of a proxy, or an exception: it says nothing of Raft or of a database.
static ANSWERS_WITH_AN_ERROR: Rule<NotReady> = Rule::fail(
    Code::LogsErrors,
    &[requires("answers-with-an-error", |_, one: &NotReady| match one.other {
        Some(_) => Seen::Yes(one.evidence.clone()),
        None => Seen::No,
    })],
    |_, _| "finding-readiness-error",
)
.warn()
.variant(Variant::AnswersError);

/// Its leader went a moment ago: the others elect one within seconds.
static ELECTION: Rule<NotReady> = Rule::fail(
    Code::RaftNoLeader,
    &[
        requires("says-not-ready", says_not_ready),
        excludes("its-raft-link-is-broken", raft_link_is_broken),
        requires("cluster-uses-embedded-storage", embedded_storage),
        requires("its-leader-went-a-moment-ago", |model, _| Seen::of(leaders::election_may_go_on(model))),
    ],
    |_, _| "finding-not-ready-election",
)
.warn();

static NO_STORAGE: Rule<NotReady> = Rule::fail(
    Code::RaftNoLeader,
    &[
        requires("says-not-ready", says_not_ready),
        excludes("its-raft-link-is-broken", raft_link_is_broken),
        requires("cluster-uses-embedded-storage", embedded_storage),
    ],
    |_, _| "finding-not-ready-embedded",
);

fn embedded_storage(model: &ClusterModel<'_>, _: &NotReady) -> Seen {
    Seen::of(model.nodes.iter().any(NodeModel::embedded_storage))
}

/// Where the reason is told, that stands for it.
static REFUSED: Rule<NotReady> = Rule::fail(
    Code::DbRefuses,
    &[
        requires("says-not-ready", says_not_ready),
        excludes("its-raft-link-is-broken", raft_link_is_broken),
        requires("database-opens", |model, one| alive::opens(model, &one.node)),
        excludes("database-says-why", says_why),
    ],
    |_, _| "finding-not-ready-refused",
)
.likely();

fn says_why(model: &ClusterModel<'_>, one: &NotReady) -> Seen {
    let said = database_words::REASONS.iter().find_map(|reason| {
        let lines = database_words::refusals(model, one.node, *reason);
        (!lines.is_empty()).then_some(lines)
    });
    Seen::lines(said.unwrap_or_default())
}

static NO_DATABASE: Rule<NotReady> = Rule::fail(
    Code::DbUnreachable,
    &[
        requires("says-not-ready", says_not_ready),
        excludes("its-raft-link-is-broken", raft_link_is_broken),
        excludes("database-says-why", says_why),
    ],
    |_, _| "finding-not-ready-external",
)
.likely()
.variant(Variant::ReachUnseen);

fn says_not_ready(_: &ClusterModel<'_>, one: &NotReady) -> Seen {
    Seen::Yes(one.evidence.clone())
}

/// What a broken link to the leader explains needs no other reason.
fn raft_link_is_broken(model: &ClusterModel<'_>, one: &NotReady) -> Seen {
    let mut broken = model.links.patterns.iter().filter(|pattern| pattern.kind.ports() == Some(PortKind::Raft));
    Seen::of(broken.any(|pattern| pattern.nodes.contains(&one.node)))
}

#[cfg(test)]
mod tests;
