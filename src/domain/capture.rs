//! The evidence of one node, copied because a person asked for it: before somebody starts the node again and the start
//! overwrites what tells why it stopped.
//!
//! # Why
//! It is no check: nothing is judged, and a round of checks must not wait for megabytes. It lives like a run all the same:
//! asked for, claimed, ended once; and each thing that was copied is kept at once, so that whatever breaks off later takes
//! nothing away.

use serde::{Deserialize, Serialize};

use super::id::{CaptureId, CapturedFileId, IncidentId, NodeName};
use super::message::Message;
use super::time::Timestamp;

/// What kind of thing was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapturedPart {
    /// What the node wrote to its standard output: every start begins that file anew.
    Stdout,
    /// What a JVM wrote when it crashed.
    Crash,
    /// What the machine tells of the node's process.
    Process,
    /// The kernel log.
    Kernel,
    /// A log of garbage collection.
    Gc,
    /// A file of the configuration.
    Conf,
    /// A log.
    Log,
}

impl CapturedPart {
    /// Every part, in the order in which they are shown.
    pub const ALL: [Self; 7] =
        [Self::Stdout, Self::Crash, Self::Process, Self::Kernel, Self::Gc, Self::Log, Self::Conf];

    /// The word, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Crash => "crash",
            Self::Process => "process",
            Self::Kernel => "kernel",
            Self::Gc => "gc",
            Self::Conf => "conf",
            Self::Log => "log",
        }
    }

    /// The part of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == name)
    }

    /// Whether it tells why a node stopped and is lost by a start, or by the logs that follow one.
    #[must_use]
    pub const fn matters(self) -> bool {
        matches!(self, Self::Stdout | Self::Log)
    }
}

/// One thing that is kept, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedFile {
    /// Row id.
    pub id: CapturedFileId,
    /// The capture.
    pub capture: CaptureId,
    /// What it is.
    pub part: CapturedPart,
    /// Path below the home, or the name of what is no file there.
    pub name: String,
    /// Bytes on the node; `None`: it is no file there.
    pub source_bytes: Option<u64>,
    /// What was left out of it and why, a sentence each.
    pub notes: Vec<Message>,
    /// Bytes of the text that is kept.
    pub size_bytes: u64,
    /// Hex SHA-256 of that text.
    pub sha256: String,
}

/// Something that was copied, before it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// What it is.
    pub part: CapturedPart,
    /// Path below the home, or the name of what is no file there.
    pub name: String,
    /// Bytes on the node; `None`: it is no file there.
    pub source_bytes: Option<u64>,
    /// What was left out of it and why, a sentence each.
    pub notes: Vec<Message>,
    /// The text, redacted.
    pub text: String,
}

/// Something that could not be copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCopied {
    /// Path below the home, or the name of what is no file there.
    pub name: String,
    /// Why.
    pub reason: Message,
}

/// How a capture ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum CaptureEnd {
    /// All that could be read was copied.
    Copied,
    /// Nothing could be read.
    CouldNotRun {
        /// Why.
        reason: Message,
    },
    /// The time was over before everything was read.
    TimedOut,
    /// What was copied could not be kept any more.
    NotSaved {
        /// Why.
        reason: Message,
    },
    /// A person cancelled it.
    Cancelled {
        /// Login name.
        by: String,
    },
    /// The program stopped in the middle.
    Interrupted,
}

impl CaptureEnd {
    /// Stored name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Copied => "copied",
            Self::CouldNotRun { .. } => "could_not_run",
            Self::TimedOut => "timed_out",
            Self::NotSaved { .. } => "not_saved",
            Self::Cancelled { .. } => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether it went as far as it could. What a person or a stop of the program broke off has to be asked for again.
    #[must_use]
    pub const fn went_on_to_its_end(&self) -> bool {
        !matches!(self, Self::Cancelled { .. } | Self::Interrupted)
    }
}

/// The end of a capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureResult {
    /// How.
    pub end: CaptureEnd,
    /// What could not be copied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<NotCopied>,
    /// What is to be known of the whole, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Message>,
}

impl From<CaptureEnd> for CaptureResult {
    fn from(end: CaptureEnd) -> Self {
        Self { end, missing: Vec::new(), notes: Vec::new() }
    }
}

/// State of a capture. One that has ended is never edited: another one is a new capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureState {
    /// Waits for the engine.
    Queued,
    /// Claimed and committed before anything was read.
    Running {
        /// Since when.
        started_at: Timestamp,
        /// What is being read; empty: not known.
        reads: String,
    },
    /// Ended.
    Ended {
        /// When.
        ended_at: Timestamp,
        /// How.
        result: CaptureResult,
    },
}

/// One time that the evidence of a node was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Row id.
    pub id: CaptureId,
    /// Its incident.
    pub incident: IncidentId,
    /// The node.
    pub node: NodeName,
    /// Login name of the person who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// State.
    pub state: CaptureState,
}

impl Capture {
    /// How it ended; `None`: it has not.
    #[must_use]
    pub const fn result(&self) -> Option<&CaptureResult> {
        match &self.state {
            CaptureState::Ended { result, .. } => Some(result),
            CaptureState::Queued | CaptureState::Running { .. } => None,
        }
    }

    /// When what matters was kept, given everything that it kept; `None`: it does not stand for the evidence of its node.
    #[must_use]
    pub fn keeps_what_matters(&self, files: &[CapturedFile]) -> Option<Timestamp> {
        let CaptureState::Ended { ended_at, result } = &self.state else { return None };
        let kept = files.iter().any(|file| file.capture == self.id && file.part.matters());
        (kept && result.end.went_on_to_its_end()).then_some(*ended_at)
    }
}

/// How the evidence of a node came to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBy {
    /// The program copied it, because a person asked for it.
    Capture,
    /// A person uploaded it.
    Upload,
}

impl KeptBy {
    /// The word, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Upload => "upload",
        }
    }

    /// That of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Capture, Self::Upload].into_iter().find(|one| one.as_str() == name)
    }
}

/// Somebody kept the evidence of a node: by a capture or by an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvidence {
    /// The node.
    pub node: NodeName,
    /// Login name.
    pub by: String,
    /// When it was there.
    pub at: Timestamp,
    /// How.
    pub how: KeptBy,
    /// What is not among it, by the names that a capture gives it.
    pub lacking: Vec<String>,
}

impl KeptEvidence {
    /// Whether it is what has to be copied before a start: a capture copies what there is, and an upload may hold anything, so
    /// that one needs logs and the output that a start overwrites.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        match self.how {
            KeptBy::Capture => true,
            KeptBy::Upload => ![STDOUT, "logs/nacos.log"].iter().any(|name| self.lacking.iter().any(|one| one == name)),
        }
    }
}

/// The name of the output of a node, where it is not there; `startup.log` stands for it as well.
const STDOUT: &str = "logs/start.out";

/// The logs that every node of a cluster writes and that tell why it stopped and what it saw last.
const LOGS: [&str; 5] = [
    "logs/nacos.log",
    "logs/nacos-cluster.log",
    "logs/alipay-jraft.log",
    "logs/protocol-raft.log",
    "logs/protocol-distro.log",
];

/// What is not among the files of uploads of one node and the output that was pasted for it, by the names that a capture gives
/// it. What only a crash leaves is missing of no node.
#[must_use]
pub fn lacking_of_upload(paths: &[&str], pasted: &[CapturedPart]) -> Vec<String> {
    let names: Vec<String> =
        paths.iter().map(|path| path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase()).collect();
    let has = |is: &dyn Fn(&str) -> bool| names.iter().any(|name| is(name));
    let output = has(&|name| name.ends_with(".out") || name == "startup.log");
    let kernel = pasted.contains(&CapturedPart::Kernel)
        || has(&|name| ["kernel", "dmesg", "journal", "messages"].iter().any(|word| name.contains(word)));
    let process = pasted.contains(&CapturedPart::Process) || has(&|name| name.contains("process"));
    let conf = has(&|name| name == "application.properties") && has(&|name| name == "cluster.conf");
    // A log of that name, or one that was rotated.
    let logs = LOGS.iter().map(|log| (*log, has(&|name| name.starts_with(log.trim_start_matches("logs/")))));
    let rest = [("process.json", process), ("kernel.log", kernel)];
    let all = std::iter::once((STDOUT, output)).chain(rest).chain(logs).chain([("conf/", conf)]);
    all.filter(|(_, is_there)| !is_there).map(|(name, _)| name.to_owned()).collect()
}

/// The evidence that captures keep, given everything that they kept.
#[must_use]
pub fn kept_by(captures: &[Capture], files: &[CapturedFile]) -> Vec<KeptEvidence> {
    let kept = |capture: &Capture| {
        let at = capture.keeps_what_matters(files)?;
        let missing = capture.result().into_iter().flat_map(|result| &result.missing);
        Some(KeptEvidence {
            node: capture.node.clone(),
            by: capture.asked_by.clone(),
            at,
            how: KeptBy::Capture,
            lacking: missing.map(|one| one.name.clone()).collect(),
        })
    };
    captures.iter().filter_map(kept).collect()
}

/// Whether a file of an upload is one that matters, as [`CapturedPart::matters`].
#[must_use]
pub fn is_log_or_output(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let is = |end: &str| name.strip_suffix(end).is_some_and(|stem| !stem.is_empty());
    is(".log") || is(".out") || name.contains(".log.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(end: CaptureEnd) -> Capture {
        let result = end.into();
        Capture {
            id: CaptureId(1),
            incident: IncidentId(1),
            node: NodeName::from("n3"),
            asked_by: "ann".to_owned(),
            asked_at: Timestamp::from_millis(0),
            state: CaptureState::Ended { ended_at: Timestamp::from_millis(9), result },
        }
    }

    fn file(capture: i64, part: CapturedPart) -> CapturedFile {
        CapturedFile {
            id: CapturedFileId(1),
            capture: CaptureId(capture),
            part,
            name: String::new(),
            source_bytes: None,
            notes: Vec::new(),
            size_bytes: 1,
            sha256: String::new(),
        }
    }

    #[test]
    fn it_stands_for_the_evidence_if_logs_or_output_are_kept_and_nobody_broke_it_off() {
        let at = Some(Timestamp::from_millis(9));
        let (conf, out) = (file(1, CapturedPart::Conf), file(1, CapturedPart::Stdout));
        assert_eq!(capture(CaptureEnd::Copied).keeps_what_matters(&[conf.clone(), out.clone()]), at);
        assert_eq!(capture(CaptureEnd::TimedOut).keeps_what_matters(std::slice::from_ref(&out)), at);
        assert_eq!(capture(CaptureEnd::Copied).keeps_what_matters(&[conf]), None, "nothing of what a start takes");
        assert_eq!(capture(CaptureEnd::Copied).keeps_what_matters(&[file(2, CapturedPart::Log)]), None, "of another");
        assert_eq!(capture(CaptureEnd::Interrupted).keeps_what_matters(std::slice::from_ref(&out)), None);
        let cancelled = CaptureEnd::Cancelled { by: "bob".to_owned() };
        assert_eq!(capture(cancelled).keeps_what_matters(&[out]), None);
    }

    #[test]
    fn logs_and_output_are_told_from_the_rest_of_an_upload() {
        for path in ["logs/nacos.log", "start.out", "nacos-3/logs/nacos.log.2026-11-28.0", "logs/naming-raft.log.1.gz"]
        {
            assert!(is_log_or_output(path), "{path}");
        }
        for path in ["conf/application.properties", "conf/cluster.conf", "logs/.log", "logs", ""] {
            assert!(!is_log_or_output(path), "{path}");
        }
    }

    #[test]
    fn an_upload_says_what_it_lacks_and_is_enough_with_logs_and_output_only() {
        let of = |paths: &[&str], pasted: &[CapturedPart]| KeptEvidence {
            node: NodeName::from("n3"),
            by: "ann".to_owned(),
            at: Timestamp::from_millis(0),
            how: KeptBy::Upload,
            lacking: lacking_of_upload(paths, pasted),
        };
        let trivial = of(&["conf/cluster.conf", "logs/nacos.log", "readme.doc"], &[]);
        assert_eq!(
            trivial.lacking,
            [
                "logs/start.out",
                "process.json",
                "kernel.log",
                "logs/nacos-cluster.log",
                "logs/alipay-jraft.log",
                "logs/protocol-raft.log",
                "logs/protocol-distro.log",
                "conf/"
            ]
        );
        assert!(!trivial.is_enough());
        assert!(!of(&["logs/start.out"], &[]).is_enough(), "output without a log");
        for output in ["logs/start.out", "n3/logs/startup.log"] {
            assert!(of(&["logs/nacos.log.2026-11-28.0", output], &[]).is_enough(), "{output}");
        }
        let mut whole: Vec<&str> = LOGS.to_vec();
        whole.extend(["logs/start.out", "conf/cluster.conf", "conf/application.properties"]);
        let pasted = [CapturedPart::Kernel, CapturedPart::Process];
        assert_eq!(of(&whole, &pasted).lacking, Vec::<String>::new());
        assert_eq!(of(&whole, &pasted[..1]).lacking, ["process.json"]);
        whole.extend(["n3.kernel.txt", "n3.process.txt"]);
        assert_eq!(of(&whole, &[]).lacking, Vec::<String>::new());
        let capture = KeptEvidence { how: KeptBy::Capture, ..trivial };
        assert!(capture.is_enough(), "it copied what there is");
        assert_eq!(KeptBy::from_name(KeptBy::Upload.as_str()), Some(KeptBy::Upload));
    }

    #[test]
    fn parts_have_words_of_their_own() {
        for part in CapturedPart::ALL {
            assert_eq!(CapturedPart::from_name(part.as_str()), Some(part));
        }
        assert_eq!(CapturedPart::from_name("heap"), None);
    }
}
