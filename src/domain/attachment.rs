//! Files that people attach to notes: what they are by their bytes, and what the timeline keeps of them.

use serde::{Deserialize, Serialize};

/// Largest file that can be attached, bytes.
pub const MAX_FILE_BYTES: usize = 5 * 1024 * 1024;
/// Most files of one note.
pub const MAX_FILES: usize = 5;
/// Most pixels of a picture: a small file can hold a picture that no browser can show.
pub const MAX_PIXELS: u64 = 50_000_000;
/// Longest name of a file that is kept, characters.
const MAX_NAME_CHARS: usize = 120;

/// What a file is, by its first bytes. What it is called, and what its sender calls it, does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A picture.
    Webp,
    /// A picture.
    Gif,
    /// Text in UTF-8; SVG and HTML are no more than that.
    Text,
}

impl FileKind {
    /// Stored name, which is also the ending of a file name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Text => "txt",
        }
    }

    /// The type that it is sent with, never another one.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// Whether a page shows it as a picture.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        !matches!(self, Self::Text)
    }

    /// What these bytes are.
    ///
    /// # Errors
    /// Nothing that can be attached.
    pub fn of(bytes: &[u8]) -> Result<Self, Unfit> {
        let picture = match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            _ => {
                let is_text = std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'));
                return if is_text { Ok(Self::Text) } else { Err(Unfit::Kind) };
            }
        };
        let size = imagesize::blob_size(bytes).map_err(|_| Unfit::Damaged)?;
        match size.width as u64 * size.height as u64 {
            0 => Err(Unfit::Damaged),
            1..=MAX_PIXELS if !picture.is_whole(bytes) => Err(Unfit::Damaged),
            1..=MAX_PIXELS => Ok(picture),
            _ => Err(Unfit::Pixels),
        }
    }
}

impl FileKind {
    /// Whether the parts of a picture follow each other to its end: a head alone may be what is left of an upload.
    fn is_whole(self, bytes: &[u8]) -> bool {
        match self {
            Self::Png => is_whole_png(bytes),
            Self::Jpeg => is_whole_jpeg(bytes),
            Self::Webp => number(bytes, 4, true).is_some_and(|length| bytes.len() as u64 >= u64::from(length) + 8),
            Self::Gif => is_whole_gif(bytes).is_some(),
            Self::Text => true,
        }
    }
}

/// Four bytes at that place as a number.
fn number(bytes: &[u8], at: usize, little_end_first: bool) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if little_end_first { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
}

/// Chunks (length, name, content, check) up to `IEND`, and content of the picture among them.
fn is_whole_png(bytes: &[u8]) -> bool {
    const HEAD: usize = 8;
    let (mut at, mut has_pixels) = (HEAD, false);
    while let Some(length) = number(bytes, at, false) {
        let end = at.saturating_add(length as usize).saturating_add(12);
        match bytes.get(at + 4..at + 8) {
            Some(b"IEND") => return has_pixels && end <= bytes.len(),
            Some(b"IDAT") => has_pixels = true,
            _ => {}
        }
        at = end;
    }
    false
}

/// Segments with their length up to the scan, and the end of the picture after it: inside of a scan that marker cannot stand.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        match marker {
            // A byte that only fills.
            0xff => at += 1,
            0xda => return bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]),
            _ => at += 2 + usize::from(u16::from_be_bytes([*high, *low])).max(2),
        }
    }
    false
}

/// Blocks up to the trailer.
fn is_whole_gif(bytes: &[u8]) -> Option<()> {
    // Of a table of colours: how many bytes, by the flags before it.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + table(*bytes.get(10)?);
    loop {
        let after = match bytes.get(at)? {
            0x3b => return Some(()),
            0x21 => at + 2,
            0x2c => at + 11 + table(*bytes.get(at + 9)?),
            _ => return None,
        };
        at = after;
        // Pieces with their length, the last one empty.
        while let length @ 1.. = usize::from(*bytes.get(at)?) {
            at += length + 1;
        }
        at += 1;
    }
}

/// Why a file cannot be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Neither a picture that can be shown nor text.
    Kind,
    /// It begins like a picture, and is none or not all of it.
    Damaged,
    /// More than [`MAX_PIXELS`].
    Pixels,
}

/// A file of a note as the timeline keeps it; its content is stored once, by hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Name that its sender gave it, without folders.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Bytes as it is kept: secrets in text are hidden.
    pub size_bytes: u64,
    /// Hex SHA-256 of the file as it is kept.
    pub sha256: String,
    /// Hex SHA-256 of the file as it came.
    pub came_sha256: String,
}

/// The name of a file without folders and without characters that a name does not have.
#[must_use]
pub fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let name: String = last.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG that says it has that size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(b"\0\0\0\x03IDATabc\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
        bytes
    }

    #[test]
    fn a_file_is_what_its_bytes_are() {
        assert_eq!(FileKind::of(&png(640, 480)), Ok(FileKind::Png));
        assert_eq!(FileKind::of(&png(0, 480)), Err(Unfit::Damaged));
        assert_eq!(FileKind::of(&png(100_000, 100_000)), Err(Unfit::Pixels));
        assert_eq!(FileKind::of(b"GIF89a\x02\0\x02\0\0\0\0;"), Ok(FileKind::Gif));
        assert_eq!(FileKind::of(b"\x89PNG\r\n\x1a\nshort"), Err(Unfit::Damaged));
        for text in ["2026-11-22 10:00:00 ERROR 选主失败", "", "<svg onload=alert(1)>", "<!doctype html>"] {
            assert_eq!(FileKind::of(text.as_bytes()), Ok(FileKind::Text), "{text}");
        }
        for other in [&b"PK\x03\x04\0\0"[..], b"\x1f\x8b\x08\xff", b"%PDF-1.7\n\xe2\xe3", b"\0\0\0 ftypmp42"] {
            assert_eq!(FileKind::of(other), Err(Unfit::Kind));
        }
    }

    #[test]
    fn a_picture_that_was_cut_is_damaged() {
        let jpeg = b"\xff\xd8\xff\xe0\0\x06JF\xff\xd9\xff\xc0\0\x0b\x08\0\x02\0\x02\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0ab\xff\xd9";
        let gif = b"GIF89a\x02\0\x02\0\x80\0\0abcdef!\xf9\x04abcd\0,\0\0\0\0\x02\0\x02\0\0\x02\x02ab\0;";
        let webp = b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\x01\x40\0\0abcde";
        let all = [
            (png(2, 2), FileKind::Png),
            (jpeg.to_vec(), FileKind::Jpeg),
            (gif.to_vec(), FileKind::Gif),
            (webp.to_vec(), FileKind::Webp),
        ];
        for (bytes, kind) in all {
            assert_eq!(FileKind::of(&bytes), Ok(kind));
            for left in [bytes.len() - 1, bytes.len() - 3] {
                assert_eq!(FileKind::of(&bytes[..left]), Err(Unfit::Damaged), "{kind:?} {left}");
            }
        }
        assert_eq!(FileKind::of(&png(640, 480)[..40]), Err(Unfit::Damaged), "a head and a bit");
    }

    #[test]
    fn a_name_has_no_folders() {
        for (given, kept) in [
            ("C:\\shots\\a b.png", "a b.png"),
            ("../../etc/passwd", "passwd"),
            ("x\r\nSet-Cookie: a", "xSet-Cookie: a"),
            (" / ", "file"),
            ("截图.png", "截图.png"),
        ] {
            assert_eq!(file_name(given), kept);
        }
        assert_eq!(file_name(&"长".repeat(500)).chars().count(), MAX_NAME_CHARS);
    }
}
