//! Logging in and out.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use tower_sessions::Session;

use crate::commands::devices::Client;
use crate::commands::password::BUSY_RETRY_S;
use crate::commands::sessions::USER_KEY;
use crate::commands::users::{self, LogIn};
use crate::commands::{CommandError, setup};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::web::plumbing::devices;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Form, Query, Trier};
use crate::web::plumbing::kept::Kept;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    f: Frame,
    name: String,
    next: String,
    error: Option<String>,
    /// No password is looked at until then, other than from known devices.
    spent: Option<Timestamp>,
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
    let page = LoginPage { next: back, kept, why, ..LoginPage::new(f) };
    answer(StatusCode::UNAUTHORIZED, &page)
}

impl LoginPage {
    fn new(f: Frame) -> Self {
        Self {
            f,
            name: String::new(),
            next: String::new(),
            error: None,
            spent: None,
            no_users: false,
            kept: None,
            why: None,
        }
    }
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
    answer(StatusCode::OK, &LoginPage { next: query.next, no_users, ..LoginPage::new(f) })
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
    mut f: Frame,
    session: Session,
    Trier(client): Trier,
    Form(form): Form<LoginForm>,
) -> Result<Response, WebError> {
    let outcome = users::authenticate(web.commands(), form.name.trim(), &form.password, &client).await?;
    let kept = Kept::decoded(&form.kept);
    if let LogIn::Welcome(user) = &outcome {
        let next = kept.as_ref().map_or_else(|| paths::safe_next(&form.next), |kept| &kept.back);
        let response = welcome(&web, &session, &client, user, &f.url(next)).await?;
        if let Some(kept) = &kept {
            kept.put(&session).await?;
        }
        return Ok(response);
    }
    let (status, retry) = refusal(&outcome, web.now());
    let why = kept.is_some().then(|| f.t("web-login-kept"));
    f.holds_text = kept.is_some();
    let mut page = LoginPage { name: form.name, next: form.next, kept, why, ..LoginPage::new(f) };
    match outcome {
        LogIn::Spent { until } => page.spent = Some(until),
        LogIn::Throttled { retry_after_s } => {
            page.error = Some(page.f.t1("web-error-too-many-rule", "seconds", retry_after_s));
        }
        LogIn::Busy => page.error = Some(page.f.t("web-login-busy")),
        LogIn::Wrong | LogIn::Welcome(_) => page.error = Some(page.f.t("web-login-wrong")),
    }
    let mut response = answer(status, &page)?;
    if let Some(seconds) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// Status of a log-in that did not succeed, and after how many seconds to try again.
fn refusal(outcome: &LogIn, now: Timestamp) -> (StatusCode, Option<u64>) {
    match outcome {
        LogIn::Welcome(_) | LogIn::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, None),
        LogIn::Throttled { retry_after_s } => (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after_s)),
        LogIn::Spent { until } => {
            let seconds = u64::try_from(until.millis_since(now)).unwrap_or_default().div_ceil(1000);
            (StatusCode::TOO_MANY_REQUESTS, Some(seconds))
        }
        LogIn::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(BUSY_RETRY_S)),
    }
}

/// Signs somebody in who has just proved who they are, marks the browser as known, and leads on to `to`.
///
/// # Errors
/// The store's.
pub async fn welcome(
    web: &Web,
    session: &Session,
    client: &Client,
    user: &User,
    to: &str,
) -> Result<Response, WebError> {
    sign_in(session, user).await?;
    let mut response = Redirect::to(to).into_response();
    devices::remember(web, client, user.id, &mut response).await?;
    Ok(response)
}

/// A new session for that person: the id is never one that was known before.
async fn sign_in(session: &Session, user: &User) -> Result<(), WebError> {
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
    pub(in crate::web) token: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    f: Frame,
    token: String,
    user: User,
}

/// The page of a one-time link. Only its button uses the link up, so that a chat program that looks at links on its own
/// does not; the demo's link, which stands in a terminal, needs no button.
pub async fn show_link(
    State(web): State<Web>,
    f: Frame,
    session: Session,
    trier: Trier,
    Query(query): Query<TokenQuery>,
) -> Result<Response, WebError> {
    if web.is_demo() {
        return by_link(State(web), f, session, trier, Form(query)).await;
    }
    if f.user.is_some() {
        return Ok(Redirect::to(&f.url(paths::OVERVIEW)).into_response());
    }
    match setup::sign_in_token_is_for(web.commands(), &query.token).await? {
        Some(user) => answer(StatusCode::OK, &SignInPage { f, token: query.token, user }),
        None => used(f),
    }
}

/// Signs in by a one-time link. A used link leads to the overview if one is signed in already.
pub async fn by_link(
    State(web): State<Web>,
    f: Frame,
    session: Session,
    Trier(client): Trier,
    Form(form): Form<TokenQuery>,
) -> Result<Response, WebError> {
    if f.user.is_some() {
        return Ok(Redirect::to(&f.url(paths::OVERVIEW)).into_response());
    }
    match setup::redeem_sign_in(web.commands(), &form.token).await {
        Ok(user) => welcome(&web, &session, &client, &user, &f.url(paths::OVERVIEW)).await,
        Err(CommandError::NotFound(_)) => used(f),
        Err(error) => Err(error.into()),
    }
}

fn used(f: Frame) -> Result<Response, WebError> {
    let error = f.t(if f.demo { "web-sign-in-used-demo" } else { "web-sign-in-used" });
    answer(StatusCode::UNPROCESSABLE_ENTITY, &LoginPage { error: Some(error), ..LoginPage::new(f) })
}
