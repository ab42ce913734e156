//! Records: every incident and drill, with search and filters. The filters stand in the address, so a view can be shared.

use std::collections::BTreeMap;

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
use crate::domain::pinned::{PinnedAs, explains_an_incident};
use crate::domain::record::cause::corrected;
use crate::domain::severity::Severity;
use crate::domain::time::Timestamp;
use crate::store::incidents::IncidentQuery;
use crate::web::incidents::follow_ups::{self, FollowUpItem};
use crate::web::plumbing::components::Look;
use crate::web::plumbing::days::{self, Days};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Query;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::plumbing::zone::Zone;
use crate::web::{answer, paths};

/// Lines of a page.
const PAGE: u32 = 50;

/// What the field for the state may say beside the names of states.
const NOT_RECOVERED: &str = "not-recovered";

/// Search and filters; every field may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RecordsQuery {
    /// Words.
    #[serde(default)]
    pub q: String,
    /// Cluster.
    #[serde(default)]
    pub cluster: String,
    /// State; [`NOT_RECOVERED`] for what was closed although the cluster had not recovered.
    #[serde(default)]
    pub state: String,
    /// `drill` or `real`.
    #[serde(default)]
    pub kind: String,
    /// Code of a cause.
    #[serde(default)]
    pub cause: String,
    /// Login name of the person who leads it.
    #[serde(default)]
    pub lead: String,
    /// How bad people called it.
    #[serde(default)]
    pub severity: String,
    /// First day on which it was opened.
    #[serde(default)]
    pub from: String,
    /// Last day on which it was opened.
    #[serde(default)]
    pub to: String,
    /// Zone of the days; empty: that of the page.
    #[serde(default)]
    pub tz: String,
    /// Only older than this one.
    #[serde(default)]
    pub before: String,
}

/// What is set, as the query of an address.
fn in_url<'a>(fields: impl IntoIterator<Item = (&'a str, &'a String)>) -> String {
    let set = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let set: Vec<String> = set.map(|(name, value)| format!("{name}={}", paths::encode(value))).collect();
    if set.is_empty() { String::new() } else { format!("?{}", set.join("&")) }
}

impl RecordsQuery {
    /// The same search as a table for spreadsheets.
    fn csv(&self) -> String {
        format!("{}{}", paths::INCIDENTS_CSV, in_url(self.fields()))
    }

    /// The same with the zone of its days by name, where it asks for days and names none; that of the page.
    #[must_use]
    pub fn in_zone(mut self, page: &Zone) -> Self {
        let has_days = !self.from.is_empty() || !self.to.is_empty();
        self.tz = if has_days { Days::of(&self.tz, page).name().to_owned() } else { String::new() };
        self
    }

    /// Names and values of everything that narrows the list.
    fn fields(&self) -> [(&'static str, &String); 10] {
        [
            ("q", &self.q),
            ("cluster", &self.cluster),
            ("state", &self.state),
            ("kind", &self.kind),
            ("cause", &self.cause),
            ("lead", &self.lead),
            ("severity", &self.severity),
            ("from", &self.from),
            ("to", &self.to),
            ("tz", &self.tz),
        ]
    }

    fn is_set(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.is_empty())
    }

    /// The same search, older records.
    fn older(&self, before: IncidentId) -> String {
        in_url(self.fields().into_iter().chain([("before", &before.to_string())]))
    }

    /// The same search with another value of one field, from the newest record on.
    fn narrowed(&self, field: &str, value: impl std::fmt::Display) -> String {
        let value = value.to_string();
        let others = self.fields().into_iter().filter(|(name, _)| *name != field);
        in_url(others.chain([(field, &value)]))
    }

    /// Whether a day is none.
    fn has_bad_day(&self) -> bool {
        [&self.from, &self.to].iter().any(|day| !day.is_empty() && days::read(day).is_none())
    }

    /// Whether the last day lies before the first one.
    fn has_turned_days(&self) -> bool {
        days::are_turned(&self.from, &self.to)
    }

    /// As the store is asked. `page`: the zone of the page.
    #[must_use]
    pub fn to_store(&self, page: &Zone) -> IncidentQuery {
        let days = Days::of(&self.tz, page);
        IncidentQuery {
            text: self.q.clone(),
            cause: self.cause.parse().ok().filter(|code| explains_an_incident(*code)),
            state: IncidentState::from_name(&self.state),
            recovered: match IncidentState::from_name(&self.state) {
                Some(IncidentState::Resolved) => Some(true),
                _ => (self.state == NOT_RECOVERED).then_some(false),
            },
            cluster: self.cluster.parse().ok().map(ClusterId),
            drill: match self.kind.as_str() {
                "drill" => Some(true),
                "real" => Some(false),
                _ => None,
            },
            lead: Some(self.lead.clone()).filter(|lead| !lead.is_empty()),
            severity: Severity::from_name(&self.severity),
            from: days::read(&self.from).and_then(|day| days.begin(day)),
            to: days::read(&self.to).and_then(|day| days.end(day)),
            before: self.before.parse().ok(),
            limit: PAGE,
        }
    }
}

/// One record.
pub struct RecordItem {
    /// The incident.
    pub incident: Incident,
    /// Codes of the causes that were named, the one of the incident first.
    pub causes: Vec<String>,
    /// What a review says that it was, where it corrects what was said.
    pub corrected: Option<CorrectedTo>,
    /// What a person said in words that it is, where these name no code; empty otherwise.
    pub words: String,
    /// Steps that were skipped or done with exceptions.
    pub exceptions: usize,
    /// What is to be done after it, and is not.
    pub follow_ups: usize,
    /// How long it took, or takes until now, as a share of the longest on the page: 0 to 100.
    pub share: i64,
}

/// What a review says that it was.
pub struct CorrectedTo {
    /// Its code; `None`: the words say it.
    pub code: Option<String>,
    /// The words.
    pub words: String,
}

impl RecordItem {
    /// From an incident and its timeline. `open`: open follow-ups by incident.
    #[must_use]
    pub fn new(incident: Incident, events: &[Event], open: &BTreeMap<IncidentId, usize>) -> Self {
        let follow_ups = open.get(&incident.id).copied().unwrap_or_default();
        let corrected = corrected(events).map(|was| CorrectedTo {
            code: was.code.map(|code| code.as_str().to_owned()),
            words: was.words.to_owned(),
        });
        let words = if corrected.is_none() { chosen_words(events).to_owned() } else { String::new() };
        let (causes, exceptions) = (causes(events), exceptions(events));
        Self { causes, corrected, words, exceptions, follow_ups, share: 0, incident }
    }

    fn put_shares(items: &mut [Self], now: Timestamp) {
        let ms = |item: &Self| item.incident.resolved_at.unwrap_or(now).millis_since(item.incident.opened_at).max(0);
        let most = items.iter().map(ms).max().unwrap_or(0).max(1);
        items.iter_mut().for_each(|item| item.share = (ms(item) * 100 / most).max(1));
    }

    /// The code of its cause; `None`: it has none, or a person says what it was in words only.
    #[must_use]
    pub fn cause(&self) -> Option<&String> {
        match &self.corrected {
            Some(was) => was.code.as_ref(),
            None if !self.words.is_empty() => None,
            None => self.causes.first(),
        }
    }

    /// How many causes were named beside it.
    #[must_use]
    pub fn more(&self) -> usize {
        self.causes.len() - usize::from(self.words.is_empty() && !self.causes.is_empty())
    }

    /// Its cause in words; a code of another version as it is.
    #[must_use]
    pub fn cause_words(&self, f: &Frame) -> String {
        let Some(code) = self.cause() else {
            return short(self.corrected.as_ref().map_or(&self.words, |was| &was.words));
        };
        code.parse::<Code>().map_or_else(|_| code.clone(), |code| f.t(format!("help-{}-title", code.key())))
    }

    /// Its state.
    #[must_use]
    pub fn look(&self) -> Look {
        (&self.incident).into()
    }

    /// How long it took until it was resolved, milliseconds: from second to second, as the report tells it.
    #[must_use]
    pub fn lasted_ms(&self) -> Option<i64> {
        let opened = self.incident.opened_at.to_the_second();
        self.incident.resolved_at.map(|at| at.to_the_second().millis_since(opened))
    }

    /// Where its follow-ups stand.
    #[must_use]
    pub fn follow_ups_path(&self) -> String {
        paths::follow_ups_of(self.incident.id)
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

/// Codes that were named as causes: the one that a review corrected it to, or the one that is pinned, then the others in the order in
/// which they first appeared.
#[must_use]
pub fn causes(events: &[Event]) -> Vec<String> {
    let passes = |code: &str| code.parse().is_ok_and(|code| !explains_an_incident(code));
    let pinned = newest_pin(events).and_then(|(cause, _)| Some(cause?.code.as_str().to_owned()));
    let was = corrected(events).and_then(|was| was.code).map(|code| code.as_str().to_owned());
    let mut codes: Vec<String> = was.into_iter().collect();
    codes.extend(pinned.filter(|code| !codes.contains(code)));
    for event in events {
        if let EventKind::DiagnosisChanged { causes, .. } = &event.kind {
            for code in causes.iter().filter(|code| !passes(code)) {
                if !codes.contains(code) {
                    codes.push(code.clone());
                }
            }
        }
    }
    codes
}

/// What a person chose as the cause, where it names no code; empty otherwise.
fn chosen_words(events: &[Event]) -> &str {
    newest_pin(events).filter(|(cause, _)| cause.is_none()).map_or("", |(_, words)| words)
}

/// The cause that was pinned last, with the words of the person who chose it; `None` for the cause: the words say it.
fn newest_pin(events: &[Event]) -> Option<(Option<&PinnedAs>, &str)> {
    events.iter().rev().find_map(|event| match &event.kind {
        EventKind::CausePinned { cause, words } => Some((cause.as_ref(), words.as_str())),
        _ => None,
    })
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
    days: Days,
    clusters: Vec<Cluster>,
    leads: Vec<String>,
    items: Vec<RecordItem>,
    /// What is to be done after incidents, due first.
    follow_ups: Vec<FollowUpItem>,
    older: Option<String>,
}

/// All records, newest first.
pub async fn list(State(web): State<Web>, f: Frame, Query(query): Query<RecordsQuery>) -> Result<Response, WebError> {
    let query = query.in_zone(&f.day_zone);
    let days = Days::of(&query.tz, &f.day_zone);
    let clusters = web.read().clusters().await?;
    let found = web.read().incidents(&query.to_store(&f.day_zone)).await?;
    let older = found.last().filter(|_| found.len() == PAGE as usize).map(|last| query.older(last.id));
    let open = web.read().open_follow_up_counts().await?;
    let mut items = Vec::with_capacity(found.len());
    for incident in found {
        let events = web.read().told(incident.id).await?;
        items.push(RecordItem::new(incident, &events, &open));
    }
    RecordItem::put_shares(&mut items, f.now);
    let leads = web.read().leads().await?;
    let follow_ups = follow_ups::open(&web, &f).await?;
    let f = f.live(paths::EVENTS);
    answer(StatusCode::OK, &RecordListPage { f, query, days, clusters, leads, items, follow_ups, older })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Actor;
    use crate::domain::finding::Step;
    use crate::domain::id::EventId;

    fn event(kind: EventKind) -> Event {
        Event { id: EventId(1), incident: IncidentId(1), at: Timestamp::from_millis(0), actor: Actor::Engine, kind }
    }

    #[test]
    fn a_record_keeps_its_causes_when_the_cluster_is_healthy_again() {
        let diagnosis = |causes: &[&str]| {
            let causes = causes.iter().map(|code| (*code).to_owned()).collect();
            event(EventKind::DiagnosisChanged { causes, health: "degraded".to_owned(), at: None })
        };
        let events = [diagnosis(&["node.killed"]), diagnosis(&["node.killed", "clients.skewed"]), diagnosis(&["none"])];
        assert_eq!(causes(&events), ["node.killed", "clients.skewed"]);
        let starting = [diagnosis(&["node.starting", "node.killed"]), diagnosis(&["node.starting"])];
        assert_eq!(causes(&starting), ["node.killed"], "what passes by itself is no cause");
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
        assert_eq!(query.older(IncidentId(7)), "?q=a%20b%26c&kind=drill&before=7");
        assert_eq!(query.to_store(&Zone::Browser).drill, Some(true));
        assert!(query.is_set() && !RecordsQuery::default().is_set());
        assert_eq!(query.narrowed("lead", "Ann B"), "?q=a%20b%26c&kind=drill&lead=Ann%20B");
        assert_eq!(query.narrowed("kind", "real"), "?q=a%20b%26c&kind=real", "one value a field");
    }

    #[test]
    fn the_last_day_counts_to_its_end() {
        let query =
            RecordsQuery { from: "2026-11-22".to_owned(), to: "2026-11-22".to_owned(), ..RecordsQuery::default() };
        let asked = query.to_store(&Zone::Browser);
        let (from, to) = (asked.from.expect("a day"), asked.to.expect("a day"));
        assert_eq!((from.day().as_str(), to.millis_since(from)), ("2026-11-22", 86_400_000));
        assert!(!query.has_bad_day());
        let shanghai = Zone::from_name("Asia/Shanghai").expect("a zone");
        let there = query.in_zone(&shanghai);
        assert_eq!(
            there.to_store(&Zone::Browser).from,
            Some(from.plus_millis(-8 * 3_600_000)),
            "its address says which"
        );
        assert_eq!(there.narrowed("kind", "real"), "?from=2026-11-22&to=2026-11-22&tz=Asia%2FShanghai&kind=real");
        let shared = there.in_zone(&Zone::Browser);
        assert_eq!(shared.tz, "Asia/Shanghai", "and shows the same to somebody elsewhere");
        let no_day = RecordsQuery { tz: shared.tz, ..RecordsQuery::default() }.in_zone(&shanghai);
        assert!(!no_day.is_set(), "a zone alone narrows nothing");
        let bad = RecordsQuery { from: "22.11.".to_owned(), ..RecordsQuery::default() };
        assert!(bad.has_bad_day() && bad.to_store(&Zone::Browser).from.is_none());
    }
}
