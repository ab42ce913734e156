//! The accept loop.
//!
//! # Why
//! `axum::serve` installs no timer, so hyper's header time-out never fires there and connections with half-sent heads are
//! held for ever. Here every connection has a timer before its first byte and for its head, a small head buffer, and a
//! place among a limited number.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::config::Network;

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 2048;
/// How long a connection may wait before its first byte, and how long a request head may take.
const HEAD_LIMIT: Duration = Duration::from_secs(5);
/// Largest request head.
const HEAD_BYTES: usize = 16 * 1024;
/// Pause after an error of `accept`, mostly too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts until `closed`, then lets open connections finish what they are at.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    trusted: Vec<Network>,
    closed: CancellationToken,
    tasks: TaskTracker,
) {
    let (places, trusted) = (Arc::new(Semaphore::new(CONNECTIONS)), Arc::new(trusted));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = closed.cancelled() => return,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, trusted, closed) = (router.clone(), trusted.clone(), closed.clone());
                tasks.spawn(async move {
                    let _place = place;
                    connection(stream, peer, router, trusted, closed).await;
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    trusted: Arc<Vec<Network>>,
    closed: CancellationToken,
) {
    // A peer that says nothing is gone without an answer.
    match tokio::time::timeout(HEAD_LIMIT, stream.readable()).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) | Err(_) => return,
    }
    // Small answers go out at once; that they may not is no reason to refuse.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let client = client_of(&request, peer, &trusted);
        request.extensions_mut().insert(ConnectInfo(client));
        let mut router = router.clone();
        async move { Ok::<_, Infallible>(router.call(request).await.unwrap_or_else(|never| match never {})) }
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(HEAD_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
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

/// The client: the peer, or what the nearest trusted proxy saw. Addresses that clients put into the header themselves
/// stand to the left of what the proxies added, and are never reached.
fn client_of<B>(request: &Request<B>, peer: SocketAddr, trusted: &[Network]) -> SocketAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer.ip()) {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let addresses: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = peer.ip();
    for address in addresses.into_iter().rev() {
        let Ok(address) = address.parse::<IpAddr>() else { break };
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    SocketAddr::new(client, peer.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_say_is_believed() {
        let trusted = ["10.0.0.0/8".parse::<Network>().expect("network")];
        let client = |peer: &str, forwarded: &[&str]| {
            let mut request = Request::builder();
            for value in forwarded {
                request = request.header("x-forwarded-for", *value);
            }
            let request = request.body(()).expect("request");
            client_of(&request, SocketAddr::new(peer.parse().expect("peer"), 1), &trusted).ip().to_string()
        };
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1", "a stranger is no proxy");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client("10.0.0.1", &["1.1.1.1, 198.51.100.7", "10.0.0.2"]),
            "198.51.100.7",
            "forged part is ignored"
        );
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
    }
}
