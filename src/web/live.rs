//! Event streams: they only say that something changed; the page then fetches itself again.
//!
//! One stream a page, a heartbeat every 15 s, cut at shutdown. A proxy must not buffer it, so the answer says so.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use http::HeaderValue;

use super::error::WebError;
use super::extract::Path;
use super::state::Web;
use crate::domain::id::IncidentId;
use crate::store::Change;

/// Longest silence on a stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Everything of one incident.
pub async fn incident(State(web): State<Web>, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    let changes = web.read().changes().subscribe();
    let events = stream::unfold(changes, move |mut changes| async move {
        changes.next_of(id).await;
        Some((changed(), changes))
    });
    Ok(answer(&web, events))
}

/// Everything that lists show: incidents, inventory, and looks at clusters.
pub async fn everything(State(web): State<Web>) -> Response {
    let changes = web.read().changes().subscribe();
    let looks = web.looks().subscribe();
    let events = stream::unfold((changes, looks), |(mut changes, mut looks)| async move {
        loop {
            tokio::select! {
                change = changes.next() => match change {
                    Change::Incident(_) | Change::Inventory | Change::Missed => break,
                    Change::Users => {}
                },
                Ok(()) = looks.changed() => break,
            }
        }
        Some((changed(), (changes, looks)))
    });
    answer(&web, events)
}

fn changed() -> Event {
    Event::default().event("changed").data("1")
}

fn answer(web: &Web, events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let hello = stream::once(async { Event::default().event("hello").data("1").retry(Duration::from_secs(2)) });
    let shutdown = web.shutdown().clone();
    let until_shutdown =
        hello.chain(events).map(Ok::<_, Infallible>).take_until(async move { shutdown.cancelled().await });
    let mut response = Sse::new(until_shutdown).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
