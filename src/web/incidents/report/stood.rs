//! What verdict and evidence stood on screen at each decision, in words.

use crate::domain::event::{Event, EventKind};
use crate::domain::id::EvidenceId;
use crate::domain::record::stood;
use crate::domain::time::Timestamp;
use crate::web::check_key;
use crate::web::incidents::report::causes::digits;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::timeline::Line;
use crate::web::plumbing::components::{OutcomeLook, Tone};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;

/// A decision, and what stood when it was taken.
pub struct StoodText {
    /// What was decided, by whom and when.
    pub decision: Line,
    /// The cause as it was said; `None`: none was pinned.
    pub cause: Option<String>,
    /// How the last round that said something new saw the cluster; `None`: no round had ended.
    pub state: Option<String>,
    /// When that was said.
    pub state_at: Option<Timestamp>,
    /// The newest results there were, worst first.
    pub checks: Vec<StoodCheck>,
}

/// A result that was there.
pub struct StoodCheck {
    /// Shape and colour.
    pub tone: Tone,
    /// The word of the outcome.
    pub word: String,
    /// Check and node.
    pub what: String,
    /// Its evidence and the first digits of its hash.
    pub evidence: Option<(EvidenceId, String)>,
}

/// Every decision that a person took, oldest first.
#[must_use]
pub fn stood(f: &Frame, record: &Record) -> Vec<StoodText> {
    let in_words = |event: &Event| {
        let line = Line::new(f, event);
        if line.text.is_empty() { line.title } else { format!("{}{}{}", line.title, f.colon(), short(&line.text)) }
    };
    let all = stood::stood(&record.events).into_iter().map(|one| {
        let mut checks: Vec<StoodCheck> = one.checks.iter().filter_map(|event| check(f, record, event)).collect();
        checks.sort_by_key(|check| match check.tone {
            Tone::Fail => 0,
            Tone::Warn => 1,
            Tone::Unknown => 2,
            _ => 3,
        });
        StoodText {
            decision: Line::new(f, one.decision),
            cause: one.cause.map(in_words),
            state: one.state.map(in_words),
            state_at: one.state.map(|event| event.at),
            checks,
        }
    });
    all.collect()
}

fn check(f: &Frame, record: &Record, event: &Event) -> Option<StoodCheck> {
    let EventKind::CheckFinished { run, check, node, end, outcome, seen, .. } = &event.kind else { return None };
    let name = f.t(check_key(check));
    let evidence = record.evidence.iter().find(|item| item.run == *run);
    let look = outcome.map(|outcome| OutcomeLook::of(outcome, *seen));
    Some(StoodCheck {
        tone: look.as_ref().map_or(Tone::Unknown, |look| look.look.tone),
        word: match &look {
            Some(look) => look.said(f),
            None => f.t(format!("timeline-end-{}", end.replace('_', "-"))),
        },
        what: node.as_ref().map_or_else(|| name.clone(), |node| format!("{name} · {}", short(node))),
        evidence: evidence.map(|item| (item.id, digits(&item.evidence.sha256))),
    })
}
