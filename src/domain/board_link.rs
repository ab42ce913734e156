//! Links that show the wall screen to anybody who has them, without an account.
//!
//! # Why
//! A screen on a wall has nobody who logs in, and an account on it would do more than show. A link shows the states of
//! clusters and who works on them and leads nowhere else; it ends by itself, can be ended before, and stands in a list.

use super::id::BoardLinkId;
use super::time::Timestamp;

/// For how many days one may be made.
pub const LENGTHS_DAYS: [u32; 5] = [1, 7, 30, 90, 365];

/// A link, without its key, of which only a hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardLink {
    /// Row id.
    pub id: BoardLinkId,
    /// Where the screen hangs, in words.
    pub name: String,
    /// Login name of the person who made it.
    pub by: String,
    /// When it was made.
    pub at: Timestamp,
    /// When it is over.
    pub until: Timestamp,
    /// Who ended it before its time, and when.
    pub ended: Option<(String, Timestamp)>,
}

impl BoardLink {
    /// Whether it shows the screen at that moment.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_until_its_time_or_until_somebody_ends_it() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let link = BoardLink {
            id: BoardLinkId(1),
            name: "operations room".to_owned(),
            by: "ann".to_owned(),
            at: at(10),
            until: at(20),
            ended: None,
        };
        assert_eq!([10, 19, 20].map(|now| link.holds_at(at(now))), [true, true, false]);
        assert!(!BoardLink { ended: Some(("ann".to_owned(), at(12))), ..link }.holds_at(at(15)));
    }
}
