//! Text that is decided once and shown in the reader's language: a key of `locales/*/*.ftl` and its arguments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A sentence to be rendered by [`crate::locale`]. Arguments are untrusted text and never markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Fluent message id, e.g. `finding-node-killed`.
    pub key: String,
    /// Named arguments. Lists are joined by the caller.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

impl Message {
    /// A message without arguments.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), args: BTreeMap::new() }
    }

    /// Adds one argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds what one of two lists has and the other has not (`more`), what it lacks (`less`), and `side`, by which a text leaves
    /// out what is empty: `more`, `less` or `both`.
    #[must_use]
    pub fn with_difference<S: AsRef<str>>(self, more: &[S], less: &[S]) -> Self {
        let joined = |items: &[S]| match items {
            [] => "–".to_owned(),
            items => items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
        };
        let side = match (more, less) {
            (_, []) => "more",
            ([], _) => "less",
            _ => "both",
        };
        self.with("more", joined(more)).with("less", joined(less)).with("side", side)
    }
}

/// A language of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lang {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// BCP 47 tag: `en` or `zh-CN`; also the folder of its texts.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language of a tag or an `Accept-Language` item: anything that starts with `zh` is Chinese, `en` English.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase();
        if tag == "zh" || tag.starts_with("zh-") || tag.starts_with("zh_") {
            Some(Self::ZhCn)
        } else if tag == "en" || tag.starts_with("en-") || tag.starts_with("en_") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The best language for an `Accept-Language` header, by order of appearance.
    #[must_use]
    pub fn negotiate(header: &str) -> Option<Self> {
        header.split(',').find_map(|item| Self::from_tag(item.split(';').next().unwrap_or_default()))
    }
}
