//! What can be said of a page's markup without a browser: errors of the parser, ids, labels, references, nesting.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{ElementRef, Html, Selector};

/// Attributes whose words are ids of the same page.
const REFERENCES: &[&str] =
    &["for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-details", "headers", "list", "form"];
/// Every element that a page may use.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "body",
    "br",
    "button",
    "caption",
    "circle",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "head",
    "header",
    "hr",
    "html",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "line",
    "link",
    "main",
    "mark",
    "meta",
    "nav",
    "noscript",
    "ol",
    "optgroup",
    "option",
    "p",
    "path",
    "polyline",
    "pre",
    "rect",
    "script",
    "section",
    "select",
    "small",
    "span",
    "strong",
    "summary",
    "svg",
    "symbol",
    "table",
    "tbody",
    "td",
    "text",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "ul",
    "use",
    "var",
    "article",
    "aside",
    "datalist",
    "desc",
    "output",
    "progress",
    "blockquote",
    "b",
    "i",
    "sub",
    "sup",
    "wbr",
];
/// What a person works with; none of them may stand in another one.
const INTERACTIVE: &[&str] = &["a", "button", "select", "textarea", "summary"];

/// What is wrong with a page.
pub fn problems(page: &str) -> Vec<String> {
    let html = Html::parse_document(page);
    let mut wrong: Vec<String> = html.errors.iter().map(|error| format!("the parser: {error}")).collect();
    let all: Vec<ElementRef<'_>> = html.select(&Selector::parse("*").expect("selector")).collect();
    ids(&all, &mut wrong);
    for element in &all {
        let name = element.value().name();
        if !ELEMENTS.contains(&name) {
            wrong.push(format!("unknown element {}", shown(element)));
        }
        let inside = |names: &[&str]| {
            let above = element.ancestors().filter_map(ElementRef::wrap);
            above.into_iter().any(|above| names.contains(&above.value().name()))
        };
        if INTERACTIVE.contains(&name) && inside(&["a", "button", "label"]) && !(inside(&["label"]) && name != "a") {
            wrong.push(format!("a control inside another one: {}", shown(element)));
        }
        if ["ul", "ol", "dl", "div", "p", "table", "pre", "section"].contains(&name)
            && inside(&["p", "span", "button", "h1", "h2", "h3", "h4"])
        {
            wrong.push(format!("a block inside a line of text: {}", shown(element)));
        }
        children(element, &mut wrong);
        named(element, &html, &mut wrong);
    }
    headings(&all, &mut wrong);
    let primary = html.select(&Selector::parse("main .btn.primary").expect("selector")).count();
    if primary > 1 {
        wrong.push(format!("{primary} buttons are each the one to press"));
    }
    let one = |css: &str| html.select(&Selector::parse(css).expect("selector")).count() == 1;
    for css in ["head > title", "h1", "main#main", "html[lang]"] {
        if !one(css) {
            wrong.push(format!("not exactly one `{css}`"));
        }
    }
    wrong
}

/// Ids are there once, and what names one names one that is there.
fn ids(all: &[ElementRef<'_>], wrong: &mut Vec<String>) {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for id in all.iter().filter_map(|element| element.value().attr("id")) {
        *known.entry(id).or_default() += 1;
        if id.is_empty() || id.contains(char::is_whitespace) {
            wrong.push(format!("an id that is none: {id:?}"));
        }
    }
    wrong.extend(
        known.iter().filter(|(_, count)| **count > 1).map(|(id, count)| format!("id {id} is there {count} times")),
    );
    for element in all {
        for attribute in REFERENCES {
            for id in element.value().attr(attribute).unwrap_or_default().split_whitespace() {
                if !known.contains_key(id) {
                    wrong.push(format!("{attribute}={id} of {} names nothing", shown(element)));
                }
            }
        }
        if let Some(anchor) = element.value().attr("href").and_then(|href| href.strip_prefix('#'))
            && !known.contains_key(anchor)
        {
            wrong.push(format!("the link #{anchor} leads nowhere"));
        }
    }
}

/// Lists hold entries, lists of terms hold terms, tables are as wide in every row.
fn children(element: &ElementRef<'_>, wrong: &mut Vec<String>) {
    let inner: Vec<_> = element.child_elements().collect();
    let allowed: &[&str] = match element.value().name() {
        "ul" | "ol" => &["li"],
        "dl" => &["dt", "dd", "div"],
        "tr" => &["td", "th"],
        "tbody" | "thead" | "tfoot" => &["tr"],
        "select" => &["option", "optgroup", "hr"],
        _ => return,
    };
    for child in &inner {
        if !allowed.contains(&child.value().name()) {
            wrong.push(format!("{} in {}", shown(child), shown(element)));
        }
    }
    let has_loose_text =
        element.children().filter_map(|node| node.value().as_text().map(|text| text.trim().to_owned()));
    if let Some(text) = has_loose_text.into_iter().find(|text| !text.is_empty()) {
        wrong.push(format!(
            "text beside the entries of {}: {}",
            shown(element),
            text.chars().take(30).collect::<String>()
        ));
    }
}

/// Everything that a person works with, and every picture, has a name.
fn named(element: &ElementRef<'_>, html: &Html, wrong: &mut Vec<String>) {
    let value = element.value();
    let attribute = |name: &str| value.attr(name).is_some_and(|text| !text.trim().is_empty());
    let said = attribute("aria-label") || attribute("aria-labelledby");
    let has_text = || element.text().any(|text| !text.trim().is_empty());
    let fine = match value.name() {
        "input" if matches!(value.attr("type"), Some("hidden" | "submit")) => true,
        "input" | "select" | "textarea" => {
            let inside = element.ancestors().filter_map(ElementRef::wrap).any(|above| above.value().name() == "label");
            let labels = Selector::parse("label[for]").expect("selector");
            let labelled = value
                .attr("id")
                .is_some_and(|id| html.select(&labels).any(|label| label.value().attr("for") == Some(id)));
            said || inside || labelled
        }
        "a" if value.attr("href").is_some() => said || has_text() || has_alt(element),
        "button" | "summary" | "th" | "h1" | "h2" | "h3" | "h4" | "label" | "legend" | "option" => said || has_text(),
        "img" => value.attr("alt").is_some(),
        _ => true,
    };
    // An option without a text is the choice of nothing in a list whose label says what is chosen.
    if !fine && value.name() != "option" {
        wrong.push(format!("nothing names {}", shown(element)));
    }
}

fn has_alt(element: &ElementRef<'_>) -> bool {
    let pictures = Selector::parse("img[alt]:not([alt=''])").expect("selector");
    element.select(&pictures).next().is_some()
}

/// A heading lies at most one level below the one before it.
fn headings(all: &[ElementRef<'_>], wrong: &mut Vec<String>) {
    let mut last = 0;
    let mut told = BTreeSet::new();
    for element in all {
        let level = match element.value().name() {
            "h1" => 1,
            "h2" => 2,
            "h3" => 3,
            "h4" => 4,
            _ => continue,
        };
        if level > last + 1 && told.insert(level) {
            wrong.push(format!("h{level} after h{last}: {}", shown(element)));
        }
        last = level;
    }
}

/// The tag with what tells it from others.
fn shown(element: &ElementRef<'_>) -> String {
    let value = element.value();
    let told = ["id", "class", "name", "type", "href"].into_iter().filter_map(|name| {
        let text: String =
            value.attr(name)?.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).take(40).collect();
        Some(format!(" {name}={text}"))
    });
    format!("<{}{}>", value.name(), told.collect::<String>())
}

#[test]
fn each_kind_of_problem_is_seen() {
    let page = |inner: &str| {
        format!(
            "<!doctype html><html lang=\"en\"><head><title>t</title></head><body><main id=\"main\"><h1>h</h1>{inner}</main></body></html>"
        )
    };
    assert_eq!(problems(&page("<h2>a</h2><p>b</p>")), Vec::<String>::new());
    for (inner, said) in [
        ("<p><div>x</div></p>", "the parser"),
        ("<table><p>x</p></table>", "the parser"),
        ("<i id=\"x\"></i><i id=\"x\"></i>", "id x is there 2 times"),
        ("<blink>x</blink>", "unknown element"),
        ("<a href=\"/a\">x <button>y</button></a>", "a control inside another one"),
        ("<span><div>x</div></span>", "a block inside a line of text"),
        ("<ul><p>x</p></ul>", "<p> in <ul>"),
        ("<dl>x</dl>", "text beside the entries"),
        ("<input name=\"x\">", "nothing names"),
        ("<button></button>", "nothing names"),
        ("<p aria-labelledby=\"gone\">x</p>", "names nothing"),
        ("<a href=\"#gone\">x</a>", "leads nowhere"),
        ("<h4>x</h4>", "h4 after h1"),
        ("<h1>x</h1>", "not exactly one `h1`"),
        ("<a class=\"btn primary\" href=\"/\">x</a><button class=\"btn primary\">y</button>", "the one to press"),
    ] {
        let wrong = problems(&page(inner));
        assert!(wrong.iter().any(|one| one.contains(said)), "{inner}: {wrong:?}");
    }
}
