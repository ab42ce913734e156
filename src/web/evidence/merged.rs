//! The important lines of all nodes in one column, in the order of a time that was set right, page by page.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::domain::id::{IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::time::Timestamp;
use crate::model::tables::merged_log::{self, ClockFrom, Key, LineKind, MergedLine, NodeClock};
use crate::nacos::signatures::{self, Severity};
use crate::web::evidence::logs;
use crate::web::evidence::tables::Tables;
use crate::web::evidence::zone;
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Lines of a page.
const PAGE: usize = 100;
/// Colours of nodes in the style sheet.
const COLOURS: usize = 8;

/// What to show; every field may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct MergedQuery {
    /// Lines behind this one.
    #[serde(default)]
    pub after: String,
    /// Lines before this one.
    #[serde(default)]
    pub before: String,
    /// `1`: noise too.
    #[serde(default)]
    pub noise: String,
}

/// One line as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, by the clock that was set right.
    pub at: Timestamp,
    /// Milliseconds of that second.
    pub millis: String,
    /// Node.
    pub node: NodeName,
    /// Class of its colour.
    pub colour: String,
    /// Shape and colour.
    pub tone: Tone,
    /// Key of what it is, beyond a hit.
    pub mark: Option<&'static str>,
    /// Signature, if the catalogue knows it.
    pub signature: Option<String>,
    /// File and place.
    pub place: String,
    /// Path and query of the raw line.
    pub link: String,
    /// Its text.
    pub text: String,
    /// Like lines behind it that are left out.
    pub more: u64,
    /// Until when these go on.
    pub until: Timestamp,
    /// How many there are in the whole window, if more than are told of here.
    pub count: Option<u64>,
}

/// A clock as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockLine {
    /// Node.
    pub node: NodeName,
    /// Class of its colour.
    pub colour: String,
    /// What was taken off its stamps, in seconds with a sign; `None`: nothing.
    pub offset: Option<String>,
    /// Key of from where that is known.
    pub from: &'static str,
    /// Zone of its stamps, and the key of from where that is known; `None`: its logs were not seen.
    pub zone: Option<(String, &'static str)>,
    /// The end of what its lines tell of, where the newest read of its logs brought nothing: they are of an earlier one.
    pub until: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "evidence/merged.html")]
struct MergedPage {
    f: Frame,
    incident: Incident,
    clocks: Vec<ClockLine>,
    lines: Vec<Line>,
    earlier: Option<String>,
    later: Option<String>,
    noise: bool,
    hidden: u64,
}

/// A page of the merged log.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Query(query): Query<MergedQuery>,
) -> Result<Response, WebError> {
    let incident = web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    let mut tables = Tables::load(&web, &incident).await?;
    let mut earlier = BTreeMap::new();
    let without = tables.without_logs();
    let items = if without.is_empty() { Vec::new() } else { web.read().evidence_list(id).await? };
    for node in without {
        if let Some((_, _, seen)) = logs::newest_of(&web, &items, &node).await? {
            earlier.insert(node.clone(), seen.to);
            tables.put_logs(node, seen);
        }
    }
    let page = page(&tables, &earlier, f, incident, &query);
    answer(StatusCode::OK, &page)
}

/// `earlier`: nodes whose lines are of an earlier read, and until when these tell.
fn page(
    tables: &Tables,
    earlier: &BTreeMap<NodeName, Timestamp>,
    f: Frame,
    incident: Incident,
    query: &MergedQuery,
) -> MergedPage {
    let noise = query.noise == "1";
    let model = tables.model();
    let clocks = merged_log::clocks(&model);
    let (lines, hidden) = merged_log::lines(&model, &clocks, noise);
    let part = merged_log::part(lines, Key::decode(&query.after).as_ref(), Key::decode(&query.before).as_ref(), PAGE);
    let link = |name: &str, key: &Key| {
        format!("?{name}={}{}", paths::encode(&key.encode()), if noise { "&noise=1" } else { "" })
    };
    // A file that a node's evidence does not name has no page.
    let known: Vec<BTreeSet<&str>> = model
        .nodes
        .iter()
        .map(|node| node.logs.iter().flat_map(|logs| &logs.files).map(|file| file.path.as_str()).collect())
        .collect();
    let shown = |line: &MergedLine| {
        let node = model.nodes[line.node].name;
        let readable = line.offset.is_some() || known[line.node].contains(line.path.as_str());
        shown(incident.id, node, line, readable)
    };
    MergedPage {
        clocks: clocks
            .iter()
            .enumerate()
            .map(|(index, clock)| clock_line(index, clock, earlier.get(&clock.node).copied()))
            .collect(),
        earlier: part.earlier.as_ref().map(|key| link("before", key)),
        later: part.later.as_ref().map(|key| link("after", key)),
        lines: part.lines.iter().map(shown).collect(),
        f,
        incident,
        noise,
        hidden,
    }
}

fn colour(node: usize) -> String {
    format!("n{}", node % COLOURS)
}

fn shown(incident: IncidentId, node: &NodeName, line: &MergedLine, readable: bool) -> Line {
    let signature = signatures::find(&line.signature);
    let tone = match (line.kind, signature.map(|signature| signature.severity)) {
        (LineKind::LastLine, _) => Tone::Stopped,
        (_, Some(Severity::Critical | Severity::Error)) => Tone::Fail,
        (_, Some(Severity::Warn)) => Tone::Warn,
        (_, Some(Severity::Info)) => Tone::Info,
        (_, Some(Severity::Noise)) => Tone::Skipped,
        (_, None) if line.level == "ERROR" => Tone::Fail,
        (_, None) => Tone::Warn,
    };
    let place = match line.offset {
        Some(offset) => format!("at={offset}#hit"),
        None => "place=end&at=0".to_owned(),
    };
    Line {
        at: line.at,
        millis: format!("{:03}", line.at.as_millis().rem_euclid(1000)),
        node: node.clone(),
        colour: colour(line.node),
        tone,
        mark: match line.kind {
            LineKind::Hit => None,
            LineKind::FirstError => Some("merged-first-error"),
            LineKind::LastLine => Some("merged-last-line"),
        },
        signature: signature.map(|signature| signature.id.to_owned()),
        place: short(&line.path),
        link: if readable {
            format!("{}?file={}&{place}", paths::logs(incident, &node.0), paths::encode(&line.path))
        } else {
            paths::of_incident(incident, "evidence")
        },
        text: plain(line.text.lines().next().unwrap_or_default()),
        more: line.more,
        until: line.until,
        count: (line.count > line.more + 1).then_some(line.count),
    }
}

fn clock_line(index: usize, clock: &NodeClock, until: Option<Timestamp>) -> ClockLine {
    let (sign, millis) = (if clock.offset_ms < 0 { '-' } else { '+' }, clock.offset_ms.unsigned_abs());
    let offset = format!("{sign}{}.{:03}", millis / 1000, millis % 1000);
    ClockLine {
        node: clock.node.clone(),
        colour: colour(index),
        offset: (clock.offset_ms != 0).then_some(offset),
        from: match clock.from {
            ClockFrom::Process => "merged-clock-process",
            ClockFrom::Answers => "merged-clock-answers",
            ClockFrom::Peers => "merged-clock-peers",
            ClockFrom::Unknown => "merged-clock-unknown",
        },
        zone: clock.zone.map(|(offset_s, derived)| {
            (zone(&offset_s), if derived { "merged-zone-derived" } else { "merged-zone-assumed" })
        }),
        until,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_told_with_sign_and_source() {
        let clock = |offset_ms, from| NodeClock {
            node: NodeName::from("n1"),
            offset_ms,
            aligned: false,
            from,
            zone: Some((28_800, true)),
        };
        let ahead = clock_line(9, &clock(90_050, ClockFrom::Peers), None);
        assert_eq!((ahead.offset.as_deref(), ahead.from), (Some("+90.050"), "merged-clock-peers"));
        assert_eq!((ahead.colour.as_str(), ahead.zone), ("n1", Some(("UTC+08:00".to_owned(), "merged-zone-derived"))));
        assert_eq!(clock_line(0, &clock(-1500, ClockFrom::Process), None).offset.as_deref(), Some("-1.500"));
        assert_eq!(clock_line(0, &clock(0, ClockFrom::Unknown), None).offset, None);
        assert_eq!(zone(&-12_600), "UTC-03:30");
    }
}
