//! `stop.cause`: how each silent node stopped, from its own traces and what its peers saw.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;

/// `stop.cause`.
pub struct StopCause;

#[async_trait]
impl Check for StopCause {
    fn kind(&self) -> &'static str {
        "stop.cause"
    }

    fn step(&self) -> Step {
        Step::Confirm
    }

    fn scope(&self) -> Scope {
        Scope::Cluster
    }

    fn needs(&self) -> &'static [&'static str] {
        &["node.stop", "logs.signatures", "net.ports", "node.view"]
    }

    async fn gather(&self, _cx: &CheckContext) -> Result<Observed, GatherError> {
        Err(GatherError::CouldNotRun(Message::new("checks-gathers-nothing")))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}
