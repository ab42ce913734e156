//! Tells whether the files of a handed-in archive are still those that were kept.
//!
//! # Why
//! Disks lose files and power cuts shorten them. A log that is not there any more must not look like a node that wrote
//! none, so nothing of an archive is used as evidence before all of it was held against its hashes.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::domain::kept::{Damage, KeptFile};

use super::{FOLDERS, FileEntry, SourceError};

/// Most files whose hash is remembered.
const MAX_REMEMBERED: usize = 100_000;

/// What was kept of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Its files; empty if an older program did not note them.
    pub files: Vec<KeptFile>,
    /// The files were removed on purpose.
    pub dropped: bool,
}

impl Kept {
    /// What is wrong with the files below `home`, by path. With `look_only`, files are hashed only if that was done before.
    #[must_use]
    pub fn damage(&self, home: &Path, look_only: bool) -> Vec<(String, Damage)> {
        if self.dropped {
            return vec![(String::new(), Damage::Dropped)];
        }
        if self.files.is_empty() {
            return if holds_something(home) { Vec::new() } else { vec![(".".to_owned(), Damage::Missing)] };
        }
        let found = self.files.iter().map(|file| (file, damage_of(home, file, look_only)));
        found.filter_map(|(file, damage)| Some((file.path.clone(), damage?))).collect()
    }

    /// Refuses if anything is wrong with the archive.
    ///
    /// # Errors
    /// Names the first file that is damaged.
    pub(super) fn check(&self, home: &Path) -> Result<(), SourceError> {
        match self.damage(home, false).into_iter().next() {
            Some((path, damage)) => Err(SourceError::Kept { path, damage }),
            None => Ok(()),
        }
    }

    /// Refuses if this file is not as it was kept.
    ///
    /// # Errors
    /// Names the file.
    pub(super) fn check_file(&self, home: &Path, path: &str) -> Result<(), SourceError> {
        let kept = |damage: Damage| SourceError::Kept { path: path.to_owned(), damage };
        if self.dropped {
            return Err(kept(Damage::Dropped));
        }
        match self.files.iter().find(|file| file.path == path) {
            Some(file) => damage_of(home, file, false).map_or(Ok(()), |damage| Err(kept(damage))),
            None if self.files.is_empty() => Ok(()),
            // Nobody handed that in.
            None => Err(SourceError::NotFound { path: path.to_owned() }),
        }
    }

    /// Leaves only what was handed in.
    pub(super) fn retain(&self, entries: &mut Vec<FileEntry>) {
        if self.files.is_empty() {
            return;
        }
        let known: HashSet<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        entries.retain(|entry| known.contains(entry.path.as_str()));
    }
}

fn damage_of(home: &Path, kept: &KeptFile, look_only: bool) -> Option<Damage> {
    let at = home.join(&kept.path);
    let Ok(file) = File::open(&at) else { return Some(Damage::Missing) };
    let Some(stamp) = Stamp::of(&file) else { return Some(Damage::Missing) };
    if stamp.size != kept.size_bytes {
        return Some(Damage::Differs);
    }
    let known = remembered().get(&at).filter(|(known, _)| *known == stamp).map(|(_, sha256)| sha256.clone());
    let sha256 = match known {
        Some(sha256) => sha256,
        None if look_only => return None,
        None => {
            // One at a time: several checks want the same files at the same moment.
            static HASHING: Mutex<()> = Mutex::new(());
            let _one = HASHING.lock().unwrap_or_else(PoisonError::into_inner);
            let known = remembered().get(&at).filter(|(known, _)| *known == stamp).map(|(_, sha256)| sha256.clone());
            match known.map_or_else(|| hash_file(&file), Ok) {
                Ok(sha256) => {
                    note(&at, stamp, &sha256);
                    sha256
                }
                Err(_) => return Some(Damage::Missing),
            }
        }
    };
    (sha256 != kept.sha256).then_some(Damage::Differs)
}

/// An archive of an older program: at least one file with something in it must be there.
fn holds_something(home: &Path) -> bool {
    FOLDERS.iter().any(|folder| {
        let entries = home.join(folder).read_dir().into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.metadata().is_ok_and(|meta| meta.is_file() && meta.len() > 0))
    })
}

/// Tells one state of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &File) -> Option<Self> {
        let meta = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let changed = (meta.ctime(), meta.ctime_nsec());
        Some(Self { device: meta.dev(), inode: meta.ino(), size: meta.len(), changed })
    }
}

type Remembered = HashMap<PathBuf, (Stamp, String)>;

/// Hashes of files that have not changed since; reading hundreds of megabytes for every page would be too much.
fn remembered() -> std::sync::MutexGuard<'static, Remembered> {
    static REMEMBERED: std::sync::LazyLock<Mutex<Remembered>> = std::sync::LazyLock::new(Mutex::default);
    REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(at: &Path, stamp: Stamp, sha256: &str) {
    let mut remembered = remembered();
    if remembered.len() >= MAX_REMEMBERED {
        remembered.clear();
    }
    remembered.insert(at.to_path_buf(), (stamp, sha256.to_owned()));
}

/// Notes the hash of a file that was just written.
pub(super) fn remember(at: &Path, sha256: &str) {
    if let Some(stamp) = File::open(at).ok().as_ref().and_then(Stamp::of) {
        note(at, stamp, sha256);
    }
}

/// Hex SHA-256 of a whole file, wherever it was read to before.
pub(super) fn hash_file(file: &File) -> io::Result<String> {
    use std::io::Seek as _;
    let mut file = file;
    file.seek(io::SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(hash.finalize())),
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
