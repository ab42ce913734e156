//! What the watcher saw: saved as it comes, folded into minutes and hours, dropped when it is old.

use std::collections::{BTreeMap, BTreeSet};

use super::{Commands, Result};
use crate::domain::event::{Actor, Event, EventKind};
use crate::domain::id::{ClusterId, IncidentId, NodeName};
use crate::domain::look::{Grain, Kept, Look, Standing};
use crate::domain::service_counts::ServiceCounts;
use crate::domain::time::Timestamp;
use crate::store::clients_seen::{self, NamedLook};

/// Saves the looks of one moment, and whom they saw connected. One transaction, whatever the number of clusters.
///
/// # Errors
/// The store's.
pub async fn save(commands: &Commands, looks: &[(ClusterId, Look)], named: &[NamedLook]) -> Result<()> {
    if looks.is_empty() && named.is_empty() {
        return Ok(());
    }
    let mut tx = commands.begin().await?;
    for (cluster, look) in looks {
        tx.insert_look(*cluster, Grain::Look, look).await?;
    }
    let mut grown = BTreeSet::new();
    for look in named {
        if tx.note_clients(look).await? {
            grown.insert(look.cluster);
        }
        tx.note_published(look).await?;
    }
    for cluster in grown {
        tx.bound_clients_seen(cluster, clients_seen::MOST_ROWS).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Saves the services that nodes list.
///
/// # Errors
/// The store's.
pub async fn save_services(commands: &Commands, listed: &[(ClusterId, NodeName, ServiceCounts)]) -> Result<()> {
    let mut tx = commands.begin().await?;
    for (cluster, node, listed) in listed {
        tx.save_service_counts(*cluster, node, listed).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Tells in the timeline of an open incident how its cluster stands, unless the newest entry of that kind says the same. A
/// cluster that comes and goes is told of once a minute, except where it got worse.
///
/// # Errors
/// The store's.
pub async fn tell(commands: &Commands, incident: IncidentId, standing: &Standing) -> Result<()> {
    let mut tx = commands.begin().await?;
    if !tx.incident(incident).await?.is_some_and(|incident| incident.state.is_open()) {
        return Ok(());
    }
    let before = tx.newest_seen(incident).await?;
    let mut was_silent = Vec::new();
    if let Some(Event { at, kind: EventKind::ClusterSeen { state, silent, .. }, .. }) = before {
        let worse = standing.state > state;
        let is_news = standing.says() != (state, &silent);
        if !is_news || !worse && commands.clock().now().millis_since(at) < TOLD_EVERY_MS {
            return Ok(());
        }
        was_silent = silent;
    }
    was_silent.retain(|node| !standing.silent.contains(node));
    let Standing { state, since, silent, .. } = standing.clone();
    tx.append(incident, &Actor::Engine, &EventKind::ClusterSeen { state, since, silent, back: was_silent }).await?;
    tx.commit().await?;
    Ok(())
}

/// Least time between two entries, milliseconds.
const TOLD_EVERY_MS: i64 = 60_000;

/// Folds looks into the minutes, and minutes into the hours, that are over.
///
/// # Errors
/// The store's.
pub async fn fold(commands: &Commands) -> Result<()> {
    let now = commands.clock().now();
    let mut tx = commands.begin().await?;
    let mut folded = false;
    for (fine, coarse) in [(Grain::Look, Grain::Minute), (Grain::Minute, Grain::Hour)] {
        let done = tx.look_spans(coarse).await?;
        for (cluster, (first, newest)) in tx.look_spans(fine).await? {
            let next = done.get(&cluster).map(|(_, newest)| newest.plus_millis(coarse.ms()));
            let from = next.map_or(coarse.begin(first), |next| next.max(coarse.begin(first)));
            let to = coarse.begin(now);
            if from >= to || newest < from {
                continue;
            }
            let mut periods: BTreeMap<Timestamp, Vec<Look>> = BTreeMap::new();
            for look in tx.looks(cluster, fine, from, to).await? {
                periods.entry(coarse.begin(look.at)).or_default().push(look);
            }
            for (begin, looks) in periods {
                if let Some(look) = Look::fold(begin, &looks) {
                    tx.insert_look(cluster, coarse, &look).await?;
                    folded = true;
                }
            }
        }
    }
    if folded {
        tx.commit().await?;
    }
    Ok(())
}

/// For so long an open incident keeps who was connected before it, milliseconds.
const SPARED_MS: i64 = 7 * 24 * 3_600_000;

/// Removes what is older than it is kept. How many entries.
///
/// # Errors
/// The store's.
pub async fn drop_old(commands: &Commands, kept: Kept) -> Result<u64> {
    let now = commands.clock().now();
    let mut tx = commands.begin().await?;
    let mut dropped = 0;
    for (grain, ms) in
        [(Grain::Look, kept.looks_ms()), (Grain::Minute, kept.minutes_ms()), (Grain::Hour, kept.hours_ms())]
    {
        dropped += tx.drop_looks(grain, now.plus_millis(-ms)).await?;
    }
    dropped += tx.drop_unused_look_states().await?;
    dropped += tx.drop_clients_seen(now.plus_millis(-kept.looks_ms()), now.plus_millis(-SPARED_MS)).await?;
    dropped += tx.drop_clients_published().await?;
    if dropped > 0 {
        tx.commit().await?;
    }
    Ok(dropped)
}
