//! `nodedown logscan`: the scanner by itself, over files on this machine.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use regex::bytes::{Regex, RegexBuilder};

use super::language;
use crate::domain::message::Lang;
use crate::locale;
use crate::logscan::{self, Cut, Found, GrepCount, GrepFile, GrepWindow, Record};
use crate::nacos::log_line::decode;
use crate::nacos::signatures::SignatureSet;
use crate::sources::files::{LooseFile, NotOpened};
use crate::sources::{SourceError, redact};

/// Most bytes of a file with patterns.
const MAX_PATTERNS: u64 = 16 * 1024 * 1024;

/// Arguments of `logscan`.
#[derive(Debug, Args)]
pub(super) struct LogscanArguments {
    /// First moment of the window: `YYYY-MM-DD HH:MM:SS` as the log writes it, or RFC 3339 with the zone of the log
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// End of the window; records of exactly that moment are not included
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// File of fixed strings to look for, one per line, instead of the known signatures
    #[arg(long, value_name = "FILE")]
    patterns: Option<PathBuf>,
    /// Prints only how many lines match
    #[arg(long)]
    count: bool,
    /// Language of the texts: zh-CN or en. Default: that of the environment
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
    /// Log files; rotated and packed ones (.gz) too
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What the window means, for `--help`; in the language of the environment.
pub(super) fn explained(lang: Lang) -> String {
    const KEYS: [&str; 10] = [
        "logscan-help-record",
        "logscan-help-clock",
        "logscan-help-disorder",
        "logscan-help-head",
        "logscan-help-continuation",
        "logscan-help-count",
        "logscan-help-patterns",
        "logscan-help-files",
        "logscan-help-secrets",
        "logscan-help-exit",
    ];
    let sentences: Vec<String> = KEYS.iter().map(|key| format!("- {}", locale::text(lang, key, &[]))).collect();
    format!("{}\n{}", locale::text(lang, "logscan-help-title", &[]), sentences.join("\n"))
}

/// Prints the lines of the window that hit.
pub(super) fn run(arguments: &LogscanArguments) -> anyhow::Result<ExitCode> {
    let lang = language(arguments.lang.as_deref())?;
    let say = |key: &str, args: &[(&str, &str)]| locale::text(lang, key, args);
    let moment = |option: &str, text: Option<&str>| -> anyhow::Result<Option<i64>> {
        let Some(text) = text else { return Ok(None) };
        let parsed =
            wall_clock(text).with_context(|| say("logscan-bad-time", &[("option", option), ("text", text)]))?;
        Ok(Some(parsed))
    };
    let window =
        GrepWindow { from: moment("--from", arguments.from.as_deref())?, to: moment("--to", arguments.to.as_deref())? };
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from >= to
    {
        bail!(say("logscan-from-after-to", &[]));
    }
    let patterns = match &arguments.patterns {
        Some(path) => Some(read_patterns(path, lang)?),
        None => None,
    };

    let mut opened = Vec::new();
    let mut ended = Vec::new();
    for path in &arguments.files {
        let name = path.to_string_lossy().into_owned();
        match LooseFile::open(path) {
            Ok(file) => {
                ended.push(None);
                opened.push(GrepFile { file, path: name });
            }
            Err(error) => ended.push(Some(refusal(lang, &name, &error))),
        }
    }
    let several = arguments.files.len() > 1;
    let mut report = Report { lang, files: &arguments.files, ended, next: 0, failed: false, partly: false };
    let places: Vec<usize> =
        report.ended.iter().enumerate().filter(|(_, ended)| ended.is_none()).map(|(index, _)| index).collect();
    let mut out = Output { to: BufWriter::with_capacity(64 * 1024, io::stdout()), error: None };
    let mut take = |index: usize, found: Found<'_, Result<GrepCount, SourceError>>| {
        let path = &opened[index].path;
        match found {
            Found::Line(line) => {
                report.refused_before(places[index], &mut out);
                let mut shown = line.to_vec();
                redact::mask(&mut shown);
                out.line(if several { Some(path) } else { None }, &shown)
            }
            Found::End(end) => {
                report.refused_before(places[index], &mut out);
                report.next = places[index] + 1;
                if arguments.count
                    && let Ok(count) = &end
                {
                    out.line(if several { Some(path) } else { None }, count.lines.to_string().as_bytes());
                }
                report.say(path, &end, &mut out);
                out.error.is_none()
            }
        }
    };
    match &patterns {
        Some(pattern) => logscan::grep(&opened, &window, pattern, arguments.count, &mut take),
        None => {
            let lane = || {
                |file: &GrepFile, give: &mut (dyn FnMut(&[u8]) -> bool + Send)| {
                    known(file, &window, arguments.count, give)
                }
            };
            logscan::in_order(&opened, lane, &mut take);
        }
    }
    report.refused_before(arguments.files.len(), &mut out);
    out.finish()?;
    Ok(match (report.failed, report.partly) {
        (true, _) => ExitCode::from(super::FAILED),
        (false, true) => ExitCode::from(super::UNKNOWN),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// What is said on standard error, file by file in the order they were given.
struct Report<'a> {
    lang: Lang,
    files: &'a [PathBuf],
    /// Why files could not be opened.
    ended: Vec<Option<String>>,
    /// First file that nothing was said of.
    next: usize,
    failed: bool,
    partly: bool,
}

impl Report<'_> {
    /// Says which files before this one could not be opened.
    fn refused_before(&mut self, index: usize, out: &mut Output<impl Write>) {
        while self.next < index.min(self.files.len()) {
            if let Some(why) = self.ended[self.next].take() {
                out.flush();
                complain(&why);
                self.failed = true;
            }
            self.next += 1;
        }
    }

    fn say(&mut self, path: &str, end: &Result<GrepCount, SourceError>, out: &mut Output<impl Write>) {
        let say = |key: &str| locale::text(self.lang, key, &[("file", path)]);
        let mut lines = Vec::new();
        match end {
            Ok(count) => {
                self.partly |= count.broken || count.changed;
                lines.extend(count.stampless.then(|| say("logscan-no-stamps")));
                lines.extend(count.broken.then(|| say("logscan-broken")));
                lines.extend(count.changed.then(|| say("logscan-became-shorter")));
            }
            Err(error) => {
                self.failed = true;
                let why = locale::render(self.lang, &error.message());
                lines.push(locale::text(self.lang, "logscan-not-read", &[("file", path), ("why", &why)]));
            }
        }
        if !lines.is_empty() {
            out.flush();
        }
        for line in lines {
            complain(&line);
        }
    }
}

fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "nodedown: {line}");
}

/// Why a file cannot be opened, as a sentence.
fn refusal(lang: Lang, path: &str, error: &NotOpened) -> String {
    let key = match error {
        NotOpened::NotFound => "logscan-not-found",
        NotOpened::Denied => "logscan-denied",
        NotOpened::Folder => "logscan-folder",
        NotOpened::NotRegular => "logscan-not-regular",
        NotOpened::Failed(why) => {
            return locale::text(lang, "logscan-not-read", &[("file", path), ("why", why)]);
        }
    };
    locale::text(lang, key, &[("file", path)])
}

/// Looks for the known signatures.
fn known(
    file: &GrepFile,
    window: &GrepWindow,
    only_count: bool,
    give: &mut (dyn FnMut(&[u8]) -> bool + Send),
) -> Result<GrepCount, SourceError> {
    let signatures = SignatureSet::shared();
    let (mut lines, mut goes_on) = (0, true);
    let scan = logscan::records_of(&file.file, &file.path, window, &mut |record: &Record<'_>| {
        if goes_on && let Some(line) = hit_line(signatures, &file.path, record) {
            lines += 1;
            goes_on = only_count || give(line);
        }
    })?;
    Ok(GrepCount {
        lines,
        read_bytes: scan.read_bytes,
        stampless: !scan.stamped && (window.from.is_some() || window.to.is_some()),
        broken: scan.cut == Some(Cut::Packed),
        changed: scan.cut.is_some_and(|cut| cut != Cut::Packed) || file.file.is_shorter(),
    })
}

/// The line of the record that hits a signature: its first, or the first below that does.
fn hit_line<'a>(signatures: &SignatureSet, path: &str, record: &Record<'a>) -> Option<&'a [u8]> {
    let text = record.raw.text(record.encoding);
    let hit = signatures.classify(path, &text)?;
    let first = |bytes: &'a [u8]| {
        let line = memchr::memchr(b'\n', bytes).map_or(bytes, |end| &bytes[..end]);
        line.strip_suffix(b"\r").unwrap_or(line)
    };
    let by_message = signatures.classify_parts(path, &text.message, "");
    if by_message.is_some_and(|by_message| by_message.signature.id == hit.signature.id) {
        return Some(first(record.raw.bytes));
    }
    let below =
        record.raw.continuation().split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut below = below.filter(|line| !line.is_empty());
    below
        .find(|line| {
            let line = decode(line, record.encoding);
            signatures.classify_parts(path, "", &line).is_some_and(|by_line| by_line.signature.id == hit.signature.id)
        })
        .or_else(|| Some(first(record.raw.bytes)))
}

/// Milliseconds on the wall clock of the log.
fn wall_clock(text: &str) -> anyhow::Result<i64> {
    let text = text.trim();
    let zoned = text.parse::<jiff::Timestamp>().ok().and_then(|at| {
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).ok()?;
        let offset = pieces.to_numeric_offset()?;
        Some(at.as_millisecond() + i64::from(offset.seconds()) * 1000)
    });
    if let Some(civil) = zoned {
        return Ok(civil);
    }
    let civil: jiff::civil::DateTime =
        text.replacen(',', ".", 1).parse().map_err(|_| anyhow!("YYYY-MM-DD HH:MM:SS"))?;
    let at = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| anyhow!("YYYY-MM-DD HH:MM:SS"))?;
    Ok(at.timestamp().as_millisecond())
}

fn read_patterns(path: &Path, lang: Lang) -> anyhow::Result<Regex> {
    let name = path.to_string_lossy().into_owned();
    let say = |key: &str| anyhow!("--patterns: {}", locale::text(lang, key, &[("file", &name)]));
    let file = LooseFile::open(path).map_err(|error| anyhow!("--patterns: {}", refusal(lang, &name, &error)))?;
    if file.size_bytes() > MAX_PATTERNS {
        return Err(say("logscan-patterns-large"));
    }
    let mut bytes = vec![0; usize::try_from(file.size_bytes())?];
    let read = file.read_into(0, &mut bytes)?;
    bytes.truncate(read);
    pattern_of(&bytes).map_err(|_| say("logscan-patterns-large"))?.ok_or_else(|| say("logscan-patterns-empty"))
}

/// One pattern of many fixed strings, bytes as they are, one a line; `None` if there is none.
fn pattern_of(bytes: &[u8]) -> Result<Option<Regex>, regex::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let strings: Vec<String> = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .map(|line| {
            line.iter()
                .map(|byte| {
                    if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("\\x{byte:02x}") }
                })
                .collect()
        })
        .collect();
    if strings.is_empty() {
        return Ok(None);
    }
    RegexBuilder::new(&strings.join("|")).unicode(false).size_limit(256 * 1024 * 1024).build().map(Some)
}

/// Standard output; a reader that goes away ends it without noise.
struct Output<W: Write> {
    to: W,
    error: Option<io::Error>,
}

impl<W: Write> Output<W> {
    fn line(&mut self, path: Option<&str>, line: &[u8]) -> bool {
        let prefix = path.map_or(Ok(()), |path| {
            self.to.write_all(path.as_bytes())?;
            self.to.write_all(b":")
        });
        let written = prefix.and_then(|()| self.to.write_all(line)).and_then(|()| self.to.write_all(b"\n"));
        match written {
            Ok(()) => true,
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }

    /// So that what is said on standard error comes after the lines before it.
    fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.to.flush().err();
        }
    }

    fn finish(mut self) -> anyhow::Result<()> {
        match self.error.take().map_or_else(|| self.to.flush(), Err) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_on_the_wall_clock_of_the_log() {
        let expected = 1_795_305_845_000;
        assert_eq!(wall_clock("2026-11-22 00:04:05").ok(), Some(expected));
        assert_eq!(wall_clock("2026-11-22T00:04:05+08:00").ok(), Some(expected));
        assert_eq!(wall_clock("2026-11-22 00:04:05,250").ok(), Some(expected + 250));
        assert_eq!(wall_clock("2026-11-22T00:04:05Z").ok(), Some(expected));
        assert!(wall_clock("yesterday").is_err());
    }

    #[test]
    fn signatures_print_the_line_that_hits() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("nacos.log");
        std::fs::write(
            &path,
            "2026-11-22 08:00:00,000 INFO nothing special\n\n2026-11-22 08:00:01,000 ERROR boom\n\njava.lang.OutOfMemoryError: Java heap space\n\tat x\n",
        )
        .expect("log");
        let file = GrepFile { file: LooseFile::open(&path).expect("opened"), path: path.display().to_string() };
        let mut given = Vec::new();
        let count = known(&file, &GrepWindow::default(), false, &mut |line| {
            given.push(String::from_utf8_lossy(line).into_owned());
            true
        })
        .expect("scanned");
        assert_eq!(given, ["java.lang.OutOfMemoryError: Java heap space"]);
        assert_eq!(count.lines, 1);
    }

    #[test]
    fn patterns_are_bytes_as_they_are() {
        let pattern = pattern_of(b"\xef\xbb\xbfa.b\r\n\r\n\n(x|\xd6\xd0\r\n").expect("built").expect("strings");
        assert!(pattern.is_match(b"1 a.b 2") && pattern.is_match(b"(x|\xd6\xd0"));
        assert!(!pattern.is_match(b"axb") && !pattern.is_match(b"\r"));
        assert!(pattern_of(b"\r\n\n").expect("built").is_none());
    }
}
