//! Secrets that a home's own configuration names: hidden wherever they stand, also bare in a log.
//!
//! # Why
//! Values live in memory only. Of each one that may stand bare a keyed hash is given to the store, so that a text that was
//! kept before the value was known can still be told to hold it, also after a restart and when the home is gone: its
//! tokens are hashed under the same key and compared. The key lies in a file outside the database.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::nacos::properties::Secrets;
use crate::nacos::signatures::CATALOGUE;

/// A shorter secret is hidden only where something says that a secret stands there.
pub(super) const SHORTEST: usize = 8;

/// A longer token of a stored text is not a secret of a configuration.
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

/// The keyed hash of a value.
pub(super) type Hash = [u8; 32];

/// What is known.
#[derive(Default, Clone)]
pub(super) struct Known {
    key: Option<Hmac<Sha256>>,
    values: HashSet<String>,
    finder: Option<AhoCorasick>,
    /// Names of the server identity, each with the values that follow it; these may be short.
    named: BTreeMap<String, HashSet<String>>,
    names: Option<AhoCorasick>,
    /// Hashes of values that are not in memory.
    hashes: HashSet<Hash>,
    /// Hashes that nobody has stored yet.
    fresh: Vec<Hash>,
}

impl Known {
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    pub(super) fn set_key(&mut self, key: &[u8; 32]) {
        self.key = Hmac::<Sha256>::new_from_slice(key).ok();
        self.fresh = self.values.iter().filter_map(|value| self.hash(value.as_bytes())).collect();
    }

    /// Hashes that were stored by an earlier run. True if one of them is news.
    pub(super) fn add_hashes(&mut self, hashes: &[Hash]) -> bool {
        let known: HashSet<Hash> = self.values.iter().filter_map(|value| self.hash(value.as_bytes())).collect();
        let before = self.hashes.len();
        self.hashes.extend(hashes.iter().filter(|hash| !known.contains(*hash)));
        self.hashes.len() != before
    }

    /// Adds values that may stand bare. True if one of them is news.
    pub(super) fn add_values<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) -> bool {
        let mut news = false;
        for value in values.into_iter().filter(|value| may_stand_bare(value)) {
            // What is searched is kept in lower case.
            for value in [value.to_owned(), value.to_lowercase()] {
                if self.values.len() >= MOST || self.values.contains(&value) {
                    continue;
                }
                news = true;
                if let Some(hash) = self.hash(value.as_bytes())
                    && !self.hashes.remove(&hash)
                {
                    self.fresh.push(hash);
                }
                self.values.insert(value);
            }
        }
        if news {
            self.finder = finder(self.values.iter());
        }
        news
    }

    /// Adds a name that is followed by a secret.
    pub(super) fn add_named(&mut self, name: &str, value: &str) -> bool {
        if name.len() < 3 || value.is_empty() || value.len() > 4096 || self.named.len() >= MOST {
            return false;
        }
        let news = self.named.entry(name.to_owned()).or_default().insert(value.to_owned());
        if news {
            self.names = finder(self.named.keys());
        }
        news
    }

    /// Whether all of this is known already.
    pub(super) fn knows(&self, secrets: &Secrets) -> bool {
        let named = |name: &String| {
            self.named
                .get(name)
                .is_some_and(|values| secrets.identity_values.iter().all(|value| values.contains(value)))
        };
        secrets.values.iter().all(|value| self.values.contains(value) || !may_stand_bare(value))
            && secrets.identity_names.iter().all(named)
    }

    pub(super) fn fresh(&self) -> impl Iterator<Item = &Hash> {
        self.fresh.iter()
    }

    pub(super) fn forget_fresh(&mut self, stored: &[String]) -> bool {
        let before = self.fresh.len();
        self.fresh.retain(|hash| !stored.contains(&hex::encode(hash)));
        self.fresh.len() != before
    }

    /// True if nothing but the rules tells of a secret.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.named.is_empty() && self.hashes.is_empty()
    }

    fn hash(&self, value: &[u8]) -> Option<Hash> {
        let mut mac = self.key.clone()?;
        mac.update(value);
        Some(mac.finalize().into_bytes().into())
    }

    /// Adds the ranges of values that are known.
    pub(super) fn find(&self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if let Some(finder) = &self.finder {
            found.extend(finder.find_iter(bytes).map(|hit| hit.range()).filter(|range| is_whole(bytes, range)));
        }
        let Some(names) = &self.names else { return };
        for hit in names.find_iter(bytes).filter(|hit| is_whole(bytes, &hit.range())) {
            let Some(values) = std::str::from_utf8(&bytes[hit.range()]).ok().and_then(|name| self.named.get(name))
            else {
                continue;
            };
            let start = hit.end() + separator(&bytes[hit.end()..]);
            if start == hit.end() {
                continue;
            }
            let value = values
                .iter()
                .filter(|value| bytes[start..].starts_with(value.as_bytes()))
                .map(|value| start..start + value.len())
                .filter(|range| is_whole(bytes, range))
                .max_by_key(|range| range.end);
            found.extend(value);
        }
    }

    /// Whether there are values that only their hashes tell of.
    pub(super) fn has_hashes(&self) -> bool {
        self.key.is_some() && !self.hashes.is_empty()
    }

    /// Adds the ranges of tokens whose hash is known.
    pub(super) fn find_hashed(&self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if !self.has_hashes() {
            return;
        }
        let mut looked_at: HashMap<&[u8], bool> = HashMap::new();
        for_each_token(bytes, &mut |range| {
            let token = &bytes[range.clone()];
            let is_secret = *looked_at.entry(token).or_insert_with(|| {
                // What could not have been learned is not hashed.
                !token.iter().all(|byte| !byte.is_ascii_alphabetic())
                    && self.hash(token).is_some_and(|hash| self.hashes.contains(&hash))
            });
            if is_secret {
                found.push(range);
            }
        });
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

/// Length of what stands between a name and its value; 0 if nothing says that a value follows.
fn separator(bytes: &[u8]) -> usize {
    let spaces = |at: usize| bytes[at.min(bytes.len())..].iter().take(4).take_while(|byte| **byte == b' ').count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'"' | b'\'')));
    at += spaces(at);
    if !matches!(bytes.get(at), Some(b'=' | b':')) {
        return 0;
    }
    at += 1;
    at += spaces(at);
    at + usize::from(matches!(bytes.get(at), Some(b'"' | b'\'' | b'[')))
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
