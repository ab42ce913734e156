//! Taking on the restart of a node, so that nobody else restarts another one meanwhile.

use super::incidents::{check_text, load};
use super::{Caller, CommandError, Commands, Result, What, once};
use crate::domain::event::EventKind;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::incident::DomainError;
use crate::domain::restart_claim::{GateSaid, HOLDS_MS, RestartClaim};

/// A restart to be taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeRestart<'a> {
    /// The node.
    pub node: &'a NodeName,
    /// What the gate says of it.
    pub gate: GateSaid,
    /// Why all the same; needed where the gate does not say yes.
    pub reason: &'a str,
}

/// Takes on the restart of a node: of several people at once exactly one does, and the others are told who.
///
/// # Errors
/// `NotFound(Incident | Cluster | Node)`; `Domain(IncidentClosed | RestartTaken)`; `Invalid` for `reason`.
pub async fn take(commands: &Commands, caller: &Caller, incident: IncidentId, asked: TakeRestart<'_>) -> Result<()> {
    let reason = &*check_text(commands, "reason", asked.reason)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    loaded.require_open()?;
    let cluster = tx.cluster(loaded.cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    if cluster.node(asked.node).is_none() {
        return Err(CommandError::NotFound(What::Node));
    }
    if let Some(held) = tx.restart_claim(cluster.id).await? {
        return Err(DomainError::RestartTaken { by: held.by, node: held.node, until: held.until }.into());
    }
    if asked.gate != GateSaid::Yes && reason.is_empty() {
        return Err(CommandError::invalid("reason", "invalid-restart-reason"));
    }
    let reason = if asked.gate == GateSaid::Yes { "" } else { reason };
    let (at, node) = (tx.now(), asked.node.clone());
    let claim = RestartClaim {
        cluster: cluster.id,
        incident,
        node: node.clone(),
        by: caller.name.clone(),
        at,
        until: at.plus_millis(HOLDS_MS),
        ended_at: None,
        gate: asked.gate,
        reason: reason.to_owned(),
    };
    tx.insert_restart_claim(&claim).await?;
    let event = EventKind::RestartTaken { node, until: claim.until, gate: asked.gate, reason: reason.to_owned() };
    tx.append(incident, &caller.actor(), &event).await?;
    if !reason.is_empty() {
        tx.add_search_text(incident, &commands.findable(reason)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a restart that was taken on: it is done, or not done. `of_others`: also that of somebody else.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(NoChange | NotYours)`: none holds, or it is somebody else's.
pub async fn end(commands: &Commands, caller: &Caller, incident: IncidentId, of_others: bool) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    let claim = tx.restart_claim(loaded.cluster).await?.ok_or(DomainError::NoChange)?;
    if claim.by != caller.name && !of_others {
        return Err(DomainError::RestartTaken { by: claim.by, node: claim.node, until: claim.until }.into());
    }
    tx.end_restart_claim(&claim, &caller.name).await?;
    let event = EventKind::RestartEnded { node: claim.node.clone() };
    tx.append(claim.incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}
