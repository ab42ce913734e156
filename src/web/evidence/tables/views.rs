//! Who says what of whom, and who leads each Raft group.

use std::collections::BTreeMap;

use super::{Tables, Unseen};
use crate::domain::id::NodeName;
use crate::domain::vocabulary::MemberState;
use crate::model::node_state::NodeState;
use crate::model::tables::views;
use crate::model::tables::views::ViewCell;
use crate::web::plumbing::components::{Look, Sign, Tone};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfRow {
    /// The node.
    pub node: NodeName,
    /// What it is doing.
    pub look: Look,
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
    /// The node that should say it gave no answer at all.
    pub unheard: bool,
    /// Shape and colour.
    pub sign: Sign,
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

impl ViewsTable {
    /// Whether nobody contradicts anybody about who leads: one line says it.
    #[must_use]
    pub fn leaders_agree(&self) -> bool {
        self.leaders.iter().all(|row| !row.disagree)
    }

    /// Green where every node was heard.
    #[must_use]
    pub fn leaders_tone(&self) -> Tone {
        if self.leaders.iter().all(|row| row.complete) { Tone::Ok } else { Tone::Unknown }
    }

    /// The line: how many groups, and who leads them.
    #[must_use]
    pub fn leaders_say(&self, f: &Frame) -> String {
        let mut led: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &self.leaders {
            if let Some((leader, _)) = row.cells.iter().flatten().find(|(leader, _)| leader != views::NO_LEADER) {
                *led.entry(leader.as_str()).or_default() += 1;
            }
        }
        let led = led.iter().map(|(leader, n)| format!("{leader} × {n}")).collect::<Vec<_>>().join(", ");
        let key = match self.leaders_tone() {
            Tone::Ok => "evidence-leaders-agree",
            _ => "evidence-leaders-agree-as-seen",
        };
        f.t2(key, "n", self.leaders.len(), "led", led)
    }
}

/// Shape, colour and word of what a node is doing.
#[must_use]
pub const fn state_look(state: NodeState) -> Look {
    match state {
        NodeState::Running => Look::new(Tone::Ok, "evidence-state-running"),
        NodeState::CopyEndsEarly => Look::new(Tone::Unknown, "evidence-state-copy-ends-early"),
        NodeState::Starting { .. } => Look::new(Tone::Warn, "evidence-state-starting"),
        NodeState::StartFailed { .. } => Look::new(Tone::Fail, "evidence-state-start-failed"),
        NodeState::Hung => Look::new(Tone::Fail, "evidence-state-hung"),
        NodeState::Silent => Look::new(Tone::Fail, "evidence-state-silent"),
        NodeState::Gone => Look::new(Tone::Fail, "evidence-state-gone"),
        NodeState::Unreachable => Look::new(Tone::Unknown, "evidence-state-unreachable"),
        NodeState::Unseen => Look::new(Tone::Unknown, "evidence-state-unseen"),
    }
}

/// Whether a node is known not to serve: what fails because of it is then expected. Of one that nobody could look at, or that
/// is there and does not answer, nothing is.
#[must_use]
pub const fn is_away(state: NodeState) -> bool {
    matches!(state, NodeState::Starting { .. } | NodeState::StartFailed { .. } | NodeState::Silent | NodeState::Gone)
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
            .map(|(node, state)| SelfRow {
                node: node.name.clone(),
                look: state_look(*state),
                version: node.view.and_then(|view| view.version.as_deref()).map(short),
                address: node.view.and_then(|view| view.self_address.as_deref()).map(short),
                ready: node.view.and_then(|view| view.ready),
                clock_offset_ms: node.view.and_then(|view| view.clock_offset_ms),
            })
            .collect();
        let heard: Vec<bool> =
            model.nodes.iter().map(|node| node.view.is_some_and(|view| !view.members.is_empty())).collect();
        let complete = heard.iter().all(|heard| *heard);
        let words = views::view_matrix(&model)
            .into_iter()
            .map(|row| WordRow {
                member: short(&row.member),
                cells: {
                    let index = model.nodes.iter().position(|node| node.name.0 == row.member);
                    let is_away = index.is_some_and(|index| is_away(model.states[index]));
                    row.cells.iter().zip(&heard).map(|(cell, heard)| word_cell(cell, is_away, *heard)).collect()
                },
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

/// `is_away`: the member does not run. That the others call it so is then no news.
fn word_cell(cell: &ViewCell, is_away: bool, heard: bool) -> WordCell {
    let sign = member_sign(cell.state.as_ref());
    let is_expected = is_away && matches!(sign.tone, Tone::Fail | Tone::Warn);
    WordCell {
        state: cell.state.as_ref().map(|state| short(state.as_str())),
        unheard: !heard,
        sign: if is_expected { Sign::new(sign.icon, Tone::Expected) } else { sign },
        fail_count: cell.fail_count.filter(|count| *count > 0),
        age_s: cell.age_ms.map(|age| age / 1000).filter(|age| *age > 0),
    }
}

/// Shape and colour of the state that a node gives a member.
#[must_use]
pub const fn member_sign(state: Option<&MemberState>) -> Sign {
    let tone = match state {
        Some(MemberState::Up) => Tone::Ok,
        Some(MemberState::Down) => Tone::Fail,
        Some(_) => Tone::Warn,
        None => Tone::Unknown,
    };
    Sign::new(tone.icon(), tone)
}
