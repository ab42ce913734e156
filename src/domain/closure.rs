//! How an incident is closed: whether the cluster had recovered, what was measured of that, and what a person said.
//!
//! # Why
//! That a node is back is measured; that an incident is over is said by a person. Where the measurement agrees nobody has to
//! write anything. Where it does not, or nothing recent was measured, the record keeps how the person knows, or why it is
//! closed all the same.

use serde::{Deserialize, Serialize};

use super::diagnosis::Health;
use super::time::Timestamp;

/// What was measured of the recovery of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measured {
    /// The exit criterion is met: the monitor saw nothing flap for long enough.
    Stable {
        /// Since when.
        since: Timestamp,
        /// When the monitor took its first sample. Older records do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        watched_from: Option<Timestamp>,
        /// Since when it saw no trouble: earlier than `since` where it did not look for a while. Older records do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        well_since: Option<Timestamp>,
    },
    /// The newest diagnosis saw everything that would show a problem, and none; nothing newer speaks against it.
    Healthy {
        /// The moment it speaks of.
        at: Timestamp,
    },
    /// The monitor runs, and the exit criterion is not met yet.
    Unsettled {
        /// Since when nothing has flapped.
        since: Timestamp,
    },
    /// The newest diagnosis says otherwise, or cannot say.
    Unwell {
        /// What it says.
        health: Health,
        /// The moment it speaks of.
        at: Timestamp,
    },
    /// The newest diagnosis is healthy and speaks of long ago.
    Old {
        /// The moment it speaks of.
        at: Timestamp,
    },
    /// Nothing.
    Nothing,
}

/// The monitor of an incident, as far as it tells of the recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// When it took its first sample.
    pub watched_from: Timestamp,
    /// Since when nothing has flapped, and it looked all the time.
    pub stable_since: Timestamp,
    /// Since when no trouble was seen, whether it looked all the time or not.
    pub well_since: Timestamp,
    /// When it took its newest sample.
    pub sampled_at: Timestamp,
}

/// How long things have to hold, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nothing may flap for so long: the exit criterion.
    pub stable_ms: i64,
    /// A sample that is older tells nothing of now.
    pub sample_ms: i64,
    /// A diagnosis that is older tells nothing of now.
    pub diagnosis_ms: i64,
}

impl Measured {
    /// What is measured at `now`. `watch`: the monitor, if it runs and took a sample; `newest`: the newest diagnosis.
    #[must_use]
    pub fn at(now: Timestamp, watch: Option<Watch>, newest: Option<(Health, Timestamp)>, limits: Limits) -> Self {
        let watch = watch.filter(|watch| now.millis_since(watch.sampled_at) <= limits.sample_ms);
        // Of the time since nothing has flapped, a diagnosis still speaks of now; of before that, it does not.
        let is_new = |at: Timestamp| match watch {
            Some(watch) => at >= watch.stable_since,
            None => now.millis_since(at) <= limits.diagnosis_ms,
        };
        let down = newest.filter(|(health, at)| *health == Health::Down && is_new(*at));
        match (watch, newest) {
            _ if down.is_some() => down.map_or(Self::Nothing, |(health, at)| Self::Unwell { health, at }),
            (Some(watch), _) if now.millis_since(watch.stable_since) >= limits.stable_ms => {
                let (watched_from, well_since) = (Some(watch.watched_from), Some(watch.well_since));
                Self::Stable { since: watch.stable_since, watched_from, well_since }
            }
            (_, Some((Health::Healthy, at))) if is_new(at) => Self::Healthy { at },
            (Some(watch), _) => Self::Unsettled { since: watch.stable_since },
            (None, Some((Health::Healthy, at))) => Self::Old { at },
            (None, Some((health, at))) => Self::Unwell { health, at },
            (None, None) => Self::Nothing,
        }
    }

    /// Whether it says that the cluster has recovered.
    #[must_use]
    pub const fn is_recovery(&self) -> bool {
        matches!(self, Self::Stable { .. } | Self::Healthy { .. })
    }
}

/// How an incident was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// False: it is closed although the cluster had not recovered.
    pub recovered: bool,
    /// What was measured then.
    pub measured: Measured,
    /// How the person knows that it recovered, or why it is closed without; may be empty where it was measured.
    pub reason: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Closure {
    /// Whether a reason has to be given: what is said is not what is measured.
    #[must_use]
    pub const fn needs_reason(recovered: bool, measured: &Measured) -> bool {
        !recovered || !measured.is_recovery()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { stable_ms: 1000, sample_ms: 60, diagnosis_ms: 120 };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn measured(watch: Option<(i64, i64)>, newest: Option<(Health, i64)>) -> Measured {
        let watch = watch.map(|(since, sampled)| Watch {
            watched_from: at(8500),
            stable_since: at(since),
            well_since: at(since.min(8700)),
            sampled_at: at(sampled),
        });
        Measured::at(at(10_000), watch, newest.map(|(health, ms)| (health, at(ms))), LIMITS)
    }

    #[test]
    fn the_exit_criterion_counts_whatever_an_older_diagnosis_says() {
        for health in [Health::Healthy, Health::Degraded, Health::Unknown] {
            let (watched_from, well_since) = (Some(at(8500)), Some(at(8700)));
            let stable = Measured::Stable { since: at(9000), watched_from, well_since };
            assert_eq!(measured(Some((9000, 9990)), Some((health, 8000))), stable);
        }
        assert_eq!(measured(Some((9001, 9990)), None), Measured::Unsettled { since: at(9001) });
        assert!(!measured(Some((9000, 9939)), None).is_recovery(), "no sample tells of now");
        let down = measured(Some((9000, 9990)), Some((Health::Down, 9500)));
        assert_eq!(down, Measured::Unwell { health: Health::Down, at: at(9500) }, "and nothing newer says otherwise");
    }

    #[test]
    fn a_healthy_diagnosis_counts_while_it_speaks_of_now() {
        assert_eq!(measured(None, Some((Health::Healthy, 9900))), Measured::Healthy { at: at(9900) });
        assert_eq!(measured(None, Some((Health::Healthy, 9800))), Measured::Old { at: at(9800) });
        // Nothing has flapped since: it still holds. Something has: it does not.
        assert!(measured(Some((9400, 9990)), Some((Health::Healthy, 9500))).is_recovery());
        assert!(!measured(Some((9600, 9990)), Some((Health::Healthy, 9500))).is_recovery());
        for health in [Health::Degraded, Health::Down, Health::Unknown] {
            assert_eq!(measured(None, Some((health, 9990))), Measured::Unwell { health, at: at(9990) });
        }
        assert_eq!(measured(None, None), Measured::Nothing);
    }

    #[test]
    fn a_reason_is_needed_where_the_measurement_does_not_say_the_same() {
        let (well, unknown) =
            (Measured::Stable { since: at(0), watched_from: None, well_since: None }, Measured::Nothing);
        assert!(!Closure::needs_reason(true, &well));
        assert!(Closure::needs_reason(true, &unknown));
        assert!(Closure::needs_reason(false, &well) && Closure::needs_reason(false, &unknown));
    }
}
