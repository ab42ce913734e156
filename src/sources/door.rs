//! Small requests through a front door, each on a connection of its own, and the same ones straight to a node.
//!
//! # Why
//! A proxy seldom says which node it asked; where it does, in a header, that is kept. So the question is one whose answer
//! names the node, where the cluster lets anybody ask it; where it does not, a refusal by Nacos still shows that a node
//! answered. No credentials travel through a door: what stands there is not known to be a node.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::domain::cluster::FrontDoor;
use crate::domain::message::Message;
use crate::domain::observed::{DoorRequest, DoorSeen, PortRole};
use crate::domain::trust::Trust;
use crate::domain::vocabulary::Failure;
use crate::nacos::api::own_self;

use super::distrust::Distrust;
use super::http::{Bare, ListedUrl, Origin};
use super::{Deadline, Expect, ProbeAsk, SourceError, http, tcp, within};

/// Most requests in one go.
const MAX_TRIES: u8 = 12;

/// Least time between two of them.
const APART: Duration = Duration::from_millis(30);

/// Longest wait for one answer: with it a dead node behind the door shows as a time-out within a usual deadline.
const LONGEST: Duration = Duration::from_millis(2400);

/// Tries of the gRPC port.
const GRPC_TRIES: u8 = 3;

/// Where a node names itself, by version.
pub(super) const PATHS: [&str; 2] = ["/v1/core/cluster/self", "/v3/admin/core/cluster/node/self"];

/// Sends `tries` requests through `door`, a little apart, and tries its port for gRPC if that is wanted.
///
/// # Errors
/// `Timeout` if the deadline is over before anything was seen, `Cancelled`.
pub async fn ask(door: &FrontDoor, tries: u8, grpc: bool, deadline: &Deadline) -> Result<DoorSeen, SourceError> {
    let seen = async {
        let probed = async {
            let port = door.grpc_port().filter(|_| grpc)?;
            let ask = ProbeAsk { port, expect: Expect::Http2, tries: GRPC_TRIES };
            let answer = tcp::probe(&door.host, &ask, deadline).await.ok()?;
            Some(answer.of(PortRole::ClientGrpc, port))
        };
        let (tries, grpc) = tokio::join!(requests(door, tries.clamp(1, MAX_TRIES), deadline), probed);
        let (tries, missing) = trusted(door, tries?, deadline).await;
        Ok(DoorSeen { door: door.to_string(), tries, grpc, missing })
    };
    within(deadline, seen).await
}

/// A request, and what is wrong with its answer where that says nothing of the door.
type Tried = (DoorRequest, Option<SourceError>);

/// What of the requests can be trusted to come from where it was sent; where nothing can, the reason.
async fn trusted(door: &FrontDoor, all: Vec<Tried>, deadline: &Deadline) -> (Vec<DoorRequest>, Option<Message>) {
    let is_untrusted = |error: &Option<SourceError>| matches!(error, Some(SourceError::Untrusted { .. }));
    let none_served = all.iter().all(|(tried, _)| matches!(tried.status, None | Some(400)));
    let first = all.iter().find_map(|(_, error)| error.clone());
    if none_served && let Some(error) = first.filter(|_| !all.iter().any(|(_, error)| is_untrusted(error))) {
        let origin = Origin { scheme: &door.scheme, host: &door.host, port: door.port };
        if let SourceError::Untrusted { why } = http::apart(origin, error, deadline).await {
            return (Vec::new(), Some(why.message()));
        }
    }
    let (bad, good): (Vec<Tried>, Vec<Tried>) = all.into_iter().partition(|(_, error)| is_untrusted(error));
    let reason = bad.into_iter().find_map(|(_, error)| error).filter(|_| good.is_empty());
    (good.into_iter().map(|(tried, _)| tried).collect(), reason.map(|error| error.message()))
}

async fn requests(door: &FrontDoor, tries: u8, deadline: &Deadline) -> Result<Vec<Tried>, SourceError> {
    let begun = Instant::now();
    // A little earlier than the deadline: what was seen must still be told.
    let budget = deadline.left().mul_f64(0.92);
    let end = begun + budget;
    let apart = (budget.mul_f64(0.25) / u32::from(tries)).clamp(Duration::from_millis(1), APART);
    let origin = Origin { scheme: &door.scheme, host: &door.host, port: door.port };
    let bases = door.context_path.clone().map_or_else(|| http::candidates().to_vec(), |given| vec![given]);
    let urls = bases.iter().flat_map(|base| PATHS.iter().map(move |path| ListedUrl::get(origin, base, path)));
    let urls: Arc<[ListedUrl]> = urls.collect::<Result<_, _>>()?;
    let known = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    let trust = Arc::new(door.trust.clone());
    for nth in 0..tries {
        let (urls, known, trust) = (Arc::clone(&urls), Arc::clone(&known), Arc::clone(&trust));
        running.spawn(async move {
            sleep_until(begun + apart * u32::from(nth)).await;
            (nth, one(&urls, &trust, &known, end.min(Instant::now() + LONGEST)).await)
        });
    }
    let mut done: Vec<(u8, Tried)> = Vec::with_capacity(usize::from(tries));
    while let Some(ended) = running.join_next().await {
        let (nth, tried) = ended.map_err(|_| SourceError::Protocol { why: "a request broke off".to_owned() })?;
        done.push((nth, tried?));
    }
    done.sort_by_key(|(nth, _)| *nth);
    Ok(done.into_iter().map(|(_, tried)| tried).collect())
}

/// One request: the first path that this version knows, as far as the requests before have found it.
async fn one(urls: &[ListedUrl], trust: &Trust, known: &AtomicUsize, end: Instant) -> Result<Tried, SourceError> {
    let begun = Instant::now();
    let first = known.load(Ordering::Relaxed).min(urls.len().saturating_sub(1));
    let mut at = first;
    let mut unknown: Option<Tried> = None;
    loop {
        let asked = Instant::now();
        let answered = timeout_at(end, http::bare(&urls[at], trust)).await;
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let failed = |how: Failure| DoorRequest {
            status: None,
            failure: Some(how),
            backend: None,
            headers: Vec::new(),
            elapsed_ms,
        };
        let (tried, error) = match answered {
            // Without a connection it would have ended earlier.
            Err(_) if asked.elapsed() > http::CONNECT.mul_f64(1.1) => (failed(Failure::Silent), None),
            Err(_) => (failed(Failure::Timeout), None),
            Ok(Err(SourceError::Cancelled)) => return Err(SourceError::Cancelled),
            Ok(Err(error)) => (failed(error.failure()), Some(error)),
            Ok(Ok(Bare { status, headers, body, elsewhere, content_type })) => {
                let own = (status == 200).then(|| own_self(&body)).flatten();
                let backend = own.map(|own| own.address);
                // A page with a 200 that names no node is the page of something else.
                let foreign =
                    (status == 200 && backend.is_none()).then_some(Distrust::NotNacos { status, content_type });
                let why = elsewhere.or(foreign).map(|why| SourceError::Untrusted { why });
                let misread = (status == 400).then(|| SourceError::Protocol { why: "400".to_owned() });
                (DoorRequest { status: Some(status), failure: None, backend, headers, elapsed_ms }, why.or(misread))
            }
        };
        let untrusted = matches!(error, Some(SourceError::Untrusted { .. }));
        let is_unknown = matches!(tried.status, Some(404 | 410)) || untrusted && tried.status.is_some();
        if is_unknown && at + 1 < urls.len() {
            unknown.get_or_insert((tried, error));
            at += 1;
            continue;
        }
        // Where no path is known, the answer to the first one stands for all.
        return Ok(match unknown {
            Some(first) if is_unknown => first,
            _ => {
                if !untrusted && tried.status.is_some_and(|status| status < 500) {
                    known.store(at, Ordering::Relaxed);
                }
                (tried, error)
            }
        });
    }
}
