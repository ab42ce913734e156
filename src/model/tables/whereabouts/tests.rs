//! Clients that moved, stayed away, or may be where nobody could ask.

use std::collections::BTreeSet;

use super::{Whereabout, Whereabouts};
use crate::domain::beating::{Beating, BeatsSeen};
use crate::domain::connected::{ClientKey, ClientSpan, Connected, ConnectedSeen, NamedTime};
use crate::domain::vocabulary::MemberState;
use crate::domain::watched::{ClientsWatchedSeen, Watched, WatchedSpan};
use crate::model::tables::clients;
use crate::world::*;

/// The third node is silent since then, seconds ago.
const OUTAGE_S: i64 = 600;
/// Looks began then.
const LONG_S: i64 = 3600;

/// Address, application, connections.
type Client = (&'static str, &'static str, u32);

fn key((ip, app, _): &Client) -> ClientKey {
    let app = Some((*app).to_owned()).filter(|app| !app.is_empty());
    ClientKey { ip: (*ip).to_owned(), app, module: Some("naming".to_owned()) }
}

fn connection((ip, app, _): &Client, version: &str) -> ClientSeen {
    ClientSeen {
        id: format!("1_{ip}_1"),
        ip: (*ip).to_owned(),
        module: Some("naming".to_owned()),
        source: Some("sdk".into()),
        app: Some((*app).to_owned()).filter(|app| !app.is_empty()),
        version: Some(version.to_owned()),
        created: None,
    }
}

/// What the watcher saw: who was there until `until_s` ago.
fn seen_until(clients: &[Client], until_s: i64, left_out: u32) -> ConnectedSeen {
    let client = |one: &Client| ClientSpan {
        key: key(one),
        client: Connected { versions: BTreeSet::from(["Nacos-Java-Client:v2.5.1".to_owned()]), connections: one.2 },
        from: ago(LONG_S),
        until: ago(until_s),
        gone: None,
    };
    let looks = vec![NamedTime { from: ago(LONG_S), until: ago(until_s), left_out }];
    ConnectedSeen::of((ago(LONG_S), ago(0)), 20_000, looks, clients.iter().map(client).collect())
}

/// Three nodes of which only the API can be read; the third fell silent. What each had before, and what it lists now.
struct Story {
    before: [Option<Vec<Client>>; 3],
    now: [Option<Vec<Client>>; 3],
    /// Whether the peers of the third call it down.
    called_down: bool,
    left_out: u32,
    version: &'static str,
}

impl Story {
    /// The third node, with two clients, was killed.
    fn killed(now: [Vec<Client>; 2]) -> Self {
        let [one, two] = now;
        Self {
            before: [
                Some(vec![("10.0.4.1", "pay", 1)]),
                Some(vec![("10.0.4.2", "pay", 1), ("10.0.4.3", "", 3)]),
                Some(vec![("10.0.4.7", "order", 2), ("10.0.4.8", "order", 1)]),
            ],
            now: [Some(one), Some(two), None],
            called_down: true,
            left_out: 0,
            version: "Nacos-Java-Client:v2.5.1",
        }
    }

    fn world(&self) -> World {
        let mut world = api_only();
        for (index, (before, now)) in self.before.iter().zip(&self.now).enumerate() {
            let dead = index == 2;
            let name = world.name(index);
            let until_s = if dead { OUTAGE_S + 5 } else { 0 };
            let had: u32 = before.iter().flatten().map(|client| client.2).sum();
            let counted = Watched::Counted { sdk: i64::from(had) };
            let mut spans = vec![WatchedSpan { from: ago(LONG_S), until: ago(until_s), seen: counted }];
            if dead {
                spans.push(WatchedSpan { from: ago(OUTAGE_S), until: ago(0), seen: Watched::Silent });
            }
            let connected = before.as_ref().map_or_else(
                || ConnectedSeen::of((ago(LONG_S), ago(0)), 20_000, Vec::new(), Vec::new()),
                |clients| seen_until(clients, until_s, self.left_out),
            );
            let seen = ClientsWatchedSeen {
                from: ago(LONG_S),
                to: ago(0),
                spans,
                counted_by: "loader".into(),
                rough_ms: 0,
                connected: Some(connected),
            };
            world.observations.put("clients.watched", name.clone(), Observed::Watched(seen));
            if let Some(now) = now {
                let of = |client: &Client| vec![connection(client, self.version); client.2 as usize];
                let mut connections: Vec<ClientSeen> = now.iter().flat_map(of).collect();
                let sdk = i64::try_from(connections.len()).ok();
                connections
                    .push(ClientSeen { source: Some("cluster".into()), ..connection(&("10.0.0.1", "", 1), "s") });
                let seen = ClientsSeen {
                    sdk,
                    cluster: Some(1),
                    from: "loader".into(),
                    connections,
                    history: Vec::new(),
                    beats: Default::default(),
                };
                world.observations.put("clients.connections", name.clone(), Observed::Clients(seen));
            }
            if dead {
                world.observations.seen.get_mut("node.view").expect("views").remove(&name);
                for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
                    set_port(&mut world, index, role, PortResult::Refused, 1);
                }
            } else if self.called_down {
                let dead = world.peer(2, 0);
                set_view(&mut world, index, |_, view| {
                    for member in view.members.iter_mut().filter(|member| member.address == dead) {
                        member.state = MemberState::Down;
                    }
                });
            }
        }
        world
    }

    fn seen(&self) -> Whereabouts {
        let world = self.world();
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
        let since = clients::named_since(&model).expect("an outage");
        assert_eq!(since, ago(OUTAGE_S + 2));
        clients::whereabouts(&model, since).expect("the watcher named clients")
    }

    /// How many a round keeps as missing, and whether others may be; `None`: it says nothing of clients.
    fn kept(&self) -> Option<(usize, bool)> {
        let world = self.world();
        let model = ClusterModel::build(&world.cluster, &world.observations, Timestamp::from_millis(AT), WINDOW_MS);
        clients::away(&model).map(|away| (away.missing.len(), away.has_gaps))
    }

    /// Address and state of all that did not stay.
    fn told(&self) -> Vec<(String, Whereabout)> {
        let changed = |client: &super::ClientStands| client.state != Whereabout::Stayed;
        self.seen().clients.into_iter().filter(changed).map(|client| (client.key.ip, client.state)).collect()
    }

    fn findings(&self) -> Vec<(Outcome, String)> {
        let found = self.world().diagnose().findings.into_iter().filter(|one| one.code == Code::ClientsMissing);
        let text = |message: &Message| {
            let args: Vec<String> = message.args.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", message.key, args.join(" "))
        };
        found.map(|one| (one.outcome, text(&one.summary))).collect()
    }
}

const PAY: Client = ("10.0.4.1", "pay", 1);
const SECOND: [Client; 2] = [("10.0.4.2", "pay", 1), ("10.0.4.3", "", 3)];

fn second(more: &[Client]) -> Vec<Client> {
    [&SECOND[..], more].concat()
}

fn stated(told: &[(&str, Whereabout)]) -> Vec<(String, Whereabout)> {
    told.iter().map(|(ip, state)| ((*ip).to_owned(), *state)).collect()
}

#[test]
fn clients_of_a_killed_node_are_named_while_they_are_away() {
    let story = Story::killed([vec![PAY], second(&[])]);
    let (missing, in_part) = (Whereabout::Missing, Whereabout::InPart);
    assert_eq!(story.told(), stated(&[("10.0.4.7", missing), ("10.0.4.8", missing)]));
    let all = story.seen();
    assert_eq!(all.clients[0].last, Some((2, ago(OUTAGE_S + 5))), "the last look that saw it");
    let [(Outcome::Warn, text)] = &story.findings()[..] else { panic!("{:?}", story.findings()) };
    let expected =
        "finding-clients-missing-named before=8 missing=3 more=0 now=5 who=10.0.4.7 order 0/2, 10.0.4.8 order 0/1";
    assert_eq!(text, expected);

    let story = Story::killed([vec![PAY, ("10.0.4.7", "order", 1)], second(&[])]);
    assert_eq!(story.told(), stated(&[("10.0.4.8", missing), ("10.0.4.7", in_part)]), "one connection of two");
    let all = Story::killed([vec![PAY, ("10.0.4.7", "order", 2)], second(&[("10.0.4.8", "order", 1)])]);
    assert_eq!(all.told(), stated(&[("10.0.4.7", Whereabout::Moved), ("10.0.4.8", Whereabout::Moved)]));
    assert!(all.findings().is_empty(), "{:?}", all.findings());
}

#[test]
fn who_sends_heartbeats_is_missing_only_where_all_were_read() {
    let one = |port| Beating { ip: "10.0.4.20".to_owned(), port };
    let list = |ports: &[u16]| BeatsSeen::Listed(ports.iter().copied().map(one).collect());
    let told = |now: [BeatsSeen; 2]| {
        let mut world = Story::killed([vec![PAY], second(&[])]).world();
        let connected = seen_until(&[], OUTAGE_S + 5, 0);
        for (port, kept) in [(8080, 2), (8081, 2), (8082, 0)] {
            let seen = world.observations.seen.get_mut("clients.watched").expect("watched");
            let Some(Observed::Watched(seen)) = seen.values_mut().nth(kept) else { panic!("a node") };
            let span = ClientSpan {
                key: one(port).key(),
                client: Connected { versions: BTreeSet::new(), connections: 1 },
                from: ago(LONG_S),
                until: connected.looks[0].until,
                gone: None,
            };
            seen.connected.as_mut().expect("clients").clients.push(span);
        }
        let seen = world.observations.seen.get_mut("clients.connections").expect("connections");
        for (observed, beats) in seen.values_mut().zip(now) {
            let Observed::Clients(clients) = observed else { panic!("clients") };
            clients.beats = beats;
        }
        let model = ClusterModel::build(&world.cluster, &world.observations, Timestamp::from_millis(AT), WINDOW_MS);
        let all = clients::whereabouts(&model, clients::named_since(&model).expect("an outage")).expect("clients");
        let beating = all.clients.iter().filter_map(|client| Some((client.key.beat_port()?, client.state)));
        let mut states: Vec<(u16, Whereabout)> = beating.collect();
        states.sort_unstable();
        (states, all.beats_untold)
    };
    let (missing, moved, not_known) = (Whereabout::Missing, Whereabout::Moved, Whereabout::NotKnown);
    let (states, untold) = told([list(&[8080, 8082]), list(&[8080])]);
    assert_eq!((states[0], states[1], untold.len()), ((8080, moved), (8081, missing), 0), "{states:?}");
    assert!(!states[2].1.is_away(), "a copy is enough: {states:?}");
    let (states, untold) = told([list(&[8080]), BeatsSeen::Untold]);
    assert_eq!((states[1], states[2], untold), ((8081, not_known), (8082, not_known), vec![1]));
    assert_eq!(states[0], (8080, moved), "one that any node lists is there");
    let (states, untold) = told([BeatsSeen::NotAsked, BeatsSeen::NotAsked]);
    assert!(states.iter().all(|(_, state)| *state == not_known) && untold.is_empty(), "{states:?}");
    let (states, _) = told([list(&[8080, 8081, 8082, 8083]), list(&[])]);
    assert_eq!(states[3], (8083, Whereabout::New));
}

#[test]
fn one_that_was_upgraded_is_the_same_and_one_at_another_address_is_not() {
    let mut story = Story::killed([vec![PAY, ("10.0.4.7", "order", 2)], second(&[("10.0.4.9", "order", 1)])]);
    story.version = "Nacos-Java-Client:v3.0.0";
    let expected = [("10.0.4.8", Whereabout::Missing), ("10.0.4.7", Whereabout::Moved), ("10.0.4.9", Whereabout::New)];
    assert_eq!(story.told(), stated(&expected));
    let moved = &story.seen().clients[1];
    assert_eq!((moved.versions_before.len(), moved.versions_now.len()), (1, 1));
    assert_ne!(moved.versions_before, moved.versions_now);
    // As many connections as before: a count alone would say that all is well.
    let [(Outcome::Advice, text)] = &story.findings()[..] else { panic!("{:?}", story.findings()) };
    assert_eq!(text, "finding-clients-missing-by-name count=1 more=0 new=1 who=10.0.4.8 order 0/1");
}

#[test]
fn one_that_may_be_where_nobody_asked_is_not_missing() {
    let mut story = Story::killed([vec![PAY], second(&[])]);
    story.called_down = false;
    let unknown = stated(&[("10.0.4.7", Whereabout::NotKnown), ("10.0.4.8", Whereabout::NotKnown)]);
    assert_eq!(story.told(), unknown, "ports that refuse from here may be those of a firewall");
    assert_eq!(story.seen().unseen_now, [2]);
    assert!(story.findings().iter().all(|(_, text)| !text.contains("10.0.4.7")), "{:?}", story.findings());
    // A node that runs and does not list its clients, as where that is refused.
    let mut story = Story::killed([vec![], second(&[])]);
    story.now[0] = None;
    let mut expected = unknown;
    expected.push(("10.0.4.1".to_owned(), Whereabout::NotKnown));
    assert_eq!(story.told(), expected);
    assert_eq!(story.seen().unseen_now, [0]);
}

#[test]
fn what_nobody_looked_at_before_is_not_missed_and_nothing_is_new() {
    let mut story = Story::killed([vec![PAY], second(&[("10.0.4.9", "", 1)])]);
    story.before[2] = None;
    assert_eq!(story.told(), stated(&[("10.0.4.9", Whereabout::NotKnown)]), "it may have been on the third");
    assert_eq!(story.seen().unseen_before, [2]);
    assert_eq!(story.kept(), Some((0, true)), "that nobody is missing is not known");
    story.before = [None, None, None];
    assert_eq!(story.kept(), None, "where nobody looked, nobody is said to be there");
    let all = story.seen();
    assert!(all.nobody_looked(3) && all.clients.iter().all(|client| client.state == Whereabout::NotKnown));
    assert!(story.findings().iter().all(|(_, text)| !text.contains("who=")), "{:?}", story.findings());
    // More clients than are kept: who else was there is not known.
    let mut story = Story::killed([vec![PAY], second(&[("10.0.4.9", "", 1)])]);
    assert_eq!(story.kept().map(|(_, has_gaps)| has_gaps), Some(false), "all are known");
    story.left_out = 5;
    assert_eq!(story.kept().map(|(_, has_gaps)| has_gaps), Some(true), "who else was there is not");
    let told = story.told();
    assert_eq!(told.last(), Some(&("10.0.4.9".to_owned(), Whereabout::NotKnown)), "{told:?}");
    assert_eq!(told[0], ("10.0.4.7".to_owned(), Whereabout::Missing), "those that are kept are missed all the same");
}

#[test]
fn many_and_long_names_stay_a_sentence() {
    let long: &'static str = Box::leak("x".repeat(90).into_boxed_str());
    let ips: Vec<&'static str> = (0..50).map(|n| &*Box::leak(format!("10.9.0.{n}").into_boxed_str())).collect();
    let mut story = Story::killed([vec![PAY], second(&[])]);
    story.before[2] = Some(ips.iter().map(|ip| (*ip, long, 1)).collect());
    let [(Outcome::Warn, text)] = &story.findings()[..] else { panic!("{:?}", story.findings()) };
    assert!(text.contains(" more=47 ") && text.chars().count() < 300, "{text}");
    let world = story.world();
    let finding = world.diagnose().findings.into_iter().find(|one| one.code == Code::ClientsMissing).expect("one");
    assert!(finding.evidence.len() < 25, "{}", finding.evidence.len());
}

#[test]
fn what_is_away_is_told_by_what_it_published() {
    use crate::domain::publishing::{Instance, Published, PublishedSpan, ServiceNow};

    let instance = |service: &str, port| Instance::new("", "DEFAULT_GROUP", service, "10.0.4.7", port);
    let span = |client: &Client, instances: &[Instance], from_s| PublishedSpan {
        key: key(client),
        published: Published { instances: instances.iter().cloned().collect(), left_out: 0 },
        from: ago(from_s),
        until: None,
    };
    let mut world = Story::killed([vec![("10.0.4.1", "pay", 1), ("10.0.4.7", "order", 1)], Vec::new()]).world();
    let mut publish = |index: usize, spans: Vec<PublishedSpan>| {
        let name = world.name(index);
        let watched = world.observations.seen.get_mut("clients.watched").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::Watched(seen)) = watched else { panic!("{name} was watched") };
        let connected = seen.connected.take().expect("named");
        seen.connected = Some(connected.with_published(ago(0), spans));
    };
    let (both, other) = (("10.0.4.7", "order", 2), ("10.0.4.8", "order", 1));
    let two = [instance("order", 8080), instance("order", 8081)];
    publish(2, vec![span(&both, &two, LONG_S), span(&other, &[instance("stock", 1)], OUTAGE_S - 1)]);
    publish(0, vec![span(&both, &two[..1], 60)]);
    publish(1, vec![span(&("10.0.4.2", "pay", 1), &[], LONG_S)]);
    let at = Timestamp::from_millis(AT);
    let told = |world: &World| {
        let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
        let all = clients::whereabouts(&model, clients::named_since(&model).expect("an outage")).expect("named");
        let of = |one: &super::ClientStands| {
            let ports = one.publishes.as_ref().map(|one| one.instances.iter().map(|one| one.port).collect::<Vec<_>>());
            (one.key.ip.clone(), one.state, ports)
        };
        (all.clients.iter().map(of).collect::<Vec<_>>(), all.services(&model))
    };
    let (clients, services) = told(&world);
    assert_eq!(
        clients[..4],
        [
            ("10.0.4.3".to_owned(), Whereabout::Missing, None),
            ("10.0.4.8".to_owned(), Whereabout::Missing, Some(vec![1])),
            ("10.0.4.2".to_owned(), Whereabout::Missing, Some(vec![])),
            ("10.0.4.7".to_owned(), Whereabout::InPart, Some(vec![8081])),
        ]
    );
    assert!(services.is_empty(), "no node lists services: that none is healthy is not known");
    for (index, healthy) in [(0, 0), (1, 2)] {
        set_view(&mut world, index, |_, view| {
            view.services = [("DEFAULT_GROUP@@order".to_owned(), (healthy, 3))].into();
        });
    }
    let now = |healthy, all| ServiceNow { healthy, all };
    let expected = [("DEFAULT_GROUP@@order".to_owned(), now(2, 3)), ("DEFAULT_GROUP@@stock".to_owned(), now(0, 0))];
    assert_eq!(told(&world).1, expected.into(), "the fullest list counts; what a complete one lacks has none");
}
