//! Table `signatures`, and what a signature is over.

use super::codec::row;
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::id::IncidentId;
use crate::domain::incident::Incident;
use crate::domain::signed::{Content, Parts, Signature};
use crate::domain::time::Timestamp;

row! {
    struct SignatureRow {
        signed_by: String,
        at: i64,
        was_lead: bool,
        reason: String,
        note: String,
        content: String,
        sha256: String,
    }
}

impl SignatureRow {
    fn into_signature(self) -> Signature {
        Signature {
            by: self.signed_by,
            at: Timestamp::from_millis(self.at),
            was_lead: self.was_lead,
            reason: self.reason,
            note: self.note,
            content: Content { text: self.content, sha256: self.sha256 },
        }
    }
}

impl ReadStore {
    /// Every signature under a record, oldest first; the newest counts while the incident is reviewed.
    ///
    /// # Errors
    /// The store's.
    pub async fn signatures(&self, incident: IncidentId) -> Result<Vec<Signature>> {
        let query = sqlx::query(
            "SELECT signed_by, at, was_lead, reason, note, content, sha256 FROM signatures
             WHERE incident_id = $1 ORDER BY id",
        );
        let of = Of { table: "signatures", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), |row: SignatureRow| Ok(row.into_signature())).await
    }

    /// What a signature under the record would be over as it is stored now.
    ///
    /// # Errors
    /// The store's.
    pub async fn signable(&self, incident: &Incident) -> Result<Content> {
        let id = incident.id;
        let evidence = self.evidence_list(id).await?;
        Ok(Content::of(&Parts {
            incident,
            decisions: &self.decisions(id).await?,
            pinned: self.pinned_cause(id).await?.as_ref(),
            history: &self.diagnosis_history(id).await?,
            events: &self.timeline(id).await?,
            evidence: &evidence.iter().map(|item| (item.id, &item.evidence)).collect::<Vec<_>>(),
            review: self.review(id).await?.as_ref(),
        }))
    }
}

impl WriteTx {
    /// Adds a signature.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_signature(&mut self, incident: IncidentId, signature: &Signature) -> Result<()> {
        sqlx::query(
            "INSERT INTO signatures (incident_id, signed_by, at, was_lead, reason, note, content, sha256)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(incident.0)
        .bind(&signature.by)
        .bind(signature.at.as_millis())
        .bind(i64::from(signature.was_lead))
        .bind(&signature.reason)
        .bind(&signature.note)
        .bind(&signature.content.text)
        .bind(&signature.content.sha256)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }
}
