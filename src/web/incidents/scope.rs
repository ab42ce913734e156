//! How bad an incident is and what it affects: two fields, when it is opened and later.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, incidents};
use crate::domain::id::IncidentId;
use crate::domain::incident::Incident;
use crate::domain::severity::{Scope, Severity};
use crate::web::incidents::load;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// What a form says of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ScopeFields {
    /// Name of a severity; anything else: none.
    #[serde(default)]
    pub severity: String,
    /// Names of services.
    #[serde(default)]
    pub affected: String,
}

impl ScopeFields {
    /// As it is kept.
    #[must_use]
    pub fn read(&self) -> Scope {
        Scope::new(Severity::from_name(&self.severity), &self.affected)
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.severity.is_empty() && self.affected.is_empty()
    }

    /// Whether this severity is chosen.
    #[must_use]
    pub fn is(&self, severity: &Severity) -> bool {
        self.severity == severity.as_str()
    }
}

impl From<&Scope> for ScopeFields {
    fn from(scope: &Scope) -> Self {
        let severity = scope.severity.map_or("", Severity::as_str).to_owned();
        Self { severity, affected: scope.affected.join(", ") }
    }
}

/// Severity and services in one line; empty where nobody said.
#[must_use]
pub fn line(scope: &Scope) -> String {
    let severity = scope.severity.map(Severity::label).into_iter();
    let affected = Some(scope.affected.join(", ")).filter(|names| !names.is_empty());
    severity.map(str::to_owned).chain(affected).collect::<Vec<_>>().join(" · ")
}

#[derive(Template)]
#[template(path = "incidents/scope.html")]
struct ScopePage {
    f: Frame,
    incident: Incident,
    scope: ScopeFields,
    errors: FieldErrors,
}

impl ScopePage {
    fn back(&self) -> String {
        self.f.url(paths::incident(self.incident.id))
    }
}

/// The form.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let incident = load(&web, id).await?;
    let scope = ScopeFields::from(&incident.scope);
    answer(StatusCode::OK, &ScopePage { f, incident, scope, errors: FieldErrors::default() })
}

/// What holds from now on.
#[derive(Deserialize)]
pub struct ScopeForm {
    #[serde(flatten)]
    scope: ScopeFields,
    #[serde(default)]
    nonce: String,
}

/// Says how bad it is and what it affects.
pub async fn update(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<ScopeForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let Err(error) = incidents::set_scope(web.commands(), &caller, id, &form.scope.read()).await else {
        return Ok(Redirect::to(&f.url(paths::incident(id))).into_response());
    };
    let mut errors = FieldErrors::default();
    errors.take(&f, error).map_err(|error| error.at(id))?;
    let incident = load(&web, id).await?;
    answer(StatusCode::UNPROCESSABLE_ENTITY, &ScopePage { f, incident, scope: form.scope, errors })
}
