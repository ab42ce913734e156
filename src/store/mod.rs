//! All SQL. [`Store`] opens the database, [`ReadStore`] asks, [`WriteTx`] changes (for `commands` only), [`Changes`] tells.
//!
//! May import `domain` and `config`. One file per table; row structs stay private to it. To add a table: a migration, a
//! file here with its questions on `ReadStore` and its changes on `WriteTx`, and a test that runs every statement.
//!
//! # Map of the questions ([`ReadStore`])
//! - users: `users`, `user`, `user_by_name`, `has_users`
//! - clusters: `clusters`, `cluster`, `client_owners`, `client_hosts`; credentials: `releases`, `releases_to_review`
//! - incidents: `incident`, `open_incidents`, `incidents` (list and search, with [`incidents::IncidentQuery`]), `runbook`
//! - steps: `decisions`, `step_states` (machine and human together), `runs`, `runs_of_step` (newest round), `run`
//! - evidence: `evidence`, `evidence_of_run`, `evidence_list`, `observations` (newest observation of each kind and node)
//! - timeline: `timeline`, `timeline_after`, `chain` and `first_broken_event` (the hash chain); files of notes: `attachment`
//! - `review`, `reviews`, `cause_verdicts`; `follow_ups`, `open_follow_ups`; `signatures`, `signable`
//! - `audit_log`: who changed users, clusters, credentials and settings
//! - `diagnosis`, `pinned_cause`, `to_do_marks`; monitor: `monitor`, `samples`,
//!   `sample_span`; how it ended: `closure`, `impact_ends`; `waiting_offer` (of the lead); `client_waivers`, `client_logs`,
//!   `client_logs_read`, `owner_tellings`; handed in: `handed_in`; redaction: `known_secrets`
//! - what the watcher saw: `looks`, `look_states`, `clients_seen`, `client_published`, `service_counts`; while all was well:
//!   `baselines`, `baseline_before`; what it proposes: `open_proposals`, `newest_proposal`, `proposal`; planned: `maintenances`
//! - captures: `captures`, `captured_files`, `captured_text`; for the engine `unfinished_captures`
//!
//! # Why
//! The SQL is text that PostgreSQL takes too (`$1`, BIGINT milliseconds, TEXT for JSON, `ON CONFLICT … RETURNING`);
//! what only SQLite has is in this file. One writer connection with `BEGIN IMMEDIATE` and a read-only pool, because a
//! read transaction that is promoted fails with "busy" at once, whatever the busy timeout.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use crate::domain::id::IncidentId;
use crate::domain::time::Timestamp;

use migrations::MIGRATIONS;

pub use changes::{Change, ChangeStream, Changes};
pub use damage::{Damage, Damages};
pub use mark::{Loss, MARK_FILE, NEW_MARK_FILE, grouped};
pub use writer::{Health, Trouble};
use writer::{Writer, Writing};

pub mod attachments;
pub mod audit;
pub mod backup;
pub mod baselines;
pub mod board_links;
pub mod captured_files;
pub mod captures;
mod changes;
pub mod channels;
pub mod check_runs;
pub mod client_hosts;
pub mod client_logs;
pub mod client_owners;
pub mod client_published;
pub mod client_waivers;
pub mod clients_seen;
pub mod closures;
pub mod clusters;
mod codec;
pub mod credentials;
mod damage;
pub mod diagnoses;
pub mod events;
pub mod evidence;
pub mod follow_ups;
pub mod hand_in;
pub mod hand_overs;
pub mod impact_ends;
pub mod incidents;
pub mod known_secrets;
pub mod looks;
pub mod maintenances;
mod mark;
pub mod migrations;
pub mod owner_tellings;
pub mod pinned_causes;
pub mod proposals;
pub mod restart_claims;
pub mod reviews;
pub mod samples;
pub mod search;
pub mod service_counts;
pub mod sessions;
pub mod settings;
pub mod signatures;
pub mod to_do_marks;
pub mod users;
mod writer;

#[cfg(test)]
mod tests;

/// The database says no.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes for too long.
    #[error("could not write: the database is busy")]
    Busy,
    /// The disk does not take it (full, read-only, broken): nothing was saved.
    #[error("could not write: {0}; nothing was saved")]
    Disk(Trouble),
    /// A row that this program cannot have written.
    #[error("could not read {table}.{column} of row {row}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Row.
        row: String,
    },
    /// Written by a newer nodedown.
    #[error(
        "the database {path} was written by a newer nodedown (its schema is {found}, this program knows {known}): start that version, or restore a backup from before the upgrade: `nodedown restore FILE`"
    )]
    NewerSchema {
        /// File.
        path: String,
        /// Version found.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// There is no database to go on with, although there should be one.
    #[error(
        "the database {path} {why}; nothing was changed. Restore a backup: `nodedown restore FILE`. If nothing was ever kept here, move {path} and {mark} away and start again"
    )]
    Unusable {
        /// File.
        path: String,
        /// What is wrong with it.
        why: String,
        /// The mark beside it.
        mark: String,
    },
    /// Anything else of the driver.
    #[error("could not use the database: {0}")]
    Driver(#[source] sqlx::Error),
    /// A migration failed.
    #[error("could not bring the database to this version: {0}")]
    Migrate(#[source] MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = code(&error);
        if let Some(trouble) = code.and_then(Trouble::of_code) {
            return Self::Disk(trouble);
        }
        // The low byte: 5 BUSY, 6 LOCKED.
        match (code.map(|code| code & 0xff), &error) {
            (Some(5 | 6), _) | (None, sqlx::Error::PoolTimedOut) => Self::Busy,
            _ => Self::Driver(error),
        }
    }
}

impl StoreError {
    /// Whether it passes: the same may work later, without anybody changing what was asked for.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Busy | Self::Disk(_))
    }

    /// Whether something that was stored cannot be read any more.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Corrupt { .. } => true,
            Self::Driver(error)
            | Self::Migrate(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                tells_of_damage(error)
            }
            // The list of what was done to it does not fit, and what is newer was refused before.
            Self::Migrate(MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_)) => true,
            _ => false,
        }
    }
}

/// The low byte of the code: 1 ERROR, which is a damaged schema as all statements are fixed; 11 CORRUPT, 26 NOTADB.
fn tells_of_damage(error: &sqlx::Error) -> bool {
    use sqlx::Error::{ColumnDecode, Decode, WorkerCrashed};
    matches!(error, ColumnDecode { .. } | Decode(_) | WorkerCrashed)
        || matches!(code(error).map(|code| code & 0xff), Some(1 | 11 | 26))
}

/// SQLite's result code.
fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse().ok())
}

/// Result of a question or change.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The open database.
#[derive(Clone)]
pub struct Store {
    write: Writer,
    read: ReadStore,
    loss: Option<Loss>,
}

impl Store {
    /// Opens (or creates) `nodedown.db` in the folder and brings it to this program's schema.
    ///
    /// # Errors
    /// The file cannot be opened, is of a newer version, or a migration fails.
    pub async fn open(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join("nodedown.db");
        let unusable = |why: &str| StoreError::Unusable {
            path: path.display().to_string(),
            why: why.to_owned(),
            mark: data_dir.join(MARK_FILE).display().to_string(),
        };
        let size = std::fs::metadata(&path).map(|file| file.len()).ok();
        let (has_mark, marked) = (mark::exists(data_dir), mark::read(data_dir));
        match size {
            None if has_mark => return Err(unusable("is missing, but this folder has been in use")),
            Some(0) => return Err(unusable("is empty")),
            _ => {}
        }
        // Nothing was committed beyond the first start where the mark says 0.
        let in_use = has_mark && marked != Some(0);
        let number = match prepare(&path, in_use).await {
            Ok(Prepared::Ready { number }) => number,
            Ok(Prepared::Foreign) => return Err(unusable("was made by another program")),
            Ok(Prepared::NotText) => return Err(unusable("is damaged: what describes its tables is not text")),
            Ok(Prepared::Empty) => return Err(unusable("is empty, but this folder has been in use")),
            Err(error) if error.is_damage() => {
                return Err(unusable(&format!("is damaged or is not a database ({error})")));
            }
            Err(error) => return Err(error),
        };
        let loss = number.zip(marked).filter(|(number, mark)| mark > number);
        let loss = loss.map(|(database, mark)| Loss { database, mark });
        if let Some(loss) = loss {
            tracing::error!("{loss}: what was saved in between is lost, unless an older backup was restored");
        }
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(10))
            // Looked at when it comes back already: once more costs every question a second way to its thread.
            .test_before_acquire(false)
            .connect_with(options(&path).read_only(true))
            .await?;
        let changes = Changes::new();
        let write = Writer::new(path.clone(), changes.clone(), number.unwrap_or_default());
        let read = ReadStore { pool: read, changes, path, damages: Damages::default() };
        let store = Self { write, read, loss };
        store.ensure_install_secret().await?;
        if !has_mark {
            store.write_mark();
        }
        Ok(store)
    }

    /// The read side.
    #[must_use]
    pub fn read(&self) -> &ReadStore {
        &self.read
    }

    /// Tells of commits.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.read.changes
    }

    /// Whether the disk takes writes.
    #[must_use]
    pub fn health(&self) -> &Health {
        self.write.health()
    }

    /// What the start found to be lost; `None`: nothing.
    #[must_use]
    pub const fn loss(&self) -> Option<Loss> {
        self.loss
    }

    /// Writes the mark beside the database, if something was committed since the last. A disk that does not take it is
    /// said in the log.
    pub fn write_mark(&self) {
        let Some(folder) = self.read.path.parent() else { return };
        self.write.unmarked(|number| {
            // Another process may have written more meanwhile, and marked it.
            if self.loss.is_none() && mark::read(folder).is_some_and(|mark| mark >= number) {
                return true;
            }
            mark::write(folder, number)
                .inspect_err(|error| tracing::warn!(error = %error, "could not write {MARK_FILE}"))
                .is_ok()
        });
    }

    /// Begins a short write; `now` is its one time. Nothing but SQL is awaited until it commits.
    ///
    /// # Errors
    /// The writer is busy, or the disk takes nothing.
    pub async fn begin(&self, now: Timestamp) -> Result<WriteTx> {
        let tx = self.write.begin().await?;
        let (changes, damages) = (self.read.changes.clone(), self.read.damages.clone());
        Ok(WriteTx { tx, now, changes, damages, touched: Vec::new() })
    }

    /// Closes both pools after what is under way.
    pub async fn close(&self) {
        self.read.pool.close().await;
        self.write.close().await;
        self.write_mark();
    }
}

/// Asks. Cheap to clone.
#[derive(Clone)]
pub struct ReadStore {
    pool: SqlitePool,
    changes: Changes,
    path: PathBuf,
    damages: Damages,
}

impl ReadStore {
    /// Pieces that could not be read.
    #[must_use]
    pub const fn damages(&self) -> &Damages {
        &self.damages
    }

    /// The number of the last commit, by this process or another; `None`: its row is gone.
    ///
    /// # Errors
    /// The store's.
    pub async fn commit_number(&self) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT number FROM commit_number WHERE id = 1").fetch_optional(&self.pool).await?)
    }

    /// What was read of an incident; `None`: it is damaged, and that is noted.
    ///
    /// # Errors
    /// All others.
    pub fn passing<T>(&self, incident: IncidentId, read: Result<T>) -> Result<Option<T>> {
        match read {
            Err(error) if error.is_damage() => {
                self.damages.note(Some(incident), "incidents", incident, &error.to_string());
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Reads every record once without what was gathered, so that lists can mark what is damaged. Slow on purpose.
    ///
    /// # Errors
    /// The store's.
    pub async fn survey(&self, pause: Duration) -> Result<()> {
        let ids: Vec<i64> =
            sqlx::query_scalar("SELECT id FROM incidents ORDER BY id DESC").fetch_all(&self.pool).await?;
        for id in ids.into_iter().map(IncidentId) {
            let noted = |table, error: StoreError| self.damages.note(Some(id), table, id, &error.to_string());
            if let Err(error) = self.incident(id).await {
                noted("incidents", error);
            }
            if let Err(error) = self.runbook(id).await {
                noted("runbook_versions", error);
            }
            self.decisions(id).await?;
            self.runs(id).await?;
            self.timeline(id).await?;
            if let Some(event) = self.first_broken_event(id).await? {
                self.damages.note(Some(id), "events", event, "it does not fit the chain");
            }
            self.diagnosis(id).await?;
            self.diagnosis_history(id).await?;
            self.evidence_list(id).await?;
            self.handed_in(id).await?;
            self.reviews(id).await?;
            self.follow_ups(id).await?;
            self.signatures(id).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// Tells of commits.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }
}

/// One write transaction with one time. Dropped without commit, nothing happened.
pub struct WriteTx {
    tx: Writing,
    now: Timestamp,
    changes: Changes,
    damages: Damages,
    touched: Vec<Change>,
}

impl WriteTx {
    /// The time of everything in this transaction.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes it durable, then tells everybody.
    ///
    /// # Errors
    /// Nothing was saved.
    pub async fn commit(self) -> Result<()> {
        let Self { mut tx, changes, mut touched, .. } = self;
        let number: Option<i64> =
            sqlx::query_scalar("UPDATE commit_number SET number = number + 1 WHERE id = 1 RETURNING number")
                .fetch_optional(&mut *tx)
                .await?;
        tx.commit(number).await?;
        touched.sort_unstable();
        touched.dedup();
        for change in touched {
            changes.publish(change);
        }
        Ok(())
    }

    /// Pages of an incident are shown anew, though nothing of the incident itself was written.
    pub fn show_anew(&mut self, incident: IncidentId) {
        self.touch(Change::Incident(incident));
    }

    fn touch(&mut self, change: Change) {
        self.touched.push(change);
    }
}

/// The one place with SQLite's own settings, for the program and for tests.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // KiB of pages that each connection remembers; the system remembers the file anyway.
        .pragma("cache_size", "-512")
        .busy_timeout(Duration::from_secs(5))
}

/// What a database file turned out to be.
enum Prepared {
    /// Ours, in this program's schema.
    Ready {
        /// Of the last commit; `None`: it cannot be read.
        number: Option<i64>,
    },
    /// Another program's.
    Foreign,
    /// Without a table, in a folder that was in use.
    Empty,
    /// The schema holds bytes that are not text.
    NotText,
}

async fn prepare(path: &Path, in_use: bool) -> Result<Prepared> {
    const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table'";
    const SCHEMA: &str = "SELECT CAST(sql AS BLOB) FROM sqlite_master WHERE sql IS NOT NULL";
    if path.exists() {
        // Looked at before anything is changed: the options of a write turn a file of others into WAL mode.
        let mut looking = SqliteConnectOptions::new().filename(path).connect().await?;
        // The driver's threads end where they read such a schema, and what waits for them waits.
        let schema: Vec<Vec<u8>> = sqlx::query_scalar(SCHEMA).fetch_all(&mut looking).await?;
        if schema.iter().any(|sql| str::from_utf8(sql).is_err()) {
            return Ok(Prepared::NotText);
        }
        let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut looking).await?;
        looking.close().await?;
        if !tables.is_empty() && !tables.iter().any(|table| table == "_sqlx_migrations") {
            return Ok(Prepared::Foreign);
        }
        if tables.is_empty() && in_use {
            return Ok(Prepared::Empty);
        }
    }
    let mut connection = options(path).create_if_missing(true).connect().await?;
    migrate(&mut connection, path).await?;
    rebuild_damaged_indexes(&mut connection).await;
    let number: std::result::Result<Option<i64>, sqlx::Error> =
        sqlx::query_scalar("SELECT number FROM commit_number WHERE id = 1").fetch_optional(&mut connection).await;
    let number = match number.map_err(StoreError::from) {
        Err(error) if !error.is_damage() => return Err(error),
        number => number.ok().flatten(),
    };
    if number.is_none() {
        tracing::error!(
            "the number of the last commit cannot be read: whether the end of the database is there cannot be told"
        );
    }
    connection.close().await?;
    Ok(Prepared::Ready { number })
}

/// Tables whose rows all pages need; they are small, so that looking at them costs nothing.
const SHARED: [&str; 7] =
    ["users", "sessions", "clusters", "nodes", "runbook_versions", "incidents", "credential_releases"];

/// An index says where a row stands. Where it is damaged the row is "not there", for everybody and without an error. What it
/// says can be read from the table again.
async fn rebuild_damaged_indexes(connection: &mut SqliteConnection) {
    for table in SHARED {
        let look = sqlx::AssertSqlSafe(format!("PRAGMA integrity_check({table})"));
        let found: std::result::Result<String, sqlx::Error> =
            sqlx::query_scalar(look).fetch_one(&mut *connection).await;
        let why = match found {
            Ok(found) if found == "ok" => continue,
            Ok(found) => found,
            Err(error) => error.to_string(),
        };
        tracing::error!(store.table = table, "the indexes of a table are rebuilt, it is damaged: {why}");
        let rebuild = sqlx::AssertSqlSafe(format!("REINDEX {table}"));
        if let Err(error) = sqlx::query(rebuild).execute(&mut *connection).await {
            tracing::error!(store.table = table, "the indexes could not be rebuilt: {error}");
        }
    }
}

async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
    let applied = applied(connection).await?;
    if let Some(found) = applied.iter().copied().max().filter(|found| *found > known) {
        return Err(StoreError::NewerSchema { path: path.display().to_string(), found, known });
    }
    // Nothing to do: then a damaged note of what was done long ago is not a reason not to start.
    if MIGRATIONS.iter().all(|migration| applied.contains(&migration.version)) {
        return Ok(());
    }
    MIGRATIONS.run(connection).await.map_err(StoreError::Migrate)
}

/// Versions of the migrations that the database has had.
async fn applied(connection: &mut SqliteConnection) -> Result<Vec<i64>> {
    let table: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
            .fetch_optional(&mut *connection)
            .await?;
    if table.is_none() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar("SELECT version FROM _sqlx_migrations").fetch_all(connection).await?)
}
