//! Planned maintenance of a node or a cluster: what is silent meanwhile is proposed to nobody.

use super::proposals::end;
use super::{Caller, CommandError, Commands, Result, What, audit, once};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::id::{ClusterId, MaintenanceId, NodeName};
use crate::domain::maintenance::{BEGINNINGS_MINUTES, LENGTHS_MINUTES, Maintenance};
use crate::domain::message::Message;
use crate::domain::proposal::ProposalEnd;
use crate::store::WriteTx;

/// Longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 300;
/// Most that run or come on one cluster.
const MOST: usize = 20;
/// A minute, milliseconds.
const MINUTE_MS: i64 = 60_000;

/// A new maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMaintenance {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its node; `None`: the whole cluster.
    pub node: Option<NodeName>,
    /// In how many minutes it begins; one of [`BEGINNINGS_MINUTES`].
    pub begins_in: u32,
    /// For how many minutes; one of [`LENGTHS_MINUTES`].
    pub minutes: u32,
    /// Why.
    pub reason: String,
}

/// Enters one. What is proposed of nodes that it covers is over with that, where it begins at once.
///
/// # Errors
/// `NotFound(Cluster | Node)`; `Invalid` for `minutes`, `begins_in` and `reason`.
pub async fn plan(commands: &Commands, caller: &Caller, command: PlanMaintenance) -> Result<MaintenanceId> {
    let reason = commands.0.files.redact(command.reason.trim());
    if reason.is_empty() {
        return Err(CommandError::invalid("reason", "web-form-required"));
    }
    if reason.chars().count() > MAX_REASON_CHARS {
        let message = Message::new("invalid-proposal-reason").with("n", MAX_REASON_CHARS);
        return Err(CommandError::Invalid { field: "reason", message });
    }
    if !LENGTHS_MINUTES.contains(&command.minutes) || !BEGINNINGS_MINUTES.contains(&command.begins_in) {
        return Err(CommandError::invalid("minutes", "invalid-maintenance-time"));
    }
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let cluster = tx.cluster(command.cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    if command.node.as_ref().is_some_and(|node| cluster.node(node).is_none()) {
        return Err(CommandError::NotFound(What::Node));
    }
    if tx.maintenances().await?.iter().filter(|one| one.cluster == cluster.id).count() >= MOST {
        return Err(CommandError::invalid("minutes", "invalid-maintenance-many"));
    }
    let from = tx.now().plus_millis(i64::from(command.begins_in) * MINUTE_MS);
    let until = from.plus_millis(i64::from(command.minutes) * MINUTE_MS);
    let (id, by) = (MaintenanceId(0), caller.name.clone());
    let mut one = Maintenance { id, cluster: cluster.id, node: command.node, from, until, reason, by };
    one.id = tx.insert_maintenance(&one).await?;
    once::keep(&mut tx, caller, &one.id).await?;
    audit::record(&mut tx, caller, AuditKind::MaintenancePlanned, &cluster.name, &told(&one)).await?;
    hush(&mut tx, cluster.id).await?;
    tx.commit().await?;
    Ok(one.id)
}

/// Ends one now. Where it has ended already, nothing happens.
///
/// # Errors
/// `NotFound(Cluster)`: its cluster left the inventory.
pub async fn end_now(commands: &Commands, caller: &Caller, id: MaintenanceId) -> Result<Option<ClusterId>> {
    let mut tx = commands.begin().await?;
    let Some(one) = tx.maintenances().await?.into_iter().find(|one| one.id == id) else { return Ok(None) };
    let cluster = tx.cluster(one.cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    tx.end_maintenance(id, &caller.name).await?;
    audit::record(&mut tx, caller, AuditKind::MaintenanceEnded, &cluster.name, &told(&one)).await?;
    tx.commit().await?;
    Ok(Some(one.cluster))
}

/// Ends what is proposed of a cluster where a maintenance that runs covers every node that is silent. For the watcher: one may
/// have begun since it was entered.
///
/// # Errors
/// The store's.
pub async fn take_over(commands: &Commands, cluster: ClusterId) -> Result<()> {
    let mut tx = commands.begin().await?;
    if hush(&mut tx, cluster).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// Whether what was proposed is over with that.
async fn hush(tx: &mut WriteTx, cluster: ClusterId) -> Result<bool> {
    let newest = tx.newest_proposal(cluster).await?;
    let Some(proposal) = newest.filter(|newest| newest.ended.is_none()) else { return Ok(false) };
    let (all, now) = (tx.maintenances().await?, tx.now());
    let look = tx.newest_look(cluster, now).await?;
    let (silent, _) = proposal.parted(look.as_ref());
    let of: Option<Vec<&Maintenance>> =
        silent.iter().map(|node| Maintenance::of(&all, cluster, &node.node, now)).collect();
    let Some(first) = of.as_ref().and_then(|of| of.first()) else { return Ok(false) };
    let how = ProposalEnd::Planned { by: first.by.clone(), reason: first.reason.clone() };
    end(tx, proposal, how).await?;
    Ok(true)
}

fn told(one: &Maintenance) -> Vec<AuditChange> {
    let node = one.node.as_ref().map_or("*", |node| node.0.as_str());
    vec![
        AuditChange::set("node", node),
        AuditChange::set("from", one.from),
        AuditChange::set("until", one.until),
        AuditChange::set("reason", &one.reason),
    ]
}
