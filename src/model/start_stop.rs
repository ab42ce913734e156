//! How a node stopped: its own traces first, in a fixed order, then what its peers saw.

use super::conditions::Asked;
use super::node_state::{self, NodeState};
use super::reachability::Reachability;
use super::{ClusterModel, NodeModel, cite, peer_errors, reachability};
use crate::domain::code::Code;
use crate::domain::diagnosis::Confidence;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Condition, Outcome, Variant};
use crate::domain::message::Message;
use crate::domain::observed::{StopSeen, StopTrace};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::Failure;
use crate::nacos::pasted;
use crate::nacos::signatures::{Role, SignatureId, has_role};
use crate::nacos::timing;

/// Full collections in the last minute that leave no time for work.
const GC_STORM: u64 = 6;
/// That many starts inside `timing::FLAP_MS` that no clean stop preceded are flapping.
const FLAP_STARTS: usize = 3;

/// Seen by its peers only: the node is gone.
const GONE_BY_PEERS: &str = "finding-node-gone-by-peers";

/// How a node stopped, or why it does not serve.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The node.
    pub node: usize,
    /// Which cause.
    pub code: Code,
    /// Which kind of it.
    pub variant: Variant,
    /// How bad it is: a start that has only just begun is not a failure yet.
    pub outcome: Outcome,
    /// How sure.
    pub confidence: Confidence,
    /// Since when it is silent, where known.
    pub since: Option<Timestamp>,
    /// One sentence.
    pub summary: Message,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// What was asked for on the way there.
    pub conditions: Vec<Condition>,
}

/// Why the node does not serve at the moment judged; `None` if it runs or nothing is known.
#[must_use]
pub fn stop_of(model: &ClusterModel<'_>, index: usize) -> Option<Stop> {
    match model.states[index] {
        NodeState::Running | NodeState::CopyEndsEarly | NodeState::Unseen => None,
        NodeState::Starting { since } => Some(starting(model, index, since)),
        NodeState::StartFailed { at } => Some(start_failed(model, index, at)),
        NodeState::Hung => Some(by_traces(model, index, true).unwrap_or_else(|_| hung_here(model, index))),
        NodeState::Silent | NodeState::Gone => {
            Some(by_traces(model, index, false).unwrap_or_else(|asked| by_peers(model, index, asked)))
        }
        NodeState::Unreachable => Some(unreachable(model, index)),
    }
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

/// Nodes that went down and came up by themselves several times in a short while.
#[must_use]
pub fn flapping(model: &ClusterModel<'_>, index: usize) -> Option<Stop> {
    let node = &model.nodes[index];
    let stop = node.stop?;
    let horizon = model.as_of.plus_millis(-timing::FLAP_MS.min(model.window_ms));
    let starts = in_a_row(unplanned(node, stop).into_iter().filter(|start| *start >= horizon).collect());
    if starts.len() < FLAP_STARTS || matches!(model.states[index], NodeState::StartFailed { .. }) {
        return None;
    }
    // One that has stayed up for longer than it ever did between two starts has stopped flapping.
    let longest = starts.windows(2).map(|pair| pair[1].millis_since(pair[0])).max().unwrap_or(0);
    // A process that is frozen goes nowhere, whatever it did before: its state says so, or its peers, who wait for answers.
    let process = stop.process.as_ref();
    let frozen = process.is_some_and(|process| process.state.is_frozen());
    if frozen || stop_of(model, index).is_some_and(|stop| stop.code == Code::NodeHung) {
        return None;
    }
    // One whose last start somebody ordered is being worked on.
    if starts.last() != stop.starts.last() {
        return None;
    }
    let since_last = starts.last().map_or(0, |last| model.age_ms(*last));
    let stayed_up = since_last > longest.max(timing::START_STUCK_MS);
    if stayed_up && model.states[index].is_running() {
        return None;
    }
    let alike = model
        .nodes
        .iter()
        .filter_map(|node| Some(unplanned(node, node.stop?)))
        .filter(|starts| {
            in_a_row(starts.iter().copied().filter(|start| *start >= horizon).collect()).len() >= FLAP_STARTS
        })
        .count();
    if alike * 2 > model.nodes.len() && model.nodes.len() > 1 {
        return None;
    }
    let evidence: Vec<EvidenceRef> = stop
        .traces
        .iter()
        .filter(|trace| has_role(&trace.signature, Role::StartEnd))
        .rev()
        .take(6)
        .map(|trace| cite::trace(node.name, trace))
        .collect();
    Some(Stop {
        node: index,
        code: Code::NodeFlapping,
        variant: Variant::Plain,
        // It is up meanwhile: what fails now comes first.
        outcome: if model.states[index].is_running() && since_last >= timing::START_STUCK_MS {
            Outcome::Warn
        } else {
            Outcome::Fail
        },
        confidence: Confidence::Certain,
        since: starts.first().copied(),
        summary: Message::new("finding-node-flapping")
            .with("node", node.name)
            .with("count", starts.len())
            .with("minutes", (model.as_of.millis_since(starts[0]) / 60_000).max(1)),
        conditions: {
            let mut asked = Asked::default();
            asked.ask("started-again-and-again", true, &evidence);
            asked.ask("nobody-ordered-it", true, &[]);
            asked.ask("stayed-up-since", model.states[index].is_running() && since_last >= timing::START_STUCK_MS, &[]);
            asked.conditions()
        },
        evidence,
    })
}

/// The node's own traces: disk, kernel, crash, heap, clean stop; in that order. If they say nothing, what was asked for.
fn by_traces(model: &ClusterModel<'_>, index: usize, process_there: bool) -> Result<Stop, Asked> {
    let node = &model.nodes[index];
    let mut asked = Asked::default();
    let Some((stop, end)) = node.stop.zip(node.last_stamp) else { return Err(asked) };
    let after_start = |at: Timestamp| node.started.is_none_or(|started| at >= started);
    let within = |at: Timestamp, before: i64| after_start(at) && at >= end.plus_millis(-before) && at <= model.as_of;
    let make = |code: Code, confidence: Confidence, key: &str, traces: Vec<EvidenceRef>, asked: Asked| Stop {
        node: index,
        code,
        variant: Variant::Plain,
        outcome: Outcome::Fail,
        confidence,
        since: Some(end),
        summary: Message::new(key).with("node", node.name).with("since", stamp(model, index, end)),
        evidence: with_end(model, index, traces),
        conditions: asked.conditions(),
    };

    let stop_lines: Vec<&StopTrace> = stop
        .traces
        .iter()
        .filter(|trace| is_clean(trace))
        .filter(|trace| trace.at.is_none_or(|at| within(at, timing::STOP_LINES_MS)))
        .collect();
    // What has no time may be days old: where an ordered stop left its lines, it is not the reason of the end.
    let recent = |trace: &&StopTrace, before: i64| match trace.at {
        Some(at) => within(at, before),
        None => stop_lines.is_empty(),
    };
    let stop_began = stop_lines.iter().filter_map(|trace| trace.at).min().unwrap_or(end);

    let disk = disk_lines(model, index, stop_began);
    if asked.shows("disk-full-lines", &disk) && !process_there {
        return Ok(make(Code::NodeDiskFull, Confidence::Certain, "finding-node-disk-full", disk, asked));
    }
    let kernel: Vec<EvidenceRef> = stop
        .traces
        .iter()
        .filter(|trace| pasted::is_oom_kill(&trace.signature))
        .filter(|trace| {
            trace.at.is_none_or(|at| {
                at >= end.plus_millis(-timing::KERNEL_BEFORE_STOP_MS)
                    && at <= end.plus_millis(timing::KERNEL_AFTER_STOP_MS)
            })
        })
        .map(|trace| cite::trace(node.name, trace))
        .collect();
    let kernel_seen = stop.kernel_missing.is_none() && stop.process_table_seen;
    if asked.if_seen("kernel-killed-it", kernel_seen, !kernel.is_empty(), &kernel) && !process_there {
        return Ok(make(Code::NodeOomKilled, Confidence::Certain, "finding-node-oom-killed", kernel, asked));
    }
    let mut crash: Vec<EvidenceRef> = stop
        .traces
        .iter()
        .filter(|trace| trace.signature == SignatureId::JVM_CRASH)
        .filter(|trace| recent(trace, timing::OOM_BEFORE_STOP_MS))
        .map(|trace| cite::trace(node.name, trace))
        .collect();
    crash.extend(
        stop.crash_files
            .iter()
            .filter(|path| path.contains("hs_err"))
            .map(|path| cite::said(node.name, path, "hs_err")),
    );
    if asked.shows("jvm-crashed", &crash) {
        return Ok(make(Code::NodeJvmCrash, Confidence::Certain, "finding-node-jvm-crash", crash, asked));
    }
    let mut heap: Vec<EvidenceRef> = stop
        .traces
        .iter()
        .filter(|trace| trace.signature == SignatureId::OOM && !is_of_torn_meta(model, index, trace.at))
        .filter(|trace| recent(trace, timing::OOM_BEFORE_STOP_MS))
        .map(|trace| cite::trace(node.name, trace))
        .collect();
    heap.extend(heap_lines(model, index, end.plus_millis(-timing::OOM_BEFORE_STOP_MS)));
    if asked.shows("java-out-of-memory", &heap) {
        let dated = heap.iter().any(|line| line.at.is_some());
        let sure = if dated { Confidence::Certain } else { Confidence::Likely };
        return Ok(make(Code::NodeOomJava, sure, "finding-node-oom-java", heap, asked));
    }
    // A full disk also keeps the node from logging that it is full.
    let room = no_room(model, index);
    if asked.if_seen("no-room-left", stop.disk_free_bytes.is_some(), !room.is_empty(), &room) && !process_there {
        return Ok(make(Code::NodeDiskFull, Confidence::Likely, "finding-node-disk-full-stopped", room, asked));
    }
    let mut kinds: Vec<&str> = stop_lines.iter().map(|trace| trace.signature.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let lines: Vec<EvidenceRef> =
        stop_lines.iter().rev().take(6).rev().map(|trace| cite::trace(node.name, trace)).collect();
    if asked.shows("stop-lines", &lines) && !process_there {
        let sure = if kinds.len() >= 2 { Confidence::Certain } else { Confidence::Likely };
        return Ok(make(Code::NodeStoppedClean, sure, "finding-node-stopped-clean", lines, asked));
    }
    Err(asked)
}

/// Lines that say the disk is full, close before the stop began.
fn disk_lines(model: &ClusterModel<'_>, index: usize, stop_began: Timestamp) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let says = |text: &str| {
        let text = text.to_lowercase();
        text.contains("local disk full") || text.contains("no space left on device") || text.contains("磁盘满")
    };
    let near = |at: Option<Timestamp>| {
        at.is_none_or(|at| {
            at >= stop_began.plus_millis(-timing::DISK_FULL_BEFORE_STOP_MS)
                && at <= stop_began.plus_millis(timing::STOP_LINES_MS)
        })
    };
    let mut found: Vec<EvidenceRef> = node
        .stop
        .into_iter()
        .flat_map(|stop| &stop.traces)
        .filter(|trace| says(&trace.text) && near(trace.at))
        .map(|trace| cite::trace(node.name, trace))
        .collect();
    if found.is_empty() {
        found = node
            .logs
            .into_iter()
            .flat_map(|logs| logs.hits.iter().chain(&logs.unknown))
            .flat_map(|hits| &hits.samples)
            .filter(|line| says(&line.text) && near(line.at))
            .map(|line| cite::line(node.name, line))
            .collect();
    }
    if found.is_empty() {
        found = torn_ends(model, index);
    }
    found.truncate(4);
    found
}

/// Less than this is no room: a log line, a Raft entry and a page of the database need more.
const NO_ROOM_BYTES: u64 = 1 << 20;

/// What the file system of the logs says now, if it has no room left.
#[must_use]
pub fn no_room(model: &ClusterModel<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let free = node.stop.and_then(|stop| stop.disk_free_bytes).filter(|free| *free < NO_ROOM_BYTES);
    free.map(|free| cite::said(node.name, "logs", &format!("{free} bytes free"))).into_iter().collect()
}

/// What the node itself says of the file system of its working directory, if that has no room left, where the one of its logs
/// was not seen.
#[must_use]
pub fn no_room_by_gauges(model: &ClusterModel<'_>, index: usize) -> Option<EvidenceRef> {
    let node = &model.nodes[index];
    if node.stop.is_some_and(|stop| stop.disk_free_bytes.is_some()) {
        return None;
    }
    let gauges = node.view?.gauges.as_ref()?;
    let free = gauges.disk_free_bytes.filter(|free| *free < NO_ROOM_BYTES)?;
    let path = gauges.disk_path.as_deref().unwrap_or("?");
    Some(cite::said(node.name, "/actuator/prometheus", &format!("disk_free_bytes {path} {free}")))
}

/// What the node's JVM says of its collections, if they take more than half of its time and free next to nothing.
#[must_use]
pub fn storm_by_gauges(model: &ClusterModel<'_>, index: usize) -> Option<EvidenceRef> {
    const OVERHEAD: f64 = 0.5;
    const FULL: f64 = 0.9;
    let node = &model.nodes[index];
    let gauges = node.view?.gauges.as_ref()?;
    let (overhead, full) = (gauges.gc_overhead?, gauges.heap_after_gc?);
    let text = format!("jvm_gc_overhead_percent {overhead:.2}, jvm_memory_usage_after_gc_percent {full:.2}");
    (overhead > OVERHEAD && full > FULL).then(|| cite::said(node.name, "/actuator/prometheus", &text))
}

/// Logs that end in the middle of a disk block: the last writes found no room. One file may end so by chance, several do not.
#[must_use]
pub fn torn_ends(model: &ClusterModel<'_>, index: usize) -> Vec<EvidenceRef> {
    const BLOCK: u64 = 4096;
    let node = &model.nodes[index];
    let torn: Vec<EvidenceRef> = node
        .stop
        .into_iter()
        .flat_map(|stop| &stop.ends)
        .filter(|end| end.size_bytes > 0 && end.size_bytes.is_multiple_of(BLOCK) && !end.path.contains("access_log"))
        .filter(|end| end.last_stamp.is_some_and(|last| model.age_ms(last) <= timing::OOM_BEFORE_STOP_MS))
        .map(|end| cite::end(node.name, end))
        .collect();
    if torn.len() >= 2 { torn } else { Vec::new() }
}

/// Full collections of the minute before `end`, if there are so many that nothing else gets done.
#[must_use]
pub fn gc_storm(model: &ClusterModel<'_>, index: usize, end: Timestamp) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let from = end.plus_millis(-timing::COLLECTIONS_OVER_MS);
    let from = node.started.map_or(from, |started| from.max(started));
    let hits: Vec<_> = node.hits(SignatureId::GC_FULL).collect();
    // A long pause counts for as many as it leaves no room for.
    let long = |text: &str| text.rsplit_once(' ').and_then(|(_, ms)| ms.trim().strip_suffix("ms")?.parse::<f64>().ok());
    let count: u64 =
        hits.iter().map(|hits| hits.times.iter().filter(|at| **at >= from && **at <= end).count() as u64).sum();
    let lines = hits.iter().flat_map(|hits| &hits.samples).filter(|line| line.at.is_some_and(|at| at >= from));
    let worst = lines.clone().filter_map(|line| long(&line.text)).fold(0.0, f64::max);
    if count < GC_STORM || worst < 500.0 && count < 10 * GC_STORM {
        return Vec::new();
    }
    lines.take(3).map(|line| cite::line(node.name, line)).collect()
}

/// Full collections of the last minute, if there are several and the newest freed next to nothing: the heap is full, and the
/// OutOfMemoryError is only a matter of time. One that somebody asked for (`System.gc()`, a dump) says nothing.
fn heap_full(model: &ClusterModel<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let from = model.as_of.plus_millis(-timing::COLLECTIONS_OVER_MS);
    let hits: Vec<_> = node.hits(SignatureId::GC_FULL).collect();
    let count =
        hits.iter().flat_map(|hits| &hits.times).filter(|at| **at >= from && **at <= model.as_of).count() as u64;
    let newest = hits
        .iter()
        .flat_map(|hits| &hits.samples)
        .filter(|line| line.at.is_some_and(|at| at >= from))
        .max_by_key(|line| line.at);
    let full = newest
        .filter(|line| left_by_full_collection(&line.text).is_some_and(|(left, all)| left * 100 >= all * FULL_PERCENT));
    full.filter(|_| count >= GC_STORM).map(|line| cite::line(node.name, line)).into_iter().collect()
}

/// What a full collection that was short of room left, and of how much, in one unit: `Pause Full (reason) 38M->37M(40M) 99ms`.
fn left_by_full_collection(text: &str) -> Option<(u64, u64)> {
    let (reason, sizes) = text.split_once("Pause Full (")?.1.split_once(") ")?;
    if !["G1 Compaction", "G1 Evacuation", "Allocation", "Ergonomics"].iter().any(|want| reason.starts_with(want)) {
        return None;
    }
    let (left, all) = sizes.split_once("->")?.1.split_once(')')?.0.split_once('(')?;
    let number = |text: &str| text.trim_end_matches(['K', 'M', 'G']).parse::<u64>().ok();
    (left.chars().last() == all.chars().last()).then_some((number(left)?, number(all)?))
}

/// Occupied after a full collection: from here on hardly anything can be allocated.
const FULL_PERCENT: u64 = 85;

/// OutOfMemoryError lines not older than `since`.
pub(crate) fn heap_lines(model: &ClusterModel<'_>, index: usize, since: Timestamp) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let since = node.started.map_or(since, |started| since.max(started));
    node.hits_of(Role::HeapFull)
        .filter(|hits| hits.last.is_some_and(|last| last >= since))
        .flat_map(|hits| &hits.samples)
        .filter(|line| line.at.is_some_and(|at| at >= since))
        .filter(|line| !is_of_torn_meta(model, index, line.at))
        .take(3)
        .map(|line| cite::line(node.name, line))
        .collect()
}

/// Whether an OutOfMemoryError is that of a Raft file whose first bytes name an absurd length (`RAFT_META_LENGTH`): the same error stands
/// in several logs and in the outer traces, and the heap is not what is wrong.
fn is_of_torn_meta(model: &ClusterModel<'_>, index: usize, at: Option<Timestamp>) -> bool {
    let node = &model.nodes[index];
    let near = |one: Option<Timestamp>| {
        one.zip(at).is_none_or(|(one, at)| (one.as_millis() - at.as_millis()).abs() <= timing::TORN_META_MS)
    };
    let traced = node
        .stop
        .into_iter()
        .flat_map(|stop| &stop.traces)
        .any(|trace| trace.signature == SignatureId::RAFT_META_LENGTH && near(trace.at));
    traced || node.hits(SignatureId::RAFT_META_LENGTH).flat_map(|hits| &hits.samples).any(|line| near(line.at))
}

/// Logs end without a word: the peers tell killed from frozen.
fn by_peers(model: &ClusterModel<'_>, index: usize, mut asked: Asked) -> Stop {
    let node = &model.nodes[index];
    let end = node.last_stamp;
    let gone_here = model.states[index] == NodeState::Gone;
    let seen = peers_saw(model, index);
    asked.ask("stop-log-read", ends_of_stop_seen(node), &[]);
    let looked = node.stop.is_some_and(|stop| stop.process_table_seen) || node.ports.is_some();
    asked.if_seen("process-gone", looked, gone_here, &probes(model, index));
    seen.ask(&mut asked, model, index);
    let mut refs: Vec<EvidenceRef> = seen.lines.clone();
    refs.extend(probes(model, index));
    let since = end.map_or_else(String::new, |end| stamp(model, index, end));
    let refused = seen.refused > 0 && seen.refused >= seen.timeouts;
    let foreign = reachability::reach(model, index) == Reachability::Foreign;
    let (code, confidence, key) = if end.is_none() && (gone_here || refused) {
        // From outside an ordered stop looks just the same.
        let key = match (foreign, gone_here) {
            (true, _) => "finding-node-foreign",
            (false, true) if reachability::reach(model, index) == Reachability::Refused => "finding-node-gone",
            (false, true) => "finding-node-gone-from-table",
            (false, false) => GONE_BY_PEERS,
        };
        (Code::NodeUnreachable, Confidence::Likely, key)
    } else if !gone_here && seen.streams == 0 && node_state::in_start(model, index).is_some() {
        // Before it listens its ports refuse, whether it lives or not.
        (Code::NodeStuckStarting, Confidence::Possible, "finding-node-start-broke-off")
    } else if refused || (gone_here && seen.timeouts == 0) {
        if refused {
            (Code::NodeKilled, Confidence::Certain, "finding-node-killed")
        } else {
            (Code::NodeKilled, Confidence::Likely, "finding-node-killed-no-witness")
        }
    } else if gone_here {
        (Code::NodeKilled, Confidence::Likely, "finding-node-killed-after-hang")
    } else if seen.timeouts > 0 {
        (Code::NodeHung, Confidence::Likely, "finding-node-hung-by-peers")
    } else if seen.streams > 0 {
        (Code::NodeKilled, Confidence::Likely, "finding-node-killed-by-peers")
    } else {
        (Code::NodeKilled, Confidence::Possible, "finding-node-silent")
    };
    // Without the traces of its stop, a kill is no more than one of several ends.
    let (code, confidence, key) = if code == Code::NodeKilled && !ends_of_stop_seen(node) {
        (Code::NodeUnreachable, confidence.min(Confidence::Likely), "finding-node-gone-end-unread")
    } else {
        (code, confidence, key)
    };
    // Within one beat of the heartbeat a node may still write on.
    let fresh = end.is_some_and(|end| model.age_ms(end) <= timing::HEARTBEAT_OVERDUE_MS);
    let confidence = if fresh && !gone_here { Confidence::Possible } else { confidence };
    let variant = match code {
        Code::NodeUnreachable => Variant::Gone,
        Code::NodeStuckStarting => Variant::StartBrokeOff,
        _ => Variant::Plain,
    };
    Stop {
        node: index,
        code,
        variant,
        // Where its logs end in a start it may just as well be on its way.
        outcome: if variant == Variant::StartBrokeOff { Outcome::Warn } else { Outcome::Fail },
        confidence,
        since: end,
        summary: Message::new(key)
            .with("node", node.name)
            .with("since", since)
            .with("peers", model.names(&seen.observers)),
        evidence: with_end(model, index, refs),
        conditions: asked.conditions(),
    }
}

/// True if a log in which an ordered stop leaves its lines was there and read.
fn ends_of_stop_seen(node: &NodeModel<'_>) -> bool {
    const LOGS: [&str; 4] = ["nacos.log", "remote.log", "protocol-raft.log", "nacos_gc.log"];
    let ends = node.stop.into_iter().flat_map(|stop| &stop.ends);
    let mut names = ends.map(|end| end.path.rsplit('/').next().unwrap_or(&end.path));
    names.any(|name| LOGS.iter().any(|log| name.starts_with(log)))
}

/// What the peers saw of a node since its logs ended.
#[derive(Clone, Debug, Default)]
struct PeersSaw {
    observers: Vec<usize>,
    refused: u64,
    timeouts: u64,
    streams: u64,
    lines: Vec<EvidenceRef>,
}

impl PeersSaw {
    /// What was asked of the peers.
    fn ask(&self, asked: &mut Asked, model: &ClusterModel<'_>, index: usize) {
        let peers = (0..model.nodes.len()).filter(|other| *other != index);
        let looked = peers.into_iter().any(|other| model.nodes[other].logs.is_some());
        let refused = self.refused > 0 && self.refused >= self.timeouts;
        asked.if_seen("peers-refused", looked, refused, if refused { &self.lines } else { &[] });
        let waited = self.timeouts > 0;
        asked.if_seen("peers-timed-out", looked, waited, if waited && !refused { &self.lines } else { &[] });
        asked.if_seen("peers-lost-streams", looked, self.streams > 0, &[]);
    }
}

fn peers_saw(model: &ClusterModel<'_>, index: usize) -> PeersSaw {
    let mut seen = PeersSaw::default();
    let from = model.nodes[index]
        .last_stamp
        .unwrap_or_else(|| model.as_of.plus_millis(-model.window_ms.min(300_000)))
        .plus_millis(-3_000);
    for error in model.peer_errors.iter().filter(|error| error.subject == index) {
        if error.count_since(from) == 0 {
            continue;
        }
        let refused = error.reason_since(&Failure::Refused, from)
            + error.reason_since(&Failure::Unavailable, from)
            + error.reason_since(&Failure::NotConnected, from).min(1);
        let timeouts = [Failure::Timeout, Failure::ConnectTimeout, Failure::ReadTimeout, Failure::NoRoute]
            .into_iter()
            .map(|reason| error.reason_since(&reason, from))
            .sum::<u64>();
        let by_text = error.hits.reasons.is_empty();
        let (refused, timeouts) = if by_text { reasons_of_samples(error, from) } else { (refused, timeouts) };
        let silent_check = error.hits.signature == SignatureId::LINK_HEALTHCHECK_FAIL;
        if error.attempt || refused + timeouts > 0 {
            seen.refused += refused;
            seen.timeouts += timeouts + u64::from(silent_check);
            if !seen.observers.contains(&error.observer) {
                seen.observers.push(error.observer);
            }
            if seen.lines.len() < 8 && (refused + timeouts > 0 || silent_check) {
                let name = model.nodes[error.observer].name;
                let first = error
                    .hits
                    .samples
                    .iter()
                    .find(|line| line.at.is_some_and(|at| at >= from))
                    .or_else(|| error.hits.samples.last());
                seen.lines.extend(first.map(|line| cite::line(name, line)));
            }
        }
    }
    for (observer, node) in model.nodes.iter().enumerate().filter(|(observer, _)| *observer != index) {
        let near = |at: Option<Timestamp>| at.is_some_and(|at| at >= from && at <= from.plus_millis(13_000));
        let lost: Vec<_> = node
            .hits(SignatureId::LINK_STREAM_LOST)
            .flat_map(|hits| &hits.samples)
            .filter(|line| near(line.at))
            .take(1)
            .map(|line| cite::line(model.nodes[observer].name, line))
            .collect();
        seen.streams += lost.len() as u64;
        seen.lines.extend(lost);
    }
    seen
}

fn reasons_of_samples(error: &peer_errors::PeerError<'_>, from: Timestamp) -> (u64, u64) {
    let (mut refused, mut timeouts) = (0, 0);
    for line in error.hits.samples.iter().filter(|line| line.at.is_some_and(|at| at >= from)) {
        match crate::domain::observed::reason_in(&line.text) {
            Some(Failure::Refused | Failure::Unavailable) => refused += 1,
            Some(Failure::Timeout | Failure::ConnectTimeout | Failure::ReadTimeout | Failure::NoRoute) => timeouts += 1,
            _ => {}
        }
    }
    (refused, timeouts)
}

fn hung_here(model: &ClusterModel<'_>, index: usize) -> Stop {
    let node = &model.nodes[index];
    let state = node.stop.and_then(|stop| stop.process.as_ref());
    let frozen = state.filter(|process| process.state.is_frozen());
    let reach = reachability::reach(model, index);
    if frozen.is_none() && reachability::main_refuses_while_grpc_speaks(model, index) {
        return Stop {
            node: index,
            code: Code::NodeStuckStarting,
            variant: Variant::Plain,
            outcome: Outcome::Warn,
            confidence: Confidence::Possible,
            since: None,
            summary: Message::new("finding-node-half-open").with("node", node.name),
            evidence: probes(model, index),
            conditions: Vec::new(),
        };
    }
    let storm = gc_storm(model, index, node.last_stamp.unwrap_or(model.as_of));
    let blocked = node_state::blocked_threads(model, index).filter(|_| frozen.is_none());
    let key = match (frozen, reach) {
        _ if blocked.is_some() => "finding-node-hung-disk",
        _ if !storm.is_empty() => "finding-node-hung-gc",
        (Some(_), _) => "finding-node-hung-process",
        (None, Reachability::Accepts) => "finding-node-hung-ports",
        (None, Reachability::Other) => "finding-node-hung-other",
        (None, _) => "finding-node-hung-files",
    };
    let confidence = match (frozen, reach) {
        // One thread may just have been writing.
        _ if blocked.is_some_and(|(blocked, _)| blocked > 1) => Confidence::Certain,
        (Some(_), _) | (None, Reachability::Accepts) => Confidence::Certain,
        (None, _) => Confidence::Likely,
    };
    let mut asked = Asked::default();
    let table_seen = node.stop.is_some_and(|stop| stop.process_table_seen);
    let state_line = state.map(|process| {
        cite::said(node.name, &format!("/proc/{}/stat", process.pid), &format!("state {}", process.state))
    });
    asked.if_seen("process-stopped", table_seen, frozen.is_some(), state_line.as_slice());
    asked.if_seen("threads-wait-for-disk", table_seen, blocked.is_some(), &[]);
    asked.shows("collects-garbage", &storm);
    let probed = probes(model, index);
    asked.if_seen("accepts-without-answer", !probed.is_empty(), reach == Reachability::Accepts, &probed);
    let mut refs = probed;
    refs.splice(0..0, storm);
    if let Some(process) = state {
        refs.push(cite::said(node.name, &format!("/proc/{}/stat", process.pid), &format!("state {}", process.state)));
        if let Some((blocked, all)) = blocked {
            let path = format!("/proc/{}/task/*/stat", process.pid);
            refs.push(cite::said(node.name, &path, &format!("state D: {blocked} of {all} threads")));
        }
    }
    refs.extend(peers_saw(model, index).lines);
    Stop {
        node: index,
        code: Code::NodeHung,
        variant: if blocked.is_some() { Variant::WaitsForDisk } else { Variant::Plain },
        outcome: Outcome::Fail,
        confidence,
        since: node.last_stamp,
        summary: Message::new(key)
            .with("node", node.name)
            .with("state", state.map_or("?", |process| process.state.as_str()))
            .with("pid", state.map_or(0, |process| process.pid))
            .with("blocked", blocked.map_or(0, |(blocked, _)| blocked))
            .with("threads", blocked.map_or(0, |(_, all)| all))
            .with("since", node.last_stamp.map_or_else(String::new, |end| stamp(model, index, end))),
        evidence: with_end(model, index, refs),
        conditions: asked.conditions(),
    }
}

fn starting(model: &ClusterModel<'_>, index: usize, since: Timestamp) -> Stop {
    let node = &model.nodes[index];
    let mut asked = Asked::default();
    asked.ask("start-not-finished", true, &[]);
    let full = heap_full(model, index);
    if asked.shows("heap-is-full", &full) {
        return Stop {
            node: index,
            code: Code::NodeOomJava,
            variant: Variant::Plain,
            outcome: Outcome::Fail,
            confidence: Confidence::Likely,
            since: Some(since),
            summary: Message::new("finding-node-heap-full-start")
                .with("node", node.name)
                .with("since", stamp(model, index, since)),
            evidence: with_end(model, index, full),
            conditions: asked.conditions(),
        };
    }
    let age = model.age_ms(since);
    let stuck = asked.ask("longer-than-a-start", age >= timing::START_STUCK_MS, &[]);
    let confidence = if age >= timing::START_SURELY_STUCK_MS {
        Confidence::Certain
    } else if stuck {
        Confidence::Likely
    } else {
        Confidence::Possible
    };
    let mut refs: Vec<EvidenceRef> = node
        .stop
        .into_iter()
        .flat_map(|stop| &stop.ends)
        .filter(|end| end.last_line.contains("Nacos is starting"))
        .take(1)
        .map(|end| cite::end(node.name, end))
        .collect();
    refs.extend(cite::samples(node.name, node.hits_of(Role::StartWaits), 3));
    Stop {
        node: index,
        code: Code::NodeStuckStarting,
        variant: Variant::Plain,
        outcome: if stuck { Outcome::Fail } else { Outcome::Warn },
        confidence,
        since: Some(since),
        summary: Message::new(if stuck { "finding-node-stuck-starting" } else { "finding-node-starting" })
            .with("node", node.name)
            .with("since", stamp(model, index, since))
            .with("seconds", (age / 1000).max(0)),
        evidence: with_end(model, index, refs),
        conditions: asked.conditions(),
    }
}

/// Why a start failed, in the words of its exception chain.
fn start_failed(model: &ClusterModel<'_>, index: usize, at: Timestamp) -> Stop {
    let node = &model.nodes[index];
    let began = node.stop.and_then(|stop| stop.starts.iter().copied().filter(|start| *start <= at).max());
    let from = began.unwrap_or_else(|| at.plus_millis(-timing::LONGEST_START_MS));
    let near = |stamp: Option<Timestamp>| stamp.is_none_or(|stamp| stamp >= from && stamp <= at.plus_millis(10_000));
    let mut told: Vec<(&str, &str, EvidenceRef)> = Vec::new();
    for trace in node.stop.into_iter().flat_map(|stop| &stop.traces).filter(|trace| near(trace.at)) {
        told.push((&trace.signature, &trace.text, cite::trace(node.name, trace)));
    }
    for hits in node.logs.into_iter().flat_map(|logs| logs.hits.iter().chain(&logs.unknown)) {
        for line in hits.samples.iter().filter(|line| near(line.at)) {
            told.push((&hits.signature, &line.text, cite::line(node.name, line)));
        }
    }
    let embedded = node.embedded_storage() || told.iter().any(|(id, ..)| *id == SignatureId::START_WITHOUT_LEADER);
    let possible = START_REASONS.iter().filter(|reason| !(embedded && reason.code == Code::DbUnreachable));
    let reason = possible.into_iter().find_map(|reason| {
        let hits: Vec<EvidenceRef> = told
            .iter()
            .filter(|(id, text, _)| reason.is_told(id, text))
            .map(|(.., reference)| reference.clone())
            .take(4)
            .collect();
        (!hits.is_empty()).then_some((reason.code, reason.variant, reason.summary, hits))
    });
    let mut refs: Vec<EvidenceRef> = told
        .iter()
        .filter(|(id, ..)| *id == SignatureId::START_FAILED)
        .map(|(.., reference)| reference.clone())
        .take(2)
        .collect();
    let mut asked = Asked::default();
    asked.ask("start-gave-up", true, &refs);
    asked.ask("start-names-its-reason", reason.is_some(), reason.as_ref().map_or(&[][..], |(.., hits)| hits));
    let (code, variant, key) = match reason {
        Some((code, variant, key, hits)) => {
            refs.splice(0..0, hits);
            (code, variant, key)
        }
        None => (Code::NodeStartFailed, Variant::Plain, "finding-node-start-failed"),
    };
    // That the start failed is certain; that the storage or the database behind it is broken is what its error suggests.
    let confidence = match code {
        Code::RaftStorageCorrupt | Code::DbUnreachable => Confidence::Likely,
        _ => Confidence::Certain,
    };
    Stop {
        node: index,
        code,
        variant,
        outcome: Outcome::Fail,
        confidence,
        since: Some(at),
        summary: Message::new(key).with("node", node.name).with("since", stamp(model, index, at)),
        evidence: refs,
        conditions: asked.conditions(),
    }
}

/// Why a start failed, and what tells it.
struct StartReason {
    code: Code,
    variant: Variant,
    /// Key of the sentence.
    summary: &'static str,
    /// Lines of these kinds tell it,
    lines: &'static [SignatureId],
    /// and so do these words of an exception chain.
    words: &'static [&'static str],
}

impl StartReason {
    fn is_told(&self, signature: &str, text: &str) -> bool {
        self.lines.iter().any(|line| signature == *line) || self.words.iter().any(|word| text.contains(word))
    }
}

/// The deepest reason first.
const START_REASONS: &[StartReason] = &[
    // Above the heap: the length that is allocated is that of a torn file.
    StartReason {
        code: Code::RaftStorageCorrupt,
        variant: Variant::Plain,
        summary: "finding-raft-storage-corrupt-start",
        lines: &[SignatureId::RAFT_META_LENGTH],
        words: &[],
    },
    StartReason {
        code: Code::NodeStartFailed,
        variant: Variant::Plain,
        summary: "finding-node-start-failed-jvm",
        lines: &[SignatureId::JVM_REFUSED],
        words: &[],
    },
    StartReason {
        code: Code::NodeDiskFull,
        variant: Variant::Plain,
        summary: "finding-node-start-disk-full",
        lines: &[],
        words: &["No space left on device", "Local Disk Full"],
    },
    StartReason {
        code: Code::NodeOomJava,
        variant: Variant::Plain,
        summary: "finding-node-oom-java-start",
        lines: &[SignatureId::OOM, SignatureId::HEAP_DUMP],
        words: &["java.lang.OutOfMemoryError"],
    },
    StartReason {
        code: Code::RaftStorageCorrupt,
        variant: Variant::Plain,
        summary: "finding-raft-storage-corrupt-start",
        lines: &[],
        words: &[
            "Fail to init RocksDBLogStorage",
            "Fail to init logStorage",
            "initLogStorage failed",
            "initMetaStorage failed",
            "Fail to load raft meta",
            "Fail to init snapshot storage",
            "initSnapshotStorage failed",
            "RocksDBException: Corruption",
            "Fail to init meta storage",
        ],
    },
    StartReason {
        code: Code::NodeStartFailed,
        variant: Variant::Plain,
        summary: "finding-node-start-failed-port",
        lines: &[],
        words: &["Failed to bind to address", "Address already in use", "was already in use", "BindException"],
    },
    StartReason {
        code: Code::NodeStartFailed,
        variant: Variant::Plain,
        summary: "finding-node-start-failed-config",
        lines: &[],
        words: &[
            "Could not resolve placeholder",
            "The specified key byte array is",
            "the length of secret key must great than or equal 32 bytes",
            "Empty identity",
            "Failed to bind properties under",
            "InvalidConfigDataPropertyException",
            "MalformedInputException",
            "Malformed \\uxxxx encoding",
            "IllegalArgumentException: Invalid port",
        ],
    },
    StartReason {
        code: Code::DbUnreachable,
        variant: Variant::Plain,
        summary: "finding-db-unreachable-start",
        lines: &[],
        words: &[
            "Communications link failure",
            "CannotGetJdbcConnectionException",
            "CommunicationsException",
            "No DataSource set",
            "datasource reload error",
            "master db not found",
            "Nacos Server did not start because dumpservice bean construction failure",
            "HikariPool-1 - Exception during pool initialization",
            "[db-load-error]",
        ],
    },
    StartReason {
        code: Code::ConfigClusterConfMalformed,
        variant: Variant::Plain,
        summary: "finding-conf-malformed-start",
        lines: &[],
        words: &["ip and port string cannot be empty", "failed to get serverlist from disk"],
    },
    // Last: whatever lets a start fail leaves such lines of its peers, or of its own first seconds, besides.
    StartReason {
        code: Code::NodeStartFailed,
        variant: Variant::NoLeaderAtStart,
        summary: "finding-node-start-no-leader",
        lines: &[SignatureId::START_WITHOUT_LEADER],
        words: &["did not find the Leader node"],
    },
];

fn unreachable(model: &ClusterModel<'_>, index: usize) -> Stop {
    let node = &model.nodes[index];
    let seen = peers_saw(model, index);
    let mut refs = probes(model, index);
    refs.extend(seen.lines.clone());
    let refused = seen.refused > 0 && seen.refused > seen.timeouts;
    let (variant, key) =
        if refused { (Variant::Gone, GONE_BY_PEERS) } else { (Variant::Plain, "finding-node-unreachable") };
    Stop {
        node: index,
        code: Code::NodeUnreachable,
        variant,
        outcome: Outcome::Fail,
        confidence: Confidence::Likely,
        since: None,
        summary: Message::new(key).with("node", node.name).with("peers", model.names(&seen.observers)),
        evidence: refs,
        conditions: {
            let mut asked = Asked::default();
            seen.ask(&mut asked, model, index);
            asked.conditions()
        },
    }
}

/// Probes and answers of a node from here that did not work.
fn probes(model: &ClusterModel<'_>, index: usize) -> Vec<EvidenceRef> {
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
fn with_end(model: &ClusterModel<'_>, index: usize, mut refs: Vec<EvidenceRef>) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let last = node.stop.and_then(|stop| stop.ends.iter().max_by_key(|end| end.last_stamp));
    refs.extend(last.map(|end| cite::end(node.name, end)));
    refs
}

/// A time as the node's own log shows it.
#[must_use]
pub fn stamp(model: &ClusterModel<'_>, index: usize, at: Timestamp) -> String {
    let node = &model.nodes[index];
    let offset =
        node.stop.map(|stop| stop.zone_offset_s).or_else(|| node.logs.map(|logs| logs.zone_offset_s)).unwrap_or(0);
    let zone = jiff::tz::Offset::from_seconds(offset).unwrap_or(jiff::tz::Offset::UTC).to_time_zone();
    at.in_zone(&zone)
}
