//! What one node's settings say by themselves: insecure defaults (advice only), keys set twice, values that could not be seen.

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging, index_of};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{PropertySeen, Value};
use crate::model::cite;
use crate::model::tables::settings;
use crate::nacos::ports;

/// Switches that turn authentication on, any of them.
const AUTH_SWITCHES: &[&str] =
    &["nacos.core.auth.enabled", "nacos.core.auth.admin.enabled", "nacos.core.auth.console.enabled"];

/// Switches that open a door when they are on, and what is said of it.
const OPEN_DOORS: &[(&str, &str)] = &[
    ("nacos.config.derby.ops.enabled", "finding-config-insecure-derby"),
    ("nacos.core.auth.enable.userAgentAuthWhite", "finding-config-insecure-user-agent"),
];

/// Major, minor, patch.
type Version = (u32, u32, u32);

/// Known weaknesses: first version, first version without it, its public name.
const WEAKNESSES: &[(Version, Version, &str)] = &[
    ((0, 0, 0), (1, 4, 1), "CVE-2021-29441"),
    ((1, 4, 0), (1, 4, 6), "CNVD-2023-45001"),
    ((2, 0, 0), (2, 2, 3), "CNVD-2023-45001"),
];

/// The weaknesses of a version: where each is fixed, and its name.
fn known_weaknesses(version: &str) -> Vec<(String, &'static str)> {
    let mut numbers = version.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return Vec::new() };
    let version = (major, minor, numbers.next().unwrap_or(0));
    WEAKNESSES
        .iter()
        .filter(|(from, to, _)| version >= *from && version < *to)
        .map(|(_, (major, minor, patch), name)| (format!("{major}.{minor}.{patch}"), *name))
        .collect()
}

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.properties", Step::Config, cx);
    let Some(index) = index_of(judging.model, node) else {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing"));
    };
    let Some(seen) = judging.model.nodes[index].properties else {
        judging.not_seen(Some(index), Message::new("judged-not-gathered"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-not-gathered"));
    };
    let name = judging.model.nodes[index].name.clone();
    let absent = Message::new("judged-properties-absent").with("node", &name);
    if !seen.present {
        judging.not_seen(Some(index), absent.clone());
    }
    if !seen.present && seen.entries.is_empty() {
        let reason = absent;
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
        judging.find(Claim::advice(Code::ConfigInsecure).of(index), summary, defaults);
    }
    let switches: Vec<&PropertySeen> =
        seen.entries.iter().filter(|entry| AUTH_SWITCHES.contains(&entry.key.as_str())).collect();
    let on = switches.iter().any(|entry| matches!(&entry.value, Value::Plain { text } if text == "true"));
    // Without any of the switches 1.x and 2.x are open; 3.x guards administration and console by itself.
    let version = settings::versions(judging.model).get(&index).cloned();
    let open_by_default = ports::major(version.as_deref()).is_some_and(|major| major < 3);
    let untold = switches.iter().any(|entry| matches!(entry.value, Value::Unknown { .. }));
    if !on && !untold && (!switches.is_empty() || open_by_default) {
        let mut refs: Vec<EvidenceRef> = switches.iter().map(|entry| said(&name, entry, &shown(entry))).collect();
        if refs.is_empty() {
            refs.push(cite::said(&name, "application.properties", &format!("{} is not set", AUTH_SWITCHES[0])));
        }
        let summary = Message::new("finding-config-insecure-auth-off").with("node", &name);
        judging.find(Claim::advice(Code::ConfigInsecure).of(index), summary, refs);
    }
    for (key, finding) in OPEN_DOORS {
        let set = seen.entries.iter().find(|entry| entry.key == *key);
        if let Some(entry) = set.filter(|entry| matches!(&entry.value, Value::Plain { text } if text == "true")) {
            let refs = vec![said(&name, entry, "true")];
            let summary = Message::new(*finding).with("node", &name);
            judging.find(Claim::advice(Code::ConfigInsecure).of(index), summary, refs);
        }
    }
    if let Some(version) = version {
        for (fixed, weakness) in known_weaknesses(&version) {
            let refs = vec![cite::said(&name, "version", &version)];
            let summary = Message::new("finding-config-insecure-version")
                .with("node", &name)
                .with("version", &version)
                .with("weakness", weakness)
                .with("fixed", fixed);
            judging.find(Claim::advice(Code::ConfigInsecure).of(index), summary, refs);
        }
    }
    for (key, lines) in &seen.duplicates {
        let text = lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let summary =
            Message::new("finding-properties-duplicate").with("node", &name).with("key", key).with("lines", text);
        judging.find(Claim::advice(Code::ConfigPropertiesDrift).of(index), summary, Vec::new());
    }
    let fine = Message::new("judged-properties-read").with("node", &name).with("count", seen.entries.len());
    judging.finish(fine)
}

/// A property as evidence; secrets only as their digest.
pub(crate) fn said(name: &NodeName, entry: &PropertySeen, value: &str) -> EvidenceRef {
    cite::said(name, &entry.origin, &format!("{}={value}", entry.written_key))
}

/// What may be shown of a value.
pub(crate) fn shown(entry: &PropertySeen) -> String {
    match &entry.value {
        Value::Plain { text } | Value::Unknown { text, .. } => text.clone(),
        Value::Hashed { digest, .. } => format!("#{digest}"),
        Value::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::id::ClusterId;
    use crate::domain::incident::WINDOW_MS;
    use crate::domain::observed::{Observations, Observed};
    use crate::domain::time::Timestamp;
    use crate::model::ClusterModel;
    use crate::nacos::properties::{Inputs, SecretHasher, effective};

    /// What is advised of a node with that file and version.
    fn advised(file: &str, version: &str) -> Vec<String> {
        let name = NodeName::from("n1");
        let hasher = SecretHasher::new(b"key");
        let mut seen = effective(&Inputs { file: Some(file.as_bytes()), env: None, command: None, hasher });
        seen.flags.insert("version".to_owned(), version.to_owned());
        let mut observations = Observations::default();
        observations.put("config.properties", name.clone(), Observed::Properties(seen));
        let nodes = vec![NodeSpec { name: name.clone(), api: None, files: FileSource::None }];
        let cluster =
            Cluster { id: ClusterId(1), name: "c".to_owned(), nodes, node_deadline_ms: 3000, doors: Vec::new() };
        let at = Timestamp::from_millis(0);
        let model = ClusterModel::build(&cluster, &observations, at, WINDOW_MS);
        let cx = JudgeContext { model: &model, suspect: None };
        let judgement = judge(Some(&name), &cx);
        assert!(judgement.findings.iter().all(|one| one.outcome == Outcome::Advice), "only ever advice");
        judgement.findings.iter().map(|one| one.summary.key.to_string()).collect()
    }

    #[test]
    fn what_lies_open_is_advised() {
        let safe = "nacos.core.auth.enabled=true\n";
        assert_eq!(advised(safe, "2.5.1"), Vec::<String>::new());
        for (file, version, key) in [
            ("nacos.core.auth.enabled=false\n", "2.5.1", "finding-config-insecure-auth-off"),
            ("server.port=8848\n", "2.5.1", "finding-config-insecure-auth-off"),
            (
                "nacos.core.auth.enabled=true\nnacos.core.auth.default.token.secret.key=SecretKey012345678901234567890123456789012345678901234567890123456789\n",
                "2.5.1",
                "finding-config-insecure-default",
            ),
            (
                "nacos.core.auth.enabled=true\nnacos.core.auth.server.identity.value=security\n",
                "2.5.1",
                "finding-config-insecure-default",
            ),
            (
                "nacos.core.auth.enabled=true\nnacos.config.derby.ops.enabled=true\n",
                "2.5.1",
                "finding-config-insecure-derby",
            ),
            (safe, "2.2.0", "finding-config-insecure-version"),
        ] {
            assert_eq!(advised(file, version), [key], "{file} {version}");
        }
        assert_eq!(advised("nacos.core.auth.enabled=${NACOS_AUTH_ENABLE:false}\n", "2.5.1"), Vec::<String>::new());
        assert_eq!(advised("server.port=8848\n", "3.0.3"), Vec::<String>::new(), "3.x guards administration by itself");
    }

    #[test]
    fn weak_versions_are_known_by_their_ranges() {
        let names = |version: &str| known_weaknesses(version).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names("1.4.0"), ["CVE-2021-29441", "CNVD-2023-45001"]);
        assert_eq!(names("1.4.6"), Vec::<&str>::new());
        assert_eq!(names("2.0.3"), ["CNVD-2023-45001"]);
        assert_eq!(known_weaknesses("2.2.0.1"), [("2.2.3".to_owned(), "CNVD-2023-45001")]);
        for fine in ["2.2.3", "2.5.1", "3.0.3", "3.1.0-SNAPSHOT", "", "dev"] {
            assert_eq!(names(fine), Vec::<&str>::new(), "{fine}");
        }
    }
}
