//! Taking on the restart of a node from the run screen.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::commands::Caller;
use crate::commands::restart_claims::{self, TakeRestart};
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::restart_claim::GateSaid;
use crate::domain::user::Role;
use crate::web::incidents::steps::state_now;
use crate::web::incidents::{gates, load};
use crate::web::paths;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// Which restart, and from which step.
#[derive(Deserialize)]
pub struct RestartForm {
    #[serde(default)]
    step: String,
    #[serde(default)]
    node: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    nonce: String,
}

impl RestartForm {
    fn step(&self) -> Step {
        self.step.parse().ok().and_then(Step::from_number).unwrap_or(Step::Clients)
    }
}

/// Takes on a restart, by what the gate says at this moment. What is refused leads back to the gate.
pub async fn take(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<RestartForm>,
) -> Result<Response, WebError> {
    let (back, node) = (paths::gates(id, form.step()), NodeName(form.node.clone()));
    let incident = load(&web, id).await?;
    let cluster = web.read().cluster(incident.cluster).await?;
    let look = state_now(&web, &incident, cluster.as_ref());
    let gate = match gates::of_incident(&web, &f, &incident, look.as_ref()).await? {
        Some((gates, _)) => gates.said(&node),
        None => GateSaid::NotJudged,
    };
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let asked = TakeRestart { node: &node, gate, reason: &form.reason };
    let taken = restart_claims::take(web.commands(), &caller, id, asked).await;
    taken.map_err(|error| WebError::from(error).back_to(&back, "web-error-back-gate"))?;
    Ok(Redirect::to(&f.url(back)).into_response())
}

/// It is over. A lead can say so for somebody else.
pub async fn end(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<RestartForm>,
) -> Result<Response, WebError> {
    let (back, of_others) = (paths::gates(id, form.step()), me.role >= Role::Lead);
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let ended = restart_claims::end(web.commands(), &caller, id, of_others).await;
    ended.map_err(|error| WebError::from(error).back_to(&back, "web-error-back-gate"))?;
    Ok(Redirect::to(&f.url(back)).into_response())
}
