//! Links that show the wall screen without an account: made, shown once, ended.

use super::{Caller, CommandError, Commands, Result, What, audit, token};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::board_link::{BoardLink, LENGTHS_DAYS};
use crate::domain::id::BoardLinkId;
use crate::domain::time::Timestamp;

/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 100;
/// Most that hold at once.
const MOST: usize = 50;
/// A day, milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A link that was made; its key is told here and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeBoardLink {
    /// The key.
    pub key: String,
    /// When it ends.
    pub until: Timestamp,
}

/// Makes a link for a screen that hangs at a place of that name, for so many days.
///
/// # Errors
/// `Invalid` for `name` and `days`.
pub async fn make(commands: &Commands, caller: &Caller, name: &str, days: u32) -> Result<MadeBoardLink> {
    let name = name.trim();
    if name.is_empty() {
        return Err(CommandError::invalid("name", "web-form-required"));
    }
    if name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(CommandError::invalid("name", "invalid-name"));
    }
    if !LENGTHS_DAYS.contains(&days) {
        return Err(CommandError::invalid("days", "invalid-board-days"));
    }
    let key = token::random()?;
    let mut tx = commands.begin().await?;
    let now = tx.now();
    if tx.board_links().await?.iter().filter(|link| link.holds_at(now)).count() >= MOST {
        return Err(CommandError::invalid("name", "invalid-board-many"));
    }
    let until = now.plus_millis(i64::from(days) * DAY_MS);
    tx.insert_board_link(&token::hash(&key), name, &caller.name, until).await?;
    audit::record(&mut tx, caller, AuditKind::BoardLinkMade, name, &[AuditChange::set("until", until)]).await?;
    tx.commit().await?;
    Ok(MadeBoardLink { key, until })
}

/// Ends one. Where it is over already, nothing happens.
///
/// # Errors
/// `NotFound(Token)`.
pub async fn end(commands: &Commands, caller: &Caller, id: BoardLinkId) -> Result<()> {
    let mut tx = commands.begin().await?;
    let link = tx.board_links().await?.into_iter().find(|link| link.id == id);
    let link = link.ok_or(CommandError::NotFound(What::Token))?;
    if !link.holds_at(tx.now()) {
        return Ok(());
    }
    tx.end_board_link(id, &caller.name).await?;
    audit::record(&mut tx, caller, AuditKind::BoardLinkEnded, &link.name, &[]).await?;
    tx.commit().await?;
    Ok(())
}

/// The link that this key opens now; `None`: none, or it is over.
///
/// # Errors
/// The store's.
pub async fn opened_by(commands: &Commands, key: &str) -> Result<Option<BoardLink>> {
    let link = commands.read().board_link(&token::hash(key)).await?;
    Ok(link.filter(|link| link.holds_at(commands.clock().now())))
}
