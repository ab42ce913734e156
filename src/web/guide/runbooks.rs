//! Runbooks to read: the version that new incidents start with. An incident keeps the version it was opened with.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::domain::message::Lang;
use crate::domain::runbook::{Localised, Runbook, RunbookStep};
use crate::web::plumbing::components::{Markup, markdown};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Path;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, check_key, paths};

/// The text in the language of the page.
#[must_use]
pub fn local<'t>(f: &Frame, text: &'t Localised) -> &'t str {
    match f.lang {
        Lang::En => &text.en,
        Lang::ZhCn => &text.zh_cn,
    }
}

/// One step, ready to be read.
pub struct StepText {
    /// Number.
    pub number: u8,
    /// Name.
    pub title: String,
    /// The question.
    pub asks: String,
    /// Instructions.
    pub instructions: Markup,
    /// When it is done.
    pub exit: String,
    /// Minutes it should take.
    pub budget_min: u32,
    /// Keys of the names of its checks, with their kinds.
    pub checks: Vec<(String, String)>,
}

impl StepText {
    fn new(f: &Frame, step: &RunbookStep) -> Self {
        Self {
            number: step.step.number(),
            title: local(f, &step.title).to_owned(),
            asks: local(f, &step.asks).to_owned(),
            instructions: markdown(&f.with_settings(local(f, &step.instructions))),
            exit: f.with_settings(local(f, &step.exit)),
            budget_min: step.budget_min,
            checks: step.checks.iter().map(|check| (check_key(&check.kind), check.kind.clone())).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "runbooks/list.html")]
struct RunbookListPage {
    f: Frame,
    runbooks: Vec<Runbook>,
}

/// All runbooks.
pub async fn list(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    let runbooks = web.commands().runbooks().to_vec();
    answer(StatusCode::OK, &RunbookListPage { f, runbooks })
}

#[derive(Template)]
#[template(path = "runbooks/show.html")]
struct RunbookShowPage {
    f: Frame,
    runbook: Runbook,
    steps: Vec<StepText>,
}

/// One runbook.
pub async fn show(State(web): State<Web>, f: Frame, Path(slug): Path<String>) -> Result<Response, WebError> {
    let runbook =
        web.commands().runbooks().iter().find(|runbook| runbook.slug == slug).cloned().ok_or(WebError::NotFound)?;
    let steps = runbook.steps.iter().map(|step| StepText::new(&f, step)).collect();
    answer(StatusCode::OK, &RunbookShowPage { f, runbook, steps })
}
