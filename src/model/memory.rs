//! What a node's logs and gauges tell of its heap: OutOfMemoryErrors, and collections that leave no time for work.

use super::cite;
use super::node_state::Stated;
use super::stop_traces::Ending;
use crate::domain::evidence::EvidenceRef;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{Role, SignatureId};
use crate::nacos::timing;

/// Full collections in the last minute that leave no time for work.
const GC_STORM: u64 = 6;

/// Occupied after a full collection: from here on hardly anything can be allocated.
const FULL_PERCENT: u64 = 85;

/// What the node's JVM says of its collections, if they take more than half of its time and free next to nothing.
#[must_use]
pub fn storm_by_gauges(model: &Stated<'_>, index: usize) -> Option<EvidenceRef> {
    const OVERHEAD: f64 = 0.5;
    const FULL: f64 = 0.9;
    let node = &model.nodes[index];
    let gauges = node.view?.gauges.as_ref()?;
    let (overhead, full) = (gauges.gc_overhead?, gauges.heap_after_gc?);
    let text = format!("jvm_gc_overhead_percent {overhead:.2}, jvm_memory_usage_after_gc_percent {full:.2}");
    (overhead > OVERHEAD && full > FULL).then(|| cite::said(node.name, "/actuator/prometheus", &text))
}

/// Full collections of the minute before `end`, if there are so many that nothing else gets done.
#[must_use]
pub fn gc_storm(model: &Stated<'_>, index: usize, end: Timestamp) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let from = end.plus_millis(-timing::COLLECTIONS_OVER_MS);
    let from = node.started.map_or(from, |started| from.max(started));
    let hits: Vec<_> = node.hits(SignatureId::GC_FULL).collect();
    // A long pause counts for as many as it leaves no room for.
    let long = |text: &str| text.rsplit_once(' ').and_then(|(_, ms)| ms.trim().strip_suffix("ms")?.parse::<f64>().ok());
    let count: u64 =
        hits.iter().map(|hits| hits.times.iter().filter(|at| **at >= from && **at <= end).count() as u64).sum();
    let lines = hits.iter().flat_map(|hits| &hits.samples).filter(|line| line.at.is_some_and(|at| at >= from));
    let worst = lines.clone().filter_map(|line| long(&line.text)).fold(0.0, f64::max);
    if count < GC_STORM || worst < 500.0 && count < 10 * GC_STORM {
        return Vec::new();
    }
    lines.take(3).map(|line| cite::line(node.name, line)).collect()
}

/// Full collections of the last minute, if there are several and the newest freed next to nothing: the heap is full, and the
/// OutOfMemoryError is only a matter of time. One that somebody asked for (`System.gc()`, a dump) says nothing.
#[must_use]
pub fn heap_full(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let from = model.as_of.plus_millis(-timing::COLLECTIONS_OVER_MS);
    let hits: Vec<_> = node.hits(SignatureId::GC_FULL).collect();
    let count =
        hits.iter().flat_map(|hits| &hits.times).filter(|at| **at >= from && **at <= model.as_of).count() as u64;
    let newest = hits
        .iter()
        .flat_map(|hits| &hits.samples)
        .filter(|line| line.at.is_some_and(|at| at >= from))
        .max_by_key(|line| line.at);
    let full = newest
        .filter(|line| left_by_full_collection(&line.text).is_some_and(|(left, all)| left * 100 >= all * FULL_PERCENT));
    full.filter(|_| count >= GC_STORM).map(|line| cite::line(node.name, line)).into_iter().collect()
}

/// What a full collection that was short of room left, and of how much, in one unit: `Pause Full (reason) 38M->37M(40M) 99ms`.
fn left_by_full_collection(text: &str) -> Option<(u64, u64)> {
    let (reason, sizes) = text.split_once("Pause Full (")?.1.split_once(") ")?;
    if !["G1 Compaction", "G1 Evacuation", "Allocation", "Ergonomics"].iter().any(|want| reason.starts_with(want)) {
        return None;
    }
    let (left, all) = sizes.split_once("->")?.1.split_once(')')?.0.split_once('(')?;
    let number = |text: &str| text.trim_end_matches(['K', 'M', 'G']).parse::<u64>().ok();
    (left.chars().last() == all.chars().last()).then_some((number(left)?, number(all)?))
}

/// OutOfMemoryError lines not older than `since`.
#[must_use]
pub fn heap_lines(model: &Stated<'_>, index: usize, since: Timestamp) -> Vec<EvidenceRef> {
    let node = &model.nodes[index];
    let since = node.started.map_or(since, |started| since.max(started));
    node.hits_of(Role::HeapFull)
        .filter(|hits| hits.last.is_some_and(|last| last >= since))
        .flat_map(|hits| &hits.samples)
        .filter(|line| line.at.is_some_and(|at| at >= since))
        .filter(|line| !is_of_torn_meta(model, index, line.at))
        .take(3)
        .map(|line| cite::line(node.name, line))
        .collect()
}

/// Whether an OutOfMemoryError is that of a Raft file whose first bytes name an absurd length (`RAFT_META_LENGTH`): the same error stands
/// in several logs and in the outer traces, and the heap is not what is wrong.
fn is_of_torn_meta(model: &Stated<'_>, index: usize, at: Option<Timestamp>) -> bool {
    let node = &model.nodes[index];
    let near = |one: Option<Timestamp>| {
        one.zip(at).is_none_or(|(one, at)| (one.as_millis() - at.as_millis()).abs() <= timing::TORN_META_MS)
    };
    let traced = node
        .stop
        .into_iter()
        .flat_map(|stop| &stop.traces)
        .any(|trace| trace.signature == SignatureId::RAFT_META_LENGTH && near(trace.at));
    traced || node.hits(SignatureId::RAFT_META_LENGTH).flat_map(|hits| &hits.samples).any(|line| near(line.at))
}

/// OutOfMemoryErrors close before a node's end, in its traces and its logs.
#[must_use]
pub fn heap_at_the_end(model: &Stated<'_>, index: usize) -> Vec<EvidenceRef> {
    let Some(ending) = Ending::of(model, index) else { return Vec::new() };
    let node = &model.nodes[index];
    let mut heap: Vec<EvidenceRef> = ending
        .traces()
        .filter(|trace| trace.signature == SignatureId::OOM && !is_of_torn_meta(model, index, trace.at))
        .filter(|trace| ending.is_recent(trace, timing::OOM_BEFORE_STOP_MS))
        .map(|trace| cite::trace(node.name, trace))
        .collect();
    heap.extend(heap_lines(model, index, ending.end.plus_millis(-timing::OOM_BEFORE_STOP_MS)));
    heap
}
