//! The cookies that mark a browser as a known device: one for each person who logged in with it, so that people who share
//! one keep their own.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

use crate::commands::devices::{self, Client};
use crate::domain::id::UserId;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::cookies;
use crate::web::plumbing::state::Web;

/// How the names of these cookies begin; the person's id follows.
const PREFIX: &str = "nodedown_device_";
/// How long a browser keeps one, seconds.
const KEPT_S: u32 = 365 * 24 * 3600;

/// The passes that a request shows, unchecked.
#[must_use]
pub fn passes(headers: &HeaderMap) -> Vec<(UserId, String)> {
    cookies(headers)
        .filter_map(|(name, pass)| Some((name.strip_prefix(PREFIX)?.parse().ok()?, pass.to_owned())))
        .collect()
}

/// Marks the browser as a known device of somebody who has just logged in.
///
/// # Errors
/// The store's.
pub async fn remember(web: &Web, client: &Client, user: UserId, response: &mut Response) -> Result<(), WebError> {
    let Some(pass) = devices::pass_for(web.commands(), client, user).await? else { return Ok(()) };
    let secure = if web.is_https() { "; Secure" } else { "" };
    let path = web.cookie_path();
    let cookie = format!("{PREFIX}{user}={pass}; Path={path}; Max-Age={KEPT_S}; SameSite=Lax; HttpOnly{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(())
}
