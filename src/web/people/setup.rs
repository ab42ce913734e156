//! First start: a one-time link makes the first administrator, who then adds the first cluster and tests it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use tower_sessions::Session;

use crate::commands::users::MIN_PASSWORD_CHARS;
use crate::commands::{CommandError, setup};
use crate::web::people::login::welcome;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Form, Query, Trier};
use crate::web::plumbing::form::{self, FieldErrors};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    f: Frame,
    token: String,
    valid: bool,
    name: String,
    min_chars: usize,
    errors: FieldErrors,
}

impl SetupPage {
    /// The page of that link: what leads back to it, such as the switch of the language, keeps the link and the name.
    fn new(mut f: Frame, token: String, valid: bool, name: String, errors: FieldErrors) -> Self {
        f.here = paths::setup_as(&token, &name);
        Self { f, token, valid, name, min_chars: MIN_PASSWORD_CHARS, errors }
    }
}

/// The link, and the name that was typed before.
#[derive(Default, Deserialize)]
pub struct SetupQuery {
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
}

/// The first page, or how to get a valid link.
pub async fn show(State(web): State<Web>, f: Frame, Query(query): Query<SetupQuery>) -> Result<Response, WebError> {
    if web.read().has_users().await? {
        return Ok(Redirect::to(&f.url(paths::OVERVIEW)).into_response());
    }
    let valid = setup::setup_token_is_valid(web.commands(), &query.token).await?;
    let name = Some(query.name).filter(|name| !name.is_empty()).unwrap_or_else(|| "admin".to_owned());
    let page = SetupPage::new(f, query.token, valid, name, FieldErrors::default());
    answer(if valid { StatusCode::OK } else { StatusCode::FORBIDDEN }, &page)
}

/// The first administrator.
#[derive(Deserialize)]
pub struct SetupForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// Creates the administrator, signs in, and goes on to the first cluster.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    session: Session,
    Trier(client): Trier,
    Form(form): Form<SetupForm>,
) -> Result<Response, WebError> {
    let mut errors = FieldErrors::default();
    form::same_twice(&f, &form.password, &form.again, &mut errors);
    if errors.is_empty() {
        match setup::first_admin(web.commands(), &form.token, form.name.trim(), &form.password).await {
            Ok(user) => {
                let next = f.url(format!("{}?first=1", paths::CLUSTER_NEW));
                return welcome(&web, &session, &client, &user, &next).await;
            }
            Err(CommandError::NotFound(_)) => {
                let page = SetupPage::new(f, form.token, false, form.name, errors);
                return answer(StatusCode::FORBIDDEN, &page);
            }
            Err(error) => errors.take(&f, error)?,
        }
    }
    let page = SetupPage::new(f, form.token, true, form.name, errors);
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
