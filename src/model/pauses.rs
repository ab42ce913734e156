//! Nodes that stood still for a while: a virtual machine that was moved or frozen, a host that swapped, a long collection. To
//! their peers and clients they look as if they were gone.

use jiff::{Span, SpanRelativeTo};

use super::cite;
use super::node_state::Stated;
use super::nodes::NodeModel;
use super::youth;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::HttpSeen;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::Failure;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// A standstill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The node.
    pub node: usize,
    /// For how long what is written or done at regular times was not, milliseconds.
    pub ms: i64,
    /// When it went on.
    pub until: Timestamp,
    /// The line that says so.
    pub evidence: Vec<EvidenceRef>,
}

/// The longest standstill of the window that the node's connection pool noticed: what it does every 30 s came too late.
#[must_use]
pub fn longest(model: &Stated<'_>, index: usize) -> Option<Pause> {
    let node = &model.nodes[index];
    let from = model.window_begin();
    node.hits(SignatureId::POOL_STOOD_STILL)
        .flat_map(|hits| &hits.samples)
        .filter_map(|line| {
            let (until, ms) = (line.at?, delta_ms(&line.text)?);
            let pause = Pause { node: index, ms, until, evidence: vec![cite::line(node.name, line)] };
            (until >= from && ms >= timing::PAUSE_MS).then_some(pause)
        })
        .max_by_key(|pause| (pause.ms, pause.until))
}

/// How often a node stood still lately for seconds, and for how long in all; `None`: less often than a busy host explains, or
/// the others did as well.
#[must_use]
pub fn stumbles(model: &Stated<'_>, index: usize) -> Option<(usize, i64)> {
    const ENOUGH: usize = 4;
    let from = model.as_of.plus_millis(-timing::STUMBLES_OVER_MS);
    let of = |node: &NodeModel<'_>| -> (usize, i64) {
        let settled = node.started.map_or(from, |started| from.max(started.plus_millis(timing::START_NOISE_MS)));
        let stalls = node.logs.into_iter().flat_map(|logs| &logs.stalls).filter(|(since, _)| *since >= settled);
        stalls.fold((0, 0), |(count, ms), (since, until)| (count + 1, ms + until.millis_since(*since)))
    };
    let own = of(&model.nodes[index]);
    let others = model.nodes.iter().enumerate().filter(|(other, node)| *other != index && node.logs.is_some());
    let most_of_others = others.map(|(_, node)| of(node).0).max().unwrap_or(0);
    (own.0 >= ENOUGH && most_of_others * 3 <= own.0).then_some(own)
}

/// What answered late of a node that answers, where nothing of the others did: the longest time, milliseconds, with how it was
/// seen. Not of a node that has only just started.
#[must_use]
pub fn answers_late(model: &Stated<'_>, index: usize) -> Option<(u64, Vec<EvidenceRef>)> {
    let node = &model.nodes[index];
    let young = youth::came_up_within(model, index, timing::START_NOISE_MS);
    let others: Vec<&NodeModel<'_>> = model.nodes.iter().filter(|other| other.name != node.name).collect();
    let quick = others.iter().filter(|other| other.answers() && late_questions(other).is_empty()).count();
    if young || !node.answers() || quick * 2 <= others.len() {
        return None;
    }
    let late = late_questions(node);
    let longest = late.iter().map(|http| http.elapsed_ms).max()?;
    let mut evidence: Vec<EvidenceRef> = late.into_iter().map(|http| cite::http(node.name, http)).collect();
    let seen = node.ports.into_iter().flat_map(|seen| seen.ports.iter().map(move |port| (seen, port)));
    let slow =
        seen.filter(|(_, port)| port.ok > 0 && (port.elapsed_ms >= timing::LATE_ANSWER_MS || port.ok < port.tries));
    evidence.extend(slow.map(|(seen, port)| cite::port(node.name, &seen.host, port)));
    // One slow answer happens to anybody.
    (evidence.len() > 1).then_some((longest, evidence))
}

/// Questions over HTTP that a node answered late or not in time, each once. Readiness waits for the database, as the health of
/// the configuration does, and the map of its state, which asks whether there is an administrator: that one of them did not
/// come in time counts only beside a question that waits for nothing.
fn late_questions<'m>(node: &NodeModel<'m>) -> Vec<&'m HttpSeen> {
    let Some(view) = node.view else { return Vec::new() };
    let in_vain = |http: &HttpSeen| http.status.is_none() && http.failure == Some(Failure::Timeout);
    let asked = view.liveness.iter().chain(&view.config_health).chain(&view.failed).chain(&view.late);
    let late = asked.filter(|http| match http.status {
        Some(_) => http.elapsed_ms >= timing::LATE_ANSWER_MS,
        None => in_vain(http),
    });
    let is_of = |one: &Option<HttpSeen>, http: &HttpSeen| one.as_ref().is_some_and(|one| one.path == http.path);
    let waits = |http: &HttpSeen| is_of(&view.readiness, http) || in_vain(http) && http.path.ends_with("/state");
    let (waiting, mut late): (Vec<&HttpSeen>, Vec<&HttpSeen>) = late.partition(|http| waits(http));
    if late.iter().any(|http| !is_of(&view.config_health, http)) {
        late.extend(waiting.into_iter().chain(&view.readiness).filter(|http| in_vain(http)));
    }
    // A question that failed stands among those that failed as well.
    late.sort_by(|one, other| one.path.cmp(&other.path));
    late.dedup_by(|one, other| one.path == other.path);
    late
}

/// The time in `housekeeper delta=1m8s776ms847µs171ns`, milliseconds; a clock that was set back has none.
fn delta_ms(text: &str) -> Option<i64> {
    let (_, delta) = text.split_once("delta=")?;
    let end = delta.find(|char: char| !char.is_alphanumeric()).unwrap_or(delta.len());
    let span: Span = delta[..end].parse().ok()?;
    let ms = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?.as_millis();
    i64::try_from(ms).ok().filter(|ms| *ms > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_late_the_pool_was() {
        assert_eq!(delta_ms("(housekeeper delta=1m8s776ms847µs171ns)."), Some(68_776));
        assert_eq!(delta_ms("delta=2h3s"), Some(7_203_000));
        assert_eq!((delta_ms("delta=-5s"), delta_ms("no time"), delta_ms("delta=µs")), (None, None, None));
    }
}
