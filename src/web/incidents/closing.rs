//! Closing an incident: what was measured of the recovery, and what a person says of it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::closures::{self, CloseIncident};
use crate::commands::{Caller, CommandError};
use crate::domain::closure::Measured;
use crate::domain::diagnosis::{Diagnosis, Health};
use crate::domain::id::IncidentId;
use crate::domain::incident::{DomainError, Incident};
use crate::domain::time::Timestamp;
use crate::web::incidents::timeline::step_key;
use crate::web::incidents::{load, report};
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// What was measured of a recovery, in words.
pub struct MeasuredView {
    /// Shape and colour.
    pub tone: Tone,
    /// The sentence, without the moment.
    pub says: String,
    /// The moment that it names at its end.
    pub at: Option<Timestamp>,
}

impl MeasuredView {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, measured: &Measured) -> Self {
        let (tone, key, at) = match *measured {
            Measured::Stable { since, .. } => (Tone::Ok, "closure-measured-stable", Some(since)),
            Measured::Healthy { at } => (Tone::Ok, "closure-measured-healthy", Some(at)),
            Measured::Unsettled { since } => (Tone::Warn, "closure-measured-unsettled", Some(since)),
            Measured::Unwell { health: Health::Unknown, at } => (Tone::Unknown, "closure-measured-unknown", Some(at)),
            Measured::Unwell { health, at } => {
                let health = f.t(crate::web::plumbing::components::health_key(health));
                let says = f.t1("closure-measured-unwell", "health", health);
                return Self { tone: Tone::Warn, says, at: Some(at) };
            }
            Measured::Old { at } => (Tone::Unknown, "closure-measured-old", Some(at)),
            Measured::Nothing => (Tone::Unknown, "closure-measured-nothing", None),
        };
        Self { tone, says: f.t(key), at }
    }
}

/// What is measured now of the recovery of an incident.
async fn measured(web: &Web, id: IncidentId, newest: Option<&Diagnosis>) -> Result<Measured, WebError> {
    let (monitor, span) = (web.read().monitor(id).await?, web.read().sample_span(id).await?);
    Ok(closures::measured(monitor.as_ref(), span, newest, web.now(), web.stable_ms()))
}

#[derive(Template)]
#[template(path = "incidents/close.html")]
struct ClosePage {
    f: Frame,
    incident: Incident,
    is_recovery: bool,
    /// It was measured, and says that there is none.
    is_against: bool,
    measured: MeasuredView,
    /// How the cluster stands by the newest measurement, and the moment of that.
    state: Option<(String, Timestamp)>,
    /// Steps that nobody decided on, in words.
    undecided: Vec<String>,
    /// `yes`, `no`, or nothing chosen yet.
    recovered: String,
    reason: String,
    errors: FieldErrors,
}

impl ClosePage {
    async fn new(web: &Web, f: Frame, incident: Incident) -> Result<Self, WebError> {
        let newest = web.read().diagnosis(incident.id).await?;
        let measured = measured(web, incident.id, newest.as_ref()).await?;
        let is_recovery = measured.is_recovery();
        let is_against = matches!(measured, Measured::Unwell { health, .. } if health != Health::Unknown);
        let recovered = if is_recovery { "yes".to_owned() } else { String::new() };
        let measured = MeasuredView::new(&f, &measured);
        let state = report::at_last(web, &incident, newest.as_ref()).await?.map(|seen| report::state_said(&f, seen));
        let steps = web.read().step_states(incident.id).await?;
        let undecided = steps.into_iter().filter(|(_, state)| !state.is_decided());
        let undecided = undecided.map(|(step, _)| format!("{} {}", step.number(), f.t(step_key(step)))).collect();
        Ok(Self {
            f,
            incident,
            is_recovery,
            is_against,
            measured,
            state,
            undecided,
            recovered,
            reason: String::new(),
            errors: FieldErrors::default(),
        })
    }

    fn undecided_steps(&self) -> String {
        self.f.list(self.undecided.iter().cloned())
    }

    fn back(&self) -> String {
        self.f.url(paths::incident(self.incident.id))
    }
}

/// The form; a closed incident leads to its report.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let incident = load(&web, id).await?;
    if !incident.state.is_open() {
        return Ok(Redirect::to(&f.url(paths::of_incident(id, "report"))).into_response());
    }
    answer(StatusCode::OK, &ClosePage::new(&web, f, incident).await?)
}

/// How it is closed.
#[derive(Deserialize)]
pub struct CloseForm {
    /// `yes` or `no`.
    #[serde(default)]
    recovered: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    nonce: String,
}

/// Closes an incident. What is not to be taken comes back with the form, also where a button sent it.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<CloseForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let recovered = form.recovered == "yes";
    let close = CloseIncident { recovered, reason: form.reason.clone(), stable_ms: web.stable_ms() };
    let closed = match form.recovered.as_str() {
        "yes" | "no" => closures::close(web.commands(), &caller, id, &close).await,
        _ => Err(CommandError::invalid("recovered", "closure-choose")),
    };
    let Err(error) = closed else { return Ok(Redirect::to(&f.url(paths::of_incident(id, "report"))).into_response()) };
    let mut page = ClosePage::new(&web, f, load(&web, id).await?).await?;
    match error {
        CommandError::Domain(rule @ (DomainError::StepUndecided(_) | DomainError::ChecksRunning)) => {
            page.errors.put("recovered", page.f.msg(rule.message()));
        }
        other => page.errors.take(&page.f, other).map_err(|error| error.at(id))?,
    }
    (page.recovered, page.reason) = (form.recovered, form.reason);
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
