//! Closing an incident: recovered or not, with what was measured of it.

use super::incidents::{check_text, load};
use super::{Caller, CommandError, Commands, Result, impact, once};
use crate::domain::closure::{Closure, Limits, Measured, Watch};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::event::EventKind;
use crate::domain::id::IncidentId;
use crate::domain::incident::{DomainError, Incident};
use crate::domain::state::StateSeen;
use crate::domain::time::Timestamp;
use crate::nacos::timing;
use crate::store::WriteTx;
use crate::store::samples::{Monitor, SampleSpan};

/// How an incident is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseIncident {
    /// The cluster has recovered.
    pub recovered: bool,
    /// How that is known, or why it is closed without; may be empty where the recovery is measured.
    pub reason: String,
    /// The exit criterion: how long nothing may flap, milliseconds.
    pub stable_ms: i64,
}

/// Closes an incident. One that recovered needs every step decided; none may have checks that run. The monitor stops.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed | ClosedMeanwhile | StepUndecided | ChecksRunning)`; `Invalid` for `reason`.
pub async fn close(commands: &Commands, caller: &Caller, incident: IncidentId, close: &CloseIncident) -> Result<()> {
    let CloseIncident { recovered, stable_ms, .. } = *close;
    let reason = &*check_text(commands, "reason", &close.reason)?;
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    // Nothing is committed by others while this transaction is open.
    if !loaded.state.is_open()
        && let Some(Closure { by, at, .. }) = commands.read().closure(incident).await?
    {
        return Err(DomainError::ClosedMeanwhile { by, at }.into());
    }
    let steps = tx.step_progress(incident).await?;
    // Where nobody said it before, the impact is over since things were seen to be well again; else nobody knows.
    let over_at = match loaded.mitigated_at {
        None if recovered => impact::seen(&mut tx, &loaded).await?.map(|back| (back.at, back.healthy)),
        _ => None,
    };
    let from = loaded.close(&steps, recovered, over_at.map(|(at, _)| at), tx.now())?;
    let (monitor, span) = (tx.monitor(incident).await?, tx.sample_span(incident).await?);
    let newest = tx.diagnosis(incident).await?;
    let seen = seen(&mut tx, &loaded, newest.as_ref()).await?;
    let measured = measured(monitor.as_ref(), span, newest.as_ref(), tx.now(), stable_ms);
    if reason.is_empty() && Closure::needs_reason(recovered, &measured) {
        let key = if recovered { "closure-how-missing" } else { "closure-why-missing" };
        return Err(CommandError::invalid("reason", key));
    }
    tx.stop_monitor(incident).await?;
    if let Some((at, measured_at)) = over_at {
        tx.insert_impact_end(incident, at, measured_at, &caller.name).await?;
    }
    let over_at = over_at.map(|(at, _)| at);
    tx.insert_closure(incident, recovered, &measured, reason, &caller.name).await?;
    tx.update_incident(&loaded).await?;
    let (recovered, measured, note) = (Some(recovered), Some(measured), reason.to_owned());
    let event = EventKind::StateChanged { from, to: loaded.state, note, recovered, measured, seen, over_at };
    tx.append(incident, &caller.actor(), &event).await?;
    if !reason.is_empty() {
        tx.add_search_text(incident, &commands.findable(reason)).await?;
    }
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// How the cluster stands by the newest measurement: the newest diagnosis, the monitor's newest samples, the watcher's newest look.
async fn seen(tx: &mut WriteTx, incident: &Incident, newest: Option<&Diagnosis>) -> Result<Option<StateSeen>> {
    let now = tx.now();
    let samples = tx.newest_samples(incident.id, now).await?;
    let nodes = tx.cluster(incident.cluster).await?.map(|cluster| cluster.nodes.len());
    let look = tx.newest_look(incident.cluster, now).await?;
    Ok(StateSeen::of(newest, &samples, nodes, look.as_ref()))
}

/// What is measured of the recovery at `now`. `span`: the first and the newest sample; `stable_ms`: the exit criterion.
#[must_use]
pub fn measured(
    monitor: Option<&Monitor>,
    span: Option<SampleSpan>,
    newest: Option<&Diagnosis>,
    now: Timestamp,
    stable_ms: i64,
) -> Measured {
    let runs = monitor.filter(|monitor| monitor.stopped_at.is_none());
    let watch = runs.zip(span).map(|(monitor, span)| Watch {
        watched_from: span.first,
        stable_since: monitor.stable_since,
        well_since: monitor.well_since,
        sampled_at: span.newest,
    });
    let limits = Limits { stable_ms, sample_ms: timing::SAMPLE_GAP_MS, diagnosis_ms: timing::GATE_FRESH_MS };
    Measured::at(now, watch, newest.map(|newest| (newest.health, newest.at)), limits)
}
