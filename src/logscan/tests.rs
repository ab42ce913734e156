//! Windows and lines, compared with an oracle that reads everything.

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt;
use regex::bytes::Regex;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::cluster::{FileSource, NodeSpec};
use crate::domain::evidence::Vantage;
use crate::domain::id::NodeName;
use crate::domain::observed::ProcessSeen;
use crate::sources::files::LooseFile;
use crate::sources::{HandedIn, HttpAnswer, HttpAsk, ProbeAnswer, ProbeAsk};

/// One file in memory; can end its answers early.
struct Memory {
    spec: NodeSpec,
    bytes: Vec<u8>,
    /// Reads that are answered; then the deadline is over.
    reads: Mutex<u32>,
    /// What the file is after so many reads: rotated or truncated.
    then: Option<(u32, Vec<u8>)>,
}

impl Memory {
    fn new(bytes: Vec<u8>) -> Self {
        let spec = NodeSpec { name: NodeName::from("n1"), api: None, files: FileSource::None };
        Self { spec, bytes, reads: Mutex::new(u32::MAX), then: None }
    }

    fn entry(&self, path: &str) -> FileEntry {
        FileEntry {
            path: path.to_owned(),
            size_bytes: self.bytes.len() as u64,
            start_offset: 0,
            modified: None,
            zone_offset_s: None,
        }
    }
}

#[async_trait]
impl NodeSource for Memory {
    fn spec(&self) -> &NodeSpec {
        &self.spec
    }
    fn files_vantage(&self) -> Vantage {
        Vantage::Here
    }
    fn files_live(&self) -> bool {
        false
    }
    async fn http(&self, _: &HttpAsk, _: &Deadline) -> Result<HttpAnswer, SourceError> {
        Err(SourceError::NotRecorded)
    }
    async fn probe(&self, _: &ProbeAsk, _: &Deadline) -> Result<ProbeAnswer, SourceError> {
        Err(SourceError::NotRecorded)
    }
    async fn list(&self, _: &str, _: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        Err(SourceError::NotRecorded)
    }
    async fn read_at(&self, _: &str, offset: u64, length: usize, _: &Deadline) -> Result<Vec<u8>, SourceError> {
        let mut reads = self.reads.lock().expect("lock");
        if *reads == 0 {
            return Err(SourceError::Timeout { after_ms: 1 });
        }
        *reads -= 1;
        let bytes = match &self.then {
            Some((after, bytes)) if u32::MAX - *reads > *after => bytes,
            _ => &self.bytes,
        };
        let start = usize::try_from(offset).expect("offset").min(bytes.len());
        Ok(bytes[start..(start + length).min(bytes.len())].to_vec())
    }
    async fn process(&self, _: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        Ok(None)
    }
    async fn disk_free(&self, _: &str, _: &Deadline) -> Result<u64, SourceError> {
        Ok(0)
    }
    async fn handed_in(&self) -> Vec<HandedIn> {
        Vec::new()
    }
}

fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(60), CancellationToken::new())
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
    fn one_in(&mut self, limit: u64) -> bool {
        self.below(limit) == 0
    }
}

/// Enough for every file here.
const CAP: u64 = 64 * 1024 * 1024;

const START: i64 = 1_795_000_000_000;

/// A log with everything that real ones have: out of order stamps, traces, empty lines, torn ends, GBK, NUL, CRLF.
fn log(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = Vec::new();
    let records = [0, 1, 3, 20, 40, 60, 90, 150, 300][dice.below(9) as usize];
    let bursts = dice.one_in(6);
    if dice.one_in(20) {
        for line in 0..dice.below(300) {
            bytes.extend_from_slice(format!("no stamp anywhere, needle {line}\n").as_bytes());
        }
        return bytes;
    }
    let line_end: &[u8] = if dice.one_in(5) { b"\r\n" } else { b"\n" };
    for _ in 0..dice.below(4) {
        bytes.extend_from_slice(b"head without a stamp");
        bytes.extend_from_slice(line_end);
    }
    let mut now = START;
    for index in 0..records {
        now += match dice.below(10) {
            0 => 0,
            // One stamp for so many records that it goes over the edges of blocks and parts.
            _ if bursts && index % 60 != 0 => 0,
            1..7 => dice.below(50) as i64,
            7 | 8 => dice.below(3_000) as i64,
            _ => dice.below(60_000) as i64,
        };
        let written = now - if !bursts && dice.one_in(6) { dice.below(DISORDER_MS as u64) as i64 } else { 0 };
        bytes.extend_from_slice(Stamp::text_of(Timestamp::from_millis(written), 8 * 3600).as_bytes());
        bytes.extend_from_slice(
            format!(" {} message {index}", ["INFO", "WARN", "ERROR"][dice.below(3) as usize]).as_bytes(),
        );
        if dice.one_in(20) {
            bytes.extend_from_slice(b" \xd6\xd0\xce\xc4 needle");
        }
        if dice.one_in(30) {
            bytes.extend(std::iter::repeat_n(b'x', dice.below(6_000) as usize));
        }
        if dice.one_in(40_000) {
            bytes.extend_from_slice(b" big ");
            bytes.extend(std::iter::repeat_n(b'y', MAX_RECORD.max(1_100_000) + dice.below(400_000) as usize));
            bytes.extend_from_slice(b" needle");
            bytes.extend_from_slice(line_end);
            continue;
        }
        bytes.extend_from_slice(line_end);
        if dice.one_in(2) {
            bytes.extend_from_slice(line_end);
        }
        if dice.one_in(8) {
            for _ in 0..dice.below(30) {
                bytes.extend_from_slice(b"\tat com.alibaba.nacos.Needle(needle.java:1) 2026-11-22 00:00:00,000 INFO");
                bytes.extend_from_slice(line_end);
            }
        }
        if dice.one_in(200) {
            bytes.extend(std::iter::repeat_n(0, dice.below(3_000) as usize));
        }
    }
    if dice.one_in(3) {
        bytes.truncate(bytes.len().saturating_sub(dice.below(40) as usize));
    }
    bytes
}

/// (offset, stamp) of every line; the stamp is that of its record.
fn lines_with_stamps(bytes: &[u8]) -> Vec<(u64, Option<i64>, &[u8])> {
    let mut now = None;
    let mut offset = 0;
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // Only what stands at the start of a line, behind NULs, is a stamp.
        let noise = line.iter().take_while(|byte| matches!(byte, 0 | b'\r')).count();
        let text = &line[noise..];
        let shape = |(place, byte): (usize, &u8)| match place {
            4 | 7 => *byte == b'-',
            10 => *byte == b' ',
            13 | 16 => *byte == b':',
            19 => *byte == b',',
            _ => byte.is_ascii_digit(),
        };
        let ended = matches!(text.get(23), None | Some(b' ' | b'|' | b'\r' | b'\n'));
        if text.len() >= 23 && ended && text[..23].iter().enumerate().all(shape) {
            let number = |from: usize, to: usize| -> i64 {
                std::str::from_utf8(&text[from..to]).expect("digits").parse().expect("number")
            };
            let day = jiff::civil::date(number(0, 4) as i16, number(5, 7) as i8, number(8, 10) as i8);
            let days = i64::from((day - jiff::civil::date(1970, 1, 1)).get_days());
            let seconds = days * 86_400 + number(11, 13) * 3600 + number(14, 16) * 60 + number(17, 19) - 8 * 3600;
            now = Some(seconds * 1000 + number(20, 23));
        }
        lines.push((offset, now, line));
        offset += line.len() as u64;
    }
    let first = lines.iter().find_map(|(_, at, _)| *at);
    for line in &mut lines {
        line.1 = line.1.or(first);
    }
    lines
}

fn span(dice: &mut Dice, bytes: &[u8]) -> Window {
    span_of(dice, &lines_with_stamps(bytes))
}

fn span_of(dice: &mut Dice, lines: &Lines<'_>) -> Window {
    let stamps: Vec<i64> = lines.iter().filter_map(|(_, at, _)| *at).collect();
    let pick = |dice: &mut Dice| match stamps.len() {
        0 => START,
        many => stamps[dice.below(many as u64) as usize] + [0, 0, 1, -1, 700, -700][dice.below(6) as usize],
    };
    let (one, other) = (pick(dice), pick(dice));
    Window {
        from: Timestamp::from_millis(one.min(other)),
        to: Timestamp::from_millis(one.max(other)),
        zone_offset_s: 8 * 3600,
    }
}

/// Files with windows to ask each for: together ten thousand cases.
const FILES: u64 = 2_500;
const WINDOWS: u64 = 4;

/// Everything that stands in the window by an oracle that reads it all, compared with both ways to scan.
#[test]
fn ten_thousand_windows_hold_exactly_what_an_oracle_finds() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    // Some hit few lines, some nearly all of them: at their start, at their end, or many times over.
    let needles =
        &["needle|message 7", "2026-11-", "message [0-9]+", "at|needle|[0-9],|x", "\\r|[0-9]", "INFO|\\.java"]
            .map(|pattern| Regex::new(pattern).expect("pattern"));
    std::thread::scope(|scope| {
        for lane in 0..threads {
            scope.spawn(move || {
                let folder = tempfile::tempdir().expect("folder");
                for seed in (1 + lane..=FILES).step_by(threads as usize) {
                    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                    let bytes = log(&mut dice);
                    let needle = if dice.one_in(2) { &needles[0] } else { &needles[dice.below(6) as usize] };
                    let lines = lines_with_stamps(&bytes);
                    let packed = dice.one_in(6).then(|| pack(&bytes));
                    let path = folder.path().join(if packed.is_some() { "a.log.gz" } else { "a.log" });
                    std::fs::write(&path, packed.as_ref().unwrap_or(&bytes)).expect("file");
                    for _ in 0..WINDOWS {
                        let span = span_of(&mut dice, &lines);
                        records_are_those_of_the_window(seed, &mut dice, &bytes, packed.as_deref(), &lines, &span);
                        lines_are_those_of_the_window(seed, &mut dice, &path, &lines, &span, needle);
                    }
                    if packed.is_none() {
                        changes_are_said(seed, &mut dice, &bytes, &lines);
                        shortening_is_said(seed, &mut dice, &path, &bytes, needle);
                    }
                }
            });
        }
    });
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut pack = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    pack.write_all(bytes).expect("packed");
    pack.finish().expect("packed")
}

type Lines<'a> = [(u64, Option<i64>, &'a [u8])];

/// Adds what of some lines can be compared: not their ends, and of a line that is too large only how it begins.
fn tell(bytes: &[u8], to: &mut Vec<u8>) {
    let large = if bytes.len() >= MAX_RECORD { memchr::memmem::find(bytes, b"yyyy") } else { None };
    let bytes = &bytes[..large.unwrap_or(bytes.len())];
    let mut start = 0;
    for end in memchr::memchr3_iter(b'\n', b'\r', 0, bytes) {
        to.extend_from_slice(&bytes[start..end]);
        start = end + 1;
    }
    to.extend_from_slice(&bytes[start..]);
}

fn oracle(lines: &Lines<'_>, span: &Window) -> Vec<u8> {
    let mut told = Vec::new();
    for (_, at, line) in lines {
        if at.is_none_or(|at| span.holds(Timestamp::from_millis(at))) {
            tell(line, &mut told);
        }
    }
    told
}

/// The scan, and what it gave.
fn scanned(
    source: &Memory,
    entry: &FileEntry,
    span: &Window,
    mut look: impl FnMut(&Record<'_>) + Send,
) -> (WindowScan, Vec<u8>) {
    let mut given = Vec::new();
    let deadline = deadline();
    let mut sink = |record: &Record<'_>| {
        look(record);
        tell(record.raw.bytes, &mut given);
    };
    let scan =
        window(source, entry, span, CAP, &deadline, &mut sink).now_or_never().expect("never waits").expect("scanned");
    (scan, given)
}

fn records_are_those_of_the_window(
    seed: u64,
    dice: &mut Dice,
    bytes: &[u8],
    packed: Option<&[u8]>,
    lines: &Lines<'_>,
    span: &Window,
) {
    let expected = oracle(lines, span);
    let path = if packed.is_some() { "logs/nacos.log.2026-11-22.0.gz" } else { "logs/nacos.log" };
    let source = Memory::new(packed.unwrap_or(bytes).to_vec());
    let (mut wrong, mut count) = (Vec::new(), 0);
    let whole = dice.one_in(8);
    let (scan, given) = scanned(&source, &source.entry(path), span, |record| {
        let start = record.raw.offset as usize;
        if bytes[start..start + record.raw.bytes.len()] != *record.raw.bytes {
            wrong.push(start);
        }
        // Counting lines for every record would take most of the time.
        if whole
            && let Some(line) = record.line
            && line != memchr::memchr_iter(b'\n', &bytes[..start]).count() as u64 + 1
        {
            wrong.push(start);
        }
        count += 1;
    });
    assert!(wrong.is_empty(), "seed {seed}: offsets or line numbers of {wrong:?}");
    assert!(given == expected, "seed {seed} {span:?}: {} bytes given, {} expected", given.len(), expected.len());
    assert_eq!((scan.cut, scan.records), (None, count), "seed {seed}");
}

fn lines_are_those_of_the_window(
    seed: u64,
    dice: &mut Dice,
    path: &std::path::Path,
    lines: &Lines<'_>,
    span: &Window,
    needle: &Regex,
) {
    let civil = |at: Timestamp| at.as_millis() + 8 * 3600 * 1000;
    let asked = match dice.below(5) {
        0 => GrepWindow::default(),
        1 => GrepWindow { from: Some(civil(span.from)), to: None },
        2 => GrepWindow { from: None, to: Some(civil(span.to)) },
        _ => GrepWindow { from: Some(civil(span.from)), to: Some(civil(span.to)) },
    };
    let expected = grep_oracle(lines, &asked, needle);
    let (count, given) = grepped(path, &asked, needle, false);
    let given: Vec<&[u8]> = given.iter().map(Vec::as_slice).collect();
    assert!(given == expected, "seed {seed} {asked:?}: {} lines given, {} expected", given.len(), expected.len());
    let stamped = lines.iter().any(|(_, at, _)| at.is_some());
    let open = asked == GrepWindow::default();
    assert_eq!((count.lines, count.stampless), (expected.len() as u64, !open && !stamped), "seed {seed}");
    assert!(!count.broken && !count.changed, "seed {seed}");
    if dice.one_in(8) {
        let (only_count, none) = grepped(path, &asked, needle, true);
        assert_eq!((only_count.lines, none.len()), (count.lines, 0), "seed {seed}");
    }
}

fn grep_oracle<'a>(lines: &Lines<'a>, window: &GrepWindow, needle: &Regex) -> Vec<&'a [u8]> {
    lines
        .iter()
        .filter(|(_, at, line)| {
            let inside = at.is_none_or(|at| {
                let at = at + 8 * 3600 * 1000;
                window.from.is_none_or(|from| from <= at) && window.to.is_none_or(|to| at < to)
            });
            inside && needle.is_match(line)
        })
        .map(|(_, _, line)| line.strip_suffix(b"\n").unwrap_or(line))
        .collect()
}

fn grepped(path: &std::path::Path, window: &GrepWindow, needle: &Regex, only_count: bool) -> (GrepCount, Vec<Vec<u8>>) {
    grepped_file(LooseFile::open(path).expect("open"), path, window, needle, only_count)
}

fn grepped_file(
    file: LooseFile,
    path: &std::path::Path,
    window: &GrepWindow,
    needle: &Regex,
    only_count: bool,
) -> (GrepCount, Vec<Vec<u8>>) {
    let file = GrepFile { file, path: path.to_string_lossy().into_owned() };
    let (mut count, mut given) = (None, Vec::new());
    grep(&[file], window, needle, only_count, |_, found| {
        match found {
            Found::Line(line) => given.push(line.to_vec()),
            Found::End(end) => count = Some(end.expect("searched")),
        }
        true
    });
    (count.expect("an end"), given)
}

/// A file that is rotated or truncated meanwhile: either nothing is missing, or it is said.
fn changes_are_said(seed: u64, dice: &mut Dice, bytes: &[u8], lines: &Lines<'_>) {
    let span = span_of(dice, lines);
    let expected = oracle(lines, &span);
    let mut source = Memory::new(bytes.to_vec());
    let entry = source.entry("logs/nacos.log");
    let mut next = if dice.one_in(2) { bytes.to_vec() } else { log(dice) };
    next.truncate(dice.below(bytes.len().max(1) as u64) as usize);
    source.then = Some((dice.below(20) as u32, next));
    let deadline = deadline();
    let mut given = Vec::new();
    let mut sink = |record: &Record<'_>| tell(record.raw.bytes, &mut given);
    let scan = window(&source, &entry, &span, CAP, &deadline, &mut sink).now_or_never().expect("never waits");
    let said = scan.as_ref().map_or(true, |scan| scan.cut.is_some());
    assert!(given == expected || said, "seed {seed} {span:?}: {scan:?}");
}

/// A file that became shorter after it was opened: what is left is searched, and it is said.
fn shortening_is_said(seed: u64, dice: &mut Dice, path: &std::path::Path, bytes: &[u8], needle: &Regex) {
    if bytes.is_empty() {
        return;
    }
    let file = LooseFile::open(path).expect("open");
    let left = dice.below(bytes.len() as u64);
    File::options().write(true).open(path).expect("open").set_len(left).expect("shortened");
    let rest = &bytes[..left as usize];
    let (count, given) = grepped_file(file, path, &GrepWindow::default(), needle, false);
    let lines = lines_with_stamps(rest);
    let expected = grep_oracle(&lines, &GrepWindow::default(), needle);
    assert!(count.changed && given == expected, "seed {seed}: {count:?}");
}

#[tokio::test]
async fn finds_the_last_line_before_a_moment() {
    for seed in 1..=200_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let bytes = log(&mut dice);
        let at = span(&mut dice, &bytes).to;
        let stamped: Vec<(u64, i64)> = lines_with_stamps(&bytes)
            .into_iter()
            .filter(|(_, _, line)| parse_head_of(line))
            .filter_map(|(offset, at, _)| at.map(|at| (offset, at)))
            .collect();
        let expected =
            stamped.iter().filter(|(_, when)| *when <= at.as_millis()).map(|(offset, when)| (*when, *offset)).max();
        let source = Memory::new(bytes);
        let entry = source.entry("logs/nacos.log");
        let found = tail_end(&source, &entry, at, 8 * 3600, &deadline()).await.expect("looked");
        assert_eq!(found.map(|found| (found.at.as_millis(), found.offset)), expected, "seed {seed}");
        let first = first_stamp(&source, &entry, 8 * 3600, &deadline()).await.expect("looked");
        assert_eq!(first.map(Timestamp::as_millis), stamped.first().map(|(_, at)| *at), "seed {seed}");
    }
}

fn parse_head_of(line: &[u8]) -> bool {
    crate::nacos::log_line::parse_head(line).is_some()
}

#[tokio::test]
async fn pages_through_a_file_both_ways() {
    let needle = Regex::new("needle").expect("pattern");
    for seed in 1..=120_u64 {
        let mut dice = Dice(seed.wrapping_mul(0xda94_2042_e4dd_58b5));
        let bytes = log(&mut dice);
        let starts: Vec<u64> = lines_with_stamps(&bytes).iter().map(|(offset, ..)| *offset).collect();
        let source = Memory::new(bytes.clone());
        let entry = source.entry("logs/nacos.log");
        let lines = 1 + dice.below(30) as usize;
        let mut seen = Vec::new();
        let mut around = Around::Start;
        loop {
            let page = read_page(&source, &entry, around, lines, &deadline()).await.expect("page");
            assert!(page.lines.len() <= lines);
            seen.extend(page.lines.iter().map(|line| line.offset));
            if page.at_end {
                break;
            }
            around = Around::From(page.to);
        }
        assert_eq!(seen, starts, "seed {seed} forward");
        let mut seen: Vec<u64> = Vec::new();
        let mut around = Around::End;
        loop {
            let page = read_page(&source, &entry, around, lines, &deadline()).await.expect("page");
            seen.extend(page.lines.iter().rev().map(|line| line.offset));
            if page.at_start {
                break;
            }
            around = Around::Before(page.from);
        }
        seen.reverse();
        assert_eq!(seen, starts, "seed {seed} backward");

        let hits: Vec<u64> = lines_with_stamps(&bytes)
            .iter()
            .filter(|(_, _, line)| needle.is_match(line))
            .map(|(offset, ..)| *offset)
            .collect();
        let from = dice.below(bytes.len() as u64 + 1);
        let ahead = find_line(&source, &entry, from, true, &needle, &deadline()).await.expect("searched");
        assert_eq!(ahead, hits.iter().copied().find(|hit| *hit >= from), "seed {seed} from {from}");
        let line = starts.iter().copied().rfind(|start| *start <= from).unwrap_or(0);
        let line = if from >= bytes.len() as u64 { from } else { line };
        let back = find_line(&source, &entry, from, false, &needle, &deadline()).await.expect("searched");
        assert_eq!(back, hits.iter().copied().rfind(|hit| *hit < line), "seed {seed} before {from}");
    }
}

#[tokio::test]
async fn a_page_around_a_moment_begins_records_and_hides_secrets() {
    let mut text = String::new();
    for second in 0..300 {
        text.push_str(&format!(
            "2026-11-22 08:{:02}:{:02},000 INFO accessToken=geheim{second}\n\n",
            second / 60,
            second % 60
        ));
    }
    let source = Memory::new(text.into_bytes());
    let at: Timestamp = "2026-11-22T00:02:30Z".parse().expect("time");
    let around = Around::Time { at, zone_offset_s: 8 * 3600 };
    let page = read_page(&source, &source.entry("logs/nacos.log"), around, 11, &deadline()).await.expect("page");
    assert_eq!(page.lines.len(), 11);
    assert!(page.lines.iter().any(|line| line.begins_record && line.text.starts_with("2026-11-22 08:02:30,000 INFO")));
    assert!(page.lines.iter().all(|line| !line.text.contains("geheim")));
}

const PASSWORD: &str = "zP7-kQ4vX9-mW";

/// A log with secrets of all kinds between ordinary lines, and every text in it that must not be seen.
fn with_secrets() -> (Vec<u8>, Vec<String>) {
    let key: Vec<String> = (0..9).map(|line| format!("MIIE{line:02}{}", "qZ9xW+/8vB".repeat(5))).collect();
    let mut text = String::new();
    let mut secrets: Vec<String> = key.iter().map(|line| line[6..].to_owned()).collect();
    for block in 0..2 {
        for line in 0..9 {
            text.push_str(&format!("2026-11-22 08:{block:02}:{line:02},000 INFO needle {line}\n"));
        }
        text.push_str(&format!("2026-11-22 08:{block:02}:10,000 WARN login password={PASSWORD} user=nacos\n"));
        text.push_str("2026-11-22 08:00:11,000 WARN key:\n-----BEGIN RSA PRIVATE KEY-----\n");
        text.push_str(&key.join("\n"));
        text.push_str("\n-----END RSA PRIVATE KEY-----\n");
        text.push_str("nacos.core.auth.plugin.nacos.token.secret.key=U2Vj\\\n  cmV0S2V5\\\n  MDEyMzQ1\n");
    }
    text.push_str("2026-11-22 09:00:00,000 INFO {\"password\":\"");
    text.push_str(PASSWORD);
    secrets.extend([PASSWORD, "cmV0S2V5", "MDEyMzQ1"].map(str::to_owned));
    (text.into_bytes(), secrets)
}

#[tokio::test]
async fn no_page_shows_a_secret_wherever_it_begins() {
    let (bytes, secrets) = with_secrets();
    let source = Memory::new(bytes.clone());
    let entry = source.entry("logs/start.out");
    for offset in 0..=bytes.len() as u64 {
        for around in [Around::From(offset), Around::Before(offset), Around::Offset(offset)] {
            let page = read_page(&source, &entry, around, 3, &deadline()).await.expect("page");
            for line in &page.lines {
                let shown = secrets.iter().find(|secret| line.text.contains(secret.as_str()));
                assert_eq!(shown, None, "{around:?}: {}", line.text);
            }
        }
    }
}

#[tokio::test]
async fn a_search_tells_nothing_of_a_secret() {
    let (bytes, _) = with_secrets();
    let source = Memory::new(bytes.clone());
    let entry = source.entry("logs/start.out");
    let asked = async |guess: &str| {
        let pattern = Regex::new(&format!("(?i){}", regex::escape(guess))).expect("pattern");
        let end = bytes.len() as u64;
        (
            find_line(&source, &entry, 0, true, &pattern, &deadline()).await.expect("searched"),
            find_line(&source, &entry, end, false, &pattern, &deadline()).await.expect("searched"),
        )
    };
    // A client that adds the character for which the answer is another one than for the rest learns none.
    let alphabet: Vec<char> = (' '..='~').collect();
    for known in ["password=", "password\":\"", "user=nacos\npassword="] {
        let mut guess = known.to_owned();
        for wanted in PASSWORD.chars() {
            let mut answers = std::collections::BTreeMap::new();
            for next in &alphabet {
                // What hides a secret is not a character of one.
                if *next != '*' {
                    *answers.entry(asked(&format!("{guess}{next}")).await).or_insert(0) += 1;
                }
            }
            assert_eq!(answers.len(), 1, "the answers differ behind {guess:?}: {answers:?}");
            guess.push(wanted);
        }
        assert_eq!(asked(&guess).await, (None, None));
    }
    for part in [&PASSWORD[..1], &PASSWORD[3..8], "MIIE", "cmV0"] {
        let pattern = format!("={part}");
        assert_eq!(asked(&pattern).await, (None, None), "{part}");
    }
    assert_eq!(asked("cmV0S2V5").await, (None, None));
    // What is not a secret is found.
    assert!(asked("needle 3").await.0.is_some() && asked("user=nacos").await.1.is_some());
}

#[tokio::test]
async fn says_what_was_left_out() {
    let mut dice = Dice(77);
    let mut bytes = log(&mut dice);
    while bytes.len() < 40_000 {
        bytes = log(&mut dice);
    }
    let span = Window { from: Timestamp::from_millis(0), to: Timestamp::from_millis(i64::MAX / 2), zone_offset_s: 0 };
    let source = Memory::new(bytes.clone());
    *source.reads.lock().expect("lock") = 8;
    let scan =
        window(&source, &source.entry("logs/nacos.log"), &span, CAP, &deadline(), &mut |_| {}).await.expect("part");
    assert_eq!(scan.cut, Some(Cut::Deadline));
    assert!(scan.read_bytes > 0);
    *source.reads.lock().expect("lock") = 0;
    let nothing = window(&source, &source.entry("logs/nacos.log"), &span, CAP, &deadline(), &mut |_| {}).await;
    assert_eq!(nothing, Err(SourceError::Timeout { after_ms: 1 }));

    // The file became shorter after it was listed.
    let source = Memory::new(bytes.clone());
    let mut entry = source.entry("logs/nacos.log");
    entry.size_bytes += 50_000;
    let scan = window(&source, &entry, &span, CAP, &deadline(), &mut |_| {}).await.expect("part");
    assert_eq!(scan.cut, Some(Cut::Changed));

    let mut pack = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    pack.write_all(&bytes).expect("packed");
    let mut short = pack.finish().expect("packed");
    short.truncate(short.len() / 2);
    let source = Memory::new(short);
    let mut records = 0;
    let scan = window(&source, &source.entry("logs/a.log.gz"), &span, CAP, &deadline(), &mut |_| records += 1)
        .await
        .expect("part");
    assert_eq!(scan.cut, Some(Cut::Packed));
    assert!(records > 0);
}

#[tokio::test]
async fn a_record_without_end_is_given_once_and_the_next_one_whole() {
    let mut text = b"2026-11-22 08:00:00,000 INFO first ".to_vec();
    text.extend(std::iter::repeat_n(b'x', 3 * MAX_RECORD));
    text.extend_from_slice(b"\n2026-11-22 08:00:01,000 INFO second\n");
    let source = Memory::new(text);
    let span = Window { from: Timestamp::from_millis(0), to: Timestamp::from_millis(i64::MAX / 2), zone_offset_s: 0 };
    let mut given = Vec::new();
    window(&source, &source.entry("logs/nacos.log"), &span, CAP, &deadline(), &mut |record: &Record<'_>| {
        given.push((record.line, record.raw.bytes.len()));
    })
    .await
    .expect("scanned");
    assert_eq!(given.len(), 2, "{given:?}");
    assert!(given[0].1 > MAX_RECORD && given[0].1 < 2 * MAX_RECORD);
    assert_eq!(given[1], (Some(2), "2026-11-22 08:00:01,000 INFO second".len()));
}

/// The end of a line of one part and the start of the next one at every distance from where parts and blocks meet.
#[test]
fn every_hit_counts_once_wherever_blocks_meet() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a.log");
    let needle = Regex::new("needle").expect("pattern");
    let civil = START + 8 * 3600 * 1000;
    for line_end in ["\n", "\r\n"] {
        for shift in 0..160 {
            let mut text = format!("{}{line_end}", "-".repeat(shift));
            for index in 0..400 {
                let stamp = Stamp::text_of(Timestamp::from_millis(START + index * 100), 8 * 3600);
                text.push_str(&format!("{stamp} INFO needle {index} needle{line_end}needle{line_end}{line_end}"));
            }
            // Longer than parts and blocks, and without an end.
            text.push_str(&"needle ".repeat(1_000));
            let bytes = text.as_bytes();
            std::fs::write(&path, bytes).expect("file");
            let lines = lines_with_stamps(bytes);
            for asked in [
                GrepWindow::default(),
                GrepWindow { from: Some(civil + 7_000), to: None },
                GrepWindow { from: Some(civil + 7_000), to: Some(civil + 33_000) },
            ] {
                let expected = grep_oracle(&lines, &asked, &needle);
                let (count, given) = grepped(&path, &asked, &needle, false);
                let given: Vec<&[u8]> = given.iter().map(Vec::as_slice).collect();
                assert!(given == expected, "{shift} {asked:?}: {} given, {} expected", given.len(), expected.len());
                let (only_count, _) = grepped(&path, &asked, &needle, true);
                assert_eq!((only_count.lines, count.lines), (expected.len() as u64, expected.len() as u64), "{shift}");
            }
        }
    }
}
