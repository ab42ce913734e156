//! Tables `monitors` and `samples`: watching a cluster after the repair.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;

/// The monitor of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Login name of the person who started it.
    pub started_by: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Stable since: the start, or the last flap or gap.
    pub stable_since: Timestamp,
    /// No trouble seen since: the start, or the last flap that was more than a time without a look.
    pub well_since: Timestamp,
    /// When it was stopped; `None`: it runs.
    pub stopped_at: Option<Timestamp>,
}

/// The first and the newest sample of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleSpan {
    /// When the first was taken.
    pub first: Timestamp,
    /// When the newest was taken.
    pub newest: Timestamp,
}

row! {
    struct MonitorRow {
        started_by: String,
        started_at: i64,
        stable_since: i64,
        well_since: i64,
        stopped_at: Option<i64>,
    }
}

impl From<MonitorRow> for Monitor {
    fn from(row: MonitorRow) -> Self {
        Self {
            started_by: row.started_by,
            started_at: Timestamp::from_millis(row.started_at),
            stable_since: Timestamp::from_millis(row.stable_since),
            well_since: Timestamp::from_millis(row.well_since),
            stopped_at: row.stopped_at.map(Timestamp::from_millis),
        }
    }
}

impl ReadStore {
    /// The newest monitor of an incident, running or stopped.
    ///
    /// # Errors
    /// The store's.
    pub async fn monitor(&self, incident: IncidentId) -> Result<Option<Monitor>> {
        monitor(&self.pool, incident).await
    }

    /// Samples taken after `since`, oldest first, nodes of one moment together.
    ///
    /// # Errors
    /// The store's.
    pub async fn samples(&self, incident: IncidentId, since: Timestamp) -> Result<Vec<(NodeName, SampleSeen)>> {
        let query =
            sqlx::query("SELECT at, node, body FROM samples WHERE incident_id = $1 AND at > $2 ORDER BY at, node");
        let of = Of { table: "samples", incident: Some(incident), damages: Some(&self.damages) };
        let query = query.bind(incident.0).bind(since.as_millis());
        readable(&self.pool, of, query, |row| of_row(incident, row)).await
    }

    /// The newest sample of every node that was sampled at the newest moment up to then; empty: nothing was sampled.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_samples(&self, incident: IncidentId, until: Timestamp) -> Result<Vec<(NodeName, SampleSeen)>> {
        newest_samples(&self.pool, incident, until, &self.damages).await
    }

    /// When the first and the newest sample of the monitor were taken; `None`: none was since it was started.
    ///
    /// # Errors
    /// The store's.
    pub async fn sample_span(&self, incident: IncidentId) -> Result<Option<SampleSpan>> {
        sample_span(&self.pool, incident).await
    }

    /// For the engine: open incidents whose monitor runs.
    ///
    /// # Errors
    /// The store's.
    pub async fn watched_incidents(&self) -> Result<Vec<IncidentId>> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT m.incident_id FROM monitors m JOIN incidents i ON i.id = m.incident_id
             WHERE m.stopped_at IS NULL AND i.state IN ('declared', 'mitigated') ORDER BY m.incident_id",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(IncidentId).collect())
    }
}

impl WriteTx {
    /// The newest monitor of an incident.
    ///
    /// # Errors
    /// The store's.
    pub async fn monitor(&mut self, incident: IncidentId) -> Result<Option<Monitor>> {
        monitor(&mut *self.tx, incident).await
    }

    /// When the first and the newest sample of the monitor were taken; `None`: none was since it was started.
    ///
    /// # Errors
    /// The store's.
    pub async fn sample_span(&mut self, incident: IncidentId) -> Result<Option<SampleSpan>> {
        sample_span(&mut *self.tx, incident).await
    }

    /// The samples of the newest moment up to then. One that cannot be read is passed over: it keeps nobody from closing.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_samples(
        &mut self,
        incident: IncidentId,
        until: Timestamp,
    ) -> Result<Vec<(NodeName, SampleSeen)>> {
        newest_samples(&mut *self.tx, incident, until, &self.damages).await
    }

    /// Starts the monitor, anew if it was stopped.
    ///
    /// # Errors
    /// The store's.
    pub async fn start_monitor(&mut self, incident: IncidentId, by: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO monitors (incident_id, started_by, started_at, stable_since, well_since)
             VALUES ($1, $2, $3, $3, $3)
             ON CONFLICT (incident_id) DO UPDATE SET started_by = excluded.started_by,
                 started_at = excluded.started_at, stable_since = excluded.stable_since,
                 well_since = excluded.well_since, stopped_at = NULL",
        )
        .bind(incident.0)
        .bind(by)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Stops the monitor. False: it did not run.
    ///
    /// # Errors
    /// The store's.
    pub async fn stop_monitor(&mut self, incident: IncidentId) -> Result<bool> {
        let done = sqlx::query("UPDATE monitors SET stopped_at = $2 WHERE incident_id = $1 AND stopped_at IS NULL")
            .bind(incident.0)
            .bind(self.now.as_millis())
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(incident));
        Ok(done.rows_affected() > 0)
    }

    /// The stable time counts from then on; where it was `troubled`, so does the time without trouble.
    ///
    /// # Errors
    /// The store's.
    pub async fn reset_monitor(&mut self, incident: IncidentId, since: Timestamp, troubled: bool) -> Result<()> {
        sqlx::query(
            "UPDATE monitors SET stable_since = $2, well_since = CASE WHEN $3 THEN $2 ELSE well_since END
             WHERE incident_id = $1",
        )
        .bind(incident.0)
        .bind(since.as_millis())
        .bind(troubled)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Adds one sample of one node. A second one of the same moment is dropped.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_sample(&mut self, incident: IncidentId, node: &NodeName, sample: &SampleSeen) -> Result<()> {
        sqlx::query(
            "INSERT INTO samples (incident_id, at, node, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (incident_id, at, node) DO NOTHING",
        )
        .bind(incident.0)
        .bind(sample.at.as_millis())
        .bind(&node.0)
        .bind(to_json(sample)?)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }
}

fn of_row(incident: IncidentId, (at, node, body): (i64, String, String)) -> Result<(NodeName, SampleSeen)> {
    let row = format!("{incident}/{at}/{node}");
    let sample = At { table: "samples", row: &row }.json("body", &body)?;
    Ok((NodeName(node), sample))
}

async fn newest_samples(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    until: Timestamp,
    damages: &Damages,
) -> Result<Vec<(NodeName, SampleSeen)>> {
    let query = sqlx::query(
        "SELECT at, node, body FROM samples
         WHERE incident_id = $1 AND at = (SELECT MAX(at) FROM samples WHERE incident_id = $1 AND at <= $2) ORDER BY node",
    );
    let of = Of { table: "samples", incident: Some(incident), damages: Some(damages) };
    let query = query.bind(incident.0).bind(until.as_millis());
    readable(executor, of, query, |row| of_row(incident, row)).await
}

async fn sample_span(executor: impl SqliteExecutor<'_>, incident: IncidentId) -> Result<Option<SampleSpan>> {
    let (first, newest): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT MIN(s.at), MAX(s.at) FROM samples s JOIN monitors m ON m.incident_id = s.incident_id
         WHERE s.incident_id = $1 AND s.at >= m.started_at",
    )
    .bind(incident.0)
    .fetch_one(executor)
    .await?;
    let span =
        |(first, newest)| SampleSpan { first: Timestamp::from_millis(first), newest: Timestamp::from_millis(newest) };
    Ok(first.zip(newest).map(span))
}

async fn monitor(executor: impl SqliteExecutor<'_>, incident: IncidentId) -> Result<Option<Monitor>> {
    let row: Option<MonitorRow> = sqlx::query_as(
        "SELECT started_by, started_at, stable_since, well_since, stopped_at FROM monitors WHERE incident_id = $1",
    )
    .bind(incident.0)
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Monitor::from))
}
