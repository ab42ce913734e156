//! Serves a recording back: the same answers at the same relative times. Where it stands is its clock's to say, or its
//! [`Playback`]'s, which may stand still while time goes on.
//!
//! One thing is not served: time-outs of the recording machine's own disk and process table, where it knew better at
//! another time. They tell of that machine's load and not of the cluster. Time-outs of the network are served as they were.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::cluster::{Cluster, FileSource, FrontDoor, NodeSpec};
use crate::domain::evidence::Vantage;
use crate::domain::id::NodeName;
use crate::domain::observed::{DoorSeen, NameSeen, ProcessSeen};
use crate::domain::time::{Clock, Timestamp};

use super::format::{self, Ask, Read1, RecordingError, Seen};
use super::playback::{Later, Playback};
use super::{FileRecord, Listed, NodeRecord, is_configuration};
use crate::sources::FOLDERS;
use crate::sources::files::MAX_READ;
use crate::sources::{
    ClockSeen, Deadline, DoorAsk, FileEntry, HandedIn, HttpAnswer, HttpAsk, NodeSource, ProbeAnswer, ProbeAsk,
    SourceError, Sources,
};

/// Bytes that a log may have grown by between two rounds.
const MOMENT: u64 = 256 * 1024;

/// An opened recording.
#[derive(Clone)]
pub struct Recording {
    read: Arc<Read1>,
    file: String,
}

impl Recording {
    /// Opens a file.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A pipe would wait for a writer.
        let meta = std::fs::metadata(path)?;
        if meta.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        }
        if !meta.is_file() {
            return Err(io::Error::other("no regular file").into());
        }
        Self::read(File::open(path)?, &name)
    }

    /// Reads the bytes of a recording; `name` is told as the place where evidence comes from.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn read(from: impl Read, name: &str) -> Result<Self, RecordingError> {
        Ok(Self { read: Arc::new(format::read(from)?), file: name.to_owned() })
    }

    /// The cluster that was recorded, without credentials.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.read.cluster
    }

    /// When it was begun.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.read.start
    }

    /// When it ended.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.read.start.plus_millis(self.read.end)
    }

    /// What the person who recorded it wrote.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.read.note
    }

    /// The sources as they were at the time that `clock` tells.
    #[must_use]
    pub fn sources(&self, clock: &Arc<dyn Clock>) -> Sources {
        let nodes = (0..self.read.cluster.nodes.len()).map(|index| self.source(index, None, clock));
        Sources { nodes: nodes.collect() }
    }

    /// The sources as they are where that playback stands, and what was handed in beside it.
    #[must_use]
    pub fn played(&self, playback: &Arc<Playback>, given: &BTreeMap<NodeName, Vec<HandedIn>>) -> Sources {
        let clock: Arc<dyn Clock> = playback.clone();
        let nodes = self.read.cluster.nodes.iter().enumerate().map(|(index, node)| -> Arc<dyn NodeSource> {
            let given = given.get(&node.name).cloned().unwrap_or_default();
            Arc::new(ReplaySource { playback: Some(Arc::clone(playback)), ..self.made(index, None, &clock, given) })
        });
        Sources { nodes: nodes.collect() }
    }

    /// One node, under another name if one is given. An index that is not there answers nothing.
    #[must_use]
    pub fn source(&self, index: usize, name: Option<NodeName>, clock: &Arc<dyn Clock>) -> Arc<dyn NodeSource> {
        self.source_with(index, name, clock, Vec::new())
    }

    /// The same, and what was handed in beside it.
    #[must_use]
    pub fn source_with(
        &self,
        index: usize,
        name: Option<NodeName>,
        clock: &Arc<dyn Clock>,
        given: Vec<HandedIn>,
    ) -> Arc<dyn NodeSource> {
        Arc::new(self.made(index, name, clock, given))
    }

    fn made(&self, index: usize, name: Option<NodeName>, clock: &Arc<dyn Clock>, given: Vec<HandedIn>) -> ReplaySource {
        let mut spec = self.read.cluster.nodes.get(index).cloned().unwrap_or_else(|| NodeSpec {
            name: NodeName(String::new()),
            api: None,
            files: FileSource::None,
        });
        if let Some(name) = name {
            spec.name = name;
        }
        let others = self.read.cluster.nodes.iter().enumerate().filter(|(at, _)| *at != index);
        let peers = others.map(|(_, node)| node.clone()).collect();
        ReplaySource {
            spec,
            peers,
            read: Arc::clone(&self.read),
            index,
            file: self.file.clone(),
            clock: Arc::clone(clock),
            playback: None,
            given,
        }
    }
}

/// One node of a recording.
struct ReplaySource {
    spec: NodeSpec,
    read: Arc<Read1>,
    index: usize,
    file: String,
    clock: Arc<dyn Clock>,
    /// Where the recording stands; `None`: where the clock says.
    playback: Option<Arc<Playback>>,
    peers: Vec<NodeSpec>,
    /// Handed in beside the recording.
    given: Vec<HandedIn>,
}

/// The newest entry at or before `at`; before the first: the first.
fn newest<T>(entries: &[T], at: i64, time: impl Fn(&T) -> i64) -> Option<&T> {
    entries.iter().rev().find(|entry| time(entry) <= at).or_else(|| entries.first())
}

impl ReplaySource {
    fn at(&self) -> i64 {
        match &self.playback {
            Some(playback) => playback.at_ms(),
            None => self.clock.now().millis_since(self.read.start),
        }
    }

    /// What was recorded after a wait happened later by as much.
    fn later(&self) -> Option<Later> {
        self.playback.as_ref().and_then(|playback| playback.later())
    }

    fn as_shown(&self, text: &str) -> String {
        self.later().map_or_else(|| text.to_owned(), |later| later.text(text))
    }

    fn node(&self) -> Result<&NodeRecord, SourceError> {
        self.read.nodes.get(self.index).ok_or(SourceError::NotRecorded)
    }

    fn seen(&self, ask: &Ask, deadline: &Deadline) -> Result<&Seen, SourceError> {
        if deadline.cancel.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        let answers = self.node()?.answers.get(ask).ok_or(SourceError::NotRecorded)?;
        let at = self.at();
        let found = match ask {
            // Seen on the recording machine: a time-out there tells nothing of the node.
            Ask::Process | Ask::DiskFree { .. } => {
                let in_time =
                    |(t, seen): &&(i64, Seen)| *t <= at && !matches!(seen, Seen::Failed(SourceError::Timeout { .. }));
                answers.iter().rev().find(in_time).or_else(|| newest(answers, at, |(t, _)| *t))
            }
            Ask::Http(_)
            | Ask::Probe(_)
            | Ask::ProbeFrom { .. }
            | Ask::Clock
            | Ask::KernelLog
            | Ask::Names { .. }
            | Ask::Door(_) => newest(answers, at, |(t, _)| *t),
        };
        match found {
            Some((_, Seen::Failed(error))) => Err(error.clone()),
            Some((_, seen)) => Ok(seen),
            None => Err(SourceError::NotRecorded),
        }
    }
}

impl FileRecord {
    /// Size and last change at that time.
    fn stat(&self, path: &str, at: i64) -> Option<(u64, Option<Timestamp>)> {
        let stat = newest(&self.stats, at, |(t, ..)| *t);
        if is_configuration(path)
            && let Some((_, content)) = newest(&self.versions, at, |(t, _)| *t)
        {
            // Redacted: its size is that of what is kept.
            return Some((content.len() as u64, stat.and_then(|(.., modified)| *modified)));
        }
        let (_, size, modified) = stat?;
        let generation = newest(&self.generations, at, |generation| generation.since);
        let known = generation.and_then(|generation| generation.pieces.last_key_value());
        let size = match known.map(|(start, piece)| start + piece.len() as u64) {
            // Grown after the last read: the file as it stood a moment before.
            Some(end) if end < *size && size - end <= MOMENT => end,
            _ => *size,
        };
        Some((size, *modified))
    }

    /// Where the part begins that reaches to the end of the file as it stood then.
    fn readable_from(&self, path: &str, at: i64, size: u64) -> u64 {
        if is_configuration(path) || size == 0 {
            return if is_configuration(path) && self.versions.is_empty() { size } else { 0 };
        }
        newest(&self.generations, at, |generation| generation.since)
            .and_then(|generation| generation.pieces.range(..size).next_back())
            .filter(|(start, piece)| **start + piece.len() as u64 >= size)
            .map_or(size, |(start, _)| *start)
    }

    fn read(&self, path: &str, at: i64, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let ended =
            newest(&self.reads, at, |(t, _)| *t).filter(|(t, _)| *t <= at).and_then(|(_, ended)| ended.as_ref());
        match ended {
            None => {}
            // The recording machine was too slow for its own disk: what it read at another time is as good.
            Some(timeout @ SourceError::Timeout { .. }) => {
                return self.content(path, at, offset, length).map_err(|_| timeout.clone());
            }
            Some(error) => return Err(error.clone()),
        }
        self.content(path, at, offset, length)
    }

    /// The same with the stamps of what was written after a wait moved. A stamp may stand across either end of what is
    /// asked for, so a little more than that is looked at.
    fn read_later(
        &self,
        path: &str,
        at: i64,
        offset: u64,
        length: usize,
        later: Later,
    ) -> Result<Vec<u8>, SourceError> {
        let mut asked = self.read(path, at, offset, length)?;
        let before = usize::try_from(offset.min(Later::STAMP_BYTES)).unwrap_or(0);
        let lead = self.read(path, at, offset - before as u64, before).unwrap_or_default();
        let rest = self.read(path, at, offset + asked.len() as u64, Later::STAMP_BYTES as usize).unwrap_or_default();
        // Where nothing was recorded before it, there is no stamp to complete.
        let lead = if lead.len() == before { lead } else { Vec::new() };
        let (from, to) = (lead.len(), lead.len() + asked.len());
        let mut around = lead;
        around.append(&mut asked);
        around.extend(rest);
        later.bytes(&mut around);
        Ok(around[from..to].to_vec())
    }

    fn content(&self, path: &str, at: i64, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        if is_configuration(path) {
            let (_, content) = newest(&self.versions, at, |(t, _)| *t).ok_or(SourceError::NotRecorded)?;
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
            return Ok(content[start..start.saturating_add(length).min(content.len())].to_vec());
        }
        let (size, _) = self.stat(path, at).unwrap_or((u64::MAX, None));
        if offset >= size {
            return Ok(Vec::new());
        }
        let end = offset.saturating_add(length as u64).min(size);
        let generation =
            newest(&self.generations, at, |generation| generation.since).ok_or(SourceError::NotRecorded)?;
        let (start, piece) = generation.pieces.range(..=offset).next_back().ok_or(SourceError::NotRecorded)?;
        let piece_end = start + piece.len() as u64;
        // A shorter answer would mean that the file ends there; only a file that was never listed may end so.
        if offset >= piece_end || (end > piece_end && size != u64::MAX) {
            return Err(SourceError::NotRecorded);
        }
        let (from, to) = ((offset - start) as usize, (end.min(piece_end) - start) as usize);
        Ok(piece[from..to].to_vec())
    }
}

#[async_trait]
impl NodeSource for ReplaySource {
    fn spec(&self) -> &NodeSpec {
        &self.spec
    }

    fn files_vantage(&self) -> Vantage {
        Vantage::Recording { file: self.file.clone() }
    }

    fn files_live(&self) -> bool {
        self.node().is_ok_and(|node| node.live)
    }

    async fn http(&self, ask: &HttpAsk, deadline: &Deadline) -> Result<HttpAnswer, SourceError> {
        match self.seen(&Ask::Http(ask.clone()), deadline)? {
            Seen::Http { date_minus_now_ms, answer } => {
                let date = date_minus_now_ms.map(|offset| self.clock.now().plus_millis(offset));
                let body = self.as_shown(&answer.body);
                Ok(HttpAnswer { date, body, ..answer.clone() })
            }
            _ => Err(SourceError::NotRecorded),
        }
    }

    async fn probe(&self, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        match self.seen(&Ask::Probe(ask.clone()), deadline)? {
            Seen::Probe(answer) => Ok(answer.clone()),
            _ => Err(SourceError::NotRecorded),
        }
    }

    async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        if deadline.cancel.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        if !FOLDERS.contains(&folder) {
            return Err(SourceError::Denied { why: "only conf, logs and bin of the home are read".to_owned() });
        }
        let (node, at) = (self.node()?, self.at());
        let lists = node.folders.get(folder).ok_or(SourceError::NotRecorded)?;
        let in_time = |(t, names): &&Listed| *t <= at && !matches!(names, Err(SourceError::Timeout { .. }));
        let found = lists.iter().rev().find(in_time).or_else(|| newest(lists, at, |(t, _)| *t));
        let (_, names) = found.ok_or(SourceError::NotRecorded)?;
        let names = names.as_ref().map_err(Clone::clone)?;
        let later = self.later();
        Ok(names
            .iter()
            .filter_map(|path| {
                let file = node.files.get(path)?;
                let (size_bytes, modified) = file.stat(path, at)?;
                let start_offset = file.readable_from(path, at, size_bytes);
                let modified = modified.map(|modified| later.map_or(modified, |later| later.stamp(modified)));
                Some(FileEntry { path: path.clone(), size_bytes, start_offset, modified, zone_offset_s: None })
            })
            .collect())
    }

    async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError> {
        if deadline.cancel.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        if length > MAX_READ {
            return Err(SourceError::TooLarge { limit_bytes: MAX_READ as u64 });
        }
        let file = self.node()?.files.get(path).ok_or(SourceError::NotRecorded)?;
        let Some(later) = self.later() else { return file.read(path, self.at(), offset, length) };
        file.read_later(path, self.at(), offset, length, later)
    }

    async fn process(&self, deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        match self.seen(&Ask::Process, deadline)? {
            Seen::Process(process) => Ok(process.clone().map(|process| match self.later() {
                Some(later) => ProcessSeen { started_at: process.started_at.map(|at| later.stamp(at)), ..process },
                None => process,
            })),
            _ => Err(SourceError::NotRecorded),
        }
    }

    async fn disk_free(&self, folder: &str, deadline: &Deadline) -> Result<u64, SourceError> {
        match self.seen(&Ask::DiskFree { folder: folder.to_owned() }, deadline)? {
            Seen::DiskFree { bytes } => Ok(*bytes),
            _ => Err(SourceError::NotRecorded),
        }
    }

    fn peers(&self) -> &[NodeSpec] {
        &self.peers
    }

    async fn probe_named(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        self.probe_from(host, ask, deadline).await
    }

    async fn probe_from(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        match self.seen(&Ask::ProbeFrom { host: host.to_owned(), ask: ask.clone() }, deadline)? {
            Seen::Probe(answer) => Ok(answer.clone()),
            _ => Err(SourceError::NotRecorded),
        }
    }

    async fn resolve(&self, names: &[String], deadline: &Deadline) -> Result<Vec<NameSeen>, SourceError> {
        match self.seen(&Ask::Names { names: names.to_vec() }, deadline)? {
            Seen::Names(names) => Ok(names.clone()),
            _ => Err(SourceError::NotRecorded),
        }
    }

    fn doors(&self) -> &[FrontDoor] {
        &self.read.cluster.doors
    }

    async fn through(&self, ask: &DoorAsk, deadline: &Deadline) -> Result<DoorSeen, SourceError> {
        match self.seen(&Ask::Door(ask.clone()), deadline)? {
            Seen::Door(seen) => Ok(seen.clone()),
            _ => Err(SourceError::NotRecorded),
        }
    }

    async fn clock(&self, deadline: &Deadline) -> Result<ClockSeen, SourceError> {
        match self.seen(&Ask::Clock, deadline)? {
            Seen::Clock { minus_now_ms, uncertain_ms } => {
                Ok(ClockSeen { at: self.clock.now().plus_millis(*minus_now_ms), uncertain_ms: *uncertain_ms })
            }
            _ => Err(SourceError::NotRecorded),
        }
    }

    async fn kernel_log(&self, deadline: &Deadline) -> Result<String, SourceError> {
        match self.seen(&Ask::KernelLog, deadline)? {
            Seen::KernelLog { text } => Ok(self.as_shown(text)),
            _ => Err(SourceError::NotRecorded),
        }
    }

    async fn handed_in(&self) -> Vec<HandedIn> {
        let recorded = self.node().map(|node| node.handed_in.clone()).unwrap_or_default();
        recorded.into_iter().chain(self.given.clone()).collect()
    }
}
