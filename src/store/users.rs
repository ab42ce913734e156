//! Table `users`.

use sqlx::SqliteExecutor;

use super::codec::{At, row};
use super::damage::{Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::id::UserId;
use crate::domain::user::{Role, User};

row! {
    struct UserRow {
        id: i64,
        name: String,
        role: String,
        active: i64,
    }
}

row! {
    struct CredentialsRow {
        id: i64,
        name: String,
        role: String,
        active: i64,
        password_hash: Option<String>,
    }
}

impl UserRow {
    fn into_user(self) -> Result<User> {
        into_user(self.id, self.name, &self.role, self.active)
    }
}

/// The person whose columns these are.
pub(super) fn into_user(id: i64, name: String, role: &str, active: i64) -> Result<User> {
    let role = At { table: "users", row: &id }.need("role", Role::from_name(role))?;
    Ok(User { id: UserId(id), name, role, active: active != 0 })
}

impl ReadStore {
    /// Whether anybody exists; false: the set-up link is due.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_users(&self) -> Result<bool> {
        has_users(&self.pool).await
    }

    /// All, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn users(&self) -> Result<Vec<User>> {
        let query = sqlx::query("SELECT id, name, role, active FROM users ORDER BY name");
        let of = Of { table: "users", incident: None, damages: Some(&self.damages) };
        readable(&self.pool, of, query, UserRow::into_user).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn user(&self, id: UserId) -> Result<Option<User>> {
        user(&self.pool, id).await
    }

    /// By login name.
    ///
    /// # Errors
    /// The store's.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>> {
        user_by_name(&self.pool, name).await
    }

    /// By login name, with the PHC string of the password, if there is one: one question whether or not there is such a
    /// person.
    ///
    /// # Errors
    /// The store's.
    pub async fn credentials(&self, name: &str) -> Result<Option<(User, Option<String>)>> {
        let row: Option<CredentialsRow> =
            sqlx::query_as("SELECT id, name, role, active, password_hash FROM users WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.pool)
                .await?;
        row.map(|row| {
            let CredentialsRow { id, name, role, active, password_hash } = row;
            Ok((UserRow { id, name, role, active }.into_user()?, password_hash))
        })
        .transpose()
    }

    /// The PHC string of a user, if there is a password.
    ///
    /// # Errors
    /// The store's.
    pub async fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        let hash: Option<Option<String>> = sqlx::query_scalar("SELECT password_hash FROM users WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(hash.flatten())
    }
}

impl WriteTx {
    /// Whether anybody exists.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_users(&mut self) -> Result<bool> {
        has_users(&mut *self.tx).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        user(&mut *self.tx, id).await
    }

    /// By login name.
    ///
    /// # Errors
    /// The store's.
    pub async fn user_by_name(&mut self, name: &str) -> Result<Option<User>> {
        user_by_name(&mut *self.tx, name).await
    }

    /// Adds a user. `None`: the name is taken.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_user(&mut self, name: &str, role: Role, password_hash: Option<&str>) -> Result<Option<User>> {
        let row: Option<UserRow> = sqlx::query_as(
            "INSERT INTO users (name, role, active, password_hash, created_at) VALUES ($1, $2, 1, $3, $4)
             ON CONFLICT (name) DO NOTHING RETURNING id, name, role, active",
        )
        .bind(name)
        .bind(role.as_str())
        .bind(password_hash)
        .bind(self.now.as_millis())
        .fetch_optional(&mut *self.tx)
        .await?;
        self.touch(Change::Users);
        row.map(UserRow::into_user).transpose()
    }

    /// Changes role and activity.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_user(&mut self, id: UserId, role: Role, active: bool) -> Result<()> {
        sqlx::query("UPDATE users SET role = $2, active = $3 WHERE id = $1")
            .bind(id.0)
            .bind(role.as_str())
            .bind(i64::from(active))
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Users);
        Ok(())
    }

    /// Changes the password.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_password(&mut self, id: UserId, password_hash: &str) -> Result<()> {
        sqlx::query("UPDATE users SET password_hash = $2 WHERE id = $1")
            .bind(id.0)
            .bind(password_hash)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Active administrators besides that user.
    ///
    /// # Errors
    /// The store's.
    pub async fn other_active_admins(&mut self, id: UserId) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM users WHERE role = 'admin' AND active = 1 AND id <> $1")
            .bind(id.0)
            .fetch_one(&mut *self.tx)
            .await?)
    }
}

async fn has_users(executor: impl SqliteExecutor<'_>) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM users LIMIT 1").fetch_optional(executor).await?;
    Ok(found.is_some())
}

async fn user(executor: impl SqliteExecutor<'_>, id: UserId) -> Result<Option<User>> {
    let row: Option<UserRow> = sqlx::query_as("SELECT id, name, role, active FROM users WHERE id = $1")
        .bind(id.0)
        .fetch_optional(executor)
        .await?;
    row.map(UserRow::into_user).transpose()
}

async fn user_by_name(executor: impl SqliteExecutor<'_>, name: &str) -> Result<Option<User>> {
    let row: Option<UserRow> = sqlx::query_as("SELECT id, name, role, active FROM users WHERE name = $1")
        .bind(name)
        .fetch_optional(executor)
        .await?;
    row.map(UserRow::into_user).transpose()
}
