//! What the files of `/proc` say, wherever they were read.

use std::collections::BTreeMap;

use crate::domain::observed::ProcessSeen;
use crate::domain::time::Timestamp;

use super::redact;

/// Most threads looked at.
pub(super) const MAX_THREADS: usize = 4096;

/// Bytes kept of one argument.
const MAX_ARGUMENT: usize = 4096;

/// The files of one process, as read; empty where not readable.
#[derive(Clone, Debug, Default)]
pub(super) struct ProcessFiles {
    /// `stat`.
    pub stat: String,
    /// `status`.
    pub status: String,
    /// `limits`.
    pub limits: String,
    /// `cmdline`.
    pub command_line: Vec<u8>,
    /// Entries of `fd`.
    pub open_files: Option<u64>,
    /// `task/*/stat`, of the threads that could be read.
    pub threads: Vec<String>,
}

/// `-Dnacos.home=` of a command line.
pub(super) fn home_argument(command_line: &[u8]) -> Option<&[u8]> {
    command_line.split(|byte| *byte == 0).find_map(|argument| argument.strip_prefix(b"-Dnacos.home="))
}

/// `NAME=value` between NUL bytes.
pub(super) fn environment(bytes: &[u8]) -> BTreeMap<String, String> {
    bytes
        .split(|byte| *byte == 0)
        .filter_map(|entry| {
            let text = String::from_utf8_lossy(entry);
            let (name, value) = text.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// When the machine started, seconds since 1970, from `/proc/stat`.
pub(super) fn boot_seconds(stat: &str) -> Option<i64> {
    stat.lines().find_map(|line| line.strip_prefix("btime ")).and_then(|value| value.trim().parse().ok())
}

/// Seconds since the machine started, from `/proc/uptime`, in milliseconds.
pub(super) fn uptime_ms(uptime: &str) -> Option<i64> {
    let first = uptime.split_whitespace().next()?;
    let (seconds, hundredths) = first.split_once('.')?;
    let hundredths = hundredths.get(..2)?.parse::<i64>().ok()?;
    Some(seconds.parse::<i64>().ok()?.checked_mul(1000)? + hundredths * 10)
}

/// The state in a `stat`: the name in brackets may hold anything, so it is the first field after the last bracket.
fn state(stat: &str) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().next()
}

/// How many threads wait in the kernel, of how many, by the `stat` of each; `None` if none was read.
pub(super) fn blocked(threads: &[String]) -> Option<(u64, u64)> {
    let blocked = threads.iter().filter(|stat| state(stat) == Some("D")).count();
    (!threads.is_empty()).then_some((blocked as u64, threads.len() as u64))
}

/// The facts of a process.
pub(super) fn describe(pid: u32, files: &ProcessFiles, boot_s: Option<i64>, per_second: i64) -> ProcessSeen {
    // Fields count from the last bracket: state is the first, start time the twentieth.
    let fields: Vec<&str> =
        files.stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = fields.get(19).and_then(|field| field.parse::<i64>().ok());
    let started_at = ticks.zip(boot_s).and_then(|(ticks, boot_s)| {
        let since_boot = ticks.checked_mul(1000)? / per_second.max(1);
        Some(Timestamp::from_millis(boot_s.checked_mul(1000)?.checked_add(since_boot)?))
    });
    let resident_bytes = files.status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    });
    let limit = files
        .limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse::<u64>().ok());
    let command: Vec<String> = files
        .command_line
        .split(|byte| *byte == 0)
        .filter(|argument| !argument.is_empty())
        .map(|argument| String::from_utf8_lossy(argument).chars().take(MAX_ARGUMENT).collect())
        .collect();
    ProcessSeen {
        pid,
        state: state(&files.stat).unwrap_or_default().into(),
        started_at,
        command: redact::command(&command),
        resident_bytes,
        files: files.open_files.zip(limit),
        blocked: blocked(&files.threads),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_from_its_files() {
        let fields: Vec<String> = (1..=18).map(|n| n.to_string()).collect();
        let files = ProcessFiles {
            stat: format!("42 (ja) va) T {} 12345 7 8\n", fields.join(" ")),
            status: "Name:\tjava\nVmRSS:\t  2048 kB\n".to_owned(),
            limits: "Limit  Soft Limit  Hard Limit Units\nMax open files            1024    4096   files\n".to_owned(),
            command_line: b"java\0-Dnacos.home=/opt/nacos\0--password\0geheim\0".to_vec(),
            open_files: Some(70),
            threads: vec!["42 (java) S 1".to_owned(), "43 (a) D b) D 1".to_owned(), "44 (x D) S 1".to_owned()],
        };
        let seen = describe(42, &files, Some(1_700_000_000), 100);
        assert_eq!((seen.pid, seen.state.as_str(), seen.resident_bytes), (42, "T", Some(2 << 20)));
        assert_eq!(seen.started_at, Some(Timestamp::from_millis(1_700_000_123_450)));
        assert_eq!((seen.files, seen.blocked), (Some((70, 1024)), Some((1, 3))));
        assert!(!seen.command.join(" ").contains("geheim"));
        assert_eq!(home_argument(&files.command_line), Some(b"/opt/nacos".as_slice()));
        let nothing = describe(1, &ProcessFiles::default(), None, 0);
        assert_eq!((nothing.state.as_str(), nothing.started_at), ("", None));
    }

    #[test]
    fn times_of_the_machine() {
        assert_eq!(boot_seconds("cpu 1 2\nbtime 1700000000\nprocesses 5\n"), Some(1_700_000_000));
        assert_eq!(uptime_ms("18740.35 100.00\n"), Some(18_740_350));
        assert_eq!((boot_seconds(""), uptime_ms("x")), (None, None));
    }
}
