//! The timeline of an incident: who did what when, append-only. A correction is a new line.
//!
//! It is told as a story, one line a round of checks; every entry by itself is a filter.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::domain::capture::KeptBy;
use crate::domain::code::Code;
use crate::domain::event::{Actor, Chain, Event, EventKind};
use crate::domain::finding::Step;
use crate::domain::follow_up::FollowUpState;
use crate::domain::id::{EventId, IncidentId};
use crate::domain::incident::{DecisionKind, Incident, IncidentState};
use crate::domain::look::LookState;
use crate::domain::note::{Attached, Note, notes};
use crate::domain::proposal::SilentNode;
use crate::domain::restart_claim::GateSaid;
use crate::domain::story::{Round, Scene, Silence, silences, story};
use crate::domain::time::Timestamp;
use crate::web::incidents::captures::without;
use crate::web::incidents::{scope, starts};
use crate::web::plumbing::components::{OutcomeLook, Sign, Signed as _, Tone, confidence_key, reason_words};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;
use crate::web::{answer, check_key, paths};

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
    /// Shape and colour.
    pub sign: Sign,
    /// One sentence.
    pub title: String,
    /// Words that a person wrote, or more about it.
    pub text: String,
    /// Stretches without an entry before it, in words.
    pub gaps: Vec<String>,
    /// What counts in place of this note.
    pub corrected: Option<Corrected>,
    /// The entry that this one corrects.
    pub corrects: Option<EventId>,
    /// Where a note that counts can be corrected, without prefix; `None`: not here.
    pub correction: Option<String>,
    /// Its files.
    pub files: Vec<FileView>,
}

/// Who corrected a note, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// The entry of the correction.
    pub id: EventId,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A file of a note, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    /// Address, without prefix.
    pub path: String,
    /// Name.
    pub name: String,
    /// Size with a unit.
    pub size: String,
    /// Hex SHA-256 of the file as it is kept.
    pub sha256: String,
    /// Shown as a picture.
    pub is_picture: bool,
    /// The picture itself as an address, for a file that opens from disk; `None`: it is at its own address.
    pub inside: Option<String>,
}

impl FileView {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, id: IncidentId, file: &Attached) -> Self {
        let (path, name) = (paths::attachment(id, &file.sha256), short(&file.name));
        let (size, sha256) = (f.bytes(file.size_bytes), short(&file.sha256));
        Self { path, name, size, sha256, is_picture: file.kind.is_picture(), inside: None }
    }
}

impl Line {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, event: &Event) -> Self {
        let (actor, person) = match &event.actor {
            Actor::Person { name } => (short(name), true),
            Actor::Engine => (f.t("timeline-engine"), false),
        };
        let Said { group, sign, title, text } = say(f, &event.kind, person);
        let (mut corrects, mut files) = (None, Vec::new());
        match &event.kind {
            EventKind::NoteAdded { files: attached, .. } => {
                files.extend(attached.iter().map(|file| FileView::new(f, event.incident, file)));
            }
            EventKind::NoteCorrected { note, .. } => corrects = Some(*note),
            _ => {}
        }
        let (id, at, gaps, corrected, correction) = (event.id, event.at, Vec::new(), None, None);
        Self { id, at, actor, person, group, sign, title, text, gaps, corrected, corrects, correction, files }
    }

    /// A round of checks in words, said once for all of its entries.
    fn of_round(f: &Frame, round: &Round<'_>) -> Self {
        let line = Self::new(f, round.started);
        let sign = if round.is_under_way() { Tone::Running.sign() } else { Sign::new("robot", Tone::Todo) };
        Self { sign, title: round_title(f, round), text: round_text(f, round), ..line }
    }
}

struct Said {
    group: Group,
    sign: Sign,
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

/// What a person wrote at a closing, and since when the impact is over where closing filled that in.
fn with_filled_in(f: &Frame, note: &str, over_at: Option<Timestamp>) -> String {
    let filled_in = over_at.map(|at| f.t1("timeline-impact-filled", "at", f.moment_said(at)));
    let note = Some(note.to_owned()).filter(|note| !note.is_empty());
    note.into_iter().chain(filled_in).collect::<Vec<_>>().join("\n")
}

fn say(f: &Frame, kind: &EventKind, person: bool) -> Said {
    let numbered = |step: Step| format!("{} {}", step.number(), f.t(step_key(step)));
    let said = |group, icon, tone, title: String, text: &str| Said {
        group,
        sign: Sign::new(icon, tone),
        title,
        text: plain(text),
    };
    match kind {
        EventKind::IncidentOpened => said(Group::Changes, "warn", Tone::Fail, f.t("timeline-opened"), ""),
        EventKind::StateChanged { recovered: Some(false), note, .. } => {
            said(Group::Changes, "warn", Tone::Warn, f.t("timeline-closed-not-recovered"), note)
        }
        EventKind::StateChanged { recovered: Some(true), measured: Some(measured), note, over_at, .. }
            if !measured.is_recovery() =>
        {
            said(Group::Changes, "ok", Tone::Ok, f.t("timeline-closed-said"), &with_filled_in(f, note, *over_at))
        }
        EventKind::StateChanged { to: IncidentState::Mitigated, over_at: Some(at), .. } => {
            let since = f.t1("timeline-impact-since", "at", f.moment_said(*at));
            said(Group::Changes, "needs", Tone::Warn, f.t("timeline-state-mitigated"), &since)
        }
        EventKind::StateChanged { to, note, over_at, .. } => {
            let (icon, tone) = match to {
                IncidentState::Declared => ("again", Tone::Warn),
                IncidentState::Mitigated => ("needs", Tone::Warn),
                IncidentState::Resolved | IncidentState::Reviewed => ("ok", Tone::Ok),
            };
            let text = with_filled_in(f, note, *over_at);
            said(Group::Changes, icon, tone, f.t(format!("timeline-state-{}", to.as_str())), &text)
        }
        EventKind::ImpactEndCorrected { over_at, .. } => said(
            Group::Changes,
            "needs",
            Tone::Warn,
            f.t1("timeline-impact-corrected", "at", f.moment_said(*over_at)),
            "",
        ),
        EventKind::ScopeChanged { scope } if scope.is_empty() => {
            said(Group::Changes, "note", Tone::Info, f.t("timeline-scope-none"), "")
        }
        EventKind::ScopeChanged { scope } => {
            said(Group::Changes, "note", Tone::Info, f.t1("timeline-scope", "scope", short(&scope::line(scope))), "")
        }
        EventKind::ChecksStarted { step, runs } => said(
            Group::Checks,
            "running",
            Tone::Running,
            f.t2("timeline-checks-started", "step", numbered(*step), "n", runs),
            "",
        ),
        EventKind::CheckFinished { check, node, end, outcome, seen, .. } => {
            let what = f.t(check_key(check));
            let what = node.as_ref().map_or_else(|| what.clone(), |node| format!("{what} · {}", short(node)));
            let look = outcome.map(|outcome| OutcomeLook::of(outcome, *seen));
            let (icon, tone) = look.map_or(("unknown", Tone::Unknown), |look| (look.look.icon, look.look.tone));
            let word = match look {
                Some(look) => look.said(f),
                None => f.t(format!("timeline-end-{}", end.replace('_', "-"))),
            };
            said(Group::Checks, icon, tone, format!("{what}{}{word}", f.colon()), "")
        }
        EventKind::DiagnosisChanged { causes, health, .. } => {
            let (health, causes) = state_words(f, health, causes);
            said(Group::Checks, "robot", Tone::Info, f.t2("timeline-diagnosis", "health", health, "causes", causes), "")
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
            said(group, if person { "needs" } else { "robot" }, Tone::Info, title, words)
        }
        EventKind::ToDoMarked { text, done, kept, lacking } => {
            let (icon, tone, key) = match kept {
                _ if !done => ("again", Tone::Warn, "timeline-to-do-undone"),
                None => ("ok", Tone::Ok, "timeline-to-do-done"),
                Some(KeptBy::Capture) => ("ok", Tone::Ok, "timeline-to-do-by-capture"),
                Some(KeptBy::Upload) => ("ok", Tone::Ok, "timeline-to-do-by-upload"),
            };
            said(Group::Decisions, icon, tone, f.t1(key, "action", short(&f.msg(text))), &without(f, lacking))
        }
        EventKind::StepDecided { step, kind, reason, exceptions } => {
            let (icon, tone) = match kind {
                DecisionKind::Done => ("ok", Tone::Ok),
                DecisionKind::DoneWithExceptions => ("warn", Tone::Warn),
                DecisionKind::Skipped => ("skip", Tone::Warn),
                DecisionKind::Reopened => ("again", Tone::Running),
            };
            let title = f.t2("timeline-decided", "step", numbered(*step), "decision", f.t(decision_key(*kind)));
            said(Group::Decisions, icon, tone, title, &reason_words(f, reason, exceptions))
        }
        EventKind::NoteAdded { step, text, .. } => {
            let title =
                step.map_or_else(|| f.t("timeline-note"), |step| f.t1("timeline-note-at", "step", numbered(step)));
            said(Group::Notes, "note", Tone::Todo, title, text)
        }
        EventKind::NoteCorrected { note, text } => {
            said(Group::Notes, "note", Tone::Todo, f.t1("timeline-correction", "entry", note), text)
        }
        EventKind::ClientLogHandedIn { client, size_bytes } => said(
            Group::Notes,
            "upload",
            Tone::Info,
            f.t1("timeline-client-log", "client", short(client)),
            &f.bytes(*size_bytes),
        ),
        EventKind::EvidenceHandedIn { node, what, size_bytes } => said(
            Group::Notes,
            "upload",
            Tone::Info,
            f.t2("timeline-handed-in", "what", short(what), "node", short(node)),
            &f.bytes(*size_bytes),
        ),
        EventKind::ClusterSeen { state, since, silent, back } => {
            let (icon, tone) = match state {
                LookState::Up => ("ok", Tone::Ok),
                LookState::Degraded => ("warn", Tone::Warn),
                LookState::Down => ("fail", Tone::Fail),
            };
            let nodes = |key: &str, nodes: &[String]| f.t1(key, "nodes", short(&nodes.join(f.comma())));
            let mut lines = vec![f.t1("timeline-seen-since", "at", f.moment_said(*since))];
            lines.extend((!back.is_empty()).then(|| nodes("timeline-seen-back", back)));
            lines.extend((!silent.is_empty()).then(|| nodes("timeline-seen-silent", silent)));
            let title = f.t(format!("timeline-seen-{}", state.as_str()));
            said(Group::Changes, icon, tone, title, &lines.join("\n"))
        }
        EventKind::FirstSigns { state, nodes } => {
            let (icon, tone) = if *state == LookState::Down { ("fail", Tone::Fail) } else { ("warn", Tone::Warn) };
            let line = |node: &SilentNode| {
                f.t2("timeline-first-sign", "node", short(&node.node.0), "at", f.moment_said(node.since))
            };
            let lines: Vec<String> = nodes.iter().map(line).collect();
            said(Group::Changes, icon, tone, f.t("timeline-first-signs"), &lines.join("\n"))
        }
        EventKind::ReviewSaved { version, texts, .. } => {
            let title = f.t1("timeline-review-saved", "version", version);
            said(Group::Decisions, "note", Tone::Info, title, &crate::web::incidents::review::written(f, texts))
        }
        EventKind::FollowUpAdded { what, owner, due, .. } => {
            let by = f.t2("timeline-follow-up-by", "owner", short(&owner.name), "due", due);
            said(Group::Decisions, "todo", Tone::Info, f.t1("timeline-follow-up", "what", short(what)), &by)
        }
        EventKind::FollowUpMarked { what, state, reason, .. } => {
            let (icon, tone) = match state {
                FollowUpState::Open => ("again", Tone::Warn),
                FollowUpState::Done => ("ok", Tone::Ok),
                FollowUpState::Dropped => ("skip", Tone::Todo),
            };
            let title = f.t1(&format!("timeline-follow-up-{}", state.as_str()), "what", short(what));
            said(Group::Decisions, icon, tone, title, reason)
        }
        EventKind::RecordSigned { sha256, reason } => {
            said(Group::Changes, "ok", Tone::Ok, f.t1("timeline-signed", "sha256", short(sha256)), reason)
        }
        EventKind::ReviewReopened { reason } => {
            said(Group::Changes, "again", Tone::Warn, f.t("timeline-review-reopened"), reason)
        }
        EventKind::LeadChanged { to, offered_by } => {
            let key = if offered_by.is_some() { "timeline-lead-accepted" } else { "timeline-lead" };
            said(Group::Changes, "person", Tone::Info, f.t1(key, "to", short(to)), "")
        }
        EventKind::LeadOffered { to, note } => {
            said(Group::Changes, "person", Tone::Running, f.t1("timeline-lead-offered", "to", short(to)), note)
        }
        EventKind::LeadOfferEnded { to, how } => {
            let key = format!("timeline-lead-{}", how.as_str());
            said(Group::Changes, "person", Tone::Todo, f.t1(&key, "to", short(to)), "")
        }
        EventKind::RestartTaken { node, until, gate, reason } => {
            let said_no = (*gate != GateSaid::Yes).then(|| f.t(format!("timeline-restart-{}", gate.as_str())));
            let until = f.t1("timeline-restart-until", "at", f.moment_said(*until));
            let lines = [Some(until), said_no, Some(reason.clone()).filter(|reason| !reason.is_empty())];
            let tone = if *gate == GateSaid::Yes { Tone::Running } else { Tone::Warn };
            let title = f.t1("timeline-restart-taken", "node", short(&node.0));
            said(Group::Changes, "person", tone, title, &lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))
        }
        EventKind::RestartEnded { node } => {
            said(Group::Changes, "person", Tone::Todo, f.t1("timeline-restart-ended", "node", short(&node.0)), "")
        }
        EventKind::RestartFollowed { node, follow } => {
            let (icon, tone) = starts::tone(follow.state);
            let key = format!("timeline-start-{}", starts::told_key(follow));
            said(Group::Changes, icon, tone, f.t1(&key, "node", short(&node.0)), &starts::lines(f, follow).join("\n"))
        }
        EventKind::ClientsWaived { what, reason, clients, .. } => {
            let title = f.t2("timeline-waived", "what", short(&what.to_string()), "n", clients);
            said(Group::Decisions, "skip", Tone::Warn, title, reason)
        }
        EventKind::WaiverTakenBack { what, .. } => {
            let title = f.t1("timeline-waiver-back", "what", short(&what.to_string()));
            said(Group::Decisions, "again", Tone::Running, title, "")
        }
        EventKind::OwnerTold { owner, channel, says: news, clients, failed } => {
            let (icon, tone) = if failed.is_some() { ("fail", Tone::Fail) } else { ("person", Tone::Info) };
            let title = match failed {
                Some(_) => f.t2("timeline-owner-not-told", "owner", short(owner), "channel", short(channel)),
                None => f.t2("timeline-owner-told", "owner", short(owner), "channel", short(channel)),
            };
            let lines = [Some(f.t1(&format!("owner-says-{}", news.as_str()), "n", clients)), failed.clone()];
            said(Group::Changes, icon, tone, title, &lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))
        }
        EventKind::CaptureStarted { node } => {
            said(Group::Notes, "running", Tone::Running, f.t1("timeline-capture-started", "node", short(node)), "")
        }
        EventKind::CaptureEnded { node, end, files, size_bytes, missing } => {
            let (icon, tone) = match (end.as_str(), missing) {
                ("copied", 0) => ("ok", Tone::Ok),
                ("copied", _) => ("warn", Tone::Warn),
                _ => ("unknown", Tone::Unknown),
            };
            let key = format!("capture-end-{}", end.replace('_', "-"));
            let title = f.t2("timeline-capture-ended", "node", short(node), "end", f.t(key));
            let kept = f.t2("capture-kept", "n", files, "size", f.bytes(*size_bytes));
            let rest = if *missing > 0 { f.t1("capture-missing-count", "n", missing) } else { String::new() };
            said(Group::Notes, icon, tone, title, format!("{kept}{}{rest}", f.t("report-between-sentences")).trim())
        }
        EventKind::MonitorStarted => said(Group::Changes, "clock", Tone::Running, f.t("timeline-monitor-started"), ""),
        EventKind::MonitorStopped => said(Group::Changes, "stop", Tone::Todo, f.t("timeline-monitor-stopped"), ""),
        EventKind::MonitorReset { why } => {
            said(Group::Changes, "again", Tone::Fail, f.t("timeline-monitor-reset"), &f.msg(why))
        }
    }
}

/// How the cluster stood, and the causes, in words; a code of another version as it is. What passes by itself is how the
/// cluster stands, and no cause.
fn state_words(f: &Frame, health: &str, causes: &[String]) -> (String, String) {
    let passes = |code: &&String| [Code::None.as_str(), Code::NodeStarting.as_str()].contains(&code.as_str());
    let mut health = f.t(format!("web-health-{health}"));
    if causes.iter().any(|code| code == Code::NodeStarting.as_str()) {
        health = f.t1("timeline-starting", "health", health);
    }
    let word = |code: &String| match code.parse::<Code>() {
        Ok(code) => f.t(format!("help-{}-title", code.key())),
        Err(_) => short(code),
    };
    let causes: Vec<String> = causes.iter().filter(|code| !passes(code)).map(word).collect();
    (health, if causes.is_empty() { f.t("timeline-no-cause") } else { f.list(causes) })
}

/// Which round it was and what the diagnosis said after it.
fn round_title(f: &Frame, round: &Round<'_>) -> String {
    let which = f.t2(
        "timeline-round",
        "step",
        format!("{} {}", round.step.number(), f.t(step_key(round.step))),
        "n",
        round.number,
    );
    let ended = match (round.is_under_way(), round.says) {
        (true, _) => return format!("{which}{}{}", f.colon(), f.t("timeline-round-under-way")),
        (false, Some(says)) => says,
        (false, None) => return format!("{which}{}{}", f.colon(), f.t("timeline-round-no-diagnosis")),
    };
    let (health, causes) = state_words(f, ended.health, ended.causes);
    let key = if ended.is_new { "timeline-round-says" } else { "timeline-round-same" };
    format!("{which}{}{}", f.colon(), f.t2(key, "health", health, "causes", causes))
}

/// How many of its checks looked, and how much they saw.
fn round_text(f: &Frame, round: &Round<'_>) -> String {
    let tally = round.tally;
    let mut parts = vec![f.t2("timeline-round-looked", "n", tally.judged, "asked", round.asked)];
    let counts = [("partly", tally.partly), ("unseen", tally.unseen), ("stopped", tally.stopped)];
    parts.extend(
        counts.into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| f.t1(&format!("timeline-round-{what}"), "n", n)),
    );
    if let (false, Some(ended_at)) = (round.is_under_way(), round.ended_at) {
        parts.push(f.t1("timeline-round-took", "time", f.duration(ended_at.millis_since(round.started.at))));
    }
    parts.join(" · ")
}

/// Every event in words, those of one group only if one is given, with the silences between them.
#[must_use]
pub fn lines(f: &Frame, events: &[Event], only: Option<Group>) -> Vec<Line> {
    let all = events.iter().map(|event| Line::new(f, event));
    let mut lines: Vec<Line> = all.filter(|line| only.is_none_or(|group| line.group == group)).collect();
    put_gaps(f, &mut lines, events);
    put_corrections(&mut lines, events);
    lines
}

/// The story in words: a round of checks is one line.
#[must_use]
pub fn story_lines(f: &Frame, events: &[Event]) -> Vec<Line> {
    let scenes = story(events);
    let mut lines: Vec<Line> = scenes
        .iter()
        .map(|scene| match scene {
            Scene::Entry(event) => Line::new(f, event),
            Scene::Round(round) => Line::of_round(f, round),
        })
        .collect();
    put_gaps(f, &mut lines, events);
    put_corrections(&mut lines, events);
    lines
}

/// Marks notes that were corrected.
fn put_corrections(lines: &mut [Line], events: &[Event]) {
    for (old, new) in notes(events).iter().flat_map(Note::corrected) {
        if let Some(line) = lines.iter_mut().find(|line| line.id == old.id) {
            line.corrected = Some(Corrected { id: new.id, by: short(new.by), at: new.at });
        }
    }
}

/// Puts each stretch in which nothing at all was noted before the first line after it, also where only some lines are shown.
fn put_gaps(f: &Frame, lines: &mut [Line], events: &[Event]) {
    for silence in silences(events, f.now) {
        let Some(before) = silence.before else { continue };
        if let Some(line) = lines.iter_mut().find(|line| line.id >= before) {
            line.gaps.push(gap(f, silence));
        }
    }
}

/// A stretch without an entry in words.
fn gap(f: &Frame, silence: Silence) -> String {
    let key = match silence {
        Silence { before: None, .. } => "timeline-gap-lasts",
        Silence { restarted: true, .. } => "timeline-gap-restarted",
        Silence { restarted: false, .. } => "timeline-gap",
    };
    f.t1(key, "time", f.duration(silence.lasted_ms))
}

/// What the timeline shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The story.
    Story,
    /// Every entry.
    Everything,
    /// Every entry of one group.
    Only(Group),
}

/// Leads from what counts of each note to its correction.
fn put_correction_links(lines: &mut [Line], events: &[Event]) {
    for newest in notes(events).iter().map(Note::newest) {
        if let Some(line) = lines.iter_mut().find(|line| line.id == newest.id) {
            line.correction = events.first().map(|event| paths::note_correction(event.incident, newest.id));
        }
    }
}

#[derive(Template)]
#[template(path = "records/timeline.html")]
struct TimelinePage {
    f: Frame,
    incident: Incident,
    lines: Vec<Line>,
    shown: Shown,
    chain: Chain,
    /// How long nothing was noted by now, if that is long.
    silent: Option<String>,
}

impl TimelinePage {
    /// Whether notes can be written and corrected.
    fn takes_notes(&self) -> bool {
        self.f.operates() && self.incident.require_unsigned().is_ok()
    }

    fn note_path(&self) -> String {
        self.f.url(paths::note_new(self.incident.id, None))
    }

    fn is_only(&self, group: &Group) -> bool {
        self.shown == Shown::Only(*group)
    }
}

/// Which lines to show.
#[derive(Default, Deserialize)]
pub struct TimelineQuery {
    #[serde(default)]
    only: String,
    #[serde(default)]
    show: String,
}

impl TimelineQuery {
    fn shown(&self) -> Shown {
        match Group::ALL.into_iter().find(|group| group.as_str() == self.only) {
            Some(group) => Shown::Only(group),
            None if self.show == "everything" => Shown::Everything,
            None => Shown::Story,
        }
    }
}

/// The timeline, oldest first.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Query(query): Query<TimelineQuery>,
) -> Result<Response, WebError> {
    let incident = web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    let (events, chain) = (web.read().timeline(id).await?, web.read().chain(id).await?);
    let shown = query.shown();
    let mut lines = match shown {
        Shown::Story => story_lines(&f, &events),
        Shown::Everything => lines(&f, &events, None),
        Shown::Only(group) => lines(&f, &events, Some(group)),
    };
    if f.operates() && incident.require_unsigned().is_ok() {
        put_correction_links(&mut lines, &events);
    }
    let silent = silences(&events, f.now).into_iter().find(|silence| silence.before.is_none());
    let silent = silent.map(|silence| gap(&f, silence));
    let f = f.live(paths::of_incident(id, "events"));
    answer(StatusCode::OK, &TimelinePage { f, incident, lines, shown, chain, silent })
}
