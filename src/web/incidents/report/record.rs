//! Everything that is known of an incident, read once for all forms of its record.

use crate::diagnosis::asked::{AskedNow, asks_for_what_is_known};
use crate::domain::capture::{Capture, CapturedFile};
use crate::domain::check_run::CheckRun;
use crate::domain::closure::Closure;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::event::{Event, EventKind};
use crate::domain::exception::NotedException;
use crate::domain::finding::Step;
use crate::domain::id::{EventId, IncidentId, NodeName};
use crate::domain::impact::ImpactEnd;
use crate::domain::incident::{Incident, StepDecision, StepState};
use crate::domain::message::Message;
use crate::domain::observed::{Observed, StopSeen};
use crate::domain::pinned::{PinnedCause, goes_on};
use crate::domain::record::impact::{self, Impact};
use crate::domain::record::moments::Moments;
use crate::domain::runbook::Runbook;
use crate::domain::signed::{Content, Parts};
use crate::domain::state::StateSeen;
use crate::domain::time::Timestamp;
use crate::domain::to_do::{ToDoId, ToDoMark};
use crate::domain::waiver::Waiver;
use crate::nacos::timing;
use crate::store::evidence::EvidenceItem;
use crate::web::incidents::report::named::{Named, named};
use crate::web::incidents::review::ReviewData;
use crate::web::incidents::since_well::SinceWell;
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
    /// The times that the evidence of a node was copied, oldest first.
    pub captures: Vec<Capture>,
    /// What they kept, without texts.
    pub captured_files: Vec<CapturedFile>,
    /// Of which clients that were away nobody waited any more, oldest first.
    pub waivers: Vec<Waiver>,
    /// The cause as it is pinned.
    pub pinned: Option<PinnedCause>,
    /// The last sign of life of the node before the incident was opened.
    pub began: Option<Timestamp>,
    /// What changed since all was well.
    pub since: SinceWell,
    /// How it was closed.
    pub closure: Option<Closure>,
    /// How the cluster stood by the newest measurement: at the closing, or now.
    pub state: Option<StateSeen>,
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
        let (decisions, history, events) =
            (read.decisions(id).await?, read.diagnosis_history(id).await?, read.timeline(id).await?);
        let (evidence, pinned) = (read.evidence_list(id).await?, read.pinned_cause(id).await?);
        let began = beginning(web, &incident).await?;
        let (review, last) = (read.review(id).await?, read.diagnosis(id).await?);
        let content = Content::of(&Parts {
            incident: &incident,
            decisions: &decisions,
            pinned: pinned.as_ref(),
            history: &history,
            events: &events,
            evidence: &evidence.iter().map(|item| (item.id, &item.evidence)).collect::<Vec<_>>(),
            review: review.as_ref(),
        });
        Ok(Self {
            runbook: read.runbook(id).await?,
            states: read.step_states(id).await?,
            decisions,
            runs: read.runs(id).await?,
            state: state(web, &incident, &events, last.as_ref()).await?,
            last,
            history,
            events,
            evidence,
            captures: read.captures(id).await?,
            captured_files: read.captured_files(id).await?,
            waivers: read.client_waivers(id).await?,
            pinned,
            closure: read.closure(id).await?,
            impact_ends: read.impact_ends(id).await?,
            review: ReviewData::around(web, &incident, review, content).await?,
            since: SinceWell::load(web, &incident, began, &read.observations(id).await?).await?,
            began,
            broken: chain.broken,
            head: chain.head,
            incident,
        })
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
        // What the last round named before the closing does not stand any longer than the incident.
        if !self.incident.state.is_open() {
            let end = self.end(now);
            all.iter_mut().for_each(|one| one.until = one.until.or(Some(end)));
        }
        all
    }

    /// What the newest decisions were taken without and nobody did since, each once, in the order of the steps; without what makes
    /// no sense any more.
    #[must_use]
    pub fn left(&self, marks: &[ToDoMark]) -> Vec<Message> {
        let is_done = |id: &ToDoId| marks.iter().any(|mark| mark.done && mark.id == *id);
        let newest = self.states.iter().filter_map(|(step, _)| self.decision(*step));
        let over = AskedNow::new(self.pinned.as_ref(), self.last.as_ref(), None, marks).over;
        let is_over = |to_do: &Message| over.contains(to_do) || asks_for_what_is_known(to_do, self.pinned.as_ref());
        let mut left: Vec<(ToDoId, Message)> = Vec::new();
        for noted in newest.flat_map(|decision| &decision.exceptions) {
            let NotedException::ToDo { to_do } = noted else { continue };
            let id = ToDoId::of(to_do);
            if !is_done(&id) && !is_over(to_do) && left.iter().all(|(other, _)| *other != id) {
                left.push((id, to_do.clone()));
            }
        }
        left.into_iter().map(|(_, text)| text).collect()
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
        Moments::of(&self.incident, self.began, &self.events)
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

    /// What was measured of the harm.
    #[must_use]
    pub fn impact(&self) -> Impact {
        impact::impact(self.diagnoses()).until(self.state)
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

/// How the cluster stood at the closing, or stands now. A closing of an older version did not keep it: what was measured by then and
/// is still kept counts.
pub(super) async fn state(
    web: &Web,
    incident: &Incident,
    events: &[Event],
    last: Option<&Diagnosis>,
) -> Result<Option<StateSeen>, WebError> {
    let kept = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::StateChanged { seen, .. } => *seen,
        _ => None,
    });
    if !incident.state.is_open() && kept.is_some() {
        return Ok(kept);
    }
    let (read, until) = (web.read(), incident.resolved_at.unwrap_or(web.now()));
    let samples = read.newest_samples(incident.id, until).await?;
    let nodes = read.cluster(incident.cluster).await?.map(|cluster| cluster.nodes.len());
    let look = read.newest_look(incident.cluster, until).await?;
    Ok(StateSeen::of(last, &samples, nodes, look.as_ref()))
}

/// The last line in the logs of an incident's node, if they had fallen silent when they were first looked at.
///
/// # Errors
/// The store's.
pub async fn beginning(web: &Web, incident: &Incident) -> Result<Option<Timestamp>, WebError> {
    let Some(node) = &incident.node else { return Ok(None) };
    let Some(first) = web.read().first_evidence(incident.id, "node.stop", node).await? else { return Ok(None) };
    match serde_json::from_str::<Observed>(&first.body) {
        Ok(Observed::Stop(seen)) => Ok(silent_since(&seen, first.captured_at)),
        _ => Ok(None),
    }
}

/// When the node fell silent, if it had when it was looked at.
#[must_use]
pub fn silent_since(seen: &StopSeen, captured_at: Timestamp) -> Option<Timestamp> {
    let last = seen.ends.iter().filter_map(|end| end.last_stamp).max()?;
    (captured_at.millis_since(last) > timing::HEARTBEAT_SILENT_MS).then_some(last)
}
