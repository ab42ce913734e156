//! Clients that are not back, and clients that sit on too few nodes.

use super::client_losses;
use crate::diagnosis::case::{Case, Chain, Rule, Seen, about, requires};
use crate::domain::balance::{FEW_PER_NODE, is_far_above};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Variant;
use crate::domain::message::Message;
use crate::model::stop_traces::stamp;
use crate::model::tables::clients::{self, Empty, OnOneNode, Spread};
use crate::model::{ClusterModel, cite};
use crate::nacos::timing;

/// Below this many a node, it is chance.
const SOME_PER_NODE: i64 = 3;

/// That many hosts of one application do not meet on one node by chance.
const MANY_HOSTS: usize = 8;

/// Fewer connections than these may be gone for any reason.
const FEW_BEFORE: i64 = 5;

/// Most clients that are named in a sentence.
const CLIENTS_NAMED: usize = 3;

/// What is wrong with the connections of clients. Where no node tells how many it has, only lines of their ends tell.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let spread = clients::spread(model);
    let mut found = client_losses::left(model);
    found.extend(BY_LOG.case(model, &OneServer::of(model)));
    if spread.counts.is_empty() {
        return found;
    }
    let apps = clients::on_one_node(model).into_iter().filter_map(|app| APPS.case(model, &app));
    found.extend(apps);
    let waves = client_losses::waves(model);
    if !waves.is_empty() {
        // How many there are at a moment is chance then.
        found.extend(waves);
        return found;
    }
    let mut uneven: Vec<Case> = spread.empty().iter().filter_map(|empty| EMPTY.case(model, empty)).collect();
    if uneven.is_empty() {
        uneven.extend(SPREAD.case(model, &spread));
    }
    let counted = RETURN.case(model, &spread).or_else(|| GONE.case(model, &spread));
    let back = counted.or_else(|| BY_NAME.case(model, &spread));
    found.extend(back.into_iter().chain(uneven));
    found
}

/// Whether those from before the outage are back.
pub static RETURN: Chain<Spread> = Chain {
    rules: &[&MANY_MISSING, &SOME_MISSING],
    fill: |_, spread, message| {
        let before = before(spread);
        let message = message.with("before", before).with("now", spread.total).with("missing", before - spread.total);
        named(spread, message)
    },
    ..Chain::PLAIN
};

/// Who is away, where that is known.
fn named(spread: &Spread, message: Message) -> Message {
    let away = &spread.away;
    if away.count == 0 { message } else { message.with("who", &away.named).with("more", away.more) }
}

static MANY_MISSING: Rule<Spread> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("outage-with-known-connections", outage),
        requires("every-running-node-counts", every_node_counts),
        requires("connections-before", connections_before),
        requires("fewer-than-before", fewer_than_before),
        requires("time-to-come-back", time_to_come_back),
        requires("many-are-missing", |_, spread| Seen::of(spread.total * 100 < before(spread) * 80)),
    ],
    missing_key,
)
.warn()
.likely();

static SOME_MISSING: Rule<Spread> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("outage-with-known-connections", outage),
        requires("every-running-node-counts", every_node_counts),
        requires("connections-before", connections_before),
        requires("fewer-than-before", fewer_than_before),
        requires("time-to-come-back", time_to_come_back),
    ],
    missing_key,
)
.advice()
.likely();

fn missing_key(_: &ClusterModel<'_>, spread: &Spread) -> &'static str {
    if spread.away.count == 0 { "finding-clients-missing" } else { "finding-clients-missing-named" }
}

fn gone_key(_: &ClusterModel<'_>, spread: &Spread) -> &'static str {
    if spread.away.count == 0 { "finding-clients-gone" } else { "finding-clients-gone-named" }
}

fn before(spread: &Spread) -> i64 {
    spread.before.as_ref().map_or(0, |before| before.total)
}

fn outage(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.before.is_some())
}

fn every_node_counts(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.uncounted.is_empty())
}

fn connections_before(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(before(spread) >= FEW_BEFORE)
}

fn fewer_than_before(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    if spread.total * 100 < before(spread) * 95 { Seen::Yes(then_and_now(spread)) } else { Seen::No }
}

/// What was counted before, where it was the watcher that counted, and what is counted now; and who is away.
fn then_and_now(spread: &Spread) -> Vec<EvidenceRef> {
    spread.watched.iter().chain(&spread.evidence).chain(&spread.away.evidence).cloned().collect()
}

fn time_to_come_back(model: &ClusterModel<'_>, spread: &Spread) -> Seen {
    let outage = spread.before.as_ref();
    Seen::of(outage.is_some_and(|before| model.age_ms(before.at) >= timing::CLIENTS_BACK_MS))
}

/// Connections that went away together while every node runs: most likely it is the clients, or what lies between.
pub static GONE: Chain<Spread> = Chain {
    rules: &[&MOST_GONE, &SOME_GONE],
    fill: |model, spread, message| {
        let Some(fall) = &spread.fall else { return message };
        named(spread, message)
            .with("before", fall.before)
            .with("gone", fall.before - fall.after)
            .with("now", spread.total)
            .with("seconds", fall.seconds.max(1))
            .with("at", stamp(model, fall.node, fall.at))
            .with("node", model.nodes[fall.node].name)
            .with("had", fall.had)
    },
    // Where most of them were on one node, it is that one to look at.
    nodes: |_, spread| {
        let of_one = spread.fall.as_ref().filter(|fall| fall.lost * 5 >= (fall.before - fall.after) * 4);
        (of_one.map(|fall| fall.node), None)
    },
    ..Chain::PLAIN
};

static MOST_GONE: Rule<Spread> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("connections-fell-at-once", fell_at_once),
        requires("still-fewer", still_fewer),
        requires("half-are-gone", |_, spread: &Spread| Seen::of(lost(spread) >= 50 || one_node_lost_all(spread))),
    ],
    gone_key,
)
.warn()
.likely()
.variant(Variant::WentTogether);

static SOME_GONE: Rule<Spread> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("connections-fell-at-once", fell_at_once),
        requires("still-fewer", still_fewer),
        requires("a-fifth-is-gone", |_, spread: &Spread| Seen::of(lost(spread) >= 20)),
    ],
    gone_key,
)
.advice()
.likely()
.variant(Variant::WentTogether);

/// Clients that are away though there are about as many connections as before: others came meanwhile. Those may be the same at
/// another address, as after the restart of a pod, which nobody can see.
pub static BY_NAME: Chain<Spread> = Chain {
    rules: &[&SOME_AWAY],
    fill: |_, spread, message| named(spread, message).with("count", spread.away.count).with("new", spread.away.new),
    ..Chain::PLAIN
};

static SOME_AWAY: Rule<Spread> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("clients-of-before-are-on-no-node", |_, spread: &Spread| Seen::lines(spread.away.evidence.clone())),
        requires("time-for-them-to-come-back", |model, spread: &Spread| {
            Seen::of(spread.named_since.is_some_and(|at| model.age_ms(at) >= timing::CLIENTS_BACK_MS))
        }),
    ],
    |_, _| "finding-clients-missing-by-name",
)
.advice()
.likely();

/// How much of the connections went away, in percent.
fn lost(spread: &Spread) -> i64 {
    spread.fall.as_ref().map_or(0, |fall| (fall.before - fall.after) * 100 / fall.before.max(1))
}

/// Nearly all of one node: the others did not lose theirs, so it is not the clients.
fn one_node_lost_all(spread: &Spread) -> bool {
    spread.fall.as_ref().is_some_and(|fall| fall.had >= FEW_BEFORE && fall.lost * 10 >= fall.had * 9)
}

fn fell_at_once(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    let fall = spread.fall.as_ref();
    let fell = fall.is_some_and(|fall| fall.before >= FEW_BEFORE && fall.seconds * 1000 <= timing::FALL_MS);
    if fell { Seen::Yes(then_and_now(spread)) } else { Seen::No }
}

fn still_fewer(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.fall.as_ref().is_some_and(|fall| spread.total <= fall.after))
}

/// Nodes that have next to no connections: a node that comes back gets none by itself.
pub static EMPTY: Chain<Empty> = Chain {
    rules: &[&EMPTY_NODE, &EMPTY_OF_FEW],
    fill: |model, empty, message| {
        message
            .with("node", model.nodes[empty.node].name)
            .with("count", empty.count)
            .with("total", empty.total)
            .with("nodes", empty.nodes)
            .with("fullest", model.nodes[empty.fullest.0].name)
            .with("most", empty.fullest.1)
    },
    nodes: |_, empty| (Some(empty.node), None),
    ..Chain::PLAIN
};

static EMPTY_NODE: Rule<Empty> = Rule::fail(
    Code::ClientsSkewed,
    &[
        about("next-to-none-of-the-connections", next_to_none),
        requires("enough-connections", |_, empty: &Empty| Seen::of(empty.total >= FEW_PER_NODE * empty.nodes)),
    ],
    |_, _| "finding-clients-empty",
)
.warn()
.variant(Variant::Empty);

static EMPTY_OF_FEW: Rule<Empty> = Rule::fail(
    Code::ClientsSkewed,
    &[
        about("next-to-none-of-the-connections", next_to_none),
        requires("some-connections", |_, empty: &Empty| Seen::of(empty.total >= SOME_PER_NODE * empty.nodes)),
    ],
    |_, _| "finding-clients-empty",
)
.advice()
.variant(Variant::Empty);

fn next_to_none(_: &ClusterModel<'_>, empty: &Empty) -> Seen {
    Seen::Yes(empty.evidence.clone())
}

/// How they are spread over the nodes.
pub static SPREAD: Chain<Spread> = Chain {
    rules: &[&SKEWED, &SKEWED_OF_FEW],
    fill: |model, spread, message| {
        let fullest = spread.fullest();
        message
            .with("node", fullest.map_or("–", |(node, _)| model.nodes[node].name.0.as_str()))
            .with("most", fullest.map_or(0, |(_, most)| most))
            .with("total", spread.total)
            .with("nodes", spread.nodes())
    },
    nodes: |_, spread| (spread.fullest().map(|(node, _)| node), None),
    ..Chain::PLAIN
};

static SKEWED: Rule<Spread> = Rule::fail(
    Code::ClientsSkewed,
    &[
        about("several-nodes-count", several_nodes_count),
        requires("far-above-its-share", far_above_its_share),
        requires("enough-connections", |_, spread| Seen::of(spread.total >= FEW_PER_NODE * spread.nodes())),
    ],
    |_, _| "finding-clients-skewed",
)
.warn();

static SKEWED_OF_FEW: Rule<Spread> = Rule::fail(
    Code::ClientsSkewed,
    &[
        about("several-nodes-count", several_nodes_count),
        requires("far-above-its-share", far_above_its_share),
        requires("some-connections", |_, spread| Seen::of(spread.total >= SOME_PER_NODE * spread.nodes())),
    ],
    |_, _| "finding-clients-skewed",
)
.advice();

fn several_nodes_count(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    Seen::of(spread.nodes() > 1)
}

fn far_above_its_share(_: &ClusterModel<'_>, spread: &Spread) -> Seen {
    let most = spread.fullest().map_or(0, |(_, most)| most);
    if is_far_above(most, spread.total, spread.nodes()) { Seen::Yes(spread.evidence.clone()) } else { Seen::No }
}

/// Where the clients of one application are connected: chance spreads clients that know all nodes.
pub static APPS: Chain<OnOneNode> = Chain {
    rules: &[&KNOWS_ONE_NODE],
    fill: |model, app, message| {
        message.with("node", model.nodes[app.node].name).with("app", &app.app).with("hosts", app.hosts)
    },
    nodes: |_, app| (Some(app.node), None),
    ..Chain::PLAIN
};

static KNOWS_ONE_NODE: Rule<OnOneNode> = Rule::fail(
    Code::ClientsSingleServer,
    &[
        requires("all-its-clients-on-one-node", |_, app: &OnOneNode| Seen::Yes(app.evidence.clone())),
        requires("runs-on-many-hosts", |_, app| Seen::of(app.hosts >= MANY_HOSTS)),
        requires("other-nodes-took-in-clients", |_, app| Seen::of(app.others_took_in)),
    ],
    |_, _| "finding-clients-single-server",
)
.advice()
.possible();

/// Clients whose own logs say that they have one server only.
pub struct OneServer {
    /// The client and its server.
    clients: Vec<(String, String)>,
    evidence: Vec<EvidenceRef>,
}

impl OneServer {
    /// Those whose server is a node: one that is a front door may stand for all nodes.
    fn of(model: &ClusterModel<'_>) -> Self {
        let logs = model.observations.client_logs.iter();
        let only = logs.filter_map(|(client, seen)| {
            let server = seen.only_server().filter(|server| model.owner(server).is_some())?;
            Some((client, server, seen.knows_by.as_deref().unwrap_or(server)))
        });
        let (mut clients, mut evidence) = (Vec::new(), Vec::new());
        for (client, server, line) in only {
            clients.push((client.clone(), server.to_owned()));
            evidence.push(cite::client_log(client, line));
        }
        Self { clients, evidence }
    }
}

/// Clients that say themselves that they know one node only.
pub static BY_LOG: Chain<OneServer> = Chain {
    rules: &[&HAS_ONE_SERVER],
    fill: |_, one, message| {
        let named: Vec<String> =
            one.clients.iter().take(CLIENTS_NAMED).map(|(client, server)| format!("{client} → {server}")).collect();
        message
            .with("clients", named.join(", "))
            .with("count", one.clients.len())
            .with("more", one.clients.len().saturating_sub(CLIENTS_NAMED))
    },
    ..Chain::PLAIN
};

static HAS_ONE_SERVER: Rule<OneServer> = Rule::fail(
    Code::ClientsSingleServer,
    &[requires("its-own-log-names-one-node-only", |_, one: &OneServer| Seen::lines(one.evidence.clone()))],
    |_, _| "finding-clients-single-server-log",
)
.advice();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::watched::{ClientsWatchedSeen, Watched, WatchedSpan};
    use crate::world::*;

    fn client(ip: u8, app: &str, created_s: i64) -> ClientSeen {
        ClientSeen {
            id: format!("{ip}_{app}"),
            ip: format!("10.1.0.{ip}"),
            module: None,
            source: Some("sdk".into()),
            app: Some(app.to_owned()),
            version: None,
            created: Some(Timestamp::from_millis(AT - created_s * 1000)),
        }
    }

    fn judged(clients: [Vec<ClientSeen>; 2]) -> Vec<String> {
        let mut observations = Observations::default();
        let mut nodes = Vec::new();
        for (index, connections) in clients.into_iter().enumerate() {
            let name = NodeName(format!("n{}", index + 1));
            let seen = ClientsSeen {
                sdk: i64::try_from(connections.len()).ok(),
                cluster: None,
                from: "loader".into(),
                connections,
                history: Vec::new(),
                beats: Default::default(),
            };
            let at = Timestamp::from_millis(AT);
            let logs = LogsSeen {
                unstamped: None,
                beginnings: None,
                from: at,
                to: at,
                files: Vec::new(),
                unreadable: Vec::new(),
                hits: Vec::new(),
                unknown: Vec::new(),
                last_stamp: Some(at),
                last_heartbeat: Some(at),
                connection_history: Vec::new(),
                stalls: Vec::new(),
                zone_offset_s: 0,
                clock_offset_ms: None,
                peer_clock_offsets: BTreeMap::new(),
                zone_derived: true,
                aligned_ms: 0,
            };
            observations.put("clients.connections", name.clone(), Observed::Clients(seen));
            observations.put("logs.signatures", name.clone(), Observed::Logs(logs));
            nodes.push(NodeSpec { name, api: None, files: FileSource::None });
        }
        let cluster = Cluster {
            id: ClusterId(0),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&cluster, &observations, at, WINDOW_MS);
        cases(&model)
            .into_iter()
            .filter(|one| one.code == Code::ClientsSingleServer)
            .map(|one| one.summary.args["app"].clone())
            .collect()
    }

    #[test]
    fn an_application_that_sits_on_one_node_by_no_chance_is_told() {
        let orders = || (1..=9).map(|ip| client(ip, "orders", 100)).collect::<Vec<_>>();
        assert_eq!(judged([orders(), vec![client(50, "users", 500)]]), ["orders"]);
        // The other node came up only after they had connected.
        assert!(judged([orders(), vec![client(50, "users", 20)]]).is_empty());
        assert!(judged([orders(), vec![client(50, "users", 500), client(10, "orders", 100)]]).is_empty());
        assert!(judged([orders().split_off(4), vec![client(50, "users", 500)]]).is_empty(), "too few");
    }

    #[test]
    fn a_client_that_says_it_has_one_node_only_is_certain() {
        let mut world = api_only();
        let line = |server: &str| format!("serverAddr={server}\nClient not connected, current status:UNHEALTHY");
        let node = world.peer(2, 0);
        for (client, server) in [("10.0.4.7 order", node.as_str()), ("10.0.4.8 pay", "nacos.example:8848")] {
            let seen = crate::nacos::client_log::read(&line(server)).expect("a client's");
            world.observations.client_logs.insert(client.to_owned(), seen);
        }
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
        let cases = cases(&model);
        let told: Vec<&Case> = cases.iter().filter(|one| one.code == Code::ClientsSingleServer).collect();
        assert_eq!(told.len(), 1, "a front door may stand for all nodes");
        assert_eq!((told[0].confidence, told[0].outcome), (Confidence::Certain, Outcome::Advice));
        assert_eq!(told[0].summary.args["clients"], format!("10.0.4.7 order → {node}"));
        // What clients say changes nothing of how nodes are.
        let bare = Observations { client_logs: Default::default(), ..world.observations.clone() };
        let without = ClusterModel::build(&world.cluster, &bare, at, WINDOW_MS);
        assert_eq!(format!("{:?}", model.states), format!("{:?}", without.states));
    }

    /// Counts every 3 s until `until_s` ago, by what a node had so many seconds ago.
    fn counted(world: &mut World, index: usize, until_s: i64, had: impl Fn(i64) -> i64) {
        let counts = (0..=600).rev().filter(|step| step * 3 >= until_s).map(|step| (ago(step * 3), had(step * 3), 2));
        world.seen_logs(index).connection_history = counts.collect();
    }

    fn told(world: &World, code: Code) -> Vec<(Outcome, String)> {
        let findings = world.diagnose().findings.into_iter().filter(|finding| finding.code == code);
        let text = |message: &Message| {
            let args: Vec<String> = message.args.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", message.key, args.join(" "))
        };
        findings.map(|finding| (finding.outcome, text(&finding.summary))).collect()
    }

    #[test]
    fn connections_that_went_away_together_are_told_though_every_node_runs() {
        let with = |lost: i64, since_s: i64, back: bool| {
            let mut world = World::new(3);
            for index in 0..3 {
                let lost = if index == 1 { lost } else { 0 };
                counted(&mut world, index, 0, |ago_s| match ago_s {
                    _ if ago_s > since_s => 20,
                    _ if back && ago_s < since_s - 30 => 20,
                    _ => 20 - lost.min(20),
                });
            }
            told(&world, Code::ClientsMissing)
        };
        let all = |gone: i64, at_s: i64| {
            let mut world = World::new(3);
            for index in 0..3 {
                counted(&mut world, index, 0, |ago_s| if index == 1 && ago_s > at_s { 20 } else { 20 - gone });
            }
            let mut diagnosis = told(&world, Code::ClientsMissing);
            diagnosis.pop()
        };
        assert!(with(20, 300, true).is_empty(), "they are back");
        assert!(with(3, 300, false).is_empty(), "one in twenty");
        let [(Outcome::Warn, text)] = &with(20, 300, false)[..] else { panic!("all of one node") };
        assert!(text.contains("before=60 gone=20 had=20 node=n2 now=40"), "{text}");
        let [(Outcome::Advice, text)] = &with(15, 300, false)[..] else { panic!("a quarter") };
        assert!(text.contains("before=60 gone=15 had=20 node=n2 now=45"), "{text}");
        // Twenty of twenty, twelve seconds ago.
        let (outcome, text) = all(20, 12).expect("told");
        assert_eq!(outcome, Outcome::Warn);
        assert!(text.contains("before=20 gone=20 had=20 node=n2 now=0"), "{text}");
        assert!(all(0, 12).is_none());
    }

    #[test]
    fn clients_of_a_node_that_was_started_again_are_missing_or_moved_by_its_own_counts() {
        let with = |moved: i64| {
            let mut world = World::new(3);
            for index in 0..2 {
                counted(&mut world, index, 0, |ago_s| if ago_s > 598 { 4 } else { 4 + moved });
            }
            counted(&mut world, 2, 0, |ago_s| if ago_s > 600 { 4 } else { 0 });
            world.stop(2, 0, vec![trace("START", 550, ""), trace("S11", 545, "Nacos started successfully")]);
            world.seen_logs(2).connection_history.retain(|(at, ..)| *at < ago(600) || *at > ago(540));
            told(&world, Code::ClientsMissing)
        };
        assert!(with(2).is_empty(), "for a moment they stood on two nodes: {:?}", with(2));
        let [(Outcome::Warn, text)] = &with(0)[..] else { panic!("{:?}", with(0)) };
        assert_eq!(text, "finding-clients-missing before=12 missing=4 now=8");
    }

    #[test]
    fn connections_that_grow_fewer_over_an_hour_are_nobody_s_fault() {
        let mut world = World::new(3);
        for index in 0..3 {
            counted(&mut world, index, 0, |ago_s| ago_s / 60);
        }
        assert!(told(&world, Code::ClientsMissing).is_empty());
    }

    #[test]
    fn the_node_without_clients_is_named_and_not_the_fullest() {
        let with = |counts: [i64; 3]| {
            let mut world = World::new(3);
            for (index, count) in counts.into_iter().enumerate() {
                counted(&mut world, index, 0, |_| count);
            }
            told(&world, Code::ClientsSkewed)
        };
        let [(Outcome::Warn, text)] = &with([35, 0, 25])[..] else { panic!("{:?}", with([35, 0, 25])) };
        assert_eq!(text, "finding-clients-empty count=0 fullest=n1 most=35 node=n2 nodes=3 total=60");
        assert_eq!(with([7, 0, 4])[0].0, Outcome::Advice);
        assert!(with([2, 0, 1]).is_empty(), "chance");
        let [(Outcome::Warn, text)] = &with([60, 0, 0])[..] else { panic!("{:?}", with([60, 0, 0])) };
        assert!(text.starts_with("finding-clients-skewed most=60 node=n1"), "{text}");
        assert!(with([20, 19, 21]).is_empty());
    }

    #[test]
    fn clients_of_a_dead_node_are_counted_before_and_not_after() {
        let with = |now: i64, since_s: i64| {
            let mut world = World::new(3);
            world.silent(2, since_s, clean(since_s));
            counted(&mut world, 2, since_s, |_| 4);
            counted(&mut world, 0, 0, |ago_s| if ago_s >= since_s { 4 } else { now });
            counted(&mut world, 1, 0, |_| 3);
            let diagnosis = world.diagnose();
            let impact = &diagnosis.causes[0].impact[0];
            assert_eq!(diagnosis.causes[0].code, Code::NodeStoppedClean, "{:?}", diagnosis.causes);
            let number = |name: &str| impact.args[name].parse::<i64>().expect("a number");
            (impact.key.clone(), ["on", "before", "now", "missing"].map(number))
        };
        // A start that fails later is not the moment at which they left.
        let mut world = World::new(3);
        world.silent(2, 60, vec![trace("START", 100, ""), trace("S10", 60, "Startup errors : ")]);
        counted(&mut world, 2, 700, |_| 43);
        counted(&mut world, 0, 0, |ago_s| if ago_s >= 700 { 43 } else { 65 });
        counted(&mut world, 1, 0, |ago_s| if ago_s >= 700 { 43 } else { 64 });
        assert!(told(&world, Code::ClientsMissing).is_empty(), "129 before, and now");
        assert_eq!(with(8, 300), ("impact-clients-counted".to_owned(), [4, 11, 11, 0]));
        assert_eq!(with(5, 300), ("impact-clients-counted".to_owned(), [4, 11, 8, 3]));
        assert_eq!(with(4, 20), ("impact-clients-waiting".to_owned(), [4, 11, 7, 4]));
    }

    /// What the watcher saw of a node: since when, so many seconds ago, and what; the last until now.
    fn watched(world: &mut World, index: usize, spans: &[(i64, Watched)]) {
        let until = |place: usize| spans.get(place + 1).map_or(0, |(from_s, _)| from_s + 5);
        let spans: Vec<WatchedSpan> = spans
            .iter()
            .enumerate()
            .map(|(place, (from_s, seen))| WatchedSpan { from: ago(*from_s), until: ago(until(place)), seen: *seen })
            .collect();
        let seen = ClientsWatchedSeen {
            from: spans[0].from,
            to: ago(0),
            spans,
            counted_by: "loader".into(),
            rough_ms: 0,
            connected: None,
        };
        world.observations.put("clients.watched", world.name(index), Observed::Watched(seen));
    }

    const fn sdk(sdk: i64) -> Watched {
        Watched::Counted { sdk }
    }

    /// Three nodes of which only the API can be read, with what the watcher saw of them; what they have now is what it counted
    /// last.
    fn by_api(nodes: [&[(i64, Watched)]; 3]) -> World {
        let mut world = api_only();
        for (index, spans) in nodes.into_iter().enumerate() {
            watched(&mut world, index, spans);
            let Some((_, Watched::Counted { sdk })) = spans.last() else {
                let dead = world.name(index);
                world.observations.seen.get_mut("node.view").and_then(|seen| seen.remove(&dead));
                set_port(&mut world, index, PortRole::Main, PortResult::Refused, 1);
                for role in [PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
                    set_port(&mut world, index, role, PortResult::Refused, 1);
                }
                continue;
            };
            let seen = ClientsSeen {
                sdk: Some(*sdk),
                cluster: Some(2),
                from: "loader".into(),
                connections: Vec::new(),
                history: Vec::new(),
                beats: Default::default(),
            };
            world.observations.put("clients.connections", world.name(index), Observed::Clients(seen));
        }
        world
    }

    fn spread_of(world: &World) -> Spread {
        let at = Timestamp::from_millis(AT);
        clients::spread(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS))
    }

    fn unseen(world: &World) -> Vec<String> {
        let about = |one: &NotSeen| one.reason.key == "judged-clients-before-unseen";
        let told = world.diagnose().could_not_run;
        told.iter().filter(|one| about(one)).map(|one| one.reason.args["node"].clone()).collect()
    }

    const LONG: i64 = 3600;

    #[test]
    fn clients_of_a_node_that_is_back_are_missed_by_what_the_watcher_counted() {
        let world = by_api([
            &[(LONG, sdk(4))],
            &[(LONG, sdk(4))],
            &[(LONG, sdk(4)), (600, Watched::Silent), (300, Watched::Untold), (290, sdk(0))],
        ]);
        let [(Outcome::Warn, text)] = &told(&world, Code::ClientsMissing)[..] else {
            panic!("{:?}", told(&world, Code::ClientsMissing))
        };
        assert_eq!(text, "finding-clients-missing before=12 missing=4 now=8");
        let spread = spread_of(&world);
        assert_eq!(spread.before.map(|before| (before.at, before.counts)), Some((ago(600), vec![4, 4, 4])));
        let finding = world.diagnose().findings.into_iter().find(|one| one.code == Code::ClientsMissing).expect("one");
        let cited: Vec<(&str, Option<Timestamp>, &str)> =
            finding.evidence.iter().map(|one| (one.source.as_str(), one.at, one.text.as_str())).collect();
        assert_eq!(cited.len(), 6, "three before, three now");
        assert_eq!(cited[2], ("clients.watched", Some(ago(605)), "sdk 4"), "{cited:?}");
        assert_eq!(cited[5], ("connections", None, "sdk 0"));
        assert!(unseen(&world).is_empty());
    }

    #[test]
    fn clients_that_moved_are_not_missing() {
        let moved = [(LONG, sdk(4)), (595, sdk(6))];
        let back: &[(i64, Watched)] = &[(LONG, sdk(4)), (600, Watched::Silent), (300, sdk(0))];
        assert!(told(&by_api([&moved, &moved, back]), Code::ClientsMissing).is_empty(), "12 before, and now");
        let down: &[(i64, Watched)] = &[(LONG, sdk(4)), (600, Watched::Silent)];
        assert!(told(&by_api([&moved, &moved, down]), Code::ClientsMissing).is_empty());
    }

    #[test]
    fn clients_of_a_dead_node_are_four_before_and_none_now() {
        let world = by_api([&[(LONG, sdk(4))], &[(LONG, sdk(4))], &[(LONG, sdk(4)), (600, Watched::Silent)]]);
        let [(Outcome::Warn, text)] = &told(&world, Code::ClientsMissing)[..] else {
            panic!("{:?}", told(&world, Code::ClientsMissing))
        };
        assert_eq!(text, "finding-clients-missing before=12 missing=4 now=8");
        let standing = world.diagnose().standing;
        let of: Vec<_> = standing.nodes.iter().map(|node| (node.clients_before, node.clients)).collect();
        assert_eq!(of, [(Some(4), Some(4)), (Some(4), Some(4)), (Some(4), None)], "refused is not seen to be gone");
    }

    #[test]
    fn what_the_watcher_did_not_see_is_said_and_nothing_is_missing() {
        let steady: &[(i64, Watched)] = &[(LONG, sdk(4))];
        // It was stopped while the node died.
        let gap: &[(i64, Watched)] = &[(LONG, sdk(4)), (900, Watched::NotLooked), (500, Watched::Silent)];
        let world = by_api([steady, steady, gap]);
        assert!(told(&world, Code::ClientsMissing).is_empty(), "how many there were then is not known");
        assert_eq!(unseen(&world), ["n3"]);
        // It looked for the first time when the node was dead, or back.
        let late: &[(i64, Watched)] = &[(LONG, Watched::NotLooked), (500, Watched::Silent)];
        assert_eq!(unseen(&by_api([steady, steady, late])), ["n3"]);
        let back: &[(i64, Watched)] = &[(LONG, Watched::NotLooked), (500, sdk(0))];
        let others: &[(i64, Watched)] = &[(LONG, Watched::NotLooked), (500, sdk(4))];
        let world = by_api([others, others, back]);
        assert!(told(&world, Code::ClientsMissing).is_empty());
        assert_eq!(unseen(&world), ["n1", "n2", "n3"]);
        // While it did not look, some went: that is no fall of a moment.
        let less: &[(i64, Watched)] = &[(LONG, sdk(9)), (900, Watched::NotLooked), (500, sdk(1))];
        assert!(told(&by_api([steady, steady, less]), Code::ClientsMissing).is_empty());
        assert!(unseen(&by_api([steady, steady, steady])).is_empty());
    }

    #[test]
    fn clients_that_went_away_together_are_told_by_the_watcher_too() {
        let steady: &[(i64, Watched)] = &[(LONG, sdk(20))];
        let fell: &[(i64, Watched)] = &[(LONG, sdk(20)), (300, sdk(0))];
        let world = by_api([steady, fell, steady]);
        let [(Outcome::Warn, text)] = &told(&world, Code::ClientsMissing)[..] else {
            panic!("{:?}", told(&world, Code::ClientsMissing))
        };
        assert!(text.contains("before=60 gone=20 had=20 node=n2 now=40 seconds=5"), "{text}");
        let long_ago: &[(i64, Watched)] = &[(LONG, sdk(20)), (LONG - 600, sdk(0))];
        assert!(told(&by_api([steady, long_ago, steady]), Code::ClientsMissing).is_empty(), "before the window");
        // What was counted in another way is no measure of what there is now.
        let mut other = by_api([steady, fell, steady]);
        for index in 0..3 {
            let name = other.name(index);
            let Some(Observed::Watched(mut seen)) = other.observations.get("clients.watched", &name).cloned() else {
                panic!("not watched")
            };
            seen.counted_by = "metrics".into();
            other.observations.put("clients.watched", name, Observed::Watched(seen));
        }
        assert!(told(&other, Code::ClientsMissing).is_empty());
        let mut world = by_api([steady, fell, steady]);
        world.observations.seen.remove("clients.watched");
        assert!(told(&world, Code::ClientsMissing).is_empty());
    }

    #[test]
    fn what_a_node_logs_comes_before_what_the_watcher_counted() {
        let mut world = World::new(3);
        world.silent(2, 300, clean(300));
        counted(&mut world, 2, 300, |_| 4);
        counted(&mut world, 0, 0, |ago_s| if ago_s >= 300 { 4 } else { 8 });
        counted(&mut world, 1, 0, |_| 3);
        let before = spread_of(&world).before;
        for index in 0..3 {
            watched(&mut world, index, &[(LONG, sdk(50)), (200, Watched::Silent)]);
        }
        assert_eq!(spread_of(&world).before, before);
        assert!(unseen(&world).is_empty());
    }
}
