//! The stable codes of findings and causes. Added to, never renamed; the same in both languages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Every code, in the order of the documentation: its name, its text, how deep it lies (smaller comes first among causes of
/// equal weight), what it touches, what to do (most urgent first) and what not to do. The enum is made of it here, the meaning
/// of each code in `diagnosis::causes`, which knows the sets of functions and the to-dos by these names.
macro_rules! each_code {
    ($take:ident) => {
        $take! {
            NodeStoppedClean = "node.stopped_clean" {
                priority: 20, functions: NODE,
                to_dos: [FRONT_DOOR, FIND_WHO_STOPPED, START_DOWN, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps",
                ],
            }
            NodeKilled = "node.killed" {
                priority: 20, functions: NODE,
                to_dos: [FRONT_DOOR, SAVE_EVIDENCE, FIND_KILLER, START_DOWN, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps",
                ],
            }
            NodeOomKilled = "node.oom_killed" {
                priority: 10, functions: NODE,
                to_dos: [FRONT_DOOR, SAVE_EVIDENCE, MEMORY_LIMIT, START, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps",
                ],
            }
            NodeOomJava = "node.oom_java" {
                priority: 10, functions: NODE,
                to_dos: [FRONT_DOOR, SAVE_EVIDENCE, HEAP, START, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps",
                ],
            }
            NodeJvmCrash = "node.jvm_crash" {
                priority: 10, functions: NODE,
                to_dos: [FRONT_DOOR, SAVE_EVIDENCE, JDK, START, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps",
                ],
            }
            NodeDiskFull = "node.disk_full" {
                priority: 10, functions: NODE,
                to_dos: [FRONT_DOOR, FREE_DISK, START, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps",
                ],
            }
            NodeFilesExhausted = "node.files_exhausted" {
                priority: 11, functions: NODE,
                to_dos: [FRONT_DOOR, SAVE_EVIDENCE, RAISE_FILES, START, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps",
                ],
            }
            NodeThreadsExhausted = "node.threads_exhausted" {
                priority: 11, functions: NODE,
                to_dos: [FRONT_DOOR, SAVE_EVIDENCE, RAISE_THREADS, START, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps",
                ],
            }
            NodeMemoryNative = "node.memory_native" {
                priority: 10, functions: NODE,
                to_dos: [FRONT_DOOR, SAVE_EVIDENCE, NATIVE_MEMORY, START, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps",
                ],
            }
            NodeOverloaded = "node.overloaded" {
                priority: 21, functions: NODE,
                to_dos: [FRONT_DOOR, THREAD_DUMP, FIND_OVERLOAD, AFTER_START],
                do_nots: ["donot-restart-survivors", "donot-second-copy", "donot-rebalance-yet"],
            }
            NodePaused = "node.paused" {
                priority: 27, functions: NODE,
                to_dos: [FIND_PAUSE, WATCH_REJOIN],
                do_nots: ["donot-restart-all", "donot-rebalance-yet"],
            }
            NodeHung = "node.hung" {
                priority: 20, functions: NODE,
                to_dos: [FRONT_DOOR, THREAD_DUMP, CHECK_HOST, END_HUNG, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-second-copy", "donot-remove-data", "donot-console-offline",
                    "donot-redeploy-apps",
                ],
            }
            NodeStuckStarting = "node.stuck_starting" {
                priority: 22, functions: NODE,
                to_dos: [FRONT_DOOR, WAIT_START, RESTART_STUCK, AFTER_START],
                do_nots: [
                    "donot-restart-survivors", "donot-remove-data", "donot-start-together", "donot-redeploy-apps",
                ],
            }
            NodeStarting = "node.starting" {
                priority: 62, functions: NODE,
                to_dos: [WAIT_FOR_START, AFTER_START],
                do_nots: ["donot-end-a-start", "donot-restart-survivors", "donot-redeploy-apps"],
            }
            NodeStartFailed = "node.start_failed" {
                priority: 22, functions: NODE,
                to_dos: [FRONT_DOOR, READ_START_ERROR, START_DOWN, AFTER_START],
                do_nots: ["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data"],
            }
            NodeDataInUse = "node.data_in_use" {
                priority: 11, functions: NODE,
                to_dos: [FRONT_DOOR, FREE_DATA, START_DOWN, AFTER_START],
                do_nots: ["donot-start-unchanged", "donot-remove-data", "donot-restart-survivors"],
            }
            NodeFlapping = "node.flapping" {
                priority: 16, functions: NODE,
                to_dos: [FRONT_DOOR, STOP_FLAPPING, FIND_KILLER, START_DOWN],
                do_nots: [
                    "donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps",
                ],
            }
            NodeSecondStart = "node.second_start" {
                priority: 68, functions: NONE,
                to_dos: [LEAVE_RUNNING],
                do_nots: ["donot-second-copy"],
            }
            NodeIsolated = "node.isolated" {
                priority: 24, functions: NODE,
                to_dos: [FRONT_DOOR, OPEN_BETWEEN, WATCH_REJOIN],
                do_nots: ["donot-restart-all", "donot-remove-data", "donot-reset-peers"],
            }
            NodeUnreachable = "node.unreachable" {
                priority: 44, functions: NODE,
                to_dos: [FRONT_DOOR, REACH_NODE, HAND_IN],
                do_nots: [
                    "donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps",
                ],
            }
            ClusterQuorumLost = "cluster.quorum_lost" {
                priority: 0, functions: LEADER,
                to_dos: [RESTORE_QUORUM, ONE_BY_ONE, AFTER_START],
                do_nots: [
                    "donot-reset-peers", "donot-remove-data", "donot-restart-survivors", "donot-console-offline",
                    "donot-redeploy-apps",
                ],
            }
            RaftNoLeader = "raft.no_leader" {
                priority: 42, functions: LEADER,
                to_dos: [CHECK_7848, RESTART_FOLLOWER],
                do_nots: ["donot-reset-peers", "donot-remove-data", "donot-restart-all", "donot-redeploy-apps"],
            }
            RaftLinkBroken = "raft.link_broken" {
                priority: 30, functions: RAFT,
                to_dos: [OPEN_7848, WATCH_REJOIN],
                do_nots: ["donot-restart-all", "donot-remove-data", "donot-reset-peers"],
            }
            RaftMemberMismatch = "raft.member_mismatch" {
                priority: 40, functions: RAFT,
                to_dos: [RAFT_MEMBERS],
                do_nots: ["donot-reset-peers", "donot-console-offline"],
            }
            RaftStorageCorrupt = "raft.storage_corrupt" {
                priority: 12, functions: RAFT,
                to_dos: [FRONT_DOOR, RAFT_STORAGE, AFTER_START],
                do_nots: ["donot-remove-data-many", "donot-copy-data", "donot-reset-peers"],
            }
            RaftStateMachineStopped = "raft.state_machine_stopped" {
                priority: 12, functions: RAFT,
                to_dos: [RAFT_ENTRY, RAFT_STORAGE, AFTER_START],
                do_nots: ["donot-start-unchanged", "donot-remove-data-many", "donot-copy-data", "donot-reset-peers"],
            }
            MembersDisagree = "members.disagree" {
                priority: 56, functions: LISTS,
                to_dos: [MEMBERS_ALIGN],
                do_nots: ["donot-console-offline", "donot-restart-all"],
            }
            MembersGhost = "members.ghost" {
                priority: 38, functions: LISTS,
                to_dos: [GHOST_REMOVE],
                do_nots: ["donot-reset-peers", "donot-console-offline"],
            }
            ConfigClusterConfDrift = "config.cluster_conf_drift" {
                priority: 36, functions: LISTS,
                to_dos: [CONF_ALIGN],
                do_nots: ["donot-console-offline", "donot-restart-all"],
            }
            ConfigClusterConfMalformed = "config.cluster_conf_malformed" {
                priority: 32, functions: LISTS,
                to_dos: [CONF_FIX_LINE, CONF_ALIGN, START_WHEN_FIXED],
                do_nots: ["donot-console-offline", "donot-restart-all"],
            }
            ConfigDbDrift = "config.db_drift" {
                priority: 12, functions: DATABASE,
                to_dos: [DB_ALIGN, START, AFTER_START],
                do_nots: ["donot-restart-all", "donot-redeploy-apps"],
            }
            ConfigAuthDrift = "config.auth_drift" {
                priority: 34, functions: ALL,
                to_dos: [AUTH_ALIGN],
                do_nots: ["donot-restart-all"],
            }
            ConfigPropertiesDrift = "config.properties_drift" {
                priority: 54, functions: LISTS,
                to_dos: [PROPERTIES_ALIGN],
                do_nots: ["donot-restart-all"],
            }
            ConfigFlagsDrift = "config.flags_drift" {
                priority: 50, functions: LISTS,
                to_dos: [FLAGS_ALIGN],
                do_nots: ["donot-restart-all"],
            }
            ConfigMode = "config.mode" {
                priority: 33, functions: ALL,
                to_dos: [CLUSTER_MODE],
                do_nots: ["donot-restart-all"],
            }
            ConfigSelfAddress = "config.self_address" {
                priority: 34, functions: ALL,
                to_dos: [SELF_ADDRESS],
                do_nots: ["donot-restart-all", "donot-console-offline"],
            }
            ConfigEnvDrift = "config.env_drift" {
                priority: 37, functions: LISTS,
                to_dos: [ENV_ALIGN],
                do_nots: ["donot-restart-all", "donot-console-offline"],
            }
            ConfigPortClash = "config.port_clash" {
                priority: 21, functions: NODE,
                to_dos: [OTHER_PORTS, START_WHEN_FIXED],
                do_nots: ["donot-start-unchanged", "donot-restart-survivors"],
            }
            ConfigVersionMixed = "config.version_mixed" {
                priority: 52, functions: ALL,
                to_dos: [VERSION_FINISH],
                do_nots: ["donot-restart-all"],
            }
            ConfigInsecure = "config.insecure" {
                priority: 90, functions: NONE,
                to_dos: [SECURE_LATER],
                do_nots: [],
            }
            NetGrpcBlocked = "net.grpc_blocked" {
                priority: 28, functions: NODE,
                to_dos: [FRONT_DOOR, OPEN_GRPC, WATCH_REJOIN],
                do_nots: ["donot-restart-all", "donot-trust-up"],
            }
            NetPortBlocked = "net.port_blocked" {
                priority: 28, functions: ALL,
                to_dos: [OPEN_PORT, WATCH_REJOIN],
                do_nots: ["donot-restart-all", "donot-remove-data", "donot-reset-peers"],
            }
            NetOneWay = "net.one_way" {
                priority: 26, functions: NODE,
                to_dos: [OPEN_ONE_WAY, WATCH_REJOIN],
                do_nots: ["donot-restart-all", "donot-trust-up"],
            }
            NetLossy = "net.lossy" {
                priority: 25, functions: ALL,
                to_dos: [FRONT_DOOR, FIND_LOSS, WATCH_REJOIN],
                do_nots: ["donot-restart-all", "donot-trust-up"],
            }
            NetDns = "net.dns" {
                priority: 28, functions: ALL,
                to_dos: [DNS, START_WHEN_FIXED],
                do_nots: ["donot-restart-all", "donot-trust-up"],
            }
            DoorStaleUpstream = "door.stale_upstream" {
                priority: 58, functions: NODE,
                to_dos: [DOOR_UPSTREAM],
                do_nots: ["donot-restart-survivors"],
            }
            DoorGrpcNotForwarded = "door.grpc_not_forwarded" {
                priority: 58, functions: NODE,
                to_dos: [DOOR_GRPC],
                do_nots: ["donot-restart-survivors"],
            }
            DoorNotServing = "door.not_serving" {
                priority: 58, functions: NODE,
                to_dos: [DOOR_LOOK, DOOR_PAST],
                do_nots: ["donot-restart-survivors"],
            }
            DbUnreachable = "db.unreachable" {
                priority: 14, functions: DATABASE,
                to_dos: [DB_RESTORE, START_DOWN, AFTER_START],
                do_nots: ["donot-restart-all", "donot-redeploy-apps"],
            }
            DbRefuses = "db.refuses" {
                priority: 14, functions: DATABASE,
                to_dos: [DB_ACCEPT, START_DOWN, AFTER_START],
                do_nots: ["donot-start-unchanged", "donot-restart-all", "donot-redeploy-apps"],
            }
            DataDiverged = "data.diverged" {
                priority: 60, functions: DISCOVERY,
                to_dos: [DATA_DIVERGED],
                do_nots: ["donot-restart-all", "donot-rebalance-yet"],
            }
            ClientsMissing = "clients.missing" {
                priority: 64, functions: DISCOVERY,
                to_dos: [CLIENTS_NOTIFY],
                do_nots: ["donot-restart-all", "donot-rebalance-yet"],
            }
            ClientsSkewed = "clients.skewed" {
                priority: 66, functions: DISCOVERY,
                to_dos: [REBALANCE],
                do_nots: ["donot-rebalance-yet"],
            }
            ClientsSingleServer = "clients.single_server" {
                priority: 66, functions: DISCOVERY,
                to_dos: [SINGLE_SERVER],
                do_nots: [],
            }
            VantageLimited = "vantage.limited" {
                priority: 80, functions: NONE,
                to_dos: [PUBLISHED_PORTS],
                do_nots: [],
            }
            ClockSkew = "clock.skew" {
                priority: 62, functions: NONE,
                to_dos: [CLOCK],
                do_nots: [],
            }
            LogsErrors = "logs.errors" {
                priority: 70, functions: NONE,
                to_dos: [READ_ERRORS],
                do_nots: [],
            }
            None = "none" {
                priority: 90, functions: NONE,
                to_dos: [NOTHING],
                do_nots: [],
            }
        }
    };
}
pub(crate) use each_code;

macro_rules! codes {
    ($($variant:ident = $text:literal { $($meaning:tt)* })+) => {
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

each_code!(codes);

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
