//! Tables `looks` and `look_states`: what the watcher saw of clusters.
//!
//! # Why
//! Most of what nodes say is the same look after look: who is up, who leads. It is stored once for as long as it stays the
//! same, and a look refers to it; of itself it keeps numbers only. That is a quarter of the room.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Damages, Of, readable};
use super::{ReadStore, Result, WriteTx};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::look::{Grain, Look, LookState};
use crate::domain::observed::{GaugesSeen, MetricsSeen, RaftGroupSeen, SampleSeen};
use crate::domain::start_followed::StartSeen;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::MemberState;

/// What a node said that mostly stays the same.
#[derive(Serialize, Deserialize)]
struct Said {
    alive: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ready: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    members: BTreeMap<String, MemberState>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    raft: Vec<RaftGroupSeen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<StartSeen>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gauges_closed: bool,
}

/// What was measured of it.
#[derive(Default, Serialize, Deserialize)]
struct Numbers {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    services: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instances: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clients: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    responsible_clients: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cpu: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    load: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mem: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sdk_connections: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    errors: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gauges: Option<Box<GaugesSeen>>,
    #[serde(default)]
    elapsed_ms: u64,
}

/// How many looks of a slot saw a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotSeen {
    /// Which slot, from 0.
    pub slot: i64,
    /// The state.
    pub state: LookState,
    /// How many.
    pub looks: i64,
    /// The newest of them.
    pub newest: Timestamp,
}

fn taken_apart(look: &Look) -> (BTreeMap<&NodeName, Said>, BTreeMap<&NodeName, Numbers>) {
    let said = |sample: &SampleSeen| Said {
        alive: sample.alive,
        ready: sample.ready,
        members: sample.members.clone(),
        raft: sample.raft.clone(),
        status: sample.metrics.status.clone(),
        address: sample.address.clone(),
        start: sample.start,
        gauges_closed: sample.gauges_closed,
    };
    let numbers = |sample: &SampleSeen| Numbers {
        services: sample.metrics.services,
        instances: sample.metrics.instances,
        clients: sample.metrics.clients,
        responsible_clients: sample.metrics.responsible_clients,
        cpu: sample.metrics.cpu,
        load: sample.metrics.load,
        mem: sample.metrics.mem,
        sdk_connections: sample.sdk_connections,
        errors: sample.errors,
        gauges: sample.gauges.clone(),
        elapsed_ms: sample.elapsed_ms,
    };
    look.nodes.iter().map(|(name, sample)| ((name, said(sample)), (name, numbers(sample)))).unzip()
}

fn put_together(
    at: Timestamp,
    said: BTreeMap<NodeName, Said>,
    mut of: BTreeMap<NodeName, Numbers>,
) -> Vec<(NodeName, SampleSeen)> {
    let node = |(name, said): (NodeName, Said)| {
        let numbers = of.remove(&name).unwrap_or_default();
        let sample = SampleSeen {
            at,
            alive: said.alive,
            ready: said.ready,
            members: said.members,
            raft: said.raft,
            metrics: MetricsSeen {
                status: said.status,
                services: numbers.services,
                instances: numbers.instances,
                clients: numbers.clients,
                responsible_clients: numbers.responsible_clients,
                cpu: numbers.cpu,
                load: numbers.load,
                mem: numbers.mem,
            },
            sdk_connections: numbers.sdk_connections,
            errors: numbers.errors,
            gauges: numbers.gauges,
            gauges_closed: said.gauges_closed,
            address: said.address,
            start: said.start,
            elapsed_ms: numbers.elapsed_ms,
        };
        (name, sample)
    };
    said.into_iter().map(node).collect()
}

row! {
    struct LookRow {
        cluster_id: i64,
        grain_ms: i64,
        at: i64,
        state: String,
        looks: i64,
        body: String,
        numbers: String,
    }
}

impl LookRow {
    fn into_look(self) -> Result<Look> {
        let row = format!("{}/{}/{}", self.cluster_id, self.grain_ms, self.at);
        let at = At { table: "looks", row: &row };
        let taken = Timestamp::from_millis(self.at);
        Ok(Look {
            at: taken,
            state: at.need("state", LookState::from_name(&self.state))?,
            looks: at.need("looks", u32::try_from(self.looks).ok())?,
            nodes: put_together(taken, at.json("said_id", &self.body)?, at.json("numbers", &self.numbers)?),
        })
    }
}

/// Reads rows of [`LookRow`] of a cluster (`$1`) and a grain (`$2`) that fit a condition.
macro_rules! looks_where {
    ($condition:literal) => {
        sqlx::query(concat!(
            "SELECT l.cluster_id, l.grain_ms, l.at, l.state, l.looks, s.body, l.numbers
             FROM looks l JOIN look_states s ON s.id = l.said_id
             WHERE l.cluster_id = $1 AND l.grain_ms = $2 AND ",
            $condition
        ))
    };
}

/// What a look says of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientsLook {
    /// When it was taken; of a fold, when its period began.
    pub at: Timestamp,
    /// By the name of the node.
    pub nodes: BTreeMap<NodeName, NodeClients>,
}

/// What a look says of the clients of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeClients {
    /// Whether it answered.
    pub alive: bool,
    /// SDK connections, where it told them.
    pub sdk: Option<i64>,
    /// Clients that its metrics say it is responsible for, where it told them.
    pub responsible: Option<i64>,
}

/// Of what a node said, whether it said anything.
#[derive(Deserialize)]
struct Alive {
    alive: bool,
}

/// Of its numbers, those of its clients.
#[derive(Deserialize)]
struct Connections {
    #[serde(default)]
    sdk_connections: Option<i64>,
    #[serde(default)]
    responsible_clients: Option<i64>,
}

impl ClientsLook {
    fn read(row: LookRow) -> Result<Self> {
        let name = format!("{}/{}/{}", row.cluster_id, row.grain_ms, row.at);
        let at = At { table: "looks", row: &name };
        let said: BTreeMap<NodeName, Alive> = at.json("said_id", &row.body)?;
        let numbers: BTreeMap<NodeName, Connections> = at.json("numbers", &row.numbers)?;
        let nodes = said.into_iter().map(|(name, said)| {
            let numbers = numbers.get(&name);
            let clients = NodeClients {
                alive: said.alive,
                sdk: numbers.and_then(|numbers| numbers.sdk_connections),
                responsible: numbers.and_then(|numbers| numbers.responsible_clients),
            };
            (name, clients)
        });
        Ok(Self { at: Timestamp::from_millis(row.at), nodes: nodes.collect() })
    }
}

impl ReadStore {
    /// What looks of that grain say of clients, from one moment until before another, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn clients_looks(
        &self,
        cluster: ClusterId,
        grain: Grain,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ClientsLook>> {
        between(&self.pool, Some(&self.damages), (cluster, grain), (from, to), ClientsLook::read).await
    }

    /// Looks of that grain from one moment until before another, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn looks(&self, cluster: ClusterId, grain: Grain, from: Timestamp, to: Timestamp) -> Result<Vec<Look>> {
        between(&self.pool, Some(&self.damages), (cluster, grain), (from, to), LookRow::into_look).await
    }

    /// The newest single look that was taken by then; `None`: there is none, or it was folded long ago.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_look(&self, cluster: ClusterId, until: Timestamp) -> Result<Option<Look>> {
        newest(&self.pool, Some(&self.damages), cluster, until).await
    }

    /// When the first of the newest looks was taken in all of which that node does not answer, and whether a look before them is
    /// kept: without one it may be silent for longer. `None`: it answers, or was not looked at.
    ///
    /// # Errors
    /// The store's.
    pub async fn silent_since(&self, cluster: ClusterId, node: &NodeName) -> Result<Option<(Timestamp, bool)>> {
        self.silent_since_by(cluster, node, Timestamp::from_millis(i64::MAX)).await
    }

    /// The same by the looks that were taken up to a moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn silent_since_by(
        &self,
        cluster: ClusterId,
        node: &NodeName,
        until: Timestamp,
    ) -> Result<Option<(Timestamp, bool)>> {
        let (since, before): (Option<i64>, Option<i64>) = sqlx::query_as(
            "WITH silent AS (
                 SELECT id FROM look_states s WHERE cluster_id = $1 AND json_valid(body) AND EXISTS (
                     SELECT 1 FROM json_each(s.body) WHERE key = $2 AND json_extract(value, '$.alive') = 0)),
             other AS (
                 SELECT at FROM looks WHERE cluster_id = $1 AND grain_ms = 0 AND at <= $3 AND said_id NOT IN silent
                 ORDER BY at DESC LIMIT 1)
             SELECT (SELECT MIN(at) FROM looks
                     WHERE cluster_id = $1 AND grain_ms = 0 AND at <= $3
                       AND at > COALESCE((SELECT at FROM other), -1)),
                    (SELECT at FROM other)",
        )
        .bind(cluster.0)
        .bind(&node.0)
        .bind(until.as_millis())
        .fetch_one(&self.pool)
        .await?;
        Ok(since.map(|since| (Timestamp::from_millis(since), before.is_some())))
    }

    /// What looks of that grain saw of every cluster, or of one, counted in slots of `slot_ms` from `from` on; by cluster, in no
    /// order: all that a strip draws, counted where the rows are.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_states(
        &self,
        cluster: Option<ClusterId>,
        grain: Grain,
        (from, to): (Timestamp, Timestamp),
        slot_ms: i64,
    ) -> Result<BTreeMap<ClusterId, Vec<SlotSeen>>> {
        // The list of clusters lets the primary key find them.
        let query = sqlx::query(
            "SELECT cluster_id, (at - $3) / $5 AS slot, state, COUNT(*), MAX(at) FROM looks
             WHERE cluster_id IN (SELECT id FROM clusters WHERE $1 IS NULL OR id = $1)
               AND grain_ms = $2 AND at >= $3 AND at < $4
             GROUP BY cluster_id, slot, state",
        );
        let of = Of { table: "looks", incident: None, damages: Some(&self.damages) };
        let query = query.bind(cluster.map(|id| id.0)).bind(grain.ms()).bind(from.as_millis()).bind(to.as_millis());
        let slot = |(cluster, slot, state, looks, newest): (i64, i64, String, i64, i64)| {
            let row = format!("{cluster}/{newest}");
            let state = At { table: "looks", row: &row }.need("state", LookState::from_name(&state))?;
            Ok((ClusterId(cluster), SlotSeen { slot, state, looks, newest: Timestamp::from_millis(newest) }))
        };
        let mut by_cluster: BTreeMap<ClusterId, Vec<SlotSeen>> = BTreeMap::new();
        for (cluster, slot) in readable(&self.pool, of, query.bind(slot_ms), slot).await? {
            by_cluster.entry(cluster).or_default().push(slot);
        }
        Ok(by_cluster)
    }
}

impl WriteTx {
    /// Adds a look, or what is kept of several. A second one of the same moment is dropped. Nobody is told: pages ask for looks
    /// when they are opened.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_look(&mut self, cluster: ClusterId, grain: Grain, look: &Look) -> Result<()> {
        let (said, numbers) = taken_apart(look);
        let said = to_json(&said)?;
        // A cluster that left the inventory while it was looked at has no looks any more.
        sqlx::query(
            "INSERT INTO look_states (cluster_id, body) SELECT id, $2 FROM clusters WHERE id = $1
             ON CONFLICT (cluster_id, body) DO NOTHING",
        )
        .bind(cluster.0)
        .bind(&said)
        .execute(&mut *self.tx)
        .await?;
        sqlx::query(
            "INSERT INTO looks (cluster_id, grain_ms, at, state, looks, said_id, numbers)
             SELECT $1, $2, $3, $4, $5, id, $6 FROM look_states WHERE cluster_id = $1 AND body = $7
             ON CONFLICT (cluster_id, grain_ms, at) DO NOTHING",
        )
        .bind(cluster.0)
        .bind(grain.ms())
        .bind(look.at.as_millis())
        .bind(look.state.as_str())
        .bind(i64::from(look.looks))
        .bind(to_json(&numbers)?)
        .bind(&said)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Looks of that grain from one moment until before another, oldest first. One that cannot be read is passed over: it keeps
    /// the others from nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn looks(
        &mut self,
        cluster: ClusterId,
        grain: Grain,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Look>> {
        between(&mut *self.tx, Some(&self.damages), (cluster, grain), (from, to), LookRow::into_look).await
    }

    /// The newest single look that was taken by then.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_look(&mut self, cluster: ClusterId, until: Timestamp) -> Result<Option<Look>> {
        newest(&mut *self.tx, Some(&self.damages), cluster, until).await
    }

    /// Every cluster of which looks of that grain are kept, with the first and the newest moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_spans(&mut self, grain: Grain) -> Result<BTreeMap<ClusterId, (Timestamp, Timestamp)>> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT c.id, (SELECT MIN(at) FROM looks WHERE cluster_id = c.id AND grain_ms = $1) AS first,
                    (SELECT MAX(at) FROM looks WHERE cluster_id = c.id AND grain_ms = $1) AS newest
             FROM clusters c WHERE EXISTS (SELECT 1 FROM looks WHERE cluster_id = c.id AND grain_ms = $1)",
        )
        .bind(grain.ms())
        .fetch_all(&mut *self.tx)
        .await?;
        let span =
            |(id, first, newest)| (ClusterId(id), (Timestamp::from_millis(first), Timestamp::from_millis(newest)));
        Ok(rows.into_iter().map(span).collect())
    }

    /// Removes looks of that grain from before a moment; how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_looks(&mut self, grain: Grain, before: Timestamp) -> Result<u64> {
        // The list of clusters lets the primary key find them.
        let dropped = sqlx::query(
            "DELETE FROM looks WHERE grain_ms = $1 AND at < $2 AND cluster_id IN (SELECT id FROM clusters)",
        )
        .bind(grain.ms())
        .bind(before.as_millis())
        .execute(&mut *self.tx)
        .await?;
        Ok(dropped.rows_affected())
    }

    /// Removes what no look refers to any more.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_unused_look_states(&mut self) -> Result<u64> {
        let dropped = sqlx::query(
            "DELETE FROM look_states WHERE NOT EXISTS (SELECT 1 FROM looks WHERE said_id = look_states.id)",
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(dropped.rows_affected())
    }
}

async fn newest(
    executor: impl SqliteExecutor<'_>,
    damages: Option<&Damages>,
    cluster: ClusterId,
    until: Timestamp,
) -> Result<Option<Look>> {
    let query = looks_where!("l.at <= $3 ORDER BY l.at DESC LIMIT 1");
    let query = query.bind(cluster.0).bind(Grain::Look.ms()).bind(until.as_millis());
    Ok(readable(executor, Of { table: "looks", incident: None, damages }, query, LookRow::into_look).await?.pop())
}

async fn between<T>(
    executor: impl SqliteExecutor<'_>,
    damages: Option<&Damages>,
    (cluster, grain): (ClusterId, Grain),
    (from, to): (Timestamp, Timestamp),
    read: impl Fn(LookRow) -> Result<T>,
) -> Result<Vec<T>> {
    let query = looks_where!("l.at >= $3 AND l.at < $4 ORDER BY l.at");
    let query = query.bind(cluster.0).bind(grain.ms()).bind(from.as_millis()).bind(to.as_millis());
    readable(executor, Of { table: "looks", incident: None, damages }, query, read).await
}
