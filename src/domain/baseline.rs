//! What a cluster was like when all was well, and what has changed since. Pure.
//!
//! # Why
//! Most outages follow a change, and nobody remembers all of them at night. So while all is well it is written down
//! what there is, part by part, and each part says what was seen or why nothing was: a part that was not seen on one
//! side is not compared and never "changed". Settings are kept as keyed hashes only, one a key: that says which key is
//! another one and holds no value that could be a secret.
//!
//! # What counts as a change
//! Numbers that move by themselves do not. Clients are compared by who they are: an application that is connected to no
//! node any more or is new, and one whose clients are half or twice as many. A rate of errors counts from three times
//! as many on. A leader counts, and so does a term: both tell of an election.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::id::NodeName;
use super::message::Message;
use super::time::Timestamp;
use super::vocabulary::MemberState;

mod compare;
#[cfg(test)]
mod tests;

pub use compare::{Change, Compared, NotCompared, Part, Side, What, compare};

/// For how long all has to be well before it is written down, minutes, unless the settings say otherwise.
pub const BASELINE_AFTER_MINUTES: u32 = 10;
/// After so long it is looked at anew, milliseconds. Our choice: a change of a working day is between two of them.
pub const AGAIN_MS: i64 = 6 * 3_600_000;
/// Versions that are kept of a cluster, beside those that incidents are compared with.
pub const MOST_VERSIONS: i64 = 50;
/// Most keys, services or names of one part that are kept; more are counted.
pub const MOST_ENTRIES: usize = 1000;
/// Most characters of a name that is kept.
pub const MOST_CHARS: usize = 200;
/// Most bytes of a version.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;
/// What stands for a value that is not known.
pub const UNKNOWN: &str = "?";

/// A version: what a cluster was like at a moment at which all was well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Counted from 1, by cluster.
    pub version: i64,
    /// Since when all had been well, at least.
    pub well_since: Timestamp,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// When it was the same for the last time.
    pub still_so_at: Timestamp,
    /// What it holds.
    pub seen: ClusterSeen,
}

impl Baseline {
    /// The last moment before another at which all was well and as it is here; `None`: it was taken later.
    #[must_use]
    pub fn last_well_before(&self, sign: Timestamp) -> Option<Timestamp> {
        let known = if self.still_so_at < sign { self.still_so_at } else { self.taken_at };
        (known < sign).then_some(known)
    }
}

/// What was seen of a cluster, node by node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterSeen {
    /// By name.
    pub nodes: BTreeMap<NodeName, NodeSeen>,
}

/// A part of it, or why it was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told<T> {
    /// It.
    Seen(T),
    /// Why.
    NotSeen(Message),
}

impl<T> Told<T> {
    /// It, where it was seen.
    #[must_use]
    pub const fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::NotSeen(_) => None,
        }
    }

    /// Why it was not seen.
    #[must_use]
    pub const fn why(&self) -> Option<&Message> {
        match self {
            Self::Seen(_) => None,
            Self::NotSeen(why) => Some(why),
        }
    }
}

/// What was seen of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSeen {
    /// Nacos version.
    pub version: Told<String>,
    /// Members as it lists them, with the state it has for each.
    pub members: Told<BTreeMap<String, MemberState>>,
    /// Raft groups as it sees them.
    pub raft: Told<BTreeMap<String, Led>>,
    /// Its settings.
    pub settings: Told<SettingsSeen>,
    /// Its `cluster.conf`.
    pub conf: Told<ConfSeen>,
    /// Its last start.
    pub start: Told<StartSeen>,
    /// Lines of level ERROR in its logs.
    pub errors: Told<ErrorsSeen>,
    /// Services.
    pub services: Told<ServicesSeen>,
    /// Its clients.
    pub clients: Told<ClientsSeen>,
}

impl NodeSeen {
    /// One of which nothing was seen, for one reason.
    #[must_use]
    pub fn unseen(why: &Message) -> Self {
        fn no<T>(why: &Message) -> Told<T> {
            Told::NotSeen(why.clone())
        }
        Self {
            version: no(why),
            members: no(why),
            raft: no(why),
            settings: no(why),
            conf: no(why),
            start: no(why),
            errors: no(why),
            services: no(why),
            clients: no(why),
        }
    }

    /// Parts that were seen.
    #[must_use]
    pub fn parts(&self) -> BTreeSet<Part> {
        let seen = [
            (Part::Version, self.version.seen().is_some()),
            (Part::Members, self.members.seen().is_some()),
            (Part::Raft, self.raft.seen().is_some()),
            (Part::Settings, self.settings.seen().is_some()),
            (Part::Conf, self.conf.seen().is_some()),
            (Part::Start, self.start.seen().is_some()),
            (Part::Errors, self.errors.seen().is_some()),
            (Part::Services, self.services.seen().is_some()),
            (Part::Clients, self.clients.seen().is_some_and(|clients| clients.named.is_some())),
        ];
        seen.into_iter().filter(|(_, seen)| *seen).map(|(part, _)| part).collect()
    }
}

impl ClusterSeen {
    /// Whether this is to be a version of its own after that one: something is another, or more was seen.
    #[must_use]
    pub fn is_news_after(&self, before: &Self) -> bool {
        !compare(before, self).changes.is_empty() || !before.covers(self)
    }

    /// Whether every part that was seen there was seen here too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let none = BTreeSet::new();
        other.nodes.iter().all(|(name, node)| {
            let own = self.nodes.get(name).map(NodeSeen::parts);
            node.parts().is_subset(own.as_ref().unwrap_or(&none))
        })
    }

    /// Only what a look tells as well: members and leaders.
    #[must_use]
    pub fn cheap(&self) -> Self {
        let why = Message::new("baseline-not-looked");
        let cheap = |node: &NodeSeen| NodeSeen {
            members: node.members.clone(),
            raft: node.raft.clone(),
            ..NodeSeen::unseen(&why)
        };
        Self { nodes: self.nodes.iter().map(|(name, node)| (name.clone(), cheap(node))).collect() }
    }
}

/// Who leads a Raft group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    /// `ip:raft_port`; `None`: the node does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
    /// Term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<i64>,
}

/// The settings of a node, as keyed hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsSeen {
    /// By canonical key, or name of a flag.
    pub values: BTreeMap<String, Setting>,
    /// Whether environment and command line were seen as well: what they set comes before the file.
    pub outside: bool,
    /// Keys that were too many to be kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Hash of its value under the key of this installation; [`UNKNOWN`]: it comes from what could not be seen.
    pub hash: String,
    /// Whether it stands in the file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_file: bool,
}

/// `conf/cluster.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfSeen {
    /// `host:port`, sorted.
    pub members: Vec<String>,
    /// Hash of the file.
    pub hash: String,
}

/// What tells when a node was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartBy {
    /// The process table.
    Process,
    /// The head of the log of its garbage collector.
    Jvm,
    /// The line that says that a start is over.
    Log,
}

/// The last start of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartSeen {
    /// When.
    pub at: Timestamp,
    /// By what.
    pub by: StartBy,
    /// How long it took, milliseconds, where logs tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<i64>,
}

/// Lines of level ERROR that are not noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorsSeen {
    /// How many.
    pub lines: u64,
    /// In how long, milliseconds.
    pub window_ms: i64,
}

impl ErrorsSeen {
    /// Lines an hour, to the nearest whole.
    #[must_use]
    pub fn an_hour(self) -> u64 {
        let window_ms = u64::try_from(self.window_ms).unwrap_or(1).max(1);
        (self.lines.saturating_mul(3_600_000).saturating_add(window_ms / 2)) / window_ms
    }
}

/// Services that a node lists: those of the public namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicesSeen {
    /// Instances by `group@@service`.
    pub instances: BTreeMap<String, i64>,
    /// Whether these are all of them.
    pub complete: bool,
    /// Services of all namespaces, where its metrics count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<i64>,
}

/// Clients of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsSeen {
    /// Connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<i64>,
    /// Clients by the application they name, else by their address; `None`: the node does not list them, or not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<BTreeMap<String, u32>>,
    /// Clients that send heartbeats in place of a connection, as `ip:port`, of all nodes; `None`: the node does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beating: Option<BTreeSet<String>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// For how long looks say without a break that all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WellRun {
    /// The first of them.
    pub since: Timestamp,
    /// The newest.
    pub last: Timestamp,
}

impl WellRun {
    /// With one more look; `None`: it says that not all is well. A gap of more than `gap_ms` is a break: nobody knows
    /// what was in it.
    #[must_use]
    pub fn after(before: Option<Self>, at: Timestamp, is_well: bool, gap_ms: i64) -> Option<Self> {
        if !is_well {
            return None;
        }
        let goes_on = before.filter(|run| (0..=gap_ms).contains(&at.millis_since(run.last)));
        Some(Self { since: goes_on.map_or(at, |run| run.since), last: at })
    }

    /// By looks, oldest first.
    #[must_use]
    pub fn of(looks: &[(Timestamp, bool)], gap_ms: i64) -> Option<Self> {
        looks.iter().fold(None, |run, (at, is_well)| Self::after(run, *at, *is_well, gap_ms))
    }

    /// How long it is, milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.last.as_millis() - self.since.as_millis()
    }
}
