//! The grammar of Java properties files, with line numbers, as `java.util.Properties` reads UTF-8 text.
//!
//! # Why
//! The crates for this lose either line numbers and duplicates or panic on files that end in the middle of something,
//! and a file of a broken node may be anything.

/// One `key=value`, escapes and continuation lines resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
    /// First line, counted from 1.
    pub line: u64,
    /// Last line.
    pub last_line: u64,
}

/// Every pair of `text`, and the line of the first `\u` that is not followed by four hexadecimal digits: Java refuses
/// the whole file then.
#[must_use]
pub fn pairs(text: &str) -> (Vec<Pair>, Option<u64>) {
    let mut pairs = Vec::new();
    let mut broken = None;
    let lines: Vec<&str> = natural_lines(text);
    let mut at = 0;
    while at < lines.len() {
        let first = at;
        let mut logical = lines[at].trim_start_matches(is_blank).to_owned();
        at += 1;
        if logical.is_empty() || logical.starts_with(['#', '!']) {
            continue;
        }
        while ends_open(&logical) {
            logical.pop();
            let Some(next) = lines.get(at) else { break };
            logical.push_str(next.trim_start_matches(is_blank));
            at += 1;
        }
        let line = first as u64 + 1;
        let (key, value) = split(&logical);
        match (unescape(key), unescape(value)) {
            (Some(key), Some(value)) => pairs.push(Pair { key, value, line, last_line: at as u64 }),
            _ => broken = broken.or(Some(line)),
        }
    }
    (pairs, broken)
}

/// The lines as they are written.
pub(super) fn natural_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        lines.push(&rest[..end]);
        rest = &rest[end..];
        rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
    }
    lines
}

const fn is_blank(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\x0c')
}

fn ends_open(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, char) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if char == '\\' {
            escaped = true;
        } else if char == '=' || char == ':' || is_blank(char) {
            let rest = line[at..].trim_start_matches(is_blank);
            let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (&line[..at], rest.trim_start_matches(is_blank));
        }
    }
    (line, "")
}

fn unescape(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut buffer = [0_u16; 2];
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        let char = if char == '\\' {
            match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\x0c',
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let is_hex = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                    units.push(u16::from_str_radix(&digits, 16).ok().filter(|_| is_hex)?);
                    continue;
                }
                Some(other) => other,
                None => break,
            }
        } else {
            char
        };
        units.extend_from_slice(char.encode_utf16(&mut buffer));
    }
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, u64)> {
        pairs(text).0.into_iter().map(|pair| (pair.key, pair.value, pair.line)).collect()
    }

    #[test]
    fn reads_what_java_reads() {
        for (text, key, value) in [
            ("a=b", "a", "b"),
            ("a = b ", "a", "b "),
            ("  a:b", "a", "b"),
            ("a b=c", "a", "b=c"),
            ("a\\ b=c", "a b", "c"),
            ("a\\=b=c", "a=b", "c"),
            ("a==b", "a", "=b"),
            ("a", "a", ""),
            ("=b", "", "b"),
            ("a=\\u4e2d\\u6587\\ud83d\\ude00", "a", "中文😀"),
            ("a=x\\\n   y", "a", "xy"),
            ("a=x\\\r\n\ty", "a", "xy"),
            ("a=c:\\\\logs\\\\", "a", "c:\\logs\\"),
            ("a=x\\", "a", "x"),
            ("a=1 # no comment", "a", "1 # no comment"),
        ] {
            assert_eq!(read(text), [(key.to_owned(), value.to_owned(), 1)], "{text}");
        }
        assert!(read("# a=b\n! c=d\n\n   \n").is_empty());
    }

    #[test]
    fn numbers_lines_and_goes_on_behind_a_broken_escape() {
        let (found, broken) = pairs("a=1\r\n#\nb=x\\\ny\nc=\\u12\nd=4");
        assert_eq!(broken, Some(5));
        assert_eq!(
            found.iter().map(|pair| (pair.key.as_str(), pair.line)).collect::<Vec<_>>(),
            [("a", 1), ("b", 3), ("d", 6)]
        );
    }
}
