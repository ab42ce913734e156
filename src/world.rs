//! For tests of rules: a cluster and what was seen of it, built by hand. What was seen goes in, the ranked causes come out.

pub use std::collections::BTreeMap;

use crate::checks::{JudgeContext, REGISTRY, Scope};
use crate::diagnosis::rules::Cases;
use crate::diagnosis::{Evidence, diagnose, rules, todos};
pub use crate::domain::cluster::{ApiAddress, Cluster, EvidencePart, FileSource, FrontDoor, NodeSpec};
pub use crate::domain::code::Code;
pub use crate::domain::diagnosis::{Confidence, Diagnosis, Health};
pub use crate::domain::finding::{NotSeen, Outcome, Variant};
pub use crate::domain::id::{ClusterId, NodeName};
pub use crate::domain::incident::WINDOW_MS;
pub use crate::domain::message::Message;
pub use crate::domain::observed::*;
pub use crate::domain::time::Timestamp;
pub use crate::domain::trust::Trust;
pub use crate::domain::vocabulary::{CutReason, Failure};
pub use crate::model::ClusterModel;

pub const AT: i64 = 1_800_000_000_000;

pub fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_millis(AT - seconds * 1000)
}

/// A cluster and what was seen of it, by default healthy copies whose logs go on to the end.
pub struct World {
    pub cluster: Cluster,
    pub observations: Observations,
    pub hosts: Vec<String>,
    pub port: u16,
}

impl World {
    pub fn new(nodes: usize) -> Self {
        Self::with_hosts((1..=nodes).map(|number| format!("10.0.0.{number}")).collect(), 8848)
    }

    pub fn with_hosts(hosts: Vec<String>, port: u16) -> Self {
        let nodes = (1..=hosts.len())
            .map(|number| NodeSpec {
                name: NodeName(format!("n{number}")),
                api: None,
                files: FileSource::Copied { home: format!("/copies/n{number}").into() },
            })
            .collect();
        let cluster = Cluster {
            id: ClusterId(0),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let mut world = Self { cluster, observations: Observations::default(), hosts, port };
        let members: Vec<String> = world.hosts.iter().map(|host| format!("{host}:{port}")).collect();
        for index in 0..world.hosts.len() {
            world.logs(index, 1, Vec::new());
            world.stop(index, 1, Vec::new());
            world.conf(index, &members);
        }
        world
    }

    /// What was seen of a node's logs, to be changed.
    pub fn seen_logs(&mut self, index: usize) -> &mut LogsSeen {
        let name = self.name(index);
        match self.observations.seen.get_mut("logs.signatures").and_then(|seen| seen.get_mut(&name)) {
            Some(Observed::Logs(logs)) => logs,
            _ => panic!("no logs"),
        }
    }

    /// What was seen of a node's ports, to be changed.
    pub fn seen_ports(&mut self, index: usize) -> &mut PortsSeen {
        let name = self.name(index);
        match self.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name)) {
            Some(Observed::Ports(seen)) => seen,
            _ => panic!("no ports of {name}"),
        }
    }

    /// What was seen of a node's stop, to be changed.
    pub fn seen_stop(&mut self, index: usize) -> &mut StopSeen {
        let name = self.name(index);
        match self.observations.seen.get_mut("node.stop").and_then(|seen| seen.get_mut(&name)) {
            Some(Observed::Stop(seen)) => seen,
            _ => panic!("no stop of {name}"),
        }
    }

    pub fn name(&self, index: usize) -> NodeName {
        self.cluster.nodes[index].name.clone()
    }

    pub fn logs(&mut self, index: usize, last_s: i64, hits: Vec<SignatureHits>) {
        let logs = LogsSeen {
            unstamped: None,
            beginnings: None,
            from: ago(1800),
            to: ago(0),
            files: vec![LogFileSeen {
                path: "logs/nacos.log".to_owned(),
                size_bytes: 10,
                read_bytes: 10,
                first: Some(ago(1800)),
                last: Some(ago(last_s)),
                records: 3,
                unlevelled: 0,
                encoding: "utf-8".to_owned(),
                cut: None,
            }],
            unreadable: Vec::new(),
            hits,
            unknown: Vec::new(),
            last_stamp: Some(ago(last_s)),
            last_heartbeat: Some(ago(last_s)),
            connection_history: Vec::new(),
            stalls: Vec::new(),
            zone_offset_s: 28_800,
            clock_offset_ms: None,
            peer_clock_offsets: Default::default(),
            zone_derived: true,
            aligned_ms: 0,
        };
        self.observations.put("logs.signatures", self.name(index), Observed::Logs(logs));
    }

    pub fn stop(&mut self, index: usize, last_s: i64, traces: Vec<StopTrace>) {
        let address = format!("{}:{}", self.hosts[index], self.port);
        let stop = StopSeen {
            process_table_seen: false,
            process: None,
            files_live: false,
            ends: vec![FileEnd {
                path: "logs/nacos.log".to_owned(),
                size_bytes: 4321,
                last_stamp: Some(ago(last_s)),
                last_line: "the last line".to_owned(),
                modified: None,
            }],
            starts: traces.iter().filter(|trace| trace.signature == "START").filter_map(|trace| trace.at).collect(),
            traces: traces.into_iter().filter(|trace| trace.signature != "START").collect(),
            crash_files: Vec::new(),
            last_started: None,
            last_start_ms: None,
            jvm_began: None,
            zone_offset_s: 28_800,
            zone_derived: true,
            disk_free_bytes: None,
            clock_offset_ms: None,
            self_address: Some(address),
            kernel_read: false,
            kernel_missing: None,
            unused_texts: Vec::new(),
            process_ids: ProcessIds::default(),
            aligned_ms: 0,
        };
        self.observations.put("node.stop", self.name(index), Observed::Stop(stop));
    }

    pub fn silent(&mut self, index: usize, last_s: i64, traces: Vec<StopTrace>) {
        self.logs(index, last_s, Vec::new());
        self.stop(index, last_s, traces);
    }

    pub fn conf(&mut self, index: usize, members: &[String]) {
        let mut members = members.to_vec();
        members.sort();
        let conf = ClusterConfSeen {
            written_from: None,
            names: Vec::new(),
            present: true,
            lines: members.clone(),
            members,
            problems: Vec::new(),
            rejected: false,
            modified: None,
            sha256: String::new(),
        };
        self.observations.put("config.cluster_conf", self.name(index), Observed::ClusterConf(conf));
    }

    pub fn peer(&self, index: usize, offset: i32) -> String {
        format!("{}:{}", self.hosts[index], i32::from(self.port) + offset)
    }

    /// What a node writes of a peer that refuses since then.
    pub fn refused(&self, peer: usize, since_s: i64) -> Vec<SignatureHits> {
        vec![
            hits("C21", Some(self.peer(peer, 1001)), None, since_s, 3, "refused", "Caused by: Connection refused"),
            hits(
                "C39",
                Some(self.peer(peer, -1000)),
                Some("g"),
                since_s,
                5,
                "unavailable",
                "UNAVAILABLE: io exception",
            ),
            hits("C01", Some(self.peer(peer, 0)), None, since_s, 5, "", "report the metadata to the unhealthy node"),
        ]
    }

    /// What a node writes of a peer that does not answer since then.
    pub fn timed_out(&self, peer: usize, since_s: i64) -> Vec<SignatureHits> {
        vec![
            hits("C21", Some(self.peer(peer, 1001)), None, since_s, 3, "timeout", "TimeoutException: Waited 3000"),
            hits("C39", Some(self.peer(peer, -1000)), Some("g"), since_s, 10, "timeout", "DEADLINE_EXCEEDED"),
        ]
    }

    pub fn diagnose(&self) -> Diagnosis {
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&self.cluster, &self.observations, at, WINDOW_MS);
        let cases = Cases::default();
        assert_eq!(cases.links(&model).len(), model.links.patterns.len(), "{:?}", model.links.patterns);
        let cx = JudgeContext { model: &model, cases: &cases, suspect: None };
        let (mut findings, mut not_seen) = (Vec::new(), Vec::new());
        for check in REGISTRY {
            let targets: Vec<Option<NodeName>> = match check.scope() {
                Scope::Node => self
                    .observations
                    .seen
                    .get(check.kind())
                    .into_iter()
                    .flat_map(|seen| seen.keys().cloned().map(Some))
                    .collect(),
                Scope::Cluster => vec![None],
            };
            for target in targets {
                let judgement = check.judge(target.as_ref(), &cx);
                findings.extend(judgement.findings);
                not_seen.extend(judgement.not_seen);
            }
        }
        let told = diagnose(Evidence { model: &model, findings, not_seen, suspect: None });
        assert_eq!(todos::harmful(&model, &told), [], "{:?}", told.causes);
        for finding in &told.findings {
            let listed = rules::list();
            let known = |id: &str| {
                let mut ids = listed.iter().flat_map(|rule| &rule.conditions).map(|(id, _)| *id);
                ids.any(|one| one == id)
            };
            assert!(finding.conditions.iter().all(|one| known(&one.id)), "{finding:?}");
        }
        told
    }

    pub fn codes(&self) -> Vec<String> {
        self.diagnose().causes.iter().map(|cause| format!("{}{:?}", cause.code, names(&cause.nodes))).collect()
    }
}

pub fn names(nodes: &[NodeName]) -> Vec<&str> {
    nodes.iter().map(|node| node.0.as_str()).collect()
}

pub fn trace(signature: &str, at_s: i64, text: &str) -> StopTrace {
    StopTrace {
        unsure: false,
        of_earlier_run: false,
        signature: signature.to_owned(),
        path: "logs/nacos.log".to_owned(),
        line: Some(7),
        offset: Some(70),
        at: Some(ago(at_s)),
        text: text.to_owned(),
    }
}

/// Hits every `every_s` seconds from `since_s` ago until now.
pub fn hits(
    signature: &str,
    peer: Option<String>,
    group: Option<&str>,
    since_s: i64,
    every_s: i64,
    reason: &str,
    text: &str,
) -> SignatureHits {
    let times: Vec<Timestamp> = (0..=since_s / every_s).map(|step| ago(since_s - step * every_s)).collect();
    let line = |at: Timestamp| LogLine {
        path: "logs/nacos.log".to_owned(),
        line: Some(1),
        offset: 0,
        at: Some(at),
        text: text.to_owned(),
        captures: BTreeMap::new(),
    };
    let (first, last) = (times.first().copied(), times.last().copied());
    let count = times.len() as u64;
    let mut reasons = BTreeMap::new();
    if !reason.is_empty() {
        reasons.insert(reason.into(), ReasonSeen { count, first, last });
    }
    SignatureHits {
        signature: signature.to_owned(),
        level: "ERROR".to_owned(),
        peer,
        group: group.map(str::to_owned),
        count,
        first,
        last,
        samples: first.into_iter().chain(last).map(line).collect(),
        times,
        reasons,
    }
}

pub const CLEAN: [(&str, &str); 3] =
    [("S01", "[WatchFileCenter] start close"), ("S06", "stopping"), ("S07", "shutdown jraft server")];

pub fn clean(at_s: i64) -> Vec<StopTrace> {
    CLEAN.iter().map(|(signature, text)| trace(signature, at_s, text)).collect()
}

pub fn api(host: &str) -> ApiAddress {
    ApiAddress {
        published: Default::default(),
        scheme: "http".to_owned(),
        host: host.to_owned(),
        port: 8848,
        context_path: None,
        console_port: None,
        credential: None,
        trust: Trust::System,
    }
}

pub fn view(own: String, members: Vec<MemberSeen>) -> ViewSeen {
    ViewSeen {
        version: Some("2.5.1".to_owned()),
        context_path: Some("/nacos".to_owned()),
        api: Some("v1".to_owned()),
        self_address: Some(own),
        liveness: None,
        readiness: None,
        ready: Some(true),
        metrics: None,
        members,
        raft: Vec::new(),
        state: BTreeMap::new(),
        switches: BTreeMap::new(),
        services: BTreeMap::new(),
        failed: Vec::new(),
        late: Vec::new(),
        gauges: None,
        at: Some(ago(0)),
        clock_offset_ms: Some(0),
        config_health: None,
    }
}

/// A node with an address that answers over HTTP and on every port.
pub fn answering(world: &mut World, index: usize) {
    let host = world.hosts[index].clone();
    world.cluster.nodes[index].api = Some(api(&host));
    let roles =
        [(8848, PortRole::Main), (9848, PortRole::ClientGrpc), (9849, PortRole::ServerGrpc), (7848, PortRole::Raft)];
    let ports = roles.map(|(port, role)| port_seen(port, role, PortResult::Open, 3)).to_vec();
    world.observations.put(
        "net.ports",
        world.name(index),
        Observed::Ports(PortsSeen {
            from: "here".to_owned(),
            host,
            ports,
            at: Some(ago(0)),
            peers: Vec::new(),
            peers_missing: None,
        }),
    );
    let members = (0..world.hosts.len()).map(|peer| member(world.peer(peer, 0), 1)).collect();
    let own = world.peer(index, 0);
    world.observations.put("node.view", world.name(index), Observed::View(view(own, members)));
}

pub fn port_seen(port: u16, role: PortRole, result: PortResult, elapsed_ms: u64) -> PortSeen {
    PortSeen {
        port,
        role,
        result,
        tries: 3,
        ok: if result == PortResult::Open { 3 } else { 0 },
        untaken: 0,
        elapsed_ms,
        detail: None,
    }
}

pub fn member(address: String, reported_s: i64) -> MemberSeen {
    MemberSeen {
        address,
        state: "UP".into(),
        version: Some("2.5.1".to_owned()),
        raft_port: Some(7848),
        last_refresh: Some(ago(reported_s)),
        fail_count: Some(0),
        raft: Vec::new(),
    }
}

pub fn set_port(world: &mut World, index: usize, role: PortRole, result: PortResult, elapsed_ms: u64) {
    let seen = world.seen_ports(index);
    for port in seen.ports.iter_mut().filter(|port| port.role == role) {
        *port = port_seen(port.port, role, result, elapsed_ms);
    }
}

/// A cluster of three of which only API and ports are seen; every group is led by the first node, storage is embedded.
/// Three nodes that only their API shows; the rest may stay unseen.
pub fn api_only() -> World {
    let mut world = World::new(3);
    world.observations = Observations::default();
    world.cluster.accept_unseen = EvidencePart::ALL.to_vec();
    for index in 0..3 {
        answering(&mut world, index);
        world.cluster.nodes[index].files = FileSource::None;
        let groups = [("nacos_config", 0), ("naming_service_metadata", 0)];
        set_view(&mut world, index, |world, view| {
            view.liveness = Some(http("/liveness", Some(200), 20));
            view.readiness = Some(http("/readiness", Some(200), 40));
            view.raft = groups.map(|(group, leader)| raft_group(world, group, leader)).to_vec();
        });
    }
    world
}

pub fn raft_group(world: &World, group: &str, leader: usize) -> RaftGroupSeen {
    RaftGroupSeen {
        group: group.to_owned(),
        leader: Some(world.peer(leader, -1000)),
        term: Some(3),
        members: (0..3).map(|peer| world.peer(peer, -1000)).collect(),
        error: None,
    }
}

pub fn http(path: &str, status: Option<u16>, elapsed_ms: u64) -> HttpSeen {
    let failure = status.is_none().then_some(Failure::Timeout);
    HttpSeen { path: path.to_owned(), status, body: String::new(), failure, elapsed_ms }
}

pub fn set_view(world: &mut World, index: usize, change: impl FnOnce(&World, &mut ViewSeen)) {
    let name = world.name(index);
    let Some(Observed::View(mut view)) = world.observations.get("node.view", &name).cloned() else { panic!("no view") };
    change(world, &mut view);
    world.observations.put("node.view", name, Observed::View(view));
}

/// Makes all nodes nodes of that version, with the ports that it has.
pub fn of_version(world: &mut World, version: &str) {
    for index in 0..world.hosts.len() {
        set_view(world, index, |_, view| {
            view.version = Some(version.to_owned());
            view.members.iter_mut().for_each(|member| member.version = Some(version.to_owned()));
        });
        let listens_on = crate::nacos::ports::roles(Some(version));
        let seen = world.seen_ports(index);
        seen.ports.retain(|port| listens_on.contains(&port.role));
    }
}

pub fn unknown(since_s: i64, times: usize, level: &str, text: &str) -> SignatureHits {
    let mut seen = hits("U:0badcafe", None, None, since_s, (since_s / times as i64).max(1), "", text);
    seen.level = level.to_owned();
    seen
}

pub fn set_unknown(world: &mut World, index: usize, unknown: Vec<SignatureHits>) {
    let name = world.name(index);
    let Some(Observed::Logs(mut logs)) = world.observations.get("logs.signatures", &name).cloned() else {
        panic!("no logs")
    };
    logs.unknown = unknown;
    world.observations.put("logs.signatures", name, Observed::Logs(logs));
}

/// Lets a node probe another one from its own network: all ports pass but those named.
pub fn probes_from(world: &mut World, from: usize, to: usize, wrong: &[(PortRole, PortResult, u8)]) {
    let roles =
        [(8848, PortRole::Main), (9848, PortRole::ClientGrpc), (9849, PortRole::ServerGrpc), (7848, PortRole::Raft)];
    let ports = roles
        .map(|(port, role)| match wrong.iter().find(|(cut, ..)| *cut == role) {
            Some((_, result, ok)) => PortSeen { ok: *ok, tries: 6, ..port_seen(port, role, *result, 1_300) },
            None => port_seen(port, role, PortResult::Open, 2),
        })
        .to_vec();
    let (node, host) = (world.name(to), world.hosts[to].clone());
    let seen = world.seen_ports(from);
    seen.peers.retain(|peer| peer.node != node);
    seen.peers.push(PeerPortsSeen { node, host, ports });
}

pub fn through(status: Option<u16>, elapsed_ms: u64, backend: Option<String>) -> DoorRequest {
    let failure = status.is_none().then_some(Failure::Timeout);
    DoorRequest { status, failure, backend, headers: Vec::new(), elapsed_ms }
}

pub const DOOR: &str = "http://vip:8848";

/// A world with a front door: what each node's share of the requests saw, and whether the node answers past the door.
pub fn with_door(world: &mut World, alive: [bool; 3], tries: impl Fn(usize, &World) -> Vec<DoorRequest>) {
    world.cluster.doors = vec![FrontDoor::parse(DOOR).expect("a door")];
    for (index, alive) in alive.into_iter().enumerate() {
        let direct = if alive { through(Some(200), 5, Some(world.peer(index, 0))) } else { through(None, 900, None) };
        let grpc = PortSeen {
            port: 9848,
            role: PortRole::ClientGrpc,
            result: PortResult::Open,
            tries: 3,
            ok: 3,
            untaken: 0,
            elapsed_ms: 2,
            detail: None,
        };
        let door = DoorSeen { door: DOOR.to_owned(), tries: tries(index, world), grpc: Some(grpc), missing: None };
        let seen = DoorsSeen { direct: vec![direct; 2], doors: vec![door], at: None };
        world.observations.put("door.requests", world.name(index), Observed::Doors(seen));
    }
}

/// A world of which the third node was killed.
pub fn third_killed() -> World {
    let mut world = World::new(3);
    world.silent(2, 300, Vec::new());
    let lines = world.refused(2, 299);
    world.logs(0, 1, lines.clone());
    world.logs(1, 1, lines);
    world
}

/// The same request with a header in which the door says whom it asked.
pub fn told(tried: DoorRequest, asked: &[String]) -> DoorRequest {
    DoorRequest { headers: vec![("x-upstream-addr".to_owned(), asked.join(", "))], ..tried }
}
