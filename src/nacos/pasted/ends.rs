//! Lines that tell how the process of a node ended, or what keeps it from starting: of the kernel, of systemd, of Kubernetes and
//! of Docker. May import its neighbours and `domain`. To add a shape: a line of [`SHAPES`], above those that it is a part of.

use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex, RegexSet};

use super::{LINES_LIMIT, MONTHS, kernel_stamp, stamp_without_year};
use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Stamp, parse_local};

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The out-of-memory killer ended it.
    OomKill,
    /// Kubernetes evicted it: its machine was low on memory.
    EvictedForMemory,
    /// It crashed in native code.
    Crash,
    /// It was ended by SIGKILL; the line does not say who sent it.
    Kill,
    /// It was ended by SIGTERM: somebody ordered it.
    Order,
    /// It ended by itself, and the line says how.
    Exit,
    /// What was to start it could not, and says why.
    NotStarted,
    /// What starts it has failed or given up; the line does not say why.
    GivenUp,
    /// It was started.
    Started,
    /// A file system takes no writes any more.
    ReadOnly,
    /// A disk fails.
    DiskError,
    /// A disk is full.
    NoSpace,
    /// Kubernetes evicted it: its machine was low on disk.
    EvictedForDisk,
    /// Kubernetes evicted it for another reason.
    Evicted,
    /// Kubernetes ended it because it did not answer a probe.
    Probe,
    /// Its machine was shut down.
    HostDown,
    /// Its machine came up.
    HostUp,
    /// Kubernetes does not hear from its machine.
    HostSilent,
}

/// Id, what it tells, shape. The first that matches wins. Groups: `unit` of systemd, `what` in the words of systemd, `pid`,
/// `name` of a process, `detail`.
const SHAPES: &[(&str, Told, &str)] = &[
    ("K02", Told::OomKill, r"Memory cgroup out of memory: Kill(?:ed)? process (?P<pid>\d+) \((?P<name>[^)]+)\)"),
    ("K01", Told::OomKill, r"Out of memory: Kill(?:ed)? process (?P<pid>\d+) \((?P<name>[^)]+)\)"),
    ("K03", Told::OomKill, r"oom-kill:constraint=(?P<detail>CONSTRAINT_\w+),.*task=(?P<name>[^,]+),pid=(?P<pid>\d+)"),
    (
        "K04",
        Told::OomKill,
        r"(?:(?P<unit>[\w@.-]+)\.service: )?A process of this unit has been killed by the OOM killer\.",
    ),
    ("K05", Told::OomKill, r"(?:(?P<unit>[\w@.-]+)\.service: )?Failed with result '(?P<detail>oom-kill)'"),
    ("K06", Told::OomKill, r#""?(?i:reason|oomkilled)"?:\s*"?(?P<detail>OOMKilled|true)\b"#),
    ("K06", Told::OomKill, r"^\S+\s+\d+/\d+\s+(?P<detail>OOMKilled)\b"),
    ("H01", Told::Crash, r"(?P<name>[^\s\[\]]+)\[(?P<pid>\d+)\]: segfault at"),
    (
        "H04",
        Told::Kill,
        r"(?:(?P<unit>[\w@.-]+)\.service: )?Main process exited, code=(?P<detail>killed, status=9/KILL|exited, status=137/\S+)",
    ),
    (
        "H07",
        Told::Order,
        r"(?:(?P<unit>[\w@.-]+)\.service: )?Main process exited, code=(?P<detail>killed, status=15/TERM|exited, status=143/\w+)",
    ),
    (
        "H08",
        Told::Crash,
        r"(?:(?P<unit>[\w@.-]+)\.service: )?Main process exited, code=(?P<detail>(?:dumped|killed), status=(?:6/ABRT|11/SEGV|7/BUS|4/ILL))",
    ),
    ("T01", Told::NotStarted, r"(?:(?P<unit>[\w@.-]+)\.service: )?(?P<detail>Failed at step \w+ spawning .+)"),
    (
        "T01",
        Told::NotStarted,
        r"(?P<unit>[\w@.-]+)\.service: (?P<detail>(?:Failed to (?:execute|load environment|set up|determine|run '|spawn|locate)|Unable to locate executable|Changing to the requested working directory failed|Start operation timed out|start operation timed out|Executable path is not absolute|Service has no ExecStart|bad unit file setting).*)",
    ),
    (
        "T01",
        Told::NotStarted,
        r"(?P<detail>(?:Job (?P<unit>[\w@.-]+)\.service/start failed with result '(?:dependency|timeout)'|Dependency failed for (?P<what>.+)|Unit (?P<what2>\S+) (?:is masked|not found|could not be found)).*)",
    ),
    (
        "T02",
        Told::GivenUp,
        r"(?:(?P<unit>[\w@.-]+)\.service: )?(?P<detail>Start request repeated too quickly|Failed with result 'start-limit-hit')",
    ),
    ("T02", Told::GivenUp, r"systemd\[\d+\]: (?P<detail>Failed to start (?P<what>.+))"),
    ("T00", Told::Started, r"systemd\[\d+\]: (?P<detail>Started (?P<what>.+))"),
    ("H02", Told::Exit, r"(?:(?P<unit>[\w@.-]+)\.service: )?Main process exited, code=(?P<detail>\w+, status=\S+)"),
    (
        "H03",
        Told::Exit,
        r"(?:(?P<unit>[\w@.-]+)\.service: )?Failed with result '(?P<detail>signal|exit-code|timeout|core-dump)'",
    ),
    (
        "H05",
        Told::Kill,
        r"^\s*(?:\S+: (?:line \d+|行 ?\d+):?\s+(?P<pid>\d+)\s+)?(?:Killed|已杀死)(?:: 9)?(?:\s*$|\s{2,}\S)",
    ),
    // Exit codes as kubectl and docker show them.
    ("H06", Told::Kill, r#"(?i)(?:"?exit ?code"?:\s*|\bexited \()(?P<detail>137)\b"#),
    ("H07", Told::Order, r#"(?i)(?:"?exit ?code"?:\s*|\bexited \()(?P<detail>143)\b"#),
    ("H08", Told::Crash, r#"(?i)(?:"?exit ?code"?:\s*|\bexited \()(?P<detail>134|139)\b"#),
    ("H09", Told::Exit, r#"(?i)(?:"?exit ?code"?:\s*|\bexited \()(?P<detail>[1-9]\d{0,2})\b"#),
    // Kubernetes.
    (
        "E01",
        Told::EvictedForDisk,
        r"(?P<detail>(?:The node was )?low on resource: (?:ephemeral-storage|nodefs|imagefs).*|(?:The node had )?condition: \[?DiskPressure.*|(?:Pod |Container )?ephemeral local storage usage exceeds.*|Usage of EmptyDir volume .+ exceeds.*)",
    ),
    (
        "K07",
        Told::EvictedForMemory,
        r"(?P<detail>(?:The node was )?low on resource: memory.*|(?:The node had )?condition: \[?MemoryPressure.*)",
    ),
    (
        "E02",
        Told::Evicted,
        r"(?P<detail>(?:The node was )?low on resource: .*|(?:The node had )?condition: \[.*|\bPreempted by .*|\bEvicted\b.*)",
    ),
    ("P01", Told::Probe, r"(?P<detail>(?:Container \S+ )?failed (?:liveness|startup) probe, will be .*)"),
    (
        "T03",
        Told::NotStarted,
        r"(?P<detail>Failed to pull image .*|Back-off pulling image .*|Failed to inspect image .*|MountVolume\.\S+ failed.*|Unable to attach or mount volumes.*|AttachVolume\.\S+ failed.*|Multi-Attach error.*|\d+/\d+ nodes are available: .*|OCI runtime create failed.*|failed to create (?:containerd|shim) task.*)",
    ),
    (
        "T03",
        Told::NotStarted,
        r"\b(?P<detail>ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CreateContainerError|RunContainerError|ContainerCannotRun|FailedMount|FailedAttachVolume|FailedScheduling)\b",
    ),
    (
        "T02",
        Told::GivenUp,
        r"(?P<detail>Back-off restarting failed container.*|\bCrashLoopBackOff\b|Restarting \(\d+\).*)",
    ),
    ("T00", Told::Started, r"\bStarted container (?P<detail>\S+)"),
    (
        "V01",
        Told::HostSilent,
        r"(?P<detail>\bNodeNotReady\b.*|Node is not ready|Kubelet stopped posting node status.*|status is now: NodeNotReady)",
    ),
    ("V01", Told::HostSilent, r"^(?P<detail>\S+\s+NotReady(?:,\S+)?\s+\S+\s+\d+[smhd]\S*\s+v\d.*)"),
    // Machines.
    (
        "R01",
        Told::HostDown,
        r"^shutdown\s+system down|systemd-logind\[\d+\]: (?:System is (?:rebooting|powering down|halting)|The system will (?:reboot|power off))|systemd\[1\]: (?:Shutting down\.|Reached target .*(?:[Rr]eboot|[Pp]ower[- ]?[Oo]ff|[Ss]hutdown|[Hh]alt))|systemd-shutdown\[1\]: |Kernel panic - not syncing",
    ),
    ("R02", Told::HostUp, r"^reboot\s+system boot|(?:kernel: |\] |^)(?:\[ *[\d.]+\] )?Linux version \d"),
    // Disks, as the kernel tells of them.
    (
        "D01",
        Told::ReadOnly,
        r"(?P<detail>(?:EXT[234]|XFS|BTRFS|F2FS|JBD2|Aborting journal)\b.*(?i:remounting filesystem read-only|detected aborted journal|journal has aborted|on device|shutting down filesystem|shut(?:ting)? down filesystem|filesystem has been shut down|forced readonly|metadata I/O error|log I/O error|\berror \(device).*)",
    ),
    (
        "D02",
        Told::DiskError,
        r"(?P<detail>(?:I/O error,? (?:on )?dev(?:ice)?|critical (?:medium|target|space allocation) error, dev|Buffer I/O error on dev(?:ice)?) (?:sd|vd|xvd|nvme|dm-|md|hd|mmcblk|dasd|drbd|rbd)\S*.*)",
    ),
    ("D03", Told::NoSpace, r"(?P<detail>\b[Nn]o space left on device|设备上没有空间)"),
];

/// Words of a line that name a container: the process ids that the kernel names are then those of the host. A memory cgroup by
/// itself is none: systemd limits the services of a host by one, and they have the ids of the host.
const OF_CONTAINERS: [&str; 6] = ["kubepods", "docker", "containerd", "libpod", "crio-", "/lxc"];

/// True if lines with that id, as a trace stores it, tell that.
#[must_use]
pub fn tells(id: &str, what: Told) -> bool {
    SHAPES.iter().any(|(known, told, _)| *known == id && *told == what)
}

/// One line of the kernel, of a supervisor or of a machine's history that tells of an end or of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelLine {
    /// `K…`: ended because memory ran out. `H…`: how it ended. `T…`: a start. `E…`: evicted. `P…`: by a probe. `R…` and `V…`: its
    /// machine. `D…`: a disk.
    pub id: &'static str,
    /// When, where the line tells it with a date or an age.
    pub stamp: Option<Stamp>,
    /// The stamp names no year, so that it is the last such day; or the line tells an age.
    pub rough: bool,
    /// Unit of systemd that it is about, without `.service`.
    pub unit: Option<String>,
    /// What it is about in the words of systemd.
    pub described: Option<String>,
    /// Pod or container that it is about.
    pub object: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
    /// Name of the process.
    pub process: Option<String>,
    /// What it says: a signal, an exit code, a verdict, a reason.
    pub detail: Option<String>,
    /// The line.
    pub text: String,
}

impl KernelLine {
    /// True if it tells that.
    #[must_use]
    pub fn tells(&self, what: Told) -> bool {
        tells(self.id, what)
    }

    /// True unless the line names a process that is not a JVM.
    #[must_use]
    pub fn may_be_java(&self) -> bool {
        self.process.as_deref().is_none_or(|name| name.contains("java"))
    }

    /// True if the process id that it names may be another one than the process has for itself.
    #[must_use]
    pub fn is_of_container(&self) -> bool {
        OF_CONTAINERS.iter().any(|word| self.text.contains(word))
    }
}

/// Reads `dmesg -T`, `journalctl`, `last -x`, `kubectl describe` and `get`, `docker inspect` and `docker ps -a`. `now`: no line
/// is later than a day after that; it tells the year of stamps without one, and what an age counts from.
#[must_use]
pub fn kernel_lines(text: &str, now: Timestamp) -> Vec<KernelLine> {
    let lines: Vec<&str> = text.lines().take(LINES_LIMIT).collect();
    let mut described: Option<&str> = None;
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        described = header(line).or(described);
        let Some((id, parts)) = first_shape(line) else { continue };
        let part = |name: &str| parts.name(name).map(|text| text.as_str().to_owned());
        let of_container = matches!(id, "K06" | "H06" | "H07" | "H08" | "H09");
        let dated = kernel_stamp(line).or_else(|| finished(&lines, at).filter(|_| of_container));
        let rough = || stamp_without_year(line, now).or_else(|| last_stamp(line, now)).or_else(|| aged(line, now));
        let unit = part("unit");
        let object = object_in(line).or_else(|| container_below(line, &lines[at..]));
        found.push(KernelLine {
            id,
            rough: dated.is_none(),
            stamp: dated.or_else(rough),
            described: part("what").or_else(|| part("what2")).filter(|_| unit.is_none()),
            object: object.or(described).filter(|_| unit.is_none()).map(str::to_owned),
            unit,
            pid: part("pid").and_then(|pid| pid.parse().ok()),
            process: part("name"),
            detail: part("detail"),
            text: line.trim().to_owned(),
        });
    }
    found
}

/// Id and parts of the first shape that the line has. Nearly every line has none, which one pass over it tells.
fn first_shape(line: &str) -> Option<(&'static str, Captures<'_>)> {
    static ANY: LazyLock<RegexSet> = LazyLock::new(|| {
        RegexSet::new(SHAPES.iter().map(|(_, _, shape)| shape)).expect("every shape is a regular expression")
    });
    static EACH: [OnceLock<Regex>; SHAPES.len()] = [const { OnceLock::new() }; SHAPES.len()];
    let first = ANY.matches(line).iter().next()?;
    let (id, _, shape) = SHAPES[first];
    let each = EACH[first].get_or_init(|| Regex::new(shape).expect("every shape is a regular expression"));
    Some((id, each.captures(line)?))
}

/// The name that begins the description of a pod.
fn header(line: &str) -> Option<&str> {
    line.strip_prefix("Name:").map(str::trim).filter(|name| !name.is_empty())
}

/// The pod or container that a line of a table is about.
fn object_in(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let Some(pod) = words.iter().find_map(|word| word.strip_prefix("pod/").or_else(|| word.strip_prefix("Pod/"))) {
        return Some(pod.trim_end_matches([':', ',']));
    }
    let is_ready = |word: &&str| {
        word.split_once('/').is_some_and(|(one, all)| one.parse::<u16>().is_ok() && all.parse::<u16>().is_ok())
    };
    match words.as_slice() {
        [name, ready, ..] if is_ready(ready) => Some(name),
        // `docker ps`: an id, an image, …, a name.
        [id, _, .., name] if id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => Some(name),
        _ => None,
    }
}

/// The container that a line of `docker inspect` is about, whose name stands below its state.
fn container_below<'t>(line: &str, below: &[&'t str]) -> Option<&'t str> {
    if !line.trim_start().starts_with('"') {
        return None;
    }
    let name = below.iter().find_map(|line| line.trim().strip_prefix("\"Name\": \"/"))?;
    name.split('"').next()
}

/// When a container ended, as it stands near its reason: `Finished: Sun, 22 Nov 2026 23:25:58 +0800`, `"FinishedAt": "…Z"`.
fn finished(lines: &[&str], at: usize) -> Option<Stamp> {
    const BELOW: usize = 8;
    const ABOVE: usize = 3;
    let end = |line: &&str| {
        let (name, value) = line.split_once(':')?;
        let is_end = matches!(name.trim().trim_matches('"'), "Finished" | "FinishedAt" | "finishedAt");
        is_end.then(|| value.trim().trim_matches([',', '"', ' ']).to_owned())
    };
    let below = lines[at..].iter().take(BELOW).find_map(end);
    let value = below.or_else(|| lines[at.saturating_sub(ABOVE)..at].iter().rev().find_map(end))?;
    let at = jiff::fmt::rfc2822::parse(&value).map(|at| at.timestamp()).or_else(|_| value.parse::<jiff::Timestamp>());
    at.ok().map(|at| Stamp::Absolute { at: Timestamp::from_millis(at.as_millisecond()), offset_s: 0 })
}

/// `reboot   system boot  5.15.0-91-generic Sun Nov 22 16:05 …` (local): `last` shows no year unless it is asked for one.
fn last_stamp(line: &str, now: Timestamp) -> Option<Stamp> {
    if !line.starts_with("reboot") && !line.starts_with("shutdown") {
        return None;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| MONTHS.contains(word))?;
    let [month, day, clock, rest @ ..] = &words[at..] else { return None };
    let clock = if clock.len() == 5 { format!("{clock}:00") } else { (*clock).to_owned() };
    let number = MONTHS.iter().position(|name| name == month)? + 1;
    match rest.first().and_then(|year| year.parse::<u16>().ok()).filter(|year| *year > 1970) {
        Some(year) => {
            let text = format!("{year}-{number:02}-{day:0>2} {clock},000");
            parse_local(text.as_bytes()).map(|(civil, _)| Stamp::Local(civil))
        }
        None => stamp_without_year(&format!("{month} {day} {clock}"), now),
    }
}

/// What a line that tells an age is about: `2m13s`, `3 minutes ago`.
fn aged(line: &str, now: Timestamp) -> Option<Stamp> {
    static AGES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            r"^\s*(?:Warning|Normal)\s+\w+\s+(?P<age>(?:\d+[smhd]){1,2})\b",
            r"^(?:\S+\s+)?(?P<age>(?:\d+[smhd]){1,2})\s+(?:Warning|Normal)\s",
            r"\((?P<age>(?:\d+[smhd]){1,2}) ago\)",
            // Beside when it was made, which stands before it.
            r"(?:Exited|Restarting) \(\d+\) (?:About |Less than )?(?P<count>\d+|an?) (?P<unit>second|minute|hour|day)s? ago",
        ]
        .into_iter()
        .filter_map(|shape| Regex::new(shape).ok())
        .collect()
    });
    let found = AGES.iter().find_map(|shape| shape.captures(line))?;
    let unit_ms = |unit: &str| match unit.chars().next() {
        Some('s') => 1000_i64,
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        _ => 86_400_000,
    };
    let age_ms = match found.name("age") {
        Some(age) => {
            let mut age_ms = 0_i64;
            let mut number = String::new();
            for char in age.as_str().chars() {
                if char.is_ascii_digit() {
                    number.push(char);
                } else {
                    let count: i64 = number.parse().ok()?;
                    age_ms = age_ms.checked_add(count.checked_mul(unit_ms(char.encode_utf8(&mut [0; 4])))?)?;
                    number.clear();
                }
            }
            age_ms
        }
        None => found["count"].parse::<i64>().unwrap_or(1).checked_mul(unit_ms(&found["unit"]))?,
    };
    Some(Stamp::Absolute { at: Timestamp::from_millis(now.as_millis().checked_sub(age_ms)?), offset_s: 0 })
}

#[cfg(test)]
mod tests;
