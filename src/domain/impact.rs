//! When the impact of an incident was over: the moment that a person says, beside the one that was measured.

use serde::{Deserialize, Serialize};

use super::diagnosis::Health;
use super::incident::{DomainError, Incident, IncidentState};
use super::time::Timestamp;

/// What a person said of the end of the impact. A correction is a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpactEnd {
    /// Since when users no longer hurt.
    pub over_at: Timestamp,
    /// When health was seen back, as far as it was measured when this was said.
    pub measured_at: Option<Timestamp>,
    /// Login name.
    pub by: String,
    /// When it was said.
    pub at: Timestamp,
}

/// A monitor that sees the cluster as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its first sample.
    pub watched_from: Timestamp,
    /// Since when nothing has flapped.
    pub since: Timestamp,
}

/// When health was seen back, for the person who says now that the impact is over; `None`: it was not. `history`: what the
/// diagnoses said, oldest first.
///
/// This is not the moment of the record ([`Moments::recovered`](super::record::moments::Moments::recovered)): that one is read from the
/// timeline alone, so it stays the same in every export, it asks that something was wrong before, and a diagnosis that did not
/// see everything does not interrupt it. Here one that saw less than healthy ends it, and the samples of the monitor, which the
/// timeline does not hold, make it earlier or later.
#[must_use]
pub fn health_back(history: &[(Timestamp, Health)], settled: Option<Settled>) -> Option<Timestamp> {
    let healthy = history.iter().rev().take_while(|(_, health)| *health == Health::Healthy).last().map(|(at, _)| *at);
    match (healthy, settled) {
        // The monitor saw trouble after the first healthy diagnosis: it was back only then.
        (Some(_), Some(settled)) if settled.since > settled.watched_from => healthy.max(Some(settled.since)),
        (Some(healthy), Some(settled)) => Some(healthy.min(settled.since)),
        (healthy, settled) => healthy.or(settled.map(|settled| settled.since)),
    }
}

/// Why a moment cannot be the end of the impact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotThen {
    /// It is before the incident was opened.
    BeforeOpening,
    /// It has not come yet.
    InFuture,
}

impl Incident {
    /// Whether the impact can have ended then.
    ///
    /// # Errors
    /// It is before the opening, or in the future.
    pub fn check_impact_end(&self, over_at: Timestamp, now: Timestamp) -> Result<(), NotThen> {
        match over_at {
            at if at > now => Err(NotThen::InFuture),
            at if at < self.opened_at => Err(NotThen::BeforeOpening),
            _ => Ok(()),
        }
    }

    /// The impact was over then: said the first time, or corrected. Allowed until the record is signed.
    ///
    /// # Errors
    /// It is reviewed, or that is what was said already.
    pub fn end_impact(&mut self, over_at: Timestamp) -> Result<IncidentState, DomainError> {
        self.require_unsigned()?;
        if self.mitigated_at == Some(over_at) {
            return Err(DomainError::NoChange);
        }
        self.mitigated_at = Some(over_at);
        let from = self.state;
        if from == IncidentState::Declared {
            self.state = IncidentState::Mitigated;
        }
        Ok(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn health_is_back_since_the_first_of_the_healthy_looks_at_the_end() {
        let history =
            [(at(1), Health::Healthy), (at(2), Health::Down), (at(3), Health::Healthy), (at(4), Health::Healthy)];
        assert_eq!(health_back(&history, None), Some(at(3)));
        assert_eq!(health_back(&history[..2], None), None, "it is down");
        assert_eq!(health_back(&[], None), None);
        let settled = |from, since| Some(Settled { watched_from: at(from), since: at(since) });
        assert_eq!(health_back(&history, settled(5, 5)), Some(at(3)), "nothing flapped while it was watched");
        assert_eq!(health_back(&history, settled(5, 9)), Some(at(9)), "it flapped after that");
        assert_eq!(health_back(&history, settled(1, 2)), Some(at(3)), "a diagnosis saw more than the monitor");
        assert_eq!(health_back(&history[..2], settled(5, 7)), Some(at(7)));
    }
}
