//! Backups of the data folder: made while the server runs, checked, put back. Also who holds the folder, and that nobody else
//! reads it. May import `domain`, `store`, `config`.
//!
//! # Why
//! - A backup is one file, a tar.gz: `nodedown.db` (a copy of one moment), the files that people handed in, and the other
//!   files of the data folder, which are keys without which the database says less. Its last entry, [`MANIFEST`], has
//!   the size and hash of every other; an archive without it is cut short.
//! - The folder of credentials is left out: a backup travels, and secrets of clusters need not travel with it.
//! - It is written under another name, brought to the disk and then renamed: what has the name is whole.
//! - Putting one back moves what was there aside. While that goes on, a file says so, and no server starts on half of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use crate::config::Keeping;
use crate::domain::time::Timestamp;
use crate::store::backup::{Copied, copy, to_migrate};
use crate::store::{MARK_FILE, NEW_MARK_FILE, Store};

/// Name of the last entry.
pub const MANIFEST: &str = "manifest.json";
/// The database, in the data folder and in a backup.
const DATABASE: &str = "nodedown.db";
/// Folder of automatic backups, below the data folder.
pub const FOLDER: &str = "backups";
/// Says that a restore is under way, or broke off.
const RESTORING: &str = "restoring";
/// How the names of folders begin that hold what a restore found.
const ASIDE: &str = "before-restore-";
/// Files of the data folder that are of this moment, or in a backup in another form.
const NOT_KEPT: [&str; 8] =
    ["lock", "setup-token", DATABASE, "nodedown.db-wal", "nodedown.db-shm", MARK_FILE, NEW_MARK_FILE, RESTORING];
/// What a restore leaves where it is.
const LEFT_ALONE: [&str; 4] = ["lock", FOLDER, "credentials", RESTORING];
/// Share of the disk that automatic backups leave free: one in so many parts.
const FREE_PART: u64 = 5;
/// Largest manifest that is read.
const MANIFEST_BYTES: u64 = 64 << 20;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Version of the schema of its database.
    pub schema: i64,
    /// Every file but the manifest, by path.
    pub files: BTreeMap<String, Entry>,
    /// Folders that the database names and that were not there any more.
    pub missing: Vec<String>,
    /// What of the data folder was left out on purpose.
    pub left_out: Vec<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Bytes.
    pub size_bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
}

/// How an automatic backup ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// It is there.
    Made(PathBuf),
    /// There is one already, or none is wanted.
    NotDue,
    /// It would have taken the last fifth of the disk.
    NoRoom {
        /// Bytes that it may need.
        needs_bytes: u64,
        /// Bytes free.
        free_bytes: u64,
    },
}

/// Holds the data folder for this process; it exists.
///
/// # Errors
/// Another process holds it, or a restore broke off.
pub fn hold(data_dir: &Path) -> anyhow::Result<File> {
    let named = || format!("could not use the data folder {}", data_dir.display());
    let lock = File::create(data_dir.join("lock")).with_context(named)?;
    lock.try_lock().map_err(|_| anyhow::anyhow!("{}: another nodedown is using it", named()))?;
    Ok(lock)
}

/// Refuses a folder in which a restore broke off.
///
/// # Errors
/// It did.
pub fn refuse_half_restored(data_dir: &Path) -> anyhow::Result<()> {
    ensure!(
        !data_dir.join(RESTORING).exists(),
        "a restore into {} broke off: run `nodedown restore FILE --force` again; what was there before is in {ASIDE}…",
        data_dir.display()
    );
    Ok(())
}

/// Closes what this process writes to everybody else, and the database as well. True: the folder is open to others.
pub fn make_private(data_dir: &Path) -> bool {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    for name in [DATABASE, "nodedown.db-wal", "nodedown.db-shm"] {
        let path = data_dir.join(name);
        if path.metadata().is_ok_and(|meta| meta.mode() & 0o077 != 0)
            && let Err(error) = fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
        {
            tracing::warn!(path = %path.display(), error = %error, "others can read this file, and it cannot be closed to them");
        }
    }
    data_dir.metadata().is_ok_and(|meta| meta.mode() & 0o077 != 0)
}

/// Makes a backup of `data_dir` in the new file `to`. The server may run.
///
/// # Errors
/// A sentence that says what could not be read or written; nothing is left of it then.
pub async fn create(data_dir: &Path, to: &Path, now: Timestamp) -> anyhow::Result<Manifest> {
    ensure!(!to.exists(), "{} is there already: name a new file", to.display());
    let database = data_dir.join(DATABASE);
    ensure!(database.is_file(), "{} holds no {DATABASE}", data_dir.display());
    let part = Scratch::beside(to, "part")?;
    let copied = Scratch::beside(to, "db")?;
    private_file(&copied.0).with_context(|| format!("could not write {}", copied.0.display()))?;
    let told = copy(&database, &copied.0).await.context("could not copy the database")?;
    let (data_dir, to) = (data_dir.to_owned(), to.to_owned());
    blocking(move || {
        let manifest = write(&data_dir, &copied.0, told, &part.0, now)
            .with_context(|| format!("could not write the backup {}", to.display()))?;
        fs::rename(&part.0, &to).and_then(|()| sync_folder(&folder_of(&to)))?;
        Ok(manifest)
    })
    .await
}

fn write(data_dir: &Path, database: &Path, told: Copied, part: &Path, now: Timestamp) -> anyhow::Result<Manifest> {
    let mut manifest = Manifest {
        format: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now,
        schema: told.schema,
        files: BTreeMap::new(),
        missing: Vec::new(),
        left_out: Vec::new(),
    };
    let out = private_file(part)?;
    let mut tar = tar::Builder::new(GzEncoder::new(io::BufWriter::new(out), Compression::fast()));
    manifest.files.insert(DATABASE.to_owned(), append(&mut tar, DATABASE, database)?);
    for entry in sorted(data_dir)? {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let meta = entry.symlink_metadata()?;
        if meta.is_file() && !NOT_KEPT.contains(&name.as_str()) && !name.ends_with(".part") && !name.starts_with('.') {
            manifest.files.insert(name.clone(), append(&mut tar, &name, &entry)?);
        } else if meta.is_dir() && !["handed-in", "incoming", FOLDER].contains(&name.as_str()) {
            manifest.left_out.push(name);
        }
    }
    for archive in told.archives {
        let root = data_dir.join(&archive);
        if !root.is_dir() {
            manifest.missing.push(archive);
            continue;
        }
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            for entry in sorted(&folder)? {
                if entry.symlink_metadata()?.is_dir() {
                    folders.push(entry);
                    continue;
                }
                let name = entry.strip_prefix(data_dir)?.to_str().context("a name that is not a text")?.to_owned();
                manifest.files.insert(name.clone(), append(&mut tar, &name, &entry)?);
            }
        }
    }
    let body = serde_json::to_vec_pretty(&manifest)?;
    let mut header = header(body.len() as u64);
    tar.append_data(&mut header, MANIFEST, &*body)?;
    let out = tar.into_inner()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    out.sync_all()?;
    Ok(manifest)
}

fn append(tar: &mut tar::Builder<impl Write>, name: &str, path: &Path) -> anyhow::Result<Entry> {
    let named = || format!("could not read {}", path.display());
    let file = File::open(path).with_context(named)?;
    let size_bytes = file.metadata().with_context(named)?.len();
    let mut from = Hashing { from: file.take(size_bytes), hash: Sha256::new(), bytes: 0 };
    tar.append_data(&mut header(size_bytes), name, &mut from).with_context(named)?;
    ensure!(from.bytes == size_bytes, "{} became shorter while it was read", path.display());
    Ok(Entry { size_bytes, sha256: hex::encode(from.hash.finalize()) })
}

fn header(size_bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size_bytes);
    header.set_mode(0o600);
    header
}

/// Reads a whole backup and says whether it can be put back: manifest, hashes, database, timelines, files of notes.
///
/// # Errors
/// What is wrong with it.
pub async fn verify(file: &Path) -> anyhow::Result<Manifest> {
    let name = format!("nodedown-verify-{}", hex::encode(random()?));
    let scratch = Scratch(std::env::temp_dir().join(name));
    fs::DirBuilder::new().mode(0o700).create(&scratch.0).context("could not make a folder to look into the backup")?;
    let (from, to) = (file.to_owned(), scratch.0.clone());
    let manifest = blocking(move || unpack(&from, &to, |name| name == DATABASE)).await?;
    let broken = "the backup is whole, but its database is not sound";
    let store = Store::open(&scratch.0).await.context(broken)?;
    let faults = store.read().faults().await.context(broken)?;
    let chain = store.read().first_broken_chain().await.context(broken)?;
    let attachment = store.read().first_broken_attachment().await.context(broken)?;
    store.close().await;
    ensure!(faults.is_empty(), "{broken}: {}", faults.join("; "));
    if let Some((incident, event)) = chain {
        bail!("{broken}: the timeline of incident {incident} was changed at event {event}");
    }
    if let Some(sha256) = attachment {
        bail!("{broken}: the file {sha256} of a note is missing or was changed");
    }
    Ok(manifest)
}

/// Unpacks the files that are `wanted` into `to` and holds everything against the manifest.
fn unpack(file: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Manifest> {
    let named = || format!("{} cannot be read: it is not a backup of nodedown, or cut short", file.display());
    let from = File::open(file).with_context(|| format!("could not read {}", file.display()))?;
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::with_capacity(1 << 16, from)));
    let (mut found, mut folders, mut manifest) = (BTreeMap::new(), BTreeSet::new(), None);
    for entry in tar.entries().with_context(named)? {
        let mut entry = entry.with_context(named)?;
        let path = entry.path().with_context(named)?.into_owned();
        ensure!(
            path.components().all(|part| matches!(part, Component::Normal(_))),
            "{}: a name in it is refused",
            named()
        );
        let name = path.to_str().with_context(named)?.to_owned();
        if name == MANIFEST {
            let mut body = Vec::new();
            (&mut entry).take(MANIFEST_BYTES).read_to_end(&mut body).with_context(named)?;
            manifest = Some(serde_json::from_slice::<Manifest>(&body).with_context(named)?);
            continue;
        }
        let mut content = Hashing { from: &mut entry, hash: Sha256::new(), bytes: 0 };
        if wanted(&name) {
            let at = to.join(&path);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder_of(&at))?;
            let mut out = private_file(&at).with_context(|| format!("could not write {}", at.display()))?;
            io::copy(&mut content, &mut out).with_context(named)?;
            out.sync_all()?;
            folders.extend(at.ancestors().skip(1).take_while(|folder| folder.starts_with(to)).map(Path::to_path_buf));
        } else {
            io::copy(&mut content, &mut io::sink()).with_context(named)?;
        }
        let entry = Entry { size_bytes: content.bytes, sha256: hex::encode(content.hash.finalize()) };
        found.insert(name, entry);
    }
    // Behind the last entry stands the sum of what was packed.
    io::copy(&mut tar.into_inner(), &mut io::sink()).with_context(named)?;
    folders.iter().rev().try_for_each(|folder| sync_folder(folder))?;
    let manifest = manifest.with_context(|| format!("{}: its manifest is missing", named()))?;
    ensure!(manifest.format == 1, "{} was made by a newer nodedown ({})", file.display(), manifest.program);
    for (name, entry) in &manifest.files {
        ensure!(found.get(name) == Some(entry), "{}: {name} in it is not what was put in", file.display());
    }
    ensure!(found.len() == manifest.files.len(), "{} holds files that its manifest does not name", file.display());
    ensure!(found.contains_key(DATABASE), "{} holds no database", file.display());
    Ok(manifest)
}

/// Puts a backup back. Gives the folder that what was there was moved to, if there was anything.
///
/// # Errors
/// The backup is not sound, a server runs, or there is something and `force` is not set: nothing was changed then.
pub async fn restore(file: &Path, data_dir: &Path, force: bool, now: Timestamp) -> anyhow::Result<Option<PathBuf>> {
    let manifest = verify(file).await?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
    let _lock = hold(data_dir).context("nothing was restored: stop the server first")?;
    let there = movable(data_dir)?;
    ensure!(
        force || there.is_empty(),
        "nothing was restored: {} is not empty. The backup is of {}. With --force, what is there is moved aside",
        data_dir.display(),
        manifest.made_at
    );
    let stamp: String = now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let incoming = Scratch(data_dir.join(format!(".restore-{stamp}")));
    let aside = data_dir.join(format!("{ASIDE}{stamp}"));
    let (file, data_dir) = (file.to_owned(), data_dir.to_owned());
    blocking(move || {
        unpack(&file, &incoming.0, |_| true)?;
        File::create(data_dir.join(RESTORING))?.sync_all()?;
        sync_folder(&data_dir)?;
        if !there.is_empty() {
            fs::DirBuilder::new().mode(0o700).create(&aside)?;
        }
        for path in &there {
            fs::rename(path, aside.join(path.file_name().unwrap_or_default()))?;
        }
        for path in sorted(&incoming.0)? {
            fs::rename(&path, data_dir.join(path.file_name().unwrap_or_default()))?;
        }
        sync_folder(&data_dir)?;
        give_to_owner_of(&data_dir)?;
        fs::remove_file(data_dir.join(RESTORING))?;
        sync_folder(&data_dir)?;
        Ok((!there.is_empty()).then_some(aside))
    })
    .await
}

/// Gives everything in the folder to whom the folder belongs: root restores for the user that the server runs as.
fn give_to_owner_of(data_dir: &Path) -> io::Result<()> {
    let owner = data_dir.metadata()?;
    let mut folders = vec![data_dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in sorted(&folder)? {
            let meta = fs::symlink_metadata(&path)?;
            if (meta.uid(), meta.gid()) != (owner.uid(), owner.gid()) {
                std::os::unix::fs::lchown(&path, Some(owner.uid()), Some(owner.gid()))?;
            }
            if meta.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(())
}

/// What a restore takes the place of.
fn movable(data_dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = sorted(data_dir)?;
    paths.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let empty = path.is_dir() && path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        !LEFT_ALONE.contains(&name) && !name.starts_with(ASIDE) && !empty
    });
    Ok(paths)
}

/// The backup of this day, unless it is there; older ones beyond `keeping` are removed after a new one was made.
///
/// # Errors
/// As [`create`].
pub async fn daily(data_dir: &Path, keeping: Keeping, now: Timestamp) -> anyhow::Result<Automatic> {
    automatic(data_dir, "daily-", &now.day(), keeping.daily, now).await
}

/// A backup before this program brings the database to its schema, if it has to.
///
/// # Errors
/// As [`create`].
pub async fn before_upgrade(data_dir: &Path, keeping: Keeping, now: Timestamp) -> anyhow::Result<Automatic> {
    match to_migrate(&data_dir.join(DATABASE)).await? {
        Some(schema) => automatic(data_dir, "before-upgrade-", &schema.to_string(), keeping.before_upgrade, now).await,
        None => Ok(Automatic::NotDue),
    }
}

async fn automatic(data_dir: &Path, kind: &str, name: &str, keep: usize, now: Timestamp) -> anyhow::Result<Automatic> {
    let folder = data_dir.join(FOLDER);
    let to = folder.join(format!("{kind}{name}.tar.gz"));
    if keep == 0 || to.exists() {
        return Ok(Automatic::NotDue);
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    for path in sorted(&folder)? {
        // Of a process that was killed at it; only one holds the data folder.
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!(".{kind}"))) {
            fs::remove_file(&path)?;
        }
    }
    let (data, on) = (data_dir.to_owned(), folder.clone());
    let (needs_bytes, disk) = blocking(move || Ok((needs(&data)?, rustix::fs::statvfs(&on)?))).await?;
    let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
    let used_bytes = disk.f_blocks.saturating_sub(disk.f_bfree).saturating_mul(disk.f_frsize);
    if !leaves_room(used_bytes.saturating_add(free_bytes), free_bytes, needs_bytes) {
        return Ok(Automatic::NoRoom { needs_bytes, free_bytes });
    }
    create(data_dir, &to, now).await?;
    let mut of_kind: Vec<PathBuf> = sorted(&folder)?;
    of_kind.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind)));
    for old in of_kind.iter().rev().skip(keep) {
        fs::remove_file(old)?;
    }
    Ok(Automatic::Made(to))
}

/// Bytes that a backup may take while it is made: a copy of the database, and everything packed as badly as can be.
fn needs(data_dir: &Path) -> io::Result<u64> {
    let size = |name: &str| data_dir.join(name).metadata().map_or(0, |meta| meta.len());
    let mut bytes = 2 * (size(DATABASE) + size("nodedown.db-wal"));
    let mut folders = vec![data_dir.join("handed-in")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry?;
            let meta = entry.metadata()?;
            if meta.is_dir() { folders.push(entry.path()) } else { bytes += meta.len() }
        }
    }
    Ok(bytes)
}

const fn leaves_room(total_bytes: u64, free_bytes: u64, needs_bytes: u64) -> bool {
    free_bytes.saturating_sub(needs_bytes) >= total_bytes / FREE_PART
}

/// Entries of a folder in the order of their names.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn private_file(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn random() -> anyhow::Result<[u8; 8]> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the operating system gives no random bytes: {error}"))?;
    Ok(bytes)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// A file or folder that is gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn beside(file: &Path, ending: &str) -> anyhow::Result<Self> {
        let name = file.file_name().with_context(|| format!("{} names no file", file.display()))?;
        let name = format!(".{}-{}.{ending}", name.to_string_lossy(), hex::encode(random()?));
        Ok(Self(folder_of(file).join(name)))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Renamed away when all went well.
        let _ = if self.0.is_dir() { fs::remove_dir_all(&self.0) } else { fs::remove_file(&self.0) };
    }
}

/// Hashes and counts what is read.
struct Hashing<R> {
    from: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fifth_of_the_disk_is_left() {
        assert!(leaves_room(100, 50, 30));
        assert!(!leaves_room(100, 50, 31));
        assert!(!leaves_room(100, 10, 20));
    }
}
