//! The SQL store for tower-sessions: the cookie's token is stored only as a hash.

use std::collections::HashMap;

use async_trait::async_trait;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};

use super::{Commands, Result, token};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

/// Key of the session's data under which web keeps the user's id (a number): sessions are ended by it.
pub const USER_KEY: &str = "user_id";

/// Sessions in the database.
#[derive(Clone)]
pub struct SqlSessions {
    commands: Commands,
}

impl SqlSessions {
    /// Over the same store.
    #[must_use]
    pub fn new(commands: Commands) -> Self {
        Self { commands }
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
        let data = encode(record)?;
        loop {
            let mut tx = self.commands.begin().await.map_err(backend)?;
            let new = tx.insert_session(&hash(&record.id), user(record), &data, end(record)).await.map_err(backend)?;
            if new {
                return tx.commit().await.map_err(backend);
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let data = encode(record)?;
        let mut tx = self.commands.begin().await.map_err(backend)?;
        // A session that was ended meanwhile (log-out, new password) must not come back.
        let kept = tx.update_session(&hash(&record.id), user(record), &data, end(record)).await.map_err(backend)?;
        if !kept {
            return Err(session_store::Error::Backend("the session has ended".to_owned()));
        }
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some((data, end)) = self.commands.read().session(&hash(id), wall_clock()).await.map_err(backend)? else {
            return Ok(None);
        };
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(end.as_millis()) * 1_000_000)
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let mut tx = self.commands.begin().await.map_err(backend)?;
        tx.delete_session(&hash(id)).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
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

fn end(record: &Record) -> Timestamp {
    millis(record.expiry_date)
}

fn encode(record: &Record) -> session_store::Result<String> {
    serde_json::to_string(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))
}

fn backend(error: impl std::fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
