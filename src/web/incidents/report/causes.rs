//! Causes in words: the one that the incident is about, and all that were named while it was open.

use crate::diagnosis::explain;
use crate::domain::code::Code;
use crate::domain::diagnosis::{Cause, Diagnosis};
use crate::domain::id::EvidenceId;
use crate::domain::message::Message;
use crate::domain::pinned::PinnedCause;
use crate::domain::record::cause::{Corrected, corrected};
use crate::domain::time::Timestamp;
use crate::web::incidents::report::named::Named;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::verdict::WhyView;
use crate::web::plumbing::components::{Tone, confidence_key};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};

/// Lines of evidence that a finding brings along.
const EXCERPTS: usize = 3;
/// Digits of a hash that tell one piece of evidence from another.
const DIGITS: usize = 12;

/// Lines of evidence.
pub struct Excerpt {
    /// Node and file, answer or port.
    pub source: String,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// The text.
    pub text: String,
}

/// A finding that a cause rests on.
pub struct Reason {
    /// Shape and colour.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// The evidence that it was found in, with the first digits of its hash.
    pub evidence: Option<(EvidenceId, String)>,
    /// Some lines of it.
    pub excerpts: Vec<Excerpt>,
}

/// The first digits of a hash.
pub fn digits(sha256: &str) -> String {
    sha256.get(..DIGITS).unwrap_or(sha256).to_owned()
}

/// What a cause rests on.
fn because(f: &Frame, record: &Record, diagnosis: &Diagnosis, cause: &Cause) -> Vec<Reason> {
    let reason = |id: &String| {
        let finding = diagnosis.findings.iter().find(|finding| &finding.id == id)?;
        let excerpts = finding.evidence.iter().take(EXCERPTS).map(|evidence| Excerpt {
            source: match &evidence.node {
                Some(node) => format!("{} · {}", short(&node.0), short(&evidence.source)),
                None => short(&evidence.source),
            },
            at: evidence.at,
            text: plain(&evidence.text),
        });
        let item = record.evidence_of(&finding.check, finding.node.as_ref(), diagnosis.at);
        Some(Reason {
            tone: finding.outcome.into(),
            text: plain(&f.msg(&finding.summary)),
            evidence: item.map(|item| (item.id, digits(&item.evidence.sha256))),
            excerpts: excerpts.collect(),
        })
    };
    cause.because.iter().filter_map(reason).collect()
}

/// That a review says that it was something else than was said.
pub struct Correction {
    /// The reviewer.
    pub by: String,
    /// What was said at the time; `None`: no cause was.
    pub said: Option<String>,
}

/// The cause of the incident, in words.
pub struct PinnedText {
    /// The sentence of the cause, or the words of a person where no diagnosis named it. Where a review corrected it, what it was.
    pub summary: String,
    /// Its code; `None`: it is in words.
    pub code: Option<&'static str>,
    /// Key of the confidence; `None`: it is in words.
    pub confidence: Option<&'static str>,
    /// Who chose it; `None`: the program.
    pub by: Option<String>,
    /// Since when it is the cause.
    pub at: Timestamp,
    /// Why that person chose it; empty where the words are the cause.
    pub words: String,
    /// What it rests on; of a corrected one, what was said at the time did.
    pub because: Vec<Reason>,
    /// What a review corrected.
    pub corrected: Option<Correction>,
}

/// What a review says that it was: the name of the code, and the words.
#[must_use]
pub fn was(f: &Frame, corrected: &Corrected<'_>) -> String {
    let title = corrected.code.map(|code| f.t(format!("help-{}-title", code.key())));
    let words = title.into_iter().chain([plain(corrected.words)]).filter(|text| !text.is_empty());
    words.collect::<Vec<_>>().join(&f.colon())
}

impl PinnedText {
    /// In words; `None`: no cause is kept.
    #[must_use]
    pub fn new(f: &Frame, record: &Record) -> Option<Self> {
        let said = record.pinned.as_ref().and_then(|pinned| Self::said(f, record, pinned));
        let Some(corrected) = corrected(&record.events) else { return said };
        let (said, because) = said.map_or((None, Vec::new()), |said| (Some(said.summary), said.because));
        Some(Self {
            summary: was(f, &corrected),
            code: corrected.code.map(Code::as_str),
            confidence: None,
            by: None,
            at: corrected.at,
            words: String::new(),
            because,
            corrected: Some(Correction { by: short(corrected.by), said }),
        })
    }

    /// How sure, or who says so.
    #[must_use]
    pub fn surely(&self, f: &Frame) -> Option<String> {
        match (&self.corrected, &self.by, self.confidence) {
            (Some(correction), ..) => Some(f.t1("report-cause-corrected", "name", &correction.by)),
            (None, Some(by), _) => Some(f.t1("hero-chosen", "name", by)),
            (None, None, confidence) => confidence.map(|key| f.t(key)),
        }
    }

    /// As it was said; `None`: neither a cause nor words are kept, which no program writes.
    fn said(f: &Frame, record: &Record, pinned: &PinnedCause) -> Option<Self> {
        let cause = pinned.cause();
        let words = plain(&pinned.words);
        let (summary, words) = match cause {
            Some(cause) => (plain(&f.msg(&cause.summary)), words),
            None if pinned.chosen_by.is_some() => (words, String::new()),
            None => return None,
        };
        let named = pinned.named.as_ref().zip(cause);
        Some(Self {
            summary,
            code: cause.map(|cause| cause.code.as_str()),
            confidence: cause.map(|cause| confidence_key(cause.confidence)),
            by: pinned.chosen_by.as_deref().map(short),
            at: pinned.at,
            words,
            because: named.map(|(named, cause)| because(f, record, &named.diagnosis, cause)).unwrap_or_default(),
            corrected: None,
        })
    }
}

/// A cause that was named, in words.
pub struct CauseText {
    /// Code.
    pub code: &'static str,
    /// The sentence.
    pub summary: String,
    /// Key of the confidence.
    pub confidence: &'static str,
    /// First named.
    pub from: Timestamp,
    /// No longer named; `None`: it still is.
    pub until: Option<Timestamp>,
    /// What it broke.
    pub impact: Vec<String>,
    /// What it rests on.
    pub because: Vec<Reason>,
    /// Why it was named, and before others.
    pub why: WhyView,
}

impl CauseText {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, record: &Record, named: &Named) -> Self {
        let diagnosis = &record.history[named.in_diagnosis];
        let cause = &diagnosis.causes[named.place];
        let words = |messages: &[Message]| messages.iter().map(|one| plain(&f.msg(one))).collect();
        Self {
            code: cause.code.as_str(),
            summary: plain(&f.msg(&cause.summary)),
            confidence: confidence_key(cause.confidence),
            from: named.from,
            until: named.until,
            impact: words(&cause.impact),
            because: because(f, record, diagnosis, cause),
            why: explain::why(diagnosis).get(named.place).map(|why| WhyView::new(f, why)).unwrap_or_default(),
        }
    }
}
