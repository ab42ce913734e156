//! Folds the records of a window: hits by signature, level, peer and group; unknown shapes; counts over time.

use std::collections::BTreeMap;

use crate::domain::observed::{LogLine, ReasonSeen, SignatureHits, reason_in};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::Failure;
use crate::nacos::log_line::{ClockHint, Encoding, Level, RawRecord, RecordText, clock_hint, decode};
use crate::nacos::signatures::{Hit, Links, Peer, SignatureId, SignatureSet, shape, unknown_id};
use crate::nacos::timing;
use crate::sources::redact::{MARGIN, Redactor};

/// Bytes of a sample.
const SHOWN: usize = 2000;

/// Samples kept from the beginning; the newest is kept besides.
const SAMPLES: usize = 4;

/// Times kept from the beginning and from the end.
const TIMES: usize = 100;

/// Groups of unknown shapes; beyond, they are counted together.
const SHAPES: usize = 300;

/// Groups of hits; a log cannot make an observation grow without end.
const GROUPS: usize = 4000;

/// Entries of the connection history; the counts that changed nothing are left out beyond.
const HISTORY: usize = 1500;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    signature: String,
    level: String,
    peer: Option<String>,
    group: Option<String>,
}

/// What a window folded to.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub hits: Vec<SignatureHits>,
    pub unknown: Vec<SignatureHits>,
    pub connections: Vec<(Timestamp, i64, i64)>,
    pub stalls: Vec<(Timestamp, Timestamp)>,
    pub last_heartbeat: Option<Timestamp>,
    pub clock_hints: Vec<ClockHint>,
}

/// Hits of one key, and the newest record, which becomes a sample only at the end.
struct Group {
    hits: SignatureHits,
    newest: Option<Newest>,
}

/// A record kept as it lies in the file: making a line of it costs more than most hits are worth.
struct Newest {
    path: String,
    line: Option<u64>,
    offset: u64,
    at: Option<Timestamp>,
    bytes: Vec<u8>,
    encoding: Encoding,
    captures: BTreeMap<String, String>,
    redactor: Redactor,
}

impl Newest {
    fn of(
        path: &str,
        record: &RawRecord<'_>,
        at: Option<Timestamp>,
        encoding: Encoding,
        numbered: bool,
        captures: BTreeMap<String, String>,
        redactor: &Redactor,
    ) -> Self {
        Self {
            path: path.to_owned(),
            line: numbered.then_some(record.line),
            offset: record.offset,
            at: record.stamp.and(at),
            bytes: record.bytes[..record.bytes.len().min(SHOWN + MARGIN)].to_vec(),
            encoding,
            captures,
            redactor: redactor.clone(),
        }
    }

    fn into_line(self) -> LogLine {
        LogLine {
            path: self.path,
            line: self.line,
            offset: self.offset,
            at: self.at,
            text: self.redactor.start_of(&decode(&self.bytes, self.encoding), SHOWN),
            captures: self
                .captures
                .into_iter()
                .map(|(name, text)| (name, self.redactor.text(&text).into_owned()))
                .collect(),
        }
    }
}

/// The folding of one node.
#[derive(Default)]
pub(super) struct Folding {
    hits: BTreeMap<Key, Group>,
    unknown: BTreeMap<Key, Group>,
    connections: Vec<(Timestamp, i64, i64)>,
    last_heartbeat: Option<Timestamp>,
    clock_hints: Vec<ClockHint>,
    links: Links,
    redactor: Redactor,
}

impl Folding {
    /// Redacts what it keeps with what is known of the home.
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor, ..Self::default() }
    }

    pub(super) fn take(
        &mut self,
        path: &str,
        record: &RawRecord<'_>,
        at: Option<Timestamp>,
        encoding: Encoding,
        numbered: bool,
    ) {
        let text = record.text(encoding);
        if let Some(stamp) = record.stamp
            && self.clock_hints.len() < 10_000
            && let Some(hint) = clock_hint(stamp, &text.message)
        {
            self.clock_hints.push(hint);
        }
        let Some(hit) = SignatureSet::shared().classify(path, &text) else {
            if matches!(record.level, Some(Level::Warn | Level::Error)) {
                self.take_unknown(path, record, &text, at, encoding, numbered);
            }
            return;
        };
        self.links.learn(&hit);
        if hit.id() == SignatureId::CONN_COUNTS {
            self.take_counts(&hit, at);
        }
        let redactor = &self.redactor;
        let line = || Newest::of(path, record, at, encoding, numbered, hit.captures.clone(), redactor);
        let reason = reason_of(record, &text);
        let level = record.level.map_or("", Level::as_str);
        let peer = named_peer(&hit).or_else(|| self.links.peer(&hit).map(str::to_owned));
        for id in std::iter::once(hit.id()).chain(hit.also.iter().map(|signature| signature.id)) {
            let key =
                Key { signature: id.to_owned(), level: level.to_owned(), peer: peer.clone(), group: hit.group.clone() };
            if self.hits.len() < GROUPS || self.hits.contains_key(&key) {
                add(&mut self.hits, key, at, reason.as_ref(), line);
            }
        }
    }

    fn take_counts(&mut self, hit: &Hit, at: Option<Timestamp>) {
        self.last_heartbeat = self.last_heartbeat.max(at);
        let number = |name: &str| hit.captures.get(name).and_then(|text| text.parse::<i64>().ok());
        let (Some(at), Some(sdk), Some(cluster)) = (at, number("sdk"), number("cluster")) else { return };
        self.connections.push((at, sdk, cluster));
    }

    fn take_unknown(
        &mut self,
        path: &str,
        record: &RawRecord<'_>,
        text: &RecordText<'_>,
        at: Option<Timestamp>,
        encoding: Encoding,
        numbered: bool,
    ) {
        let signature =
            if self.unknown.len() < SHAPES { unknown_id(&shape(&text.message)) } else { "U:other".to_owned() };
        let key = Key { signature, level: record.level.map_or("", Level::as_str).to_owned(), peer: None, group: None };
        let reason = reason_of(record, text);
        let redactor = &self.redactor;
        add(&mut self.unknown, key, at, reason.as_ref(), || {
            Newest::of(path, record, at, encoding, numbered, BTreeMap::new(), redactor)
        });
    }

    pub(super) fn finish(self) -> Folded {
        let mut hits: Vec<SignatureHits> = self.hits.into_values().map(Group::finish).collect();
        let mut unknown: Vec<SignatureHits> = self.unknown.into_values().map(Group::finish).collect();
        hits.sort_by(|a, b| a.first.cmp(&b.first).then_with(|| a.signature.cmp(&b.signature)));
        unknown.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.signature.cmp(&b.signature)));
        let mut connections = self.connections;
        connections.sort_unstable();
        Folded {
            hits,
            unknown,
            stalls: stalls(&connections),
            connections: thinned(connections),
            last_heartbeat: self.last_heartbeat,
            clock_hints: self.clock_hints,
        }
    }
}

/// Where two lines of a beat of three seconds lie further apart than a busy machine explains. What is longer than a start is
/// no standstill, but a node that was down.
fn stalls(beats: &[(Timestamp, i64, i64)]) -> Vec<(Timestamp, Timestamp)> {
    const MOST: usize = 200;
    let apart = beats.windows(2).map(|pair| (pair[0].0, pair[1].0));
    let mut found: Vec<(Timestamp, Timestamp)> = apart
        .filter(|(from, to)| (timing::BEHIND_MS..timing::STANDSTILL_MOST_MS).contains(&to.millis_since(*from)))
        .collect();
    let surplus = found.len().saturating_sub(MOST);
    found.drain(..surplus);
    found
}

impl Group {
    fn finish(mut self) -> SignatureHits {
        self.hits.samples.extend(self.newest.map(Newest::into_line));
        self.hits
    }
}

/// How an attempt ended; informational records tell of none.
fn reason_of(record: &RawRecord<'_>, text: &RecordText<'_>) -> Option<Failure> {
    if record.level == Some(Level::Info) {
        return None;
    }
    reason_in(&format!("{}\n{}", text.message, text.continuation))
}

fn add(
    into: &mut BTreeMap<Key, Group>,
    key: Key,
    at: Option<Timestamp>,
    reason: Option<&Failure>,
    line: impl Fn() -> Newest,
) {
    let group = into.entry(key).or_insert_with_key(|key| Group {
        hits: SignatureHits {
            signature: key.signature.clone(),
            level: key.level.clone(),
            peer: key.peer.clone(),
            group: key.group.clone(),
            count: 0,
            first: None,
            last: None,
            samples: Vec::new(),
            times: Vec::new(),
            reasons: BTreeMap::new(),
        },
        newest: None,
    });
    let entry = &mut group.hits;
    entry.count += 1;
    if entry.samples.len() < SAMPLES {
        entry.samples.push(line().into_line());
    } else {
        group.newest = Some(line());
    }
    if let Some(reason) = reason {
        let seen: &mut ReasonSeen = entry.reasons.entry(reason.clone()).or_default();
        seen.count += 1;
        seen.first = earliest(seen.first, at);
        seen.last = seen.last.max(at);
    }
    let Some(at) = at else { return };
    entry.first = earliest(entry.first, Some(at));
    entry.last = entry.last.max(Some(at));
    if entry.times.last() != Some(&at) {
        if entry.times.len() >= 2 * TIMES {
            entry.times.remove(TIMES);
        }
        entry.times.push(at);
    }
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The peer as the record names it, with the very port that was tried where it tells one.
fn named_peer(hit: &Hit) -> Option<String> {
    let capture = |name: &str| hit.captures.get(name).map(String::as_str).filter(|text| !text.is_empty());
    match hit.signature.peer {
        Peer::Grpc => Some(format!("{}:{}", capture("ip")?, capture("port")?)),
        Peer::Raft(names) => {
            let text = names.iter().find_map(|name| capture(name))?.trim_end_matches('.');
            text.rsplit_once(':')?.1.parse::<u16>().ok()?;
            Some(text.to_owned())
        }
        _ => hit.peer.clone(),
    }
}

/// Beyond [`HISTORY`] entries, those that changed nothing are left out.
fn thinned(history: Vec<(Timestamp, i64, i64)>) -> Vec<(Timestamp, i64, i64)> {
    if history.len() <= HISTORY {
        return history;
    }
    let every = history.len() / HISTORY + 1;
    let last = history.len() - 1;
    let mut kept: Vec<(Timestamp, i64, i64)> = Vec::with_capacity(HISTORY);
    for (index, entry) in history.into_iter().enumerate() {
        let changed = kept.last().is_none_or(|before| (before.1, before.2) != (entry.1, entry.2));
        if (changed && kept.len() < 2 * HISTORY) || index % every == 0 || index == last {
            kept.push(entry);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nacos::log_line::{Layout, records};

    fn fold(path: &str, text: &str) -> Folded {
        let mut folding = Folding::default();
        for record in records(text.as_bytes(), 0, 1, Layout::of(path)) {
            let at = record.stamp.map(|stamp| stamp.at(0));
            folding.take(path, &record, at, Encoding::Utf8, true);
        }
        folding.finish()
    }

    #[test]
    fn attempts_are_counted_by_how_they_ended() {
        let folded = fold(
            "logs/nacos.log",
            "2026-11-22 16:00:00,000 ERROR Server check fail, please check server 10.0.0.3 ,port 9849 is available , error ={}\n\n\
             java.util.concurrent.ExecutionException: x\nCaused by: io.grpc.netty.AbstractChannel: Connection refused: /10.0.0.3:9849\n\n\
             2026-11-22 16:00:03,000 ERROR Server check fail, please check server 10.0.0.3 ,port 9849 is available , error ={}\n\n\
             java.util.concurrent.TimeoutException: Waited 3000 milliseconds\n\n",
        );
        let hits = folded.hits.iter().find(|hits| hits.signature == "C21").expect("C21");
        assert_eq!(hits.peer.as_deref(), Some("10.0.0.3:9849"));
        assert_eq!(hits.count, 2);
        assert_eq!(hits.reasons[&Failure::Refused].count, 1);
        assert_eq!(hits.reasons[&Failure::Timeout].count, 1);
        assert_eq!(hits.samples[1].line, Some(6));
    }

    #[test]
    fn counts_make_a_history_and_a_heartbeat() {
        let folded = fold(
            "logs/plugin-control-connection.log",
            "2026-11-22 16:00:00,000 INFO Long connection metrics detail ,Total count =12, sdkCount=10,clusterCount=2\n\n\
             2026-11-22 16:00:03,000 INFO Long connection metrics detail ,Total count =11, sdkCount=10,clusterCount=1\n\n",
        );
        assert_eq!(
            folded.connections.iter().map(|(_, sdk, cluster)| (*sdk, *cluster)).collect::<Vec<_>>(),
            [(10, 2), (10, 1)]
        );
        assert_eq!(folded.last_heartbeat.map(|at| at.to_string()).as_deref(), Some("2026-11-22T16:00:03.000Z"));
        assert_eq!(folded.stalls, []);
        let beat = |at_s: i64| (Timestamp::from_millis(at_s * 1000), 1, 1);
        let between = |from: i64, to: i64| (beat(from).0, beat(to).0);
        assert_eq!(stalls(&[0, 3, 9, 12, 100, 103, 107].map(beat)), [between(3, 9), between(103, 107)]);
    }

    #[test]
    fn unknown_warnings_are_grouped_by_shape() {
        let folded = fold(
            "logs/nacos.log",
            "2026-11-22 16:00:00,000 WARN The frobnicator 17 wobbles\n\n2026-11-22 16:00:01,000 WARN The frobnicator 18 wobbles\n\n\
             2026-11-22 16:00:02,000 INFO The frobnicator 19 wobbles\n\n",
        );
        assert_eq!(folded.unknown.len(), 1);
        assert_eq!(folded.unknown[0].count, 2);
    }
}
