//! Lines of a node's own log window: from when on they count, and which of them nothing explains.

use super::node_state::Stated;
use super::{cite, peer_errors};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{LogLine, SignatureHits};
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{self, Expected, Role, Severity, SignatureId};
use crate::nacos::timing;

/// Errors of one shape that nothing explains count from this many in `timing::ERRORS_OVER_MS`.
const ERRORS: usize = 10;
/// Shapes that healthy clusters write.
const HARMLESS: &[&str] = &[
    "module disabled",
    "Tps point for",
    "already exists in Table/View",
    "Lexical error at line",
    "Not found ProtocolNegotiatorBuilder",
    "Recommended use 'nacos.remote",
    "RPC server is not started in RaftGroupService",
    "No data for snapshot reader",
    "Check changed gray configs error",
    "NJdbcException",
    "There was an error querying the data",
    "An exception occurred during the query operation",
    "Get metrics fail",
    "Send request fail",
];

/// From when on lines count: the last start of the node, or the window. Where nobody could see when it started, only what is
/// said now: older lines may be those of a process that ended since.
#[must_use]
pub fn since_start(model: &Stated<'_>, index: usize) -> Timestamp {
    let node = &model.nodes[index];
    let window = model.window_begin();
    let unknown = if node.stop.is_some() { window } else { model.as_of.plus_millis(-timing::LINE_CURRENT_MS) };
    node.started.map_or(unknown, |started| started.max(window))
}

/// The same, only what is said now.
#[must_use]
pub fn since_lately(model: &Stated<'_>, index: usize) -> Timestamp {
    since_start(model, index).max(model.as_of.plus_millis(-timing::LINE_CURRENT_MS))
}

/// From when on lines of the process count that runs now: what it wrote while it started counts as well.
#[must_use]
pub fn since_process(model: &Stated<'_>, index: usize) -> Timestamp {
    let node = &model.nodes[index];
    let since = since_start(model, index);
    let began = node.stop.and_then(|stop| stop.starts.iter().copied().filter(|began| *began <= since).max());
    let window = model.window_begin();
    match (node.started, began) {
        (Some(started), Some(began)) if since == started => began.max(window),
        _ => since,
    }
}

/// Lines of a role since then.
#[must_use]
pub fn lines_since(model: &Stated<'_>, index: usize, role: Role, since: Timestamp) -> Vec<EvidenceRef> {
    const SHOWN: usize = 6;
    let node = &model.nodes[index];
    cite::samples(node.name, node.hits_of(role).filter(|hits| hits.last.is_some_and(|last| last >= since)), SHOWN)
}

/// Lines since then that tell what is asked for, by their signature and their text, with the last reason that their exception
/// gives behind it: of each kind of line those of the time, else the newest that was kept.
#[must_use]
pub fn told_since(
    model: &Stated<'_>,
    index: usize,
    since: Timestamp,
    tells: impl Fn(&str, &str) -> bool,
) -> Vec<EvidenceRef> {
    const SHOWN: usize = 4;
    let node = &model.nodes[index];
    let hits = node.logs.into_iter().flat_map(|logs| logs.hits.iter().chain(&logs.unknown));
    let recent = hits.filter(|hits| hits.last.is_some_and(|last| last >= since)).flat_map(|hits| {
        let of_time: Vec<&LogLine> = hits.samples.iter().filter(|line| line.at.is_some_and(|at| at >= since)).collect();
        let newest = || hits.samples.iter().max_by_key(|line| line.at).into_iter().collect();
        let lines = if of_time.is_empty() { newest() } else { of_time };
        lines.into_iter().map(move |line| (hits, line))
    });
    let told = recent.filter(|(hits, line)| tells(&hits.signature, &cite::with_root(line)));
    told.take(SHOWN).map(|(_, line)| cite::line_with_root(node.name, line)).collect()
}

/// Lines of some shapes of one node.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    /// The node.
    pub node: usize,
    /// How many lines.
    pub count: u64,
    /// Of how many shapes.
    pub shapes: usize,
    /// Some of them.
    pub evidence: Vec<EvidenceRef>,
}

impl Shapes {
    fn of(node: usize, hits: &[&SignatureHits], evidence: Vec<EvidenceRef>) -> Self {
        Self { node, count: hits.iter().map(|hits| hits.count).sum(), shapes: hits.len(), evidence }
    }
}

/// Errors of unknown shape, repeated, long after the last start of any node.
#[must_use]
pub fn unknown_errors(model: &Stated<'_>, index: usize) -> Option<Shapes> {
    const SHOWN: usize = 5;
    let node = &model.nodes[index];
    let repeated: Vec<&SignatureHits> = node
        .logs?
        .unknown
        .iter()
        .filter(|hits| hits.level == "ERROR" && !is_harmless(hits) && is_said_now(model, hits))
        .filter(|hits| is_repeated(model, hits) || is_steady_everywhere(model, hits))
        .collect();
    let lines = cite::samples(node.name, repeated.iter().copied(), SHOWN);
    (!repeated.is_empty()).then(|| Shapes::of(index, &repeated, lines))
}

/// Errors that the catalogue knows, that are written now, and of which none of `used` is a line: nothing that was read may
/// vanish. What follows from a peer that is known to be down is expected.
#[must_use]
pub fn unused_errors(model: &Stated<'_>, index: usize, used: &[&EvidenceRef]) -> Option<Shapes> {
    const SHOWN: usize = 5;
    let node = &model.nodes[index];
    let all_run = model.running().len() == model.nodes.len();
    let is_fault = |hits: &SignatureHits| {
        signatures::find(&hits.signature).is_some_and(|signature| {
            let expected = !all_run && matches!(signature.expected, Expected::Yes | Expected::Briefly);
            signature.severity >= Severity::Error && !expected
        })
    };
    let is_used = |hits: &SignatureHits| {
        let mut lines = hits.samples.iter().map(|line| cite::line(node.name, line));
        lines.any(|line| {
            used.iter().any(|one| (&one.node, &one.source, one.offset) == (&line.node, &line.source, line.offset))
        })
    };
    let left: Vec<&SignatureHits> = node
        .logs?
        .hits
        .iter()
        .filter(|hits| is_fault(hits) && is_said_now(model, hits))
        .filter(|hits| is_repeated(model, hits) || is_steady(model, hits))
        .filter(|hits| !is_harmless(hits) && !is_used(hits))
        .filter(|hits| !peer_errors::is_of_a_stranger(model, hits))
        .collect();
    let lines = cite::samples(node.name, left.iter().copied(), SHOWN);
    (!left.is_empty()).then(|| Shapes::of(index, &left, lines))
}

/// Requests that the node refuses again and again because they are wrong, which it logs as errors of its own.
#[must_use]
pub fn refused_requests(model: &Stated<'_>, index: usize) -> Option<Shapes> {
    const SHOWN: usize = 5;
    let node = &model.nodes[index];
    node.logs?;
    let hits = node.hits(SignatureId::REQUEST_REFUSED);
    let repeated: Vec<&SignatureHits> =
        hits.filter(|hits| is_said_now(model, hits) && is_repeated(model, hits)).collect();
    let lines = cite::samples(node.name, repeated.iter().copied(), SHOWN);
    (!repeated.is_empty()).then(|| Shapes::of(index, &repeated, lines))
}

/// Warnings and errors of shapes that neither the catalogue nor the list of harmless ones knows and that came up after the
/// node had settled.
#[must_use]
pub fn new_shapes(model: &Stated<'_>, index: usize) -> Option<Shapes> {
    const SHOWN: usize = 6;
    let node = &model.nodes[index];
    let from = settled(model).max(model.window_begin());
    // What was written during the start already is the node's own noise.
    let is_new = |hits: &&SignatureHits| !is_harmless(hits) && hits.first.is_some_and(|first| first >= from);
    let mut new: Vec<&SignatureHits> = node.logs?.unknown.iter().filter(is_new).collect();
    new.sort_by_key(|hits| (hits.level != "ERROR", std::cmp::Reverse(hits.count)));
    let lines = new.iter().filter_map(|hits| hits.samples.first()).take(SHOWN);
    let lines = lines.map(|line| cite::line(node.name, line)).collect();
    (!new.is_empty()).then(|| Shapes::of(index, &new, lines))
}

/// What a silent node wrote shortly before its end.
#[derive(Clone, Debug)]
pub struct LastWords {
    /// The node.
    pub node: usize,
    /// How long before its end the first of them stands, seconds.
    pub seconds: i64,
    /// How many.
    pub count: usize,
    /// The first of them: what came first is nearer to the reason than what came last.
    pub evidence: Vec<EvidenceRef>,
}

/// The errors of a silent node shortly before its end.
#[must_use]
pub fn last_words(model: &Stated<'_>, index: usize) -> Option<LastWords> {
    const SHOWN: usize = 6;
    let node = &model.nodes[index];
    let logs = node.logs?;
    let end = logs.last_stamp?;
    let from = end.plus_millis(-timing::LAST_ERRORS_MS).max(since_start(model, index));
    let told = |hits: &&SignatureHits| {
        let signature = signatures::find(&hits.signature);
        let noise = signature.is_some_and(|signature| {
            signature.severity == Severity::Noise
                || matches!(signature.expected, Expected::Yes | Expected::Briefly)
                || signature.has(Role::Lifecycle)
        });
        hits.level == "ERROR" && !noise
    };
    let mut lines: Vec<&LogLine> = logs
        .hits
        .iter()
        .chain(&logs.unknown)
        .filter(told)
        .flat_map(|hits| &hits.samples)
        .filter(|line| line.at.is_some_and(|at| at >= from && at <= end))
        // Threads that an ordered stop interrupts.
        .filter(|line| !says_nothing(line) && !line.text.contains("InterruptedException"))
        .collect();
    lines.sort_by_key(|line| (line.at, &line.path, line.offset));
    lines.dedup_by_key(|line| (&line.path, line.offset));
    let first = lines.first()?.at?;
    Some(LastWords {
        node: index,
        seconds: (end.millis_since(first) / 1000).max(0),
        count: lines.len(),
        evidence: lines.into_iter().take(SHOWN).map(|line| cite::line(node.name, line)).collect(),
    })
}

fn is_harmless(hits: &SignatureHits) -> bool {
    hits.samples.iter().any(says_nothing)
}

fn says_nothing(line: &LogLine) -> bool {
    HARMLESS.iter().any(|shape| line.text.contains(shape))
}

fn is_said_now(model: &Stated<'_>, hits: &SignatureHits) -> bool {
    hits.last.is_some_and(|last| model.age_ms(last) <= timing::LINE_CURRENT_MS)
}

fn is_repeated(model: &Stated<'_>, hits: &SignatureHits) -> bool {
    let from = settled(model).max(model.as_of.plus_millis(-timing::ERRORS_OVER_MS));
    hits.times.iter().filter(|time| **time >= from).count() >= ERRORS
}

/// True of what comes slowly and does not end: as many as of what is repeated, over minutes, and some in each of them.
fn is_steady(model: &Stated<'_>, hits: &SignatureHits) -> bool {
    let from = model.as_of.plus_millis(-timing::STEADY_OVER_MS);
    if settled(model) > from {
        return false;
    }
    let times = || hits.times.iter().filter(|time| **time >= from && **time <= model.as_of);
    let minutes: std::collections::BTreeSet<i64> =
        times().map(|time| model.age_ms(*time) / timing::MINUTE_MS).collect();
    times().count() >= ERRORS && (0..timing::STEADY_OVER_MS / timing::MINUTE_MS).all(|minute| minutes.contains(&minute))
}

/// The same of a shape that nobody knows, on every node that runs: one client that does something wrong asks one of them.
fn is_steady_everywhere(model: &Stated<'_>, hits: &SignatureHits) -> bool {
    let running = model.running();
    let on = |index: &usize| {
        let mut unknown = model.nodes[*index].logs.into_iter().flat_map(|logs| &logs.unknown);
        unknown.any(|other| other.signature == hits.signature && is_steady(model, other))
    };
    running.len() > 1 && running.iter().all(on)
}

/// When the noise of the last start of any node is over.
fn settled(model: &Stated<'_>) -> Timestamp {
    let started = model.nodes.iter().filter_map(|node| node.started).max();
    started.map_or(Timestamp::from_millis(0), |started| started.plus_millis(timing::START_NOISE_MS))
}
