//! Probes one TCP port, from here or from a node: connect, then the first words of HTTP/2 or HTTP/1.
//!
//! An open port proves nothing about the program behind it: a frozen process still has its connections accepted by the
//! kernel. So a port that should speak HTTP/2 must answer the client preface with a SETTINGS frame, else it is `Silent`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::domain::observed::PortResult;

use super::network::Network;
use super::{Deadline, Expect, ProbeAnswer, ProbeAsk, SourceError, within};

/// What a client says first in HTTP/2, with an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// GOAWAY without an error: last stream 0, code 0.
const GOAWAY: &[u8] = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/// Longest time one probe takes, also when the deadline is farther away.
pub const LONGEST: Duration = Duration::from_millis(1500);

/// Most tries in one probe.
const MAX_TRIES: u8 = 10;

/// One try.
#[derive(Clone, Debug)]
struct Tried {
    result: PortResult,
    elapsed: Duration,
    detail: Option<String>,
    /// The kernel of this machine sent for a connection, and nobody took it before the time was up.
    untaken: bool,
}

/// Probes `host:port`.
///
/// # Errors
/// `Timeout` if the deadline is over before anything was sent, `Cancelled`, and `Protocol` if this machine cannot even try.
pub async fn probe(host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
    let addresses = async {
        Ok(match tokio::net::lookup_host((host, ask.port)).await {
            Ok(found) => Ok(found.collect()),
            Err(error) => Err(error.to_string()),
        })
    };
    reach(addresses, TcpStream::connect, ask, deadline).await
}

/// Probes `host:port` from the network of a process on this machine.
///
/// # Errors
/// As [`probe`]; not configured if only the process could resolve the name.
pub(super) async fn probe_in(
    network: Arc<Network>,
    host: &str,
    ask: &ProbeAsk,
    deadline: &Deadline,
) -> Result<ProbeAnswer, SourceError> {
    let inside = Arc::clone(&network);
    let connect = move |address| {
        let network = Arc::clone(&inside);
        async move { network.connect(address).await }
    };
    reach(network.resolve(host, ask.port), connect, ask, deadline).await
}

/// Probes what `addresses` says, by connections that `connect` makes.
async fn reach<C>(
    addresses: impl Future<Output = Result<Result<Vec<SocketAddr>, String>, SourceError>>,
    connect: impl Fn(SocketAddr) -> C + Clone + Send + Sync + 'static,
    ask: &ProbeAsk,
    deadline: &Deadline,
) -> Result<ProbeAnswer, SourceError>
where
    C: Future<Output = io::Result<TcpStream>> + Send + 'static,
{
    within(deadline, async {
        let begun = Instant::now();
        // A little earlier than the deadline: what was found must still be told.
        let budget = (deadline.left().mul_f64(0.92)).min(LONGEST);
        let mut addresses = match timeout_at(begun + budget, addresses).await {
            Ok(Ok(Ok(found))) => found,
            Ok(Ok(Err(why))) => return Ok(unresolved(ask, begun, why)),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Ok(unresolved(ask, begun, "the name server did not answer".to_owned())),
        };
        addresses.dedup();
        addresses.truncate(4);
        if addresses.is_empty() {
            return Ok(unresolved(ask, begun, "the name has no address".to_owned()));
        }
        let expect = ask.expect;
        let one = move |end, met| one_try(addresses.clone(), connect.clone(), expect, end, met);
        // What the name server took is not taken from the number of tries.
        staggered(ask, Instant::now(), budget.saturating_sub(begun.elapsed()), one).await
    })
    .await
}

/// Probes through connections that something else makes, as from another host. `connect` says how one failed.
///
/// # Errors
/// As [`probe`]; whatever `connect` says beyond a result.
pub(super) async fn probe_through<S, C>(
    ask: &ProbeAsk,
    deadline: &Deadline,
    connect: impl Fn() -> C,
) -> Result<ProbeAnswer, SourceError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    C: Future<Output = Result<S, SourceError>> + Send + 'static,
{
    within(deadline, async {
        let begun = Instant::now();
        let budget = (deadline.left().mul_f64(0.92)).min(LONGEST);
        let expect = ask.expect;
        staggered(ask, begun, budget, |end, met| {
            let connecting = connect();
            async move {
                let begun = Instant::now();
                let (result, detail) = match timeout_at(end, connecting).await {
                    Err(_) => (PortResult::Timeout, None),
                    Ok(Err(SourceError::Unreachable { result, why })) => (result, Some(why)),
                    Ok(Err(error)) => return Err(error),
                    Ok(Ok(stream)) => {
                        met.store(true, Ordering::Relaxed);
                        speak(stream, expect, end).await
                    }
                };
                // What makes the connection may be as slow as the way to the port.
                Ok(Tried { result, elapsed: begun.elapsed(), detail, untaken: false })
            }
        })
        .await
    })
    .await
}

/// Tries one after the other, apart from each other, until the budget is used up. One lost packet costs a try the second
/// until the kernel sends it again; so while no try has met anybody, more are made than were asked for. `one` is told
/// when to end and where to note that it has connected.
async fn staggered<T>(
    ask: &ProbeAsk,
    begun: Instant,
    budget: Duration,
    one: impl Fn(Instant, Arc<AtomicBool>) -> T,
) -> Result<ProbeAnswer, SourceError>
where
    T: Future<Output = Result<Tried, SourceError>> + Send + 'static,
{
    let end = begun + budget;
    let tries = ask.tries.clamp(1, MAX_TRIES);
    let most = tries * 2;
    // A quarter of the time stays for the last try.
    let apart = budget.mul_f64(0.75) / u32::from(most);
    let met = Arc::new(AtomicBool::new(false));
    let mut running: JoinSet<Result<Tried, SourceError>> = JoinSet::new();
    let mut done: Vec<Tried> = Vec::new();
    let mut started = 0;
    let mut next_start = begun;
    loop {
        let nobody = done.is_empty() && !met.load(Ordering::Relaxed);
        // On a machine that was busy with other things, one that begins too late would tell nothing but that.
        let late = started > 0 && Instant::now() + budget.mul_f64(0.2) > end;
        let wanted = !late && started < if nobody { most } else { tries };
        if !wanted && running.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            Some(ended) = running.join_next() => {
                done.push(ended.map_err(|_| SourceError::Protocol { why: "a try broke off".to_owned() })??);
                // Answered: no need to wait long before the next one.
                next_start = next_start.min(Instant::now() + Duration::from_millis(5));
            }
            () = sleep_until(next_start), if wanted => {
                // It may have met somebody while this waited.
                if started >= tries && met.load(Ordering::Relaxed) {
                    continue;
                }
                running.spawn(one(end, Arc::clone(&met)));
                started += 1;
                next_start = Instant::now() + apart;
            }
        }
    }
    Ok(majority(&done))
}

fn unresolved(ask: &ProbeAsk, begun: Instant, detail: String) -> ProbeAnswer {
    ProbeAnswer {
        result: PortResult::Dns,
        tries: ask.tries.clamp(1, MAX_TRIES),
        ok: 0,
        untaken: 0,
        elapsed_ms: millis(begun.elapsed()),
        detail: Some(detail),
    }
}

/// The result most tries ended with; of two as frequent the one that is not `Open`, so that no failure hides.
fn majority(done: &[Tried]) -> ProbeAnswer {
    let count = |result: PortResult| done.iter().filter(|tried| tried.result == result).count();
    let result = done
        .iter()
        .map(|tried| tried.result)
        .max_by_key(|result| (count(*result), *result != PortResult::Open))
        .unwrap_or(PortResult::Timeout);
    let fastest =
        done.iter().filter(|tried| tried.result == result).map(|tried| tried.elapsed).min().unwrap_or_default();
    ProbeAnswer {
        result,
        tries: u8::try_from(done.len()).unwrap_or(u8::MAX),
        ok: u8::try_from(count(PortResult::Open)).unwrap_or(u8::MAX),
        untaken: u8::try_from(done.iter().filter(|tried| tried.untaken).count()).unwrap_or(u8::MAX),
        elapsed_ms: millis(fastest),
        detail: done.iter().find(|tried| tried.result == result).and_then(|tried| tried.detail.clone()),
    }
}

async fn one_try<C>(
    addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> C,
    expect: Expect,
    end: Instant,
    met: Arc<AtomicBool>,
) -> Result<Tried, SourceError>
where
    C: Future<Output = io::Result<TcpStream>>,
{
    let begun = Instant::now();
    let mut first: Option<(PortResult, Option<String>)> = None;
    for address in addresses {
        let (result, detail) = match timeout_at(end, connect(address)).await {
            Err(_) => (PortResult::Timeout, None),
            Ok(Err(error)) => (classify(&error)?, Some(error.to_string())),
            Ok(Ok(stream)) => {
                met.store(true, Ordering::Relaxed);
                speak(stream, expect, end).await
            }
        };
        if result == PortResult::Open {
            return Ok(Tried { result, elapsed: begun.elapsed(), detail, untaken: false });
        }
        first.get_or_insert((result, detail));
    }
    let (result, detail) = first.unwrap_or((PortResult::Timeout, None));
    Ok(Tried { result, elapsed: begun.elapsed(), detail, untaken: result == PortResult::Timeout })
}

/// What a failed connect means; an error if the reason is this machine.
pub(super) fn classify(error: &io::Error) -> Result<PortResult, SourceError> {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Ok(PortResult::Refused),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Ok(PortResult::Reset),
        Kind::TimedOut => Ok(PortResult::Timeout),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
            Ok(PortResult::Unreachable)
        }
        // A local packet filter answers so.
        Kind::PermissionDenied => Ok(PortResult::Unreachable),
        _ => Err(SourceError::Protocol { why: format!("this machine cannot connect: {error}") }),
    }
}

/// Says the first words and waits for theirs.
async fn speak<S>(mut stream: S, expect: Expect, end: Instant) -> (PortResult, Option<String>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let hello;
    let words: &[u8] = match expect {
        Expect::Tcp => {
            let _ = stream.shutdown().await;
            return (PortResult::Open, None);
        }
        Expect::Http2 => PREFACE,
        Expect::Tls => {
            hello = super::tls::hello();
            &hello
        }
        Expect::Mysql => return listen(stream, end).await,
        Expect::Http1 => b"HEAD / HTTP/1.1\r\nHost: nodedown\r\nUser-Agent: nodedown\r\nConnection: close\r\n\r\n",
    };
    let answered = timeout_at(end, async {
        stream.write_all(words).await?;
        let mut answer = Vec::with_capacity(64);
        // A frame header is nine bytes, `HTTP/1.1 ` as well; an alert of TLS is seven.
        while answer.len() < if is_tls(&answer) { 7 } else { 9 } {
            if stream.read_buf(&mut answer).await? == 0 {
                break;
            }
        }
        io::Result::Ok(answer)
    })
    .await;
    match answered {
        Err(_) => (PortResult::Silent, None),
        Ok(Err(error)) => (PortResult::Reset, Some(error.to_string())),
        Ok(Ok(answer)) if answer.is_empty() => (PortResult::Reset, Some("closed without a word".to_owned())),
        Ok(Ok(answer)) => {
            // No plain words are taken there: the port is as alive as one that answers them.
            if expect == Expect::Http1 && is_tls(&answer) {
                return (PortResult::Open, Some(kind_of(&answer).to_owned()));
            }
            let good = match expect {
                Expect::Tls => is_tls(&answer),
                Expect::Http2 => is_settings(&answer),
                Expect::Http1 => answer.starts_with(b"HTTP/1."),
                Expect::Tcp | Expect::Mysql => true,
            };
            if good {
                close(stream, expect).await;
                (PortResult::Open, None)
            } else {
                (PortResult::WrongProtocol, Some(kind_of(&answer).to_owned()))
            }
        }
    }
}

/// Waits for the greeting of a MySQL server: `HandshakeV10` or `ERR_Packet` of its protocol, behind four bytes of length and
/// number.
async fn listen<S>(mut stream: S, end: Instant) -> (PortResult, Option<String>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    const MOST: usize = 512;
    let heard = timeout_at(end, async {
        let mut packet = Vec::with_capacity(MOST);
        while packet.len() < MOST && !is_enough(&packet) && stream.read_buf(&mut packet).await? > 0 {}
        io::Result::Ok(packet)
    })
    .await;
    let _ = stream.shutdown().await;
    match heard {
        Err(_) => (PortResult::Silent, None),
        Ok(Err(error)) => (PortResult::Reset, Some(error.to_string())),
        Ok(Ok(packet)) => match packet.as_slice() {
            [] => (PortResult::Reset, Some("closed without a word".to_owned())),
            [_, _, 0, 0, 10, ..] => (PortResult::Open, None),
            [_, _, 0, 0, 0xff, low, high, words @ ..] => {
                // From 4.1 on a marker and the state stand in front of the words.
                let words = if words.first() == Some(&b'#') { words.get(6..).unwrap_or_default() } else { words };
                let code = u16::from_le_bytes([*low, *high]);
                (PortResult::Open, Some(format!("{code}: {}", String::from_utf8_lossy(words).trim())))
            }
            other => (PortResult::WrongProtocol, Some(kind_of(other).to_owned())),
        },
    }
}

/// True if the kind of a packet of MySQL is known, and of an error its words are here.
fn is_enough(packet: &[u8]) -> bool {
    match packet {
        [low, middle, high, _, payload @ ..] if payload.first() == Some(&0xff) => {
            payload.len() >= u32::from_le_bytes([*low, *middle, *high, 0]) as usize
        }
        _ => packet.len() > 4,
    }
}

/// A SETTINGS frame on stream 0 of a size that servers use.
fn is_settings(answer: &[u8]) -> bool {
    answer.len() >= 9 && answer[0] == 0 && answer[3] == 4 && answer[5..9] == [0, 0, 0, 0]
}

/// A record of TLS: handshake or alert.
fn is_tls(answer: &[u8]) -> bool {
    matches!(answer, [0x15 | 0x16, 3, ..])
}

fn kind_of(answer: &[u8]) -> &'static str {
    match answer {
        [b'H', b'T', b'T', b'P', b'/', b'1', ..] => "answered HTTP/1",
        [0x15 | 0x16, 3, ..] => "answered TLS",
        [_, _, _, 4, ..] => "answered HTTP/2",
        _ => "answered something else",
    }
}

/// GOAWAY, FIN, and a short wait for theirs: no reset in the log of the other side.
async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, expect: Expect) {
    let _ = timeout(Duration::from_millis(100), async {
        if expect == Expect::Http2 {
            stream.write_all(GOAWAY).await?;
        }
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    })
    .await;
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
