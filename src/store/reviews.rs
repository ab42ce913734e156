//! Table `reviews`: what leads say of records; the highest version of an incident counts.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::code::Code;
use crate::domain::id::{ClusterId, IncidentId};
use crate::domain::review::{CauseSaid, CauseVerdict, Review, ReviewTexts, VerdictCount};
use crate::domain::time::Timestamp;

row! {
    struct ReviewRow {
        id: i64,
        version: i64,
        said: String,
        texts: String,
        saved_by: String,
        at: i64,
    }
}

impl ReviewRow {
    fn into_review(self) -> Result<Review> {
        let at = At { table: "reviews", row: &self.id };
        Ok(Review {
            version: self.version,
            said: at.json("said", &self.said)?,
            texts: at.json("texts", &self.texts)?,
            by: self.saved_by,
            at: Timestamp::from_millis(self.at),
        })
    }
}

/// Which verdicts to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictQuery {
    /// Of incidents of this cluster; `None`: of all.
    pub cluster: Option<ClusterId>,
    /// Of incidents opened at this moment or later; `None`: of all.
    pub from: Option<Timestamp>,
    /// Of incidents opened before this moment; `None`: of all.
    pub until: Option<Timestamp>,
    /// Drills as well.
    pub drills: bool,
}

impl ReadStore {
    /// The newest version of a review.
    ///
    /// # Errors
    /// The store's.
    pub async fn review(&self, incident: IncidentId) -> Result<Option<Review>> {
        Ok(reviews(&self.pool, incident, Some(&self.damages)).await?.pop())
    }

    /// Every version of a review, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn reviews(&self, incident: IncidentId) -> Result<Vec<Review>> {
        reviews(&self.pool, incident, Some(&self.damages)).await
    }

    /// What the program had named and what it was, of every incident whose cause a reviewer judged; most frequent first.
    ///
    /// # Errors
    /// The store's.
    pub async fn cause_verdicts(&self, query: &VerdictQuery) -> Result<Vec<VerdictCount>> {
        let rows: Vec<(Option<String>, Option<String>, i64)> = sqlx::query_as(
            "SELECT r.said_code, r.was_code, COUNT(*)
             FROM reviews r JOIN incidents i ON i.id = r.incident_id
             WHERE r.verdict IS NOT NULL
               AND r.version = (SELECT MAX(version) FROM reviews WHERE incident_id = r.incident_id)
               AND ($1 IS NULL OR i.cluster_id = $1)
               AND ($2 IS NULL OR i.opened_at >= $2)
               AND ($3 IS NULL OR i.opened_at < $3)
               AND (i.drill = 0 OR $4 = 1)
             GROUP BY r.said_code, r.was_code
             ORDER BY COUNT(*) DESC, r.said_code, r.was_code",
        )
        .bind(query.cluster.map(|cluster| cluster.0))
        .bind(query.from.map(Timestamp::as_millis))
        .bind(query.until.map(Timestamp::as_millis))
        .bind(i64::from(query.drills))
        .fetch_all(&self.pool)
        .await?;
        let at = At { table: "reviews", row: &"of all" };
        let code =
            |column, code: Option<String>| code.map(|code| at.need(column, code.parse::<Code>().ok())).transpose();
        rows.into_iter()
            .map(|(said, was, incidents)| {
                Ok(VerdictCount {
                    said: code("said_code", said)?,
                    was: code("was_code", was)?,
                    incidents: at.need("incidents", u32::try_from(incidents).ok())?,
                })
            })
            .collect()
    }
}

impl WriteTx {
    /// The newest version of a review.
    ///
    /// # Errors
    /// The store's; it cannot be read.
    pub async fn review(&mut self, incident: IncidentId) -> Result<Option<Review>> {
        Ok(reviews(&mut *self.tx, incident, None).await?.pop())
    }

    /// Saves a version of a review.
    ///
    /// # Errors
    /// The store's; there is that version already.
    pub async fn save_review(
        &mut self,
        incident: IncidentId,
        version: i64,
        said: &CauseSaid,
        texts: &ReviewTexts,
        by: &str,
    ) -> Result<()> {
        // The column is there to count how often a code was right: of what nobody knows there is nothing to count.
        let counted = texts.verdict.as_ref().filter(|verdict| **verdict != CauseVerdict::Unknown);
        sqlx::query(
            "INSERT INTO reviews (incident_id, version, said, said_code, verdict, was_code, texts, saved_by, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(incident.0)
        .bind(version)
        .bind(to_json(said)?)
        .bind(said.program.as_ref().map(|cause| cause.code.as_str()))
        .bind(counted.map(CauseVerdict::as_str))
        .bind(texts.was_code(said).map(Code::as_str))
        .bind(to_json(texts)?)
        .bind(by)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }
}

async fn reviews(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<Review>> {
    let query = sqlx::query(
        "SELECT id, version, said, texts, saved_by, at FROM reviews WHERE incident_id = $1 ORDER BY version",
    );
    let of = Of { table: "reviews", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), ReviewRow::into_review).await
}
