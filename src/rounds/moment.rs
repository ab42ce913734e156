//! The moment a round judges.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::tz::{Offset, TimeZone};

use crate::checks::home_time::{self, HomeTime};
use crate::domain::cluster::FileSource;
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::model::copies;
use crate::sources::{Deadline, NodeSource, SourceError, Sources};

/// A moment as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtSpec {
    /// A point in time, and the offset from UTC in seconds that it was written with: a hint at the zone of the nodes.
    Exact {
        /// The point.
        at: Timestamp,
        /// The offset.
        offset_s: i32,
    },
    /// A wall-clock time, to be read in the zone of the nodes.
    Local(jiff::civil::DateTime),
}

impl AtSpec {
    /// Reads RFC 3339, or `YYYY-MM-DD HH:MM:SS` for the zone of the nodes.
    ///
    /// # Errors
    /// A sentence for the person who wrote the text.
    pub fn parse(text: &str) -> Result<Self, crate::domain::time::ParseTimeError> {
        let text = text.trim();
        if let Ok(pieces) = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text)
            && let Ok(stamp) = text.parse::<jiff::Timestamp>()
        {
            let offset_s = pieces.to_numeric_offset().map_or(0, Offset::seconds);
            return Ok(Self::Exact { at: Timestamp::from_millis(stamp.as_millisecond()), offset_s });
        }
        text.replacen(',', ".", 1)
            .parse()
            .map(Self::Local)
            .map_err(|_| crate::domain::time::ParseTimeError(text.to_owned()))
    }
}

/// Why there is no moment to judge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// Copied homes without one stamped line, and no `--at`. What was read of each, if anything.
    #[error(
        "no log with a time stamp was found: each folder has to be a home of Nacos (with logs in it) or its folder of \
         logs; else say the moment to judge with --at{0}"
    )]
    NoStamp(String),
    /// What was handed in is not what was kept any more, and nothing else has a stamp.
    #[error("{0}")]
    Kept(SourceError),
    /// A local time that does not exist.
    #[error("that time does not exist in the zone of the nodes")]
    NoSuchTime,
}

/// The moment, whether it is now, and the zone to assume where a node does not tell its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The moment judged.
    pub at: Timestamp,
    /// True if it is now.
    pub is_now: bool,
    /// Offset from UTC in seconds to assume where a node's own files do not tell its zone.
    pub zone_hint_s: Option<i32>,
    /// How far the clocks of nodes run ahead of those of most, milliseconds; only where it matters and was found out.
    pub ahead_ms: BTreeMap<NodeName, i64>,
    /// What people have to know of how it was found: a zone that is only assumed, copies that end earlier.
    pub notes: Vec<Message>,
    /// The moment asked for, where the copies of all nodes end before it; `at` is then their end.
    pub copies_ended_before: Option<Timestamp>,
}

impl Moment {
    const fn of(at: Timestamp, is_now: bool) -> Self {
        Self { at, is_now, zone_hint_s: None, ahead_ms: BTreeMap::new(), notes: Vec::new(), copies_ended_before: None }
    }

    /// That the copies end before the moment asked for, in words; `None`: they do not.
    pub(super) fn copies_ended(&self) -> Option<Message> {
        let asked = self.copies_ended_before?;
        let offset_s = self.zone_hint_s.unwrap_or(0);
        let civil = |at: Timestamp| {
            let there = at.plus_millis(1000 * i64::from(offset_s)).to_string().replace('T', " ");
            there.split(['.', 'Z']).next().unwrap_or_default().to_owned()
        };
        let note = Message::new("moment-copies-ended").with("end", civil(self.at)).with("zone", zone_text(offset_s));
        Some(note.with("asked", civil(asked)))
    }

    /// True if what only tells of now must not be asked.
    #[must_use]
    pub fn is_past(&self, now: Timestamp) -> bool {
        !self.is_now && now.millis_since(self.at) > super::LIVE_TOLERANCE_MS
    }
}

/// Live sources are judged now, copies at their newest stamp, both at the moment asked for where there is one.
///
/// # Errors
/// [`MomentError`] if it cannot be told.
pub async fn resolve(
    asked: Option<AtSpec>,
    sources: &Sources,
    deadlines: &[Deadline],
    now: Timestamp,
) -> Result<Moment, MomentError> {
    let any_live = sources.nodes.iter().any(|source| is_live(source.as_ref()));
    if asked.is_none() && any_live {
        // Live logs tell their own zone; no node waits for another here.
        return Ok(Moment::of(now, true));
    }
    if let Some(AtSpec::Exact { at, .. }) = asked
        && any_live
    {
        return Ok(Moment::of(at, false));
    }
    let asked_of: Vec<(NodeName, Result<HomeTime, SourceError>)> = join_all(
        sources.nodes.iter().zip(deadlines).filter(|(source, _)| source.spec().files != FileSource::None).map(
            |(source, deadline)| async move {
                (source.spec().name.clone(), home_time::time(source.as_ref(), None, deadline).await)
            },
        ),
    )
    .await;
    let damaged = asked_of.iter().find_map(|(_, time)| time.as_ref().err().filter(|error| error.is_damage()).cloned());
    let times: Vec<(NodeName, HomeTime)> =
        asked_of.into_iter().filter_map(|(node, time)| Some((node, time.ok()?))).collect();
    let own_zones = times.iter().filter(|(_, time)| time.zone.derived);
    let derived = most_common(own_zones.map(|(_, time)| time.zone.offset_s));
    // A node without a zone of its own is read in that of the others.
    let assumed = derived.or_else(|| hinted(asked?, times.iter().filter_map(|(_, time)| time.newest).max()?));
    let zone_of = |time: &HomeTime| if time.zone.derived { time.zone.offset_s } else { assumed.unwrap_or(0) };
    let ahead = home_time::ahead_ms(times.iter().map(|(_, time)| (zone_of(time), time)));
    let files: Vec<Vec<(&str, Timestamp)>> = times
        .iter()
        .zip(&ahead)
        .map(|((_, time), ahead_ms)| {
            let shift = zone_of(time) - time.zone.offset_s;
            let moved = |at: &Timestamp| at.plus_millis(-1000 * i64::from(shift) - ahead_ms);
            time.ends.iter().map(|(path, at)| (path.as_str(), moved(at))).collect()
        })
        .collect();
    let strays: Vec<Vec<(&str, Timestamp)>> = (0..files.len()).map(|home| strays(&files, home)).collect();
    let ends: Vec<Timestamp> = files
        .iter()
        .zip(&strays)
        .filter_map(|(files, strays)| files.iter().filter(|end| !strays.contains(end)).map(|(_, at)| *at).max())
        .collect();
    let mut at = match asked {
        Some(AtSpec::Exact { at, .. }) => at,
        Some(AtSpec::Local(civil)) => {
            let zone = Offset::from_seconds(derived.unwrap_or(0)).map_err(|_| MomentError::NoSuchTime)?;
            let zoned = civil.to_zoned(TimeZone::fixed(zone)).map_err(|_| MomentError::NoSuchTime)?;
            Timestamp::from_millis(zoned.timestamp().as_millisecond())
        }
        None => {
            ends.iter().copied().max().ok_or_else(|| damaged.map_or_else(|| no_stamp(&times), MomentError::Kept))?
        }
    };
    let mut notes = Vec::new();
    if asked.is_some() && derived.is_none() && !ends.is_empty() {
        notes.push(Message::new("moment-zone-assumed").with("zone", zone_text(assumed.unwrap_or(0))));
    }
    for ((node, _), strays) in times.iter().zip(&strays) {
        let Some((path, newest)) = strays.iter().max_by_key(|(_, at)| *at) else { continue };
        let minutes = ends.iter().max().map_or(0, |end| newest.millis_since(*end) / 60_000);
        let note = Message::new("moment-clock-set-back").with("node", node).with("path", path);
        notes.push(note.with("minutes", minutes));
    }
    let whole = !any_live && ends.len() == sources.nodes.len();
    let ended = if whole && asked.is_some() { copies::end_before(at, &ends) } else { None };
    let asked_for = at;
    at = ended.unwrap_or(at);
    let ahead_ms = times.into_iter().map(|(node, _)| node).zip(ahead).filter(|(_, ahead_ms)| *ahead_ms != 0).collect();
    Ok(Moment {
        zone_hint_s: assumed,
        ahead_ms,
        notes,
        copies_ended_before: ended.map(|_| asked_for),
        ..Moment::of(at, false)
    })
}

/// Logs of one home that end long after every log of the others, while most of its own end where those do: its clock was ahead
/// when they were written, and was set back since. They tell no moment.
fn strays<'f>(homes: &[Vec<(&'f str, Timestamp)>], home: usize) -> Vec<(&'f str, Timestamp)> {
    let others = homes.iter().enumerate().filter(|(other, _)| *other != home).flat_map(|(_, files)| files);
    let Some(newest) = others.map(|(_, at)| *at).max() else { return Vec::new() };
    let (mut ahead, mut beside) = (Vec::new(), 0);
    for file in &homes[home] {
        let by_ms = file.1.millis_since(newest);
        if home_time::is_of_another_clock(by_ms) {
            ahead.push(*file);
        } else if home_time::ends_beside(by_ms) {
            beside += 1;
        }
    }
    if beside >= 2 && ahead.len() < beside { ahead } else { Vec::new() }
}

/// That no stamp was understood, with what was read of each node.
fn no_stamp(times: &[(NodeName, HomeTime)]) -> MomentError {
    let read = times.iter().filter_map(|(node, time)| {
        let line = time.unstamped.as_ref()?;
        Some(format!("\n  {node}: files read: {}, no time stamp understood (first line: {line})", time.files))
    });
    MomentError::NoStamp(read.collect())
}

/// The offset that the moment was written with, where the stamps lie nearer to it read with that offset than as UTC: people
/// write times of their own zone, and containers keep UTC.
fn hinted(asked: AtSpec, newest_as_utc: Timestamp) -> Option<i32> {
    let AtSpec::Exact { at, offset_s } = asked else { return None };
    let from = |offset_s: i32| newest_as_utc.plus_millis(-1000 * i64::from(offset_s)).millis_since(at).abs();
    (from(offset_s) < from(0)).then_some(offset_s)
}

/// `+08:00`, `UTC`.
fn zone_text(offset_s: i32) -> String {
    match offset_s {
        0 => "UTC".to_owned(),
        _ => format!(
            "UTC{}{:02}:{:02}",
            if offset_s < 0 { '-' } else { '+' },
            offset_s.abs() / 3600,
            offset_s.abs() / 60 % 60
        ),
    }
}

fn is_live(source: &dyn NodeSource) -> bool {
    let spec = source.spec();
    spec.api.is_some() || (spec.files != FileSource::None && source.files_live())
}

fn most_common(offsets: impl Iterator<Item = i32>) -> Option<i32> {
    let mut counts = BTreeMap::new();
    for offset in offsets {
        *counts.entry(offset).or_insert(0_u32) += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_clock_that_was_set_back_tells_no_moment() {
        let at = |second: i64| Timestamp::from_millis(1_795_312_345_000 + second * 1000);
        let well = vec![("logs/nacos.log", at(0)), ("logs/nacos-cluster.log", at(-3))];
        let back = vec![("logs/start.out", at(3000)), ("logs/nacos.log", at(-1)), ("logs/nacos-cluster.log", at(-2))];
        let homes = [well.clone(), back.clone(), well.clone()];
        assert_eq!(strays(&homes, 1), [("logs/start.out", at(3000))]);
        assert!(strays(&homes, 0).is_empty());
        // A copy that was taken later, of a node that writes on.
        let later =
            vec![("logs/nacos.log", at(3000)), ("logs/nacos-cluster.log", at(3001)), ("logs/start.out", at(-2))];
        assert!(strays(&[well.clone(), later], 1).is_empty());
        // A JVM that has only just begun, beside nodes that write on.
        let begins = vec![("logs/nacos_gc.log", at(0)), ("logs/nacos.log", at(-3000))];
        assert!(strays(&[well, begins.clone()], 1).is_empty());
        assert!(strays(&[begins], 0).is_empty(), "of one home alone nothing is known");
    }

    #[test]
    fn both_spellings_of_a_moment() {
        assert_eq!(
            AtSpec::parse("2026-11-22T08:00:01+08:00"),
            Ok(AtSpec::Exact { at: "2026-11-22T00:00:01Z".parse().expect("a time"), offset_s: 28_800 })
        );
        assert!(matches!(AtSpec::parse("2026-11-22 08:00:01"), Ok(AtSpec::Local(_))));
        assert!(AtSpec::parse("yesterday").is_err());
    }

    #[test]
    fn the_offset_of_the_moment_is_a_hint_where_it_brings_the_stamps_nearer() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let asked = AtSpec::parse("2026-11-22T23:30:00+08:00").expect("a moment");
        assert_eq!(hinted(asked, time("2026-11-22T23:29:30Z")), Some(28_800), "stamps of that zone");
        assert_eq!(hinted(asked, time("2026-11-22T15:29:30Z")), None, "stamps in UTC");
        assert_eq!(hinted(asked, time("2026-11-23T01:00:00Z")), Some(28_800), "the copies were taken later");
    }

    #[test]
    fn zones_are_told_by_their_offset() {
        assert_eq!([28_800, -12_600, 0].map(zone_text), ["UTC+08:00", "UTC-03:30", "UTC"]);
    }

    #[test]
    fn the_zone_of_most_nodes_is_assumed_for_the_rest() {
        assert_eq!(most_common([0, 28_800, 28_800].into_iter()), Some(28_800));
        assert_eq!(most_common(std::iter::empty()), None);
    }
}
