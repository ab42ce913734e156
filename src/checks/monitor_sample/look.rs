//! The cheap look of the watcher: what a sample asks, in four requests at most.
//!
//! # Why
//! A watched node is asked every few seconds for years, so what it is asked is counted. Which endpoints it has is found out
//! once. Who it is comes first: a node that tells it is alive, and one that does not is asked nothing more than whether it
//! is. Numbers and connections take turns, for neither is missed for ten seconds; once a minute what the JVM measures is asked
//! for in place of the numbers, and never twice in a row. The answer that counts the connections names the clients too: who they
//! are costs no request of its own.

use tokio::time::Instant;

use super::answers::{Answers, why_unknown};
use crate::checks::{GatherError, ask};
use crate::domain::connected::ClientSeen;
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;
use crate::nacos::api::{self, Family, Question, absent, tells_published};
use crate::nacos::timing;
use crate::sources::{Deadline, NodeSource};

/// What earlier looks found out about a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Which endpoints answer.
    family: Option<Family>,
    /// Looks that were taken since.
    looks: u64,
    /// What is known of its Prometheus endpoint.
    gauges: Gauges,
}

/// Whether the Prometheus endpoint of a node is open, and when it is asked next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Gauges {
    /// `None`: it is asked which endpoints are open before anything is asked of this one, for a node notes requests to one that
    /// is closed in its log.
    open: Option<bool>,
    /// `None`: it was never asked.
    next: Option<Timestamp>,
    /// The look that asked last, of those that are counted.
    look: u64,
}

impl Gauges {
    /// What has to be asked in place of the numbers; `None`: nothing yet, and never twice without the numbers in between.
    fn due(&self, at: Timestamp, looks: u64) -> Option<Question> {
        let left = self.next.map_or(0, |next| next.millis_since(at));
        // A clock that was set back does not put it off.
        let due = left <= timing::GAUGES_EARLY_MS || left > timing::CLOSED_ASKED_EVERY_MS;
        let question = if self.open == Some(true) { Question::Gauges } else { Question::Actuator };
        (due && looks >= self.look + NUMBERS_BETWEEN).then_some(question)
    }

    /// With what came back; `told`: numbers of its JVM did.
    fn after(question: Question, answers: &Answers, told: bool, at: Timestamp, look: u64) -> Self {
        let (open, after_ms) = match question {
            Question::Gauges if told => (Some(true), timing::GAUGES_EVERY_MS),
            Question::Gauges => (None, timing::GAUGES_EVERY_MS),
            _ => match answers.get(Question::Actuator) {
                Some(asked) if asked.ok().is_some_and(api::has_gauges) => (Some(true), 0),
                Some(asked) if asked.ok().is_some() || asked.status().is_some_and(absent) => {
                    (Some(false), timing::CLOSED_ASKED_EVERY_MS)
                }
                // A door that is shut to us is not one that is closed.
                Some(asked) if asked.status().is_some() => (None, timing::CLOSED_ASKED_EVERY_MS),
                _ => (None, timing::GAUGES_EVERY_MS),
            },
        };
        Self { open, next: Some(at.plus_millis(after_ms)), look }
    }
}

/// Looks from one that asks for gauges to the next that may: the numbers have had their turn meanwhile.
const NUMBERS_BETWEEN: u64 = 4;

/// What one look saw.
pub struct Looked {
    /// What a sample holds.
    pub sample: SampleSeen,
    /// Its connections; `None`: it was not this look's turn to ask, or the node did not tell.
    pub connections: Option<Vec<ClientSeen>>,
    /// Which endpoints tell what those publish; `None`: none of this version does, or no connection is listed.
    pub publish_lists: Option<Family>,
    /// Which endpoints answer; `None`: it was silent, or that is being found out.
    pub family: Option<Family>,
}

impl Looked {
    fn of(answers: &Answers, at: Timestamp, started: Instant, family: Option<Family>) -> Self {
        let connections = answers.connections();
        let tells = || answers.version().is_some_and(|version| tells_published(&version));
        let publish_lists = family.filter(|_| connections.is_some() && tells());
        Self { sample: answers.sample(at, started), connections, publish_lists, family }
    }

    /// Of a node that did not answer in time.
    #[must_use]
    pub fn silent(at: Timestamp) -> Self {
        Self { sample: SampleSeen::silent(at), connections: None, publish_lists: None, family: None }
    }
}

/// One look at one node.
///
/// # Errors
/// Why the node could not be asked. A node that was asked and is silent is a sample that says so.
pub async fn look(
    source: &dyn NodeSource,
    deadline: &Deadline,
    at: Timestamp,
    known: &mut Known,
) -> Result<Looked, GatherError> {
    let deadline = ask::questions_deadline(deadline);
    let started = Instant::now();
    let mut answers = Answers::default();
    if let Some(family) = known.family {
        known.looks += 1;
        answers.ask(source, &[Question::OwnSelf], family, &deadline).await;
        if !answers.knows_itself() {
            answers.ask(source, &[Question::Liveness], family, &deadline).await;
        }
        if answers.alive() {
            let gauges = Some(known.gauges).filter(|_| known.looks.is_multiple_of(2));
            let gauges = gauges.and_then(|gauges| gauges.due(at, known.looks));
            let turn = match gauges {
                Some(question) => question,
                None if known.looks.is_multiple_of(2) => Question::Metrics,
                None => Question::Connections,
            };
            let rest = [Question::Readiness, turn, Question::Members];
            // One that does not tell who it is has answered one more already.
            let rest = if answers.knows_itself() { &rest[..] } else { &rest[..2] };
            answers.ask(source, rest, family, &deadline).await;
            let mut looked = Looked::of(&answers, at, started, Some(family));
            if let Some(question) = gauges {
                let told = looked.sample.gauges.is_some();
                known.gauges = Gauges::after(question, &answers, told, at, known.looks);
            }
            looked.sample.gauges_closed = known.gauges.open == Some(false);
            return Ok(looked);
        }
        let liveness = answers.get(Question::Liveness);
        // Of another version than before: which one is found out anew.
        if !liveness.and_then(ask::Asked::status).is_some_and(absent) {
            return match liveness.and_then(|asked| why_unknown(&[asked])) {
                Some(error) => Err(error.into()),
                None => Ok(Looked::of(&answers, at, started, None)),
            };
        }
        *known = Known::default();
    }
    let (mut old, mut three) = (Answers::default(), Answers::default());
    let first = [Question::Liveness];
    futures_util::future::join(
        old.ask(source, &first, Family::Old, &deadline),
        three.ask(source, &first, Family::Three, &deadline),
    )
    .await;
    if !old.alive() && !three.alive() {
        let asked: Vec<&ask::Asked> = [&old, &three].iter().filter_map(|one| one.get(Question::Liveness)).collect();
        return match why_unknown(&asked) {
            Some(error) => Err(error.into()),
            None => Ok(Looked::of(&old, at, started, None)),
        };
    }
    let (mut answers, family) = if three.alive() { (three, Family::Three) } else { (old, Family::Old) };
    known.family = Some(family);
    answers.ask(source, &[Question::Readiness], family, &deadline).await;
    Ok(Looked::of(&answers, at, started, None))
}
