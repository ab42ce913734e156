//! Tables over all nodes of an incident: members, properties, ports, views, clients, stops.
//!
//! [`Tables`] holds what was seen last of every node; each table is a page struct made from it by a pure function, and has
//! a template of its own below `templates/evidence/parts/`, so that the run screen can show it too:
//!
//! | struct | template | variables it uses |
//! |---|---|---|
//! | [`MembersTable`] | `evidence/parts/members.html` | `f`, `members` |
//! | [`PropertiesTable`] | `evidence/parts/properties.html` | `f`, `properties` |
//! | [`PortsTable`] | `evidence/parts/ports.html` | `f`, `ports` |
//! | [`ViewsTable`] | `evidence/parts/views.html` | `f`, `views` |
//! | [`ClientsTable`] | `evidence/parts/clients.html` | `f`, `clients` |
//! | [`StopsTable`] | `evidence/parts/stops.html` | `f`, `stops` |
//!
//! In a template: `{% let ports = item.ports %}{% include "evidence/parts/ports.html" %}`. What a table means is decided in
//! [`crate::diagnosis`], so that pages and verdicts agree; this file only picks shapes and words.

use std::collections::{BTreeMap, BTreeSet};

use super::components::Tone;
use super::error::WebError;
use super::plain::{plain, short};
use super::state::Web;
use crate::domain::cluster::Cluster;
use crate::domain::id::NodeName;
use crate::domain::incident::Incident;
use crate::domain::message::Message;
use crate::domain::observed::{
    ConfProblem, DatabaseReached, DoorRequest, KeyClass, Observations, PortResult, PortRole, StopSeen, StopTrace, Value,
};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{ClientsFrom, MemberState};
use crate::model::node_state::NodeState;
use crate::model::tables::views::{self, CellState, ViewCell};
use crate::model::tables::{clients, settings};
use crate::model::{ClusterModel, load_balancers, membership, probes};
use crate::nacos::ports::main_of_raft;

/// Most lines of a difference between two files.
const DIFF_LINES: usize = 400;

/// What was seen last of every node of an incident.
pub struct Tables {
    cluster: Cluster,
    observations: Observations,
    at: Timestamp,
    window_ms: i64,
}

/// A node whose part could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The node.
    pub node: NodeName,
    /// Why.
    pub reason: Message,
}

impl Tables {
    /// From the store; the moment is that of the newest diagnosis.
    ///
    /// # Errors
    /// The store's, or the cluster is gone.
    pub async fn load(web: &Web, incident: &Incident) -> Result<Self, WebError> {
        let cluster = web.read().cluster(incident.cluster).await?.ok_or(WebError::NotFound)?;
        let observations = web.read().observations(incident.id).await?;
        let at = web.read().diagnosis(incident.id).await?.map_or_else(|| web.now(), |diagnosis| diagnosis.at);
        Ok(Self::new(cluster, observations, at, incident.window_ms(at)))
    }

    /// From what was seen.
    #[must_use]
    pub const fn new(cluster: Cluster, observations: Observations, at: Timestamp, window_ms: i64) -> Self {
        Self { cluster, observations, at, window_ms }
    }

    /// Everything side by side.
    pub(super) fn model(&self) -> ClusterModel<'_> {
        ClusterModel::build(&self.cluster, &self.observations, self.at, self.window_ms)
    }

    fn nodes(&self) -> Vec<NodeName> {
        self.cluster.nodes.iter().map(|node| node.name.clone()).collect()
    }

    /// Why parts of these kinds are missing, in the order of the inventory.
    fn unseen(&self, kinds: &[&str]) -> Vec<Unseen> {
        let mut unseen: Vec<Unseen> = Vec::new();
        for node in self.cluster.nodes.iter().map(|node| &node.name) {
            for kind in kinds {
                if let Some(missing) = self.observations.missing.get(*kind).and_then(|missing| missing.get(node)) {
                    let one = Unseen { node: node.clone(), reason: missing.reason.clone() };
                    if !unseen.contains(&one) {
                        unseen.push(one);
                    }
                }
            }
        }
        unseen
    }
}

/// Whether a member stands in one of the three lists of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The list was not seen.
    Unseen,
}

impl Listed {
    const fn of(list: Option<bool>) -> Self {
        match list {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unseen,
        }
    }

    /// Sign beside the word.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Yes => "✓",
            Self::No => "✗",
            Self::Unseen => "?",
        }
    }

    /// Key of the word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "evidence-listed-yes",
            Self::No => "evidence-listed-no",
            Self::Unseen => "evidence-listed-unseen",
        }
    }
}

/// One member on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberCell {
    /// In `cluster.conf`.
    pub file: Listed,
    /// In the member list the node runs with.
    pub runtime: Listed,
    /// In each Raft group that any node reports; one entry for all of them where they agree.
    pub raft: Vec<(String, Listed)>,
    /// The three, or this node and most others, do not agree.
    pub odd: bool,
}

/// One member on all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// `host:port`.
    pub member: String,
    /// The node of the inventory that it is, if it is one.
    pub node: Option<NodeName>,
    /// In the order of the inventory.
    pub cells: Vec<MemberCell>,
    /// Not the same everywhere.
    pub differs: bool,
    /// Every list of every node was seen.
    pub complete: bool,
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// `+`, `-` or a space.
    pub sign: char,
    /// The text.
    pub text: String,
}

impl DiffLine {
    /// Class in the style sheet.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self.sign {
            '+' => "added",
            '-' => "removed",
            _ => "same",
        }
    }
}

/// How one node's file differs from that of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// The file with the minus sign: that of most nodes.
    pub from: NodeName,
    /// The file with the plus sign.
    pub to: NodeName,
    /// Both name the same members: only comments, order or spelling differ.
    pub same_members: bool,
    /// The lines that differ with their surroundings.
    pub lines: Vec<DiffLine>,
}

/// A line of a node's file that Nacos does not take as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberProblem {
    /// The node.
    pub node: NodeName,
    /// The problem.
    pub problem: ConfProblem,
}

/// Who is a member, by file, by running node and by Raft: member × node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersTable {
    /// Columns.
    pub nodes: Vec<NodeName>,
    /// Rows, differing ones first.
    pub rows: Vec<MemberRow>,
    /// Lines that Nacos does not take as meant.
    pub problems: Vec<MemberProblem>,
    /// How the files differ.
    pub diffs: Vec<FileDiff>,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Tables {
    /// Members by file, running node and Raft.
    #[must_use]
    pub fn members(&self) -> MembersTable {
        let model = self.model();
        let groups: BTreeSet<&str> = model
            .nodes
            .iter()
            .filter_map(|node| node.view)
            .flat_map(|view| &view.raft)
            .map(|group| group.group.as_str())
            .collect();
        let lists: Vec<MemberLists> = (0..model.nodes.len())
            .map(|index| {
                let node = &model.nodes[index];
                let file = node
                    .conf
                    .filter(|conf| conf.present)
                    .map(|conf| conf.members.iter().cloned().collect::<BTreeSet<_>>());
                let told = |name: &&str| {
                    let group = node.view?.raft.iter().find(|group| group.group == **name)?;
                    let main = |voter: &String| main_of_raft(voter).unwrap_or_else(|| voter.clone());
                    // A group that names nobody was not told, and is not a group without members.
                    (!group.members.is_empty()).then(|| group.members.iter().map(main).collect::<BTreeSet<String>>())
                };
                let raft = groups.iter().map(|name| (short(name), told(name))).collect();
                MemberLists { file, runtime: membership::runtime(&model, index), raft }
            })
            .collect();
        let all: BTreeSet<&String> = lists.iter().flat_map(MemberLists::each).flatten().flatten().collect();
        let mut rows: Vec<MemberRow> = all.into_iter().map(|member| member_row(&model, member, &lists)).collect();
        rows.sort_by_key(|row| (!row.differs, row.member.clone()));
        let problems = model
            .nodes
            .iter()
            .flat_map(|node| {
                node.conf.into_iter().flat_map(|conf| &conf.problems).map(|problem| MemberProblem {
                    node: node.name.clone(),
                    problem: ConfProblem { text: short(&problem.text), ..problem.clone() },
                })
            })
            .collect();
        MembersTable {
            nodes: self.nodes(),
            rows,
            problems,
            diffs: file_diffs(&model),
            unseen: self.unseen(&["config.cluster_conf", "node.view"]),
        }
    }
}

/// What one node's lists say; `None`: not seen.
struct MemberLists {
    file: Option<BTreeSet<String>>,
    runtime: Option<BTreeSet<String>>,
    /// By group.
    raft: Vec<(String, Option<BTreeSet<String>>)>,
}

impl MemberLists {
    fn each(&self) -> impl Iterator<Item = Option<&BTreeSet<String>>> {
        let raft = self.raft.iter().map(|(_, list)| list.as_ref());
        [self.file.as_ref(), self.runtime.as_ref()].into_iter().chain(raft)
    }

    fn complete(&self) -> bool {
        !self.raft.is_empty() && self.each().all(|list| list.is_some())
    }
}

fn member_row(model: &ClusterModel<'_>, member: &str, lists: &[MemberLists]) -> MemberRow {
    let says = |list: Option<&BTreeSet<String>>| list.map(|list| list.contains(member));
    let (mut yes, mut no) = (0, 0);
    for one in lists.iter().flat_map(MemberLists::each).filter_map(says) {
        if one { yes += 1 } else { no += 1 }
    }
    let common = yes >= no;
    let cells = lists
        .iter()
        .map(|of| MemberCell {
            file: Listed::of(says(of.file.as_ref())),
            runtime: Listed::of(says(of.runtime.as_ref())),
            raft: raft_marks(
                of.raft.iter().map(|(name, list)| (name.clone(), Listed::of(says(list.as_ref())))).collect(),
            ),
            odd: of.each().filter_map(says).any(|one| one != common),
        })
        .collect();
    MemberRow {
        member: short(member),
        node: model.member(member).map(|index| model.nodes[index].name.clone()),
        cells,
        differs: yes > 0 && no > 0,
        complete: lists.iter().all(MemberLists::complete),
    }
}

/// One mark for all groups where they agree.
fn raft_marks(marks: Vec<(String, Listed)>) -> Vec<(String, Listed)> {
    match marks.first() {
        None => vec![(String::new(), Listed::Unseen)],
        Some((_, first)) if marks.iter().all(|(_, mark)| mark == first) => vec![(String::new(), *first)],
        Some(_) => marks,
    }
}

/// Every file that is not like that of most nodes, against that one.
fn file_diffs(model: &ClusterModel<'_>) -> Vec<FileDiff> {
    let mut files: Vec<(&NodeName, String, &[String])> = Vec::new();
    for node in &model.nodes {
        if let Some(conf) = node.conf.filter(|conf| conf.present) {
            files.push((
                node.name,
                conf.lines.iter().map(|line| format!("{}\n", plain(line))).collect(),
                &conf.members,
            ));
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text, _) in &files {
        *counts.entry(text).or_default() += 1;
    }
    let Some(most) = counts.values().max() else { return Vec::new() };
    let Some((from, base, right)) = files.iter().find(|(_, text, _)| counts[text.as_str()] == *most) else {
        return Vec::new();
    };
    files
        .iter()
        .filter(|(_, text, _)| text != base)
        .map(|(to, text, members)| FileDiff {
            from: (*from).clone(),
            to: (*to).clone(),
            same_members: members == right,
            lines: diff(base, text),
        })
        .collect()
}

/// The lines of a unified difference.
#[must_use]
pub fn diff(from: &str, to: &str) -> Vec<DiffLine> {
    let compared = similar::TextDiff::from_lines(from, to);
    let mut lines = Vec::new();
    for group in compared.grouped_ops(3) {
        for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
            let sign = match change.tag() {
                similar::ChangeTag::Insert => '+',
                similar::ChangeTag::Delete => '-',
                similar::ChangeTag::Equal => ' ',
            };
            lines.push(DiffLine { sign, text: change.value().trim_end_matches(['\n', '\r']).to_owned() });
        }
    }
    lines.truncate(DIFF_LINES);
    lines
}

/// One property on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyCell {
    /// The settings of the node were not seen.
    Unseen,
    /// Not set.
    NotSet,
    /// Set, but empty.
    Empty,
    /// A value that may be shown.
    Plain(String),
    /// It comes from an environment that was not seen.
    Unknown(String),
    /// A secret that is that of most nodes.
    SecretSame {
        /// It is one that ships with Nacos.
        known_default: bool,
    },
    /// A secret that is not.
    SecretDifferent {
        /// It is one that ships with Nacos.
        known_default: bool,
    },
}

/// One key on all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyRow {
    /// Key.
    pub key: String,
    /// Key of the word for how it is compared.
    pub class: &'static str,
    /// Values with whether the node is the odd one, in the order of the inventory.
    pub cells: Vec<(PropertyCell, bool)>,
    /// Nodes differ where they must not.
    pub differs: bool,
    /// Shape and colour of the verdict.
    pub tone: Tone,
    /// Key of the verdict.
    pub verdict: &'static str,
}

/// The databases of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabasesRow {
    /// The node.
    pub node: NodeName,
    /// Where it looks for its data.
    pub targets: String,
    /// `host:port` with shape, colour and word of how a connection from the node ended.
    pub reached: Vec<(String, (&'static str, &'static str, &'static str))>,
}

/// Settings side by side: key × node × verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertiesTable {
    /// Columns.
    pub nodes: Vec<NodeName>,
    /// Rows, differing ones first.
    pub rows: Vec<PropertyRow>,
    /// Rows that are equal and left out.
    pub hidden: usize,
    /// Where each node looks for its data, and whether it gets there.
    pub databases: Vec<DatabasesRow>,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Tables {
    /// Settings; only keys that differ unless `all`.
    #[must_use]
    pub fn properties(&self, all: bool) -> PropertiesTable {
        let model = self.model();
        let rows: Vec<PropertyRow> = settings::rows(&model).into_iter().map(|row| property_row(&model, row)).collect();
        let count = rows.len();
        let rows: Vec<PropertyRow> = rows.into_iter().filter(|row| all || row.differs).collect();
        let reached = |one: &DatabaseReached| {
            let look = one.result.map_or(("unknown", "unknown", "evidence-listed-unseen"), port_look);
            (short(&one.target), look)
        };
        let databases = model
            .nodes
            .iter()
            .filter_map(|node| Some((node.name, node.properties?)))
            .filter(|(_, seen)| !seen.databases.is_empty())
            .map(|(node, seen)| DatabasesRow {
                node: node.clone(),
                targets: short(&seen.databases.join(", ")),
                reached: seen.reached.iter().map(reached).collect(),
            })
            .collect();
        PropertiesTable {
            nodes: self.nodes(),
            hidden: count - rows.len(),
            rows,
            databases,
            unseen: self.unseen(&["config.properties"]),
        }
    }
}

fn property_row(model: &ClusterModel<'_>, row: settings::Row) -> PropertyRow {
    let cells: Vec<(PropertyCell, bool)> = model
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let odd = row.odd.contains(&index);
            let Some(seen) = node.properties else { return (PropertyCell::Unseen, false) };
            let entry = seen.entries.iter().find(|entry| entry.key == row.key);
            let cell = match entry.map(|entry| &entry.value) {
                Some(Value::Hashed { known_default, .. }) if odd => {
                    PropertyCell::SecretDifferent { known_default: *known_default }
                }
                Some(Value::Hashed { known_default, .. }) => PropertyCell::SecretSame { known_default: *known_default },
                Some(Value::Empty) => PropertyCell::Empty,
                Some(Value::Unknown { text, .. }) => PropertyCell::Unknown(short(text)),
                Some(Value::Plain { text }) => PropertyCell::Plain(short(text)),
                // Flags are no entries; they come as shown values.
                None => match &row.values[index] {
                    Some(text) => PropertyCell::Plain(short(text)),
                    None if seen.flags_from.is_none() && !has_entry(model, &row.key) => PropertyCell::Unseen,
                    None => PropertyCell::NotSet,
                },
            };
            (cell, odd)
        })
        .collect();
    let (tone, verdict) = if row.differs {
        (row.kind.outcome().into(), "evidence-property-differs")
    } else if row.class == KeyClass::MayDiffer {
        (Tone::Info, "evidence-property-may-differ")
    } else if cells.iter().filter(|(cell, _)| is_known(cell)).count() < 2 {
        (Tone::Unknown, "evidence-property-alone")
    } else if !cells.iter().all(|(cell, _)| is_known(cell)) {
        (Tone::Unknown, "evidence-same-as-seen")
    } else {
        (Tone::Ok, "evidence-property-same")
    };
    let class = match row.class {
        KeyClass::MustEqual => "evidence-class-must-equal",
        KeyClass::MayDiffer => "evidence-class-may-differ",
        KeyClass::Secret => "evidence-class-secret",
    };
    PropertyRow { key: short(&row.key), class, cells, differs: row.differs, tone, verdict }
}

const fn is_known(cell: &PropertyCell) -> bool {
    !matches!(cell, PropertyCell::Unseen | PropertyCell::Unknown(_))
}

fn has_entry(model: &ClusterModel<'_>, key: &str) -> bool {
    model.nodes.iter().filter_map(|node| node.properties).any(|seen| seen.entries.iter().any(|entry| entry.key == key))
}

/// How a probe ended, as shape, colour and word. Refused and timed out mean different causes and never look alike.
#[must_use]
pub const fn port_look(result: PortResult) -> (&'static str, &'static str, &'static str) {
    match result {
        PortResult::Open => ("ok", "ok", "evidence-port-open"),
        PortResult::Silent => ("silent", "warn", "evidence-port-silent"),
        PortResult::WrongProtocol => ("warn", "warn", "evidence-port-wrong-protocol"),
        PortResult::Refused => ("refused", "fail", "evidence-port-refused"),
        PortResult::Reset => ("reset", "fail", "evidence-port-reset"),
        PortResult::Timeout => ("timeout", "fail", "evidence-port-timeout"),
        PortResult::Unreachable => ("stop", "fail", "evidence-port-unreachable"),
        PortResult::Dns => ("dns", "fail", "evidence-port-dns"),
    }
}

/// Key of the name of a port's role.
#[must_use]
pub const fn role_key(role: PortRole) -> &'static str {
    match role {
        PortRole::Main => "evidence-role-main",
        PortRole::ClientGrpc => "evidence-role-client-grpc",
        PortRole::ServerGrpc => "evidence-role-server-grpc",
        PortRole::Raft => "evidence-role-raft",
        PortRole::Console => "evidence-role-console",
    }
}

/// One port of one node from one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortCellView {
    /// Number.
    pub port: u16,
    /// Key of the role.
    pub role: &'static str,
    /// Symbol.
    pub icon: &'static str,
    /// Colour.
    pub tone: &'static str,
    /// Key of the word.
    pub word: &'static str,
    /// `2 ms`, `2/3`; empty if nothing is known.
    pub detail: String,
    /// The other direction passes, this one does not.
    pub one_way: bool,
    /// The target is known not to run: this is then expected.
    pub expected: bool,
}

/// One place looking at all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortLine {
    /// The observer; `None`: this host.
    pub from: Option<NodeName>,
    /// Per node: `None` for itself.
    pub cells: Vec<Option<Vec<PortCellView>>>,
}

/// One pair of which something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortTrouble {
    /// The observer; `None`: this host.
    pub from: Option<NodeName>,
    /// The node.
    pub to: NodeName,
    /// The ports that do not pass.
    pub cells: Vec<PortCellView>,
}

/// Every ordered pair × port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortsTable {
    /// Columns: node and its main port's number.
    pub nodes: Vec<NodeName>,
    /// Ports of a node, as column heads: number and key of the role, per node.
    pub heads: Vec<Vec<(u16, &'static str)>>,
    /// From here, then from every node.
    pub lines: Vec<PortLine>,
    /// Pairs with trouble, worst first.
    pub troubles: Vec<PortTrouble>,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
    /// Front doors, and the nodes asked past them; empty without a front door.
    pub doors: Vec<DoorRow>,
}

/// What went through one front door, or straight to one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorRow {
    /// URL of the door, or name of the node.
    pub name: String,
    /// True for a node asked past the doors.
    pub straight: bool,
    /// Shape and colour.
    pub tone: Tone,
    /// Requests that were answered as the nodes answer.
    pub served: usize,
    /// All.
    pub all: usize,
    /// How the rest ended: `502 ×5`.
    pub endings: String,
    /// Which nodes answered, as far as answers name them: `n1 ×3`.
    pub backends: String,
    /// Milliseconds of the fastest and of the slowest answer.
    pub elapsed: String,
    /// How its gRPC port answered, if it was tried: port, answers, tries.
    pub grpc: Option<(u16, u32, u32)>,
}

impl Tables {
    /// What went through the front doors, then what the nodes answered past them.
    fn doors(model: &ClusterModel<'_>) -> Vec<DoorRow> {
        let tone = |served: usize, all: usize| match served {
            _ if all == 0 => Tone::Unknown,
            0 => Tone::Fail,
            served if served == all => Tone::Ok,
            _ => Tone::Warn,
        };
        let elapsed = |tries: &mut dyn Iterator<Item = &DoorRequest>| {
            let times: Vec<u64> = tries.filter(|tried| tried.status.is_some()).map(|tried| tried.elapsed_ms).collect();
            match (times.iter().min(), times.iter().max()) {
                (Some(least), Some(most)) => format!("{least}–{most} ms"),
                _ => "—".to_owned(),
            }
        };
        let mut rows: Vec<DoorRow> = Vec::new();
        for tally in load_balancers::tallies(model) {
            let named = |(index, times): (&usize, &usize)| format!("{} ×{times}", model.nodes[*index].name);
            let (mut ok, mut tries) = (0, 0);
            for port in &tally.grpc {
                ok += u32::from(port.ok);
                tries += u32::from(port.tries);
            }
            rows.push(DoorRow {
                name: short(tally.door),
                straight: false,
                tone: tone(tally.served, tally.tries.len()),
                served: tally.served,
                all: tally.tries.len(),
                endings: tally.endings(),
                backends: tally.backends.iter().map(named).collect::<Vec<_>>().join(", "),
                elapsed: elapsed(&mut tally.tries.iter().copied()),
                grpc: tally.grpc.first().map(|port| (port.port, ok, tries)),
            });
        }
        for node in model.nodes.iter().filter(|_| !rows.is_empty()).collect::<Vec<_>>() {
            let Some(seen) = node.doors.filter(|seen| !seen.direct.is_empty()) else { continue };
            let served = seen.direct.iter().filter(|tried| tried.status.is_some()).count();
            let mut endings: Vec<String> = seen.direct.iter().map(load_balancers::ending).collect();
            endings.sort();
            endings.dedup();
            rows.push(DoorRow {
                name: node.name.0.clone(),
                straight: true,
                tone: tone(served, seen.direct.len()),
                served,
                all: seen.direct.len(),
                endings: endings.join(", "),
                backends: String::new(),
                elapsed: elapsed(&mut seen.direct.iter()),
                grpc: None,
            });
        }
        rows
    }

    /// Ports from here and, as far as logs and member lists tell, from every node.
    #[must_use]
    pub fn ports(&self) -> PortsTable {
        let model = self.model();
        let nodes = self.nodes();
        let rows = views::port_matrix(&model);
        let mut froms: Vec<Option<NodeName>> = vec![None];
        froms.extend(nodes.iter().cloned().map(Some));
        let lines = froms
            .into_iter()
            .map(|from| PortLine {
                cells: nodes
                    .iter()
                    .map(|to| {
                        let row = rows.iter().find(|row| row.from == from && row.to == *to)?;
                        Some(row.cells.iter().map(|cell| port_cell(&model, from.as_ref(), to, cell)).collect())
                    })
                    .collect(),
                from,
            })
            .collect();
        let heads = nodes
            .iter()
            .map(|to| {
                let row = rows.iter().find(|row| row.to == *to);
                row.into_iter().flat_map(|row| &row.cells).map(|cell| (cell.port, role_key(cell.role))).collect()
            })
            .collect();
        let troubles = rows
            .iter()
            .filter_map(|row| {
                let cells: Vec<PortCellView> = row
                    .cells
                    .iter()
                    .filter(|cell| {
                        !matches!(
                            cell.state,
                            CellState::Probed(PortResult::Open) | CellState::NoError | CellState::Unknown
                        )
                    })
                    .map(|cell| port_cell(&model, row.from.as_ref(), &row.to, cell))
                    .collect();
                (!cells.is_empty()).then(|| PortTrouble { from: row.from.clone(), to: row.to.clone(), cells })
            })
            .collect();
        PortsTable { nodes, heads, lines, troubles, unseen: self.unseen(&["net.ports"]), doors: Self::doors(&model) }
    }
}

fn port_cell(model: &ClusterModel<'_>, from: Option<&NodeName>, to: &NodeName, cell: &views::PortCell) -> PortCellView {
    let (icon, tone, word) = match cell.state {
        CellState::Probed(result) => port_look(result),
        CellState::Complained => ("fail", "fail", "evidence-port-complained"),
        CellState::NoError => ("ok", "ok", "evidence-port-no-complaint"),
        CellState::Unknown => ("unknown", "unknown", "evidence-port-unknown"),
    };
    let seen = match from {
        None => model
            .index(to)
            .and_then(|index| model.nodes[index].ports)
            .and_then(|ports| ports.ports.iter().find(|port| port.role == cell.role)),
        Some(from) => {
            model.index(from).zip(model.index(to)).and_then(|(from, to)| probes::probe_from(model, from, to, cell.role))
        }
    };
    let seen = seen.filter(|_| matches!(cell.state, CellState::Probed(_)));
    let detail = seen.map_or_else(String::new, |port| {
        if port.ok == port.tries { format!("{} ms", port.elapsed_ms) } else { format!("{}/{}", port.ok, port.tries) }
    });
    let detail = if matches!(cell.state, CellState::Unknown) { String::new() } else { detail };
    PortCellView {
        port: cell.port,
        role: role_key(cell.role),
        icon,
        tone,
        word,
        detail,
        one_way: cell.one_way,
        expected: cell.expected && tone == "fail",
    }
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfRow {
    /// The node.
    pub node: NodeName,
    /// Shape and colour of what it is doing.
    pub tone: Tone,
    /// Key of what it is doing.
    pub state: &'static str,
    /// Version.
    pub version: Option<String>,
    /// Its own address.
    pub address: Option<String>,
    /// Whether it says ready (which proves no quorum).
    pub ready: Option<bool>,
    /// Clock offset in milliseconds.
    pub clock_offset_ms: Option<i64>,
}

/// One answer about one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordCell {
    /// `UP`, `DOWN`, …, or nothing.
    pub state: Option<String>,
    /// Shape.
    pub icon: &'static str,
    /// Colour.
    pub tone: &'static str,
    /// Failed reports in a row.
    pub fail_count: Option<u32>,
    /// Seconds since the last report.
    pub age_s: Option<i64>,
}

/// Everybody's word about one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRow {
    /// The member.
    pub member: String,
    /// In the order of the inventory.
    pub cells: Vec<WordCell>,
    /// They do not agree.
    pub disagree: bool,
    /// Every node was heard.
    pub complete: bool,
}

/// Leader and term of one Raft group, as every node has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderRow {
    /// The group.
    pub group: String,
    /// Leader and term, in the order of the inventory; `None`: not told.
    pub cells: Vec<Option<(String, String)>>,
    /// They do not agree, or the leader does not run.
    pub disagree: bool,
    /// Every node was heard.
    pub complete: bool,
}

/// Who says what of whom, and who leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewsTable {
    /// Columns: who says.
    pub nodes: Vec<NodeName>,
    /// What each says of itself.
    pub selves: Vec<SelfRow>,
    /// Rows: of whom; disagreements first.
    pub words: Vec<WordRow>,
    /// Raft groups; disagreements first.
    pub leaders: Vec<LeaderRow>,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

/// Shape, colour and word of what a node is doing.
#[must_use]
pub const fn state_look(state: NodeState) -> (Tone, &'static str) {
    match state {
        NodeState::Running => (Tone::Ok, "evidence-state-running"),
        NodeState::CopyEndsEarly => (Tone::Unknown, "evidence-state-copy-ends-early"),
        NodeState::Starting { .. } => (Tone::Warn, "evidence-state-starting"),
        NodeState::StartFailed { .. } => (Tone::Fail, "evidence-state-start-failed"),
        NodeState::Hung => (Tone::Fail, "evidence-state-hung"),
        NodeState::Silent => (Tone::Fail, "evidence-state-silent"),
        NodeState::Gone => (Tone::Fail, "evidence-state-gone"),
        NodeState::Unreachable => (Tone::Unknown, "evidence-state-unreachable"),
        NodeState::Unseen => (Tone::Unknown, "evidence-state-unseen"),
    }
}

impl Tables {
    /// Who says what of whom.
    #[must_use]
    pub fn views(&self) -> ViewsTable {
        let model = self.model();
        let selves = model
            .nodes
            .iter()
            .zip(&model.states)
            .map(|(node, state)| {
                let (tone, state) = state_look(*state);
                SelfRow {
                    node: node.name.clone(),
                    tone,
                    state,
                    version: node.view.and_then(|view| view.version.as_deref()).map(short),
                    address: node.view.and_then(|view| view.self_address.as_deref()).map(short),
                    ready: node.view.and_then(|view| view.ready),
                    clock_offset_ms: node.view.and_then(|view| view.clock_offset_ms),
                }
            })
            .collect();
        let complete = model.nodes.iter().all(|node| node.view.is_some_and(|view| !view.members.is_empty()));
        let words = views::view_matrix(&model)
            .into_iter()
            .map(|row| WordRow {
                member: short(&row.member),
                cells: row.cells.iter().map(word_cell).collect(),
                disagree: row.disagree,
                complete,
            })
            .collect();
        let leaders = views::group_matrix(&model)
            .into_iter()
            .map(|row| LeaderRow {
                group: short(&row.group),
                complete: row.cells.iter().all(Option::is_some),
                cells: row
                    .cells
                    .into_iter()
                    .map(|cell| {
                        let (leader, term) = cell?;
                        Some((short(&leader), term.map_or_else(|| "—".to_owned(), |term| term.to_string())))
                    })
                    .collect(),
                disagree: row.disagree,
            })
            .collect();
        ViewsTable { nodes: self.nodes(), selves, words, leaders, unseen: self.unseen(&["node.view"]) }
    }
}

fn word_cell(cell: &ViewCell) -> WordCell {
    let (icon, tone) = member_look(cell.state.as_ref());
    WordCell {
        state: cell.state.as_ref().map(|state| short(state.as_str())),
        icon,
        tone,
        fail_count: cell.fail_count.filter(|count| *count > 0),
        age_s: cell.age_ms.map(|age| age / 1000).filter(|age| *age > 0),
    }
}

/// Shape and colour of the state that a node gives a member.
#[must_use]
pub const fn member_look(state: Option<&MemberState>) -> (&'static str, &'static str) {
    match state {
        Some(MemberState::Up) => ("ok", "ok"),
        Some(MemberState::Down) => ("fail", "fail"),
        Some(_) => ("warn", "warn"),
        None => ("unknown", "unknown"),
    }
}

/// Connections of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountRow {
    /// The node.
    pub node: NodeName,
    /// Clients just before the outage, where there is one.
    pub before: Option<i64>,
    /// Clients.
    pub sdk: Option<i64>,
    /// Servers.
    pub cluster: Option<i64>,
    /// Key of the word for where the numbers come from.
    pub from: &'static str,
    /// Its share of all client connections, in percent.
    pub share: Option<i64>,
}

/// Client connections over all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientsTable {
    /// Per node.
    pub counts: Vec<CountRow>,
    /// All together now; `None` if a node was not seen.
    pub total: Option<i64>,
    /// Just before the outage.
    pub before: Option<clients::Before>,
    /// Client addresses that hold connections to one node only.
    pub single: Vec<clients::ClientPlace>,
    /// All client addresses.
    pub all: Vec<clients::ClientPlace>,
    /// The addresses of [`Self::single`], one a line, for the clipboard.
    pub list: String,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Tables {
    /// Client connections.
    #[must_use]
    pub fn clients(&self) -> ClientsTable {
        let model = self.model();
        let now: Vec<Option<i64>> = (0..model.nodes.len()).map(|index| clients::sdk_now(&model, index)).collect();
        let sum: i64 = now.iter().flatten().sum();
        let before = clients::before_outage(&model);
        let counts = model
            .nodes
            .iter()
            .zip(&now)
            .enumerate()
            .map(|(index, (node, sdk))| CountRow {
                node: node.name.clone(),
                before: before.as_ref().map(|before| before.counts[index]),
                sdk: *sdk,
                cluster: node
                    .clients
                    .filter(|clients| clients.from != ClientsFrom::Log || model.states[index].is_running())
                    .and_then(|clients| clients.cluster),
                from: match node.clients.map(|clients| &clients.from) {
                    Some(ClientsFrom::Loader) => "evidence-clients-from-loader",
                    Some(ClientsFrom::Metrics) => "evidence-clients-from-metrics",
                    Some(ClientsFrom::Log) => "evidence-clients-from-log",
                    Some(ClientsFrom::Unknown(_)) => "evidence-clients-from-other",
                    None if sdk.is_some() => "evidence-clients-from-log",
                    None => "evidence-listed-unseen",
                },
                share: sdk.filter(|_| sum > 0).map(|sdk| sdk * 100 / sum),
            })
            .collect();
        let all: Vec<clients::ClientPlace> = clients::places(&model).into_iter().map(shown_place).collect();
        let single: Vec<clients::ClientPlace> = all.iter().filter(|place| place.nodes.len() == 1).cloned().collect();
        let list = single.iter().map(client_line).collect::<Vec<_>>().join("\n");
        ClientsTable {
            counts,
            total: now.iter().all(Option::is_some).then_some(sum),
            before,
            single,
            all,
            list,
            unseen: self.unseen(&["clients.connections"]),
        }
    }
}

fn shown_place(place: clients::ClientPlace) -> clients::ClientPlace {
    clients::ClientPlace {
        ip: short(&place.ip),
        apps: place.apps.iter().map(|app| short(app)).collect(),
        versions: place.versions.iter().map(|version| short(version)).collect(),
        ..place
    }
}

fn client_line(place: &clients::ClientPlace) -> String {
    let node = place.nodes.first().map_or("", |node| node.0.as_str());
    if place.apps.is_empty() {
        format!("{}\t{node}", place.ip)
    } else {
        format!("{}\t{node}\t{}", place.ip, place.apps.join(","))
    }
}

/// How one node's process and files end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopRow {
    /// The node.
    pub node: NodeName,
    /// Shape and colour of what it is doing.
    pub tone: Tone,
    /// Key of what it is doing.
    pub state: &'static str,
    /// What was seen of its process and files.
    pub seen: Option<StopSeen>,
}

/// Traces of one kind that follow one another in a file.
#[derive(Clone, Copy, Debug)]
pub struct TraceRun<'a> {
    /// The first.
    pub first: &'a StopTrace,
    /// The last; the same one where there is no other.
    pub last: &'a StopTrace,
    /// How many.
    pub count: usize,
}

/// Traces with those of one kind put together: a node that starts says so once a second.
#[must_use]
pub fn trace_runs(traces: &[StopTrace]) -> Vec<TraceRun<'_>> {
    let alike = |a: &StopTrace, b: &StopTrace| a.signature == b.signature && a.path == b.path;
    traces
        .chunk_by(alike)
        .filter_map(|run| Some(TraceRun { first: run.first()?, last: run.last()?, count: run.len() }))
        .collect()
}

/// Ends of logs and traces of stops, per node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopsTable {
    /// Per node, those that do not run first.
    pub rows: Vec<StopRow>,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Tables {
    /// Process, ends of logs and traces.
    #[must_use]
    pub fn stops(&self) -> StopsTable {
        let model = self.model();
        let mut rows: Vec<(bool, StopRow)> = model
            .nodes
            .iter()
            .zip(&model.states)
            .map(|(node, state)| {
                let (tone, key) = state_look(*state);
                let seen = node.stop.map(shown_stop);
                (state.is_running(), StopRow { node: node.name.clone(), tone, state: key, seen })
            })
            .collect();
        rows.sort_by_key(|(running, _)| *running);
        StopsTable { rows: rows.into_iter().map(|(_, row)| row).collect(), unseen: self.unseen(&["node.stop"]) }
    }
}

/// The same with every text fit to be shown.
#[must_use]
pub fn shown_stop(seen: &StopSeen) -> StopSeen {
    let mut shown = seen.clone();
    for end in &mut shown.ends {
        end.path = short(&end.path);
        end.last_line = plain(&end.last_line);
    }
    for trace in &mut shown.traces {
        trace.path = short(&trace.path);
        trace.text = plain(&trace.text);
    }
    for file in &mut shown.crash_files {
        *file = short(file);
    }
    if let Some(process) = &mut shown.process {
        process.state = short(process.state.as_str()).into();
        for word in &mut process.command {
            *word = short(word);
        }
    }
    shown
}

#[cfg(test)]
mod tests;
