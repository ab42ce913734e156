//! The moment at which the impact of an incident was over: suggested by what was measured, said and corrected by people.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, CommandError, impact};
use crate::domain::id::IncidentId;
use crate::domain::impact::{ImpactEnd, SeenBack};
use crate::domain::incident::Incident;
use crate::domain::time::Timestamp;
use crate::web::incidents::load;
use crate::web::incidents::moment::MomentFields;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "incidents/impact.html")]
struct ImpactPage {
    f: Frame,
    incident: Incident,
    /// When things were seen to be well again.
    seen_back: Option<SeenBack>,
    moment: MomentFields,
    /// The moment that the form begins with; `None`: it holds what was typed.
    suggested: Option<Timestamp>,
    /// What was said before, newest first.
    said: Vec<ImpactEnd>,
    errors: FieldErrors,
}

impl ImpactPage {
    async fn new(web: &Web, f: Frame, incident: Incident) -> Result<Self, WebError> {
        let (read, id) = (web.read(), incident.id);
        let history = read.diagnosis_history(id).await?;
        let (monitor, span) = (read.monitor(id).await?, read.sample_span(id).await?);
        let watched = read.newest_seen(id).await?;
        let seen_back = impact::seen_back(history.iter(), monitor.as_ref(), span, watched.as_ref(), f.now);
        let seen_back = seen_back.filter(|back| incident.check_impact_end(back.at, f.now).is_ok());
        let suggested = incident.mitigated_at.or(seen_back.map(|back| back.at)).unwrap_or(f.now);
        let mut said = read.impact_ends(id).await?;
        said.reverse();
        let (moment, errors) = (MomentFields::of(suggested, &f.zone), FieldErrors::default());
        // The script puts it into the browser's zone, unless another one is chosen.
        let suggested = f.zone.is_browser().then_some(suggested);
        Ok(Self { f, incident, seen_back, moment, suggested, said, errors })
    }

    fn back(&self) -> String {
        self.f.url(paths::incident(self.incident.id))
    }
}

/// Key of what was seen to be well again; the moment follows.
#[must_use]
pub fn saw_key(back: &SeenBack) -> &'static str {
    if back.is_by_looks() { "impact-answers" } else { "impact-measured" }
}

/// Whether closing the incident filled it in.
#[must_use]
pub fn is_filled(incident: &Incident, end: &ImpactEnd) -> bool {
    Some(end.at) == incident.resolved_at
}

/// Who said when the impact was over, or that closing the incident filled it in.
#[must_use]
pub fn said_by(f: &Frame, incident: &Incident, end: &ImpactEnd) -> String {
    let key = if is_filled(incident, end) { "impact-by-closing" } else { "impact-said" };
    f.t1(key, "name", &end.by)
}

/// The form.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let incident = load(&web, id).await?;
    answer(StatusCode::OK, &ImpactPage::new(&web, f, incident).await?)
}

/// Since when the impact is over.
#[derive(Deserialize)]
pub struct ImpactForm {
    #[serde(flatten)]
    moment: MomentFields,
    #[serde(default)]
    nonce: String,
}

/// Says since when the impact is over; without a moment, since health was seen back, else since now.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<ImpactForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let over_at = form.moment.read();
    let said = if over_at.is_none() && !form.moment.over_at.trim().is_empty() {
        Err(CommandError::invalid("over_at", "impact-not-a-time"))
    } else {
        impact::end(web.commands(), &caller, id, over_at).await
    };
    let Err(error) = said else { return Ok(Redirect::to(&f.url(paths::incident(id))).into_response()) };
    let mut page = ImpactPage::new(&web, f, load(&web, id).await?).await?;
    page.errors.take(&page.f.clone(), error).map_err(|error| error.at(id))?;
    (page.moment, page.suggested) = (form.moment, None);
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
