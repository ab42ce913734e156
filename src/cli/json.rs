//! The one JSON object of `diagnose --json`. Its shape is a contract: fields are added, never renamed.

use serde::Serialize;

use crate::domain::diagnosis::{Confidence, Health};
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Outcome, Step};
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
    elapsed_ms: u64,
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
                nodes: cause.nodes.iter().map(|node| node.0.as_str()).collect(),
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
        elapsed_ms: round.elapsed_ms,
    };
    serde_json::to_string(&object).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
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
