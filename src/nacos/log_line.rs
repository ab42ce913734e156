//! Log lines of a Nacos server: stamps, levels, records, encodings and the time zone that a file was written in.
//!
//! A *record* is a stamped line with everything up to the next stamp: the layout ends in two line ends and a stack
//! trace follows the empty line, so an empty line ends nothing. Stamps are local time without a zone; they become
//! points in time only with a zone offset, which [`zone_of`] derives where a file allows it. Works on bytes: logs of
//! real nodes hold NUL runs (power loss), GBK, colour codes, lines over a mebibyte and torn ends.

use std::borrow::Cow;

use encoding_rs::GBK;

use crate::domain::time::Timestamp;

/// Milliseconds in a day.
const DAY_MS: i64 = 86_400_000;

/// Most of a record that is turned into text; what lies beyond is never matched or shown.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;

/// Level of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `TRACE`.
    Trace,
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
}

impl Level {
    /// The word as it stands in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// The level at the start of `text`, and how many bytes it takes.
    fn leading(text: &[u8]) -> Option<(Self, usize)> {
        [
            (b"INFO".as_slice(), Self::Info),
            (b"WARN", Self::Warn),
            (b"ERROR", Self::Error),
            (b"DEBUG", Self::Debug),
            (b"TRACE", Self::Trace),
        ]
        .into_iter()
        .find(|(word, _)| {
            text.starts_with(word) && matches!(text.get(word.len()), None | Some(b' ' | b'\r' | b'\n' | 0x1b))
        })
        .map(|(word, level)| (level, word.len()))
    }
}

/// When a line says it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// Civil time of an unknown zone: milliseconds since 1970-01-01 00:00:00 on the node's wall clock.
    Local(i64),
    /// A stamp that carries its zone (JVM garbage collection logs).
    Absolute {
        /// The point in time.
        at: Timestamp,
        /// The zone offset that was written, seconds east of UTC.
        offset_s: i32,
    },
}

impl Stamp {
    /// The point in time, with `offset_s` seconds east of UTC for local stamps.
    #[must_use]
    pub const fn at(self, offset_s: i32) -> Timestamp {
        match self {
            Self::Local(civil_ms) => Timestamp::from_millis(civil_ms.saturating_sub(offset_s as i64 * 1000)),
            Self::Absolute { at, .. } => at,
        }
    }

    /// `YYYY-MM-DD HH:MM:SS,mmm` of a point in time on a wall clock `offset_s` seconds east of UTC: what a log line of
    /// that moment begins with.
    #[must_use]
    pub fn text_of(at: Timestamp, offset_s: i32) -> String {
        let civil = at.as_millis().saturating_add(i64::from(offset_s) * 1000);
        let (days, in_day) = (civil.div_euclid(DAY_MS), civil.rem_euclid(DAY_MS));
        let (year, month, day) = civil_from_days(days);
        let (seconds, millis) = (in_day / 1000, in_day % 1000);
        format!(
            "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02},{millis:03}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}

/// The beginning of a record, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// When.
    pub stamp: Stamp,
    /// Level, where the layout has one.
    pub level: Option<Level>,
    /// What follows stamp and level on the same line.
    pub message: &'a [u8],
}

/// How the lines of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `%date %level %msg%n%n`, or `%date|%msg%n`: every record begins with a stamp.
    Stamped,
    /// Stamped records between lines of other programs and of the JVM: `start.out`, `startup.log`, container output.
    Mixed,
    /// One record a line, no stamp: `naming-rt.log`, `config-pull-check.log`.
    Plain,
}

impl Layout {
    /// The layout of a file by its name.
    #[must_use]
    pub fn of(path: &str) -> Self {
        match log_name(path) {
            "naming-rt.log" | "config-pull-check.log" => Self::Plain,
            "start.out" | "startup.log" => Self::Mixed,
            name if name.ends_with(".log") => Self::Stamped,
            _ => Self::Mixed,
        }
    }
}

/// The name of a log without folder, roll-over date and index: `logs/nacos.log.2026-11-21.0` is `nacos.log`.
#[must_use]
pub fn log_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    if let Some(end) = name.find(".log.") {
        return &name[..end + 4];
    }
    let is_control = name.strip_prefix("plugin-control.").is_some_and(|rest| rest.starts_with("20"));
    if is_control { "plugin-control.log" } else { name }
}

/// Reads `YYYY-MM-DD HH:MM:SS` with `,mmm` or `.mmm` at the start of `line`: civil milliseconds and the length read.
#[must_use]
pub fn parse_local(line: &[u8]) -> Option<(i64, usize)> {
    let seconds = parse_civil_seconds(line, b' ')?;
    match line.get(19) {
        Some(b',' | b'.') => {
            let millis = digits(line, 20, 3)?;
            Some((seconds * 1000 + millis, 23))
        }
        _ => None,
    }
}

/// Takes a line apart that begins a record; `None` if it begins none.
#[must_use]
pub fn parse_head(line: &[u8]) -> Option<Head<'_>> {
    let line = without_prefix_noise(line);
    match line.first()? {
        b'0'..=b'9' => {}
        b'[' => return parse_bracketed_head(line),
        b'M' | b'T' | b'W' | b'F' | b'S' => return parse_derby_head(line),
        _ => return None,
    }
    if let Some((civil_ms, read)) = parse_local(line)
        && let Some(head) = head_behind(Stamp::Local(civil_ms), &line[read..])
    {
        return Some(head);
    }
    let (stamp, read) = parse_stamp(line)?;
    // JDK 8: `2026-11-22T15:56:04.442+0800: 1.234: [GC ...`
    if let Some(message) = line[read..].strip_prefix(b": ") {
        return Some(Head { stamp, level: None, message: end_of_line(message) });
    }
    // Where nothing stands behind it, it may be half of a stamp that is just being written.
    head_behind(stamp, &line[read..]).filter(|_| matches!(line.get(read), Some(b' ' | b'\t' | b'|')))
}

/// The head of a line by what stands behind its stamp; `None` where the stamp does not end there.
fn head_behind(stamp: Stamp, rest: &[u8]) -> Option<Head<'_>> {
    match rest.first() {
        Some(b'|') => Some(Head { stamp, level: None, message: end_of_line(&rest[1..]) }),
        Some(b' ' | b'\t') => {
            let rest = &rest[1..];
            let rest = &rest[rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..];
            let (level, message) = after_stamp(without_prefix_noise(rest));
            Some(Head { stamp, level, message: end_of_line(message) })
        }
        Some(b'\r' | b'\n') | None => Some(Head { stamp, level: None, message: &rest[rest.len()..] }),
        _ => None,
    }
}

/// Reads any other stamp at the start of `line`, and its length: ISO 8601 with or without a zone, a date with slashes, no
/// fraction of a second or one of up to nine digits.
#[must_use]
pub fn parse_stamp(line: &[u8]) -> Option<(Stamp, usize)> {
    if line.len() < 19 || !matches!(line[4], b'-' | b'/') || line[7] != line[4] {
        return None;
    }
    let mut plain = [0; 19];
    plain.copy_from_slice(&line[..19]);
    (plain[4], plain[7]) = (b'-', b'-');
    let seconds = parse_civil_seconds(&plain, if line[10] == b'T' { b'T' } else { b' ' })?;
    let mut read = 19;
    let mut millis = 0;
    if matches!(line.get(read), Some(b'.' | b',')) {
        let digits = line[read + 1..].iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        let shown = &line[read + 1..read + 1 + digits.min(3)];
        millis = shown.iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0')) * [100, 10, 1][shown.len() - 1];
        read += 1 + digits;
    }
    let civil_ms = seconds * 1000 + millis;
    let (offset_s, zone) = match line.get(read) {
        Some(b'Z') => (0, 1),
        Some(sign @ (b'+' | b'-')) => {
            let hours = digits(line, read + 1, 2)?;
            let colon = usize::from(line.get(read + 3) == Some(&b':'));
            let minutes = digits(line, read + 3 + colon, 2)?;
            let offset_s = hours * 3600 + minutes * 60;
            (if *sign == b'-' { -offset_s } else { offset_s }, 5 + colon)
        }
        _ => return Some((Stamp::Local(civil_ms), read)),
    };
    let offset_s = i32::try_from(offset_s).ok()?;
    let at = Timestamp::from_millis(civil_ms - i64::from(offset_s) * 1000);
    Some((Stamp::Absolute { at, offset_s }, read + zone))
}

/// Level and message behind a stamp: `LEVEL message`, which Nacos ships, and the layouts that people set in its place.
///
/// - `- LEVEL - [thread] - message`
/// - `LEVEL pid --- [thread] logger : message` (Spring Boot)
/// - `[thread] LEVEL logger - message`, `LEVEL [thread] logger - message`, `LEVEL logger - message` (Logback), where the
///   logger is a dotted name: messages of Nacos itself begin with brackets too, but not with such a name behind them
fn after_stamp(rest: &[u8]) -> (Option<Level>, &[u8]) {
    let spaces = |text: &'_ [u8]| text.iter().take_while(|byte| **byte == b' ').count();
    let dashed = rest.strip_prefix(b"- ").filter(|rest| Level::leading(rest).is_some());
    let threaded = || {
        let after = without_brackets(rest)?;
        let (level, read) = Level::leading(after)?;
        Some((level, without_logger(&after[read..])?))
    };
    let Some((level, read)) = Level::leading(dashed.unwrap_or(rest)) else {
        return threaded().map_or((None, rest), |(level, message)| (Some(level), message));
    };
    let message = without_prefix_noise(&dashed.unwrap_or(rest)[read..]);
    if dashed.is_some() {
        let message = message.strip_prefix(b" - ").unwrap_or(message);
        let message = without_brackets(message).map_or(message, |rest| rest.strip_prefix(b"- ").unwrap_or(rest));
        return (Some(level), message);
    }
    let plain = message.strip_prefix(b" ").unwrap_or(message);
    let behind = &message[spaces(message)..];
    let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let boot = behind[digits..].strip_prefix(b" --- ").filter(|_| digits > 0);
    let named = match boot {
        Some(boot) => without_brackets(boot).and_then(without_logger),
        None => without_brackets(behind).and_then(without_logger).or_else(|| without_logger(behind)),
    };
    (Some(level), named.unwrap_or(plain))
}

/// What stands behind `[...] `; `None` without one.
fn without_brackets(text: &[u8]) -> Option<&[u8]> {
    let inside = text.strip_prefix(b"[")?;
    let end = inside.iter().position(|byte| *byte == b']')?;
    inside[end + 1..].strip_prefix(b" ")
}

/// What stands behind `a.dotted.Name - ` or `a.dotted.Name : `; `None` without one.
fn without_logger(text: &[u8]) -> Option<&[u8]> {
    let text = &text[text.iter().take_while(|byte| **byte == b' ').count()..];
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$');
    let length = text.iter().take_while(is_name).count();
    let (name, rest) = text.split_at(length);
    let dots = name.iter().filter(|byte| **byte == b'.').count();
    // A name with a colon at once is that of an exception.
    let gap = rest.iter().take_while(|byte| **byte == b' ').count();
    let message = rest[gap..].strip_prefix(b"- ").or_else(|| rest[gap..].strip_prefix(b": ")).filter(|_| gap > 0)?;
    let message = &message[message.iter().take_while(|byte| **byte == b' ').count()..];
    (dots >= 2 && name.iter().any(u8::is_ascii_alphabetic)).then_some(message)
}

/// JDK 9 and later: `[2026-11-22T15:56:04.442+0000][gc] ...`; and layouts with the stamp in brackets.
fn parse_bracketed_head(line: &[u8]) -> Option<Head<'_>> {
    let (stamp, read) = parse_stamp(&line[1..])?;
    let message = line[1 + read..].strip_prefix(b"]")?;
    if message.starts_with(b"[") {
        return Some(Head { stamp, level: None, message: end_of_line(message) });
    }
    head_behind(stamp, message)
}

/// Embedded Derby, in `derby.log`: `Sun Nov 22 16:47:12 UTC 2026 Thread[...` or `... 2026:`. The zone is that of the JVM.
fn parse_derby_head(line: &[u8]) -> Option<Head<'_>> {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    if line.get(3) != Some(&b' ') || !DAYS.contains(&&line[..3]) {
        return None;
    }
    let month = line.get(4..7).and_then(|name| MONTHS.iter().position(|month| *month == name))?;
    let (day, clock) = (digits(line, 8, 2)?, line.get(11..19)?);
    let zone = line.get(20..)?.iter().position(|byte| *byte == b' ').filter(|length| (1..=6).contains(length))?;
    let year = line.get(20 + zone + 1..20 + zone + 5)?;
    let stamp = [year, format!("-{:02}-{day:02} ", month + 1).as_bytes(), clock].concat();
    let seconds = parse_civil_seconds(&stamp, b' ')?;
    let rest = &line[20 + zone + 5..];
    let message = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b" ")).unwrap_or(rest);
    Some(Head { stamp: Stamp::Local(seconds * 1000), level: None, message: end_of_line(message) })
}

fn parse_civil_seconds(text: &[u8], between: u8) -> Option<i64> {
    if text.len() < 19
        || text[4] != b'-'
        || text[7] != b'-'
        || text[10] != between
        || text[13] != b':'
        || text[16] != b':'
    {
        return None;
    }
    let (year, month, day) = (digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?);
    let (hour, minute, second) = (digits(text, 11, 2)?, digits(text, 14, 2)?, digits(text, 17, 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn digits(text: &[u8], from: usize, count: usize) -> Option<i64> {
    text.get(from..from + count)?
        .iter()
        .try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// Days since 1970-01-01 of a proleptic Gregorian date.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// Skips what may stand before a stamp without belonging to it: NUL runs of a file that was not flushed, a byte order
/// mark, colour codes, carriage returns.
fn without_prefix_noise(mut line: &[u8]) -> &[u8] {
    loop {
        match line.first() {
            Some(0 | b'\r') => line = &line[1..],
            Some(0x1b) => match line.iter().skip(1).position(u8::is_ascii_alphabetic) {
                Some(end) if end <= 12 => line = &line[end + 2..],
                _ => return line,
            },
            Some(0xef) if line.starts_with(b"\xef\xbb\xbf") => line = &line[3..],
            _ => return line,
        }
    }
}

fn end_of_line(text: &[u8]) -> &[u8] {
    let mut end = text.len();
    while end > 0 && matches!(text[end - 1], b'\n' | b'\r') {
        end -= 1;
    }
    &text[..end]
}

/// One record as it lies in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// Offset of its first byte, counted like the `base` given to [`records`].
    pub offset: u64,
    /// Number of its first line, counted like the `first_line` given to [`records`].
    pub line: u64,
    /// Its bytes without the empty lines at the end.
    pub bytes: &'a [u8],
    /// Stamp, unless the record has none (lines before the first stamp, plain files).
    pub stamp: Option<Stamp>,
    /// Level, where told.
    pub level: Option<Level>,
}

impl<'a> RawRecord<'a> {
    /// The first line without stamp and level.
    #[must_use]
    pub fn message(&self) -> &'a [u8] {
        let line = first_line(self.bytes);
        if self.stamp.is_none() {
            return end_of_line(line);
        }
        parse_head(line).map_or_else(|| end_of_line(line), |head| head.message)
    }

    /// Everything after the first line, empty lines at both ends cut.
    #[must_use]
    pub fn continuation(&self) -> &'a [u8] {
        let rest = &self.bytes[first_line(self.bytes).len()..];
        let start = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        &rest[start..]
    }

    /// Message and continuation as text, capped at [`MAX_RECORD_BYTES`].
    #[must_use]
    pub fn text(&self, encoding: Encoding) -> RecordText<'a> {
        let message = capped(self.message(), MAX_RECORD_BYTES / 4);
        let continuation = capped(self.continuation(), MAX_RECORD_BYTES - message.len());
        RecordText {
            level: self.level,
            message: decode(message, encoding),
            continuation: decode(continuation, encoding),
        }
    }

    /// The whole record as text, stamp included, capped at `limit` bytes.
    #[must_use]
    pub fn display(&self, encoding: Encoding, limit: usize) -> Cow<'a, str> {
        decode(capped(self.bytes, limit), encoding)
    }
}

/// A record as text: what signatures match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordText<'a> {
    /// Level, where told.
    pub level: Option<Level>,
    /// First line without stamp and level.
    pub message: Cow<'a, str>,
    /// What follows, usually an exception.
    pub continuation: Cow<'a, str>,
}

/// Splits `bytes`, which begin at offset `base` and line `first_line` of a file, into records.
#[must_use]
pub const fn records(bytes: &[u8], base: u64, first_line: u64, layout: Layout) -> Records<'_> {
    Records { bytes, layout, position: 0, base, line: first_line }
}

/// Iterator of [`records`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    layout: Layout,
    position: usize,
    base: u64,
    line: u64,
}

impl<'a> Iterator for Records<'a> {
    type Item = RawRecord<'a>;

    fn next(&mut self) -> Option<RawRecord<'a>> {
        while self.position < self.bytes.len() {
            let start = self.position;
            let start_line = self.line;
            let first = first_line(&self.bytes[start..]);
            self.position += first.len();
            self.line += 1;
            let head = if self.layout == Layout::Plain { None } else { parse_head(first) };
            if is_blank(first) && head.is_none() {
                continue;
            }
            let mut end = self.position;
            while self.layout != Layout::Plain && self.position < self.bytes.len() {
                let line = first_line(&self.bytes[self.position..]);
                if self.begins_record(line, head.is_some()) {
                    break;
                }
                self.position += line.len();
                self.line += 1;
                if !is_blank(line) {
                    end = self.position;
                }
            }
            return Some(RawRecord {
                offset: self.base + start as u64,
                line: start_line,
                bytes: end_of_line(&self.bytes[start..end]),
                stamp: head.map(|head| head.stamp),
                level: head.and_then(|head| head.level),
            });
        }
        None
    }
}

impl Records<'_> {
    fn begins_record(&self, line: &[u8], in_stamped: bool) -> bool {
        if parse_head(line).is_some() {
            return true;
        }
        if self.layout != Layout::Mixed {
            return false;
        }
        if is_jvm_line(line) || is_shell_line(line) {
            return true;
        }
        !in_stamped && !is_blank(line) && !is_trace_line(line) && !line.starts_with(b"#")
    }
}

/// What a shell writes of a command that a signal ended: `sh: line 19:    12 Killed   bin/docker-startup.sh`, or the word alone.
fn is_shell_line(line: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(line, word).is_some();
    ["Killed", "已杀死"].iter().any(|word| line.starts_with(word.as_bytes()) || has(b": line ") && has(word.as_bytes()))
}

/// Lines that the JVM itself writes between the records of others.
fn is_jvm_line(line: &[u8]) -> bool {
    [
        b"# A fatal error".as_slice(),
        b"# There is insufficient memory",
        b"java.lang.OutOfMemoryError",
        b"Dumping heap to",
        b"Heap dump file created",
        b"Terminating due to",
        b"Aborting due to",
        b"Exception in thread",
        b"Exception: ",
        b"OpenJDK 64-Bit Server VM warning",
        b"Java HotSpot(TM) 64-Bit Server VM warning",
    ]
    .into_iter()
    .any(|start| line.starts_with(start))
        // Unified logging: `[warning][os,thread] Failed to start thread …`, with or without a stamp before it.
        || line.starts_with(b"[") && memchr::memmem::find(line, b"[warning][os").is_some()
}

/// Lines of a stack trace.
fn is_trace_line(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'\t' | b' ')) || line.starts_with(b"Caused by: ") || line.starts_with(b"Suppressed: ")
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | 0))
}

/// The first line of `bytes` with its line end.
fn first_line(bytes: &[u8]) -> &[u8] {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => &bytes[..=end],
        None => bytes,
    }
}

fn capped(bytes: &[u8], limit: usize) -> &[u8] {
    &bytes[..bytes.len().min(limit)]
}

/// How the bytes of a file become text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; bytes that are not become U+FFFD.
    #[default]
    Utf8,
    /// GBK, the default of a JVM under a Chinese Windows or an old Chinese locale.
    Gbk,
}

impl Encoding {
    /// `utf-8` or `gbk`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gbk => "gbk",
        }
    }

    /// The encoding of a file by a piece of it (a few KiB will do). The piece may begin and end inside a character.
    #[must_use]
    pub fn detect(piece: &[u8]) -> Self {
        let start = piece.iter().take(3).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
        let Err(error) = std::str::from_utf8(&piece[start..]) else { return Self::Utf8 };
        let torn_at_the_end = error.error_len().is_none();
        if torn_at_the_end {
            return Self::Utf8;
        }
        // Whole lines only: a piece cut inside a two-byte character would shift everything after it.
        let from = piece.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let to = piece.iter().rposition(|byte| *byte == b'\n').map_or(piece.len(), |at| at + 1);
        let lines = if from < to { &piece[from..to] } else { piece };
        if lines.is_ascii() {
            return Self::Utf8;
        }
        let (_, had_errors) = GBK.decode_without_bom_handling(lines);
        if had_errors { Self::Utf8 } else { Self::Gbk }
    }
}

/// Bytes as text, without NUL and colour codes.
#[must_use]
pub fn decode(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    let text = match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes),
        Encoding::Gbk => GBK.decode_without_bom_handling(bytes).0,
    };
    if text.bytes().any(|byte| byte == 0x1b || byte == 0) { Cow::Owned(without_controls(&text)) } else { text }
}

fn without_controls(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\0' => {}
            '\x1b' => {
                if chars.peek() == Some(&'[') {
                    chars.next();
                    while chars.peek().is_some_and(|next| next.is_ascii_digit() || matches!(next, ';' | '?')) {
                        chars.next();
                    }
                    if chars.peek().is_some_and(char::is_ascii_alphabetic) {
                        chars.next();
                    }
                }
            }
            _ => clean.push(char),
        }
    }
    clean
}

/// What one record tells about the zone and the clocks: an epoch stamp inside the text beside the local stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockHint {
    /// Local stamp minus epoch stamp, milliseconds: zone offset plus clock difference plus delay.
    pub civil_minus_epoch_ms: i64,
    /// The epoch stamp, milliseconds.
    pub epoch_ms: i64,
    /// The node's own host as the peer saw it; `None` where the node itself gave out the id.
    pub own: Option<String>,
    /// Whose clock made the epoch stamp: `None` is the node itself, else the main address of the peer.
    pub peer: Option<String>,
}

/// The hint in a message, if it has one: a connection id `<epoch ms>_<ip>_<port>` at the moment it was made.
///
/// `transportReady` and `Client connection … connect` carry the node's own clock; `Success to connect a server [peer]`
/// carries the clock of that peer, which gives the difference between the two.
#[must_use]
pub fn clock_hint(stamp: Stamp, message: &str) -> Option<ClockHint> {
    let Stamp::Local(civil_ms) = stamp else { return None };
    let (id, peer) = if let Some(id) = message.strip_prefix("Connection transportReady,connectionId = ") {
        (id, None)
    } else if let Some(rest) = message.strip_prefix("Client connection ") {
        (rest.trim_end().strip_suffix(" connect")?, None)
    } else {
        let (head, id) = message.split_once(", connectionId = ")?;
        let (_, server) = head.split_once("] Success to connect a server [")?;
        (id, Some(server.strip_suffix(']')?.to_owned()))
    };
    let mut parts = id.split('_');
    let epoch_ms: i64 = parts.next().filter(|text| text.len() == 13)?.parse().ok()?;
    let client = parts.next().filter(|host| !host.is_empty()).map(str::to_owned);
    let own = peer.as_ref().and(client);
    Some(ClockHint { civil_minus_epoch_ms: civil_ms - epoch_ms, epoch_ms, own, peer })
}

/// The zone offset in seconds that the hints agree on. Own hints outvote those of peers, whose clocks may be wrong.
/// `None` if there is no hint within five minutes of a whole quarter of an hour.
#[must_use]
pub fn zone_of(hints: &[ClockHint]) -> Option<i32> {
    const NEAR_MS: i64 = 300_000;
    let vote = |own: bool| {
        let mut zones: Vec<i32> = hints
            .iter()
            .filter(|hint| hint.peer.is_none() == own)
            .filter_map(|hint| zone_near(hint.civil_minus_epoch_ms, NEAR_MS))
            .collect();
        zones.sort_unstable();
        zones.get(zones.len() / 2).copied()
    };
    vote(true).or_else(|| vote(false))
}

/// The zone offset in seconds that a wall clock minus the epoch is near to, by at most `near_ms`: zones lie whole quarters of an
/// hour apart, from 12 hours west to 14 east.
#[must_use]
pub fn zone_near(civil_minus_epoch_ms: i64, near_ms: i64) -> Option<i32> {
    const QUARTER_MS: i64 = 900_000;
    let quarter = (civil_minus_epoch_ms + QUARTER_MS / 2).div_euclid(QUARTER_MS);
    let rest = civil_minus_epoch_ms - quarter * QUARTER_MS;
    let near = rest.abs() <= near_ms && (-48..=56).contains(&quarter);
    near.then(|| i32::try_from(quarter * 900).ok()).flatten()
}

/// This node's clock minus the clock of each peer in milliseconds, from the hints of connections it made, given its
/// zone. The median of several; connecting takes some milliseconds, so a hundred mean nothing.
#[must_use]
pub fn clock_offsets(hints: &[ClockHint], zone_offset_s: i32) -> std::collections::BTreeMap<String, i64> {
    let mut by_peer: std::collections::BTreeMap<String, Vec<i64>> = std::collections::BTreeMap::new();
    for hint in hints {
        if let Some(peer) = &hint.peer {
            let offset = hint.civil_minus_epoch_ms - i64::from(zone_offset_s) * 1000;
            by_peer.entry(peer.clone()).or_default().push(offset);
        }
    }
    by_peer
        .into_iter()
        .map(|(peer, mut offsets)| {
            offsets.sort_unstable();
            let median = offsets[offsets.len() / 2];
            (peer, median)
        })
        .collect()
}

/// Whether a file is one into which the JVM of a node writes what it does with its memory: `nacos_gc.log`, or one that was
/// rotated.
#[must_use]
pub fn is_gc_log(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with("nacos_gc.log"))
}

#[cfg(test)]
mod tests;
