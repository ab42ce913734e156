//! What people hand in for nodes that nobody can reach: pasted output and archives of a Nacos home.
//!
//! # Why
//! Files are on the disk before the row that names them, and are removed unless there is such a row: whatever breaks off
//! in between, nothing acknowledged is lost and nothing refused stays.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, What, once, secrets, task_died, to_dos, token};
use crate::domain::event::EventKind;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::kept::Damage;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::OutputKind;
use crate::nacos::pasted;
use crate::store::hand_in::{Came, HandedInItem, HandedInWhat};
use crate::store::{StoreError, WriteTx};

/// Characters of the random name of an upload, and of the folder it is unpacked into.
const NAME_CHARS: usize = 16;
/// Longest pasted output, bytes.
pub const MAX_OUTPUT_BYTES: usize = 1024 * 1024;
/// Folder of unpacked archives below the data folder.
const FOLDER: &str = "handed-in";

/// Takes pasted output. `kind`: what somebody says that it is; empty: whatever can be recognised in it, one piece of each.
///
/// # Errors
/// `NotFound(Incident | Node)`; `Domain(IncidentClosed)`; `Invalid` for `kind` or `text`.
pub async fn output(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    kind: &str,
    text: &str,
) -> Result<i64> {
    if text.trim().is_empty() {
        return Err(CommandError::invalid("text", "invalid-text-empty"));
    }
    if text.len() > MAX_OUTPUT_BYTES {
        return Err(CommandError::invalid("text", "invalid-text-long"));
    }
    let kinds = if kind.is_empty() { pasted::kinds_of(text) } else { vec![OutputKind::from(kind)] };
    if kinds.is_empty() {
        return Err(CommandError::invalid("kind", "invalid-output-not-recognised"));
    }
    if kinds.iter().any(|kind| matches!(kind, OutputKind::Unknown(_))) {
        return Err(CommandError::invalid("kind", "invalid-output-kind"));
    }
    let redacted = commands.0.files.redact(text);
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    require_node(&mut tx, incident, node).await?;
    let came = Came { size_bytes: text.len() as u64, sha256: hex::encode(Sha256::digest(text)) };
    let mut id = 0;
    // The first one's is what a repeated request is answered with.
    for kind in kinds.into_iter().rev() {
        let named = kind.to_string();
        let what = HandedInWhat::Output { kind, text: redacted.clone() };
        id = save(&mut tx, caller, incident, node, &what, &named, &came).await?;
    }
    once::keep(&mut tx, caller, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes a file that somebody chose: an archive (zip, tar, tar.gz) of a Nacos home, one file of it that is called as there, or
/// a text that output of a known kind can be recognised in. `upload` is a finished file; it is removed in any case. Once this
/// has returned, what came is on the disk, and the row that names it.
///
/// # Errors
/// `NotFound(Incident | Node)`; `Domain(IncidentClosed)`; `Invalid` for `archive`, with the reason: nothing was recognised in
/// it, or it cannot be unpacked. Nothing is left behind.
pub async fn file(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    file_name: &str,
    upload: UnderWay,
) -> Result<i64> {
    let (files, at, name) = (commands.0.files.clone(), upload.path().to_owned(), file_name.to_owned());
    let read = tokio::task::spawn_blocking(move || files.text(&at, &name, MAX_OUTPUT_BYTES as u64));
    let of_file = |message| CommandError::Invalid { field: "archive", message };
    let text = read.await.map_err(task_died)?.map_err(of_file)?;
    let Some(text) = text else { return archive(commands, caller, incident, node, file_name, upload).await };
    match output(commands, caller, incident, node, "", &text).await {
        Err(CommandError::Invalid { field: "kind", .. }) => Err(of_file(Message::new("invalid-file-not-recognised"))),
        Err(CommandError::Invalid { message, .. }) => Err(of_file(message)),
        taken => taken,
    }
}

/// Takes an archive of a home or one of its files.
async fn archive(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    file_name: &str,
    upload: UnderWay,
) -> Result<i64> {
    let folder = format!("{FOLDER}/{incident}/{}", &token::random()?[..NAME_CHARS]);
    let paths = Arc::new((UnderWay::begin(commands, commands.data_dir().join(&folder)), upload));
    let taken = take_archive(commands, caller, incident, node, file_name, &paths, &folder).await;
    // Removing thousands of files takes its time.
    let _ = tokio::task::spawn_blocking(move || drop(paths)).await;
    taken
}

/// Where an upload is written to while it comes in.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn incoming(commands: &Commands) -> Result<UnderWay> {
    Ok(UnderWay::begin(commands, incoming_folder(commands).join(&token::random()?[..NAME_CHARS])))
}

/// Folder for uploads that are still coming in.
#[must_use]
pub fn incoming_folder(commands: &Commands) -> PathBuf {
    commands.data_dir().join("incoming")
}

/// What is wrong with the files of an archive as they are kept, by path; nothing for pasted output. With `look_only`,
/// files are not read that were not read before: enough to tell that one is gone or cut short.
pub async fn damage(commands: &Commands, item: &HandedInItem, look_only: bool) -> Vec<(String, Damage)> {
    let HandedInWhat::Archive { folder, files, .. } = &item.what else { return Vec::new() };
    let (home, files, dropped) = (commands.data_dir().join(folder), files.clone(), item.dropped.is_some());
    let looking = commands.0.files.clone();
    let found = tokio::task::spawn_blocking(move || looking.damage(&home, &files, dropped, look_only)).await;
    found.unwrap_or_else(|_| vec![(".".to_owned(), Damage::Missing)])
}

/// Removes what uploads left behind that no row names: after a crash, or where removing failed. Never what belongs to an
/// upload that is under way, and nothing where it is the database that may have lost something: its end, or the rows of an
/// incident. Returns how many files and folders that were.
///
/// # Errors
/// The store's.
pub async fn remove_orphans(commands: &Commands) -> Result<usize> {
    if commands.loss().is_some() {
        return Ok(0);
    }
    let cx = commands.clone();
    let blocking = tokio::task::spawn_blocking(move || found_on_disk(&cx)).await;
    let mut found = blocking.map_err(task_died)?;
    // In this order: what was committed in between is in the rows, what began in between was not found.
    found.retain(|path| !commands.under_way().contains(path));
    let rows = commands.read().archive_folders().await?;
    let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
    for (incident, folder) in rows {
        let folder = folder.map(|folder| commands.data_dir().join(folder));
        match folder.filter(|folder| folder.is_dir()) {
            Some(folder) => _ = kept.insert(folder),
            // A row that names nothing that is there: one of the others may be what it meant.
            None => _ = kept.insert(commands.data_dir().join(FOLDER).join(incident.to_string())),
        }
    }
    found.retain(|path| !kept.contains(path) && path.parent().is_none_or(|above| !kept.contains(above)));
    let count = found.len();
    let cx = commands.clone();
    let _ = tokio::task::spawn_blocking(move || {
        for path in found {
            tracing::info!(path = %path.display(), "removing what an upload left behind");
            remove(&cx, &path);
        }
    })
    .await;
    Ok(count)
}

/// Drops the files of archives whose incident was reviewed before that moment. Hashes and reason stay. Returns how many.
///
/// # Errors
/// The store's.
pub async fn drop_reviewed(commands: &Commands, before: Timestamp) -> Result<usize> {
    let archives = commands.read().archives_reviewed_before(before).await?;
    for (id, folder) in &archives {
        let mut tx = commands.begin().await?;
        tx.drop_archive(*id, &format!("its incident was reviewed before {before}")).await?;
        tx.commit().await?;
        let (cx, path) = (commands.clone(), commands.data_dir().join(folder));
        // What cannot be removed now belongs to no row any more, and is looked for every hour.
        let _ = tokio::task::spawn_blocking(move || remove(&cx, &path)).await;
    }
    Ok(archives.len())
}

/// Files and folders of uploads, by the names that this program gives.
fn found_on_disk(commands: &Commands) -> Vec<PathBuf> {
    let of_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.len() == NAME_CHARS && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let inside = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut found = inside(&incoming_folder(commands));
    for incident in inside(&commands.data_dir().join(FOLDER)) {
        found.extend(inside(&incident));
    }
    found.retain(of_ours);
    found
}

/// Removes a file or folder, and the incident's folder above it if that was the last one in it.
fn remove(commands: &Commands, path: &Path) {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(_) => return,
    };
    if let Err(error) = removed {
        tracing::warn!(path = %path.display(), error = %error, "could not remove what an upload left behind");
    }
    let under_way = commands.under_way();
    if let Some(above) = path.parent().filter(|above| *above != incoming_folder(commands))
        && !under_way.iter().any(|path| path.parent() == Some(above))
    {
        // It stays while other archives are in it.
        let _ = std::fs::remove_dir(above);
    }
}

/// A file or folder of an upload that is under way; removed when this is dropped, unless it is to be kept.
pub struct UnderWay {
    commands: Commands,
    path: PathBuf,
    kept: AtomicBool,
}

impl Commands {
    fn under_way(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnderWay {
    fn begin(commands: &Commands, path: PathBuf) -> Self {
        commands.under_way().insert(path.clone());
        Self { commands: commands.clone(), path, kept: AtomicBool::new(false) }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn keep(&self, kept: bool) {
        self.kept.store(kept, Ordering::Release);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.commands.under_way().remove(&self.path);
        if !self.kept.load(Ordering::Acquire) {
            remove(&self.commands, &self.path);
        }
    }
}

/// Takes the archive in `paths` (home, upload); the thread that unpacks holds on to both, should nobody wait for it any more.
async fn take_archive(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    file_name: &str,
    paths: &Arc<(UnderWay, UnderWay)>,
    folder: &str,
) -> Result<i64> {
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    require_node(&mut tx, incident, node).await?;
    drop(tx);

    let (files, held, data_dir) = (commands.0.files.clone(), Arc::clone(paths), commands.data_dir().to_owned());
    let name = file_name.to_owned();
    let unpacked = tokio::task::spawn_blocking(move || {
        let failed = |error: std::io::Error| Message::new("invalid-archive-disk").with("reason", error);
        let (home, upload) = (held.0.path(), held.1.path());
        make_private(home).map_err(failed)?;
        let unpacked = files.unpack(upload, &name, home)?;
        // The names of new folders stand in the folders above them.
        let above = home.ancestors().skip(1).take_while(|above| above.starts_with(&data_dir));
        above.into_iter().try_for_each(|above| std::fs::File::open(above)?.sync_all()).map_err(failed)?;
        Ok(unpacked)
    })
    .await
    .map_err(|error| StoreError::Driver(sqlx::Error::Io(std::io::Error::other(error))))?;
    let unpacked = unpacked.map_err(|message| CommandError::Invalid { field: "archive", message })?;
    secrets::remember(commands).await?;

    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    require_node(&mut tx, incident, node).await?;
    let file_name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    let what = HandedInWhat::Archive { file_name: file_name.clone(), folder: folder.to_owned(), files: unpacked.files };
    let came = Came { size_bytes: unpacked.size_bytes, sha256: unpacked.sha256 };
    let id = save(&mut tx, caller, incident, node, &what, &file_name, &came).await?;
    once::keep(&mut tx, caller, &id).await?;
    to_dos::mark_kept(&mut tx, incident).await?;
    // Before the row: should nobody wait for the commit any more, its files must be there all the same.
    paths.0.keep(true);
    if let Err(error) = tx.commit().await {
        paths.0.keep(false);
        return Err(error.into());
    }
    Ok(id)
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

async fn require_node(tx: &mut WriteTx, incident: IncidentId, node: &NodeName) -> Result<()> {
    let loaded = load(tx, incident).await?;
    loaded.require_open()?;
    let cluster = tx.cluster(loaded.cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    cluster.node(node).map(|_| ()).ok_or(CommandError::NotFound(What::Node))
}

async fn save(
    tx: &mut WriteTx,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    what: &HandedInWhat,
    named: &str,
    came: &Came,
) -> Result<i64> {
    let id = tx.insert_handed_in(incident, node, what, came, &caller.name).await?;
    let size_bytes = came.size_bytes;
    let event = EventKind::EvidenceHandedIn { node: node.0.clone(), what: named.to_owned(), size_bytes };
    tx.append(incident, &caller.actor(), &event).await?;
    Ok(id)
}
