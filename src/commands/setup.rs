//! One-time tokens: the set-up link of the first start and the sign-in link of the demo. Only hashes are stored.

use super::{Commands, Result};
use crate::domain::user::{Role, User};

/// Path of the page that makes the first administrator; the token is its `token` query parameter.
pub const SETUP_PATH: &str = "/setup";
/// Path that signs in by a one-time link; the token is its `token` query parameter.
pub const SIGN_IN_PATH: &str = "/sign-in";

/// Makes a new set-up token while there is no user at all, and puts older ones out of use. `None`: there are users.
///
/// # Errors
/// The store's.
pub async fn issue_setup_token(commands: &Commands) -> Result<Option<String>> {
    todo!()
}

/// Whether that set-up token would be taken now.
///
/// # Errors
/// The store's.
pub async fn setup_token_is_valid(commands: &Commands, token: &str) -> Result<bool> {
    todo!()
}

/// Creates the first administrator and uses the token up.
///
/// # Errors
/// `NotFound(Token)`: wrong or used token, or there are users already; `Invalid` for `name` or `password`.
pub async fn first_admin(commands: &Commands, token: &str, name: &str, password: &str) -> Result<User> {
    todo!()
}

/// Makes sure a user of that name and role exists (without a password) and issues a link token that signs in once.
///
/// # Errors
/// The store's.
pub async fn issue_sign_in_token(commands: &Commands, name: &str, role: Role) -> Result<String> {
    todo!()
}

/// Uses a sign-in token up and says who it is for.
///
/// # Errors
/// `NotFound(Token)`: wrong or used.
pub async fn redeem_sign_in(commands: &Commands, token: &str) -> Result<User> {
    todo!()
}
