//! The SQL store for tower-sessions: the cookie's token is stored only as a hash.

use async_trait::async_trait;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};

use super::{Commands, Result};

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
        todo!()
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        todo!()
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        todo!()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        todo!()
    }
}

/// Deletes what has expired.
///
/// # Errors
/// The store's.
pub async fn delete_expired(commands: &Commands) -> Result<u64> {
    todo!()
}
