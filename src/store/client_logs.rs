//! Table `client_logs`: what the own logs of clients say that people handed in.

use std::collections::BTreeMap;

use super::codec::{At, row, to_i64, to_json};
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::client_log::{ClientLog, ClientLogSeen};
use crate::domain::id::{ClientLogId, IncidentId};
use crate::domain::time::Timestamp;

row! {
    struct LogRow {
        id: i64,
        incident_id: i64,
        client: String,
        seen: String,
        size_bytes: i64,
        sha256: String,
        handed_by: String,
        at: i64,
    }
}

impl LogRow {
    fn into_log(self) -> Result<ClientLog> {
        let at = At { table: "client_logs", row: &self.id };
        Ok(ClientLog {
            id: ClientLogId(self.id),
            incident: IncidentId(self.incident_id),
            seen: at.json("seen", &self.seen)?,
            size_bytes: at.size("size_bytes", self.size_bytes)?,
            client: self.client,
            sha256: self.sha256,
            by: self.handed_by,
            at: Timestamp::from_millis(self.at),
        })
    }
}

impl ReadStore {
    /// Every one of an incident, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_logs(&self, incident: IncidentId) -> Result<Vec<ClientLog>> {
        let query = sqlx::query(
            "SELECT id, incident_id, client, seen, size_bytes, sha256, handed_by, at FROM client_logs
             WHERE incident_id = $1 ORDER BY id DESC",
        );
        let of = Of { table: "client_logs", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), LogRow::into_log).await
    }

    /// What the newest log of each client says.
    ///
    /// # Errors
    /// The store's.
    pub async fn clients_say(&self, incident: IncidentId) -> Result<BTreeMap<String, ClientLogSeen>> {
        let logs = self.client_logs(incident).await?;
        // The newest comes first, and stays.
        Ok(logs.into_iter().rev().map(|log| (log.client, log.seen)).collect())
    }
}

impl WriteTx {
    /// How many an incident has.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_log_count(&mut self, incident: IncidentId) -> Result<i64> {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM client_logs WHERE incident_id = $1");
        Ok(count.bind(incident.0).fetch_one(&mut *self.tx).await?)
    }

    /// Keeps one at the time of this transaction.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_client_log(
        &mut self,
        incident: IncidentId,
        client: &str,
        seen: &ClientLogSeen,
        (size_bytes, sha256): (u64, &str),
        by: &str,
    ) -> Result<ClientLogId> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO client_logs (incident_id, client, seen, size_bytes, sha256, handed_by, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        )
        .bind(incident.0)
        .bind(client)
        .bind(to_json(seen)?)
        .bind(to_i64(size_bytes))
        .bind(sha256)
        .bind(by)
        .bind(self.now.as_millis())
        .fetch_one(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(ClientLogId(id))
    }
}
