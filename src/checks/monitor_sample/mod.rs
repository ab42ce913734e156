//! `monitor.sample`: one light sample of a node.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Observed;

/// `monitor.sample`.
pub struct MonitorSample;

#[async_trait]
impl Check for MonitorSample {
    fn kind(&self) -> &'static str {
        "monitor.sample"
    }

    fn step(&self) -> Step {
        Step::Monitor
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, _cx: &CheckContext) -> Result<Observed, GatherError> {
        Err(GatherError::CouldNotRun(Message::new("checks-not-looked")))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}
