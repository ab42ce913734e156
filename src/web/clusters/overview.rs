//! The first page, a status page: one row a cluster, the worst first, and a sentence about the worst above them.
//!
//! # Why
//! A cluster has one truth here. Its row carries the incident that is open on it, with the cause that is kept for that
//! incident, and the state of the newest look, whoever took it. An incident on a card of its own beside the cluster said the
//! same thing in other words, and sometimes something else.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::diagnosis::asked::newer;
use crate::domain::diagnosis::{Diagnosis, Health, NodeStanding};
use crate::domain::finding::Step;
use crate::domain::hand_over::Offer;
use crate::domain::id::{ClusterId, IncidentId, NodeName};
use crate::domain::incident::{Incident, StepState, first_open};
use crate::domain::maintenance::Maintenance;
use crate::domain::pinned::{PinnedCause, can_be_pinned};
use crate::domain::record::cause::corrected_by;
use crate::domain::time::Timestamp;
use crate::store::ReadStore;
use crate::store::incidents::IncidentQuery;
use crate::web::clusters::ClusterItem;
use crate::web::clusters::history::Day;
use crate::web::clusters::proposals::{self, ProposalItem};
use crate::web::incidents::follow_ups::{self, FollowUpItem};
use crate::web::incidents::hero::NowView;
use crate::web::incidents::insights::ThisMonth;
use crate::web::incidents::led;
use crate::web::incidents::report::was;
use crate::web::incidents::verdict::Verdict;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// An incident that is worked on.
pub struct OpenItem {
    /// The incident.
    pub incident: Incident,
    /// The step that is next.
    pub step: Step,
    /// Its state.
    pub state: StepState,
    /// Its cause, where one is known.
    pub cause: Option<PinnedCause>,
    /// Its newest diagnosis.
    pub newest: Option<Diagnosis>,
    /// The offer of its lead that waits for an answer.
    pub offer: Option<Offer>,
}

impl OpenItem {
    /// The incidents that are open, on all clusters or on one.
    ///
    /// # Errors
    /// The database.
    pub async fn all(web: &Web, on: Option<ClusterId>) -> Result<Vec<Self>, WebError> {
        let mut items = Vec::new();
        for incident in web.read().open_incidents().await? {
            if on.is_none_or(|cluster| incident.cluster == cluster) {
                items.push(Self::new(web, incident).await?);
            }
        }
        // Drills come last: what is real is named, and gone on with, first.
        items.sort_by_key(|item| item.incident.drill);
        Ok(items)
    }

    async fn new(web: &Web, incident: Incident) -> Result<Self, WebError> {
        // Where a piece of one incident cannot be read, that is noted and shown; the others are listed all the same.
        let states = web.read().step_states(incident.id).await;
        let states = web.read().passing(incident.id, states)?.unwrap_or_default();
        let (step, state) = current_step(&states);
        let cause = web.read().passing(incident.id, web.read().pinned_cause(incident.id).await)?.flatten();
        let newest = web.read().passing(incident.id, web.read().diagnosis(incident.id).await)?.flatten();
        let offer = web.read().passing(incident.id, web.read().waiting_offer(incident.id).await)?.flatten();
        Ok(Self { incident, step, state, cause, newest, offer })
    }

    /// The step's state.
    #[must_use]
    pub fn look(&self) -> Look {
        self.state.into()
    }

    /// Who offers its lead to the person who looks.
    #[must_use]
    pub fn offered_by(&self, f: &Frame) -> Option<&str> {
        let offer = self.offer.as_ref()?;
        f.user.as_ref().is_some_and(|user| user.name == offer.to).then_some(&offer.by)
    }

    /// The sentence of its cause, or the words of the person who chose it.
    #[must_use]
    pub fn cause(&self, f: &Frame) -> Option<String> {
        Some(cause_words(f, self.cause.as_ref()?))
    }

    /// Link to the step.
    #[must_use]
    pub fn path(&self) -> String {
        paths::step(self.incident.id, self.step)
    }
}

/// The sentence of a cause, or the words of the person who chose it.
fn cause_words(f: &Frame, pinned: &PinnedCause) -> String {
    pinned.cause().map_or_else(|| pinned.words.clone(), |cause| f.msg(&cause.summary))
}

/// An incident that is over.
pub struct RecentItem {
    /// The incident.
    pub incident: Incident,
    /// What its cause was, by its review where that corrects it; `None`: none was found or chosen.
    pub cause: Option<String>,
    /// Who corrected it in the review; `None`: it is what was said at the time.
    pub corrected: Option<String>,
}

impl RecentItem {
    async fn load(web: &Web, f: &Frame, incident: Incident) -> Result<Self, WebError> {
        let review = web.read().passing(incident.id, web.read().review(incident.id).await)?.flatten();
        let corrected = review.as_ref().and_then(corrected_by);
        let cause = match &corrected {
            Some(corrected) => Some(was(f, corrected)),
            None => {
                let pinned = web.read().passing(incident.id, web.read().pinned_cause(incident.id).await)?.flatten();
                pinned.map(|cause| cause_words(f, &cause))
            }
        };
        let corrected = corrected.map(|corrected| short(corrected.by));
        Ok(Self { cause, corrected, incident })
    }

    /// When it was closed.
    #[must_use]
    pub fn ended_at(&self) -> Timestamp {
        self.incident.resolved_at.unwrap_or(self.incident.opened_at)
    }

    /// How it ended.
    #[must_use]
    pub fn look(&self) -> Look {
        (&self.incident).into()
    }
}

/// The first step that nobody has decided, or the last one.
#[must_use]
pub fn current_step(states: &[(Step, StepState)]) -> (Step, StepState) {
    first_open(states).or_else(|| states.last().copied()).unwrap_or((Step::Confirm, StepState::NotStarted))
}

/// How badly a row needs somebody; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Nothing works that needs the cluster.
    Down,
    /// Something is wrong.
    Degraded,
    /// All is well again, and the incident is still open.
    Closing,
    /// What would show trouble was not looked at, or an incident is open and nothing was seen yet.
    Unknown,
    /// Nobody has to do anything.
    Calm,
}

/// One cluster: what is wrong, who is on it, and how it stands.
pub struct StatusRow {
    /// Its name.
    pub name: String,
    /// The inventory's entry with the newest look; `None`: the cluster left the inventory, and its incident is still open.
    pub item: Option<ClusterItem>,
    /// What the watcher saw of it; `None`: it left the inventory.
    pub day: Option<Day>,
    /// The incidents that are open on it.
    pub incidents: Vec<OpenItem>,
    /// How badly it needs somebody.
    pub need: Need,
    /// What is wrong: the cause of its incident, or what the newest look names.
    pub cause: Option<String>,
    /// It is that of the incident, which stays when the cluster is well again.
    pub of_incident: bool,
    /// How it stands, by the newest look or round.
    pub now: Option<NowView>,
    /// What was not looked at, where nothing wrong was seen.
    pub unseen: Option<String>,
    /// Maintenance that runs.
    pub planned: Vec<Maintenance>,
    /// The newest incident on it, where that was closed although the cluster had not recovered and the trouble goes on with
    /// nobody on it: what is known of it stands in its record.
    pub given_up: Option<RecentItem>,
    /// Nodes that do not serve.
    lost: Option<Lost>,
    /// The newest state is that of a look, and not of a round of checks.
    by_look: bool,
}

impl StatusRow {
    fn new(f: &Frame, name: String, item: Option<ClusterItem>, day: Option<Day>, incidents: Vec<OpenItem>) -> Self {
        let look = item.as_ref().and_then(|item| item.look.as_ref()).map(|look| &look.diagnosis);
        let newest = incidents.iter().filter_map(|one| one.newest.as_ref()).max_by_key(|newest| newest.at);
        let now = newer(newest, look);
        let counted = item.as_ref().and_then(|item| item.look.as_ref()?.counted.as_ref());
        let pinned = incidents.iter().filter_map(|one| Some(&one.cause.as_ref()?.named.as_ref()?.diagnosis));
        let seen: Vec<&Diagnosis> = pinned.chain(newest).chain(look).chain(counted).collect();
        let by_look = look.is_some_and(|look| now.is_some_and(|now| std::ptr::eq(now, look)));
        let named = now.and_then(|now| now.causes.iter().find(|cause| can_be_pinned(cause)));
        let cause = incidents.iter().find_map(|one| one.cause(f));
        let is_real = |item: &OpenItem| !item.incident.drill;
        let need = need(now.or(look).map(|now| now.health), incidents.iter().any(is_real));
        Self {
            of_incident: cause.is_some(),
            cause: cause.or_else(|| named.map(|cause| f.msg(&cause.summary))),
            lost: now.and_then(|now| Lost::of(now, &seen)),
            unseen: now.filter(|now| now.health == Health::Unknown).and_then(|now| Verdict::new(f, now, None).unseen),
            now: now.and_then(|now| NowView::new(f, now, &seen, None, (true, by_look))),
            need,
            by_look,
            planned: Vec::new(),
            given_up: None,
            name,
            item,
            day,
            incidents,
        }
    }

    /// Shape and colour of the row: red is for what is broken now.
    #[must_use]
    pub const fn tone(&self) -> Tone {
        match self.need {
            Need::Down => Tone::Fail,
            Need::Degraded => Tone::Warn,
            Need::Closing => Tone::Needs,
            Need::Unknown => Tone::Unknown,
            Need::Calm => Tone::Ok,
        }
    }

    /// The row in a sentence: what happened to the cluster, and who is on it.
    #[must_use]
    pub fn sentence(&self, f: &Frame) -> String {
        let what = match (&self.lost, self.need) {
            (Some(lost), Need::Down | Need::Degraded) => {
                let nodes: Vec<&str> = lost.nodes.iter().map(|node| node.0.as_str()).collect();
                // Of what has not answered since it was looked at for the first time, nobody knows that it was ever there.
                let was_there = lost.since.is_none_or(|since| since.exact);
                let key = if was_there { "overview-lost" } else { "overview-unanswered" };
                let says = f.t2(key, "cluster", &self.name, "nodes", nodes.join(f.comma()));
                match lost.since {
                    Some(Since { at, exact: true }) => {
                        format!("{says}{}", f.t1("overview-lost-since", "ago", f.ago(at)))
                    }
                    Some(Since { at, .. }) => format!("{says}{}", f.t1("overview-lost-before", "ago", f.ago(at))),
                    None => says,
                }
            }
            (_, need) => f.t1(
                match need {
                    Need::Down => "overview-down",
                    Need::Degraded => "overview-degraded",
                    // Its nodes answer; whether it is healthy, a look alone does not see.
                    Need::Closing if self.by_look => "overview-closing-up",
                    Need::Closing => "overview-closing",
                    Need::Unknown if self.looked() => "overview-unknown",
                    Need::Unknown => "overview-not-looked",
                    Need::Calm => "overview-calm-one",
                },
                "cluster",
                &self.name,
            ),
        };
        format!("{what}{}", self.who(f))
    }

    /// Who works on it; empty where nobody has to. A drill is not about what is lost: where there is nothing else, nobody is on
    /// it, as what is proposed says.
    fn who(&self, f: &Frame) -> String {
        let (drills, real): (Vec<&OpenItem>, Vec<&OpenItem>) =
            self.incidents.iter().partition(|one| one.incident.drill);
        match (real.first(), drills.first(), self.need) {
            (Some(one), ..) => match &one.incident.lead {
                Some(lead) => f.t1("overview-lead", "name", lead),
                None => f.t("overview-not-taken"),
            },
            (None, _, Need::Down | Need::Degraded) if self.is_planned() => f.t("overview-planned"),
            (None, Some(drill), Need::Down | Need::Degraded) => {
                f.t1("overview-nobody-drill", "name", led::name(f, &drill.incident))
            }
            (None, None, Need::Down | Need::Degraded) => f.t("overview-nobody"),
            (None, ..) => f.t("overview-stop"),
        }
    }

    /// Whether there is something to say of it beside its state.
    #[must_use]
    pub fn says(&self) -> bool {
        self.need < Need::Calm
    }

    /// Whether every node that is lost is in planned maintenance.
    fn is_planned(&self) -> bool {
        let covered = |node| self.planned.iter().any(|one| one.covers(one.cluster, node));
        self.lost.as_ref().is_some_and(|lost| lost.nodes.iter().all(covered))
    }

    fn looked(&self) -> bool {
        self.now.is_some() || self.item.as_ref().is_some_and(|item| item.look.is_some())
    }
}

fn need(health: Option<Health>, open: bool) -> Need {
    match health {
        Some(Health::Down) => Need::Down,
        Some(Health::Degraded) => Need::Degraded,
        Some(Health::Healthy) if open => Need::Closing,
        Some(Health::Healthy) => Need::Calm,
        Some(Health::Unknown) | None => Need::Unknown,
    }
}

/// Nodes that were seen not to serve.
struct Lost {
    nodes: Vec<NodeName>,
    /// Since when the first of them does not, where that is known.
    since: Option<Since>,
}

/// A moment since which something holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Since {
    at: Timestamp,
    /// False: it may hold for longer.
    exact: bool,
}

impl Lost {
    /// By what a diagnosis knows of them; `seen`: others, which may know since when.
    fn of(now: &Diagnosis, seen: &[&Diagnosis]) -> Option<Self> {
        let lost: Vec<_> = now.standing.nodes.iter().filter(|node| node.doing.is_away()).collect();
        let is_lost = |node: &NodeStanding| node.doing.is_away() && lost.iter().any(|lost| lost.node == node.node);
        let others = seen.iter().flat_map(|seen| &seen.standing.nodes).filter(|node| is_lost(node));
        let own = lost.iter().filter_map(|node| node.since).min();
        let since = own.or_else(|| others.filter_map(|node| node.since).max()).map(|at| Since { at, exact: true });
        (!lost.is_empty()).then(|| Self { nodes: lost.iter().map(|node| node.node.clone()).collect(), since })
    }

    /// Asks the watcher since when, where the diagnosis does not know. What cannot be read leaves it unknown: the page tells the
    /// rest all the same.
    async fn ask(&mut self, read: &ReadStore, cluster: ClusterId) {
        if self.since.is_none() {
            for node in &self.nodes {
                let silent =
                    read.silent_since(cluster, node).await.ok().flatten().map(|(at, exact)| Since { at, exact });
                self.since = self.since.into_iter().chain(silent).min();
            }
        }
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    f: Frame,
    /// What the watcher proposes, the worst first.
    proposals: Vec<ProposalItem>,
    rows: Vec<StatusRow>,
    recent: Vec<RecentItem>,
    /// The incidents of this month in numbers.
    month: Option<ThisMonth>,
    /// What is to be done after incidents, due first.
    follow_ups: Vec<FollowUpItem>,
    /// Credentials that were taken over and wait for an administrator, for whom alone they are counted.
    to_review: i64,
}

impl OverviewPage {
    /// Whether the heading offers to start an incident: there are clusters to choose from, and the person may. A cluster that
    /// is alone offers it itself.
    fn can_start(&self) -> bool {
        self.f.operates() && self.rows.len() > 1 && self.rows.iter().any(|row| row.item.is_some())
    }

    /// Whether starting an incident on the cluster of that row is the one thing that the page calls next.
    fn starts_next(&self, row: &StatusRow) -> bool {
        let is_first = self.rows.first().is_some_and(|first| std::ptr::eq(first, row));
        is_first && row.need <= Need::Degraded && self.proposals.is_empty() || !self.can_start() && self.start_leads()
    }

    /// Whether going on with that incident is the one thing that the page calls next: the first of the worst cluster that has
    /// one, unless a worse cluster has nobody on it, or something is proposed.
    fn leads(&self, incident: &IncidentId) -> bool {
        if !self.proposals.is_empty() {
            return false;
        }
        let leading = self.rows.iter().find(|row| row.need <= Need::Degraded || !row.incidents.is_empty());
        leading.and_then(|row| row.incidents.first()).is_some_and(|item| item.incident.id == *incident)
    }

    /// Whether starting an incident on any cluster is what comes next: nothing else is.
    fn start_leads(&self) -> bool {
        self.proposals.is_empty() && self.rows.iter().all(|row| row.need > Need::Degraded && row.incidents.is_empty())
    }

    /// Whether that is what is proposed first: its button is the one to press.
    fn is_first(&self, item: &ProposalItem) -> bool {
        self.proposals.first().is_some_and(|first| first.proposal.id == item.proposal.id)
    }

    /// Whether something is proposed for the cluster of a row: then it is what starts an incident there.
    fn has_proposal(&self, cluster: &ClusterId) -> bool {
        self.proposals.iter().any(|item| item.proposal.cluster == *cluster)
    }

    /// The state that the heading speaks of.
    fn newest(&self) -> Option<&NowView> {
        self.rows.first()?.now.as_ref()
    }

    /// The worst state as a sentence, and how many clusters more are in trouble.
    fn heading(&self) -> String {
        let in_trouble = |row: &&StatusRow| row.need <= Need::Degraded;
        match self.rows.first() {
            None => self.f.t("overview-empty"),
            Some(worst) if worst.need == Need::Calm && self.rows.len() > 1 => {
                self.f.t1("overview-calm", "n", self.rows.len())
            }
            Some(worst) => match self.rows.iter().skip(1).filter(in_trouble).count() {
                0 => worst.sentence(&self.f),
                more => format!("{} {}", worst.sentence(&self.f), self.f.t1("overview-more", "n", more)),
            },
        }
    }
}

/// Takes the incidents that are open on one cluster out of the list.
pub fn of_cluster(open: &mut Vec<OpenItem>, cluster: ClusterId) -> Vec<OpenItem> {
    open.extract_if(.., |item| item.incident.cluster == cluster).collect()
}

/// Records that are listed.
const RECENT: usize = 6;

/// The newest incidents that are over. `open`: how many are not.
async fn recent(web: &Web, f: &Frame, open: usize) -> Result<Vec<RecentItem>, WebError> {
    let limit = u32::try_from(RECENT + open).unwrap_or(u32::MAX);
    let found = web.read().incidents(&IncidentQuery { limit, ..IncidentQuery::default() }).await?;
    let mut recent = Vec::new();
    for incident in found.into_iter().filter(|incident| !incident.state.is_open()).take(RECENT) {
        recent.push(RecentItem::load(web, f, incident).await?);
    }
    Ok(recent)
}

/// The newest incident of a cluster, a drill aside, where it was closed as not recovered.
async fn given_up(web: &Web, f: &Frame, cluster: ClusterId) -> Result<Option<RecentItem>, WebError> {
    let query = IncidentQuery { cluster: Some(cluster), drill: Some(false), limit: 1, ..IncidentQuery::default() };
    let newest = web.read().incidents(&query).await?.into_iter().next();
    match newest.filter(|incident| incident.recovered == Some(false)) {
        Some(incident) => Ok(Some(RecentItem::load(web, f, incident).await?)),
        None => Ok(None),
    }
}

/// A row for every cluster, and for incidents whose cluster left the inventory, the worst first; how many incidents are open, and
/// whether the checks of one run.
pub async fn rows(web: &Web, f: &Frame) -> Result<(Vec<StatusRow>, usize, bool), WebError> {
    let mut open = OpenItem::all(web, None).await?;
    let open_count = open.len();
    let running = open.iter().any(|item| item.state == StepState::Running);
    let mut rows = Vec::new();
    let mut days = Day::all(web.read(), None, web.now()).await?;
    let planned = web.read().maintenances(web.now()).await?;
    for cluster in web.read().clusters().await? {
        let incidents = of_cluster(&mut open, cluster.id);
        let day = days.remove(&cluster.id).unwrap_or_default();
        let item = ClusterItem::new(web, cluster);
        let id = item.cluster.id;
        let mut row = StatusRow::new(f, item.cluster.name.clone(), Some(item), Some(day), incidents);
        let runs = planned.iter().filter(|one| one.cluster == id && one.runs_at(web.now()));
        row.planned = runs.cloned().collect();
        if let Some(lost) = &mut row.lost {
            lost.ask(web.read(), id).await;
        }
        if row.need <= Need::Degraded && row.incidents.is_empty() {
            row.given_up = given_up(web, f, id).await?;
        }
        rows.push(row);
    }
    // Incidents whose cluster left the inventory.
    while let Some(first) = open.first() {
        let (name, cluster) = (first.incident.cluster_name.clone(), first.incident.cluster);
        let incidents = of_cluster(&mut open, cluster);
        rows.push(StatusRow::new(f, name, None, None, incidents));
    }
    rows.sort_by_key(|row| row.need);
    Ok((rows, open_count, running))
}

/// The page.
pub async fn show(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    let (rows, open_count, running) = rows(&web, &f).await?;
    let proposals = proposals::open_ones(&web).await?;
    let recent = recent(&web, &f, open_count).await?;
    let follow_ups = follow_ups::open(&web, &f).await?;
    let month = ThisMonth::load(&web, &f).await?;
    let to_review = if f.administrates() { web.read().releases_to_review().await? } else { 0 };
    let looking = rows.iter().filter_map(|row| row.item.as_ref()).any(|item| item.looking);
    let f = f.live(paths::EVENTS).reloading(looking || running);
    answer(StatusCode::OK, &OverviewPage { f, proposals, rows, recent, month, follow_ups, to_review })
}
