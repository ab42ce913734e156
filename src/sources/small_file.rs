//! Small files that a setting names: credentials, keys, known host keys, certificates.
//!
//! # Why
//! The name may come from anybody who edits a cluster, and nothing behind it may hold nodedown up or fill its memory. So
//! only regular files are read: a pipe would wait for a writer, `/dev/zero` never ends, and opening a device can do
//! something. What was opened is looked at again, reading stops at the limit, and it happens on a thread that may block:
//! the caller goes on when its wait is over. One file is read by one thread at a time, so a file system that hangs costs
//! one thread for each file and no more.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex as AsyncMutex;

use crate::domain::message::Message;

use super::files::{open_beneath, printable};

/// How long a small file may take, unless the caller has less time.
pub const WAIT: Duration = Duration::from_secs(1);

/// A small file that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}: {why}")]
pub struct NotRead {
    /// Its path, as it was given.
    pub file: String,
    /// Why not.
    pub why: WhyNot,
}

/// Why a small file was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WhyNot {
    /// There is none of that name.
    #[error("there is no such file")]
    NotFound,
    /// Permissions.
    #[error("the user that runs nodedown may not read it")]
    Denied,
    /// A folder, a pipe, a socket or a device.
    #[error("it is not a regular file")]
    NotRegular,
    /// Larger than such a file can be.
    #[error("it is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// It lies, maybe by a link, outside the folder that it must be in.
    #[error("it is not in {folder}")]
    Outside {
        /// The folder.
        folder: String,
    },
    /// The file system does not answer.
    #[error("it could not be read within {after_ms} ms")]
    TimedOut {
        /// Milliseconds waited.
        after_ms: u64,
    },
    /// Anything else.
    #[error("{error}")]
    Failed {
        /// The operating system's words.
        error: String,
    },
}

impl NotRead {
    fn of(path: &Path, why: WhyNot) -> Self {
        Self { file: printable(&path.display().to_string()), why }
    }

    /// The reason as a text for people.
    #[must_use]
    pub fn message(&self) -> Message {
        let message = |key: &str| Message::new(key).with("file", &self.file);
        match &self.why {
            WhyNot::NotFound => message("source-file-not-found"),
            WhyNot::Denied => message("source-file-denied"),
            WhyNot::NotRegular => message("source-file-not-regular"),
            WhyNot::TooLarge { limit_bytes } => message("source-file-too-large").with("limit", limit_bytes),
            WhyNot::Outside { folder } => message("source-file-outside").with("folder", folder),
            WhyNot::TimedOut { after_ms } => message("source-file-timeout").with("ms", after_ms),
            WhyNot::Failed { error } => message("source-file-failed").with("why", error),
        }
    }
}

/// Reads a regular file of at most `most_bytes`, wherever it lies; links are followed.
///
/// # Errors
/// Why it was not read, within `wait`.
pub async fn read(path: &Path, most_bytes: u64, wait: Duration) -> Result<Vec<u8>, NotRead> {
    let at = path.to_owned();
    off_thread(path, wait, move || read_now(&at, most_bytes)).await
}

/// The same on this thread, for as long as it takes.
///
/// # Errors
/// Why it was not read.
pub fn read_now(path: &Path, most_bytes: u64) -> Result<Vec<u8>, WhyNot> {
    check_regular(path)?;
    let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
    let file = File::options().read(true).custom_flags(i32::try_from(flags).unwrap_or_default()).open(path);
    read_open(file.map_err(|error| failed(&error))?, most_bytes)
}

/// The same for a file that lies in `folder` or below it: links are followed as long as they do not leave the folder.
///
/// # Errors
/// Why it was not read, within `wait`.
pub async fn read_below(folder: &Path, path: &Path, most_bytes: u64, wait: Duration) -> Result<Vec<u8>, NotRead> {
    let (root, at) = (folder.to_owned(), path.to_owned());
    off_thread(path, wait, move || {
        let outside = || WhyNot::Outside { folder: printable(&root.display().to_string()) };
        let target = at.canonicalize().map_err(|error| failed(&error))?;
        let real = root.canonicalize().map_err(|error| failed(&error))?;
        let below = target.strip_prefix(&real).map_err(|_| outside())?;
        check_regular(&target)?;
        read_open(open_beneath(&real, below).map_err(|error| failed(&error))?, most_bytes)
    })
    .await
}

/// Runs `work` on a thread that may block, one at a time for each path.
async fn off_thread(
    path: &Path,
    wait: Duration,
    work: impl FnOnce() -> Result<Vec<u8>, WhyNot> + Send + 'static,
) -> Result<Vec<u8>, NotRead> {
    let turn = turn_of(path);
    let read = async {
        // Held by the thread, not by this call: it may go on after the caller has gone.
        let turn = turn.lock_owned().await;
        let work = move || {
            let read = work();
            drop(turn);
            read
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(read) => read,
            Err(_) => Err(WhyNot::Failed { error: "reading broke off".to_owned() }),
        }
    };
    let after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let read = tokio::time::timeout(wait, read).await.unwrap_or(Err(WhyNot::TimedOut { after_ms }));
    read.map_err(|why| NotRead::of(path, why))
}

/// The one who holds it may read that file.
fn turn_of(path: &Path) -> Arc<AsyncMutex<()>> {
    static TURNS: LazyLock<Mutex<HashMap<PathBuf, Arc<AsyncMutex<()>>>>> = LazyLock::new(Mutex::default);
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    turns.retain(|_, turn| Arc::strong_count(turn) > 1);
    Arc::clone(turns.entry(path.to_owned()).or_default())
}

/// Before it is opened, because opening is what a device may act upon.
fn check_regular(path: &Path) -> Result<(), WhyNot> {
    let meta = std::fs::metadata(path).map_err(|error| failed(&error))?;
    if meta.is_file() { Ok(()) } else { Err(WhyNot::NotRegular) }
}

fn read_open(file: File, most_bytes: u64) -> Result<Vec<u8>, WhyNot> {
    // Another one may stand there since it was looked at.
    let meta = file.metadata().map_err(|error| failed(&error))?;
    if !meta.is_file() {
        return Err(WhyNot::NotRegular);
    }
    let too_large = || WhyNot::TooLarge { limit_bytes: most_bytes };
    if meta.len() > most_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // What grows meanwhile, or says nothing of its size as files of `/proc` do, is cut off as well.
    file.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > most_bytes { Err(too_large()) } else { Ok(bytes) }
}

fn failed(error: &io::Error) -> WhyNot {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => WhyNot::NotFound,
        io::ErrorKind::PermissionDenied => WhyNot::Denied,
        _ => WhyNot::Failed { error: printable(&error.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long, so that a busy machine does not end it; what would hang, hangs longer.
    const LONG: Duration = Duration::from_secs(60);

    fn pipe(path: &Path) {
        rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RWXU).expect("a pipe");
    }

    #[tokio::test]
    async fn only_regular_files_within_the_limit_are_read() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("good"), [b'a'; 4096]).expect("file");
        std::fs::write(at("large"), [b'a'; 4097]).expect("file");
        std::os::unix::fs::symlink(at("good"), at("link")).expect("link");
        pipe(&at("pipe"));
        std::os::unix::fs::symlink(at("pipe"), at("link to a pipe")).expect("link");
        let why = async |path: PathBuf| read(&path, 4096, LONG).await.map(|bytes| bytes.len()).map_err(|not| not.why);
        assert_eq!(why(at("good")).await, Ok(4096));
        assert_eq!(why(at("link")).await, Ok(4096));
        assert_eq!(why(at("large")).await, Err(WhyNot::TooLarge { limit_bytes: 4096 }));
        assert_eq!(why(at("none")).await, Err(WhyNot::NotFound));
        assert_eq!(why(at("good/below")).await, Err(WhyNot::NotFound));
        for not_regular in [at("pipe"), at("link to a pipe"), at(""), "/dev/zero".into(), "/dev/null".into()] {
            assert_eq!(why(not_regular.clone()).await, Err(WhyNot::NotRegular), "{}", not_regular.display());
        }
        // It says that it has no bytes, and has some.
        assert_eq!(why("/proc/self/mountinfo".into()).await.map(|_| ()), read_all("/proc/self/mountinfo", 4096));
    }

    /// What a file of `/proc` gives: these differ in size from machine to machine.
    fn read_all(path: &str, most: usize) -> Result<(), WhyNot> {
        let there = std::fs::read(path).expect("proc").len();
        if there > most { Err(WhyNot::TooLarge { limit_bytes: most as u64 }) } else { Ok(()) }
    }

    #[tokio::test]
    async fn links_may_lead_about_in_the_folder_and_not_out_of_it() {
        let folder = tempfile::tempdir().expect("folder");
        let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
        // As a mounted secret looks: the name is a link to a link to a folder.
        std::fs::create_dir_all(inside.join("..one")).expect("folder");
        std::fs::create_dir(&outside).expect("folder");
        std::fs::write(inside.join("..one/cred"), "a:b").expect("file");
        std::fs::write(outside.join("cred"), "c:d").expect("file");
        std::os::unix::fs::symlink("..one", inside.join("..data")).expect("link");
        std::os::unix::fs::symlink("..data/cred", inside.join("cred")).expect("link");
        std::os::unix::fs::symlink("../outside/cred", inside.join("out")).expect("link");
        std::os::unix::fs::symlink("../outside", inside.join("folder out")).expect("link");
        pipe(&inside.join("pipe"));
        let why = async |path: PathBuf| read_below(&inside, &path, 4096, LONG).await.map_err(|not| not.why);
        assert_eq!(why(inside.join("cred")).await, Ok(b"a:b".to_vec()));
        let out = Err(WhyNot::Outside { folder: inside.display().to_string() });
        for leaves in [inside.join("out"), inside.join("folder out/cred"), inside.join("../outside/cred")] {
            assert_eq!(why(leaves.clone()).await, out, "{}", leaves.display());
        }
        assert_eq!(why("/dev/zero".into()).await, out);
        assert_eq!(why(inside.join("pipe")).await, Err(WhyNot::NotRegular));
        assert_eq!(why(inside.clone()).await, Err(WhyNot::NotRegular));
    }

    #[tokio::test]
    async fn a_file_that_hangs_holds_one_thread_and_nobody_else() {
        let path = Path::new("/a file of a server that is gone");
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let hangs = move || wait.recv().map(|()| Vec::new()).map_err(|_| WhyNot::NotFound);
        let first = off_thread(path, Duration::from_millis(50), hangs).await.map_err(|not| not.why);
        assert_eq!(first, Err(WhyNot::TimedOut { after_ms: 50 }));
        let never = || panic!("the thread before still reads");
        let second = off_thread(path, Duration::from_millis(50), never).await.map_err(|not| not.why);
        assert_eq!(second, Err(WhyNot::TimedOut { after_ms: 50 }));
        let other = off_thread(Path::new("/another"), LONG, || Ok(b"x".to_vec())).await;
        assert_eq!(other, Ok(b"x".to_vec()));
        release.send(()).expect("it still reads");
        let third = off_thread(path, LONG, || Ok(b"y".to_vec())).await;
        assert_eq!(third, Ok(b"y".to_vec()));
    }
}
