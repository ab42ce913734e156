//! Who is a member: according to the files, to the lists of the nodes, and to Raft.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, beside, certain, doubts, excludes, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::domain::message::Message;
use crate::model::ClusterModel;
use crate::model::membership::{self, CalledDown, Divergent, NotListed, PortClash, RaftDifference, UnlistedMember};
use crate::model::own_address::{self, OtherSelf, SharedAddress};

/// What is wrong with files, lists and voters.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let files = membership::divergent_files(model).into_iter().filter_map(|odd| FILES.case(model, &odd));
    let unnamed = membership::not_listed(model).into_iter().filter_map(|one| NOT_LISTED.case(model, &one));
    let nobodies = membership::ghosts(model).into_iter().chain(membership::unlisted(model));
    let nobodies = nobodies.filter_map(|member| OUTSIDERS.case(model, &member));
    let lists = membership::disagreeing(model).into_iter().filter_map(|odd| LISTS.case(model, &odd));
    let shrunk = model.running().into_iter().filter_map(|index| OWN_VOTE.case(model, &index));
    let voters = membership::raft_difference(model).and_then(|difference| VOTERS.case(model, &difference));
    let clashes = membership::port_clashes(model).into_iter().filter_map(|clash| PORTS.case(model, &clash));
    let selves = own_address::other_selves(model).into_iter().filter_map(|one| OWN_ADDRESS.case(model, &one));
    let shared = own_address::shared_addresses(model).into_iter().filter_map(|one| SHARED_ADDRESS.case(model, &one));
    let selves = selves.chain(shared);
    files.chain(unnamed).chain(clashes).chain(selves).chain(nobodies).chain(lists).chain(shrunk).chain(voters).collect()
}

/// Running nodes that others call down.
#[must_use]
pub fn states(model: &ClusterModel<'_>) -> Vec<Case> {
    membership::called_down(model).into_iter().filter_map(|one| STATES.case(model, &one)).collect()
}

/// The files, one node's with those of the rest.
pub static FILES: Chain<Divergent> =
    Chain { rules: &[&OTHER_FILE], fill: fill_lists, nodes: |_, odd| (Some(odd.node), None), ..Chain::PLAIN };

static OTHER_FILE: Rule<Divergent> = Rule::fail(
    Code::ConfigClusterConfDrift,
    &[requires("its-file-names-other-members", |_, odd: &Divergent| Seen::lines(odd.evidence.clone()))],
    |_, _| "finding-config-cluster-conf-drift",
);

/// Nodes that no file names.
pub static NOT_LISTED: Chain<NotListed> = Chain {
    rules: &[&NAMED_BY_NO_FILE],
    fill: |model, one, message| message.with("node", model.nodes[one.node].name).with("member", &one.member),
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static NAMED_BY_NO_FILE: Rule<NotListed> = Rule::fail(
    Code::ConfigClusterConfDrift,
    &[requires("no-file-names-it", |_, one: &NotListed| Seen::Yes(one.evidence.clone()))],
    |_, _| "finding-config-cluster-conf-not-listed",
)
.variant(Variant::NotListed);

/// Members of one host whose ports collide.
pub static PORTS: Chain<PortClash> = Chain {
    rules: &[&PORT_CLASH],
    fill: |_, clash, message| {
        let message = message.with("one", &clash.members.0).with("other", &clash.members.1);
        message.with("ports", clash.port)
    },
    nodes: |_, clash| (clash.nodes.0, clash.nodes.1),
    ..Chain::PLAIN
};

static PORT_CLASH: Rule<PortClash> = Rule::fail(
    Code::ConfigPortClash,
    &[
        requires("one-host-and-one-port", |_, clash: &PortClash| Seen::lines(clash.evidence.clone())),
        excludes("both-of-them-run", |_, clash| Seen::of(clash.both_run)),
    ],
    |_, _| "finding-config-port-clash",
);

/// What nodes call themselves.
pub static OWN_ADDRESS: Chain<OtherSelf> = Chain {
    rules: &[&NOT_UNDER_ITS_OWN_ADDRESS],
    fill: |model, one, message| message.with("node", model.nodes[one.node].name).with("member", &one.told),
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static NOT_UNDER_ITS_OWN_ADDRESS: Rule<OtherSelf> = Rule::fail(
    Code::ConfigSelfAddress,
    &[
        requires("not-listed-under-its-address", |_, one: &OtherSelf| Seen::Yes(one.evidence.clone())),
        certain("says-so-itself", |_, one| Seen::of(one.says_so)),
    ],
    |_, _| "finding-config-self-address",
)
.likely();

/// Nodes to which a setting gives the address of another one.
pub static SHARED_ADDRESS: Chain<SharedAddress> = Chain {
    rules: &[&ADDRESS_OF_ANOTHER],
    fill: |model, one, message| {
        let message = message.with("node", model.nodes[one.node].name).with("other", model.nodes[one.other].name);
        message.with("member", &one.address).with("key", one.key)
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static ADDRESS_OF_ANOTHER: Rule<SharedAddress> = Rule::fail(
    Code::ConfigSelfAddress,
    &[requires("set-to-the-address-of-another", |_, one: &SharedAddress| Seen::Yes(one.evidence.clone()))],
    |_, _| "finding-config-self-address-taken",
)
.variant(Variant::OfAnother);

/// Members that are not in the inventory.
pub static OUTSIDERS: Chain<UnlistedMember> = Chain {
    rules: &[&GHOST, &NOT_IN_THE_INVENTORY],
    fill: |_, member, message| message.with("member", &member.member),
    ..Chain::PLAIN
};

static GHOST: Rule<UnlistedMember> = Rule::fail(
    Code::MembersGhost,
    &[
        requires("member-cannot-be-reached", cannot_be_reached),
        excludes("member-was-there", was_there),
        certain("raft-votes-without-it", |_, member| Seen::of(member.voters_known && !member.votes)),
    ],
    |_, member| match member.voters_known && !member.votes {
        true => "finding-members-ghost",
        false => "finding-members-ghost-likely",
    },
)
.likely();

/// A node like the others, that is down.
static NOT_IN_THE_INVENTORY: Rule<UnlistedMember> = Rule::fail(
    Code::NodeUnreachable,
    &[
        requires("member-cannot-be-reached", cannot_be_reached),
        requires("member-was-there", was_there),
        beside("member-votes", |_, member| Seen::of(member.votes).if_looked(member.voters_known)),
    ],
    |_, member| if member.votes { "finding-member-unlisted-votes" } else { "finding-member-unlisted" },
)
.likely()
.variant(Variant::UnlistedMember);

fn cannot_be_reached(_: &ClusterModel<'_>, member: &UnlistedMember) -> Seen {
    Seen::lines(member.evidence.clone())
}

fn was_there(_: &ClusterModel<'_>, member: &UnlistedMember) -> Seen {
    Seen::of(member.was_there)
}

/// What a node lists while it runs, with what the files say.
pub static LISTS: Chain<Divergent> =
    Chain { rules: &[&OTHER_LIST], fill: fill_lists, nodes: |_, odd| (Some(odd.node), None), ..Chain::PLAIN };

static OTHER_LIST: Rule<Divergent> = Rule::fail(
    Code::MembersDisagree,
    &[requires("it-lists-other-members", |_, odd: &Divergent| Seen::lines(odd.evidence.clone()))],
    |_, _| "finding-members-disagree",
)
.likely();

/// A node whose vote is gone.
pub static OWN_VOTE: Chain<usize> = Chain { rules: &[&WITHOUT_ITSELF], ..Chain::OF_NODE };

static WITHOUT_ITSELF: Rule<usize> = Rule::fail(
    Code::RaftMemberMismatch,
    &[requires("its-raft-group-is-without-it", |model, index| {
        let lines = membership::not_in_conf(model, *index);
        lines.map_or(Seen::No, Seen::Yes).if_looked(model.nodes[*index].logs.is_some())
    })],
    |_, _| "finding-raft-not-in-conf",
);

/// Voters and members.
pub static VOTERS: Chain<RaftDifference> = Chain {
    rules: &[&OTHER_VOTERS],
    fill: |_, difference, message| message.with_difference(&difference.more, &difference.less),
    // One node that lacks its vote is the one to look at.
    nodes: |model, difference| match difference.less.as_slice() {
        [member] => (model.member(member), None),
        _ => (None, None),
    },
    ..Chain::PLAIN
};

static OTHER_VOTERS: Rule<RaftDifference> = Rule::fail(
    Code::RaftMemberMismatch,
    &[
        requires("voters-are-not-the-members", |_, difference: &RaftDifference| Seen::Yes(difference.evidence.clone())),
        certain("members-are-those-of-the-files", |_, difference| Seen::of(difference.by_files)),
        excludes("member-list-has-just-changed", |model, difference: &RaftDifference| {
            Seen::of(difference.by_files && membership::changed_just_now(model))
        }),
    ],
    |_, difference| match difference.by_files {
        true => "finding-raft-member-mismatch",
        false => "finding-raft-member-mismatch-api",
    },
)
.likely();

/// What running nodes say of one another.
pub static STATES: Chain<CalledDown> = Chain {
    rules: &[&CALLED_DOWN],
    fill: |model, one, message| {
        message.with("node", model.nodes[one.node].name).with("observers", model.names(&one.observers))
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

/// A broken link says why.
static CALLED_DOWN: Rule<CalledDown> = Rule::fail(
    Code::MembersDisagree,
    &[
        requires("others-call-it-down", |_, one: &CalledDown| Seen::Yes(one.evidence.clone())),
        excludes("a-link-of-it-fails", |model, one| {
            Seen::of(model.links.patterns.iter().any(|pattern| pattern.nodes.contains(&one.node)))
        }),
        // For some seconds after anything happens one node has noticed it and the others have not.
        doubts("only-suspicious-yet", |_, one| Seen::of(!one.is_down)),
    ],
    |_, _| "finding-members-state",
)
.warn()
.likely()
.variant(Variant::StatesDiffer);

fn fill_lists(model: &ClusterModel<'_>, odd: &Divergent, message: Message) -> Message {
    message.with("node", model.nodes[odd.node].name).with_difference(&odd.more, &odd.less)
}

#[cfg(test)]
mod tests;
