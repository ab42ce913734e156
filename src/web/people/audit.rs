//! The audit log, for administrators: who changed users, clusters, credentials and settings. The filters stand in the
//! address.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::domain::audit::{AuditActor, AuditArea, AuditChange, AuditEntry, AuditKind};
use crate::domain::id::AuditId;
use crate::domain::time::Timestamp;
use crate::locale;
use crate::store::audit::AuditQuery;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Query;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Lines of a page.
const PAGE: u32 = 100;

/// Filters; every field may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AuditFilter {
    /// Name of an area.
    #[serde(default)]
    area: String,
    /// Login name.
    #[serde(default)]
    person: String,
    /// Only older than this one.
    #[serde(default)]
    before: String,
}

impl AuditFilter {
    fn is_set(&self) -> bool {
        !self.area.is_empty() || !self.person.trim().is_empty()
    }

    fn to_store(&self) -> AuditQuery {
        AuditQuery {
            area: AuditArea::from_name(&self.area),
            person: self.person.trim().to_owned(),
            before: self.before.parse().ok(),
            limit: PAGE,
        }
    }

    /// The same filters, older lines.
    fn older(&self, before: AuditId) -> String {
        let (area, person) = (paths::encode(&self.area), paths::encode(&self.person));
        format!("?area={area}&person={person}&before={before}")
    }
}

/// One value that changed, ready to be shown.
struct ChangeItem {
    node: Option<String>,
    field: String,
    /// `None`: it says nothing that is not said above all of them.
    before: Option<String>,
    after: String,
}

impl ChangeItem {
    /// `new`: that nothing was known before is said once.
    fn new(f: &Frame, change: &AuditChange, new: bool) -> Self {
        let key = format!("web-audit-field-{}", change.what.replace('_', "-"));
        let field = if locale::has(&key) { f.t(key) } else { change.what.clone() };
        let side = |value: &Option<String>| match (value.as_deref(), change.what.as_str()) {
            (None, _) => f.t("web-audit-nothing"),
            (Some("true"), "active") => f.t("web-audit-yes"),
            (Some("false"), "active") => f.t("web-audit-no"),
            (Some(role), "role") => f.t(format!("web-role-{role}")),
            (Some(value), _) => value.to_owned(),
        };
        let before = (!new || change.before.is_some()).then(|| side(&change.before));
        Self { node: change.node.clone(), field, before, after: side(&change.after) }
    }
}

/// One line, ready to be shown.
struct AuditItem {
    at: Timestamp,
    who: String,
    what: String,
    subject: String,
    changes: Vec<ChangeItem>,
}

impl AuditItem {
    fn new(f: &Frame, entry: AuditEntry) -> Self {
        let who = match &entry.actor {
            AuditActor::Person { name } => name.clone(),
            AuditActor::CommandLine { os_user: None } => f.t("web-audit-by-command-line"),
            AuditActor::CommandLine { os_user: Some(user) } => f.t1("web-audit-by-command-line-user", "user", user),
            AuditActor::SetupLink => f.t("web-audit-by-setup-link"),
            AuditActor::Start => f.t("web-audit-by-start"),
        };
        let first = entry.kind == AuditKind::SettingsChanged && are_new(&entry);
        Self {
            at: entry.at,
            who,
            what: match entry.kind {
                AuditKind::SettingsChanged if first => f.t("web-audit-settings-first"),
                kind => f.t(format!("web-audit-{}", kind.as_str().replace('_', "-"))),
            },
            changes: entry.changes.iter().map(|change| ChangeItem::new(f, change, first)).collect(),
            subject: entry.subject,
        }
    }
}

/// Whether nothing that an entry tells of was known before.
fn are_new(entry: &AuditEntry) -> bool {
    entry.changes.iter().all(|change| change.before.is_none())
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    f: Frame,
    filter: AuditFilter,
    areas: [&'static str; 4],
    people: Vec<String>,
    items: Vec<AuditItem>,
    older: Option<String>,
}

/// Everything that was recorded, newest first.
pub async fn list(State(web): State<Web>, f: Frame, Query(filter): Query<AuditFilter>) -> Result<Response, WebError> {
    let people = web.read().users().await?.into_iter().map(|user| user.name).collect();
    let found = web.read().audit_log(&filter.to_store()).await?;
    let older = found.last().filter(|_| found.len() == PAGE as usize).map(|last| filter.older(last.id));
    let items = found.into_iter().map(|entry| AuditItem::new(&f, entry)).collect();
    let areas = AuditArea::ALL.map(AuditArea::as_str);
    answer(StatusCode::OK, &AuditPage { f, filter, areas, people, items, older })
}
