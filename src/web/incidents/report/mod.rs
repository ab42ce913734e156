//! The record of an incident as a postmortem: a page to read and print, a file that opens from disk, Markdown, JSON, a few
//! lines for a chat; and the list of records as CSV.
//!
//! [`record::Record`] is what is stored, [`Report`] says it in words; each form is made of these two, so all say the same:
//! [`page`] and [`mod@file`] (HTML), `markdown`, `json`, [`summary`]. What the words are made of stands in the other files,
//! one a part of page one. Rules (moments, shares of time, what stood at a decision) are those of [`crate::domain::record`].
//!
//! # Why
//! A lead reads page one; it is complete by itself and fits two sheets. Everything it rests on is the appendix, which opens.
//! Printed, the appendix begins on a new sheet, and what is closed is named as not printed: a link opens all of it. A record
//! is read by people in several zones and is compared with logs, so its times are those of UTC, which is said once.

mod causes;
mod clients;
mod closed;
mod copied;
mod course;
mod exceptions;
mod file;
mod harm;
mod json;
mod list;
pub mod markdown;
mod named;
mod page;
mod record;
mod review_export;
mod state;
mod steps;
mod stood;
mod summary;

pub use causes::was;
pub use harm::led_says;
pub use list::list;
pub use page::{margins, show};
pub use record::{Record, beginning};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::domain::diagnosis::Diagnosis;
use crate::domain::event::{Actor, Event, EventKind};
use crate::domain::id::{EventId, IncidentId};
use crate::domain::impact::ImpactEnd;
use crate::domain::incident::{Incident, IncidentState};
use crate::domain::record::moments::Moments;
use crate::domain::state::StateSeen;
use crate::domain::time::Timestamp;
use crate::web::incidents::since_well::SinceText;
use crate::web::incidents::timeline::{self, Line};
use crate::web::incidents::{impact, starts};
use crate::web::paths;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Path;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{short, visible};
use crate::web::plumbing::state::Web;
use causes::{CauseText, PinnedText};
use clients::ClientsText;
use closed::ClosureText;
use copied::CopiedText;
use course::CourseText;
use exceptions::Exception;
use harm::Harm;
use state::StateText;
use steps::StepReport;
use stood::StoodText;
use summary::Summary;

/// The record in words: what every form of it shows.
pub struct Report {
    /// What happened, in one sentence.
    pub sentence: String,
    /// The cause, as it is pinned or as a review corrected it.
    pub pinned: Option<PinnedText>,
    /// What was measured of the harm, and what was not.
    pub harm: Vec<Harm>,
    /// How it was closed.
    pub closure: Option<ClosureText>,
    /// When what happened.
    pub moments: Moments,
    /// The same, to draw and to read.
    pub course: CourseText,
    /// Steps.
    pub steps: Vec<StepReport>,
    /// Skips, exceptions, blind spots.
    pub exceptions: Vec<Exception>,
    /// Causes during the incident.
    pub causes: Vec<CauseText>,
    /// What stood on screen at each decision.
    pub stood: Vec<StoodText>,
    /// What was copied of the evidence of nodes.
    pub copied: Vec<CopiedText>,
    /// Clients that are away as the newest round saw them; `None`: none told anything of clients.
    pub clients: Option<ClientsText>,
    /// What changed since all was well.
    pub since: SinceText,
    /// Starts of nodes that were followed to their end: what each came to.
    pub starts: Vec<(String, Vec<String>)>,
    /// Timeline.
    pub lines: Vec<Line>,
    /// How the cluster stood at the closing, or stands now.
    pub state: Option<StateText>,
    /// Who signed it.
    pub reviewed_by: Option<String>,
    /// The newest entry of the timeline and its hash.
    pub head: Option<(EventId, String)>,
    /// A few lines for a chat, in the language of the page and in the other one.
    pub summaries: Vec<Summary>,
}

impl Report {
    /// When it was measured as healthy again: by the whole record, else by what was known when the impact was said to be over.
    #[must_use]
    pub fn healthy_again(&self, end: &ImpactEnd) -> Option<Timestamp> {
        self.moments.recovered.or(end.measured_at)
    }

    /// Says a record.
    #[must_use]
    pub fn new(f: &Frame, record: &Record) -> Self {
        let link = link(f, record.incident.id);
        // Times that are told beside clock times fit these, and add up.
        let moments = record.moments().to_the_second();
        let is_filled = record.impact_end().is_some_and(|end| impact::is_filled(&record.incident, end));
        let pinned = PinnedText::new(f, record);
        Self {
            sentence: summary::sentence(f, record, &moments, pinned.as_ref()),
            pinned,
            harm: harm::harm(f, record, &moments),
            course: CourseText::new(f, &moments, record.end(f.now).to_the_second(), is_filled),
            closure: record.closure.as_ref().map(|closure| ClosureText::new(f, closure)),
            moments,
            steps: steps::steps(f, record),
            exceptions: exceptions::exceptions(f, record),
            causes: record.named(f.now).iter().map(|one| CauseText::new(f, record, one)).collect(),
            stood: stood::stood(f, record),
            copied: copied::copied(f, record),
            clients: ClientsText::new(f, record),
            since: SinceText::new(f, &record.since),
            starts: starts::told(f, &record.events),
            lines: timeline::lines(f, &record.events, None),
            state: StateText::new(record),
            reviewed_by: reviewed_by(&record.events),
            head: record.head.clone(),
            summaries: summary::both(f, record, &moments, link.as_deref()),
        }
    }

    /// What the hash of the newest entry of the timeline says, and what it does not.
    #[must_use]
    pub fn chain(&self, f: &Frame) -> String {
        match &self.head {
            Some((event, hash)) => f.t2("report-head", "event", event, "hash", hash),
            None => f.t("report-head-none"),
        }
    }
}

/// Who signed, where that was not taken back since.
fn reviewed_by(events: &[Event]) -> Option<String> {
    let newest = events.iter().rev().find(|event| {
        matches!(
            event.kind,
            EventKind::StateChanged { to: IncidentState::Reviewed, .. } | EventKind::ReviewReopened { .. }
        )
    })?;
    match (&newest.kind, &newest.actor) {
        (EventKind::StateChanged { .. }, Actor::Person { name }) => Some(short(name)),
        _ => None,
    }
}

/// Where the record is read; `None`: where this server is, is not known.
fn link(f: &Frame, id: IncidentId) -> Option<String> {
    f.origin.is_some().then(|| f.address(paths::of_incident(id, "report")))
}

/// The record as a file that opens from disk.
pub async fn html(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let record = Record::load(&web, id).await?;
    let f = f.in_utc();
    let mut report = Report::new(&f, &record);
    file::take_pictures(&web, &record, &mut report).await?;
    let origin = web.public_url().map(|public| public.origin.clone());
    let body = file::html(f, &record, report, origin)?;
    Ok(taken_along("text/html; charset=utf-8", &record.incident.id.label(), "html", body))
}

/// The record as Markdown.
pub async fn markdown(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let (f, record) = (f.in_utc(), Record::load(&web, id).await?);
    let report = Report::new(&f, &record);
    let text = visible(markdown::markdown(&f, &record, &report));
    Ok(taken_along("text/markdown; charset=utf-8", &record.incident.id.label(), "md", text))
}

/// The record as JSON.
pub async fn json(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let (f, record) = (f.in_utc(), Record::load(&web, id).await?);
    let report = Report::new(&f, &record);
    Ok(taken_along("application/json", &record.incident.id.label(), "json", json::json(&f, &record, &report)?))
}

/// A file to keep.
fn taken_along(kind: &'static str, name: &str, ending: &str, body: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], body).into_response()
}

/// How the cluster of a closed incident stood at the closing. `last`: the newest diagnosis. `None`: it is open, or nothing was
/// measured.
///
/// # Errors
/// The store's.
pub async fn at_closing(
    web: &Web,
    incident: &Incident,
    last: Option<&Diagnosis>,
) -> Result<Option<StateSeen>, WebError> {
    if incident.state.is_open() { Ok(None) } else { at_last(web, incident, last).await }
}

/// How the cluster of an incident stood at the closing, or stands by the newest measurement. `last`: the newest diagnosis. `None`:
/// nothing was measured.
///
/// # Errors
/// The store's.
pub async fn at_last(web: &Web, incident: &Incident, last: Option<&Diagnosis>) -> Result<Option<StateSeen>, WebError> {
    let events = web.read().told(incident.id).await?;
    record::state(web, incident, &events, last).await
}

/// That state as the report says it, and the moment it speaks of.
#[must_use]
pub fn state_said(f: &Frame, seen: StateSeen) -> (String, Timestamp) {
    (state::Seen::from(seen).says(f), seen.at)
}

#[cfg(test)]
mod tests;
