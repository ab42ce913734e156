//! People: log-in with its rate limit, and what administrators change.

use super::password::{self, Lane, PasswordError};
use super::{Caller, CommandError, Commands, Result, What, audit, once};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::id::UserId;
use crate::domain::incident::DomainError;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::store::users::LoginFailures;

/// Shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Longest password, in bytes: more is work without gain.
const MAX_PASSWORD_BYTES: usize = 1024;
/// Longest login name, in characters.
const MAX_NAME_CHARS: usize = 64;

/// Failures are counted over this time.
const FAILURE_WINDOW_MS: i64 = 15 * 60 * 1000;
/// Failures of one name from one address before it has to wait.
const MAX_PAIR: i64 = 5;
/// Failures of one name from anywhere; higher, so that strangers cannot easily lock a person out.
const MAX_NAME: i64 = 50;
/// Failures from one address, whatever the name; higher, because a proxy can stand for many people.
const MAX_ADDRESS: i64 = 50;

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
    /// Too many passwords wait to be checked; this one was not looked at.
    Busy,
}

/// Checks a password. `address` is the client's, for the rate limit.
///
/// An attempt counts as failed before the password is looked at, so that many at once cannot slip through.
///
/// # Errors
/// The store's.
pub async fn authenticate(commands: &Commands, name: &str, password: &str, address: &str) -> Result<LogIn> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || password.len() > MAX_PASSWORD_BYTES {
        return Ok(LogIn::Wrong);
    }
    let throttled = match count_attempt(commands, name, address).await {
        // Nobody is locked out because nothing can be written, and nobody may guess without limit meanwhile.
        Err(CommandError::Store(error)) if error.passes() => count_in_memory(commands, name, address),
        counted => counted?,
    };
    if let Some(throttled) = throttled {
        return Ok(throttled);
    }
    let user = commands.read().user_by_name(name).await?;
    let known = match &user {
        Some(user) => commands.read().password_hash(user.id).await?,
        None => None,
    };
    let right = match password::verify(password, known.as_deref(), Lane::Stranger).await {
        Ok(right) => right,
        Err(PasswordError::Busy) => return Ok(LogIn::Busy),
        Err(error) => return Err(error.into()),
    };
    match user.filter(|user| right && user.active) {
        Some(user) => {
            commands.0.guesses.forget(name, address);
            match forget_attempts(commands, name, address).await {
                Err(CommandError::Store(error)) if error.passes() => {}
                forgotten => forgotten?,
            }
            Ok(LogIn::Welcome(user))
        }
        None => Ok(LogIn::Wrong),
    }
}

/// Counts an attempt, unless there were too many.
async fn count_attempt(commands: &Commands, name: &str, address: &str) -> Result<Option<LogIn>> {
    let mut tx = commands.begin().await?;
    let failures = tx.login_failures(name, address, tx.now().plus_millis(-FAILURE_WINDOW_MS)).await?;
    if too_many(&failures) {
        let oldest = tx.oldest_login_failure(name, address).await?.unwrap_or(tx.now());
        return Ok(Some(wait_after(oldest, tx.now())));
    }
    tx.insert_login_failure(name, address).await?;
    tx.commit().await?;
    Ok(None)
}

fn count_in_memory(commands: &Commands, name: &str, address: &str) -> Option<LogIn> {
    let now = commands.clock().now();
    let (failures, oldest) = commands.0.guesses.since(name, address, now.plus_millis(-FAILURE_WINDOW_MS));
    if too_many(&failures) {
        return Some(wait_after(oldest.unwrap_or(now), now));
    }
    commands.0.guesses.add(name, address, now);
    None
}

async fn forget_attempts(commands: &Commands, name: &str, address: &str) -> Result<()> {
    let mut tx = commands.begin().await?;
    tx.delete_login_failures(name, address).await?;
    tx.commit().await?;
    Ok(())
}

const fn too_many(failures: &LoginFailures) -> bool {
    failures.pair >= MAX_PAIR || failures.name >= MAX_NAME || failures.address >= MAX_ADDRESS
}

fn wait_after(oldest: Timestamp, now: Timestamp) -> LogIn {
    let wait_ms = oldest.plus_millis(FAILURE_WINDOW_MS).millis_since(now).max(1000);
    LogIn::Throttled { retry_after_s: u64::try_from(wait_ms).unwrap_or(1000).div_ceil(1000) }
}

/// Creates a user.
///
/// # Errors
/// `Domain(NameTaken)`; `Invalid` for `name` or `password`.
pub async fn create(commands: &Commands, caller: &Caller, name: &str, role: Role, password: &str) -> Result<User> {
    let name = check_name(name)?;
    let hash = hash_password("password", password).await?;
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let user = tx.insert_user(name, role, Some(&hash)).await?.ok_or(DomainError::NameTaken)?;
    once::keep(&mut tx, caller, &user).await?;
    let changes = [AuditChange::set("role", role.as_str())];
    audit::record(&mut tx, caller, AuditKind::UserCreated, name, &changes).await?;
    tx.commit().await?;
    tracing::info!(user.name = %user.name, user.role = role.as_str(), by = %caller.name, "a user was created");
    Ok(user)
}

/// Changes role and whether the user may log in; ends the user's sessions when something was taken away.
///
/// # Errors
/// `NotFound(User)`; `Domain(LastAdmin)`: at least one active administrator stays.
pub async fn update(commands: &Commands, caller: &Caller, user: UserId, role: Role, active: bool) -> Result<User> {
    let mut tx = commands.begin().await?;
    let before = tx.user(user).await?.ok_or(CommandError::NotFound(What::User))?;
    let was_admin = before.active && before.role == Role::Admin;
    let is_admin = active && role == Role::Admin;
    if was_admin && !is_admin && tx.other_active_admins(user).await? == 0 {
        return Err(DomainError::LastAdmin.into());
    }
    let changes: Vec<_> = AuditChange::between("role", before.role.as_str(), role.as_str())
        .into_iter()
        .chain(AuditChange::between("active", before.active, active))
        .collect();
    if changes.is_empty() {
        return Ok(before);
    }
    tx.update_user(user, role, active).await?;
    audit::record(&mut tx, caller, AuditKind::UserChanged, &before.name, &changes).await?;
    let ends = role < before.role || !active;
    if ends {
        tx.delete_sessions_of(user).await?;
    }
    tx.commit().await?;
    if ends {
        commands.0.held.end_of(user);
    }
    tracing::info!(user.name = %before.name, user.role = role.as_str(), user.active = active, by = %caller.name, "a user was changed");
    Ok(User { role, active, ..before })
}

/// Sets another user's password and ends that user's sessions.
///
/// # Errors
/// `NotFound(User)`; `Invalid` for `password`.
pub async fn set_password(commands: &Commands, caller: &Caller, user: UserId, password: &str) -> Result<()> {
    replace_password(commands, caller, user, password, AuditKind::PasswordSet).await?;
    tracing::info!(user.id = user.0, by = %caller.name, "a password was set");
    Ok(())
}

/// Changes one's own password and ends one's sessions (log in again, or make a new session).
///
/// # Errors
/// `NotFound(User)`; `Invalid` for `old_password` or `password`.
pub async fn change_password(
    commands: &Commands,
    caller: &Caller,
    user: UserId,
    old_password: &str,
    password: &str,
) -> Result<()> {
    let known = commands.read().password_hash(user).await?;
    if !password::verify(old_password, known.as_deref(), Lane::Known).await? {
        return Err(CommandError::invalid("old_password", "invalid-old-password"));
    }
    replace_password(commands, caller, user, password, AuditKind::PasswordChanged).await
}

async fn replace_password(
    commands: &Commands,
    caller: &Caller,
    user: UserId,
    password: &str,
    kind: AuditKind,
) -> Result<()> {
    let hash = hash_password("password", password).await?;
    let mut tx = commands.begin().await?;
    let whose = tx.user(user).await?.ok_or(CommandError::NotFound(What::User))?;
    tx.update_password(user, &hash).await?;
    tx.delete_sessions_of(user).await?;
    audit::record(&mut tx, caller, kind, &whose.name, &[]).await?;
    tx.commit().await?;
    commands.0.held.end_of(user);
    Ok(())
}

/// A login name: short, without spaces or control characters.
pub(super) fn check_name(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() {
        return Err(CommandError::invalid("name", "invalid-name-empty"));
    }
    if name.chars().count() > MAX_NAME_CHARS || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(CommandError::invalid("name", "invalid-user-name"));
    }
    Ok(name)
}

/// Refuses what is too short or too long, then hashes.
pub(super) async fn hash_password(field: &'static str, password: &str) -> Result<String> {
    if password.chars().count() < MIN_PASSWORD_CHARS {
        let message = Message::new("invalid-password-short").with("min", MIN_PASSWORD_CHARS);
        return Err(CommandError::Invalid { field, message });
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(CommandError::invalid(field, "invalid-password-long"));
    }
    Ok(password::hash(password).await?)
}
