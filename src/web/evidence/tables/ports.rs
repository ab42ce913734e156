//! Ports from every place that tried them, and the load balancers.

use super::views::is_away;
use super::{Tables, Unseen};
use crate::domain::id::NodeName;
use crate::domain::observed::{DoorRequest, PortResult, PortRole};
use crate::model::ClusterModel;
use crate::model::tables::views;
use crate::model::tables::views::CellState;
use crate::model::{load_balancers, probes};
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::plain::short;

/// How a probe ended, as shape, colour and word. Refused and timed out mean different causes and never look alike.
#[must_use]
pub const fn port_look(result: PortResult) -> Look {
    match result {
        PortResult::Open => Look::new(Tone::Ok, "evidence-port-open"),
        PortResult::Silent => Look::shaped("silent", Tone::Warn, "evidence-port-silent"),
        PortResult::WrongProtocol => Look::new(Tone::Warn, "evidence-port-wrong-protocol"),
        PortResult::Refused => Look::shaped("refused", Tone::Fail, "evidence-port-refused"),
        PortResult::Reset => Look::shaped("reset", Tone::Fail, "evidence-port-reset"),
        PortResult::Timeout => Look::shaped("timeout", Tone::Fail, "evidence-port-timeout"),
        PortResult::Unreachable => Look::shaped("stop", Tone::Fail, "evidence-port-unreachable"),
        PortResult::Dns => Look::shaped("dns", Tone::Fail, "evidence-port-dns"),
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
    /// How it ended.
    pub look: Look,
    /// `2 ms`, `2/3`; empty if nothing is known.
    pub detail: String,
    /// The other direction passes, this one does not.
    pub one_way: bool,
    /// The target is known not to run: this is then expected.
    pub expected: bool,
}

impl PortCellView {
    /// Whether its shape says enough: the legend has the word.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        matches!(self.look.tone, Tone::Ok | Tone::Unknown)
            || (matches!(self.look.tone, Tone::Expected) && !self.expected)
    }
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

impl PortsTable {
    /// What no trouble means here: all is well where every port of every node was tried from here and something tells of each
    /// between nodes, else nobody knows.
    #[must_use]
    pub fn verdict(&self) -> Tone {
        let is_well = |line: &PortLine| {
            let mut tones = line.cells.iter().flatten().flatten().map(|cell| cell.look.tone);
            tones.all(|tone| if line.from.is_none() { tone == Tone::Ok } else { tone != Tone::Unknown })
        };
        if self.unseen.is_empty() && self.lines.iter().all(is_well) { Tone::Ok } else { Tone::Unknown }
    }
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

/// Green is what was tried and answered: a log that does not complain has tried nothing. What does not answer because its
/// node does not run is no news.
pub(super) const fn cell_look(state: CellState, is_away: bool) -> Look {
    let look = match state {
        CellState::Probed(result) => port_look(result),
        CellState::Complained => Look::new(Tone::Fail, "evidence-port-complained"),
        CellState::NoError => Look::shaped("note", Tone::Expected, "evidence-port-no-complaint"),
        CellState::Unknown => Look::new(Tone::Unknown, "evidence-port-unknown"),
    };
    match look.tone {
        Tone::Fail if is_away => Look::shaped(look.icon, Tone::Expected, look.word),
        _ => look,
    }
}

fn port_cell(model: &ClusterModel<'_>, from: Option<&NodeName>, to: &NodeName, cell: &views::PortCell) -> PortCellView {
    let is_away = model.index(to).is_some_and(|index| is_away(model.states[index]));
    let look = cell_look(cell.state, is_away);
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
        look,
        detail,
        one_way: cell.one_way,
        expected: cell.expected && matches!(look.tone, Tone::Fail | Tone::Expected) && cell.state != CellState::NoError,
    }
}
