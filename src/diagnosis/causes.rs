//! What each code means for people: how deep it lies, what it touches, what to do, what not to do, what would refute it. Pure
//! tables, exhaustive on purpose: a new code does not compile before it has an entry.

use super::todo_list::{self as t, ToDo};
use crate::domain::code::Code;
use crate::domain::finding::Function;

use Function::{ConfigRead, ConfigWrite, Console, EphemeralDiscovery, PersistentServices};

/// What a code means for people.
pub struct CauseSpec {
    /// How deep it lies: smaller comes first among causes of equal weight.
    pub priority: u8,
    /// Functions of Nacos that it touches.
    pub functions: &'static [Function],
    /// What to do, most urgent first.
    pub todos: &'static [&'static ToDo],
    /// Keys of what not to do; each text gives its reason.
    pub do_nots: &'static [&'static str],
}

const ALL: &[Function] = &[EphemeralDiscovery, PersistentServices, ConfigRead, ConfigWrite, Console];
const NODE: &[Function] = &[EphemeralDiscovery, ConfigRead];
const RAFT: &[Function] = &[PersistentServices, ConfigWrite];
const LISTS: &[Function] = &[EphemeralDiscovery, PersistentServices];
const DATABASE: &[Function] = &[ConfigRead, ConfigWrite, Console];
const DISCOVERY: &[Function] = &[EphemeralDiscovery];

/// How deep the code lies.
#[must_use]
pub const fn priority(code: Code) -> u8 {
    spec(code).priority
}

/// Keys of what would refute the cause.
#[must_use]
pub fn refutations(code: Code) -> Vec<String> {
    match code {
        Code::None | Code::ConfigInsecure => Vec::new(),
        _ => vec![format!("help-{}-refuted", code.key())],
    }
}

/// For a node that is gone, where only its own logs could tell how it ended.
pub const GONE: &[&ToDo] = &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::HAND_IN, &t::START_DOWN, &t::AFTER_START];

/// For a node that waits for its disk.
pub const BLOCKED: &[&ToDo] = &[&t::FRONT_DOOR, &t::STORAGE, &t::SAVE_EVIDENCE, &t::AFTER_START];

/// For a node whose start gave up because its Raft group had no leader.
pub const NO_LEADER: &[&ToDo] = &[&t::FRONT_DOOR, &t::QUORUM_THEN_START, &t::AFTER_START];

/// The entry of a code.
#[must_use]
pub const fn spec(code: Code) -> CauseSpec {
    match code {
        Code::ClusterQuorumLost => CauseSpec {
            priority: 0,
            functions: &[PersistentServices, ConfigWrite, Console],
            todos: &[&t::RESTORE_QUORUM, &t::ONE_BY_ONE, &t::AFTER_START],
            do_nots: &[
                "donot-reset-peers",
                "donot-remove-data",
                "donot-restart-survivors",
                "donot-console-offline",
                "donot-redeploy-apps",
            ],
        },
        Code::NodeDiskFull => CauseSpec {
            priority: 10,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::FREE_DISK, &t::START, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps"],
        },
        Code::NodeOomKilled => CauseSpec {
            priority: 10,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::MEMORY_LIMIT, &t::START, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps"],
        },
        Code::NodeJvmCrash => CauseSpec {
            priority: 10,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::JDK, &t::START, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps"],
        },
        Code::NodeOomJava => CauseSpec {
            priority: 10,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::HEAP, &t::START, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps"],
        },
        Code::RaftStorageCorrupt => CauseSpec {
            priority: 12,
            functions: RAFT,
            todos: &[&t::FRONT_DOOR, &t::RAFT_STORAGE, &t::AFTER_START],
            do_nots: &["donot-remove-data-many", "donot-copy-data", "donot-reset-peers"],
        },
        Code::RaftStateMachineStopped => CauseSpec {
            priority: 12,
            functions: RAFT,
            todos: &[&t::RAFT_ENTRY, &t::RAFT_STORAGE, &t::AFTER_START],
            do_nots: &["donot-start-unchanged", "donot-remove-data-many", "donot-copy-data", "donot-reset-peers"],
        },
        Code::ConfigDbDrift => CauseSpec {
            priority: 12,
            functions: DATABASE,
            todos: &[&t::DB_ALIGN, &t::START, &t::AFTER_START],
            do_nots: &["donot-restart-all", "donot-redeploy-apps"],
        },
        Code::DbUnreachable => CauseSpec {
            priority: 14,
            functions: DATABASE,
            todos: &[&t::DB_RESTORE, &t::START_DOWN, &t::AFTER_START],
            do_nots: &["donot-restart-all", "donot-redeploy-apps"],
        },
        Code::NodeFlapping => CauseSpec {
            priority: 16,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::STOP_FLAPPING, &t::FIND_KILLER, &t::START_DOWN],
            do_nots: &["donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps"],
        },
        Code::NodeKilled => CauseSpec {
            priority: 20,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::FIND_KILLER, &t::START_DOWN, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps"],
        },
        Code::NodeHung => CauseSpec {
            priority: 20,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::THREAD_DUMP, &t::CHECK_HOST, &t::END_HUNG, &t::AFTER_START],
            do_nots: &[
                "donot-restart-survivors",
                "donot-second-copy",
                "donot-remove-data",
                "donot-console-offline",
                "donot-redeploy-apps",
            ],
        },
        Code::NodeStoppedClean => CauseSpec {
            priority: 20,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::FIND_WHO_STOPPED, &t::START_DOWN, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps"],
        },
        Code::NodeStartFailed => CauseSpec {
            priority: 22,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::READ_START_ERROR, &t::START_DOWN, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data"],
        },
        Code::NodeStuckStarting => CauseSpec {
            priority: 22,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::WAIT_START, &t::RESTART_STUCK, &t::AFTER_START],
            do_nots: &["donot-restart-survivors", "donot-remove-data", "donot-start-together", "donot-redeploy-apps"],
        },
        Code::NodeIsolated => CauseSpec {
            priority: 24,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::OPEN_BETWEEN, &t::WATCH_REJOIN],
            do_nots: &["donot-restart-all", "donot-remove-data", "donot-reset-peers"],
        },
        Code::NetLossy => CauseSpec {
            priority: 25,
            functions: ALL,
            todos: &[&t::FRONT_DOOR, &t::FIND_LOSS, &t::WATCH_REJOIN],
            do_nots: &["donot-restart-all", "donot-trust-up"],
        },
        Code::NetOneWay => CauseSpec {
            priority: 26,
            functions: NODE,
            todos: &[&t::OPEN_ONE_WAY, &t::WATCH_REJOIN],
            do_nots: &["donot-restart-all", "donot-trust-up"],
        },
        Code::NetGrpcBlocked => CauseSpec {
            priority: 28,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::OPEN_GRPC, &t::WATCH_REJOIN],
            do_nots: &["donot-restart-all", "donot-trust-up"],
        },
        Code::NetPortBlocked => CauseSpec {
            priority: 28,
            functions: ALL,
            todos: &[&t::OPEN_PORT, &t::WATCH_REJOIN],
            do_nots: &["donot-restart-all", "donot-remove-data", "donot-reset-peers"],
        },
        Code::NetDns => CauseSpec {
            priority: 28,
            functions: ALL,
            todos: &[&t::DNS, &t::START_WHEN_FIXED],
            do_nots: &["donot-restart-all", "donot-trust-up"],
        },
        Code::RaftLinkBroken => CauseSpec {
            priority: 30,
            functions: RAFT,
            todos: &[&t::OPEN_7848, &t::WATCH_REJOIN],
            do_nots: &["donot-restart-all", "donot-remove-data", "donot-reset-peers"],
        },
        Code::ConfigClusterConfMalformed => CauseSpec {
            priority: 32,
            functions: LISTS,
            todos: &[&t::CONF_FIX_LINE, &t::CONF_ALIGN, &t::START_WHEN_FIXED],
            do_nots: &["donot-console-offline", "donot-restart-all"],
        },
        Code::ConfigAuthDrift => {
            CauseSpec { priority: 34, functions: ALL, todos: &[&t::AUTH_ALIGN], do_nots: &["donot-restart-all"] }
        }
        Code::ConfigClusterConfDrift => CauseSpec {
            priority: 36,
            functions: LISTS,
            todos: &[&t::CONF_ALIGN],
            do_nots: &["donot-console-offline", "donot-restart-all"],
        },
        Code::MembersGhost => CauseSpec {
            priority: 38,
            functions: LISTS,
            todos: &[&t::GHOST_REMOVE],
            do_nots: &["donot-reset-peers", "donot-console-offline"],
        },
        Code::RaftMemberMismatch => CauseSpec {
            priority: 40,
            functions: RAFT,
            todos: &[&t::RAFT_MEMBERS],
            do_nots: &["donot-reset-peers", "donot-console-offline"],
        },
        Code::RaftNoLeader => CauseSpec {
            priority: 42,
            functions: &[PersistentServices, ConfigWrite, Console],
            todos: &[&t::CHECK_7848, &t::RESTART_FOLLOWER],
            do_nots: &["donot-reset-peers", "donot-remove-data", "donot-restart-all", "donot-redeploy-apps"],
        },
        Code::NodeUnreachable => CauseSpec {
            priority: 44,
            functions: NODE,
            todos: &[&t::FRONT_DOOR, &t::REACH_NODE, &t::HAND_IN],
            do_nots: &["donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps"],
        },
        Code::ConfigFlagsDrift => {
            CauseSpec { priority: 50, functions: LISTS, todos: &[&t::FLAGS_ALIGN], do_nots: &["donot-restart-all"] }
        }
        Code::ConfigVersionMixed => {
            CauseSpec { priority: 52, functions: ALL, todos: &[&t::VERSION_FINISH], do_nots: &["donot-restart-all"] }
        }
        Code::ConfigPropertiesDrift => CauseSpec {
            priority: 54,
            functions: LISTS,
            todos: &[&t::PROPERTIES_ALIGN],
            do_nots: &["donot-restart-all"],
        },
        Code::MembersDisagree => CauseSpec {
            priority: 56,
            functions: LISTS,
            todos: &[&t::MEMBERS_ALIGN],
            do_nots: &["donot-console-offline", "donot-restart-all"],
        },
        Code::DoorStaleUpstream => CauseSpec {
            priority: 58,
            functions: NODE,
            todos: &[&t::DOOR_UPSTREAM],
            do_nots: &["donot-restart-survivors"],
        },
        Code::DoorGrpcNotForwarded => {
            CauseSpec { priority: 58, functions: NODE, todos: &[&t::DOOR_GRPC], do_nots: &["donot-restart-survivors"] }
        }
        Code::DoorNotServing => CauseSpec {
            priority: 58,
            functions: NODE,
            todos: &[&t::DOOR_LOOK, &t::DOOR_PAST],
            do_nots: &["donot-restart-survivors"],
        },
        Code::DataDiverged => CauseSpec {
            priority: 60,
            functions: DISCOVERY,
            todos: &[&t::DATA_DIVERGED],
            do_nots: &["donot-restart-all", "donot-rebalance-yet"],
        },
        Code::ClockSkew => CauseSpec { priority: 62, functions: &[], todos: &[&t::CLOCK], do_nots: &[] },
        Code::ClientsMissing => CauseSpec {
            priority: 64,
            functions: DISCOVERY,
            todos: &[&t::CLIENTS_NOTIFY],
            do_nots: &["donot-restart-all", "donot-rebalance-yet"],
        },
        Code::ClientsSkewed => {
            CauseSpec { priority: 66, functions: DISCOVERY, todos: &[&t::REBALANCE], do_nots: &["donot-rebalance-yet"] }
        }
        Code::ClientsSingleServer => {
            CauseSpec { priority: 66, functions: DISCOVERY, todos: &[&t::SINGLE_SERVER], do_nots: &[] }
        }
        Code::NodeSecondStart => {
            CauseSpec { priority: 68, functions: &[], todos: &[&t::LEAVE_RUNNING], do_nots: &["donot-second-copy"] }
        }
        Code::LogsErrors => CauseSpec { priority: 70, functions: &[], todos: &[&t::READ_ERRORS], do_nots: &[] },
        Code::ConfigInsecure => CauseSpec { priority: 90, functions: &[], todos: &[&t::SECURE_LATER], do_nots: &[] },
        Code::None => CauseSpec { priority: 90, functions: &[], todos: &[&t::NOTHING], do_nots: &[] },
    }
}
