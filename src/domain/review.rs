//! The review of a record: whether the cause was right, what contributed, what was learned, what the reviewer looked at.
//!
//! # Why
//! Every save is a version of its own and names the one it was written on: of two people who review at once, the second is
//! told what changed. What the program had said is kept beside what it was, so that it can be counted how often a code was
//! right.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::pinned::{PinnedAs, PinnedCause};
use super::time::Timestamp;

/// Most contributing factors.
pub const MAX_FACTORS: usize = 20;
/// Longest contributing factor, in characters.
pub const MAX_FACTOR_CHARS: usize = 300;

/// What a reviewer looks at before signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecklistItem {
    /// The timeline was read.
    TimelineRead,
    /// The people who worked on it agree on the cause.
    CauseAgreed,
    /// The impact is measured, or said to be an estimate.
    ImpactStated,
    /// Every follow-up has an owner and a date.
    FollowUpsOwned,
    /// What runbook and checks missed is noted.
    GapsNoted,
}

impl ChecklistItem {
    /// All, in the order in which they are asked.
    pub const ALL: [Self; 5] =
        [Self::TimelineRead, Self::CauseAgreed, Self::ImpactStated, Self::FollowUpsOwned, Self::GapsNoted];

    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TimelineRead => "timeline_read",
            Self::CauseAgreed => "cause_agreed",
            Self::ImpactStated => "impact_stated",
            Self::FollowUpsOwned => "follow_ups_owned",
            Self::GapsNoted => "gaps_noted",
        }
    }

    /// The item of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.as_str() == name)
    }
}

/// What a reviewer says of the cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum CauseVerdict {
    /// It was what the record says.
    Confirmed,
    /// It was something else.
    Corrected {
        /// What it was; `None`: the words say it.
        code: Option<Code>,
        /// What it was, or more about it.
        words: String,
    },
    /// The record names none, and nobody knows it.
    Unknown,
}

impl CauseVerdict {
    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Corrected { .. } => "corrected",
            Self::Unknown => "unknown",
        }
    }
}

/// What was said of the cause before the review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseSaid {
    /// What the program named last; `None`: it named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<PinnedAs>,
    /// What a person chose in its place; `None`: nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonSaid>,
}

/// What a person said the cause is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSaid {
    /// Login name.
    pub by: String,
    /// The cause that a diagnosis named; `None`: the words say what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<PinnedAs>,
    /// Why, or what it is.
    pub words: String,
}

impl CauseSaid {
    /// From what the program named last, and from what is pinned.
    #[must_use]
    pub fn of(program: Option<&PinnedCause>, pinned: Option<&PinnedCause>) -> Self {
        let named = |pinned: &PinnedCause| pinned.cause().map(PinnedAs::from);
        let person = pinned.and_then(|pinned| {
            let by = pinned.chosen_by.clone()?;
            Some(PersonSaid { by, cause: named(pinned), words: pinned.words.clone() })
        });
        Self { program: program.and_then(named), person }
    }

    /// Code of what the record says the cause is; `None`: in words, or not at all.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match &self.person {
            Some(person) => person.cause.as_ref().map(|cause| cause.code),
            None => self.program.as_ref().map(|cause| cause.code),
        }
    }

    /// Whether anything was said.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.program.is_some() || self.person.is_some()
    }
}

/// What a reviewer writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewTexts {
    /// Whether the cause was right; `None`: not judged.
    pub verdict: Option<CauseVerdict>,
    /// What contributed, a short text each.
    pub factors: Vec<String>,
    /// What was learned.
    pub lessons: String,
    /// What was looked at.
    pub checklist: BTreeSet<ChecklistItem>,
}

impl ReviewTexts {
    /// Code of what the cause was; `None`: not judged, or in words only.
    #[must_use]
    pub fn was_code(&self, said: &CauseSaid) -> Option<Code> {
        match &self.verdict {
            None | Some(CauseVerdict::Unknown) => None,
            Some(CauseVerdict::Confirmed) => said.code(),
            Some(CauseVerdict::Corrected { code, .. }) => *code,
        }
    }

    /// What differs between two versions.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<ReviewPart> {
        let mut parts = Vec::new();
        let mut tell = |differs: bool, part| {
            if differs {
                parts.push(part);
            }
        };
        tell(self.verdict != other.verdict, ReviewPart::Verdict);
        tell(self.factors != other.factors, ReviewPart::Factors);
        tell(self.lessons != other.lessons, ReviewPart::Lessons);
        tell(self.checklist != other.checklist, ReviewPart::Checklist);
        parts
    }
}

/// A part of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewPart {
    /// Whether the cause was right.
    Verdict,
    /// What contributed.
    Factors,
    /// What was learned.
    Lessons,
    /// What was looked at.
    Checklist,
}

impl ReviewPart {
    /// Name in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Factors => "factors",
            Self::Lessons => "lessons",
            Self::Checklist => "checklist",
        }
    }
}

/// One saved version of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// From 1.
    pub version: i64,
    /// What was said of the cause when it was saved.
    pub said: CauseSaid,
    /// What the reviewer wrote.
    pub texts: ReviewTexts,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How often a code that the program named was right: one line per what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictCount {
    /// What the program had named; `None`: nothing.
    pub said: Option<Code>,
    /// What it was; `None`: something that has no code.
    pub was: Option<Code>,
    /// In how many incidents.
    pub incidents: u32,
}

impl VerdictCount {
    /// Whether the program was right.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.said.is_some() && self.said == self.was
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Confidence;
    use crate::domain::message::Message;

    fn cause(code: Code) -> PinnedAs {
        PinnedAs { code, nodes: Vec::new(), confidence: Confidence::Likely, summary: Message::new("x") }
    }

    #[test]
    fn what_is_confirmed_is_what_the_record_says() {
        let program = CauseSaid { program: Some(cause(Code::NodeKilled)), person: None };
        let person = |cause| Some(PersonSaid { by: "ann".to_owned(), cause, words: "words".to_owned() });
        let other = CauseSaid { person: person(Some(cause(Code::NetDns))), ..program.clone() };
        let words = CauseSaid { person: person(None), ..program.clone() };
        let with = |verdict| ReviewTexts { verdict: Some(verdict), ..ReviewTexts::default() };
        let confirmed = with(CauseVerdict::Confirmed);
        assert_eq!(confirmed.was_code(&program), Some(Code::NodeKilled));
        assert_eq!(confirmed.was_code(&other), Some(Code::NetDns), "a person knew better, and was right");
        assert_eq!(confirmed.was_code(&words), None, "what was said in words has no code");
        let corrected = with(CauseVerdict::Corrected { code: Some(Code::NodeDiskFull), words: String::new() });
        assert_eq!(corrected.was_code(&other), Some(Code::NodeDiskFull));
        assert_eq!(ReviewTexts::default().was_code(&program), None, "not judged");
    }

    #[test]
    fn two_versions_differ_where_they_differ() {
        let one = ReviewTexts { lessons: "a".to_owned(), ..ReviewTexts::default() };
        let other = ReviewTexts { factors: vec!["b".to_owned()], lessons: "a".to_owned(), ..ReviewTexts::default() };
        assert_eq!(one.differences(&other), [ReviewPart::Factors]);
        assert_eq!(one.differences(&one), []);
    }
}
