//! One piece of news on its way through one channel: tried until it is taken, refused, or too old.

use super::channel::News;
use super::id::{ChannelId, ClusterId, EventId, IncidentId, NoticeId, ProposalId, TellingId};
use super::owner_told::OwnersNews;
use super::time::Timestamp;

/// How long a notice is tried, milliseconds: after a day the page of the incident is what tells people.
pub const GIVE_UP_MS: i64 = 24 * 3600 * 1000;

/// Between two tries, seconds; the last one counts for all that follow.
const PAUSES_S: [i64; 6] = [10, 30, 120, 600, 1800, 3600];

/// What an answer means for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Taken,
    /// It was not, and may be later: too many, or trouble on the other side.
    Later,
    /// It was refused, and will be again until somebody changes something.
    Refused,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeState {
    /// It is to be sent.
    Waiting,
    /// The other side took it.
    Sent,
    /// The other side refused it, and would again.
    Refused,
    /// It was tried for a day.
    GivenUp,
}

impl NoticeState {
    /// All.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Refused, Self::GivenUp];

    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What it is news of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An entry of a timeline.
    Event {
        /// The entry.
        event: EventId,
        /// Its incident.
        incident: IncidentId,
    },
    /// Something that the watcher proposes to open an incident for.
    Proposal {
        /// Which.
        proposal: ProposalId,
        /// Its cluster.
        cluster: ClusterId,
        /// The cluster's name.
        cluster_name: String,
    },
    /// What the owner of missing clients is told.
    Owner {
        /// Which telling.
        telling: TellingId,
        /// Its incident.
        incident: IncidentId,
        /// Whose clients they are.
        owner: String,
        /// What it says by now.
        news: Box<OwnersNews>,
    },
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Row id.
    pub id: NoticeId,
    /// The channel.
    pub channel: ChannelId,
    /// What it is news of.
    pub about: About,
    /// What it is.
    pub news: News,
    /// When that happened.
    pub at: Timestamp,
    /// Where it stands.
    pub state: NoticeState,
    /// How often it was tried.
    pub tries: u32,
    /// It is not sent before.
    pub due_at: Timestamp,
    /// What the other side said last, or why nothing was heard; empty before the first try.
    pub answer: String,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// When somebody asked to try it again.
    pub asked_at: Option<Timestamp>,
}

impl Notice {
    /// After a try that may work later: when it is tried again; `None`: it is given up.
    #[must_use]
    pub fn again_at(&self, now: Timestamp) -> Option<Timestamp> {
        let pause = PAUSES_S[(self.tries as usize).min(PAUSES_S.len() - 1)];
        let again = now.plus_millis(pause * 1000);
        let since = self.due_since();
        (again.millis_since(since) <= GIVE_UP_MS).then_some(again)
    }

    /// Since when it is tried: since it happened, or since somebody asked to try it again. Quiet hours before the first try do
    /// not count against it.
    fn due_since(&self) -> Timestamp {
        let since = self.asked_at.map_or(self.at, |asked| asked.max(self.at));
        if self.tries == 0 { self.due_at.max(since) } else { since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_less_and_less_often_for_a_day() {
        let at = Timestamp::from_millis(0);
        let notice = |tries| Notice {
            id: NoticeId(1),
            channel: ChannelId(1),
            about: About::Event { event: EventId(1), incident: IncidentId(1) },
            news: News::Opened,
            at,
            state: NoticeState::Waiting,
            tries,
            due_at: at,
            answer: String::new(),
            tried_at: None,
            asked_at: None,
        };
        let pause = |tries| notice(tries).again_at(at).map(|again| again.as_millis() / 1000);
        assert_eq!([0, 1, 2, 3, 4, 5, 60].map(pause), [10, 30, 120, 600, 1800, 3600, 3600].map(Some));
        let late = at.plus_millis(GIVE_UP_MS);
        assert_eq!(notice(60).again_at(late), None);
        let asked = Notice { asked_at: Some(late), ..notice(3) };
        assert_eq!(asked.again_at(late), Some(late.plus_millis(600_000)), "its age counts from when somebody asked");
        assert_eq!(asked.again_at(late.plus_millis(GIVE_UP_MS)), None);
    }
}
