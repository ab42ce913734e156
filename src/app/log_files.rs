//! Pages of log files for the log viewer, read from the same sources as the checks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use regex::bytes::Regex;
use tokio_util::sync::CancellationToken;

use crate::domain::message::Message;
use crate::engine::SourceFactory;
use crate::logscan::{self, Around, Page};
use crate::nacos::log_line::Encoding;
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};
use crate::store::ReadStore;
use crate::web::evidence::log_files::{LogAsk, LogFiles, LogPage, LogPageLine, LogPlace};

/// How long a page may take, a search for the next hit included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads pages through the sources of the cluster, what was handed in for the incident included.
pub struct SourceLogFiles {
    factory: Arc<dyn SourceFactory>,
    store: ReadStore,
    stop: CancellationToken,
}

impl SourceLogFiles {
    /// Reads with these sources; `stop` ends reads under way.
    #[must_use]
    pub fn new(factory: Arc<dyn SourceFactory>, store: ReadStore, stop: CancellationToken) -> Self {
        Self { factory, store, stop }
    }
}

#[async_trait]
impl LogFiles for SourceLogFiles {
    async fn page(&self, ask: LogAsk) -> Result<LogPage, Message> {
        let handed_in = self.store.handed_in(ask.incident).await.map_err(|error| {
            tracing::error!(error = %error, "could not read what was handed in");
            Message::new("evidence-file-no-store")
        })?;
        let sources = self.factory.sources(&ask.cluster, &handed_in);
        let position = ask.cluster.nodes.iter().position(|spec| spec.name == ask.node);
        let source = position.and_then(|index| sources.nodes.get(index));
        let source = source.ok_or_else(|| Message::new("evidence-file-no-node").with("node", &ask.node))?;
        let deadline = Deadline::after(PATIENCE, self.stop.child_token());
        read(source.as_ref(), &ask, &deadline).await
    }
}

async fn read(source: &dyn NodeSource, ask: &LogAsk, deadline: &Deadline) -> Result<LogPage, Message> {
    let entry = entry(source, &ask.path, deadline).await?;
    let place = around(ask.place);
    let Some(find) = &ask.find else { return page(source, &entry, place, ask.lines, deadline, None).await };
    let pattern = Regex::new(&find.pattern).map_err(|_| Message::new("evidence-file-bad-pattern"))?;
    let offset = match ask.place {
        LogPlace::From(at) | LogPlace::Before(at) | LogPlace::Around(at) => at,
        LogPlace::End => entry.size_bytes,
        LogPlace::Start | LogPlace::Time { .. } => entry.start_offset,
    };
    let found = logscan::find_line(source, &entry, offset, find.ahead, &pattern, deadline)
        .await
        .map_err(|error| error.message())?;
    page(source, &entry, found.map_or(place, Around::Offset), ask.lines, deadline, found).await
}

async fn page(
    source: &dyn NodeSource,
    entry: &FileEntry,
    place: Around,
    lines: usize,
    deadline: &Deadline,
    found: Option<u64>,
) -> Result<LogPage, Message> {
    let page = logscan::read_page(source, entry, place, lines, deadline).await.map_err(|error| error.message())?;
    Ok(shown(page, found))
}

async fn entry(source: &dyn NodeSource, path: &str, deadline: &Deadline) -> Result<FileEntry, Message> {
    source.entry(path, deadline).await.map_err(|error| match error {
        SourceError::NotFound { .. } => Message::new("evidence-file-gone").with("path", path),
        error => error.message(),
    })
}

const fn around(place: LogPlace) -> Around {
    match place {
        LogPlace::Start => Around::Start,
        LogPlace::End => Around::End,
        LogPlace::From(at) => Around::From(at),
        LogPlace::Before(at) => Around::Before(at),
        LogPlace::Around(at) => Around::Offset(at),
        LogPlace::Time { at, zone_offset_s } => Around::Time { at, zone_offset_s },
    }
}

fn shown(page: Page, found: Option<u64>) -> LogPage {
    LogPage {
        lines: page
            .lines
            .into_iter()
            .map(|line| LogPageLine {
                offset: line.offset,
                level: line.level,
                begins_record: line.begins_record,
                text: line.text,
                cut: line.cut,
            })
            .collect(),
        from: page.from,
        to: page.to,
        size_bytes: page.size_bytes,
        at_start: page.at_start,
        at_end: page.at_end,
        encoding: match page.encoding {
            Encoding::Utf8 => "utf-8".to_owned(),
            Encoding::Gbk => "gbk".to_owned(),
        },
        found,
    }
}
