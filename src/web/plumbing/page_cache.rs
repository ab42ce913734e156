//! Pages as they were rendered, sent again while nothing was committed after them, and for one second at most ([`Recent`]).
//!
//! # Why
//! Everybody who works on an incident has its page open, and every commit makes all these browsers fetch it again. Session,
//! role and the number of the last commit are read from the database before each request all the same; only the work
//! after that is saved: reading the record, making the verdict and the tables, rendering, hiding secrets, compressing.

use std::io::Write;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use tokio::time::Instant;
use tower_sessions::Session;
use tower_sessions::session::Id;

use crate::commands::Written;
use crate::domain::message::Lang;
use crate::domain::user::Role;
use crate::store::Trouble;
use crate::web::clusters::hosts;
use crate::web::plumbing::kept::Kept;
use crate::web::plumbing::layers::{self, Identity};
use crate::web::plumbing::page::{self, Theme};
use crate::web::plumbing::recent::{Moment, Recent};
use crate::web::plumbing::replay::{Replay, Stands};
use crate::web::plumbing::state::Web;

/// Most pages that are kept.
pub(in crate::web) const MOST_PAGES: usize = 64;
/// Largest page, as it is sent.
const MOST_BYTES: usize = 512 * 1024;

/// Half the work of the default, and a twentieth more bytes.
const PACKED: Compression = Compression::new(4);

/// What a page depends on besides what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    session: Id,
    role: Role,
    here: String,
    /// Links that are read elsewhere name it.
    host: Option<String>,
    lang: Lang,
    theme: Theme,
    zone: String,
    day_zone: String,
    keys: bool,
    coach: bool,
    replay: Option<Stands>,
    trouble: Option<Trouble>,
    looks: u64,
    gzip: bool,
}

impl Key {
    /// `None`: the answer is not one to be sent twice.
    fn of(web: &Web, request: &Request) -> Option<Self> {
        if *request.method() != Method::GET {
            return None;
        }
        let session = request.extensions().get::<Session>()?.id()?;
        let role = request.extensions().get::<Identity>()?.user.as_ref()?.role;
        let (lang, theme, keys) = page::preferences(request.headers());
        Some(Self {
            session,
            role,
            here: page::here(web, request.uri()).to_owned(),
            host: hosts::named(request.headers()),
            lang,
            theme,
            zone: page::zone(request.headers()).name().to_owned(),
            day_zone: page::day_zone(request.headers()).name().to_owned(),
            keys,
            coach: page::coaches(request.headers()),
            replay: web.replay().map(Replay::stands),
            trouble: web.commands().health().trouble(),
            looks: *web.looks().subscribe().borrow(),
            gzip: accepts_gzip(request.headers()),
        })
    }
}

/// Pages by what they depend on.
pub type PageCache = Recent<Key, Rendered>;

/// A whole answer.
pub struct Rendered {
    headers: HeaderMap,
    body: Bytes,
}

impl Rendered {
    /// From the handler's answer; an error, a redirect and anything else that is not a plain page goes out as it came.
    async fn of(web: &Web, response: Response, gzip: bool) -> Result<Self, Box<Response>> {
        let is_page = response.status() == StatusCode::OK
            && !response.headers().contains_key(header::SET_COOKIE)
            && response
                .headers()
                .get(header::CONTENT_TYPE)
                .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if !is_page {
            return Err(Box::new(response));
        }
        let (mut parts, body) = response.into_parts();
        let bytes = layers::whole(body).await.map_err(|error| Box::new(error.into_response()))?;
        parts.headers.remove(header::CONTENT_LENGTH);
        let mut body = layers::hidden(web, &bytes, Written::Html).unwrap_or(bytes);
        if gzip && let Some(packed) = packed(&body) {
            body = packed;
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if body.len() > MOST_BYTES {
            return Err(Box::new(Response::from_parts(parts, Body::from(body))));
        }
        Ok(Self { headers: parts.headers, body })
    }

    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        response.headers_mut().clone_from(&self.headers);
        response
    }
}

fn packed(body: &[u8]) -> Option<Bytes> {
    let mut packer = GzEncoder::new(Vec::with_capacity(body.len() / 4), PACKED);
    packer.write_all(body).ok()?;
    packer.finish().ok().map(Bytes::from)
}

/// Whether a client takes gzip: named, or covered by `*`, and not with `q=0`.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let codings: Vec<&str> =
        headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let weight = |wanted: &str| {
        codings.iter().flat_map(|line| line.split(',')).find_map(|coding| {
            let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = parameters
                .trim()
                .to_ascii_lowercase()
                .strip_prefix("q=")
                .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
            name.trim().eq_ignore_ascii_case(wanted).then(|| weight.unwrap_or(0.0))
        })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

/// Around the handler of a page, inside of the question who may see it.
pub async fn keep(State(web): State<Web>, request: Request, next: Next) -> Response {
    let Some(key) = Key::of(&web, &request) else { return next.run(request).await };
    // A form that is offered after a log-in belongs to the session, which may not have been saved yet.
    if let Some(session) = request.extensions().get::<Session>().cloned()
        && Kept::of(&session).await.is_some()
    {
        return next.run(request).await;
    }
    // Asked before anything is read: a page that is older than its number would stay, one that is newer does not.
    let known = request.extensions().get::<Identity>().and_then(|identity| identity.commit);
    let commit = match known {
        Some(commit) => commit,
        None => match web.read().commit_number().await {
            Ok(Some(commit)) => commit,
            Ok(None) | Err(_) => return next.run(request).await,
        },
    };
    let gzip = key.gzip;
    let entry = web.pages().entry(key, Moment { commit, at: web.now(), now: Instant::now() });
    let made = entry.value.get_or_try_init(|| async { Rendered::of(&web, next.run(request).await, gzip).await }).await;
    match made {
        Ok(page) => page.response(),
        Err(response) => *response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (accepted, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.2", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip;Q=0", false),
            ("gzip;q=0, *", false),
            ("identity", false),
            ("gzip;q=never", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
            assert_eq!(accepts_gzip(&headers), takes, "{accepted}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
