//! Captures of a node's evidence: asked for and cancelled by people; claimed, kept and recorded by the engine.

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, What, once, to_dos};
use crate::domain::capture::{Capture, CaptureEnd, CaptureResult, CaptureState};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{CaptureId, IncidentId, NodeName};
use crate::domain::incident::DomainError;
use crate::store::WriteTx;
use crate::store::captured_files::Packed;

/// Asks for the evidence of a node. Where that is under way already, nothing is started.
///
/// # Errors
/// `NotFound(Incident | Node)`; `Domain(IncidentClosed)`.
pub async fn start(commands: &Commands, caller: &Caller, incident: IncidentId, node: &NodeName) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let loaded = load(&mut tx, incident).await?;
    loaded.require_open()?;
    let cluster = tx.cluster(loaded.cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    cluster.node(node).ok_or(CommandError::NotFound(What::Node))?;
    if tx.insert_capture(incident, node, &caller.name).await?.is_some() {
        tx.append(incident, &caller.actor(), &EventKind::CaptureStarted { node: node.0.clone() }).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Cancels one: at once if it is queued, else the engine is told to stop it. What it has copied is kept.
///
/// # Errors
/// `NotFound(Capture)`: there is none of that incident; `Domain(AlreadyEnded)`.
pub async fn cancel(commands: &Commands, caller: &Caller, incident: IncidentId, id: CaptureId) -> Result<()> {
    let mut tx = commands.begin().await?;
    let found = tx.capture(id).await?.filter(|capture| capture.incident == incident);
    let capture = found.ok_or(CommandError::NotFound(What::Capture))?;
    match capture.state {
        CaptureState::Queued => {
            let end = CaptureEnd::Cancelled { by: caller.name.clone() };
            finish(&mut tx, id, &end.into(), &caller.actor()).await?;
        }
        CaptureState::Running { .. } => tx.ask_to_cancel_capture(&capture, &caller.name).await?,
        CaptureState::Ended { .. } => return Err(DomainError::AlreadyEnded.into()),
    }
    tx.commit().await?;
    Ok(())
}

/// For the engine: marks one as running, committed before anything is read. `None`: it is no longer queued.
///
/// # Errors
/// The store's.
pub async fn claim(commands: &Commands, engine: &str, id: CaptureId) -> Result<Option<Capture>> {
    let mut tx = commands.begin().await?;
    let claimed = tx.claim_capture(id, engine).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// For the engine: notes what is being read.
///
/// # Errors
/// The store's.
pub async fn note_reads(commands: &Commands, capture: &Capture, reads: &str) -> Result<()> {
    let mut tx = commands.begin().await?;
    tx.note_capture_reads(capture, reads).await?;
    tx.commit().await?;
    Ok(())
}

/// For the engine: keeps one thing that was copied.
///
/// # Errors
/// The store's.
pub async fn keep(commands: &Commands, capture: &Capture, packed: &Packed) -> Result<()> {
    let mut tx = commands.begin().await?;
    tx.insert_captured_file(capture, packed).await?;
    tx.commit().await?;
    Ok(())
}

/// For the engine: records how one ended, and marks the to-do that asked for it where what matters is kept.
///
/// # Errors
/// The store's.
pub async fn record(commands: &Commands, id: CaptureId, result: &CaptureResult) -> Result<()> {
    let mut tx = commands.begin().await?;
    finish(&mut tx, id, result, &Actor::Engine).await?;
    tx.commit().await?;
    Ok(())
}

/// For the engine: every running one that is not `engine`'s becomes `Interrupted`; says how many.
///
/// # Errors
/// The store's.
pub async fn interrupt_others(commands: &Commands, engine: &str) -> Result<u32> {
    let mut tx = commands.begin().await?;
    let running = tx.running_captures_of_others(engine).await?;
    if running.is_empty() {
        return Ok(0);
    }
    for id in &running {
        finish(&mut tx, *id, &CaptureEnd::Interrupted.into(), &Actor::Engine).await?;
    }
    tx.commit().await?;
    Ok(u32::try_from(running.len()).unwrap_or(u32::MAX))
}

async fn finish(tx: &mut WriteTx, id: CaptureId, result: &CaptureResult, actor: &Actor) -> Result<()> {
    let Some(capture) = tx.end_capture(id, result).await? else { return Ok(()) };
    let mut files = tx.captured_files(capture.incident).await?;
    files.retain(|file| file.capture == id);
    let event = EventKind::CaptureEnded {
        node: capture.node.0.clone(),
        end: result.end.as_str().to_owned(),
        files: count(files.len()),
        size_bytes: files.iter().map(|file| file.size_bytes).sum(),
        missing: count(result.missing.len()),
    };
    tx.append(capture.incident, actor, &event).await?;
    to_dos::mark_kept(tx, capture.incident).await
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
