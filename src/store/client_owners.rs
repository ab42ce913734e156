//! Table `client_owners`: whose clients of a cluster they are.

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::client_owner::{ClientOwner, Through};
use crate::domain::id::{ChannelId, ClusterId};
use sqlx::SqliteExecutor;

row! {
    struct OwnerRow {
        id: i64,
        what: String,
        owner: String,
        channel_id: Option<i64>,
        channel_name: Option<String>,
        lost_channel: Option<String>,
    }
}

impl OwnerRow {
    fn into_owner(self) -> Result<ClientOwner> {
        let at = At { table: "client_owners", row: &self.id };
        let through = match (self.channel_id.zip(self.channel_name), self.lost_channel) {
            (Some((id, name)), _) => Through::Channel { id: ChannelId(id), name },
            (None, Some(name)) => Through::Deleted { name },
            (None, None) => Through::Nothing,
        };
        Ok(ClientOwner { what: at.json("what", &self.what)?, owner: self.owner, through })
    }
}

impl ReadStore {
    /// Whose clients of a cluster they are, in the order in which somebody wrote it.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_owners(&self, cluster: ClusterId) -> Result<Vec<ClientOwner>> {
        client_owners(&self.pool, cluster, &self.damages).await
    }
}

impl WriteTx {
    /// Whose clients of a cluster they are, in the order in which somebody wrote it.
    ///
    /// # Errors
    /// The store's.
    pub async fn client_owners(&mut self, cluster: ClusterId) -> Result<Vec<ClientOwner>> {
        client_owners(&mut *self.tx, cluster, &self.damages).await
    }

    /// Puts these in place of those before.
    ///
    /// # Errors
    /// The store's.
    pub async fn save_client_owners(&mut self, cluster: ClusterId, owners: &[ClientOwner]) -> Result<()> {
        sqlx::query("DELETE FROM client_owners WHERE cluster_id = $1").bind(cluster.0).execute(&mut *self.tx).await?;
        for (position, one) in (1_i64..).zip(owners) {
            let lost = match &one.through {
                Through::Deleted { name } => Some(name),
                Through::Channel { .. } | Through::Nothing => None,
            };
            // A channel that somebody deleted meanwhile is none.
            sqlx::query(
                "INSERT INTO client_owners (cluster_id, position, what, owner, channel_id, lost_channel)
                 VALUES ($1, $2, $3, $4, (SELECT id FROM channels WHERE id = $5), $6)",
            )
            .bind(cluster.0)
            .bind(position)
            .bind(to_json(&one.what)?)
            .bind(&one.owner)
            .bind(one.through.channel().map(|id| id.0))
            .bind(lost)
            .execute(&mut *self.tx)
            .await?;
        }
        self.touch(Change::Inventory);
        Ok(())
    }
}

async fn client_owners(
    executor: impl SqliteExecutor<'_>,
    cluster: ClusterId,
    damages: &Damages,
) -> Result<Vec<ClientOwner>> {
    let query = sqlx::query(
        "SELECT o.position AS id, o.what, o.owner, o.channel_id, c.name AS channel_name, o.lost_channel
         FROM client_owners o LEFT JOIN channels c ON c.id = o.channel_id WHERE o.cluster_id = $1 ORDER BY o.position",
    );
    let of = Of { table: "client_owners", incident: None, damages: Some(damages) };
    readable(executor, of, query.bind(cluster.0), OwnerRow::into_owner).await
}
