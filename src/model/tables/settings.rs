//! Settings of all nodes side by side: key × node × verdict. Also what the property table shows. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::code::Code;
use crate::domain::finding::Outcome;
use crate::domain::observed::{KeyClass, PropertiesSeen, Value};
use crate::domain::vocabulary::PropertyArea;
use crate::model::ClusterModel;
use crate::nacos::cmdline::flag_class;
use crate::nacos::properties::jdbc;

/// One key on all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Canonical key, or the name of a flag.
    pub key: String,
    /// How it is compared.
    pub class: KeyClass,
    /// The code under which a difference is reported.
    pub code: Code,
    /// Shown value per node in the order of the inventory; `None`: not set or not seen. Secrets as `#digest`.
    pub values: Vec<Option<String>>,
    /// True if nodes whose settings were seen differ where they must not.
    pub differs: bool,
    /// How bad a difference is.
    pub outcome: Outcome,
    /// Nodes that are not like most.
    pub odd: Vec<usize>,
}

/// Every key and flag of any node; differing ones first.
#[must_use]
pub fn rows(model: &ClusterModel<'_>) -> Vec<Row> {
    let mut keys: BTreeMap<String, (KeyClass, PropertyArea)> = BTreeMap::new();
    for entry in model.nodes.iter().filter_map(|node| node.properties).flat_map(|seen| &seen.entries) {
        keys.entry(entry.key.clone()).or_insert_with(|| (entry.class, entry.area.clone()));
    }
    let mut rows: Vec<Row> = keys.into_iter().map(|(key, (class, area))| property(model, key, class, &area)).collect();
    let flags: BTreeSet<String> =
        model.nodes.iter().filter_map(|node| node.properties).flat_map(|seen| seen.flags.keys().cloned()).collect();
    rows.extend(flags.into_iter().map(|flag| flag_row(model, flag)));
    rows.sort_by_key(|row| (!row.differs, row.key.clone()));
    rows
}

fn property<'a>(model: &ClusterModel<'a>, key: String, class: KeyClass, area: &PropertyArea) -> Row {
    let code = match area {
        PropertyArea::Db => Code::ConfigDbDrift,
        PropertyArea::Auth => Code::ConfigAuthDrift,
        PropertyArea::Flags => Code::ConfigFlagsDrift,
        PropertyArea::Other | PropertyArea::Unknown(_) => Code::ConfigPropertiesDrift,
    };
    let mut seen: BTreeMap<usize, String> = BTreeMap::new();
    let mut values = Vec::new();
    let entry_of = |properties: &'a PropertiesSeen| properties.entries.iter().find(|entry| entry.key == key);
    // What one node is given from outside its file may be given to another too, where that could not be seen.
    let given = |origins: &[&str]| {
        let entries = model.nodes.iter().filter_map(|node| node.properties.and_then(entry_of));
        entries.into_iter().any(|entry| origins.contains(&entry.origin.as_str()))
    };
    let (by_env, by_command) = (given(&["env"]), given(&["-D", "--"]));
    for (index, node) in model.nodes.iter().enumerate() {
        // A file that is not there, not copied as a rule, sets nothing that could be compared.
        let Some(properties) = node.properties.filter(|properties| properties.present) else {
            values.push(None);
            continue;
        };
        let entry = entry_of(properties);
        let value = entry.map(|entry| match &entry.value {
            Value::Plain { text } | Value::Unknown { text, .. } => text.trim().to_owned(),
            Value::Hashed { digest, .. } => format!("#{digest}"),
            Value::Empty => String::new(),
        });
        let from_command = entry.is_some_and(|entry| matches!(entry.origin.as_str(), "-D" | "--"));
        let may_be_given =
            (by_env && !properties.env_seen && !from_command) || (by_command && properties.flags_from.is_none());
        let is_unknown = entry.is_some_and(|entry| matches!(entry.value, Value::Unknown { .. }));
        if !is_unknown && !may_be_given {
            seen.insert(index, value.clone().unwrap_or_default());
        }
        values.push(value);
    }
    let compared = matches!(class, KeyClass::MustEqual | KeyClass::Secret);
    let odd = if compared { minority(&seen) } else { Vec::new() };
    // Other connection parameters of the same database are no other database.
    let targets: BTreeSet<String> = seen.values().map(|url| jdbc::target(url)).collect();
    let same_target = key.starts_with("db.url.") && targets.len() == 1;
    let outcome = match code {
        Code::ConfigDbDrift if same_target => Outcome::Advice,
        Code::ConfigDbDrift | Code::ConfigAuthDrift => Outcome::Fail,
        _ => Outcome::Warn,
    };
    Row { key, class, code, values, differs: !odd.is_empty(), outcome, odd }
}

fn flag_row(model: &ClusterModel<'_>, flag: String) -> Row {
    let mut seen: BTreeMap<usize, String> = BTreeMap::new();
    let mut values = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let told = node.properties.filter(|properties| properties.flags_from.is_some());
        let value = told.and_then(|properties| properties.flags.get(&flag)).cloned();
        if told.is_some() {
            seen.insert(index, value.clone().unwrap_or_default());
        }
        values.push(value);
    }
    let class = flag_class(&flag);
    let heap = flag.starts_with("-Xm");
    let odd = if class == KeyClass::MustEqual || heap { minority(&seen) } else { Vec::new() };
    let outcome = if heap { Outcome::Advice } else { Outcome::Fail };
    Row { key: flag, class, code: Code::ConfigFlagsDrift, values, differs: !odd.is_empty(), outcome, odd }
}

/// Nodes whose value is not that of most; all of them if there is no most; none if all are equal.
#[must_use]
pub fn minority(values: &BTreeMap<usize, String>) -> Vec<usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values.values() {
        *counts.entry(value).or_default() += 1;
    }
    if counts.len() < 2 {
        return Vec::new();
    }
    let most = counts.values().copied().max().unwrap_or(0);
    let leaders: Vec<&str> = counts.iter().filter(|(_, count)| **count == most).map(|(value, _)| *value).collect();
    let right = match leaders.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    values.iter().filter(|(_, value)| right != Some(value.as_str())).map(|(index, _)| *index).collect()
}

/// The version of every node that tells it.
#[must_use]
pub fn versions(model: &ClusterModel<'_>) -> BTreeMap<usize, String> {
    let mut versions = BTreeMap::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let own = node.view.and_then(|view| view.version.clone());
        let told = own.or_else(|| {
            model.nodes.iter().filter_map(|other| other.view).flat_map(|view| &view.members).find_map(|member| {
                (model.member(&member.address) == Some(index)).then(|| member.version.clone()).flatten()
            })
        });
        let flagged = told.or_else(|| node.properties.and_then(|seen| seen.flags.get("version").cloned()));
        if let Some(version) = flagged.filter(|version| !version.is_empty()) {
            versions.insert(index, version);
        }
    }
    versions
}
