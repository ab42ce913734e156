//! Why a start failed, in the words of its exception chain.

use super::cite;
use super::node_state::Stated;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::StopSeen;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{SignatureId, node_says};
use crate::nacos::timing;

/// Why a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartReason {
    /// The first bytes of a Raft file name an absurd length. It stands above the heap: that length is what is allocated.
    TornRaftFile,
    /// Java refused its options.
    JvmRefused,
    /// The disk is full.
    DiskFull,
    /// The heap is too small for the start.
    HeapFull,
    /// Another process holds a lock on the data. It stands above the storage, which cannot be opened because of it.
    DataInUse,
    /// A native library cannot be loaded, which storage needs.
    NativeLibrary,
    /// The account of the process may not open a file. It stands above the storage, which cannot be opened because of it.
    NoPermission,
    /// The storage of Raft cannot be opened.
    RaftStorage,
    /// A port is taken.
    PortTaken,
    /// A setting that cannot be used.
    BadSetting,
    /// The external database refuses the account. It and those that follow stand above a database that cannot be reached,
    /// whose words stand around them.
    DatabaseLogin,
    /// The external database wants the password sent in another way.
    DatabaseKey,
    /// The external database has not the tables of this version.
    DatabaseSchema,
    /// There is no driver for the external database.
    DatabaseDriver,
    /// The driver does not know the time zone that the external database names.
    DatabaseZone,
    /// The external database has run out of disk, files or memory.
    DatabaseOutOfResources,
    /// The external database.
    Database,
    /// `cluster.conf`.
    ClusterConf,
    /// A Raft group has no leader. Asked last: whatever lets a start fail leaves such lines of its peers, or of its own first
    /// seconds, besides.
    NoLeader,
}

impl StartReason {
    /// Lines of these kinds tell it.
    const fn signatures(self) -> &'static [SignatureId] {
        match self {
            Self::TornRaftFile => &[SignatureId::RAFT_META_LENGTH],
            Self::JvmRefused => &[SignatureId::JVM_REFUSED],
            Self::HeapFull => &[SignatureId::OOM, SignatureId::HEAP_DUMP],
            Self::NoLeader => &[SignatureId::START_WITHOUT_LEADER],
            Self::DiskFull
            | Self::DataInUse
            | Self::NativeLibrary
            | Self::NoPermission
            | Self::RaftStorage
            | Self::PortTaken
            | Self::BadSetting
            | Self::DatabaseLogin
            | Self::DatabaseKey
            | Self::DatabaseSchema
            | Self::DatabaseDriver
            | Self::DatabaseZone
            | Self::Database
            | Self::ClusterConf => &[],
            Self::DatabaseOutOfResources => &[SignatureId::DB_OUT_OF_RESOURCES],
        }
    }

    /// And so do these words of an exception chain.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::TornRaftFile | Self::JvmRefused | Self::DatabaseOutOfResources => &[],
            Self::DiskFull => &[
                "No space left on device",
                "Local Disk Full",
                // The same and its neighbours on hosts that speak Chinese, as glibc translates them.
                "设备上没有空间",
            ],
            Self::DataInUse => &[
                // RocksDB, with the words of the system behind it.
                "LOCK: Resource temporarily unavailable",
                "LOCK: No locks available",
                "LOCK: 资源暂时不可用",
                "LOCK: 没有可用的锁",
                "lock hold by current process",
                // Derby.
                "ERROR XSDB6",
                "Another instance of Derby may have already booted the database",
            ],
            Self::NativeLibrary => {
                &["librocksdbjni", "no rocksdbjni in java.library.path", "Could not initialize class org.rocksdb"]
            }
            Self::NoPermission => &[
                // RocksDB.
                "LOCK: Permission denied",
                "LOCK: 权限不够",
                // Java, which names the path before or behind it.
                "java.nio.file.AccessDeniedException: ",
                "(Permission denied)",
                "(权限不够)",
            ],
            Self::HeapFull => &[
                "OutOfMemoryError: Java heap space",
                "OutOfMemoryError: GC overhead",
                "OutOfMemoryError: Metaspace",
                "OutOfMemoryError: Compressed class space",
                "OutOfMemoryError: Direct buffer memory",
            ],
            Self::RaftStorage => &[
                "Fail to init RocksDBLogStorage",
                "Fail to init logStorage",
                "initLogStorage failed",
                "initMetaStorage failed",
                "Fail to load raft meta",
                "Fail to init snapshot storage",
                "initSnapshotStorage failed",
                "RocksDBException: Corruption",
                "Fail to init meta storage",
            ],
            Self::PortTaken => &[
                "Failed to bind to address",
                "Address already in use",
                "was already in use",
                "地址已在使用",
                "java.net.BindException",
            ],
            Self::BadSetting => &[
                "Could not resolve placeholder",
                "The specified key byte array is",
                "the length of secret key must great than or equal 32 bytes",
                "Empty identity",
                "Failed to bind properties under",
                "InvalidConfigDataPropertyException",
                "MalformedInputException",
                "Malformed \\uxxxx encoding",
                "IllegalArgumentException: Invalid port",
            ],
            Self::DatabaseLogin => &[
                "Access denied for user",
                "password authentication failed for user",
                "no pg_hba.conf entry for host",
                "is not allowed to connect to this MySQL server",
                "is not allowed to connect to this MariaDB server",
            ],
            Self::DatabaseKey => &[
                "Public Key Retrieval is not allowed",
                "Unable to load authentication plugin",
                "Client does not support authentication protocol requested by server",
            ],
            Self::DatabaseSchema => {
                &["bad SQL grammar", "Unknown database '", "SQLSyntaxErrorException: Unknown column"]
            }
            Self::DatabaseDriver => &[
                "No suitable driver",
                "Failed to load driver class",
                "Cannot load driver class",
                "Failed to determine a suitable driver class",
            ],
            Self::DatabaseZone => &["The server time zone value"],
            Self::Database => &[
                "Communications link failure",
                "CannotGetJdbcConnectionException",
                "CommunicationsException",
                "No DataSource set",
                "datasource reload error",
                "master db not found",
                "Nacos Server did not start because dumpservice bean construction failure",
                "HikariPool-1 - Exception during pool initialization",
                "[db-load-error]",
            ],
            Self::ClusterConf => &["ip and port string cannot be empty", "failed to get serverlist from disk"],
            Self::NoLeader => &["did not find the Leader node"],
        }
    }

    /// Whether only the node's own words count: a database says the same of its own machine.
    const fn is_of_the_node(self) -> bool {
        matches!(self, Self::DiskFull | Self::HeapFull | Self::NoPermission)
    }

    fn is_told(self, signature: &str, text: &str) -> bool {
        let said = if self.is_of_the_node() {
            node_says(text, self.words())
        } else {
            self.words().iter().any(|word| text.contains(word))
        };
        said || self.signatures().iter().any(|line| signature == *line)
    }
}

/// Lines of the start that failed then which give this reason.
#[must_use]
pub fn lines_of(model: &Stated<'_>, index: usize, failed: Timestamp, reason: StartReason) -> Vec<EvidenceRef> {
    const SHOWN: usize = 4;
    told(model, index, failed, SHOWN, |signature, text| reason.is_told(signature, text))
}

/// True if what was seen of that start says that a port or the data was in use: a process that had it was there.
#[must_use]
pub fn found_taken(stop: &StopSeen, began: Timestamp, failed: Timestamp) -> bool {
    let to = failed.plus_millis(timing::FAILED_START_ENDS_MS);
    let of_start = stop.traces.iter().filter(|trace| trace.at.is_some_and(|at| at >= began && at <= to));
    let taken = |text: &str| [StartReason::PortTaken, StartReason::DataInUse].iter().any(|one| one.is_told("", text));
    of_start.into_iter().any(|trace| taken(&trace.text))
}

/// The path that the process may not open, as the lines of the start that failed then name it.
#[must_use]
pub fn denied_path(model: &Stated<'_>, index: usize, failed: Timestamp) -> Option<String> {
    let lines = lines_of(model, index, failed, StartReason::NoPermission);
    lines.iter().find_map(|line| path_of(&line.text)).map(str::to_owned)
}

/// The path in `While lock file: /d/LOCK: Permission denied`, `/d/x (Permission denied)` or `AccessDeniedException: /d/x`.
fn path_of(text: &str) -> Option<&str> {
    const BEHIND: [&str; 4] = [": Permission denied", ": 权限不够", " (Permission denied)", " (权限不够)"];
    const BEFORE: &str = "AccessDeniedException: ";
    let is_path = |path: &&str| path.starts_with('/') && path.len() > 1;
    let behind = BEHIND.iter().filter_map(|words| text.split_once(words));
    let behind = behind.filter_map(|(path, _)| path.rsplit([' ', '\n']).next()).find(is_path);
    let before = || text.split_once(BEFORE)?.1.split_whitespace().next().filter(is_path);
    behind.or_else(before)
}

/// When the start began that failed then.
#[must_use]
pub fn began(model: &Stated<'_>, index: usize, failed: Timestamp) -> Option<Timestamp> {
    model.nodes[index].stop?.starts.iter().copied().filter(|start| *start <= failed).max()
}

/// Lines that say that it failed.
#[must_use]
pub fn gave_up(model: &Stated<'_>, index: usize, failed: Timestamp) -> Vec<EvidenceRef> {
    const SHOWN: usize = 2;
    told(model, index, failed, SHOWN, |signature, _| signature == SignatureId::START_FAILED)
}

/// True if the start that failed then was one with embedded storage, which needs no database.
#[must_use]
pub fn is_embedded(model: &Stated<'_>, index: usize, failed: Timestamp) -> bool {
    // The words of it stand in the log of a Raft group of any storage.
    let waits = |signature: &str, _: &str| signature == SignatureId::START_WITHOUT_LEADER;
    model.nodes[index].embedded_storage() || !told(model, index, failed, 1, waits).is_empty()
}

/// The first `most` of what was seen of that start and that `tells`, by its signature and its text, what is asked for.
fn told(
    model: &Stated<'_>,
    index: usize,
    failed: Timestamp,
    most: usize,
    tells: impl Fn(&str, &str) -> bool,
) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let from = began(model, index, failed).unwrap_or_else(|| failed.plus_millis(-timing::LONGEST_START_MS));
    let to = failed.plus_millis(timing::FAILED_START_ENDS_MS);
    let near = |stamp: Option<Timestamp>| stamp.is_none_or(|stamp| stamp >= from && stamp <= to);
    let traces = node.stop.into_iter().flat_map(|stop| &stop.traces);
    let traces = traces
        .filter(|trace| near(trace.at) && tells(&trace.signature, &trace.text))
        .map(|trace| cite::trace(node.name, trace));
    let hits = node.logs.into_iter().flat_map(|logs| logs.hits.iter().chain(&logs.unknown));
    let lines = hits
        .flat_map(|hits| hits.samples.iter().filter(|line| near(line.at) && tells(&hits.signature, &line.text)))
        .map(|line| cite::line(node.name, line));
    traces.chain(lines).take(most).collect()
}
