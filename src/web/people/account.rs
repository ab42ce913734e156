//! One's own account: language, theme, password.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use tower_sessions::Session;

use crate::commands::Caller;
use crate::commands::users::{self, MIN_PASSWORD_CHARS};
use crate::domain::user::User;
use crate::web::people::login::welcome;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Trier};
use crate::web::plumbing::form::{self, FieldErrors};
use crate::web::plumbing::page::{Frame, Theme};
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    f: Frame,
    user: User,
    themes: [Theme; 3],
    min_chars: usize,
    errors: FieldErrors,
}

/// The page.
pub async fn show(f: Frame, CurrentUser(user): CurrentUser) -> Result<Response, WebError> {
    let page =
        AccountPage { f, user, themes: Theme::ALL, min_chars: MIN_PASSWORD_CHARS, errors: FieldErrors::default() };
    answer(StatusCode::OK, &page)
}

/// Old and new password.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    old_password: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// Changes one's own password; all sessions end, and this browser gets a new one.
pub async fn change_password(
    State(web): State<Web>,
    f: Frame,
    session: Session,
    CurrentUser(user): CurrentUser,
    Trier(client): Trier,
    Form(form): Form<PasswordForm>,
) -> Result<Response, WebError> {
    let mut errors = FieldErrors::default();
    form::same_twice(&f, &form.password, &form.again, &mut errors);
    if errors.is_empty() {
        let caller = Caller::new(user.name.clone());
        let (old, new) = (&form.old_password, &form.password);
        match users::change_password(web.commands(), &caller, user.id, old, new, &client).await {
            Ok(()) => {
                let next = f.url(format!("{}?said=password", paths::ACCOUNT));
                return welcome(&web, &session, &client, &user, &next).await;
            }
            Err(error) => errors.take(&f, error)?,
        }
    }
    let page = AccountPage { f, user, themes: Theme::ALL, min_chars: MIN_PASSWORD_CHARS, errors };
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
