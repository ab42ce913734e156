//! Table `to_do_marks`: what people did of what an incident asks for.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::capture::KeptBy;
use crate::domain::id::IncidentId;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::domain::to_do::{ToDoId, ToDoMark};

row! {
    struct MarkRow {
        id: i64,
        to_do: String,
        said: String,
        done: bool,
        marked_by: String,
        at: i64,
        kept: Option<String>,
    }
}

impl MarkRow {
    fn into_mark(self) -> Result<ToDoMark> {
        let at = At { table: "to_do_marks", row: &self.id };
        Ok(ToDoMark {
            id: ToDoId(self.to_do),
            text: at.json("said", &self.said)?,
            done: self.done,
            by: self.marked_by,
            at: Timestamp::from_millis(self.at),
            kept: self.kept.as_deref().and_then(KeptBy::from_name),
        })
    }
}

impl ReadStore {
    /// The newest mark of each to-do, in the order of those marks.
    ///
    /// # Errors
    /// The store's.
    pub async fn to_do_marks(&self, incident: IncidentId) -> Result<Vec<ToDoMark>> {
        marks(&self.pool, incident, Some(&self.damages)).await
    }
}

impl WriteTx {
    /// The newest mark of each to-do, in the order of those marks.
    ///
    /// # Errors
    /// The store's; a mark cannot be read.
    pub async fn to_do_marks(&mut self, incident: IncidentId) -> Result<Vec<ToDoMark>> {
        marks(&mut *self.tx, incident, None).await
    }

    /// Marks a to-do. `kept`: evidence that was kept does it, and no person ticked it.
    ///
    /// # Errors
    /// The store's.
    pub async fn mark_to_do(
        &mut self,
        incident: IncidentId,
        said: &Message,
        done: bool,
        by: &str,
        kept: Option<KeptBy>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO to_do_marks (incident_id, to_do, said, done, marked_by, at, kept)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(incident.0)
        .bind(ToDoId::of(said).0)
        .bind(to_json(said)?)
        .bind(i64::from(done))
        .bind(by)
        .bind(self.now.as_millis())
        .bind(kept.map(KeptBy::as_str))
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }
}

async fn marks(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<ToDoMark>> {
    let query = sqlx::query(
        "SELECT id, to_do, said, done, marked_by, at, kept FROM to_do_marks
         WHERE id IN (SELECT MAX(id) FROM to_do_marks WHERE incident_id = $1 GROUP BY to_do) ORDER BY id",
    );
    let of = Of { table: "to_do_marks", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), MarkRow::into_mark).await
}
