//! Recordings: everything that checks asked and saw, written down with its relative time and served back.
//!
//! [`Recorder`] wraps live sources and notes every answer. [`Recording`] opens such a file; its sources give the newest
//! answer at or before the relative time of a clock (before the first: the first), files as they stood then.
//!
//! # Format
//! Gzip over JSON lines: a header first, then answers, files and their sizes over time, an end last. Files are pieces at
//! their real offsets, so a recording holds windows of large logs. Secrets are gone before anything is written: bytes of
//! logs are overwritten one for one, values in configuration files become a keyed digest whose key is thrown away, so
//! that two nodes' secrets can still be compared. An answer that did not change is written once.

mod format;
mod playback;
mod replay;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::cluster::{Cluster, FrontDoor, NodeSpec};
use crate::domain::evidence::Vantage;
use crate::domain::observed::{DoorSeen, NameSeen, ProcessSeen};
use crate::domain::time::{Clock, Timestamp};
use crate::domain::trust::Trust;
use crate::nacos::properties::keys::is_known_default;

use super::files::MAX_READ;
use super::redact::Redactor;
use super::{
    ClockSeen, Deadline, DoorAsk, FileEntry, HandedIn, HttpAnswer, HttpAsk, NodeSource, ProbeAnswer, ProbeAsk,
    SourceError, Sources, redact,
};

pub use format::RecordingError;
pub use playback::Playback;
pub use replay::Recording;

use format::{Ask, Seen};

/// Largest configuration file that is kept.
const MAX_CONF: u64 = 1024 * 1024;

/// Writes down what the sources of one cluster answer.
pub struct Recorder {
    clock: Arc<dyn Clock>,
    start: Timestamp,
    note: String,
    cluster: Cluster,
    key: [u8; 32],
    nodes: Mutex<Vec<NodeRecord>>,
}

/// What one node answered so far.
#[derive(Default)]
struct NodeRecord {
    live: bool,
    handed_in: Vec<HandedIn>,
    redactor: Redactor,
    answers: BTreeMap<Ask, Vec<(i64, Seen)>>,
    files: BTreeMap<String, FileRecord>,
    folders: BTreeMap<String, Vec<Listed>>,
}

/// Time and names of one listing, or how it failed.
type Listed = (i64, Result<Vec<String>, SourceError>);

/// What was seen of one file.
#[derive(Default)]
struct FileRecord {
    /// (time, size, last change), where one of the two changed.
    stats: Vec<(i64, u64, Option<Timestamp>)>,
    /// Contents; a rotated or shortened file begins a new one.
    generations: Vec<Generation>,
    /// Whole contents of a configuration file, redacted, where they changed.
    versions: Vec<(i64, Vec<u8>)>,
    /// How reading ended, where that changed.
    reads: Vec<(i64, Option<SourceError>)>,
}

/// One content of a file: pieces by offset, none touching another.
#[derive(Default)]
struct Generation {
    since: i64,
    pieces: BTreeMap<u64, Vec<u8>>,
}

impl Recorder {
    /// Begins now, by `clock`.
    ///
    /// # Errors
    /// If the operating system has no random bytes.
    pub fn new(cluster: &Cluster, clock: Arc<dyn Clock>, note: &str) -> io::Result<Arc<Self>> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        let nodes = Mutex::new(cluster.nodes.iter().map(|_| NodeRecord::default()).collect());
        let mut cluster = cluster.clone();
        cluster.nodes = cluster.nodes.into_iter().map(NodeSpec::without_secrets).collect();
        for api in cluster.nodes.iter_mut().filter_map(|node| node.api.as_mut()) {
            api.trust = Trust::System;
        }
        for door in &mut cluster.doors {
            door.trust = Trust::System;
        }
        let start = clock.now();
        Ok(Arc::new(Self { clock, start, note: note.to_owned(), cluster, key, nodes }))
    }

    /// The sources, each noting what it answers.
    pub async fn wrap(self: &Arc<Self>, sources: &Sources) -> Sources {
        let mut nodes: Vec<Arc<dyn NodeSource>> = Vec::with_capacity(sources.nodes.len());
        for (index, inner) in sources.nodes.iter().enumerate() {
            let handed_in = inner.handed_in().await;
            if let Some(node) = self.nodes().get_mut(index) {
                node.live = inner.files_live();
                node.handed_in = handed_in;
                node.redactor = inner.redactor();
            }
            nodes.push(Arc::new(Recorded { recorder: Arc::clone(self), index, inner: Arc::clone(inner) }));
        }
        Sources { nodes }
    }

    /// Writes everything so far.
    ///
    /// # Errors
    /// The writer's.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let end = self.clock.now().millis_since(self.start);
        format::write(to, &self.cluster, self.start, end, &self.note, &self.nodes())
    }

    /// Writes everything so far into a file; a reader of that path sees the old file or the whole new one.
    ///
    /// # Errors
    /// The file system's.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or_else(|| io::Error::other("the recording needs a file name"))?;
        let mut part = name.to_owned();
        part.push(".part");
        let part = folder.join(part);
        let written = (|| {
            let mut file = File::create(&part)?;
            self.write(&mut file)?;
            file.sync_all()?;
            std::fs::rename(&part, path)?;
            File::open(folder)?.sync_all()
        })();
        if written.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        written
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<NodeRecord>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.clock.now().millis_since(self.start).max(0)
    }

    /// The text with each secret replaced by a digest that only compares within this recording.
    fn without_secrets(&self, text: &str, redactor: &Redactor) -> String {
        redactor.substitute(text, &mut |secret| {
            let secret = secret.trim();
            let shipped = ["token.secret.key", "server.identity.value"].iter().any(|key| is_known_default(key, secret));
            if shipped {
                return secret.to_owned();
            }
            let digest = Hmac::<Sha256>::new_from_slice(&self.key)
                .map(|mut mac| {
                    mac.update(secret.as_bytes());
                    hex::encode(&mac.finalize().into_bytes()[..8])
                })
                .unwrap_or_default();
            format!("{}{digest}", redact::HIDDEN)
        })
    }
}

impl NodeRecord {
    fn answered(&mut self, at: i64, ask: Ask, seen: Seen) {
        let answers = self.answers.entry(ask).or_default();
        if answers.last().is_none_or(|(_, last)| !last.same(&seen)) {
            answers.push((at, seen));
        }
    }

    fn listed(&mut self, at: i64, folder: &str, listed: &Result<Vec<FileEntry>, SourceError>) {
        let names = match listed {
            Ok(entries) => {
                for entry in entries {
                    let file = self.files.entry(entry.path.clone()).or_default();
                    let last = file.stats.last();
                    if last.is_some_and(|(_, size, _)| *size > entry.size_bytes) {
                        file.generations.push(Generation { since: at, pieces: BTreeMap::new() });
                    }
                    if last.is_none_or(|(_, size, modified)| *size != entry.size_bytes || *modified != entry.modified) {
                        file.stats.push((at, entry.size_bytes, entry.modified));
                    }
                }
                Ok(entries.iter().map(|entry| entry.path.clone()).collect())
            }
            Err(SourceError::Cancelled) => return,
            Err(error) => Err(error.clone()),
        };
        let lists = self.folders.entry(folder.to_owned()).or_default();
        if lists.last().is_none_or(|(_, last)| *last != names) {
            lists.push((at, names));
        }
    }

    fn read(&mut self, at: i64, path: &str, offset: u64, read: &Result<Vec<u8>, SourceError>) {
        let file = self.files.entry(path.to_owned()).or_default();
        let ended = match read {
            Ok(_) => None,
            Err(SourceError::Cancelled) => return,
            Err(error) => Some(error.clone()),
        };
        if file.reads.last().map_or(ended.is_some(), |(_, last)| *last != ended) {
            file.reads.push((at, ended));
        }
        if let Ok(bytes) = read
            && !bytes.is_empty()
            && !is_configuration(path)
        {
            if file.generations.is_empty() {
                file.generations.push(Generation { since: 0, pieces: BTreeMap::new() });
            }
            let fits = file.generations.last_mut().is_some_and(|last| last.add(offset, bytes));
            if !fits {
                let mut next = Generation { since: at, pieces: BTreeMap::new() };
                next.add(offset, bytes);
                file.generations.push(next);
            }
        }
    }
}

impl Generation {
    /// Adds a piece; false if it contradicts what is there.
    fn add(&mut self, offset: u64, bytes: &[u8]) -> bool {
        let end = offset + bytes.len() as u64;
        // All pieces that overlap or touch.
        let touching: Vec<u64> = self
            .pieces
            .range(..=end)
            .rev()
            .take_while(|(start, piece)| **start + piece.len() as u64 >= offset)
            .map(|(start, _)| *start)
            .collect();
        for start in &touching {
            let piece = &self.pieces[start];
            let from = offset.max(*start);
            let to = end.min(start + piece.len() as u64);
            if from < to {
                let ours = &bytes[(from - offset) as usize..(to - offset) as usize];
                let theirs = &piece[(from - start) as usize..(to - start) as usize];
                if ours != theirs {
                    return false;
                }
            }
        }
        if let [start] = touching[..]
            && start <= offset
        {
            // The usual case: the log grew, or it was read again.
            let piece = self.pieces.entry(start).or_default();
            let known = piece.len() as u64 + start;
            if end > known {
                piece.extend_from_slice(&bytes[(known - offset) as usize..]);
            }
            return true;
        }
        let first = touching.last().copied().unwrap_or(offset).min(offset);
        let mut merged: Vec<u8> = Vec::with_capacity(bytes.len());
        let mut parts: Vec<(u64, Vec<u8>)> =
            touching.iter().filter_map(|start| self.pieces.remove(start).map(|piece| (*start, piece))).collect();
        parts.push((offset, bytes.to_vec()));
        parts.sort_by_key(|(start, _)| *start);
        for (start, part) in parts {
            let have = first + merged.len() as u64;
            let skip = usize::try_from(have.saturating_sub(start)).unwrap_or(usize::MAX);
            merged.extend_from_slice(part.get(skip..).unwrap_or_default());
        }
        self.pieces.insert(first, merged);
        true
    }
}

/// Files that are kept whole and redacted by value, not byte by byte.
fn is_configuration(path: &str) -> bool {
    path.starts_with("conf/")
}

/// A source that notes what it answers.
struct Recorded {
    recorder: Arc<Recorder>,
    index: usize,
    inner: Arc<dyn NodeSource>,
}

impl Recorded {
    fn note(&self, note: impl FnOnce(&mut NodeRecord, i64)) {
        let at = self.recorder.now();
        if let Some(node) = self.recorder.nodes().get_mut(self.index) {
            note(node, at);
        }
    }

    fn answered<T>(&self, ask: Ask, answer: &Result<T, SourceError>, seen: impl FnOnce(&T, i64) -> Seen) {
        match answer {
            Err(SourceError::Cancelled) => {}
            Err(error) => self.note(|node, at| node.answered(at, ask, Seen::Failed(error.clone()))),
            Ok(answer) => self.note(|node, at| {
                let seen = seen(answer, at);
                node.answered(at, ask, seen);
            }),
        }
    }

    /// Reads a configuration file whole and notes it if it changed.
    async fn note_configuration(&self, path: &str, deadline: &Deadline) {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < MAX_CONF {
            match self.inner.read_at(path, bytes.len() as u64, MAX_READ.min(256 * 1024), deadline).await {
                Ok(more) if more.is_empty() => break,
                Ok(more) => bytes.extend_from_slice(&more),
                Err(_) => return,
            }
        }
        let bytes = match std::str::from_utf8(&bytes) {
            Ok(text) => self.recorder.without_secrets(text, &self.inner.redactor()).into_bytes(),
            Err(_) => {
                self.inner.redactor().mask(&mut bytes);
                bytes
            }
        };
        self.note(|node, at| {
            let versions = &mut node.files.entry(path.to_owned()).or_default().versions;
            if versions.last().is_none_or(|(_, last)| *last != bytes) {
                versions.push((at, bytes));
            }
        });
    }
}

#[async_trait]
impl NodeSource for Recorded {
    fn spec(&self) -> &NodeSpec {
        self.inner.spec()
    }

    fn files_vantage(&self) -> Vantage {
        self.inner.files_vantage()
    }

    fn files_live(&self) -> bool {
        self.inner.files_live()
    }

    async fn http(&self, ask: &HttpAsk, deadline: &Deadline) -> Result<HttpAnswer, SourceError> {
        let answer = self.inner.http(ask, deadline).await;
        self.answered(Ask::Http(ask.clone()), &answer, |answer, at| {
            let now = self.recorder.start.plus_millis(at);
            Seen::Http {
                date_minus_now_ms: answer.date.map(|date| date.millis_since(now)),
                answer: HttpAnswer { date: None, ..answer.clone() },
            }
        });
        answer
    }

    async fn probe(&self, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        let answer = self.inner.probe(ask, deadline).await;
        self.answered(Ask::Probe(ask.clone()), &answer, |answer, _| Seen::Probe(answer.clone()));
        answer
    }

    async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        let listed = self.inner.list(folder, deadline).await;
        self.note(|node, at| node.listed(at, folder, &listed));
        listed
    }

    async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError> {
        let read = self.inner.read_at(path, offset, length, deadline).await;
        self.note(|node, at| node.read(at, path, offset, &read));
        if read.is_ok() && is_configuration(path) && offset == 0 {
            self.note_configuration(path, deadline).await;
        }
        read
    }

    async fn process(&self, deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        let answer = self.inner.process(deadline).await;
        self.answered(Ask::Process, &answer, |answer, _| Seen::Process(answer.clone()));
        answer
    }

    async fn disk_free(&self, folder: &str, deadline: &Deadline) -> Result<u64, SourceError> {
        let answer = self.inner.disk_free(folder, deadline).await;
        // Whole 16 MiB: every log line would be a change.
        let ask = Ask::DiskFree { folder: folder.to_owned() };
        self.answered(ask, &answer, |free, _| Seen::DiskFree {
            bytes: if *free > 1 << 28 { free >> 24 << 24 } else { *free },
        });
        answer
    }

    fn peers(&self) -> &[NodeSpec] {
        self.inner.peers()
    }

    async fn probe_from(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        let answer = self.inner.probe_from(host, ask, deadline).await;
        let asked = Ask::ProbeFrom { host: host.to_owned(), ask: ask.clone() };
        self.answered(asked, &answer, |answer, _| Seen::Probe(answer.clone()));
        answer
    }

    async fn resolve(&self, names: &[String], deadline: &Deadline) -> Result<Vec<NameSeen>, SourceError> {
        let answer = self.inner.resolve(names, deadline).await;
        self.answered(Ask::Names { names: names.to_vec() }, &answer, |names, _| Seen::Names(names.clone()));
        answer
    }

    async fn probe_named(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        let answer = self.inner.probe_named(host, ask, deadline).await;
        let asked = Ask::ProbeFrom { host: host.to_owned(), ask: ask.clone() };
        self.answered(asked, &answer, |answer, _| Seen::Probe(answer.clone()));
        answer
    }

    fn doors(&self) -> &[FrontDoor] {
        self.inner.doors()
    }

    async fn through(&self, ask: &DoorAsk, deadline: &Deadline) -> Result<DoorSeen, SourceError> {
        let answer = self.inner.through(ask, deadline).await;
        // As the doors of the recording are: they are asked by what they are.
        let door = ask.door.clone().map(|door| FrontDoor { trust: Trust::System, ..door });
        self.answered(Ask::Door(DoorAsk { door, ..ask.clone() }), &answer, |answer, _| Seen::Door(answer.clone()));
        answer
    }

    async fn clock(&self, deadline: &Deadline) -> Result<ClockSeen, SourceError> {
        let answer = self.inner.clock(deadline).await;
        self.answered(Ask::Clock, &answer, |clock, at| Seen::Clock {
            minus_now_ms: clock.at.millis_since(self.recorder.start.plus_millis(at)),
            uncertain_ms: clock.uncertain_ms,
        });
        answer
    }

    async fn environment(&self, deadline: &Deadline) -> Result<BTreeMap<String, String>, SourceError> {
        // Secrets: not recorded.
        self.inner.environment(deadline).await
    }

    async fn kernel_log(&self, deadline: &Deadline) -> Result<String, SourceError> {
        let answer = self.inner.kernel_log(deadline).await;
        self.answered(Ask::KernelLog, &answer, |text, _| Seen::KernelLog { text: text.clone() });
        answer
    }

    fn redactor(&self) -> Redactor {
        self.inner.redactor()
    }

    async fn handed_in(&self) -> Vec<HandedIn> {
        self.inner.handed_in().await
    }
}

#[cfg(test)]
mod tests;
