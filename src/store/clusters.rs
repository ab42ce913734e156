//! Tables `clusters` and `nodes`.

use std::collections::BTreeMap;

use super::codec::{row, to_i64, to_json};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::cluster::{Cluster, FrontDoor, NodeSpec};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::on_silence::OnSilence;

const CLUSTERS: &str = "SELECT id, CAST(name AS BLOB) AS name, node_deadline_ms, CAST(doors AS BLOB) AS doors,
     CAST(accept_unseen AS BLOB) AS accept_unseen, CAST(on_silence AS BLOB) AS on_silence FROM clusters ORDER BY name";
const CLUSTER: &str = "SELECT id, CAST(name AS BLOB) AS name, node_deadline_ms, CAST(doors AS BLOB) AS doors,
     CAST(accept_unseen AS BLOB) AS accept_unseen, CAST(on_silence AS BLOB) AS on_silence FROM clusters WHERE id = $1";
const NODES_OF_ALL: &str =
    "SELECT cluster_id, CAST(name AS BLOB) AS name, CAST(api AS BLOB) AS api, CAST(files AS BLOB) AS files
     FROM nodes ORDER BY cluster_id, position";
const NODES_OF_ONE: &str =
    "SELECT cluster_id, CAST(name AS BLOB) AS name, CAST(api AS BLOB) AS api, CAST(files AS BLOB) AS files
     FROM nodes WHERE cluster_id = $1 ORDER BY position";

// Bytes and not text: a damaged text need not be UTF-8.
row! {
    struct ClusterRow {
        id: i64,
        name: Vec<u8>,
        node_deadline_ms: i64,
        doors: Vec<u8>,
        accept_unseen: Vec<u8>,
        on_silence: Option<Vec<u8>>,
    }
}

impl ClusterRow {
    /// What cannot be read is left out, and that is noted.
    fn into_cluster(self, nodes: Vec<NodeSpec>, damages: &Damages) -> Cluster {
        let noted = |column: &str| damages.note(None, "clusters", self.id, column);
        let node_deadline_ms = u64::try_from(self.node_deadline_ms).unwrap_or_else(|_| {
            noted("its deadline cannot be read");
            Cluster::DEFAULT_DEADLINE_MS
        });
        let name = String::from_utf8(self.name).unwrap_or_else(|error| {
            noted("its name cannot be read");
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        let doors = serde_json::from_slice(&self.doors);
        let doors = doors.inspect_err(|_| noted("its front doors cannot be read")).unwrap_or_default();
        // Nothing is accepted that somebody may not have accepted.
        let accepted = serde_json::from_slice(&self.accept_unseen);
        let accept_unseen = accepted.inspect_err(|_| noted("what may stay unseen cannot be read")).unwrap_or_default();
        let on_silence = self.on_silence.and_then(|said| {
            let known = std::str::from_utf8(&said).ok().and_then(OnSilence::from_name);
            if known.is_none() {
                noted("what is done where its nodes are silent cannot be read");
            }
            known
        });
        Cluster { id: ClusterId(self.id), name, nodes, node_deadline_ms, doors, accept_unseen, on_silence }
    }
}

row! {
    struct NodeRow {
        cluster_id: i64,
        name: Vec<u8>,
        api: Option<Vec<u8>>,
        files: Vec<u8>,
    }
}

impl NodeRow {
    /// A way to the node that cannot be read is none, and that is noted: the node itself must not be left out.
    fn into_node(self, damages: &Damages) -> NodeSpec {
        let name = String::from_utf8_lossy(&self.name).into_owned();
        let noted = |column: &str| damages.note(None, "nodes", format!("{}/{name}", self.cluster_id), column);
        let api = self.api.as_deref().map(serde_json::from_slice).transpose();
        let api = api.inspect_err(|_| noted("its address cannot be read")).unwrap_or_default();
        let files = serde_json::from_slice(&self.files);
        let files = files.inspect_err(|_| noted("the place of its files cannot be read")).unwrap_or_default();
        NodeSpec { name: NodeName(name), api, files }
    }
}

impl ReadStore {
    /// All, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn clusters(&self) -> Result<Vec<Cluster>> {
        let mut tx = self.pool.begin().await?;
        clusters(&mut tx, &self.damages).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn cluster(&self, id: ClusterId) -> Result<Option<Cluster>> {
        let mut tx = self.pool.begin().await?;
        cluster(&mut tx, id, &self.damages).await
    }
}

impl WriteTx {
    /// All, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn clusters(&mut self) -> Result<Vec<Cluster>> {
        clusters(&mut self.tx, &self.damages).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn cluster(&mut self, id: ClusterId) -> Result<Option<Cluster>> {
        cluster(&mut self.tx, id, &self.damages).await
    }

    /// Adds a cluster. `None`: the name is taken.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_cluster(
        &mut self,
        name: &str,
        nodes: &[NodeSpec],
        doors: &[FrontDoor],
        node_deadline_ms: u64,
    ) -> Result<Option<ClusterId>> {
        let id: Option<i64> = sqlx::query_scalar(
            "INSERT INTO clusters (name, node_deadline_ms, created_at, updated_at, doors) VALUES ($1, $2, $3, $3, $4)
             ON CONFLICT (name) DO NOTHING RETURNING id",
        )
        .bind(name)
        .bind(to_i64(node_deadline_ms))
        .bind(self.now.as_millis())
        .bind(to_json(&doors)?)
        .fetch_optional(&mut *self.tx)
        .await?;
        let Some(id) = id.map(ClusterId) else { return Ok(None) };
        self.insert_nodes(id, nodes).await?;
        self.touch(Change::Inventory);
        Ok(Some(id))
    }

    /// Replaces a cluster. False: another one has the name.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_cluster(&mut self, cluster: &Cluster) -> Result<bool> {
        let taken: Option<i64> = sqlx::query_scalar("SELECT 1 FROM clusters WHERE name = $1 AND id <> $2")
            .bind(&cluster.name)
            .bind(cluster.id.0)
            .fetch_optional(&mut *self.tx)
            .await?;
        if taken.is_some() {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE clusters SET name = $2, node_deadline_ms = $3, updated_at = $4, doors = $5,
                 accept_unseen = $6, on_silence = $7 WHERE id = $1",
        )
        .bind(cluster.id.0)
        .bind(&cluster.name)
        .bind(to_i64(cluster.node_deadline_ms))
        .bind(self.now.as_millis())
        .bind(to_json(&cluster.doors)?)
        .bind(to_json(&cluster.accept_unseen)?)
        .bind(cluster.on_silence.map(OnSilence::as_str))
        .execute(&mut *self.tx)
        .await?;
        sqlx::query("DELETE FROM nodes WHERE cluster_id = $1").bind(cluster.id.0).execute(&mut *self.tx).await?;
        self.insert_nodes(cluster.id, &cluster.nodes).await?;
        self.touch(Change::Inventory);
        Ok(true)
    }

    /// Whether an incident speaks of a cluster.
    ///
    /// # Errors
    /// The store's.
    pub async fn cluster_has_incidents(&mut self, id: ClusterId) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM incidents WHERE cluster_id = $1 LIMIT 1")
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await?;
        Ok(found.is_some())
    }

    /// Removes a cluster and its nodes.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_cluster(&mut self, id: ClusterId) -> Result<()> {
        sqlx::query("DELETE FROM clusters WHERE id = $1").bind(id.0).execute(&mut *self.tx).await?;
        self.touch(Change::Inventory);
        Ok(())
    }

    async fn insert_nodes(&mut self, id: ClusterId, nodes: &[NodeSpec]) -> Result<()> {
        for (position, node) in (0_i64..).zip(nodes) {
            sqlx::query("INSERT INTO nodes (cluster_id, position, name, api, files) VALUES ($1, $2, $3, $4, $5)")
                .bind(id.0)
                .bind(position)
                .bind(&node.name.0)
                .bind(node.api.as_ref().map(to_json).transpose()?)
                .bind(to_json(&node.files)?)
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }
}

async fn clusters(connection: &mut sqlx::SqliteConnection, damages: &Damages) -> Result<Vec<Cluster>> {
    let clusters: Vec<ClusterRow> = sqlx::query_as(CLUSTERS).fetch_all(&mut *connection).await?;
    let rows: Vec<NodeRow> = sqlx::query_as(NODES_OF_ALL).fetch_all(connection).await?;
    let mut nodes: BTreeMap<i64, Vec<NodeSpec>> = BTreeMap::new();
    for row in rows {
        nodes.entry(row.cluster_id).or_default().push(row.into_node(damages));
    }
    let clusters = clusters.into_iter().map(|row| {
        let nodes = nodes.remove(&row.id).unwrap_or_default();
        row.into_cluster(nodes, damages)
    });
    Ok(clusters.collect())
}

async fn cluster(connection: &mut sqlx::SqliteConnection, id: ClusterId, damages: &Damages) -> Result<Option<Cluster>> {
    let row: Option<ClusterRow> = sqlx::query_as(CLUSTER).bind(id.0).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    let nodes: Vec<NodeRow> = sqlx::query_as(NODES_OF_ONE).bind(id.0).fetch_all(connection).await?;
    Ok(Some(row.into_cluster(nodes.into_iter().map(|row| row.into_node(damages)).collect(), damages)))
}
