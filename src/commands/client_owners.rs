//! Whose clients of a cluster they are.

use super::{Caller, CommandError, Commands, Result, What, audit, once};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::client_owner::ClientOwner;
use crate::domain::id::ClusterId;

/// Puts these in place of those before; what differs is in the audit log.
///
/// # Errors
/// `NotFound(Cluster)`.
pub async fn save(commands: &Commands, caller: &Caller, cluster: ClusterId, owners: &[ClientOwner]) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let known = tx.cluster(cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    let before = tx.client_owners(cluster).await?;
    if before != owners {
        tx.save_client_owners(cluster, owners).await?;
        let changes = changes(&before, owners);
        audit::record(&mut tx, caller, AuditKind::ClusterChanged, &known.name, &changes).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Line by line: what is gone, another one or new. What only stands elsewhere means the same.
fn changes(before: &[ClientOwner], after: &[ClientOwner]) -> Vec<AuditChange> {
    let of =
        |all: &[ClientOwner], one: &ClientOwner| all.iter().find(|other| other.what == one.what).map(ClientOwner::line);
    let change = |before, after| AuditChange::new("client_owner", before, after);
    let gone = before.iter().filter(|one| of(after, one).is_none()).map(|one| change(Some(one.line()), None));
    let new = after.iter().map(|one| (of(before, one), Some(one.line())));
    gone.chain(new.filter(|(before, after)| before != after).map(|(before, after)| change(before, after))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_line_by_line() {
        let read = |text: &str| ClientOwner::parse(text, &[]).expect("owners");
        let (before, after) = (read("order → a\npay → b\n10.0.4.7 → c"), read("10.0.4.7 → c\norder → z\nbill → d"));
        let told: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|one| (one.before.unwrap_or_default(), one.after.unwrap_or_default()))
            .collect();
        let line = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        assert_eq!(told, [line("pay → b", ""), line("order → a", "order → z"), line("", "bill → d")]);
    }
}
