//! Table `pinned_causes`: the cause of each incident; the newest row counts.

use sqlx::SqliteExecutor;

use super::codec::{At, row};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::id::IncidentId;
use crate::domain::pinned::{NamedCause, PinnedCause, of_history};
use crate::domain::review::CauseSaid;
use crate::domain::time::Timestamp;

/// Where the diagnosis stands that names a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CausePlace {
    /// Which diagnosis of the history, from 1.
    pub position: i64,
    /// Which cause there, from 0.
    pub place: usize,
}

/// What is pinned.
#[derive(Clone, Copy, Debug)]
pub struct NewPin<'a> {
    /// Where it is named; `None`: the words say what it is.
    pub named: Option<CausePlace>,
    /// Login name; `None`: the program.
    pub chosen_by: Option<&'a str>,
    /// Why, or what it is.
    pub words: &'a str,
}

row! {
    struct PinnedRow {
        id: i64,
        at: i64,
        chosen_by: Option<String>,
        words: String,
        place: Option<i64>,
        body: Option<String>,
    }
}

impl PinnedRow {
    fn into_pinned(self) -> Result<PinnedCause> {
        let at = At { table: "pinned_causes", row: &self.id };
        let named = match (self.place, &self.body) {
            (Some(place), Some(body)) => {
                let place = at.need("place", usize::try_from(place).ok())?;
                let named = NamedCause { diagnosis: at.json("body", body)?, place };
                at.need("place", named.cause())?;
                Some(named)
            }
            _ => None,
        };
        Ok(PinnedCause { at: Timestamp::from_millis(self.at), chosen_by: self.chosen_by, words: self.words, named })
    }
}

impl ReadStore {
    /// The cause of an incident; `None`: nothing is known yet. Where none was pinned (the incident is older than that) or what
    /// was cannot be read, which is noted, it is what its diagnoses come to.
    ///
    /// # Errors
    /// The store's.
    pub async fn pinned_cause(&self, incident: IncidentId) -> Result<Option<PinnedCause>> {
        match pinned(&self.pool, incident, false, Some(&self.damages)).await? {
            Some(pinned) => Ok(Some(pinned)),
            None => Ok(of_history(self.diagnosis_history(incident).await?)),
        }
    }
}

impl ReadStore {
    /// What was said of the cause so far.
    ///
    /// # Errors
    /// The store's.
    pub async fn cause_said(&self, incident: IncidentId) -> Result<CauseSaid> {
        let program = self.program_cause(incident).await?;
        Ok(CauseSaid::of(program.as_ref(), self.pinned_cause(incident).await?.as_ref()))
    }

    /// What the program named last as the cause, whatever a person chose since; `None`: it named none.
    ///
    /// # Errors
    /// The store's.
    pub async fn program_cause(&self, incident: IncidentId) -> Result<Option<PinnedCause>> {
        match pinned(&self.pool, incident, true, Some(&self.damages)).await? {
            Some(pinned) => Ok(Some(pinned)),
            None => Ok(of_history(self.diagnosis_history(incident).await?)),
        }
    }
}

impl WriteTx {
    /// The cause of an incident, as [`ReadStore::pinned_cause`] has it.
    ///
    /// # Errors
    /// The store's.
    pub async fn pinned_cause(&mut self, incident: IncidentId) -> Result<Option<PinnedCause>> {
        let damages = self.damages.clone();
        match pinned(&mut *self.tx, incident, false, Some(&damages)).await? {
            Some(pinned) => Ok(Some(pinned)),
            None => Ok(of_history(self.diagnosis_history(incident).await?.into_iter().map(|(_, kept)| kept))),
        }
    }

    /// What was said of the cause so far.
    ///
    /// # Errors
    /// The store's.
    pub async fn cause_said(&mut self, incident: IncidentId) -> Result<CauseSaid> {
        let damages = self.damages.clone();
        let program = match pinned(&mut *self.tx, incident, true, Some(&damages)).await? {
            Some(pinned) => Some(pinned),
            None => of_history(self.diagnosis_history(incident).await?.into_iter().map(|(_, kept)| kept)),
        };
        Ok(CauseSaid::of(program.as_ref(), self.pinned_cause(incident).await?.as_ref()))
    }

    /// Pins a cause.
    ///
    /// # Errors
    /// The store's; there is no such diagnosis.
    pub async fn pin_cause(&mut self, incident: IncidentId, pin: NewPin<'_>) -> Result<()> {
        sqlx::query(
            "INSERT INTO pinned_causes (incident_id, at, chosen_by, words, position, place)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(incident.0)
        .bind(self.now.as_millis())
        .bind(pin.chosen_by)
        .bind(pin.words)
        .bind(pin.named.map(|named| named.position))
        .bind(pin.named.and_then(|named| i64::try_from(named.place).ok()))
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }
}

async fn pinned(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    by_program: bool,
    damages: Option<&Damages>,
) -> Result<Option<PinnedCause>> {
    let query = sqlx::query(
        "SELECT pinned_causes.id, pinned_causes.at, chosen_by, words, place, body
         FROM pinned_causes LEFT JOIN diagnosis_history
             ON diagnosis_history.incident_id = pinned_causes.incident_id
             AND diagnosis_history.position = pinned_causes.position
         WHERE pinned_causes.incident_id = $1 AND ($2 = 0 OR chosen_by IS NULL)
         ORDER BY pinned_causes.id DESC LIMIT 1",
    );
    let query = query.bind(incident.0).bind(i64::from(by_program));
    let of = Of { table: "pinned_causes", incident: Some(incident), damages };
    Ok(readable(executor, of, query, PinnedRow::into_pinned).await?.pop())
}
