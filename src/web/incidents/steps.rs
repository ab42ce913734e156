//! The run screen: one step of an incident, with what was checked, what it means, and the one thing to do next.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::incidents::{Decided, Reason};
use crate::commands::steps::decide_and_continue;
use crate::commands::{Caller, CommandError, check_runs, closures, hand_in, impact};
use crate::domain::capture::{Capture, CapturedFile};
use crate::domain::check_run::{CheckRun, CheckRunState};
use crate::domain::closure::Measured;
use crate::domain::cluster::Cluster;
use crate::domain::diagnosis::{Diagnosis, Health};
use crate::domain::event::{Event, EventKind};
use crate::domain::exception::{self, DoneBefore};
use crate::domain::finding::Step;
use crate::domain::hand_over::Offer;
use crate::domain::id::{CaptureId, CheckRunId, EventId, EvidenceId, IncidentId, NodeName};
use crate::domain::impact::SeenBack;
use crate::domain::incident::{DecisionKind, DomainError, Incident, IncidentState, StepDecision, StepState};
use crate::domain::look::LookState;
use crate::domain::meanwhile;
use crate::domain::message::{Lang, Message};
use crate::domain::note::{self, Attached, Note, Version};
use crate::domain::observed::Observations;
use crate::domain::pinned::PinnedCause;
use crate::domain::restart_claim::{GateSaid, RestartClaim};
use crate::domain::review::Review;
use crate::domain::runbook::{Localised, Runbook, RunbookStep};
use crate::domain::state::StateSeen;
use crate::domain::time::Timestamp;
use crate::domain::to_do::{ToDoId, ToDoMark};
use crate::domain::user::{Role, User};
use crate::domain::waiver::{Awaited, ClientAway, ClientsAway, Waiver};
use crate::store::hand_in::{HandedInItem, HandedInWhat};
use crate::store::samples::{Monitor, SampleSpan};
use crate::web::clusters::looks::ClusterLook;
use crate::web::clusters::overview::current_step;
use crate::web::evidence::hand_in::{Checked, Understood};
use crate::web::evidence::tables::Tables;
use crate::web::evidence::{self, Table};
use crate::web::incidents::captures::{CaptureCard, Captured};
use crate::web::incidents::check_cards::{self, CardContext, Cell, CheckRow};
use crate::web::incidents::gates::{GateKnown, GateRead, GateView, Gates};
use crate::web::incidents::hero::{Counted, Hero, Known, ToDoView};
use crate::web::incidents::load;
use crate::web::incidents::monitor::{self, MonitorView};
use crate::web::incidents::next_action::{NextAction, Restarting, Situation, Tally, next_action};
use crate::web::incidents::report::{self, beginning};
use crate::web::incidents::scope;
use crate::web::incidents::since_well::{SinceText, SinceWell};
use crate::web::incidents::starts::StartView;
use crate::web::plumbing::components::{Look, Markup, Tone, markdown, missing, reason_words};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::kept::Written;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// A look at the cluster that is older than this is taken anew while somebody has the page open, milliseconds.
const LOOK_STALE_MS: i64 = 10_000;
/// A round that is younger than this is not asked for again because a look says otherwise.
const MOVED_MS: i64 = 60_000;

/// What can be said of pasted output: value in the form, and the commands that give it.
const OUTPUT_KINDS: [(&str, &str); 5] = [
    ("nc", "nc"),
    ("telnet", "telnet"),
    ("ss", "ss / netstat"),
    ("dmesg", "dmesg / journalctl / last / kubectl / docker"),
    ("env", "env"),
];

/// Most notes shown beside a step; all are in the timeline.
const NOTES: usize = 6;

/// One line of the step rail.
pub struct RailItem {
    step: Step,
    title: String,
    state: StepState,
    path: String,
    here: bool,
    decided: Option<StepDecision>,
    /// How long it took until that decision, milliseconds.
    took_ms: i64,
    /// Of the step that is being worked on: since when.
    since: Option<Timestamp>,
}

impl RailItem {
    fn look(&self, is_open: bool) -> Look {
        Look::of_step(self.state, is_open)
    }
}

/// A note as it counts by now.
pub struct NoteLine {
    /// What counts.
    newest: NoteVersion,
    /// What was corrected, the newest first.
    before: Vec<NoteVersion>,
    files: Vec<(Attached, String)>,
}

/// One entry of a note.
struct NoteVersion {
    id: EventId,
    by: String,
    at: Timestamp,
    text: String,
}

impl From<Version<'_>> for NoteVersion {
    fn from(version: Version<'_>) -> Self {
        Self { id: version.id, by: version.by.to_owned(), at: version.at, text: version.text.to_owned() }
    }
}

/// A form of the step page that was not taken.
struct Refused {
    /// Why.
    says: String,
    /// What was sent.
    sent: Sent,
}

/// What was sent with a form of the step page.
pub(in crate::web) enum Sent {
    /// A decision on the step.
    Decision {
        /// What.
        kind: DecisionKind,
        /// Why, in words.
        reason: String,
    },
    /// What the cause is.
    Cause {
        /// As the form names it.
        cause: String,
        /// Why, or what it is.
        words: String,
    },
    /// Something for a node that nobody can reach.
    HandIn {
        /// Whether it was a file.
        file: bool,
        /// The node.
        node: String,
        /// What kind of output it is said to be; empty: that was to be recognised.
        kind: String,
        /// The output.
        text: String,
    },
}

impl Sent {
    /// Name and value of what was typed.
    fn written(&self) -> (&'static str, &str) {
        match self {
            Self::Decision { reason, .. } => ("reason", reason),
            Self::Cause { words, .. } => ("words", words),
            Self::HandIn { text, .. } => ("output", text),
        }
    }
}

/// Everything the step page shows.
#[derive(Template)]
#[template(path = "steps/show.html")]
struct StepPage {
    f: Frame,
    incident: Incident,
    suspect: String,
    rail: Vec<RailItem>,
    step: Step,
    state: StepState,
    title: String,
    asks: String,
    lead_in: String,
    exit: String,
    instructions: Markup,
    minutes: u32,
    round: i64,
    tally: Tally,
    hero: Hero,
    /// How the cluster stood at the closing, and when that was measured; `None`: it is open, or nothing was.
    closing: Option<(String, Timestamp)>,
    rows: Vec<CheckRow>,
    columns: Vec<String>,
    before: Option<u8>,
    started_at: Option<Timestamp>,
    /// When the last check of the newest round ended; `None`: none has, or some are under way.
    checked_at: Option<Timestamp>,
    deadline_ms: u64,
    handed_in: Vec<HandedInLine>,
    node_names: Vec<String>,
    hints: Vec<String>,
    /// Whether each node may be restarted, while the incident is open.
    gates: Option<Gates>,
    /// Starts of nodes that were taken on.
    starts: Vec<StartView>,
    captures: CaptureCard,
    /// What changed since all was well.
    since: Option<SinceText>,
    monitor: Option<MonitorView>,
    next: NextAction,
    measured: Measured,
    /// What was sent and not taken.
    refused: Option<Refused>,
    read: Arc<StepRead>,
}

/// A table beside the checks that filled it.
struct Pane {
    name: &'static str,
    table: Table,
    path: String,
}

impl Pane {
    fn title(&self) -> String {
        format!("evidence-table-{}", self.name)
    }
}

impl StepPage {
    fn step_look(&self) -> Look {
        Look::of_step(self.state, self.is_open())
    }

    fn incident_look(&self) -> Look {
        (&self.incident).into()
    }

    /// What this step looked at anew: all of it while it is under way, then without what is folded away.
    fn own_rows(&self) -> Vec<&CheckRow> {
        let folds = !self.fine_rows().is_empty();
        self.rows.iter().filter(|row| !(row.unchanged || folds && row.is_fine())).collect()
    }

    /// What this step looked at anew and found in order, where that is more than a row: one line says it.
    fn fine_rows(&self) -> Vec<&CheckRow> {
        let fine: Vec<&CheckRow> = self.rows.iter().filter(|row| !row.unchanged && row.is_fine()).collect();
        if self.is_running() || fine.len() < 2 { Vec::new() } else { fine }
    }

    fn fine_says(&self) -> String {
        let fine = self.fine_rows();
        let skipped = fine.iter().filter(|row| row.card.tone == Tone::Skipped).count();
        let fine = fine.len() - skipped;
        let counted = [("web-checks-quiet", fine), ("web-checks-skipped", skipped)].into_iter().filter(|(_, n)| *n > 0);
        counted.map(|(key, n)| self.f.t1(key, "n", n)).collect::<Vec<_>>().join(" · ")
    }

    fn fine_tone(&self) -> Tone {
        if self.fine_rows().iter().all(|row| row.card.tone == Tone::Skipped) { Tone::Skipped } else { Tone::Ok }
    }

    fn unchanged_rows(&self) -> Vec<&CheckRow> {
        self.rows.iter().filter(|row| row.unchanged).collect()
    }

    fn unchanged_says(&self) -> String {
        let n = self.unchanged_rows().len();
        self.f.t2("web-checks-unchanged", "n", n, "step", self.before.unwrap_or_default())
    }

    /// Whether a cell says enough by its symbol.
    fn is_quiet(&self, cell: &Cell) -> bool {
        matches!(cell.tone, Tone::Ok | Tone::Skipped)
    }

    /// The worst of what is unchanged.
    fn unchanged_tone(&self) -> Tone {
        self.unchanged_rows().first().map_or(Tone::Ok, |row| row.card.tone)
    }

    /// What the tab says: the cause, and apart from it how the cluster stands now; of a closed incident how it ended.
    fn tab_title(&self) -> String {
        let cause = self.hero.cause.as_ref().map(|cause| cause.brief().to_owned());
        let state = match self.hero.now.as_ref().and_then(|now| now.health) {
            _ if !self.is_open() => self.f.t(self.incident_look().word),
            Some(look) => self.f.t1("tab-now", "state", self.f.t(look.word)),
            // The word that the page has for it.
            None if self.hero.now.is_some() => self.f.t1("tab-now", "state", self.f.t("web-health-unknown")),
            None => self.f.t("tab-not-measured"),
        };
        let which = format!("{} {}", self.incident.id.label(), self.incident.cluster_name);
        cause.into_iter().chain([state, which]).collect::<Vec<_>>().join(" · ")
    }

    /// Why the step was decided so, in words.
    fn decision_reason(&self) -> String {
        let decision = self.read.decision.as_ref();
        decision.map_or_else(String::new, |one| reason_words(&self.f, &one.reason, &one.exceptions))
    }

    fn is_open(&self) -> bool {
        self.incident.state.is_open()
    }

    fn works(&self) -> bool {
        self.f.operates() && self.is_open()
    }

    fn is_running(&self) -> bool {
        self.tally.running > 0
    }

    /// Whether the first checks of all are under way: what they say needs room that the page does not have yet.
    fn finds_out(&self) -> bool {
        self.hero.verdict.is_none() && self.tally.all > 0
    }

    fn can_rerun(&self) -> bool {
        self.works() && !self.is_running()
    }

    fn path(&self, part: &str) -> String {
        self.f.url(paths::of_step(self.incident.id, self.step, part))
    }

    fn correction_path(&self, entry: &EventId) -> String {
        self.f.url(paths::note_correction(self.incident.id, *entry))
    }

    fn cancel_path(&self, run: &CheckRunId) -> String {
        self.f.url(paths::run_cancellation(self.incident.id, *run))
    }

    fn capture_cancel_path(&self, capture: &CaptureId) -> String {
        self.f.url(paths::capture_cancellation(self.incident.id, *capture))
    }

    /// When the last thing of the incident ended, for the clock in the header.
    fn ended_at(&self) -> Option<Timestamp> {
        self.incident.resolved_at
    }

    fn lasted(&self, ended: &Timestamp) -> String {
        self.f.duration(ended.to_the_second().millis_since(self.incident.opened_at.to_the_second()))
    }

    fn deadline_s(&self) -> String {
        format!("{:.1}", self.deadline_ms as f64 / 1000.0)
    }

    fn all_decided(&self) -> bool {
        self.rail.iter().all(|item| item.state.is_decided())
    }

    fn is_mitigated(&self) -> bool {
        self.incident.state == IncidentState::Mitigated
    }

    /// The offer of the lead that waits, while the incident is open.
    fn offer(&self) -> Option<&Offer> {
        self.read.offer.as_ref().filter(|_| self.is_open())
    }

    /// Whether it is offered to the person who looks.
    fn is_for_me(&self, offer: &Offer) -> bool {
        self.f.user.as_ref().is_some_and(|user| user.name == offer.to)
    }

    /// How bad it is and what it affects.
    fn scope_line(&self) -> String {
        scope::line(&self.incident.scope)
    }

    /// Whether it is measured that the cluster has recovered: then nothing has to be said when the incident is closed.
    fn has_recovered(&self) -> bool {
        self.measured.is_recovery()
    }

    fn is_resolved(&self) -> bool {
        self.incident.state == IncidentState::Resolved
    }

    fn decision_key(&self) -> &'static str {
        match self.read.decision.as_ref().map(|decision| decision.kind) {
            Some(DecisionKind::Done) => "web-decided-done",
            Some(DecisionKind::DoneWithExceptions) => "web-decided-done-with-exceptions",
            Some(DecisionKind::Skipped) => "web-decided-skipped",
            Some(DecisionKind::Reopened) | None => "web-decided-reopened",
        }
    }

    /// Whether the person who looks may add to the record: tick what was done, write notes. Until it is signed.
    fn may_add(&self) -> bool {
        self.f.operates() && self.incident.state != IncidentState::Reviewed
    }

    /// What is to be done before the step ends, and is not.
    fn due(&self) -> Vec<&ToDoView> {
        if self.is_open() && !self.state.is_decided() { self.hero.due(self.step) } else { Vec::new() }
    }

    /// The words of the button that ends this step: the last one leads to no next.
    fn done_key<'k>(&self, key: &'k str, last: &'k str) -> &'k str {
        if self.step == Step::Monitor { last } else { key }
    }

    /// How many to-dos are noted as not done when the step is done now.
    fn not_done(&self) -> usize {
        self.left_open().count()
    }

    fn left_open(&self) -> impl Iterator<Item = &Message> {
        self.hero.asked.not_done(self.step, &self.read.marks, &self.read.decisions)
    }

    /// What has to be done before the step is, where something is.
    fn to_do_first(&self) -> Option<&str> {
        let comes_first = matches!(self.next, NextAction::Wait | NextAction::Done | NextAction::DoneWithExceptions);
        let due = self.due();
        // What an earlier step was done without is known to be open: it does not come before what is new.
        let is_new = |one: &&ToDoView| self.left_open().any(|text| ToDoId::of(text).0 == one.id);
        let first = due.iter().copied().find(is_new).or(due.first().copied());
        first.filter(|_| comes_first).map(|one| one.text.as_str())
    }

    /// The node whose evidence is to be captured next: the first thing to do asks for it, and nobody has tried yet.
    fn capture_next(&self) -> Option<&str> {
        let decides = matches!(self.next, NextAction::Done | NextAction::DoneWithExceptions);
        let due = self.due();
        let first = due.first().filter(|one| decides && self.works() && one.saves_evidence())?;
        self.captures.first_untried(first.nodes())
    }

    /// How many things the captures of the nodes of a to-do could not copy.
    fn lacking(&self, one: &ToDoView) -> usize {
        one.nodes().iter().map(|node| self.captures.lacking(node)).sum()
    }

    /// Whether the gate says that the node may be restarted.
    fn gate_is_open(&self, gate: &GateView) -> bool {
        gate.said == GateSaid::Yes
    }

    /// Whether this step is about bringing nodes back: elsewhere the gate is one line that opens.
    fn starts_nodes(&self) -> bool {
        matches!(self.step, Step::Clients | Step::Monitor)
    }

    /// Whether a start is shown row by row: while it goes on on every step, afterwards where nodes are brought back.
    fn shows_whole(&self, start: &StartView) -> bool {
        self.starts_nodes() || !start.over && self.is_open()
    }

    /// Where a start is shown row by row.
    fn start_path(&self, place: impl Display) -> String {
        self.f.url(paths::start(self.incident.id, place))
    }

    /// The restart that is waited for, where that is what comes next.
    fn awaited(&self) -> Option<&RestartClaim> {
        let waits = matches!(self.next, NextAction::AwaitRestart(_));
        self.gates.as_ref().filter(|_| waits)?.claim.as_ref()
    }

    /// Where the start of that node is followed.
    fn awaited_path(&self, claim: &RestartClaim) -> String {
        if claim.incident == self.incident.id {
            return "#starts".to_owned();
        }
        self.f.url(paths::gates(claim.incident, Step::Clients))
    }

    /// Whether the person who looks can say that the restart that is waited for is over, and it is.
    fn may_end_awaited(&self) -> bool {
        self.next == NextAction::AwaitRestart(Restarting::Over)
            && self.awaited().is_some_and(|claim| self.may_end(claim))
    }

    /// Whether the person who looks can say that a restart is over.
    fn may_end(&self, claim: &RestartClaim) -> bool {
        let is_own = |user: &User| user.name == claim.by || user.role >= Role::Lead;
        self.works() && self.f.user.as_ref().is_some_and(is_own)
    }

    /// What was typed into the form of that decision and not taken.
    fn typed_for(&self, decision: &str) -> &str {
        match self.refused.as_ref().map(|refused| &refused.sent) {
            Some(Sent::Decision { kind, reason }) if kind.as_str() == decision => reason,
            _ => "",
        }
    }

    /// Whether the forms of decisions are open, as one was not taken.
    fn opens_more(&self) -> bool {
        matches!(self.refused.as_ref().map(|refused| &refused.sent), Some(Sent::Decision { .. }))
    }

    /// What was sent with the form of the cause and not taken: which, and the words.
    fn cause_sent(&self) -> Option<(&str, &str)> {
        match self.refused.as_ref().map(|refused| &refused.sent) {
            Some(Sent::Cause { cause, words }) => Some((cause, words)),
            _ => None,
        }
    }

    /// Whether that cause was sent and not taken.
    fn is_cause_sent(&self, id: &str) -> bool {
        self.cause_sent().is_some_and(|(cause, _)| cause == id)
    }

    /// What was handed in and not taken: whether it was a file, its node, kind and text.
    fn hand_in_sent(&self) -> Option<(bool, &str, &str, &str)> {
        match self.refused.as_ref().map(|refused| &refused.sent) {
            Some(Sent::HandIn { file, node, kind, text }) => Some((*file, node, kind, text)),
            _ => None,
        }
    }

    /// Why that was not taken, said beside its own field.
    fn hand_in_refused(&self, is_file: bool) -> Option<&str> {
        let (file, ..) = self.hand_in_sent()?;
        self.refused.as_ref().filter(|_| file == is_file).map(|refused| refused.says.as_str())
    }

    /// Whether that node is chosen in the form for output, or in that for files: the one that was sent, or the suspected one.
    fn hands_in_for(&self, is_file: bool, node: &str) -> bool {
        match self.hand_in_sent() {
            Some((file, sent, ..)) if file == is_file => sent == node,
            _ => self.suspect == node,
        }
    }

    /// Whether that kind of output is chosen.
    fn hands_in_kind(&self, kind: &str) -> bool {
        matches!(self.hand_in_sent(), Some((false, _, sent, _)) if sent == kind)
    }

    /// The output that was sent and not taken.
    fn hand_in_text(&self) -> &str {
        match self.hand_in_sent() {
            Some((false, _, _, text)) => text,
            _ => "",
        }
    }

    /// Whether the forms for what nodedown cannot reach are open: something was sent with one of them.
    fn opens_hand_in(&self) -> bool {
        self.hand_in_sent().is_some() || self.f.here.contains("said=handed-in")
    }

    /// What was typed and stands in no form of the page any more.
    fn typed_alone(&self) -> Vec<Written> {
        let Some(refused) = &self.refused else { return Vec::new() };
        let has_form = match refused.sent {
            Sent::Decision { kind: DecisionKind::Reopened, .. } => self.works() && self.state.is_decided(),
            Sent::Decision { .. } => self.works() && !self.state.is_decided(),
            Sent::Cause { .. } | Sent::HandIn { .. } => self.works(),
        };
        let (name, text) = refused.sent.written();
        let alone = !has_form && !text.trim().is_empty();
        alone.then(|| Written::new(&self.f, name.to_owned(), text.to_owned())).into_iter().collect()
    }

    /// What the sticky bar says.
    fn say(&self) -> String {
        let f = &self.f;
        match self.next {
            NextAction::RunChecks if self.step == Step::Monitor => f.t1("monitor-next-start", "need", f.stable()),
            NextAction::RunChecks => f.t1("web-next-run", "minutes", self.minutes),
            NextAction::RunAgain => f.t1("web-next-moved", "nodes", self.hero.moved.join(self.f.comma())),
            NextAction::RunWithNew => f.t("web-next-handed-in"),
            NextAction::AwaitRestart(restart) => self.restart_says(restart),
            NextAction::Wait => f.t2("web-next-wait", "done", self.tally.ended(), "all", self.tally.all),
            NextAction::RepairAndRerun => match self.hero.first_open().map(|one| &one.text) {
                Some(action) => f.t1("web-next-repair", "action", action),
                None => f.t("web-next-repair-unknown"),
            },
            NextAction::LookAgain => f.t1("web-next-look-again", "n", self.tally.unseen),
            NextAction::AwaitClients => f.t1("web-next-clients", "n", self.read.awaited.count),
            NextAction::Watch => self.monitor.as_ref().map(|view| view.says(f)).unwrap_or_default(),
            NextAction::Done => f.t1("web-next-done", "exit", &self.exit),
            NextAction::DoneWithExceptions => f.t1("web-next-exceptions", "n", self.tally.exceptions()),
            NextAction::GoTo(step) => f.t2("web-next-go", "n", step.number(), "title", self.title_of(step)),
            NextAction::Resolve if self.has_recovered() => f.t("web-next-resolve"),
            NextAction::Resolve => f.t("web-next-resolve-unsure"),
            NextAction::ReadRecord => f.t("web-next-record"),
        }
    }

    /// What is to be done while a restart is under way.
    fn restart_says(&self, restart: Restarting) -> String {
        let Some(gates) = &self.gates else { return String::new() };
        let Some(claim) = &gates.claim else { return String::new() };
        if claim.incident != self.incident.id {
            return self.f.t1("web-next-restart-elsewhere", "incident", claim.incident.label());
        }
        let own = self.f.user.as_ref().is_some_and(|user| user.name == claim.by);
        let is_held_up = gates.nodes.iter().any(|one| one.node == claim.node.0 && one.is_held_up());
        match (restart, own) {
            (Restarting::UnderWay, true) if is_held_up => self.f.t1("web-next-restart-first", "node", &claim.node),
            (Restarting::UnderWay, true) => self.f.t1("web-next-restart-own", "node", &claim.node),
            (Restarting::UnderWay, false) => self.f.t("web-next-restart-wait"),
            (Restarting::Stuck, _) => self.f.t("web-next-restart-stuck"),
            (Restarting::Over, true) => self.f.t("web-next-restart-over-own"),
            (Restarting::Over, false) => self.f.t1("web-next-restart-over", "name", &claim.by),
        }
    }

    /// Whether clients are missing that somebody waits for, while the step is open.
    fn awaits(&self) -> bool {
        self.is_open() && !self.state.is_decided() && self.read.awaited.count > 0
    }

    /// How many are missing, and the first of them.
    fn missing_says(&self) -> String {
        missing(&self.f, self.read.awaited.count, &self.read.awaited.named)
    }

    fn away(&self) -> Option<&ClientsAway> {
        self.read.diagnosis.as_ref()?.clients.as_ref().filter(|_| self.step == Step::Clients)
    }

    /// How many clients are away and waived.
    fn waived(&self) -> usize {
        let is_waived = |one: &&ClientAway| Waiver::of(&self.read.waivers, &one.key).is_some();
        self.away().map_or(0, |away| away.missing.iter().chain(&away.in_part).filter(is_waived).count())
    }

    /// Of how many clients it is not known whether they are back.
    fn not_known(&self) -> u32 {
        self.away().map_or(0, |away| away.not_known)
    }

    fn title_of(&self, step: Step) -> String {
        self.rail.iter().find(|item| item.step == step).map(|item| item.title.clone()).unwrap_or_default()
    }

    fn go_path(&self) -> String {
        match self.next {
            NextAction::GoTo(step) => self.f.url(paths::step(self.incident.id, step)),
            _ => self.f.below(self.incident.id, "report"),
        }
    }

    /// The button that is the main one, as a word for the template.
    fn main_button(&self) -> &'static str {
        match self.next {
            NextAction::RunChecks
            | NextAction::RunAgain
            | NextAction::RunWithNew
            | NextAction::RepairAndRerun
            | NextAction::AwaitClients
            | NextAction::LookAgain => "run",
            NextAction::AwaitRestart(_) if self.may_end_awaited() => "over",
            NextAction::AwaitRestart(_) => "start",
            NextAction::Wait => "wait",
            NextAction::Watch => "watch",
            NextAction::Done => "done",
            NextAction::DoneWithExceptions => "exceptions",
            NextAction::GoTo(_) => "go",
            NextAction::Resolve => "resolve",
            NextAction::ReadRecord => "record",
        }
    }
}

fn local(lang: Lang, text: &Localised) -> String {
    match lang {
        Lang::En => text.en.clone(),
        Lang::ZhCn => text.zh_cn.clone(),
    }
}

/// The run screen.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path((id, number)): Path<(IncidentId, u8)>,
) -> Result<Response, WebError> {
    let step = Step::from_number(number).ok_or(WebError::NotFound)?;
    let read = web.steps().get((id, step), f.moment(), StepRead::load(&web, id, step)).await?;
    let page = page(&web, f, read, step).await?;
    answer(StatusCode::OK, &page)
}

/// What the store holds for a step, and the tables made of it: the same for everybody who looks.
pub struct StepRead {
    incident: Incident,
    runbook: Runbook,
    states: Vec<(Step, StepState)>,
    runs: Vec<CheckRun>,
    /// Those of the step before.
    before: Vec<CheckRun>,
    tally: Tally,
    /// Evidence by run.
    pieces: BTreeMap<CheckRunId, EvidenceId>,
    diagnosis: Option<Diagnosis>,
    pinned: Option<PinnedCause>,
    /// What was written of the incident when it was over.
    review: Option<Review>,
    marks: Vec<ToDoMark>,
    cluster: Option<Cluster>,
    decision: Option<StepDecision>,
    /// What a form of the page has seen of decisions on the step, see [`meanwhile`].
    decisions_seen: i64,
    /// The same of the cause.
    cause_seen: i64,
    /// The newest decision on each step.
    decisions: BTreeMap<Step, StepDecision>,
    /// How long each step took that was decided on, milliseconds.
    took_ms: BTreeMap<Step, i64>,
    /// When the newest decision was taken; before there is one, when the incident was opened.
    working_since: Timestamp,
    /// The restart gate, and starts of nodes that were taken on.
    gate: GateRead,
    /// The offer of the lead that waits for an answer.
    offer: Option<Offer>,
    notes: Vec<NoteLine>,
    handed_in: Vec<HandedInItem>,
    monitor: Option<Monitor>,
    /// The first and the newest sample.
    span: Option<SampleSpan>,
    captures: Vec<Capture>,
    captured: Vec<CapturedFile>,
    panes: Vec<Pane>,
    /// How the cluster stood at the closing; `None`: it is open, or nothing was measured.
    closing: Option<StateSeen>,
    /// In the step that looks at settings, once its checks have begun to end: what changed since all was well.
    since: Option<SinceWell>,
    /// When things were seen to be well again: what is suggested as the end of the impact, while nobody has said one.
    seen_back: Option<SeenBack>,
    /// The newest entry of the timeline that says how the watcher sees the cluster.
    watched: Option<Event>,
    /// In the step that asks for clients: waivers that hold.
    waivers: Vec<Waiver>,
    /// In that step: missing clients that somebody waits for.
    awaited: Awaited,
}

impl StepRead {
    async fn load(web: &Web, id: IncidentId, step: Step) -> Result<Self, WebError> {
        let read = web.read();
        let incident = load(web, id).await?;
        let runbook = read.runbook(id).await?.ok_or(WebError::NotFound)?;
        let states = read.step_states(id).await?;
        let runs = read.runs_of_step(id, step).await?;
        let before = match Step::from_number(step.number() - 1) {
            Some(before) => read.runs_of_step(id, before).await?,
            None => Vec::new(),
        };
        let pieces = read.evidence_list(id).await?.into_iter().map(|item| (item.run, item.id)).collect();
        let diagnosis = read.diagnosis(id).await?;
        let (pinned, marks) = (read.pinned_cause(id).await?, read.to_do_marks(id).await?);
        let cluster = read.cluster(incident.cluster).await?;
        let decided = read.decisions(id).await?;
        let (took_ms, working_since) = took(incident.opened_at, &decided);
        let decisions_seen = meanwhile::decisions_seen(step, &decided);
        let decisions: BTreeMap<Step, StepDecision> =
            decided.into_iter().map(|decision| (decision.step, decision)).collect();
        let decision = decisions.get(&step).cloned();
        let gate = GateRead::load(web, &incident, cluster.as_ref(), diagnosis.as_ref()).await?;
        let down = diagnosis.as_ref().map(exception::down).unwrap_or_default();
        let mut tally = check_cards::tally(&runs, &down);
        let decided = decision.as_ref().is_some_and(|decision| decision.kind != DecisionKind::Reopened);
        if tally.running == 0 && tally.not_in_order() > 0 && !decided {
            let mut done = Vec::new();
            for decision in decisions.values().filter(|decision| decision.step < step && decision.kind.is_done()) {
                let runs = read.runs_of_step(id, decision.step).await?;
                done.push(DoneBefore { runs, noted: decision.exceptions.clone() });
            }
            let known = exception::known_down(step, diagnosis.as_ref(), pinned.as_ref());
            let cut_off = exception::cut_off(step, &runs, diagnosis.as_ref()).len();
            let open = match exception::finds_out(step) {
                true => cut_off,
                false => exception::exceptions(step, &runs, &done, &known).len(),
            };
            tally.again = tally.not_in_order().saturating_sub(open);
            // What a second round could not ask in time either, a third one need not.
            tally.cut_off = if runs.iter().all(|run| run.round == 1) { cut_off } else { 0 };
        }
        let (panes, since) = panes(web, &incident, step, tally).await?;
        let (notes, handed_in) = (notes(web, id, step).await?, read.handed_in(id).await?);
        let (monitor, span) = (read.monitor(id).await?, read.sample_span(id).await?);
        let is_asked = incident.state.is_open() && incident.mitigated_at.is_none();
        let watched = if incident.state.is_open() { read.newest_seen(id).await? } else { None };
        // Of a cluster that is not well, neither tells when it was.
        let is_well = diagnosis.as_ref().is_some_and(|newest| newest.health == Health::Healthy);
        let is_up = watched.as_ref().is_some_and(|event| stands(event) == Some(LookState::Up));
        let history = if is_asked && (is_well || is_up) { read.diagnosis_history(id).await? } else { Vec::new() };
        let seen_back = impact::seen_back(history.iter(), monitor.as_ref(), span, watched.as_ref(), web.now());
        let seen_back = seen_back.filter(|back| is_asked && incident.check_impact_end(back.at, web.now()).is_ok());
        let (captures, captured) = (read.captures(id).await?, read.captured_files(id).await?);
        let mut waivers = if step == Step::Clients { read.client_waivers(id).await? } else { Vec::new() };
        waivers.retain(Waiver::holds);
        let away = diagnosis.as_ref().and_then(|newest| newest.clients.as_ref()).filter(|_| step == Step::Clients);
        let awaited = away.map(|away| away.awaited(&waivers)).unwrap_or_default();
        Ok(Self {
            closing: report::at_closing(web, &incident, diagnosis.as_ref()).await?,
            waivers,
            awaited,
            incident,
            runbook,
            states,
            runs,
            before,
            tally,
            pieces,
            diagnosis,
            cause_seen: meanwhile::cause_seen(pinned.as_ref()),
            pinned,
            marks,
            cluster,
            decision,
            decisions_seen,
            decisions,
            took_ms,
            working_since,
            gate,
            offer: read.waiting_offer(id).await?,
            review: read.review(id).await?,
            notes,
            handed_in,
            monitor,
            span,
            captures,
            captured,
            panes,
            since,
            seen_back,
            watched,
        })
    }
}

async fn page(web: &Web, f: Frame, read: Arc<StepRead>, step: Step) -> Result<StepPage, WebError> {
    let incident = read.incident.clone();
    let id = incident.id;
    let steps = &read.runbook.steps;
    let spec: &RunbookStep = steps.iter().find(|spec| spec.step == step).ok_or(WebError::NotFound)?;
    let (states, runs, tally) = (&read.states, &read.runs, read.tally);
    let (diagnosis, cluster) = (read.diagnosis.as_ref(), read.cluster.as_ref());
    let monitor = if step == Step::Monitor { monitor::view(web, &f, &incident).await? } else { None };
    let deadline_ms = cluster.map_or(Cluster::DEFAULT_DEADLINE_MS, |cluster| cluster.node_deadline_ms);
    let known_down = exception::known_down(step, diagnosis, read.pinned.as_ref());
    let cx = CardContext { f: &f, incident: id, deadline_ms, evidence: &read.pieces, known_down: &known_down };
    let nodes: Vec<NodeName> =
        cluster.iter().flat_map(|cluster| &cluster.nodes).map(|node| node.name.clone()).collect();
    let rows = check_cards::rows(&cx, runs, &read.before, &nodes);
    let look = state_now(web, &incident, cluster);
    let sampled = monitor::counted(web, &incident, read.monitor.as_ref(), cluster).await?;
    let known = Known {
        sampled: sampled.as_ref().map(|(at, standing)| Counted { at: *at, standing }),
        pinned: read.pinned.as_ref(),
        review: read.review.as_ref(),
        newest: diagnosis,
        look: look.as_ref().map(|look| &look.diagnosis),
        counted: look.as_ref().and_then(|look| look.counted.as_ref()),
        marks: &read.marks,
        cluster,
        open: incident.state.is_open(),
    };
    let hero = Hero::new(&f, &known);
    let closing = read.closing.map(|seen| report::state_said(&f, seen));
    let state = states.iter().find(|(known, _)| *known == step).map_or(StepState::NotStarted, |(_, state)| *state);
    let stable = monitor.as_ref().filter(|view| view.running).map(|view| view.met);
    // Right after a round running it again does not come first, as two ways of looking may differ; unless the watcher saw a change
    // since, several looks in a row.
    let is_old = |newest: &Diagnosis| {
        let changed = read.watched.as_ref().is_some_and(|event| began(event).is_some_and(|since| since > newest.at));
        changed || web.now().millis_since(newest.at) > MOVED_MS
    };
    let moved = diagnosis.is_some_and(is_old) && !hero.moved.is_empty();
    let shows_handed_in = f.operates() && incident.state.is_open();
    let handed_in = handed_in(web, &f, (&incident, cluster), &read.handed_in, shows_handed_in).await?;
    let handed_in_since = diagnosis.is_some_and(|newest| {
        handed_in
            .iter()
            .any(|line| line.item.at > newest.at && line.item.dropped.is_none() && line.understood.is_of_use)
    });
    let mut f = f;
    // What came last, in one piece or several: no promise that a round reads it where nothing of it can be used.
    let newest = handed_in.last().map(|line| line.item.at);
    let mut came = handed_in.iter().filter(|line| Some(line.item.at) == newest).peekable();
    let is_for_nothing = came.peek().is_some() && !came.any(|line| line.understood.is_of_use);
    if is_for_nothing && f.said.as_deref() == Some("web-said-handed-in") {
        f.said = Some("web-said-handed-in-unused".to_owned());
    }
    let measured = closures::measured(read.monitor.as_ref(), read.span, diagnosis, web.now(), web.stable_ms());
    let captures = CaptureCard::new(
        &f,
        &Captured {
            incident: &incident,
            cluster,
            captures: &read.captures,
            files: &read.captured,
            handed_in: &read.handed_in,
            newest: diagnosis,
            asked: &hero.to_dos,
        },
    );
    let gates = cluster.filter(|_| incident.state.is_open()).map(|cluster| {
        let (hero, captures) = (&hero, &captures);
        Gates::new(&f, &GateKnown { read: &read.gate, cluster, newest: diagnosis, hero, captures })
    });
    let next = next_action(Situation {
        incident: incident.state,
        step,
        steps: states,
        tally,
        stable,
        moved,
        handed_in: handed_in_since,
        restart: gates.as_ref().and_then(|gates| gates.restarting),
        awaited: read.awaited.count,
    });
    let suspect = incident.node.as_ref().map(ToString::to_string).unwrap_or_default();
    // Not while somebody may write a reason: without scripts a reload takes what was typed. The monitor has its own page.
    let under_way = tally.running > 0;
    let instructions = f.with_settings(&local(f.lang, &spec.instructions));
    Ok(StepPage {
        rail: rail(&f, &read, step),
        title: local(f.lang, &spec.title),
        asks: local(f.lang, &spec.asks),
        lead_in: first_words(&instructions),
        exit: f.with_settings(&local(f.lang, &spec.exit)),
        instructions: markdown(&instructions),
        minutes: spec.budget_min,
        round: runs.first().map_or(0, |run| run.round),
        started_at: runs.iter().filter_map(|run| started(&run.state)).min(),
        checked_at: runs.iter().filter_map(|run| ended_at(&run.state)).max().filter(|_| !under_way),
        handed_in,
        node_names: node_names(cluster, &suspect),
        hints: hints(cluster, &suspect),
        since: read.since.as_ref().map(|since| SinceText::new(&f, since)),
        gates,
        starts: read
            .gate
            .starts
            .iter()
            .map(|one| StartView::new(&f, one, incident.state.is_open(), web.now()))
            .collect(),
        f: f.live(paths::of_incident(id, "events")).reloading(under_way),
        suspect,
        incident,
        step,
        state,
        tally,
        hero,
        closing,
        rows,
        columns: nodes.into_iter().map(|node| node.0).collect(),
        before: read.before.first().map(|run| run.step.number()),
        deadline_ms,
        captures,
        monitor,
        next,
        measured,
        refused: None,
        read,
    })
}

/// The page again with what was typed and why it was not taken; what is not about a form of it goes on as an error.
pub(in crate::web) async fn not_taken(
    web: &Web,
    mut f: Frame,
    (id, step): (IncidentId, Step),
    error: CommandError,
    sent: Sent,
) -> Result<Response, WebError> {
    use DomainError::{CauseChosenMeanwhile, ChecksNotRun, ChecksRunning, DecidedMeanwhile, ReasonMissing};
    let (status, says) = match error {
        CommandError::Domain(
            rule @ (DecidedMeanwhile { .. } | CauseChosenMeanwhile { .. } | ChecksRunning | ChecksNotRun),
        ) => (StatusCode::CONFLICT, f.msg(rule.message())),
        CommandError::Domain(rule @ ReasonMissing) => (StatusCode::UNPROCESSABLE_ENTITY, f.msg(rule.message())),
        CommandError::Invalid { message, .. } => (StatusCode::UNPROCESSABLE_ENTITY, f.msg(message)),
        other => return Err(WebError::from(other).at(id)),
    };
    // The address of the answer is that of the form, which nobody can fetch.
    (f.here, f.holds_text) = (paths::step(id, step), true);
    let mut shown = page(web, f, Arc::new(StepRead::load(web, id, step).await?), step).await?;
    (shown.f.stream, shown.f.reload_s) = (None, None);
    shown.refused = Some(Refused { says, sent });
    answer(status, &shown)
}

/// How the watcher saw the cluster stand.
const fn stands(event: &Event) -> Option<LookState> {
    match event.kind {
        EventKind::ClusterSeen { state, .. } => Some(state),
        _ => None,
    }
}

/// When that began.
const fn began(event: &Event) -> Option<Timestamp> {
    match event.kind {
        EventKind::ClusterSeen { since, .. } => Some(since),
        _ => None,
    }
}

/// The tables of the step, once its checks have begun to fill them, and in step 3 what changed since all was well.
async fn panes(
    web: &Web,
    incident: &Incident,
    step: Step,
    tally: Tally,
) -> Result<(Vec<Pane>, Option<SinceWell>), WebError> {
    let names = evidence::tables_of(step);
    if names.is_empty() || tally.ended() == 0 {
        return Ok((Vec::new(), None));
    }
    let tables = Tables::load(web, incident).await?;
    let since = match step {
        Step::Config => {
            let began = beginning(web, incident).await?;
            Some(SinceWell::load(web, incident, began, tables.observations()).await?)
        }
        _ => None,
    };
    let panes = names
        .iter()
        .filter_map(|name| {
            let path = paths::of_incident(incident.id, &format!("tables/{name}"));
            Some(Pane { name, table: Table::of(name, &tables, false)?, path })
        })
        .collect();
    Ok((panes, since))
}

/// How long each step took, each decision counted from the one before it or from the opening, and since when the next one is
/// worked on. A step that was taken up again took both times. To the second, as the report and the insights count it.
fn took(opened: Timestamp, decisions: &[StepDecision]) -> (BTreeMap<Step, i64>, Timestamp) {
    let (mut took, mut since) = (BTreeMap::new(), opened);
    for decision in decisions {
        if decision.kind != DecisionKind::Reopened {
            let ms = decision.at.to_the_second().millis_since(since.to_the_second());
            *took.entry(decision.step).or_insert(0) += ms.max(0);
        }
        since = decision.at;
    }
    (took, since)
}

fn rail(f: &Frame, read: &StepRead, here: Step) -> Vec<RailItem> {
    let states: BTreeMap<Step, StepState> = read.states.iter().copied().collect();
    let (current, stands) = current_step(&read.states);
    let works = read.incident.state.is_open() && !stands.is_decided();
    let state = |step| states.get(&step).copied().unwrap_or(StepState::NotStarted);
    read.runbook
        .steps
        .iter()
        .map(|spec| RailItem {
            step: spec.step,
            title: local(f.lang, &spec.title),
            state: state(spec.step),
            path: f.url(paths::step(read.incident.id, spec.step)),
            here: spec.step == here,
            decided: read.decisions.get(&spec.step).filter(|_| state(spec.step).is_decided()).cloned(),
            took_ms: read.took_ms.get(&spec.step).copied().unwrap_or_default(),
            since: (works && spec.step == current).then_some(read.working_since),
        })
        .collect()
}

/// What was seen of the cluster last outside of the incident. While it is open, a stale look is taken anew in the background:
/// the page comes again when it is there. Not where there are files alone: a look reads all of them, and copies do not change.
pub(super) fn state_now(web: &Web, incident: &Incident, cluster: Option<&Cluster>) -> Option<ClusterLook> {
    let cluster = cluster?;
    let look = web.looks().latest(cluster.id);
    let stale = look.as_ref().is_none_or(|look| web.now().millis_since(look.at) > LOOK_STALE_MS);
    let has_api = cluster.nodes.iter().any(|node| node.api.is_some());
    if stale && has_api && incident.state.is_open() {
        web.looks().refresh(cluster);
    }
    look
}

/// The first words of an instruction that tell somebody to do something, without marks: what stands under the title of its
/// step. A paragraph that is nothing but a heading is passed over.
fn first_words(instructions: &str) -> String {
    let is_heading = |line: &str| line.starts_with(['#', '>']) || line.starts_with("**") && line.ends_with("**");
    let first =
        instructions.lines().map(str::trim).find(|line| !line.is_empty() && !is_heading(line)).unwrap_or_default();
    let item = first.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', '-', ' ']);
    item.replace("**", "").replace('`', "")
}

const fn ended_at(state: &CheckRunState) -> Option<Timestamp> {
    match state {
        CheckRunState::Ended { ended_at, .. } => Some(*ended_at),
        CheckRunState::Queued | CheckRunState::Running { .. } => None,
    }
}

const fn started(state: &CheckRunState) -> Option<Timestamp> {
    match state {
        CheckRunState::Running { started_at, .. } => Some(*started_at),
        CheckRunState::Queued | CheckRunState::Ended { .. } => None,
    }
}

async fn notes(web: &Web, id: IncidentId, here: Step) -> Result<Vec<NoteLine>, WebError> {
    let events = web.read().timeline(id).await?;
    let of_here = note::notes(&events).into_iter().rev().filter(|note| note.step.is_none_or(|step| step == here));
    let line = |note: Note<'_>| NoteLine {
        newest: note.newest().into(),
        before: note.corrected().map(|(old, _)| old.into()).collect::<Vec<_>>().into_iter().rev().collect(),
        files: note.files.iter().map(|file| (file.clone(), paths::attachment(id, &file.sha256))).collect(),
    };
    Ok(of_here.take(NOTES).map(line).collect())
}

/// Names of the nodes, the suspected one first.
fn node_names(cluster: Option<&Cluster>, suspect: &str) -> Vec<String> {
    let mut names: Vec<String> =
        cluster.iter().flat_map(|cluster| &cluster.nodes).map(|node| node.name.0.clone()).collect();
    names.sort_by_key(|name| name != suspect);
    names
}

/// Commands whose output helps where nobody can reach the node.
fn hints(cluster: Option<&Cluster>, suspect: &str) -> Vec<String> {
    let api = cluster.and_then(|cluster| {
        cluster
            .nodes
            .iter()
            .find(|node| node.name.0 == suspect)
            .or_else(|| cluster.nodes.first())
            .and_then(|node| node.api.as_ref())
    });
    let Some(api) = api else { return Vec::new() };
    let (host, port) = (&api.host, i32::from(api.port));
    vec![
        format!("for p in {port} {} {} {}; do nc -vz -w 3 {host} $p; done", port + 1000, port + 1001, port - 1000),
        "dmesg -T | grep -iE 'oom|killed process' | tail -n 20".to_owned(),
    ]
}

/// Only the nonce.
#[derive(Deserialize)]
pub struct NonceForm {
    #[serde(default)]
    nonce: String,
}

/// A new round of checks.
pub async fn start_checks(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, number)): Path<(IncidentId, u8)>,
    Form(form): Form<NonceForm>,
) -> Result<Response, WebError> {
    let step = Step::from_number(number).ok_or(WebError::NotFound)?;
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    check_runs::start_step(web.commands(), &caller, id, step).await.map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::step(id, step))).into_response())
}

/// Cancels what has not ended of a step.
pub async fn cancel_checks(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, number)): Path<(IncidentId, u8)>,
) -> Result<Response, WebError> {
    let step = Step::from_number(number).ok_or(WebError::NotFound)?;
    check_runs::cancel_step(web.commands(), &Caller::new(me.name), id, step)
        .await
        .map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::step(id, step))).into_response())
}

/// Cancels one run.
pub async fn cancel_run(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, run)): Path<(IncidentId, CheckRunId)>,
) -> Result<Response, WebError> {
    let found = web.read().run(run).await?.filter(|found| found.incident == id).ok_or(WebError::NotFound)?;
    check_runs::cancel(web.commands(), &Caller::new(me.name), run)
        .await
        .map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::step(id, found.step))).into_response())
}

/// What a person says of a step.
#[derive(Deserialize)]
pub struct DecisionForm {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    reason: String,
    /// Not empty: what the newest round did not show in order is noted, in place of a reason.
    #[serde(default)]
    noted: String,
    /// What the form had seen, see [`meanwhile`].
    seen: Option<i64>,
    /// How many clients the person says are missing.
    #[serde(default)]
    missing: String,
    #[serde(default)]
    nonce: String,
}

/// Decides on a step and leads to the next one.
pub async fn decide(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, number)): Path<(IncidentId, u8)>,
    Form(form): Form<DecisionForm>,
) -> Result<Response, WebError> {
    let step = Step::from_number(number).ok_or(WebError::NotFound)?;
    let kind = DecisionKind::from_name(&form.kind).ok_or(WebError::BadRequest)?;
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let noted = kind == DecisionKind::DoneWithExceptions && !form.noted.is_empty();
    let why = if noted { Reason::NewestRound } else { Reason::Words(&form.reason) };
    let incident = load(&web, id).await?;
    let cluster = web.read().cluster(incident.cluster).await?;
    let look = state_now(&web, &incident, cluster.as_ref()).map(|look| look.diagnosis);
    let decided = Decided { kind, why, look: look.as_ref(), seen: form.seen, missing: form.missing.parse().ok() };
    let next = match decide_and_continue(web.commands(), &caller, id, step, decided).await {
        Ok(next) => next,
        Err(error) => {
            let sent = Sent::Decision { kind, reason: form.reason };
            return not_taken(&web, f, (id, step), error, sent).await;
        }
    };
    // The focus goes to the heading of the step that is next, so that the page is read from there.
    Ok(Redirect::to(&f.url(paths::step_head(id, next.unwrap_or(step)))).into_response())
}

/// Something handed in, and what is wrong with it by now.
struct HandedInLine {
    item: HandedInItem,
    damage: Option<String>,
    /// What became of it; of a closed incident nothing is read again.
    understood: Understood,
}

/// `shown`: whether the page shows them; else nobody looks at the files. Whether they are of use to the checks does not
/// depend on who asks.
async fn handed_in(
    web: &Web,
    f: &Frame,
    (incident, cluster): (&Incident, Option<&Cluster>),
    items: &[HandedInItem],
    shown: bool,
) -> Result<Vec<HandedInLine>, WebError> {
    let mut lines = Vec::with_capacity(items.len());
    // What the checks of a node tell: which of its files were read, the zone of its clock, whether its ports were tried.
    let open = incident.state.is_open();
    let asks = open && !items.is_empty();
    let seen = if asks { web.read().observations(incident.id).await? } else { Observations::default() };
    for item in items {
        let damage = if shown { hand_in::damage(web.commands(), item, true).await } else { Vec::new() };
        let damage = damage.first().map(|(path, damage)| f.msg(damage.message(path)));
        let checked = Checked::new(&seen, &item.node, cluster.map_or(&[], |cluster| &cluster.nodes));
        let understood = if open { Understood::new(f, item, incident, checked) } else { Understood::default() };
        lines.push(HandedInLine { item: item.clone(), damage, understood });
    }
    Ok(lines)
}

/// What was handed in, in words.
fn handed_in_what(item: &HandedInItem) -> String {
    match &item.what {
        HandedInWhat::Output { kind, .. } => kind.to_string(),
        HandedInWhat::Archive { file_name, .. } => file_name.clone(),
    }
}
