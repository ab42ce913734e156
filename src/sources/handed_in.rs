//! Unpacks an archive of a Nacos home that somebody handed in, into a folder that holds nothing else.
//!
//! Nothing in an archive is trusted: names are taken apart and put together anew, links are never made, and bytes are
//! counted as they come out. What is not a part of a home (`conf`, `logs`, `bin`, files beside them) is not written.
//!
//! # Why
//! What describes an entry (long names, attributes, the directory of a zip) can be as large as its content, and libraries
//! read it whole before anybody can count it. So the headers are walked here, and every length is held against the limits
//! before anything of that length is read. Files and folders are brought to the disk before the caller says that they are
//! kept: a row in the database must not outlive what it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::FOLDERS;
use crate::domain::kept::{KeptFile, Unpacked, place_of};
use crate::domain::message::Message;

mod tar_entries;
mod zip_entries;

/// What an archive may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of all files.
    pub total_bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Entries of any kind.
    pub entries: u64,
    /// Unpacked bytes per packed byte.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total_bytes: 512 << 20, file_bytes: 256 << 20, entries: 20_000, ratio: 200 }
    }
}

/// Below this, packing well is not a sign of a bomb.
const RATIO_FROM: u64 = 16 << 20;

/// Most bytes of what describes one entry: its name, its attributes.
const METADATA_OF_ONE: u64 = 64 << 10;

/// The same of all entries.
const METADATA: u64 = 16 << 20;

/// Deepest name.
const MAX_DEPTH: usize = 32;

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// Neither zip nor tar nor tar.gz.
    #[error("this is neither a zip nor a tar nor a tar.gz")]
    Kind,
    /// Broken, cut short or encrypted.
    #[error("the archive cannot be read: {0}")]
    Broken(String),
    /// A name that leaves the archive.
    #[error("the archive names a file outside of itself: {0}")]
    Outside(String),
    /// A file with holes, whose map this does not read.
    #[error("the archive holds a file in sparse form: {0}")]
    Sparse(String),
    /// More than a limit.
    #[error("the archive holds too much")]
    TooLarge,
    /// Nothing in it.
    #[error("the archive holds no file")]
    Empty,
    /// No home.
    #[error("the archive holds no conf/ and no logs/ of a Nacos home")]
    NoHome,
    /// No home, and another archive, which is not opened.
    #[error("the archive holds no Nacos home but another archive: {0}")]
    ArchiveInside(String),
    /// Several homes.
    #[error("the archive holds several Nacos homes: {0}")]
    SeveralHomes(String),
    /// Our own disk.
    #[error("the archive cannot be unpacked here: {0}")]
    Disk(io::Error),
}

impl UnpackError {
    /// The reason as a text for people.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Kind => Message::new("unpack-kind"),
            Self::Broken(why) => Message::new("unpack-broken").with("why", why),
            Self::Outside(name) => Message::new("unpack-outside").with("name", name),
            Self::Sparse(name) => Message::new("unpack-sparse").with("name", name),
            Self::TooLarge => Message::new("unpack-too-large"),
            Self::Empty => Message::new("unpack-empty"),
            Self::NoHome => Message::new("unpack-no-home"),
            Self::ArchiveInside(name) => Message::new("unpack-archive-inside").with("name", name),
            Self::SeveralHomes(names) => Message::new("unpack-several-homes").with("names", names),
            Self::Disk(error) => Message::new("unpack-disk").with("why", error),
        }
    }
}

/// What happens to each file on its way to the disk.
pub trait Filter {
    /// Writes the file `place` (relative to the home) that comes `from` the archive, changed where it has to be. Called
    /// once a file; files of `conf` come before all others.
    ///
    /// # Errors
    /// Those of `from` and `to`, handed on.
    fn pass(&mut self, place: &str, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()>;
}

/// Unpacks the home that `archive` holds, wherever in it, into `home`, so that `home/conf` and `home/logs` are its folders. A
/// text is taken as it is where its `name` says which file of a home it is. When it returns, every file and folder below `home`, and `home` itself, is on the disk.
///
/// # Errors
/// [`UnpackError`]; what was written by then stays for the caller to remove.
pub fn unpack(
    archive: &Path,
    name: &str,
    home: &Path,
    limits: &Limits,
    filter: &mut dyn Filter,
) -> Result<Unpacked, UnpackError> {
    let mut file = File::open(archive).map_err(UnpackError::Disk)?;
    let size_bytes = file.metadata().map_err(UnpackError::Disk)?.len();
    let mut budget = Budget::new(limits, size_bytes);
    let kind = match (Kind::of(&mut file), place_of(name)) {
        (Err(UnpackError::Kind), Some(place)) if is_text(&mut file)? => {
            file.rewind().map_err(UnpackError::Disk)?;
            let kept = write(home, &place, &mut file, &mut budget, filter)?;
            return put_down(home, &file, size_bytes, BTreeMap::from([(place, kept)]));
        }
        (kind, _) => kind?,
    };
    let mut names: Vec<String> = Vec::new();
    kind.walk(&file, &mut budget, &mut |name, _, _| {
        names.push(name.to_owned());
        Ok(())
    })?;
    let places = places(&names)?;
    drop(names);
    let mut kept = BTreeMap::new();
    let mut budget = Budget::new(limits, size_bytes);
    // Configuration first: it tells what has to be hidden in the rest.
    for conf in [true, false] {
        budget.entries = 0;
        budget.metadata = 0;
        kind.walk(&file, &mut budget, &mut |name, content, budget| {
            let place = places.get(name).filter(|place| place.starts_with("conf/") == conf);
            let Some(place) = place else { return Ok(()) };
            kept.insert(place.clone(), write(home, place, content, budget, filter)?);
            Ok(())
        })?;
    }
    put_down(home, &file, size_bytes, kept)
}

/// Brings what was written to the disk, and tells what it is.
fn put_down(
    home: &Path,
    came: &File,
    size_bytes: u64,
    kept: BTreeMap<String, KeptFile>,
) -> Result<Unpacked, UnpackError> {
    sync(home, kept.keys()).map_err(UnpackError::Disk)?;
    for (place, file) in &kept {
        super::kept::remember(&home.join(place), &file.sha256);
    }
    let sha256 = super::kept::hash_file(came).map_err(UnpackError::Disk)?;
    Ok(Unpacked { size_bytes, sha256, files: kept.into_values().collect() })
}

/// Whether a file begins as a text does.
fn is_text(file: &mut File) -> Result<bool, UnpackError> {
    file.rewind().map_err(UnpackError::Disk)?;
    let mut head = Vec::new();
    file.take(512).read_to_end(&mut head).map_err(UnpackError::Disk)?;
    let is_wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    Ok(!head.is_empty() && (is_wide || !head.contains(&0)))
}

/// The bytes of a file that is a text and neither an archive nor, by its name, a file of a home; at most that many and one more.
/// `None`: it is something else.
///
/// # Errors
/// [`UnpackError::Disk`].
pub fn text(file: &Path, name: &str, most_bytes: u64) -> Result<Option<Vec<u8>>, UnpackError> {
    let mut file = File::open(file).map_err(UnpackError::Disk)?;
    if !matches!(Kind::of(&mut file), Err(UnpackError::Kind)) || place_of(name).is_some() || !is_text(&mut file)? {
        return Ok(None);
    }
    file.rewind().map_err(UnpackError::Disk)?;
    let mut bytes = Vec::new();
    file.take(most_bytes + 1).read_to_end(&mut bytes).map_err(UnpackError::Disk)?;
    Ok(Some(bytes))
}

/// Writes one file through the filter.
fn write(
    home: &Path,
    place: &str,
    content: &mut dyn Read,
    budget: &mut Budget,
    filter: &mut dyn Filter,
) -> Result<KeptFile, UnpackError> {
    let at = home.join(place);
    if let Some(folder) = at.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(UnpackError::Disk)?;
    }
    let out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&at);
    let mut to = Kept { file: out.map_err(UnpackError::Disk)?, hash: Sha256::new(), bytes: 0, trouble: None };
    let mut from = Came { content, budget, hash: Sha256::new(), bytes: 0, trouble: None };
    // What the filter leaves unread came all the same.
    let passed = filter.pass(place, &mut from, &mut to).and_then(|()| io::copy(&mut from, &mut io::sink()));
    if let Some(trouble) = to.trouble.or(from.trouble) {
        return Err(trouble);
    }
    passed.map_err(UnpackError::Disk)?;
    Ok(KeptFile {
        path: place.to_owned(),
        size_bytes: to.bytes,
        sha256: hex::encode(to.hash.finalize()),
        came_sha256: hex::encode(from.hash.finalize()),
    })
}

/// The content of a file as it comes out of the archive, counted and hashed.
struct Came<'a> {
    content: &'a mut dyn Read,
    budget: &'a mut Budget,
    hash: Sha256,
    bytes: u64,
    trouble: Option<UnpackError>,
}

impl Read for Came<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.content.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.trouble = Some(UnpackError::Broken(error.to_string()));
                return Err(error);
            }
            Ok(read) => read,
        };
        self.bytes += read as u64;
        if let Err(trouble) = self.budget.give(read as u64, self.bytes) {
            self.trouble = Some(trouble);
            return Err(io::Error::other("more than a limit"));
        }
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

/// A file as it is kept, hashed.
struct Kept {
    file: File,
    hash: Sha256,
    bytes: u64,
    trouble: Option<UnpackError>,
}

impl Write for Kept {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self.file.write(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.trouble = Some(UnpackError::Disk(io::Error::new(error.kind(), error.to_string())));
                Err(error)
            }
            Ok(written) => {
                self.hash.update(&buffer[..written]);
                self.bytes += written as u64;
                Ok(written)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Brings files and their folders to the disk, folders after what is in them.
fn sync<'p>(home: &Path, places: impl Iterator<Item = &'p String>) -> io::Result<()> {
    let mut folders = BTreeSet::from([home.to_path_buf()]);
    for place in places {
        let at = home.join(place);
        File::open(&at)?.sync_all()?;
        folders.extend(at.ancestors().skip(1).take_while(|folder| *folder != home).map(Path::to_path_buf));
    }
    folders.iter().rev().try_for_each(|folder| File::open(folder)?.sync_all())
}

/// Counts what comes out, before it is read.
struct Budget {
    limits: Limits,
    packed_bytes: u64,
    given: u64,
    entries: u64,
    metadata: u64,
}

impl Budget {
    fn new(limits: &Limits, packed_bytes: u64) -> Self {
        Self { limits: *limits, packed_bytes, given: 0, entries: 0, metadata: 0 }
    }

    fn entry(&mut self) -> Result<(), UnpackError> {
        self.entries += 1;
        if self.entries > self.limits.entries { Err(UnpackError::TooLarge) } else { Ok(()) }
    }

    /// Names and attributes, in a place of their own and as long as the packer made them.
    fn metadata(&mut self, bytes: u64) -> Result<(), UnpackError> {
        self.metadata = self.metadata.saturating_add(bytes);
        if bytes > METADATA_OF_ONE || self.metadata > METADATA { Err(UnpackError::TooLarge) } else { Ok(()) }
    }

    fn give(&mut self, more: u64, of_file: u64) -> Result<(), UnpackError> {
        self.given += more;
        let bomb = self.given > RATIO_FROM.min(self.limits.total_bytes)
            && self.given / self.packed_bytes.max(1) > self.limits.ratio;
        if of_file > self.limits.file_bytes || self.given > self.limits.total_bytes || bomb {
            return Err(UnpackError::TooLarge);
        }
        Ok(())
    }
}

/// Takes one regular file: its clean name, its content, the budget.
type Visit<'v> = dyn FnMut(&str, &mut dyn Read, &mut Budget) -> Result<(), UnpackError> + 'v;

#[derive(Clone, Copy)]
enum Kind {
    Zip,
    Tar,
    TarGz,
}

impl Kind {
    fn of(file: &mut File) -> Result<Self, UnpackError> {
        let mut head = Vec::new();
        file.take(512).read_to_end(&mut head).map_err(UnpackError::Disk)?;
        // A zip without an entry is its end alone.
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Ok(Self::Zip);
        }
        if head.starts_with(b"\x1f\x8b") {
            return Ok(Self::TarGz);
        }
        // So is a tar: two blocks of zeros.
        let is_tar = head.get(257..262) == Some(b"ustar") || (head.len() == 512 && head.iter().all(|byte| *byte == 0));
        if is_tar { Ok(Self::Tar) } else { Err(UnpackError::Kind) }
    }

    fn walk(self, file: &File, budget: &mut Budget, visit: &mut Visit<'_>) -> Result<(), UnpackError> {
        if matches!(self, Self::Zip) {
            return zip_entries::walk(file, budget, visit);
        }
        let mut file = file;
        file.seek(SeekFrom::Start(0)).map_err(UnpackError::Disk)?;
        let from = BufReader::with_capacity(64 * 1024, file);
        if matches!(self, Self::Tar) {
            return tar_entries::walk(from, budget, visit);
        }
        // Headers and files that are not written count too.
        let most = budget.limits.total_bytes.saturating_mul(2);
        tar_entries::walk(MultiGzDecoder::new(from).take(most), budget, visit)
    }
}

/// The name in plain parts with `/` between; `None` for what is not a file of anybody.
fn clean(name: &str) -> Result<Option<String>, UnpackError> {
    let outside = || UnpackError::Outside(name.chars().filter(|c| !c.is_control()).take(200).collect());
    let slashed = name.replace('\\', "/");
    let drive = slashed.as_bytes().get(1) == Some(&b':');
    if slashed.starts_with('/') || drive || slashed.chars().any(char::is_control) {
        return Err(outside());
    }
    let mut parts = Vec::new();
    for part in slashed.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(outside()),
            part => parts.push(part),
        }
    }
    if parts.len() > MAX_DEPTH || name.len() > 2000 {
        return Err(outside());
    }
    let apple = parts.first() == Some(&"__MACOSX") || parts.last().is_some_and(|last| last.starts_with("._"));
    Ok((!parts.is_empty() && !apple).then(|| parts.join("/")))
}

/// Where each file of the home goes, by its name in the archive.
fn places(names: &[String]) -> Result<BTreeMap<String, String>, UnpackError> {
    let mut homes: BTreeSet<&str> = BTreeSet::new();
    for name in names {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        let is_home = match last {
            "logs" => is_log(file),
            "conf" => is_conf(file),
            _ => false,
        };
        // `bin/logs` is a part of a home and no home.
        let in_bin = last == "logs" && (above == "bin" || above.ends_with("/bin"));
        if is_home && !in_bin {
            homes.insert(above);
        }
    }
    if let Some(home) = homes.first() {
        if homes.len() > 1 {
            let names: Vec<&str> = homes.iter().map(|home| if home.is_empty() { "." } else { home }).take(20).collect();
            return Err(UnpackError::SeveralHomes(names.join(", ")));
        }
        let inside = |name: &String| -> Option<String> {
            let below = if home.is_empty() { name } else { name.strip_prefix(*home)?.strip_prefix('/')? };
            let folder = below.rsplit_once('/').map_or("", |(folder, _)| folder);
            FOLDERS.contains(&folder).then(|| below.to_owned())
        };
        return Ok(names.iter().filter_map(|name| Some((name.clone(), inside(name)?))).collect());
    }
    // No folders of a home: logs and configuration files lie bare, all in one folder.
    let bare: Vec<(&String, &str, &str)> = names
        .iter()
        .filter_map(|name| {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            let place = if is_conf(file) {
                "conf"
            } else if is_log(file) {
                "logs"
            } else {
                return None;
            };
            Some((name, folder, place))
        })
        .collect();
    let folders: BTreeSet<&str> = bare.iter().map(|(_, folder, _)| *folder).collect();
    match folders.len() {
        0 => Err(match names.iter().find(|name| is_archive(name)) {
            _ if names.is_empty() => UnpackError::Empty,
            Some(inside) => UnpackError::ArchiveInside(inside.chars().take(200).collect()),
            None => UnpackError::NoHome,
        }),
        1 => Ok(bare
            .into_iter()
            .map(|(name, _, place)| (name.clone(), format!("{place}/{}", name.rsplit('/').next().unwrap_or_default())))
            .collect()),
        _ => Err(UnpackError::SeveralHomes(folders.into_iter().take(20).collect::<Vec<_>>().join(", "))),
    }
}

fn is_log(file: &str) -> bool {
    file.ends_with(".log") || file.contains(".log.") || file == "start.out" || file.starts_with("plugin-control.")
}

fn is_archive(file: &str) -> bool {
    let file = file.to_ascii_lowercase();
    [".zip", ".tar", ".tar.gz", ".tgz"].iter().any(|end| file.ends_with(end))
}

fn is_conf(file: &str) -> bool {
    matches!(file, "cluster.conf" | "application.properties")
}

#[cfg(test)]
mod tests;
