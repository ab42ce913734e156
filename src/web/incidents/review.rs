//! The review of a record: whether the cause was right, what contributed, what was learned, who signed. It stands on the
//! report; what cannot be saved comes back on a page of its own, with everything that was typed.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use serde::Deserialize;

use super::follow_ups::FollowUpsView;
use super::load;
use crate::commands::review::{self, Sign, Written};
use crate::commands::{Caller, Commands};
use crate::domain::code::Code;
use crate::domain::follow_up::FollowUp;
use crate::domain::id::IncidentId;
use crate::domain::incident::{Incident, IncidentState};
use crate::domain::pinned::{PinnedAs, explains_an_incident};
use crate::domain::review::{CauseSaid, CauseVerdict, ChecklistItem, Review, ReviewPart, ReviewTexts};
use crate::domain::signed::{Content, Signature, differences};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::web::plumbing::components::{Look, Tone, confidence_key};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path, Query};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// What a review shows, as it is stored.
pub struct ReviewData {
    /// The newest version; `None`: nobody has written one.
    pub review: Option<Review>,
    /// What was said of the cause.
    pub said: CauseSaid,
    /// Signatures, oldest first.
    pub signatures: Vec<Signature>,
    /// What a signature would be over now.
    pub content: Content,
    /// What is to be done afterwards, due first.
    pub follow_ups: Vec<FollowUp>,
    /// Login names of people who may own one.
    pub users: Vec<String>,
}

impl ReviewData {
    /// From the store.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(web: &Web, incident: &Incident) -> Result<Self, WebError> {
        let (review, content) = (web.read().review(incident.id).await?, web.read().signable(incident).await?);
        Self::around(web, incident, review, content).await
    }

    /// The same where the review was read, and what a signature would be over is known.
    ///
    /// # Errors
    /// The store's.
    pub async fn around(
        web: &Web,
        incident: &Incident,
        review: Option<Review>,
        content: Content,
    ) -> Result<Self, WebError> {
        let read = web.read();
        let users = read.users().await?.into_iter();
        Ok(Self {
            review,
            said: read.cause_said(incident.id).await?,
            signatures: read.signatures(incident.id).await?,
            content,
            follow_ups: read.follow_ups(incident.id).await?,
            users: users.filter(|user| user.active && user.role >= Role::Operator).map(|user| user.name).collect(),
        })
    }

    /// The signature that counts: the newest, while the incident is reviewed.
    #[must_use]
    pub fn signature(&self, incident: &Incident) -> Option<&Signature> {
        self.signatures.last().filter(|_| incident.state == IncidentState::Reviewed)
    }
}

/// What was typed into the forms of a review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewInput {
    /// `confirmed`, `corrected`, `unknown` or empty.
    pub verdict: String,
    /// Code of what it was; empty: the words say it.
    pub was: String,
    /// What it was in words, or more about it.
    pub words: String,
    /// A contributing factor a line.
    pub factors: String,
    /// What was learned.
    pub lessons: String,
    /// What was looked at.
    pub checklist: BTreeSet<ChecklistItem>,
    /// The version it was written on.
    pub version: i64,
    /// Of the signature: why the person who led the incident signs.
    pub reason: String,
    /// Of the signature: what the signer adds.
    pub note: String,
    /// Why the review is opened again.
    pub reopen_reason: String,
    /// Of the signature: hash of what the signer saw.
    seen: String,
    sent: bool,
    nonce: String,
}

impl ReviewInput {
    fn of(review: Option<&Review>) -> Self {
        let Some(review) = review else { return Self::default() };
        let texts = &review.texts;
        let (was, words) = match &texts.verdict {
            Some(CauseVerdict::Corrected { code, words }) => (code.map_or("", Code::as_str), words.as_str()),
            Some(CauseVerdict::Confirmed | CauseVerdict::Unknown) | None => ("", ""),
        };
        Self {
            verdict: texts.verdict.as_ref().map_or("", CauseVerdict::as_str).to_owned(),
            was: was.to_owned(),
            words: words.to_owned(),
            factors: texts.factors.join("\n"),
            lessons: texts.lessons.clone(),
            checklist: texts.checklist.clone(),
            version: review.version,
            ..Self::default()
        }
    }

    /// Whether the fields of the review were sent, and not those of the signature alone.
    const fn is_sent(&self) -> bool {
        self.sent
    }

    fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut input = Self::default();
        for (key, value) in pairs {
            match key.as_str() {
                "verdict" => input.verdict = value,
                "was" => input.was = value,
                "words" => input.words = value,
                "factors" => input.factors = value,
                "lessons" => input.lessons = value,
                "checked" => input.checklist.extend(ChecklistItem::from_name(&value)),
                "version" => (input.sent, input.version) = (true, value.parse().unwrap_or_default()),
                "seen" => input.seen = value,
                "reason" => input.reason = value,
                "note" => input.note = value,
                "nonce" => input.nonce = value,
                _ => {}
            }
        }
        input
    }

    fn texts(&self) -> Result<ReviewTexts, WebError> {
        let code = if self.was.is_empty() { None } else { Some(self.was.parse().map_err(|_| WebError::BadRequest)?) };
        let verdict = match self.verdict.as_str() {
            "" => None,
            "confirmed" => Some(CauseVerdict::Confirmed),
            "unknown" => Some(CauseVerdict::Unknown),
            "corrected" => Some(CauseVerdict::Corrected { code, words: self.words.clone() }),
            _ => return Err(WebError::BadRequest),
        };
        let factors = self.factors.lines().map(str::to_owned).collect();
        Ok(ReviewTexts { verdict, factors, lessons: self.lessons.clone(), checklist: self.checklist.clone() })
    }
}

/// A cause that somebody named, in words.
pub struct SaidView {
    /// Code; `None`: in words only.
    pub code: Option<&'static str>,
    /// The sentence.
    pub summary: String,
    /// Key of the confidence, where the program named it.
    pub confidence: Option<&'static str>,
    /// Who chose it; `None`: the program.
    pub by: Option<String>,
}

impl SaidView {
    fn all(f: &Frame, said: &CauseSaid) -> Vec<Self> {
        let named = |cause: &PinnedAs| Self {
            code: Some(cause.code.as_str()),
            summary: plain(&f.msg(&cause.summary)),
            confidence: Some(confidence_key(cause.confidence)),
            by: None,
        };
        let person = said.person.as_ref().map(|person| {
            let by = Some(short(&person.by));
            match &person.cause {
                Some(cause) => Self { confidence: None, by, ..named(cause) },
                None => Self { code: None, summary: plain(&person.words), confidence: None, by },
            }
        });
        said.program.as_ref().map(named).into_iter().chain(person).collect()
    }
}

/// What a reviewer said of the cause, in words.
pub struct VerdictView {
    /// What was said.
    pub look: Look,
    /// Code of what it was.
    pub code: Option<&'static str>,
    /// What it was, in words.
    pub words: String,
}

impl VerdictView {
    fn new(f: &Frame, texts: &ReviewTexts) -> Self {
        let short = |look| Self { look, code: None, words: String::new() };
        match &texts.verdict {
            None => short(Look::new(Tone::Unknown, "review-verdict-none")),
            Some(CauseVerdict::Confirmed) => short(Look::new(Tone::Ok, "review-verdict-confirmed")),
            Some(CauseVerdict::Unknown) => short(Look::new(Tone::Unknown, "review-verdict-unknown")),
            Some(CauseVerdict::Corrected { code, words }) => {
                let title = code.map(|code| f.t(format!("help-{}-title", code.key())));
                let words = title.into_iter().chain([plain(words)]).filter(|text| !text.is_empty());
                let words = words.collect::<Vec<_>>().join(" · ");
                let look = Look::new(Tone::Warn, "review-verdict-corrected");
                Self { look, code: code.map(Code::as_str), words }
            }
        }
    }
}

/// The signature under a record, in words.
pub struct SignatureView {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why the person signed who led the incident.
    pub reason: Option<String>,
    /// What the signer added.
    pub note: String,
    /// Hash of what was signed.
    pub sha256: String,
    /// Names of the pieces that are not as they were signed; empty: it is unchanged.
    pub changed: Vec<String>,
}

impl SignatureView {
    fn new(f: &Frame, signature: &Signature, now: &Content) -> Self {
        let same = signature.content.sha256 == now.sha256;
        let parts = if same { Vec::new() } else { differences(&signature.content.text, &now.text) };
        let mut changed: Vec<String> = parts.iter().map(|part| part_name(f, part)).collect();
        if !same && changed.is_empty() {
            changed.push(f.t("review-part-format"));
        }
        Self {
            by: short(&signature.by),
            at: signature.at,
            reason: signature.was_lead.then(|| plain(&signature.reason)),
            note: plain(&signature.note),
            sha256: signature.content.sha256.clone(),
            changed,
        }
    }
}

/// The name of a piece of what is signed.
fn part_name(f: &Frame, part: &str) -> String {
    let known = ["incident", "cause", "decisions", "diagnoses", "evidence", "review", "timeline"];
    f.t(format!("review-part-{}", if known.contains(&part) { part } else { "format" }))
}

/// What another person saved meanwhile.
pub struct Overtaken {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Name of a part that is different there, and what it says.
    pub parts: Vec<(String, String)>,
}

impl Overtaken {
    fn new(f: &Frame, saved: &Review, sent: &ReviewTexts) -> Self {
        let verdict = VerdictView::new(f, &saved.texts);
        let text = |part: &ReviewPart| match part {
            ReviewPart::Verdict => [f.t(verdict.look.word), verdict.words.clone()].join(" "),
            ReviewPart::Factors => plain(&saved.texts.factors.join("\n")),
            ReviewPart::Lessons => plain(&saved.texts.lessons),
            ReviewPart::Checklist => {
                let ticked = saved.texts.checklist.iter().map(|item| f.t(check_key(*item)));
                ticked.collect::<Vec<_>>().join("\n")
            }
        };
        let parts = saved.texts.differences(sent);
        let parts = parts.iter().map(|part| (f.t(format!("review-{}", part.as_str())), text(part))).collect();
        Self { by: short(&saved.by), at: saved.at, parts }
    }
}

fn check_key(item: ChecklistItem) -> String {
    format!("review-check-{}", item.as_str().replace('_', "-"))
}

/// The review in words: what the report shows of it.
pub struct ReviewView {
    /// The incident.
    pub id: IncidentId,
    /// Over, and not signed: the review can be written.
    pub is_open: bool,
    /// Still worked on: the review comes later.
    pub too_early: bool,
    /// Signed by an older version, which kept no hash.
    pub signed_before: bool,
    /// The person who looks led the incident.
    pub is_own: bool,
    /// What was said of the cause.
    pub said: Vec<SaidView>,
    /// What the reviewer says of it.
    pub verdict: VerdictView,
    /// What contributed.
    pub factors: Vec<String>,
    /// What was learned.
    pub lessons: String,
    /// What was looked at: key, and whether.
    pub checklist: Vec<(String, &'static str, bool)>,
    /// Who saved it last, and when.
    pub saved: Option<(String, Timestamp)>,
    /// The signature that counts.
    pub signature: Option<SignatureView>,
    /// The last signature, after which the review was opened again: by whom, when, and the hash that was signed.
    pub was_signed: Option<(String, Timestamp, String)>,
    /// Hash of what a signature would be over now.
    pub sha256: String,
    /// What stands in the forms.
    pub input: ReviewInput,
    /// What cannot be taken.
    pub errors: FieldErrors,
    /// What another person saved meanwhile.
    pub overtaken: Option<Overtaken>,
    /// The record changed while somebody was about to sign it.
    pub moved: bool,
    /// Somebody was about to sign it with changes of the review that are not saved.
    pub unsaved: bool,
    /// Somebody was about to sign it, who had changed nothing of an older version of the review.
    pub was_older: bool,
    /// What is to be done afterwards.
    pub follow_ups: FollowUpsView,
}

impl ReviewView {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, incident: &Incident, data: &ReviewData) -> Self {
        let texts = data.review.as_ref().map_or_else(ReviewTexts::default, |review| review.texts.clone());
        let signature = data.signature(incident);
        // What a saved review speaks of is what was said when it was saved.
        let said = data.review.as_ref().filter(|review| review.texts.verdict.is_some()).map(|review| &review.said);
        let check = |item: ChecklistItem| (check_key(item), item.as_str(), texts.checklist.contains(&item));
        Self {
            id: incident.id,
            is_open: incident.require_in_review().is_ok(),
            too_early: incident.state.is_open(),
            signed_before: incident.state == IncidentState::Reviewed && signature.is_none(),
            is_own: f.user.as_ref().is_some_and(|user| incident.is_led_by(&user.name)),
            said: SaidView::all(f, said.unwrap_or(&data.said)),
            verdict: VerdictView::new(f, &texts),
            factors: texts.factors.iter().map(|factor| plain(factor)).collect(),
            lessons: plain(&texts.lessons),
            checklist: ChecklistItem::ALL.into_iter().map(check).collect(),
            saved: data.review.as_ref().map(|review| (short(&review.by), review.at)),
            signature: signature.map(|signature| SignatureView::new(f, signature, &data.content)),
            was_signed: data
                .signatures
                .last()
                .filter(|_| signature.is_none())
                .map(|last| (short(&last.by), last.at, last.content.sha256.clone())),
            sha256: data.content.sha256.clone(),
            input: ReviewInput::of(data.review.as_ref()),
            errors: FieldErrors::default(),
            overtaken: None,
            moved: false,
            unsaved: false,
            was_older: false,
            follow_ups: FollowUpsView::new(f, &data.follow_ups, &data.users),
        }
    }

    /// From the store, for a page of its own.
    ///
    /// # Errors
    /// The store's; there is no such incident.
    pub async fn load(web: &Web, f: &Frame, id: IncidentId) -> Result<Self, WebError> {
        let incident = load(web, id).await?;
        Ok(Self::new(f, &incident, &ReviewData::load(web, &incident).await?))
    }

    /// Takes what a signer sent whose fields are not what is saved.
    fn not_signed(&mut self, f: &Frame, mut input: ReviewInput, draft: Draft, newest: Option<&Review>) {
        let Draft::Unsaved(sent) = draft else {
            self.was_older = true;
            (self.input.reason, self.input.note) = (input.reason, input.note);
            return;
        };
        self.unsaved = true;
        if input.verdict.is_empty() {
            self.errors.put("verdict", f.t("invalid-sign-no-verdict"));
        }
        if let Some(newest) = newest.filter(|newest| newest.version != input.version) {
            // Saving is on purpose: it is written on what the page shows now.
            self.overtaken = Some(Overtaken::new(f, newest, &sent));
            input.version = newest.version;
        }
        self.input = input;
    }

    /// Whether the person who looks may write it.
    #[must_use]
    pub fn may_write(&self, f: &Frame) -> bool {
        self.is_open && f.leads()
    }

    /// How many items of the checklist are not ticked in the saved review.
    #[must_use]
    pub fn unticked(&self) -> usize {
        self.checklist.iter().filter(|(.., done)| !done).count()
    }

    /// Whether an item of the checklist is ticked in the form.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        ChecklistItem::from_name(name).is_some_and(|item| self.input.checklist.contains(&item))
    }
}

/// Every code that a cause can have, and its name.
#[must_use]
pub fn codes(f: &Frame) -> Vec<(&'static str, String)> {
    let real = Code::ALL.iter().filter(|code| explains_an_incident(**code));
    real.map(|code| (code.as_str(), f.t(format!("help-{}-title", code.key())))).collect()
}

/// What a version of a review says, for the timeline.
#[must_use]
pub fn written(f: &Frame, texts: &ReviewTexts) -> String {
    let verdict = VerdictView::new(f, texts);
    let head = [f.t(verdict.look.word), verdict.words].into_iter().filter(|text| !text.is_empty());
    let mut lines = vec![head.collect::<Vec<_>>().join(" ")];
    lines.extend(texts.factors.iter().map(|factor| format!("– {factor}")));
    lines.extend([texts.lessons.clone()].into_iter().filter(|text| !text.is_empty()));
    lines.join("\n")
}

#[derive(Template)]
#[template(path = "report/review_page.html")]
struct ReviewPage {
    f: Frame,
    review: ReviewView,
}

/// The review on a page of its own.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let review = ReviewView::load(&web, &f, id).await?;
    answer(StatusCode::OK, &ReviewPage { f, review })
}

/// The page again with what was typed.
pub(super) fn refused(f: Frame, review: ReviewView) -> Result<Response, WebError> {
    answer(StatusCode::UNPROCESSABLE_ENTITY, &ReviewPage { f, review })
}

/// Back to the review on the report.
pub(super) fn back(f: &Frame, id: IncidentId, part: &str) -> Response {
    let report = paths::of_incident(id, "report");
    Redirect::to(&f.url(format!("{report}?said=saved#{part}"))).into_response()
}

/// Saves a version of the review.
pub async fn save(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let mut input = ReviewInput::from_pairs(pairs);
    let texts = input.texts()?;
    let caller = Caller::new(me.name).with_nonce(input.nonce.clone());
    let saved = review::save(web.commands(), &caller, id, input.version, &texts).await;
    if matches!(saved, Ok(Written::Saved)) {
        return Ok(back(&f, id, "review"));
    }
    let mut view = ReviewView::load(&web, &f, id).await?;
    match saved {
        Err(error) => refused_field(&mut view.errors, &f, id, error)?,
        Ok(_) => {
            let newest = web.read().review(id).await?;
            // Saving once more is on purpose: it is written on what the page shows now.
            input.version = newest.as_ref().map_or(0, |newest| newest.version);
            view.overtaken = newest.map(|newest| Overtaken::new(&f, &newest, &texts));
        }
    }
    view.input = input;
    refused(f, view)
}

/// Takes what is wrong with a field; a rule that says no leads back to the incident.
pub(super) fn refused_field(
    errors: &mut FieldErrors,
    f: &Frame,
    id: IncidentId,
    error: crate::commands::CommandError,
) -> Result<(), WebError> {
    errors.take(f, error).map_err(|error| error.at(id))
}

/// What the fields of a review hold that came along with a signature.
enum Draft {
    /// What is saved, or nothing.
    Saved,
    /// An older version as it was saved: the signer wrote nothing.
    Older,
    /// What the signer wrote and did not save.
    Unsaved(ReviewTexts),
}

impl Draft {
    fn of(commands: &Commands, input: &ReviewInput, versions: &[Review]) -> Result<Self, WebError> {
        let version = |number| versions.iter().find(|one| one.version == number).map(|one| one.texts.clone());
        let newest = versions.last().map_or(0, |one| one.version);
        if !input.is_sent() {
            return Ok(Self::Saved);
        }
        let sent = input.texts()?;
        let is = |number| review::is_saved(commands, &sent, &version(number).unwrap_or_default());
        Ok(match (is(newest), is(input.version)) {
            (true, _) => Self::Saved,
            (false, true) => Self::Older,
            (false, false) => Self::Unsaved(sent),
        })
    }
}

/// Signs the record. The fields of the review come along, so that nothing is lost that was typed and not saved.
pub async fn sign(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let input = ReviewInput::from_pairs(pairs);
    let versions = web.read().reviews(id).await?;
    let draft = Draft::of(web.commands(), &input, &versions)?;
    // Where there is no form any more to come back with, the command says why.
    let in_review = load(&web, id).await?.require_in_review().is_ok();
    if matches!(draft, Draft::Saved) || !in_review {
        let caller = Caller::new(me.name).with_nonce(input.nonce.clone());
        let sign = Sign { seen: &input.seen, reason: &input.reason, note: &input.note };
        let signed = review::sign(web.commands(), &caller, id, sign).await;
        if matches!(signed, Ok(Written::Saved)) {
            return Ok(back(&f, id, "signature"));
        }
        let mut view = ReviewView::load(&web, &f, id).await?;
        match signed {
            Err(error) => refused_field(&mut view.errors, &f, id, error)?,
            Ok(_) => view.moved = true,
        }
        (view.input.reason, view.input.note) = (input.reason, input.note);
        return refused(f, view);
    }
    let mut view = ReviewView::load(&web, &f, id).await?;
    view.not_signed(&f, input, draft, versions.last());
    refused(f, view)
}

/// Why the review is opened again.
#[derive(Deserialize)]
pub struct ReopenForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    nonce: String,
}

/// Opens the review of a signed record again.
pub async fn reopen(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<ReopenForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    match review::reopen(web.commands(), &caller, id, &form.reason).await {
        Ok(()) => Ok(back(&f, id, "review")),
        Err(error) => {
            let mut view = ReviewView::load(&web, &f, id).await?;
            refused_field(&mut view.errors, &f, id, error)?;
            view.input.reopen_reason = form.reason;
            refused(f, view)
        }
    }
}

/// Which content.
#[derive(Default, Deserialize)]
pub struct ContentQuery {
    /// `1`: as it was signed.
    #[serde(default)]
    signed: String,
}

/// What a signature is over: as it is stored now, or as it was signed last. Its SHA-256 is the hash of the signature.
pub async fn content(
    State(web): State<Web>,
    Path(id): Path<IncidentId>,
    Query(query): Query<ContentQuery>,
) -> Result<Response, WebError> {
    let incident = load(&web, id).await?;
    let text = if query.signed == "1" {
        web.read().signatures(id).await?.pop().ok_or(WebError::NotFound)?.content.text
    } else {
        web.read().signable(&incident).await?.text
    };
    let disposition = format!("attachment; filename=\"{}-signed-content.json\"", id.label());
    let head = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((head, text).into_response())
}
