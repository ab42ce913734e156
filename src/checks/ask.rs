//! Questions over HTTP as gathers ask them: the paths of each version in turn, failures kept as what was seen.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::observed::HttpSeen;
use crate::nacos::api::{Family, Question, absent};
use crate::sources::{Deadline, HttpAnswer, HttpAsk, HttpPort, NodeSource, SourceError};

/// Characters of a body that an observation keeps.
const SHOWN: usize = 400;

/// What is kept of a node's time for putting the answers together.
const RESERVE: Duration = Duration::from_millis(60);

/// How one question ended.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As an observation keeps it.
    pub seen: HttpSeen,
    /// The answer, whatever its status.
    pub answer: Option<HttpAnswer>,
    /// The failure, where there was no answer.
    pub error: Option<SourceError>,
}

impl Asked {
    /// The body of an answer with status 200.
    #[must_use]
    pub fn ok(&self) -> Option<&str> {
        self.answer.as_ref().filter(|answer| answer.status == 200).map(|answer| answer.body.as_str())
    }

    /// The status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.seen.status
    }

    /// True if what came back, or the way there, says nothing of the node: it may not be the node that answered.
    #[must_use]
    pub fn tells_nothing(&self) -> bool {
        matches!(
            self.error,
            Some(
                SourceError::Untrusted { .. }
                    | SourceError::Denied { .. }
                    | SourceError::File(_)
                    | SourceError::Credential(_)
                    | SourceError::Protocol { .. }
                    | SourceError::TooLarge { .. }
            )
        )
    }

    /// True if the question was never put as it has to be: nothing is configured, recorded or allowed for it, or the
    /// credential that it needs cannot be read or may not be sent there.
    #[must_use]
    pub fn never_put(&self) -> bool {
        matches!(
            self.error,
            Some(
                SourceError::NotConfigured { .. }
                    | SourceError::NotRecorded
                    | SourceError::BadAddress { .. }
                    | SourceError::File(_)
                    | SourceError::Credential(_)
            )
        )
    }
}

/// The deadline for single questions: a little before the node's, so that the gather still has time to tell what it saw.
#[must_use]
pub fn questions_deadline(deadline: &Deadline) -> Deadline {
    let left = deadline.left();
    let at = if left > RESERVE * 4 { deadline.at - RESERVE } else { deadline.at };
    Deadline { at, cancel: deadline.cancel.clone() }
}

/// Asks one path of a question.
pub async fn one(source: &dyn NodeSource, path: &str, deadline: &Deadline) -> Asked {
    let started = Instant::now();
    let ask = HttpAsk { port: HttpPort::Main, path: path.to_owned() };
    match source.http(&ask, deadline).await {
        Ok(answer) => Asked {
            seen: HttpSeen {
                path: path.to_owned(),
                status: Some(answer.status),
                body: start_of(&answer.body),
                failure: None,
                elapsed_ms: answer.elapsed_ms,
            },
            answer: Some(answer),
            error: None,
        },
        Err(error) => Asked {
            seen: HttpSeen {
                path: path.to_owned(),
                status: None,
                body: String::new(),
                failure: Some(error.failure()),
                elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            },
            answer: None,
            error: Some(error),
        },
    }
}

/// Asks a question, going on to the next path where this version does not have the one before. `None`: it has none.
pub async fn question(
    source: &dyn NodeSource,
    question: Question,
    family: Family,
    deadline: &Deadline,
) -> Option<Asked> {
    let mut last = None;
    for candidate in question.paths(family) {
        let asked = one(source, candidate, deadline).await;
        let next = asked.status().is_some_and(absent) || matches!(asked.error, Some(SourceError::NotRecorded));
        last = Some(asked);
        if !next {
            break;
        }
    }
    last
}

fn start_of(body: &str) -> String {
    body.chars().take(SHOWN).collect()
}
