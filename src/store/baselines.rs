//! Table `baselines`: what clusters were like when all was well, in versions.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Damages, Of, readable};
use super::{ReadStore, Result, WriteTx};
use crate::domain::baseline::Baseline;
use crate::domain::id::ClusterId;
use crate::domain::look::{Grain, LookState};
use crate::domain::time::Timestamp;

row! {
    struct BaselineRow {
        cluster_id: i64,
        version: i64,
        well_since: i64,
        taken_at: i64,
        still_so_at: i64,
        body: String,
    }
}

impl BaselineRow {
    fn into_baseline(self) -> Result<Baseline> {
        let row = format!("{}/{}", self.cluster_id, self.version);
        let at = At { table: "baselines", row: &row };
        Ok(Baseline {
            version: self.version,
            well_since: Timestamp::from_millis(self.well_since),
            taken_at: Timestamp::from_millis(self.taken_at),
            still_so_at: Timestamp::from_millis(self.still_so_at),
            seen: at.json("body", &self.body)?,
        })
    }
}

impl ReadStore {
    /// The newest of a cluster that was taken before a moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn baseline_before(&self, cluster: ClusterId, before: Timestamp) -> Result<Option<Baseline>> {
        newest(&self.pool, Some(&self.damages), cluster, before, 1).await.map(|mut found| found.pop())
    }

    /// All that are kept of a cluster, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn baselines(&self, cluster: ClusterId) -> Result<Vec<Baseline>> {
        newest(&self.pool, Some(&self.damages), cluster, EVER, i64::MAX).await
    }

    /// Whether single looks since a moment said that all was well, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn looks_well(&self, cluster: ClusterId, from: Timestamp) -> Result<Vec<(Timestamp, bool)>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT at, state FROM looks WHERE cluster_id = $1 AND grain_ms = $2 AND at >= $3 ORDER BY at",
        )
        .bind(cluster.0)
        .bind(Grain::Look.ms())
        .bind(from.as_millis())
        .fetch_all(&self.pool)
        .await?;
        let is_well = |state: &str| LookState::from_name(state) == Some(LookState::Up);
        Ok(rows.into_iter().map(|(at, state)| (Timestamp::from_millis(at), is_well(&state))).collect())
    }
}

impl WriteTx {
    /// The newest of a cluster. One that cannot be read is passed over.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_baseline(&mut self, cluster: ClusterId) -> Result<Option<Baseline>> {
        newest(&mut *self.tx, Some(&self.damages), cluster, EVER, 1).await.map(|mut found| found.pop())
    }

    /// Adds one after the newest, whatever version it says; its version.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_baseline(&mut self, cluster: ClusterId, one: &Baseline) -> Result<Option<i64>> {
        // A cluster that left the inventory meanwhile has none any more.
        let version: Option<i64> = sqlx::query_scalar(
            "INSERT INTO baselines (cluster_id, version, well_since, taken_at, still_so_at, body)
             SELECT id, (SELECT COALESCE(MAX(version), 0) + 1 FROM baselines WHERE cluster_id = $1), $2, $3, $4, $5
             FROM clusters WHERE id = $1 RETURNING version",
        )
        .bind(cluster.0)
        .bind(one.well_since.as_millis())
        .bind(one.taken_at.as_millis())
        .bind(one.still_so_at.as_millis())
        .bind(to_json(&one.seen)?)
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(version)
    }

    /// A version is still what there is.
    ///
    /// # Errors
    /// The store's.
    pub async fn baseline_still_so(&mut self, cluster: ClusterId, version: i64, at: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE baselines SET still_so_at = $3 WHERE cluster_id = $1 AND version = $2 AND still_so_at < $3",
        )
        .bind(cluster.0)
        .bind(version)
        .bind(at.as_millis())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Removes the oldest where there are more than `most` of a cluster, except those that an incident is compared
    /// with: the newest that was taken before it was opened, and the one before that, for where the first sign was
    /// earlier. How many.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_old_baselines(&mut self, cluster: ClusterId, most: i64) -> Result<u64> {
        let dropped = sqlx::query(
            "DELETE FROM baselines WHERE cluster_id = $1
               AND version <= (SELECT MAX(version) - $2 FROM baselines WHERE cluster_id = $1)
               AND version NOT IN (
                   SELECT b.version FROM incidents i JOIN baselines b ON b.cluster_id = i.cluster_id
                   WHERE i.cluster_id = $1 AND b.taken_at < i.opened_at
                     AND (SELECT COUNT(*) FROM baselines o
                          WHERE o.cluster_id = $1 AND o.version > b.version AND o.taken_at < i.opened_at) < 2)",
        )
        .bind(cluster.0)
        .bind(most)
        .execute(&mut *self.tx)
        .await?;
        Ok(dropped.rows_affected())
    }
}

/// Every moment is before this one.
const EVER: Timestamp = Timestamp::from_millis(i64::MAX);

async fn newest(
    executor: impl SqliteExecutor<'_>,
    damages: Option<&Damages>,
    cluster: ClusterId,
    before: Timestamp,
    most: i64,
) -> Result<Vec<Baseline>> {
    let query = sqlx::query(
        "SELECT cluster_id, version, well_since, taken_at, still_so_at, body FROM baselines
         WHERE cluster_id = $1 AND taken_at < $2 ORDER BY version DESC LIMIT $3",
    );
    let query = query.bind(cluster.0).bind(before.as_millis()).bind(most);
    readable(executor, Of { table: "baselines", incident: None, damages }, query, BaselineRow::into_baseline).await
}
