//! When many come at once: people who are logged in, and devices on which somebody was, never wait for strangers.
//!
//! # Why
//! Who asks is known only after a request's head. From then on the connection counts for that person (see
//! [`Seat`], which the listener provides), and the request is answered at once. What strangers ask is answered
//! [`STRANGERS`] at a time. Their bodies are read before that, up to [`AHEAD`] bytes: a body that comes slowly then costs
//! a connection and nothing else.
//! Probes of the platform stand outside, so that a flood does not get the program restarted.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use crate::commands::devices::{Client, sealed_for};
use crate::domain::id::UserId;
use crate::web::plumbing::devices::passes;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::layers::Identity;
use crate::web::plumbing::state::Web;
use crate::web::{FORM_BYTES, paths};

/// Requests of strangers that are answered at once.
const STRANGERS: usize = 32;
/// Those of them whose bodies are longer than what is read ahead.
const LONG: usize = 4;
/// What is read of a stranger's body before it is anybody's turn.
const AHEAD: usize = 16 * 1024;
/// How long a stranger waits for a turn.
const TURN: Duration = Duration::from_secs(5);
/// Event streams of one person; browsers open a handful each.
const STREAMS: usize = 32;

/// A connection, as the web side sees it.
pub trait Seat: Send + Sync {
    /// From now on it counts for that person.
    fn is_of(&self, person: UserId);

    /// Nobody known uses it: it goes first when there are too many.
    fn is_of_a_stranger(&self);
}

/// The connection that a request came by, among the request's extensions.
#[derive(Clone)]
pub struct Connection(pub Arc<dyn Seat>);

/// Set when a request's body came too slowly; among the request's extensions.
#[derive(Clone, Debug, Default)]
pub struct TooSlow(Arc<AtomicBool>);

impl TooSlow {
    /// It did.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one client has for itself: the address, or the network that a provider gives one IPv6 client.
#[must_use]
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

/// Turns of strangers, and everybody's event streams.
pub(in crate::web) struct Crowd {
    short: Semaphore,
    long: Semaphore,
    streams: Arc<Streams>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self { short: Semaphore::new(STRANGERS), long: Semaphore::new(LONG), streams: Arc::default() }
    }
}

impl Crowd {
    async fn turn(&self, whole: bool) -> Result<SemaphorePermit<'_>, WebError> {
        let turns = if whole { &self.short } else { &self.long };
        match tokio::time::timeout(TURN, turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(WebError::Busy),
        }
    }

    /// A place for an event stream of that person; the oldest one ends if there are too many.
    pub(in crate::web) fn open_stream(&self, person: UserId) -> StreamPlace {
        let ended = CancellationToken::new();
        let mut open = self.streams.open();
        let (number, streams) = (open.next, open.of.entry(person).or_default());
        streams.push_back((number, ended.clone()));
        if streams.len() > STREAMS
            && let Some((_, oldest)) = streams.pop_front()
        {
            oldest.cancel();
        }
        open.next += 1;
        StreamPlace { streams: self.streams.clone(), person, number, ended }
    }
}

#[derive(Default)]
struct Streams(Mutex<OpenStreams>);

#[derive(Default)]
struct OpenStreams {
    next: u64,
    of: HashMap<UserId, VecDeque<(u64, CancellationToken)>>,
}

impl Streams {
    fn open(&self) -> MutexGuard<'_, OpenStreams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one event stream; free again when dropped.
pub(in crate::web) struct StreamPlace {
    streams: Arc<Streams>,
    person: UserId,
    number: u64,
    ended: CancellationToken,
}

impl StreamPlace {
    /// Cancelled when newer streams of the same person need the place.
    pub(in crate::web) fn ended(&self) -> &CancellationToken {
        &self.ended
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if let Some(streams) = open.of.get_mut(&self.person) {
            streams.retain(|(number, _)| *number != self.number);
            if streams.is_empty() {
                open.of.remove(&self.person);
            }
        }
    }
}

/// Answers people at once and strangers in turn. Stands inside [`crate::web::plumbing::layers::identify`].
pub async fn admit(State(web): State<Web>, request: Request, next: Next) -> Response {
    let too_slow = request.extensions().get::<TooSlow>().cloned().unwrap_or_default();
    let seat = request.extensions().get::<Connection>().cloned();
    let user = request.extensions().get::<Identity>().and_then(|identity| identity.user.as_ref()).map(|user| user.id);
    let person = match user {
        Some(user) => Ok(Some(user)),
        None => sealed_for(web.commands(), &Client { address: String::new(), passes: passes(request.headers()) }).await,
    };
    let response = match person {
        Ok(Some(person)) => {
            if let Some(Connection(seat)) = seat {
                seat.is_of(person);
            }
            next.run(request).await
        }
        Ok(None) if [paths::HEALTHY, paths::READY].contains(&request.uri().path()) => next.run(request).await,
        Ok(None) => {
            if let Some(Connection(seat)) = seat {
                seat.is_of_a_stranger();
            }
            in_turn(&web, request, next).await.unwrap_or_else(IntoResponse::into_response)
        }
        Err(error) => WebError::from(error).into_response(),
    };
    if too_slow.is_set() { WebError::TooSlow.into_response() } else { response }
}

async fn in_turn(web: &Web, request: Request, next: Next) -> Result<Response, WebError> {
    // No stranger may send so much: that is said at once, without the body.
    if request.body().size_hint().lower() > FORM_BYTES as u64 {
        let _turn = web.crowd().turn(false).await?;
        return Ok(next.run(request).await);
    }
    let (parts, mut body) = request.into_parts();
    let (mut read, mut bytes): (Vec<Bytes>, usize) = (Vec::new(), 0);
    while !body.is_end_stream() && bytes < AHEAD {
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    bytes += data.len();
                    read.push(data);
                }
            }
            // The layer above says more if it was too slow.
            Some(Err(_)) => return Err(WebError::BadRequest),
            None => break,
        }
    }
    let whole = body.is_end_stream() || bytes < AHEAD;
    let read = stream::iter(read.into_iter().map(Ok));
    let body = Body::from_stream(read.chain(body.into_data_stream()));
    let _turn = web.crowd().turn(whole).await?;
    Ok(next.run(Request::from_parts(parts, body)).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_event_streams_of_a_person_end_the_oldest_one() {
        let crowd = Crowd::default();
        let other = crowd.open_stream(UserId(2));
        let mut streams: Vec<_> = (0..STREAMS + 2).map(|_| crowd.open_stream(UserId(1))).collect();
        let ended = |stream: &StreamPlace| stream.ended().is_cancelled();
        assert_eq!(streams.iter().map(ended).filter(|ended| *ended).count(), 2);
        assert!(ended(&streams[0]) && ended(&streams[1]) && !ended(&other));
        streams.drain(..12);
        let more: Vec<_> = (0..10).map(|_| crowd.open_stream(UserId(1))).collect();
        assert!(!streams.iter().chain(&more).any(ended), "closed ones left their places");
        drop((streams, more, other));
        assert!(crowd.streams.open().of.is_empty());
    }

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network() {
        let of = |text: &str| client_network(text.parse().expect("an address")).to_string();
        assert_eq!(of("10.0.0.9"), "10.0.0.9");
        assert_eq!(of("::ffff:10.0.0.9"), "10.0.0.9");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
