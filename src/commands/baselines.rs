//! What a cluster was like when all was well: kept in versions.

use super::{Commands, Result};
use crate::domain::baseline::{Baseline, ClusterSeen, MOST_BYTES, MOST_VERSIONS, NodeSeen, Told};
use crate::domain::id::ClusterId;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;

/// Keeps what was seen: as a version of its own where it is news after the newest; where it is the same, the newest is
/// so still. Where less was seen than then, nobody knows whether it is. The newest after that; `None`: the cluster is
/// gone.
///
/// # Errors
/// The store's.
pub async fn keep(
    commands: &Commands,
    cluster: ClusterId,
    (well_since, at): (Timestamp, Timestamp),
    seen: ClusterSeen,
) -> Result<Option<Baseline>> {
    let seen = bounded(seen);
    let mut tx = commands.begin().await?;
    let newest = tx.newest_baseline(cluster).await?;
    if let Some(mut newest) = newest.filter(|newest| !seen.is_news_after(&newest.seen)) {
        if seen.covers(&newest.seen) {
            tx.baseline_still_so(cluster, newest.version, at).await?;
            tx.commit().await?;
            newest.still_so_at = newest.still_so_at.max(at);
        }
        return Ok(Some(newest));
    }
    let taken = Baseline { version: 0, well_since, taken_at: at, still_so_at: at, seen };
    let version = tx.insert_baseline(cluster, &taken).await?;
    tx.drop_old_baselines(cluster, MOST_VERSIONS).await?;
    tx.commit().await?;
    Ok(version.map(|version| Baseline { version, ..taken }))
}

/// What is too large is left out, the longest lists first.
fn bounded(mut seen: ClusterSeen) -> ClusterSeen {
    let is_large = |seen: &ClusterSeen| serde_json::to_vec(seen).is_ok_and(|text| text.len() > MOST_BYTES);
    let why = Message::new("baseline-too-large");
    let lists: [fn(&mut NodeSeen, &Message); 3] = [
        |node, why| node.services = Told::NotSeen(why.clone()),
        |node, why| node.clients = Told::NotSeen(why.clone()),
        |node, why| *node = NodeSeen::unseen(why),
    ];
    for leave_out in lists {
        if !is_large(&seen) {
            break;
        }
        seen.nodes.values_mut().for_each(|node| leave_out(node, &why));
    }
    seen
}
