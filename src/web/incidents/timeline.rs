//! The timeline of an incident: who did what when, append-only. A correction is a new line.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::domain::code::Code;
use crate::domain::event::{Actor, Event, EventKind};
use crate::domain::finding::Step;
use crate::domain::id::{EventId, IncidentId};
use crate::domain::incident::{DecisionKind, Incident, IncidentState};
use crate::domain::time::Timestamp;
use crate::web::incidents::scope;
use crate::web::plumbing::components::{OutcomeLook, confidence_key, reason_words};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;
use crate::web::{answer, check_key, paths};

/// A silence longer than this is shown as one.
const GAP_MS: i64 = 5 * 60 * 1000;

/// What the filter tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Decisions on steps.
    Decisions,
    /// Checks and what they mean.
    Checks,
    /// Notes and what was handed in.
    Notes,
    /// State, lead, monitor.
    Changes,
}

impl Group {
    /// All, in the order of the chips.
    pub const ALL: [Self; 4] = [Self::Decisions, Self::Checks, Self::Notes, Self::Changes];

    /// Name in the query and in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Checks => "checks",
            Self::Notes => "notes",
            Self::Changes => "changes",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its event.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who, in words.
    pub actor: String,
    /// A person and not the program.
    pub person: bool,
    /// Which chip it belongs to.
    pub group: Group,
    /// Symbol.
    pub icon: &'static str,
    /// Colour.
    pub tone: &'static str,
    /// One sentence.
    pub title: String,
    /// Words that a person wrote, or more about it.
    pub text: String,
    /// Milliseconds of silence before it, if they are many.
    pub gap_ms: Option<i64>,
}

impl Line {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, event: &Event) -> Self {
        let (actor, person) = match &event.actor {
            Actor::Person { name } => (short(name), true),
            Actor::Engine => (f.t("timeline-engine"), false),
        };
        let Said { group, icon, tone, title, text } = say(f, &event.kind, person);
        Self { id: event.id, at: event.at, actor, person, group, icon, tone, title, text, gap_ms: None }
    }
}

struct Said {
    group: Group,
    icon: &'static str,
    tone: &'static str,
    title: String,
    text: String,
}

/// Key of the name of a step.
#[must_use]
pub fn step_key(step: Step) -> String {
    format!("web-step-{}", step.key())
}

/// Key of the word for a decision.
#[must_use]
pub const fn decision_key(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Done => "web-step-done",
        DecisionKind::DoneWithExceptions => "web-step-done-with-exceptions",
        DecisionKind::Skipped => "web-step-skipped",
        DecisionKind::Reopened => "timeline-reopened",
    }
}

fn say(f: &Frame, kind: &EventKind, person: bool) -> Said {
    let numbered = |step: Step| format!("{} {}", step.number(), f.t(step_key(step)));
    let said = |group, icon, tone, title: String, text: &str| Said { group, icon, tone, title, text: plain(text) };
    match kind {
        EventKind::IncidentOpened => said(Group::Changes, "warn", "fail", f.t("timeline-opened"), ""),
        EventKind::StateChanged { recovered: Some(false), note, .. } => {
            said(Group::Changes, "warn", "warn", f.t("timeline-closed-not-recovered"), note)
        }
        EventKind::StateChanged { recovered: Some(true), measured: Some(measured), note, .. }
            if !measured.is_recovery() =>
        {
            said(Group::Changes, "ok", "ok", f.t("timeline-closed-said"), note)
        }
        EventKind::StateChanged { to: IncidentState::Mitigated, over_at: Some(at), .. } => {
            let since = f.t1("timeline-impact-since", "at", in_utc(*at));
            said(Group::Changes, "needs", "warn", f.t("timeline-state-mitigated"), &since)
        }
        EventKind::StateChanged { to, note, .. } => {
            let (icon, tone) = match to {
                IncidentState::Declared => ("again", "warn"),
                IncidentState::Mitigated => ("needs", "warn"),
                IncidentState::Resolved | IncidentState::Reviewed => ("ok", "ok"),
            };
            said(Group::Changes, icon, tone, f.t(format!("timeline-state-{}", to.as_str())), note)
        }
        EventKind::ImpactEndCorrected { over_at, .. } => {
            said(Group::Changes, "needs", "warn", f.t1("timeline-impact-corrected", "at", in_utc(*over_at)), "")
        }
        EventKind::ScopeChanged { scope } if scope.is_empty() => {
            said(Group::Changes, "note", "info", f.t("timeline-scope-none"), "")
        }
        EventKind::ScopeChanged { scope } => {
            said(Group::Changes, "note", "info", f.t1("timeline-scope", "scope", short(&scope::line(scope))), "")
        }
        EventKind::ChecksStarted { step, runs } => said(
            Group::Checks,
            "running",
            "run",
            f.t2("timeline-checks-started", "step", numbered(*step), "n", runs),
            "",
        ),
        EventKind::CheckFinished { check, node, end, outcome, seen, .. } => {
            let what = f.t(check_key(check));
            let what = node.as_ref().map_or_else(|| what.clone(), |node| format!("{what} · {}", short(node)));
            let look = outcome.map(|outcome| OutcomeLook::of(outcome, *seen));
            let (icon, tone) = look.map_or(("unknown", "unknown"), |look| (look.tone.icon(), look.tone.class()));
            let word = match look {
                Some(look) => look.said(f),
                None => f.t(format!("timeline-end-{}", end.replace('_', "-"))),
            };
            said(Group::Checks, icon, tone, format!("{what}: {word}"), "")
        }
        EventKind::DiagnosisChanged { causes, health } => {
            let passes = |code: &&String| [Code::None.as_str(), Code::NodeStarting.as_str()].contains(&code.as_str());
            let mut health = f.t(format!("web-health-{health}"));
            // What passes by itself is how the cluster stands, and no cause.
            if causes.iter().any(|code| code == Code::NodeStarting.as_str()) {
                health = f.t1("timeline-starting", "health", health);
            }
            let causes: Vec<&str> = causes.iter().filter(|code| !passes(code)).map(String::as_str).collect();
            let causes = if causes.is_empty() { "—".to_owned() } else { short(&causes.join(", ")) };
            said(Group::Checks, "robot", "info", f.t2("timeline-diagnosis", "health", health, "causes", causes), "")
        }
        EventKind::CausePinned { cause, words } => {
            // What the program says comes of its checks; what a person says is a decision.
            let group = if person { Group::Decisions } else { Group::Checks };
            let title = cause.as_ref().map_or_else(
                || f.t("timeline-cause-in-words"),
                |cause| {
                    let sure = f.t(confidence_key(cause.confidence));
                    f.t2("timeline-cause", "cause", short(&f.msg(&cause.summary)), "confidence", sure)
                },
            );
            said(group, "needs", "info", title, words)
        }
        EventKind::ToDoMarked { text, done } => {
            let (icon, tone, key) =
                if *done { ("ok", "ok", "timeline-to-do-done") } else { ("again", "warn", "timeline-to-do-undone") };
            said(Group::Decisions, icon, tone, f.t1(key, "action", short(&f.msg(text))), "")
        }
        EventKind::StepDecided { step, kind, reason, exceptions } => {
            let (icon, tone) = match kind {
                DecisionKind::Done => ("ok", "ok"),
                DecisionKind::DoneWithExceptions => ("warn", "warn"),
                DecisionKind::Skipped => ("skip", "warn"),
                DecisionKind::Reopened => ("again", "run"),
            };
            let title = f.t2("timeline-decided", "step", numbered(*step), "decision", f.t(decision_key(*kind)));
            said(Group::Decisions, icon, tone, title, &reason_words(f, reason, exceptions))
        }
        EventKind::NoteAdded { step, text } => {
            let title =
                step.map_or_else(|| f.t("timeline-note"), |step| f.t1("timeline-note-at", "step", numbered(step)));
            said(Group::Notes, "note", "muted", title, text)
        }
        EventKind::EvidenceHandedIn { node, what, size_bytes } => said(
            Group::Notes,
            "upload",
            "info",
            f.t2("timeline-handed-in", "what", short(what), "node", short(node)),
            &f.bytes(*size_bytes),
        ),
        EventKind::LeadChanged { to, offered_by } => {
            let key = if offered_by.is_some() { "timeline-lead-accepted" } else { "timeline-lead" };
            said(Group::Changes, "person", "info", f.t1(key, "to", short(to)), "")
        }
        EventKind::LeadOffered { to, note } => {
            said(Group::Changes, "person", "run", f.t1("timeline-lead-offered", "to", short(to)), note)
        }
        EventKind::LeadOfferEnded { to, how } => {
            let key = format!("timeline-lead-{}", how.as_str());
            said(Group::Changes, "person", "muted", f.t1(&key, "to", short(to)), "")
        }
        EventKind::CaptureStarted { node } => {
            said(Group::Notes, "running", "run", f.t1("timeline-capture-started", "node", short(node)), "")
        }
        EventKind::CaptureEnded { node, end, files, size_bytes, missing } => {
            let (icon, tone) = match (end.as_str(), missing) {
                ("copied", 0) => ("ok", "ok"),
                ("copied", _) => ("warn", "warn"),
                _ => ("unknown", "unknown"),
            };
            let key = format!("capture-end-{}", end.replace('_', "-"));
            let title = f.t2("timeline-capture-ended", "node", short(node), "end", f.t(key));
            let kept = f.t2("capture-kept", "n", files, "size", f.bytes(*size_bytes));
            let rest = if *missing > 0 { f.t1("capture-missing-count", "n", missing) } else { String::new() };
            said(Group::Notes, icon, tone, title, format!("{kept} {rest}").trim())
        }
        EventKind::MonitorStarted => said(Group::Changes, "clock", "run", f.t("timeline-monitor-started"), ""),
        EventKind::MonitorStopped => said(Group::Changes, "stop", "muted", f.t("timeline-monitor-stopped"), ""),
        EventKind::MonitorReset { why } => {
            said(Group::Changes, "again", "fail", f.t("timeline-monitor-reset"), &f.msg(why))
        }
    }
}

/// A moment inside a sentence.
fn in_utc(at: Timestamp) -> String {
    format!("{} UTC", at.in_zone(&jiff::tz::TimeZone::UTC))
}

/// Every event in words, those of one group only if one is given, with the silences between them.
#[must_use]
pub fn lines(f: &Frame, events: &[Event], only: Option<Group>) -> Vec<Line> {
    let mut lines: Vec<Line> = events
        .iter()
        .map(|event| Line::new(f, event))
        .filter(|line| only.is_none_or(|group| line.group == group))
        .collect();
    for index in 1..lines.len() {
        let silence = lines[index].at.millis_since(lines[index - 1].at);
        lines[index].gap_ms = (silence > GAP_MS).then_some(silence);
    }
    lines
}

#[derive(Template)]
#[template(path = "records/timeline.html")]
struct TimelinePage {
    f: Frame,
    incident: Incident,
    lines: Vec<Line>,
    all: usize,
    only: Option<Group>,
    broken: Option<EventId>,
}

impl TimelinePage {
    fn is_only(&self, group: &Group) -> bool {
        self.only.as_ref() == Some(group)
    }
}

/// Which lines to show.
#[derive(Default, Deserialize)]
pub struct TimelineQuery {
    #[serde(default)]
    only: String,
}

/// The timeline, oldest first.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Query(query): Query<TimelineQuery>,
) -> Result<Response, WebError> {
    let incident = web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    let events = web.read().timeline(id).await?;
    let broken = web.read().first_broken_event(id).await?;
    let only = Group::ALL.into_iter().find(|group| group.as_str() == query.only);
    let lines = lines(&f, &events, only);
    let f = f.live(paths::of_incident(id, "events"));
    answer(StatusCode::OK, &TimelinePage { f, incident, lines, all: events.len(), only, broken })
}
