//! The clients that are missing, and of whom of them nobody waits any more.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, waivers};
use crate::domain::client_owner::ClientOwner;
use crate::domain::client_set::ClientSet;
use crate::domain::connected::ClientKey;
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, WaiverId};
use crate::domain::incident::Incident;
use crate::domain::owner_told::Telling;
use crate::domain::publishing::{Services, Urgency};
use crate::domain::time::Timestamp;
use crate::domain::waiver::{Awaited, ClientAway, ClientsAway, Waiver};
use crate::web::evidence::tables::Publishes;
use crate::web::incidents::load;
use crate::web::incidents::owner_told::{OwnerTold, ToldLine};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path, Query};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Most missing clients that the page names.
const MOST: usize = 200;

/// Address, application and module of a client, as pages show it.
pub(super) fn client_name(key: &ClientKey) -> String {
    let words = [Some(&key.ip), key.app.as_ref(), key.module.as_ref()];
    words.into_iter().flatten().map(|word| short(word)).collect::<Vec<_>>().join(" ")
}

/// A client that is missing.
struct MissingLine {
    /// Address, application and module.
    name: String,
    /// What waives it alone: its address, else its application; `None`: neither does.
    what: Option<String>,
    /// The last look that saw it, and on which node.
    last: Option<(String, Timestamp)>,
    /// Which instances of which services are to be restarted.
    publishes: Publishes,
}

impl MissingLine {
    fn new(client: &ClientAway, services: &Services) -> Self {
        let key = &client.key;
        let own = [Some(&key.ip), key.app.as_ref()].into_iter().flatten();
        let covers = |text: &&String| ClientSet::parse(text).is_ok_and(|set| set.covers(key));
        Self {
            name: client_name(key),
            what: own.into_iter().find(covers).cloned(),
            last: client.last.as_ref().map(|(node, at)| (short(&node.0), *at)),
            publishes: Publishes::new(key, true, client.publishes.as_ref(), services),
        }
    }
}

/// Missing clients of one owner.
struct MissingGroup {
    /// Whose; `None`: nobody said.
    owner: Option<String>,
    /// What they were told by itself.
    told: Vec<ToldLine>,
    lines: Vec<MissingLine>,
}

/// A waiver, ready to be shown.
pub struct WaiverLine {
    /// Row id.
    pub id: WaiverId,
    /// Who.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How many of those that are away now it covers.
    pub covers: usize,
}

impl WaiverLine {
    /// Those that hold.
    #[must_use]
    pub fn all(waivers: &[Waiver], away: Option<&ClientsAway>) -> Vec<Self> {
        let line = |waiver: &Waiver| Self {
            id: waiver.id,
            what: short(&waiver.what.to_string()),
            reason: waiver.reason.clone(),
            by: short(&waiver.by),
            at: waiver.at,
            covers: away.map_or(0, |away| away.covered(&waiver.what)),
        };
        waivers.iter().filter(|waiver| waiver.holds()).map(line).collect()
    }
}

#[derive(Template)]
#[template(path = "incidents/waivers.html")]
struct WaiversPage {
    f: Frame,
    incident: Incident,
    /// Nobody can tell who is missing.
    is_untold: bool,
    /// Of some nodes nobody knows who was connected before.
    has_gaps: bool,
    /// How many were there and may be where nobody could ask.
    not_known: u32,
    awaited: Awaited,
    groups: Vec<MissingGroup>,
    /// What owners were told of whom nobody is missing now.
    told: Vec<OwnerTold>,
    /// How many are awaited and not named here.
    more: usize,
    waivers: Vec<WaiverLine>,
    /// Whether step 5 is decided: then nothing is taken back.
    is_decided: bool,
    what: String,
    reason: String,
    errors: FieldErrors,
}

impl WaiversPage {
    async fn new(web: &Web, f: Frame, incident: Incident) -> Result<Self, WebError> {
        let (read, id) = (web.read(), incident.id);
        let (waivers, owners) = (read.client_waivers(id).await?, read.client_owners(incident.cluster).await?);
        let away = read.diagnosis(id).await?.and_then(|newest| newest.clients);
        let states = read.step_states(id).await?;
        let awaited = away.as_ref().map(|away| away.awaited(&waivers)).unwrap_or_default();
        let tellings = read.owner_tellings(id).await?;
        let baseline = read.baseline_before(incident.cluster, incident.opened_at).await?;
        let services = |away: &ClientsAway| Services::new(away.services.clone(), baseline.as_ref());
        let of = |away| groups(&f, away, (&waivers, &owners, &tellings), &services(away));
        let groups = away.as_ref().map(of).unwrap_or_default();
        let named_owners: Vec<&str> = groups.iter().filter_map(|group| group.owner.as_deref()).collect();
        let told = OwnerTold::others(&f, &tellings, &named_owners);
        let named: usize = groups.iter().map(|group| group.lines.len()).sum();
        Ok(Self {
            f,
            is_untold: away.is_none(),
            has_gaps: away.as_ref().is_some_and(|away| away.has_gaps),
            not_known: away.as_ref().map_or(0, |away| away.not_known),
            more: usize::try_from(awaited.count).unwrap_or(usize::MAX).saturating_sub(named),
            awaited,
            groups,
            told,
            waivers: WaiverLine::all(&waivers, away.as_ref()),
            is_decided: states.iter().any(|(step, state)| *step == Step::Clients && state.is_decided()),
            incident,
            what: String::new(),
            reason: String::new(),
            errors: FieldErrors::default(),
        })
    }

    fn back(&self) -> String {
        self.f.url(paths::step(self.incident.id, Step::Clients))
    }

    fn table(&self) -> String {
        self.f.url(paths::table(self.incident.id, "clients"))
    }

    fn works(&self) -> bool {
        self.f.operates() && self.incident.state.is_open()
    }

    fn waive_path(&self, what: &str) -> String {
        self.f.url(paths::waive(self.incident.id, what))
    }

    fn back_path(&self, waiver: &WaiverId) -> String {
        self.f.url(paths::waiver_end(self.incident.id, *waiver))
    }
}

/// Those that somebody waits for, by owner, first those whose services have no instance left; last those of whom nobody said whose they are.
fn groups(
    f: &Frame,
    away: &ClientsAway,
    (waivers, owners, tellings): (&[Waiver], &[ClientOwner], &[Telling]),
    services: &Services,
) -> Vec<MissingGroup> {
    let open = away.missing.iter().filter(|client| Waiver::of(waivers, &client.key).is_none());
    let mut all: Vec<(Option<&str>, &ClientAway)> =
        open.map(|client| (ClientOwner::of(owners, &client.key), client)).collect();
    let urgency = |client: &ClientAway| Urgency::of(client.publishes.as_ref(), services);
    all.sort_by_key(|(owner, client)| (owner.is_none(), *owner, urgency(client), &client.key.app, &client.key.ip));
    all.truncate(MOST);
    let group = |clients: &[(Option<&str>, &ClientAway)]| {
        let owner = clients.first().and_then(|(owner, _)| owner.map(short));
        let told = owner.as_ref().map(|owner| ToldLine::of(f, tellings, owner)).unwrap_or_default();
        MissingGroup {
            owner,
            told,
            lines: clients.iter().map(|(_, client)| MissingLine::new(client, services)).collect(),
        }
    };
    all.chunk_by(|(one, _), (other, _)| one == other).map(group).collect()
}

/// Whom the form is to name.
#[derive(Default, Deserialize)]
pub struct WaiverQuery {
    #[serde(default)]
    what: String,
}

/// Who is missing and who is waived, with the form.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Query(query): Query<WaiverQuery>,
) -> Result<Response, WebError> {
    let page = WaiversPage::new(&web, f, load(&web, id).await?).await?;
    answer(StatusCode::OK, &WaiversPage { what: query.what, ..page })
}

/// Who is waived, and why.
#[derive(Deserialize)]
pub struct WaiverForm {
    #[serde(default)]
    what: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    nonce: String,
}

/// Waives clients. What cannot be taken comes back with the form.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<WaiverForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let Err(error) = waivers::waive(web.commands(), &caller, id, &form.what, &form.reason).await else {
        return Ok(Redirect::to(&f.url(paths::waivers(id))).into_response());
    };
    let mut errors = FieldErrors::default();
    errors.take(&f, error).map_err(|error| error.at(id))?;
    let page = WaiversPage::new(&web, f, load(&web, id).await?).await?;
    let page = WaiversPage { what: form.what, reason: form.reason, errors, ..page };
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Only the nonce.
#[derive(Deserialize)]
pub struct NonceForm {
    #[serde(default)]
    nonce: String,
}

/// Somebody waits for them again.
pub async fn take_back(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, waiver)): Path<(IncidentId, WaiverId)>,
    Form(form): Form<NonceForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    waivers::take_back(web.commands(), &caller, id, waiver).await.map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::waivers(id))).into_response())
}
