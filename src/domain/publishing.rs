//! Which instances of which services a client registers, read from the nodes before one of them stops. Pure.
//!
//! # Why
//! "10.0.4.7 is missing" does not tell its owner what to restart; "service `order`, instance 10.0.4.7:8080" does. Only the node
//! that holds a connection tells what it publishes, and a node that has stopped tells nothing: so it is asked beforehand, and
//! what it said is kept ([`PublishedSpan`]). It is one request a connection, so [`Reading`] says of which it is due: once when
//! the connection is new, a second time when the application had time to register, and then rarely.
//!
//! A list that nobody read is not an empty list. Neither is one of a connection that was opened a moment ago: an application
//! connects first and registers later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::beating::Beating;
use super::client_key::{ClientKey, ClientSeen, cut, may_publish};
use super::hidden::is_hidden;
use super::message::Message;
use super::time::Timestamp;
use super::vocabulary::ClientSource;

/// Most lists that are asked for at one look at a node.
pub const MOST_READS: usize = 12;
/// Most connections of a node whose lists are asked for; those beyond are "not read".
const MOST_CONNECTIONS: usize = 2000;
/// Most instances of one client that are kept by name.
const MOST_INSTANCES: usize = 50;
/// Most characters of the id of a connection. Longer ones are none of Nacos, and are not asked for.
const MOST_ID: usize = 200;
/// An application that connected so long ago has registered what it registers, milliseconds.
const SETTLED_MS: i64 = 60_000;
/// How long after each reading the next is due, milliseconds; the last holds for all that follow.
const AGAIN_MS: [i64; 3] = [SETTLED_MS, 10 * 60_000, 60 * 60_000];
/// A node that refuses, or has no such question, is not asked for so long, milliseconds.
const OFF_MS: i64 = 30 * 60_000;
/// The name of the public namespace as nodes write it, where they write one.
const PUBLIC: &str = "public";
/// The group that is not named, as nearly everybody is in it.
const USUAL_GROUP: &str = "DEFAULT_GROUP";
/// Most instances of one client that are told one by one.
const MOST_TOLD: usize = 10;

/// One instance of a service that a client registers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instance {
    /// Namespace; empty: the public one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Group.
    pub group: String,
    /// Service.
    pub service: String,
    /// Address under which it is registered: it may be another one than that of the connection.
    pub ip: String,
    /// Port.
    pub port: u16,
}

impl Instance {
    /// As it is kept: short, and the public namespace without a name.
    #[must_use]
    pub fn new(namespace: &str, group: &str, service: &str, ip: &str, port: u16) -> Self {
        let namespace = if namespace == PUBLIC { "" } else { namespace };
        let kept = |text: &str| cut(text).replace(is_hidden, "\u{fffd}");
        Self { namespace: kept(namespace), group: kept(group), service: kept(service), ip: kept(ip), port }
    }

    /// Its service as people name it.
    #[must_use]
    pub fn service_named(&self) -> String {
        match self.group.as_str() {
            "" | USUAL_GROUP => self.service.clone(),
            group => format!("{group}@@{}", self.service),
        }
    }

    /// Address and port.
    #[must_use]
    pub fn address(&self) -> String {
        if self.ip.contains(':') {
            format!("[{}]:{}", self.ip, self.port)
        } else {
            format!("{}:{}", self.ip, self.port)
        }
    }

    /// Which one it is, and how its service stands where that is worth a word. `is_beating`: its client sends heartbeats.
    #[must_use]
    pub fn says(&self, services: &Services, is_beating: bool) -> Message {
        let name = self.listed_as();
        let now = name.as_ref().and_then(|name| services.now.get(name));
        let well = name.as_ref().and_then(|name| services.well.get(name));
        let (stands, now, well) = match (now, well) {
            (Some(ServiceNow { healthy: 0, .. }), _) => ("none", 0, 0),
            (Some(now), Some(well)) if now.healthy < *well => ("fewer", now.healthy, *well),
            _ => ("others", 0, 0),
        };
        let space = if self.namespace.is_empty() { PUBLIC } else { &self.namespace };
        Message::new("restart-instance")
            .with("service", self.service_named())
            .with("namespace", space)
            .with("instance", self.address())
            .with("by", if is_beating { "beat" } else { "connection" })
            .with("stands", stands)
            .with("now", now)
            .with("well", well)
    }

    /// How lists of services name its service; `None`: they list the public namespace only.
    #[must_use]
    pub fn listed_as(&self) -> Option<String> {
        self.namespace.is_empty().then(|| format!("{}@@{}", self.group, self.service))
    }
}

/// What a client publishes at a node: the lists of all its connections, each of them read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its instances; none: it publishes nothing.
    pub instances: BTreeSet<Instance>,
    /// Instances that are too many to be kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Published {
    fn add(&mut self, list: &BTreeSet<Instance>) {
        for instance in list {
            if self.instances.len() < MOST_INSTANCES {
                self.instances.insert(instance.clone());
            } else if !self.instances.contains(instance) {
                self.left_out = self.left_out.saturating_add(1);
            }
        }
    }

    /// Adds what the same client publishes at another node.
    pub fn extend(&mut self, other: &Self) {
        self.left_out = self.left_out.saturating_add(other.left_out);
        self.add(&other.instances);
    }

    /// Its instances one by one, as far as a list can be read, and how many more there are. `is_beating`: the client sends
    /// heartbeats.
    #[must_use]
    pub fn says(&self, services: &Services, is_beating: bool) -> Vec<Message> {
        let mut told: Vec<&Instance> = self.instances.iter().collect();
        told.sort_by_key(|instance| (Urgency::of_instance(instance, services), *instance));
        let more = told.len().saturating_sub(MOST_TOLD) + usize::try_from(self.left_out).unwrap_or(usize::MAX);
        let each = told.into_iter().take(MOST_TOLD).map(|instance| instance.says(services, is_beating));
        each.chain((more > 0).then(|| Message::new("restart-more").with("n", more))).collect()
    }

    /// What of it is not in another one.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self { instances: self.instances.difference(&other.instances).cloned().collect(), left_out: self.left_out }
    }
}

/// What a client published at a node for as long as its lists said the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedSpan {
    /// Which client.
    #[serde(flatten)]
    pub key: ClientKey,
    /// What.
    #[serde(flatten)]
    pub published: Published,
    /// The first reading that said so.
    pub from: Timestamp,
    /// The first one that said something else; `None`: none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Instances of a service, as running nodes list them now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceNow {
    /// Those that are healthy.
    pub healthy: i64,
    /// All.
    pub all: i64,
}

/// Services of a cluster: now, and while all was well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// As running nodes list them.
    pub now: BTreeMap<String, ServiceNow>,
    /// Their instances in the baseline; none of which that is not known.
    pub well: BTreeMap<String, i64>,
}

impl Services {
    /// `baseline`: the cluster while all was well.
    #[must_use]
    pub fn new(now: BTreeMap<String, ServiceNow>, baseline: Option<&Baseline>) -> Self {
        let mut well: BTreeMap<String, i64> = BTreeMap::new();
        let nodes = baseline.into_iter().flat_map(|baseline| baseline.seen.nodes.values());
        for (name, all) in nodes.filter_map(|node| node.services.seen()).flat_map(|seen| &seen.instances) {
            let most = well.entry(name.clone()).or_default();
            *most = (*most).max(*all);
        }
        Self { now, well }
    }
}

/// How urgent it is that a client comes back; the most urgent is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// A service that it publishes has no healthy instance left.
    NoneHealthy,
    /// One has fewer than while all was well.
    Fewer,
    /// It publishes services that have others, or of which nobody knows.
    Others,
    /// It publishes nothing.
    Nothing,
    /// What it publishes was not read.
    NotRead,
}

impl Urgency {
    /// Of a client that publishes this.
    #[must_use]
    pub fn of(published: Option<&Published>, services: &Services) -> Self {
        let Some(published) = published else { return Self::NotRead };
        let each = published.instances.iter().map(|instance| Self::of_instance(instance, services));
        each.min().unwrap_or(Self::Nothing)
    }

    fn of_instance(instance: &Instance, services: &Services) -> Self {
        let name = instance.listed_as();
        match name.as_ref().and_then(|name| Some((services.now.get(name)?, services.well.get(name)))) {
            Some((ServiceNow { healthy: 0, .. }, _)) => Self::NoneHealthy,
            Some((now, Some(well))) if now.healthy < *well => Self::Fewer,
            _ => Self::Others,
        }
    }
}

impl PublishedSpan {
    /// Its instances one by one.
    #[must_use]
    pub fn says(&self) -> Vec<Message> {
        self.published.says(&Services::default(), self.key.beat_port().is_some())
    }
}

/// What a node said when it was asked what a connection publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// These instances.
    List(Vec<Instance>),
    /// It does not know that connection any more.
    Gone,
    /// It refuses, or has no such question.
    Refused,
    /// Nothing that can be read, or not in time.
    Nothing,
}

/// A connection of a node.
#[derive(Clone, Debug)]
struct Connection {
    key: ClientKey,
    since: Timestamp,
    readings: usize,
    due: Timestamp,
    /// What was read, and whether the application had had time to register.
    list: Option<(BTreeSet<Instance>, bool)>,
}

/// What was read of the connections of one node, and what is due.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    connections: BTreeMap<String, Connection>,
    off_until: Option<Timestamp>,
}

impl Reading {
    /// Takes over who is connected by the newest look, and for which clients that send heartbeats the node is responsible: what
    /// is known of others is forgotten.
    pub fn listed(&mut self, seen: &[ClientSeen], beating: &[Beating], at: Timestamp) {
        let is_due = |one: &&ClientSeen| {
            let is_asked_for = !one.id.is_empty() && one.id.len() <= MOST_ID;
            one.source == Some(ClientSource::Sdk) && may_publish(one.module.as_deref()) && is_asked_for
        };
        let connected = seen.iter().filter(is_due).map(|one| (one.id.clone(), ClientKey::of(one)));
        let all = connected.chain(beating.iter().map(|one| (one.id(), one.key())));
        let now: BTreeMap<String, ClientKey> = all.take(MOST_CONNECTIONS).collect();
        self.connections.retain(|id, _| now.contains_key(id));
        for (id, key) in now {
            let new = || Connection { key, since: at, readings: 0, due: at, list: None };
            self.connections.entry(id).or_insert_with(new);
        }
    }

    /// Connections whose lists are to be read now: first those that were never read, never more than [`MOST_READS`].
    #[must_use]
    pub fn due(&self, at: Timestamp) -> Vec<String> {
        if self.off_until.is_some_and(|until| at < until) {
            return Vec::new();
        }
        let mut due: Vec<(&String, &Connection)> = self.connections.iter().filter(|(_, one)| one.due <= at).collect();
        due.sort_by_key(|(id, one)| (one.readings, one.due, *id));
        due.into_iter().take(MOST_READS).map(|(id, _)| id.clone()).collect()
    }

    /// Takes what the node said of one.
    pub fn answered(&mut self, id: &str, answered: Answered, at: Timestamp) {
        if answered == Answered::Refused {
            self.off_until = Some(at.plus_millis(OFF_MS));
        }
        let Some(one) = self.connections.get_mut(id) else { return };
        let wait = AGAIN_MS[one.readings.min(AGAIN_MS.len() - 1)];
        (one.readings, one.due) = (one.readings + 1, at.plus_millis(wait));
        if let Answered::List(list) = answered {
            one.list = Some((list.into_iter().collect(), at.millis_since(one.since) >= SETTLED_MS));
        }
    }

    /// What each client publishes of which the lists of all connections are known.
    #[must_use]
    pub fn published(&self) -> BTreeMap<ClientKey, Published> {
        let mut all: BTreeMap<ClientKey, Option<Published>> = BTreeMap::new();
        for one in self.connections.values() {
            let client = all.entry(one.key.clone()).or_insert_with(|| Some(Published::default()));
            match (&one.list, client.as_mut()) {
                (Some((list, settled)), Some(published)) if *settled || !list.is_empty() => published.add(list),
                _ => *client = None,
            }
        }
        all.into_iter().filter_map(|(key, published)| Some((key, published?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    fn seen(id: &str, ip: &str, module: &str, source: &str) -> ClientSeen {
        ClientSeen {
            id: id.to_owned(),
            ip: ip.to_owned(),
            module: Some(module.to_owned()),
            source: Some(source.into()),
            app: Some("order".to_owned()),
            version: None,
            created: None,
        }
    }

    fn order(port: u16) -> Instance {
        Instance::new("public", "DEFAULT_GROUP", "order", "10.0.4.7", port)
    }

    fn ports(reading: &Reading) -> Vec<Vec<u16>> {
        reading.published().values().map(|one| one.instances.iter().map(|one| one.port).collect()).collect()
    }

    #[test]
    fn only_who_may_publish_is_asked_and_never_twice_without_need() {
        let mut reading = Reading::default();
        let long = "x".repeat(MOST_ID + 1);
        let list = [
            seen("a", "10.0.4.7", "naming", "sdk"),
            seen("b", "10.0.4.7", "config", "sdk"),
            seen("c", "10.0.0.2", "naming", "cluster"),
            seen(&long, "10.0.4.8", "naming", "sdk"),
            seen("", "10.0.4.9", "naming", "sdk"),
        ];
        reading.listed(&list, &[], at(0));
        assert_eq!(reading.due(at(0)), ["a"]);
        let mut asked = 0;
        for look in 0..720 {
            let now = at(look * 10);
            reading.listed(&list, &[], now);
            for id in reading.due(now) {
                reading.answered(&id, Answered::List(vec![order(8080)]), now);
                asked += 1;
            }
        }
        assert_eq!(asked, 4, "now, in a minute, ten minutes later, then once an hour");
        assert_eq!(ports(&reading), [[8080]]);
    }

    #[test]
    fn many_new_ones_take_turns() {
        let mut reading = Reading::default();
        let list: Vec<ClientSeen> =
            (0..30).map(|n| seen(&format!("{n:02}"), &format!("10.0.4.{n}"), "naming", "sdk")).collect();
        let mut looks = Vec::new();
        for look in 0..4 {
            reading.listed(&list, &[], at(look * 10));
            let due = reading.due(at(look * 10));
            looks.push(due.len());
            for id in due {
                reading.answered(&id, Answered::List(vec![order(8080)]), at(look * 10));
            }
        }
        assert_eq!(looks, [MOST_READS, MOST_READS, 6, 0]);
        assert_eq!(reading.published().len(), 30);
    }

    #[test]
    fn an_empty_list_counts_only_where_the_application_had_time_to_register() {
        let mut reading = Reading::default();
        let list = [seen("a", "10.0.4.7", "naming", "sdk")];
        reading.listed(&list, &[], at(0));
        reading.answered("a", Answered::List(Vec::new()), at(0));
        assert!(reading.published().is_empty(), "it connected this moment");
        assert!(reading.due(at(59)).is_empty());
        assert_eq!(reading.due(at(60)), ["a"]);
        reading.answered("a", Answered::List(Vec::new()), at(60));
        assert_eq!(ports(&reading), [Vec::<u16>::new()], "it publishes nothing");
    }

    #[test]
    fn a_client_is_known_when_all_its_connections_are() {
        let mut reading = Reading::default();
        let three = ["a", "b", "c"].map(|id| seen(id, "10.0.4.7", "naming", "sdk"));
        reading.listed(&three, &[], at(0));
        reading.answered("a", Answered::List(vec![order(8080)]), at(0));
        reading.answered("b", Answered::List(vec![order(8081)]), at(0));
        assert!(reading.published().is_empty(), "what the third publishes is not known");
        reading.answered("c", Answered::List(vec![order(8082)]), at(10));
        assert_eq!(ports(&reading), [[8080, 8081, 8082]]);
        // One process dies: the others still publish theirs, and nobody asks anew.
        reading.listed(&three[..2], &[], at(20));
        assert_eq!(ports(&reading), [[8080, 8081]]);
        reading.listed(&[], &[], at(30));
        assert!(reading.published().is_empty(), "nothing is said of who is not connected");
    }

    #[test]
    fn who_refuses_is_left_alone_and_what_failed_is_not_an_empty_list() {
        let mut reading = Reading::default();
        let two = ["a", "b"].map(|id| seen(id, id, "naming", "sdk"));
        reading.listed(&two, &[], at(0));
        reading.answered("a", Answered::Nothing, at(0));
        reading.answered("b", Answered::Gone, at(0));
        assert!(reading.published().is_empty());
        reading.answered("a", Answered::Refused, at(10));
        assert!(reading.due(at(1800)).is_empty(), "for half an hour");
        assert_eq!(reading.due(at(1810)).len(), 2);
    }

    #[test]
    fn a_service_without_an_instance_is_the_most_urgent() {
        let published = |list: &[Instance]| Published { instances: list.iter().cloned().collect(), left_out: 0 };
        let pay = Instance::new("", "DEFAULT_GROUP", "pay", "10.0.4.7", 9090);
        let elsewhere = Instance::new("dev", "DEFAULT_GROUP", "order", "10.0.4.7", 8080);
        let now = |healthy| [("DEFAULT_GROUP@@order".to_owned(), ServiceNow { healthy, all: 4 })].into();
        let well = [("DEFAULT_GROUP@@order".to_owned(), 3)].into();
        let none = BTreeMap::new();
        for (published, now, well, expected) in [
            (Some(published(&[order(1)])), now(0), &well, Urgency::NoneHealthy),
            (Some(published(&[order(1)])), now(0), &none, Urgency::NoneHealthy),
            (Some(published(&[order(1)])), now(2), &well, Urgency::Fewer),
            (Some(published(&[order(1)])), now(2), &none, Urgency::Others),
            (Some(published(&[order(1)])), now(3), &well, Urgency::Others),
            (Some(published(&[order(1)])), BTreeMap::new(), &well, Urgency::Others),
            (Some(published(std::slice::from_ref(&pay))), now(0), &well, Urgency::Others),
            (Some(published(&[pay, order(1)])), now(0), &well, Urgency::NoneHealthy),
            (Some(published(&[elsewhere])), now(0), &well, Urgency::Others),
            (Some(published(&[])), now(0), &well, Urgency::Nothing),
            (None, now(0), &well, Urgency::NotRead),
        ] {
            let services = Services { now, well: well.clone() };
            assert_eq!(Urgency::of(published.as_ref(), &services), expected, "{published:?} {services:?}");
        }
    }

    #[test]
    fn instances_are_told_the_most_urgent_first() {
        let services = Services {
            now: [("DEFAULT_GROUP@@z".to_owned(), ServiceNow { healthy: 0, all: 0 })].into(),
            well: BTreeMap::new(),
        };
        let mut instances: BTreeSet<Instance> = (1..=12).map(order).collect();
        instances.insert(Instance::new("", "DEFAULT_GROUP", "z", "fd00::1", 1));
        instances.insert(Instance::new("dev", "G", "a\u{202e}", "10.0.4.7", 1));
        let said = Published { instances, left_out: 2 }.says(&services, false);
        let args = |message: &Message, name: &str| message.args.get(name).cloned().unwrap_or_default();
        assert_eq!(
            (args(&said[0], "instance"), args(&said[0], "stands")),
            ("[fd00::1]:1".to_owned(), "none".to_owned())
        );
        assert_eq!((said.len(), said[10].key.as_str(), args(&said[10], "n")), (11, "restart-more", "6".to_owned()));
        let odd = Instance::new("dev", "G", "a\u{202e}", "10.0.4.7", 1).says(&services, false);
        assert_eq!((args(&odd, "service"), args(&odd, "namespace")), ("G@@a\u{fffd}".to_owned(), "dev".to_owned()));
    }

    #[test]
    fn what_a_node_claims_stays_small() {
        let mut reading = Reading::default();
        let many: Vec<ClientSeen> =
            (0..5000).map(|n| seen(&n.to_string(), &format!("ip-{n}"), "naming", "sdk")).collect();
        reading.listed(&many, &[], at(0));
        assert_eq!(reading.connections.len(), MOST_CONNECTIONS);
        reading.listed(&[seen("a", "10.0.4.7", "naming", "sdk")], &[], at(0));
        let long = "s".repeat(10_000);
        let list = (0..1000).map(|port| Instance::new(&long, &long, &long, &long, port)).collect();
        reading.answered("a", Answered::List(list), at(0));
        let published = reading.published().into_values().next().expect("one");
        assert_eq!((published.instances.len(), published.left_out), (MOST_INSTANCES, 950));
        assert!(published.instances.iter().all(|one| one.service.len() == 100 && one.namespace.len() == 100));
        let text = serde_json::to_string(&PublishedSpan {
            key: ClientKey { ip: "a".to_owned(), app: None, module: None },
            published: Published { instances: [order(1)].into(), left_out: 0 },
            from: at(0),
            until: None,
        });
        let text = text.expect("text");
        assert!(text.starts_with(r#"{"ip":"a","instances":[{"group":"DEFAULT_GROUP","service":"order""#), "{text}");
    }
}
