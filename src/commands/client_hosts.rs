//! Where the own logs of clients of a cluster lie on other hosts.

use super::{Caller, CommandError, Commands, Result, What, audit, once};
use crate::domain::audit::{AuditChange, AuditKind};
use crate::domain::client_host::ClientHost;
use crate::domain::cluster::CredentialRef;
use crate::domain::credential::{self, Recipient, Refused, Release};
use crate::domain::id::ClusterId;
use crate::domain::message::Message;

/// Puts these in place of those before; what differs is in the audit log.
///
/// # Errors
/// `NotFound(Cluster)`; `Invalid` for `hosts`: a secret that nobody has released.
pub async fn save(commands: &Commands, caller: &Caller, cluster: ClusterId, hosts: &[ClientHost]) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let known = tx.cluster(cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    let before = tx.client_hosts(cluster).await?;
    check(commands, &tx.releases().await?, &before, hosts)?;
    if before != hosts {
        tx.save_client_hosts(cluster, hosts).await?;
        let changes = changes(&before, hosts);
        audit::record(&mut tx, caller, AuditKind::ClusterChanged, &known.name, &changes).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// As for nodes: refuses references that nobody has released, unless they were named before. One that is released for other
/// hosts waits for this one.
fn check(commands: &Commands, releases: &[Release], before: &[ClientHost], hosts: &[ClientHost]) -> Result<()> {
    let rules = commands.credential_rules();
    let named: Vec<CredentialRef> =
        before.iter().flat_map(|host| host.place.secrets()).map(|(reference, _)| reference).collect();
    for host in hosts {
        let to = Recipient::of_place(&host.place);
        for (reference, used) in host.place.secrets() {
            let permitted = credential::permit(rules, releases, &reference, used, &to);
            let waits = matches!(permitted, Ok(_) | Err(Refused::Elsewhere { .. }));
            if !waits && !named.contains(&reference) {
                let to: Vec<String> = to.iter().map(ToString::to_string).collect();
                let message = Message::new("client-hosts-unreleased")
                    .with("client", &host.client)
                    .with("reference", &reference)
                    .with("to", to.join(", "));
                return Err(CommandError::Invalid { field: "hosts", message });
            }
        }
    }
    Ok(())
}

/// Line by line: what is gone, another one or new.
fn changes(before: &[ClientHost], after: &[ClientHost]) -> Vec<AuditChange> {
    let of = |all: &[ClientHost], one: &ClientHost| {
        all.iter().find(|other| other.client == one.client).map(ClientHost::line)
    };
    let change = |before, after| AuditChange::new("client_host", before, after);
    let gone = before.iter().filter(|one| of(after, one).is_none()).map(|one| change(Some(one.line()), None));
    let new = after.iter().map(|one| (of(before, one), Some(one.line())));
    gone.chain(new.filter(|(before, after)| before != after).map(|(before, after)| change(before, after))).collect()
}
