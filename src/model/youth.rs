//! How old the reports of members are, and which nodes came up so short a time ago that what others say of them may be from
//! before.

use super::node_state::Stated;
use crate::domain::observed::{MemberSeen, ViewSeen};
use crate::domain::time::Timestamp;
use crate::nacos::timing;

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
    let unheard = |member: &MemberSeen| member.last_refresh.is_none() && model.member(&member.address) != Some(index);
    view.members.iter().any(unheard) && age_ms(model, view, index).is_some_and(|own_ms| own_ms < ms)
}

/// True if the list of `keeper` has a report of `reporter` that is so young that no row of them can have failed since: the
/// link passes, and what `reporter` says of failed reports is from before.
pub(super) fn heard_lately(model: &Stated<'_>, keeper: usize, reporter: usize) -> bool {
    let age_ms = model.nodes[keeper].view.and_then(|view| age_ms(model, view, reporter));
    age_ms.is_some_and(|age_ms| age_ms < timing::REPORT_OVERDUE_PER_NODE_MS)
}

/// True if a peer that calls the node down may only not have heard yet that it is back: it has reported to it, and the node
/// had to do with Raft a moment ago, as after a start.
pub(super) fn is_back(model: &Stated<'_>, index: usize, peer: usize) -> bool {
    let own_ms = model.nodes[index].view.and_then(|view| age_ms(model, view, index));
    heard_lately(model, index, peer) && own_ms.is_some_and(|own_ms| own_ms < timing::CATCH_UP_MS)
}

/// How old the stamp of a member is in a list.
fn age_ms(model: &Stated<'_>, view: &ViewSeen, member: usize) -> Option<i64> {
    let of_member = view.members.iter().find(|one| model.member(&one.address) == Some(member));
    report_age_ms(model, view, of_member?)
}

/// How old the last report of a member was when the list was asked for, by the clock of the node that keeps the list. The
/// moment judged is later than that, and says nothing of reports that came meanwhile.
#[must_use]
pub fn report_age_ms(model: &Stated<'_>, view: &ViewSeen, member: &MemberSeen) -> Option<i64> {
    Some(asked_at(model, view)?.millis_since(member.last_refresh?))
}

/// When the list was asked for, by the clock of the node that keeps it.
pub(super) fn asked_at(model: &Stated<'_>, view: &ViewSeen) -> Option<Timestamp> {
    Some(view.at.unwrap_or(model.as_of).plus_millis(view.clock_offset_ms?))
}
