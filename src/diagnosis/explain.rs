//! Why a diagnosis is what it is, for text, JSON and pages: for every cause what its rules asked for and how that turned out,
//! what decided its place, what it explains. Pure; everything is read from the diagnosis itself, nothing is judged again.

use crate::domain::cluster::EvidencePart;
use crate::domain::diagnosis::{Cause, Diagnosis, Health, Rank, SetAside};
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Finding, Held};
use crate::domain::message::Message;

/// One cause and why.
#[derive(Clone, Debug)]
pub struct Why<'d> {
    /// The cause.
    pub cause: &'d Cause,
    /// What decided its place; `None` in diagnoses that were stored before that was kept.
    pub rank: Option<&'d Rank>,
    /// What was asked for, in the order of the rules.
    pub conditions: Vec<Asked<'d>>,
    /// What it explains.
    pub explains: Vec<&'d SetAside>,
}

/// One thing that was asked for.
#[derive(Clone, Debug)]
pub struct Asked<'d> {
    /// Its stable name; `None` for a finding stored before it had conditions: its sentence stands for them.
    pub id: Option<&'d str>,
    /// How it turned out.
    pub held: Held,
    /// Which node it is about, where the cause has several.
    pub node: Option<&'d str>,
    /// The sentence.
    pub text: Message,
    /// What shows it.
    pub evidence: &'d [EvidenceRef],
}

/// Every cause and why, in the order of the causes.
#[must_use]
pub fn why(diagnosis: &Diagnosis) -> Vec<Why<'_>> {
    let causes = diagnosis.causes.iter().enumerate();
    causes
        .map(|(at, cause)| Why {
            cause,
            rank: diagnosis.trace.ranks.get(at),
            conditions: conditions(diagnosis, cause),
            explains: diagnosis.trace.set_aside.iter().filter(|aside| is_by(aside, cause)).collect(),
        })
        .collect()
}

/// True if that cause explains it: of several causes of one code those of the same nodes.
fn is_by(aside: &SetAside, cause: &Cause) -> bool {
    let nodes = &aside.by_nodes;
    aside.by == cause.code && (nodes.is_empty() || nodes.iter().any(|node| cause.nodes.contains(node)))
}

/// The key of the sentence of a relation.
#[must_use]
pub fn relation_key(relation: &str) -> String {
    format!("why-{relation}")
}

/// The sentence that names what was not looked at.
#[must_use]
pub fn not_seen(parts: &[EvidencePart], name: impl Fn(&Message) -> String) -> Message {
    let names: Vec<String> =
        parts.iter().map(|part| name(&Message::new(format!("unseen-part-{}", part.as_str())))).collect();
    Message::new("unseen-parts").with("parts", names.join(", "))
}

/// The key of the words before what decided the health.
#[must_use]
pub const fn health_key(health: Health) -> &'static str {
    match health {
        Health::Healthy => "explain-health-healthy",
        Health::Degraded => "explain-health-degraded",
        Health::Down => "explain-health-down",
        Health::Unknown => "explain-health-unknown",
    }
}

fn conditions<'d>(diagnosis: &'d Diagnosis, cause: &'d Cause) -> Vec<Asked<'d>> {
    let mut own: Vec<&Finding> = Vec::new();
    for finding in diagnosis.findings.iter().filter(|one| one.code == cause.code && cause.because.contains(&one.id)) {
        // The same may be found by two checks.
        let said = |one: &&Finding| one.summary == finding.summary;
        match own.iter().position(said) {
            None => own.push(finding),
            Some(at) if own[at].conditions.is_empty() => own[at] = finding,
            Some(_) => {}
        }
    }
    let several = cause.nodes.len() > 1;
    let mut asked = Vec::new();
    for finding in own {
        let node = finding.node.as_ref().map(|node| node.0.as_str()).filter(|_| several);
        if finding.conditions.is_empty() {
            let text = finding.summary.clone();
            asked.push(Asked { id: None, held: Held::Yes, node, text, evidence: &finding.evidence });
        }
        asked.extend(finding.conditions.iter().map(|condition| Asked {
            id: Some(&condition.id),
            held: condition.held,
            node,
            text: Message::new(format!("if-{}", condition.id)),
            evidence: &condition.evidence,
        }));
    }
    asked
}
