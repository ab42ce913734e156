//! People, for administrators.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::users::{self, MIN_PASSWORD_CHARS};
use crate::commands::{Caller, setup};
use crate::domain::backup::BackupNote;
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    f: Frame,
    users: Vec<User>,
    roles: [Role; 4],
    min_chars: usize,
    name: String,
    role: Role,
    errors: FieldErrors,
    password_for: Option<UserId>,
    /// How the newest automatic backup ended.
    backup: Option<BackupNote>,
    link: Option<Link>,
    link_minutes: i64,
}

/// A sign-in link, shown once.
struct Link {
    of: UserId,
    url: String,
    until: Timestamp,
}

impl UsersPage {
    /// Whether the password form of that person is the one to look at.
    fn is_asked(&self, user: &User) -> bool {
        self.password_for == Some(user.id)
    }

    /// The link that was made for that person.
    fn link_of(&self, user: &User) -> Option<&Link> {
        self.link.as_ref().filter(|link| link.of == user.id)
    }

    async fn new(web: &Web, f: Frame) -> Result<Self, WebError> {
        Ok(Self {
            f,
            users: web.read().users().await?,
            roles: Role::ALL,
            min_chars: MIN_PASSWORD_CHARS,
            name: String::new(),
            role: Role::Operator,
            errors: FieldErrors::default(),
            password_for: None,
            backup: web.read().backup_note().await?,
            link: None,
            link_minutes: setup::SIGN_IN_MINUTES,
        })
    }
}

/// Everybody.
pub async fn list(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    answer(StatusCode::OK, &UsersPage::new(&web, f).await?)
}

/// A new person.
#[derive(Deserialize)]
pub struct NewUserForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    nonce: String,
}

/// Creates a person.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Form(form): Form<NewUserForm>,
) -> Result<Response, WebError> {
    let role = Role::from_name(&form.role).ok_or(WebError::BadRequest)?;
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    match users::create(web.commands(), &caller, form.name.trim(), role, &form.password).await {
        Ok(_) => Ok(Redirect::to(&f.url(format!("{}?said=user", paths::USERS))).into_response()),
        Err(error) => {
            let mut page = UsersPage::new(&web, f).await?;
            page.errors.take(&page.f.clone(), error)?;
            (page.name, page.role) = (form.name, role);
            answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Role and whether a person may log in.
#[derive(Deserialize)]
pub struct UserForm {
    #[serde(default)]
    role: String,
    #[serde(default)]
    active: String,
}

/// Changes a person's role or shuts them out.
pub async fn update(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<UserId>,
    Form(form): Form<UserForm>,
) -> Result<Response, WebError> {
    let role = Role::from_name(&form.role).ok_or(WebError::BadRequest)?;
    users::update(web.commands(), &Caller::new(me.name), id, role, form.active == "yes").await?;
    Ok(Redirect::to(&f.url(format!("{}?said=saved", paths::USERS))).into_response())
}

/// A new password for somebody else.
#[derive(Deserialize)]
pub struct SetPasswordForm {
    #[serde(default)]
    password: String,
}

/// Sets a person's password.
pub async fn set_password(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<UserId>,
    Form(form): Form<SetPasswordForm>,
) -> Result<Response, WebError> {
    match users::set_password(web.commands(), &Caller::new(me.name), id, &form.password).await {
        Ok(()) => Ok(Redirect::to(&f.url(format!("{}?said=password", paths::USERS))).into_response()),
        Err(error) => {
            let mut page = UsersPage::new(&web, f).await?;
            let mut errors = FieldErrors::default();
            errors.take(&page.f.clone(), error)?;
            page.errors.put("other_password", errors.at("password").to_owned());
            page.password_for = Some(id);
            answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Makes a link that signs a person in once, and shows it once.
pub async fn make_sign_in_link(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<UserId>,
) -> Result<Response, WebError> {
    let made = setup::issue_sign_in_link(web.commands(), &Caller::new(me.name), id).await?;
    let mut page = UsersPage::new(&web, f).await?;
    let url = page.f.address(made.path);
    page.link = Some(Link { of: id, url, until: made.until });
    answer(StatusCode::OK, &page)
}
