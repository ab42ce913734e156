//! `net.ports`: a node's ports from here.

pub mod judge;

use std::pin::pin;

use async_trait::async_trait;
use futures_util::future::{Either, join, join_all, join3, select};

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask, home};
use crate::domain::cluster::FileSource;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{Observed, PeerPortsSeen, PortResult, PortRole, PortSeen, PortsSeen};
use crate::domain::vocabulary::{NoSource, OutputKind};
use crate::model::address;
use crate::nacos::api::{self, Family, Question};
use crate::nacos::ports::NodePorts;
use crate::nacos::{cluster_conf, pasted, ports, timing};
use crate::sources::build::means_itself;
use crate::sources::{Deadline, Expect, HandedIn, NodeSource, ProbeAsk, SourceError, redact};

/// `net.ports`.
pub struct NetPorts;

#[async_trait]
impl Check for NetPorts {
    fn kind(&self) -> &'static str {
        "net.ports"
    }

    fn step(&self) -> Step {
        Step::Network
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let source = cx.source.as_ref();
        let deadline = ask::questions_deadline(&cx.deadline);
        let Some(api) = source.spec().api.clone() else {
            let seen = match pasted_ports(source, &source.handed_in().await) {
                Some(pasted) => Some(pasted),
                // What is tried now says nothing of another moment.
                None if cx.open_end => from_the_node_alone(cx, &deadline).await,
                None => None,
            };
            return seen
                .map(Observed::Ports)
                .ok_or_else(|| SourceError::NotConfigured { what: NoSource::Probe }.into());
        };
        let probes = join_all(ports_of(api.port).into_iter().map(|(role, port, expect)| {
            // Plain words may be met with silence where TLS is spoken.
            let tls = expect == Expect::Http1 && api.scheme == "https";
            probe(source, role, port, if tls { Expect::Tls } else { expect }, &deadline)
        }));
        let asked = async {
            let (questions, probes) = (pin!(questions(source, &deadline)), pin!(probes));
            match select(questions, probes).await {
                Either::Left((asked, probes)) => (probes.await, asked),
                // Nobody is met there: the questions would wait for the whole of the node's time.
                Either::Right((probed, _))
                    if probed.iter().flatten().all(|port| port.result == PortResult::Timeout) =>
                {
                    (probed, (Answered::Not, None))
                }
                Either::Right((probed, questions)) => (probed, questions.await),
            }
        };
        let told = async { Some(probe(source, PortRole::Console, api.console_port?, Expect::Http1, &deadline).await) };
        let peers = reached(source, &deadline);
        let ((probed, (answered, mut version)), mut console, (mut peers, peers_missing)) =
            join3(asked, told, peers).await;
        // A node that does not answer still has the banner of its start; 1.x has no gRPC ports that could be shut.
        if version.is_none() && source.spec().files != FileSource::None {
            // Files that hang must not cost what the ports told.
            let banner = tokio::time::timeout(deadline.left() / 2, home::banner(source, &deadline)).await;
            version = banner.ok().flatten().and_then(|banner| banner.version);
        }
        let listens_on = ports::roles(version.as_deref());
        if console.is_none() && listens_on.contains(&PortRole::Console) {
            let port = ports::DEFAULT_CONSOLE;
            console = Some(probe(source, PortRole::Console, port, Expect::Http1, &deadline).await);
        }

        let mut ports = Vec::new();
        let mut error = None;
        for probed in probed.into_iter().chain(console) {
            match probed {
                Ok(port) => ports.push(port),
                Err(failed) => error = Some(failed),
            }
        }
        // An answer to a question proves the port, even if the probe beside it ran out of time. So does one that cannot be
        // trusted, and one in a language that the probe did not expect.
        for port in ports.iter_mut().filter(|port| port.role == PortRole::Main) {
            let proven = match port.result {
                PortResult::Silent | PortResult::Timeout => answered != Answered::Not,
                PortResult::Reset | PortResult::WrongProtocol => answered == Answered::Untrusted,
                _ => false,
            };
            if proven {
                port.result = PortResult::Open;
                port.ok = port.ok.max(1);
            }
        }
        let listens = |port: &PortSeen| port.role == PortRole::Console || listens_on.contains(&port.role);
        ports.retain(listens);
        // Nodes of one cluster are of one generation.
        for peer in &mut peers {
            peer.ports.retain(listens);
        }
        match error {
            // What could not be tried from here may have been tried by somebody.
            Some(error) if ports.is_empty() => {
                let pasted = pasted_ports(source, &source.handed_in().await);
                let seen = pasted.map(|pasted| Observed::Ports(PortsSeen { peers, peers_missing, ..pasted }));
                seen.ok_or_else(|| error.into())
            }
            _ => Ok(Observed::Ports(PortsSeen {
                from: "here".to_owned(),
                host: api.host,
                ports,
                at: Some(cx.at),
                peers,
                peers_missing,
            })),
        }
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// The ports that follow from the main one.
fn ports_of(main: u16) -> Vec<(PortRole, u16, Expect)> {
    ports::roles(None)
        .iter()
        .filter_map(|role| {
            let expect = if *role == PortRole::Main { Expect::Http1 } else { Expect::Http2 };
            Some((*role, ports::port_of(main, *role)?, expect))
        })
        .collect()
}

/// What somebody tried by hand and handed in, the newest answer for each port.
fn pasted_ports(source: &dyn NodeSource, handed_in: &[HandedIn]) -> Option<PortsSeen> {
    let known = NodePorts::of(Some(source.spec()), source.peers());
    let mut by = None;
    let mut host = String::new();
    let mut ports: Vec<PortSeen> = Vec::new();
    for item in handed_in.iter().filter(|item| matches!(item.kind, OutputKind::Nc | OutputKind::Telnet)) {
        for attempt in pasted::attempts(&item.text).ports {
            let Some(role) = known.role_of(attempt.port) else { continue };
            by = Some(item.by.clone());
            host = attempt.host;
            ports.retain(|port| port.port != attempt.port);
            ports.push(PortSeen {
                port: attempt.port,
                role,
                result: attempt.result,
                tries: 1,
                ok: u8::from(attempt.result == PortResult::Open),
                untaken: 0,
                elapsed_ms: 0,
                detail: Some(redact::text(&attempt.text).into_owned()),
            });
        }
    }
    Some(PortsSeen { from: by?, host, ports, at: None, peers: Vec::new(), peers_missing: None })
}

/// What the node reaches of the others, where the inventory has no address of its own; `None` if that cannot be tried.
async fn from_the_node_alone(cx: &CheckContext, deadline: &Deadline) -> Option<PortsSeen> {
    let source = cx.source.as_ref();
    let (mut peers, peers_missing) = reached(source, deadline).await;
    if peers.is_empty() && peers_missing.is_none() {
        return None;
    }
    let banner = home::banner(source, deadline).await;
    let listens_on = ports::roles(banner.and_then(|banner| banner.version).as_deref());
    for peer in &mut peers {
        peer.ports.retain(|port| listens_on.contains(&port.role));
    }
    let (from, host, ports) = ("here".to_owned(), String::new(), Vec::new());
    Some(PortsSeen { from, host, ports, at: Some(cx.at), peers, peers_missing })
}

/// The ports of the other nodes as this one reaches them, by the addresses of the inventory and, where that has none, of the
/// node's own member list; and why something was not tried.
async fn reached(source: &dyn NodeSource, deadline: &Deadline) -> (Vec<PeerPortsSeen>, Option<Message>) {
    let ((mut peers, missing), (mut others, none_there)) =
        join(peers(source, deadline), members(source, deadline)).await;
    peers.append(&mut others);
    (peers, missing.or(none_there))
}

/// Most members of a list that are tried.
const MEMBERS: usize = 32;

/// The ports of the other members as this node reaches them, by the addresses of its own list, or why it could not be asked
/// to. Those that the inventory has an address for are left to it.
async fn members(source: &dyn NodeSource, deadline: &Deadline) -> (Vec<PeerPortsSeen>, Option<Message>) {
    if !source.files_live() || source.peers().iter().all(|peer| peer.api.is_some()) {
        return (Vec::new(), None);
    }
    let Ok(list) = home::cluster_conf(source, deadline).await else { return (Vec::new(), None) };
    let banner = home::banner(source, deadline).await;
    let main_port = home::main_port(source, deadline).await;
    let own = banner.as_ref().and_then(|banner| banner.main_address(main_port));
    let seen = cluster_conf::parse(&list, main_port, banner.and_then(|banner| banner.version).as_deref());
    let known = |host: &str| source.peers().iter().filter_map(|peer| peer.api.as_ref()).any(|api| api.host == host);
    let others = seen.members.iter().filter(|member| own.as_ref() != Some(member));
    let others = others.filter_map(|member| {
        let (host, port) = address::split(member)?;
        Some((member, host, port?))
    });
    let asked = others.filter(|(_, host, _)| !known(host)).take(MEMBERS).map(|(member, host, port)| async move {
        let probes = ports_of(port).into_iter().map(|(role, port, expect)| {
            let (host, ask) = (&host, ProbeAsk { port, expect, tries: timing::PORT_TRIES });
            async move { source.probe_named(host, &ask, deadline).await.map(|answer| answer.of(role, port)) }
        });
        let (ports, errors): (Vec<_>, Vec<_>) = join_all(probes).await.into_iter().partition(Result::is_ok);
        let ports: Vec<PortSeen> = ports.into_iter().flatten().collect();
        let error = errors.into_iter().filter_map(Result::err).find(|error| *error != SourceError::NotRecorded);
        (PeerPortsSeen { node: NodeName::from(member.as_str()), host: host.clone(), ports }, error)
    });
    collected(join_all(asked).await)
}

/// What was reached, and the first reason why something was not tried.
fn collected(asked: Vec<(PeerPortsSeen, Option<SourceError>)>) -> (Vec<PeerPortsSeen>, Option<Message>) {
    let (mut peers, mut missing) = (Vec::new(), None);
    for (peer, error) in asked {
        missing = missing.or(error);
        if !peer.ports.is_empty() {
            peers.push(peer);
        }
    }
    (peers, missing.map(|error| error.message()))
}

/// The ports of the other nodes that the inventory has an address for as this one reaches them, or why it could not be asked
/// to.
async fn peers(source: &dyn NodeSource, deadline: &Deadline) -> (Vec<PeerPortsSeen>, Option<Message>) {
    // An address that means this machine means another one there.
    let loopback_too = match &source.spec().files {
        FileSource::Ssh(place) => means_itself(&place.host.host),
        FileSource::Local { .. } => true,
        FileSource::Copied { .. } | FileSource::None => return (Vec::new(), None),
    };
    let addresses = source.peers().iter().filter_map(|peer| {
        let api = peer.api.as_ref()?;
        // What a container publishes is not what its neighbours use.
        let used = api.published.peer.as_ref().map(|peer| (peer.host.as_str(), peer.port));
        let (host, port) = used.unwrap_or((&api.host, api.port));
        Some((&peer.name, host, port))
    });
    let asked =
        addresses.filter(|(_, host, _)| loopback_too || !means_itself(host)).map(|(name, host, main)| async move {
            let probes = ports_of(main).into_iter().map(|(role, port, expect)| async move {
                let ask = ProbeAsk { port, expect, tries: timing::PORT_TRIES };
                source.probe_from(host, &ask, deadline).await.map(|answer| answer.of(role, port))
            });
            let (ports, errors): (Vec<_>, Vec<_>) = join_all(probes).await.into_iter().partition(Result::is_ok);
            let ports: Vec<PortSeen> = ports.into_iter().flatten().collect();
            // A recording from before this was tried says nothing of it.
            let error = errors.into_iter().filter_map(Result::err).find(|error| *error != SourceError::NotRecorded);
            (PeerPortsSeen { node: name.clone(), host: host.to_owned(), ports }, error)
        });
    collected(join_all(asked).await)
}

async fn probe(
    source: &dyn NodeSource,
    role: PortRole,
    port: u16,
    expect: Expect,
    deadline: &Deadline,
) -> Result<PortSeen, SourceError> {
    let tries = timing::PORT_TRIES;
    let answer = match source.probe(&ProbeAsk { port, expect, tries }, deadline).await {
        // A recording of before tried every main port with plain words.
        Err(SourceError::NotRecorded) if expect == Expect::Tls => {
            source.probe(&ProbeAsk { port, expect: Expect::Http1, tries }, deadline).await
        }
        answer => answer,
    };
    answer.map(|answer| answer.of(role, port))
}

/// Whether HTTP was answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// No.
    Not,
    /// By something that cannot be trusted to be the node.
    Untrusted,
    /// Yes.
    Yes,
}

/// Whether HTTP answers at all, and the version as far as the state map tells.
async fn questions(source: &dyn NodeSource, deadline: &Deadline) -> (Answered, Option<String>) {
    let (old, three) = join(
        ask::question(source, Question::State, Family::Old, deadline),
        ask::question(source, Question::State, Family::Three, deadline),
    )
    .await;
    let asked = || [&old, &three].into_iter().flatten();
    let answered = if asked().any(|asked| asked.answer.is_some()) {
        Answered::Yes
    } else if asked().any(|asked| matches!(asked.error, Some(SourceError::Untrusted { .. }))) {
        Answered::Untrusted
    } else {
        Answered::Not
    };
    let version = [old, three]
        .into_iter()
        .flatten()
        .find_map(|asked| api::state(asked.ok()?))
        .and_then(|state| state.get("version").cloned());
    (answered, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_follow_from_the_main_one() {
        let ports: Vec<u16> = ports_of(8848).into_iter().map(|(_, port, _)| port).collect();
        assert_eq!(ports, [8848, 9848, 9849, 7848]);
        let low: Vec<u16> = ports_of(80).into_iter().map(|(_, port, _)| port).collect();
        assert_eq!(low, [80, 1080, 1081]);
        assert_eq!(ports_of(65_000).len(), 2);
    }
}
