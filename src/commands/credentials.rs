//! Releases of credentials: which secret may be sent where. Only administrators reach these functions, except
//! [`take_over`], which the program calls at its start.

use std::collections::BTreeMap;

use super::{Caller, CommandError, Commands, Result, What, audit, once};
use crate::domain::audit::{AuditKind, differences};
use crate::domain::cluster::{Cluster, CredentialRef};
use crate::domain::credential::{self, MOST_RECIPIENTS, NotReleasable, Purpose, Recipient, Release, VARIABLES};
use crate::domain::id::ReleaseId;
use crate::domain::message::Message;
use crate::store::WriteTx;

/// Releases a reference for some addresses.
///
/// # Errors
/// `Invalid` for `reference` (released already, not a variable or file that can be released) or `recipients`.
pub async fn release(
    commands: &Commands,
    caller: &Caller,
    reference: CredentialRef,
    purpose: Purpose,
    recipients: Vec<Recipient>,
) -> Result<Release> {
    let reference = complete(commands, reference)?;
    check(&recipients)?;
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let inserted = tx.insert_release(&reference, purpose, &recipients, false, &caller.name).await?;
    let id = inserted.ok_or_else(|| CommandError::invalid("reference", "invalid-release-twice"))?;
    let by = caller.name.clone();
    let at = tx.now();
    let release = Release { id, reference, purpose, recipients, taken_over: false, reviewed_at: None, by, at };
    once::keep(&mut tx, caller, &release).await?;
    note(&mut tx, caller, None, Some(&release)).await?;
    tx.commit().await?;
    Ok(release)
}

/// Replaces the addresses of a release.
///
/// # Errors
/// `NotFound(Release)`; `Invalid` for `recipients`.
pub async fn change(commands: &Commands, caller: &Caller, id: ReleaseId, recipients: Vec<Recipient>) -> Result<()> {
    check(&recipients)?;
    let mut tx = commands.begin().await?;
    let before = find(&mut tx, id).await?;
    tx.update_release(id, &recipients).await?;
    note(&mut tx, caller, Some(&before), Some(&Release { recipients, ..before.clone() })).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds addresses to a release: those that an administrator was shown and confirms.
///
/// # Errors
/// `NotFound(Release)`; `Invalid` for `recipients`.
pub async fn confirm(commands: &Commands, caller: &Caller, id: ReleaseId, more: Vec<Recipient>) -> Result<()> {
    let mut tx = commands.begin().await?;
    let before = find(&mut tx, id).await?;
    let mut release = before.clone();
    release.recipients.extend(more.into_iter().filter(|one| !before.recipients.contains(one)));
    check(&release.recipients)?;
    tx.update_release(id, &release.recipients).await?;
    note(&mut tx, caller, Some(&before), Some(&release)).await?;
    tx.commit().await?;
    Ok(())
}

/// Says that an administrator looked at a release that was taken over, and leaves it as it is.
///
/// # Errors
/// `NotFound(Release)`.
pub async fn review(commands: &Commands, caller: &Caller, id: ReleaseId) -> Result<()> {
    let mut tx = commands.begin().await?;
    let release = find(&mut tx, id).await?;
    tx.review_release(id).await?;
    let reviewed_at = release.reviewed_at.or(Some(tx.now()));
    note(&mut tx, caller, Some(&release), Some(&Release { reviewed_at, ..release.clone() })).await?;
    tx.commit().await?;
    Ok(())
}

/// Withdraws a release: from now on the secret is not used any more.
///
/// # Errors
/// `NotFound(Release)`.
pub async fn withdraw(commands: &Commands, caller: &Caller, id: ReleaseId) -> Result<()> {
    let mut tx = commands.begin().await?;
    let release = find(&mut tx, id).await?;
    tx.delete_release(id).await?;
    note(&mut tx, caller, Some(&release), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Releases what clusters used before there were releases, for the addresses that have it. Done once, in one transaction;
/// returns how many there are.
///
/// # Errors
/// The store's.
pub async fn take_over(commands: &Commands) -> Result<usize> {
    // Nothing is written at a usual start: the disk may be full.
    if !commands.read().wants_take_over().await? {
        return Ok(0);
    }
    let mut tx = commands.begin().await?;
    if !tx.begin_take_over().await? {
        return Ok(0);
    }
    let found = credential::in_use(commands.credential_rules(), &tx.clusters().await?);
    for (reference, purpose, recipients) in &found {
        tx.insert_release(reference, *purpose, recipients, true, "").await?;
    }
    for release in tx.releases().await? {
        note(&mut tx, &Caller::start(), None, Some(&release)).await?;
    }
    tx.commit().await?;
    if !found.is_empty() {
        tracing::warn!(
            credentials = found.len(),
            "credentials in use were released for the addresses that have them: an administrator should review them"
        );
    }
    Ok(found.len())
}

/// The whole reference, if an administrator may have it read; otherwise why not, at the field `reference`.
pub(super) fn complete(commands: &Commands, reference: CredentialRef) -> Result<CredentialRef> {
    let rules = commands.credential_rules();
    let reference = rules.complete(reference);
    rules.check(&reference).map_err(|not| {
        let message = match not {
            NotReleasable::Variable => Message::new("invalid-release-variable").with("begin", VARIABLES),
            NotReleasable::File => {
                let folders: Vec<_> = rules.folders.iter().map(|folder| folder.display().to_string()).collect();
                Message::new("invalid-release-file").with("folders", folders.join(", "))
            }
        };
        CommandError::Invalid { field: "reference", message: message.with("reference", &reference) }
    })?;
    Ok(reference)
}

/// Refuses a cluster that names a reference which nobody has released.
pub(super) async fn check_cluster(
    commands: &Commands,
    tx: &mut WriteTx,
    before: Option<&Cluster>,
    cluster: &Cluster,
) -> Result<()> {
    let rules = commands.credential_rules();
    let unreleased = credential::new_unreleased(rules, &tx.releases().await?, before, cluster);
    match unreleased.first() {
        None => Ok(()),
        Some((need, _)) => Err(CommandError::Invalid { field: "credential", message: credential::told(rules, need) }),
    }
}

async fn find(tx: &mut WriteTx, id: ReleaseId) -> Result<Release> {
    let found = tx.releases().await?.into_iter().find(|release| release.id == id);
    found.ok_or(CommandError::NotFound(What::Release))
}

fn check(recipients: &[Recipient]) -> Result<()> {
    if recipients.is_empty() {
        return Err(CommandError::invalid("recipients", "invalid-release-nowhere"));
    }
    if recipients.len() > MOST_RECIPIENTS {
        return Err(CommandError::invalid("recipients", "invalid-release-many"));
    }
    Ok(())
}

/// The one place in which every change of a release is told; called in the transaction of the change.
async fn note(tx: &mut WriteTx, caller: &Caller, before: Option<&Release>, after: Option<&Release>) -> Result<()> {
    let Some(release) = after.or(before) else { return Ok(()) };
    let kind = match (before, after) {
        (None, _) => AuditKind::CredentialReleased,
        (Some(_), Some(_)) => AuditKind::CredentialChanged,
        (Some(_), None) => AuditKind::CredentialWithdrawn,
    };
    let fields = |release: Option<&Release>| {
        let mut fields = BTreeMap::new();
        if let Some(release) = release {
            let to: Vec<_> = release.recipients.iter().map(ToString::to_string).collect();
            fields.insert("purpose".to_owned(), release.purpose.as_str().to_owned());
            fields.insert("recipients".to_owned(), to.join(" "));
            if release.taken_over {
                fields.insert("reviewed".to_owned(), (!release.wants_review()).to_string());
            }
        }
        fields
    };
    let changes = differences(&fields(before), &fields(after));
    audit::record(tx, caller, kind, &release.reference.to_string(), &changes).await?;
    tracing::info!(credential.reference = %release.reference, by = %caller.name, "{}", kind.as_str());
    Ok(())
}
