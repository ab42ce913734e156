//! What happens around every request: a reference id, who is asking, security headers, and error pages.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use tower::ServiceExt;
use tower_sessions::Session;

use crate::commands::Written;
use crate::commands::sessions::{self, Asked, USER_KEY};
use crate::domain::id::UserId;
use crate::domain::user::User;
use crate::web::paths;
use crate::web::plumbing::crowd::client_network;
use crate::web::plumbing::error::{self, WebError};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::plumbing::typed::Typed;

const CSP: &str = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; \
                   base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Who sends a request.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The person, if logged in and still allowed to be.
    pub user: Option<User>,
    /// The number of the last commit when that was asked, if it is known.
    pub commit: Option<i64>,
}

/// Reference of a request: in the answer's header, in the log, and on error pages.
#[derive(Clone, Debug)]
pub struct Reference(pub String);

/// Outermost: gives the reference, sets headers, and turns a [`WebError`] into its page.
pub async fn answer(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let reference = Reference(random_hex(8));
    let typed = Typed::default();
    request.extensions_mut().insert(reference.clone());
    request.extensions_mut().insert(typed.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut frame = Frame::outside(&web, request.headers(), request.uri());
    let mut response = match web.hosts().check(request.version(), request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    if let Some(Identity { user: Some(user), .. }) = response.extensions().get::<Identity>() {
        frame.user = Some(user.clone());
    }
    if let Some(error) = response.extensions_mut().remove::<error::Shared>() {
        response = error::page(&frame, &error.0, &reference.0, &typed);
    }
    // Layers of others answer without words: their status gets our page too.
    if let Some(error) = wordless(&response) {
        response = error::page(&frame, &error, &reference.0, &typed);
    }
    let status = response.status();
    if status.is_server_error() {
        tracing::error!(request.id = %reference.0, http.method = %method, http.path = %path, http.status = status.as_u16(), "answered with an error");
    } else {
        tracing::debug!(request.id = %reference.0, http.method = %method, http.path = %path, http.status = status.as_u16(), "answered");
    }
    let headers = response.headers_mut();
    // What people attached has a stricter one.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CSP));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if web.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(&reference.0) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// Outside of everything that makes a text: hides secrets that became known after the text was stored.
pub async fn hide_secrets(State(web): State<Web>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    // A page that was packed already had it done before.
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let written = match response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(kind) if kind.starts_with(b"text/html") => Written::Html,
        Some(kind) if kind.starts_with(b"application/json") => Written::Json,
        Some(kind) if kind.starts_with(b"text/plain") || kind.starts_with(b"text/markdown") => Written::Plain,
        _ => return response,
    };
    let (mut parts, body) = response.into_parts();
    let bytes = match whole(body).await {
        Ok(bytes) => bytes,
        Err(error) => return error.into_response(),
    };
    let hidden = hidden(&web, &bytes, written);
    if hidden.is_some() {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(parts, Body::from(hidden.unwrap_or(bytes)))
}

/// All of a body: pages and exports lie in memory whole.
pub(in crate::web) async fn whole(body: Body) -> Result<Bytes, WebError> {
    to_bytes(body, usize::MAX).await.map_err(|_| WebError::Internal(anyhow::anyhow!("a page broke off")))
}

/// A text without secrets that became known after it was stored; `None` if it holds none.
pub(in crate::web) fn hidden(web: &Web, bytes: &[u8], written: Written) -> Option<Bytes> {
    let text = std::str::from_utf8(bytes).ok()?;
    web.commands().hide(text, written).map(Bytes::from)
}

fn wordless(response: &Response) -> Option<WebError> {
    if response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => Some(WebError::Unavailable),
        StatusCode::PAYLOAD_TOO_LARGE => Some(WebError::TooLarge { most_bytes: None }),
        status if status.is_client_error() => Some(WebError::BadRequest),
        status if status.is_server_error() => Some(WebError::Internal(anyhow::anyhow!("a layer answered {status}"))),
        _ => None,
    }
}

/// Inside the session layer: finds out who asks.
pub async fn identify(State(web): State<Web>, session: Session, mut request: Request, next: Next) -> Response {
    let asked = match session.id() {
        Some(id) => web.sessions().ask(&id).await,
        None => None,
    };
    let identity = match sessions::knowing(asked.clone(), find_user(&web, &session, asked.as_ref())).await {
        Ok(identity) => identity,
        Err(error) => return error.into_response(),
    };
    // An open stream, or one that a browser opens again by itself, is nobody at work.
    if let (Some(_), Some(id), false) = (&identity.user, session.id(), paths::is_stream(request.uri().path())) {
        // A page is shown all the same when nothing can be written.
        if let Err(error) = web.sessions().touch(&id, asked.as_ref()).await {
            tracing::debug!(error = %error, "could not move the end of a session");
        }
    }
    request.extensions_mut().insert(identity.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(identity);
    response
}

async fn find_user(web: &Web, session: &Session, asked: Option<&Asked>) -> Result<Identity, WebError> {
    // A cookie that cannot be read is not a session; the login page follows.
    let Ok(Some(id)) = session.get::<i64>(USER_KEY).await else { return Ok(Identity::default()) };
    let id = UserId(id);
    let user = match asked.and_then(|asked| asked.user(id)) {
        Some(user) => Ok(Some(user.clone())),
        None => web.read().user(id).await,
    };
    let user = match user {
        // Somebody else may log in.
        Err(error) if error.is_damage() => {
            tracing::error!(user.id = %id, error = %error, "a person's row cannot be read");
            None
        }
        user => user?.filter(|user| user.active),
    };
    Ok(Identity { user, commit: asked.and_then(Asked::commit) })
}

/// Serves the same pages below the public prefix, whether or not the proxy in front cuts it off.
pub fn below_prefix(service: Router, web: &Web) -> Router {
    let prefix = web.prefix().to_owned();
    if prefix.is_empty() {
        return service;
    }
    Router::new().fallback(move |mut request: Request| {
        let (service, prefix) = (service.clone(), prefix.clone());
        async move {
            if request.uri().path() == prefix {
                return Redirect::permanent(&format!("{prefix}/")).into_response();
            }
            let asked = request.uri().path_and_query().map(|asked| asked.as_str().to_owned()).unwrap_or_default();
            if let Some(rest) = asked.strip_prefix(&prefix).filter(|rest| rest.starts_with('/'))
                && let Ok(uri) = rest.parse()
            {
                *request.uri_mut() = uri;
            }
            match service.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
    })
}

/// Address of the client, or the network it has for itself, for the limits of log-ins.
#[must_use]
pub fn client_address(request: &http::request::Parts) -> String {
    request
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| "unknown".to_owned(), |ConnectInfo(address)| client_network(address.ip()).to_string())
}

/// `bytes` random bytes as hex digits.
#[must_use]
pub fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0_u8; bytes];
    if getrandom::fill(&mut buffer).is_err() {
        // Used for references and form nonces, never for secrets: all zeros only costs uniqueness.
        tracing::error!("the operating system gives no random bytes");
    }
    hex::encode(buffer)
}
