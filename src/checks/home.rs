//! What gathers read from a Nacos home by themselves: its list of logs, their ends, the zone of their stamps.
//!
//! The window is scanned by [`crate::logscan`]; this is for the few questions that want the end or the start of a file.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::checks::CheckContext;
use crate::domain::observed::FileEnd;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::OutputKind;
use crate::nacos::cmdline::CommandLine;
use crate::nacos::log_line::{
    ClockHint, Encoding, Layout, RawRecord, Stamp, clock_hint, decode, is_gc_log, log_name, parse_head, records,
    zone_of,
};
use crate::nacos::properties::keys;
use crate::nacos::start_options::StartWords;
use crate::nacos::timing;
use crate::nacos::{clocks, pasted, ports};
use crate::sources::redact::MARGIN;
use crate::sources::{Deadline, FileEntry, HandedIn, NodeSource, SourceError};

/// How long is waited for a host to show its clock: a few small reads over SSH.
const CLOCK_WAIT: Duration = Duration::from_millis(600);

/// Bytes of the end of a file that are looked at for its last stamp.
pub(super) const TAIL: usize = 64 * 1024;

/// Bytes of the end and of the start of a file that are looked at for the zone.
const ZONE_PIECE: usize = 256 * 1024;

/// Bytes of a line that an end keeps.
const SHOWN: usize = 600;

/// The zone of a node's stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of UTC.
    pub offset_s: i32,
    /// True if the node's own files tell it.
    pub derived: bool,
}

/// Whether a file name is a log of a Nacos server that is worth reading here: stamped, mixed or of the JVM.
#[must_use]
pub fn is_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let log = log_name(path);
    let known = log.ends_with(".log") || is_gc_log(name) || STDOUT.iter().any(|end| name.ends_with(end));
    known && !name.starts_with("access_log") && !name.ends_with(".gz") && !name.ends_with(".zip")
}

/// Ends of names that people give to what a node wrote to its standard output.
const STDOUT: [&str; 2] = [".out", ".txt"];

/// The logs of a home: everything in `logs/` that is one, the stdout files first if they lie elsewhere.
///
/// # Errors
/// Why `logs/` could not be listed.
pub async fn logs(source: &dyn NodeSource, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
    let entries = source.list("logs", deadline).await?;
    Ok(entries.into_iter().filter(|entry| is_log(&entry.path)).collect())
}

/// The same with packed logs (`nacos.log.2026-11-22.0.gz`), which can be scanned but not looked into, and with the log of
/// the embedded database, which lies where the server was started.
///
/// # Errors
/// Why `logs/` could not be listed.
pub async fn logs_with_packed(source: &dyn NodeSource, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
    let entries = source.list("logs", deadline).await?;
    let is_log = |path: &str| is_log(path.strip_suffix(".gz").unwrap_or(path));
    let mut logs: Vec<FileEntry> = entries.into_iter().filter(|entry| is_log(&entry.path)).collect();
    // Derby's own log says nothing of Nacos: beside no other log it is not a log of the node.
    if logs.is_empty() {
        return Ok(logs);
    }
    for folder in ["", "bin"] {
        let others = source.list(folder, deadline).await.unwrap_or_default();
        logs.extend(others.into_iter().filter(|entry| log_name(&entry.path) == "derby.log"));
    }
    Ok(logs)
}

/// True if the home can be seen to be one of Nacos, by a file in it that only Nacos has or needs.
pub async fn is_there(source: &dyn NodeSource, deadline: &Deadline) -> bool {
    for (folder, names) in [("conf", CONF_NAMES.as_slice()), ("logs", LOG_NAMES.as_slice())] {
        let entries = source.list(folder, deadline).await.unwrap_or_default();
        if entries.iter().any(|entry| entry.path.split_once('/').is_some_and(|(_, name)| names.contains(&name))) {
            return true;
        }
    }
    false
}

/// Files in `conf` of every Nacos.
const CONF_NAMES: [&str; 5] =
    ["application.properties", "cluster.conf", "cluster.conf.example", "nacos-logback.xml", "nacos-mysql.sql"];

/// Files in `logs` of every Nacos that ever started.
const LOG_NAMES: [&str; 5] = ["nacos.log", "start.out", "startup.log", "naming-raft.log", "alipay-jraft.log"];

/// The last `length` bytes of a file that can be read, and the offset of the first of them.
///
/// # Errors
/// Why it could not be read.
pub async fn tail(
    source: &dyn NodeSource,
    entry: &FileEntry,
    length: usize,
    deadline: &Deadline,
) -> Result<(u64, Vec<u8>), SourceError> {
    let from = entry.size_bytes.saturating_sub(length as u64).max(entry.start_offset);
    let bytes = source.read_at(&entry.path, from, length, deadline).await?;
    Ok((from, bytes))
}

/// Reads a small file whole.
///
/// # Errors
/// `TooLarge` above `limit`, or why it could not be read.
pub async fn whole(
    source: &dyn NodeSource,
    path: &str,
    limit: usize,
    deadline: &Deadline,
) -> Result<Vec<u8>, SourceError> {
    let bytes = source.read_at(path, 0, limit + 1, deadline).await?;
    if bytes.len() > limit {
        return Err(SourceError::TooLarge { limit_bytes: limit as u64 });
    }
    Ok(bytes)
}

/// The first line of a file that is not blank, redacted and cut.
pub async fn first_line(source: &dyn NodeSource, entry: &FileEntry, deadline: &Deadline) -> Option<String> {
    const LINE: usize = 120;
    let bytes = source.read_at(&entry.path, entry.start_offset, FIRST_PIECE, deadline).await.ok()?;
    let text = decode(&bytes, Encoding::detect(&bytes));
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Some(source.redactor().start_of(line.trim(), LINE))
}

/// Bytes of a file in which its first line is looked for.
const FIRST_PIECE: usize = 16 * 1024;

/// The zone of a home's stamps: from those that a container runtime or a journal put beside them, from stamps that carry one
/// (garbage collection log, access log), else from epoch stamps beside local ones; `hint_s`, else UTC where nothing tells.
pub async fn zone(source: &dyn NodeSource, entries: &[FileEntry], hint_s: Option<i32>, deadline: &Deadline) -> Zone {
    if let Some(offset_s) = entries.iter().find_map(|entry| entry.zone_offset_s) {
        return Zone { offset_s, derived: true };
    }
    for entry in entries.iter().filter(|entry| entry.path.contains("nacos_gc.log") && is_plain(entry)) {
        if let Ok((base, bytes)) = tail(source, entry, TAIL, deadline).await
            && let Some(offset_s) = records(&bytes, base, 1, Layout::Stamped).find_map(|record| match record.stamp {
                Some(Stamp::Absolute { offset_s, .. }) => Some(offset_s),
                _ => None,
            })
        {
            return Zone { offset_s, derived: true };
        }
    }
    let mut hints = Vec::new();
    for name in ["remote-digest.log", "naming-server.log", "nacos.log"] {
        for entry in entries.iter().filter(|entry| log_name(&entry.path) == name && is_plain(entry)) {
            hints.extend(hints_of(source, entry, deadline).await);
        }
        if let Some(offset_s) = zone_of(&hints) {
            return Zone { offset_s, derived: true };
        }
    }
    Zone { offset_s: hint_s.unwrap_or(0), derived: false }
}

/// Whether bytes in the middle of the file are lines.
pub(super) fn is_plain(entry: &FileEntry) -> bool {
    entry.size_bytes > 0 && !entry.path.ends_with(".gz")
}

/// Clock hints in the end and the start of a file.
pub(super) async fn hints_of(source: &dyn NodeSource, entry: &FileEntry, deadline: &Deadline) -> Vec<ClockHint> {
    let mut hints = Vec::new();
    let mut pieces = Vec::new();
    if let Ok((base, bytes)) = tail(source, entry, ZONE_PIECE, deadline).await {
        let whole = base == entry.start_offset;
        pieces.push(bytes);
        if !whole && let Ok(bytes) = source.read_at(&entry.path, entry.start_offset, ZONE_PIECE, deadline).await {
            pieces.push(bytes);
        }
    }
    for bytes in &pieces {
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Some(head) = parse_head(line)
                && let Some(hint) = clock_hint(head.stamp, &decode(head.message, Encoding::Utf8))
            {
                hints.push(hint);
            }
        }
    }
    hints
}

/// The last stamped record of a piece, not later than `until` where that is given.
#[must_use]
pub fn last_record<'a>(
    bytes: &'a [u8],
    base: u64,
    path: &str,
    offset_s: i32,
    until: Option<Timestamp>,
) -> Option<RawRecord<'a>> {
    records(bytes, base, 1, Layout::of(path))
        .filter(|record| record.stamp.is_some_and(|stamp| until.is_none_or(|until| stamp.at(offset_s) <= until)))
        .last()
}

/// The ends of all stamped logs, newest first. A file that goes on after `until` is followed back until its last line
/// before that moment is found, as far as a few pieces reach.
pub async fn ends(
    source: &dyn NodeSource,
    entries: &[FileEntry],
    zone: Zone,
    until: Timestamp,
    deadline: &Deadline,
) -> (Vec<FileEnd>, Vec<(String, SourceError)>) {
    let mut ends = Vec::new();
    let mut unreadable = Vec::new();
    let newest_of_each = current_files(entries);
    for entry in newest_of_each {
        match end_of(source, entry, zone, until, deadline).await {
            Ok(end) => ends.push(end),
            Err(error) => unreadable.push((entry.path.clone(), error)),
        }
    }
    ends.sort_by(|a: &FileEnd, b| b.last_stamp.cmp(&a.last_stamp).then_with(|| a.path.cmp(&b.path)));
    (ends, unreadable)
}

/// The file of each log that is written now, leaving out what was rolled over.
fn current_files(entries: &[FileEntry]) -> Vec<&FileEntry> {
    let mut by_log: BTreeMap<&str, &FileEntry> = BTreeMap::new();
    for entry in entries {
        let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
        let log = log_name(&entry.path);
        if name == log || (is_gc_log(name) && !by_log.contains_key(name)) {
            by_log.insert(if name == log { log } else { name }, entry);
        }
    }
    by_log.into_values().collect()
}

async fn end_of(
    source: &dyn NodeSource,
    entry: &FileEntry,
    zone: Zone,
    until: Timestamp,
    deadline: &Deadline,
) -> Result<FileEnd, SourceError> {
    let mut end = FileEnd {
        path: entry.path.clone(),
        size_bytes: entry.size_bytes,
        last_stamp: None,
        last_line: String::new(),
        modified: entry.modified,
    };
    let mut to = entry.size_bytes;
    for piece in 0..8_u32 {
        let length = TAIL << piece.min(6);
        let from = to.saturating_sub(length as u64).max(entry.start_offset);
        let wanted = usize::try_from(to - from).unwrap_or(length).min(4 * 1024 * 1024);
        if wanted == 0 {
            break;
        }
        let bytes = source.read_at(&entry.path, to - wanted as u64, wanted, deadline).await?;
        let base = to - wanted as u64;
        if let Some(record) = last_record(&bytes, base, &entry.path, zone.offset_s, Some(until))
            && let Some(stamp) = record.stamp
        {
            end.last_stamp = Some(stamp.at(zone.offset_s));
            let text = record.display(Encoding::detect(&bytes), SHOWN + MARGIN);
            end.last_line = source.redactor().start_of(&text, SHOWN);
            break;
        }
        if base <= entry.start_offset {
            break;
        }
        to = base;
    }
    Ok(end)
}

/// A node's clock, as far as it is known where its files are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeClock {
    /// Node clock minus ours in milliseconds, where its host shows its clock and the moment judged is now.
    pub measured_ms: Option<i64>,
    /// What its stamps are to be brought back by; 0 where it is little or not known.
    pub ahead_ms: i64,
}

/// Asks for the node's clock, shortly: what its files tell must not wait for a host that hangs.
pub async fn clock(cx: &CheckContext, deadline: &Deadline) -> NodeClock {
    let started = tokio::time::Instant::now();
    let asked = async { tokio::time::timeout(CLOCK_WAIT, cx.source.clock(deadline)).await.ok()?.ok() };
    let clock = if cx.open_end { asked.await } else { None };
    let measured_ms = clock.and_then(|clock| {
        // Read when the answer is there: the question itself takes its time.
        let now = cx.at.plus_millis(i64::try_from(started.elapsed().as_millis()).ok()?);
        Some(clock.at.millis_since(now))
    });
    NodeClock { measured_ms, ahead_ms: measured_ms.map_or(cx.ahead_ms, clocks::worth_correcting) }
}

/// The last moment of the window: `at`, or a day more where `at` is now and clocks may run ahead.
#[must_use]
pub const fn window_end(at: Timestamp, open_end: bool) -> Timestamp {
    if open_end { at.plus_millis(timing::BELIEVED_AHEAD_MS) } else { at }
}

/// What the start banner says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Banner {
    /// The command line that `startup.sh` echoes; may hold secrets.
    pub command: Option<String>,
    /// Nacos version.
    pub version: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
    /// `host:port` of the console address: the main port in 1.x and 2.x, the console's own in 3.x.
    pub console: Option<String>,
    /// What else it says of how the server was started.
    pub words: StartWords,
}

impl Banner {
    /// The node's own main address, given the main port of its configuration for 3.x.
    #[must_use]
    pub fn main_address(&self, main_port: u16) -> Option<String> {
        let console = self.console.as_deref()?;
        if ports::major(self.version.as_deref()).is_some_and(|major| major >= 3) {
            let (host, _) = console.rsplit_once(':')?;
            return Some(format!("{host}:{main_port}"));
        }
        Some(console.to_owned())
    }
}

/// The file that configures a node.
pub const PROPERTIES: &str = "conf/application.properties";

/// The file that names the members of its cluster.
pub const CLUSTER_CONF: &str = "conf/cluster.conf";

/// Most bytes of it that are read: a member list is small.
const MEMBER_LIST: usize = 1024 * 1024;

/// The bytes of [`CLUSTER_CONF`].
///
/// # Errors
/// Why it could not be read, or that it is larger than a member list.
pub async fn cluster_conf(source: &dyn NodeSource, deadline: &Deadline) -> Result<Vec<u8>, SourceError> {
    whole(source, CLUSTER_CONF, MEMBER_LIST, deadline).await
}

/// The node's own main port, as far as its files tell; 8848 where they do not.
pub async fn main_port(source: &dyn NodeSource, deadline: &Deadline) -> u16 {
    match whole(source, PROPERTIES, 1024 * 1024, deadline).await {
        Ok(bytes) => port_in(&String::from_utf8_lossy(&bytes)),
        Err(_) => source.spec().api.as_ref().map(|api| api.port),
    }
    .unwrap_or(ports::DEFAULT_MAIN)
}

fn port_in(properties: &str) -> Option<u16> {
    properties
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(key.trim(), "server.port" | "nacos.server.main.port"))
        .filter_map(|(_, value)| value.trim().parse().ok())
        .next_back()
}

/// The variables of the environments that somebody handed in, the newest of each name; without those whose value is a secret.
pub async fn variables(source: &dyn NodeSource) -> Option<BTreeMap<String, String>> {
    let handed_in = source.handed_in().await;
    let pasted: Vec<&HandedIn> = handed_in.iter().filter(|item| item.kind == OutputKind::Env).collect();
    let all = pasted.iter().flat_map(|item| pasted::environment(&item.text));
    (!pasted.is_empty()).then(|| all.filter(|(name, _)| !keys::is_secret(name)).collect())
}

/// Bytes of the stdout file in which the banner stands; 3.x prints its logging set-up before it.
const BANNER_PIECE: usize = 256 * 1024;

/// Lines of the stdout file of which one may be the command line.
const FIRST_LINES: usize = 200;

/// The banner of the last start, from `start.out` or `startup.log`.
pub async fn banner(source: &dyn NodeSource, deadline: &Deadline) -> Option<Banner> {
    for path in ["logs/start.out", "logs/startup.log"] {
        if let Ok(bytes) = source.read_at(path, 0, BANNER_PIECE, deadline).await
            && !bytes.is_empty()
        {
            return Some(read_banner(&decode(&bytes, Encoding::detect(&bytes))));
        }
    }
    None
}

fn read_banner(text: &str) -> Banner {
    // What the JVM and the script of a container say stands before it.
    let command = text.lines().take(FIRST_LINES).find(|line| CommandLine::from_text(line).is_some());
    let mut banner = Banner { command: command.map(str::to_owned), words: StartWords::read(text), ..Banner::default() };
    for line in text.lines() {
        let last = line.split_whitespace().last().unwrap_or_default();
        if banner.version.is_none()
            && (line.contains(" Nacos ") && !line.starts_with("20"))
            && last.starts_with(|first: char| first.is_ascii_digit())
            && last.contains('.')
        {
            banner.version = Some(last.to_owned());
        } else if banner.pid.is_none() && line.contains("  Pid: ") {
            banner.pid = last.parse().ok();
        } else if banner.console.is_none()
            && let Some((_, rest)) = line.split_once("Console: http")
        {
            let rest = rest.trim_start_matches('s').trim_start_matches("://");
            banner.console = rest.split('/').next().filter(|address| address.contains(':')).map(str::to_owned);
        }
        if banner.version.is_some() && banner.pid.is_some() && banner.console.is_some() {
            break;
        }
    }
    banner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_told_from_other_files() {
        for log in ["logs/nacos.log", "logs/start.out", "logs/nacos.log.2026-11-21.0", "logs/nacos_gc.log.0"] {
            assert!(is_log(log), "{log}");
        }
        for other in ["logs/access_log.2026-11-22-15.log", "logs/java_heapdump.hprof", "logs/nacos.log.1.gz"] {
            assert!(!is_log(other), "{other}");
        }
    }

    #[test]
    fn the_last_record_is_not_later_than_asked() {
        let bytes = b"2026-11-22 16:00:00,000 INFO one\n\n2026-11-22 16:00:05,000 INFO two\n\n";
        let all = last_record(bytes, 0, "logs/nacos.log", 0, None).expect("a record");
        assert_eq!(all.message(), b"two");
        let until: Timestamp = "2026-11-22T16:00:03Z".parse().expect("a time");
        let before = last_record(bytes, 0, "logs/nacos.log", 0, Some(until)).expect("a record");
        assert_eq!(before.message(), b"one");
    }

    #[test]
    fn the_last_port_counts() {
        assert_eq!(port_in("# server.port=1\nserver.port=8848\nserver.port = 8858\n"), Some(8858));
        assert_eq!(port_in("nacos.server.main.port=9000"), Some(9000));
        assert_eq!(port_in("server.port=${PORT:8848}"), None);
    }

    #[test]
    fn banners_of_2_and_3() {
        let two = "/opt/java/bin/java -server -jar nacos-server.jar\n   ,--,:  : |        Nacos 2.5.1\n\
                   |   :  :  | |    Port: 8848\n:   |   \\ | :    Pid: 12374\n\
                   |   : '  '; |    Console: http://10.0.0.1:8848/nacos/index.html\n";
        let banner = read_banner(two);
        assert_eq!(banner.version.as_deref(), Some("2.5.1"));
        assert_eq!(banner.pid, Some(12374));
        assert_eq!(banner.main_address(8848).as_deref(), Some("10.0.0.1:8848"));
        let three = read_banner(
            "java x\n   ,--,:  : |     Nacos Server 3.0.3\n|   ::   |  Pid: 7\n   Console: http://10.0.0.3:8080/index.html\n",
        );
        assert_eq!((three.version.as_deref(), three.pid), (Some("3.0.3"), Some(7)));
        assert_eq!(three.main_address(8848).as_deref(), Some("10.0.0.3:8848"));
    }
}
