//! Probes against real listeners on loopback.

use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use super::*;

fn deadline(millis: u64) -> Deadline {
    Deadline::after(Duration::from_millis(millis), CancellationToken::new())
}

/// Accepts, reads a little, answers `answer`, and keeps the connection open unless the answer is empty.
async fn server(answer: &'static [u8], stay: bool) -> u16 {
    listening(answer, true, stay).await
}

/// The same; one that does not read first speaks first.
async fn listening(answer: &'static [u8], reads: bool, stay: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let port = listener.local_addr().expect("address").port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            if !answer.is_empty() {
                if reads {
                    let mut buffer = [0; 16];
                    let _ = stream.read(&mut buffer).await;
                }
                let _ = stream.write_all(answer).await;
            }
            if stay {
                open.push(stream);
            }
        }
    });
    tasks.detach_all();
    port
}

async fn result(port: u16, expect: Expect, tries: u8) -> ProbeAnswer {
    // Far more than a probe takes, so that it ends by itself on a machine that is busy with other things.
    probe("127.0.0.1", &ProbeAsk { port, expect, tries }, &deadline(10_000)).await.expect("probed")
}

#[tokio::test]
async fn tells_the_kinds_apart() {
    let settings: &[u8] = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x7f\xff\xff\xff";
    let grpc = server(settings, true).await;
    let http = server(b"HTTP/1.1 404 \r\n\r\n", false).await;
    let silent = server(b"", true).await;
    let closing = server(b"", false).await;
    let tls = server(b"\x15\x03\x03\x00\x02\x02\x46\x00\x00", true).await;
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        listener.local_addr().expect("address").port()
    };
    for (port, expect, expected) in [
        (grpc, Expect::Http2, PortResult::Open),
        (grpc, Expect::Http1, PortResult::WrongProtocol),
        (grpc, Expect::Tcp, PortResult::Open),
        (http, Expect::Http1, PortResult::Open),
        (http, Expect::Http2, PortResult::WrongProtocol),
        (silent, Expect::Http2, PortResult::Silent),
        (silent, Expect::Http1, PortResult::Silent),
        (silent, Expect::Tcp, PortResult::Open),
        (closing, Expect::Http2, PortResult::Reset),
        (tls, Expect::Http2, PortResult::WrongProtocol),
        (refused, Expect::Http2, PortResult::Refused),
    ] {
        let answer = result(port, expect, 3).await;
        assert_eq!(answer.result, expected, "{expect:?} {answer:?}");
        // A machine that is busy with other things may make more of them before the first has met anybody, or fewer in time.
        assert!((1..=6).contains(&answer.tries), "{answer:?}");
        assert_eq!(answer.ok, if expected == PortResult::Open { answer.tries } else { 0 }, "{answer:?}");
    }
}

#[tokio::test]
async fn a_full_backlog_is_a_timeout() {
    let socket = TcpSocket::new_v4().expect("socket");
    socket.bind("127.0.0.1:0".parse().expect("address")).expect("bind");
    let listener = socket.listen(1).expect("listen");
    let address = listener.local_addr().expect("address");
    // Fill the queue; nobody accepts.
    let mut waiting = Vec::new();
    for _ in 0..16 {
        match timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
            Ok(Ok(stream)) => waiting.push(stream),
            _ => break,
        }
    }
    let answer = result(address.port(), Expect::Http2, 2).await;
    assert_eq!((answer.result, answer.ok), (PortResult::Timeout, 0), "{answer:?}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_dns() {
    let ask = ProbeAsk { port: 1, expect: Expect::Tcp, tries: 1 };
    let answer = probe("no-such-host.invalid", &ask, &deadline(5000)).await.expect("probed");
    assert_eq!(answer.result, PortResult::Dns, "{answer:?}");
}

#[tokio::test]
async fn ends_by_deadline_and_by_cancel() {
    let silent = server(b"", true).await;
    let ask = ProbeAsk { port: silent, expect: Expect::Http2, tries: 5 };
    let answer = probe("127.0.0.1", &ask, &deadline(2500)).await.expect("told before the deadline");
    assert!(answer.result == PortResult::Silent && answer.tries >= 5, "{answer:?}");
    let cancel = CancellationToken::new();
    let deadline = Deadline::after(Duration::from_secs(60), cancel.clone());
    let (answer, ()) = tokio::join!(probe("127.0.0.1", &ask, &deadline), async { cancel.cancel() });
    assert_eq!(answer, Err(SourceError::Cancelled));
}

#[test]
fn the_majority_wins_and_no_failure_hides() {
    let elapsed = Duration::from_millis(1);
    let tried = |result| Tried { result, elapsed, detail: None, untaken: result == PortResult::Timeout };
    let answer = majority(&[tried(PortResult::Open), tried(PortResult::Timeout)]);
    assert_eq!((answer.result, answer.ok, answer.tries), (PortResult::Timeout, 1, 2));
    let answer = majority(&[tried(PortResult::Open), tried(PortResult::Timeout), tried(PortResult::Open)]);
    assert_eq!((answer.result, answer.ok, answer.tries, answer.untaken), (PortResult::Open, 2, 3, 1));
}

#[tokio::test]
async fn a_database_greets_or_says_why_not() {
    for (words, result, told) in [
        (b"\x12\0\0\0\x0a10.11.19-MariaDB\0".as_slice(), PortResult::Open, None),
        (b"\x17\0\0\0\xff\x10\x04Too many connections", PortResult::Open, Some("1040: Too many connections")),
        (b"\x1d\0\0\0\xff\x10\x04#08004Too many connections", PortResult::Open, Some("1040: Too many connections")),
        (b"\x05\0\0\0\xff", PortResult::Silent, None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", PortResult::WrongProtocol, Some("answered HTTP/1")),
        (b"", PortResult::Silent, None),
    ] {
        let port = listening(words, false, true).await;
        let answer = probe("127.0.0.1", &ProbeAsk::greeting(port), &deadline(10_000)).await.expect("probed");
        assert_eq!((answer.result, answer.detail.as_deref()), (result, told), "{:?}", String::from_utf8_lossy(words));
    }
}
