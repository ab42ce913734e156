//! Start, stop and death lines: of the window, of the last minutes of a node that ended before it, of the last start.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::checks::CheckContext;
use crate::checks::home::{self, Zone};
use crate::checks::window::{self, Window};
use crate::domain::observed::StopTrace;
use crate::domain::time::Timestamp;
use crate::logscan::Cut;
use crate::nacos::log_line::{Encoding, Layout, RawRecord, log_name, records};
use crate::nacos::signatures::{CATALOGUE, Role, SignatureId, SignatureSet, has_role};
use crate::nacos::timing;
use crate::sources::redact::{MARGIN, Redactor};
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};

/// Files in which such lines stand.
const FILES: [&str; 10] = [
    "start.out",
    "startup.log",
    "nacos.log",
    "protocol-raft.log",
    "remote.log",
    "alipay-jraft.log",
    "naming-server.log",
    "config-fatal.log",
    "nacos-cluster.log",
    "nacos_gc.log",
];

/// The words of the traces: most records have none of them and need no closer look.
static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = CATALOGUE.iter().filter(|signature| signature.has(Role::Trace)).flat_map(|signature| signature.needles);
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .unwrap_or_else(|error| unreachable!("the words of the catalogue are few and short: {error}"))
});

/// Traces kept of one signature, from the beginning and from the end each.
const KEPT: usize = 12;

/// How far back the last start is looked for in `nacos.log`, bytes.
const BACK_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of a trace.
const SHOWN: usize = 1000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Traces {
    pub lines: Vec<StopTrace>,
    pub last_started: Option<Timestamp>,
    pub last_start_ms: Option<i64>,
    pub jvm_began: Option<Timestamp>,
    pub starts: Vec<Timestamp>,
    /// Process ids that the starts of the window wrote, each with its time, oldest first.
    pub pids: Vec<(Timestamp, u32)>,
    /// True if the deadline passed before all of it was read: what is not here may still be in the files.
    pub incomplete: bool,
}

/// Reads the traces. `last`: newest stamp of the node.
pub(super) async fn read(
    cx: &CheckContext,
    entries: &[FileEntry],
    zone: Zone,
    last: Option<Timestamp>,
    deadline: &Deadline,
) -> Traces {
    let source = cx.source.as_ref();
    let to = home::window_end(cx.at, cx.open_end);
    let mut from = cx.at.plus_millis(-cx.window_ms);
    if let Some(last) = last {
        from = from.min(last.plus_millis(-timing::BEFORE_END_MS));
    }
    let redactor = source.redactor();
    let mut lines = Vec::new();
    let mut jvm_began = None;
    let mut pids = Vec::new();
    let mut incomplete = false;
    let window = Window { from, to, offset_s: zone.offset_s, limit_bytes: BACK_BYTES };
    let may_hold = |entry: &&FileEntry| {
        entry.size_bytes > 0 && FILES.contains(&log_name(&entry.path)) && window::may_hold(entry, &window)
    };
    for entry in entries.iter().filter(may_hold) {
        if deadline.left().is_zero() {
            incomplete = true;
            break;
        }
        let is_whole = Layout::of(&entry.path) == Layout::Mixed;
        let is_newest_gc_log = entry.path.ends_with("/nacos_gc.log");
        let has_pids = log_name(&entry.path) == "nacos.log";
        let read = window::read(source, entry, &window, deadline, |record, at| {
            if has_pids && let Some(pid) = pid_at_start(record.raw.bytes) {
                pids.extend(at.filter(|at| *at <= to).map(|at| (at, pid)));
            }
            if is_newest_gc_log && jvm_began.is_none() && is_jvm_head(record.raw.bytes) {
                jvm_began = at.filter(|at| *at <= to);
            }
            if let Some(trace) =
                trace(&entry.path, &record.raw, record.encoding, record.line.is_some(), zone.offset_s, &redactor)
                && (!is_whole || at.is_none_or(|at| at <= to))
            {
                lines.push(trace);
            }
        })
        .await;
        let cut = match read {
            Ok(read) => read.cut == Some(Cut::Deadline),
            Err(error) => matches!(error, SourceError::Timeout { .. }),
        };
        incomplete |= cut;
    }
    for entry in entries.iter().filter(may_hold).filter(|entry| Layout::of(&entry.path) == Layout::Mixed) {
        lines.extend(last_unstamped(source, entry, zone, &lines, deadline).await);
    }
    if lines.iter().any(is_undated_heap) && !lines.iter().any(|trace| is_heap(trace) && trace.at.is_some()) {
        lines.extend(dated_heap(source, entries, zone, from, deadline).await);
    }
    let started_in_window = lines.iter().any(|trace| trace.signature == SignatureId::STARTED);
    if !started_in_window && let Some(start) = last_start(source, entries, zone, from, deadline).await {
        lines.extend(start);
    }
    lines.sort_by(|a, b| (a.at, &a.path, a.offset).cmp(&(b.at, &b.path, b.offset)));
    lines.dedup_by(|a, b| (&a.path, a.offset) == (&b.path, b.offset));
    let starts = starts(&lines, from);
    let last_started =
        lines.iter().filter(|trace| trace.signature == SignatureId::STARTED).filter_map(|trace| trace.at).max();
    let last_start_ms = last_start_ms(&lines);
    pids.sort_unstable();
    Traces { last_started, last_start_ms, jvm_began, starts, pids, lines: kept(lines), incomplete }
}

/// The process id that Spring writes at the beginning of a start: `Starting Nacos using Java 17 with PID 4504 (…`.
fn pid_at_start(record: &[u8]) -> Option<u32> {
    let at = memchr::memmem::find(record, b" with PID ")?;
    memchr::memmem::find(&record[..at], b" Starting ")?;
    let digits = record[at + b" with PID ".len()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.map(|digit| char::from(*digit)).collect::<String>().parse().ok()
}

fn trace(
    path: &str,
    record: &RawRecord<'_>,
    encoding: Encoding,
    numbered: bool,
    offset_s: i32,
    redactor: &Redactor,
) -> Option<StopTrace> {
    if !WORDS.is_match(record.bytes) {
        return None;
    }
    let text = record.text(encoding);
    let hit = SignatureSet::shared().classify(path, &text)?;
    // What the record also hits weighs more than what it was written for: a full disk behind a failed Raft write.
    let signature = hit.also.iter().copied().chain([hit.signature]).find(|signature| signature.has(Role::Trace))?;
    Some(StopTrace {
        unsure: false,
        of_earlier_run: false,
        signature: signature.id.to_owned(),
        path: path.to_owned(),
        line: numbered.then_some(record.line),
        offset: Some(record.offset),
        at: record.stamp.map(|stamp| stamp.at(offset_s)),
        text: redactor.start_of(&record.display(encoding, SHOWN + MARGIN), SHOWN),
    })
}

/// What the JVM or a shell wrote behind the last stamp of a file that has few: at the end of the process, which may have run
/// for days since that stamp. Nothing tells its time but that it came after the last start.
async fn last_unstamped(
    source: &dyn NodeSource,
    entry: &FileEntry,
    zone: Zone,
    known: &[StopTrace],
    deadline: &Deadline,
) -> Vec<StopTrace> {
    const TAIL: u64 = 64 * 1024;
    if entry.path.ends_with(".gz") {
        return Vec::new();
    }
    let from = entry.size_bytes.saturating_sub(TAIL).max(entry.start_offset);
    let length = usize::try_from(entry.size_bytes - from).unwrap_or(0);
    let Ok(bytes) = source.read_at(&entry.path, from, length, deadline).await else { return Vec::new() };
    let redactor = source.redactor();
    let tail: Vec<RawRecord<'_>> = records(&bytes, from, 1, Layout::Mixed).collect();
    let Some(last) = tail.iter().rposition(|record| record.stamp.is_some()) else { return Vec::new() };
    let stamp = tail[last].stamp.map(|stamp| stamp.at(zone.offset_s));
    // A later start wrote somewhere else: then this is the end of an earlier process.
    let later = known.iter().filter(|trace| has_role(&trace.signature, Role::StartSign)).any(|trace| trace.at > stamp);
    if later {
        return Vec::new();
    }
    let behind = tail[last + 1..].iter();
    behind.filter_map(|record| trace(&entry.path, record, Encoding::Utf8, false, zone.offset_s, &redactor)).collect()
}

/// The last start before `before`, looked for backwards in `nacos.log` and what was rolled over from it.
async fn last_start(
    source: &dyn NodeSource,
    entries: &[FileEntry],
    zone: Zone,
    before: Timestamp,
    deadline: &Deadline,
) -> Option<Vec<StopTrace>> {
    backwards(source, entries, zone, before, deadline, |found| {
        let at = found.iter().rposition(|trace| trace.signature == SignatureId::STARTED)?;
        let began = began(&found, at).unwrap_or(at);
        Some(found[began..].to_vec())
    })
    .await
}

/// True of what the JVM writes when its heap is full, without a time.
fn is_undated_heap(trace: &StopTrace) -> bool {
    trace.at.is_none() && is_heap(trace)
}

fn is_heap(trace: &StopTrace) -> bool {
    has_role(&trace.signature, Role::HeapFull)
}

/// The newest lines of a full heap since the last start and before `before`, with their times: what stands in the standard
/// output without one may be as old.
async fn dated_heap(
    source: &dyn NodeSource,
    entries: &[FileEntry],
    zone: Zone,
    before: Timestamp,
    deadline: &Deadline,
) -> Vec<StopTrace> {
    let found = backwards(source, entries, zone, before, deadline, |found| {
        let started = found.iter().rposition(|trace| trace.signature == SignatureId::STARTED);
        let lines: Vec<StopTrace> = found.into_iter().skip(started.unwrap_or(0)).filter(is_heap).collect();
        (!lines.is_empty() || started.is_some()).then_some(lines)
    });
    found.await.unwrap_or_default()
}

/// What `wanted` finds in the traces before `before` of `nacos.log` and what was rolled over from it: the newest piece first.
async fn backwards(
    source: &dyn NodeSource,
    entries: &[FileEntry],
    zone: Zone,
    before: Timestamp,
    deadline: &Deadline,
    wanted: impl Fn(Vec<StopTrace>) -> Option<Vec<StopTrace>> + Send,
) -> Option<Vec<StopTrace>> {
    let redactor = source.redactor();
    let is_plain = |entry: &&FileEntry| {
        log_name(&entry.path) == "nacos.log" && entry.size_bytes > 0 && !entry.path.ends_with(".gz")
    };
    let mut logs: Vec<&FileEntry> = entries.iter().filter(is_plain).collect();
    // The file that is written now first, then the newest of the others.
    logs.sort_by_key(|entry| (entry.path.ends_with(".log"), entry.path.clone()));
    logs.reverse();
    let mut budget = BACK_BYTES;
    for entry in logs {
        let mut to = entry.size_bytes;
        while to > entry.start_offset && budget > 0 {
            let piece = 1024 * 1024;
            let from = to.saturating_sub(piece).max(entry.start_offset);
            let length = usize::try_from(to - from).ok()?;
            let bytes = source.read_at(&entry.path, from, length, deadline).await.ok()?;
            budget = budget.saturating_sub(bytes.len() as u64);
            let found: Vec<StopTrace> = records(&bytes, from, 1, Layout::of(&entry.path))
                .filter(|record| record.stamp.is_some_and(|stamp| stamp.at(zone.offset_s) < before))
                .filter_map(|record| trace(&entry.path, &record, Encoding::Utf8, false, zone.offset_s, &redactor))
                .collect();
            if let Some(found) = wanted(found) {
                return Some(found);
            }
            if from == entry.start_offset {
                break;
            }
            // A record may lie across the border.
            to = from + 4096;
            if to >= entry.size_bytes || length <= 4096 {
                break;
            }
        }
    }
    None
}

/// True of what a start writes before it has ended: its members, then every second that it goes on.
fn is_starting(trace: &StopTrace) -> bool {
    trace.signature == SignatureId::STARTING || trace.signature == SignatureId::MEMBERS_AT_START
}

/// Times at which a process began, since `from`: the first of a run of lines of a start.
fn starts(lines: &[StopTrace], from: Timestamp) -> Vec<Timestamp> {
    let mut starts: Vec<Timestamp> = Vec::new();
    let mut before: Option<Timestamp> = None;
    let mut ended: Option<Timestamp> = None;
    for trace in lines {
        let Some(at) = trace.at.filter(|at| *at >= from) else { continue };
        if is_starting(trace) {
            let goes_on = before.is_some_and(|before| at.millis_since(before) < timing::START_GAP_MS);
            // The line comes every second, so that one of the same start also follows close on the one before.
            let apart = before.is_none_or(|before| at.millis_since(before) >= timing::BOOT_MS + 1000);
            let another = apart && ended.is_some_and(|ended| at.millis_since(ended) >= timing::BOOT_MS);
            if !goes_on || another {
                starts.push(at);
            }
            before = Some(at);
            ended = None;
        } else if has_role(&trace.signature, Role::StartEnd) {
            ended = Some(at);
        }
    }
    starts.dedup_by(|later, earlier| later.millis_since(*earlier) < 2000);
    starts
}

/// True of the first lines that a JVM writes to its garbage collection log, seconds before Nacos writes its first.
fn is_jvm_head(record: &[u8]) -> bool {
    [&b"[gc] Using "[..], b"[gc,init]"].iter().any(|words| memchr::memmem::find(record, words).is_some())
}

/// Where the start began that ended well at `ended`: the first of the run of lines of a start before it.
fn began(lines: &[StopTrace], ended: usize) -> Option<usize> {
    let (mut first, mut next) = (None, lines.get(ended)?.at?);
    for (index, line) in lines[..ended].iter().enumerate().rev() {
        let Some(at) = line.at else { continue };
        if has_role(&line.signature, Role::StartEnd) || next.millis_since(at) >= timing::START_GAP_MS {
            break;
        }
        if is_starting(line) {
            (first, next) = (Some(index), at);
        }
    }
    first
}

/// How long the last start took that ended well.
fn last_start_ms(lines: &[StopTrace]) -> Option<i64> {
    let ended = lines.iter().rposition(|line| line.signature == SignatureId::STARTED)?;
    // Every file that has the line has it at the same time: the first of them ended the start.
    let same =
        |line: &&StopTrace| line.signature == SignatureId::STARTED && line.at >= lines[ended].at.map(just_before);
    let first = lines.iter().position(|line| same(&line)).unwrap_or(ended);
    let began = lines[began(lines, first)?].at?;
    Some(lines[first].at?.millis_since(began))
}

fn just_before(at: Timestamp) -> Timestamp {
    at.plus_millis(-timing::STAMPS_MS)
}

/// The first and the last of each signature.
fn kept(lines: Vec<StopTrace>) -> Vec<StopTrace> {
    let mut totals = std::collections::BTreeMap::new();
    for trace in &lines {
        *totals.entry(trace.signature.clone()).or_insert(0_usize) += 1;
    }
    let mut counts = std::collections::BTreeMap::new();
    lines
        .into_iter()
        .filter(|trace| {
            let total = totals.get(&trace.signature).copied().unwrap_or(0);
            let index = counts.entry(trace.signature.clone()).or_insert(0_usize);
            *index += 1;
            *index <= KEPT || *index + KEPT > total
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(signature: &str, second: i64) -> StopTrace {
        StopTrace {
            unsure: false,
            of_earlier_run: false,
            signature: signature.to_owned(),
            path: "logs/nacos.log".to_owned(),
            line: None,
            offset: None,
            at: Some(Timestamp::from_millis(second * 1000)),
            text: String::new(),
        }
    }

    #[test]
    fn a_start_writes_its_process_id() {
        let three =
            b"2026-11-28 22:51:43,949 INFO Starting NacosBootstrap v3.0.3 using Java 17.0.15 with PID 1938 (/n3/x.jar)";
        let two = b"2026-11-28 22:51:43,949 INFO Starting Nacos using Java 1.8.0 on h with PID 77 (/n3/x.jar started by root)";
        assert_eq!((pid_at_start(three), pid_at_start(two)), (Some(1938), Some(77)));
        assert_eq!(pid_at_start(b"2026-11-28 22:51:43,949 INFO client with PID 9 left"), None);
        assert_eq!(pid_at_start(b"2026-11-28 22:51:43,949 INFO Starting x with PID none"), None);
    }

    #[test]
    fn a_start_begins_with_its_members() {
        let lines = [line("S06", 10), line("C147", 30), line("C119", 31), line("C119", 32), line("S11", 33)];
        let all = Timestamp::from_millis(0);
        assert_eq!(starts(&lines[..2], all), [Timestamp::from_millis(30_000)], "before the first second is over");
        assert_eq!(starts(&lines, all), [Timestamp::from_millis(30_000)]);
        assert_eq!(last_start_ms(&lines), Some(3000));
    }

    #[test]
    fn a_run_of_starting_lines_is_one_start() {
        let lines = [
            line("C119", 10),
            line("C119", 11),
            line("S11", 12),
            line("C119", 20),
            line("C119", 21),
            line("S10", 22),
            line("C119", 100),
        ];
        let seconds: Vec<i64> =
            starts(&lines, Timestamp::from_millis(0)).iter().map(|at| at.as_millis() / 1000).collect();
        assert_eq!(seconds, [10, 20, 100]);
    }

    #[test]
    fn a_line_among_those_of_the_failure_is_no_further_start() {
        let at =
            |signature: &str, millis: i64| StopTrace { at: Some(Timestamp::from_millis(millis)), ..line(signature, 0) };
        let failing = [
            at("C119", 10_000),
            at("C119", 11_000),
            at("S10", 11_700),
            at("C119", 12_000),
            at("S10", 12_151),
            at("C119", 12_151),
            at("S10", 12_400),
        ];
        let found = |lines: &[StopTrace]| {
            let found = starts(lines, Timestamp::from_millis(0));
            found.iter().map(|at| at.as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(found(&failing), [10_000]);
        let again = [failing.as_slice(), &[at("C119", 14_900), at("C119", 15_900)]].concat();
        assert_eq!(found(&again), [10_000, 14_900]);
    }

    #[test]
    fn the_middle_of_many_is_left_out() {
        let lines: Vec<StopTrace> = (0..100).map(|second| line("C119", second)).collect();
        let kept = kept(lines);
        assert_eq!(kept.len(), 2 * KEPT);
        assert_eq!(kept[KEPT].at, Some(Timestamp::from_millis(88_000)));
    }
}
