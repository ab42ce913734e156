//! For load balancers and container platforms.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;

use crate::commands::disk;
use crate::web::plumbing::state::Web;

/// The process runs and answers.
pub async fn healthy() -> &'static str {
    "nodedown is healthy\n"
}

/// The program can work: the database answers and takes a write, and it is not stopping.
pub async fn ready(State(web): State<Web>) -> Response {
    let database = web.read().ping().await;
    // What the last change was refused for counts until one works again: a small one may still find room.
    let written = match web.commands().health().trouble() {
        Some(trouble) => Err(trouble.to_string()),
        None => disk::can_write(web.commands()).await,
    };
    let stopping = web.shutdown().is_cancelled();
    let pass = database.is_ok() && written.is_ok() && !stopping;
    let word = |good: bool| if good { "pass" } else { "fail" };
    let backup = web.read().backup_note().await.ok().flatten();
    // Told, but no reason to take the program out of service.
    let backed_up = backup.is_none_or(|note| note.is_made());
    let body = json!({
        "status": word(pass),
        "checks": {
            "database": [{ "status": word(database.is_ok()) }],
            "writing": [{ "status": word(written.is_ok()), "output": written.err() }],
            "backup": [{ "status": if backed_up { "pass" } else { "warn" } }],
            "running": [{ "status": word(!stopping) }],
        },
    });
    let status = if pass { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CONTENT_TYPE, "application/health+json")], body.to_string()).into_response()
}
