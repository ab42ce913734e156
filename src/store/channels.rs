//! Tables `channels` and `notices`: who is told, what is to be told, and what came of it.

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::channel::{Channel, ChannelKind, News};
use crate::domain::cluster::CredentialRef;
use crate::domain::id::{ChannelId, ClusterId, EventId, IncidentId, NoticeId, ProposalId, TellingId};
use crate::domain::message::Lang;
use crate::domain::notice::{About, Notice, NoticeState};
use crate::domain::proposal::Proposal;
use crate::domain::time::Timestamp;

/// Most notices of a channel that are sent at once, or shown.
const MOST_NOTICES: i64 = 50;

const ALL: &str = "SELECT id, name, kind, reference, mail, lang, rules, active, seen FROM channels ORDER BY name, id";

row! {
    struct ChannelRow {
        id: i64,
        name: String,
        kind: String,
        reference: String,
        mail: Option<String>,
        lang: String,
        rules: String,
        active: i64,
        seen: i64,
    }
}

impl ChannelRow {
    fn into_channel(self) -> Result<(Channel, EventId)> {
        let at = At { table: "channels", row: &self.id };
        let channel = Channel {
            id: ChannelId(self.id),
            kind: at.need("kind", ChannelKind::from_name(&self.kind))?,
            reference: at.need("reference", CredentialRef::parse(&self.reference))?,
            mail: self.mail.as_deref().map(|mail| at.json("mail", mail)).transpose()?,
            lang: at.need("lang", Lang::from_tag(&self.lang))?,
            rules: at.json("rules", &self.rules)?,
            name: self.name,
            active: self.active != 0,
        };
        Ok((channel, EventId(self.seen)))
    }
}

row! {
    struct NoticeRow {
        id: i64,
        channel_id: i64,
        event_id: Option<i64>,
        incident_id: Option<i64>,
        proposal_id: Option<i64>,
        cluster_id: Option<i64>,
        cluster_name: Option<String>,
        telling_id: Option<i64>,
        telling_incident: Option<i64>,
        owner: Option<String>,
        told: Option<String>,
        news: String,
        at: i64,
        state: String,
        tries: i64,
        due_at: i64,
        answer: String,
        tried_at: Option<i64>,
        asked_at: Option<i64>,
    }
}

impl NoticeRow {
    fn into_notice(self) -> Result<Notice> {
        let at = At { table: "notices", row: &self.id };
        let about = match (self.event_id, self.incident_id, self.telling_id) {
            (Some(event), Some(incident), _) => About::Event { event: EventId(event), incident: IncidentId(incident) },
            (_, _, Some(telling)) => About::Owner {
                telling: TellingId(telling),
                incident: IncidentId(at.need("telling_id", self.telling_incident)?),
                owner: self.owner.unwrap_or_default(),
                news: at.json("telling_id", self.told.as_deref().unwrap_or_default())?,
            },
            _ => About::Proposal {
                proposal: ProposalId(at.need("proposal_id", self.proposal_id)?),
                cluster: ClusterId(at.need("proposal_id", self.cluster_id)?),
                cluster_name: self.cluster_name.unwrap_or_default(),
            },
        };
        Ok(Notice {
            id: NoticeId(self.id),
            channel: ChannelId(self.channel_id),
            about,
            news: at.need("news", News::from_name(&self.news))?,
            at: Timestamp::from_millis(self.at),
            state: at.need("state", NoticeState::from_name(&self.state))?,
            tries: at.need("tries", u32::try_from(self.tries).ok())?,
            due_at: Timestamp::from_millis(self.due_at),
            answer: self.answer,
            tried_at: self.tried_at.map(Timestamp::from_millis),
            asked_at: self.asked_at.map(Timestamp::from_millis),
        })
    }
}

/// Reads rows of [`NoticeRow`] that fit a condition.
macro_rules! notices_where {
    ($condition:literal) => {
        sqlx::query(concat!(
            "SELECT n.id, n.channel_id, n.event_id, n.incident_id, n.proposal_id, p.cluster_id, c.name AS cluster_name,
                    n.telling_id, t.incident_id AS telling_incident, t.owner, t.news AS told,
                    n.news, n.at, n.state, n.tries, n.due_at, n.answer, n.tried_at, n.asked_at
             FROM notices n LEFT JOIN proposals p ON p.id = n.proposal_id LEFT JOIN clusters c ON c.id = p.cluster_id
             LEFT JOIN owner_tellings t ON t.id = n.telling_id
             WHERE ",
            $condition
        ))
    };
}

impl ReadStore {
    /// All channels by name, each with the newest event that was looked at for it.
    ///
    /// # Errors
    /// The store's.
    pub async fn channels(&self) -> Result<Vec<(Channel, EventId)>> {
        let of = Of { table: "channels", incident: None, damages: Some(&self.damages) };
        readable(&self.pool, of, sqlx::query(ALL), ChannelRow::into_channel).await
    }

    /// What is to be sent through a channel by now, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn due_notices(&self, channel: ChannelId, now: Timestamp) -> Result<Vec<Notice>> {
        let query =
            notices_where!("n.channel_id = $1 AND n.state = 'waiting' AND n.due_at <= $2 ORDER BY n.id LIMIT $3");
        let of = Of { table: "notices", incident: None, damages: Some(&self.damages) };
        let query = query.bind(channel.0).bind(now.as_millis()).bind(MOST_NOTICES);
        readable(&self.pool, of, query, NoticeRow::into_notice).await
    }

    /// What was noted already of what waits for too long: channel, news, and what it is of.
    ///
    /// # Errors
    /// The store's.
    pub async fn overdue_notices(&self) -> Result<Vec<Notice>> {
        let query = notices_where!("n.news IN ($1, $2) ORDER BY n.id");
        let of = Of { table: "notices", incident: None, damages: Some(&self.damages) };
        let query = query.bind(News::Unattended.as_str()).bind(News::StepLate.as_str());
        readable(&self.pool, of, query, NoticeRow::into_notice).await
    }

    /// The newest notices of a channel, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn notices(&self, channel: ChannelId) -> Result<Vec<Notice>> {
        let query = notices_where!("n.channel_id = $1 ORDER BY n.id DESC LIMIT $2");
        let of = Of { table: "notices", incident: None, damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(channel.0).bind(MOST_NOTICES), NoticeRow::into_notice).await
    }
}

impl WriteTx {
    /// All channels by name, each with the newest event that was looked at for it.
    ///
    /// # Errors
    /// The store's.
    pub async fn channels(&mut self) -> Result<Vec<(Channel, EventId)>> {
        let of = Of { table: "channels", incident: None, damages: None };
        readable(&mut *self.tx, of, sqlx::query(ALL), ChannelRow::into_channel).await
    }

    /// Adds a channel that tells nothing of what was before. `None`: the name is taken.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_channel(&mut self, channel: &Channel) -> Result<Option<ChannelId>> {
        let id: Option<i64> = sqlx::query_scalar(
            "INSERT INTO channels (name, kind, reference, lang, rules, active, mail, seen)
             VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT coalesce(max(id), 0) FROM events))
             ON CONFLICT (name) DO NOTHING RETURNING id",
        )
        .bind(&channel.name)
        .bind(channel.kind.as_str())
        .bind(channel.reference.to_string())
        .bind(channel.lang.tag())
        .bind(to_json(&channel.rules)?)
        .bind(i64::from(channel.active))
        .bind(channel.mail.as_ref().map(to_json).transpose()?)
        .fetch_optional(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(id.map(ChannelId))
    }

    /// Replaces all of a channel. One that is put to use again tells nothing of the time between. False: the name is taken.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_channel(&mut self, channel: &Channel) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE OR IGNORE channels SET name = $2, kind = $3, reference = $4, lang = $5, rules = $6,
                 seen = CASE WHEN active = 0 AND $7 = 1 THEN (SELECT coalesce(max(id), 0) FROM events) ELSE seen END,
                 active = $7, mail = $8
             WHERE id = $1",
        )
        .bind(channel.id.0)
        .bind(&channel.name)
        .bind(channel.kind.as_str())
        .bind(channel.reference.to_string())
        .bind(channel.lang.tag())
        .bind(to_json(&channel.rules)?)
        .bind(i64::from(channel.active))
        .bind(channel.mail.as_ref().map(to_json).transpose()?)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(done.rows_affected() > 0)
    }

    /// Removes a channel with its notices. Owners that named it know its name from then on.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_channel(&mut self, id: ChannelId) -> Result<()> {
        sqlx::query(
            "UPDATE client_owners SET channel_id = NULL, lost_channel = (SELECT name FROM channels WHERE id = $1)
             WHERE channel_id = $1",
        )
        .bind(id.0)
        .execute(&mut *self.tx)
        .await?;
        sqlx::query("DELETE FROM channels WHERE id = $1").bind(id.0).execute(&mut *self.tx).await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    /// Everything up to that event was looked at for a channel.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_followed(&mut self, channel: ChannelId, event: EventId) -> Result<()> {
        sqlx::query("UPDATE channels SET seen = max(seen, $2) WHERE id = $1")
            .bind(channel.0)
            .bind(event.0)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Something is to be told; the same news of the same event through the same channel counts once. `at`: since when it is
    /// news.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_notice(
        &mut self,
        channel: ChannelId,
        (event, incident): (EventId, IncidentId),
        news: News,
        at: Timestamp,
        due_at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO notices (channel_id, event_id, incident_id, news, at, state, tries, due_at, answer)
             VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, '') ON CONFLICT (channel_id, event_id, news) DO NOTHING",
        )
        .bind(channel.0)
        .bind(event.0)
        .bind(incident.0)
        .bind(news.as_str())
        .bind(at.as_millis())
        .bind(due_at.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    /// News of a proposal is to be told, as of when channels were told of it last; once a moment through the same channel.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_notice_of_proposal(
        &mut self,
        channel: ChannelId,
        proposal: &Proposal,
        news: News,
        due_at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO notices (channel_id, proposal_id, news, at, state, tries, due_at, answer)
             VALUES ($1, $2, $3, $4, 'waiting', 0, $5, '') ON CONFLICT (channel_id, proposal_id, at, news) DO NOTHING",
        )
        .bind(channel.0)
        .bind(proposal.id.0)
        .bind(news.as_str())
        .bind(proposal.told_at.as_millis())
        .bind(due_at.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    /// What came of a try. `due_at`: when the next one is, of one that waits.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_try(
        &mut self,
        id: NoticeId,
        state: NoticeState,
        due_at: Option<Timestamp>,
        answer: &str,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE notices SET state = $2, tries = tries + 1, due_at = coalesce($3, due_at), answer = $4, tried_at = $5
             WHERE id = $1 AND state = 'waiting'",
        )
        .bind(id.0)
        .bind(state.as_str())
        .bind(due_at.map(Timestamp::as_millis))
        .bind(answer)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    /// What a channel refused, or what was given up, waits again and is as young as on its first day; how many that are.
    ///
    /// # Errors
    /// The store's.
    pub async fn retry_notices(&mut self, channel: ChannelId) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE notices SET state = 'waiting', tries = 0, due_at = $2, asked_at = $2
             WHERE channel_id = $1 AND state IN ('refused', 'given_up')",
        )
        .bind(channel.0)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(done.rows_affected())
    }

    /// Removes what was sent or given up before that moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_old_notices(&mut self, before: Timestamp) -> Result<u64> {
        let done = sqlx::query("DELETE FROM notices WHERE state <> 'waiting' AND at < $1")
            .bind(before.as_millis())
            .execute(&mut *self.tx)
            .await?;
        Ok(done.rows_affected())
    }
}
