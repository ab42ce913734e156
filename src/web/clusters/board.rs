//! The wall screen: how every cluster stands, in large letters; and the links that show it to people without an account.
//!
//! # Why
//! A link shows what stands here and leads nowhere: nobody can do anything with it, and notes, evidence and addresses are not on
//! it. A screen that gets no answer says so, for an old picture looks like a quiet night.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use super::overview::{self, Need, StatusRow};
use crate::commands::board_links;
use crate::commands::{Caller, CommandError};
use crate::domain::board_link::{BoardLink, LENGTHS_DAYS};
use crate::domain::id::BoardLinkId;
use crate::domain::time::Timestamp;
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// How often the screen asks anew, seconds.
const EVERY_S: u32 = 10;

#[derive(Template)]
#[template(path = "board/show.html")]
struct BoardPage {
    f: Frame,
    rows: Vec<StatusRow>,
    /// The link that shows it; `None`: somebody who is logged in.
    link: Option<BoardLink>,
    every_s: u32,
}

impl BoardPage {
    /// How many clusters are in trouble, in a sentence.
    fn heading(&self) -> String {
        match self.rows.iter().filter(|row| row.need <= Need::Degraded).count() {
            _ if self.rows.is_empty() => self.f.t("overview-empty"),
            0 => self.f.t1("board-calm", "n", self.rows.len()),
            n => self.f.t2("board-trouble", "n", n, "all", self.rows.len()),
        }
    }
}

#[derive(Template)]
#[template(path = "board/over.html")]
struct OverPage {
    f: Frame,
}

/// The screen, for people who are logged in.
pub async fn show(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    board(&web, f, None).await
}

/// The screen, for people who have a link that holds. With any other key the page says that the link has ended.
pub async fn view(State(web): State<Web>, f: Frame, Path(key): Path<String>) -> Result<Response, WebError> {
    match board_links::opened_by(web.commands(), &key).await? {
        Some(link) => board(&web, f, Some(link)).await,
        None => answer(StatusCode::GONE, &OverPage { f }),
    }
}

async fn board(web: &Web, f: Frame, link: Option<BoardLink>) -> Result<Response, WebError> {
    let (rows, ..) = overview::rows(web, &f).await?;
    answer(StatusCode::OK, &BoardPage { f, rows, link, every_s: EVERY_S })
}

#[derive(Template)]
#[template(path = "board/links.html")]
struct LinksPage {
    f: Frame,
    links: Vec<BoardLink>,
    name: String,
    days: u32,
    errors: FieldErrors,
    /// The address of the link that was just made, and when it ends.
    made: Option<(String, Timestamp)>,
}

impl LinksPage {
    async fn new(web: &Web, f: Frame) -> Result<Self, WebError> {
        let (links, name) = (web.read().board_links().await?, String::new());
        Ok(Self { f, links, name, days: 30, errors: FieldErrors::default(), made: None })
    }

    fn lengths(&self) -> [u32; LENGTHS_DAYS.len()] {
        LENGTHS_DAYS
    }

    /// Whether it shows the screen now.
    fn holds(&self, link: &BoardLink) -> bool {
        link.holds_at(self.f.now)
    }
}

/// The links, and the form for a new one.
pub async fn links(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    answer(StatusCode::OK, &LinksPage::new(&web, f).await?)
}

/// A link to be.
#[derive(Deserialize)]
pub struct LinkForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    days: String,
}

/// Makes a link and shows it once.
pub async fn make(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Form(form): Form<LinkForm>,
) -> Result<Response, WebError> {
    let days = form.days.parse().unwrap_or(0);
    let made = board_links::make(web.commands(), &Caller::new(me.name), &form.name, days).await;
    let mut page = LinksPage::new(&web, f).await?;
    match made {
        Ok(made) => {
            page.made = Some((page.f.address(paths::board_view(&made.key)), made.until));
            answer(StatusCode::OK, &page)
        }
        Err(error) => {
            page.errors.take(&page.f.clone(), error)?;
            (page.name, page.days) = (form.name, days);
            answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Ends a link.
pub async fn end(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<BoardLinkId>,
) -> Result<Response, WebError> {
    match board_links::end(web.commands(), &Caller::new(me.name), id).await {
        Ok(()) => Ok(Redirect::to(&f.url(paths::BOARD_LINKS)).into_response()),
        Err(CommandError::NotFound(_)) => Err(WebError::NotFound),
        Err(error) => Err(error.into()),
    }
}
