//! Reads the records of a time window from a log at any offset-readable source: bisect to its start, then stream.
//!
//! Only the bytes of the window travel, in pieces, until the deadline; what was not reached is said.

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Encoding, Layout, RawRecord, parse_head, records};
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};

/// Bytes of one piece of the stream.
const PIECE: usize = 256 * 1024;

/// Bytes of one look of the bisection.
const LOOK: usize = 64 * 1024;

/// Up to this offset the lines before the window are counted, so that its lines have numbers.
const COUNTED: u64 = 8 * 1024 * 1024;

/// Stamps may run backwards a little (asynchronous appenders); only this far past the window the reading ends.
const SLACK_MS: i64 = 60_000;

/// A record that grows beyond this is taken as it is.
const LONGEST_RECORD: usize = 4 * 1024 * 1024;

/// What of a file a window took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowRead {
    /// Bytes read.
    pub read_bytes: u64,
    /// First stamp inside.
    pub first: Option<Timestamp>,
    /// Last stamp inside.
    pub last: Option<Timestamp>,
    /// Records inside.
    pub records: u64,
    /// How its bytes become text.
    pub encoding: Encoding,
    /// Why part of it was not read.
    pub cut: Option<SourceError>,
    /// True if the records have line numbers.
    pub numbered: bool,
}

/// The window asked for.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// First moment inside.
    pub from: Timestamp,
    /// Last moment inside.
    pub to: Timestamp,
    /// Zone of the stamps, seconds east of UTC.
    pub offset_s: i32,
    /// Most bytes to read of one file; the newest are kept.
    pub limit_bytes: u64,
}

/// Hands every record of the window to `take`, with its time (that of the record before, for records without a stamp).
///
/// # Errors
/// Why not even the first bytes could be read; what fails later is in [`WindowRead::cut`].
pub async fn read(
    source: &dyn NodeSource,
    entry: &FileEntry,
    window: &Window,
    deadline: &Deadline,
    mut take: impl FnMut(&RawRecord<'_>, Option<Timestamp>, Encoding, bool),
) -> Result<WindowRead, SourceError> {
    let mut done = WindowRead::default();
    let layout = Layout::of(&entry.path);
    let mut start = start_of(source, entry, window, deadline, &mut done).await?;
    if entry.size_bytes.saturating_sub(start) > window.limit_bytes {
        start = entry.size_bytes - window.limit_bytes;
        done.cut = Some(SourceError::TooLarge { limit_bytes: window.limit_bytes });
    }
    let mut line = 1;
    done.numbered = entry.start_offset == 0 && start <= COUNTED;
    if done.numbered {
        match lines_before(source, entry, start, deadline).await {
            Ok(lines) => line += lines,
            Err(_) => done.numbered = false,
        }
    }

    let mut held: Vec<u8> = Vec::new();
    let mut base = start;
    let mut position = start;
    let mut encoding = None;
    let mut clock: Option<Timestamp> = None;
    let mut inside = layout != Layout::Stamped && start == entry.start_offset;
    let mut past_end = false;
    tokio::task::yield_now().await;
    while position < entry.size_bytes && !past_end {
        let wanted = usize::try_from(entry.size_bytes - position).unwrap_or(PIECE).min(PIECE);
        let piece = match source.read_at(&entry.path, position, wanted, deadline).await {
            Ok(piece) if !piece.is_empty() => piece,
            Ok(_) => break,
            Err(error) if done.read_bytes == 0 && done.records == 0 => return Err(error),
            Err(error) => {
                done.cut = Some(error);
                break;
            }
        };
        done.read_bytes += piece.len() as u64;
        position += piece.len() as u64;
        held.extend_from_slice(&piece);
        let encoding = *encoding.get_or_insert_with(|| Encoding::detect(&held[..held.len().min(LOOK)]));
        done.encoding = encoding;
        let complete = if position >= entry.size_bytes { held.len() } else { complete_part(&held) };
        if complete == 0 && held.len() < LONGEST_RECORD {
            continue;
        }
        let complete = if complete == 0 { held.len() } else { complete };
        for record in records(&held[..complete], base, line, layout) {
            if let Some(stamp) = record.stamp {
                let at = stamp.at(window.offset_s);
                clock = Some(at);
                inside = at >= window.from && at <= window.to;
                if at > window.to.plus_millis(SLACK_MS) {
                    past_end = true;
                    break;
                }
                if inside {
                    done.first = Some(done.first.map_or(at, |first| first.min(at)));
                    done.last = Some(done.last.map_or(at, |last| last.max(at)));
                }
            }
            if inside {
                done.records += 1;
                take(&record, record.stamp.and(clock).or(clock), encoding, done.numbered);
            }
        }
        if position < entry.size_bytes && deadline.left().is_zero() {
            done.cut = Some(SourceError::Timeout { after_ms: 0 });
            break;
        }
        line += held[..complete].iter().filter(|byte| **byte == b'\n').count() as u64;
        base += complete as u64;
        held.drain(..complete);
    }
    Ok(done)
}

/// How much of `held` consists of whole records: up to the last line that begins one.
fn complete_part(held: &[u8]) -> usize {
    let mut end = held.len();
    while let Some(at) = held[..end].iter().rposition(|byte| *byte == b'\n') {
        let line = &held[at + 1..];
        if line.len() >= 23 && parse_head(line).is_some() {
            return at + 1;
        }
        end = at;
    }
    0
}

/// Offset from which every record of the window can be found: the last look whose first stamp lies before it.
async fn start_of(
    source: &dyn NodeSource,
    entry: &FileEntry,
    window: &Window,
    deadline: &Deadline,
    done: &mut WindowRead,
) -> Result<u64, SourceError> {
    let mut low = entry.start_offset;
    let mut high = entry.size_bytes;
    if Layout::of(&entry.path) != Layout::Stamped {
        return Ok(low);
    }
    while high - low > 4 * LOOK as u64 {
        let middle = low + (high - low) / 2;
        let bytes = source.read_at(&entry.path, middle, LOOK, deadline).await?;
        done.read_bytes += bytes.len() as u64;
        match first_stamp(&bytes, middle, &entry.path, window.offset_s) {
            Some((offset, at)) if at < window.from && offset < high => low = offset.max(low + 1),
            Some(_) => high = middle,
            // A run without a stamp, e.g. a long trace: nothing is known of it, so the window may begin before it.
            None => high = middle,
        }
    }
    Ok(low)
}

fn first_stamp(bytes: &[u8], base: u64, path: &str, offset_s: i32) -> Option<(u64, Timestamp)> {
    let line_start = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    records(&bytes[line_start..], base + line_start as u64, 1, Layout::of(path))
        .find_map(|record| Some((record.offset, record.stamp?.at(offset_s))))
}

async fn lines_before(
    source: &dyn NodeSource,
    entry: &FileEntry,
    start: u64,
    deadline: &Deadline,
) -> Result<u64, SourceError> {
    let mut lines = 0;
    let mut position = 0;
    while position < start {
        let wanted = usize::try_from(start - position).unwrap_or(PIECE).min(PIECE);
        let bytes = source.read_at(&entry.path, position, wanted, deadline).await?;
        if bytes.is_empty() {
            break;
        }
        lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        position += bytes.len() as u64;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_complete_when_the_next_one_begins() {
        let whole = b"2026-11-22 16:00:00,000 ERROR one\n\njava.lang.X: y\n\n";
        assert_eq!(complete_part(whole), 0);
        let two = [whole.as_slice(), b"2026-11-22 16:00:01,000 INFO two"].concat();
        assert_eq!(complete_part(&two), whole.len());
        let torn = [whole.as_slice(), b"2026-11-22 16:"].concat();
        assert_eq!(complete_part(&torn), 0);
    }
}
