//! Observations: what `gather` saw of one node, before anybody says what it means.
//!
//! Serialisable, redacted, and complete: `judge` and the pages need nothing else. A cluster-wide check judges the
//! observations that the runs on its nodes stored ([`Observations`]).

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::beating::BeatsSeen;
use super::client_log::ClientLogSeen;
pub use super::connected::ClientSeen;
use super::id::NodeName;
use super::message::Message;
use super::start_followed::StartSeen;
use super::time::Timestamp;
use super::vocabulary::{
    ClientsFrom, ConfProblemKind, CutReason, Failure, MemberState, ProcessState, PropertyArea, ReadFailure,
};
use super::watched::ClientsWatchedSeen;

/// What one node-scoped check saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "observed", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a handful live at a time, each in a map of its own")]
pub enum Observed {
    /// `node.stop`: process, file ends and stop traces.
    Stop(StopSeen),
    /// `logs.signatures`: the log window.
    Logs(LogsSeen),
    /// `config.cluster_conf`.
    ClusterConf(ClusterConfSeen),
    /// `config.properties`.
    Properties(PropertiesSeen),
    /// `net.ports`: the node's ports from one vantage.
    Ports(PortsSeen),
    /// `node.view`: what the node's API says of itself and of its peers.
    View(ViewSeen),
    /// `clients.connections`.
    Clients(ClientsSeen),
    /// `clients.watched`: what the watcher counted over time.
    Watched(ClientsWatchedSeen),
    /// `monitor.sample`.
    Sample(SampleSeen),
    /// `door.requests`: requests through the front doors and straight to the node.
    Doors(DoorsSeen),
}

/// All observations of a round or an incident: kind of check, then node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observations {
    /// Latest observation per check kind and node.
    pub seen: BTreeMap<String, BTreeMap<NodeName, Observed>>,
    /// Why an observation is missing, per check kind and node.
    pub missing: BTreeMap<String, BTreeMap<NodeName, Missing>>,
    /// Samples of the monitor since it was started, oldest first, per node; empty outside of step 6.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub samples: BTreeMap<NodeName, Vec<SampleSeen>>,
    /// What the own logs of clients say, by the client; never of a node.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_logs: BTreeMap<String, ClientLogSeen>,
    /// Why the log of a client could not be read on its host, by the client.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_logs_unread: BTreeMap<String, Message>,
}

impl Observations {
    /// The observation of that kind on that node.
    #[must_use]
    pub fn get(&self, kind: &str, node: &NodeName) -> Option<&Observed> {
        self.seen.get(kind)?.get(node)
    }

    /// Puts one observation in place of an older one.
    pub fn put(&mut self, kind: &str, node: NodeName, observed: Observed) {
        if let Some(missing) = self.missing.get_mut(kind) {
            missing.remove(&node);
        }
        self.seen.entry(kind.to_owned()).or_default().insert(node, observed);
    }

    /// Says why an observation is missing.
    pub fn put_missing(&mut self, kind: &str, node: NodeName, why: impl Into<Missing>) {
        self.missing.entry(kind.to_owned()).or_default().insert(node, why.into());
    }
}

/// Why an observation is missing: for people, and for the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// In words.
    #[serde(flatten)]
    pub reason: Message,
    /// What the rules go by.
    #[serde(default, skip_serializing_if = "MissingWhy::is_other")]
    pub why: MissingWhy,
}

impl Missing {
    /// The time was up before the check was through.
    #[must_use]
    pub const fn timed_out(reason: Message) -> Self {
        Self { reason, why: MissingWhy::TimedOut }
    }
}

impl From<Message> for Missing {
    fn from(reason: Message) -> Self {
        Self { reason, why: MissingWhy::Other }
    }
}

/// What kept a check from looking, as far as a rule asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingWhy {
    /// The time was up.
    TimedOut,
    /// Anything else.
    #[default]
    #[serde(other)]
    Other,
}

impl MissingWhy {
    /// For serde: it is left out where it says nothing.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_other(&self) -> bool {
        *self == Self::Other
    }
}

/// How an attempt to reach a TCP port ended. Kept apart because they mean different causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortResult {
    /// Connected; on gRPC ports also answered HTTP/2 SETTINGS, on HTTP ports answered HTTP.
    Open,
    /// Connected, but no protocol answer inside the deadline: hung process or a wrong thing in between.
    Silent,
    /// Connected, but what answered is not the protocol expected there.
    WrongProtocol,
    /// Refused: the host is up, nothing listens.
    Refused,
    /// Reset after or during connect.
    Reset,
    /// No answer to the connect: host down or packets dropped.
    Timeout,
    /// No route, network or host unreachable.
    Unreachable,
    /// The name does not resolve.
    Dns,
}

/// What a port is for; its number is derived from the main port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortRole {
    /// P: HTTP.
    Main,
    /// P + 1000: gRPC for clients.
    ClientGrpc,
    /// P + 1001: gRPC between servers.
    ServerGrpc,
    /// P - 1000: Raft.
    Raft,
    /// 3.x console.
    Console,
}

/// One port of one node, seen from one vantage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortSeen {
    /// Port number.
    pub port: u16,
    /// Its role.
    pub role: PortRole,
    /// The result of the majority of tries; a disagreement is in `ok` of `tries`.
    pub result: PortResult,
    /// Tries made.
    pub tries: u8,
    /// Tries that ended `Open`.
    pub ok: u8,
    /// Tries whose connection nobody took before the time was up. 0 as well where that was not counted, as through another host.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub untaken: u8,
    /// Milliseconds until the fastest answer.
    pub elapsed_ms: u64,
    /// The operating system's words, where there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Ports of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortsSeen {
    /// `here`, or the name of the person who handed the output in.
    pub from: String,
    /// Address that was tried.
    pub host: String,
    /// One entry a port.
    pub ports: Vec<PortSeen>,
    /// When they were tried, where known: the runs of one incident lie minutes apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Ports of the other nodes as this node reaches them itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<PeerPortsSeen>,
    /// Why the node itself could not be asked to reach the others, where that was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers_missing: Option<Message>,
}

/// A node's share of the requests through every front door, and the same requests straight to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorsSeen {
    /// Straight to the node; empty if it has no address, or the cluster no front door.
    pub direct: Vec<DoorRequest>,
    /// One entry a front door.
    pub doors: Vec<DoorSeen>,
    /// When, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// What went through one front door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorSeen {
    /// Its URL.
    pub door: String,
    /// The requests, each on a connection of its own, in the order they were sent.
    pub tries: Vec<DoorRequest>,
    /// Its port for clients' gRPC, where it has one and it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grpc: Option<PortSeen>,
    /// Why nothing was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Message>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorRequest {
    /// Status, if there was an answer.
    pub status: Option<u16>,
    /// Why there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The node that answered, as the answer itself names it (`ip:port`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// What the answer says of the way that it came, in headers made for that: name in lower case, and value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Milliseconds.
    pub elapsed_ms: u64,
}

/// Ports of one node as another reaches them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerPortsSeen {
    /// The node reached for; where the inventory has no address of it, the member (`host:port`) of the observer's own list.
    pub node: NodeName,
    /// Address that was tried.
    pub host: String,
    /// One entry a port.
    pub ports: Vec<PortSeen>,
}

/// How one HTTP question ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpSeen {
    /// Path with query, without secrets.
    pub path: String,
    /// Status, if there was an answer.
    pub status: Option<u16>,
    /// The start of the body, redacted; for readiness and errors.
    #[serde(default)]
    pub body: String,
    /// Why there was no answer, or, beside a status, why the answer is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Milliseconds.
    pub elapsed_ms: u64,
}

/// One Raft group as one node reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaftGroupSeen {
    /// Group id, e.g. `naming_service_metadata`.
    pub group: String,
    /// `ip:raft_port`, if named. Never blanked by Nacos when the leader is lost.
    pub leader: Option<String>,
    /// Term.
    pub term: Option<i64>,
    /// `ip:raft_port` of every voter.
    pub members: Vec<String>,
    /// Error text of the group on that node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One member as one node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberSeen {
    /// `ip:port`.
    pub address: String,
    /// Its state.
    pub state: MemberState,
    /// Nacos version it reported.
    pub version: Option<String>,
    /// Raft port it reported.
    pub raft_port: Option<u16>,
    /// When it last reported to this node.
    pub last_refresh: Option<Timestamp>,
    /// Failed reports in a row.
    pub fail_count: Option<u32>,
    /// The Raft groups it last reported; live only for the node itself.
    #[serde(default)]
    pub raft: Vec<RaftGroupSeen>,
}

/// Numbers of `operator/metrics`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricsSeen {
    /// `UP`, `DOWN`, …
    pub status: Option<String>,
    /// Services.
    pub services: Option<i64>,
    /// Instances.
    pub instances: Option<i64>,
    /// Clients known, native and synced.
    pub clients: Option<i64>,
    /// Clients attached to this node.
    pub responsible_clients: Option<i64>,
    /// CPU share, 0 to 1.
    pub cpu: Option<f64>,
    /// Load average.
    pub load: Option<f64>,
    /// Memory share, 0 to 1.
    pub mem: Option<f64>,
}

/// What the API of one node says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewSeen {
    /// Nacos version, where told.
    pub version: Option<String>,
    /// Context path that answered.
    pub context_path: Option<String>,
    /// API family that answered: `v1`, `v2`, `v3`.
    pub api: Option<String>,
    /// The address the node has for itself.
    pub self_address: Option<String>,
    /// Liveness (a constant: proves a thread answered).
    pub liveness: Option<HttpSeen>,
    /// Readiness (a database query: does not prove a quorum).
    pub readiness: Option<HttpSeen>,
    /// Whether the readiness answer says ready, decoded per version.
    pub ready: Option<bool>,
    /// Metrics.
    pub metrics: Option<MetricsSeen>,
    /// Its member list, itself included.
    pub members: Vec<MemberSeen>,
    /// Its own Raft groups (live copy).
    pub raft: Vec<RaftGroupSeen>,
    /// `server/state` map.
    #[serde(default)]
    pub state: BTreeMap<String, String>,
    /// `cs/health` of 1.x and 2.x: `UP`, `WARN:…` or `DOWN:…` about the database and the address server.
    #[serde(default)]
    pub config_health: Option<HttpSeen>,
    /// Switches that differ from their default, where readable.
    #[serde(default)]
    pub switches: BTreeMap<String, String>,
    /// Names of services with healthy and total instances (`group@@service` → (healthy, total)), public namespace first.
    #[serde(default)]
    pub services: BTreeMap<String, (i64, i64)>,
    /// Questions that failed: what, and how it ended.
    #[serde(default)]
    pub failed: Vec<HttpSeen>,
    /// Questions that need no work and were answered late, without the answers; those that have a field of their own are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<HttpSeen>,
    /// What its JVM measures of itself, where its Prometheus endpoint is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gauges: Option<GaugesSeen>,
    /// When it was asked, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Node clock minus ours in milliseconds, from the `Date` header (±1 s).
    #[serde(default)]
    pub clock_offset_ms: Option<i64>,
}

impl ViewSeen {
    /// Whether its readiness check was asked and waited in vain.
    #[must_use]
    pub fn readiness_waits(&self) -> bool {
        self.readiness.as_ref().is_some_and(|http| http.failure == Some(Failure::Timeout))
    }
}

/// Gauges of `/actuator/prometheus` (Micrometer's names).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GaugesSeen {
    /// `disk_free_bytes`: bytes left for the process on the file system of its working directory.
    pub disk_free_bytes: Option<u64>,
    /// That directory.
    pub disk_path: Option<String>,
    /// `jvm_memory_usage_after_gc_percent` of the long-lived pool: how full it was after the last collection, 0 to 1.
    pub heap_after_gc: Option<f64>,
    /// `jvm_gc_overhead_percent`: part of the processor time of the last minutes that went into collections, 0 to 1.
    pub gc_overhead: Option<f64>,
    /// When they were read, where a look of the watcher did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// `process_start_time_seconds`: when the process began, by the clock of its host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// `jvm_memory_used_bytes` of all pools of the heap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_used_bytes: Option<u64>,
    /// `jvm_gc_pause_seconds_sum`: for how many seconds collections stopped it since it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gc_pause_s: Option<f64>,
    /// `http_server_requests_seconds_count` and `grpc_server_requests_seconds_count`: requests since it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// `nacos_monitor` with the name `avgPushCost`: milliseconds that the pushes of the last seconds took on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_ms: Option<f64>,
    /// `logback_events_total` with the level `error`: lines with an ERROR that it wrote since it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_lines: Option<u64>,
}

/// State of a process, from `/proc`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSeen {
    /// Process id.
    pub pid: u32,
    /// What it is doing.
    pub state: ProcessState,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// Redacted command line.
    pub command: Vec<String>,
    /// Resident bytes.
    pub resident_bytes: Option<u64>,
    /// Open file descriptors and their limit.
    pub files: Option<(u64, u64)>,
    /// Its threads in uninterruptible sleep (state `D`: they wait in the kernel, as a rule for a disk), and all its threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<(u64, u64)>,
}

/// The end of one log file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEnd {
    /// Path relative to the home.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Last stamp in it that is not later than the moment judged.
    pub last_stamp: Option<Timestamp>,
    /// That line, redacted.
    pub last_line: String,
    /// When the file was written last, by the file system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

/// One line that tells of a start, a stop or a death.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopTrace {
    /// Id of an entry of the catalogue that is a trace (`S01` …, `C98`), or of a kernel line (`K01` …, `H01` …).
    pub signature: String,
    /// File relative to the home.
    pub path: String,
    /// Line number, where known.
    pub line: Option<u64>,
    /// Byte offset.
    pub offset: Option<u64>,
    /// Stamp, if the record has one.
    pub at: Option<Timestamp>,
    /// Redacted text.
    pub text: String,
    /// It may speak of another process or another day: it names another process id, or its stamp has no year.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
    /// It names the process id of an earlier run of the node, and tells how that ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_earlier_run: bool,
}

/// What tells whether and how a node stopped, from its own process and files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopSeen {
    /// True if `/proc` was looked at.
    pub process_table_seen: bool,
    /// Its process, if there is one.
    pub process: Option<ProcessSeen>,
    /// True if the files are live (not a copy).
    pub files_live: bool,
    /// Ends of all stamped logs, newest first; empty if no file could be read.
    pub ends: Vec<FileEnd>,
    /// Start, stop and death lines of the window and of the last start, oldest first.
    pub traces: Vec<StopTrace>,
    /// `hs_err_pid*.log` and heap dumps newer than the last start.
    pub crash_files: Vec<String>,
    /// Time of the last start banner (`Nacos started successfully`), if seen.
    pub last_started: Option<Timestamp>,
    /// How long the last start took that ended well, in milliseconds, if its beginning was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_start_ms: Option<i64>,
    /// When its newest JVM began, by the head of its garbage collection log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jvm_began: Option<Timestamp>,
    /// Times of all starts seen in the window (process began), oldest first.
    #[serde(default)]
    pub starts: Vec<Timestamp>,
    /// Node zone offset from UTC in seconds that was used, and whether it was derived (else assumed).
    pub zone_offset_s: i32,
    /// True if the zone was derived from connection ids.
    pub zone_derived: bool,
    /// Bytes free on the file system of the logs, where live.
    #[serde(default)]
    pub disk_free_bytes: Option<u64>,
    /// Node clock minus ours in milliseconds, read from its `/proc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_ms: Option<i64>,
    /// The address the node has for itself (`host:port` of the main port), from its start banner (`Console: http://…`),
    /// its own Raft lines (`Node <group/ip:7848>`) or its effective settings; `None` if no file tells.
    #[serde(default)]
    pub self_address: Option<String>,
    /// Whether a kernel log was read in which the end of the process would stand: that of its machine, a pasted one, or the
    /// journal. In what older versions stored it is not known, and nothing is said of the kernel then.
    #[serde(default)]
    pub kernel_read: bool,
    /// Why the kernel log could not be read, where it was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_missing: Option<Message>,
    /// Texts that were handed in and of which no check uses a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_texts: Vec<UnusedText>,
    /// Its process ids: what a kernel log says of others is not about it.
    #[serde(default, skip_serializing_if = "ProcessIds::is_empty")]
    pub process_ids: ProcessIds,
    /// What was subtracted from every time here, milliseconds: the node's clock ran ahead by that much. Texts are as they were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub aligned_ms: i64,
}

/// Process ids of a node, as far as its files tell them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIds {
    /// That of the last start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u32>,
    /// Those of the starts before it, without those that a container gives to every run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<u32>,
}

impl ProcessIds {
    /// Whether nothing tells of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.is_none() && self.earlier.is_empty()
    }

    /// Whether that is the id of a run before the last.
    #[must_use]
    pub fn is_earlier(&self, pid: Option<u32>) -> bool {
        pid.is_some_and(|pid| self.earlier.contains(&pid))
    }
}

/// A text that was handed in and of which no check uses a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedText {
    /// The file it stood in; `None`: it was pasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How many lines it has that are not empty.
    pub lines: u64,
    /// The first of them.
    pub first: String,
}

impl StopSeen {
    /// Brings every time to the clock of the moment judged, which the node's runs ahead of.
    #[must_use]
    pub fn aligned(mut self, ahead_ms: i64) -> Self {
        let process = self.process.iter_mut().filter_map(|process| process.started_at.as_mut());
        let ends = self.ends.iter_mut().flat_map(|end| end.last_stamp.iter_mut().chain(end.modified.as_mut()));
        let traces = self.traces.iter_mut().filter_map(|trace| trace.at.as_mut());
        process
            .chain(ends)
            .chain(traces)
            .chain(self.last_started.as_mut())
            .chain(self.jvm_began.as_mut())
            .chain(self.starts.iter_mut())
            .for_each(|time| *time = time.plus_millis(-ahead_ms));
        self.aligned_ms += ahead_ms;
        self
    }
}

/// For serde, which hands out references.
fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// One log file of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFileSeen {
    /// Path relative to the home.
    pub path: String,
    /// Bytes in all.
    pub size_bytes: u64,
    /// Bytes read for the window.
    pub read_bytes: u64,
    /// First and last stamp inside the window.
    pub first: Option<Timestamp>,
    /// Last stamp inside the window.
    pub last: Option<Timestamp>,
    /// Records in the window.
    pub records: u64,
    /// Of these, records with a stamp and without a level.
    #[serde(default)]
    pub unlevelled: u64,
    /// `utf-8` or `gbk`.
    pub encoding: String,
    /// Why part of the window was not read, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<CutReason>,
}

/// All hits of one signature about one peer or group, with samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureHits {
    /// Signature id, e.g. `C21`; `U:<hash>` for an unknown shape.
    pub signature: String,
    /// `INFO`, `WARN`, `ERROR`.
    pub level: String,
    /// Peer address named in the lines, if any: `host:port` with the port that the line names (C21: `10.0.0.2:9849`),
    /// else `host` alone. Hits about different ports of one host are different entries.
    pub peer: Option<String>,
    /// Raft group named in the lines, if any.
    pub group: Option<String>,
    /// How many.
    pub count: u64,
    /// First.
    pub first: Option<Timestamp>,
    /// Last.
    pub last: Option<Timestamp>,
    /// Up to a few samples: the first, the last, and some between.
    pub samples: Vec<LogLine>,
    /// Distinct times, at most 200, for timing rules (flapping, rate).
    #[serde(default)]
    pub times: Vec<Timestamp>,
    /// How the attempts ended, by [`reason_in`] over the whole record (continuation lines too): count, first, last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<Failure, ReasonSeen>,
}

/// How often one reason stood in the records of a [`SignatureHits`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonSeen {
    /// Records.
    pub count: u64,
    /// First.
    pub first: Option<Timestamp>,
    /// Last.
    pub last: Option<Timestamp>,
}

impl SignatureHits {
    /// The peer that the lines name, if any.
    #[must_use]
    pub fn peer_text(&self) -> Option<&str> {
        self.peer.as_deref().or_else(|| {
            let captures = &self.samples.first()?.captures;
            ["peer", "client", "ip"].into_iter().find_map(|name| captures.get(name)).map(String::as_str)
        })
    }

    /// Every time in it.
    fn times_mut(&mut self) -> impl Iterator<Item = &mut Timestamp> {
        let samples = self.samples.iter_mut().filter_map(|line| line.at.as_mut());
        let reasons = self.reasons.values_mut().flat_map(|reason| reason.first.iter_mut().chain(&mut reason.last));
        self.first.iter_mut().chain(&mut self.last).chain(samples).chain(&mut self.times).chain(reasons)
    }
}

/// Why an attempt failed, read from the whole record: the first of these words that stands in it tells.
#[must_use]
pub fn reason_in(record: &str) -> Option<Failure> {
    const WORDS: &[(&str, Failure)] = &[
        // JRaft: what the peer itself says of its group.
        ("peer id not found", Failure::Answered),
        ("is not in active state", Failure::Answered),
        ("connection refused", Failure::Refused),
        ("connection reset", Failure::Reset),
        ("broken pipe", Failure::Reset),
        ("rst_stream", Failure::Reset),
        ("no route to host", Failure::NoRoute),
        ("network is unreachable", Failure::NoRoute),
        ("host is unreachable", Failure::NoRoute),
        ("unknownhostexception", Failure::Dns),
        ("unable to resolve host", Failure::Dns),
        ("name or service not known", Failure::Dns),
        ("connection timed out", Failure::ConnectTimeout),
        ("connect timed out", Failure::ConnectTimeout),
        ("timeout connecting", Failure::ConnectTimeout),
        ("timeout on connection", Failure::ReadTimeout),
        ("read timed out", Failure::ReadTimeout),
        ("deadline", Failure::Timeout),
        ("timeoutexception", Failure::Timeout),
        ("waited 3000 milliseconds", Failure::Timeout),
        ("timeout after", Failure::Timeout),
        ("timed out", Failure::Timeout),
        ("invalid server identity", Failure::Denied),
        ("code=403", Failure::Denied),
        ("client not connected", Failure::NotConnected),
        ("check connection[", Failure::NotConnected),
        ("io exception", Failure::Unavailable),
        ("fail to connect", Failure::Unavailable),
    ];
    let lower = record.to_lowercase();
    WORDS.iter().find(|(word, _)| lower.contains(word)).map(|(_, reason)| reason.clone())
}

/// One log line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// File relative to the home.
    pub path: String,
    /// Line number counted from 1, where known.
    pub line: Option<u64>,
    /// Byte offset of the record.
    pub offset: u64,
    /// Stamp of the record.
    pub at: Option<Timestamp>,
    /// Redacted text, stamp included, continuation joined by newlines, capped.
    pub text: String,
    /// Named captures of the signature.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captures: BTreeMap<String, String>,
}

/// The log window of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsSeen {
    /// Start of the window.
    pub from: Timestamp,
    /// End of the window.
    pub to: Timestamp,
    /// Files looked at.
    pub files: Vec<LogFileSeen>,
    /// Files that are there but could not be read, with the reason.
    pub unreadable: Vec<(String, ReadFailure)>,
    /// Hits by signature, peer and group.
    pub hits: Vec<SignatureHits>,
    /// WARN and ERROR records that hit no signature, grouped by shape.
    pub unknown: Vec<SignatureHits>,
    /// Last stamp over all files.
    pub last_stamp: Option<Timestamp>,
    /// Last heartbeat line (C103), written every 3 s.
    pub last_heartbeat: Option<Timestamp>,
    /// sdk and cluster connection counts over time, from C103: (time, sdk, cluster).
    #[serde(default)]
    pub connection_history: Vec<(Timestamp, i64, i64)>,
    /// When the node fell behind with that line: the last one before and the first one after, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stalls: Vec<(Timestamp, Timestamp)>,
    /// Node zone offset from UTC in seconds that was used.
    pub zone_offset_s: i32,
    /// Node clock minus reference clock in milliseconds, where derived.
    #[serde(default)]
    pub clock_offset_ms: Option<i64>,
    /// This node's clock minus that of each peer (main address) in milliseconds, from the connections it opened.
    #[serde(default)]
    pub peer_clock_offsets: BTreeMap<String, i64>,
    /// True if the zone was derived from the node's own files, else assumed.
    #[serde(default)]
    pub zone_derived: bool,
    /// The first line of the first file, redacted, where no stamp of any file was understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unstamped: Option<String>,
    /// Of a copy: a hash of how its files begin. No two nodes write the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beginnings: Option<String>,
    /// What was subtracted from every time here, milliseconds: the node's clock ran ahead by that much. Texts are as they were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub aligned_ms: i64,
}

impl LogsSeen {
    /// Brings every stamp to the clock of the moment judged, which the node's runs ahead of; the window is there already.
    #[must_use]
    pub fn aligned(mut self, ahead_ms: i64) -> Self {
        let files = self.files.iter_mut().flat_map(|file| file.first.iter_mut().chain(&mut file.last));
        let hits = self.hits.iter_mut().chain(&mut self.unknown).flat_map(SignatureHits::times_mut);
        files
            .chain(hits)
            .chain(self.last_stamp.as_mut())
            .chain(self.last_heartbeat.as_mut())
            .chain(self.connection_history.iter_mut().map(|(time, _, _)| time))
            .chain(self.stalls.iter_mut().flat_map(|(from, to)| [from, to]))
            .for_each(|time| *time = time.plus_millis(-ahead_ms));
        self.aligned_ms += ahead_ms;
        self
    }
}

/// One problem in `cluster.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfProblem {
    /// Line, counted from 1; 0 for the whole file.
    pub line: u64,
    /// The line as it stands.
    pub text: String,
    /// What is wrong.
    pub kind: ConfProblemKind,
    /// What it means.
    pub message: Message,
}

/// `conf/cluster.conf` of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterConfSeen {
    /// False if the file is absent.
    pub present: bool,
    /// Normalised `host:port` members, sorted.
    pub members: Vec<String>,
    /// The lines as they stand.
    pub lines: Vec<String>,
    /// Problems.
    pub problems: Vec<ConfProblem>,
    /// True if Nacos would reject the whole file.
    pub rejected: bool,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// Hex SHA-256 of the bytes.
    pub sha256: String,
    /// The names among the members as the node resolves them, as far as that could be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<NameSeen>,
    /// What writes the file anew at each start, where an environment that somebody handed in says that something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_from: Option<ConfWriter>,
}

/// A variable that the container's start script makes a `cluster.conf` of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfWriter {
    /// Its name.
    pub variable: String,
    /// Where it was seen: `environ` of the process, or `handed in`.
    pub from: String,
    /// The members that it names, `host:port`, sorted, each once.
    pub members: Vec<String>,
}

/// How one machine, or a container on it, resolves a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameSeen {
    /// The name.
    pub name: String,
    /// What it stands for there; never empty.
    pub addresses: Vec<IpAddr>,
    /// Who says so: `/etc/hosts` there, or the name servers that it asks.
    pub by: NameBy,
}

/// What gave a name its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameBy {
    /// `/etc/hosts`.
    Hosts,
    /// The resolver of this machine, which the node uses as well.
    Resolver,
}

/// How a key is compared between nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyClass {
    /// Must be equal on all nodes.
    MustEqual,
    /// May differ.
    MayDiffer,
    /// Must be equal, and only its keyed hash is ever kept.
    Secret,
}

/// A value that can be compared, and shown unless it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Value {
    /// Plain text.
    Plain {
        /// The value.
        text: String,
    },
    /// Hex HMAC-SHA-256 under a key that never leaves this installation; first 16 digits.
    Hashed {
        /// The digits.
        digest: String,
        /// True if the secret is one shipped by default in some version.
        known_default: bool,
    },
    /// Set but empty.
    Empty,
    /// It comes from what could not be seen.
    Unknown {
        /// The value as far as it is known, with its placeholders; of a secret only these.
        text: String,
        /// What they ask for.
        names: Vec<String>,
    },
}

/// One effective property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertySeen {
    /// Canonical key (2.x and 3.x spellings of one thing share it).
    pub key: String,
    /// Key as written.
    pub written_key: String,
    /// `application.properties:12`, `-D`, `env`.
    pub origin: String,
    /// Class.
    pub class: KeyClass,
    /// Area for the finding.
    pub area: PropertyArea,
    /// Value.
    pub value: Value,
}

/// Effective configuration of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertiesSeen {
    /// False if `application.properties` is absent.
    pub present: bool,
    /// Effective properties by canonical key.
    pub entries: Vec<PropertySeen>,
    /// Keys set twice in the file: key, lines.
    pub duplicates: Vec<(String, Vec<u64>)>,
    /// Placeholders whose variable could not be seen (`${VAR:default}`).
    pub unresolved: Vec<String>,
    /// JVM flags that matter: heap, mode, storage, member list (`-Xmx` → `2g`).
    pub flags: BTreeMap<String, String>,
    /// Where the flags come from: `process`, `start.out`, `environment`, or nowhere.
    pub flags_from: Option<String>,
    /// True if the command line was not seen: flags that are not here may be set.
    #[serde(default)]
    pub flags_partly: bool,
    /// `host:port/schema` targets of `db.url.*`.
    pub databases: Vec<String>,
    /// When the file was last written.
    pub modified: Option<Timestamp>,
    /// True if the environment of the process was seen.
    #[serde(default)]
    pub env_seen: bool,
    /// How connections from the node to its databases ended.
    #[serde(default)]
    pub reached: Vec<DatabaseReached>,
    /// What writes `cluster.conf` anew at each start, where the environment of the process says that something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_from: Option<ConfWriter>,
}

/// A connection from a node to a database of its settings; nothing was said on it. One to MySQL that does not greet is not
/// open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseReached {
    /// `host:port`.
    pub target: String,
    /// How it ended; `None`: it could not be tried.
    pub result: Option<PortResult>,
    /// Tries made, and how many of them connected.
    pub tries: (u8, u8),
    /// The operating system's words, or why it could not be tried.
    pub detail: Option<Message>,
    /// The error that the database answered with in place of its greeting: number and words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// Client connections of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsSeen {
    /// SDK connections, from `loader/current`, metrics, or the newest C103 line.
    pub sdk: Option<i64>,
    /// Server links.
    pub cluster: Option<i64>,
    /// Where the numbers come from.
    pub from: ClientsFrom,
    /// Single connections, where told.
    pub connections: Vec<ClientSeen>,
    /// Counts over time from the logs: (time, sdk, cluster).
    #[serde(default)]
    pub history: Vec<(Timestamp, i64, i64)>,
    /// Clients that hold no connection and send heartbeats; they are in none of these numbers.
    #[serde(default, skip_serializing_if = "BeatsSeen::is_not_asked")]
    pub beats: BeatsSeen,
}

/// One sample of one node for the monitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleSeen {
    /// When.
    pub at: Timestamp,
    /// Whether liveness answered.
    pub alive: bool,
    /// Whether it says ready.
    pub ready: Option<bool>,
    /// Member states as this node sees them.
    pub members: BTreeMap<String, MemberState>,
    /// Raft groups of this node.
    pub raft: Vec<RaftGroupSeen>,
    /// Numbers.
    pub metrics: MetricsSeen,
    /// SDK connections, where told.
    pub sdk_connections: Option<i64>,
    /// WARN and ERROR lines that are not expected noise since the sample before, where logs are read.
    pub errors: Option<u64>,
    /// What its JVM measures of itself, where that was read this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gauges: Option<Box<GaugesSeen>>,
    /// It said that its Prometheus endpoint is closed when it was asked last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gauges_closed: bool,
    /// Its own address, `ip:port`, as it tells it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What its process table and logs tell of its start, while a restart of it is followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartSeen>,
    /// Milliseconds the questions took.
    pub elapsed_ms: u64,
}

impl SampleSeen {
    /// Of a node that did not answer.
    #[must_use]
    pub fn silent(at: Timestamp) -> Self {
        Self {
            at,
            alive: false,
            ready: None,
            members: BTreeMap::new(),
            raft: Vec::new(),
            metrics: MetricsSeen::default(),
            sdk_connections: None,
            errors: None,
            gauges: None,
            gauges_closed: false,
            address: None,
            start: None,
            elapsed_ms: 0,
        }
    }

    /// Whether the node serves and sees nothing wrong: it is alive, does not say that it is not ready, calls every member up, and
    /// none of its Raft groups has an error.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.alive
            && self.ready != Some(false)
            && self.members.values().all(|state| *state == MemberState::Up)
            && self.raft.iter().all(|group| group.error.as_deref().is_none_or(str::is_empty))
    }
}
