//! What the owner of missing clients is told by itself, and when. Pure.
//!
//! # Why
//! - An owner is told of their own clients, once: a list of a hundred addresses of others is not read, and a second call about
//!   the same three wakes somebody for nothing. What comes on top is told together, at most every [`FOLDED_MS`]; a list that
//!   only gets shorter is told when it is empty.
//! - Only rounds count. A client is missing where a round says so that many minutes after it was seen last, and it is back
//!   where a round saw it connected: a round that could not see the clients says neither ([`Stands::Unheard`]).
//! - Once one client is missing for long enough, all of the owner's that are missing are in the list, each with its time: a
//!   second message for one that fell silent ten seconds later helps nobody.
//! - A message that waits, for quiet hours or for the other side, is brought up to date and not followed by another. If all are
//!   back before anybody was told, nobody is told.
//! - An incident that is closed while clients are missing says so with one last message: who was told that three are missing,
//!   and hears nothing more, waits for a sentence that never comes. Nobody who was told nothing hears of the end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client_owner::ClientOwner;
use super::connected::ClientKey;
use super::id::{ChannelId, IncidentId, TellingId};
use super::time::Timestamp;
use super::waiver::{ClientAway, ClientsAway, Waiver};

/// Between two messages to the same owner that say that clients are missing, milliseconds.
pub const FOLDED_MS: i64 = 15 * 60 * 1000;

/// What a message to an owner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerSays {
    /// Clients are missing.
    Missing,
    /// Others are missing as well.
    More,
    /// All are back, or nobody waits for them.
    Back,
    /// The incident was closed while some are not.
    Closed,
}

impl OwnerSays {
    /// All, in the order in which they usually come.
    pub const ALL: [Self; 4] = [Self::Missing, Self::More, Self::Back, Self::Closed];

    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::More => "more",
            Self::Back => "back",
            Self::Closed => "closed",
        }
    }

    /// Whether nothing follows of what was told before.
    #[must_use]
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Back | Self::Closed)
    }
}

/// A client in a message to its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnersClient {
    /// Which, and where it was seen last.
    #[serde(flatten)]
    pub client: ClientAway,
    /// Since when it is missing: when a look saw it last, else the moment of the comparison.
    pub since: Timestamp,
    /// It was not in an earlier message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_new: bool,
}

/// What a message to an owner says, in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnersNews {
    /// What it is.
    pub says: OwnerSays,
    /// The round that says so.
    pub as_of: Timestamp,
    /// Those that are missing, new ones first; of the last message those that were named and are not back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<OwnersClient>,
    /// Of those that were named before, how many are connected again.
    #[serde(default)]
    pub back: u32,
    /// For how many of them nobody waits.
    #[serde(default)]
    pub waived: u32,
    /// How many of them have another owner by now.
    #[serde(default)]
    pub others: u32,
}

impl OwnersNews {
    /// How many clients it is about.
    #[must_use]
    pub fn count(&self) -> u32 {
        let named = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        match self.says {
            OwnerSays::Back => self.back.saturating_add(self.waived).saturating_add(self.others),
            OwnerSays::Missing | OwnerSays::More | OwnerSays::Closed => named,
        }
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is to be sent, not before a moment.
    Waiting {
        /// It was tried, and may have been taken all the same.
        tried: bool,
        /// Then.
        due_at: Timestamp,
        /// What the other side said last, or why nothing was heard.
        answer: String,
    },
    /// It was taken.
    Sent(Timestamp),
    /// It was refused or given up.
    Failed {
        /// When it was tried last.
        at: Timestamp,
        /// What the other side said last, or why nothing was heard.
        answer: String,
    },
    /// It was not sent: before it could be, there was nothing left to say, or its channel was deleted.
    Dropped,
}

/// One message to an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Row id.
    pub id: TellingId,
    /// In which incident.
    pub incident: IncidentId,
    /// Whose clients they are, in words.
    pub owner: String,
    /// Through which channel; `None`: it was deleted since.
    pub channel: Option<ChannelId>,
    /// The name that it had.
    pub channel_name: String,
    /// What it says.
    pub news: OwnersNews,
    /// When it was decided.
    pub at: Timestamp,
    /// What became of it.
    pub fate: Fate,
    /// Nothing follows of it any more.
    pub is_over: bool,
}

impl Telling {
    /// When it reached somebody, or was meant to.
    const fn told_at(&self) -> Timestamp {
        match self.fate {
            Fate::Sent(at) | Fate::Failed { at, .. } => at,
            Fate::Waiting { .. } | Fate::Dropped => self.at,
        }
    }

    const fn is_sent(&self) -> bool {
        matches!(self.fate, Fate::Sent(_))
    }
}

/// How a client stands that an owner was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// It is missing.
    Missing,
    /// Nobody waits for it.
    Waived,
    /// A round saw it connected.
    Back,
    /// It has another owner, or is told through another channel, by now.
    Others,
    /// No round could tell.
    Unheard,
}

/// The clients of one owner, as the newest round saw them.
#[derive(Clone, Copy, Debug)]
pub struct OwnersView<'a> {
    /// What it saw.
    pub away: &'a ClientsAway,
    /// When.
    pub as_of: Timestamp,
    /// Of whom nobody waits.
    pub waivers: &'a [Waiver],
    /// Whose all clients of the cluster are.
    pub owners: &'a [ClientOwner],
    /// Of this one.
    pub owner: &'a str,
    /// Told through this channel.
    pub channel: ChannelId,
}

impl OwnersView<'_> {
    fn is_own(&self, key: &ClientKey) -> bool {
        let line = ClientOwner::line_of(self.owners, key);
        line.is_some_and(|line| line.owner == self.owner && line.through.channel() == Some(self.channel))
    }

    /// Those that are missing and that somebody waits for, by application and address.
    #[must_use]
    pub fn missing(&self) -> Vec<OwnersClient> {
        let open = self.away.missing.iter().filter(|one| Waiver::of(self.waivers, &one.key).is_none());
        let own = open.filter(|one| self.is_own(&one.key)).map(|one| OwnersClient {
            client: one.clone(),
            since: one.last.as_ref().map_or(self.away.since, |(_, at)| *at),
            is_new: false,
        });
        let mut own: Vec<OwnersClient> = own.collect();
        own.sort_by(|a, b| (&a.client.key.app, &a.client.key).cmp(&(&b.client.key.app, &b.client.key)));
        own
    }

    /// How a client stands.
    #[must_use]
    pub fn stands(&self, key: &ClientKey) -> Stands {
        if !self.is_own(key) {
            Stands::Others
        } else if self.away.back.contains(key) {
            Stands::Back
        } else if Waiver::of(self.waivers, key).is_some() {
            Stands::Waived
        } else if self.away.missing.iter().any(|one| one.key == *key) {
            Stands::Missing
        } else {
            Stands::Unheard
        }
    }
}

/// What an owner is told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerRules {
    /// After how many minutes away.
    pub minutes: u16,
    /// Whether the channel carries this of the incident.
    pub wants: bool,
    /// Whether the incident is worked on.
    pub is_open: bool,
}

/// What is to be done about an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// They are to be told this.
    Tell(OwnersNews),
    /// The message that waits says this from now on.
    Rewrite(TellingId, OwnersNews),
    /// The message that waits is not sent.
    Drop(TellingId),
    /// Nothing follows of what nobody could be told.
    Forget,
}

/// What is to be done about one owner and one channel; `None`: nothing. `past`: their messages in this incident, oldest first.
/// `view`: `None` where no round of the incident could say who is away.
#[must_use]
pub fn next(past: &[Telling], view: Option<&OwnersView<'_>>, rules: OwnerRules, now: Timestamp) -> Option<Move> {
    let past: Vec<&Telling> = past.iter().filter(|one| one.fate != Fate::Dropped).collect();
    let waiting = past.last().copied().filter(|one| matches!(one.fate, Fate::Waiting { .. }));
    let followed: Vec<&Telling> =
        past.iter().copied().filter(|one| !one.is_over && waiting.is_none_or(|waiting| waiting.id != one.id)).collect();
    let told = named(&followed);
    let now = Now { view, rules, now, told };
    match waiting {
        Some(waiting) => now.of_waiting(waiting),
        None => now.of_told(&followed, past.last().copied()),
    }
}

/// Clients that were named, by the newest message that did.
type Named<'t> = BTreeMap<&'t ClientKey, &'t OwnersClient>;

fn named<'t>(tellings: &[&'t Telling]) -> Named<'t> {
    tellings.iter().flat_map(|one| &one.news.clients).map(|one| (&one.client.key, one)).collect()
}

/// What is known at a moment.
struct Now<'a> {
    view: Option<&'a OwnersView<'a>>,
    rules: OwnerRules,
    now: Timestamp,
    /// Of whom the owner was told.
    told: Named<'a>,
}

impl Now<'_> {
    /// A message waits.
    fn of_waiting(&self, waiting: &Telling) -> Option<Move> {
        let Fate::Waiting { tried, .. } = waiting.fate else { return None };
        let nobody_knows = self.told.is_empty() && !tried;
        let missing = self.missing();
        if !self.rules.is_open {
            return match waiting.news.says {
                OwnerSays::Back | OwnerSays::Closed => None,
                _ if nobody_knows => Some(Move::Drop(waiting.id)),
                _ => Some(Move::Rewrite(waiting.id, self.last_of(&self.with(waiting)))),
            };
        }
        if waiting.news.says.is_last() {
            // They are missing again, or the incident is open again, before anybody heard the end.
            return self
                .long_enough(&missing)
                .then(|| Move::Rewrite(waiting.id, self.list(missing, OwnerSays::Missing)));
        }
        if missing.is_empty() {
            let all = self.with(waiting);
            return match self.all_settled(&all) {
                false => None,
                true if nobody_knows => Some(Move::Drop(waiting.id)),
                true => Some(Move::Rewrite(waiting.id, self.last_of(&all))),
            };
        }
        let has_new = missing.iter().any(|one| !self.told.contains_key(&one.client.key));
        if !has_new && !tried {
            return Some(Move::Drop(waiting.id));
        }
        let says = if self.told.is_empty() { OwnerSays::Missing } else { OwnerSays::More };
        let news = self.list(missing, says);
        let is_same = news.says == waiting.news.says && news.clients == waiting.news.clients;
        (!is_same).then_some(Move::Rewrite(waiting.id, news))
    }

    /// No message waits.
    fn of_told(&self, followed: &[&Telling], newest: Option<&Telling>) -> Option<Move> {
        let was_sent = followed.iter().any(|one| one.is_sent());
        let end = |news: OwnersNews| if was_sent { Move::Tell(news) } else { Move::Forget };
        if !self.rules.is_open {
            return (!followed.is_empty()).then(|| end(self.last_of(&self.told)));
        }
        let missing = self.missing();
        let new: Vec<OwnersClient> =
            missing.iter().filter(|one| !self.told.contains_key(&one.client.key)).cloned().collect();
        let is_folded = newest.is_some_and(|newest| self.now.millis_since(newest.told_at()) < FOLDED_MS);
        if self.long_enough(&new) && !is_folded && self.rules.wants {
            let says = if followed.is_empty() { OwnerSays::Missing } else { OwnerSays::More };
            return Some(Move::Tell(self.list(missing, says)));
        }
        let is_over = !followed.is_empty() && missing.is_empty() && self.all_settled(&self.told);
        is_over.then(|| end(self.last_of(&self.told)))
    }

    fn missing(&self) -> Vec<OwnersClient> {
        self.view.map(OwnersView::missing).unwrap_or_default()
    }

    /// Of whom the owner was told, or will be.
    fn with<'t>(&'t self, waiting: &'t Telling) -> Named<'t> {
        self.told.iter().map(|(key, one)| (*key, *one)).chain(named(&[waiting])).collect()
    }

    /// Whether the newest round says of one of them that it is missing for so many minutes.
    fn long_enough(&self, clients: &[OwnersClient]) -> bool {
        let Some(view) = self.view else { return false };
        let least = i64::from(self.rules.minutes) * 60_000;
        clients.iter().any(|one| view.as_of.millis_since(one.since) >= least)
    }

    fn stands(&self, key: &ClientKey) -> Stands {
        self.view.map_or(Stands::Unheard, |view| view.stands(key))
    }

    fn all_settled(&self, clients: &Named<'_>) -> bool {
        clients.keys().all(|key| !matches!(self.stands(key), Stands::Missing | Stands::Unheard))
    }

    /// Those that are missing, new ones first.
    fn list(&self, mut clients: Vec<OwnersClient>, says: OwnerSays) -> OwnersNews {
        for one in &mut clients {
            one.is_new = says == OwnerSays::More && !self.told.contains_key(&one.client.key);
        }
        clients.sort_by_key(|one| !one.is_new);
        OwnersNews { says, as_of: self.as_of(), clients, back: 0, waived: 0, others: 0 }
    }

    /// The last message about these clients: that all are back, or which are not.
    fn last_of(&self, clients: &Named<'_>) -> OwnersNews {
        let count = |stands| clients.keys().filter(|key| self.stands(key) == stands).count();
        let number = |stands| u32::try_from(count(stands)).unwrap_or(u32::MAX);
        let missing = self.missing();
        let left = clients.iter().filter(|(key, _)| matches!(self.stands(key), Stands::Missing | Stands::Unheard));
        let newest = |(key, told): (&&ClientKey, &&OwnersClient)| {
            let now = missing.iter().find(|one| one.client.key == **key);
            OwnersClient { is_new: false, ..now.unwrap_or(told).clone() }
        };
        let (back, waived, others) = (number(Stands::Back), number(Stands::Waived), number(Stands::Others));
        let clients: Vec<OwnersClient> = left.map(newest).collect();
        OwnersNews {
            says: if clients.is_empty() { OwnerSays::Back } else { OwnerSays::Closed },
            as_of: self.as_of(),
            clients,
            back,
            waived,
            others,
        }
    }

    fn as_of(&self) -> Timestamp {
        self.view.map_or(self.now, |view| view.as_of)
    }
}

#[cfg(test)]
mod tests;
