//! What tells that a node's disk has no room left.

use super::cite;
use super::log_lines;
use super::node_state::Stated;
use super::stop_traces::Ending;
use crate::domain::evidence::EvidenceRef;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{Role, has_role};
use crate::nacos::timing;

/// Less free space than this counts as none: a log line, a Raft entry and a page of the database need more.
const NO_ROOM_BYTES: u64 = 1 << 20;

/// Lines that say the disk is full, close before the stop began.
#[must_use]
pub fn disk_lines(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let Some(stop_began) = Ending::of(model, index).map(|ending| ending.began()) else { return Vec::new() };
    let node = &model.nodes[index];
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
        .filter(|trace| has_role(&trace.signature, Role::DiskFull) && near(trace.at))
        .map(|trace| cite::trace(node.name, trace))
        .collect();
    if found.is_empty() {
        found = node
            .hits_of(Role::DiskFull)
            .flat_map(|hits| &hits.samples)
            .filter(|line| near(line.at))
            .map(|line| cite::line(node.name, line))
            .collect();
    }
    if found.is_empty() {
        found = torn_ends(model, index);
    }
    found.truncate(4);
    found
}

/// Words of a volume that takes no writes at all any more, which the kernel does after errors of the disk.
const READ_ONLY: [&str; 2] = ["read-only file system", "只读文件系统"];

/// Lines of a full or read-only volume close to those of a Raft group that stopped since the process began: the group stopped
/// on it, and is not broken by itself. What was logged later may have found no room either.
#[must_use]
pub fn stopped_a_group(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    const SHOWN: usize = 4;
    let since = log_lines::since_process(model, index);
    let stopped = log_lines::lines_since(model, index, Role::RaftStopped, since);
    let beside = |line: &EvidenceRef| {
        let near = |other: Option<Timestamp>| {
            let apart = line.at.zip(other).map(|(one, other)| one.millis_since(other).abs());
            apart.is_some_and(|apart| apart <= timing::STOPS_A_GROUP_MS)
        };
        stopped.iter().any(|group| near(group.at))
    };
    let mut lines = log_lines::lines_since(model, index, Role::DiskFull, since);
    lines.retain(|line| line.at >= Some(since) && beside(line));
    lines.truncate(SHOWN);
    lines
}

/// Lines that say that a volume is read-only: of now, or those that a Raft group stopped on.
#[must_use]
pub fn read_only(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let now = log_lines::lines_since(model, index, Role::DiskFull, log_lines::since_lately(model, index));
    let lines = now.into_iter().chain(stopped_a_group(model, index));
    lines.filter(|line| READ_ONLY.iter().any(|word| line.text.to_lowercase().contains(word))).collect()
}

/// What the file system of the logs says now, if it has no room left.
#[must_use]
pub fn no_room(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let free = node.stop.and_then(|stop| stop.disk_free_bytes).filter(|free| *free < NO_ROOM_BYTES);
    free.map(|free| cite::said(node.name, "logs", &format!("{free} bytes free"))).into_iter().collect()
}

/// What the node itself says of the file system of its working directory, if that has no room left, where the one of its logs
/// was not seen.
#[must_use]
pub fn no_room_by_gauges(model: &Stated<'_>, index: usize) -> Option<EvidenceRef> {
    let node = &model.nodes[index];
    if node.stop.is_some_and(|stop| stop.disk_free_bytes.is_some()) {
        return None;
    }
    let gauges = node.view?.gauges.as_ref()?;
    let free = gauges.disk_free_bytes.filter(|free| *free < NO_ROOM_BYTES)?;
    let path = gauges.disk_path.as_deref().unwrap_or("?");
    Some(cite::said(node.name, "/actuator/prometheus", &format!("disk_free_bytes {path} {free}")))
}

/// Logs that end exactly at the boundary of a disk block: the last writes found no space. One file may do so by chance, several do not.
#[must_use]
pub fn torn_ends(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
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
