//! Which clients send heartbeats, asked beside a look of the watcher and in rounds.
//!
//! # Why
//! They hold no connection, so the answer that names connections does not have them. It is one request for all of them, and
//! only versions that tell what a client publishes have it: so it is put where those lists are asked for, and rarely.

use std::collections::BTreeSet;

use crate::checks::ask;
use crate::domain::beating::{Beating, BeatsSeen};
use crate::domain::observed::SampleSeen;
use crate::domain::vocabulary::MemberState;
use crate::nacos::api::{self, Family, absent};
use crate::sources::{Deadline, NodeSource, SourceError};

/// A node is asked this often by the watcher, milliseconds.
pub use crate::nacos::timing::BEATING_EVERY_MS as EVERY_MS;
/// For how long an answer speaks where the next one fails, milliseconds.
pub use crate::nacos::timing::BEATING_HOLDS_MS as HOLDS_MS;
/// A node that refuses is not asked for so long, milliseconds.
pub use crate::nacos::timing::BEATING_OFF_MS as OFF_MS;

/// What a node said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// These send heartbeats.
    Listed(BTreeSet<Beating>),
    /// It refuses, or its version has no such question.
    Refused,
    /// A recording does not have the question.
    NotAsked,
    /// Nothing that can be read, or not in time.
    Nothing,
}

impl Told {
    /// As it is kept of a round.
    #[must_use]
    pub fn seen(self) -> BeatsSeen {
        match self {
            Self::Listed(all) => BeatsSeen::Listed(all),
            Self::NotAsked => BeatsSeen::NotAsked,
            Self::Refused | Self::Nothing => BeatsSeen::Untold,
        }
    }
}

/// Asks a node for them.
pub async fn read(source: &dyn NodeSource, family: Family, deadline: &Deadline) -> Told {
    let asked = ask::one(source, api::client_list_path(family), deadline).await;
    let body = asked.answer.as_ref().map_or("", |answer| answer.body.as_str());
    match asked.status() {
        Some(200) => api::beating(body).map_or(Told::Nothing, Told::Listed),
        Some(status) if matches!(status, 401 | 403) || absent(status) => Told::Refused,
        None if matches!(asked.error, Some(SourceError::NotRecorded)) => Told::NotAsked,
        None if matches!(asked.error, Some(SourceError::Credential(_))) => Told::Refused,
        Some(_) | None => Told::Nothing,
    }
}

/// The address of the node that is responsible for one, by the members that a node holds for up.
#[must_use]
pub fn responsible<'s>(one: &Beating, sample: &'s SampleSeen) -> Option<&'s str> {
    let up = |state: &MemberState| matches!(state, MemberState::Up | MemberState::Suspicious);
    let members = sample.members.iter().filter(|(_, state)| up(state));
    api::responsible_for(&one.tag(), &members.map(|(address, _)| address.as_str()).collect())
}
