//! `node.stop`: whether and how a node stopped, from its own process and files.

pub mod judge;

mod traces;

use async_trait::async_trait;
use futures_util::future::join;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask, home, own_address};
use crate::domain::cluster::FileSource;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::{FileEnd, Observed, ProcessIds, ProcessSeen, StopSeen, StopTrace, UnusedText};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{NoSource, OutputKind};
use crate::nacos::log_line::Stamp;
use crate::nacos::pasted::{self, Belongs, OWN_IDS_BELOW, OfProcess, Ports, Subject, Window};
use crate::nacos::ports::NodePorts;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;
use crate::sources::{Deadline, FileEntry, HandedIn, NodeSource, SourceError, redact};
use traces::Traces;

/// `node.stop`.
pub struct NodeStop;

#[async_trait]
impl Check for NodeStop {
    fn kind(&self) -> &'static str {
        "node.stop"
    }

    fn step(&self) -> Step {
        Step::Confirm
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let source = cx.source.as_ref();
        let deadline = ask::questions_deadline(&cx.deadline);
        // The process table tells of now, so it is not asked about another moment.
        let process = async {
            if cx.open_end {
                source.process(&deadline).await
            } else {
                Err(SourceError::NotConfigured { what: NoSource::Process })
            }
        };
        let clock = home::clock(cx, &deadline).await;
        let own = cx.ahead_by(clock.ahead_ms);
        let files = async {
            if source.spec().files == FileSource::None {
                Err(SourceError::NotConfigured { what: NoSource::Files })
            } else {
                files(&own, &deadline).await
            }
        };
        // All at once: a question about a process that hangs may hang, and must not cost what the files tell.
        let (process, disk, handed_in, kernel, files) = tokio::join!(
            process,
            source.disk_free("logs", &deadline),
            source.handed_in(),
            source.kernel_log(&deadline),
            files
        );
        // Half of the traces would make a clean stop look like a kill.
        if files.as_ref().is_ok_and(|files| files.traces.incomplete) {
            return Err(GatherError::TimedOut);
        }
        let told = files.as_ref().ok();
        let offset_s = told.map_or(cx.zone_hint_s.unwrap_or(0), |files| files.zone.offset_s);
        let runs = told.map(|files| files.runs.clone()).unwrap_or_default();
        let pasted = handed_in.iter().filter(|item| item.kind == OutputKind::Dmesg).map(|item| item.text.as_str());
        let kernel_missing = match &kernel {
            Ok(_) | Err(SourceError::NotConfigured { .. } | SourceError::NotRecorded) => None,
            Err(error) => Some(error.message()),
        };
        // What was pasted under that name and has no line of a kernel log is none.
        let end = told.and_then(|files| last_stamp(&files.ends));
        let tells = |text: &str| {
            pasted::is_kernel_log(text) && !end.is_some_and(|end| ends_beside(text, &runs, offset_s, cx.at, end))
        };
        let is_pasted = handed_in.iter().any(|item| item.kind == OutputKind::Dmesg && tells(&item.text));
        let mut names = source.spec().names();
        names.extend(
            told.and_then(|files| files.self_address.as_deref())
                .map(|own| own.split(':').next().unwrap_or(own).to_owned()),
        );
        let unused_texts = unused(&handed_in, cx, told, &names, source);
        let has_journal = told.is_some_and(|files| files.journal.is_some());
        // Neither a process table nor a kernel log tells anything of a home that is none.
        let there = files.is_ok() || home::is_there(source, &deadline).await;
        let process_table_seen = process.as_ref().is_ok_and(|process| there || process.is_some());
        // A log of a machine whose processes were not seen may not be that of the node's machine; what somebody pasted is.
        let of_machine = kernel.is_ok() && there || has_journal && kernel_missing.is_none();
        let kernel_read = is_pasted || of_machine && process_table_seen;
        let kernel = kernel.iter().filter(|_| there);
        let mut kernel: Vec<StopTrace> = kernel.flat_map(|text| kernel_traces(text, &runs, 0, cx.at, &names)).collect();
        kernel.extend(pasted.flat_map(|text| kernel_traces(text, &runs, offset_s, cx.at, &names)));
        if let Some(text) = told.and_then(|files| files.journal.as_deref()) {
            kernel.extend(kernel_traces(text, &runs, offset_s, cx.at, &names));
        }
        let process: Option<ProcessSeen> = process.ok().flatten();
        let seen = match files {
            Ok(files) => StopSeen {
                process_table_seen,
                process,
                files_live: source.files_live(),
                ends: files.ends,
                traces: in_order(files.traces.lines, kernel.into_iter().chain(files.earlier_crashes)),
                crash_files: files.crash_files,
                last_started: files.traces.last_started,
                last_start_ms: files.traces.last_start_ms,
                jvm_began: files.traces.jvm_began,
                starts: files.traces.starts,
                zone_offset_s: files.zone.offset_s,
                zone_derived: files.zone.derived,
                disk_free_bytes: disk.ok().filter(|_| cx.open_end),
                clock_offset_ms: clock.measured_ms,
                self_address: files.self_address,
                kernel_read,
                kernel_missing,
                unused_texts,
                process_ids: runs,
                aligned_ms: 0,
            },
            Err(error) if !process_table_seen && kernel.is_empty() && unused_texts.is_empty() => {
                return Err(error.into());
            }
            Err(_) => StopSeen {
                process_table_seen,
                process,
                files_live: source.files_live(),
                ends: Vec::new(),
                traces: kernel,
                crash_files: Vec::new(),
                last_started: None,
                last_start_ms: None,
                jvm_began: None,
                starts: Vec::new(),
                zone_offset_s: cx.zone_hint_s.unwrap_or(0),
                zone_derived: false,
                disk_free_bytes: disk.ok().filter(|_| cx.open_end),
                clock_offset_ms: clock.measured_ms,
                self_address: None,
                kernel_read,
                kernel_missing,
                unused_texts,
                process_ids: runs,
                aligned_ms: 0,
            },
        };
        Ok(Observed::Stop(seen.aligned(clock.ahead_ms)))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// Process ids of a node. `banner`: that of the last start, as its banner tells it; `logged`: those of the first lines of starts in
/// `nacos.log`, oldest first.
fn process_ids(banner: Option<u32>, logged: &[(Timestamp, u32)]) -> ProcessIds {
    let last = banner.or_else(|| logged.last().map(|(_, pid)| *pid));
    // In a container every run may have the same id.
    let of_host = |pid: &u32| *pid >= OWN_IDS_BELOW && Some(*pid) != last;
    ProcessIds { last, earlier: logged.iter().map(|(_, pid)| *pid).filter(of_host).collect() }
}

/// When a node wrote last, by the ends of its logs.
fn last_stamp(ends: &[FileEnd]) -> Option<Timestamp> {
    ends.iter().filter_map(|end| end.last_stamp).max()
}

/// What the files tell.
struct Files {
    zone: home::Zone,
    ends: Vec<FileEnd>,
    traces: Traces,
    crash_files: Vec<String>,
    /// Crashes of earlier runs, as their crash files tell of them.
    earlier_crashes: Vec<StopTrace>,
    self_address: Option<String>,
    runs: ProcessIds,
    /// The end of what it wrote to its standard output, where a journal put lines of systemd between: only of copies.
    journal: Option<String>,
}

async fn files(cx: &CheckContext, deadline: &Deadline) -> Result<Files, SourceError> {
    let source = cx.source.as_ref();
    let with_packed = home::logs_with_packed(source, deadline).await?;
    let entries: Vec<FileEntry> = with_packed.iter().filter(|entry| !entry.path.ends_with(".gz")).cloned().collect();
    if with_packed.is_empty() {
        return Err(SourceError::NotFound { path: "logs/".to_owned() });
    }
    let zone = home::zone(source, &entries, cx.zone_hint_s, deadline).await;
    let until = home::window_end(cx.at, cx.open_end);
    let (ends, banner) =
        join(home::ends(source, &entries, zone, until, deadline), home::banner(source, deadline)).await;
    let (ends, _) = ends;
    let last = last_stamp(&ends);
    let traces = traces::read(cx, &with_packed, zone, last, deadline).await;
    let runs = process_ids(banner.as_ref().and_then(|banner| banner.pid), &traces.pids);
    let process = Process { runs: &runs, zone, started: traces.last_started, last };
    let (crash_files, earlier_crashes) = crash_files(source, process, deadline).await;
    let self_address = own_address::told(source, &entries, banner, deadline).await;
    let journal = journal(source, &entries, deadline).await;
    Ok(Files { zone, ends, traces, crash_files, earlier_crashes, self_address, runs, journal })
}

/// The end of the standard output of a copy, if systemd speaks in it.
async fn journal(source: &dyn NodeSource, entries: &[FileEntry], deadline: &Deadline) -> Option<String> {
    const TAIL: usize = 256 * 1024;
    if source.files_live() {
        return None;
    }
    let entry = entries.iter().find(|entry| entry.path.ends_with("/start.out") && entry.size_bytes > 0)?;
    let (_, bytes) = home::tail(source, entry, TAIL, deadline).await.ok()?;
    let of_systemd = |line: &&str| line.contains(".service: ");
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(of_systemd).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The last process of a node, as its files tell of it.
#[derive(Clone, Copy)]
struct Process<'a> {
    runs: &'a ProcessIds,
    zone: home::Zone,
    /// When it came up.
    started: Option<Timestamp>,
    /// The newest line of its logs.
    last: Option<Timestamp>,
}

impl Process<'_> {
    /// Whether it may have crashed at that time: not before it was up, and not while it wrote on afterwards.
    fn may_have_crashed(&self, at: Timestamp) -> bool {
        self.started.is_none_or(|started| at >= started)
            && self.last.is_none_or(|last| at.millis_since(last).abs() <= timing::CRASH_NEAR_END_MS)
    }
}

/// `hs_err` files and heap dumps of the last process: those with its process id and the time of its end, as far as either is
/// known. In a container every process has the same id. Beside them the crashes of earlier runs.
async fn crash_files(
    source: &dyn NodeSource,
    process: Process<'_>,
    deadline: &Deadline,
) -> (Vec<String>, Vec<StopTrace>) {
    let (mut found, mut earlier) = (Vec::new(), Vec::new());
    for folder in ["", "bin", "logs"] {
        for entry in source.list(folder, deadline).await.unwrap_or_default() {
            let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
            let newer = source.files_live()
                && process.started.is_some_and(|started| entry.modified.is_some_and(|modified| modified >= started));
            if process.runs.is_earlier(crash_pid(name)) {
                let at = crash_time(source, &entry, process.zone, deadline).await;
                earlier.push(crash_of_earlier_run(&entry.path, at));
                continue;
            }
            let of_start = match (crash_pid(name), process.runs.last) {
                (Some(crashed), Some(pid)) if crashed != pid => false,
                (Some(_), pid) => match crash_time(source, &entry, process.zone, deadline).await {
                    Some(at) => process.may_have_crashed(at),
                    None => newer || !source.files_live() || pid.is_some_and(|pid| pid >= OWN_IDS_BELOW),
                },
                (None, _) => name.ends_with(".hprof") && newer,
            };
            if of_start {
                found.push(entry.path);
            }
        }
    }
    (found, earlier)
}

fn crash_of_earlier_run(path: &str, at: Option<Timestamp>) -> StopTrace {
    StopTrace {
        signature: SignatureId::JVM_CRASH.as_str().to_owned(),
        path: path.to_owned(),
        line: None,
        offset: None,
        at,
        text: "hs_err".to_owned(),
        unsure: false,
        of_earlier_run: true,
    }
}

/// When the JVM crashed, as its crash file tells near its beginning, or, of Java 8, at its end.
async fn crash_time(
    source: &dyn NodeSource,
    entry: &FileEntry,
    zone: home::Zone,
    deadline: &Deadline,
) -> Option<Timestamp> {
    const HEAD: u64 = 16 * 1024;
    let length = usize::try_from(entry.size_bytes.min(HEAD)).ok()?;
    let head = source.read_at(&entry.path, 0, length, deadline).await.ok()?;
    if let Some(at) = time_of_crash(&String::from_utf8_lossy(&head), zone.offset_s) {
        return Some(at);
    }
    let (_, tail) = home::tail(source, entry, length, deadline).await.ok()?;
    time_of_crash(&String::from_utf8_lossy(&tail), zone.offset_s)
}

/// The time in `Time: Fri Oct  2 03:11:09 2026 UTC elapsed time: …`, without a known zone in that of the node's logs.
fn time_of_crash(text: &str, offset_s: i32) -> Option<Timestamp> {
    let line = text.lines().find_map(|line| line.strip_prefix("Time: ").or_else(|| line.strip_prefix("time: ")))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, month, day, time, year, ..] = words.as_slice() else { return None };
    let in_utc = matches!(words.get(5), Some(&("UTC" | "GMT" | "Z")));
    let at = jiff::civil::DateTime::strptime("%b %d %H:%M:%S %Y", format!("{month} {day} {time} {year}")).ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
    let offset_ms = if in_utc { 0 } else { i64::from(offset_s) * 1000 };
    Some(Timestamp::from_millis(at - offset_ms))
}

/// The process id in the name of a JVM crash file.
fn crash_pid(name: &str) -> Option<u32> {
    name.strip_prefix("hs_err_pid")?.strip_suffix(".log")?.parse().ok()
}

/// Texts that were handed in and of which no check uses a line.
fn unused(
    handed_in: &[HandedIn],
    cx: &CheckContext,
    told: Option<&Files>,
    names: &[String],
    source: &dyn NodeSource,
) -> Vec<UnusedText> {
    const SHOWN: usize = 160;
    let last = told.and_then(|files| last_stamp(&files.ends));
    let from = cx.at.plus_millis(-cx.window_ms);
    let from = last.map_or(from, |last| from.min(last));
    let window = Window { from, to: cx.at, offset_s: told.map(|files| files.zone.offset_s) };
    let ports = Ports { known: NodePorts::of(Some(source.spec()), []), tried: false };
    let ids = told.map(|files| files.runs.clone()).unwrap_or_default();
    let node = Subject { names: names.to_vec(), ports, ids };
    let mut found: Vec<(&str, UnusedText)> = Vec::new();
    let mut used: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    for item in handed_in {
        let read = pasted::reading(&item.kind, &item.text, cx.at, &window, &node);
        if read.used > 0 {
            used.insert(&item.text);
        }
        // One text is handed in once for each kind that it is of.
        if !found.iter().any(|(text, _)| *text == item.text) {
            let first =
                read.unused.iter().min_by_key(|one| one.place).map(|one| one.first.as_str()).unwrap_or_default();
            let first = first.chars().take(SHOWN).collect();
            let lines = u64::try_from(read.lines).unwrap_or(u64::MAX);
            found.push((&item.text, UnusedText { file: item.file.clone(), lines, first }));
        }
    }
    found.into_iter().filter(|(text, _)| !used.contains(text)).map(|(_, one)| one).collect()
}

/// What a kernel or systemd log says of this node's JVM, handed in by somebody or read where that is switched on: one that
/// names another process id speaks of another JVM on the host, unless the node counts its processes in a container, or of an
/// earlier run of the node. Where the node's own id is not known, any JVM of the host may be meant. A stamp without a zone is in
/// the host's local time, like the node's own logs.
fn kernel_traces(text: &str, runs: &ProcessIds, offset_s: i32, now: Timestamp, names: &[String]) -> Vec<StopTrace> {
    let lines = pasted::kernel_lines(text, now);
    let whose = pasted::belongs(&lines, names);
    let processes = pasted::processes(&lines, runs);
    lines
        .iter()
        .zip(whose)
        .zip(processes)
        .filter(|((line, whose), _)| line.may_be_java() && *whose != Belongs::Other)
        .filter(|(_, process)| *process != OfProcess::Other)
        .map(|((line, whose), process)| StopTrace {
            signature: line.id.to_owned(),
            path: "dmesg".to_owned(),
            line: None,
            offset: None,
            at: line.stamp.map(|stamp: Stamp| stamp.at(offset_s)),
            text: redact::text(&line.text).into_owned(),
            unsure: process == OfProcess::Untold || line.rough || whose == Belongs::Maybe,
            of_earlier_run: process == OfProcess::Earlier,
        })
        .collect()
}

/// Whether the text says that a JVM with another process id ended at the moment of the node's last log line. In a container the same
/// process has another id, so such a text does not show that the kernel left the node alone.
fn ends_beside(text: &str, ids: &ProcessIds, offset_s: i32, now: Timestamp, end: Timestamp) -> bool {
    let lines = pasted::kernel_lines(text, now);
    let at_the_end = |line: &pasted::KernelLine| {
        line.stamp.is_some_and(|stamp| stamp.at(offset_s).millis_since(end).abs() <= timing::KERNEL_UNSURE_MS)
    };
    let processes = pasted::processes(&lines, ids);
    let mut others = lines.iter().zip(processes).filter(|(_, process)| *process == OfProcess::Other);
    others.any(|(line, _)| line.may_be_java() && at_the_end(line))
}

fn in_order(mut lines: Vec<StopTrace>, others: impl Iterator<Item = StopTrace>) -> Vec<StopTrace> {
    lines.extend(others);
    lines.sort_by_key(|trace| trace.at);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs_of(pid: Option<u32>) -> ProcessIds {
        process_ids(pid, &[])
    }

    #[test]
    fn a_crash_file_carries_its_process() {
        assert_eq!(crash_pid("hs_err_pid4711.log"), Some(4711));
        assert_eq!(crash_pid("hs_err.log"), None);
    }

    #[test]
    fn a_crash_file_tells_when_its_process_crashed() {
        let time = |text: &str| time_of_crash(text, 8 * 3600).map(|at| at.to_string());
        let utc = "#\nHost: nacos-2\nTime: Fri Oct  2 03:11:09 2026 UTC elapsed time: 812331.114022 seconds (9d)\n";
        assert_eq!(time(utc).as_deref(), Some("2026-10-02T03:11:09.000Z"));
        let local = "time: Fri Oct  2 11:11:09 2026\ntimezone: CST\nelapsed time: 812331 seconds\n";
        assert_eq!(time(local).as_deref(), Some("2026-10-02T03:11:09.000Z"));
        for other in ["", "Time: ", "Time: today", "Time: Fri Oct 77 03:11:09 2026 UTC"] {
            assert_eq!(time(other), None, "{other}");
        }
    }

    #[test]
    fn a_crash_of_another_time_is_that_of_another_process() {
        let second = |second: i64| Timestamp::from_millis(second * 1000);
        let zone = home::Zone { offset_s: 0, derived: false };
        let runs = runs_of(Some(1));
        let process = Process { runs: &runs, zone, started: Some(second(10_000)), last: Some(second(20_000)) };
        for (at, may) in [(9_000, false), (12_000, false), (19_999, true), (20_002, true), (30_000, false)] {
            assert_eq!(process.may_have_crashed(second(at)), may, "{at}");
        }
        let unknown = Process { started: None, last: None, ..process };
        assert!(unknown.may_have_crashed(second(5)));
    }

    #[test]
    fn a_kernel_line_counts_for_its_own_process_in_local_time() {
        let pasted = "[Sun Nov 22 16:05:01 2026] Out of memory: Killed process 77 (java) total-vm:9kB, anon-rss:8kB\n\
                      [Sun Nov 22 16:05:02 2026] Out of memory: Killed process 78 (java) total-vm:9kB\n\
                      [Sun Nov 22 16:05:03 2026] Out of memory: Killed process 79 (mysqld) total-vm:9kB\n";
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().expect("a time");
        let own = kernel_traces(pasted, &runs_of(Some(77)), 8 * 3600, now, &[]);
        assert_eq!(own.len(), 1);
        assert_eq!(own[0].at.map(|at| at.to_string()).as_deref(), Some("2026-11-22T08:05:01.000Z"));
        assert_eq!(kernel_traces(pasted, &runs_of(None), 0, now, &[]).len(), 2, "any JVM, if its own id is not known");
        assert!(kernel_traces(pasted, &runs_of(Some(4711)), 0, now, &[]).is_empty(), "others on the same host");
        let contained = kernel_traces(pasted, &runs_of(Some(1)), 0, now, &[]);
        assert!(contained.len() == 2 && contained.iter().all(|trace| trace.unsure), "a container counts anew");
    }

    #[test]
    fn a_memory_cgroup_alone_is_no_container_with_ids_of_its_own() {
        let kill = |path: &str| {
            format!(
                "2026-11-28T23:03:22Z kernel: oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg={path},task=java,pid=5039,uid=0\n\
                 2026-11-28T23:03:22Z kernel: Memory cgroup out of memory: Killed process 5039 (java) total-vm:9kB\n"
            )
        };
        let now: Timestamp = "2026-11-28T23:03:30Z".parse().expect("a time");
        let said = |path: &str, own: u32| kernel_traces(&kill(path), &runs_of(Some(own)), 0, now, &[]);
        assert!(said("/system.slice/other.service", 4504).is_empty(), "another service of the host");
        let own = said("/system.slice/nacos.service", 5039);
        assert!(own.len() == 2 && !own.iter().any(|trace| trace.unsure), "{own:?}");
        let contained = said("/kubepods/burstable/pod1/abc", 4504);
        assert!(contained.len() == 2 && contained.iter().all(|trace| trace.unsure), "{contained:?}");
    }

    #[test]
    fn where_the_own_process_id_is_not_known_any_jvm_of_the_host_may_be_meant() {
        let pasted = "[Sun Nov 22 16:05:01 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n";
        let now: Timestamp = "2026-11-22T17:00:00Z".parse().expect("a time");
        let unsure = |runs: &ProcessIds| {
            kernel_traces(pasted, runs, 0, now, &[]).iter().map(|one| one.unsure).collect::<Vec<_>>()
        };
        assert_eq!(unsure(&runs_of(None)), [true]);
        assert_eq!(unsure(&runs_of(Some(4711))), [false]);
        // The banner of the last start is gone; its first line in the log tells the same.
        let logged = |pid: u32| process_ids(None, &[(now, 4000), (now, pid)]);
        assert_eq!(unsure(&logged(4711)), [false]);
        assert!(unsure(&logged(4712)).is_empty());
    }

    #[test]
    fn a_line_that_names_an_earlier_run_tells_of_that_one() {
        let pasted = "[Sun Nov 22 16:05:01 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n";
        let now: Timestamp = "2026-11-22T17:00:00Z".parse().expect("a time");
        let told = kernel_traces(pasted, &process_ids(Some(4800), &[(now, 4711), (now, 4800)]), 0, now, &[]);
        assert!(told.len() == 1 && told[0].of_earlier_run && !told[0].unsure, "{told:?}");
        let contained = kernel_traces(pasted, &process_ids(Some(7), &[(now, 7), (now, 7)]), 0, now, &[]);
        assert!(contained.len() == 1 && !contained[0].of_earlier_run, "every run in a container has the same id");
    }

    #[test]
    fn the_end_of_another_process_at_the_very_moment_excludes_nothing() {
        let pasted = "[Sun Nov 22 16:05:01 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n";
        let now: Timestamp = "2026-11-22T17:00:00Z".parse().expect("a time");
        let beside =
            |own: Option<u32>, end: &str| ends_beside(pasted, &runs_of(own), 0, now, end.parse().expect("a time"));
        assert!(beside(Some(5000), "2026-11-22T16:05:00Z"), "who knows which process 4711 is");
        assert!(!beside(Some(5000), "2026-11-22T15:00:00Z"), "it ended an hour before");
        assert!(!beside(Some(4711), "2026-11-22T16:05:00Z"), "it is its own, and used");
    }

    #[test]
    fn a_unit_that_is_another_says_nothing_of_this_node() {
        let pasted = "2026-11-22T15:25:58+0000 h systemd[1]: mysqld.service: Failed with result 'oom-kill'.\n\
                      2026-11-22T15:25:58+0000 h systemd[1]: nacos.service: Failed with result 'exit-code'.\n";
        let now: Timestamp = "2026-11-22T16:00:00Z".parse().expect("a time");
        let found = kernel_traces(pasted, &runs_of(None), 0, now, &[]);
        assert_eq!(found.iter().map(|trace| trace.signature.as_str()).collect::<Vec<_>>(), ["H03"]);
    }
}
