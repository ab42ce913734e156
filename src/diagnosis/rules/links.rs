//! Links between nodes that run: what a set of failed attempts means.
//!
//! The model finds out which failed attempts belong together ([`crate::model::links::patterns`]); each rule is about
//! one such pattern. For each code, the rule for time-outs that a short pause of a node can cause as well is asked
//! first.

use super::link_conditions::{
    ATTEMPTS_FAIL, BOTH_RUN, accepted, all_else_answers, answers_nobody, end_without_processor, fails_from_here,
    for_a_moment, isolated, isolated_so_far, leader_is_ready, more_than_a_pause, one_direction_only,
    only_seen_from_here, other_ports_had_no_turn, other_way_fails, raft_port_only, readiness_without_answer,
    waits_in_its_start, way_back_had_no_turn,
};
use super::ports;
use crate::diagnosis::case::{Case, Chain, Rule, about, beside, doubts, excludes, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::model::ClusterModel;
use crate::model::links::kinds::LinkPattern;

/// The case of a link.
#[derive(Clone, Debug)]
pub struct LinkCase {
    /// The case.
    pub case: Case,
    /// True if it was seen in logs or member lists of the nodes, not only by probes from here.
    pub by_nodes: bool,
}

impl LinkCase {
    /// True if it is about that node alone and shows only in probes from here.
    #[must_use]
    pub fn is_of_probes(&self, node: usize) -> bool {
        !self.by_nodes && self.case.node == Some(node) && self.case.peer.is_none()
    }
}

/// The cases of all links.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<LinkCase> {
    let of = |pattern: &LinkPattern| {
        let case = LINKS.case(model, pattern)?;
        Some(LinkCase { case, by_nodes: pattern.by_nodes })
    };
    model.links.patterns.iter().filter_map(of).collect()
}

/// What a pattern of failed attempts means.
pub static LINKS: Chain<LinkPattern> = Chain {
    rules: &[
        &ISOLATED_FOR_A_MOMENT,
        &ISOLATED,
        &SILENT_FOR_A_MOMENT,
        &ANSWERS_NOBODY,
        &RAFT_AT_START,
        &RAFT_FOR_A_MOMENT,
        &RAFT_PORT,
        &CUT_FROM_LEADER,
        &RAFT_PORT_FROM_HERE,
        &ONE_WAY_FOR_A_MOMENT,
        &ONE_WAY_ACCEPTED,
        &ONE_WAY,
        &ports::PUBLISHED_ELSEWHERE,
        &ports::GRPC_FOR_A_MOMENT,
        &ports::GRPC_PORT,
        &ports::GRPC_PORT_PASSES_HERE,
        &ports::GRPC_OF_A_PAIR,
        &ports::GRPC_CLOSED_HERE_TOO,
        &ports::GRPC_FROM_HERE,
        &ports::PORTS_FOR_A_MOMENT,
        &ports::MAIN_PORT,
        &ports::MAIN_PORT_PASSES_HERE,
        &ports::ALL_PORTS,
        &ports::PORTS_OF_A_PAIR,
        &ports::PORTS_CLOSED_HERE_TOO,
        &ports::WAY_BACK_NOT_READ,
        &ports::PORTS_FROM_HERE,
    ],
    fill: |model, pattern, message| {
        let name = |at: usize| pattern.nodes.get(at).map_or("", |index| model.nodes[*index].name.0.as_str());
        message.with("node", name(0)).with("peer", name(1)).with("ports", &pattern.ports)
    },
    nodes: |_, pattern| (pattern.nodes.first().copied(), pattern.nodes.get(1).copied()),
    evidence: |_, pattern, _| pattern.evidence.clone(),
};

static ISOLATED_FOR_A_MOMENT: Rule<LinkPattern> = Rule::fail(
    Code::NodeIsolated,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("isolated-from-all", isolated),
        excludes("link-more-than-a-pause", more_than_a_pause),
        beside("link-fails-from-here", fails_from_here),
    ],
    for_a_moment,
)
.warn()
.possible()
.variant(Variant::Transient);

static ISOLATED: Rule<LinkPattern> = Rule::fail(
    Code::NodeIsolated,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("isolated-from-all", isolated),
        requires("link-more-than-a-pause", more_than_a_pause),
        doubts("end-without-processor", end_without_processor),
        doubts("isolated-so-far", isolated_so_far),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-node-isolated",
);

static SILENT_FOR_A_MOMENT: Rule<LinkPattern> = Rule::fail(
    Code::NodeHung,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("answers-nobody", answers_nobody),
        excludes("link-more-than-a-pause", more_than_a_pause),
        beside("link-fails-from-here", fails_from_here),
    ],
    for_a_moment,
)
.warn()
.possible()
.variant(Variant::Transient);

/// The path may also be cut after the connect, but hardly for all nodes at once.
static ANSWERS_NOBODY: Rule<LinkPattern> = Rule::fail(
    Code::NodeHung,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("answers-nobody", answers_nobody),
        requires("link-accepted", accepted),
        requires("link-more-than-a-pause", more_than_a_pause),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-node-answers-nobody",
)
.likely();

/// With embedded storage a start waits for a leader, and without the port there is none.
static RAFT_AT_START: Rule<LinkPattern> = Rule::fail(
    Code::RaftLinkBroken,
    &[
        about("waits-in-its-start", waits_in_its_start),
        ATTEMPTS_FAIL,
        beside("link-other-way-fails", other_way_fails),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-raft-link-at-start",
)
.likely()
.variant(Variant::RaftAtStart);

static RAFT_FOR_A_MOMENT: Rule<LinkPattern> = Rule::fail(
    Code::RaftLinkBroken,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("raft-port-only", raft_port_only),
        excludes("link-more-than-a-pause", more_than_a_pause),
        beside("link-accepted", accepted),
        beside("link-other-way-fails", other_way_fails),
        beside("link-fails-from-here", fails_from_here),
    ],
    for_a_moment,
)
.warn()
.possible()
.variant(Variant::Transient);

static RAFT_PORT: Rule<LinkPattern> = Rule::fail(
    Code::RaftLinkBroken,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("raft-port-only", raft_port_only),
        requires("link-more-than-a-pause", more_than_a_pause),
        doubts("end-without-processor", end_without_processor),
        doubts("other-ports-had-no-turn", other_ports_had_no_turn),
        beside("link-accepted", accepted),
        beside("link-other-way-fails", other_way_fails),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-raft-link-broken",
);

/// The one thing that the API shows of a cut Raft port.
static CUT_FROM_LEADER: Rule<LinkPattern> = Rule::fail(
    Code::RaftLinkBroken,
    &[
        BOTH_RUN,
        about("readiness-without-answer", readiness_without_answer),
        requires("leader-is-ready", leader_is_ready),
        requires("all-else-answers", all_else_answers),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-raft-link-unready",
)
.likely();

static RAFT_PORT_FROM_HERE: Rule<LinkPattern> = Rule::fail(
    Code::RaftLinkBroken,
    &[
        BOTH_RUN,
        about("only-seen-from-here", only_seen_from_here),
        about("raft-port-only", raft_port_only),
        requires("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-raft-link-broken-here",
)
.likely();

static ONE_WAY_FOR_A_MOMENT: Rule<LinkPattern> = Rule::fail(
    Code::NetOneWay,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("one-direction-only", one_direction_only),
        excludes("link-more-than-a-pause", more_than_a_pause),
        beside("link-accepted", accepted),
        beside("link-other-way-fails", other_way_fails),
        beside("link-fails-from-here", fails_from_here),
    ],
    for_a_moment,
)
.warn()
.possible()
.variant(Variant::Transient);

/// A connection that was accepted and not answered does not show that the port is blocked.
static ONE_WAY_ACCEPTED: Rule<LinkPattern> = Rule::fail(
    Code::NetOneWay,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("one-direction-only", one_direction_only),
        requires("link-accepted", accepted),
        requires("link-more-than-a-pause", more_than_a_pause),
        beside("link-other-way-fails", other_way_fails),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-one-way",
)
.possible();

static ONE_WAY: Rule<LinkPattern> = Rule::fail(
    Code::NetOneWay,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("one-direction-only", one_direction_only),
        excludes("link-accepted", accepted),
        excludes("link-other-way-fails", other_way_fails),
        requires("link-more-than-a-pause", more_than_a_pause),
        doubts("end-without-processor", end_without_processor),
        doubts("way-back-had-no-turn", way_back_had_no_turn),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-one-way",
);

#[cfg(test)]
mod tests;
