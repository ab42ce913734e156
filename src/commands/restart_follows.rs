//! Starts of nodes whose restart somebody took on: followed by the looks that are kept, and told in the timeline.

use super::{Commands, Result};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::NodeName;
use crate::domain::look::Grain;
use crate::domain::restart_claim::RestartClaim;
use crate::domain::start_followed::{self, BEFORE_CLAIM_MS, BEFORE_DOWN_MS, Earlier, Follow, Input, LONGEST_MS};
use crate::domain::time::Timestamp;
use crate::store::ReadStore;

/// Most earlier starts that are compared with.
const MOST_EARLIER: usize = 5;

/// The start by what is kept: as it was told when it was over, or as the looks up to `now` say.
///
/// # Errors
/// The store's.
pub async fn read(read: &ReadStore, claim: &RestartClaim, now: Timestamp) -> Result<Follow> {
    let told = told(read, claim).await?;
    match told.into_iter().find(|follow| follow.over) {
        Some(over) => Ok(over),
        None => by_looks(read, claim, now).await,
    }
}

/// Restarts that are followed at that moment, oldest first: of open incidents, taken on not too long ago and not over.
///
/// # Errors
/// The store's.
pub async fn followed(read: &ReadStore, now: Timestamp) -> Result<Vec<RestartClaim>> {
    let mut followed = Vec::new();
    for claim in read.open_restart_claims(now.plus_millis(-FORGOTTEN_MS)).await? {
        if !told(read, &claim).await?.iter().any(|follow| follow.over) {
            followed.push(claim);
        }
    }
    Ok(followed)
}

/// A start that nobody looked at until then is not told of any more, milliseconds: single looks are kept for so long.
const FORGOTTEN_MS: i64 = 24 * 3_600_000 + LONGEST_MS;

/// Looks at a start anew and tells in the timeline what is news; `before`: how it stood at the look before. Pages that show it
/// are told whenever a row is another one.
///
/// # Errors
/// The store's.
pub async fn tell(commands: &Commands, claim: &RestartClaim, before: Option<&Follow>) -> Result<Follow> {
    let follow = by_looks(commands.read(), claim, commands.clock().now()).await?;
    if before.is_some_and(|before| follow.says_the_same(before)) {
        return Ok(follow);
    }
    let mut tx = commands.begin().await?;
    if !tx.incident(claim.incident).await?.is_some_and(|incident| incident.state.is_open()) {
        return Ok(follow);
    }
    let told = of_claim(claim, tx.restart_follows(claim.incident).await?);
    if follow.is_news_after(&told) {
        let event = EventKind::RestartFollowed { node: claim.node.clone(), follow: Box::new(follow.clone()) };
        tx.append(claim.incident, &Actor::Engine, &event).await?;
    } else {
        tx.show_anew(claim.incident);
    }
    tx.commit().await?;
    Ok(follow)
}

/// What the timeline was told of a start.
async fn told(read: &ReadStore, claim: &RestartClaim) -> Result<Vec<Follow>> {
    Ok(of_claim(claim, read.restart_follows(claim.incident).await?))
}

/// Those that are about this start.
fn of_claim(claim: &RestartClaim, told: Vec<(NodeName, Follow)>) -> Vec<Follow> {
    let own = told.into_iter().filter(|(node, follow)| *node == claim.node && follow.claimed_at == claim.at);
    own.map(|(_, follow)| follow).collect()
}

async fn by_looks(read: &ReadStore, claim: &RestartClaim, now: Timestamp) -> Result<Follow> {
    let nodes = read.cluster(claim.cluster).await?.map_or(0, |cluster| cluster.nodes.len());
    let silent_since = read.silent_since_by(claim.cluster, &claim.node, claim.at).await?;
    let until = now.min(claim.at.plus_millis(LONGEST_MS)).plus_millis(1);
    let from = claim.at.plus_millis(-BEFORE_CLAIM_MS);
    let looks = read.looks(claim.cluster, Grain::Look, from, until).await?;
    let down = silent_since.map_or(claim.at, |(since, _)| since);
    let lead = read.looks(claim.cluster, Grain::Look, down.plus_millis(-BEFORE_DOWN_MS), down).await?;
    let starts = read.starts_of(claim.cluster, &claim.node, claim.at).await?;
    let earlier: Vec<Earlier> = starts.iter().filter_map(Earlier::of).take(MOST_EARLIER).collect();
    let next_at = read.next_restart_claim(claim).await?;
    Ok(start_followed::follow(&Input {
        claim,
        next_at,
        nodes,
        silent_since,
        lead: &lead,
        looks: &looks,
        earlier: &earlier,
        now,
    }))
}
