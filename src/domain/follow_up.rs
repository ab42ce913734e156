//! Follow-ups: what is to be done after an incident, by whom and until when.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::id::{FollowUpId, IncidentId};
use super::time::Timestamp;

/// Longest text of a follow-up, in characters.
pub const MAX_WHAT_CHARS: usize = 500;
/// Longest name of an owner, in characters.
pub const MAX_OWNER_CHARS: usize = 100;

/// What became of a follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpState {
    /// It is to be done.
    Open,
    /// It was done.
    Done,
    /// It will not be done, with a reason.
    Dropped,
}

impl FollowUpState {
    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Dropped].into_iter().find(|state| state.as_str() == name)
    }
}

/// Who does it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Login name, or words for somebody who has no account.
    pub name: String,
    /// Whether it is a login name.
    pub has_account: bool,
}

/// A follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Row id.
    pub id: FollowUpId,
    /// Its incident.
    pub incident: IncidentId,
    /// What is to be done.
    pub what: String,
    /// By whom.
    pub owner: Owner,
    /// Until which day, that day included.
    pub due: Date,
    /// Login name of the person who added it.
    pub added_by: String,
    /// When that was.
    pub added_at: Timestamp,
    /// What became of it last; `None`: it is open, and always was.
    pub mark: Option<FollowUpMark>,
}

/// What became of a follow-up, who said so and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpMark {
    /// What.
    pub state: FollowUpState,
    /// Why it was dropped; empty otherwise.
    pub reason: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How a follow-up stands to its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The day has passed.
    Overdue,
    /// It is the day.
    Today,
    /// The day comes.
    Later,
}

impl FollowUp {
    /// What became of it.
    #[must_use]
    pub fn state(&self) -> FollowUpState {
        self.mark.as_ref().map_or(FollowUpState::Open, |mark| mark.state)
    }

    /// How it stands to its day.
    #[must_use]
    pub fn due_at(&self, today: Date) -> Due {
        match self.due.cmp(&today) {
            std::cmp::Ordering::Less => Due::Overdue,
            std::cmp::Ordering::Equal => Due::Today,
            std::cmp::Ordering::Greater => Due::Later,
        }
    }
}
