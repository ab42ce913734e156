//! Incidents: the page that starts one, and what happens to one as a whole.

pub mod captures;
pub mod check_cards;
pub mod client_logs;
pub mod closing;
pub mod follow_ups;
pub mod gates;
pub mod hand_over;
pub mod hero;
pub mod impact;
pub mod insights;
pub mod led;
pub mod measured;
pub mod moment;
pub mod monitor;
pub mod next_action;
pub mod notes;
pub mod owner_told;
pub mod records;
pub mod report;
pub mod restarts;
pub mod review;
pub mod scope;
pub mod services;
pub mod since_well;
pub mod starts;
pub mod steps;
pub mod timeline;
pub mod verdict;
pub mod waivers;
pub mod wrong_report;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::causes::{self, ChosenCause};
use crate::commands::incidents::{self, OpenIncident};
use crate::commands::steps::open_and_start;
use crate::commands::{self, Caller, CommandError, to_dos};
use crate::domain::finding::Step;
use crate::domain::id::{ClusterId, IncidentId, NodeName};
use crate::domain::incident::{DomainError, Incident};
use crate::domain::to_do::ToDoId;
use crate::web::clusters::ClusterItem;
use crate::web::clusters::looks;
use crate::web::clusters::overview::current_step;
use crate::web::incidents::scope::ScopeFields;
use crate::web::incidents::steps::{Sent, not_taken};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path, Query};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "incidents/new.html")]
struct IncidentNewPage {
    f: Frame,
    items: Vec<ClusterItem>,
    chosen: Option<usize>,
    node: String,
    drill: bool,
    note: String,
    scope: ScopeFields,
    errors: FieldErrors,
    /// Incidents that are open for the chosen cluster: to be joined rather than to be started again.
    open: Vec<Incident>,
}

impl IncidentNewPage {
    async fn new(web: &Web, f: Frame, cluster: Option<ClusterId>) -> Result<Self, WebError> {
        let items: Vec<_> =
            web.read().clusters().await?.into_iter().map(|cluster| ClusterItem::new(web, cluster)).collect();
        // The one that was asked for, else the worst one, else the first.
        let chosen = cluster
            .and_then(|id| items.iter().position(|item| item.cluster.id == id))
            .or_else(|| items.iter().position(|item| silent(item).is_some()))
            .or_else(|| (!items.is_empty()).then_some(0));
        let node = chosen.and_then(|index| silent(&items[index])).unwrap_or_default();
        let looking = chosen.is_some_and(|index| items[index].looking);
        let f = f.live(paths::EVENTS).reloading(looking);
        let of_cluster = |open: &Incident| chosen.is_some_and(|index| items[index].cluster.id == open.cluster);
        let open = web.read().open_incidents().await?.into_iter().filter(of_cluster).collect();
        let (note, scope, errors) = (String::new(), ScopeFields::default(), FieldErrors::default());
        Ok(Self { f, items, chosen, node, drill: false, note, scope, errors, open })
    }

    fn chosen(&self) -> Option<&ClusterItem> {
        self.items.get(self.chosen?)
    }
}

/// The node of a cluster that does not answer; `None`: none is silent, or several are, and the incident is about the cluster.
fn silent(item: &ClusterItem) -> Option<String> {
    let look = item.look.as_ref()?;
    let mut silent = look.nodes.iter().filter(|node| node.reach == looks::Reach::Silent);
    let first = silent.next()?;
    silent.next().is_none().then(|| first.name.0.clone())
}

/// Cluster to start with.
#[derive(Default, Deserialize)]
pub struct NewQuery {
    cluster: Option<ClusterId>,
}

/// The start page.
pub async fn new(State(web): State<Web>, f: Frame, Query(query): Query<NewQuery>) -> Result<Response, WebError> {
    answer(StatusCode::OK, &IncidentNewPage::new(&web, f, query.cluster).await?)
}

/// A new incident.
#[derive(Deserialize)]
pub struct OpenForm {
    cluster: ClusterId,
    #[serde(default)]
    node: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    note: String,
    #[serde(flatten)]
    scope: ScopeFields,
    /// Not empty: beside one that is open already, of which the page has told.
    #[serde(default)]
    beside: String,
    #[serde(default)]
    nonce: String,
}

/// Opens an incident and starts the checks of its first step.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Form(form): Form<OpenForm>,
) -> Result<Response, WebError> {
    let command = OpenIncident {
        cluster: form.cluster,
        node: (!form.node.is_empty()).then(|| NodeName(form.node.clone())),
        drill: form.kind == "drill",
        note: form.note.clone(),
    };
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let (scope, beside) = (form.scope.read(), !form.beside.is_empty());
    match open_and_start(web.commands(), &caller, command, &scope, beside).await {
        Ok(id) => Ok(Redirect::to(&f.url(paths::step(id, Step::Confirm))).into_response()),
        Err(error) => {
            let mut page = IncidentNewPage::new(&web, f, Some(form.cluster)).await?;
            page.errors.take(&page.f.clone(), error)?;
            (page.node, page.note, page.drill, page.scope) = (form.node, form.note, form.kind == "drill", form.scope);
            answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// One incident: leads to the step that is next.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let incident = load(&web, id).await?;
    let target = if incident.state.is_open() {
        paths::step(id, current_step(&web.read().step_states(id).await?).0)
    } else {
        paths::of_incident(id, "report")
    };
    Ok(Redirect::to(&f.url(target)).into_response())
}

/// The incident of that id.
pub async fn load(web: &Web, id: IncidentId) -> Result<Incident, WebError> {
    web.read().incident(id).await?.ok_or(WebError::NotFound)
}

/// Worked on again.
#[derive(Deserialize)]
pub struct StateForm {
    #[serde(default)]
    to: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    nonce: String,
}

/// Changes the state of an incident.
pub async fn change_state(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<StateForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    if form.to != "declared" {
        return Err(WebError::BadRequest);
    }
    incidents::reopen(web.commands(), &caller, id, &form.note).await.map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::incident(id))).into_response())
}

/// What stands in the place of a cause where the words say why it is not known yet. That pins nothing: what nodedown finds out
/// later is still to take its place.
pub const NOT_KNOWN: &str = "not-known";

/// What the cause is.
#[derive(Deserialize)]
pub struct CauseForm {
    /// [`NOT_KNOWN`], or code and nodes with `/` between, as [`crate::web::incidents::verdict::CauseView::id`] has them; empty: the words say what it is.
    #[serde(default)]
    cause: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    step: String,
    /// What the form had seen, see [`crate::domain::meanwhile`].
    seen: Option<i64>,
    #[serde(default)]
    nonce: String,
}

impl CauseForm {
    fn chosen(&self) -> Result<ChosenCause, WebError> {
        let mut parts = self.cause.split('/');
        match parts.next().filter(|code| !code.is_empty()) {
            None => Ok(ChosenCause::InWords),
            Some(code) => {
                let code = code.parse().map_err(|_| WebError::BadRequest)?;
                Ok(ChosenCause::Named { code, nodes: parts.map(|node| NodeName(node.to_owned())).collect() })
            }
        }
    }
}

/// Says what the cause is.
pub async fn choose_cause(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<CauseForm>,
) -> Result<Response, WebError> {
    let step = form.step.parse().ok().and_then(Step::from_number);
    let caller = Caller::new(me.name).with_nonce(form.nonce.clone());
    let said = if form.cause == NOT_KNOWN {
        let words = form.words.trim();
        let note = if words.is_empty() { String::new() } else { f.t1("hero-choose-unknown-note", "words", words) };
        commands::notes::add(web.commands(), &caller, id, step, &note, Vec::new()).await.map(|_| ())
    } else {
        causes::choose(web.commands(), &caller, id, &form.chosen()?, &form.words, form.seen).await
    };
    if let Err(error) = said {
        let Some(step) = step else { return Err(WebError::from(error).at(id)) };
        let sent = Sent::Cause { cause: form.cause, words: form.words };
        return not_taken(&web, f, (id, step), error, sent).await;
    }
    let target = step.map_or_else(|| paths::incident(id), |step| paths::step(id, step));
    Ok(Redirect::to(&f.url(target)).into_response())
}

/// What was done.
#[derive(Deserialize)]
pub struct ToDoForm {
    #[serde(default)]
    to_do: String,
    #[serde(default)]
    done: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    nonce: String,
}

/// Marks something that was asked for as done, or takes that back.
pub async fn mark_to_do(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<ToDoForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    match to_dos::mark(web.commands(), &caller, id, &ToDoId(form.to_do), form.done == "1").await {
        // Somebody else was faster: it is as it was to be, and the page says who did it.
        Ok(()) | Err(CommandError::Domain(DomainError::NoChange)) => {}
        Err(error) => return Err(WebError::from(error).at(id)),
    }
    let step = form.step.parse().ok().and_then(Step::from_number);
    let target = step.map_or_else(|| paths::incident(id), |step| paths::step(id, step) + "#todo");
    Ok(Redirect::to(&f.url(target)).into_response())
}

/// A note.
#[derive(Deserialize)]
pub struct NoteForm {
    #[serde(default)]
    text: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    nonce: String,
}

/// Writes a note.
pub async fn add_note(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<NoteForm>,
) -> Result<Response, WebError> {
    let step = form.step.parse().ok().and_then(Step::from_number);
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    commands::notes::add(web.commands(), &caller, id, step, &form.text, Vec::new())
        .await
        .map_err(|error| WebError::from(error).at(id))?;
    let target = step.map_or_else(|| paths::of_incident(id, "timeline"), |step| paths::step(id, step) + "#notes");
    Ok(Redirect::to(&f.url(target)).into_response())
}
