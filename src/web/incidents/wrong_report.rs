//! "Report as wrong": one file with what the judgement rested on, what was said and what was true.
//!
//! # Why
//! The judgement is repeated from what the checks saw up to the event that pinned the program's cause: the timeline says which
//! runs those were, whatever came later.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;

use super::load;
use crate::domain::check_run::{CheckRun, Target};
use crate::domain::event::{Actor, Event, EventKind};
use crate::domain::id::{CheckRunId, EventId, IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::pinned::{PinnedAs, PinnedCause};
use crate::domain::record::cause::corrected_by;
use crate::domain::reported::{FORMAT, Lacking, ReportedCase, Truth, without_access, zone_of};
use crate::domain::time::Timestamp;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short, visible_json};
use crate::web::plumbing::state::Web;
use crate::web::{answer, check_key, paths};

/// Longest text of what was true, in characters.
const MAX_WORDS_CHARS: usize = 2_000;

/// The event that pinned what the program named last, and when.
fn boundary(events: &[Event]) -> Option<(EventId, Timestamp)> {
    let pins = |event: &&Event| {
        event.actor == Actor::Engine && matches!(&event.kind, EventKind::CausePinned { cause: Some(_), .. })
    };
    events.iter().rev().find(pins).map(|event| (event.id, event.at))
}

/// The newest run of each check and target that had looked before an event; `None`: before now.
fn newest_runs<'r>(runs: &'r [CheckRun], events: &[Event], before: Option<EventId>) -> Vec<&'r CheckRun> {
    let finished: BTreeSet<CheckRunId> = events
        .iter()
        .filter(|event| before.is_none_or(|before| event.id < before))
        .filter_map(|event| match event.kind {
            EventKind::CheckFinished { run, .. } => Some(run),
            _ => None,
        })
        .collect();
    let mut newest: BTreeMap<(&str, &Target), &CheckRun> = BTreeMap::new();
    for run in runs.iter().filter(|run| finished.contains(&run.id) && run.end().is_some_and(|end| end.looked())) {
        newest.insert((&run.check, &run.target), run);
    }
    newest.into_values().collect()
}

/// The case of an incident.
async fn case(web: &Web, incident: &Incident, was: Truth) -> Result<ReportedCase, WebError> {
    let (read, id) = (web.read(), incident.id);
    let cluster = read.cluster(incident.cluster).await?.ok_or(WebError::NotFound)?;
    let (events, runs) = (read.timeline(id).await?, read.runs(id).await?);
    let named = read.program_cause(id).await?.and_then(|pinned: PinnedCause| pinned.named);
    let boundary = boundary(&events).filter(|_| named.is_some());
    let runs = newest_runs(&runs, &events, boundary.map(|(event, _)| event));
    let until = boundary.map_or_else(|| web.now(), |(_, at)| at);
    let of_nodes: Vec<CheckRunId> = runs.iter().filter(|run| run.target != Target::Cluster).map(|run| run.id).collect();
    let (mut observations, damaged) = read.observations_of(id, &of_nodes, until).await?;
    let mut lacking: Vec<Lacking> = boundary.is_none().then_some(Lacking::Moment).into_iter().collect();
    lacking.extend(
        runs.iter()
            .filter(|run| damaged.contains(&run.id))
            .filter_map(|run| Some(Lacking::Evidence { check: run.check.clone(), node: run.target.node()?.clone() })),
    );
    let seen = runs.iter().filter_map(|run| run.target.node());
    let gone: BTreeSet<&NodeName> = seen.filter(|node| cluster.node(node).is_none()).collect();
    lacking.extend(gone.iter().map(|node| Lacking::Node { node: (*node).clone() }));
    for nodes in observations.seen.values_mut() {
        nodes.retain(|node, _| !gone.contains(node));
    }
    for nodes in observations.missing.values_mut() {
        nodes.retain(|node, _| !gone.contains(node));
    }
    let newest = read.diagnosis(id).await?;
    let judged = named.as_ref().map(|named| named.diagnosis.at).or(newest.map(|newest| newest.at));
    let at = judged.unwrap_or(until);
    Ok(ReportedCase {
        format: FORMAT.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        incident: id.label(),
        made_at: web.now(),
        at,
        window_ms: incident.window_ms(at),
        zone_offset_s: zone_of(&observations),
        suspect: incident.node.clone(),
        said: named.as_ref().and_then(|named| named.cause()).map(PinnedAs::from),
        was,
        lacking,
        cluster: without_access(&cluster),
        kinds: runs.iter().map(|run| run.check.clone()).collect(),
        observations,
    })
}

#[derive(Template)]
#[template(path = "report/wrong.html")]
struct WrongReportPage {
    f: Frame,
    id: IncidentId,
    case: ReportedCase,
    input: WrongForm,
    errors: FieldErrors,
}

impl WrongReportPage {
    async fn new(web: &Web, f: Frame, id: IncidentId, input: WrongForm) -> Result<Self, WebError> {
        let case = case(web, &load(web, id).await?, Truth::default()).await?;
        Ok(Self { f, id, case, input, errors: FieldErrors::default() })
    }

    /// How many observations go along.
    fn observed(&self) -> usize {
        self.case.observations.seen.values().map(BTreeMap::len).sum()
    }

    /// The nodes they are of.
    fn nodes(&self) -> String {
        short(&self.f.list(self.case.cluster.nodes.iter().map(|node| node.name.0.clone())))
    }

    /// The sentence of what was said.
    fn said(&self) -> Option<(&'static str, String)> {
        let said = self.case.said.as_ref()?;
        Some((said.code.as_str(), plain(&self.f.msg(&said.summary))))
    }

    /// What is missing in the file, in words.
    fn lacking(&self) -> Vec<String> {
        let f = &self.f;
        let say = |lacking: &Lacking| match lacking {
            Lacking::Moment => f.t("wrong-lacking-moment"),
            Lacking::Node { node } => f.t1("wrong-lacking-node", "node", short(&node.0)),
            Lacking::Evidence { check, node } => {
                f.t2("wrong-lacking-evidence", "check", f.t(check_key(check)), "node", short(&node.0))
            }
        };
        self.case.lacking.iter().map(say).collect()
    }
}

/// What was true.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct WrongForm {
    /// Code; empty: the words say it.
    #[serde(default)]
    was: String,
    #[serde(default)]
    words: String,
}

/// The form, and what the file will hold.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    // What a review says that it was need not be said again.
    let review = web.read().review(id).await?;
    let input = review.as_ref().and_then(corrected_by).map(|corrected| WrongForm {
        was: corrected.code.map(|code| code.to_string()).unwrap_or_default(),
        words: corrected.words.to_owned(),
    });
    answer(StatusCode::OK, &WrongReportPage::new(&web, f, id, input.unwrap_or_default()).await?)
}

/// The file.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Form(form): Form<WrongForm>,
) -> Result<Response, WebError> {
    let code = if form.was.is_empty() { None } else { Some(form.was.parse().map_err(|_| WebError::BadRequest)?) };
    let words = form.words.trim().to_owned();
    if code.is_none() && words.is_empty() || words.chars().count() > MAX_WORDS_CHARS {
        let mut page = WrongReportPage::new(&web, f, id, form).await?;
        page.errors.put("words", page.f.t1("invalid-wrong-words", "n", MAX_WORDS_CHARS));
        return answer(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let case = case(&web, &load(&web, id).await?, Truth { code, words }).await?;
    let text = visible_json(serde_json::to_string_pretty(&case)?);
    let disposition = format!("attachment; filename=\"{}-case.json\"", id.label());
    let head = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((head, text).into_response())
}
