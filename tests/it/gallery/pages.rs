//! The pages of the gallery: every GET route of the program, with what its path has in braces filled from a sample.

use http::Method;
use nodedown::domain::code::Code;
use nodedown::domain::event::EventKind;
use nodedown::domain::id::IncidentId;
use nodedown::nacos::signatures::CATALOGUE;
use nodedown::store::incidents::IncidentQuery;
use nodedown::web::{self, Permission, paths};

use super::samples::{Links, Sample};
use crate::support::TestApp;

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
];

/// Paths of nothing, which answer with a page that says so.
pub const ERRORS: &[&str] = &["/nowhere", "/incidents/999/report"];

/// Who asks for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Somebody without an account.
    Nobody,
    /// An administrator, who may see everything.
    Admin,
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
        let who = if route.permission == Permission::Anyone { Who::Nobody } else { Who::Admin };
        for (path, again) in filled(app, route.path).await {
            let page = Page { pattern: route.path, path, who, again };
            let sides = SIDES.iter().filter(|(pattern, _)| *pattern == route.path);
            let sides = sides.map(|(_, query)| Page { path: format!("{}{query}", page.path), ..page.clone() });
            let sides: Vec<_> = sides.collect();
            pages.push(page);
            pages.extend(sides);
        }
        if let Some((_, query)) = links.queries.iter().find(|(pattern, _)| *pattern == route.path) {
            pages.push(Page { pattern: route.path, path: format!("{}?{query}", route.path), who, again: false });
        }
    }
    let errors =
        ERRORS.iter().map(|path| Page { pattern: path, path: (*path).to_owned(), who: Who::Admin, again: false });
    pages.extend(errors.filter(|_| links.admin.is_some()));
    pages
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
