//! What the watcher does with what enough looks in a row say of a cluster: it proposes an incident, or opens one by itself.
//! When which: [`crate::domain::on_silence`].

use super::steps::open_and_start_in;
use super::{Caller, Commands, Result, proposals};
use crate::domain::cluster::Cluster;
use crate::domain::on_silence::OnSilence;
use crate::domain::proposal::Seen;

/// Notes what the looks say: proposes, widens, goes on with or ends a proposal, and tells channels of it or opens the incident,
/// all in one transaction: what cannot be saved is not begun, and the next look tries again. `usual`: what is done in clusters
/// of which nobody said it. For the watcher.
///
/// # Errors
/// The store's; those of opening an incident.
pub async fn follow(commands: &Commands, cluster: &Cluster, seen: &Seen, usual: OnSilence) -> Result<()> {
    if !proposals::is_news(commands, cluster, seen).await? {
        return Ok(());
    }
    let seen = proposals::older(commands, cluster.id, seen.clone()).await?;
    let mut tx = commands.begin().await?;
    let Some(proposal) = proposals::follow_in(&mut tx, cluster, &seen).await? else { return Ok(()) };
    // What the looks were taken with may be older than what somebody just chose.
    let chosen = tx.cluster(cluster.id).await?.and_then(|cluster| cluster.on_silence).unwrap_or(usual);
    if proposal.is_opened(chosen, tx.settled_at(cluster.id).await?, tx.now()) {
        open_and_start_in(commands, &mut tx, &Caller::engine(), &proposal).await?;
    } else if proposal.ended.is_none() && proposal.told_at == tx.now() {
        proposals::tell(&mut tx, &proposal).await?;
    }
    tx.commit().await?;
    Ok(())
}
