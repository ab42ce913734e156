//! Step 6 and its own page: is it over? Samples, how long it has been stable, and charts that print and need no script. Which
//! measures are drawn is chosen in the address ([`measured`]).

use std::borrow::Cow;
use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, monitor};
use crate::domain::balance::{Balance, balance};
use crate::domain::cluster::Cluster;
use crate::domain::diagnosis::{NodeDoing, NodeStanding, Standing};
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::measure::Measure;
use crate::domain::message::Message;
use crate::domain::observed::SampleSeen;
use crate::domain::record::moments::Moments;
use crate::domain::time::Timestamp;
use crate::model::stability::stability;
use crate::store::samples::Monitor;
use crate::web::clusters::history::{looks_between, series as looks_of};
use crate::web::incidents::load;
use crate::web::incidents::measured::{self, Measured, Over, Show};
use crate::web::incidents::report::beginning;
use crate::web::incidents::services::{self, ServicesView};
use crate::web::plumbing::chart;
use crate::web::plumbing::components::{Tone, stopwatch};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Looks after which the connections were counted once: numbers and they take turns.
const TURNS: usize = 3;
/// Most rows of the table; the newest.
const ROWS: usize = 60;
/// How far back a count of the monitor is looked for, milliseconds.
const COUNTED_MS: i64 = 60_000;
/// Time between two samples, milliseconds.
const SAMPLE_MS: i64 = 5_000;
/// So much before the first sign is drawn, milliseconds.
const BEFORE_OUTAGE_MS: i64 = 10 * 60 * 1000;
/// Of a time that is shorter every look is drawn, of a longer one a minute each.
const LOOKS_ONE_BY_ONE_MS: i64 = 3 * 60 * 60 * 1000;
/// Longest time the chart goes back on the run screen, milliseconds.
const SHORT_MS: i64 = 15 * 60 * 1000;

/// The monitor of an incident as pages show it.
pub struct MonitorView {
    /// It takes samples now.
    pub running: bool,
    /// The exit criterion is met.
    pub met: bool,
    /// Stable for, as a stopwatch.
    pub held: String,
    /// What is needed, as a stopwatch.
    pub need: String,
    /// The same in milliseconds, for the bar.
    pub held_ms: i64,
    /// The same in milliseconds, for the bar.
    pub need_ms: i64,
    /// Since when it is stable; `None`: it is not.
    pub stable_since: Option<Timestamp>,
    /// What reset it last.
    pub last_flap: Option<(Timestamp, String)>,
    /// When the newest sample was taken.
    pub newest: Option<Timestamp>,
    /// The newest sample of every node.
    pub nodes: Vec<NodeNow>,
    /// Keys of what any of them measured: the columns of their numbers.
    pub columns: Vec<&'static str>,
    /// The other numbers that any of them measured: key of the heading, a cell a node.
    pub numbers: Vec<(&'static str, Vec<String>)>,
    /// What is drawn, and what else there is.
    pub measured: Measured,
    /// How the clients are spread over the nodes, and what one node less would mean; `None`: not all of them were counted.
    pub balance: Option<BalanceText>,
    /// Newest samples first, for the table.
    pub rows: Vec<SampleRow>,
    /// Keys of what any of them tells: the columns of their numbers.
    pub row_columns: Vec<&'static str>,
}

/// A node now.
pub struct NodeNow {
    /// Which.
    pub name: String,
    /// Shape and colour.
    pub tone: Tone,
    /// Key of the word.
    pub word: &'static str,
    /// Leader and term of its groups, the same said once.
    pub leader: String,
    /// Its numbers, in the order of the columns.
    pub values: Vec<String>,
}

/// One line of the table.
pub struct SampleRow {
    /// When.
    pub at: Timestamp,
    /// The node then.
    pub node: NodeNow,
}

/// How the clients are spread over the nodes, in words.
pub struct BalanceText {
    /// A node holds far more than its share.
    pub is_uneven: bool,
    /// How many there are, and who holds them.
    pub says: String,
    /// What one node less would mean.
    pub one_less: Option<String>,
}

impl BalanceText {
    fn new(f: &Frame, told: &Balance) -> Self {
        let says = match &told.above {
            Some(above) => Message::new(if above.exact { "balance-above" } else { "balance-above-or-earlier" })
                .with("node", &above.node)
                .with("n", above.holds)
                .with("since", f.moment_said(above.since)),
            None => Message::new("balance-total").with("nodes", told.nodes).with("n", told.total),
        };
        let less = told.one_less.as_ref().map(|less| {
            Message::new("balance-one-less")
                .with("even", less.even)
                .with("node", &less.takes)
                .with("worst", less.worst)
                .with("stops", &less.stops)
        });
        Self {
            is_uneven: told.above.is_some(),
            says: f.msg(says.with("even", told.even())),
            one_less: less.map(|less| f.msg(&less)),
        }
    }
}

impl MonitorView {
    /// Shape and colour of whether it is over.
    #[must_use]
    pub const fn tone(&self) -> Tone {
        match (self.met, self.stable_since, self.newest) {
            (true, ..) => Tone::Ok,
            (_, Some(_), _) | (.., None) => Tone::Running,
            _ => Tone::Fail,
        }
    }

    /// Key of the word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match (self.met, self.stable_since, self.newest) {
            (true, ..) => "web-monitor-met",
            (_, Some(_), _) => "web-monitor-holding",
            (.., None) => "web-monitor-first",
            _ => "web-monitor-unstable",
        }
    }

    /// What it waits for, and how long still; that it is met.
    #[must_use]
    pub fn says(&self, f: &Frame) -> String {
        if self.met {
            f.t1("monitor-next-met", "need", f.stable())
        } else if self.newest.is_none() {
            f.t1("monitor-next-first", "need", f.stable())
        } else if self.stable_since.is_some() {
            f.t2("monitor-next-watch", "held", f.duration(self.held_ms), "need", f.stable())
        } else if let Some((_, why)) = &self.last_flap {
            f.t2("monitor-next-unstable", "why", why, "need", f.stable())
        } else {
            f.t1("monitor-next-unstable-unknown", "need", f.stable())
        }
    }
}

impl NodeNow {
    fn new(name: &NodeName, sample: &SampleSeen, values: Vec<String>) -> Self {
        let (tone, word) = match (sample.alive, sample.ready) {
            (true, Some(true) | None) => (Tone::Ok, "web-node-answers"),
            (true, Some(false)) => (Tone::Warn, "web-node-not-ready"),
            (false, _) => (Tone::Fail, "web-node-silent"),
        };
        // The groups are named where not all of them have the same.
        let mut led: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for group in &sample.raft {
            let leader = match (&group.leader, group.term) {
                (Some(leader), Some(term)) => format!("{leader} · term {term}"),
                (Some(leader), None) => leader.clone(),
                (None, _) => "—".to_owned(),
            };
            led.entry(leader).or_default().push(&group.group);
        }
        let differ = led.len() > 1;
        let leaders: Vec<String> = led
            .into_iter()
            .map(|(leader, groups)| if differ { format!("{} · {leader}", groups.join(" / ")) } else { leader })
            .collect();
        Self {
            name: name.0.clone(),
            tone,
            word,
            leader: if leaders.is_empty() { "—".to_owned() } else { leaders.join(", ") },
            values,
        }
    }
}

/// The monitor of an incident; `None` if it was never started.
pub async fn view(web: &Web, f: &Frame, incident: &Incident) -> Result<Option<MonitorView>, WebError> {
    view_since(web, f, incident, Back::Millis(SHORT_MS), Show::USUAL).await
}

/// How far back the chart goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Back {
    /// So many milliseconds, and not beyond the start of the monitor.
    Millis(i64),
    /// To the start of the monitor.
    Monitor,
    /// To some minutes before the outage: what the watcher saw before the monitor began comes first.
    Outage,
}

async fn view_since(
    web: &Web,
    f: &Frame,
    incident: &Incident,
    back: Back,
    show: Show,
) -> Result<Option<MonitorView>, WebError> {
    let Some(monitor) = web.read().monitor(incident.id).await? else { return Ok(None) };
    let samples = web.read().samples(incident.id, monitor.started_at.plus_millis(-1)).await?;
    let mut series: BTreeMap<NodeName, Vec<SampleSeen>> = BTreeMap::new();
    // A node without any sample is not stable: every node of the cluster has a series.
    let cluster = web.read().cluster(incident.cluster).await?;
    let nodes = cluster.iter().flat_map(|cluster| &cluster.nodes);
    series.extend(nodes.map(|node| (node.name.clone(), Vec::new())));
    for (node, sample) in samples {
        series.entry(node).or_default().push(sample);
    }
    let series: Vec<(NodeName, Vec<SampleSeen>)> = series.into_iter().collect();
    // A monitor that was stopped is judged by the moment it stopped.
    let now = monitor.stopped_at.unwrap_or_else(|| web.now());
    let need_ms = web.stable_ms();
    let stable = stability(&series, now, need_ms);
    let stable_since = stable.stable_since.map(|since| since.max(monitor.stable_since));
    let held_ms = stable_since.map_or(0, |since| now.millis_since(since)).clamp(0, need_ms);
    let newest = series.iter().filter_map(|(_, all)| all.last().map(|sample| sample.at)).max();
    let last_flap = stable.last_flap.map(|(at, why)| (at, f.msg(&why)));
    let mut events: Vec<chart::Event> =
        last_flap.iter().map(|(at, _)| chart::Event { at: *at, word: "web-monitor-flap", is_trouble: true }).collect();
    let mut drawn = Drawn { from: monitor.started_at, each_ms: SAMPLE_MS, series: Cow::Borrowed(&series) };
    match back {
        Back::Millis(back) => drawn.from = now.plus_millis(-back).max(monitor.started_at),
        Back::Monitor => {}
        Back::Outage => {
            let moments = moments(web, incident).await?;
            let from = first_sign(&moments).plus_millis(-BEFORE_OUTAGE_MS);
            if let Some(cluster) = cluster.filter(|_| from < monitor.started_at) {
                drawn = before_outage(web, &cluster, (from, monitor.started_at), &series).await?;
            }
            events.extend(moments_marked(&moments));
        }
    }
    let over = Over { span: (drawn.from, now), events: &events, each_ms: drawn.each_ms };
    let (columns, values) = measured::newest(&series);
    let newest_of = series.iter().filter_map(|(name, all)| Some((name, all.last()?)));
    let nodes = newest_of.zip(values).map(|((name, sample), values)| NodeNow::new(name, sample, values)).collect();
    let (row_columns, rows) = rows(&series);
    Ok(Some(MonitorView {
        running: monitor.stopped_at.is_none() && incident.state.is_open(),
        met: stable_since.is_some() && held_ms >= need_ms,
        held: stopwatch(held_ms),
        need: stopwatch(need_ms),
        held_ms,
        need_ms,
        stable_since,
        newest,
        nodes,
        columns: titles(columns),
        numbers: measured::others(&series).into_iter().map(|(one, cells)| (chart::title_of(one), cells)).collect(),
        measured: Measured::new(f, &drawn.series, &over, show),
        balance: balance(&series).map(|told| BalanceText::new(f, &told)),
        rows,
        row_columns: titles(row_columns),
        last_flap,
    }))
}

/// What is drawn.
struct Drawn<'a> {
    from: Timestamp,
    /// For how long one sample speaks, milliseconds.
    each_ms: i64,
    series: Cow<'a, [(NodeName, Vec<SampleSeen>)]>,
}

async fn moments(web: &Web, incident: &Incident) -> Result<Moments, WebError> {
    let events = web.read().timeline(incident.id).await?;
    Ok(Moments::of(incident, beginning(web, incident).await?, &events))
}

/// When the outage showed first.
fn first_sign(moments: &Moments) -> Timestamp {
    moments.silent.into_iter().chain(moments.unanswered).fold(moments.noticed, Timestamp::min)
}

/// The samples of the monitor, which began at the second moment, after what the watcher's looks saw from the first one on.
async fn before_outage<'a>(
    web: &Web,
    cluster: &Cluster,
    (from, until): (Timestamp, Timestamp),
    series: &'a [(NodeName, Vec<SampleSeen>)],
) -> Result<Drawn<'a>, WebError> {
    let short = until.millis_since(from) < LOOKS_ONE_BY_ONE_MS;
    let (looks, each_ms) = looks_between(web, cluster.id, short, from, until).await?;
    let mut all = looks_of(cluster, looks);
    for (name, samples) in &mut all {
        samples.retain(|sample| sample.at < until);
        let of_monitor = series.iter().filter(|(node, _)| node == name).flat_map(|(_, samples)| samples);
        samples.extend(of_monitor.cloned());
    }
    let first = all.iter().filter_map(|(_, samples)| samples.first()).map(|sample| sample.at).min();
    // Where nobody looked before, there is nothing to draw of then.
    Ok(Drawn {
        from: first.map_or(until, |first| first.max(from)),
        each_ms: each_ms.max(SAMPLE_MS),
        series: Cow::Owned(all),
    })
}

/// The moments of the incident that are marked in the chart.
fn moments_marked(moments: &Moments) -> impl Iterator<Item = chart::Event> {
    let marked = [
        (Some(moments.noticed), "report-moment-noticed"),
        (moments.mitigated, "report-moment-mitigated"),
        (moments.recovered, "report-moment-recovered"),
    ];
    marked.into_iter().filter_map(|(at, word)| Some(chart::Event { at: at?, word, is_trouble: false }))
}

/// The clients of every node as the monitor counted them last, and when the oldest of these counts was taken; `None`: it does
/// not run, or there is a node that it did not count.
pub async fn counted(
    web: &Web,
    incident: &Incident,
    monitor: Option<&Monitor>,
    cluster: Option<&Cluster>,
) -> Result<Option<(Timestamp, Standing)>, WebError> {
    let runs = incident.state.is_open() && monitor.is_some_and(|monitor| monitor.stopped_at.is_none());
    let Some(cluster) = cluster.filter(|_| runs) else { return Ok(None) };
    let samples = web.read().samples(incident.id, web.now().plus_millis(-COUNTED_MS)).await?;
    Ok(counts(&samples, cluster.nodes.iter().map(|node| &node.name)))
}

fn counts<'n>(
    samples: &[(NodeName, SampleSeen)],
    nodes: impl Iterator<Item = &'n NodeName>,
) -> Option<(Timestamp, Standing)> {
    // Numbers and connections take turns; what a node held before it fell silent says nothing of it now.
    let newest = |name: &NodeName| {
        let of = samples.iter().rev().filter(|(node, _)| node == name).map(|(_, sample)| sample);
        of.take(TURNS).take_while(|sample| sample.alive).find_map(|sample| Some((sample.at, sample.sdk_connections?)))
    };
    let count = |name: &NodeName| {
        let (at, clients) = newest(name)?;
        let (node, doing, clients) = (name.clone(), NodeDoing::Running, Some(clients));
        Some((
            at,
            NodeStanding { node, doing, since: None, leads: None, clients, clients_before: None, led_before: None },
        ))
    };
    let counts: Vec<(Timestamp, NodeStanding)> = nodes.map(count).collect::<Option<_>>()?;
    let at = counts.iter().map(|(at, _)| *at).min()?;
    let nodes = counts.into_iter().map(|(_, node)| node).collect();
    Some((at, Standing { nodes, ..Standing::default() }))
}

/// The headings of columns.
fn titles(columns: Vec<Measure>) -> Vec<&'static str> {
    columns.into_iter().map(chart::title_of).collect()
}

/// The newest samples of all nodes, and what any of them tells.
fn rows(series: &[(NodeName, Vec<SampleSeen>)]) -> (Vec<Measure>, Vec<SampleRow>) {
    let mut all: Vec<(&NodeName, &SampleSeen)> =
        series.iter().flat_map(|(name, all)| all.iter().rev().take(ROWS).map(move |sample| (name, sample))).collect();
    all.sort_by(|a, b| b.1.at.cmp(&a.1.at).then_with(|| a.0.cmp(b.0)));
    all.truncate(ROWS);
    let samples: Vec<&SampleSeen> = all.iter().map(|(_, sample)| *sample).collect();
    let (columns, values) = measured::of_samples(&samples);
    let row = |((name, sample), values): ((&NodeName, &SampleSeen), Vec<String>)| SampleRow {
        at: sample.at,
        node: NodeNow::new(name, sample, values),
    };
    (columns, all.into_iter().zip(values).map(row).collect())
}

#[derive(Template)]
#[template(path = "incidents/monitor.html")]
struct MonitorPage {
    f: Frame,
    incident: Incident,
    view: Option<MonitorView>,
    range: String,
    show: Show,
    services: Option<ServicesView>,
}

/// How far back the chart can go: name in the address, key of its word.
const RANGES: [(&str, &str); 4] = [
    ("15m", "monitor-range-15m"),
    ("1h", "monitor-range-1h"),
    ("all", "web-monitor-all"),
    ("outage", "monitor-range-outage"),
];

impl MonitorPage {
    fn works(&self) -> bool {
        self.f.operates() && self.incident.state.is_open()
    }

    fn runs(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.running)
    }

    fn is_met(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.met)
    }

    fn ranges(&self) -> [(&'static str, &'static str); 4] {
        RANGES
    }

    /// This page with another time or another measure; each keeps the other.
    fn side(&self, range: &str, show: &Show) -> String {
        format!("?range={range}&show={}", show.as_str())
    }

    /// What is drawn, where it is one of these.
    fn is_shown(&self, view: &MonitorView, show: &Show) -> bool {
        match self.show {
            Show::All | Show::Services => *show == self.show,
            Show::One(_) => view.measured.charts.first().is_some_and(|chart| *show == Show::One(chart.measure)),
        }
    }

    /// Nothing is chosen from one thing.
    fn choices(&self, view: &MonitorView) -> Vec<(Show, &'static str)> {
        let offered = view.measured.offered.iter().filter(|_| view.measured.offered.len() > 1);
        let mut all: Vec<_> = offered.map(|one| (Show::One(*one), chart::name_of(*one))).collect();
        all.extend(Some((Show::All, "measure-all")).filter(|_| !all.is_empty()));
        if self.services.is_some() {
            if all.is_empty() {
                all.push((Show::USUAL, chart::name_of(Measure::Connections)));
            }
            all.push((Show::Services, "measure-services"));
        }
        all
    }

    /// The services, where they were chosen.
    fn services_shown(&self) -> Option<&ServicesView> {
        self.services.as_ref().filter(|_| self.show == Show::Services)
    }

    fn action(&self) -> String {
        self.f.url(paths::of_incident(self.incident.id, "monitor"))
    }

    fn step_path(&self) -> String {
        self.f.url(paths::step(self.incident.id, Step::Monitor))
    }
}

/// How far back the charts go, and what they show.
#[derive(Default, Deserialize)]
pub struct MonitorQuery {
    #[serde(default)]
    range: String,
    #[serde(default)]
    show: String,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<IncidentId>,
    Query(query): Query<MonitorQuery>,
) -> Result<Response, WebError> {
    let incident = load(&web, id).await?;
    let (range, back) = match query.range.as_str() {
        "1h" => ("1h", Back::Millis(60 * 60 * 1000)),
        "all" => ("all", Back::Monitor),
        "outage" => ("outage", Back::Outage),
        _ => ("15m", Back::Millis(SHORT_MS)),
    };
    let show = Show::from_query(&query.show);
    let services = services::view(&web, &incident).await?;
    // Where nobody read any list there is nothing to choose.
    let show = if services.is_none() && show == Show::Services { Show::USUAL } else { show };
    let view = view_since(&web, &f, &incident, back, show).await?;
    let running = view.as_ref().is_some_and(|view| view.running);
    let f = f.live(paths::of_incident(id, "events")).reloading(running);
    answer(StatusCode::OK, &MonitorPage { f, incident, view, range: range.to_owned(), show, services })
}

/// On or off.
#[derive(Deserialize)]
pub struct MonitorForm {
    #[serde(default)]
    to: String,
    #[serde(default)]
    nonce: String,
}

/// Starts or stops the monitor.
pub async fn update(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Form(form): Form<MonitorForm>,
) -> Result<Response, WebError> {
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let changed = match form.to.as_str() {
        "running" => monitor::start(web.commands(), &caller, id).await,
        "stopped" => monitor::stop(web.commands(), &caller, id).await,
        _ => return Err(WebError::BadRequest),
    };
    changed.map_err(|error| WebError::from(error).at(id))?;
    Ok(Redirect::to(&f.url(paths::of_incident(id, "monitor"))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(node: &str, ms: i64, alive: bool, clients: Option<i64>) -> (NodeName, SampleSeen) {
        let silent = SampleSeen::silent(Timestamp::from_millis(ms));
        let sample = SampleSeen { alive, sdk_connections: clients, ..silent };
        (NodeName::from(node), sample)
    }

    #[test]
    fn the_clients_are_those_that_every_node_counted_last() {
        let nodes = [NodeName::from("n1"), NodeName::from("n2")];
        let said = |samples: &[(NodeName, SampleSeen)]| {
            counts(samples, nodes.iter()).map(|(at, standing)| (at.as_millis(), standing.clients()))
        };
        let all = [
            sample("n1", 1, true, Some(3)),
            sample("n2", 1, true, Some(4)),
            sample("n1", 6, true, None),
            sample("n2", 6, true, Some(5)),
        ];
        assert_eq!(said(&all), Some((1, Some(8))), "the age is that of the oldest count");
        assert_eq!(said(&all[..1]), None, "one node alone is no count");
        let silent = [all[0].clone(), all[1].clone(), sample("n2", 6, false, None)];
        assert_eq!(said(&silent), None, "what it held before");
    }
}
