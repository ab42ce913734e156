//! The impact in words: what was measured, and what was not.

use crate::domain::id::NodeName;
use crate::domain::led::Led;
use crate::domain::record::impact::{Clients, Groups, Impact, Tolerance};
use crate::domain::record::moments::Moments;
use crate::locale;
use crate::web::incidents::report::record::Record;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;

/// One thing that harm is measured by.
pub struct Harm {
    /// Its stable name, as part of keys.
    pub name: &'static str,
    /// How much it was; `None`: not measured.
    pub value: Option<String>,
}

/// Everything that harm is measured by, or could be.
#[must_use]
pub fn harm(f: &Frame, record: &Record, moments: &Moments) -> Vec<Harm> {
    let Impact { nodes, clients, groups, led, tolerance } = record.impact();
    let lasted = moments.silent.zip(moments.mitigated).map(|(silent, over)| over.millis_since(silent));
    let value = |name, value| Harm { name, value };
    vec![
        value("nodes", nodes.as_ref().map(|nodes| in_words(f, nodes))),
        value("leaders", of_leaders(f, nodes.as_deref(), led.as_deref())),
        value("clients", clients.map(|clients| of_clients(f, clients, on_lost(f, record)))),
        value("groups", groups.map(|groups| of_groups(f, &groups))),
        value(
            "tolerance",
            tolerance.map(|Tolerance { fewest, last }| {
                let key = if record.incident.state.is_open() { "now" } else { "end" };
                f.t2(&format!("report-harm-tolerance-{key}"), "fewest", fewest, "last", last)
            }),
        ),
        value("lasted", lasted.map(|ms| f.duration(ms))),
        // Nothing that nodedown looks at sees what callers of services see.
        value("requests", None),
    ]
}

fn in_words(f: &Frame, nodes: &[NodeName]) -> String {
    if nodes.is_empty() { f.t("report-harm-nodes-none") } else { short(&NodeName::joined(nodes)) }
}

/// What each node that was lost led of the Raft groups; `None`: of none of them that is known.
fn of_leaders(f: &Frame, lost: Option<&[NodeName]>, led: Option<&[(NodeName, Led)]>) -> Option<String> {
    let said = |(node, led): &(NodeName, Led)| led_says(f, node, *led);
    match (lost, led) {
        (_, Some(led)) => Some(led.iter().map(said).collect::<Vec<_>>().join(&f.t("report-between-parts"))),
        (Some([]), None) => Some(f.t("report-harm-nodes-none")),
        (_, None) => None,
    }
}

/// What a node led of the Raft groups before it went away.
#[must_use]
pub fn led_says(f: &Frame, node: &NodeName, Led { led, groups }: Led) -> String {
    let args = [("node", &*short(&node.0)), ("led", &*led.to_string()), ("groups", &*groups.to_string())];
    locale::text(f.lang, "report-harm-leaders-are", &args)
}

/// How many connections were on the nodes of the cause before these went away; `None`: nobody counted them.
fn on_lost(f: &Frame, record: &Record) -> Option<String> {
    let cause = record.pinned.as_ref()?.cause()?;
    let counted = cause.impact.iter().find(|one| one.args.contains_key("on") && one.args.contains_key("before"))?;
    let [on, before, nodes] = ["on", "before", "nodes"].map(|name| counted.args.get(name).map(String::as_str));
    let args = [("on", on?), ("before", before?), ("nodes", &*short(nodes?))];
    Some(locale::text(f.lang, "report-harm-clients-on", &args))
}

fn of_clients(f: &Frame, clients: Clients, on_lost: Option<String>) -> String {
    let Clients { before, fewest, last } = clients;
    let before = before.map_or_else(|| f.t("report-not-known"), |before| before.to_string());
    let args = [("before", &*before), ("fewest", &*fewest.to_string()), ("last", &*last.to_string())];
    let counted = locale::text(f.lang, "report-harm-clients-are", &args);
    std::iter::once(counted).chain(on_lost).collect::<Vec<_>>().join(&f.t("report-between-parts"))
}

fn of_groups(f: &Frame, groups: &Groups) -> String {
    let all = groups.all.map_or_else(|| f.t("report-not-known"), |all| all.to_string());
    if groups.leaderless.is_empty() {
        f.t1("report-harm-groups-none", "all", all)
    } else {
        f.t2("report-harm-groups-are", "groups", short(&groups.leaderless.join(f.comma())), "all", all)
    }
}
