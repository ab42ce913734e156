//! `logs.signatures`: known and unknown shapes in a node's log window.

mod folding;
pub mod judge;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use crate::checks::window::{self, Window};
use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask, home};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::{LogFileSeen, LogsSeen, Observed};
use crate::domain::vocabulary::ReadFailure;
use crate::nacos::clocks;
use crate::nacos::log_line::{self, Layout, log_name};
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};
use folding::Folding;

/// `logs.signatures`.
pub struct LogsSignatures;

#[async_trait]
impl Check for LogsSignatures {
    fn kind(&self) -> &'static str {
        "logs.signatures"
    }

    fn step(&self) -> Step {
        Step::Logs
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let deadline = ask::questions_deadline(&cx.deadline);
        let clock = home::clock(cx, &deadline).await;
        let seen = scan(&cx.ahead_by(clock.ahead_ms), &deadline).await?.aligned(clock.ahead_ms);
        let window = (cx.at.plus_millis(-cx.window_ms), cx.at);
        Ok(Observed::Logs(LogsSeen { from: window.0, to: window.1, ..seen }))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// Scans the logs of the window, all times as the node's clock shows them.
async fn scan(cx: &CheckContext, deadline: &Deadline) -> Result<LogsSeen, GatherError> {
    let source = cx.source.as_ref();
    let entries = home::logs_with_packed(source, deadline).await?;
    if entries.is_empty() {
        return Err(SourceError::NotFound { path: "logs/".to_owned() }.into());
    }
    let zone = home::zone(source, &entries, cx.zone_hint_s, deadline).await;
    let window = Window {
        from: cx.at.plus_millis(-cx.window_ms),
        to: home::window_end(cx.at, cx.open_end),
        offset_s: zone.offset_s,
        limit_bytes: LIMIT_BYTES,
    };
    let entries = in_order(entries.into_iter().filter(|entry| window::may_hold(entry, &window)).collect());
    let mut folding = Folding::new(source.redactor());
    let mut files = Vec::new();
    let mut unreadable = Vec::new();
    let mut any_stamp = false;
    for entry in entries.iter().filter(|entry| entry.size_bytes > 0) {
        if deadline.left().is_zero() {
            unreadable.push((entry.path.clone(), ReadFailure::Timeout));
            continue;
        }
        let mut unlevelled = 0;
        let read = window::read(source, entry, &window, deadline, |record, at| {
            unlevelled += u64::from(record.raw.stamp.is_some() && record.raw.level.is_none());
            folding.take(&entry.path, &record.raw, at, record.encoding, record.line.is_some());
        })
        .await;
        any_stamp |= read.as_ref().is_ok_and(|read| read.stamped || Layout::of(&read.path) == Layout::Plain);
        match read {
            Ok(read) if read.records == 0 && is_rolled(entry) => {}
            Ok(read) => files.push(LogFileSeen {
                path: entry.path.clone(),
                size_bytes: entry.size_bytes,
                read_bytes: read.read_bytes,
                first: read.first,
                last: read.last,
                records: read.records,
                unlevelled,
                encoding: read.encoding.as_str().to_owned(),
                cut: read.cut.map(|cut| cut.reason()),
            }),
            Err(SourceError::Timeout { .. }) => unreadable.push((entry.path.clone(), ReadFailure::Timeout)),
            Err(error) => unreadable.push((entry.path.clone(), error.to_string().into())),
        }
    }
    if files.is_empty() && !unreadable.is_empty() {
        return Err(GatherError::TimedOut);
    }
    let of_nacos = files.iter().filter(|file| log_name(&file.path) != "derby.log");
    let last_stamp = of_nacos.filter_map(|file| file.last).max();
    let unstamped = match entries.iter().find(|entry| files.iter().any(|file| file.path == entry.path)) {
        Some(first) if !any_stamp => home::first_line(source, first, deadline).await,
        _ => None,
    };
    let folded = folding.finish();
    let peer_clock_offsets = log_line::clock_offsets(&folded.clock_hints, zone.offset_s);
    Ok(LogsSeen {
        unstamped,
        beginnings: if source.files_live() { None } else { beginnings(source, &entries, deadline).await },
        from: window.from,
        to: cx.at,
        files,
        unreadable,
        hits: folded.hits,
        unknown: folded.unknown,
        last_stamp,
        last_heartbeat: folded.last_heartbeat,
        connection_history: folded.connections,
        stalls: folded.stalls,
        zone_offset_s: zone.offset_s,
        // A node that differs from one peer only is not the one that is off.
        clock_offset_ms: peer_clock_offsets.values().copied().min_by_key(|offset| offset.abs()).map(clocks::surely),
        peer_clock_offsets,
        zone_derived: zone.derived,
        aligned_ms: 0,
    })
}

/// A hash of the first bytes of every file. `None`: one of them could not be read.
async fn beginnings(source: &dyn NodeSource, entries: &[FileEntry], deadline: &Deadline) -> Option<String> {
    const PIECE: usize = 16 * 1024;
    let mut hash = Sha256::new();
    for entry in entries.iter().filter(|entry| entry.size_bytes > 0 && entry.start_offset == 0) {
        hash.update(entry.path.as_bytes());
        hash.update(source.read_at(&entry.path, 0, PIECE, deadline).await.ok()?);
    }
    Some(hex::encode(hash.finalize()))
}

/// Files that say most about a node that went silent; the others follow by name, those of the JVM last.
const FIRST: [&str; 7] = [
    "nacos-cluster.log",
    "alipay-jraft.log",
    "protocol-raft.log",
    "protocol-distro.log",
    "plugin-control-connection.log",
    "naming-server.log",
    "nacos.log",
];

/// Files without anything that a signature could hit: traffic, one line a request.
const TRAFFIC: [&str; 6] = [
    "naming-rt.log",
    "config-pull-check.log",
    "config-client-request.log",
    "config-trace.log",
    "config-pull.log",
    "naming-performance.log",
];

/// Most bytes of one file; a window that holds more says that it was cut.
const LIMIT_BYTES: u64 = 512 * 1024 * 1024;

/// The files worth scanning, those that say most first.
fn in_order(mut entries: Vec<FileEntry>) -> Vec<FileEntry> {
    entries.retain(|entry| !TRAFFIC.contains(&log_name(&entry.path)));
    entries.sort_by_key(|entry| {
        let name = log_name(&entry.path);
        let other = if name.starts_with("nacos_gc") { FIRST.len() + 1 } else { FIRST.len() };
        let rank = FIRST.iter().position(|first| *first == name).unwrap_or(other);
        // Packed files are read from their start: those that can be entered in the middle go first.
        (entry.path.ends_with(".gz"), rank, entry.path.clone())
    });
    entries
}

/// Whether a file was rolled over, so that it may well lie before the window.
fn is_rolled(entry: &FileEntry) -> bool {
    let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
    name != log_name(&entry.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_say_most_come_first() {
        let entry = |path: &str| FileEntry {
            path: path.to_owned(),
            size_bytes: 1,
            start_offset: 0,
            modified: None,
            zone_offset_s: None,
        };
        let ordered = in_order(
            ["logs/config-trace.log", "logs/nacos.log", "logs/alipay-jraft.log.2026-11-21.0", "logs/nacos-cluster.log"]
                .map(entry)
                .to_vec(),
        );
        let names: Vec<&str> = ordered.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(names, ["logs/nacos-cluster.log", "logs/alipay-jraft.log.2026-11-21.0", "logs/nacos.log"]);
        assert!(is_rolled(&ordered[1]) && !is_rolled(&ordered[0]));
    }
}
