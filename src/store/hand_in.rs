//! Tables `handed_in` and `handed_in_files`: pasted output and unpacked archives, with the hashes of what came and is kept.

use sqlx::SqliteConnection;

use super::codec::{At, row, to_i64};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::capture::{
    Capture, CapturedFile, CapturedPart, KeptBy, KeptEvidence, is_log_or_output, kept_by, lacking_of_upload,
};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::kept::{Dropped, KeptFile};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::OutputKind;

/// One thing handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedInItem {
    /// Row id.
    pub id: i64,
    /// For which node.
    pub node: NodeName,
    /// What.
    pub what: HandedInWhat,
    /// Bytes as handed in.
    pub size_bytes: u64,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Hex SHA-256 of what came; `None`: an older program did not note it.
    pub came_sha256: Option<String>,
    /// The files of the archive were removed on purpose.
    pub dropped: Option<Dropped>,
}

/// The evidence of nodes that captures and uploads keep.
#[must_use]
pub fn kept(captures: &[Capture], captured: &[CapturedFile], handed_in: &[HandedInItem]) -> Vec<KeptEvidence> {
    let mut kept = kept_by(captures, captured);
    kept.extend(kept_by_uploads(handed_in));
    kept
}

/// The evidence of nodes that uploads keep: one for each archive with a log or output in it. What is lacking is what is in nothing
/// that was handed in for that node.
#[must_use]
pub fn kept_by_uploads(items: &[HandedInItem]) -> Vec<KeptEvidence> {
    let lacking = |node: &NodeName| {
        let (mut paths, mut pasted) = (Vec::new(), Vec::new());
        for item in items.iter().filter(|item| item.node == *node) {
            match &item.what {
                HandedInWhat::Archive { files, .. } => paths.extend(files.iter().map(|file| file.path.as_str())),
                HandedInWhat::Output { kind: OutputKind::Dmesg, .. } => pasted.push(CapturedPart::Kernel),
                HandedInWhat::Output { kind: OutputKind::Ss, .. } => pasted.push(CapturedPart::Process),
                HandedInWhat::Output { .. } => {}
            }
        }
        lacking_of_upload(&paths, &pasted)
    };
    let kept = |item: &HandedInItem| {
        let HandedInWhat::Archive { files, .. } = &item.what else { return None };
        let matters = files.iter().any(|file| is_log_or_output(&file.path));
        matters.then(|| KeptEvidence {
            node: item.node.clone(),
            by: item.by.clone(),
            at: item.at,
            how: KeptBy::Upload,
            lacking: lacking(&item.node),
        })
    };
    items.iter().filter_map(kept).collect()
}

/// What came, before anything was redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// Bytes.
    pub size_bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
}

/// What was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedInWhat {
    /// Pasted output, redacted.
    Output {
        /// Which command gave it.
        kind: OutputKind,
        /// The text.
        text: String,
    },
    /// An unpacked archive.
    Archive {
        /// Name of the uploaded file.
        file_name: String,
        /// Folder it was unpacked into, below the data folder.
        folder: String,
        /// Its files as they are kept, by path; empty: an older program did not note them.
        files: Vec<KeptFile>,
    },
}

row! {
    struct HandedInRow {
        id: i64,
        node: String,
        kind: String,
        file_name: String,
        content: String,
        size_bytes: i64,
        handed_by: String,
        at: i64,
        came_sha256: Option<String>,
        dropped_at: Option<i64>,
        dropped_why: Option<String>,
    }
}

row! {
    struct KeptFileRow {
        handed_in_id: i64,
        path: String,
        size_bytes: i64,
        sha256: String,
        came_sha256: String,
    }
}

impl KeptFileRow {
    fn into_file(self) -> Result<KeptFile> {
        let at = At { table: "handed_in_files", row: &format!("{} {}", self.handed_in_id, self.path) };
        Ok(KeptFile {
            size_bytes: at.size("size_bytes", self.size_bytes)?,
            path: self.path,
            sha256: self.sha256,
            came_sha256: self.came_sha256,
        })
    }
}

impl HandedInRow {
    fn into_item(self) -> Result<HandedInItem> {
        let size_bytes = At { table: "handed_in", row: &self.id }.size("size_bytes", self.size_bytes)?;
        let what = match self.kind.as_str() {
            "archive" => HandedInWhat::Archive { file_name: self.file_name, folder: self.content, files: Vec::new() },
            _ => HandedInWhat::Output { kind: self.kind.into(), text: self.content },
        };
        Ok(HandedInItem {
            id: self.id,
            node: NodeName(self.node),
            what,
            size_bytes,
            by: self.handed_by,
            at: Timestamp::from_millis(self.at),
            came_sha256: self.came_sha256,
            dropped: self
                .dropped_at
                .map(|at| Dropped { at: Timestamp::from_millis(at), why: self.dropped_why.unwrap_or_default() }),
        })
    }
}

impl ReadStore {
    /// Everything handed in for an incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn handed_in(&self, incident: IncidentId) -> Result<Vec<HandedInItem>> {
        items(&mut *self.pool.acquire().await?, incident, Some(&self.damages)).await
    }

    /// Archives whose files are kept though their incident was reviewed before that moment: row and folder.
    ///
    /// # Errors
    /// The store's.
    pub async fn archives_reviewed_before(&self, before: Timestamp) -> Result<Vec<(i64, String)>> {
        Ok(sqlx::query_as(
            "SELECT h.id, h.content FROM handed_in h JOIN incidents i ON i.id = h.incident_id
             WHERE h.kind = 'archive' AND h.dropped_at IS NULL AND i.state = 'reviewed' AND i.reviewed_at < $1",
        )
        .bind(before.as_millis())
        .fetch_all(&self.pool)
        .await?)
    }

    /// Incidents and folders, below the data folder, of archives that are kept. `None`: the row is damaged and names none.
    ///
    /// # Errors
    /// The store's.
    pub async fn archive_folders(&self) -> Result<Vec<(IncidentId, Option<String>)>> {
        // Whatever is not a pasted output: a kind that nobody knows may be a damaged `archive`.
        let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "SELECT incident_id, CAST(kind AS BLOB), substr(CAST(content AS BLOB), 1, 200) FROM handed_in
             WHERE dropped_at IS NULL",
        )
        .fetch_all(&self.pool)
        .await?;
        let is_known = |kind: &str| !matches!(OutputKind::from(kind), OutputKind::Unknown(_));
        let is_output = |kind: &[u8]| std::str::from_utf8(kind).is_ok_and(is_known);
        let archives = rows.into_iter().filter(|(_, kind, _)| !is_output(kind));
        Ok(archives.map(|(id, _, folder)| (IncidentId(id), String::from_utf8(folder).ok())).collect())
    }
}

impl WriteTx {
    /// Everything handed in for an incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn handed_in(&mut self, incident: IncidentId) -> Result<Vec<HandedInItem>> {
        items(&mut self.tx, incident, Some(&self.damages)).await
    }

    /// Notes that the files of an archive are dropped; what is known of them stays.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_archive(&mut self, id: i64, why: &str) -> Result<()> {
        sqlx::query("UPDATE handed_in SET dropped_at = $2, dropped_why = $3 WHERE id = $1 AND dropped_at IS NULL")
            .bind(id)
            .bind(self.now.as_millis())
            .bind(why)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Adds something handed in.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_handed_in(
        &mut self,
        incident: IncidentId,
        node: &NodeName,
        what: &HandedInWhat,
        came: &Came,
        by: &str,
    ) -> Result<i64> {
        let (kind, file_name, content, files) = match what {
            HandedInWhat::Output { kind, text } => (kind.as_str(), "", text, [].as_slice()),
            HandedInWhat::Archive { file_name, folder, files } => {
                ("archive", file_name.as_str(), folder, files.as_slice())
            }
        };
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO handed_in (incident_id, node, kind, file_name, content, size_bytes, handed_by, at, came_sha256)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        )
        .bind(incident.0)
        .bind(&node.0)
        .bind(kind)
        .bind(file_name)
        .bind(content)
        .bind(to_i64(came.size_bytes))
        .bind(by)
        .bind(self.now.as_millis())
        .bind(&came.sha256)
        .fetch_one(&mut *self.tx)
        .await?;
        for file in files {
            sqlx::query(
                "INSERT INTO handed_in_files (handed_in_id, path, size_bytes, sha256, came_sha256)
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(id)
            .bind(&file.path)
            .bind(to_i64(file.size_bytes))
            .bind(&file.sha256)
            .bind(&file.came_sha256)
            .execute(&mut *self.tx)
            .await?;
        }
        self.touch(Change::Incident(incident));
        Ok(id)
    }
}

async fn items(
    connection: &mut SqliteConnection,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<HandedInItem>> {
    let rows = sqlx::query(
        "SELECT id, node, kind, file_name, content, size_bytes, handed_by, at, came_sha256, dropped_at, dropped_why
         FROM handed_in WHERE incident_id = $1 ORDER BY id",
    );
    let of = Of { table: "handed_in", incident: Some(incident), damages };
    let mut items = readable(&mut *connection, of, rows.bind(incident.0), HandedInRow::into_item).await?;
    let kept = sqlx::query(
        "SELECT f.handed_in_id, f.path, f.size_bytes, f.sha256, f.came_sha256
         FROM handed_in_files f JOIN handed_in h ON h.id = f.handed_in_id
         WHERE h.incident_id = $1 ORDER BY f.handed_in_id, f.path",
    );
    let of = Of { table: "handed_in_files", ..of };
    let kept = readable(&mut *connection, of, kept.bind(incident.0), |row: KeptFileRow| {
        Ok((row.handed_in_id, row.into_file()?))
    });
    for (archive, file) in kept.await? {
        let item = items.iter_mut().find(|item| item.id == archive);
        if let Some(HandedInItem { what: HandedInWhat::Archive { files, .. }, .. }) = item {
            files.push(file);
        }
    }
    Ok(items)
}
