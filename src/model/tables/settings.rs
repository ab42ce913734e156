//! Settings of all nodes side by side: key × node × verdict. Also what the property table shows. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::Outcome;
use crate::domain::observed::{KeyClass, PropertiesSeen, Value};
use crate::domain::vocabulary::PropertyArea;
use crate::model::nodes::{Addressed, NodeModel};
use crate::model::{address, cite};
use crate::nacos::cmdline::flag_class;
use crate::nacos::ports;
use crate::nacos::properties::{jdbc, keys};
use crate::nacos::signatures::SignatureId;

/// The flag that says how a node runs.
const MODE: &str = "mode";
/// Its value where a node runs on its own.
const ALONE: &str = "standalone";

/// What a setting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The database.
    Database,
    /// Authentication and the identity of the nodes.
    Identity,
    /// TLS of the connections between the nodes and of clients.
    Tls,
    /// Anything else in the file that must be equal.
    Other,
    /// How a node runs: its mode, its storage, its memory.
    Mode,
}

/// What a difference in a setting means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Another database, or another way into it.
    Database,
    /// Other connection parameters of the same database.
    Connection,
    /// Another identity, or other authentication.
    Identity,
    /// TLS of the connections between the nodes.
    PeerTls,
    /// TLS of the connections of clients.
    ClientTls,
    /// Anything else in the file that must be equal.
    Other,
    /// How the node was started.
    Flag,
    /// A line of the file that says how the node runs.
    Line,
    /// The size of its memory.
    Heap,
}

impl Kind {
    /// What it is about.
    #[must_use]
    pub const fn area(self) -> Area {
        match self {
            Self::Database | Self::Connection => Area::Database,
            Self::Identity => Area::Identity,
            Self::PeerTls | Self::ClientTls => Area::Tls,
            Self::Other => Area::Other,
            Self::Flag | Self::Line | Self::Heap => Area::Mode,
        }
    }

    /// How bad it is, for the table.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Database | Self::Identity | Self::PeerTls | Self::Flag => Outcome::Fail,
            Self::ClientTls | Self::Other | Self::Line => Outcome::Warn,
            Self::Connection | Self::Heap => Outcome::Advice,
        }
    }
}

/// One key on all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Canonical key, or the name of a flag.
    pub key: String,
    /// How it is compared.
    pub class: KeyClass,
    /// What a difference means.
    pub kind: Kind,
    /// Shown value per node in the order of the inventory; `None`: not set or not seen. Secrets as `#digest`.
    pub values: Vec<Option<String>>,
    /// True if nodes whose settings were seen differ where they must not.
    pub differs: bool,
    /// Nodes that are not like most.
    pub odd: Vec<usize>,
}

/// Every key and flag of any node; differing ones first.
#[must_use]
pub fn rows(model: &Addressed<'_>) -> Vec<Row> {
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

fn property<'a>(model: &Addressed<'a>, key: String, class: KeyClass, area: &PropertyArea) -> Row {
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
        let may_be_given = (by_env && !properties.env_seen && !from_command)
            || (by_command && (properties.flags_from.is_none() || properties.flags_partly));
        let is_unknown = entry.is_some_and(|entry| matches!(entry.value, Value::Unknown { .. }));
        if !is_unknown && !may_be_given && tls::counts(&key, properties) {
            seen.insert(index, value.clone().unwrap_or_else(|| tls::unset(&key).to_owned()));
        }
        values.push(value);
    }
    // That a value is secret says nothing of whether it has to be the same everywhere: the password of a key store does not.
    let has_to_be = |class: KeyClass| class == KeyClass::MustEqual;
    let compared = has_to_be(if class == KeyClass::Secret { keys::class_of(&key).0 } else { class });
    let mut odd = if compared { minority(&seen) } else { Vec::new() };
    if matches!(key.as_str(), "server.port" | "nacos.server.main.port") {
        odd.retain(|index| !is_port_of_a_member(&model.nodes[*index], &seen[index]));
    }
    // Other connection parameters still lead to the same database.
    let targets: BTreeSet<String> = seen.values().map(|url| jdbc::target(url)).collect();
    let same_target = key.starts_with("db.url.") && targets.len() == 1;
    let kind = match area {
        PropertyArea::Db if same_target => Kind::Connection,
        PropertyArea::Db => Kind::Database,
        PropertyArea::Auth => tls::kind(&key).unwrap_or(Kind::Identity),
        PropertyArea::Flags => Kind::Line,
        PropertyArea::Other | PropertyArea::Unknown(_) => Kind::Other,
    };
    Row { key, class, kind, values, differs: !odd.is_empty(), odd }
}

/// What is compared of TLS: whether it is on, and how those speak it that have it on.
mod tls {
    use super::Kind;
    use crate::domain::observed::{PropertiesSeen, Value};

    const PEERS: &str = "nacos.remote.peer.rpc.tls.";
    const CLIENTS: &str = "nacos.remote.server.rpc.tls.";
    const SWITCH: &str = "enableTls";
    /// What Nacos takes where a key is not set.
    const UNSET: [(&str, &str); 4] =
        [(SWITCH, "false"), ("mutualAuthEnable", "false"), ("compatibility", "true"), ("trustAll", "true")];

    fn prefix(key: &str) -> Option<&'static str> {
        [PEERS, CLIENTS].into_iter().find(|prefix| key.starts_with(prefix))
    }

    /// What a difference in the key means, if it is one of TLS.
    pub(super) fn kind(key: &str) -> Option<Kind> {
        prefix(key).map(|prefix| if prefix == PEERS { Kind::PeerTls } else { Kind::ClientTls })
    }

    /// What Nacos takes where the key is not set.
    pub(super) fn unset(key: &str) -> &'static str {
        let name = prefix(key).and_then(|prefix| key.strip_prefix(prefix));
        UNSET.into_iter().find(|(known, _)| name == Some(*known)).map_or("", |(_, value)| value)
    }

    /// True if what the node has of the key is to be compared. Without TLS its other keys mean nothing.
    pub(super) fn counts(key: &str, properties: &PropertiesSeen) -> bool {
        let Some(prefix) = prefix(key) else { return true };
        let is_on = |entry: &Value| matches!(entry, Value::Plain { text } if text.eq_ignore_ascii_case("true"));
        let mut entries = properties.entries.iter();
        let switch = entries.find(|entry| entry.key.strip_prefix(prefix) == Some(SWITCH));
        key.ends_with(SWITCH) || switch.is_some_and(|entry| is_on(&entry.value))
    }
}

/// True if the node's `cluster.conf` names a member with this main port: it is not that of the others on purpose.
fn is_port_of_a_member(node: &NodeModel<'_>, port: &str) -> bool {
    let members = node.conf.into_iter().flat_map(|conf| &conf.members);
    let mut ports = members.filter_map(|member| Some(address::split(member)?.1.unwrap_or(ports::DEFAULT_MAIN)));
    ports.any(|own| port.parse() == Ok(own))
}

fn flag_row(model: &Addressed<'_>, flag: String) -> Row {
    let mut seen: BTreeMap<usize, String> = BTreeMap::new();
    let mut values = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let told = node.properties.filter(|properties| properties.flags_from.is_some());
        let value = told.and_then(|properties| properties.flags.get(&flag)).cloned();
        if told.is_some_and(|properties| !properties.flags_partly) || value.is_some() {
            seen.insert(index, value.clone().unwrap_or_default());
        }
        values.push(value);
    }
    let class = flag_class(&flag);
    let heap = flag.starts_with("-Xm");
    let mut odd = if class == KeyClass::MustEqual || heap { minority(&seen) } else { Vec::new() };
    if flag == MODE && !odd.is_empty() {
        // Nodes of one cluster: those that run on their own are wrong, however many they are.
        odd = seen.iter().filter(|(_, mode)| *mode == ALONE).map(|(index, _)| *index).collect();
    }
    let kind = if heap { Kind::Heap } else { Kind::Flag };
    Row { key: flag, class, kind, values, differs: !odd.is_empty(), odd }
}

/// True if the settings file of the node was not seen, and that of another node was: it may run with other settings, or
/// with none.
#[must_use]
pub fn are_missing(model: &Addressed<'_>, index: usize) -> bool {
    let has_file = |node: &NodeModel<'_>| node.properties.is_some_and(|seen| seen.present);
    !has_file(&model.nodes[index]) && model.nodes.iter().any(has_file)
}

/// What shows that a node has no settings file, where others have one: its folder was looked at where it runs. A copy may
/// have left the file out.
#[must_use]
pub fn without_a_file(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let looked = node.stop.is_some_and(|stop| stop.files_live)
        && node.conf.is_some_and(|conf| conf.present)
        && node.properties.is_some_and(|seen| !seen.present);
    let absent = looked && are_missing(model, index);
    let text = "conf/application.properties is not there";
    absent.then(|| cite::said(node.name, "conf", text)).into_iter().collect()
}

/// The settings of one area in which one node is not like most.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The node.
    pub node: usize,
    /// What they are about.
    pub area: Area,
    /// What the differences mean.
    pub kinds: BTreeSet<Kind>,
    /// The keys.
    pub keys: Vec<String>,
    /// What each node has.
    pub evidence: Vec<EvidenceRef>,
}

/// Every node that is not like most in some area.
#[must_use]
pub fn differences(model: &Addressed<'_>) -> Vec<Difference> {
    let rows = rows(model);
    let mut odd: BTreeMap<(Area, usize), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.differs) {
        for node in &row.odd {
            odd.entry((row.kind.area(), *node)).or_default().push(row);
        }
    }
    let difference = |((area, node), rows): ((Area, usize), Vec<&Row>)| Difference {
        node,
        area,
        kinds: rows.iter().map(|row| row.kind).collect(),
        keys: rows.iter().map(|row| row.key.clone()).collect(),
        evidence: rows.iter().flat_map(|row| values(model, row)).take(12).collect(),
    };
    odd.into_iter().map(difference).collect()
}

/// What each node has of a key.
fn values(model: &Addressed<'_>, row: &Row) -> Vec<EvidenceRef> {
    let of = |(index, node): (usize, &NodeModel<'_>)| {
        let entry = node.properties.and_then(|seen| seen.entries.iter().find(|entry| entry.key == row.key));
        match entry {
            Some(entry) => cite::setting(node.name, entry, &cite::setting_value(entry)),
            None => {
                let text = format!("{} = {}", row.key, row.values[index].as_deref().unwrap_or("-"));
                cite::said(node.name, "settings", &text)
            }
        }
    };
    model.nodes.iter().enumerate().map(of).collect()
}

/// Nodes whose value is not that of most; all of them if no value is the most frequent; none if all are equal.
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
pub fn versions(model: &Addressed<'_>) -> BTreeMap<usize, String> {
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

/// A node whose version is not that of most.
#[derive(Clone, Debug)]
pub struct OtherVersion {
    /// The node.
    pub node: usize,
    /// Every node with its version.
    pub versions: String,
    /// What each node tells.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes whose version is not that of most; all of them if no version is the most frequent.
#[must_use]
pub fn other_versions(model: &Addressed<'_>) -> Vec<OtherVersion> {
    let versions = versions(model);
    let name = |index: usize| model.nodes[index].name;
    let text: Vec<String> = versions.iter().map(|(index, version)| format!("{} {version}", name(*index))).collect();
    let evidence: Vec<EvidenceRef> =
        versions.iter().map(|(index, version)| cite::said(name(*index), "version", version)).collect();
    let other = |node| OtherVersion { node, versions: text.join(", "), evidence: evidence.clone() };
    minority(&versions).into_iter().map(other).collect()
}

/// What a node tells of itself if it runs on its own: its API, else the end of its last start, else what it was started with.
#[must_use]
pub fn runs_alone(model: &Addressed<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    if let Some(mode) = node.view.and_then(|view| view.state.get("startup_mode")) {
        let alone = mode == "standalone";
        return alone.then(|| cite::said(node.name, "server state", "startup_mode standalone")).into_iter().collect();
    }
    let traces = node.stop.into_iter().flat_map(|stop| &stop.traces);
    if let Some(started) = traces.filter(|trace| trace.signature == SignatureId::STARTED).max_by_key(|trace| trace.at) {
        let alone = started.text.contains("in stand alone mode");
        return alone.then(|| cite::trace(node.name, started)).into_iter().collect();
    }
    let Some((seen, from)) = node.properties.and_then(|seen| Some((seen, seen.flags_from.as_deref()?))) else {
        return Vec::new();
    };
    let alone = seen.flags.get(MODE).is_some_and(|mode| mode == ALONE);
    let (from, text) = match seen.flags_partly {
        true => (from, "mode = standalone"),
        false => ("command line", "-Dnacos.standalone=true"),
    };
    alone.then(|| cite::said(node.name, from, text)).into_iter().collect()
}
