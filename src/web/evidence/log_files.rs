//! Pages of log files as they stand on a node: the log viewer asks, `app` answers from the sources.
//!
//! # Why
//! Stored evidence holds samples, the file holds everything. The viewer reads the file a page at a time and never the whole
//! of it; what cannot be read is a sentence that says why, beside the samples that were stored.

use async_trait::async_trait;

use crate::domain::cluster::Cluster;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::nacos::log_line::Level;

/// Reads pages of log files.
#[async_trait]
pub trait LogFiles: Send + Sync {
    /// One page.
    ///
    /// # Errors
    /// Why the file cannot be read.
    async fn page(&self, ask: LogAsk) -> Result<LogPage, Message>;
}

/// Which page of which file.
#[derive(Clone, Debug, PartialEq)]
pub struct LogAsk {
    /// The incident: what was handed in for it counts too.
    pub incident: IncidentId,
    /// Its cluster.
    pub cluster: Cluster,
    /// The node.
    pub node: NodeName,
    /// Path relative to the node's Nacos home, as in the evidence.
    pub path: String,
    /// Where the page lies.
    pub place: LogPlace,
    /// Lines of the page.
    pub lines: usize,
    /// Goes to the next or previous line that matches, seen from the place (an offset), and makes the page around it.
    pub find: Option<LogFind>,
}

/// Where a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogPlace {
    /// The first lines.
    Start,
    /// The last lines.
    End,
    /// From the line at this offset on.
    From(u64),
    /// The lines that end before this offset.
    Before(u64),
    /// The line at this offset in the middle.
    Around(u64),
    /// The first line at or after this moment in the middle.
    Time {
        /// The moment.
        at: Timestamp,
        /// Seconds that the node's wall clock is east of UTC.
        zone_offset_s: i32,
    },
}

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFind {
    /// Regular expression over the bytes of a line.
    pub pattern: String,
    /// Towards the end of the file.
    pub ahead: bool,
}

/// Some lines of a file, redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// The lines.
    pub lines: Vec<LogPageLine>,
    /// Offset of the first line.
    pub from: u64,
    /// Offset behind the last line.
    pub to: u64,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Nothing that can be read comes before.
    pub at_start: bool,
    /// Nothing comes after.
    pub at_end: bool,
    /// `utf-8` or `gbk`.
    pub encoding: String,
    /// Offset of the line that was looked for; `None`: nothing was looked for, or there is none.
    pub found: Option<u64>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPageLine {
    /// Where it begins.
    pub offset: u64,
    /// Level, if it begins a record that has one.
    pub level: Option<Level>,
    /// It begins a record.
    pub begins_record: bool,
    /// Redacted text without its line end.
    pub text: String,
    /// More of it is in the file.
    pub cut: bool,
}

/// For programs without sources: says that the file cannot be read from here.
pub struct NoLogFiles;

#[async_trait]
impl LogFiles for NoLogFiles {
    async fn page(&self, _: LogAsk) -> Result<LogPage, Message> {
        Err(Message::new("evidence-file-no-reader"))
    }
}
