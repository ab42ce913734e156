//! Help: what every finding code and every log signature means, and what to do.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::diagnosis::case::Listed;
use crate::diagnosis::{causes, relations, rules};
use crate::domain::code::Code;
use crate::domain::finding::{Function, Weight};
use crate::locale;
use crate::nacos::signatures::{self, CATALOGUE, Severity, Signature};
use crate::web::incidents::timeline::step_key;
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Path;
use crate::web::plumbing::page::Frame;
use crate::web::{answer, paths};

/// Shapes that the help explains, with the word for each.
pub const SHAPES: [(&str, &str); 6] = [
    ("ok", "pass"),
    ("warn", "warn"),
    ("fail", "fail"),
    ("unknown", "unknown"),
    ("info", "advice"),
    ("skip", "skipped"),
];

/// Single keys of `static/app.js`, with what each does.
pub const KEYS: [(&str, &str); 8] = [
    ("?", "help"),
    ("j", "next"),
    ("k", "previous"),
    ("r", "run"),
    ("n", "note"),
    ("c", "copy"),
    ("/", "search"),
    ("Esc", "close"),
];

/// One code in the list.
pub struct CodeItem {
    /// The code.
    pub code: Code,
    /// Its name.
    pub title: String,
}

/// One signature in the list.
pub struct SignatureItem {
    /// The entry.
    pub signature: &'static Signature,
    /// Its name in words.
    pub title: String,
    /// Shape and colour of its weight.
    pub tone: Tone,
}

/// The text of a key, if both languages have it.
fn told(f: &Frame, key: &str) -> Option<String> {
    locale::has(key).then(|| f.t(key))
}

fn title_of(f: &Frame, code: Code) -> String {
    told(f, &format!("help-{}-title", code.key())).unwrap_or_else(|| code.to_string())
}

const fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Noise => Tone::Skipped,
        Severity::Info => Tone::Info,
        Severity::Warn => Tone::Warn,
        Severity::Error | Severity::Critical => Tone::Fail,
    }
}

const fn severity_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Noise => "helppage-severity-noise",
        Severity::Info => "helppage-severity-info",
        Severity::Warn => "helppage-severity-warn",
        Severity::Error => "helppage-severity-error",
        Severity::Critical => "helppage-severity-critical",
    }
}

/// Key of the name of a function of Nacos.
#[must_use]
pub const fn function_key(function: Function) -> &'static str {
    match function {
        Function::EphemeralDiscovery => "helppage-function-ephemeral",
        Function::PersistentServices => "helppage-function-persistent",
        Function::ConfigRead => "helppage-function-config-read",
        Function::ConfigWrite => "helppage-function-config-write",
        Function::Console => "helppage-function-console",
    }
}

#[derive(Template)]
#[template(path = "help/list.html")]
struct HelpListPage {
    f: Frame,
    codes: Vec<CodeItem>,
    signatures: Vec<SignatureItem>,
}

/// Everything that has a page.
pub async fn show(f: Frame) -> Result<Response, WebError> {
    let codes = Code::ALL
        .iter()
        .filter(|code| **code != Code::None)
        .map(|code| CodeItem { code: *code, title: title_of(&f, *code) })
        .collect();
    let mut signatures: Vec<SignatureItem> = CATALOGUE
        .iter()
        .map(|signature| SignatureItem {
            title: told(&f, &signature.title_key()).unwrap_or_else(|| signature.name.to_owned()),
            tone: severity_tone(signature.severity),
            signature,
        })
        .collect();
    signatures.sort_by_key(|item| {
        let id = item.signature.id;
        (id[..1].to_owned(), id[1..].parse::<u32>().unwrap_or(u32::MAX))
    });
    answer(StatusCode::OK, &HelpListPage { f, codes, signatures })
}

/// One part of a page: heading and text.
pub struct Part {
    /// Key of the heading.
    pub heading: &'static str,
    /// The text.
    pub text: String,
}

#[derive(Template)]
#[template(path = "help/finding.html")]
struct HelpFindingPage {
    f: Frame,
    code: Code,
    title: String,
    parts: Vec<Part>,
    functions: Vec<&'static str>,
    rules: Vec<RuleView>,
    consequences: Vec<CodeItem>,
    follows_from: Vec<CodeItem>,
}

/// A rule in words.
struct RuleView {
    /// What each condition decides, and the condition.
    conditions: Vec<(String, String)>,
    /// What must not apply first.
    after: Vec<CodeItem>,
}

impl RuleView {
    fn new(f: &Frame, rule: Listed) -> Self {
        let conditions = rule.conditions.into_iter();
        Self {
            conditions: conditions.map(|(id, weight)| (f.t(weight_key(weight)), f.t(format!("if-{id}")))).collect(),
            after: rule.after.into_iter().map(|code| CodeItem { code, title: title_of(f, code) }).collect(),
        }
    }
}

const fn weight_key(weight: Weight) -> &'static str {
    match weight {
        Weight::About => "weight-about",
        Weight::Requires => "weight-requires",
        Weight::Excludes => "weight-excludes",
        Weight::Certain => "weight-certain",
        Weight::Likely => "weight-likely",
        Weight::Doubts => "weight-doubts",
        Weight::Beside => "weight-beside",
    }
}

/// A finding code explained.
pub async fn finding(f: Frame, Path(code): Path<String>) -> Result<Response, WebError> {
    let code: Code = code.parse().map_err(|_| WebError::NotFound)?;
    let part =
        |name: &str, heading| told(&f, &format!("help-{}-{name}", code.key())).map(|text| Part { heading, text });
    let parts = [
        part("meaning", "helppage-meaning"),
        part("impact", "helppage-impact"),
        part("todo", "helppage-todo"),
        part("donot", "helppage-donot"),
        part("refuted", "helppage-refuted"),
    ];
    let item = |code: Code| CodeItem { code, title: title_of(&f, code) };
    let page = HelpFindingPage {
        title: title_of(&f, code),
        parts: parts.into_iter().flatten().collect(),
        functions: causes::spec(code).functions.iter().map(|function| function_key(*function)).collect(),
        rules: rules::list().into_iter().filter(|rule| rule.code == code).map(|rule| RuleView::new(&f, rule)).collect(),
        consequences: relations::consequences(code).into_iter().map(item).collect(),
        follows_from: Code::ALL
            .iter()
            .copied()
            .filter(|other| relations::consequences(*other).contains(&code))
            .map(item)
            .collect(),
        code,
        f,
    };
    answer(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "help/signature.html")]
struct HelpSignaturePage {
    f: Frame,
    signature: &'static Signature,
    title: String,
    meaning: Option<String>,
    next: Option<String>,
    tone: Tone,
    severity: &'static str,
    step: String,
}

/// A log signature explained.
pub async fn signature(f: Frame, Path(id): Path<String>) -> Result<Response, WebError> {
    let signature = signatures::find(&id).ok_or(WebError::NotFound)?;
    let page = HelpSignaturePage {
        title: told(&f, &signature.title_key()).unwrap_or_else(|| signature.name.to_owned()),
        meaning: told(&f, &signature.meaning_key()),
        next: told(&f, &signature.next_key()),
        tone: severity_tone(signature.severity),
        severity: severity_key(signature.severity),
        step: format!("{} {}", signature.step.number(), f.t(step_key(signature.step))),
        signature,
        f,
    };
    answer(StatusCode::OK, &page)
}
