//! "What this means": the diagnosis as the run screen, the overview and the record show it.

use super::components::{Tone, confidence_key, health_key};
use super::page::Frame;
use crate::domain::diagnosis::{Cause, Diagnosis, Health};
use crate::domain::finding::{Finding, NotSeen, Outcome};

/// One cause, in words.
pub struct CauseView {
    /// Stable code.
    pub code: &'static str,
    /// The sentence.
    pub summary: String,
    /// Key of the confidence.
    pub confidence: &'static str,
    /// Whether it is beyond doubt.
    pub certain: bool,
    /// What it breaks.
    pub impact: Vec<String>,
    /// What to do, most urgent first.
    pub action: Vec<String>,
    /// What not to do.
    pub do_not: Vec<String>,
    /// What it rests on.
    pub because: Vec<(Tone, String)>,
    /// What would refute it.
    pub refuted_by: Vec<String>,
    /// Codes that follow from it.
    pub consequences: Vec<&'static str>,
}

impl CauseView {
    fn new(f: &Frame, cause: &Cause, findings: &[Finding]) -> Self {
        let words = |messages: &[crate::domain::message::Message]| messages.iter().map(|one| f.msg(one)).collect();
        let because = cause
            .because
            .iter()
            .filter_map(|id| findings.iter().find(|finding| &finding.id == id))
            .map(|finding| (finding.outcome.into(), f.msg(&finding.summary)))
            .collect();
        Self {
            code: cause.code.as_str(),
            summary: f.msg(&cause.summary),
            confidence: confidence_key(cause.confidence),
            certain: cause.confidence == crate::domain::diagnosis::Confidence::Certain,
            impact: words(&cause.impact),
            action: words(&cause.action),
            do_not: words(&cause.do_not),
            because,
            refuted_by: words(&cause.refuted_by),
            consequences: cause.consequences.iter().map(|code| code.as_str()).collect(),
        }
    }
}

/// The diagnosis, in words.
pub struct Verdict {
    /// Shape and colour of the health.
    pub tone: Tone,
    /// Key of the word for the health.
    pub word: &'static str,
    /// Whether no problem was seen and nothing is missing.
    pub healthy: bool,
    /// Causes, best first.
    pub causes: Vec<CauseView>,
    /// Worth telling, no fault.
    pub advice: Vec<String>,
    /// What was not seen: what and why.
    pub not_seen: Vec<(String, String)>,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, diagnosis: &Diagnosis) -> Self {
        Self {
            tone: diagnosis.health.into(),
            word: health_key(diagnosis.health),
            healthy: diagnosis.health == Health::Healthy,
            causes: diagnosis
                .causes
                .iter()
                .filter(|cause| cause.code != crate::domain::code::Code::None)
                .map(|cause| CauseView::new(f, cause, &diagnosis.findings))
                .collect(),
            advice: diagnosis
                .findings
                .iter()
                .filter(|finding| finding.outcome == Outcome::Advice)
                .map(|finding| f.msg(&finding.summary))
                .collect(),
            not_seen: diagnosis.could_not_run.iter().map(|unseen| not_seen(f, unseen)).collect(),
        }
    }
}

fn not_seen(f: &Frame, unseen: &NotSeen) -> (String, String) {
    let check = f.t(super::check_key(&unseen.check));
    let what = unseen.node.as_ref().map_or_else(|| check.clone(), |node| format!("{node} · {check}"));
    (what, f.msg(&unseen.reason))
}

/// The failure tolerance, always on screen.
pub struct Tolerance {
    /// Shape and colour.
    pub tone: Tone,
    /// The sentence.
    pub says: String,
    /// What follows from it.
    pub so: String,
}

impl Tolerance {
    /// From the diagnosis; without one, or without a membership, it is unknown.
    #[must_use]
    pub fn new(f: &Frame, diagnosis: Option<&Diagnosis>) -> Self {
        let (tone, key) = match diagnosis.map(|diagnosis| (diagnosis.failure_tolerance, lost_quorum(diagnosis))) {
            Some((_, true)) => (Tone::Fail, "lost"),
            Some((Some(0), false)) => (Tone::Fail, "none"),
            Some((Some(_), false)) => (Tone::Ok, "some"),
            Some((None, false)) | None => (Tone::Unknown, "unknown"),
        };
        let count = diagnosis.and_then(|diagnosis| diagnosis.failure_tolerance).unwrap_or_default();
        Self {
            tone,
            says: f.t1(&format!("web-tolerance-{key}"), "n", count),
            so: f.t(format!("web-tolerance-{key}-so")),
        }
    }
}

fn lost_quorum(diagnosis: &Diagnosis) -> bool {
    let code = crate::domain::code::Code::ClusterQuorumLost;
    diagnosis.causes.iter().any(|cause| cause.code == code)
        || diagnosis.findings.iter().any(|finding| finding.code == code)
}
