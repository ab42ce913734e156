//! `node.view`: what a node's API says of itself and of its peers.

pub mod judge;

use async_trait::async_trait;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use crate::checks::ask::{self, Asked};
use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{HttpSeen, Observed, ViewSeen};
use crate::domain::vocabulary::Failure;
use crate::nacos::api::{self, Family, Question};
use crate::nacos::timing;
use crate::sources::distrust::Distrust;
use crate::sources::{HttpAnswer, SourceError};

/// `node.view`.
pub struct NodeView;

/// Put as soon as it is known which endpoints the node has.
const REST: [Question; 8] = [
    Question::OwnSelf,
    Question::Members,
    Question::Metrics,
    Question::Readiness,
    Question::ConfigHealth,
    Question::Switches,
    Question::Services,
    Question::Actuator,
];

#[async_trait]
impl Check for NodeView {
    fn kind(&self) -> &'static str {
        "node.view"
    }

    fn step(&self) -> Step {
        Step::Confirm
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let source = cx.source.as_ref();
        let deadline = ask::questions_deadline(&cx.deadline);
        let mut seeing = Seeing::new(cx);
        let put = |question, family, probe| {
            let deadline = deadline.clone();
            async move { (question, family, probe, ask::question(source, question, family, &deadline).await) }
        };

        let mut open = FuturesUnordered::new();
        let mut probes = Vec::new();
        for family in [Family::Old, Family::Three] {
            for question in [Question::Liveness, Question::State] {
                open.push(put(question, family, true));
            }
        }
        let mut family: Option<Family> = None;
        let mut probes_open = open.len();
        while let Some((question, asked_of, probe, asked)) = open.next().await {
            let known_before = family.is_some();
            if probe {
                probes_open -= 1;
            }
            if let Some(asked) = asked {
                seeing.note(&asked);
                if probe && family.is_none() {
                    family = tells_family(asked_of, &asked);
                }
                if probe && family.is_none() {
                    probes.push((question, asked_of, asked));
                } else if family == Some(asked_of) {
                    if question == Question::Actuator && asked.ok().is_some_and(api::has_gauges) {
                        open.push(put(Question::Gauges, asked_of, false));
                    }
                    seeing.take(question, asked);
                }
            }
            if family.is_none() && probes_open == 0 && seeing.answered {
                family = Some(Family::Old);
            }
            if let Some(family) = family
                && !known_before
            {
                for (question, asked_of, asked) in probes.drain(..) {
                    if asked_of == family {
                        seeing.take(question, asked);
                    }
                }
                for question in REST {
                    open.push(put(question, family, false));
                }
            }
        }
        // Nothing answered: the old spelling of the questions stands for both.
        for (question, asked_of, asked) in probes {
            if asked_of == Family::Old {
                seeing.take(question, asked);
            }
        }
        drop(open);
        seeing.finish(family)
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// Which endpoints the node has, as far as one probe tells.
fn tells_family(asked_of: Family, asked: &Asked) -> Option<Family> {
    match (asked.status()?, asked_of) {
        (200, family) => Some(family),
        (410, Family::Old) => Some(Family::Three),
        (404, Family::Three) => Some(Family::Old),
        _ => None,
    }
}

fn distrusted(status: u16) -> SourceError {
    SourceError::Untrusted { why: Distrust::of_status(status) }
}

/// An observation in the making.
struct Seeing<'a> {
    cx: &'a CheckContext,
    started: Instant,
    view: ViewSeen,
    answered: bool,
    /// Of the first answer.
    status: Option<u16>,
    understood: bool,
    never_put: bool,
    first_error: Option<SourceError>,
    /// Why what answered may not be the node.
    distrust: Option<SourceError>,
}

impl<'a> Seeing<'a> {
    fn new(cx: &'a CheckContext) -> Self {
        Self {
            cx,
            started: Instant::now(),
            view: ViewSeen { at: Some(cx.at), ..ViewSeen::default() },
            answered: false,
            status: None,
            understood: false,
            never_put: true,
            first_error: None,
            distrust: None,
        }
    }

    /// What every answer tells beside its body, and whether anything answered at all.
    fn note(&mut self, asked: &Asked) {
        self.never_put &= asked.never_put();
        match (&asked.answer, &asked.error) {
            (Some(answer), _) => {
                self.answered = true;
                self.status.get_or_insert(answer.status);
                if matches!(answer.status, 401 | 403) {
                    self.distrust.get_or_insert(distrusted(answer.status));
                }
                self.view.context_path.get_or_insert_with(|| answer.context_path.clone());
                if self.view.clock_offset_ms.is_none() {
                    self.view.clock_offset_ms = self.clock_offset(answer);
                }
            }
            (None, Some(error)) => {
                self.first_error.get_or_insert_with(|| error.clone());
                if asked.tells_nothing() {
                    self.distrust.get_or_insert_with(|| error.clone());
                }
            }
            (None, None) => {}
        }
    }

    /// Node clock minus ours; the header has whole seconds, so the middle of its second is taken.
    fn clock_offset(&self, answer: &HttpAnswer) -> Option<i64> {
        if !self.cx.open_end {
            return None;
        }
        let now = self.cx.at.plus_millis(i64::try_from(self.started.elapsed().as_millis()).ok()?);
        Some(answer.date?.plus_millis(500).millis_since(now))
    }

    fn take(&mut self, question: Question, asked: Asked) {
        let view = &mut self.view;
        let body = asked.ok().unwrap_or_default();
        let understood = match question {
            Question::Liveness => {
                let ok = asked.answer.as_ref().is_some_and(|answer| api::alive(answer.status, &answer.body));
                let mut seen = asked.seen.clone();
                if !ok && seen.status == Some(200) && seen.failure.is_none() {
                    seen.failure = Some(Failure::Protocol);
                }
                view.liveness = Some(seen);
                ok
            }
            Question::Readiness => {
                view.ready = asked.answer.as_ref().and_then(|answer| api::ready(answer.status, &answer.body));
                view.readiness = Some(asked.seen.clone());
                view.ready.is_some()
            }
            Question::State => api::state(body)
                .map(|state| {
                    if view.version.is_none() {
                        view.version = state.get("version").cloned();
                    }
                    view.state = state;
                })
                .is_some(),
            Question::OwnSelf => api::own_self(body)
                .map(|own| {
                    view.version = own.version.or(view.version.take());
                    view.self_address = Some(own.address);
                    view.raft = own.raft;
                })
                .is_some(),
            Question::Members => api::members(body).map(|members| view.members = members).is_some(),
            Question::Metrics => asked
                .answer
                .as_ref()
                .and_then(|answer| api::metrics(answer.status, &answer.body))
                .map(|metrics| view.metrics = Some(metrics))
                .is_some(),
            Question::Switches => api::switches(body).map(|switches| view.switches = switches).is_some(),
            Question::Services => api::services(body).map(|(services, _)| view.services = services).is_some(),
            Question::ConfigHealth => {
                let ok = asked.ok().is_some();
                view.config_health = Some(asked.seen.clone());
                ok
            }
            Question::Gauges => {
                view.gauges = api::gauges(body);
                true
            }
            // Closed is how it is shipped.
            Question::Connections | Question::Actuator => true,
        };
        // What any web server may say to any question is not a sign of Nacos.
        let telling =
            !matches!(question, Question::ConfigHealth | Question::Connections | Question::Actuator | Question::Gauges);
        self.understood |= understood && telling;
        // The list of services takes its time on a node that is well, too.
        let light = matches!(
            question,
            Question::Members | Question::OwnSelf | Question::Metrics | Question::State | Question::Switches
        );
        if understood && light && asked.seen.elapsed_ms >= timing::LATE_ANSWER_MS {
            view.late.push(HttpSeen { body: String::new(), ..asked.seen.clone() });
        }
        if !understood {
            let mut seen = asked.seen;
            if seen.status == Some(200) && seen.failure.is_none() {
                seen.failure = Some(Failure::Protocol);
            }
            view.failed.push(seen);
        }
    }

    fn finish(mut self, family: Option<Family>) -> Result<Observed, GatherError> {
        if !self.understood
            && let Some(error) = self.distrust.take().or_else(|| self.status.map(distrusted))
        {
            return Err(error.into());
        }
        if !self.answered && self.never_put {
            return Err(self
                .first_error
                .map_or_else(|| GatherError::CouldNotRun(Message::new("checks-not-looked")), GatherError::from));
        }
        self.view.api = family.filter(|_| self.understood).map(|family| {
            match family {
                Family::Old => "v1",
                Family::Three => "v3",
            }
            .to_owned()
        });
        for asked in [&mut self.view.failed, &mut self.view.late] {
            asked.sort_by(|a: &HttpSeen, b| a.path.cmp(&b.path));
        }
        Ok(Observed::View(self.view))
    }
}
