//! Whatever sits at the address of a node can answer with anything: that takes little memory and holds nobody up.

use std::sync::Arc;
use std::time::Duration;

use nodedown::domain::id::IncidentId;
use nodedown::store::Store;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::kill::id_in;
use crate::process::{Browser, LIMIT, Server};

/// Bytes of an answer.
const ANSWER: usize = 6_500_000;
/// What answers may cost beside what the program takes anyway, KiB.
const COST_KIB: u64 = 64 * 1024;

/// So many pieces between two ends that the whole is as long as an answer.
fn wide(begin: &str, piece: &str, end: &str) -> Vec<u8> {
    format!("{begin}{}{end}", piece.repeat((ANSWER - begin.len()) / piece.len())).into_bytes()
}

/// Answers every question with megabytes; gives its port.
async fn hostile() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("address").port();
    let connections = Arc::new(wide("{", r#""":{"metaInfo":{}},"#, r#""x":{"metaInfo":{}}}"#));
    let others = Arc::new(wide("[", "{},", "{}]"));
    TaskTracker::new().spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let (connections, others) = (connections.clone(), others.clone());
            TaskTracker::new().spawn(async move {
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap_or_default();
                let asked = String::from_utf8_lossy(&head[..read]).into_owned();
                let body = if asked.contains("/loader/current") { &connections } else { &others };
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                // A client that has had enough hangs up.
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(body).await;
            });
        }
    });
    port
}

/// A number of `/proc/PID/status`, KiB.
/// What the system says of the memory of the program, KiB.
pub fn status_kib(server: &Server, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("status");
    let line = text.lines().find(|line| line.starts_with(name)).expect("a line");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_megabytes_cost_little_and_hold_nobody_up() {
    let data = tempfile::tempdir().expect("folder");
    let port = hostile().await;
    let server = Server::start(data.path());
    let mut browser = Browser::new(&server.base);
    browser.set_up(&server).await;
    let address = format!("127.0.0.1:{port}/nacos");
    let cluster = browser.post("/clusters", &[("name", "prod"), ("addresses", &address), ("nonce", "c")]).await;
    let cluster = id_in(&cluster);
    let before = status_kib(&server, "VmRSS:");
    // The highest mark begins anew.
    std::fs::write(format!("/proc/{}/clear_refs", server.id()), "5").expect("the mark is taken back");
    let place = browser.post("/incidents", &[("cluster", &cluster), ("kind", "outage"), ("nonce", "i")]).await;
    let id = IncidentId(id_in(&place).parse().expect("an id"));
    for step in ["4", "5"] {
        let path = format!("/incidents/{id}/steps/{step}/check-runs");
        browser.post(&path, &[("nonce", step)]).await;
    }
    let read = Store::open(data.path()).await.expect("opens beside the server").read().clone();
    let ended = async {
        loop {
            let page = tokio::time::timeout(LIMIT, browser.get("/-/healthy")).await.expect("answered meanwhile");
            assert!(page.contains("healthy"));
            let runs = read.runs(id).await.expect("runs");
            if runs.iter().any(|run| run.check == "clients.connections") && runs.iter().all(|run| run.end().is_some()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("the checks end");
    let peak = status_kib(&server, "VmHWM:");
    crate::support::aloud(&format!("answers of 6.5 MB: {before} KiB before, {peak} KiB at most"));
    assert!(peak < before + COST_KIB, "{before} KiB before, {peak} KiB at most");
}
