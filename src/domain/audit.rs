//! The audit log: who changed users, clusters, credentials and settings, from what to what. Append-only.
//!
//! To add something that is recorded: a variant of [`AuditKind`] with its area and its words in `locales/*/web.ftl`
//! (`web-audit-<kind>`), and one call of `commands::audit::record` in the transaction of the change.
//!
//! # Why
//! What changed of a cluster is found in its serde form, field by field. So a field that is added to a node is in the log
//! without a line here. Secrets are named in that form, never held.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clipped::clipped;
use super::cluster::{Cluster, NodeSpec};
use super::id::AuditId;
use super::time::Timestamp;

/// Longest value that is kept, in characters; the rest is cut.
const MAX_VALUE_CHARS: usize = 400;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AuditActor {
    /// A person, by login name.
    Person {
        /// Login name.
        name: String,
    },
    /// A subcommand on the server's machine.
    CommandLine {
        /// Name or number of the operating system's user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        os_user: Option<String>,
    },
    /// The one-time link of the first start.
    SetupLink,
    /// The program itself, when it starts.
    Start,
}

impl AuditActor {
    /// Login name of a person; empty for everybody else.
    #[must_use]
    pub fn person(&self) -> &str {
        match self {
            Self::Person { name } => name,
            Self::CommandLine { .. } | Self::SetupLink | Self::Start => "",
        }
    }
}

/// What part of the administration it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditArea {
    /// People and roles.
    Users,
    /// The inventory.
    Clusters,
    /// Names under which secrets are released.
    Credentials,
    /// Settings of the server.
    Settings,
}

impl AuditArea {
    /// All, in the order of the filter.
    pub const ALL: [Self; 4] = [Self::Users, Self::Clusters, Self::Credentials, Self::Settings];

    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Clusters => "clusters",
            Self::Credentials => "credentials",
            Self::Settings => "settings",
        }
    }

    /// The area of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.as_str() == name)
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// A user was created.
    UserCreated,
    /// Role of a user, or whether they may log in.
    UserChanged,
    /// Somebody set the password of another user.
    PasswordSet,
    /// Somebody changed their own password.
    PasswordChanged,
    /// A link was made that signs a user in once.
    SignInLinkMade,
    /// A cluster was added.
    ClusterCreated,
    /// A cluster was changed.
    ClusterChanged,
    /// A cluster was deleted.
    ClusterDeleted,
    /// A maintenance was planned.
    MaintenancePlanned,
    /// One was ended before its time.
    MaintenanceEnded,
    /// A credential may be used from now on.
    CredentialReleased,
    /// Where a credential comes from, or where it may be sent.
    CredentialChanged,
    /// A credential may not be used any more.
    CredentialWithdrawn,
    /// A channel that people are told through was added.
    ChannelCreated,
    /// One was changed.
    ChannelChanged,
    /// One was deleted.
    ChannelDeleted,
    /// A link that shows the wall screen was made.
    BoardLinkMade,
    /// One was ended before its time.
    BoardLinkEnded,
    /// The server was started with other settings than the last time.
    SettingsChanged,
}

impl AuditKind {
    /// All.
    pub const ALL: [Self; 19] = [
        Self::UserCreated,
        Self::UserChanged,
        Self::PasswordSet,
        Self::PasswordChanged,
        Self::SignInLinkMade,
        Self::ClusterCreated,
        Self::ClusterChanged,
        Self::ClusterDeleted,
        Self::MaintenancePlanned,
        Self::MaintenanceEnded,
        Self::CredentialReleased,
        Self::CredentialChanged,
        Self::CredentialWithdrawn,
        Self::ChannelCreated,
        Self::ChannelChanged,
        Self::ChannelDeleted,
        Self::BoardLinkMade,
        Self::BoardLinkEnded,
        Self::SettingsChanged,
    ];

    /// Stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserCreated => "user_created",
            Self::UserChanged => "user_changed",
            Self::PasswordSet => "password_set",
            Self::PasswordChanged => "password_changed",
            Self::SignInLinkMade => "sign_in_link_made",
            Self::ClusterCreated => "cluster_created",
            Self::ClusterChanged => "cluster_changed",
            Self::ClusterDeleted => "cluster_deleted",
            Self::MaintenancePlanned => "maintenance_planned",
            Self::MaintenanceEnded => "maintenance_ended",
            Self::CredentialReleased => "credential_released",
            Self::CredentialChanged => "credential_changed",
            Self::CredentialWithdrawn => "credential_withdrawn",
            Self::ChannelCreated => "channel_created",
            Self::ChannelChanged => "channel_changed",
            Self::ChannelDeleted => "channel_deleted",
            Self::BoardLinkMade => "board_link_made",
            Self::BoardLinkEnded => "board_link_ended",
            Self::SettingsChanged => "settings_changed",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Its area.
    #[must_use]
    pub const fn area(self) -> AuditArea {
        match self {
            Self::UserCreated
            | Self::UserChanged
            | Self::PasswordSet
            | Self::PasswordChanged
            | Self::SignInLinkMade => AuditArea::Users,
            Self::ClusterCreated
            | Self::ClusterChanged
            | Self::ClusterDeleted
            | Self::MaintenancePlanned
            | Self::MaintenanceEnded => AuditArea::Clusters,
            Self::CredentialReleased | Self::CredentialChanged | Self::CredentialWithdrawn => AuditArea::Credentials,
            Self::ChannelCreated
            | Self::ChannelChanged
            | Self::ChannelDeleted
            | Self::BoardLinkMade
            | Self::BoardLinkEnded
            | Self::SettingsChanged => AuditArea::Settings,
        }
    }
}

/// One value that is another one now. Never a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChange {
    /// Name of the field, such as `role`, `api.port`, or of the setting.
    pub what: String,
    /// The node it belongs to, if to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Before; `None`: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// After; `None`: there is none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl AuditChange {
    /// A change of a field; values that are too long are cut.
    #[must_use]
    pub fn new(what: impl Into<String>, before: Option<String>, after: Option<String>) -> Self {
        Self { what: what.into(), node: None, before: before.as_deref().map(cut), after: after.as_deref().map(cut) }
    }

    /// A field that has its first value.
    #[must_use]
    pub fn set(what: impl Into<String>, after: impl ToString) -> Self {
        Self::new(what, None, Some(after.to_string()))
    }

    /// A change, or nothing if the values are the same.
    #[must_use]
    pub fn between(what: &str, before: impl ToString, after: impl ToString) -> Option<Self> {
        let (before, after) = (before.to_string(), after.to_string());
        (before != after).then(|| Self::new(what, Some(before), Some(after)))
    }

    fn of_node(mut self, node: &NodeSpec) -> Self {
        self.node = Some(node.name.to_string());
        self
    }
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Row id; grows.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: AuditActor,
    /// What.
    pub kind: AuditKind,
    /// Name of the user, cluster or credential at that time; empty for settings.
    pub subject: String,
    /// From what to what.
    pub changes: Vec<AuditChange>,
}

/// Fields and nodes in which two states of a cluster differ; `None`: it did not or does not exist.
#[must_use]
pub fn cluster_changes(before: Option<&Cluster>, after: Option<&Cluster>) -> Vec<AuditChange> {
    let mut changes = differences(&cluster_fields(before), &cluster_fields(after));
    let nodes = |cluster: Option<&Cluster>| cluster.map(|cluster| cluster.nodes.clone()).unwrap_or_default();
    let (before, after) = (nodes(before), nodes(after));
    for old in &before {
        match after.iter().find(|new| new.name == old.name) {
            Some(new) => {
                let differ = differences(&node_fields(old), &node_fields(new));
                changes.extend(differ.into_iter().map(|change| change.of_node(old)));
            }
            None => changes.push(AuditChange::new("node", Some(one_line(old)), None).of_node(old)),
        }
    }
    let is_new = |node: &&NodeSpec| before.iter().all(|old| old.name != node.name);
    changes.extend(
        after.iter().filter(is_new).map(|new| AuditChange::new("node", None, Some(one_line(new))).of_node(new)),
    );
    let order = |nodes: &[NodeSpec], other: &[NodeSpec]| {
        let kept = nodes.iter().filter(|node| other.iter().any(|one| one.name == node.name));
        kept.map(|node| node.name.to_string()).collect::<Vec<_>>().join(", ")
    };
    changes.extend(AuditChange::between("node_order", order(&before, &after), order(&after, &before)));
    changes
}

/// Name and value of every field but id and nodes.
fn cluster_fields(cluster: Option<&Cluster>) -> BTreeMap<String, String> {
    let Some(cluster) = cluster else { return BTreeMap::new() };
    let mut fields = BTreeMap::new();
    if let Ok(Value::Object(mut object)) = serde_json::to_value(cluster) {
        for known in ["id", "nodes", "doors", "accept_unseen"] {
            object.remove(known);
        }
        flatten("", &Value::Object(object), &mut fields);
    }
    if !cluster.doors.is_empty() {
        let doors: Vec<_> = cluster.doors.iter().map(ToString::to_string).collect();
        fields.insert("doors".to_owned(), doors.join(" "));
    }
    if !cluster.accept_unseen.is_empty() {
        let parts: Vec<_> = cluster.accept_unseen.iter().map(|part| part.as_str()).collect();
        fields.insert("accept_unseen".to_owned(), parts.join(" "));
    }
    fields
}

/// Path and value of every field but the name.
fn node_fields(node: &NodeSpec) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    if let Ok(Value::Object(mut object)) = serde_json::to_value(node) {
        object.remove("name");
        flatten("", &Value::Object(object), &mut fields);
    }
    fields
}

fn one_line(node: &NodeSpec) -> String {
    let fields: Vec<_> = node_fields(node).into_iter().map(|(path, value)| format!("{path}={value}")).collect();
    fields.join(" ")
}

/// Paths and texts of everything that has a value.
fn flatten(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(object) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, fields);
            }
        }
        Value::String(text) => drop(fields.insert(path.to_owned(), text.clone())),
        other => drop(fields.insert(path.to_owned(), other.to_string())),
    }
}

/// What differs between two sets of named values, by name.
#[must_use]
pub fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<AuditChange> {
    let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| AuditChange::new(name, before.get(name).cloned(), after.get(name).cloned()))
        .collect()
}

fn cut(text: &str) -> String {
    clipped(text, MAX_VALUE_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{CredentialRef, FileSource, parse_nodes};
    use crate::domain::id::ClusterId;

    fn cluster(nodes: &str) -> Cluster {
        let nodes = parse_nodes(nodes).expect("nodes");
        Cluster {
            id: ClusterId(1),
            name: "prod".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        }
    }

    fn texts(changes: &[AuditChange]) -> Vec<String> {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
        let of = |change: &AuditChange| change.node.as_ref().map(|node| format!("{node} ")).unwrap_or_default();
        changes
            .iter()
            .map(|change| format!("{}{}: {} > {}", of(change), change.what, side(&change.before), side(&change.after)))
            .collect()
    }

    #[test]
    fn a_changed_cluster_says_which_fields_and_nodes() {
        let before = cluster("10.0.0.1 10.0.0.2 10.0.0.3");
        let mut after = cluster("10.0.0.1 10.0.0.2 10.0.0.4:9000");
        after.name = "prod-hz".to_owned();
        let api = after.nodes[1].api.as_mut().expect("an address");
        api.credential = Some(CredentialRef::Env { name: "NODEDOWN_CRED_PROD".to_owned() });
        after.nodes[1].files = FileSource::Local { home: "/home/nacos".into() };
        assert_eq!(
            texts(&cluster_changes(Some(&before), Some(&after))),
            [
                "name: prod > prod-hz",
                "10.0.0.2 api.credential.kind: - > env",
                "10.0.0.2 api.credential.name: - > NODEDOWN_CRED_PROD",
                "10.0.0.2 files.home: - > /home/nacos",
                "10.0.0.2 files.kind: none > local",
                "10.0.0.3 node: api.host=10.0.0.3 api.port=8848 api.scheme=http files.kind=none > -",
                "10.0.0.4:9000 node: - > api.host=10.0.0.4 api.port=9000 api.scheme=http files.kind=none",
            ]
        );
        assert_eq!(cluster_changes(Some(&before), Some(&before)), []);
        let turned = cluster("10.0.0.2 10.0.0.1 10.0.0.3");
        assert_eq!(
            texts(&cluster_changes(Some(&before), Some(&turned))),
            ["node_order: 10.0.0.1, 10.0.0.2, 10.0.0.3 > 10.0.0.2, 10.0.0.1, 10.0.0.3"]
        );
        assert_eq!(cluster_changes(Some(&before), None).len(), 2 + 3, "name, deadline, three nodes");
    }

    #[test]
    fn names_lead_back_to_their_kinds_and_long_values_are_cut() {
        for kind in AuditKind::ALL {
            assert_eq!(AuditKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(AuditArea::from_name(kind.area().as_str()), Some(kind.area()));
        }
        let long = AuditChange::set("x", "长".repeat(9_999)).after.expect("a value");
        assert_eq!(long.chars().count(), MAX_VALUE_CHARS + 1);
    }
}
