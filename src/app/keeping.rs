//! What is done by itself to keep what is kept: daily backups, and uploads and looks that nobody needs any more.

use std::path::Path;

use super::SystemClock;
use crate::backup::{self, Automatic, Keeping};
use crate::commands::{self, Commands};
use crate::domain::backup::{BackupEnd, BackupNote};
use crate::domain::time::Clock as _;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Before the database is opened: refuses one whose restore broke off, and makes a backup if this program has to bring it
/// to its schema.
///
/// # Errors
/// Why the database must not be opened: the backup could not be made, for example.
pub async fn before_opening(data_dir: &Path, keeping: Keeping) -> anyhow::Result<()> {
    backup::refuse_half_restored(data_dir)?;
    match backup::before_upgrade(data_dir, keeping, SystemClock.now()).await? {
        Automatic::Made(file) => {
            tracing::info!(file = %file.display(), "made a backup before the upgrade of the database");
        }
        Automatic::NoRoom { needs_bytes, free_bytes } => tracing::warn!(
            needs_bytes,
            free_bytes,
            "no backup before the upgrade of the database: it would take the last fifth of the disk"
        ),
        Automatic::NotDue => {}
    }
    Ok(())
}

/// One round of housekeeping.
pub(super) async fn look_after(commands: &Commands, keeping: Keeping) {
    let now = commands.clock().now();
    if let Some(days) = keeping.drop_uploads_after_days {
        let before = now.plus_millis(-i64::from(days) * DAY_MS);
        match commands::hand_in::drop_reviewed(commands, before).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, days, "dropped uploads of incidents that were reviewed long ago"),
            Err(error) => tracing::error!(error = %error, "could not drop old uploads"),
        }
    }
    match commands::looks::drop_old(commands, keeping.looks).await {
        Ok(_) => {}
        Err(error) => tracing::error!(error = %error, "could not drop old looks at clusters"),
    }
    let ended = match backup::daily(commands.data_dir(), keeping, now).await {
        Ok(Automatic::NotDue) => return,
        Ok(Automatic::Made(file)) => BackupEnd::Made { file: file.display().to_string() },
        Ok(Automatic::NoRoom { needs_bytes, free_bytes }) => BackupEnd::NoRoom { needs_bytes, free_bytes },
        Err(error) => BackupEnd::Failed { why: format!("{error:#}") },
    };
    let note = BackupNote { at: now, ended };
    let is_new = commands::backups::note(commands, &note).await.unwrap_or_else(|error| {
        tracing::error!(error = %error, "could not note how the backup ended");
        true
    });
    match &note.ended {
        BackupEnd::Made { file } => tracing::info!(file, "made the daily backup"),
        // Said once a day, tried more often.
        _ if !is_new => {}
        BackupEnd::NoRoom { needs_bytes, free_bytes } => {
            tracing::warn!(needs_bytes, free_bytes, "no daily backup: it would take the last fifth of the disk");
        }
        BackupEnd::Failed { why } => tracing::error!(error = why, "could not make the daily backup"),
    }
}
