//! The one connection that writes, and whether the disk takes what it writes.
//!
//! # Why
//! After a failed write or sync SQLite and the driver may disagree on whether a transaction is open, and every later
//! one is refused. So a transaction that was not committed takes its connection with it, and the next one opens another.
//!
//! A failed sync is worse: the operating system may have dropped what it could not write, and says yes to the next sync
//! all the same. After one, nothing is acknowledged until a new connection has copied the whole write-ahead log into the
//! database file (`wal_checkpoint(TRUNCATE)`), which writes and syncs every page anew. A start does the same, because the
//! process before may have ended right after such an error.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo};
use sqlx::{ConnectOptions as _, Either, Execute, Executor, SqlStr};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use super::changes::{Change, Changes};
use super::{Result, StoreError, options};

/// How long a write waits for the one before it.
const PATIENCE: Duration = Duration::from_secs(10);
/// A disk that was full takes writes again when it has that much room.
const ROOM_BYTES: u64 = 1024 * 1024;

/// Why the disk does not take what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// It is full.
    Full,
    /// It is mounted read-only, or the database file may not be written.
    ReadOnly,
    /// It answers with an error of input and output.
    Io,
    /// The database file cannot be opened.
    CannotOpen,
}

impl Trouble {
    /// Name in keys of texts and in `/-/ready`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Io => "io",
            Self::CannotOpen => "cannot-open",
        }
    }

    /// What a primary result code of SQLite says about the disk.
    pub(super) const fn of_code(code: u32) -> Option<Self> {
        // The low byte: 8 READONLY, 10 IOERR, 13 FULL, 14 CANTOPEN.
        match code & 0xff {
            8 => Some(Self::ReadOnly),
            10 => Some(Self::Io),
            13 => Some(Self::Full),
            14 => Some(Self::CannotOpen),
            _ => None,
        }
    }
}

/// In words of a log line.
impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "the disk is full",
            Self::ReadOnly => "the database is read-only",
            Self::Io => "the disk answers with an input/output error",
            Self::CannotOpen => "the database file cannot be opened",
        })
    }
}

/// Makes connections that write, one at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer {
    path: PathBuf,
    slot: Arc<Mutex<Option<SqliteConnection>>>,
    health: Health,
    numbers: Arc<Numbers>,
}

/// Numbers of commits.
struct Numbers {
    /// The last that is durable.
    committed: AtomicI64,
    /// The last that the mark names.
    marked: std::sync::Mutex<i64>,
}

impl Writer {
    pub(super) fn new(path: PathBuf, changes: Changes, number: i64) -> Self {
        let health = Health(Arc::new(Inner {
            folder: path.parent().unwrap_or(Path::new(".")).to_owned(),
            trouble: watch::Sender::new(None),
            // What the process before could not sync is not known.
            unsynced: AtomicBool::new(true),
            changes,
        }));
        // Lower than any: a first mark is due.
        let numbers = Numbers { committed: AtomicI64::new(number), marked: std::sync::Mutex::new(-1) };
        Self { path, slot: Arc::default(), health, numbers: Arc::new(numbers) }
    }

    /// Hands the number of the last durable commit to `mark`, unless it knows it; `mark` says whether it was written.
    pub(super) fn unmarked(&self, mark: impl FnOnce(i64) -> bool) {
        let mut marked = self.numbers.marked.lock().unwrap_or_else(PoisonError::into_inner);
        let committed = self.numbers.committed.load(Ordering::Acquire);
        if committed > *marked && mark(committed) {
            *marked = committed;
        }
    }

    pub(super) const fn health(&self) -> &Health {
        &self.health
    }

    /// Waits for the transaction before, and begins one.
    pub(super) async fn begin(&self) -> Result<Writing> {
        let mut slot =
            tokio::time::timeout(PATIENCE, self.slot.clone().lock_owned()).await.map_err(|_| StoreError::Busy)?;
        // Taken out: what is not put back by a commit is closed.
        let connection = match slot.take() {
            Some(connection) => connection,
            None => self.open().await?,
        };
        let mut watched = Watched { connection, health: self.health.clone() };
        sqlx::query("BEGIN IMMEDIATE").execute(&mut watched).await?;
        Ok(Writing { watched, slot, numbers: self.numbers.clone() })
    }

    /// A new connection, after what an error may have left unsynced is on the disk.
    async fn open(&self) -> Result<SqliteConnection> {
        let noted = |error: sqlx::Error| {
            self.health.note(&error);
            StoreError::from(error)
        };
        let connection = options(&self.path).connect().await.map_err(noted)?;
        let mut watched = Watched { connection, health: self.health.clone() };
        let unsynced = self.health.0.unsynced.load(Ordering::Acquire);
        // On a full disk the log's own space may be what is missing.
        if unsynced || self.health.trouble() == Some(Trouble::Full) {
            match settle(&mut watched).await {
                Ok(()) => self.health.0.unsynced.store(false, Ordering::Release),
                Err(error) if unsynced => return Err(error),
                Err(_) => {}
            }
        }
        Ok(watched.connection)
    }

    /// Closes the connection after what is under way.
    pub(super) async fn close(&self) {
        if let Some(connection) = self.slot.lock().await.take() {
            // At the end of the process the file is what counts, and it is whole at any time.
            let _ = sqlx::Connection::close(connection).await;
        }
    }
}

/// Copies the whole log into the database file and syncs it.
async fn settle(connection: &mut Watched) -> Result<()> {
    let (busy, _, _): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Busy) }
}

/// A transaction under way. Dropped without commit it takes its connection along, and nothing happened.
pub(super) struct Writing {
    watched: Watched,
    slot: OwnedMutexGuard<Option<SqliteConnection>>,
    numbers: Arc<Numbers>,
}

impl Writing {
    /// Makes it durable; `number` is the one that it wrote.
    pub(super) async fn commit(mut self, number: Option<i64>) -> Result<()> {
        sqlx::query("COMMIT").execute(&mut self.watched).await?;
        let Watched { connection, health } = self.watched;
        if let Some(number) = number {
            self.numbers.committed.store(number, Ordering::Release);
        }
        *self.slot = Some(connection);
        health.took_a_write();
        Ok(())
    }
}

impl Deref for Writing {
    type Target = Watched;

    fn deref(&self) -> &Watched {
        &self.watched
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Watched {
        &mut self.watched
    }
}

/// A connection whose errors are noted: every statement of a transaction goes through it.
#[derive(Debug)]
pub(super) struct Watched {
    connection: SqliteConnection,
    health: Health,
}

impl Deref for Watched {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Watched {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl<'c> Executor<'c> for &'c mut Watched {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, std::result::Result<Either<SqliteQueryResult, SqliteRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let Watched { connection, health } = self;
        connection.fetch_many(query).inspect_err(|error| health.note(error)).boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, std::result::Result<Option<SqliteRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let Watched { connection, health } = self;
        let answer = connection.fetch_optional(query);
        Box::pin(async move { answer.await.inspect_err(|error| health.note(error)) })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, std::result::Result<SqliteStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.connection.prepare_with(sql, parameters)
    }
}

/// Whether the disk takes writes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Of the database.
    folder: PathBuf,
    trouble: watch::Sender<Option<Trouble>>,
    /// A sync failed, and nothing has been written anew since.
    unsynced: AtomicBool,
    changes: Changes,
}

impl Health {
    /// Why nothing can be saved now; `None`: writing works, as far as is known.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        *self.0.trouble.borrow()
    }

    /// Tells when that changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Option<Trouble>> {
        self.0.trouble.subscribe()
    }

    fn note(&self, error: &sqlx::Error) {
        let Some(trouble) = super::code(error).and_then(Trouble::of_code) else { return };
        if trouble == Trouble::Io {
            self.0.unsynced.store(true, Ordering::Release);
        }
        if self.set(Some(trouble)) {
            tracing::error!(error = %error, "nothing can be saved: {trouble}");
        }
    }

    fn took_a_write(&self) {
        let Some(before) = self.trouble() else { return };
        // A small write may still fit where the next does not: the space says when a full disk is well.
        if before == Trouble::Full && free_bytes(&self.0.folder).is_some_and(|free| free < ROOM_BYTES) {
            return;
        }
        if self.set(None) {
            tracing::info!("writing works again, after: {before}");
        }
    }

    /// True: it was something else before. Pages that are open show it then.
    fn set(&self, now: Option<Trouble>) -> bool {
        let changed = self.0.trouble.send_if_modified(|known| {
            let changed = *known != now;
            *known = now;
            changed
        });
        if changed {
            self.0.changes.publish(Change::Missed);
        }
        changed
    }
}

/// Room that this user may fill; `None`: the system does not say.
fn free_bytes(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}
