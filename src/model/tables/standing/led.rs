//! What a node that is away led of the Raft groups, by the logs of all nodes.
//!
//! # Why
//! Every node writes down who leads a group, each time that changes (C51), and the leader itself that it became so (C34). The
//! last of these lines before the end of a node says whose the group was then. Where one group has no such line in what was
//! read, nobody can say how many of all the groups were the node's: then nothing is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::led::Led;
use crate::domain::observed::{LogLine, SignatureHits};
use crate::domain::time::Timestamp;
use crate::model::ClusterModel;
use crate::model::leaders::{group_of, names_leader};
use crate::nacos::signatures::{Role, SignatureId};
use crate::nacos::timing;

/// Who was last said to lead a group.
#[derive(Clone, Copy)]
struct Last {
    term: u64,
    /// `None`: nobody, or not known who.
    leader: Option<usize>,
}

/// What the node led when it was seen last; `None`: the logs do not tell.
#[must_use]
pub(super) fn led_before(model: &ClusterModel<'_>, node: usize, gone: Timestamp) -> Option<Led> {
    let until = gone.plus_millis(timing::LEADER_STILL_BEFORE_MS);
    let mut last: BTreeMap<&str, Last> = BTreeMap::new();
    for hits in model.nodes.iter().flat_map(|node| node.hits_of(Role::LeaderElected)) {
        let Some(group) = group_of(hits) else { continue };
        let said = last_before(hits, until);
        let entry = last.entry(group).or_insert(Last { term: 0, leader: None });
        match said {
            Said::Nothing => {}
            // What stood between the lines that are kept may be a later one.
            Said::Unknown => *entry = Last { term: u64::MAX, leader: None },
            Said::Line(line) => {
                let Some(term) = line.captures.get("term").and_then(|term| term.parse::<u64>().ok()) else { continue };
                if term >= entry.term {
                    *entry = Last { term, leader: leader_of(model, line) };
                }
            }
        }
    }
    // A leader that stepped down before led no more.
    for hits in model.nodes.iter().flat_map(|node| node.hits(SignatureId::RAFT_QUORUM_LOST)) {
        if let (Some(group), true) = (group_of(hits), hits.first.is_some_and(|first| first <= until)) {
            last.insert(group, Last { term: u64::MAX, leader: None });
        }
    }
    let told = model.nodes.iter().flat_map(|node| node.view.iter().flat_map(|view| &view.raft));
    let groups: BTreeSet<&str> = told.map(|told| told.group.as_str()).chain(last.keys().copied()).collect();
    let leaders = groups.iter().map(|group| last.get(group)?.leader).collect::<Option<Vec<usize>>>()?;
    Led::of(&node, &leaders)
}

/// What lines about one group say of the time before a moment.
enum Said<'h> {
    /// None of them is of before.
    Nothing,
    /// Not all of them were kept, and it is not known which is the last before.
    Unknown,
    /// The last one before.
    Line(&'h LogLine),
}

fn last_before(hits: &SignatureHits, until: Timestamp) -> Said<'_> {
    let mut lines: Vec<&LogLine> = hits.samples.iter().filter(|line| names_leader(line)).collect();
    lines.sort_by_key(|line| line.at);
    let kept = u64::try_from(hits.samples.len()).unwrap_or(u64::MAX);
    let after = lines.iter().position(|line| line.at.is_none_or(|at| at > until)).unwrap_or(lines.len());
    match after.checked_sub(1).map(|last| lines[last]) {
        // The newest of all lines is kept, and those from the beginning: what is missing lies before the newest.
        _ if hits.count > kept && after + 1 == lines.len() => Said::Unknown,
        None => Said::Nothing,
        Some(line) => Said::Line(line),
    }
}

fn leader_of(model: &ClusterModel<'_>, line: &LogLine) -> Option<usize> {
    let leader = line.captures.get("leader").or_else(|| line.captures.get("self"))?;
    model.voter(leader)
}
