//! One-time tokens: the set-up link of the first start, and sign-in links. Only hashes are stored.

use super::users::{check_name, hash_password};
use super::{Caller, CommandError, Commands, Result, What, audit, token};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::id::UserId;
use crate::domain::incident::DomainError;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::store::settings::TokenPurpose;

/// Path of the page that makes the first administrator; the token is its `token` query parameter.
pub const SETUP_PATH: &str = "/setup";
/// Path that signs in by a one-time link; the token is its `token` query parameter.
pub const SIGN_IN_PATH: &str = "/sign-in";

/// How long a sign-in link of an administrator is good for, minutes.
pub const SIGN_IN_MINUTES: i64 = 15;

/// Makes a new set-up token while there is no user at all, and puts older ones out of use. `None`: there are users.
///
/// # Errors
/// The store's.
pub async fn issue_setup_token(commands: &Commands) -> Result<Option<String>> {
    let token = token::random()?;
    let mut tx = commands.begin().await?;
    let needed = !tx.has_users().await?;
    tx.delete_tokens(TokenPurpose::Setup).await?;
    if needed {
        tx.insert_token(TokenPurpose::Setup, &token::hash(&token), None, None).await?;
    }
    tx.commit().await?;
    Ok(needed.then_some(token))
}

/// Whether that set-up token would be taken now.
///
/// # Errors
/// The store's.
pub async fn setup_token_is_valid(commands: &Commands, token: &str) -> Result<bool> {
    let read = commands.read();
    let now = commands.clock().now();
    Ok(!read.has_users().await? && read.token(TokenPurpose::Setup, &token::hash(token), now).await?.is_some())
}

/// Creates the first administrator and uses the token up.
///
/// # Errors
/// `NotFound(Token)`: wrong or used token, or there are users already; `Invalid` for `name` or `password`.
pub async fn first_admin(commands: &Commands, token: &str, name: &str, password: &str) -> Result<User> {
    if !setup_token_is_valid(commands, token).await? {
        return Err(CommandError::NotFound(What::Token));
    }
    let name = check_name(name)?;
    let hash = hash_password("password", password).await?;
    let mut tx = commands.begin().await?;
    if tx.has_users().await? || tx.take_token(TokenPurpose::Setup, &token::hash(token)).await?.is_none() {
        return Err(CommandError::NotFound(What::Token));
    }
    let user = tx.insert_user(name, Role::Admin, Some(&hash)).await?.ok_or(DomainError::NameTaken)?;
    let changes = [AuditChange::set("role", Role::Admin.as_str())];
    audit::record(&mut tx, &Caller::setup_link(), AuditKind::UserCreated, name, &changes).await?;
    tx.commit().await?;
    Ok(user)
}

/// Makes sure a user of that name exists (a new one gets that role and no password) and issues a token that signs in once.
///
/// # Errors
/// The store's.
pub async fn issue_sign_in_token(commands: &Commands, caller: &Caller, name: &str, role: Role) -> Result<String> {
    let token = token::random()?;
    let mut tx = commands.begin().await?;
    let user = match tx.insert_user(name, role, None).await? {
        Some(user) => {
            let changes = [AuditChange::set("role", role.as_str())];
            audit::record(&mut tx, caller, AuditKind::UserCreated, name, &changes).await?;
            user
        }
        None => tx.user_by_name(name).await?.ok_or(CommandError::NotFound(What::User))?,
    };
    tx.insert_token(TokenPurpose::SignIn, &token::hash(&token), Some(user.id), None).await?;
    audit::record(&mut tx, caller, AuditKind::SignInLinkMade, &user.name, &[]).await?;
    tx.commit().await?;
    Ok(token)
}

/// A link that signs somebody in once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLink {
    /// Whom.
    pub user: User,
    /// Path and query, without prefix.
    pub path: String,
    /// When it ends.
    pub until: Timestamp,
}

/// Makes a link that signs that person in once, within [`SIGN_IN_MINUTES`]; earlier ones of the person end.
///
/// # Errors
/// `NotFound(User)`; `Invalid` for `sign_in_link`: the person may not log in.
pub async fn issue_sign_in_link(commands: &Commands, caller: &Caller, user: UserId) -> Result<SignInLink> {
    let token = token::random()?;
    let mut tx = commands.begin().await?;
    let user = tx.user(user).await?.ok_or(CommandError::NotFound(What::User))?;
    if !user.active {
        return Err(CommandError::invalid("sign_in_link", "invalid-user-inactive"));
    }
    let until = tx.now().plus_millis(SIGN_IN_MINUTES * 60_000);
    tx.delete_sign_in_tokens(user.id).await?;
    tx.insert_token(TokenPurpose::SignIn, &token::hash(&token), Some(user.id), Some(until)).await?;
    audit::record(&mut tx, caller, AuditKind::SignInLinkMade, &user.name, &[]).await?;
    tx.commit().await?;
    tracing::info!(user.name = %user.name, by = %caller.name, "a sign-in link was made");
    Ok(SignInLink { user, path: format!("{SIGN_IN_PATH}?token={token}"), until })
}

/// Whom that token would sign in now. `None`: nobody.
///
/// # Errors
/// The store's.
pub async fn sign_in_token_is_for(commands: &Commands, token: &str) -> Result<Option<User>> {
    let read = commands.read();
    let user = read.token(TokenPurpose::SignIn, &token::hash(token), commands.clock().now()).await?.flatten();
    Ok(match user {
        Some(id) => read.user(id).await?.filter(|user| user.active),
        None => None,
    })
}

/// Uses a sign-in token up and says who it is for.
///
/// # Errors
/// `NotFound(Token)`: wrong or used, or the user may not log in.
pub async fn redeem_sign_in(commands: &Commands, token: &str) -> Result<User> {
    let mut tx = commands.begin().await?;
    let user = tx.take_token(TokenPurpose::SignIn, &token::hash(token)).await?.flatten();
    let user = match user {
        Some(id) => tx.user(id).await?.filter(|user| user.active),
        None => None,
    };
    let user = user.ok_or(CommandError::NotFound(What::Token))?;
    tx.commit().await?;
    Ok(user)
}
