//! What is to be done after an incident: on the report, and open ones of all incidents on overview and records.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::review::{self, ReviewView};
use crate::commands::follow_ups::{self, NewFollowUp};
use crate::commands::{Caller, CommandError};
use crate::domain::follow_up::{Due, FollowUp, FollowUpState, Owner};
use crate::domain::id::{FollowUpId, IncidentId};
use crate::domain::incident::DomainError;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::web::paths;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::days::Days;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;

/// A follow-up, in words.
pub struct FollowUpItem {
    /// Row id.
    pub id: FollowUpId,
    /// Its incident.
    pub incident: IncidentId,
    /// What is to be done.
    pub what: String,
    /// By whom.
    pub owner: String,
    /// Whether that is a login name.
    pub has_account: bool,
    /// Until which day.
    pub due: String,
    /// How it stands.
    pub look: Look,
    /// It is to be done.
    pub is_open: bool,
    /// Who said what became of it, when, and why it was dropped.
    pub mark: Option<(String, Timestamp, String)>,
}

impl FollowUpItem {
    fn new(f: &Frame, one: &FollowUp) -> Self {
        let look = match (one.state(), one.due_at(Days::of("", &f.day_zone).day(f.now))) {
            (FollowUpState::Done, _) => Look::new(Tone::Ok, "follow-up-done"),
            (FollowUpState::Dropped, _) => Look::new(Tone::Skipped, "follow-up-dropped"),
            (FollowUpState::Open, Due::Overdue) => Look::new(Tone::Warn, "follow-up-overdue"),
            (FollowUpState::Open, Due::Today) => Look::new(Tone::Needs, "follow-up-today"),
            (FollowUpState::Open, Due::Later) => Look::new(Tone::Todo, "follow-up-open"),
        };
        Self {
            id: one.id,
            incident: one.incident,
            what: plain(&one.what),
            owner: short(&one.owner.name),
            has_account: one.owner.has_account,
            due: one.due.to_string(),
            look,
            is_open: one.state() == FollowUpState::Open,
            mark: one.mark.as_ref().map(|mark| (short(&mark.by), mark.at, plain(&mark.reason))),
        }
    }

    /// Link to it on the report.
    #[must_use]
    pub fn path(&self) -> String {
        paths::follow_ups_of(self.incident)
    }
}

/// Open ones of all incidents, due first.
///
/// # Errors
/// The store's.
pub async fn open(web: &Web, f: &Frame) -> Result<Vec<FollowUpItem>, WebError> {
    Ok(web.read().open_follow_ups().await?.iter().map(|one| FollowUpItem::new(f, one)).collect())
}

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct FollowUpInput {
    /// What is to be done.
    #[serde(default)]
    pub what: String,
    /// Login name; empty: the words say who.
    #[serde(default)]
    pub owner: String,
    /// Somebody who has no account.
    #[serde(default)]
    pub owner_words: String,
    /// Until which day, as `2026-11-28`.
    #[serde(default)]
    pub due: String,
    #[serde(default)]
    nonce: String,
}

/// Follow-ups of one incident with their forms.
#[derive(Default)]
pub struct FollowUpsView {
    /// Due first; what is done or dropped last.
    pub items: Vec<FollowUpItem>,
    /// Login names of people who may own one.
    pub users: Vec<String>,
    /// What stands in the form.
    pub input: FollowUpInput,
    /// What steps were done without and nobody ticked since, with the address at which the form holds it.
    pub left: Vec<(String, String)>,
    /// The one whose form came back, and why it will not be done.
    pub dropping: Option<(FollowUpId, String)>,
}

impl FollowUpsView {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, all: &[FollowUp], users: &[String]) -> Self {
        let mut items: Vec<_> = all.iter().map(|one| FollowUpItem::new(f, one)).collect();
        items.sort_by_key(|item| !item.is_open);
        Self { items, users: users.to_vec(), ..Self::default() }
    }

    /// The same, offering what steps were done without. `what`: which of it is to become one.
    #[must_use]
    pub fn offering(mut self, f: &Frame, id: IncidentId, left: &[Message], what: &str) -> Self {
        let said = left.iter().map(|text| f.msg(text)).filter(|text| !self.items.iter().any(|item| item.what == *text));
        let address = |text: &String| {
            let asks = format!("report?what={}#follow-up-new", paths::encode(text));
            f.url(paths::of_incident(id, &asks))
        };
        let left = said.map(|text| (text.clone(), address(&text)));
        self.left = left.collect();
        if self.input.what.is_empty() {
            what.clone_into(&mut self.input.what);
        }
        self
    }

    /// How many are to be done.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.items.iter().filter(|item| item.is_open).count()
    }

    /// Whether the form of one came back.
    #[must_use]
    pub fn is_dropping(&self, item: &FollowUpItem) -> bool {
        self.dropping.as_ref().is_some_and(|(id, _)| *id == item.id)
    }

    /// Why one will not be done, as it was typed.
    #[must_use]
    pub fn drop_reason(&self, item: &FollowUpItem) -> &str {
        self.dropping.as_ref().filter(|(id, _)| *id == item.id).map_or("", |(_, reason)| reason)
    }
}

/// Adds one.
pub async fn add(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<FollowUpInput>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce.clone());
    let has_account = !form.owner.is_empty();
    let name = if has_account { form.owner.clone() } else { form.owner_words.clone() };
    let due = form.due.trim().parse::<jiff::civil::Date>();
    let mut view = ReviewView::load(&web, &f, id).await?;
    let today = Days::of("", &f.day_zone).day(f.now);
    if has_account && !form.owner_words.trim().is_empty() {
        view.errors.put("owner", f.t("invalid-follow-up-both"));
    } else if due.as_ref().is_ok_and(|due| *due < today) {
        view.errors.put("due", f.t("invalid-follow-up-past"));
    } else if let Ok(due) = due {
        let new = NewFollowUp { what: form.what.clone(), owner: Owner { name, has_account }, due };
        match follow_ups::add(web.commands(), &caller, id, &new).await {
            Ok(_) => return Ok(review::back(&f, id, "follow-ups")),
            Err(error) => review::refused_field(&mut view.errors, &f, id, error)?,
        }
    } else {
        view.errors.put("due", f.t("invalid-follow-up-due"));
    }
    view.follow_ups.input = form;
    review::refused(f, view)
}

/// What became of one.
#[derive(Deserialize)]
pub struct MarkForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    nonce: String,
}

/// Says what became of one.
pub async fn mark(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, follow_up)): Path<(IncidentId, FollowUpId)>,
    Form(form): Form<MarkForm>,
) -> Result<Response, WebError> {
    let state = FollowUpState::from_name(&form.state).ok_or(WebError::BadRequest)?;
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    match follow_ups::mark(web.commands(), &caller, id, follow_up, state, &form.reason).await {
        Ok(()) => Ok(review::back(&f, id, "follow-ups")),
        // Somebody else was faster: it is as it was to be, and the page says who did it. Another reason is not dropped.
        Err(CommandError::Domain(DomainError::NoChange)) if state != FollowUpState::Dropped => {
            Ok(Redirect::to(&f.url(paths::follow_ups_of(id))).into_response())
        }
        Err(error) => {
            let mut view = ReviewView::load(&web, &f, id).await?;
            let mut errors = std::mem::take(&mut view.errors);
            review::refused_field(&mut errors, &f, id, error)?;
            view.errors.put("drop", errors.at("reason").to_owned());
            view.follow_ups.dropping = Some((follow_up, form.reason));
            review::refused(f, view)
        }
    }
}
