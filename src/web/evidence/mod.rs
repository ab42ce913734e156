//! Evidence: the list of an incident, one piece by the kind of what was seen, its raw form, and the tables over all nodes.

pub mod facts;
pub mod hand_in;
pub mod log_files;
pub mod logs;
pub mod merged;
pub mod tables;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;

use crate::commands::hand_in::damage;
use crate::domain::capture::Capture;
use crate::domain::client_key::beat_port;
use crate::domain::evidence::{Evidence, Vantage};
use crate::domain::finding::Step;
use crate::domain::id::{EvidenceId, IncidentId};
use crate::domain::incident::Incident;
use crate::domain::message::Message;
use crate::domain::observed::{
    ClientSeen, ClientsSeen, ClusterConfSeen, DoorsSeen, HttpSeen, Observed, PortsSeen, PropertiesSeen, SampleSeen,
    StopSeen, Value, ViewSeen,
};
use crate::domain::vocabulary::{ClientSource, MemberState};
use crate::domain::watched::{ClientsWatchedSeen, Watched};
use crate::store::evidence::EvidenceItem;
use crate::store::hand_in::HandedInWhat;
use crate::web::evidence::facts::Facts;
use crate::web::evidence::logs::{LogsQuery, LogsView};
use crate::web::evidence::tables::{
    ClientsTable, MembersTable, PortCellView, PortsTable, PropertiesTable, StopsTable, Tables, ViewsTable, member_sign,
    port_look, role_key, shown_stop,
};
use crate::web::incidents::captures::CaptureView;
use crate::web::plumbing::components::Sign;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;
use crate::web::{answer, check_key, paths};

/// From where something was seen, in words.
#[must_use]
pub fn vantage(f: &Frame, vantage: &Vantage) -> String {
    match vantage {
        Vantage::Here => f.t("evidence-vantage-here"),
        Vantage::LocalFiles { home } => f.t1("evidence-vantage-local", "home", short(home)),
        Vantage::CopiedHome { home } => f.t1("evidence-vantage-copied", "home", short(home)),
        Vantage::Ssh { host, home } => f.t2("source-vantage-ssh", "host", short(host), "home", short(home)),
        Vantage::HandedIn { by } => f.t1("evidence-vantage-handed-in", "by", short(by)),
        Vantage::Recording { file } => f.t1("evidence-vantage-recording", "file", short(file)),
    }
}

/// `UTC+08:00`.
#[must_use]
pub fn zone(offset_s: &i32) -> String {
    let minutes = offset_s / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// One line of a configuration file as it stands.
pub struct ConfLine {
    /// Number from 1.
    pub number: u64,
    /// The line.
    pub text: String,
    /// What is wrong with it.
    pub problems: Vec<Message>,
}

/// `cluster.conf` of one node with its problems beside the lines.
pub struct ConfView {
    /// What was seen.
    pub seen: ClusterConfSeen,
    /// Its lines.
    pub lines: Vec<ConfLine>,
    /// Problems of the whole file.
    pub whole: Vec<Message>,
}

impl ConfView {
    /// Puts problems beside their lines.
    #[must_use]
    pub fn new(seen: ClusterConfSeen) -> Self {
        let problems_of = |line: u64| -> Vec<Message> {
            seen.problems.iter().filter(|problem| problem.line == line).map(|problem| problem.message.clone()).collect()
        };
        let lines = seen
            .lines
            .iter()
            .zip(1..)
            .map(|(text, number)| ConfLine { number, text: plain(text), problems: problems_of(number) })
            .collect();
        let whole = problems_of(0);
        Self { lines, whole, seen }
    }
}

/// One effective property of one node.
pub struct PropertyLine {
    /// Key.
    pub key: String,
    /// Where it is set.
    pub origin: String,
    /// What may be shown of the value.
    pub value: Option<String>,
    /// A secret that ships with Nacos.
    pub known_default: bool,
}

/// Settings of one node.
pub struct PropertiesView {
    /// What was seen.
    pub seen: PropertiesSeen,
    /// Effective properties.
    pub lines: Vec<PropertyLine>,
}

impl PropertiesView {
    /// Hides secrets.
    #[must_use]
    pub fn new(seen: PropertiesSeen) -> Self {
        let lines = seen
            .entries
            .iter()
            .map(|entry| PropertyLine {
                key: short(&entry.written_key),
                origin: short(&entry.origin),
                value: match &entry.value {
                    Value::Plain { text } | Value::Unknown { text, .. } => Some(short(text)),
                    Value::Empty => Some(String::new()),
                    Value::Hashed { .. } => None,
                },
                known_default: matches!(entry.value, Value::Hashed { known_default: true, .. }),
            })
            .collect();
        Self { seen, lines }
    }
}

/// Ports of one node.
pub struct PortsView {
    /// What was seen.
    pub seen: PortsSeen,
    /// One a port, with the operating system's words.
    pub cells: Vec<(PortCellView, String)>,
}

impl PortsView {
    /// Picks shapes and words.
    #[must_use]
    pub fn new(seen: PortsSeen) -> Self {
        let cells = seen
            .ports
            .iter()
            .map(|port| {
                let cell = PortCellView {
                    port: port.port,
                    role: role_key(port.role),
                    look: port_look(port.result),
                    detail: format!("{} ms · {}/{}", port.elapsed_ms, port.ok, port.tries),
                    one_way: false,
                    expected: false,
                };
                (cell, port.detail.as_deref().map(short).unwrap_or_default())
            })
            .collect();
        Self { seen: PortsSeen { from: short(&seen.from), host: short(&seen.host), ..seen }, cells }
    }
}

/// What one node says.
pub struct ViewView {
    /// What was seen.
    pub seen: ViewSeen,
    /// Every question and how it ended.
    pub asked: Vec<HttpSeen>,
}

impl ViewView {
    /// Puts the questions into one list.
    #[must_use]
    pub fn new(seen: ViewSeen) -> Self {
        let asked = [&seen.liveness, &seen.readiness, &seen.config_health]
            .into_iter()
            .flatten()
            .chain(&seen.failed)
            .map(|http| HttpSeen { path: short(&http.path), body: plain(&http.body), ..http.clone() })
            .collect();
        Self { seen, asked }
    }
}

/// What was seen, ready for its template.
pub enum Body {
    /// Process and files.
    Stop(Box<StopSeen>),
    /// Log window.
    Logs(Box<LogsView>),
    /// `cluster.conf`.
    Conf(Box<ConfView>),
    /// Settings.
    Properties(Box<PropertiesView>),
    /// Ports.
    Ports(Box<PortsView>),
    /// API.
    View(Box<ViewView>),
    /// Client connections.
    Clients(Box<ClientsSeen>),
    /// Requests through front doors.
    Doors(Box<DoorsSeen>),
    /// What the watcher counted of clients.
    Watched(Box<ClientsWatchedSeen>),
    /// Monitor.
    Sample(Box<SampleSeen>),
    /// Of a kind that this version does not know.
    Unknown,
}

impl Body {
    fn new(body: &str, query: &LogsQuery) -> Self {
        match serde_json::from_str::<Observed>(body) {
            Ok(Observed::Stop(seen)) => Self::Stop(Box::new(shown_stop(&seen))),
            Ok(Observed::Logs(seen)) => Self::Logs(Box::new(LogsView::new(&seen, query))),
            Ok(Observed::ClusterConf(seen)) => Self::Conf(Box::new(ConfView::new(seen))),
            Ok(Observed::Properties(seen)) => Self::Properties(Box::new(PropertiesView::new(seen))),
            Ok(Observed::Ports(seen)) => Self::Ports(Box::new(PortsView::new(seen))),
            Ok(Observed::View(seen)) => Self::View(Box::new(ViewView::new(seen))),
            Ok(Observed::Clients(seen)) => Self::Clients(Box::new(seen)),
            Ok(Observed::Doors(seen)) => Self::Doors(Box::new(seen)),
            Ok(Observed::Watched(seen)) => Self::Watched(Box::new(seen)),
            Ok(Observed::Sample(seen)) => Self::Sample(Box::new(seen)),
            Err(_) => Self::Unknown,
        }
    }

    /// The table over all nodes that this is a part of.
    #[must_use]
    pub const fn table(&self) -> Option<&'static str> {
        match self {
            Self::Stop(_) => Some("stops"),
            Self::Conf(_) => Some("members"),
            Self::Properties(_) => Some("properties"),
            Self::Ports(_) | Self::Doors(_) => Some("ports"),
            Self::View(_) => Some("views"),
            Self::Clients(_) | Self::Watched(_) => Some("clients"),
            Self::Logs(_) | Self::Sample(_) | Self::Unknown => None,
        }
    }
}

/// Shape and colour of the state that a node gives a member: for templates.
#[must_use]
pub const fn state_sign(state: &MemberState) -> Sign {
    member_sign(Some(state))
}

/// Who holds a connection, or a dash: for templates.
#[must_use]
pub fn client_source(client: &ClientSeen) -> &str {
    client.source.as_ref().map_or("—", ClientSource::as_str)
}

/// The module of a client in words: for templates.
#[must_use]
pub fn module_said(f: &Frame, module: &str) -> String {
    beat_port(module).map_or_else(|| short(module), |port| f.t1("evidence-client-beating", "port", port))
}

/// What the watcher saw, in words: for templates.
#[must_use]
pub fn watched(f: &Frame, seen: &Watched) -> String {
    match seen {
        Watched::Counted { sdk } => sdk.to_string(),
        Watched::Silent => f.t("evidence-watched-silent"),
        Watched::Untold => f.t("evidence-watched-untold"),
        Watched::NotLooked => f.t("evidence-watched-not"),
    }
}

#[derive(Template)]
#[template(path = "evidence/show.html")]
struct EvidenceShowPage {
    f: Frame,
    incident: Incident,
    id: EvidenceId,
    facts: Facts,
    body: Body,
    /// Other evidence of the same check and node, newest first.
    others: Vec<EvidenceItem>,
    /// What is wrong by now with the files that this was read from.
    damaged: Option<Message>,
}

/// One piece of evidence.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path((incident, id)): Path<(IncidentId, EvidenceId)>,
    Query(query): Query<LogsQuery>,
) -> Result<Response, WebError> {
    let (incident, evidence) = find(&web, incident, id).await?;
    let mut others = web.read().evidence_list(incident.id).await?;
    others.retain(|item| item.evidence.check == evidence.check && item.evidence.node == evidence.node && item.id != id);
    others.reverse();
    let damaged = damaged_source(&web, incident.id, &evidence).await?;
    let (facts, body) = Facts::of(&web, evidence);
    let body = Body::new(&body, &query);
    answer(StatusCode::OK, &EvidenceShowPage { f, incident, id, facts, body, others, damaged })
}

/// What is wrong by now with the archive that evidence was read from; `None` for evidence from elsewhere.
async fn damaged_source(web: &Web, incident: IncidentId, evidence: &Evidence) -> Result<Option<Message>, WebError> {
    if !matches!(evidence.vantage, Vantage::HandedIn { .. }) {
        return Ok(None);
    }
    let handed_in = web.read().handed_in(incident).await?;
    let archive = handed_in.into_iter().rev().find(|item| {
        let is_archive = matches!(item.what, HandedInWhat::Archive { .. });
        is_archive && Some(&item.node) == evidence.node.as_ref() && item.at <= evidence.captured_at
    });
    let Some(archive) = archive else { return Ok(None) };
    let damage = damage(web.commands(), &archive, false).await;
    Ok(damage.first().map(|(path, damage)| damage.message(path)))
}

/// Evidence of that incident; that of another one does not exist here.
async fn find(web: &Web, incident: IncidentId, id: EvidenceId) -> Result<(Incident, Evidence), WebError> {
    let incident = web.read().incident(incident).await?.ok_or(WebError::NotFound)?;
    match web.read().evidence(id).await? {
        Some((of, evidence)) if of == incident.id => Ok((incident, evidence)),
        _ => Err(WebError::NotFound),
    }
}

/// The stored body: what the hash is of, byte for byte unless it holds what became known as a secret later.
pub async fn raw(
    State(web): State<Web>,
    Path((incident, id)): Path<(IncidentId, EvidenceId)>,
) -> Result<Response, WebError> {
    let (_, evidence) = find(&web, incident, id).await?;
    let name = format!("inline; filename=\"evidence-{id}.json\"");
    Ok(([(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, name)], evidence.body)
        .into_response())
}

#[derive(Template)]
#[template(path = "evidence/list.html")]
struct EvidenceListPage {
    f: Frame,
    incident: Incident,
    items: Vec<EvidenceItem>,
    /// What was copied of nodes, newest first.
    captures: Vec<(String, CaptureView)>,
}

/// All evidence of an incident, newest first.
pub async fn list(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let incident = web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    let mut items = web.read().evidence_list(id).await?;
    items.sort_by_key(|item| std::cmp::Reverse(item.evidence.captured_at));
    let files = web.read().captured_files(id).await?;
    let captured = web.read().captures(id).await?;
    let view = |capture: &Capture| (capture.node.0.clone(), CaptureView::new(&f, &files, capture));
    let captures = captured.iter().rev().map(view).filter(|(_, view)| !view.files.is_empty()).collect();
    answer(StatusCode::OK, &EvidenceListPage { f, incident, items, captures })
}

/// A table over all nodes.
pub enum Table {
    /// Who is a member.
    Members(MembersTable),
    /// Settings.
    Properties(PropertiesTable),
    /// Ports.
    Ports(PortsTable),
    /// Who says what of whom.
    Views(ViewsTable),
    /// Client connections.
    Clients(ClientsTable),
    /// Processes and ends of logs.
    Stops(StopsTable),
}

impl Table {
    /// The table of that name; `None` where there is no such table. `all`: settings that are equal too.
    #[must_use]
    pub fn of(name: &str, tables: &Tables, all: bool) -> Option<Self> {
        Some(match name {
            "members" => Self::Members(tables.members()),
            "properties" => Self::Properties(tables.properties(all)),
            "ports" => Self::Ports(tables.ports()),
            "views" => Self::Views(tables.views()),
            "clients" => Self::Clients(tables.clients()),
            "stops" => Self::Stops(tables.stops()),
            _ => return None,
        })
    }
}

/// Names of the tables that the checks of a step fill.
#[must_use]
pub const fn tables_of(step: Step) -> &'static [&'static str] {
    match step {
        Step::Confirm => &["stops", "views"],
        Step::Logs | Step::Monitor => &[],
        Step::Config => &["members", "properties"],
        Step::Network => &["ports", "views"],
        Step::Clients => &["clients"],
    }
}

/// Names of the tables, in the order of the steps.
pub const TABLES: [&str; 6] = ["stops", "views", "members", "properties", "ports", "clients"];

#[derive(Template)]
#[template(path = "evidence/table.html")]
struct EvidenceTablePage {
    f: Frame,
    incident: Incident,
    name: String,
    all: bool,
    table: Table,
}

/// Choices of a table.
#[derive(Default, Deserialize)]
pub struct TableQuery {
    #[serde(default)]
    all: String,
}

/// One table over all nodes.
pub async fn table(
    State(web): State<Web>,
    f: Frame,
    Path((id, name)): Path<(IncidentId, String)>,
    Query(query): Query<TableQuery>,
) -> Result<Response, WebError> {
    let incident = web.read().incident(id).await?.ok_or(WebError::NotFound)?;
    let tables = Tables::load(&web, &incident).await?;
    let all = query.all == "1";
    let table = Table::of(&name, &tables, all).ok_or(WebError::NotFound)?;
    let f = f.live(paths::of_incident(id, "events"));
    answer(StatusCode::OK, &EvidenceTablePage { f, incident, name, all, table })
}

/// Key of the name of a check, for templates.
#[must_use]
pub fn name_of(check: &str) -> String {
    check_key(check)
}
