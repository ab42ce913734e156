//! What one look says of each row of a start.

use std::collections::{BTreeMap, BTreeSet};

use super::StartRow;
use crate::domain::id::NodeName;
use crate::domain::led::{is_raft_address_of, is_that_leader, named};
use crate::domain::look::Look;
use crate::domain::message::Message;
use crate::domain::observed::{RaftGroupSeen, SampleSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::MemberState;

/// Counts of instances may differ by so much, percent (facts G.6, 6.5).
const TOLERANCE_PERCENT: i64 = 2;
/// Numbers are counted at every second look: older ones than this are not compared, milliseconds.
const COUNTED_MS: i64 = 20_000;

/// What is said of a process that no port tells of yet.
const THERE: &str = "follow-process-there";

/// What one look says of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is so.
    Yes(Option<Message>),
    /// It is not so.
    No(Option<Message>),
    /// The node is silent: what it had reached it has no more.
    Gone,
    /// This look does not tell; another one may.
    Untold,
    /// No look tells, and why.
    Unknown(Message),
}

fn yes(says: Message) -> Verdict {
    Verdict::Yes(Some(says))
}

fn no(says: Message) -> Verdict {
    Verdict::No(Some(says))
}

/// What looks before this one told, as far as this one is read by it.
pub(super) struct Known<'l> {
    /// The node that is started.
    pub(super) node: &'l NodeName,
    /// Nodes of the cluster.
    pub(super) nodes: usize,
    /// Nodes that list their members in any look.
    pub(super) tells_members: BTreeSet<&'l NodeName>,
    /// SDK connections of the node before it was down.
    pub(super) clients_before: Option<i64>,
    /// The newest counts of services and instances of the others, and when.
    pub(super) counts: BTreeMap<&'l NodeName, (Timestamp, Option<i64>, i64)>,
}

impl<'l> Known<'l> {
    /// Takes in what this look counts on the other nodes.
    pub(super) fn count(&mut self, look: &'l Look) {
        for (name, sample) in look.nodes.iter().filter(|(name, _)| name != self.node) {
            match sample.metrics.instances {
                _ if !sample.alive => _ = self.counts.remove(name),
                Some(instances) => _ = self.counts.insert(name, (look.at, sample.metrics.services, instances)),
                None => {}
            }
        }
    }

    /// What this look says of every row after [`StartRow::Down`], in their order.
    pub(super) fn verdicts(&self, look: &Look, own: &SampleSeen) -> [(StartRow, Verdict); 8] {
        let start = own.start.unwrap_or_default();
        let when_up = |verdict: &dyn Fn() -> Verdict| if own.alive { verdict() } else { Verdict::Gone };
        let logged = |said: Option<bool>, otherwise: Verdict| match said {
            Some(true) => yes(Message::new("follow-by-log")),
            Some(false) => no(Message::new("follow-by-log-not")),
            None if own.alive => otherwise,
            None => Verdict::Gone,
        };
        let answers = match own.ready {
            Some(true) => yes(Message::new("follow-by-answers")),
            Some(false) => no(Message::new("follow-answers-not-ready")),
            None => Verdict::Untold,
        };
        let ready = || match own.ready {
            Some(true) => Verdict::Yes(None),
            Some(false) => no(Message::new("follow-answers-not-ready")),
            None => Verdict::Untold,
        };
        [
            (StartRow::Process, process(own)),
            (StartRow::Finished, logged(start.finished, answers)),
            (StartRow::Raft, when_up(&|| self.raft(look, own))),
            (StartRow::Distro, logged(start.distro, Verdict::Unknown(Message::new("follow-distro-unseen")))),
            (StartRow::Ready, when_up(&ready)),
            (StartRow::Peers, when_up(&|| self.peers(look, own))),
            (StartRow::Data, when_up(&|| self.data(look, own))),
            (StartRow::Clients, when_up(&|| self.clients(own))),
        ]
    }

    /// A leader is taken from the node's own answer, or is the node itself, which need not name itself. It holds only if every other node that tells names the same one in
    /// the same term, and that one answers and is up: its name by itself stays when it is lost (facts D.2).
    fn raft(&self, look: &Look, own: &SampleSeen) -> Verdict {
        let Some(address) = &own.address else { return Verdict::Unknown(Message::new("follow-self-untold")) };
        if own.raft.is_empty() {
            return no(Message::new("follow-raft-none"));
        }
        let others: Vec<(&NodeName, &SampleSeen)> = self.others(look).filter(|(_, one)| !one.raft.is_empty()).collect();
        if others.is_empty() {
            return Verdict::Unknown(Message::new("follow-raft-alone"));
        }
        let names: BTreeSet<&str> =
            others.iter().flat_map(|(_, one)| &one.raft).chain(&own.raft).map(|group| group.group.as_str()).collect();
        let mut leads = 0;
        for group in &names {
            let said = |key: &str| Message::new(key).with("group", group);
            let Some(seen) = group_of(own, group) else { return no(said("follow-raft-missing")) };
            if let Some(error) = seen.error.as_deref().filter(|error| !error.is_empty()) {
                return no(said("follow-raft-error").with("error", error));
            }
            let by_others = || others.iter().filter_map(|(_, one)| named(group_of(one, group)?));
            let is_own = |leader: &&str| is_that_leader(leader, own);
            let Some(leader) = named(seen).or_else(|| by_others().next().filter(is_own)) else {
                return no(said("follow-raft-no-leader"));
            };
            for (name, other) in &others {
                let Some(theirs) = group_of(other, group) else { continue };
                if named(theirs).is_none() && is_that_leader(leader, other) {
                    continue;
                }
                let other = named(theirs).unwrap_or("–");
                if other != leader {
                    return no(said("follow-raft-differs")
                        .with("leader", leader)
                        .with("node", name)
                        .with("other", other));
                }
                if let (Some(term), Some(other)) = (seen.term, theirs.term)
                    && term != other
                {
                    return no(said("follow-raft-term").with("term", term).with("node", name).with("other", other));
                }
            }
            if is_raft_address_of(leader, address) {
                leads += 1;
            } else if let Some(why) = self.not_up(look, leader) {
                return no(said(why).with("leader", leader));
            }
            if !seen.members.is_empty() && !seen.members.iter().any(|member| is_raft_address_of(member, address)) {
                return no(said("follow-raft-not-voter"));
            }
        }
        yes(Message::new("follow-raft-fine").with("leads", leads).with("follows", names.len() - leads))
    }

    /// Why that leader counts for nothing: it did not answer in this look, or another node does not call it up.
    fn not_up(&self, look: &Look, leader: &str) -> Option<&'static str> {
        let answers =
            self.others(look).any(|(_, one)| one.address.as_deref().is_some_and(|own| is_raft_address_of(leader, own)));
        let called = self.others(look).flat_map(|(_, one)| &one.members);
        let down =
            called.filter(|(member, _)| is_raft_address_of(leader, member)).any(|(_, state)| *state != MemberState::Up);
        match (answers, down) {
            (false, _) => Some("follow-raft-leader-silent"),
            (true, true) => Some("follow-raft-leader-not-up"),
            (true, false) => None,
        }
    }

    fn peers(&self, look: &Look, own: &SampleSeen) -> Verdict {
        let Some(address) = &own.address else { return Verdict::Unknown(Message::new("follow-self-untold")) };
        let (mut up, mut untold, mut not) = (0, false, Vec::new());
        for (name, other) in self.others(look).filter(|(name, _)| self.tells_members.contains(name)) {
            match other.members.get(address) {
                Some(MemberState::Up) => up += 1,
                Some(_) => not.push(name.0.as_str()),
                None if other.members.is_empty() => untold = true,
                None => not.push(name.0.as_str()),
            }
        }
        let others = self.nodes.saturating_sub(1);
        let counted = |key: &str| Message::new(key).with("up", up).with("asked", up + not.len());
        match (not.as_slice(), untold, up) {
            ([_, ..], ..) => no(counted("follow-peers-not").with("nodes", not.join(", "))),
            ([], true, _) => Verdict::Untold,
            ([], false, 0) => Verdict::Unknown(Message::new("follow-peers-unasked")),
            ([], false, _) if up < others => yes(counted("follow-peers-some").with("rest", others - up)),
            ([], false, _) => yes(counted("follow-peers-all")),
        }
    }

    fn data(&self, look: &Look, own: &SampleSeen) -> Verdict {
        let Some(instances) = own.metrics.instances else {
            return Verdict::Unknown(Message::new("follow-data-untold"));
        };
        let services = own.metrics.services;
        let fresh = self.counts.iter().filter(|(_, (at, ..))| look.at.millis_since(*at) <= COUNTED_MS);
        let mut compared = 0;
        for (name, (_, their_services, theirs)) in fresh {
            compared += 1;
            let apart = (instances - theirs).abs().saturating_mul(100);
            let other_services = services.zip(*their_services).is_some_and(|(own, other)| own != other);
            if other_services || apart > TOLERANCE_PERCENT.saturating_mul(instances.max(*theirs)) {
                return no(counts("follow-data-differs", services, instances)
                    .with("node", name)
                    .with("other_services", number(*their_services))
                    .with("other_instances", theirs));
            }
        }
        if compared == 0 {
            return Verdict::Unknown(Message::new("follow-data-alone"));
        }
        yes(counts("follow-data-equal", services, instances).with("nodes", compared))
    }

    fn clients(&self, own: &SampleSeen) -> Verdict {
        match (own.sdk_connections, self.clients_before) {
            (None, _) => Verdict::Unknown(Message::new("follow-clients-untold")),
            (Some(now), None) => Verdict::Unknown(Message::new("follow-clients-no-before").with("now", now)),
            (Some(now), Some(before)) => {
                let says = Message::new("follow-clients").with("now", now).with("before", before);
                if now >= before { yes(says) } else { no(says) }
            }
        }
    }

    /// The other nodes that answered in this look.
    fn others<'a>(&'a self, look: &'a Look) -> impl Iterator<Item = (&'a NodeName, &'a SampleSeen)> {
        let others = look.nodes.iter().filter(|(name, sample)| name != self.node && sample.alive);
        others.map(|(name, sample)| (name, sample))
    }
}

/// Which ports are open is asked of two beside the main port, and only until that one answers.
fn process(own: &SampleSeen) -> Verdict {
    let start = own.start.unwrap_or_default();
    let key = match start.ports.map(|ports| (ports.raft, ports.client_grpc)) {
        _ if own.alive => return yes(Message::new("follow-ports")),
        Some((true, true)) => return yes(Message::new("follow-ports-early")),
        Some((true, false)) => return yes(Message::new("follow-ports-raft")),
        Some((false, true)) => return yes(Message::new("follow-ports-grpc")),
        Some((false, false)) | None => start.process,
    };
    match key {
        Some(true) => yes(Message::new(THERE)),
        Some(false) => no(Message::new("follow-process-none")),
        None => no(Message::new("follow-process-silent")),
    }
}

fn group_of<'s>(sample: &'s SampleSeen, group: &str) -> Option<&'s RaftGroupSeen> {
    sample.raft.iter().find(|one| one.group == group)
}

fn number(count: Option<i64>) -> String {
    count.map_or_else(|| "–".to_owned(), |count| count.to_string())
}

fn counts(key: &str, services: Option<i64>, instances: i64) -> Message {
    Message::new(key).with("services", number(services)).with("instances", instances)
}
