//! Language, theme, zone of times, single keys and the demo's coach of this browser: five cookies, set by a form in the header of every page.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, header};
use serde::Deserialize;

use crate::domain::message::Lang;
use crate::web::paths;
use crate::web::plumbing::extract::Form;
use crate::web::plumbing::page::{COACH_COOKIE, KEYS_COOKIE, LANG_COOKIE, THEME_COOKIE, Theme, ZONE_COOKIE};
use crate::web::plumbing::state::Web;
use crate::web::plumbing::zone::Zone;

/// The switches.
#[derive(Deserialize)]
pub struct PreferencesForm {
    #[serde(default)]
    lang: String,
    #[serde(default)]
    theme: String,
    #[serde(default)]
    zone: String,
    /// A zone that is not in the list; goes before it.
    #[serde(default)]
    zone_name: String,
    #[serde(default)]
    keys: String,
    #[serde(default)]
    coach: String,
    #[serde(default)]
    next: String,
}

/// Keeps what was chosen and leads back.
pub async fn update(State(web): State<Web>, Form(form): Form<PreferencesForm>) -> Response {
    let next = format!("{}{}", web.prefix(), paths::safe_next(&form.next));
    let mut response = Redirect::to(&next).into_response();
    let written = Some(form.zone_name.trim()).filter(|name| !name.is_empty());
    let zone = Zone::from_name(written.unwrap_or(&form.zone));
    let chosen = [
        zone.as_ref().map(|zone| (ZONE_COOKIE, zone.name())),
        Lang::from_tag(&form.lang).map(|lang| (LANG_COOKIE, lang.tag())),
        Theme::from_name(&form.theme).map(|theme| (THEME_COOKIE, theme.as_str())),
        ["on", "off"].into_iter().find(|keys| *keys == form.keys).map(|keys| (KEYS_COOKIE, keys)),
        ["on", "off"].into_iter().find(|coach| *coach == form.coach).map(|coach| (COACH_COOKIE, coach)),
    ];
    for (name, value) in chosen.into_iter().flatten() {
        let cookie = format!("{name}={value}; Path={}; Max-Age=31536000; SameSite=Lax; HttpOnly", web.cookie_path());
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}
