//! The one JSON object of `diagnose --json`. Its shape is a contract: fields are added, never renamed.

use serde::Serialize;

use crate::diagnosis::explain;
use crate::domain::cluster::EvidencePart;
use crate::domain::diagnosis::{Confidence, Diagnosis, Health};
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Coverage, Held, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::{Lang, Message};
use crate::locale;
use crate::rounds::Round;

#[derive(Serialize)]
struct DiagnosisJson<'a> {
    at: String,
    cluster: &'a str,
    health: Health,
    failure_tolerance: Option<u32>,
    causes: Vec<CauseJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    could_not_run: Vec<NotSeenJson<'a>>,
    not_seen: &'a [EvidencePart],
    trace: TraceJson<'a>,
    elapsed_ms: u64,
}

/// Why: see `diagnose --explain`.
#[derive(Serialize)]
struct TraceJson<'a> {
    causes: Vec<WhyJson<'a>>,
    set_aside: Vec<SetAsideJson<'a>>,
    health: Vec<String>,
}

#[derive(Serialize)]
struct WhyJson<'a> {
    code: &'static str,
    nodes: Vec<&'a str>,
    outcome: Option<Outcome>,
    confidence: Confidence,
    priority: Option<u8>,
    raised: Option<String>,
    suspected: bool,
    conditions: Vec<ConditionJson<'a>>,
}

#[derive(Serialize)]
struct ConditionJson<'a> {
    id: Option<&'a str>,
    held: Held,
    node: Option<&'a str>,
    text: String,
    evidence: Vec<EvidenceJson<'a>>,
}

#[derive(Serialize)]
struct SetAsideJson<'a> {
    code: &'static str,
    nodes: Vec<&'a str>,
    by: &'static str,
    by_nodes: Vec<&'a str>,
    relation: &'a str,
    why: String,
}

#[derive(Serialize)]
struct CauseJson<'a> {
    code: &'static str,
    nodes: Vec<&'a str>,
    confidence: Confidence,
    summary: String,
    action: String,
    do_not: Vec<String>,
    because: &'a [String],
    consequences: Vec<&'static str>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    id: &'a str,
    code: &'static str,
    step: Step,
    check: &'a str,
    outcome: Outcome,
    seen: Coverage,
    confidence: Confidence,
    node: Option<&'a str>,
    peer: Option<&'a str>,
    summary: String,
    evidence: Vec<EvidenceJson<'a>>,
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    node: Option<&'a str>,
    source: &'a str,
    lines: Option<(u64, u64)>,
    offset: Option<u64>,
    at: Option<String>,
    text: &'a str,
}

#[derive(Serialize)]
struct NotSeenJson<'a> {
    check: &'a str,
    node: Option<&'a str>,
    reason: String,
}

/// The object as one line.
#[must_use]
pub fn render(round: &Round, lang: Lang) -> String {
    let diagnosis = &round.diagnosis;
    let say = |message: &Message| locale::render(lang, message);
    let object = DiagnosisJson {
        at: diagnosis.at.to_string(),
        cluster: &diagnosis.cluster,
        health: diagnosis.health,
        failure_tolerance: diagnosis.failure_tolerance,
        causes: diagnosis
            .causes
            .iter()
            .map(|cause| CauseJson {
                code: cause.code.as_str(),
                nodes: names(&cause.nodes),
                confidence: cause.confidence,
                summary: say(&cause.summary),
                action: cause.action.iter().map(say).collect::<Vec<_>>().join("\n"),
                do_not: cause.do_not.iter().map(say).collect(),
                because: &cause.because,
                consequences: cause.consequences.iter().map(|code| code.as_str()).collect(),
            })
            .collect(),
        findings: diagnosis
            .findings
            .iter()
            .map(|finding| FindingJson {
                id: &finding.id,
                code: finding.code.as_str(),
                step: finding.step,
                check: &finding.check,
                outcome: finding.outcome,
                seen: round.seen_by(finding),
                confidence: finding.confidence,
                node: finding.node.as_ref().map(|node| node.0.as_str()),
                peer: finding.peer.as_ref().map(|node| node.0.as_str()),
                summary: say(&finding.summary),
                evidence: finding.evidence.iter().map(evidence).collect(),
            })
            .collect(),
        could_not_run: diagnosis
            .could_not_run
            .iter()
            .map(|item| NotSeenJson {
                check: &item.check,
                node: item.node.as_ref().map(|node| node.0.as_str()),
                reason: say(&item.reason),
            })
            .collect(),
        not_seen: &diagnosis.not_seen,
        trace: trace(diagnosis, &say),
        elapsed_ms: round.elapsed_ms,
    };
    serde_json::to_string(&object).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

fn trace<'d>(diagnosis: &'d Diagnosis, say: &impl Fn(&Message) -> String) -> TraceJson<'d> {
    TraceJson {
        causes: explain::why(diagnosis)
            .into_iter()
            .map(|why| WhyJson {
                code: why.cause.code.as_str(),
                nodes: names(&why.cause.nodes),
                outcome: why.rank.map(|rank| rank.outcome),
                confidence: why.cause.confidence,
                priority: why.rank.map(|rank| rank.priority),
                raised: why.rank.and_then(|rank| rank.raised.as_ref()).map(say),
                suspected: why.rank.is_some_and(|rank| rank.suspected),
                conditions: why
                    .conditions
                    .into_iter()
                    .map(|asked| ConditionJson {
                        id: asked.id,
                        held: asked.held,
                        node: asked.node,
                        text: say(&asked.text),
                        evidence: asked.evidence.iter().map(evidence).collect(),
                    })
                    .collect(),
            })
            .collect(),
        set_aside: diagnosis
            .trace
            .set_aside
            .iter()
            .map(|aside| SetAsideJson {
                code: aside.code.as_str(),
                nodes: names(&aside.nodes),
                by: aside.by.as_str(),
                by_nodes: names(&aside.by_nodes),
                relation: &aside.relation,
                why: say(&Message::new(explain::relation_key(&aside.relation))),
            })
            .collect(),
        health: diagnosis.trace.health.iter().map(say).collect(),
    }
}

fn names(nodes: &[NodeName]) -> Vec<&str> {
    nodes.iter().map(|node| node.0.as_str()).collect()
}

fn evidence(reference: &EvidenceRef) -> EvidenceJson<'_> {
    EvidenceJson {
        node: reference.node.as_ref().map(|node| node.0.as_str()),
        source: &reference.source,
        lines: reference.lines,
        offset: reference.offset,
        at: reference.at.map(|at| at.to_string()),
        text: &reference.text,
    }
}
