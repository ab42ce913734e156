//! What explains what: the only table of "A is the reason of B". Pure.
//!
//! Each [`Edge`] leads from the deeper to the shallower code and says when it holds and why (`why-{id}` in the locales). A
//! hypothesis that another one explains is set aside: it is told as a consequence, not as a cause of its own. The tests hold
//! that the table has no cycle, that every edge can hold, and that every code stands somewhere in it or is known to stand alone.

use std::collections::BTreeSet;

use super::hypothesis::{Hypothesis, STOPS, is_stop};
use crate::domain::code::Code;
use crate::domain::finding::{Confidence, Finding, Variant};
use crate::domain::id::NodeName;
use crate::model::links::names;
use crate::model::{ClusterModel, address, leaders, membership};
use crate::nacos::timing;

/// When an edge holds.
#[derive(Clone, Copy)]
pub enum When {
    /// Wherever both are there.
    Always,
    /// They have a node in common, and every node of the consequence has this reason.
    SameNodes,
    /// They have a node in common, or the consequence names none.
    Overlap,
    /// A condition of its own.
    Holds(fn(&Scene<'_>, &Hypothesis<'_>, &Hypothesis<'_>) -> bool),
}

/// One relation: each of `from` explains each of `to`. Several entries may have one name.
pub struct Edge {
    /// Stable name, kebab-case; its text is `why-{id}`.
    pub id: &'static str,
    /// The deeper codes.
    pub from: &'static [Code],
    /// What they explain.
    pub to: &'static [Code],
    /// When.
    pub when: When,
}

/// What a condition may look at.
pub struct Scene<'a> {
    /// Everything seen.
    pub model: &'a ClusterModel<'a>,
    /// Every hypothesis there is.
    pub all: &'a [Hypothesis<'a>],
}

impl Scene<'_> {
    /// True if something with that code names the node.
    fn has(&self, code: Code, node: &NodeName) -> bool {
        self.all.iter().any(|one| one.code == code && one.nodes.contains(node))
    }

    /// True if every node of the consequence has this reason. What names none is about all the nodes that its code names.
    fn has_all(&self, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
        let of_code = self.all.iter().filter(|one| one.code == other.code && other.nodes.is_empty());
        let nodes: Vec<&NodeName> = other.nodes.iter().chain(of_code.flat_map(|one| &one.nodes)).collect();
        nodes.iter().any(|node| reason.nodes.contains(node)) && nodes.iter().all(|node| self.has(reason.code, node))
    }

    /// Nodes that are known not to serve.
    fn down(&self) -> impl Iterator<Item = &NodeName> {
        let known = self.model.states.iter().map(|state| !state.is_running() && !state.is_unknown());
        self.model.nodes.iter().zip(known).filter(|(_, down)| *down).map(|(node, _)| node.name)
    }
}

/// The edge by which `reason` explains `other`, if one does.
#[must_use]
pub fn explains(scene: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> Option<&'static Edge> {
    if reason.code == other.code {
        return None;
    }
    EDGES
        .iter()
        .filter(|edge| edge.from.contains(&reason.code) && edge.to.contains(&other.code))
        .find(|edge| edge.when.holds(scene, reason, other))
}

impl When {
    fn holds(self, scene: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::SameNodes => scene.has_all(reason, other),
            Self::Overlap => other.nodes.is_empty() || have_a_node_in_common(reason, other),
            Self::Holds(holds) => holds(scene, reason, other),
        }
    }
}

/// Codes that may follow from this one, for the help pages.
#[must_use]
pub fn consequences(code: Code) -> Vec<Code> {
    let found: BTreeSet<Code> =
        EDGES.iter().filter(|edge| edge.from.contains(&code)).flat_map(|edge| edge.to).copied().collect();
    found.into_iter().filter(|other| *other != code).collect()
}

/// A link that does not pass as it should.
const LINKS: &[Code] =
    &[Code::NodeIsolated, Code::NetPortBlocked, Code::NetGrpcBlocked, Code::NetOneWay, Code::NetDns, Code::NetLossy];

/// What clients show of anything that is wrong.
const CLIENTS: &[Code] = &[Code::ClientsMissing, Code::ClientsSkewed];

/// What nodes say of one another, and of the data, when one is missing.
const LISTS: &[Code] = &[Code::MembersDisagree, Code::DataDiverged];

/// The table.
pub static EDGES: &[Edge] = &[
    // Of one node: the reason of its end, and the end.
    Edge {
        id: "it-goes-down-again-and-again",
        from: &[Code::NodeFlapping],
        to: &[Code::NodeKilled, Code::NodeHung, Code::NodeStuckStarting, Code::NodeStarting, Code::NodeUnreachable],
        when: When::SameNodes,
    },
    Edge {
        id: "a-node-that-died-of-this",
        from: &[
            Code::NodeOomKilled,
            Code::NodeOomJava,
            Code::NodeJvmCrash,
            Code::NodeDiskFull,
            Code::NodeFilesExhausted,
            Code::NodeThreadsExhausted,
            Code::NodeMemoryNative,
            Code::NodeStartFailed,
            Code::NodeDataInUse,
            Code::DbUnreachable,
            Code::DbRefuses,
            Code::RaftStorageCorrupt,
            Code::ConfigDbDrift,
        ],
        to: &[Code::NodeFlapping, Code::NodeStuckStarting, Code::NodeStarting, Code::NodeHung, Code::NodeKilled],
        when: When::SameNodes,
    },
    Edge {
        id: "nothing-can-be-written",
        from: &[Code::NodeDiskFull],
        to: &[Code::RaftStorageCorrupt, Code::RaftStateMachineStopped, Code::NodeStartFailed, Code::DbUnreachable],
        when: When::SameNodes,
    },
    Edge {
        id: "no-more-files-or-connections",
        from: &[Code::NodeFilesExhausted],
        to: &[
            Code::RaftStorageCorrupt,
            Code::RaftStateMachineStopped,
            Code::NodeStartFailed,
            Code::DbUnreachable,
            Code::NetGrpcBlocked,
            Code::NetPortBlocked,
            Code::NetOneWay,
        ],
        when: When::Overlap,
    },
    Edge {
        id: "no-more-files-or-connections",
        from: &[Code::NodeThreadsExhausted],
        to: &[Code::NodeStartFailed, Code::NetGrpcBlocked, Code::NetPortBlocked, Code::NetOneWay],
        when: When::Overlap,
    },
    Edge {
        id: "a-node-that-stood-still",
        from: &[Code::NodeOverloaded],
        to: &[Code::NodePaused],
        when: When::SameNodes,
    },
    Edge {
        id: "what-keeps-a-node-from-its-work",
        from: &[Code::NodeOomJava, Code::NodeHung, Code::NodeThreadsExhausted, Code::NodeMemoryNative],
        to: &[Code::NodeOverloaded, Code::NodePaused],
        when: When::SameNodes,
    },
    Edge {
        id: "a-node-that-stood-still",
        from: &[Code::NodePaused, Code::NodeOverloaded],
        to: CLIENTS,
        when: When::Overlap,
    },
    Edge {
        id: "a-node-that-stood-still",
        from: &[Code::NodePaused, Code::NodeOverloaded],
        to: &[Code::NetGrpcBlocked, Code::NetPortBlocked, Code::NetOneWay, Code::RaftLinkBroken],
        when: When::Holds(stood_still_as_surely),
    },
    // A question that waits for storage is answered late where storage does not serve.
    Edge {
        id: "it-waits-for-storage",
        from: &[Code::DbUnreachable, Code::DbRefuses],
        to: &[Code::NodeOverloaded],
        when: When::Holds(answers_late_alone),
    },
    Edge {
        id: "threads-that-died-of-it",
        from: &[Code::NodeOomJava, Code::NodeThreadsExhausted, Code::NodeMemoryNative],
        to: &[Code::RaftStorageCorrupt, Code::RaftStateMachineStopped, Code::ConfigFlagsDrift, Code::RaftLinkBroken],
        when: When::SameNodes,
    },
    Edge {
        id: "a-process-that-does-not-answer",
        from: &[Code::NodeOomJava, Code::NodeHung],
        to: &[Code::NetGrpcBlocked, Code::NetPortBlocked, Code::NetOneWay],
        when: When::Overlap,
    },
    Edge {
        id: "a-node-that-is-not-up-yet",
        from: &[Code::NodeStarting],
        to: &[Code::NetGrpcBlocked, Code::NetPortBlocked, Code::NetOneWay],
        when: When::Overlap,
    },
    Edge {
        id: "a-port-that-another-node-takes",
        from: &[Code::ConfigPortClash],
        to: &[Code::NodeStartFailed],
        when: When::Overlap,
    },
    Edge {
        id: "a-node-that-is-in-no-cluster",
        from: &[Code::ConfigMode],
        to: &[Code::ConfigFlagsDrift, Code::MembersDisagree, Code::RaftMemberMismatch, Code::RaftNoLeader],
        when: When::Overlap,
    },
    Edge {
        id: "a-node-under-another-address",
        from: &[Code::ConfigSelfAddress],
        to: &[
            Code::ConfigClusterConfDrift,
            Code::MembersGhost,
            Code::MembersDisagree,
            Code::RaftMemberMismatch,
            Code::RaftNoLeader,
            Code::NodeStuckStarting,
            Code::LogsErrors,
        ],
        when: When::Overlap,
    },
    Edge {
        id: "a-start-that-needs-its-storage",
        from: &[Code::RaftStorageCorrupt, Code::NodeDataInUse],
        to: &[Code::NodeStartFailed],
        when: When::SameNodes,
    },
    Edge {
        id: "a-start-that-needs-its-database",
        from: &[Code::DbUnreachable, Code::DbRefuses],
        to: &[Code::NodeStartFailed],
        when: When::SameNodes,
    },
    Edge { id: "a-database-that-refuses", from: &[Code::DbRefuses], to: &[Code::DbUnreachable], when: When::SameNodes },
    Edge {
        id: "settings-of-another-database",
        from: &[Code::ConfigDbDrift],
        to: &[Code::DbUnreachable, Code::DbRefuses, Code::NodeStartFailed, Code::ConfigFlagsDrift],
        when: When::SameNodes,
    },
    Edge {
        id: "an-identity-that-peers-refuse",
        from: &[Code::ConfigAuthDrift],
        to: &[Code::NodeIsolated, Code::NetGrpcBlocked],
        when: When::SameNodes,
    },
    Edge {
        id: "tls-that-peers-do-not-speak",
        from: &[Code::ConfigPropertiesDrift],
        to: &[Code::NodeIsolated, Code::NetGrpcBlocked, Code::NetOneWay, Code::DataDiverged, Code::MembersDisagree],
        when: When::Holds(speaks_another_tls),
    },
    Edge {
        id: "a-line-that-cannot-be-read",
        from: &[Code::ConfigClusterConfMalformed],
        to: &[
            Code::NodeIsolated,
            Code::NodeStartFailed,
            Code::NodeStuckStarting,
            Code::NodeStarting,
            Code::ConfigClusterConfDrift,
        ],
        when: When::SameNodes,
    },
    // Of links: the wider reason first.
    Edge {
        id: "every-link-of-it-is-cut",
        from: &[Code::NodeIsolated],
        to: &[Code::NetGrpcBlocked, Code::NetPortBlocked, Code::RaftLinkBroken],
        when: When::Overlap,
    },
    Edge {
        id: "lost-packets-look-like-a-cut",
        from: &[Code::NetLossy],
        to: &[Code::NodeOverloaded, Code::NetGrpcBlocked, Code::NetPortBlocked, Code::NetOneWay, Code::RaftLinkBroken],
        when: When::Overlap,
    },
    Edge {
        id: "what-has-no-address-cannot-be-reached",
        from: &[Code::NetDns],
        to: &[Code::NetGrpcBlocked, Code::NetPortBlocked, Code::NetOneWay],
        when: When::Overlap,
    },
    Edge {
        id: "what-has-no-address-cannot-be-reached",
        from: &[Code::NetDns],
        to: &[Code::NodeUnreachable],
        when: When::SameNodes,
    },
    Edge {
        id: "a-start-that-needs-a-name",
        from: &[Code::NetDns],
        to: &[Code::NodeStuckStarting, Code::NodeStarting, Code::NodeStartFailed, Code::DbUnreachable],
        when: When::SameNodes,
    },
    Edge { id: "a-start-that-needs-a-name", from: &[Code::NetDns], to: &[Code::RaftLinkBroken], when: When::Overlap },
    Edge {
        id: "a-name-that-only-this-file-has",
        from: &[Code::ConfigClusterConfDrift],
        to: &[Code::NetDns],
        when: When::Holds(only_its_own_file_has_the_name),
    },
    Edge {
        id: "it-passes-in-one-direction",
        from: &[Code::NetOneWay],
        to: &[Code::NetGrpcBlocked, Code::NetPortBlocked],
        when: When::Holds(every_pair_passes_one_way),
    },
    // Of the majority and its leader.
    Edge {
        id: "one-database-for-all-that-are-down",
        from: &[Code::DbUnreachable, Code::DbRefuses],
        to: &[Code::ClusterQuorumLost],
        when: When::Holds(names_all_that_are_down),
    },
    Edge {
        id: "one-reason-for-all-that-are-down",
        from: &[Code::NodeStartFailed],
        to: &[Code::ClusterQuorumLost],
        when: When::Holds(gave_up_for_one_reason),
    },
    Edge {
        id: "a-start-that-waits-for-its-leader",
        from: &[Code::RaftLinkBroken],
        to: &[Code::NodeStuckStarting, Code::NodeStarting],
        when: When::SameNodes,
    },
    Edge {
        id: "a-start-that-waits-for-its-leader",
        from: &[Code::RaftLinkBroken],
        to: &[Code::ClusterQuorumLost],
        when: When::Holds(names_all_that_are_down),
    },
    Edge {
        id: "the-only-node-that-is-down",
        from: STOPS,
        to: &[Code::ClusterQuorumLost],
        when: When::Holds(only_one_is_down),
    },
    Edge {
        id: "the-only-node-that-is-down",
        from: &[Code::NodeIsolated],
        to: &[Code::ClusterQuorumLost],
        when: When::Holds(only_one_is_down),
    },
    Edge {
        id: "an-election-that-has-only-begun",
        from: STOPS,
        to: &[Code::RaftNoLeader],
        when: When::Holds(election_or_no_majority),
    },
    Edge {
        id: "without-a-majority-there-is-no-leader",
        from: &[Code::ClusterQuorumLost],
        to: &[Code::RaftNoLeader],
        when: When::Always,
    },
    Edge { id: "voters-that-do-not-hear-one-another", from: LINKS, to: &[Code::RaftNoLeader], when: When::Always },
    Edge {
        id: "voters-that-do-not-hear-one-another",
        from: &[Code::RaftLinkBroken],
        to: &[Code::RaftNoLeader],
        when: When::Always,
    },
    Edge {
        id: "a-voter-whose-storage-is-broken",
        from: &[Code::RaftStorageCorrupt, Code::RaftStateMachineStopped],
        to: &[Code::RaftNoLeader],
        when: When::Always,
    },
    Edge {
        id: "voters-that-are-not-the-members",
        from: &[Code::RaftMemberMismatch],
        to: &[Code::RaftNoLeader],
        when: When::Always,
    },
    // Of member lists.
    Edge {
        id: "files-that-name-other-members",
        from: &[Code::ConfigClusterConfDrift, Code::ConfigClusterConfMalformed],
        to: &[Code::MembersGhost, Code::RaftMemberMismatch],
        when: When::Always,
    },
    Edge {
        id: "a-member-that-is-nobody",
        from: &[Code::MembersGhost],
        to: &[Code::RaftMemberMismatch],
        when: When::Always,
    },
    Edge { id: "lists-and-logs-follow", from: STOPS, to: LISTS, when: When::Always },
    Edge { id: "lists-and-logs-follow", from: LINKS, to: LISTS, when: When::Always },
    Edge {
        id: "lists-and-logs-follow",
        from: &[
            Code::ClusterQuorumLost,
            Code::ConfigClusterConfDrift,
            Code::ConfigClusterConfMalformed,
            Code::ConfigDbDrift,
            Code::ConfigAuthDrift,
        ],
        to: LISTS,
        when: When::Always,
    },
    Edge {
        id: "lists-and-logs-follow",
        from: &[
            Code::RaftLinkBroken,
            Code::RaftStorageCorrupt,
            Code::RaftStateMachineStopped,
            Code::MembersGhost,
            Code::ConfigFlagsDrift,
            Code::ConfigVersionMixed,
            Code::DbUnreachable,
            Code::DbRefuses,
            Code::RaftMemberMismatch,
        ],
        to: &[Code::MembersDisagree],
        when: When::Always,
    },
    // Of errors in logs: those of a broken link are in the logs of all nodes; those of a fault in one node are in its own log,
    // and in the lines of other nodes that name it.
    Edge { id: "lists-and-logs-follow", from: LINKS, to: &[Code::LogsErrors], when: When::Always },
    Edge {
        id: "lists-and-logs-follow",
        from: &[
            Code::ClusterQuorumLost,
            Code::ConfigClusterConfDrift,
            Code::ConfigClusterConfMalformed,
            Code::ConfigAuthDrift,
            Code::RaftLinkBroken,
            Code::RaftMemberMismatch,
            Code::RaftNoLeader,
            Code::MembersGhost,
            Code::ConfigFlagsDrift,
            Code::ConfigVersionMixed,
        ],
        to: &[Code::LogsErrors],
        when: When::Always,
    },
    Edge { id: "lists-and-logs-follow", from: STOPS, to: &[Code::LogsErrors], when: When::Holds(errors_follow) },
    Edge {
        id: "lists-and-logs-follow",
        from: &[
            Code::ConfigDbDrift,
            Code::RaftStorageCorrupt,
            Code::RaftStateMachineStopped,
            Code::DbUnreachable,
            Code::DbRefuses,
        ],
        to: &[Code::LogsErrors],
        when: When::Holds(errors_follow),
    },
    // Of front doors and clients.
    Edge {
        id: "clients-that-went-away",
        from: &[Code::ClientsMissing],
        to: &[Code::ClientsSkewed],
        when: When::SameNodes,
    },
    Edge { id: "clients-follow", from: STOPS, to: CLIENTS, when: When::Always },
    Edge { id: "clients-follow", from: LINKS, to: CLIENTS, when: When::Always },
    Edge {
        id: "clients-follow",
        from: &[Code::ClusterQuorumLost, Code::DoorStaleUpstream, Code::DoorGrpcNotForwarded, Code::DoorNotServing],
        to: CLIENTS,
        when: When::Always,
    },
    Edge {
        id: "clients-of-a-node-that-does-not-serve",
        from: &[
            Code::RaftNoLeader,
            Code::RaftLinkBroken,
            Code::RaftMemberMismatch,
            Code::RaftStorageCorrupt,
            Code::RaftStateMachineStopped,
            Code::MembersDisagree,
            Code::MembersGhost,
            Code::ConfigClusterConfDrift,
            Code::ConfigClusterConfMalformed,
            Code::ConfigDbDrift,
            Code::ConfigAuthDrift,
            Code::ConfigPropertiesDrift,
            Code::ConfigFlagsDrift,
            Code::ConfigVersionMixed,
            Code::DbUnreachable,
            Code::DbRefuses,
            Code::ClockSkew,
            Code::LogsErrors,
        ],
        to: CLIENTS,
        when: When::Holds(names_a_node_that_does_not_run),
    },
];

fn have_a_node_in_common(reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    other.nodes.iter().any(|node| reason.nodes.contains(node))
}

/// It speaks TLS to peers that do not, or the other way round: connections over gRPC between them fail.
fn speaks_another_tls(scene: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    reason.is_all(&[Variant::PeerTls]) && When::Overlap.holds(scene, reason, other)
}

/// A node that stands still closes its links; that it may do so, as one look leaves open, does not undo what is certain of
/// them.
fn stood_still_as_surely(scene: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    let sure = reason.confidence() > Confidence::Possible || other.confidence() < Confidence::Certain;
    sure && When::Overlap.holds(scene, reason, other)
}

/// All that is known is that a node answers late, and it waits for something.
fn answers_late_alone(_: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    let by_time_alone = other.confidence() == Confidence::Possible;
    by_time_alone && reason.confidence() > Confidence::Possible && have_a_node_in_common(reason, other)
}

/// A link that passes in one direction only is not a blocked port.
fn every_pair_passes_one_way(_: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    other.findings.iter().all(|blocked| {
        let is_pair = |one: &Finding| {
            (&one.node, &one.peer) == (&blocked.node, &blocked.peer)
                || (&one.node, &one.peer) == (&blocked.peer, &blocked.node)
        };
        blocked.peer.is_some() && reason.findings.iter().any(|one| is_pair(one))
    })
}

/// One thing to fix for all that are down. What is said of the whole cluster names those at which it was seen.
fn names_all_that_are_down(scene: &Scene<'_>, reason: &Hypothesis<'_>, _: &Hypothesis<'_>) -> bool {
    let of_all = || reason.findings.iter().filter(|finding| finding.node.is_none());
    let was_seen_at =
        |name: &NodeName| of_all().flat_map(|finding| &finding.evidence).any(|one| one.node.as_ref() == Some(name));
    let mut down = scene.down().peekable();
    down.peek().is_some() && down.all(|name| scene.has(reason.code, name) || was_seen_at(name))
}

/// All that are down gave up their start over the same thing, which somebody did to all of them. A start that found no
/// leader is not such a reason: it follows from the others being down.
fn gave_up_for_one_reason(scene: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    const REASONS: [Variant; 5] =
        [Variant::BadSetting, Variant::KeyFile, Variant::DatabaseSetting, Variant::JvmRefused, Variant::NativeLibrary];
    let shared = |variant: &Variant| {
        let same = |one: &&Hypothesis<'_>| one.code == reason.code && one.is_all(&[*variant]);
        let nodes: BTreeSet<&NodeName> = scene.all.iter().filter(same).flat_map(|one| &one.nodes).collect();
        reason.is_all(&[*variant]) && scene.down().all(|name| nodes.contains(name))
    };
    REASONS.iter().any(shared) && names_all_that_are_down(scene, reason, other)
}

/// A majority that a single node costs: bringing that one back is the whole of it.
fn only_one_is_down(scene: &Scene<'_>, _: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    // Without it the others would do, if they heard each other.
    if other.is_all(&[Variant::SurvivorsCut]) {
        return false;
    }
    let of_stops = scene.all.iter().filter(|one| is_stop(one.code) || one.code == Code::NodeIsolated);
    // Others may be down for a reason that is not called a stop, as those whose database is gone.
    let down: BTreeSet<&NodeName> = of_stops.flat_map(|one| &one.nodes).chain(scene.down()).collect();
    let unlisted = scene
        .all
        .iter()
        .filter(|one| one.code == Code::NodeUnreachable)
        .flat_map(|one| &one.findings)
        .filter(|finding| finding.node.is_none());
    down.len() + unlisted.count() == 1
}

/// There is no majority, or the node went so short a time ago that the others are still electing.
fn election_or_no_majority(scene: &Scene<'_>, reason: &Hypothesis<'_>, _: &Hypothesis<'_>) -> bool {
    let model = scene.model;
    let lost = scene.all.iter().any(|one| one.code == Code::ClusterQuorumLost);
    let mut nodes = reason.nodes.iter().filter_map(|node| model.index(node));
    let just_went = |index: usize| {
        let last = model.nodes[index].last_stamp;
        !model.states[index].is_running()
            && (leaders::reported_lately(model, index)
                || last.is_some_and(|last| model.age_ms(last) < timing::ELECTION_MS))
    };
    lost || nodes.any(just_went)
}

/// Errors of the node itself, of anybody while it does not run, or that name it.
fn errors_follow(scene: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    let lines = || other.findings.iter().flat_map(|finding| &finding.evidence);
    let named = |index: usize| {
        let mut own = scene.model.nodes[index].addresses();
        own.any(|address| lines().any(|line| names_host(&line.text, &address.host)))
    };
    let mut nodes = reason.nodes.iter().filter_map(|node| scene.model.index(node));
    When::Overlap.holds(scene, reason, other)
        || nodes.any(|index| !scene.model.states[index].is_running() || named(index))
}

/// True if a text names the host, and not a longer one that begins or ends alike.
fn names_host(text: &str, host: &str) -> bool {
    let goes_on = |char: char| char.is_alphanumeric() || char == '-';
    text.match_indices(host).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + host.len()..]);
        let longer =
            behind.starts_with(goes_on) || behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(goes_on));
        !host.is_empty() && !longer && !before.ends_with(|char: char| goes_on(char) || char == '.')
    })
}

/// Every name that does not resolve stands in the file of the node that asks for it, and not in those that are right.
fn only_its_own_file_has_the_name(scene: &Scene<'_>, reason: &Hypothesis<'_>, other: &Hypothesis<'_>) -> bool {
    let files = membership::divergent_files(scene.model);
    let unresolved = names::unresolved(scene.model);
    let is_of_its_file = |node: usize| {
        let more = files.iter().filter(|file| file.node == node).flat_map(|file| &file.more);
        let more: Vec<String> = more.filter_map(|member| address::split(member)).map(|(host, _)| host).collect();
        let mut asked = unresolved.iter().filter(|one| one.observer == node).peekable();
        asked.peek().is_some() && asked.all(|one| more.contains(&one.host))
    };
    let mut nodes = other.nodes.iter().map(|node| scene.model.index(node).filter(|_| reason.nodes.contains(node)));
    !other.nodes.is_empty() && nodes.all(|node| node.is_some_and(is_of_its_file))
}

fn names_a_node_that_does_not_run(scene: &Scene<'_>, reason: &Hypothesis<'_>, _: &Hypothesis<'_>) -> bool {
    let mut nodes = reason.nodes.iter().filter_map(|node| scene.model.index(node));
    nodes.any(|index| !scene.model.states[index].is_running())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn graph() -> BTreeMap<Code, BTreeSet<Code>> {
        let mut graph: BTreeMap<Code, BTreeSet<Code>> = BTreeMap::new();
        for edge in EDGES {
            for from in edge.from {
                graph.entry(*from).or_default().extend(edge.to.iter().filter(|to| *to != from));
            }
        }
        graph
    }

    /// Two that explain each other would both be set aside, and nobody would be told of either.
    #[test]
    fn nothing_explains_its_own_reason() {
        let graph = graph();
        for start in graph.keys() {
            let mut seen: BTreeSet<Code> = BTreeSet::new();
            let mut next: Vec<Code> = graph[start].iter().copied().collect();
            while let Some(code) = next.pop() {
                assert_ne!(code, *start, "a way leads from {start} back to it");
                if seen.insert(code) {
                    next.extend(graph.get(&code).into_iter().flatten());
                }
            }
        }
    }

    /// Whatever a code is, it explains something, is explained by something, or is known to stand alone.
    #[test]
    fn every_code_has_its_place() {
        let alone = [
            Code::None,
            Code::ConfigInsecure,
            Code::ConfigEnvDrift,
            Code::ClientsSingleServer,
            Code::NodeSecondStart,
            Code::VantageLimited,
        ];
        for code in Code::ALL.iter().filter(|code| !alone.contains(code)) {
            let placed = EDGES.iter().any(|edge| edge.from.contains(code) || edge.to.contains(code));
            assert!(placed, "{code} stands nowhere");
        }
        for edge in EDGES {
            assert!(edge.from.iter().any(|from| edge.to.iter().any(|to| to != from)), "{} explains itself", edge.id);
        }
    }

    /// The first relation that holds is the one that is told: one that always holds hides those behind it.
    #[test]
    fn every_relation_can_be_told() {
        for (at, edge) in EDGES.iter().enumerate().filter(|(_, edge)| matches!(edge.when, When::Always)) {
            for other in &EDGES[at + 1..] {
                let hidden = edge.from.iter().any(|from| other.from.contains(from))
                    && edge.to.iter().any(|to| other.to.contains(to));
                assert!(!hidden, "{} can never be told after {}", other.id, edge.id);
            }
        }
    }
}
