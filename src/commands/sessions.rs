//! The SQL store for tower-sessions: the cookie's token is stored only as a hash.
//!
//! # Why
//! A disk that takes nothing must not lock people out, or keep in who logged out: sessions are held in memory then, and
//! a session that ended stays ended although its row is still there, until [`settle`] can write both.
//!
//! Session, person and number of the last commit are read before every request, by one question ([`SqlSessions::ask`])
//! whose answer the session layer's [`SessionStore::load`] is handed by [`knowing`]; requests that wait at the same time
//! share a read that begins after all of them came.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};

use super::gather::Gathering;
use super::{Commands, Result, token};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::StoreError;
use crate::store::sessions::Standing;

/// Key of the session's data under which web keeps the user's id (a number): sessions are ended by it.
pub const USER_KEY: &str = "user_id";

/// Key of the session's data under which its last possible end stands (milliseconds), however much it is used.
const UNTIL_KEY: &str = "until";
/// The end of a session is not moved by less than this: not every request writes.
const MOVED_BY_MS: i64 = 60_000;

tokio::task_local! {
    static KNOWN: Option<Asked>;
}

/// What was asked for a request before it is answered.
#[derive(Clone, Debug)]
pub struct Asked {
    id: Id,
    /// `None`: there is no such session.
    standing: Option<Arc<Standing>>,
}

impl Asked {
    /// That person, if the session is theirs.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.standing.as_ref().and_then(|standing| standing.user.as_ref()).filter(|user| user.id == id)
    }

    /// The number of the last commit, if it was found.
    #[must_use]
    pub fn commit(&self) -> Option<i64> {
        self.standing.as_ref().and_then(|standing| standing.commit)
    }

    /// Data and end of the session, if it goes on.
    fn session(&self, now: Timestamp) -> Option<(&str, Timestamp)> {
        let standing = self.standing.as_ref().filter(|standing| standing.end > now)?;
        Some((&standing.data, standing.end))
    }
}

/// Does something in which a session that is loaded is the one that was asked for.
pub async fn knowing<T>(asked: Option<Asked>, work: impl Future<Output = T>) -> T {
    KNOWN.scope(asked, work).await
}

/// Sessions in the database: a session ends after some time without a request, and at the latest at the end that the
/// session layer gave it when it was made.
#[derive(Clone)]
pub struct SqlSessions {
    commands: Commands,
    idle_ms: i64,
    asking: Arc<Gathering<Arc<Standing>>>,
}

impl SqlSessions {
    /// Over the same store; a session ends after so many hours without a request. What is read for many runs among `tasks`.
    #[must_use]
    pub fn new(commands: Commands, idle_hours: u32, tasks: TaskTracker) -> Self {
        Self { commands, idle_ms: i64::from(idle_hours) * 3_600_000, asking: Arc::new(Gathering::new(tasks)) }
    }

    /// Reads a session with its person and the number of the last commit. `None`: each has to be asked for by itself, as
    /// the session is held in memory, or one of them cannot be read.
    pub async fn ask(&self, id: &Id) -> Option<Asked> {
        let hash = hash(id);
        if self.commands.0.held.find(&hash).is_some() {
            return None;
        }
        let store = self.commands.read().clone();
        let read = move |hashes: Vec<String>| {
            let store = store.clone();
            async move {
                let standings = store.standings(&hashes).await;
                let standings = standings
                    .inspect_err(|error| tracing::debug!(error = %error, "sessions are asked for one by one"))
                    .ok()?;
                Some(standings.into_iter().map(|(hash, standing)| (hash, Arc::new(standing))).collect())
            }
        };
        let standing = self.asking.ask(hash, read).await.ok()?;
        Some(Asked { id: *id, standing })
    }

    /// A request came: moves the end of a session, where that is worth a write. `asked`: what was asked for it.
    ///
    /// # Errors
    /// The store's.
    pub async fn touch(&self, id: &Id, asked: Option<&Asked>) -> session_store::Result<()> {
        let now = wall_clock();
        if let Some((_, end)) = asked.and_then(|asked| asked.session(now))
            && now.plus_millis(self.idle_ms).millis_since(end) < MOVED_BY_MS
        {
            return Ok(());
        }
        let hash = hash(id);
        let held = self.commands.0.held.find(&hash);
        let known = match &held {
            Some(Found::Ended) => None,
            Some(Found::Kept(kept)) => Some((kept.data.clone(), kept.end)),
            None => self.commands.read().session(&hash, now).await.map_err(backend)?,
        };
        let Some((data, end)) = known else { return Ok(()) };
        let moved = self.end(until(&decode(&data)?).unwrap_or(end));
        if moved.millis_since(end) < MOVED_BY_MS {
            return Ok(());
        }
        if held.is_some() {
            self.commands.0.held.move_end(&hash, moved);
            return Ok(());
        }
        let mut tx = self.commands.begin().await.map_err(backend)?;
        tx.move_session_end(&hash, moved).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    /// Whether that session of that person goes on: not logged out, not expired, and the person may log in.
    ///
    /// # Errors
    /// The store's.
    pub async fn goes_on(&self, id: &Id, person: UserId) -> session_store::Result<bool> {
        let Some(record) = self.load(id).await? else { return Ok(false) };
        let known = self.commands.read().user(person).await.map_err(backend)?;
        Ok(user(&record) == Some(person) && known.is_some_and(|user| user.active))
    }

    /// The end of a session that is used now and may last until then.
    fn end(&self, until: Timestamp) -> Timestamp {
        wall_clock().plus_millis(self.idle_ms).min(until)
    }

    /// What is stored of a session that is used now.
    fn kept(&self, record: &Record) -> session_store::Result<Kept> {
        let until = until(&record.data).unwrap_or_else(|| millis(record.expiry_date));
        Ok(Kept { user: user(record), data: encode(record)?, end: self.end(until) })
    }
}

impl std::fmt::Debug for SqlSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqlSessions")
    }
}

#[async_trait]
impl SessionStore for SqlSessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        record.data.insert(UNTIL_KEY.to_owned(), millis(record.expiry_date).as_millis().into());
        let kept = self.kept(record)?;
        loop {
            match self.insert(&hash(&record.id), &kept).await {
                Ok(true) => return Ok(()),
                Ok(false) => record.id = Id::default(),
                Err(error) if error.passes() => {
                    self.commands.0.held.keep(hash(&record.id), kept);
                    return Ok(());
                }
                Err(error) => return Err(backend(error)),
            }
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let (hash, kept) = (hash(&record.id), self.kept(record)?);
        // A session that was ended meanwhile (log-out, new password) must not come back.
        let ended = || session_store::Error::Backend("the session has ended".to_owned());
        match self.commands.0.held.find(&hash) {
            Some(Found::Ended) => return Err(ended()),
            Some(Found::Kept(_)) => {
                self.commands.0.held.keep(hash, kept);
                return Ok(());
            }
            None => {}
        }
        match self.update(&hash, &kept).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ended()),
            Err(error) if error.passes() => {
                self.commands.0.held.keep(hash, kept);
                Ok(())
            }
            Err(error) => Err(backend(error)),
        }
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now = wall_clock();
        let known = match KNOWN.try_with(Clone::clone).ok().flatten().filter(|asked| asked.id == *id) {
            Some(asked) => asked.session(now).map(|(data, end)| Ok((decode(data)?, end))),
            None => self.find(id, now).await?.map(|(data, end)| Ok((decode(&data)?, end))),
        };
        let Some((data, end)) = known.transpose()? else { return Ok(None) };
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(end.as_millis()) * 1_000_000)
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let hash = hash(id);
        match self.remove(&hash).await {
            Ok(()) => self.commands.0.held.forget(&hash),
            // Ended all the same: its row counts for nothing until it can be deleted.
            Err(error) if error.passes() => self.commands.0.held.end(&hash),
            Err(error) => return Err(backend(error)),
        }
        Ok(())
    }
}

impl SqlSessions {
    /// Data and end of a session that goes on.
    async fn find(&self, id: &Id, now: Timestamp) -> session_store::Result<Option<(String, Timestamp)>> {
        let hash = hash(id);
        match self.commands.0.held.find(&hash) {
            Some(Found::Ended) => Ok(None),
            Some(Found::Kept(kept)) => Ok(Some((kept.data, kept.end)).filter(|(_, end)| *end > now)),
            None => self.commands.read().session(&hash, now).await.map_err(backend),
        }
    }

    async fn insert(&self, hash: &str, kept: &Kept) -> std::result::Result<bool, StoreError> {
        let mut tx = self.commands.begin().await?;
        let new = tx.insert_session(hash, kept.user, &kept.data, kept.end).await?;
        if new {
            tx.commit().await?;
        }
        Ok(new)
    }

    async fn update(&self, hash: &str, kept: &Kept) -> std::result::Result<bool, StoreError> {
        let mut tx = self.commands.begin().await?;
        let known = tx.update_session(hash, kept.user, &kept.data, kept.end).await?;
        if known {
            tx.commit().await?;
        }
        Ok(known)
    }

    async fn remove(&self, hash: &str) -> std::result::Result<(), StoreError> {
        let mut tx = self.commands.begin().await?;
        tx.delete_session(hash).await?;
        tx.commit().await
    }
}

/// What could not be written yet: sessions that began or changed, and those that ended.
#[derive(Default)]
pub(super) struct Held(Mutex<HeldSessions>);

#[derive(Default)]
struct HeldSessions {
    kept: HashMap<String, Kept>,
    ended: HashSet<String>,
    /// Being written right now: what ends meanwhile must not come back by that.
    settling: HashSet<String>,
}

/// A session without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    user: Option<UserId>,
    data: String,
    end: Timestamp,
}

enum Found {
    Kept(Kept),
    Ended,
}

impl Held {
    /// Ends the sessions of a user whose rows are deleted already.
    pub(super) fn end_of(&self, user: UserId) {
        let mut held = self.held();
        let gone: Vec<String> = held.kept.iter().filter(|(_, kept)| kept.user == Some(user)).map(key).collect();
        for hash in gone {
            held.forget(&hash);
        }
    }

    fn is_empty(&self) -> bool {
        let held = self.held();
        held.kept.is_empty() && held.ended.is_empty()
    }

    fn find(&self, hash: &str) -> Option<Found> {
        let held = self.held();
        if held.ended.contains(hash) {
            return Some(Found::Ended);
        }
        held.kept.get(hash).cloned().map(Found::Kept)
    }

    fn keep(&self, hash: String, kept: Kept) {
        self.held().kept.insert(hash, kept);
    }

    /// Of one that is still there.
    fn move_end(&self, hash: &str, end: Timestamp) {
        if let Some(kept) = self.held().kept.get_mut(hash) {
            kept.end = end;
        }
    }

    fn end(&self, hash: &str) {
        let mut held = self.held();
        held.kept.remove(hash);
        held.ended.insert(hash.to_owned());
    }

    /// It has no row any more.
    fn forget(&self, hash: &str) {
        self.held().forget(hash);
    }

    /// Nothing that could panic is done under the lock, so a poisoned one holds whole data.
    fn held(&self) -> MutexGuard<'_, HeldSessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HeldSessions {
    fn forget(&mut self, hash: &str) {
        self.kept.remove(hash);
        if self.settling.contains(hash) {
            self.ended.insert(hash.to_owned());
        } else {
            self.ended.remove(hash);
        }
    }
}

fn key((hash, _): (&String, &Kept)) -> String {
    hash.clone()
}

/// Writes what had to wait in memory, once writing works again.
///
/// # Errors
/// The store's; everything waits on.
pub async fn settle(commands: &Commands) -> Result<()> {
    let held = &commands.0.held;
    if held.is_empty() {
        return Ok(());
    }
    let (kept, ended) = {
        let mut held = held.held();
        let now = wall_clock();
        held.kept.retain(|_, kept| kept.end > now);
        held.settling = held.kept.keys().cloned().collect();
        (held.kept.clone(), held.ended.clone())
    };
    let written = write_held(commands, &kept, &ended).await;
    let mut held = held.held();
    held.settling.clear();
    written?;
    held.kept.retain(|hash, now| kept.get(hash) != Some(now));
    held.ended.retain(|hash| !ended.contains(hash));
    Ok(())
}

async fn write_held(commands: &Commands, kept: &HashMap<String, Kept>, ended: &HashSet<String>) -> Result<()> {
    let mut tx = commands.begin().await?;
    for (hash, kept) in kept {
        if !tx.update_session(hash, kept.user, &kept.data, kept.end).await? {
            tx.insert_session(hash, kept.user, &kept.data, kept.end).await?;
        }
    }
    for hash in ended {
        tx.delete_session(hash).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes what has expired, and says how many that was.
///
/// # Errors
/// The store's.
pub async fn delete_expired(commands: &Commands) -> Result<u64> {
    let mut tx = commands.begin().await?;
    let gone = tx.delete_expired_sessions(wall_clock()).await?;
    tx.commit().await?;
    Ok(gone)
}

/// tower-sessions sets the end of a session by the machine's clock, so that is the one to compare with; the clock of a
/// replay tells another time.
fn wall_clock() -> Timestamp {
    millis(OffsetDateTime::now_utc())
}

fn millis(at: OffsetDateTime) -> Timestamp {
    Timestamp::from_millis(i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
}

fn hash(id: &Id) -> String {
    token::hash(&id.to_string())
}

fn user(record: &Record) -> Option<UserId> {
    record.data.get(USER_KEY).and_then(serde_json::Value::as_i64).map(UserId)
}

fn until(data: &HashMap<String, serde_json::Value>) -> Option<Timestamp> {
    data.get(UNTIL_KEY).and_then(serde_json::Value::as_i64).map(Timestamp::from_millis)
}

fn decode(data: &str) -> session_store::Result<HashMap<String, serde_json::Value>> {
    serde_json::from_str(data).map_err(|error| session_store::Error::Decode(error.to_string()))
}

fn encode(record: &Record) -> session_store::Result<String> {
    serde_json::to_string(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))
}

fn backend(error: impl std::fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
