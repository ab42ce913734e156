//! `config.compare`: properties, flags and versions between nodes.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;

/// `config.compare`.
pub struct ConfigCompare;

#[async_trait]
impl Check for ConfigCompare {
    fn kind(&self) -> &'static str {
        "config.compare"
    }

    fn step(&self) -> Step {
        Step::Config
    }

    fn scope(&self) -> Scope {
        Scope::Cluster
    }

    fn needs(&self) -> &'static [&'static str] {
        &["config.properties", "node.view"]
    }

    async fn gather(&self, _cx: &CheckContext) -> Result<Observed, GatherError> {
        Err(GatherError::CouldNotRun(Message::new("checks-gathers-nothing")))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}
