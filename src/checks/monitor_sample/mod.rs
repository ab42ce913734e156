//! `monitor.sample`: one light sample of a node, and the look of the watcher ([`look`]), which asks less.

mod answers;
pub mod beating;
pub mod judge;
pub mod look;
pub mod published;
pub mod services;
pub mod start;

use async_trait::async_trait;
use futures_util::future::join;
use tokio::time::Instant;

use crate::checks::ask::{self, Asked};
use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::Observed;
use crate::nacos::api::{Family, Question};
use crate::sources::{Deadline, NodeSource};
use answers::{Answers, why_unknown};

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

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let source = cx.source.as_ref();
        let deadline = ask::questions_deadline(&cx.deadline);
        let started = Instant::now();
        let (old, three) = join(all(source, Family::Old, &deadline), all(source, Family::Three, &deadline)).await;
        if !old.alive() && !three.alive() {
            let asked: Vec<&Asked> = [&old, &three].iter().filter_map(|one| one.get(Question::Liveness)).collect();
            if let Some(error) = why_unknown(&asked) {
                return Err(error.into());
            }
        }
        let answers = if three.alive() { three } else { old };
        Ok(Observed::Sample(answers.sample(cx.at, started)))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// The answers of one family to everything that a sample asks; where its liveness is not there, nothing else is asked.
async fn all(source: &dyn NodeSource, family: Family, deadline: &Deadline) -> Answers {
    let mut answers = Answers::default();
    answers.ask(source, &[Question::Liveness], family, deadline).await;
    if answers.alive() {
        answers.ask(source, &REST, family, deadline).await;
    }
    answers
}

/// What a node is asked that is alive.
const REST: [Question; 5] =
    [Question::Readiness, Question::Metrics, Question::OwnSelf, Question::Members, Question::Connections];
