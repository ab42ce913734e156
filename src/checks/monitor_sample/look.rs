//! The cheap look of the watcher: what a sample asks, in four requests at most.
//!
//! # Why
//! A watched node is asked every few seconds for years, so what it is asked is counted. Which endpoints it has is found out
//! once. Who it is comes first: a node that tells it is alive, and one that does not is asked nothing more than whether it
//! is. Numbers and connections take turns, for neither is missed for ten seconds. The answer that counts the connections
//! names the clients too: who they are costs no request of its own.

use tokio::time::Instant;

use super::answers::{Answers, why_unknown};
use crate::checks::{GatherError, ask};
use crate::domain::connected::ClientSeen;
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;
use crate::nacos::api::{Family, Question, absent, tells_published};
use crate::sources::{Deadline, NodeSource};

/// What earlier looks found out about a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Which endpoints answer.
    family: Option<Family>,
    /// Looks that were taken since.
    looks: u64,
}

/// What one look saw.
pub struct Looked {
    /// What a sample holds.
    pub sample: SampleSeen,
    /// Its connections; `None`: it was not this look's turn to ask, or the node did not tell.
    pub connections: Option<Vec<ClientSeen>>,
    /// Which endpoints tell what those publish; `None`: none of this version does, or no connection is listed.
    pub publish_lists: Option<Family>,
}

impl Looked {
    fn of(answers: &Answers, at: Timestamp, started: Instant, family: Option<Family>) -> Self {
        let connections = answers.connections();
        let tells = || answers.version().is_some_and(|version| tells_published(&version));
        let publish_lists = family.filter(|_| connections.is_some() && tells());
        Self { sample: answers.sample(at, started), connections, publish_lists }
    }

    /// Of a node that did not answer in time.
    #[must_use]
    pub fn silent(at: Timestamp) -> Self {
        Self { sample: SampleSeen::silent(at), connections: None, publish_lists: None }
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
            let turn = if known.looks.is_multiple_of(2) { Question::Metrics } else { Question::Connections };
            let rest = [Question::Readiness, turn, Question::Members];
            // One that does not tell who it is has answered one more already.
            let rest = if answers.knows_itself() { &rest[..] } else { &rest[..2] };
            answers.ask(source, rest, family, &deadline).await;
            return Ok(Looked::of(&answers, at, started, Some(family)));
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
