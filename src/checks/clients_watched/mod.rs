//! `clients.watched`: what the watcher counted of a node's clients, before, during and after.
//!
//! # Why
//! Only logs tell how many clients a node had before it stopped, and not everybody lets them be read. The watcher asks all
//! the time. What it counted becomes evidence of the incident here, so that rules judge what is kept and can be shown, and
//! never what the watcher knows by now.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;

/// Its kind.
pub const KIND: &str = "clients.watched";

/// `clients.watched`.
pub struct ClientsWatched;

#[async_trait]
impl Check for ClientsWatched {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn step(&self) -> Step {
        Step::Clients
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn needs_watcher(&self) -> bool {
        true
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        match &cx.watched {
            Some(seen) => Ok(Observed::Watched(seen.clone())),
            None => Err(GatherError::CouldNotRun(Message::new("checks-no-watcher"))),
        }
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}
