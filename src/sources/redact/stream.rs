//! Redacts a file of any size on its way from one place to another, piece by piece and with bounded memory.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{CONTEXT, Redactor};

/// Bytes redacted at a time, besides what stands around them.
const PIECE: usize = if cfg!(test) { 700 } else { 1024 * 1024 };

/// Bytes behind a piece that are looked at with it.
const BELOW: usize = super::MARGIN;

/// Most bytes that a packed file may grow to.
const MAX_INFLATED: u64 = 1024 * 1024 * 1024;

/// Copies with every secret byte overwritten, so that offsets stay as they are.
///
/// # Errors
/// Those of `from` and `to`.
pub fn copy(redactor: &Redactor, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
    // What was written already and stands before the rest; as it came, since a piece is redacted together with it.
    let mut above = 0;
    let mut bytes: Vec<u8> = Vec::new();
    let mut whole_line = true;
    loop {
        let wanted = (above + PIECE + BELOW).saturating_sub(bytes.len());
        let read = (&mut *from).take(wanted as u64).read_to_end(&mut bytes)?;
        let is_last = read < wanted;
        let end = if is_last { bytes.len() } else { bytes.len() - BELOW };
        let mut masked = bytes.clone();
        redactor.mask(&mut masked);
        // Where the line begins further up than is known, its key may stand there.
        if !whole_line {
            let rest = memchr::memchr(b'\n', &masked[above..]).unwrap_or(masked.len() - above);
            masked[above..above + rest].fill(b'*');
        }
        to.write_all(&masked[above..end])?;
        if is_last {
            return Ok(());
        }
        let drop = end.saturating_sub(CONTEXT);
        // The context begins with a whole line, or holds its beginning.
        whole_line = drop == 0 || memchr::memchr(b'\n', &bytes[drop..end]).is_some();
        bytes.drain(..drop);
        above = end - drop;
    }
}

/// The same for a packed file, which is packed anew. One that is broken stays broken behind what could be unpacked.
///
/// # Errors
/// Those of `to`.
pub fn copy_packed(redactor: &Redactor, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
    let mut out = GzEncoder::new(Gate { to, shut: false }, Compression::fast());
    let mut inflated = Unbroken { from: MultiGzDecoder::new(from).take(MAX_INFLATED), broken: false };
    copy(redactor, &mut inflated, &mut out)?;
    if inflated.broken || inflated.from.limit() == 0 {
        // Without its end mark the reader says that something is missing.
        out.flush()?;
        out.get_mut().shut = true;
        return Ok(());
    }
    out.finish().map(|_| ())
}

/// Lets nothing more through once it is shut: a packer ends its output when it is dropped.
struct Gate<'a> {
    to: &'a mut dyn Write,
    shut: bool,
}

impl Write for Gate<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.shut { Ok(bytes.len()) } else { self.to.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Ends where reading fails, and says so.
struct Unbroken<R> {
    from: R,
    broken: bool,
}

impl<R: Read> Read for Unbroken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.from.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.broken = true;
                Ok(0)
            }
            read => read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log in which a secret stands at every distance from the border of a piece.
    fn log() -> Vec<u8> {
        let mut text = String::new();
        for line in 0..400 {
            text.push_str(&format!(
                "2026-11-22 08:00:00,000 INFO {} password=geheim{line:03} x\n",
                "y".repeat(line % 97)
            ));
            if line % 40 == 0 {
                text.push_str("-----BEGIN PRIVATE KEY-----\n");
                for _ in 0..20 {
                    text.push_str("MIIEgeheimgeheimgeheimgeheimgeheim\n");
                }
                text.push_str("-----END PRIVATE KEY-----\n");
            }
        }
        text.into_bytes()
    }

    #[test]
    fn pieces_make_the_same_as_the_whole() {
        let bytes = log();
        let mut whole = bytes.clone();
        Redactor::default().mask(&mut whole);
        let mut out = Vec::new();
        copy(&Redactor::default(), &mut bytes.as_slice(), &mut out).expect("copied");
        assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole));
        assert!(!String::from_utf8_lossy(&out).contains("geheim"));
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).expect("packed");
        let packed = packed.finish().expect("packed");
        let unpack = |packed: &[u8]| {
            let mut bytes = Vec::new();
            let ended = MultiGzDecoder::new(packed).read_to_end(&mut bytes);
            (bytes, ended.is_ok())
        };
        let mut out = Vec::new();
        copy_packed(&Redactor::default(), &mut packed.as_slice(), &mut out).expect("copied");
        assert_eq!(unpack(&out), (whole, true));
        let mut out = Vec::new();
        copy_packed(&Redactor::default(), &mut &packed[..packed.len() / 2], &mut out).expect("copied");
        let (bytes, is_whole) = unpack(&out);
        assert!(!is_whole && !bytes.is_empty() && !String::from_utf8_lossy(&bytes).contains("geheim"));
    }

    #[test]
    fn a_line_without_end_shows_nothing_of_its_value() {
        let mut bytes = b"db.password.0=".to_vec();
        bytes.extend(b"geheim ".iter().cycle().take(4 * CONTEXT));
        bytes.extend_from_slice(b"\nnext\n");
        let mut out = Vec::new();
        copy(&Redactor::default(), &mut bytes.as_slice(), &mut out).expect("copied");
        assert_eq!(out.len(), bytes.len());
        let shown = String::from_utf8_lossy(&out);
        assert!(!shown.contains("geheim") && shown.ends_with("\nnext\n"));
    }
}
