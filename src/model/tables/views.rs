//! What pages show, put together once: port matrix, view matrix, Raft groups. Pure; `web` only renders them.

use std::collections::BTreeMap;

use crate::domain::id::NodeName;
use crate::domain::led::named;
use crate::domain::observed::{PortResult, PortRole};
use crate::domain::vocabulary::MemberState;
use crate::model::links::kinds::PatternKind;
use crate::model::tables::settings;
use crate::model::youth::report_age_ms;
use crate::model::{ClusterModel, address, probes, reliability};
use crate::nacos::ports;

/// Roles of the port matrix, in the order of its columns.
pub const ROLES: [PortRole; 4] = [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft];

/// How one port of one node looks from one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellState {
    /// Probed: this came out.
    Probed(PortResult),
    /// The observer's log or member list says that it does not pass.
    Complained,
    /// The observer runs, its log was read, and it does not complain.
    NoError,
    /// Nothing tells.
    Unknown,
}

/// One cell of the port matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortCell {
    /// Port number.
    pub port: u16,
    /// Role.
    pub role: PortRole,
    /// How it looks.
    pub state: CellState,
    /// True if the opposite direction of this pair and port passes while this one does not.
    pub one_way: bool,
    /// True if the target is known not to run: a refused port is then expected.
    pub expected: bool,
}

/// One row: from a place to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortRow {
    /// The observer; `None`: from here.
    pub from: Option<NodeName>,
    /// The node.
    pub to: NodeName,
    /// One cell a role, as in [`ROLES`].
    pub cells: Vec<PortCell>,
    /// True if a cell is wrong and not expected: such rows come first.
    pub wrong: bool,
}

/// Every ordered pair, and every node from here; rows with trouble first.
#[must_use]
pub fn port_matrix(model: &ClusterModel<'_>) -> Vec<PortRow> {
    let failures = &model.links.failures;
    let complains = |from: usize, to: usize, role: PortRole| {
        failures.iter().any(|one| one.observer == from && one.subject == to && one.role == role)
    };
    let one_way: Vec<Vec<usize>> = model
        .links
        .patterns
        .iter()
        .filter(|pattern| pattern.kind == PatternKind::OneDirection)
        .map(|pattern| pattern.nodes.clone())
        .collect();
    let mut rows = Vec::new();
    for to in 0..model.nodes.len() {
        let main = model.nodes[to].main_port();
        let expected = !model.states[to].is_running();
        let cells = ROLES
            .iter()
            .map(|role| PortCell {
                port: address::port(main, *role),
                role: *role,
                state: probes::probe(model, to, *role).map_or(CellState::Unknown, CellState::Probed),
                one_way: false,
                expected,
            })
            .collect();
        rows.push(row(None, model.nodes[to].name.clone(), cells));
        for from in (0..model.nodes.len()).filter(|from| *from != to) {
            let told = model.states[from].is_running()
                && model.nodes[from].logs.is_some()
                && !reliability::half_read(model, from);
            let cells = ROLES
                .iter()
                .map(|role| {
                    let tried = probes::probe_from(model, from, to, *role).map(|port| port.result);
                    let state = if let Some(result) = tried.filter(|result| *result != PortResult::Open) {
                        CellState::Probed(result)
                    } else if complains(from, to, *role) {
                        CellState::Complained
                    } else if let Some(result) = tried {
                        CellState::Probed(result)
                    } else if told && !expected && matches!(role, PortRole::ServerGrpc | PortRole::Raft) {
                        CellState::NoError
                    } else {
                        CellState::Unknown
                    };
                    let one_way = complains(from, to, *role) && one_way.contains(&vec![from, to]);
                    PortCell { port: address::port(main, *role), role: *role, state, one_way, expected }
                })
                .collect();
            rows.push(row(Some(model.nodes[from].name.clone()), model.nodes[to].name.clone(), cells));
        }
    }
    rows.sort_by_key(|row| (!row.wrong, row.from.is_some()));
    rows
}

/// Links between running nodes of which nothing tells whether they pass, as the matrix shows them: for each node that has any, the
/// ports that it would use, as `node:port`.
#[must_use]
pub fn unmeasured_links(model: &ClusterModel<'_>) -> Vec<(usize, Vec<String>)> {
    let mut unmeasured: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for link in links(model).into_iter().filter(|link| link.cell.state == CellState::Unknown) {
        let port = format!("{}:{}", model.nodes[link.to].name, link.cell.port);
        unmeasured.entry(link.from).or_default().push(port);
    }
    unmeasured.into_iter().collect()
}

/// A port that one running node has for another one.
pub struct Link {
    /// Who would use it.
    pub from: usize,
    /// Whose it is.
    pub to: usize,
    /// How it looks from there.
    pub cell: PortCell,
}

/// Every port that running nodes of that version listen on, as the other running nodes see it, in the order of the inventory.
#[must_use]
pub fn links(model: &ClusterModel<'_>) -> Vec<Link> {
    let runs = |node: &NodeName| model.index(node).filter(|index| model.states[*index].is_running());
    let versions = settings::versions(model);
    let mut rows = port_matrix(model);
    rows.sort_by_key(|row| model.index(&row.to));
    let mut links = Vec::new();
    for row in rows {
        let Some((from, to)) = row.from.as_ref().and_then(runs).zip(runs(&row.to)) else { continue };
        let listens_on = ports::roles(versions.get(&to).map(String::as_str));
        let cells = row.cells.into_iter().filter(|cell| listens_on.contains(&cell.role));
        links.extend(cells.map(|cell| Link { from, to, cell }));
    }
    links
}

fn row(from: Option<NodeName>, to: NodeName, cells: Vec<PortCell>) -> PortRow {
    let wrong = cells.iter().any(|cell| {
        !cell.expected
            && match cell.state {
                CellState::Probed(result) => result != PortResult::Open,
                CellState::Complained => true,
                CellState::NoError | CellState::Unknown => false,
            }
    });
    PortRow { from, to, cells, wrong }
}

/// What one node says of one other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewCell {
    /// `UP`, `DOWN`, …; `None`: it does not list it, or was not asked.
    pub state: Option<MemberState>,
    /// Failed reports in a row.
    pub fail_count: Option<u32>,
    /// Age of the last report in milliseconds.
    pub age_ms: Option<i64>,
}

/// One row of the view matrix: everybody's word about one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewRow {
    /// The member: a node's name, or `host:port` of a member that is not in the inventory.
    pub member: String,
    /// What each node says, in the order of the inventory.
    pub cells: Vec<ViewCell>,
    /// True if the nodes that answered do not agree, or call a running node anything but UP.
    pub disagree: bool,
}

/// Who says what of whom; disagreements first.
#[must_use]
pub fn view_matrix(model: &ClusterModel<'_>) -> Vec<ViewRow> {
    let mut members: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for node in &model.nodes {
        for member in node.view.into_iter().flat_map(|view| &view.members) {
            let owner = model.member(&member.address);
            let name = owner.map_or_else(|| member.address.clone(), |index| model.nodes[index].name.0.clone());
            members.insert(name, owner);
        }
    }
    let mut rows: Vec<ViewRow> = members
        .into_iter()
        .map(|(member, owner)| {
            let cells: Vec<ViewCell> = model
                .nodes
                .iter()
                .map(|node| {
                    let seen = node.view.into_iter().flat_map(|view| &view.members).find(|seen| match owner {
                        Some(index) => model.member(&seen.address) == Some(index),
                        None => seen.address == member,
                    });
                    ViewCell {
                        state: seen.map(|seen| seen.state.clone()),
                        fail_count: seen.and_then(|seen| seen.fail_count),
                        age_ms: node.view.zip(seen).and_then(|(view, seen)| report_age_ms(model, view, seen)),
                    }
                })
                .collect();
            let mut states: Vec<Option<&MemberState>> = model
                .nodes
                .iter()
                .zip(&cells)
                .filter(|(node, _)| node.view.is_some_and(|view| !view.members.is_empty()))
                .map(|(_, cell)| cell.state.as_ref())
                .collect();
            states.sort_unstable();
            states.dedup();
            let runs = owner.is_some_and(|index| model.states[index].is_running());
            let disagree = states.len() > 1 || (runs && states.iter().any(|state| *state != Some(&MemberState::Up)));
            ViewRow { member, cells, disagree }
        })
        .collect();
    rows.sort_by_key(|row| (!row.disagree, row.member.clone()));
    rows
}

/// One Raft group as every node reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Group id.
    pub group: String,
    /// Leader (a node's name where known) and term per node, in the order of the inventory.
    pub cells: Vec<Option<(String, Option<i64>)>>,
    /// True if the answers differ, or the leader named does not run.
    pub disagree: bool,
}

/// What stands where a node names no leader.
pub const NO_LEADER: &str = "–";

/// Whether all that answer name one leader in one term; the leader itself need not.
fn is_agreed(cells: &[Option<(String, Option<i64>)>], model: &ClusterModel<'_>) -> bool {
    let mut named = cells.iter().flatten().filter(|(leader, _)| leader != NO_LEADER);
    let Some(first @ (leader, _)) = named.next() else { return false };
    let quiet =
        cells.iter().zip(&model.nodes).filter(|(cell, _)| cell.as_ref().is_some_and(|(name, _)| name == NO_LEADER));
    named.all(|other| other == first) && quiet.map(|(_, node)| node).all(|node| node.name.0 == *leader)
}

/// Leader and term per Raft group and node; disagreements first.
#[must_use]
pub fn group_matrix(model: &ClusterModel<'_>) -> Vec<GroupRow> {
    let leaderless: Vec<String> = model.leaderless.iter().map(|group| group.group.clone()).collect();
    let mut groups: Vec<String> = model
        .nodes
        .iter()
        .flat_map(|node| node.view.into_iter().flat_map(|view| &view.raft))
        .map(|group| group.group.clone())
        .collect();
    groups.sort();
    groups.dedup();
    let mut rows: Vec<GroupRow> = groups
        .into_iter()
        .map(|group| {
            let cells: Vec<Option<(String, Option<i64>)>> = model
                .nodes
                .iter()
                .map(|node| {
                    let seen = node.view?.raft.iter().find(|seen| seen.group == group)?;
                    let leader = named(seen).unwrap_or(NO_LEADER);
                    let name = model
                        .voter(leader)
                        .map_or_else(|| leader.to_owned(), |index| model.nodes[index].name.0.clone());
                    Some((name, seen.term))
                })
                .collect();
            let disagree = !is_agreed(&cells, model) || leaderless.contains(&group);
            GroupRow { group, cells, disagree }
        })
        .collect();
    rows.sort_by_key(|row| (!row.disagree, row.group.clone()));
    rows
}

#[cfg(test)]
mod tests;
