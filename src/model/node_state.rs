//! What each node is doing at the moment judged: answered, seen in its process, or read from how far its logs go.

use std::ops::Deref;

use super::address;
use super::nodes::NodeModel;
use super::peer_errors;
use super::peer_errors::Heard;
use super::reachability::{Reachability, reach, speaks_elsewhere};
use super::reliability;
use super::start_reason;
use crate::domain::observed::{SignatureHits, StopSeen, StopTrace};
use crate::domain::time::Timestamp;
use crate::nacos::log_line::is_gc_log;
use crate::nacos::signatures::{Role, SignatureId, has_role};
use crate::nacos::timing;

/// All nodes, and what each is doing: the third phase of the model.
#[derive(Clone, Debug)]
pub struct Stated<'a> {
    heard: Heard<'a>,
    /// By index.
    pub states: Vec<NodeState>,
}

impl<'a> Stated<'a> {
    pub(super) fn build(heard: Heard<'a>) -> Self {
        let states = states(&heard);
        Self { heard, states }
    }

    /// Indexes of the nodes that are running at the moment judged.
    #[must_use]
    pub fn running(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|index| self.states[*index].is_running()).collect()
    }
}

impl<'a> Deref for Stated<'a> {
    type Target = Heard<'a>;

    fn deref(&self) -> &Self::Target {
        &self.heard
    }
}

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// It answers, or its logs go on to the moment judged.
    Running,
    /// Its copied logs end early, but no peer misses it.
    CopyEndsEarly,
    /// Its process came up and has not finished starting.
    Starting {
        /// When the process began.
        since: Timestamp,
    },
    /// Its last start failed.
    StartFailed {
        /// When.
        at: Timestamp,
    },
    /// Its process is there or its ports accept, and it does not answer.
    Hung,
    /// Its logs ended, and nothing else is known.
    Silent,
    /// Its process is gone: not in the process table, or its ports refuse; [`seen_gone`] tells them apart.
    Gone,
    /// Neither its API nor its files could be reached.
    Unreachable,
    /// Nothing about it was looked at.
    Unseen,
}

impl NodeState {
    /// True if it runs, as far as can be seen.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::CopyEndsEarly)
    }

    /// True if nothing is known of it.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Unseen)
    }
}

/// What every node is doing, in the order of the inventory.
#[must_use]
pub fn states(model: &Heard<'_>) -> Vec<NodeState> {
    let mut states: Vec<NodeState> = (0..model.nodes.len()).map(|index| alone(model, index)).collect();
    let missed: Vec<usize> = (0..states.len())
        .filter(|index| just_gone(model, &states, *index) || fell_silent(model, &states, *index))
        .collect();
    for index in missed {
        states[index] = if reach(model, index) == Reachability::Refused { NodeState::Gone } else { NodeState::Silent };
    }
    let unreached: Vec<usize> = (0..states.len()).filter(|index| nobody_reaches(model, &states, *index)).collect();
    for index in unreached {
        states[index] = NodeState::Unreachable;
    }
    for index in 0..states.len() {
        if states[index] == NodeState::Silent && ended_early(model, &states, index) {
            states[index] = NodeState::CopyEndsEarly;
        }
    }
    states
}

/// True if a node that seems to run, by its files alone, has missed its heartbeat and every peer fails to reach it since: it
/// has only just gone.
fn just_gone(model: &Heard<'_>, states: &[NodeState], index: usize) -> bool {
    let node = &model.nodes[index];
    let Some(last) = node.last_stamp else { return false };
    let beats = node.logs.is_some_and(|logs| logs.last_heartbeat.is_some());
    if states[index] != NodeState::Running || reach(model, index) == Reachability::Answers || !beats {
        return false;
    }
    let refused_here = reach(model, index) == Reachability::Refused;
    let observers: Vec<usize> = (0..states.len())
        .filter(|other| *other != index && model.nodes[*other].logs.is_some())
        .filter(|other| {
            model.nodes[*other]
                .last_stamp
                .is_some_and(|stamp| stamp > last && model.age_ms(stamp) <= timing::HEARTBEAT_OVERDUE_MS)
        })
        .collect();
    let since = last.plus_millis(-timing::STAMPS_MS);
    let missed =
        !observers.is_empty() && observers.iter().all(|observer| fails_to_reach(model, *observer, index, since));
    (model.age_ms(last) > timing::HEARTBEAT_OVERDUE_MS && (missed || refused_here)) || (refused_here && missed)
}

/// True if nothing of a node was seen by itself, and no peer whose logs go on reaches it at the moment judged.
fn nobody_reaches(model: &Heard<'_>, states: &[NodeState], index: usize) -> bool {
    if states[index] != NodeState::Unseen {
        return false;
    }
    let lately = model.as_of.plus_millis(-timing::LINE_CURRENT_MS);
    let mut observers = (0..states.len())
        .filter(|other| *other != index && states[*other].is_running() && model.nodes[*other].logs.is_some())
        .filter(|other| goes_on(model, *other))
        .peekable();
    observers.peek().is_some() && observers.all(|observer| fails_to_reach(model, observer, index, lately))
}

/// True if an attempt of one node to reach another has failed since then.
fn fails_to_reach(model: &Heard<'_>, observer: usize, subject: usize, since: Timestamp) -> bool {
    let of_both = |error: &&peer_errors::PeerError<'_>| error.observer == observer && error.subject == subject;
    model.peer_errors.iter().filter(of_both).any(|error| error.attempt && error.count_since(since) > 0)
}

/// True if, in copies, every peer began to fail to reach the node only after its own last line: it has fallen silent within
/// the last beat. Trouble that was there before is a link's, and a node that writes on lives.
fn fell_silent(model: &Heard<'_>, states: &[NodeState], index: usize) -> bool {
    let Some(last) = model.nodes[index].last_stamp else { return false };
    if states[index] != NodeState::Running
        || reach(model, index) != Reachability::NotTried
        || model.age_ms(last) < timing::SILENT_AT_LEAST_MS
    {
        return false;
    }
    let observers: Vec<usize> = (0..states.len())
        .filter(|other| *other != index && states[*other].is_running() && model.nodes[*other].logs.is_some())
        .filter(|other| model.nodes[*other].last_stamp.is_some_and(|stamp| stamp > last))
        .collect();
    let began_after = |observer: usize| {
        let about: Vec<&peer_errors::PeerError<'_>> = model
            .peer_errors
            .iter()
            .filter(|one| one.attempt && one.observer == observer && one.subject == index)
            .collect();
        let earlier = last.plus_millis(-timing::EARLIER_TROUBLE_MS);
        let limit = last.plus_millis(-timing::STAMPS_MS);
        let before = about.iter().any(|one| one.hits.times.iter().any(|time| *time >= earlier && *time < limit));
        let after: u64 = about.iter().map(|one| one.unanswered_since(last)).sum();
        !before && after >= 2
    };
    !observers.is_empty() && observers.into_iter().all(began_after)
}

/// What one node is doing, as far as it shows by itself.
fn alone(model: &Heard<'_>, index: usize) -> NodeState {
    let node = &model.nodes[index];
    let reach = reach(model, index);
    let process = node.stop.and_then(|stop| stop.process.as_ref());
    let files_go_on = goes_on(model, index);
    let start = match node.stop {
        Some(stop) if process.is_none() && jvm_refused(model, index, stop) => {
            Some(Start::Failed(node.last_stamp.unwrap_or(model.as_of)))
        }
        Some(stop) => match (unfinished_start(node, stop), young(model, index)) {
            // A process that began after the last failure is another try.
            (Some(Start::Failed(failed)), Some(began)) if began > failed => Some(Start::Running(began)),
            // Nacos writes its first line seconds after its process began.
            (Some(Start::Running(since)), _) => {
                let of_start = |began: &Timestamp| (0..timing::LONGEST_START_MS).contains(&since.millis_since(*began));
                Some(Start::Running(process_began(stop).filter(of_start).unwrap_or(since)))
            }
            (start, began) => start.or(began.map(Start::Running)),
        },
        None => None,
    };
    if reach == Reachability::Answers && blocked_threads(model, index).is_some() {
        return NodeState::Hung;
    }
    if reach == Reachability::Answers {
        return match start {
            Some(Start::Running(since)) if files_go_on && still_starting(model, index) => NodeState::Starting { since },
            // Of a start that failed a process may be left that listens, and serves nothing.
            Some(Start::Failed(at)) if node.view.is_some() && still_starting(model, index) => {
                NodeState::StartFailed { at }
            }
            _ => NodeState::Running,
        };
    }
    if let Some(process) = process {
        if process.state.is_frozen() {
            return NodeState::Hung;
        }
        if process.state.is_zombie() {
            return NodeState::Gone;
        }
    }
    if let Some(Start::Failed(at)) = start {
        return NodeState::StartFailed { at };
    }
    if let Some(Start::Running(since)) = start
        && (files_go_on || process.is_some())
    {
        return NodeState::Starting { since };
    }
    match reach {
        Reachability::Accepts => NodeState::Hung,
        _ if process.is_none() && node.stop.is_some_and(|stop| stop.process_table_seen && stop.files_live) => {
            NodeState::Gone
        }
        // Logs that were still written a moment ago are no sign of life where the end of them was not read.
        Reachability::Refused if files_go_on && node.stop.is_none() => NodeState::Gone,
        _ if files_go_on => NodeState::Running,
        // A process that nothing else is seen of may do whatever it likes.
        Reachability::NotTried if process.is_some() && node.last_stamp.is_none() => NodeState::Unseen,
        _ if process.is_some() => NodeState::Hung,
        Reachability::Refused | Reachability::Foreign => NodeState::Gone,
        // Where there may be younger lines, nothing says that it fell silent.
        Reachability::NotTried if reliability::end_unread(model, index) => NodeState::Unseen,
        _ if node.last_stamp.is_some() => NodeState::Silent,
        // A process that is frozen lets its kernel accept on every port: one port of several that is silent is filtered.
        Reachability::Nothing if speaks_elsewhere(model, index) => NodeState::Running,
        Reachability::Nothing => NodeState::Unreachable,
        Reachability::Other => NodeState::Hung,
        Reachability::NotTried | Reachability::Answers => NodeState::Unseen,
    }
}

/// How many threads of the node's process wait in the kernel, of how many, if its logs, which it writes all the time, have
/// stopped as well: its disk does not take what it writes. What needs none may be answered still.
#[must_use]
pub fn blocked_threads(model: &Heard<'_>, index: usize) -> Option<(u64, u64)> {
    let node = &model.nodes[index];
    let stop = node.stop.filter(|stop| stop.files_live)?;
    let (blocked, all) = stop.process.as_ref()?.blocked?;
    (blocked > 0 && node.last_stamp.is_some() && !goes_on(model, index)).then_some((blocked, all))
}

enum Start {
    Running(Timestamp),
    Failed(Timestamp),
}

/// When the node's process began, if that is so short a time ago that it cannot be up yet, and its logs do not say that it is,
/// or that its start failed.
fn young(model: &Heard<'_>, index: usize) -> Option<Timestamp> {
    let node = &model.nodes[index];
    let stop = node.stop?;
    let began = process_began(stop)?;
    let up_since = node.started.is_some_and(|started| started >= began);
    let failed_since = last_failure(stop).is_some_and(|failed| failed >= began);
    (!up_since && !failed_since && (0..timing::PROCESS_YOUNG_MS).contains(&model.age_ms(began))).then_some(began)
}

/// When the node's newest process began: by the process table, else by what its JVM writes first.
fn process_began(stop: &StopSeen) -> Option<Timestamp> {
    match &stop.process {
        Some(process) => process.started_at,
        None if stop.process_table_seen => None,
        None => stop.jvm_began,
    }
}

/// True if Java itself refused the last start, or had no memory for it: the file it says so in is written anew by every start.
/// A node whose other files go on was started in another way, and that file is old: where the files are live, those that were
/// written after it go on, else those whose lines are young. What a JVM writes of its own memory while it comes up says nothing
/// of Nacos.
fn jvm_refused(model: &Heard<'_>, index: usize, stop: &StopSeen) -> bool {
    let limit = goes_on_within_ms(&model.nodes[index]);
    // Seconds after an orderly stop its last lines are as young as those of a node that runs.
    let stopped =
        stop.ends.iter().filter_map(|end| end.last_stamp).max().is_some_and(|last| ends_in_a_stop(stop, last));
    let refused = |trace: &&StopTrace| {
        trace.signature == SignatureId::JVM_REFUSED
            || is_stdout(&trace.path) && trace.at.is_none() && has_role(&trace.signature, Role::NativeMemory)
    };
    stop.traces.iter().filter(refused).any(|refused| {
        let came_up = |trace: &StopTrace| trace.path == refused.path && has_role(&trace.signature, Role::StartSign);
        let written = stop.ends.iter().filter(|_| stop.files_live).find(|end| end.path == refused.path);
        let goes_on = |at: Timestamp| match written.and_then(|end| end.modified) {
            Some(written) => at > written,
            None => !stopped && stop.jvm_began.is_none_or(|began| at >= began) && model.age_ms(at) <= limit,
        };
        let others = stop.ends.iter().filter(|end| end.path != refused.path && !is_gc_log(&end.path));
        !stop.traces.iter().any(came_up) && !others.filter_map(|end| end.last_stamp).any(goes_on)
    })
}

/// The file into which the start script puts what the process prints.
fn is_stdout(path: &str) -> bool {
    path.ends_with("start.out") || path.ends_with("startup.log")
}

/// When a JVM began that has written nothing but the log of its memory so far: no line of Nacos is younger.
fn only_the_jvm(node: &NodeModel<'_>, stop: &StopSeen) -> Option<Timestamp> {
    let began = stop.jvm_began?;
    // Where no log of Nacos was seen, that none is younger says nothing.
    let newest = stop.ends.iter().filter(|end| !is_gc_log(&end.path)).filter_map(|end| end.last_stamp).max()?;
    (newest < began && node.started.is_none_or(|started| started < began)).then_some(began)
}

/// When a start began that was not seen to end, well or not.
#[must_use]
pub fn in_start(model: &Heard<'_>, index: usize) -> Option<Timestamp> {
    let node = &model.nodes[index];
    match unfinished_start(node, node.stop?)? {
        Start::Running(since) => Some(since),
        Start::Failed(_) => None,
    }
}

/// When a start failed while the node served all the same: the process that serves goes on with its beat. Somebody started a
/// second one beside it.
#[must_use]
pub fn second_start(model: &Heard<'_>, index: usize) -> Option<Timestamp> {
    let node = &model.nodes[index];
    let stop = node.stop?;
    last_failure(stop).filter(|failed| another_served(node, stop, *failed))
}

/// When starts failed beside a process that served through each of them: see [`second_start`].
#[must_use]
pub fn failed_beside(model: &Heard<'_>, index: usize) -> Vec<Timestamp> {
    let node = &model.nodes[index];
    let Some(stop) = node.stop else { return Vec::new() };
    let failures = stop.traces.iter().filter(|trace| trace.signature == SignatureId::START_FAILED);
    failures.filter_map(|trace| trace.at).filter(|failed| another_served(node, stop, *failed)).collect()
}

/// When these starts began: no life of the node ended before them.
#[must_use]
pub fn second_starts(model: &Heard<'_>, index: usize) -> Vec<Timestamp> {
    let Some(stop) = model.nodes[index].stop else { return Vec::new() };
    failed_beside(model, index).into_iter().filter_map(|failed| start_reason::began(stop, failed)).collect()
}

/// When a start failed last.
fn last_failure(stop: &StopSeen) -> Option<Timestamp> {
    stop.traces.iter().filter(|trace| trace.signature == SignatureId::START_FAILED).filter_map(|trace| trace.at).max()
}

/// True if another process served through the start that failed then. That start may leave a process that beats on: what
/// tells is a beat that goes through its beginning without a gap, and that goes on after its end, or that it found what it
/// needs in use.
fn another_served(node: &NodeModel<'_>, stop: &StopSeen, failed: Timestamp) -> bool {
    let Some(logs) = node.logs else { return false };
    let began = start_reason::began(stop, failed).unwrap_or_else(|| failed.plus_millis(-timing::LONGEST_START_MS));
    let just_before = |at: Timestamp| (0..timing::BEATEN_BEFORE_MS).contains(&began.millis_since(at));
    logs.connection_history.iter().any(|(at, ..)| just_before(*at))
        && !logs.stalls.iter().any(|(from, to)| (*from..=*to).contains(&began))
        && node.started.is_none_or(|started| started <= failed)
        && logs.last_heartbeat.is_some_and(|beat| {
            let beats_on = beat.millis_since(failed) > timing::BEATS_ON_MS;
            beats_on || beat >= began && !was_stopping(stop, began) && start_reason::found_taken(stop, began, failed)
        })
}

/// True if the process before a start was being stopped when that began. A start that fails ends with such lines as well.
fn was_stopping(stop: &StopSeen, began: Timestamp) -> bool {
    let failures = || stop.traces.iter().filter(|trace| trace.signature == SignatureId::START_FAILED);
    let of_failure =
        |at: Timestamp| failures().filter_map(|trace| trace.at).any(|failed| start_reason::is_near_its_end(at, failed));
    let of_stop = |at: Timestamp| (0..timing::STOPPING_MS).contains(&began.millis_since(at)) && !of_failure(at);
    stop.traces.iter().any(|trace| has_role(&trace.signature, Role::CleanStop) && trace.at.is_some_and(of_stop))
}

/// The last start, if it has not ended well: no `Nacos started successfully` after it.
fn unfinished_start(node: &NodeModel<'_>, stop: &StopSeen) -> Option<Start> {
    let failed = last_failure(stop);
    let beside = failed.filter(|failed| another_served(node, stop, *failed));
    let began = stop.starts.iter().copied().chain(only_the_jvm(node, stop)).max();
    let after = |time: Timestamp| {
        node.started.is_none_or(|started| time > started) && beside.is_none_or(|beside| time > beside)
    };
    match (failed.filter(|at| after(*at)), began.filter(|at| after(*at))) {
        (Some(failed), Some(began)) if began > failed => Some(Start::Running(began)),
        (Some(failed), _) => Some(Start::Failed(failed)),
        (None, Some(began)) => Some(Start::Running(began)),
        (None, None) => None,
    }
}

/// True if the node's API, where it was asked, does not say that it is ready.
fn still_starting(model: &Heard<'_>, index: usize) -> bool {
    model.nodes[index].view.is_none_or(|view| {
        let serves = view.metrics.as_ref().is_some_and(|metrics| metrics.status.as_deref() == Some("UP"));
        view.ready != Some(true) && !serves
    })
}

/// True if the line that a node of 2.x and later writes every three seconds was seen.
fn beats(node: &NodeModel<'_>) -> bool {
    node.logs.is_some_and(|logs| logs.last_heartbeat.is_some() || !logs.connection_history.is_empty())
}

/// Whether something saw that the process of a node that is [`NodeState::Gone`] has ended: the process table, its own log, which
/// ended, or another program on its port. Ports that refuse are what a firewall gives as well.
#[must_use]
pub fn seen_gone(model: &Heard<'_>, index: usize) -> bool {
    let node = &model.nodes[index];
    let in_table = node.stop.is_some_and(|stop| {
        let ended = stop.process.as_ref().is_none_or(|process| process.state.is_zombie());
        stop.process_table_seen && stop.files_live && ended
    });
    let replaced = reach(model, index) == Reachability::Foreign;
    in_table || replaced || node.last_stamp.is_some() && !goes_on(model, index)
}

/// True if the node's files go on to the moment judged.
#[must_use]
pub fn goes_on(model: &Heard<'_>, index: usize) -> bool {
    let node = &model.nodes[index];
    node.last_stamp.is_some_and(|last| model.age_ms(last) <= goes_on_within_ms(node))
}

/// How old the newest line of a node may be whose files go on, milliseconds.
fn goes_on_within_ms(node: &NodeModel<'_>) -> i64 {
    if beats(node) { timing::HEARTBEAT_SILENT_MS } else { timing::SILENT_WITHOUT_HEARTBEAT_MS }
}

/// True if the last lines, of that moment, tell of a stop.
fn ends_in_a_stop(stop: &StopSeen, last: Timestamp) -> bool {
    let told = |trace: &StopTrace| {
        has_role(&trace.signature, Role::Lifecycle)
            && trace.signature != SignatureId::STARTED
            && trace.at >= Some(last.plus_millis(-timing::STOP_WORDS_MS))
    };
    stop.traces.iter().any(told)
}

/// True if a copied log ends early and no node that goes on misses the node: its copy was only taken earlier.
fn ended_early(model: &Heard<'_>, states: &[NodeState], index: usize) -> bool {
    let node = &model.nodes[index];
    let Some(last) = node.last_stamp else { return false };
    let live_files = node.stop.is_some_and(|stop| stop.files_live);
    let stopped = node.stop.is_some_and(|stop| ends_in_a_stop(stop, last));
    // What was not read in time is no copy that ends early. Logs without the beat may be quiet for long.
    if reliability::end_unread(model, index)
        || live_files
        || stopped
        || (beats(node) && model.age_ms(last) > timing::EARLY_COPY_MS)
    {
        return false;
    }
    let observers: Vec<usize> = (0..states.len())
        .filter(|other| *other != index && states[*other].is_running() && model.nodes[*other].logs.is_some())
        .collect();
    let limit = last.plus_millis(-timing::MISSED_SINCE_MS);
    let missed = match node.address {
        Some(_) => {
            model.peer_errors.iter().any(|error| error.subject == index && error.count_since(limit) > 0)
                || observers.iter().any(|observer| misses_a_stranger(model, *observer, limit))
        }
        // The peer that is missed may be this node.
        None => observers.iter().any(|observer| peer_errors::misses_somebody(&model.nodes[*observer], limit)),
    };
    !observers.is_empty() && !missed
}

/// True if a node, not before `since`, fails to reach an address that no node has and no `cluster.conf` names: it may be that
/// of a node which the files know by its name.
fn misses_a_stranger(model: &Heard<'_>, observer: usize, since: Timestamp) -> bool {
    let in_a_file = |host: &str| {
        let members = model.nodes.iter().filter_map(|node| node.conf).flat_map(|conf| &conf.members);
        members.filter_map(|member| address::split(member)).any(|(named, _)| named == host)
    };
    let is_strange = |hits: &SignatureHits| {
        let peer = hits.peer_text().filter(|peer| model.owner(peer).is_none());
        peer.and_then(address::split).is_some_and(|(host, _)| !in_a_file(&host))
    };
    let mut hits = model.nodes[observer].logs.into_iter().flat_map(|logs| &logs.hits);
    hits.any(|hits| peer_errors::is_attempt(hits) && hits.last >= Some(since) && is_strange(hits))
}
