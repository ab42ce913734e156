//! What owners of missing clients are told by themselves, for the notifier.
//!
//! # Why
//! What is to be told is decided and written in one transaction, from what stands there then: two looks at once, or a program
//! that is started again, tell nothing twice. What was told is noted as it was sent, so a list that changed on its way is
//! neither lost nor taken for told.

use std::collections::{BTreeMap, BTreeSet};

use super::{Commands, Result};
use crate::domain::channel::{Channel, News};
use crate::domain::client_owner::ClientOwner;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{ChannelId, EventId, IncidentId, TellingId};
use crate::domain::incident::Incident;
use crate::domain::notice::Outcome;
use crate::domain::owner_told::{Move, OwnerRules, OwnersNews, OwnersView, Telling, next};
use crate::domain::time::Timestamp;
use crate::domain::waiver::Waiver;
use crate::store::WriteTx;

/// What is known of an incident and of the owners of its clients.
struct Known {
    incident: Incident,
    newest: Option<Diagnosis>,
    waivers: Vec<Waiver>,
    owners: Vec<ClientOwner>,
    tellings: Vec<Telling>,
}

/// Something to be done about an owner.
struct Due<'k> {
    owner: &'k str,
    channel: &'k Channel,
    what: Move,
}

/// Looks at what the newest round of each incident says of missing clients, and notes what their owners are to be told through
/// the channels that they name; how much that is.
///
/// # Errors
/// The store's.
pub async fn follow(commands: &Commands, channels: &[(Channel, EventId)]) -> Result<usize> {
    let channels: Vec<&Channel> =
        channels.iter().map(|(channel, _)| channel).filter(|channel| channel.active).collect();
    if channels.is_empty() {
        return Ok(0);
    }
    let (read, mut count) = (commands.read(), 0);
    for id in read.incidents_with_owners().await? {
        let Some(incident) = read.incident(id).await? else { continue };
        let known = Known {
            newest: read.diagnosis(id).await?,
            waivers: read.client_waivers(id).await?,
            owners: read.client_owners(incident.cluster).await?,
            tellings: read.owner_tellings(id).await?,
            incident,
        };
        if !known.due(&channels, commands.clock().now()).is_empty() {
            count += note(commands, id, &channels).await?;
        }
    }
    Ok(count)
}

/// The same of one incident, decided anew by what stands there now.
async fn note(commands: &Commands, id: IncidentId, channels: &[&Channel]) -> Result<usize> {
    let mut tx = commands.begin().await?;
    let Some(incident) = tx.incident(id).await? else { return Ok(0) };
    let known = Known {
        newest: tx.diagnosis(id).await?,
        waivers: tx.client_waivers(id).await?,
        owners: tx.client_owners(incident.cluster).await?,
        tellings: tx.owner_tellings(id).await?,
        incident,
    };
    let due = known.due(channels, tx.now());
    for one in &due {
        apply(&mut tx, &known.incident, one).await?;
    }
    tx.commit().await?;
    Ok(due.len())
}

async fn apply(tx: &mut WriteTx, incident: &Incident, due: &Due<'_>) -> Result<()> {
    let (id, channel) = (incident.id, due.channel);
    match &due.what {
        Move::Tell(news) => {
            if news.says.is_last() {
                tx.end_tellings(id, due.owner, channel.id).await?;
            }
            let due_at = channel.rules.not_before(News::ClientsMissing, incident, tx.now());
            tx.insert_telling(id, due.owner, (channel.id, &channel.name), news, due_at).await?;
        }
        Move::Rewrite(telling, news) => {
            if news.says.is_last() {
                tx.end_tellings(id, due.owner, channel.id).await?;
            }
            tx.rewrite_telling(id, *telling, news).await?;
        }
        Move::Drop(telling) => tx.drop_telling(id, *telling).await?,
        Move::Forget => tx.end_tellings(id, due.owner, channel.id).await?,
    }
    Ok(())
}

impl Known {
    /// What is to be done, by owner and channel: of those that name one now, and of those that were told something of which
    /// something follows.
    fn due<'k>(&'k self, channels: &[&'k Channel], now: Timestamp) -> Vec<Due<'k>> {
        let named = self.owners.iter().filter_map(|one| Some((one.owner.as_str(), one.through.channel()?)));
        let told = self.tellings.iter().filter_map(|one| Some((one.owner.as_str(), one.channel?)));
        let each: BTreeSet<(&str, ChannelId)> = named.chain(told).collect();
        let mut past: BTreeMap<(&str, ChannelId), Vec<Telling>> = BTreeMap::new();
        for one in &self.tellings {
            if let Some(channel) = one.channel {
                past.entry((&one.owner, channel)).or_default().push(one.clone());
            }
        }
        let due = each.into_iter().filter_map(|(owner, id)| {
            let channel = channels.iter().copied().find(|channel| channel.id == id)?;
            let view = self.newest.as_ref().and_then(|newest| {
                let (away, as_of) = (newest.clients.as_ref()?, newest.at);
                Some(OwnersView { away, as_of, waivers: &self.waivers, owners: &self.owners, owner, channel: id })
            });
            let rules = OwnerRules {
                minutes: channel.rules.missing_min,
                wants: channel.rules.want(News::ClientsMissing, &self.incident),
                is_open: self.incident.state.is_open(),
            };
            let past = past.get(&(owner, id)).map_or(&[][..], Vec::as_slice);
            Some(Due { owner, channel, what: next(past, view.as_ref(), rules, now)? })
        });
        due.collect()
    }
}

/// Notes that a message was sent as it stood, or that it will not be; in the transaction that notes what came of the try.
pub(super) async fn note_try(
    commands: &Commands,
    tx: &mut WriteTx,
    (telling, incident): (TellingId, IncidentId),
    (owner, news): (&str, &OwnersNews),
    (outcome, answer): (Outcome, &str),
) -> Result<()> {
    let (channel, failed) = match outcome {
        Outcome::Later => {
            tx.note_untold(incident, telling).await?;
            return Ok(());
        }
        Outcome::Taken => (tx.note_told(incident, telling, news).await?, None),
        Outcome::Refused => (tx.note_untold(incident, telling).await?, Some(commands.findable(answer).into_owned())),
    };
    // A signed record stays as it was signed: then it stands with the clients alone.
    let is_signed = tx.incident(incident).await?.is_none_or(|incident| incident.require_unsigned().is_err());
    if let (Some(channel), false) = (channel, is_signed) {
        let owner = commands.findable(owner).into_owned();
        let event = EventKind::OwnerTold { owner, channel, says: news.says, clients: news.count(), failed };
        tx.append(incident, &Actor::Engine, &event).await?;
    }
    Ok(())
}
