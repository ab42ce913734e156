//! Runbooks: documented steps with instructions, checks and an exit criterion. An incident keeps the version it started with.

use serde::{Deserialize, Serialize};

use super::finding::Step;

/// A runbook as frozen into an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    /// e.g. `nacos-node-down`.
    pub slug: String,
    /// Hex SHA-256 of its files; names the version.
    pub version: String,
    /// Titles by language (`en`, `zh-CN`).
    pub title: Localised,
    /// The steps in order.
    pub steps: Vec<RunbookStep>,
}

/// One text in both languages; Markdown where the field says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localised {
    /// English.
    pub en: String,
    /// 中文.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookStep {
    /// Which of the six.
    pub step: Step,
    /// Its name.
    pub title: Localised,
    /// The question it answers.
    pub asks: Localised,
    /// Instructions, Markdown.
    pub instructions: Localised,
    /// When it is done, one sentence.
    pub exit: Localised,
    /// Minutes it should take.
    pub budget_min: u32,
    /// Its checks in order.
    pub checks: Vec<CheckSpec>,
}

/// One check of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// Kind, a key of `checks::REGISTRY`.
    pub kind: String,
}
