//! Notes with files, corrections of notes, and the files themselves.
//!
//! # Why
//! What people attach is untrusted: it is sent with the type that its bytes have, never with one that a browser could run,
//! under a policy that allows nothing, and text is offered as a file. A note that cannot be saved comes back with its text.

use askama::Template;
use axum::extract::State;
use axum::extract::multipart::Field;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::commands::notes::NewFile;
use crate::commands::{Caller, CommandError, incidents, notes};
use crate::domain::event::Event;
use crate::domain::finding::Step;
use crate::domain::id::{EventId, IncidentId};
use crate::domain::incident::Incident;
use crate::domain::note::{self, FileKind, MAX_FILE_BYTES, MAX_FILES};
use crate::store::StoreError;
use crate::web::incidents::load;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Multipart, Path, Query, seal};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::plain;
use crate::web::plumbing::state::Web;
use crate::web::plumbing::typed::Typed;
use crate::web::{answer, paths};

/// What is sent with a file: it may load nothing, run nothing and stand in no frame.
const FILE_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(Template)]
#[template(path = "records/note.html")]
struct NotePage {
    f: Frame,
    incident: Incident,
    step: Option<Step>,
    text: String,
    errors: FieldErrors,
}

impl NotePage {
    async fn new(web: &Web, mut f: Frame, id: IncidentId, step: Option<Step>, text: String) -> Result<Self, WebError> {
        let incident = load(web, id).await?;
        f.holds_text = !text.is_empty();
        Ok(Self { f, incident, step, text, errors: FieldErrors::default() })
    }

    fn most_bytes(&self) -> String {
        self.f.bytes(MAX_FILE_BYTES as u64)
    }

    /// Where the form stood that led here.
    fn back(&self) -> String {
        let id = self.incident.id;
        self.f.url(self.step.map_or_else(|| paths::of_incident(id, "timeline"), |step| paths::step(id, step)))
    }
}

/// Where a note is written.
#[derive(Default, Deserialize)]
pub struct NoteQuery {
    #[serde(default)]
    step: String,
}

fn step_of(text: &str) -> Option<Step> {
    text.parse().ok().and_then(Step::from_number)
}

/// The form for a note with files.
pub async fn new(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Query(query): Query<NoteQuery>,
) -> Result<Response, WebError> {
    let page = NotePage::new(&web, f, id, step_of(&query.step), String::new()).await?;
    require_unsigned(&page.incident)?;
    answer(StatusCode::OK, &page)
}

/// No form is shown that could not be saved.
fn require_unsigned(incident: &Incident) -> Result<(), WebError> {
    incident.require_unsigned().map_err(|rule| WebError::from(CommandError::from(rule)).at(incident.id))
}

/// What was written before somebody wanted to attach files.
#[derive(Deserialize)]
pub struct DraftForm {
    #[serde(default)]
    step: String,
    #[serde(default)]
    text: String,
}

/// The same form with the text that was written already; nothing is saved yet.
pub async fn draft(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Form(form): Form<DraftForm>,
) -> Result<Response, WebError> {
    answer(StatusCode::OK, &NotePage::new(&web, f, id, step_of(&form.step), form.text).await?)
}

/// Saves a note with its files, or shows the form again with the text and what to do.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    typed: Typed,
    Multipart(parts): Multipart,
) -> Result<Response, WebError> {
    let form = NoteWithFiles::read(parts).await?;
    typed.keep_text("text", &form.text);
    let (step, text) = (step_of(&form.step), form.text.clone());
    let caller = Caller::new(me.name).with_nonce(form.sealed());
    match notes::add(web.commands(), &caller, id, step, &form.text, form.files).await {
        Ok(event) => {
            let timeline = format!("{}#e{event}", paths::of_incident(id, "timeline"));
            let place = step.map_or(timeline, |step| paths::step(id, step) + "#notes");
            Ok(Redirect::to(&f.url(place)).into_response())
        }
        Err(error) => {
            let mut page = NotePage::new(&web, f, id, step, text).await?;
            let status = not_saved(&page.f, &mut page.errors, error).map_err(|error| error.at(id))?;
            answer(status, &page)
        }
    }
}

/// What to say beside the fields, where that is of use; the text stays.
fn not_saved(f: &Frame, errors: &mut FieldErrors, error: CommandError) -> Result<StatusCode, WebError> {
    match error {
        CommandError::Store(StoreError::Disk(trouble)) => {
            let said = |part: &str| f.t(format!("web-error-cannot-save-{}-{part}", trouble.as_str()));
            errors.put("text", format!("{} {} {}", said("title"), said("advice"), f.t("note-text-stays")));
            Ok(StatusCode::SERVICE_UNAVAILABLE)
        }
        other => {
            errors.take(f, other)?;
            Ok(StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

#[derive(Default)]
struct NoteWithFiles {
    step: String,
    text: String,
    nonce: String,
    files: Vec<NewFile>,
}

impl NoteWithFiles {
    /// All of it: what is too much is read to its end as well, so that the form can come back.
    async fn read(mut parts: axum::extract::Multipart) -> Result<Self, WebError> {
        let mut form = Self::default();
        while let Some(field) = parts.next_field().await.map_err(|error| refused(error.status()))? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "step" => form.step = words(field).await?,
                "text" => form.text = words(field).await?,
                "nonce" => form.nonce = words(field).await?,
                "file" => {
                    let name = field.file_name().unwrap_or_default().to_owned();
                    let most = if form.files.len() > MAX_FILES { 0 } else { MAX_FILE_BYTES + 1 };
                    let bytes = cut(field, most).await?;
                    // A field that was left empty has neither name nor bytes.
                    if form.files.len() <= MAX_FILES && !(name.is_empty() && bytes.is_empty()) {
                        form.files.push(NewFile { name, bytes });
                    }
                }
                _ => {}
            }
        }
        Ok(form)
    }

    /// The nonce of this text with these files.
    fn sealed(&self) -> String {
        if self.nonce.is_empty() {
            return String::new();
        }
        let files: Vec<Vec<u8>> = self.files.iter().map(|file| Sha256::digest(&file.bytes).to_vec()).collect();
        let mut all = vec![self.step.as_bytes(), self.text.as_bytes()];
        all.extend(files.iter().map(Vec::as_slice));
        format!("{}{}", self.nonce, seal(&all))
    }
}

fn refused(status: StatusCode) -> WebError {
    if status == StatusCode::PAYLOAD_TOO_LARGE { WebError::TooLarge { most_bytes: None } } else { WebError::BadRequest }
}

async fn words(field: Field<'_>) -> Result<String, WebError> {
    Ok(String::from_utf8_lossy(&cut(field, incidents::MAX_TEXT_CHARS * 4 + 4).await?).into_owned())
}

/// The first bytes of a field, which is read to its end.
async fn cut(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, WebError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(error.status()))? {
        let room = most.saturating_sub(bytes.len()).min(chunk.len());
        bytes.extend_from_slice(&chunk[..room]);
    }
    Ok(bytes)
}

/// A file of a note of that incident.
pub async fn attachment(
    State(web): State<Web>,
    Path((id, sha256)): Path<(IncidentId, String)>,
) -> Result<Response, WebError> {
    let events = web.read().timeline(id).await?;
    let file = note::attached(&events, &sha256).ok_or(WebError::NotFound)?;
    let content = web.read().attachment(&file.sha256).await?.ok_or(WebError::Damaged)?;
    let head = [
        (header::CONTENT_TYPE, file.kind.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition(file.kind, &file.sha256, &file.name)),
        (header::CONTENT_SECURITY_POLICY, FILE_POLICY.to_owned()),
    ];
    Ok((head, content).into_response())
}

/// Pictures are shown, text is a file to be saved. The plain name holds nothing that its sender wrote.
fn disposition(kind: FileKind, sha256: &str, name: &str) -> String {
    let how = if kind.is_picture() { "inline" } else { "attachment" };
    let short: String = sha256.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    let ending = kind.as_str();
    // Whatever it is called: it is opened as what it is.
    let name = if name.to_ascii_lowercase().ends_with(&format!(".{ending}")) {
        paths::encode(name)
    } else {
        format!("{}.{ending}", paths::encode(name))
    };
    format!("{how}; filename=\"attachment-{short}.{ending}\"; filename*=UTF-8''{name}")
}

#[derive(Template)]
#[template(path = "records/correction.html")]
struct CorrectionPage {
    f: Frame,
    incident: Incident,
    entry: EventId,
    /// As it counts now.
    before: String,
    by: String,
    text: String,
    errors: FieldErrors,
}

impl CorrectionPage {
    /// `None`: there is no such note. What counts by now is shown, also where the entry does not any more.
    fn new(mut f: Frame, incident: Incident, events: &[Event], entry: EventId) -> Option<Self> {
        let note = match note::correctable(events, entry) {
            Ok(note) => note,
            Err(newest) => note::correctable(events, newest?).ok()?,
        };
        let newest = note.newest();
        let (entry, text, by) = (newest.id, newest.text.to_owned(), plain(newest.by));
        f.holds_text = true;
        Some(Self { f, incident, entry, before: plain(&text), by, text, errors: FieldErrors::default() })
    }

    fn action(&self) -> String {
        self.f.url(paths::note_correction(self.incident.id, self.entry))
    }

    fn timeline(&self) -> String {
        self.f.url(paths::of_incident(self.incident.id, "timeline"))
    }
}

/// The form that corrects a note.
pub async fn correction(
    State(web): State<Web>,
    f: Frame,
    Path((id, entry)): Path<(IncidentId, EventId)>,
) -> Result<Response, WebError> {
    let (incident, events) = (load(&web, id).await?, web.read().timeline(id).await?);
    require_unsigned(&incident)?;
    answer(StatusCode::OK, &CorrectionPage::new(f, incident, &events, entry).ok_or(WebError::NotFound)?)
}

/// The text that counts from now on.
#[derive(Deserialize)]
pub struct CorrectionForm {
    #[serde(default)]
    text: String,
    #[serde(default)]
    nonce: String,
}

/// Corrects a note, or shows the form again with what was typed.
pub async fn correct(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path((id, entry)): Path<(IncidentId, EventId)>,
    Form(form): Form<CorrectionForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    match notes::correct(web.commands(), &caller, id, entry, &form.text).await {
        Ok(event) => {
            let place = format!("{}#e{event}", paths::of_incident(id, "timeline"));
            Ok(Redirect::to(&f.url(place)).into_response())
        }
        Err(error) => {
            let (incident, events) = (load(&web, id).await?, web.read().timeline(id).await?);
            let mut page = CorrectionPage::new(f, incident, &events, entry).ok_or(WebError::NotFound)?;
            page.text = form.text;
            let status = not_saved(&page.f, &mut page.errors, error).map_err(|error| error.at(id))?;
            answer(status, &page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_opened_as_what_it_is() {
        let sha256 = "ab12cd34ef";
        assert_eq!(
            disposition(FileKind::Png, sha256, "截图 1.PNG"),
            "inline; filename=\"attachment-ab12cd34.png\"; filename*=UTF-8''%E6%88%AA%E5%9B%BE%201.PNG"
        );
        let page = disposition(FileKind::Text, sha256, "x\"; a=b.html");
        assert!(page.starts_with("attachment; filename=\"attachment-ab12cd34.txt\";"), "{page}");
        assert!(page.ends_with("%22%3B%20a%3Db.html.txt"), "{page}");
    }
}
