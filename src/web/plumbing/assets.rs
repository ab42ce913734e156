//! Style sheet, script and icons, built into the program. Their address holds a hash of their content, so browsers keep them.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Path;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Static::iter().collect();
    names.sort();
    let mut digest = Sha256::new();
    for name in names {
        digest.update(name.as_bytes());
        if let Some(file) = Static::get(&name) {
            digest.update(&file.data);
        }
    }
    hex::encode(&digest.finalize()[..6])
});

/// Hash over all static files.
#[must_use]
pub fn version() -> &'static str {
    &VERSION
}

/// One static file. Another version than ours is answered with ours, but not kept.
pub async fn file(Path((asked, name)): Path<(String, String)>) -> Result<Response, WebError> {
    serve(&name, asked == version())
}

/// Browsers ask for it by this name.
pub async fn favicon() -> Result<Response, WebError> {
    serve("favicon.svg", false)
}

/// The text of a static file; empty if there is none.
#[must_use]
pub fn text(name: &str) -> String {
    Static::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
}

fn serve(name: &str, keep: bool) -> Result<Response, WebError> {
    let file = Static::get(name).ok_or(WebError::NotFound)?;
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let cache = if keep { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], file.data.into_owned()).into_response())
}
