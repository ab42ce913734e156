//! Planned maintenance: for how long the silence of a node, or of a whole cluster, is expected and means nothing.
//!
//! # Why
//! It hides no fact: looks are kept, pages say who is silent, and say beside it that it is planned, until when and why. Only
//! nothing is proposed of it. It ends by itself, so that a node which stays away is noticed.

use super::id::{ClusterId, MaintenanceId, NodeName};
use super::time::Timestamp;

/// For how long one may be entered, minutes.
pub const LENGTHS_MINUTES: [u32; 5] = [30, 60, 120, 240, 480];
/// In how many minutes one may begin.
pub const BEGINNINGS_MINUTES: [u32; 7] = [0, 30, 60, 120, 240, 480, 1440];

/// A planned maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Row id; 0 for one that is not stored yet.
    pub id: MaintenanceId,
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its node; `None`: the whole cluster.
    pub node: Option<NodeName>,
    /// When it begins.
    pub from: Timestamp,
    /// When it is over, unless somebody ends it before.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Login name of the person who entered it.
    pub by: String,
}

impl Maintenance {
    /// Whether it runs at that moment.
    #[must_use]
    pub fn runs_at(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }

    /// Whether the silence of that node is expected while it runs.
    #[must_use]
    pub fn covers(&self, cluster: ClusterId, node: &NodeName) -> bool {
        self.cluster == cluster && self.node.as_ref().is_none_or(|only| only == node)
    }

    /// One of these that runs and covers that node.
    #[must_use]
    pub fn of<'m>(all: &'m [Self], cluster: ClusterId, node: &NodeName, now: Timestamp) -> Option<&'m Self> {
        all.iter().find(|one| one.runs_at(now) && one.covers(cluster, node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_covers_its_node_or_all_of_its_cluster_from_its_beginning_until_its_end() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let (n2, n3) = (NodeName::from("n2"), NodeName::from("n3"));
        let one = Maintenance {
            id: MaintenanceId(1),
            cluster: ClusterId(1),
            node: Some(n3.clone()),
            from: at(10),
            until: at(20),
            reason: "new disks".to_owned(),
            by: "ann".to_owned(),
        };
        let of = |one: &Maintenance, node, seconds| {
            Maintenance::of(std::slice::from_ref(one), ClusterId(1), node, at(seconds)).is_some()
        };
        assert_eq!([9, 10, 19, 20].map(|seconds| of(&one, &n3, seconds)), [false, true, true, false]);
        assert!(!of(&one, &n2, 15));
        assert!(of(&Maintenance { node: None, ..one.clone() }, &n2, 15));
        assert!(!of(&Maintenance { cluster: ClusterId(2), node: None, ..one }, &n2, 15));
    }
}
