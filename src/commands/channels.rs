//! Channels that people are told through, and the notices on their way. Only administrators change channels; `spread`,
//! `tell_overdue` and `record` are the notifier's.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Caller, CommandError, Commands, Result, What, audit, credentials, once, owner_tellings};
use crate::domain::audit::{AuditKind, differences};
use crate::domain::channel::{Channel, ChannelRules, News};
use crate::domain::event::Event;
use crate::domain::id::{ChannelId, EventId, IncidentId};
use crate::domain::incident::{Incident, first_open};
use crate::domain::message::Message;
use crate::domain::notice::{About, Notice, NoticeState, Outcome};
use crate::domain::overdue::{Waits, lead_waits, offer_waits, step_waits};
use crate::domain::proposal::Proposal;
use crate::domain::time::Timestamp;
use crate::store::WriteTx;

/// Longest name of a channel, in characters.
const MAX_NAME_CHARS: usize = 60;
/// Most channels.
const MOST: usize = 50;
/// Longest answer that is kept, in characters.
const MAX_ANSWER_CHARS: usize = 300;
/// How long notices that have ended are kept, milliseconds.
const KEPT_MS: i64 = 90 * 24 * 3600 * 1000;

/// Adds a channel; its id does not count. What happened before is not told.
///
/// # Errors
/// `Invalid` for `name`, `reference` or `zone`.
pub async fn create(commands: &Commands, caller: &Caller, channel: Channel) -> Result<ChannelId> {
    let channel = checked(commands, channel)?;
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    if tx.channels().await?.len() >= MOST {
        return Err(CommandError::invalid("name", "invalid-channel-many"));
    }
    let inserted = tx.insert_channel(&channel).await?;
    let id = inserted.ok_or_else(|| CommandError::invalid("name", "web-form-name-taken"))?;
    once::keep(&mut tx, caller, &id).await?;
    note(&mut tx, caller, None, Some(&channel)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Replaces all of a channel.
///
/// # Errors
/// `NotFound(Channel)`; `Invalid` as at [`create`].
pub async fn change(commands: &Commands, caller: &Caller, channel: Channel) -> Result<()> {
    let channel = checked(commands, channel)?;
    let mut tx = commands.begin().await?;
    let before = find(&mut tx, channel.id).await?;
    if !tx.update_channel(&channel).await? {
        return Err(CommandError::invalid("name", "web-form-name-taken"));
    }
    note(&mut tx, caller, Some(&before), Some(&channel)).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a channel. What waited is not told any more.
///
/// # Errors
/// `NotFound(Channel)`.
pub async fn delete(commands: &Commands, caller: &Caller, id: ChannelId) -> Result<()> {
    let mut tx = commands.begin().await?;
    let channel = find(&mut tx, id).await?;
    tx.delete_channel(id).await?;
    note(&mut tx, caller, Some(&channel), None).await?;
    tx.commit().await?;
    Ok(())
}

/// What was refused or given up is tried again; how much that is.
///
/// # Errors
/// `NotFound(Channel)`.
pub async fn send_again(commands: &Commands, id: ChannelId) -> Result<u64> {
    let mut tx = commands.begin().await?;
    find(&mut tx, id).await?;
    let count = tx.retry_notices(id).await?;
    tx.commit().await?;
    Ok(count)
}

/// Looks at what happened since the last time and notes what is to be told through which of the channels, each with the newest
/// event that was looked at for it. `passed`: up to where nothing was to be told, which is not written down for its own sake.
/// Gives the newest event that was looked at.
///
/// # Errors
/// The store's.
pub async fn spread(commands: &Commands, channels: &[(Channel, EventId)], passed: EventId) -> Result<EventId> {
    let read = commands.read();
    let channels: Vec<&(Channel, EventId)> = channels.iter().filter(|(channel, _)| channel.active).collect();
    let Some(oldest) = channels.iter().map(|(_, seen)| *seen.max(&passed)).min() else { return Ok(passed) };
    let events = read.events_after(oldest).await?;
    let Some(newest) = events.last().map(|event| event.id) else { return Ok(passed) };
    let mut incidents: BTreeMap<IncidentId, Option<Incident>> = BTreeMap::new();
    let mut told: Vec<(ChannelId, &Event, News, Timestamp)> = Vec::new();
    let now = commands.clock().now();
    for event in &events {
        let Some(news) = News::of(event) else { continue };
        let incident = match incidents.entry(event.incident) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(read.incident(event.incident).await?),
        };
        let Some(incident) = incident else { continue };
        let fresh = |seen: &EventId| event.id > *seen.max(&passed);
        for (channel, _) in channels.iter().filter(|(channel, seen)| fresh(seen) && channel.rules.want(news, incident))
        {
            told.push((channel.id, event, news, channel.rules.not_before(news, incident, now)));
        }
    }
    if told.is_empty() {
        return Ok(newest);
    }
    let mut tx = commands.begin().await?;
    for (channel, event, news, due_at) in told {
        tx.insert_notice(channel, (event.id, event.incident), news, event.at, due_at).await?;
    }
    for (channel, _) in &channels {
        tx.note_followed(channel.id, newest).await?;
    }
    tx.commit().await?;
    Ok(newest)
}

/// Something that waits for a person for too long.
enum Overdue {
    /// A proposal that nobody answers.
    Proposal(Proposal),
    /// A step, an offer of the lead, or an incident that nobody leads: the entry of the timeline since which it waits.
    Event(EventId, IncidentId, Timestamp),
}

/// Notes what waits for a person for longer than a channel allows and was not told through it; how much that is.
///
/// # Errors
/// The store's.
pub async fn tell_overdue(commands: &Commands, channels: &[(Channel, EventId)]) -> Result<usize> {
    let channels: Vec<&Channel> = channels
        .iter()
        .map(|(channel, _)| channel)
        .filter(|channel| channel.active)
        .filter(|channel| channel.rules.carries(News::Unattended) || channel.rules.carries(News::StepLate))
        .collect();
    if channels.is_empty() {
        return Ok(0);
    }
    let (read, now) = (commands.read(), commands.clock().now());
    let mut overdue: Vec<(ChannelId, News, Overdue, Timestamp)> = Vec::new();
    for proposal in read.open_proposals().await? {
        let waits = Waits { event: EventId(0), since: proposal.told_at };
        let late = |channel: &&&Channel| {
            let rules = &channel.rules;
            rules.want_of(News::Unattended, proposal.cluster) && waits.for_minutes(rules.unattended_min, now)
        };
        for channel in channels.iter().filter(late) {
            let due_at = channel.rules.not_before_of(News::Unattended, None, now);
            overdue.push((channel.id, News::Unattended, Overdue::Proposal(proposal.clone()), due_at));
        }
    }
    for incident in read.open_incidents().await? {
        let events = read.waiting_events(incident.id).await?;
        let step = first_open(&read.step_states(incident.id).await?).and_then(|_| step_waits(&events));
        let offer = offer_waits(&events).map(|(waits, _)| waits);
        let nobody = lead_waits(&events).filter(|_| incident.lead.is_none());
        for (news, waits) in [(News::StepLate, step), (News::Unattended, nobody), (News::Unattended, offer)] {
            let Some(waits) = waits else { continue };
            for channel in channels.iter().filter(|channel| channel.rules.want(news, &incident)) {
                let rules = &channel.rules;
                let minutes = if news == News::StepLate { rules.step_late_min } else { rules.unattended_min };
                if waits.for_minutes(minutes, now) {
                    let of = Overdue::Event(waits.event, incident.id, waits.since);
                    overdue.push((channel.id, news, of, rules.not_before(news, &incident, now)));
                }
            }
        }
    }
    let known = if overdue.is_empty() { Vec::new() } else { read.overdue_notices().await? };
    overdue.retain(|(channel, news, of, _)| {
        !known.iter().any(|one| one.channel == *channel && one.news == *news && is_of(one, of))
    });
    if overdue.is_empty() {
        return Ok(0);
    }
    let mut tx = commands.begin().await?;
    for (channel, news, of, due_at) in &overdue {
        match of {
            Overdue::Proposal(proposal) => {
                tx.insert_notice_of_proposal(*channel, proposal, *news, *due_at).await?;
            }
            Overdue::Event(event, incident, since) => {
                tx.insert_notice(*channel, (*event, *incident), *news, *since, *due_at).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(overdue.len())
}

fn is_of(notice: &Notice, overdue: &Overdue) -> bool {
    match (&notice.about, overdue) {
        (About::Event { event, .. }, Overdue::Event(of, ..)) => event == of,
        (About::Proposal { proposal, .. }, Overdue::Proposal(of)) => *proposal == of.id && notice.at == of.told_at,
        _ => false,
    }
}

/// Notes what came of a try. `answer`: what the other side said, or why nothing was heard; without secrets.
///
/// # Errors
/// The store's.
pub async fn record(commands: &Commands, notices: &[Notice], outcome: Outcome, answer: &str) -> Result<()> {
    let answer: String = answer.chars().take(MAX_ANSWER_CHARS).collect();
    let mut tx = commands.begin().await?;
    for notice in notices {
        let (state, due_at) = match outcome {
            Outcome::Taken => (NoticeState::Sent, None),
            Outcome::Refused => (NoticeState::Refused, None),
            Outcome::Later => match notice.again_at(tx.now()) {
                Some(again) => (NoticeState::Waiting, Some(again)),
                None => (NoticeState::GivenUp, None),
            },
        };
        tx.note_try(notice.id, state, due_at, &answer).await?;
        if let About::Owner { telling, incident, owner, news } = &notice.about {
            let came = match state {
                NoticeState::Waiting => Outcome::Later,
                NoticeState::Sent => Outcome::Taken,
                NoticeState::Refused | NoticeState::GivenUp => Outcome::Refused,
            };
            owner_tellings::note_try(commands, &mut tx, (*telling, *incident), (owner, news), (came, &answer)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Removes notices that ended long ago, for housekeeping.
///
/// # Errors
/// The store's.
pub async fn drop_old(commands: &Commands) -> Result<u64> {
    let before = commands.clock().now().plus_millis(-KEPT_MS);
    let mut tx = commands.begin().await?;
    let dropped = tx.drop_old_notices(before).await?;
    if dropped > 0 {
        tx.commit().await?;
    }
    Ok(dropped)
}

fn checked(commands: &Commands, mut channel: Channel) -> Result<Channel> {
    channel.name = channel.name.trim().to_owned();
    if channel.name.is_empty() {
        return Err(CommandError::invalid("name", "web-form-required"));
    }
    if channel.name.chars().count() > MAX_NAME_CHARS || channel.name.chars().any(char::is_control) {
        let message = Message::new("invalid-channel-name").with("n", MAX_NAME_CHARS);
        return Err(CommandError::Invalid { field: "name", message });
    }
    channel.reference = credentials::complete(commands, channel.reference)?;
    if let Some(quiet) = &channel.rules.quiet
        && jiff::tz::TimeZone::get(&quiet.zone).is_err()
    {
        let message = Message::new("invalid-channel-zone").with("zone", &quiet.zone);
        return Err(CommandError::Invalid { field: "zone", message });
    }
    Ok(channel)
}

async fn find(tx: &mut WriteTx, id: ChannelId) -> Result<Channel> {
    let found = tx.channels().await?.into_iter().find(|(channel, _)| channel.id == id);
    found.map(|(channel, _)| channel).ok_or(CommandError::NotFound(What::Channel))
}

/// The one place in which every change of a channel is told; called in the transaction of the change.
async fn note(tx: &mut WriteTx, caller: &Caller, before: Option<&Channel>, after: Option<&Channel>) -> Result<()> {
    let Some(channel) = after.or(before) else { return Ok(()) };
    let kind = match (before, after) {
        (None, _) => AuditKind::ChannelCreated,
        (Some(_), Some(_)) => AuditKind::ChannelChanged,
        (Some(_), None) => AuditKind::ChannelDeleted,
    };
    let changes = differences(&fields(before), &fields(after));
    audit::record(tx, caller, kind, &channel.name, &changes).await
}

fn fields(channel: Option<&Channel>) -> BTreeMap<String, String> {
    let Some(channel) = channel else { return BTreeMap::new() };
    let ChannelRules { clusters, at_least, news, drills, quiet, unattended_min, step_late_min, missing_min } =
        &channel.rules;
    let all = |names: Vec<String>| names.join(" ");
    let mut fields = BTreeMap::from([
        ("name".to_owned(), channel.name.clone()),
        ("kind".to_owned(), channel.kind.as_str().to_owned()),
        ("reference".to_owned(), channel.reference.to_string()),
        ("lang".to_owned(), channel.lang.tag().to_owned()),
        ("active".to_owned(), channel.active.to_string()),
        ("clusters".to_owned(), all(clusters.iter().map(ToString::to_string).collect())),
        ("news".to_owned(), all(news.iter().map(|news| news.as_str().to_owned()).collect())),
        ("drills".to_owned(), drills.to_string()),
        ("unattended_min".to_owned(), unattended_min.to_string()),
        ("step_late_min".to_owned(), step_late_min.to_string()),
        ("missing_min".to_owned(), missing_min.to_string()),
    ]);
    if let Some(mail) = &channel.mail {
        fields.insert("mail_from".to_owned(), mail.from.clone());
        fields.insert("mail_to".to_owned(), mail.to.join(" "));
    }
    if let Some(least) = at_least {
        fields.insert("at_least".to_owned(), least.as_str().to_owned());
    }
    if let Some(quiet) = quiet {
        let unless = quiet.unless.map_or("-", |unless| unless.as_str());
        let wakes = if quiet.wakes { " wakes" } else { "" };
        fields.insert("quiet".to_owned(), format!("{}-{} {} {unless}{wakes}", quiet.from, quiet.until, quiet.zone));
    }
    fields
}
