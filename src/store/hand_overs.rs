//! Table `hand_overs`: offers of the lead of an incident; at most one waits for an answer.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::hand_over::{Card, Offer, OfferEnd};
use crate::domain::id::IncidentId;
use crate::domain::time::Timestamp;

row! {
    struct OfferRow {
        id: i64,
        offered_by: String,
        offered_to: String,
        note: String,
        card: String,
        at: i64,
    }
}

impl OfferRow {
    fn into_offer(self) -> Result<Offer> {
        let card = At { table: "hand_overs", row: &self.id }.json("card", &self.card)?;
        let at = Timestamp::from_millis(self.at);
        Ok(Offer { by: self.offered_by, to: self.offered_to, note: self.note, card, at })
    }
}

impl ReadStore {
    /// The offer of the lead that waits for an answer.
    ///
    /// # Errors
    /// The store's.
    pub async fn waiting_offer(&self, incident: IncidentId) -> Result<Option<Offer>> {
        waiting_offer(&self.pool, incident, Some(&self.damages)).await
    }
}

impl WriteTx {
    /// The offer of the lead that waits for an answer.
    ///
    /// # Errors
    /// The store's; it cannot be read.
    pub async fn waiting_offer(&mut self, incident: IncidentId) -> Result<Option<Offer>> {
        waiting_offer(&mut *self.tx, incident, None).await
    }

    /// Keeps an offer; there must be none that waits.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_offer(
        &mut self,
        incident: IncidentId,
        by: &str,
        to: &str,
        note: &str,
        card: &Card,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO hand_overs (incident_id, offered_by, offered_to, note, card, at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(incident.0)
        .bind(by)
        .bind(to)
        .bind(note)
        .bind(to_json(card)?)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Ends the offer that waits. False: none does.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_offer(&mut self, incident: IncidentId, how: OfferEnd, by: &str) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE hand_overs SET ended_as = $2, ended_by = $3, ended_at = $4
             WHERE incident_id = $1 AND ended_as IS NULL",
        )
        .bind(incident.0)
        .bind(how.as_str())
        .bind(by)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(done.rows_affected() > 0)
    }
}

async fn waiting_offer(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Option<Offer>> {
    let query = sqlx::query(
        "SELECT id, offered_by, offered_to, note, card, at FROM hand_overs
         WHERE incident_id = $1 AND ended_as IS NULL",
    );
    let of = Of { table: "hand_overs", incident: Some(incident), damages };
    Ok(readable(executor, of, query.bind(incident.0), OfferRow::into_offer).await?.pop())
}
