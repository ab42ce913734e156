//! What the watcher proposes to open an incident for: a banner with two buttons, on the overview and on the page of the cluster.
//!
//! # Why
//! It says what looks saw, to the second, and asks for a decision; it never says why. Which nodes are silent now is read from
//! the newest look, so a node that answers again is not called silent until the proposal ends.

use std::cmp::Reverse;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::commands::steps::open_proposed;
use crate::commands::{Caller, CommandError, proposals};
use crate::domain::cluster::Cluster;
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, NodeName, ProposalId};
use crate::domain::incident::DomainError;
use crate::domain::look::LookState;
use crate::domain::proposal::{Proposal, SilentNode};
use crate::web::paths;
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// A proposal that is open.
pub struct ProposalItem {
    /// What is proposed.
    pub proposal: Proposal,
    /// Name of its cluster.
    pub cluster_name: String,
    /// Its nodes that did not answer the newest look.
    silent: Vec<SilentNode>,
    /// Those that did.
    back: Vec<SilentNode>,
}

impl ProposalItem {
    async fn new(web: &Web, proposal: Proposal, cluster: &Cluster) -> Result<Self, WebError> {
        let look = web.read().newest_look(cluster.id, web.now()).await?;
        let (silent, back) = proposal.parted(look.as_ref());
        let (silent, back) = (silent.into_iter().cloned().collect(), back.into_iter().cloned().collect());
        Ok(Self { silent, back, cluster_name: cluster.name.clone(), proposal })
    }

    /// Shape and colour.
    #[must_use]
    pub fn tone(&self) -> Tone {
        if self.proposal.state == LookState::Down { Tone::Fail } else { Tone::Warn }
    }

    /// What is the matter, and that nobody is on it.
    #[must_use]
    pub fn title(&self, f: &Frame) -> String {
        let names = |nodes: &[SilentNode]| {
            let names: Vec<NodeName> = nodes.iter().map(|node| node.node.clone()).collect();
            NodeName::joined(&names)
        };
        let (key, nodes) = match (self.silent.is_empty(), self.proposal.state) {
            (true, _) => ("proposal-back", names(&self.back)),
            (false, LookState::Down) => ("proposal-down", names(&self.silent)),
            (false, _) => ("proposal-silent", names(&self.silent)),
        };
        f.t2(key, "cluster", &self.cluster_name, "nodes", nodes)
    }

    /// Since when each node does not answer, and which do again.
    #[must_use]
    pub fn lines(&self, f: &Frame) -> Vec<String> {
        let line = |key: &str, node: &SilentNode| {
            let says = f.t2(key, "node", &node.node, "at", f.moment_said(node.since));
            format!("{says}{}", f.aside(f.ago(node.since)))
        };
        let silent = self.silent.iter().map(|node| line("proposal-node-silent", node));
        let back = self
            .back
            .iter()
            .map(|node| f.t2("proposal-node-back", "node", &node.node, "at", f.moment_said(node.since)));
        silent.chain(back).collect()
    }

    /// How often it began, where that is more than once.
    #[must_use]
    pub fn again(&self, f: &Frame) -> Option<String> {
        let (times, since) = (self.proposal.times, self.proposal.first_at);
        (times > 1).then(|| f.t2("proposal-again", "n", times, "at", f.moment_said(since)))
    }
}

/// Those that are open, the worst first: down, then the most nodes, then the oldest.
pub async fn open_ones(web: &Web) -> Result<Vec<ProposalItem>, WebError> {
    let mut items = Vec::new();
    for proposal in web.read().open_proposals().await? {
        if let Some(cluster) = web.read().cluster(proposal.cluster).await? {
            items.push(ProposalItem::new(web, proposal, &cluster).await?);
        }
    }
    items.sort_by_key(|item| (Reverse(item.proposal.state), Reverse(item.silent.len()), item.proposal.first_at));
    Ok(items)
}

/// The one that is open for a cluster.
pub async fn of_cluster(web: &Web, cluster: &Cluster) -> Result<Option<ProposalItem>, WebError> {
    let newest = web.read().newest_proposal(cluster.id).await?;
    match newest.filter(|newest| newest.ended.is_none()) {
        Some(open) => Ok(Some(ProposalItem::new(web, open, cluster).await?)),
        None => Ok(None),
    }
}

/// A press.
#[derive(Deserialize)]
pub struct PressForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    nonce: String,
}

/// Opens the incident, or leads to the one that somebody else opened at the same time.
pub async fn open(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ProposalId>,
    Form(form): Form<PressForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let incident = opened(open_proposed(web.commands(), &caller, id).await)?;
    let incident = match incident {
        Ok(new) => paths::step(new, Step::Confirm),
        Err(open) => paths::incident(open),
    };
    Ok(Redirect::to(&f.url(incident)).into_response())
}

/// Notes that it is no incident.
pub async fn dismiss(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ProposalId>,
    Form(form): Form<PressForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let target = match opened(proposals::dismiss(web.commands(), &caller, id, &form.reason).await)? {
        Ok(()) => format!("{}?said=saved", paths::OVERVIEW),
        Err(open) => paths::incident(open),
    };
    Ok(Redirect::to(&f.url(target)).into_response())
}

/// What was done, or the incident that is open already.
fn opened<T>(done: Result<T, CommandError>) -> Result<Result<T, IncidentId>, WebError> {
    match done {
        Err(CommandError::Domain(DomainError::OpenAlready(open))) => Ok(Err(open)),
        done => Ok(Ok(done?)),
    }
}
