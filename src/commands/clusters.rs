//! The inventory.

use super::{Caller, Commands, Result};
use crate::domain::cluster::{Cluster, NodeSpec};
use crate::domain::id::ClusterId;

/// Creates a cluster.
///
/// # Errors
/// `Domain(NameTaken)`; `Invalid` for `name` or `nodes`.
pub async fn create(
    commands: &Commands,
    caller: &Caller,
    name: &str,
    nodes: Vec<NodeSpec>,
    node_deadline_ms: u64,
) -> Result<Cluster> {
    todo!()
}

/// Replaces name, nodes and deadline of the cluster with that id.
///
/// # Errors
/// `NotFound(Cluster)`; `Domain(NameTaken)`; `Invalid`.
pub async fn update(commands: &Commands, caller: &Caller, cluster: Cluster) -> Result<Cluster> {
    todo!()
}

/// Deletes a cluster that no incident speaks of.
///
/// # Errors
/// `NotFound(Cluster)`; `Domain(ClusterInUse)`.
pub async fn delete(commands: &Commands, caller: &Caller, cluster: ClusterId) -> Result<()> {
    todo!()
}
