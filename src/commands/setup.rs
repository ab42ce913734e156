//! One-time tokens: the set-up link of the first start and the sign-in link of the demo. Only hashes are stored.

use super::users::{check_name, hash_password};
use super::{Caller, CommandError, Commands, Result, What, audit, token};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::incident::DomainError;
use crate::domain::user::{Role, User};
use crate::store::settings::TokenPurpose;

/// Path of the page that makes the first administrator; the token is its `token` query parameter.
pub const SETUP_PATH: &str = "/setup";
/// Path that signs in by a one-time link; the token is its `token` query parameter.
pub const SIGN_IN_PATH: &str = "/sign-in";

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
        tx.insert_token(TokenPurpose::Setup, &token::hash(&token), None).await?;
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
    Ok(!read.has_users().await? && read.has_token(TokenPurpose::Setup, &token::hash(token)).await?)
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
    tx.insert_token(TokenPurpose::SignIn, &token::hash(&token), Some(user.id)).await?;
    audit::record(&mut tx, caller, AuditKind::SignInLinkMade, &user.name, &[]).await?;
    tx.commit().await?;
    Ok(token)
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
