//! What front doors do wrong: to whom they send, what they do not pass on.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, about, certain, doubts, excludes, likely, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::domain::message::Message;
use crate::domain::observed::PortResult;
use crate::model::load_balancers::{self, GrpcThrough, InPlaceOfGrpc, Through};
use crate::model::{ClusterModel, reliability};

/// Requests after which a share says something.
const ENOUGH: usize = 8;

/// What front doors do wrong, door by door, and nodes in whose place one answers.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for tally in load_balancers::tallies(model) {
        if let Some(through) = load_balancers::through(model, &tally) {
            let case = REQUESTS.case(model, &through);
            cases.extend(case.into_iter().flat_map(|case| of_each(model, &blamed(&case, &through), case)));
        }
        if let Some(grpc) = load_balancers::grpc_through(model, &tally) {
            let case = GRPC.case(model, &grpc);
            let nodes = |case: &Case| if case.variant == Variant::GrpcOfDead { grpc.dead.clone() } else { Vec::new() };
            cases.extend(case.into_iter().flat_map(|case| of_each(model, &nodes(&case), case)));
        }
    }
    let in_place = load_balancers::in_place_of_grpc(model);
    cases.extend(in_place.iter().filter_map(|one| IN_PLACE_OF_GRPC.case(model, one)));
    cases
}

/// The nodes that a case of a door is about.
fn blamed(case: &Case, door: &Through) -> Vec<usize> {
    match (case.code, case.variant) {
        (Code::DoorStaleUpstream, Variant::Frozen) => door.frozen.clone(),
        (Code::DoorStaleUpstream, Variant::PassedOver) => dead_passed_over(door),
        (Code::DoorStaleUpstream, Variant::Plain) if only_failed_at_the_dead(door) => door.failed_at.clone(),
        (Code::DoorStaleUpstream, Variant::Plain) => door.dead.clone(),
        (Code::DoorNotServing, Variant::WayBlocked) => answering_but_failed_at(door),
        _ => Vec::new(),
    }
}

/// The case once for each of the nodes; as it is if there are none.
fn of_each(model: &ClusterModel<'_>, nodes: &[usize], case: Case) -> Vec<Case> {
    if nodes.is_empty() {
        return vec![case];
    }
    let of = |node: &usize| Case {
        node: Some(*node),
        summary: case.summary.clone().with("node", model.nodes[*node].name),
        ..case.clone()
    };
    nodes.iter().map(of).collect()
}

/// What went through a front door.
pub static REQUESTS: Chain<Through> = Chain {
    rules: &[
        &SENDS_TO_THE_DEAD,
        &WAY_IS_BLOCKED,
        &WAY_FAILED_ONCE,
        &OTHER_ANSWERS,
        &WAITS_FOR_THE_FROZEN,
        &SILENT,
        &NOTHING_BUT_FAILURES,
        &REACHES_NONE,
        &UNLISTED_UPSTREAM,
        &FAILS_AGAIN_AND_AGAIN,
        &FAILED_ONCE,
        &SENDS_TO_THE_FROZEN,
        &STALE,
        &ANSWERS_OTHERWISE,
        &PASSES_OVER,
        &SLOW,
    ],
    fill: fill_requests,
    evidence: |_, door, _| door.evidence.clone(),
    ..Chain::PLAIN
};

/// The door itself says where it failed.
static SENDS_TO_THE_DEAD: Rule<Through> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        requires("door-says-where-it-failed", says_where),
        requires("failed-at-dead-nodes-only", |_, door| Seen::of(only_failed_at_the_dead(door))),
    ],
    |_, _| "finding-door-named",
);

static WAY_IS_BLOCKED: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[
        requires("door-says-where-it-failed", says_where),
        requires("failed-at-nodes-that-answer", failed_at_answering),
        requires("failed-more-than-once", failed_more_than_once),
    ],
    |_, _| "finding-door-way",
)
.likely()
.variant(Variant::WayBlocked);

static WAY_FAILED_ONCE: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[requires("door-says-where-it-failed", says_where), requires("failed-at-nodes-that-answer", failed_at_answering)],
    |_, _| "finding-door-way",
)
.warn()
.likely()
.variant(Variant::WayBlocked);

static OTHER_ANSWERS: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[
        about("nothing-got-through", nothing_got_through),
        excludes("requests-failed", requests_failed),
        excludes("door-refuses-them-all", |_, door| Seen::of(door.refused == door.all)),
    ],
    |_, _| "finding-door-other-answers",
)
.warn()
.likely();

static WAITS_FOR_THE_FROZEN: Rule<Through> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        about("nothing-got-through", nothing_got_through),
        requires("requests-failed", requests_failed),
        requires("a-node-is-frozen", |_, door| Seen::of(!door.frozen.is_empty())),
        requires("every-failure-is-a-wait", only_waited),
    ],
    |_, _| "finding-door-waits",
)
.possible()
.variant(Variant::Frozen);

static SILENT: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[
        about("nothing-got-through", nothing_got_through),
        requires("requests-failed", requests_failed),
        requires("door-answers-nothing", |_, door| Seen::of(door.unanswered == door.all)),
    ],
    |_, _| "finding-door-silent",
)
.likely();

static NOTHING_BUT_FAILURES: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[
        about("nothing-got-through", nothing_got_through),
        requires("requests-failed", requests_failed),
        requires("others-answered-otherwise", answered_otherwise),
    ],
    |_, _| "finding-door-partly",
)
.likely()
.variant(Variant::Partly);

static REACHES_NONE: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[about("nothing-got-through", nothing_got_through), requires("requests-failed", requests_failed)],
    |_, _| "finding-door-reaches-none",
)
.likely();

/// It sends to an address that no node has: all nodes answer past it, and what failed got no answer. Where no answer says
/// who gave it, a node that the door does not reach would look the same.
static UNLISTED_UPSTREAM: Rule<Through> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        about("some-got-through", some_got_through),
        requires("requests-failed", requests_failed),
        excludes("a-node-is-dead", a_node_is_dead),
        requires("failed-more-than-once", failed_more_than_once),
        excludes("others-answered-otherwise", answered_otherwise),
        requires("every-failure-is-without-an-answer", |_, door| Seen::of(door.only_unanswered)),
        requires("enough-requests", enough_requests),
        excludes("answers-name-only-some-nodes", |_, door| {
            let named = named_alive(door);
            Seen::of(named > 0 && named < door.alive.len())
        }),
        likely("answers-name-every-node", |_, door| Seen::of(named_alive(door) == door.alive.len())),
    ],
    |_, _| "finding-door-stranger",
)
.possible()
.variant(Variant::UnlistedUpstream);

static FAILS_AGAIN_AND_AGAIN: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[
        about("some-got-through", some_got_through),
        requires("requests-failed", requests_failed),
        excludes("a-node-is-dead", a_node_is_dead),
        requires("failed-more-than-once", failed_more_than_once),
    ],
    |_, _| "finding-door-partly",
)
.likely()
.variant(Variant::Partly);

/// A single request may be lost for any reason.
static FAILED_ONCE: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[
        about("some-got-through", some_got_through),
        requires("requests-failed", requests_failed),
        excludes("a-node-is-dead", a_node_is_dead),
    ],
    |_, _| "finding-door-partly",
)
.warn()
.likely()
.variant(Variant::Partly);

static SENDS_TO_THE_FROZEN: Rule<Through> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        about("some-got-through", some_got_through),
        requires("requests-failed", requests_failed),
        requires("a-node-is-dead", a_node_is_dead),
        requires("every-dead-node-is-frozen", |_, door| Seen::of(door.frozen.len() == door.dead.len())),
        likely("failures-fit-the-dead-nodes", failures_fit),
        doubts("some-failure-is-not-a-wait", |_, door| Seen::of(!door.only_waited)),
    ],
    |_, _| "finding-door-frozen",
)
.possible()
.variant(Variant::Frozen);

static STALE: Rule<Through> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        about("some-got-through", some_got_through),
        requires("requests-failed", requests_failed),
        requires("a-node-is-dead", a_node_is_dead),
        certain("failures-are-those-of-the-dead-node", |model, door| {
            let named = named_alive(door) == door.alive.len();
            let all_known = door.alive.len() + door.dead.len() == model.nodes.len();
            Seen::of(share_fits(model, door) && named && all_known && door.dead.len() == 1)
        }),
        likely("failures-fit-the-dead-nodes", failures_fit),
    ],
    |_, _| "finding-door-stale",
)
.possible();

static ANSWERS_OTHERWISE: Rule<Through> = Rule::fail(
    Code::DoorNotServing,
    &[
        about("some-got-through", some_got_through),
        excludes("requests-failed", requests_failed),
        requires("others-answered-otherwise", answered_otherwise),
    ],
    |_, _| "finding-door-partly",
)
.warn()
.likely()
.variant(Variant::Partly);

static PASSES_OVER: Rule<Through> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        about("some-got-through", some_got_through),
        excludes("requests-failed", requests_failed),
        requires("door-says-it-passed-over-dead-nodes", |_, door| Seen::of(!dead_passed_over(door).is_empty())),
    ],
    |_, _| "finding-door-passed-over",
)
.warn()
.variant(Variant::PassedOver);

static SLOW: Rule<Through> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        about("some-got-through", some_got_through),
        excludes("requests-failed", requests_failed),
        requires("several-far-slower-than-nodes", |_, door| Seen::of(door.slow > 1)),
        requires("a-node-is-dead", a_node_is_dead),
    ],
    |_, _| "finding-door-slow",
)
.warn()
.possible();

fn nothing_got_through(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(door.served == 0)
}

fn some_got_through(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(door.served > 0)
}

fn requests_failed(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(door.failed > 0)
}

fn failed_more_than_once(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(door.failed > 1)
}

fn answered_otherwise(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(door.other > 0)
}

fn only_waited(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(door.only_waited)
}

fn a_node_is_dead(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(!door.dead.is_empty())
}

fn enough_requests(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(door.all >= ENOUGH)
}

fn says_where(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(!door.failed_at.is_empty()).if_looked(door.header.is_some())
}

/// True if the door says where each request failed, and names dead nodes only.
fn only_failed_at_the_dead(door: &Through) -> bool {
    !door.failed_at.is_empty() && door.failed_at.iter().all(|node| door.dead.contains(node))
}

fn failed_at_answering(_: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(!answering_but_failed_at(door).is_empty())
}

/// Nodes that answer past the door, and at which it says it failed.
fn answering_but_failed_at(door: &Through) -> Vec<usize> {
    door.failed_at.iter().copied().filter(|node| door.alive.contains(node)).collect()
}

fn dead_passed_over(door: &Through) -> Vec<usize> {
    door.passed_over.iter().copied().filter(|node| door.dead.contains(node)).collect()
}

/// How many of the nodes that answer past the door its answers name.
fn named_alive(door: &Through) -> usize {
    door.alive.iter().filter(|node| door.backends.contains(node)).count()
}

/// As many failures as a door has that sends to every node in turn; or only one node that they can be put down to.
fn failures_fit(model: &ClusterModel<'_>, door: &Through) -> Seen {
    Seen::of(share_fits(model, door) || door.dead.len() == 1)
}

/// True if the share that failed is that of the dead nodes, to half a node.
fn share_fits(model: &ClusterModel<'_>, door: &Through) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a handful of requests and nodes")]
    let (share, expected, step) = {
        let nodes = model.nodes.len().max(1) as f64;
        (door.failed as f64 / door.all.max(1) as f64, door.dead.len() as f64 / nodes, 1.0 / nodes)
    };
    door.all >= ENOUGH && (share - expected).abs() <= step / 2.0
}

fn fill_requests(model: &ClusterModel<'_>, door: &Through, message: Message) -> Message {
    message
        .with("door", &door.door)
        .with("served", door.served)
        .with("failed", door.failed + door.other)
        .with("slow", door.slow)
        .with("all", door.all)
        .with("how", &door.endings)
        .with("alive", model.names(&door.alive))
        .with("dead", model.names(&door.dead))
        .with("header", door.header.as_deref().unwrap_or("–"))
}

/// What its gRPC port said.
pub static GRPC: Chain<GrpcThrough> = Chain {
    rules: &[&SPEAKS_HTTP1, &BLOCKED, &LOST_WITH_THE_DEAD, &LOST_IN_PART],
    fill: |model, grpc, message| {
        let message = message.with("door", &grpc.door).with("ports", grpc.port);
        if grpc.is_blocked {
            return message.with("how", grpc.result.as_str());
        }
        message.with("ok", grpc.ok).with("tries", grpc.tries).with("dead", model.names(&grpc.dead))
    },
    evidence: |_, grpc, _| grpc.evidence.clone(),
    ..Chain::PLAIN
};

static SPEAKS_HTTP1: Rule<GrpcThrough> = Rule::fail(
    Code::DoorGrpcNotForwarded,
    &[
        about("http-passes-the-door", passes_http),
        about("nodes-answer-grpc-past-it", nodes_speak),
        requires("no-grpc-connection-answered", grpc_is_blocked),
        requires("http1-in-place-of-grpc", |_, grpc| Seen::of(grpc.speaks_http1)),
    ],
    |_, _| "finding-door-grpc-http1",
);

/// TLS on the port of gRPC is another way to speak it, not its absence.
static BLOCKED: Rule<GrpcThrough> = Rule::fail(
    Code::DoorGrpcNotForwarded,
    &[
        about("http-passes-the-door", passes_http),
        about("nodes-answer-grpc-past-it", nodes_speak),
        requires("no-grpc-connection-answered", grpc_is_blocked),
        excludes("another-protocol-answers", |_, grpc| Seen::of(grpc.result == PortResult::WrongProtocol)),
    ],
    |_, _| "finding-door-grpc-blocked",
)
.likely();

static LOST_WITH_THE_DEAD: Rule<GrpcThrough> = Rule::fail(
    Code::DoorStaleUpstream,
    &[
        about("http-passes-the-door", passes_http),
        about("nodes-answer-grpc-past-it", nodes_speak),
        excludes("no-grpc-connection-answered", grpc_is_blocked),
        requires("several-grpc-connections-lost", several_lost),
        excludes("answers-come-late-here", slow_here),
        requires("a-node-is-dead", |_, grpc| Seen::of(!grpc.dead.is_empty())),
    ],
    |_, _| "finding-door-grpc-dead",
)
.warn()
.possible()
.variant(Variant::GrpcOfDead);

static LOST_IN_PART: Rule<GrpcThrough> = Rule::fail(
    Code::DoorGrpcNotForwarded,
    &[
        about("http-passes-the-door", passes_http),
        about("nodes-answer-grpc-past-it", nodes_speak),
        excludes("no-grpc-connection-answered", grpc_is_blocked),
        requires("several-grpc-connections-lost", several_lost),
        excludes("answers-come-late-here", slow_here),
    ],
    |_, _| "finding-door-grpc-partly",
)
.warn()
.possible()
.variant(Variant::Partly);

fn passes_http(_: &ClusterModel<'_>, grpc: &GrpcThrough) -> Seen {
    Seen::of(grpc.served > 0)
}

fn nodes_speak(_: &ClusterModel<'_>, grpc: &GrpcThrough) -> Seen {
    Seen::of(grpc.nodes_speak)
}

fn grpc_is_blocked(_: &ClusterModel<'_>, grpc: &GrpcThrough) -> Seen {
    Seen::of(grpc.is_blocked)
}

/// A single one may be lost anywhere.
fn several_lost(_: &ClusterModel<'_>, grpc: &GrpcThrough) -> Seen {
    Seen::of(grpc.tries.saturating_sub(grpc.ok) > 1)
}

/// On a starved machine more of them are.
fn slow_here(model: &ClusterModel<'_>, _: &GrpcThrough) -> Seen {
    Seen::of(reliability::slow_here(model))
}

/// A front door under a node's own address.
pub static IN_PLACE_OF_GRPC: Chain<InPlaceOfGrpc> = Chain {
    rules: &[&DOOR_AT_THE_NODE],
    fill: |model, one, message| message.with("node", model.nodes[one.node].name).with("ports", one.port),
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static DOOR_AT_THE_NODE: Rule<InPlaceOfGrpc> = Rule::fail(
    Code::DoorGrpcNotForwarded,
    &[requires("http1-on-the-grpc-port-of-a-node", |_, one: &InPlaceOfGrpc| Seen::Yes(one.evidence.clone()))],
    |_, _| "finding-door-grpc-not-forwarded",
);

#[cfg(test)]
mod tests;
