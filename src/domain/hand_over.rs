//! Handing over the lead: one person offers it with a card, the other accepts or declines.
//!
//! # Why
//! The person who takes over at night has to know what is done, what runs, what comes next and what must not be done. The card is
//! generated, so that it is complete, and kept as it was, so that the record shows what was handed over.

use serde::{Deserialize, Serialize};

use super::capture::KeptEvidence;
use super::check_run::{CheckRun, Target};
use super::finding::Step;
use super::id::NodeName;
use super::incident::{DecisionKind, StepProgress, StepState};
use super::message::Message;
use super::time::Timestamp;
use super::to_do::{ToDoId, ToDoMark, lacking};

/// What the person who takes over has to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Steps that are decided.
    pub done: Vec<DoneStep>,
    /// To-dos that are done.
    pub did: Vec<Message>,
    /// What is not among the evidence that those of them are done by which ask to keep it, each name once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
    /// Checks that run or wait to run.
    pub in_flight: Vec<RunningCheck>,
    /// The step that is next; `None`: all are decided.
    pub next_step: Option<Step>,
    /// Whether that step has begun: its checks were asked for.
    #[serde(default)]
    pub next_step_began: bool,
    /// To-dos that are open.
    pub next: Vec<Message>,
    /// What must not be done.
    pub hazards: Vec<Message>,
}

/// A step that is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneStep {
    /// Which.
    pub step: Step,
    /// How.
    pub kind: DecisionKind,
}

/// A check that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningCheck {
    /// Its step.
    pub step: Step,
    /// Kind, e.g. `net.ports`.
    pub check: String,
    /// Its node; `None`: the whole cluster.
    pub node: Option<NodeName>,
}

impl Card {
    /// From what is known. `unfinished`: runs that have not ended; `asked`: to-dos that make sense now, done ones too; `hazards`:
    /// what must not be done now.
    #[must_use]
    pub fn new(
        steps: &[(Step, StepProgress)],
        unfinished: &[CheckRun],
        asked: Vec<Message>,
        hazards: Vec<Message>,
        marks: &[ToDoMark],
    ) -> Self {
        let is_done = |text: &Message| marks.iter().any(|mark| mark.done && mark.id == ToDoId::of(text));
        let decided = steps.iter().filter(|(_, progress)| progress.state().is_decided());
        let done = decided.filter_map(|(step, progress)| Some(DoneStep { step: *step, kind: progress.decision? }));
        let in_flight = unfinished.iter().map(|run| RunningCheck {
            step: run.step,
            check: run.check.clone(),
            node: match &run.target {
                Target::Node { node } => Some(node.clone()),
                Target::Cluster => None,
            },
        });
        let next = steps.iter().find(|(_, progress)| !progress.state().is_decided());
        Self {
            done: done.collect(),
            did: marks.iter().filter(|mark| mark.done).map(|mark| mark.text.clone()).collect(),
            lacking: Vec::new(),
            in_flight: in_flight.collect(),
            next_step: next.map(|(step, _)| *step),
            next_step_began: next.is_some_and(|(_, progress)| progress.state() != StepState::NotStarted),
            next: asked.into_iter().filter(|text| !is_done(text)).collect(),
            hazards,
        }
    }

    /// With what the evidence that was kept of its nodes lacks.
    #[must_use]
    pub fn with_kept(mut self, kept: &[KeptEvidence]) -> Self {
        for text in &self.did {
            for name in lacking(text, kept) {
                if !self.lacking.contains(&name) {
                    self.lacking.push(name);
                }
            }
        }
        self
    }
}

/// How an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// The other leads from then on.
    Accepted,
    /// The other does not want it.
    Declined,
    /// It was taken back.
    Withdrawn,
}

impl OfferEnd {
    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An offer that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Login name of the person who offers.
    pub by: String,
    /// Login name of the person who may accept.
    pub to: String,
    /// Words of the person who offers.
    pub note: String,
    /// What stood on the card then.
    pub card: Card,
    /// When.
    pub at: Timestamp,
}
