//! Channels that people are told through, and which news each of them carries.
//!
//! # Why
//! - A message that nobody needed is why the next one is not read. So a channel names the news, the clusters and the severity
//!   that it is for, and says nothing of drills unless it is asked to.
//! - Quiet hours put off and never drop: what came meanwhile is told together when they end. What is bad enough is told at
//!   once all the same, and where a channel says so, what waits for too long as well: it is what wakes the next person.
//! - Nothing is told that somebody would have to be told not to trust: a notice names what the timeline says, with its moment,
//!   and leads to the page that says it now.

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::cluster::CredentialRef;
use super::event::{Event, EventKind};
use super::id::{ChannelId, ClusterId};
use super::incident::{Incident, IncidentState};
use super::message::Lang;
use super::severity::Severity;
use super::time::Timestamp;

/// How a channel is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A robot of a DingTalk group.
    DingTalk,
    /// A robot of a Feishu or Lark group.
    Feishu,
    /// A robot of a WeCom group.
    WeCom,
    /// An incoming webhook of Slack, or of what takes the same.
    Slack,
    /// JSON, signed with HMAC-SHA256.
    Webhook,
    /// Mail over SMTP.
    Mail,
}

impl ChannelKind {
    /// All, in the order of the form.
    pub const ALL: [Self; 6] = [Self::DingTalk, Self::Feishu, Self::WeCom, Self::Slack, Self::Webhook, Self::Mail];

    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DingTalk => "ding_talk",
            Self::Feishu => "feishu",
            Self::WeCom => "we_com",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Most messages a minute that the other side takes; `None`: it names no limit.
    ///
    /// Source: the public pages of DingTalk and WeCom (20 a minute and robot) and Slack (one a second).
    #[must_use]
    pub const fn most_a_minute(self) -> Option<u32> {
        match self {
            Self::DingTalk | Self::WeCom => Some(20),
            Self::Feishu => Some(100),
            Self::Slack => Some(60),
            Self::Webhook | Self::Mail => None,
        }
    }
}

/// What can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A node is silent, and nobody is on it.
    Proposed,
    /// Nobody has answered that, or an offer of the lead, for too long.
    Unattended,
    /// An incident was opened.
    Opened,
    /// Its cause is known, or is another one.
    Cause,
    /// A step takes too long.
    StepLate,
    /// The lead is offered to somebody, or changed hands.
    Lead,
    /// Users are no longer affected.
    ImpactOver,
    /// It was closed.
    Closed,
    /// It was opened again.
    Reopened,
    /// Its record was signed.
    Signed,
    /// Clients are missing, told to the owner that names the channel.
    ClientsMissing,
}

impl News {
    /// All, in the order in which they usually come.
    pub const ALL: [Self; 11] = [
        Self::Proposed,
        Self::Unattended,
        Self::Opened,
        Self::Cause,
        Self::StepLate,
        Self::Lead,
        Self::ClientsMissing,
        Self::ImpactOver,
        Self::Closed,
        Self::Reopened,
        Self::Signed,
    ];

    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Unattended => "unattended",
            Self::Opened => "opened",
            Self::Cause => "cause",
            Self::StepLate => "step_late",
            Self::Lead => "lead",
            Self::ImpactOver => "impact_over",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Signed => "signed",
            Self::ClientsMissing => "clients_missing",
        }
    }

    /// The news of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|news| news.as_str() == name)
    }

    /// Whether it says that something waits for a person for too long.
    #[must_use]
    pub const fn is_escalation(self) -> bool {
        matches!(self, Self::Unattended | Self::StepLate)
    }

    /// What an entry of a timeline is news of; `None`: of nothing that is told.
    #[must_use]
    pub const fn of(event: &Event) -> Option<Self> {
        match &event.kind {
            EventKind::IncidentOpened => Some(Self::Opened),
            EventKind::CausePinned { .. } => Some(Self::Cause),
            EventKind::LeadOffered { .. } | EventKind::LeadChanged { .. } => Some(Self::Lead),
            EventKind::StateChanged { to, .. } => match to {
                IncidentState::Mitigated => Some(Self::ImpactOver),
                IncidentState::Resolved => Some(Self::Closed),
                IncidentState::Declared => Some(Self::Reopened),
                IncidentState::Reviewed => None,
            },
            EventKind::RecordSigned { .. } => Some(Self::Signed),
            _ => None,
        }
    }
}

/// Hours in which a channel waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// They begin at this time of the day.
    pub from: Time,
    /// They end at this time; if that is not later than the beginning, on the next day.
    pub until: Time,
    /// IANA name of the zone of both.
    pub zone: String,
    /// What is at least so bad is told all the same; `None`: nothing is.
    pub unless: Option<Severity>,
    /// What waits for too long is told all the same, of what people called critical and of what nobody called anything: at night
    /// nobody may have said it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wakes: bool,
}

impl QuietHours {
    /// When they end, if that moment lies in them; `None`: it does not, or the zone is not known.
    #[must_use]
    pub fn end_of(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let now = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned(zone.clone());
        let time = now.time();
        let over_midnight = self.until <= self.from;
        let (inside, tomorrow) = if over_midnight {
            (time >= self.from || time < self.until, time >= self.from)
        } else {
            (time >= self.from && time < self.until, false)
        };
        if !inside {
            return None;
        }
        let day = if tomorrow { now.date().tomorrow().ok()? } else { now.date() };
        let end = day.to_datetime(self.until).to_zoned(zone).ok()?;
        Some(Timestamp::from_millis(end.timestamp().as_millisecond()))
    }
}

/// After how many minutes nobody has answered a proposal or an offer, unless another number is set.
pub const UNATTENDED_MIN: u16 = 10;
/// After how many minutes a step takes too long, unless another number is set.
pub const STEP_LATE_MIN: u16 = 30;
/// After how many minutes the owner of missing clients is told, unless another number is set: clients that only reconnect are
/// back within seconds.
pub const MISSING_MIN: u16 = 5;
/// Most minutes that any of them may be set to: a day.
pub const MOST_MIN: u16 = 1440;

/// Which news a channel carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelRules {
    /// Of these clusters; empty: of all.
    pub clusters: BTreeSet<ClusterId>,
    /// Of incidents that are at least so bad; those of which nobody said how bad they are count as well. `None`: of all.
    pub at_least: Option<Severity>,
    /// Which news; empty: all.
    pub news: BTreeSet<News>,
    /// Of drills as well.
    pub drills: bool,
    /// When to wait.
    pub quiet: Option<QuietHours>,
    /// After how many minutes without an answer [`News::Unattended`] is told, from 1 to [`MOST_MIN`].
    pub unattended_min: u16,
    /// After how many minutes in one step [`News::StepLate`] is told, from 1 to [`MOST_MIN`].
    pub step_late_min: u16,
    /// After how many minutes away [`News::ClientsMissing`] is told, from 1 to [`MOST_MIN`].
    pub missing_min: u16,
}

impl Default for ChannelRules {
    fn default() -> Self {
        Self {
            clusters: BTreeSet::new(),
            at_least: None,
            news: BTreeSet::new(),
            drills: false,
            quiet: None,
            unattended_min: UNATTENDED_MIN,
            step_late_min: STEP_LATE_MIN,
            missing_min: MISSING_MIN,
        }
    }
}

impl ChannelRules {
    /// Whether that is told.
    #[must_use]
    pub fn want(&self, news: News, incident: &Incident) -> bool {
        let severity = match (self.at_least, incident.scope.severity) {
            (Some(least), Some(said)) => said <= least,
            (None, _) | (_, None) => true,
        };
        self.want_of(news, incident.cluster) && severity && (self.drills || !incident.drill)
    }

    /// Whether that is told of a cluster on which no incident is open: nobody said how bad it is, so that is not asked.
    #[must_use]
    pub fn want_of(&self, news: News, cluster: ClusterId) -> bool {
        let of_cluster = self.clusters.is_empty() || self.clusters.contains(&cluster);
        of_cluster && self.carries(news)
    }

    /// Whether that is told of anything at all.
    #[must_use]
    pub fn carries(&self, news: News) -> bool {
        self.news.is_empty() || self.news.contains(&news)
    }

    /// From when on it may be told: now, or when the quiet hours end.
    #[must_use]
    pub fn not_before(&self, news: News, incident: &Incident, now: Timestamp) -> Timestamp {
        self.not_before_of(news, incident.scope.severity, now)
    }

    /// The same of what is so bad; `None`: nobody said how bad it is.
    #[must_use]
    pub fn not_before_of(&self, news: News, severity: Option<Severity>, now: Timestamp) -> Timestamp {
        let Some(quiet) = &self.quiet else { return now };
        let bad_enough = quiet.unless.is_some_and(|least| severity.is_some_and(|said| said <= least));
        let wakes = quiet.wakes && news.is_escalation() && severity.is_none_or(|said| said == Severity::Sev1);
        quiet.end_of(now).filter(|_| !bad_enough && !wakes).unwrap_or(now)
    }
}

/// From whom and to whom mail goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRoute {
    /// Sender.
    pub from: String,
    /// Those who get it; one at least, [`MailRoute::MOST`] at most.
    pub to: Vec<String>,
}

/// What is wrong with the addresses of a mail channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMailRoute {
    /// That is not one mail address.
    From(String),
    /// One of the recipients is not a mail address.
    To(String),
    /// There is none.
    NoRecipient,
    /// There are more than [`MailRoute::MOST`].
    TooMany,
}

impl MailRoute {
    /// Most recipients of a channel.
    pub const MOST: usize = 20;

    /// From what was typed; recipients are parted by commas, semicolons or blanks.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(from: &str, to: &str) -> Result<Self, NoMailRoute> {
        let from = from.trim();
        if !is_mail_address(from) {
            return Err(NoMailRoute::From(from.to_owned()));
        }
        let parts = to.split(|c: char| matches!(c, ',' | ';' | '，' | '；') || c.is_whitespace());
        let mut recipients: Vec<String> = Vec::new();
        for one in parts.filter(|one| !one.is_empty()) {
            if !is_mail_address(one) {
                return Err(NoMailRoute::To(one.to_owned()));
            }
            if !recipients.iter().any(|known| known == one) {
                recipients.push(one.to_owned());
            }
        }
        match recipients.len() {
            0 => Err(NoMailRoute::NoRecipient),
            many if many > Self::MOST => Err(NoMailRoute::TooMany),
            _ => Ok(Self { from: from.to_owned(), to: recipients }),
        }
    }
}

/// Whether it can be written to: one `@` between a name and a host, nothing that would end a header or a command of SMTP.
/// Whether somebody reads it only the server there knows.
fn is_mail_address(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.len() <= 254
        && text.split_once('@').is_some_and(|(name, at)| {
            let parts = |text: &str| text.split('.').all(|part| !part.is_empty());
            !name.is_empty()
                && name.len() <= 64
                && name.chars().all(plain)
                && at.chars().all(host)
                && parts(name)
                && parts(at)
        })
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Row id.
    pub id: ChannelId,
    /// Name.
    pub name: String,
    /// How it is spoken to.
    pub kind: ChannelKind,
    /// Where its address is found, and in the second line the secret that messages are signed with; of mail the server, the user
    /// and the password, a line each. The address of a robot is a secret itself, so the database holds the reference only.
    pub reference: CredentialRef,
    /// From whom and to whom it writes; `Some` of mail and of nothing else.
    pub mail: Option<MailRoute>,
    /// The language of its messages.
    pub lang: Lang,
    /// Which news it carries.
    pub rules: ChannelRules,
    /// Whether it is in use.
    pub active: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp::from_millis(moment.as_millisecond())
    }

    fn hours(from: &str, until: &str) -> QuietHours {
        let time = |text: &str| text.parse().expect("a time");
        QuietHours {
            from: time(from),
            until: time(until),
            zone: "Asia/Shanghai".to_owned(),
            unless: Some(Severity::Sev2),
            wakes: false,
        }
    }

    fn incident(severity: Option<Severity>) -> Incident {
        serde_json::from_value(serde_json::json!({
            "id": 1, "cluster": 7, "cluster_name": "prod", "node": null, "drill": false, "state": "declared",
            "opened_by": "ann", "lead": "ann", "opened_at": 0, "mitigated_at": null, "resolved_at": null,
            "recovered": null, "reviewed_at": null, "runbook": "r@1", "severity": severity, "affected": [],
        }))
        .expect("an incident")
    }

    #[test]
    fn quiet_hours_end_in_the_zone_of_the_people_and_may_pass_midnight() {
        let night = hours("22:00", "07:30");
        let end = Some(at("2026-11-28T23:30:00Z"));
        assert_eq!(night.end_of(at("2026-11-28T14:00:00Z")), end, "22:00 in Shanghai");
        assert_eq!(night.end_of(at("2026-11-28T20:00:00Z")), end, "04:00 of the day after");
        assert_eq!(night.end_of(at("2026-11-28T13:59:59Z")), None);
        assert_eq!(night.end_of(at("2026-11-28T23:30:00Z")), None, "they are over");
        let noon = hours("12:00", "13:00");
        assert_eq!(noon.end_of(at("2026-11-28T04:30:00Z")), Some(at("2026-11-28T05:00:00Z")));
        assert_eq!(QuietHours { zone: "Nowhere/City".to_owned(), ..night }.end_of(at("2026-11-28T20:00:00Z")), None);
    }

    #[test]
    fn quiet_hours_put_off_what_is_not_bad_enough() {
        let rules = ChannelRules { quiet: Some(hours("22:00", "07:30")), ..ChannelRules::default() };
        let now = at("2026-11-28T20:00:00Z");
        let later = at("2026-11-28T23:30:00Z");
        assert_eq!(rules.not_before(News::Opened, &incident(Some(Severity::Sev1)), now), now);
        assert_eq!(rules.not_before(News::Opened, &incident(Some(Severity::Sev3)), now), later);
        assert_eq!(rules.not_before(News::Opened, &incident(None), now), later);
        assert_eq!(ChannelRules::default().not_before(News::Opened, &incident(None), now), now);
    }

    #[test]
    fn what_waits_for_too_long_wakes_people_where_the_channel_says_so() {
        let quiet = QuietHours { unless: None, wakes: true, ..hours("22:00", "07:30") };
        let rules = ChannelRules { quiet: Some(quiet.clone()), ..ChannelRules::default() };
        let now = at("2026-11-28T20:00:00Z");
        let later = at("2026-11-28T23:30:00Z");
        for news in [News::Unattended, News::StepLate] {
            assert_eq!(rules.not_before(news, &incident(Some(Severity::Sev1)), now), now);
            assert_eq!(rules.not_before(news, &incident(None), now), now, "nobody has said how bad it is");
            assert_eq!(rules.not_before(news, &incident(Some(Severity::Sev2)), now), later);
        }
        assert_eq!(
            rules.not_before(News::Opened, &incident(Some(Severity::Sev1)), now),
            later,
            "news are no escalation"
        );
        assert_eq!(rules.not_before_of(News::Unattended, None, now), now, "a proposal");
        let asleep = ChannelRules { quiet: Some(QuietHours { wakes: false, ..quiet }), ..rules };
        assert_eq!(asleep.not_before(News::Unattended, &incident(Some(Severity::Sev1)), now), later, "unless told");
    }

    #[test]
    fn mail_goes_from_one_address_to_some() {
        let route = MailRoute::parse(" nodedown@corp.example ", "a@corp.example, b@corp.example；a@corp.example\n")
            .expect("ok");
        assert_eq!((route.from.as_str(), route.to.len()), ("nodedown@corp.example", 2));
        for bad in ["", "corp.example", "a@", "@b", "a b@c", "a@b@c", "a@b\r\nBcc: x@y", "<a@b>", "a..b@c", "a@b..c"] {
            assert_eq!(MailRoute::parse(bad, "a@b"), Err(NoMailRoute::From(bad.trim().to_owned())), "{bad:?}");
        }
        assert_eq!(MailRoute::parse("a@b", "c@d e"), Err(NoMailRoute::To("e".to_owned())));
        assert_eq!(MailRoute::parse("a@b", " , "), Err(NoMailRoute::NoRecipient));
        let many: Vec<String> = (0..=MailRoute::MOST).map(|n| format!("u{n}@b")).collect();
        assert_eq!(MailRoute::parse("a@b", &many.join(" ")), Err(NoMailRoute::TooMany));
    }

    #[test]
    fn a_channel_carries_what_it_is_for() {
        let all = ChannelRules::default();
        assert!(News::ALL.into_iter().all(|news| all.want(news, &incident(None))));
        assert!(!all.want(News::Opened, &Incident { drill: true, ..incident(None) }), "drills are asked for");
        let some = ChannelRules {
            clusters: BTreeSet::from([ClusterId(7)]),
            at_least: Some(Severity::Sev2),
            news: BTreeSet::from([News::Opened]),
            ..ChannelRules::default()
        };
        assert!(some.want(News::Opened, &incident(Some(Severity::Sev1))));
        assert!(some.want(News::Opened, &incident(None)), "nobody said how bad it is");
        assert!(!some.want(News::Opened, &incident(Some(Severity::Sev3))));
        assert!(!some.want(News::Closed, &incident(Some(Severity::Sev1))));
        assert!(all.want_of(News::Proposed, ClusterId(8)), "all is all that there will be as well");
        assert!(!some.want_of(News::Proposed, ClusterId(7)), "what was chosen stays as it was chosen");
        let proposed = ChannelRules { news: BTreeSet::from([News::Proposed]), ..some.clone() };
        assert!(proposed.want_of(News::Proposed, ClusterId(7)) && !proposed.want_of(News::Proposed, ClusterId(8)));
        assert!(!some.want(News::Opened, &Incident { cluster: ClusterId(8), ..incident(None) }));
    }
}
