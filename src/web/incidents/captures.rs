//! The evidence of nodes, copied before somebody starts them: the card of the run screen, and what was copied as pages and files.
//!
//! # Why
//! Every start of Nacos begins `start.out` anew, so what tells why a node stopped is gone with the first try to bring it back. The
//! card therefore stands before the question whether a node may be started, has one button a node, and where a node cannot be read
//! it has the commands that a person copies and the upload for what they give.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use serde::Deserialize;

use crate::commands::{Caller, Written, captures};
use crate::diagnosis::by_hand::{self, ByHand, HomeKnown};
use crate::domain::capture::{
    Capture, CaptureEnd, CaptureResult, CaptureState, CapturedFile, CapturedPart, KeptBy, KeptEvidence,
};
use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
use crate::domain::diagnosis::{Diagnosis, NodeDoing, NodeStanding};
use crate::domain::finding::Step;
use crate::domain::id::{CaptureId, CapturedFileId, IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::time::Timestamp;
use crate::store::captured_files::CapturedText;
use crate::store::hand_in::{HandedInItem, kept};
use crate::web::incidents::hero::ToDoView;
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Lines of a file that its page shows, the last ones; the file itself holds all.
const SHOWN_LINES: usize = 2000;
/// Bytes of them.
const SHOWN_BYTES: usize = 512 * 1024;

/// Names of what is lacking that are shown.
const LACKING: usize = 8;

/// What the card is made of.
pub struct Captured<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Its cluster.
    pub cluster: Option<&'a Cluster>,
    /// Its captures, oldest first.
    pub captures: &'a [Capture],
    /// What they kept.
    pub files: &'a [CapturedFile],
    /// What people handed in.
    pub handed_in: &'a [HandedInItem],
    /// The newest diagnosis.
    pub newest: Option<&'a Diagnosis>,
    /// What is asked for.
    pub asked: &'a [ToDoView],
}

/// The card.
pub struct CaptureCard {
    /// The nodes that matter: those that are down, that are suspected, that a to-do names or of which something was copied.
    pub nodes: Vec<NodeCapture>,
    /// The others.
    pub others: Vec<String>,
}

/// The evidence of one node.
pub struct NodeCapture {
    /// The node.
    pub node: String,
    /// Whether it is down: it must not be started before its evidence is kept.
    pub down: bool,
    /// It was away and runs again: what a start since then emptied cannot be copied any more.
    pub is_back: bool,
    /// Who kept it last, and when.
    pub kept: Option<(String, Timestamp)>,
    /// What is not among what was kept last.
    pub lacking: Vec<String>,
    /// Whether that was an upload, which says nothing more of what it lacks.
    pub by_upload: bool,
    /// Whether its source can read its files.
    pub readable: bool,
    /// The newest capture.
    pub newest: Option<CaptureView>,
    /// What is run at a terminal where the program cannot read it.
    pub commands: Vec<ByHand>,
    /// How the home in them is known, where that is not sure.
    pub home: Option<String>,
}

/// One capture.
pub struct CaptureView {
    /// Which.
    pub id: CaptureId,
    /// Since when it runs; `None`: it waits, or has ended.
    pub running_since: Option<Timestamp>,
    /// What is being read.
    pub reads: String,
    /// How it ended: shape and colour, and a sentence.
    pub ended: Option<(Tone, String)>,
    /// Who asked for it.
    pub by: String,
    /// When it ended, or was asked for.
    pub at: Timestamp,
    /// What it kept.
    pub files: Vec<FileLine>,
    /// Bytes of that.
    pub size_bytes: u64,
    /// What could not be copied, and why.
    pub missing: Vec<(String, String)>,
    /// What is to be known of the whole.
    pub notes: Vec<String>,
}

impl CaptureView {
    /// Whether it has not ended.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        self.ended.is_none()
    }
}

/// One thing that is kept.
pub struct FileLine {
    /// Which.
    pub id: CapturedFileId,
    /// Address of its page.
    pub path: String,
    /// Address of its text.
    pub text_path: String,
    /// What it is.
    pub part: CapturedPart,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
    /// What was left out.
    pub notes: Vec<String>,
}

impl CaptureCard {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, known: &Captured<'_>) -> Self {
        let kept = kept(known.captures, known.files, known.handed_in);
        let specs = known.cluster.map_or(&[] as &[NodeSpec], |cluster| &cluster.nodes);
        let matters = |spec: &&NodeSpec| {
            let is_asked = |one: &ToDoView| one.saves_evidence() && one.nodes().contains(&spec.name.0);
            known.incident.node.as_ref() == Some(&spec.name)
                || standing(known.newest, &spec.name).is_some_and(is_down)
                || known.asked.iter().any(is_asked)
                || known.captures.iter().any(|capture| capture.node == spec.name)
        };
        let (nodes, others): (Vec<&NodeSpec>, Vec<&NodeSpec>) = specs.iter().partition(matters);
        Self {
            nodes: nodes.into_iter().map(|spec| NodeCapture::new(f, known, spec, &kept)).collect(),
            others: others.into_iter().map(|spec| spec.name.0.clone()).collect(),
        }
    }

    /// The first of the nodes that can be read and of which nobody has tried to.
    #[must_use]
    pub fn first_untried(&self, nodes: &[String]) -> Option<&str> {
        let untried = |one: &&NodeCapture| {
            nodes.contains(&one.node) && one.readable && one.newest.is_none() && one.kept.is_none()
        };
        self.nodes.iter().find(untried).map(|one| one.node.as_str())
    }

    /// Whether a node is down and nothing of what a start takes away is kept.
    #[must_use]
    pub fn lacks(&self, node: &NodeName) -> bool {
        self.nodes.iter().any(|one| one.node == node.0 && one.down && one.kept.is_none())
    }

    /// How many things are not among the evidence of a node that was kept last.
    #[must_use]
    pub fn lacking(&self, node: &str) -> usize {
        self.nodes.iter().find(|one| one.node == node).map_or(0, |one| one.lacking.len())
    }

    /// That the evidence of a node is kept, and what is not among it.
    #[must_use]
    pub fn kept_words(&self, f: &Frame, node: &NodeName) -> String {
        self.nodes.iter().find(|one| one.node == node.0).map_or_else(String::new, |one| one.kept_words(f))
    }

    /// Who kept the evidence of a node, and when.
    #[must_use]
    pub fn kept(&self, node: &NodeName) -> Option<&(String, Timestamp)> {
        self.nodes.iter().find(|one| one.node == node.0)?.kept.as_ref()
    }
}

/// How the node stands by the newest look.
fn standing<'d>(newest: Option<&'d Diagnosis>, node: &NodeName) -> Option<&'d NodeStanding> {
    newest?.standing.nodes.iter().find(|one| one.node == *node)
}

/// Whether it does not run.
fn is_down(standing: &NodeStanding) -> bool {
    standing.doing.is_away()
}

/// Whether it was away and runs again.
fn is_back(standing: &NodeStanding) -> bool {
    standing.doing == NodeDoing::Running && standing.led_before.is_some()
}

/// That evidence is kept without what is named; empty where it is whole. By the names that a capture gives its files.
#[must_use]
pub fn without(f: &Frame, lacking: &[String]) -> String {
    let names: Vec<String> = lacking.iter().map(|name| lacking_name(f, name)).collect();
    if names.is_empty() { String::new() } else { kept_without(f, &names) }
}

fn kept_without(f: &Frame, names: &[String]) -> String {
    let first = f.list(names.iter().take(LACKING).cloned());
    match names.len().saturating_sub(LACKING) {
        0 => f.t1("capture-is-kept-without", "names", first),
        more => f.t2("capture-is-kept-without-more", "names", first, "n", more),
    }
}

/// The word for something that is not among what was kept.
fn lacking_name(f: &Frame, name: &str) -> String {
    match name {
        "kernel.log" => f.t("capture-lacks-kernel"),
        "process.json" => f.t("capture-lacks-process"),
        file => short(file),
    }
}

impl NodeCapture {
    fn new(f: &Frame, known: &Captured<'_>, spec: &NodeSpec, kept: &[KeptEvidence]) -> Self {
        let newest = known.captures.iter().rev().find(|capture| capture.node == spec.name);
        let kept = kept.iter().filter(|kept| kept.node == spec.name).max_by_key(|kept| kept.at);
        let readable = spec.files != FileSource::None;
        let failed = newest.and_then(Capture::result).is_some_and(|result| result.end != CaptureEnd::Copied);
        let by_hand = known.cluster.filter(|_| !readable || failed && kept.is_none());
        let home = by_hand.and_then(|cluster| match by_hand::home(cluster, spec).1 {
            HomeKnown::Told => None,
            HomeKnown::LikeThatOf(node) => Some(f.t2("capture-home-like", "node", &spec.name, "other", node)),
            HomeKnown::Usual => Some(f.t1("capture-home-usual", "node", &spec.name)),
        });
        let stands = standing(known.newest, &spec.name);
        Self {
            node: spec.name.0.clone(),
            down: stands.is_some_and(is_down),
            is_back: stands.is_some_and(is_back),
            kept: kept.map(|kept| (kept.by.clone(), kept.at)),
            lacking: kept.iter().flat_map(|kept| &kept.lacking).map(|name| lacking_name(f, name)).collect(),
            by_upload: kept.is_some_and(|kept| kept.how == KeptBy::Upload),
            readable,
            newest: newest.map(|capture| CaptureView::new(f, known.files, capture)),
            commands: by_hand.map(|cluster| by_hand::evidence(cluster, spec)).unwrap_or_default(),
            home,
        }
    }

    /// That its evidence is kept, and what is not among it.
    #[must_use]
    pub fn kept_words(&self, f: &Frame) -> String {
        if self.lacking.is_empty() { f.t("capture-is-kept") } else { kept_without(f, &self.lacking) }
    }

    /// Whether a capture of it is under way.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.newest.as_ref().is_some_and(CaptureView::is_under_way)
    }
}

impl CaptureView {
    /// In words, given everything that is kept in its incident.
    #[must_use]
    pub fn new(f: &Frame, files: &[CapturedFile], capture: &Capture) -> Self {
        let files: Vec<&CapturedFile> = files.iter().filter(|file| file.capture == capture.id).collect();
        let matters = files.iter().any(|file| file.part.matters());
        let mut lines: Vec<FileLine> = files.iter().map(|file| FileLine::new(f, capture.incident, file)).collect();
        lines.sort_by_key(|line| CapturedPart::ALL.iter().position(|part| *part == line.part));
        let (running_since, reads) = match &capture.state {
            CaptureState::Running { started_at, reads } => (Some(*started_at), short(reads)),
            CaptureState::Queued | CaptureState::Ended { .. } => (None, String::new()),
        };
        let result = capture.result();
        Self {
            id: capture.id,
            running_since,
            reads,
            ended: result.map(|result| ended(f, result, matters)),
            by: capture.asked_by.clone(),
            at: match &capture.state {
                CaptureState::Ended { ended_at, .. } => *ended_at,
                CaptureState::Queued | CaptureState::Running { .. } => capture.asked_at,
            },
            size_bytes: files.iter().map(|file| file.size_bytes).sum(),
            files: lines,
            missing: result
                .iter()
                .flat_map(|result| &result.missing)
                .map(|missing| (short(&missing.name), f.msg(&missing.reason)))
                .collect(),
            notes: result.iter().flat_map(|result| &result.notes).map(|note| f.msg(note)).collect(),
        }
    }
}

/// How a capture ended. Without logs and output it does not stand for the evidence of its node, whatever else it kept.
fn ended(f: &Frame, result: &CaptureResult, matters: bool) -> (Tone, String) {
    let (tone, mut says) = match &result.end {
        CaptureEnd::Copied if !matters => (Tone::Warn, f.t("capture-nothing-that-matters")),
        CaptureEnd::Copied if result.missing.is_empty() => (Tone::Ok, f.t("capture-copied")),
        CaptureEnd::Copied => (Tone::Warn, f.t1("capture-copied-partly", "n", result.missing.len())),
        CaptureEnd::CouldNotRun { reason } => (Tone::Fail, f.t1("capture-could-not", "reason", f.msg(reason))),
        CaptureEnd::TimedOut => (Tone::Warn, f.t("capture-timed-out")),
        CaptureEnd::NotSaved { reason } => (Tone::Fail, f.msg(reason)),
        CaptureEnd::Cancelled { by } => (Tone::Unknown, f.t1("capture-cancelled", "name", by)),
        CaptureEnd::Interrupted => (Tone::Unknown, f.t("capture-interrupted")),
    };
    if !matters && matches!(result.end, CaptureEnd::TimedOut | CaptureEnd::NotSaved { .. }) {
        says = format!("{says} {}", f.t("capture-nothing-that-matters"));
    }
    (tone, says)
}

impl FileLine {
    fn new(f: &Frame, incident: IncidentId, file: &CapturedFile) -> Self {
        Self {
            id: file.id,
            path: f.url(paths::captured_file(incident, file.id)),
            text_path: f.url(paths::captured_text(incident, file.id)),
            part: file.part,
            name: short(&file.name),
            size_bytes: file.size_bytes,
            sha256: file.sha256.clone(),
            notes: file.notes.iter().map(|note| f.msg(note)).collect(),
        }
    }

    /// Key of the word for what it is.
    #[must_use]
    pub fn part_key(&self) -> String {
        format!("capture-part-{}", self.part.as_str())
    }

    /// The beginning of its hash.
    #[must_use]
    pub fn short_hash(&self) -> &str {
        self.sha256.get(..12).unwrap_or(&self.sha256)
    }
}

/// What is asked for.
#[derive(Deserialize)]
pub struct CaptureForm {
    #[serde(default)]
    node: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    nonce: String,
}

/// Asks for the evidence of a node.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<CaptureForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    captures::start(web.commands(), &caller, id, &NodeName(form.node))
        .await
        .map_err(|error| WebError::from(error).at(id))?;
    Ok(back(&f, id, &form.step))
}

/// Only the step, to come back to.
#[derive(Deserialize)]
pub struct CancelForm {
    #[serde(default)]
    step: String,
}

/// Cancels one.
pub async fn cancel(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, capture)): Path<(IncidentId, CaptureId)>,
    Form(form): Form<CancelForm>,
) -> Result<Response, WebError> {
    captures::cancel(web.commands(), &Caller::new(me.name), id, capture)
        .await
        .map_err(|error| WebError::from(error).at(id))?;
    Ok(back(&f, id, &form.step))
}

fn back(f: &Frame, id: IncidentId, step: &str) -> Response {
    let step = step.parse().ok().and_then(Step::from_number).unwrap_or(Step::Confirm);
    Redirect::to(&f.url(paths::step(id, step) + "#capture")).into_response()
}

#[derive(Template)]
#[template(path = "evidence/captured.html")]
struct CapturedPage {
    f: Frame,
    incident: Incident,
    line: FileLine,
    source_bytes: Option<u64>,
    /// `None`: it is not what was kept any more.
    shown: Option<Shown>,
}

/// The end of a text.
struct Shown {
    text: String,
    /// How many lines stand before it.
    before: usize,
}

/// One thing that was copied.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path((id, file)): Path<(IncidentId, CapturedFileId)>,
) -> Result<Response, WebError> {
    let (incident, file, text) = find(&web, id, file).await?;
    let shown = match text {
        CapturedText::Whole(text) => {
            let text = web.commands().hide(&text, Written::Plain).unwrap_or(text);
            Some(end_of(&text))
        }
        CapturedText::Damaged => None,
    };
    let line = FileLine::new(&f, id, &file);
    answer(StatusCode::OK, &CapturedPage { f, incident, line, source_bytes: file.source_bytes, shown })
}

/// The last lines of a text, harmless to the eye.
fn end_of(text: &str) -> Shown {
    let lines = text.lines().count();
    let skipped = lines.saturating_sub(SHOWN_LINES);
    let last: Vec<&str> = text.lines().skip(skipped).collect();
    let last = last.join("\n");
    let from = last.ceil_char_boundary(last.len().saturating_sub(SHOWN_BYTES));
    let from = if from == 0 { 0 } else { last[from..].find('\n').map_or(from, |at| from + at + 1) };
    Shown { before: skipped + last[..from].matches('\n').count(), text: plain(&last[from..]) }
}

/// Its text as it was kept: what the hash is of, byte for byte unless it holds what became known as a secret later.
pub async fn text(
    State(web): State<Web>,
    Path((id, file)): Path<(IncidentId, CapturedFileId)>,
) -> Result<Response, WebError> {
    let (_, file, text) = find(&web, id, file).await?;
    let CapturedText::Whole(text) = text else { return Err(WebError::NotFound) };
    let name = format!("attachment; filename=\"{}\"", download_name(&file));
    let kind = "text/plain; charset=utf-8".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

/// A name that means nothing to a shell or a header.
fn download_name(file: &CapturedFile) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = file.name.chars().map(plain).take(80).collect();
    format!("{}-{}.txt", file.id, name.trim_matches('.'))
}

/// What was copied in that incident; that of another one does not exist here.
async fn find(
    web: &Web,
    incident: IncidentId,
    file: CapturedFileId,
) -> Result<(Incident, CapturedFile, CapturedText), WebError> {
    let incident = web.read().incident(incident).await?.ok_or(WebError::NotFound)?;
    match web.read().captured_text(file).await? {
        Some((of, file, text)) if of == incident.id => Ok((incident, file, text)),
        _ => Err(WebError::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_shows_its_end_and_says_how_much_stands_before() {
        let lines: String = (0..SHOWN_LINES + 3).map(|line| format!("line {line}\n")).collect();
        let shown = end_of(&lines);
        assert_eq!((shown.before, shown.text.starts_with("line 3\n")), (3, true));
        let shown = end_of("one\ntwo \u{202e}three");
        assert_eq!((shown.before, shown.text.as_str()), (0, "one\ntwo ‹U+202E›three"));
        let long = format!("{}\nlast", "é".repeat(SHOWN_BYTES));
        assert_eq!((end_of(&long).text.as_str(), end_of(&long).before), ("last", 1));
    }
}
