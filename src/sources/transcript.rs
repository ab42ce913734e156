//! Logs as other programs hand them on: `docker logs -t`, `docker compose logs`, `kubectl logs --timestamps`, the files of
//! container runtimes (CRI, Docker's JSON), the journal of systemd, packed and UTF-16 files.
//!
//! [`open`] looks at the first lines of a file and writes down what Nacos wrote, a line each, where the file is one of
//! these; everything else of nodedown then reads that, and quotes it by its lines. A stamp of the wrapper tells the zone of
//! the stamps inside, and stands in for them where there are none.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::LazyLock;

use flate2::read::MultiGzDecoder;
use regex::bytes::Regex;
use serde::Deserialize;

use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Stamp, parse_head, parse_stamp, zone_near};

/// Bytes of the start of a file that tell what it is.
const HEAD: usize = 64 * 1024;

/// Lines of it that are looked at.
const LINES: usize = 400;

/// Most bytes of one line; the rest of it is left out.
const MAX_LINE: usize = 4 * 1024 * 1024;

/// What a file holds as Nacos wrote it.
#[derive(Debug)]
pub(super) struct Transcript {
    /// The lines, in a file without a name.
    pub file: File,
    /// Bytes.
    pub size_bytes: u64,
    /// Seconds east of UTC of the stamps inside, where the wrapper's stamps beside them tell.
    pub zone_offset_s: Option<i32>,
}

/// What stands around each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapper {
    /// Nothing.
    None,
    /// `{"log":"…\n","stream":"stdout","time":"…"}`.
    DockerJson,
    /// `2026-11-22T15:26:01.123456789Z stdout F …`.
    Cri,
    /// `2026-11-22T15:26:01.123456789Z …`.
    Stamped,
    /// `Nov 22 15:26:01 host java[12]: …`, or the same with an ISO stamp.
    Journal,
    /// `journalctl -o json`.
    JournalJson,
    /// `journalctl -o export`.
    JournalExport,
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    packed: bool,
    utf16: Option<&'static encoding_rs::Encoding>,
    /// `nacos1  | `, `[pod/nacos-0/nacos] `: the name, the same in all lines.
    named: bool,
    wrapper: Wrapper,
    /// Lines have stamps of their own inside.
    stamped_inside: bool,
}

/// The lines of Nacos in a file that holds them in another form; `None` if it holds them as they are.
///
/// # Errors
/// The operating system's; what grows over `most` bytes, as a file that was packed to do harm may.
pub(super) fn open(file: &File, most: u64) -> io::Result<Option<Transcript>> {
    let Some(shape) = shape_of(file)? else { return Ok(None) };
    let mut out = BufWriter::new(tempfile::tempfile()?);
    let mut writer = Lines { out: &mut out, written: 0, most, shape: &shape, held: Vec::new(), zones: Vec::new() };
    let mut from = plain(file, shape.packed, shape.utf16)?;
    match shape.wrapper {
        Wrapper::JournalExport => writer.export(&mut from)?,
        _ => writer.all(&mut from)?,
    }
    let (size_bytes, zone_offset_s) = (writer.written, zone(&mut writer.zones));
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(Some(Transcript { file, size_bytes, zone_offset_s }))
}

/// The file's text as bytes of lines.
fn plain(file: &File, packed: bool, utf16: Option<&'static encoding_rs::Encoding>) -> io::Result<Box<dyn BufRead>> {
    let mut file = file.try_clone()?;
    file.seek(SeekFrom::Start(0))?;
    let bytes: Box<dyn Read> =
        if packed { Box::new(MultiGzDecoder::new(BufReader::new(file))) } else { Box::new(file) };
    Ok(match utf16 {
        Some(encoding) => Box::new(BufReader::new(Utf16::new(bytes, encoding))),
        None => Box::new(BufReader::with_capacity(256 * 1024, bytes)),
    })
}

/// What the file is, by its first lines; `None`: lines of Nacos, or nothing that is known here.
fn shape_of(file: &File) -> io::Result<Option<Shape>> {
    let mut reader = file.try_clone()?;
    reader.seek(SeekFrom::Start(0))?;
    let packed = start_of(reader, 2)? == b"\x1f\x8b";
    let mut start = start_of(plain(file, packed, None)?, HEAD)?;
    let utf16 = utf16_of(&start);
    if utf16.is_some() {
        start = start_of(plain(file, packed, utf16)?, HEAD)?;
    }
    let mut lines: Vec<&[u8]> = start.split(|byte| *byte == b'\n').take(LINES).collect();
    // The last one may be torn.
    if lines.len() > 1 {
        lines.pop();
    }
    lines.retain(|line| !line.trim_ascii().is_empty());
    let inner: Vec<&[u8]> = lines.iter().filter_map(|line| named(line).map(|(_, rest)| rest)).collect();
    let named = same_name(&lines);
    let looked = if named { &inner } else { &lines };
    let wrapper = wrapper_of(looked);
    if !packed && utf16.is_none() && !named && wrapper == Wrapper::None {
        return Ok(None);
    }
    let stamped_inside = match wrapper {
        Wrapper::JournalExport => {
            let stamped = |line: &&&[u8]| line.strip_prefix(b"MESSAGE=").is_some_and(|text| parse_head(text).is_some());
            looked.iter().any(|line| stamped(&line))
        }
        _ => looked.iter().any(|line| unwrap(wrapper, line).is_some_and(|one| parse_head(&one.text).is_some())),
    };
    Ok(Some(Shape { packed, utf16, named, wrapper, stamped_inside }))
}

/// The first bytes of a reader, at most so many. What came out before a packed file breaks is still good.
fn start_of(from: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    match from.take(most as u64).read_to_end(&mut start) {
        Err(error) if start.is_empty() => Err(error),
        _ => Ok(start),
    }
}

/// Two bytes a character, by the mark at the start or by the zero bytes of Latin text.
fn utf16_of(start: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match start {
        [0xff, 0xfe, ..] => return Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => return Some(encoding_rs::UTF_16BE),
        _ => {}
    }
    let piece = &start[..start.len().min(512) & !1];
    let zeros = |odd: usize| piece.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), piece.len() / 2);
    match half {
        0..8 => None,
        _ if odd * 10 >= half * 8 && even == 0 => Some(encoding_rs::UTF_16LE),
        _ if even * 10 >= half * 8 && odd == 0 => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

/// The wrapper that most of these lines have.
fn wrapper_of(lines: &[&[u8]]) -> Wrapper {
    if lines.first().is_some_and(|line| line.starts_with(b"__CURSOR=") || line.starts_with(b"__REALTIME_TIMESTAMP=")) {
        return Wrapper::JournalExport;
    }
    let most = |wrapper: Wrapper| {
        let wrapped = lines.iter().filter(|line| unwrap(wrapper, line).is_some()).count();
        wrapped > 0 && wrapped * 10 >= lines.len() * 8
    };
    let known = [Wrapper::DockerJson, Wrapper::JournalJson, Wrapper::Cri, Wrapper::Journal];
    if let Some(wrapper) = known.into_iter().find(|wrapper| most(*wrapper)) {
        return wrapper;
    }
    // A layout of Nacos itself may begin with such a stamp: a wrapper's is finer, or one more stands behind it.
    let double =
        |line: &&&[u8]| unwrap(Wrapper::Stamped, line).is_some_and(|one| one.fine || parse_head(&one.text).is_some());
    if most(Wrapper::Stamped) && lines.iter().filter(double).count() * 2 >= lines.len() {
        return Wrapper::Stamped;
    }
    Wrapper::None
}

/// `nacos1  | text`, as `docker compose logs` writes it, and `[pod/nacos-0/nacos] text` of `kubectl logs --prefix`.
fn named(line: &[u8]) -> Option<(&[u8], &[u8])> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let colour = r"(?:\x1b\[[0-9;]*m)*";
        let compose = format!(r"{colour}(?<name>[A-Za-z0-9][\w.-]*)[ ]+\|{colour}(?: |$)");
        let kubectl = r"\[(?<pod>pod/[\w./-]+)\] ";
        Regex::new(&format!("^(?:{compose}|{kubectl})")).ok()
    });
    let found = SHAPE.as_ref()?.captures(line)?;
    let name = found.name("name").or_else(|| found.name("pod"))?.as_bytes();
    Some((name, &line[found.get(0)?.end()..]))
}

/// Whether the lines carry a name, all the same: those of several containers are not of one node. A line of the tool itself may
/// stand above them (`Attaching to nacos1`).
fn same_name(lines: &[&[u8]]) -> bool {
    let names: Vec<&[u8]> = lines.iter().filter_map(|line| named(line).map(|(name, _)| name)).collect();
    let Some(first) = names.first() else { return false };
    // `2026` is no name: some layouts put a bar behind the stamp.
    let is_name = !first.iter().all(u8::is_ascii_digit);
    is_name && names.iter().all(|name| name == first) && names.len() * 10 >= lines.len() * 8
}

/// One line without its wrapper.
struct Unwrapped {
    /// When the wrapper says that it was written, milliseconds since 1970 in UTC.
    at_ms: Option<i64>,
    /// Its stamp is finer than a program's own usually is.
    fine: bool,
    /// What Nacos wrote, without a line end.
    text: Vec<u8>,
    /// The line goes on in the next one.
    goes_on: bool,
    /// Not written by the program itself: systemd's word on it.
    of_systemd: bool,
}

impl Unwrapped {
    fn of(at_ms: Option<i64>, text: &[u8]) -> Self {
        let text = text.strip_suffix(b"\r").unwrap_or(text).to_vec();
        Self { at_ms, fine: false, text, goes_on: false, of_systemd: false }
    }
}

/// Takes a line out of its wrapper; `None` if it has none of that kind.
fn unwrap(wrapper: Wrapper, line: &[u8]) -> Option<Unwrapped> {
    #[derive(Deserialize)]
    struct DockerLine {
        log: String,
        #[serde(default)]
        time: String,
    }
    #[derive(Deserialize)]
    struct JournalLine {
        #[serde(rename = "__REALTIME_TIMESTAMP")]
        micros: String,
        #[serde(rename = "MESSAGE")]
        message: serde_json::Value,
        #[serde(rename = "SYSLOG_IDENTIFIER", default)]
        of: String,
    }
    let absolute = |text: &[u8]| match parse_stamp(text)? {
        (Stamp::Absolute { at, .. }, read) => Some((at.as_millis(), read)),
        (Stamp::Local(_), _) => None,
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match wrapper {
        Wrapper::None | Wrapper::JournalExport => Some(Unwrapped::of(None, line)),
        Wrapper::DockerJson => {
            let one: DockerLine = line.starts_with(b"{").then(|| serde_json::from_slice(line).ok())??;
            let at = absolute(one.time.as_bytes()).map(|(at, _)| at);
            // Docker cuts long lines: only the last piece ends in a line end.
            let whole = one.log.strip_suffix('\n');
            let text = whole.unwrap_or(&one.log).as_bytes();
            Some(Unwrapped { goes_on: whole.is_none(), ..Unwrapped::of(at, text) })
        }
        Wrapper::JournalJson => {
            let one: JournalLine = line.starts_with(b"{").then(|| serde_json::from_slice(line).ok())??;
            let at = one.micros.parse::<i64>().ok().map(|micros| micros / 1000);
            let text = match one.message {
                serde_json::Value::String(text) => text.into_bytes(),
                // Bytes that are not text.
                serde_json::Value::Array(bytes) => {
                    bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect()
                }
                _ => Vec::new(),
            };
            Some(Unwrapped { of_systemd: one.of == "systemd", ..Unwrapped::of(at, &text) })
        }
        Wrapper::Cri => {
            let (at, read) = absolute(line)?;
            let rest = line[read..].strip_prefix(b" ")?;
            let rest = rest.strip_prefix(b"stdout ").or_else(|| rest.strip_prefix(b"stderr "))?;
            let (tag, text) = match rest.iter().position(|byte| *byte == b' ') {
                Some(end) => (&rest[..end], &rest[end + 1..]),
                None => (rest, &rest[rest.len()..]),
            };
            let goes_on = match tag.first()? {
                b'P' => true,
                b'F' => false,
                _ => return None,
            };
            Some(Unwrapped { goes_on, ..Unwrapped::of(Some(at), text) })
        }
        Wrapper::Stamped => {
            let (at, read) = absolute(line)?;
            let text = match line.get(read) {
                Some(b' ') => &line[read + 1..],
                None => &[],
                Some(_) => return None,
            };
            let digits = line[19..read].iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
            Some(Unwrapped { fine: digits > 6, ..Unwrapped::of(Some(at), text) })
        }
        Wrapper::Journal => {
            static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
                let short = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?";
                let iso = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?[+-]\d\d:?\d\d";
                Regex::new(&format!(r"^(?<at>{short}|{iso}) \S+ (?<of>[^\s\[\]:]+)(?:\[\d+\])?: ")).ok()
            });
            let found = SHAPE.as_ref()?.captures(line)?;
            let at = absolute(&found["at"]).map(|(at, _)| at);
            let of_systemd = &found["of"] == b"systemd";
            // Without a year the stamp can only be told later, with the line that it stands in.
            let text = if of_systemd && at.is_none() { line } else { &line[found.get(0)?.end()..] };
            Some(Unwrapped { of_systemd, ..Unwrapped::of(at, text) })
        }
    }
}

/// Writes lines as Nacos wrote them.
struct Lines<'a> {
    out: &'a mut dyn Write,
    written: u64,
    most: u64,
    shape: &'a Shape,
    /// Pieces of a line that goes on.
    held: Vec<u8>,
    /// Stamps inside minus those of the wrapper, milliseconds.
    zones: Vec<i64>,
}

impl Lines<'_> {
    fn all(&mut self, from: &mut dyn BufRead) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = match (&mut *from).take(MAX_LINE as u64).read_until(b'\n', &mut line) {
                Ok(read) => read,
                // A packed file that is torn: what came before is given.
                Err(_) if self.written > 0 => 0,
                Err(error) => return Err(error),
            };
            if read == 0 {
                break;
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            } else if line.len() >= MAX_LINE {
                skip_line(from)?;
            }
            let text = if self.shape.named { named(&line).map_or(line.as_slice(), |(_, rest)| rest) } else { &line };
            match unwrap(self.shape.wrapper, text) {
                Some(one) => self.one(one)?,
                None => self.put(text)?,
            }
        }
        let rest = std::mem::take(&mut self.held);
        if rest.is_empty() { Ok(()) } else { self.put(&rest) }
    }

    fn one(&mut self, one: Unwrapped) -> io::Result<()> {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(&one.text);
        if one.goes_on && text.len() < MAX_LINE {
            self.held = text;
            return Ok(());
        }
        let stamp = parse_head(&text).map(|head| head.stamp);
        if let (Some(Stamp::Local(civil_ms)), Some(at_ms)) = (stamp, one.at_ms)
            && self.zones.len() < 1000
        {
            self.zones.push(civil_ms - at_ms);
        }
        let is_trace = matches!(text.first(), None | Some(b' ' | b'\t')) || text.starts_with(b"Caused by: ");
        let needed = one.of_systemd || !self.shape.stamped_inside && !is_trace;
        if let Some(at_ms) = one.at_ms.filter(|_| stamp.is_none() && needed) {
            let local = Stamp::text_of(Timestamp::from_millis(at_ms), 0).replace(',', ".");
            text.splice(0..0, format!("{}Z ", local.replacen(' ', "T", 1)).into_bytes());
        }
        self.put(&text)
    }

    fn put(&mut self, text: &[u8]) -> io::Result<()> {
        let length = text.len() as u64 + 1;
        if self.written + length > self.most {
            return Err(io::Error::other("it grows too large"));
        }
        self.out.write_all(text)?;
        self.out.write_all(b"\n")?;
        self.written += length;
        Ok(())
    }

    /// Entries of fields, a line each or with a length before their bytes, and an empty line behind.
    fn export(&mut self, from: &mut dyn BufRead) -> io::Result<()> {
        let (mut at_ms, mut of_systemd) = (None, false);
        let mut message: Option<Vec<u8>> = None;
        loop {
            let mut line = Vec::new();
            let read = (&mut *from).take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            if text.is_empty() {
                if let Some(message) = message.take() {
                    self.one(Unwrapped { of_systemd, ..Unwrapped::of(at_ms, &message) })?;
                }
                (at_ms, of_systemd) = (None, false);
                if read == 0 {
                    return Ok(());
                }
                continue;
            }
            if let Some(micros) = text.strip_prefix(b"__REALTIME_TIMESTAMP=") {
                at_ms = std::str::from_utf8(micros).ok().and_then(|text| text.parse::<i64>().ok()).map(|at| at / 1000);
            } else if let Some(text) = text.strip_prefix(b"MESSAGE=") {
                message = Some(text.to_vec());
            } else if text == b"SYSLOG_IDENTIFIER=systemd" {
                of_systemd = true;
            } else if !text.contains(&b'=') {
                let mut length = [0; 8];
                from.read_exact(&mut length)?;
                let mut bytes = Vec::new();
                (&mut *from).take(u64::from_le_bytes(length).min(MAX_LINE as u64)).read_to_end(&mut bytes)?;
                if text == b"MESSAGE" {
                    message = Some(bytes);
                }
                skip_line(from)?;
            }
        }
    }
}

/// Skips the rest of a line.
fn skip_line(from: &mut dyn BufRead) -> io::Result<()> {
    from.skip_until(b'\n').map(|_| ())
}

/// The offset in seconds that most of the differences lie near; writing a line on takes a moment.
fn zone(differences: &mut [i64]) -> Option<i32> {
    const NEAR_MS: i64 = 60_000;
    differences.sort_unstable();
    zone_near(*differences.get(differences.len() / 2)?, NEAR_MS)
}

/// UTF-16 as UTF-8.
struct Utf16<R> {
    from: R,
    decoder: encoding_rs::Decoder,
    out: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    fn new(from: R, encoding: &'static encoding_rs::Encoding) -> Self {
        Self { from, decoder: encoding.new_decoder_with_bom_removal(), out: Vec::new(), given: 0, ended: false }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const PIECE: usize = 64 * 1024;
        while self.given == self.out.len() && !self.ended {
            let mut piece = vec![0; PIECE];
            let read = self.from.read(&mut piece)?;
            self.ended = read == 0;
            let mut text = String::with_capacity(self.decoder.max_utf8_buffer_length(read).unwrap_or(PIECE * 3));
            let _ = self.decoder.decode_to_string(&piece[..read], &mut text, self.ended);
            (self.out, self.given) = (text.into_bytes(), 0);
        }
        let length = buffer.len().min(self.out.len() - self.given);
        buffer[..length].copy_from_slice(&self.out[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
