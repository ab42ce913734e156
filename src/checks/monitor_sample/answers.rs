//! The answers that a sample is made of, and what they come to.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::checks::ask::{self, Asked};
use crate::domain::observed::{ClientSeen, GaugesSeen, SampleSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::MemberState;
use crate::nacos::api::{self, Family, Question};
use crate::sources::distrust::Distrust;
use crate::sources::{Deadline, NodeSource, SourceError};

/// What a node answered to the questions that it was asked.
#[derive(Default)]
pub(super) struct Answers(Vec<(Question, Asked)>);

impl Answers {
    /// Asks these questions, side by side, beside what was asked before.
    pub(super) async fn ask(
        &mut self,
        source: &dyn NodeSource,
        questions: &[Question],
        family: Family,
        deadline: &Deadline,
    ) {
        let asked = questions.iter().map(|question| ask::question(source, *question, family, deadline));
        let answers = join_all(asked).await;
        let known = questions.iter().zip(answers).filter_map(|(question, asked)| Some((*question, asked?)));
        self.0.extend(known);
    }

    pub(super) fn get(&self, question: Question) -> Option<&Asked> {
        self.0.iter().find(|(asked, _)| *asked == question).map(|(_, answer)| answer)
    }

    fn ok<T>(&self, question: Question, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.get(question).and_then(Asked::ok).and_then(read)
    }

    /// Whether the node says what only a node says: that it is alive, or who it is.
    pub(super) fn alive(&self) -> bool {
        let liveness = self.get(Question::Liveness).and_then(|asked| asked.answer.as_ref());
        liveness.is_some_and(|answer| api::alive(answer.status, &answer.body)) || self.knows_itself()
    }

    /// Whether it told who it is.
    pub(super) fn knows_itself(&self) -> bool {
        self.ok(Question::OwnSelf, api::own_self).is_some()
    }

    /// The version that it tells of itself.
    pub(super) fn version(&self) -> Option<String> {
        self.ok(Question::OwnSelf, api::own_self).and_then(|own| own.version)
    }

    /// Its connections, where it was asked for them and listed them.
    pub(super) fn connections(&self) -> Option<Vec<ClientSeen>> {
        self.ok(Question::Connections, api::connections)
    }

    /// What its JVM measures, where it was asked for that and told; the folder that its disk was measured at stays the same.
    fn gauges(&self, at: Timestamp) -> Option<GaugesSeen> {
        let gauges = self.ok(Question::Gauges, api::gauges)?;
        Some(GaugesSeen { read_at: Some(at), disk_path: None, ..gauges })
    }

    /// The sample that they come to.
    pub(super) fn sample(&self, at: Timestamp, since: Instant) -> SampleSeen {
        let read = |question, read: fn(u16, &str) -> Option<bool>| {
            let answer = self.get(question)?.answer.as_ref()?;
            read(answer.status, &answer.body)
        };
        let metrics = self.get(Question::Metrics).and_then(|asked| asked.answer.as_ref());
        let members = self.ok(Question::Members, api::members).unwrap_or_default();
        let sdk_connections = self
            .connections()
            .and_then(|list| i64::try_from(list.iter().filter(|client| !client.is_of_a_node()).count()).ok());
        let own = self.ok(Question::OwnSelf, api::own_self);
        let address = own.as_ref().map(|own| own.address.clone());
        SampleSeen {
            at,
            alive: self.alive(),
            ready: read(Question::Readiness, api::ready),
            members: members.into_iter().map(|one| (one.address, one.state)).collect::<BTreeMap<String, MemberState>>(),
            raft: own.map(|own| own.raft).unwrap_or_default(),
            metrics: metrics.and_then(|answer| api::metrics(answer.status, &answer.body)).unwrap_or_default(),
            sdk_connections,
            errors: None,
            gauges: self.gauges(at).map(Box::new),
            gauges_closed: false,
            address,
            start: None,
            elapsed_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Why a node of which these answers alone are known was never asked, or may not be what answered. `None`: it was asked, and
/// what came back, or did not, is its own.
pub(super) fn why_unknown(asked: &[&Asked]) -> Option<SourceError> {
    if asked.iter().all(|asked| asked.never_put()) {
        return asked.iter().find_map(|asked| asked.error.clone());
    }
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
