//! Pages of log files.

use std::collections::BTreeMap;

use super::*;

fn line(path: &str, line: Option<u64>, offset: u64, text: &str) -> LogLine {
    LogLine { path: path.to_owned(), line, offset, at: None, text: text.to_owned(), captures: BTreeMap::new() }
}

fn hits(signature: &str, level: &str, count: u64, samples: Vec<LogLine>) -> SignatureHits {
    SignatureHits {
        signature: signature.to_owned(),
        level: level.to_owned(),
        peer: None,
        group: None,
        count,
        first: None,
        last: None,
        samples,
        times: Vec::new(),
        reasons: BTreeMap::new(),
    }
}

fn seen(hits: Vec<SignatureHits>, unknown: Vec<SignatureHits>) -> LogsSeen {
    LogsSeen {
        unstamped: None,
        beginnings: None,
        from: Timestamp::from_millis(0),
        to: Timestamp::from_millis(1),
        files: Vec::new(),
        unreadable: Vec::new(),
        hits,
        unknown,
        last_stamp: None,
        last_heartbeat: None,
        connection_history: Vec::new(),
        stalls: Vec::new(),
        zone_offset_s: 0,
        clock_offset_ms: None,
        peer_clock_offsets: BTreeMap::new(),
        zone_derived: false,
        aligned_ms: 0,
    }
}

#[test]
fn filters_by_signature_level_and_text() {
    let seen = seen(
        vec![
            hits("S01", "INFO", 1, vec![line("logs/a.log", None, 0, "started")]),
            hits("C18", "ERROR", 5, vec![line("logs/a.log", None, 9, "Stream <script>alert(1)</script> lost")]),
        ],
        vec![hits("U:1", "WARN", 2, vec![line("logs/b.log", None, 0, "strange")])],
    );
    let ids = |query: LogsQuery| {
        let view = LogsView::new(&seen, &query);
        view.hits.iter().chain(&view.unknown).map(|row| row.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(LogsQuery::default()).first().map(String::as_str), Some("C18"), "the worst stands first");
    assert_eq!(ids(LogsQuery { level: "WARN".to_owned(), ..LogsQuery::default() }), ["U:1"]);
    assert_eq!(ids(LogsQuery { q: "STARTED".to_owned(), ..LogsQuery::default() }), ["S01"]);
    let view = LogsView::new(&seen, &LogsQuery { sig: "C18".to_owned(), ..LogsQuery::default() });
    assert_eq!(view.hits[0].samples[0].link, "?file=logs%2Fa.log&at=9&sig=C18#hit");
}

#[test]
fn marks_a_word_inside_hostile_text_without_breaking_it() {
    let marked = Marked::new("正常 <b>ERROR\u{202e}</b>", &["error"]);
    assert_eq!((marked.before.as_str(), marked.hit.as_str()), ("正常 <b>", "ERROR"));
    assert_eq!(marked.after, "‹U+202E›</b>");
    assert_eq!(Marked::new("nothing", &["", "x"]), Marked { before: "nothing".to_owned(), ..Marked::default() });
}

#[test]
fn looks_for_the_text_first_and_never_as_an_expression() {
    let query = LogsQuery { q: "a.*(b".to_owned(), sig: "C18".to_owned(), ..LogsQuery::default() };
    assert_eq!(query.pattern(), r"(?i)a\.\*\(b");
    assert!(regex::Regex::new(&LogsQuery { q: String::new(), ..query }.pattern()).is_ok());
    assert_eq!(LogsQuery { n: "99999".to_owned(), ..LogsQuery::default() }.lines(), LINES);
}

fn page(from: u64) -> LogPage {
    let text = "2026-11-22 10:00:00,000 ERROR boom";
    let lines = (0..3)
        .map(|index| LogPageLine {
            offset: from + index * 40,
            level: Some(Level::Error),
            begins_record: true,
            text: text.to_owned(),
            cut: false,
        })
        .collect();
    LogPage {
        lines,
        from,
        to: from + 120,
        size_bytes: 10_000,
        at_end: false,
        at_start: from == 0,
        ..LogPage::default()
    }
}

#[test]
fn numbers_lines_only_where_they_are_known() {
    let query = LogsQuery::default();
    let labels = |from: u64, seen: &LogsSeen| {
        let view = FileView::new("logs/a.log", page(from), None, &query, seen);
        view.lines.into_iter().map(|line| line.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(0, &seen(Vec::new(), Vec::new())), ["1", "2", "3"]);
    assert_eq!(labels(400, &seen(Vec::new(), Vec::new())), ["@400", "@440", "@480"]);
    let known = seen(vec![hits("C18", "ERROR", 1, vec![line("logs/a.log", Some(12), 440, "boom")])], Vec::new());
    assert_eq!(labels(400, &known), ["11", "12", "13"]);
}

#[test]
fn links_lead_on_from_the_line_in_focus() {
    let query = LogsQuery { level: "ERROR".to_owned(), ..LogsQuery::default() };
    let view = FileView::new("logs/a.log", page(400), Some(440), &query, &seen(Vec::new(), Vec::new()));
    assert_eq!(view.links.next, "?file=logs%2Fa.log&at=441&go=next&level=ERROR#hit");
    assert_eq!(view.links.previous, "?file=logs%2Fa.log&at=440&go=prev&level=ERROR#hit");
    assert!(view.lines[1].focus && !view.lines[0].focus);
    assert_eq!(view.links.down.as_deref(), Some("?file=logs%2Fa.log&place=from&at=520&level=ERROR"));
}

#[test]
fn a_page_opens_at_the_first_line_of_the_worst_signature() {
    let seen = seen(
        vec![
            hits("S01", "INFO", 1, vec![line("logs/a.log", None, 7, "x")]),
            hits("C18", "ERROR", 1, vec![line("logs/a.log", None, 99, "x"), line("logs/a.log", None, 50, "x")]),
        ],
        Vec::new(),
    );
    assert_eq!(worst(&seen, "logs/a.log", &LogsQuery::default()), Some(50));
    assert_eq!(worst(&seen, "logs/b.log", &LogsQuery::default()), None);
}
