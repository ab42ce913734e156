//! A start that has not ended, and one that gave up.

use super::of_node::{GAVE_UP, SILENT_OR_GONE, peers_lost_streams, process_gone, wrote_a_moment_ago};
use crate::diagnosis::case::{Condition, Rule, Seen, about, certain, doubts, excludes, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Variant;
use crate::domain::observed::LogLine;
use crate::domain::time::Timestamp;
use crate::model::node_state::{self, NodeState};
use crate::model::start_failure;
use crate::model::start_reason::StartReason;
use crate::model::{ClusterModel, cite, memory};
use crate::nacos::signatures::Role;
use crate::nacos::timing;

/// Its logs end in a start. Before it listens, its ports refuse in any case; it may still be starting.
pub(super) static BROKE_OFF: Rule<usize> = Rule::fail(
    Code::NodeStuckStarting,
    &[
        SILENT_OR_GONE,
        excludes("process-gone", process_gone),
        excludes("peers-lost-streams", peers_lost_streams),
        requires("start-not-finished", |model, index| {
            Seen::of(node_state::in_start(model, *index).is_some()).if_looked(model.nodes[*index].stop.is_some())
        }),
        doubts("wrote-a-moment-ago", wrote_a_moment_ago),
    ],
    |_, _| "finding-node-start-broke-off",
)
.warn()
.possible()
.variant(Variant::StartBrokeOff);

/// The OutOfMemoryError is only a matter of time.
pub(super) static HEAP_IS_FULL: Rule<usize> = Rule::fail(
    Code::NodeOomJava,
    &[
        about("starts-now", starts_now),
        requires("heap-is-full", |model, index| {
            Seen::lines(memory::heap_full(model, *index)).if_looked(model.nodes[*index].logs.is_some())
        }),
    ],
    |_, _| "finding-node-heap-full-start",
)
.likely();

pub(super) static STUCK: Rule<usize> = Rule::fail(
    Code::NodeStuckStarting,
    &[
        about("starts-now", starts_now),
        requires("longer-than-a-start", |model, index| lasts(model, *index, timing::START_STUCK_MS, 2)),
        certain("far-longer-than-a-start", |model, index| lasts(model, *index, timing::START_SURELY_STUCK_MS, 4)),
    ],
    |_, _| "finding-node-stuck-starting",
)
.likely();

/// What a start that goes well looks like as well: nothing to do but to wait.
pub(super) static STARTS: Rule<usize> = Rule::fail(
    Code::NodeStarting,
    &[
        about("starts-now", starts_now),
        certain("process-is-there", |model, index| {
            Seen::of(model.nodes[*index].stop.is_some_and(|stop| stop.process.is_some()))
        }),
    ],
    |model, index| match usual_ms(model, *index) {
        Some(_) => "finding-node-starting-usual",
        None => "finding-node-starting",
    },
)
.warn()
.likely();

/// How long the last start of the node took, where that was seen.
pub(super) fn usual_ms(model: &ClusterModel<'_>, index: usize) -> Option<i64> {
    model.nodes[index].stop?.last_start_ms
}

/// Whether the start lasts that long, and that many times as long as the last one.
fn lasts(model: &ClusterModel<'_>, index: usize, least_ms: i64, times: i64) -> Seen {
    let least_ms = usual_ms(model, index).map_or(least_ms, |usual| least_ms.max(usual.saturating_mul(times)));
    match model.states[index] {
        NodeState::Starting { since } => Seen::of(model.age_ms(since) >= least_ms),
        _ => Seen::No,
    }
}

fn starts_now(model: &ClusterModel<'_>, index: &usize) -> Seen {
    const SHOWN: usize = 3;
    let NodeState::Starting { since } = model.states[*index] else { return Seen::No };
    let node = &model.nodes[*index];
    // What an earlier life of the node wrote tells nothing of this start.
    let of_start = |at: Option<Timestamp>| at.is_some_and(|at| at >= since);
    let ends = node.stop.into_iter().flat_map(|stop| &stop.ends);
    let mut lines: Vec<EvidenceRef> = ends
        .filter(|end| end.last_line.contains("Nacos is starting") && end.last_stamp.is_none_or(|at| at >= since))
        .take(1)
        .map(|end| cite::end(node.name, end))
        .collect();
    let waits = node.hits_of(Role::StartWaits).filter_map(|hits| hits.samples.last());
    let mut waits: Vec<&LogLine> = waits.filter(|line| of_start(line.at)).collect();
    waits.sort_by_key(|line| line.at);
    let skip = waits.len().saturating_sub(SHOWN);
    lines.extend(waits.into_iter().skip(skip).map(|line| cite::line(node.name, line)));
    Seen::Yes(lines)
}

/// That the start failed is certain; that the storage behind it is broken is what its error suggests.
pub(super) static TORN_RAFT_FILE: Rule<usize> = Rule::fail(
    Code::RaftStorageCorrupt,
    &[GAVE_UP, requires("start-torn-raft-file", |model, index| gives(model, *index, StartReason::TornRaftFile))],
    |_, _| "finding-raft-storage-corrupt-start",
)
.likely();

pub(super) static JVM_REFUSED: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-jvm-refused", |model, index| gives(model, *index, StartReason::JvmRefused))],
    |_, _| "finding-node-start-failed-jvm",
)
.variant(Variant::JvmRefused);

pub(super) static DISK_FULL: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[GAVE_UP, requires("start-disk-full", |model, index| gives(model, *index, StartReason::DiskFull))],
    |_, _| "finding-node-start-disk-full",
);

/// A volume that the kernel or somebody mounted read-only.
pub(super) static VOLUME_READ_ONLY: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[GAVE_UP, requires("start-volume-read-only", |model, index| gives(model, *index, StartReason::VolumeReadOnly))],
    |_, _| "finding-node-start-read-only",
)
.variant(Variant::ReadOnly);

pub(super) static HEAP_TOO_SMALL: Rule<usize> = Rule::fail(
    Code::NodeOomJava,
    &[GAVE_UP, requires("start-out-of-memory", |model, index| gives(model, *index, StartReason::HeapFull))],
    |_, _| "finding-node-oom-java-start",
);

/// Nothing is damaged: a lock of another process is in the way.
pub(super) static DATA_IN_USE: Rule<usize> = Rule::fail(
    Code::NodeDataInUse,
    &[GAVE_UP, requires("start-data-in-use", |model, index| gives(model, *index, StartReason::DataInUse))],
    |_, _| "finding-node-data-in-use",
);

pub(super) static NATIVE_LIBRARY: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-native-library", |model, index| gives(model, *index, StartReason::NativeLibrary))],
    |_, _| "finding-node-start-failed-native",
)
.variant(Variant::NativeLibrary);

/// Nothing is damaged: files of another account are in the way.
pub(super) static NO_PERMISSION: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-no-permission", |model, index| gives(model, *index, StartReason::NoPermission))],
    |model, index| match denied_path(model, *index) {
        Some(_) => "finding-node-start-failed-permission-path",
        None => "finding-node-start-failed-permission",
    },
)
.variant(Variant::NoPermission);

/// What the account of a process may not open, as the start that gave up names it.
pub(super) fn denied_path(model: &ClusterModel<'_>, index: usize) -> Option<String> {
    failed_at(model, index).and_then(|failed| start_failure::denied_path(model, index, failed))
}

pub(super) static RAFT_STORAGE: Rule<usize> = Rule::fail(
    Code::RaftStorageCorrupt,
    &[GAVE_UP, requires("start-raft-storage", |model, index| gives(model, *index, StartReason::RaftStorage))],
    |_, _| "finding-raft-storage-corrupt-start",
)
.likely();

pub(super) static PORT_TAKEN: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-port-taken", |model, index| gives(model, *index, StartReason::PortTaken))],
    |_, _| "finding-node-start-failed-port",
)
.variant(Variant::PortTaken);

/// Which of the two it is, Derby does not say.
pub(super) static DATA_NOT_WRITABLE: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-data-not-writable", |model, index| gives(model, *index, StartReason::DataNotWritable))],
    |_, _| "finding-node-start-failed-data",
)
.variant(Variant::DataNotWritable);

pub(super) static KEY_FILE: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-key-file", |model, index| gives(model, *index, StartReason::KeyFile))],
    |_, _| "finding-node-start-failed-key",
)
.variant(Variant::KeyFile);

/// No database was asked.
pub(super) static DATABASE_UNSET: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-database-unset", |model, index| gives(model, *index, StartReason::DatabaseUnset))],
    |_, _| "finding-node-start-failed-database-unset",
)
.variant(Variant::DatabaseSetting);

/// No database was asked.
pub(super) static DATABASE_URL: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-database-url", |model, index| gives(model, *index, StartReason::DatabaseUrl))],
    |_, _| "finding-node-start-failed-database-url",
)
.variant(Variant::DatabaseSetting);

pub(super) static BAD_SETTING: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-bad-setting", |model, index| gives(model, *index, StartReason::BadSetting))],
    |_, _| "finding-node-start-failed-config",
)
.variant(Variant::BadSetting);

/// What is asked of a start that a database lets fail. With embedded storage there is no database to wait for.
const WITHOUT_EMBEDDED_STORAGE: Condition<usize> = excludes("embedded-storage", |model, index| {
    let embedded = |failed| start_failure::is_embedded(model, *index, failed);
    Seen::of(failed_at(model, *index).is_some_and(embedded))
});

pub(super) static DATABASE_LOGIN: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-login", |model, index| gives(model, *index, StartReason::DatabaseLogin)),
    ],
    |_, _| "finding-db-refuses-login",
)
.variant(Variant::Login);

pub(super) static DATABASE_CONNECTIONS: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-connections", |model, index| gives(model, *index, StartReason::DatabaseConnections)),
    ],
    |_, _| "finding-db-refuses-connections",
)
.variant(Variant::Connections);

pub(super) static DATABASE_KEY: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-key", |model, index| gives(model, *index, StartReason::DatabaseKey)),
    ],
    |_, _| "finding-db-refuses-key",
)
.variant(Variant::PublicKey);

pub(super) static DATABASE_READ_ONLY: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-read-only", |model, index| gives(model, *index, StartReason::DatabaseReadOnly)),
    ],
    |_, _| "finding-db-refuses-read-only",
)
.variant(Variant::ReadOnly);

pub(super) static DATABASE_SCHEMA: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-schema", |model, index| gives(model, *index, StartReason::DatabaseSchema)),
    ],
    |_, _| "finding-db-refuses-schema",
)
.variant(Variant::Schema);

pub(super) static DATABASE_DRIVER: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-driver", |model, index| gives(model, *index, StartReason::DatabaseDriver)),
    ],
    |_, _| "finding-db-refuses-driver",
)
.variant(Variant::Driver);

pub(super) static DATABASE_ZONE: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-zone", |model, index| gives(model, *index, StartReason::DatabaseZone)),
    ],
    |_, _| "finding-db-refuses-zone",
)
.variant(Variant::TimeZone);

pub(super) static DATABASE_OUT_OF_RESOURCES: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database-out-of-resources", |model, index| {
            gives(model, *index, StartReason::DatabaseOutOfResources)
        }),
    ],
    |_, _| "finding-db-refuses-resources-start",
)
.variant(Variant::OutOfResources);

pub(super) static DATABASE: Rule<usize> = Rule::fail(
    Code::DbUnreachable,
    &[
        GAVE_UP,
        WITHOUT_EMBEDDED_STORAGE,
        requires("start-database", |model, index| gives(model, *index, StartReason::Database)),
    ],
    |_, _| "finding-db-unreachable-start",
)
.likely();

pub(super) static CLUSTER_CONF: Rule<usize> = Rule::fail(
    Code::ConfigClusterConfMalformed,
    &[GAVE_UP, requires("start-cluster-conf", |model, index| gives(model, *index, StartReason::ClusterConf))],
    |_, _| "finding-conf-malformed-start",
);

pub(super) static NO_LEADER: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[GAVE_UP, requires("start-no-leader", |model, index| gives(model, *index, StartReason::NoLeader))],
    |_, _| "finding-node-start-no-leader",
)
.variant(Variant::NoLeaderAtStart);

/// None of the known reasons: the node's own words stand for it.
pub(super) static FAILED_FOR_A_REASON: Rule<usize> = Rule::fail(
    Code::NodeStartFailed,
    &[
        GAVE_UP,
        requires("start-names-a-reason", |model, index| {
            let lines = failed_at(model, *index).map(|failed| start_failure::gave_up(model, *index, failed));
            if reason(model, *index).is_some() { Seen::Yes(lines.unwrap_or_default()) } else { Seen::No }
        }),
    ],
    |_, _| "finding-node-start-failed-because",
)
.variant(Variant::ReasonQuoted);

/// The reason that the start which gave up names itself.
pub(super) fn reason(model: &ClusterModel<'_>, index: usize) -> Option<String> {
    failed_at(model, index).and_then(|failed| start_failure::reason(model, index, failed))
}

/// Nor that.
pub(super) static FAILED: Rule<usize> =
    Rule::fail(Code::NodeStartFailed, &[GAVE_UP], |_, _| "finding-node-start-failed");

/// When the last start gave up.
pub(super) fn failed_at(model: &ClusterModel<'_>, index: usize) -> Option<Timestamp> {
    match model.states[index] {
        NodeState::StartFailed { at } => Some(at),
        _ => None,
    }
}

/// The errors of the start that gave up say that another process holds its ports or its data.
#[must_use]
pub fn found_it_taken(model: &ClusterModel<'_>, index: &usize) -> Seen {
    match gives(model, *index, StartReason::PortTaken) {
        Seen::No => gives(model, *index, StartReason::DataInUse),
        port => port,
    }
}

/// Whether the errors of the start that gave up give this reason.
fn gives(model: &ClusterModel<'_>, index: usize, reason: StartReason) -> Seen {
    let failed = failed_at(model, index);
    Seen::lines(failed.map(|failed| start_failure::lines_of(model, index, failed, reason)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
