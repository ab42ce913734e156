//! The record as a page to read and to print, and what it has in the margins of its sheets.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;

use crate::domain::id::IncidentId;
use crate::domain::incident::Incident;
use crate::web::incidents::report::Report;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::review::ReviewView;
use crate::web::plumbing::components::Look;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "report/show.html")]
struct ReportPage {
    f: Frame,
    record: Arc<Record>,
    report: Report,
    review: ReviewView,
    /// Every part of the appendix is open: to search it, or to print all of it.
    all: bool,
}

impl ReportPage {
    fn look(&self) -> Look {
        (&self.record.incident).into()
    }

    /// Whether a link can open all of the appendix.
    const fn opens(&self) -> bool {
        true
    }
}

/// How to show it.
#[derive(Default, Deserialize)]
pub struct ReportQuery {
    /// `all`: every part of the appendix is open.
    #[serde(default)]
    open: String,
    /// What is to become a follow-up: its form holds it.
    #[serde(default)]
    what: String,
}

/// The record, to read and to print.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, WebError> {
    let f = f.in_one_zone();
    let record = web.records().get(id, f.moment(), Record::load(&web, id)).await?;
    let report = Report::new(&f, &record);
    let mut review = ReviewView::new(&f, &record.incident, &record.review);
    if !record.incident.state.is_open() {
        let left = record.left(&web.read().to_do_marks(id).await?);
        review.follow_ups = review.follow_ups.offering(&f, id, &left, &query.what);
    }
    let f = if record.incident.state.is_open() { f.live(paths::of_incident(id, "events")) } else { f };
    answer(StatusCode::OK, &ReportPage { f, record, report, review, all: query.open == "all" })
}

/// A style sheet with what stands in the margins of each printed sheet.
pub async fn margins(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let incident = web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "text/css; charset=utf-8")], margins_of(&f.in_one_zone(), &incident)).into_response())
}

/// The number of the incident and its cluster at the top, the zone of the times and the number of the sheet at the bottom.
#[must_use]
pub fn margins_of(f: &Frame, incident: &Incident) -> String {
    let node = incident.node.as_ref().map_or_else(String::new, |node| format!(" · {}", short(&node.0)));
    let title = quoted(&format!("{} · {}{node}", incident.id.label(), short(&incident.cluster_name)));
    let kind = quoted(&if incident.drill { f.t("web-drill") } else { f.t("web-record") });
    let (before, after) = (quoted(&f.t("report-sheet-before")), quoted(&f.t("report-sheet-after")));
    let zone = quoted(&f.t1("report-zone", "zone", f.zone_told_at(incident.opened_at)));
    let font = "font: 9pt system-ui, sans-serif; color: #444;";
    format!(
        "@page {{ size: A4; margin: 15mm 13mm 14mm;\n@top-left {{ content: {title}; {font} }}\n\
         @top-right {{ content: {kind}; {font} }}\n\
         @bottom-left {{ content: {zone}; {font} }}\n\
         @bottom-right {{ content: {before} counter(page) \" / \" counter(pages) {after}; {font} }} }}\n"
    )
}

/// Text as a string of a style sheet: whatever could end it, or the element around it, as its code.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | '_' | '·' | ',' | ':' | '/' | '+') {
            out.push(c);
        } else {
            out.push_str(&format!("\\{:x} ", u32::from(c)));
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_neither_the_string_nor_the_element() {
        assert_eq!(quoted("prod-hz · 杭州"), "\"prod-hz · 杭州\"");
        let hostile = quoted("a\"; } </style> \\ \n\u{202e}");
        assert!(!hostile[1..hostile.len() - 1].contains(['"', '<', '}', ';', '\n', '\u{202e}']), "{hostile}");
        assert_eq!(quoted("<"), "\"\\3c \"");
    }
}
