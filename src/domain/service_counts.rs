//! Instances of each service, as the nodes list them side by side, against those while all was well. Pure.
//!
//! # Why
//! A sum hides what matters: 200 instances of 200 may be 199 of services that have plenty, and none of the one that everybody
//! needs. And nodes that list different numbers of one service (12/9/12) give different answers to clients, whatever the sum is.
//! What no list holds is none only where a list is whole; a node whose list was not read says nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::clipped::clipped;
use super::publishing::ServiceNow;
use super::time::Timestamp;

/// Most services of one list that are kept.
pub const MOST_SERVICES: usize = 1000;
/// Most characters of a name, as a baseline keeps them.
const MOST_CHARS: usize = 200;

/// The services that a node lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCounts {
    /// When it did.
    pub at: Timestamp,
    /// Instances by `group@@service`.
    pub counts: BTreeMap<String, ServiceNow>,
    /// Services that it has beside these.
    #[serde(default)]
    pub left_out: i64,
}

impl ServiceCounts {
    /// Of an answer: healthy and all instances by service, and how many services there are.
    #[must_use]
    pub fn new(at: Timestamp, listed: BTreeMap<String, (i64, i64)>, all: i64) -> Self {
        let one = |(name, (healthy, all)): (String, (i64, i64))| {
            (clipped(&name, MOST_CHARS), ServiceNow { healthy: healthy.max(0), all: all.max(0) })
        };
        let counts: BTreeMap<String, ServiceNow> = listed.into_iter().take(MOST_SERVICES).map(one).collect();
        let left_out = all.saturating_sub(i64::try_from(counts.len()).unwrap_or(i64::MAX)).max(0);
        Self { at, counts, left_out }
    }

    /// What it says of a service; `None`: it may be among those that are not here.
    fn of(&self, name: &str) -> Option<ServiceNow> {
        let none = (self.left_out == 0).then_some(ServiceNow { healthy: 0, all: 0 });
        self.counts.get(name).copied().or(none)
    }
}

/// A service over all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceStands {
    /// `group@@service`.
    pub name: String,
    /// As each node lists it; `None`: its list was not read, or is not whole.
    pub by_node: Vec<Option<ServiceNow>>,
    /// Instances while all was well; `None`: that is not known.
    pub well: Option<i64>,
}

/// How it stands; what is to be looked at first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceState {
    /// A node lists no healthy instance, though it has some or had.
    NoneHealthy,
    /// A node lists fewer healthy ones than there were while all was well.
    Fewer,
    /// Nodes list different numbers.
    NodesDiffer,
    /// Not all are healthy, and nobody knows how many there were.
    SomeUnhealthy,
    /// As many as then, or more.
    AsBefore,
    /// Nobody knows how many there were.
    NotCompared,
}

impl ServiceStands {
    /// The fewest that any node lists.
    #[must_use]
    pub fn fewest(&self) -> ServiceNow {
        let listed = self.by_node.iter().flatten().copied();
        listed.min_by_key(|now| (now.healthy, now.all)).unwrap_or(ServiceNow { healthy: 0, all: 0 })
    }

    /// Whether nodes list different numbers.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.by_node.iter().flatten().collect::<Vec<_>>().windows(2).any(|pair| pair[0] != pair[1])
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> ServiceState {
        let fewest = self.fewest();
        let had = self.well.unwrap_or_default() > 0 || self.by_node.iter().flatten().any(|now| now.all > 0);
        match self.well {
            _ if fewest.healthy == 0 && had => ServiceState::NoneHealthy,
            Some(well) if fewest.healthy < well => ServiceState::Fewer,
            _ if self.differs() => ServiceState::NodesDiffer,
            Some(_) => ServiceState::AsBefore,
            None if fewest.healthy < fewest.all => ServiceState::SomeUnhealthy,
            None => ServiceState::NotCompared,
        }
    }
}

/// All services, those first that have too few; `lists`: one a node, `None` where it was not read. `well`: instances while all
/// was well. Nothing is said where no list was read.
#[must_use]
pub fn side_by_side(lists: &[Option<&ServiceCounts>], well: &BTreeMap<String, i64>) -> Vec<ServiceStands> {
    let read = || lists.iter().flatten();
    let mut names: BTreeSet<&str> = read().flat_map(|list| list.counts.keys()).map(String::as_str).collect();
    if read().any(|list| list.left_out == 0) {
        names.extend(well.iter().filter(|(_, all)| **all > 0).map(|(name, _)| name.as_str()));
    }
    let stands = |name: &str| ServiceStands {
        name: name.to_owned(),
        by_node: lists.iter().map(|list| list.and_then(|list| list.of(name))).collect(),
        well: well.get(name).copied(),
    };
    let mut all: Vec<ServiceStands> = names.into_iter().map(stands).collect();
    all.sort_by_key(|one| (one.state(), one.fewest().healthy, one.name.clone()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(counts: &[(&str, i64, i64)], all: i64) -> ServiceCounts {
        let counts = counts.iter().map(|(name, healthy, all)| ((*name).to_owned(), (*healthy, *all)));
        ServiceCounts::new(Timestamp::from_millis(1), counts.collect(), all)
    }

    fn told(lists: &[Option<&ServiceCounts>], well: &[(&str, i64)]) -> Vec<(String, ServiceState)> {
        let well = well.iter().map(|(name, all)| ((*name).to_owned(), *all)).collect();
        side_by_side(lists, &well).into_iter().map(|one| (one.name.clone(), one.state())).collect()
    }

    #[test]
    fn what_has_too_few_comes_first() {
        let one = list(&[("full", 9, 9), ("more", 3, 2), ("order", 12, 12), ("pay", 0, 2), ("ship", 1, 3)], 5);
        let two = list(&[("full", 9, 9), ("more", 3, 3), ("order", 9, 12), ("pay", 0, 2), ("ship", 1, 3)], 5);
        let well = [("full", 9), ("gone", 4), ("order", 12), ("pay", 2), ("none", 0)];
        let said = told(&[Some(&one), Some(&two), None], &well);
        let said: Vec<(&str, ServiceState)> = said.iter().map(|(name, state)| (name.as_str(), *state)).collect();
        let expected = [
            ("gone", ServiceState::NoneHealthy),
            ("pay", ServiceState::NoneHealthy),
            ("order", ServiceState::Fewer),
            ("more", ServiceState::NodesDiffer),
            ("ship", ServiceState::SomeUnhealthy),
            ("full", ServiceState::AsBefore),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_may_be_left_out_is_not_none() {
        let whole = list(&[("order", 3, 3)], 1);
        let part = list(&[("pay", 2, 2)], 40);
        let all = side_by_side(&[Some(&whole), Some(&part)], &BTreeMap::new());
        let of = |name: &str| all.iter().find(|one| one.name == name).expect("it is there").by_node.clone();
        let now = |n: i64| Some(ServiceNow { healthy: n, all: n });
        assert_eq!((of("order"), of("pay")), (vec![now(3), None], vec![now(0), now(2)]));
        assert_eq!(told(&[Some(&part)], &[("order", 3)]), [("pay".to_owned(), ServiceState::NotCompared)]);
        assert!(told(&[None, None], &[("order", 3)]).is_empty(), "nobody was asked");
        let odd = list(&[("order", -3, i64::MIN)], i64::MIN);
        assert_eq!((odd.counts["order"], odd.left_out), (ServiceNow { healthy: 0, all: 0 }, 0));
    }
}
