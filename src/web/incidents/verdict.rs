//! "What this means": the diagnosis as the run screen, the overview and the record show it.

use crate::diagnosis::asked::moved;
use crate::diagnosis::explain::{self, Asked, Why};
use crate::domain::code::Code;
use crate::domain::diagnosis::{Cause, Diagnosis, Health};
use crate::domain::finding::{Finding, Held, NotSeen, Outcome};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::web::incidents::check_cards::quote;
use crate::web::plumbing::components::{Look, Tone, confidence_key};
use crate::web::plumbing::page::Frame;

/// One cause, in words.
pub struct CauseView {
    /// Stable code.
    pub code: &'static str,
    /// Code and nodes: what tells it from others of its code on a page.
    pub id: String,
    /// The sentence.
    pub summary: String,
    /// Key of the confidence.
    pub confidence: &'static str,
    /// What it breaks.
    pub impact: Vec<String>,
    /// What it rests on.
    pub because: Vec<(Tone, String)>,
    /// What would refute it.
    pub refuted_by: Vec<String>,
    /// Why it is named, and before others.
    pub why: WhyView,
    /// Codes that follow from it.
    pub consequences: Vec<&'static str>,
}

/// Why a cause is named and stands where it does, in words.
#[derive(Default)]
pub struct WhyView {
    /// What its rules asked for: how that turned out, the node, the sentence, the first line that shows it.
    pub asked: Vec<AskedView>,
    /// What decided its place.
    pub place: Vec<String>,
    /// What it explains: the code, its nodes, and why.
    pub explains: Vec<(&'static str, String, String)>,
}

impl WhyView {
    /// Whether there is nothing to tell, as of diagnoses that were stored before it was kept.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.place.is_empty() && self.explains.is_empty()
    }

    /// In words.
    #[must_use]
    pub fn new(f: &Frame, why: &Why<'_>) -> Self {
        let place = why.rank.map(|rank| {
            let priority = f.t1("explain-priority", "priority", rank.priority);
            let suspected = rank.suspected.then(|| f.t("explain-suspected"));
            [Some(priority), rank.raised.as_ref().map(|raised| f.msg(raised)), suspected]
                .into_iter()
                .flatten()
                .collect()
        });
        let explains = why.explains.iter().map(|aside| {
            let why = f.t(explain::relation_key(&aside.relation));
            (aside.code.as_str(), NodeName::joined(&aside.nodes), why)
        });
        Self {
            asked: why.conditions.iter().map(|asked| AskedView::new(f, asked)).collect(),
            place: place.unwrap_or_default(),
            explains: explains.collect(),
        }
    }
}

/// One thing that a rule asked for, in words.
pub struct AskedView {
    /// How it turned out.
    pub look: Look,
    /// The sentence.
    pub text: String,
    /// Where the line stands that shows it, and the line.
    pub line: Option<(String, String)>,
}

impl AskedView {
    fn new(f: &Frame, asked: &Asked<'_>) -> Self {
        let look = match asked.held {
            Held::Yes => Look::new(Tone::Info, "web-asked-yes"),
            Held::No => Look::new(Tone::Skipped, "web-asked-no"),
            Held::NotSeen => Look::new(Tone::Unknown, "web-asked-not-seen"),
        };
        let node = asked.node.map(|node| format!("{node}: ")).unwrap_or_default();
        let line = asked.evidence.first().map(quote);
        Self { look, text: format!("{node}{}", f.msg(&asked.text)), line }
    }
}

impl CauseView {
    fn new(f: &Frame, why: &Why<'_>, findings: &[Finding]) -> Self {
        let cause = why.cause;
        let words = |messages: &[crate::domain::message::Message]| messages.iter().map(|one| f.msg(one)).collect();
        let because = cause
            .because
            .iter()
            .filter_map(|id| findings.iter().find(|finding| &finding.id == id))
            .map(|finding| (finding.outcome.into(), f.msg(&finding.summary)))
            .collect();
        Self {
            code: cause.code.as_str(),
            id: std::iter::once(cause.code.as_str())
                .chain(cause.nodes.iter().map(|node| node.0.as_str()))
                .collect::<Vec<_>>()
                .join("/"),
            summary: f.msg(&cause.summary),
            confidence: confidence_key(cause.confidence),
            impact: words(&cause.impact),
            because,
            refuted_by: words(&cause.refuted_by),
            why: WhyView::new(f, why),
            consequences: cause.consequences.iter().map(|code| code.as_str()).collect(),
        }
    }
}

/// The causes that a diagnosis names, best first, in words; one for each of [`Diagnosis::causes`].
pub fn causes<'d>(f: &'d Frame, diagnosis: &'d Diagnosis) -> impl Iterator<Item = CauseView> + 'd {
    explain::why(diagnosis).into_iter().map(|why| CauseView::new(f, &why, &diagnosis.findings))
}

/// Key of what is said where a diagnosis names no cause.
#[must_use]
pub const fn no_cause_key(diagnosis: &Diagnosis) -> &'static str {
    match diagnosis.health {
        Health::Healthy if diagnosis.not_seen.is_empty() => "web-verdict-healthy",
        Health::Healthy => "web-verdict-healthy-rest",
        Health::Unknown => "web-verdict-no-problem",
        Health::Degraded | Health::Down => "web-verdict-no-cause",
    }
}

/// What a diagnosis says besides its causes, in words.
pub struct Verdict {
    /// The words before what decided the health.
    pub health_because: String,
    /// What decided the health.
    pub health: Vec<String>,
    /// Worth telling, no fault.
    pub advice: Vec<String>,
    /// The sentence that names what was not looked at, if there is any.
    pub unseen: Option<String>,
    /// What would make the answer surer.
    pub surer: Vec<String>,
    /// What was not seen: what and why.
    pub not_seen: Vec<(String, String)>,
}

impl Verdict {
    /// In words; `now`: what says how the cluster stands, where that is a newer one. Where it stands as before, the round saw more
    /// of why.
    #[must_use]
    pub fn new(f: &Frame, diagnosis: &Diagnosis, now: Option<&Diagnosis>) -> Self {
        let now = now.filter(|now| !stands_as_in(diagnosis, now)).unwrap_or(diagnosis);
        Self {
            health_because: f.t(explain::health_key(now.health)),
            health: now.trace.health.iter().map(|reason| reason_words(f, reason)).collect(),
            advice: diagnosis
                .findings
                .iter()
                .filter(|finding| finding.outcome == Outcome::Advice)
                .map(|finding| f.msg(&finding.summary))
                .collect(),
            unseen: (!diagnosis.not_seen.is_empty())
                .then(|| f.msg(explain::not_seen(&diagnosis.not_seen, |part| f.msg(part)))),
            surer: diagnosis.surer.iter().map(|one| f.msg(one)).collect(),
            not_seen: diagnosis.could_not_run.iter().map(|unseen| not_seen(f, unseen)).collect(),
        }
    }

    /// Of a round that a newer look has overtaken: what decided the health was true then.
    #[must_use]
    pub fn then(f: &Frame, diagnosis: &Diagnosis) -> Self {
        let told = Self::new(f, diagnosis, None);
        let key = match diagnosis.health {
            Health::Degraded | Health::Down => "explain-health-then",
            Health::Unknown => "explain-health-unknown-then",
            Health::Healthy => return told,
        };
        Self { health_because: f.t(key), ..told }
    }
}

/// Whether all that a newer look names is trouble of nodes that the round named as well.
fn stands_as_in(round: &Diagnosis, look: &Diagnosis) -> bool {
    let is_known = |cause: &Cause| {
        round
            .causes
            .iter()
            .any(|known| known.code == cause.code || cause.nodes.iter().any(|node| known.nodes.contains(node)))
    };
    look.health == round.health && moved(round, look).is_empty() && look.causes.iter().all(is_known)
}

/// What decided the health, with the names of causes in the place of their codes.
fn reason_words(f: &Frame, reason: &Message) -> String {
    let Some(codes) = reason.args.get("codes") else { return f.msg(reason) };
    let title = |code: &str| {
        code.parse::<Code>().map_or_else(|_| code.to_owned(), |code| f.t(format!("help-{}-title", code.key())))
    };
    let names: Vec<String> = codes.split(", ").map(title).collect();
    f.msg(reason.clone().with("codes", names.join(f.comma())))
}

fn not_seen(f: &Frame, unseen: &NotSeen) -> (String, String) {
    let check = f.t(crate::web::check_key(&unseen.check));
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
