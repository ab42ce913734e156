//! Channels that people are told through, for administrators: which there are, what waits, what the other side said last, and a
//! test message.

use std::collections::BTreeSet;

use askama::Template;
use async_trait::async_trait;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::commands::{Caller, channels};
use crate::domain::channel::{
    Channel, ChannelKind, ChannelRules, MISSING_MIN, MOST_MIN, MailRoute, News, NoMailRoute, QuietHours, STEP_LATE_MIN,
    UNATTENDED_MIN,
};
use crate::domain::cluster::{Cluster, CredentialRef};
use crate::domain::finding::Step;
use crate::domain::id::{ChannelId, ClusterId};
use crate::domain::message::{Lang, Message};
use crate::domain::notice::{About, Notice, NoticeState};
use crate::domain::severity::Severity;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Notices of a channel that its page shows.
const SHOWN: usize = 20;
/// The zone that quiet hours are in unless another is typed.
const ZONE: &str = "Asia/Shanghai";

/// Sends a test message; `app` fills it.
#[async_trait]
pub trait Tester: Send + Sync {
    /// Sends one message that says that it is a test: what the other side answered, and whether it took it.
    async fn test(&self, channel: &Channel) -> Result<(bool, String), Message>;
}

/// A channel with what became of its messages.
struct ChannelItem {
    channel: Channel,
    notices: Vec<Notice>,
}

impl ChannelItem {
    fn count(&self, state: NoticeState) -> usize {
        self.notices.iter().filter(|notice| notice.state == state).count()
    }

    fn failed(&self) -> usize {
        self.count(NoticeState::Refused) + self.count(NoticeState::GivenUp)
    }

    /// What is in the way now: the answer of the newest try, if it was not taken.
    fn trouble(&self) -> Option<String> {
        let tried = self.notices.iter().filter(|notice| notice.tried_at.is_some()).max_by_key(|notice| notice.tried_at);
        tried.filter(|notice| notice.state != NoticeState::Sent).map(|notice| short(&notice.answer))
    }

    fn look(&self) -> Look {
        let sent = self.notices.iter().any(|notice| notice.state == NoticeState::Sent);
        match (self.channel.active, self.trouble().is_some()) {
            (false, _) => Look::new(Tone::Unknown, "channel-off"),
            (true, true) => Look::new(Tone::Fail, "channel-failing"),
            (true, false) if sent => Look::new(Tone::Ok, "channel-works"),
            (true, false) => Look::new(Tone::Info, "channel-unused"),
        }
    }
}

const fn notice_look(notice: &Notice) -> Look {
    match notice.state {
        NoticeState::Waiting => Look::new(Tone::Running, "notice-waiting"),
        NoticeState::Sent => Look::new(Tone::Ok, "notice-sent"),
        NoticeState::Refused => Look::new(Tone::Fail, "notice-refused"),
        NoticeState::GivenUp => Look::new(Tone::Fail, "notice-given-up"),
    }
}

/// Key of the words for what is told.
fn news_key(news: News) -> String {
    format!("news-{}", news.as_str().replace('_', "-"))
}

/// Key of the words for a kind.
fn kind_key(kind: ChannelKind) -> String {
    format!("channel-kind-{}", kind.as_str().replace('_', "-"))
}

#[derive(Template)]
#[template(path = "channels/list.html")]
struct ChannelsPage {
    f: Frame,
    items: Vec<ChannelItem>,
    /// A test message was sent through this channel: whether it was taken, and what was answered.
    tested: Option<(ChannelId, bool, String)>,
    /// This server knows its own address, so messages have a link.
    has_address: bool,
}

impl ChannelsPage {
    async fn new(web: &Web, f: Frame) -> Result<Self, WebError> {
        let mut items = Vec::new();
        for (channel, _) in web.read().channels().await? {
            let mut notices = web.read().notices(channel.id).await?;
            notices.truncate(SHOWN);
            items.push(ChannelItem { channel, notices });
        }
        Ok(Self { f, items, tested: None, has_address: web.public_url().is_some() })
    }

    fn tested(&self, channel: &Channel) -> Option<(bool, &str)> {
        let (id, taken, said) = self.tested.as_ref()?;
        (*id == channel.id).then_some((*taken, said.as_str()))
    }
}

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ChannelInput {
    name: String,
    kind: String,
    reference: String,
    mail_from: String,
    mail_to: String,
    lang: String,
    clusters: BTreeSet<String>,
    at_least: String,
    news: BTreeSet<String>,
    drills: bool,
    quiet_from: String,
    quiet_until: String,
    zone: String,
    unless: String,
    wakes: bool,
    unattended_min: String,
    step_late_min: String,
    missing_min: String,
    active: bool,
    nonce: String,
}

impl ChannelInput {
    fn empty(lang: Lang) -> Self {
        Self {
            name: String::new(),
            kind: ChannelKind::DingTalk.as_str().to_owned(),
            reference: String::new(),
            mail_from: String::new(),
            mail_to: String::new(),
            lang: lang.tag().to_owned(),
            clusters: BTreeSet::new(),
            at_least: String::new(),
            news: News::ALL.iter().map(|news| news.as_str().to_owned()).collect(),
            drills: false,
            quiet_from: String::new(),
            quiet_until: String::new(),
            zone: ZONE.to_owned(),
            unless: String::new(),
            wakes: false,
            unattended_min: UNATTENDED_MIN.to_string(),
            step_late_min: STEP_LATE_MIN.to_string(),
            missing_min: MISSING_MIN.to_string(),
            active: true,
            nonce: String::new(),
        }
    }

    fn of(channel: &Channel) -> Self {
        let rules = &channel.rules;
        let all = || News::ALL.iter().map(|news| news.as_str().to_owned()).collect();
        let quiet = rules.quiet.as_ref();
        let time = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
        Self {
            name: channel.name.clone(),
            kind: channel.kind.as_str().to_owned(),
            reference: channel.reference.to_string(),
            mail_from: channel.mail.as_ref().map(|mail| mail.from.clone()).unwrap_or_default(),
            mail_to: channel.mail.as_ref().map(|mail| mail.to.join("\n")).unwrap_or_default(),
            lang: channel.lang.tag().to_owned(),
            clusters: rules.clusters.iter().map(ToString::to_string).collect(),
            at_least: rules.at_least.map(|least| least.as_str().to_owned()).unwrap_or_default(),
            news: if rules.news.is_empty() {
                all()
            } else {
                rules.news.iter().map(|news| news.as_str().to_owned()).collect()
            },
            drills: rules.drills,
            quiet_from: quiet.map(|quiet| time(quiet.from)).unwrap_or_default(),
            quiet_until: quiet.map(|quiet| time(quiet.until)).unwrap_or_default(),
            zone: quiet.map_or_else(|| ZONE.to_owned(), |quiet| quiet.zone.clone()),
            unless: quiet.and_then(|quiet| quiet.unless).map(|unless| unless.as_str().to_owned()).unwrap_or_default(),
            wakes: quiet.is_some_and(|quiet| quiet.wakes),
            unattended_min: rules.unattended_min.to_string(),
            step_late_min: rules.step_late_min.to_string(),
            missing_min: rules.missing_min.to_string(),
            active: channel.active,
            nonce: String::new(),
        }
    }

    fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut input = Self { news: BTreeSet::new(), active: false, ..Self::empty(Lang::En) };
        for (key, value) in pairs {
            match key.as_str() {
                "name" => input.name = value,
                "kind" => input.kind = value,
                "reference" => value.trim().clone_into(&mut input.reference),
                "mail_from" => value.trim().clone_into(&mut input.mail_from),
                "mail_to" => value.trim().clone_into(&mut input.mail_to),
                "lang" => input.lang = value,
                "cluster" => _ = input.clusters.insert(value),
                "at_least" => input.at_least = value,
                "news" => _ = input.news.insert(value),
                "drills" => input.drills = true,
                "quiet_from" => value.trim().clone_into(&mut input.quiet_from),
                "quiet_until" => value.trim().clone_into(&mut input.quiet_until),
                "zone" => value.trim().clone_into(&mut input.zone),
                "unless" => input.unless = value,
                "wakes" => input.wakes = true,
                "unattended_min" => value.trim().clone_into(&mut input.unattended_min),
                "step_late_min" => value.trim().clone_into(&mut input.step_late_min),
                "missing_min" => value.trim().clone_into(&mut input.missing_min),
                "active" => input.active = true,
                "nonce" => input.nonce = value,
                _ => {}
            }
        }
        input
    }

    /// The channel that was typed; `None`: something cannot be taken, which `errors` says.
    fn channel(&mut self, f: &Frame, id: ChannelId, errors: &mut FieldErrors) -> Result<Option<Channel>, WebError> {
        let kind = ChannelKind::from_name(&self.kind).ok_or(WebError::BadRequest)?;
        let lang = Lang::from_tag(&self.lang).ok_or(WebError::BadRequest)?;
        let reference = CredentialRef::parse(&self.reference);
        if reference.is_none() {
            errors.put("reference", f.t("invalid-channel-reference"));
            // It may be the address itself: that is not sent back.
            self.reference.clear();
        }
        if self.news.is_empty() {
            errors.put("news", f.t("invalid-channel-no-news"));
        }
        let quiet = self.quiet(f, errors);
        let mail = self.mail(f, kind, errors);
        let unattended_min = minutes(f, "unattended_min", &self.unattended_min, errors);
        let step_late_min = minutes(f, "step_late_min", &self.step_late_min, errors);
        let missing_min = minutes(f, "missing_min", &self.missing_min, errors);
        let (Some(reference), true) = (reference, errors.is_empty()) else { return Ok(None) };
        let news: BTreeSet<News> = self.news.iter().filter_map(|name| News::from_name(name)).collect();
        let rules = ChannelRules {
            clusters: self.clusters.iter().filter_map(|id| id.parse().ok()).map(ClusterId).collect(),
            at_least: Severity::from_name(&self.at_least),
            // All of them is all that there will be as well.
            news: if news.len() == News::ALL.len() { BTreeSet::new() } else { news },
            drills: self.drills,
            quiet,
            unattended_min,
            step_late_min,
            missing_min,
        };
        Ok(Some(Channel { id, name: self.name.clone(), kind, reference, mail, lang, rules, active: self.active }))
    }

    /// From whom and to whom; `None`: it is no mail, or `errors` says what is wrong.
    fn mail(&self, f: &Frame, kind: ChannelKind, errors: &mut FieldErrors) -> Option<MailRoute> {
        if kind != ChannelKind::Mail {
            return None;
        }
        match MailRoute::parse(&self.mail_from, &self.mail_to) {
            Ok(route) => return Some(route),
            Err(NoMailRoute::From(text)) if text.is_empty() => errors.put("mail_from", f.t("web-form-required")),
            Err(NoMailRoute::From(text)) => {
                errors.put("mail_from", f.t1("invalid-channel-mail", "address", short(&text)));
            }
            Err(NoMailRoute::To(text)) => errors.put("mail_to", f.t1("invalid-channel-mail", "address", short(&text))),
            Err(NoMailRoute::NoRecipient) => errors.put("mail_to", f.t("web-form-required")),
            Err(NoMailRoute::TooMany) => {
                errors.put("mail_to", f.t1("invalid-channel-mails", "n", MailRoute::MOST));
            }
        }
        None
    }

    fn quiet(&self, f: &Frame, errors: &mut FieldErrors) -> Option<QuietHours> {
        if self.quiet_from.is_empty() && self.quiet_until.is_empty() {
            return None;
        }
        match (self.quiet_from.parse(), self.quiet_until.parse()) {
            (Ok(from), Ok(until)) if from != until => {
                let (zone, unless) = (self.zone.clone(), Severity::from_name(&self.unless));
                Some(QuietHours { from, until, zone, unless, wakes: self.wakes })
            }
            _ => {
                errors.put("quiet", f.t("invalid-channel-quiet"));
                None
            }
        }
    }

    fn has_cluster(&self, id: &ClusterId) -> bool {
        self.clusters.contains(&id.to_string())
    }

    fn has_news(&self, news: &News) -> bool {
        self.news.contains(news.as_str())
    }
}

/// Minutes that were typed; where they cannot be taken, `errors` says so.
fn minutes(f: &Frame, field: &'static str, text: &str, errors: &mut FieldErrors) -> u16 {
    match text.parse() {
        Ok(minutes) if (1..=MOST_MIN).contains(&minutes) => minutes,
        _ => {
            errors.put(field, f.t1("invalid-channel-minutes", "most", MOST_MIN));
            1
        }
    }
}

#[derive(Template)]
#[template(path = "channels/form.html")]
struct ChannelForm {
    f: Frame,
    /// The channel that is changed; `None`: a new one.
    id: Option<ChannelId>,
    input: ChannelInput,
    errors: FieldErrors,
    clusters: Vec<Cluster>,
    there: Vec<String>,
}

impl ChannelForm {
    async fn new(web: &Web, f: Frame, id: Option<ChannelId>, input: ChannelInput) -> Result<Self, WebError> {
        let there = web.credential_files().there().await.iter().map(ToString::to_string).collect();
        let clusters = web.read().clusters().await?;
        Ok(Self { f, id, input, errors: FieldErrors::default(), clusters, there })
    }

    fn action(&self) -> String {
        self.f.url(self.id.map_or_else(|| paths::CHANNELS.to_owned(), paths::channel))
    }
}

async fn find(web: &Web, id: ChannelId) -> Result<Channel, WebError> {
    let found = web.read().channels().await?.into_iter().find(|(channel, _)| channel.id == id);
    found.map(|(channel, _)| channel).ok_or(WebError::NotFound)
}

fn saved(f: &Frame, said: &str) -> Response {
    Redirect::to(&f.url(format!("{}?said={said}", paths::CHANNELS))).into_response()
}

/// Every channel.
pub async fn list(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    let f = f.live(paths::EVENTS);
    answer(StatusCode::OK, &ChannelsPage::new(&web, f).await?)
}

/// The form of a new one.
pub async fn new(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    let input = ChannelInput::empty(f.lang);
    answer(StatusCode::OK, &ChannelForm::new(&web, f, None, input).await?)
}

/// The form of one that is there.
pub async fn edit(State(web): State<Web>, f: Frame, Path(id): Path<ChannelId>) -> Result<Response, WebError> {
    let input = ChannelInput::of(&find(&web, id).await?);
    answer(StatusCode::OK, &ChannelForm::new(&web, f, Some(id), input).await?)
}

/// Adds one.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (mut input, mut errors) = (ChannelInput::from_pairs(pairs), FieldErrors::default());
    if let Some(channel) = input.channel(&f, ChannelId(0), &mut errors)? {
        let caller = Caller::new(me.name).with_nonce(input.nonce.clone());
        match channels::create(web.commands(), &caller, channel).await {
            Ok(_) => return Ok(saved(&f, "saved")),
            Err(error) => errors.take(&f, error)?,
        }
    }
    refused(&web, f, None, input, errors).await
}

/// Changes one.
pub async fn update(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ChannelId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (mut input, mut errors) = (ChannelInput::from_pairs(pairs), FieldErrors::default());
    if let Some(channel) = input.channel(&f, id, &mut errors)? {
        match channels::change(web.commands(), &Caller::new(me.name), channel).await {
            Ok(()) => return Ok(saved(&f, "saved")),
            Err(error) => errors.take(&f, error)?,
        }
    }
    refused(&web, f, Some(id), input, errors).await
}

/// The form again with what was typed and what is wrong with it.
async fn refused(
    web: &Web,
    f: Frame,
    id: Option<ChannelId>,
    input: ChannelInput,
    errors: FieldErrors,
) -> Result<Response, WebError> {
    let page = ChannelForm::new(web, f, id, input).await?;
    answer(StatusCode::UNPROCESSABLE_ENTITY, &ChannelForm { errors, ..page })
}

/// Removes one.
pub async fn delete(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ChannelId>,
) -> Result<Response, WebError> {
    channels::delete(web.commands(), &Caller::new(me.name), id).await?;
    Ok(saved(&f, "deleted"))
}

/// Sends a message that says that it is a test, and shows what was answered.
pub async fn test(State(web): State<Web>, f: Frame, Path(id): Path<ChannelId>) -> Result<Response, WebError> {
    let channel = find(&web, id).await?;
    let (taken, said) = match web.tester().test(&channel).await {
        Ok((taken, said)) => (taken, short(&said)),
        Err(message) => (false, f.msg(&message)),
    };
    let page = ChannelsPage::new(&web, f).await?;
    answer(StatusCode::OK, &ChannelsPage { tested: Some((id, taken, said)), ..page })
}

/// Tries again what was refused or given up.
pub async fn send_again(State(web): State<Web>, f: Frame, Path(id): Path<ChannelId>) -> Result<Response, WebError> {
    channels::send_again(web.commands(), id).await?;
    Ok(saved(&f, "saved"))
}
