//! A recording while it is played: where it stands, and what time it is meanwhile.
//!
//! # Why
//! An outage that heals after some minutes is lost on a slow reader, so a playback can wait for its person. Two things
//! part then that are one while it runs. Its position stands still: whoever looks sees the same cluster. The program's
//! time goes on: what people do has moments of its own, ages grow, sessions end.
//!
//! Logs must not stand still with the position: of nodes whose logs have ended, much would be believed that is not so. The
//! last minutes before it ([`TAIL_MS`]) therefore come along, and end now whenever somebody looks; all before them keeps
//! its moment, so that a node that was killed at 17:58 was killed then and is so longer and longer. What is written between
//! is left out, and nothing made up to fill it. When the recording goes on, what it tells of has happened later by as long
//! as the wait took. All this is done to stamps as they are read ([`Later`]): in logs and answers, of files and of
//! processes. The end of the recording is a wait without an end.
//!
//! It only goes forward. Back in time, the record would hold what has not happened yet.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regex::bytes::Regex;

use super::Recording;
use crate::domain::time::{Clock, Timestamp};

/// Milliseconds of a second: stamps are moved by whole ones, so that fractions of any length stay.
const SECOND_MS: i64 = 1000;

/// What was written so long before a place where it waits comes along with the time.
const TAIL_MS: i64 = 190 * SECOND_MS;

/// A point in time as logs write it, or milliseconds since 1970.
static STAMP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|\d{13,}").ok());

/// A recording that is played. As a clock it tells the program's time.
pub struct Playback {
    base: Arc<dyn Clock>,
    start: Timestamp,
    end_ms: i64,
    /// Where it waits, if it does: where it began.
    from_ms: i64,
    speed: f64,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    /// When, by the base clock, the rest was so.
    since: Timestamp,
    /// Where the recording stands, milliseconds after its start.
    at_ms: i64,
    /// The program's time, milliseconds after the start of the recording.
    now_ms: i64,
    waits: bool,
    /// How much later what is recorded after the wait happened.
    later_ms: i64,
}

impl Playback {
    /// Begins now, `from_ms` after the start of the recording, and plays `speed` recorded seconds in one. `waits`: it stands
    /// there until somebody goes on.
    #[must_use]
    pub fn new(recording: &Recording, base: Arc<dyn Clock>, speed: f64, from_ms: i64, waits: bool) -> Self {
        let (start, end_ms) = (recording.start(), recording.end().millis_since(recording.start()));
        let from_ms = from_ms.clamp(0, end_ms.max(0));
        let state = State { since: base.now(), at_ms: from_ms, now_ms: from_ms, waits, later_ms: 0 };
        Self { base, start, end_ms, from_ms, speed, state: Mutex::new(state) }
    }

    /// Where the recording stands, milliseconds after its start.
    #[must_use]
    pub fn at_ms(&self) -> i64 {
        self.now_of(&self.state()).at_ms
    }

    /// Length of the recording, milliseconds.
    #[must_use]
    pub const fn end_ms(&self) -> i64 {
        self.end_ms
    }

    /// Whether it waits for somebody to go on.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.state().waits
    }

    /// It does not wait any longer.
    pub fn go_on(&self) {
        let mut state = self.state();
        *state = self.gone_on(&state);
    }

    /// Moves on to that place, and the program's time with it. Never back.
    pub fn move_to(&self, at_ms: i64) {
        let mut state = self.state();
        let moved = self.gone_on(&state);
        let by = (at_ms.min(self.end_ms) - moved.at_ms).max(0);
        *state = State { at_ms: moved.at_ms + by, now_ms: moved.now_ms + by, ..moved };
    }

    /// How what was recorded is told; `None`: as it was.
    pub(super) fn later(&self) -> Option<Later> {
        let state = self.now_of(&self.state());
        let waited_ms = state.now_ms - state.at_ms;
        // What was waited at its beginning, and at its end.
        let (first_ms, last_ms) = match state.waits {
            true => (waited_ms, 0),
            false => (state.later_ms, waited_ms - state.later_ms),
        };
        let moved = |at_ms: i64, by_ms: i64| (self.start.plus_millis(at_ms - TAIL_MS), by_ms / SECOND_MS * SECOND_MS);
        let later = Later([moved(self.from_ms, first_ms), moved(self.end_ms, last_ms)]);
        later.0.iter().any(|(_, by_ms)| *by_ms > 0).then_some(later)
    }

    fn gone_on(&self, state: &State) -> State {
        let now = self.now_of(state);
        if !now.waits {
            return now;
        }
        let later_ms = (now.now_ms - now.at_ms + SECOND_MS - 1) / SECOND_MS * SECOND_MS;
        State { waits: false, later_ms, now_ms: now.at_ms + later_ms, ..now }
    }

    fn now_of(&self, state: &State) -> State {
        let since = self.base.now();
        let elapsed_ms = since.millis_since(state.since).max(0);
        // Where it waits, and after the end, a second is a second.
        if state.waits {
            return State { since, now_ms: state.now_ms + elapsed_ms, ..*state };
        }
        let left_ms = (self.end_ms - state.at_ms).max(0);
        let until_end_ms = scaled(left_ms, 1.0 / self.speed);
        let (at_by, now_by) = if elapsed_ms < until_end_ms {
            let by = scaled(elapsed_ms, self.speed).min(left_ms);
            (by, by)
        } else {
            (left_ms, left_ms + elapsed_ms - until_end_ms)
        };
        State { since, at_ms: state.at_ms + at_by, now_ms: state.now_ms + now_by, ..*state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Playback {
    fn now(&self) -> Timestamp {
        self.start.plus_millis(self.now_of(&self.state()).now_ms)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "milliseconds of a recording are far below 2^52"
)]
fn scaled(millis: i64, by: f64) -> i64 {
    (millis as f64 * by) as i64
}

/// How stamps are told: those after each of these moments so much later. Written ones are read as UTC, as the nodes of the
/// demo write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Later([(Timestamp, i64); 2]);

impl Later {
    /// No stamp is longer.
    pub(super) const STAMP_BYTES: u64 = 20;

    /// A moment.
    pub(super) fn stamp(self, at: Timestamp) -> Timestamp {
        let by_ms = self.0.iter().filter(|(after, _)| at > *after).map(|(_, by_ms)| by_ms).sum();
        at.plus_millis(by_ms)
    }

    /// All stamps in a text.
    pub(super) fn text(self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.bytes(&mut bytes);
        String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
    }

    /// All stamps in a text, in place: none changes its length.
    pub(super) fn bytes(self, bytes: &mut [u8]) {
        let Some(stamps) = STAMP.as_ref() else { return };
        // Ids of connections begin with a number like a moment. They are names, and stay.
        let is_id = |end: usize| bytes.get(end) == Some(&b'_');
        let found: Vec<_> =
            stamps.find_iter(bytes).map(|found| found.range()).filter(|range| !is_id(range.end)).collect();
        for range in found {
            if let Some(place) = bytes.get_mut(range)
                && let Some(moved) = self.moved(place)
                && moved.len() == place.len()
            {
                place.copy_from_slice(moved.as_bytes());
            }
        }
    }

    /// The stamp as it is told; `None`: as it stands.
    fn moved(self, stamp: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(stamp).ok()?;
        if let Ok(millis) = text.parse::<i64>() {
            let at = Timestamp::from_millis(millis);
            let moved = self.stamp(at);
            return (moved != at && text.len() == 13).then(|| moved.as_millis().to_string());
        }
        let zoned = text.replace(' ', "T").parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
        let at = Timestamp::from_millis(zoned.timestamp().as_millisecond());
        let moved = self.stamp(at);
        let written = moved.in_zone(&TimeZone::UTC);
        (moved != at).then(|| if text.contains('T') { written.replace(' ', "T") } else { written })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour was waited at one place, and a minute at another.
    fn later() -> Later {
        let at = |text: &str| text.parse().expect("a time");
        Later([(at("2026-11-22T18:02:15.500Z"), 3_600_000), (at("2026-11-22T20:00:00Z"), 60_000)])
    }

    #[test]
    fn stamps_after_the_wait_are_told_later_and_those_before_as_they_stand() {
        for (recorded, told) in [
            ("2026-11-22 18:02:15,400 INFO before", "2026-11-22 18:02:15,400 INFO before"),
            ("2026-11-22 18:02:17,080 INFO after", "2026-11-22 19:02:17,080 INFO after"),
            ("[2026-11-22T23:30:00.1+0000][gc] x", "[2026-11-23T00:31:00.1+0000][gc] x"),
            ("at 1795370555376, id 1795370555376_10.83.0.12", "at 1795374155376, id 1795370555376_10.83.0.12"),
            (
                "17953705553761 is no time, nor is 2026-19-99 99:99:99",
                "17953705553761 is no time, nor is 2026-19-99 99:99:99",
            ),
            ("Grüße, 1795370000000", "Grüße, 1795370000000"),
        ] {
            assert_eq!(later().text(recorded), told);
        }
    }
}
