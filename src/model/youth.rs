//! Nodes that came up so short a time ago that what others say of them may be from before.

use super::node_state::Stated;
use crate::domain::observed::{MemberSeen, ViewSeen};
use crate::domain::time::Timestamp;

/// True if the node came up within the last so many milliseconds: its logs or its process say so, else its member list.
///
/// # Why
/// Over the API alone no line tells of a start. But the member list of a node holds when each member reported to it last, and
/// none for a member that has not done so since the node came up; and for the node itself the moment of its last Raft event,
/// the newest of which a start brings. Peers call a node DOWN until their next report, up to 6 s later: seen on a real 2.5.1.
#[must_use]
pub fn came_up_within(model: &Stated<'_>, index: usize, ms: i64) -> bool {
    let node = &model.nodes[index];
    let process = node.stop.and_then(|stop| stop.process.as_ref()).and_then(|process| process.started_at);
    let lately = |at: Timestamp| model.age_ms(at) < ms;
    let by_list = || node.view.is_some_and(|view| came_up_by_its_list(model, index, view, ms));
    match node.started.max(process) {
        Some(began) => lately(began),
        None => by_list(),
    }
}

fn came_up_by_its_list(model: &Stated<'_>, index: usize, view: &ViewSeen, ms: i64) -> bool {
    let is_own = |member: &&MemberSeen| model.member(&member.address) == Some(index);
    let own = view.members.iter().find(is_own).and_then(|member| member.last_refresh);
    let unheard = view.members.iter().any(|member| !is_own(&member) && member.last_refresh.is_none());
    // Both are by the clock of the node.
    let asked = view.at.unwrap_or(model.as_of).plus_millis(view.clock_offset_ms.unwrap_or(0));
    unheard && own.is_some_and(|own| asked.millis_since(own) < ms)
}
