//! Renders [`Message`]s: every visible word comes from `locales/{en,zh-CN}/*.ftl`. May import `domain`.
//!
//! To add a text, add its key to the same file in both folders; a test holds the two key sets equal.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;

use crate::domain::message::{Lang, Message};

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Locales;

static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Lang::En));
static CHINESE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Lang::ZhCn));

/// The message in that language; a missing key shows itself as `‹key›`, which tests refuse.
#[must_use]
pub fn render(lang: Lang, message: &Message) -> String {
    format(lang, &message.key, message.args.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The text of `key` in that language with `args` in place. Whole numbers take part in plural rules.
#[must_use]
pub fn text(lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
    format(lang, key, args.iter().copied())
}

/// The text of `key` in that language, which takes no arguments; `None`: there is none of that key.
#[must_use]
pub fn find(lang: Lang, key: &str) -> Option<String> {
    bundle_of(lang).has_message(key).then(|| text(lang, key, &[]))
}

/// Whether both languages have the key.
#[must_use]
pub fn has(key: &str) -> bool {
    [&ENGLISH, &CHINESE].into_iter().all(|bundle| bundle.has_message(key))
}

/// Every key of a language, sorted.
#[must_use]
pub fn keys(lang: Lang) -> Vec<String> {
    let mut keys: Vec<String> = sources(lang)
        .iter()
        .flat_map(|(_, source)| {
            source
                .lines()
                .filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()))
                .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()))
                .collect::<Vec<_>>()
        })
        .collect();
    keys.sort();
    keys
}

fn format<'a>(lang: Lang, key: &str, args: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let bundle = bundle_of(lang);
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        return format!("‹{key}›");
    };
    let mut fluent = FluentArgs::new();
    for (name, value) in args {
        let value = match value.parse::<i64>() {
            Ok(number) if number.to_string() == value && number.abs() < 10_000 => FluentValue::from(number),
            _ if lang == Lang::ZhCn && LISTS.contains(&name) => FluentValue::from(value.replace(", ", "、")),
            _ => FluentValue::from(value.to_owned()),
        };
        fluent.set(name.to_owned(), value);
    }
    bundle.format_pattern(pattern, Some(&fluent), &mut Vec::new()).into_owned()
}

/// Arguments that may be a list of names, written with a comma and a space between two: Chinese parts them by its own mark.
const LISTS: [&str; 16] = [
    "affected", "codes", "files", "folders", "groups", "keys", "lines", "members", "names", "nodes", "parts", "ports",
    "servers", "steps", "straight", "voters",
];

fn bundle_of(lang: Lang) -> &'static FluentBundle<FluentResource> {
    match lang {
        Lang::En => &ENGLISH,
        Lang::ZhCn => &CHINESE,
    }
}

fn bundle(lang: Lang) -> FluentBundle<FluentResource> {
    let id = lang.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    for (name, source) in sources(lang) {
        let resource = FluentResource::try_new(source).unwrap_or_else(|(partial, errors)| {
            tracing::error!(file = %name, errors = ?errors, "a text file has lines that are not Fluent");
            partial
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(file = %name, errors = ?errors, "a text file repeats keys");
        }
    }
    bundle
}

fn sources(lang: Lang) -> Vec<(String, String)> {
    let folder = format!("{}/", lang.tag());
    let mut files: Vec<_> = Locales::iter()
        .filter(|path| path.starts_with(&folder) && path.ends_with(".ftl"))
        .filter_map(|path| {
            Locales::get(&path).map(|file| (path.to_string(), String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_keys_once_and_valid_syntax() {
        for lang in Lang::ALL {
            let keys = keys(lang);
            let mut unique = keys.clone();
            unique.dedup();
            assert_eq!(keys, unique, "a key stands twice in {}", lang.tag());
            for (name, source) in sources(lang) {
                assert!(FluentResource::try_new(source).is_ok(), "{name} is not valid Fluent");
            }
        }
        assert_eq!(keys(Lang::En), keys(Lang::ZhCn));
    }

    #[test]
    fn names_in_a_row_are_parted_by_the_mark_of_the_language() {
        let said = |lang| text(lang, "web-run-expected", &[("nodes", "n1, n2")]);
        assert!(said(Lang::En).contains("n1, n2"));
        assert!(said(Lang::ZhCn).contains("n1、n2"));
    }
}
