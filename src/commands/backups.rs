//! What came of automatic backups, so that people see it after a restart too.

use super::{Commands, Result};
use crate::domain::backup::BackupNote;

/// Keeps how the newest automatic backup ended. True: that was not known yet.
///
/// # Errors
/// The store's.
pub async fn note(commands: &Commands, note: &BackupNote) -> Result<bool> {
    let kind = |note: &BackupNote| std::mem::discriminant(&note.ended);
    let known = commands.read().backup_note().await?;
    if known.is_some_and(|known| known.at.day() == note.at.day() && kind(&known) == kind(note)) {
        return Ok(false);
    }
    let mut tx = commands.begin().await?;
    tx.keep_backup_note(note).await?;
    tx.commit().await?;
    Ok(true)
}
