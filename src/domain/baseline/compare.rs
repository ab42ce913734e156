//! Two times of a cluster side by side: what is another, and what cannot be told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ClusterSeen, ConfSeen, Led, NodeSeen, ServicesSeen, SettingsSeen, StartSeen, Told, UNKNOWN};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::MemberState;

/// Two times of one start are no further apart, milliseconds: clocks are not exact.
const SAME_START_MS: i64 = 30_000;
/// From so many times as many on a rate of errors counts as another.
const MORE_ERRORS: u64 = 3;
/// And from so many more an hour on.
const ERRORS_AN_HOUR: u64 = 60;
/// Fewer clients than this of one application come and go unnoticed, as long as one is there.
const CLIENTS_COUNT_FROM: u32 = 4;

/// A part of what is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The list of members.
    Members,
    /// The version.
    Version,
    /// Raft groups.
    Raft,
    /// The last start.
    Start,
    /// Settings.
    Settings,
    /// `cluster.conf`.
    Conf,
    /// Services and their instances.
    Services,
    /// Clients, by name.
    Clients,
    /// Errors in logs.
    Errors,
}

impl Part {
    /// Every part, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Members,
        Self::Version,
        Self::Raft,
        Self::Start,
        Self::Settings,
        Self::Conf,
        Self::Services,
        Self::Clients,
        Self::Errors,
    ];

    /// Stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Version => "version",
            Self::Raft => "raft",
            Self::Start => "start",
            Self::Settings => "settings",
            Self::Conf => "conf",
            Self::Services => "services",
            Self::Clients => "clients",
            Self::Errors => "errors",
        }
    }
}

/// What became another. The order is that in which it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The node is not in the inventory any more.
    NodeLeft,
    /// The node is new in the inventory.
    NodeJoined,
    /// The nodes do not list this member any more.
    MemberGone {
        /// `ip:port`.
        address: String,
    },
    /// They list this member anew.
    MemberNew {
        /// `ip:port`.
        address: String,
        /// Its state.
        state: MemberState,
    },
    /// They have another state for it.
    MemberState {
        /// `ip:port`.
        address: String,
        /// Before.
        before: MemberState,
        /// Now.
        now: MemberState,
    },
    /// They run another version.
    Version {
        /// Before.
        before: String,
        /// Now.
        now: String,
    },
    /// Another leads the group, or it was elected again.
    Leader {
        /// The group.
        group: String,
        /// Before.
        before: Option<String>,
        /// Its term.
        term_before: Option<i64>,
        /// Now.
        now: Option<String>,
        /// Its term.
        term_now: Option<i64>,
    },
    /// They were started again.
    Started {
        /// The start before.
        before: Timestamp,
        /// How long it took, milliseconds.
        took_before_ms: Option<i64>,
        /// The last start.
        now: Timestamp,
        /// How long it took, milliseconds.
        took_now_ms: Option<i64>,
    },
    /// A key has another value.
    SettingOther {
        /// The key.
        key: String,
    },
    /// A key is set that was not.
    SettingNew {
        /// The key.
        key: String,
    },
    /// A key is not set any more.
    SettingGone {
        /// The key.
        key: String,
    },
    /// `cluster.conf` is another.
    Conf {
        /// Members that it names anew; none of both: the same members, in other lines.
        more: Vec<String>,
        /// Members that it names no more.
        less: Vec<String>,
    },
    /// A service is not listed any more.
    ServiceGone {
        /// `group@@service`.
        service: String,
        /// Instances it had.
        before: i64,
    },
    /// A service is new.
    ServiceNew {
        /// `group@@service`.
        service: String,
        /// Its instances.
        now: i64,
    },
    /// A service has more or fewer instances.
    Instances {
        /// `group@@service`.
        service: String,
        /// Before.
        before: i64,
        /// Now.
        now: i64,
    },
    /// A client is connected to no node any more.
    ClientGone {
        /// Its application or address.
        client: String,
        /// How many there were.
        before: u32,
    },
    /// A client is new.
    ClientNew {
        /// Its application or address.
        client: String,
        /// How many.
        now: u32,
    },
    /// Half as many of an application, or twice.
    ClientCount {
        /// The application.
        client: String,
        /// Before.
        before: u32,
        /// Now.
        now: u32,
    },
    /// The logs have errors at another rate, lines an hour.
    Errors {
        /// Before.
        before: u64,
        /// Now.
        now: u64,
    },
}

impl What {
    /// The part it belongs to; `None`: the inventory.
    #[must_use]
    pub const fn part(&self) -> Option<Part> {
        Some(match self {
            Self::NodeLeft | Self::NodeJoined => return None,
            Self::MemberGone { .. } | Self::MemberNew { .. } | Self::MemberState { .. } => Part::Members,
            Self::Version { .. } => Part::Version,
            Self::Leader { .. } => Part::Raft,
            Self::Started { .. } => Part::Start,
            Self::SettingOther { .. } | Self::SettingNew { .. } | Self::SettingGone { .. } => Part::Settings,
            Self::Conf { .. } => Part::Conf,
            Self::ServiceGone { .. } | Self::ServiceNew { .. } | Self::Instances { .. } => Part::Services,
            Self::ClientGone { .. } | Self::ClientNew { .. } | Self::ClientCount { .. } => Part::Clients,
            Self::Errors { .. } => Part::Errors,
        })
    }
}

/// A change, and the nodes that tell it; of clients none: they move between nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// Where.
    pub nodes: Vec<NodeName>,
}

/// On which side something was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// When all was well.
    Before,
    /// Now.
    Now,
}

/// A part that cannot be compared, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotCompared {
    /// Which.
    pub part: Part,
    /// Of which node.
    pub node: NodeName,
    /// Where it is missing.
    pub side: Side,
    /// Why.
    pub why: Message,
}

/// What a comparison says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What is another, in the order in which it is shown.
    pub changes: Vec<Change>,
    /// What cannot be told.
    pub not_compared: Vec<NotCompared>,
}

/// What is another now than before.
#[must_use]
pub fn compare(before: &ClusterSeen, now: &ClusterSeen) -> Compared {
    let mut comparing = Comparing::default();
    for (name, was) in &before.nodes {
        match now.nodes.get(name) {
            Some(is) => comparing.node(name, was, is),
            None => comparing.say(name, What::NodeLeft),
        }
    }
    for name in now.nodes.keys().filter(|name| !before.nodes.contains_key(*name)) {
        comparing.say(name, What::NodeJoined);
    }
    comparing.clients(before, now);
    let changes = comparing.changes.into_iter().map(|(what, nodes)| Change { what, nodes }).collect();
    comparing.not_compared.sort_by_key(|one| (one.part, one.side));
    Compared { changes, not_compared: comparing.not_compared }
}

#[derive(Default)]
struct Comparing {
    changes: BTreeMap<What, Vec<NodeName>>,
    not_compared: Vec<NotCompared>,
}

impl Comparing {
    fn say(&mut self, node: &NodeName, what: What) {
        self.changes.entry(what).or_default().push(node.clone());
    }

    fn unseen(&mut self, part: Part, node: &NodeName, side: Side, why: &Message) {
        self.not_compared.push(NotCompared { part, node: node.clone(), side, why: why.clone() });
    }

    /// Both sides of a part, where both were seen.
    fn both<'t, T>(
        &mut self,
        part: Part,
        node: &NodeName,
        (was, is): (&'t Told<T>, &'t Told<T>),
    ) -> Option<(&'t T, &'t T)> {
        for (side, told) in [(Side::Before, was), (Side::Now, is)] {
            if let Told::NotSeen(why) = told {
                self.unseen(part, node, side, why);
                return None;
            }
        }
        Some((was.seen()?, is.seen()?))
    }

    fn node(&mut self, name: &NodeName, was: &NodeSeen, is: &NodeSeen) {
        if let Some((was, is)) = self.both(Part::Members, name, (&was.members, &is.members)) {
            self.members(name, was, is);
        }
        if let Some((before, now)) = self.both(Part::Version, name, (&was.version, &is.version))
            && before != now
        {
            self.say(name, What::Version { before: before.clone(), now: now.clone() });
        }
        if let Some((was, is)) = self.both(Part::Raft, name, (&was.raft, &is.raft)) {
            self.raft(name, was, is);
        }
        if let Some((was, is)) = self.both(Part::Start, name, (&was.start, &is.start)) {
            self.start(name, was, is);
        }
        if let Some((was, is)) = self.both(Part::Settings, name, (&was.settings, &is.settings)) {
            self.settings(name, was, is);
        }
        if let Some((was, is)) = self.both(Part::Conf, name, (&was.conf, &is.conf)) {
            self.conf(name, was, is);
        }
        if let Some((was, is)) = self.both(Part::Services, name, (&was.services, &is.services)) {
            self.services(name, was, is);
        }
        if let Some((was, is)) = self.both(Part::Errors, name, (&was.errors, &is.errors)) {
            let (before, now) = (was.an_hour(), is.an_hour());
            let (less, more) = (before.min(now), before.max(now));
            if more >= less.saturating_mul(MORE_ERRORS) && more - less >= ERRORS_AN_HOUR {
                self.say(name, What::Errors { before, now });
            }
        }
    }

    fn members(&mut self, node: &NodeName, was: &BTreeMap<String, MemberState>, is: &BTreeMap<String, MemberState>) {
        for (address, before) in was {
            match is.get(address) {
                None => self.say(node, What::MemberGone { address: address.clone() }),
                Some(now) if now != before => {
                    let (before, now) = (before.clone(), now.clone());
                    self.say(node, What::MemberState { address: address.clone(), before, now });
                }
                Some(_) => {}
            }
        }
        for (address, state) in is.iter().filter(|(address, _)| !was.contains_key(*address)) {
            self.say(node, What::MemberNew { address: address.clone(), state: state.clone() });
        }
    }

    fn raft(&mut self, node: &NodeName, was: &BTreeMap<String, Led>, is: &BTreeMap<String, Led>) {
        for (group, before) in was {
            let Some(now) = is.get(group) else { continue };
            // A leader that does not name itself leads as before, as far as anybody can tell.
            let other_leader = matches!((&before.leader, &now.leader), (Some(was), Some(is)) if was != is);
            let other_term = matches!((before.term, now.term), (Some(was), Some(is)) if was != is);
            if other_leader || other_term {
                self.say(
                    node,
                    What::Leader {
                        group: group.clone(),
                        before: before.leader.clone(),
                        term_before: before.term,
                        now: now.leader.clone(),
                        term_now: now.term,
                    },
                );
            }
        }
    }

    fn start(&mut self, node: &NodeName, was: &StartSeen, is: &StartSeen) {
        if was.by != is.by {
            self.unseen(Part::Start, node, Side::Now, &Message::new("baseline-start-told-otherwise"));
        } else if is.at.millis_since(was.at) > SAME_START_MS {
            self.say(
                node,
                What::Started { before: was.at, took_before_ms: was.took_ms, now: is.at, took_now_ms: is.took_ms },
            );
        }
    }

    fn settings(&mut self, node: &NodeName, was: &SettingsSeen, is: &SettingsSeen) {
        let all_seen = was.outside && is.outside;
        if !all_seen {
            let side = if was.outside { Side::Now } else { Side::Before };
            self.unseen(Part::Settings, node, side, &Message::new("baseline-settings-of-the-file"));
        }
        let keys: BTreeSet<&String> = was.values.keys().chain(is.values.keys()).collect();
        for key in keys {
            match (was.values.get(key), is.values.get(key)) {
                (Some(before), Some(now)) => {
                    let known = before.hash != UNKNOWN && now.hash != UNKNOWN;
                    if known && before.hash != now.hash && (all_seen || before.in_file && now.in_file) {
                        self.say(node, What::SettingOther { key: key.clone() });
                    }
                }
                // What was left out may be there.
                (Some(before), None) if is.left_out == 0 && (all_seen || before.in_file) => {
                    self.say(node, What::SettingGone { key: key.clone() });
                }
                (None, Some(now)) if was.left_out == 0 && (all_seen || now.in_file) => {
                    self.say(node, What::SettingNew { key: key.clone() });
                }
                _ => {}
            }
        }
    }

    fn conf(&mut self, node: &NodeName, was: &ConfSeen, is: &ConfSeen) {
        if was.hash != is.hash {
            let without = |list: &[String], other: &[String]| {
                list.iter().filter(|member| !other.contains(member)).cloned().collect()
            };
            let (more, less) = (without(&is.members, &was.members), without(&was.members, &is.members));
            self.say(node, What::Conf { more, less });
        }
    }

    fn services(&mut self, node: &NodeName, was: &ServicesSeen, is: &ServicesSeen) {
        for (service, before) in &was.instances {
            let (service, before) = (service.clone(), *before);
            match is.instances.get(&service) {
                Some(now) if *now != before => self.say(node, What::Instances { service, before, now: *now }),
                None if is.complete => self.say(node, What::ServiceGone { service, before }),
                _ => {}
            }
        }
        if was.complete {
            for (service, now) in is.instances.iter().filter(|(service, _)| !was.instances.contains_key(*service)) {
                self.say(node, What::ServiceNew { service: service.clone(), now: *now });
            }
        }
    }

    /// Over all nodes, because clients move between them: who is nowhere is only known where every node lists its
    /// clients.
    fn clients(&mut self, before: &ClusterSeen, now: &ClusterSeen) {
        let was = self.named(before, now, Side::Before);
        let is = self.named(now, before, Side::Now);
        self.who_came_and_went(was, is);
        // Any node lists all of them: one that does not tell changes nothing.
        if let Some((was, is)) = beating(before).zip(beating(now)) {
            self.who_came_and_went((was, true), (is, true));
        }
    }

    /// Clients by name, with how many there are, and whether these are all of them.
    fn who_came_and_went(
        &mut self,
        (was, was_all): (BTreeMap<String, u32>, bool),
        (is, is_all): (BTreeMap<String, u32>, bool),
    ) {
        for (client, before) in &was {
            let client = client.clone();
            match is.get(&client) {
                None if is_all => _ = self.changes.entry(What::ClientGone { client, before: *before }).or_default(),
                Some(now) if was_all && is_all => {
                    let (less, more) = (*before.min(now), *before.max(now));
                    if more >= CLIENTS_COUNT_FROM && more >= less.saturating_mul(2) {
                        let what = What::ClientCount { client, before: *before, now: *now };
                        self.changes.entry(what).or_default();
                    }
                }
                _ => {}
            }
        }
        if was_all {
            for (client, now) in is.iter().filter(|(client, _)| !was.contains_key(*client)) {
                self.changes.entry(What::ClientNew { client: client.clone(), now: *now }).or_default();
            }
        }
    }

    /// Clients of all nodes together, and whether every node listed its own. Nodes that the other side does not have do
    /// not count for that.
    fn named(&mut self, seen: &ClusterSeen, other: &ClusterSeen, side: Side) -> (BTreeMap<String, u32>, bool) {
        let (mut all, mut complete) = (BTreeMap::new(), true);
        for (name, node) in &seen.nodes {
            let why = match &node.clients {
                Told::Seen(clients) => match &clients.named {
                    Some(named) => {
                        for (client, count) in named {
                            let sum: &mut u32 = all.entry(client.clone()).or_default();
                            *sum = sum.saturating_add(*count);
                        }
                        continue;
                    }
                    None => Message::new("baseline-clients-unnamed"),
                },
                Told::NotSeen(why) => why.clone(),
            };
            complete = false;
            if other.nodes.contains_key(name) {
                self.unseen(Part::Clients, name, side, &why);
            }
        }
        (all, complete)
    }
}

/// Clients that send heartbeats, by any node that lists them; `None`: none does.
fn beating(seen: &ClusterSeen) -> Option<BTreeMap<String, u32>> {
    let lists = seen.nodes.values().filter_map(|node| node.clients.seen()?.beating.as_ref()).collect::<Vec<_>>();
    (!lists.is_empty()).then(|| lists.into_iter().flatten().map(|client| (client.clone(), 1)).collect())
}
