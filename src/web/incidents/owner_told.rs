//! What the owner of missing clients was told by itself, in words: so that nobody calls them a second time.

use crate::domain::owner_told::{Fate, Telling};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;

/// Most messages to one owner that are shown: the newest.
const MOST: usize = 3;

/// One message to an owner, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldLine {
    /// When and through which channel, or that nobody was told; and what it says.
    pub text: String,
    /// What the other side answered, or why nothing was heard, where it was not taken.
    pub answer: Option<String>,
    /// Whether it was taken.
    pub is_sent: bool,
}

impl ToldLine {
    /// `None`: there was nothing to be sent.
    fn new(f: &Frame, one: &Telling) -> Option<Self> {
        let channel = short(&one.channel_name);
        let (text, answer) = match &one.fate {
            Fate::Dropped => return None,
            Fate::Sent(at) => (f.t2("owner-told-sent", "at", f.moment_said(*at), "channel", channel), None),
            Fate::Failed { answer, .. } => (f.t1("owner-told-failed", "channel", channel), Some(answer)),
            Fate::Waiting { tried, due_at, answer } => {
                let key = if *tried { "owner-told-tried" } else { "owner-told-waiting" };
                (f.t2(key, "at", f.moment_said(*due_at), "channel", channel), tried.then_some(answer))
            }
        };
        let says = f.t1(&format!("owner-says-{}", one.news.says.as_str()), "n", one.news.count());
        let answer = answer.filter(|answer| !answer.is_empty()).map(|answer| short(answer));
        let is_sent = matches!(one.fate, Fate::Sent(_));
        Some(Self { text: format!("{text}{}{says}", f.colon()), answer, is_sent })
    }

    /// The newest messages to an owner, oldest first. `owner`: as pages show it.
    #[must_use]
    pub fn of(f: &Frame, tellings: &[Telling], owner: &str) -> Vec<Self> {
        let own = tellings.iter().filter(|one| short(&one.owner) == owner);
        let mut lines: Vec<Self> = own.filter_map(|one| Self::new(f, one)).collect();
        lines.drain(..lines.len().saturating_sub(MOST));
        lines
    }
}

/// Messages to one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerTold {
    /// Whose.
    pub owner: String,
    /// They.
    pub told: Vec<ToldLine>,
}

impl OwnerTold {
    /// Those of owners that a page does not name elsewhere, by name.
    #[must_use]
    pub fn others(f: &Frame, tellings: &[Telling], named: &[&str]) -> Vec<Self> {
        let mut owners: Vec<String> = tellings.iter().map(|one| short(&one.owner)).collect();
        owners.sort();
        owners.dedup();
        let others = owners.into_iter().filter(|owner| !named.contains(&owner.as_str()));
        let all = others.map(|owner| Self { told: ToldLine::of(f, tellings, &owner), owner });
        all.filter(|one| !one.told.is_empty()).collect()
    }
}
