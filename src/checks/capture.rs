//! Copies the evidence of one node: what its source can read, redacted, one thing after the other. It is no kind of check: nothing
//! is judged.
//!
//! What a start overwrites comes first, what is most of the bytes last, so that a deadline, a cap or a cancel costs the least.
//! The configuration is the one exception: it is small, and tells which values are secrets before any log is redacted.

use std::cmp::Reverse;

use tokio::sync::mpsc::Sender;

use crate::checks::{CheckContext, home, window};
use crate::domain::capture::{CapturedPart, Copied, NotCopied};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::logscan::Cut;
use crate::nacos::log_line::{Encoding, decode, is_gc_log, log_name};
use crate::nacos::timing;
use crate::sources::redact::CONTEXT;
use crate::sources::{FileEntry, SourceError};

/// Most that is copied. A capture has to be over within minutes over a slow line, and is kept in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one log, output or crash file, the newest: a log line a millisecond for the whole window comes near it.
    pub file_bytes: usize,
    /// Bytes of one file of the configuration; those of Nacos are far smaller.
    pub conf_bytes: usize,
    /// Bytes in all.
    pub all_bytes: usize,
    /// How many logs: a node of Nacos writes about forty.
    pub logs: usize,
}

impl Limits {
    /// Those of the program.
    pub const USUAL: Self =
        Self { file_bytes: 4 * 1024 * 1024, conf_bytes: 256 * 1024, all_bytes: 48 * 1024 * 1024, logs: 200 };
}

/// Bytes of the beginning of an output that is too large: the banner and the command line stand there.
const HEAD: usize = 64 * 1024;

/// Bytes asked for at a time.
const PIECE: usize = 1024 * 1024;

/// Endings of the files of a configuration whose text can be redacted. Not those of key stores, and not what comes with Nacos and
/// says nothing of the node (`.sql`).
const CONF: [&str; 6] = [".properties", ".conf", ".xml", ".yml", ".yaml", ".env"];

/// What is told while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// This is being read.
    Reads(String),
    /// This was copied.
    Copied(Copied),
    /// This could not be copied.
    Missing(NotCopied),
    /// This is to be known of the whole.
    Note(Message),
}

/// Why it ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The deadline passed.
    TimedOut,
    /// It was cancelled, or nobody listens any more.
    Cancelled,
}

/// Copies everything that the source of a node can read, and tells it piece by piece.
///
/// # Errors
/// It was stopped; what had been told stands.
pub async fn gather(cx: &CheckContext, limits: Limits, tell: &Sender<Told>) -> Result<(), Stopped> {
    let mut copying = Copying { cx, limits, tell, left_bytes: limits.all_bytes };
    copying.conf().await?;
    let logs = copying.list("logs").await?;
    copying.stdout(&logs).await?;
    copying.crash().await?;
    copying.process().await?;
    copying.kernel().await?;
    copying.gc(&logs).await?;
    copying.logs(&logs).await
}

struct Copying<'a> {
    cx: &'a CheckContext,
    limits: Limits,
    tell: &'a Sender<Told>,
    left_bytes: usize,
}

impl Copying<'_> {
    async fn tell(&self, told: Told) -> Result<(), Stopped> {
        self.tell.send(told).await.map_err(|_| Stopped::Cancelled)
    }

    async fn missing(&self, name: &str, reason: Message) -> Result<(), Stopped> {
        self.tell(Told::Missing(NotCopied { name: name.to_owned(), reason })).await
    }

    /// Says why something could not be read, and goes on, unless there is no time left to go on with.
    async fn failed(&self, name: &str, error: &SourceError) -> Result<(), Stopped> {
        if matches!(error, SourceError::Cancelled) {
            return Err(Stopped::Cancelled);
        }
        self.missing(name, error.message()).await?;
        if self.cx.deadline.left().is_zero() { Err(Stopped::TimedOut) } else { Ok(()) }
    }

    /// Tells that something is read next; fails where there is no time or nobody wants it any more.
    async fn begin(&self, name: &str) -> Result<(), Stopped> {
        if self.cx.deadline.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        if self.cx.deadline.left().is_zero() {
            return Err(Stopped::TimedOut);
        }
        self.tell(Told::Reads(name.to_owned())).await
    }

    async fn copied(&mut self, copied: Copied) -> Result<(), Stopped> {
        let Some(left) = self.left_bytes.checked_sub(copied.text.len()) else {
            let mib = self.limits.all_bytes / (1024 * 1024);
            return self.missing(&copied.name, Message::new("capture-over-all").with("mib", mib)).await;
        };
        self.left_bytes = left;
        self.tell(Told::Copied(copied)).await
    }

    /// The files of a folder, by path; none, and why, where it cannot be listed.
    async fn list(&self, folder: &str) -> Result<Vec<FileEntry>, Stopped> {
        match self.cx.source.list(folder, &self.cx.deadline).await {
            Ok(mut entries) => {
                entries.sort_by(|one, other| one.path.cmp(&other.path));
                Ok(entries)
            }
            Err(error) => {
                self.failed(&format!("{folder}/"), &error).await?;
                Ok(Vec::new())
            }
        }
    }

    /// The files of the configuration, whole.
    async fn conf(&mut self) -> Result<(), Stopped> {
        self.begin("conf/").await?;
        for entry in self.list("conf").await? {
            if entry.path.ends_with(".sql") || entry.path.ends_with(".example") || entry.size_bytes == 0 {
                continue;
            }
            if !CONF.iter().any(|end| entry.path.ends_with(end)) {
                self.missing(&entry.path, Message::new("capture-not-text")).await?;
                continue;
            }
            self.begin(&entry.path).await?;
            let read = home::whole(self.cx.source.as_ref(), &entry.path, self.limits.conf_bytes, &self.cx.deadline);
            match read.await {
                Ok(bytes) if bytes.contains(&0) => {
                    self.missing(&entry.path, Message::new("capture-not-text")).await?;
                }
                Ok(bytes) => {
                    let text = self.redacted(&bytes);
                    self.copied(file(CapturedPart::Conf, &entry, Vec::new(), text)).await?;
                }
                Err(error) => self.failed(&entry.path, &error).await?,
            }
        }
        Ok(())
    }

    /// What the node wrote to its standard output, whole as far as it fits.
    async fn stdout(&mut self, logs: &[FileEntry]) -> Result<(), Stopped> {
        let outputs: Vec<&FileEntry> = logs.iter().filter(|entry| is_stdout(&entry.path)).collect();
        if outputs.is_empty() && !logs.is_empty() {
            self.missing("logs/start.out", Message::new("capture-no-stdout")).await?;
        }
        for entry in outputs {
            self.ends_of(CapturedPart::Stdout, entry, self.limits.file_bytes).await?;
        }
        Ok(())
    }

    /// The newest file that a JVM wrote when it crashed.
    async fn crash(&mut self) -> Result<(), Stopped> {
        let mut found = Vec::new();
        for folder in ["", "bin", "logs"] {
            let entries = self.cx.source.list(folder, &self.cx.deadline).await.unwrap_or_default();
            found.extend(entries.into_iter().filter(|entry| name_of(&entry.path).starts_with("hs_err")));
        }
        match newest(&found) {
            Some(entry) => self.ends_of(CapturedPart::Crash, entry, self.limits.file_bytes).await,
            None => Ok(()),
        }
    }

    /// The newest log of garbage collection, as far as it fits.
    async fn gc(&mut self, logs: &[FileEntry]) -> Result<(), Stopped> {
        let found: Vec<FileEntry> = logs.iter().filter(|entry| is_gc_log(&entry.path)).cloned().collect();
        match newest(&found) {
            Some(entry) => self.ends_of(CapturedPart::Gc, entry, self.limits.file_bytes).await,
            None => Ok(()),
        }
    }

    /// What the machine tells of the process.
    async fn process(&mut self) -> Result<(), Stopped> {
        const NAME: &str = "process.json";
        self.begin(NAME).await?;
        let (source, deadline) = (&self.cx.source, &self.cx.deadline);
        let process = source.process(deadline).await;
        let disk = source.disk_free("logs", deadline).await;
        let clock = source.clock(deadline).await;
        let process = match process {
            Ok(process) => process,
            Err(error) => return self.failed(NAME, &error).await,
        };
        let told = serde_json::json!({
            // Null: looked for, and there is none.
            "process": process,
            "logs_disk_free_bytes": disk.ok(),
            "clock": clock.ok().map(|clock| clock.at.to_string()),
            "seen_at": self.cx.at.to_string(),
        });
        let text = serde_json::to_string_pretty(&told).unwrap_or_default() + "\n";
        let text = source.redactor().text(&text).into_owned();
        let name = NAME.to_owned();
        self.copied(Copied { part: CapturedPart::Process, name, source_bytes: None, notes: Vec::new(), text }).await
    }

    /// The end of the kernel log.
    async fn kernel(&mut self) -> Result<(), Stopped> {
        const NAME: &str = "kernel.log";
        self.begin(NAME).await?;
        match self.cx.source.kernel_log(&self.cx.deadline).await {
            Ok(text) if text.is_empty() => self.missing(NAME, Message::new("capture-kernel-empty")).await,
            Ok(text) => {
                let kept = last_lines(&text, self.limits.file_bytes);
                let notes = if kept.len() == text.len() {
                    Vec::new()
                } else {
                    vec![left_out(text.len() as u64, kept.len() as u64)]
                };
                let text = self.cx.source.redactor().text(kept).into_owned();
                let name = NAME.to_owned();
                self.copied(Copied { part: CapturedPart::Kernel, name, source_bytes: None, notes, text }).await
            }
            Err(error) => self.failed(NAME, &error).await,
        }
    }

    /// What the logs say of the last minutes before their last line.
    async fn logs(&mut self, all: &[FileEntry]) -> Result<(), Stopped> {
        let is_log = |entry: &&FileEntry| {
            let name = entry.path.strip_suffix(".gz").unwrap_or(&entry.path);
            home::is_log(name) && !is_stdout(name) && !is_gc_log(name) && !name_of(name).starts_with("hs_err")
        };
        let mut logs: Vec<FileEntry> = all.iter().filter(is_log).cloned().collect();
        let (source, deadline) = (self.cx.source.as_ref(), &self.cx.deadline);
        let plain: Vec<FileEntry> = logs.iter().filter(|entry| !entry.path.ends_with(".gz")).cloned().collect();
        let clock = home::clock(self.cx, deadline).await;
        let own = self.cx.ahead_by(clock.ahead_ms);
        let zone = home::zone(source, all, own.zone_hint_s, deadline).await;
        let until = home::window_end(own.at, own.open_end);
        let (ends, _) = home::ends(source, &plain, zone, until, deadline).await;
        let last = ends.iter().filter_map(|end| end.last_stamp).max();
        let window = window::Window {
            from: window_start(own.at, last),
            to: until,
            offset_s: zone.offset_s,
            limit_bytes: self.limits.file_bytes as u64,
        };
        // What is said of the node as a whole first.
        logs.sort_by_key(|entry| (log_name(&entry.path) != "nacos.log", entry.path.clone()));
        logs.retain(|entry| entry.size_bytes > 0 && window::may_hold(entry, &window));
        if !logs.is_empty() {
            let minutes = timing::CAPTURED_MS / 60_000;
            let note = Message::new("capture-window").with("minutes", minutes).with("from", window.from);
            self.tell(Told::Note(note)).await?;
        }
        let mut quiet = Vec::new();
        for entry in logs.iter().take(self.limits.logs) {
            if !self.log(entry, &window).await? {
                quiet.push(name_of(&entry.path).to_owned());
            }
        }
        if !quiet.is_empty() {
            let note = Message::new("capture-quiet").with("n", quiet.len()).with("names", quiet.join(", "));
            self.tell(Told::Note(note.with("from", window.from))).await?;
        }
        if logs.len() > self.limits.logs {
            let reason = Message::new("capture-too-many").with("n", self.limits.logs);
            self.missing("logs/", reason).await?;
        }
        Ok(())
    }

    /// Copies the window of one log. False: nothing of it lies in there.
    async fn log(&mut self, entry: &FileEntry, window: &window::Window) -> Result<bool, Stopped> {
        self.begin(&entry.path).await?;
        let mut bytes = Vec::new();
        let (source, deadline) = (self.cx.source.as_ref(), &self.cx.deadline);
        let scanned = window::read(source, entry, window, deadline, |record, _| {
            bytes.extend_from_slice(record.raw.bytes);
            bytes.push(b'\n');
        });
        let scan = match scanned.await {
            Ok(scan) => scan,
            Err(error) => return self.failed(&entry.path, &error).await.map(|()| true),
        };
        if bytes.is_empty() && scan.cut.is_none() {
            return Ok(false);
        }
        if self.cx.deadline.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let notes: Vec<Message> = scan.cut.iter().map(Cut::message).collect();
        if bytes.is_empty() {
            let reason = notes.into_iter().next().unwrap_or_else(|| Message::new("capture-not-text"));
            self.missing(&entry.path, reason).await?;
            return Ok(true);
        }
        let text = decode(&bytes, scan.encoding);
        let text = source.redactor().text(&text).into_owned();
        self.copied(file(CapturedPart::Log, entry, notes, text)).await?;
        Ok(true)
    }

    /// A file whole, or its beginning and its end where it is larger than that.
    async fn ends_of(&mut self, part: CapturedPart, entry: &FileEntry, most: usize) -> Result<(), Stopped> {
        if entry.size_bytes <= entry.start_offset {
            return Ok(());
        }
        self.begin(&entry.path).await?;
        match self.ends(entry, most).await {
            Ok((text, notes)) => self.copied(file(part, entry, notes, text)).await,
            Err(error) => self.failed(&entry.path, &error).await,
        }
    }

    async fn ends(&self, entry: &FileEntry, most: usize) -> Result<(String, Vec<Message>), SourceError> {
        let (start, end) = (entry.start_offset, entry.size_bytes);
        let mut notes = Vec::new();
        if start > 0 {
            notes.push(Message::new("logscan-recording-start"));
        }
        if end - start <= most as u64 {
            let bytes = self.read(entry, start, end).await?;
            return Ok((self.redacted(&bytes), notes));
        }
        let head = self.read(entry, start, start + HEAD.min(most / 2) as u64).await?;
        let head = &head[..head.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)];
        // What stands before the end tells what the end is a part of: it is redacted with it, and left out.
        let from = end - (most - head.len()) as u64;
        let base = from.saturating_sub(CONTEXT as u64).max(start);
        let mut tail = self.read(entry, base, end).await?;
        self.cx.source.redactor().mask(&mut tail);
        let inside = usize::try_from(from - base).unwrap_or(0).min(tail.len());
        let line = tail[inside..].iter().position(|byte| *byte == b'\n').map_or(tail.len(), |at| inside + at + 1);
        let tail = &tail[line..];
        notes.push(left_out(end - start, (head.len() + tail.len()) as u64));
        let text = format!("{}\n[…]\n\n{}", self.redacted(head), self.redacted(tail));
        Ok((text, notes))
    }

    /// The bytes between two offsets; fewer where the file has become shorter.
    async fn read(&self, entry: &FileEntry, from: u64, to: u64) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::new();
        while from + (bytes.len() as u64) < to {
            let at = from + bytes.len() as u64;
            let length = usize::try_from(to - at).unwrap_or(PIECE).min(PIECE);
            let piece = self.cx.source.read_at(&entry.path, at, length, &self.cx.deadline).await?;
            if piece.is_empty() {
                break;
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    fn redacted(&self, bytes: &[u8]) -> String {
        self.cx.source.redactor().text(&decode(bytes, Encoding::detect(bytes))).into_owned()
    }
}

fn file(part: CapturedPart, entry: &FileEntry, notes: Vec<Message>, text: String) -> Copied {
    Copied { part, name: entry.path.clone(), source_bytes: Some(entry.size_bytes), notes, text }
}

fn left_out(all: u64, kept: u64) -> Message {
    Message::new("capture-left-out").with("kib", all.saturating_sub(kept).div_ceil(1024))
}

/// The last lines of a text, at most so many bytes.
fn last_lines(text: &str, most_bytes: usize) -> &str {
    if text.len() <= most_bytes {
        return text;
    }
    let end = &text[text.ceil_char_boundary(text.len() - most_bytes)..];
    end.find('\n').map_or(end, |at| &end[at + 1..])
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_stdout(path: &str) -> bool {
    let name = name_of(path);
    name.ends_with(".out") || name == "startup.log"
}

/// The one that was written last; where that is not known, the last by name.
fn newest(entries: &[FileEntry]) -> Option<&FileEntry> {
    entries.iter().min_by_key(|entry| Reverse((entry.modified, entry.path.clone())))
}

/// Where the window of the logs begins: so long before the last line, for a node that fell silent an hour ago as well.
fn window_start(at: Timestamp, last: Option<Timestamp>) -> Timestamp {
    last.map_or(at, |last| last.min(at)).plus_millis(-timing::CAPTURED_MS)
}

#[cfg(test)]
mod tests;
