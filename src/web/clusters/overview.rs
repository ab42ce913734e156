//! The first page: what is open, how the clusters are, and the button that starts an incident.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::domain::finding::Step;
use crate::domain::incident::{Incident, StepState};
use crate::domain::pinned::PinnedCause;
use crate::store::incidents::IncidentQuery;
use crate::web::clusters::ClusterItem;
use crate::web::plumbing::components::{Tone, step_state_key};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// An incident that is worked on.
pub struct OpenItem {
    /// The incident.
    pub incident: Incident,
    /// The step that is next.
    pub step: Step,
    /// Its state.
    pub state: StepState,
    /// Its cause, where one is known.
    pub cause: Option<PinnedCause>,
}

impl OpenItem {
    async fn new(web: &Web, incident: Incident) -> Result<Self, WebError> {
        // Where a piece of one incident cannot be read, that is noted and shown; the others are listed all the same.
        let states = web.read().step_states(incident.id).await;
        let states = web.read().passing(incident.id, states)?.unwrap_or_default();
        let (step, state) = current_step(&states);
        let cause = web.read().passing(incident.id, web.read().pinned_cause(incident.id).await)?.flatten();
        Ok(Self { incident, step, state, cause })
    }

    /// Shape and colour of the step.
    #[must_use]
    pub fn tone(&self) -> Tone {
        self.state.into()
    }

    /// Key of the word for the step's state.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        step_state_key(self.state)
    }

    /// The sentence of its cause, or the words of the person who chose it.
    #[must_use]
    pub fn cause(&self, f: &Frame) -> Option<String> {
        let pinned = self.cause.as_ref()?;
        Some(pinned.cause().map_or_else(|| pinned.words.clone(), |cause| f.msg(&cause.summary)))
    }

    /// Link to the step.
    #[must_use]
    pub fn path(&self) -> String {
        paths::step(self.incident.id, self.step)
    }
}

/// The first step that nobody has decided, or the last one.
#[must_use]
pub fn current_step(states: &[(Step, StepState)]) -> (Step, StepState) {
    states
        .iter()
        .find(|(_, state)| matches!(state, StepState::NotStarted | StepState::Running | StepState::NeedsYou))
        .or_else(|| states.last())
        .copied()
        .unwrap_or((Step::Confirm, StepState::NotStarted))
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    f: Frame,
    open: Vec<OpenItem>,
    clusters: Vec<ClusterItem>,
    recent: Vec<Incident>,
    /// Credentials that were taken over and wait for an administrator, for whom alone they are counted.
    to_review: i64,
}

/// The page.
pub async fn show(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    let mut open = Vec::new();
    for incident in web.read().open_incidents().await? {
        open.push(OpenItem::new(&web, incident).await?);
    }
    let clusters: Vec<_> =
        web.read().clusters().await?.into_iter().map(|cluster| ClusterItem::new(&web, cluster)).collect();
    let query = IncidentQuery { limit: 6, ..IncidentQuery::default() };
    let recent = web.read().incidents(&query).await?.into_iter().filter(|incident| !incident.state.is_open()).collect();
    let to_review = if f.administrates() { web.read().releases_to_review().await? } else { 0 };
    let moving = clusters.iter().any(|item| item.looking) || open.iter().any(|item| item.state == StepState::Running);
    let f = f.live(paths::EVENTS).reloading(moving);
    answer(StatusCode::OK, &OverviewPage { f, open, clusters, recent, to_review })
}
