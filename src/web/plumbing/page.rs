//! What every page knows: language, theme, zone of times, who looks at it, where it is. Templates call it `f`.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Uri, header};
use jiff::tz::TimeZone;
use std::fmt::Display;
use tokio::time::Instant;
use tower_sessions::Session;

use crate::commands::disk::{self, Space};
use crate::domain::finding::Step;
use crate::domain::id::{
    BoardLinkId, CaptureId, CapturedFileId, ChannelId, CheckRunId, ClusterId, EventId, EvidenceId, FollowUpId,
    IncidentId, MaintenanceId, ProposalId, ReleaseId, UserId, WaiverId,
};
use crate::domain::message::{Lang, Message};
use crate::domain::on_silence::OnSilence;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::locale;
use crate::store::{Damage, Damages, Loss, Trouble, grouped};
use crate::web::clusters::hosts;
use crate::web::paths;
use crate::web::plumbing::assets;
use crate::web::plumbing::components::{self, Look, Markup, Signed};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::kept::{Kept, Offer};
use crate::web::plumbing::layers::Identity;
use crate::web::plumbing::recent::Moment;
use crate::web::plumbing::replay::{Phase, Replay, Stands};
use crate::web::plumbing::state::Web;
use crate::web::plumbing::zone::{self, Zone};

/// Cookie that holds the language.
pub const LANG_COOKIE: &str = "nodedown_lang";
/// Cookie that holds the theme.
pub const THEME_COOKIE: &str = "nodedown_theme";

/// Cookie that switches single keys off.
pub const KEYS_COOKIE: &str = "nodedown_keys";

/// Cookie that holds the zone of times.
pub const ZONE_COOKIE: &str = "nodedown_zone";

/// Cookie by which the script tells the browser's own zone.
pub const OWN_ZONE_COOKIE: &str = "nodedown_own_zone";
/// Cookie that sends the demo's coach away.
pub const COACH_COOKIE: &str = "nodedown_coach";

/// Where runbooks say how long a cluster has to be stable.
const STABLE: &str = "{stable}";
/// How often a page that is open asks for the state again, milliseconds; the script does.
const PAGE_LOOKS_EVERY_MS: i64 = 15_000;

/// Colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All three, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Name in cookie, form and attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }
}

/// A message behind any number of references: templates hand over both.
pub trait Worded {
    /// The message.
    fn message(&self) -> &Message;
}

impl Worded for Message {
    fn message(&self) -> &Message {
        self
    }
}

impl<T: Worded> Worded for &T {
    fn message(&self) -> &Message {
        (*self).message()
    }
}

/// A small value behind any number of references: templates hand over both.
pub trait Plain<T> {
    /// The value.
    fn plain(&self) -> T;
}

macro_rules! plain {
    ($($kind:ty),+) => {$(
        impl Plain<$kind> for $kind {
            fn plain(&self) -> $kind {
                *self
            }
        }
        impl<U: Plain<$kind>> Plain<$kind> for &U {
            fn plain(&self) -> $kind {
                (*self).plain()
            }
        }
    )+};
}

plain!(
    BoardLinkId,
    CaptureId,
    CapturedFileId,
    ChannelId,
    CheckRunId,
    ClusterId,
    EventId,
    EvidenceId,
    FollowUpId,
    IncidentId,
    MaintenanceId,
    ProposalId,
    ReleaseId,
    UserId,
    WaiverId
);
plain!(Look, Step, Timestamp, i64, u64);

/// The frame around a page and the words in it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Language.
    pub lang: Lang,
    /// Theme.
    pub theme: Theme,
    /// Zone of times.
    pub zone: Zone,
    /// Zone of days that are asked for: that of times, which a browser's script tells.
    pub day_zone: Zone,
    /// Whether single keys do something (WCAG 2.1.4 wants that they can be switched off).
    pub keys: bool,
    /// Who looks.
    pub user: Option<User>,
    /// What stands before every path.
    pub prefix: String,
    /// Where this server is, for links that are read elsewhere: the public address, or the plain host that the request names.
    pub origin: Option<String>,
    /// Path and query of this page, without prefix: forms lead back to it.
    pub here: String,
    /// Real incidents that are open: the count in the title.
    pub problems: usize,
    /// Now, by the server.
    pub now: Timestamp,
    /// The number of the last commit when the request came, if it is known: what is kept under it may be shown.
    pub commit: Option<i64>,
    /// Something was done: said once above the page.
    pub said: Option<String>,
    /// Seconds after which a browser without script loads the page again; `None`: it does not.
    pub reload_s: Option<u32>,
    /// Event stream of the page, without prefix.
    pub stream: Option<String>,
    /// A recording is replayed.
    pub demo: bool,
    /// Where it stands.
    replay: Option<Stands>,
    /// The demo's first pages say what to do.
    coach: bool,
    /// The exit criterion: stable for so many minutes.
    stable_minutes: u32,
    /// How often the watcher looks, milliseconds; 0: never by itself.
    watch_ms: i64,
    /// What is done where nodes are silent, in clusters of which nobody said it.
    pub on_silence: OnSilence,
    /// Why nothing can be saved; every page says so.
    pub trouble: Option<Trouble>,
    /// Room on the disk.
    pub space: Space,
    /// What was sent after a session had ended, and is offered until it is sent or thrown away.
    pub kept: Option<Offer>,
    /// The zone of a page that names it once and beside no time; `None`: an ordinary page.
    pub zone_once: Option<Zone>,
    /// The page holds text that switching language or theme would lose.
    pub holds_text: bool,
    /// What the start found to be lost.
    pub loss: Option<Loss>,
    /// Stored pieces that cannot be read: also those that this page finds while it is made.
    damages: Damages,
}

impl Frame {
    /// The frame without looking at the database: for error pages.
    #[must_use]
    pub fn outside(web: &Web, headers: &HeaderMap, uri: &Uri) -> Self {
        let here = here(web, uri);
        let (lang, theme, keys) = preferences(headers);
        Self {
            lang,
            theme,
            zone: self::zone(headers),
            day_zone: day_zone(headers),
            keys,
            user: None,
            prefix: web.prefix().to_owned(),
            origin: origin(web, headers),
            here: here.to_owned(),
            problems: 0,
            now: web.now(),
            commit: None,
            said: said(uri),
            reload_s: None,
            stream: None,
            demo: web.is_demo(),
            replay: web.replay().map(Replay::stands),
            coach: coaches(headers),
            stable_minutes: web.stable_minutes(),
            watch_ms: web.watch_ms(),
            on_silence: web.on_silence(),
            trouble: web.commands().health().trouble(),
            space: disk::space(web.commands()),
            kept: None,
            zone_once: None,
            holds_text: false,
            loss: web.commands().loss(),
            damages: web.read().damages().clone(),
        }
    }

    /// The moment that something kept must not be older than.
    #[must_use]
    pub fn moment(&self) -> Option<Moment> {
        self.commit.map(|commit| Moment { commit, at: self.now, now: Instant::now() })
    }

    /// The same frame with an event stream.
    #[must_use]
    pub fn live(mut self, stream: impl Into<String>) -> Self {
        self.stream = Some(stream.into());
        self
    }

    /// The same frame for a page that names its zone once: the one that was chosen, else the browser's own as its script told it,
    /// else UTC.
    #[must_use]
    pub fn in_one_zone(mut self) -> Self {
        self.zone_once = Some(self.day_zone.clone());
        self
    }

    /// The same frame for a file that is read in many places: its times are those of UTC, which it names once.
    #[must_use]
    pub fn in_utc(mut self) -> Self {
        self.zone_once = Some(Zone::Browser);
        self
    }

    /// The same frame for a text that is sent on alone: every moment in it says that it is one of UTC.
    #[must_use]
    pub fn for_a_chat(mut self) -> Self {
        (self.zone, self.zone_once) = (Zone::Browser, None);
        self
    }

    /// The same frame in another language.
    #[must_use]
    pub const fn in_lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// The same frame for what is read elsewhere: its links begin with the public address.
    #[must_use]
    pub fn for_elsewhere(mut self, origin: &str) -> Self {
        self.prefix = format!("{origin}{}", self.prefix);
        self
    }

    /// The same frame, loaded again by browsers without script while something is under way.
    #[must_use]
    pub fn reloading(mut self, under_way: bool) -> Self {
        self.reload_s = under_way.then_some(4);
        self
    }

    /// Class and icon of what is said above the page: something was done, or it was done and is of no use.
    #[must_use]
    pub fn said_tone(&self) -> &'static str {
        if self.said.as_deref().is_some_and(|said| said.ends_with("-unused")) { "warn" } else { "ok" }
    }

    /// The text of a key.
    #[must_use]
    pub fn t(&self, key: impl AsRef<str>) -> String {
        locale::text(self.lang, key.as_ref(), &[])
    }

    /// The text of a key with one value.
    #[must_use]
    pub fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        locale::text(self.lang, key, &[(name, &value.to_string())])
    }

    /// The text of a key with two values.
    #[must_use]
    pub fn t2(&self, key: &str, name: &str, value: impl Display, name2: &str, value2: impl Display) -> String {
        locale::text(self.lang, key, &[(name, &value.to_string()), (name2, &value2.to_string())])
    }

    /// Names in a row, with what stands between two: `n1, n2`, `n1、n2`.
    #[must_use]
    pub fn list(&self, names: impl IntoIterator<Item = String>) -> String {
        names.into_iter().collect::<Vec<_>>().join(self.comma())
    }

    /// What stands between the items of a list.
    #[must_use]
    pub const fn comma(&self) -> &'static str {
        match self.lang {
            Lang::En => ", ",
            Lang::ZhCn => "、",
        }
    }

    /// Something said beside something else, with what stands between: ` (certain)`, `（确定）`.
    #[must_use]
    pub fn aside(&self, what: impl Display) -> String {
        self.t1("web-aside", "what", what)
    }

    /// What stands between a name and what is said of it.
    #[must_use]
    pub fn colon(&self) -> String {
        self.t("report-colon")
    }

    /// A message; moments in it are in the zone of the page.
    #[must_use]
    pub fn msg(&self, message: impl Worded) -> String {
        let message = message.message();
        let moments = message.args.iter().filter_map(|(name, value)| Some((name, Timestamp::from_stamp(value)?)));
        let moments: Vec<_> = moments.collect();
        if moments.is_empty() {
            return locale::render(self.lang, message);
        }
        let mut message = message.clone();
        message.args.extend(moments.into_iter().map(|(name, at)| (name.clone(), self.moment_said(at))));
        locale::render(self.lang, &message)
    }

    /// A moment inside a sentence. The browser's script turns what says "UTC" into its own zone, where that is the page's.
    #[must_use]
    pub fn moment_said(&self, at: Timestamp) -> String {
        match &self.zone {
            _ if self.zone_once.is_some() => at.in_zone(&self.written()),
            Zone::Browser => format!("{} UTC", at.in_zone(&TimeZone::UTC)),
            Zone::Chosen { zone, .. } => at.in_zone(zone),
        }
    }

    /// The other language.
    #[must_use]
    pub const fn other_lang(&self) -> Lang {
        match self.lang {
            Lang::En => Lang::ZhCn,
            Lang::ZhCn => Lang::En,
        }
    }

    /// `lang` attribute of the page.
    #[must_use]
    pub const fn tag(&self) -> &'static str {
        self.lang.tag()
    }

    /// Path with the public prefix.
    #[must_use]
    pub fn url(&self, path: impl AsRef<str>) -> String {
        format!("{}{}", self.prefix, path.as_ref())
    }

    /// Address of a path of this server for links that are read elsewhere.
    #[must_use]
    pub fn address(&self, path: impl AsRef<str>) -> String {
        format!("{}{}", self.origin.as_deref().unwrap_or_default(), self.url(path))
    }

    /// Link to what stands below an incident.
    #[must_use]
    pub fn below(&self, id: impl Plain<IncidentId>, part: impl AsRef<str>) -> String {
        self.url(paths::of_incident(id, part.as_ref()))
    }

    /// Address of a static file, with its version.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        format!("{}/static/{}/{name}", self.prefix, assets::version())
    }

    /// The places of the navigation: path and key of the name.
    #[must_use]
    pub const fn places(&self) -> [(&'static str, &'static str); 5] {
        [
            (paths::OVERVIEW, "web-nav-overview"),
            (paths::CLUSTERS, "web-nav-clusters"),
            (paths::INCIDENTS, "web-nav-records"),
            (paths::INSIGHTS, "web-nav-insights"),
            (paths::RUNBOOKS, "web-nav-runbooks"),
        ]
    }

    /// Attribute for the navigation: whether this page lies below that path.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        let here = self.here.split('?').next().unwrap_or_default();
        if path == paths::OVERVIEW { here == path } else { here.starts_with(path) }
    }

    /// Whether the person who looks has at least that role.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.user.as_ref().is_some_and(|user| user.role >= role)
    }

    /// Whether the person who looks may work on incidents.
    #[must_use]
    pub fn operates(&self) -> bool {
        self.may(Role::Operator)
    }

    /// Whether the person who looks may edit clusters and review records.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.may(Role::Lead)
    }

    /// Whether the person who looks may manage users.
    #[must_use]
    pub fn administrates(&self) -> bool {
        self.may(Role::Admin)
    }

    /// A symbol of `static/icons.svg`; it is never the only sign of a state.
    #[must_use]
    pub fn icon(&self, name: impl AsRef<str>) -> Markup {
        components::icon(&self.asset("icons.svg"), name.as_ref())
    }

    /// A name that may break after its dots and its colon where the place is narrow.
    #[must_use]
    pub fn breakable(&self, name: impl AsRef<str>) -> Markup {
        components::breakable(name.as_ref())
    }

    /// Shape, word and colour of a state.
    #[must_use]
    pub fn badge(&self, sign: impl Signed, word: impl AsRef<str>) -> Markup {
        components::badge(&self.asset("icons.svg"), sign.sign(), word.as_ref())
    }

    /// The same, where the word belongs to it.
    #[must_use]
    pub fn look(&self, look: impl Plain<Look>) -> Markup {
        let look = look.plain();
        self.badge(look, self.t(look.word))
    }

    /// A point in time: in the zone that was chosen, else in the browser's if its script runs, else in UTC.
    #[must_use]
    pub fn time(&self, at: impl Plain<Timestamp>) -> Markup {
        self.moment_in_time(at.plain(), false)
    }

    /// The same, hour to second only.
    #[must_use]
    pub fn clock(&self, at: impl Plain<Timestamp>) -> Markup {
        self.moment_in_time(at.plain(), true)
    }

    /// Hour to second of what was in the last half day, and of all else the day as well.
    #[must_use]
    pub fn clock_or_day(&self, at: impl Plain<Timestamp>) -> Markup {
        const HALF_A_DAY_MS: i64 = 12 * 3600 * 1000;
        let at = at.plain();
        self.moment_in_time(at, self.now.millis_since(at) < HALF_A_DAY_MS)
    }

    fn moment_in_time(&self, at: Timestamp, short: bool) -> Markup {
        match &self.zone {
            _ if self.zone_once.is_some() => components::written(at, short, &self.written()),
            Zone::Browser => components::time(at, short),
            Zone::Chosen { zone, .. } => components::written(at, short, zone),
        }
    }

    /// The zone that the server writes the times of this page in.
    fn written(&self) -> TimeZone {
        self.zone_once.as_ref().unwrap_or(&self.zone).written()
    }

    /// The zone of this page in words, for the one place that names it.
    #[must_use]
    pub fn zone_told(&self) -> String {
        self.zone_told_at(self.now)
    }

    /// The same with the offset of that moment: in summer it may be another than now.
    #[must_use]
    pub fn zone_told_at(&self, at: impl Plain<Timestamp>) -> String {
        self.zone_once.as_ref().unwrap_or(&self.zone).told(at.plain())
    }

    /// Zones that the switch offers: what many need, and what is chosen.
    #[must_use]
    pub fn zones(&self) -> Vec<String> {
        let own = Some(self.zone.name()).filter(|name| !self.zone.is_browser() && !zone::COMMON.contains(name));
        zone::COMMON.into_iter().chain(own).map(str::to_owned).collect()
    }

    /// How long since then, counting on in the browser.
    #[must_use]
    pub fn since(&self, at: impl Plain<Timestamp>) -> Markup {
        let at = at.plain();
        components::since(at, &self.duration(self.now.millis_since(at)))
    }

    /// How long until then, counting down in the browser.
    #[must_use]
    pub fn until(&self, at: impl Plain<Timestamp>) -> Markup {
        let at = at.plain();
        components::until(at, &self.duration(at.millis_since(self.now)))
    }

    /// The forms of `duration` for the script that counts on: days, hours, minutes, seconds, divided by bars, with their
    /// numbers as `#d`, `#h`, `#m` and `#s`.
    #[must_use]
    pub fn spans(&self) -> String {
        [
            self.t2("web-duration-days", "days", "#d", "hours", "#h"),
            self.t2("web-duration-hours", "hours", "#h", "minutes", "#m"),
            self.t2("web-duration-minutes", "minutes", "#m", "seconds", "#s"),
            self.t1("web-duration-seconds", "seconds", "#s"),
        ]
        .join("|")
    }

    /// From that age on, what is told of a cluster is old: three looks were missed, of the watcher's or of this page.
    #[must_use]
    pub fn old_after_ms(&self) -> i64 {
        3 * self.watch_ms.max(PAGE_LOOKS_EVERY_MS)
    }

    /// How long a cluster has to be stable, in words.
    #[must_use]
    pub fn stable(&self) -> String {
        self.t1("monitor-minutes", "minutes", self.stable_minutes)
    }

    /// A text of a runbook with what is set in place.
    #[must_use]
    pub fn with_settings(&self, text: &str) -> String {
        text.replace(STABLE, &self.stable())
    }

    /// A length of time; a smaller unit that is 0 is left out.
    #[must_use]
    pub fn duration(&self, millis: impl Plain<i64>) -> String {
        let seconds = millis.plain().max(0) / 1000;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
        match (days, hours, minutes, seconds % 60) {
            (0, 0, 0, seconds) => self.t1("web-duration-seconds", "seconds", seconds),
            (0, 0, minutes, 0) => self.t1("web-duration-whole-minutes", "minutes", minutes),
            (0, 0, minutes, seconds) => self.t2("web-duration-minutes", "minutes", minutes, "seconds", seconds),
            (0, hours, 0, _) => self.t1("web-duration-whole-hours", "hours", hours),
            (0, hours, minutes, _) => self.t2("web-duration-hours", "hours", hours, "minutes", minutes),
            (days, 0, ..) => self.t1("web-duration-whole-days", "days", days),
            (days, hours, ..) => self.t2("web-duration-days", "days", days, "hours", hours),
        }
    }

    /// How far the clock of another host is from that of this one, milliseconds; positive: ahead.
    #[must_use]
    pub fn clock_offset(&self, millis: impl Plain<i64>) -> String {
        let millis = millis.plain();
        let key = if millis < 0 { "evidence-offset-behind" } else { "evidence-offset-ahead" };
        self.t1(key, "ms", millis.unsigned_abs())
    }

    /// How long ago, rounded.
    #[must_use]
    pub fn ago(&self, at: impl Plain<Timestamp>) -> String {
        let seconds = self.now.millis_since(at.plain()).max(0) / 1000;
        match seconds {
            0..60 => self.t1("web-ago-seconds", "n", seconds),
            60..3600 => self.t1("web-ago-minutes", "n", seconds / 60),
            3600..86_400 => self.t1("web-ago-hours", "n", seconds / 3600),
            _ => self.t1("web-ago-days", "n", seconds / 86_400),
        }
    }

    /// Bytes with a unit.
    #[must_use]
    pub fn bytes(&self, count: impl Plain<u64>) -> String {
        let count = count.plain();
        match count {
            0..1024 => format!("{count} B"),
            1024..1_048_576 => format!("{:.1} KiB", count as f64 / 1024.0),
            1_048_576..1_073_741_824 => format!("{:.1} MiB", count as f64 / 1_048_576.0),
            _ => format!("{:.1} GiB", count as f64 / 1_073_741_824.0),
        }
    }

    /// Where the recording stands that is replayed, for everybody who is signed in.
    #[must_use]
    pub fn replay(&self) -> Option<Stands> {
        self.replay.filter(|_| self.user.is_some())
    }

    /// Whether the demo's coach speaks here: on the first pages, until somebody has heard enough.
    #[must_use]
    pub fn coaches(&self) -> bool {
        let waits = self.replay().is_some_and(|replay| replay.phase == Phase::Down);
        let path = self.here.split('?').next().unwrap_or_default();
        self.coach && waits && [paths::OVERVIEW, paths::INCIDENT_NEW].contains(&path)
    }

    /// Numbers of the last commit that is there and of the last that was once: what lies between is lost.
    #[must_use]
    pub fn lost(&self) -> Option<(String, String)> {
        let loss = self.loss.filter(|_| self.operates())?;
        Some((grouped(loss.database), grouped(loss.mark)))
    }

    /// Whether a piece of that incident cannot be read.
    #[must_use]
    pub fn is_damaged(&self, incident: impl Plain<IncidentId>) -> bool {
        !self.damages.of(incident.plain()).is_empty()
    }

    /// On the pages of an incident: its pieces that cannot be read.
    #[must_use]
    pub fn damages_here(&self) -> Vec<Damage> {
        let below = self.here.strip_prefix("/incidents/").unwrap_or_default();
        let id: String = below.chars().take_while(char::is_ascii_digit).collect();
        id.parse().map(|id| self.damages.of(IncidentId(id))).unwrap_or_default()
    }

    /// On all other pages: incidents with such pieces, and how many pieces belong to none.
    #[must_use]
    pub fn damages_elsewhere(&self) -> (Vec<IncidentId>, usize) {
        if !self.operates() || !self.damages_here().is_empty() {
            return (Vec::new(), 0);
        }
        let (mut incidents, mut others) = (std::collections::BTreeSet::new(), 0);
        for damage in self.damages.all() {
            match damage.incident {
                Some(incident) => _ = incidents.insert(incident),
                None => others += 1,
            }
        }
        (incidents.into_iter().collect(), others)
    }

    /// Whether to warn that the disk fills up.
    #[must_use]
    pub fn warns_of_space(&self) -> bool {
        self.trouble.is_none() && self.space.is_low() && self.operates()
    }

    /// Hidden field that makes a form count once.
    #[must_use]
    pub fn nonce(&self) -> Markup {
        components::nonce()
    }
}

fn origin(web: &Web, headers: &HeaderMap) -> Option<String> {
    let public = web.public_url().map(|public| public.origin.clone());
    public.or_else(|| Some(format!("http://{}", hosts::named(headers)?)))
}

impl FromRequestParts<Web> for Frame {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let mut frame = Self::outside(web, &parts.headers, &parts.uri);
        if let Some(identity) = parts.extensions.get::<Identity>() {
            frame.user.clone_from(&identity.user);
            frame.commit = identity.commit;
        }
        if frame.user.is_some() {
            frame.problems = web.read().open_incidents().await?.iter().filter(|incident| !incident.drill).count();
            if let Some(session) = parts.extensions.get::<Session>() {
                frame.kept = Kept::of(session).await.map(|kept| kept.offer(&frame));
            }
        }
        Ok(frame)
    }
}

/// Language, theme and whether single keys do something, as a request asks for them.
#[must_use]
pub fn preferences(headers: &HeaderMap) -> (Lang, Theme, bool) {
    let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lang = cookie(headers, LANG_COOKIE).and_then(Lang::from_tag).or_else(|| Lang::negotiate(accept));
    let theme = cookie(headers, THEME_COOKIE).and_then(Theme::from_name);
    (lang.unwrap_or_default(), theme.unwrap_or_default(), cookie(headers, KEYS_COOKIE) != Some("off"))
}

/// The zone of times that this browser chose.
#[must_use]
pub fn zone(headers: &HeaderMap) -> Zone {
    cookie(headers, ZONE_COOKIE).and_then(Zone::from_name).unwrap_or_default()
}

/// The zone of the days that this browser asks for: the one that it chose, else its own, where its script told it.
#[must_use]
pub fn day_zone(headers: &HeaderMap) -> Zone {
    match zone(headers) {
        Zone::Browser => cookie(headers, OWN_ZONE_COOKIE).and_then(Zone::from_name).unwrap_or_default(),
        chosen @ Zone::Chosen { .. } => chosen,
    }
}

/// Whether nobody has sent the demo's coach away.
#[must_use]
pub fn coaches(headers: &HeaderMap) -> bool {
    cookie(headers, COACH_COOKIE) != Some("off")
}

/// Path and query of a request, without the prefix.
#[must_use]
pub fn here<'u>(web: &Web, uri: &'u Uri) -> &'u str {
    let asked = uri.path_and_query().map_or(paths::OVERVIEW, |asked| asked.as_str());
    asked.strip_prefix(web.prefix()).filter(|rest| rest.starts_with('/')).unwrap_or(asked)
}

/// Names and values of all cookies.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// What `?said=` stands for, if it is one of our own keys.
fn said(uri: &Uri) -> Option<String> {
    let value = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("said="))?;
    let known = value.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let key = format!("web-said-{value}");
    (known && locale::has(&key)).then_some(key)
}
