//! What to do, and when not to: every to-do with the conditions under which it would do harm, weighed over all causes. Pure.
//!
//! # Why
//! A to-do is read by somebody who is tired and does it. "Start n2" for a node that runs makes a second process on one data
//! directory; "take n2 out of the front door" for the only node that serves makes an outage of a fault. Which of them is safe
//! depends on what all nodes do at the moment judged and on what other causes ask for, so they are weighed together.

use std::collections::BTreeSet;

use super::causes;
use super::picture::life::{self, Life};
use super::picture::{Picture, raft, stop};
use super::rank::Ranked;
use crate::domain::code::Code;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::finding::Outcome;
use crate::domain::id::NodeName;
use crate::domain::vocabulary::ProcessState;

/// One thing to do.
pub struct ToDo {
    /// Key of its sentence, which takes `nodes`.
    pub key: &'static str,
    /// Conditions under which it would do harm, each with what to do in its place.
    pub unsafe_when: &'static [(Hazard, Option<&'static Self>)],
    /// True if it is about a node each, so that nodes it would harm can be left out of it.
    pub per_node: bool,
}

/// Why a to-do would do harm to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hazard {
    /// Without it, nothing is left that serves.
    LastServing,
    /// Its process is there: a second one on the same data directory would corrupt it.
    Runs,
    /// Nothing was seen that says that it is down.
    NotKnownDown,
    /// Its process is not there, or not known to be.
    DoesNotRun,
    /// It serves still, and is the last that does, or holds the majority.
    StillServes,
    /// It votes, and without it there is no majority.
    CostsMajority,
    /// Its start began less than 90 s ago and may still end well.
    StartIsYoung,
    /// A signal has stopped its process: what attaches to it waits as well.
    StoppedBySignal,
    /// Its process waits for the disk: it cannot be ended, and what attaches to it waits as well.
    WaitsForDisk,
    /// What keeps it from starting is told by another cause, and is not fixed yet.
    ReasonStands,
    /// None of the nodes is down.
    NobodyIsDown,
}

const fn todo(key: &'static str) -> ToDo {
    ToDo { key, unsafe_when: &[], per_node: false }
}

const fn of_nodes(key: &'static str, unsafe_when: &'static [(Hazard, Option<&'static ToDo>)]) -> ToDo {
    ToDo { key, unsafe_when, per_node: true }
}

/// Takes nodes out of the front door.
pub const FRONT_DOOR: ToDo = of_nodes("action-front-door", &[(Hazard::LastServing, None)]);
/// Starts nodes that are down.
pub const START_DOWN: ToDo = of_nodes("action-start-node", &[(Hazard::Runs, None), (Hazard::ReasonStands, None)]);
/// The same, for a fault that a running process keeps: it has to be started again.
pub const START: ToDo = of_nodes("action-start-node", &[(Hazard::Runs, Some(&RESTART)), (Hazard::ReasonStands, None)]);
/// Starts nodes that are down once what this cause tells of is fixed.
pub const START_WHEN_FIXED: ToDo = of_nodes("action-start-when-fixed", &[(Hazard::NotKnownDown, None)]);
/// Stops a running node and starts it again.
pub const RESTART: ToDo = of_nodes(
    "action-restart-alone",
    &[(Hazard::DoesNotRun, None), (Hazard::LastServing, None), (Hazard::CostsMajority, None)],
);
/// Ends a start that hangs.
pub const RESTART_STUCK: ToDo = of_nodes("action-restart-stuck", &[(Hazard::StartIsYoung, None)]);
/// Takes thread dumps.
pub const THREAD_DUMP: ToDo = of_nodes(
    "action-thread-dump",
    &[(Hazard::StoppedBySignal, Some(&CONTINUE)), (Hazard::WaitsForDisk, Some(&STORAGE))],
);
/// Lets a process go on that a signal has stopped.
pub const CONTINUE: ToDo = of_nodes("action-continue", &[]);
/// Ends a process that hangs and starts it again.
pub const END_HUNG: ToDo = of_nodes("action-end-hung", &[(Hazard::WaitsForDisk, None), (Hazard::StillServes, None)]);
/// Starts the nodes of a lost majority one after the other.
pub const ONE_BY_ONE: ToDo =
    ToDo { key: "action-one-by-one", unsafe_when: &[(Hazard::NobodyIsDown, None)], per_node: false };
/// Moves a broken Raft group aside, which a majority of the others has to replace.
pub const RAFT_STORAGE: ToDo = of_nodes("action-raft-storage", &[(Hazard::CostsMajority, Some(&RAFT_STORAGE_LATER))]);
/// Leaves a broken Raft group alone until a majority of the others is there.
pub const RAFT_STORAGE_LATER: ToDo = of_nodes("action-raft-storage-later", &[]);

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $key:literal;)+) => {
        $($(#[$doc])* pub const $name: ToDo = todo($key);)+
    };
}

plain! {
    /// Waits until nodes are back for all others.
    AFTER_START = "action-after-start";
    /// Finds out who stopped a node.
    FIND_WHO_STOPPED = "action-find-who-stopped";
    /// Copies what a start overwrites.
    SAVE_EVIDENCE = "action-save-evidence";
    /// Finds what killed a node.
    FIND_KILLER = "action-find-killer";
    /// Gives the process room below the memory limit.
    MEMORY_LIMIT = "action-memory-limit";
    /// Raises the heap.
    HEAP = "action-heap";
    /// Reads a JVM crash.
    JDK = "action-jdk";
    /// Frees disk space.
    FREE_DISK = "action-free-disk";
    /// Looks at storage that does not answer.
    STORAGE = "action-storage";
    /// Looks whether the host is there.
    CHECK_HOST = "action-check-host";
    /// Reads what a start waits for.
    WAIT_START = "action-wait-start";
    /// Starts the others first.
    QUORUM_THEN_START = "action-quorum-then-start";
    /// Reads why a start failed.
    READ_START_ERROR = "action-read-start-error";
    /// Stops what restarts a node again and again.
    STOP_FLAPPING = "action-stop-flapping";
    /// Opens all ports between the nodes.
    OPEN_BETWEEN = "action-open-between";
    /// Watches nodes join again.
    WATCH_REJOIN = "action-watch-rejoin";
    /// Gets to a host another way.
    REACH_NODE = "action-reach-node";
    /// Hands in the files of a node.
    HAND_IN = "action-hand-in";
    /// Brings back a majority.
    RESTORE_QUORUM = "action-restore-quorum";
    /// Tests the Raft port.
    CHECK_7848 = "action-check-7848";
    /// Restarts one follower.
    RESTART_FOLLOWER = "action-restart-follower";
    /// Opens the Raft port.
    OPEN_7848 = "action-open-7848";
    /// Reads which entry a state machine cannot apply, and why.
    RAFT_ENTRY = "action-raft-entry";
    /// Leaves a node that serves alone.
    LEAVE_RUNNING = "action-leave-running";
    /// Brings Raft members in line.
    RAFT_MEMBERS = "action-raft-members";
    /// Brings member lists in line.
    MEMBERS_ALIGN = "action-members-align";
    /// Removes a member that is nobody.
    GHOST_REMOVE = "action-ghost-remove";
    /// Brings `cluster.conf` in line.
    CONF_ALIGN = "action-conf-align";
    /// Fixes a line of `cluster.conf`.
    CONF_FIX_LINE = "action-conf-fix-line";
    /// Brings database settings in line.
    DB_ALIGN = "action-db-align";
    /// Brings the database back.
    DB_RESTORE = "action-db-restore";
    /// Brings secrets and identity in line.
    AUTH_ALIGN = "action-auth-align";
    /// Brings settings in line.
    PROPERTIES_ALIGN = "action-properties-align";
    /// Brings flags in line.
    FLAGS_ALIGN = "action-flags-align";
    /// Finishes an upgrade.
    VERSION_FINISH = "action-version-finish";
    /// Secures the cluster after the incident.
    SECURE_LATER = "action-secure-later";
    /// Opens the gRPC ports.
    OPEN_GRPC = "action-open-grpc";
    /// Opens ports between the nodes.
    OPEN_PORT = "action-open-port";
    /// Finds a rule that drops one direction.
    OPEN_ONE_WAY = "action-open-one-way";
    /// Finds where packets get lost.
    FIND_LOSS = "action-find-loss";
    /// Fixes a name.
    DNS = "action-dns";
    /// Removes a node from the list of a front door.
    DOOR_UPSTREAM = "action-door-upstream";
    /// Forwards gRPC through a front door.
    DOOR_GRPC = "action-door-grpc";
    /// Looks at a front door.
    DOOR_LOOK = "action-door-look";
    /// Lets clients get past a front door.
    DOOR_PAST = "action-door-past";
    /// Compares the data again.
    DATA_DIVERGED = "action-data-diverged";
    /// Tells the owners of clients.
    CLIENTS_NOTIFY = "action-clients-notify";
    /// Moves connections.
    REBALANCE = "action-rebalance";
    /// Gives applications more than one address.
    SINGLE_SERVER = "action-single-server";
    /// Fixes the clock.
    CLOCK = "action-clock";
    /// Reads errors.
    READ_ERRORS = "action-read-errors";
    /// Nothing.
    NOTHING = "action-none";
}

/// Causes that keep a node from coming up as long as they stand.
const KEEP_FROM_STARTING: &[Code] =
    &[Code::NetDns, Code::ConfigClusterConfMalformed, Code::ConfigDbDrift, Code::DbUnreachable, Code::NodeDiskFull];

/// All that decides whether a to-do is safe.
pub struct Weighing<'a> {
    picture: &'a Picture<'a>,
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
    pub fn new(picture: &'a Picture<'a>, quorum: Option<&raft::Quorum>, causes: &[Ranked<'_>]) -> Self {
        let failures = causes
            .iter()
            .filter(|cause| cause.rank.outcome == Outcome::Fail)
            .map(|cause| {
                let nodes = cause.hypothesis.nodes.iter().filter_map(|node| picture.index(node)).collect();
                (cause.hypothesis.code, nodes)
            })
            .collect();
        Self { picture, failures, taken: BTreeSet::new(), stopped: BTreeSet::new(), votes: quorum.map(live_votes) }
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
        let mut others = self.picture.running().into_iter().filter(|other| *other != node);
        !others.any(|other| !self.taken.contains(&other))
    }

    /// True if another cause keeps the node from starting. Of several that do, the last one says when to start.
    fn reason_stands(&self, cause: Code, node: usize) -> bool {
        let keeps = |code: Code| KEEP_FROM_STARTING.contains(&code);
        let own = self.failures.iter().position(|(code, _)| *code == cause).filter(|_| keeps(cause));
        let mut others = self.failures.iter().enumerate().filter(|(_, (code, _))| *code != cause && keeps(*code));
        others.any(|(at, (_, nodes))| nodes.contains(&node) && own.is_none_or(|own| at > own))
    }

    /// True if the to-do would do that harm.
    #[must_use]
    pub fn holds(&self, hazard: Hazard, cause: Code, node: Option<usize>) -> bool {
        let picture = self.picture;
        let Some(node) = node else {
            return hazard == Hazard::NobodyIsDown
                && picture.lives.iter().all(|life| is_there(*life) || life.is_unknown());
        };
        let life = picture.lives[node];
        match hazard {
            Hazard::LastServing => self.is_last_serving(node),
            Hazard::Runs => is_there(life),
            Hazard::NotKnownDown => !matches!(life, Life::Gone | Life::Silent | Life::StartFailed { .. }),
            Hazard::DoesNotRun => !is_there(life),
            Hazard::CostsMajority => self.costs_majority(node),
            Hazard::StillServes => life.is_running() && (self.is_last_serving(node) || self.costs_majority(node)),
            Hazard::StartIsYoung => match life {
                Life::Starting { since } => picture.age_ms(since) < stop::STUCK_MS,
                // When it began is not known where only its ports were seen.
                _ => life::in_start(picture, node).is_none_or(|since| picture.age_ms(since) < stop::STUCK_MS),
            },
            Hazard::StoppedBySignal => state_of(picture, node).is_some_and(ProcessState::is_stopped),
            Hazard::WaitsForDisk => {
                state_of(picture, node).is_some_and(ProcessState::is_blocked)
                    || life::blocked_threads(picture, node).is_some()
            }
            Hazard::ReasonStands => self.reason_stands(cause, node),
            Hazard::NobodyIsDown => is_there(life),
        }
    }
}

/// True if a process of the node is there.
fn is_there(life: Life) -> bool {
    life.is_running() || matches!(life, Life::Hung | Life::Starting { .. })
}

fn state_of<'p>(picture: &'p Picture<'_>, node: usize) -> Option<&'p ProcessState> {
    picture.nodes[node].stop?.process.as_ref().map(|process| &process.state)
}

/// The nodes of the live voters, and how many votes are needed.
fn live_votes(quorum: &raft::Quorum) -> (Vec<Option<usize>>, usize) {
    let votes = quorum.voters.iter().zip(&quorum.owners);
    let live = votes.filter(|((_, vote), _)| *vote == raft::Vote::Live).map(|(_, owner)| *owner).collect();
    (live, quorum.needed())
}

/// To-dos of a diagnosis that would do harm to a node, as key, reason and node: none, unless a table is wrong. For tests over
/// everything that was ever recorded; it reads what is shown, not how it came about.
#[must_use]
pub fn harmful(picture: &Picture<'_>, diagnosis: &Diagnosis) -> Vec<(String, Hazard, String)> {
    let mut weighing = Weighing::new(picture, raft::quorum(picture).as_ref(), &[]);
    let failures =
        diagnosis.causes.iter().zip(&diagnosis.trace.ranks).filter(|(_, rank)| rank.outcome == Outcome::Fail);
    weighing.failures = failures
        .map(|(cause, _)| (cause.code, cause.nodes.iter().filter_map(|node| picture.index(node)).collect()))
        .collect();
    let mut harmful = Vec::new();
    for cause in &diagnosis.causes {
        for message in &cause.action {
            let Some(todo) = find(&message.key) else { continue };
            let nodes = message.args.get("nodes").map_or("", String::as_str).split(", ");
            for node in nodes.filter_map(|name| picture.index(&NodeName(name.to_owned()))) {
                for (hazard, _) in todo.unsafe_when {
                    if weighing.holds(*hazard, cause.code, Some(node)) {
                        harmful.push((message.key.clone(), *hazard, picture.nodes[node].name.0.clone()));
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
    use crate::domain::observed::Board;
    use crate::domain::time::Timestamp;

    #[test]
    fn of_several_reasons_that_stand_the_last_says_when_to_start() {
        let spec = |name: &str| NodeSpec { name: NodeName::from(name), api: None, files: FileSource::None };
        let nodes = vec![spec("n1"), spec("n2")];
        let cluster =
            Cluster { id: ClusterId(0), name: "c".to_owned(), nodes, node_deadline_ms: 3000, doors: Vec::new() };
        let board = Board::default();
        let picture = Picture::new(&cluster, &board, Timestamp::from_millis(0), crate::domain::incident::WINDOW_MS);
        let stop = |code| (code, vec![1]);
        let failures = [Code::NodeDiskFull, Code::DbUnreachable, Code::NodeStoppedClean].map(stop).to_vec();
        let weighing =
            Weighing { picture: &picture, failures, taken: BTreeSet::new(), stopped: BTreeSet::new(), votes: None };
        let stands = |code, node| weighing.holds(Hazard::ReasonStands, code, Some(node));
        assert!(stands(Code::NodeDiskFull, 1) && stands(Code::NodeStoppedClean, 1));
        assert!(!stands(Code::DbUnreachable, 1), "nothing that keeps it from starting comes after this one");
        assert!(!stands(Code::NodeStoppedClean, 0), "another node");
    }
}
