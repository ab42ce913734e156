//! Whether anything can be saved, what takes the space of the data folder, and how soon it is known that it changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{Mutex, watch as channel};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Commands, Result, sessions};
use crate::store::Trouble;

/// Between two attempts to write while nothing can be saved.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Between two looks at the space, and two marks, while all is well.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Between two counts of what takes the space: it reads every name below the data folder.
const COUNT_AGAIN: Duration = Duration::from_secs(60);
/// A disk is low when less than this share of it is free …
const LOW_SHARE: u64 = 10;
/// … and less than this.
const LOW_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// How old the answer of [`can_write`] may be.
const ANSWER_HOLDS: Duration = Duration::from_secs(5);
/// How long [`can_write`] waits: a probe gives up soon after.
const WRITE_LIMIT: Duration = Duration::from_secs(2);
/// Most files that are counted.
const MOST_FILES: usize = 200_000;

/// Room on the disk of the data folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// Of the whole file system.
    pub total_bytes: u64,
    /// That this user may fill.
    pub free_bytes: u64,
    /// What takes the rest, counted while the room is low or gone; empty otherwise.
    pub parts: Vec<Part>,
}

/// Something that takes space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// `database`, `uploads`, `incoming`, `backups`, `others`.
    pub what: &'static str,
    /// How much.
    pub size_bytes: u64,
}

impl Space {
    /// Whether it runs low.
    #[must_use]
    pub const fn is_low(&self) -> bool {
        self.free_bytes < LOW_BYTES && self.free_bytes < self.total_bytes / LOW_SHARE
    }
}

/// What is known of the disk.
pub(super) struct Disk {
    space: channel::Sender<Space>,
    answer: Mutex<Option<(Instant, std::result::Result<(), String>)>>,
}

impl Default for Disk {
    fn default() -> Self {
        Self { space: channel::Sender::new(Space::default()), answer: Mutex::default() }
    }
}

/// The newest look at the room; all zeros before the first.
#[must_use]
pub fn space(commands: &Commands) -> Space {
    commands.0.disk.space.borrow().clone()
}

/// Whether a write works: really written, at most once in five seconds, however many ask.
///
/// # Errors
/// Why not, in English.
pub async fn can_write(commands: &Commands) -> std::result::Result<(), String> {
    let mut answer = commands.0.disk.answer.lock().await;
    if let Some((at, known)) = &*answer
        && at.elapsed() < ANSWER_HOLDS
    {
        return known.clone();
    }
    let known = match tokio::time::timeout(WRITE_LIMIT, write(commands)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("a write did not end within {} s", WRITE_LIMIT.as_secs())),
    };
    *answer = Some((Instant::now(), known.clone()));
    known
}

/// For the background: marks how far the database goes, looks at the room, warns before it is gone, and finds out when
/// writing works again.
pub async fn watch(commands: Commands, stopping: CancellationToken) {
    let mut trouble = commands.health().subscribe();
    let mut counted: Option<Instant> = None;
    loop {
        let in_trouble = trouble.borrow_and_update().is_some();
        look(&commands, in_trouble, &mut counted).await;
        // What was held meanwhile is written by the task that finds that it can be.
        if in_trouble && write(&commands).await.is_err() {
            tracing::debug!("still nothing can be saved");
        } else if let Err(error) = sessions::settle(&commands).await {
            tracing::error!(error = %error, "sessions still wait in memory");
        }
        let store = commands.0.store.clone();
        // It waits for the disk; what it has to say is in the log.
        let _ = tokio::task::spawn_blocking(move || store.write_mark()).await;
        let pause = if commands.health().trouble().is_some() { TRY_AGAIN } else { LOOK_AGAIN };
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = trouble.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// The smallest change there is: the number of the commit.
async fn write(commands: &Commands) -> Result<()> {
    let tx = commands.begin().await?;
    tx.commit().await?;
    Ok(())
}

async fn look(commands: &Commands, in_trouble: bool, counted: &mut Option<Instant>) {
    let Ok(stat) = rustix::fs::statvfs(commands.data_dir()) else { return };
    let mut space = Space {
        total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        parts: Vec::new(),
    };
    let used = stat.f_blocks.saturating_sub(stat.f_bfree).saturating_mul(stat.f_frsize);
    let (before, low) = (self::space(commands), space.is_low());
    if low && !before.is_low() {
        tracing::warn!(
            disk.free_bytes = space.free_bytes,
            disk.total_bytes = space.total_bytes,
            "the disk of the data folder {} runs low: when it is full, nothing can be saved",
            commands.data_dir().display()
        );
    }
    if low || in_trouble {
        space.parts = before.parts;
        if space.parts.is_empty() || counted.is_none_or(|at| at.elapsed() > COUNT_AGAIN) {
            let folder = commands.data_dir().to_owned();
            space.parts = tokio::task::spawn_blocking(move || parts(&folder, used)).await.unwrap_or_default();
            *counted = Some(Instant::now());
        }
    }
    commands.0.disk.space.send_replace(space);
}

/// What takes the space, our own parts first.
fn parts(data_dir: &Path, used_bytes: u64) -> Vec<Part> {
    let file = |name: &str| std::fs::metadata(data_dir.join(name)).map_or(0, |file| file.len());
    let database = ["nodedown.db", "nodedown.db-wal", "nodedown.db-shm"].into_iter().map(file).sum();
    let mut parts = vec![Part { what: "database", size_bytes: database }];
    for (what, folder) in [("uploads", "handed-in"), ("incoming", "incoming"), ("backups", "backups")] {
        parts.push(Part { what, size_bytes: below(data_dir.join(folder)) });
    }
    let ours: u64 = parts.iter().map(|part| part.size_bytes).sum();
    parts.push(Part { what: "others", size_bytes: used_bytes.saturating_sub(ours) });
    parts
}

/// Bytes of all files below a folder; links are not followed.
fn below(folder: PathBuf) -> u64 {
    let (mut bytes, mut files, mut folders) = (0_u64, 0, vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            files += 1;
            let Ok(found) = entry.metadata() else { continue };
            if found.is_dir() {
                folders.push(entry.path());
            } else {
                bytes = bytes.saturating_add(found.len());
            }
            if files >= MOST_FILES {
                return bytes;
            }
        }
    }
    bytes
}

/// Why a file could not be written, where that is the disk.
#[must_use]
pub fn trouble_of(error: &std::io::Error) -> Option<Trouble> {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Some(Trouble::Full),
        std::io::ErrorKind::ReadOnlyFilesystem => Some(Trouble::ReadOnly),
        _ if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => Some(Trouble::Io),
        _ => None,
    }
}
