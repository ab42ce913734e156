//! Why a start failed: each reason, and the lines that tell it.

use crate::domain::observed::StopSeen;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{SignatureId, Speaker, says};
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
    /// A volume is read-only.
    VolumeReadOnly,
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
    /// The embedded database takes no writes: its volume is read-only, or its files are those of another account.
    DataNotWritable,
    /// A certificate, a key or a key store cannot be opened.
    KeyFile,
    /// A setting that cannot be used.
    BadSetting,
    /// Of the external database something is not set. Nothing was asked over the network: it and the next stand above a
    /// database that cannot be reached, whose words stand around them.
    DatabaseUnset,
    /// The driver does not take the address of the external database.
    DatabaseUrl,
    /// The external database refuses the account. It and those that follow stand above a database that cannot be reached,
    /// whose words stand around them.
    DatabaseLogin,
    /// The external database takes no further connections.
    DatabaseConnections,
    /// The external database wants the password sent in another way.
    DatabaseKey,
    /// The external database takes no changes.
    DatabaseReadOnly,
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
            | Self::VolumeReadOnly
            | Self::DataNotWritable
            | Self::KeyFile
            | Self::DatabaseUnset
            | Self::DatabaseUrl
            | Self::DatabaseReadOnly
            | Self::DataInUse
            | Self::NativeLibrary
            | Self::NoPermission
            | Self::RaftStorage
            | Self::PortTaken
            | Self::BadSetting
            | Self::DatabaseLogin
            | Self::DatabaseConnections
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
            Self::VolumeReadOnly => &["Read-only file system", "ReadOnlyFileSystemException", "只读文件系统"],
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
            // Derby.
            Self::DataNotWritable => &[
                "read-only user or a user in a read-only database",
                "not permitted for a read-only connection, user or database",
            ],
            Self::KeyFile => &[
                // Nacos.
                "certChainFile load fail",
                "certPrivateKey load fail",
                "trustCollectionCertFile load fail",
                "Server certChainFile or certPrivateKey must be not null",
                "enable mutual auth,trustCollectionCertFile must be not null",
                // Java: the key stores of its kinds, before and after 9.
                "password was incorrect",
                "failed to decrypt safe contents entry",
                "UnrecoverableKeyException",
                "java.security.KeyStoreException",
                "Invalid keystore format",
                "toDerInputStream rejects tag type",
                // Tomcat and Spring.
                "does not identify a key entry",
                "Could not load key store",
                "Could not load trust store",
                "Could not load store from",
                "Unable to create key store",
                "Unable to create trust store",
                // Netty.
                "does not contain valid certificates",
                "does not contain valid private key",
            ],
            Self::DatabaseUnset => &[
                // Nacos.
                "db.num is null",
                "db.user or db.user.[index] is null",
                "db.password or db.password.[index] is null",
                "db.url.0 is null",
                "db.url.1 is null",
                "no datasource available",
                // Hikari.
                "dataSource or dataSourceClassName or jdbcUrl is required",
            ],
            Self::DatabaseUrl => &[
                // Hikari.
                "claims to not accept jdbcUrl",
                "claims to not accept JDBC URL",
                // The drivers of MySQL, MariaDB and PostgreSQL.
                "Malformed database URL",
                "error parsing url",
                "Unable to parse URL",
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
            Self::DatabaseConnections => &[
                "Too many connections",
                "max_user_connections",
                "is blocked because of many connection errors",
                "remaining connection slots are reserved",
            ],
            Self::DatabaseKey => &[
                "Public Key Retrieval is not allowed",
                "Unable to load authentication plugin",
                "Client does not support authentication protocol requested by server",
            ],
            Self::DatabaseReadOnly => &[
                // MySQL, MariaDB and what is built on them: by its options, by InnoDB, by the transaction.
                "server is running with the --read-only",
                "server is running with the --read_only",
                "server is running with the --super-read-only",
                "server is running with the --super_read_only",
                "server is running with the --innodb-read-only",
                "server is running with the --innodb_read_only",
                "Running in read-only mode",
                "InnoDB is in read only mode",
                "Cannot execute statement in a READ ONLY transaction",
                // The driver of MySQL, connected to a replica.
                "Connection is read-only. Queries leading to data modification are not allowed",
                // PostgreSQL.
                "in a read-only transaction",
                "在只读事务中",
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

    /// Who has to say the words; `None`: anybody.
    const fn speaker(self) -> Option<Speaker> {
        match self {
            // A database says the same of its own machine.
            Self::DiskFull | Self::VolumeReadOnly | Self::HeapFull | Self::NoPermission => Some(Speaker::Node),
            // The node has limits of its own, and words like these for them.
            Self::DatabaseConnections => Some(Speaker::Database),
            _ => None,
        }
    }

    /// Whether a line of that signature and text tells it.
    #[must_use]
    pub fn is_told(self, signature: &str, text: &str) -> bool {
        let said = match self.speaker() {
            Some(who) => says(who, text, self.words()),
            None => self.words().iter().any(|word| text.contains(word)),
        };
        said || self.signatures().iter().any(|line| signature == *line)
    }
}

/// When the start began that failed then.
#[must_use]
pub fn began(stop: &StopSeen, failed: Timestamp) -> Option<Timestamp> {
    stop.starts.iter().copied().filter(|start| *start <= failed).max()
}

/// True of a line at that time that may be one of the last of the start that failed then.
#[must_use]
pub fn is_near_its_end(at: Timestamp, failed: Timestamp) -> bool {
    at.millis_since(failed).abs() <= timing::FAILED_START_ENDS_MS
}

/// True if what was seen of that start says that a port or the data was in use: a process that had it was there.
#[must_use]
pub fn found_taken(stop: &StopSeen, began: Timestamp, failed: Timestamp) -> bool {
    let to = failed.plus_millis(timing::FAILED_START_ENDS_MS);
    let mut of_start = stop.traces.iter().filter(|trace| trace.at.is_some_and(|at| at >= began && at <= to));
    let taken = |text: &str| [StartReason::PortTaken, StartReason::DataInUse].iter().any(|one| one.is_told("", text));
    of_start.any(|trace| taken(&trace.text))
}
