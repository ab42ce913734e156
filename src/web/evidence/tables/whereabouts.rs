//! Where each client was before an outage, and where it is now; and the list of those that are away, for the clipboard.

use std::collections::BTreeSet;

use crate::domain::id::NodeName;
use crate::domain::time::Timestamp;
use crate::model::ClusterModel;
use crate::model::tables::whereabouts::{ClientStands, Whereabout, Whereabouts};
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
}

impl ClientRow {
    fn of(model: &ClusterModel<'_>, all: &Whereabouts, client: &ClientStands) -> Self {
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
        }
    }

    /// Shape, colour and word of how it stands.
    #[must_use]
    pub const fn look(&self) -> Look {
        match self.state {
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

    /// One line of the list for the clipboard.
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
    /// How many are missing, and how many have fewer connections than before.
    pub away: (usize, usize),
}

impl WhereaboutsTable {
    pub(super) fn of(model: &ClusterModel<'_>, all: &Whereabouts) -> Self {
        let names = |nodes: &[usize]| nodes.iter().map(|node| model.nodes[*node].name.clone()).collect();
        let rows = all.clients.iter().map(|client| ClientRow::of(model, all, client));
        let is_open = |(place, row): &(usize, ClientRow)| {
            let told = row.state != Whereabout::Stayed && !(row.state == Whereabout::NotKnown && row.counts.1 == 0);
            *place < OPEN && told
        };
        let (open, folded): (Vec<_>, Vec<_>) = rows.enumerate().partition(is_open);
        let plain = |rows: Vec<(usize, ClientRow)>| rows.into_iter().map(|(_, row)| row).collect();
        let of = |state| all.clients.iter().filter(|client| client.state == state).count();
        Self {
            at: all.at,
            open: plain(open),
            folded: plain(folded),
            nobody_looked: all.nobody_looked(model.nodes.len()),
            unseen_before: names(&all.unseen_before),
            cut_before: names(&all.cut_before),
            unseen_now: names(&all.unseen_now),
            away: (of(Whereabout::Missing), of(Whereabout::InPart)),
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
        [before, cut, now].into_iter().flatten().collect()
    }

    /// Those that are away, one a line, a free line between applications; empty: nobody is.
    #[must_use]
    pub fn list(&self, f: &Frame) -> String {
        let away = |row: &&ClientRow| row.state.is_away();
        let mut rows: Vec<&ClientRow> = self.open.iter().chain(&self.folded).filter(away).collect();
        rows.sort_by_key(|row| (&row.app, &row.ip));
        let groups = rows.chunk_by(|one, other| one.app == other.app);
        let group = |rows: &[&ClientRow]| rows.iter().map(|row| row.line(f)).collect::<Vec<_>>().join("\n");
        groups.map(group).collect::<Vec<_>>().join("\n\n")
    }
}
