//! Lines that nothing else explains: errors that are repeated, shapes that are new, the last errors before a silence.

use super::alive;
use crate::diagnosis::case::{Case, Chain, Rule, Seen, about, excludes, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::model::log_lines::{self, LastWords, Shapes};
use crate::model::{ClusterModel, NodeModel, peer_connections};

/// The cases of all nodes; `used`: lines that other rules rest on.
#[must_use]
pub fn cases(model: &ClusterModel<'_>, used: &[&EvidenceRef]) -> Vec<Case> {
    (0..model.nodes.len())
        .filter(|index| has_logs(&model.nodes[*index]))
        .flat_map(|index| of(model, index, used))
        .collect()
}

fn of(model: &ClusterModel<'_>, index: usize, used: &[&EvidenceRef]) -> Vec<Case> {
    if !model.states[index].is_running() {
        return log_lines::last_words(model, index)
            .and_then(|words| LAST_WORDS.case(model, &words))
            .into_iter()
            .collect();
    }
    let unknown = log_lines::unknown_errors(model, index);
    let known = log_lines::unused_errors(model, index, used);
    let mut found: Vec<Case> = unknown.and_then(|one| UNKNOWN_ERRORS.case(model, &one)).into_iter().collect();
    found.extend(known.and_then(|one| KNOWN_ERRORS.case(model, &one)));
    found.extend(LEFT_OUT.case(model, &index));
    found.extend(log_lines::refused_requests(model, index).and_then(|one| REQUESTS.case(model, &one)));
    // Worth a look where nothing else is told of the node's logs.
    if found.is_empty() && alive::BY_LOGS.iter().all(|chain| chain.case(model, &index).is_none()) {
        found.extend(log_lines::new_shapes(model, index).and_then(|new| NEW_SHAPES.case(model, &new)));
    }
    found
}

fn has_logs(node: &NodeModel<'_>) -> bool {
    node.logs.is_some_and(|logs| !logs.files.is_empty())
}

const OF_SHAPES: Chain<Shapes> = Chain {
    rules: &[],
    fill: |model, one, message| {
        message.with("node", model.nodes[one.node].name).with("count", one.count).with("shapes", one.shapes)
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

/// Errors of unknown shape, repeated, long after the last start, while nothing else is wrong.
pub static UNKNOWN_ERRORS: Chain<Shapes> =
    Chain { rules: &[&UNKNOWN_WHILE_ALL_RUN, &UNKNOWN_BESIDE_A_STOP], ..OF_SHAPES };

/// Error lines that the catalogue knows, that are written now and that no rule used: nothing that was read may vanish.
pub static KNOWN_ERRORS: Chain<Shapes> = Chain {
    rules: &[&KNOWN_WHILE_ALL_RUN, &KNOWN_BESIDE_A_STOP],
    fill: |model, one, message| {
        message.with("node", model.nodes[one.node].name).with("count", one.count).with("kinds", one.shapes)
    },
    ..OF_SHAPES
};

/// Requests that are wrong: those who send them have to be corrected, not the node.
pub static REQUESTS: Chain<Shapes> = Chain { rules: &[&REQUESTS_REFUSED], ..OF_SHAPES };

static REQUESTS_REFUSED: Rule<Shapes> =
    Rule::fail(Code::LogsErrors, &[requires("requests-are-wrong", repeated)], |_, _| "finding-logs-requests")
        .advice()
        .likely();

/// What a node counts of its peers.
pub static LEFT_OUT: Chain<usize> = Chain { rules: &[&COUNTS_NO_PEER], ..Chain::OF_NODE };

static COUNTS_NO_PEER: Rule<usize> = Rule::fail(
    Code::LogsErrors,
    &[
        requires("it-alone-counts-no-peer", |model, index| Seen::lines(peer_connections::is_left_out(model, *index))),
        excludes("a-link-of-it-fails", |model, index| {
            Seen::of(model.links.patterns.iter().any(|pattern| pattern.nodes.contains(index)))
        }),
        excludes("a-node-is-down", |model, _| Seen::of(model.states.iter().any(|state| !state.is_running()))),
    ],
    |_, _| "finding-logs-no-peers",
)
.warn()
.likely();

/// Worth a look, never a fault by themselves.
pub static NEW_SHAPES: Chain<Shapes> = Chain { rules: &[&NEW_SHAPE], ..OF_SHAPES };

/// What came first is nearer to the reason than what came last.
pub static LAST_WORDS: Chain<LastWords> = Chain {
    rules: &[&BEFORE_A_SILENCE],
    fill: |model, words, message| {
        message.with("node", model.nodes[words.node].name).with("seconds", words.seconds).with("count", words.count)
    },
    nodes: |_, words| (Some(words.node), None),
    ..Chain::PLAIN
};

static UNKNOWN_WHILE_ALL_RUN: Rule<Shapes> = Rule::fail(
    Code::LogsErrors,
    &[requires("unknown-errors-repeated", repeated), excludes("a-node-is-down", a_node_is_down)],
    |_, _| "finding-logs-errors",
)
.warn()
.likely();

static UNKNOWN_BESIDE_A_STOP: Rule<Shapes> = Rule::fail(
    Code::LogsErrors,
    &[requires("unknown-errors-repeated", repeated), requires("a-node-is-down", a_node_is_down)],
    |_, _| "finding-logs-errors",
)
.advice()
.likely();

static KNOWN_WHILE_ALL_RUN: Rule<Shapes> = Rule::fail(
    Code::LogsErrors,
    &[requires("known-errors-unused", repeated), excludes("a-node-is-down", a_node_is_down)],
    |_, _| "finding-logs-errors-known",
)
.warn()
.likely();

static KNOWN_BESIDE_A_STOP: Rule<Shapes> = Rule::fail(
    Code::LogsErrors,
    &[requires("known-errors-unused", repeated), requires("a-node-is-down", a_node_is_down)],
    |_, _| "finding-logs-errors-known",
)
.advice()
.likely();

static NEW_SHAPE: Rule<Shapes> =
    Rule::fail(Code::LogsErrors, &[requires("shapes-are-new", repeated)], |_, _| "finding-logs-strange")
        .advice()
        .likely();

static BEFORE_A_SILENCE: Rule<LastWords> = Rule::fail(
    Code::LogsErrors,
    &[
        about("it-does-not-run", |model, words: &LastWords| Seen::of(!model.states[words.node].is_running())),
        requires("errors-before-the-end", |_, words: &LastWords| Seen::Yes(words.evidence.clone())),
    ],
    |_, _| "finding-logs-last-words",
)
.advice()
.likely();

fn repeated(_: &ClusterModel<'_>, one: &Shapes) -> Seen {
    Seen::Yes(one.evidence.clone())
}

fn a_node_is_down(model: &ClusterModel<'_>, _: &Shapes) -> Seen {
    Seen::of(model.states.iter().any(|state| !state.is_running()))
}

#[cfg(test)]
mod tests;
