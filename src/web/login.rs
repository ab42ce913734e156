//! Logging in and out.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use tower_sessions::Session;

use super::error::WebError;
use super::extract::{ClientAddress, Form, Query};
use super::kept::Kept;
use super::page::Frame;
use super::state::Web;
use super::{answer, paths};
use crate::commands::password::BUSY_RETRY_S;
use crate::commands::sessions::USER_KEY;
use crate::commands::users::{self, LogIn};
use crate::commands::{CommandError, setup};
use crate::domain::user::User;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    f: Frame,
    name: String,
    next: String,
    error: Option<String>,
    no_users: bool,
    /// What was sent without a session.
    kept: Option<Kept>,
    /// Why this page came in place of another.
    why: Option<String>,
}

/// The log-in page in place of what a form would have led to; it leads back to `back`.
pub fn after_the_end(mut f: Frame, kept: Option<Kept>, back: String, why: &str) -> Result<Response, WebError> {
    f.here = paths::login_then(&back);
    f.holds_text = kept.is_some();
    let why = Some(f.t(why));
    let page = LoginPage { f, name: String::new(), next: back, error: None, no_users: false, kept, why };
    answer(StatusCode::UNAUTHORIZED, &page)
}

/// Where to go after logging in.
#[derive(Default, Deserialize)]
pub struct LoginQuery {
    #[serde(default)]
    next: String,
}

/// The form.
pub async fn show(State(web): State<Web>, f: Frame, Query(query): Query<LoginQuery>) -> Result<Response, WebError> {
    if f.user.is_some() {
        return Ok(Redirect::to(&f.url(paths::safe_next(&query.next))).into_response());
    }
    let no_users = !web.read().has_users().await?;
    answer(
        StatusCode::OK,
        &LoginPage { f, name: String::new(), next: query.next, error: None, no_users, kept: None, why: None },
    )
}

/// Name and password.
#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    kept: String,
}

/// Checks name and password.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    session: Session,
    ClientAddress(address): ClientAddress,
    Form(form): Form<LoginForm>,
) -> Result<Response, WebError> {
    let outcome = users::authenticate(web.commands(), form.name.trim(), &form.password, &address).await?;
    let (status, error, retry) = match outcome {
        LogIn::Welcome(user) => {
            sign_in(&session, &user).await?;
            if let Some(kept) = Kept::decoded(&form.kept) {
                kept.put(&session).await?;
                return Ok(Redirect::to(&f.url(&kept.back)).into_response());
            }
            return Ok(Redirect::to(&f.url(paths::safe_next(&form.next))).into_response());
        }
        LogIn::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, f.t("web-login-wrong"), None),
        LogIn::Throttled { retry_after_s } => (
            StatusCode::TOO_MANY_REQUESTS,
            f.t1("web-error-too-many-rule", "seconds", retry_after_s),
            Some(retry_after_s),
        ),
        LogIn::Busy => (StatusCode::SERVICE_UNAVAILABLE, f.t("web-login-busy"), Some(BUSY_RETRY_S)),
    };
    let kept = Kept::decoded(&form.kept);
    let why = kept.is_some().then(|| f.t("web-login-kept"));
    let f = Frame { holds_text: kept.is_some(), ..f };
    let page = LoginPage { f, name: form.name, next: form.next, error: Some(error), no_users: false, kept, why };
    let mut response = answer(status, &page)?;
    if let Some(seconds) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// A new session for that person: the id is never one that was known before.
pub async fn sign_in(session: &Session, user: &User) -> Result<(), WebError> {
    session.clear().await;
    session.insert(USER_KEY, user.id.0).await?;
    session.cycle_id().await?;
    Ok(())
}

/// Where to go after throwing text away.
#[derive(Deserialize)]
pub struct ThrowAwayForm {
    #[serde(default)]
    next: String,
}

/// Throws away what was sent after a session had ended.
pub async fn throw_away(f: Frame, session: Session, Form(form): Form<ThrowAwayForm>) -> Result<Response, WebError> {
    Kept::forget(&session).await?;
    Ok(Redirect::to(&f.url(paths::safe_next(&form.next))).into_response())
}

/// Ends the session.
pub async fn delete(f: Frame, session: Session) -> Result<Response, WebError> {
    session.flush().await?;
    Ok(Redirect::to(&f.url(paths::LOGIN)).into_response())
}

/// One-time token of a link.
#[derive(Default, Deserialize)]
pub struct TokenQuery {
    #[serde(default)]
    pub(super) token: String,
}

/// Signs in by a one-time link (the demo prints one). A used link leads to the overview if one is signed in already.
pub async fn by_link(
    State(web): State<Web>,
    f: Frame,
    session: Session,
    Query(query): Query<TokenQuery>,
) -> Result<Response, WebError> {
    if f.user.is_some() {
        return Ok(Redirect::to(&f.url(paths::OVERVIEW)).into_response());
    }
    match setup::redeem_sign_in(web.commands(), &query.token).await {
        Ok(user) => {
            sign_in(&session, &user).await?;
            Ok(Redirect::to(&f.url(paths::OVERVIEW)).into_response())
        }
        Err(CommandError::NotFound(_)) => {
            let error = Some(f.t("web-sign-in-used"));
            let page = LoginPage {
                f,
                name: String::new(),
                next: String::new(),
                error,
                no_users: false,
                kept: None,
                why: None,
            };
            answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}
