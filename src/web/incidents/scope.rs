//! How bad an incident is and what it affects: two fields, when it is opened and later.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, CommandError, incidents};
use crate::domain::id::IncidentId;
use crate::domain::incident::{DomainError, Incident};
use crate::domain::meanwhile;
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
    /// What the form has seen, see [`meanwhile`].
    seen: i64,
    /// Who said something else meanwhile, and what.
    overtaken: Option<(String, String)>,
    errors: FieldErrors,
}

impl ScopePage {
    async fn new(web: &Web, f: Frame, id: IncidentId) -> Result<Self, WebError> {
        // In this order: what is said in between is told about rather than overwritten.
        let seen = meanwhile::scope_seen(&web.read().timeline(id).await?);
        let incident = load(web, id).await?;
        let scope = ScopeFields::from(&incident.scope);
        Ok(Self { f, incident, scope, seen, overtaken: None, errors: FieldErrors::default() })
    }

    fn back(&self) -> String {
        self.f.url(paths::incident(self.incident.id))
    }
}

/// The form.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    answer(StatusCode::OK, &ScopePage::new(&web, f, id).await?)
}

/// What holds from now on.
#[derive(Deserialize)]
pub struct ScopeForm {
    #[serde(flatten)]
    scope: ScopeFields,
    /// What the form had seen; absent or no number: it does not say.
    #[serde(default)]
    seen: String,
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
    let seen = form.seen.parse().ok();
    let Err(error) = incidents::set_scope(web.commands(), &caller, id, &form.scope.read(), seen).await else {
        return Ok(Redirect::to(&f.url(paths::incident(id))).into_response());
    };
    // Saving once more is on purpose: the form has seen by then what is said now.
    let mut page = ScopePage::new(&web, f, id).await?;
    page.scope = form.scope;
    let status = match error {
        CommandError::Domain(rule @ DomainError::ScopeChangedMeanwhile { .. }) => {
            page.overtaken = Some((page.f.msg(rule.message()), line(&page.incident.scope)));
            StatusCode::CONFLICT
        }
        other => {
            page.errors.take(&page.f, other).map_err(|error| error.at(id))?;
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    answer(status, &page)
}
