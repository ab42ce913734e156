//! Members by file, by running node and by Raft group: member × node, with how the files differ.

use std::collections::{BTreeMap, BTreeSet};

use super::{Tables, Unseen};
use crate::domain::id::NodeName;
use crate::domain::observed::ConfProblem;
use crate::model::ClusterModel;
use crate::model::membership;
use crate::nacos::ports::main_of_raft;
use crate::web::plumbing::plain::{plain, short};

/// Most lines of a difference between two files.
const DIFF_LINES: usize = 400;

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
