//! Table `service_counts`: the services that each node of a cluster listed last while a monitor ran.

use std::collections::BTreeMap;

use super::codec::{At, to_json};
use super::damage::{Of, readable};
use super::{ReadStore, Result, WriteTx};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::service_counts::ServiceCounts;

impl ReadStore {
    /// What the nodes of a cluster listed last.
    ///
    /// # Errors
    /// The store's.
    pub async fn service_counts(&self, cluster: ClusterId) -> Result<BTreeMap<NodeName, ServiceCounts>> {
        let query = sqlx::query("SELECT node, listed FROM service_counts WHERE cluster_id = $1");
        let of = Of { table: "service_counts", incident: None, damages: Some(&self.damages) };
        let one = |(node, listed): (String, String)| {
            let at = At { table: "service_counts", row: &node };
            let listed: ServiceCounts = at.json("listed", &listed)?;
            Ok((NodeName(node), listed))
        };
        Ok(readable(&self.pool, of, query.bind(cluster.0), one).await?.into_iter().collect())
    }
}

impl WriteTx {
    /// Puts what a node lists in place of what it listed before.
    ///
    /// # Errors
    /// The store's.
    pub async fn save_service_counts(
        &mut self,
        cluster: ClusterId,
        node: &NodeName,
        listed: &ServiceCounts,
    ) -> Result<()> {
        // A cluster that left the inventory meanwhile has none any more.
        sqlx::query(
            "INSERT INTO service_counts (cluster_id, node, listed) SELECT id, $2, $3 FROM clusters WHERE id = $1
             ON CONFLICT (cluster_id, node) DO UPDATE SET listed = excluded.listed",
        )
        .bind(cluster.0)
        .bind(&node.0)
        .bind(to_json(listed)?)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}
