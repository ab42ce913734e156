//! Table `restart_claims`: restarts of nodes that somebody took on; at most one a cluster holds.

use sqlx::SqliteExecutor;

use super::codec::{At, row};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::id::{ClusterId, IncidentId, NodeName};
use crate::domain::restart_claim::{GateSaid, RestartClaim};
use crate::domain::time::Timestamp;

row! {
    struct ClaimRow {
        id: i64,
        cluster_id: i64,
        incident_id: i64,
        node: String,
        claimed_by: String,
        at: i64,
        until: i64,
        ended_at: Option<i64>,
        gate: String,
        reason: String,
    }
}

impl ClaimRow {
    fn into_claim(self) -> Result<RestartClaim> {
        let at = At { table: "restart_claims", row: &self.id };
        let gate = at.need("gate", GateSaid::from_name(&self.gate))?;
        Ok(RestartClaim {
            cluster: ClusterId(self.cluster_id),
            incident: IncidentId(self.incident_id),
            node: NodeName(self.node),
            by: self.claimed_by,
            at: Timestamp::from_millis(self.at),
            until: Timestamp::from_millis(self.until),
            ended_at: self.ended_at.map(Timestamp::from_millis),
            gate,
            reason: self.reason,
        })
    }
}

impl ReadStore {
    /// The restart that holds at that moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn restart_claim(&self, cluster: ClusterId, at: Timestamp) -> Result<Option<RestartClaim>> {
        restart_claim(&self.pool, cluster, at, Some(&self.damages)).await
    }

    /// Every restart that was taken on after a moment in an incident that is open, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_restart_claims(&self, after: Timestamp) -> Result<Vec<RestartClaim>> {
        let query = sqlx::query(
            "SELECT id, cluster_id, incident_id, node, claimed_by, at, until, ended_at, gate, reason FROM restart_claims
             WHERE at > $1 AND incident_id IN (SELECT id FROM incidents WHERE state IN ('declared', 'mitigated'))
             ORDER BY id",
        );
        let of = Of { table: "restart_claims", incident: None, damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(after.as_millis()), ClaimRow::into_claim).await
    }

    /// Every restart that was taken on in an incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn restart_claims_of(&self, incident: IncidentId) -> Result<Vec<RestartClaim>> {
        let query = sqlx::query(
            "SELECT id, cluster_id, incident_id, node, claimed_by, at, until, ended_at, gate, reason FROM restart_claims
             WHERE incident_id = $1 ORDER BY id",
        );
        let of = Of { table: "restart_claims", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), ClaimRow::into_claim).await
    }

    /// When a restart of the same node was taken on next; `None`: none was.
    ///
    /// # Errors
    /// The store's.
    pub async fn next_restart_claim(&self, claim: &RestartClaim) -> Result<Option<Timestamp>> {
        let next: Option<i64> =
            sqlx::query_scalar("SELECT MIN(at) FROM restart_claims WHERE cluster_id = $1 AND node = $2 AND at > $3")
                .bind(claim.cluster.0)
                .bind(&claim.node.0)
                .bind(claim.at.as_millis())
                .fetch_one(&self.pool)
                .await?;
        Ok(next.map(Timestamp::from_millis))
    }
}

impl WriteTx {
    /// The restart that holds now.
    ///
    /// # Errors
    /// The store's; it cannot be read.
    pub async fn restart_claim(&mut self, cluster: ClusterId) -> Result<Option<RestartClaim>> {
        restart_claim(&mut *self.tx, cluster, self.now, None).await
    }

    /// Keeps a claim; none may hold.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_restart_claim(&mut self, claim: &RestartClaim) -> Result<()> {
        sqlx::query(
            "INSERT INTO restart_claims (cluster_id, incident_id, node, claimed_by, at, until, gate, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(claim.cluster.0)
        .bind(claim.incident.0)
        .bind(&claim.node.0)
        .bind(&claim.by)
        .bind(claim.at.as_millis())
        .bind(claim.until.as_millis())
        .bind(claim.gate.as_str())
        .bind(&claim.reason)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(claim.incident));
        Ok(())
    }

    /// Ends the claim of a cluster that holds now.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_restart_claim(&mut self, claim: &RestartClaim, by: &str) -> Result<()> {
        sqlx::query(
            "UPDATE restart_claims SET ended_by = $2, ended_at = $3
             WHERE cluster_id = $1 AND ended_by IS NULL AND until > $3",
        )
        .bind(claim.cluster.0)
        .bind(by)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(claim.incident));
        Ok(())
    }
}

async fn restart_claim(
    executor: impl SqliteExecutor<'_>,
    cluster: ClusterId,
    at: Timestamp,
    damages: Option<&Damages>,
) -> Result<Option<RestartClaim>> {
    let query = sqlx::query(
        "SELECT id, cluster_id, incident_id, node, claimed_by, at, until, ended_at, gate, reason FROM restart_claims
         WHERE cluster_id = $1 AND ended_by IS NULL AND until > $2 ORDER BY id",
    );
    let of = Of { table: "restart_claims", incident: None, damages };
    let found = readable(executor, of, query.bind(cluster.0).bind(at.as_millis()), ClaimRow::into_claim).await?;
    Ok(found.into_iter().next())
}
