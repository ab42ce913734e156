//! The front door as the real prober sees it: a real nginx in front of small servers that answer as nodes do.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use nodedown::domain::address::ContextPath;
use nodedown::domain::cluster::{ApiAddress, Cluster, FileSource, FrontDoor, NodeSpec};
use nodedown::domain::code::Code;
use nodedown::domain::diagnosis::{Confidence, Diagnosis};
use nodedown::domain::id::{ClusterId, NodeName};
use nodedown::domain::time::{Clock, Timestamp};
use nodedown::domain::trust::Trust;
use nodedown::rounds::{self, Round, RoundSpec};
use nodedown::sources::Sources;
use nodedown::sources::build::{self, Extras};
use nodedown::sources::recording::{Recorder, Recording};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::nginx::{DoorKind, GrpcDoor, Nginx};

const AT: i64 = 1_795_363_000_000;

/// A clock that stands still.
pub struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(AT)
    }
}

/// Two free ports, the second 1000 above the first; held until dropped.
async fn pair() -> (TcpListener, TcpListener) {
    for _ in 0..200 {
        let main = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let Some(above) = main.local_addr().expect("address").port().checked_add(1000) else { continue };
        if let Ok(grpc) = TcpListener::bind(("127.0.0.1", above)).await {
            return (main, grpc);
        }
    }
    panic!("no two free ports 1000 apart");
}

/// Answers every connection with what `says` makes of the first bytes.
pub fn serve(tasks: &TaskTracker, listener: TcpListener, says: impl Fn(&str) -> Vec<u8> + Clone + Send + 'static) {
    let inner = tasks.clone();
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let says = says.clone();
            inner.spawn(async move {
                let mut asked = vec![0; 4096];
                let Ok(length) = stream.read(&mut asked).await else { return };
                let answer = says(&String::from_utf8_lossy(&asked[..length]));
                if stream.write_all(&answer).await.is_ok() && stream.shutdown().await.is_ok() {
                    while stream.read(&mut asked).await.is_ok_and(|length| length > 0) {}
                }
            });
        }
    });
}

/// An empty SETTINGS frame.
pub fn settings(_asked: &str) -> Vec<u8> {
    vec![0, 0, 0, 4, 0, 0, 0, 0, 0]
}

/// What a node of 2.x says on its main port, as far as these checks ask it.
pub fn says(asked: &str, port: u16) -> Vec<u8> {
    let body = if asked.starts_with("GET /nacos/v1/core/cluster/self ") {
        format!(r#"{{"code":200,"message":null,"data":{{"ip":"127.0.0.1","port":{port},"state":"UP"}}}}"#)
    } else if asked.starts_with("GET /nacos/v1/console/health/liveness ") {
        "OK".to_owned()
    } else {
        String::new()
    };
    let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

/// A node of 2.x, as far as these checks ask it. Its main port.
pub async fn node(tasks: &TaskTracker) -> u16 {
    let (main, grpc) = pair().await;
    let port = main.local_addr().expect("address").port();
    serve(tasks, main, move |asked| says(asked, port));
    serve(tasks, grpc, settings);
    port
}

fn cluster(ports: &[u16], door: &str) -> Cluster {
    let nodes = (1..).zip(ports).map(|(number, port)| NodeSpec {
        name: NodeName(format!("n{number}")),
        api: Some(ApiAddress {
            published: Default::default(),
            scheme: "http".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: *port,
            context_path: Some(ContextPath::shipped()),
            console_port: None,
            credential: None,
            trust: Trust::System,
        }),
        files: FileSource::None,
    });
    let doors = vec![FrontDoor::parse(door).expect("a door")];
    Cluster {
        id: ClusterId(0),
        name: "c".to_owned(),
        nodes: nodes.collect(),
        node_deadline_ms: 10_000,
        doors,
        accept_unseen: Vec::new(),
        on_silence: None,
    }
}

async fn round(cluster: &Cluster, sources: Sources) -> Diagnosis {
    let kinds = ["node.view", "net.ports", "stop.cause", "door.requests", "door.compare"];
    round_of(cluster, sources, &kinds).await.diagnosis
}

/// A round of the checks of these kinds, at a time that stands still.
pub async fn round_of(cluster: &Cluster, sources: Sources, kinds: &[&str]) -> Round {
    let spec = RoundSpec {
        cluster: cluster.clone(),
        sources,
        at: None,
        window_ms: nodedown::domain::incident::WINDOW_MS,
        clock: Arc::new(Still),
        suspect: None,
        kinds: Some(kinds.iter().map(|kind| (*kind).to_owned()).collect::<BTreeSet<_>>()),
        client_logs: Default::default(),
        client_logs_unread: Default::default(),
        secret_key: [7; 32],
        cancel: CancellationToken::new(),
    };
    rounds::run(spec, |_| {}).await.expect("a moment")
}

fn doors_said(diagnosis: &Diagnosis) -> Vec<(Code, Vec<&str>, Confidence)> {
    let door = |code: Code| code.as_str().starts_with("door.");
    let said = diagnosis.causes.iter().filter(|cause| door(cause.code));
    said.map(|cause| (cause.code, cause.nodes.iter().map(|node| node.0.as_str()).collect(), cause.confidence)).collect()
}

fn addresses(ports: &[u16]) -> Vec<String> {
    ports.iter().map(|port| format!("127.0.0.1:{port}")).collect()
}

/// A free port with the one 1000 above it, given up again.
async fn door_address() -> SocketAddr {
    let (main, _grpc) = pair().await;
    main.local_addr().expect("address")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_behind_nginx_is_named_and_a_healthy_door_is_not() {
    let tasks = TaskTracker::new();
    let (one, two, three) = (node(&tasks).await, node(&tasks).await, node(&tasks).await);
    let dead = door_address().await.port();

    let listen = door_address().await;
    let Some(nginx) = Nginx::start(listen, &addresses(&[one, two, three]), DoorKind::Stale, GrpcDoor::Shut) else {
        return;
    };
    // gRPC through the door, as a stream proxy gives it.
    serve(&tasks, TcpListener::bind((listen.ip(), listen.port() + 1000)).await.expect("a port"), settings);
    let healthy = cluster(&[one, two, three], nginx.url());
    let said = round(&healthy, build::sources(&healthy, &Extras::default())).await;
    assert_eq!(doors_said(&said), [], "{:?}", said.findings);
    assert!(said.could_not_run.iter().all(|unseen| !unseen.check.starts_with("door.")), "{:?}", said.could_not_run);
    drop(nginx);

    let listen = door_address().await;
    let Some(nginx) = Nginx::start(listen, &addresses(&[one, two, dead]), DoorKind::Stale, GrpcDoor::Shut) else {
        return;
    };
    serve(&tasks, TcpListener::bind((listen.ip(), listen.port() + 1000)).await.expect("a port"), settings);
    let stale = cluster(&[one, two, dead], nginx.url());
    let recorder = Recorder::new(&stale, Arc::new(Still), "door").expect("a recorder");
    let sources = recorder.wrap(&build::sources(&stale, &Extras::default())).await;
    let said = round(&stale, sources).await;
    let expected = [(Code::DoorStaleUpstream, vec!["n3"], Confidence::Certain)];
    assert_eq!(doors_said(&said), expected, "{:?}", said.findings);
    assert_eq!(said.causes[0].nodes, [NodeName::from("n3")], "the node's own cause is deeper: {:?}", said.causes[0]);
    drop(nginx);

    // A recording serves what was seen through the door.
    let mut written = Vec::new();
    recorder.write(&mut written).expect("written");
    let recording = Recording::read(written.as_slice(), "door.rec").expect("read");
    let clock: Arc<dyn Clock> = Arc::new(Still);
    let replayed = round(recording.cluster(), recording.sources(&clock)).await;
    assert_eq!(doors_said(&replayed), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_only_forwards_http_is_named() {
    let tasks = TaskTracker::new();
    let ports = [node(&tasks).await, node(&tasks).await, node(&tasks).await];
    let listen = door_address().await;
    let Some(nginx) = Nginx::start(listen, &addresses(&ports), DoorKind::Stale, GrpcDoor::Http) else { return };
    let cluster = cluster(&ports, nginx.url());
    let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
    assert_eq!(doors_said(&said), [(Code::DoorGrpcNotForwarded, vec![], Confidence::Certain)], "{:?}", said.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_in_the_lists_of_both_ports_is_one_trouble_and_not_two() {
    let tasks = TaskTracker::new();
    let (one, two, three) = (node(&tasks).await, node(&tasks).await, node(&tasks).await);
    let dead = door_address().await.port();
    for (behind, expected) in [
        ([one, two, three], vec![]),
        ([one, two, dead], vec![(Code::DoorStaleUpstream, vec!["n3"], Confidence::Certain)]),
    ] {
        let listen = door_address().await;
        let Some(nginx) = Nginx::start(listen, &addresses(&behind), DoorKind::Stale, GrpcDoor::Passed) else { return };
        let cluster = cluster(&behind, nginx.url());
        let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
        assert_eq!(doors_said(&said), expected, "{:?}", said.findings);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_is_gone_is_not_put_down_to_a_node() {
    let tasks = TaskTracker::new();
    let ports = [node(&tasks).await, node(&tasks).await, node(&tasks).await];
    let cluster = cluster(&ports, &format!("http://{}", door_address().await));
    let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
    assert_eq!(doors_said(&said), [(Code::DoorNotServing, vec![], Confidence::Likely)], "{:?}", said.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_asks_the_next_node_hides_a_dead_one() {
    let tasks = TaskTracker::new();
    let (one, two) = (node(&tasks).await, node(&tasks).await);
    let dead = door_address().await.port();
    let listen = door_address().await;
    let Some(nginx) = Nginx::start(listen, &addresses(&[one, two, dead]), DoorKind::FailsOver, GrpcDoor::Shut) else {
        return;
    };
    serve(&tasks, TcpListener::bind((listen.ip(), listen.port() + 1000)).await.expect("a port"), settings);
    let cluster = cluster(&[one, two, dead], nginx.url());
    let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
    assert_eq!(doors_said(&said), [], "a refusal costs no time, and no client sees it: {:?}", said.findings);
}

/// A door that passes gRPC as a stream proxy does.
async fn grpc_passes(tasks: &TaskTracker, listen: SocketAddr) {
    serve(tasks, TcpListener::bind((listen.ip(), listen.port() + 1000)).await.expect("a port"), settings);
}

/// Keys of what was found of the doors, and the texts that show it.
fn door_findings(diagnosis: &Diagnosis) -> Vec<(&str, String)> {
    let of_doors = diagnosis.findings.iter().filter(|finding| finding.code.as_str().starts_with("door."));
    let shown = |finding: &nodedown::domain::finding::Finding| {
        finding.evidence.iter().map(|one| one.text.clone()).collect::<Vec<_>>().join(" | ")
    };
    of_doors.map(|finding| (finding.summary.key.as_str(), shown(finding))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_says_whom_it_asked_is_taken_at_its_word() {
    let tasks = TaskTracker::new();
    let (one, two) = (node(&tasks).await, node(&tasks).await);
    let dead = door_address().await.port();
    let cluster_at = |url: &str| cluster(&[one, two, dead], url);
    let header = "add_header X-Upstream-Addr $upstream_addr always;";
    for (kind, key) in [(DoorKind::Stale, "finding-door-named"), (DoorKind::FailsOver, "finding-door-passed-over")] {
        let listen = door_address().await;
        let nodes = addresses(&[one, two, dead]);
        let Some(nginx) = Nginx::start_with(listen, &nodes, kind, GrpcDoor::Shut, header) else { return };
        grpc_passes(&tasks, listen).await;
        let cluster = cluster_at(nginx.url());
        let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
        let expected = [(Code::DoorStaleUpstream, vec!["n3"], Confidence::Certain)];
        assert_eq!(doors_said(&said), expected, "{kind:?}: {:?}", said.findings);
        let found = door_findings(&said);
        assert_eq!(found[0].0, key);
        assert!(found[0].1.contains(&format!("x-upstream-addr: 127.0.0.1:{dead}")), "{}", found[0].1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_wants_credentials_is_no_failure_of_a_node() {
    let tasks = TaskTracker::new();
    let ports = [node(&tasks).await, node(&tasks).await, node(&tasks).await];
    let listen = door_address().await;
    // Nobody who brings nothing is looked up in it.
    let locked = "auth_basic \"staff only\"; auth_basic_user_file none;";
    let Some(nginx) = Nginx::start_with(listen, &addresses(&ports), DoorKind::Stale, GrpcDoor::Shut, locked) else {
        return;
    };
    let cluster = cluster(&ports, nginx.url());
    let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
    // What these servers do not listen on is another matter.
    let others = said.causes.iter().filter(|cause| cause.code != Code::NetPortBlocked);
    assert_eq!(others.count(), 0, "{:?}", said.causes);
    let reasons: Vec<&str> = said.could_not_run.iter().map(|one| one.reason.key.as_str()).collect();
    assert!(reasons.contains(&"judged-door-credentials"), "{reasons:?}");
}

/// A port pair that takes connections and never says a word.
async fn frozen(tasks: &TaskTracker) -> u16 {
    let (main, grpc) = pair().await;
    let port = main.local_addr().expect("address").port();
    for listener in [main, grpc] {
        tasks.spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
    }
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_node_behind_a_door_is_only_probably_the_reason() {
    let tasks = TaskTracker::new();
    let (one, two, three) = (node(&tasks).await, node(&tasks).await, frozen(&tasks).await);
    // A door in front of all three, and one that gives everything to the frozen one, as one that knows its clients may.
    for (behind, key, confidence) in [
        (vec![one, two, three], "finding-door-frozen", Confidence::Likely),
        (vec![three], "finding-door-waits", Confidence::Possible),
    ] {
        let listen = door_address().await;
        let Some(nginx) = Nginx::start(listen, &addresses(&behind), DoorKind::Stale, GrpcDoor::Shut) else { return };
        grpc_passes(&tasks, listen).await;
        let cluster = cluster(&[one, two, three], nginx.url());
        let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
        // A machine too busy to tell silence from slowness says nothing of it.
        let hung = said.causes.iter().any(|cause| cause.code == Code::NodeHung);
        let doors = doors_said(&said);
        assert!(doors.iter().all(|(_, _, sure)| *sure < Confidence::Certain), "{doors:?}");
        if hung {
            assert_eq!(doors, [(Code::DoorStaleUpstream, vec!["n3"], confidence)], "{:?}", said.findings);
            assert_eq!(door_findings(&said)[0].0, key);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpc_that_passes_on_some_connections_only_is_counted_and_not_called_blocked() {
    let tasks = TaskTracker::new();
    let ports = [node(&tasks).await, node(&tasks).await, node(&tasks).await];
    let listen = door_address().await;
    let Some(nginx) = Nginx::start(listen, &addresses(&ports), DoorKind::Stale, GrpcDoor::Shut) else { return };
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let every_other = move |asked: &str| {
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if nth.is_multiple_of(2) { settings(asked) } else { Vec::new() }
    };
    serve(&tasks, TcpListener::bind((listen.ip(), listen.port() + 1000)).await.expect("a port"), every_other);
    let cluster = cluster(&ports, nginx.url());
    let said = round(&cluster, build::sources(&cluster, &Extras::default())).await;
    assert_eq!(doors_said(&said), [(Code::DoorGrpcNotForwarded, vec![], Confidence::Possible)], "{:?}", said.findings);
    let cause = said.causes.iter().find(|cause| cause.code == Code::DoorGrpcNotForwarded).expect("a cause");
    assert_eq!(cause.summary.key, "cause-door-grpc-partly");
    let number = |name: &str| cause.summary.args[name].parse::<u32>().expect("a number");
    assert!(number("ok") > 0 && number("ok") < number("tries"), "{:?}", cause.summary);
}
