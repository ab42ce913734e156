//! What the watcher sees of a cluster, look by look, and what is kept of many looks.
//!
//! A look asks every node a few cheap questions. It says how the cluster stood as far as those tell, and never why: that is
//! what a round of checks is for. Old looks are folded into one a minute and later into one an hour. A fold keeps what was
//! worst, so that ten bad seconds stay visible in a week that was fine.

use serde::{Deserialize, Serialize};

use crate::domain::id::NodeName;
use crate::domain::led::disputed;
use crate::domain::observed::{MetricsSeen, SampleSeen};
use crate::domain::time::Timestamp;

#[cfg(test)]
mod tests;

/// How a cluster stood, as far as a look tells; the worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookState {
    /// Every node that was asked answers, is ready, and names all members up and one leader a group.
    Up,
    /// A node is silent, is not ready, is missed by another, or a group has no leader that all name.
    Degraded,
    /// No node answers, or too few for a majority.
    Down,
}

impl LookState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Up, Self::Degraded, Self::Down];

    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    /// By its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// The state of `voters` nodes of which these were asked; nodes that could not be asked are given the benefit of the doubt,
    /// as they may well serve. `None`: none was asked.
    #[must_use]
    pub fn of(nodes: &[(NodeName, SampleSeen)], voters: usize) -> Option<Self> {
        if nodes.is_empty() {
            return None;
        }
        let silent = nodes.iter().filter(|(_, sample)| !sample.alive).count();
        let serving = voters.max(nodes.len()) - silent;
        if serving * 2 <= voters.max(nodes.len()) || silent == nodes.len() {
            return Some(Self::Down);
        }
        let fine = nodes.iter().all(|(_, sample)| sample.is_healthy())
            && disputed(nodes.iter().map(|(_, sample)| sample), false).is_none();
        Some(if fine { Self::Up } else { Self::Degraded })
    }
}

/// Looks in a row that have to say the same before it is told as a change: one slow answer is none.
pub const CONFIRMED_BY: u32 = 3;

/// After so many more looks it is told again, to incidents that were opened meanwhile.
const TOLD_AGAIN: u32 = 6;

/// What the newest looks at a cluster have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: LookState,
    /// Nodes that do not answer, by name.
    pub silent: Vec<String>,
    /// When the first of them was taken.
    pub since: Timestamp,
    /// How many they are.
    pub looks: u32,
}

impl Standing {
    /// With one more look; `before`: what those before it have in common.
    #[must_use]
    pub fn after(before: Option<&Self>, look: &Look) -> Self {
        let silent = look.nodes.iter().filter(|(_, sample)| !sample.alive).map(|(name, _)| name.0.clone()).collect();
        let one = Self { state: look.state, silent, since: look.at, looks: 1 };
        match before.filter(|before| before.says() == one.says()) {
            Some(before) => Self { since: before.since, looks: before.looks.saturating_add(1), ..one },
            None => one,
        }
    }

    /// Whether it is to be told: enough looks say so for the first time, or many more for those who came later.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        self.looks == CONFIRMED_BY || self.looks.is_multiple_of(TOLD_AGAIN)
    }

    /// What it says, without how long.
    #[must_use]
    pub fn says(&self) -> (LookState, &[String]) {
        (self.state, &self.silent)
    }
}

/// For how long one kept entry speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// One look.
    Look,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl Grain {
    /// Its length, milliseconds; 0 for a single look.
    #[must_use]
    pub const fn ms(self) -> i64 {
        match self {
            Self::Look => 0,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }

    /// Where the period begins that holds `at`.
    #[must_use]
    pub fn begin(self, at: Timestamp) -> Timestamp {
        match self.ms() {
            0 => at,
            ms => Timestamp::from_millis(at.as_millis().div_euclid(ms) * ms),
        }
    }
}

/// One look at a cluster, or what is kept of those of a minute or an hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// When it was taken; of a fold, when its period began.
    pub at: Timestamp,
    /// The state; of a fold, the worst.
    pub state: LookState,
    /// Looks in it.
    pub looks: u32,
    /// What the nodes that could be asked said, by name; of a fold, the states in the first of its worst looks and the means of the
    /// numbers.
    pub nodes: Vec<(NodeName, SampleSeen)>,
}

impl Look {
    /// What is kept of these looks, which all lie in the period that begins at `at`; `None` of none.
    #[must_use]
    pub fn fold(at: Timestamp, looks: &[Self]) -> Option<Self> {
        let worst = looks.iter().rev().max_by_key(|look| look.state)?;
        let nodes = worst.nodes.iter().map(|(name, sample)| {
            let all = || looks.iter().flat_map(|look| &look.nodes).filter(|(other, _)| other == name);
            let samples: Vec<&SampleSeen> = all().map(|(_, sample)| sample).collect();
            (name.clone(), folded(at, sample, &samples))
        });
        let count = looks.iter().map(|look| look.looks).fold(0, u32::saturating_add);
        Some(Self { at, state: worst.state, looks: count, nodes: nodes.collect() })
    }
}

/// The states of the worst, the means of what was measured, the newest of what the JVM measures, the longest answer.
fn folded(at: Timestamp, worst: &SampleSeen, all: &[&SampleSeen]) -> SampleSeen {
    let counted =
        |value: fn(&MetricsSeen) -> Option<i64>| mean_of_counts(all.iter().filter_map(|one| value(&one.metrics)));
    let measured = |value: fn(&MetricsSeen) -> Option<f64>| mean(all.iter().filter_map(|one| value(&one.metrics)));
    let errors = all.iter().filter_map(|one| one.errors).reduce(u64::saturating_add);
    SampleSeen {
        at,
        metrics: MetricsSeen {
            status: worst.metrics.status.clone(),
            services: counted(|metrics| metrics.services),
            instances: counted(|metrics| metrics.instances),
            clients: counted(|metrics| metrics.clients),
            responsible_clients: counted(|metrics| metrics.responsible_clients),
            cpu: measured(|metrics| metrics.cpu),
            load: measured(|metrics| metrics.load),
            mem: measured(|metrics| metrics.mem),
        },
        sdk_connections: mean_of_counts(all.iter().filter_map(|one| one.sdk_connections)),
        errors,
        // What counts up is compared with what is read next, so the newest is kept.
        gauges: all.iter().rev().find_map(|one| one.gauges.clone()),
        gauges_closed: all.iter().rev().find(|one| one.alive).is_some_and(|one| one.gauges_closed),
        elapsed_ms: all.iter().map(|one| one.elapsed_ms).max().unwrap_or(worst.elapsed_ms),
        ..worst.clone()
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    // Three digits are more than anybody reads off a chart, and a third of the room.
    (count > 0).then(|| (sum / f64::from(count) * 1000.0).round() / 1000.0)
}

/// The mean of counts, to the nearest whole; halves go up.
fn mean_of_counts(values: impl Iterator<Item = i64>) -> Option<i64> {
    let (sum, count) = values.fold((0_i64, 0_i64), |(sum, count), value| (sum.saturating_add(value), count + 1));
    (count > 0).then(|| sum.saturating_add(count / 2).div_euclid(count))
}

/// For how long looks are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Single looks, hours.
    pub looks_hours: u32,
    /// What is kept of each minute, days.
    pub minutes_days: u32,
    /// What is kept of each hour, days.
    pub hours_days: u32,
}

impl Default for Kept {
    fn default() -> Self {
        Self { looks_hours: 48, minutes_days: 30, hours_days: 730 }
    }
}

impl Kept {
    /// Single looks, milliseconds. They are kept until they are folded.
    #[must_use]
    pub fn looks_ms(self) -> i64 {
        (i64::from(self.looks_hours) * Grain::Hour.ms()).max(2 * Grain::Minute.ms())
    }

    /// What is kept of each minute, milliseconds.
    #[must_use]
    pub fn minutes_ms(self) -> i64 {
        i64::from(self.minutes_days) * 24 * Grain::Hour.ms()
    }

    /// What is kept of each hour, milliseconds.
    #[must_use]
    pub fn hours_ms(self) -> i64 {
        i64::from(self.hours_days) * 24 * Grain::Hour.ms()
    }
}
