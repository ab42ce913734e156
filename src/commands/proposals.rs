//! What the watcher proposes to open an incident for, and what people make of it. How it is opened: [`super::steps::open_proposed`],
//! and by the program itself [`super::openings`].

use super::{Caller, CommandError, Commands, Result, What, once};
use crate::domain::channel::News;
use crate::domain::cluster::Cluster;
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{ClusterId, IncidentId, ProposalId};
use crate::domain::incident::DomainError;
use crate::domain::message::Message;
use crate::domain::proposal::{Ended, Proposal, ProposalEnd, Seen};
use crate::store::WriteTx;

/// Longest reason of a dismissal, in characters.
pub const MAX_REASON_CHARS: usize = 300;

/// Whether what enough looks in a row say of a cluster changes anything. A transaction for every look would be one every few
/// seconds.
pub(super) async fn is_news(commands: &Commands, cluster: &Cluster, seen: &Seen) -> Result<bool> {
    let newest = commands.read().newest_proposal(cluster.id).await?;
    Ok(Proposal::after(newest.as_ref(), cluster, seen, commands.clock().now()).is_some())
}

/// Proposes, widens, goes on with or ends a proposal, and gives it as it is saved. `None`: nothing changes, an incident is open,
/// or one is open that cannot be read, which says enough.
pub(super) async fn follow_in(tx: &mut WriteTx, cluster: &Cluster, seen: &Seen) -> Result<Option<Proposal>> {
    if !seen.silent.is_empty() && open_incident(tx, cluster.id).await?.is_some() {
        return Ok(None);
    }
    let newest = tx.newest_proposal(cluster.id).await?;
    let Some(mut proposal) = Proposal::after(newest.as_ref(), cluster, seen, tx.now()) else { return Ok(None) };
    if proposal.id == ProposalId(0) {
        let Some(id) = tx.insert_proposal(&proposal).await? else { return Ok(None) };
        proposal.id = id;
    } else {
        tx.update_proposal(&proposal).await?;
    }
    Ok(Some(proposal))
}

/// Since when nodes are silent of which these looks saw no beginning, by looks before them that are kept.
pub(super) async fn older(commands: &Commands, cluster: ClusterId, mut seen: Seen) -> Result<Seen> {
    for sign in seen.silent.iter_mut().filter(|sign| !sign.begun) {
        if let Some((since, _)) = commands.read().silent_since(cluster, &sign.node).await? {
            sign.since = sign.since.min(since);
        }
    }
    Ok(seen)
}

/// The channels that carry it are to be told.
pub(super) async fn tell(tx: &mut WriteTx, proposal: &Proposal) -> Result<()> {
    for (channel, _) in tx.channels().await? {
        if channel.active && channel.rules.want_of(News::Proposed, proposal.cluster) {
            let due_at = channel.rules.not_before_of(News::Proposed, None, tx.now());
            tx.insert_notice_of_proposal(channel.id, proposal, News::Proposed, due_at).await?;
        }
    }
    Ok(())
}

/// Says that it is no incident. A second time, nothing happens.
///
/// # Errors
/// `NotFound(Proposal)`; `Domain(OpenAlready | ProposalEnded)`; `Invalid` for `reason`.
pub async fn dismiss(commands: &Commands, caller: &Caller, id: ProposalId, reason: &str) -> Result<()> {
    let reason = commands.0.files.redact(reason.trim());
    if reason.chars().count() > MAX_REASON_CHARS {
        let message = Message::new("invalid-proposal-reason").with("n", MAX_REASON_CHARS);
        return Err(CommandError::Invalid { field: "reason", message });
    }
    let mut tx = commands.begin().await?;
    if let Some(()) = once::first_result(&mut tx, caller).await? {
        return Ok(());
    }
    let proposal = require_open(&mut tx, id).await?;
    let how = ProposalEnd::Dismissed { by: caller.name.clone(), reason };
    end(&mut tx, proposal, how).await?;
    once::keep(&mut tx, caller, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// An incident was opened on a cluster: what is proposed for it is taken up, and its signs stand in the timeline.
pub(super) async fn taken_up(
    tx: &mut WriteTx,
    caller: &Caller,
    cluster: ClusterId,
    incident: IncidentId,
) -> Result<()> {
    let newest = tx.newest_proposal(cluster).await?;
    let Some(proposal) = newest.filter(|newest| newest.ended.is_none()) else { return Ok(()) };
    let signs = EventKind::FirstSigns { state: proposal.state, nodes: proposal.nodes.clone() };
    tx.append(incident, &Actor::Engine, &signs).await?;
    end(tx, proposal, ProposalEnd::Opened { incident, by: caller.person() }).await
}

/// What became of it.
pub(super) async fn end(tx: &mut WriteTx, proposal: Proposal, how: ProposalEnd) -> Result<()> {
    let ended = Some(Ended { how, at: tx.now() });
    Ok(tx.update_proposal(&Proposal { ended, ..proposal }).await?)
}

/// It is open; otherwise the error says what became of it.
pub(super) async fn require_open(tx: &mut WriteTx, id: ProposalId) -> Result<Proposal> {
    let proposal = tx.proposal(id).await?.ok_or(CommandError::NotFound(What::Proposal))?;
    match proposal.ended.as_ref().map(|ended| &ended.how) {
        None => Ok(proposal),
        Some(ProposalEnd::Opened { incident, .. }) => Err(DomainError::OpenAlready(*incident).into()),
        Some(_) => Err(DomainError::ProposalEnded.into()),
    }
}

/// The incident that is open on a cluster; a drill is none.
pub(super) async fn open_incident(tx: &mut WriteTx, cluster: ClusterId) -> Result<Option<IncidentId>> {
    let open = tx.open_incidents().await?;
    Ok(open.iter().find(|open| open.cluster == cluster && !open.drill).map(|open| open.id))
}
