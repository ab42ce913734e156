//! Event streams: they only say that something changed; the page then fetches itself again.
//!
//! One stream a page, a heartbeat every 15 s, cut at shutdown, when its session has ended, and when newer ones of the same
//! person need the place. A proxy must not buffer it, so the answer says so.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use http::HeaderValue;
use tower_sessions::Session;
use tower_sessions::session::Id;

use crate::domain::id::{IncidentId, UserId};
use crate::store::Change;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Path};
use crate::web::plumbing::state::Web;

/// Longest silence on a stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How often a stream asks whether its session goes on. The command line ends sessions as well, in another process.
const SESSION_LOOK: Duration = Duration::from_secs(2);

/// Everything of one incident, and looks at clusters: its page shows how the cluster stands now.
pub async fn incident(
    State(web): State<Web>,
    session: Session,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
) -> Result<Response, WebError> {
    web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    let changes = web.read().changes().subscribe();
    let looks = web.looks().subscribe();
    let events = stream::unfold((changes, looks), move |(mut changes, mut looks)| async move {
        tokio::select! {
            () = changes.next_of(id) => {}
            Ok(()) = looks.changed() => {}
        }
        Some((changed(), (changes, looks)))
    });
    Ok(answer(&web, &session, me.id, events))
}

/// Everything that lists show: incidents, inventory, and looks at clusters.
pub async fn everything(State(web): State<Web>, session: Session, CurrentUser(me): CurrentUser) -> Response {
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
    answer(&web, &session, me.id, events)
}

fn changed() -> Event {
    Event::default().event("changed").data("1")
}

fn answer(web: &Web, session: &Session, me: UserId, events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let hello = stream::once(async { Event::default().event("hello").data("1").retry(Duration::from_secs(2)) });
    let (shutdown, ended) = (web.shutdown().clone(), session_end(web.clone(), session.id(), me));
    let place = web.crowd().open_stream(me);
    let end = async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = ended => {}
            () = place.ended().cancelled() => {}
        }
    };
    let until_end = hello.chain(events).map(Ok::<_, Infallible>).take_until(end);
    let mut response = Sse::new(until_end).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Waits until the session has ended: logged out, a new password, shut out, expired.
async fn session_end(web: Web, session: Option<Id>, me: UserId) {
    let Some(id) = session else { return };
    loop {
        tokio::time::sleep(SESSION_LOOK).await;
        match web.sessions().goes_on(&id, me).await {
            Ok(true) => {}
            Ok(false) => return,
            // What cannot be asked now is asked again.
            Err(error) => tracing::debug!(error = %error, "could not look at the session of a stream"),
        }
    }
}
