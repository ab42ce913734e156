//! Table `attachments`: the content of files that notes refer to, once a hash. The timeline says which note has which.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::codec::{At, row};
use super::{ReadStore, Result, WriteTx};
use crate::domain::event::EventKind;

row! {
    struct AttachmentRow {
        sha256: String,
        content: Vec<u8>,
    }
}

impl AttachmentRow {
    fn is_whole(&self) -> bool {
        hex::encode(Sha256::digest(&self.content)) == self.sha256
    }
}

impl ReadStore {
    /// The file with that hash, which is held against it; `None`: there is none.
    ///
    /// # Errors
    /// The store's; the file is not what was kept, which is noted.
    pub async fn attachment(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let row: Option<AttachmentRow> = sqlx::query_as("SELECT sha256, content FROM attachments WHERE sha256 = $1")
            .bind(sha256)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        if !row.is_whole() {
            self.damages.note(None, "attachments", &row.sha256, "it is not what was saved");
            return Err(At { table: "attachments", row: &row.sha256 }.corrupt("content"));
        }
        Ok(Some(row.content))
    }

    /// Hash of the first file that is not what was kept, or that a note refers to and is not there.
    ///
    /// # Errors
    /// The store's.
    pub async fn first_broken_attachment(&self) -> Result<Option<String>> {
        let kept: Vec<String> =
            sqlx::query_scalar("SELECT sha256 FROM attachments ORDER BY sha256").fetch_all(&self.pool).await?;
        for sha256 in &kept {
            match self.attachment(sha256).await {
                Ok(_) => {}
                Err(error) if error.is_damage() => return Ok(Some(sha256.clone())),
                Err(error) => return Err(error),
            }
        }
        let kept: BTreeSet<String> = kept.into_iter().collect();
        let notes: Vec<String> = sqlx::query_scalar("SELECT kind FROM events WHERE kind LIKE '%\"came_sha256\":%'")
            .fetch_all(&self.pool)
            .await?;
        let named = notes.iter().filter_map(|kind| match serde_json::from_str(kind) {
            Ok(EventKind::NoteAdded { files, .. }) => Some(files),
            _ => None,
        });
        Ok(named.flatten().map(|file| file.sha256).find(|sha256| !kept.contains(sha256)))
    }
}

impl WriteTx {
    /// Keeps a file under its hash, once.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_attachment(&mut self, sha256: &str, content: &[u8]) -> Result<()> {
        sqlx::query("INSERT INTO attachments (sha256, content) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING")
            .bind(sha256)
            .bind(content)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }
}
