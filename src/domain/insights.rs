//! What the incidents of a period come to: how long things took, where the time went, what the causes were and how often a
//! person saw it otherwise, and what could not be looked at.
//!
//! # Why
//! A number of few incidents is a story and no statistic. So every one says of how many incidents it is, medians stand in place
//! of averages, the worst one is named, and what is not known of an incident is counted as not known and not as zero.

use std::collections::{BTreeMap, BTreeSet};

use super::code::Code;
use super::event::{Actor, Event, EventKind};
use super::finding::Step;
use super::id::{IncidentId, NodeName};
use super::incident::{DecisionKind, Incident};
use super::message::Message;
use super::record::moments::{Moment, Moments};
use super::review::CauseVerdict;
use super::time::Timestamp;

/// An incident with what its timeline tells, without the results of single checks.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Its timeline, oldest first.
    pub events: &'a [Event],
}

impl Case<'_> {
    /// When it was, to the second as the report says it; `None`: it has not been, or nothing here tells, as when the node's
    /// logs ended. While an incident is open its recovery is one that may not last, and none of its own is counted.
    #[must_use]
    pub fn moment(&self, moment: Moment) -> Option<Timestamp> {
        let may_not_last = moment == Moment::Recovered && self.incident.state.is_open();
        Moments::of(self.incident, None, self.events).to_the_second().at(moment).filter(|_| !may_not_last)
    }

    /// From one moment to another; `None`: one of them is not known, or they were the other way round.
    #[must_use]
    pub fn between_ms(&self, from: Moment, to: Moment) -> Option<i64> {
        Some(self.moment(to)?.millis_since(self.moment(from)?)).filter(|ms| *ms >= 0)
    }

    /// For each step how long it took from the decision before it, or from the beginning; `None`: it was skipped. Steps that
    /// nobody decided on are left out.
    fn steps(&self) -> BTreeMap<Step, Option<i64>> {
        let mut steps: BTreeMap<Step, (i64, bool)> = BTreeMap::new();
        let mut before = self.incident.opened_at.to_the_second();
        for event in self.events {
            let EventKind::StepDecided { step, kind, .. } = &event.kind else { continue };
            let at = event.at.to_the_second();
            let took = at.millis_since(before);
            before = at;
            if *kind != DecisionKind::Reopened {
                // A step that was worked on again took both times, whether it was skipped or done at first.
                let (all, skipped) = steps.entry(*step).or_default();
                *all += took;
                *skipped = *kind == DecisionKind::Skipped;
            }
        }
        steps.into_iter().map(|(step, (all, skipped))| (step, (!skipped).then_some(all))).collect()
    }

    /// What the program said, and what people said of it: the review where it judges the cause, otherwise who chose it.
    fn verdict(&self) -> Verdict {
        let (mut verdict, mut reviewed) = (Verdict::default(), None);
        for event in self.events {
            match (&event.kind, &event.actor) {
                (EventKind::CausePinned { cause, .. }, actor) => {
                    let code = cause.as_ref().map(|cause| cause.code);
                    match actor {
                        Actor::Engine => verdict.said = code,
                        Actor::Person { .. } => verdict.chosen = Some(code),
                    }
                }
                (EventKind::ReviewSaved { texts, was, .. }, _) => {
                    let judged = texts.verdict.as_ref().filter(|verdict| **verdict != CauseVerdict::Unknown);
                    reviewed = judged.map(|_| *was);
                }
                _ => {}
            }
        }
        Verdict { chosen: reviewed.or(verdict.chosen), ..verdict }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Verdict {
    said: Option<Code>,
    /// `Some(None)`: in words.
    chosen: Option<Option<Code>>,
}

/// Lengths of time of several incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Of how many.
    pub count: usize,
    /// As many took longer as took less, milliseconds.
    pub median_ms: i64,
    /// The longest, milliseconds.
    pub worst_ms: i64,
    /// Which incident that was.
    pub worst: IncidentId,
}

/// Of incidents with their lengths of time; `None`: there is none, so there is no number.
#[must_use]
pub fn spread(times: impl IntoIterator<Item = (IncidentId, i64)>) -> Option<Spread> {
    let mut times: Vec<(i64, IncidentId)> = times.into_iter().map(|(id, ms)| (ms, id)).collect();
    times.sort_unstable();
    let (worst_ms, worst) = *times.last()?;
    let (low, high) = (times[(times.len() - 1) / 2].0, times[times.len() / 2].0);
    Some(Spread { count: times.len(), median_ms: low + (high - low) / 2, worst_ms, worst })
}

/// How long it took from one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// Where both are known; `None`: they are in no incident.
    pub spread: Option<Spread>,
    /// Incidents in which one of them is not known.
    pub unknown: usize,
}

/// From one moment to another over all of them.
#[must_use]
pub fn between(cases: &[Case<'_>], from: Moment, to: Moment) -> Between {
    let times: Vec<(IncidentId, i64)> =
        cases.iter().filter_map(|case| Some((case.incident.id, case.between_ms(from, to)?))).collect();
    Between { unknown: cases.len() - times.len(), spread: spread(times) }
}

/// How long a step took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTime {
    /// The step.
    pub step: Step,
    /// Where it was done; `None`: it never was.
    pub spread: Option<Spread>,
    /// Incidents in which it was skipped.
    pub skipped: usize,
}

/// Every step, the slowest first; those that were never done at the end.
#[must_use]
pub fn steps(cases: &[Case<'_>]) -> Vec<StepTime> {
    let all: Vec<(IncidentId, BTreeMap<Step, Option<i64>>)> =
        cases.iter().map(|case| (case.incident.id, case.steps())).collect();
    let of = |step: Step| {
        let took = |(id, steps): &(IncidentId, BTreeMap<Step, Option<i64>>)| Some((*id, steps.get(&step).copied()??));
        let skipped = all.iter().filter(|(_, steps)| steps.get(&step) == Some(&None)).count();
        StepTime { step, spread: spread(all.iter().filter_map(took)), skipped }
    };
    let mut steps: Vec<StepTime> = Step::ALL.into_iter().map(of).collect();
    steps.sort_by_key(|time| std::cmp::Reverse(time.spread.map(|spread| spread.median_ms)));
    steps
}

/// How often a cause came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CauseCount {
    /// Incidents whose cause it is.
    pub incidents: BTreeSet<IncidentId>,
    /// Incidents in which the program said so last.
    pub said: usize,
    /// Incidents in which the program said so, and a person the same.
    pub confirmed: usize,
    /// Incidents in which the program said so, and a person something else: what that was, and how often. `None`: in words.
    pub corrected: BTreeMap<Option<Code>, usize>,
}

impl CauseCount {
    /// Incidents in which a person said something else.
    #[must_use]
    pub fn corrections(&self) -> usize {
        self.corrected.values().sum()
    }
}

/// Causes by code, the most frequent first. `None` as code: a person said it in words, and no code fits.
#[must_use]
pub fn causes(cases: &[Case<'_>]) -> Vec<(Option<Code>, CauseCount)> {
    let mut counts: BTreeMap<Option<Code>, CauseCount> = BTreeMap::new();
    for case in cases {
        let verdict = case.verdict();
        // Nothing was named, and nobody said anything.
        let Some(cause) = verdict.chosen.or_else(|| verdict.said.map(Some)) else { continue };
        counts.entry(cause).or_default().incidents.insert(case.incident.id);
        if let Some(said) = verdict.said {
            let count = counts.entry(Some(said)).or_default();
            count.said += 1;
            match verdict.chosen {
                Some(chosen) if chosen == Some(said) => count.confirmed += 1,
                Some(chosen) => *count.corrected.entry(chosen).or_default() += 1,
                None => {}
            }
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse((count.incidents.len(), count.said)));
    counts
}

/// Incidents of which no cause is known.
#[must_use]
pub fn without_cause(cases: &[Case<'_>]) -> usize {
    cases.iter().map(Case::verdict).filter(|verdict| verdict.said.is_none() && verdict.chosen.is_none()).count()
}

/// A run that was to look at something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its incident.
    pub incident: IncidentId,
    /// Kind of the check.
    pub check: String,
    /// Its node; `None`: over the cluster.
    pub node: Option<NodeName>,
    /// Why it saw nothing; `None`: it saw something.
    pub why: Option<Message>,
    /// It saw something, and not all that it was to look at.
    pub partly: bool,
}

/// Checks whose runs in these incidents saw a part only, and how many did, the most frequent first.
#[must_use]
pub fn partly<'t>(tried: &'t [Tried], cases: &[Case<'_>]) -> Vec<(&'t str, usize)> {
    let shown: BTreeSet<IncidentId> = cases.iter().map(|case| case.incident.id).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in tried.iter().filter(|one| one.partly && shown.contains(&one.incident)) {
        *counts.entry(&one.check).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// How often a check could not look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// Kind of the check.
    pub check: String,
    /// Runs that were to look.
    pub runs: usize,
    /// Runs that could not.
    pub blind: usize,
    /// Of these, on the node that had stopped, where that is to be expected.
    pub on_stopped: usize,
    /// Incidents with such a run.
    pub incidents: BTreeSet<IncidentId>,
    /// Why, the most frequent first: an example of each kind of reason, and how often.
    pub reasons: Vec<(Message, usize)>,
}

/// Checks that could not look, those first that most often could not on a node that was there.
#[must_use]
pub fn blind(tried: &[Tried], cases: &[Case<'_>]) -> Vec<Blind> {
    let stopped: BTreeMap<IncidentId, Option<&NodeName>> =
        cases.iter().map(|case| (case.incident.id, case.incident.node.as_ref())).collect();
    let mut checks: BTreeMap<&str, Blind> = BTreeMap::new();
    for one in tried {
        let Some(stopped) = stopped.get(&one.incident) else { continue };
        let blind = checks.entry(one.check.as_str()).or_insert_with(|| Blind {
            check: one.check.clone(),
            runs: 0,
            blind: 0,
            on_stopped: 0,
            incidents: BTreeSet::new(),
            reasons: Vec::new(),
        });
        blind.runs += 1;
        let Some(why) = &one.why else { continue };
        blind.blind += 1;
        blind.on_stopped += usize::from(one.node.is_some() && one.node.as_ref() == *stopped);
        blind.incidents.insert(one.incident);
        match blind.reasons.iter_mut().find(|(known, _)| known.key == why.key) {
            Some((_, count)) => *count += 1,
            None => blind.reasons.push((why.clone(), 1)),
        }
    }
    let mut checks: Vec<Blind> = checks.into_values().filter(|check| check.blind > 0).collect();
    checks.iter_mut().for_each(|check| check.reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count)));
    checks.sort_by_key(|check| std::cmp::Reverse((check.blind - check.on_stopped, check.blind)));
    checks
}

#[cfg(test)]
mod tests;
