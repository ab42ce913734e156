//! Planned maintenance on the page of a cluster: what runs and what comes, and the form.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::Caller;
use crate::commands::maintenances::{self, PlanMaintenance};
use crate::domain::id::{ClusterId, MaintenanceId, NodeName};
use crate::domain::maintenance::{LENGTHS_MINUTES, Maintenance};
use crate::domain::message::Message;
use crate::web::clusters::ClusterShowPage;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// What is planned for a cluster, and what was typed.
pub struct MaintenancePart {
    /// What runs or comes.
    pub all: Vec<Maintenance>,
    /// What was typed.
    pub input: PlanForm,
    /// What is wrong with it.
    pub errors: FieldErrors,
}

impl MaintenancePart {
    /// Of that cluster, with an empty form.
    pub async fn new(web: &Web, cluster: ClusterId) -> Result<Self, WebError> {
        let mut all = web.read().maintenances(web.now()).await?;
        all.retain(|one| one.cluster == cluster);
        let input = PlanForm { minutes: LENGTHS_MINUTES[1], ..PlanForm::default() };
        Ok(Self { all, input, errors: FieldErrors::default() })
    }
}

/// One of them in a sentence.
#[must_use]
pub fn says(f: &Frame, one: &Maintenance) -> String {
    let key = match (&one.node, one.runs_at(f.now)) {
        (Some(_), true) => "maintenance-node",
        (None, true) => "maintenance-cluster",
        (Some(_), false) => "maintenance-node-later",
        (None, false) => "maintenance-cluster-later",
    };
    let node = one.node.as_ref().map_or("", |node| node.0.as_str());
    let message = Message::new(key).with("node", node).with("reason", &one.reason).with("by", &one.by);
    f.msg(message.with("from", f.moment_said(one.from)).with("until", f.moment_said(one.until)))
}

/// That one is under way, in a sentence beside the restart gate.
#[must_use]
pub fn runs_says(f: &Frame, one: &Maintenance) -> String {
    match &one.node {
        Some(node) => f.t2("gate-planned-node", "node", node, "reason", &one.reason),
        None => f.t1("gate-planned-cluster", "reason", &one.reason),
    }
}

/// A new maintenance.
#[derive(Default, Deserialize)]
pub struct PlanForm {
    /// Empty: the whole cluster.
    #[serde(default)]
    pub node: String,
    /// In how many minutes it begins.
    #[serde(default)]
    pub begins_in: u32,
    /// For how many minutes.
    #[serde(default)]
    pub minutes: u32,
    /// Why.
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    nonce: String,
}

/// Enters one.
pub async fn plan(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(cluster): Path<ClusterId>,
    Form(form): Form<PlanForm>,
) -> Result<Response, WebError> {
    let command = PlanMaintenance {
        cluster,
        node: (!form.node.is_empty()).then(|| NodeName(form.node.clone())),
        begins_in: form.begins_in,
        minutes: form.minutes,
        reason: form.reason.clone(),
    };
    let caller = Caller::new(me.name).with_nonce(form.nonce.clone());
    match maintenances::plan(web.commands(), &caller, command).await {
        Ok(_) => Ok(Redirect::to(&f.url(format!("{}?said=saved", paths::cluster(cluster)))).into_response()),
        Err(error) => {
            let mut page = ClusterShowPage::new(&web, f, cluster, false).await?;
            page.planned.errors.take(&page.f.clone(), error)?;
            page.planned.input = form;
            answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// A press.
#[derive(Deserialize)]
pub struct EndForm {}

/// Ends one now.
pub async fn end(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<MaintenanceId>,
    Form(EndForm {}): Form<EndForm>,
) -> Result<Response, WebError> {
    let cluster = maintenances::end_now(web.commands(), &Caller::new(me.name), id).await?;
    let target = cluster.map_or_else(|| paths::OVERVIEW.to_owned(), |id| format!("{}?said=saved", paths::cluster(id)));
    Ok(Redirect::to(&f.url(target)).into_response())
}
