//! The start of a node whose restart somebody took on, followed row by row from looks. Pure.
//!
//! # Why
//! A node that answers is not yet one that is back: it may say that it is ready before it has loaded anything, name a leader
//! that is gone, or be up for one peer only. So each row has evidence of its own, and a row without evidence is not reached.
//! Everything comes from the looks that are kept, so a program that starts anew in between knows the same.

use serde::{Deserialize, Serialize};

use super::id::NodeName;
use super::message::Message;
use super::time::Timestamp;

mod fold;
#[cfg(test)]
mod tests;
mod verdict;

pub use fold::{Input, follow};

/// Looks further apart than this leave a gap: what came in between was not seen, milliseconds. Our choice: four looks.
pub const GAP_MS: i64 = 20_000;
/// Looks in a row in which everything has to hold before a start is done.
pub const HOLDS_LOOKS: u32 = 3;
/// For so long it has to hold, milliseconds: two periods in which nodes verify their data with each other (facts G.7).
pub const HOLDS_MS: i64 = 10_000;
/// A node that has not come by so long after the claim was over is not waited for any more, milliseconds: no start on real disks
/// took half as long.
pub const COMES_WITHIN_MS: i64 = 300_000;
/// A node that was not stopped by so long after the claim was over will not be, milliseconds. Our choice.
pub const STOPS_WITHIN_MS: i64 = 60_000;
/// No start is followed for longer after the claim, milliseconds. Our choice.
pub const LONGEST_MS: i64 = 45 * 60_000;
/// Looks before the claim that are read to know what the node was doing, milliseconds.
pub const BEFORE_CLAIM_MS: i64 = 60_000;
/// Looks before the node fell silent in which its clients are counted, milliseconds.
pub const BEFORE_DOWN_MS: i64 = 600_000;

/// What is said of a node that the first look which is kept found down: it went down then or earlier.
pub const DOWN_AT_THE_LATEST: &str = "follow-down-at-the-latest";

/// What a start goes through, in the order of a safe start (facts G.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartRow {
    /// The node went down, or was down already.
    Down,
    /// Its process is there, or its main port answers.
    Process,
    /// It says that its start is over.
    Finished,
    /// It leads or follows in every Raft group, and names the leader that the others name.
    Raft,
    /// It has loaded the data of the others.
    Distro,
    /// It says that it is ready.
    Ready,
    /// All others that could be asked call it up.
    Peers,
    /// It counts as many services and instances as the others.
    Data,
    /// Its clients are back. A node that returns stays near none (facts F.7), so nothing waits for it.
    Clients,
}

impl StartRow {
    /// Every row, in order.
    pub const ALL: [Self; 9] = [
        Self::Down,
        Self::Process,
        Self::Finished,
        Self::Raft,
        Self::Distro,
        Self::Ready,
        Self::Peers,
        Self::Data,
        Self::Clients,
    ];

    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Process => "process",
            Self::Finished => "finished",
            Self::Raft => "raft",
            Self::Distro => "distro",
            Self::Ready => "ready",
            Self::Peers => "peers",
            Self::Data => "data",
            Self::Clients => "clients",
        }
    }

    /// Whether nothing is done before this was seen. That Distro was loaded is told by a log only: where none is read, the
    /// counts of services and instances stand for it.
    #[must_use]
    pub const fn is_needed(self) -> bool {
        !matches!(self, Self::Distro | Self::Clients)
    }

    /// The longest that it takes from the first sign of the start, milliseconds; `None`: no time is too long. A healthy start
    /// ends within 90 s (our choice). Then: "no leader" errors last 15 s, a load of Distro is tried anew every 30 s, readiness
    /// is looked at every 5 s, peers report within 15 s, and entries of clients that are gone go after 180 s (facts F.3).
    #[must_use]
    pub const fn allowed_ms(self) -> Option<i64> {
        match self {
            Self::Finished => Some(90_000),
            Self::Ready => Some(95_000),
            Self::Raft | Self::Peers => Some(105_000),
            Self::Distro => Some(150_000),
            Self::Data => Some(270_000),
            Self::Down | Self::Process | Self::Clients => None,
        }
    }
}

/// Where the longest time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowedBy {
    /// The times of Nacos.
    Nacos,
    /// Twice what the slowest earlier start of this node took.
    Earlier,
}

/// How far a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RowState {
    /// Rows before it come first.
    Later,
    /// It is waited for.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// It is waited for, for longer than it should take.
    Stuck {
        /// Since when.
        since: Timestamp,
        /// How long it may take, milliseconds.
        allowed_ms: i64,
        /// What says so.
        by: AllowedBy,
    },
    /// It was seen.
    Reached {
        /// By the first look that saw it.
        at: Timestamp,
        /// Nobody looked between this moment and that one, so it happened at some time between them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Timestamp>,
    },
    /// It was seen, and is so no more.
    Lost {
        /// When it had been reached.
        reached: Timestamp,
        /// Since when it is not so any more.
        since: Timestamp,
    },
    /// Nothing tells.
    Unknown,
}

/// One row of a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSeen {
    /// Which.
    pub row: StartRow,
    /// How far.
    #[serde(flatten)]
    pub state: RowState,
    /// What was seen, or why nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<Message>,
    /// How many times it was reached and lost again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub times_lost: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl RowSeen {
    /// When it was reached, where it is.
    #[must_use]
    pub const fn reached_at(&self) -> Option<Timestamp> {
        match self.state {
            RowState::Reached { at, .. } => Some(at),
            _ => None,
        }
    }
}

/// How a start stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowState {
    /// It goes on.
    GoingOn,
    /// Everything that is needed was seen, and holds.
    Done,
    /// A row takes longer than it should.
    Stuck,
    /// The claim is over, and the node did not go down, or did not come.
    Abandoned,
    /// Nothing is seen to be wrong, and something that is needed was not seen.
    Unseen,
}

impl FollowState {
    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GoingOn => "going_on",
            Self::Done => "done",
            Self::Stuck => "stuck",
            Self::Abandoned => "abandoned",
            Self::Unseen => "unseen",
        }
    }
}

/// From where the time of a start counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// From the look that first saw the new process, where that was before an answer.
    Process,
    /// From the look that first saw the node silent, after it was taken on.
    Down,
    /// From the moment at which the restart of a node that was down was taken on.
    Claim,
}

/// A start as far as it was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follow {
    /// When the restart was taken on: by that, incident and node it is known.
    pub claimed_at: Timestamp,
    /// How it stands.
    pub state: FollowState,
    /// Whether it is not followed any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
    /// Every row, in order.
    pub rows: Vec<RowSeen>,
    /// From when its time counts, and why from there; `None`: the node has not gone down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<(Timestamp, CountedFrom)>,
    /// The newest look; `None`: nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<Timestamp>,
    /// What earlier starts of this node took, newest first, milliseconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_ms: Vec<i64>,
}

impl Follow {
    /// One row.
    #[must_use]
    pub fn row(&self, row: StartRow) -> Option<&RowSeen> {
        self.rows.iter().find(|seen| seen.row == row)
    }

    /// What each row took from where the time counts, milliseconds, as far as it was reached; without where it begins.
    #[must_use]
    pub fn durations(&self) -> Vec<(StartRow, i64)> {
        let Some((from, why)) = self.from else { return Vec::new() };
        let is_begin = |row| row == StartRow::Down || why == CountedFrom::Process && row == StartRow::Process;
        let rows = self.rows.iter().filter(|seen| !is_begin(seen.row));
        // In whole seconds, as the moments are shown: else they would not add up.
        let second = |at: Timestamp| at.as_millis().div_euclid(1000);
        let took_ms = |at: Timestamp| (second(at) - second(from)).max(0) * 1000;
        rows.filter_map(|seen| Some((seen.row, took_ms(seen.reached_at()?)))).collect()
    }

    /// What the whole start took, milliseconds, up to the last row that is needed; `None`: it is not done.
    #[must_use]
    pub fn total_ms(&self) -> Option<i64> {
        if self.state != FollowState::Done {
            return None;
        }
        self.durations().into_iter().filter(|(row, _)| *row != StartRow::Clients).map(|(_, ms)| ms).max()
    }

    /// Rows before the clients of which nothing tells.
    #[must_use]
    pub fn unseen(&self) -> Vec<StartRow> {
        let before = self.rows.iter().filter(|seen| seen.row != StartRow::Clients && seen.state == RowState::Unknown);
        before.map(|seen| seen.row).collect()
    }

    /// Whether the process of the start, or an answer of it, was ever seen.
    #[must_use]
    pub fn has_come(&self) -> bool {
        self.row(StartRow::Process)
            .is_some_and(|seen| matches!(seen.state, RowState::Reached { .. } | RowState::Lost { .. }))
    }

    /// Whether another one tells a reader the same: that it was looked at anew is no news.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.state, self.over, self.from, &self.rows) == (other.state, other.over, other.from, &other.rows)
    }

    /// Whether the timeline is to be told, which was told these before: that the start was seen, each row that is stuck, and how it
    /// ended.
    #[must_use]
    pub fn is_news_after(&self, told: &[Self]) -> bool {
        let stuck = |follow: &Self| -> Vec<StartRow> {
            let rows = follow.rows.iter().filter(|seen| matches!(seen.state, RowState::Stuck { .. }));
            rows.map(|seen| seen.row).collect()
        };
        if told.iter().any(|one| one.over) {
            return false;
        }
        let known: Vec<StartRow> = told.iter().flat_map(stuck).collect();
        self.over
            || self.has_come() && !told.iter().any(Self::has_come)
            || self.state == FollowState::Stuck && stuck(self).iter().any(|row| !known.contains(row))
    }
}

/// An earlier start of the node that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The whole, milliseconds.
    pub total_ms: i64,
    /// Each row, milliseconds.
    pub rows: Vec<(StartRow, i64)>,
}

impl Earlier {
    /// Of a start that is done; `None`: it is not.
    #[must_use]
    pub fn of(follow: &Follow) -> Option<Self> {
        Some(Self { total_ms: follow.total_ms()?, rows: follow.durations() })
    }
}

/// What a look found of the start of a node in its process table and its logs; only of a node whose restart was taken on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartSeen {
    /// Whether its process is there; `None`: its process table is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<bool>,
    /// Whether its Raft port and its gRPC port for clients are open, asked while its main port does not answer; `None`: not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<EarlyPorts>,
    /// When that process began, by the clock of its host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Whether the log of this start says that it is over; `None`: that log is not read, or is not of this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<bool>,
    /// Whether its log says that it has loaded the data of the others since it began; `None`: that log is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distro: Option<bool>,
}

/// Ports that a node opens before its main port answers: Raft first, gRPC last (seen on 2.5.1). Two of them are asked, so that a
/// look stays within its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyPorts {
    /// Raft.
    pub raft: bool,
    /// gRPC for clients.
    pub client_grpc: bool,
}

/// A start that was taken on, and how far it was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The node.
    pub node: NodeName,
    /// Who took it on.
    pub by: String,
    /// What was seen.
    pub follow: Follow,
}
