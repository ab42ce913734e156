//! Table `events`: the timeline. Append-only (triggers refuse anything else), each line hashed over the one before.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::event::{Actor, Chain, Event, EventKind};
use crate::domain::id::{ClusterId, EventId, IncidentId, NodeName};
use crate::domain::start_followed::Follow;
use crate::domain::time::Timestamp;

/// Most events that are looked at in one go.
const MOST_EVENTS: i64 = 2000;

row! {
    struct EventRow {
        id: i64,
        incident_id: i64,
        at: i64,
        actor: String,
        kind: String,
        hash: String,
    }
}

impl EventRow {
    fn into_event(self) -> Result<Event> {
        let at = At { table: "events", row: &self.id };
        Ok(Event {
            id: EventId(self.id),
            incident: IncidentId(self.incident_id),
            at: Timestamp::from_millis(self.at),
            actor: at.json("actor", &self.actor)?,
            kind: at.json("kind", &self.kind)?,
        })
    }
}

impl ReadStore {
    /// The whole timeline, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn timeline(&self, incident: IncidentId) -> Result<Vec<Event>> {
        self.timeline_after(incident, EventId(0)).await
    }

    /// What came after an event, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn timeline_after(&self, incident: IncidentId, after: EventId) -> Result<Vec<Event>> {
        self.event_rows(incident, after, EventRow::into_event).await
    }

    /// Checks the hash chain; the first event that does not fit, if any.
    ///
    /// # Errors
    /// The store's.
    pub async fn first_broken_event(&self, incident: IncidentId) -> Result<Option<EventId>> {
        Ok(self.chain(incident).await?.broken)
    }

    /// The hash chain: whether it fits, and its head.
    ///
    /// # Errors
    /// The store's.
    pub async fn chain(&self, incident: IncidentId) -> Result<Chain> {
        let mut chain = Chain::default();
        let mut before = String::new();
        for row in self.event_rows(incident, EventId(0), Ok).await? {
            let id = EventId(row.id);
            if chain.broken.is_none() && row.hash != chained(&before, incident, row.at, &row.actor, &row.kind) {
                chain.broken = Some(id);
            }
            before.clone_from(&row.hash);
            chain.entries += 1;
            chain.head = Some((id, row.hash));
        }
        Ok(chain)
    }

    /// What happened in an incident, without the results of single checks, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn told(&self, incident: IncidentId) -> Result<Vec<Event>> {
        let query = sqlx::query(
            "SELECT id, incident_id, at, actor, kind, hash FROM events
             WHERE incident_id = $1 AND kind NOT LIKE '{\"event\":\"check_finished\"%' ORDER BY id",
        );
        let of = Of { table: "events", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), EventRow::into_event).await
    }

    /// What happened in the incidents that were opened in a period, without the results of single checks: by incident, oldest
    /// first.
    ///
    /// # Errors
    /// The store's.
    pub async fn told_of_period(&self, from: Timestamp, to: Timestamp) -> Result<BTreeMap<IncidentId, Vec<Event>>> {
        let query = sqlx::query(
            "SELECT id, incident_id, at, actor, kind, hash FROM events
             WHERE incident_id IN (SELECT id FROM incidents WHERE opened_at >= $1 AND opened_at < $2)
               AND kind NOT LIKE '{\"event\":\"check_finished\"%' ORDER BY id",
        );
        let of = Of { table: "events", incident: None, damages: Some(&self.damages) };
        let query = query.bind(from.as_millis()).bind(to.as_millis());
        let mut told: BTreeMap<IncidentId, Vec<Event>> = BTreeMap::new();
        for event in readable(&self.pool, of, query, EventRow::into_event).await? {
            told.entry(event.incident).or_default().push(event);
        }
        Ok(told)
    }

    /// Events after one, oldest first, without the results of single checks; some thousand at most.
    ///
    /// # Errors
    /// The store's.
    pub async fn events_after(&self, after: EventId) -> Result<Vec<Event>> {
        let query = sqlx::query(
            "SELECT id, incident_id, at, actor, kind, hash FROM events
             WHERE id > $1 AND kind NOT LIKE '{\"event\":\"check_finished\"%' ORDER BY id LIMIT $2",
        );
        let of = Of { table: "events", incident: None, damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(after.0).bind(MOST_EVENTS), EventRow::into_event).await
    }

    /// One entry of a timeline.
    ///
    /// # Errors
    /// The store's.
    pub async fn event(&self, id: EventId) -> Result<Option<Event>> {
        let query = sqlx::query("SELECT id, incident_id, at, actor, kind, hash FROM events WHERE id = $1");
        let of = Of { table: "events", incident: None, damages: Some(&self.damages) };
        Ok(readable(&self.pool, of, query.bind(id.0), EventRow::into_event).await?.pop())
    }

    /// What tells since when something waits for a person: opening, decisions, changes of state, offers of the lead; oldest
    /// first.
    ///
    /// # Errors
    /// The store's.
    pub async fn waiting_events(&self, incident: IncidentId) -> Result<Vec<Event>> {
        let query = sqlx::query(
            "SELECT id, incident_id, at, actor, kind, hash FROM events
             WHERE incident_id = $1
               AND (kind LIKE '{\"event\":\"incident_opened\"%' OR kind LIKE '{\"event\":\"step_decided\"%'
                    OR kind LIKE '{\"event\":\"state_changed\"%' OR kind LIKE '{\"event\":\"lead_%')
             ORDER BY id",
        );
        let of = Of { table: "events", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), EventRow::into_event).await
    }

    /// The newest entry that says how the watcher sees the cluster; `None`: there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_seen(&self, incident: IncidentId) -> Result<Option<Event>> {
        let of = Of { table: "events", incident: Some(incident), damages: Some(&self.damages) };
        Ok(readable(&self.pool, of, sqlx::query(NEWEST_SEEN).bind(incident.0), EventRow::into_event).await?.pop())
    }

    /// What the timeline of an incident was told of starts of nodes, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn restart_follows(&self, incident: IncidentId) -> Result<Vec<(NodeName, Follow)>> {
        let of = Of { table: "events", incident: Some(incident), damages: Some(&self.damages) };
        let events = readable(&self.pool, of, sqlx::query(RESTART_FOLLOWS).bind(incident.0), EventRow::into_event);
        Ok(events.await?.into_iter().filter_map(followed).collect())
    }

    /// Starts of a node of which a timeline told before a moment, in whatever incident of its cluster, newest first; some dozens
    /// at most.
    ///
    /// # Errors
    /// The store's.
    pub async fn starts_of(&self, cluster: ClusterId, node: &NodeName, before: Timestamp) -> Result<Vec<Follow>> {
        let query = sqlx::query(
            "SELECT id, incident_id, at, actor, kind, hash FROM events
             WHERE incident_id IN (SELECT id FROM incidents WHERE cluster_id = $1) AND at < $2
               AND kind LIKE '{\"event\":\"restart_followed\"%' ORDER BY id DESC LIMIT 50",
        );
        let of = Of { table: "events", incident: None, damages: Some(&self.damages) };
        let query = query.bind(cluster.0).bind(before.as_millis());
        let events = readable(&self.pool, of, query, EventRow::into_event).await?;
        let starts = events.into_iter().filter_map(followed).filter(|(of, _)| of == node);
        Ok(starts.map(|(_, follow)| follow).collect())
    }

    async fn event_rows<T>(
        &self,
        incident: IncidentId,
        after: EventId,
        into: impl Fn(EventRow) -> Result<T>,
    ) -> Result<Vec<T>> {
        let query = sqlx::query(
            "SELECT id, incident_id, at, actor, kind, hash FROM events WHERE incident_id = $1 AND id > $2 ORDER BY id",
        );
        let of = Of { table: "events", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0).bind(after.0), into).await
    }
}

/// The newest entry of an incident that says how the watcher sees its cluster.
const NEWEST_SEEN: &str = "SELECT id, incident_id, at, actor, kind, hash FROM events
    WHERE incident_id = $1 AND kind LIKE '{\"event\":\"cluster_seen\"%' ORDER BY id DESC LIMIT 1";

/// What the timeline of an incident was told of starts of nodes.
const RESTART_FOLLOWS: &str = "SELECT id, incident_id, at, actor, kind, hash FROM events
    WHERE incident_id = $1 AND kind LIKE '{\"event\":\"restart_followed\"%' ORDER BY id";

fn followed(event: Event) -> Option<(NodeName, Follow)> {
    match event.kind {
        EventKind::RestartFollowed { node, follow } => Some((node, *follow)),
        _ => None,
    }
}

impl WriteTx {
    /// What the timeline of an incident was told of starts of nodes, oldest first.
    ///
    /// # Errors
    /// The store's; an entry cannot be read.
    pub async fn restart_follows(&mut self, incident: IncidentId) -> Result<Vec<(NodeName, Follow)>> {
        let of = Of { table: "events", incident: Some(incident), damages: None };
        let events = readable(&mut *self.tx, of, sqlx::query(RESTART_FOLLOWS).bind(incident.0), EventRow::into_event);
        Ok(events.await?.into_iter().filter_map(followed).collect())
    }

    /// The whole timeline, oldest first.
    ///
    /// # Errors
    /// The store's; an entry cannot be read.
    pub async fn timeline(&mut self, incident: IncidentId) -> Result<Vec<Event>> {
        let query =
            sqlx::query("SELECT id, incident_id, at, actor, kind, hash FROM events WHERE incident_id = $1 ORDER BY id");
        let of = Of { table: "events", incident: Some(incident), damages: None };
        readable(&mut *self.tx, of, query.bind(incident.0), EventRow::into_event).await
    }

    /// The newest entry that says how the watcher sees the cluster; `None`: there is none.
    ///
    /// # Errors
    /// The store's; it cannot be read.
    pub async fn newest_seen(&mut self, incident: IncidentId) -> Result<Option<Event>> {
        let query = sqlx::query(NEWEST_SEEN);
        let of = Of { table: "events", incident: Some(incident), damages: None };
        Ok(readable(&mut *self.tx, of, query.bind(incident.0), EventRow::into_event).await?.pop())
    }

    /// Appends to the timeline at the time of this transaction.
    ///
    /// # Errors
    /// The store's.
    pub async fn append(&mut self, incident: IncidentId, actor: &Actor, kind: &EventKind) -> Result<EventId> {
        let before: Option<String> =
            sqlx::query_scalar("SELECT hash FROM events WHERE incident_id = $1 ORDER BY id DESC LIMIT 1")
                .bind(incident.0)
                .fetch_optional(&mut *self.tx)
                .await?;
        let (actor, kind) = (to_json(actor)?, to_json(kind)?);
        let at = self.now.as_millis();
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO events (incident_id, at, actor, kind, hash) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .bind(incident.0)
        .bind(at)
        .bind(&actor)
        .bind(&kind)
        .bind(chained(&before.unwrap_or_default(), incident, at, &actor, &kind))
        .fetch_one(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(EventId(id))
    }
}

/// No column holds a line feed (JSON escapes it), so the joined text is unambiguous.
fn chained(before: &str, incident: IncidentId, at: i64, actor: &str, kind: &str) -> String {
    hex::encode(Sha256::digest(format!("{before}\n{incident}\n{at}\n{actor}\n{kind}")))
}
