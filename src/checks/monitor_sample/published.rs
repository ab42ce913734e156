//! What connections publish, asked beside a look of the watcher.
//!
//! # Why
//! It is one request a connection, so [`Reading`] says for which it is due, and never many at once. They are put one after
//! another, which needs one connection and no work worth mentioning, and only for connections that the node listed a moment ago:
//! asked for one that is gone, Nacos writes a line with an ERROR.
//!
//! [`Reading`]: crate::domain::publishing::Reading

use std::time::Duration;

use crate::checks::ask;
use crate::domain::publishing::Answered;
use crate::nacos::api::{self, Family, absent};
use crate::sources::{Deadline, NodeSource, SourceError};

/// How a node is asked what a connection publishes: as its line of versions answers it.
pub type PublishLists = Family;

/// They hold up no look longer than this.
const LONGEST: Duration = Duration::from_millis(1500);

/// Until when a look waits for what is asked beside it.
#[must_use]
pub fn deadline(of_look: &Deadline) -> Deadline {
    Deadline::after(LONGEST.min(of_look.left()), of_look.cancel.clone())
}

/// Asks for the lists of these connections in turn, until one fails for a reason that is not its own.
pub async fn read(
    source: &dyn NodeSource,
    family: Family,
    connections: Vec<String>,
    deadline: &Deadline,
) -> Vec<(String, Answered)> {
    let deadline = self::deadline(deadline);
    let mut all = Vec::new();
    for id in connections {
        if deadline.left().is_zero() {
            break;
        }
        let asked = ask::one(source, &api::publish_list_path(family, &id), &deadline).await;
        let answered = answered(&asked);
        let goes_on = matches!(answered, Answered::List(_) | Answered::Gone);
        all.push((id, answered));
        if !goes_on {
            break;
        }
    }
    all
}

fn answered(asked: &ask::Asked) -> Answered {
    let body = asked.answer.as_ref().map_or("", |answer| answer.body.as_str());
    match asked.status() {
        Some(200) => api::published(body).map_or(Answered::Nothing, Answered::List),
        Some(401 | 403) => Answered::Refused,
        Some(404) if api::is_result(body) => Answered::Gone,
        Some(status) if absent(status) => Answered::Refused,
        None if matches!(asked.error, Some(SourceError::NotRecorded | SourceError::Credential(_))) => Answered::Refused,
        Some(_) | None => Answered::Nothing,
    }
}
