//! What nodes that run say of their database, and what of that it refuses them.

use super::log_lines::{lines_since, since_lately, since_start, told_since};
use super::node_state::{NodeState, Stated};
use super::start_reason::StartReason;
use super::{databases, raft_groups};
use crate::domain::evidence::EvidenceRef;
use crate::nacos::signatures::Role;
use crate::nacos::timing;

/// Why a database refuses a node that runs.
pub const REASONS: [StartReason; 5] = [
    StartReason::DatabaseLogin,
    StartReason::DatabaseKey,
    StartReason::DatabaseConnections,
    StartReason::DatabaseReadOnly,
    StartReason::DatabaseSchema,
];

/// Lines of the node that give this reason why its database refuses it; where it only says that the database does not work,
/// those of another node with the same one. None where a connection from the node does not open now: that reason is past.
#[must_use]
pub fn refusals(model: &Stated<'_>, index: usize, reason: StartReason) -> Vec<EvidenceRef> {
    if databases::is_shut(model, index) {
        return Vec::new();
    }
    let told = |index: usize| {
        // A start that does not end may have said it once, at its beginning.
        let since = match model.states[index] {
            NodeState::Starting { since } => since,
            // It is said only when somebody changes something, and stays so until somebody acts.
            _ if reason == StartReason::DatabaseReadOnly => {
                since_start(model, index).max(model.as_of.plus_millis(-timing::DATABASE_WRITTEN_MS))
            }
            _ => since_lately(model, index),
        };
        told_since(model, index, since, |id, text| reason.is_told(id, text))
    };
    let own = told(index);
    if !own.is_empty() || !is_missed(model, index) {
        return own;
    }
    let others = (0..model.nodes.len()).filter(|other| *other != index && databases::share(model, index, *other));
    others.map(told).find(|lines| !lines.is_empty()).unwrap_or_default()
}

/// What shows that a connection to its database fails: lines of the last minute, or tries from the node.
#[must_use]
pub fn failed_connections(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    /// Of the drivers, and of the system below them.
    const WORDS: [&str; 8] = [
        "Communications link failure",
        "Connection refused",
        "onnect timed out",
        "No route to host",
        "Network is unreachable",
        "UnknownHostException",
        "Check that the hostname and port",
        "Socket fail to connect",
    ];
    let says = |text: &str| text.contains("SQL") || text.contains("jdbc") || text.contains("com.mysql");
    let tells = |_: &str, text: &str| says(text) && WORDS.iter().any(|word| text.contains(word));
    let mut found = told_since(model, index, since_lately(model, index), tells);
    found.extend(databases::shut(model, index));
    found
}

/// Lines that say that its database does not work, as young as the last try.
#[must_use]
pub fn complaints_now(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let since = since_lately(model, index).max(model.as_of.plus_millis(-timing::DATABASE_TRIED_MS));
    lines_since(model, index, Role::DbUnreachable, since)
}

/// True if the node itself says over its API that its database works.
#[must_use]
pub fn is_well(model: &Stated<'_>, index: usize) -> bool {
    let Some(view) = model.nodes[index].view else { return false };
    match (&view.config_health, &view.readiness) {
        (Some(health), _) => health.status == Some(200) && health.body.trim_start_matches('"').starts_with("UP"),
        (None, Some(readiness)) => readiness.status == Some(200),
        (None, None) => false,
    }
}

/// True if the node says that its database does not work.
fn is_missed(model: &Stated<'_>, index: usize) -> bool {
    !lines_since(model, index, Role::DbUnreachable, since_lately(model, index)).is_empty()
        || raft_groups::not_ready(model).iter().any(|one| one.node == index && one.other.is_none())
}
