//! Table `impact_ends`: when the impact of incidents was over; the newest row counts.

use super::codec::row;
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::id::IncidentId;
use crate::domain::impact::ImpactEnd;
use crate::domain::time::Timestamp;

row! {
    struct ImpactRow {
        over_at: i64,
        measured_at: Option<i64>,
        said_by: String,
        at: i64,
    }
}

impl From<ImpactRow> for ImpactEnd {
    fn from(row: ImpactRow) -> Self {
        Self {
            over_at: Timestamp::from_millis(row.over_at),
            measured_at: row.measured_at.map(Timestamp::from_millis),
            by: row.said_by,
            at: Timestamp::from_millis(row.at),
        }
    }
}

impl ReadStore {
    /// What people said of the end of the impact, oldest first: each is a correction of the one before, or was said after the
    /// incident had been opened again.
    ///
    /// # Errors
    /// The store's.
    pub async fn impact_ends(&self, incident: IncidentId) -> Result<Vec<ImpactEnd>> {
        let query = sqlx::query(
            "SELECT id, over_at, measured_at, said_by, at FROM impact_ends WHERE incident_id = $1 ORDER BY id",
        );
        let of = Of { table: "impact_ends", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), |row: ImpactRow| Ok(ImpactEnd::from(row))).await
    }
}

impl WriteTx {
    /// Keeps what a person says of the end of the impact, at the time of this transaction.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_impact_end(
        &mut self,
        incident: IncidentId,
        over_at: Timestamp,
        measured_at: Option<Timestamp>,
        by: &str,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO impact_ends (incident_id, over_at, measured_at, said_by, at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(incident.0)
        .bind(over_at.as_millis())
        .bind(measured_at.map(Timestamp::as_millis))
        .bind(by)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }
}
