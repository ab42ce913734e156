//! Answers that cannot be trusted to be the node's, from real TLS servers and from what stands in between: the reason is told
//! with what to set, and no death, no hang, no start and no health is concluded.

use std::sync::Arc;

use nodedown::domain::address::ContextPath;
use nodedown::domain::cluster::{ApiAddress, Cluster, FileSource, FrontDoor, NodeSpec};
use nodedown::domain::diagnosis::Health;
use nodedown::domain::id::{ClusterId, NodeName};
use nodedown::domain::message::{Lang, Message};
use nodedown::domain::observed::{DoorsSeen, Observed};
use nodedown::domain::time::Clock;
use nodedown::domain::trust::Trust;
use nodedown::locale;
use nodedown::rounds::Round;
use nodedown::sources::Sources;
use nodedown::sources::build::{self, Extras};
use nodedown::sources::recording::{Recorder, Recording};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use crate::door::{Still, round_of, says, serve, settings};

const CA: &str = include_str!("../data/tls/ca.pem");
const NODE: &str = include_str!("../data/tls/node.pem");
const OTHER: &str = include_str!("../data/tls/other.pem");
const EXPIRED: &str = include_str!("../data/tls/expired.pem");

/// One certificate for every client, with a key that need not be its own.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// As openssl prints it.
fn fingerprint(pem: &str) -> String {
    Sha256::digest(certificate(pem)).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The main port of a node whose other ports answer.
async fn main_port(tasks: &TaskTracker) -> TcpListener {
    for _ in 0..500 {
        let main = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = main.local_addr().expect("address").port();
        let mut others = Vec::new();
        for number in [port.checked_add(1000), port.checked_add(1001), port.checked_sub(1000)].into_iter().flatten() {
            others.extend(TcpListener::bind(("127.0.0.1", number)).await.ok());
        }
        if others.len() == 3 {
            others.into_iter().for_each(|listener| serve(tasks, listener, settings));
            return main;
        }
    }
    panic!("no four free ports as Nacos has them");
}

/// A node that speaks TLS on its main port, with that certificate and the key behind `key`.
async fn tls_node(tasks: &TaskTracker, pem: &str, key: &str) -> u16 {
    let main = main_port(tasks).await;
    let port = main.local_addr().expect("address").port();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let key = provider.key_provider.load_private_key(key).expect("a key that signs");
    let own = Always(Arc::new(CertifiedKey::new(vec![certificate(pem)], key)));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(own));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let inner = tasks.clone();
    tasks.spawn(async move {
        while let Ok((stream, _)) = main.accept().await {
            let acceptor = acceptor.clone();
            inner.spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut asked = vec![0; 4096];
                let Ok(length) = stream.read(&mut asked).await else { return };
                let _ = stream.write_all(&says(&String::from_utf8_lossy(&asked[..length]), port)).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    port
}

/// A node that speaks none.
async fn plain_node(tasks: &TaskTracker) -> u16 {
    let main = main_port(tasks).await;
    let port = main.local_addr().expect("address").port();
    serve(tasks, main, move |asked| says(asked, port));
    port
}

/// Something that says the same to everything, in place of a node.
async fn other(tasks: &TaskTracker, answer: impl Fn(&str) -> Vec<u8> + Clone + Send + 'static) -> u16 {
    let main = main_port(tasks).await;
    let port = main.local_addr().expect("address").port();
    serve(tasks, main, answer);
    port
}

fn http(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

fn api(scheme: &str, port: u16, trust: &Trust) -> ApiAddress {
    ApiAddress {
        published: Default::default(),
        scheme: scheme.to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        context_path: None,
        console_port: None,
        credential: None,
        trust: trust.clone(),
    }
}

fn cluster(api: ApiAddress, doors: Vec<FrontDoor>) -> Cluster {
    let nodes = vec![NodeSpec { name: NodeName::from("n1"), api: Some(api), files: FileSource::None }];
    Cluster {
        id: ClusterId(0),
        name: "c".to_owned(),
        nodes,
        node_deadline_ms: 10_000,
        doors,
        accept_unseen: Vec::new(),
        on_silence: None,
    }
}

async fn round_over(cluster: &Cluster, sources: Sources) -> Round {
    let kinds = [
        "node.view",
        "net.ports",
        "stop.cause",
        "clients.connections",
        "monitor.sample",
        "door.requests",
        "door.compare",
    ];
    round_of(cluster, sources, &kinds).await
}

async fn round(api: ApiAddress) -> Round {
    let cluster = cluster(api, Vec::new());
    round_over(&cluster, build::sources(&cluster, &Extras::default())).await
}

fn missing<'r>(round: &'r Round, kind: &str) -> Option<&'r Message> {
    round.observations.missing.get(kind)?.get(&NodeName::from("n1")).map(|missing| &missing.reason)
}

/// The reason is told by every check that asks, and nothing is concluded of the node.
fn nothing_is_concluded(round: &Round, key: &str) {
    for kind in ["node.view", "monitor.sample"] {
        let told = missing(round, kind).map(|reason| reason.key.as_str());
        assert_eq!(told, Some(key), "{kind}: {:?}", round.observations.get(kind, &NodeName::from("n1")));
    }
    assert!(locale::has(key), "{key} is said in both languages");
    let said = &round.diagnosis;
    assert_eq!(said.health, Health::Unknown, "{key}: {:?}", said.findings);
    let about_node = |code: &str| code.starts_with("node.");
    assert!(!said.causes.iter().any(|cause| about_node(cause.code.as_str())), "{key}: {:?}", said.causes);
    assert!(!said.findings.iter().any(|one| about_node(one.code.as_str())), "{key}: {:?}", said.findings);
    assert!(said.could_not_run.iter().any(|one| one.reason.key == key), "{key}: {:?}", said.could_not_run);
    let Some(Observed::Ports(ports)) = round.observations.get("net.ports", &NodeName::from("n1")) else { return };
    let main = &ports.ports[0];
    assert_eq!(main.result.as_str(), "open", "{key}: a port that speaks is alive as a port: {main:?}");
}

/// The node's own words were heard.
fn is_seen(round: &Round) {
    let n1 = NodeName::from("n1");
    let Some(Observed::View(view)) = round.observations.get("node.view", &n1) else {
        panic!("{:?}", missing(round, "node.view"))
    };
    assert_eq!(view.liveness.as_ref().and_then(|http| http.status), Some(200));
    assert!(view.self_address.is_some());
    let Some(Observed::Sample(sample)) = round.observations.get("monitor.sample", &n1) else { panic!("no sample") };
    assert!(sample.alive);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_ca_is_a_reason_until_it_or_a_pin_is_set() {
    let tasks = TaskTracker::new();
    let port = tls_node(&tasks, NODE, NODE).await;
    let unset = cluster(api("https", port, &Trust::System), Vec::new());
    let recorder = Recorder::new(&unset, Arc::new(Still), "tls").expect("a recorder");
    let sources = recorder.wrap(&build::sources(&unset, &Extras::default())).await;
    let told = round_over(&unset, sources).await;
    nothing_is_concluded(&told, "source-untrusted-issuer");
    let reason = missing(&told, "node.view").expect("a reason");
    for language in [Lang::En, Lang::ZhCn] {
        let text = locale::render(language, reason);
        for part in [fingerprint(NODE).as_str(), "test node", "test ca", "pin"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let mut written = Vec::new();
    recorder.write(&mut written).expect("written");
    let recording = Recording::read(written.as_slice(), "tls.rec").expect("read");
    let clock: Arc<dyn Clock> = Arc::new(Still);
    let replayed = round_over(recording.cluster(), recording.sources(&clock)).await;
    nothing_is_concluded(&replayed, "source-untrusted-issuer");

    let ca = Trust::parse(CA, "").expect("a CA");
    is_seen(&round(api("https", port, &ca)).await);
    let pinned = |pem: &str| Trust::parse("", &fingerprint(pem)).expect("a pin");
    is_seen(&round(api("https", port, &pinned(NODE))).await);
    nothing_is_concluded(&round(api("https", port, &pinned(OTHER))).await, "source-untrusted-pin");

    for (pem, key) in [(OTHER, "source-untrusted-name"), (EXPIRED, "source-untrusted-expired")] {
        let port = tls_node(&tasks, pem, pem).await;
        nothing_is_concluded(&round(api("https", port, &ca)).await, key);
        // A pin vouches for the certificate, whatever name and dates it bears.
        is_seen(&round(api("https", port, &pinned(pem))).await);
    }
    // A certificate can be copied; its key cannot.
    let port = tls_node(&tasks, NODE, OTHER).await;
    for trust in [&ca, &pinned(NODE)] {
        nothing_is_concluded(&round(api("https", port, trust)).await, "source-untrusted-handshake");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_and_https_typed_wrong_are_told_apart_from_a_node_that_hangs() {
    let tasks = TaskTracker::new();
    let port = tls_node(&tasks, NODE, NODE).await;
    nothing_is_concluded(&round(api("http", port, &Trust::System)).await, "source-untrusted-tls");
    let polite = other(&tasks, |asked| match asked.starts_with("GET") || asked.starts_with("HEAD") {
        true => http("400 Bad Request", "This combination of host and port requires TLS."),
        false => vec![0x15, 3, 3, 0, 2, 2, 40],
    });
    nothing_is_concluded(&round(api("http", polite.await, &Trust::System)).await, "source-untrusted-tls");
    let plain = plain_node(&tasks).await;
    nothing_is_concluded(&round(api("https", plain, &Trust::System)).await, "source-untrusted-no-tls");
    let closing = other(&tasks, |asked| match asked.starts_with("GET") || asked.starts_with("HEAD") {
        true => says(asked, 1),
        false => Vec::new(),
    });
    nothing_is_concluded(&round(api("https", closing.await, &Trust::System)).await, "source-untrusted-no-tls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_front_of_a_node_is_not_the_node() {
    let tasks = TaskTracker::new();
    let page = "<!doctype html><title>Sign in</title>";
    let html = "Content-Type: text/html";
    for (answer, key) in [
        (http("302 Found\r\nLocation: https://sso.example/login?token=x", ""), "source-untrusted-redirect"),
        (http("301 Moved\r\nLocation: https://nacos.example/", ""), "source-untrusted-redirect"),
        (http("401 Unauthorized\r\nWWW-Authenticate: Basic", ""), "source-untrusted-refused"),
        (http("403 Forbidden", r#"{"code":403,"message":"who are you"}"#), "source-untrusted-refused"),
        (http(&format!("200 OK\r\n{html}"), page), "source-untrusted-not-nacos"),
        (http(&format!("503 Service Unavailable\r\n{html}"), page), "source-untrusted-not-nacos"),
        (http(&format!("404 Not Found\r\n{html}"), page), "source-untrusted-not-nacos"),
        (http("200 OK\r\nContent-Type: application/json", r#"{"message":"fine"}"#), "source-untrusted-not-nacos"),
    ] {
        let port = other(&tasks, move |_| answer.clone()).await;
        for context_path in [None, Some(ContextPath::shipped())] {
            let api = ApiAddress { context_path, ..api("http", port, &Trust::System) };
            nothing_is_concluded(&round(api).await, key);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_front_door_is_believed_as_its_nodes_are() {
    let tasks = TaskTracker::new();
    let node = plain_node(&tasks).await;
    let tls = tls_node(&tasks, NODE, NODE).await;
    let away = other(&tasks, |_| http("302 Found\r\nLocation: https://sso.example/", "")).await;
    let page = other(&tasks, |_| http("200 OK\r\nContent-Type: text/html", "<html>")).await;
    let of = |url: String, trust: Trust| FrontDoor { trust, ..FrontDoor::parse(&url).expect("a door") };
    let ca = Trust::parse(CA, "").expect("a CA");
    for (door, key) in [
        (of(format!("https://127.0.0.1:{tls}"), Trust::System), Some("source-untrusted-issuer")),
        (of(format!("https://127.0.0.1:{tls}"), ca), None),
        (of(format!("http://127.0.0.1:{tls}"), Trust::System), Some("source-untrusted-tls")),
        (of(format!("https://127.0.0.1:{node}"), Trust::System), Some("source-untrusted-no-tls")),
        (of(format!("http://127.0.0.1:{away}"), Trust::System), Some("source-untrusted-redirect")),
        (of(format!("http://127.0.0.1:{page}"), Trust::System), Some("source-untrusted-not-nacos")),
    ] {
        let cluster = cluster(api("http", node, &Trust::System), vec![door]);
        let round = round_over(&cluster, build::sources(&cluster, &Extras::default())).await;
        let Some(Observed::Doors(DoorsSeen { doors, .. })) =
            round.observations.get("door.requests", &NodeName::from("n1"))
        else {
            panic!("{:?}", round.observations.missing);
        };
        assert_eq!(doors[0].missing.as_ref().map(|reason| reason.key.as_str()), key, "{:?}", doors[0]);
        assert_eq!(doors[0].tries.is_empty(), key.is_some());
        let about_door = |code: &str| code.starts_with("door.");
        let causes = &round.diagnosis.causes;
        assert!(!causes.iter().any(|cause| about_door(cause.code.as_str())), "{key:?}: {causes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_was_stored_before_it_was_checked_is_a_reason() {
    let tasks = TaskTracker::new();
    let node = plain_node(&tasks).await;
    let stored = serde_json::json!("/nacos/v2/core/loader/reloadCurrent?count=1&x=");
    let context_path = Some(serde_json::from_value(stored).expect("a row of before is read"));
    let round = round(ApiAddress { context_path, ..api("http", node, &Trust::System) }).await;
    nothing_is_concluded(&round, "source-bad-context-path");
}
