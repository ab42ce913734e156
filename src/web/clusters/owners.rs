//! Whose clients of a cluster they are: a line for each address range or application.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, client_owners};
use crate::domain::client_owner::{BadOwnerLine, ClientOwner};
use crate::domain::cluster::Cluster;
use crate::domain::id::ClusterId;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "clusters/owners.html")]
struct OwnersPage {
    f: Frame,
    cluster: Cluster,
    owners: String,
    errors: FieldErrors,
}

/// The form.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<ClusterId>) -> Result<Response, WebError> {
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let lines: Vec<String> = web.read().client_owners(id).await?.iter().map(ClientOwner::line).collect();
    let (owners, errors) = (lines.join("\n"), FieldErrors::default());
    answer(StatusCode::OK, &OwnersPage { f, cluster, owners, errors })
}

/// Whose they are from now on.
#[derive(Deserialize)]
pub struct OwnersForm {
    #[serde(default)]
    owners: String,
    #[serde(default)]
    nonce: String,
}

/// Saves whose they are; a line that cannot be taken comes back with the form.
pub async fn save(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ClusterId>,
    Form(form): Form<OwnersForm>,
) -> Result<Response, WebError> {
    let bad = match ClientOwner::parse(&form.owners) {
        Ok(owners) => {
            let caller = Caller::new(me.name).with_nonce(form.nonce);
            client_owners::save(web.commands(), &caller, id, &owners).await?;
            return Ok(Redirect::to(&f.url(paths::cluster(id))).into_response());
        }
        Err(bad) => bad,
    };
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let mut errors = FieldErrors::default();
    errors.put("owners", said(&f, &bad));
    answer(StatusCode::UNPROCESSABLE_ENTITY, &OwnersPage { f, cluster, owners: form.owners, errors })
}

/// Which line, and why.
fn said(f: &Frame, bad: &BadOwnerLine) -> String {
    format!("{}{}{}", f.t1("owners-line", "n", bad.line), f.colon(), f.t(bad.why.key()))
}
