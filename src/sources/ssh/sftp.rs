//! One SFTP session: listings, facts about files, and reads of pieces, many requests on the way at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::sources::{SourceError, files};

use super::trouble::SshTrouble;

/// Bytes of one request: every server answers as many.
const PIECE: usize = 32 * 1024;

/// Requests of one read that are on the way at once.
const PIPELINED: usize = 32;

/// Files open at once. Handles are read as text by the library, which holds for the first 128 of OpenSSH.
const MAX_OPEN: usize = 64;

/// An open file is used again for so long. A listing of its folder sees files anew.
const KEEP_OPEN: Duration = Duration::from_secs(5);

/// Files kept open.
const MAX_KEPT: usize = 24;

/// The server answers or the deadline comes; this only ends what nobody waits for.
const REQUEST_TIMEOUT_S: u64 = 120;

/// A session.
pub(super) struct Sftp {
    raw: Arc<RawSftpSession>,
    open: Arc<Semaphore>,
    kept: Mutex<BTreeMap<String, (Instant, Arc<OpenFile>)>>,
    statvfs: bool,
}

/// A file that is open there; closed when nobody uses it.
pub(super) struct OpenFile {
    raw: Arc<RawSftpSession>,
    handle: String,
    size: Option<u64>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // The request goes out when it is first polled; its answer tells nothing.
        let _ = self.raw.close(self.handle.clone()).now_or_never();
    }
}

/// One entry of a folder.
pub(super) struct Entry {
    pub name: String,
    pub attributes: FileAttributes,
}

impl Sftp {
    pub(super) async fn start<S>(stream: S, login: &str) -> Result<Self, SourceError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let config = Config { request_timeout_secs: REQUEST_TIMEOUT_S, ..Config::default() };
        let raw = RawSftpSession::new_with_config(stream, config);
        let version = raw.init().await.map_err(|error| {
            SourceError::from(SshTrouble::NoSftp { login: login.to_owned(), why: error.to_string() })
        })?;
        let statvfs = version.extensions.get("statvfs@openssh.com").is_some_and(|version| version == "2");
        Ok(Self { raw: Arc::new(raw), open: Arc::new(Semaphore::new(MAX_OPEN)), kept: Mutex::default(), statvfs })
    }

    /// The path with every link resolved.
    pub(super) async fn real_path(&self, path: &str) -> Result<String, SourceError> {
        let name = self.raw.realpath(path).await.map_err(|error| failed(path, error))?;
        let real = name.files.into_iter().next().map(|file| file.filename).unwrap_or_default();
        if real.starts_with('/') {
            Ok(real)
        } else {
            Err(SourceError::Protocol { why: format!("{}: the host names no such path", files::printable(path)) })
        }
    }

    pub(super) async fn read_link(&self, path: &str) -> Result<String, SourceError> {
        let name = self.raw.readlink(path).await.map_err(|error| failed(path, error))?;
        Ok(name.files.into_iter().next().map(|file| file.filename).unwrap_or_default())
    }

    pub(super) async fn stat(&self, path: &str) -> Result<FileAttributes, SourceError> {
        Ok(self.raw.stat(path).await.map_err(|error| failed(path, error))?.attrs)
    }

    /// True if something is there, be it a link that leads nowhere.
    pub(super) async fn exists(&self, path: &str) -> Result<bool, SourceError> {
        match self.raw.lstat(path).await.map_err(|error| failed(path, error)) {
            Ok(_) => Ok(true),
            Err(SourceError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// True if a folder is there.
    pub(super) async fn is_folder(&self, path: &str) -> Result<bool, SourceError> {
        match self.stat(path).await {
            Ok(facts) => Ok(facts.file_type().is_dir()),
            Err(SourceError::NotFound { .. } | SourceError::Denied { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Everything directly in a folder, up to `most` entries.
    pub(super) async fn list(&self, path: &str, most: usize) -> Result<Vec<Entry>, SourceError> {
        let permit = self.permit().await?;
        let handle = self.raw.opendir(path).await.map_err(|error| failed(path, error))?.handle;
        let folder = OpenFile { raw: Arc::clone(&self.raw), handle, size: None, _permit: permit };
        let mut entries = Vec::new();
        loop {
            match self.raw.readdir(folder.handle.as_str()).await {
                Ok(names) => {
                    let named = names.files.into_iter().filter(|file| file.filename != "." && file.filename != "..");
                    entries.extend(named.map(|file| Entry { name: file.filename, attributes: file.attrs }));
                    if entries.len() > most {
                        return Err(SourceError::TooLarge { limit_bytes: most as u64 });
                    }
                }
                Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => return Ok(entries),
                Err(error) => return Err(failed(path, error)),
            }
        }
    }

    /// Bytes free for an ordinary user on the file system of `path`; `None` if the host does not tell.
    pub(super) async fn free(&self, path: &str) -> Result<Option<u64>, SourceError> {
        if !self.statvfs {
            return Ok(None);
        }
        let stat = self.raw.statvfs(path).await.map_err(|error| failed(path, error))?;
        Ok(Some(stat.blocks_avail.saturating_mul(stat.fragment_size)))
    }

    /// A file that was opened a moment ago under this name.
    pub(super) fn kept(&self, name: &str) -> Option<Arc<OpenFile>> {
        let kept = self.all_kept();
        let (since, file) = kept.get(name)?;
        (since.elapsed() < KEEP_OPEN).then(|| Arc::clone(file))
    }

    /// Opens a file for reading and keeps it for a moment: a bisect reads many small pieces of it.
    pub(super) async fn open_and_keep(&self, name: &str, path: &str) -> Result<Arc<OpenFile>, SourceError> {
        let file = Arc::new(self.open(path).await?);
        let mut kept = self.all_kept();
        kept.retain(|_, (since, _)| since.elapsed() < KEEP_OPEN);
        if kept.len() >= MAX_KEPT
            && let Some(oldest) = kept.iter().min_by_key(|(_, (since, _))| *since).map(|(name, _)| name.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(name.to_owned(), (Instant::now(), Arc::clone(&file)));
        Ok(file)
    }

    /// Files whose names begin so are opened anew from now on.
    pub(super) fn look_anew(&self, names: &str) {
        self.all_kept().retain(|name, _| !name.starts_with(names));
    }

    async fn open(&self, path: &str) -> Result<OpenFile, SourceError> {
        let permit = self.permit().await?;
        let opened = self.raw.open(path, OpenFlags::READ, FileAttributes::empty()).await;
        let handle = opened.map_err(|error| failed(path, error))?.handle;
        let mut file = OpenFile { raw: Arc::clone(&self.raw), handle, size: None, _permit: permit };
        let facts = self.raw.fstat(file.handle.as_str()).await.map_err(|error| failed(path, error))?.attrs;
        if facts.permissions.is_some() && !facts.file_type().is_file() {
            return Err(SourceError::Denied { why: format!("`{}` is not a regular file", files::printable(path)) });
        }
        file.size = facts.size;
        Ok(file)
    }

    /// A small file from its beginning, as those of `/proc`, which say that they are empty.
    pub(super) async fn small(&self, path: &str, most: usize) -> Result<Vec<u8>, SourceError> {
        let permit = self.permit().await?;
        let opened = self.raw.open(path, OpenFlags::READ, FileAttributes::empty()).await;
        let handle = opened.map_err(|error| failed(path, error))?.handle;
        let file = OpenFile { raw: Arc::clone(&self.raw), handle, size: None, _permit: permit };
        let mut bytes = Vec::new();
        while bytes.len() < most {
            let more = file.piece(path, bytes.len() as u64, PIECE.min(most - bytes.len())).await?;
            if more.is_empty() {
                break;
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, SourceError> {
        if self.open.available_permits() == 0 {
            self.all_kept().clear();
        }
        let closed = |_| SourceError::Protocol { why: "the SFTP session was closed".to_owned() };
        Arc::clone(&self.open).acquire_owned().await.map_err(closed)
    }

    fn all_kept(&self) -> MutexGuard<'_, BTreeMap<String, (Instant, Arc<OpenFile>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenFile {
    /// Up to `length` bytes at `offset`; shorter only at the end of the file.
    pub(super) async fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        // Requests beyond the end bring nothing; a little more is asked for, for the file may have grown since.
        let length = match self.size {
            Some(size) => {
                let there = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX);
                length.min(there.saturating_add(PIECE))
            }
            None => length,
        };
        let pieces: Vec<(u64, usize)> =
            (0..length).step_by(PIECE).map(|at| (offset + at as u64, PIECE.min(length - at))).collect();
        let mut read = stream::iter(pieces)
            .map(|(at, wanted)| async move { Ok::<_, SourceError>((wanted, self.whole(path, at, wanted).await?)) })
            .buffered(PIPELINED);
        let mut bytes = Vec::with_capacity(length);
        while let Some((wanted, piece)) = read.try_next().await? {
            bytes.extend_from_slice(&piece);
            if piece.len() < wanted {
                break;
            }
        }
        Ok(bytes)
    }

    /// A piece in full, also from a server that gives less than it is asked for.
    async fn whole(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let mut bytes = self.piece(path, offset, length).await?;
        while !bytes.is_empty() && bytes.len() < length {
            let more = self.piece(path, offset + bytes.len() as u64, length - bytes.len()).await?;
            if more.is_empty() {
                break;
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }

    async fn piece(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let wanted = u32::try_from(length).unwrap_or(u32::MAX);
        match self.raw.read(self.handle.as_str(), offset, wanted).await {
            Ok(data) if data.data.len() > length => {
                Err(SourceError::Protocol { why: "the host sent more than was asked for".to_owned() })
            }
            Ok(data) => Ok(data.data),
            Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => Ok(Vec::new()),
            Err(error) => Err(failed(path, error)),
        }
    }
}

/// What a failed request means. `path` stands for itself in the text.
fn failed(path: &str, error: SftpError) -> SourceError {
    match error {
        SftpError::Status(status) => match status.status_code {
            StatusCode::NoSuchFile => SourceError::NotFound { path: files::printable(path) },
            StatusCode::PermissionDenied => {
                SourceError::Denied { why: format!("{}: Permission denied", files::printable(path)) }
            }
            _ => SourceError::Protocol {
                why: format!("{}: {}", files::printable(path), files::printable(&status.error_message)),
            },
        },
        SftpError::Timeout => SourceError::Timeout { after_ms: REQUEST_TIMEOUT_S * 1000 },
        other => SourceError::Protocol { why: format!("SFTP: {}", files::printable(&other.to_string())) },
    }
}
