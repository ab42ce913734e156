//! When the impact of an incident was over: the moment that a person says, beside the one that was measured.

use serde::{Deserialize, Serialize};

use super::diagnosis::Health;
use super::incident::{DomainError, Incident, IncidentState};
use super::message::Message;
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

/// Key of why a stable time starts anew: no sample of one node (`node`) was taken for a while.
pub const UNSEEN_NODE: &str = "stability-gap";
/// Key of why a stable time starts anew: no sample of any node was taken for so many `seconds`.
pub const UNSEEN_ALL: &str = "stability-gap-all";

/// True if a stable time starts anew only because nobody looked: that delays the exit criterion, and it is not trouble that was
/// seen, so the impact did not last until then.
#[must_use]
pub fn was_unseen(why: &Message) -> bool {
    why.key == UNSEEN_NODE || why.key == UNSEEN_ALL
}

/// A monitor that sees the cluster as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its first sample.
    pub watched_from: Timestamp,
    /// Since when it saw no trouble.
    pub since: Timestamp,
}

/// When things were seen to be well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenBack {
    /// Since then, by whatever saw it first: the watcher's looks see that all nodes answer and agree, and no more.
    pub at: Timestamp,
    /// When health was measured, by a round of checks or by the monitor; `None`: nothing has confirmed it yet.
    pub healthy: Option<Timestamp>,
}

impl SeenBack {
    /// Whether looks alone saw it first.
    #[must_use]
    pub fn is_by_looks(&self) -> bool {
        self.healthy.is_none_or(|healthy| self.at < healthy)
    }
}

/// When health was seen back, for the person who says now that the impact is over; `None`: it was not. `history`: what the
/// diagnoses said, oldest first; `up_since`: since when the watcher's looks say that all nodes answer and agree, where they say
/// so now. Looks alone do not say that a cluster is healthy; once checks do, looks say since when.
///
/// This is not the moment of the record ([`Moments::recovered`](super::record::moments::Moments::recovered)): that one is read from the
/// timeline alone, so it stays the same in every export, it asks that something was wrong before, and a diagnosis that did not
/// see everything does not interrupt it. Here one that saw less than healthy ends it, and the samples of the monitor, which the
/// timeline does not hold, make it earlier or later.
#[must_use]
pub fn health_back(
    history: &[(Timestamp, Health)],
    settled: Option<Settled>,
    up_since: Option<Timestamp>,
) -> Option<SeenBack> {
    let healthy = history.iter().rev().take_while(|(_, health)| *health == Health::Healthy).last().map(|(at, _)| *at);
    let is_unwell = |health: Health| matches!(health, Health::Degraded | Health::Down);
    let unwell = history.iter().rev().find(|(_, health)| is_unwell(*health)).map(|(at, _)| *at);
    // What checks found while all nodes answered, looks do not see: they do not tell when it ended either.
    let up_since = up_since.filter(|up| unwell.is_none_or(|unwell| *up > unwell));
    let health = match (healthy, settled) {
        // The monitor saw trouble after the first healthy diagnosis: it was back only then.
        (Some(_), Some(settled)) if settled.since > settled.watched_from => healthy.max(Some(settled.since)),
        (Some(healthy), Some(settled)) => Some(healthy.min(settled.since)),
        (healthy, settled) => healthy.or(settled.map(|settled| settled.since)),
    };
    let flapped = settled.is_some_and(|settled| settled.since > settled.watched_from);
    let up_since = up_since.filter(|_| !flapped || health.is_none());
    let at = health.into_iter().chain(up_since).min()?;
    Some(SeenBack { at, healthy: health })
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
        let health_back = |history: &[(Timestamp, Health)], settled| {
            health_back(history, settled, None).and_then(|back| back.healthy)
        };
        assert_eq!(health_back(&history, None), Some(at(3)));
        assert_eq!(health_back(&history[..2], None), None, "it is down");
        assert_eq!(health_back(&[], None), None);
        let settled = |from, since| Some(Settled { watched_from: at(from), since: at(since) });
        assert_eq!(health_back(&history, settled(5, 5)), Some(at(3)), "nothing flapped while it was watched");
        assert_eq!(health_back(&history, settled(5, 9)), Some(at(9)), "it flapped after that");
        assert_eq!(health_back(&history, settled(1, 2)), Some(at(3)), "a diagnosis saw more than the monitor");
        assert_eq!(health_back(&history[..2], settled(5, 7)), Some(at(7)));
    }

    #[test]
    fn looks_say_since_when_and_checks_that_it_is_health() {
        let history = [(at(1), Health::Degraded), (at(9), Health::Healthy)];
        let told = |history: &[(Timestamp, Health)], settled: Option<(i64, i64)>, up: i64| {
            let settled = settled.map(|(from, since)| Settled { watched_from: at(from), since: at(since) });
            health_back(history, settled, Some(at(up))).map(|back| (back.at, back.healthy))
        };
        assert_eq!(
            told(&history, None, 4),
            Some((at(4), Some(at(9)))),
            "a round confirmed at 9 what looks saw from 4 on"
        );
        assert_eq!(told(&history[..1], None, 4), Some((at(4), None)), "nothing has confirmed it yet");
        assert_eq!(told(&history, None, 12), Some((at(9), Some(at(9)))));
        let blind = [(at(1), Health::Degraded), (at(6), Health::Unknown)];
        assert_eq!(told(&blind, None, 4), Some((at(4), None)), "what did not look contradicts nothing");
        assert_eq!(told(&history, Some((5, 7)), 4), Some((at(9), Some(at(9)))), "the monitor saw it flap after that");
        let hidden = [(at(6), Health::Degraded), (at(9), Health::Healthy)];
        assert_eq!(told(&hidden, None, 4), Some((at(9), Some(at(9)))), "checks found at 6 what looks did not see");
        assert_eq!(told(&hidden[..1], None, 4), None);
    }
}
