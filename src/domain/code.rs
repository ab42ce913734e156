//! The stable codes of findings and causes. Added to, never renamed; the same in both languages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        /// What a finding or a cause is called. Serialised as its dotted text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $text] #[serde(rename = $text)] $variant),+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The dotted text, e.g. `node.killed`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for Code {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(UnknownCode(text.to_owned())) }
            }
        }
    };
}

codes! {
    NodeStoppedClean = "node.stopped_clean",
    NodeKilled = "node.killed",
    NodeOomKilled = "node.oom_killed",
    NodeOomJava = "node.oom_java",
    NodeJvmCrash = "node.jvm_crash",
    NodeDiskFull = "node.disk_full",
    NodeHung = "node.hung",
    NodeStuckStarting = "node.stuck_starting",
    NodeStartFailed = "node.start_failed",
    NodeFlapping = "node.flapping",
    NodeSecondStart = "node.second_start",
    NodeIsolated = "node.isolated",
    NodeUnreachable = "node.unreachable",
    ClusterQuorumLost = "cluster.quorum_lost",
    RaftNoLeader = "raft.no_leader",
    RaftLinkBroken = "raft.link_broken",
    RaftMemberMismatch = "raft.member_mismatch",
    RaftStorageCorrupt = "raft.storage_corrupt",
    RaftStateMachineStopped = "raft.state_machine_stopped",
    MembersDisagree = "members.disagree",
    MembersGhost = "members.ghost",
    ConfigClusterConfDrift = "config.cluster_conf_drift",
    ConfigClusterConfMalformed = "config.cluster_conf_malformed",
    ConfigDbDrift = "config.db_drift",
    ConfigAuthDrift = "config.auth_drift",
    ConfigPropertiesDrift = "config.properties_drift",
    ConfigFlagsDrift = "config.flags_drift",
    ConfigVersionMixed = "config.version_mixed",
    ConfigInsecure = "config.insecure",
    NetGrpcBlocked = "net.grpc_blocked",
    NetPortBlocked = "net.port_blocked",
    NetOneWay = "net.one_way",
    NetLossy = "net.lossy",
    NetDns = "net.dns",
    DoorStaleUpstream = "door.stale_upstream",
    DoorGrpcNotForwarded = "door.grpc_not_forwarded",
    DoorNotServing = "door.not_serving",
    DbUnreachable = "db.unreachable",
    DataDiverged = "data.diverged",
    ClientsMissing = "clients.missing",
    ClientsSkewed = "clients.skewed",
    ClientsSingleServer = "clients.single_server",
    ClockSkew = "clock.skew",
    LogsErrors = "logs.errors",
    None = "none",
}

impl Code {
    /// The code as part of a Fluent key: dots and underscores become hyphens.
    #[must_use]
    pub fn key(self) -> String {
        self.as_str().replace(['.', '_'], "-")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is not a code.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a finding code")]
pub struct UnknownCode(pub String);
