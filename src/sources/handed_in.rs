//! Unpacks an archive of a Nacos home that somebody handed in, into a folder that holds nothing else.
//!
//! Nothing in an archive is trusted: names are taken apart and put together anew, links are never made, and bytes are
//! counted as they come out. What is no part of a home (`conf`, `logs`, `bin`, files beside them) is not written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::domain::message::Message;

use super::files::FOLDERS;

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

/// Below this, packing well is no sign of a bomb.
const RATIO_FROM: u64 = 16 << 20;

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
    /// More than a limit.
    #[error("the archive holds too much")]
    TooLarge,
    /// No home.
    #[error("the archive holds no conf/ and no logs/ of a Nacos home")]
    NoHome,
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
            Self::TooLarge => Message::new("unpack-too-large"),
            Self::NoHome => Message::new("unpack-no-home"),
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

/// Unpacks the home that `archive` holds, wherever in it, into `home`, so that `home/conf` and `home/logs` are its folders.
///
/// # Errors
/// [`UnpackError`]; what was written by then stays for the caller to remove.
pub fn unpack(archive: &Path, home: &Path, limits: &Limits, filter: &mut dyn Filter) -> Result<(), UnpackError> {
    let mut file = File::open(archive).map_err(UnpackError::Disk)?;
    let packed_bytes = file.metadata().map_err(UnpackError::Disk)?.len();
    let kind = Kind::of(&mut file)?;
    let mut budget = Budget { limits: *limits, packed_bytes, given: 0, entries: 0 };
    let mut names: Vec<String> = Vec::new();
    kind.walk(&file, &mut budget, &mut |name, _, _| {
        names.push(name.to_owned());
        Ok(())
    })?;
    let places = places(&names)?;
    budget.given = 0;
    // Configuration first: it tells what has to be hidden in the rest.
    for conf in [true, false] {
        budget.entries = 0;
        kind.walk(&file, &mut budget, &mut |name, content, budget| {
            let place = places.get(name).filter(|place| place.starts_with("conf/") == conf);
            place.map_or(Ok(()), |place| write(home, place, content, budget, filter))
        })?;
    }
    Ok(())
}

/// Writes one file through the filter.
fn write(
    home: &Path,
    place: &str,
    content: &mut dyn Read,
    budget: &mut Budget,
    filter: &mut dyn Filter,
) -> Result<(), UnpackError> {
    let at = home.join(place);
    if let Some(folder) = at.parent() {
        fs::create_dir_all(folder).map_err(UnpackError::Disk)?;
    }
    let out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&at);
    let mut from = Came { content, budget, bytes: 0, trouble: None };
    let mut out = out.map_err(UnpackError::Disk)?;
    // What the filter leaves unread came all the same.
    let passed = filter.pass(place, &mut from, &mut out).and_then(|()| io::copy(&mut from, &mut io::sink()));
    match from.trouble {
        Some(trouble) => Err(trouble),
        None => passed.map(|_| ()).map_err(UnpackError::Disk),
    }
}

/// The content of a file as it comes out of the archive, counted.
struct Came<'a> {
    content: &'a mut dyn Read,
    budget: &'a mut Budget,
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
        Ok(read)
    }
}

/// Counts what comes out.
struct Budget {
    limits: Limits,
    packed_bytes: u64,
    given: u64,
    entries: u64,
}

impl Budget {
    fn entry(&mut self) -> Result<(), UnpackError> {
        self.entries += 1;
        if self.entries > self.limits.entries { Err(UnpackError::TooLarge) } else { Ok(()) }
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
        if head.starts_with(b"PK\x03\x04") {
            return Ok(Self::Zip);
        }
        if head.starts_with(b"\x1f\x8b") {
            return Ok(Self::TarGz);
        }
        if head.get(257..262) == Some(b"ustar") { Ok(Self::Tar) } else { Err(UnpackError::Kind) }
    }

    fn walk(self, file: &File, budget: &mut Budget, visit: &mut Visit<'_>) -> Result<(), UnpackError> {
        let mut file = file;
        file.seek(SeekFrom::Start(0)).map_err(UnpackError::Disk)?;
        let from = BufReader::with_capacity(64 * 1024, file);
        match self {
            Self::Zip => walk_zip(from, budget, visit),
            Self::Tar => walk_tar(from, budget, visit),
            Self::TarGz => {
                // Headers and files that are not written count too.
                let most = budget.limits.total_bytes.saturating_mul(2);
                walk_tar(MultiGzDecoder::new(from).take(most), budget, visit)
            }
        }
    }
}

fn walk_zip(from: impl Read + Seek, budget: &mut Budget, visit: &mut Visit<'_>) -> Result<(), UnpackError> {
    let broken = |error: zip::result::ZipError| UnpackError::Broken(error.to_string());
    let mut archive = zip::ZipArchive::new(from).map_err(broken)?;
    if archive.len() as u64 > budget.limits.entries {
        return Err(UnpackError::TooLarge);
    }
    for index in 0..archive.len() {
        budget.entry()?;
        let mut entry = archive.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        let Some(name) = clean(&name)? else { continue };
        if entry.is_file() && !entry.is_symlink() {
            visit(&name, &mut entry, budget)?;
        }
    }
    Ok(())
}

fn walk_tar(from: impl Read, budget: &mut Budget, visit: &mut Visit<'_>) -> Result<(), UnpackError> {
    let broken = |error: io::Error| UnpackError::Broken(error.to_string());
    let mut archive = tar::Archive::new(from);
    for entry in archive.entries().map_err(broken)? {
        budget.entry()?;
        let mut entry = entry.map_err(broken)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(name) = clean(&path)? else { continue };
        if entry.header().entry_type().is_file() {
            visit(&name, &mut entry, budget)?;
        }
    }
    Ok(())
}

/// The name in plain parts with `/` between; `None` for what is no file of anybody.
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
        0 => Err(UnpackError::NoHome),
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

fn is_conf(file: &str) -> bool {
    matches!(file, "cluster.conf" | "application.properties")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in entries {
            out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("entry");
            out.write_all(content).expect("content");
        }
        out.finish().expect("zip").into_inner()
    }

    /// Writes every file as it came.
    struct AsItCame;

    impl Filter for AsItCame {
        fn pass(&mut self, _: &str, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
            io::copy(from, to).map(|_| ())
        }
    }

    /// Writes the name as it is, which the library would refuse to.
    fn tar_of(entries: &[(&str, &[u8], tar::EntryType)]) -> Vec<u8> {
        let mut out = tar::Builder::new(Vec::new());
        for (name, content, kind) in entries {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_entry_type(*kind);
            header.set_mode(0o777);
            if kind.is_symlink() {
                header.set_link_name("/etc/passwd").expect("link");
            }
            header.set_cksum();
            out.append(&header, *content).expect("entry");
        }
        out.into_inner().expect("tar")
    }

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).expect("packed");
        out.finish().expect("packed")
    }

    /// Unpacks and gives the files that were written.
    fn unpacked(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, UnpackError> {
        let folder = tempfile::tempdir().expect("folder");
        let (archive, home) = (folder.path().join("upload"), folder.path().join("home"));
        fs::write(&archive, bytes).expect("archive");
        fs::create_dir(&home).expect("home");
        unpack(&archive, &home, limits, &mut AsItCame)?;
        let mut found = Vec::new();
        let mut folders = vec![home.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("folder") {
                let path = entry.expect("entry").path();
                assert!(!path.is_symlink());
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(&home).expect("inside").to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    const FILE: tar::EntryType = tar::EntryType::Regular;

    #[test]
    fn finds_the_home_in_any_nesting_and_any_kind() {
        let limits = Limits::default();
        let zipped = zip_of(&[
            ("a/b/nacos/conf/cluster.conf", b"x"),
            ("a/b/nacos/logs/nacos.log", b"y"),
            ("a/b/nacos/bin/logs/start.log", b"y"),
            ("a/b/nacos/hs_err_pid1.log", b"z"),
            ("a/b/nacos/data/secret", b"z"),
            ("a/readme.txt", b"z"),
            ("__MACOSX/a/b/nacos/logs/._nacos.log", b"z"),
        ]);
        let expected = ["bin/logs/start.log", "conf/cluster.conf", "hs_err_pid1.log", "logs/nacos.log"];
        assert_eq!(unpacked(&zipped, &limits).expect("zip"), expected);
        let tarred = tar_of(&[
            ("./logs/nacos.log", b"y", FILE),
            ("./logs/link.log", b"", tar::EntryType::Symlink),
            ("./logs/hard.log", b"", tar::EntryType::Link),
            ("./conf/application.properties", b"y", FILE),
        ]);
        for bytes in [tarred.clone(), gz(&tarred)] {
            assert_eq!(unpacked(&bytes, &limits).expect("tar"), ["conf/application.properties", "logs/nacos.log"]);
        }
        let bare = zip_of(&[("x/nacos.log", b"y"), ("x/cluster.conf", b"y"), ("x/readme", b"")]);
        assert_eq!(unpacked(&bare, &limits).expect("bare"), ["conf/cluster.conf", "logs/nacos.log"]);
        let windows = zip_of(&[("nacos\\logs\\nacos.log", b"y")]);
        assert_eq!(unpacked(&windows, &limits).expect("windows"), ["logs/nacos.log"]);
    }

    #[test]
    fn refuses_what_is_hostile_or_no_home() {
        let limits = Limits::default();
        for name in
            ["../logs/nacos.log", "/logs/nacos.log", "a/../../logs/nacos.log", "C:/logs/nacos.log", "logs/a\nb.log"]
        {
            let got = unpacked(&tar_of(&[(name, b"y", FILE)]), &limits);
            assert!(matches!(got, Err(UnpackError::Outside(_))), "{name}: {got:?}");
            let got = unpacked(&zip_of(&[(name, b"y")]), &limits);
            assert!(matches!(got, Err(UnpackError::Outside(_))), "{name}: {got:?}");
        }
        assert!(matches!(unpacked(&zip_of(&[("readme", b"")]), &limits), Err(UnpackError::NoHome)));
        let two = zip_of(&[("n1/logs/nacos.log", b""), ("n2/logs/nacos.log", b"")]);
        assert!(matches!(unpacked(&two, &limits), Err(UnpackError::SeveralHomes(names)) if names == "n1, n2"));
        assert!(matches!(unpacked(b"hello", &limits), Err(UnpackError::Kind)));
        let mut short = zip_of(&[("logs/nacos.log", b"y")]);
        short.truncate(short.len() / 2);
        assert!(matches!(unpacked(&short, &limits), Err(UnpackError::Broken(_))));
        let short = gz(&tar_of(&[("logs/nacos.log", &[b'x'; 4096], FILE)]));
        assert!(unpacked(&short[..short.len() / 2], &limits).is_err());
    }

    #[test]
    fn refuses_bombs() {
        let limits = Limits { total_bytes: 100_000, file_bytes: 50_000, entries: 10, ratio: 50 };
        let large = vec![b'a'; 60_000];
        let middle = vec![b'a'; 40_000];
        let tar = tar_of(&[("logs/a.log", &large, FILE)]);
        assert!(matches!(unpacked(&tar, &limits), Err(UnpackError::TooLarge)));
        let three: Vec<(&str, &[u8])> = vec![("logs/a.log", &middle), ("logs/b.log", &middle), ("logs/c.log", &middle)];
        assert!(matches!(unpacked(&zip_of(&three), &limits), Err(UnpackError::TooLarge)));
        let names: Vec<String> = (0..11).map(|index| format!("logs/{index}.log")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
        assert!(matches!(unpacked(&zip_of(&many), &limits), Err(UnpackError::TooLarge)));
        let wide = Limits { total_bytes: 1 << 30, file_bytes: 1 << 30, entries: 10, ratio: 50 };
        let bomb = gz(&tar_of(&[("logs/a.log", &vec![0; (RATIO_FROM + 1_000_000) as usize], FILE)]));
        assert!(matches!(unpacked(&bomb, &wide), Err(UnpackError::TooLarge)));
    }
}
