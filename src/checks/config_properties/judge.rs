//! What one node's settings say by themselves: insecure defaults (advice only), keys set twice, values that could not be seen.

use crate::checks::JudgeContext;
use crate::checks::judging::{Judging, index_of};
use crate::diagnosis::picture::evidence;
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{PropertySeen, Value};

/// Switches that turn authentication on, any of them.
const AUTH_SWITCHES: &[&str] =
    &["nacos.core.auth.enabled", "nacos.core.auth.admin.enabled", "nacos.core.auth.console.enabled"];

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.properties", Step::Config, cx);
    let Some(index) = index_of(&judging.picture, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(seen) = judging.picture.nodes[index].properties else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let name = judging.picture.nodes[index].name.clone();
    if !seen.present && seen.entries.is_empty() {
        let reason = Message::new("judged-properties-absent").with("node", &name);
        judging.not_seen(Some(index), reason.clone());
        return judging.finish_with(Outcome::NotApplicable, reason);
    }
    if !seen.unresolved.is_empty() {
        let reason = Message::new("judged-properties-unresolved").with("names", seen.unresolved.join(", "));
        judging.not_seen(Some(index), reason);
    }
    let defaults: Vec<EvidenceRef> = seen
        .entries
        .iter()
        .filter(|entry| matches!(entry.value, Value::Hashed { known_default: true, .. }))
        .map(|entry| said(&name, entry, "(default value)"))
        .collect();
    if !defaults.is_empty() {
        let summary = Message::new("finding-config-insecure-default").with("node", &name);
        judging.find(Code::ConfigInsecure, Outcome::Advice, (Some(index), None), summary, defaults);
    }
    let switches: Vec<&PropertySeen> =
        seen.entries.iter().filter(|entry| AUTH_SWITCHES.contains(&entry.key.as_str())).collect();
    let on = switches.iter().any(|entry| matches!(&entry.value, Value::Plain { text } if text == "true"));
    if !on && !switches.is_empty() {
        let refs = switches.iter().map(|entry| said(&name, entry, &shown(entry))).collect();
        let summary = Message::new("finding-config-insecure-auth-off").with("node", &name);
        judging.find(Code::ConfigInsecure, Outcome::Advice, (Some(index), None), summary, refs);
    }
    for (key, lines) in &seen.duplicates {
        let text = lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let summary =
            Message::new("finding-properties-duplicate").with("node", &name).with("key", key).with("lines", text);
        judging.find(Code::ConfigPropertiesDrift, Outcome::Advice, (Some(index), None), summary, Vec::new());
    }
    let fine = Message::new("judged-properties-read").with("node", &name).with("count", seen.entries.len());
    judging.finish(fine)
}

/// A property as evidence; secrets only as their digest.
pub(crate) fn said(name: &NodeName, entry: &PropertySeen, value: &str) -> EvidenceRef {
    evidence::said(name, &entry.origin, &format!("{}={value}", entry.written_key))
}

/// What may be shown of a value.
pub(crate) fn shown(entry: &PropertySeen) -> String {
    match &entry.value {
        Value::Plain { text } => text.clone(),
        Value::Hashed { digest, .. } => format!("#{digest}"),
        Value::Empty => String::new(),
    }
}
