//! `monitor.stable`: whether the cluster is stable now.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;

/// `monitor.stable`.
pub struct MonitorStable;

#[async_trait]
impl Check for MonitorStable {
    fn kind(&self) -> &'static str {
        "monitor.stable"
    }

    fn step(&self) -> Step {
        Step::Monitor
    }

    fn scope(&self) -> Scope {
        Scope::Cluster
    }

    fn needs(&self) -> &'static [&'static str] {
        &["monitor.sample"]
    }

    async fn gather(&self, _cx: &CheckContext) -> Result<Observed, GatherError> {
        Err(GatherError::CouldNotRun(Message::new("checks-gathers-nothing")))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}
