//! The ends of a file: its first stamp and the last one not later than a moment.

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Encoding, Layout, Stamp, decode, parse_head};
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};

use super::bisect::{self, memchr};
use super::{DISORDER_MS, NodeFile, ReadAt, Window};

/// Bytes read at a time on the way back.
const STEP: u64 = if cfg!(test) { 1024 } else { 64 * 1024 };

/// Most bytes read on the way back: a longer tail without a stamp is not a log.
const FARTHEST: u64 = 16 * 1024 * 1024;

/// The last line at or before a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailEnd {
    /// Where its line begins.
    pub offset: u64,
    /// When.
    pub at: Timestamp,
    /// The stamp as written.
    pub stamp: Stamp,
    /// The line, redacted and capped.
    pub text: String,
}

/// The stamped line with the latest stamp not later than `at`; of several the last in the file. `None`: there is none.
///
/// Packed files have no end that could be looked at: `None`.
///
/// # Errors
/// As reading.
pub async fn tail_end(
    source: &dyn NodeSource,
    entry: &FileEntry,
    at: Timestamp,
    zone_offset_s: i32,
    deadline: &Deadline,
) -> Result<Option<TailEnd>, SourceError> {
    let layout = Layout::of(&entry.path);
    let (start, end) = (entry.start_offset, entry.size_bytes);
    if start >= end || layout == Layout::Plain || entry.path.ends_with(".gz") {
        return Ok(None);
    }
    let file = NodeFile::new(source, &entry.path, deadline);
    let window = Window { from: at, to: at, zone_offset_s };
    // Usually the moment is now and the end of the file is all that is needed.
    let last = bisect::stamp_at(&file, end.saturating_sub(STEP).max(start), end, false).await?;
    let end = match last {
        Some((_, stamp)) if window.at(stamp) <= window.to.plus_millis(DISORDER_MS) => end,
        _ => bisect::range(&file, start, end, layout, &window).await?.to,
    };
    let mut best: Option<(Timestamp, u64, Stamp, Vec<u8>)> = None;
    let mut high = end;
    // Bytes of a line that begins in the block before.
    let mut torn: Vec<u8> = Vec::new();
    while high > start && end - high <= FARTHEST {
        let low = high.saturating_sub(STEP).max(start);
        let mut bytes = file.read_at(low, usize::try_from(high - low).unwrap_or(0)).await?;
        bytes.extend_from_slice(&torn);
        let whole_line = low == start && bisect::at_line_start(&file, start).await?;
        let mut position = if whole_line { 0 } else { memchr(&bytes).map_or(bytes.len(), |line_end| line_end + 1) };
        torn = bytes[..position].to_vec();
        torn.truncate(64 * 1024);
        let mut earliest: Option<Timestamp> = None;
        while position < bytes.len() {
            let line_end = memchr(&bytes[position..]).map_or(bytes.len(), |line_end| position + line_end + 1);
            let line = &bytes[position..line_end];
            if let Some(head) = parse_head(line) {
                let stamped = window.at(head.stamp);
                earliest = Some(earliest.map_or(stamped, |earliest| earliest.min(stamped)));
                let better = best.as_ref().is_none_or(|(when, offset, ..)| {
                    stamped > *when || (stamped == *when && low + position as u64 > *offset)
                });
                if stamped <= at && better {
                    best = Some((stamped, low + position as u64, head.stamp, line[..line.len().min(8192)].to_vec()));
                }
            }
            position = line_end;
        }
        if let (Some((when, ..)), Some(earliest)) = (&best, earliest)
            && earliest < when.plus_millis(-DISORDER_MS)
        {
            break;
        }
        high = low;
    }
    Ok(best.map(|(when, offset, stamp, line)| {
        let text = decode(&line, Encoding::detect(&line));
        let text = source.redactor().text(text.trim_end()).chars().take(2000).collect();
        TailEnd { offset, at: when, stamp, text }
    }))
}

/// The first stamp of a file; `None` if it has none near its start.
///
/// # Errors
/// As reading.
pub async fn first_stamp(
    source: &dyn NodeSource,
    entry: &FileEntry,
    zone_offset_s: i32,
    deadline: &Deadline,
) -> Result<Option<Timestamp>, SourceError> {
    let (start, end) = (entry.start_offset, entry.size_bytes);
    if start >= end || Layout::of(&entry.path) == Layout::Plain || entry.path.ends_with(".gz") {
        return Ok(None);
    }
    let file = NodeFile::new(source, &entry.path, deadline);
    let whole_line = bisect::at_line_start(&file, start).await?;
    let found = bisect::stamp_at(&file, start, end, whole_line).await?;
    Ok(found.map(|(_, stamp)| stamp.at(zone_offset_s)))
}
