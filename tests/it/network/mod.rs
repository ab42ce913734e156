//! Probes from a node on this machine, through the network that its process lives in.

pub mod namespaces;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nodedown::checks::{self, CheckContext};
use nodedown::domain::cluster::{ApiAddress, Cluster, FileSource, NodeSpec};
use nodedown::domain::id::{ClusterId, NodeName};
use nodedown::domain::observed::{Observed, PortResult, PortsSeen};
use nodedown::domain::time::Timestamp;
use nodedown::domain::trust::Trust;
use nodedown::domain::vocabulary::NoSource;
use nodedown::sources::build::{Extras, sources};
use nodedown::sources::{Deadline, Expect, NodeSource, ProbeAnswer, ProbeAsk, SourceError};
use tokio_util::sync::CancellationToken;

use namespaces::{Hosts, Pretender};

fn api(host: &str, port: u16) -> ApiAddress {
    ApiAddress {
        published: Default::default(),
        scheme: "http".to_owned(),
        host: host.to_owned(),
        port,
        context_path: None,
        console_port: None,
        credential: None,
        trust: Trust::System,
    }
}

/// The first of two nodes: read on this machine, the other only has an address.
fn node(home: &Path, other: &str, port: u16) -> Arc<dyn NodeSource> {
    let nodes = vec![
        NodeSpec { name: NodeName::from("n1"), api: None, files: FileSource::Local { home: home.to_owned() } },
        NodeSpec { name: NodeName::from("n2"), api: Some(api(other, port)), files: FileSource::None },
    ];
    let cluster = Cluster {
        id: ClusterId(0),
        name: "c".to_owned(),
        nodes,
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    sources(&cluster, &Extras::default()).nodes.remove(0)
}

async fn ask(source: &dyn NodeSource, host: &str, port: u16, expect: Expect) -> Result<ProbeAnswer, SourceError> {
    let deadline = Deadline::after(Duration::from_secs(60), CancellationToken::new());
    source.probe_from(host, &ProbeAsk { port, expect, tries: 3 }, &deadline).await
}

fn passes(answer: &ProbeAnswer) -> bool {
    answer.result == PortResult::Open && answer.ok == answer.tries && answer.ok >= 3
}

fn not_configured(answer: &Result<ProbeAnswer, SourceError>, why: &NoSource) -> bool {
    matches!(answer, Err(SourceError::NotConfigured { what }) if what == why)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_between_two_hosts_is_seen_from_the_one_and_not_from_here() {
    let Some(hosts) = Hosts::start("probes from a network namespace", 0, 2) else { return };
    let home = tempfile::tempdir().expect("home");
    let (one, two) = (hosts.address(1), hosts.address(2));
    hosts.serve(2, &[7848, 8848, 9849]);
    let stopped = ask(node(home.path(), &two, 8848).as_ref(), &two, 7848, Expect::Http2).await;
    assert!(not_configured(&stopped, &NoSource::ProbeFromStopped), "{stopped:?}");
    let _process = hosts.pretend(1, home.path());
    let source = node(home.path(), &two, 8848);
    let open = ask(source.as_ref(), &two, 7848, Expect::Http2).await.expect("an answer");
    assert!(passes(&open), "{open:?}");

    hosts.filter(2, &["-A", "INPUT", "-s", &one, "-p", "tcp", "--dport", "7848", "-j", "DROP"]);
    let cut = ask(source.as_ref(), &two, 7848, Expect::Http2).await.expect("an answer");
    assert_eq!((cut.result, cut.ok, cut.tries), (PortResult::Timeout, 0, 6), "{cut:?}");
    let beside = ask(source.as_ref(), &two, 9849, Expect::Http2).await.expect("an answer");
    assert!(passes(&beside), "{beside:?}");
    let here = std::net::TcpStream::connect((two.as_str(), 7848));
    assert!(here.is_ok(), "the way from here is another one: {here:?}");

    // More than half of the packets get lost, among them the first.
    hosts.filter(2, &["-F"]);
    let lossy = ["-p", "tcp", "--dport", "7848", "-m", "statistic", "--mode", "nth", "--every", "3"];
    for rest in [["--packet", "0", "-j", "DROP"], ["--packet", "1", "-j", "DROP"]] {
        hosts.filter(2, &[["-A", "INPUT"].as_slice(), &lossy, &rest].concat());
    }
    let lossy = ask(source.as_ref(), &two, 7848, Expect::Tcp).await.expect("an answer");
    assert!(lossy.ok > 0 && lossy.ok <= lossy.tries, "{lossy:?}");

    hosts.filter(2, &["-F"]);
    hosts.filter(2, &["-A", "INPUT", "-p", "tcp", "--dport", "7848", "-j", "REJECT", "--reject-with", "tcp-reset"]);
    let refused = ask(source.as_ref(), &two, 7848, Expect::Http2).await.expect("an answer");
    assert_eq!((refused.result, refused.ok), (PortResult::Refused, 0), "{refused:?}");
    hosts.filter(2, &["-F"]);
    let open = ask(source.as_ref(), &two, 7848, Expect::Http2).await.expect("an answer");
    assert!(passes(&open), "{open:?}");

    for (host, port) in [(two.as_str(), 22), ("10.78.0.13", 7848)] {
        let other = ask(source.as_ref(), host, port, Expect::Tcp).await;
        assert!(matches!(other, Err(SourceError::Denied { .. })), "{host}:{port}: {other:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_without_an_address_reach_for_the_members_of_their_own_list() {
    let Some(hosts) = Hosts::start("probes of members from a network namespace", 2, 2) else { return };
    let (first, second) = (tempfile::tempdir().expect("home"), tempfile::tempdir().expect("home"));
    let (one, two) = (hosts.address(1), hosts.address(2));
    for home in [&first, &second] {
        std::fs::create_dir(home.path().join("conf")).expect("conf");
        let list = format!("# members\n{one}:8848\n{two}:8848\n");
        std::fs::write(home.path().join("conf/cluster.conf"), list).expect("cluster.conf");
    }
    hosts.serve(2, &[7848, 8848, 9848, 9849]);
    let nodes = [("n1", &first), ("n2", &second)].map(|(name, home)| NodeSpec {
        name: NodeName::from(name),
        api: None,
        files: FileSource::Local { home: home.path().to_owned() },
    });
    let nodes = nodes.to_vec();
    let cluster = Cluster {
        id: ClusterId(0),
        name: "c".to_owned(),
        nodes,
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let reached = || async {
        let cx = CheckContext {
            source: sources(&cluster, &Extras::default()).nodes.remove(0),
            deadline: Deadline::after(Duration::from_secs(60), CancellationToken::new()),
            at: Timestamp::from_millis(0),
            window_ms: 1000,
            open_end: true,
            zone_hint_s: None,
            ahead_ms: 0,
            watched: None,
            secret_key: [0; 32],
        };
        match checks::find("net.ports").expect("a check").gather(&cx).await {
            Ok(Observed::Ports(seen)) => Ok(seen),
            other => Err(other),
        }
    };
    // Nothing runs there that could be asked to.
    let stopped = reached().await.expect("a reason");
    assert!(stopped.peers.is_empty() && stopped.peers_missing.is_some(), "{stopped:?}");
    let _process = hosts.pretend(1, first.path());
    let of_two = |seen: &PortsSeen, port: u16| {
        let peer = seen.peers.iter().find(|peer| peer.node.0 == format!("{two}:8848")).expect("the other member");
        peer.ports.iter().find(|tried| tried.port == port).map(|tried| tried.result)
    };
    let seen = reached().await.expect("ports");
    for port in [7848, 8848, 9848, 9849] {
        assert_eq!(of_two(&seen, port), Some(PortResult::Open), "{port}");
    }
    hosts.filter(2, &["-A", "INPUT", "-s", &one, "-p", "tcp", "--dport", "7848", "-j", "DROP"]);
    let seen = reached().await.expect("ports");
    assert_eq!((of_two(&seen, 7848), of_two(&seen, 9849)), (Some(PortResult::Timeout), Some(PortResult::Open)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loopback_address_means_something_else_in_another_network() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    let home = tempfile::tempdir().expect("home");
    {
        let _process = Pretender::here(home.path());
        let source = node(home.path(), "127.0.0.1", port);
        let open = ask(source.as_ref(), "127.0.0.1", port, Expect::Tcp).await.expect("an answer");
        assert!(passes(&open), "{open:?}");
    }
    let Some(hosts) = Hosts::start("loopback in a network namespace", 1, 1) else { return };
    let _process = hosts.pretend(1, home.path());
    let source = node(home.path(), "127.0.0.1", port);
    let other = ask(source.as_ref(), "127.0.0.1", port, Expect::Tcp).await;
    assert!(not_configured(&other, &NoSource::ProbeFromName), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_resolved_as_the_process_resolves_them() {
    let home = tempfile::tempdir().expect("home");
    let source = node(home.path(), "127.0.0.1", 8848);
    let deadline = Deadline::after(Duration::from_secs(60), CancellationToken::new());
    let names = ["localhost".to_owned(), "no-such-host.invalid".to_owned()];
    let stopped = source.resolve(&names, &deadline).await;
    assert!(matches!(stopped, Err(SourceError::NotConfigured { .. })), "{stopped:?}");
    let _process = Pretender::here(home.path());
    let source = node(home.path(), "127.0.0.1", 8848);
    let seen = source.resolve(&names, &deadline).await.expect("an answer");
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].name == "localhost" && seen[0].addresses.iter().all(|address| address.is_loopback()), "{seen:?}");
}
