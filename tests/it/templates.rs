//! What holds for every template: a reader sees a line at once, and no link is spelled out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use nodedown::web::{paths, routes};

/// Most characters of a line.
const LONGEST_LINE: usize = 160;

/// Every template: its path below the repository, and its text.
fn templates() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("templates")];
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("templates").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap_or(Path::new("")).display().to_string();
                all.push((name, fs::read_to_string(&path).expect("a template")));
            }
        }
    }
    assert!(all.len() > 100, "only {} templates were found", all.len());
    all.sort();
    all
}

/// `file:line: what` for everything that `wrong` finds in a line.
fn told(wrong: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut told = Vec::new();
    for (name, text) in templates() {
        for (line, number) in text.lines().zip(1..) {
            told.extend(wrong(line).into_iter().map(|what| format!("{name}:{number}: {what}")));
        }
    }
    told
}

/// First parts of all addresses: `clusters`, `incidents.csv`.
fn heads() -> BTreeSet<&'static str> {
    routes().table().iter().filter_map(|route| head(route.path)).collect()
}

/// The first part of a path, if it begins with one.
fn head(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.split(['/', '?', '#', '{', '"', '\'', ' ']).next().filter(|head| !head.is_empty())
}

/// Addresses of the program that stand spelled out in a line.
fn spelled_out(heads: &BTreeSet<&str>, line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices('/') {
        let (before, rest) = line.split_at(at);
        if !before.ends_with(['"', '\'', '=']) {
            continue;
        }
        let literal: String = rest.chars().take_while(|c| !['"', '\'', ' ', '>'].contains(c)).collect();
        let is_overview = literal == paths::OVERVIEW || literal.starts_with("/?") || literal.starts_with("/#");
        // `"/>` is the end of an element.
        if !rest.starts_with("/>") && (is_overview || head(&literal).is_some_and(|head| heads.contains(head))) {
            found.push(literal);
        }
    }
    found
}

#[test]
fn no_line_of_a_template_is_longer_than_a_reader_sees_at_once() {
    let long = told(|line| {
        let length = line.chars().count();
        (length > LONGEST_LINE).then(|| format!("{length} characters")).into_iter().collect()
    });
    assert!(long.is_empty(), "{} lines are longer than {LONGEST_LINE}:\n{}", long.len(), long.join("\n"));
}

#[test]
fn templates_link_by_the_functions_of_paths_and_spell_no_address_out() {
    let heads = heads();
    let found = told(|line| spelled_out(&heads, line));
    assert!(found.is_empty(), "{} addresses are spelled out:\n{}", found.len(), found.join("\n"));
}

#[test]
fn an_address_that_is_spelled_out_is_found_wherever_it_stands() {
    let heads = heads();
    for line in [
        r#"<a href="{{ f.url("/") }}">"#,
        r#"<a href="/clusters">"#,
        r#"<a href='/incidents/3'>"#,
        r#"<form action=/logout>"#,
        r#"<p data-keys="/help#keys">"#,
        r#"{{ f.url("/incidents/{}/evidence/{}/raw"|format(incident.id, id)) }}"#,
        r#"{{ f.url("/incidents.csv?q=1") }}"#,
        r#"<input type="hidden" name="next" value="/account">"#,
    ] {
        assert_eq!(spelled_out(&heads, line).len(), 1, "{line}");
    }
    for line in [
        r#"<input placeholder="/nacos" value="{{ node.home }}">"#,
        r#"<use href="{{ sprite }}"/>"#,
        r##"<a href="#keys">"##,
        r#"<a href="?range=15m">"#,
        r#"<p>{{ row.served }}/{{ row.all }}</p>"#,
        r#"<a href="{{ f.url(paths::incident(id)) }}">"#,
        "</div>",
    ] {
        assert_eq!(spelled_out(&heads, line), [""; 0], "{line}");
    }
}

/// What pages hand to `below` and `path`: a part below an incident or below a step.
fn parts(line: &str) -> Vec<(bool, String)> {
    let mut parts = Vec::new();
    for (call, of_step) in [("below(", false), ("self.path(", true)] {
        for (at, _) in line.match_indices(call) {
            let inside = line[at + call.len()..].split(')').next().unwrap_or_default();
            if let Some(part) = inside.split('"').nth(1) {
                parts.push((of_step, part.replace("{}", "1")));
            }
        }
    }
    parts
}

#[test]
fn the_parts_that_templates_ask_for_below_an_incident_or_a_step_are_served() {
    let table = routes();
    let served = |path: &str| table.table().iter().any(|route| paths::fits(route.path, path));
    let step = nodedown::domain::finding::Step::Confirm;
    let id = nodedown::domain::id::IncidentId(1);
    let mut asked = 0;
    let lost = told(|line| {
        let path = |(of_step, part): (bool, String)| {
            if of_step { paths::of_step(id, step, &part) } else { paths::of_incident(id, &part) }
        };
        parts(line).into_iter().map(path).filter(|path| !served(path)).collect()
    });
    for (_, text) in templates() {
        asked += text.lines().map(|line| parts(line).len()).sum::<usize>();
    }
    assert!(asked > 40, "only {asked} were found");
    assert!(lost.is_empty(), "no route serves\n{}", lost.join("\n"));
    assert!(!served(&paths::of_incident(id, "nothing")), "and one that nobody serves is told");
}

/// Half-width punctuation that a template puts after words of either language: between Chinese characters it is another sign.
fn half_width(line: &str) -> Vec<String> {
    // What is no sentence: attributes of elements, code, what only numbers and names stand beside.
    let after_words = |at: usize| {
        let words = line[..at].rsplit("{{").next().unwrap_or_default();
        [" f.t(", " f.t1(", " f.t2(", " f.msg("].iter().any(|call| words.starts_with(call))
    };
    let ends = [("}}:", 2), ("}},", 2), ("}};", 2), ("}}?", 2), ("}}!", 2)];
    let found = ends.iter().flat_map(|(end, width)| line.match_indices(end).map(move |(at, _)| (at, at + width)));
    let is_sentence = |end: usize| !line[..end].rsplit(['<', '>']).next().unwrap_or_default().contains("=\"");
    found
        .filter(|(at, end)| after_words(*at) && is_sentence(*end))
        .map(|(at, _)| line[at..].chars().take(12).collect())
        .collect()
}

#[test]
fn no_template_puts_half_width_punctuation_after_words() {
    let found = told(half_width);
    assert!(found.is_empty(), "{} lines do:\n{}", found.len(), found.join("\n"));
    assert_eq!(half_width(r#"<p>{{ f.t("x") }}: {{ y }}</p>"#).len(), 1);
    assert_eq!(half_width(r#"<td data-label="{{ f.t("x") }}:">"#).len(), 0, "attributes are for the style sheet");
    assert_eq!(half_width(r#"<p>{{ port }}: {{ n }}</p>"#).len(), 0, "numbers and names");
}
