//! Tables `users` and `login_failures`.

use super::{ReadStore, Result};
use crate::domain::id::UserId;
use crate::domain::user::User;

impl ReadStore {
    /// Whether anybody can be logged in; false: the set-up link is due.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_users(&self) -> Result<bool> {
        todo!()
    }

    /// All, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn users(&self) -> Result<Vec<User>> {
        todo!()
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn user(&self, id: UserId) -> Result<Option<User>> {
        todo!()
    }

    /// By login name.
    ///
    /// # Errors
    /// The store's.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>> {
        todo!()
    }
}
