//! Table `captures`: what was asked to be copied of nodes, and how that ended.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::capture::{Capture, CaptureEnd, CaptureResult, CaptureState};
use crate::domain::id::{CaptureId, IncidentId, NodeName};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;

row! {
    struct CaptureRow {
        id: i64,
        incident_id: i64,
        node: String,
        asked_by: String,
        asked_at: i64,
        state: String,
        started_at: Option<i64>,
        reads: String,
        cancelled_by: Option<String>,
        ended_at: Option<i64>,
        ended_with: Option<String>,
    }
}

impl CaptureRow {
    fn into_capture(self) -> Result<Capture> {
        let at = At { table: "captures", row: &self.id };
        let state = match self.state.as_str() {
            "queued" => CaptureState::Queued,
            "running" => CaptureState::Running {
                started_at: at.need("started_at", self.started_at.map(Timestamp::from_millis))?,
                reads: self.reads,
            },
            "ended" => CaptureState::Ended {
                ended_at: at.need("ended_at", self.ended_at.map(Timestamp::from_millis))?,
                // What cannot be read is said in its place: what was kept is there all the same.
                result: at.json("ended_with", self.ended_with.as_deref().unwrap_or_default()).unwrap_or_else(|_| {
                    let reason = Message::new("run-row-damaged");
                    CaptureEnd::CouldNotRun { reason }.into()
                }),
            },
            _ => return Err(at.corrupt("state")),
        };
        Ok(Capture {
            id: CaptureId(self.id),
            incident: IncidentId(self.incident_id),
            node: NodeName(self.node),
            asked_by: self.asked_by,
            asked_at: Timestamp::from_millis(self.asked_at),
            state,
        })
    }
}

impl ReadStore {
    /// Every capture of an incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn captures(&self, incident: IncidentId) -> Result<Vec<Capture>> {
        captures(&self.pool, incident, Some(&self.damages)).await
    }

    /// For the engine: every capture that has not ended, oldest first, and who asked to cancel it.
    ///
    /// # Errors
    /// The store's.
    pub async fn unfinished_captures(&self) -> Result<Vec<(Capture, Option<String>)>> {
        let of = Of { table: "captures", incident: None, damages: Some(&self.damages) };
        let query = sqlx::query(
            "SELECT id, incident_id, node, asked_by, asked_at, state, started_at, reads, cancelled_by, ended_at,
                    ended_with
             FROM captures WHERE state <> 'ended' ORDER BY id",
        );
        readable(&self.pool, of, query, |mut row: CaptureRow| {
            let cancelled_by = row.cancelled_by.take();
            row.into_capture().map(|capture| (capture, cancelled_by))
        })
        .await
    }
}

impl WriteTx {
    /// Every capture of an incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn captures(&mut self, incident: IncidentId) -> Result<Vec<Capture>> {
        captures(&mut *self.tx, incident, Some(&self.damages)).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn capture(&mut self, id: CaptureId) -> Result<Option<Capture>> {
        let row: Option<CaptureRow> = sqlx::query_as(
            "SELECT id, incident_id, node, asked_by, asked_at, state, started_at, reads, cancelled_by, ended_at,
                    ended_with
             FROM captures WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&mut *self.tx)
        .await?;
        row.map(CaptureRow::into_capture).transpose()
    }

    /// Queues one. `None`: one of that node is under way.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_capture(
        &mut self,
        incident: IncidentId,
        node: &NodeName,
        asked_by: &str,
    ) -> Result<Option<CaptureId>> {
        let id: Option<i64> = sqlx::query_scalar(
            "INSERT INTO captures (incident_id, node, asked_by, asked_at, state) VALUES ($1, $2, $3, $4, 'queued')
             ON CONFLICT (incident_id, node) WHERE state <> 'ended' DO NOTHING RETURNING id",
        )
        .bind(incident.0)
        .bind(&node.0)
        .bind(asked_by)
        .bind(self.now.as_millis())
        .fetch_optional(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(id.map(CaptureId))
    }

    /// Marks a queued one as running. `None`: it is no longer queued.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim_capture(&mut self, id: CaptureId, engine: &str) -> Result<Option<Capture>> {
        let row: Option<CaptureRow> = sqlx::query_as(
            "UPDATE captures SET state = 'running', started_at = $2, engine = $3 WHERE id = $1 AND state = 'queued'
             RETURNING id, incident_id, node, asked_by, asked_at, state, started_at, reads, cancelled_by, ended_at,
                       ended_with",
        )
        .bind(id.0)
        .bind(self.now.as_millis())
        .bind(engine)
        .fetch_optional(&mut *self.tx)
        .await?;
        let capture = row.map(CaptureRow::into_capture).transpose()?;
        if let Some(capture) = &capture {
            self.touch(Change::Incident(capture.incident));
        }
        Ok(capture)
    }

    /// Notes what a running one reads. False: it does not run any more.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_capture_reads(&mut self, capture: &Capture, reads: &str) -> Result<bool> {
        let done = sqlx::query("UPDATE captures SET reads = $2 WHERE id = $1 AND state = 'running'")
            .bind(capture.id.0)
            .bind(reads)
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(capture.incident));
        Ok(done.rows_affected() > 0)
    }

    /// Notes who wants a running one to stop; the first one counts.
    ///
    /// # Errors
    /// The store's.
    pub async fn ask_to_cancel_capture(&mut self, capture: &Capture, by: &str) -> Result<()> {
        sqlx::query(
            "UPDATE captures SET cancelled_by = $2 WHERE id = $1 AND state = 'running' AND cancelled_by IS NULL",
        )
        .bind(capture.id.0)
        .bind(by)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(capture.incident));
        Ok(())
    }

    /// Ends one. `None`: it has ended before, and stays as it was.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_capture(&mut self, id: CaptureId, result: &CaptureResult) -> Result<Option<Capture>> {
        let row: Option<CaptureRow> = sqlx::query_as(
            "UPDATE captures SET state = 'ended', reads = '', ended_at = $2, ended_with = $3
             WHERE id = $1 AND state <> 'ended'
             RETURNING id, incident_id, node, asked_by, asked_at, state, started_at, reads, cancelled_by, ended_at,
                       ended_with",
        )
        .bind(id.0)
        .bind(self.now.as_millis())
        .bind(to_json(result)?)
        .fetch_optional(&mut *self.tx)
        .await?;
        let capture = row.map(CaptureRow::into_capture).transpose()?;
        if let Some(capture) = &capture {
            self.touch(Change::Incident(capture.incident));
        }
        Ok(capture)
    }

    /// Running ones of any engine but this one.
    ///
    /// # Errors
    /// The store's.
    pub async fn running_captures_of_others(&mut self, engine: &str) -> Result<Vec<CaptureId>> {
        let ids: Vec<i64> =
            sqlx::query_scalar("SELECT id FROM captures WHERE state = 'running' AND engine <> $1 ORDER BY id")
                .bind(engine)
                .fetch_all(&mut *self.tx)
                .await?;
        Ok(ids.into_iter().map(CaptureId).collect())
    }
}

async fn captures(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<Capture>> {
    let query = sqlx::query(
        "SELECT id, incident_id, node, asked_by, asked_at, state, started_at, reads, cancelled_by, ended_at, ended_with
         FROM captures WHERE incident_id = $1 ORDER BY id",
    );
    let of = Of { table: "captures", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), CaptureRow::into_capture).await
}
