//! Table `client_waivers`: clients that are away and that nobody waits for any more.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::client_set::ClientSet;
use crate::domain::id::{IncidentId, WaiverId};
use crate::domain::time::Timestamp;
use crate::domain::waiver::Waiver;

row! {
    struct WaiverRow {
        id: i64,
        incident_id: i64,
        what: String,
        reason: String,
        waived_by: String,
        at: i64,
        ended_by: Option<String>,
        ended_at: Option<i64>,
    }
}

impl WaiverRow {
    fn into_waiver(self) -> Result<Waiver> {
        let at = At { table: "client_waivers", row: &self.id };
        Ok(Waiver {
            id: WaiverId(self.id),
            incident: IncidentId(self.incident_id),
            what: at.json("what", &self.what)?,
            reason: self.reason,
            by: self.waived_by,
            at: Timestamp::from_millis(self.at),
            taken_back: self.ended_by.zip(self.ended_at.map(Timestamp::from_millis)),
        })
    }
}

impl ReadStore {
    /// Every waiver of an incident, those that were taken back too, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_waivers(&self, incident: IncidentId) -> Result<Vec<Waiver>> {
        client_waivers(&self.pool, incident, Some(&self.damages)).await
    }
}

impl WriteTx {
    /// Every waiver of an incident, those that were taken back too, oldest first.
    ///
    /// # Errors
    /// The store's; one that cannot be read is passed over: nobody is waived by it.
    pub async fn client_waivers(&mut self, incident: IncidentId) -> Result<Vec<Waiver>> {
        client_waivers(&mut *self.tx, incident, Some(&self.damages)).await
    }

    /// Keeps one at the time of this transaction.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_client_waiver(
        &mut self,
        incident: IncidentId,
        what: &ClientSet,
        reason: &str,
        by: &str,
    ) -> Result<WaiverId> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO client_waivers (incident_id, what, reason, waived_by, at)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .bind(incident.0)
        .bind(to_json(what)?)
        .bind(reason)
        .bind(by)
        .bind(self.now.as_millis())
        .fetch_one(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(WaiverId(id))
    }

    /// Takes one back that holds.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_client_waiver(&mut self, waiver: &Waiver, by: &str) -> Result<()> {
        sqlx::query("UPDATE client_waivers SET ended_by = $2, ended_at = $3 WHERE id = $1 AND ended_by IS NULL")
            .bind(waiver.id.0)
            .bind(by)
            .bind(self.now.as_millis())
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(waiver.incident));
        Ok(())
    }
}

async fn client_waivers(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<Waiver>> {
    let query = sqlx::query(
        "SELECT id, incident_id, what, reason, waived_by, at, ended_by, ended_at FROM client_waivers
         WHERE incident_id = $1 ORDER BY id",
    );
    let of = Of { table: "client_waivers", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), WaiverRow::into_waiver).await
}
