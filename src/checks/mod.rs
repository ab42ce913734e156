//! Checks: one folder per kind. `gather` sees (async, through [`NodeSource`] only); `judge` shows the cases of the rules that
//! are about what was seen ([`crate::diagnosis::rules`]) and says what could not be looked at (pure).
//!
//! May import `domain`, `nacos`, `logscan`, `sources`, `model`, `diagnosis`. To add a kind: write `src/checks/<kind>/`, one
//! line in [`REGISTRY`], and its texts in both languages.

pub mod ask;
pub mod baseline;
pub mod capture;
pub mod clients_connections;
pub mod clients_spread;
pub mod clients_watched;
pub mod config_cluster_conf;
pub mod config_compare;
pub mod config_members;
pub mod config_properties;
pub mod door_compare;
pub mod door_requests;
pub mod home;
pub mod home_time;
pub mod judging;
pub mod logs_compare;
pub mod logs_signatures;
pub mod monitor_sample;
pub mod monitor_stable;
pub mod net_matrix;
pub mod net_ports;
pub mod node_stop;
pub mod node_view;
pub mod own_address;
pub mod stop_cause;
pub mod view_matrix;
pub mod window;

use std::sync::Arc;

use async_trait::async_trait;

use crate::diagnosis::rules::Cases;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;
use crate::domain::time::Timestamp;
use crate::domain::watched::ClientsWatchedSeen;
use crate::model::ClusterModel;
use crate::sources::{Deadline, NodeSource, SourceError};

/// Whether a kind looks at one node or judges what was seen of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `gather` runs once per node; the run is judged on that node's observation, beside those of the others.
    Node,
    /// Gathers nothing: judges the observations of the kinds it names in [`Check::needs`].
    Cluster,
}

/// What a gather gets.
pub struct CheckContext {
    /// The node's source.
    pub source: Arc<dyn NodeSource>,
    /// The one deadline of this node in this round.
    pub deadline: Deadline,
    /// The moment judged: now for live sources, `--at` or the newest stamp for copies.
    pub at: Timestamp,
    /// Length of the window that ends at `at`, milliseconds.
    pub window_ms: i64,
    /// True if `at` is now: lines stamped a little later (a node's clock runs ahead) belong to the window.
    pub open_end: bool,
    /// Offset from UTC in seconds to assume where a node's own files do not tell its zone.
    pub zone_hint_s: Option<i32>,
    /// How far the node's clock runs ahead of that of `at`, milliseconds, as far as it is known beforehand; 0 where it is
    /// little. What is read by the node's own stamps is read [`Self::ahead_by`] that.
    pub ahead_ms: i64,
    /// What the watcher counted of the node's clients, where there is a watcher and the kind asks for it.
    pub watched: Option<ClientsWatchedSeen>,
    /// Key under which secrets of configurations are hashed for comparison; one per installation.
    pub secret_key: [u8; 32],
}

impl CheckContext {
    /// The same at the time that the node's own clock showed at the moment judged, where it runs ahead by that much.
    #[must_use]
    pub fn ahead_by(&self, ahead_ms: i64) -> Self {
        Self {
            source: Arc::clone(&self.source),
            deadline: self.deadline.clone(),
            at: self.at.plus_millis(ahead_ms),
            ahead_ms: 0,
            watched: self.watched.clone(),
            ..*self
        }
    }
}

/// Why there is no observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatherError {
    /// Evidence is missing, with the reason.
    CouldNotRun(Message),
    /// The deadline passed before anything useful was seen.
    TimedOut,
    /// Cancelled.
    Cancelled,
}

/// What a judge gets.
#[derive(Clone, Copy)]
pub struct JudgeContext<'a> {
    /// Everything seen so far, side by side: made once for all that judge it.
    pub model: &'a ClusterModel<'a>,
    /// What the rules make of it: each family is judged once for all that show it.
    pub cases: &'a Cases,
    /// The node the operator thinks has stopped, if named.
    pub suspect: Option<&'a NodeName>,
}

/// One kind of check.
#[async_trait]
pub trait Check: Send + Sync {
    /// Stable name, e.g. `net.ports`.
    fn kind(&self) -> &'static str;

    /// The step it belongs to.
    fn step(&self) -> Step;

    /// Node or cluster.
    fn scope(&self) -> Scope;

    /// For a cluster check: the node kinds whose observations it judges.
    fn needs(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it tells what the watcher saw, so that nothing but the server can see it.
    fn needs_watcher(&self) -> bool {
        false
    }

    /// Sees. Cluster checks are never asked.
    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError>;

    /// Says what it means: for a node check about `node`, for a cluster check about all (`node` is `None`).
    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement;
}

/// Every kind, in the order of the steps.
pub static REGISTRY: &[&dyn Check] = &[
    &node_stop::NodeStop,
    &node_view::NodeView,
    &stop_cause::StopCause,
    &logs_signatures::LogsSignatures,
    &logs_compare::LogsCompare,
    &config_cluster_conf::ConfigClusterConf,
    &config_properties::ConfigProperties,
    &config_members::ConfigMembers,
    &config_compare::ConfigCompare,
    &net_ports::NetPorts,
    &net_matrix::NetMatrix,
    &door_requests::DoorRequests,
    &door_compare::DoorCompare,
    &view_matrix::ViewMatrix,
    &clients_connections::ClientsConnections,
    &clients_watched::ClientsWatched,
    &clients_spread::ClientsSpread,
    &monitor_sample::MonitorSample,
    &monitor_stable::MonitorStable,
];

/// The check of that kind.
#[must_use]
pub fn find(kind: &str) -> Option<&'static dyn Check> {
    REGISTRY.iter().copied().find(|check| check.kind() == kind)
}

impl From<SourceError> for GatherError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Timeout { .. } => Self::TimedOut,
            SourceError::Cancelled => Self::Cancelled,
            other => Self::CouldNotRun(other.message()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_tells_to_which_step_it_belongs() {
        for check in REGISTRY {
            assert_eq!(Step::of_check(check.kind()), Some(check.step()), "{}", check.kind());
        }
        assert_eq!(Step::of_check("of.tomorrow"), None);
    }
}
