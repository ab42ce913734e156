//! Notes, with files or without, and their corrections.

use sha2::{Digest as _, Sha256};

use super::incidents::{append_note, check_text, load};
use super::{Caller, CommandError, Commands, Result, What, once};
use crate::domain::event::EventKind;
use crate::domain::finding::Step;
use crate::domain::id::{EventId, IncidentId};
use crate::domain::message::Message;
use crate::domain::note::{self, Attached, FileKind, MAX_FILE_BYTES, MAX_FILES, Unfit};

/// A file as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Name that the sender gave it.
    pub name: String,
    /// Its bytes; of one that is too large at least one byte more than [`MAX_FILE_BYTES`].
    pub bytes: Vec<u8>,
}

/// Writes a note, at a step or at the incident, with files or without. Allowed until the record is signed. Secrets in the text
/// and in text files are hidden before they are kept; a file that is there already is kept once.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(RecordSigned)`; `Invalid` for `text` (too long, or nothing is there) or `file` (which one
/// cannot be attached, and why).
pub async fn add(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Option<Step>,
    text: &str,
    files: Vec<NewFile>,
) -> Result<EventId> {
    let text = check_text(commands, "text", text)?;
    if text.is_empty() && files.is_empty() {
        return Err(CommandError::invalid("text", "invalid-text-empty"));
    }
    if files.len() > MAX_FILES {
        let message = Message::new("invalid-file-many").with("most", MAX_FILES);
        return Err(CommandError::Invalid { field: "file", message });
    }
    let kept: Vec<(Attached, Vec<u8>)> = files.into_iter().map(|file| keep(commands, file)).collect::<Result<_>>()?;
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    load(&mut tx, incident).await?.require_unsigned()?;
    for (file, content) in &kept {
        tx.keep_attachment(&file.sha256, content).await?;
    }
    let files = kept.into_iter().map(|(file, _)| file).collect();
    let event = append_note(commands, &mut tx, caller, incident, step, text, files).await?;
    once::keep(&mut tx, caller, &event).await?;
    tx.commit().await?;
    Ok(event)
}

/// Corrects a note: a new entry that refers to the one that counted until now. Allowed until the record is signed.
///
/// # Errors
/// `NotFound(Incident | Note)`; `Domain(RecordSigned)`; `Invalid` for `text`: empty, too long, no other than before, or
/// somebody corrected that entry meanwhile.
pub async fn correct(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    entry: EventId,
    text: &str,
) -> Result<EventId> {
    let text = check_text(commands, "text", text)?;
    if text.is_empty() {
        return Err(CommandError::invalid("text", "invalid-text-empty"));
    }
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    load(&mut tx, incident).await?.require_unsigned()?;
    let events = tx.timeline(incident).await?;
    let note = note::correctable(&events, entry).map_err(|newest| match newest {
        Some(newest) => {
            let message = Message::new("invalid-note-corrected").with("entry", newest);
            CommandError::Invalid { field: "text", message }
        }
        None => CommandError::NotFound(What::Note),
    })?;
    if note.newest().text == text {
        return Err(CommandError::invalid("text", "invalid-note-same"));
    }
    tx.add_search_text(incident, &commands.findable(&text)).await?;
    let event = EventKind::NoteCorrected { note: entry, text };
    let event = tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &event).await?;
    tx.commit().await?;
    Ok(event)
}

/// The file as it is kept.
fn keep(commands: &Commands, file: NewFile) -> Result<(Attached, Vec<u8>)> {
    let name = note::file_name(&file.name);
    let refused = |key: &str| CommandError::Invalid { field: "file", message: Message::new(key).with("name", &name) };
    if file.bytes.len() > MAX_FILE_BYTES {
        return Err(refused("invalid-file-large"));
    }
    if file.bytes.is_empty() {
        return Err(refused("invalid-file-empty"));
    }
    let kind = FileKind::of(&file.bytes).map_err(|unfit| {
        refused(match unfit {
            Unfit::Kind => "invalid-file-kind",
            Unfit::Damaged => "invalid-file-damaged",
            Unfit::Pixels => "invalid-file-pixels",
        })
    })?;
    let came_sha256 = hex::encode(Sha256::digest(&file.bytes));
    let content = match kind {
        FileKind::Text => commands.0.files.redact(&String::from_utf8_lossy(&file.bytes)).into_bytes(),
        FileKind::Png | FileKind::Jpeg | FileKind::Webp | FileKind::Gif => file.bytes,
    };
    let sha256 = hex::encode(Sha256::digest(&content));
    Ok((Attached { name, kind, size_bytes: content.len() as u64, sha256, came_sha256 }, content))
}
