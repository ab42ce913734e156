//! What each node is doing at the moment judged: answered, seen in its process, or read from how far its logs go.

use super::{Picture, strain};
use crate::domain::observed::{PortResult, PortRole, StopSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::Failure;
use crate::nacos::signatures::{Role, SignatureId, has_role};

/// A heartbeat line is written every 3 s; silence over this long is silence.
pub const SILENT_MS: i64 = 15_000;
/// Versions without a heartbeat line still write something every minute.
const SILENT_WITHOUT_HEARTBEAT_MS: i64 = 75_000;
/// A copy that ends up to this long before the moment judged, without a complaint of any peer, was only taken earlier.
const EARLY_COPY_MS: i64 = 600_000;

/// A heartbeat that is overdue by this much is missing, if every peer misses the node as well.
pub(super) const OVERDUE_MS: i64 = 4_500;

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
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
    /// Its process is gone: not in the process table, or its ports refuse.
    Gone,
    /// Neither its API nor its files could be reached.
    Unreachable,
    /// Nothing about it was looked at.
    Unseen,
}

impl Life {
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

/// How far a node lets itself be reached from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not tried.
    NotTried,
    /// It answered as Nacos.
    Answers,
    /// It takes connections and says nothing.
    Accepts,
    /// Something answers there that is not a working Nacos.
    Other,
    /// Another program answers HTTP on the main port, and every other port of Nacos refuses.
    Foreign,
    /// Refused.
    Refused,
    /// No answer to the connect, no route, or no such name.
    Nothing,
}

/// How far the node lets itself be reached from here.
#[must_use]
pub fn reach(picture: &Picture<'_>, index: usize) -> Reach {
    let node = &picture.nodes[index];
    if node.answers() {
        return Reach::Answers;
    }
    let main = node.ports.and_then(|ports| ports.ports.iter().find(|port| port.role == PortRole::Main));
    let accepted_elsewhere = node.ports.is_some_and(|ports| {
        ports
            .ports
            .iter()
            .any(|port| port.role != PortRole::Main && matches!(port.result, PortResult::Open | PortResult::Silent))
    });
    // On a starved machine nothing answers in time: what did not, was not tried.
    let starved = strain::slow_here(picture);
    match main.map(|port| port.result) {
        Some(PortResult::Silent | PortResult::Timeout) if starved => Reach::NotTried,
        Some(PortResult::Open) if starved && failure(picture, index) == Some(&Failure::Timeout) => Reach::NotTried,
        Some(PortResult::Silent) => Reach::Accepts,
        Some(PortResult::Open) if failure(picture, index) == Some(&Failure::Timeout) => Reach::Accepts,
        Some(PortResult::Open) if foreign(picture, index) => Reach::Foreign,
        // Something speaks there; what it says was not asked, did not come in our time or cannot be trusted to be the node's.
        Some(PortResult::Open | PortResult::WrongProtocol) if node.view.is_none() => Reach::NotTried,
        Some(PortResult::Open | PortResult::WrongProtocol | PortResult::Reset) => Reach::Other,
        Some(PortResult::Refused) if accepted_elsewhere => Reach::Other,
        Some(PortResult::Refused) => Reach::Refused,
        Some(PortResult::Timeout | PortResult::Unreachable | PortResult::Dns) => Reach::Nothing,
        None => match failure(picture, index) {
            Some(Failure::Refused) if accepted_elsewhere => Reach::Other,
            Some(Failure::Refused) => Reach::Refused,
            Some(Failure::Timeout | Failure::Unreachable | Failure::Dns) => Reach::Nothing,
            // Something else may have answered in its place.
            Some(Failure::Untrusted | Failure::Denied | Failure::Protocol) => Reach::NotTried,
            Some(_) => Reach::Other,
            None => Reach::NotTried,
        },
    }
}

/// True if the main port refuses while gRPC is served: Nacos opens the Raft port first when it starts, and the main port last.
#[must_use]
pub fn main_refuses_while_grpc_speaks(picture: &Picture<'_>, index: usize) -> bool {
    let main = picture.nodes[index].ports.into_iter().flat_map(|seen| &seen.ports);
    let main = main.filter(|port| port.role == PortRole::Main).map(|port| port.result).next();
    let refuses = match main {
        Some(result) => result == PortResult::Refused,
        None => failure(picture, index) == Some(&Failure::Refused),
    };
    refuses && speaks_elsewhere(picture, index)
}

/// True if a gRPC port of the node, which the one of Raft is as well, speaks its protocol.
fn speaks_elsewhere(picture: &Picture<'_>, index: usize) -> bool {
    let ports = picture.nodes[index].ports.into_iter().flat_map(|seen| &seen.ports);
    ports
        .filter(|port| matches!(port.role, PortRole::ClientGrpc | PortRole::ServerGrpc | PortRole::Raft))
        .any(|port| port.result == PortResult::Open)
}

/// True if something answered HTTP that Nacos would not say, and the ports that only Nacos has refuse.
fn foreign(picture: &Picture<'_>, index: usize) -> bool {
    let node = &picture.nodes[index];
    let answered =
        node.view.is_some_and(|view| view.liveness.iter().chain(&view.failed).any(|http| http.status.is_some()));
    let mut others =
        node.ports.into_iter().flat_map(|seen| &seen.ports).filter(|port| port.role != PortRole::Main).peekable();
    answered && others.peek().is_some() && others.all(|port| port.result == PortResult::Refused)
}

fn failure<'p>(picture: &'p Picture<'_>, index: usize) -> Option<&'p Failure> {
    let view = picture.nodes[index].view?;
    view.liveness
        .as_ref()
        .and_then(|http| http.failure.as_ref())
        .or_else(|| view.failed.iter().find_map(|http| http.failure.as_ref()))
}

/// What every node is doing, in the order of the inventory.
#[must_use]
pub fn lives(picture: &Picture<'_>) -> Vec<Life> {
    let mut lives: Vec<Life> = (0..picture.nodes.len()).map(|index| alone(picture, index)).collect();
    let missed: Vec<usize> = (0..lives.len())
        .filter(|index| just_gone(picture, &lives, *index) || fell_silent(picture, &lives, *index))
        .collect();
    for index in missed {
        lives[index] = if reach(picture, index) == Reach::Refused { Life::Gone } else { Life::Silent };
    }
    for index in 0..lives.len() {
        if lives[index] == Life::Silent && ended_early(picture, &lives, index) {
            lives[index] = Life::CopyEndsEarly;
        }
    }
    lives
}

/// True if a node that seems to run, by its files alone, has missed its heartbeat and every peer fails to reach it since: it
/// has only just gone.
fn just_gone(picture: &Picture<'_>, lives: &[Life], index: usize) -> bool {
    let node = &picture.nodes[index];
    let Some(last) = node.last_stamp else { return false };
    let beats = node.logs.is_some_and(|logs| logs.last_heartbeat.is_some());
    if lives[index] != Life::Running || reach(picture, index) == Reach::Answers || !beats {
        return false;
    }
    let refused_here = reach(picture, index) == Reach::Refused;
    let observers: Vec<usize> = (0..lives.len())
        .filter(|other| *other != index && picture.nodes[*other].logs.is_some())
        .filter(|other| {
            picture.nodes[*other].last_stamp.is_some_and(|stamp| stamp > last && picture.age_ms(stamp) <= OVERDUE_MS)
        })
        .collect();
    let missed_by = |observer: usize| {
        picture.complaints.iter().any(|complaint| {
            complaint.attempt
                && complaint.observer == observer
                && complaint.subject == index
                && complaint.count_since(last.plus_millis(-1_500)) > 0
        })
    };
    let missed = !observers.is_empty() && observers.iter().all(|observer| missed_by(*observer));
    (picture.age_ms(last) > OVERDUE_MS && (missed || refused_here)) || (refused_here && missed)
}

/// True if, in copies, every peer began to fail to reach the node only after its own last line: it has fallen silent within
/// the last beat. Trouble that was there before is a link's, and a node that writes on lives.
fn fell_silent(picture: &Picture<'_>, lives: &[Life], index: usize) -> bool {
    const EARLIER_MS: i64 = 60_000;
    let Some(last) = picture.nodes[index].last_stamp else { return false };
    if lives[index] != Life::Running || reach(picture, index) != Reach::NotTried || picture.age_ms(last) < 1_000 {
        return false;
    }
    let observers: Vec<usize> = (0..lives.len())
        .filter(|other| *other != index && lives[*other].is_running() && picture.nodes[*other].logs.is_some())
        .filter(|other| picture.nodes[*other].last_stamp.is_some_and(|stamp| stamp > last))
        .collect();
    let began_after = |observer: usize| {
        let about: Vec<&super::links::Complaint<'_>> = picture
            .complaints
            .iter()
            .filter(|one| one.attempt && one.observer == observer && one.subject == index)
            .collect();
        let earlier = last.plus_millis(-EARLIER_MS);
        let limit = last.plus_millis(-1_500);
        let before = about.iter().any(|one| one.hits.times.iter().any(|time| *time >= earlier && *time < limit));
        let after: u64 = about.iter().map(|one| one.unanswered_since(last)).sum();
        !before && after >= 2
    };
    !observers.is_empty() && observers.into_iter().all(began_after)
}

/// What one node is doing, as far as it shows by itself.
fn alone(picture: &Picture<'_>, index: usize) -> Life {
    let node = &picture.nodes[index];
    let reach = reach(picture, index);
    let process = node.stop.and_then(|stop| stop.process.as_ref());
    let files_go_on = goes_on(picture, index);
    let start = match node.stop {
        Some(stop) if process.is_none() && !files_go_on && jvm_refused(stop) => {
            Some(Start::Failed(node.last_stamp.unwrap_or(picture.at)))
        }
        Some(stop) => unfinished_start(node, stop).or_else(|| young(picture, index).map(Start::Running)),
        None => None,
    };
    if reach == Reach::Answers && blocked_threads(picture, index).is_some() {
        return Life::Hung;
    }
    if reach == Reach::Answers {
        return match start {
            Some(Start::Running(since)) if files_go_on && still_starting(picture, index) => Life::Starting { since },
            _ => Life::Running,
        };
    }
    if let Some(process) = process {
        if process.state.is_frozen() {
            return Life::Hung;
        }
        if process.state.is_zombie() {
            return Life::Gone;
        }
    }
    if let Some(Start::Failed(at)) = start {
        return Life::StartFailed { at };
    }
    if let Some(Start::Running(since)) = start
        && (files_go_on || process.is_some())
    {
        return Life::Starting { since };
    }
    match reach {
        Reach::Accepts => Life::Hung,
        _ if process.is_none() && node.stop.is_some_and(|stop| stop.process_table_seen && stop.files_live) => {
            Life::Gone
        }
        // Logs that were still written a moment ago are no sign of life where the end of them was not read.
        Reach::Refused if files_go_on && node.stop.is_none() => Life::Gone,
        _ if files_go_on => Life::Running,
        // A process that nothing else is seen of may do whatever it likes.
        Reach::NotTried if process.is_some() && node.last_stamp.is_none() => Life::Unseen,
        _ if process.is_some() => Life::Hung,
        Reach::Refused | Reach::Foreign => Life::Gone,
        _ if node.last_stamp.is_some() => Life::Silent,
        // A process that is frozen lets its kernel accept on every port: one port of several that is silent is filtered.
        Reach::Nothing if speaks_elsewhere(picture, index) => Life::Running,
        Reach::Nothing => Life::Unreachable,
        Reach::Other => Life::Hung,
        Reach::NotTried | Reach::Answers => Life::Unseen,
    }
}

/// How many threads of the node's process wait in the kernel, of how many, if its logs, which it writes all the time, have
/// stopped as well: its disk does not take what it writes. What needs none may be answered still.
#[must_use]
pub fn blocked_threads(picture: &Picture<'_>, index: usize) -> Option<(u64, u64)> {
    let node = &picture.nodes[index];
    let stop = node.stop.filter(|stop| stop.files_live)?;
    let (blocked, all) = stop.process.as_ref()?.blocked?;
    (blocked > 0 && node.last_stamp.is_some() && !goes_on(picture, index)).then_some((blocked, all))
}

enum Start {
    Running(Timestamp),
    Failed(Timestamp),
}

/// When the node's process began, if that is so short a time ago that it cannot be up yet, and its logs do not say that it is.
fn young(picture: &Picture<'_>, index: usize) -> Option<Timestamp> {
    const YOUNG_MS: i64 = 60_000;
    let node = &picture.nodes[index];
    let began = node.stop?.process.as_ref()?.started_at?;
    let up_since = node.started.is_some_and(|started| started >= began);
    (!up_since && (0..YOUNG_MS).contains(&picture.age_ms(began))).then_some(began)
}

/// True if Java itself refused the last start: the file it says so in is written anew by every start.
fn jvm_refused(stop: &StopSeen) -> bool {
    stop.traces.iter().filter(|trace| trace.signature == SignatureId::JVM_REFUSED).any(|refused| {
        !stop.traces.iter().any(|trace| trace.path == refused.path && has_role(&trace.signature, Role::StartSign))
    })
}

/// When a start began that was not seen to end, well or not.
#[must_use]
pub fn in_start(picture: &Picture<'_>, index: usize) -> Option<Timestamp> {
    let node = &picture.nodes[index];
    match unfinished_start(node, node.stop?)? {
        Start::Running(since) => Some(since),
        Start::Failed(_) => None,
    }
}

/// A line of the beat that comes this long after a start has failed is one of another process: the one that failed wrote none.
const BEATS_ON_MS: i64 = 6_000;

/// Counts of connections are kept this close to one another at least, where the beat goes on.
const BEATEN_BEFORE_MS: i64 = 60_000;

/// A start that gives up has done so by then.
const LONGEST_START_MS: i64 = 180_000;

/// When a start failed while the node served all the same: the process that serves goes on with its beat. Somebody started a
/// second one beside it.
#[must_use]
pub fn second_start(picture: &Picture<'_>, index: usize) -> Option<Timestamp> {
    let node = &picture.nodes[index];
    let stop = node.stop?;
    last_failure(stop).filter(|failed| another_served(node, stop, *failed))
}

/// When a start failed last.
fn last_failure(stop: &StopSeen) -> Option<Timestamp> {
    stop.traces.iter().filter(|trace| trace.signature == SignatureId::START_FAILED).filter_map(|trace| trace.at).max()
}

/// True if another process served through the start that failed then. That start may leave a process that beats on: what
/// tells is a beat that goes through its beginning without a gap.
fn another_served(node: &super::NodePicture<'_>, stop: &StopSeen, failed: Timestamp) -> bool {
    let Some(logs) = node.logs else { return false };
    let began = stop.starts.iter().copied().filter(|began| *began <= failed).max();
    let began = began.unwrap_or_else(|| failed.plus_millis(-LONGEST_START_MS));
    let just_before = |at: Timestamp| (0..BEATEN_BEFORE_MS).contains(&began.millis_since(at));
    logs.connection_history.iter().any(|(at, ..)| just_before(*at))
        && !logs.stalls.iter().any(|(from, to)| (*from..=*to).contains(&began))
        && node.started.is_none_or(|started| started <= failed)
        && logs.last_heartbeat.is_some_and(|beat| beat.millis_since(failed) > BEATS_ON_MS)
}

/// The last start, if it has not ended well: no `Nacos started successfully` after it.
fn unfinished_start(node: &super::NodePicture<'_>, stop: &StopSeen) -> Option<Start> {
    let failed = last_failure(stop);
    let beside = failed.filter(|failed| another_served(node, stop, *failed));
    let began = stop.starts.iter().copied().max();
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
fn still_starting(picture: &Picture<'_>, index: usize) -> bool {
    picture.nodes[index].view.is_none_or(|view| {
        let serves = view.metrics.as_ref().is_some_and(|metrics| metrics.status.as_deref() == Some("UP"));
        view.ready != Some(true) && !serves
    })
}

/// True if the line that a node of 2.x and later writes every three seconds was seen.
fn beats(node: &super::NodePicture<'_>) -> bool {
    node.logs.is_some_and(|logs| logs.last_heartbeat.is_some() || !logs.connection_history.is_empty())
}

/// True if the node's files go on to the moment judged.
#[must_use]
pub fn goes_on(picture: &Picture<'_>, index: usize) -> bool {
    let node = &picture.nodes[index];
    let limit = if beats(node) { SILENT_MS } else { SILENT_WITHOUT_HEARTBEAT_MS };
    node.last_stamp.is_some_and(|last| picture.age_ms(last) <= limit)
}

/// True if a copied log ends early and no node that goes on misses the node: its copy was only taken earlier.
fn ended_early(picture: &Picture<'_>, lives: &[Life], index: usize) -> bool {
    let node = &picture.nodes[index];
    let Some(last) = node.last_stamp else { return false };
    let live_files = node.stop.is_some_and(|stop| stop.files_live);
    let stopped = node.stop.is_some_and(|stop| {
        stop.traces.iter().any(|trace| {
            has_role(&trace.signature, Role::Lifecycle)
                && trace.signature != SignatureId::STARTED
                && trace.at >= Some(last.plus_millis(-60_000))
        })
    });
    // Logs without the beat may be quiet for long.
    if live_files || stopped || (beats(node) && picture.age_ms(last) > EARLY_COPY_MS) {
        return false;
    }
    let observers: Vec<usize> = (0..lives.len())
        .filter(|other| *other != index && lives[*other].is_running() && picture.nodes[*other].logs.is_some())
        .collect();
    let limit = last.plus_millis(-5_000);
    let missed = match node.address {
        Some(_) => picture
            .complaints
            .iter()
            .any(|complaint| complaint.subject == index && complaint.hits.last.is_some_and(|at| at >= limit)),
        // Whoever is missed may be this one.
        None => observers.iter().any(|observer| super::links::misses_somebody(&picture.nodes[*observer], limit)),
    };
    !observers.is_empty() && !missed
}
