//! `door.compare`: what went through the front doors, compared with the same requests straight to the nodes.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;

/// `door.compare`.
pub struct DoorCompare;

#[async_trait]
impl Check for DoorCompare {
    fn kind(&self) -> &'static str {
        "door.compare"
    }

    fn step(&self) -> Step {
        Step::Network
    }

    fn scope(&self) -> Scope {
        Scope::Cluster
    }

    fn needs(&self) -> &'static [&'static str] {
        &["door.requests", "net.ports", "node.view", "node.stop", "logs.signatures"]
    }

    async fn gather(&self, _cx: &CheckContext) -> Result<Observed, GatherError> {
        Err(GatherError::CouldNotRun(Message::new("checks-gathers-nothing")))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}
