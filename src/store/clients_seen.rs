//! Tables `client_looks` and `clients_seen`: who is connected to the nodes of watched clusters; what they publish is in
//! [`super::client_published`].
//!
//! # Why
//! Clients mostly stay. So a row is one client for as long as looks say the same of it, and beside them stands when anybody
//! looked at all: a look that says what the one before it said moves one moment.

use std::collections::BTreeMap;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{ReadStore, Result, WriteTx};
use crate::domain::connected::{ClientKey, ClientList, ClientSpan, Connected, NamedTime};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::publishing::Published;
use crate::domain::time::Timestamp;

/// Most rows of a cluster. Where there are more, those that left longest ago are dropped, and with them the time until then:
/// who was there is not known any more.
pub const MOST_ROWS: i64 = 50_000;

/// A look that named the clients of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedLook {
    /// Of which cluster.
    pub cluster: ClusterId,
    /// Of which node.
    pub node: NodeName,
    /// When.
    pub at: Timestamp,
    /// For how long it speaks if no other follows, milliseconds.
    pub holds_ms: i64,
    /// Clients that were too many to be kept.
    pub left_out: u32,
    /// Who; `None`: the same as in the look before it.
    pub news: Option<ClientList>,
    /// What clients publish, as far as that is news.
    pub published: BTreeMap<ClientKey, Published>,
}

row! {
    struct SeenRow {
        id: i64,
        node: String,
        ip: String,
        app: Option<String>,
        module: Option<String>,
        versions: String,
        connections: i64,
        first_at: i64,
        last_at: Option<i64>,
        gone_at: Option<i64>,
    }
}

impl SeenRow {
    /// With what it is stored by; it may be there still.
    fn into_span(self) -> Result<(i64, NodeName, ClientSpan)> {
        let at = At { table: "clients_seen", row: &self.id };
        let client = Connected {
            versions: at.json("versions", &self.versions)?,
            connections: at.need("connections", u32::try_from(self.connections).ok())?,
        };
        let span = ClientSpan {
            key: ClientKey { ip: self.ip, app: self.app, module: self.module },
            client,
            from: Timestamp::from_millis(self.first_at),
            until: Timestamp::from_millis(self.last_at.unwrap_or(i64::MAX)),
            gone: self.gone_at.map(Timestamp::from_millis),
        };
        Ok((self.id, NodeName(self.node), span))
    }
}

/// What is kept of who was connected to a node.
pub type ConnectedRows = (Vec<NamedTime>, Vec<ClientSpan>);

impl ReadStore {
    /// Who was connected to the nodes of a cluster since a moment: when looks named them, oldest first, and who they were.
    ///
    /// # Errors
    /// The store's.
    pub async fn clients_seen(&self, cluster: ClusterId, from: Timestamp) -> Result<BTreeMap<NodeName, ConnectedRows>> {
        let query = sqlx::query(
            "SELECT node, first_at, last_at, left_out FROM client_looks
             WHERE cluster_id = $1 AND last_at >= $2 ORDER BY node, first_at",
        );
        let of = Of { table: "client_looks", incident: None, damages: Some(&self.damages) };
        let time = |(node, first, last, left_out): (String, i64, i64, i64)| {
            let left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
            let (from, until) = (Timestamp::from_millis(first), Timestamp::from_millis(last));
            Ok((NodeName(node), NamedTime { from, until, left_out }))
        };
        let mut by_node: BTreeMap<NodeName, ConnectedRows> = BTreeMap::new();
        for (node, time) in readable(&self.pool, of, query.bind(cluster.0).bind(from.as_millis()), time).await? {
            by_node.entry(node).or_default().0.push(time);
        }
        let query = sqlx::query(
            "SELECT id, node, ip, app, module, versions, connections, first_at, last_at, gone_at FROM clients_seen
             WHERE cluster_id = $1 AND (gone_at IS NULL OR gone_at >= $2) ORDER BY first_at, id",
        );
        let of = Of { table: "clients_seen", incident: None, damages: Some(&self.damages) };
        let query = query.bind(cluster.0).bind(from.as_millis());
        for (_, node, mut span) in readable(&self.pool, of, query, SeenRow::into_span).await? {
            // Without a look nobody knows whether it is there still.
            let Some((times, spans)) = by_node.get_mut(&node) else { continue };
            let newest = times.iter().map(|time| time.until).max().unwrap_or(span.from);
            span.until = span.until.min(newest);
            spans.push(span);
        }
        Ok(by_node)
    }
}

impl WriteTx {
    /// Adds a look that named the clients of a node: time in which the same was said grows longer, and of clients only what is
    /// news is written. Whether anything was.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_clients(&mut self, look: &NamedLook) -> Result<bool> {
        let (cluster, node, at) = (look.cluster.0, &look.node.0, look.at.as_millis());
        let before: Option<(i64, i64, i64)> = sqlx::query_as(
            "SELECT first_at, last_at, left_out FROM client_looks
             WHERE cluster_id = $1 AND node = $2 ORDER BY first_at DESC LIMIT 1",
        )
        .bind(cluster)
        .bind(node)
        .fetch_optional(&mut *self.tx)
        .await?;
        let goes_on = before.filter(|(_, last, left_out)| {
            (0..=look.holds_ms).contains(&(at - last)) && *left_out == i64::from(look.left_out)
        });
        match goes_on {
            Some((first, ..)) => {
                sqlx::query(
                    "UPDATE client_looks SET last_at = $4 WHERE cluster_id = $1 AND node = $2 AND first_at = $3",
                )
                .bind(cluster)
                .bind(node)
                .bind(first)
                .bind(at)
                .execute(&mut *self.tx)
                .await?;
            }
            None => {
                // A cluster that left the inventory while it was looked at has no looks any more.
                sqlx::query(
                    "INSERT INTO client_looks (cluster_id, node, first_at, last_at, left_out)
                     SELECT id, $2, $3, $3, $4 FROM clusters WHERE id = $1
                     ON CONFLICT (cluster_id, node, first_at) DO NOTHING",
                )
                .bind(cluster)
                .bind(node)
                .bind(at)
                .bind(i64::from(look.left_out))
                .execute(&mut *self.tx)
                .await?;
            }
        }
        match &look.news {
            Some(list) => self.note_news(look, list, before.map_or(at, |(_, last, _)| last)).await,
            None => Ok(false),
        }
    }

    /// `last`: when the look before this one was.
    async fn note_news(&mut self, look: &NamedLook, list: &ClientList, last: i64) -> Result<bool> {
        let (cluster, node, at) = (look.cluster.0, &look.node.0, look.at.as_millis());
        let query = sqlx::query(
            "SELECT id, node, ip, app, module, versions, connections, first_at, last_at, gone_at FROM clients_seen
             WHERE cluster_id = $1 AND node = $2 AND gone_at IS NULL",
        );
        let of = Of { table: "clients_seen", incident: None, damages: Some(&self.damages) };
        let open = readable(&mut *self.tx, of, query.bind(cluster).bind(node), SeenRow::into_span).await?;
        let mut new: BTreeMap<&ClientKey, &Connected> = list.clients.iter().collect();
        let mut is_news = false;
        for (id, _, span) in open {
            if list.beats_unread && span.key.beat_port().is_some() {
                continue;
            }
            if new.get(&span.key).is_some_and(|client| **client == span.client) {
                new.remove(&span.key);
                continue;
            }
            is_news = true;
            sqlx::query("UPDATE clients_seen SET last_at = $2, gone_at = $3 WHERE id = $1")
                .bind(id)
                .bind(last.max(span.from.as_millis()))
                .bind(at)
                .execute(&mut *self.tx)
                .await?;
        }
        for (key, client) in new {
            is_news = true;
            sqlx::query(
                "INSERT INTO clients_seen (cluster_id, node, ip, app, module, versions, connections, first_at)
                 SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM clusters WHERE id = $1",
            )
            .bind(cluster)
            .bind(node)
            .bind(&key.ip)
            .bind(&key.app)
            .bind(&key.module)
            .bind(to_json(&client.versions)?)
            .bind(i64::from(client.connections))
            .bind(at)
            .execute(&mut *self.tx)
            .await?;
        }
        Ok(is_news)
    }

    /// Drops what left longest ago where there are more than `most` rows of a cluster, and the time until then.
    ///
    /// # Errors
    /// The store's.
    pub async fn bound_clients_seen(&mut self, cluster: ClusterId, most: i64) -> Result<()> {
        let there: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM clients_seen WHERE cluster_id = $1 AND gone_at IS NULL")
                .bind(cluster.0)
                .fetch_one(&mut *self.tx)
                .await?;
        let until: Option<i64> = sqlx::query_scalar(
            "SELECT gone_at FROM clients_seen WHERE cluster_id = $1 AND gone_at IS NOT NULL
             ORDER BY gone_at DESC LIMIT 1 OFFSET $2",
        )
        .bind(cluster.0)
        .bind((most - there).max(0))
        .fetch_optional(&mut *self.tx)
        .await?;
        let Some(until) = until else { return Ok(()) };
        for drop in [
            "DELETE FROM clients_seen WHERE cluster_id = $1 AND gone_at <= $2",
            "DELETE FROM client_looks WHERE cluster_id = $1 AND last_at < $2",
            "UPDATE client_looks SET first_at = $2 WHERE cluster_id = $1 AND first_at < $2",
        ] {
            sqlx::query(drop).bind(cluster.0).bind(until).execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Removes what is from before a moment; how many rows. Clusters on which an incident is open that was opened since
    /// `spared` keep theirs: who was connected before it is what people ask for.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_clients_seen(&mut self, before: Timestamp, spared: Timestamp) -> Result<u64> {
        let mut dropped = 0;
        // Who is there still, as far as anybody knows, of a node that nobody looks at any more.
        for drop in [
            "DELETE FROM client_looks WHERE last_at < $1 AND cluster_id NOT IN (
                 SELECT cluster_id FROM incidents WHERE state IN ('declared', 'mitigated') AND opened_at >= $2)",
            "DELETE FROM clients_seen WHERE gone_at < $1 AND cluster_id NOT IN (
                 SELECT cluster_id FROM incidents WHERE state IN ('declared', 'mitigated') AND opened_at >= $2)",
            "DELETE FROM clients_seen WHERE gone_at IS NULL AND first_at < $1 AND $2 IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM client_looks l WHERE l.cluster_id = clients_seen.cluster_id AND l.node = clients_seen.node)",
        ] {
            let done = sqlx::query(drop).bind(before.as_millis()).bind(spared.as_millis()).execute(&mut *self.tx).await?;
            dropped += done.rows_affected();
        }
        Ok(dropped)
    }
}
