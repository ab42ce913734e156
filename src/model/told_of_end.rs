//! What others than the node tell of its end, or of what keeps it from starting: systemd, Kubernetes, Docker, the kernel, the
//! history of its machine. A line of long before its end tells nothing of it.

use super::cite;
use super::node_state::Stated;
use super::stop_traces::Ending;
use crate::domain::clipped::clipped;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::StopTrace;
use crate::domain::time::Timestamp;
use crate::nacos::pasted::{self, Told};
use crate::nacos::timing;

/// Lines that tell the same.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The lines, newest first.
    pub lines: Vec<EvidenceRef>,
    /// One of them has a time.
    pub dated: bool,
    /// One of them has a year, and names nobody else.
    pub sure: bool,
}

/// Which lines count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Near {
    /// Those of its end.
    End,
    /// Those since its end: what happened before is over.
    Since,
    /// Those from its end on for as long as a machine takes to come up.
    Boot,
}

/// What keeps it from starting, as what should start it says. Nothing, if it was started after that.
#[must_use]
pub fn not_started(model: &Stated<'_>, index: usize) -> Words {
    unless_started(model, index, words(model, index, Told::NotStarted, Near::Since))
}

/// That what starts it has given up.
#[must_use]
pub fn given_up(model: &Stated<'_>, index: usize) -> Words {
    unless_started(model, index, words(model, index, Told::GivenUp, Near::Since))
}

/// What tells that of its end.
#[must_use]
pub fn of_end(model: &Stated<'_>, index: usize, what: Told) -> Words {
    words(model, index, what, Near::End)
}

/// That its machine came up after its end, so soon that it went down with it.
#[must_use]
pub fn host_came_up(model: &Stated<'_>, index: usize) -> Words {
    words(model, index, Told::HostUp, Near::Boot)
}

/// The newest of these lines without what stands before its words: its time, its host, its unit.
#[must_use]
pub fn quoted(words: &Words) -> String {
    const MOST: usize = 200;
    let Some(line) = words.lines.first() else { return String::new() };
    let text = line.text.lines().next().unwrap_or_default().trim();
    let text = match text.split_once("]: ") {
        Some((head, rest)) if !head.contains("]: ") && !rest.is_empty() => rest,
        _ => match text.strip_prefix('[').and_then(|inside| inside.split_once("] ")) {
            Some((_, rest)) => rest,
            None => text,
        },
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    clipped(&text, MOST)
}

fn unless_started(model: &Stated<'_>, index: usize, words: Words) -> Words {
    let last = words.lines.iter().filter_map(|line| line.at).max();
    let started = traces(model, index).filter(|trace| pasted::tells(&trace.signature, Told::Started));
    let started = started.filter_map(|trace| trace.at).max();
    if last.is_some() && started > last { Words::default() } else { words }
}

fn traces<'m>(model: &Stated<'m>, index: usize) -> impl Iterator<Item = &'m StopTrace> + use<'m> {
    model.nodes[index].stop.into_iter().flat_map(|stop| &stop.traces).filter(|trace| !trace.of_earlier_run)
}

fn words(model: &Stated<'_>, index: usize, what: Told, near: Near) -> Words {
    let ending = Ending::of(model, index);
    let from = match (&ending, near) {
        (None, _) => model.window_begin(),
        (Some(ending), Near::End) => ending.end.plus_millis(-timing::KERNEL_BEFORE_STOP_MS),
        // Where it was ordered to stop, its supervisor may speak before its last line.
        (Some(ending), Near::Since | Near::Boot) => {
            ending.began().min(ending.end).plus_millis(-timing::TOLD_BEFORE_END_MS)
        }
    };
    let to = match (&ending, near) {
        (Some(ending), Near::End) => ending.end.plus_millis(timing::KERNEL_AFTER_STOP_MS),
        (Some(ending), Near::Boot) => ending.end.plus_millis(timing::HOST_BOOTS_MS),
        _ => model.as_of.plus_millis(timing::TOLD_BEFORE_END_MS),
    };
    let tells = |trace: &&StopTrace| pasted::tells(&trace.signature, what);
    let is_near = |at: Timestamp| at >= from && at <= to;
    let mut about: Vec<&StopTrace> =
        traces(model, index).filter(tells).filter(|trace| trace.at.is_none_or(is_near)).collect();
    about.sort_by_key(|trace| std::cmp::Reverse(trace.at));
    Words {
        dated: about.iter().any(|trace| trace.at.is_some()),
        sure: about.iter().any(|trace| trace.at.is_some() && !trace.unsure),
        lines: about.into_iter().map(|trace| cite::trace(model.nodes[index].name, trace)).collect(),
    }
}
