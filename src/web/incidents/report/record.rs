//! Everything that is known of an incident, read once for all forms of its record.

use crate::domain::check_run::CheckRun;
use crate::domain::closure::Closure;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::event::Event;
use crate::domain::finding::Step;
use crate::domain::id::{EventId, IncidentId, NodeName};
use crate::domain::impact::ImpactEnd;
use crate::domain::incident::{Incident, StepDecision, StepState};
use crate::domain::observed::{Observed, StopSeen};
use crate::domain::pinned::{PinnedCause, goes_on};
use crate::domain::record::moments::{Course, Moments};
use crate::domain::runbook::Runbook;
use crate::domain::time::Timestamp;
use crate::nacos::timing;
use crate::store::evidence::EvidenceItem;
use crate::web::incidents::report::named::{Named, named};
use crate::web::incidents::review::ReviewData;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::state::Web;

/// Everything that is known of an incident.
pub struct Record {
    /// The incident.
    pub incident: Incident,
    /// Its runbook as it was when it was opened.
    pub runbook: Option<Runbook>,
    /// Steps and their states.
    pub states: Vec<(Step, StepState)>,
    /// Every decision, oldest first.
    pub decisions: Vec<StepDecision>,
    /// Every check run, oldest first.
    pub runs: Vec<CheckRun>,
    /// The newest diagnosis.
    pub last: Option<Diagnosis>,
    /// The diagnoses that said something new, oldest first.
    pub history: Vec<Diagnosis>,
    /// The timeline.
    pub events: Vec<Event>,
    /// Evidence without bodies.
    pub evidence: Vec<EvidenceItem>,
    /// The cause as it is pinned.
    pub pinned: Option<PinnedCause>,
    /// The last sign of life of the node before the incident was opened.
    pub began: Option<Timestamp>,
    /// How it was closed.
    pub closure: Option<Closure>,
    /// What people said of the end of the impact, oldest first.
    pub impact_ends: Vec<ImpactEnd>,
    /// The review and the signatures.
    pub review: ReviewData,
    /// The first event that does not fit the hash chain.
    pub broken: Option<EventId>,
    /// The newest event and its hash, which stands for all before it.
    pub head: Option<(EventId, String)>,
}

impl Record {
    /// From the store.
    ///
    /// # Errors
    /// The store's; there is no such incident.
    pub async fn load(web: &Web, id: IncidentId) -> Result<Self, WebError> {
        let read = web.read();
        let incident = read.incident(id).await?.ok_or(WebError::NotFound)?;
        let chain = read.chain(id).await?;
        let mut record = Self {
            runbook: read.runbook(id).await?,
            states: read.step_states(id).await?,
            decisions: read.decisions(id).await?,
            runs: read.runs(id).await?,
            last: read.diagnosis(id).await?,
            history: read.diagnosis_history(id).await?,
            events: read.timeline(id).await?,
            evidence: read.evidence_list(id).await?,
            pinned: read.pinned_cause(id).await?,
            closure: read.closure(id).await?,
            impact_ends: read.impact_ends(id).await?,
            review: ReviewData::load(web, &incident).await?,
            began: None,
            broken: chain.broken,
            head: chain.head,
            incident,
        };
        record.began = record.find_beginning(web).await?;
        Ok(record)
    }

    /// The last line in the node's own logs, if they had fallen silent when they were first looked at.
    async fn find_beginning(&self, web: &Web) -> Result<Option<Timestamp>, WebError> {
        let Some(node) = &self.incident.node else { return Ok(None) };
        let first = self
            .evidence
            .iter()
            .find(|item| item.evidence.check == "node.stop" && item.evidence.node.as_ref() == Some(node));
        let Some(first) = first else { return Ok(None) };
        let Some((_, evidence)) = web.read().evidence(first.id).await? else { return Ok(None) };
        let Ok(Observed::Stop(seen)) = serde_json::from_str::<Observed>(&evidence.body) else { return Ok(None) };
        Ok(silent_since(&seen, evidence.captured_at))
    }

    /// Causes that were named: the one that is pinned, then what stood longest.
    #[must_use]
    pub fn named(&self, now: Timestamp) -> Vec<Named> {
        let mut all = named(&self.history, self.end(now));
        let pinned = self.pinned.as_ref().and_then(PinnedCause::cause);
        let is_it = |one: &Named| {
            pinned.is_some_and(|pinned| goes_on(pinned, &self.history[one.in_diagnosis].causes[one.place]))
        };
        all.sort_by_key(|one| !is_it(one));
        all
    }

    /// The last decision on a step.
    #[must_use]
    pub fn decision(&self, step: Step) -> Option<&StepDecision> {
        self.decisions.iter().rev().find(|decision| decision.step == step)
    }

    /// What was said of the end of the impact that holds; `None`: nobody said it, or an older version did not keep it.
    #[must_use]
    pub fn impact_end(&self) -> Option<&ImpactEnd> {
        self.impact_ends.last().filter(|end| self.incident.mitigated_at == Some(end.over_at))
    }

    /// When what happened.
    #[must_use]
    pub fn moments(&self) -> Moments {
        Moments::of(&Course {
            incident: &self.incident,
            silent: self.began,
            decisions: &self.decisions,
            events: &self.events,
            history: &self.history,
            last: self.last.as_ref(),
        })
    }

    /// When it was closed; of an open one `now`.
    #[must_use]
    pub fn end(&self, now: Timestamp) -> Timestamp {
        self.incident.resolved_at.unwrap_or(now)
    }

    /// Its diagnoses, oldest first.
    pub fn diagnoses(&self) -> impl Iterator<Item = &Diagnosis> {
        self.history.iter().chain(&self.last)
    }

    /// The newest evidence of a check on a node that was there at a moment.
    #[must_use]
    pub fn evidence_of(&self, check: &str, node: Option<&NodeName>, at: Timestamp) -> Option<&EvidenceItem> {
        let of_check = |item: &&EvidenceItem| item.evidence.check == check && item.evidence.node.as_ref() == node;
        self.evidence.iter().filter(of_check).rfind(|item| item.evidence.captured_at <= at)
    }

    /// Runs of the newest round of a step.
    pub(super) fn newest_round(&self, step: Step) -> impl Iterator<Item = &CheckRun> {
        let round = self.runs.iter().filter(|run| run.step == step).map(|run| run.round).max().unwrap_or_default();
        self.runs.iter().filter(move |run| run.step == step && run.round == round)
    }
}

/// When the node fell silent, if it had when it was looked at.
#[must_use]
pub fn silent_since(seen: &StopSeen, captured_at: Timestamp) -> Option<Timestamp> {
    let last = seen.ends.iter().filter_map(|end| end.last_stamp).max()?;
    (captured_at.millis_since(last) > timing::HEARTBEAT_SILENT_MS).then_some(last)
}
