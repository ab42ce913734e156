//! `clients.spread`: how clients are spread over the nodes.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;

/// `clients.spread`.
pub struct ClientsSpread;

#[async_trait]
impl Check for ClientsSpread {
    fn kind(&self) -> &'static str {
        "clients.spread"
    }

    fn step(&self) -> Step {
        Step::Clients
    }

    fn scope(&self) -> Scope {
        Scope::Cluster
    }

    fn needs(&self) -> &'static [&'static str] {
        &["clients.connections", "clients.watched", "logs.signatures"]
    }

    async fn gather(&self, _cx: &CheckContext) -> Result<Observed, GatherError> {
        Err(GatherError::CouldNotRun(Message::new("checks-gathers-nothing")))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}
