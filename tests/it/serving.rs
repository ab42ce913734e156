//! The accept loop and the end of the process, from outside: clients that are slow, and streams that stay open.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::{Browser, LIMIT, Server};

/// Longest time between SIGTERM and the end of the process, as promised to the person who runs it.
const END: Duration = Duration::from_secs(10);
/// Half-sent requests that are held open at once.
const SLOW: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_open_streams_and_the_process() {
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start(data.path());
    let mut browser = Browser::new(&server.base);
    browser.set_up(&server).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = browser.stream("/events").await.bytes_stream();
        let hello = tokio::time::timeout(LIMIT, stream.next()).await.expect("in time").expect("a first event");
        assert!(hello.expect("bytes").starts_with(b"event"), "the stream greets");
        streams.push(stream);
    }
    // One that connects and says nothing must not hold the process either.
    let idle = TcpStream::connect(address(&server)).await.expect("a connection");
    server.terminate();
    let status = tokio::time::timeout(END, server.ended()).await.expect("it ends in time");
    assert!(status.success(), "{status}");
    for mut stream in streams {
        let rest = tokio::time::timeout(LIMIT, async { while stream.next().await.is_some() {} }).await;
        rest.expect("the stream has ended");
    }
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_sent_requests_are_cut_and_hold_nobody_up() {
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start(data.path());
    let mut slow = Vec::new();
    for at in 0..SLOW {
        let mut stream = TcpStream::connect(address(&server)).await.expect("a connection");
        // Every other says nothing at all.
        if at % 2 == 0 {
            stream.write_all(b"GET /login HTTP/1.1\r\nHost: nodedown\r\nX-Slow: ").await.expect("half a head");
        }
        slow.push(stream);
    }
    let page = tokio::time::timeout(LIMIT, Browser::new(&server.base).stream("/-/healthy")).await;
    page.expect("others are answered meanwhile");
    for mut stream in slow {
        let mut said = Vec::new();
        let end = tokio::time::timeout(LIMIT, stream.read_to_end(&mut said)).await.expect("the server hangs up");
        // A reset is an end too.
        if end.is_ok() {
            let said = String::from_utf8_lossy(&said);
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "half a request got an answer: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_refused() {
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start(data.path());
    let mut stream = TcpStream::connect(address(&server)).await.expect("a connection");
    let head = format!("GET /login HTTP/1.1\r\nHost: nodedown\r\nX-Large: {}\r\n\r\n", "x".repeat(64 * 1024));
    // It may hang up before all is sent.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut said = Vec::new();
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut said)).await.expect("an end");
    let said = String::from_utf8_lossy(&said);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
}

fn address(server: &Server) -> String {
    server.base.trim_start_matches("http://").to_owned()
}
