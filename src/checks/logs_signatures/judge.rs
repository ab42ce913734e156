//! What a node's own log window says of it: broken storage, database, memory, disk, and errors that nothing explains.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging, index_of};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{LogLine, LogsSeen, SignatureHits};
use crate::domain::time::Timestamp;
use crate::model::{cite, links, raft, reliability, start_stop};
use crate::nacos::signatures::{self, Expected, Role, Severity};
use crate::nacos::timing;

/// Errors of one shape that nothing explains count from this many in `timing::ERRORS_OVER_MS`.
const ERRORS: usize = 10;
/// Lines shown of them.
const SHOWN: usize = 6;
/// Shapes that healthy clusters write.
const HARMLESS: &[&str] = &[
    "module disabled",
    "Tps point for",
    "already exists in Table/View",
    "Lexical error at line",
    "Not found ProtocolNegotiatorBuilder",
    "Recommended use 'nacos.remote",
    "RPC server is not started in RaftGroupService",
    "No data for snapshot reader",
    "Check changed gray configs error",
    "NJdbcException",
    "There was an error querying the data",
    "An exception occurred during the query operation",
    "Get metrics fail",
    "Send request fail",
];

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("logs.signatures", Step::Logs, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(logs) = judging.model.nodes[index].logs else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let name = judging.model.nodes[index].name.clone();
    for (path, why) in &logs.unreadable {
        let reason = Message::new("judged-log-unreadable").with("path", path).with("why", why);
        judging.not_seen(Some(index), reason);
    }
    for (file, why) in logs.files.iter().filter_map(|file| Some((file, file.cut.as_ref()?))) {
        let reason = Message::new("judged-log-cut").with("path", &file.path).with("why", why);
        judging.not_seen(Some(index), reason);
    }
    for file in
        reliability::not_understood(judging.model, index).into_iter().map(|file| file.path.clone()).collect::<Vec<_>>()
    {
        judging.not_seen(Some(index), Message::new("judged-log-not-understood").with("path", file));
    }
    if logs.files.is_empty() {
        judging.not_seen(Some(index), Message::new("judged-no-logs").with("node", &name));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-no-logs").with("node", &name));
    }
    if judging.model.states[index].is_running() {
        storage(&mut judging, index);
        database(&mut judging, index);
        memory_and_disk(&mut judging, index);
        errors(&mut judging, index, logs.unknown.iter());
        known_errors(&mut judging, index, logs);
        strange(&mut judging, index, logs.unknown.iter());
    } else {
        last_words(&mut judging, index, logs);
    }
    let hits: u64 = logs.hits.iter().map(|hits| hits.count).sum();
    let fine = Message::new("judged-logs-read").with("node", &name).with("files", logs.files.len()).with("hits", hits);
    judging.finish(fine)
}

/// From when on lines count: the last start of the node, or the window. Where nobody could see when it started, only what is
/// said now: older lines may be those of a process that ended since.
fn since_start(judging: &Judging<'_>, index: usize) -> Timestamp {
    let node = &judging.model.nodes[index];
    let window = judging.model.as_of.plus_millis(-judging.model.window_ms);
    let unknown = if node.stop.is_some() { window } else { judging.model.as_of.plus_millis(-timing::LINE_CURRENT_MS) };
    node.started.map_or(unknown, |started| started.max(window))
}

/// From when on lines of the process count that runs now: what it wrote while it started counts as well.
fn since_process(judging: &Judging<'_>, index: usize) -> Timestamp {
    let node = &judging.model.nodes[index];
    let since = since_start(judging, index);
    let began = node.stop.and_then(|stop| stop.starts.iter().copied().filter(|began| *began <= since).max());
    let window = judging.model.as_of.plus_millis(-judging.model.window_ms);
    match (node.started, began) {
        (Some(started), Some(began)) if since == started => began.max(window),
        _ => since,
    }
}

fn lines_since(judging: &Judging<'_>, index: usize, role: Role, since: Timestamp) -> Vec<EvidenceRef> {
    let node = &judging.model.nodes[index];
    cite::samples(node.name, node.hits_of(role).filter(|hits| hits.last.is_some_and(|last| last >= since)), 6)
}

/// A Raft group of a running node that stopped working stays dead until the node is restarted. Its storage may be broken, or
/// its state machine may have stopped at an entry that it cannot apply: then the same entry stops it at every start.
fn storage(judging: &mut Judging<'_>, index: usize) {
    let since = since_process(judging, index);
    let (stopped, lines): (Vec<EvidenceRef>, Vec<EvidenceRef>) = lines_since(judging, index, Role::RaftStopped, since)
        .into_iter()
        .partition(|line| raft::stopped_at_entry(&line.text));
    if !stopped.is_empty() {
        let summary = Message::new("finding-raft-state-machine-stopped").with("node", judging.model.nodes[index].name);
        judging.find(Claim::fail(Code::RaftStateMachineStopped).of(index), summary, stopped);
    }
    if !lines.is_empty() {
        let summary = Message::new("finding-raft-storage-corrupt").with("node", judging.model.nodes[index].name);
        judging.find(Claim::fail(Code::RaftStorageCorrupt).likely().of(index), summary, lines);
    }
}

fn database(judging: &mut Judging<'_>, index: usize) {
    let since = since_start(judging, index).max(judging.model.as_of.plus_millis(-timing::LINE_CURRENT_MS));
    let lines: Vec<EvidenceRef> = lines_since(judging, index, Role::DbUnreachable, since)
        .into_iter()
        .filter(|line| !line.text.contains("clock leap"))
        .collect();
    if !lines.is_empty() && !judging.model.nodes[index].embedded_storage() {
        let summary = Message::new("finding-db-unreachable").with("node", judging.model.nodes[index].name);
        judging.find(Claim::fail(Code::DbUnreachable).likely().of(index), summary, lines);
    }
}

fn memory_and_disk(judging: &mut Judging<'_>, index: usize) {
    let heap =
        start_stop::heap_lines(judging.model, index, judging.model.as_of.plus_millis(-timing::OOM_BEFORE_STOP_MS));
    if !heap.is_empty() {
        let summary = Message::new("finding-node-oom-alive").with("node", judging.model.nodes[index].name);
        judging.find(Claim::fail(Code::NodeOomJava).of(index), summary, heap);
    }
    let storm = start_stop::gc_storm(judging.model, index, judging.model.as_of);
    if !storm.is_empty() && !judging.found() {
        let summary = Message::new("finding-node-gc-storm").with("node", judging.model.nodes[index].name);
        judging.find(Claim::warn(Code::NodeHung).of(index), summary, storm);
    }
    let since = since_start(judging, index).max(judging.model.as_of.plus_millis(-timing::LINE_CURRENT_MS));
    let mut disk = lines_since(judging, index, Role::DiskFull, since);
    let torn = start_stop::torn_ends(judging.model, index);
    let key = if disk.is_empty() && !torn.is_empty() {
        "finding-node-disk-full-torn"
    } else {
        "finding-node-disk-full-alive"
    };
    disk.extend(torn);
    if !disk.is_empty() {
        let summary = Message::new(key).with("node", judging.model.nodes[index].name);
        judging.find(Claim::fail(Code::NodeDiskFull).of(index), summary, disk);
    } else if judging.model.states[index].is_running() {
        let room = start_stop::no_room(judging.model, index);
        if !room.is_empty() {
            let summary = Message::new("finding-node-disk-no-room").with("node", judging.model.nodes[index].name);
            judging.find(Claim::warn(Code::NodeDiskFull).likely().of(index), summary, room);
        }
    }
}

/// Errors of unknown shape, repeated, long after the last start, while nothing else is wrong.
fn errors<'h>(judging: &mut Judging<'_>, index: usize, unknown: impl Iterator<Item = &'h SignatureHits>) {
    let node = &judging.model.nodes[index];
    let settled = judging
        .model
        .nodes
        .iter()
        .filter_map(|node| node.started)
        .max()
        .map(|started| started.plus_millis(timing::START_NOISE_MS));
    let from = judging
        .model
        .as_of
        .plus_millis(-timing::ERRORS_OVER_MS)
        .max(settled.unwrap_or(judging.model.as_of.plus_millis(-timing::ERRORS_OVER_MS)));
    let repeated: Vec<&SignatureHits> = unknown
        .filter(|hits| hits.level == "ERROR")
        .filter(|hits| !hits.samples.iter().any(|line| HARMLESS.iter().any(|shape| line.text.contains(shape))))
        .filter(|hits| hits.last.is_some_and(|last| judging.model.age_ms(last) <= timing::LINE_CURRENT_MS))
        .filter(|hits| hits.times.iter().filter(|time| **time >= from).count() >= ERRORS)
        .collect();
    if repeated.is_empty() {
        return;
    }
    let all_run = judging.model.states.iter().all(|life| life.is_running());
    let outcome = if all_run { Outcome::Warn } else { Outcome::Advice };
    let count: u64 = repeated.iter().map(|hits| hits.count).sum();
    let refs = cite::samples(node.name, repeated.iter().copied(), 5);
    let summary =
        Message::new("finding-logs-errors").with("node", node.name).with("count", count).with("shapes", repeated.len());
    judging.find(Claim::fail(Code::LogsErrors).outcome(outcome).likely().of(index), summary, refs);
}

/// Error lines that the catalogue knows, that are written now and that no rule used: nothing that was read may vanish.
fn known_errors(judging: &mut Judging<'_>, index: usize, logs: &LogsSeen) {
    let model = judging.model;
    let node = &model.nodes[index];
    let from = settled(judging).max(model.as_of.plus_millis(-timing::ERRORS_OVER_MS));
    // What follows from a peer that is known to be down is expected.
    let all_run = model.states.iter().all(|life| life.is_running());
    let mut left: Vec<&SignatureHits> = Vec::new();
    for hits in logs.hits.iter().filter(|hits| hits.level == "ERROR") {
        let Some(signature) = signatures::find(&hits.signature) else { continue };
        let expected = !all_run && matches!(signature.expected, Expected::Yes | Expected::Briefly);
        let now = hits.last.is_some_and(|last| model.age_ms(last) <= timing::LINE_CURRENT_MS);
        let often = hits.times.iter().filter(|time| **time >= from).count() >= ERRORS;
        let harmless = hits.samples.iter().any(|line| HARMLESS.iter().any(|shape| line.text.contains(shape)));
        if signature.severity >= Severity::Error && now && often && !expected && !harmless {
            left.push(hits);
        }
    }
    if left.is_empty() {
        return;
    }
    let links = links::verdicts(model).into_iter().flat_map(|verdict| verdict.evidence);
    let groups = raft::leaderless(model).into_iter().flat_map(|group| group.evidence);
    let used: Vec<EvidenceRef> = links.chain(groups).chain(judging.evidence().cloned()).collect();
    let is_used = |hits: &SignatureHits| {
        let mut lines = hits.samples.iter().map(|line| cite::line(node.name, line));
        lines.any(|line| {
            used.iter().any(|one| (&one.node, &one.source, one.offset) == (&line.node, &line.source, line.offset))
        })
    };
    left.retain(|hits| !is_used(hits));
    if left.is_empty() {
        return;
    }
    let outcome = if all_run { Outcome::Warn } else { Outcome::Advice };
    let count: u64 = left.iter().map(|hits| hits.count).sum();
    let refs = cite::samples(node.name, left.iter().copied(), 5);
    let summary = Message::new("finding-logs-errors-known")
        .with("node", node.name)
        .with("count", count)
        .with("kinds", left.len());
    judging.find(Claim::fail(Code::LogsErrors).outcome(outcome).likely().of(index), summary, refs);
}

/// Warnings and errors of shapes that neither the catalogue nor [`HARMLESS`] know and that came up after the node had settled:
/// worth a look, never a fault by themselves.
fn strange<'h>(judging: &mut Judging<'_>, index: usize, unknown: impl Iterator<Item = &'h SignatureHits>) {
    let node = &judging.model.nodes[index];
    let from = settled(judging).max(judging.model.as_of.plus_millis(-judging.model.window_ms));
    let mut new: Vec<&SignatureHits> = unknown
        .filter(|hits| !hits.samples.iter().any(|line| HARMLESS.iter().any(|shape| line.text.contains(shape))))
        // What was written during the start already is the node's own noise.
        .filter(|hits| hits.first.is_some_and(|first| first >= from))
        .collect();
    new.sort_by_key(|hits| (hits.level != "ERROR", std::cmp::Reverse(hits.count)));
    if new.is_empty() || judging.found() {
        return;
    }
    let count: u64 = new.iter().map(|hits| hits.count).sum();
    let refs: Vec<EvidenceRef> = new
        .iter()
        .filter_map(|hits| hits.samples.first())
        .take(SHOWN)
        .map(|line| cite::line(node.name, line))
        .collect();
    let summary =
        Message::new("finding-logs-strange").with("node", node.name).with("count", count).with("shapes", new.len());
    judging.find(Claim::advice(Code::LogsErrors).likely().of(index), summary, refs);
}

/// When the noise of the last start of any node is over.
fn settled(judging: &Judging<'_>) -> Timestamp {
    let started = judging.model.nodes.iter().filter_map(|node| node.started).max();
    started.map_or(Timestamp::from_millis(0), |started| started.plus_millis(timing::START_NOISE_MS))
}

/// The first errors that a silent node wrote shortly before its end: what came first is nearer to the reason than what came
/// last.
fn last_words(judging: &mut Judging<'_>, index: usize, logs: &LogsSeen) {
    let node = &judging.model.nodes[index];
    let Some(end) = logs.last_stamp else { return };
    let from = end.plus_millis(-timing::LAST_ERRORS_MS).max(since_start(judging, index));
    let told = |hits: &&SignatureHits| {
        let signature = signatures::find(&hits.signature);
        let noise = signature.is_some_and(|signature| {
            signature.severity == Severity::Noise
                || matches!(signature.expected, Expected::Yes | Expected::Briefly)
                || signature.has(Role::Lifecycle)
        });
        hits.level == "ERROR" && !noise
    };
    let mut lines: Vec<&LogLine> = logs
        .hits
        .iter()
        .chain(&logs.unknown)
        .filter(told)
        .flat_map(|hits| &hits.samples)
        .filter(|line| line.at.is_some_and(|at| at >= from && at <= end))
        .filter(|line| !HARMLESS.iter().any(|shape| line.text.contains(shape)))
        // Threads that an ordered stop interrupts.
        .filter(|line| !line.text.contains("InterruptedException"))
        .collect();
    lines.sort_by_key(|line| (line.at, &line.path, line.offset));
    lines.dedup_by_key(|line| (&line.path, line.offset));
    let Some(first) = lines.first().and_then(|line| line.at) else { return };
    let summary = Message::new("finding-logs-last-words")
        .with("node", node.name)
        .with("seconds", (end.millis_since(first) / 1000).max(0))
        .with("count", lines.len());
    let refs = lines.into_iter().take(SHOWN).map(|line| cite::line(node.name, line)).collect();
    judging.find(Claim::advice(Code::LogsErrors).likely().of(index), summary, refs);
}
