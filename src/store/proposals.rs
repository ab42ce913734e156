//! Table `proposals`: what the watcher proposes to open an incident for; at most one is open a cluster.

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Damages, Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::id::{ClusterId, IncidentId, ProposalId};
use crate::domain::look::LookState;
use crate::domain::proposal::{Ended, Proposal, ProposalEnd};
use crate::domain::time::Timestamp;

row! {
    struct ProposalRow {
        id: i64,
        cluster_id: i64,
        nodes: String,
        state: String,
        first_at: i64,
        proposed_at: i64,
        times: i64,
        told_at: i64,
        ended_as: Option<String>,
        ended_at: Option<i64>,
        ended_by: Option<String>,
        reason: String,
        // Not `incident_id`: a row that cannot be read is damage of no incident.
        opened: Option<i64>,
    }
}

impl ProposalRow {
    fn into_proposal(self) -> Result<Proposal> {
        let at = At { table: "proposals", row: &self.id };
        let by = || at.need("ended_by", self.ended_by.clone());
        let how = match self.ended_as.as_deref() {
            None => None,
            Some("opened") => {
                let incident = IncidentId(at.need("incident_id", self.opened)?);
                Some(ProposalEnd::Opened { incident, by: Some(by()?).filter(|by| !by.is_empty()) })
            }
            Some("dismissed") => Some(ProposalEnd::Dismissed { by: by()?, reason: self.reason.clone() }),
            Some("planned") => Some(ProposalEnd::Planned { by: by()?, reason: self.reason.clone() }),
            Some("over") => Some(ProposalEnd::Over),
            Some(_) => return Err(at.corrupt("ended_as")),
        };
        let ended = match how {
            Some(how) => Some(Ended { how, at: Timestamp::from_millis(at.need("ended_at", self.ended_at)?) }),
            None => None,
        };
        Ok(Proposal {
            id: ProposalId(self.id),
            cluster: ClusterId(self.cluster_id),
            nodes: at.json("nodes", &self.nodes)?,
            state: at.need("state", LookState::from_name(&self.state))?,
            first_at: Timestamp::from_millis(self.first_at),
            proposed_at: Timestamp::from_millis(self.proposed_at),
            times: at.need("times", u32::try_from(self.times).ok())?,
            told_at: Timestamp::from_millis(self.told_at),
            ended,
        })
    }
}

/// Reads rows of [`ProposalRow`] that fit a condition.
macro_rules! proposals_where {
    ($condition:literal) => {
        sqlx::query(concat!(
            "SELECT id, cluster_id, nodes, state, first_at, proposed_at, times, told_at, ended_as, ended_at, ended_by,
                    reason, incident_id AS opened FROM proposals WHERE ",
            $condition
        ))
    };
}

impl ReadStore {
    /// Those that are open.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_proposals(&self) -> Result<Vec<Proposal>> {
        let query = proposals_where!("ended_as IS NULL ORDER BY id");
        readable(&self.pool, of(Some(&self.damages)), query, ProposalRow::into_proposal).await
    }

    /// The newest one of a cluster, whatever became of it.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_proposal(&self, cluster: ClusterId) -> Result<Option<Proposal>> {
        newest(&self.pool, cluster, Some(&self.damages)).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>> {
        by_id(&self.pool, id, Some(&self.damages)).await
    }
}

impl WriteTx {
    /// The newest one of a cluster, whatever became of it.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_proposal(&mut self, cluster: ClusterId) -> Result<Option<Proposal>> {
        newest(&mut *self.tx, cluster, Some(&self.damages)).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's; it cannot be read.
    pub async fn proposal(&mut self, id: ProposalId) -> Result<Option<Proposal>> {
        by_id(&mut *self.tx, id, None).await
    }

    /// When people last settled something of a cluster: closed an incident that was no drill, or dismissed what was proposed.
    ///
    /// # Errors
    /// The store's.
    pub async fn settled_at(&mut self, cluster: ClusterId) -> Result<Option<Timestamp>> {
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(at) FROM (
                 SELECT MAX(resolved_at) AS at FROM incidents WHERE cluster_id = $1 AND drill = 0
                 UNION ALL
                 SELECT MAX(ended_at) AS at FROM proposals WHERE cluster_id = $1 AND ended_as = 'dismissed')",
        )
        .bind(cluster.0)
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Adds one that is open; its id does not count. `None`: one is open for the cluster, or the cluster left the inventory.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_proposal(&mut self, proposal: &Proposal) -> Result<Option<ProposalId>> {
        let id: Option<i64> = sqlx::query_scalar(
            "INSERT INTO proposals (cluster_id, nodes, state, first_at, proposed_at, times, told_at, reason)
             SELECT id, $2, $3, $4, $5, $6, $7, '' FROM clusters WHERE id = $1
             ON CONFLICT (cluster_id) WHERE ended_as IS NULL DO NOTHING RETURNING id",
        )
        .bind(proposal.cluster.0)
        .bind(to_json(&proposal.nodes)?)
        .bind(proposal.state.as_str())
        .bind(proposal.first_at.as_millis())
        .bind(proposal.proposed_at.as_millis())
        .bind(i64::from(proposal.times))
        .bind(proposal.told_at.as_millis())
        .fetch_optional(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(id.map(ProposalId))
    }

    /// Replaces what is known of one, and what became of it.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_proposal(&mut self, proposal: &Proposal) -> Result<()> {
        let how = proposal.ended.as_ref().map(|ended| &ended.how);
        let (by, reason, incident) = match how {
            None | Some(ProposalEnd::Over) => (None, "", None),
            Some(ProposalEnd::Opened { incident, by }) => {
                (Some(by.as_deref().unwrap_or_default()), "", Some(incident.0))
            }
            Some(ProposalEnd::Dismissed { by, reason } | ProposalEnd::Planned { by, reason }) => {
                (Some(by.as_str()), reason.as_str(), None)
            }
        };
        sqlx::query(
            "UPDATE proposals SET nodes = $2, state = $3, times = $4, told_at = $5, ended_as = $6, ended_at = $7,
                 ended_by = $8, reason = $9, incident_id = $10 WHERE id = $1",
        )
        .bind(proposal.id.0)
        .bind(to_json(&proposal.nodes)?)
        .bind(proposal.state.as_str())
        .bind(i64::from(proposal.times))
        .bind(proposal.told_at.as_millis())
        .bind(how.map(ProposalEnd::as_str))
        .bind(proposal.ended.as_ref().map(|ended| ended.at.as_millis()))
        .bind(by)
        .bind(reason)
        .bind(incident)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(())
    }
}

const fn of(damages: Option<&Damages>) -> Of<'_> {
    Of { table: "proposals", incident: None, damages }
}

async fn newest(
    executor: impl SqliteExecutor<'_>,
    cluster: ClusterId,
    damages: Option<&Damages>,
) -> Result<Option<Proposal>> {
    let query = proposals_where!("cluster_id = $1 ORDER BY id DESC LIMIT 1").bind(cluster.0);
    Ok(readable(executor, of(damages), query, ProposalRow::into_proposal).await?.pop())
}

async fn by_id(
    executor: impl SqliteExecutor<'_>,
    id: ProposalId,
    damages: Option<&Damages>,
) -> Result<Option<Proposal>> {
    let query = proposals_where!("id = $1").bind(id.0);
    Ok(readable(executor, of(damages), query, ProposalRow::into_proposal).await?.pop())
}
