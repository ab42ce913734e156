//! The HTTP source against a small server on loopback.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::cluster::CredentialRef;

fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(20), CancellationToken::new())
}

fn main_ask(path: &str) -> HttpAsk {
    HttpAsk { port: HttpPort::Main, path: path.to_owned() }
}

/// Answers each request (head and body as text) with the bytes that `answer` makes of it; `None` keeps it waiting.
async fn server(answer: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let port = listener.local_addr().expect("address").port();
    let answer = Arc::new(answer);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            connections.spawn(async move {
                let mut request = Vec::new();
                loop {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head
                        .to_ascii_lowercase()
                        .lines()
                        .find_map(|line| line.strip_prefix("content-length: ").and_then(|value| value.parse().ok()))
                        .unwrap_or(0);
                    if body.len() >= length {
                        break;
                    }
                }
                match answer(&String::from_utf8_lossy(&request)) {
                    Some(bytes) => {
                        let _ = stream.write_all(&bytes).await;
                        let _ = stream.shutdown().await;
                    }
                    None => std::future::pending::<()>().await,
                }
            });
        }
    });
    tasks.detach_all();
    port
}

fn http(status: u16, body: &str) -> Option<Vec<u8>> {
    Some(
        format!(
            "HTTP/1.1 {status} X\r\nDate: Sun, 22 Nov 2026 15:04:05 GMT\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

fn source(port: u16, context_path: Option<&str>, credential: Option<CredentialRef>) -> HttpSource {
    HttpSource::new(ApiAddress {
        published: Default::default(),
        scheme: "http".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        context_path: context_path.map(|path| ContextPath::parse(path).expect("a context path")),
        console_port: Some(port),
        credential,
        trust: Trust::System,
    })
}

fn secret_file(text: &str) -> (tempfile::TempDir, CredentialRef) {
    let folder = tempfile::tempdir().expect("folder");
    let path: PathBuf = folder.path().join("cred");
    std::fs::write(&path, text).expect("credential");
    (folder, CredentialRef::File { path })
}

#[tokio::test]
async fn finds_the_context_path_and_asks_below_it() {
    let port = server(|request| {
        let line = request.lines().next().unwrap_or_default();
        if line.starts_with("GET /nacos/") || !line.starts_with("GET /v") {
            http(404, "not here")
        } else {
            http(200, "{\"accessToken\":\"geheim\",\"ok\":1}")
        }
    })
    .await;
    let source = source(port, None, None);
    let answer = source.ask(&main_ask("/v1/ns/operator/metrics"), &deadline()).await.expect("answer");
    assert_eq!((answer.status, answer.context_path.as_str()), (200, ""));
    assert_eq!(answer.body, "{\"accessToken\":\"••••\",\"ok\":1}");
    assert_eq!(answer.date.map(Timestamp::as_millis), Some(1_795_359_845_000));
}

#[tokio::test]
async fn a_given_context_path_wins_and_a_status_is_an_answer() {
    let port = server(|request| http(if request.starts_with("GET /x/v1/ns/") { 500 } else { 404 }, "broken")).await;
    let source = source(port, Some("/x"), None);
    let answer = source.ask(&main_ask("/v1/ns/operator/metrics"), &deadline()).await.expect("answer");
    assert_eq!((answer.status, answer.body.as_str(), answer.context_path.as_str()), (500, "broken", "/x"));
}

/// A server that answers every question as Nacos would want, and the request lines that reached it.
async fn recorder() -> (u16, Arc<Mutex<Vec<String>>>) {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&lines);
    let port = server(move |request| {
        noted.lock().expect("lines").push(request.lines().next().unwrap_or_default().to_owned());
        http(if request.starts_with("POST") { 200 } else { 403 }, "{\"accessToken\":\"a-token-of-its-own\"}")
    })
    .await;
    (port, lines)
}

/// What may stand in a request line, whatever was set up: below which context path, and what of it.
fn is_listed(line: &str, bases: &[&str]) -> bool {
    let asked = |base: &&str| line.split_once(' ').map(|(method, rest)| (method, rest.strip_prefix(base)));
    let paths = crate::nacos::api::Question::ALL.iter().flat_map(|one| {
        use crate::nacos::api::Family;
        [one.paths(Family::Old), one.paths(Family::Three)].concat()
    });
    let gets: Vec<String> = paths.chain(ROOTS).map(|path| format!("{path} HTTP/1.1")).collect();
    let posts: Vec<String> = LOGINS.iter().map(|path| format!("{path} HTTP/1.1")).collect();
    bases.iter().any(|base| match asked(base) {
        Some(("GET", Some(rest))) => gets.iter().any(|one| one == rest),
        Some(("POST", Some(rest))) => posts.iter().any(|one| one == rest),
        _ => false,
    })
}

#[tokio::test]
async fn nothing_off_the_list_arrives_whatever_is_set_up() {
    let (port, lines) = recorder().await;
    let (_folder, credential) = secret_file("nacos:geheim123");
    let stored = |host: &str, context_path: &str, scheme: &str| -> ApiAddress {
        // As a row of before may hold it: no form was asked.
        serde_json::from_value(serde_json::json!({
            "scheme": scheme, "host": host, "port": port, "context_path": context_path, "console_port": port,
            "credential": serde_json::to_value(&credential).expect("a credential"),
        }))
        .expect("a row of before is read")
    };
    let question = main_ask("/v1/cs/health");
    for context_path in [
        "/nacos/v2/core/loader/reloadCurrent?count=1&x=",
        "/nacos/v2/core/loader/reloadCurrent#",
        "/nacos/v2/core/loader/reloadCurrent;",
        "/nacos/../nacos/v2/core/loader",
        "/nacos/%2e%2e",
        "/nacos/%2E%2E/x",
        "/..",
        "/.",
        "/nacos\\..\\x",
        "//other.example",
        "/@other.example",
        "@other.example:80/",
        ":80/x",
        "nacos",
        "/nacos\r\nX: y",
        "/nacos HTTP/1.1\r\n\r\nDELETE /x",
        "/nacos\n",
        "/nacos\t",
        "/nacos/\u{ff0e}\u{ff0e}/x",
        "/n\u{e4}cos",
        "/nacos\u{2028}",
        "/nacos\u{200b}",
        "/nacos//x",
        "/nacos/",
    ] {
        let source = HttpSource::new(stored("127.0.0.1", context_path, "http"));
        let got = source.ask(&question, &deadline()).await;
        assert_eq!(got, Err(SourceError::BadAddress { what: "context-path".to_owned() }), "{context_path:?}");
        let door: crate::domain::cluster::FrontDoor = serde_json::from_value(serde_json::json!({
            "scheme": "http", "host": "127.0.0.1", "port": port, "context_path": context_path
        }))
        .expect("a row of before is read");
        let got = crate::sources::door::ask(&door, 2, false, &deadline()).await;
        assert_eq!(got, Err(SourceError::BadAddress { what: "context-path".to_owned() }), "{context_path:?}");
    }
    for host in [
        format!("127.0.0.1:{port}/nacos/v2/core/loader/reloadCurrent?x="),
        format!("127.0.0.1:{port}/x#"),
        format!("user@127.0.0.1:{port}"),
        "other.example@127.0.0.1".to_owned(),
        "127.0.0.1/x".to_owned(),
        "127.0.0.1?x".to_owned(),
        "127.0.0.1#".to_owned(),
        "127.0.0.1\\x".to_owned(),
        "127.0.0.1 HTTP/1.1\r\nX: y".to_owned(),
        "127.0.0.1\n".to_owned(),
        "127%2e0%2e0%2e1".to_owned(),
        "0x7f.1".to_owned(),
        "2130706433".to_owned(),
        "\u{ff11}27.0.0.1".to_owned(),
        "[::ffff:127.0.0.1]".to_owned(),
        String::new(),
    ] {
        let got = HttpSource::new(stored(&host, "/nacos", "http")).ask(&question, &deadline()).await;
        assert_eq!(got, Err(SourceError::BadAddress { what: "host".to_owned() }), "{host:?}");
    }
    for scheme in ["http://127.0.0.1/x?", "file", "ftp", ""] {
        let got = HttpSource::new(stored("127.0.0.1", "/nacos", scheme)).ask(&question, &deadline()).await;
        assert_eq!(got, Err(SourceError::BadAddress { what: "host".to_owned() }), "{scheme:?}");
    }
    let source = HttpSource::new(stored("127.0.0.1", "/a-b/c_d.1", "http"));
    for path in
        ["/v1/core/loader/reloadCurrent", "/v1/cs/health?x=1", "/v1/cs/../core/loader/reloadCurrent", "/v1/cs/health#"]
    {
        let got = source.ask(&main_ask(path), &deadline()).await;
        assert!(matches!(got, Err(SourceError::Denied { .. })), "{path}: {got:?}");
    }
    let console = HttpAsk { port: HttpPort::Console, ..question.clone() };
    assert!(matches!(source.ask(&console, &deadline()).await, Err(SourceError::Denied { .. })));
    assert_eq!(*lines.lock().expect("lines"), Vec::<String>::new(), "nothing arrived");
    // The same listener with what may be asked: a question, the log-in after its 403, and the door's own question.
    assert_eq!(source.ask(&question, &deadline()).await.map(|answer| answer.status), Ok(403));
    let finding = HttpSource {
        address: ApiAddress { context_path: None, ..source.address.clone() },
        ..HttpSource::new(source.address.clone())
    };
    finding.ask(&question, &deadline()).await.expect("an answer");
    let lines = lines.lock().expect("lines").clone();
    assert!(lines.len() >= 6, "{lines:?}");
    for line in lines {
        assert!(is_listed(&line, &["/a-b/c_d.1", "/nacos", ""]), "{line}");
    }
}

#[tokio::test]
async fn logs_in_when_told_to_and_renews_once() {
    let logins = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = Arc::clone(&logins);
    let port = server(move |request| {
        if request.starts_with("POST /nacos/v1/auth/login") {
            return http(410, "gone");
        }
        if request.starts_with("POST /nacos/v3/auth/user/login") {
            assert!(request.ends_with("username=nacos&password=ge%3Aheim1"), "{request}");
            let count = counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            return http(200, &format!("{{\"accessToken\":\"token-number-{count}\",\"tokenTtl\":18000}}"));
        }
        // Only the newest token is good; the first one has run out when the second question comes.
        let good = if request.contains("/v2/") { "token-number-2" } else { "token-number-1" };
        if request.to_ascii_lowercase().contains(&format!("authorization: bearer {good}")) {
            http(200, &format!("you are {good} ge:heim1"))
        } else {
            http(403, "token invalid!")
        }
    })
    .await;
    let (_folder, credential) = secret_file("nacos:ge:heim1\n");
    let source = source(port, Some("/nacos"), Some(credential));
    let answer = source.ask(&main_ask("/v1/core/cluster/self"), &deadline()).await.expect("first");
    assert_eq!((answer.status, answer.body.as_str()), (200, "you are •••• ••••"));
    assert_eq!(source.ask(&main_ask("/v2/core/cluster/node/self"), &deadline()).await.expect("second").status, 200);
    assert_eq!(logins.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refused_login_says_so_without_the_secret() {
    let port = server(|request| http(403, if request.starts_with("POST") { "unknown user!" } else { "no" })).await;
    let (_folder, credential) = secret_file("nacos:geheim123");
    let got = source(port, Some(""), Some(credential)).ask(&main_ask("/v1/cs/health"), &deadline()).await;
    let Err(SourceError::Denied { why }) = got else { panic!("{got:?}") };
    assert!(why.contains("`nacos`") && !why.contains("geheim"), "{why}");
    let missing = CredentialRef::Env { name: "NODEDOWN_TEST_NO_SUCH_VARIABLE".to_owned() };
    let got = source(port, Some(""), Some(missing)).ask(&main_ask("/v1/cs/health"), &deadline()).await;
    assert!(
        matches!(got, Err(SourceError::Denied { ref why }) if why.contains("NODEDOWN_TEST_NO_SUCH_VARIABLE")),
        "{got:?}"
    );
}

/// Each of these held up the whole server, or its memory, or was sent.
#[tokio::test]
async fn what_is_no_small_file_of_one_line_is_not_sent_and_holds_nobody_up() {
    let port = server(|request| {
        assert!(request.starts_with("GET"), "{request}");
        http(403, "no")
    })
    .await;
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RWXU).expect("a pipe");
    std::fs::write(at("large"), format!("nacos:{}", "a".repeat(5 * 1024))).expect("file");
    std::fs::write(at("passwd"), "root:x:0:0:root:/root:/bin/sh\nnacos:x:1:1::/:/bin/sh\n").expect("file");
    for path in [at("pipe"), at("large"), at("passwd"), at(""), "/dev/zero".into()] {
        let source = source(port, Some(""), Some(CredentialRef::File { path: path.clone() }));
        let got = source.ask(&main_ask("/v1/cs/health"), &deadline()).await;
        let said = match &got {
            Err(error @ (SourceError::File(_) | SourceError::Denied { .. })) => error.to_string(),
            other => panic!("{}: {other:?}", path.display()),
        };
        assert!(said.contains(&*path.to_string_lossy()) && !said.contains("root:x"), "{said}");
    }
}

#[tokio::test]
async fn sends_the_server_identity() {
    let port = server(|request| {
        http(
            if request.to_ascii_lowercase().contains("\r\nmykey: geheimnis\r\n") { 200 } else { 403 },
            "said geheimnis",
        )
    })
    .await;
    let (_folder, credential) = secret_file("header:myKey:geheimnis");
    let answer =
        source(port, Some(""), Some(credential)).ask(&main_ask("/v1/cs/health"), &deadline()).await.expect("answer");
    assert_eq!((answer.status, answer.body.as_str()), (200, "said ••••"));
}

#[tokio::test]
async fn caps_bodies_and_follows_no_redirect() {
    let port = server(|request| {
        if request.contains("/v1/core/cluster/self") {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packed.write_all(&vec![b'a'; MAX_BODY + 1]).expect("packed");
            let body = packed.finish().expect("packed");
            let mut answer = format!(
                "HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            )
            .into_bytes();
            answer.extend_from_slice(&body);
            Some(answer)
        } else {
            Some(
                b"HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .to_vec(),
            )
        }
    })
    .await;
    let source = source(port, Some(""), None);
    let got = source.ask(&main_ask("/v1/core/cluster/self"), &deadline()).await;
    assert_eq!(got, Err(SourceError::TooLarge { limit_bytes: MAX_LIST_BODY as u64 }));
    let to = "http://127.0.0.1:1/".to_owned();
    let got = source.ask(&main_ask("/v1/cs/health"), &deadline()).await;
    assert_eq!(got, Err(SourceError::Untrusted { why: Distrust::Redirect { status: 302, to } }));
}

#[tokio::test]
async fn tells_failures_apart() {
    let refused = TcpListener::bind("127.0.0.1:0").await.expect("listener").local_addr().expect("address").port();
    let ask = main_ask("/v1/ns/operator/metrics");
    for context_path in [None, Some("/nacos")] {
        let got = source(refused, context_path, None).ask(&ask, &deadline()).await;
        assert!(matches!(got, Err(SourceError::Unreachable { result: PortResult::Refused, .. })), "{got:?}");
    }
    let closing = server(|_| Some(Vec::new())).await;
    let got = source(closing, Some(""), None).ask(&ask, &deadline()).await;
    assert!(matches!(got, Err(SourceError::Unreachable { result: PortResult::Reset, .. })), "{got:?}");
    let garbage = server(|_| Some(b"SSH-2.0-x\r\n".to_vec())).await;
    let got = source(garbage, Some(""), None).ask(&ask, &deadline()).await;
    assert!(matches!(got, Err(SourceError::Protocol { .. })), "{got:?}");
    let mut named = source(1, Some(""), None);
    named.address.host = "no-such-host.invalid".to_owned();
    let got = named.ask(&ask, &deadline()).await;
    assert!(matches!(got, Err(SourceError::Unreachable { result: PortResult::Dns, .. })), "{got:?}");
}

#[tokio::test]
async fn a_hung_node_ends_by_the_deadline_and_a_cancel_at_once() {
    let port = server(|_| None).await;
    let source = source(port, None, None);
    let begun = Instant::now();
    let soon = Deadline::after(Duration::from_millis(150), CancellationToken::new());
    let ask = main_ask("/v1/ns/operator/metrics");
    // More questions than may run at a time: all end together.
    let (a, b, c, d, e, f) = tokio::join!(
        source.ask(&ask, &soon),
        source.ask(&ask, &soon),
        source.ask(&ask, &soon),
        source.ask(&ask, &soon),
        source.ask(&ask, &soon),
        source.ask(&ask, &soon)
    );
    for got in [a, b, c, d, e, f] {
        assert!(matches!(got, Err(SourceError::Timeout { .. })), "{got:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(2));
    let cancel = CancellationToken::new();
    let long = Deadline::after(Duration::from_secs(60), cancel.clone());
    let (got, ()) = tokio::join!(source.ask(&ask, &long), async { cancel.cancel() });
    assert_eq!(got, Err(SourceError::Cancelled));
}

#[tokio::test]
async fn a_full_backlog_is_a_connect_timeout() {
    let socket = tokio::net::TcpSocket::new_v4().expect("socket");
    socket.bind("127.0.0.1:0".parse().expect("address")).expect("bind");
    let listener = socket.listen(1).expect("listen");
    let address = listener.local_addr().expect("address");
    let mut waiting = Vec::new();
    for _ in 0..16 {
        match tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(address)).await {
            Ok(Ok(stream)) => waiting.push(stream),
            _ => break,
        }
    }
    let got = source(address.port(), None, None).ask(&main_ask("/v1/cs/health"), &deadline()).await;
    assert!(matches!(got, Err(SourceError::Unreachable { result: PortResult::Timeout, .. })), "{got:?}");
}
