//! Links between nodes that run, whose ports do not pass: the gRPC port alone, or others.

use super::link_conditions::{
    ATTEMPTS_FAIL, BOTH_RUN, accepted, accepted_from_here, all_ports_shut_for_all, end_without_processor,
    fails_from_here, for_a_moment, grpc_port_only, more_than_a_pause, one_node_cannot_reach_it, only_seen_from_here,
    other_way_fails, passes_from_here, published_elsewhere, server_port_shut_for_all, way_back_not_read,
};
use crate::diagnosis::case::{Rule, about, beside, doubts, excludes, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::model::links::kinds::LinkPattern;

pub(super) static GRPC_FOR_A_MOMENT: Rule<LinkPattern> = Rule::fail(
    Code::NetGrpcBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("grpc-port-only", grpc_port_only),
        excludes("link-more-than-a-pause", more_than_a_pause),
        beside("link-accepted", accepted),
        beside("link-fails-from-here", fails_from_here),
    ],
    for_a_moment,
)
.warn()
.possible()
.variant(Variant::Transient);

pub(super) static GRPC_PORT: Rule<LinkPattern> = Rule::fail(
    Code::NetGrpcBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("server-port-shut-for-all", server_port_shut_for_all),
        about("grpc-port-only", grpc_port_only),
        requires("link-more-than-a-pause", more_than_a_pause),
        excludes("link-passes-from-here", passes_from_here),
        beside("link-accepted", accepted),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-grpc-blocked",
);

/// A port that can be reached from here may still be blocked between the nodes, but that is less than certain.
pub(super) static GRPC_PORT_PASSES_HERE: Rule<LinkPattern> = Rule::fail(
    Code::NetGrpcBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("server-port-shut-for-all", server_port_shut_for_all),
        about("grpc-port-only", grpc_port_only),
        requires("link-more-than-a-pause", more_than_a_pause),
        requires("link-passes-from-here", passes_from_here),
        beside("link-accepted", accepted),
    ],
    |_, _| "finding-net-grpc-blocked",
)
.likely();

pub(super) static GRPC_OF_A_PAIR: Rule<LinkPattern> = Rule::fail(
    Code::NetGrpcBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("link-other-way-fails", other_way_fails),
        about("grpc-port-only", grpc_port_only),
        requires("link-more-than-a-pause", more_than_a_pause),
        doubts("end-without-processor", end_without_processor),
        beside("link-accepted", accepted),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-grpc-blocked-pair",
);

/// That the other direction works only shows that the node is alive.
pub(super) static GRPC_CLOSED_HERE_TOO: Rule<LinkPattern> = Rule::fail(
    Code::NetGrpcBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("one-node-cannot-reach-it", one_node_cannot_reach_it),
        about("grpc-port-only", grpc_port_only),
        requires("link-more-than-a-pause", more_than_a_pause),
        requires("link-fails-from-here", fails_from_here),
        beside("link-accepted", accepted),
    ],
    |_, _| "finding-net-grpc-blocked",
);

pub(super) static GRPC_FROM_HERE: Rule<LinkPattern> = Rule::fail(
    Code::NetGrpcBlocked,
    &[
        BOTH_RUN,
        about("only-seen-from-here", only_seen_from_here),
        about("grpc-port-only", grpc_port_only),
        requires("link-fails-from-here", fails_from_here),
        doubts("accepted-from-here", accepted_from_here),
    ],
    |_, _| "finding-net-grpc-blocked-here",
)
.likely();

pub(super) static PORTS_FOR_A_MOMENT: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        excludes("link-more-than-a-pause", more_than_a_pause),
        beside("link-accepted", accepted),
        beside("link-fails-from-here", fails_from_here),
    ],
    for_a_moment,
)
.warn()
.possible()
.variant(Variant::Transient);

pub(super) static MAIN_PORT: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("server-port-shut-for-all", server_port_shut_for_all),
        requires("link-more-than-a-pause", more_than_a_pause),
        excludes("link-passes-from-here", passes_from_here),
        beside("link-accepted", accepted),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-port-blocked",
);

pub(super) static MAIN_PORT_PASSES_HERE: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("server-port-shut-for-all", server_port_shut_for_all),
        requires("link-more-than-a-pause", more_than_a_pause),
        requires("link-passes-from-here", passes_from_here),
        beside("link-accepted", accepted),
    ],
    |_, _| "finding-net-port-blocked",
)
.likely();

pub(super) static ALL_PORTS: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("all-ports-shut-for-all", all_ports_shut_for_all),
        requires("link-more-than-a-pause", more_than_a_pause),
        doubts("end-without-processor", end_without_processor),
        beside("link-accepted", accepted),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-port-blocked",
)
.likely();

pub(super) static PORTS_OF_A_PAIR: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("link-other-way-fails", other_way_fails),
        requires("link-more-than-a-pause", more_than_a_pause),
        doubts("end-without-processor", end_without_processor),
        beside("link-accepted", accepted),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-port-blocked-pair",
);

pub(super) static PORTS_CLOSED_HERE_TOO: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("one-node-cannot-reach-it", one_node_cannot_reach_it),
        requires("link-more-than-a-pause", more_than_a_pause),
        requires("link-fails-from-here", fails_from_here),
        beside("link-accepted", accepted),
    ],
    |_, _| "finding-net-port-blocked",
);

/// Logs that were not read to the end do not show whether the other direction works.
pub(super) static WAY_BACK_NOT_READ: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[
        BOTH_RUN,
        ATTEMPTS_FAIL,
        about("way-back-not-read", way_back_not_read),
        requires("link-more-than-a-pause", more_than_a_pause),
        beside("link-accepted", accepted),
        beside("link-other-way-fails", other_way_fails),
        beside("link-fails-from-here", fails_from_here),
    ],
    |_, _| "finding-net-port-blocked-pair",
)
.possible();

pub(super) static PORTS_FROM_HERE: Rule<LinkPattern> = Rule::fail(
    Code::NetPortBlocked,
    &[BOTH_RUN, about("only-seen-from-here", only_seen_from_here), requires("link-fails-from-here", fails_from_here)],
    |_, _| "finding-net-port-blocked",
)
.likely();

/// What cannot be reached from here says nothing of the node then, and nothing of those that use it.
pub(super) static PUBLISHED_ELSEWHERE: Rule<LinkPattern> = Rule::fail(
    Code::VantageLimited,
    &[BOTH_RUN, about("published-elsewhere", published_elsewhere)],
    |_, _| "finding-vantage-limited",
)
.advice();
