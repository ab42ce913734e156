//! The log viewer: what the signatures hit in the window of a node, and pages of the real files around a place.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::domain::id::{EvidenceId, IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::message::Message;
use crate::domain::observed::{LogFileSeen, LogLine, LogsSeen, Observed, SignatureHits};
use crate::domain::time::Timestamp;
use crate::locale;
use crate::nacos::log_line::{Level, parse_head};
use crate::nacos::signatures::{self, Expected, Severity, SignatureSet};
use crate::store::evidence::EvidenceItem;
use crate::web::evidence::facts::{self, Facts};
use crate::web::evidence::log_files::{LogAsk, LogFind, LogPage, LogPageLine, LogPlace};
use crate::web::plumbing::components::{Sign, Signed as _, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Lines of a page unless another number is asked for.
const LINES: usize = 200;
/// Numbers of lines that may be asked for.
const LINE_CHOICES: [usize; 3] = [100, 200, 500];

/// What to show; every field may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LogsQuery {
    /// Only this signature.
    #[serde(default)]
    pub sig: String,
    /// Only this level.
    #[serde(default)]
    pub level: String,
    /// Only lines with this text.
    #[serde(default)]
    pub q: String,
    /// A page of this file.
    #[serde(default)]
    pub file: String,
    /// Offset in the file.
    #[serde(default)]
    pub at: String,
    /// `start`, `end`, `from`, `before`; otherwise around the offset.
    #[serde(default)]
    pub place: String,
    /// `next` or `prev`: goes to the line that matches.
    #[serde(default)]
    pub go: String,
    /// `off`: long lines are not wrapped.
    #[serde(default)]
    pub wrap: String,
    /// Lines of a page.
    #[serde(default)]
    pub n: String,
}

impl LogsQuery {
    /// Long lines are wrapped.
    #[must_use]
    pub fn wraps(&self) -> bool {
        self.wrap != "off"
    }

    fn lines(&self) -> usize {
        self.n.parse().ok().filter(|lines| LINE_CHOICES.contains(lines)).unwrap_or(LINES)
    }

    /// What stands in every link of a page: filters, wrap, lines.
    fn kept(&self) -> String {
        let mut kept = String::new();
        for (name, value) in
            [("sig", &self.sig), ("level", &self.level), ("q", &self.q), ("wrap", &self.wrap), ("n", &self.n)]
        {
            if !value.is_empty() {
                kept.push_str(&format!("&{name}={}", paths::encode(value)));
            }
        }
        kept
    }

    /// The regular expression that "next" and "previous" look for.
    fn pattern(&self) -> String {
        if !self.q.is_empty() {
            return format!("(?i){}", regex::escape(&self.q));
        }
        if let Some(signature) = signatures::find(&self.sig) {
            let words: Vec<String> = signature.needles.iter().map(|word| regex::escape(word)).collect();
            return format!("(?i)(?:{})", words.join("|"));
        }
        match self.level.as_str() {
            "ERROR" => r"\bERROR\b".to_owned(),
            "WARN" => r"\bWARN\b".to_owned(),
            "INFO" => r"\bINFO\b".to_owned(),
            _ => r"\b(?:ERROR|WARN)\b".to_owned(),
        }
    }
}

/// A text with the part that matters marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Before it.
    pub before: String,
    /// The part; empty if nothing is marked.
    pub hit: String,
    /// After it.
    pub after: String,
}

impl Marked {
    /// Marks the first of the words that stands in the text, letters of any case.
    #[must_use]
    pub fn new(text: &str, words: &[&str]) -> Self {
        let text = plain(text);
        let lower = text.to_ascii_lowercase();
        let found = words
            .iter()
            .filter(|word| !word.is_empty())
            .filter_map(|word| lower.find(&word.to_ascii_lowercase()).map(|at| (at, word.len())))
            .min();
        match found {
            Some((at, length)) => Self {
                before: text[..at].to_owned(),
                hit: text[at..at + length].to_owned(),
                after: text[at + length..].to_owned(),
            },
            None => Self { before: text, ..Self::default() },
        }
    }
}

/// One stored sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleLine {
    /// File relative to the home.
    pub path: String,
    /// Line, where known.
    pub line: Option<u64>,
    /// When.
    pub at: Option<Timestamp>,
    /// Its text.
    pub text: Marked,
    /// Query of the link to the file around it.
    pub link: String,
}

/// All hits of one signature about one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitRow {
    /// Id of the signature; `U:…` for a shape that is not in the catalogue.
    pub id: String,
    /// It has a help page.
    pub known: bool,
    /// Level in the log.
    pub level: String,
    /// Shape and colour.
    pub tone: Tone,
    /// Key of whether it is expected while the peer is down.
    pub expected: Option<&'static str>,
    /// Peer.
    pub peer: Option<String>,
    /// Raft group.
    pub group: Option<String>,
    /// How many.
    pub count: u64,
    /// First.
    pub first: Option<Timestamp>,
    /// Last.
    pub last: Option<Timestamp>,
    /// How the attempts ended: name and count.
    pub reasons: Vec<(String, u64)>,
    /// Samples.
    pub samples: Vec<SampleLine>,
    rank: u8,
}

impl HitRow {
    fn new(hits: &SignatureHits, query: &LogsQuery) -> Self {
        let signature = signatures::find(&hits.signature);
        let mut words: Vec<&str> = vec![query.q.as_str()];
        words.extend(signature.iter().flat_map(|signature| signature.needles));
        let (tone, rank) = weight(hits);
        Self {
            id: short(&hits.signature),
            known: signature.is_some(),
            level: short(&hits.level),
            tone,
            expected: signature
                .map(|signature| signature.expected)
                .filter(|expected| *expected != Expected::NotAboutPeers)
                .map(Expected::key),
            peer: hits.peer.as_deref().map(short),
            group: hits.group.as_deref().map(short),
            count: hits.count,
            first: hits.first,
            last: hits.last,
            reasons: hits.reasons.iter().map(|(reason, seen)| (short(reason.as_str()), seen.count)).collect(),
            samples: hits.samples.iter().map(|line| sample(line, &words, query)).collect(),
            rank,
        }
    }

    /// The first line of what it is: its name, or the shape of the unknown record.
    #[must_use]
    pub fn title(&self, f: &Frame) -> String {
        let title = facts::signature_title(f, &self.id);
        if !title.is_empty() {
            return title;
        }
        if self.known { self.id.clone() } else { f.t("evidence-unknown-shape") }
    }

    /// What it means, if the catalogue knows.
    #[must_use]
    pub fn meaning(&self, f: &Frame) -> String {
        let key = format!("sig-{}-meaning", self.id.to_ascii_lowercase());
        if locale::has(&key) { f.t(key) } else { String::new() }
    }
}

/// Shape and rank of the hits of one signature: 0 is worst.
fn weight(hits: &SignatureHits) -> (Tone, u8) {
    match signatures::find(&hits.signature).map(|signature| signature.severity) {
        Some(Severity::Critical) => (Tone::Fail, 0),
        Some(Severity::Error) => (Tone::Fail, 1),
        None if hits.level == "ERROR" => (Tone::Fail, 2),
        Some(Severity::Warn) => (Tone::Warn, 3),
        None => (Tone::Warn, 4),
        Some(Severity::Info) => (Tone::Info, 5),
        Some(Severity::Noise) => (Tone::Skipped, 6),
    }
}

fn sample(line: &LogLine, words: &[&str], query: &LogsQuery) -> SampleLine {
    SampleLine {
        path: short(&line.path),
        line: line.line,
        at: line.at,
        text: Marked::new(&line.text, words),
        link: format!("?file={}&at={}{}#hit", paths::encode(&line.path), line.offset, query.kept()),
    }
}

/// One file of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// What was seen of it.
    pub seen: LogFileSeen,
    /// Query of the link to its page at the worst hit.
    pub link: String,
}

/// The log window of one node, filtered.
pub struct LogsView {
    /// Start of the window.
    pub from: Timestamp,
    /// End of the window.
    pub to: Timestamp,
    /// Hits, worst first.
    pub hits: Vec<HitRow>,
    /// WARN and ERROR records of no known signature, most first.
    pub unknown: Vec<HitRow>,
    /// Signatures to choose from: id and count.
    pub choices: Vec<(String, u64)>,
    /// Files.
    pub files: Vec<FileRow>,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// Last stamp over all files.
    pub last_stamp: Option<Timestamp>,
    /// Last heartbeat line.
    pub last_heartbeat: Option<Timestamp>,
    /// Zone of the stamps, seconds east of UTC.
    pub zone_offset_s: i32,
    /// The zone was read from the files, not assumed.
    pub zone_derived: bool,
    /// The choices made.
    pub query: LogsQuery,
}

impl LogsView {
    /// Filters and sorts.
    #[must_use]
    pub fn new(seen: &LogsSeen, query: &LogsQuery) -> Self {
        let wanted = |hits: &&SignatureHits| {
            (query.sig.is_empty() || hits.signature == query.sig)
                && (query.level.is_empty() || hits.level == query.level)
                && (query.q.is_empty() || {
                    let words = query.q.to_lowercase();
                    hits.samples.iter().any(|line| line.text.to_lowercase().contains(&words))
                })
        };
        let mut hits: Vec<HitRow> = seen.hits.iter().filter(wanted).map(|hits| HitRow::new(hits, query)).collect();
        hits.sort_by_key(|row| (row.rank, std::cmp::Reverse(row.last)));
        let mut unknown: Vec<HitRow> =
            seen.unknown.iter().filter(wanted).map(|hits| HitRow::new(hits, query)).collect();
        unknown.sort_by_key(|row| (row.rank, std::cmp::Reverse(row.count)));
        let mut choices: Vec<(String, u64)> = Vec::new();
        for hits in &seen.hits {
            match choices.iter_mut().find(|(id, _)| *id == hits.signature) {
                Some((_, count)) => *count += hits.count,
                None => choices.push((hits.signature.clone(), hits.count)),
            }
        }
        choices.sort();
        let files = seen
            .files
            .iter()
            .map(|file| FileRow {
                link: format!("?file={}{}", paths::encode(&file.path), query.kept()),
                seen: LogFileSeen {
                    path: short(&file.path),
                    encoding: short(&file.encoding),
                    cut: file.cut.as_ref().map(|cut| short(cut.as_str()).into()),
                    ..file.clone()
                },
            })
            .collect();
        Self {
            from: seen.from,
            to: seen.to,
            hits,
            unknown,
            choices,
            files,
            unreadable: seen.unreadable.iter().map(|(path, why)| (short(path), short(why.as_str()))).collect(),
            last_stamp: seen.last_stamp,
            last_heartbeat: seen.last_heartbeat,
            zone_offset_s: seen.zone_offset_s,
            zone_derived: seen.zone_derived,
            query: query.clone(),
        }
    }

    /// Whether a filter is set.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !(self.query.sig.is_empty() && self.query.level.is_empty() && self.query.q.is_empty())
    }
}

/// How an attempt ended, in words.
#[must_use]
pub fn reason_words(f: &Frame, reason: &str) -> String {
    let key = format!("evidence-reason-{}", reason.replace('_', "-"));
    if locale::has(&key) { f.t(key) } else { reason.to_owned() }
}

/// Why part of a file was not read, in words.
#[must_use]
pub fn cut_words(f: &Frame, cut: &str) -> String {
    let key = format!("evidence-cut-{}", cut.replace('_', "-"));
    if locale::has(&key) { f.t(key) } else { f.t1("evidence-cut-other", "why", cut) }
}

/// One line of a file page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLine {
    /// Number where known, else the offset with `@`.
    pub label: String,
    /// Anchor.
    pub anchor: String,
    /// Query of the link to this line.
    pub link: String,
    /// Symbol of its level, and its colour.
    pub sign: Option<Sign>,
    /// Its text.
    pub text: Marked,
    /// More of it is in the file.
    pub cut: bool,
    /// The signature that it hits.
    pub hit: Option<&'static str>,
    /// Class: `hit`, `hit fail`, `blank`.
    pub class: &'static str,
    /// The line that was looked for.
    pub focus: bool,
}

/// A page of a real file.
pub struct FileView {
    /// Path relative to the home.
    pub path: String,
    /// Lines.
    pub lines: Vec<FileLine>,
    /// The page as it was read.
    pub page: LogPage,
    /// Queries of the links: first page, previous page, previous hit, next hit, next page, last page.
    pub links: Links,
    /// Something was looked for and not found.
    pub not_found: bool,
}

/// Queries of the links around a page; `None`: there is nothing that way.
pub struct Links {
    /// To the start of the file.
    pub start: Option<String>,
    /// One page up.
    pub up: Option<String>,
    /// One page down.
    pub down: Option<String>,
    /// To the end of the file.
    pub end: Option<String>,
    /// Previous line that matches.
    pub previous: String,
    /// Next line that matches.
    pub next: String,
    /// The same page, wrapped or not.
    pub wrap: String,
}

impl FileView {
    /// A page with its hits marked; `seen` tells numbers of lines where it knows them.
    #[must_use]
    pub fn new(path: &str, page: LogPage, focus: Option<u64>, query: &LogsQuery, seen: &LogsSeen) -> Self {
        let base = format!("?file={}", paths::encode(path));
        let kept = query.kept();
        let first_number = first_number(path, &page, seen);
        let mut words: Vec<&str> = vec![query.q.as_str()];
        if let Some(signature) = signatures::find(&query.sig) {
            words.extend(signature.needles);
        }
        let lines: Vec<FileLine> = page
            .lines
            .iter()
            .zip(0_u64..)
            .map(|(line, index)| {
                let number = first_number.map(|first| first + index);
                file_line(path, line, number, focus == Some(line.offset), &words, (&base, &kept))
            })
            .collect();
        let middle = focus.unwrap_or(page.from);
        let link = |place: &str, at: u64| Some(format!("{base}&place={place}&at={at}{kept}"));
        let links = Links {
            start: if page.at_start { None } else { link("start", 0) },
            up: if page.at_start { None } else { link("before", page.from) },
            down: if page.at_end { None } else { link("from", page.to) },
            end: if page.at_end { None } else { link("end", 0) },
            previous: format!("{base}&at={middle}&go=prev{kept}#hit"),
            next: format!("{base}&at={}&go=next{kept}#hit", focus.map_or(page.from, |focus| focus + 1)),
            wrap: {
                let flipped = LogsQuery { wrap: if query.wraps() { "off" } else { "" }.to_owned(), ..query.clone() };
                format!("{base}&place=from&at={}{}", page.from, flipped.kept())
            },
        };
        let not_found = !query.go.is_empty() && page.found.is_none();
        Self { path: short(path), lines, page, links, not_found }
    }
}

/// The number of the page's first line: the page begins the file, or a stored sample tells the number of a line on it.
fn first_number(path: &str, page: &LogPage, seen: &LogsSeen) -> Option<u64> {
    if page.from == 0 {
        return Some(1);
    }
    seen.hits.iter().chain(&seen.unknown).flat_map(|hits| &hits.samples).filter(|line| line.path == path).find_map(
        |line| {
            let index = page.lines.iter().position(|on_page| on_page.offset == line.offset)?;
            line.line?.checked_sub(u64::try_from(index).ok()?)
        },
    )
}

fn file_line(
    path: &str,
    line: &LogPageLine,
    number: Option<u64>,
    focus: bool,
    words: &[&str],
    (base, kept): (&str, &str),
) -> FileLine {
    let hit = line
        .begins_record
        .then(|| parse_head(line.text.as_bytes()))
        .flatten()
        .and_then(|head| SignatureSet::shared().classify_parts(path, &String::from_utf8_lossy(head.message), ""))
        .map(|hit| hit.signature)
        .filter(|signature| signature.severity > Severity::Info);
    let mut marked: Vec<&str> = words.to_vec();
    marked.extend(hit.iter().flat_map(|signature| signature.needles));
    let anchor = number.map_or_else(|| format!("L{}", line.offset), |number| format!("L{number}"));
    FileLine {
        label: number.map_or_else(|| format!("@{}", line.offset), |number| number.to_string()),
        link: format!("{base}&at={}{kept}#{anchor}", line.offset),
        anchor,
        sign: match line.level {
            Some(Level::Error) => Some(Tone::Fail.sign()),
            Some(Level::Warn) => Some(Tone::Warn.sign()),
            _ => None,
        },
        text: Marked::new(&line.text, &marked),
        cut: line.cut,
        hit: hit.map(|signature| signature.id),
        class: match hit.map(|signature| signature.severity) {
            None if line.text.trim().is_empty() => "blank",
            Some(Severity::Critical | Severity::Error) => "hit fail",
            Some(_) => "hit",
            None => "",
        },
        focus,
    }
}

/// What stands below the filters.
enum Shown {
    /// What the signatures hit.
    Hits,
    /// A page of a file.
    File(Box<FileView>),
    /// The file cannot be read from here.
    Unreadable { path: String, why: Message },
}

#[derive(Template)]
#[template(path = "evidence/logs.html")]
struct LogsPage {
    f: Frame,
    incident: Incident,
    node: NodeName,
    id: EvidenceId,
    facts: Facts,
    logs: LogsView,
    shown: Shown,
}

/// The log window of a node, or a page of one of its files.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path((incident, node)): Path<(IncidentId, String)>,
    Query(query): Query<LogsQuery>,
) -> Result<Response, WebError> {
    let incident = web.read().incident(incident).await?.ok_or(WebError::NotFound)?;
    let node = NodeName(node);
    let (id, facts, seen) = newest(&web, incident.id, &node).await?.ok_or(WebError::NotFound)?;
    let shown = if query.file.is_empty() { Shown::Hits } else { file(&web, &incident, &node, &seen, &query).await? };
    let logs = LogsView::new(&seen, &query);
    answer(StatusCode::OK, &LogsPage { f, incident, node, id, facts, logs, shown })
}

/// The newest log window of a node.
async fn newest(
    web: &Web,
    incident: IncidentId,
    node: &NodeName,
) -> Result<Option<(EvidenceId, Facts, LogsSeen)>, WebError> {
    newest_of(web, &web.read().evidence_list(incident).await?, node).await
}

/// The same, out of the list of all evidence of its incident.
pub(super) async fn newest_of(
    web: &Web,
    items: &[EvidenceItem],
    node: &NodeName,
) -> Result<Option<(EvidenceId, Facts, LogsSeen)>, WebError> {
    let wanted = |evidence: &crate::domain::evidence::Evidence| {
        evidence.check == "logs.signatures" && evidence.node.as_ref() == Some(node)
    };
    let Some(item) = items.iter().rev().find(|item| wanted(&item.evidence)) else { return Ok(None) };
    let Some((_, evidence)) = web.read().evidence(item.id).await? else { return Ok(None) };
    let (facts, body) = Facts::of(web, evidence);
    match serde_json::from_str(&body)? {
        Observed::Logs(seen) => Ok(Some((item.id, facts, seen))),
        _ => Ok(None),
    }
}

/// A page of a file that the evidence names; other files do not exist here.
async fn file(
    web: &Web,
    incident: &Incident,
    node: &NodeName,
    seen: &LogsSeen,
    query: &LogsQuery,
) -> Result<Shown, WebError> {
    let known = seen.files.iter().any(|file| file.path == query.file)
        || seen.unreadable.iter().any(|(path, _)| *path == query.file)
        || seen.hits.iter().chain(&seen.unknown).flat_map(|hits| &hits.samples).any(|line| line.path == query.file);
    if !known {
        return Err(WebError::NotFound);
    }
    let cluster = web.read().cluster(incident.cluster).await?.ok_or(WebError::NotFound)?;
    let at: Option<u64> = query.at.parse().ok();
    let place = place(seen, query, at);
    let find = matches!(query.go.as_str(), "next" | "prev")
        .then(|| LogFind { pattern: query.pattern(), ahead: query.go == "next" });
    let ask = LogAsk {
        incident: incident.id,
        cluster,
        node: node.clone(),
        path: query.file.clone(),
        place,
        lines: query.lines(),
        find,
    };
    Ok(match web.log_files().page(ask).await {
        Ok(page) => {
            let asked = if let LogPlace::Around(at) = place { Some(at) } else { None };
            let focus = page.found.or(asked.filter(|_| query.go.is_empty()));
            Shown::File(Box::new(FileView::new(&query.file, page, focus, query, seen)))
        }
        Err(why) => Shown::Unreadable { path: short(&query.file), why },
    })
}

/// Where the page lies; without a word about it at the first line of the worst signature in the file.
fn place(seen: &LogsSeen, query: &LogsQuery, at: Option<u64>) -> LogPlace {
    match (query.place.as_str(), at) {
        ("start", _) => LogPlace::Start,
        ("end", _) => LogPlace::End,
        ("from", Some(at)) => LogPlace::From(at),
        ("before", Some(at)) => LogPlace::Before(at),
        (_, Some(at)) => LogPlace::Around(at),
        (_, None) => worst(seen, &query.file, query)
            .map_or(LogPlace::Time { at: seen.from, zone_offset_s: seen.zone_offset_s }, LogPlace::Around),
    }
}

fn worst(seen: &LogsSeen, path: &str, query: &LogsQuery) -> Option<u64> {
    seen.hits
        .iter()
        .chain(&seen.unknown)
        .filter(|hits| query.sig.is_empty() || hits.signature == query.sig)
        .filter_map(|hits| {
            let first = hits.samples.iter().filter(|line| line.path == path).map(|line| line.offset).min()?;
            Some((weight(hits).1, first))
        })
        .min()
        .map(|(_, offset)| offset)
}

#[cfg(test)]
mod tests;
