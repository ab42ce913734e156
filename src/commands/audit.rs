//! The audit log: every change of users, clusters, credentials and settings appends to it in its own transaction.

use std::collections::BTreeMap;

use super::{Caller, Commands, Result};
use crate::domain::audit::{AuditActor, AuditChange, AuditKind, differences};
use crate::store::WriteTx;

/// Appends one line. To be called in the transaction of the change. `subject`: name of the user, cluster or credential;
/// `changes`: from what to what, never a secret.
pub(super) async fn record(
    tx: &mut WriteTx,
    caller: &Caller,
    kind: AuditKind,
    subject: &str,
    changes: &[AuditChange],
) -> Result<()> {
    Ok(tx.append_audit(&caller.audit_actor(), kind, subject, changes).await?)
}

/// Compares the settings of this start with those of the last one, and records what differs. At the first start all of
/// them are recorded.
///
/// # Errors
/// The store's.
pub async fn note_settings(commands: &Commands, settings: &[(&'static str, String)]) -> Result<()> {
    let now: BTreeMap<_, _> = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut tx = commands.begin().await?;
    let last = tx.started_with().await?;
    let changes = differences(&last, &now);
    if changes.is_empty() {
        return Ok(());
    }
    tx.keep_started_with(&now).await?;
    tx.append_audit(&AuditActor::Start, AuditKind::SettingsChanged, "", &changes).await?;
    Ok(tx.commit().await?)
}
