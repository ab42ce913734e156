//! People: log-in with its rate limit, and what administrators change.

use super::{Caller, Commands, Result};
use crate::domain::id::UserId;
use crate::domain::user::{Role, User};

/// Shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 10;

/// Answer to a log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogIn {
    /// The password is right.
    Welcome(User),
    /// Name or password is wrong, or the user may not log in; which of them is not said.
    Wrong,
    /// Too many failures of this name or address lately.
    Throttled {
        /// When to try again.
        retry_after_s: u64,
    },
}

/// Checks a password. `address` is the client's, for the rate limit.
///
/// # Errors
/// The store's.
pub async fn authenticate(commands: &Commands, name: &str, password: &str, address: &str) -> Result<LogIn> {
    todo!()
}

/// Creates a user.
///
/// # Errors
/// `Domain(NameTaken)`; `Invalid` for `name` or `password`.
pub async fn create(commands: &Commands, caller: &Caller, name: &str, role: Role, password: &str) -> Result<User> {
    todo!()
}

/// Changes role and whether the user may log in; ends the user's sessions when something was taken away.
///
/// # Errors
/// `Domain(LastAdmin)`: at least one active administrator stays.
pub async fn update(commands: &Commands, caller: &Caller, user: UserId, role: Role, active: bool) -> Result<User> {
    todo!()
}

/// Sets another user's password and ends that user's sessions.
///
/// # Errors
/// `Invalid` for `password`.
pub async fn set_password(commands: &Commands, caller: &Caller, user: UserId, password: &str) -> Result<()> {
    todo!()
}

/// Changes one's own password and ends one's sessions (log in again, or make a new session).
///
/// # Errors
/// `Invalid` for `old_password` or `password`.
pub async fn change_password(commands: &Commands, user: UserId, old_password: &str, password: &str) -> Result<()> {
    todo!()
}
