//! Log signatures: what a record means, with whom it is about and whether it is expected while a peer is down.
//!
//! [`CATALOGUE`] is data; [`SignatureSet`] matches it. To add one: an entry in `catalogue.rs`, its `title`, `meaning`
//! and `next` in both `signatures.ftl`; the tests hold the rest. Rules name no ids: they ask for lines of a [`Role`], or
//! compare with a constant of [`SignatureId`]. Ids: `S..` traces of starts and stops, `C..`
//! everything else, `N..` shapes that recur on healthy clusters and mean nothing.
//!
//! # Why
//! Nacos prints the cause of many records on a continuation line behind an empty line (`error={}` is literal), so a
//! signature says whether it reads the stamped message or the whole record, and every hit carries the exception that
//! follows it. Words that tell of the node's own machine count only where the node says them (`speaker.rs`); a full disk in the
//! message of a record about a peer is the peer's. Matching is one pass of an automaton over fixed words, then one regular
//! expression for the few entries whose words are there: most records cost no regular expression at all.

mod catalogue;
mod id;
mod role;
mod shape;
mod speaker;

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Captures, Regex, RegexBuilder};

pub use catalogue::CATALOGUE;
pub use id::SignatureId;
pub use role::Role;
pub use shape::{shape, unknown_id};
pub use speaker::{Speaker, says};

use speaker::speaker;

use super::log_line::{Level, RecordText, log_name};
use super::ports;
use crate::domain::finding::Step;

/// Whether records of this kind are the normal consequence of a peer that is known to be down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// Yes, as long as the peer they name is the one that is down.
    Yes,
    /// For a short while after the peer went (or once or twice, or in one burst); trouble when it goes on.
    Briefly,
    /// No: trouble even then.
    No,
    /// Says nothing about a peer's health: a marker or a number.
    NotAboutPeers,
}

impl Expected {
    /// Key of the sentence that says so.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Yes => "sig-expected-yes",
            Self::Briefly => "sig-expected-briefly",
            Self::No => "sig-expected-no",
            Self::NotAboutPeers => "sig-expected-none",
        }
    }
}

/// How much a hit weighs when it is not expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Recurs on healthy clusters.
    Noise,
    /// A marker, a number, a step of the normal course.
    Info,
    /// Worth a look.
    Warn,
    /// Something does not work.
    Error,
    /// A node or a Raft group is lost until somebody acts.
    Critical,
}

/// Which part of a record the pattern reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The message on the stamped line; `^` and `$` are its ends.
    Message,
    /// Message and continuation; `^` and `$` are line ends.
    Record,
}

/// Which peer a hit is about, and how its address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Nobody, or not told in the record.
    None,
    /// The first of these captures that is there is a main address, perhaps with scheme and path.
    Main(&'static [&'static str]),
    /// The first of these captures that is there is a Raft address (P - 1000).
    Raft(&'static [&'static str]),
    /// Captures `ip` and `port`, the port being a gRPC port.
    Grpc,
    /// The capture is the name of a link, `Cluster-<main address>`.
    Client(&'static str),
    /// The capture is a `Member{ip='…', port=…`.
    Member(&'static str),
    /// `targetServer='<main address>'` somewhere in the message.
    DistroTarget,
    /// The capture is a connection id seen by the server: its middle part is the remote address, without port.
    Connection(&'static str),
    /// The capture is a host without a port that is worth keeping.
    Host(&'static str),
}

/// One entry of the catalogue.
#[derive(Debug)]
pub struct Signature {
    /// Stable id: `C18`, `S10`, `N03`.
    pub id: &'static str,
    /// Stable name: `LINK_STREAM_LOST`.
    pub name: &'static str,
    /// Files it is known from; empty for any. Not a filter: loggers move between files from version to version.
    pub files: &'static [&'static str],
    /// Levels it is known with; empty where the writer has none.
    pub levels: &'static [Level],
    /// Versions it is known from.
    pub versions: &'static str,
    /// Whether it is expected while the peer it names is down.
    pub expected: Expected,
    /// Weight when it is not expected.
    pub severity: Severity,
    /// Step of the runbook in which it is acted on.
    pub step: Step,
    /// What rules take it for.
    pub roles: &'static [Role],
    /// Part of the record that is read.
    pub scope: Scope,
    /// Whom it is about.
    pub peer: Peer,
    /// Words of which at least one stands in every match, in any case of letters.
    pub needles: &'static [&'static str],
    /// Regular expression.
    pub pattern: &'static str,
    /// A line that matches, without stamp and level.
    pub example: &'static str,
}

impl Signature {
    /// Fluent key of its name.
    #[must_use]
    pub fn title_key(&self) -> String {
        self.key("title")
    }

    /// Fluent key of what it means.
    #[must_use]
    pub fn meaning_key(&self) -> String {
        self.key("meaning")
    }

    /// Fluent key of what to do next.
    #[must_use]
    pub fn next_key(&self) -> String {
        self.key("next")
    }

    fn key(&self, part: &str) -> String {
        format!("sig-{}-{part}", self.id.to_ascii_lowercase())
    }
}

/// The entry of that id; `None` for an unknown shape, or for an id that another version stored.
#[must_use]
pub fn find(id: &str) -> Option<&'static Signature> {
    static BY_ID: LazyLock<HashMap<&str, &Signature>> =
        LazyLock::new(|| CATALOGUE.iter().map(|signature| (signature.id, signature)).collect());
    BY_ID.get(id).copied()
}

/// True if the entry of that id, as an observation stores it, has that role.
#[must_use]
pub fn has_role(id: &str, role: Role) -> bool {
    find(id).is_some_and(|signature| signature.has(role))
}

/// What one record hit.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The entry.
    pub signature: &'static Signature,
    /// Named captures that took part, as written. With a continuation also `exception` (its first line) and `root`
    /// (its last `Caused by`).
    pub captures: BTreeMap<String, String>,
    /// The peer as `ip:port` with its main port, or `ip` where only that is told.
    pub peer: Option<String>,
    /// The Raft group.
    pub group: Option<String>,
    /// Grave entries that the same record also hits, e.g. a full disk behind a failed Raft write. Count them too.
    pub also: Vec<&'static Signature>,
}

impl Hit {
    /// Id of the entry.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.signature.id
    }
}

/// What the engine of one pattern may remember of its states, for each thread that uses it, bytes. The default of 2 MiB
/// for each of some hundred patterns adds up to more than all else that the program holds; few lines come this far.
const CACHE_BYTES: usize = 32 * 1024;

/// Matches records against the catalogue.
#[derive(Debug)]
pub struct SignatureSet {
    words: AhoCorasick,
    /// For each word of the automaton, the entry it belongs to.
    owners: Vec<u16>,
    /// Compiled when first needed.
    patterns: Vec<OnceLock<Regex>>,
}

/// Which entries are candidates: one bit each.
type Bits = [u64; 4];

impl SignatureSet {
    /// The set over [`CATALOGUE`], built once.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<SignatureSet> = LazyLock::new(SignatureSet::new);
        &SHARED
    }

    fn new() -> Self {
        let (owners, words): (Vec<u16>, Vec<&str>) = CATALOGUE
            .iter()
            .enumerate()
            .flat_map(|(index, signature)| {
                signature.needles.iter().map(move |word| (u16::try_from(index).unwrap_or(u16::MAX), *word))
            })
            .unzip();
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(words)
            .unwrap_or_else(|error| unreachable!("the words of the catalogue are few and short: {error}"));
        Self { words, owners, patterns: CATALOGUE.iter().map(|_| OnceLock::new()).collect() }
    }

    /// What a record of `path` says. The first entry that matches wins; noise yields to
    /// what its continuation says.
    #[must_use]
    pub fn classify(&self, path: &str, record: &RecordText<'_>) -> Option<Hit> {
        self.classify_parts(path, &record.message, &record.continuation)
    }

    /// The same for a text taken apart already: the stamped line without stamp and level, and what follows it.
    #[must_use]
    pub fn classify_parts(&self, path: &str, message: &str, continuation: &str) -> Option<Hit> {
        let in_message = self.candidates(message);
        let in_continuation = if continuation.is_empty() { Bits::default() } else { self.candidates(continuation) };
        let mut first: Option<(usize, Captures<'_>)> = None;
        let mut also = Vec::new();
        for index in ones(in_message, in_continuation) {
            let signature = &CATALOGUE[index];
            let is_first = first.is_none();
            if !is_first && signature.scope == Scope::Message {
                continue;
            }
            let first_is_noise = first.as_ref().is_some_and(|(was, _)| CATALOGUE[*was].severity == Severity::Noise);
            if !is_first && !first_is_noise && signature.severity < Severity::Error {
                continue;
            }
            let of_gc_log = [SignatureId::GC_FULL, SignatureId::GC_ASKED_FOR].iter().any(|id| signature.id == *id);
            if of_gc_log && !is_gc_log(path) {
                continue;
            }
            let about_a_peer = first.as_ref().is_some_and(|(was, _)| CATALOGUE[*was].peer != Peer::None);
            let pattern = self.pattern(index);
            let mut captures = None;
            if has(in_message, index) && !(about_a_peer && signature.has(Role::DiskFull)) {
                captures = captures_of(signature, pattern, message);
            }
            if captures.is_none() && signature.scope == Scope::Record && has(in_continuation, index) {
                captures = captures_of(signature, pattern, continuation);
            }
            if let Some(captures) = captures {
                match first {
                    None => first = Some((index, captures)),
                    Some(_) if first_is_noise => first = Some((index, captures)),
                    Some(_) => also.push(signature),
                }
            }
        }
        let (index, found) = first?;
        Some(hit(&CATALOGUE[index], &found, self.pattern(index), message, continuation, also))
    }

    fn candidates(&self, text: &str) -> Bits {
        let mut bits = Bits::default();
        for found in self.words.find_overlapping_iter(text) {
            let index = usize::from(self.owners[found.pattern().as_usize()]);
            bits[index / 64] |= 1 << (index % 64);
        }
        bits
    }

    fn pattern(&self, index: usize) -> &Regex {
        self.patterns[index].get_or_init(|| {
            let signature = &CATALOGUE[index];
            RegexBuilder::new(signature.pattern)
                .multi_line(signature.scope == Scope::Record)
                .dfa_size_limit(CACHE_BYTES)
                .build()
                .unwrap_or_else(|error| unreachable!("{}: a test compiles every pattern: {error}", signature.id))
        })
    }
}

/// The first match of a pattern in the words of whom the entry wants to hear.
fn captures_of<'t>(signature: &Signature, pattern: &Regex, text: &'t str) -> Option<Captures<'t>> {
    let Some(wanted) = signature.roles.iter().find_map(|role| role.speaker()) else { return pattern.captures(text) };
    let is_wanted = |found: &Captures<'_>| found.get(0).is_some_and(|found| speaker(text, found.start()) == wanted);
    pattern.captures_iter(text).find(is_wanted)
}

fn has(bits: Bits, index: usize) -> bool {
    bits[index / 64] >> (index % 64) & 1 == 1
}

/// Indexes of candidates in the order of the catalogue.
fn ones(message: Bits, continuation: Bits) -> impl Iterator<Item = usize> {
    (0..4).flat_map(move |word| {
        let mut left = message[word] | continuation[word];
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                word * 64 + bit
            })
        })
    })
}

fn is_gc_log(path: &str) -> bool {
    let name = log_name(path);
    name.contains("gc")
}

fn hit(
    signature: &'static Signature,
    found: &Captures<'_>,
    pattern: &Regex,
    message: &str,
    continuation: &str,
    also: Vec<&'static Signature>,
) -> Hit {
    let mut captures: BTreeMap<String, String> = pattern
        .capture_names()
        .flatten()
        .filter_map(|name| found.name(name).map(|text| (name.to_owned(), cut(text.as_str().trim(), 400))))
        .collect();
    if let Some(line) = continuation.lines().find(|line| !line.trim().is_empty()) {
        captures.insert("exception".to_owned(), cut(line.trim(), 400));
        if let Some(root) = continuation.lines().rev().find_map(|line| line.trim().strip_prefix("Caused by: ")) {
            captures.insert("root".to_owned(), cut(root, 400));
        }
    }
    let group = captures.get("group").filter(|group| !group.is_empty()).cloned();
    let peer = peer_of(signature.peer, &captures, message);
    Hit { signature, captures, peer, group, also }
}

fn peer_of(peer: Peer, captures: &BTreeMap<String, String>, message: &str) -> Option<String> {
    let capture = |name: &str| captures.get(name).map(String::as_str).filter(|text| !text.is_empty());
    match peer {
        Peer::None => None,
        Peer::Main(names) => {
            let text = names.iter().find_map(|name| capture(name))?;
            let text = text.split_once("://").map_or(text, |(_, rest)| rest);
            Some(text.split('/').next().unwrap_or(text).trim_end_matches([',', '.', ';']).to_owned())
        }
        Peer::Raft(names) => {
            let text = names.iter().find_map(|name| capture(name))?;
            ports::main_of_raft(text.trim_end_matches('.'))
        }
        Peer::Grpc => {
            let port = ports::main_of_grpc(capture("port")?.parse().ok()?)?;
            Some(format!("{}:{port}", capture("ip")?))
        }
        Peer::Client(name) => capture(name)?.strip_prefix("Cluster-").map(str::to_owned),
        Peer::Member(name) => {
            let text = capture(name)?;
            let ip = between(text, "ip='", "'")?;
            let port = between(text, "port=", ",")?;
            Some(format!("{ip}:{port}"))
        }
        Peer::DistroTarget => {
            let target = between(message, "targetServer='", "'").filter(|target| *target != "null")?;
            Some(target.to_owned())
        }
        Peer::Connection(name) => {
            let mut parts = capture(name)?.splitn(2, '_');
            parts.next()?.parse::<u64>().ok()?;
            Some(parts.next()?.rsplit_once('_')?.0.to_owned())
        }
        Peer::Host(name) => capture(name).map(|host| host.trim_end_matches(['.', ',']).to_owned()),
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    let (value, _) = rest.split_once(end)?;
    Some(value)
}

fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// Who is at the other end of the connections that a node opened. A lost stream names only its connection id; the
/// line that opened it names the peer.
#[derive(Clone, Debug, Default)]
pub struct Links {
    peers: BTreeMap<String, String>,
}

impl Links {
    /// Remembers what a hit tells.
    pub fn learn(&mut self, hit: &Hit) {
        if hit.signature.has(Role::NamesConnection)
            && let Some((connection, peer)) = hit.captures.get("conn").zip(hit.peer.as_ref())
        {
            self.peers.insert(connection.clone(), peer.clone());
        }
    }

    /// The peer of a hit: its own, or that of the connection it names.
    #[must_use]
    pub fn peer<'a>(&'a self, hit: &'a Hit) -> Option<&'a str> {
        hit.peer.as_deref().or_else(|| self.peer_of_connection(hit.captures.get("conn")?))
    }

    /// The peer at the other end of a connection id.
    #[must_use]
    pub fn peer_of_connection(&self, connection: &str) -> Option<&str> {
        self.peers.get(connection).map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
