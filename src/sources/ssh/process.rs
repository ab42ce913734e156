//! The node's process and the host's clock, read from `/proc` over SFTP.
//!
//! A SFTP session of its own: reading about a process that hangs in the kernel can hang as well, and must not hold up logs.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};

use crate::domain::observed::{NameBy, NameSeen, ProcessSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::NoSource;
use crate::sources::files::printable;
use crate::sources::proc::{self, ProcessFiles};
use crate::sources::{ClockSeen, SourceError, hosts};

use super::sftp::Sftp;

/// Most processes looked at.
const MAX_PROCESSES: usize = 50_000;

/// Processes looked at at once.
const AT_ONCE: usize = 40;

/// Longest command line.
const MAX_COMMAND: usize = 128 * 1024;

/// Longest of the other files; `/proc/stat` has a line for each processor.
const MAX_FILE: usize = 256 * 1024;

/// Words of the control groups that containers live in.
const CONTAINERS: [&str; 6] = ["docker", "kubepods", "containerd", "libpod", "crio", "lxc"];

/// Ticks of a second in `/proc`: the same on every Linux that Nacos runs on.
const TICKS: i64 = 100;

/// What one process is to the home.
enum Relation {
    Other,
    Ours,
    /// Some Nacos whose home cannot be compared with ours.
    Unclear(String),
    Hidden,
}

/// The process with this home, and what its threads do.
pub(super) async fn with_threads(sftp: &Sftp, home: &str, root: &str) -> Result<Option<ProcessSeen>, SourceError> {
    let Some(mut seen) = find(sftp, home, root).await? else { return Ok(None) };
    let at = format!("/proc/{}/task", seen.pid);
    // They are anybody's to look at; where they are not, or the process has just ended, nothing is known of them.
    let tasks = sftp.list(&at, proc::MAX_THREADS).await.unwrap_or_default();
    let threads: Vec<String> = stream::iter(tasks)
        .map(|task| {
            let path = format!("{at}/{}/stat", task.name);
            async move { text(sftp, &path).await.ok().flatten() }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|stat| async move { stat })
        .collect()
        .await;
    seen.blocked = proc::blocked(&threads);
    Ok(Some(seen))
}

/// Looks through `/proc/*/cmdline` for `-Dnacos.home=` with this home; `root` is the home with links resolved.
pub(super) async fn find(sftp: &Sftp, home: &str, root: &str) -> Result<Option<ProcessSeen>, SourceError> {
    let not_seen = || SourceError::Denied { why: "the process table is not seen by this login".to_owned() };
    let listed = match sftp.list("/proc", MAX_PROCESSES).await {
        Ok(listed) => listed,
        Err(SourceError::NotFound { .. } | SourceError::Denied { .. }) => return Err(not_seen()),
        Err(error) => return Err(error),
    };
    let pids: Vec<u32> = listed.into_iter().filter_map(|entry| entry.name.parse().ok()).collect();
    let first_seen = pids.contains(&1);
    let mut looks = stream::iter(pids)
        .map(|pid| async move { relation(sftp, pid, home, root).await.map(|relation| (pid, relation)) })
        .buffer_unordered(AT_ONCE);
    let (mut ours, mut unclear, mut hidden) = (Vec::new(), None, false);
    while let Some(look) = looks.next().await {
        match look? {
            (pid, Relation::Ours) => ours.push(pid),
            (_, Relation::Unclear(other)) => unclear = Some(other),
            (_, Relation::Hidden) => hidden = true,
            (_, Relation::Other) => {}
        }
    }
    drop(looks);
    // A wrapper may carry the same argument; the JVM is the last one started.
    ours.sort_unstable();
    for pid in ours.into_iter().rev() {
        if let Some(seen) = describe(sftp, pid).await? {
            return Ok(Some(seen));
        }
    }
    if let Some(other) = unclear {
        return Err(SourceError::Denied {
            why: format!(
                "a Nacos with the home {} runs there in a container; whether it is this one cannot be told",
                printable(&other)
            ),
        });
    }
    if hidden || !first_seen {
        return Err(not_seen());
    }
    Ok(None)
}

/// The environment of that process, as it was started.
pub(super) async fn environment(sftp: &Sftp, home: &str, root: &str) -> Result<BTreeMap<String, String>, SourceError> {
    let none = || SourceError::NotConfigured { what: NoSource::Environment };
    let process = find(sftp, home, root).await?.ok_or_else(none)?;
    let bytes = sftp.small(&format!("/proc/{}/environ", process.pid), MAX_COMMAND).await?;
    Ok(proc::environment(&bytes))
}

async fn relation(sftp: &Sftp, pid: u32, home: &str, root: &str) -> Result<Relation, SourceError> {
    let line = match sftp.small(&format!("/proc/{pid}/cmdline"), MAX_COMMAND).await {
        Ok(line) => line,
        Err(SourceError::Denied { .. }) => return Ok(Relation::Hidden),
        // It ended in between.
        Err(SourceError::NotFound { .. } | SourceError::Protocol { .. }) => return Ok(Relation::Other),
        Err(error) => return Err(error),
    };
    let Some(given) = proc::home_argument(&line) else { return Ok(Relation::Other) };
    let given = String::from_utf8_lossy(given).into_owned();
    // Where that process has another root, the same words are another folder.
    let contained = match sftp.read_link(&format!("/proc/{pid}/root")).await {
        Ok(its_root) => its_root != "/",
        // Only its owner may look; the name has to do.
        Err(SourceError::Denied { .. } | SourceError::NotFound { .. } | SourceError::Protocol { .. }) => false,
        Err(error) => return Err(error),
    };
    if given == home || given == root {
        return Ok(Relation::Ours);
    }
    if !contained && sftp.real_path(&given).await.is_ok_and(|real| real == root) {
        return Ok(Relation::Ours);
    }
    // A path that this login does not see as a folder stands for something in a container.
    let seen_here = sftp.stat(&given).await.is_ok();
    Ok(if contained || !seen_here { Relation::Unclear(given) } else { Relation::Other })
}

async fn describe(sftp: &Sftp, pid: u32) -> Result<Option<ProcessSeen>, SourceError> {
    let at = format!("/proc/{pid}");
    let Some(stat) = text(sftp, &format!("{at}/stat")).await? else { return Ok(None) };
    let files = ProcessFiles {
        stat,
        status: text(sftp, &format!("{at}/status")).await?.unwrap_or_default(),
        limits: text(sftp, &format!("{at}/limits")).await?.unwrap_or_default(),
        command_line: sftp.small(&format!("{at}/cmdline"), MAX_COMMAND).await.unwrap_or_default(),
        // Only its owner may count them.
        open_files: sftp.list(&format!("{at}/fd"), 2_000_000).await.ok().map(|entries| entries.len() as u64),
        threads: Vec::new(),
    };
    let boot_s = text(sftp, "/proc/stat").await?.as_deref().and_then(proc::boot_seconds);
    Ok(Some(proc::describe(pid, &files, boot_s, TICKS)))
}

/// Names by the `hosts` file of the process with this home: that of its container, if it is in one.
pub(super) async fn names(sftp: &Sftp, home: &str, root: &str, names: &[String]) -> Result<Vec<NameSeen>, SourceError> {
    let unknown = || SourceError::NotConfigured { what: NoSource::Names };
    let pid = find(sftp, home, root).await?.ok_or_else(unknown)?.pid;
    let own = match text(sftp, &format!("/proc/{pid}/root/etc/hosts")).await? {
        Some(own) => own,
        // Only the owner of the process may look through its root. One outside of any container has the host's.
        None => {
            let groups = text(sftp, &format!("/proc/{pid}/cgroup")).await?.ok_or_else(unknown)?;
            if CONTAINERS.iter().any(|word| groups.contains(word)) {
                return Err(unknown());
            }
            text(sftp, "/etc/hosts").await?.ok_or_else(unknown)?
        }
    };
    let seen = names.iter().map(|name| (name, hosts::addresses(&own, name)));
    let seen = seen.filter(|(_, addresses)| !addresses.is_empty());
    Ok(seen.map(|(name, addresses)| NameSeen { name: name.clone(), addresses, by: NameBy::Hosts }).collect())
}

/// A file as text; `None` if it is not there or not to be read.
async fn text(sftp: &Sftp, path: &str) -> Result<Option<String>, SourceError> {
    match sftp.small(path, MAX_FILE).await {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(SourceError::Denied { .. } | SourceError::NotFound { .. } | SourceError::Protocol { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the host's clock shows: the time it started, which the kernel gives in whole seconds, and how long it has been up.
pub(super) async fn clock(sftp: &Sftp) -> Result<ClockSeen, SourceError> {
    let unreadable =
        || SourceError::Denied { why: "/proc/uptime and /proc/stat are not seen by this login".to_owned() };
    let boot_s = text(sftp, "/proc/stat").await?.as_deref().and_then(proc::boot_seconds).ok_or_else(unreadable)?;
    let up_ms = text(sftp, "/proc/uptime").await?.as_deref().and_then(proc::uptime_ms).ok_or_else(unreadable)?;
    // The fraction of the second that was cut off lies between nothing and a second.
    let at = boot_s.checked_mul(1000).and_then(|boot| boot.checked_add(up_ms + 500)).ok_or_else(unreadable)?;
    Ok(ClockSeen { at: Timestamp::from_millis(at), uncertain_ms: 510 })
}
