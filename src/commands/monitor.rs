//! Watching a cluster after the repair (step 6): on, off, and the samples.

use super::incidents::load;
use super::{Caller, Commands, Result, once};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::message::Message;
use crate::domain::observed::SampleSeen;
use crate::store::WriteTx;

/// Starts the monitor of an incident; the stable time counts from now. No-op if it runs.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`.
pub async fn start(commands: &Commands, caller: &Caller, incident: IncidentId) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    load(&mut tx, incident).await?.require_open()?;
    start_in(&mut tx, caller, incident).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Starts it as a part of something else, unless it runs.
pub(super) async fn start_in(tx: &mut WriteTx, caller: &Caller, incident: IncidentId) -> Result<()> {
    if tx.monitor(incident).await?.is_some_and(|monitor| monitor.stopped_at.is_none()) {
        return Ok(());
    }
    tx.start_monitor(incident, &caller.name).await?;
    tx.append(incident, &caller.actor(), &EventKind::MonitorStarted).await?;
    Ok(())
}

/// Stops it; no-op if it does not run.
///
/// # Errors
/// `NotFound(Incident)`.
pub async fn stop(commands: &Commands, caller: &Caller, incident: IncidentId) -> Result<()> {
    let mut tx = commands.begin().await?;
    load(&mut tx, incident).await?;
    if tx.stop_monitor(incident).await? {
        tx.append(incident, &caller.actor(), &EventKind::MonitorStopped).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What samples mean for the stable time of a monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settling {
    /// The cluster is not stable now, or only since these samples: the stable time starts anew.
    pub unsettled: bool,
    /// Trouble was seen in them, not only that nobody had looked for a while.
    pub troubled: bool,
    /// What ended a stable time just now; `None`: nothing.
    pub flapped: Option<Message>,
}

/// For the engine: saves one sample of every node. The stable time starts anew as `settling` says; the timeline hears of what
/// flapped once.
///
/// # Errors
/// The store's.
pub async fn save_samples(
    commands: &Commands,
    incident: IncidentId,
    samples: Vec<(NodeName, SampleSeen)>,
    settling: Settling,
) -> Result<()> {
    let Settling { unsettled, troubled, flapped } = settling;
    let mut tx = commands.begin().await?;
    for (node, sample) in &samples {
        tx.insert_sample(incident, node, sample).await?;
    }
    if unsettled || flapped.is_some() {
        let since = samples.iter().map(|(_, sample)| sample.at).max().unwrap_or(tx.now());
        tx.reset_monitor(incident, since, troubled).await?;
    }
    if let Some(why) = flapped {
        tx.append(incident, &Actor::Engine, &EventKind::MonitorReset { why }).await?;
    }
    tx.commit().await?;
    Ok(())
}
