//! What the settings of one node are by themselves: switches that leave a door open, public default values, versions with
//! known weaknesses.

use super::cite;
use super::nodes::Addressed;
use super::tables::settings;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{PropertySeen, SignatureHits, Value};
use crate::nacos::signatures::SignatureId;
use crate::nacos::{ports, timing};

/// Switches that turn authentication on, any of them.
const AUTH_SWITCHES: &[&str] =
    &["nacos.core.auth.enabled", "nacos.core.auth.admin.enabled", "nacos.core.auth.console.enabled"];

/// Major, minor, patch.
type Version = (u32, u32, u32);

/// Known weaknesses: first version, first version without it, its public name.
const WEAKNESSES: &[(Version, Version, &str)] = &[
    ((0, 0, 0), (1, 4, 1), "CVE-2021-29441"),
    ((1, 4, 0), (1, 4, 6), "CNVD-2023-45001"),
    ((2, 0, 0), (2, 2, 3), "CNVD-2023-45001"),
];

/// Lines in which a node of 2.0 or 2.1 says, up to now and for longer than an upgrade takes, that it has not left the mode of
/// 1.x yet.
#[must_use]
pub fn in_1x_mode(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let upgraded = node.hits(SignatureId::MODE_OF_2X).filter_map(|hits| hits.last).max();
    let goes_on = |hits: &&SignatureHits| {
        let lasts = hits.first.is_some_and(|first| model.age_ms(first) >= timing::UPGRADE_LASTS_MS);
        lasts && hits.last.is_some_and(|last| model.age_ms(last) <= timing::LINE_CURRENT_MS && Some(last) > upgraded)
    };
    cite::samples(node.name, node.hits(SignatureId::MODE_OF_1X).filter(goes_on), 2)
}

/// Settings whose secret is a public default.
#[must_use]
pub fn known_defaults(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let entries = node.properties.into_iter().flat_map(|seen| &seen.entries);
    let defaults = entries.filter(|entry| matches!(entry.value, Value::Hashed { known_default: true, .. }));
    defaults.map(|entry| cite::setting(node.name, entry, "(default value)")).collect()
}

/// What shows that authentication is off: none of its switches is on. Without any of them 1.x and 2.x are open; 3.x guards
/// administration and console by itself.
#[must_use]
pub fn open_without_login(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let entries = node.properties.into_iter().flat_map(|seen| &seen.entries);
    let switches: Vec<&PropertySeen> = entries.filter(|entry| AUTH_SWITCHES.contains(&entry.key.as_str())).collect();
    let on = switches.iter().any(|entry| is_true(entry));
    let untold = switches.iter().any(|entry| matches!(entry.value, Value::Unknown { .. }));
    let open_by_default = ports::major(version(model, index).as_deref()).is_some_and(|major| major < 3);
    if on || untold || switches.is_empty() && !open_by_default {
        return Vec::new();
    }
    if switches.is_empty() {
        let text = format!("{} is not set", AUTH_SWITCHES[0]);
        return vec![cite::said(node.name, "application.properties", &text)];
    }
    switches.iter().map(|entry| cite::setting(node.name, entry, &cite::setting_value(entry))).collect()
}

/// The line that sets a switch on.
#[must_use]
pub fn switched_on(model: &Addressed<'_>, index: usize, key: &str) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let mut entries = node.properties.into_iter().flat_map(|seen| &seen.entries);
    let set = entries.find(|entry| entry.key == key).filter(|entry| is_true(entry));
    set.map(|entry| cite::setting(node.name, entry, "true")).into_iter().collect()
}

fn is_true(entry: &PropertySeen) -> bool {
    matches!(&entry.value, Value::Plain { text } if text == "true")
}

/// A weakness of a node's version that is known in public.
#[derive(Clone, Debug)]
pub struct Weakness {
    /// The node.
    pub node: usize,
    /// Its version.
    pub version: String,
    /// Public name of the weakness.
    pub name: &'static str,
    /// First version without it.
    pub fixed: String,
}

/// The weaknesses of a node's version.
#[must_use]
pub fn weaknesses(model: &Addressed<'_>, index: usize) -> Vec<Weakness> {
    let Some(version) = version(model, index) else { return Vec::new() };
    let known = known_weaknesses(&version).into_iter();
    known.map(|(fixed, name)| Weakness { node: index, version: version.clone(), name, fixed }).collect()
}

fn version(model: &Addressed<'_>, index: usize) -> Option<String> {
    settings::versions(model).remove(&index)
}

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

#[cfg(test)]
mod tests {
    use super::*;

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
