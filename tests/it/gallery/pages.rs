//! The pages of the gallery: every GET route of the program, with what its path has in braces filled from a sample; what
//! people see of them who may do less; and what every form answers that cannot be taken.

use http::Method;
use nodedown::commands::{Caller, board_links};
use nodedown::domain::code::Code;
use nodedown::domain::event::EventKind;
use nodedown::domain::id::IncidentId;
use nodedown::domain::user::Role;
use nodedown::nacos::signatures::CATALOGUE;
use nodedown::store::incidents::IncidentQuery;
use nodedown::web::{self, Permission, paths};

use super::samples::{Links, Sample};
use crate::support::{Answer, TestApp};

/// What is asked for with GET and is no page, and why. Event streams say it themselves ([`paths::is_stream`]).
pub const NO_PAGES: &[(&str, &str)] = &[
    (paths::STATIC, "style sheet, script, icons"),
    (paths::FAVICON, "an icon"),
    (paths::HEALTHY, "a line for a probe"),
    (paths::READY, "a line for a probe"),
    (paths::INSIGHTS_CSV, "a table for spreadsheets"),
    (paths::INCIDENTS_CSV, "a table for spreadsheets"),
    (paths::REPORT_CSS, "a style sheet"),
    (paths::REPORT_MD, "a text to take along"),
    (paths::REPORT_JSON, "for programs"),
    (paths::REPORT_HTML, "a file to take along; `browser::record` opens it from disk"),
    (paths::SIGNED_CONTENT, "for programs"),
    (paths::CAPTURED_TEXT, "a text to take along"),
    (paths::ATTACHMENT, "the file itself"),
    (paths::EVIDENCE_RAW, "for programs"),
];

/// Pages that only lead to another one.
pub const LEADS_ON: &[&str] = &[paths::INCIDENT];

/// Pages that show the same whatever the data folder holds.
const SAME_EVERYWHERE: &[&str] =
    &[paths::RUNBOOKS, paths::RUNBOOK, paths::HELP, paths::HELP_FINDING, paths::HELP_SIGNATURE];

/// Queries that show another side of a page.
const SIDES: &[(&str, &str)] = &[
    (paths::LOGIN, "?next=/incidents/1"),
    (paths::CLUSTER_NEW, "?first=1"),
    (paths::INCIDENTS, "?q=nothing-like-that"),
    (paths::INCIDENTS, "?state=open&kind=real"),
    (paths::LOGS, "?file=logs/nacos.log"),
    (paths::LOGS, "?file=logs/no-such.log"),
    (paths::REPORT, "?said=saved"),
    (paths::MONITOR, "?show=heap"),
    (paths::MONITOR, "?show=services"),
    (paths::MONITOR, "?range=outage&show=all"),
];

/// Paths of nothing, which answer with a page that says so.
pub const ERRORS: &[&str] = &["/nowhere", "/incidents/999/report"];

/// Forms, and what is sent with them that cannot be taken; `{name}` and `{text}` are longer than any name and any text.
const REFUSED: &[(&str, &[(&str, &str)])] = &[
    (paths::SETUP, &[("name", "admin"), ("password", "short"), ("again", "other")]),
    (paths::SIGN_IN, &[("token", "spent")]),
    (paths::LOGIN, &[("name", "nobody"), ("password", "wrong")]),
    (paths::ACCOUNT_PASSWORD, &[("old_password", "wrong"), ("password", "short"), ("again", "other")]),
    (paths::CLUSTERS, &[("name", ""), ("addresses", "10.0.0.1:8848\nbad line here\n"), ("act", "add")]),
    (paths::CLUSTER, &[("name", ""), ("deadline_ms", "soon")]),
    (paths::CLUSTER_MAINTENANCES, &[("node", ""), ("minutes", "60"), ("reason", "")]),
    (paths::CLIENT_OWNERS, &[("owners", "10.0.4.0/24 → team order\n10.0.5.0/40 → nobody")]),
    (paths::CLIENT_HOSTS, &[("hosts", "order = ssh://app@10.0.4.7/logs\npay = 10.0.4.8")]),
    (paths::WAIVERS, &[("what", "0.0.0.0/0"), ("reason", "")]),
    (paths::BOARD_LINKS, &[("name", ""), ("days", "2")]),
    (paths::INCIDENTS, &[("cluster", "1"), ("node", ""), ("affected", "{name}"), ("beside", "1")]),
    (paths::CLOSURE, &[("reason", "it looks well")]),
    (paths::IMPACT, &[("over_at", "yesterday")]),
    (paths::SEVERITY, &[("affected", "{name}")]),
    (paths::INCIDENT_CAUSE, &[("cause", ""), ("words", ""), ("step", "5")]),
    (paths::STEP_DECISIONS, &[("kind", "skipped"), ("reason", " ")]),
    (paths::HAND_OVER, &[("to", "nobody-here"), ("note", "take over, please")]),
    (paths::REVIEW, &[("lessons", "{text}")]),
    (paths::SIGNATURE, &[("seen", "another"), ("note", "as discussed")]),
    (paths::WRONG_REPORT, &[("words", "")]),
    (paths::FOLLOW_UPS, &[("what", ""), ("due", "soon")]),
    (paths::NOTES, &[("text", "")]),
    (paths::NOTE_CORRECTION, &[("text", "")]),
    (paths::USERS, &[("name", ""), ("role", "viewer"), ("password", "short")]),
    (paths::USER_PASSWORD, &[("password", "short")]),
    (paths::CREDENTIALS, &[("reference", "not one"), ("purpose", "api"), ("recipients", "bad line here")]),
    (paths::CHANNELS, &[("name", ""), ("kind", "slack"), ("reference", "https://hooks.example/secret")]),
    (paths::CHANNEL, &[("name", ""), ("kind", "slack"), ("quiet_from", "22:00")]),
];

/// Forms that are a button or two, and those whose refusal is the page of an error like that of [`paths::NOTES`].
const NOT_REFUSED: &[&str] = &[
    paths::LOGOUT,
    paths::KEPT,
    paths::PREFERENCES,
    paths::REPLAY,
    paths::CLUSTER_DELETION,
    paths::CLUSTER_LOOKS,
    paths::BOARD_LINK_END,
    paths::MAINTENANCE_END,
    paths::PROPOSAL_INCIDENT,
    paths::PROPOSAL_DISMISSAL,
    paths::INCIDENT_STATE,
    paths::HAND_OVER_ANSWER,
    paths::HAND_OVER_WITHDRAWAL,
    paths::INCIDENT_TAKING,
    // The page of `HAND_OVER` again.
    paths::INCIDENT_LEAD,
    paths::TO_DOS,
    paths::RESTART_CLAIMS,
    paths::RESTART_CLAIM_END,
    paths::WAIVER_END,
    paths::REVIEW_REOPENING,
    paths::FOLLOW_UP,
    paths::CAPTURES,
    paths::CAPTURE_CANCELLATION,
    paths::NOTE_DRAFT,
    // They come with files; the page is that of `NOTE_NEW` with a line at a field.
    paths::ATTACHMENTS,
    paths::HANDED_IN,
    paths::CLIENT_LOGS,
    paths::STEP_CHECK_RUNS,
    paths::STEP_CANCELLATION,
    paths::CHECK_RUN_CANCELLATION,
    paths::MONITOR,
    paths::USER,
    paths::USER_SIGN_IN_LINK,
    paths::CREDENTIAL,
    paths::CREDENTIAL_CONFIRMATION,
    paths::CREDENTIAL_REVIEW,
    paths::CREDENTIAL_WITHDRAWAL,
    paths::CHANNEL_TEST,
    paths::CHANNEL_RESEND,
    paths::CHANNEL_DELETION,
];

/// Who asks for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Somebody without an account.
    Nobody,
    /// Somebody who has that role.
    Is(Role),
}

impl Who {
    const ADMIN: Self = Self::Is(Role::Admin);
}

/// A page with a sample.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its route; for a page that is none, its path.
    pub pattern: &'static str,
    /// Its address.
    pub path: String,
    /// Who asks for it.
    pub who: Who,
    /// Another page of the same kind is looked at already: this one only in the long version.
    pub again: bool,
    /// What is sent with a form to get it; `None`: it is fetched.
    pub sent: Option<Vec<(&'static str, String)>>,
}

impl Page {
    fn fetched(pattern: &'static str, path: String, who: Who, again: bool) -> Self {
        Self { pattern, path, who, again, sent: None }
    }

    /// Asks the program for it. `cookie`: of who asks, and of the language.
    pub async fn ask(&self, app: &TestApp, cookie: &str) -> Answer {
        match &self.sent {
            None => app.get(&self.path, cookie).await,
            Some(fields) => {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                app.post(&self.path, cookie, &fields).await
            }
        }
    }

    /// Whether it is one of many that are like another page: in one language only, unless all is looked at.
    pub fn is_variant(&self) -> bool {
        self.sent.is_some() || !matches!(self.who, Who::Nobody | Who::ADMIN)
    }
}

/// A value for a part in braces.
struct Value {
    text: String,
    again: bool,
}

/// Every page of the program over what a sample holds. Panics with the path of a route that has a part in braces for which
/// the gallery has no value: add it to `values`.
pub async fn of(app: &TestApp, sample: Sample, links: &Links) -> Vec<Page> {
    let mut pages = Vec::new();
    for route in web::routes().table() {
        let is_page = route.method == Method::GET
            && (sample == Sample::Full || !SAME_EVERYWHERE.contains(&route.path))
            && !paths::is_stream(route.path)
            && NO_PAGES.iter().all(|(path, _)| *path != route.path);
        if !is_page {
            continue;
        }
        let who = if route.permission == Permission::Anyone { Who::Nobody } else { Who::ADMIN };
        for (path, again) in filled(app, route.path).await {
            let page = Page::fetched(route.path, path, who, again);
            let sides = SIDES.iter().filter(|(pattern, _)| *pattern == route.path);
            let sides = sides.map(|(_, query)| Page { path: format!("{}{query}", page.path), ..page.clone() });
            let sides: Vec<_> = sides.collect();
            pages.push(page);
            pages.extend(sides);
        }
        if let Some((_, query)) = links.queries.iter().find(|(pattern, _)| *pattern == route.path) {
            pages.push(Page::fetched(route.path, format!("{}?{query}", route.path), who, false));
        }
    }
    let errors = ERRORS.iter().map(|path| Page::fetched(path, (*path).to_owned(), Who::ADMIN, false));
    pages.extend(errors.filter(|_| links.admin.is_some()));
    if sample == Sample::Full {
        let of_roles: Vec<Page> = [Role::Viewer, Role::Operator].map(|role| seen_by(role, &pages)).concat();
        pages.extend(of_roles);
    }
    pages.extend(refused(app, sample, links).await);
    pages
}

/// What somebody with a lower role sees of these pages: each that is open to that role once, and one that is not.
fn seen_by(role: Role, pages: &[Page]) -> Vec<Page> {
    let table = web::routes();
    let needs = |page: &Page| {
        let of_page = |route: &&web::Registered| route.method == Method::GET && route.path == page.pattern;
        table.table().iter().find(of_page).and_then(|route| route.permission.role())
    };
    let once = pages.iter().filter(|page| page.who == Who::ADMIN && !page.again);
    let (open, closed): (Vec<&Page>, Vec<&Page>) =
        once.filter(|page| needs(page).is_some()).partition(|page| needs(page) <= Some(role));
    let mut seen: Vec<Page> = Vec::new();
    for page in open.into_iter().chain(closed.into_iter().take(1)) {
        if seen.iter().all(|other| other.pattern != page.pattern) {
            seen.push(Page { who: Who::Is(role), ..page.clone() });
        }
    }
    seen
}

/// What the forms answer that cannot be taken; those of the first start in the fresh program, all others in the full one.
/// Panics with the path of a form of which this file knows nothing: add it to [`REFUSED`] or to [`NOT_REFUSED`].
async fn refused(app: &TestApp, sample: Sample, links: &Links) -> Vec<Page> {
    let mut pages = Vec::new();
    for route in web::routes().table() {
        if route.method != Method::POST || NOT_REFUSED.contains(&route.path) {
            continue;
        }
        let known = REFUSED.iter().find(|(pattern, _)| *pattern == route.path);
        let (_, fields) = known.unwrap_or_else(|| {
            panic!("the gallery does not know what {} refuses: see `REFUSED` in {}", route.path, file!())
        });
        if sample != if route.path == paths::SETUP { Sample::Fresh } else { Sample::Full } {
            continue;
        }
        let long = |text: &str| text.replace("{name}", &"x".repeat(200)).replace("{text}", &"word ".repeat(5_000));
        let mut sent: Vec<_> = fields.iter().map(|(name, value)| (*name, long(value))).collect();
        let of_link = links.queries.iter().filter(|(pattern, _)| *pattern == route.path && *pattern == paths::SETUP);
        sent.extend(of_link.filter_map(|(_, query)| Some(("token", query.strip_prefix("token=")?.to_owned()))));
        let who = if route.permission == Permission::Anyone { Who::Nobody } else { Who::ADMIN };
        let path = filled_once(app, route.path).await;
        pages.push(Page { sent: Some(sent), ..Page::fetched(route.path, path, who, false) });
    }
    pages
}

/// The path of a form: of the incident where it can be sent (the second is worked on, the third closed, the fourth led by the
/// administrator), and of the first of everything else.
async fn filled_once(app: &TestApp, pattern: &str) -> String {
    let incident = match pattern {
        paths::REVIEW | paths::SIGNATURE | paths::FOLLOW_UPS => "3",
        paths::HAND_OVER => "4",
        _ => "2",
    };
    let mut path = pattern.replace("{incident}", incident);
    if path.contains("{entry}") {
        let entries = values(app, pattern, "entry", Some(IncidentId(2))).await;
        path = path.replace("{entry}", &entries.first().expect("a note").text);
    }
    ["{cluster}", "{channel}", "{user}", "{step}"].iter().fold(path, |path, name| path.replace(name, "1"))
}

/// Every path of a pattern that this sample has something for, and whether it shows the same kind of page again.
async fn filled(app: &TestApp, pattern: &'static str) -> Vec<(String, bool)> {
    let mut paths = vec![(String::new(), None, false)];
    for part in pattern.split('/').skip(1) {
        let mut longer = Vec::new();
        for (path, incident, again) in paths {
            let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                longer.push((format!("{path}/{part}"), incident, again));
                continue;
            };
            for value in values(app, pattern, name, incident).await {
                let incident = if name == "incident" { value.text.parse().ok().map(IncidentId) } else { incident };
                // Every page of the first incident, and of the others those that are about the whole of it.
                let again = again || value.again;
                longer.push((format!("{path}/{}", web::paths::encode(&value.text)), incident, again));
            }
        }
        paths = longer;
    }
    paths.into_iter().map(|(path, _, again)| (path, again)).collect()
}

/// What a sample has for a part in braces, below an incident where one stands before it.
async fn values(app: &TestApp, pattern: &str, name: &str, incident: Option<IncidentId>) -> Vec<Value> {
    let read = app.read();
    let first = |texts: Vec<String>, several: usize| {
        let value = |(at, text)| Value { text, again: at >= several };
        texts.into_iter().enumerate().map(value).collect::<Vec<_>>()
    };
    match (name, incident) {
        ("incident", _) => {
            let mut all = read.incidents(&IncidentQuery::default()).await.expect("incidents");
            all.sort_by_key(|incident| incident.id);
            // A note of a signed record cannot be corrected.
            all.retain(|incident| pattern != paths::NOTE_CORRECTION || incident.require_unsigned().is_ok());
            // What is about the whole of an incident is another page for each.
            let whole = pattern.matches('{').count() == 1 || pattern == paths::STEP;
            first(all.iter().map(|incident| incident.id.to_string()).collect(), if whole { usize::MAX } else { 1 })
        }
        ("step", Some(id)) => {
            let is_first = id == IncidentId(1);
            first((1..=6).map(|step| step.to_string()).collect(), if is_first { 6 } else { 1 })
        }
        ("node", Some(id)) => {
            let incident = read.incident(id).await.expect("incident").expect("one");
            let cluster = read.cluster(incident.cluster).await.expect("cluster").expect("one");
            first(cluster.nodes.into_iter().map(|node| node.name.0).collect(), 1)
        }
        ("table", Some(_)) => {
            let tables = ["stops", "views", "members", "properties", "ports", "clients"];
            first(tables.map(str::to_owned).to_vec(), tables.len())
        }
        ("evidence", Some(id)) => {
            let mut kinds = std::collections::BTreeSet::new();
            let list = read.evidence_list(id).await.expect("evidence");
            let value = |item: &nodedown::store::evidence::EvidenceItem| Value {
                text: item.id.to_string(),
                again: !kinds.insert(item.evidence.check.clone()),
            };
            list.iter().map(value).collect()
        }
        ("file", Some(id)) => {
            let files = read.captured_files(id).await.expect("captured files");
            first(files.into_iter().map(|file| file.id.to_string()).collect(), 1)
        }
        ("entry", Some(id)) => {
            let events = read.timeline(id).await.expect("timeline");
            let notes = events.iter().filter(|event| matches!(event.kind, EventKind::NoteAdded { .. }));
            first(notes.map(|event| event.id.to_string()).collect(), 1)
        }
        ("cluster", None) => {
            let clusters = read.clusters().await.expect("clusters");
            first(clusters.into_iter().map(|cluster| cluster.id.to_string()).collect(), usize::MAX)
        }
        ("channel", None) => {
            let channels = read.channels().await.expect("channels");
            first(channels.into_iter().map(|(channel, _)| channel.id.to_string()).collect(), usize::MAX)
        }
        ("key", None) => {
            let made = board_links::make(app.commands(), &Caller::new("admin"), "operations room", 7).await;
            first(vec![made.expect("a link").key], 1)
        }
        ("slug", None) => first(app.commands().runbooks().iter().map(|book| book.slug.clone()).collect(), 1),
        ("code", None) => first(Code::ALL.iter().map(|code| code.as_str().to_owned()).collect(), 1),
        ("signature", None) => first(CATALOGUE.iter().map(|known| known.id.to_owned()).collect(), 1),
        _ => panic!("the gallery has nothing to put in place of {{{name}}} in {pattern}: see `values` in {}", file!()),
    }
}

/// What is in [`NO_PAGES`] and is no route any more, or is a page after all; asked with the cookie of an administrator over a
/// sample that has an incident.
pub async fn pages_after_all(app: &TestApp, cookie: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (pattern, why) in NO_PAGES {
        if web::routes().table().iter().all(|route| route.path != *pattern) {
            wrong.push(format!("{pattern} ({why}) is no route any more"));
        }
        let path = pattern.replace("{incident}", "1");
        // The rest needs a file of its own, or is a page to take along.
        if path.contains('{') || *pattern == paths::REPORT_HTML {
            continue;
        }
        if app.get(&path, cookie).await.body.contains("<main") {
            wrong.push(format!("{pattern} is a page, and is called {why}"));
        }
    }
    wrong
}
