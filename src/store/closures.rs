//! Table `closures`: how incidents were closed; the newest row counts while one is.

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::closure::{Closure, Measured};
use crate::domain::id::IncidentId;
use crate::domain::time::Timestamp;

row! {
    struct ClosureRow {
        id: i64,
        at: i64,
        recovered: bool,
        measured: String,
        reason: String,
        closed_by: String,
    }
}

impl ClosureRow {
    fn into_closure(self) -> Result<Closure> {
        let measured = At { table: "closures", row: &self.id }.json("measured", &self.measured)?;
        let (recovered, reason, at) = (self.recovered, self.reason, Timestamp::from_millis(self.at));
        Ok(Closure { recovered, measured, reason, by: self.closed_by, at })
    }
}

impl ReadStore {
    /// How an incident is closed; `None`: it is open, or was closed before that was kept.
    ///
    /// # Errors
    /// The store's.
    pub async fn closure(&self, incident: IncidentId) -> Result<Option<Closure>> {
        let query = sqlx::query(
            "SELECT closures.id, at, recovered, measured, reason, closed_by
             FROM closures JOIN incidents ON incidents.id = closures.incident_id
             WHERE closures.incident_id = $1 AND state IN ('resolved', 'reviewed')
             ORDER BY closures.id DESC LIMIT 1",
        );
        let of = Of { table: "closures", incident: Some(incident), damages: Some(&self.damages) };
        Ok(readable(&self.pool, of, query.bind(incident.0), ClosureRow::into_closure).await?.pop())
    }
}

impl WriteTx {
    /// Keeps how an incident is closed, at the time of this transaction.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_closure(
        &mut self,
        incident: IncidentId,
        recovered: bool,
        measured: &Measured,
        reason: &str,
        by: &str,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO closures (incident_id, at, recovered, measured, reason, closed_by)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(incident.0)
        .bind(self.now.as_millis())
        .bind(i64::from(recovered))
        .bind(to_json(measured)?)
        .bind(reason)
        .bind(by)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }
}
