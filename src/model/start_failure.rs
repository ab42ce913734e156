//! Why a start failed, in the words of its exception chain.

use super::cite;
use super::node_state::Stated;
use super::start_reason::{self, StartReason};
use crate::domain::evidence::EvidenceRef;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// Lines of the start that failed then which give this reason.
#[must_use]
pub fn lines_of(model: &Stated<'_>, index: usize, failed: Timestamp, reason: StartReason) -> Vec<EvidenceRef> {
    const SHOWN: usize = 4;
    told(model, index, failed, SHOWN, |signature, text| reason.is_told(signature, text))
}

/// The path that the process may not open, as the lines of the start that failed then name it.
#[must_use]
pub fn denied_path(model: &Stated<'_>, index: usize, failed: Timestamp) -> Option<String> {
    let lines = lines_of(model, index, failed, StartReason::NoPermission);
    lines.iter().find_map(|line| path_of(&line.text)).map(str::to_owned)
}

/// The path in `While lock file: /d/LOCK: Permission denied`, `/d/x (Permission denied)` or `AccessDeniedException: /d/x`.
fn path_of(text: &str) -> Option<&str> {
    const BEHIND: [&str; 4] = [": Permission denied", ": 权限不够", " (Permission denied)", " (权限不够)"];
    const BEFORE: &str = "AccessDeniedException: ";
    let is_path = |path: &&str| path.starts_with('/') && path.len() > 1;
    let behind = BEHIND.iter().filter_map(|words| text.split_once(words));
    let behind = behind.filter_map(|(path, _)| path.rsplit([' ', '\n']).next()).find(is_path);
    let before = || text.split_once(BEFORE)?.1.split_whitespace().next().filter(is_path);
    behind.or_else(before)
}

/// Lines that say that it failed.
#[must_use]
pub fn gave_up(model: &Stated<'_>, index: usize, failed: Timestamp) -> Vec<EvidenceRef> {
    const SHOWN: usize = 2;
    told(model, index, failed, SHOWN, |signature, _| signature == SignatureId::START_FAILED)
}

/// True if the start that failed then was one with embedded storage, which needs no database.
#[must_use]
pub fn is_embedded(model: &Stated<'_>, index: usize, failed: Timestamp) -> bool {
    // The words of it stand in the log of a Raft group of any storage.
    let waits = |signature: &str, _: &str| signature == SignatureId::START_WITHOUT_LEADER;
    model.nodes[index].embedded_storage() || !told(model, index, failed, 1, waits).is_empty()
}

/// The first `most` of what was seen of that start and that `tells`, by its signature and its text, what is asked for.
fn told(
    model: &Stated<'_>,
    index: usize,
    failed: Timestamp,
    most: usize,
    tells: impl Fn(&str, &str) -> bool,
) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let began = node.stop.and_then(|stop| start_reason::began(stop, failed));
    let from = began.unwrap_or_else(|| failed.plus_millis(-timing::LONGEST_START_MS));
    let to = failed.plus_millis(timing::FAILED_START_ENDS_MS);
    let near = |stamp: Option<Timestamp>| stamp.is_none_or(|stamp| stamp >= from && stamp <= to);
    let traces = node.stop.into_iter().flat_map(|stop| &stop.traces);
    let traces = traces
        .filter(|trace| near(trace.at) && tells(&trace.signature, &trace.text))
        .map(|trace| cite::trace(node.name, trace));
    let hits = node.logs.into_iter().flat_map(|logs| logs.hits.iter().chain(&logs.unknown));
    let lines = hits
        .flat_map(|hits| {
            hits.samples.iter().filter(|line| near(line.at) && tells(&hits.signature, &cite::with_root(line)))
        })
        .map(|line| cite::line_with_root(node.name, line));
    traces.chain(lines).take(most).collect()
}
