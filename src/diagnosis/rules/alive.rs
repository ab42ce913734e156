//! What a node that runs says of itself: dead Raft groups, its database, its heap, its disk.

use super::limits;
use super::of_node::{RUNS, RUNS_OR_STARTS};
use crate::diagnosis::case::{Case, Chain, Condition, Rule, Seen, about, certain, excludes, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Variant;
use crate::model::start_reason::StartReason;
use crate::model::{ClusterModel, database_words, databases, disk, log_lines, memory, raft_groups, reliability};
use crate::nacos::signatures::Role;
use crate::nacos::timing;

/// What the logs of all nodes that run say of themselves.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let of = |index: usize| BY_LOGS.iter().filter_map(move |chain| chain.case(model, &index));
    let mut cases: Vec<Case> = (0..model.nodes.len()).flat_map(of).collect();
    cases.extend(limits::pauses_of(model));
    cases
}

/// What the gauges of all nodes that run say of themselves.
#[must_use]
pub fn cases_of_gauges(model: &ClusterModel<'_>) -> Vec<Case> {
    let of = |index: usize| BY_GAUGES.iter().filter_map(move |chain| chain.case(model, &index));
    (0..model.nodes.len()).flat_map(of).collect()
}

/// Each of them can stand beside the others.
pub static BY_LOGS: &[&Chain<usize>] = &[
    &Chain { rules: &[&STATE_MACHINE_STOPPED], ..Chain::OF_NODE },
    &Chain { rules: &[&STORAGE_BROKEN], ..Chain::OF_NODE },
    &Chain {
        rules: &[
            &LOGIN_REFUSED,
            &KEY_REFUSED,
            &CONNECTIONS_REFUSED,
            &CHANGES_REFUSED,
            &SCHEMA_REFUSED,
            &DATABASE_FAILS,
            &DATABASE_MISSED,
            &DATABASE_UNUSABLE,
        ],
        ..Chain::OF_NODE
    },
    &Chain { rules: &[&HEAP_EXHAUSTED], ..Chain::OF_NODE },
    &Chain { rules: &[&COLLECTS_GARBAGE], ..Chain::OF_NODE },
    &Chain { rules: &[&limits::FILES_NOW], ..Chain::OF_NODE },
    &Chain { rules: &[&limits::THREADS_NOW], ..Chain::OF_NODE },
    &Chain { rules: &[&limits::NATIVE_MEMORY_NOW], ..Chain::OF_NODE },
    &Chain {
        rules: &[&limits::ANSWERS_NOW_AND_THEN, &limits::STOPPED_AND_ANSWERED],
        fill: limits::fill_overloaded,
        ..Chain::OF_NODE
    },
    &Chain { rules: &[&VOLUME_READ_ONLY, &NO_ROOM_FOR_A_GROUP, &DISK_FULL, &FILES_TORN, &NO_ROOM], ..Chain::OF_NODE },
    &Chain { rules: &[&DATABASE_OUT_OF_RESOURCES], ..Chain::OF_NODE },
];

/// Each of them can stand beside the others.
pub static BY_GAUGES: &[&Chain<usize>] = &[
    &Chain { rules: &[&NO_ROOM_BY_GAUGE], ..Chain::OF_NODE },
    &Chain { rules: &[&COLLECTS_BY_GAUGE], ..Chain::OF_NODE },
    &Chain { rules: &[&limits::ANSWERS_LATE], fill: limits::fill_overloaded, ..Chain::OF_NODE },
];

/// Its logs were read; without them nothing is asked.
const LOGS_READ: Condition<usize> = about("logs-read", |model, index| Seen::of(has_logs(model, *index)));

fn has_logs(model: &ClusterModel<'_>, index: usize) -> bool {
    model.nodes[index].logs.is_some_and(|logs| !logs.files.is_empty())
}

/// A Raft group of a running node that stopped working stays dead until the node is restarted. Its state machine may have
/// stopped at an entry that it cannot apply: then the same entry stops it at every start.
static STATE_MACHINE_STOPPED: Rule<usize> = Rule::fail(
    Code::RaftStateMachineStopped,
    &[RUNS, LOGS_READ, requires("stopped-at-an-entry", |model, index| stopped_groups(model, *index, true))],
    |_, _| "finding-raft-state-machine-stopped",
);

static STORAGE_BROKEN: Rule<usize> = Rule::fail(
    Code::RaftStorageCorrupt,
    &[RUNS, LOGS_READ, requires("group-stopped-lines", |model, index| stopped_groups(model, *index, false))],
    |_, _| "finding-raft-storage-corrupt",
)
.likely();

/// Lines of Raft groups that stopped since the process began: at an entry, or otherwise. Where there was no time to see when it
/// began, they may be those of one before.
fn stopped_groups(model: &ClusterModel<'_>, index: usize, at_entry: bool) -> Seen {
    if reliability::stop_unread(model, index) {
        return Seen::NotSeen;
    }
    let since = log_lines::since_process(model, index);
    let lines = log_lines::lines_since(model, index, Role::RaftStopped, since).into_iter();
    Seen::lines(lines.filter(|line| raft_groups::stopped_at_entry(&line.text) == at_entry).collect())
}

/// It says that its database does not work.
const DATABASE_LINES: Condition<usize> = requires("database-lines", |model, index| {
    let since = log_lines::since_lately(model, *index);
    Seen::lines(log_lines::lines_since(model, *index, Role::DbUnreachable, since))
});

static DATABASE_MISSED: Rule<usize> = Rule::fail(
    Code::DbUnreachable,
    &[
        RUNS,
        LOGS_READ,
        DATABASE_LINES,
        requires("database-connections-fail", |model, index| {
            Seen::lines(database_words::failed_connections(model, *index))
        }),
        EMBEDDED,
        excludes("database-opens", opens),
    ],
    |_, _| "finding-db-unreachable",
)
.likely();

/// That a database is down, as the node calls it, may be its login as well.
static DATABASE_UNUSABLE: Rule<usize> = Rule::fail(
    Code::DbUnreachable,
    &[RUNS, LOGS_READ, DATABASE_LINES, EMBEDDED, excludes("database-opens", opens)],
    |_, _| "finding-db-unusable",
)
.likely()
.variant(Variant::ReachUnseen);

/// With embedded storage there is no database to ask.
const EMBEDDED: Condition<usize> =
    excludes("uses-embedded-storage", |model, index| Seen::of(model.nodes[*index].embedded_storage()));

/// It says that its database does not work, and the database answers it.
static DATABASE_FAILS: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        RUNS,
        LOGS_READ,
        requires("database-lines-now", |model, index| Seen::lines(database_words::complaints_now(model, *index))),
        requires("database-opens", opens),
        excludes("calls-its-database-well", |model, index| {
            let asked = model.nodes[*index].view.is_some();
            Seen::of(database_words::is_well(model, *index)).if_looked(asked)
        }),
        EMBEDDED,
    ],
    |_, _| "finding-db-refuses-unsaid",
)
.likely();

/// Whether connections from the node to all its databases open.
pub(super) fn opens(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::lines(databases::all_open(model, *index)).if_looked(databases::is_shut(model, *index))
}

static LOGIN_REFUSED: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        RUNS_OR_STARTS,
        LOGS_READ,
        requires("database-login-lines", |model, index| refuses(model, *index, StartReason::DatabaseLogin)),
        EMBEDDED,
    ],
    |_, _| "finding-db-refuses-login-alive",
)
.variant(Variant::Login);

static KEY_REFUSED: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        RUNS_OR_STARTS,
        LOGS_READ,
        requires("database-key-lines", |model, index| refuses(model, *index, StartReason::DatabaseKey)),
        EMBEDDED,
    ],
    |_, _| "finding-db-refuses-key-alive",
)
.variant(Variant::PublicKey);

static CONNECTIONS_REFUSED: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        RUNS_OR_STARTS,
        LOGS_READ,
        requires("database-connections-lines", |model, index| refuses(model, *index, StartReason::DatabaseConnections)),
        EMBEDDED,
    ],
    |_, _| "finding-db-refuses-connections-alive",
)
.variant(Variant::Connections);

/// After a failover the address may lead to a replica. Reading goes on, so the node looks well until somebody publishes.
static CHANGES_REFUSED: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        RUNS_OR_STARTS,
        LOGS_READ,
        requires("database-read-only-lines", |model, index| refuses(model, *index, StartReason::DatabaseReadOnly)),
        certain("database-read-only-now", |model, index| {
            let lately = log_lines::since_lately(model, *index);
            let lines = database_words::refusals(model, *index, StartReason::DatabaseReadOnly);
            Seen::of(lines.iter().any(|line| line.at >= Some(lately)))
        }),
        EMBEDDED,
    ],
    |_, _| "finding-db-refuses-read-only-alive",
)
.likely()
.variant(Variant::ReadOnly);

/// A feature of a newer version may ask for a table that is not there while all else works.
static SCHEMA_REFUSED: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        RUNS_OR_STARTS,
        LOGS_READ,
        requires("database-schema-lines", |model, index| refuses(model, *index, StartReason::DatabaseSchema)),
        EMBEDDED,
    ],
    |_, _| "finding-db-refuses-schema-alive",
)
.warn()
.variant(Variant::Schema);

fn refuses(model: &ClusterModel<'_>, index: usize, reason: StartReason) -> Seen {
    Seen::lines(database_words::refusals(model, index, reason))
}

static HEAP_EXHAUSTED: Rule<usize> = Rule::fail(
    Code::NodeOomJava,
    &[RUNS, LOGS_READ, requires("out-of-memory-lines", |model, index| Seen::lines(heap(model, *index)))],
    |_, _| "finding-node-oom-alive",
);

/// Of the process that runs now. Where neither its files nor its logs could be read to the end, and what was read tells of no
/// start, it may have been restarted since: then only what it says now counts.
fn heap(model: &ClusterModel<'_>, index: usize) -> Vec<EvidenceRef> {
    let may_be_of_earlier = model.nodes[index].started.is_none() && reliability::half_read(model, index);
    let counts_ms = if may_be_of_earlier { timing::LINE_CURRENT_MS } else { timing::OOM_BEFORE_STOP_MS };
    memory::heap_lines(model, index, model.as_of.plus_millis(-counts_ms))
}

static COLLECTS_GARBAGE: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[
        RUNS,
        LOGS_READ,
        requires("collects-garbage-now", |model, index| Seen::lines(memory::gc_storm(model, *index, model.as_of))),
        excludes("its-reason-is-told", |model, index| {
            let earlier = BY_LOGS.iter().take(HEAP_COMES_LAST).any(|chain| chain.case(model, index).is_some());
            Seen::of(earlier)
        }),
    ],
    |_, _| "finding-node-gc-storm",
)
.warn();

/// How many chains of [`BY_LOGS`] tell why a node may collect garbage all the time.
const HEAP_COMES_LAST: usize = 4;

static DISK_FULL: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        RUNS,
        LOGS_READ,
        requires("disk-full-lines-now", |model, index| {
            let since = log_lines::since_lately(model, *index);
            Seen::lines(log_lines::lines_since(model, *index, Role::DiskFull, since))
        }),
        certain("files-end-in-a-block", files_end_in_a_block),
    ],
    |_, _| "finding-node-disk-full-alive",
);

static FILES_TORN: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[RUNS, LOGS_READ, requires("files-end-in-a-block", files_end_in_a_block)],
    |_, _| "finding-node-disk-full-torn",
);

fn files_end_in_a_block(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::lines(disk::torn_ends(model, *index)).if_looked(model.nodes[*index].stop.is_some())
}

static NO_ROOM: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        RUNS,
        LOGS_READ,
        requires("no-space-now", |model, index| {
            let measured = model.nodes[*index].stop.is_some_and(|stop| stop.disk_free_bytes.is_some());
            Seen::lines(disk::no_room(model, *index)).if_looked(measured)
        }),
    ],
    |_, _| "finding-node-disk-no-room",
)
.warn()
.likely();

/// A volume that is read-only takes no further lines that would tell of it: those that a Raft group stopped on count as long as
/// the process lives.
static VOLUME_READ_ONLY: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[RUNS, LOGS_READ, requires("volume-is-read-only", |model, index| Seen::lines(disk::read_only(model, *index)))],
    |_, _| "finding-node-disk-read-only",
)
.likely()
.variant(Variant::ReadOnly);

/// There may be room again meanwhile; the group stays dead all the same.
static NO_ROOM_FOR_A_GROUP: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        RUNS,
        LOGS_READ,
        requires("disk-stopped-a-group", |model, index| Seen::lines(disk::stopped_a_group(model, *index))),
    ],
    |_, _| "finding-node-disk-full-group",
)
.likely();

/// The node reaches it, and its answers name its own disk, files or memory.
static DATABASE_OUT_OF_RESOURCES: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[
        RUNS,
        LOGS_READ,
        requires("database-out-of-resources", |model, index| {
            let since = log_lines::since_lately(model, *index);
            Seen::lines(log_lines::lines_since(model, *index, Role::DbOutOfResources, since))
        }),
        EMBEDDED,
    ],
    |_, _| "finding-db-refuses-resources",
)
.variant(Variant::OutOfResources);

/// The node answered, and its answers were read.
const ANSWERS: Condition<usize> =
    about("it-answers", |model, index| Seen::of(model.nodes[*index].view.is_some() && model.nodes[*index].answers()));

static NO_ROOM_BY_GAUGE: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        ANSWERS,
        requires("gauge-without-space", |model, index| {
            Seen::lines(disk::no_room_by_gauges(model, *index).into_iter().collect())
        }),
    ],
    |_, _| "finding-node-disk-no-room-gauge",
)
.warn()
.likely();

static COLLECTS_BY_GAUGE: Rule<usize> = Rule::fail(
    Code::NodeHung,
    &[
        ANSWERS,
        requires("gauge-of-collections", |model, index| {
            Seen::lines(memory::storm_by_gauges(model, *index).into_iter().collect())
        }),
        excludes("logs-tell-of-collections", |model, index| {
            Seen::of(!memory::gc_storm(model, *index, model.as_of).is_empty())
        }),
    ],
    |_, _| "finding-node-gc-storm",
)
.warn();

#[cfg(test)]
mod tests;
