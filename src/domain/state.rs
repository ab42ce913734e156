//! How a cluster stood by the newest measurement: that of a round of checks, of the incident's monitor, or of the watcher.
//!
//! # Why
//! The last round of an incident may be an hour older than its end, and says "degraded" of a cluster that has recovered. So a record
//! says what was measured last, by what, and when. Samples and looks ask the API of the nodes only: of them it says "up", and
//! never "healthy", which is for a round that saw everything that would show a problem.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::diagnosis::{Diagnosis, Health};
use super::id::NodeName;
use super::look::{Look, LookState};
use super::observed::SampleSeen;
use super::time::Timestamp;
use super::vocabulary::MemberState;

/// How it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stood {
    /// A round saw everything that would show a problem, and none.
    Healthy,
    /// Every node that was asked serves and names all members up and the same leaders.
    Up,
    /// Something is wrong.
    Degraded,
    /// No majority, or no node serves.
    Down,
    /// A round saw no problem, and not everything that would show one.
    Unknown,
}

impl From<Health> for Stood {
    fn from(health: Health) -> Self {
        match health {
            Health::Healthy => Self::Healthy,
            Health::Degraded => Self::Degraded,
            Health::Down => Self::Down,
            Health::Unknown => Self::Unknown,
        }
    }
}

impl From<LookState> for Stood {
    fn from(state: LookState) -> Self {
        match state {
            LookState::Up => Self::Up,
            LookState::Degraded => Self::Degraded,
            LookState::Down => Self::Down,
        }
    }
}

/// What measured it; of two at the same moment the later one here saw more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenBy {
    /// The watcher, which looks at every cluster.
    Watcher,
    /// The monitor of the incident.
    Monitor,
    /// A round of checks.
    Round,
}

/// One measurement of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateSeen {
    /// The moment it speaks of.
    pub at: Timestamp,
    /// What measured it.
    pub by: SeenBy,
    /// How the cluster stood.
    pub state: Stood,
    /// How many more nodes could fail; `None`: the members were not seen.
    pub failure_tolerance: Option<u32>,
}

impl From<&Diagnosis> for StateSeen {
    fn from(diagnosis: &Diagnosis) -> Self {
        let (at, state) = (diagnosis.at, diagnosis.health.into());
        Self { at, by: SeenBy::Round, state, failure_tolerance: diagnosis.failure_tolerance }
    }
}

impl From<&Look> for StateSeen {
    fn from(look: &Look) -> Self {
        let failure_tolerance = tolerance(&look.nodes);
        Self { at: look.at, by: SeenBy::Watcher, state: look.state.into(), failure_tolerance }
    }
}

impl StateSeen {
    /// Of the samples that the monitor took of the nodes at one moment. `nodes`: how many the cluster has. `None` of none.
    #[must_use]
    pub fn of_samples(samples: &[(NodeName, SampleSeen)], nodes: usize) -> Option<Self> {
        let at = samples.iter().map(|(_, sample)| sample.at).max()?;
        let state = LookState::of(samples, nodes)?.into();
        Some(Self { at, by: SeenBy::Monitor, state, failure_tolerance: tolerance(samples) })
    }

    /// The newest of all that there is. `samples`: those of one moment; `nodes`: how many the cluster has.
    #[must_use]
    pub fn of(
        diagnosis: Option<&Diagnosis>,
        samples: &[(NodeName, SampleSeen)],
        nodes: Option<usize>,
        look: Option<&Look>,
    ) -> Option<Self> {
        let samples = Self::of_samples(samples, nodes.unwrap_or(samples.len()));
        Self::newest(diagnosis.map(Self::from).into_iter().chain(samples).chain(look.map(Self::from)))
    }

    /// The newest of several. A round that could not say is no measurement as long as there is another one.
    #[must_use]
    pub fn newest(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().max_by_key(|seen| (seen.state != Stood::Unknown, seen.at, seen.by))
    }

    /// Whether nothing was seen to be wrong.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        matches!(self.state, Stood::Healthy | Stood::Up)
    }
}

/// How many more nodes may fail: members that vote, as the nodes name them, less the majority; `None`: none names members.
fn tolerance(nodes: &[(NodeName, SampleSeen)]) -> Option<u32> {
    let mut up: BTreeMap<&str, bool> = BTreeMap::new();
    for (address, state) in nodes.iter().flat_map(|(_, sample)| &sample.members) {
        let all_say_so = up.entry(address).or_insert(true);
        *all_say_so &= *state == MemberState::Up;
    }
    let voters = up.len();
    let silent = nodes.iter().filter(|(_, sample)| !sample.alive).count();
    let live = up.values().filter(|up| **up).count().min(voters.saturating_sub(silent));
    let most = live.saturating_sub(voters / 2 + 1);
    (voters > 0).then(|| u32::try_from(most).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(at: i64, by: SeenBy, state: Stood) -> StateSeen {
        StateSeen { at: Timestamp::from_millis(at), by, state, failure_tolerance: None }
    }

    fn sample(name: &str, alive: bool, members: &[(&str, &str)]) -> (NodeName, SampleSeen) {
        let members = members.iter().map(|(address, state)| ((*address).to_owned(), (*state).into())).collect();
        let silent = SampleSeen::silent(Timestamp::from_millis(7));
        let sample = SampleSeen { alive, ready: alive.then_some(true), members, ..silent };
        (NodeName::from(name), sample)
    }

    #[test]
    fn the_newest_counts_whoever_took_it_and_what_cannot_say_counts_last() {
        let round = seen(10, SeenBy::Round, Stood::Degraded);
        let sample = seen(20, SeenBy::Monitor, Stood::Up);
        let blind = seen(30, SeenBy::Round, Stood::Unknown);
        assert_eq!(StateSeen::newest([round, sample, blind]), Some(sample));
        assert_eq!(StateSeen::newest([blind]), Some(blind));
        let same = seen(20, SeenBy::Round, Stood::Degraded);
        assert_eq!(StateSeen::newest([same, sample]), Some(same), "of one moment, the one that saw more");
        assert_eq!(StateSeen::newest([]), None);
    }

    #[test]
    fn samples_tell_the_state_and_what_may_still_fail() {
        let all = [("a:1", "UP"), ("b:1", "UP"), ("c:1", "UP")];
        let up = [sample("n1", true, &all), sample("n2", true, &all), sample("n3", true, &all)];
        let state = |samples: &[_]| StateSeen::of_samples(samples, 3).map(|seen| (seen.state, seen.failure_tolerance));
        assert_eq!(state(&up), Some((Stood::Up, Some(1))));
        let one_down = [("a:1", "UP"), ("b:1", "UP"), ("c:1", "DOWN")];
        let down = [sample("n1", true, &one_down), sample("n2", true, &all), sample("n3", false, &[])];
        assert_eq!(state(&down), Some((Stood::Degraded, Some(0))));
        let late = [sample("n1", true, &all), sample("n2", true, &all), sample("n3", false, &[])];
        assert_eq!(state(&late), Some((Stood::Degraded, Some(0))), "the others have not noticed yet");
        let nameless = [sample("n1", true, &[])];
        assert_eq!(state(&nameless), Some((Stood::Up, None)), "nobody names members");
        assert_eq!(StateSeen::of_samples(&[], 3), None);
    }
}
