//! Tables `follow_ups` and `follow_up_marks`: what is to be done after incidents, and what became of it.

use std::collections::BTreeMap;

use sqlx::SqliteExecutor;

use super::codec::{At, row};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::follow_up::{FollowUp, FollowUpMark, FollowUpState, Owner};
use crate::domain::id::{FollowUpId, IncidentId};
use crate::domain::time::Timestamp;

row! {
    struct FollowUpRow {
        id: i64,
        incident_id: i64,
        what: String,
        owner: String,
        has_account: bool,
        due: String,
        added_by: String,
        at: i64,
        state: Option<String>,
        reason: Option<String>,
        marked_by: Option<String>,
        marked_at: Option<i64>,
    }
}

impl FollowUpRow {
    fn into_follow_up(self) -> Result<FollowUp> {
        let at = At { table: "follow_ups", row: &self.id };
        let mark = match (self.state, self.reason, self.marked_by, self.marked_at) {
            (Some(state), Some(reason), Some(by), Some(marked_at)) => Some(FollowUpMark {
                state: at.need("state", FollowUpState::from_name(&state))?,
                reason,
                by,
                at: Timestamp::from_millis(marked_at),
            }),
            _ => None,
        };
        Ok(FollowUp {
            id: FollowUpId(self.id),
            incident: IncidentId(self.incident_id),
            what: self.what,
            owner: Owner { name: self.owner, has_account: self.has_account },
            due: at.need("due", self.due.parse().ok())?,
            added_by: self.added_by,
            added_at: Timestamp::from_millis(self.at),
            mark,
        })
    }
}

/// Most open follow-ups that are listed.
const MOST_OPEN: i64 = 100;

impl ReadStore {
    /// Those of an incident, due first.
    ///
    /// # Errors
    /// The store's.
    pub async fn follow_ups(&self, incident: IncidentId) -> Result<Vec<FollowUp>> {
        follow_ups(&self.pool, incident, Some(&self.damages)).await
    }

    /// Open ones of all incidents, due first; a hundred at most.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_follow_ups(&self) -> Result<Vec<FollowUp>> {
        let query = sqlx::query(
            "SELECT f.id, f.incident_id, what, owner, has_account, due, added_by, f.at,
                    state, reason, marked_by, m.at AS marked_at
             FROM follow_ups f LEFT JOIN follow_up_marks m
                 ON m.id = (SELECT MAX(id) FROM follow_up_marks WHERE follow_up_id = f.id)
             WHERE state IS NULL OR state = 'open' ORDER BY due, f.id LIMIT $1",
        );
        let of = Of { table: "follow_ups", incident: None, damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(MOST_OPEN), FollowUpRow::into_follow_up).await
    }

    /// How many are open, by incident; of those incidents only that have one.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_follow_up_counts(&self) -> Result<BTreeMap<IncidentId, usize>> {
        let counts: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT f.incident_id, COUNT(*) FROM follow_ups f LEFT JOIN follow_up_marks m
                 ON m.id = (SELECT MAX(id) FROM follow_up_marks WHERE follow_up_id = f.id)
             WHERE state IS NULL OR state = 'open' GROUP BY f.incident_id",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(counts.into_iter().map(|(id, n)| (IncidentId(id), usize::try_from(n).unwrap_or_default())).collect())
    }
}

impl WriteTx {
    /// One of an incident.
    ///
    /// # Errors
    /// The store's; it cannot be read.
    pub async fn follow_up(&mut self, incident: IncidentId, id: FollowUpId) -> Result<Option<FollowUp>> {
        let all = follow_ups(&mut *self.tx, incident, None).await?;
        Ok(all.into_iter().find(|follow_up| follow_up.id == id))
    }

    /// Adds one.
    ///
    /// # Errors
    /// The store's.
    pub async fn add_follow_up(
        &mut self,
        incident: IncidentId,
        what: &str,
        owner: &Owner,
        due: jiff::civil::Date,
        by: &str,
    ) -> Result<FollowUpId> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO follow_ups (incident_id, what, owner, has_account, due, added_by, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        )
        .bind(incident.0)
        .bind(what)
        .bind(&owner.name)
        .bind(i64::from(owner.has_account))
        .bind(due.to_string())
        .bind(by)
        .bind(self.now.as_millis())
        .fetch_one(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(FollowUpId(id))
    }

    /// Says what became of one.
    ///
    /// # Errors
    /// The store's.
    pub async fn mark_follow_up(
        &mut self,
        follow_up: &FollowUp,
        state: FollowUpState,
        reason: &str,
        by: &str,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO follow_up_marks (follow_up_id, state, reason, marked_by, at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(follow_up.id.0)
        .bind(state.as_str())
        .bind(reason)
        .bind(by)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(follow_up.incident));
        Ok(())
    }
}

async fn follow_ups(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<FollowUp>> {
    let query = sqlx::query(
        "SELECT f.id, f.incident_id, what, owner, has_account, due, added_by, f.at,
                state, reason, marked_by, m.at AS marked_at
         FROM follow_ups f LEFT JOIN follow_up_marks m
             ON m.id = (SELECT MAX(id) FROM follow_up_marks WHERE follow_up_id = f.id)
         WHERE f.incident_id = $1 ORDER BY due, f.id",
    );
    let of = Of { table: "follow_ups", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), FollowUpRow::into_follow_up).await
}
