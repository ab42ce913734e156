//! Table `client_published`: what clients of watched clusters publish, as their nodes said while they could.
//!
//! # Why
//! A row is what one client published at one node for as long as its lists said the same. It is kept as long as anything is of
//! the client: after the death of a node its clients are asked for, and nobody else can tell.

use std::collections::BTreeMap;

use super::clients_seen::NamedLook;
use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{ReadStore, Result, WriteTx};
use crate::domain::connected::ClientKey;
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::publishing::PublishedSpan;
use crate::domain::time::Timestamp;

/// Most rows of a cluster; the oldest of what holds no more are dropped first.
pub const MOST_ROWS: i64 = 20_000;

row! {
    struct PublishedRow {
        id: i64,
        node: String,
        ip: String,
        app: Option<String>,
        module: Option<String>,
        published: String,
        first_at: i64,
        ended_at: Option<i64>,
    }
}

impl PublishedRow {
    /// With what it is stored by.
    fn into_span(self) -> Result<(i64, NodeName, PublishedSpan)> {
        let at = At { table: "client_published", row: &self.id };
        let span = PublishedSpan {
            published: at.json("published", &self.published)?,
            key: ClientKey { ip: self.ip, app: self.app, module: self.module },
            from: Timestamp::from_millis(self.first_at),
            until: self.ended_at.map(Timestamp::from_millis),
        };
        Ok((self.id, NodeName(self.node), span))
    }
}

impl ReadStore {
    /// What clients of the nodes of a cluster published since a moment, in the order in which it was read.
    ///
    /// # Errors
    /// The store's.
    pub async fn clients_published(
        &self,
        cluster: ClusterId,
        from: Timestamp,
    ) -> Result<BTreeMap<NodeName, Vec<PublishedSpan>>> {
        let query = sqlx::query(
            "SELECT id, node, ip, app, module, published, first_at, ended_at FROM client_published
             WHERE cluster_id = $1 AND (ended_at IS NULL OR ended_at >= $2) ORDER BY first_at, id",
        );
        let of = Of { table: "client_published", incident: None, damages: Some(&self.damages) };
        let query = query.bind(cluster.0).bind(from.as_millis());
        let mut by_node: BTreeMap<NodeName, Vec<PublishedSpan>> = BTreeMap::new();
        for (_, node, span) in readable(&self.pool, of, query, PublishedRow::into_span).await? {
            by_node.entry(node).or_default().push(span);
        }
        Ok(by_node)
    }
}

impl WriteTx {
    /// Adds what clients of a node publish, where it is not what is stored of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_published(&mut self, look: &NamedLook) -> Result<()> {
        if look.published.is_empty() {
            return Ok(());
        }
        let (cluster, node, at) = (look.cluster.0, &look.node.0, look.at.as_millis());
        let query = sqlx::query(
            "SELECT id, node, ip, app, module, published, first_at, ended_at FROM client_published
             WHERE cluster_id = $1 AND node = $2 AND ended_at IS NULL",
        );
        let of = Of { table: "client_published", incident: None, damages: Some(&self.damages) };
        let stored = readable(&mut *self.tx, of, query.bind(cluster).bind(node), PublishedRow::into_span).await?;
        let stored: BTreeMap<ClientKey, (i64, PublishedSpan)> =
            stored.into_iter().map(|(id, _, span)| (span.key.clone(), (id, span))).collect();
        for (key, published) in &look.published {
            match stored.get(key) {
                Some((_, span)) if span.published == *published => continue,
                Some((id, _)) => {
                    sqlx::query("UPDATE client_published SET ended_at = $2 WHERE id = $1")
                        .bind(id)
                        .bind(at)
                        .execute(&mut *self.tx)
                        .await?;
                }
                None => {}
            }
            sqlx::query(
                "INSERT INTO client_published (cluster_id, node, ip, app, module, published, first_at)
                 SELECT id, $2, $3, $4, $5, $6, $7 FROM clusters WHERE id = $1",
            )
            .bind(cluster)
            .bind(node)
            .bind(&key.ip)
            .bind(&key.app)
            .bind(&key.module)
            .bind(to_json(published)?)
            .bind(at)
            .execute(&mut *self.tx)
            .await?;
        }
        self.bound_clients_published(look.cluster, MOST_ROWS).await
    }

    /// Drops what was read first where there are more than `most` rows of a cluster: what holds no more before what holds.
    ///
    /// # Errors
    /// The store's.
    pub async fn bound_clients_published(&mut self, cluster: ClusterId, most: i64) -> Result<()> {
        sqlx::query(
            "DELETE FROM client_published WHERE cluster_id = $1 AND id IN (
                 SELECT id FROM client_published WHERE cluster_id = $1
                 ORDER BY CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END DESC, first_at DESC, id DESC
                 LIMIT -1 OFFSET $2)",
        )
        .bind(cluster.0)
        .bind(most)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Removes what clients published of whom nothing else is kept. How many rows.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_clients_published(&mut self) -> Result<u64> {
        let done = sqlx::query(
            "DELETE FROM client_published WHERE NOT EXISTS (
                 SELECT 1 FROM clients_seen s
                 WHERE s.cluster_id = client_published.cluster_id AND s.node = client_published.node
                   AND s.ip = client_published.ip AND COALESCE(s.app, '') = COALESCE(client_published.app, '')
                   AND COALESCE(s.module, '') = COALESCE(client_published.module, ''))",
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected())
    }
}
