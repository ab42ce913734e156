//! The file format of recordings.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::domain::cluster::Cluster;
use crate::domain::observed::{DoorRequest, DoorSeen, NameSeen, ProcessSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::ProcessState;
use crate::sources::{DoorAsk, HandedIn, HttpAnswer, HttpAsk, ProbeAnswer, ProbeAsk, SourceError};

use super::{FileRecord, Generation, Listed, NodeRecord};

/// Version that is written.
const VERSION: u32 = 1;

/// Most bytes that a recording may inflate to.
const MAX_INFLATED: u64 = 1024 * 1024 * 1024;

/// Most bytes of one line.
const MAX_LINE: u64 = 64 * 1024 * 1024;

/// Requests through a front door that took longer than this are told apart from those that did not.
const SLOW_MS: u64 = 800;

/// Largest piece of a file in one line.
const PIECE: usize = 1024 * 1024;

/// Why a recording cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file system's.
    #[error("the recording cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Not a recording, or broken.
    #[error("this is not a recording, or it is broken: {0}")]
    Broken(String),
    /// From a later version.
    #[error("this recording has format {0}, this version reads format {VERSION}")]
    Version(u32),
    /// Larger than allowed.
    #[error("this recording is larger than 1 GiB unpacked")]
    TooLarge,
}

/// What was asked, but for files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ask {
    Http(HttpAsk),
    Probe(ProbeAsk),
    Process,
    DiskFree { folder: String },
    ProbeFrom { host: String, ask: ProbeAsk },
    Clock,
    KernelLog,
    Names { names: Vec<String> },
    Door(DoorAsk),
}

/// What was answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Seen {
    Http {
        /// The `Date` header minus the time of the answer.
        date_minus_now_ms: Option<i64>,
        answer: HttpAnswer,
    },
    Probe(ProbeAnswer),
    Process(Option<ProcessSeen>),
    DiskFree {
        bytes: u64,
    },
    Clock {
        /// The node's clock minus ours.
        minus_now_ms: i64,
        uncertain_ms: i64,
    },
    KernelLog {
        text: String,
    },
    Names(Vec<NameSeen>),
    Door(DoorSeen),
    Failed(SourceError),
}

impl Seen {
    /// Equal but for the time it took and for what counts on by itself.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Http { date_minus_now_ms: one_date, answer: one },
                Self::Http { date_minus_now_ms: other_date, answer: other },
            ) => {
                // The header has whole seconds.
                let dates = match (one_date, other_date) {
                    (Some(one), Some(other)) => (one - other).abs() < 1500,
                    (None, None) => true,
                    _ => false,
                };
                dates && one.status == other.status && one.context_path == other.context_path && one.body == other.body
            }
            (Self::Probe(one), Self::Probe(other)) => {
                (one.result, one.tries, one.ok, &one.detail) == (other.result, other.tries, other.ok, &other.detail)
            }
            (Self::Process(one), Self::Process(other)) => match (one, other) {
                (Some(one), Some(other)) => {
                    let near = |one: Option<u64>, other: Option<u64>| match (one, other) {
                        (Some(one), Some(other)) => one.abs_diff(other) < one / 16,
                        (None, None) => true,
                        _ => false,
                    };
                    one.pid == other.pid
                        && state_of(&one.state) == state_of(&other.state)
                        && one.started_at == other.started_at
                        && one.command == other.command
                        && near(one.resident_bytes, other.resident_bytes)
                        && near(one.files.map(|(open, _)| open), other.files.map(|(open, _)| open))
                }
                (None, None) => true,
                _ => false,
            },
            (Self::DiskFree { bytes: one }, Self::DiskFree { bytes: other }) => one == other,
            (Self::Clock { minus_now_ms: one, uncertain_ms }, Self::Clock { minus_now_ms: other, .. }) => {
                one.abs_diff(*other) <= uncertain_ms.unsigned_abs()
            }
            (Self::KernelLog { text: one }, Self::KernelLog { text: other }) => one == other,
            (Self::Names(one), Self::Names(other)) => one == other,
            (Self::Door(one), Self::Door(other)) => {
                let outcomes = |seen: &DoorSeen| {
                    let of = |tried: &DoorRequest| (tried.status, tried.failure.clone(), tried.elapsed_ms > SLOW_MS);
                    let mut outcomes: Vec<_> = seen.tries.iter().map(of).collect();
                    outcomes.sort();
                    (outcomes, seen.grpc.as_ref().map(|port| (port.result, port.ok, port.detail.clone())))
                };
                outcomes(one) == outcomes(other)
            }
            (Self::Failed(one), Self::Failed(other)) => match (one, other) {
                (SourceError::Timeout { .. }, SourceError::Timeout { .. }) => true,
                _ => one == other,
            },
            _ => false,
        }
    }
}

/// Running and sleeping change all the time and mean the same.
fn state_of(state: &ProcessState) -> &ProcessState {
    if *state == ProcessState::Running { &ProcessState::Sleeping } else { state }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Header {
        nodedown_recording: u32,
        cluster: Cluster,
        start: Timestamp,
        note: String,
        live: Vec<bool>,
    },
    Answer {
        node: usize,
        t: i64,
        ask: Ask,
        seen: Seen,
    },
    HandedIn {
        node: usize,
        given: Vec<HandedIn>,
    },
    Folder {
        node: usize,
        folder: String,
        lists: Vec<Listed>,
    },
    Sizes {
        node: usize,
        path: String,
        stats: Vec<(i64, u64, Option<Timestamp>)>,
        reads: Vec<(i64, Option<SourceError>)>,
    },
    Version {
        node: usize,
        path: String,
        t: i64,
        content: Content,
    },
    Piece {
        node: usize,
        path: String,
        generation: usize,
        since: i64,
        offset: u64,
        content: Content,
    },
    End {
        t: i64,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(String),
    Base64(String),
}

impl Content {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(BASE64.encode(bytes)),
        }
    }

    fn bytes(self) -> Result<Vec<u8>, RecordingError> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Base64(text) => BASE64.decode(text).map_err(|error| RecordingError::Broken(error.to_string())),
        }
    }
}

/// Writes a recording. Lines about one thing stand together, so that they pack well.
pub(super) fn write(
    to: impl Write,
    cluster: &Cluster,
    start: Timestamp,
    end: i64,
    note: &str,
    nodes: &[NodeRecord],
) -> io::Result<()> {
    let mut out = BufWriter::new(GzEncoder::new(to, flate2::Compression::best()));
    let mut line = |line: &Line| {
        serde_json::to_writer(&mut out, line)?;
        out.write_all(b"\n")
    };
    line(&Line::Header {
        nodedown_recording: VERSION,
        cluster: cluster.clone(),
        start,
        note: note.to_owned(),
        live: nodes.iter().map(|node| node.live).collect(),
    })?;
    for (node, record) in nodes.iter().enumerate() {
        if !record.handed_in.is_empty() {
            line(&Line::HandedIn { node, given: record.handed_in.clone() })?;
        }
        for (ask, answers) in &record.answers {
            for (t, seen) in answers {
                line(&Line::Answer { node, t: *t, ask: ask.clone(), seen: seen.clone() })?;
            }
        }
        for (folder, lists) in &record.folders {
            line(&Line::Folder { node, folder: folder.clone(), lists: lists.clone() })?;
        }
        for (path, file) in &record.files {
            line(&Line::Sizes { node, path: path.clone(), stats: file.stats.clone(), reads: file.reads.clone() })?;
            for (t, content) in &file.versions {
                line(&Line::Version { node, path: path.clone(), t: *t, content: Content::of(content) })?;
            }
            for (generation, content) in file.generations.iter().enumerate() {
                for (offset, piece) in &content.pieces {
                    let mut masked = piece.clone();
                    record.redactor.mask(&mut masked);
                    for (part, bytes) in masked.chunks(PIECE).enumerate() {
                        line(&Line::Piece {
                            node,
                            path: path.clone(),
                            generation,
                            since: content.since,
                            offset: offset + (part * PIECE) as u64,
                            content: Content::of(bytes),
                        })?;
                    }
                }
            }
        }
    }
    line(&Line::End { t: end })?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.flush()
}

/// A recording, read.
pub(super) struct Read1 {
    pub(super) cluster: Cluster,
    pub(super) start: Timestamp,
    pub(super) end: i64,
    pub(super) note: String,
    pub(super) nodes: Vec<NodeRecord>,
}

/// Reads a recording; one without its end (the recorder was killed) ends with its last answer.
pub(super) fn read(from: impl Read) -> Result<Read1, RecordingError> {
    let mut lines = BufReader::new(MultiGzDecoder::new(from).take(MAX_INFLATED + 1));
    let mut total = 0;
    let mut text = Vec::new();
    let mut read: Option<Read1> = None;
    let mut ended = false;
    loop {
        text.clear();
        let length = match lines.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut text) {
            Ok(length) => length as u64,
            Err(_) if read.is_none() => return Err(RecordingError::Broken("it is not packed".to_owned())),
            Err(error) => return Err(RecordingError::Broken(error.to_string())),
        };
        if length == 0 {
            break;
        }
        total += length;
        if total > MAX_INFLATED || length > MAX_LINE {
            return Err(RecordingError::TooLarge);
        }
        let line: Line = serde_json::from_slice(&text).map_err(|error| RecordingError::Broken(error.to_string()))?;
        match (line, &mut read) {
            (Line::Header { nodedown_recording, cluster, start, note, live }, None) => {
                if nodedown_recording != VERSION {
                    return Err(RecordingError::Version(nodedown_recording));
                }
                let nodes = (0..cluster.nodes.len())
                    .map(|index| NodeRecord {
                        live: live.get(index).copied().unwrap_or(false),
                        ..NodeRecord::default()
                    })
                    .collect();
                read = Some(Read1 { cluster, start, end: 0, note, nodes });
            }
            (_, None) => return Err(RecordingError::Broken("it has no header".to_owned())),
            (Line::Header { .. }, Some(_)) => return Err(RecordingError::Broken("it has two headers".to_owned())),
            (Line::End { t }, Some(read)) => {
                read.end = t;
                ended = true;
            }
            (line, Some(read)) => take(line, read)?,
        }
    }
    let read = read.ok_or_else(|| RecordingError::Broken("it is empty".to_owned()))?;
    if ended { Ok(read) } else { Err(RecordingError::Broken("its end is missing".to_owned())) }
}

fn take(line: Line, read: &mut Read1) -> Result<(), RecordingError> {
    let node = match &line {
        Line::Answer { node, .. }
        | Line::HandedIn { node, .. }
        | Line::Folder { node, .. }
        | Line::Sizes { node, .. }
        | Line::Version { node, .. }
        | Line::Piece { node, .. } => *node,
        Line::Header { .. } | Line::End { .. } => return Ok(()),
    };
    let record = read.nodes.get_mut(node).ok_or_else(|| RecordingError::Broken("a node is unknown".to_owned()))?;
    match line {
        Line::Answer { t, ask, seen, .. } => record.answers.entry(ask).or_default().push((t, seen)),
        Line::HandedIn { given, .. } => record.handed_in = given,
        Line::Folder { folder, lists, .. } => {
            record.folders.insert(folder, lists);
        }
        Line::Sizes { path, stats, reads, .. } => {
            let file = record.files.entry(path).or_default();
            file.stats = stats;
            file.reads = reads;
        }
        Line::Version { path, t, content, .. } => {
            record.files.entry(path).or_default().versions.push((t, content.bytes()?));
        }
        Line::Piece { path, generation, since, offset, content, .. } => {
            let file: &mut FileRecord = record.files.entry(path).or_default();
            if generation > file.generations.len() + 1000 {
                return Err(RecordingError::Broken("a file changed too often".to_owned()));
            }
            while file.generations.len() <= generation {
                file.generations.push(Generation { since, pieces: BTreeMap::new() });
            }
            let bytes = content.bytes()?;
            offset
                .checked_add(bytes.len() as u64)
                .ok_or_else(|| RecordingError::Broken("an offset is too large".to_owned()))?;
            if !file.generations[generation].add(offset, &bytes) {
                return Err(RecordingError::Broken("two pieces of a file contradict each other".to_owned()));
            }
        }
        Line::Header { .. } | Line::End { .. } => {}
    }
    Ok(())
}
