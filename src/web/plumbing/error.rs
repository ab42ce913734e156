//! What goes wrong on the way to a page, and the page that says so.
//!
//! A [`WebError`] travels in the answer's extensions; one layer renders it, so error pages have the frame of all pages. An
//! internal error is logged once, with the reference that the page shows; the page shows nothing else of it.

use std::any::Any;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::http::{Method, Uri};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use tower_http::csrf::ProtectionError;

use crate::commands::CommandError;
use crate::commands::disk::Space;
use crate::commands::password::BUSY_RETRY_S;
use crate::domain::id::IncidentId;
use crate::domain::incident::DomainError;
use crate::domain::message::Message;
use crate::domain::user::Role;
use crate::store::{StoreError, Trouble};
use crate::web::paths;
use crate::web::plumbing::kept::Written;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::visible_page;
use crate::web::plumbing::typed::Typed;

/// Why there is no page.
#[derive(Debug)]
pub enum WebError {
    /// There is no such thing.
    NotFound,
    /// The request makes no sense.
    BadRequest,
    /// The request names no host, several, or something that is not a host.
    BadHost,
    /// The request names a host that is not this server's.
    WrongHost,
    /// A form came after the session ended.
    LoggedOut,
    /// The role is too weak.
    Forbidden {
        /// Weakest role that may.
        needed: Role,
        /// Role of the person who asks.
        has: Role,
    },
    /// The form was sent by a page of another site.
    CrossOrigin,
    /// The rule says no.
    Conflict {
        /// The rule, for people.
        rule: Message,
        /// Incident to go back to.
        incident: Option<IncidentId>,
    },
    /// The input cannot be taken and there is no form to show it at.
    Unprocessable {
        /// Why, for people.
        rule: Message,
        /// Incident to go back to.
        incident: Option<IncidentId>,
    },
    /// More than the limit was sent.
    TooLarge {
        /// The limit, where it is known.
        most_bytes: Option<u64>,
    },
    /// The request's body came too slowly.
    TooSlow,
    /// Too many ask for the same at once.
    Busy,
    /// The database cannot be used now.
    Unavailable,
    /// The disk does not take it.
    CannotSave(Trouble),
    /// Something that was stored cannot be read any more; what that is stands in the log.
    Damaged,
    /// Anything else.
    Internal(anyhow::Error),
    /// One of the others, and where the page leads back to.
    Leading {
        /// What went wrong.
        error: Box<Self>,
        /// A path of ours, without prefix.
        to: String,
        /// Key of what the link says.
        says: &'static str,
    },
}

/// The error on its way to the layer.
#[derive(Clone)]
pub struct Shared(pub Arc<WebError>);

impl WebError {
    /// HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Leading { error, .. } => error.status(),
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest | Self::BadHost => StatusCode::BAD_REQUEST,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::LoggedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } | Self::CrossOrigin => StatusCode::FORBIDDEN,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::Unavailable | Self::CannotSave(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Damaged | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The same error with the incident to go back to.
    #[must_use]
    pub fn at(self, id: IncidentId) -> Self {
        match self {
            Self::Conflict { rule, incident: None } => Self::Conflict { rule, incident: Some(id) },
            Self::Unprocessable { rule, incident: None } => Self::Unprocessable { rule, incident: Some(id) },
            other => other,
        }
    }

    /// The same error, where it is a rule that says no or an input that cannot be taken, with another place to go back to.
    #[must_use]
    pub fn back_to(self, to: &str, says: &'static str) -> Self {
        match self {
            Self::Conflict { .. } | Self::Unprocessable { .. } => {
                Self::Leading { error: Box::new(self), to: to.to_owned(), says }
            }
            other => other,
        }
    }

    /// What went wrong, without where to go back to.
    fn itself(&self) -> &Self {
        match self {
            Self::Leading { error, .. } => error.itself(),
            other => other,
        }
    }

    /// When to try again, seconds; `None`: that is of no use.
    const fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Leading { error, .. } => error.retry_after_s(),
            Self::Busy => Some(BUSY_RETRY_S),
            Self::Unavailable | Self::CannotSave(_) => Some(5),
            _ => None,
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::Leading { error, .. } => error.key(),
            Self::NotFound => "not-found",
            Self::BadRequest => "bad-request",
            Self::BadHost => "bad-host",
            Self::WrongHost => "wrong-host",
            Self::LoggedOut => "logged-out",
            Self::Forbidden { .. } => "forbidden",
            Self::CrossOrigin => "cross-origin",
            Self::Conflict { .. } => "conflict",
            Self::Unprocessable { .. } => "unprocessable",
            Self::TooLarge { .. } => "too-large",
            Self::TooSlow => "too-slow",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::CannotSave(Trouble::Full) => "cannot-save-full",
            Self::CannotSave(Trouble::ReadOnly) => "cannot-save-read-only",
            Self::CannotSave(Trouble::Io) => "cannot-save-io",
            Self::CannotSave(Trouble::CannotOpen) => "cannot-save-cannot-open",
            Self::Damaged => "damaged",
            Self::Internal(_) => "internal",
        }
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => {
                tracing::error!(error = %error, "the database cannot be used now");
                Self::Unavailable
            }
            StoreError::Disk(trouble) => Self::CannotSave(trouble),
            damaged if damaged.is_damage() => {
                tracing::error!(error = %damaged, "something that was stored cannot be read");
                Self::Damaged
            }
            other => Self::Internal(other.into()),
        }
    }
}

impl From<DomainError> for WebError {
    fn from(error: DomainError) -> Self {
        let rule = error.message();
        match error {
            // What the person left out, and nothing that somebody else did.
            DomainError::ReasonMissing => Self::Unprocessable { rule, incident: None },
            _ => Self::Conflict { rule, incident: None },
        }
    }
}

impl From<CommandError> for WebError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Domain(error) => error.into(),
            CommandError::NotFound(_) => Self::NotFound,
            CommandError::Invalid { message, .. } => Self::Unprocessable { rule: message, incident: None },
            CommandError::Busy => Self::Busy,
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<anyhow::Error> for WebError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<tower_sessions::session::Error> for WebError {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<serde_json::Error> for WebError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Shared(Arc::new(self)));
        response
    }
}

/// Address that nothing answers.
pub async fn no_such_page() -> WebError {
    WebError::NotFound
}

/// Address that does not take this method.
pub async fn no_such_method(method: Method, uri: Uri) -> WebError {
    tracing::debug!(http.method = %method, http.path = uri.path(), "method not allowed");
    WebError::NotFound
}

/// A form of another site.
#[must_use]
pub fn cross_origin(_: ProtectionError) -> Response<Body> {
    WebError::CrossOrigin.into_response()
}

/// A handler that panicked.
#[must_use]
pub fn panicked(what: Box<dyn Any + Send>) -> Response<Body> {
    let text = what
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| what.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    WebError::Internal(anyhow::anyhow!("a handler panicked: {text}")).into_response()
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    f: &'a Frame,
    status: u16,
    title: String,
    other_title: String,
    rule: Option<String>,
    advice: String,
    other_advice: String,
    reference: &'a str,
    back: (String, String),
    /// What was typed, and is saved nowhere.
    typed: Vec<Written>,
    /// Room on the disk, for people who may do something about it.
    space: Option<Space>,
}

/// The error as a page with what was typed, or as fixed text if that fails too.
#[must_use]
pub fn page(frame: &Frame, error: &WebError, reference: &str, typed: &Typed) -> Response {
    if let WebError::Internal(inner) = error {
        tracing::error!(request.id = reference, error = format!("{inner:#}"), "could not answer");
    }
    let status = error.status();
    let key = error.key();
    let rule = match error.itself() {
        WebError::Conflict { rule, .. } | WebError::Unprocessable { rule, .. } => Some(frame.msg(rule)),
        WebError::TooLarge { most_bytes: Some(most) } => {
            Some(frame.t1("web-error-too-large-rule", "most", frame.bytes(*most)))
        }
        WebError::Forbidden { needed, has } => Some(frame.t2(
            "web-error-forbidden-rule",
            "needed",
            frame.t(format!("web-role-{}", needed.as_str())),
            "has",
            frame.t(format!("web-role-{}", has.as_str())),
        )),
        _ => None,
    };
    let back = match error {
        WebError::Leading { to, says, .. } => (frame.url(to), frame.t(says)),
        WebError::Conflict { incident: Some(id), .. } | WebError::Unprocessable { incident: Some(id), .. } => {
            (frame.url(paths::incident(*id)), frame.t1("web-error-back-incident", "incident", id.label()))
        }
        WebError::LoggedOut => (frame.url(paths::LOGIN), frame.t("web-login-title")),
        _ => (frame.url(paths::OVERVIEW), frame.t("web-error-back")),
    };
    let other = frame.other_lang();
    let page = ErrorPage {
        f: frame,
        status: status.as_u16(),
        title: frame.t(format!("web-error-{key}-title")),
        other_title: crate::locale::text(other, &format!("web-error-{key}-title"), &[]),
        rule,
        advice: frame.t(format!("web-error-{key}-advice")),
        other_advice: crate::locale::text(other, &format!("web-error-{key}-advice"), &[]),
        reference,
        back,
        typed: typed.written(frame),
        space: matches!(error, WebError::CannotSave(_)).then(|| frame.space.clone()).filter(|_| frame.operates()),
    };
    let mut response = match page.render() {
        Ok(html) => (status, Html(visible_page(html))).into_response(),
        Err(_) => (status, format!("{} · {}", status.as_u16(), reference)).into_response(),
    };
    if let Some(seconds) = error.retry_after_s() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
