//! Tables `settings`, `form_nonces`, `one_time_tokens`: the installation's own values.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use sqlx::SqliteExecutor;

use super::codec::{At, to_json};
use super::{ReadStore, Result, Store, StoreError, WriteTx};
use crate::domain::backup::BackupNote;
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

const INSTALL_SECRET: &str = "install_secret";
const STARTED_WITH: &str = "started_with";
const BACKUP_NOTE: &str = "backup_note";

/// What a one-time token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPurpose {
    /// Makes the first administrator.
    Setup,
    /// Signs somebody in.
    SignIn,
}

impl TokenPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::SignIn => "sign_in",
        }
    }
}

/// A value that is kept as JSON.
async fn setting<T: DeserializeOwned>(executor: impl SqliteExecutor<'_>, name: &str) -> Result<Option<T>> {
    let value: Option<String> =
        sqlx::query_scalar("SELECT value FROM settings WHERE name = $1").bind(name).fetch_optional(executor).await?;
    value.map(|value| At { table: "settings", row: &name }.json("value", &value)).transpose()
}

impl Store {
    /// Makes the installation's secret unless there is one.
    pub(super) async fn ensure_install_secret(&self) -> Result<()> {
        let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM settings WHERE name = $1")
            .bind(INSTALL_SECRET)
            .fetch_optional(&self.read.pool)
            .await?;
        // A full disk must not keep the program from starting.
        if known.is_some() {
            return Ok(());
        }
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret)
            .map_err(|error| StoreError::Driver(sqlx::Error::Io(std::io::Error::other(error.to_string()))))?;
        let mut tx = self.write.begin().await?;
        sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(INSTALL_SECRET)
            .bind(hex::encode(secret))
            .execute(&mut *tx)
            .await?;
        tx.commit(None).await
    }
}

impl ReadStore {
    /// 32 random bytes made at the first start: the key under which config secrets are hashed for comparison.
    ///
    /// # Errors
    /// The store's.
    pub async fn install_secret(&self) -> Result<[u8; 32]> {
        let value: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(INSTALL_SECRET)
            .fetch_optional(&self.pool)
            .await?;
        let bytes = value.and_then(|value| hex::decode(value).ok()).and_then(|bytes| bytes.try_into().ok());
        At { table: "settings", row: &INSTALL_SECRET }.need("value", bytes)
    }

    /// How the newest automatic backup ended; `None`: none was tried yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn backup_note(&self) -> Result<Option<BackupNote>> {
        setting(&self.pool, BACKUP_NOTE).await
    }

    /// The token as [`WriteTx::take_token`] would find it.
    ///
    /// # Errors
    /// The store's.
    pub async fn token(
        &self,
        purpose: TokenPurpose,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<Option<UserId>>> {
        let user: Option<Option<i64>> = sqlx::query_scalar(
            "SELECT user_id FROM one_time_tokens
             WHERE purpose = $1 AND token_hash = $2 AND (expires_at IS NULL OR expires_at > $3)",
        )
        .bind(purpose.as_str())
        .bind(token_hash)
        .bind(now.as_millis())
        .fetch_optional(&self.pool)
        .await?;
        Ok(user.map(|user| user.map(UserId)))
    }
}

impl WriteTx {
    /// Name and value of the settings that the last start had; empty before the first.
    ///
    /// # Errors
    /// The store's.
    pub async fn started_with(&mut self) -> Result<BTreeMap<String, String>> {
        Ok(setting(&mut *self.tx, STARTED_WITH).await?.unwrap_or_default())
    }

    /// Keeps the settings of this start.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_started_with(&mut self, settings: &BTreeMap<String, String>) -> Result<()> {
        self.keep_setting(STARTED_WITH, &to_json(settings)?).await
    }

    /// Keeps how the newest automatic backup ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_backup_note(&mut self, note: &BackupNote) -> Result<()> {
        self.keep_setting(BACKUP_NOTE, &to_json(note)?).await
    }

    async fn keep_setting(&mut self, name: &str, value: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Adds a token. `until`: when it ends; `None`: when it is used or removed.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_token(
        &mut self,
        purpose: TokenPurpose,
        token_hash: &str,
        user: Option<UserId>,
        until: Option<Timestamp>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO one_time_tokens (token_hash, purpose, user_id, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token_hash)
        .bind(purpose.as_str())
        .bind(user.map(|user| user.0))
        .bind(self.now.as_millis())
        .bind(until.map(Timestamp::as_millis))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Removes the sign-in tokens of that person, and whatever has ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_sign_in_tokens(&mut self, user: UserId) -> Result<()> {
        sqlx::query("DELETE FROM one_time_tokens WHERE purpose = $1 AND (user_id = $2 OR expires_at <= $3)")
            .bind(TokenPurpose::SignIn.as_str())
            .bind(user.0)
            .bind(self.now.as_millis())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Removes every token of that purpose.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_tokens(&mut self, purpose: TokenPurpose) -> Result<()> {
        sqlx::query("DELETE FROM one_time_tokens WHERE purpose = $1")
            .bind(purpose.as_str())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Uses a token up. `None`: there is no such token, or it has ended; inside: whom it signs in.
    ///
    /// # Errors
    /// The store's.
    pub async fn take_token(&mut self, purpose: TokenPurpose, token_hash: &str) -> Result<Option<Option<UserId>>> {
        let user: Option<Option<i64>> = sqlx::query_scalar(
            "DELETE FROM one_time_tokens
                 WHERE purpose = $1 AND token_hash = $2 AND (expires_at IS NULL OR expires_at > $3) RETURNING user_id",
        )
        .bind(purpose.as_str())
        .bind(token_hash)
        .bind(self.now.as_millis())
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(user.map(|user| user.map(UserId)))
    }

    /// What the same form led to before.
    ///
    /// # Errors
    /// The store's.
    pub async fn nonce_result(&mut self, user_name: &str, nonce: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("SELECT result FROM form_nonces WHERE user_name = $1 AND nonce = $2")
            .bind(user_name)
            .bind(nonce)
            .fetch_optional(&mut *self.tx)
            .await?)
    }

    /// Keeps what a form led to, and forgets forms older than three days.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_nonce(&mut self, user_name: &str, nonce: &str, result: &str) -> Result<()> {
        const KEPT_MS: i64 = 3 * 24 * 3600 * 1000;
        sqlx::query("DELETE FROM form_nonces WHERE at < $1")
            .bind(self.now.plus_millis(-KEPT_MS).as_millis())
            .execute(&mut *self.tx)
            .await?;
        sqlx::query("INSERT INTO form_nonces (user_name, nonce, result, at) VALUES ($1, $2, $3, $4)")
            .bind(user_name)
            .bind(nonce)
            .bind(result)
            .bind(self.now.as_millis())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }
}
