//! What moves an incident on and starts the checks of the step that comes next: one act of a person, one transaction.
//!
//! Where the checks cannot be started, nothing of the act is saved, and the person may do it again.

use super::check_runs::start_in;
use super::incidents::{Decided, OpenIncident, decide_in, load, open_in};
use super::proposals::{open_incident, require_open};
use super::{Caller, CommandError, Commands, Result, What, once};
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, ProposalId};
use crate::domain::incident::{DecisionKind, DomainError, StepProgress, StepState, next_open};
use crate::domain::proposal::Proposal;
use crate::domain::severity::Scope;
use crate::store::WriteTx;

/// Opens an incident as [`super::incidents::open_with`] does, and starts the checks of its first step.
///
/// # Errors
/// Those of [`super::incidents::open_with`] and of [`super::check_runs::start_step`].
pub async fn open_and_start(
    commands: &Commands,
    caller: &Caller,
    command: OpenIncident,
    scope: &Scope,
    beside_others: bool,
) -> Result<IncidentId> {
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let id = open_in(commands, &mut tx, caller, &command, scope, beside_others).await?;
    let opened = load(&mut tx, id).await?;
    start_in(commands, &mut tx, caller, &opened, Step::Confirm).await?;
    once::keep(&mut tx, caller, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Opens the incident that is proposed, about the node that is silent where it is one, and starts the checks of its first step.
///
/// # Errors
/// `NotFound(Proposal | Cluster)`; `Domain(OpenAlready | ProposalEnded)`; else those of [`open_and_start`].
pub async fn open_proposed(commands: &Commands, caller: &Caller, id: ProposalId) -> Result<IncidentId> {
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let proposal = require_open(&mut tx, id).await?;
    if let Some(open) = open_incident(&mut tx, proposal.cluster).await? {
        return Err(DomainError::OpenAlready(open).into());
    }
    let incident = open_and_start_in(commands, &mut tx, caller, &proposal).await?;
    once::keep(&mut tx, caller, &incident).await?;
    tx.commit().await?;
    Ok(incident)
}

/// Opens the incident of a proposal that is open as a part of something else.
pub(super) async fn open_and_start_in(
    commands: &Commands,
    tx: &mut WriteTx,
    caller: &Caller,
    proposal: &Proposal,
) -> Result<IncidentId> {
    let cluster = tx.cluster(proposal.cluster).await?.ok_or(CommandError::NotFound(What::Cluster))?;
    let look = tx.newest_look(proposal.cluster, tx.now()).await?;
    let (silent, _) = proposal.parted(look.as_ref());
    let node = match silent.as_slice() {
        [only] => Some(only.node.clone()).filter(|node| cluster.node(node).is_some()),
        _ => None,
    };
    let command = OpenIncident { cluster: cluster.id, node, drill: false, note: String::new() };
    let incident = open_in(commands, tx, caller, &command, &Scope::default(), false).await?;
    let opened = load(tx, incident).await?;
    start_in(commands, tx, caller, &opened, Step::Confirm).await?;
    Ok(incident)
}

/// Decides on a step, and gives the step to go on to: the next one that is open. Its checks begin by themselves if nobody
/// asked for them yet, since looking changes nothing. `None`: the step itself, which is open again, or no step is left.
///
/// # Errors
/// `NotFound(Incident | Step)`; `Invalid` for `reason`;
/// `Domain(IncidentClosed | DecidedMeanwhile | ReasonMissing | ChecksRunning | ChecksNotRun | ClientsMissing | NoChange)`.
pub async fn decide_and_continue(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    step: Step,
    decided: Decided<'_>,
) -> Result<Option<Step>> {
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    let loaded = load(&mut tx, incident).await?;
    decide_in(commands, &mut tx, caller, &loaded, step, decided).await?;
    let next = if decided.kind == DecisionKind::Reopened {
        None
    } else {
        let progress = tx.step_progress(incident).await?;
        let state = |(step, progress): (Step, StepProgress)| (step, progress.state());
        let states: Vec<(Step, StepState)> = progress.into_iter().map(state).collect();
        next_open(&states, step)
    };
    if let Some((next, StepState::NotStarted)) = next {
        start_in(commands, &mut tx, caller, &loaded, next).await?;
    }
    let next = next.map(|(next, _)| next);
    once::keep(&mut tx, caller, &next).await?;
    tx.commit().await?;
    Ok(next)
}
