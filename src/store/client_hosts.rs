//! Table `client_hosts`: where the own logs of clients of a cluster lie on other hosts.

use super::codec::{At, row};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::client_host::ClientHost;
use crate::domain::cluster::SshLocation;
use crate::domain::id::ClusterId;
use sqlx::SqliteExecutor;

row! {
    struct HostRow {
        id: i64,
        client: String,
        place: String,
    }
}

impl HostRow {
    fn into_host(self) -> Result<ClientHost> {
        let at = At { table: "client_hosts", row: &self.id };
        let place = at.need("place", SshLocation::parse_with_options(&self.place).ok())?;
        Ok(ClientHost { client: self.client, place })
    }
}

impl ReadStore {
    /// Those of a cluster, in the order in which somebody wrote them.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_hosts(&self, cluster: ClusterId) -> Result<Vec<ClientHost>> {
        client_hosts(&self.pool, cluster, &self.damages).await
    }
}

impl WriteTx {
    /// Those of a cluster, in the order in which somebody wrote them.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_hosts(&mut self, cluster: ClusterId) -> Result<Vec<ClientHost>> {
        client_hosts(&mut *self.tx, cluster, &self.damages).await
    }

    /// Puts these in place of those before.
    ///
    /// # Errors
    /// The store's.
    pub async fn save_client_hosts(&mut self, cluster: ClusterId, hosts: &[ClientHost]) -> Result<()> {
        sqlx::query("DELETE FROM client_hosts WHERE cluster_id = $1").bind(cluster.0).execute(&mut *self.tx).await?;
        for (position, one) in (1_i64..).zip(hosts) {
            sqlx::query("INSERT INTO client_hosts (cluster_id, position, client, place) VALUES ($1, $2, $3, $4)")
                .bind(cluster.0)
                .bind(position)
                .bind(&one.client)
                .bind(one.place.to_string())
                .execute(&mut *self.tx)
                .await?;
        }
        self.touch(Change::Inventory);
        Ok(())
    }
}

async fn client_hosts(
    executor: impl SqliteExecutor<'_>,
    cluster: ClusterId,
    damages: &Damages,
) -> Result<Vec<ClientHost>> {
    let query =
        sqlx::query("SELECT position AS id, client, place FROM client_hosts WHERE cluster_id = $1 ORDER BY position");
    let of = Of { table: "client_hosts", incident: None, damages: Some(damages) };
    readable(executor, of, query.bind(cluster.0), HostRow::into_host).await
}
