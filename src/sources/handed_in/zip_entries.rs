//! Walks a zip by its directory, one entry at a time: how many entries it declares and how long it is count before it is read.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::{Budget, METADATA, UnpackError, Visit, clean};

/// Bytes of the end record without its comment.
const END: u64 = 22;
/// Bytes of an entry of the directory without its name.
const ENTRY: usize = 46;
/// Says that the true number stands in the 64-bit form.
const ELSEWHERE: u32 = u32::MAX;

pub(super) fn walk(file: &File, budget: &mut Budget, visit: &mut Visit<'_>) -> Result<(), UnpackError> {
    let directory = Directory::of(file)?;
    if directory.entries > budget.limits.entries || directory.bytes > METADATA {
        return Err(UnpackError::TooLarge);
    }
    let part = Part { file, at: directory.at, end: directory.at.saturating_add(directory.bytes) };
    let mut from = BufReader::with_capacity(64 * 1024, part);
    for _ in 0..directory.entries {
        budget.entry()?;
        let entry = Entry::read(&mut from, budget)?;
        let path = String::from_utf8_lossy(&entry.name);
        let Some(name) = clean(&path)? else { continue };
        if path.ends_with(['/', '\\']) || entry.is_link {
            continue;
        }
        if entry.encrypted {
            return Err(broken("it is encrypted"));
        }
        let packed = BufReader::with_capacity(64 * 1024, entry.packed(file)?);
        let mut content: Box<dyn Read> = match entry.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            other => return Err(broken(format!("packing method {other} is not known"))),
        };
        let mut content = Checked { from: &mut *content, crc: Crc::new(), expected: entry.crc };
        visit(&name, &mut content, budget)?;
    }
    Ok(())
}

/// Where the directory lies and what it declares.
struct Directory {
    at: u64,
    bytes: u64,
    entries: u64,
}

impl Directory {
    fn of(file: &File) -> Result<Self, UnpackError> {
        let length = file.metadata().map_err(UnpackError::Disk)?.len();
        // The end record is followed by a comment of up to 64 KiB.
        let from = length.saturating_sub(END + u64::from(u16::MAX));
        let mut tail = Vec::new();
        Part { file, at: from, end: length }.read_to_end(&mut tail).map_err(UnpackError::Disk)?;
        let end = (0..tail.len().saturating_sub(21)).rev().find(|at| {
            let record = &tail[*at..];
            record.starts_with(b"PK\x05\x06") && usize::from(u16_at(record, 20)) + 22 <= record.len()
        });
        let end = end.ok_or_else(|| broken("its end is missing"))?;
        let record = &tail[end..];
        let (entries, bytes, at) = (u16_at(record, 10), u32_at(record, 12), u32_at(record, 16));
        if entries != u16::MAX && bytes != ELSEWHERE && at != ELSEWHERE {
            return Ok(Self { at: at.into(), bytes: bytes.into(), entries: entries.into() });
        }
        let locator = (from + end as u64).checked_sub(20).map(|at| exactly::<20>(file, at)).transpose()?;
        match locator {
            Some(locator) if locator.starts_with(b"PK\x06\x07") => {
                let record = exactly::<56>(file, u64_at(&locator, 8))?;
                if !record.starts_with(b"PK\x06\x06") {
                    return Err(broken("its end is missing"));
                }
                Ok(Self { entries: u64_at(&record, 32), bytes: u64_at(&record, 40), at: u64_at(&record, 48) })
            }
            _ => Ok(Self { at: at.into(), bytes: bytes.into(), entries: entries.into() }),
        }
    }
}

/// One line of the directory.
struct Entry {
    name: Vec<u8>,
    method: u16,
    crc: u32,
    packed_bytes: u64,
    header_at: u64,
    encrypted: bool,
    is_link: bool,
}

impl Entry {
    fn read(from: &mut impl Read, budget: &mut Budget) -> Result<Self, UnpackError> {
        let mut head = [0; ENTRY];
        from.read_exact(&mut head).map_err(broken)?;
        if !head.starts_with(b"PK\x01\x02") {
            return Err(broken("its directory is damaged"));
        }
        let lengths = [28, 30, 32].map(|at| u16_at(&head, at));
        budget.metadata(lengths.iter().map(|length| u64::from(*length)).sum())?;
        let [name, extra, _] = lengths.map(|length| vec![0; usize::from(length)]).map(|mut bytes| {
            from.read_exact(&mut bytes).map_err(broken)?;
            Ok::<_, UnpackError>(bytes)
        });
        let (name, extra) = (name?, extra?);
        let unix = head[5] == 3;
        let mut entry = Self {
            name,
            method: u16_at(&head, 10),
            crc: u32_at(&head, 16),
            packed_bytes: u32_at(&head, 20).into(),
            header_at: u32_at(&head, 42).into(),
            encrypted: u16_at(&head, 8) & 1 == 1,
            is_link: unix && (u32_at(&head, 38) >> 16) & 0o170_000 == 0o120_000,
        };
        entry.widen(&extra, u32_at(&head, 24));
        Ok(entry)
    }

    /// Takes the 64-bit numbers from the extra field, where the short ones say so.
    fn widen(&mut self, mut extra: &[u8], size: u32) {
        while extra.len() >= 4 {
            let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
            let Some(field) = extra.get(4..4 + length) else { return };
            if id == 1 {
                let mut numbers = field.chunks_exact(8).map(|bytes| u64_at(bytes, 0));
                if size == ELSEWHERE {
                    numbers.next();
                }
                for place in [&mut self.packed_bytes, &mut self.header_at] {
                    if *place == u64::from(ELSEWHERE) {
                        *place = numbers.next().unwrap_or(*place);
                    }
                }
            }
            extra = &extra[4 + length..];
        }
    }

    /// Its packed content.
    fn packed<'f>(&self, file: &'f File) -> Result<Part<'f>, UnpackError> {
        let head = exactly::<30>(file, self.header_at)?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(broken("a file in it is not where its directory says"));
        }
        let at = self.header_at.saturating_add(30 + u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28)));
        Ok(Part { file, at, end: at.saturating_add(self.packed_bytes) })
    }
}

/// A part of a file as a stream.
struct Part<'f> {
    file: &'f File,
    at: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Fails at the end if the content is not what the directory says.
struct Checked<'a> {
    from: &'a mut dyn Read,
    crc: Crc,
    expected: u32,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.crc.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a file in it is damaged"));
        }
        Ok(read)
    }
}

fn exactly<const N: usize>(file: &File, at: u64) -> Result<[u8; N], UnpackError> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at).map_err(broken)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

fn broken(why: impl ToString) -> UnpackError {
    UnpackError::Broken(why.to_string())
}
