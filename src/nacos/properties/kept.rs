//! A properties file as it may be kept: every secret replaced by its digest, every line where it was.
//!
//! # Why
//! The file of one node is compared with those of others, and some of them are read where they are. So a kept digest is the
//! one that the value itself would be given, and [`super::effective`] takes it for that.

use super::digest::{MARK, digest_in};
use super::keys::{canonical, class_of, is_known_default, is_secret};
use super::{Names, SecretHasher, grammar, jdbc, parse};
use crate::domain::observed::KeyClass;

/// The file without secrets. `hide` takes what else looks like one out of a text, given the key that it stands under.
#[must_use]
pub fn without_secrets(file: &[u8], hasher: SecretHasher<'_>, hide: &dyn Fn(&str, &str) -> String) -> Vec<u8> {
    let raw = parse(file);
    let names = Names::of(&raw, None, None);
    let text = String::from_utf8_lossy(file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file));
    let written = grammar::natural_lines(&text);
    let mut lines: Vec<Option<String>> = written.iter().map(|line| Some(hide("", line))).collect();
    for pair in &raw.entries {
        let key = canonical(&pair.key);
        let value = pair.value.trim();
        let (resolved, missing) = names.resolve(value, 0);
        let secret = is_secret(&key) || class_of(&key).0 == KeyClass::Secret;
        let kept = if value.is_empty() || digest_in(value).is_some() || (secret && is_known_default(&key, &resolved)) {
            value.to_owned()
        } else if secret && missing.is_empty() {
            format!("{MARK}{}", hasher.digest(&key, &resolved))
        } else if secret {
            missing.iter().map(|name| format!("${{{name}}}")).collect::<Vec<_>>().join(" ")
        } else if value.contains("jdbc:") {
            jdbc::masked(value, |secret| hasher.digest(&key, secret))
        } else {
            hide(&key, value)
        };
        let (first, last) = (pair.line as usize - 1, (pair.last_line as usize).min(lines.len()));
        if kept == value {
            // As it was written, escapes and all.
            for (line, written) in lines[first..last].iter_mut().zip(&written[first..last]) {
                *line = Some((*written).to_owned());
            }
        } else {
            lines[first] = Some(format!("{}={}", escaped(&pair.key, true), escaped(&kept, false)));
            lines[first + 1..last].fill(Some(String::new()));
        }
    }
    let mut kept = lines.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if text.ends_with(['\n', '\r']) {
        kept.push('\n');
    }
    kept.into_bytes()
}

/// As Java reads it again.
fn escaped(text: &str, key: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, char) in text.chars().enumerate() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            ' ' | '\t' | '\x0c' | '=' | ':' | '#' | '!' if key || at == 0 => {
                out.push('\\');
                out.push(if char == '\t' {
                    't'
                } else if char == '\x0c' {
                    'f'
                } else {
                    char
                });
            }
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nacos::properties::{Inputs, effective};

    const FILE: &str = "\u{feff}# db.password.0=in-a-comment\nserver.port=8848\ndb.password.0=Sommer-\\\n  2026\ndb.password=old one\n\
        db.user.0=nacos\ndb.url.0=jdbc:mysql://u:in-url@db/nacos?password=in-query&x=1\nmy.note = a=b \\u4e2d \\\\ c\n\
        nacos.core.auth.plugin.nacos.token.secret.key=VGhpc0lzTXlDdXN0b21TZWNyZXRLZXkwMTIzNDU2Nzg=\n\
        nacos.core.auth.server.identity.value=${IDENTITY:by-default}\na.pass\\ word=x\nthe\\ api.key   with blanks \n\
        redis.password=${my.token}\nmy.token=T-1234567\nlast=1";

    #[test]
    fn a_kept_file_says_the_same_without_its_secrets() {
        let key = [7; 32];
        let seen = |file: &[u8]| {
            let hasher = SecretHasher::new(&key);
            effective(&Inputs::of_file(Some(file), hasher))
        };
        let kept =
            without_secrets(FILE.as_bytes(), SecretHasher::new(&key), &|_, text| text.replace("in-a-comment", "•"));
        let text = String::from_utf8_lossy(&kept).into_owned();
        for secret in
            ["Sommer", "2026", "old one", "in-url", "in-query", "by-default", "with blanks", "T-1234567", "comment"]
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert_eq!(seen(&kept), seen(FILE.as_bytes()));
        assert_eq!(without_secrets(&kept, SecretHasher::new(&key), &|_, text| text.to_owned()), kept);
    }
}
