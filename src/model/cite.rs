//! Turns what was seen into references that a finding can show.

use std::borrow::Cow;

use crate::domain::clipped::clipped;
use crate::domain::evidence::EvidenceRef;
use crate::domain::id::NodeName;
use crate::domain::observed::{FileEnd, HttpSeen, LogLine, PortSeen, PropertySeen, SignatureHits, StopTrace, Value};
use crate::domain::time::Timestamp;

const TEXT_CAP: usize = 400;

/// A log line.
#[must_use]
pub fn line(node: &NodeName, line: &LogLine) -> EvidenceRef {
    EvidenceRef {
        node: Some(node.clone()),
        source: line.path.clone(),
        lines: line.line.map(|first| (first, first)),
        offset: Some(line.offset),
        at: line.at,
        text: cut(&line.text),
    }
}

/// The last reason that the exception of a line gives, where it has one.
fn root(line: &LogLine) -> Option<&str> {
    line.captures.get("root").map(String::as_str)
}

/// The text of a line, with the last reason that its exception gives behind it.
#[must_use]
pub fn with_root(line: &LogLine) -> Cow<'_, str> {
    match root(line) {
        Some(root) => Cow::Owned(format!("{}\n{root}", line.text)),
        None => Cow::Borrowed(&line.text),
    }
}

/// [`line()`] with its last reason behind it, which a long exception gives far below its beginning.
#[must_use]
pub fn line_with_root(node: &NodeName, one: &LogLine) -> EvidenceRef {
    let mut cited = line(node, one);
    if let Some(root) = root(one).filter(|root| !cited.text.contains(*root)) {
        let first = cited.text.lines().next().unwrap_or_default();
        cited.text = cut(&format!("{first}\nCaused by: {root}"));
    }
    cited
}

/// The newest `most` samples of some hits, oldest first.
#[must_use]
pub fn samples<'h>(node: &NodeName, hits: impl Iterator<Item = &'h SignatureHits>, most: usize) -> Vec<EvidenceRef> {
    let mut lines: Vec<&LogLine> = hits.filter_map(|hits| hits.samples.last()).collect();
    lines.sort_by_key(|line| line.at);
    let skip = lines.len().saturating_sub(most);
    lines.into_iter().skip(skip).map(|one| line(node, one)).collect()
}

/// A start, stop or death line.
#[must_use]
pub fn trace(node: &NodeName, trace: &StopTrace) -> EvidenceRef {
    EvidenceRef {
        node: Some(node.clone()),
        source: trace.path.clone(),
        lines: trace.line.map(|first| (first, first)),
        offset: trace.offset,
        at: trace.at,
        text: cut(&trace.text),
    }
}

/// The last line of a file.
#[must_use]
pub fn end(node: &NodeName, end: &FileEnd) -> EvidenceRef {
    EvidenceRef {
        node: Some(node.clone()),
        source: end.path.clone(),
        lines: None,
        offset: None,
        at: end.last_stamp,
        text: cut(&end.last_line),
    }
}

/// One probed port.
#[must_use]
pub fn port(node: &NodeName, host: &str, port: &PortSeen) -> EvidenceRef {
    let result = serde_json::to_value(port.result).ok().and_then(|value| value.as_str().map(str::to_owned));
    let detail = port.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    EvidenceRef {
        node: Some(node.clone()),
        source: format!("tcp {host}:{}", port.port),
        lines: None,
        offset: None,
        at: None,
        text: cut(&format!("{}{detail}, {}/{} ok", result.unwrap_or_default(), port.ok, port.tries)),
    }
}

/// One HTTP answer or its absence.
#[must_use]
pub fn http(node: &NodeName, http: &HttpSeen) -> EvidenceRef {
    let text = match (http.status, &http.failure) {
        (Some(status), _) => format!("{status} {}", http.body),
        (None, Some(failure)) => format!("no answer: {failure} after {} ms", http.elapsed_ms),
        (None, None) => format!("no answer after {} ms", http.elapsed_ms),
    };
    EvidenceRef {
        node: Some(node.clone()),
        source: format!("GET {}", http.path),
        lines: None,
        offset: None,
        at: None,
        text: cut(&text),
    }
}

/// Something said by an API answer or a file, in words.
#[must_use]
pub fn said(node: &NodeName, source: &str, text: &str) -> EvidenceRef {
    EvidenceRef {
        node: Some(node.clone()),
        source: source.to_owned(),
        lines: None,
        offset: None,
        at: None,
        text: cut(text),
    }
}

/// A line of the own log of a client.
#[must_use]
pub fn client_log(client: &str, line: &str) -> EvidenceRef {
    let client: String = client.chars().take(80).collect();
    EvidenceRef {
        node: None,
        source: format!("client log: {client}"),
        lines: None,
        offset: None,
        at: None,
        text: cut(line),
    }
}

/// What the watcher counted at a moment.
#[must_use]
pub fn watched(node: &NodeName, at: Timestamp, text: &str) -> EvidenceRef {
    EvidenceRef { at: Some(at), ..said(node, "clients.watched", text) }
}

/// A setting; of a secret only its digest may be given as its value.
#[must_use]
pub fn setting(node: &NodeName, entry: &PropertySeen, value: &str) -> EvidenceRef {
    said(node, &entry.origin, &format!("{}={value}", entry.written_key))
}

/// What may be shown of the value of a setting.
#[must_use]
pub fn setting_value(entry: &PropertySeen) -> String {
    match &entry.value {
        Value::Plain { text } | Value::Unknown { text, .. } => text.clone(),
        Value::Hashed { digest, .. } => format!("#{digest}"),
        Value::Empty => String::new(),
    }
}

fn cut(text: &str) -> String {
    clipped(text, TEXT_CAP)
}
