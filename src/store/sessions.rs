//! Table `sessions`. Knows nothing of cookies: a row is the hash of a token, its data and its end.

use std::collections::HashMap;

use super::codec::row;
use super::users::into_user;
use super::{ReadStore, Result, WriteTx};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// Sessions that one statement asks for.
const AT_ONCE: usize = 8;

row! {
    struct StandingRow {
        token_hash: String,
        data: String,
        expires_at: i64,
        person: Option<i64>,
        name: Option<String>,
        role: Option<String>,
        active: Option<i64>,
        number: Option<i64>,
    }
}

/// What every request depends on, all of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Data of the session.
    pub data: String,
    /// Its end, which may have come already.
    pub end: Timestamp,
    /// The person whose session it is.
    pub user: Option<User>,
    /// The number of the last commit; `None`: its row is gone.
    pub commit: Option<i64>,
}

impl StandingRow {
    fn into_standing(self) -> Result<(String, Standing)> {
        let user = match (self.person, self.name, self.role, self.active) {
            (Some(id), Some(name), Some(role), Some(active)) => Some(into_user(id, name, &role, active)?),
            _ => None,
        };
        let end = Timestamp::from_millis(self.expires_at);
        Ok((self.token_hash, Standing { data: self.data, end, user, commit: self.number }))
    }
}

impl ReadStore {
    /// Sessions with their persons and the number of the last commit, by hash; those that are not there are left out.
    ///
    /// # Errors
    /// The store's, also where one of the rows is damaged.
    pub async fn standings(&self, token_hashes: &[String]) -> Result<HashMap<String, Standing>> {
        let mut standings = HashMap::with_capacity(token_hashes.len());
        for hashes in token_hashes.chunks(AT_ONCE) {
            let mut query = sqlx::query_as(
                "SELECT s.token_hash, s.data, s.expires_at, u.id AS person, u.name, u.role, u.active,
                    (SELECT number FROM commit_number WHERE id = 1) AS number
                 FROM sessions s LEFT JOIN users u ON u.id = s.user_id
                 WHERE s.token_hash IN ($1, $2, $3, $4, $5, $6, $7, $8)",
            );
            for at in 0..AT_ONCE {
                query = query.bind(hashes.get(at));
            }
            let rows: Vec<StandingRow> = query.fetch_all(&self.pool).await?;
            for row in rows {
                let (hash, standing) = row.into_standing()?;
                standings.insert(hash, standing);
            }
        }
        Ok(standings)
    }

    /// Data and end of a session that has not ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn session(&self, token_hash: &str, now: Timestamp) -> Result<Option<(String, Timestamp)>> {
        let row: Option<(String, i64)> =
            sqlx::query_as("SELECT data, expires_at FROM sessions WHERE token_hash = $1 AND expires_at > $2")
                .bind(token_hash)
                .bind(now.as_millis())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|(data, end)| (data, Timestamp::from_millis(end))))
    }
}

impl WriteTx {
    /// Adds a session. False: the token is in use.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_session(
        &mut self,
        token_hash: &str,
        user: Option<UserId>,
        data: &str,
        end: Timestamp,
    ) -> Result<bool> {
        let row: Option<i64> = sqlx::query_scalar(
            "INSERT INTO sessions (token_hash, user_id, data, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (token_hash) DO NOTHING RETURNING 1",
        )
        .bind(token_hash)
        .bind(user.map(|user| user.0))
        .bind(data)
        .bind(end.as_millis())
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(row.is_some())
    }

    /// Replaces what a session holds. False: it was ended meanwhile, and stays so.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_session(
        &mut self,
        token_hash: &str,
        user: Option<UserId>,
        data: &str,
        end: Timestamp,
    ) -> Result<bool> {
        let done = sqlx::query("UPDATE sessions SET user_id = $2, data = $3, expires_at = $4 WHERE token_hash = $1")
            .bind(token_hash)
            .bind(user.map(|user| user.0))
            .bind(data)
            .bind(end.as_millis())
            .execute(&mut *self.tx)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Moves the end of a session that has not been ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn move_session_end(&mut self, token_hash: &str, end: Timestamp) -> Result<()> {
        sqlx::query("UPDATE sessions SET expires_at = $2 WHERE token_hash = $1")
            .bind(token_hash)
            .bind(end.as_millis())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Ends one session.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_session(&mut self, token_hash: &str) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Ends every session of a user.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_sessions_of(&mut self, user: UserId) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE user_id = $1").bind(user.0).execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Removes sessions that have ended, and says how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_expired_sessions(&mut self, now: Timestamp) -> Result<u64> {
        let done = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now.as_millis())
            .execute(&mut *self.tx)
            .await?;
        Ok(done.rows_affected())
    }
}
