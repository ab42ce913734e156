//! Files of a Nacos home on this machine, live or copied, and the node's process.
//!
//! Only regular files directly in the home, `conf`, `logs`, `bin` and `bin/logs` can be seen; where a live node writes its
//! logs elsewhere, its own logs there are seen as if they were in `logs`. Of a copy, the bare folder of logs will do, or logs
//! and configuration in one: its files are seen as if they were in `logs` and `conf`; a single file is seen as what the node
//! wrote to its standard output. Logs of a copy that another program handed on are read as Nacos wrote them
//! ([`transcripts`]). Other links are followed as long as they stay inside the home; the kernel is told so when the file is opened, so swapping a link in between
//! gains nothing. A file is opened anew for every read: a rotated or truncated log is simply what it is at that moment.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::UNIX_EPOCH;

use crate::domain::observed::ProcessSeen;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::NoSource;
use crate::nacos::log_line::log_name;

use super::kept::Kept;
use super::kernel;
use super::network::Network;
use super::proc::{self, ProcessFiles};
use super::{Deadline, FOLDERS, FileEntry, SourceError};
use transcripts::Transcripts;

pub(super) mod external_paths;
mod transcripts;

/// Most bytes that one read returns.
pub const MAX_READ: usize = 4 * 1024 * 1024;

/// Most entries that one listing returns; the newest names of roll-over files sort last, so the cut is said in an error.
const MAX_ENTRIES: usize = 10_000;

/// Most processes looked at.
const MAX_PROCESSES: usize = 100_000;

/// Logs of one part of Nacos; any other single file is taken for what the node wrote to its standard output.
const OF_ONE_PART: [&str; 6] = [
    "alipay-jraft.log",
    "nacos-cluster.log",
    "naming-server.log",
    "protocol-distro.log",
    "protocol-raft.log",
    "remote.log",
];

/// A Nacos home on this machine.
#[derive(Clone, Debug)]
pub struct HomeFiles {
    home: PathBuf,
    proc_root: Option<PathBuf>,
    /// Where a live node writes its logs, if outside; looked for once, when first needed.
    outside: Option<Arc<OnceLock<Option<PathBuf>>>>,
    /// What it must still hold, if somebody handed it in.
    kept: Option<Arc<Kept>>,
    /// Logs that are in another form than Nacos wrote them; only of copies.
    transcripts: Arc<Transcripts>,
}

impl HomeFiles {
    /// A home where the node writes; its process is looked for in `/proc`.
    #[must_use]
    pub fn live(home: PathBuf) -> Self {
        Self {
            home,
            proc_root: Some(PathBuf::from("/proc")),
            outside: Some(Arc::default()),
            kept: None,
            transcripts: Arc::default(),
        }
    }

    /// A copied home, or one file of what a node wrote to its standard output; there is no process beside it.
    #[must_use]
    pub fn copied(home: PathBuf) -> Self {
        Self { home, proc_root: None, outside: None, kept: None, transcripts: Arc::default() }
    }

    /// A home that was handed in: it is only read as long as it is what was kept.
    #[must_use]
    pub fn handed_in(home: PathBuf, kept: Arc<Kept>) -> Self {
        Self { kept: Some(kept), ..Self::copied(home) }
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// See [`super::NodeSource::list`].
    ///
    /// # Errors
    /// Denied off the allow-list or by permissions; not found.
    pub async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        let (files, folder) = (self.clone(), folder.to_owned());
        blocking(deadline, move || {
            // Half of an archive would make a log look as if it had never been written.
            files.kept.as_ref().map_or(Ok(()), |kept| kept.check(&files.home))?;
            files.list_now(&folder)
        })
        .await
    }

    /// See [`super::NodeSource::entry`]; of what was handed in, only this file must be what was kept.
    ///
    /// # Errors
    /// As [`HomeFiles::list`].
    pub async fn entry(&self, path: &str, deadline: &Deadline) -> Result<FileEntry, SourceError> {
        let (files, path) = (self.clone(), path.to_owned());
        blocking(deadline, move || {
            files.check_kept(&path)?;
            super::listed(files.list_now(super::folder_of(&path))?, &path)
        })
        .await
    }

    /// See [`super::NodeSource::read_at`].
    ///
    /// # Errors
    /// Denied off the allow-list, by permissions or by a link that leaves the home; not found; too large a length.
    pub async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError> {
        if length > MAX_READ {
            return Err(SourceError::TooLarge { limit_bytes: MAX_READ as u64 });
        }
        let (files, path) = (self.clone(), path.to_owned());
        blocking(deadline, move || {
            files.check_kept(&path)?;
            files.read_now(&path, offset, length)
        })
        .await
    }

    /// See [`super::NodeSource::process`].
    ///
    /// # Errors
    /// Not configured for copies; denied if `/proc` hides the processes of others.
    pub async fn process(&self, deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        let Some(proc_root) = self.proc_root.clone() else {
            return Err(SourceError::NotConfigured { what: NoSource::Process });
        };
        let home = self.home.clone();
        blocking(deadline, move || find_process(&proc_root, &home)).await
    }

    /// See [`super::NodeSource::environment`].
    ///
    /// # Errors
    /// Not configured for copies and where no process runs; denied if it belongs to another user.
    pub async fn environment(&self, deadline: &Deadline) -> Result<BTreeMap<String, String>, SourceError> {
        let not_configured = || SourceError::NotConfigured { what: NoSource::Environment };
        let proc_root = self.proc_root.clone().ok_or_else(not_configured)?;
        let home = self.home.clone();
        blocking(deadline, move || {
            let process = find_process(&proc_root, &home)?.ok_or_else(not_configured)?;
            let file = proc_root.join(process.pid.to_string()).join("environ");
            let bytes = std::fs::read(file).map_err(|error| io_error("environ", &error))?;
            Ok(proc::environment(&bytes))
        })
        .await
    }

    /// See [`super::NodeSource::kernel_log`].
    ///
    /// # Errors
    /// Not configured for copies; denied where the kernel keeps its log to itself.
    pub async fn kernel_log(&self, deadline: &Deadline) -> Result<String, SourceError> {
        let Some(proc_root) = self.proc_root.clone() else {
            return Err(SourceError::NotConfigured { what: NoSource::KernelCopied });
        };
        blocking(deadline, move || {
            let stat =
                std::fs::read_to_string(proc_root.join("stat")).map_err(|error| io_error("/proc/stat", &error))?;
            let boot_s = proc::boot_seconds(&stat).ok_or_else(|| SourceError::Protocol {
                why: "/proc/stat does not say when this machine started".to_owned(),
            })?;
            kernel::log(&proc_root.parent().unwrap_or(&proc_root).join("dev/kmsg"), boot_s)
        })
        .await
    }

    /// The network that the node's process lives in.
    ///
    /// # Errors
    /// Not configured for copies, where no process runs, and where its network cannot be entered; denied if `/proc` hides
    /// the processes of others.
    pub(super) async fn network(&self, deadline: &Deadline) -> Result<Network, SourceError> {
        let not_configured = |what: NoSource| SourceError::NotConfigured { what };
        let proc_root = self.proc_root.clone().ok_or_else(|| not_configured(NoSource::ProbeFrom))?;
        let home = self.home.clone();
        blocking(deadline, move || {
            let process = find_process(&proc_root, &home)?.ok_or_else(|| not_configured(NoSource::ProbeFromStopped))?;
            Network::of(&proc_root, process.pid)
        })
        .await
    }

    /// See [`super::NodeSource::disk_free`].
    ///
    /// # Errors
    /// Not configured for copies; denied off the allow-list; not found.
    pub async fn disk_free(&self, folder: &str, deadline: &Deadline) -> Result<u64, SourceError> {
        if self.proc_root.is_none() {
            return Err(SourceError::NotConfigured { what: NoSource::Disk });
        }
        let (files, folder) = (self.clone(), folder.to_owned());
        blocking(deadline, move || {
            let at = match files.outside() {
                Some(outside) if folder == "logs" => outside.to_path_buf(),
                _ => files.folder(&folder)?,
            };
            let stat = rustix::fs::statvfs(&at).map_err(|error| io_error(&folder, &error.into()))?;
            Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
        })
        .await
    }

    /// The canonical home.
    fn root(&self) -> Result<PathBuf, SourceError> {
        let root = self.home.canonicalize().map_err(|error| io_error(&self.home.display().to_string(), &error))?;
        if root.is_dir() { Ok(root) } else { Err(SourceError::NotFound { path: self.home.display().to_string() }) }
    }

    /// Where the logs are, if not in the home.
    fn outside(&self) -> Option<&Path> {
        let proc_root = self.proc_root.as_deref()?;
        self.outside.as_ref()?.get_or_init(|| external_paths::folder(proc_root, &self.home)).as_deref()
    }

    /// The canonical path of an allowed folder.
    fn folder(&self, folder: &str) -> Result<PathBuf, SourceError> {
        if !FOLDERS.contains(&folder) {
            return Err(SourceError::Denied {
                why: format!("only conf, logs and bin of the home are read, not `{}`", printable(folder)),
            });
        }
        let root = self.root()?;
        let at = match root.join(folder).canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_flat(&root, folder) => root.clone(),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_home(&root) => {
                return Err(self.not_a_home(&root));
            }
            at => at.map_err(|error| io_error(folder, &error))?,
        };
        if at.starts_with(&root) { Ok(at) } else { Err(leaves_home(folder, &at)) }
    }

    /// That the folder is no Nacos home, and which one in it is.
    fn not_a_home(&self, root: &Path) -> SourceError {
        let folders = root.read_dir().into_iter().flatten().flatten();
        let mut homes: Vec<String> = folders
            .filter(|entry| entry.path().join("conf").is_dir() && entry.path().join("logs").is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        homes.sort();
        let inside = homes.first().map(|name| printable(&self.home.join(name).display().to_string()));
        SourceError::NotAHome { path: printable(&self.home.display().to_string()), inside }
    }

    /// True if a copy has no such folder, and what belongs into it lies in the copy itself.
    fn is_flat(&self, root: &Path, folder: &str) -> bool {
        let mut entries = root.read_dir().into_iter().flatten().flatten();
        self.proc_root.is_none() && entries.any(|entry| entry.file_name().to_str().is_some_and(|n| belongs(n, folder)))
    }

    /// Refuses a file that was handed in and is not as it was kept; of one that was packed, the packed file is what was kept.
    fn check_kept(&self, path: &str) -> Result<(), SourceError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        match kept.check_file(&self.home, path) {
            Err(SourceError::NotFound { path: missing }) => {
                let origin = self.transcripts.origin(path).or_else(|| {
                    self.list_now(super::folder_of(path)).ok()?;
                    self.transcripts.origin(path)
                });
                match origin {
                    Some(origin) => kept.check_file(&self.home, &origin),
                    None => Err(SourceError::NotFound { path: missing }),
                }
            }
            checked => checked,
        }
    }

    /// The name that a copy of a single file has among the logs; `None` for a home.
    fn single(&self) -> Option<String> {
        if self.proc_root.is_some() || !self.home.is_file() {
            return None;
        }
        let name = self.home.file_name()?.to_str()?;
        let own = log_name(name.strip_suffix(".gz").unwrap_or(name));
        Some(if OF_ONE_PART.contains(&own) { own.to_owned() } else { "start.out".to_owned() })
    }

    fn list_now(&self, folder: &str) -> Result<Vec<FileEntry>, SourceError> {
        if let Some(name) = self.single() {
            if folder != "logs" {
                return Err(SourceError::NotFound { path: folder.to_owned() });
            }
            let meta = self.home.metadata().map_err(|error| io_error("logs", &error))?;
            let mut entries = vec![entry_of(format!("logs/{name}"), &meta)];
            self.transcripts.retell(&mut entries, |_| self.open(&format!("logs/{name}")));
            return Ok(entries);
        }
        let at_home = self.folder(folder).and_then(|at| {
            let root = self.root()?;
            let mut entries = list_in(&at, &root, folder)?;
            if at == root && !folder.is_empty() {
                entries.retain(|entry| entry.path.rsplit('/').next().is_some_and(|name| belongs(name, folder)));
            }
            if let Some(kept) = &self.kept {
                kept.retain(&mut entries);
            }
            if self.proc_root.is_none() && folder == "logs" {
                self.transcripts.retell(&mut entries, |path| self.open(path));
            }
            Ok(entries)
        });
        let Some(outside) = self.outside().filter(|_| folder == "logs") else { return at_home };
        let mut entries = list_in(outside, outside, folder)?;
        entries.retain(|entry| external_paths::is_own(entry.path.rsplit('/').next().unwrap_or_default()));
        // What the start script and the JVM write stays in the home.
        let known: std::collections::BTreeSet<String> = entries.iter().map(|entry| entry.path.clone()).collect();
        entries.extend(at_home.unwrap_or_default().into_iter().filter(|entry| !known.contains(&entry.path)));
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(entries)
    }

    fn read_now(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        if self.proc_root.is_none() && path.starts_with("logs/") {
            // Asked for by its name, before anybody listed the folder; where that fails, opening the file says why.
            if !self.transcripts.are_listed() {
                let _ = self.list_now("logs");
            }
            if let Some(transcript) = self.transcripts.known(path) {
                return read_full(&transcript.file, offset, length).map_err(|error| io_error(path, &error));
            }
        }
        let file = self.open(path)?;
        read_full(&file, offset, length).map_err(|error| io_error(path, &error))
    }

    /// Opens a regular file of an allowed folder, following links only inside the home.
    fn open(&self, path: &str) -> Result<File, SourceError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !plain_name(name) {
            return Err(SourceError::Denied { why: format!("`{}` names no file of the home", printable(path)) });
        }
        if let Some(single) = self.single() {
            let is_it = folder == "logs" && name == single;
            let file = if is_it { File::open(&self.home) } else { Err(io::ErrorKind::NotFound.into()) };
            return file.map_err(|error| io_error(path, &error));
        }
        let outside = self.outside().filter(|outside| {
            folder == "logs" && external_paths::is_own(name) && outside.join(name).symlink_metadata().is_ok()
        });
        let (at, root) = match outside {
            Some(outside) => (outside.join(name), outside.to_path_buf()),
            None => (self.folder(folder)?.join(name), self.root()?),
        };
        let target = at.canonicalize().map_err(|error| io_error(path, &error))?;
        let below = target.strip_prefix(&root).map_err(|_| leaves_home(path, &target))?;
        let file = open_beneath(&root, below).map_err(|error| io_error(path, &error))?;
        if file.metadata().map_err(|error| io_error(path, &error))?.is_file() {
            Ok(file)
        } else {
            Err(SourceError::Denied { why: format!("`{}` is not a regular file", printable(path)) })
        }
    }
}

/// Whether a file belongs into this folder of a home, by its name.
fn belongs(name: &str, folder: &str) -> bool {
    match folder {
        "logs" => external_paths::is_own(name),
        "conf" => matches!(name, "cluster.conf" | "application.properties"),
        _ => false,
    }
}

/// True if a folder has one of those that every home has.
fn is_home(root: &Path) -> bool {
    ["conf", "logs"].iter().any(|folder| root.join(folder).exists())
}

/// The regular files of a folder; links may lead to files below `root`.
fn list_in(at: &Path, root: &Path, folder: &str) -> Result<Vec<FileEntry>, SourceError> {
    let mut entries = Vec::new();
    for entry in at.read_dir().map_err(|error| io_error(folder, &error))? {
        let entry = entry.map_err(|error| io_error(folder, &error))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.chars().any(char::is_control) {
            continue;
        }
        // A file that vanishes in between was rotated away: no entry.
        let Ok(own) = entry.path().symlink_metadata() else { continue };
        let meta = if own.is_symlink() {
            match entry.path().canonicalize() {
                // It stays in the list with the size of the link: reading it says why it is denied.
                Ok(target) if !target.starts_with(root) => own,
                Ok(target) => match target.metadata() {
                    Ok(meta) if meta.is_file() => meta,
                    _ => continue,
                },
                Err(_) => continue,
            }
        } else if own.is_file() {
            own
        } else {
            continue;
        };
        if entries.len() >= MAX_ENTRIES {
            return Err(SourceError::TooLarge { limit_bytes: MAX_ENTRIES as u64 });
        }
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        entries.push(entry_of(path, &meta));
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

fn entry_of(path: String, meta: &std::fs::Metadata) -> FileEntry {
    let modified = meta
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .map(Timestamp::from_millis);
    FileEntry { path, size_bytes: meta.len(), start_offset: 0, modified, zone_offset_s: None }
}

/// A single file outside any home, given on the command line.
#[derive(Debug)]
pub struct LooseFile {
    file: File,
    size_bytes: u64,
}

impl LooseFile {
    /// Opens a regular file.
    ///
    /// # Errors
    /// Denied, not found, or no regular file.
    pub fn open(path: &Path) -> Result<Self, NotOpened> {
        // A pipe would wait for a writer.
        let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let opened = File::options().read(true).custom_flags(flags).open(path);
        let file = opened.map_err(|error| NotOpened::of(&error))?;
        let meta = file.metadata().map_err(|error| NotOpened::of(&error))?;
        if meta.is_dir() {
            return Err(NotOpened::Folder);
        }
        if !meta.is_file() {
            return Err(NotOpened::NotRegular);
        }
        Ok(Self { file, size_bytes: meta.len() })
    }

    /// Bytes when it was opened.
    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// True if it is shorter now than when it was opened.
    #[must_use]
    pub fn is_shorter(&self) -> bool {
        self.file.metadata().is_ok_and(|meta| meta.len() < self.size_bytes)
    }

    /// Reads into `buffer` at `offset`; shorter only at the end of the file.
    ///
    /// # Errors
    /// The operating system's.
    pub fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, SourceError> {
        fill(&self.file, offset, buffer).map_err(|error| io_error("", &error))
    }
}

/// Why a [`LooseFile`] cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// There is none of that name.
    NotFound,
    /// Permissions.
    Denied,
    /// It is a folder.
    Folder,
    /// A pipe, a device or a socket.
    NotRegular,
    /// The operating system's words.
    Failed(String),
}

impl NotOpened {
    fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Failed(printable(&error.to_string())),
        }
    }
}

/// Runs `work` on a thread that may block; the call ends by the deadline even if the file system hangs.
async fn blocking<T: Send + 'static>(
    deadline: &Deadline,
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    super::within(deadline, async move {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(_) => Err(SourceError::Protocol { why: "reading broke off".to_owned() }),
        }
    })
    .await
}

fn fill(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset.saturating_add(read as u64)) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

fn read_full(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    // No more room than the file can fill: sizes come from listings that may be old.
    let there = usize::try_from(file.metadata()?.len().saturating_sub(offset)).unwrap_or(usize::MAX);
    let mut buffer = vec![0; length.min(there.saturating_add(4096))];
    let read = fill(file, offset, &mut buffer)?;
    buffer.truncate(read);
    Ok(buffer)
}

/// Opens `below` under `root` without following any link on the way: both are canonical, so a link that turns up now
/// was put there in between.
pub(super) fn open_beneath(root: &Path, below: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    static MISSING: OnceLock<()> = OnceLock::new();
    if MISSING.get().is_none() {
        let folder = rustix::fs::open(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(&folder, below, flags, Mode::empty(), resolve) {
            Ok(fd) => return Ok(File::from(fd)),
            Err(rustix::io::Errno::NOSYS) => {
                MISSING.get_or_init(|| ());
            }
            Err(error) => return Err(error.into()),
        }
    }
    // Kernels before 5.6: refuse a link as the last part, then ask the kernel what was really opened.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags).unwrap_or_default())
        .open(root.join(below))?;
    let opened =
        rustix::fs::readlinkat(CWD, format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file)), Vec::new())?;
    if opened.to_bytes() == std::os::unix::ffi::OsStrExt::as_bytes(root.join(below).as_os_str()) {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "a link was put in the way"))
    }
}

fn leaves_home(path: &str, target: &Path) -> SourceError {
    SourceError::Denied {
        why: format!(
            "`{}` is a link to {}, outside the home",
            if path.is_empty() { "." } else { path },
            printable(&target.display().to_string())
        ),
    }
}

fn io_error(path: &str, error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            SourceError::NotFound { path: if path.is_empty() { ".".to_owned() } else { printable(path) } }
        }
        io::ErrorKind::PermissionDenied => SourceError::Denied { why: format!("{}: {error}", printable(path)) },
        _ => SourceError::Protocol { why: format!("{}: {error}", printable(path)) },
    }
}

/// True for the name of one file: nothing that leads elsewhere.
pub(super) fn plain_name(name: &str) -> bool {
    Path::new(name).components().count() == 1
        && matches!(Path::new(name).components().next(), Some(Component::Normal(_)))
        && !name.contains(['\0', '\\', '/'])
}

/// Untrusted text for an error: no control characters, not endless.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(300).collect()
}

/// Looks through `/proc/*/cmdline` for `-Dnacos.home=<home>`.
fn find_process(proc_root: &Path, home: &Path) -> Result<Option<ProcessSeen>, SourceError> {
    let canonical = home.canonicalize().unwrap_or_else(|_| home.to_path_buf());
    let mut hidden = 0_u32;
    let mut found: Vec<u32> = Vec::new();
    let folders = proc_root.read_dir().map_err(|error| io_error("/proc", &error))?;
    for entry in folders.flatten().take(MAX_PROCESSES) {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        match std::fs::read(entry.path().join("cmdline")) {
            Ok(line) if is_home_of(&entry.path(), &line, home, &canonical) => found.push(pid),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => hidden += 1,
            // Other processes, and those that ended in between.
            _ => {}
        }
    }
    // A wrapper may carry the same argument; the JVM is the last one started.
    found.sort_unstable();
    if let Some(pid) = found.into_iter().rev().find(|pid| proc_root.join(pid.to_string()).is_dir()) {
        return Ok(Some(describe_process(proc_root, pid)));
    }
    if hidden > 0 || !proc_root.join("1/cmdline").exists() {
        return Err(SourceError::Denied { why: "/proc hides the processes of other users".to_owned() });
    }
    Ok(None)
}

fn is_home_of(process: &Path, command_line: &[u8], home: &Path, canonical: &Path) -> bool {
    let Some(given) = proc::home_argument(command_line) else { return false };
    let given = Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(given));
    if given == home || given == canonical || given.canonicalize().is_ok_and(|given| given == canonical) {
        return true;
    }
    // In a container the same folder has another name: compare the folder itself as that process sees it.
    let Ok(inside) = given.strip_prefix("/") else { return false };
    match (process.join("root").join(inside).metadata(), canonical.metadata()) {
        (Ok(theirs), Ok(ours)) => theirs.dev() == ours.dev() && theirs.ino() == ours.ino(),
        _ => false,
    }
}

fn describe_process(proc_root: &Path, pid: u32) -> ProcessSeen {
    let folder = proc_root.join(pid.to_string());
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let files = ProcessFiles {
        stat: text("stat"),
        status: text("status"),
        limits: text("limits"),
        command_line: std::fs::read(folder.join("cmdline")).unwrap_or_default(),
        open_files: folder.join("fd").read_dir().ok().map(|entries| entries.count() as u64),
        threads: folder
            .join("task")
            .read_dir()
            .into_iter()
            .flat_map(|tasks| tasks.flatten().take(proc::MAX_THREADS))
            .filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok())
            .collect(),
    };
    let boot_s = std::fs::read_to_string(proc_root.join("stat")).ok().as_deref().and_then(proc::boot_seconds);
    let per_second = i64::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100);
    proc::describe(pid, &files, boot_s, per_second)
}

#[cfg(test)]
mod tests;
