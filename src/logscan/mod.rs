//! Finds a time window in logs of any size over anything that can be read at an offset. May import `domain`, `nacos`, `sources`.
//!
//! - [`window`]: every record of a window, in the order of the file, block by block with bounded memory.
//! - [`tail_end`]: the last stamped line at or before a moment. [`first_stamp`]: the first one.
//! - [`read_page`] and [`find_line`]: the pages of the log viewer.
//! - [`grep`]: lines of the window of a file on this machine that match, as fast as the disk.
//!
//! # Why
//! Stamps grow along a file, but not strictly: asynchronous appenders write a little out of order. [`bisect`] therefore
//! never trusts a single stamp nearer than [`DISORDER_MS`]. A record is its stamped line and all lines up to the next
//! stamp; lines before the first stamp share the fate of the first record. A file without any stamp has no time: all of
//! it is given, newest part first where it is too large, and the records say that they have no time.

mod bisect;
mod blocks;
mod grep;
mod ordered_pool;
mod page;
mod tail;

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::CutReason;
use crate::nacos::log_line::{Encoding, Layout, RawRecord, Stamp};
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};

pub use grep::{GrepCount, GrepFile, GrepWindow, grep, records_of};
pub use ordered_pool::{Found, in_order};
pub use page::{Around, Page, PageLine, find_line, read_page};
pub use tail::{TailEnd, first_stamp, tail_end};

/// How far out of order stamps may stand.
pub const DISORDER_MS: i64 = 5_000;

/// Most bytes of a file without stamps that are given, newest first.
pub const STAMPLESS_CAP: u64 = 4 * 1024 * 1024;

/// Most bytes that a packed file may grow to.
const INFLATE_CAP: u64 = 1024 * 1024 * 1024;

/// Files up to this size are read whole: one read costs less than finding the window.
const SMALL: u64 = if cfg!(test) { 4096 } else { 1024 * 1024 };

/// Bytes read at a time.
const BLOCK: usize = if cfg!(test) { 2048 } else { 1024 * 1024 };

/// A longer record is given in part.
const MAX_RECORD: usize = if cfg!(test) { 64 * 1024 } else { 2 * 1024 * 1024 };

/// Bytes that can be read at an offset.
#[async_trait]
pub trait ReadAt: Send + Sync {
    /// Up to `length` bytes at `offset`; shorter only at the end.
    async fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, SourceError>;
}

/// A file of a node.
struct NodeFile<'a> {
    source: &'a dyn NodeSource,
    path: &'a str,
    deadline: &'a Deadline,
    read: AtomicU64,
}

impl<'a> NodeFile<'a> {
    const fn new(source: &'a dyn NodeSource, path: &'a str, deadline: &'a Deadline) -> Self {
        Self { source, path, deadline, read: AtomicU64::new(0) }
    }

    fn read_bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl ReadAt for NodeFile<'_> {
    async fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        // Sources that answer without waiting would never notice.
        if self.deadline.left().is_zero() {
            return Err(SourceError::Timeout { after_ms: 0 });
        }
        let bytes = self.source.read_at(self.path, offset, length, self.deadline).await?;
        self.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// A span of time, both ends included, and how local stamps become points in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First moment.
    pub from: Timestamp,
    /// Last moment.
    pub to: Timestamp,
    /// Seconds that the node's wall clock is east of UTC.
    pub zone_offset_s: i32,
}

impl Window {
    /// Whether the moment lies in it.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }

    const fn at(&self, stamp: Stamp) -> Timestamp {
        stamp.at(self.zone_offset_s)
    }
}

/// One record of the window.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its bytes, offset, stamp and level. `line` counts only if [`Record::line`] says so.
    pub raw: RawRecord<'a>,
    /// When, unless it has no stamp.
    pub at: Option<Timestamp>,
    /// Number of its first line, from 1, where it came for free.
    pub line: Option<u64>,
    /// How its bytes become text.
    pub encoding: Encoding,
}

/// Why part of a window was not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The window holds more than the cap; the older part was left out.
    OverCap {
        /// The cap.
        limit_bytes: u64,
    },
    /// The deadline or a cancel came first; what came before was given.
    Deadline,
    /// The file changed while it was read (rotated or truncated).
    Changed,
    /// The recording begins in the middle of the window.
    RecordingStart,
    /// The packed file is broken or ends early; what came before was given.
    Packed,
    /// A read failed in the middle.
    Failed(SourceError),
}

impl Cut {
    /// The word that observations are stored with.
    #[must_use]
    pub const fn reason(&self) -> CutReason {
        match self {
            Self::OverCap { .. } => CutReason::OverCap,
            Self::Deadline => CutReason::Deadline,
            Self::Changed => CutReason::Changed,
            Self::RecordingStart => CutReason::RecordingStart,
            Self::Packed => CutReason::Packed,
            Self::Failed(_) => CutReason::Failed,
        }
    }

    /// The reason as a text for people.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::OverCap { limit_bytes } => Message::new("logscan-over-cap").with("mib", limit_bytes / (1024 * 1024)),
            Self::Deadline => Message::new("logscan-deadline"),
            Self::Changed => Message::new("logscan-changed"),
            Self::RecordingStart => Message::new("logscan-recording-start"),
            Self::Packed => Message::new("logscan-packed"),
            Self::Failed(error) => error.message(),
        }
    }
}

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowScan {
    /// Path relative to the home.
    pub path: String,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Bytes read for this window.
    pub read_bytes: u64,
    /// Earliest stamp given.
    pub first: Option<Timestamp>,
    /// Latest stamp given.
    pub last: Option<Timestamp>,
    /// Records given.
    pub records: u64,
    /// True if the file has stamps; without them nothing in it has a time.
    pub stamped: bool,
    /// How its bytes become text.
    pub encoding: Encoding,
    /// Why part of the window was not given.
    pub cut: Option<Cut>,
}

/// Gives every record of the window to `sink`, in the order of the file; of a window with more than `cap` bytes the newest.
///
/// What can be given before the deadline is given; [`WindowScan::cut`] says what is missing.
///
/// # Errors
/// Only if nothing at all could be read.
pub async fn window(
    source: &dyn NodeSource,
    entry: &FileEntry,
    window: &Window,
    cap: u64,
    deadline: &Deadline,
    sink: &mut (dyn for<'r> FnMut(&Record<'r>) + Send),
) -> Result<WindowScan, SourceError> {
    let file = NodeFile::new(source, &entry.path, deadline);
    let mut scan = empty_scan(&entry.path, entry.size_bytes);
    let extent = Extent {
        path: &entry.path,
        start: entry.start_offset,
        end: entry.size_bytes,
        cap,
        stampless_cap: STAMPLESS_CAP.min(cap),
        inflate_cap: INFLATE_CAP,
    };
    let ended = if entry.path.ends_with(".gz") {
        packed(&file, &extent, window, &mut scan, sink).await
    } else {
        plain(&file, &extent, window, &mut scan, sink).await
    };
    scan.read_bytes = file.read_bytes();
    match ended {
        Ok(()) => {}
        Err(error) if scan.read_bytes == 0 => return Err(error),
        Err(SourceError::Timeout { .. } | SourceError::Cancelled) => scan.cut = Some(Cut::Deadline),
        Err(error) => scan.cut = Some(Cut::Failed(error)),
    }
    Ok(scan)
}

/// The part of a file that can be read, and how much of it is given.
struct Extent<'a> {
    path: &'a str,
    start: u64,
    end: u64,
    cap: u64,
    /// The same for a file without stamps.
    stampless_cap: u64,
    /// Most bytes that a packed file may grow to.
    inflate_cap: u64,
}

fn empty_scan(path: &str, size_bytes: u64) -> WindowScan {
    WindowScan {
        path: path.to_owned(),
        size_bytes,
        read_bytes: 0,
        first: None,
        last: None,
        records: 0,
        stamped: false,
        encoding: Encoding::Utf8,
        cut: None,
    }
}

async fn plain(
    file: &dyn ReadAt,
    extent: &Extent<'_>,
    window: &Window,
    scan: &mut WindowScan,
    sink: &mut (dyn for<'r> FnMut(&Record<'r>) + Send),
) -> Result<(), SourceError> {
    let (start, end) = (extent.start, extent.end);
    if start >= end {
        if end > 0 {
            scan.cut = Some(Cut::RecordingStart);
        }
        return Ok(());
    }
    let layout = Layout::of(extent.path);
    let range = bisect::range(file, start, end, layout, window).await?;
    scan.stamped = range.stamped;
    let mut from = range.from;
    let cap = if range.stamped { extent.cap } else { extent.stampless_cap };
    if range.to - from > cap {
        from = bisect::record_start(file, range.to - cap, range.to, layout).await?.unwrap_or(range.to - cap);
        scan.cut = Some(Cut::OverCap { limit_bytes: cap });
    } else if start > 0 && from == start && range.first.is_none_or(|first| first > window.from) {
        scan.cut = Some(Cut::RecordingStart);
    }
    let mut emit = blocks::Emitter::new(window, layout, from, from == 0, scan.stamped, range.first);
    emit.skip_torn = from > 0 && layout != Layout::Plain && scan.stamped;
    let mut at = from;
    while at < range.to {
        let length = usize::try_from(range.to - at).unwrap_or(BLOCK).min(BLOCK);
        let block = file.read_at(at, length).await?;
        if block.is_empty() {
            scan.cut.get_or_insert(Cut::Changed);
            break;
        }
        at += block.len() as u64;
        if !emit.push(&block, scan, sink) {
            return still_long(file, end, scan).await;
        }
    }
    emit.finish(scan, sink);
    if range.to < end { still_long(file, end, scan).await } else { Ok(()) }
}

/// Bisecting a file that is rotated meanwhile would find a window in what is another file by now.
async fn still_long(file: &dyn ReadAt, end: u64, scan: &mut WindowScan) -> Result<(), SourceError> {
    if scan.cut.is_none() && file.read_at(end - 1, 1).await?.is_empty() {
        scan.cut = Some(Cut::Changed);
    }
    Ok(())
}

/// A packed file is read from its start: it cannot be entered in the middle.
async fn packed(
    file: &dyn ReadAt,
    extent: &Extent<'_>,
    window: &Window,
    scan: &mut WindowScan,
    sink: &mut (dyn for<'r> FnMut(&Record<'r>) + Send),
) -> Result<(), SourceError> {
    let name = extent.path.strip_suffix(".gz").unwrap_or(extent.path);
    let mut inflater = blocks::Inflater::new();
    let mut emit = blocks::Emitter::new(window, Layout::of(name), 0, true, true, None);
    emit.cap = Some(extent.cap);
    let mut at = extent.start;
    while at < extent.end {
        let packed = file.read_at(at, BLOCK).await?;
        if packed.is_empty() {
            scan.cut.get_or_insert(Cut::Changed);
            break;
        }
        at += packed.len() as u64;
        // Small pieces: each can grow a thousandfold.
        for piece in packed.chunks(16 * 1024) {
            let Ok(bytes) = inflater.push(piece) else {
                scan.cut.get_or_insert(Cut::Packed);
                // What came out before it broke is still good.
                if emit.push(&inflater.rest(), scan, sink) {
                    emit.finish(scan, sink);
                }
                return Ok(());
            };
            if !emit.push(&bytes, scan, sink) {
                return Ok(());
            }
            if inflater.given > extent.inflate_cap {
                scan.cut.get_or_insert(Cut::OverCap { limit_bytes: extent.inflate_cap });
                emit.finish(scan, sink);
                return Ok(());
            }
        }
    }
    let bytes = match inflater.finish() {
        Ok(bytes) => bytes,
        Err(()) => {
            scan.cut.get_or_insert(Cut::Packed);
            inflater.rest()
        }
    };
    if emit.push(&bytes, scan, sink) {
        emit.finish(scan, sink);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
