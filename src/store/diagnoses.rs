//! Tables `diagnoses` and `diagnosis_history`: the newest diagnosis of each incident, and those that said something new.

use sqlx::SqliteExecutor;

use super::codec::{At, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::id::IncidentId;

impl ReadStore {
    /// The newest diagnosis.
    ///
    /// # Errors
    /// The store's.
    pub async fn diagnosis(&self, incident: IncidentId) -> Result<Option<Diagnosis>> {
        match diagnosis(&self.pool, incident).await {
            Err(error) if error.is_damage() => {
                self.damages.note(Some(incident), "diagnoses", incident, &error.to_string());
                Ok(None)
            }
            known => known,
        }
    }

    /// The diagnoses that said something else than the one before, oldest first: each stood until the next.
    ///
    /// # Errors
    /// The store's.
    pub async fn diagnosis_history(&self, incident: IncidentId) -> Result<Vec<Diagnosis>> {
        Ok(history(&self.pool, incident, Some(&self.damages)).await?.into_iter().map(|(_, kept)| kept).collect())
    }
}

impl WriteTx {
    /// The newest diagnosis.
    ///
    /// # Errors
    /// The store's.
    pub async fn diagnosis(&mut self, incident: IncidentId) -> Result<Option<Diagnosis>> {
        match diagnosis(&mut *self.tx, incident).await {
            // The next one takes its place.
            Err(error) if error.is_damage() => Ok(None),
            known => known,
        }
    }

    /// Puts a diagnosis in place of the one before.
    ///
    /// # Errors
    /// The store's.
    pub async fn save_diagnosis(&mut self, incident: IncidentId, diagnosis: &Diagnosis) -> Result<()> {
        sqlx::query(
            "INSERT INTO diagnoses (incident_id, at, body) VALUES ($1, $2, $3)
             ON CONFLICT (incident_id) DO UPDATE SET at = excluded.at, body = excluded.body",
        )
        .bind(incident.0)
        .bind(diagnosis.at.as_millis())
        .bind(to_json(diagnosis)?)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Keeps a diagnosis for the record, and gives its position there.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_diagnosis(&mut self, incident: IncidentId, diagnosis: &Diagnosis) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "INSERT INTO diagnosis_history (incident_id, position, at, body)
             SELECT $1, COUNT(*) + 1, $2, $3 FROM diagnosis_history WHERE incident_id = $1
             RETURNING position",
        )
        .bind(incident.0)
        .bind(diagnosis.at.as_millis())
        .bind(to_json(diagnosis)?)
        .fetch_one(&mut *self.tx)
        .await?)
    }

    /// The position of the newest diagnosis that is kept; `None`: none is.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_kept(&mut self, incident: IncidentId) -> Result<Option<i64>> {
        let query = sqlx::query_scalar("SELECT MAX(position) FROM diagnosis_history WHERE incident_id = $1");
        Ok(query.bind(incident.0).fetch_one(&mut *self.tx).await?)
    }

    /// The diagnoses that are kept, with their positions, oldest first. One that cannot be read is passed over.
    ///
    /// # Errors
    /// The store's.
    pub async fn diagnosis_history(&mut self, incident: IncidentId) -> Result<Vec<(i64, Diagnosis)>> {
        history(&mut *self.tx, incident, Some(&self.damages)).await
    }
}

async fn diagnosis(executor: impl SqliteExecutor<'_>, incident: IncidentId) -> Result<Option<Diagnosis>> {
    let body: Option<String> = sqlx::query_scalar("SELECT body FROM diagnoses WHERE incident_id = $1")
        .bind(incident.0)
        .fetch_optional(executor)
        .await?;
    body.map(|body| At { table: "diagnoses", row: &incident }.json("body", &body)).transpose()
}

async fn history(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<(i64, Diagnosis)>> {
    let query =
        sqlx::query("SELECT position AS id, body FROM diagnosis_history WHERE incident_id = $1 ORDER BY position");
    let of = Of { table: "diagnosis_history", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), |(position, body): (i64, String)| {
        Ok((position, At { table: "diagnosis_history", row: &position }.json("body", &body)?))
    })
    .await
}
