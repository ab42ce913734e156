//! The logs of a copy as Nacos wrote them, where another program handed them on: see [`crate::sources::transcript`].

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::time::Timestamp;
use crate::nacos::log_line::log_name;
use crate::sources::transcript::{self, Transcript};
use crate::sources::{FileEntry, SourceError};

/// What was looked into, by the path it is shown under.
#[derive(Debug, Default)]
pub(super) struct Transcripts {
    known: Mutex<BTreeMap<String, Looked>>,
    /// The logs were listed: what is not known then is as it lies in the folder.
    listed: AtomicBool,
}

/// A file as it was when it was looked into.
#[derive(Debug)]
struct Looked {
    size_bytes: u64,
    modified: Option<Timestamp>,
    /// The path that it has in the folder itself.
    origin: String,
    found: Option<Arc<Transcript>>,
}

/// Most bytes that all of a home's together are written down to.
const MOST: u64 = 2 * 1024 * 1024 * 1024;

/// Ends of names of what is no log: nothing in it is for reading.
const OTHERS: [&str; 4] = [".hprof", ".zip", ".tar", ".jfr"];

impl Transcripts {
    /// True if the logs were listed, so that [`Transcripts::known`] knows of them.
    pub(super) fn are_listed(&self) -> bool {
        self.listed.load(Ordering::Relaxed)
    }

    /// What is read in place of the file of that path; `None` if it is as Nacos wrote it.
    pub(super) fn known(&self, path: &str) -> Option<Arc<Transcript>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(path).and_then(|looked| looked.found.clone())
    }

    /// The path of the file behind a path that stands in for it; `None` if it is its own, or not known.
    pub(super) fn origin(&self, path: &str) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(path).filter(|looked| looked.origin != path).map(|looked| looked.origin.clone())
    }

    /// Brings a listing of logs into the form that they are read in; `open` opens one of them by its path there.
    ///
    /// The newest packed file of a log of which nothing else is there stands in for it.
    pub(super) fn retell(&self, entries: &mut [FileEntry], open: impl Fn(&str) -> Result<File, SourceError>) {
        let plain: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
        let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
        for path in &plain {
            let Some(inner) = path.strip_suffix(".gz") else { continue };
            let log = log_name(inner);
            if !plain.iter().any(|other| !other.ends_with(".gz") && log_name(other) == log) {
                let one = newest.entry(log).or_insert(path);
                // Without a date it is the file that was written last.
                if is_current(inner) || !is_current(one.trim_end_matches(".gz")) && path.as_str() > *one {
                    *one = path;
                }
            }
        }
        for entry in entries.iter_mut().filter(|entry| entry.size_bytes > 0) {
            if OTHERS.iter().any(|end| entry.path.ends_with(end)) {
                continue;
            }
            let packed = entry.path.ends_with(".gz");
            if packed && !newest.values().any(|path| *path == entry.path) {
                continue;
            }
            let log = log_name(entry.path.trim_end_matches(".gz"));
            let shown = if packed { format!("logs/{log}") } else { entry.path.clone() };
            if let Some(found) = self.look(&shown, entry, &open) {
                entry.path = shown;
                entry.size_bytes = found.size_bytes;
                entry.zone_offset_s = found.zone_offset_s;
            }
        }
        self.listed.store(true, Ordering::Relaxed);
    }

    fn look(
        &self,
        shown: &str,
        entry: &FileEntry,
        open: impl Fn(&str) -> Result<File, SourceError>,
    ) -> Option<Arc<Transcript>> {
        // Held while a file is written down: the many checks of a round read it once.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(looked) = known.get(shown)
            && (looked.size_bytes, looked.modified) == (entry.size_bytes, entry.modified)
        {
            return looked.found.clone();
        }
        let written: u64 = known.values().filter_map(|looked| looked.found.as_ref()).map(|one| one.size_bytes).sum();
        let left = MOST.saturating_sub(written);
        let found = open(&entry.path).ok().and_then(|file| match transcript::open(&file, left) {
            Ok(found) => found.map(Arc::new),
            Err(error) => {
                tracing::warn!(path = entry.path, %error, "a log could not be written down as Nacos wrote it");
                None
            }
        });
        let origin = entry.path.clone();
        let looked = Looked { size_bytes: entry.size_bytes, modified: entry.modified, origin, found: found.clone() };
        known.insert(shown.to_owned(), looked);
        found
    }
}

/// Whether the name is that of the file that is written now.
fn is_current(path: &str) -> bool {
    path.rsplit('/').next() == Some(log_name(path))
}
