//! One round of probes against a script of `nc`, on ten hosts of which one is dark, as ratios of one run.
//!
//! `cargo bench --bench network` makes ten network namespaces with an address and the four ports of a node each, lets the
//! packets to the last one be dropped, and measures both ways to try every port of every host from every other host and
//! from here. It needs root, iproute2, iptables and, for the comparison, `nc`; what is missing is said.

#[expect(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/network/namespaces.rs"]
mod namespaces;

use std::io::{self, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nodedown::domain::cluster::{ApiAddress, Cluster, FileSource, NodeSpec};
use nodedown::domain::id::{ClusterId, NodeName};
use nodedown::domain::observed::{Observed, PortResult, PortSeen};
use nodedown::domain::time::{Clock, Timestamp};
use nodedown::domain::trust::Trust;
use nodedown::rounds::{self, Round, RoundSpec};
use nodedown::sources::build::{Extras, sources};
use nodedown::sources::tcp::LONGEST;
use tokio_util::sync::CancellationToken;

use namespaces::Hosts;

/// Hosts; the last one is dark.
const SIZE: usize = 10;
const PORTS: [u16; 4] = [7848, 8848, 9848, 9849];
const ROUNDS: usize = 3;

/// Nothing here depends on the time of day.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_305_600_000)
    }
}

/// What the shared part uses of the tests.
mod support {
    /// Prints a line.
    pub fn aloud(said: &str) {
        super::say(said);
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            say(&format!("bench network: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<bool> {
    let Some(hosts) = Hosts::start("bench network", 3, SIZE) else { return Ok(true) };
    let homes = tempfile::tempdir()?;
    let mut nodes = Vec::new();
    let mut processes = Vec::new();
    for host in 1..=SIZE {
        let home = homes.path().join(format!("n{host}"));
        std::fs::create_dir(&home)?;
        hosts.serve(host, &PORTS);
        processes.push(hosts.pretend(host, &home));
        let api = ApiAddress {
            published: Default::default(),
            scheme: "http".to_owned(),
            host: hosts.address(host),
            port: 8848,
            context_path: None,
            console_port: None,
            credential: None,
            trust: Trust::System,
        };
        let name = NodeName(format!("n{host}"));
        nodes.push(NodeSpec { name, api: Some(api), files: FileSource::Local { home } });
    }
    hosts.filter(SIZE, &["-A", "INPUT", "-p", "tcp", "-j", "DROP"]);
    let cluster = Cluster {
        id: ClusterId(0),
        name: "bench".to_owned(),
        nodes,
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut longest = Duration::ZERO;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let round = runtime.block_on(round(&cluster))?;
        longest = longest.max(begun.elapsed());
        verify(&round)?;
    }
    let (round_s, timeout_s) = (longest.as_secs_f64(), LONGEST.as_secs_f64());
    let ratio = round_s / timeout_s;
    say(&format!(
        "{SIZE} hosts, one dark, {} ports tried from {SIZE} hosts and from here, 3 to 6 tries each",
        SIZE * SIZE * PORTS.len()
    ));
    say(&format!(
        "longest of {ROUNDS} rounds {round_s:.2} s = {ratio:.2} × the time-out of {timeout_s} s (at most 1.10)"
    ));
    let mut good = ratio <= 1.10;
    match script(&hosts)? {
        None => say("SKIPPED the comparison: `nc` is not installed (netcat-openbsd)"),
        Some(taken) => {
            let ratio = taken.as_secs_f64() / round_s;
            say(&format!(
                "`nc -z -w1`, one after another, {:.1} s = {ratio:.0} × the round (at least 30)",
                taken.as_secs_f64()
            ));
            good &= ratio >= 30.0;
        }
    }
    Ok(good)
}

async fn round(cluster: &Cluster) -> io::Result<Round> {
    let spec = RoundSpec {
        cluster: cluster.clone(),
        sources: sources(cluster, &Extras::default()),
        at: None,
        window_ms: nodedown::domain::incident::WINDOW_MS,
        clock: Arc::new(Still),
        suspect: None,
        kinds: Some(["net.ports".to_owned()].into()),
        client_logs: Default::default(),
        client_logs_unread: Default::default(),
        secret_key: rounds::key_of_one_round(),
        cancel: CancellationToken::new(),
    };
    rounds::run(spec, |_| {}).await.map_err(|error| io::Error::other(format!("{error:?}")))
}

/// A fast round that saw something else than what is there would be worth nothing.
fn verify(round: &Round) -> io::Result<()> {
    let dark = format!("n{SIZE}");
    let check = |from: &str, to: &str, ports: &[PortSeen]| {
        let expected = if from == dark || to == dark { PortResult::Timeout } else { PortResult::Open };
        let right = ports.len() == PORTS.len() && ports.iter().all(|port| port.result == expected);
        if right { Ok(()) } else { Err(io::Error::other(format!("{from} to {to}: {ports:?}"))) }
    };
    for host in 1..=SIZE {
        let name = NodeName(format!("n{host}"));
        let Some(Observed::Ports(seen)) = round.observations.get("net.ports", &name) else {
            return Err(io::Error::other(format!("{name} was not seen: {:?}", round.observations.missing)));
        };
        check("here", &name.0, &seen.ports)?;
        if seen.peers.len() != SIZE - 1 {
            return Err(io::Error::other(format!(
                "{name} tried {} others: {:?}",
                seen.peers.len(),
                seen.peers_missing
            )));
        }
        for peer in &seen.peers {
            check(&name.0, &peer.node.0, &peer.ports)?;
        }
    }
    Ok(())
}

/// The same ports from the same places by a script; `None`: there is no `nc`.
fn script(hosts: &Hosts) -> io::Result<Option<Duration>> {
    let there = Command::new("nc").arg("-h").stdin(Stdio::null()).output();
    if there.is_err() {
        return Ok(None);
    }
    let begun = Instant::now();
    for from in 0..=SIZE {
        let pairs: Vec<String> = (1..=SIZE)
            .filter(|to| *to != from)
            .flat_map(|to| PORTS.map(|port| format!("nc -z -w1 {} {port}", hosts.address(to))))
            .collect();
        let mut command = if from == 0 {
            Command::new("sh")
        } else {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", &hosts.namespace(from), "sh"]);
            command
        };
        command.args(["-c", &pairs.join("\n")]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // The last one tried fails where it is the dark one.
        let _ = command.status()?;
    }
    Ok(Some(begun.elapsed()))
}

fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
