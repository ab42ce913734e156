//! Redaction at capture: secrets leave a text before it is stored, shown, logged or recorded.
//!
//! Two forms of the same rules: [`Redactor::text`] puts `••••` in place of each secret, [`mask`] overwrites bytes one for
//! one so that offsets in a recorded file still hold. Both can be run again without a further change.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, bytes};

/// What stands where a secret stood.
pub const HIDDEN: &str = "••••";

/// Keys whose value is a secret, as part of a regular expression. Header names of the server identity are not secret, values are.
const KEY: &str = r"[\w.\-\[\]]*(?:passw(?:or)?d|pwd|secret|access[._\-]?token|auth[._\-]?token|refresh[._\-]?token|identity[._\-]?value|access[._\-]?key|api[._\-]?key|private[._\-]?key|credentials?)[\w.\-\[\]]*";

/// Cheap test: a text without any of these holds nothing that a rule could find.
static HINT: LazyLock<bytes::Regex> = LazyLock::new(|| {
    compile_bytes(
        r"(?i)passw|pwd|secret|token|identity|key|credential|authorization|bearer|basic |eyJ|headers=|-----BEGIN|\[\[ |://",
    )
});

/// Each rule marks its secret with the group `s`.
static RULES: LazyLock<Vec<(Regex, bytes::Regex)>> = LazyLock::new(|| {
    let rules = [
        // Keys and certificates, also when the end is cut off.
        r"(?P<s>-----BEGIN [A-Z0-9 ]{1,40}-----[A-Za-z0-9+/=\s]*(?:-----END [A-Z0-9 ]{1,40}-----)?)".to_owned(),
        // `set -x` traces of container start scripts: the value of any tested variable.
        r"(?m)^\++ \[\[ (?:! )?-[zn] (?P<s>[^\s'][^\r\n]*?|'[^'\r\n]+') (?:\]\]|&&|\|\|)".to_owned(),
        // A line of its own in a properties file or a shell script: the value goes on to the end of the line, and over `\` at line ends.
        format!(
            r"(?im)^[ \t]*(?:-D|export[ \t]+|\++[ \t]+)*{KEY}[ \t]*[=:][ \t]*(?P<s>(?:[^\r\n]*\\\r?\n[ \t]*)*[^\r\n\s][^\r\n]*)"
        ),
        // Quoted values: JSON, shell, YAML in one line.
        format!(r#"(?i){KEY}["']?\s{{0,4}}[=:]\s{{0,4}}"(?P<s>(?:[^"\\\r\n]|\\.)+)""#),
        format!(r"(?i){KEY}[\x22']?\s{{0,4}}[=:]\s{{0,4}}'(?P<s>[^'\r\n]+)'"),
        // Plain values in the middle of a line or a query.
        format!(r#"(?i){KEY}[ \t]{{0,2}}[=:][ \t]{{0,2}}(?P<s>\$\{{[^}}\r\n]*\}}|[^\s&,;"'<>(){{}}\[\]]+)"#),
        // HTTP credentials.
        r#"(?i)\bauthorization\b["']?\s{0,4}[:=]\s{0,4}["']?(?:(?:bearer|basic|digest)\s+)?(?P<s>[^\s"',;]+)"#
            .to_owned(),
        r"(?i)\bbearer[ \t]+(?P<s>[A-Za-z0-9._~+/=\-]{12,})".to_owned(),
        r"\b(?P<s>eyJ[\w\-]{6,}\.[\w\-]{6,}\.[\w\-]*)".to_owned(),
        // The headers of a server-to-server request, which Nacos logs whole when it fails: the server identity is among them.
        r"\bheaders=\{(?P<s>[^}\r\n]+)\}".to_owned(),
        // Name and password in a URL.
        r"://[^\s/:@?#]*:(?P<s>[^\s/@?#]+)@".to_owned(),
    ];
    rules.iter().map(|rule| (compile(rule), compile_bytes(rule))).collect()
});

/// Words after a secret's key that are no secret: they stand in messages that signatures read.
const PLAIN_WORDS: &[&str] = &[
    "YES", "NO", "yes", "no", "true", "false", "null", "none", "empty", "{}", "[]", "invalid", "invalid!", "expired",
    "expired!", HIDDEN,
];

/// Passwords that are also ordinary words of Nacos' own logs: known as literals they would hide half of every line.
const COMMON_WORDS: &[&str] =
    &["nacos", "admin", "root", "password", "security", "serveridentity", "example", "localhost", "cluster", "public"];

#[expect(clippy::expect_used, reason = "the rules are constants of this file and a test compiles them all")]
fn compile(rule: &str) -> Regex {
    Regex::new(rule).expect("a redaction rule compiles")
}

#[expect(clippy::expect_used, reason = "the rules are constants of this file and a test compiles them all")]
fn compile_bytes(rule: &str) -> bytes::Regex {
    bytes::Regex::new(rule).expect("a redaction rule compiles")
}

/// Redacts by the rules and by the secrets that are known to the source.
#[derive(Clone, Default)]
pub struct Redactor {
    literals: Vec<String>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("literals", &self.literals.len()).finish()
    }
}

impl Redactor {
    /// Knows these secrets; too short and too common ones are left to the rules.
    #[must_use]
    pub fn knowing<I: IntoIterator<Item = String>>(literals: I) -> Self {
        let mut redactor = Self::default();
        for literal in literals {
            redactor.learn(&literal);
        }
        redactor
    }

    /// Learns one more secret.
    pub fn learn(&mut self, literal: &str) {
        let common = COMMON_WORDS.contains(&literal.to_ascii_lowercase().as_str());
        if literal.chars().count() >= 6
            && !common
            && !literal.contains('•')
            && !self.literals.iter().any(|known| known == literal)
        {
            self.literals.push(literal.to_owned());
            self.literals.sort_by_key(|known| std::cmp::Reverse(known.len()));
        }
    }

    /// The text with `••••` in place of every secret.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        for literal in &self.literals {
            if out.contains(literal.as_str()) {
                out = Cow::Owned(out.replace(literal.as_str(), HIDDEN));
            }
        }
        replace(out, &mut |_| HIDDEN.to_owned())
    }
}

/// The text with `••••` in place of every secret that the rules find.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    replace(Cow::Borrowed(text), &mut |_| HIDDEN.to_owned())
}

/// The text with every secret replaced by what `substitute` makes of it; for recordings, which keep a digest to compare by.
#[must_use]
pub fn substitute(text: &str, substitute: &mut dyn FnMut(&str) -> String) -> String {
    // One pass only: a substitute is itself a value and must not be substituted again.
    pass(text, substitute).unwrap_or_else(|| text.to_owned())
}

/// A command line, argument by argument.
#[must_use]
pub fn command(arguments: &[String]) -> Vec<String> {
    let mut hide_next = false;
    arguments
        .iter()
        .map(|argument| {
            if std::mem::take(&mut hide_next) {
                return HIDDEN.to_owned();
            }
            let bare = argument.trim_start_matches('-').to_ascii_lowercase();
            hide_next = argument.starts_with('-')
                && !argument.contains('=')
                && ["password", "passwd", "secret", "token", "access-token"].contains(&bare.as_str());
            text(argument).into_owned()
        })
        .collect()
}

/// Overwrites every secret byte with `*`, so that offsets and sizes stay as they are.
pub fn mask(bytes: &mut [u8]) {
    if !HINT.is_match(bytes) {
        return;
    }
    for (_, rule) in RULES.iter() {
        let ranges: Vec<_> = rule
            .captures_iter(bytes)
            .filter_map(|found| found.name("s").map(|secret| secret.range()))
            .filter(|range| !std::str::from_utf8(&bytes[range.clone()]).is_ok_and(is_plain))
            .collect();
        for range in ranges {
            for byte in &mut bytes[range] {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b'*';
                }
            }
        }
    }
}

/// Repeats until nothing changes, so that the result can be redacted again without a change.
fn replace<'a>(text: Cow<'a, str>, substitute: &mut dyn FnMut(&str) -> String) -> Cow<'a, str> {
    let mut out = text;
    for _ in 0..16 {
        match pass(&out, substitute) {
            Some(changed) if changed != *out => out = Cow::Owned(changed),
            _ => break,
        }
    }
    out
}

fn pass(text: &str, substitute: &mut dyn FnMut(&str) -> String) -> Option<String> {
    if !HINT.is_match(text.as_bytes()) {
        return None;
    }
    // Ranges of all rules on the same text; where they overlap they become one.
    let mut ranges: Vec<(usize, usize)> = RULES
        .iter()
        .flat_map(|(rule, _)| {
            rule.captures_iter(text)
                .filter_map(|found| found.name("s"))
                .map(|secret| (secret.start(), secret.end()))
                .collect::<Vec<_>>()
        })
        .filter(|(start, end)| !is_plain(&text[*start..*end]))
        .collect();
    if ranges.is_empty() {
        return None;
    }
    ranges.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in merged {
        out.push_str(&text[at..start]);
        out.push_str(&substitute(&text[start..end]));
        at = end;
    }
    out.push_str(&text[at..]);
    Some(out)
}

/// True for values that tell nothing: words of messages, placeholders without a default, and what is hidden already.
fn is_plain(value: &str) -> bool {
    let value = value.trim();
    PLAIN_WORDS.contains(&value.trim_end_matches(['.', ',', ')']))
        || (value.starts_with("${") && value.ends_with('}') && !value.trim_end_matches(":}").contains(':'))
        || (!value.is_empty() && value.chars().all(|c| c == '*'))
}

#[cfg(test)]
mod tests;
