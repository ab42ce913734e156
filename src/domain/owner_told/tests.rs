//! When an owner is told, what is folded together, and when all are back.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::client_set::ClientSet;
use crate::domain::id::{NodeName, WaiverId};

const CHANNEL: ChannelId = ChannelId(3);
const OPEN: OwnerRules = OwnerRules { minutes: 5, wants: true, is_open: true };
const CLOSED: OwnerRules = OwnerRules { is_open: false, ..OPEN };

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(minutes * 60_000)
}

fn key(n: u8) -> ClientKey {
    ClientKey { ip: format!("10.0.4.{n}"), app: Some("order".to_owned()), module: None }
}

/// A round: who is missing, each with the minute in which it was seen last, and who was missing before and is back.
fn round(missing: &[(u8, i64)], back: &[u8]) -> ClientsAway {
    let away = |(n, last): &(u8, i64)| ClientAway {
        key: key(*n),
        has: 0,
        had: 1,
        last: Some((NodeName::from("n3"), at(*last))),
        publishes: None,
    };
    ClientsAway {
        since: at(0),
        missing: missing.iter().map(away).collect(),
        in_part: Vec::new(),
        not_known: 0,
        left_out: 0,
        has_gaps: false,
        no_longer: Vec::new(),
        back: back.iter().map(|n| key(*n)).collect(),
        unheard: Vec::new(),
        here: BTreeSet::new(),
        services: BTreeMap::new(),
    }
}

fn waived(what: &str) -> Waiver {
    Waiver {
        id: WaiverId(1),
        incident: IncidentId(1),
        what: ClientSet::parse(what).expect("a set"),
        reason: "off".to_owned(),
        by: "ann".to_owned(),
        at: at(0),
        taken_back: None,
    }
}

/// An incident with one owner of everything in 10.0.4.0/24, but for 10.0.4.99.
struct Story {
    owners: Vec<ClientOwner>,
    waivers: Vec<Waiver>,
    past: Vec<Telling>,
    rules: OwnerRules,
}

impl Story {
    fn new() -> Self {
        let channels = [(CHANNEL, "ops".to_owned())];
        let owners = ClientOwner::parse("10.0.4.0/24 → orders | ops\n10.0.4.99 → ann", &channels).expect("owners");
        Self { owners, waivers: Vec::new(), past: Vec::new(), rules: OPEN }
    }

    /// What is to be done after a round, at its own moment.
    fn next(&self, minutes: i64, away: &ClientsAway) -> Option<Move> {
        let (owners, waivers) = (&self.owners[..], &self.waivers[..]);
        let view = OwnersView { away, as_of: at(minutes), waivers, owners, owner: "orders", channel: CHANNEL };
        next(&self.past, Some(&view), self.rules, at(minutes))
    }

    /// A message was written and became that.
    fn told(&mut self, minutes: i64, done: Option<Move>, fate: Fate) {
        let Some(Move::Tell(news)) = done else { panic!("nothing is told: {done:?}") };
        let id = TellingId(i64::try_from(self.past.len()).expect("few") + 1);
        let is_over = news.says.is_last();
        for one in &mut self.past {
            one.is_over |= is_over;
        }
        let (owner, channel_name) = ("orders".to_owned(), "ops".to_owned());
        let channel = Some(CHANNEL);
        let incident = IncidentId(1);
        self.past.push(Telling { id, incident, owner, channel, channel_name, news, at: at(minutes), fate, is_over });
    }

    fn sent(&mut self, minutes: i64, away: &ClientsAway) {
        let done = self.next(minutes, away);
        self.told(minutes, done, Fate::Sent(at(minutes)));
    }
}

fn waits(tried: bool) -> Fate {
    Fate::Waiting { tried, due_at: at(0), answer: String::new() }
}

/// What it says, and of which clients.
fn says(done: Option<Move>) -> Option<(OwnerSays, Vec<String>)> {
    let (Move::Tell(news) | Move::Rewrite(_, news)) = done? else { return None };
    let last = |one: &OwnersClient| {
        let new = if one.is_new { "+" } else { "" };
        format!("{new}{}", one.client.key.ip.rsplit('.').next().unwrap_or_default())
    };
    Some((news.says, news.clients.iter().map(last).collect()))
}

fn list(says: OwnerSays, names: &[&str]) -> Option<(OwnerSays, Vec<String>)> {
    Some((says, names.iter().map(|&name| name.to_owned()).collect()))
}

#[test]
fn an_owner_is_told_of_their_own_once_a_round_says_that_one_is_missing_for_long_enough() {
    let mut story = Story::new();
    assert_eq!(story.next(4, &round(&[(7, 0)], &[])), None, "it may only reconnect");
    let all = round(&[(9, 2), (7, 0), (99, 0)], &[]);
    assert_eq!(says(story.next(5, &all)), list(OwnerSays::Missing, &["7", "9"]), "all of theirs, and of nobody else");
    story.rules.wants = false;
    assert_eq!(story.next(5, &all), None, "the channel is not for it");
    story.rules.wants = true;
    story.waivers.push(waived("10.0.4.7"));
    assert_eq!(story.next(5, &all), None, "nobody waits for that one, and the other one is young");
    story.waivers.clear();
    story.sent(5, &all);
    for minutes in [5, 6, 600] {
        assert_eq!(story.next(minutes, &all), None, "once");
    }
}

#[test]
fn what_comes_on_top_is_told_together_and_not_at_once() {
    let mut story = Story::new();
    story.sent(5, &round(&[(7, 0)], &[]));
    let more = round(&[(7, 0), (8, 6)], &[]);
    assert_eq!(story.next(12, &more), None, "a quarter of an hour after the first");
    let most = round(&[(7, 0), (8, 6), (9, 19)], &[]);
    assert_eq!(says(story.next(20, &most)), list(OwnerSays::More, &["+8", "+9", "7"]));
    story.sent(20, &most);
    assert_eq!(story.next(60, &round(&[(8, 6)], &[7, 9])), None, "a list that only gets shorter");
    assert_eq!(story.next(60, &round(&[(8, 6), (7, 50)], &[9])), None, "nor one that was named before");
    let young = round(&[(8, 6), (6, 58)], &[7, 9]);
    assert_eq!(story.next(60, &young), None, "what is on top has to be missing for long enough as well");
}

#[test]
fn all_are_back_where_rounds_saw_them_or_nobody_waits() {
    let mut story = Story::new();
    story.sent(5, &round(&[(7, 0), (8, 0), (9, 0)], &[]));
    assert_eq!(story.next(6, &round(&[], &[7])), None, "of two it is not known");
    let blind = ClientsAway::after(Some(&round(&[(7, 0), (8, 0), (9, 0)], &[])), None).expect("some");
    assert_eq!(story.next(6, &blind), None, "a round that could not see them");
    assert_eq!(next(&story.past, None, OPEN, at(6)), None);
    story.waivers.push(waived("10.0.4.8"));
    let channels = [(CHANNEL, "ops".to_owned())];
    let owners = "10.0.4.0/24 → orders | ops\n10.0.4.9 → ann";
    story.owners = ClientOwner::parse(owners, &channels).expect("owners");
    let Some(Move::Tell(news)) = story.next(7, &round(&[(9, 0)], &[7])) else { panic!("told at once") };
    assert_eq!((news.says, news.back, news.waived, news.others, news.count()), (OwnerSays::Back, 1, 1, 1, 3));
    story.sent(7, &round(&[(9, 0)], &[7]));
    assert_eq!(story.next(8, &round(&[], &[7, 9])), None, "once");
    // One of them goes away again: that is another time, and not at once either.
    let again = round(&[(7, 8)], &[]);
    assert_eq!(story.next(15, &again), None);
    assert_eq!(says(story.next(22, &again)), list(OwnerSays::Missing, &["7"]));
}

#[test]
fn a_message_that_waits_is_brought_up_to_date() {
    let mut story = Story::new();
    let first = round(&[(7, 0)], &[]);
    let done = story.next(5, &first);
    story.told(5, done, waits(false));
    assert_eq!(story.next(6, &first), None);
    assert_eq!(says(story.next(6, &round(&[(7, 0), (8, 5)], &[]))), list(OwnerSays::Missing, &["7", "8"]));
    let blind = ClientsAway::after(Some(&first), None).expect("some");
    assert_eq!(story.next(7, &blind), None, "what nobody saw changes nothing");
    assert_eq!(story.next(7, &round(&[], &[7])), Some(Move::Drop(TellingId(1))), "nobody was told, so nobody is");
    story.past[0].fate = waits(true);
    let over = says(story.next(7, &round(&[], &[7])));
    assert_eq!(over, list(OwnerSays::Back, &[]), "it may have been taken");
    // What was to be told on top is not any more.
    story.past[0].fate = Fate::Sent(at(5));
    let done = story.next(20, &round(&[(7, 0), (8, 5)], &[]));
    story.told(20, done, waits(false));
    assert_eq!(story.next(21, &round(&[(7, 0)], &[8])), Some(Move::Drop(TellingId(2))));
    assert_eq!(says(story.next(21, &round(&[], &[7, 8]))), list(OwnerSays::Back, &[]));
    // And an end that nobody heard yet is none if they are missing again.
    story.past.pop();
    let done = story.next(21, &round(&[], &[7]));
    story.told(21, done, waits(true));
    assert_eq!(story.next(22, &round(&[(7, 21)], &[])), None, "it was the truth then");
    assert_eq!(says(story.next(30, &round(&[(7, 21)], &[]))), list(OwnerSays::Missing, &["7"]));
}

#[test]
fn who_could_not_be_told_hears_no_end() {
    let mut story = Story::new();
    let first = round(&[(7, 0)], &[]);
    let done = story.next(5, &first);
    story.told(5, done, Fate::Failed { at: at(5), answer: "no".to_owned() });
    assert_eq!(story.next(6, &first), None, "it is not tried by another name");
    assert_eq!(story.next(7, &round(&[], &[7])), Some(Move::Forget));
    story.rules = CLOSED;
    assert_eq!(story.next(7, &first), Some(Move::Forget));
}

#[test]
fn a_closed_incident_says_once_who_is_not_back() {
    let mut story = Story::new();
    let first = round(&[(7, 0), (8, 0)], &[]);
    story.rules = CLOSED;
    assert_eq!(story.next(5, &first), None, "nobody was told, so nobody is");
    story.rules = OPEN;
    let done = story.next(5, &first);
    story.told(5, done, waits(false));
    story.rules = CLOSED;
    assert_eq!(story.next(6, &first), Some(Move::Drop(TellingId(1))));
    story.past[0].fate = Fate::Sent(at(5));
    let left = round(&[(7, 0)], &[8]);
    assert_eq!(says(story.next(6, &left)), list(OwnerSays::Closed, &["7"]));
    assert_eq!(says(story.next(6, &round(&[], &[8]))), list(OwnerSays::Closed, &["7"]), "not known is not back");
    let Some(Move::Tell(news)) = story.next(6, &round(&[], &[8])) else { panic!("it is told") };
    assert_eq!(news.clients[0].client.last, Some((NodeName::from("n3"), at(0))), "as it was seen last");
    assert_eq!(says(story.next(6, &round(&[], &[7, 8]))), list(OwnerSays::Back, &[]));
    assert!(says(next(&story.past, None, CLOSED, at(6))).is_some_and(|(says, _)| says == OwnerSays::Closed));
    story.sent(6, &left);
    assert_eq!(story.next(7, &left), None, "once");
    story.rules = OPEN;
    assert_eq!(says(story.next(21, &left)), list(OwnerSays::Missing, &["7"]), "it is opened again");
}
