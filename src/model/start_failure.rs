//! Why a start failed, in the words of its exception chain.

use super::cite;
use super::node_state::Stated;
use super::start_reason::{self, StartReason};
use crate::domain::clipped::clipped;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::LogLine;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{self, SignatureId};
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

/// The last reason that the exception of the start that failed then gives, or the exception itself where it gives none: one
/// line, cut.
#[must_use]
pub fn reason(model: &Stated<'_>, index: usize, failed: Timestamp) -> Option<String> {
    const CHAIN: &str = "Caused by: ";
    let node = &model.nodes[index];
    let near = |at: Option<Timestamp>| at.is_some_and(|at| start_reason::is_near_its_end(at, failed));
    let failures = node.hits(SignatureId::START_FAILED).flat_map(|hits| &hits.samples).filter(|line| near(line.at));
    let failures: Vec<&LogLine> = failures.collect();
    let traces = node.stop.into_iter().flat_map(|stop| &stop.traces);
    let traces: Vec<&str> = traces
        .filter(|trace| trace.signature == SignatureId::START_FAILED && near(trace.at))
        .map(|trace| trace.text.as_str())
        .collect();
    let of_line = |name: &'static str| failures.iter().rev().find_map(move |line| line.captures.get(name));
    let chained = || traces.iter().rev().find_map(|text| text.rsplit_once(CHAIN).map(|(_, last)| last));
    let bare = || traces.iter().rev().find_map(|text| text.lines().skip(1).find(|line| !line.trim().is_empty()));
    let said = of_line("root").map(String::as_str).or_else(chained);
    let said = said.or_else(|| of_line("exception").map(String::as_str)).or_else(bare)?;
    one_line(said)
}

/// What Java, or its logging, says where it refuses a start.
#[must_use]
pub fn refusal(model: &Stated<'_>, index: usize) -> Option<String> {
    let mut traces = model.nodes[index].stop.into_iter().flat_map(|stop| &stop.traces);
    let refused = traces.rfind(|trace| trace.signature == SignatureId::JVM_REFUSED)?;
    let needles = signatures::find(&refused.signature)?.needles;
    let tells = |line: &&str| needles.iter().any(|needle| line.contains(needle));
    let text = refused.text.as_str();
    one_line(text.lines().find(tells).or_else(|| text.lines().next())?)
}

/// The first line of a text, cut to what a sentence can carry.
fn one_line(text: &str) -> Option<String> {
    const MOST: usize = 200;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(clipped(line, MOST))
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
