//! What all findings together mean.

use serde::{Deserialize, Serialize};

use super::cluster::EvidencePart;
use super::code::Code;
pub use super::finding::Confidence;
use super::finding::{Finding, NotSeen, Outcome};
use super::id::NodeName;
use super::led::Led;
use super::message::Message;
use super::time::Timestamp;
use super::waiver::ClientsAway;

/// Health of a cluster (product.md section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Everything that would show a problem was looked at, and none was seen.
    Healthy,
    /// Some warn or fail that is not advice.
    Degraded,
    /// Quorum lost, no leader in a needed group, or no node serves.
    Down,
    /// No problem seen, but what would show one could not be looked at.
    Unknown,
}

impl Health {
    /// Stable name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// The health of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Healthy, Self::Degraded, Self::Down, Self::Unknown].into_iter().find(|health| health.as_str() == name)
    }
}

/// A ranked explanation of findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What it is.
    pub code: Code,
    /// The nodes to repair.
    pub nodes: Vec<NodeName>,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence.
    pub summary: Message,
    /// What it breaks, per function and for whom.
    #[serde(default)]
    pub impact: Vec<Message>,
    /// What to do, most urgent first.
    pub action: Vec<Message>,
    /// What not to do, with the reason.
    pub do_not: Vec<Message>,
    /// Ids of the findings it rests on.
    pub because: Vec<String>,
    /// What would refute it.
    #[serde(default)]
    pub refuted_by: Vec<Message>,
    /// Codes that follow from it and are therefore no causes of their own.
    pub consequences: Vec<Code>,
}

/// The verdict over one round or one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The moment it speaks of.
    pub at: Timestamp,
    /// Name of the cluster.
    pub cluster: String,
    /// Health.
    pub health: Health,
    /// Live voters minus quorum, at least 0; `None` if the membership was not seen.
    pub failure_tolerance: Option<u32>,
    /// Causes, best first.
    pub causes: Vec<Cause>,
    /// All findings.
    pub findings: Vec<Finding>,
    /// What was not seen.
    pub could_not_run: Vec<NotSeen>,
    /// Parts of the evidence that were not looked at on some node, accepted ones included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_seen: Vec<EvidencePart>,
    /// What would make the answer surer: whole sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surer: Vec<Message>,
    /// How the cluster stands. Empty in diagnoses that were stored before that was kept.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub standing: Standing,
    /// Who of the clients is away; `None`: nobody can tell, or it is one that was kept of an earlier round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<ClientsAway>,
    /// What the rounds of the incident up to this one counted of clients; `None`: none counted them all, or it is no round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<ClientCounts>,
    /// What earlier rounds named and this one could not read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadCause>,
    /// Why the causes are these and in this order. Empty in diagnoses that were stored before there was one.
    #[serde(default)]
    pub trace: Trace,
}

/// A cause of an earlier round of which the newest says nothing, because it did not see what the cause rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadCause {
    /// As it was named last.
    pub cause: Cause,
    /// The moment of the round that named it last.
    pub at: Timestamp,
    /// The nodes that ran then.
    pub ran: Vec<NodeName>,
    /// What it rests on.
    pub rests_on: Vec<RestsOn>,
}

/// A check, and the node that it looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestsOn {
    /// Stable name of the check.
    pub check: String,
    /// The node; `None`: the cluster as a whole.
    pub node: Option<NodeName>,
}

impl RestsOn {
    /// What a cause of a diagnosis rests on.
    pub fn of<'a>(cause: &'a Cause, from: &'a Diagnosis) -> impl Iterator<Item = Self> + 'a {
        let because = from.findings.iter().filter(|finding| cause.because.contains(&finding.id));
        because.map(|finding| Self { check: finding.check.clone(), node: finding.node.clone() })
    }

    /// Whether a round did not see it.
    #[must_use]
    pub fn is_missing(&self, round: &Diagnosis) -> bool {
        let is_it = |one: &NotSeen| {
            one.check == self.check && (one.node.is_none() || self.node.is_none() || one.node == self.node)
        };
        round.could_not_run.iter().any(is_it)
    }
}

#[cfg(test)]
impl Cause {
    /// One that says nothing more than its code, for tests to fill in.
    pub fn bare(code: Code) -> Self {
        Self {
            code,
            nodes: Vec::new(),
            confidence: Confidence::Certain,
            summary: Message::new("x"),
            impact: Vec::new(),
            action: Vec::new(),
            do_not: Vec::new(),
            because: Vec::new(),
            refuted_by: Vec::new(),
            consequences: Vec::new(),
        }
    }
}

#[cfg(test)]
impl Diagnosis {
    /// One that says nothing more than the health, for tests to fill in.
    pub fn bare(at: Timestamp, health: Health) -> Self {
        Self {
            at,
            cluster: "c".to_owned(),
            health,
            failure_tolerance: None,
            causes: Vec::new(),
            findings: Vec::new(),
            could_not_run: Vec::new(),
            not_seen: Vec::new(),
            surer: Vec::new(),
            standing: Standing::default(),
            clients: None,
            counted: None,
            unread: Vec::new(),
            trace: Trace::default(),
        }
    }
}

/// Connections of clients over all nodes, as the rounds of an incident counted them: a round that could not ask every node takes
/// away nothing of what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCounts {
    /// When they were counted last.
    pub at: Timestamp,
    /// Then.
    pub now: i64,
    /// Just before the outage, where that is known.
    pub before: Option<i64>,
    /// The fewest that a round counted.
    pub fewest: i64,
}

impl ClientCounts {
    /// With what one more round counted.
    #[must_use]
    pub fn after(known: Option<Self>, round: &Diagnosis) -> Option<Self> {
        let Some(now) = round.standing.clients() else { return known };
        let before = known.and_then(|known| known.before).or(round.standing.clients_before());
        let fewest = known.map_or(now, |known| known.fewest.min(now));
        Some(Self { at: round.at, now, before, fewest })
    }
}

/// What each node is doing, and what is counted of the harm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Every node of the inventory, in its order.
    pub nodes: Vec<NodeStanding>,
    /// How many Raft groups running nodes tell of; `None`: none told, or nobody was asked.
    #[serde(default)]
    pub groups: Option<u32>,
    /// Raft groups without a leader.
    #[serde(default)]
    pub leaderless: Vec<String>,
}

impl Standing {
    /// True if nothing was kept.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Client connections over all nodes; `None`: not every node is counted, or no number of them is a count. A node that is gone
    /// holds none, which nobody counts: that alone is an answer only where it is known how many there were before.
    #[must_use]
    pub fn clients(&self) -> Option<i64> {
        let is_count = |node: &NodeStanding| node.doing == NodeDoing::Running || node.clients.is_some_and(|n| n > 0);
        let counted = self.nodes.iter().any(is_count);
        let known_before = || !self.is_empty() && self.clients_before().is_some();
        self.nodes.iter().map(|node| node.clients).sum::<Option<i64>>().filter(|_| counted || known_before())
    }

    /// Client connections over all nodes just before the outage; `None`: there is none, or they are not known.
    #[must_use]
    pub fn clients_before(&self) -> Option<i64> {
        self.nodes.iter().map(|node| node.clients_before).sum()
    }
}

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeDoing {
    /// It runs.
    Running,
    /// It has not finished starting.
    Starting,
    /// Its last start failed.
    StartFailed,
    /// It is there and does not answer.
    Hung,
    /// Its logs ended, and nothing else is known.
    Silent,
    /// Its process is gone.
    Gone,
    /// Its ports refuse connections, and nobody saw what became of its process.
    Refused,
    /// Neither its API nor its files could be reached.
    Unreachable,
    /// Nobody looked at it.
    Unseen,
}

impl NodeDoing {
    /// Whether it was seen not to serve, and is not about to.
    #[must_use]
    pub const fn is_away(self) -> bool {
        !matches!(self, Self::Running | Self::Starting | Self::Unseen)
    }

    /// Whether it was seen not to serve: it is away, or about to serve again.
    #[must_use]
    pub const fn is_down(self) -> bool {
        !matches!(self, Self::Running | Self::Unseen)
    }

    /// Stable name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Starting => "starting",
            Self::StartFailed => "start_failed",
            Self::Hung => "hung",
            Self::Silent => "silent",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Unseen => "unseen",
        }
    }
}

/// How one node stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStanding {
    /// Which.
    pub node: NodeName,
    /// What it is doing.
    pub doing: NodeDoing,
    /// Since when: its last line, or the beginning of its start; `None`: it runs, or nothing tells.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// How many Raft groups it leads; `None`: nothing tells.
    #[serde(default)]
    pub leads: Option<u32>,
    /// SDK connections now; `None`: not counted.
    #[serde(default)]
    pub clients: Option<i64>,
    /// SDK connections just before the outage; `None`: there is none, or they are not known.
    #[serde(default)]
    pub clients_before: Option<i64>,
    /// What it led of the Raft groups when it was last seen to run before it went away, also once it is back; `None`: it was not
    /// away, or nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub led_before: Option<Led>,
}

/// How a diagnosis came about: which explanation explains which, what put one before another, what decided the health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// What decided the place of each cause, in the order of [`Diagnosis::causes`].
    pub ranks: Vec<Rank>,
    /// Explanations that another one explains; they are not causes of their own.
    pub set_aside: Vec<SetAside>,
    /// What decided the health, most important first: whole sentences.
    pub health: Vec<Message>,
}

/// What decides the place of a cause: failures before warnings, then what lies deeper, then the suspected node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// The worst outcome among its findings.
    pub outcome: Outcome,
    /// How deep it lies: smaller comes first.
    pub priority: u8,
    /// Why it lies deeper here than its code usually does: a whole sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Message>,
    /// True if it names the node that the operator suspects.
    #[serde(default)]
    pub suspected: bool,
}

/// One explanation that another one explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// What was set aside.
    pub code: Code,
    /// Its nodes.
    pub nodes: Vec<NodeName>,
    /// What explains it.
    pub by: Code,
    /// The nodes of that.
    pub by_nodes: Vec<NodeName>,
    /// The relation that holds, e.g. `a-node-that-died-of-this`; its text is `why-{relation}`.
    pub relation: String,
}
