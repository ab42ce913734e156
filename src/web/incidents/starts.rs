//! The start of a node whose restart somebody took on, in words: for the run screen, the timeline and the record.

use crate::commands::restart_follows;
use crate::domain::event::{Event, EventKind};
use crate::domain::id::NodeName;
use crate::domain::incident::Incident;
use crate::domain::start_followed::{
    AllowedBy, CountedFrom, DOWN_AT_THE_LATEST, Follow, FollowState, Followed, GAP_MS, RowSeen, RowState, StartRow,
};
use crate::domain::time::Timestamp;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;

/// Most starts that a page shows.
const MOST: usize = 3;

/// A start as a page shows it.
pub struct StartView {
    /// The node.
    pub node: String,
    /// Who took it on.
    pub by: String,
    /// When.
    pub claimed_at: Timestamp,
    /// How it stands.
    pub look: Look,
    /// Whether it is not followed any more.
    pub over: bool,
    /// Every row.
    pub rows: Vec<StartRowView>,
    /// What it comes to, and earlier starts.
    pub says: Vec<String>,
    /// Since when nobody has looked; `None`: looks come, or are not needed any more.
    pub unwatched_since: Option<Timestamp>,
}

/// One row of it.
pub struct StartRowView {
    /// Stored name.
    pub name: &'static str,
    /// Its name in words.
    pub title: String,
    /// How far.
    pub look: Look,
    /// Since when it is waited for, or lost.
    pub since: Option<Timestamp>,
    /// When it was reached.
    pub at: Option<Timestamp>,
    /// Nobody looked between this moment and that one.
    pub after: Option<Timestamp>,
    /// What was seen, and what there is to do.
    pub says: Vec<String>,
}

/// The newest starts that were taken on in an incident, newest first; by the looks up to its end.
///
/// # Errors
/// The store's.
pub async fn followed(web: &Web, incident: &Incident) -> Result<Vec<Followed>, WebError> {
    let mut shown: Vec<Followed> = Vec::new();
    for claim in web.read().restart_claims_of(incident.id).await?.into_iter().rev() {
        if shown.len() < MOST && shown.iter().all(|one| one.node != claim.node) {
            let until = incident.resolved_at.unwrap_or(web.now());
            let follow = restart_follows::read(web.read(), &claim, until).await?;
            shown.push(Followed { node: claim.node, by: claim.by, follow });
        }
    }
    Ok(shown)
}

impl StartView {
    /// In words, at a moment.
    #[must_use]
    pub fn new(f: &Frame, Followed { node, by, follow }: &Followed, is_open: bool, now: Timestamp) -> Self {
        let looked = follow.looked_at.unwrap_or(follow.claimed_at);
        let (icon, tone) = tone(follow.state);
        let look = if follow.over || is_open {
            Look { icon, tone, word: state_key(follow.state) }
        } else {
            Look::new(Tone::Unknown, "start-state-unfinished")
        };
        Self {
            node: node.0.clone(),
            by: by.clone(),
            claimed_at: follow.claimed_at,
            look,
            over: follow.over,
            rows: follow.rows.iter().map(|seen| row(f, seen)).collect(),
            says: lines(f, follow),
            unwatched_since: (is_open && !follow.over && now.millis_since(looked) > GAP_MS).then_some(looked),
        }
    }
}

fn row(f: &Frame, seen: &RowSeen) -> StartRowView {
    let (tone, word) = match seen.state {
        RowState::Later => (Tone::Todo, "start-later"),
        RowState::Waiting { .. } => (Tone::Running, "start-waiting"),
        RowState::Stuck { .. } => (Tone::Fail, "start-stuck"),
        RowState::Reached { .. } => (Tone::Ok, "start-reached"),
        RowState::Lost { .. } => (Tone::Fail, "start-lost"),
        RowState::Unknown => (Tone::Unknown, "start-unknown"),
    };
    let (since, at, after) = match seen.state {
        RowState::Later | RowState::Unknown => (None, None, None),
        RowState::Waiting { since } | RowState::Stuck { since, .. } => (Some(since), None, None),
        RowState::Reached { at, after } => (None, Some(at), after),
        RowState::Lost { reached, since } => (Some(since), Some(reached), None),
    };
    let mut says: Vec<String> = seen.says.iter().map(|says| f.msg(says)).collect();
    if let RowState::Stuck { allowed_ms, by, .. } = seen.state {
        says.push(f.t1(allowed_key(by), "time", f.duration(allowed_ms)));
        says.push(f.t(format!("start-todo-{}", seen.row.as_str())));
    }
    if seen.times_lost > 0 {
        says.push(f.t1("start-times-lost", "n", seen.times_lost));
    }
    let name = seen.row.as_str();
    StartRowView { name, title: f.t(format!("start-row-{name}")), look: Look::new(tone, word), since, at, after, says }
}

const fn allowed_key(by: AllowedBy) -> &'static str {
    match by {
        AllowedBy::Nacos => "start-allowed-nacos",
        AllowedBy::Earlier => "start-allowed-earlier",
    }
}

const fn state_key(state: FollowState) -> &'static str {
    match state {
        FollowState::GoingOn => "start-state-going_on",
        FollowState::Done => "start-state-done",
        FollowState::Stuck => "start-state-stuck",
        FollowState::Abandoned => "start-state-abandoned",
        FollowState::Unseen => "start-state-unseen",
    }
}

/// Icon and colour of a state.
#[must_use]
pub const fn tone(state: FollowState) -> (&'static str, Tone) {
    match state {
        FollowState::GoingOn => ("running", Tone::Running),
        FollowState::Done => ("ok", Tone::Ok),
        FollowState::Stuck => ("fail", Tone::Fail),
        FollowState::Abandoned => ("stop", Tone::Warn),
        FollowState::Unseen => ("unknown", Tone::Unknown),
    }
}

/// What the timeline says of it, as the end of a key.
#[must_use]
pub fn told_key(follow: &Follow) -> &'static str {
    if follow.over || follow.state == FollowState::Stuck { follow.state.as_str() } else { "came" }
}

/// What it comes to, a sentence each: when the node was down and what each row took, what is missing, and earlier starts.
#[must_use]
pub fn lines(f: &Frame, follow: &Follow) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(RowState::Reached { at, .. }) = follow.row(StartRow::Down).map(|seen| seen.state) {
        lines.push(f.t1(down_key(follow), "at", f.moment_said(at)));
    }
    if let Some((from, why)) = follow.from {
        let took: Vec<String> = follow
            .durations()
            .into_iter()
            .map(|(row, ms)| f.t1(&format!("start-took-{}", row.as_str()), "time", f.duration(ms)))
            .collect();
        if !took.is_empty() {
            let key = match why {
                CountedFrom::Process => "start-from-process",
                CountedFrom::Down => "start-from-down",
                CountedFrom::Claim => "start-from-claim",
            };
            lines.push(format!("{}{}{}", f.t1(key, "at", f.moment_said(from)), f.colon(), f.list(took)));
        }
    }
    for seen in &follow.rows {
        let name = || f.t(format!("start-row-{}", seen.row.as_str()));
        match seen.state {
            RowState::Stuck { allowed_ms, .. } => {
                lines.push(f.t2("start-line-stuck", "row", name(), "time", f.duration(allowed_ms)));
            }
            RowState::Lost { .. } => lines.push(f.t1("start-line-lost", "row", name())),
            _ => {}
        }
    }
    let rows = |rows: Vec<StartRow>| f.list(rows.into_iter().map(|row| f.t(format!("start-row-{}", row.as_str()))));
    let unseen = follow.unseen();
    if follow.over && !unseen.is_empty() {
        lines.push(f.t1("start-line-unseen", "rows", rows(unseen)));
    }
    let lost: Vec<StartRow> = follow.rows.iter().filter(|seen| seen.times_lost > 0).map(|seen| seen.row).collect();
    if !lost.is_empty() {
        lines.push(f.t1("start-line-flapped", "rows", rows(lost)));
    }
    let earlier = f.list(follow.earlier_ms.iter().map(|ms| f.duration(*ms)));
    lines.push(match (follow.total_ms(), earlier.is_empty()) {
        (Some(total), false) => f.t2("start-line-total-earlier", "time", f.duration(total), "earlier", earlier),
        (Some(total), true) => f.t1("start-line-total", "time", f.duration(total)),
        (None, false) => f.t1("start-line-earlier", "earlier", earlier),
        (None, true) => f.t("start-line-none-earlier"),
    });
    lines
}

/// Starts that a record tells of: a title and sentences each. One that was taken on and not seen to its end is told as such.
#[must_use]
pub fn told(f: &Frame, events: &[Event]) -> Vec<(String, Vec<String>)> {
    let follows: Vec<(&NodeName, &Follow)> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::RestartFollowed { node, follow } => Some((node, &**follow)),
            _ => None,
        })
        .collect();
    let taken = events.iter().filter_map(|event| match &event.kind {
        EventKind::RestartTaken { node, .. } => Some((node, event.at)),
        _ => None,
    });
    taken
        .map(|(node, at)| {
            let newest = follows.iter().rev().find(|(of, follow)| *of == node && follow.claimed_at == at);
            let over = newest.filter(|(_, follow)| follow.over);
            let key = match (over, newest) {
                (Some((_, follow)), _) => format!("timeline-start-{}", told_key(follow)),
                (None, Some(_)) => "timeline-start-unfinished".to_owned(),
                (None, None) => "timeline-start-claimed".to_owned(),
            };
            let lines = newest.map(|(_, follow)| lines(f, follow)).unwrap_or_default();
            (f.t1(&key, "node", short(&node.0)), lines)
        })
        .collect()
}

/// That it was down at a moment; at the latest, where the first look that is kept found it so.
fn down_key(follow: &Follow) -> &'static str {
    let says = follow.row(StartRow::Down).and_then(|row| row.says.as_ref());
    if says.is_some_and(|says| says.key == DOWN_AT_THE_LATEST) { "start-line-down-latest" } else { "start-line-down" }
}
