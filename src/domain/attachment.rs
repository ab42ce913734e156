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
            1..=MAX_PIXELS => Ok(picture),
            _ => Err(Unfit::Pixels),
        }
    }
}

/// Why a file cannot be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Neither a picture that can be shown nor text.
    Kind,
    /// It begins like a picture, and is none.
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

    /// A PNG of that size, as far as its head goes.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_file_is_what_its_bytes_are() {
        assert_eq!(FileKind::of(&png(640, 480)), Ok(FileKind::Png));
        assert_eq!(FileKind::of(&png(0, 480)), Err(Unfit::Damaged));
        assert_eq!(FileKind::of(&png(100_000, 100_000)), Err(Unfit::Pixels));
        assert_eq!(FileKind::of(b"GIF89a\x02\0\x02\0\0\0\0"), Ok(FileKind::Gif));
        assert_eq!(FileKind::of(b"\x89PNG\r\n\x1a\nshort"), Err(Unfit::Damaged));
        for text in ["2026-11-22 10:00:00 ERROR 选主失败", "", "<svg onload=alert(1)>", "<!doctype html>"] {
            assert_eq!(FileKind::of(text.as_bytes()), Ok(FileKind::Text), "{text}");
        }
        for other in [&b"PK\x03\x04\0\0"[..], b"\x1f\x8b\x08\xff", b"%PDF-1.7\n\xe2\xe3", b"\0\0\0 ftypmp42"] {
            assert_eq!(FileKind::of(other), Err(Unfit::Kind));
        }
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
