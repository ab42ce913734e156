//! When the impact of an incident was over: said by a person, suggested by what was measured.

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, once};
use crate::domain::diagnosis::{Diagnosis, Health};
use crate::domain::event::{Event, EventKind};
use crate::domain::id::IncidentId;
use crate::domain::impact::{NotThen, SeenBack, Settled, health_back};
use crate::domain::incident::{Incident, IncidentState};
use crate::domain::look::LookState;
use crate::domain::time::Timestamp;
use crate::nacos::timing;
use crate::store::WriteTx;
use crate::store::samples::{Monitor, SampleSpan};

/// Says since when the impact is over; `None`: since things were seen to be well again, else since now. Said
/// again, it is a correction.
/// Allowed until the record is signed.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(RecordSigned | NoChange)`; `Invalid` for `over_at`.
pub async fn end(commands: &Commands, caller: &Caller, incident: IncidentId, over_at: Option<Timestamp>) -> Result<()> {
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let mut loaded = load(&mut tx, incident).await?;
    let seen_back = seen(&mut tx, &loaded).await?;
    let measured_at = seen_back.and_then(|back| back.healthy);
    let over_at = over_at.or(seen_back.map(|back| back.at)).unwrap_or(tx.now());
    loaded.check_impact_end(over_at, tx.now()).map_err(|not_then| {
        let key = match not_then {
            NotThen::BeforeOpening => "impact-before-opening",
            NotThen::InFuture => "impact-in-future",
        };
        CommandError::invalid("over_at", key)
    })?;
    let before = loaded.mitigated_at;
    let from = loaded.end_impact(over_at)?;
    tx.insert_impact_end(incident, over_at, measured_at, &caller.name).await?;
    tx.update_incident(&loaded).await?;
    let event = match from {
        IncidentState::Declared => EventKind::StateChanged {
            from,
            to: loaded.state,
            note: String::new(),
            recovered: None,
            measured: None,
            seen: None,
            over_at: Some(over_at),
        },
        _ => EventKind::ImpactEndCorrected { before, over_at },
    };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// When things were seen to be well again, up to the time of the transaction; `None`: not, or the impact cannot have ended then.
pub(super) async fn seen(tx: &mut WriteTx, incident: &Incident) -> Result<Option<SeenBack>> {
    let history = tx.diagnosis_history(incident.id).await?;
    let (monitor, span) = (tx.monitor(incident.id).await?, tx.sample_span(incident.id).await?);
    let watched = tx.newest_seen(incident.id).await?;
    let seen = seen_back(history.iter().map(|(_, kept)| kept), monitor.as_ref(), span, watched.as_ref(), tx.now());
    Ok(seen.filter(|back| incident.check_impact_end(back.at, tx.now()).is_ok()))
}

/// When things were seen to be well again; `None`: they were not. `span`: the first and the newest sample of the monitor;
/// `watched`: the newest entry of the timeline that says how the watcher sees the cluster.
#[must_use]
pub fn seen_back<'d>(
    history: impl Iterator<Item = &'d Diagnosis>,
    monitor: Option<&Monitor>,
    span: Option<SampleSpan>,
    watched: Option<&Event>,
    now: Timestamp,
) -> Option<SeenBack> {
    let history: Vec<(Timestamp, Health)> = history.map(|kept| (kept.at, kept.health)).collect();
    let until = monitor.and_then(|monitor| monitor.stopped_at).unwrap_or(now);
    let settled = monitor.zip(span).and_then(|(monitor, span)| {
        let recent = until.millis_since(span.newest) <= timing::SAMPLE_GAP_MS;
        // While trouble is seen, that time starts anew with every sample.
        let holds = monitor.well_since < span.newest;
        (recent && holds).then_some(Settled { watched_from: span.first, since: monitor.well_since })
    });
    let up_since = watched.and_then(|event| match event.kind {
        EventKind::ClusterSeen { state: LookState::Up, since, .. } => Some(since),
        _ => None,
    });
    health_back(&history, settled, up_since)
}
