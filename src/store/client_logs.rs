//! Tables `client_logs`, `client_logs_read`: what the own logs of clients say that people handed in, or that were read on their
//! hosts.

use std::collections::BTreeMap;

use super::codec::{At, row, to_i64, to_json};
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::client_log::{ClientLog, ClientLogRead, ClientLogSeen};
use crate::domain::id::{ClientLogId, IncidentId};
use crate::domain::message::Message;
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

row! {
    struct ReadRow {
        client: String,
        seen: Option<String>,
        seen_at: Option<i64>,
        failed: Option<String>,
        tried_at: i64,
    }
}

impl ReadRow {
    fn into_log(self) -> Result<ClientLogRead> {
        let at = At { table: "client_logs_read", row: &self.client };
        let seen = match (&self.seen, self.seen_at) {
            (Some(seen), Some(seen_at)) => Some((at.json("seen", seen)?, Timestamp::from_millis(seen_at))),
            _ => None,
        };
        let failed = self.failed.as_ref().map(|failed| at.json("failed", failed)).transpose()?;
        let tried_at = Timestamp::from_millis(self.tried_at);
        Ok(ClientLogRead { client: self.client, seen, failed, tried_at })
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
        let handed_in = self.client_logs(incident).await?.into_iter().map(|log| (log.at, log.client, log.seen));
        let read = self.client_logs_read(incident).await?.into_iter();
        let read = read.filter_map(|log| log.seen.map(|(seen, at)| (at, log.client, seen)));
        let mut all: Vec<(Timestamp, String, ClientLogSeen)> =
            handed_in.collect::<Vec<_>>().into_iter().rev().chain(read).collect();
        // The newest comes last, and stays.
        all.sort_by_key(|(at, ..)| *at);
        Ok(all.into_iter().map(|(_, client, seen)| (client, seen)).collect())
    }

    /// Those that were read on hosts in rounds of an incident, by client.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_logs_read(&self, incident: IncidentId) -> Result<Vec<ClientLogRead>> {
        let query = sqlx::query(
            "SELECT client, seen, seen_at, failed, tried_at FROM client_logs_read WHERE incident_id = $1 ORDER BY client",
        );
        let of = Of { table: "client_logs_read", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), ReadRow::into_log).await
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

    /// Keeps what was read of the log of a client on its host now, in place of what was before; where it could not be read,
    /// why: what was before stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn save_client_log_read(
        &mut self,
        incident: IncidentId,
        client: &str,
        read: std::result::Result<&ClientLogSeen, &Message>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO client_logs_read (incident_id, client, seen, seen_at, failed, tried_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (incident_id, client) DO UPDATE SET
                 seen = COALESCE(excluded.seen, client_logs_read.seen),
                 seen_at = COALESCE(excluded.seen_at, client_logs_read.seen_at),
                 failed = excluded.failed, tried_at = excluded.tried_at",
        )
        .bind(incident.0)
        .bind(client)
        .bind(read.ok().map(to_json).transpose()?)
        .bind(read.ok().map(|_| self.now.as_millis()))
        .bind(read.err().map(to_json).transpose()?)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
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
