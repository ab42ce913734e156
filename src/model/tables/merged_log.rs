//! The important lines of all nodes in the order of time, each node's clock set right as far as it is known. Pure.

use std::cmp::Ordering;

use crate::domain::id::NodeName;
use crate::domain::observed::{FileEnd, LogLine, SignatureHits};
use crate::domain::time::Timestamp;
use crate::model::{ClusterModel, NodeModel};
use crate::nacos::signatures::{self, Severity};

/// From where it is known how far a node's clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockFrom {
    /// From its `/proc`, against the clock here.
    Process,
    /// From the date of its answers, against the clock here.
    Answers,
    /// From the connections in its log, against its peers.
    Peers,
    /// From nowhere.
    Unknown,
}

impl ClockFrom {
    /// Smaller differences cannot be told from none, milliseconds.
    #[must_use]
    pub const fn precision_ms(self) -> i64 {
        match self {
            Self::Process => 600,
            Self::Answers => 1100,
            Self::Peers | Self::Unknown => 0,
        }
    }
}

/// A node's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeClock {
    /// The node.
    pub node: NodeName,
    /// What was taken off its stamps, milliseconds; zero where the difference is too small to be told.
    pub offset_ms: i64,
    /// True if it was taken off where they were read.
    pub aligned: bool,
    /// From where that is known.
    pub from: ClockFrom,
    /// Zone of its stamps, seconds east of UTC, and whether its own files tell it; `None`: its logs were not seen.
    pub zone: Option<(i32, bool)>,
}

impl NodeClock {
    /// What is still to be taken off, milliseconds.
    const fn left_ms(&self) -> i64 {
        if self.aligned { 0 } else { self.offset_ms }
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// It hit a signature, or is a WARN or ERROR that no signature knows.
    Hit,
    /// The first of these on its node that is an error.
    FirstError,
    /// The last line that a node wrote which runs no more.
    LastLine,
}

/// One line of the merged log; lines of one node that say the same one after the other are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedLine {
    /// When, by the clock that was set right.
    pub at: Timestamp,
    /// Node, in the order of the inventory.
    pub node: usize,
    /// File relative to the home.
    pub path: String,
    /// Offset in the file; `None`: its end.
    pub offset: Option<u64>,
    /// Its text.
    pub text: String,
    /// Signature; empty for a last line.
    pub signature: String,
    /// Level.
    pub level: String,
    /// What it is.
    pub kind: LineKind,
    /// Lines like it right behind it that are left out, and when the last one was.
    pub more: u64,
    /// When the last of those was.
    pub until: Timestamp,
    /// How many there are in the whole window.
    pub count: u64,
    about: (Option<String>, Option<String>),
}

/// Where a line stands among all: by time, then by node, file and offset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    at_ms: i64,
    node: usize,
    offset: u64,
    path: String,
}

impl Key {
    /// As it stands in an address.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{}:{}:{}:{}", self.at_ms, self.node, self.offset, self.path)
    }

    /// The other way round.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ':');
        Some(Self {
            at_ms: parts.next()?.parse().ok()?,
            node: parts.next()?.parse().ok()?,
            offset: parts.next()?.parse().ok()?,
            path: parts.next()?.to_owned(),
        })
    }
}

impl MergedLine {
    /// Where it stands.
    #[must_use]
    pub fn key(&self) -> Key {
        Key {
            at_ms: self.at.as_millis(),
            node: self.node,
            offset: self.offset.unwrap_or(u64::MAX),
            path: self.path.clone(),
        }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.node == other.node
            && self.signature == other.signature
            && self.about == other.about
            && self.kind == LineKind::Hit
            && other.kind == LineKind::Hit
    }
}

/// The clock of each node, in the order of the inventory.
#[must_use]
pub fn clocks(model: &ClusterModel<'_>) -> Vec<NodeClock> {
    let aligned = model.nodes.iter().any(|node| node.aligned_ms() != 0);
    model.nodes.iter().map(|node| clock(node, aligned)).collect()
}

/// `aligned`: all stamps were brought to one clock where they were read.
fn clock(node: &NodeModel<'_>, aligned: bool) -> NodeClock {
    let told = node
        .stop
        .and_then(|stop| stop.clock_offset_ms)
        .map(|offset| (offset, ClockFrom::Process))
        .or_else(|| node.view.and_then(|view| view.clock_offset_ms).map(|offset| (offset, ClockFrom::Answers)))
        .or_else(|| node.logs.and_then(|logs| logs.clock_offset_ms).map(|offset| (offset, ClockFrom::Peers)));
    let (measured, from) = told.unwrap_or((0, ClockFrom::Unknown));
    NodeClock {
        node: node.name.clone(),
        offset_ms: match aligned {
            true => node.aligned_ms(),
            false if measured.abs() <= from.precision_ms() => 0,
            false => measured,
        },
        aligned,
        from,
        zone: node.logs.map(|logs| (logs.zone_offset_s, logs.zone_derived)),
    }
}

/// All lines in the order of time, and how many were left out as noise; these too if `noise`.
#[must_use]
pub fn lines(model: &ClusterModel<'_>, clocks: &[NodeClock], noise: bool) -> (Vec<MergedLine>, u64) {
    let mut lines: Vec<MergedLine> = Vec::new();
    let mut hidden = 0;
    for (index, (node, clock)) in model.nodes.iter().zip(clocks).enumerate() {
        let mut own: Vec<MergedLine> = Vec::new();
        for hits in node.logs.iter().flat_map(|logs| logs.hits.iter().chain(&logs.unknown)) {
            if is_noise(hits) && !noise {
                hidden += hits.count;
                continue;
            }
            own.extend(hits.samples.iter().filter_map(|line| merged(index, clock, hits, line)));
        }
        let is_first = |a: &&mut MergedLine, b: &&mut MergedLine| a.key().cmp(&b.key());
        if let Some(first) = own.iter_mut().filter(|line| is_error(line)).min_by(is_first) {
            first.kind = LineKind::FirstError;
        }
        if !model.states[index].is_running()
            && let Some(end) = node.stop.and_then(|stop| stop.ends.iter().max_by_key(|end| end.last_stamp))
        {
            own.extend(last_line(index, clock, end));
        }
        lines.extend(own);
    }
    lines.sort_by(order);
    // One record may be a sample of two kinds; on a page it is one line, and what makes it special is kept.
    lines.dedup_by(|next, kept| next.key() == kept.key());
    (folded(lines), hidden)
}

fn order(a: &MergedLine, b: &MergedLine) -> Ordering {
    a.key().cmp(&b.key()).then_with(|| b.kind.cmp(&a.kind))
}

/// What says nothing of the outage by itself.
fn is_noise(hits: &SignatureHits) -> bool {
    let severity = signatures::find(&hits.signature).map(|signature| signature.severity);
    matches!(severity, Some(Severity::Info | Severity::Noise))
}

fn is_error(line: &MergedLine) -> bool {
    match signatures::find(&line.signature).map(|signature| signature.severity) {
        Some(severity) => matches!(severity, Severity::Error | Severity::Critical),
        None => line.level == "ERROR",
    }
}

fn merged(node: usize, clock: &NodeClock, hits: &SignatureHits, line: &LogLine) -> Option<MergedLine> {
    let at = line.at?.plus_millis(-clock.left_ms());
    Some(MergedLine {
        at,
        node,
        path: line.path.clone(),
        offset: Some(line.offset),
        text: line.text.clone(),
        signature: hits.signature.clone(),
        level: hits.level.clone(),
        kind: LineKind::Hit,
        more: 0,
        until: at,
        count: hits.count,
        about: (hits.peer.clone(), hits.group.clone()),
    })
}

fn last_line(node: usize, clock: &NodeClock, end: &FileEnd) -> Option<MergedLine> {
    let at = end.last_stamp?.plus_millis(-clock.left_ms());
    Some(MergedLine {
        at,
        node,
        path: end.path.clone(),
        offset: None,
        text: end.last_line.clone(),
        signature: String::new(),
        level: String::new(),
        kind: LineKind::LastLine,
        more: 0,
        until: at,
        count: 1,
        about: (None, None),
    })
}

fn folded(lines: Vec<MergedLine>) -> Vec<MergedLine> {
    let mut folded: Vec<MergedLine> = Vec::new();
    for line in lines {
        match folded.last_mut() {
            Some(last) if last.says_the_same(&line) => {
                last.more += 1;
                last.until = line.at;
            }
            _ => folded.push(line),
        }
    }
    folded
}

/// A part of the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its lines.
    pub lines: Vec<MergedLine>,
    /// There are earlier ones; the page before ends before this.
    pub earlier: Option<Key>,
    /// There are later ones; the next page begins after this.
    pub later: Option<Key>,
}

/// Up to `size` lines after a key, or before one, or the first ones.
#[must_use]
pub fn part(lines: Vec<MergedLine>, after: Option<&Key>, before: Option<&Key>, size: usize) -> Part {
    let all = lines.len();
    let (from, to) = match (after, before) {
        (Some(key), _) => {
            let from = lines.partition_point(|line| line.key() <= *key);
            (from, (from + size).min(all))
        }
        (None, Some(key)) => {
            let to = lines.partition_point(|line| line.key() < *key);
            (to.saturating_sub(size), to)
        }
        (None, None) => (0, size.min(all)),
    };
    let shown: Vec<MergedLine> = lines.into_iter().skip(from).take(to - from).collect();
    Part {
        earlier: shown.first().filter(|_| from > 0).map(MergedLine::key),
        later: shown.last().filter(|_| to < all).map(MergedLine::key),
        lines: shown,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::id::ClusterId;
    use crate::domain::observed::{LogsSeen, Observations, Observed, ViewSeen};

    fn hits(signature: &str, level: &str, at_ms: &[i64]) -> SignatureHits {
        let line = |at: &i64| LogLine {
            path: "logs/nacos.log".to_owned(),
            line: None,
            offset: u64::try_from(*at).unwrap_or(0),
            at: Some(Timestamp::from_millis(*at)),
            text: format!("{signature} {at}"),
            captures: BTreeMap::new(),
        };
        SignatureHits {
            signature: signature.to_owned(),
            level: level.to_owned(),
            peer: None,
            group: None,
            count: at_ms.len() as u64,
            first: None,
            last: None,
            samples: at_ms.iter().map(line).collect(),
            times: Vec::new(),
            reasons: BTreeMap::new(),
        }
    }

    fn logs(unknown: Vec<SignatureHits>, clock_offset_ms: Option<i64>) -> Observed {
        Observed::Logs(LogsSeen {
            unstamped: None,
            beginnings: None,
            from: Timestamp::from_millis(0),
            to: Timestamp::from_millis(100_000),
            files: Vec::new(),
            unreadable: Vec::new(),
            hits: Vec::new(),
            unknown,
            last_stamp: None,
            last_heartbeat: None,
            connection_history: Vec::new(),
            stalls: Vec::new(),
            zone_offset_s: 0,
            clock_offset_ms,
            peer_clock_offsets: BTreeMap::new(),
            zone_derived: true,
            aligned_ms: 0,
        })
    }

    fn with<T>(seen: Vec<Observed>, look: impl FnOnce(&ClusterModel<'_>) -> T) -> T {
        let mut observations = Observations::default();
        let mut nodes = Vec::new();
        for (number, observed) in seen.into_iter().enumerate() {
            let name = NodeName(format!("n{}", number + 1));
            observations.put("logs.signatures", name.clone(), observed);
            if number == 0 {
                let view = ViewSeen { clock_offset_ms: Some(900), ..ViewSeen::default() };
                observations.put("node.view", name.clone(), Observed::View(view));
            }
            nodes.push(NodeSpec { name, api: None, files: FileSource::None });
        }
        let cluster = Cluster {
            id: ClusterId(1),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        look(&ClusterModel::build(
            &cluster,
            &observations,
            Timestamp::from_millis(100_000),
            crate::domain::incident::WINDOW_MS,
        ))
    }

    #[test]
    fn lines_of_all_nodes_stand_in_the_order_of_the_true_time() {
        let one = logs(vec![hits("U:a", "WARN", &[10_000, 10_200]), hits("U:b", "ERROR", &[30_000])], None);
        let two = logs(vec![hits("U:c", "ERROR", &[25_000, 45_000])], Some(20_000));
        with(vec![one, two], |model| {
            let clocks = clocks(model);
            assert_eq!((clocks[0].offset_ms, clocks[0].from), (0, ClockFrom::Answers), "too small to be told");
            assert_eq!((clocks[1].offset_ms, clocks[1].from), (20_000, ClockFrom::Peers));
            let (lines, hidden) = lines(model, &clocks, false);
            let told: Vec<_> =
                lines.iter().map(|line| (line.at.as_millis(), line.node, line.kind, line.more)).collect();
            assert_eq!(hidden, 0);
            assert_eq!(
                told,
                [
                    (5_000, 1, LineKind::FirstError, 0),
                    (10_000, 0, LineKind::Hit, 1),
                    (25_000, 1, LineKind::Hit, 0),
                    (30_000, 0, LineKind::FirstError, 0),
                ]
            );
        });
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_repetition() {
        let times: Vec<i64> = (0..25).map(|n| n / 3 * 1000).collect();
        let each = times.iter().enumerate().map(|(n, at)| hits(&format!("U:{n}"), "WARN", &[*at])).collect();
        with(vec![logs(each, None), logs(vec![hits("U:x", "WARN", &[3000])], None)], |model| {
            let clocks = clocks(model);
            let (all, _) = lines(model, &clocks, true);
            assert!(all.is_sorted_by_key(MergedLine::key));
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = part(all.clone(), after.as_ref(), None, 4);
                seen.extend(page.lines.iter().map(MergedLine::key));
                let Some(next) = page.later else { break };
                let back = part(all.clone(), None, Some(&next), 4);
                assert!(back.lines.last().is_none_or(|line| line.key() < next));
                after = Key::decode(&next.encode());
            }
            let mut distinct: Vec<Key> = all.iter().map(MergedLine::key).collect();
            distinct.dedup();
            assert_eq!(seen, distinct);
        });
        assert_eq!(Key::decode("x"), None);
        assert_eq!(Key::decode(""), None);
    }
}
