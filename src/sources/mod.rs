//! Evidence sources: the only code that opens a file, a socket or an HTTP connection to a cluster.
//!
//! One interface ([`NodeSource`]) for a live node, its files, a copied home, a recording and handed-in output; checks
//! never know the difference. What a source cannot answer is a [`SourceError`] with the reason, which becomes
//! `could_not_run`. Allow-list, size caps, timeouts and redaction live here. May import `domain`, `config`, `logscan`, `nacos`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub mod build;
pub mod client_log;
pub mod distrust;
pub mod door;
pub mod files;
pub mod handed_in;
mod hosts;
pub mod http;
pub mod kept;
mod kernel;
mod network;
pub mod outbound;
mod proc;
pub mod recording;
pub mod redact;
pub mod secret;
pub mod small_file;
pub mod spec;
pub mod ssh;
pub mod tcp;
mod tls;
mod transcript;

use crate::domain::cluster::{FrontDoor, NodeSpec};
use crate::domain::credential::Refused;
use crate::domain::evidence::Vantage;
use crate::domain::kept::Damage;
use crate::domain::message::Message;
use crate::domain::observed::{DoorSeen, NameSeen, PortResult, PortRole, PortSeen, ProcessSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::{Failure, NoSource, OutputKind};
use redact::Redactor;

/// Folders of a home that can be seen; the empty text is the home itself.
pub const FOLDERS: [&str; 5] = ["", "conf", "logs", "bin", "bin/logs"];

/// The one deadline that all calls about a node share in a round.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// When it ends.
    pub at: Instant,
    /// Cancelled by the operator or at shutdown.
    pub cancel: CancellationToken,
}

impl Deadline {
    /// Ends `after` from now.
    #[must_use]
    pub fn after(after: Duration, cancel: CancellationToken) -> Self {
        Self { at: Instant::now() + after, cancel }
    }

    /// Time left; zero when past.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// Why a source did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceError {
    /// The node has no source of this kind (no API address, no files).
    #[error("not configured: {what}")]
    NotConfigured {
        /// What is missing.
        what: NoSource,
    },
    /// Nothing may be sent to the address as it is set up.
    #[error("the {what} of the address cannot be used")]
    BadAddress {
        /// What is wrong with it: `context-path`, `host`, `ca`.
        what: String,
    },
    /// What answered cannot be trusted to be the node: nothing is concluded from it.
    #[error("not trusted: {why}")]
    Untrusted {
        /// Why, and what to set.
        why: distrust::Distrust,
    },
    /// Refused by credentials, permissions or the allow-list.
    #[error("denied: {why}")]
    Denied {
        /// The other side's words.
        why: String,
    },
    /// No connection.
    #[error("{} ({why})", .result.as_str())]
    Unreachable {
        /// How the connect ended.
        result: PortResult,
        /// The operating system's words.
        why: String,
    },
    /// No answer before the deadline.
    #[error("no answer within {after_ms} ms")]
    Timeout {
        /// Milliseconds waited.
        after_ms: u64,
    },
    /// The operator or the shutdown cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Not there.
    #[error("not found: {path}")]
    NotFound {
        /// Path relative to the home, or URL path.
        path: String,
    },
    /// The folder has neither `conf/` nor `logs/`.
    #[error("not a Nacos home: {path}")]
    NotAHome {
        /// The folder.
        path: String,
        /// A folder in it that has both.
        inside: Option<String>,
    },
    /// Larger than the cap.
    #[error("larger than {limit_bytes} bytes")]
    TooLarge {
        /// The cap.
        limit_bytes: u64,
    },
    /// The answer is not what was expected there.
    #[error("unexpected answer: {why}")]
    Protocol {
        /// What was wrong.
        why: String,
    },
    /// SSH did not get as far as the question.
    #[error(transparent)]
    Ssh(#[from] ssh::SshTrouble),
    /// A file on this machine that a setting names, such as one with a credential, was not read.
    #[error(transparent)]
    File(#[from] small_file::NotRead),
    /// A secret may not be used, or not for that address.
    #[error(transparent)]
    Credential(#[from] Refused),
    /// Evidence that was handed in is not what was kept any more.
    #[error("the kept file {path}: {}", .damage.as_str())]
    Kept {
        /// Path relative to the home.
        path: String,
        /// What is wrong with it.
        damage: Damage,
    },
    /// The recording does not hold this answer.
    #[error("not in the recording")]
    NotRecorded,
}

impl SourceError {
    /// The reason as a text for people, for `could_not_run`.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NotConfigured { what } => {
                let key = match what {
                    NoSource::Api => "source-not-configured-api",
                    NoSource::Files => "source-not-configured-files",
                    NoSource::Process => "source-not-configured-process",
                    NoSource::Disk => "source-not-configured-disk",
                    NoSource::SshDisk => "source-not-configured-ssh-disk",
                    NoSource::Probe => "source-not-configured-probe",
                    NoSource::Door => "source-not-configured-door",
                    NoSource::ProbeFrom => "source-not-configured-probe-from",
                    NoSource::ProbeFromName => "source-not-configured-probe-from-name",
                    NoSource::ProbeFromNetwork => "source-not-configured-probe-from-network",
                    NoSource::ProbeFromStopped => "source-not-configured-probe-from-stopped",
                    NoSource::Clock => "source-not-configured-clock",
                    NoSource::Environment => "source-not-configured-environment",
                    NoSource::Kernel => "source-not-configured-kernel",
                    NoSource::KernelCopied => "source-not-configured-kernel-copied",
                    NoSource::Console => "source-not-configured-console",
                    NoSource::Names => "source-not-configured-names",
                    NoSource::Unknown(_) => "source-not-configured",
                };
                Message::new(key).with("what", what)
            }
            Self::BadAddress { what } => Message::new(match what.as_str() {
                "context-path" => "source-bad-context-path",
                "ca" => "source-bad-ca",
                _ => "source-bad-host",
            }),
            Self::Untrusted { why } => why.message(),
            Self::Denied { why } => Message::new("source-denied").with("why", why),
            Self::Unreachable { result, why } => {
                let key = match result {
                    PortResult::Refused => "source-refused",
                    PortResult::Reset => "source-reset",
                    PortResult::Timeout => "source-connect-timeout",
                    PortResult::Dns => "source-dns",
                    _ => "source-unreachable",
                };
                Message::new(key).with("why", why)
            }
            Self::Timeout { after_ms } => Message::new("source-timeout").with("ms", after_ms),
            Self::Cancelled => Message::new("source-cancelled"),
            Self::NotFound { path } => Message::new("source-not-found").with("path", path),
            Self::NotAHome { path, inside: Some(inside) } => {
                Message::new("source-home-inside").with("path", path).with("inside", inside)
            }
            Self::NotAHome { path, inside: None } => Message::new("source-not-a-home").with("path", path),
            Self::TooLarge { limit_bytes } => Message::new("source-too-large").with("limit", limit_bytes),
            Self::Protocol { why } => Message::new("source-protocol").with("why", why),
            Self::Ssh(trouble) => trouble.message(),
            Self::File(not_read) => not_read.message(),
            Self::Credential(refused) => refused.message(),
            Self::Kept { path, damage } => damage.message(path),
            Self::NotRecorded => Message::new("source-not-recorded"),
        }
    }

    /// Whether something was there and is not what it was any more.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Kept { .. })
    }

    /// Why there was no answer, in the word that observations are stored with.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Self::Unreachable { result, .. } => result.as_str().into(),
            Self::Timeout { .. } => Failure::Timeout,
            Self::Untrusted { .. } => Failure::Untrusted,
            Self::Denied { .. } | Self::Ssh(_) | Self::File(_) | Self::Credential(_) | Self::BadAddress { .. } => {
                Failure::Denied
            }
            Self::Cancelled => Failure::Cancelled,
            Self::NotConfigured { .. } => Failure::NotConfigured,
            Self::NotRecorded => Failure::NotRecorded,
            Self::NotFound { .. }
            | Self::NotAHome { .. }
            | Self::TooLarge { .. }
            | Self::Protocol { .. }
            | Self::Kept { .. } => Failure::Protocol,
        }
    }
}

/// Runs `work` until the deadline or the cancellation, whichever comes first; both end it at once.
pub(crate) async fn within<T>(
    deadline: &Deadline,
    work: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    let begun = Instant::now();
    tokio::select! {
        biased;
        () = deadline.cancel.cancelled() => Err(SourceError::Cancelled),
        result = tokio::time::timeout_at(deadline.at, work) => result.unwrap_or_else(|_| {
            Err(SourceError::Timeout { after_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX) })
        }),
    }
}

impl PortResult {
    /// Stable name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Silent => "silent",
            Self::WrongProtocol => "wrong_protocol",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Dns => "dns",
        }
    }
}

/// Which HTTP port of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpPort {
    /// The main port, under the context path.
    Main,
    /// The 3.x console port. No check asks it anything; a recording may hold that one did.
    Console,
}

/// A question over HTTP. Only GET: nodedown's checks change nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HttpAsk {
    /// Which port.
    pub port: HttpPort,
    /// Path below the context path with its query, e.g. `/v1/core/cluster/nodes`; credentials are added by the source.
    pub path: String,
}

/// An answer over HTTP, whatever its status. The body is capped and redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Status.
    pub status: u16,
    /// Context path that was used.
    pub context_path: String,
    /// `Date` header, if any.
    pub date: Option<Timestamp>,
    /// Body as text.
    pub body: String,
    /// Milliseconds.
    pub elapsed_ms: u64,
}

/// What to expect of an open port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// Connect is enough.
    Tcp,
    /// An HTTP/2 SETTINGS frame.
    Http2,
    /// Any HTTP/1 status line; TLS is an answer as well, of a port that takes no plain words.
    Http1,
    /// The first words of TLS.
    Tls,
    /// The greeting of a MySQL server, which speaks first. An error in its place is an answer as well: it is the detail.
    Mysql,
}

/// A probe of one port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProbeAsk {
    /// Port number.
    pub port: u16,
    /// What to expect.
    pub expect: Expect,
    /// Staggered tries inside the deadline; where not one connects, up to twice as many are made.
    pub tries: u8,
}

impl ProbeAsk {
    /// One connection, nothing said on it.
    #[must_use]
    pub const fn connect(port: u16) -> Self {
        Self { port, expect: Expect::Tcp, tries: 1 }
    }

    /// One connection to a MySQL server, on which its greeting is read and nothing said.
    #[must_use]
    pub const fn greeting(port: u16) -> Self {
        Self { port, expect: Expect::Mysql, tries: 1 }
    }
}

/// Requests through a front door, or the same ones straight to the node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DoorAsk {
    /// The front door; `None`: the node itself, past every door.
    pub door: Option<FrontDoor>,
    /// How many.
    pub tries: u8,
}

/// How a probe ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeAnswer {
    /// Result of the majority of tries.
    pub result: PortResult,
    /// Tries made.
    pub tries: u8,
    /// Tries that were `Open`.
    pub ok: u8,
    /// Tries whose connection nobody took in their time.
    #[serde(default)]
    pub untaken: u8,
    /// Milliseconds until the fastest answer.
    pub elapsed_ms: u64,
    /// The operating system's words.
    pub detail: Option<String>,
}

impl ProbeAnswer {
    /// What was seen of that port.
    #[must_use]
    pub fn of(self, role: PortRole, port: u16) -> PortSeen {
        let Self { result, tries, ok, untaken, elapsed_ms, detail } = self;
        PortSeen { port, role, result, tries, ok, untaken, elapsed_ms, detail }
    }
}

/// One file below the home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path relative to the home, `/` between parts, e.g. `logs/nacos.log`.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// First byte that can be read; above 0 only in recordings, which keep windows and not whole files.
    pub start_offset: u64,
    /// Last change.
    pub modified: Option<Timestamp>,
    /// Seconds east of UTC of the stamps inside, where what the file was taken from tells: the stamps that a container runtime
    /// or a journal put beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_offset_s: Option<i32>,
}

/// The folder of a path, as a listing takes it.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// That file of a listing.
fn listed(entries: Vec<FileEntry>, path: &str) -> Result<FileEntry, SourceError> {
    entries.into_iter().find(|entry| entry.path == path).ok_or_else(|| SourceError::NotFound { path: path.to_owned() })
}

/// Answers questions about one node. Every call ends by the deadline, also when the node hangs.
#[async_trait]
pub trait NodeSource: Send + Sync {
    /// The node.
    fn spec(&self) -> &NodeSpec;

    /// From where its files are seen.
    fn files_vantage(&self) -> Vantage;

    /// True if the files are read where the node writes them, so that they move on.
    fn files_live(&self) -> bool;

    /// Asks over HTTP. Context path and credentials are the source's business.
    async fn http(&self, ask: &HttpAsk, deadline: &Deadline) -> Result<HttpAnswer, SourceError>;

    /// Probes a port of the node from here.
    async fn probe(&self, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError>;

    /// Lists the files directly in `folder` (`conf`, `logs`, `bin`, `bin/logs` or the home itself as an empty text); no links that leave the home.
    async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError>;

    /// One file of a listing, for a reader of that file alone.
    async fn entry(&self, path: &str, deadline: &Deadline) -> Result<FileEntry, SourceError> {
        listed(self.list(folder_of(path), deadline).await?, path)
    }

    /// Reads up to `length` bytes at `offset` (at most 4 MiB a call). Shorter only at the end of the file.
    async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError>;

    /// The node's process, found by its home in `/proc/*/cmdline`; `Ok(None)`: looked, and there is none.
    async fn process(&self, deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError>;

    /// Bytes free on the file system of `folder`.
    async fn disk_free(&self, folder: &str, deadline: &Deadline) -> Result<u64, SourceError>;

    /// Probes a port of another node of the inventory from the node itself.
    async fn probe_from(&self, _host: &str, _ask: &ProbeAsk, _deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        Err(SourceError::NotConfigured { what: NoSource::ProbeFrom })
    }

    /// How the node itself resolves names; those of which that cannot be told from outside are left out.
    async fn resolve(&self, _names: &[String], _deadline: &Deadline) -> Result<Vec<NameSeen>, SourceError> {
        Err(SourceError::NotConfigured { what: NoSource::Names })
    }

    /// Probes a port of a host that the node's own settings name, from the node itself.
    async fn probe_named(
        &self,
        _host: &str,
        _ask: &ProbeAsk,
        _deadline: &Deadline,
    ) -> Result<ProbeAnswer, SourceError> {
        Err(SourceError::NotConfigured { what: NoSource::ProbeFrom })
    }

    /// The other nodes of the inventory.
    fn peers(&self) -> &[NodeSpec] {
        &[]
    }

    /// The front doors of the cluster.
    fn doors(&self) -> &[FrontDoor] {
        &[]
    }

    /// Sends requests through a front door of the cluster, or straight to the node.
    async fn through(&self, _ask: &DoorAsk, _deadline: &Deadline) -> Result<DoorSeen, SourceError> {
        Err(SourceError::NotConfigured { what: NoSource::Door })
    }

    /// What the node's own clock shows.
    async fn clock(&self, _deadline: &Deadline) -> Result<ClockSeen, SourceError> {
        Err(SourceError::NotConfigured { what: NoSource::Clock })
    }

    /// The environment of the node's process. It holds secrets: it is never recorded, stored or shown.
    async fn environment(&self, _deadline: &Deadline) -> Result<BTreeMap<String, String>, SourceError> {
        Err(SourceError::NotConfigured { what: NoSource::Environment })
    }

    /// The end of the node's kernel log: of this machine where it may be read, of another one where a person switched that on.
    async fn kernel_log(&self, _deadline: &Deadline) -> Result<String, SourceError> {
        Err(SourceError::NotConfigured { what: NoSource::Kernel })
    }

    /// What is known of the secrets in its texts; it grows when the node's configuration is read.
    fn redactor(&self) -> Redactor {
        Redactor::default()
    }

    /// Output that a person handed in for this node: the command, its text, by whom and when.
    async fn handed_in(&self) -> Vec<HandedIn>;
}

/// What a node's clock showed, read a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSeen {
    /// The time it showed.
    pub at: Timestamp,
    /// It may have been so much earlier or later, milliseconds.
    pub uncertain_ms: i64,
}

/// Pasted output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedIn {
    /// Which command gave it.
    pub kind: OutputKind,
    /// The text, redacted and capped.
    pub text: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The file it stood in; `None`: it was pasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The sources of one cluster.
#[derive(Clone)]
pub struct Sources {
    /// One per node, in the order of the inventory.
    pub nodes: Vec<Arc<dyn NodeSource>>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::locale;

    #[test]
    fn everything_that_a_node_may_have_no_source_for_has_a_text_of_its_own() {
        let key = |what: &NoSource| SourceError::NotConfigured { what: what.clone() }.message().key;
        let keys: BTreeSet<_> = NoSource::KNOWN.iter().map(key).collect();
        assert_eq!(keys.len(), NoSource::KNOWN.len());
        let other = key(&NoSource::Unknown("another".to_owned()));
        assert!(!keys.contains(&other));
        for key in keys.iter().chain([&other]) {
            assert!(locale::has(key), "{key}");
        }
    }

    #[test]
    fn a_recording_of_any_version_says_what_there_was_no_source_for() {
        for what in ["names", "kernel-copied", "what a later version asks for"] {
            let json = format!(r#"{{"kind":"not_configured","what":"{what}"}}"#);
            let read: SourceError = serde_json::from_str(&json).expect("read");
            assert_eq!(serde_json::to_string(&read).expect("written"), json);
        }
    }
}
