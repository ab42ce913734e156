//! Where each client was before an outage, and where it is now; and the list of those that are away, for the clipboard.

use std::collections::BTreeSet;

use crate::domain::client_key::may_publish;
use crate::domain::client_owner::ClientOwner;
use crate::domain::connected::ClientKey;
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::owner_told::Telling;
use crate::domain::publishing::{Instance, Published, Services, Urgency};
use crate::domain::time::Timestamp;
use crate::domain::waiver::Waiver;
use crate::model::ClusterModel;
use crate::model::tables::whereabouts::{ClientStands, Whereabout, Whereabouts};
use crate::web::evidence::tables::ClientMarks;
use crate::web::incidents::owner_told::{OwnerTold, ToldLine};
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;

/// Most rows that stand open; the others are behind a fold.
const OPEN: usize = 200;

/// Where a client was, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Places {
    /// On these nodes, with so many connections.
    On(Vec<(NodeName, u32)>),
    /// On none.
    Nowhere,
    /// Not known.
    Unknown,
}

impl Places {
    fn of(model: &ClusterModel<'_>, places: &[(usize, u32)], known: bool) -> Self {
        match places {
            [] if known => Self::Nowhere,
            [] => Self::Unknown,
            places => Self::On(places.iter().map(|(node, n)| (model.nodes[*node].name.clone(), *n)).collect()),
        }
    }

    /// In words: `nacos-1 2, nacos-2 1`.
    #[must_use]
    pub fn said(&self, f: &Frame) -> String {
        match self {
            Self::On(places) => f.list(places.iter().map(|(node, n)| format!("{node} × {n}"))),
            Self::Nowhere => "—".to_owned(),
            Self::Unknown => f.t("evidence-whereabout-unknown"),
        }
    }
}

/// One client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRow {
    /// Its address.
    pub ip: String,
    /// Its application, where it tells one.
    pub app: Option<String>,
    /// Its SDK; where it was upgraded, what it was before and what it is.
    pub sdk: String,
    /// `naming`, `config`, …
    pub module: Option<String>,
    /// How it stands.
    pub state: Whereabout,
    /// Where it was.
    pub before: Places,
    /// Where it is.
    pub now: Places,
    /// The last look that saw it, and on which node.
    pub last: Option<(NodeName, Timestamp)>,
    /// Connections now and before.
    pub counts: (u32, u32),
    /// Why nobody waits for it any more, and who said so.
    pub waived: Option<(String, String)>,
    /// Whose it is, where that is known.
    pub owner: Option<String>,
    /// Whether an earlier round saw it missing.
    pub was_missing: bool,
    /// Of one that is away: which instances of which services are to be restarted.
    pub publishes: Publishes,
    /// How urgent that is.
    pub urgency: Urgency,
}

/// What a client that is away publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publishes {
    /// These instances, one a line.
    These(Vec<Message>),
    /// Nothing: its lists were read.
    Nothing,
    /// Its lists were not read.
    NotRead,
    /// Nobody asks that: it is there, is known to be away in part only, or asks for configurations alone.
    NotAsked,
}

impl Publishes {
    /// `is_missing`: all of it is away.
    #[must_use]
    pub fn new(key: &ClientKey, is_missing: bool, published: Option<&Published>, services: &Services) -> Self {
        match published {
            Some(published) if published.instances.is_empty() => Self::Nothing,
            Some(published) => Self::These(published.says(services, key.beat_port().is_some())),
            None if let (true, Some(port)) = (is_missing, key.beat_port()) => {
                // Its address is that of the instance; of which service it is was not read.
                let instance = Instance::new("", "", "", &key.ip, port).address();
                Self::These(vec![Message::new("restart-beating").with("instance", instance)])
            }
            None if is_missing && may_publish(key.module.as_deref()) => Self::NotRead,
            None => Self::NotAsked,
        }
    }

    /// In words, one line for each instance.
    #[must_use]
    pub fn lines(&self, f: &Frame) -> Vec<String> {
        match self {
            Self::These(each) => each.iter().map(|one| f.msg(one)).collect(),
            Self::Nothing => vec![f.t("restart-nothing")],
            Self::NotRead => vec![f.t("restart-not-read")],
            Self::NotAsked => Vec::new(),
        }
    }
}

impl ClientRow {
    fn of(
        model: &ClusterModel<'_>,
        all: &Whereabouts,
        client: &ClientStands,
        (marks, services): (&ClientMarks, &Services),
    ) -> Self {
        let waiver = Waiver::of(&marks.waivers, &client.key);
        let before_known = all.unseen_before.is_empty() && all.cut_before.is_empty();
        let (then, now) = (sdk_said(&client.versions_before), sdk_said(&client.versions_now));
        Self {
            ip: short(&client.key.ip),
            app: client.key.app.as_deref().map(short),
            sdk: match (then.as_str(), now.as_str()) {
                (only, "") | ("", only) => only.to_owned(),
                (then, now) if then == now => now.to_owned(),
                (then, now) => format!("{then} → {now}"),
            },
            module: client.key.module.as_deref().map(short),
            state: client.state,
            before: Places::of(model, &client.before, before_known),
            now: Places::of(model, &client.now, all.unseen_now.is_empty()),
            last: client.last.map(|(node, at)| (model.nodes[node].name.clone(), at)),
            counts: (client.has(), client.had()),
            waived: waiver.map(|waiver| (short(&waiver.reason), short(&waiver.by))),
            owner: ClientOwner::of(&marks.owners, &client.key).map(short),
            was_missing: marks.were_missing.contains(&client.key),
            publishes: Publishes::new(
                &client.key,
                client.state == Whereabout::Missing,
                client.publishes.as_ref(),
                services,
            ),
            urgency: Urgency::of(client.publishes.as_ref(), services),
        }
    }

    /// Whether somebody waits for it, or for a part of it.
    #[must_use]
    pub const fn is_awaited(&self) -> bool {
        self.state.is_away() && self.waived.is_none()
    }

    /// Whether it was missing in an earlier round, or nobody waits for it, and it is there.
    #[must_use]
    pub const fn is_back(&self) -> bool {
        let is_there = matches!(self.state, Whereabout::Moved | Whereabout::Back | Whereabout::Stayed);
        is_there && (self.was_missing || self.waived.is_some())
    }

    /// Shape, colour and word of how it stands.
    #[must_use]
    pub const fn look(&self) -> Look {
        match self.state {
            _ if self.is_back() => Look::new(Tone::Ok, "evidence-whereabout-back"),
            Whereabout::Missing if self.waived.is_some() => Look::new(Tone::Skipped, "evidence-whereabout-waived"),
            Whereabout::Missing => Look::new(Tone::Fail, "evidence-whereabout-missing"),
            Whereabout::InPart => Look::new(Tone::Warn, "evidence-whereabout-in-part"),
            Whereabout::NotKnown => Look::new(Tone::Unknown, "evidence-whereabout-not-known"),
            Whereabout::Moved => Look::new(Tone::Ok, "evidence-whereabout-moved"),
            Whereabout::Back => Look::new(Tone::Ok, "evidence-whereabout-back"),
            Whereabout::New => Look::new(Tone::Info, "evidence-whereabout-new"),
            Whereabout::Stayed => Look::new(Tone::Ok, "evidence-whereabout-stayed"),
        }
    }

    /// True if it has fewer connections than before.
    #[must_use]
    pub const fn is_in_part(&self) -> bool {
        matches!(self.state, Whereabout::InPart)
    }

    /// Its lines of the list for the clipboard: one for each instance that is to be restarted, where those are known.
    fn lines(&self, f: &Frame) -> Vec<String> {
        let last = self
            .last
            .as_ref()
            .map(|(node, at)| f.t2("evidence-whereabout-last", "node", node, "at", f.moment_said(*at)));
        let part =
            self.is_in_part().then(|| f.t2("evidence-whereabout-part", "has", self.counts.0, "had", self.counts.1));
        let where_it_was = part.or(last);
        match &self.publishes {
            Publishes::These(each) => {
                let line = |one: &Message| match &where_it_was {
                    Some(last) => f.t2("restart-line-last", "what", f.msg(one), "last", last),
                    None => f.t1("restart-line", "what", f.msg(one)),
                };
                each.iter().map(line).collect()
            }
            Publishes::Nothing => vec![format!("{} — {}", self.line(f), f.t("restart-nothing-said"))],
            Publishes::NotRead | Publishes::NotAsked => vec![self.line(f)],
        }
    }

    /// Who it is and where it was, in one line.
    fn line(&self, f: &Frame) -> String {
        let words = [Some(&self.ip), self.app.as_ref(), Some(&self.sdk), self.module.as_ref()];
        let client: Vec<&str> =
            words.into_iter().flatten().map(String::as_str).filter(|word| !word.is_empty()).collect();
        let client = client.join(" ");
        match &self.last {
            _ if self.is_in_part() => {
                let (has, had) = self.counts;
                let counted = f.t2("evidence-whereabout-part", "has", has, "had", had);
                format!("{client} — {counted} — {}", self.before.said(f))
            }
            Some((node, at)) => {
                format!("{client} — {}", f.t2("evidence-whereabout-last", "node", node, "at", f.moment_said(*at)))
            }
            None => client,
        }
    }
}

/// Versions of SDKs in words: `Nacos-Java-Client:v2.5.1` is `Java 2.5.1`.
#[must_use]
pub fn sdk_said(versions: &BTreeSet<String>) -> String {
    let said = |version: &String| {
        let own = version.strip_prefix("Nacos-").and_then(|rest| rest.split_once("-Client:v"));
        short(&own.map_or_else(|| version.clone(), |(language, number)| format!("{language} {number}")))
    };
    versions.iter().map(said).collect::<Vec<_>>().join(", ")
}

/// Where all clients were and are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhereaboutsTable {
    /// "Before" is this moment.
    pub at: Timestamp,
    /// Clients of which something is to be done or told, as far as they stand open.
    pub open: Vec<ClientRow>,
    /// All others.
    pub folded: Vec<ClientRow>,
    /// Of no node anybody knows who was connected before.
    pub nobody_looked: bool,
    /// Nodes of which that is so.
    pub unseen_before: Vec<NodeName>,
    /// Nodes that had more clients than are kept.
    pub cut_before: Vec<NodeName>,
    /// Nodes of which nobody knows who is connected now.
    pub unseen_now: Vec<NodeName>,
    /// Nodes that were asked which clients send heartbeats, and did not tell.
    pub beats_untold: Vec<NodeName>,
    /// How many are missing, and how many have fewer connections than before; without those of whom nobody waits.
    pub away: (usize, usize),
    /// How many are away of whom nobody waits.
    pub waived: usize,
    /// Name of the cluster.
    pub cluster: String,
    /// What owners were told by itself.
    pub tellings: Vec<Telling>,
}

/// The clients of one owner that are away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwayList {
    /// Whose they are; `None`: nobody said.
    pub owner: Option<String>,
    /// What they were told by itself.
    pub told: Vec<ToldLine>,
    /// How many.
    pub count: usize,
    /// They, one a line, a free line between applications.
    pub text: String,
}

impl WhereaboutsTable {
    pub(super) fn of(model: &ClusterModel<'_>, all: &Whereabouts, marks: &ClientMarks) -> Self {
        let names = |nodes: &[usize]| nodes.iter().map(|node| model.nodes[*node].name.clone()).collect();
        let services = Services::new(all.services(model), marks.baseline.as_ref());
        let row = |client| ClientRow::of(model, all, client, (marks, &services));
        let mut rows: Vec<ClientRow> = all.clients.iter().map(row).collect();
        rows.sort_by_key(|row| (row.state, row.urgency));
        let of = |state| rows.iter().filter(|row| row.state == state && row.is_awaited()).count();
        let away = (of(Whereabout::Missing), of(Whereabout::InPart));
        let waived = rows.iter().filter(|row| row.state.is_away() && !row.is_awaited()).count();
        let is_open = |(place, row): &(usize, ClientRow)| {
            let told = row.is_back()
                || row.state != Whereabout::Stayed && !(row.state == Whereabout::NotKnown && row.counts.1 == 0);
            *place < OPEN && told
        };
        let (open, folded): (Vec<_>, Vec<_>) = rows.into_iter().enumerate().partition(is_open);
        let plain = |rows: Vec<(usize, ClientRow)>| rows.into_iter().map(|(_, row)| row).collect();
        Self {
            at: all.at,
            open: plain(open),
            folded: plain(folded),
            nobody_looked: all.nobody_looked(model.nodes.len()),
            unseen_before: names(&all.unseen_before),
            cut_before: names(&all.cut_before),
            unseen_now: names(&all.unseen_now),
            beats_untold: names(&all.beats_untold),
            away,
            waived,
            cluster: short(&model.cluster.name),
            tellings: marks.tellings.clone(),
        }
    }

    /// What is not known, one sentence each.
    #[must_use]
    pub fn gaps(&self, f: &Frame) -> Vec<String> {
        let named = |key: &str, nodes: &[NodeName]| {
            let names = f.list(nodes.iter().map(ToString::to_string));
            (!nodes.is_empty()).then(|| f.t1(key, "nodes", names))
        };
        let before = if self.nobody_looked {
            Some(f.t("evidence-whereabouts-nobody-looked"))
        } else {
            named("evidence-whereabouts-unseen-before", &self.unseen_before)
        };
        let cut = named("evidence-whereabouts-cut", &self.cut_before);
        let now = named("evidence-whereabouts-unseen-now", &self.unseen_now);
        let beats = named("evidence-whereabouts-beats-untold", &self.beats_untold);
        [before, cut, now, beats].into_iter().flatten().collect()
    }

    /// Those that are away and that somebody waits for: a list for each owner, last those of whom nobody said whose they are.
    #[must_use]
    pub fn lists(&self, f: &Frame) -> Vec<AwayList> {
        let mut rows: Vec<&ClientRow> = self.open.iter().chain(&self.folded).filter(|row| row.is_awaited()).collect();
        rows.sort_by_key(|row| (row.owner.is_none(), &row.owner, row.urgency, &row.app, &row.ip));
        let list = |rows: &[&ClientRow]| {
            let (owner, count) = (rows.first().and_then(|row| row.owner.clone()), rows.len());
            let of_app = |rows: &[&ClientRow]| rows.iter().flat_map(|row| row.lines(f)).collect::<Vec<_>>().join("\n");
            let together =
                |one: &&ClientRow, other: &&ClientRow| (one.urgency, &one.app) == (other.urgency, &other.app);
            let lines: Vec<String> = rows.chunk_by(together).map(of_app).collect();
            let head = owner.as_ref().map(|_| f.t2("evidence-whereabouts-yours", "n", count, "cluster", &self.cluster));
            let text = head.into_iter().chain([lines.join("\n\n")]).collect::<Vec<_>>().join("\n");
            let told = owner.as_ref().map(|owner| ToldLine::of(f, &self.tellings, owner)).unwrap_or_default();
            AwayList { owner, told, count, text }
        };
        rows.chunk_by(|one, other| one.owner == other.owner).map(list).collect()
    }

    /// What owners were told of whom nobody is away now.
    #[must_use]
    pub fn told(&self, f: &Frame) -> Vec<OwnerTold> {
        let named: Vec<&str> = self
            .open
            .iter()
            .chain(&self.folded)
            .filter(|row| row.is_awaited())
            .filter_map(|row| row.owner.as_deref())
            .collect();
        OwnerTold::others(f, &self.tellings, &named)
    }
}
