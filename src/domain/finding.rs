//! Outcomes and findings: what a judged check run says.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::evidence::EvidenceRef;
use super::id::NodeName;
use super::message::Message;

/// Result of a judged run. `Advice` is worth telling and touches neither health nor ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Looked at and in order.
    Pass,
    /// Does not apply to this target or version.
    NotApplicable,
    /// Worth telling, not a fault.
    Advice,
    /// Not right, not yet a failure.
    Warn,
    /// A failure.
    Fail,
}

/// The six steps of the built-in runbook; also the `step` of a finding (1 to 6 in JSON).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Step {
    /// 1 confirm shutdown
    Confirm,
    /// 2 check logs
    Logs,
    /// 3 verify config
    Config,
    /// 4 probe network
    Network,
    /// 5 reconnect clients
    Clients,
    /// 6 monitor
    Monitor,
}

impl Step {
    /// All six, in order.
    pub const ALL: [Self; 6] = [Self::Confirm, Self::Logs, Self::Config, Self::Network, Self::Clients, Self::Monitor];

    /// 1 to 6.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Confirm => 1,
            Self::Logs => 2,
            Self::Config => 3,
            Self::Network => 4,
            Self::Clients => 5,
            Self::Monitor => 6,
        }
    }

    /// The step of that number, 1 to 6.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.number() == number)
    }

    /// The step whose question a kind of check answers, e.g. `logs.signatures` that of the logs, whichever steps run it.
    #[must_use]
    pub fn of_check(kind: &str) -> Option<Self> {
        match kind.split('.').next()? {
            "stop" | "node" => Some(Self::Confirm),
            "logs" => Some(Self::Logs),
            "config" => Some(Self::Config),
            "net" | "door" | "view" => Some(Self::Network),
            "clients" => Some(Self::Clients),
            "monitor" => Some(Self::Monitor),
            _ => None,
        }
    }

    /// Short stable name used in Fluent keys and tables: `confirm`, `logs`, `config`, `network`, `clients`, `monitor`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Logs => "logs",
            Self::Config => "config",
            Self::Network => "network",
            Self::Clients => "clients",
            Self::Monitor => "monitor",
        }
    }
}

impl From<Step> for u8 {
    fn from(step: Step) -> Self {
        step.number()
    }
}

impl TryFrom<u8> for Step {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::from_number(number).ok_or_else(|| format!("there is no step {number}"))
    }
}

/// Which function of Nacos a finding touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Ephemeral registration and discovery (Distro).
    EphemeralDiscovery,
    /// Persistent services and metadata (Raft).
    PersistentServices,
    /// Reading configuration.
    ConfigRead,
    /// Publishing configuration.
    ConfigWrite,
    /// The web console.
    Console,
}

/// What kind of its code a finding is, where the sentence, the to-dos or the rank depend on it. Stored with the finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// What the code says, nothing more.
    #[default]
    Plain,
    /// `node.unreachable`: the process is gone, and nothing tells how it ended.
    Gone,
    /// `node.killed`: the shell that started it says so.
    ShellSaysKilled,
    /// `node.disk_full`: the kernel tells of a disk that fails, or of a file system that takes no writes any more.
    DiskFails,
    /// `node.disk_full`, `node.oom_killed`, `node.killed`: Kubernetes evicted it.
    Evicted,
    /// `node.killed`: Kubernetes ended it because it did not answer a probe.
    Probe,
    /// `node.killed`: its machine went down.
    HostWentDown,
    /// `node.unreachable`: Kubernetes does not hear from its machine.
    HostSilent,
    /// `logs.errors`: it answers with an error that is none of its logs.
    AnswersError,
    /// `node.start_failed`: for a reason that no rule knows, and that its exception names.
    ReasonQuoted,
    /// `node.start_failed`: what should start it could not, or gave up.
    NotStarted,
    /// `node.unreachable`: a member that the inventory does not name.
    UnlistedMember,
    /// `node.hung`: it waits for its disk.
    WaitsForDisk,
    /// `node.start_failed`: its Raft group had no leader.
    NoLeaderAtStart,
    /// `node.start_failed`: Java refused its options or found no program.
    JvmRefused,
    /// `node.start_failed`: a port is taken.
    PortTaken,
    /// `node.start_failed`: a setting that cannot be used.
    BadSetting,
    /// `node.start_failed`: a native library cannot be loaded.
    NativeLibrary,
    /// `node.start_failed`: its account may not open a file or folder.
    NoPermission,
    /// `node.start_failed`: a certificate, a key or a key store cannot be opened.
    KeyFile,
    /// `node.start_failed`: the address of its database is none that the driver takes, or there is none.
    DatabaseSetting,
    /// `node.start_failed`: its data folder takes no writes.
    DataNotWritable,
    /// `node.disk_full`: the volume takes no writes at all any more. `db.refuses`: the database takes no changes.
    ReadOnly,
    /// `db.unreachable`: whether it is not reached or refuses was not seen.
    ReachUnseen,
    /// `db.refuses`: the account or its password.
    Login,
    /// `db.refuses`: it takes no further connections.
    Connections,
    /// `db.refuses`: the way the password is sent.
    PublicKey,
    /// `db.refuses`: tables or columns are missing.
    Schema,
    /// `db.refuses`: there is no driver for it.
    Driver,
    /// `db.refuses`: the time zone that it names.
    TimeZone,
    /// `db.refuses`: it has run out of disk, files or memory.
    OutOfResources,
    /// `config.properties_drift`: TLS between the nodes.
    PeerTls,
    /// `config.properties_drift`: TLS of clients.
    ClientTls,
    /// `config.properties_drift`: it has no settings file, and others have one.
    NoSettingsFile,
    /// `config.cluster_conf_drift`: no file names the node.
    NotListed,
    /// `data.diverged`: a node has not loaded the naming data of its peers.
    NotLoaded,
    /// `config.mode`: no node is connected to another.
    NoConnections,
    /// `config.mode`: it has not left the mode of 1.x.
    ModeOf1x,
    /// `cluster.quorum_lost`: enough voters are left, and they do not reach each other.
    SurvivorsCut,
    /// `raft.member_mismatch`: nodes do not run a group that others vote in.
    GroupNotRun,
    /// `node.stuck_starting`: its logs end in the start.
    StartBrokeOff,
    /// `raft.link_broken`: nodes that wait in their start for a leader do not reach each other.
    RaftAtStart,
    /// A link: time-outs within a moment, which a node that stood still gives as well.
    Transient,
    /// A front door sends to an address that no node has.
    UnlistedUpstream,
    /// A front door sends to a node that is dead, and passes on to the next.
    PassedOver,
    /// A front door sends to a node that does not answer.
    Frozen,
    /// Some of what goes through a front door fails.
    Partly,
    /// Some gRPC connections through a front door fail while a node is dead.
    GrpcOfDead,
    /// A front door does not reach nodes that answer past it.
    WayBlocked,
    /// `config.self_address`: a setting gives the node the address of another one.
    OfAnother,
    /// `node.killed`: it did not answer for a while before that.
    HungFirst,
    /// `node.flapping`: it is up meanwhile.
    UpMeanwhile,
    /// `members.disagree`: the same members, and a running one of them is not UP to all.
    StatesDiffer,
    /// `clients.missing`: they went away together while every node runs.
    WentTogether,
    /// `clients.missing`: they go and come back again and again.
    InWaves,
    /// `clients.skewed`: a node has next to none of them.
    Empty,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// One of several explanations.
    Possible,
    /// The best explanation, with a named alternative.
    Likely,
    /// Seen directly.
    Certain,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Unique in its diagnosis, e.g. `net.ports:n1:n3:net.port_blocked`; causes refer to it.
    pub id: String,
    /// What it is.
    pub code: Code,
    /// Step of the check that found it.
    pub step: Step,
    /// Kind of the check that found it, e.g. `net.ports`.
    pub check: String,
    /// How bad it is: `Pass` is never a finding.
    pub outcome: Outcome,
    /// How sure the rule is. What was stored before rules said so counts as certain.
    #[serde(default = "certain")]
    pub confidence: Confidence,
    /// Which kind of its code it is.
    #[serde(default, skip_serializing_if = "Variant::is_plain")]
    pub variant: Variant,
    /// The node it is about, if it is about one.
    pub node: Option<NodeName>,
    /// The other node of a pair.
    pub peer: Option<NodeName>,
    /// The Nacos service it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The symptom, one sentence.
    pub summary: Message,
    /// Functions touched.
    #[serde(default)]
    pub impact: Vec<Function>,
    /// The lines, answers or cells it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// What the rule asked for and how that turned out, in its order. Empty where the rule has one condition only, which its
    /// evidence shows, and in findings that were stored before there were any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

#[cfg(test)]
impl Finding {
    /// One of a check at a node that says nothing more than its code, for tests to fill in.
    pub fn bare(id: String, code: Code, check: &str, node: &str) -> Self {
        Self {
            id,
            code,
            step: Step::Confirm,
            check: check.to_owned(),
            outcome: Outcome::Fail,
            confidence: Confidence::Certain,
            variant: Variant::Plain,
            node: Some(node.into()),
            peer: None,
            service: None,
            summary: Message::new("x"),
            impact: Vec::new(),
            evidence: Vec::new(),
            conditions: Vec::new(),
        }
    }
}

/// One thing that a rule asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Stable name, kebab-case; its text is `if-{id}`.
    pub id: String,
    /// How it turned out.
    pub held: Held,
    /// What it decides. What was stored before conditions had a weight was only told.
    #[serde(default)]
    pub weight: Weight,
    /// The lines or answers that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRef>,
}

/// How a condition turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// It was seen to hold.
    Yes,
    /// It was seen not to hold.
    No,
    /// What would tell was not seen.
    NotSeen,
}

/// What a condition decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Whom the rule is about.
    About,
    /// It has to hold.
    Requires,
    /// It must not hold.
    Excludes,
    /// It makes the code certain.
    Certain,
    /// It makes the code likely.
    Likely,
    /// It leaves the code no more than possible.
    Doubts,
    /// It is told and decides nothing.
    #[default]
    Beside,
}

const fn certain() -> Confidence {
    Confidence::Certain
}

impl Variant {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// How much of what a check looks at was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    #[default]
    All,
    /// Some parts could not be looked at.
    Partly,
}

impl Coverage {
    /// Partly if anything was not seen.
    #[must_use]
    pub const fn without(not_seen: &[NotSeen]) -> Self {
        if not_seen.is_empty() { Self::All } else { Self::Partly }
    }

    /// True if nothing is missing.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}

/// What `judge` makes of what `gather` saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredJudgement")]
pub struct Judgement {
    /// The worst outcome among the findings, or `Pass`.
    pub outcome: Outcome,
    /// One sentence: the result in the check list.
    pub summary: Message,
    /// What was found.
    pub findings: Vec<Finding>,
    /// How much of it was seen.
    pub seen: Coverage,
    /// Parts of this check that could not be seen; never counted as pass.
    pub not_seen: Vec<NotSeen>,
}

/// A judgement as it is stored; older ones do not say how much was seen.
#[derive(Deserialize)]
struct StoredJudgement {
    outcome: Outcome,
    summary: Message,
    findings: Vec<Finding>,
    seen: Option<Coverage>,
    #[serde(default)]
    not_seen: Vec<NotSeen>,
}

impl From<StoredJudgement> for Judgement {
    fn from(stored: StoredJudgement) -> Self {
        let StoredJudgement { outcome, summary, findings, seen, not_seen } = stored;
        Self { outcome, summary, findings, seen: seen.unwrap_or_else(|| Coverage::without(&not_seen)), not_seen }
    }
}

/// Something that could not be looked at, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotSeen {
    /// Kind of the check, e.g. `logs.signatures`.
    pub check: String,
    /// The node, if it concerns one.
    pub node: Option<NodeName>,
    /// Why.
    pub reason: Message,
}
