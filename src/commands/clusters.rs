//! The inventory.

use std::collections::BTreeSet;

use super::{Caller, CommandError, Commands, Result, What, audit, credentials, once};
use crate::domain::audit::{AuditKind, cluster_changes};
use crate::domain::cluster::{Cluster, FrontDoor, NodeSpec};
use crate::domain::id::ClusterId;
use crate::domain::incident::DomainError;

/// Most nodes of a cluster.
pub const MAX_NODES: usize = 50;
/// Longest name of a cluster or node, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Creates a cluster.
///
/// # Errors
/// `Domain(NameTaken)`; `Invalid` for `name`, `nodes`, `node_deadline_ms`, or `credential` where one is not released.
pub async fn create(
    commands: &Commands,
    caller: &Caller,
    name: &str,
    nodes: Vec<NodeSpec>,
    doors: Vec<FrontDoor>,
    node_deadline_ms: u64,
) -> Result<Cluster> {
    let name = name.trim();
    check(name, &nodes, node_deadline_ms)?;
    check_doors(&doors)?;
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let mut cluster = Cluster {
        id: ClusterId(0),
        name: name.to_owned(),
        nodes,
        node_deadline_ms,
        doors,
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    credentials::check_cluster(commands, &mut tx, None, &cluster).await?;
    let id = tx.insert_cluster(name, &cluster.nodes, &cluster.doors, node_deadline_ms).await?;
    cluster.id = id.ok_or(DomainError::NameTaken)?;
    once::keep(&mut tx, caller, &cluster).await?;
    let changes = cluster_changes(None, Some(&cluster));
    audit::record(&mut tx, caller, AuditKind::ClusterCreated, name, &changes).await?;
    tx.commit().await?;
    Ok(cluster)
}

/// Replaces name, nodes, front doors and deadline of the cluster with that id.
///
/// # Errors
/// `NotFound(Cluster)`; `Domain(NameTaken)`; `Invalid`.
pub async fn update(commands: &Commands, caller: &Caller, mut cluster: Cluster) -> Result<Cluster> {
    cluster.name = cluster.name.trim().to_owned();
    check(&cluster.name, &cluster.nodes, cluster.node_deadline_ms)?;
    check_doors(&cluster.doors)?;
    let mut tx = commands.begin().await?;
    let before = tx.cluster(cluster.id).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    credentials::check_cluster(commands, &mut tx, Some(&before), &cluster).await?;
    if !tx.update_cluster(&cluster).await? {
        return Err(DomainError::NameTaken.into());
    }
    let changes = cluster_changes(Some(&before), Some(&cluster));
    if !changes.is_empty() {
        audit::record(&mut tx, caller, AuditKind::ClusterChanged, &before.name, &changes).await?;
    }
    tx.commit().await?;
    tracing::info!(cluster.id = cluster.id.0, by = %caller.name, "a cluster was changed");
    Ok(cluster)
}

/// Deletes a cluster that no incident speaks of.
///
/// # Errors
/// `NotFound(Cluster)`; `Domain(ClusterInUse)`.
pub async fn delete(commands: &Commands, caller: &Caller, cluster: ClusterId) -> Result<()> {
    let mut tx = commands.begin().await?;
    let before = tx.cluster(cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    if tx.cluster_has_incidents(cluster).await? {
        return Err(DomainError::ClusterInUse.into());
    }
    tx.delete_cluster(cluster).await?;
    let changes = cluster_changes(Some(&before), None);
    audit::record(&mut tx, caller, AuditKind::ClusterDeleted, &before.name, &changes).await?;
    tx.commit().await?;
    tracing::info!(cluster.id = cluster.0, by = %caller.name, "a cluster was deleted");
    Ok(())
}

fn check(name: &str, nodes: &[NodeSpec], node_deadline_ms: u64) -> Result<()> {
    if name.is_empty() {
        return Err(CommandError::invalid("name", "invalid-name-empty"));
    }
    if name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(CommandError::invalid("name", "invalid-name"));
    }
    if nodes.is_empty() {
        return Err(CommandError::invalid("nodes", "invalid-nodes-none"));
    }
    if nodes.len() > MAX_NODES {
        return Err(CommandError::invalid("nodes", "invalid-nodes-many"));
    }
    let bad = |name: &str| name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS || name.contains('/');
    if nodes.iter().any(|node| bad(&node.name.0) || node.name.0.chars().any(char::is_control)) {
        return Err(CommandError::invalid("nodes", "invalid-node-name"));
    }
    let names: BTreeSet<_> = nodes.iter().map(|node| &node.name).collect();
    if names.len() < nodes.len() {
        return Err(CommandError::invalid("nodes", "invalid-nodes-same-name"));
    }
    if !Cluster::DEADLINES_MS.contains(&node_deadline_ms) {
        return Err(CommandError::invalid("node_deadline_ms", "invalid-node-deadline"));
    }
    Ok(())
}

fn check_doors(doors: &[FrontDoor]) -> Result<()> {
    if doors.len() > FrontDoor::MOST {
        return Err(CommandError::invalid("doors", "invalid-doors-many"));
    }
    Ok(())
}
