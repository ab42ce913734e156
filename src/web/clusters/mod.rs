//! The inventory: list, one cluster with what was seen of it last, and its form.

pub mod baseline;
pub mod board;
pub mod client_hosts;
pub mod credentials;
pub mod form;
pub mod gate;
pub mod history;
pub mod hosts;
pub mod list;
pub mod looks;
pub mod maintenances;
pub mod overview;
pub mod owners;
pub mod proposals;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, clusters};
use crate::domain::cluster::{Cluster, CredentialRef, FileSource, FrontDoor, NodeSpec};
use crate::domain::credential::{self, CredentialRules, Purpose};
use crate::domain::diagnosis::Health;
use crate::domain::id::{ClusterId, IncidentId};
use crate::domain::look::LookState;
use crate::domain::message::Message;
use crate::domain::published::HostPort;
use crate::domain::trust::Trust;
use crate::web::clusters::baseline::BaselinePart;
use crate::web::clusters::form::{ClusterInput, shown_addresses, shown_doors};
use crate::web::clusters::gate::GatePart;
use crate::web::clusters::history::Day;
use crate::web::clusters::list::{Offer, Preview, offers};
use crate::web::clusters::looks::{ClusterLook, NodeLook, Reach};
use crate::web::clusters::maintenances::MaintenancePart;
use crate::web::clusters::overview::OpenItem;
use crate::web::clusters::proposals::ProposalItem;
use crate::web::plumbing::components::{Tone, health_key};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path, Query};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// A look older than this is asked for again when somebody opens the page.
const STALE_MS: i64 = 30_000;

/// A cluster with what was seen of it last.
pub struct ClusterItem {
    /// The inventory's entry.
    pub cluster: Cluster,
    /// What was seen last.
    pub look: Option<ClusterLook>,
    /// A look is under way.
    pub looking: bool,
}

impl ClusterItem {
    /// The cluster with its newest look; a stale look is asked for again, and nothing waits for it.
    #[must_use]
    pub fn new(web: &Web, cluster: Cluster) -> Self {
        let look = web.looks().latest(cluster.id);
        let fresh = look.as_ref().is_some_and(|look| web.now().millis_since(look.at) < STALE_MS);
        let looking = if fresh { web.looks().is_looking(cluster.id) } else { web.looks().refresh(&cluster) };
        Self { cluster, look, looking }
    }

    /// Shape and colour.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match &self.look {
            Some(look) => look.diagnosis.health.into(),
            None if self.looking => Tone::Running,
            None => Tone::Unknown,
        }
    }

    /// Key of the word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match &self.look {
            // A quick look did not see everything that would show a problem.
            Some(look) if look.diagnosis.health == Health::Healthy => history::sign(LookState::Up).word,
            Some(look) => health_key(look.diagnosis.health),
            None if self.looking => "web-look-running",
            None => "web-look-none",
        }
    }

    /// Nodes that answer.
    #[must_use]
    pub fn answering(&self) -> usize {
        self.look.iter().flat_map(|look| &look.nodes).filter(|node| node.reach == Reach::Answers).count()
    }

    /// Members that nodes name and the inventory lacks.
    #[must_use]
    pub fn found(&self) -> Vec<Offer> {
        self.look.as_ref().map(|look| offers(&self.cluster, look)).unwrap_or_default()
    }

    /// What was seen of a node last.
    #[must_use]
    pub fn node(&self, spec: &NodeSpec) -> Option<&NodeLook> {
        self.look.as_ref()?.nodes.iter().find(|node| node.name == spec.name)
    }

    /// Shape and colour of a node.
    #[must_use]
    pub fn node_tone(&self, spec: &NodeSpec) -> Tone {
        match self.node(spec).map(|node| node.reach) {
            Some(Reach::Answers) => Tone::Ok,
            Some(Reach::Silent) => Tone::Fail,
            Some(Reach::NotSeen) => Tone::Unknown,
            None if self.looking => Tone::Running,
            None => Tone::Unknown,
        }
    }

    /// Key of the word for a node.
    #[must_use]
    pub fn node_word(&self, spec: &NodeSpec) -> &'static str {
        match self.node(spec).map(|node| node.reach) {
            Some(Reach::Answers) => "web-node-answers",
            Some(Reach::Silent) => "web-node-silent",
            Some(Reach::NotSeen) => "web-node-not-seen",
            None if self.looking => "web-look-running",
            None => "web-look-none",
        }
    }
}

/// How a node is reached, in words of the form. That it is asked over TLS is a part of it.
#[must_use]
pub fn address(spec: &NodeSpec) -> String {
    let Some(api) = &spec.api else { return "—".to_owned() };
    let at = HostPort { host: api.host.clone(), port: api.port };
    if api.scheme == "https" { format!("https://{at}") } else { at.to_string() }
}

/// How a node's files are read, in words.
#[must_use]
pub fn files(f: &Frame, spec: &NodeSpec) -> String {
    match &spec.files {
        FileSource::None => f.t("web-files-none"),
        FileSource::Local { home } => f.t1("web-files-local", "home", home.display()),
        FileSource::Copied { home } => f.t1("web-files-copied", "home", home.display()),
        FileSource::Ssh(place) => f.t1("web-files-ssh", "place", format!("{}:{}", place.host, place.home)),
    }
}

/// Where a node's secret is found, in words; the secret itself is never here.
#[must_use]
pub fn credential(f: &Frame, spec: &NodeSpec) -> String {
    match spec.api.as_ref().and_then(|api| api.credential.as_ref()) {
        None => f.t("web-credential-none"),
        Some(CredentialRef::Env { name }) => f.t1("web-credential-env", "name", name),
        Some(CredentialRef::File { path }) => f.t1("web-credential-file", "path", path.display()),
    }
}

#[derive(Template)]
#[template(path = "clusters/list.html")]
struct ClusterListPage {
    f: Frame,
    /// Each with the incidents that are open on it.
    items: Vec<(ClusterItem, Vec<OpenItem>)>,
}

/// All clusters.
pub async fn list(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    let mut items = Vec::new();
    let mut open = OpenItem::all(&web, None).await?;
    for cluster in web.read().clusters().await? {
        let incidents = overview::of_cluster(&mut open, cluster.id);
        items.push((ClusterItem::new(&web, cluster), incidents));
    }
    let looking = items.iter().any(|(item, _)| item.looking);
    answer(StatusCode::OK, &ClusterListPage { f: f.live(paths::EVENTS).reloading(looking), items })
}

#[derive(Template)]
#[template(path = "clusters/show.html")]
struct ClusterShowPage {
    f: Frame,
    item: ClusterItem,
    /// The incidents that are open on it.
    incidents: Vec<OpenItem>,
    /// What the watcher proposes for it.
    proposed: Option<ProposalItem>,
    /// What is planned for it, and the form.
    planned: MaintenancePart,
    /// Whether each of its nodes may be restarted.
    gate: GatePart,
    first: bool,
    /// What the watcher saw of it.
    day: Day,
    /// What changed since all was well.
    baseline: BaselinePart,
    /// Secrets that are not used until an administrator does something.
    waiting: Vec<Message>,
}

impl ClusterShowPage {
    async fn new(web: &Web, f: Frame, id: ClusterId, first: bool) -> Result<Self, WebError> {
        let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
        let unmet = credential::unmet(web.commands().credential_rules(), &web.read().releases().await?, &cluster);
        let mut waiting: Vec<Message> = unmet.iter().map(|(_, refused)| refused.message()).collect();
        waiting.dedup();
        let day = Day::of(web.read(), cluster.id, web.now()).await?;
        let proposed = proposals::of_cluster(web, &cluster).await?;
        let baseline = BaselinePart::new(web, &f, &cluster).await?;
        let planned = MaintenancePart::new(web, cluster.id).await?;
        let incidents = OpenItem::all(web, Some(cluster.id)).await?;
        let item = ClusterItem::new(web, cluster);
        let gate = GatePart::new(web, &f, &item, &incidents).await?;
        Ok(Self { f, item, incidents, proposed, planned, gate, first, day, baseline, waiting })
    }

    /// Where the evidence of nodes is kept, in the incident whose gate is shown.
    fn capture_path(&self) -> String {
        let open = self.incidents.iter().find(|one| Some(one.incident.id) == self.gate.incident);
        open.map_or_else(String::new, |one| self.f.url(one.path() + "#capture"))
    }

    /// Whether going on with that incident is the one thing that the page calls next.
    fn leads(&self, incident: &IncidentId) -> bool {
        !self.first && self.incidents.first().is_some_and(|first| first.incident.id == *incident)
    }
}

/// First visit right after set-up.
#[derive(Default, Deserialize)]
pub struct FirstQuery {
    #[serde(default)]
    first: String,
}

/// One cluster.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<ClusterId>,
    Query(query): Query<FirstQuery>,
) -> Result<Response, WebError> {
    let mut page = ClusterShowPage::new(&web, f, id, query.first == "1").await?;
    page.f = page.f.live(paths::EVENTS).reloading(page.item.looking);
    answer(StatusCode::OK, &page)
}

/// Looks again: the test button.
pub async fn look(State(web): State<Web>, f: Frame, Path(id): Path<ClusterId>) -> Result<Response, WebError> {
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    web.looks().refresh(&cluster);
    Ok(Redirect::to(&f.url(paths::cluster(id))).into_response())
}

#[derive(Template)]
#[template(path = "clusters/new.html")]
struct ClusterNewPage {
    f: Frame,
    first: bool,
    name: String,
    addresses: String,
    doors: String,
    ca: String,
    pin: String,
    /// What is understood of the addresses, once somebody asked.
    preview: Option<Preview>,
    errors: FieldErrors,
}

impl ClusterNewPage {
    /// Whether what stands there can be added with one press.
    fn may_be_added(&self) -> bool {
        self.errors.is_empty() && self.preview.as_ref().is_some_and(Preview::is_understood)
    }
}

/// The form for a new cluster.
pub async fn new(f: Frame, Query(query): Query<FirstQuery>) -> Result<Response, WebError> {
    let page = ClusterNewPage {
        f,
        first: query.first == "1",
        name: String::new(),
        addresses: String::new(),
        doors: String::new(),
        ca: String::new(),
        pin: String::new(),
        preview: None,
        errors: FieldErrors::default(),
    };
    answer(StatusCode::OK, &page)
}

/// A new cluster: a name and a pasted `cluster.conf` or one address.
#[derive(Deserialize)]
pub struct NewClusterForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    addresses: String,
    #[serde(default)]
    doors: String,
    #[serde(default)]
    ca: String,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    first: String,
    /// `preview`: only show what is understood; `add`: what was shown is right.
    #[serde(default)]
    act: String,
    /// Hash of the addresses that were shown.
    #[serde(default)]
    shown: String,
    #[serde(default)]
    nonce: String,
}

/// Creates a cluster and looks at it.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Form(mut form): Form<NewClusterForm>,
) -> Result<Response, WebError> {
    let mut errors = FieldErrors::default();
    if form.name.trim().is_empty() {
        errors.put("name", f.t("web-form-required"));
    }
    let mut doors = FrontDoor::parse_all(&form.doors).unwrap_or_else(|error| {
        errors.put("doors", f.msg(error.message()));
        Vec::new()
    });
    let (ca, pin, trust) = form::typed_trust(&form.ca, &form.pin);
    (form.ca, form.pin) = (ca, pin);
    let trust = trust.unwrap_or_else(|error| {
        errors.put("trust", f.msg(error.message()));
        Trust::System
    });
    let preview = Preview::of(&form.addresses);
    if let Some(problem) = preview.problem(&f) {
        errors.put("nodes", problem);
    }
    // What was changed since it was shown is shown again.
    let only_shows = form.act == "preview" || form.act == "add" && form.shown != preview.hash();
    if errors.is_empty() && !only_shows {
        let mut nodes = preview.nodes();
        form::believe(&mut nodes, &mut doors, &trust);
        let caller = Caller::new(me.name).with_nonce(form.nonce.clone());
        let (name, deadline) = (form.name.trim(), Cluster::DEFAULT_DEADLINE_MS);
        match clusters::create(web.commands(), &caller, name, nodes, doors, deadline).await {
            Ok(cluster) => {
                web.looks().refresh(&cluster);
                let query = if form.first == "1" { "?first=1" } else { "?said=cluster" };
                return Ok(Redirect::to(&f.url(paths::cluster(cluster.id) + query)).into_response());
            }
            Err(error) => errors.take(&f, error)?,
        }
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ClusterNewPage {
        f,
        first: form.first == "1",
        name: form.name,
        addresses: shown_addresses(form.addresses),
        doors: shown_doors(form.doors),
        ca: form.ca,
        pin: form.pin,
        preview: Some(preview).filter(Preview::has_lines),
        errors,
    };
    answer(status, &page)
}

#[derive(Template)]
#[template(path = "clusters/edit.html")]
struct ClusterEditPage {
    f: Frame,
    id: ClusterId,
    /// Its name as it is stored, whatever was typed.
    name: String,
    input: ClusterInput,
    /// References that are released for APIs.
    released: Vec<String>,
    /// Members that nodes name and the inventory lacks.
    found: Vec<Offer>,
    /// What became of the entries of a list.
    preview: Option<Preview>,
    /// What is wrong with the list.
    paste_error: String,
    errors: Vec<String>,
}

impl ClusterEditPage {
    async fn new(web: &Web, f: Frame, cluster: &Cluster, mut input: ClusterInput) -> Result<Self, WebError> {
        let wanted = input.add_list.take();
        let list = wanted.map(|member| if member.is_empty() { input.paste.clone() } else { member });
        let preview = list.map(|list| Preview::new(input.add_nodes(&list)));
        if preview.as_ref().is_some_and(Preview::is_understood) {
            input.paste.clear();
        }
        input.paste = shown_addresses(input.paste);
        let look = web.looks().latest(cluster.id);
        let found = look.map(|look| offers(cluster, &look)).unwrap_or_default();
        let found = found.into_iter().filter(|offer| !input.names(&offer.address)).collect();
        let releases = web.read().releases().await?.into_iter();
        let released =
            releases.filter(|one| one.purpose == Purpose::Api).map(|one| one.reference.to_string()).collect();
        let paste_error = preview.as_ref().and_then(|preview| preview.problem(&f)).unwrap_or_default();
        let (id, name) = (cluster.id, cluster.name.clone());
        Ok(Self { f, id, name, input, released, found, preview, paste_error, errors: Vec::new() })
    }
}

/// Rows that the form begins with.
#[derive(Default, Deserialize)]
pub struct EditQuery {
    /// A member that was found.
    #[serde(default)]
    add: String,
}

/// The form of a cluster; with a row for a member that was found, where the link says so. Nothing is saved by it.
pub async fn edit(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<ClusterId>,
    Query(query): Query<EditQuery>,
) -> Result<Response, WebError> {
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let add_list = Some(query.add).filter(|member| !member.is_empty());
    let input = ClusterInput { add_list, ..ClusterInput::from(&cluster) };
    answer(StatusCode::OK, &ClusterEditPage::new(&web, f, &cluster, input).await?)
}

/// Saves a cluster.
pub async fn update(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ClusterId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let mut input = ClusterInput::from_pairs(&pairs);
    let stored = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    if input.add_row {
        return answer(StatusCode::OK, &ClusterEditPage::new(&web, f, &stored, input.with_empty_row()).await?);
    }
    // A list that was pasted and not looked at is shown first, whatever was pressed.
    if input.add_list.is_some() || !input.paste.is_empty() {
        input.add_list.get_or_insert_default();
        let page = ClusterEditPage::new(&web, f, &stored, input).await?;
        let status = if page.paste_error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return answer(status, &page);
    }
    let rules = web.commands().credential_rules();
    let parsed = match form::parse(&input, id) {
        Ok(cluster) => {
            let cluster = with_whole_paths(rules, cluster);
            let releases = web.read().releases().await?;
            let unreleased = credential::new_unreleased(rules, &releases, Some(&stored), &cluster);
            if unreleased.is_empty() { Ok(cluster) } else { Err(input.refuse(rules, &unreleased)) }
        }
        Err(problems) => Err(problems),
    };
    let mut errors = match parsed {
        Ok(cluster) => match clusters::update(web.commands(), &Caller::new(me.name), cluster).await {
            Ok(cluster) => {
                web.looks().refresh(&cluster);
                return Ok(Redirect::to(&f.url(paths::cluster(id) + "?said=saved")).into_response());
            }
            Err(error) => {
                let mut errors = FieldErrors::default();
                errors.take(&f, error)?;
                errors.all().cloned().collect()
            }
        },
        Err(problems) => problems.iter().map(|problem| f.msg(problem)).collect::<Vec<_>>(),
    };
    errors.dedup();
    let page = ClusterEditPage::new(&web, f, &stored, input).await?;
    answer(StatusCode::UNPROCESSABLE_ENTITY, &ClusterEditPage { errors, ..page })
}

/// A name without a folder stands for a file where credentials lie.
fn with_whole_paths(rules: &CredentialRules, mut cluster: Cluster) -> Cluster {
    for api in cluster.nodes.iter_mut().filter_map(|node| node.api.as_mut()) {
        api.credential = api.credential.take().map(|reference| rules.complete(reference));
    }
    cluster
}

/// Deletes a cluster that no incident speaks of.
pub async fn delete(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ClusterId>,
) -> Result<Response, WebError> {
    clusters::delete(web.commands(), &Caller::new(me.name), id).await?;
    Ok(Redirect::to(&f.url(format!("{}?said=deleted", paths::CLUSTERS))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::parse_nodes;

    #[test]
    fn an_address_says_whether_it_is_asked_over_tls() {
        let shown = |text: &str| parse_nodes(text).expect("nodes").iter().map(address).collect::<Vec<_>>().concat();
        assert_eq!(shown("https://nacos.example/nacos"), "https://nacos.example:8848");
        assert_eq!(shown("http://nacos.example"), "nacos.example:8848");
        assert_eq!(shown("https://[fd00::1]:443"), "https://[fd00::1]:443");
    }
}
