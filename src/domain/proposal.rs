//! What the watcher proposes to open an incident for: nodes that have not answered for several looks in a row while nobody is
//! on it, and what became of that.
//!
//! # Why
//! - A proposal claims what looks saw and nothing else: a node did not answer since a moment. Why is for the checks to find out.
//! - A cluster that comes and goes is one proposal, which counts: ten of them would be read by nobody. Channels are told again
//!   after half an hour at the earliest, and at once only where it got worse.
//! - What was dismissed stays dismissed for half an hour, unless it gets worse: the person who dismissed it judged what was
//!   seen then, and a mistake must not hide a silent node for good.
//! - All of it stands in the database, so a program that is started again proposes nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cluster::Cluster;
use super::id::{ClusterId, IncidentId, NodeName, ProposalId};
use super::look::{Look, LookState};
use super::on_silence::OnSilence;
use super::time::Timestamp;

#[cfg(test)]
mod tests;

/// After so many looks in a row that say the same, an incident is proposed, unless somebody set another number.
pub const PROPOSE_AFTER_LOOKS: u32 = 6;

/// For how long what ended is gone on with rather than begun anew, and least time between two messages, milliseconds.
pub const HOLDS_MS: i64 = 30 * 60 * 1000;

/// A node that does not answer the watcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentNode {
    /// Which.
    pub node: NodeName,
    /// The first look that it did not answer.
    pub since: Timestamp,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalEnd {
    /// An incident was opened on the cluster.
    Opened {
        /// Which.
        incident: IncidentId,
        /// Login name; `None`: the program did, by itself.
        by: Option<String>,
    },
    /// Somebody said that it is no incident.
    Dismissed {
        /// Login name.
        by: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Somebody said that it is planned maintenance.
    Planned {
        /// Login name.
        by: String,
        /// Why.
        reason: String,
    },
    /// The cluster is up again.
    Over,
}

impl ProposalEnd {
    /// Stored name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Dismissed { .. } => "dismissed",
            Self::Planned { .. } => "planned",
            Self::Over => "over",
        }
    }
}

/// That it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub how: ProposalEnd,
    /// When; of one that is over, the first of the looks that say so.
    pub at: Timestamp,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Row id; 0 for one that is not stored yet.
    pub id: ProposalId,
    /// Its cluster.
    pub cluster: ClusterId,
    /// Nodes that were silent while it was open, in the order in which they fell silent, each since its newest silence.
    pub nodes: Vec<SilentNode>,
    /// The worst state: degraded or down.
    pub state: LookState,
    /// The first sign of the first time.
    pub first_at: Timestamp,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// How often it began.
    pub times: u32,
    /// When channels were told last.
    pub told_at: Timestamp,
    /// What became of it; `None`: it is open.
    pub ended: Option<Ended>,
}

impl Proposal {
    /// The newest proposal of a cluster after what looks say: changed, or a new one with the id 0. `None`: nothing changes.
    /// Channels are told where [`Self::told_at`] is `now`.
    #[must_use]
    pub fn after(newest: Option<&Self>, cluster: &Cluster, seen: &Seen, now: Timestamp) -> Option<Self> {
        let Some(first_at) = seen.silent.iter().map(|sign| sign.since).min() else {
            let open = newest.filter(|newest| newest.ended.is_none())?;
            let there = open.nodes.iter().map(|node| &node.node).filter(|node| cluster.node(node).is_some());
            let at = seen.back_since(there)?;
            return Some(Self { ended: Some(Ended { how: ProposalEnd::Over, at }), ..open.clone() });
        };
        let new = || Self {
            id: ProposalId(0),
            cluster: cluster.id,
            nodes: seen.silent.iter().map(Sign::node).collect(),
            state: seen.state,
            first_at,
            proposed_at: now,
            times: 1,
            told_at: now,
            ended: None,
        };
        let Some(newest) = newest else { return Some(new()) };
        match &newest.ended {
            None => newest.gone_on(seen, now),
            Some(ended) if now.millis_since(ended.at) < HOLDS_MS => match ended.how {
                ProposalEnd::Over => {
                    let again = Self { times: newest.times.saturating_add(1), ended: None, ..newest.clone() };
                    let again = again.with(seen, true);
                    let tells = newest.is_worse(seen) || now.millis_since(newest.told_at) >= HOLDS_MS;
                    Some(Self { told_at: if tells { now } else { newest.told_at }, ..again })
                }
                ProposalEnd::Dismissed { .. } => newest.is_worse(seen).then(new),
                ProposalEnd::Opened { .. } | ProposalEnd::Planned { .. } => Some(new()),
            },
            Some(_) => Some(new()),
        }
    }

    /// Whether an incident is opened for what was just proposed, proposed anew, or got worse. `settled`: when people last closed
    /// an incident of the cluster, or dismissed what was proposed for it.
    #[must_use]
    pub fn is_opened(&self, on_silence: OnSilence, settled: Option<Timestamp>, now: Timestamp) -> bool {
        let holds = settled.is_some_and(|at| now.millis_since(at) < HOLDS_MS);
        on_silence == OnSilence::Open && self.ended.is_none() && !holds
    }

    /// One that is open and goes on; `None`: as it is.
    fn gone_on(&self, seen: &Seen, now: Timestamp) -> Option<Self> {
        let known = |sign: &Sign| self.nodes.iter().find(|node| node.node == sign.node);
        // That it answered in between was seen: another silence, and not the one that is known.
        let is_again = |sign: &Sign| sign.begun && known(sign).is_some_and(|node| node.since < sign.since);
        let (again, worse) = (seen.silent.iter().any(is_again), self.is_worse(seen));
        if !again && !worse {
            return None;
        }
        let tells = worse || now.millis_since(self.told_at) >= HOLDS_MS;
        Some(Self {
            times: self.times.saturating_add(u32::from(again)),
            told_at: if tells { now } else { self.told_at },
            ..self.with(seen, false)
        })
    }

    /// More nodes, or down where it was not.
    fn is_worse(&self, seen: &Seen) -> bool {
        let is_new = |sign: &Sign| self.nodes.iter().all(|node| node.node != sign.node);
        seen.state > self.state || seen.silent.iter().any(is_new)
    }

    /// With these nodes beside its own. `anew`: all of them answered in between, whether that was seen by these looks or not.
    fn with(&self, seen: &Seen, anew: bool) -> Self {
        let mut nodes = self.nodes.clone();
        for sign in &seen.silent {
            match nodes.iter_mut().find(|node| node.node == sign.node) {
                Some(node) if anew || sign.begun => node.since = node.since.max(sign.since),
                Some(_) => {}
                None => nodes.push(sign.node()),
            }
        }
        Self { nodes, state: self.state.max(seen.state), ..self.clone() }
    }

    /// Its nodes that did not answer that look, and those that did. Those that were not in it did not: nothing newer is known.
    #[must_use]
    pub fn parted(&self, look: Option<&Look>) -> (Vec<&SilentNode>, Vec<&SilentNode>) {
        let answered = |node: &&SilentNode| {
            look.is_some_and(|look| look.nodes.iter().any(|(name, sample)| *name == node.node && sample.alive))
        };
        let (back, silent) = self.nodes.iter().partition(answered);
        (silent, back)
    }
}

/// A node that is silent, as looks in a row say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Which.
    pub node: NodeName,
    /// The first of these looks.
    pub since: Timestamp,
    /// It was seen to answer before; otherwise it may be silent for longer.
    pub begun: bool,
}

impl Sign {
    fn node(&self) -> SilentNode {
        SilentNode { node: self.node.clone(), since: self.since }
    }
}

/// What enough looks in a row say of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Nodes that are silent, oldest first.
    pub silent: Vec<Sign>,
    /// Degraded or down; of no account where none is silent.
    pub state: LookState,
    /// Since when each node answers, of those that do for long enough.
    pub answers: BTreeMap<NodeName, Timestamp>,
    /// Since when the cluster is up, where it is for long enough.
    pub up_since: Option<Timestamp>,
}

impl Seen {
    /// Since when all is well with these nodes; `None`: it is not, or not for long enough.
    fn back_since<'n>(&self, nodes: impl Iterator<Item = &'n NodeName>) -> Option<Timestamp> {
        let mut since = self.up_since?;
        for node in nodes {
            since = since.max(*self.answers.get(node)?);
        }
        Some(since)
    }
}

/// Looks in a row.
#[derive(Clone, Copy, Debug)]
struct Row {
    since: Timestamp,
    looks: u32,
    /// A look before them said otherwise.
    begun: bool,
}

impl Row {
    fn more(before: Option<&Self>, at: Timestamp, begun: bool) -> Self {
        match before {
            Some(before) => Self { looks: before.looks.saturating_add(1), ..*before },
            None => Self { since: at, looks: 1, begun },
        }
    }
}

/// What the newest looks at a cluster say one after the other, node by node.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    silent: BTreeMap<NodeName, Row>,
    answers: BTreeMap<NodeName, Row>,
    /// Nodes that were seen to answer at any time.
    answered: BTreeSet<NodeName>,
    up: Option<Row>,
    down: Option<Row>,
}

impl Signs {
    /// Takes one more look. A node that is not in it was not asked, and its row ends.
    pub fn take(&mut self, look: &Look) {
        let (silent, answers) = (std::mem::take(&mut self.silent), std::mem::take(&mut self.answers));
        for (name, sample) in &look.nodes {
            if sample.alive {
                self.answers.insert(name.clone(), Row::more(answers.get(name), look.at, false));
                self.answered.insert(name.clone());
            } else {
                let begun = self.answered.contains(name);
                self.silent.insert(name.clone(), Row::more(silent.get(name), look.at, begun));
            }
        }
        let row = |before: Option<&Row>, holds: bool| holds.then(|| Row::more(before, look.at, false));
        self.up = row(self.up.as_ref(), look.state == LookState::Up);
        self.down = row(self.down.as_ref(), look.state == LookState::Down);
    }

    /// What `enough` looks in a row say. `leaves_out`: nodes whose silence means nothing.
    #[must_use]
    pub fn seen(&self, enough: u32, leaves_out: impl Fn(&NodeName) -> bool) -> Seen {
        let confirmed = |row: &Row| row.looks >= enough;
        let silent = || self.silent.iter().filter(|(node, _)| !leaves_out(node));
        let is_down = self.down.as_ref().is_some_and(confirmed);
        let sign = |(node, row): (&NodeName, &Row)| Sign { node: node.clone(), since: row.since, begun: row.begun };
        let mut signs: Vec<Sign> = silent().filter(|(_, row)| confirmed(row)).map(sign).collect();
        if signs.is_empty() && is_down {
            signs = silent().map(sign).collect();
        }
        signs.sort_by_key(|sign| sign.since);
        let answers = self.answers.iter().filter(|(_, row)| confirmed(row));
        let up = self.up.as_ref().filter(|row| confirmed(row)).map(|row| row.since);
        // Beside a node whose silence means nothing, a cluster is as up as it can be where all others answer.
        let newest_of_all = || self.answers.values().map(|row| row.since).max();
        let others = || if self.answers.values().all(confirmed) { newest_of_all() } else { None };
        let up_since = if !self.silent.is_empty() && silent().next().is_none() { others() } else { up };
        Seen {
            silent: signs,
            state: if is_down { LookState::Down } else { LookState::Degraded },
            answers: answers.map(|(node, row)| (node.clone(), row.since)).collect(),
            up_since,
        }
    }
}
