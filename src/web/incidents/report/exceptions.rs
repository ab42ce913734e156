//! What a reader must not overlook: skips, exceptions, checks that could not look.

use crate::domain::check_run::RunEnd;
use crate::domain::finding::Step;
use crate::domain::id::NodeName;
use crate::domain::incident::StepState;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::web::check_key;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::timeline::step_key;
use crate::web::plumbing::components::{Tone, reason_words, step_state_key};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};

/// Something that a reader must not overlook.
pub struct Exception {
    /// Its stable name: `skipped`, `done_with_exceptions`, `undecided`, `not_seen`.
    pub code: &'static str,
    /// The step, of those that are about one.
    pub step: Option<Step>,
    /// The check, of those that are about one.
    pub check: Option<String>,
    /// The nodes on which it could not look; empty: the whole cluster, or it is no check.
    pub nodes: Vec<NodeName>,
    /// Why a check could not look, of those that are about one.
    pub message: Option<Message>,
    /// Shape and colour.
    pub tone: Tone,
    /// What.
    pub what: String,
    /// Why, in the words of the person who decided, or the reason.
    pub why: String,
    /// Who and when.
    pub by: Option<(String, Timestamp)>,
}

/// A check that could not look, or not at everything, for one reason.
pub struct BlindSpot {
    /// The check.
    pub check: String,
    /// Why.
    pub why: Message,
    /// On which nodes; `None` among them: on the whole cluster.
    pub places: Vec<Option<NodeName>>,
    /// It was judged by what else was seen.
    pub partly: bool,
}

impl BlindSpot {
    /// Where, in words.
    #[must_use]
    pub fn places(&self, f: &Frame) -> String {
        let place = |place: &Option<NodeName>| {
            place.as_ref().map_or_else(|| f.t("report-whole-cluster"), |node| short(&node.0))
        };
        f.list(self.places.iter().map(place))
    }
}

/// All of an incident: those of decisions, then steps that nobody decided, then what was not seen.
#[must_use]
pub fn exceptions(f: &Frame, record: &Record) -> Vec<Exception> {
    let mut found: Vec<Exception> =
        record.states.iter().filter_map(|(step, state)| of_decision(f, record, *step, *state)).collect();
    let undecided = record.states.iter().filter(|(_, state)| !state.is_decided()).map(|(step, _)| *step);
    let undecided: Vec<String> = undecided.map(|step| format!("{} {}", step.number(), f.t(step_key(step)))).collect();
    let plain_one = |code, what, why| Exception {
        code,
        step: None,
        check: None,
        nodes: Vec::new(),
        message: None,
        tone: Tone::Unknown,
        what,
        why,
        by: None,
    };
    if !undecided.is_empty() {
        let what = f.t1("report-open-steps", "steps", undecided.join(f.comma()));
        found.push(plain_one("undecided", what, f.t("report-open-steps-why")));
    }
    for spot in blind_spots(record, None) {
        let (code, key) =
            if spot.partly { ("partly_seen", "report-partly-seen") } else { ("not_seen", "report-not-seen") };
        let what = f.t2(key, "check", f.t(check_key(&spot.check)), "places", spot.places(f));
        let unseen = plain_one(code, what, plain(&f.msg(&spot.why)));
        let (check, message) = (Some(spot.check), Some(spot.why));
        found.push(Exception { check, message, nodes: spot.places.into_iter().flatten().collect(), ..unseen });
    }
    found
}

fn of_decision(f: &Frame, record: &Record, step: Step, state: StepState) -> Option<Exception> {
    let code = match state {
        StepState::Skipped => "skipped",
        StepState::DoneWithExceptions => "done_with_exceptions",
        _ => return None,
    };
    let decision = record.decision(step)?;
    let name = format!("{} {}", step.number(), f.t(step_key(step)));
    Some(Exception {
        code,
        step: Some(step),
        check: None,
        nodes: Vec::new(),
        message: None,
        tone: state.into(),
        what: f.t2("report-exception", "step", &name, "state", f.t(step_state_key(state))),
        why: plain(&reason_words(f, &decision.reason, &decision.exceptions)),
        by: Some((short(&decision.by), decision.at)),
    })
}

/// Checks of the newest rounds that could not look, or not at everything, with the reason; of all steps or of one.
#[must_use]
pub fn blind_spots(record: &Record, of: Option<Step>) -> Vec<BlindSpot> {
    let mut spots: Vec<BlindSpot> = Vec::new();
    let mut put = |check: &str, node: Option<&NodeName>, why: Message, partly: bool| {
        let place = node.cloned();
        match spots.iter_mut().find(|spot| spot.check == check && spot.why == why && spot.partly == partly) {
            Some(spot) if spot.places.contains(&place) => {}
            Some(spot) => spot.places.push(place),
            None => spots.push(BlindSpot { check: check.to_owned(), why, places: vec![place], partly }),
        }
    };
    let steps = record.states.iter().map(|(step, _)| *step).filter(|step| of.is_none_or(|of| of == *step));
    for run in steps.flat_map(|step| record.newest_round(step)) {
        let why = match run.end() {
            Some(RunEnd::CouldNotRun { reason }) => reason.clone(),
            Some(RunEnd::TimedOut) => Message::new("checks-timed-out"),
            Some(RunEnd::Cancelled { by }) => Message::new("report-cancelled").with("by", by),
            Some(RunEnd::Interrupted) => Message::new("checks-interrupted"),
            Some(RunEnd::Judged { judgement }) => {
                for unseen in &judgement.not_seen {
                    put(&unseen.check, unseen.node.as_ref(), unseen.reason.clone(), true);
                }
                continue;
            }
            None => continue,
        };
        put(&run.check, run.target.node(), why, false);
    }
    // By check, as they always stood.
    spots.sort_by(|one, other| one.check.cmp(&other.check));
    spots
}
