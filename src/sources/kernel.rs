//! The kernel log of this machine, as `/dev/kmsg` gives it: nothing is run for it, and reading it takes nothing away.
//!
//! A record reads `priority,sequence,microseconds,flags;text`, where the microseconds count from the start of the machine;
//! lines that begin with a space belong to it and are for programs.
//! Source: `Documentation/ABI/testing/dev-kmsg` of the kernel.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{SourceError, redact};
use crate::domain::time::Timestamp;

/// Records kept, the newest: as many as are read of another machine.
const KEPT: usize = 5000;

/// The kernel gives no longer record.
const RECORD: usize = 8192;

/// Records read in all: the log is a ring, and what is written meanwhile must not keep this busy for ever.
const MOST: usize = 500_000;

/// The newest lines, stamped in UTC and redacted. `device`: `/dev/kmsg`; `boot_s`: when the machine started, seconds since 1970.
///
/// # Errors
/// Denied, where the kernel keeps its log to itself (`kernel.dmesg_restrict`); not found.
pub(super) fn log(device: &Path, boot_s: i64) -> Result<String, SourceError> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let open = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(device);
    let mut file = open.map_err(|error| failed(device, &error))?;
    let mut lines = VecDeque::new();
    let mut record = [0; RECORD];
    for _ in 0..MOST {
        match file.read(&mut record) {
            Ok(0) => break,
            Ok(length) => lines.extend(line(&String::from_utf8_lossy(&record[..length]), boot_s)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // It was overwritten before it could be read, or a signal came: the next one follows.
            Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(failed(device, &error)),
        }
        if lines.len() > KEPT {
            lines.pop_front();
        }
    }
    let text: String = lines.into_iter().collect();
    Ok(redact::text(&text).into_owned())
}

fn failed(device: &Path, error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound { path: device.display().to_string() },
        _ => SourceError::Denied { why: format!("{}: {error}", device.display()) },
    }
}

/// A record as `journalctl -o short-iso` writes it; `None` if it is none.
fn line(record: &str, boot_s: i64) -> Option<String> {
    let (head, rest) = record.split_once(';')?;
    let micros: i64 = head.split(',').nth(2)?.parse().ok()?;
    let at = Timestamp::from_millis(boot_s.checked_mul(1000)?.checked_add(micros / 1000)?);
    let text: String = rest.lines().next()?.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    Some(format!("{at} kernel: {text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gets_the_time_of_day() {
        let record =
            "3,1179,82001042,-;Memory cgroup out of memory: Killed process 77 (java) total-vm:9kB\n SUBSYSTEM=x\n";
        let read = line(record, 1_795_363_000).expect("a line");
        let at = Timestamp::from_millis(1_795_363_082_001);
        assert_eq!(read, format!("{at} kernel: Memory cgroup out of memory: Killed process 77 (java) total-vm:9kB\n"));
        assert_eq!((line("no record", 0), line("1,2,x,-;text", 0)), (None, None));
    }

    #[test]
    fn a_log_that_cannot_be_read_says_why() {
        let folder = tempfile::tempdir().expect("folder");
        let gone = log(&folder.path().join("kmsg"), 0);
        assert!(matches!(gone, Err(SourceError::NotFound { .. })), "{gone:?}");
        let file = folder.path().join("one");
        std::fs::write(&file, "6,1,2000000,-;password=geheim and more\n").expect("file");
        let read = log(&file, 0).expect("a file ends");
        assert!(read.starts_with("1970-01-01T00:00:02") && !read.contains("geheim"), "{read}");
    }
}
