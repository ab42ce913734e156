//! Messages in words, in the language of their channel.

mod owners;

use jiff::tz::TimeZone;
use serde_json::json;

use crate::commands::{CommandError, Commands, Written};
use crate::domain::channel::News;
use crate::domain::event::{Actor, Event, EventKind};
use crate::domain::finding::Confidence;
use crate::domain::hidden::is_hidden;
use crate::domain::id::{ClusterId, IncidentId};
use crate::domain::incident::{Incident, first_open};
use crate::domain::look::LookState;
use crate::domain::message::Lang;
use crate::domain::notice::{About, Notice};
use crate::domain::overdue::{Waits, lead_waits, offer_waits, step_waits};
use crate::domain::proposal::{Ended, Proposal, ProposalEnd, SilentNode};
use crate::domain::time::Timestamp;
use crate::locale;
use crate::notify::Pages;
use crate::sources::outbound::letter::Letter;

/// Most lines of a message about several notices.
const MOST_LINES: usize = 20;

/// A message that says that it is a test.
pub(super) fn test(lang: Lang, pages: Option<&Pages>, now: Timestamp) -> Letter {
    let at = stamp(now);
    let line = locale::text(lang, "notify-test-what", &[("at", &at)]);
    Letter {
        title: locale::text(lang, "notify-test", &[]),
        lines: vec![line],
        link: pages.map(|pages| (locale::text(lang, "notify-open", &[]), pages.origin.clone())),
        data: json!({ "format": "nodedown-notice-1", "news": "test", "at": now.to_string() }),
        key: format!("test-{}", now.as_millis()),
    }
}

/// One message for these notices, from what the record says now.
pub(super) async fn letter(
    commands: &Commands,
    lang: Lang,
    pages: Option<&Pages>,
    notices: &[Notice],
) -> Result<Letter, CommandError> {
    let mut told = Vec::with_capacity(notices.len());
    for notice in notices {
        match &notice.about {
            About::Event { event, incident } => {
                let (incident, event) =
                    (commands.read().incident(*incident).await?, commands.read().event(*event).await?);
                if let (Some(incident), Some(event)) = (incident, event) {
                    told.push(Told::new(commands, lang, notice, &incident, &event).await?);
                }
            }
            About::Owner { incident, owner, news, .. } => {
                if let Some(incident) = commands.read().incident(*incident).await? {
                    told.push(owners::told(commands, lang, notice, &incident, (owner, news)));
                }
            }
            About::Proposal { proposal, cluster_name, .. } => {
                if let Some(proposal) = commands.read().proposal(*proposal).await? {
                    told.push(Told::proposed(commands, lang, notice, &proposal, cluster_name).await?);
                }
            }
        }
    }
    let link_to =
        |path: &str| pages.map(|pages| (locale::text(lang, "notify-open", &[]), format!("{}{path}", pages.origin)));
    let page_of = |page| match (page, pages) {
        (_, None) => String::new(),
        (Page::Incident(incident), Some(pages)) => (pages.incident)(incident),
        (Page::Clients(incident), Some(pages)) => (pages.clients)(incident),
        (Page::Cluster(cluster), Some(pages)) => (pages.cluster)(cluster),
    };
    let key: Vec<String> = notices.iter().map(|notice| notice.id.to_string()).collect();
    let key = format!("notice-{}", key.join("-"));
    let data = json!({
        "format": "nodedown-notice-1",
        "notices": told.iter().map(|one| &one.data).collect::<Vec<_>>(),
    });
    let mut told = told.into_iter();
    Ok(match (told.next(), told.len()) {
        (Some(only), 0) => {
            Letter { link: link_to(&page_of(only.page)), title: only.title, lines: only.lines, data, key }
        }
        (first, more) => {
            let all: Vec<Told> = first.into_iter().chain(told).collect();
            let left = all.len().saturating_sub(MOST_LINES);
            let mut lines: Vec<String> =
                all.iter().take(MOST_LINES).map(|one| format!("{} {}", one.at, one.title)).collect();
            if left > 0 {
                lines.push(locale::text(lang, "notify-more", &[("n", &left.to_string())]));
            }
            let count = (more + 1).to_string();
            let title = locale::text(lang, "notify-digest", &[("n", &count)]);
            Letter { title, lines, link: link_to("/"), data, key }
        }
    })
}

/// Where a message leads.
#[derive(Clone, Copy)]
enum Page {
    Incident(IncidentId),
    Clients(IncidentId),
    Cluster(ClusterId),
}

/// One notice in words.
struct Told {
    title: String,
    lines: Vec<String>,
    at: String,
    page: Page,
    data: serde_json::Value,
}

impl Told {
    async fn new(
        commands: &Commands,
        lang: Lang,
        notice: &Notice,
        incident: &Incident,
        event: &Event,
    ) -> Result<Self, CommandError> {
        let t = |key: &str, args: &[(&str, &str)]| locale::text(lang, key, args);
        let plain = |text: &str| shown(commands, text);
        let mut about = plain(&incident.cluster_name);
        if let Some(node) = &incident.node {
            about = format!("{about} · {}", plain(&node.0));
        }
        let label = incident.id.label();
        let key = format!("notify-{}", notice.news.as_str().replace('_', "-"));
        let mut title = t(&key, &[("incident", &label), ("about", &about)]);
        if let Some(severity) = incident.scope.severity {
            title = format!("{title} ({})", severity.label());
        }
        if incident.drill {
            title = t("notify-drill", &[("title", &title)]);
        }
        let mut lines = overdue(commands, lang, notice.news, incident, event).await?;
        if notice.news == News::Opened && event.actor == Actor::Engine {
            lines.push(t("notify-opened-itself", &[]));
            lines.extend(first_signs(commands, lang, incident).await?);
        }
        if !incident.scope.affected.is_empty() {
            let names: Vec<String> = incident.scope.affected.iter().map(|name| plain(name)).collect();
            lines.push(t("notify-affected", &[("names", &names.join(", "))]));
        }
        match &event.kind {
            EventKind::CausePinned { cause: Some(cause), .. } => {
                let sure = match cause.confidence {
                    Confidence::Certain => "web-confidence-certain",
                    Confidence::Likely => "web-confidence-likely",
                    Confidence::Possible => "web-confidence-possible",
                };
                let sure = t(sure, &[]);
                let says = plain(&locale::render(lang, &cause.summary));
                lines.push(t("notify-cause-is", &[("cause", &says), ("sure", &sure)]));
            }
            EventKind::CausePinned { cause: None, words } => lines.push(plain(words)),
            EventKind::LeadOffered { to, .. } if notice.news == News::Lead => {
                lines.push(t("notify-lead-offered", &[("to", &plain(to))]));
            }
            EventKind::LeadChanged { to, .. } => lines.push(t("notify-lead-is", &[("name", &plain(to))])),
            EventKind::StateChanged { recovered, note, .. } => {
                if notice.news == News::Closed && *recovered == Some(false) {
                    lines.push(t("notify-not-recovered", &[]));
                }
                if !note.is_empty() {
                    lines.push(plain(note));
                }
            }
            _ => {}
        }
        if notice.news != News::Cause
            && let Some(cause) = commands.read().pinned_cause(incident.id).await?
        {
            let says = match cause.cause() {
                Some(cause) => locale::render(lang, &cause.summary),
                None => cause.words.clone(),
            };
            lines.push(t("notify-cause-so-far", &[("cause", &plain(&says))]));
        }
        if matches!(notice.news, News::StepLate | News::Unattended) {
            // The lines above say since when.
        } else if let Actor::Person { name } = &event.actor {
            lines.push(t("notify-by", &[("name", &plain(name)), ("at", &stamp(event.at))]));
        } else {
            lines.push(t("notify-at", &[("at", &stamp(event.at))]));
        }
        if notice.news != News::Lead {
            lines.push(match &incident.lead {
                Some(lead) => t("notify-lead-is", &[("name", &plain(lead))]),
                None if incident.state.is_open() => t("notify-lead-not-taken", &[]),
                None => t("notify-lead-is", &[("name", &t("lead-nobody", &[]))]),
            });
        }
        let cause = match &event.kind {
            EventKind::CausePinned { cause: Some(cause), .. } => Some(cause.code.as_str()),
            _ => None,
        };
        let data = json!({
            "news": notice.news.as_str(), "at": event.at.to_string(), "event": event.id, "incident": label,
            "cluster": incident.cluster_name, "node": incident.node, "drill": incident.drill,
            "severity": incident.scope.severity, "affected": incident.scope.affected, "state": incident.state.as_str(),
            "lead": incident.lead, "cause": cause,
        });
        Ok(Self { title, lines, at: stamp(event.at), page: Page::Incident(incident.id), data })
    }

    /// Of what the watcher proposed: what looks saw until then, and what became of it since.
    async fn proposed(
        commands: &Commands,
        lang: Lang,
        notice: &Notice,
        proposal: &Proposal,
        cluster: &str,
    ) -> Result<Self, CommandError> {
        let t = |key: &str, args: &[(&str, &str)]| locale::text(lang, key, args);
        let plain = |text: &str| shown(commands, text);
        let look = commands.read().newest_look(proposal.cluster, commands.clock().now()).await?;
        let (silent, back) = match &proposal.ended {
            None => proposal.parted(look.as_ref()),
            Some(_) => (Vec::new(), proposal.nodes.iter().collect()),
        };
        let all = if silent.is_empty() { &back } else { &silent };
        let names: Vec<String> = all.iter().map(|node| plain(&node.node.0)).collect();
        let args = [("cluster", plain(cluster)), ("nodes", names.join(", "))];
        let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
        let title = match (notice.news, proposal.state) {
            (News::Unattended, _) => "notify-unattended-proposal",
            (_, LookState::Down) => "notify-proposed-down",
            _ => "notify-proposed",
        };
        let line = |key: &str, node: &SilentNode| t(key, &[("node", &plain(&node.node.0)), ("at", &stamp(node.since))]);
        let mut lines: Vec<String> = silent.iter().map(|node| line("notify-proposed-silent", node)).collect();
        lines.extend(back.iter().map(|node| line("notify-proposed-was-silent", node)));
        if proposal.times > 1 {
            let (times, at) = (proposal.times.to_string(), stamp(proposal.first_at));
            lines.push(t("notify-proposed-again", &[("n", &times), ("at", &at)]));
        }
        lines.push(match &proposal.ended {
            None => t("notify-proposed-nobody", &[]),
            Some(Ended { how, at }) => {
                let at = stamp(*at);
                match how {
                    ProposalEnd::Over => t("notify-proposed-over", &[("at", &at)]),
                    ProposalEnd::Opened { incident, by } => {
                        let by = by.as_ref().map_or_else(|| t("lead-opened-itself", &[]), |by| plain(by));
                        let args = [("incident", incident.label()), ("name", by), ("at", at)];
                        let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
                        t("notify-proposed-opened", &args)
                    }
                    ProposalEnd::Dismissed { by, .. } => {
                        t("notify-proposed-dismissed", &[("name", &plain(by)), ("at", &at)])
                    }
                    ProposalEnd::Planned { by, .. } => {
                        t("notify-proposed-planned", &[("name", &plain(by)), ("at", &at)])
                    }
                }
            }
        });
        lines.push(t("notify-at", &[("at", &stamp(notice.at))]));
        let nodes = proposal.nodes.iter().map(|node| json!({ "node": node.node, "since": node.since.to_string() }));
        let data = json!({
            "news": notice.news.as_str(), "at": notice.at.to_string(), "proposal": proposal.id, "cluster": cluster,
            "nodes": nodes.collect::<Vec<_>>(), "state": proposal.state.as_str(), "times": proposal.times,
            "ended": proposal.ended.as_ref().map(|ended| ended.how.as_str()),
        });
        Ok(Self { title: t(title, &args), lines, at: stamp(notice.at), page: Page::Cluster(proposal.cluster), data })
    }
}

/// What the watcher saw before the incident was opened: which nodes did not answer, and since when.
async fn first_signs(commands: &Commands, lang: Lang, incident: &Incident) -> Result<Vec<String>, CommandError> {
    let events = commands.read().told(incident.id).await?;
    let signs = events.iter().find_map(|event| match &event.kind {
        EventKind::FirstSigns { nodes, .. } => Some(nodes),
        _ => None,
    });
    let line = |node: &SilentNode| {
        let args = [("node", shown(commands, &node.node.0)), ("at", stamp(node.since))];
        let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
        locale::text(lang, "notify-proposed-was-silent", &args)
    };
    Ok(signs.into_iter().flatten().map(line).collect())
}

/// What waits for too long, as it stands now; nothing of other news.
async fn overdue(
    commands: &Commands,
    lang: Lang,
    news: News,
    incident: &Incident,
    event: &Event,
) -> Result<Vec<String>, CommandError> {
    if !matches!(news, News::StepLate | News::Unattended) {
        return Ok(Vec::new());
    }
    let read = commands.read();
    let events = read.waiting_events(incident.id).await?;
    let still = |waits: Option<Waits>| incident.state.is_open() && waits.is_some_and(|waits| waits.event == event.id);
    let at = stamp(event.at);
    let line = match &event.kind {
        EventKind::LeadOffered { to, .. } if news == News::Unattended => {
            let key = match still(offer_waits(&events).map(|(waits, _)| waits)) {
                true => "notify-unattended-offer",
                false => "notify-unattended-over",
            };
            locale::text(lang, key, &[("to", &shown(commands, to)), ("at", &at)])
        }
        _ if news == News::Unattended => {
            let waits = lead_waits(&events).filter(|_| incident.lead.is_none());
            let key = if still(waits) { "notify-unattended-lead" } else { "notify-unattended-lead-over" };
            locale::text(lang, key, &[("at", &at)])
        }
        _ => match first_open(&read.step_states(incident.id).await?) {
            Some((step, _)) if still(step_waits(&events)) => {
                let (number, title) =
                    (step.number().to_string(), locale::text(lang, &format!("web-step-{}", step.key()), &[]));
                locale::text(lang, "notify-step-late-since", &[("n", &number), ("step", &title), ("at", &at)])
            }
            _ => locale::text(lang, "notify-step-late-over", &[]),
        },
    };
    Ok(vec![line])
}

/// Text of people and clusters without secrets and without what hides or turns text around.
fn shown(commands: &Commands, text: &str) -> String {
    let text = commands.hide(text, Written::Plain).unwrap_or_else(|| text.to_owned());
    text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect()
}

fn stamp(at: Timestamp) -> String {
    format!("{} UTC", at.in_zone(&TimeZone::UTC))
}
