//! Causes in words: the one that the incident is about, and all that were named while it was open.

use crate::diagnosis::explain;
use crate::domain::diagnosis::{Cause, Diagnosis};
use crate::domain::id::{EvidenceId, NodeName};
use crate::domain::message::Message;
use crate::domain::pinned::PinnedCause;
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

/// The cause of the incident, in words.
pub struct PinnedText {
    /// The sentence of the cause, or the words of a person where no diagnosis named it.
    pub summary: String,
    /// Its code and nodes; `None`: it is in words.
    pub code: Option<(&'static str, String)>,
    /// Key of the confidence; `None`: it is in words.
    pub confidence: Option<&'static str>,
    /// Who chose it; `None`: the program.
    pub by: Option<String>,
    /// Since when it is the cause.
    pub at: Timestamp,
    /// Why that person chose it; empty where the words are the cause.
    pub words: String,
    /// What it rests on.
    pub because: Vec<Reason>,
}

impl PinnedText {
    /// In words; `None`: neither a cause nor words are kept, which no program writes.
    #[must_use]
    pub fn new(f: &Frame, record: &Record, pinned: &PinnedCause) -> Option<Self> {
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
            code: cause.map(|cause| (cause.code.as_str(), NodeName::joined(&cause.nodes))),
            confidence: cause.map(|cause| confidence_key(cause.confidence)),
            by: pinned.chosen_by.as_deref().map(short),
            at: pinned.at,
            words,
            because: named.map(|(named, cause)| because(f, record, &named.diagnosis, cause)).unwrap_or_default(),
        })
    }
}

/// A cause that was named, in words.
pub struct CauseText {
    /// Code.
    pub code: &'static str,
    /// Its nodes.
    pub nodes: Vec<NodeName>,
    /// The sentence.
    pub summary: String,
    /// How sure, by its stable name.
    pub confidence_code: &'static str,
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
        let confidence = confidence_key(cause.confidence);
        Self {
            code: cause.code.as_str(),
            nodes: cause.nodes.clone(),
            summary: plain(&f.msg(&cause.summary)),
            confidence_code: confidence.trim_start_matches("web-confidence-"),
            confidence,
            from: named.from,
            until: named.until,
            impact: words(&cause.impact),
            because: because(f, record, diagnosis, cause),
            why: explain::why(diagnosis).get(named.place).map(|why| WhyView::new(f, why)).unwrap_or_default(),
        }
    }
}
