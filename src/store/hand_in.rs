//! Table `handed_in`: pasted output and unpacked archives.

use super::codec::{At, to_i64, row};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::time::Timestamp;

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
}

/// What was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedInWhat {
    /// Pasted output, redacted.
    Output {
        /// `nc`, `telnet`, `ss`, `dmesg`.
        kind: String,
        /// The text.
        text: String,
    },
    /// An unpacked archive.
    Archive {
        /// Name of the uploaded file.
        file_name: String,
        /// Folder it was unpacked into, below the data folder.
        folder: String,
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
    }
}

impl HandedInRow {
    fn into_item(self) -> Result<HandedInItem> {
        let size_bytes = At { table: "handed_in", row: &self.id }.size("size_bytes", self.size_bytes)?;
        let what = match self.kind.as_str() {
            "archive" => HandedInWhat::Archive { file_name: self.file_name, folder: self.content },
            _ => HandedInWhat::Output { kind: self.kind, text: self.content },
        };
        Ok(HandedInItem {
            id: self.id,
            node: NodeName(self.node),
            what,
            size_bytes,
            by: self.handed_by,
            at: Timestamp::from_millis(self.at),
        })
    }
}

impl ReadStore {
    /// Everything handed in for an incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn handed_in(&self, incident: IncidentId) -> Result<Vec<HandedInItem>> {
        let rows: Vec<HandedInRow> = sqlx::query_as(
            "SELECT id, node, kind, file_name, content, size_bytes, handed_by, at
             FROM handed_in WHERE incident_id = $1 ORDER BY id",
        )
        .bind(incident.0)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(HandedInRow::into_item).collect()
    }
}

impl WriteTx {
    /// Adds something handed in.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_handed_in(
        &mut self,
        incident: IncidentId,
        node: &NodeName,
        what: &HandedInWhat,
        size_bytes: u64,
        by: &str,
    ) -> Result<i64> {
        let (kind, file_name, content) = match what {
            HandedInWhat::Output { kind, text } => (kind.as_str(), "", text),
            HandedInWhat::Archive { file_name, folder } => ("archive", file_name.as_str(), folder),
        };
        let id = sqlx::query_scalar(
            "INSERT INTO handed_in (incident_id, node, kind, file_name, content, size_bytes, handed_by, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        )
        .bind(incident.0)
        .bind(&node.0)
        .bind(kind)
        .bind(file_name)
        .bind(content)
        .bind(to_i64(size_bytes))
        .bind(by)
        .bind(self.now.as_millis())
        .fetch_one(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(id)
    }
}
