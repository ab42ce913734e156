//! Records: every incident and drill, with search and filters. The filters stand in the address, so a view can be shared.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::domain::cluster::Cluster;
use crate::domain::code::Code;
use crate::domain::event::{Event, EventKind};
use crate::domain::id::{ClusterId, IncidentId};
use crate::domain::incident::{DecisionKind, Incident, IncidentState};
use crate::store::incidents::IncidentQuery;
use crate::web::plumbing::components::{Tone, incident_key};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Query;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Lines of a page.
const PAGE: u32 = 50;

/// Search and filters; every field may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RecordsQuery {
    /// Words.
    #[serde(default)]
    pub q: String,
    /// Cluster.
    #[serde(default)]
    pub cluster: String,
    /// State.
    #[serde(default)]
    pub state: String,
    /// `drill` or `real`.
    #[serde(default)]
    pub kind: String,
    /// Code of a cause.
    #[serde(default)]
    pub cause: String,
    /// Only older than this one.
    #[serde(default)]
    pub before: String,
}

impl RecordsQuery {
    fn is_set(&self) -> bool {
        [&self.q, &self.cluster, &self.state, &self.kind, &self.cause].iter().any(|field| !field.is_empty())
    }

    /// The same search, older records.
    fn older(&self, before: IncidentId) -> String {
        let mut query = format!("?before={before}");
        let fields = [
            ("q", &self.q),
            ("cluster", &self.cluster),
            ("state", &self.state),
            ("kind", &self.kind),
            ("cause", &self.cause),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.push_str(&format!("&{name}={}", paths::encode(value)));
        }
        query
    }

    fn to_store(&self) -> IncidentQuery {
        let cause: Option<Code> = self.cause.parse().ok();
        IncidentQuery {
            text: format!("{} {}", self.q, cause.map_or("", Code::as_str)),
            state: IncidentState::from_name(&self.state),
            cluster: self.cluster.parse().ok().map(ClusterId),
            drill: match self.kind.as_str() {
                "drill" => Some(true),
                "real" => Some(false),
                _ => None,
            },
            before: self.before.parse().ok(),
            limit: PAGE,
        }
    }
}

/// One record.
pub struct RecordItem {
    /// The incident.
    pub incident: Incident,
    /// Codes of the causes that were named, the deepest of the longest standing diagnosis first.
    pub causes: Vec<String>,
    /// Steps that were skipped or done with exceptions.
    pub exceptions: usize,
}

impl RecordItem {
    fn new(incident: Incident, events: &[Event]) -> Self {
        Self { causes: causes(events), exceptions: exceptions(events), incident }
    }

    /// Shape and colour of its state.
    #[must_use]
    pub fn tone(&self) -> Tone {
        (&self.incident).into()
    }

    /// Key of its state.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        incident_key(&self.incident)
    }

    /// How long it took until it was resolved, milliseconds.
    #[must_use]
    pub fn lasted_ms(&self) -> Option<i64> {
        self.incident.resolved_at.map(|at| at.millis_since(self.incident.opened_at))
    }

    /// Where the line leads: to work that is open, to the record otherwise.
    #[must_use]
    pub fn path(&self) -> String {
        if self.incident.state.is_open() {
            paths::incident(self.incident.id)
        } else {
            paths::of_incident(self.incident.id, "report")
        }
    }
}

/// Codes that were named as causes: the one that is pinned, then the others in the order in which they first appeared.
#[must_use]
pub fn causes(events: &[Event]) -> Vec<String> {
    let passes = [Code::None.as_str(), Code::NodeStarting.as_str()];
    let pinned = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::CausePinned { cause, .. } => Some(cause.as_ref().map(|cause| cause.code.as_str().to_owned())),
        _ => None,
    });
    let mut codes: Vec<String> = pinned.flatten().into_iter().collect();
    for event in events {
        if let EventKind::DiagnosisChanged { causes, .. } = &event.kind {
            for code in causes.iter().filter(|code| !passes.contains(&code.as_str())) {
                if !codes.contains(code) {
                    codes.push(code.clone());
                }
            }
        }
    }
    codes
}

/// Steps whose last decision is a skip or an exception.
fn exceptions(events: &[Event]) -> usize {
    let mut last = std::collections::BTreeMap::new();
    for event in events {
        if let EventKind::StepDecided { step, kind, .. } = &event.kind {
            last.insert(*step, *kind);
        }
    }
    last.values().filter(|kind| matches!(kind, DecisionKind::Skipped | DecisionKind::DoneWithExceptions)).count()
}

#[derive(Template)]
#[template(path = "records/list.html")]
struct RecordListPage {
    f: Frame,
    query: RecordsQuery,
    clusters: Vec<Cluster>,
    items: Vec<RecordItem>,
    older: Option<String>,
}

/// All records, newest first.
pub async fn list(State(web): State<Web>, f: Frame, Query(query): Query<RecordsQuery>) -> Result<Response, WebError> {
    let clusters = web.read().clusters().await?;
    let found = web.read().incidents(&query.to_store()).await?;
    let older = found.last().filter(|_| found.len() == PAGE as usize).map(|last| query.older(last.id));
    let mut items = Vec::with_capacity(found.len());
    for incident in found {
        let events = web.read().timeline(incident.id).await?;
        items.push(RecordItem::new(incident, &events));
    }
    answer(StatusCode::OK, &RecordListPage { f: f.live(paths::EVENTS), query, clusters, items, older })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Actor;
    use crate::domain::finding::Step;
    use crate::domain::id::EventId;
    use crate::domain::time::Timestamp;

    fn event(kind: EventKind) -> Event {
        Event { id: EventId(1), incident: IncidentId(1), at: Timestamp::from_millis(0), actor: Actor::Engine, kind }
    }

    #[test]
    fn a_record_keeps_its_causes_when_the_cluster_is_healthy_again() {
        let diagnosis = |causes: &[&str]| {
            let causes = causes.iter().map(|code| (*code).to_owned()).collect();
            event(EventKind::DiagnosisChanged { causes, health: "degraded".to_owned() })
        };
        let events = [diagnosis(&["node.killed"]), diagnosis(&["node.killed", "clients.skewed"]), diagnosis(&["none"])];
        assert_eq!(causes(&events), ["node.killed", "clients.skewed"]);
    }

    #[test]
    fn the_last_decision_of_a_step_counts() {
        let decided =
            |step, kind| event(EventKind::StepDecided { step, kind, reason: String::new(), exceptions: Vec::new() });
        let events = [
            decided(Step::Logs, DecisionKind::Skipped),
            decided(Step::Logs, DecisionKind::Done),
            decided(Step::Config, DecisionKind::DoneWithExceptions),
        ];
        assert_eq!(exceptions(&events), 1);
    }

    #[test]
    fn an_older_page_keeps_the_search() {
        let query = RecordsQuery { q: "a b&c".to_owned(), kind: "drill".to_owned(), ..RecordsQuery::default() };
        assert_eq!(query.older(IncidentId(7)), "?before=7&q=a%20b%26c&kind=drill");
        assert_eq!(query.to_store().drill, Some(true));
        assert!(query.is_set() && !RecordsQuery::default().is_set());
    }
}
