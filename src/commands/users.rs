//! People: log-in with its limits, and what administrators change.

use super::devices::{self, Client};
use super::guesses::{Verdict, Who};
use super::password::{self, Lane, PasswordError};
use super::{Caller, CommandError, Commands, Result, What, audit, once};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::id::UserId;
use crate::domain::incident::DomainError;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};

/// Shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Longest password, in bytes: more is work without gain.
const MAX_PASSWORD_BYTES: usize = 1024;
/// Longest login name, in characters.
const MAX_NAME_CHARS: usize = 64;

/// Answer to a log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogIn {
    /// The password is right.
    Welcome(User),
    /// Name or password is wrong, or the user may not log in; which of them is not said.
    Wrong,
    /// Too many wrong tries lately; this one was not looked at.
    Throttled {
        /// When to try again.
        retry_after_s: u64,
    },
    /// Strangers have used up what may be tried with this name from devices that are not known.
    Spent {
        /// Until when.
        until: Timestamp,
    },
    /// Too many passwords wait to be checked; this one was not looked at.
    Busy,
}

/// Checks a password, as often as [`super::guesses`] allows the client. Nothing is written: log-in works on a full disk.
///
/// # Errors
/// The store's.
pub async fn authenticate(commands: &Commands, name: &str, password: &str, client: impl Into<Client>) -> Result<LogIn> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || password.len() > MAX_PASSWORD_BYTES {
        return Ok(LogIn::Wrong);
    }
    let (user, phc) = commands.read().credentials(name).await?.unzip();
    Ok(match check(commands, name, user.as_ref(), phc.flatten(), password, &client.into(), None).await? {
        Checked::Right => user.filter(|user| user.active).map_or(LogIn::Wrong, LogIn::Welcome),
        Checked::Wrong => LogIn::Wrong,
        Checked::Wait(retry_after_s) => LogIn::Throttled { retry_after_s },
        Checked::Spent(until) => LogIn::Spent { until },
        Checked::Busy => LogIn::Busy,
    })
}

enum Checked {
    Right,
    Wrong,
    Wait(u64),
    Spent(Timestamp),
    Busy,
}

/// `lane`: people who are logged in have the one of known people, also on a device that is not known.
async fn check(
    commands: &Commands,
    name: &str,
    user: Option<&User>,
    phc: Option<String>,
    password: &str,
    client: &Client,
    lane: Option<Lane>,
) -> Result<Checked> {
    let device = match (user, &phc) {
        (Some(user), Some(phc)) => devices::known(commands, client, user.id, phc).await?,
        _ => None,
    };
    let (who, usual) = match &device {
        Some(id) => (Who::Device(id), Lane::Known),
        None => (Who::Stranger { name, address: &client.address }, Lane::Stranger),
    };
    let counted = match commands.guesses().begin(who, commands.clock().now()) {
        Verdict::Go(counted) => counted,
        Verdict::Wait(seconds) => return Ok(Checked::Wait(seconds)),
        Verdict::Spent(until) => return Ok(Checked::Spent(until)),
    };
    match password::verify(password, phc.as_deref(), lane.unwrap_or(usual)).await {
        Ok(true) => {
            commands.guesses().was_right(counted);
            Ok(Checked::Right)
        }
        Ok(false) => Ok(Checked::Wrong),
        Err(error) => {
            commands.guesses().was_not_looked_at(counted);
            if matches!(error, PasswordError::Busy) { Ok(Checked::Busy) } else { Err(error.into()) }
        }
    }
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
        tx.delete_sign_in_tokens(user).await?;
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

/// Changes one's own password and ends one's sessions (log in again, or make a new session). The old password may be
/// tried as often as when logging in.
///
/// # Errors
/// `NotFound(User)`; `Invalid` for `old_password` or `password`; `Busy`.
pub async fn change_password(
    commands: &Commands,
    caller: &Caller,
    user: UserId,
    old_password: &str,
    password: &str,
    client: impl Into<Client>,
) -> Result<()> {
    let field = "old_password";
    let user = commands.read().user(user).await?.ok_or(CommandError::NotFound(What::User))?;
    let phc = commands.read().password_hash(user.id).await?;
    let lane = Some(Lane::Known);
    match check(commands, &user.name, Some(&user), phc, old_password, &client.into(), lane).await? {
        Checked::Right => replace_password(commands, caller, user.id, password, AuditKind::PasswordChanged).await,
        Checked::Wrong => Err(CommandError::invalid(field, "invalid-old-password")),
        Checked::Busy => Err(CommandError::Busy),
        Checked::Wait(seconds) => {
            let message = Message::new("invalid-password-wait").with("seconds", seconds);
            Err(CommandError::Invalid { field, message })
        }
        Checked::Spent(until) => {
            let minutes = (until.millis_since(commands.clock().now()).max(0) / 60_000) + 1;
            let message = Message::new("invalid-password-spent").with("minutes", minutes);
            Err(CommandError::Invalid { field, message })
        }
    }
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
    tx.delete_sign_in_tokens(user).await?;
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
