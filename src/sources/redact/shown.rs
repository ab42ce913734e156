//! Hides what became known as a secret only after a text was stored, on its way to the person who reads it.
//!
//! # Why
//! Stored evidence is never edited and its hash must hold, so this happens to what leaves the program. A page or an export
//! writes some characters in another way; a secret is looked for as it was before that. Of a page only what people read is
//! looked at: a password that is also a word of a path must not break every link.

use super::{HIDDEN, Redactor, merged, put_in_place};

/// How characters are written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// As they are.
    None,
    /// `\n`, `\"`, `\u003d`.
    Json,
    /// `&#34;`, `&lt;`, and tags between them.
    Html,
}

/// Attributes of tags that people read.
const READ: [&[u8]; 5] = [b" title=\"", b" value=\"", b" placeholder=\"", b" aria-label=\"", b" alt=\""];

impl Redactor {
    /// The text without secrets that are known by now, by value or by hash; `None` if it holds none.
    #[must_use]
    pub fn shown(&self, text: &str, escapes: Escapes) -> Option<String> {
        let known = self.known();
        if known.is_empty() {
            return None;
        }
        let (plain, places) = match escapes {
            Escapes::None => (Vec::new(), Vec::new()),
            Escapes::Json => unescaped(text.as_bytes(), &mut json),
            Escapes::Html => unescaped(text.as_bytes(), &mut Tags::default().reader()),
        };
        let bytes = if escapes == Escapes::None { text.as_bytes() } else { plain.as_slice() };
        let mut found = Vec::new();
        known.find(bytes, &mut found);
        known.find_hashed(bytes, &mut found);
        if found.is_empty() {
            return None;
        }
        if escapes != Escapes::None {
            for range in &mut found {
                *range = places[range.start]..places[range.end];
            }
        }
        Some(put_in_place(text, &merged(found), &mut |_| HIDDEN.to_owned()))
    }
}

/// What the bytes at a place stand for.
#[derive(Clone, Copy)]
enum Means {
    /// They are not read.
    Nothing,
    Byte(u8),
    Char(char),
}

/// What the bytes at a place stand for, and how many they are.
type Reader<'r> = dyn FnMut(&[u8]) -> (Means, usize) + 'r;

/// The text as it was, and where each byte of it begins in what was written; the last place is the end.
fn unescaped(bytes: &[u8], read: &mut Reader<'_>) -> (Vec<u8>, Vec<usize>) {
    let (mut plain, mut places) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(bytes.len() + 1));
    let mut at = 0;
    while at < bytes.len() {
        let (means, length) = read(&bytes[at..]);
        match means {
            Means::Nothing => {}
            Means::Byte(byte) => plain.push(byte),
            Means::Char(char) => plain.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        places.resize(plain.len(), at);
        at += length.max(1);
    }
    places.push(bytes.len());
    (plain, places)
}

fn json(bytes: &[u8]) -> (Means, usize) {
    match bytes {
        [b'\\', b'u', rest @ ..] => {
            let digits = rest.get(..4).and_then(|digits| std::str::from_utf8(digits).ok());
            let char = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            char.map_or((Means::Byte(b' '), 2), |char| (Means::Char(char), 6))
        }
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => (Means::Byte(b'\n'), 2),
        [b'\\', other, ..] => (Means::Byte(*other), 2),
        [one, ..] => (Means::Byte(*one), 1),
        [] => (Means::Nothing, 1),
    }
}

/// Where in a page the reader is.
#[derive(Default)]
struct Tags {
    inside: bool,
    value: bool,
}

impl Tags {
    fn reader(mut self) -> impl FnMut(&[u8]) -> (Means, usize) {
        const END: Means = Means::Byte(b'\n');
        move |bytes| {
            if self.inside && !self.value {
                if let Some(read) = READ.iter().find(|name| bytes.starts_with(name)) {
                    self.value = true;
                    return (END, read.len());
                }
                // Any other value is passed over whole, so that nothing in it looks like the end of the tag.
                if bytes.starts_with(b"=\"") {
                    let end = memchr::memchr(b'"', &bytes[2..]).map_or(bytes.len(), |end| end + 3);
                    return (Means::Nothing, end);
                }
                self.inside = bytes[0] != b'>';
                return (if self.inside { Means::Nothing } else { END }, 1);
            }
            match bytes[0] {
                b'"' if self.value => {
                    self.value = false;
                    (END, 1)
                }
                b'<' if !self.value => {
                    self.inside = true;
                    (END, 1)
                }
                b'&' => entity(bytes),
                one => (Means::Byte(one), 1),
            }
        }
    }
}

fn entity(bytes: &[u8]) -> (Means, usize) {
    const ITSELF: (Means, usize) = (Means::Byte(b'&'), 1);
    let Some(end) = bytes.iter().take(10).position(|byte| *byte == b';') else { return ITSELF };
    let char = match &bytes[1..end] {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        [b'#', digits @ ..] => std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => digits.parse().ok(),
            })
            .and_then(char::from_u32),
        _ => None,
    };
    char.map_or(ITSELF, |char| (Means::Char(char), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        let redactor = Redactor::knowing(["S\"m<er&2026".to_owned(), "incidents".to_owned()]);
        let html = r#"<a href="/incidents/1" title="incidents">x S&#34;m&lt;er&#38;2026 <b>incidents</b></a>"#;
        let shown = r#"<a href="/incidents/1" title="••••">x •••• <b>••••</b></a>"#;
        assert_eq!(redactor.shown(html, Escapes::Html).as_deref(), Some(shown));
        let json = r#"{"a":"x\nS\"m<er\u00262026","b":1}"#;
        let hidden = redactor.shown(json, Escapes::Json).expect("hidden");
        assert_eq!(hidden, r#"{"a":"x\n••••","b":1}"#);
        assert_eq!(redactor.shown("- S\"m<er&2026 -", Escapes::None).as_deref(), Some("- •••• -"));
        assert_eq!(redactor.shown("<p>nothing</p>", Escapes::Html), None);
    }

    #[test]
    fn a_hash_is_enough_and_needs_its_key() {
        let learned = Redactor::default();
        learned.use_key(&KEY);
        learned.learn("Sommer-2026!");
        let hashes = learned.fresh();
        assert!(!hashes.is_empty() && hashes.iter().all(|hash| hash.len() == 64));
        learned.stored(&hashes);
        assert!(learned.fresh().is_empty());

        let restarted = Redactor::default();
        restarted.use_key(&KEY);
        restarted.know(&hashes);
        assert_eq!(restarted.shown("bare Sommer-2026! x", Escapes::None).as_deref(), Some("bare •••• x"));
        assert_eq!(restarted.shown("in lower case sommer-2026!", Escapes::None).as_deref(), Some("in lower case ••••"));
        assert_eq!(restarted.text("bare Sommer-2026! x"), "bare •••• x");
        assert_eq!(restarted.shown("bare Sommer-2027! x", Escapes::None), None);
        // Known again by value: nothing new is to be stored.
        restarted.learn("Sommer-2026!");
        assert!(restarted.fresh().is_empty());

        let other = Redactor::default();
        other.use_key(&[8; 32]);
        other.know(&hashes);
        assert_eq!(other.shown("bare Sommer-2026! x", Escapes::None), None);
    }
}
