//! The clients that are away, as the newest round saw them, and of whom of them nobody waits any more.

use serde_json::{Value, json};

use crate::domain::publishing::Services;
use crate::domain::time::Timestamp;
use crate::domain::waiver::{ClientAway, ClientsAway, Waiver};
use crate::web::evidence::tables::Publishes;
use crate::web::incidents::report::markdown::{inline, utc};
use crate::web::incidents::report::record::Record;
use crate::web::incidents::waivers::client_name;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};

/// Most clients that are named.
const MOST: usize = 200;

/// A client that is away, in words.
pub struct AwayText {
    /// Address, application and module.
    pub name: String,
    /// Missing, waived or in part back.
    pub look: Look,
    /// Connections now and before.
    pub counts: (u32, u32),
    /// Why nobody waits for it, and who said so.
    pub waived: Option<(String, String)>,
    /// The last look that saw it, and on which node.
    pub last: Option<(String, Timestamp)>,
    /// Which instances of which services it published.
    pub publishes: Publishes,
}

impl AwayText {
    fn new(client: &ClientAway, is_missing: bool, waivers: &[Waiver], services: &Services) -> Self {
        let key = &client.key;
        let waiver = Waiver::of(waivers, key);
        Self {
            name: client_name(key),
            look: match (is_missing, waiver) {
                (false, _) => Look::new(Tone::Warn, "evidence-whereabout-in-part"),
                (true, None) => Look::new(Tone::Fail, "evidence-whereabout-missing"),
                (true, Some(_)) => Look::new(Tone::Skipped, "evidence-whereabout-waived"),
            },
            counts: (client.has, client.had),
            waived: waiver.map(|waiver| (plain(&waiver.reason), short(&waiver.by))),
            last: client.last.as_ref().map(|(node, at)| (short(&node.0), *at)),
            publishes: Publishes::new(key, is_missing, client.publishes.as_ref(), services),
        }
    }

    /// What is said of it behind its name.
    #[must_use]
    pub fn says(&self, f: &Frame) -> String {
        let counted = f.t2("evidence-whereabout-part", "has", self.counts.0, "had", self.counts.1);
        let waived = self.waived.as_ref().map(|(reason, by)| format!("{reason} · {by}"));
        [Some(f.t(self.look.word)), Some(counted), waived].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// A waiver in words.
pub struct WaiverText {
    /// Who.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who took it back, and when.
    pub taken_back: Option<(String, Timestamp)>,
}

impl WaiverText {
    fn new(waiver: &Waiver) -> Self {
        Self {
            what: short(&waiver.what.to_string()),
            reason: plain(&waiver.reason),
            by: short(&waiver.by),
            at: waiver.at,
            taken_back: waiver.taken_back.as_ref().map(|(by, at)| (short(by), *at)),
        }
    }
}

/// Clients that are away, in words.
pub struct ClientsText {
    /// How many.
    pub says: String,
    /// What they are compared with.
    pub since: Option<Timestamp>,
    /// They, those first that somebody waits for.
    pub away: Vec<AwayText>,
    /// How many more.
    pub more: usize,
    /// Every waiver, oldest first.
    pub waivers: Vec<WaiverText>,
}

impl ClientsText {
    /// Of a record; `None`: no round told anything of clients, and nobody waived any.
    #[must_use]
    pub fn new(f: &Frame, record: &Record) -> Option<Self> {
        let newest = record.last.as_ref().and_then(|last| last.clients.as_ref());
        if newest.is_none() && record.waivers.is_empty() {
            return None;
        }
        let waivers = &record.waivers;
        let mut away: Vec<AwayText> = Vec::new();
        if let Some(clients) = newest {
            let services = Services { now: clients.services.clone(), ..Services::default() };
            away.extend(clients.missing.iter().map(|one| AwayText::new(one, true, waivers, &services)));
            away.extend(clients.in_part.iter().map(|one| AwayText::new(one, false, waivers, &services)));
        }
        away.sort_by_key(|one| one.waived.is_some());
        let more = away.len().saturating_sub(MOST);
        away.truncate(MOST);
        Some(Self {
            says: newest.map_or_else(|| f.t("report-clients-untold"), |clients| counted(f, clients, waivers)),
            since: newest.map(|clients| clients.since),
            away,
            more,
            waivers: waivers.iter().map(WaiverText::new).collect(),
        })
    }
}

fn counted(f: &Frame, clients: &ClientsAway, waivers: &[Waiver]) -> String {
    let Counts { missing, waived, in_part, not_known } = Counts::of(clients, waivers);
    if missing == 0 && in_part == 0 && not_known == 0 {
        return f.t(if clients.has_gaps { "clients-gaps" } else { "report-clients-none" });
    }
    let [missing, waived, part, unknown] = [missing, waived, in_part, not_known].map(|n| n.to_string());
    let values = [("missing", &*missing), ("waived", &*waived), ("part", &*part), ("unknown", &*unknown)];
    crate::locale::text(f.lang, "report-clients-counted", &values)
}

/// How many there are of each kind.
struct Counts {
    missing: u32,
    waived: u32,
    in_part: u32,
    not_known: u32,
}

impl Counts {
    fn of(clients: &ClientsAway, waivers: &[Waiver]) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let missing = number(clients.missing.len()).saturating_add(clients.left_out);
        let waived = missing.saturating_sub(clients.awaited(waivers).count);
        Self { missing, waived, in_part: number(clients.in_part.len()), not_known: clients.not_known }
    }
}

/// The same as Markdown; nothing where nothing is known.
pub fn markdown(out: &mut String, f: &Frame, clients: Option<&ClientsText>) {
    let Some(clients) = clients else { return };
    out.push_str(&format!("\n## {}\n\n{}\n\n", f.t("report-clients"), inline(&clients.says)));
    if let Some(since) = clients.since {
        out.push_str(&format!("- {}{}{}\n", f.t("report-clients-since"), f.colon(), utc(since)));
    }
    for one in &clients.away {
        let last = one.last.as_ref().map(|(node, at)| format!(" · {} {}", inline(node), utc(*at)));
        let says = inline(&one.says(f));
        out.push_str(&format!("- {}{}{says}{}\n", inline(&one.name), f.colon(), last.unwrap_or_default()));
        for line in one.publishes.lines(f) {
            out.push_str(&format!("  - {}\n", inline(&line)));
        }
    }
    if clients.more > 0 {
        out.push_str(&format!("- {}\n", f.t1("report-clients-more", "n", clients.more)));
    }
    if !clients.waivers.is_empty() {
        out.push_str(&format!("\n### {}\n\n", f.t("report-clients-waivers")));
    }
    for one in &clients.waivers {
        let (what, reason, by) = (inline(&one.what), inline(&one.reason), inline(&one.by));
        let back = one.taken_back.as_ref().map(|(name, at)| {
            format!(" · {} · {}", inline(&f.t1("report-clients-taken-back", "name", name)), utc(*at))
        });
        let back = back.unwrap_or_default();
        out.push_str(&format!("- **{what}**{}{reason} · {by} · {}{back}\n", f.colon(), utc(one.at)));
    }
}

/// The same as JSON, with codes: every client that is kept by name, with the waiver that covers it.
pub fn json(record: &Record) -> Value {
    let newest = record.last.as_ref().and_then(|last| last.clients.as_ref());
    let waivers = &record.waivers;
    let listed = |clients: &[ClientAway]| {
        let one = |client: &ClientAway| {
            json!({
                "ip": client.key.ip, "app": client.key.app, "module": client.key.module,
                "connections_now": client.has, "connections_before": client.had,
                "last_node": client.last.as_ref().map(|(node, _)| node),
                "last_at": client.last.as_ref().map(|(_, at)| at.to_string()),
                "publishes": client.publishes, "waiver": Waiver::of(waivers, &client.key).map(|waiver| waiver.id),
            })
        };
        clients.iter().map(one).collect::<Vec<_>>()
    };
    let seen = newest.map(|clients| {
        let Counts { missing, waived, in_part, not_known } = Counts::of(clients, waivers);
        json!({
            "since": clients.since.to_string(),
            "has_gaps": clients.has_gaps,
            "counts": { "missing": missing, "waived": waived, "in_part": in_part, "not_known": not_known },
            "missing": listed(&clients.missing),
            "in_part": listed(&clients.in_part),
        })
    });
    let waivers = waivers.iter().map(|waiver| {
        json!({
            "id": waiver.id, "what": waiver.what, "reason": waiver.reason, "by": waiver.by, "at": waiver.at.to_string(),
            "taken_back_by": waiver.taken_back.as_ref().map(|(by, _)| by),
            "taken_back_at": waiver.taken_back.as_ref().map(|(_, at)| at.to_string()),
        })
    });
    json!({ "newest_round": seen, "waivers": waivers.collect::<Vec<_>>() })
}
