//! What only the node itself can tell: the environment of its process, and which databases it reaches.

use std::path::Path;
use std::sync::Arc;

use nodedown::checks::home;
use nodedown::domain::observed::PortResult;
use nodedown::sources::ssh::SshTrouble;
use nodedown::sources::{Expect, ProbeAsk, SourceError};
use serde_json::Value;

use super::server::{Between, Sshd, cannot_run, node, node_beside, not_root};
use super::whole::{diagnose, reasons, source_of};
use super::{api_at, deadline};
use crate::network::namespaces::Hosts;

/// A home whose database is named by an environment variable.
fn home_with_database(port: u16) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("home");
    for folder in ["conf", "logs"] {
        std::fs::create_dir(home.path().join(folder)).expect("folder");
    }
    point_to(home.path(), port);
    home
}

fn point_to(home: &Path, port: u16) {
    let properties = format!(
        "spring.datasource.platform=mysql\ndb.num=1\ndb.url.0=jdbc:mysql://${{NACOS_IT_DB}}:{port}/nacos\ndb.user.0=nacos\n\
         db.password.0=${{NACOS_IT_SECRET}}\n"
    );
    std::fs::write(home.join("conf/application.properties"), properties).expect("properties");
}

/// What the whole program says of the database of that node.
async fn said(place: &str) -> (Vec<String>, Vec<String>, Value) {
    let json = diagnose(vec![format!("n1={place}")]).await;
    let database = json["findings"].as_array().expect("findings").iter().filter(|one| one["code"] == "db.unreachable");
    let found = database.map(|one| one["summary"].as_str().unwrap_or_default().to_owned()).collect();
    (found, reasons(&json), json)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_tried_from_the_node_with_the_environment_of_its_process() {
    if cannot_run("databases over SSH") || not_root("databases over SSH") {
        return;
    }
    let Some(hosts) = Hosts::start("databases over SSH", 2, 2) else { return };
    let (one, two) = (hosts.address(1), hosts.address(2));
    let sshd = Sshd::start_at(&one, Some(&hosts.namespace(1)), "");
    hosts.serve(2, &[3306, 3308]);
    let only_the_node = ["!", "-s", &one, "-p", "tcp", "--dport", "3306", "-j", "REJECT", "--reject-with", "tcp-reset"];
    hosts.filter(2, &[["-A", "INPUT"].as_slice(), &only_the_node].concat());
    hosts.filter(2, &["-A", "INPUT", "-p", "tcp", "--dport", "3308", "-j", "DROP"]);
    let here = std::net::TcpStream::connect((two.as_str(), 3306));
    assert!(here.is_err(), "from here there is no way to it");

    let home = home_with_database(3306);
    let source = node(sshd.place(home.path()));
    for (port, result) in
        [(3306, PortResult::Open), (3307, PortResult::Refused), (3308, PortResult::Timeout), (3306, PortResult::Open)]
    {
        let answer = source.probe_named(&two, &ProbeAsk::connect(port), &deadline()).await.expect("an answer");
        assert_eq!((answer.result, answer.ok > 0), (result, result == PortResult::Open), "{port}: {answer:?}");
    }
    let nameless =
        source.probe_named("no-such-host.invalid", &ProbeAsk::connect(3306), &deadline()).await.expect("an answer");
    assert_eq!(nameless.result, PortResult::Dns, "{nameless:?}");
    let none = source.environment(&deadline()).await;
    assert!(matches!(none, Err(SourceError::NotConfigured { .. })), "no process, no environment: {none:?}");

    let process = hosts.pretend_with(1, home.path(), &[("NACOS_IT_DB", &two), ("NACOS_IT_SECRET", "geheim-7")]);
    let environment = source.environment(&deadline()).await.expect("its environment");
    assert_eq!(environment.get("NACOS_IT_DB"), Some(&two));
    assert!(home::is_there(source.as_ref(), &deadline()).await);
    let place = source_of(&sshd.place(home.path()));
    let (found, reasons, json) = said(&place).await;
    assert_eq!(found, Vec::<String>::new(), "{json}");
    // What listens there is no database: it takes connections and says nothing.
    let of_port: Vec<&String> = reasons.iter().filter(|reason| reason.contains("3306")).collect();
    assert!(matches!(of_port.as_slice(), [silent] if silent.contains("did not greet")), "{reasons:?}");
    for port in [3307, 3308] {
        point_to(home.path(), port);
        let (found, _, json) = said(&place).await;
        assert!(found.len() == 1 && found[0].contains(&format!("{two}:{port}")), "{port}: {json}");
        assert!(!json.to_string().contains("geheim-7"), "the environment holds secrets: {json}");
    }
    drop(process);
    // Nobody tells any more what the variable is: nothing is tried in its place.
    let (found, _, json) = said(&place).await;
    assert_eq!(found, Vec::<String>::new(), "{json}");
    drop(sshd);

    let strict = Sshd::start_at(&one, Some(&hosts.namespace(1)), "AllowTcpForwarding no");
    let _process = hosts.pretend_with(1, home.path(), &[("NACOS_IT_DB", &two)]);
    let refused = node(strict.place(home.path())).probe_named(&two, &ProbeAsk::connect(3306), &deadline()).await;
    assert!(matches!(refused, Err(SourceError::Ssh(SshTrouble::NoForwarding { .. }))), "{refused:?}");
    point_to(home.path(), 3307);
    let (found, reasons, json) = said(&source_of(&strict.place(home.path()))).await;
    assert_eq!(found, Vec::<String>::new(), "{json}");
    assert!(reasons.iter().any(|reason| reason.contains("AllowTcpForwarding")), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_of_the_way_to_the_node_is_not_taken_for_silence_of_a_port() {
    if cannot_run("a connection that falls silent") {
        return;
    }
    let sshd = Sshd::start("");
    let between = Between::start(sshd.port).await;
    let home = tempfile::tempdir().expect("home");
    std::fs::create_dir(home.path().join("logs")).expect("folder");
    let mut place = sshd.place(home.path());
    place.host.port = between.port;
    std::fs::write(sshd.known_hosts(), sshd.known_line(between.port)).expect("known hosts");
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = mute.local_addr().expect("address").port();
    // Not the first: that one still holds the connections of the probes before.
    let met_once = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let once = met_once.local_addr().expect("address").port();
    let source = node_beside(place, vec![api_at("n2", port), api_at("n3", once)]);
    let ask = ProbeAsk { port, expect: Expect::Http2, tries: 3 };
    let silent = source.probe_from("127.0.0.1", &ask, &deadline()).await.expect("an answer");
    assert_eq!(silent.result, PortResult::Silent, "the port is silent, and the way to it is not");
    between.hang_after(0);
    let short = nodedown::sources::Deadline::after(std::time::Duration::from_secs(3), deadline().cancel);
    let answer = source.probe_from("127.0.0.1", &ask, &short).await;
    assert!(matches!(answer, Err(SourceError::Ssh(SshTrouble::FellSilent { .. }))), "{answer:?}");
    between.heal();
    let again = source.probe_from("127.0.0.1", &ask, &deadline()).await.expect("a new connection");
    assert_eq!(again.result, PortResult::Silent);

    // A host that ends the connection in the middle of it says nothing of the port either.
    let asking = Arc::clone(&source);
    let ask = ProbeAsk { port: once, ..ask };
    let tasks = tokio_util::task::TaskTracker::new();
    let probe = tasks.spawn(async move { asking.probe_from("127.0.0.1", &ask, &deadline()).await });
    let (_met, _) = met_once.accept().await.expect("a connection");
    between.cut();
    let answer = probe.await.expect("no panic");
    assert!(answer.is_err(), "{answer:?}");
}
