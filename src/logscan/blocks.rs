//! Cuts blocks of bytes into records and gives those of the window; inflates packed files piece by piece.

use std::io::Write;

use flate2::write::MultiGzDecoder;

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Encoding, Layout, parse_head, records};

use super::bisect::memchr;
use super::{Cut, DISORDER_MS, MAX_RECORD, Record, Window, WindowScan};

/// Takes blocks of a file one after another and gives the records of the window.
pub(super) struct Emitter<'w> {
    window: &'w Window,
    layout: Layout,
    /// Bytes that are not given yet; they begin with a record.
    carry: Vec<u8>,
    base: u64,
    /// Number of the first line of `carry`, if counted from the start of the file.
    line: Option<u64>,
    /// Whether a record without a stamp belongs to the window: it follows the one before it.
    inside: Option<bool>,
    /// True while the rest of a record that was too large is dropped.
    dropping: bool,
    /// True until the first stamp is seen: what comes before was torn off.
    pub(super) skip_torn: bool,
    /// Most bytes given, if limited.
    pub(super) cap: Option<u64>,
    given_bytes: u64,
    encoding_known: bool,
}

impl<'w> Emitter<'w> {
    /// Begins at offset `base`. `first` is the first stamp of the file, if known.
    pub(super) fn new(
        window: &'w Window,
        layout: Layout,
        base: u64,
        from_start: bool,
        stamped: bool,
        first: Option<Timestamp>,
    ) -> Self {
        // Lines before the first stamp belong with it; a file without stamps is given whole.
        let inside = if stamped { first.map(|first| window.holds(first)) } else { Some(true) };
        Self {
            window,
            layout,
            carry: Vec::new(),
            base,
            line: from_start.then_some(1),
            inside,
            dropping: false,
            skip_torn: false,
            cap: None,
            given_bytes: 0,
            encoding_known: false,
        }
    }

    /// Takes the next bytes; false if nothing after them can belong to the window.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        scan: &mut WindowScan,
        sink: &mut (dyn for<'r> FnMut(&Record<'r>) + Send),
    ) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let mut bytes = bytes;
        if self.dropping {
            let Some(start) = next_start(bytes, self.layout) else {
                self.skip(bytes);
                return true;
            };
            self.skip(&bytes[..start]);
            bytes = &bytes[start..];
            self.dropping = false;
        }
        self.carry.extend_from_slice(bytes);
        if !self.encoding_known && self.carry.len() >= 4096 {
            self.know_encoding(scan);
        }
        let whole = last_start(&self.carry, self.layout);
        if whole > 0 {
            return self.give(whole, scan, sink);
        }
        if self.carry.len() > MAX_RECORD {
            let all = self.carry.len();
            let goes_on = self.give(all, scan, sink);
            self.dropping = true;
            return goes_on;
        }
        true
    }

    /// Gives what is left: the file ends here.
    pub(super) fn finish(&mut self, scan: &mut WindowScan, sink: &mut (dyn for<'r> FnMut(&Record<'r>) + Send)) {
        if !self.encoding_known {
            self.know_encoding(scan);
        }
        let all = self.carry.len();
        self.give(all, scan, sink);
    }

    fn know_encoding(&mut self, scan: &mut WindowScan) {
        scan.encoding = Encoding::detect(&self.carry[..self.carry.len().min(256 * 1024)]);
        // Plain ASCII so far tells nothing: look again at the next block.
        self.encoding_known = !self.carry.is_ascii();
    }

    fn skip(&mut self, bytes: &[u8]) {
        self.base += bytes.len() as u64;
        self.line = self.line.map(|line| line + count_lines(bytes));
    }

    /// Gives the records of the first `whole` bytes of `carry`.
    fn give(
        &mut self,
        whole: usize,
        scan: &mut WindowScan,
        sink: &mut (dyn for<'r> FnMut(&Record<'r>) + Send),
    ) -> bool {
        if !self.encoding_known && !self.carry.is_empty() {
            self.know_encoding(scan);
        }
        let carry = std::mem::take(&mut self.carry);
        let bytes = &carry[..whole];
        if self.inside.is_none() {
            // A packed file: the first stamp decides about the lines before it.
            let first = records(&carry, 0, 0, self.layout).find_map(|record| record.stamp);
            self.inside = Some(first.is_none_or(|stamp| self.window.holds(self.window.at(stamp))));
        }
        let mut goes_on = true;
        for raw in records(bytes, self.base, self.line.unwrap_or(0), self.layout) {
            let at = raw.stamp.map(|stamp| self.window.at(stamp));
            if let Some(at) = at {
                scan.stamped = true;
                self.skip_torn = false;
                self.inside = Some(self.window.holds(at));
                if at > self.window.to.plus_millis(DISORDER_MS) {
                    goes_on = false;
                    break;
                }
            } else if self.skip_torn {
                scan.cut.get_or_insert(Cut::Changed);
                continue;
            }
            if self.inside == Some(true) {
                if let Some(cap) = self.cap
                    && self.given_bytes > cap
                {
                    scan.cut.get_or_insert(Cut::OverCap { limit_bytes: cap });
                    goes_on = false;
                    break;
                }
                self.given_bytes += raw.bytes.len() as u64;
                scan.records += 1;
                if let Some(at) = at {
                    scan.first = Some(scan.first.map_or(at, |first| first.min(at)));
                    scan.last = Some(scan.last.map_or(at, |last| last.max(at)));
                }
                sink(&Record { line: self.line.map(|_| raw.line), raw, at, encoding: scan.encoding });
            }
        }
        self.skip(bytes);
        self.carry = carry;
        self.carry.drain(..whole);
        goes_on
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Offset of the last line that begins a record for sure; 0 if there is none but the first.
fn last_start(bytes: &[u8], layout: Layout) -> usize {
    let mut end = bytes.len();
    while let Some(line_end) = memchr::memrchr(b'\n', &bytes[..end]) {
        let start = line_end + 1;
        // A start torn off in the middle of its stamp is not seen as one; the one before it is as good.
        if start < bytes.len() && (layout == Layout::Plain || parse_head(line_of(&bytes[start..])).is_some()) {
            return start;
        }
        end = line_end;
    }
    0
}

/// Offset of the first line that begins a record, behind the first line end.
fn next_start(bytes: &[u8], layout: Layout) -> Option<usize> {
    let mut start = 0;
    loop {
        start += memchr(&bytes[start..])? + 1;
        if start >= bytes.len() {
            return None;
        }
        if layout == Layout::Plain || parse_head(line_of(&bytes[start..])).is_some() {
            return Some(start);
        }
    }
}

fn line_of(bytes: &[u8]) -> &[u8] {
    memchr(bytes).map_or(bytes, |end| &bytes[..=end])
}

/// Inflates gzip piece by piece, several members too.
pub(super) struct Inflater {
    decoder: MultiGzDecoder<Vec<u8>>,
    /// Bytes given so far.
    pub(super) given: u64,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), given: 0 }
    }

    /// The bytes that this piece makes.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, ()> {
        self.decoder.write_all(piece).map_err(|_| ())?;
        Ok(self.take())
    }

    /// The last bytes; an error if the file was cut short.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, ()> {
        self.decoder.try_finish().map_err(|_| ())?;
        Ok(self.take())
    }

    /// What came out before the file turned out to be broken.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        self.take()
    }

    fn take(&mut self) -> Vec<u8> {
        let bytes = std::mem::take(self.decoder.get_mut());
        self.given += bytes.len() as u64;
        bytes
    }
}
