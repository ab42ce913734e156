//! What a cluster was like when all was well, and what changed since: the card on its page, the page of its versions,
//! and the words for changes, which incidents and reports use as well.
//!
//! Here a version is compared with the newest look, which tells members and leaders. All else is read again with the
//! next version, and in the rounds of an incident.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::domain::baseline::{Baseline, Compared, NodeSeen, Side, Told, WellRun, What, compare};
use crate::domain::cluster::Cluster;
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::model::tables::baseline as table;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Path;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Most names in one line.
const MOST_NAMES: usize = 8;
/// Most lines on the card.
const MOST_LINES: usize = 12;
/// Looks further apart leave a gap when it is said for how long all has been well, milliseconds; at least.
const GAP_MS: i64 = 30_000;
/// Looks are read so far back beyond the time in which all has to be well, milliseconds.
const WINDOW_MS: i64 = 30 * 60_000;

/// A change in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The nodes that tell it; empty: it is of the whole cluster.
    pub nodes: String,
    /// What is another.
    pub text: String,
}

impl Line {
    /// On one line.
    #[must_use]
    pub fn says(&self, f: &Frame) -> String {
        if self.nodes.is_empty() { self.text.clone() } else { format!("{}{}{}", self.nodes, f.colon(), self.text) }
    }
}

/// A comparison in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// What is another.
    pub changes: Vec<Line>,
    /// What cannot be told, and why.
    pub not_compared: Vec<Line>,
}

impl Lines {
    /// Changes of one kind that the same nodes tell are one line.
    #[must_use]
    pub fn new(f: &Frame, compared: &Compared) -> Self {
        let mut changes: Vec<(&[NodeName], Said)> = Vec::new();
        for change in &compared.changes {
            let said = Said::of(f, &change.what);
            match changes.last_mut() {
                Some((nodes, last)) if *nodes == change.nodes.as_slice() && last.goes_on(&said) => {
                    last.names.extend(said.names);
                }
                _ => changes.push((&change.nodes, said)),
            }
        }
        let mut unseen: BTreeMap<_, Vec<NodeName>> = BTreeMap::new();
        for one in &compared.not_compared {
            let why = (one.part, one.side, one.why.key.clone(), one.why.args.clone());
            unseen.entry(why).or_default().push(one.node.clone());
        }
        let not_compared = unseen.into_iter().map(|((part, side, key, args), nodes)| {
            let part = f.t(format!("baseline-part-{}", part.as_str()));
            let why = short(&f.msg(Message { key, args }));
            let key = match side {
                Side::Before => "baseline-unseen-before",
                Side::Now => "baseline-unseen-now",
            };
            Line { nodes: names(f, &nodes), text: f.t2(key, "part", part, "why", why) }
        });
        Self {
            changes: changes.iter().map(|(nodes, said)| Line { nodes: names(f, nodes), text: said.text(f) }).collect(),
            not_compared: not_compared.collect(),
        }
    }
}

fn names(f: &Frame, nodes: &[NodeName]) -> String {
    f.list(nodes.iter().map(|node| short(&node.0)))
}

/// A kind of change, and what it is about.
struct Said {
    message: Message,
    names: Vec<String>,
}

impl Said {
    fn of(f: &Frame, what: &What) -> Self {
        let one = |key: &str, name: String| Self { message: Message::new(key), names: vec![name] };
        let counted = |name: &str, before: i64, now: i64| {
            format!("{}{}", short(name), f.aside(f.t2("baseline-from-to", "before", before, "now", now)))
        };
        let none = |message: Message| Self { message, names: Vec::new() };
        match what {
            What::NodeLeft => none(Message::new("baseline-node-left")),
            What::NodeJoined => none(Message::new("baseline-node-joined")),
            What::MemberGone { address } => one("baseline-member-gone", short(address)),
            What::MemberNew { address, state } => {
                one("baseline-member-new", format!("{}{}", short(address), f.aside(short(state.as_str()))))
            }
            What::MemberState { address, before, now } => {
                let moved = f.t2("baseline-from-to", "before", short(before.as_str()), "now", short(now.as_str()));
                one("baseline-member-state", format!("{}{}", short(address), f.aside(moved)))
            }
            What::Version { before, now } => {
                none(Message::new("baseline-version").with("before", short(before)).with("now", short(now)))
            }
            What::Leader { group, before, term_before, now, term_now } => {
                let term = |term: &Option<i64>| term.map_or_else(|| "–".to_owned(), |term| term.to_string());
                let terms = f.t2("baseline-terms", "before", term(term_before), "now", term(term_now));
                let name = format!("{}{}", short(group), f.aside(terms));
                let said = match (before, now) {
                    (Some(before), Some(now)) if before != now => {
                        Message::new("baseline-leader").with("before", short(before)).with("now", short(now))
                    }
                    _ => Message::new("baseline-elected"),
                };
                Self { message: said, names: vec![name] }
            }
            What::Started { before, took_before_ms, now, took_now_ms } => {
                let said = Message::new("baseline-started")
                    .with("before", f.moment_said(*before))
                    .with("now", f.moment_said(*now));
                none(match (took_before_ms, took_now_ms) {
                    (Some(was), Some(is)) => Message { key: "baseline-started-took".to_owned(), ..said }
                        .with("took_before", f.duration(*was))
                        .with("took_now", f.duration(*is)),
                    _ => said,
                })
            }
            What::SettingOther { key } => one("baseline-setting-other", short(key)),
            What::SettingNew { key } => one("baseline-setting-new", short(key)),
            What::SettingGone { key } => one("baseline-setting-gone", short(key)),
            What::Conf { more, less } if more.is_empty() && less.is_empty() => {
                none(Message::new("baseline-conf-lines"))
            }
            What::Conf { more, less } => {
                let cut = |list: &[String]| list.iter().take(MOST_NAMES).map(|one| short(one)).collect::<Vec<_>>();
                none(Message::new("baseline-conf").with_difference(&cut(more), &cut(less)))
            }
            What::ServiceGone { service, .. } => one("baseline-service-gone", short(service)),
            What::ServiceNew { service, .. } => one("baseline-service-new", short(service)),
            What::Instances { service, before, now } => one("baseline-instances", counted(service, *before, *now)),
            What::ClientGone { client, .. } => one("baseline-client-gone", short(client)),
            What::ClientNew { client, .. } => one("baseline-client-new", short(client)),
            What::ClientCount { client, before, now } => {
                one("baseline-client-count", counted(client, i64::from(*before), i64::from(*now)))
            }
            What::Errors { before, now } => {
                none(Message::new("baseline-errors").with("before", before).with("now", now))
            }
        }
    }

    /// Whether both are about the same, so that their names belong into one line.
    fn goes_on(&self, other: &Self) -> bool {
        !self.names.is_empty() && self.message == other.message
    }

    fn text(&self, f: &Frame) -> String {
        let mut shown = f.list(self.names.iter().take(MOST_NAMES).cloned());
        if let Some(more) = self.names.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
            shown.push_str(&f.t1("baseline-more-names", "n", more));
        }
        f.msg(self.message.clone().with("names", shown))
    }
}

/// The card on the page of a cluster.
pub enum BaselinePart {
    /// There is one.
    Taken {
        /// When all was well, and which version.
        says: String,
        /// What looks say is another since.
        changes: Vec<Line>,
        /// Lines that are not shown.
        more: usize,
        /// Whether there is a look to compare with.
        is_compared: bool,
    },
    /// There is none yet.
    None {
        /// Why.
        why: String,
    },
}

impl BaselinePart {
    /// Of a cluster: its newest version beside its newest look.
    ///
    /// # Errors
    /// The store's.
    pub async fn new(web: &Web, f: &Frame, cluster: &Cluster) -> Result<Self, WebError> {
        let now = web.now();
        let Some(newest) = web.read().baseline_before(cluster.id, now.plus_millis(1)).await? else {
            return Ok(Self::None { why: f.msg(why_none(web, cluster.id, now).await?) });
        };
        let look = web.read().newest_look(cluster.id, now).await?;
        let compared = look.as_ref().map(|look| compare(&newest.seen.cheap(), &table::of_look(cluster, look)));
        let mut changes = Lines::new(f, &compared.clone().unwrap_or_default()).changes;
        let more = changes.len().saturating_sub(MOST_LINES);
        changes.truncate(MOST_LINES);
        let says = well_at(f, newest.still_so_at, newest.version);
        Ok(Self::Taken { says, changes, more, is_compared: compared.is_some() })
    }
}

/// That all was well at a moment, and which version says so.
#[must_use]
pub fn well_at(f: &Frame, at: Timestamp, version: i64) -> String {
    f.t2("baseline-well-at", "at", f.moment_said(at), "version", version)
}

/// Why there is none of that cluster now, as far as looks tell.
async fn why_none(web: &Web, cluster: ClusterId, now: Timestamp) -> Result<Message, WebError> {
    let after = web.baseline_after_minutes();
    let looks = web.read().looks_well(cluster, now.plus_millis(-window_ms(after))).await?;
    Ok(NoneYet::of(&looks, now, after).message(after, ""))
}

/// Why there is none from before an incident, as far as looks tell that are kept.
///
/// # Errors
/// The store's.
pub async fn why_none_before(web: &Web, cluster: ClusterId, sign: Timestamp) -> Result<Message, WebError> {
    let after = web.baseline_after_minutes();
    let mut looks = web.read().looks_well(cluster, sign.plus_millis(-window_ms(after))).await?;
    looks.retain(|(at, _)| *at <= sign);
    // With those that saw it begin nothing was well any more: what counts is how long it was before.
    let until = looks.iter().rposition(|(_, is_well)| *is_well).map_or(0, |last| last + 1);
    let seen = looks.len();
    looks.truncate(until);
    let newest = looks.last().map(|(at, _)| *at);
    let why =
        if seen > 0 && newest.is_none() { NoneYet::Unwell } else { NoneYet::of(&looks, newest.unwrap_or(sign), after) };
    Ok(why.message(after, "-then"))
}

fn window_ms(after_minutes: u32) -> i64 {
    i64::from(after_minutes) * 60_000 + WINDOW_MS
}

/// Why there is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoneYet {
    Unwatched,
    Unwell,
    /// It is well for so many minutes only.
    Short(i64),
    Waits,
}

impl NoneYet {
    /// By looks up to a moment, oldest first.
    fn of(looks: &[(Timestamp, bool)], at: Timestamp, after_minutes: u32) -> Self {
        // They are as far apart as the settings say.
        let apart = looks.windows(2).map(|pair| pair[1].0.millis_since(pair[0].0)).min().unwrap_or(0);
        let gap_ms = GAP_MS.max(4 * apart);
        match (looks.last(), WellRun::of(looks, gap_ms)) {
            (None, _) => Self::Unwatched,
            (Some((newest, _)), _) if at.millis_since(*newest) > gap_ms => Self::Unwatched,
            (_, None) => Self::Unwell,
            (_, Some(run)) if run.ms() < i64::from(after_minutes) * 60_000 => Self::Short(run.ms() / 60_000),
            (_, Some(_)) => Self::Waits,
        }
    }

    fn message(self, after_minutes: u32, then: &str) -> Message {
        let said = |what: &str| Message::new(format!("baseline-none-{what}{then}")).with("after", after_minutes);
        match self {
            Self::Unwatched => said("unwatched"),
            Self::Unwell => said("unwell"),
            Self::Short(minutes) => said("yet").with("minutes", minutes),
            Self::Waits => said("waits"),
        }
    }
}

/// A version in the list.
struct VersionItem {
    version: i64,
    well_since: Timestamp,
    taken_at: Timestamp,
    still_so_at: Timestamp,
    /// What it changed against the one before; `None`: the one before is not kept.
    changes: Option<Vec<Line>>,
}

/// What the newest version holds of a node, in words.
struct NodeRow {
    node: String,
    /// Key of the column, what was seen, and whether it was.
    cells: Vec<(&'static str, String, bool)>,
}

#[derive(Template)]
#[template(path = "clusters/baselines.html")]
struct BaselinesPage {
    f: Frame,
    cluster: Cluster,
    /// Newest first.
    versions: Vec<VersionItem>,
    /// What the newest holds.
    nodes: Vec<NodeRow>,
    /// Why there is none.
    why: Option<String>,
}

/// The versions of a cluster, and what each changed.
///
/// # Errors
/// No such cluster; the store's.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<ClusterId>) -> Result<Response, WebError> {
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let kept = web.read().baselines(id).await?;
    let why = if kept.is_empty() { Some(f.msg(why_none(&web, id, web.now()).await?)) } else { None };
    let before = kept.iter().skip(1).map(Some).chain([None]);
    let versions = kept.iter().zip(before).map(|(one, before)| item(&f, one, before)).collect();
    let newest = kept.first().into_iter().flat_map(|newest| &newest.seen.nodes);
    let nodes = newest.map(|(name, node)| row(&f, name, node)).collect();
    answer(StatusCode::OK, &BaselinesPage { f, cluster, versions, nodes, why })
}

fn item(f: &Frame, one: &Baseline, before: Option<&Baseline>) -> VersionItem {
    let changes = before.map(|before| Lines::new(f, &compare(&before.seen, &one.seen)).changes);
    VersionItem {
        version: one.version,
        well_since: one.well_since,
        taken_at: one.taken_at,
        still_so_at: one.still_so_at,
        changes,
    }
}

fn row(f: &Frame, name: &NodeName, node: &NodeSeen) -> NodeRow {
    let cells = vec![
        cell(f, "baseline-part-version", &node.version, |version| short(version)),
        cell(f, "baseline-part-members", &node.members, |members| f.t1("baseline-count-members", "n", members.len())),
        cell(f, "baseline-part-raft", &node.raft, |raft| f.t1("baseline-count-groups", "n", raft.len())),
        cell(f, "baseline-part-start", &node.start, |start| match start.took_ms {
            Some(took) => f.t2("baseline-start-took", "at", f.moment_said(start.at), "took", f.duration(took)),
            None => f.moment_said(start.at),
        }),
        cell(f, "baseline-part-settings", &node.settings, |seen| f.t1("baseline-count-keys", "n", seen.values.len())),
        cell(f, "baseline-part-conf", &node.conf, |conf| f.t1("baseline-count-members", "n", conf.members.len())),
        cell(f, "baseline-part-services", &node.services, |seen| {
            let instances: i64 = seen.instances.values().fold(0, |sum, one| sum.saturating_add(*one));
            f.t2("baseline-count-services", "n", seen.instances.len(), "instances", instances)
        }),
        cell(f, "baseline-part-clients", &node.clients, |seen| {
            let connections = seen.connections.map_or_else(|| "–".to_owned(), |count| count.to_string());
            match &seen.named {
                Some(named) => f.t2("baseline-count-clients", "n", connections, "names", named.len()),
                None => f.t1("baseline-count-connections", "n", connections),
            }
        }),
        cell(f, "baseline-part-errors", &node.errors, |seen| f.t1("baseline-count-errors", "n", seen.an_hour())),
    ];
    NodeRow { node: short(&name.0), cells }
}

fn cell<T>(
    f: &Frame,
    column: &'static str,
    told: &Told<T>,
    words: impl Fn(&T) -> String,
) -> (&'static str, String, bool) {
    match told {
        Told::Seen(seen) => (column, words(seen), true),
        Told::NotSeen(why) => (column, short(&f.msg(why)), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_why_there_is_none() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let looks = |until: i64, is_well: bool| -> Vec<(Timestamp, bool)> {
            (0..=until / 5).map(|number| (at(number * 5), is_well)).collect()
        };
        assert_eq!(NoneYet::of(&[], at(0), 10), NoneYet::Unwatched);
        assert_eq!(NoneYet::of(&looks(60, false), at(60), 10), NoneYet::Unwell);
        assert_eq!(NoneYet::of(&looks(200, true), at(203), 10), NoneYet::Short(3));
        assert_eq!(NoneYet::of(&looks(200, true), at(400), 10), NoneYet::Unwatched, "nobody looked since");
        assert_eq!(NoneYet::of(&looks(605, true), at(605), 10), NoneYet::Waits);
        // One look a minute is no gap.
        let slow: Vec<(Timestamp, bool)> = (0..5).map(|minute| (at(minute * 60), true)).collect();
        assert_eq!(NoneYet::of(&slow, at(290), 10), NoneYet::Short(4));
    }
}
