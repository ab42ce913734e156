//! What nodes write in their logs of attempts to reach each other.

use std::ops::Deref;

use super::nodes::{Addressed, NodeModel};
use super::{address, cite};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{PortRole, SignatureHits};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::Failure;
use crate::nacos::signatures::{self, Peer, Role, Signature};
use crate::nacos::timing;

/// All nodes, and what they write of attempts to reach one another: the second phase of the model.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    addressed: Addressed<'a>,
    /// Found in the logs.
    pub peer_errors: Vec<PeerError<'a>>,
}

impl<'a> Heard<'a> {
    pub(super) fn build(addressed: Addressed<'a>) -> Self {
        let peer_errors = peer_errors(&addressed);
        Self { addressed, peer_errors }
    }
}

impl<'a> Deref for Heard<'a> {
    type Target = Addressed<'a>;

    fn deref(&self) -> &Self::Target {
        &self.addressed
    }
}

/// Lines of one node about one other.
#[derive(Clone, Debug)]
pub struct PeerError<'a> {
    /// Whose log.
    pub observer: usize,
    /// The node that they are about.
    pub subject: usize,
    /// The port the attempt went to, where the line tells.
    pub role: Option<PortRole>,
    /// True if the lines are failed attempts themselves, not their consequences.
    pub attempt: bool,
    /// The lines.
    pub hits: &'a SignatureHits,
}

impl PeerError<'_> {
    /// Lines not older than `since`, without those that hold an answer of the peer.
    #[must_use]
    pub fn count_since(&self, since: Timestamp) -> u64 {
        self.lines_since(since).saturating_sub(self.reason_since(&Failure::Answered, since))
    }

    fn lines_since(&self, since: Timestamp) -> u64 {
        if self.hits.first.is_some_and(|first| first >= since) {
            return self.hits.count;
        }
        let exact = self.hits.times.iter().filter(|time| **time >= since).count() as u64;
        match exact {
            0 if self.hits.last.is_some_and(|last| last >= since) => 1,
            _ => exact,
        }
    }

    /// Attempts that failed once the subject had written its last line at `last`. One that waited for an answer in vain
    /// began some seconds before its line, when the subject may still have been well.
    #[must_use]
    pub fn unanswered_since(&self, last: Timestamp) -> u64 {
        // Stamps of several files and nodes are not exact to the second.
        let at_once = last.plus_millis(-timing::STAMPS_MS);
        let waits = self.hits.reasons.keys().any(Failure::is_timeout);
        if !waits {
            return self.count_since(at_once);
        }
        let quick = self.hits.reasons.keys().filter(|reason| !reason.is_timeout() && **reason != Failure::Answered);
        let quick: u64 = quick.map(|reason| self.reason_since(reason, at_once)).sum();
        quick.max(self.count_since(last.plus_millis(timing::ATTEMPT_WAITS_MS)))
    }

    /// Lines with that reason that go on after `since`.
    #[must_use]
    pub fn reason_since(&self, reason: &Failure, since: Timestamp) -> u64 {
        match self.hits.reasons.get(reason) {
            Some(seen) if seen.first.is_some_and(|first| first >= since) => seen.count,
            Some(seen) if seen.last.is_some_and(|last| last >= since) => seen.count.min(self.lines_since(since)).max(1),
            _ => 0,
        }
    }
}

/// All errors in all logs about nodes of the inventory.
#[must_use]
pub fn peer_errors<'a>(model: &Addressed<'a>) -> Vec<PeerError<'a>> {
    let mut found = Vec::new();
    for (observer, node) in model.nodes.iter().enumerate() {
        let Some(logs) = node.logs else { continue };
        for hits in &logs.hits {
            let Some(signature) = signatures::find(&hits.signature) else { continue };
            let attempt = signature.is_attempt();
            if !attempt && !signature.is_echo() {
                continue;
            }
            let Some(peer) = hits.peer_text() else { continue };
            let Some(subject) = model.owner(peer).filter(|subject| *subject != observer) else { continue };
            let role = role_of(signature, hits, peer, model.nodes[subject].main_port());
            found.push(PeerError { observer, subject, role, attempt, hits });
        }
    }
    found
}

/// True if the logs of a node say, not before `since`, that an attempt to reach anybody failed.
#[must_use]
pub fn misses_somebody(node: &NodeModel<'_>, since: Timestamp) -> bool {
    let hits = node.logs.into_iter().flat_map(|logs| &logs.hits);
    hits.filter(|hits| is_attempt(hits)).any(|hits| hits.last >= Some(since))
}

/// Lines in which a node says, again and again and at the moment judged, that peers refuse its identity, or that it refuses
/// that of a member. A wrong identity from any other host says nothing of the settings of the nodes.
#[must_use]
pub fn identity_refused(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let horizon = model.as_of.plus_millis(-timing::LINE_CURRENT_MS);
    let is_current = |hits: &&SignatureHits| hits.last.is_some_and(|last| last >= horizon) && hits.count >= 2;
    let of_member = |hits: &&SignatureHits| !is_of_a_stranger(model, hits);
    cite::samples(node.name, node.hits_of(Role::IdentityRejected).filter(is_current).filter(of_member), 4)
}

/// True if the lines tell of a wrong identity that comes from a host that is no member: a scanner or a client, of which the
/// cluster takes no harm.
pub(super) fn is_of_a_stranger(model: &Addressed<'_>, hits: &SignatureHits) -> bool {
    let signature = signatures::find(&hits.signature);
    let names_a_host =
        signature.is_some_and(|one| one.has(Role::IdentityRejected) && matches!(one.peer, Peer::Host(_)));
    names_a_host && hits.peer_text().is_some_and(|peer| !is_member(model, peer))
}

/// True if a node of the inventory, or a member that one of them lists, has that host.
fn is_member(model: &Addressed<'_>, peer: &str) -> bool {
    let Some((host, _)) = address::split(peer) else { return false };
    let of_node = |node: &NodeModel<'_>| {
        let mut listed =
            node.conf.into_iter().flat_map(|conf| &conf.members).filter_map(|member| address::split(member));
        node.addresses().any(|own| own.host == host) || listed.any(|(listed, _)| listed == host)
    };
    model.nodes.iter().any(of_node)
}

/// True if the lines are failed attempts to reach somebody, who did not answer.
pub(super) fn is_attempt(hits: &SignatureHits) -> bool {
    let answered = hits.reasons.get(&Failure::Answered).map_or(0, |seen| seen.count);
    answered < hits.count && signatures::find(&hits.signature).is_some_and(Signature::is_attempt)
}

fn role_of(signature: &Signature, hits: &SignatureHits, peer: &str, main: u16) -> Option<PortRole> {
    let named = || {
        let named = address::split(peer).and_then(|(_, port)| port);
        let captured =
            hits.samples.first().and_then(|sample| sample.captures.get("port")).and_then(|port| port.parse().ok());
        named.or(captured).and_then(|port| address::role(main, port))
    };
    signature.has(Role::NamesPort).then(named).flatten().or_else(|| signature.port())
}
