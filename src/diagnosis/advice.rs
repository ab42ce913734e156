//! What each code breaks, what to do about it, in which order, what not to do and why, and what would refute it. Pure tables.

use crate::domain::code::Code;
use crate::domain::finding::Function;

use Function::{ConfigRead, ConfigWrite, Console, EphemeralDiscovery, PersistentServices};

const ALL: &[Function] = &[EphemeralDiscovery, PersistentServices, ConfigRead, ConfigWrite, Console];
const NONE: &[Function] = &[];

/// Functions that the code touches.
#[must_use]
pub const fn functions(code: Code) -> &'static [Function] {
    match code {
        Code::NodeStoppedClean
        | Code::NodeKilled
        | Code::NodeOomKilled
        | Code::NodeOomJava
        | Code::NodeJvmCrash
        | Code::NodeDiskFull
        | Code::NodeHung
        | Code::NodeStuckStarting
        | Code::NodeStartFailed
        | Code::NodeFlapping
        | Code::NodeIsolated
        | Code::NodeUnreachable
        | Code::DoorStaleUpstream => &[EphemeralDiscovery, ConfigRead],
        Code::ClusterQuorumLost | Code::RaftNoLeader => &[PersistentServices, ConfigWrite, Console],
        Code::RaftLinkBroken | Code::RaftMemberMismatch | Code::RaftStorageCorrupt => {
            &[PersistentServices, ConfigWrite]
        }
        Code::MembersDisagree
        | Code::MembersGhost
        | Code::ConfigClusterConfDrift
        | Code::ConfigClusterConfMalformed => &[EphemeralDiscovery, PersistentServices],
        Code::ConfigDbDrift | Code::DbUnreachable => &[ConfigRead, ConfigWrite, Console],
        Code::ConfigAuthDrift | Code::ConfigVersionMixed | Code::NetPortBlocked | Code::NetLossy | Code::NetDns => ALL,
        Code::ConfigPropertiesDrift | Code::ConfigFlagsDrift => &[EphemeralDiscovery, PersistentServices],
        Code::NetGrpcBlocked | Code::NetOneWay | Code::DoorGrpcNotForwarded | Code::DoorNotServing => {
            &[EphemeralDiscovery, ConfigRead]
        }
        Code::DataDiverged | Code::ClientsMissing | Code::ClientsSkewed | Code::ClientsSingleServer => {
            &[EphemeralDiscovery]
        }
        Code::ConfigInsecure | Code::ClockSkew | Code::LogsErrors | Code::None => NONE,
    }
}

/// Keys of the actions for a node that is gone, where only its own logs could tell how it ended.
pub const GONE: &[&str] =
    &["action-front-door", "action-save-evidence", "action-hand-in", "action-start-node", "action-after-start"];

/// Keys of the actions for a node that waits for its disk.
pub const BLOCKED: &[&str] = &["action-front-door", "action-storage", "action-save-evidence", "action-after-start"];

/// Keys of the actions, most urgent first. Each takes `nodes`.
#[must_use]
pub const fn actions(code: Code) -> &'static [&'static str] {
    match code {
        Code::NodeStoppedClean => {
            &["action-front-door", "action-find-who-stopped", "action-start-node", "action-after-start"]
        }
        Code::NodeKilled => &[
            "action-front-door",
            "action-save-evidence",
            "action-find-killer",
            "action-start-node",
            "action-after-start",
        ],
        Code::NodeOomKilled => &[
            "action-front-door",
            "action-save-evidence",
            "action-memory-limit",
            "action-start-node",
            "action-after-start",
        ],
        Code::NodeOomJava => {
            &["action-front-door", "action-save-evidence", "action-heap", "action-start-node", "action-after-start"]
        }
        Code::NodeJvmCrash => {
            &["action-front-door", "action-save-evidence", "action-jdk", "action-start-node", "action-after-start"]
        }
        Code::NodeDiskFull => &["action-front-door", "action-free-disk", "action-start-node", "action-after-start"],
        Code::NodeHung => &[
            "action-front-door",
            "action-thread-dump",
            "action-check-host",
            "action-end-hung",
            "action-start-node",
            "action-after-start",
        ],
        Code::NodeStuckStarting => {
            &["action-front-door", "action-wait-start", "action-restart-stuck", "action-after-start"]
        }
        Code::NodeStartFailed => {
            &["action-front-door", "action-read-start-error", "action-start-node", "action-after-start"]
        }
        Code::NodeFlapping => &["action-front-door", "action-stop-flapping", "action-find-killer", "action-start-node"],
        Code::NodeIsolated => &["action-front-door", "action-open-between", "action-watch-rejoin"],
        Code::NodeUnreachable => &["action-front-door", "action-reach-node", "action-hand-in"],
        Code::ClusterQuorumLost => &["action-restore-quorum", "action-one-by-one", "action-after-start"],
        Code::RaftNoLeader => &["action-check-7848", "action-restart-follower"],
        Code::RaftLinkBroken => &["action-open-7848", "action-watch-rejoin"],
        Code::RaftMemberMismatch => &["action-raft-members"],
        Code::RaftStorageCorrupt => &["action-front-door", "action-raft-storage", "action-after-start"],
        Code::MembersDisagree => &["action-members-align"],
        Code::MembersGhost => &["action-ghost-remove"],
        Code::ConfigClusterConfDrift => &["action-conf-align"],
        Code::ConfigClusterConfMalformed => &["action-conf-fix-line", "action-conf-align"],
        Code::ConfigDbDrift => &["action-db-align", "action-start-node", "action-after-start"],
        Code::ConfigAuthDrift => &["action-auth-align"],
        Code::ConfigPropertiesDrift => &["action-properties-align"],
        Code::ConfigFlagsDrift => &["action-flags-align"],
        Code::ConfigVersionMixed => &["action-version-finish"],
        Code::ConfigInsecure => &["action-secure-later"],
        Code::NetGrpcBlocked => &["action-front-door", "action-open-grpc", "action-watch-rejoin"],
        Code::NetPortBlocked => &["action-open-port", "action-watch-rejoin"],
        Code::NetOneWay => &["action-open-one-way", "action-watch-rejoin"],
        Code::NetLossy => &["action-front-door", "action-find-loss", "action-watch-rejoin"],
        Code::NetDns => &["action-dns"],
        Code::DoorStaleUpstream => &["action-door-upstream"],
        Code::DoorGrpcNotForwarded => &["action-door-grpc"],
        Code::DoorNotServing => &["action-door-look", "action-door-past"],
        Code::DbUnreachable => &["action-db-restore", "action-start-node", "action-after-start"],
        Code::DataDiverged => &["action-data-diverged"],
        Code::ClientsMissing => &["action-clients-notify"],
        Code::ClientsSkewed => &["action-rebalance"],
        Code::ClientsSingleServer => &["action-single-server"],
        Code::ClockSkew => &["action-clock"],
        Code::LogsErrors => &["action-read-errors"],
        Code::None => &["action-none"],
    }
}

/// Keys of what not to do; each text gives its reason.
#[must_use]
pub const fn do_nots(code: Code) -> &'static [&'static str] {
    match code {
        Code::NodeStoppedClean | Code::NodeKilled | Code::NodeFlapping | Code::NodeUnreachable => {
            &["donot-restart-survivors", "donot-remove-data", "donot-console-offline", "donot-redeploy-apps"]
        }
        Code::NodeOomKilled | Code::NodeOomJava | Code::NodeJvmCrash | Code::NodeDiskFull => {
            &["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data", "donot-redeploy-apps"]
        }
        Code::NodeHung => &[
            "donot-restart-survivors",
            "donot-second-copy",
            "donot-remove-data",
            "donot-console-offline",
            "donot-redeploy-apps",
        ],
        Code::NodeStuckStarting => {
            &["donot-restart-survivors", "donot-remove-data", "donot-start-together", "donot-redeploy-apps"]
        }
        Code::NodeStartFailed => &["donot-restart-survivors", "donot-start-unchanged", "donot-remove-data"],
        Code::ClusterQuorumLost => &[
            "donot-reset-peers",
            "donot-remove-data",
            "donot-restart-survivors",
            "donot-console-offline",
            "donot-redeploy-apps",
        ],
        Code::RaftNoLeader => &["donot-reset-peers", "donot-remove-data", "donot-restart-all", "donot-redeploy-apps"],
        Code::RaftLinkBroken | Code::NodeIsolated | Code::NetPortBlocked => {
            &["donot-restart-all", "donot-remove-data", "donot-reset-peers"]
        }
        Code::NetGrpcBlocked | Code::NetOneWay | Code::NetLossy | Code::NetDns => {
            &["donot-restart-all", "donot-trust-up"]
        }
        Code::RaftStorageCorrupt => &["donot-remove-data-many", "donot-copy-data", "donot-reset-peers"],
        Code::RaftMemberMismatch | Code::MembersGhost => &["donot-reset-peers", "donot-console-offline"],
        Code::MembersDisagree | Code::ConfigClusterConfDrift | Code::ConfigClusterConfMalformed => {
            &["donot-console-offline", "donot-restart-all"]
        }
        Code::ConfigDbDrift | Code::DbUnreachable => &["donot-restart-all", "donot-redeploy-apps"],
        Code::ConfigAuthDrift | Code::ConfigVersionMixed | Code::ConfigFlagsDrift | Code::ConfigPropertiesDrift => {
            &["donot-restart-all"]
        }
        Code::DataDiverged | Code::ClientsMissing => &["donot-restart-all", "donot-rebalance-yet"],
        Code::ClientsSkewed => &["donot-rebalance-yet"],
        Code::DoorStaleUpstream | Code::DoorGrpcNotForwarded | Code::DoorNotServing => &["donot-restart-survivors"],
        Code::ConfigInsecure | Code::ClientsSingleServer | Code::ClockSkew | Code::LogsErrors | Code::None => &[],
    }
}

/// Keys of what would refute the cause.
#[must_use]
pub fn refutations(code: Code) -> Vec<String> {
    match code {
        Code::None | Code::ConfigInsecure => Vec::new(),
        _ => vec![format!("help-{}-refuted", code.key())],
    }
}

/// Codes that follow from this one and are then no causes of their own.
#[must_use]
pub const fn consequences(code: Code) -> &'static [Code] {
    match code {
        Code::NodeStoppedClean
        | Code::NodeKilled
        | Code::NodeOomKilled
        | Code::NodeOomJava
        | Code::NodeJvmCrash
        | Code::NodeDiskFull
        | Code::NodeHung
        | Code::NodeStuckStarting
        | Code::NodeStartFailed
        | Code::NodeFlapping
        | Code::NodeUnreachable => &[
            Code::MembersDisagree,
            Code::ClientsMissing,
            Code::ClientsSkewed,
            Code::DataDiverged,
            Code::LogsErrors,
            Code::DoorStaleUpstream,
        ],
        Code::NodeIsolated | Code::NetPortBlocked | Code::NetGrpcBlocked | Code::NetOneWay | Code::NetDns => &[
            Code::MembersDisagree,
            Code::DataDiverged,
            Code::ClientsMissing,
            Code::ClientsSkewed,
            Code::RaftNoLeader,
            Code::LogsErrors,
        ],
        Code::NetLossy => &[
            Code::NetGrpcBlocked,
            Code::NetPortBlocked,
            Code::NetOneWay,
            Code::RaftLinkBroken,
            Code::MembersDisagree,
            Code::DataDiverged,
            Code::ClientsMissing,
            Code::ClientsSkewed,
            Code::RaftNoLeader,
            Code::LogsErrors,
        ],
        Code::ClusterQuorumLost => &[
            Code::RaftNoLeader,
            Code::MembersDisagree,
            Code::ClientsMissing,
            Code::ClientsSkewed,
            Code::DataDiverged,
            Code::LogsErrors,
        ],
        Code::RaftLinkBroken => &[Code::RaftNoLeader, Code::MembersDisagree, Code::DbUnreachable, Code::LogsErrors],
        Code::RaftNoLeader => &[Code::LogsErrors],
        Code::RaftStorageCorrupt => &[
            Code::NodeStartFailed,
            Code::NodeStuckStarting,
            Code::RaftNoLeader,
            Code::MembersDisagree,
            Code::LogsErrors,
        ],
        Code::RaftMemberMismatch => &[Code::RaftNoLeader, Code::MembersDisagree],
        Code::MembersGhost => &[Code::RaftMemberMismatch, Code::MembersDisagree, Code::LogsErrors],
        Code::ConfigClusterConfDrift => {
            &[Code::MembersDisagree, Code::MembersGhost, Code::RaftMemberMismatch, Code::DataDiverged, Code::LogsErrors]
        }
        Code::ConfigClusterConfMalformed => &[
            Code::ConfigClusterConfDrift,
            Code::MembersDisagree,
            Code::MembersGhost,
            Code::RaftMemberMismatch,
            Code::NodeIsolated,
            Code::NodeStartFailed,
            Code::NodeStuckStarting,
            Code::DataDiverged,
            Code::LogsErrors,
        ],
        Code::ConfigDbDrift => &[
            Code::DbUnreachable,
            Code::NodeStartFailed,
            Code::NodeStuckStarting,
            Code::ConfigFlagsDrift,
            Code::DataDiverged,
            Code::MembersDisagree,
            Code::LogsErrors,
        ],
        Code::ConfigAuthDrift => {
            &[Code::MembersDisagree, Code::NodeIsolated, Code::NetGrpcBlocked, Code::DataDiverged, Code::LogsErrors]
        }
        Code::ConfigFlagsDrift | Code::ConfigVersionMixed => &[Code::MembersDisagree, Code::LogsErrors],
        Code::DbUnreachable => {
            &[Code::NodeStartFailed, Code::NodeStuckStarting, Code::MembersDisagree, Code::LogsErrors]
        }
        Code::DoorStaleUpstream | Code::DoorGrpcNotForwarded | Code::DoorNotServing => {
            &[Code::ClientsMissing, Code::ClientsSkewed]
        }
        _ => &[],
    }
}

/// How deep a cause lies: smaller comes first among causes of equal weight.
#[must_use]
pub const fn depth(code: Code) -> u8 {
    match code {
        Code::ClusterQuorumLost => 0,
        Code::NodeDiskFull | Code::NodeOomKilled | Code::NodeJvmCrash | Code::NodeOomJava => 10,
        Code::RaftStorageCorrupt | Code::ConfigDbDrift => 12,
        Code::DbUnreachable => 14,
        Code::NodeFlapping => 16,
        Code::NodeKilled | Code::NodeHung | Code::NodeStoppedClean => 20,
        Code::NodeStartFailed | Code::NodeStuckStarting => 22,
        Code::NodeIsolated => 24,
        Code::NetLossy => 25,
        Code::NetOneWay => 26,
        Code::NetGrpcBlocked | Code::NetPortBlocked | Code::NetDns => 28,
        Code::RaftLinkBroken => 30,
        Code::ConfigClusterConfMalformed => 32,
        Code::ConfigAuthDrift => 34,
        Code::ConfigClusterConfDrift => 36,
        Code::MembersGhost => 38,
        Code::RaftMemberMismatch => 40,
        Code::RaftNoLeader => 42,
        Code::NodeUnreachable => 44,
        Code::ConfigFlagsDrift => 50,
        Code::ConfigVersionMixed => 52,
        Code::ConfigPropertiesDrift => 54,
        Code::MembersDisagree => 56,
        Code::DoorStaleUpstream | Code::DoorGrpcNotForwarded | Code::DoorNotServing => 58,
        Code::DataDiverged => 60,
        Code::ClockSkew => 62,
        Code::ClientsMissing => 64,
        Code::ClientsSkewed | Code::ClientsSingleServer => 66,
        Code::LogsErrors => 70,
        Code::ConfigInsecure | Code::None => 90,
    }
}
