//! What people hand in for nodes that nobody can reach: pasted output and archives of a Nacos home.

use std::path::Path;

use super::{Caller, Commands, Result};
use crate::domain::id::{IncidentId, NodeName};

/// Kinds of pasted output.
pub const OUTPUT_KINDS: [&str; 4] = ["nc", "telnet", "ss", "dmesg"];
/// Longest pasted output, bytes.
pub const MAX_OUTPUT_BYTES: usize = 1024 * 1024;

/// Takes pasted output.
///
/// # Errors
/// `NotFound(Incident | Node)`; `Domain(IncidentClosed)`; `Invalid` for `kind` or `text`.
pub async fn output(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    kind: &str,
    text: &str,
) -> Result<i64> {
    todo!()
}

/// Takes an uploaded archive (zip, tar, tar.gz) of a Nacos home. `upload` is a finished file, for example below
/// [`incoming_folder`]; it is removed in any case.
///
/// # Errors
/// `NotFound(Incident | Node)`; `Domain(IncidentClosed)`; `Invalid` for `archive`, with the reason.
pub async fn archive(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    node: &NodeName,
    file_name: &str,
    upload: &Path,
) -> Result<i64> {
    todo!()
}

/// Folder for uploads that are still coming in; it exists, and is emptied at start.
#[must_use]
pub fn incoming_folder(commands: &Commands) -> std::path::PathBuf {
    commands.data_dir().join("incoming")
}
