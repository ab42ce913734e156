//! Instances of each service beside the measures of a monitor: what each node lists, against the baseline.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::id::NodeName;
use crate::domain::incident::Incident;
use crate::domain::publishing::{ServiceNow, Services};
use crate::domain::service_counts::{ServiceCounts, ServiceStands, ServiceState, side_by_side};
use crate::domain::time::Timestamp;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;

/// Most services that are shown; those that stand well are left out first.
const MOST: usize = 300;
/// A list that is older says nothing of now, milliseconds.
const HOLDS_MS: i64 = 180_000;

/// The services of a cluster.
pub struct ServicesView {
    /// When the oldest list that counts was read.
    pub as_of: Timestamp,
    /// When the baseline was taken that they are compared with; `None`: there is none.
    pub well_at: Option<Timestamp>,
    /// Nodes whose lists were not read.
    pub unread: Vec<NodeName>,
    /// Services that no list holds, as lists end before them.
    pub left_out: i64,
    /// They, those first that have too few.
    pub rows: Vec<ServiceRow>,
    /// How many more.
    pub more: usize,
    /// How many have too few, or not the same on all nodes.
    pub trouble: usize,
    /// How many there are.
    pub all: usize,
}

/// One service.
pub struct ServiceRow {
    /// Its name, with its group where that is not the usual one.
    pub name: String,
    /// How it stands.
    pub state: ServiceState,
    /// The fewest that a node lists.
    pub now: ServiceNow,
    /// While all was well; `None`: not known.
    pub well: Option<i64>,
    /// Node by node, where they do not say the same.
    pub by_node: Vec<(NodeName, Option<ServiceNow>)>,
}

impl ServiceRow {
    fn new(nodes: &[NodeName], one: ServiceStands) -> Self {
        let name = one.name.strip_prefix("DEFAULT_GROUP@@").unwrap_or(&one.name);
        let by_node =
            if one.differs() { nodes.iter().cloned().zip(one.by_node.iter().copied()).collect() } else { Vec::new() };
        Self { name: short(name), state: one.state(), now: one.fewest(), well: one.well, by_node }
    }

    /// Shape, colour and word.
    #[must_use]
    pub const fn look(&self) -> Look {
        match self.state {
            ServiceState::NoneHealthy => Look::new(Tone::Fail, "services-none-healthy"),
            ServiceState::Fewer => Look::new(Tone::Warn, "services-fewer"),
            ServiceState::NodesDiffer => Look::new(Tone::Warn, "services-differ"),
            ServiceState::SomeUnhealthy => Look::new(Tone::Warn, "services-unhealthy"),
            ServiceState::AsBefore => Look::new(Tone::Ok, "services-as-before"),
            ServiceState::NotCompared => Look::new(Tone::Unknown, "services-not-compared"),
        }
    }

    /// Healthy instances now, and of how many where not all are.
    #[must_use]
    pub fn now_said(&self, f: &Frame) -> String {
        counted(f, self.now)
    }

    /// Instances while all was well, or a dash.
    #[must_use]
    pub fn well_said(&self) -> String {
        self.well.map_or_else(|| "—".to_owned(), |well| well.to_string())
    }

    /// What each node lists, where they differ.
    #[must_use]
    pub fn nodes_said(&self, f: &Frame) -> String {
        let one = |(node, now): &(NodeName, Option<ServiceNow>)| {
            let says = now.map_or_else(|| "—".to_owned(), |now| counted(f, now));
            format!("{node} × {says}")
        };
        if self.by_node.is_empty() { f.t("services-same") } else { f.list(self.by_node.iter().map(one)) }
    }
}

fn counted(f: &Frame, now: ServiceNow) -> String {
    if now.healthy == now.all {
        return now.all.to_string();
    }
    f.t2("services-healthy-of", "healthy", now.healthy, "all", now.all)
}

impl ServicesView {
    /// Of these lists, as of a moment; `None`: none of them was read by then, or all are too old.
    fn new(
        cluster: &Cluster,
        lists: &BTreeMap<NodeName, ServiceCounts>,
        (well_at, services): (Option<Timestamp>, &Services),
        now: Timestamp,
    ) -> Option<Self> {
        let nodes: Vec<NodeName> = cluster.nodes.iter().map(|node| node.name.clone()).collect();
        let counts = |list: &&ServiceCounts| (0..=HOLDS_MS).contains(&now.millis_since(list.at));
        let read: Vec<Option<&ServiceCounts>> = nodes.iter().map(|node| lists.get(node).filter(counts)).collect();
        let as_of = read.iter().flatten().map(|list| list.at).min()?;
        let unread = nodes.iter().zip(&read).filter(|(_, list)| list.is_none()).map(|(node, _)| node.clone()).collect();
        let all = side_by_side(&read, &services.well);
        let is_trouble = |one: &&ServiceStands| one.state() <= ServiceState::SomeUnhealthy;
        Some(Self {
            as_of,
            well_at,
            unread,
            left_out: read.iter().flatten().map(|list| list.left_out).min().unwrap_or_default(),
            more: all.len().saturating_sub(MOST),
            trouble: all.iter().filter(is_trouble).count(),
            all: all.len(),
            rows: all.into_iter().take(MOST).map(|one| ServiceRow::new(&nodes, one)).collect(),
        })
    }

    /// What is not known, one sentence each.
    #[must_use]
    pub fn gaps(&self, f: &Frame) -> Vec<String> {
        let unread = (!self.unread.is_empty())
            .then(|| f.t1("services-unread", "nodes", f.list(self.unread.iter().map(ToString::to_string))));
        let left_out = (self.left_out > 0).then(|| f.t1("services-left-out", "n", self.left_out));
        let more = (self.more > 0).then(|| f.t1("services-more", "n", self.more));
        let bare = self.well_at.is_none().then(|| f.t("services-no-baseline"));
        [unread, left_out, more, bare].into_iter().flatten().collect()
    }
}

/// The services as the monitor of an incident saw them last; `None`: it was never started, or nobody read any list.
pub async fn view(web: &Web, incident: &Incident) -> Result<Option<ServicesView>, WebError> {
    let Some(monitor) = web.read().monitor(incident.id).await? else { return Ok(None) };
    let Some(cluster) = web.read().cluster(incident.cluster).await? else { return Ok(None) };
    let lists = web.read().service_counts(cluster.id).await?;
    let baseline = web.read().baseline_before(cluster.id, incident.opened_at).await?;
    let services = Services::new(BTreeMap::new(), baseline.as_ref());
    let now = monitor.stopped_at.unwrap_or_else(|| web.now());
    let well_at = baseline.as_ref().map(|baseline| baseline.taken_at);
    Ok(ServicesView::new(&cluster, &lists, (well_at, &services), now))
}
