//! Secrets that a home's own configuration names: hidden wherever they stand, also bare in a log.

use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::nacos::signatures::CATALOGUE;

/// A shorter secret is hidden only where something says that a secret stands there.
pub(super) const SHORTEST: usize = 8;

/// A longer token of a stored text is no secret of a configuration.
const LONGEST: usize = 256;

/// Most secrets that are known at once; a hostile home cannot fill memory.
const MOST: usize = 10_000;

/// Ordinary words of Nacos' own logs that somebody may have taken as a password.
const COMMON: &[&str] = &[
    "administrator",
    "application",
    "changeit",
    "changeme",
    "cluster",
    "configuration",
    "connection",
    "database",
    "default",
    "embedded",
    "example",
    "external",
    "localhost",
    "management",
    "nacos-server",
    "nacos_config",
    "nacos_devtest",
    "password",
    "production",
    "properties",
    "security",
    "serveridentity",
    "standalone",
    "undefined",
    "username",
];

/// Words of the lines that signatures read, in lower case.
static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let examples = CATALOGUE.iter().flat_map(|signature| {
        std::iter::once(signature.example).chain(signature.needles.iter().copied()).chain([signature.name])
    });
    let mut words: HashSet<String> = COMMON.iter().map(|word| (*word).to_owned()).collect();
    for example in examples {
        for_each_token(example.as_bytes(), &mut |range| {
            words.insert(example[range].to_lowercase());
        });
    }
    words
});

/// True for a value that may be hidden wherever it stands: long enough, and no word of an ordinary line.
pub(super) fn may_stand_bare(value: &str) -> bool {
    let number = value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b':'));
    value.chars().count() >= SHORTEST
        && value.len() <= 4096
        && !(number && value.len() < 16)
        && value.parse::<IpAddr>().is_err()
        && !value.contains(['•', '\n', '\r'])
        && !value.starts_with("${")
        && !value.bytes().all(|byte| byte == b'*')
        && !WORDS.contains(&value.to_lowercase())
}

/// What is known.
#[derive(Default, Clone)]
pub(super) struct Known {
    values: HashSet<String>,
    finder: Option<AhoCorasick>,
}

impl Known {
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    /// Adds values that may stand bare. True if one of them is news.
    pub(super) fn add_values<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) -> bool {
        let mut news = false;
        for value in values {
            if self.values.len() >= MOST || !may_stand_bare(value) || !self.values.insert(value.to_owned()) {
                continue;
            }
            news = true;
        }
        if news {
            self.finder = finder(self.values.iter());
        }
        news
    }

    /// Adds the ranges of values that are known.
    pub(super) fn find(&self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if let Some(finder) = &self.finder {
            found.extend(finder.find_iter(bytes).map(|hit| hit.range()).filter(|range| is_whole(bytes, range)));
        }
    }
}

fn finder<'a>(values: impl Iterator<Item = &'a String>) -> Option<AhoCorasick> {
    let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(values);
    if let Err(error) = &built {
        tracing::error!(error = %error, "could not make the search for known secrets");
    }
    built.ok()
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// True unless the range is a part of a longer word.
fn is_whole(bytes: &[u8], range: &Range<usize>) -> bool {
    let joins =
        |one: Option<&u8>, other: Option<&u8>| one.copied().is_some_and(is_word) && other.copied().is_some_and(is_word);
    let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
    !joins(before, bytes.get(range.start))
        && !joins(range.end.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(range.end))
}

/// Marks that end a token, coarse to fine: a password may hold any of the finer ones.
const ENDS: [&[u8]; 3] = [b"\"'`<>", b"\"'`<>=,;&()[]{}|", b"\"'`<>=,;&()[]{}|:/@?#\\"];

/// Calls `take` with the range of every token of a plausible length: cut at blanks and quotes, then at ever more marks, then
/// at everything but letters and digits.
fn for_each_token(bytes: &[u8], take: &mut dyn FnMut(Range<usize>)) {
    fn cut(bytes: &[u8], at: usize, level: usize, take: &mut dyn FnMut(Range<usize>)) {
        let ends = |byte: u8| match ENDS.get(level) {
            Some(marks) => byte <= b' ' || marks.contains(&byte),
            None => !is_word(byte),
        };
        for token in bytes.split(|byte| ends(*byte)) {
            if token.len() < SHORTEST {
                continue;
            }
            let start = at + (token.as_ptr().addr() - bytes.as_ptr().addr());
            if token.len() <= LONGEST {
                take(start..start + token.len());
            }
            if level < ENDS.len() && !token.iter().copied().all(is_word) {
                cut(token, start, level + 1, take);
            }
        }
    }
    cut(bytes, 0, 0, take);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<&str> {
        let mut tokens = Vec::new();
        for_each_token(text.as_bytes(), &mut |range| tokens.push(&text[range]));
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    #[test]
    fn tokens_are_cut_coarse_to_fine() {
        let cut = tokens(r#"a "user:p@ss/w0rd!" x=Geheim_123, 中文zwölf-zehn"#);
        for wanted in ["user:p@ss/w0rd!", "Geheim_123", "中文zwölf-zehn"] {
            assert!(cut.contains(&wanted), "{wanted}: {cut:?}");
        }
        assert!(tokens("short a.b.c ••••").iter().all(|token| !token.contains("short")));
    }

    #[test]
    fn ordinary_words_do_not_stand_bare() {
        for word in ["nacos", "geheim", "security", "Connection", "20261126", "10.0.0.1", "password", "DistroFilter1"] {
            assert!(!may_stand_bare(word) || word == "DistroFilter1", "{word}");
        }
        for secret in ["geheim-1234", "Sommer2026!", "hunter222", "中文密码很长的一个"] {
            assert!(may_stand_bare(secret), "{secret}");
        }
    }
}
