//! `monitor.sample`: one light sample of a node.

pub mod judge;

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::future::join;
use tokio::time::Instant;

use crate::checks::ask::{self, Asked};
use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::{Observed, SampleSeen};
use crate::domain::vocabulary::MemberState;
use crate::nacos::api::{self, Family, Question};
use crate::sources::distrust::Distrust;
use crate::sources::{Deadline, NodeSource, SourceError};

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
        let (old, three) = join(family(source, Family::Old, &deadline), family(source, Family::Three, &deadline)).await;
        if let Some(error) =
            old.iter().chain(&three).flatten().find(|asked| asked.never_put()).and_then(|asked| asked.error.clone())
            && old.iter().chain(&three).flatten().all(Asked::never_put)
        {
            return Err(error.into());
        }
        if let Some(error) = untrusted(&old, &three) {
            return Err(error.into());
        }
        let answers = if alive(&three) { three } else { old };
        let [liveness, readiness, metrics, own, members, connections] = answers;
        let ok = |asked: &Option<Asked>| asked.as_ref().and_then(|asked| asked.ok().map(str::to_owned));
        let members: BTreeMap<String, MemberState> = ok(&members)
            .and_then(|body| api::members(&body))
            .unwrap_or_default()
            .into_iter()
            .map(|member| (member.address, member.state))
            .collect();
        let sdk_connections = ok(&connections)
            .and_then(|body| api::connections(&body))
            .and_then(|list| i64::try_from(list.iter().filter(|client| !client.is_of_a_node()).count()).ok());
        Ok(Observed::Sample(SampleSeen {
            at: cx.at,
            alive: says_alive(liveness.as_ref()),
            ready: readiness.and_then(|asked| asked.answer).and_then(|answer| api::ready(answer.status, &answer.body)),
            members,
            raft: ok(&own).and_then(|body| api::own_self(&body)).map(|own| own.raft).unwrap_or_default(),
            metrics: metrics
                .and_then(|asked| asked.answer)
                .and_then(|answer| api::metrics(answer.status, &answer.body))
                .unwrap_or_default(),
            sdk_connections,
            errors: None,
            elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// The questions of a sample.
const QUESTIONS: [Question; 6] = [
    Question::Liveness,
    Question::Readiness,
    Question::Metrics,
    Question::OwnSelf,
    Question::Members,
    Question::Connections,
];

/// The answers of one family; where its liveness is not there, nothing else is asked.
async fn family(source: &dyn NodeSource, family: Family, deadline: &Deadline) -> [Option<Asked>; 6] {
    let mut answers: [Option<Asked>; 6] = Default::default();
    let liveness = ask::question(source, Question::Liveness, family, deadline).await;
    let is_there = says_alive(liveness.as_ref());
    answers[0] = liveness;
    if !is_there {
        return answers;
    }
    let rest = futures_util::future::join_all(
        QUESTIONS[1..].iter().map(|question| ask::question(source, *question, family, deadline)),
    )
    .await;
    for (place, answer) in answers[1..].iter_mut().zip(rest) {
        *place = answer;
    }
    answers
}

/// Why what answered may not be the node, where nothing that answered is alive.
fn untrusted(old: &[Option<Asked>; 6], three: &[Option<Asked>; 6]) -> Option<SourceError> {
    if alive(old) || alive(three) {
        return None;
    }
    let asked: Vec<&Asked> = [&old[0], &three[0]].into_iter().flatten().collect();
    if let Some(told) = asked.iter().find(|asked| asked.tells_nothing()) {
        return told.error.clone();
    }
    let statuses: Vec<u16> = asked.iter().filter_map(|asked| asked.status()).collect();
    // A node that starts says 503, one in trouble 500: those are its own words.
    if statuses.is_empty() || statuses.len() < asked.len() || statuses.iter().any(|status| *status >= 500) {
        return None;
    }
    let telling = statuses.iter().find(|status| matches!(status, 401 | 403)).unwrap_or(&statuses[0]);
    Some(SourceError::Untrusted { why: Distrust::of_status(*telling) })
}

fn alive(answers: &[Option<Asked>; 6]) -> bool {
    says_alive(answers[0].as_ref())
}

fn says_alive(liveness: Option<&Asked>) -> bool {
    liveness.and_then(|asked| asked.answer.as_ref()).is_some_and(|answer| api::alive(answer.status, &answer.body))
}
