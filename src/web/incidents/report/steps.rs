//! Each step in words: its decision, where its time went, what its checks found, what they could not see.

use std::collections::BTreeMap;

use crate::domain::check_run::{CheckRun, RunEnd, Target};
use crate::domain::finding::{Coverage, Step};
use crate::domain::id::{CheckRunId, EvidenceId};
use crate::domain::incident::{StepDecision, StepState};
use crate::domain::message::Message;
use crate::domain::record::step_times::{StepTime, step_times};
use crate::web::check_key;
use crate::web::guide::runbooks::local;
use crate::web::incidents::report::exceptions::{BlindSpot, blind_spots};
use crate::web::incidents::report::record::Record;
use crate::web::incidents::timeline::{decision_key, step_key};
use crate::web::plumbing::components::{Look, OutcomeLook, Tone, reason_words};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};

/// One result of a check.
pub struct ResultLine {
    /// Its run.
    pub run: CheckRunId,
    /// Shape and colour.
    pub tone: Tone,
    /// How it ended, in words: the outcome, and that only parts were seen.
    pub word: String,
    /// The same as a code: an outcome, `partly_seen`, or why it was not judged.
    pub code: &'static str,
    /// How much of it was seen; `None`: it was not judged.
    pub seen: Option<Coverage>,
    /// Check and node.
    pub what: String,
    /// One sentence.
    pub text: String,
    /// Its evidence.
    pub evidence: Option<EvidenceId>,
}

impl ResultLine {
    /// In order, and all of it was seen.
    fn is_fine(&self) -> bool {
        self.tone == Tone::Ok
    }
}

/// One step, in words.
pub struct StepReport {
    /// Number.
    pub number: u8,
    /// Name.
    pub title: String,
    /// Its state.
    pub look: Look,
    /// Where its time went.
    pub time: StepTime,
    /// Who decided what when and why, oldest first.
    pub decisions: Vec<(String, StepDecision)>,
    /// What its checks could not see: check and places.
    pub blind: Vec<String>,
    /// Results of the newest round, worst first.
    pub results: Vec<ResultLine>,
}

impl StepReport {
    /// Results that need no words of their own.
    pub fn fine(&self) -> impl Iterator<Item = &ResultLine> {
        self.results.iter().filter(|line| line.is_fine())
    }

    /// All others.
    pub fn rest(&self) -> impl Iterator<Item = &ResultLine> {
        self.results.iter().filter(|line| !line.is_fine())
    }

    /// The decision that stands.
    #[must_use]
    pub fn decision(&self) -> Option<&StepDecision> {
        self.decisions.last().map(|(_, decision)| decision)
    }

    /// The reason of the decision that stands: each line and each exception by itself, of bounded length and number.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        /// So that the table of steps stays one that can be looked over; the appendix has all of it.
        const MOST_CHARS: usize = 180;
        const MOST_LINES: usize = 6;
        let reason = self.decision().map(|decision| decision.reason.as_str()).unwrap_or_default();
        let mut lines: Vec<String> = reason.lines().map(short).filter(|line| !line.trim().is_empty()).collect();
        for line in &mut lines {
            if let Some((at, _)) = line.char_indices().nth(MOST_CHARS) {
                // Not within a word, where there are words.
                let whole = line[..at].rfind(char::is_whitespace).filter(|end| *end * 2 > at);
                line.truncate(whole.unwrap_or(at));
                line.push_str(" …");
            }
        }
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES - 1);
            lines.push("…".to_owned());
        }
        lines
    }
}

/// Every step of the runbook, in order.
#[must_use]
pub fn steps(f: &Frame, record: &Record) -> Vec<StepReport> {
    let steps: Vec<Step> = record.states.iter().map(|(step, _)| *step).collect();
    let between = (record.incident.opened_at, record.end(f.now));
    let times = step_times(&steps, between, &record.runs, &record.events);
    let states = record.states.iter().zip(times);
    states.map(|((step, state), time)| step_report(f, record, *step, *state, time)).collect()
}

fn step_report(f: &Frame, record: &Record, step: Step, state: StepState, time: StepTime) -> StepReport {
    let title = record.runbook.iter().flat_map(|runbook| &runbook.steps).find(|one| one.step == step);
    let decisions = record.decisions.iter().filter(|decision| decision.step == step).map(|decision| {
        let reason = plain(&reason_words(f, &decision.reason, &decision.exceptions));
        let shown = StepDecision { reason, by: short(&decision.by), ..decision.clone() };
        (f.t(decision_key(decision.kind)), shown)
    });
    StepReport {
        number: step.number(),
        title: title.map_or_else(|| f.t(step_key(step)), |one| local(f, &one.title).to_owned()),
        look: Look::of_step(state, record.incident.state.is_open()),
        time,
        decisions: decisions.collect(),
        blind: blind(f, record, step),
        results: results(f, record, step),
    }
}

/// What the checks of a step could not see: each check once, with its places; the reasons stand in the appendix.
fn blind(f: &Frame, record: &Record, step: Step) -> Vec<String> {
    let mut spots: Vec<BlindSpot> = Vec::new();
    for spot in blind_spots(record, Some(step)) {
        match spots.iter_mut().find(|known| known.check == spot.check) {
            Some(known) => {
                for place in spot.places {
                    if !known.places.contains(&place) {
                        known.places.push(place);
                    }
                }
            }
            None => spots.push(spot),
        }
    }
    spots.iter().map(|spot| format!("{}{}", f.t(check_key(&spot.check)), f.aside(spot.places(f)))).collect()
}

fn results(f: &Frame, record: &Record, step: Step) -> Vec<ResultLine> {
    let evidence: BTreeMap<CheckRunId, EvidenceId> = record.evidence.iter().map(|item| (item.run, item.id)).collect();
    let line = |run: &CheckRun| result_line(f, run, evidence.get(&run.id).copied());
    let mut results: Vec<ResultLine> = record.newest_round(step).filter_map(line).collect();
    results.sort_by_key(|line| match line.tone {
        Tone::Fail => 0,
        Tone::Warn => 1,
        Tone::Info => 3,
        Tone::Ok => 4,
        Tone::Skipped => 5,
        _ => 2,
    });
    results
}

/// How a run ended, in words; `None`: it has not.
fn result_line(f: &Frame, run: &CheckRun, evidence: Option<EvidenceId>) -> Option<ResultLine> {
    let what = what(f, run);
    Some(match run.end()? {
        RunEnd::Judged { judgement } => {
            let look = OutcomeLook::of(judgement.outcome, judgement.seen);
            ResultLine {
                run: run.id,
                tone: look.look.tone,
                word: look.said(f),
                code: look.code,
                seen: Some(judgement.seen),
                what,
                text: plain(&f.msg(&judgement.summary)),
                evidence,
            }
        }
        end => ResultLine {
            run: run.id,
            tone: Tone::Unknown,
            word: f.t(format!("timeline-end-{}", end.as_str().replace('_', "-"))),
            code: end.as_str(),
            seen: None,
            what,
            text: plain(&f.msg(why_not(run))),
            evidence: None,
        },
    })
}

fn why_not(run: &CheckRun) -> Message {
    match run.end() {
        Some(RunEnd::CouldNotRun { reason }) => reason.clone(),
        Some(RunEnd::TimedOut) => Message::new("checks-timed-out"),
        _ => Message::new("checks-not-looked"),
    }
}

fn what(f: &Frame, run: &CheckRun) -> String {
    let name = f.t(check_key(&run.check));
    match &run.target {
        Target::Node { node } => format!("{name} · {}", short(&node.0)),
        Target::Cluster => name,
    }
}
