//! The replay bar: where a recording stands that is replayed, and the button that moves it on. Only in the demo.
//!
//! # Why
//! It only goes forward. What was stored meanwhile stays, and back in time it would tell of what has not happened yet.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::web::paths;
use crate::web::plumbing::extract::Form;
use crate::web::plumbing::state::Web;

/// A recording that is replayed.
pub trait Replay: Send + Sync {
    /// Where it stands.
    fn stands(&self) -> Stands;

    /// Moves on to what comes after that phase; nothing if it has gone on already.
    fn go_on(&self, from: Phase);
}

/// What a recording tells of, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The node is down.
    Down,
    /// It starts.
    Starting,
    /// It answers again.
    Back,
    /// All nodes agree that it is up.
    Stable,
    /// Of a recording whose phases nobody told: it plays.
    Plays,
    /// The recording has ended.
    Over,
}

impl Phase {
    /// Name in forms, keys and classes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Starting => "starting",
            Self::Back => "back",
            Self::Stable => "stable",
            Self::Plays => "plays",
            Self::Over => "over",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Down, Self::Starting, Self::Back, Self::Stable, Self::Plays, Self::Over]
            .into_iter()
            .find(|phase| phase.as_str() == name)
    }
}

/// Where a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stands {
    /// In this phase.
    pub phase: Phase,
    /// All its phases, in order.
    pub phases: &'static [Phase],
    /// It waits for somebody to go on.
    pub waits: bool,
}

impl Stands {
    /// The phase that the button moves on to; `None` at the end.
    #[must_use]
    pub fn next(&self) -> Option<Phase> {
        self.phases.iter().copied().find(|phase| *phase > self.phase)
    }

    /// Symbol of a phase: gone by, here, ahead.
    #[must_use]
    pub fn icon(&self, phase: &Phase) -> &'static str {
        match phase.cmp(&self.phase) {
            std::cmp::Ordering::Less => "ok",
            std::cmp::Ordering::Equal => "running",
            std::cmp::Ordering::Greater => "todo",
        }
    }

    /// Whether it stands in that phase.
    #[must_use]
    pub fn is_at(&self, phase: &Phase) -> bool {
        self.phase == *phase
    }

    /// Key of the sentence that says what it does now.
    #[must_use]
    pub fn says(&self) -> String {
        format!("demo-says-{}{}", self.phase.as_str(), if self.waits { "-waits" } else { "" })
    }
}

/// The button of the bar.
#[derive(Deserialize)]
pub struct ReplayForm {
    #[serde(default)]
    from: String,
    #[serde(default)]
    next: String,
}

/// Moves the recording on and leads back.
pub async fn update(State(web): State<Web>, Form(form): Form<ReplayForm>) -> Response {
    if let (Some(replay), Some(from)) = (web.replay(), Phase::from_name(&form.from)) {
        replay.go_on(from);
    }
    Redirect::to(&format!("{}{}", web.prefix(), paths::safe_next(&form.next))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_leads_to_the_next_phase_and_ends_with_the_recording() {
        const PHASES: [Phase; 3] = [Phase::Down, Phase::Back, Phase::Over];
        let at = |phase, waits| Stands { phase, phases: &PHASES, waits };
        assert_eq!(at(Phase::Down, true).next(), Some(Phase::Back));
        assert_eq!(at(Phase::Back, false).next(), Some(Phase::Over));
        assert_eq!(at(Phase::Over, false).next(), None);
        for phase in PHASES {
            assert_eq!(Phase::from_name(phase.as_str()), Some(phase));
        }
        let texts = PHASES.map(|phase| at(phase, phase == Phase::Down).says());
        assert_eq!(texts, ["demo-says-down-waits", "demo-says-back", "demo-says-over"]);
    }
}
