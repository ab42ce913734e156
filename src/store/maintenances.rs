//! Table `maintenances`: when the silence of nodes is planned, and who ended that early.

use sqlx::SqliteExecutor;

use super::codec::row;
use super::damage::{Damages, Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::id::{ClusterId, MaintenanceId, NodeName};
use crate::domain::maintenance::Maintenance;
use crate::domain::time::Timestamp;

row! {
    struct MaintenanceRow {
        id: i64,
        cluster_id: i64,
        node: Option<String>,
        from_at: i64,
        until_at: i64,
        reason: String,
        planned_by: String,
    }
}

impl MaintenanceRow {
    fn into_maintenance(self) -> Maintenance {
        Maintenance {
            id: MaintenanceId(self.id),
            cluster: ClusterId(self.cluster_id),
            node: self.node.map(NodeName),
            from: Timestamp::from_millis(self.from_at),
            until: Timestamp::from_millis(self.until_at),
            reason: self.reason,
            by: self.planned_by,
        }
    }
}

impl ReadStore {
    /// Those that run or come, the first first.
    ///
    /// # Errors
    /// The store's.
    pub async fn maintenances(&self, now: Timestamp) -> Result<Vec<Maintenance>> {
        current(&self.pool, now, Some(&self.damages)).await
    }
}

impl WriteTx {
    /// Those that run or come, the first first.
    ///
    /// # Errors
    /// The store's.
    pub async fn maintenances(&mut self) -> Result<Vec<Maintenance>> {
        current(&mut *self.tx, self.now, Some(&self.damages)).await
    }

    /// Adds one; its id does not count.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_maintenance(&mut self, one: &Maintenance) -> Result<MaintenanceId> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO maintenances (cluster_id, node, from_at, until_at, reason, planned_by, planned_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        )
        .bind(one.cluster.0)
        .bind(one.node.as_ref().map(|node| node.0.as_str()))
        .bind(one.from.as_millis())
        .bind(one.until.as_millis())
        .bind(&one.reason)
        .bind(&one.by)
        .bind(self.now.as_millis())
        .fetch_one(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(MaintenanceId(id))
    }

    /// Ends one that runs or comes.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_maintenance(&mut self, id: MaintenanceId, by: &str) -> Result<()> {
        sqlx::query("UPDATE maintenances SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.0)
            .bind(self.now.as_millis())
            .bind(by)
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Inventory);
        Ok(())
    }
}

async fn current(
    executor: impl SqliteExecutor<'_>,
    now: Timestamp,
    damages: Option<&Damages>,
) -> Result<Vec<Maintenance>> {
    let query = sqlx::query(
        "SELECT id, cluster_id, node, from_at, until_at, reason, planned_by FROM maintenances
         WHERE ended_at IS NULL AND until_at > $1 ORDER BY from_at, id",
    );
    let of = Of { table: "maintenances", incident: None, damages };
    readable(executor, of, query.bind(now.as_millis()), |row: MaintenanceRow| Ok(row.into_maintenance())).await
}
