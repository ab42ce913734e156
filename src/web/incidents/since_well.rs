//! What changed since all was well, in an incident: what its rounds saw beside the newest version that was taken before
//! its first sign. Shown in step 3 beside what differs between nodes, and in the report.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::baseline::{Compared, compare};
use crate::domain::id::NodeName;
use crate::domain::incident::Incident;
use crate::domain::message::Message;
use crate::domain::observed::Observations;
use crate::domain::time::Timestamp;
use crate::model::tables::baseline as table;
use crate::web::clusters::baseline::{Lines, well_at, why_none_before};
use crate::web::incidents::report::markdown::inline;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// What an incident is compared with, and what that says.
pub enum SinceWell {
    /// There is a version from before it.
    Compared {
        /// Which.
        version: i64,
        /// The last moment before the first sign at which all was known to be as it says.
        well_at: Timestamp,
        /// What is another.
        compared: Compared,
    },
    /// There is none.
    None {
        /// Why.
        why: Message,
    },
}

impl SinceWell {
    /// Of an incident whose newest rounds saw this. `began`: the last sign of life of its node, where that is known.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(
        web: &Web,
        incident: &Incident,
        began: Option<Timestamp>,
        observations: &Observations,
    ) -> Result<Self, WebError> {
        let sign = began.map_or(incident.opened_at, |began| began.min(incident.opened_at));
        let read = web.read();
        let baseline = read.baseline_before(incident.cluster, sign).await?;
        let Some((baseline, well_at)) = baseline.and_then(|one| one.last_well_before(sign).map(|at| (one, at))) else {
            return Ok(Self::None { why: why_none_before(web, incident.cluster, sign).await? });
        };
        // The inventory may have changed since: those count that were there when all was well, and those that were
        // looked at.
        let observed = observations.seen.values().flat_map(|nodes| nodes.keys());
        let missing = observations.missing.values().flat_map(|nodes| nodes.keys());
        let nodes: BTreeSet<&NodeName> = baseline.seen.nodes.keys().chain(observed).chain(missing).collect();
        let now = table::of_nodes(nodes, observations, &read.install_secret().await?);
        Ok(Self::Compared { version: baseline.version, well_at, compared: compare(&baseline.seen, &now) })
    }

    /// As JSON, with codes.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Compared { version, well_at, compared } => json!({
                "version": version, "well_at": well_at.to_string(), "changes": compared.changes,
                "not_compared": compared.not_compared,
            }),
            Self::None { why } => json!({ "version": null, "why": why }),
        }
    }
}

/// The same in words.
pub struct SinceText {
    /// When all was well, or why nobody knows.
    pub says: String,
    /// Whether there is anything to compare with.
    pub is_compared: bool,
    /// What is another, and what cannot be told.
    pub lines: Lines,
}

impl SinceText {
    /// In the language of the page.
    #[must_use]
    pub fn new(f: &Frame, since: &SinceWell) -> Self {
        match since {
            SinceWell::Compared { version, well_at: at, compared } => {
                Self { says: well_at(f, *at, *version), is_compared: true, lines: Lines::new(f, compared) }
            }
            SinceWell::None { why } => Self { says: f.msg(why), is_compared: false, lines: Lines::default() },
        }
    }

    /// That nothing is another, where so much could be compared that it may be said.
    #[must_use]
    pub fn same_says(&self, f: &Frame) -> String {
        f.t(if self.lines.not_compared.is_empty() { "baseline-same" } else { "baseline-same-as-seen" })
    }

    /// As Markdown.
    pub fn markdown(&self, out: &mut String, f: &Frame) {
        out.push_str(&format!("\n## {}\n\n{}\n\n", f.t("baseline-title"), inline(&self.says)));
        if !self.is_compared {
            return;
        }
        if self.lines.changes.is_empty() {
            out.push_str(&format!("{}\n", self.same_says(f)));
        }
        for line in &self.lines.changes {
            out.push_str(&format!("- {}\n", inline(&line.says(f))));
        }
        if !self.lines.not_compared.is_empty() {
            out.push_str(&format!("\n### {}\n\n", f.t("baseline-not-compared")));
        }
        for line in &self.lines.not_compared {
            out.push_str(&format!("- {}\n", inline(&line.says(f))));
        }
    }
}
