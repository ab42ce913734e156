//! Table `captured_files`: what captures copied. Immutable (triggers hold that), redacted before it comes here, hashed, packed.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use sqlx::SqliteExecutor;

use super::codec::{At, row, to_i64, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, StoreError, WriteTx};
use crate::domain::capture::{Capture, CapturedFile, CapturedPart, Copied};
use crate::domain::id::{CaptureId, CapturedFileId, IncidentId};

// Everything of a row but the packed text.
row! {
    struct FileRow {
        id: i64,
        capture_id: i64,
        part: String,
        name: String,
        source_bytes: Option<i64>,
        notes: String,
        size_bytes: i64,
        sha256: String,
    }
}

impl FileRow {
    fn into_file(self) -> Result<CapturedFile> {
        let at = At { table: "captured_files", row: &self.id };
        Ok(CapturedFile {
            id: CapturedFileId(self.id),
            capture: CaptureId(self.capture_id),
            part: at.need("part", CapturedPart::from_name(&self.part))?,
            source_bytes: self.source_bytes.map(|bytes| at.size("source_bytes", bytes)).transpose()?,
            notes: at.json("notes", &self.notes)?,
            size_bytes: at.size("size_bytes", self.size_bytes)?,
            name: self.name,
            sha256: self.sha256,
        })
    }
}

/// A copied text, packed: what the database keeps of it. Made outside of a transaction, since packing takes its time.
pub struct Packed {
    copied: Copied,
    size_bytes: u64,
    sha256: String,
    bytes: Vec<u8>,
}

impl Packed {
    /// Packs it.
    ///
    /// # Errors
    /// The packer's: none in memory.
    pub fn new(copied: Copied) -> Result<Self> {
        let io = |error: std::io::Error| StoreError::Driver(sqlx::Error::Io(error));
        let text = copied.text.as_bytes();
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text).map_err(io)?;
        let bytes = packer.finish().map_err(io)?;
        let (size_bytes, sha256) = (text.len() as u64, hex::encode(Sha256::digest(text)));
        Ok(Self { copied: Copied { text: String::new(), ..copied }, size_bytes, sha256, bytes })
    }

    /// Bytes of the text.
    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

/// The text of something that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapturedText {
    /// As it was kept.
    Whole(String),
    /// It is not what was kept any more.
    Damaged,
}

impl ReadStore {
    /// Everything that the captures of an incident kept, in the order in which it was copied.
    ///
    /// # Errors
    /// The store's.
    pub async fn captured_files(&self, incident: IncidentId) -> Result<Vec<CapturedFile>> {
        files(&self.pool, incident, Some(&self.damages)).await
    }

    /// One of them with its text, and its incident.
    ///
    /// # Errors
    /// The store's.
    pub async fn captured_text(&self, id: CapturedFileId) -> Result<Option<(IncidentId, CapturedFile, CapturedText)>> {
        let row: Option<FileRow> = sqlx::query_as(
            "SELECT id, capture_id, part, name, source_bytes, notes, size_bytes, sha256 FROM captured_files
             WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        let Some(file) = row.map(FileRow::into_file).transpose()? else { return Ok(None) };
        let (incident, packed): (i64, Vec<u8>) = sqlx::query_as(
            "SELECT c.incident_id, f.packed FROM captured_files f JOIN captures c ON c.id = f.capture_id
             WHERE f.id = $1",
        )
        .bind(id.0)
        .fetch_one(&self.pool)
        .await?;
        let incident = IncidentId(incident);
        let text = unpacked(&packed, &file).map_or_else(
            || {
                self.damages.note(Some(incident), "captured_files", id, "it is not what was saved");
                CapturedText::Damaged
            },
            CapturedText::Whole,
        );
        Ok(Some((incident, file, text)))
    }
}

impl WriteTx {
    /// Everything that the captures of an incident kept, in the order in which it was copied.
    ///
    /// # Errors
    /// The store's.
    pub async fn captured_files(&mut self, incident: IncidentId) -> Result<Vec<CapturedFile>> {
        files(&mut *self.tx, incident, Some(&self.damages)).await
    }

    /// Keeps something that was copied.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_captured_file(&mut self, capture: &Capture, packed: &Packed) -> Result<()> {
        sqlx::query(
            "INSERT INTO captured_files (capture_id, part, name, source_bytes, notes, size_bytes, sha256, packed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(capture.id.0)
        .bind(packed.copied.part.as_str())
        .bind(&packed.copied.name)
        .bind(packed.copied.source_bytes.map(to_i64))
        .bind(to_json(&packed.copied.notes)?)
        .bind(to_i64(packed.size_bytes))
        .bind(&packed.sha256)
        .bind(&packed.bytes)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(capture.incident));
        Ok(())
    }
}

/// The text, if it is the one whose hash was kept.
fn unpacked(packed: &[u8], file: &CapturedFile) -> Option<String> {
    let mut text = Vec::new();
    // One byte more than it may be: a damaged one could grow without end.
    GzDecoder::new(packed).take(file.size_bytes + 1).read_to_end(&mut text).ok()?;
    let is_same = hex::encode(Sha256::digest(&text)) == file.sha256;
    String::from_utf8(text).ok().filter(|_| is_same)
}

async fn files(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<CapturedFile>> {
    let query = sqlx::query(
        "SELECT id, capture_id, part, name, source_bytes, notes, size_bytes, sha256 FROM captured_files
         WHERE capture_id IN (SELECT id FROM captures WHERE incident_id = $1) ORDER BY id",
    );
    let of = Of { table: "captured_files", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), FileRow::into_file).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_whole_or_not_at_all() {
        let copied = Copied {
            part: CapturedPart::Log,
            name: "logs/nacos.log".to_owned(),
            source_bytes: Some(7),
            notes: Vec::new(),
            text: "line one\n".repeat(1000),
        };
        let text = copied.text.clone();
        let packed = Packed::new(copied).expect("packed");
        assert!(packed.bytes.len() < 200, "it is packed");
        let file = |size_bytes, sha256: &str| CapturedFile {
            id: CapturedFileId(1),
            capture: CaptureId(1),
            part: CapturedPart::Log,
            name: String::new(),
            source_bytes: None,
            notes: Vec::new(),
            size_bytes,
            sha256: sha256.to_owned(),
        };
        assert_eq!(unpacked(&packed.bytes, &file(packed.size_bytes, &packed.sha256)), Some(text));
        assert_eq!(unpacked(&packed.bytes, &file(packed.size_bytes - 9, &packed.sha256)), None, "longer than it was");
        assert_eq!(unpacked(&packed.bytes, &file(packed.size_bytes, &"0".repeat(64))), None, "another text");
        assert_eq!(unpacked(b"no gzip", &file(9, &packed.sha256)), None);
    }
}
