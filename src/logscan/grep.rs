//! Lines of a time window in a file on this machine that match a pattern, as fast as the file can be read.
//!
//! Nothing is parsed but the stamps that bisecting needs and those of the records that hold a hit.

use futures_util::FutureExt;
use regex::bytes::Regex;

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Layout, Stamp, parse_head};
use crate::sources::SourceError;
use crate::sources::files::LooseFile;

use super::{ReadAt, Window, WindowScan, bisect, blocks};

/// Bytes read at a time.
const BLOCK: usize = if cfg!(test) { 1024 } else { 512 * 1024 };

/// A longer line is looked at in parts.
const MAX_LINE: usize = 16 * 1024 * 1024;

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
    /// Lines given.
    pub lines: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// True if a window was asked for and the file has no stamps: all of it was searched.
    pub stampless: bool,
    /// True if a packed file ends early or is broken: what comes before was searched.
    pub broken: bool,
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

/// Gives every line of the window that matches `pattern` to `sink`, without its line end, in the order of the file.
/// `sink` returns false to stop.
///
/// # Errors
/// As reading.
pub fn grep(
    file: &LooseFile,
    path: &str,
    window: &GrepWindow,
    pattern: &Regex,
    sink: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<GrepCount, SourceError> {
    let mut count = GrepCount::default();
    let mut searcher = Searcher { window: None, before: None, pattern, sink, lines: 0, stopped: false };
    if path.ends_with(".gz") {
        packed(file, window, &mut searcher, &mut count)?;
        count.lines = searcher.lines;
        return Ok(count);
    }
    let (mut from, mut to) = (0, file.size_bytes());
    if !window.is_open() {
        let first = now(bisect::stamp_at(file, 0, to, true))?;
        let offset_s = match first {
            Some((_, Stamp::Absolute { offset_s, .. })) => offset_s,
            _ => 0,
        };
        let span = window.in_zone(offset_s);
        let range = now(bisect::range(file, 0, to, Layout::Stamped, &span))?;
        (from, to) = (range.from, range.to);
        count.stampless = !range.stamped;
        if range.stamped {
            searcher.window = Some(span);
            searcher.before = first.map(|(_, stamp)| stamp);
        }
    }
    let mut buffer: Vec<u8> = vec![0; BLOCK];
    let mut kept = 0;
    let mut at = from;
    while at < to && !searcher.stopped {
        if buffer.len() - kept < BLOCK {
            buffer.resize(kept + BLOCK, 0);
        }
        let want = usize::try_from(to - at).unwrap_or(BLOCK).min(BLOCK);
        let read = file.read_into(at, &mut buffer[kept..kept + want])?;
        if read == 0 {
            break;
        }
        at += read as u64;
        count.read_bytes += read as u64;
        let have = kept + read;
        let whole = memchr::memrchr(b'\n', &buffer[..have]).map_or(0, |line_end| line_end + 1);
        let whole = if whole == 0 && have > MAX_LINE { have } else { whole };
        searcher.search(&buffer[..whole]);
        buffer.copy_within(whole..have, 0);
        kept = have - whole;
    }
    if !searcher.stopped {
        searcher.search(&buffer[..kept]);
    }
    count.lines = searcher.lines;
    Ok(count)
}

fn packed(
    file: &LooseFile,
    window: &GrepWindow,
    searcher: &mut Searcher<'_>,
    count: &mut GrepCount,
) -> Result<(), SourceError> {
    let mut inflater = blocks::Inflater::new();
    let mut piece = vec![0; 64 * 1024];
    let mut kept: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut known = window.is_open();
    loop {
        let read = file.read_into(at, &mut piece)?;
        at += read as u64;
        count.read_bytes += read as u64;
        let bytes = if read == 0 { inflater.finish() } else { inflater.push(&piece[..read]) };
        match bytes {
            Ok(bytes) => kept.extend_from_slice(&bytes),
            Err(()) => count.broken = true,
        }
        let at_end = read == 0 || count.broken;
        if !known && (at_end || kept.len() > MAX_LINE || lines_with_stamp(&kept)) {
            known = true;
            let first = lines(&kept).find_map(parse_head).map(|head| head.stamp);
            let offset_s = match first {
                Some(Stamp::Absolute { offset_s, .. }) => offset_s,
                _ => 0,
            };
            count.stampless = first.is_none();
            searcher.before = first;
            searcher.window = first.map(|_| window.in_zone(offset_s));
        }
        if !known {
            continue;
        }
        let whole = memchr::memrchr(b'\n', &kept).map_or(0, |line_end| line_end + 1);
        let whole = if at_end || (whole == 0 && kept.len() > MAX_LINE) { kept.len() } else { whole };
        searcher.search(&kept[..whole]);
        kept.drain(..whole);
        if at_end || searcher.stopped {
            return Ok(());
        }
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

fn lines_with_stamp(bytes: &[u8]) -> bool {
    lines(bytes).any(|line| line.ends_with(b"\n") && parse_head(line).is_some())
}

struct Searcher<'a> {
    /// `None`: every line belongs.
    window: Option<Window>,
    /// Stamp of the record that goes on at the start of the next piece; at the start of the file its first stamp.
    before: Option<Stamp>,
    pattern: &'a Regex,
    sink: &'a mut dyn FnMut(&[u8]) -> bool,
    lines: u64,
    stopped: bool,
}

impl Searcher<'_> {
    /// Searches whole lines.
    fn search(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            let Some(hit) = self.pattern.find_at(bytes, at) else { break };
            let start = memchr::memrchr(b'\n', &bytes[..hit.start()]).map_or(0, |line_end| line_end + 1);
            let end = memchr::memchr(b'\n', &bytes[hit.start()..]).map_or(bytes.len(), |more| hit.start() + more);
            let belongs = self.window.is_none_or(|window| {
                stamp_before(bytes, start).or(self.before).is_none_or(|stamp| window.holds(window.at(stamp)))
            });
            if belongs {
                self.lines += 1;
                if !(self.sink)(&bytes[start..end]) {
                    self.stopped = true;
                    return;
                }
            }
            at = end + 1;
        }
        if self.window.is_some() {
            self.before = last_stamp(bytes).or(self.before);
        }
    }
}

/// Stamp of the record that the line at `start` belongs to, if it begins in `bytes`.
fn stamp_before(bytes: &[u8], start: usize) -> Option<Stamp> {
    let line_end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |more| start + more);
    if let Some(head) = parse_head(&bytes[start..line_end]) {
        return Some(head.stamp);
    }
    last_stamp(&bytes[..start])
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
    let extent = super::Extent { path, start: 0, end: file.size_bytes(), cap: u64::MAX };
    let mut scan = super::empty_scan(path, file.size_bytes());
    if path.ends_with(".gz") {
        now(super::packed(file, &extent, &span, &mut scan, sink))?;
    } else {
        now(super::plain(file, &extent, &span, &mut scan, sink))?;
    }
    Ok(scan)
}
