//! Channels that people are told through, and which news each of them carries.
//!
//! # Why
//! - A message that nobody needed is why the next one is not read. So a channel names the news, the clusters and the severity
//!   that it is for, and says nothing of drills unless it is asked to.
//! - Quiet hours put off and never drop: what came meanwhile is told together when they end. What is bad enough is told at
//!   once all the same.
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
}

impl ChannelKind {
    /// All, in the order of the form.
    pub const ALL: [Self; 5] = [Self::DingTalk, Self::Feishu, Self::WeCom, Self::Slack, Self::Webhook];

    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DingTalk => "ding_talk",
            Self::Feishu => "feishu",
            Self::WeCom => "we_com",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
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
            Self::Webhook => None,
        }
    }
}

/// What can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A node is silent, and nobody is on it.
    Proposed,
    /// An incident was opened.
    Opened,
    /// Its cause is known, or is another one.
    Cause,
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
}

impl News {
    /// All, in the order in which they usually come.
    pub const ALL: [Self; 8] = [
        Self::Proposed,
        Self::Opened,
        Self::Cause,
        Self::Lead,
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
            Self::Opened => "opened",
            Self::Cause => "cause",
            Self::Lead => "lead",
            Self::ImpactOver => "impact_over",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Signed => "signed",
        }
    }

    /// The news of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|news| news.as_str() == name)
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

/// Which news a channel carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
        of_cluster && (self.news.is_empty() || self.news.contains(&news))
    }

    /// From when on it may be told: now, or when the quiet hours end.
    #[must_use]
    pub fn not_before(&self, incident: &Incident, now: Timestamp) -> Timestamp {
        self.not_before_of(incident.scope.severity, now)
    }

    /// The same of what is so bad; `None`: nobody said how bad it is.
    #[must_use]
    pub fn not_before_of(&self, severity: Option<Severity>, now: Timestamp) -> Timestamp {
        let Some(quiet) = &self.quiet else { return now };
        let bad_enough = quiet.unless.is_some_and(|least| severity.is_some_and(|said| said <= least));
        quiet.end_of(now).filter(|_| !bad_enough).unwrap_or(now)
    }
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
    /// Where its address is found, and in the second line the secret that messages are signed with. The address of a robot is
    /// a secret itself, so the database holds the reference only.
    pub reference: CredentialRef,
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
        assert_eq!(rules.not_before(&incident(Some(Severity::Sev1)), now), now);
        assert_eq!(rules.not_before(&incident(Some(Severity::Sev3)), now), later);
        assert_eq!(rules.not_before(&incident(None), now), later);
        assert_eq!(ChannelRules::default().not_before(&incident(None), now), now);
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
