//! Redaction at capture: secrets leave a text before it is stored, shown, logged or recorded.
//!
//! Two forms of the same rules: [`Redactor::text`] puts `••••` in place of each secret, [`mask`] overwrites bytes one for
//! one so that offsets in a recorded file still hold. Both can be run again without a further change. What a secret looks
//! like stands in [`rules`]; which values a home's own configuration gave away, in [`known`].

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use crate::nacos::properties::Secrets;
use known::Known;

pub mod key;
mod known;
mod rules;
mod shown;
pub mod stream;
pub mod upload;

pub use shown::Escapes;

/// What stands where a secret stood.
pub const HIDDEN: &str = "••••";

/// Bytes before and behind a piece of a file that tell what the piece is a part of.
pub const CONTEXT: usize = rules::MAX_PEM;

/// Bytes behind the start of a text that tell whether a secret is cut off there.
pub const MARGIN: usize = 4 * 1024;

/// How often a text is looked at again at most; each time something was hidden that the rules had not seen before.
const MAX_PASSES: u8 = 16;

/// Redacts by the rules and by the secrets that are known; clones know the same.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Arc<Known>>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("known", &self.known().count()).finish()
    }
}

impl Redactor {
    /// Knows these secrets; too short and too common ones are left to the rules.
    #[must_use]
    pub fn knowing<I: IntoIterator<Item = String>>(literals: I) -> Self {
        let redactor = Self::default();
        let literals: Vec<String> = literals.into_iter().collect();
        redactor.change(|known| known.add_values(literals.iter().map(String::as_str)));
        redactor
    }

    /// Learns what a home's configuration names.
    pub fn learn_home(&self, secrets: &Secrets) {
        if self.known().knows(secrets) {
            return;
        }
        self.change(|known| {
            let mut news = known.add_values(secrets.values.iter().map(String::as_str));
            for (name, value) in secrets
                .identity_names
                .iter()
                .flat_map(|name| secrets.identity_values.iter().map(move |value| (name, value)))
            {
                news |= known.add_named(name, value);
            }
            news
        });
    }

    /// Learns one more secret.
    pub fn learn(&self, literal: &str) {
        self.change(|known| known.add_values([literal]));
    }

    /// Secrets are hashed under this key from now on.
    pub fn use_key(&self, key: &[u8; 32]) {
        self.change(|known| {
            known.set_key(key);
            true
        });
    }

    /// Secrets of which only hashes under the key are known: what [`Self::fresh`] gave an earlier start.
    pub fn know(&self, hashes: &[String]) {
        let bytes = |hash: &String| hex::decode(hash).ok()?.try_into().ok();
        let hashes: Vec<known::Hash> = hashes.iter().filter_map(bytes).collect();
        self.change(|known| known.add_hashes(&hashes));
    }

    /// Hashes that are to be stored, in hexadecimal digits; none without a key.
    #[must_use]
    pub fn fresh(&self) -> Vec<String> {
        self.known().fresh().map(hex::encode).collect()
    }

    /// These hashes were stored.
    pub fn stored(&self, hashes: &[String]) {
        self.change(|known| known.forget_fresh(hashes));
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a changed copy in place, where something changed: readers never wait for a search to be built.
    fn change(&self, change: impl FnOnce(&mut Known) -> bool) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Known::clone(&known);
        if change(&mut changed) {
            *known = Arc::new(changed);
        }
    }

    /// The text with `••••` in place of every secret.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        replace(text, Some(&self.known()))
    }

    /// The start of a text, at most so many bytes. It is redacted first: a secret that is cut off is not recognised. The text
    /// should go on for [`MARGIN`] bytes more than are wanted.
    #[must_use]
    pub fn start_of(&self, text: &str, most_bytes: usize) -> String {
        let text = self.text(text);
        text[..text.floor_char_boundary(most_bytes)].to_owned()
    }

    /// See [`substitute`].
    #[must_use]
    pub fn substitute(&self, text: &str, substitute: &mut dyn FnMut(&str) -> String) -> String {
        put_in_place(text, &secrets(text.as_bytes(), Some(&self.known()), true), substitute)
    }

    /// Overwrites every secret byte with `*`, so that offsets and sizes stay as they are.
    pub fn mask(&self, bytes: &mut [u8]) {
        mask_all(bytes, Some(&self.known()), true);
    }

    /// The same for many bytes that are searched and not shown: secrets of which only a hash is known stay.
    pub fn mask_for_search(&self, bytes: &mut [u8]) {
        mask_all(bytes, Some(&self.known()), false);
    }
}

/// The text with `••••` in place of every secret that the rules find.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    replace(text, None)
}

/// The text with every secret replaced by what `substitute` makes of it; for recordings, which keep a digest to compare by.
#[must_use]
pub fn substitute(text: &str, substitute: &mut dyn FnMut(&str) -> String) -> String {
    // One pass only: a substitute is itself a value and must not be substituted again.
    put_in_place(text, &secrets(text.as_bytes(), None, false), substitute)
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

/// Overwrites every secret byte that the rules find with `*`, so that offsets and sizes stay as they are.
pub fn mask(bytes: &mut [u8]) {
    mask_all(bytes, None, false);
}

fn mask_all(bytes: &mut [u8], known: Option<&Known>, hashed: bool) {
    for _ in 0..MAX_PASSES {
        let mut changed = false;
        for range in secrets(bytes, known, hashed) {
            for byte in &mut bytes[range] {
                if !matches!(byte, b'\n' | b'\r' | b'*') {
                    *byte = b'*';
                    changed = true;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Repeats until nothing changes, so that the result can be redacted again without a change.
fn replace<'a>(text: &'a str, known: Option<&Known>) -> Cow<'a, str> {
    let mut out = Cow::Borrowed(text);
    for _ in 0..MAX_PASSES {
        let found = secrets(out.as_bytes(), known, true);
        if found.iter().all(|range| out.get(range.clone()) == Some(HIDDEN)) {
            break;
        }
        out = Cow::Owned(put_in_place(&out, &found, &mut |_| HIDDEN.to_owned()));
    }
    out
}

/// The ranges of all secrets in order, none empty and none touching another; in a text they begin and end with characters.
fn secrets(bytes: &[u8], known: Option<&Known>, hashed: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    rules::find(bytes, &mut found);
    if let Some(known) = known {
        known.find(bytes, &mut found);
        if hashed {
            known.find_hashed(bytes, &mut found);
        }
    }
    merged(found)
}

/// In order, overlapping ones made one, without empty ones.
fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found.into_iter().filter(|range| !range.is_empty()) {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

fn put_in_place(text: &str, found: &[Range<usize>], substitute: &mut dyn FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in found {
        let (start, end) = (text.floor_char_boundary(range.start).max(at), text.ceil_char_boundary(range.end));
        out.push_str(&text[at..start]);
        out.push_str(&substitute(&text[start..end]));
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests;
