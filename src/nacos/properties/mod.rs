//! `application.properties` and what feeds it, compared by meaning: effective values under canonical keys.
//!
//! [`effective`] joins command line, environment and file in the order Spring gives them. Secrets leave this module
//! only as keyed hashes ([`SecretHasher`]), so that equality can be told and nothing can be read. [`keys`] says how
//! each key is compared.

mod digest;
pub mod grammar;
pub mod jdbc;
mod kept;
pub mod keys;
mod secrets;

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::cmdline::CommandLine;
use super::start_options::{self, StartWords};
use crate::domain::observed::{KeyClass, PropertiesSeen, PropertySeen, Value};
use keys::{canonical, class_of, env_key, is_known_default, is_secret};

pub use kept::without_secrets;
pub use secrets::{Secrets, secrets};

/// What a properties file holds, values as written with their placeholders. They may be secret.
#[derive(Clone, Default)]
struct RawProperties {
    /// In the order of the file.
    entries: Vec<grammar::Pair>,
    /// Line of an escape because of which Java refuses the whole file.
    broken: Option<u64>,
}

fn parse(bytes: &[u8]) -> RawProperties {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let (entries, broken) = grammar::pairs(&text);
    RawProperties { entries, broken }
}

/// Turns secrets into digests under a key that never leaves the installation.
#[derive(Clone, Copy)]
pub struct SecretHasher<'a> {
    key: &'a [u8],
}

impl<'a> SecretHasher<'a> {
    /// With that key.
    #[must_use]
    pub const fn new(key: &'a [u8]) -> Self {
        Self { key }
    }

    /// The first 16 hexadecimal digits of HMAC-SHA-256 over the canonical key and the value.
    #[must_use]
    pub fn digest(&self, canonical_key: &str, value: &str) -> String {
        // Any key length is taken, so this cannot fail; an empty text would equal another empty text, hence the branch.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key) else { return "0".repeat(16) };
        mac.update(canonical_key.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..8])
    }
}

/// What [`effective`] joins.
pub struct Inputs<'a> {
    /// Bytes of `conf/application.properties`; `None` if it is absent.
    pub file: Option<&'a [u8]>,
    /// The environment of the process; `None` if it could not be seen.
    pub env: Option<&'a BTreeMap<String, String>>,
    /// Variables that somebody handed in: others may be set as well, and secrets among them may be covered.
    pub variables: Option<&'a BTreeMap<String, String>>,
    /// What it wrote of itself when it began.
    pub words: StartWords,
    /// Its command line, and where it was seen (`process`, `start.out`).
    pub command: Option<(&'a CommandLine, &'a str)>,
    /// For secrets.
    pub hasher: SecretHasher<'a>,
}

#[cfg(test)]
impl<'a> Inputs<'a> {
    /// A file, and nothing else that was seen.
    pub(crate) fn of_file(file: Option<&'a [u8]>, hasher: SecretHasher<'a>) -> Self {
        Self { file, env: None, variables: None, words: StartWords::default(), command: None, hasher }
    }
}

/// What [`secrets`] looks through; the same as for [`Inputs`].
#[derive(Clone, Copy, Default)]
pub struct SecretInputs<'a> {
    /// Bytes of `conf/application.properties`.
    pub file: Option<&'a [u8]>,
    /// The environment of the process.
    pub env: Option<&'a BTreeMap<String, String>>,
    /// Its command line.
    pub command: Option<&'a CommandLine>,
}

/// The effective configuration of one node. `modified` is left for the caller.
#[must_use]
pub fn effective(inputs: &Inputs<'_>) -> PropertiesSeen {
    let raw = inputs.file.map(parse).unwrap_or_default();
    let found = join(&raw, inputs);
    let variables = inputs.env.or(inputs.variables);
    let mut names = Names::of(&raw, variables, inputs.command.map(|(command, _)| command));
    names.whole = inputs.env.is_some();
    let (flags, flags_from) = match inputs.command {
        Some((command, from)) => (command.flags(), Some(from)),
        None => {
            start_options::told(variables, &inputs.words).map(|(flags, from)| (flags, Some(from))).unwrap_or_default()
        }
    };
    let mut unresolved = Vec::new();
    let mut databases = Vec::new();
    let mut entries = Vec::new();
    for (key, entry) in &found {
        let (value, mut missing) = names.resolve(&entry.value, 0);
        unresolved.extend(missing.iter().map(|name| format!("{}: ${{{name}}}", entry.written_key)));
        if key.starts_with("db.url.") && !value.is_empty() {
            databases.push(jdbc::target(&value));
        }
        missing.sort();
        missing.dedup();
        entries.push(seen(key, entry, &value, missing, inputs.hasher));
    }
    if let Some(line) = raw.broken {
        unresolved.push(format!("application.properties:{line}: \\u"));
    }
    databases.sort();
    databases.dedup();
    PropertiesSeen {
        present: inputs.file.is_some(),
        entries,
        duplicates: duplicates(&raw),
        unresolved,
        flags,
        flags_from: flags_from.map(ToOwned::to_owned),
        flags_partly: flags_from.is_some() && inputs.command.is_none(),
        databases,
        modified: None,
        env_seen: inputs.env.is_some(),
        reached: Vec::new(),
        written_from: None,
    }
}

struct Found {
    written_key: String,
    value: String,
    origin: String,
}

/// Canonical key to the entry that wins: `--key`, `-D`, environment, file; in the file the last one.
fn join(raw: &RawProperties, inputs: &Inputs<'_>) -> BTreeMap<String, Found> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut put = |written: &str, value: &str, origin: String| {
        found.insert(
            canonical(written),
            Found { written_key: written.to_owned(), value: value.trim().to_owned(), origin },
        );
    };
    // Where two spellings of one thing are both set, the newer spelling is the one Nacos asks for first.
    let (old, new): (Vec<_>, Vec<_>) = raw.entries.iter().partition(|entry| keys::is_legacy_spelling(&entry.key));
    for entry in old.into_iter().chain(new) {
        put(&entry.key, &entry.value, format!("application.properties:{}", entry.line));
    }
    let variables = inputs.env.or(inputs.variables);
    for (name, value) in variables.into_iter().flatten() {
        if let Some(key) = env_key(name) {
            put(&key, value, "env".to_owned());
        }
    }
    for entry in &raw.entries {
        if let Some(value) = variables.and_then(|env| lookup_env(env, &entry.key)) {
            put(&entry.key, value, "env".to_owned());
        }
    }
    if let Some((command, _)) = inputs.command {
        for (key, value) in &command.system {
            if keys::is_configuration(key) {
                put(key, value, "-D".to_owned());
            }
        }
        for (key, value) in &command.arguments {
            if keys::is_configuration(key) {
                put(key, value, "--".to_owned());
            }
        }
    }
    found
}

fn seen(key: &str, entry: &Found, value: &str, missing: Vec<String>, hasher: SecretHasher<'_>) -> PropertySeen {
    let (class, area) = class_of(key);
    let class = if is_secret(key) { KeyClass::Secret } else { class };
    let value = if !missing.is_empty() {
        // Of a secret only the names: the text around them may be a part of it, or its default.
        let text = if class == KeyClass::Secret {
            missing.iter().map(|name| format!("${{{name}}}")).collect::<Vec<_>>().join(" ")
        } else if value.contains("jdbc:") {
            jdbc::masked(value, |secret| hasher.digest(key, secret))
        } else {
            keys::without_user_info(value)
        };
        Value::Unknown { text, names: missing }
    } else if value.is_empty() {
        Value::Empty
    } else if let Some(digest) = digest::digest_in(value).filter(|_| class == KeyClass::Secret) {
        Value::Hashed { digest: digest.to_owned(), known_default: false }
    } else if class == KeyClass::Secret {
        Value::Hashed { digest: hasher.digest(key, value), known_default: is_known_default(key, value) }
    } else if value.contains("jdbc:") {
        Value::Plain { text: jdbc::masked(value, |secret| hasher.digest(key, secret)) }
    } else {
        Value::Plain { text: keys::without_user_info(value) }
    };
    PropertySeen {
        key: key.to_owned(),
        written_key: entry.written_key.clone(),
        origin: entry.origin.clone(),
        class,
        area,
        value,
    }
}

/// Keys that stand in the file more than once, by their written form.
fn duplicates(raw: &RawProperties) -> Vec<(String, Vec<u64>)> {
    let mut lines: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for entry in &raw.entries {
        lines.entry(&entry.key).or_default().push(entry.line);
    }
    lines.into_iter().filter(|(_, lines)| lines.len() > 1).map(|(key, lines)| (key.to_owned(), lines)).collect()
}

/// Where a placeholder finds its value: command line, `-D`, environment, file, in this order.
struct Names<'a> {
    given: BTreeMap<&'a str, &'a str>,
    env: Option<&'a BTreeMap<String, String>>,
    /// True if a variable that is not in the environment is not set.
    whole: bool,
    file: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn of(raw: &'a RawProperties, env: Option<&'a BTreeMap<String, String>>, command: Option<&'a CommandLine>) -> Self {
        let mut given: BTreeMap<&str, &str> = BTreeMap::new();
        if let Some(command) = command {
            for (key, value) in command.system.iter().chain(&command.arguments) {
                given.insert(key, value);
            }
        }
        let file = raw.entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
        Self { given, env, whole: env.is_some(), file }
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let env = || self.env.and_then(|env| lookup_env(env, name));
        self.given.get(name).copied().or_else(env).or_else(|| self.file.get(name).copied())
    }

    /// Puts `${NAME:default}` in place, up to eight deep. A default counts only if the environment was seen. Returns the
    /// names that could not be resolved.
    fn resolve(&self, value: &str, depth: u8) -> (String, Vec<String>) {
        let Some(start) = value.find("${") else { return (value.to_owned(), Vec::new()) };
        let Some(length) = matching_brace(&value[start..]) else { return (value.to_owned(), Vec::new()) };
        let own = &value[start..start + length];
        if depth >= 8 {
            return (value.to_owned(), vec![value[start + 2..start + length - 1].to_owned()]);
        }
        let mut missing = Vec::new();
        // A name may be made of others: `${db.${STAGE}.host}`.
        let inside = &value[start + 2..start + length - 1];
        let (name, default) = split_default(inside);
        let (name, unknown) = self.resolve(name, depth + 1);
        let replacement = if !unknown.is_empty() {
            missing.extend(unknown);
            own.to_owned()
        } else if let Some(text) = self.value(inside).or_else(|| self.value(&name)) {
            let (text, more) = self.resolve(text, depth + 1);
            missing.extend(more);
            text
        } else if let (true, Some(default)) = (self.whole, default) {
            let (text, more) = self.resolve(default, depth + 1);
            missing.extend(more);
            text
        } else {
            missing.push(name);
            own.to_owned()
        };
        let (rest, more) = self.resolve(&value[start + length..], depth);
        missing.extend(more);
        (format!("{}{replacement}{rest}", &value[..start]), missing)
    }
}

/// Name and default of what stands in the braces: the first colon that is in no braces of its own parts them.
fn split_default(inside: &str) -> (&str, Option<&str>) {
    let mut depth = 0_usize;
    for (at, char) in inside.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return (&inside[..at], Some(&inside[at + 1..])),
            _ => {}
        }
    }
    (inside, None)
}

/// The variable of that name, or one that Spring takes for it: dots and dashes as underscores, dashes left out, capitals.
fn lookup_env<'a>(env: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let spelled = [
        name.to_owned(),
        name.replace('.', "_"),
        name.replace('-', "_"),
        name.replace(['.', '-'], "_"),
        name.replace('.', "_").replace('-', ""),
    ];
    let capitals = spelled.iter().map(|name| name.to_ascii_uppercase());
    spelled.iter().cloned().chain(capitals).find_map(|name| env.get(&name)).map(String::as_str)
}

/// Length of `${…}` at the start of `text`, braces inside counted.
fn matching_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = '\0';
    for (at, char) in text.char_indices() {
        match char {
            '{' if previous == '$' => depth += 1,
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        previous = char;
    }
    None
}

#[cfg(test)]
mod tests;
