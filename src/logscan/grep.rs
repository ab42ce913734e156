//! Lines of a time window in files on this machine that match a pattern, as fast as the files can be read.
//!
//! Nothing is parsed but the stamps that bisecting needs and those of the records that hold a hit. The bytes between the
//! two ends of the window are cut into parts that a few threads search at a time; a part owns the lines that begin in it.

use std::ops::Range;
use std::sync::OnceLock;

use futures_util::FutureExt;
use regex::bytes::Regex;

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Layout, Stamp, parse_head};
use crate::sources::SourceError;
use crate::sources::files::LooseFile;

use super::ordered_pool::{Found, in_order};
use super::{DISORDER_MS, ReadAt, Window, WindowScan, bisect, blocks};

/// Bytes read at a time: what was copied is still near when it is searched.
const BLOCK: usize = if cfg!(test) { 1024 } else { 128 * 1024 };

/// Bytes of a part.
const PART: u64 = if cfg!(test) { 3000 } else { 8 * 1024 * 1024 };

/// Bytes read at a time to find the end of the last line of a part, or the stamp above its first.
const STEP: usize = if cfg!(test) { 256 } else { 64 * 1024 };

/// Bytes of a packed file read at a time.
const PACKED_BLOCK: usize = 256 * 1024;

/// Bytes of a packed file inflated at a time.
const PACKED_PIECE: usize = 16 * 1024;

/// A longer line is looked at in pieces of this size.
const MAX_LINE: usize = 8 * 1024 * 1024;

/// A span on the wall clock of the node, first moment included, last excluded: milliseconds since 1970-01-01 00:00:00 there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrepWindow {
    /// First moment.
    pub from: Option<i64>,
    /// First moment that no longer belongs.
    pub to: Option<i64>,
}

impl GrepWindow {
    const fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// As points in time, for a node whose wall clock is `zone_offset_s` east of UTC.
    fn in_zone(&self, zone_offset_s: i32) -> Window {
        let moment = |civil: Option<i64>, open: i64| {
            Timestamp::from_millis(civil.map_or(open, |civil| civil - i64::from(zone_offset_s) * 1000))
        };
        let to = moment(self.to.map(|to| to - 1), i64::MAX / 4);
        Window { from: moment(self.from, i64::MIN / 4), to, zone_offset_s }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrepCount {
    /// Lines that hit.
    pub lines: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// True if a window was asked for and the file has no stamps: all of it was searched.
    pub stampless: bool,
    /// True if a packed file ends early or is broken: what comes before was searched.
    pub broken: bool,
    /// True if the file became shorter while it was read: what was still there was searched.
    pub changed: bool,
}

#[async_trait::async_trait]
impl ReadAt for LooseFile {
    async fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let mut bytes = vec![0; length];
        let read = self.read_into(offset, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// A file to search.
#[derive(Debug)]
pub struct GrepFile {
    /// The file.
    pub file: LooseFile,
    /// What it is called: its name tells whether it is packed.
    pub path: String,
}

/// Gives every line of the window that matches `pattern` to `take`, without its line end, with the index of its file, in
/// the order of the files; after the last line of a file what was found in it. With `only_count` no lines are given.
/// `take` returns false to stop. No match of `pattern` may hold a line end.
pub fn grep(
    files: &[GrepFile],
    window: &GrepWindow,
    pattern: &Regex,
    only_count: bool,
    mut take: impl FnMut(usize, Found<'_, Result<GrepCount, SourceError>>) -> bool,
) {
    let mut parts = Vec::new();
    for (index, file) in files.iter().enumerate() {
        parts.extend(parts_of(index, file, window));
    }
    let places: Vec<usize> = (0..parts.len()).collect();
    let parts = &parts;
    let lane = || {
        // A copy of its own: those who share one lock it for every hit.
        let pattern = pattern.clone();
        move |place: &usize, give: &mut (dyn FnMut(&[u8]) -> bool + Send)| {
            search(parts, *place, window, &pattern, if only_count { None } else { Some(give) })
        }
    };
    let mut total: Result<GrepCount, SourceError> = Ok(GrepCount::default());
    in_order(&places, lane, |index, found| {
        let part = &parts[index];
        match found {
            Found::Line(line) => take(part.index, Found::Line(line)),
            Found::End(end) => {
                total = match (std::mem::replace(&mut total, Ok(GrepCount::default())), end) {
                    (Ok(sum), Ok(more)) => Ok(GrepCount {
                        lines: sum.lines + more.lines,
                        read_bytes: sum.read_bytes + more.read_bytes,
                        stampless: sum.stampless | more.stampless,
                        broken: sum.broken | more.broken,
                        changed: sum.changed | more.changed,
                    }),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                let is_last = parts.get(index + 1).is_none_or(|next| next.index != part.index);
                if !is_last {
                    return true;
                }
                let mut total = std::mem::replace(&mut total, Ok(GrepCount::default()));
                if let Ok(total) = &mut total {
                    total.changed |= part.file.file.is_shorter();
                }
                take(part.index, Found::End(total))
            }
        }
    });
}

/// What one thread searches at a time.
struct Part<'a> {
    /// That of the file.
    index: usize,
    file: &'a GrepFile,
    extent: Extent,
    /// Once it was searched: the last stamp in it.
    last_stamp: OnceLock<Option<Stamp>>,
}

enum Extent {
    /// Finding the window failed.
    Failed(SourceError),
    /// All of a packed file.
    Packed,
    /// The lines that begin in `lines`; the window lies in `within`, which begins with a line.
    Lines { lines: Range<u64>, within: Range<u64>, stamps: Stamps },
}

/// Takes a line without its end; false to stop.
type Give<'g> = &'g mut (dyn FnMut(&[u8]) -> bool + Send + 'g);

/// What is known of the stamps of a file.
#[derive(Clone, Copy)]
struct Stamps {
    /// `None`: every line belongs.
    window: Option<Window>,
    /// The first of the file: lines before it share its fate.
    first: Option<Stamp>,
    /// A window was asked for, and there are no stamps.
    missing: bool,
}

fn parts_of<'a>(index: usize, file: &'a GrepFile, window: &GrepWindow) -> Vec<Part<'a>> {
    let part = |extent| Part { index, file, extent, last_stamp: OnceLock::new() };
    if file.path.ends_with(".gz") {
        return vec![part(Extent::Packed)];
    }
    let (within, stamps) = match range_of(&file.file, window) {
        Ok(range) => range,
        Err(error) => return vec![part(Extent::Failed(error))],
    };
    let mut parts = Vec::new();
    let mut from = within.start;
    while from < within.end || parts.is_empty() {
        let to = within.end.min(from + PART);
        parts.push(part(Extent::Lines { lines: from..to, within: within.clone(), stamps }));
        from = to;
    }
    parts
}

/// Where the window lies in the file.
fn range_of(file: &LooseFile, window: &GrepWindow) -> Result<(Range<u64>, Stamps), SourceError> {
    let size = file.size_bytes();
    if window.is_open() {
        return Ok((0..size, Stamps { window: None, first: None, missing: false }));
    }
    let first = now(bisect::stamp_at(file, 0, size, true))?.map(|(_, stamp)| stamp);
    let span = window.in_zone(zone_of(first));
    let range = now(bisect::range(file, 0, size, Layout::Stamped, &span))?;
    let stamps = Stamps { window: range.stamped.then_some(span), first, missing: !range.stamped };
    Ok((range.from..range.to, stamps))
}

const fn zone_of(first: Option<Stamp>) -> i32 {
    match first {
        Some(Stamp::Absolute { offset_s, .. }) => offset_s,
        _ => 0,
    }
}

/// Searches the part at `place`.
fn search(
    parts: &[Part<'_>],
    place: usize,
    window: &GrepWindow,
    pattern: &Regex,
    give: Option<Give<'_>>,
) -> Result<GrepCount, SourceError> {
    let part = &parts[place];
    match &part.extent {
        Extent::Failed(error) => Err(error.clone()),
        Extent::Packed => packed(&part.file.file, window, pattern, give),
        Extent::Lines { lines, within, stamps } => {
            let above = || stamp_above(parts, place);
            let mut searcher = Searcher::new(*stamps, &above, pattern, give);
            let read_bytes = search_lines(&part.file.file, lines, within, &mut searcher)?;
            if !searcher.stopped {
                let _ = part.last_stamp.set(searcher.seen);
            }
            Ok(GrepCount { lines: searcher.lines, read_bytes, stampless: stamps.missing, ..GrepCount::default() })
        }
    }
}

/// The last stamp above the first line of a part, in its window.
fn stamp_above(parts: &[Part<'_>], place: usize) -> Result<Option<Stamp>, SourceError> {
    let file = parts[place].index;
    for part in parts[..place].iter().rev().take_while(|part| part.index == file) {
        let Extent::Lines { lines, within, .. } = &part.extent else { break };
        let stamp = match part.last_stamp.get() {
            Some(stamp) => *stamp,
            None => last_stamp_of(&part.file.file, lines, within.start)?,
        };
        if stamp.is_some() {
            return Ok(stamp);
        }
    }
    Ok(None)
}

/// The last stamp in the lines that begin in `lines`, read from the end.
fn last_stamp_of(file: &LooseFile, lines: &Range<u64>, first: u64) -> Result<Option<Stamp>, SourceError> {
    let start = if lines.start > first { lines.start - 1 } else { first };
    let mut high = lines.end;
    // The last line may go on behind the end: its stamp too, if it begins with what a crash left.
    let mut bytes: Vec<u8> = Vec::new();
    while bytes.len() < MAX_LINE && !bytes.contains(&b'\n') {
        let more = now(file.read_at(high + bytes.len() as u64, STEP.max(bytes.len())))?;
        if more.is_empty() {
            break;
        }
        bytes.extend_from_slice(&more);
    }
    let mut step = STEP as u64;
    while high > start {
        let low = high.saturating_sub(step).max(start);
        let mut more = now(file.read_at(low, usize::try_from(high - low).unwrap_or(0)))?;
        let inside = more.len();
        bytes.truncate(MAX_LINE);
        more.extend_from_slice(&bytes);
        bytes = more;
        let whole = low == first;
        let begin = if whole { 0 } else { memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |line_end| line_end + 1) };
        let last_line = memchr::memrchr(b'\n', &bytes[..inside]).map_or(0, |line_end| line_end + 1);
        // A line that begins right at the end belongs to the next part.
        let last_line = if last_line == inside && high == lines.end { inside } else { line_end_of(&bytes, last_line) };
        if begin < last_line
            && let Some(stamp) = last_stamp(&bytes[begin..last_line])
        {
            return Ok(Some(stamp));
        }
        bytes.truncate(begin);
        high = low;
        step = (step * 4).min(BLOCK as u64);
    }
    Ok(None)
}

fn line_end_of(bytes: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |line_end| start + line_end + 1)
}

/// Searches the lines that begin in `lines`. Gives the number of bytes read.
fn search_lines(
    file: &LooseFile,
    lines: &Range<u64>,
    within: &Range<u64>,
    searcher: &mut Searcher<'_, '_>,
) -> Result<u64, SourceError> {
    // The byte before tells whether a line begins where the part does.
    let mut skipping = lines.start > within.start;
    let mut at = if skipping { lines.start - 1 } else { lines.start };
    let mut buffer: Vec<u8> = Vec::new();
    let mut kept = 0;
    let mut read_bytes = 0;
    // True while a line that began in the part has not ended.
    let mut open = false;
    while at < within.end && !searcher.stopped && (at < lines.end || open) {
        let (limit, step) = if at < lines.end { (lines.end, BLOCK) } else { (within.end, STEP) };
        let want = usize::try_from(limit - at).unwrap_or(step).min(step);
        if buffer.len() < kept + want {
            buffer.resize(kept + want, 0);
        }
        let read = file.read_into(at, &mut buffer[kept..kept + want])?;
        if read == 0 {
            break;
        }
        let behind = at >= lines.end;
        at += read as u64;
        read_bytes += read as u64;
        let have = kept + read;
        let mut begin = 0;
        if skipping {
            let Some(line_end) = memchr::memchr(b'\n', &buffer[..have]) else { continue };
            skipping = false;
            begin = line_end + 1;
            kept = begin;
        }
        let line_end = if behind {
            memchr::memchr(b'\n', &buffer[kept..have])
        } else {
            memchr::memrchr(b'\n', &buffer[kept..have])
        };
        let whole = line_end.map_or(begin, |line_end| kept + line_end + 1);
        searcher.search(&buffer[begin..whole])?;
        if behind && line_end.is_some() {
            return Ok(read_bytes);
        }
        buffer.copy_within(whole..have, 0);
        kept = have - whole;
        open = kept > 0 || (open && line_end.is_none());
        if kept > MAX_LINE {
            searcher.search(&buffer[..kept])?;
            kept = 0;
        }
    }
    if !searcher.stopped && !skipping {
        searcher.search(&buffer[..kept])?;
    }
    Ok(read_bytes)
}

fn packed(
    file: &LooseFile,
    window: &GrepWindow,
    pattern: &Regex,
    give: Option<Give<'_>>,
) -> Result<GrepCount, SourceError> {
    let mut count = GrepCount::default();
    let nothing = || Ok(None);
    let mut searcher = Searcher::new(Stamps { window: None, first: None, missing: false }, &nothing, pattern, give);
    let mut inflater = blocks::Inflater::new();
    let mut piece = vec![0; PACKED_BLOCK];
    let mut kept: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut known = window.is_open();
    loop {
        let read = file.read_into(at, &mut piece)?;
        at += read as u64;
        count.read_bytes += read as u64;
        // Small pieces: each can grow a thousandfold.
        let mut pieces = piece[..read].chunks(PACKED_PIECE);
        loop {
            let packed = pieces.next();
            let at_end = packed.is_none() && read == 0;
            let bytes = match packed {
                Some(packed) => inflater.push(packed),
                None if at_end => inflater.finish(),
                None => break,
            };
            match bytes {
                Ok(bytes) => kept.extend_from_slice(&bytes),
                Err(()) => {
                    // What came out before it broke is still good.
                    kept.extend_from_slice(&inflater.rest());
                    count.broken = true;
                }
            }
            let at_end = at_end || count.broken;
            if !known && (at_end || kept.len() > MAX_LINE || lines_with_stamp(&kept)) {
                known = true;
                let first = lines(&kept).find_map(parse_head).map(|head| head.stamp);
                count.stampless = first.is_none();
                searcher.stamps.first = first;
                searcher.stamps.window = first.map(|first| window.in_zone(zone_of(Some(first))));
            }
            if !known {
                continue;
            }
            let whole = memchr::memrchr(b'\n', &kept).map_or(0, |line_end| line_end + 1);
            let whole = if at_end || (whole == 0 && kept.len() > MAX_LINE) { kept.len() } else { whole };
            searcher.search(&kept[..whole])?;
            kept.drain(..whole);
            if at_end || searcher.stopped || searcher.is_behind() {
                count.lines = searcher.lines;
                return Ok(count);
            }
        }
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

fn lines_with_stamp(bytes: &[u8]) -> bool {
    lines(bytes).any(|line| line.ends_with(b"\n") && parse_head(line).is_some())
}

struct Searcher<'a, 'g> {
    stamps: Stamps,
    /// Finds the last stamp above the first line that is searched; asked only when needed.
    above: &'a dyn Fn() -> Result<Option<Stamp>, SourceError>,
    above_known: Option<Option<Stamp>>,
    /// Last stamp of what was searched.
    seen: Option<Stamp>,
    clock: Clock,
    pattern: &'a Regex,
    /// Takes the lines that hit, unless they are only counted.
    give: Option<Give<'g>>,
    lines: u64,
    stopped: bool,
}

impl<'a, 'g> Searcher<'a, 'g> {
    fn new(
        stamps: Stamps,
        above: &'a dyn Fn() -> Result<Option<Stamp>, SourceError>,
        pattern: &'a Regex,
        give: Option<Give<'g>>,
    ) -> Self {
        let clock = Clock::default();
        Self { stamps, above, above_known: None, seen: None, clock, pattern, give, lines: 0, stopped: false }
    }

    /// Searches whole lines.
    fn search(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        let mut at = 0;
        // Stamps up to here are in `seen`, so that many hits below one stamp do not look for it again and again.
        let mut looked = 0;
        while at < bytes.len() {
            // Where the hit begins would cost a second search, backwards: any byte of it lies in its line.
            let Some(hit_end) = self.pattern.shortest_match_at(bytes, at) else { break };
            let hit = at.max(hit_end.saturating_sub(1));
            let end = memchr::memchr(b'\n', &bytes[hit..]).map_or(bytes.len(), |more| hit + more);
            if self.stamps.window.is_some() || self.give.is_some() {
                let start = memchr::memrchr(b'\n', &bytes[at..hit]).map_or(at, |line_end| at + line_end + 1);
                let belongs = match self.stamps.window {
                    None => true,
                    Some(window) => {
                        // Most hits stand in a stamped line.
                        let stamp = self.clock.stamp(&bytes[start..end]);
                        let stamp = stamp.or_else(|| last_stamp(&bytes[looked..start])).or(self.seen);
                        looked = bytes.len().min(end + 1);
                        self.seen = stamp;
                        let stamp = if stamp.is_some() { stamp } else { self.stamp_above()? };
                        stamp.is_none_or(|stamp| window.holds(window.at(stamp)))
                    }
                };
                if belongs {
                    self.lines += 1;
                    if let Some(give) = &mut self.give
                        && !give(&bytes[start..end])
                    {
                        self.stopped = true;
                        return Ok(());
                    }
                }
            } else {
                self.lines += 1;
            }
            at = end + 1;
        }
        if self.stamps.window.is_some() {
            self.seen = last_stamp(&bytes[looked..]).or(self.seen);
        }
        Ok(())
    }

    /// Stamp of the record that goes on where the search begins.
    fn stamp_above(&mut self) -> Result<Option<Stamp>, SourceError> {
        let above = match self.above_known {
            Some(above) => above,
            None => *self.above_known.insert((self.above)()?),
        };
        Ok(above.or(self.stamps.first))
    }

    /// Whether nothing further down can belong to the window.
    fn is_behind(&self) -> bool {
        let (Some(window), Some(seen)) = (self.stamps.window, self.seen) else { return false };
        window.at(seen) > window.to.plus_millis(DISORDER_MS)
    }
}

/// Reads stamps, quickly where one stands in the minute of the one before it.
#[derive(Default)]
struct Clock {
    /// `YYYY-MM-DD HH:MM`, as the line had it.
    minute: [u8; 16],
    /// Its first moment.
    civil_ms: i64,
}

impl Clock {
    /// The stamp that the line begins with, as [`parse_head`] reads it.
    fn stamp(&mut self, line: &[u8]) -> Option<Stamp> {
        if let Some((minute, rest)) = line.split_first_chunk()
            && *minute == self.minute
            && let Some(in_minute_ms) = in_minute(rest)
        {
            return Some(Stamp::Local(self.civil_ms + in_minute_ms));
        }
        let stamp = parse_head(line)?.stamp;
        if let Stamp::Local(civil_ms) = stamp
            && let Some((minute, rest)) = line.split_first_chunk()
            // Otherwise it is written in another way, or something stands before it.
            && minute[0].is_ascii_digit()
            && let Some(in_minute_ms) = in_minute(rest)
        {
            (self.minute, self.civil_ms) = (*minute, civil_ms - in_minute_ms);
        }
        Some(stamp)
    }
}

/// The milliseconds of `:SS,mmm`, if nothing but what may follow a stamp stands behind it; not of a leap second.
fn in_minute(rest: &[u8]) -> Option<i64> {
    let ([colon, tens, one, comma, millis @ ..], behind) = rest.split_first_chunk::<7>()?;
    let digit = |byte: &u8| byte.wrapping_sub(b'0');
    let (tens, one, a, b, c) = (digit(tens), digit(one), digit(&millis[0]), digit(&millis[1]), digit(&millis[2]));
    let is_stamp = *colon == b':'
        && matches!(comma, b',' | b'.')
        && tens < 6
        && one.max(a).max(b).max(c) < 10
        && matches!(behind.first(), None | Some(b' ' | b'|' | b'\r' | b'\n'));
    let number = |hundreds: u8, tens: u8, ones: u8| i64::from(hundreds) * 100 + i64::from(tens) * 10 + i64::from(ones);
    is_stamp.then(|| number(0, tens, one) * 1000 + number(a, b, c))
}

/// Stamp of the last stamped line.
fn last_stamp(bytes: &[u8]) -> Option<Stamp> {
    let mut end = bytes.len();
    while end > 0 {
        let start = memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |line_end| line_end + 1);
        if let Some(head) = parse_head(&bytes[start..end]) {
            return Some(head.stamp);
        }
        end = start;
    }
    None
}

/// Runs what never waits: reading a file on this machine.
fn now<T>(work: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
    work.now_or_never().unwrap_or_else(|| Err(SourceError::Protocol { why: "reading waits".to_owned() }))
}

/// Gives every record of the window to `sink`, in the order of the file; for signatures, which look at whole records.
///
/// # Errors
/// As reading.
pub fn records_of(
    file: &LooseFile,
    path: &str,
    window: &GrepWindow,
    sink: &mut (dyn for<'r> FnMut(&super::Record<'r>) + Send),
) -> Result<WindowScan, SourceError> {
    let layout = Layout::of(path.strip_suffix(".gz").unwrap_or(path));
    let first = if path.ends_with(".gz") || layout == Layout::Plain {
        None
    } else {
        now(bisect::stamp_at(file, 0, file.size_bytes(), true))?
    };
    let offset_s = match first {
        Some((_, Stamp::Absolute { offset_s, .. })) => offset_s,
        _ => 0,
    };
    let span = window.in_zone(offset_s);
    let extent = super::Extent {
        path,
        start: 0,
        end: file.size_bytes(),
        cap: u64::MAX,
        stampless_cap: u64::MAX,
        inflate_cap: u64::MAX,
    };
    let mut scan = super::empty_scan(path, file.size_bytes());
    if path.ends_with(".gz") {
        now(super::packed(file, &extent, &span, &mut scan, sink))?;
    } else {
        now(super::plain(file, &extent, &span, &mut scan, sink))?;
    }
    Ok(scan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_reads_what_the_parser_reads() {
        let mut clock = Clock::default();
        let bases: [&[u8]; 8] = [
            b"2026-11-22 08:00:59,123 INFO x",
            b"2026-11-22 08:01:60,999|x",
            b"2026-11-22 08:01:00.000",
            b"2026-11-22 08:00:00,000\r",
            b"2026-11-22T08:00:04.442+0800: 1.234: [GC",
            b"[2026-11-22T08:00:04.442+0000][gc] x",
            b"Sun Nov 22 08:00:12 UTC 2026 Thread[x",
            b"\x002026-11-22 08:00:59,123 INFO x",
        ];
        let mut dice: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut below = |limit: usize| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            usize::try_from(dice % limit as u64).expect("small")
        };
        for round in 0..200_000 {
            let mut line = bases[if below(2) == 0 { 0 } else { below(8) }].to_vec();
            for _ in 0..below(3) {
                let (at, byte) = (below(line.len()), b"0123456789 ,.:-|\r\n/x\0"[below(21)]);
                line[at] = byte;
            }
            line.truncate(if below(4) == 0 { below(line.len() + 1) } else { line.len() });
            let expected = parse_head(&line).map(|head| head.stamp);
            assert_eq!(clock.stamp(&line), expected, "{round}: {}", line.escape_ascii());
        }
    }
}
