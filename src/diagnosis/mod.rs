//! Findings of all steps to ranked causes, impact, advice and do-nots. Pure; may import `domain` and `nacos`.

pub mod picture;

use crate::domain::cluster::Cluster;
use crate::domain::diagnosis::{Diagnosis, Health};
use crate::domain::finding::{Finding, NotSeen};
use crate::domain::id::NodeName;
use crate::domain::observed::Board;
use crate::domain::time::Timestamp;

/// All that a diagnosis rests on.
pub struct Evidence<'a> {
    /// The inventory.
    pub cluster: &'a Cluster,
    /// Everything seen.
    pub board: &'a Board,
    /// Findings of all judged runs.
    pub findings: Vec<Finding>,
    /// What was not seen.
    pub not_seen: Vec<NotSeen>,
    /// The moment judged.
    pub at: Timestamp,
    /// The node the operator thinks has stopped.
    pub suspect: Option<&'a NodeName>,
}

/// Ranks.
#[must_use]
pub fn diagnose(evidence: Evidence<'_>) -> Diagnosis {
    Diagnosis {
        at: evidence.at,
        cluster: evidence.cluster.name.clone(),
        health: Health::Unknown,
        failure_tolerance: None,
        causes: Vec::new(),
        findings: evidence.findings,
        could_not_run: evidence.not_seen,
    }
}
