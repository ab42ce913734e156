//! Whether a node may be restarted now, in words: the same on every step of an incident and on the page of its cluster, and
//! what a claim rests on.
//!
//! # Why
//! What a round saw speaks of its moment. Once a node moved, or two minutes later, it answers nothing any more, and every page
//! has to say so by the same rules: so they are here, and pages only show what comes out.

use crate::diagnosis::by_look;
use crate::domain::cluster::Cluster;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::id::NodeName;
use crate::domain::incident::Incident;
use crate::domain::restart_claim::{GateSaid, RestartClaim};
use crate::domain::start_followed::{FollowState, Followed};
use crate::domain::time::Timestamp;
use crate::model::ClusterModel;
use crate::model::tables::restart_gate::{RestartGate, restart_gate};
use crate::nacos::timing;
use crate::web::clusters::looks::ClusterLook;
use crate::web::incidents::captures::{CaptureCard, Captured};
use crate::web::incidents::hero::{Hero, Known};
use crate::web::incidents::next_action::Restarting;
use crate::web::incidents::starts::{self, StartView};
use crate::web::plumbing::components::Tone;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// What the store holds for the gate of an incident.
pub struct GateRead {
    /// What the newest round says of each node; empty: none was judged.
    judged: Vec<RestartGate>,
    /// The restart that holds on its cluster, in whichever incident.
    claim: Option<RestartClaim>,
    /// Starts of nodes that were taken on in this incident, the newest first.
    pub starts: Vec<Followed>,
}

impl GateRead {
    /// Of an incident; `newest`: its newest diagnosis.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(
        web: &Web,
        incident: &Incident,
        cluster: Option<&Cluster>,
        newest: Option<&Diagnosis>,
    ) -> Result<Self, WebError> {
        let open = incident.state.is_open();
        let judged = match cluster.zip(newest).filter(|_| open) {
            Some((cluster, newest)) => judged(web, incident, cluster, newest.at).await?,
            None => Vec::new(),
        };
        let claim = if open { web.read().restart_claim(incident.cluster, web.now()).await? } else { None };
        Ok(Self { judged, claim, starts: starts::followed(web, incident).await? })
    }

    /// The start of the node of a claim, where it is followed here.
    fn start_of(&self, claim: &RestartClaim) -> Option<&Followed> {
        self.starts.iter().find(|start| start.node == claim.node && start.follow.claimed_at == claim.at)
    }
}

/// Judged at the moment of the diagnosis: what was seen speaks of then, and says nothing of later.
async fn judged(
    web: &Web,
    incident: &Incident,
    cluster: &Cluster,
    at: Timestamp,
) -> Result<Vec<RestartGate>, WebError> {
    let observations = web.read().observations(incident.id).await?;
    let model = ClusterModel::build(cluster, &observations, at, incident.window_ms(at));
    Ok(cluster.nodes.iter().map(|node| restart_gate(&model, &node.name)).collect())
}

/// What the answers are made of.
pub struct GateKnown<'a> {
    /// What is stored.
    pub read: &'a GateRead,
    /// The nodes.
    pub cluster: &'a Cluster,
    /// The newest diagnosis of the incident.
    pub newest: Option<&'a Diagnosis>,
    /// What is asked for at each node, and which nodes moved since.
    pub hero: &'a Hero,
    /// What is kept of each node.
    pub captures: &'a CaptureCard,
}

/// The answers for all nodes of a cluster.
pub struct Gates {
    /// The moment that they speak of; `None`: nothing was judged.
    pub judged_at: Option<Timestamp>,
    /// Why they answer nothing any more.
    pub outdated: Option<String>,
    /// The restart that somebody took on.
    pub claim: Option<RestartClaim>,
    /// How the start of its node stands, where it is followed in this incident.
    pub restarting: Option<Restarting>,
    /// Every node, in the order of the inventory.
    pub nodes: Vec<GateView>,
}

/// The answer for one node.
pub struct GateView {
    /// Its name.
    pub node: String,
    /// What the gate says of it.
    pub said: GateSaid,
    /// Shape and colour.
    pub tone: Tone,
    /// The answer in a word or two.
    pub word: String,
    /// The same inside a sentence.
    pub brief: String,
    /// Why, or what is waited for.
    pub reasons: Vec<String>,
    /// What is to be done at it before its start.
    pub first: Vec<String>,
    /// What is kept of its evidence: who kept it, when, what that is, and whether something is not among it.
    pub kept: Option<(String, Timestamp, String, bool)>,
    /// It is down, and nothing that its start takes away is kept.
    pub lacks_evidence: bool,
}

impl Gates {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, known: &GateKnown<'_>) -> Self {
        let claim = known.read.claim.clone().filter(|claim| claim.until > f.now);
        let start = claim.as_ref().and_then(|claim| known.read.start_of(claim));
        let moved = &known.hero.moved;
        let old = known.newest.is_some_and(|newest| is_old(newest, f.now));
        let outdated = match (moved.is_empty(), old) {
            (false, _) => Some(f.t1("web-gate-moved", "nodes", moved.join(f.comma()))),
            (true, true) => Some(f.t("web-gate-old")),
            (true, false) => None,
        };
        let nodes = known.cluster.nodes.iter().map(|node| {
            let view = GateView::new(f, known, &node.name, outdated.is_some());
            match &claim {
                Some(claim) => view.beside(f, claim, start),
                None => view,
            }
        });
        Self {
            nodes: nodes.collect(),
            judged_at: known.newest.map(|newest| newest.at),
            restarting: claim.as_ref().map(|_| restarting(start)),
            // While a restart is under way everybody waits for it, and not for another round.
            outdated: outdated.filter(|_| claim.is_none()),
            claim,
        }
    }

    /// By the newest look alone, where no incident is open: it can say no, and never yes. `claim`: a restart that was taken on
    /// in an incident which was closed over it.
    #[must_use]
    pub fn by_look(f: &Frame, cluster: &Cluster, look: Option<&ClusterLook>, claim: Option<RestartClaim>) -> Self {
        let look = look.map(|look| &look.diagnosis);
        let old = look.is_some_and(|look| is_old(look, f.now));
        let nodes = cluster.nodes.iter().map(|node| {
            let (said, reasons) = match look {
                _ if old => (GateSaid::NotJudged, Vec::new()),
                Some(look) => by_look::restart(look, &node.name),
                None => (GateSaid::NotJudged, by_look::none()),
            };
            let reasons = reasons.iter().map(|reason| f.msg(reason)).collect();
            let view = GateView::bare(f, &node.name, said, reasons);
            match &claim {
                Some(claim) => view.beside(f, claim, None),
                None => view,
            }
        });
        Self {
            nodes: nodes.collect(),
            judged_at: look.map(|look| look.at),
            outdated: old.then(|| f.t("gate-look-old")),
            restarting: claim.as_ref().map(|_| Restarting::UnderWay),
            claim,
        }
    }

    /// What it says of a node.
    #[must_use]
    pub fn said(&self, node: &NodeName) -> GateSaid {
        self.nodes.iter().find(|one| one.node == node.0).map_or(GateSaid::NotJudged, |one| one.said)
    }

    /// The answers in a line.
    #[must_use]
    pub fn line(&self, f: &Frame) -> String {
        let said = |one: &GateView| f.t2("gate-line-node", "node", &one.node, "said", &one.brief);
        format!("{}{}{}", f.t("gate-line"), f.colon(), f.list(self.nodes.iter().map(said)))
    }
}

/// Whether what was judged then is too old to restart anything by.
fn is_old(judged: &Diagnosis, now: Timestamp) -> bool {
    now.millis_since(judged.at) > timing::GATE_FRESH_MS
}

/// How the start stands, as far as it is followed here.
fn restarting(start: Option<&Followed>) -> Restarting {
    match start.map(|start| &start.follow) {
        Some(follow) if follow.over => Restarting::Over,
        Some(follow) if follow.state == FollowState::Stuck => Restarting::Stuck,
        _ => Restarting::UnderWay,
    }
}

impl GateView {
    /// Whether something is to be done at it before its start.
    #[must_use]
    pub const fn is_held_up(&self) -> bool {
        !self.first.is_empty() || self.lacks_evidence
    }

    fn new(f: &Frame, known: &GateKnown<'_>, node: &NodeName, outdated: bool) -> Self {
        let gate = known.read.judged.iter().find(|gate| gate.node == *node);
        let first: Vec<String> = known.hero.before_start(&node.0).into_iter().map(str::to_owned).collect();
        let lacks_evidence = known.captures.lacks(node);
        let said = match gate.map(|gate| gate.said) {
            _ if outdated => GateSaid::NotJudged,
            Some(GateSaid::Yes) if !first.is_empty() || lacks_evidence => GateSaid::NotYet,
            Some(said) => said,
            None => GateSaid::NotYet,
        };
        let reasons = match gate {
            // What was true then is no reason now.
            _ if outdated => Vec::new(),
            Some(gate) => gate.reasons.iter().map(|reason| f.msg(reason)).collect(),
            None => vec![f.t("gate-waits-first")],
        };
        let kept = known
            .captures
            .kept(node)
            .map(|(by, at)| (by.clone(), *at, known.captures.kept_words(f, node), known.captures.lacking(&node.0) > 0));
        Self { first, kept, lacks_evidence, ..Self::bare(f, node, said, reasons) }
    }

    fn bare(f: &Frame, node: &NodeName, said: GateSaid, reasons: Vec<String>) -> Self {
        let (tone, word) = match said {
            GateSaid::Yes => (Tone::Ok, "web-gate-yes"),
            GateSaid::NotYet => (Tone::Warn, "web-gate-not-yet"),
            GateSaid::No => (Tone::Fail, "web-gate-no"),
            GateSaid::NotJudged => (Tone::Unknown, "web-gate-unjudged"),
        };
        Self {
            node: node.0.clone(),
            said,
            tone,
            word: f.t(word),
            brief: f.t(format!("gate-line-{}", said.as_str())),
            reasons,
            first: Vec::new(),
            kept: None,
            lacks_evidence: false,
        }
    }

    /// The same while a restart is under way: nobody asks whether that node may be restarted, and the others wait for it.
    fn beside(self, f: &Frame, claim: &RestartClaim, start: Option<&Followed>) -> Self {
        if self.node != claim.node.0 {
            let word = f.t1("restart-others-wait", "node", &claim.node);
            return Self { tone: Tone::Warn, word, brief: f.t("gate-line-waits"), reasons: Vec::new(), ..self };
        }
        let view = Self { tone: Tone::Running, word: f.t("restart-runs"), brief: f.t("gate-line-restarts"), ..self };
        // Once it begins to start, nothing comes before its start any more.
        match start.is_some_and(|start| start.follow.has_come()) {
            true => Self { first: Vec::new(), lacks_evidence: false, reasons: Vec::new(), ..view },
            false => view,
        }
    }
}

/// The answers in an open incident, and the starts that are followed in it; `None`: its cluster left the inventory. `look`: the
/// newest look at the cluster outside of the incident.
///
/// # Errors
/// The store's.
pub async fn of_incident(
    web: &Web,
    f: &Frame,
    incident: &Incident,
    look: Option<&ClusterLook>,
) -> Result<Option<(Gates, Vec<StartView>)>, WebError> {
    let (read, id) = (web.read(), incident.id);
    let Some(cluster) = read.cluster(incident.cluster).await? else { return Ok(None) };
    let newest = read.diagnosis(id).await?;
    let (pinned, marks) = (read.pinned_cause(id).await?, read.to_do_marks(id).await?);
    let hero = Hero::new(
        f,
        &Known {
            pinned: pinned.as_ref(),
            newest: newest.as_ref(),
            look: look.map(|look| &look.diagnosis),
            counted: None,
            sampled: None,
            marks: &marks,
            cluster: Some(&cluster),
            review: None,
            open: incident.state.is_open(),
        },
    );
    let (captures, files) = (read.captures(id).await?, read.captured_files(id).await?);
    let handed_in = read.handed_in(id).await?;
    let captures = CaptureCard::new(
        f,
        &Captured {
            incident,
            cluster: Some(&cluster),
            captures: &captures,
            files: &files,
            handed_in: &handed_in,
            newest: newest.as_ref(),
            asked: &hero.to_dos,
        },
    );
    let stored = GateRead::load(web, incident, Some(&cluster), newest.as_ref()).await?;
    let known =
        GateKnown { read: &stored, cluster: &cluster, newest: newest.as_ref(), hero: &hero, captures: &captures };
    let starts = stored.starts.iter().map(|one| StartView::new(f, one, incident.state.is_open(), web.now()));
    Ok(Some((Gates::new(f, &known), starts.collect())))
}
