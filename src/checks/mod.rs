//! Checks: one file per kind. `gather` sees (async, through [`NodeSource`] only), `judge` says what it means (pure).
//!
//! May import `domain`, `nacos`, `logscan`, `sources`. To add a kind: write `src/checks/<kind>.rs` and one line in [`REGISTRY`].

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::cluster::Cluster;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{Board, Observed};
use crate::domain::time::Timestamp;
use crate::sources::{Deadline, NodeSource};

/// Whether a kind looks at one node or judges what was seen of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `gather` runs once per node; the run is judged on that node's observation (and the board).
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
pub struct JudgeContext<'a> {
    /// The inventory.
    pub cluster: &'a Cluster,
    /// Everything seen so far.
    pub board: &'a Board,
    /// The moment judged.
    pub at: Timestamp,
    /// Length of the window, milliseconds.
    pub window_ms: i64,
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

    /// Sees. Cluster checks are never asked.
    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError>;

    /// Says what it means: for a node check about `node`, for a cluster check about all (`node` is `None`).
    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement;
}

/// Every kind, in the order of the steps.
pub static REGISTRY: &[&dyn Check] = &[];

/// The check of that kind.
#[must_use]
pub fn find(kind: &str) -> Option<&'static dyn Check> {
    REGISTRY.iter().copied().find(|check| check.kind() == kind)
}
