//! What people hand in for nodes that nobody can reach: pasted output and archives of a Nacos home.

use std::path::{Path, PathBuf};

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, What, once, secrets, token};
use crate::domain::event::EventKind;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::message::Message;
use crate::store::hand_in::HandedInWhat;
use crate::store::{StoreError, WriteTx};

/// Kinds of pasted output.
pub const OUTPUT_KINDS: [&str; 4] = ["nc", "telnet", "ss", "dmesg"];
/// Longest pasted output, bytes.
pub const MAX_OUTPUT_BYTES: usize = 1024 * 1024;
/// Folder of unpacked archives below the data folder.
const FOLDER: &str = "handed-in";

/// Takes pasted output.
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
    if !OUTPUT_KINDS.contains(&kind) {
        return Err(CommandError::invalid("kind", "invalid-output-kind"));
    }
    if text.trim().is_empty() {
        return Err(CommandError::invalid("text", "invalid-text-empty"));
    }
    if text.len() > MAX_OUTPUT_BYTES {
        return Err(CommandError::invalid("text", "invalid-text-long"));
    }
    let redacted = commands.0.files.redact(text);
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    require_node(&mut tx, incident, node).await?;
    let what = HandedInWhat::Output { kind: kind.to_owned(), text: redacted };
    let id = save(&mut tx, caller, incident, node, &what, kind, text.len() as u64).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes an uploaded archive (zip, tar, tar.gz) of a Nacos home. `upload` is a finished file, for example below
/// [`incoming_folder`]; it is removed in any case.
///
/// # Errors
/// `NotFound(Incident | Node)`; `Domain(IncidentClosed)`; `Invalid` for `archive`, with the reason.
pub async fn archive(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    file_name: &str,
    upload: &Path,
) -> Result<i64> {
    let folder = format!("{FOLDER}/{incident}/{}", &token::random()?[..16]);
    let home = commands.data_dir().join(&folder);
    let taken = take_archive(commands, caller, incident, node, file_name, upload, &folder).await;
    let keep_home = matches!(taken, Ok((_, true)));
    // Left-overs do no harm and are looked for at the next start; the answer to the person comes first.
    let (upload, home) = (upload.to_owned(), (!keep_home).then_some(home));
    let _ = tokio::task::spawn_blocking(move || {
        let _ = std::fs::remove_file(upload);
        if let Some(home) = home {
            let _ = std::fs::remove_dir_all(home);
        }
    })
    .await;
    taken.map(|(id, _)| id)
}

/// The folder of an unpacked archive.
#[must_use]
pub fn archive_home(commands: &Commands, folder: &str) -> PathBuf {
    commands.data_dir().join(folder)
}

/// Folder for uploads that are still coming in; it exists, and is emptied at start.
#[must_use]
pub fn incoming_folder(commands: &Commands) -> PathBuf {
    commands.data_dir().join("incoming")
}

/// The row, and whether the unpacked folder belongs to it (not on a repeated form).
async fn take_archive(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    file_name: &str,
    upload: &Path,
    folder: &str,
) -> Result<(i64, bool)> {
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok((first, false));
    }
    require_node(&mut tx, incident, node).await?;
    drop(tx);

    let (files, from, home) = (commands.0.files.clone(), upload.to_owned(), commands.data_dir().join(folder));
    let unpacked = tokio::task::spawn_blocking(move || {
        let failed = |error: &std::io::Error| Message::new("invalid-archive-disk").with("reason", error);
        let size = std::fs::metadata(&from).map_err(|error| failed(&error))?.len();
        std::fs::create_dir_all(&home).map_err(|error| failed(&error))?;
        files.unpack(&from, &home).map(|()| size)
    })
    .await
    .map_err(|error| StoreError::Driver(sqlx::Error::Io(std::io::Error::other(error))))?;
    let size_bytes = unpacked.map_err(|message| CommandError::Invalid { field: "archive", message })?;
    secrets::remember(commands).await?;

    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok((first, false));
    }
    require_node(&mut tx, incident, node).await?;
    let file_name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    let what = HandedInWhat::Archive { file_name: file_name.clone(), folder: folder.to_owned() };
    let id = save(&mut tx, caller, incident, node, &what, &file_name, size_bytes).await?;
    tx.commit().await?;
    Ok((id, true))
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
    size_bytes: u64,
) -> Result<i64> {
    let id = tx.insert_handed_in(incident, node, what, size_bytes, &caller.name).await?;
    let event = EventKind::EvidenceHandedIn { node: node.0.clone(), what: named.to_owned(), size_bytes };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(tx, caller, &id).await?;
    Ok(id)
}
