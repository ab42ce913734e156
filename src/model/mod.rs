//! What is going on in a cluster: everything that was seen of it, put side by side, before anybody says what is wrong.
//!
//! [`ClusterModel::build`] makes it once from the observations of a round and the moment that is judged; checks, diagnosis
//! and pages read it, so that they agree. Pure; may import `domain` and `nacos`.
//!
//! # Phases
//! Each phase is a type that holds the one before it, so that a function says by what it takes what it may rest on: node
//! states never on links, links never on the majority. [`nodes::Addressed`] → [`peer_errors::Heard`] →
//! [`node_state::Stated`] → [`links::Linked`] → [`ClusterModel`].
//!
//! What ended a node: [`stop_traces`], [`peers_saw`], [`memory`], [`disk`], [`start_failure`]. What came too late to prove
//! anything: [`reliability`]. What people are shown side by side: [`tables`].

pub mod address;
pub mod cite;
pub mod client_losses;
pub mod copies;
pub mod database_words;
pub mod databases;
pub mod disk;
pub mod divergence;
pub mod leaders;
pub mod links;
pub mod load_balancers;
pub mod log_lines;
pub mod membership;
pub mod memory;
pub mod naming_data;
pub mod node_state;
pub mod nodes;
pub mod own_address;
pub mod own_settings;
pub mod pauses;
pub mod peer_connections;
pub mod peer_errors;
pub mod peers_saw;
pub mod probes;
pub mod quorum;
pub mod raft_groups;
pub mod reachability;
pub mod reliability;
pub mod stability;
pub mod start_failure;
pub mod start_reason;
pub mod stop_traces;
pub mod tables;
pub mod told_of_end;
pub mod youth;

use std::ops::Deref;

use self::links::Linked;
use self::node_state::Stated;
use self::nodes::Addressed;
use self::peer_errors::Heard;
use crate::domain::cluster::Cluster;
use crate::domain::observed::Observations;
use crate::domain::time::Timestamp;

pub use nodes::NodeModel;

/// Everything there is to know of a cluster before anybody says what is wrong: the last phase. Fields and
/// functions of the earlier ones are reached through it.
#[derive(Clone, Debug)]
pub struct ClusterModel<'a> {
    linked: Linked<'a>,
    /// Who votes, and whether there is a majority; `None`: the voters were not seen.
    pub quorum: Option<quorum::Quorum>,
    /// Raft groups without a leader.
    pub leaderless: Vec<leaders::Leaderless>,
    /// What the peers of each node saw of it since its logs ended, by index.
    pub peers_saw: Vec<peers_saw::PeersSaw>,
}

impl<'a> ClusterModel<'a> {
    /// Puts everything side by side, phase by phase.
    #[must_use]
    pub fn build(cluster: &'a Cluster, observations: &'a Observations, at: Timestamp, window_ms: i64) -> Self {
        let addressed = Addressed::build(cluster, observations, at, window_ms);
        let linked = Linked::build(Stated::build(Heard::build(addressed)));
        let quorum = quorum::quorum(&linked);
        let leaderless = leaders::leaderless(&linked);
        let peers_saw = (0..linked.nodes.len()).map(|index| peers_saw::peers_saw(&linked, index)).collect();
        Self { linked, quorum, leaderless, peers_saw }
    }
}

impl<'a> Deref for ClusterModel<'a> {
    type Target = Linked<'a>;

    fn deref(&self) -> &Self::Target {
        &self.linked
    }
}
