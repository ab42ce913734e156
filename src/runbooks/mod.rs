//! Runbooks: TOML for the order, Markdown for the words, to [`Runbook`]; errors name file and line. May import `domain`.
//!
//! To add one: `runbooks/<slug>/runbook.toml` with `en.md` and `zh-CN.md`, nothing to register. In the Markdown, `# …` is
//! the title, `## <number> <name>` begins a step, its first quote is the question it answers, its last paragraph
//! (`Done when: …`, `完成标准：…`) tells when it is done, everything between are the instructions.

mod markdown;

use std::path::Path;

use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::domain::finding::Step;
use crate::domain::runbook::{CheckSpec, Localised, Runbook, RunbookStep};

/// The runbook that an incident about a stopped node follows.
pub const NODE_DOWN: &str = "nacos-node-down";

#[derive(RustEmbed)]
#[folder = "runbooks/"]
struct Embedded;

/// What is wrong with a runbook, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct RunbookError {
    /// File, as it was named to the reader.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong; completes "could not read the runbook:".
    pub what: String,
}

/// The three texts of a runbook.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// Folder, for error messages.
    pub folder: &'a str,
    /// `runbook.toml`.
    pub toml: &'a str,
    /// `en.md`.
    pub en: &'a str,
    /// `zh-CN.md`.
    pub zh_cn: &'a str,
}

/// The runbooks that come with the program, by slug.
///
/// # Errors
/// The first thing that is wrong in them; a test keeps it from happening.
pub fn embedded() -> Result<Vec<Runbook>, RunbookError> {
    let mut slugs: Vec<String> =
        Embedded::iter().filter_map(|path| path.strip_suffix("/runbook.toml").map(str::to_owned)).collect();
    slugs.sort();
    slugs.iter().map(|slug| embedded_one(slug)).collect()
}

/// The runbook of that slug that comes with the program.
///
/// # Errors
/// If there is none, or something is wrong in it.
pub fn find(slug: &str) -> Result<Runbook, RunbookError> {
    embedded_one(slug)
}

fn embedded_one(slug: &str) -> Result<Runbook, RunbookError> {
    let folder = format!("runbooks/{slug}");
    let text = |name: &str| {
        Embedded::get(&format!("{slug}/{name}"))
            .map(|file| String::from_utf8_lossy(&file.data).into_owned())
            .ok_or_else(|| missing(&folder, name))
    };
    load(Files { folder: &folder, toml: &text("runbook.toml")?, en: &text("en.md")?, zh_cn: &text("zh-CN.md")? })
}

/// A runbook of the operator, from a folder with the same three files.
///
/// # Errors
/// If a file cannot be read or is wrong.
pub fn from_folder(path: &Path) -> Result<Runbook, RunbookError> {
    let folder = path.display().to_string();
    let text = |name: &str| {
        std::fs::read_to_string(path.join(name)).map_err(|error| RunbookError {
            file: format!("{folder}/{name}"),
            line: 1,
            what: error.to_string(),
        })
    };
    load(Files { folder: &folder, toml: &text("runbook.toml")?, en: &text("en.md")?, zh_cn: &text("zh-CN.md")? })
}

fn missing(folder: &str, name: &str) -> RunbookError {
    RunbookError { file: format!("{folder}/{name}"), line: 1, what: "there is no such file".to_owned() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    slug: Spanned<String>,
    step: Vec<OrderStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderStep {
    step: Spanned<u8>,
    budget_min: Spanned<u32>,
    checks: Vec<Spanned<String>>,
}

/// A runbook from its three texts. Kinds of checks are checked by [`unknown_kinds`], which knows the registry.
///
/// # Errors
/// File and line of the first thing that is wrong.
pub fn load(files: Files<'_>) -> Result<Runbook, RunbookError> {
    let file = format!("{}/runbook.toml", files.folder);
    let wrong =
        |offset: usize, what: String| RunbookError { file: file.clone(), line: line_of(files.toml, offset), what };
    let order: Order = toml::from_str(files.toml)
        .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let slug = order.slug.get_ref();
    let is_slug =
        !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_slug {
        return Err(wrong(order.slug.span().start, format!("`{slug}` is not a slug: use a-z, 0-9 and hyphens")));
    }
    let en = markdown::read(&format!("{}/en.md", files.folder), files.en, "Done when:")?;
    let zh_cn = markdown::read(&format!("{}/zh-CN.md", files.folder), files.zh_cn, "完成标准：")?;
    let mut steps: Vec<RunbookStep> = Vec::new();
    for entry in order.step {
        let number = *entry.step.get_ref();
        let Some(step) = Step::from_number(number) else {
            return Err(wrong(entry.step.span().start, format!("there is no step {number}")));
        };
        if steps.last().is_some_and(|before| before.step >= step) {
            return Err(wrong(entry.step.span().start, format!("step {number} is out of order")));
        }
        if *entry.budget_min.get_ref() == 0 {
            return Err(wrong(entry.budget_min.span().start, "a step takes at least one minute".to_owned()));
        }
        if let Some(twice) = entry.checks.iter().enumerate().find_map(|(at, kind)| {
            entry.checks[..at].iter().any(|before| before.get_ref() == kind.get_ref()).then_some(kind)
        }) {
            return Err(wrong(twice.span().start, format!("`{}` stands twice in the step", twice.get_ref())));
        }
        let (en, zh_cn) = (en.step(number)?, zh_cn.step(number)?);
        let both =
            |pick: fn(&markdown::Section) -> &String| Localised { en: pick(en).clone(), zh_cn: pick(zh_cn).clone() };
        steps.push(RunbookStep {
            step,
            title: both(|section| &section.title),
            asks: both(|section| &section.asks),
            instructions: both(|section| &section.instructions),
            exit: both(|section| &section.exit),
            budget_min: *entry.budget_min.get_ref(),
            checks: entry.checks.into_iter().map(|kind| CheckSpec { kind: kind.into_inner() }).collect(),
        });
    }
    if steps.is_empty() {
        return Err(wrong(0, "a runbook has at least one step".to_owned()));
    }
    Ok(Runbook {
        slug: slug.clone(),
        version: version(files),
        title: Localised { en: en.title, zh_cn: zh_cn.title },
        steps,
    })
}

/// Kinds of checks in a runbook that `is_known` does not know.
pub fn unknown_kinds(runbook: &Runbook, is_known: impl Fn(&str) -> bool) -> Vec<String> {
    runbook
        .steps
        .iter()
        .flat_map(|step| &step.checks)
        .filter(|check| !is_known(&check.kind))
        .map(|check| check.kind.clone())
        .collect()
}

fn version(files: Files<'_>) -> String {
    let mut hash = Sha256::new();
    for text in [files.toml, files.en, files.zh_cn] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
