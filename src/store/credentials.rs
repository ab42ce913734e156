//! Table `credential_releases`.

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::cluster::CredentialRef;
use crate::domain::credential::{Purpose, Recipient, Release};
use crate::domain::id::ReleaseId;
use crate::domain::time::Timestamp;

/// Set by the migration that made the table, where there were clusters before.
const TO_TAKE_OVER: &str = "credentials_to_take_over";

const ALL: &str = "SELECT id, reference, purpose, recipients, taken_over, reviewed_at, released_by, released_at
     FROM credential_releases ORDER BY purpose, reference";

row! {
    struct ReleaseRow {
        id: i64,
        reference: String,
        purpose: String,
        recipients: String,
        taken_over: i64,
        reviewed_at: Option<i64>,
        released_by: String,
        released_at: i64,
    }
}

impl ReleaseRow {
    fn into_release(self) -> Result<Release> {
        let at = At { table: "credential_releases", row: &self.id };
        Ok(Release {
            id: ReleaseId(self.id),
            reference: at.need("reference", CredentialRef::parse(&self.reference))?,
            purpose: at.need("purpose", Purpose::from_name(&self.purpose))?,
            recipients: at.json("recipients", &self.recipients)?,
            taken_over: self.taken_over != 0,
            reviewed_at: self.reviewed_at.map(Timestamp::from_millis),
            by: self.released_by,
            at: Timestamp::from_millis(self.released_at),
        })
    }
}

impl ReadStore {
    /// All, by purpose and reference.
    ///
    /// # Errors
    /// The store's.
    pub async fn releases(&self) -> Result<Vec<Release>> {
        // One that cannot be read releases nothing.
        let of = Of { table: "credential_releases", incident: None, damages: Some(&self.damages) };
        readable(&self.pool, of, sqlx::query(ALL), ReleaseRow::into_release).await
    }

    /// How many were taken over and wait for an administrator to look at them.
    ///
    /// # Errors
    /// The store's.
    pub async fn releases_to_review(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM credential_releases WHERE taken_over = 1 AND reviewed_at IS NULL";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }

    /// Whether what is in use has still to be taken over.
    ///
    /// # Errors
    /// The store's.
    pub async fn wants_take_over(&self) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM settings WHERE name = $1")
            .bind(TO_TAKE_OVER)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.is_some())
    }
}

impl WriteTx {
    /// All, by purpose and reference.
    ///
    /// # Errors
    /// The store's.
    pub async fn releases(&mut self) -> Result<Vec<Release>> {
        let of = Of { table: "credential_releases", incident: None, damages: Some(&self.damages) };
        readable(&mut *self.tx, of, sqlx::query(ALL), ReleaseRow::into_release).await
    }

    /// Adds one. `None`: the reference is released for that purpose already.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_release(
        &mut self,
        reference: &CredentialRef,
        purpose: Purpose,
        recipients: &[Recipient],
        taken_over: bool,
        by: &str,
    ) -> Result<Option<ReleaseId>> {
        let id: Option<i64> = sqlx::query_scalar(
            "INSERT INTO credential_releases (reference, purpose, recipients, taken_over, released_by, released_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (reference, purpose) DO NOTHING RETURNING id",
        )
        .bind(reference.to_string())
        .bind(purpose.as_str())
        .bind(to_json(&recipients)?)
        .bind(i64::from(taken_over))
        .bind(by)
        .bind(self.now.as_millis())
        .fetch_optional(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(id.map(ReleaseId))
    }

    /// Replaces the addresses of one.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_release(&mut self, id: ReleaseId, recipients: &[Recipient]) -> Result<()> {
        sqlx::query("UPDATE credential_releases SET recipients = $2 WHERE id = $1")
            .bind(id.0)
            .bind(to_json(&recipients)?)
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    /// Marks one as looked at, unless it was before.
    ///
    /// # Errors
    /// The store's.
    pub async fn review_release(&mut self, id: ReleaseId) -> Result<()> {
        sqlx::query("UPDATE credential_releases SET reviewed_at = $2 WHERE id = $1 AND reviewed_at IS NULL")
            .bind(id.0)
            .bind(self.now.as_millis())
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    /// Removes one.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_release(&mut self, id: ReleaseId) -> Result<()> {
        sqlx::query("DELETE FROM credential_releases WHERE id = $1").bind(id.0).execute(&mut *self.tx).await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    /// Whether what is in use has still to be taken over; true once.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin_take_over(&mut self) -> Result<bool> {
        let taken = sqlx::query("DELETE FROM settings WHERE name = $1").bind(TO_TAKE_OVER);
        Ok(taken.execute(&mut *self.tx).await?.rows_affected() > 0)
    }
}
