//! The lead: taken where nobody has it, and handed over with a card that says how things stand, which the other accepts or declines.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, CommandError, hand_overs};
use crate::diagnosis::asked::AskedNow;
use crate::domain::check_run::CheckRunState;
use crate::domain::cluster::Cluster;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::finding::Step;
use crate::domain::hand_over::{Card, Offer};
use crate::domain::id::IncidentId;
use crate::domain::incident::Incident;
use crate::domain::message::Message;
use crate::domain::pinned::PinnedCause;
use crate::domain::to_do::ToDoMark;
use crate::domain::user::{Role, User};
use crate::store::hand_in::kept;
use crate::web::clusters::looks::ClusterLook;
use crate::web::incidents::captures::without;
use crate::web::incidents::hero::{Hero, Known, unlike};
use crate::web::incidents::load;
use crate::web::incidents::steps::state_now;
use crate::web::incidents::timeline::{decision_key, step_key};
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, check_key, paths};

/// The card in words.
struct CardView {
    done: Vec<String>,
    in_flight: Vec<String>,
    next: Vec<String>,
    hazards: Vec<String>,
}

impl CardView {
    fn new(f: &Frame, card: &Card) -> Self {
        let step = |step: Step| format!("{} {}", step.number(), f.t(step_key(step)));
        let words = |texts: &[Message]| texts.iter().map(|text| f.msg(text)).collect::<Vec<_>>();
        let decided = |done: &crate::domain::hand_over::DoneStep| {
            f.t2("hand-over-step", "step", step(done.step), "how", f.t(decision_key(done.kind)))
        };
        let mut done: Vec<String> = card.done.iter().map(decided).collect();
        done.extend(words(&card.did));
        done.extend(Some(without(f, &card.lacking)).filter(|said| !said.is_empty()));
        let running = |run: &crate::domain::hand_over::RunningCheck| {
            let check = f.t(check_key(&run.check));
            let check = run.node.as_ref().map_or_else(|| check.clone(), |node| format!("{check} · {node}"));
            f.t2("hand-over-step", "step", step(run.step), "how", check)
        };
        let at = card.next_step.map(step);
        let (under_way, to_come) = if card.next_step_began { (at, None) } else { (None, at) };
        let mut in_flight: Vec<String> = under_way.iter().map(|at| f.t1("hand-over-step-open", "step", at)).collect();
        in_flight.extend(card.in_flight.iter().map(running));
        let mut next: Vec<String> = to_come.iter().map(|at| f.t1("hand-over-next-step", "step", at)).collect();
        next.extend(words(&card.next));
        Self { done, in_flight, next, hazards: unlike(words(&card.hazards).into_iter()) }
    }
}

#[derive(Template)]
#[template(path = "incidents/hand_over.html")]
struct HandOverPage {
    f: Frame,
    incident: Incident,
    me: String,
    /// The cause and how the cluster stands at this moment, whenever the card was made.
    hero: Hero,
    /// The offer that waits.
    offer: Option<Offer>,
    card: CardView,
    /// Who may lead.
    others: Vec<String>,
    to: String,
    note: String,
    errors: FieldErrors,
}

impl HandOverPage {
    async fn new(web: &Web, f: Frame, me: String, incident: Incident) -> Result<Self, WebError> {
        let offer = web.read().waiting_offer(incident.id).await?;
        let stands = Stands::load(web, &incident).await?;
        let hero = Hero::new(&f, &stands.known());
        let card = match &offer {
            Some(offer) => CardView::new(&f, &offer.card),
            None => CardView::new(&f, &card(web, incident.id, &stands).await?),
        };
        let may = |user: &User| user.active && user.role >= Role::Operator && !incident.is_led_by(&user.name);
        let others = web.read().users().await?.into_iter().filter(may).map(|user| user.name).collect();
        let (to, note, errors) = Default::default();
        Ok(Self { f, incident, me, hero, offer, card, others, to, note, errors })
    }

    fn is_for_me(&self) -> bool {
        self.offer.as_ref().is_some_and(|offer| offer.to == self.me)
    }

    fn may_withdraw(&self) -> bool {
        self.offer.as_ref().is_some_and(|offer| offer.by == self.me) || self.incident.is_led_by(&self.me)
    }

    fn back(&self) -> String {
        self.f.url(paths::incident(self.incident.id))
    }
}

/// What is known of an open incident and of its cluster.
struct Stands {
    pinned: Option<PinnedCause>,
    newest: Option<Diagnosis>,
    marks: Vec<ToDoMark>,
    cluster: Option<Cluster>,
    look: Option<ClusterLook>,
}

impl Stands {
    async fn load(web: &Web, incident: &Incident) -> Result<Self, WebError> {
        let (read, id) = (web.read(), incident.id);
        let cluster = read.cluster(incident.cluster).await?;
        Ok(Self {
            pinned: read.pinned_cause(id).await?,
            newest: read.diagnosis(id).await?,
            marks: read.to_do_marks(id).await?,
            look: state_now(web, incident, cluster.as_ref()),
            cluster,
        })
    }

    fn look(&self) -> Option<&Diagnosis> {
        self.look.as_ref().map(|look| &look.diagnosis)
    }

    fn known(&self) -> Known<'_> {
        Known {
            pinned: self.pinned.as_ref(),
            newest: self.newest.as_ref(),
            look: self.look(),
            counted: self.look.as_ref().and_then(|look| look.counted.as_ref()),
            sampled: None,
            marks: &self.marks,
            cluster: self.cluster.as_ref(),
            review: None,
            open: true,
        }
    }
}

/// The card as it stands now.
async fn card(web: &Web, id: IncidentId, stands: &Stands) -> Result<Card, WebError> {
    let read = web.read();
    let steps = read.step_progress(id).await?;
    let mut unfinished = Vec::new();
    for (step, _) in steps.iter().filter(|(_, progress)| progress.running) {
        let runs = read.runs_of_step(id, *step).await?;
        unfinished.extend(runs.into_iter().filter(|run| !matches!(run.state, CheckRunState::Ended { .. })));
    }
    let Stands { pinned, newest, marks, .. } = stands;
    let AskedNow { to_dos, do_nots, .. } = AskedNow::new(pinned.as_ref(), newest.as_ref(), stands.look(), marks);
    let kept = kept(&read.captures(id).await?, &read.captured_files(id).await?, &read.handed_in(id).await?);
    Ok(Card::new(&steps, &unfinished, to_dos, do_nots, marks).with_kept(&kept))
}

/// What was seen of the cluster last outside of the incident.
async fn newest_look(web: &Web, incident: &Incident) -> Result<Option<Diagnosis>, WebError> {
    let cluster = web.read().cluster(incident.cluster).await?;
    Ok(state_now(web, incident, cluster.as_ref()).map(|look| look.diagnosis))
}

/// The card, with what the person who looks may do with it. Of a closed incident nobody takes the lead.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
) -> Result<Response, WebError> {
    let incident = load(&web, id).await?;
    if !incident.state.is_open() {
        return Ok(Redirect::to(&f.url(paths::incident(id))).into_response());
    }
    answer(StatusCode::OK, &HandOverPage::new(&web, f, me.name, incident).await?)
}

/// To whom.
#[derive(Deserialize)]
pub struct OfferForm {
    #[serde(default)]
    to: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    nonce: String,
}

/// Offers the lead.
pub async fn offer(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<OfferForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name.clone()).with_nonce(form.nonce.clone());
    let look = newest_look(&web, &load(&web, id).await?).await?;
    match hand_overs::offer(web.commands(), &caller, id, &form.to, &form.note, look.as_ref()).await {
        Ok(()) => Ok(Redirect::to(&f.url(paths::incident(id))).into_response()),
        Err(error) => again(&web, f, me.name, id, form, error).await,
    }
}

/// Takes the lead where nobody has it.
pub async fn take(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    hand_overs::take(web.commands(), &caller, id).await.map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::incident(id))).into_response())
}

/// Gives the lead to somebody at once.
pub async fn at_once(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<OfferForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name.clone()).with_nonce(form.nonce.clone());
    match hand_overs::at_once(web.commands(), &caller, id, &form.to).await {
        Ok(()) => Ok(Redirect::to(&f.url(paths::incident(id))).into_response()),
        Err(error) => again(&web, f, me.name, id, form, error).await,
    }
}

/// The form with what was typed and what is wrong with it.
async fn again(
    web: &Web,
    f: Frame,
    me: String,
    id: IncidentId,
    form: OfferForm,
    error: CommandError,
) -> Result<Response, WebError> {
    let mut page = HandOverPage::new(web, f, me, load(web, id).await?).await?;
    page.errors.take(&page.f.clone(), error).map_err(|error| error.at(id))?;
    (page.to, page.note) = (form.to, form.note);
    answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// What becomes of an offer.
#[derive(Deserialize)]
pub struct AnswerForm {
    /// `accept` or `decline`.
    #[serde(default)]
    answer: String,
    #[serde(default)]
    nonce: String,
}

/// Accepts or declines the lead.
pub async fn reply(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, WebError> {
    let accepts = match form.answer.as_str() {
        "accept" => true,
        "decline" => false,
        _ => return Err(WebError::BadRequest),
    };
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    hand_overs::answer(web.commands(), &caller, id, accepts).await.map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::incident(id))).into_response())
}

/// Takes an offer back.
pub async fn withdraw(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    hand_overs::withdraw(web.commands(), &caller, id).await.map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::incident(id))).into_response())
}
