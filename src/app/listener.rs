//! The accept loop.
//!
//! # Why
//! `axum::serve` installs no timer, so hyper's header time-out never fires there and connections with half-sent heads are
//! held for ever. Here every connection has a timer before its first byte and for its head, a small head buffer, a pace
//! for what follows ([`pace`]), and a seat that it may lose to others ([`seats`]).

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, Response};
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use self::pace::{PacedBody, PacedStream};
use self::seats::{Holder, Seat, Seats};
use super::open_files;
use crate::config::Network;
use crate::web::{Connection, TooSlow, client_network};

mod pace;
mod seats;

/// How long a connection may wait before its first byte, and how long a request head may take.
const HEAD_LIMIT: Duration = Duration::from_secs(5);
/// Largest request head.
const HEAD_BYTES: usize = 16 * 1024;
/// Pause after an error of `accept`, mostly too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A peer that is not trusted and says for whom it asks is warned of once in this time.
const WARN_AGAIN: Duration = Duration::from_secs(3600);
/// Peers whose warning is remembered; further ones are not warned of.
const WARNED: usize = 1024;

/// Accepts until `closed`, then lets open connections finish what they are at.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    trusted: Vec<Network>,
    closed: CancellationToken,
    tasks: TaskTracker,
) {
    let seats = Seats::new(open_files::connections());
    let proxies = Arc::new(Proxies { trusted, warned: Mutex::default() });
    loop {
        let accepted = tokio::select! {
            () = closed.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let proxied = proxies.is_trusted(peer.ip());
                let seat = seats.take(if proxied { Holder::Proxy } else { Holder::Address(client_network(peer.ip())) });
                let place = Place { peer, proxied, proxies: proxies.clone(), seat };
                let (router, closed) = (router.clone(), closed.clone());
                tasks.spawn(connection(stream, place, router, closed));
            }
            Err(error) => {
                tracing::warn!(error = %error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Where a connection comes from, and what it holds here.
#[derive(Clone)]
struct Place {
    peer: SocketAddr,
    proxied: bool,
    proxies: Arc<Proxies>,
    seat: Arc<Seat>,
}

async fn connection(stream: TcpStream, place: Place, router: Router, closed: CancellationToken) {
    let seat = place.seat.clone();
    tokio::select! {
        () = served(stream, place, router, closed) => {}
        () = seat.lost() => tracing::debug!("a connection was closed in favour of others"),
    }
}

async fn served(stream: TcpStream, place: Place, router: Router, closed: CancellationToken) {
    // A peer that says nothing is gone without an answer.
    match tokio::time::timeout(HEAD_LIMIT, stream.readable()).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) | Err(_) => return,
    }
    // Small answers go out at once; that they may not is not a reason to refuse.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (mut router, request, held) = (router.clone(), place.request(request), place.held());
        async move {
            let answer: Response<Body> = router.call(request).await.unwrap_or_else(|never| match never {});
            Ok::<_, Infallible>(answer.map(|body| HeldBody { body, _held: held }))
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(HEAD_BYTES);
    let connection = builder.serve_connection(TokioIo::new(PacedStream::new(stream)), service);
    tokio::pin!(connection);
    let mut closing = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error = %error, "a connection ended early");
                }
                return;
            }
            () = closed.cancelled(), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

impl Place {
    /// The request as the router gets it.
    fn request(&self, request: Request<Incoming>) -> Request<Body> {
        let client = self.proxies.client_of(request.headers(), self.peer);
        if self.proxied {
            self.seat.give_to(Holder::Address(client_network(client.ip())));
        }
        let too_slow = TooSlow::default();
        let mut request = request.map(|body| Body::new(PacedBody::new(body, too_slow.clone())));
        request.extensions_mut().insert(ConnectInfo(client));
        request.extensions_mut().insert(Connection(self.seat.clone()));
        request.extensions_mut().insert(too_slow);
        request
    }

    /// Lives as long as the answer: the next request of a proxy is somebody else's.
    fn held(&self) -> Option<Held> {
        self.proxied.then(|| Held(self.seat.clone()))
    }
}

struct Held(Arc<Seat>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.give_to(Holder::Proxy);
    }
}

/// An answer's body that lets go of something when it has been sent, or will not be.
struct HeldBody {
    body: Body,
    _held: Option<Held>,
}

impl hyper::body::Body for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Who may say for whom it asks.
struct Proxies {
    trusted: Vec<Network>,
    warned: Mutex<HashMap<IpAddr, Instant>>,
}

impl Proxies {
    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// The client: the peer, or what the nearest trusted proxy saw. Addresses that clients put into the header
    /// themselves stand to the left of what the proxies added, and are never reached.
    fn client_of(&self, headers: &HeaderMap, peer: SocketAddr) -> SocketAddr {
        if !self.is_trusted(peer.ip()) {
            if (headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded")) && self.is_news(peer.ip())
            {
                tracing::warn!(
                    peer = %peer.ip(),
                    "a peer says for whom it asks and is not believed, so all its clients share one address and one \
                     limit; if it is your proxy, add it to trusted_proxies"
                );
            }
            return peer;
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let addresses: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
        let mut client = peer.ip();
        for address in addresses.into_iter().rev() {
            let Ok(address) = address.parse::<IpAddr>() else { break };
            client = address;
            if !self.is_trusted(address) {
                break;
            }
        }
        SocketAddr::new(client, peer.port())
    }

    /// Whether that peer is to be warned of now.
    fn is_news(&self, peer: IpAddr) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.len() >= WARNED || warned.contains_key(&peer) {
            warned.retain(|_, at| at.elapsed() < WARN_AGAIN);
        }
        if warned.len() >= WARNED || warned.contains_key(&peer) {
            return false;
        }
        warned.insert(peer, Instant::now());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        Proxies { trusted: vec!["10.0.0.0/8".parse().expect("network")], warned: Mutex::default() }
    }

    #[test]
    fn only_what_trusted_proxies_say_is_believed() {
        let client = |peer: &str, forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().expect("a value"));
            }
            proxies().client_of(&headers, SocketAddr::new(peer.parse().expect("peer"), 1)).ip().to_string()
        };
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1", "a stranger is not a proxy");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client("10.0.0.1", &["1.1.1.1, 198.51.100.7", "10.0.0.2"]),
            "198.51.100.7",
            "forged part is ignored"
        );
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
    }

    #[test]
    fn a_peer_is_warned_of_once_and_only_so_many_are() {
        let proxies = proxies();
        let peer = |at: u32| IpAddr::V4(at.into());
        assert!(proxies.is_news(peer(0)) && !proxies.is_news(peer(0)));
        let news = (1..5000).filter(|at| proxies.is_news(peer(*at))).count();
        assert_eq!(news, WARNED - 1);
    }
}
