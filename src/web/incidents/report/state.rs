//! How the cluster stood by the newest measurement, in words: at the closing, or now.

use crate::domain::state::{SeenBy, StateSeen, Stood};
use crate::domain::time::Timestamp;
use crate::web::incidents::report::record::Record;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::page::Frame;

/// The state in words.
pub struct StateText {
    /// Key of what it is: that at the closing, or that of now.
    pub title: &'static str,
    /// What was measured.
    pub seen: Seen,
    /// The last round, where it saw something wrong, is older, and no recovery was measured since.
    pub round: Option<Seen>,
}

/// One measurement in words.
pub struct Seen {
    /// Shape, colour and word.
    pub look: Look,
    /// How many more nodes could be lost.
    pub tolerance: Option<u32>,
    /// Key of what measured it.
    pub by: &'static str,
    /// The moment it speaks of.
    pub at: Timestamp,
}

impl From<StateSeen> for Seen {
    fn from(seen: StateSeen) -> Self {
        let (tone, word) = match seen.state {
            Stood::Healthy => (Tone::Ok, "web-health-healthy"),
            Stood::Up => (Tone::Ok, "look-state-up"),
            Stood::Degraded => (Tone::Warn, "web-health-degraded"),
            Stood::Down => (Tone::Fail, "web-health-down"),
            Stood::Unknown => (Tone::Unknown, "web-health-unknown"),
        };
        let by = match seen.by {
            SeenBy::Round => "report-state-round",
            SeenBy::Monitor => "report-state-monitor",
            SeenBy::Watcher => "report-state-watcher",
        };
        Self { look: Look::new(tone, word), tolerance: seen.failure_tolerance, by, at: seen.at }
    }
}

impl Seen {
    /// In one line, without the moment.
    #[must_use]
    pub fn says(&self, f: &Frame) -> String {
        let tolerance = self.tolerance.map(|n| f.t1("web-tolerance-short", "n", n));
        let parts = [Some(f.t(self.look.word)), tolerance, Some(f.t(self.by))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

impl StateText {
    /// In words; `None`: nothing was measured.
    #[must_use]
    pub fn new(record: &Record) -> Option<Self> {
        let seen = record.state?;
        let open = record.incident.state.is_open();
        let recovered = record.closure.as_ref().is_some_and(|closure| closure.measured.is_recovery());
        let round = record.last.as_ref().map(StateSeen::from);
        // A look asks less than a round does: that it saw nothing does not undo what the round saw.
        let round = round.filter(|round| !recovered && seen.is_well() && round.at < seen.at && !round.is_well());
        Some(Self {
            title: if open { "report-state-now" } else { "report-state-end" },
            seen: seen.into(),
            round: round.filter(|round| round.state != Stood::Unknown).map(Seen::from),
        })
    }
}
