//! Whether a node of a cluster may be restarted, on its page: as the newest round of its open incident says, or what a quick look
//! alone can tell.

use crate::domain::id::IncidentId;
use crate::web::clusters::ClusterItem;
use crate::web::clusters::overview::OpenItem;
use crate::web::incidents::gates::{self, Gates};
use crate::web::incidents::starts::StartView;
use crate::web::paths;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// The answers, and where they are from.
pub struct GatePart {
    /// For every node.
    pub gates: Gates,
    /// The incident whose round says so; `None`: none is open.
    pub incident: Option<IncidentId>,
    /// Where a restart is taken on in it.
    pub path: String,
    /// Starts that are followed in it and that of the restart that holds, each with its place on the run screen.
    pub starts: Vec<(usize, StartView)>,
}

impl GatePart {
    /// By the incident that was judged last of those that are open on the cluster.
    ///
    /// # Errors
    /// The store's.
    pub async fn new(web: &Web, f: &Frame, item: &ClusterItem, open: &[OpenItem]) -> Result<Self, WebError> {
        let look = item.look.as_ref();
        if let Some(one) = open.iter().max_by_key(|one| one.newest.as_ref().map(|newest| newest.at))
            && let Some((gates, starts)) = gates::of_incident(web, f, &one.incident, look).await?
        {
            let (id, path) = (one.incident.id, f.url(paths::gates(one.incident.id, one.step)));
            let is_claimed = |start: &StartView| gates.claim.as_ref().is_some_and(|claim| claim.at == start.claimed_at);
            let starts = (1..).zip(starts).filter(|(_, start)| !start.over || is_claimed(start)).collect();
            return Ok(Self { gates, incident: Some(id), path, starts });
        }
        let claim = web.read().restart_claim(item.cluster.id, web.now()).await?;
        let gates = Gates::by_look(f, &item.cluster, look, claim);
        Ok(Self { gates, incident: None, path: String::new(), starts: Vec::new() })
    }

    /// Where a start is followed row by row.
    #[must_use]
    pub fn start_path(&self, f: &Frame, place: impl std::fmt::Display) -> String {
        self.incident.map_or_else(String::new, |id| f.url(paths::start(id, place)))
    }
}
