//! Finds the byte range of a window by bisecting on stamps.
//!
//! Both ends keep a promise while they close in: everything before `from` is earlier than the window, everything from
//! `to` on is later. A stamp moves an end only if it is more than [`DISORDER_MS`] off, so lines written out of order by
//! less than that cannot break the promise.

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Layout, parse_head};
use crate::sources::SourceError;

use super::{DISORDER_MS, ReadAt, SMALL, Window};

/// Ranges are not closed in further than this.
const NEAR: u64 = if cfg!(test) { 1024 } else { 128 * 1024 };

/// Most bytes read to find one stamp.
const MOST: u64 = 1024 * 1024;

/// Where a window lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// Nothing before belongs to it.
    pub from: u64,
    /// Nothing from here on belongs to it.
    pub to: u64,
    /// True if any stamp was seen, or if the file is small and was not looked at.
    pub stamped: bool,
    /// First stamp of the file, if it was looked at.
    pub first: Option<Timestamp>,
}

/// The range of the window in `[start, end)`.
pub(super) async fn range(
    file: &dyn ReadAt,
    start: u64,
    end: u64,
    layout: Layout,
    window: &Window,
) -> Result<Range, SourceError> {
    if layout == Layout::Plain {
        return Ok(Range { from: start, to: end, stamped: false, first: None });
    }
    let first = stamp_at(file, start, end, start == 0 || at_line_start(file, start).await?).await?;
    let first = first.map(|(_, stamp)| window.at(stamp));
    if end - start <= SMALL {
        return Ok(Range { from: start, to: end, stamped: first.is_some(), first });
    }
    let mut stamped = first.is_some();
    let (mut from, mut high) = (start, end);
    while high - from > NEAR {
        let middle = from + (high - from) / 2;
        match stamp_at(file, middle, high, false).await? {
            Some((offset, stamp)) => {
                stamped = true;
                if window.at(stamp) < window.from.plus_millis(-DISORDER_MS) {
                    from = offset;
                } else {
                    high = middle;
                }
            }
            None => high = middle,
        }
    }
    let (mut low, mut to) = (from, end);
    while to - low > NEAR {
        let middle = low + (to - low) / 2;
        match stamp_at(file, middle, to, false).await? {
            Some((offset, stamp)) => {
                stamped = true;
                if window.at(stamp) > window.to.plus_millis(DISORDER_MS) {
                    to = offset;
                } else {
                    low = middle;
                }
            }
            None => low = middle,
        }
    }
    Ok(Range { from, to, stamped, first })
}

/// Start of the first record at or after `offset`.
pub(super) async fn record_start(
    file: &dyn ReadAt,
    offset: u64,
    end: u64,
    layout: Layout,
) -> Result<Option<u64>, SourceError> {
    if layout == Layout::Plain {
        return line_start(file, offset, end).await;
    }
    match stamp_at(file, offset, end, false).await? {
        Some((start, _)) => Ok(Some(start)),
        None => line_start(file, offset, end).await,
    }
}

/// Start of the first line that begins after `offset`.
async fn line_start(file: &dyn ReadAt, offset: u64, end: u64) -> Result<Option<u64>, SourceError> {
    let length = usize::try_from((end - offset).min(MOST)).unwrap_or(0);
    let bytes = file.read_at(offset, length).await?;
    Ok(memchr(&bytes).map(|at| offset + at as u64 + 1))
}

/// True if a line begins at `offset`.
pub(super) async fn at_line_start(file: &dyn ReadAt, offset: u64) -> Result<bool, SourceError> {
    if offset == 0 {
        return Ok(true);
    }
    match file.read_at(offset - 1, 1).await {
        Ok(bytes) => Ok(bytes == b"\n"),
        // A recording that begins here.
        Err(SourceError::NotRecorded) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The first stamped line that begins in `[offset, end)`; `at_start`: a line begins at `offset`.
pub(super) async fn stamp_at(
    file: &dyn ReadAt,
    offset: u64,
    end: u64,
    at_start: bool,
) -> Result<Option<(u64, crate::nacos::log_line::Stamp)>, SourceError> {
    let mut length: usize = if cfg!(test) { 256 } else { 8 * 1024 };
    // The byte before tells whether a line begins at `offset` itself; at the start of what can be read there is none.
    let (base, mut inside) = if at_start || offset == 0 { (offset, false) } else { (offset, true) };
    let mut bytes: Vec<u8> = Vec::new();
    let mut position = 0;
    loop {
        let have = bytes.len() as u64;
        let want = (length as u64).min(end - base).saturating_sub(have);
        if want > 0 {
            let more = file.read_at(base + have, usize::try_from(want).unwrap_or(0)).await?;
            bytes.extend_from_slice(&more);
        }
        let at_end = bytes.len() as u64 >= end - base || (bytes.len() as u64) < (length as u64).min(end - base);
        loop {
            let rest = &bytes[position..];
            let Some(line_end) = memchr(rest) else {
                // The last line has no end yet; its stamp may be whole all the same.
                if !inside
                    && (at_end || rest.len() >= 64)
                    && !rest.is_empty()
                    && let Some(head) = parse_head(rest)
                {
                    return Ok(Some((base + position as u64, head.stamp)));
                }
                break;
            };
            if !inside && let Some(head) = parse_head(&rest[..=line_end]) {
                return Ok(Some((base + position as u64, head.stamp)));
            }
            inside = false;
            position += line_end + 1;
        }
        if at_end || length as u64 >= MOST {
            return Ok(None);
        }
        length *= 4;
    }
}

pub(super) fn memchr(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', bytes)
}
