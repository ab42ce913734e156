//! Pages of the log viewer: some lines around a place, and the next or previous line that matches.
//!
//! # Why
//! Both see the file with its secrets overwritten, never the file itself: a search in the real bytes would tell a hidden
//! secret character by character, and a page that begins inside a secret would show its rest. A piece is redacted
//! together with what stands before and behind it; what begins so far above that nobody knows what it is a part of, is hidden.

use std::ops::Range;

use regex::bytes::Regex;

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Encoding, Layout, Level, decode, parse_head};
use crate::sources::redact::{CONTEXT, Redactor};
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};

use super::bisect::{self, memchr};
use super::{BLOCK, NodeFile, ReadAt, SMALL, Window};

/// Most lines of a page.
const MAX_LINES: usize = 5_000;

/// Most bytes of a page.
const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// Most bytes of a line that are shown.
const MAX_LINE: usize = 16 * 1024;

/// Most bytes looked through for a hit.
const MAX_SEARCH: u64 = 512 * 1024 * 1024;

/// Bytes behind a piece that are looked at with it: enough for a key and what follows it.
const BELOW: u64 = 4 * 1024;

/// Where a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// The first lines.
    Start,
    /// The last lines.
    End,
    /// From the line at this offset on.
    From(u64),
    /// The lines that end before this offset.
    Before(u64),
    /// The line at this offset in the middle.
    Offset(u64),
    /// The first line at or after this moment in the middle.
    Time {
        /// The moment.
        at: Timestamp,
        /// Seconds that the node's wall clock is east of UTC.
        zone_offset_s: i32,
    },
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLine {
    /// Where it begins.
    pub offset: u64,
    /// Level, if it begins a record that has one.
    pub level: Option<Level>,
    /// True if it begins a record.
    pub begins_record: bool,
    /// Redacted text without its line end.
    pub text: String,
    /// True if more of it is in the file.
    pub cut: bool,
}

/// Some lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The lines.
    pub lines: Vec<PageLine>,
    /// Offset of the first line.
    pub from: u64,
    /// Offset behind the last line.
    pub to: u64,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// True if nothing that can be read comes before.
    pub at_start: bool,
    /// True if nothing comes after.
    pub at_end: bool,
    /// Encoding that was used.
    pub encoding: Encoding,
}

/// Reads a page of at most `lines` lines.
///
/// # Errors
/// As reading.
pub async fn read_page(
    source: &dyn NodeSource,
    entry: &FileEntry,
    around: Around,
    lines: usize,
    deadline: &Deadline,
) -> Result<Page, SourceError> {
    let file = NodeFile::new(source, &entry.path, deadline);
    let (start, end) = (entry.start_offset, entry.size_bytes);
    let lines = lines.clamp(1, MAX_LINES);
    let clamp = |offset: u64| offset.clamp(start, end);
    let (from, to) = match around {
        Around::Start => (start, forward(&file, start, end, lines).await?),
        Around::End => (backward(&file, start, end, end, lines).await?, end),
        Around::From(offset) => {
            let from = line_at(&file, start, clamp(offset), end).await?;
            (from, forward(&file, from, end, lines).await?)
        }
        Around::Before(offset) => {
            let to = line_at(&file, start, clamp(offset), end).await?;
            (backward(&file, start, to, end, lines).await?, to)
        }
        Around::Offset(offset) => {
            let middle = line_at(&file, start, clamp(offset), end).await?;
            let from = backward(&file, start, middle, end, lines / 2).await?;
            (from, forward(&file, from, end, lines).await?)
        }
        Around::Time { at, zone_offset_s } => {
            let middle = first_at(&file, entry, at, zone_offset_s).await?;
            let from = backward(&file, start, middle, end, lines / 2).await?;
            (from, forward(&file, from, end, lines).await?)
        }
    };
    let hidden = Hidden { file: &file, start, end, redactor: source.redactor() };
    let (mut bytes, encoding) = hidden.read(from, to).await?;
    hidden.redactor.mask(&mut bytes);
    let layout = Layout::of(&entry.path);
    let mut page = Page {
        lines: Vec::new(),
        from,
        to: from + bytes.len() as u64,
        size_bytes: end,
        at_start: from <= start,
        at_end: to >= end,
        encoding,
    };
    let mut position = 0;
    while position < bytes.len() {
        let line_end = memchr(&bytes[position..]).map_or(bytes.len(), |at| position + at + 1);
        let line = &bytes[position..line_end];
        let head = if layout == Layout::Plain { None } else { parse_head(line) };
        let shown = &line[..line.len().min(MAX_LINE)];
        page.lines.push(PageLine {
            offset: from + position as u64,
            level: head.and_then(|head| head.level),
            begins_record: head.is_some(),
            text: decode(shown, encoding).trim_end_matches(['\n', '\r']).to_owned(),
            cut: shown.len() < line.len(),
        });
        position = line_end;
    }
    Ok(page)
}

/// Offset of the next (or previous) line that matches as it is shown: the first that begins at or after `offset`, or the last that begins
/// before it. `None`: none within what is looked through.
///
/// # Errors
/// As reading.
pub async fn find_line(
    source: &dyn NodeSource,
    entry: &FileEntry,
    offset: u64,
    ahead: bool,
    pattern: &Regex,
    deadline: &Deadline,
) -> Result<Option<u64>, SourceError> {
    let file = NodeFile::new(source, &entry.path, deadline);
    let (start, end) = (entry.start_offset, entry.size_bytes);
    let hidden = Hidden { file: &file, start, end, redactor: source.redactor() };
    let offset = offset.clamp(start, end);
    if ahead {
        let mut at = line_at(&file, start, offset, end).await?;
        if at < offset {
            at = line_behind(&file, at, end).await?;
        }
        let first = at;
        while at < end && at - first < MAX_SEARCH {
            let (bytes, _) = hidden.read(at, end.min(at + BLOCK as u64)).await?;
            // Whole lines, unless a line is longer than a block.
            let whole = memchr::memrchr(b'\n', &bytes).map_or(bytes.len(), |line_end| line_end + 1);
            if whole == 0 {
                break;
            }
            let mut from = 0;
            while let Some(hit) = pattern.find_at(&bytes[..whole], from) {
                let line = line_of(&bytes[..whole], hit.start());
                if hidden.shows(&bytes[line.clone()], pattern) {
                    return Ok(Some(at + line.start as u64));
                }
                from = line.end;
            }
            at += whole as u64;
        }
        return Ok(None);
    }
    let mut high = line_at(&file, start, offset, end).await?;
    let first = high;
    while high > start && first - high < MAX_SEARCH {
        let low = high.saturating_sub(BLOCK as u64).max(start);
        let (bytes, _) = hidden.read(low, high).await?;
        let skip = if low == start { 0 } else { memchr(&bytes).map_or(0, |line_end| line_end + 1) };
        // A line longer than a block begins further up: it is looked at in parts.
        let skip = if skip >= bytes.len() { 0 } else { skip };
        let mut hits: Vec<Range<usize>> = Vec::new();
        let mut from = skip;
        while let Some(hit) = pattern.find_at(&bytes, from) {
            let line = line_of(&bytes, hit.start());
            from = line.end;
            hits.push(line);
        }
        if let Some(line) = hits.into_iter().rev().find(|line| hidden.shows(&bytes[line.clone()], pattern)) {
            return Ok(Some(low + line.start as u64));
        }
        high = low + skip as u64;
        if skip == 0 && low == start {
            break;
        }
    }
    Ok(None)
}

/// The line that holds the byte at `at`, with its end.
fn line_of(bytes: &[u8], at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |line_end| line_end + 1);
    let end = memchr(&bytes[at..]).map_or(bytes.len(), |line_end| at + line_end + 1);
    start..end
}

/// A file as it may be shown.
struct Hidden<'a> {
    file: &'a dyn ReadAt,
    start: u64,
    end: u64,
    redactor: Redactor,
}

impl Hidden<'_> {
    /// The bytes between the two, secrets overwritten, and their encoding. Those of which only a hash is known still stand there.
    async fn read(&self, from: u64, to: u64) -> Result<(Vec<u8>, Encoding), SourceError> {
        let above = from.saturating_sub(CONTEXT as u64).max(self.start);
        let below = to.saturating_add(BELOW).min(self.end);
        let mut bytes = read_all(self.file, above, below).await?;
        let at = usize::try_from(from - above).unwrap_or(usize::MAX).min(bytes.len());
        let length = usize::try_from(to - from).unwrap_or(usize::MAX).min(bytes.len() - at);
        let encoding = Encoding::detect(&bytes[at..at + length]);
        self.redactor.mask_for_search(&mut bytes);
        // Where the line begins further up than was read, its key may stand there.
        if above > self.start && !bytes[..at].contains(&b'\n') {
            let rest = memchr(&bytes[at..]).unwrap_or(bytes.len() - at);
            bytes[at..at + rest].fill(b'*');
        }
        bytes.drain(..at);
        bytes.truncate(length);
        Ok((bytes, encoding))
    }

    /// Whether a line that matches still does as it is shown.
    fn shows(&self, line: &[u8], pattern: &Regex) -> bool {
        let mut shown = line.to_vec();
        self.redactor.mask(&mut shown);
        pattern.is_match(&shown)
    }
}

/// Start of the line that holds the byte at `offset`.
async fn line_at(file: &dyn ReadAt, start: u64, offset: u64, end: u64) -> Result<u64, SourceError> {
    if offset >= end {
        return Ok(end);
    }
    backward(file, start, offset, end, 0).await
}

/// Start of the line after the one that begins at `offset`.
async fn line_behind(file: &dyn ReadAt, offset: u64, end: u64) -> Result<u64, SourceError> {
    forward(file, offset, end, 1).await
}

/// Where `lines` lines from `from` on end.
async fn forward(file: &dyn ReadAt, from: u64, end: u64, lines: usize) -> Result<u64, SourceError> {
    let limit = end.min(from + MAX_BYTES);
    let (mut at, mut left) = (from, lines);
    while at < limit {
        let bytes = read_all(file, at, limit.min(at + 64 * 1024)).await?;
        if bytes.is_empty() {
            return Ok(at);
        }
        for line_end in memchr::memchr_iter(b'\n', &bytes) {
            left -= 1;
            if left == 0 {
                return Ok(at + line_end as u64 + 1);
            }
        }
        at += bytes.len() as u64;
    }
    Ok(limit)
}

/// Where the line begins that stands `lines` lines before the one at `to`.
async fn backward(file: &dyn ReadAt, start: u64, to: u64, end: u64, lines: usize) -> Result<u64, SourceError> {
    let limit = start.max(to.saturating_sub(MAX_BYTES));
    let mut high = to;
    // The line end right before `to` is that of the line above.
    let mut left = lines + 1;
    // A last line without its end counts as a line.
    if to == end && to > start && lines > 0 && read_all(file, to - 1, to).await? != b"\n" {
        left -= 1;
    }
    while high > limit {
        let low = high.saturating_sub(64 * 1024).max(limit);
        let bytes = read_all(file, low, high).await?;
        for line_end in memchr::memrchr_iter(b'\n', &bytes) {
            left -= 1;
            if left == 0 {
                return Ok(low + line_end as u64 + 1);
            }
        }
        high = low;
    }
    Ok(limit)
}

/// Start of the first record at or after the moment; the end of the file if all are earlier.
async fn first_at(file: &dyn ReadAt, entry: &FileEntry, at: Timestamp, zone_offset_s: i32) -> Result<u64, SourceError> {
    let (start, end) = (entry.start_offset, entry.size_bytes);
    let window = Window { from: at, to: at, zone_offset_s };
    let range = bisect::range(file, start, end, Layout::of(&entry.path), &window).await?;
    let mut position = range.from;
    let limit = end.min(position + 4 * SMALL);
    let mut whole = bisect::at_line_start(file, position).await?;
    while position < limit {
        let bytes = read_all(file, position, limit.min(position + BLOCK as u64)).await?;
        if bytes.is_empty() {
            break;
        }
        let mut inside = 0;
        while inside < bytes.len() {
            let Some(line_end) = memchr(&bytes[inside..]) else { break };
            let line = &bytes[inside..=inside + line_end];
            if whole && parse_head(line).is_some_and(|head| window.at(head.stamp) >= at) {
                return Ok(position + inside as u64);
            }
            whole = true;
            inside += line_end + 1;
        }
        position += if inside == 0 { bytes.len() as u64 } else { inside as u64 };
    }
    Ok(limit)
}

async fn read_all(file: &dyn ReadAt, from: u64, to: u64) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    while from + (bytes.len() as u64) < to {
        let at = from + bytes.len() as u64;
        let more = file.read_at(at, usize::try_from(to - at).unwrap_or(BLOCK).min(BLOCK)).await?;
        if more.is_empty() {
            break;
        }
        bytes.extend_from_slice(&more);
    }
    Ok(bytes)
}
