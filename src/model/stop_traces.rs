//! What a node left behind when it ended: the traces of its own, and the starts that came before.

use super::NodeModel;
use super::cite;
use super::node_state::{self, Stated};
use super::start_reason;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{FileEnd, StopSeen, StopTrace};
use crate::domain::time::Timestamp;
use crate::nacos::pasted::{self, Told};
use crate::nacos::signatures::{Role, SignatureId, has_role};
use crate::nacos::timing;

/// That many starts inside `timing::FLAP_MS` that no clean stop preceded are flapping.
const FLAP_STARTS: usize = 3;

/// The end of a node's logs, and what its traces tell near it.
#[derive(Clone, Debug)]
pub struct Ending<'a> {
    stop: &'a StopSeen,
    started: Option<Timestamp>,
    as_of: Timestamp,
    /// Its last line.
    pub end: Timestamp,
    /// Lines of an ordered stop near the end.
    pub stop_lines: Vec<&'a StopTrace>,
}

impl<'a> Ending<'a> {
    /// `None`: its files were not seen, or have no stamp.
    #[must_use]
    pub fn of(model: &Stated<'a>, index: usize) -> Option<Self> {
        let node = &model.nodes[index];
        let (stop, end) = node.stop.zip(node.last_stamp)?;
        let mut ending = Self { stop, started: node.started, as_of: model.as_of, end, stop_lines: Vec::new() };
        let near = |trace: &&StopTrace| trace.at.is_none_or(|at| ending.is_within(at, timing::STOP_LINES_MS));
        // A process that was started beside it, and failed, ends with such lines as well.
        let beside = node_state::failed_beside(model, index);
        let of_one_beside = |at: Timestamp| beside.iter().any(|failed| start_reason::is_near_its_end(at, *failed));
        let own = |trace: &&StopTrace| !trace.at.is_some_and(of_one_beside);
        let lines = stop.traces.iter().filter(|trace| is_clean(trace)).filter(near).filter(own).collect();
        ending.stop_lines = lines;
        Some(ending)
    }

    /// Every trace that was found, of the kernel as well, but for those that name an earlier run of the node.
    pub fn traces(&self) -> impl Iterator<Item = &'a StopTrace> + use<'a> {
        self.stop.traces.iter().filter(|trace| !trace.of_earlier_run)
    }

    /// When an ordered stop began; without one, the end.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.stop_lines.iter().filter_map(|trace| trace.at).min().unwrap_or(self.end)
    }

    /// True if a trace stands at most so long before the end. What has no time may be days old: where an ordered stop left
    /// its lines, or another log tells the same of an earlier time only, it is not the reason of the end.
    #[must_use]
    pub fn is_recent(&self, trace: &StopTrace, before_ms: i64) -> bool {
        match trace.at {
            Some(at) => self.is_within(at, before_ms),
            None => self.stop_lines.is_empty() && !self.is_of_earlier(trace, before_ms),
        }
    }

    /// True of a line without a time whose kind stands in another log with a time, and only with earlier ones: the JVM writes
    /// that it is out of heap to the standard output once, and the logger writes it at that time as well.
    fn is_of_earlier(&self, trace: &StopTrace, before_ms: i64) -> bool {
        let is_heap = |trace: &StopTrace| has_role(&trace.signature, Role::HeapFull);
        let of_this_life = |at: &Timestamp| self.started.is_none_or(|started| *at >= started);
        let same = self.stop.traces.iter().filter(|other| is_heap(trace) && is_heap(other));
        let mut times = same.filter_map(|other| other.at).filter(of_this_life).peekable();
        times.peek().is_some() && !times.any(|at| self.is_within(at, before_ms))
    }

    fn is_within(&self, at: Timestamp, before_ms: i64) -> bool {
        let of_this_life = self.started.is_none_or(|started| at >= started);
        of_this_life && at >= self.end.plus_millis(-before_ms) && at <= self.as_of
    }
}

/// Lines of the kernel or of systemd on the end of a node.
#[derive(Clone, Debug, Default)]
pub struct KernelWord {
    /// Those that may be about it: with a time, close to its end.
    pub lines: Vec<EvidenceRef>,
    /// One of them has a time.
    pub dated: bool,
    /// One of them has a year, and names no other process.
    pub sure: bool,
}

/// What the kernel says of its killing the process because memory ran out.
#[must_use]
pub fn kernel_kills(model: &Stated<'_>, index: usize) -> KernelWord {
    kernel_word(model, index, Told::OomKill)
}

fn kernel_word(model: &Stated<'_>, index: usize, what: Told) -> KernelWord {
    let Some(ending) = Ending::of(model, index) else { return KernelWord::default() };
    let near = |at: Timestamp| {
        at >= ending.end.plus_millis(-timing::KERNEL_BEFORE_STOP_MS)
            && at <= ending.end.plus_millis(timing::KERNEL_AFTER_STOP_MS)
    };
    // A line about who knows which process is believed at that very moment only.
    let same = |at: Timestamp| at.millis_since(ending.end).abs() <= timing::KERNEL_UNSURE_MS;
    let told = ending.traces().filter(|trace| pasted::tells(&trace.signature, what));
    let about: Vec<&StopTrace> = told
        .filter(|trace| match trace.at {
            Some(at) => near(at) && (!trace.unsure || same(at)),
            None => ending.stop_lines.is_empty(),
        })
        .collect();
    KernelWord {
        dated: about.iter().any(|trace| trace.at.is_some()),
        sure: about.iter().any(|trace| trace.at.is_some() && !trace.unsure),
        lines: about.into_iter().map(|trace| cite::trace(model.nodes[index].name, trace)).collect(),
    }
}

/// What the JVM left of its own crash.
#[must_use]
pub fn crash_traces(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let Some(ending) = Ending::of(model, index) else { return Vec::new() };
    let name = model.nodes[index].name;
    let lines = ending
        .traces()
        .filter(|trace| trace.signature == SignatureId::JVM_CRASH)
        .filter(|trace| ending.is_recent(trace, timing::OOM_BEFORE_STOP_MS));
    let files = ending.stop.crash_files.iter().filter(|path| path.contains("hs_err"));
    let kernel = kernel_word(model, index, Told::Crash);
    let kernel = kernel.lines.into_iter().filter(|_| kernel.sure);
    let files = files.map(|path| cite::said(name, path, "hs_err"));
    lines.map(|trace| cite::trace(name, trace)).chain(files).chain(kernel).collect()
}

/// Lines of an ordered stop at the node's end, and of how many kinds they are.
#[must_use]
pub fn clean_stop(model: &Stated<'_>, index: usize) -> (Vec<EvidenceRef>, usize) {
    const SHOWN: usize = 6;
    let Some(ending) = Ending::of(model, index) else { return (Vec::new(), 0) };
    let mut kinds: Vec<&str> = ending.stop_lines.iter().map(|trace| trace.signature.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let from = ending.stop_lines.len().saturating_sub(SHOWN);
    let lines = ending.stop_lines[from..].iter().map(|trace| cite::trace(model.nodes[index].name, trace));
    (lines.collect(), kinds.len())
}

/// Starts of a node in a row that nobody ordered, see [`restarts`].
#[derive(Clone, Debug)]
pub struct Restarts {
    /// When.
    pub starts: Vec<Timestamp>,
    /// The longest time between two of them, milliseconds.
    pub longest_ms: i64,
    /// How long ago the last one was, milliseconds.
    pub since_last_ms: i64,
    /// True if somebody ordered a start or a stop after them.
    pub ordered_since: bool,
    /// Lines of the ends before them, if these ended the node for reasons of different kinds: it is not one loop.
    pub different_ends: Vec<EvidenceRef>,
    /// Lines of the starts and of the ends between them.
    pub evidence: Vec<EvidenceRef>,
}

/// Starts of the last minutes that no clean stop preceded, if there are so many that the node goes down again and again.
#[must_use]
pub fn restarts(model: &Stated<'_>, index: usize) -> Option<Restarts> {
    const SHOWN: usize = 6;
    let node = &model.nodes[index];
    let stop = node.stop?;
    let starts = recent_starts(model, index);
    if starts.len() < FLAP_STARTS {
        return None;
    }
    let beside = node_state::second_starts(model, index);
    let lines = stop.traces.iter().filter(|trace| has_role(&trace.signature, Role::StartEnd)).rev().take(SHOWN);
    Some(Restarts {
        longest_ms: starts.windows(2).map(|pair| pair[1].millis_since(pair[0])).max().unwrap_or(0),
        since_last_ms: starts.last().map_or(0, |last| model.age_ms(*last)),
        ordered_since: starts.last() != stop.starts.iter().rfind(|start| !beside.contains(start))
            || stopped_since(model, index, stop),
        different_ends: different_ends(model, index, stop, &starts),
        evidence: lines.map(|trace| cite::trace(node.name, trace)).collect(),
        starts,
    })
}

/// True if the last start came through and an ordered stop has left its lines after that: what begins now, before the log has
/// its first line, somebody started. A start that fails leaves such lines as well.
fn stopped_since(model: &Stated<'_>, index: usize, stop: &StopSeen) -> bool {
    let Some(last) = stop.starts.last() else { return false };
    let came_through = model.nodes[index].started.filter(|started| started >= last);
    let stops = stop.traces.iter().filter(|trace| is_clean(trace)).filter_map(|trace| trace.at).max();
    came_through.zip(stops).is_some_and(|(started, stopped)| stopped > started)
}

/// What ended a run of a node, as far as a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndReason {
    /// That of the machine or of the heap: one may bring about the other.
    Memory,
    Crash,
    DiskFull,
}

fn end_reason(trace: &StopTrace) -> Option<EndReason> {
    let id = &trace.signature;
    if has_role(id, Role::HeapFull) || pasted::tells(id, Told::OomKill) {
        Some(EndReason::Memory)
    } else if *id == SignatureId::JVM_CRASH || pasted::tells(id, Told::Crash) {
        Some(EndReason::Crash)
    } else {
        has_role(id, Role::DiskFull).then_some(EndReason::DiskFull)
    }
}

/// One line of every reason for which the node ended before these starts, if no reason can be that of as many ends as make a
/// loop. An end that left no line may have had any.
fn different_ends(model: &Stated<'_>, index: usize, stop: &StopSeen, starts: &[Timestamp]) -> Vec<EvidenceRef> {
    const REASONS: [EndReason; 3] = [EndReason::Memory, EndReason::Crash, EndReason::DiskFull];
    let traces_before = |start: Timestamp| {
        let since = stop.starts.iter().copied().filter(|other| *other < start).max();
        let of_run = move |at: Timestamp| at <= start && since.is_none_or(|since| at > since);
        stop.traces.iter().filter(move |trace| !trace.unsure && trace.at.is_some_and(of_run))
    };
    let ended_by = |start: Timestamp, reason| traces_before(start).find(|trace| end_reason(trace) == Some(reason));
    let left_no_word = |start: Timestamp| traces_before(start).all(|trace| end_reason(trace).is_none());
    let is_loop = |reason| {
        let may_be = starts.iter().filter(|start| left_no_word(**start) || ended_by(**start, reason).is_some());
        may_be.count() >= FLAP_STARTS
    };
    if REASONS.into_iter().any(is_loop) {
        return Vec::new();
    }
    let lines = REASONS.into_iter().filter_map(|reason| starts.iter().find_map(|start| ended_by(*start, reason)));
    lines.map(|trace| cite::trace(model.nodes[index].name, trace)).collect()
}

/// The lines with which that start of a node began and ended.
#[must_use]
pub fn start_lines(model: &Stated<'_>, index: usize, began: Timestamp) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let traces = node.stop.into_iter().flat_map(|stop| &stop.traces);
    let of_start = traces.filter(|trace| has_role(&trace.signature, Role::StartSign) && trace.at >= Some(began));
    of_start.take(2).map(|trace| cite::trace(node.name, trace)).collect()
}

/// The end of the standard output of a node if all there is in it is the head of a start, without a time: every start writes
/// that file anew, so that this one began after the last line of a process that had started, which wrote there as well.
#[must_use]
pub fn head_of_a_start(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let Some(stop) = node.stop.filter(|stop| !stop.process_table_seen) else { return Vec::new() };
    let is_bare = |end: &&FileEnd| {
        let of_file = |trace: &StopTrace| trace.path == end.path;
        STDOUT.iter().any(|name| end.path.ends_with(name))
            && end.size_bytes > 0
            && end.last_stamp.is_none()
            && !stop.traces.iter().any(of_file)
    };
    let started = stop.traces.iter().any(|trace| trace.signature == SignatureId::STARTED);
    let bare = stop.ends.iter().filter(|_| started && stop.self_address.is_some()).filter(is_bare);
    bare.map(|end| cite::end(node.name, end)).collect()
}

/// Files that a start writes anew, and nothing but a start.
const STDOUT: [&str; 2] = ["/start.out", "/startup.log"];

/// Starts that failed in the last minutes, each once, if there are as many as of a node that flaps and no start in between
/// came through.
#[must_use]
pub fn failed_starts(model: &Stated<'_>, index: usize) -> Vec<Timestamp> {
    let node = &model.nodes[index];
    let Some(stop) = node.stop else { return Vec::new() };
    let horizon = model.as_of.plus_millis(-timing::FLAP_MS.min(model.window_ms));
    let traced = stop.traces.iter().filter(|trace| trace.signature == SignatureId::START_FAILED);
    let traced = traced.filter_map(|trace| trace.at);
    let logged = node.hits(SignatureId::START_FAILED).flat_map(|hits| hits.times.iter().copied());
    let up = node.started.map_or(horizon, |started| started.max(horizon));
    let mut failed: Vec<Timestamp> = traced.chain(logged).filter(|at| *at >= up && *at <= model.as_of).collect();
    failed.sort_unstable();
    // A start that fails says so in several lines.
    failed.dedup_by(|later, earlier| later.millis_since(*earlier) < timing::BOOT_MS);
    if failed.len() < FLAP_STARTS { Vec::new() } else { failed }
}

/// How many nodes were started again and again.
#[must_use]
pub fn restarting(model: &Stated<'_>) -> usize {
    (0..model.nodes.len()).filter(|index| recent_starts(model, *index).len() >= FLAP_STARTS).count()
}

fn recent_starts(model: &Stated<'_>, index: usize) -> Vec<Timestamp> {
    let node = &model.nodes[index];
    let horizon = model.as_of.plus_millis(-timing::FLAP_MS.min(model.window_ms));
    let mut starts = node.stop.map(|stop| unplanned(node, stop)).unwrap_or_default();
    // The process that served before such a start served on.
    let beside = node_state::second_starts(model, index);
    starts.retain(|start| *start >= horizon && !beside.contains(start));
    in_a_row(starts)
}

/// Starts in the window after which the node served and that no ordered stop preceded: it was down, and is back.
#[must_use]
pub fn came_back(model: &Stated<'_>, index: usize) -> Vec<Timestamp> {
    let node = &model.nodes[index];
    let horizon = model.window_begin();
    let starts = node.stop.map(|stop| unplanned(node, stop)).unwrap_or_default();
    starts.into_iter().filter(|start| *start >= horizon && node.started >= Some(*start)).collect()
}

/// True if an ordered stop wrote the line.
fn is_clean(trace: &StopTrace) -> bool {
    has_role(&trace.signature, Role::CleanStop)
}

/// Starts of a node that lived before and was not stopped cleanly: a first start and an ordered restart are none.
fn unplanned(node: &NodeModel<'_>, stop: &StopSeen) -> Vec<Timestamp> {
    let lived_before = |start: Timestamp| {
        let first = node.logs.and_then(|logs| logs.files.iter().filter_map(|file| file.first).min());
        first.is_some_and(|first| start.millis_since(first) > timing::EARLIER_LIFE_MS)
    };
    let mut previous = None;
    let mut found = Vec::new();
    for start in stop.starts.iter().copied() {
        let since = previous.replace(start);
        let clean = stop.traces.iter().any(|trace| {
            is_clean(trace) && trace.at.is_some_and(|at| at < start && since.is_none_or(|since| at > since))
        });
        // A start that failed was no life that ended.
        let failed = since.is_some_and(|since| {
            let between = |at: Timestamp| at >= since && at < start;
            stop.traces
                .iter()
                .any(|trace| trace.signature == SignatureId::START_FAILED && trace.at.is_some_and(between))
        });
        if !clean && !failed && (since.is_some() || lived_before(start)) {
            found.push(start);
        }
    }
    found
}

/// The last of these starts, back to the first gap that is too long.
fn in_a_row(starts: Vec<Timestamp>) -> Vec<Timestamp> {
    let first = starts
        .windows(2)
        .rposition(|pair| pair[1].millis_since(pair[0]) > timing::FLAP_APART_MS)
        .map_or(0, |gap| gap + 1);
    starts[first..].to_vec()
}

/// True if a log in which an ordered stop leaves its lines was there and read.
#[must_use]
pub fn is_end_log_read(node: &NodeModel<'_>) -> bool {
    const LOGS: [&str; 4] = ["nacos.log", "remote.log", "protocol-raft.log", "nacos_gc.log"];
    let Some(stop) = node.stop else { return false };
    let mut names = stop.ends.iter().map(|end| end.path.rsplit('/').next().unwrap_or(&end.path));
    names.any(|name| LOGS.iter().any(|log| name.starts_with(log))) || is_console_log(stop)
}

/// True if all there is is the standard output, and the node went on writing to it long after its start: a container whose
/// logs go there.
fn is_console_log(stop: &StopSeen) -> bool {
    let [only] = stop.ends.as_slice() else { return false };
    let went_on =
        |last: Timestamp| stop.last_started.is_none_or(|started| last.millis_since(started) >= timing::CONSOLE_LOG_MS);
    only.path.ends_with("/start.out") && only.last_stamp.is_some_and(went_on)
}

/// Every port of the node as tried from here, and its liveness request if that got no answer.
#[must_use]
pub fn tries_from_here(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let mut refs: Vec<EvidenceRef> = node
        .ports
        .into_iter()
        .flat_map(|seen| seen.ports.iter().map(|port| cite::port(node.name, &seen.host, port)))
        .collect();
    if let Some(http) = node.view.and_then(|view| view.liveness.as_ref()).filter(|http| http.status.is_none()) {
        refs.push(cite::http(node.name, http));
    }
    refs
}

/// Adds the last line that the node wrote.
#[must_use]
pub fn with_end(model: &Stated<'_>, index: usize, mut refs: Vec<EvidenceRef>) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let last = node.stop.and_then(|stop| stop.ends.iter().max_by_key(|end| end.last_stamp));
    refs.extend(last.map(|end| cite::end(node.name, end)));
    refs
}

/// A time as the node's own log shows it, with its zone: it stands in sentences beside moments of other zones.
#[must_use]
pub fn stamp(model: &Stated<'_>, index: usize, at: Timestamp) -> String {
    let node = &model.nodes[index];
    let offset =
        node.stop.map(|stop| stop.zone_offset_s).or_else(|| node.logs.map(|logs| logs.zone_offset_s)).unwrap_or(0);
    let zone = jiff::tz::Offset::from_seconds(offset).unwrap_or(jiff::tz::Offset::UTC).to_time_zone();
    at.stamp(&zone)
}

/// What the shell that started the node, or systemd, says of its end: SIGKILL. A shell writes no time; a start writes the file
/// anew.
#[must_use]
pub fn shell_kills(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let Some(ending) = Ending::of(model, index) else { return Vec::new() };
    let node = &model.nodes[index];
    let kills = ending.traces().filter(|trace| trace.signature == SignatureId::SHELL_KILLED);
    kills
        .filter(|trace| ending.is_recent(trace, timing::STOP_LINES_MS))
        .map(|trace| cite::trace(node.name, trace))
        .chain(kernel_word(model, index, Told::Kill).lines)
        .collect()
}
