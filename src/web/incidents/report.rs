//! The record of an incident as a page to read and print, as Markdown and as JSON.
//!
//! # Why
//! The newest diagnosis of a repaired cluster says "healthy"; a record must say what was wrong. So the causes shown are all
//! that were named while the incident was open, as they were named then, the one that stood longest first.

mod export;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use crate::diagnosis::explain;
use crate::domain::check_run::{CheckRun, RunEnd, Target};
use crate::domain::closure::Closure;
use crate::domain::diagnosis::{Cause, Diagnosis};
use crate::domain::event::{Event, EventKind};
use crate::domain::finding::{Coverage, Step};
use crate::domain::id::{CheckRunId, EventId, EvidenceId, IncidentId, NodeName};
use crate::domain::impact::ImpactEnd;
use crate::domain::incident::{DecisionKind, Incident, StepDecision, StepState};
use crate::domain::message::Message;
use crate::domain::observed::{Observed, StopSeen};
use crate::domain::pinned::{PinnedCause, can_be_pinned, goes_on};
use crate::domain::runbook::Runbook;
use crate::domain::time::Timestamp;
use crate::nacos::timing;
use crate::store::evidence::EvidenceItem;
use crate::web::guide::runbooks::local;
use crate::web::incidents::closing::MeasuredView;
use crate::web::incidents::scope;
use crate::web::incidents::timeline::{self, Line, decision_key, step_key};
use crate::web::incidents::verdict::WhyView;
use crate::web::plumbing::components::{
    OutcomeLook, Tone, confidence_key, health_key, incident_key, reason_words, step_state_key,
};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Path;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short, visible};
use crate::web::plumbing::state::Web;
use crate::web::{answer, check_key, paths};

/// Lines of evidence that a finding brings along.
const EXCERPTS: usize = 3;

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
    /// The first event that does not fit the hash chain.
    pub broken: Option<EventId>,
    /// The last event and its hash, hex.
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
        let mut all = named(&self.history, self.incident.resolved_at.unwrap_or(now));
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

    /// How long things took.
    #[must_use]
    pub fn durations(&self) -> Durations {
        let opened = self.incident.opened_at;
        let since_opened = |at: Option<Timestamp>| at.map(|at| at.millis_since(opened));
        let confirmed = self
            .decisions
            .iter()
            .find(|decision| decision.step == Step::Confirm && decision.kind != DecisionKind::Reopened)
            .map(|decision| decision.at);
        Durations {
            detect_ms: self.began.map(|began| opened.millis_since(began)).filter(|ms| *ms >= 0),
            confirm_ms: since_opened(confirmed),
            mitigate_ms: since_opened(self.incident.mitigated_at),
            resolve_ms: since_opened(self.incident.resolved_at),
        }
    }

    /// Runs of the newest round of a step.
    fn newest_round(&self, step: Step) -> impl Iterator<Item = &CheckRun> {
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

/// A cause that was named, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The diagnosis that was surest of it, the newest of several.
    pub in_diagnosis: usize,
    /// Its place among the causes there.
    pub place: usize,
    /// First named.
    pub from: Timestamp,
    /// The first diagnosis after it that did not name it any more; `None`: the newest one names it.
    pub until: Option<Timestamp>,
    /// How long it stood in all, milliseconds.
    pub stood_ms: i64,
}

/// Everything that was named in a history of diagnoses, what stood longest first. `end`: when the last one was over.
#[must_use]
pub fn named(history: &[Diagnosis], end: Timestamp) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for (index, diagnosis) in history.iter().enumerate() {
        let next = history.get(index + 1).map(|next| next.at);
        let stood_ms = next.unwrap_or(end).millis_since(diagnosis.at).max(0);
        for (place, cause) in diagnosis.causes.iter().enumerate().filter(|(_, cause)| can_be_pinned(cause)) {
            let find = |same: fn(&Cause, &Cause) -> bool| {
                all.iter().position(|one| same(&history[one.in_diagnosis].causes[one.place], cause))
            };
            // What is known of more nodes by now is the same fault.
            let before = find(|known, cause| (known.code, &known.nodes) == (cause.code, &cause.nodes))
                .or_else(|| find(|known, cause| !known.nodes.is_empty() && goes_on(known, cause)));
            let Some(before) = before.map(|at| &mut all[at]) else {
                all.push(Named { in_diagnosis: index, place, from: diagnosis.at, until: next, stood_ms });
                continue;
            };
            before.until = next;
            before.stood_ms += stood_ms;
            if cause.confidence >= history[before.in_diagnosis].causes[before.place].confidence {
                (before.in_diagnosis, before.place) = (index, place);
            }
        }
    }
    // A cause stands above its fellows of the same diagnosis; they stood as long as it did.
    all.sort_by_key(|one| (std::cmp::Reverse(one.stood_ms), one.place));
    all
}

fn why_not(run: &CheckRun) -> Message {
    match run.end() {
        Some(RunEnd::CouldNotRun { reason }) => reason.clone(),
        Some(RunEnd::TimedOut) => Message::new("checks-timed-out"),
        _ => Message::new("checks-not-looked"),
    }
}

/// How long things took, in milliseconds; `None`: it has not happened, or nothing tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// From the last sign of life to the opening.
    pub detect_ms: Option<i64>,
    /// From the opening to the decision on step 1.
    pub confirm_ms: Option<i64>,
    /// From the opening to the end of the harm.
    pub mitigate_ms: Option<i64>,
    /// From the opening to the end.
    pub resolve_ms: Option<i64>,
}

impl Durations {
    /// Name and value, in the order of events.
    #[must_use]
    pub const fn all(&self) -> [(&'static str, Option<i64>); 4] {
        [
            ("detect", self.detect_ms),
            ("confirm", self.confirm_ms),
            ("mitigate", self.mitigate_ms),
            ("resolve", self.resolve_ms),
        ]
    }
}

/// Something a reader must not overlook: a skip, an exception, a check that could not look.
pub struct Exception {
    /// Shape and colour.
    pub tone: Tone,
    /// What.
    pub what: String,
    /// Why, in the words of the person who decided, or the reason.
    pub why: String,
    /// Who and when.
    pub by: Option<(String, Timestamp)>,
}

/// How it was closed, in words.
pub struct ClosureText {
    /// What was said and measured.
    pub says: MeasuredView,
    /// Key of what the person said, where it is not what was measured.
    pub said: Option<&'static str>,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
}

impl ClosureText {
    fn new(f: &Frame, closure: &Closure) -> Self {
        let said = match closure.recovered {
            false => Some("web-incident-not-recovered"),
            true if !closure.measured.is_recovery() => Some("closure-said"),
            true => None,
        };
        let says = MeasuredView::new(f, &closure.measured);
        Self { says, said, reason: plain(&closure.reason), by: short(&closure.by) }
    }
}

/// Lines of evidence.
pub struct Excerpt {
    /// Node and file, answer or port.
    pub source: String,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// The text.
    pub text: String,
}

/// A finding that a cause rests on.
pub struct Reason {
    /// Shape and colour.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// Some lines of it.
    pub excerpts: Vec<Excerpt>,
}

/// A cause, in words.
pub struct CauseText {
    /// Code.
    pub code: &'static str,
    /// The sentence.
    pub summary: String,
    /// Key of the confidence.
    pub confidence: &'static str,
    /// First named.
    pub from: Timestamp,
    /// No longer named; `None`: it still is.
    pub until: Option<Timestamp>,
    /// What it broke.
    pub impact: Vec<String>,
    /// What it rests on.
    pub because: Vec<Reason>,
    /// Why it was named, and before others.
    pub why: WhyView,
}

/// What a person said of the cause.
pub struct ChosenText {
    /// The sentence of the cause, or the words where no diagnosis named it.
    pub summary: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; empty where the words are the cause.
    pub words: String,
}

impl ChosenText {
    fn new(f: &Frame, pinned: &PinnedCause) -> Option<Self> {
        let cause = pinned.cause();
        let words = plain(&pinned.words);
        let (summary, words) =
            cause.map_or_else(|| (words.clone(), String::new()), |cause| (f.msg(&cause.summary), words.clone()));
        Some(Self { summary, by: short(pinned.chosen_by.as_ref()?), at: pinned.at, words })
    }
}

/// One result of a check.
pub struct ResultLine {
    /// Shape and colour.
    pub tone: Tone,
    /// How it ended, in words: the outcome, and that only parts were seen.
    pub word: String,
    /// The same as a code: an outcome, `partly_seen`, or why it was not judged.
    pub code: &'static str,
    /// How much of it was seen; `None`: it was not judged.
    pub seen: Option<Coverage>,
    /// Check and node.
    pub what: String,
    /// One sentence.
    pub text: String,
    /// Its evidence.
    pub evidence: Option<EvidenceId>,
}

impl ResultLine {
    /// In order, and all of it was seen.
    fn is_fine(&self) -> bool {
        self.tone == Tone::Ok
    }

    /// How it ended, in words.
    #[must_use]
    pub fn said(&self, _: &Frame) -> String {
        self.word.clone()
    }
}

/// One step, in words.
pub struct StepReport {
    /// Number.
    pub number: u8,
    /// Name.
    pub title: String,
    /// Shape and colour of its state.
    pub tone: Tone,
    /// Key of its state.
    pub state: &'static str,
    /// Who decided what when and why, oldest first.
    pub decisions: Vec<(String, StepDecision)>,
    /// Results of the newest round, worst first.
    pub results: Vec<ResultLine>,
}

impl StepReport {
    /// Results that need no words of their own.
    pub fn fine(&self) -> impl Iterator<Item = &ResultLine> {
        self.results.iter().filter(|line| line.is_fine())
    }

    /// All others.
    pub fn rest(&self) -> impl Iterator<Item = &ResultLine> {
        self.results.iter().filter(|line| !line.is_fine())
    }
}

/// The record in words: what page and Markdown show.
pub struct Report {
    /// Skips, exceptions, blind spots.
    pub exceptions: Vec<Exception>,
    /// How long things took.
    pub durations: Durations,
    /// What a person said of the cause.
    pub chosen: Option<ChosenText>,
    /// How it was closed.
    pub closure: Option<ClosureText>,
    /// Causes during the incident.
    pub causes: Vec<CauseText>,
    /// Key and tone of the health at the end.
    pub health: Option<(Tone, &'static str)>,
    /// Nodes that could be lost at the end.
    pub tolerance: Option<u32>,
    /// Steps.
    pub steps: Vec<StepReport>,
    /// Timeline.
    pub lines: Vec<Line>,
    /// Who signed it.
    pub reviewed_by: Option<String>,
    /// A few lines for a chat.
    pub summary: String,
}

impl Report {
    /// Says a record.
    #[must_use]
    pub fn new(f: &Frame, record: &Record, link: &str) -> Self {
        let causes = record.named(f.now).iter().map(|one| cause(f, record, one)).collect();
        let mut report = Self {
            exceptions: exceptions(f, record),
            durations: record.durations(),
            chosen: record.pinned.as_ref().and_then(|pinned| ChosenText::new(f, pinned)),
            closure: record.closure.as_ref().map(|closure| ClosureText::new(f, closure)),
            causes,
            health: record.last.as_ref().map(|diagnosis| (diagnosis.health.into(), health_key(diagnosis.health))),
            tolerance: record.last.as_ref().and_then(|diagnosis| diagnosis.failure_tolerance),
            steps: record.states.iter().map(|(step, state)| step_report(f, record, *step, *state)).collect(),
            lines: timeline::lines(f, &record.events, None),
            reviewed_by: reviewed_by(&record.events),
            summary: String::new(),
        };
        report.summary = summary(f, record, &report, link);
        report
    }
}

fn exceptions(f: &Frame, record: &Record) -> Vec<Exception> {
    let mut found = Vec::new();
    for (step, state) in &record.states {
        let name = format!("{} {}", step.number(), f.t(step_key(*step)));
        if let (StepState::Skipped | StepState::DoneWithExceptions, Some(decision)) = (state, record.decision(*step)) {
            found.push(Exception {
                tone: (*state).into(),
                what: f.t2("report-exception", "step", &name, "state", f.t(step_state_key(*state))),
                why: plain(&reason_words(f, &decision.reason, &decision.exceptions)),
                by: Some((short(&decision.by), decision.at)),
            });
        }
    }
    let undecided = record.states.iter().filter(|(_, state)| !state.is_decided()).map(|(step, _)| *step);
    let undecided: Vec<String> = undecided.map(|step| format!("{} {}", step.number(), f.t(step_key(step)))).collect();
    if !undecided.is_empty() {
        let what = f.t1("report-open-steps", "steps", undecided.join(", "));
        found.push(Exception { tone: Tone::Unknown, what, why: f.t("report-open-steps-why"), by: None });
    }
    for ((check, why), places) in blind_spots(f, record) {
        let what = f.t2("report-not-seen", "check", check, "places", places.join(", "));
        found.push(Exception { tone: Tone::Unknown, what, why: plain(&why), by: None });
    }
    found
}

/// Checks that could not look, or not at everything, with the reason: on which nodes, or on the whole cluster.
fn blind_spots(f: &Frame, record: &Record) -> BTreeMap<(String, String), Vec<String>> {
    let mut spots: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut put = |check: &str, node: Option<&NodeName>, why: String| {
        let place = node.map_or_else(|| f.t("report-whole-cluster"), |node| short(&node.0));
        let places = spots.entry((f.t(check_key(check)), why)).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    };
    for run in record.states.iter().flat_map(|(step, _)| record.newest_round(*step)) {
        let why = match run.end() {
            Some(RunEnd::CouldNotRun { reason }) => f.msg(reason),
            Some(RunEnd::TimedOut) => f.t("checks-timed-out"),
            Some(RunEnd::Cancelled { by }) => f.t1("report-cancelled", "by", short(by)),
            Some(RunEnd::Interrupted) => f.t("checks-interrupted"),
            Some(RunEnd::Judged { judgement }) => {
                for unseen in &judgement.not_seen {
                    put(&unseen.check, unseen.node.as_ref(), f.msg(&unseen.reason));
                }
                continue;
            }
            None => continue,
        };
        put(&run.check, run.target.node(), why);
    }
    spots
}

fn what(f: &Frame, run: &CheckRun) -> String {
    let name = f.t(check_key(&run.check));
    match &run.target {
        Target::Node { node } => format!("{name} · {}", short(&node.0)),
        Target::Cluster => name,
    }
}

fn cause(f: &Frame, record: &Record, named: &Named) -> CauseText {
    let diagnosis = &record.history[named.in_diagnosis];
    let cause = &diagnosis.causes[named.place];
    let words = |messages: &[Message]| messages.iter().map(|one| plain(&f.msg(one))).collect();
    let reason = |id: &String| {
        let finding = diagnosis.findings.iter().find(|finding| &finding.id == id)?;
        let excerpts = finding.evidence.iter().take(EXCERPTS).map(|evidence| Excerpt {
            source: match &evidence.node {
                Some(node) => format!("{} · {}", short(&node.0), short(&evidence.source)),
                None => short(&evidence.source),
            },
            at: evidence.at,
            text: plain(&evidence.text),
        });
        Some(Reason {
            tone: finding.outcome.into(),
            text: plain(&f.msg(&finding.summary)),
            excerpts: excerpts.collect(),
        })
    };
    CauseText {
        code: cause.code.as_str(),
        summary: plain(&f.msg(&cause.summary)),
        confidence: confidence_key(cause.confidence),
        from: named.from,
        until: named.until,
        impact: words(&cause.impact),
        because: cause.because.iter().filter_map(reason).collect(),
        why: explain::why(diagnosis).get(named.place).map(|why| WhyView::new(f, why)).unwrap_or_default(),
    }
}

fn step_report(f: &Frame, record: &Record, step: Step, state: StepState) -> StepReport {
    let evidence: BTreeMap<CheckRunId, EvidenceId> = record.evidence.iter().map(|item| (item.run, item.id)).collect();
    let mut results: Vec<ResultLine> =
        record.newest_round(step).filter_map(|run| result_line(f, run, evidence.get(&run.id).copied())).collect();
    results.sort_by_key(|line| match line.tone {
        Tone::Fail => 0,
        Tone::Warn => 1,
        Tone::Info => 3,
        Tone::Ok => 4,
        Tone::Skipped => 5,
        _ => 2,
    });
    let title = record
        .runbook
        .iter()
        .flat_map(|runbook| &runbook.steps)
        .find(|one| one.step == step)
        .map_or_else(|| f.t(step_key(step)), |one| local(f, &one.title).to_owned());
    StepReport {
        number: step.number(),
        title,
        tone: state.into(),
        state: step_state_key(state),
        decisions: record
            .decisions
            .iter()
            .filter(|decision| decision.step == step)
            .map(|decision| {
                let reason = plain(&reason_words(f, &decision.reason, &decision.exceptions));
                let shown = StepDecision { reason, by: short(&decision.by), ..decision.clone() };
                (f.t(decision_key(decision.kind)), shown)
            })
            .collect(),
        results,
    }
}

/// How a run ended, in words; `None`: it has not.
fn result_line(f: &Frame, run: &CheckRun, evidence: Option<EvidenceId>) -> Option<ResultLine> {
    let what = what(f, run);
    Some(match run.end()? {
        RunEnd::Judged { judgement } => {
            let look = OutcomeLook::of(judgement.outcome, judgement.seen);
            ResultLine {
                tone: look.tone,
                word: look.said(f),
                code: look.code,
                seen: Some(judgement.seen),
                what,
                text: plain(&f.msg(&judgement.summary)),
                evidence,
            }
        }
        end => ResultLine {
            tone: Tone::Unknown,
            word: f.t(format!("timeline-end-{}", end.as_str().replace('_', "-"))),
            code: end.as_str(),
            seen: None,
            what,
            text: plain(&f.msg(why_not(run))),
            evidence: None,
        },
    })
}

fn reviewed_by(events: &[Event]) -> Option<String> {
    events.iter().rev().find_map(|event| match (&event.kind, &event.actor) {
        (
            EventKind::StateChanged { to: crate::domain::incident::IncidentState::Reviewed, .. },
            crate::domain::event::Actor::Person { name },
        ) => Some(short(name)),
        _ => None,
    })
}

fn summary(f: &Frame, record: &Record, report: &Report, link: &str) -> String {
    let incident = &record.incident;
    let node = incident.node.as_ref().map_or_else(String::new, |node| format!(" · {}", short(&node.0)));
    let drill = if incident.drill { format!(" · {}", f.t("web-drill")) } else { String::new() };
    let mut lines = vec![format!(
        "{} {}{node}{drill} · {}",
        incident.id.label(),
        short(&incident.cluster_name),
        f.t(incident_key(incident))
    )];
    let chosen = report.chosen.as_ref().map(|chosen| &chosen.summary);
    let named = report.causes.iter().map(|cause| &cause.summary).filter(|summary| Some(*summary) != chosen);
    for cause in chosen.into_iter().chain(named) {
        lines.push(format!("{} {}", f.t("report-cause"), short(cause)));
    }
    for (name, ms) in report.durations.all() {
        if let Some(ms) = ms {
            lines.push(format!("{}: {}", f.t(format!("report-duration-{name}")), f.duration(ms)));
        }
    }
    let skipped = record.states.iter().filter(|(_, state)| *state == StepState::Skipped).count();
    let excepted = record.states.iter().filter(|(_, state)| *state == StepState::DoneWithExceptions).count();
    if skipped + excepted > 0 {
        lines.push(f.t2("report-summary-exceptions", "skipped", skipped, "exceptions", excepted));
    }
    lines.push(link.to_owned());
    lines.join("\n")
}

#[derive(Template)]
#[template(path = "report/show.html")]
struct ReportPage {
    f: Frame,
    record: Arc<Record>,
    report: Report,
}

impl ReportPage {
    fn tone(&self) -> Tone {
        (&self.record.incident).into()
    }

    fn scope_line(&self) -> String {
        scope::line(&self.record.incident.scope)
    }

    fn state_word(&self) -> &'static str {
        incident_key(&self.record.incident)
    }

    /// Slug and the first digits of the version.
    fn runbook(&self) -> String {
        let runbook = &self.record.incident.runbook;
        runbook.split_once('@').map_or_else(
            || runbook.clone(),
            |(slug, version)| format!("{slug}@{}", version.get(..12).unwrap_or(version)),
        )
    }
}

fn link(web: &Web, id: IncidentId) -> String {
    let origin = web.public_url().map_or_else(String::new, |public| public.origin.clone());
    format!("{origin}{}{}", web.prefix(), paths::of_incident(id, "report"))
}

/// The record, to read and to print.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let record = web.records().get(id, f.moment(), Record::load(&web, id)).await?;
    let report = Report::new(&f, &record, &link(&web, id));
    let f = if record.incident.state.is_open() { f.live(paths::of_incident(id, "events")) } else { f };
    answer(StatusCode::OK, &ReportPage { f, record, report })
}

/// The record as Markdown.
pub async fn markdown(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let record = Record::load(&web, id).await?;
    let report = Report::new(&f, &record, &link(&web, id));
    let text = visible(export::markdown(&f, &record, &report));
    Ok(file("text/markdown; charset=utf-8", &record, "md", text))
}

/// The record as JSON.
pub async fn json(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let record = Record::load(&web, id).await?;
    let report = Report::new(&f, &record, &link(&web, id));
    Ok(file("application/json", &record, "json", export::json(&f, &record, &report)?))
}

fn file(kind: &'static str, record: &Record, ending: &str, body: String) -> Response {
    let disposition = format!("attachment; filename=\"{}.{ending}\"", record.incident.id.label());
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], body).into_response()
}

#[cfg(test)]
mod tests;
