//! What somebody sent after their session had ended is not lost: the log-in page keeps it in a hidden field, the session
//! that begins there holds it, and every page offers it until it is sent or thrown away. It is never sent by itself.
//!
//! # Why
//! The page that keeps it is shown to somebody who is not logged in, so nothing is stored on the server until they are.
//! What comes back in the hidden field is checked like any input: only a form of ours, on a path of ours, without
//! passwords. Files are not kept, and a form with a password is not either.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, Request};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, Uri, header};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::locale;
use crate::web::people::login;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{FORM_BYTES, paths};

/// Key of the session's data.
const KEY: &str = "kept";
/// Most bytes of names and values that are kept: the log-in form holds them in base64 within [`FORM_BYTES`].
const MOST_BYTES: usize = 256 * 1024;
/// Most fields.
const MOST_FIELDS: usize = 400;
/// Fields that people write text into.
const WRITTEN: [&str; 14] = [
    "text",
    "note",
    "reason",
    "addresses",
    "doors",
    "output",
    "name",
    "summary",
    "words",
    "what",
    "affected",
    "owner_words",
    "factors",
    "lessons",
];
/// Paths whose forms are about logging in and out.
const NEVER: [&str; 5] = [paths::LOGIN, paths::LOGOUT, paths::SETUP, paths::KEPT, paths::PREFERENCES];

/// A form that was sent without a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where it was sent to, without prefix.
    path: String,
    /// The page it stood on, without prefix.
    pub back: String,
    /// Names and values, in their order.
    fields: Vec<(String, String)>,
}

impl Kept {
    /// Keeps a form if it is one that can be kept and holds something that somebody wrote.
    fn new(path: String, back: String, fields: Vec<(String, String)>) -> Option<Self> {
        let kept = Self { path, back, fields };
        kept.is_ours().then_some(kept)
    }

    fn is_ours(&self) -> bool {
        let bytes: usize = self.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        paths::safe_next(&self.path) == self.path
            && paths::safe_next(&self.back) == self.back
            && !NEVER.contains(&self.path.as_str())
            && bytes <= MOST_BYTES
            && self.fields.len() <= MOST_FIELDS
            && !self.fields.iter().any(may_be_secret)
            && self.fields.iter().any(is_written)
            && crate::web::routes().has(&Method::POST, &self.path)
    }

    /// As the hidden field of the log-in form holds it.
    #[must_use]
    pub fn encoded(&self) -> String {
        serde_json::to_vec(self).map(|json| URL_SAFE_NO_PAD.encode(json)).unwrap_or_default()
    }

    /// What a hidden field holds, if it is something that can be kept.
    #[must_use]
    pub fn decoded(text: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice::<Self>(&json).ok().filter(Self::is_ours)
    }

    /// Puts it into a session that has just begun.
    pub async fn put(&self, session: &Session) -> Result<(), WebError> {
        Ok(session.insert(KEY, self).await?)
    }

    /// What a session holds.
    pub async fn of(session: &Session) -> Option<Self> {
        session.get(KEY).await.ok().flatten()
    }

    /// Throws away what a session holds.
    pub async fn forget(session: &Session) -> Result<(), WebError> {
        session.remove::<Self>(KEY).await?;
        Ok(())
    }

    /// Whether a form was sent to where this one was.
    #[must_use]
    pub fn was_sent_to(&self, path: &str) -> bool {
        self.path == path
    }

    /// As pages offer it.
    #[must_use]
    pub fn offer(self, f: &Frame) -> Offer {
        let (written, hidden) = self.fields.into_iter().partition(is_written);
        let written: Vec<(String, String)> = written;
        let written = written.into_iter().map(|(name, value)| Written::new(f, name, value)).collect();
        Offer { action: f.url(self.path), written, hidden }
    }
}

/// Whether a field may hold a secret: its form is neither kept nor shown again.
#[must_use]
pub fn may_be_secret((name, value): &(String, String)) -> bool {
    name.contains("password")
        || matches!(name.as_str(), "again" | "token" | "reference")
        // The secret itself may stand where its name should, and a key where a certificate should.
        || name.ends_with("credential_at")
        || value.contains("PRIVATE KEY-----")
        // The URL of a front door is refused with a password in it; that password is not sent back either.
        || (name == "doors" && value.contains('@'))
}

/// Something that a person wrote, not a choice or a number.
#[must_use]
pub fn is_written((name, value): &(String, String)) -> bool {
    !value.trim().is_empty() && (WRITTEN.contains(&name.as_str()) || value.contains('\n'))
}

/// A kept form, ready to be shown.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Where it is sent to.
    pub action: String,
    /// What somebody wrote.
    pub written: Vec<Written>,
    /// Everything else: names and values.
    pub hidden: Vec<(String, String)>,
}

/// A field that somebody wrote text into.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// What it is called on the page.
    pub label: String,
    /// The text.
    pub value: String,
}

impl Written {
    /// With what the field is called on pages.
    #[must_use]
    pub fn new(f: &Frame, name: String, value: String) -> Self {
        let key = format!("web-kept-field-{name}");
        let label = if locale::has(&key) { f.t(key) } else { name.clone() };
        Self { name, label, value }
    }
}

/// Answers a form that came without a session: the log-in page, which keeps it.
pub async fn ask_to_log_in(web: &Web, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let f = Frame::outside(web, &parts.headers, &parts.uri);
    let back = page_of(web, &parts.headers, &parts.uri);
    let is_form = header_text(&parts.headers, header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    let is_upload = header_text(&parts.headers, header::CONTENT_TYPE).starts_with("multipart/");
    // Without a form there is nothing to read; what is too large or cut off is not kept.
    let body = if is_form { to_bytes(body, FORM_BYTES).await.unwrap_or_default() } else { Bytes::new() };
    let path = parts.uri.path().to_owned();
    let request = Request::from_parts(parts, Body::from(body));
    // As it was sent: it is counted once when it is sent again.
    let read = axum::extract::Form::<Vec<(String, String)>>::from_request(request, web).await;
    let fields = read.map_or_else(|_| Vec::new(), |axum::extract::Form(fields)| fields);
    let had_text = fields.iter().any(is_written);
    let kept = Kept::new(path, back.clone(), fields);
    let key = match (&kept, is_upload, had_text) {
        (Some(_), ..) => "web-login-kept",
        (None, true, _) => "web-login-upload-again",
        (None, false, true) => "web-login-not-kept",
        (None, false, false) => "web-login-ended",
    };
    login::after_the_end(f, kept, back, key).unwrap_or_else(axum::response::IntoResponse::into_response)
}

/// The page that a form stood on: what the browser says, if it is a page of ours, else the page of what it is about.
fn page_of(web: &Web, headers: &HeaderMap, uri: &Uri) -> String {
    let referer: Option<Uri> = header_text(headers, header::REFERER).parse().ok();
    let said = referer.as_ref().and_then(Uri::path_and_query).map(|said| said.as_str()).and_then(|said| {
        let said = said.strip_prefix(web.prefix())?;
        let path = said.split('?').next().unwrap_or_default();
        let is_page = !NEVER.contains(&path) && crate::web::routes().has(&Method::GET, path);
        is_page.then(|| paths::safe_next(said).to_owned())
    });
    said.unwrap_or_else(|| {
        let mut parts = uri.path().split('/').skip(1);
        match (parts.next(), parts.next()) {
            (Some(kind @ ("incidents" | "clusters")), Some(id)) if id.parse::<i64>().is_ok() => format!("/{kind}/{id}"),
            _ => paths::OVERVIEW.to_owned(),
        }
    })
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(path: &str, back: &str, fields: &[(&str, &str)]) -> Option<Kept> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Kept::new(path.to_owned(), back.to_owned(), fields)
    }

    #[test]
    fn only_text_for_a_form_of_ours_is_kept() {
        let note = [("nonce", "ab"), ("text", "已致电机房\n\u{202e}second line")];
        let good = kept("/incidents/3/notes", "/incidents/3/steps/1?x=1", &note).expect("kept");
        assert_eq!(Kept::decoded(&good.encoded()), Some(good));
        for (path, back) in [
            ("https://evil.example/incidents/3/notes", "/"),
            ("//evil.example/incidents/3/notes", "/"),
            ("/incidents/3/nothing", "/"),
            ("/incidents/3/timeline", "/"),
            ("/login", "/"),
            ("/preferences", "/"),
            ("/incidents/3/notes", "//evil.example"),
        ] {
            assert_eq!(kept(path, back, &note), None, "{path} {back}");
        }
        assert_eq!(kept("/account/password", "/", &[("old_password", "x"), ("text", "y")]), None);
        assert_eq!(kept("/clusters", "/", &[("name", "prod"), ("doors", "http://u:secret@vip")]), None);
        assert_eq!(kept("/incidents/3/notes", "/", &[("text", "  "), ("step", "1")]), None, "nothing was written");
        assert_eq!(kept("/incidents/3/notes", "/", &[("text", &"x".repeat(MOST_BYTES))]), None, "too much");
        for forged in ["", "!", "e30", &URL_SAFE_NO_PAD.encode(r#"{"path":"/x","back":"/","fields":[["text","y"]]}"#)] {
            assert_eq!(Kept::decoded(forged), None, "{forged}");
        }
    }
}
