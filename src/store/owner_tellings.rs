//! Table `owner_tellings`: what owners of missing clients are told, and were. What became of a message on its way stands in
//! `notices`; that it was taken stands here, for a notice is dropped after some months and goes with its channel.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::channel::News;
use crate::domain::id::{ChannelId, IncidentId, TellingId};
use crate::domain::notice::NoticeState;
use crate::domain::owner_told::{Fate, OwnersNews, Telling};
use crate::domain::time::Timestamp;

row! {
    struct TellingRow {
        id: i64,
        incident_id: i64,
        channel_id: Option<i64>,
        channel_name: String,
        owner: String,
        news: String,
        at: i64,
        sent_at: Option<i64>,
        is_over: i64,
        state: Option<String>,
        tries: Option<i64>,
        due_at: Option<i64>,
        answer: Option<String>,
        tried_at: Option<i64>,
    }
}

impl TellingRow {
    fn into_telling(self) -> Result<Telling> {
        let at = At { table: "owner_tellings", row: &self.id };
        let decided = Timestamp::from_millis(self.at);
        let moment = |millis: Option<i64>| millis.map_or(decided, Timestamp::from_millis);
        let answer = self.answer.unwrap_or_default();
        let state = self.state.as_deref().map(|name| at.need("state", NoticeState::from_name(name))).transpose()?;
        let fate = match (self.sent_at, state) {
            (Some(sent), _) => Fate::Sent(Timestamp::from_millis(sent)),
            (None, Some(NoticeState::Waiting)) => {
                Fate::Waiting { tried: self.tries != Some(0), due_at: moment(self.due_at), answer }
            }
            (None, Some(NoticeState::Sent)) => Fate::Sent(moment(self.tried_at)),
            (None, Some(NoticeState::Refused | NoticeState::GivenUp)) => {
                Fate::Failed { at: moment(self.tried_at), answer }
            }
            (None, None) => Fate::Dropped,
        };
        Ok(Telling {
            id: TellingId(self.id),
            incident: IncidentId(self.incident_id),
            owner: self.owner,
            channel: self.channel_id.map(ChannelId),
            channel_name: self.channel_name,
            news: at.json("news", &self.news)?,
            at: decided,
            fate,
            is_over: self.is_over != 0,
        })
    }
}

impl ReadStore {
    /// What owners were told in an incident, or are to be, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn owner_tellings(&self, incident: IncidentId) -> Result<Vec<Telling>> {
        owner_tellings(&self.pool, incident, &self.damages).await
    }

    /// Incidents in which an owner may have to be told something: those that are open, of a cluster with an owner that names a
    /// channel, and those in which something follows of what one was told. No drills.
    ///
    /// # Errors
    /// The store's.
    pub async fn incidents_with_owners(&self) -> Result<Vec<IncidentId>> {
        let query = sqlx::query_scalar(
            "SELECT id FROM incidents WHERE drill = 0 AND (
                 state IN ('declared', 'mitigated') AND EXISTS
                     (SELECT 1 FROM client_owners o WHERE o.cluster_id = incidents.cluster_id AND o.channel_id IS NOT NULL)
                 OR EXISTS (SELECT 1 FROM owner_tellings t
                     WHERE t.incident_id = incidents.id AND t.is_over = 0 AND t.channel_id IS NOT NULL)
             ) ORDER BY id",
        );
        let ids: Vec<i64> = query.fetch_all(&self.pool).await?;
        Ok(ids.into_iter().map(IncidentId).collect())
    }
}

impl WriteTx {
    /// What owners were told in an incident, or are to be, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn owner_tellings(&mut self, incident: IncidentId) -> Result<Vec<Telling>> {
        owner_tellings(&mut *self.tx, incident, &self.damages).await
    }

    /// An owner is to be told something, through a channel, not before a moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_telling(
        &mut self,
        incident: IncidentId,
        owner: &str,
        (channel, name): (ChannelId, &str),
        news: &OwnersNews,
        due_at: Timestamp,
    ) -> Result<TellingId> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO owner_tellings (incident_id, channel_id, channel_name, owner, news, at, sent_at, is_over)
             VALUES ($1, $2, $3, $4, $5, $6, NULL, $7) RETURNING id",
        )
        .bind(incident.0)
        .bind(channel.0)
        .bind(name)
        .bind(owner)
        .bind(to_json(news)?)
        .bind(self.now.as_millis())
        .bind(i64::from(news.says.is_last()))
        .fetch_one(&mut *self.tx)
        .await?;
        sqlx::query(
            "INSERT INTO notices (channel_id, telling_id, news, at, state, tries, due_at, answer)
             VALUES ($1, $2, $3, $4, 'waiting', 0, $5, '')",
        )
        .bind(channel.0)
        .bind(id)
        .bind(News::ClientsMissing.as_str())
        .bind(self.now.as_millis())
        .bind(due_at.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(TellingId(id))
    }

    /// A message that waits says something else from now on.
    ///
    /// # Errors
    /// The store's.
    pub async fn rewrite_telling(&mut self, incident: IncidentId, id: TellingId, news: &OwnersNews) -> Result<()> {
        sqlx::query("UPDATE owner_tellings SET news = $2, is_over = $3 WHERE id = $1 AND sent_at IS NULL")
            .bind(id.0)
            .bind(to_json(news)?)
            .bind(i64::from(news.says.is_last()))
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// A message that waits is not sent.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_telling(&mut self, incident: IncidentId, id: TellingId) -> Result<()> {
        sqlx::query("DELETE FROM notices WHERE telling_id = $1 AND state = 'waiting'")
            .bind(id.0)
            .execute(&mut *self.tx)
            .await?;
        sqlx::query("UPDATE owner_tellings SET is_over = 1 WHERE id = $1 AND sent_at IS NULL")
            .bind(id.0)
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Nothing follows any more of what an owner was told through a channel until now.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_tellings(&mut self, incident: IncidentId, owner: &str, channel: ChannelId) -> Result<()> {
        sqlx::query("UPDATE owner_tellings SET is_over = 1 WHERE incident_id = $1 AND owner = $2 AND channel_id = $3")
            .bind(incident.0)
            .bind(owner)
            .bind(channel.0)
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// A message was taken: what it said then, whatever was to be said meanwhile. Gives the name of its channel.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_told(
        &mut self,
        incident: IncidentId,
        id: TellingId,
        news: &OwnersNews,
    ) -> Result<Option<String>> {
        let name = sqlx::query_scalar(
            "UPDATE owner_tellings SET news = $2, is_over = $3, sent_at = $4 WHERE id = $1 RETURNING channel_name",
        )
        .bind(id.0)
        .bind(to_json(news)?)
        .bind(i64::from(news.says.is_last()))
        .bind(self.now.as_millis())
        .fetch_optional(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(name)
    }

    /// A message was not taken, or not yet: who looks at the incident is to see it. Gives the name of its channel.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_untold(&mut self, incident: IncidentId, id: TellingId) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT channel_name FROM owner_tellings WHERE id = $1");
        let name = query.bind(id.0).fetch_optional(&mut *self.tx).await?;
        self.touch(Change::Incident(incident));
        Ok(name)
    }
}

async fn owner_tellings(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: &Damages,
) -> Result<Vec<Telling>> {
    let query = sqlx::query(
        "SELECT t.id, t.incident_id, t.channel_id, coalesce(c.name, t.channel_name) AS channel_name, t.owner, t.news, t.at,
                t.sent_at, t.is_over, n.state, n.tries, n.due_at, n.answer, n.tried_at
         FROM owner_tellings t LEFT JOIN notices n ON n.telling_id = t.id LEFT JOIN channels c ON c.id = t.channel_id
         WHERE t.incident_id = $1 ORDER BY t.id",
    );
    let of = Of { table: "owner_tellings", incident: Some(incident), damages: Some(damages) };
    readable(executor, of, query.bind(incident.0), TellingRow::into_telling).await
}
