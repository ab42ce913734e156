//! Who is connected to a node, look by look, and what is kept of that. Pure.
//!
//! # Why
//! A connection has a new id after every restart of a process, and an upgrade changes the version of its SDK. What stays is
//! where it runs, what it is and what it asks for: so the same client is the same address, application and module
//! ([`ClientKey`]), with a count of connections; its versions are told and tell nothing apart. Two processes on one host
//! that name no application are one client with more connections, and one of them gone is "in part back". An application
//! that comes back at another address, as a pod does, is another client: nobody can see that it was the same.
//!
//! Of looks that say the same only the first and the last moment are kept, and of a client those at which it was there. What
//! nobody looked at is in no time that was looked at ([`NamedTime`]): so it can be taken neither for "there" nor for "gone".

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::beating::Beating;
use super::client_key::cut;
pub use super::client_key::{ClientKey, ClientSeen};
use super::publishing::{Published, PublishedSpan};
use super::time::Timestamp;
use super::vocabulary::ClientSource;

/// Most clients of a node that are kept of one look. A node holds some hundreds; what claims more is no answer of Nacos.
pub const MOST_CLIENTS: usize = 2000;
/// Most entries of a node that become evidence: what left long ago is left out first.
const MOST_SPANS: usize = 4000;
/// Most versions of one client.
const MOST_VERSIONS: usize = 4;

/// A client of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Versions of its SDK.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub versions: BTreeSet<String>,
    /// Connections.
    pub connections: u32,
}

/// The clients of a node in one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientList {
    /// They.
    pub clients: BTreeMap<ClientKey, Connected>,
    /// Clients that are too many to be kept.
    pub left_out: u32,
    /// Which clients send heartbeats was not read: those are neither there nor gone.
    pub beats_unread: bool,
}

impl ClientList {
    /// Of the connections that a node lists: those of applications, never those of its peers. No more than are kept.
    #[must_use]
    pub fn of(connections: &[ClientSeen]) -> Self {
        Self { beats_unread: true, ..Self::all(connections).bounded() }
    }

    /// With those that send heartbeats to the node; `None`: that was not read.
    #[must_use]
    pub fn with_beating(mut self, beating: Option<&[Beating]>) -> Self {
        self.beats_unread = beating.is_none();
        let one = |one: &Beating| (one.key(), Connected { versions: BTreeSet::new(), connections: 1 });
        self.clients.extend(beating.into_iter().flatten().map(one));
        self.bounded()
    }

    fn bounded(mut self) -> Self {
        let surplus = self.clients.keys().nth(MOST_CLIENTS).cloned();
        let left_out = surplus.map_or(0, |first| self.clients.split_off(&first).len());
        self.left_out = self.left_out.saturating_add(u32::try_from(left_out).unwrap_or(u32::MAX));
        self
    }

    /// The same with all of them, however many.
    #[must_use]
    pub fn all(connections: &[ClientSeen]) -> Self {
        let mut clients: BTreeMap<ClientKey, Connected> = BTreeMap::new();
        for seen in connections.iter().filter(|seen| seen.source == Some(ClientSource::Sdk)) {
            let none = || Connected { versions: BTreeSet::new(), connections: 0 };
            let client = clients.entry(ClientKey::of(seen)).or_insert_with(none);
            client.connections = client.connections.saturating_add(1);
            if client.versions.len() < MOST_VERSIONS {
                client.versions.extend(seen.version.as_deref().map(cut));
            }
        }
        Self { clients, left_out: 0, beats_unread: true }
    }
}

/// A time in which looks named the clients of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedTime {
    /// The first such look.
    pub from: Timestamp,
    /// The last one.
    pub until: Timestamp,
    /// Clients that were too many to be kept, at each look; 0: all are here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
}

/// A client for as long as looks said the same of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSpan {
    /// Which.
    #[serde(flatten)]
    pub key: ClientKey,
    /// How it was connected.
    #[serde(flatten)]
    pub client: Connected,
    /// The first look that saw it so.
    pub from: Timestamp,
    /// The last one.
    pub until: Timestamp,
    /// The first look after that, which did not; `None`: there was none that named clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Timestamp>,
}

/// Who was connected to a node over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectedSeen {
    /// When looks named its clients, oldest first.
    pub looks: Vec<NamedTime>,
    /// Who they were, in the order in which they came.
    pub clients: Vec<ClientSpan>,
    /// For how long a look speaks if no other follows, milliseconds.
    pub holds_ms: i64,
    /// What was before is left out, because it was too much; `None`: nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_before: Option<Timestamp>,
    /// What they publish, as far as their lists were read, in the order in which that was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<PublishedSpan>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A client at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct There<'s> {
    /// How it was connected.
    pub client: &'s Connected,
    /// The last look that saw it so.
    pub until: Timestamp,
}

impl ConnectedSeen {
    /// From what is kept of that time.
    #[must_use]
    pub fn of(
        (from, to): (Timestamp, Timestamp),
        holds_ms: i64,
        mut looks: Vec<NamedTime>,
        mut clients: Vec<ClientSpan>,
    ) -> Self {
        looks.retain(|time| time.until >= from && time.from <= to);
        clients.retain(|span| span.until >= from && span.from <= to);
        for time in &mut looks {
            time.until = time.until.min(to);
        }
        for span in &mut clients {
            span.gone = span.gone.filter(|gone| *gone <= to);
            span.until = span.until.min(to);
        }
        let mut cut_before = None;
        if clients.len() > MOST_SPANS {
            clients.sort_by_key(|span| (span.gone.is_none(), span.until));
            let surplus = clients.len() - MOST_SPANS;
            // Who was there until then is not known any more.
            let last = clients.drain(..surplus).fold(from, |last, span| last.max(span.gone.unwrap_or(span.until)));
            cut_before = Some(last);
            looks.retain(|time| time.until >= last);
            for time in &mut looks {
                time.from = time.from.max(last);
            }
        }
        clients.sort_by(|a, b| (a.from, &a.key).cmp(&(b.from, &b.key)));
        Self { looks, clients, holds_ms, cut_before, published: Vec::new() }
    }

    /// The same with what was read of what they publish, by `to` and as far as so much is kept.
    #[must_use]
    pub fn with_published(mut self, to: Timestamp, mut published: Vec<PublishedSpan>) -> Self {
        published.retain(|span| span.from <= to);
        for span in &mut published {
            span.until = span.until.filter(|until| *until <= to);
        }
        published.sort_by_key(|span| span.from);
        let surplus = published.len().saturating_sub(MOST_SPANS);
        published.drain(..surplus);
        self.published = published;
        self
    }

    /// What a client published here at a moment; `None`: that was not read.
    #[must_use]
    pub fn published_at(&self, key: &ClientKey, at: Timestamp) -> Option<&Published> {
        let of = self.published.iter().rev().filter(|span| span.key == *key);
        let there = |span: &&PublishedSpan| span.from <= at && span.until.is_none_or(|until| until > at);
        of.clone().find(there).map(|span| &span.published)
    }

    /// The same, or what the first reading after that moment said: what was read when it was new, of one that stayed.
    #[must_use]
    pub fn published_at_or_after(&self, key: &ClientKey, at: Timestamp) -> Option<&Published> {
        let after = || self.published.iter().find(|span| span.key == *key && span.from > at);
        self.published_at(key, at).or_else(|| after().map(|span| &span.published))
    }

    /// The time that speaks of a moment; `None`: nobody looked then, or no clients were named.
    #[must_use]
    pub fn named_at(&self, at: Timestamp) -> Option<&NamedTime> {
        let time = self.looks[..self.looks.partition_point(|time| time.from <= at)].last()?;
        (at.millis_since(time.until) <= self.holds_ms).then_some(time)
    }

    /// Who was connected at a moment; `None`: nobody looked then.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<BTreeMap<&ClientKey, There<'_>>> {
        let at = at.min(self.named_at(at)?.until);
        let there = self.clients.iter().filter(|span| span.from <= at && span.gone.is_none_or(|gone| gone > at));
        Some(there.map(|span| (&span.key, There { client: &span.client, until: span.until })).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client_key::MOST_CHARS;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    fn seen(ip: &str, app: &str, source: &str) -> ClientSeen {
        ClientSeen {
            id: format!("1_{ip}_2"),
            ip: ip.to_owned(),
            module: Some("naming".to_owned()),
            source: Some(source.into()),
            app: Some(app.to_owned()).filter(|app| !app.is_empty()),
            version: Some("Nacos-Java-Client:v2.5.1".to_owned()),
            created: None,
        }
    }

    fn span(ip: &str, connections: u32, from: i64, until: i64, gone: Option<i64>) -> ClientSpan {
        ClientSpan {
            key: ClientKey { ip: ip.to_owned(), app: None, module: None },
            client: Connected { versions: BTreeSet::new(), connections },
            from: at(from),
            until: at(until),
            gone: gone.map(at),
        }
    }

    #[test]
    fn a_client_is_an_address_an_application_and_a_module() {
        let mut upgraded = seen("10.0.4.7", "order", "sdk");
        upgraded.version = Some("Nacos-Java-Client:v3.0.0".to_owned());
        let mut config = seen("10.0.4.7", "order", "sdk");
        config.module = Some("config".to_owned());
        let list = [
            seen("10.0.4.7", "order", "sdk"),
            upgraded,
            config,
            seen("10.0.4.7", "", "sdk"),
            seen("10.0.0.2", "", "cluster"),
            seen("10.0.0.9", "", "something"),
        ];
        let list = ClientList::of(&list);
        let told: Vec<(Option<&str>, Option<&str>, u32, usize)> = list
            .clients
            .iter()
            .map(|(key, one)| (key.app.as_deref(), key.module.as_deref(), one.connections, one.versions.len()))
            .collect();
        let order = Some("order");
        let expected = [(None, Some("naming"), 1, 1), (order, Some("config"), 1, 1), (order, Some("naming"), 2, 2)];
        assert_eq!((told, list.left_out), (expected.to_vec(), 0));
    }

    #[test]
    fn what_a_node_claims_stays_small() {
        let long = "x".repeat(100_000);
        let many: Vec<ClientSeen> =
            (0..5000).map(|n| seen(&format!("10.1.{}.{}", n / 250, n % 250), &long, "sdk")).collect();
        let list = ClientList::of(&many);
        assert_eq!((list.clients.len(), list.left_out), (MOST_CLIENTS, 3000));
        assert!(list.clients.keys().all(|key| key.app.as_ref().is_some_and(|app| app.len() == MOST_CHARS)));
        let mut reversed = many;
        reversed.reverse();
        assert_eq!(ClientList::of(&reversed), list, "the same ones are kept, in whatever order they come");
        let versions: Vec<ClientSeen> = (0..50)
            .map(|n| ClientSeen { version: Some(format!("v{n}")), ..seen("10.0.4.7", "order", "sdk") })
            .collect();
        let list = ClientList::of(&versions);
        let one = list.clients.values().next().expect("one");
        assert_eq!((list.clients.len(), one.connections, one.versions.len()), (1, 50, MOST_VERSIONS));
    }

    #[test]
    fn who_beats_is_a_client_of_its_own_for_each_port() {
        let mut claims = seen("10.0.4.7", "", "sdk");
        claims.module = Some("beat:8080".to_owned());
        let list = ClientList::of(&[claims]);
        assert!(list.beats_unread && list.clients.keys().all(|key| key.beat_port().is_none()), "{list:?}");
        let beating = [8080, 8081].map(|port| Beating { ip: "10.0.4.7".to_owned(), port });
        let list = list.with_beating(Some(&beating));
        let ports: Vec<Option<u16>> = list.clients.keys().map(ClientKey::beat_port).collect();
        assert_eq!((ports.len(), ports.iter().flatten().count(), list.beats_unread), (3, 2, false));
        let many: Vec<Beating> = (0..2500).map(|port| Beating { ip: "10.0.4.7".to_owned(), port }).collect();
        let list = ClientList::of(&[]).with_beating(Some(&many));
        assert_eq!((list.clients.len(), list.left_out), (MOST_CLIENTS, 500));
    }

    #[test]
    fn who_was_there_is_known_where_somebody_looked() {
        let looks = vec![
            NamedTime { from: at(0), until: at(60), left_out: 0 },
            NamedTime { from: at(200), until: at(300), left_out: 7 },
        ];
        let clients = vec![
            span("a", 1, 0, 300, None),
            span("b", 2, 0, 30, Some(40)),
            span("b", 1, 40, 60, Some(200)),
            span("c", 1, 200, 300, None),
        ];
        let all = ConnectedSeen::of((at(0), at(400)), 20_000, looks, clients);
        let told = |seconds: i64| {
            let there = all.at(at(seconds))?;
            Some(there.into_iter().map(|(key, there)| format!("{}{}", key.ip, there.client.connections)).collect())
        };
        let words = |words: &str| Some(words.split(' ').map(str::to_owned).collect::<Vec<String>>());
        assert_eq!(told(-1), None, "nobody had looked yet");
        assert_eq!(told(35), words("a1 b2"), "a look speaks until the next one");
        assert_eq!(told(40), words("a1 b1"));
        assert_eq!(told(80), words("a1 b1"), "and for a while if none follows");
        assert_eq!(told(81), None, "nobody looked: neither there nor gone");
        assert_eq!(told(250), words("a1 c1"));
        assert_eq!(all.named_at(at(250)).map(|time| time.left_out), Some(7));
        assert_eq!(told(321), None);
        let text = serde_json::to_string(&all).expect("text");
        assert_eq!(serde_json::from_str::<ConnectedSeen>(&text).expect("the same"), all);
        assert!(text.contains(r#"{"ip":"a","connections":1,"from":"#), "{text}");
    }

    #[test]
    fn what_is_cut_is_not_known() {
        let looks = vec![NamedTime { from: at(0), until: at(100_000), left_out: 0 }];
        let clients = (0..10_000).map(|n| span(&format!("ip-{n}"), 1, n * 10, n * 10 + 5, Some(n * 10 + 10))).collect();
        let all = ConnectedSeen::of((at(0), at(100_000)), 20_000, looks, clients);
        assert_eq!((all.clients.len(), all.cut_before), (MOST_SPANS, Some(at(60_000))));
        assert_eq!(all.at(at(59_990)), None, "who was there is not kept");
        assert_eq!(all.at(at(60_000)).map(|there| there.len()), Some(1));
        let early = ConnectedSeen::of((at(0), at(50)), 20_000, vec![], vec![span("a", 1, 0, 100, Some(110))]);
        assert_eq!(
            (early.clients[0].until, early.clients[0].gone),
            (at(50), None),
            "what comes later is not known yet"
        );
    }
}
