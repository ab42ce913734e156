//! Nodes that have not loaded the naming data of their peers.
//!
//! # Why
//! With `nacos.naming.data.warmup=true`, as the container image sets it, a node is not ready before it has them: probes and
//! load balancers leave it out. Without it, it serves, and gives out lists of instances that are empty or too short.

use super::node_state::{self, Stated};
use super::{cite, youth};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::{SignatureHits, ViewSeen};
use crate::domain::time::Timestamp;
use crate::nacos::api;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// The module of Nacos whose readiness waits for them.
const NAMING: &str = "Naming";

/// Why the naming API of such a node, with warm-up, answers 503.
const DISTRO_IS_DOWN: &str = "Distro protocol is not initialized";

/// A running node without the naming data of its peers.
#[derive(Clone, Debug)]
pub struct NotLoaded {
    /// The node.
    pub node: usize,
    /// True if it started so short a time ago that it may still be loading.
    pub is_young: bool,
    /// Its answers and lines.
    pub evidence: Vec<EvidenceRef>,
}

/// Running nodes that say so, in their readiness or again and again in their logs.
#[must_use]
pub fn not_loaded(model: &Stated<'_>) -> Vec<NotLoaded> {
    model.running().into_iter().filter_map(|index| of(model, index)).collect()
}

fn of(model: &Stated<'_>, index: usize) -> Option<NotLoaded> {
    const SHOWN: usize = 2;
    let node = &model.nodes[index];
    let answer = node.view.filter(|view| waits_for_naming(view)).and_then(|view| view.readiness.as_ref());
    let loaded = node.hits(SignatureId::DISTRO_INIT_OK).filter_map(|hits| hits.last).max();
    // A process that was started beside it, and failed, had not loaded them either.
    let beside = node_state::second_start(model, index).map(|at| at.plus_millis(timing::FAILED_START_ENDS_MS));
    let loaded = loaded.max(beside);
    let is_said_now = |hits: &&SignatureHits| {
        hits.count >= 2
            && hits.last.is_some_and(|last| model.age_ms(last) <= timing::LINE_CURRENT_MS && Some(last) > loaded)
    };
    let says = |hits: &SignatureHits, what: &str, words: &str| {
        hits.samples.last().and_then(|line| line.captures.get(what)).is_some_and(|text| text.contains(words))
    };
    let of_naming = |hits: &&SignatureHits| says(hits, "mod", NAMING);
    let of_distro = |hits: &&SignatureHits| says(hits, "why", DISTRO_IS_DOWN);
    let lines = [SignatureId::DISTRO_NOT_INIT, SignatureId::DISTRO_INIT_FAIL].into_iter().flat_map(|id| node.hits(id));
    let lines = lines.chain(node.hits(SignatureId::READINESS_FAIL).filter(of_naming));
    let lines = lines.chain(node.hits(SignatureId::SERVER_NOT_UP).filter(of_distro)).filter(is_said_now);
    let lines: Vec<&SignatureHits> = lines.collect();
    let mut evidence: Vec<EvidenceRef> = answer.map(|http| cite::http(node.name, http)).into_iter().collect();
    evidence.extend(cite::samples(node.name, lines.iter().copied(), SHOWN));
    let began = node.started.or_else(|| node.stop?.starts.iter().copied().max());
    // Where its start was not seen: it says so from its start on, every few seconds.
    let began = began.or_else(|| lines.iter().filter_map(|hits| hits.first).min());
    let lately = |at: Timestamp| model.age_ms(at) < timing::NAMING_LOADS_MS;
    let is_young = began.map_or_else(|| youth::came_up_within(model, index, timing::NAMING_LOADS_MS), lately);
    (!evidence.is_empty()).then_some(NotLoaded { node: index, is_young, evidence })
}

/// True if a node's readiness waits for naming, and for nothing else.
#[must_use]
pub fn waits_for_naming(view: &ViewSeen) -> bool {
    view.ready == Some(false) && view.readiness.as_ref().is_some_and(|http| api::names_naming_alone(&http.body))
}
