//! Where the own logs of clients of a cluster lie on other hosts: a line for each.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, client_hosts};
use crate::domain::client_host::{BadHostLine, ClientHost};
use crate::domain::cluster::Cluster;
use crate::domain::id::ClusterId;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "clusters/client_hosts.html")]
struct ClientHostsPage {
    f: Frame,
    cluster: Cluster,
    hosts: String,
    errors: FieldErrors,
}

/// The form.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<ClusterId>) -> Result<Response, WebError> {
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let lines: Vec<String> = web.read().client_hosts(id).await?.iter().map(ClientHost::line).collect();
    let errors = FieldErrors::default();
    answer(StatusCode::OK, &ClientHostsPage { f, cluster, hosts: lines.join("\n"), errors })
}

/// Where they lie from now on.
#[derive(Deserialize)]
pub struct ClientHostsForm {
    #[serde(default)]
    hosts: String,
    #[serde(default)]
    nonce: String,
}

/// Saves where they lie; a line that cannot be taken comes back with the form.
pub async fn save(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ClusterId>,
    Form(form): Form<ClientHostsForm>,
) -> Result<Response, WebError> {
    let mut errors = FieldErrors::default();
    match ClientHost::parse(&form.hosts) {
        Ok(hosts) => {
            let caller = Caller::new(me.name).with_nonce(form.nonce);
            let Err(error) = client_hosts::save(web.commands(), &caller, id, &hosts).await else {
                return Ok(Redirect::to(&f.url(paths::cluster(id))).into_response());
            };
            errors.take(&f, error)?;
        }
        Err(bad) => errors.put("hosts", said(&f, bad)),
    }
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    answer(StatusCode::UNPROCESSABLE_ENTITY, &ClientHostsPage { f, cluster, hosts: form.hosts, errors })
}

/// Which line, and why.
fn said(f: &Frame, bad: BadHostLine) -> String {
    format!("{}{}{}", f.t1("owners-line", "n", bad.line), f.colon(), f.t(bad.why.key()))
}
