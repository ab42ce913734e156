//! `nodedown logscan`: the scanner by itself, over files on this machine.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use regex::bytes::{Regex, RegexBuilder};

use crate::logscan::{self, GrepCount, GrepWindow, Record};
use crate::nacos::log_line::decode;
use crate::nacos::signatures::SignatureSet;
use crate::sources::files::LooseFile;

/// Most bytes of a file with patterns.
const MAX_PATTERNS: u64 = 16 * 1024 * 1024;

/// Arguments of `logscan`.
#[derive(Debug, Args)]
pub(super) struct LogscanArguments {
    /// First moment of the window: `YYYY-MM-DD HH:MM:SS` as the log writes it, or RFC 3339 with the zone of the log
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// End of the window; lines of that very moment no longer belong to it
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Fixed strings to look for, one a line, instead of the known signatures
    #[arg(long, value_name = "FILE")]
    patterns: Option<PathBuf>,
    /// Print only how many lines hit
    #[arg(long)]
    count: bool,
    /// Logs, also packed ones (.gz)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Prints the lines of the window that hit.
pub(super) fn run(arguments: &LogscanArguments) -> anyhow::Result<ExitCode> {
    let window = GrepWindow {
        from: arguments.from.as_deref().map(wall_clock).transpose().context("--from")?,
        to: arguments.to.as_deref().map(wall_clock).transpose().context("--to")?,
    };
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from >= to
    {
        bail!("--from must be earlier than --to");
    }
    let patterns = arguments.patterns.as_deref().map(read_patterns).transpose()?;
    let several = arguments.files.len() > 1;
    let mut out = Output { to: BufWriter::with_capacity(64 * 1024, io::stdout()), error: None };
    let mut failed = false;
    for path in &arguments.files {
        let prefix = if several { format!("{}:", path.display()) } else { String::new() };
        match scan(path, &window, patterns.as_ref(), arguments.count, &prefix, &mut out) {
            Ok(count) => {
                if arguments.count {
                    out.line(&prefix, count.lines.to_string().as_bytes());
                }
                if count.stampless {
                    let _ =
                        writeln!(io::stderr(), "nodedown: {}: no time stamps, all of it was searched", path.display());
                }
                if count.broken {
                    let _ = writeln!(
                        io::stderr(),
                        "nodedown: {}: broken or cut short, searched up to there",
                        path.display()
                    );
                }
            }
            Err(error) => {
                failed = true;
                let _ = writeln!(io::stderr(), "nodedown: {}: {error:#}", path.display());
            }
        }
        if out.error.is_some() {
            break;
        }
    }
    out.finish()?;
    Ok(if failed { ExitCode::from(super::FAILED) } else { ExitCode::SUCCESS })
}

fn scan(
    path: &Path,
    window: &GrepWindow,
    patterns: Option<&Regex>,
    only_count: bool,
    prefix: &str,
    out: &mut Output<impl Write + Send>,
) -> anyhow::Result<GrepCount> {
    let file = LooseFile::open(path)?;
    let name = path.to_string_lossy();
    if let Some(pattern) = patterns {
        return Ok(logscan::grep(&file, &name, window, pattern, &mut |line| only_count || out.line(prefix, line))?);
    }
    let signatures = SignatureSet::shared();
    let mut lines = 0;
    let scan = logscan::records_of(&file, &name, window, &mut |record: &Record<'_>| {
        if let Some(line) = hit_line(signatures, &name, record) {
            lines += 1;
            if !only_count && out.error.is_none() {
                out.line(prefix, line);
            }
        }
    })?;
    Ok(GrepCount {
        lines,
        read_bytes: scan.read_bytes,
        stampless: !scan.stamped && (window.from.is_some() || window.to.is_some()),
        broken: scan.cut.is_some(),
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
    let civil: jiff::civil::DateTime = text
        .replacen(',', ".", 1)
        .parse()
        .map_err(|_| anyhow!("`{text}` is not a time: write `YYYY-MM-DD HH:MM:SS` or RFC 3339"))?;
    let at = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| anyhow!("`{text}` is not a time"))?;
    Ok(at.timestamp().as_millisecond())
}

fn read_patterns(path: &Path) -> anyhow::Result<Regex> {
    let file = LooseFile::open(path).with_context(|| format!("--patterns {}", path.display()))?;
    if file.size_bytes() > MAX_PATTERNS {
        bail!("--patterns {}: larger than 16 MiB", path.display());
    }
    let mut bytes = vec![0; usize::try_from(file.size_bytes())?];
    let read = file.read_into(0, &mut bytes)?;
    bytes.truncate(read);
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("--patterns {}: not UTF-8", path.display()))?;
    let strings: Vec<String> = text
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.is_empty())
        .map(regex::escape)
        .collect();
    if strings.is_empty() {
        bail!("--patterns {}: no string in it", path.display());
    }
    RegexBuilder::new(&strings.join("|"))
        .unicode(false)
        .size_limit(256 * 1024 * 1024)
        .build()
        .map_err(|error| anyhow!("--patterns {}: {error}", path.display()))
}

/// Standard output; a reader that goes away ends it without noise.
struct Output<W: Write> {
    to: W,
    error: Option<io::Error>,
}

impl<W: Write> Output<W> {
    fn line(&mut self, prefix: &str, line: &[u8]) -> bool {
        let written = self
            .to
            .write_all(prefix.as_bytes())
            .and_then(|()| self.to.write_all(line))
            .and_then(|()| self.to.write_all(b"\n"));
        match written {
            Ok(()) => true,
            Err(error) => {
                self.error = Some(error);
                false
            }
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
        let mut out = Output { to: Vec::new(), error: None };
        let count = scan(&path, &GrepWindow::default(), None, false, "a:", &mut out).expect("scanned");
        assert_eq!(String::from_utf8_lossy(&out.to), "a:java.lang.OutOfMemoryError: Java heap space\n");
        assert_eq!(count.lines, 1);
    }
}
