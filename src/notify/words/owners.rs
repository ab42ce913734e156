//! What the owner of missing clients is told, in words.

use serde_json::json;

use super::{MOST_LINES, Page, Told, shown, stamp};
use crate::commands::Commands;
use crate::domain::incident::Incident;
use crate::domain::message::Lang;
use crate::domain::notice::Notice;
use crate::domain::owner_told::{OwnerSays, OwnersClient, OwnersNews};
use crate::domain::publishing::Services;
use crate::locale;

/// A message to an owner: how many of theirs, which, and since when; or that they are back.
pub(super) fn told(
    commands: &Commands,
    lang: Lang,
    notice: &Notice,
    incident: &Incident,
    (owner, news): (&str, &OwnersNews),
) -> Told {
    let t = |key: &str, args: &[(&str, &str)]| locale::text(lang, key, args);
    let plain = |text: &str| shown(commands, text);
    let (label, count, as_of) = (incident.id.label(), news.count().to_string(), stamp(news.as_of));
    let new = news.clients.iter().filter(|one| one.is_new).count().to_string();
    let about = plain(&incident.cluster_name);
    let is_all_back = news.waived == 0 && news.others == 0;
    let title = t(
        match news.says {
            OwnerSays::Missing => "notify-owner-missing",
            OwnerSays::More => "notify-owner-more",
            OwnerSays::Back if is_all_back => "notify-owner-back",
            OwnerSays::Back => "notify-owner-over",
            OwnerSays::Closed => "notify-owner-closed",
        },
        &[("incident", &label), ("about", &about), ("n", &count), ("new", &new)],
    );
    let mut lines = vec![t("notify-owner-for", &[("owner", &plain(owner))])];
    if !news.clients.is_empty() {
        lines.push(t("notify-owner-as-of", &[("at", &as_of)]));
    }
    for one in news.clients.iter().take(MOST_LINES) {
        lines.push(line(commands, lang, one));
        lines.extend(instances(commands, lang, one).into_iter().map(|said| format!("  {said}")));
    }
    let left = news.clients.len().saturating_sub(MOST_LINES);
    if left > 0 {
        lines.push(t("notify-owner-left", &[("n", &left.to_string())]));
    }
    for (key, count) in
        [("notify-owner-again", news.back), ("notify-owner-waived", news.waived), ("notify-owner-others", news.others)]
    {
        if count > 0 {
            lines.push(t(key, &[("n", &count.to_string()), ("at", &as_of)]));
        }
    }
    let is_told_late = !news.says.is_last() && !incident.state.is_open();
    if is_told_late || news.says == OwnerSays::Closed {
        lines.push(t("notify-owner-is-closed", &[]));
    }
    lines.extend(incident.lead.iter().map(|lead| t("notify-lead-is", &[("name", &plain(lead))])));
    let clients = news.clients.iter().map(|one| {
        let (key, last) = (&one.client.key, one.client.last.as_ref());
        json!({
            "address": plain(&key.ip), "application": key.app.as_deref().map(plain),
            "module": key.module.as_deref().map(plain), "node": last.map(|(node, _)| plain(&node.0)),
            "since": one.since.to_string(), "new": one.is_new, "instances": one.client.publishes.as_ref().map(|published| {
                let each = published.instances.iter().map(|one| {
                    json!({
                        "service": plain(&one.service_named()), "namespace": plain(&one.namespace),
                        "instance": plain(&one.address()),
                    })
                });
                each.collect::<Vec<_>>()
            }),
        })
    });
    let data = json!({
        "news": notice.news.as_str(), "at": notice.at.to_string(), "incident": label,
        "cluster": incident.cluster_name, "owner": plain(owner), "says": news.says.as_str(),
        "as_of": news.as_of.to_string(), "clients": clients.collect::<Vec<_>>(), "back": news.back,
        "waived": news.waived, "others": news.others,
    });
    Told { title, lines, at: stamp(notice.at), page: Page::Clients(incident.id), data }
}

/// Which instances of which services of a client are to be restarted, where that is known.
fn instances(commands: &Commands, lang: Lang, one: &OwnersClient) -> Vec<String> {
    let is_beating = one.client.key.beat_port().is_some();
    let published = one.client.publishes.iter();
    let said = published.flat_map(|published| published.says(&Services::default(), is_beating));
    said.map(|message| shown(commands, &locale::render(lang, &message))).collect()
}

/// Address, application and module of a client, where it was last, and since when it is missing.
fn line(commands: &Commands, lang: Lang, one: &OwnersClient) -> String {
    let key = &one.client.key;
    let words = [Some(&key.ip), key.app.as_ref(), key.module.as_ref()];
    let name: Vec<String> = words.into_iter().flatten().map(|word| shown(commands, word)).collect();
    let (name, since) = (name.join(" "), stamp(one.since));
    let said = match &one.client.last {
        Some((node, _)) => {
            let args = [("client", name.as_str()), ("node", &shown(commands, &node.0)), ("at", &since)];
            locale::text(lang, "notify-owner-client", &args)
        }
        None => locale::text(lang, "notify-owner-client-since", &[("client", &name), ("at", &since)]),
    };
    if one.is_new { locale::text(lang, "notify-owner-new", &[("client", &said)]) } else { said }
}
