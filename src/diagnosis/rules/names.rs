//! Names of members that do not resolve, or not to the same address everywhere.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, requires};
use crate::domain::code::Code;
use crate::model::ClusterModel;
use crate::model::links::names::{
    Differing, Unresolved, UnresolvedHere, differing, lookups_failed, unresolved, unresolved_here,
};

/// The cases of all names.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let by_nodes = unresolved(model).into_iter().filter_map(|name| UNRESOLVED.case(model, &name));
    let differing = differing(model).into_iter().filter_map(|name| DIFFERING.case(model, &name));
    let here = unresolved_here(model).into_iter().filter_map(|name| UNRESOLVED_HERE.case(model, &name));
    let lookups = lookups_failed(model).into_iter().filter_map(|name| LOOKUPS.case(model, &name));
    by_nodes.chain(differing).chain(here).chain(lookups).collect()
}

/// Names that a node cannot resolve.
pub static UNRESOLVED: Chain<Unresolved> = Chain {
    rules: &[&DOES_NOT_RESOLVE],
    fill: |model, name, message| message.with("node", model.nodes[name.observer].name).with("member", &name.host),
    nodes: |_, name| (Some(name.observer), None),
    ..Chain::PLAIN
};

static DOES_NOT_RESOLVE: Rule<Unresolved> = Rule::fail(
    Code::NetDns,
    &[requires("name-does-not-resolve", |_, name: &Unresolved| Seen::Yes(name.evidence.clone()))],
    |_, _| "finding-net-dns",
);

/// Names that a helper beside a node could not resolve.
pub static LOOKUPS: Chain<Unresolved> = Chain { rules: &[&LOOKUP_FAILED], ..UNRESOLVED };

/// What the node itself makes of it, its own lines tell.
static LOOKUP_FAILED: Rule<Unresolved> = Rule::fail(
    Code::NetDns,
    &[requires("lookup-failed", |_, name: &Unresolved| Seen::Yes(name.evidence.clone()))],
    |_, _| "finding-net-dns-now-and-then",
)
.advice();

/// Names that nodes take for different addresses.
pub static DIFFERING: Chain<Differing> = Chain {
    rules: &[&RESOLVES_WRONGLY, &RESOLVES_DIFFERENTLY],
    fill: |model, name, message| {
        let [first, second] = &name.addresses;
        message
            .with("node", model.nodes[name.node].name)
            .with("other", model.nodes[name.other].name)
            .with("member", &name.host)
            .with("first", first)
            .with("second", second)
    },
    nodes: |_, name| (Some(name.node), Some(name.other).filter(|_| !name.is_wrong)),
    ..Chain::PLAIN
};

/// The innocent side is not named.
static RESOLVES_WRONGLY: Rule<Differing> = Rule::fail(
    Code::NetDns,
    &[
        requires("name-has-two-addresses", has_two_addresses),
        requires("known-who-resolves-wrongly", |_, name: &Differing| Seen::of(name.is_wrong)),
    ],
    |_, _| "finding-net-dns-wrong",
)
.warn();

static RESOLVES_DIFFERENTLY: Rule<Differing> = Rule::fail(
    Code::NetDns,
    &[requires("name-has-two-addresses", has_two_addresses)],
    |_, _| "finding-net-dns-differs",
)
.warn();

fn has_two_addresses(_: &ClusterModel<'_>, name: &Differing) -> Seen {
    Seen::Yes(name.evidence.clone())
}

/// Names that do not resolve from here.
pub static UNRESOLVED_HERE: Chain<UnresolvedHere> = Chain {
    rules: &[&DOES_NOT_RESOLVE_HERE],
    fill: |model, name, message| message.with("node", model.nodes[name.node].name).with("member", &name.host),
    nodes: |_, name| (Some(name.node), None),
    ..Chain::PLAIN
};

static DOES_NOT_RESOLVE_HERE: Rule<UnresolvedHere> = Rule::fail(
    Code::NetDns,
    &[requires("name-does-not-resolve-here", |_, name: &UnresolvedHere| Seen::Yes(name.evidence.clone()))],
    |_, _| "finding-net-dns-here",
)
.warn();

#[cfg(test)]
mod tests;
